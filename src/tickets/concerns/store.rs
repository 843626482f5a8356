//! SQL of concerns and of their places in tickets.

use diesel::dsl::count_star;
use diesel::prelude::*;

use crate::db::DbConnection;
use crate::db::schema::{concerns, joins, tickets};
use crate::db::types::Ts;
use crate::error::{Error, Result};

/// One issue named in a post.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct ConcernRow {
    pub id: i64,
    pub post_id: i64,
    pub n: i64,
    pub service: String,
    pub service_p: f64,
    pub urgency: String,
    pub place_status: String,
    pub place: Option<String>,
    pub alternatives: String,
    pub queue: String,
    pub queue_why: String,
    pub created_at: Ts,
}

/// A concern that stands in a ticket.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct Join {
    pub id: i64,
    pub concern_id: i64,
    pub ticket_id: i64,
    pub post_id: i64,
    pub person_id: i64,
    pub why: String,
    pub score: f64,
    pub actor: String,
    pub created_at: Ts,
    pub ended_at: Option<Ts>,
}

/// Everything a new concern row holds.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct NewConcern<'a> {
    pub post_id: i64,
    pub n: i64,
    pub service: &'a str,
    pub service_p: f64,
    pub urgency: &'a str,
    pub place_status: &'a str,
    pub place: Option<String>,
    pub alternatives: String,
    pub queue: &'a str,
    pub queue_why: &'a str,
    pub created_at: Ts,
}

/// Keeps a concern.
///
/// # Errors
/// `Database` only.
pub fn insert_concern(conn: &mut DbConnection, new: &NewConcern<'_>) -> Result<i64> {
    let insert = diesel::insert_into(concerns::table)
        .values((
            concerns::post_id.eq(new.post_id),
            concerns::n.eq(new.n),
            concerns::service.eq(new.service),
            concerns::service_p.eq(new.service_p),
            concerns::urgency.eq(new.urgency),
            concerns::place_status.eq(new.place_status),
            concerns::place.eq(&new.place),
            concerns::alternatives.eq(&new.alternatives),
            concerns::queue.eq(new.queue),
            concerns::queue_why.eq(new.queue_why),
            concerns::created_at.eq(new.created_at),
        ))
        .returning(concerns::id);
    Ok(crate::on_each_backend!(conn, c => insert.get_result(c)?))
}

/// The concern with this row id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn concern(conn: &mut DbConnection, id: i64) -> Result<ConcernRow> {
    let found = concerns::table.find(id).first(conn).optional()?;
    found.ok_or_else(|| Error::NotFound(format!("there is no concern row {id}")))
}

/// Concerns of a post, in the order they were named.
///
/// # Errors
/// `Database` only.
pub fn concerns_of(conn: &mut DbConnection, post_id: i64) -> Result<Vec<ConcernRow>> {
    Ok(concerns::table.filter(concerns::post_id.eq(post_id)).order(concerns::n).load(conn)?)
}

/// Moves a concern out of (or into) a queue and writes what was decided about it.
///
/// # Errors
/// `Conflict` when somebody else moved it first.
pub fn requeue_concern(conn: &mut DbConnection, id: i64, from: &str, to: &str, why: &str) -> Result<()> {
    let same = concerns::table.find(id).filter(concerns::queue.eq(from));
    let changed =
        diesel::update(same).set((concerns::queue.eq(to), concerns::queue_why.eq(why))).execute(conn)?;
    if changed == 0 {
        return Err(Error::Conflict("somebody else decided about this post just now: look again".into()));
    }
    Ok(())
}

