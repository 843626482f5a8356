//! What Mastodon-speaking servers send, read with patience: every field may be missing, null or of an
//! unexpected type, every word may be new. A post is lost only when it has no identity at all.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::channels::lax::{each, lax, time, word};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Notification {
    #[serde(deserialize_with = "word")]
    pub id: String,
    /// New kinds keep coming: a word, never an enum.
    #[serde(rename = "type", deserialize_with = "word")]
    pub kind: String,
    #[serde(deserialize_with = "time")]
    pub created_at: Option<DateTime<Utc>>,
    #[serde(deserialize_with = "lax")]
    pub status: Option<Status>,
    /// Who did it.
    #[serde(deserialize_with = "lax")]
    pub account: Account,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Status {
    #[serde(deserialize_with = "word")]
    pub id: String,
    #[serde(deserialize_with = "word")]
    pub uri: String,
    #[serde(deserialize_with = "word")]
    pub url: String,
    #[serde(deserialize_with = "time")]
    pub created_at: Option<DateTime<Utc>>,
    #[serde(deserialize_with = "time")]
    pub edited_at: Option<DateTime<Utc>>,
    #[serde(deserialize_with = "lax")]
    pub account: Account,
    #[serde(deserialize_with = "word")]
    pub content: String,
    /// The words as posted, where the server shows them.
    #[serde(deserialize_with = "word")]
    pub text: String,
    #[serde(deserialize_with = "word")]
    pub visibility: String,
    #[serde(deserialize_with = "word")]
    pub spoiler_text: String,
    #[serde(deserialize_with = "word")]
    pub language: String,
    #[serde(deserialize_with = "word")]
    pub in_reply_to_id: String,
    #[serde(deserialize_with = "each")]
    pub media_attachments: Vec<Attachment>,
    #[serde(deserialize_with = "each")]
    pub mentions: Vec<Mention>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Account {
    #[serde(deserialize_with = "word")]
    pub id: String,
    #[serde(deserialize_with = "word")]
    pub uri: String,
    #[serde(deserialize_with = "word")]
    pub url: String,
    #[serde(deserialize_with = "word")]
    pub acct: String,
    #[serde(deserialize_with = "word")]
    pub username: String,
    #[serde(deserialize_with = "word")]
    pub display_name: String,
    #[serde(deserialize_with = "lax")]
    pub bot: bool,
    #[serde(deserialize_with = "lax")]
    pub fields: Vec<ProfileField>,
}

/// A line of a profile: its name and its value, in HTML.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ProfileField {
    #[serde(deserialize_with = "word")]
    pub name: String,
    #[serde(deserialize_with = "word")]
    pub value: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Attachment {
    #[serde(deserialize_with = "word")]
    pub url: String,
    #[serde(deserialize_with = "word")]
    pub remote_url: String,
    #[serde(deserialize_with = "word")]
    pub description: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Mention {
    #[serde(deserialize_with = "word")]
    pub id: String,
    #[serde(deserialize_with = "word")]
    pub acct: String,
    #[serde(deserialize_with = "word")]
    pub url: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Thread {
    #[serde(deserialize_with = "each")]
    pub descendants: Vec<Status>,
}

/// The words as posted, asked for one of our own posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Source {
    #[serde(deserialize_with = "word")]
    pub text: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Found {
    #[serde(deserialize_with = "each")]
    pub statuses: Vec<Status>,
}

/// v2 and v1 agree on the part that matters; old servers have only `max_toot_chars`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Instance {
    #[serde(deserialize_with = "lax")]
    pub configuration: Configuration,
    #[serde(deserialize_with = "lax")]
    pub max_toot_chars: Option<usize>,
    #[serde(deserialize_with = "word")]
    pub version: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Configuration {
    #[serde(deserialize_with = "lax")]
    pub statuses: StatusLimits,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct StatusLimits {
    #[serde(deserialize_with = "lax")]
    pub max_characters: Option<usize>,
    #[serde(deserialize_with = "lax")]
    pub characters_reserved_per_url: Option<usize>,
}

/// What servers say when they say no: `{"error": "...", "error_description": "..."}`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Complaint {
    #[serde(deserialize_with = "word")]
    pub error: String,
    #[serde(deserialize_with = "word")]
    pub error_description: String,
}
