//! SQL of the outbox.

use chrono::Duration;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::outbox::{self, State};
use crate::db::schema::{foreign_posts, outbox as rows};
use crate::db::types::{Instant, Ts};
use crate::db::{DbConnection, Dialect};
use crate::error::{Error, Result};
use crate::intake::Post;

pub use super::promises::store::*;
pub use super::switches::store::*;

/// One reply to one post.
#[derive(Clone, Debug, Queryable, QueryableByName)]
#[diesel(table_name = rows)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct Reply {
    pub id: i64,
    pub event_key: String,
    pub kind: String,
    pub ticket_id: Option<i64>,
    pub post_id: i64,
    pub person_id: i64,
    pub account_id: Option<i64>,
    pub channel: String,
    pub to_local_id: String,
    pub to_uri: String,
    pub text: String,
    pub visibility: String,
    pub spoiler: Option<String>,
    pub language: String,
    pub state: State,
    pub why: String,
    pub automatic: bool,
    pub drafted_by: String,
    pub approved_by: Option<String>,
    pub idempotency_key: String,
    pub lease: i64,
    pub leased_until: Ts,
    pub attempts: i64,
    pub first_attempt_at: Option<Ts>,
    pub last_attempt_at: Option<Ts>,
    pub looked: i64,
    pub run_at: Ts,
    pub delivered_id: Option<String>,
    pub delivered_uri: Option<String>,
    pub delivered_at: Option<Ts>,
    pub created_at: Ts,
    pub updated_at: Ts,
}

/// What a new row holds; the rest starts empty.
#[derive(Debug)]
pub struct NewReply<'a> {
    pub event_key: &'a str,
    pub kind: outbox::Kind,
    pub ticket_id: Option<i64>,
    pub post_id: i64,
    pub person_id: i64,
    pub account_id: i64,
    pub channel: &'a str,
    pub to_local_id: &'a str,
    pub to_uri: &'a str,
    pub text: &'a crate::intake::PublicText,
    pub visibility: &'a str,
    pub spoiler: Option<&'a str>,
    pub language: &'a str,
    pub state: State,
    pub why: &'a str,
    pub automatic: bool,
    pub drafted_by: &'a str,
    pub idempotency_key: &'a str,
    pub run_at: Ts,
    pub now: Ts,
}

/// Puts a reply in; `None` when this author has an answer to this event already.
pub(super) fn insert(conn: &mut DbConnection, new: &NewReply<'_>) -> Result<Option<Reply>> {
    let row = (
        (
            rows::event_key.eq(new.event_key),
            rows::kind.eq(new.kind.as_str()),
            rows::ticket_id.eq(new.ticket_id),
            rows::post_id.eq(new.post_id),
            rows::person_id.eq(new.person_id),
            rows::account_id.eq(Some(new.account_id)),
            rows::channel.eq(new.channel),
            rows::to_local_id.eq(new.to_local_id),
            rows::to_uri.eq(new.to_uri),
            rows::text.eq(new.text.as_str()),
            rows::visibility.eq(new.visibility),
            rows::spoiler.eq(new.spoiler),
            rows::language.eq(new.language),
        ),
        (
            rows::state.eq(new.state.as_str()),
            rows::why.eq(new.why),
            rows::automatic.eq(new.automatic),
            rows::drafted_by.eq(new.drafted_by),
            rows::idempotency_key.eq(new.idempotency_key),
            rows::lease.eq(0),
            rows::leased_until.eq(Ts::LONG_AGO),
            rows::attempts.eq(0),
            rows::looked.eq(0),
            rows::run_at.eq(new.run_at),
            rows::created_at.eq(new.now),
            rows::updated_at.eq(new.now),
        ),
    );
    Ok(crate::on_each_backend!(conn, c => diesel::insert_into(rows::table)
        .values(row)
        .on_conflict(rows::event_key)
        .do_nothing()
        .returning(rows::all_columns)
        .get_result(c)
        .optional()?))
}

/// The reply with this row id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn reply(conn: &mut DbConnection, id: i64) -> Result<Reply> {
    let found = rows::table.find(id).first(conn).optional()?;
    found.ok_or_else(|| Error::NotFound(format!("there is no reply {id}")))
}

/// Replies about a ticket, oldest first.
///
/// # Errors
/// `Database` only.
pub fn of_ticket(conn: &mut DbConnection, ticket_id: i64) -> Result<Vec<Reply>> {
    Ok(rows::table.filter(rows::ticket_id.eq(ticket_id)).order(rows::id).load(conn)?)
}

