//! The five stages of a ticket, each with its time and one plain fact; a stage not reached carries a date, never a tick.

use super::words::{Words, is_live, span, status};
use crate::db::types::Ts;
use crate::insights::public::{HistoryLine, TicketPage};
use crate::tickets::Status;
use crate::web::view::ticket::Stage;

/// State, name reached, name ahead, and the step of the history that reached it.
const STAGES: [(&str, &str, &str, &[&str]); 5] = [
    ("received", "Received", "Received", &["opened"]),
    ("open", "On it", "On it", &["routed", "placed", "lowered"]),
    ("assigned", "Crew booked", "Crew booked", &["assigned"]),
    ("in_progress", "Work started", "Work starts", &["started"]),
    ("fixed", "Fixed", "Fixed", &["fixed"]),
];

pub(super) fn stages(words: &Words<'_>, page: &TicketPage) -> Vec<Stage> {
    let reached = usize::try_from(page.ticket.stage).unwrap_or(1).clamp(1, STAGES.len());
    STAGES
        .iter()
        .enumerate()
        .map(|(at, (state, name, ahead, steps))| {
            let step = newest(&page.history, steps);
            let (when, fact) = match step {
                _ if at >= reached => expected(words, page, at, reached),
                Some(step) => (words.moment(step.at), fact(words, page, at, step)),
                None if at == 0 => (words.moment(page.ticket.opened_at), String::new()),
                None => (String::new(), "Not needed".to_owned()),
            };
            // A stage that was skipped gets no tick: nobody did it.
            let was = at < reached && (step.is_some() || at == 0);
            Stage {
                state: (*state).to_owned(),
                name: (if was { name } else { ahead }).to_string(),
                when,
                fact,
                reached: was,
                current: at + 1 == reached,
            }
        })
        .collect()
}

/// The last time it was reached: after a reopening the second visit counts.
fn newest<'a>(history: &'a [HistoryLine], steps: &[&str]) -> Option<&'a HistoryLine> {
    history.iter().rev().find(|line| steps.contains(&line.step.as_str()))
}

fn fact(words: &Words<'_>, page: &TicketPage, at: usize, step: &HistoryLine) -> String {
    let row = &page.ticket;
    match at {
        0 => match row.people {
            0 | 1 => "One neighbor told us".to_owned(),
            n => format!("{n} neighbors told us"),
        },
        1 => {
            let after = step.at.0 - row.opened_at.0;
            let who = words.department(&row.department);
            if after.num_minutes() < 1 {
                format!("{who} took it at once")
            } else {
                format!("{who} took it, {} later", span(after))
            }
        }
        4 if status(row) == Status::Reopened => "It was not, see above".to_owned(),
        4 => row.due_at.map_or_else(String::new, |due| against(words, step.at, due)),
        // "Work started" under "Work started" tells nothing.
        _ if STAGES.get(at).is_some_and(|(_, name, ..)| *name == step.words) => String::new(),
        _ => step.words.clone(),
    }
}

/// "4 days before the promise", "2 days after the promise".
fn against(words: &Words<'_>, done: Ts, due: Ts) -> String {
    if words.day(done) == words.day(due) {
        return if done <= due {
            "On the day we promised".to_owned()
        } else {
            "Late on the day we promised".to_owned()
        };
    }
    if done < due {
        format!("{} before the promise", span(due.0 - done.0))
    } else {
        format!("{} after the promise", span(done.0 - due.0))
    }
}

/// What to expect of a stage that lies ahead.
fn expected(words: &Words<'_>, page: &TicketPage, at: usize, reached: usize) -> (String, String) {
    let row = &page.ticket;
    if !is_live(row) {
        return (String::new(), "Not reached".to_owned());
    }
    if at == 4 {
        let by = row.due_at.map(|due| format!("By {}", words.due(due))).unwrap_or_default();
        return (by, "With proof, or we say why not".to_owned());
    }
    let next = if at == reached { "Next" } else { "" };
    let what = match at {
        1 => "A department takes it",
        2 => "A crew gets a day",
        _ => "You see it here",
    };
    (next.to_owned(), what.to_owned())
}
