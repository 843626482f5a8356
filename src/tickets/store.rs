//! SQL of tickets: numbers and rows.

use diesel::prelude::*;

use super::status::Status;
use crate::db::DbConnection;
use crate::db::prepared::Prepared;
use crate::db::schema::{counters, tickets};
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::on_each_backend;
use crate::places::{FoundBy, Place};

pub use super::concerns::store::*;
pub use super::history::store::*;

/// The problem to be fixed.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct Ticket {
    pub id: i64,
    pub number: String,
    pub status: Status,
    pub waiting_for: Option<String>,
    pub waiting_until: Option<Ts>,
    pub service: String,
    pub department: String,
    pub place_label: String,
    pub place_kind: String,
    pub place_key: String,
    pub segment_key: Option<String>,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub radius_m: Option<f64>,
    pub area: Option<String>,
    pub sealed: bool,
    pub hidden: bool,
    pub urgency: String,
    pub opened_at: Ts,
    pub due_at: Option<Ts>,
    pub status_at: Ts,
    pub stage: i64,
    pub fixed_at: Option<Ts>,
    pub closed_at: Option<Ts>,
    pub close_reason: Option<String>,
    pub close_words: Option<String>,
    pub proof: Option<String>,
    pub merged_into: Option<i64>,
    pub version: i64,
    pub people: i64,
    pub rule: String,
}

impl Ticket {
    /// True when strangers may see its page.
    #[must_use]
    pub fn is_public(&self) -> bool {
        !self.sealed && !self.hidden
    }

    /// Where it is, as far as the row keeps it; `None` while nobody knows.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        let (lat, lon) = self.lat.zip(self.lon)?;
        let kind = serde_json::from_value(self.place_kind.clone().into()).ok()?;
        Some(Place {
            lat,
            lon,
            radius_m: self.radius_m.unwrap_or(0.0),
            kind,
            label: self.place_label.clone(),
            span: None,
            key: self.place_key.clone(),
            street_key: None,
            segment_key: self.segment_key.clone(),
            shape: None,
            found_by: FoundBy::default(),
        })
    }
}

pub(super) fn take_numbers(conn: &mut DbConnection, counter: &str, how_many: i64) -> Result<i64> {
    let made: Option<i64> = diesel::update(counters::table.find(counter))
        .set(counters::next.eq(counters::next + how_many))
        .returning(counters::next)
        .get_result(conn)
        .optional()?;
    if let Some(next) = made {
        return Ok(next - how_many);
    }
    // First number of the year; whoever comes second finds the row and counts on.
    let fresh = crate::on_each_backend!(conn, c => diesel::insert_into(counters::table)
        .values((counters::name.eq(counter), counters::next.eq(1)))
        .on_conflict_do_nothing()
        .execute(c)?);
    let _ = fresh;
    let next: i64 = diesel::update(counters::table.find(counter))
        .set(counters::next.eq(counters::next + how_many))
        .returning(counters::next)
        .get_result(conn)?;
    Ok(next - how_many)
}

/// The ticket with this number; merged ones lead to the survivor.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_number(conn: &mut DbConnection, number: &str) -> Result<Ticket> {
    let found: Option<Ticket> = tickets::table.filter(tickets::number.eq(number)).first(conn).optional()?;
    let ticket = found.ok_or_else(|| Error::NotFound(format!("there is no request {number}")))?;
    survivor(conn, ticket)
}

/// The ticket that lives for this one: itself, or where its merges lead.
///
/// # Errors
/// `Conflict` for a circle of merges.
pub fn survivor(conn: &mut DbConnection, mut ticket: Ticket) -> Result<Ticket> {
    for _ in 0..64 {
        let Some(next) = ticket.merged_into else { return Ok(ticket) };
        ticket = by_id(conn, next)?;
    }
    Err(Error::Conflict(format!("request {} is merged in a circle: run `onit doctor`", ticket.number)))
}

/// The ticket with this row id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_id(conn: &mut DbConnection, id: i64) -> Result<Ticket> {
    let found = on_each_backend!(conn, c => tickets::table.find(id).first(c).optional()?);
    found.ok_or_else(|| Error::NotFound(format!("there is no ticket row {id}")))
}

/// Writes a ticket as given and fills in its row id.
pub(super) fn insert(conn: &mut DbConnection, new: Ticket) -> Result<Ticket> {
    let row = (
        (
            tickets::number.eq(&new.number),
            tickets::status.eq(new.status.as_str()),
            tickets::waiting_for.eq(&new.waiting_for),
            tickets::waiting_until.eq(new.waiting_until),
            tickets::service.eq(&new.service),
            tickets::department.eq(&new.department),
            tickets::place_label.eq(&new.place_label),
            tickets::place_kind.eq(&new.place_kind),
            tickets::place_key.eq(&new.place_key),
            tickets::segment_key.eq(&new.segment_key),
            tickets::lat.eq(new.lat),
            tickets::lon.eq(new.lon),
            tickets::radius_m.eq(new.radius_m),
            tickets::area.eq(&new.area),
        ),
        (
            tickets::sealed.eq(new.sealed),
            tickets::hidden.eq(new.hidden),
            tickets::urgency.eq(&new.urgency),
            tickets::opened_at.eq(new.opened_at),
            tickets::due_at.eq(new.due_at),
            tickets::status_at.eq(new.status_at),
            tickets::stage.eq(new.stage),
            tickets::version.eq(new.version),
            tickets::people.eq(new.people),
            tickets::rule.eq(&new.rule),
        ),
    );
    let insert = diesel::insert_into(tickets::table).values(row).returning(tickets::id);
    let id = on_each_backend!(conn, c => insert.get_result(c)?);
    Ok(Ticket { id, ..new })
}