/// Replies to a post, oldest first.
///
/// # Errors
/// `Database` only.
pub fn of_post(conn: &mut DbConnection, post_id: i64) -> Result<Vec<Reply>> {
    Ok(rows::table.filter(rows::post_id.eq(post_id)).order(rows::id).load(conn)?)
}

/// Replies in these states, oldest first, at most `limit`.
///
/// # Errors
/// `Database` only.
pub fn in_states(conn: &mut DbConnection, states: &[State], limit: i64) -> Result<Vec<Reply>> {
    let words: Vec<&str> = states.iter().map(|s| s.as_str()).collect();
    Ok(rows::table.filter(rows::state.eq_any(words)).order(rows::id).limit(limit).load(conn)?)
}

/// The delivered reply that stands at this address on the network, or has this id there.
pub(super) fn delivered_as(
    conn: &mut DbConnection,
    account_id: Option<i64>,
    name: &str,
) -> Result<Option<Reply>> {
    // A number means something on one server only; an address means the same everywhere.
    let by_number = rows::delivered_id.eq(name).and(rows::account_id.eq(account_id));
    Ok(rows::table.filter(rows::delivered_uri.eq(name).or(by_number)).first(conn).optional()?)
}

/// The reply that explains a post on our own account.
///
/// # Errors
/// `Database` only.
pub fn standing_as(conn: &mut DbConnection, account_id: i64, uri: &str, id: &str) -> Result<Option<Reply>> {
    let by_number = rows::delivered_id.eq(id).and(rows::account_id.eq(account_id));
    Ok(rows::table.filter(rows::delivered_uri.eq(uri).or(by_number)).first(conn).optional()?)
}

/// The newest text said to this person about danger to life since `since`.
pub(super) fn warned_since(conn: &mut DbConnection, person_id: i64, since: Ts) -> Result<bool> {
    let n: i64 = rows::table
        .filter(rows::person_id.eq(person_id))
        .filter(rows::kind.eq(outbox::Kind::Emergency.as_str()))
        .filter(rows::created_at.ge(since))
        .count()
        .get_result(conn)?;
    Ok(n > 0)
}

/// Whether a post on our own account that OnIt did not write answers this one.
pub(super) fn answered_outside(conn: &mut DbConnection, post: &Post) -> Result<bool> {
    let Some(account_id) = post.account_id else { return Ok(false) };
    let n: i64 = foreign_posts::table
        .filter(foreign_posts::account_id.eq(account_id))
        .filter(foreign_posts::in_reply_to.eq(&post.local_id).or(foreign_posts::in_reply_to.eq(&post.uri)))
        .count()
        .get_result(conn)?;
    Ok(n > 0)
}

/// Equal words in the thread: to this post, or to the same author about the same ticket; the guard refuses the
/// second. Two machines that answer each other come to rest here.
pub(super) fn said_before(conn: &mut DbConnection, draft: &super::Draft<'_>) -> Result<bool> {
    let words =
        rows::table.filter(rows::text.eq(draft.text.as_str())).filter(rows::state.ne(State::Void.as_str()));
    let n: i64 = match draft.ticket {
        None => words.filter(rows::post_id.eq(draft.post.id)).count().get_result(conn)?,
        Some(ticket) => {
            let same = rows::ticket_id.eq(Some(ticket.id)).and(rows::person_id.eq(draft.person.id));
            let of_post = rows::ticket_id.is_not_null().and(rows::post_id.eq(draft.post.id));
            words.filter(of_post.or(same)).count().get_result(conn)?
        }
    };
    Ok(n > 0)
}

/// Takes the next released reply of an account and marks it `sending`; commit before the socket opens.
pub(super) fn claim(
    conn: &mut DbConnection,
    account_id: i64,
    emergency_only: bool,
    now: Ts,
    lease: Duration,
) -> Result<Option<Reply>> {
    let which = if emergency_only { "AND kind = 'emergency'" } else { "" };
    let lock = match conn.dialect() {
        Dialect::Postgres => "FOR UPDATE SKIP LOCKED",
        Dialect::Sqlite => "",
    };
    // The guard on the state stands inside and outside: without the outer one, two workers claim one row on PostgreSQL.
    // MATERIALIZED: without it PostgreSQL may run the inner query once a row, and LIMIT 1 then claims many.
    let sql = format!(
        "WITH next AS MATERIALIZED (SELECT id FROM outbox WHERE state = 'queued' AND run_at <= $1 AND account_id = $2 {which} \
         ORDER BY CASE WHEN kind = 'emergency' THEN 0 ELSE 1 END, run_at, id LIMIT 1 {lock}) \
         UPDATE outbox SET state = 'sending', lease = lease + 1, leased_until = $3, attempts = attempts + 1, \
         first_attempt_at = COALESCE(first_attempt_at, $4), last_attempt_at = $5, updated_at = $6 \
         WHERE state = 'queued' AND id IN (SELECT id FROM next) RETURNING *"
    );
    Ok(diesel::sql_query(sql)
        .bind::<Instant, _>(now)
        .bind::<BigInt, _>(account_id)
        .bind::<Instant, _>(now + lease)
        .bind::<Instant, _>(now)
        .bind::<Instant, _>(now)
        .bind::<Instant, _>(now)
        .get_result(conn)
        .optional()?)
}

