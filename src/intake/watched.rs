//! Posts that public pages link to are looked at again and again: what its author deletes, edits or makes private
//! must not stay on our pages because a network forgot to tell us.
//!
//! Gone is believed at the second look only: a server that answers nonsense for a moment deletes nothing.

pub(super) mod store;

use chrono::{DateTime, Duration, Utc};
pub use store::Watched;

use super::Post;
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::Result;

/// Between two looks at a post that a page of today shows, in seconds: two looks fit into five minutes.
pub const LOOK_EVERY_S: i64 = 200;
/// Between the look that missed a post and the one that makes sure, in seconds.
pub const MAKE_SURE_S: i64 = 30;
/// A post about nothing that is going on is looked at once a day.
pub const LOOK_SELDOM_S: i64 = 24 * 3600;
/// Days after its end for which a ticket counts as going on.
pub const LATELY_DAYS: i64 = 30;

/// How much a page shows of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A ticket that is open, or ended lately.
    Now,
    /// An old ticket.
    Still,
    /// No ticket.
    Nowhere,
}

/// When a post that is there is looked at next; `None`: not any more.
#[must_use]
pub fn next_look(shown: Shown, created_at: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match shown {
        Shown::Now => Some(now + Duration::seconds(LOOK_EVERY_S)),
        Shown::Still => Some(now + Duration::seconds(LOOK_SELDOM_S)),
        // A person may still make a ticket of it.
        Shown::Nowhere => {
            (now - created_at < Duration::days(LATELY_DAYS)).then(|| now + Duration::seconds(LOOK_SELDOM_S))
        }
    }
}

/// Begins to watch a post that everybody may see on its network.
///
/// # Errors
/// `Database` only.
pub fn begin(conn: &mut DbConnection, post: &Post, now: DateTime<Utc>) -> Result<()> {
    match post.account_id {
        Some(account_id) if !post.sealed => {
            store::insert(conn, post.id, account_id, Ts(now + Duration::seconds(LOOK_EVERY_S)))
        }
        _ => Ok(()),
    }
}

/// Posts of an account whose turn it is, longest waiting first.
///
/// # Errors
/// `Database` only.
pub fn due(conn: &mut DbConnection, account_id: i64, most: i64, now: DateTime<Utc>) -> Result<Vec<Watched>> {
    store::due(conn, account_id, most, Ts(now))
}

/// It is there: the next look, or none.
///
/// # Errors
/// `Database` only.
pub fn seen(conn: &mut DbConnection, post_id: i64, next: Option<DateTime<Utc>>) -> Result<()> {
    match next {
        Some(at) => store::set(conn, post_id, Ts(at), None),
        None => store::remove(conn, post_id),
    }
}

/// It is not there. True at the second look: then it is gone, and not watched any more.
///
/// # Errors
/// `Database` only.
pub fn missed(conn: &mut DbConnection, watched: &Watched, now: DateTime<Utc>) -> Result<bool> {
    let make_sure = Duration::seconds(MAKE_SURE_S);
    match watched.missing_since {
        Some(since) if now - since.0 >= make_sure => {
            store::remove(conn, watched.post_id)?;
            Ok(true)
        }
        since => {
            let since = since.unwrap_or(Ts(now));
            store::set(conn, watched.post_id, since + make_sure, Some(since))?;
            Ok(false)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_looks_fit_into_five_minutes() {
        // A round of reading comes each five seconds.
        const { assert!(LOOK_EVERY_S + MAKE_SURE_S + 2 * 5 < 300) };
        let now = DateTime::UNIX_EPOCH + Duration::days(20_000);
        let next = |shown, age_days| next_look(shown, now - Duration::days(age_days), now).map(|at| at - now);
        assert_eq!(next(Shown::Now, 400), Some(Duration::seconds(LOOK_EVERY_S)));
        assert_eq!(next(Shown::Still, 400), Some(Duration::days(1)));
        assert_eq!(next(Shown::Nowhere, 2), Some(Duration::days(1)));
        assert_eq!(next(Shown::Nowhere, 31), None);
    }
}
