//! SQL of tickets that are one problem.

use diesel::prelude::*;

use crate::db::DbConnection;
use crate::db::schema::{joins, ticket_history, tickets};
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::tickets::{Join, Ticket, with_merged};

/// How many different people wrote about a ticket and those merged into it, or passed our answer on.
pub(in crate::tickets) fn people(conn: &mut DbConnection, ticket_id: i64) -> Result<i64> {
    let family = with_merged(conn, ticket_id)?;
    let mut people: Vec<i64> = joins::table
        .filter(joins::ticket_id.eq_any(&family))
        .filter(joins::ended_at.is_null())
        .select(joins::person_id)
        .distinct()
        .load(conn)?;
    people.extend(crate::tickets::me_too::store::said_by(conn, &family)?);
    people.sort_unstable();
    people.dedup();
    Ok(i64::try_from(people.len()).unwrap_or(i64::MAX))
}

/// The ticket with exactly this number, wherever it leads.
///
/// # Errors
/// `NotFound` when there is none.
pub fn numbered(conn: &mut DbConnection, number: &str) -> Result<Ticket> {
    let found: Option<Ticket> = tickets::table.filter(tickets::number.eq(number)).first(conn).optional()?;
    found.ok_or_else(|| Error::NotFound(format!("there is no request {number}")))
}

/// Tickets merged into this one, directly or through others, oldest first.
///
/// # Errors
/// `Database` only.
pub fn merged_into(conn: &mut DbConnection, ticket_id: i64) -> Result<Vec<Ticket>> {
    let mut family = with_merged(conn, ticket_id)?;
    family.retain(|id| *id != ticket_id);
    if family.is_empty() {
        return Ok(Vec::new());
    }
    Ok(tickets::table.filter(tickets::id.eq_any(family)).order(tickets::id).load(conn)?)
}

/// When a ticket was merged the last time, by whom, and the words of that step.
///
/// # Errors
/// `Database` only.
pub fn merge_step(conn: &mut DbConnection, ticket_id: i64) -> Result<Option<(Ts, String, String)>> {
    Ok(ticket_history::table
        .filter(ticket_history::ticket_id.eq(ticket_id))
        .filter(ticket_history::step.eq("merged"))
        .order(ticket_history::seq.desc())
        .select((ticket_history::at, ticket_history::actor, ticket_history::words))
        .first(conn)
        .optional()?)
}

/// Concerns that came to a ticket at or after `since` and still stand in it.
///
/// # Errors
/// `Database` only.
pub fn joined_since(conn: &mut DbConnection, ticket_id: i64, since: Ts) -> Result<Vec<Join>> {
    Ok(joins::table
        .filter(joins::ticket_id.eq(ticket_id))
        .filter(joins::created_at.ge(since))
        .filter(joins::ended_at.is_null())
        .order(joins::id)
        .load(conn)?)
}
