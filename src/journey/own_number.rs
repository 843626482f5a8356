//! A request filed by a program has a number of its own, whatever becomes of it: a person looks first, or it is the
//! same as one that is open.

use super::concern::{Concern, Door, new_join, open, open_by};
use super::receive::Incoming;
use super::settle;
use crate::db::DbConnection;
use crate::error::Result;
use crate::intake::OPEN311;
use crate::places::{self, Located, Place};
use crate::tickets::{self, Ticket};

/// A program that files a request waits for its number, also when it joins or a person looks first.
pub(super) fn has_one(incoming: &Incoming<'_>) -> bool {
    incoming.post.channel == OPEN311
}

/// The number of what a person looks at first: we have it, nobody acts yet.
pub(super) fn receive_only(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    concern: &Concern<'_>,
    located: &Located,
    concern_id: i64,
) -> Result<Ticket> {
    let said = incoming.post.lat.zip(incoming.post.lon).map(|(lat, lon)| Place {
        lat,
        lon,
        radius_m: 0.0,
        kind: places::Kind::Geotag,
        label: String::new(),
        span: None,
        key: String::new(),
        street_key: None,
        segment_key: None,
        shape: None,
        found_by: places::FoundBy::Geotag,
    });
    let place = located.best.as_ref().or(said.as_ref());
    let door = Door { sealed: incoming.post.sealed, hidden: false, received: true };
    let ticket = open_by(conn, incoming, concern, place, door)?;
    tickets::join_first(conn, &new_join(incoming, concern_id, ticket.id, "opened it", 1.0))?;
    Ok(ticket)
}

/// It is the same as one that is open: its own number stays, and leads to that one.
pub(super) fn open_merged(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    concern: &Concern<'_>,
    (place, concern_id): (&Place, i64),
    (survivor, score, why): (&Ticket, f64, &str),
) -> Result<Ticket> {
    let own = open(conn, incoming, concern, Some(place), incoming.post.sealed, false)?;
    tickets::join_first(conn, &new_join(incoming, concern_id, own.id, why, score))?;
    settle::merge(conn, &own, survivor, "OnIt", why, incoming.now)
}
