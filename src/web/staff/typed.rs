//! What the forms of a ticket send, what is wrong with the fields themselves, and how a refused form stands there
//! again: nothing that somebody typed is lost.

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use super::{pane::WAIT_FOR, times};
use crate::error::Error;
use crate::limits::FIELD_CHARS;
use crate::tickets::CloseReason;
use crate::web::view::pane::Moves;
use crate::web::view::{Choice, FieldError, pane as view};

/// Every field a form of the pane may send.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    pub seen: String,
    pub department: String,
    pub crew: String,
    pub day: String,
    pub whom: String,
    pub until: String,
    pub words: String,
    pub reason: String,
    pub proof: String,
    pub no_faces: String,
    pub photo_kept: String,
    pub service: String,
    pub place: String,
    #[serde(rename = "where")]
    pub typed_place: String,
    pub text: String,
    pub join: String,
    pub into: String,
    pub suggestion: String,
    pub speaker: String,
    /// "list": only the remarks about the words, for the script.
    pub part: String,
}

/// A form that was not taken.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// What was wrong.
    pub error: Option<FieldError>,
    /// Whose form it was: assign wait fix close service place note reply; empty = none was sent.
    pub step: &'static str,
    /// What it held.
    pub form: Form,
}

/// Something wrong with one field: its id on the page, and how to mend it.
pub(super) struct Fault {
    pub field: &'static str,
    pub error: Error,
}

fn fault(field: &'static str, words: &str) -> Fault {
    Fault { field, error: Error::Invalid(words.to_owned()) }
}

/// Looks at the fields alone, before anything is looked up.
pub(super) fn check(step: &str, form: &Form, zone: Tz, now: DateTime<Utc>) -> std::result::Result<(), Fault> {
    for (field, typed) in fields_of(step, form) {
        if typed.chars().count() > FIELD_CHARS {
            let words =
                format!("{} characters are too many: at most {FIELD_CHARS} fit", typed.chars().count());
            return Err(fault(field, &words));
        }
    }
    let day = |typed: &str| times::end_of_day(typed, zone);
    match step {
        "assign" if !form.day.trim().is_empty() => match day(&form.day) {
            None => Err(fault("day", "write the day like 2026-11-24")),
            Some(day) if day < now - Duration::days(1) => {
                Err(fault("day", "this day has passed: choose another one"))
            }
            Some(_) => Ok(()),
        },
        "wait" if !WAIT_FOR.iter().any(|(value, _)| *value == form.whom) => {
            Err(fault("whom", "choose for whom it waits"))
        }
        "wait" => match day(&form.until) {
            None => Err(fault("until", "until when? Write a day like 2026-11-24")),
            Some(until) if until <= now => {
                Err(fault("until", "this day has passed: until when does it wait from now on?"))
            }
            Some(_) => Ok(()),
        },
        "close" if form.reason.parse::<CloseReason>().is_err() => {
            Err(fault("reason", "choose a reason: residents read it"))
        }
        "fix" if form.proof == "work_order" && form.crew.trim().is_empty() => {
            Err(fault("fix-crew", "which crew finished the work order?"))
        }
        _ => Ok(()),
    }
}

/// The fields of a step's form that people type into, with their ids on the page.
fn fields_of<'f>(step: &str, form: &'f Form) -> Vec<(&'static str, &'f str)> {
    match step {
        "assign" => vec![("crew", &form.crew), ("day", &form.day)],
        "wait" => vec![("until", &form.until), ("wait-words", &form.words)],
        "fix" => vec![("fix-crew", &form.crew), ("fix-words", &form.words)],
        "close" => vec![("close-words", &form.words)],
        "place" => vec![("where", &form.typed_place)],
        "note" => vec![("note", &form.text)],
        "reply" => vec![("text", &form.text)],
        _ => vec![],
    }
}

impl Typed {
    /// One value of the form of `step`; empty when another form was sent.
    pub(super) fn of(&self, step: &str, value: impl Fn(&Form) -> &str) -> &str {
        if self.step == step { value(&self.form) } else { "" }
    }

