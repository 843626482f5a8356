//! Channels: where posts come from and replies go to. One file a network behind one trait.
//!
//! A channel lists, reads, writes and looks again; it decides nothing and keeps nothing. Cursors, seen sets
//! and sessions are kept by `store`, the order of sending by the outbox, words by the wording step:
//! a channel sends the bytes it is given or says why not, it never edits them.
//! Every answer to "was it sent?" is one of three: yes, surely not, or unknown (then `find` looks).

pub mod bluesky;
mod lax;
pub mod mastodon;
pub mod open311;
mod pause;
pub mod replay;
mod store;
pub mod text;
pub mod webform;

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::intake::envelope::{Envelope, Visibility};
use crate::intake::manners::Manners;
pub use crate::net::http::MayWrite;

/// The city's accounts on the networks, as they are kept.
pub mod accounts {
    pub use super::bluesky::seen;
    pub use super::store::{
        AccountRow, NewAccount, add, all, by_id, count_reply, keep_foreign, move_position, note_state,
        pause_until, set_state,
    };
}

/// A network account, or a source of posts.
pub trait Channel: Send + Sync {
    /// Channel kind, one of [`crate::intake::envelope::CHANNEL_NAMES`].
    fn kind(&self) -> &'static str;

    /// What it can do, with the limits read at set-up.
    fn manners(&self) -> &Manners;

    /// The place after everything that stands there now: where a newly added account starts, so that
    /// adding or re-adding one never brings old posts in again.
    ///
    /// # Errors
    /// As for [`Channel::fetch`].
    fn now(&self) -> Result<Cursor, ReadFailure>;

    /// What came after `cursor`, oldest first. Keep `next` in the same write as the posts; the same post may
    /// come twice (deduplicate on `uri`).
    ///
    /// # Errors
    /// [`ReadFailure`]: the cursor stays where it was.
    fn fetch(&self, cursor: &Cursor) -> Result<Fetched, ReadFailure>;

    /// Looks at a post again just before it is answered.
    ///
    /// # Errors
    /// [`ReadFailure`] when the network cannot be asked now.
    fn look(&self, parent: &Parent) -> Result<ParentState, ReadFailure>;

    /// Looks at posts again, many with few requests where the network can; the answers stand in the order asked.
    ///
    /// # Errors
    /// [`ReadFailure`] when the network cannot be asked now.
    fn look_all(&self, parents: &[Parent]) -> Result<Vec<ParentState>, ReadFailure> {
        parents.iter().map(|parent| self.look(parent)).collect()
    }

    /// Posts that one [`Channel::look_all`] may ask for without asking too much of the network.
    fn looks_at_once(&self) -> usize {
        4
    }

    /// Sends one reply, one request, never repeated inside. `may_write` is asked after the connection stands
    /// and before the first byte of the request.
    ///
    /// # Errors
    /// [`SendFailure`], sorted by what the outbox does next.
    fn send(&self, out: &Outgoing, may_write: &MayWrite) -> Result<Sent, SendFailure>;

    /// Looks for a reply whose sending ended unknown: by us, answering this parent, created at or after the
    /// first attempt minus 2 minutes, with equal [`Channel::plain`] text. `None` means every place to look
    /// was read and it is not there.
    ///
    /// # Errors
    /// [`ReadFailure`] when a place could not be read: still unknown.
    fn find(&self, out: &Outgoing) -> Result<Option<Sent>, ReadFailure>;

    /// A delivered reply as it stands now; `None` when it is gone. For reading back and comparing.
    ///
    /// # Errors
    /// [`ReadFailure`] when the network cannot be asked now.
    fn read_back(&self, id: &str) -> Result<Option<OwnPost>, ReadFailure>;

    /// Takes a delivered reply back. Gone already is a success.
    ///
    /// # Errors
    /// [`SendFailure::Refused`] where the network cannot.
    fn delete(&self, id: &str, may_write: &MayWrite) -> Result<(), SendFailure> {
        let _ = (id, may_write);
        Err(SendFailure::Refused(format!("{} cannot take a reply back; send a correction", self.kind())))
    }