/// Writes a changed ticket if nobody else changed it since it was read.
pub(super) fn save(conn: &mut DbConnection, changed: &Ticket) -> Result<Ticket> {
    let set = (
        (
            tickets::status.eq(changed.status.as_str()),
            tickets::waiting_for.eq(&changed.waiting_for),
            tickets::waiting_until.eq(changed.waiting_until),
            tickets::service.eq(&changed.service),
            tickets::department.eq(&changed.department),
            tickets::place_label.eq(&changed.place_label),
            tickets::place_kind.eq(&changed.place_kind),
            tickets::place_key.eq(&changed.place_key),
            tickets::segment_key.eq(&changed.segment_key),
            tickets::lat.eq(changed.lat),
            tickets::lon.eq(changed.lon),
            tickets::radius_m.eq(changed.radius_m),
            tickets::area.eq(&changed.area),
            tickets::sealed.eq(changed.sealed),
        ),
        (
            tickets::hidden.eq(changed.hidden),
            tickets::urgency.eq(&changed.urgency),
            tickets::due_at.eq(changed.due_at),
            tickets::status_at.eq(changed.status_at),
            tickets::stage.eq(changed.stage),
            tickets::fixed_at.eq(changed.fixed_at),
            tickets::closed_at.eq(changed.closed_at),
            tickets::close_reason.eq(&changed.close_reason),
            tickets::close_words.eq(&changed.close_words),
            tickets::proof.eq(&changed.proof),
            tickets::merged_into.eq(changed.merged_into),
            tickets::people.eq(changed.people),
            tickets::rule.eq(&changed.rule),
            tickets::version.eq(changed.version + 1),
        ),
    );
    let same = tickets::table.find(changed.id).filter(tickets::version.eq(changed.version));
    let saved = Prepared(diesel::update(same).set(set));
    if on_each_backend!(conn, c => saved.execute(c)?) == 0 {
        let words = format!("request {} was changed by somebody else just now: look again", changed.number);
        return Err(Error::Conflict(words));
    }
    Ok(Ticket { version: changed.version + 1, ..changed.clone() })
}

/// What a matching ticket must have in common with a concern.
#[derive(Debug)]
pub(super) struct Near<'a> {
    pub service: &'a str,
    pub place_key: &'a str,
    pub south_west: (f64, f64),
    pub north_east: (f64, f64),
    pub sealed_too: bool,
    pub opened_after: Ts,
    pub fixed_after: Ts,
}

/// Live tickets, and those fixed lately, of the same service at the same key or inside the box, oldest first.
pub(super) fn near(conn: &mut DbConnection, near: &Near<'_>) -> Result<Vec<Ticket>> {
    let by_key = base(near).filter(tickets::place_key.eq(near.place_key)).order(tickets::id).limit(20);
    let mut found: Vec<Ticket> = on_each_backend!(conn, c => by_key.load(c)?);
    let by_box = base(near)
        .filter(tickets::lat.between(near.south_west.0, near.north_east.0))
        .filter(tickets::lon.between(near.south_west.1, near.north_east.1))
        .filter(tickets::place_key.ne(near.place_key))
        .order(tickets::id)
        .limit(50);
    found.extend(on_each_backend!(conn, c => by_box.load::<Ticket>(c)?));
    Ok(found)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn base<'a>(near: &'a Near<'a>) -> _ {
    let service: &'a str = near.service;
    let sealed: bool = near.sealed_too;
    let opened_after: Ts = near.opened_after;
    let fixed_after: Ts = near.fixed_after;
    tickets::table
        .filter(tickets::service.eq(service))
        .filter(tickets::merged_into.is_null())
        .filter(tickets::hidden.eq(false))
        .filter(tickets::sealed.eq(false).or(tickets::sealed.eq(sealed)))
        .filter(tickets::opened_at.ge(opened_after))
        .filter(tickets::status.ne("closed"))
        .filter(tickets::fixed_at.is_null().or(tickets::fixed_at.ge(fixed_after)))
}

/// Tickets that have waited for the resident's answer since `before` and still have no place.
///
/// # Errors
/// `Database` only.
pub fn waiting_without_place(conn: &mut DbConnection, before: Ts) -> Result<Vec<Ticket>> {
    Ok(tickets::table
        .filter(tickets::status.eq(Status::Waiting.as_str()))
        .filter(tickets::waiting_for.eq("resident"))
        .filter(tickets::place_key.eq(""))
        .filter(tickets::status_at.lt(before))
        .filter(tickets::merged_into.is_null())
        .order(tickets::id)
        .limit(50)
        .load(conn)?)
}

/// Ticket row ids after `last`, in order.
///
/// # Errors
/// `Database` only.
pub fn ids_after(conn: &mut DbConnection, last: i64, most: i64) -> Result<Vec<i64>> {
    Ok(tickets::table
        .filter(tickets::id.gt(last))
        .order(tickets::id)
        .limit(most)
        .select(tickets::id)
        .load(conn)?)
}
