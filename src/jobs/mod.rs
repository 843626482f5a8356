//! The queue itself: put in, lease, finish. It knows no job; the worker knows what each kind means.
//!
//! A lease carries a fencing number: a worker that froze and comes back cannot finish what another one took over.

pub mod mails;
pub mod store;

use chrono::{DateTime, Duration, Utc};
pub use store::{Job, count};

use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::Result;
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

/// Takes up to `most` due jobs. A short answer does not mean that the queue is empty.
///
/// # Errors
/// `Database` only.
pub fn lease(conn: &mut DbConnection, most: i64, now: DateTime<Utc>) -> Result<Vec<Job>> {
    store::claim(conn, Ts(now), Ts(now + Duration::seconds(LEASE_S)), most)
}

/// The job is done: it leaves the queue, if this worker still holds it.
///
/// # Errors
/// `Conflict` when another worker took it over.
pub fn done(conn: &mut DbConnection, job: &Job) -> Result<()> {
    store::remove(conn, job)
}

/// The job failed: it comes again later, or is put aside after too many tries.
///
/// # Errors
/// `Conflict` when another worker took it over.
pub fn again(conn: &mut DbConnection, job: &Job, why: &str, now: DateTime<Utc>) -> Result<bool> {
    let aside = job.attempts >= limits::JOB_CRASHES;
    // 2, 8, 32 s … so that a conflict is over soon and an outage is not hammered.
    let wait = Duration::seconds(
        2_i64.saturating_mul(4_i64.saturating_pow(u32::try_from(job.attempts - 1).unwrap_or(0).min(6))),
    );
    store::put_back(conn, job, if aside { "quarantine" } else { "due" }, why, Ts(now + wait))?;
    Ok(aside)
}
