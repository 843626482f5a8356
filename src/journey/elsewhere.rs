//! Somebody else looks after it: the ticket is the record of the hand-over, and the author hears whom to ask.

use super::acknowledge::may_answer;
use super::concern::{Concern, Ending, insert, new_join, open, review};
use super::receive::Incoming;
use super::settle;
use crate::db::DbConnection;
use crate::error::Result;
use crate::intake::Outcome;
use crate::places::Located;
use crate::settings::Elsewhere;
use crate::tickets::{self, CloseReason};
use crate::triage::Reading;

/// Hands a concern over with the city's own words; where the machine may not speak, a person does it.
pub(super) fn hand_over(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    reading: &Reading,
    concern: &Concern<'_>,
    located: &Located,
    other: &Elsewhere,
) -> Result<Ending> {
    // Nothing is due to anybody here, so the due date cannot be what holds the answer back.
    if let Err(why) = may_answer(incoming, reading, concern, true) {
        let why = format!("{} looks after this, hand it over? {why}", other.name);
        return review(conn, incoming, concern, located, &why);
    }
    let concern_id = insert(conn, incoming, concern, located, "", "")?;
    let place = located.best.as_ref();
    let ticket = open(conn, incoming, concern, place, incoming.post.sealed, false)?;
    tickets::join_first(conn, &new_join(incoming, concern_id, ticket.id, "opened it", 1.0))?;
    let (world, now) = (incoming.world, incoming.now);
    let closed = settle::close(conn, world, &ticket, CloseReason::NotOurs, &other.ask, settle::MACHINE, now)?;
    let why = format!("handed over: {} looks after this", other.name);
    Ok(Ending { place: place.cloned(), ..Ending::about(Outcome::Answered, why, closed) })
}
