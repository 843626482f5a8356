//! One message as a channel hands it over: the product's post line plus what only the network knows.
//!
//! Every channel turns its own shape into this one, so nothing after it knows a network.
//! Nothing is judged here: privacy, spam and versions are decided when the envelope is kept.

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// Every channel name a post line may carry, in the order of the words list.
pub const CHANNEL_NAMES: &[&str] = &[
    "mastodon",
    "bluesky",
    "x",
    "facebook",
    "instagram",
    "threads",
    "telegram",
    "email",
    "sms",
    "web_form",
    "phone",
    "open311",
    "webhook",
    "replay",
];

/// Channel of posts that came through Open311: each has a number of its own, also when it joins.
pub const OPEN311: &str = "open311";

/// Who may see a post on its network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everybody, and it may be listed.
    Public,
    /// Everybody who has the link.
    Unlisted,
    /// Followers, or a kind this product does not know: never quoted, linked or answered in public.
    #[default]
    Private,
    /// Only the people named in it.
    Direct,
}

impl Visibility {
    /// Reads a network's word; a word nobody knows is private.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word {
            "public" => Self::Public,
            "unlisted" => Self::Unlisted,
            "direct" => Self::Direct,
            _ => Self::Private,
        }
    }

    /// The word used in lines, rows and by the Mastodon API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Unlisted => "unlisted",
            Self::Private => "private",
            Self::Direct => "direct",
        }
    }

    /// True when a stranger can read it: only then may it be linked or answered in public.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Public | Self::Unlisted)
    }
}

impl<'de> Deserialize<'de> for Visibility {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let word = serde_json::Value::deserialize(from)?;
        Ok(word.as_str().map_or(Self::Private, Self::from_word))
    }
}

/// The page where people read a post that this address names; `None` where there is none.
#[must_use]
pub fn page_of(uri: &str) -> Option<String> {
    if let Some(rest) = uri.strip_prefix("at://") {
        let (who, rest) = rest.split_once('/')?;
        let key = rest.strip_prefix("app.bsky.feed.post/")?;
        let is_plain = |s: &str| {
            s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'.' | b'-' | b'_' | b'~'))
        };
        return (is_plain(who) && is_plain(key))
            .then(|| format!("https://bsky.app/profile/{who}/post/{key}"));
    }
    let url = url::Url::parse(uri).ok()?;
    matches!(url.scheme(), "https" | "http").then(|| uri.to_owned())
}

/// What happened on the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnvelopeKind {
    /// Somebody wrote it.
    #[default]
    Post,
    /// The same post (`uri`) with other words: a new version.
    Edit,
    /// The post (`uri`) is gone; the other fields may be empty.
    Delete,
    /// Somebody passed on the post `uri`: a "me too" by `author`, no words of its own.
    Boost,
}

/// Who wrote it. `id` is the person; handle and name are only words to show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Author {
    /// The network's permanent id (fediverse: actor URI), never a handle.
    pub id: String,
    /// How the network addresses them, without a leading `@`: `ana@social.example`.
    pub handle: Option<String>,
    /// The name they show.
    pub name: Option<String>,
    /// The network says this is a program, not a person.
    pub bot: bool,
    /// Where their profile says they live, in their words.
    pub place: Option<String>,
}

/// A picture or clip of the post, not fetched yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Media {
    /// Where it can be fetched (an address from outside: only through the guarded client).
    pub url: String,
    /// The writer's own description.
    pub alt: Option<String>,
}

/// What the writer chose in a form: outranks what is read out of the text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stated {
    /// Service code.
    pub service: Option<String>,
    /// Address in the writer's words.
    pub address: Option<String>,
    /// Answers to the service's own questions, by key.
    pub attributes: serde_json::Map<String, serde_json::Value>,
}

