//! What a form of the ticket page has to say: thanks for what was taken, or what was wrong and what was typed.

use actix_web::http::StatusCode;

use crate::web::shell::notice;
use crate::web::view::{Field, FieldError, Notice};

/// What a form of this page has to say.
#[derive(Debug, Default)]
pub(super) struct Extra {
    pub(super) notice: Option<Notice>,
    pub(super) email: Field,
    /// What was typed into "still broken", and why it was not taken.
    pub(super) broken: Field,
    /// 422 or 409 when a form was not taken.
    pub(super) status: StatusCode,
}

impl Extra {
    /// What was wrong, in the order of the fields on the page.
    pub(super) fn errors(&self) -> Vec<FieldError> {
        let fields = [("words", &self.broken), ("email", &self.email)];
        let wrong = fields.into_iter().filter(|(_, field)| !field.error.is_empty());
        wrong.map(|(name, field)| FieldError { field: name.into(), message: field.error.clone() }).collect()
    }
}

/// Fixed words for what was just taken; the address names them, it does not hold them.
pub(super) fn taken(said: &str) -> Option<Notice> {
    let (title, text) = match said {
        "received" => ("We have it.", "This is your request. Keep the number, or follow it by e-mail."),
        "received-mail" => ("We have it.", "We sent you a mail: press the link in it to hear of each step."),
        "joined" => ("We know about it.", "You are counted. This is the request your report joined."),
        "joined-mail" => {
            ("We know about it.", "You are counted. Press the link in our mail to hear of each step.")
        }
        "still-broken" => ("Thank you. We wrote it down.", "It is open again, and somebody looks anew."),
        "noted-broken" => ("Thank you. We wrote it down.", "The people who work on it can see it."),
        "works" => ("Thank you. We wrote it down.", "Good to know that it works."),
        "again" => ("You told us already.", "Once is enough: it is written down."),
        _ => return None,
    };
    Some(notice("done", title, text))
}