/// What a finished attempt writes down.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct Finish {
    pub why: String,
    pub run_at: Option<Ts>,
    pub looked: Option<i64>,
    pub delivered: Option<(String, String)>,
    pub approved_by: Option<String>,
    pub text: Option<String>,
}

/// Moves a reply if it is still where (and under the lease) the caller read it.
pub(super) fn shift(
    conn: &mut DbConnection,
    reply: &Reply,
    to: State,
    finish: &Finish,
    now: Ts,
) -> Result<Reply> {
    outbox::check_move(reply.state, to)?;
    let same = rows::table
        .find(reply.id)
        .filter(rows::state.eq(reply.state.as_str()))
        .filter(rows::lease.eq(reply.lease));
    let (id, uri) = match &finish.delivered {
        Some((id, uri)) => (Some(id.as_str()), Some(uri.as_str())),
        None => (reply.delivered_id.as_deref(), reply.delivered_uri.as_deref()),
    };
    let delivered_at = if finish.delivered.is_some() { Some(now) } else { reply.delivered_at };
    // Surely not sent yet: a release by a person begins anew.
    let begins = to == State::Queued && !matches!(reply.state, State::Sending | State::Unknown);
    let first_attempt_at = if begins { None } else { reply.first_attempt_at };
    let approved_by = finish.approved_by.as_deref().or(reply.approved_by.as_deref());
    let changed = diesel::update(same)
        .set((
            rows::state.eq(to.as_str()),
            rows::why.eq(&finish.why),
            rows::run_at.eq(finish.run_at.unwrap_or(reply.run_at)),
            rows::looked.eq(finish.looked.unwrap_or(reply.looked)),
            rows::delivered_id.eq(id),
            rows::delivered_uri.eq(uri),
            rows::delivered_at.eq(delivered_at),
            rows::approved_by.eq(approved_by),
            rows::first_attempt_at.eq(first_attempt_at),
            rows::text.eq(finish.text.as_deref().unwrap_or(&reply.text)),
            rows::leased_until.eq(Ts::LONG_AGO),
            rows::updated_at.eq(now),
        ))
        .returning(rows::all_columns)
        .get_result(conn)
        .optional()?;
    changed.ok_or_else(|| Error::Conflict(format!("reply {} was moved by somebody else", reply.id)))
}

/// Says a waiting reply where fewer people read it.
pub(super) fn say_in(conn: &mut DbConnection, reply: &Reply, visibility: &str) -> Result<()> {
    diesel::update(rows::table.find(reply.id).filter(rows::state.eq(State::Waiting.as_str())))
        .set(rows::visibility.eq(visibility))
        .execute(conn)?;
    Ok(())
}

/// Writes down one more look at an unknown reply without moving it.
pub(super) fn looked_again(
    conn: &mut DbConnection,
    reply: &Reply,
    looked: i64,
    next: Ts,
    now: Ts,
) -> Result<()> {
    diesel::update(rows::table.find(reply.id).filter(rows::state.eq(State::Unknown.as_str())))
        .set((rows::looked.eq(looked), rows::run_at.eq(next), rows::updated_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

/// `sending` rows whose lease ran out: their worker is dead or frozen.
pub(super) fn abandoned(conn: &mut DbConnection, now: Ts) -> Result<Vec<Reply>> {
    Ok(rows::table
        .filter(rows::state.eq(State::Sending.as_str()))
        .filter(rows::leased_until.lt(now))
        .order(rows::id)
        .limit(100)
        .load(conn)?)
}

/// Unknown rows whose next look is due.
pub(super) fn to_look_for(conn: &mut DbConnection, account_id: i64, now: Ts) -> Result<Vec<Reply>> {
    Ok(rows::table
        .filter(rows::state.eq(State::Unknown.as_str()))
        .filter(rows::account_id.eq(account_id))
        .filter(rows::run_at.le(now))
        .order(rows::id)
        .limit(20)
        .load(conn)?)
}
