//! SQL of what the city has lived through: nothing is kept twice, the rows are read from tickets and their history.

use diesel::prelude::*;

use crate::db::DbConnection;
use crate::db::schema::{concerns, joins, posts, ticket_history, tickets};
use crate::db::types::Ts;
use crate::error::Result;

/// A post, what it was about, and since when that is certain.
#[derive(Queryable)]
pub(super) struct Found {
    pub post_id: i64,
    pub text: String,
    pub service: String,
    pub at: Ts,
}

/// Reasons for which a ticket ends and yet was of its service.
const REASONS: [&str; 3] = ["not_ours", "no_action", "not_verified"];

/// Posts of tickets that have ended, newest first.
pub(super) fn closed(conn: &mut DbConnection, most: i64) -> Result<Vec<Found>> {
    let several = concerns::table.filter(concerns::n.gt(0)).select(concerns::post_id);
    Ok(joins::table
        .inner_join(tickets::table)
        .inner_join(posts::table)
        .filter(tickets::status.eq_any(["fixed", "closed"]))
        .filter(tickets::close_reason.is_null().or(tickets::close_reason.eq_any(REASONS)))
        .filter(tickets::sealed.eq(false))
        .filter(tickets::hidden.eq(false))
        .filter(tickets::merged_into.is_null())
        .filter(joins::ended_at.is_null())
        .filter(posts::sealed.eq(false))
        .filter(posts::deleted_at.is_null())
        .filter(posts::id.ne_all(several))
        .order((tickets::status_at.desc(), posts::id.desc()))
        .limit(most)
        .select((posts::id, posts::text, tickets::service, tickets::status_at))
        .load(conn)?)
}

/// Posts of tickets whose service a person corrected, open or not, newest first; a ticket corrected twice comes twice.
pub(super) fn corrected(conn: &mut DbConnection, most: i64) -> Result<Vec<Found>> {
    let several = concerns::table.filter(concerns::n.gt(0)).select(concerns::post_id);
    Ok(joins::table
        .inner_join(tickets::table.inner_join(ticket_history::table))
        .inner_join(posts::table)
        .filter(ticket_history::step.eq("corrected"))
        .filter(tickets::sealed.eq(false))
        .filter(tickets::hidden.eq(false))
        .filter(tickets::merged_into.is_null())
        .filter(joins::ended_at.is_null())
        .filter(posts::sealed.eq(false))
        .filter(posts::deleted_at.is_null())
        .filter(posts::id.ne_all(several))
        .order((ticket_history::at.desc(), posts::id.desc()))
        .limit(most)
        .select((posts::id, posts::text, tickets::service, ticket_history::at))
        .load(conn)?)
}
