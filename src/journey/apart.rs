//! Two problems in one ticket, or one problem in two: a person takes them apart or puts them together.
//!
//! No row moves and nothing is lost: a join ends and keeps its line, the concern goes back to the queue a person
//! sees, both numbers of a merge live for ever. Nobody is told by machine.

use chrono::{DateTime, Utc};

use super::settle;
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::intake::{self, Outcome};
use crate::replies;
use crate::tickets::{self, Entry, Join, Ticket};

/// Takes a concern out of a ticket; it goes back to "Needs a look". The post that opened the ticket stays.
///
/// # Errors
/// `Refused` for the one that opened it, `Conflict` when somebody took it apart already.
pub fn take_apart(
    conn: &mut DbConnection,
    ticket: &Ticket,
    join_id: i64,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Ticket> {
    let joins = tickets::joins_of(conn, ticket.id)?;
    let gone = || Error::Conflict("this post was taken out of the request already: look again".into());
    let place = joins.iter().position(|j| j.id == join_id).ok_or_else(gone)?;
    if place == 0 {
        return Err(Error::Refused(
            "this post opened the request: correct what it is or where it is instead".into(),
        ));
    }
    let join: &Join = joins.get(place).ok_or_else(gone)?;
    tickets::end_join(conn, join.id, Ts(now))?;
    let why = format!("{by} took it out of {}", ticket.number);
    tickets::requeue_concern(conn, join.concern_id, "", "review", &why)?;
    intake::decide(conn, join.post_id, Outcome::Review, &why, now)?;
    void_answers(conn, ticket, join, now)?;
    let still = joins.iter().any(|j| j.id != join.id && j.person_id == join.person_id);
    let entry = Entry::by_staff("taken apart", by, format!("Took a post out: {}", join.why), false, Ts(now));
    tickets::correct(conn, ticket, entry, |t| {
        if !still {
            t.people = (t.people - 1).max(1);
        }
    })
}

/// What was about to be said to this author about the wrong ticket is not said.
fn void_answers(conn: &mut DbConnection, ticket: &Ticket, join: &Join, now: DateTime<Utc>) -> Result<()> {
    for reply in replies::of_post(conn, join.post_id)? {
        let unsent = matches!(
            reply.state,
            replies::State::Draft | replies::State::Waiting | replies::State::Queued | replies::State::Held
        );
        if unsent && reply.ticket_id == Some(ticket.id) {
            let finish = replies::Finish {
                why: "the post is about something else".into(),
                ..replies::Finish::default()
            };
            match replies::shift(conn, &reply, replies::State::Void, &finish, now) {
                // A worker took it this very moment: its own last check decides.
                Ok(_) | Err(Error::Conflict(_)) => {}
                Err(other) => return Err(other),
            }
        }
    }
    Ok(())
}

/// Two tickets are one problem: this one leads to the other from now on.
///
/// # Errors
/// `Refused` when one has ended or is hidden, or both are the same; `Conflict` when somebody was faster.
pub fn merge(
    conn: &mut DbConnection,
    ticket: &Ticket,
    survivor: &Ticket,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Ticket> {
    if ticket.id == survivor.id {
        return Err(Error::Refused("these are the same request".into()));
    }
    if let Some(ended) = [ticket, survivor].into_iter().find(|t| !t.status.is_live()) {
        return Err(Error::Refused(format!("{} has ended: open it again first", ended.number)));
    }
    if ticket.hidden || survivor.hidden {
        return Err(Error::Refused("danger to life is never merged".into()));
    }
    if ticket.sealed != survivor.sealed {
        return Err(Error::Refused("one of them came in private: the other cannot show it".into()));
    }
    settle::merge(conn, ticket, survivor, by, &format!("{by} says so"), now)
}
