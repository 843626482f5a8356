//! SQL of the figures: counts over public tickets only.

use diesel::dsl::{count, count_star};
use diesel::prelude::*;

use super::super::store::{listed, live, open_to_all};
use crate::db::DbConnection;
use crate::db::schema::{outbox, posts, promises, ticket_history, tickets};
use crate::db::types::Ts;
use crate::error::Result;

/// Most rows that figures are computed from; a city with more sees its newest.
const COUNTED_ROWS: i64 = 50_000;

/// Open tickets of one area.
pub(super) struct AreaRow {
    pub(super) area: Option<String>,
    pub(super) open: i64,
    pub(super) late: i64,
}

pub(super) fn open_by_area(conn: &mut DbConnection, now: Ts) -> Result<Vec<AreaRow>> {
    type Row = (Option<String>, i64);
    let by_area = (tickets::area, count_star());
    let open: Vec<Row> =
        tickets::table.filter(listed()).filter(live()).group_by(tickets::area).select(by_area).load(conn)?;
    let late: Vec<Row> = tickets::table
        .filter(listed())
        .filter(live())
        .filter(tickets::due_at.lt(now))
        .group_by(tickets::area)
        .select(by_area)
        .load(conn)?;
    let late_in = |area: &Option<String>| late.iter().find(|(a, _)| a == area).map_or(0, |(_, n)| *n);
    Ok(open.into_iter().map(|(area, open)| AreaRow { late: late_in(&area), area, open }).collect())
}

/// A promise that fell due, or was kept.
#[derive(Queryable)]
pub(super) struct DueRow {
    pub(super) state: String,
    pub(super) due_at: Ts,
    pub(super) kept_at: Option<Ts>,
    pub(super) area: Option<String>,
}

pub(super) fn promises_due(conn: &mut DbConnection, since: Ts, now: Ts) -> Result<Vec<DueRow>> {
    let fell_due = promises::due_at.ge(since).and(promises::due_at.le(now));
    Ok(promises::table
        .inner_join(tickets::table)
        .filter(open_to_all())
        // Changed and merged promises live on in another row; dropped ones were taken back with a reason.
        .filter(promises::state.eq("kept").or(promises::state.eq("open")))
        .filter(
            fell_due.or(promises::kept_at.is_not_null().and(promises::kept_at.assume_not_null().ge(since))),
        )
        .order(promises::id.desc())
        .limit(COUNTED_ROWS)
        .select((promises::state, promises::due_at, promises::kept_at, tickets::area))
        .load(conn)?)
}

/// When a post was written, and when the first reply stood in its thread.
pub(super) struct AnswerRow {
    pub(super) written_at: Ts,
    pub(super) delivered_at: Ts,
    pub(super) area: Option<String>,
}

pub(super) fn first_answers(conn: &mut DbConnection, since: Ts) -> Result<Vec<AnswerRow>> {
    type Row = (i64, Ts, Option<Ts>, Option<String>);
    let mut rows: Vec<Row> = outbox::table
        .inner_join(posts::table)
        .inner_join(tickets::table)
        .filter(open_to_all())
        .filter(outbox::state.eq("delivered"))
        .filter(posts::received_at.ge(since))
        .order(outbox::id.desc())
        .limit(COUNTED_ROWS)
        .select((outbox::post_id, posts::created_at, outbox::delivered_at, tickets::area))
        .load(conn)?;
    rows.sort_by_key(|(post, _, delivered, _)| (*post, *delivered));
    rows.dedup_by_key(|(post, ..)| *post);
    let answer = |(_, written_at, delivered, area): Row| {
        delivered.map(|delivered_at| AnswerRow { written_at, delivered_at, area })
    };
    Ok(rows.into_iter().filter_map(answer).collect())
}

/// Steps "fixed" and "reopened" since then.
pub(super) fn fixed_and_reopened(conn: &mut DbConnection, since: Ts) -> Result<(i64, i64)> {
    let mut count = |step: &'static str| -> Result<i64> {
        Ok(ticket_history::table
            .inner_join(tickets::table)
            .filter(open_to_all())
            .filter(ticket_history::step.eq(step))
            .filter(ticket_history::at.ge(since))
            .select(count_star())
            .first(conn)?)
    };
    Ok((count("fixed")?, count("reopened")?))
}

pub(super) fn fixed_since(conn: &mut DbConnection, since: Ts) -> Result<i64> {
    Ok(tickets::table
        .filter(listed())
        .filter(tickets::status.eq("fixed"))
        .filter(tickets::status_at.ge(since))
        .select(count_star())
        .first(conn)?)
}

pub(super) fn ever(conn: &mut DbConnection) -> Result<i64> {
    Ok(tickets::table.filter(listed()).select(count_star()).first(conn)?)
}

/// Different people with a delivered reply of these kinds about these tickets.
pub(super) fn told(conn: &mut DbConnection, ids: &[i64], kinds: &[&str]) -> Result<i64> {
    Ok(outbox::table
        .filter(outbox::ticket_id.eq_any(ids))
        .filter(outbox::kind.eq_any(kinds))
        .filter(outbox::delivered_at.is_not_null())
        .select(count(outbox::person_id).aggregate_distinct())
        .first(conn)?)
}
