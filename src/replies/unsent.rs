//! Replies that were written and have not gone yet: void when the ticket or the post moved on, read once more when the
//! author changed the post.

use chrono::{DateTime, Utc};

use super::{EDITED_SINCE, Finish, Kind, PRIVATE_NOW, Reply, State, shift, store};
use crate::db::DbConnection;
use crate::error::{Error, Result};
use crate::intake::Post;
use crate::intake::manners::Manners;

/// Everything not yet sent about a post is void: the post is gone, or somebody answered elsewhere.
///
/// # Errors
/// `Database` only.
pub fn void_for_post(conn: &mut DbConnection, post_id: i64, why: &str, now: DateTime<Utc>) -> Result<usize> {
    let rows = store::of_post(conn, post_id)?;
    void_unsent(conn, rows, &|_| true, why, now)
}

/// The author changed the post: whatever was written or released before waits for a person, who reads the new words.
/// What was to be said in public is said in private when the post is private now.
///
/// # Errors
/// `Database` only.
pub fn read_once_more(conn: &mut DbConnection, post: &Post, now: DateTime<Utc>) -> Result<()> {
    let visibility = Manners::answer_visibility(post.seen_by());
    for reply in store::of_post(conn, post.id)? {
        let unsent = matches!(reply.state, State::Draft | State::Waiting | State::Queued | State::Held);
        if !unsent || reply.kind == Kind::Emergency.as_str() {
            continue;
        }
        let closes = reply.visibility != visibility.as_str() && !visibility.is_open();
        let why = if closes { PRIVATE_NOW } else { EDITED_SINCE };
        let finish = Finish { why: why.into(), ..Finish::default() };
        match shift(conn, &reply, State::Waiting, &finish, now) {
            Ok(waiting) if closes => store::say_in(conn, &waiting, visibility.as_str())?,
            Ok(_) => {}
            // A worker took it this very moment: its own look at the post decides.
            Err(Error::Conflict(_)) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(())
}

/// Everything not yet sent to one person about a ticket is void: somebody answered them elsewhere in the thread.
///
/// # Errors
/// `Database` only.
pub fn void_for_person(
    conn: &mut DbConnection,
    ticket_id: i64,
    person_id: i64,
    why: &str,
    now: DateTime<Utc>,
) -> Result<usize> {
    let rows = store::of_ticket(conn, ticket_id)?;
    void_unsent(conn, rows, &|r| r.person_id == person_id, why, now)
}

/// Unsent replies of some kinds about a ticket are void: the ticket moved on.
///
/// # Errors
/// `Database` only.
pub fn void_for_ticket(
    conn: &mut DbConnection,
    ticket_id: i64,
    kinds: &[Kind],
    why: &str,
    now: DateTime<Utc>,
) -> Result<usize> {
    let rows = store::of_ticket(conn, ticket_id)?;
    void_unsent(conn, rows, &|r| kinds.iter().any(|k| k.as_str() == r.kind), why, now)
}

fn void_unsent(
    conn: &mut DbConnection,
    rows: Vec<Reply>,
    which: &dyn Fn(&Reply) -> bool,
    why: &str,
    now: DateTime<Utc>,
) -> Result<usize> {
    let mut n = 0;
    for reply in rows.iter().filter(|r| which(r)) {
        if matches!(reply.state, State::Draft | State::Waiting | State::Queued | State::Held) {
            let finish = Finish { why: why.to_owned(), ..Finish::default() };
            match shift(conn, reply, State::Void, &finish, now) {
                Ok(_) => n += 1,
                // A worker took it this very moment: its own last check decides.
                Err(Error::Conflict(_)) => {}
                Err(other) => return Err(other),
            }
        }
    }
    Ok(n)
}
