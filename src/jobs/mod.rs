//! The queue itself: put in, lease, finish. It knows no job; the worker knows what each kind means.
//!
//! A lease carries a fencing number: a worker that froze and comes back cannot finish what another one took over.

pub mod mails;
mod store;

use chrono::{DateTime, Duration, Utc};
pub use store::{Job, count};

use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::limits;

/// How long a worker may hold a job before it counts as dead, in seconds.
pub const LEASE_S: i64 = 30;

/// Puts a job in, in the same transaction as the change that needs it. With a key it is there once.
///
/// # Errors
/// `Database` only.
pub fn enqueue(
    conn: &mut DbConnection,
    kind: &str,
    key: Option<&str>,
    payload: &str,
    run_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<()> {
    store::insert(conn, kind, key, payload, Ts(run_at), Ts(now))
}

/// True for whoever asks first on a day: of several processes one puts the job in. `day` counts days.
///
/// # Errors
/// `Database` only.
pub fn first_of_day(conn: &mut DbConnection, what: &str, day: i64) -> Result<bool> {
    store::first_of_day(conn, &format!("day/{what}"), day)
}

/// Takes up to `most` due jobs of these kinds. A short answer does not mean that the queue is empty.
///
/// Jobs whose worker died come one at a time, so that the one that killed it takes no other with it; after the
/// third death a job is put aside.
///
/// # Errors
/// `Database` only.
pub fn lease(conn: &mut DbConnection, kinds: &[&str], most: i64, now: DateTime<Utc>) -> Result<Vec<Job>> {
    for (id, kind) in store::put_aside_deadly(conn, Ts(now), limits::JOB_CRASHES)? {
        tracing::error!(
            job = id,
            kind,
            "put aside: the program died {} times while it ran",
            limits::JOB_CRASHES
        );
    }
    let until = Ts(now + Duration::seconds(LEASE_S));
    let orphan = store::claim_orphan(conn, kinds, Ts(now), until)?;
    if !orphan.is_empty() {
        return Ok(orphan);
    }
    store::claim(conn, kinds, Ts(now), until, most)
}

/// The job is done: it leaves the queue, if this worker still holds it.
///
/// # Errors
/// `Conflict` when another worker took it over.
pub fn done(conn: &mut DbConnection, job: &Job) -> Result<()> {
    store::remove(conn, job)
}

/// The job failed: it comes again later, or is put aside when trying again cannot help.
///
/// Who lost a race or met an outage is not a poison: a report must not be put aside because others were faster.
///
/// # Errors
/// `Conflict` when another worker took it over.
pub fn again(conn: &mut DbConnection, job: &Job, error: &Error, now: DateTime<Utc>) -> Result<bool> {
    let lost_a_race = matches!(error, Error::Conflict(_) | Error::Database(_));
    let most = match error {
        _ if lost_a_race => limits::JOB_RACES,
        Error::Unavailable(_) => limits::JOB_OUTAGES,
        _ => limits::JOB_CRASHES,
    };
    let aside = job.attempts >= most;
    // 2, 8, 32 s … so that an outage is not hammered; a lost race is over soon.
    let power = u32::try_from(job.attempts - 1).unwrap_or(0).min(6);
    let wait_s = if lost_a_race {
        job.attempts.clamp(1, 30)
    } else {
        2_i64.saturating_mul(4_i64.saturating_pow(power))
    };
    let state = if aside { "quarantine" } else { "due" };
    store::put_back(conn, job, state, &error.to_string(), Ts(now + Duration::seconds(wait_s)))?;
    Ok(aside)
}