/// Writes the service and place a concern turned out to have.
///
/// # Errors
/// `Database` only.
pub fn settle_concern(
    conn: &mut DbConnection,
    id: i64,
    service: &str,
    place_status: &str,
    place: Option<&str>,
) -> Result<()> {
    diesel::update(concerns::table.find(id))
        .set((
            concerns::service.eq(service),
            concerns::place_status.eq(place_status),
            concerns::place.eq(place),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes the places a concern may be at beside the one it is at, JSON.
///
/// # Errors
/// `Database` only.
pub fn set_alternatives(conn: &mut DbConnection, id: i64, alternatives: &str) -> Result<()> {
    diesel::update(concerns::table.find(id)).set(concerns::alternatives.eq(alternatives)).execute(conn)?;
    Ok(())
}

pub(in crate::tickets) fn insert_join(conn: &mut DbConnection, new: &Join) -> Result<()> {
    let insert = diesel::insert_into(joins::table).values((
        joins::concern_id.eq(new.concern_id),
        joins::ticket_id.eq(new.ticket_id),
        joins::post_id.eq(new.post_id),
        joins::person_id.eq(new.person_id),
        joins::why.eq(&new.why),
        joins::score.eq(new.score),
        joins::actor.eq(&new.actor),
        joins::created_at.eq(new.created_at),
    ));
    match crate::on_each_backend!(conn, c => insert.execute(c)) {
        Ok(_) => Ok(()),
        // The index that lets a concern stand in one ticket at a time.
        Err(diesel::result::Error::DatabaseError(diesel::result::DatabaseErrorKind::UniqueViolation, _)) => {
            Err(Error::Conflict("this post was put into a request just now: look again".into()))
        }
        Err(other) => Err(other.into()),
    }
}

/// Ends a join; the row stays, so that taking apart loses nothing.
///
/// # Errors
/// `Conflict` when somebody ended it first.
pub fn end_join(conn: &mut DbConnection, id: i64, now: Ts) -> Result<()> {
    let live = joins::table.find(id).filter(joins::ended_at.is_null());
    let n = diesel::update(live).set(joins::ended_at.eq(Some(now))).execute(conn)?;
    if n == 0 {
        return Err(Error::Conflict("this post was taken out of the request already".into()));
    }
    Ok(())
}

/// Live joins of a ticket, oldest first.
///
/// # Errors
/// `Database` only.
pub fn joins_of(conn: &mut DbConnection, ticket_id: i64) -> Result<Vec<Join>> {
    Ok(joins::table
        .filter(joins::ticket_id.eq(ticket_id))
        .filter(joins::ended_at.is_null())
        .order(joins::id)
        .load(conn)?)
}

/// A ticket and everything merged into it, through any number of merges.
///
/// # Errors
/// `Database` only.
pub fn with_merged(conn: &mut DbConnection, ticket_id: i64) -> Result<Vec<i64>> {
    let mut family = vec![ticket_id];
    let mut newest = family.clone();
    while !newest.is_empty() {
        newest = tickets::table.filter(tickets::merged_into.eq_any(newest)).select(tickets::id).load(conn)?;
        newest.retain(|id| !family.contains(id));
        family.extend(&newest);
    }
    Ok(family)
}

/// Live joins of a ticket and of those merged into it, oldest first.
///
/// # Errors
/// `Database` only.
pub fn joins_with_merged(conn: &mut DbConnection, ticket_id: i64) -> Result<Vec<Join>> {
    let family = with_merged(conn, ticket_id)?;
    Ok(joins::table
        .filter(joins::ticket_id.eq_any(family))
        .filter(joins::ended_at.is_null())
        .order(joins::id)
        .load(conn)?)
}

/// Live joins of a post, in the order of its concerns.
///
/// # Errors
/// `Database` only.
pub fn joins_of_post(conn: &mut DbConnection, post_id: i64) -> Result<Vec<Join>> {
    Ok(joins::table
        .filter(joins::post_id.eq(post_id))
        .filter(joins::ended_at.is_null())
        .order(joins::id)
        .load(conn)?)
}

/// Whether this person already wrote about one of these tickets.
pub(in crate::tickets) fn has_joined(
    conn: &mut DbConnection,
    family: &[i64],
    person_id: i64,
) -> Result<bool> {
    let theirs = joins::table
        .filter(joins::ticket_id.eq_any(family))
        .filter(joins::person_id.eq(person_id))
        .filter(joins::ended_at.is_null())
        .select(count_star());
    let n: i64 = crate::on_each_backend!(conn, c => theirs.first(c)?);
    Ok(n > 0)
}