    /// Changes a delivered reply in place; `out.text` is the new text.
    ///
    /// # Errors
    /// [`SendFailure::Refused`] where the network cannot.
    fn edit(&self, id: &str, out: &Outgoing, may_write: &MayWrite) -> Result<Sent, SendFailure> {
        let _ = (id, out, may_write);
        Err(SendFailure::Refused(format!("{} cannot change a reply; send a correction", self.kind())))
    }

    /// Tests the account for `onit channel check`; every finding says how to mend it.
    ///
    /// # Errors
    /// Only when not even the first question got an answer.
    fn check(&self) -> Result<Vec<Finding>, ReadFailure>;

    /// The form of our own text in which approved and posted words are compared: equal to
    /// [`OwnPost::plain`] of the same reply as it stands on the network.
    fn plain(&self, text: &str) -> String;

    /// Fetches a picture of a post. `max_bytes` is the caller's limit.
    ///
    /// # Errors
    /// [`ReadFailure`].
    fn fetch_media(&self, url: &str, max_bytes: u64) -> Result<FetchedMedia, ReadFailure>;
}

/// Where reading goes on; only the channel that wrote it understands it. Empty = everything still listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// One round of reading.
#[derive(Clone, Debug, Default)]
pub struct Fetched {
    /// Posts, edits, deletions, oldest first. None of them is from our own account.
    pub posts: Vec<Envelope>,
    /// Where to go on.
    pub next: Cursor,
    /// A page cap was reached: fetch again soon.
    pub more: bool,
    /// Posts of our own account seen on the way, for finding foreign ones (no outbox row explains them).
    pub own: Vec<OwnPost>,
    /// Listed items that could not be read, with the reason; they are skipped, never retried for ever.
    pub skipped: Vec<String>,
    /// The network asks for no further request before this pause is over.
    pub pause: Option<Duration>,
}

/// A post that stands on our own account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnPost {
    /// Id on our server.
    pub id: String,
    /// Identity.
    pub uri: String,
    /// Page for people.
    pub url: Option<String>,
    /// What it answers: the id on our server.
    pub in_reply_to: Option<String>,
    /// Its words, HTML made plain.
    pub text: String,
    /// Its words in the form for comparing, as people see them.
    pub plain: String,
    /// The same of the words as they were posted, where the server keeps them: some servers turn `:-)` into
    /// a picture or drop `---` on the way to the page.
    pub source_plain: Option<String>,
    /// Who may see it.
    pub visibility: Visibility,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

impl OwnPost {
    /// True when it says what was approved ([`Channel::plain`] of that text).
    #[must_use]
    pub fn says(&self, plain: &str) -> bool {
        self.plain == plain || self.source_plain.as_deref() == Some(plain)
    }
}

/// The post a reply answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// Id on our server ([`Envelope::local_id`]).
    pub local_id: String,
    /// Identity.
    pub uri: String,
    /// Version answered ([`Envelope::version`]), where the network needs it.
    #[serde(default)]
    pub version: Option<String>,
    /// First post of the thread, where the network needs it.
    #[serde(default)]
    pub root_uri: Option<String>,
}

/// A reply in its final bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// What it answers.
    pub parent: Parent,
    /// The whole text, prefix and mention included; sent as it is.
    pub text: String,
    /// Who may see it.
    pub visibility: Visibility,
    /// Content warning, repeated from the parent.
    #[serde(default)]
    pub spoiler_text: Option<String>,
    /// Language of the text ("en").
    #[serde(default)]
    pub language: Option<String>,
    /// Stored before the first attempt, the same in every attempt (Mastodon: the key; Bluesky: the record key).
    pub idempotency_key: String,
    /// Stored before the first attempt and never changed.
    pub first_attempt_at: DateTime<Utc>,
}

