//! A post's record made plain, and our own text made a record. Pure.

use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};

use super::wire::{Author, Facet, Notification, PostView, Record, Ref};
use super::{KIND, POST};
use crate::channels::{Outgoing, text};
use crate::intake::envelope::{self, Envelope, EnvelopeKind, Media, Visibility};
use crate::intake::manners;

/// Most pictures taken from one post.
const MAX_MEDIA: usize = 8;
/// Most handles taken from one post.
const MAX_MENTIONS: usize = 50;
/// Kinds of facets.
const LINK: &str = "app.bsky.richtext.facet#link";
const MENTION: &str = "app.bsky.richtext.facet#mention";

/// What a reply must name: the post it answers and the first one of the thread, each in its version. Kept as the
/// post's local id, so that nothing has to be asked between the claim and the sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Thread {
    pub parent: Ref,
    pub root: Ref,
}

impl Thread {
    /// Of a post that is answered: its own thread, or the one it began.
    pub(super) fn of(post: Ref, record: &Record) -> Self {
        let root = record.reply.as_ref().map(|r| r.root.clone()).filter(|r| !r.uri.is_empty());
        Self { root: root.unwrap_or_else(|| post.clone()), parent: post }
    }

    /// As it is kept.
    pub(super) fn to_local_id(&self) -> String {
        let (parent, root) = (&self.parent, &self.root);
        if parent == root {
            return format!("{} {}", parent.uri, parent.cid);
        }
        format!("{} {} {} {}", parent.uri, parent.cid, root.uri, root.cid)
    }

    /// As it was kept; `None` when it is something else.
    pub(super) fn from_local_id(local_id: &str) -> Option<Self> {
        let words: Vec<&str> = local_id.split(' ').collect();
        let named = |uri: &str, cid: &str| {
            (uri.starts_with("at://") && !cid.is_empty()).then(|| Ref { uri: uri.into(), cid: cid.into() })
        };
        match words.as_slice() {
            [uri, cid] => named(uri, cid).map(|parent| Self { root: parent.clone(), parent }),
            [uri, cid, root, root_cid] => {
                Some(Self { parent: named(uri, cid)?, root: named(root, root_cid)? })
            }
            _ => None,
        }
    }
}

/// The parts of `at://did:plc:…/app.bsky.feed.post/3k…`: whose it is, and its key.
pub(super) fn parts(uri: &str) -> Option<(&str, &str)> {
    let (who, rest) = uri.strip_prefix("at://")?.split_once('/')?;
    let key = rest.strip_prefix(POST)?.strip_prefix('/')?;
    (!who.is_empty() && !key.is_empty() && !key.contains('/')).then_some((who, key))
}

/// One listed mention as the rest of the product reads it. `shown` is the post with its pictures' addresses.
pub(super) fn envelope(
    note: &Notification,
    raw: &str,
    names: &[&str],
    our_did: &str,
    kind: EnvelopeKind,
    shown: Option<&PostView>,
) -> Envelope {
    let record = &note.record;
    let thread = Thread::of(Ref { uri: note.uri.clone(), cid: note.cid.clone() }, record);
    // The network takes the earlier of what the writer says and when it saw the post: no post is from tomorrow.
    let written = note.indexed_at.or(record.created_at).unwrap_or(DateTime::UNIX_EPOCH);
    let is_answer = thread.root != thread.parent;
    let uri = if kind == EnvelopeKind::Boost { &note.reason_subject } else { &note.uri };
    Envelope {
        kind,
        channel: KIND.into(),
        id: note.uri.clone(),
        uri: uri.clone(),
        author: author(&note.author),
        text: text::without_leading(&plain_text(record), names),
        created_at: written,
        in_reply_to: record.reply.as_ref().map(|r| r.parent.uri.clone()).filter(|u| !u.is_empty()),
        lang: record.langs.first().filter(|l| !l.is_empty()).cloned(),
        lat: None,
        lon: None,
        media: shown.map(|s| pictures(&s.embed)).unwrap_or_default(),
        // Whatever is in a public repository is public; there is no other kind.
        visibility: Visibility::Public,
        stated: None,
        local_id: Some(thread.to_local_id()),
        version: Some(note.cid.clone()),
        edited_at: None,
        root_uri: is_answer.then(|| thread.root.uri.clone()),
        url: envelope::page_of(&note.uri),
        spoiler_text: None,
        mentions: others(record, our_did),
        from_us: false,
        raw: raw.to_owned(),
    }
}

fn author(author: &Author) -> envelope::Author {
    let filled = |s: &str| (!s.is_empty()).then(|| s.replace('\0', ""));
    envelope::Author {
        id: author.did.clone(),
        handle: filled(&author.handle),
        name: filled(&author.display_name).or_else(|| filled(&author.handle)),
        bot: author.labels.iter().any(|label| label.val == "bot"),
        // A profile here has no field for it.
        place: None,
    }
}

