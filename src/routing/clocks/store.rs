//! SQL of the clocks: one row a ticket and kind, and which of them must be looked at now.

use diesel::prelude::*;

use crate::db::DbConnection;
use crate::db::schema::{clocks, outbox, tickets};
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::on_each_backend;

/// Clocks looked at in one turn.
const AT_ONCE: i64 = 200;

/// One clock of one ticket.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct Clock {
    pub id: i64,
    pub ticket_id: i64,
    pub kind: String,
    pub started_at: Ts,
    pub due_at: Ts,
    pub level: i64,
    pub next_at: Option<Ts>,
    pub paused_at: Option<Ts>,
    pub stopped_at: Option<Ts>,
    pub version: i64,
    pub low_at: Option<Ts>,
    pub high_at: Option<Ts>,
    pub sample: i64,
}

/// Starts a clock, or sets the one there is to another due moment; it begins at the bottom of its ladder.
///
/// # Errors
/// `Conflict` when another process started it at the same moment.
pub fn start(
    conn: &mut DbConnection,
    (ticket_id, kind): (i64, &str),
    (started_at, due_at): (Ts, Ts),
    next_at: Option<Ts>,
) -> Result<()> {
    let mine = clocks::table.filter(clocks::ticket_id.eq(ticket_id)).filter(clocks::kind.eq(kind));
    let known = diesel::update(mine)
        .set((
            clocks::started_at.eq(started_at),
            clocks::due_at.eq(due_at),
            clocks::level.eq(0),
            clocks::next_at.eq(next_at),
            clocks::paused_at.eq(None::<Ts>),
            clocks::stopped_at.eq(None::<Ts>),
            clocks::version.eq(clocks::version + 1),
            clocks::low_at.eq(None::<Ts>),
            clocks::high_at.eq(None::<Ts>),
            clocks::sample.eq(-1),
        ))
        .execute(conn)?;
    if known > 0 {
        return Ok(());
    }
    let insert = diesel::insert_into(clocks::table).values((
        clocks::ticket_id.eq(ticket_id),
        clocks::kind.eq(kind),
        clocks::started_at.eq(started_at),
        clocks::due_at.eq(due_at),
        clocks::level.eq(0),
        clocks::next_at.eq(next_at),
        clocks::version.eq(1),
        clocks::sample.eq(-1),
    ));
    on_each_backend!(conn, c => insert.execute(c)?);
    Ok(())
}

/// Writes a clock as given, if nobody moved it since it was read.
///
/// # Errors
/// `Conflict` when somebody was faster.
pub fn shift(conn: &mut DbConnection, clock: &Clock) -> Result<()> {
    let same = clocks::table.find(clock.id).filter(clocks::version.eq(clock.version));
    let n = diesel::update(same)
        .set((
            clocks::due_at.eq(clock.due_at),
            clocks::level.eq(clock.level),
            clocks::next_at.eq(clock.next_at),
            clocks::paused_at.eq(clock.paused_at),
            clocks::stopped_at.eq(clock.stopped_at),
            clocks::version.eq(clock.version + 1),
        ))
        .execute(conn)?;
    if n == 0 {
        return Err(Error::Conflict("another process moved this clock".into()));
    }
    Ok(())
}

/// Forgets what was expected, so that it is looked up anew.
///
/// # Errors
/// `Database` only.
pub fn ask_again(conn: &mut DbConnection, clock_id: i64) -> Result<()> {
    diesel::update(clocks::table.find(clock_id)).set(clocks::sample.eq(-1)).execute(conn)?;
    Ok(())
}

/// Clocks whose next step is due, the longest waiting first.
///
/// # Errors
/// `Database` only.
pub fn due(conn: &mut DbConnection, now: Ts) -> Result<Vec<Clock>> {
    Ok(clocks::table
        .filter(clocks::next_at.le(now))
        .order((clocks::next_at, clocks::id))
        .limit(AT_ONCE)
        .load(conn)?)
}

/// Running clocks of tickets that wait for the resident.
///
/// # Errors
/// `Database` only.
pub fn to_pause(conn: &mut DbConnection) -> Result<Vec<Clock>> {
    Ok(clocks::table
        .inner_join(tickets::table)
        .filter(tickets::status.eq("waiting"))
        .filter(tickets::waiting_for.eq("resident"))
        .filter(clocks::paused_at.is_null())
        .filter(clocks::stopped_at.is_null())
        .order(clocks::id)
        .limit(AT_ONCE)
        .select(clocks::all_columns)
        .load(conn)?)
}

/// Clocks that stand still although their ticket waits for the resident no longer.
///
/// # Errors
/// `Database` only.
pub fn to_resume(conn: &mut DbConnection) -> Result<Vec<Clock>> {
    Ok(clocks::table
        .inner_join(tickets::table)
        .filter(clocks::paused_at.is_not_null())
        .filter(clocks::stopped_at.is_null())
        .filter(
            tickets::status
                .ne("waiting")
                .or(tickets::waiting_for.is_null())
                .or(tickets::waiting_for.ne("resident")),
        )
        .order(clocks::id)
        .limit(AT_ONCE)
        .select(clocks::all_columns)
        .load(conn)?)
}

/// The clocks of a ticket.
///
/// # Errors
/// `Database` only.
pub fn of_ticket(conn: &mut DbConnection, ticket_id: i64) -> Result<Vec<Clock>> {
    Ok(clocks::table.filter(clocks::ticket_id.eq(ticket_id)).order(clocks::id).load(conn)?)
}

/// When a person first answered somebody who wrote: words of their own, or a draft they released, delivered.
///
/// # Errors
/// `Database` only.
pub fn first_human_answer(conn: &mut DbConnection, ticket_id: i64) -> Result<Option<Ts>> {
    let first = outbox::table
        .filter(outbox::ticket_id.eq(ticket_id))
        .filter(outbox::delivered_at.is_not_null())
        .filter(outbox::automatic.eq(false).or(outbox::approved_by.is_not_null()))
        .order(outbox::delivered_at)
        .select(outbox::delivered_at);
    let found: Option<Option<Ts>> = first.first(conn).optional()?;
    Ok(found.flatten())
}

/// Live tickets whose promise clock stands on a rung of this number or higher: (department, tickets).
///
/// # Errors
/// `Database` only.
pub fn escalated(conn: &mut DbConnection, level: i64) -> Result<Vec<(String, i64)>> {
    Ok(clocks::table
        .inner_join(tickets::table)
        .filter(clocks::kind.eq("promise"))
        .filter(clocks::level.ge(level))
        .filter(clocks::stopped_at.is_null())
        .filter(tickets::status.ne_all(["fixed", "closed"]))
        .filter(tickets::merged_into.is_null())
        .group_by(tickets::department)
        .order(tickets::department)
        .select((tickets::department, diesel::dsl::count_star()))
        .load(conn)?)
}
