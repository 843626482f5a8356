//! The plain records of the square's Rust interface: how it is set up, a post, what was counted.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::memory::Visibility;

/// How a square is set up.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The town's name, for the page's header.
    pub town: String,
    /// Name shown on the city's account.
    pub city_name: String,
    /// Account name of the city: letters, digits and `_`.
    pub city_handle: String,
    /// Longest post the API takes, in characters (unlike the usual 500, so that nobody can assume it).
    pub max_chars: usize,
    /// Posts kept; the oldest go first.
    pub max_posts: usize,
    /// Links of the demo strip: words and absolute address (staff board, mayor's office).
    pub links: Vec<(String, String)>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            town: "Riverton".to_owned(),
            city_name: "City of Riverton".to_owned(),
            city_handle: "CityOfRiverton".to_owned(),
            max_chars: 422,
            max_posts: 5_000,
            links: Vec::new(),
        }
    }
}

/// A post as it stands in the square.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The id of the Mastodon API: digits, growing.
    pub id: String,
    /// Permanent address, the same for every reader.
    pub uri: String,
    /// Address of its page.
    pub url: String,
    /// Name of the author.
    pub author: String,
    /// Account name of the author.
    pub handle: String,
    /// True when the city's account wrote it.
    pub by_city: bool,
    /// The text as written, mentions included.
    pub text: String,
    /// Content warning; empty for none.
    pub spoiler_text: String,
    /// Id of the post it answers.
    pub in_reply_to: Option<String>,
    /// Who may see it.
    pub visibility: Visibility,
    /// Language as tagged.
    pub language: String,
    /// Addresses of its photos.
    pub photos: Vec<String>,
    /// When it was posted.
    pub created_at: DateTime<Utc>,
    /// When it was last edited.
    pub edited_at: Option<DateTime<Utc>>,
}

/// What a post made from Rust may carry besides its text.
#[derive(Debug, Clone, Default)]
pub struct Posting {
    /// Id of the post it answers.
    pub reply_to: Option<String>,
    /// Who may see it.
    pub visibility: Visibility,
    /// Content warning.
    pub spoiler_text: String,
    /// Language tag; the account's own when left out.
    pub language: Option<String>,
    /// Photos as bytes with their description: JPEG, PNG, GIF or WebP.
    pub photos: Vec<(Vec<u8>, Option<String>)>,
    /// When it was written; now when left out.
    pub at: Option<DateTime<Utc>>,
}

/// What the square has seen, for tests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters {
    /// Calls that reached a handler, by method and route pattern ("POST /api/v1/statuses").
    pub calls: BTreeMap<String, u64>,
    /// All calls below `/api/` and `/oauth/`, faults included.
    pub all_calls: u64,
    /// Posts accepted through the API.
    pub posts_accepted: u64,
    /// Posts answered again because of their Idempotency-Key.
    pub posts_repeated: u64,
    /// Faults that acted.
    pub faults_fired: u64,
    /// User-Agent of the last call.
    pub last_user_agent: Option<String>,
}
