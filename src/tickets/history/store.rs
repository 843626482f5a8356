//! SQL of a ticket's chain of steps and of the notes between colleagues.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::{self as history, Entry};
use crate::db::schema::{notes, ticket_history};
use crate::db::types::Ts;
use crate::db::{DbConnection, Dialect};
use crate::error::{Error, Result};
use crate::on_each_backend;

/// One step of a ticket's history.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct HistoryRow {
    pub id: i64,
    pub ticket_id: i64,
    pub seq: i64,
    pub step: String,
    pub actor: String,
    pub channel: String,
    pub at: Ts,
    pub public: bool,
    pub words: String,
    pub digest: String,
    pub hash: String,
}

/// A note between colleagues; never leaves City Hall.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct Note {
    pub id: i64,
    pub ticket_id: i64,
    pub author: String,
    pub words: String,
    pub created_at: Ts,
}

/// Adds a step to a ticket's chain; two at once and one of them is told to look again.
///
/// # Errors
/// `Conflict` when another step was written at the same moment.
pub fn append(conn: &mut DbConnection, ticket_id: i64, entries: &[Entry]) -> Result<()> {
    if conn.dialect() == Dialect::Postgres {
        // Whoever writes second waits a moment for the first, and is not told to do everything again: what stands
        // on a network already would be taken for lost.
        diesel::sql_query("SELECT id FROM tickets WHERE id = $1 FOR UPDATE")
            .bind::<BigInt, _>(ticket_id)
            .execute(conn)?;
    }
    let newest = ticket_history::table
        .filter(ticket_history::ticket_id.eq(ticket_id))
        .order(ticket_history::seq.desc())
        .select((ticket_history::seq, ticket_history::hash));
    let head: Option<(i64, String)> = on_each_backend!(conn, c => newest.first(c).optional()?);
    append_after(conn, ticket_id, head.unwrap_or_default(), entries)
}

pub(in crate::tickets) fn append_after(
    conn: &mut DbConnection,
    ticket_id: i64,
    head: (i64, String),
    entries: &[Entry],
) -> Result<()> {
    let (mut seq, mut previous) = head;
    for entry in entries {
        seq += 1;
        let digest = history::digest(&entry.words);
        let hash = history::link(&previous, seq, entry, &digest);
        let insert = diesel::insert_into(ticket_history::table).values((
            ticket_history::ticket_id.eq(ticket_id),
            ticket_history::seq.eq(seq),
            ticket_history::step.eq(entry.step),
            ticket_history::actor.eq(&entry.actor),
            ticket_history::channel.eq(&entry.channel),
            ticket_history::at.eq(entry.at),
            ticket_history::public.eq(entry.public),
            ticket_history::words.eq(&entry.words),
            ticket_history::digest.eq(&digest),
            ticket_history::hash.eq(&hash),
        ));
        let written = on_each_backend!(conn, c => insert.execute(c));
        match written {
            Ok(_) => previous = hash,
            Err(diesel::result::Error::DatabaseError(
                diesel::result::DatabaseErrorKind::UniqueViolation,
                _,
            )) => return Err(Error::Conflict("this request was changed just now: look again".into())),
            Err(other) => return Err(other.into()),
        }
    }
    Ok(())
}

/// The whole chain of a ticket, oldest first.
///
/// # Errors
/// `Database` only.
pub fn history_of(conn: &mut DbConnection, ticket_id: i64) -> Result<Vec<HistoryRow>> {
    Ok(ticket_history::table
        .filter(ticket_history::ticket_id.eq(ticket_id))
        .order(ticket_history::seq)
        .load(conn)?)
}

/// Keeps a note between colleagues.
///
/// # Errors
/// `Database` only.
pub fn add_note(conn: &mut DbConnection, ticket_id: i64, author: &str, words: &str, now: Ts) -> Result<()> {
    diesel::insert_into(notes::table)
        .values((
            notes::ticket_id.eq(ticket_id),
            notes::author.eq(author),
            notes::words.eq(words),
            notes::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Notes of a ticket, oldest first.
///
/// # Errors
/// `Database` only.
pub fn notes_of(conn: &mut DbConnection, ticket_id: i64) -> Result<Vec<Note>> {
    Ok(notes::table.filter(notes::ticket_id.eq(ticket_id)).order(notes::id).load(conn)?)
}
