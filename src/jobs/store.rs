//! SQL of the queue.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::db::schema::{counters, jobs};
use crate::db::types::{Instant, Ts};
use crate::db::{DbConnection, Dialect};
use crate::error::{Error, Result};

/// One piece of work.
#[derive(Clone, Debug, Queryable, QueryableByName)]
#[diesel(table_name = jobs)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct Job {
    pub id: i64,
    pub kind: String,
    pub unique_key: Option<String>,
    pub payload: String,
    pub state: String,
    pub run_at: Ts,
    pub leased_until: Ts,
    pub lease: i64,
    pub attempts: i64,
    pub crashes: i64,
    pub why: String,
    pub created_at: Ts,
}

pub(super) fn insert(
    conn: &mut DbConnection,
    kind: &str,
    key: Option<&str>,
    payload: &str,
    run_at: Ts,
    now: Ts,
) -> Result<()> {
    let row = (
        jobs::kind.eq(kind),
        jobs::unique_key.eq(key),
        jobs::payload.eq(payload),
        jobs::state.eq("due"),
        jobs::run_at.eq(run_at),
        jobs::leased_until.eq(Ts::LONG_AGO),
        jobs::lease.eq(0),
        jobs::attempts.eq(0),
        jobs::crashes.eq(0),
        jobs::why.eq(""),
        jobs::created_at.eq(now),
    );
    crate::on_each_backend!(conn, c => diesel::insert_into(jobs::table).values(row).on_conflict_do_nothing().execute(c)?);
    Ok(())
}

/// Takes up to `most` jobs that no worker died over.
pub(super) fn claim(
    conn: &mut DbConnection,
    kinds: &[&str],
    now: Ts,
    until: Ts,
    most: i64,
) -> Result<Vec<Job>> {
    let which = format!("leased_until = $2 AND {}", of_kinds(kinds));
    take(conn, &which, "attempts = attempts + 1", (now, Ts::LONG_AGO), until, most)
}

/// The kinds are words of our own code, never from outside.
fn of_kinds(kinds: &[&str]) -> String {
    let words: Vec<String> = kinds.iter().map(|kind| format!("'{kind}'")).collect();
    format!("kind IN ({})", words.join(", "))
}

/// Moves the counter to this day, unless it stands there already.
pub(super) fn first_of_day(conn: &mut DbConnection, counter: &str, day: i64) -> Result<bool> {
    let known: Option<i64> = counters::table.find(counter).select(counters::next).first(conn).optional()?;
    match known {
        Some(last) if last >= day => return Ok(false),
        Some(_) => {}
        None => {
            let row = (counters::name.eq(counter), counters::next.eq(0));
            crate::on_each_backend!(conn, c => diesel::insert_into(counters::table)
                .values(row)
                .on_conflict_do_nothing()
                .execute(c)?);
        }
    }
    let earlier = counters::table.find(counter).filter(counters::next.lt(day));
    Ok(diesel::update(earlier).set(counters::next.eq(day)).execute(conn)? > 0)
}

/// Takes the one job that lay longest in the hands of a dead worker, and counts the death.
pub(super) fn claim_orphan(conn: &mut DbConnection, kinds: &[&str], now: Ts, until: Ts) -> Result<Vec<Job>> {
    let orphaned = format!("leased_until > '1970-01-02' AND leased_until < $2 AND {}", of_kinds(kinds));
    take(conn, &orphaned, "attempts = attempts + 1, crashes = crashes + 1", (now, now), until, 1)
}

fn take(
    conn: &mut DbConnection,
    which: &str,
    count: &str,
    (now, held): (Ts, Ts),
    until: Ts,
    most: i64,
) -> Result<Vec<Job>> {
    let lock = match conn.dialect() {
        Dialect::Postgres => "FOR UPDATE SKIP LOCKED",
        Dialect::Sqlite => "",
    };
    // The guard stands in both places: without the outer one, 450 of 2,000 claims doubled on PostgreSQL.
    // MATERIALIZED: without it PostgreSQL may run the inner query once a row and claim more than asked for.
    let sql = format!(
        "WITH next AS MATERIALIZED (SELECT id FROM jobs WHERE state = 'due' AND run_at <= $1 AND {which} \
         ORDER BY run_at, id LIMIT $3 {lock}) \
         UPDATE jobs SET leased_until = $4, lease = lease + 1, {count} \
         WHERE leased_until < $5 AND state = 'due' AND id IN (SELECT id FROM next) RETURNING *"
    );
    let mut taken: Vec<Job> = diesel::sql_query(sql)
        .bind::<Instant, _>(now)
        .bind::<Instant, _>(held)
        .bind::<BigInt, _>(most)
        .bind::<Instant, _>(until)
        .bind::<Instant, _>(now)
        .load(conn)?;
    taken.sort_by_key(|j| (j.run_at, j.id));
    Ok(taken)
}

/// Puts jobs aside over which the program died `most` times; whose lease runs is left alone.
pub(super) fn put_aside_deadly(conn: &mut DbConnection, now: Ts, most: i64) -> Result<Vec<(i64, String)>> {
    // The death that ended the newest lease is not counted yet.
    let deadly = jobs::table
        .filter(jobs::state.eq("due"))
        .filter(jobs::crashes.ge(most - 1))
        .filter(jobs::leased_until.gt(Ts::LONG_AGO))
        .filter(jobs::leased_until.lt(now));
    Ok(diesel::update(deadly)
        .set((
            jobs::state.eq("quarantine"),
            jobs::crashes.eq(jobs::crashes + 1),
            jobs::why.eq("the program died while it ran"),
            jobs::leased_until.eq(Ts::LONG_AGO),
        ))
        .returning((jobs::id, jobs::kind))
        .get_results(conn)?)
}

pub(super) fn remove(conn: &mut DbConnection, job: &Job) -> Result<()> {
    let mine = jobs::table.find(job.id).filter(jobs::lease.eq(job.lease));
    let n = diesel::delete(mine).execute(conn)?;
    if n == 0 {
        return Err(Error::Conflict(format!(
            "job {} ({}) was taken over by another worker",
            job.id, job.kind
        )));
    }
    Ok(())
}

pub(super) fn put_back(conn: &mut DbConnection, job: &Job, state: &str, why: &str, run_at: Ts) -> Result<()> {
    let mine = jobs::table.find(job.id).filter(jobs::lease.eq(job.lease));
    let n = diesel::update(mine)
        .set((
            jobs::state.eq(state),
            jobs::why.eq(why),
            jobs::run_at.eq(run_at),
            jobs::leased_until.eq(Ts::LONG_AGO),
        ))
        .execute(conn)?;
    if n == 0 {
        return Err(Error::Conflict(format!(
            "job {} ({}) was taken over by another worker",
            job.id, job.kind
        )));
    }
    Ok(())
}

/// Jobs by state, for `/readyz`, `doctor` and the tests' last look.
///
/// # Errors
/// `Database` only.
pub fn count(conn: &mut DbConnection, state: &str) -> Result<i64> {
    Ok(jobs::table.filter(jobs::state.eq(state)).count().get_result(conn)?)
}
