//! SQL of the city's accounts on the networks: how to reach them, where reading goes on, how they are.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::Cursor;
use crate::db::DbConnection;
use crate::db::schema::{channel_accounts as rows, foreign_posts};
use crate::db::types::Ts;
use crate::error::{Error, Result};

/// One account on one network.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct AccountRow {
    pub id: i64,
    pub name: String,
    pub kind: String,
    pub base_url: String,
    pub network_id: String,
    pub handle: String,
    /// Where the token is: `env:NAME` or `file:PATH`; never the token itself.
    pub secret: String,
    /// `live`, `broken` (must be connected again) or `off`.
    pub state: String,
    pub why: String,
    pub max_chars: i64,
    pub url_chars: i64,
    pub position: String,
    pub replies_sent: i64,
    pub trial_replies: i64,
    pub resume_at: Option<Ts>,
    pub polled_at: Option<Ts>,
    pub created_at: Ts,
}

/// What `onit channel add` writes down.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct NewAccount<'a> {
    pub name: &'a str,
    pub kind: &'a str,
    pub base_url: &'a str,
    pub network_id: &'a str,
    pub handle: &'a str,
    pub secret: &'a str,
    pub max_chars: i64,
    pub url_chars: i64,
    pub position: &'a Cursor,
    pub trial_replies: i64,
}

/// Adds an account, or connects one of the same name again; where reading stood stays.
///
/// # Errors
/// `Database` only.
pub fn add(conn: &mut DbConnection, new: &NewAccount<'_>, now: DateTime<Utc>) -> Result<AccountRow> {
    let known: Option<AccountRow> = rows::table.filter(rows::name.eq(new.name)).first(conn).optional()?;
    let Some(known) = known else {
        return Ok(diesel::insert_into(rows::table)
            .values((
                rows::name.eq(new.name),
                rows::kind.eq(new.kind),
                rows::base_url.eq(new.base_url),
                rows::network_id.eq(new.network_id),
                rows::handle.eq(new.handle),
                rows::secret.eq(new.secret),
                rows::state.eq("live"),
                rows::why.eq(""),
                rows::max_chars.eq(new.max_chars),
                rows::url_chars.eq(new.url_chars),
                rows::position.eq(&new.position.0),
                rows::replies_sent.eq(0),
                rows::trial_replies.eq(new.trial_replies),
                rows::created_at.eq(Ts(now)),
            ))
            .returning(rows::all_columns)
            .get_result(conn)?);
    };
    if known.network_id != new.network_id {
        return Err(Error::Conflict(format!(
            "the name {:?} belongs to the account {} already: choose another name",
            new.name, known.handle
        )));
    }
    Ok(diesel::update(rows::table.find(known.id))
        .set((
            rows::base_url.eq(new.base_url),
            rows::handle.eq(new.handle),
            rows::secret.eq(new.secret),
            rows::state.eq("live"),
            rows::why.eq(""),
            rows::max_chars.eq(new.max_chars),
            rows::url_chars.eq(new.url_chars),
        ))
        .returning(rows::all_columns)
        .get_result(conn)?)
}

/// Every account, by name.
///
/// # Errors
/// `Database` only.
pub fn all(conn: &mut DbConnection) -> Result<Vec<AccountRow>> {
    Ok(rows::table.order(rows::name).load(conn)?)
}

/// The account with this row id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_id(conn: &mut DbConnection, id: i64) -> Result<AccountRow> {
    let found = rows::table.find(id).first(conn).optional()?;
    found.ok_or_else(|| Error::NotFound(format!("there is no channel account {id}")))
}

/// Moves the reading position; in the same write as the posts it stands behind.
///
/// # Errors
/// `Conflict` when another process moved it meanwhile: its posts are kept, ours would be read again.
pub fn move_position(
    conn: &mut DbConnection,
    row: &AccountRow,
    next: &Cursor,
    now: DateTime<Utc>,
) -> Result<()> {
    let same = rows::table.find(row.id).filter(rows::position.eq(&row.position));
    let n = diesel::update(same)
        .set((rows::position.eq(&next.0), rows::polled_at.eq(Some(Ts(now)))))
        .execute(conn)?;
    if n == 0 {
        return Err(Error::Conflict(format!("{} is read by another process too", row.name)));
    }
    Ok(())
}

/// Writes down how an account is.
///
/// # Errors
/// `Database` only.
pub fn set_state(conn: &mut DbConnection, id: i64, state: &str, why: &str) -> Result<()> {
    diesel::update(rows::table.find(id)).set((rows::state.eq(state), rows::why.eq(why))).execute(conn)?;
    Ok(())
}

/// The machine found out how an account is. What a person switched off stays off, and only connecting it again
/// mends a broken one.
///
/// # Errors
/// `Database` only.
pub fn note_state(conn: &mut DbConnection, id: i64, state: &str, why: &str) -> Result<()> {
    let still = rows::table.find(id).filter(rows::state.eq("live"));
    diesel::update(still).set((rows::state.eq(state), rows::why.eq(why))).execute(conn)?;
    Ok(())
}

/// The network asked for a pause.
///
/// # Errors
/// `Database` only.
pub fn pause_until(conn: &mut DbConnection, id: i64, until: Option<DateTime<Utc>>) -> Result<()> {
    // Reading and sending learn of pauses at the same time: the longer one holds.
    let shorter =
        rows::table.find(id).filter(rows::resume_at.is_null().or(rows::resume_at.lt(until.map(Ts))));
    diesel::update(shorter).set(rows::resume_at.eq(until.map(Ts))).execute(conn)?;
    Ok(())
}

/// Counts a delivered reply: the trial of a new account ends by them.
///
/// # Errors
/// `Database` only.
pub fn count_reply(conn: &mut DbConnection, id: i64) -> Result<()> {
    diesel::update(rows::table.find(id)).set(rows::replies_sent.eq(rows::replies_sent + 1)).execute(conn)?;
    Ok(())
}

/// Keeps a post on our own account that no outbox row explains; `false` when it is known.
///
/// # Errors
/// `Database` only.
pub fn keep_foreign(
    conn: &mut DbConnection,
    account_id: i64,
    post: &super::OwnPost,
    ticket_id: Option<i64>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let row = (
        foreign_posts::account_id.eq(account_id),
        foreign_posts::uri.eq(&post.uri),
        foreign_posts::text.eq(&post.text),
        foreign_posts::in_reply_to.eq(post.in_reply_to.as_deref()),
        foreign_posts::ticket_id.eq(ticket_id),
        foreign_posts::seen_at.eq(Ts(now)),
    );
    let n = crate::on_each_backend!(conn, c => diesel::insert_into(foreign_posts::table)
        .values(row)
        .on_conflict(foreign_posts::uri)
        .do_nothing()
        .execute(c)?);
    Ok(n > 0)
}
