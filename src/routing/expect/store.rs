//! SQL of expected dates: what the past says, what was said of each ticket, and how often it came true.

use diesel::dsl::count_star;
use diesel::prelude::*;

use crate::db::DbConnection;
use crate::db::schema::{clocks, coverages, tickets};
use crate::db::types::Ts;
use crate::error::Result;
use crate::on_each_backend;
use crate::routing::clocks::Clock;

/// Newest requests alike that are looked at.
const SAMPLE: i64 = 500;
/// Tickets that get their range in one turn.
const AT_ONCE: i64 = 50;
/// In `sample`: nobody has looked yet.
const UNASKED: i64 = -1;

/// (opened, fixed) of fixed requests of this service, newest first; of one area when it is named.
///
/// # Errors
/// `Database` only.
pub fn alike(conn: &mut DbConnection, service: &str, area: Option<&str>, since: Ts) -> Result<Vec<(Ts, Ts)>> {
    let mut query = tickets::table
        .filter(tickets::service.eq(service))
        .filter(tickets::fixed_at.ge(since))
        .filter(tickets::merged_into.is_null())
        .order(tickets::fixed_at.desc())
        .limit(SAMPLE)
        .select((tickets::opened_at, tickets::fixed_at))
        .into_boxed();
    if let Some(area) = area {
        query = query.filter(tickets::area.eq(area));
    }
    let rows: Vec<(Ts, Option<Ts>)> = query.load(conn)?;
    Ok(rows.into_iter().filter_map(|(opened, fixed)| Some((opened, fixed?))).collect())
}

/// Promise clocks whose ticket nobody has looked at for a range, oldest first.
///
/// # Errors
/// `Database` only.
pub fn unasked(conn: &mut DbConnection) -> Result<Vec<Clock>> {
    Ok(clocks::table
        .filter(clocks::kind.eq("promise"))
        .filter(clocks::sample.eq(UNASKED))
        .order(clocks::id)
        .limit(AT_ONCE)
        .load(conn)?)
}

/// Keeps what is expected of a ticket: from when to when, and from how many alike; without a range only that it was
/// looked at.
///
/// # Errors
/// `Database` only.
pub fn keep(conn: &mut DbConnection, clock_id: i64, range: Option<(Ts, Ts)>, sample: i64) -> Result<()> {
    let (low, high) = range.unzip();
    diesel::update(clocks::table.find(clock_id).filter(clocks::sample.eq(UNASKED)))
        .set((clocks::low_at.eq(low), clocks::high_at.eq(high), clocks::sample.eq(sample)))
        .execute(conn)?;
    Ok(())
}

/// How often the ranges whose end lay in a month came true.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct Coverage {
    pub id: i64,
    pub month: String,
    pub ranges: i64,
    pub kept: i64,
    pub at: Ts,
}

/// The newest month that was counted; with a name, that month.
///
/// # Errors
/// `Database` only.
pub fn coverage(conn: &mut DbConnection, month: Option<&str>) -> Result<Option<Coverage>> {
    let mut query = coverages::table.order(coverages::month.desc()).limit(1).into_boxed();
    if let Some(month) = month {
        query = query.filter(coverages::month.eq(month));
    }
    Ok(query.first(conn).optional()?)
}

/// Counts the ranges that ended in `from..to`, and how many of their tickets were fixed by then; keeps it.
///
/// # Errors
/// `Database` only.
pub fn count_month(conn: &mut DbConnection, month: &str, (from, to): (Ts, Ts), now: Ts) -> Result<()> {
    let ended = || {
        clocks::table
            .inner_join(tickets::table)
            .filter(clocks::kind.eq("promise"))
            .filter(clocks::high_at.ge(from))
            .filter(clocks::high_at.lt(to))
            .filter(tickets::merged_into.is_null())
            // What was closed for a reason was never going to be fixed.
            .filter(tickets::status.ne("closed").or(tickets::fixed_at.is_not_null()))
    };
    let ranges: i64 = ended().select(count_star()).first(conn)?;
    let kept: i64 = ended().filter(tickets::fixed_at.le(clocks::high_at)).select(count_star()).first(conn)?;
    let insert = diesel::insert_into(coverages::table).values((
        coverages::month.eq(month),
        coverages::ranges.eq(ranges),
        coverages::kept.eq(kept),
        coverages::at.eq(now),
    ));
    on_each_backend!(conn, c => insert.on_conflict_do_nothing().execute(c)?);
    Ok(())
}
