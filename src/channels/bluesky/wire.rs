//! What the network sends, read with patience: every field may be missing or of an unexpected type.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::channels::lax::{each, lax, time, word};

/// A post in one of its versions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Ref {
    #[serde(deserialize_with = "word")]
    pub uri: String,
    #[serde(deserialize_with = "word")]
    pub cid: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Page {
    pub notifications: Vec<Box<RawValue>>,
    #[serde(deserialize_with = "lax")]
    pub cursor: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Notification {
    #[serde(deserialize_with = "word")]
    pub uri: String,
    #[serde(deserialize_with = "word")]
    pub cid: String,
    #[serde(deserialize_with = "lax")]
    pub author: Author,
    /// New reasons keep coming: a word, never an enum.
    #[serde(deserialize_with = "word")]
    pub reason: String,
    #[serde(deserialize_with = "word")]
    pub reason_subject: String,
    #[serde(deserialize_with = "lax")]
    pub record: Record,
    #[serde(deserialize_with = "time")]
    pub indexed_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Author {
    #[serde(deserialize_with = "word")]
    pub did: String,
    #[serde(deserialize_with = "word")]
    pub handle: String,
    #[serde(deserialize_with = "word")]
    pub display_name: String,
    #[serde(deserialize_with = "each")]
    pub labels: Vec<Label>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Label {
    #[serde(deserialize_with = "word")]
    pub val: String,
}

/// The post as its author wrote it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Record {
    #[serde(rename = "$type", deserialize_with = "word")]
    pub kind: String,
    #[serde(deserialize_with = "word")]
    pub text: String,
    #[serde(deserialize_with = "time")]
    pub created_at: Option<DateTime<Utc>>,
    #[serde(deserialize_with = "each")]
    pub langs: Vec<String>,
    #[serde(deserialize_with = "lax")]
    pub reply: Option<ReplyRef>,
    #[serde(deserialize_with = "each")]
    pub facets: Vec<Facet>,
    #[serde(deserialize_with = "lax")]
    pub embed: Value,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ReplyRef {
    #[serde(deserialize_with = "lax")]
    pub root: Ref,
    #[serde(deserialize_with = "lax")]
    pub parent: Ref,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Facet {
    #[serde(deserialize_with = "lax")]
    pub index: Bytes,
    #[serde(deserialize_with = "each")]
    pub features: Vec<Feature>,
}

/// Places are counted in bytes of UTF-8, not in letters.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Bytes {
    #[serde(deserialize_with = "lax")]
    pub byte_start: usize,
    #[serde(deserialize_with = "lax")]
    pub byte_end: usize,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Feature {
    #[serde(rename = "$type", deserialize_with = "word")]
    pub kind: String,
    #[serde(deserialize_with = "word")]
    pub uri: String,
    #[serde(deserialize_with = "word")]
    pub did: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Posts {
    #[serde(deserialize_with = "each")]
    pub posts: Vec<PostView>,
}

/// The post as the network shows it to us.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PostView {
    #[serde(deserialize_with = "word")]
    pub uri: String,
    #[serde(deserialize_with = "word")]
    pub cid: String,
    #[serde(deserialize_with = "lax")]
    pub record: Record,
    #[serde(deserialize_with = "lax")]
    pub embed: Value,
    #[serde(deserialize_with = "lax")]
    pub viewer: Viewer,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Viewer {
    #[serde(deserialize_with = "lax")]
    pub reply_disabled: bool,
}

/// A record of our own, read from our own server.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct OwnRecord {
    #[serde(deserialize_with = "word")]
    pub uri: String,
    #[serde(deserialize_with = "lax")]
    pub value: Record,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct OwnRecords {
    #[serde(deserialize_with = "each")]
    pub records: Vec<OwnRecord>,
}

/// What a server says when it says no.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Complaint {
    #[serde(deserialize_with = "word")]
    pub error: String,
    #[serde(deserialize_with = "word")]
    pub message: String,
}