    /// What stands in the fields again.
    pub(super) fn shown(&self, moves: &Moves) -> view::Typed {
        let of = |step: &str, value: fn(&Form) -> &str| self.of(step, value).to_owned();
        view::Typed {
            crew: of("assign", |f| &f.crew),
            day: of("assign", |f| &f.day),
            until: of("wait", |f| &f.until),
            wait_words: of("wait", |f| &f.words),
            close_words: of("close", |f| &f.words),
            fix_crew: of("fix", |f| &f.crew),
            fix_words: of("fix", |f| &f.words),
            no_faces: self.of("fix", |f| &f.no_faces) == "on",
            photo_kept: of("fix", |f| &f.photo_kept),
            move_join: of("move", |f| &f.join),
            move_into: of("move", |f| &f.into),
            without_form: self.without_form(moves),
        }
    }

    /// The words of a form that is not offered any more, because somebody else was faster.
    fn without_form(&self, moves: &Moves) -> Vec<String> {
        let offered = match self.step {
            "assign" => moves.assign,
            "wait" => !moves.wait_for.is_empty(),
            "fix" => moves.fix,
            "close" => !moves.reasons.is_empty(),
            _ => true,
        };
        if offered {
            return Vec::new();
        }
        let typed = fields_of(self.step, &self.form).into_iter().map(|(_, typed)| typed.trim());
        typed.filter(|typed| !typed.is_empty()).map(str::to_owned).collect()
    }

    /// Marks what was picked in a list; what is not on the list any more leaves it as it is.
    pub(super) fn pick(&self, step: &str, value: impl Fn(&Form) -> &str, choices: &mut [Choice]) {
        let picked = self.of(step, value);
        if choices.iter().any(|c| c.value == picked) {
            choices.iter_mut().for_each(|c| c.chosen = c.value == picked);
        }
    }
}

/// The field a refusal belongs to: what somebody else did meanwhile is wrong with no field.
pub(super) fn field_of(error: &Error, field: &'static str) -> &'static str {
    if matches!(error, Error::Conflict(_)) { "pane-title" } else { field }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_names_its_field() {
        let now: DateTime<Utc> = "2026-11-20T12:00:00Z".parse().expect("a time");
        let check = |step: &str, form: Form, expect: &str| {
            let got = check(step, &form, Tz::UTC, now).err().map_or("", |f| f.field);
            assert_eq!(got, expect, "{step} {form:?}");
        };
        let form = Form::default;
        check("assign", form(), "");
        check("assign", Form { day: "soon".into(), ..form() }, "day");
        check("assign", Form { day: "2026-11-01".into(), ..form() }, "day");
        check("assign", Form { crew: "x".repeat(FIELD_CHARS + 1), ..form() }, "crew");
        check("wait", form(), "whom");
        check("wait", Form { whom: "parts".into(), ..form() }, "until");
        check("wait", Form { whom: "parts".into(), until: "2026-11-19".into(), ..form() }, "until");
        check("wait", Form { whom: "parts".into(), until: "2026-11-24".into(), ..form() }, "");
        check("close", form(), "reason");
        check("close", Form { reason: "not_ours".into(), ..form() }, "");
        check("fix", Form { proof: "work_order".into(), ..form() }, "fix-crew");
        check("note", Form { text: "x".repeat(FIELD_CHARS + 1), ..form() }, "note");
        check("start", form(), "");
    }

    #[test]
    fn words_of_a_form_that_is_gone_are_kept() {
        let form = Form { words: " PSEG owns it ".into(), ..Form::default() };
        let typed = Typed { step: "close", form, ..Typed::default() };
        assert_eq!(typed.shown(&Moves::default()).without_form, ["PSEG owns it"]);
        let open = Moves { reasons: vec![Choice::default()], ..Moves::default() };
        let shown = typed.shown(&open);
        assert!(shown.without_form.is_empty() && shown.close_words == " PSEG owns it ");
        assert_eq!(shown.wait_words, "", "another form's words stay there");
    }
}