/// One message from a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// What happened.
    #[serde(default)]
    pub kind: EnvelopeKind,
    /// Channel kind, one of [`CHANNEL_NAMES`].
    pub channel: String,
    /// The id shown in output lines: the line's own id for replay, the network's local id elsewhere.
    pub id: String,
    /// Identity of the post, the same on every server: posts are deduplicated by it.
    pub uri: String,
    /// Who wrote it.
    pub author: Author,
    /// The words, plain text, lines kept; never HTML. May be empty (a photo alone).
    pub text: String,
    /// When it was written, by the network's clock.
    pub created_at: DateTime<Utc>,
    /// The post it answers: its URI where the network tells, else the id it knows it by.
    #[serde(default)]
    pub in_reply_to: Option<String>,
    /// Language tag given by the writer or the network ("en", "pt-BR"), not trusted.
    #[serde(default)]
    pub lang: Option<String>,
    /// Degrees, WGS84; set together with `lon`.
    #[serde(default)]
    pub lat: Option<f64>,
    /// Degrees, WGS84; set together with `lat`.
    #[serde(default)]
    pub lon: Option<f64>,
    /// Pictures and clips.
    #[serde(default)]
    pub media: Vec<Media>,
    /// Who may see it.
    #[serde(default)]
    pub visibility: Visibility,
    /// What the writer chose in a form.
    #[serde(default)]
    pub stated: Option<Stated>,
    /// The id this channel's server needs to answer it; opaque, may change on edit. `None`: cannot be answered.
    #[serde(default)]
    pub local_id: Option<String>,
    /// Id of this version where the network has one (Bluesky's cid).
    #[serde(default)]
    pub version: Option<String>,
    /// When it was last edited, if ever.
    #[serde(default)]
    pub edited_at: Option<DateTime<Utc>>,
    /// First post of the thread, where the network says so.
    #[serde(default)]
    pub root_uri: Option<String>,
    /// Page of the post for people, http(s) only.
    #[serde(default)]
    pub url: Option<String>,
    /// The content warning in front of it.
    #[serde(default)]
    pub spoiler_text: Option<String>,
    /// Handles named in the text besides ours, without `@`.
    #[serde(default)]
    pub mentions: Vec<String>,
    /// Written by the city's own account: never a report.
    #[serde(default)]
    pub from_us: bool,
    /// The message exactly as received, JSON text.
    pub raw: String,
}

impl Envelope {
    /// The same without NUL characters, wherever they stood.
    #[must_use]
    pub fn without_nul(&self) -> Cow<'_, Self> {
        let mut clean = Cow::Borrowed(self);
        let words = [&self.channel, &self.id, &self.uri, &self.author.id, &self.text, &self.raw];
        let may = [
            &self.author.handle,
            &self.author.name,
            &self.author.place,
            &self.in_reply_to,
            &self.lang,
            &self.local_id,
            &self.version,
            &self.spoiler_text,
        ];
        if words.iter().any(|w| w.contains('\0'))
            || may.iter().any(|w| w.as_ref().is_some_and(|w| w.contains('\0')))
        {
            let e = clean.to_mut();
            let words = [&mut e.channel, &mut e.id, &mut e.uri, &mut e.author.id, &mut e.text, &mut e.raw];
            let may = [
                &mut e.author.handle,
                &mut e.author.name,
                &mut e.author.place,
                &mut e.in_reply_to,
                &mut e.lang,
                &mut e.local_id,
                &mut e.version,
                &mut e.spoiler_text,
            ];
            words.into_iter().chain(may.into_iter().flatten()).for_each(|w| w.retain(|c| c != '\0'));
        }
        clean
    }

    /// The post line of the command line's contract, without what only the network knows.
    #[must_use]
    pub fn line(&self) -> serde_json::Value {
        serde_json::json!({
            "channel": self.channel, "id": self.id, "uri": self.uri,
            "author": {"id": self.author.id, "handle": self.author.handle, "name": self.author.name},
            "text": self.text,
            "created_at": self.created_at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            "in_reply_to": self.in_reply_to, "lang": self.lang, "lat": self.lat, "lon": self.lon,
            "media": self.media, "visibility": self.visibility, "stated": self.stated,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_visibility_is_private() {
        let check = |word: &str, expect: Visibility| {
            let read: Visibility = serde_json::from_str(word).unwrap();
            assert_eq!(read, expect, "{word}");
        };
        check("\"public\"", Visibility::Public);
        check("\"unlisted\"", Visibility::Unlisted);
        check("\"private\"", Visibility::Private);
        check("\"direct\"", Visibility::Direct);
        check("\"local\"", Visibility::Private);
        check("\"mutuals_only\"", Visibility::Private);
        check("null", Visibility::Private);
        check("7", Visibility::Private);
        assert!(Visibility::Unlisted.is_open() && !Visibility::Direct.is_open());
    }
}