/// A reply that stands on the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Id on our server.
    pub id: String,
    /// Identity.
    pub uri: String,
    /// Page for people.
    #[serde(default)]
    pub url: Option<String>,
    /// When, by the network's clock.
    pub created_at: DateTime<Utc>,
    /// It stands, but not in the thread: the parent went away at that moment and this server made a post of
    /// its own of it. A person must look.
    #[serde(default)]
    pub stands_alone: bool,
}

/// Why a reply was not confirmed, by what the outbox does next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendFailure {
    /// Surely not sent: back to queued, after the pause if one is named.
    #[error("not sent: {why}")]
    NotSent {
        /// What happened.
        why: String,
        /// How long the network asks to wait.
        retry_after: Option<Duration>,
    },
    /// It may stand there: look with [`Channel::find`], never send again blindly.
    #[error("unknown whether it was sent: {0}")]
    Unknown(String),
    /// The network's answer is final: failed, a person looks.
    #[error("refused: {0}")]
    Refused(String),
    /// The account must be connected again: this channel stops, the row stays queued.
    #[error("the account must be connected again: {0}")]
    Unauthorised(String),
    /// The post to answer is gone: void.
    #[error("the post to answer is gone")]
    ParentGone,
}

/// Why reading failed, by what the caller does next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadFailure {
    /// Try again, after the pause if one is named.
    #[error("{why}")]
    Later {
        /// What happened.
        why: String,
        /// How long the network asks to wait.
        retry_after: Option<Duration>,
    },
    /// The account must be connected again: stop this channel, tell the admin.
    #[error("the account must be connected again: {0}")]
    Unauthorised(String),
    /// What was asked for does not exist.
    #[error("{0}")]
    Gone(String),
    /// The answer makes no sense or the network refuses; trying again will not help by itself.
    #[error("{0}")]
    Refused(String),
}

impl From<ReadFailure> for Error {
    fn from(failure: ReadFailure) -> Self {
        let message = failure.to_string();
        match failure {
            ReadFailure::Later { .. } => Self::Unavailable(message),
            ReadFailure::Unauthorised(_) => Self::Forbidden(message),
            ReadFailure::Gone(_) => Self::NotFound(message),
            ReadFailure::Refused(_) => Self::Refused(message),
        }
    }
}

impl From<SendFailure> for Error {
    fn from(failure: SendFailure) -> Self {
        let message = failure.to_string();
        match failure {
            SendFailure::NotSent { .. } | SendFailure::Unknown(_) => Self::Unavailable(message),
            SendFailure::Refused(_) => Self::Refused(message),
            SendFailure::Unauthorised(_) => Self::Forbidden(message),
            SendFailure::ParentGone => Self::NotFound(message),
        }
    }
}

/// The parent of a reply, looked at again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParentState {
    /// Still there.
    There {
        /// Its id on our server now (some servers change it on edit): answer this one.
        local_id: String,
        /// Who may see it now.
        visibility: Visibility,
        /// Newer than when it was read: the words may have changed.
        edited_at: Option<DateTime<Utc>>,
        /// Its content warning now.
        spoiler_text: Option<String>,
        /// Its words now, plain.
        text: String,
    },
    /// There, but who wrote the thread lets us not answer in it: a person answers elsewhere.
    Closed(String),
    /// Deleted, or hidden from us: do not answer.
    Gone,
}

/// One thing `onit channel check` found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad.
    pub level: Level,
    /// What was looked at ("notification policy").
    pub what: String,
    /// What was found.
    pub found: String,
    /// What to do; empty when all is well.
    pub fix: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// As it should be.
    Good,
    /// Works, with a loss that is named.
    Warning,
    /// The channel does not work until it is mended.
    Problem,
}

/// A picture as fetched; nothing about it is believed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedMedia {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What the server says it is.
    pub content_type: Option<String>,
}
