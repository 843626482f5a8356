//! SQL of what came in through Open311: who filed which number, what they told since, and the sandbox.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::News;
use crate::db::DbConnection;
use crate::db::schema::{open311_requests, open311_updates, posts, switches, tickets};
use crate::db::types::Ts;
use crate::error::Result;
use crate::on_each_backend;

/// A filed request.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct FiledRow {
    pub id: i64,
    pub key_id: i64,
    pub number: String,
    pub token: String,
    pub test: bool,
    pub post_id: Option<i64>,
    pub ticket_id: Option<i64>,
    pub idempotency: Option<String>,
    pub digest: String,
    pub service: String,
    /// Tests only; the words of the others stand with the post.
    pub description: String,
    pub address: String,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub notice: String,
    /// Tests only: the status last told.
    pub status: String,
    pub created_at: Ts,
    pub changed_at: Ts,
}

/// News of a request, as told.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct NewsRow {
    pub id: i64,
    pub key_id: i64,
    pub update_id: String,
    pub test: bool,
    pub number: String,
    pub ticket_id: Option<i64>,
    pub status: String,
    pub description: String,
    pub digest: String,
    pub said_at: Ts,
    pub received_at: Ts,
}

pub(super) fn insert(conn: &mut DbConnection, row: &FiledRow) -> Result<FiledRow> {
    let values = (
        open311_requests::key_id.eq(row.key_id),
        open311_requests::number.eq(&row.number),
        open311_requests::token.eq(&row.token),
        open311_requests::test.eq(row.test),
        open311_requests::post_id.eq(row.post_id),
        open311_requests::ticket_id.eq(row.ticket_id),
        open311_requests::idempotency.eq(&row.idempotency),
        open311_requests::digest.eq(&row.digest),
        open311_requests::service.eq(&row.service),
        open311_requests::description.eq(&row.description),
        open311_requests::address.eq(&row.address),
        open311_requests::lat.eq(row.lat),
        open311_requests::lon.eq(row.lon),
        open311_requests::notice.eq(&row.notice),
        open311_requests::status.eq(&row.status),
        open311_requests::created_at.eq(row.created_at),
        open311_requests::changed_at.eq(row.changed_at),
    );
    let insert =
        diesel::insert_into(open311_requests::table).values(values).returning(open311_requests::all_columns);
    Ok(on_each_backend!(conn, c => insert.get_result(c)?))
}

pub(super) fn by_idempotency(
    conn: &mut DbConnection,
    key_id: i64,
    test: bool,
    name: &str,
) -> Result<Option<FiledRow>> {
    Ok(open311_requests::table
        .filter(open311_requests::key_id.eq(key_id))
        .filter(open311_requests::test.eq(test))
        .filter(open311_requests::idempotency.eq(name))
        .first(conn)
        .optional()?)
}

pub(super) fn by_token(conn: &mut DbConnection, token: &str, test: bool) -> Result<Option<FiledRow>> {
    Ok(open311_requests::table
        .filter(open311_requests::token.eq(token))
        .filter(open311_requests::test.eq(test))
        .first(conn)
        .optional()?)
}

pub(super) fn own_words(
    conn: &mut DbConnection,
    key_id: i64,
    numbers: &[String],
) -> Result<Vec<(String, String)>> {
    Ok(open311_requests::table
        .inner_join(posts::table)
        .filter(open311_requests::key_id.eq(key_id))
        .filter(open311_requests::number.eq_any(numbers.to_vec()))
        .filter(posts::deleted_at.is_null())
        .select((open311_requests::number, posts::text))
        .load(conn)?)
}

pub(super) fn tests_named(conn: &mut DbConnection, numbers: &[String]) -> Result<Vec<FiledRow>> {
    Ok(open311_requests::table
        .filter(open311_requests::test.eq(true))
        .filter(open311_requests::number.eq_any(numbers.to_vec()))
        .order(open311_requests::id.desc())
        .load(conn)?)
}

pub(super) fn tests_of(conn: &mut DbConnection, key_id: i64, most: i64) -> Result<Vec<FiledRow>> {
    Ok(open311_requests::table
        .filter(open311_requests::test.eq(true))
        .filter(open311_requests::key_id.eq(key_id))
        .order(open311_requests::id.desc())
        .limit(most)
        .load(conn)?)
}

