//! SQL of suggestions.

use diesel::prelude::*;

use super::SuggestionState;
use crate::db::DbConnection;
use crate::db::schema::suggestions as rows;
use crate::db::types::Ts;
use crate::error::{Error, Result};

/// Most suggestions a page shows.
const SHOWN: i64 = 20;

/// One suggestion: a ticket, or one concern of it, may belong to another ticket.
#[derive(Clone, Debug, Queryable)]
#[diesel(table_name = rows)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct Suggestion {
    pub id: i64,
    pub ticket_id: i64,
    pub other_id: i64,
    /// 0: the whole ticket.
    pub concern_id: i64,
    pub score: f64,
    pub why: String,
    pub state: SuggestionState,
    pub by_name: Option<String>,
    pub created_at: Ts,
    pub decided_at: Option<Ts>,
}

/// Keeps a suggestion; one that a person decided stays decided.
///
/// # Errors
/// `Database` only.
pub fn suggest(
    conn: &mut DbConnection,
    (ticket_id, other_id, concern_id): (i64, i64, i64),
    score: f64,
    why: &str,
    now: Ts,
) -> Result<()> {
    let row = (
        rows::ticket_id.eq(ticket_id),
        rows::other_id.eq(other_id),
        rows::concern_id.eq(concern_id),
        rows::score.eq(score),
        rows::why.eq(why),
        rows::state.eq(SuggestionState::Open.as_str()),
        rows::created_at.eq(now),
    );
    crate::on_each_backend!(conn, c => diesel::insert_into(rows::table).values(row).on_conflict_do_nothing().execute(c)?);
    Ok(())
}

/// The suggestion with this row id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn suggestion(conn: &mut DbConnection, id: i64) -> Result<Suggestion> {
    let found = rows::table.find(id).first(conn).optional()?;
    found.ok_or_else(|| Error::NotFound("this suggestion is not there any more".into()))
}

/// Open suggestions a ticket stands in, on either side, the surest first.
///
/// # Errors
/// `Database` only.
pub fn suggestions_of(conn: &mut DbConnection, ticket_id: i64) -> Result<Vec<Suggestion>> {
    Ok(rows::table
        .filter(rows::ticket_id.eq(ticket_id).or(rows::other_id.eq(ticket_id)))
        .filter(rows::state.eq(SuggestionState::Open.as_str()))
        .order((rows::score.desc(), rows::id))
        .limit(SHOWN)
        .load(conn)?)
}

/// Writes what a person decided.
///
/// # Errors
/// `Conflict` when somebody decided first.
pub fn decide_suggestion(
    conn: &mut DbConnection,
    id: i64,
    state: SuggestionState,
    by: &str,
    now: Ts,
) -> Result<()> {
    let open = rows::table.find(id).filter(rows::state.eq(SuggestionState::Open.as_str()));
    let set = (rows::state.eq(state.as_str()), rows::by_name.eq(Some(by)), rows::decided_at.eq(Some(now)));
    if diesel::update(open).set(set).execute(conn)? == 0 {
        return Err(Error::Conflict("somebody else decided about this just now: look again".into()));
    }
    Ok(())
}
