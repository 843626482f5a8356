//! SQL of promises.

use diesel::prelude::*;

use crate::db::DbConnection;
use crate::db::schema::promises;
use crate::db::types::Ts;
use crate::error::Result;

/// The obligation an "On it" makes.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct Promise {
    pub id: i64,
    pub ticket_id: i64,
    pub outbox_id: Option<i64>,
    pub department: String,
    pub what: String,
    pub due_at: Ts,
    pub made_at: Ts,
    pub kept_at: Option<Ts>,
    pub state: String,
}

pub(in crate::replies) fn insert_promise(
    conn: &mut DbConnection,
    ticket_id: i64,
    department: &str,
    what: &str,
    due_at: Ts,
    now: Ts,
) -> Result<()> {
    let insert = diesel::insert_into(promises::table).values((
        promises::ticket_id.eq(ticket_id),
        promises::department.eq(department),
        promises::what.eq(what),
        promises::due_at.eq(due_at),
        promises::made_at.eq(now),
        promises::state.eq("open"),
    ));
    crate::on_each_backend!(conn, c => insert.execute(c)?);
    Ok(())
}

pub(in crate::replies) fn end_promises(
    conn: &mut DbConnection,
    ticket_id: i64,
    state: &str,
    now: Ts,
) -> Result<()> {
    diesel::update(
        promises::table.filter(promises::ticket_id.eq(ticket_id)).filter(promises::state.eq("open")),
    )
    .set((promises::state.eq(state), promises::kept_at.eq(Some(now))))
    .execute(conn)?;
    Ok(())
}

/// Promises that a merge ended run again: the ticket stands for itself.
pub(in crate::replies) fn resume_promises(conn: &mut DbConnection, ticket_id: i64) -> Result<()> {
    let merged =
        promises::table.filter(promises::ticket_id.eq(ticket_id)).filter(promises::state.eq("merged"));
    diesel::update(merged)
        .set((promises::state.eq("open"), promises::kept_at.eq(None::<Ts>)))
        .execute(conn)?;
    Ok(())
}

/// The newest promise of a ticket.
///
/// # Errors
/// `Database` only.
pub fn promise_of(conn: &mut DbConnection, ticket_id: i64) -> Result<Option<Promise>> {
    Ok(promises::table
        .filter(promises::ticket_id.eq(ticket_id))
        .order(promises::id.desc())
        .first(conn)
        .optional()?)
}
