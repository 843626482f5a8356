//! SQL of public tickets and public steps as Open311 asks for them.

use diesel::dsl::{min, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::super::store::{COLUMNS, TicketRow, open_to_all};
use super::Asked;
use crate::db::schema::{photos, ticket_history, tickets};
use crate::db::types::{Instant, Ts};
use crate::db::{DbConnection, MultiBackend};
use crate::error::Result;

/// The state that counts is that of the ticket a merge leads to.
const ENDED: &str = "COALESCE((SELECT s.status FROM tickets s WHERE s.id = tickets.merged_into), \
                     tickets.status) IN ('fixed', 'closed')";
const LIVE: &str = "COALESCE((SELECT s.status FROM tickets s WHERE s.id = tickets.merged_into), \
                    tickets.status) NOT IN ('fixed', 'closed')";
const CHANGED: &str =
    "COALESCE((SELECT s.status_at FROM tickets s WHERE s.id = tickets.merged_into), tickets.status_at)";
/// Steps a client hears of; the others are the city's own business or say nothing new.
const TOLD: [&str; 6] = ["assigned", "started", "waiting", "fixed", "closed", "reopened"];

/// A public step of a public ticket.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct UpdateRow {
    pub id: i64,
    pub ticket_id: i64,
    pub number: String,
    pub step: String,
    pub close_reason: Option<String>,
    pub at: Ts,
    pub words: String,
}

pub(super) fn requests(conn: &mut DbConnection, asked: &Asked) -> Result<Vec<(TicketRow, Option<i64>)>> {
    let photo = photos::table
        .filter(photos::ticket_id.eq(tickets::id.nullable()))
        .filter(photos::public.eq(true))
        .select(min(photos::id))
        .single_value();
    let mut query = tickets::table.filter(open_to_all()).into_boxed::<MultiBackend>();
    if asked.numbers.is_empty() {
        if !asked.services.is_empty() {
            query = query.filter(tickets::service.eq_any(asked.services.clone()));
        }
        if let Some(ended) = asked.ended {
            query = query.filter(sql::<Bool>(if ended { ENDED } else { LIVE }));
        }
        if let Some(from) = asked.opened.0 {
            query = query.filter(tickets::opened_at.ge(from));
        }
        if let Some(to) = asked.opened.1 {
            query = query.filter(tickets::opened_at.le(to));
        }
        if let Some(from) = asked.changed.0 {
            query = query.filter(sql::<Instant>(CHANGED).ge(from));
        }
        if let Some(to) = asked.changed.1 {
            query = query.filter(sql::<Instant>(CHANGED).le(to));
        }
        if let Some(part) = asked.part {
            query = query
                .filter(tickets::lat.between(part.south, part.north))
                .filter(tickets::lon.between(part.west, part.east));
        }
    } else {
        query = query.filter(tickets::number.eq_any(asked.numbers.clone()));
    }
    Ok(query
        .order((tickets::opened_at.desc(), tickets::id.desc()))
        .offset(asked.skip)
        .limit(asked.take)
        .select((COLUMNS, photo))
        .load(conn)?)
}

pub(super) fn by_ids(conn: &mut DbConnection, ids: &[i64]) -> Result<Vec<TicketRow>> {
    Ok(tickets::table
        .filter(tickets::id.eq_any(ids.to_vec()))
        .filter(open_to_all())
        .select(COLUMNS)
        .load(conn)?)
}

/// (number, row it leads to) of public tickets merged straight into one of these.
pub(super) fn merged_into(conn: &mut DbConnection, ids: &[i64]) -> Result<Vec<(String, i64)>> {
    Ok(tickets::table
        .filter(tickets::merged_into.eq_any(ids.to_vec()))
        .filter(open_to_all())
        .order(tickets::id)
        .select((tickets::number, tickets::merged_into.assume_not_null()))
        .load(conn)?)
}

pub(super) fn updates(conn: &mut DbConnection, from: Ts, to: Ts, most: i64) -> Result<Vec<UpdateRow>> {
    Ok(ticket_history::table
        .inner_join(tickets::table)
        .filter(open_to_all())
        .filter(ticket_history::public.eq(true))
        .filter(ticket_history::step.eq_any(TOLD))
        .filter(ticket_history::at.between(from, to))
        .order((ticket_history::at, ticket_history::id))
        .limit(most)
        .select((
            ticket_history::id,
            tickets::id,
            tickets::number,
            ticket_history::step,
            tickets::close_reason,
            ticket_history::at,
            ticket_history::words,
        ))
        .load(conn)?)
}
