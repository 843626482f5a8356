//! The mails that wait to be sent: written in the transaction of the change, sent by a worker, once an event.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::db::schema::mails;
use crate::db::types::{Instant, Ts};
use crate::db::{DbConnection, Dialect};
use crate::error::{Error, Result};

/// One mail.
#[derive(Clone, Debug, Queryable, QueryableByName)]
#[diesel(table_name = mails)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct MailRow {
    pub id: i64,
    pub event_key: String,
    pub to_address: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub state: String,
    pub why: String,
    pub ticket_id: Option<i64>,
    pub run_at: Ts,
    pub leased_until: Ts,
    pub lease: i64,
    pub attempts: i64,
    pub created_at: Ts,
}

/// What a new mail holds. The key makes it one mail an event and address.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct NewMail<'a> {
    pub event_key: &'a str,
    pub to: &'a str,
    pub subject: &'a str,
    pub text: &'a str,
    pub html: &'a str,
    pub ticket_id: Option<i64>,
}

/// Writes a mail down; a second one for the same event changes nothing.
///
/// # Errors
/// `Database` only.
pub fn insert(conn: &mut DbConnection, new: &NewMail<'_>, now: Ts) -> Result<()> {
    let row = (
        mails::event_key.eq(new.event_key),
        mails::to_address.eq(new.to),
        mails::subject.eq(new.subject),
        mails::text.eq(new.text),
        mails::html.eq(new.html),
        mails::state.eq("due"),
        mails::why.eq(""),
        mails::ticket_id.eq(new.ticket_id),
        mails::run_at.eq(now),
        mails::leased_until.eq(Ts::LONG_AGO),
        mails::lease.eq(0),
        mails::attempts.eq(0),
        mails::created_at.eq(now),
    );
    crate::on_each_backend!(conn, c => diesel::insert_into(mails::table).values(row).on_conflict_do_nothing().execute(c)?);
    Ok(())
}

/// Takes up to `most` due mails.
///
/// # Errors
/// `Database` only.
pub fn claim(conn: &mut DbConnection, now: Ts, until: Ts, most: i64) -> Result<Vec<MailRow>> {
    let lock = match conn.dialect() {
        Dialect::Postgres => "FOR UPDATE SKIP LOCKED",
        Dialect::Sqlite => "",
    };
    // MATERIALIZED: without it PostgreSQL may run the inner query once a row and claim more than asked for.
    let sql = format!(
        "WITH next AS MATERIALIZED (SELECT id FROM mails WHERE state = 'due' AND run_at <= $1 AND leased_until < $2 \
         ORDER BY run_at, id LIMIT $3 {lock}) \
         UPDATE mails SET leased_until = $4, lease = lease + 1, attempts = attempts + 1 \
         WHERE leased_until < $5 AND state = 'due' AND id IN (SELECT id FROM next) RETURNING *"
    );
    Ok(diesel::sql_query(sql)
        .bind::<Instant, _>(now)
        .bind::<Instant, _>(now)
        .bind::<BigInt, _>(most)
        .bind::<Instant, _>(until)
        .bind::<Instant, _>(now)
        .load(conn)?)
}

/// Writes down how sending ended.
///
/// # Errors
/// `Conflict` when another worker took it over.
pub fn finish(conn: &mut DbConnection, row: &MailRow, state: &str, why: &str, run_at: Ts) -> Result<()> {
    let n = diesel::update(mails::table.find(row.id).filter(mails::lease.eq(row.lease)))
        .set((
            mails::state.eq(state),
            mails::why.eq(why),
            mails::run_at.eq(run_at),
            mails::leased_until.eq(Ts::LONG_AGO),
        ))
        .execute(conn)?;
    if n == 0 {
        return Err(Error::Conflict(format!("mail {} was taken over by another worker", row.id)));
    }
    Ok(())
}
