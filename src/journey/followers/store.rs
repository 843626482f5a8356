//! SQL of people who follow a ticket by mail.

use diesel::prelude::*;

use crate::db::DbConnection;
use crate::db::schema::followers;
use crate::db::types::Ts;
use crate::error::Result;

/// One address that follows one ticket.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct Follower {
    pub id: i64,
    pub ticket_id: i64,
    pub email: String,
    pub token_hash: String,
    /// `asked` (the mail is out), `active`, `stopped`.
    pub state: String,
    pub created_at: Ts,
}

/// Writes down who asked; somebody known keeps their row, and somebody who stopped is asked again.
pub(super) fn ask(
    conn: &mut DbConnection,
    ticket_id: i64,
    email: &str,
    token_hash: &str,
    now: Ts,
) -> Result<Follower> {
    let row = (
        followers::ticket_id.eq(ticket_id),
        followers::email.eq(email),
        followers::token_hash.eq(token_hash),
        followers::state.eq("asked"),
        followers::created_at.eq(now),
    );
    crate::on_each_backend!(conn, c => diesel::insert_into(followers::table).values(row).on_conflict_do_nothing().execute(c)?);
    let mine = followers::table.filter(followers::ticket_id.eq(ticket_id)).filter(followers::email.eq(email));
    diesel::update(mine.filter(followers::state.eq("stopped")))
        .set((followers::state.eq("asked"), followers::created_at.eq(now)))
        .execute(conn)?;
    Ok(mine.first(conn)?)
}

/// How many tickets this address was asked about since then and has not confirmed.
pub(super) fn asked_since(conn: &mut DbConnection, email: &str, since: Ts) -> Result<i64> {
    Ok(followers::table
        .filter(followers::email.eq(email))
        .filter(followers::state.eq("asked"))
        .filter(followers::created_at.ge(since))
        .count()
        .get_result(conn)?)
}

pub(super) fn by_token(conn: &mut DbConnection, token_hash: &str) -> Result<Option<Follower>> {
    Ok(followers::table.filter(followers::token_hash.eq(token_hash)).first(conn).optional()?)
}

pub(super) fn set_state(conn: &mut DbConnection, id: i64, state: &str) -> Result<()> {
    diesel::update(followers::table.find(id)).set(followers::state.eq(state)).execute(conn)?;
    Ok(())
}

/// Confirmed followers of a ticket and of those merged into it, oldest first.
pub(super) fn active(conn: &mut DbConnection, ticket_id: i64) -> Result<Vec<Follower>> {
    let family = crate::tickets::with_merged(conn, ticket_id)?;
    Ok(followers::table
        .filter(followers::ticket_id.eq_any(family))
        .filter(followers::state.eq("active"))
        .order(followers::id)
        .load(conn)?)
}
