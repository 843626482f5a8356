//! The mayor's office: what waits for a person's word, what was said, which promises are late, and numbers that
//! can be argued with: every one comes with what was counted and since when.

mod store;
mod weeks;

use chrono::{DateTime, Duration, Utc};

pub use store::{HotSpot, LatePromise, ReplyRow};
pub use weeks::{WEEKS, Week};

use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::Result;

/// Replies of the page that waits; more are told as a number.
const WAITING_ROWS: i64 = 400;
/// Days the list of what was said looks back.
const SAID_DAYS: i64 = 7;
/// Days in which reports at one place count as one fire.
const HOT_DAYS: i64 = 7;
/// So many posts make a place hot.
const HOT_POSTS: i64 = 3;
/// Weeks that say what is usual.
const USUAL_WEEKS: i64 = 8;

/// Replies that wait for a person, oldest first.
///
/// # Errors
/// `Database` only.
pub fn waiting(conn: &mut DbConnection) -> Result<Vec<ReplyRow>> {
    store::in_states(conn, &["draft", "waiting"], WAITING_ROWS)
}

/// How many replies wait, and how many are released and not yet sent.
///
/// # Errors
/// `Database` only.
pub fn counts(conn: &mut DbConnection) -> Result<(i64, i64)> {
    Ok((store::count(conn, &["draft", "waiting"])?, store::count(conn, &["queued", "held"])?))
}

/// What was said or tried lately, newest first.
///
/// # Errors
/// `Database` only.
pub fn said(conn: &mut DbConnection, most: i64, now: DateTime<Utc>) -> Result<Vec<ReplyRow>> {
    store::said_since(conn, Ts(now - Duration::days(SAID_DAYS)), most)
}

/// The last time somebody released a reply, for "nothing waits".
///
/// # Errors
/// `Database` only.
pub fn last_release(conn: &mut DbConnection) -> Result<Option<DateTime<Utc>>> {
    Ok(store::last_release(conn)?.map(|at| at.0))
}

/// Promises past their day, latest first, with how many are late and how many are open.
///
/// # Errors
/// `Database` only.
pub fn late_promises(
    conn: &mut DbConnection,
    most: i64,
    now: DateTime<Utc>,
) -> Result<(Vec<LatePromise>, i64, i64)> {
    let rows = store::late_promises(conn, Ts(now), most)?;
    let (late, open) = store::count_promises(conn, Ts(now))?;
    Ok((rows, late, open))
}

/// Places with many posts in the last 7 days, hottest first, with what is usual in a week.
///
/// # Errors
/// `Database` only.
pub fn hot(conn: &mut DbConnection, now: DateTime<Utc>) -> Result<Vec<HotSpot>> {
    let since = now - Duration::days(HOT_DAYS);
    let mut spots = store::hot(conn, Ts(since), HOT_POSTS)?;
    for spot in &mut spots {
        let before = store::posts_at(conn, spot, Ts(since - Duration::weeks(USUAL_WEEKS)), Ts(since))?;
        spot.usual = (before + USUAL_WEEKS / 2) / USUAL_WEEKS;
    }
    spots.retain(|spot| spot.posts > spot.usual);
    Ok(spots)
}

/// The numbers of the last eight weeks, oldest first; each week ends at this hour of the day.
///
/// # Errors
/// `Database` only.
pub fn weeks(conn: &mut DbConnection, now: DateTime<Utc>) -> Result<Vec<Week>> {
    weeks::count(conn, now)
}
