//! The first line of a ticket page: the outcome in a sentence, then what to expect. And what happens next.

use chrono::Duration;

use super::words::{Words, is_live, span, status};
use crate::db::types::Ts;
use crate::insights::public::{Figures, TicketPage, TicketRow as Row, share};
use crate::tickets::Status;
use crate::web::view::ticket::{Next, Range};

/// Headline and second line of the banner.
pub(super) fn headline(words: &Words<'_>, page: &TicketPage) -> (String, String) {
    let row = &page.ticket;
    let who = words.department(&row.department);
    let by = row.due_at.map(|due| words.due(due));
    let late = words.late(row);
    let (line, more) = match status(row) {
        Status::Received => ("Received".to_owned(), "A person reads it and decides who fixes it.".to_owned()),
        Status::Open => match by {
            Some(by) => (format!("On it: done by {by}"), format!("{who} has this. Next: they book a crew.")),
            None => ("On it".to_owned(), format!("{who} has this.")),
        },
        Status::Assigned => match by {
            Some(by) => {
                (format!("A crew is booked: done by {by}"), format!("{who} has this. Next: work starts."))
            }
            None => ("A crew is booked".to_owned(), format!("{who} has this. Next: work starts.")),
        },
        Status::InProgress => (
            format!("Work started {}", words.moment(row.status_at)),
            by.map_or_else(|| format!("{who} is on it."), |by| format!("{who} is on it. Done by {by}.")),
        ),
        Status::Waiting => waiting(words, row),
        Status::Fixed => {
            (format!("Fixed {}", words.moment(row.fixed_at.unwrap_or(row.status_at))), fixed(page))
        }
        Status::Closed => {
            let why = row.close_words.as_deref().map(str::trim).filter(|w| !w.is_empty());
            let why = why.map_or_else(|| closed(row), |w| format!("{}.", w.trim_end_matches('.')));
            (words.closed(row), format!("{why} Closed on {}.", words.day(row.status_at)).trim().to_owned())
        }
        Status::Reopened => match by {
            Some(by) => {
                ("Reopened: it was not fixed".to_owned(), format!("{who} comes back. New date: {by}."))
            }
            None => ("Reopened: it was not fixed".to_owned(), format!("{who} comes back.")),
        },
    };
    if late.is_empty() {
        return (line, more);
    }
    // Late comes first: nobody should have to compare dates to find out.
    let promised = row.due_at.map(|due| words.day(due)).unwrap_or_default();
    (
        format!("{}: {late}", status(row).word()),
        format!("We said {promised}, and it is not done. {who} has this."),
    )
}

fn waiting(words: &Words<'_>, row: &Row) -> (String, String) {
    match row.waiting_for.as_deref() {
        Some("resident") => (
            "Waiting for an answer: where is it?".to_owned(),
            "We asked the neighbor who told us. Do you know? Report it with the corner or house number."
                .to_owned(),
        ),
        whom => {
            let whom = whom.unwrap_or("somebody else");
            let until = row.waiting_until.map(|u| format!(" until {}", words.day(u))).unwrap_or_default();
            (format!("Waiting for {whom}{until}"), "Our crew goes on as soon as they are done.".to_owned())
        }
    }
}

fn fixed(page: &TicketPage) -> String {
    let shown = page.photos.iter().filter(|p| p.role != "report").count();
    let proof = match (page.ticket.proof.as_deref(), shown) {
        (Some("photo"), 1) => "A photo shows it.",
        (Some("photo"), 2..) => "Photos show it.",
        (Some("photo"), 0) => "The crew took a photo; a person looks before it is shown.",
        (Some("work_order"), _) => "The crew signed it off.",
        (Some("author"), _) => "Somebody who reported it says so.",
        _ => "",
    };
    format!("{proof} Does it work for you?").trim().to_owned()
}

fn closed(row: &Row) -> String {
    match row.close_reason.as_deref() {
        Some("duplicate") => "We knew about it already, under another number.",
        Some("no_place") => {
            "Nobody could tell us where it is. Report it again with a corner or house number."
        }
        Some("not_verified") => "The crew says it is done, but there is no proof. Is it?",
        _ => "",
    }
    .to_owned()
}

/// Said where proof photos would be.
pub(super) fn no_photos(page: &TicketPage) -> String {
    let fixed = status(&page.ticket) == Status::Fixed;
    let shown = page.photos.iter().any(|p| p.role == "proof");
    match page.ticket.proof.as_deref() {
        _ if !fixed || shown => "",
        Some("photo") => "The photo is not shown yet: a person first looks for faces and plates.",
        Some("work_order") => "No photo: the crew’s signed work order is the proof.",
        Some("author") => "No photo: somebody who reported it says that it works.",
        _ => "",
    }
    .to_owned()
}

/// The steps ahead, first first.
pub(super) fn next(words: &Words<'_>, row: &Row, figures: &Figures) -> Vec<Next> {
    let now = status(row);
    if now == Status::Fixed {
        let until = Ts(row.status_at.0 + Duration::days(i64::from(words.settings.policy.reopen_days)));
        let text = if until.0 > words.now {
            format!("Until {} one press on “Still broken” opens it again.", words.day(until))
        } else {
            "Is it broken again? Report it, so that somebody looks anew.".to_owned()
        };
        return vec![Next { title: "You tell us if it works".to_owned(), text, ..Next::default() }];
    }
    if !is_live(row) || row.due_at.is_none() {
        return Vec::new();
    }
    let who = words.department(&row.department);
    let crew = Next {
        title: format!("{who} books a crew"),
        text: "You see it here, and followers get a mail.".to_owned(),
        ..Next::default()
    };
    let mut ahead = if matches!(now, Status::Open | Status::Reopened) { vec![crew] } else { Vec::new() };
    if let Some(due) = row.due_at {
        ahead.push(Next {
            title: "The work is done".to_owned(),
            text: format!(
                "By {}, with a photo or the crew’s signature. If not, we say why.{}",
                words.due(due),
                left(words, due)
            ),
            range: range(words, row, due),
            held: held(figures),
        });
    }
    ahead
}

fn left(words: &Words<'_>, due: Ts) -> String {
    let left = due.0 - words.now;
    if left > Duration::zero() { format!(" {} left.", span(left)) } else { String::new() }
}

/// The line from the day it came in to the date; the stretch is the time that is left.
fn range(words: &Words<'_>, row: &Row, due: Ts) -> Option<Range> {
    let whole = (due.0 - row.opened_at.0).num_minutes();
    let gone = (words.now - row.opened_at.0).num_minutes();
    if whole <= 0 || gone >= whole {
        return None;
    }
    let start_pct = u8::try_from((gone.max(0) * 100 / whole).min(99)).unwrap_or(0);
    Some(Range { start_pct, width_pct: 100 - start_pct, from: words.day(row.opened_at), to: words.due(due) })
}

/// How often such dates held; said only when there are enough to say it.
fn held(figures: &Figures) -> String {
    let enough = figures.promises.of >= 10;
    let share = share(figures.promises).filter(|_| enough);
    share
        .map(|held| format!("Dates like this held {held} times out of 100 in the last 30 days."))
        .unwrap_or_default()
}
