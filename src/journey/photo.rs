//! A photo says where its camera stood: that fills a gap, chooses between places that fit, or is a word to staff.
//!
//! A photo is fetched after its post was read and perhaps answered. A ticket that still waits for its place gets it;
//! one that has a place keeps it, dispatched or not: staff hear what the photo says and move it with one press.

use chrono::{DateTime, Utc};

use super::receive::Incoming;
use super::{answer, concern, decide};
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::Result;
use crate::intake::{self, Outcome, Post};
use crate::places::{self, Hints, Place};
use crate::replies::{self, Kind};
use crate::tickets::matching::metres_between;
use crate::tickets::{self, ConcernRow, Status, Ticket};
use crate::triage;
use crate::world::World;

/// Two photos of one post this far apart, in metres, do not say where it is.
const APART_M: f64 = 150.0;
/// A photo is taken from across the street: nearer than this, in metres, it says nothing new.
const BESIDE_M: f64 = 75.0;

/// The one spot in the city that the cameras of a post name; `None` when they name none, or several.
#[must_use]
pub fn one_spot(world: &World, spots: impl IntoIterator<Item = (f64, f64)>) -> Option<(f64, f64)> {
    let mut here = spots.into_iter().filter(|(lat, lon)| places::inside_city(&world.places, *lat, *lon));
    let first = here.next()?;
    here.all(|other| metres_between(first, other) <= APART_M).then_some(first)
}

/// Hands on where the photo of a post was taken, (lat, lon) inside the city.
///
/// # Errors
/// `Conflict` when somebody was faster: run it again.
pub fn taken_at(
    conn: &mut DbConnection,
    world: &World,
    post: &Post,
    spot: (f64, f64),
    now: DateTime<Utc>,
) -> Result<()> {
    let incoming = Incoming { photo: Some(spot), ..decide::incoming(conn, world, post, now)? };
    let joins = tickets::joins_of_post(conn, post.id)?;
    let rows = tickets::concerns_of(conn, post.id)?;
    let alone = rows.len() == 1;
    for row in rows {
        let Some(join) = joins.iter().find(|j| j.concern_id == row.id) else {
            offer(conn, &incoming, &row)?;
            continue;
        };
        let named = tickets::by_id(conn, join.ticket_id)?;
        let ticket = tickets::survivor(conn, named)?;
        match fills(conn, &incoming, &row, &ticket)? {
            Some(outcome) if alone => {
                intake::decide(conn, post.id, outcome, "the photo says where it is", now)?;
            }
            Some(_) => {}
            None => tell_staff(conn, &incoming, &row, &ticket)?,
        }
    }
    Ok(())
}

/// Completes a ticket that waits for the answer to "where is it?"; `None` when it does not, or the photo is not enough.
fn fills(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    row: &ConcernRow,
    ticket: &Ticket,
) -> Result<Option<Outcome>> {
    if !ticket.place_key.is_empty() || ticket.hidden || ticket.status != Status::Waiting {
        return Ok(None);
    }
    let Some(open) = replies::question_of(conn, ticket.id)?.filter(|q| q.concern_id == row.id) else {
        return Ok(None);
    };
    let settings = &incoming.world.settings;
    let Some(service) = settings.catalogue.get(&ticket.service) else { return Ok(None) };
    let Some(place) = located(incoming, row).filter(|p| concern::is_good_enough(service, p)) else {
        return Ok(None);
    };
    let now = Ts(incoming.now);
    replies::shift_question(conn, &open, "answered", open.tries, &open.candidates, now)?;
    replies::void_for_ticket(conn, ticket.id, &[Kind::Ask], "the photo says where it is", incoming.now)?;
    let reading = triage::reading_of(conn, incoming.post.id)?;
    let language = reading.map_or(settings.city.language, |r| r.language);
    let ending = answer::complete(conn, incoming, language, ticket, row, &place)?;
    let same = ending.ticket.is_some_and(|t| t.id == ticket.id);
    Ok(Some(if same { Outcome::Opened } else { Outcome::Joined }))
}

/// Where the words and the photo say it is.
fn located(incoming: &Incoming<'_>, row: &ConcernRow) -> Option<Place> {
    let service = incoming.world.settings.catalogue.get(&row.service);
    let asset_kind = service.and_then(|s| s.asset_kind.as_deref());
    let hints = Hints { asset_kind, ..incoming.hints() };
    places::locate(&incoming.world.places, &incoming.post.text, &hints).best
}

/// Where the photo alone says it is.
fn by_photo(incoming: &Incoming<'_>) -> Option<Place> {
    let hints = Hints { photo: incoming.photo, ..Hints::default() };
    places::locate(&incoming.world.places, "", &hints).best
}

/// A post that a person reads first: the photo's place is there to be picked.
fn offer(conn: &mut DbConnection, incoming: &Incoming<'_>, row: &ConcernRow) -> Result<()> {
    if row.queue.is_empty() {
        return Ok(());
    }
    if row.place.is_none()
        && let Some(place) = located(incoming, row)
    {
        let json = serde_json::to_string(&place).ok();
        return tickets::settle_concern(conn, row.id, &row.service, "found", json.as_deref());
    }
    candidate(conn, incoming, row)
}

/// The ticket stays where it is; staff read what the photo says, and can take it with one press.
fn tell_staff(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    row: &ConcernRow,
    ticket: &Ticket,
) -> Result<()> {
    let Some(place) = by_photo(incoming) else { return Ok(()) };
    let mut words = format!("The photo says it was taken {}", place.label);
    if let Some(at) = ticket.lat.zip(ticket.lon) {
        let metres = metres_between(at, (place.lat, place.lon));
        if metres <= BESIDE_M + ticket.radius_m.unwrap_or(0.0) {
            words = format!("{words}: that is the place of this request");
        } else {
            words = format!("{words}, {metres:.0} m from the place of this request");
            candidate(conn, incoming, row)?;
        }
    } else {
        candidate(conn, incoming, row)?;
    }
    tickets::add_note(conn, ticket.id, "OnIt", &words, Ts(incoming.now))
}

fn candidate(conn: &mut DbConnection, incoming: &Incoming<'_>, row: &ConcernRow) -> Result<()> {
    let Some(place) = by_photo(incoming) else { return Ok(()) };
    let mut fits: Vec<Place> = serde_json::from_str(&row.alternatives).unwrap_or_default();
    if fits.iter().all(|known| known.key != place.key) {
        // In front: pages show the first few.
        fits.insert(0, place);
        let json = serde_json::to_string(&fits).unwrap_or_else(|_| row.alternatives.clone());
        tickets::set_alternatives(conn, row.id, &json)?;
    }
    Ok(())
}