/// The words as a reader sees them, with links in full and the card below the text by its address.
pub(super) fn plain_text(record: &Record) -> String {
    let mut out = String::with_capacity(record.text.len());
    let mut at = 0;
    for (start, end, facet) in in_order(record) {
        let link = facet.features.iter().find(|f| f.kind == LINK && text::is_web(&f.uri));
        let Some(link) = link.filter(|_| start >= at) else { continue };
        let (Some(before), Some(shown)) = (record.text.get(at..start), record.text.get(start..end)) else {
            continue;
        };
        out.push_str(before);
        out.push_str(&text::link_in_words(shown, &link.uri));
        at = end;
    }
    out.push_str(record.text.get(at..).unwrap_or_default());
    if let Some(card) = card(&record.embed).filter(|card| !out.contains(card)) {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(card);
    }
    text::cut(&out, text::MAX_TEXT_BYTES).trim().to_owned()
}

/// Facets by their place; those that lie outside the text, or in the middle of a letter, are nobody's.
fn in_order(record: &Record) -> Vec<(usize, usize, &Facet)> {
    let inside = |facet: &&Facet| {
        let index = &facet.index;
        index.byte_start < index.byte_end && record.text.get(index.byte_start..index.byte_end).is_some()
    };
    let facets = record.facets.iter().filter(inside);
    let mut places: Vec<_> = facets.map(|f| (f.index.byte_start, f.index.byte_end, f)).collect();
    places.sort_by_key(|(start, end, _)| (*start, *end));
    places
}

fn others(record: &Record, our_did: &str) -> Vec<String> {
    let names = in_order(record).into_iter().filter(|(.., facet)| {
        facet.features.iter().any(|f| f.kind == MENTION && !f.did.is_empty() && f.did != our_did)
    });
    names
        .filter_map(|(start, end, _)| record.text.get(start..end))
        .map(|name| name.trim().trim_start_matches('@').to_owned())
        .filter(|name| !name.is_empty())
        .take(MAX_MENTIONS)
        .collect()
}

/// The address of the card below a text, alone or beside a quoted post.
fn card(embed: &Value) -> Option<&str> {
    let external = embed.get("external").or_else(|| embed.get("media")?.get("external"))?;
    external.get("uri")?.as_str().filter(|uri| text::is_web(uri))
}

/// True when a post carries pictures, whose addresses only the network can tell.
pub(super) fn has_pictures(record: &Record) -> bool {
    let media = record.embed.get("media").unwrap_or(&record.embed);
    media.get("images").and_then(Value::as_array).is_some_and(|images| !images.is_empty())
}

fn pictures(embed: &Value) -> Vec<Media> {
    let media = embed.get("media").unwrap_or(embed);
    let images = media.get("images").and_then(Value::as_array).into_iter().flatten();
    let words =
        |image: &Value, key: &str| image.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    images
        .map(|image| (words(image, "fullsize"), words(image, "alt")))
        .filter(|(url, _)| text::is_web(url))
        .map(|(url, alt)| Media { url, alt: (!alt.is_empty()).then(|| alt.replace('\0', "")) })
        .take(MAX_MEDIA)
        .collect()
}

/// A place in our own text that is a link, or names somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    Link { start: usize, end: usize },
    Name { start: usize, end: usize },
}

/// Links and handles in a text, in bytes. A handle has a dot in it: `@ana.bsky.social`.
pub(super) fn spots(words: &str) -> Vec<Spot> {
    let mut found = Vec::new();
    let mut at = 0;
    for word in words.split(char::is_whitespace) {
        let start = at;
        at += word.len()
            + words.get(at + word.len()..).and_then(|r| r.chars().next()).map_or(0, char::len_utf8);
        let open = word.len() - word.trim_start_matches(['(', '[', '"', '\'', '«', '“', '‘']).len();
        let bare = word.get(open..).unwrap_or_default();
        let bare = bare.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '/' && c != '=' && c != '-');
        let (start, end) = (start + open, start + open + bare.len());
        if text::is_web(bare) {
            found.push(Spot::Link { start, end });
        } else if manners::is_mention(bare) && bare.contains('.') {
            found.push(Spot::Name { start, end });
        }
    }
    found
}

/// Our reply as the record that is written. `who` gives the id behind a handle; a name without one stays words.
/// The same reply makes the same record each time.
pub(super) fn reply(out: &Outgoing, thread: &Thread, who: &dyn Fn(&str) -> Option<String>) -> Value {
    let facet = |start: usize, end: usize, feature: Value| json!({"index": {"byteStart": start, "byteEnd": end}, "features": [feature]});
    let facets: Vec<Value> = spots(&out.text)
        .into_iter()
        .filter_map(|spot| match spot {
            Spot::Link { start, end } => {
                let uri = out.text.get(start..end)?;
                Some(facet(start, end, json!({"$type": LINK, "uri": uri})))
            }
            Spot::Name { start, end } => {
                let did = who(out.text.get(start..end)?.trim_start_matches('@'))?;
                Some(facet(start, end, json!({"$type": MENTION, "did": did})))
            }
        })
        .collect();
    let mut record = json!({
        "$type": POST,
        "text": out.text,
        "createdAt": out.first_attempt_at.to_rfc3339_opts(SecondsFormat::Millis, true),
        "reply": {"root": thread.root, "parent": thread.parent},
    });
    if let Some(map) = record.as_object_mut() {
        if let Some(language) = out.language.as_ref().filter(|l| !l.is_empty()) {
            map.insert("langs".into(), json!([language]));
        }
        if !facets.is_empty() {
            map.insert("facets".into(), json!(facets));
        }
    }
    record
}
