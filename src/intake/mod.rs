//! A message came in: it is kept once, with every version, and nothing is judged yet.
//!
//! Same `uri` and same words: known. Other words: a new version. Deleted: recorded, the words stay sealed.
//! Reading, placing and tickets come later (`journey::receive`).

pub mod envelope;
pub mod manners;
pub mod privacy;
mod store;
pub mod watched;

use chrono::{DateTime, Utc};
pub use envelope::{Author, Envelope, EnvelopeKind, Media, OPEN311, Stated, Visibility, page_of};
pub use privacy::{PublicText, SealedText};
pub use store::{
    Account, Person, Post, account, local_ids, person_by_id, post, post_named, post_seen_by, waiting_since,
};

use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::Result;

crate::words! {
    /// What became of a post, or of one concern in it.
    pub enum Outcome {
        /// Kept, not looked at yet.
        Waiting = "waiting",
        /// A new ticket.
        Opened = "opened",
        /// Added to an open ticket.
        Joined = "joined",
        /// We asked where.
        Asked = "asked",
        /// A person looks.
        Review = "review",
        /// It answered a question of ours.
        Answered = "answered",
        /// Not a report; the reason is kept.
        SetAside = "set_aside",
        /// Danger to life: people are paged.
        Emergency = "emergency",
        /// Received before.
        Known = "known",
    }
}

/// What keeping an envelope did.
#[derive(Debug)]
pub enum Kept {
    /// Never seen before.
    New(Box<Post>),
    /// A post we have, with other words now.
    Edited(Box<Post>),
    /// A post we have, gone from its network.
    Deleted(Box<Post>),
    /// A post we have, unchanged.
    Known(Box<Post>),
    /// Nothing to keep: our own post, a boost, or the deletion of a post we never saw.
    Nothing,
}

/// The post is gone from its network: recorded, as a deletion the network had told would be.
///
/// # Errors
/// `Database` only.
pub fn gone(conn: &mut DbConnection, post: &Post, now: DateTime<Utc>) -> Result<Post> {
    store::mark_deleted(conn, post, now)
}

/// Who an envelope is from; made known when nobody has heard of them.
///
/// # Errors
/// `Database` only.
pub fn author_of(conn: &mut DbConnection, envelope: &Envelope) -> Result<Person> {
    store::person(conn, &envelope.without_nul())
}

/// Keeps one envelope, once.
///
/// # Errors
/// `Database` only; a poison message is refused before, when it is parsed.
pub fn keep(
    conn: &mut DbConnection,
    envelope: &Envelope,
    account_id: Option<i64>,
    now: DateTime<Utc>,
) -> Result<Kept> {
    if envelope.from_us {
        return Ok(Kept::Nothing);
    }
    // PostgreSQL takes no NUL: one wicked handle would stop the reading of everything behind it.
    let envelope = &*envelope.without_nul();
    let known = store::by_uri(conn, &envelope.uri)?;
    match (envelope.kind, known) {
        (EnvelopeKind::Delete, Some(post)) => {
            let post = store::mark_deleted(conn, &post, now)?;
            Ok(Kept::Deleted(Box::new(post)))
        }
        (EnvelopeKind::Delete | EnvelopeKind::Boost, _) => Ok(Kept::Nothing),
        (_, Some(post)) if is_older(envelope, &post) => Ok(Kept::Known(Box::new(post))),
        (_, Some(post)) if post.text == envelope.text && !closes(envelope, &post) => {
            Ok(Kept::Known(Box::new(post)))
        }
        (_, Some(post)) => {
            // An edit that arrives after the deletion changes nothing: the author took the post back.
            if post.deleted_at.is_some() {
                return Ok(Kept::Known(Box::new(post)));
            }
            Ok(Kept::Edited(Box::new(store::add_version(conn, &post, envelope, now)?)))
        }
        (_, None) => {
            let person = store::person(conn, envelope)?;
            Ok(Kept::New(Box::new(store::insert(conn, envelope, account_id, person.id, now)?)))
        }
    }
}

/// An earlier version that comes late: the words as they stand now are kept.
fn is_older(envelope: &Envelope, post: &Post) -> bool {
    match (envelope.edited_at, post.edited_at) {
        (Some(this), Some(known)) => this < known.0,
        // A network that tells of edits hands out the first version once more.
        (None, Some(_)) => envelope.kind == EnvelopeKind::Post && envelope.local_id.is_some(),
        _ => false,
    }
}

/// The same words, but no longer for everybody.
fn closes(envelope: &Envelope, post: &Post) -> bool {
    !envelope.visibility.is_open() && !post.sealed
}

/// Writes down what became of a post; the reason is shown to staff as it stands.
///
/// # Errors
/// `Database` only.
pub fn decide(
    conn: &mut DbConnection,
    post_id: i64,
    outcome: Outcome,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    store::decide(conn, post_id, outcome, reason, Ts(now))
}