/// Only the key that filed a test may tell news of it.
pub(super) fn set_test_status(
    conn: &mut DbConnection,
    key_id: i64,
    number: &str,
    status: &str,
    now: Ts,
) -> Result<bool> {
    let changed = diesel::update(
        open311_requests::table
            .filter(open311_requests::test.eq(true))
            .filter(open311_requests::key_id.eq(key_id))
            .filter(open311_requests::number.eq(number)),
    )
    .set((open311_requests::status.eq(status), open311_requests::changed_at.eq(now)))
    .execute(conn)?;
    Ok(changed == 1)
}

/// Row of the ticket with exactly this number, merged or not.
pub(super) fn ticket_numbered(conn: &mut DbConnection, number: &str) -> Result<Option<i64>> {
    Ok(tickets::table.filter(tickets::number.eq(number)).select(tickets::id).first(conn).optional()?)
}

pub(super) fn news_named(
    conn: &mut DbConnection,
    key_id: i64,
    test: bool,
    update_id: &str,
) -> Result<Option<NewsRow>> {
    Ok(open311_updates::table
        .filter(open311_updates::key_id.eq(key_id))
        .filter(open311_updates::test.eq(test))
        .filter(open311_updates::update_id.eq(update_id))
        .first(conn)
        .optional()?)
}

pub(super) fn insert_news(
    conn: &mut DbConnection,
    news: &News<'_>,
    test: bool,
    ticket_id: Option<i64>,
    now: Ts,
) -> Result<NewsRow> {
    let values = (
        open311_updates::key_id.eq(news.key.id),
        open311_updates::update_id.eq(news.update_id),
        open311_updates::test.eq(test),
        open311_updates::number.eq(news.number),
        open311_updates::ticket_id.eq(ticket_id),
        open311_updates::status.eq(news.status),
        open311_updates::description.eq(news.description),
        open311_updates::digest.eq(news.digest),
        open311_updates::said_at.eq(Ts(news.said_at)),
        open311_updates::received_at.eq(now),
    );
    Ok(diesel::insert_into(open311_updates::table)
        .values(values)
        .returning(open311_updates::all_columns)
        .get_result(conn)?)
}

pub(super) fn news_between(
    conn: &mut DbConnection,
    tests_of: Option<i64>,
    from: Ts,
    to: Ts,
    most: i64,
) -> Result<Vec<NewsRow>> {
    let between = || {
        open311_updates::table
            .filter(open311_updates::test.eq(tests_of.is_some()))
            .filter(open311_updates::received_at.between(from, to))
            .order((open311_updates::received_at, open311_updates::id))
            .limit(most)
    };
    Ok(match tests_of {
        Some(key) => between().filter(open311_updates::key_id.eq(key)).load(conn)?,
        None => between().load(conn)?,
    })
}

pub(super) fn forget_tests(conn: &mut DbConnection, before: Ts) -> Result<bool> {
    let told = diesel::delete(
        open311_updates::table
            .filter(open311_updates::test.eq(true))
            .filter(open311_updates::received_at.lt(before)),
    )
    .execute(conn)?;
    let filed = diesel::delete(
        open311_requests::table
            .filter(open311_requests::test.eq(true))
            .filter(open311_requests::created_at.lt(before)),
    )
    .execute(conn)?;
    Ok(told + filed > 0)
}

/// Name of the row that says which catalogue Open311 clients know.
const CATALOGUE: &str = "open311_catalogue";

/// When the catalogue with this digest was first seen here; `None` when another one was seen last.
///
/// # Errors
/// `Database` only.
pub fn known_changeset(conn: &mut DbConnection, digest: &str) -> Result<Option<Ts>> {
    let known = switches::table
        .find(CATALOGUE)
        .filter(switches::value.eq(digest))
        .select(switches::at)
        .first(conn)
        .optional()?;
    Ok(known)
}

/// From now on this catalogue is the one that counts; gives the moment since when it does.
///
/// # Errors
/// `Database` only.
pub fn changeset(conn: &mut DbConnection, digest: &str, now: DateTime<Utc>) -> Result<Ts> {
    if let Some(at) = known_changeset(conn, digest)? {
        return Ok(at);
    }
    let set = (switches::value.eq(digest), switches::by_name.eq("OnIt"), switches::at.eq(Ts(now)));
    on_each_backend!(conn, c => diesel::insert_into(switches::table)
        .values((switches::name.eq(CATALOGUE), set))
        .on_conflict(switches::name)
        .do_update()
        .set(set)
        .execute(c)?);
    Ok(Ts(now))
}
