//! Reading: mentions as envelopes, and one post again.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::api::read_json;
use super::wire::{Account, Found, Notification, Status};
use super::{KIND, Mastodon};
use crate::channels::pause::breather;
use crate::channels::{Cursor, Fetched, Parent, ParentState, ReadFailure, text};
use crate::intake::envelope::{Author, Envelope, EnvelopeKind, Media, Visibility};

/// Most pages of one round; `more` says that there are others.
const MAX_PAGES: usize = 5;
/// Most pages gone back when nothing was read before, or when a server skips.
const MAX_PAGES_BACK: usize = 25;
/// Posts asked for in one request where the server can: one page of its own lists.
pub(super) const MANY: usize = 20;
/// First Mastodon that hands out many posts by their ids.
const READS_MANY: (u32, u32) = (4, 3);
/// Most pictures taken from one post.
const MAX_MEDIA: usize = 8;

/// The cursor's inside.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Place {
    /// Newest notification read.
    #[serde(default)]
    mention: Option<String>,
    /// When that one was made: older ones are never wanted again.
    #[serde(default)]
    at: Option<DateTime<Utc>>,
    /// Newest of our own posts seen; empty: there was none.
    #[serde(default)]
    own: Option<String>,
}

/// Names of profile lines that say where somebody lives, in the languages people write to us.
const LIVES_IN: &str = "location lives home city town neighborhood neighbourhood ward district where based \
    ubicacion ubicación lugar ciudad barrio vivo localização localizacao cidade bairro moro katye vil abite";
/// Longest place taken from a profile, in characters.
const LIVES_IN_CHARS: usize = 200;

/// Where a profile says its owner lives.
pub(super) fn lives_in(account: &Account) -> Option<String> {
    let says_so = |name: &str| {
        let name = text::from_html(name).to_lowercase();
        name.split(|c: char| !c.is_alphanumeric()).any(|word| LIVES_IN.split_whitespace().any(|w| w == word))
    };
    let field = account.fields.iter().find(|field| says_so(&field.name))?;
    let place: String = text::from_html(&field.value).trim().chars().take(LIVES_IN_CHARS).collect();
    (!place.is_empty()).then(|| place.replace('\0', ""))
}

/// One notification with the exact words it came in.
struct Item {
    note: Notification,
    raw: String,
}

impl Place {
    fn read(cursor: &Cursor) -> Result<Self, ReadFailure> {
        if cursor.0.is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_str(&cursor.0).map_err(|e| {
            ReadFailure::Refused(format!("the stored place of this channel cannot be read: {e}"))
        })
    }

    fn write(&self) -> Cursor {
        Cursor(serde_json::json!({"mention": self.mention, "at": self.at, "own": self.own}).to_string())
    }
}

impl Mastodon {
    pub(super) fn newest(&self) -> Result<Cursor, ReadFailure> {
        let mut ignored = Fetched::default();
        let page = self.page(&[("limit", "1")], &mut ignored)?;
        let newest = page.first();
        let place = Place {
            mention: newest.map(|item| item.note.id.clone()),
            at: newest.and_then(|item| item.note.created_at),
            own: Some(self.newest_own()?),
        };
        Ok(place.write())
    }

    pub(super) fn poll(&self, cursor: &Cursor) -> Result<Fetched, ReadFailure> {
        let mut place = Place::read(cursor)?;
        let mut fetched = Fetched::default();
        let mut seen = HashSet::new();
        fetched.more = true;
        for _ in 0..MAX_PAGES {
            let mut items = match place.mention.clone() {
                Some(last) => self.after(&last, place.at, &mut fetched)?,
                None => self.everything(&mut fetched)?,
            };
            items.retain(|item| seen.insert(item.note.id.clone()));
            let Some(newest) = items.last() else {
                fetched.more = false;
                break;
            };
            place.mention = Some(newest.note.id.clone());
            place.at = newest.note.created_at.or(place.at);
            fetched.posts.extend(items.iter().filter_map(|item| self.envelope(item)));
        }
        if let Err(e) = self.own_since(&mut place, &mut fetched) {
            // Mentions are what must not be lost; a foreign post is found in the next round.
            fetched.skipped.push(format!("our own posts could not be read: {e}"));
        }
        fetched.next = place.write();
        Ok(fetched)
    }

    /// The items behind `last`, oldest first. Servers differ: some hand out the oldest page first, some the
    /// newest and skip what lies between, some ignore the place altogether.
    fn after(
        &self,
        last: &str,
        at: Option<DateTime<Utc>>,
        fetched: &mut Fetched,
    ) -> Result<Vec<Item>, ReadFailure> {
        let limit = self.page_size.to_string();
        let mut items = self.page(&[("limit", &limit), ("min_id", last)], fetched)?;
        cut_at(&mut items, last);
        for _ in 0..MAX_PAGES_BACK {
            let Some(oldest) = items.first().map(|item| item.note.id.clone()) else { break };
            let query = [("limit", limit.as_str()), ("max_id", oldest.as_str()), ("since_id", last)];
            let mut gap = self.page(&query, fetched)?;
            cut_at(&mut gap, last);
            gap.retain(|item| item.note.created_at >= at && !items.iter().any(|i| i.note.id == item.note.id));
            if gap.is_empty() {
                break;
            }
            gap.append(&mut items);
            items = gap;
        }
        Ok(items)
    }

    /// Everything still listed, oldest first.
    fn everything(&self, fetched: &mut Fetched) -> Result<Vec<Item>, ReadFailure> {
        let limit = self.page_size.to_string();
        let mut items = self.page(&[("limit", &limit)], fetched)?;
        for _ in 0..MAX_PAGES_BACK {
            let Some(oldest) = items.first().map(|item| item.note.id.clone()) else { break };
            let mut older = self.page(&[("limit", limit.as_str()), ("max_id", oldest.as_str())], fetched)?;
            older.retain(|item| !items.iter().any(|i| i.note.id == item.note.id));
            if older.is_empty() {
                break;
            }
            older.append(&mut items);
            items = older;
        }
        Ok(items)
    }

    /// One page of mentions, turned oldest first.
    fn page(&self, query: &[(&str, &str)], fetched: &mut Fetched) -> Result<Vec<Item>, ReadFailure> {
        let types = ["mention", "update", "reblog"].map(|kind| ("types[]", kind));
        let mut all = types.to_vec();
        all.push(("include_filtered", "true"));
        all.extend_from_slice(query);
        let response = self.api().get("api/v1/notifications", &all)?;
        fetched.pause = breather(&response).or(fetched.pause);
        let raw: Vec<Box<RawValue>> = read_json(&response)?;
        let mut items = Vec::with_capacity(raw.len());
        for raw in raw {
            match serde_json::from_str::<Notification>(raw.get()) {
                Ok(note) if !note.id.is_empty() => items.push(Item { note, raw: raw.get().to_owned() }),
                Ok(_) => fetched.skipped.push("a notification without id".into()),
                Err(e) => fetched.skipped.push(format!("a notification that cannot be read: {e}")),
            }
        }
        // Newest first is the custom of all known servers; a page told the other way round shows by its times.
        let rises = matches!((items.first(), items.last()),
            (Some(a), Some(b)) if a.note.created_at < b.note.created_at);
        if !rises {
            items.reverse();
        }
        Ok(items)
    }

    /// A mention, or the edit of one; anything else is none of ours.
    fn envelope(&self, item: &Item) -> Option<Envelope> {
        let status = item.note.status.as_ref()?;
        let kind = match item.note.kind.as_str() {
            "reblog" => return self.boost(item, status),
            "mention" => EnvelopeKind::Post,
            "update" if status.mentions.iter().any(|m| self.names_us(&m.id, &m.url)) => EnvelopeKind::Edit,
            _ => return None,
        };
        if self.is_us(&status.account) || status.id.is_empty() {
            return None;
        }
        let uri = [&status.uri, &status.url].into_iter().find(|u| !u.is_empty())?.clone();
        let words = text::from_html(&status.content);
        let written = status.created_at.or(item.note.created_at).unwrap_or(DateTime::UNIX_EPOCH);
        Some(Envelope {
            kind,
            channel: KIND.into(),
            id: status.id.clone(),
            uri,
            author: self.author(&status.account),
            text: text::without_leading(&words, &self.names()),
            created_at: written,
            in_reply_to: filled(&status.in_reply_to_id),
            lang: filled(&status.language),
            lat: None,
            lon: None,
            media: status.media_attachments.iter().filter_map(media).take(MAX_MEDIA).collect(),
            visibility: Visibility::from_word(&status.visibility),
            stated: None,
            local_id: Some(status.id.clone()),
            version: None,
            edited_at: status.edited_at,
            root_uri: None,
            url: page_of(status),
            spoiler_text: filled(&status.spoiler_text).map(|s| text::from_html(&s)),
            mentions: self.others(status),
            from_us: false,
            raw: item.raw.clone(),
        })
    }

    /// Somebody passed on a post of ours.
    fn boost(&self, item: &Item, status: &Status) -> Option<Envelope> {
        let uri = [&status.uri, &status.url].into_iter().find(|u| !u.is_empty())?.clone();
        if self.is_us(&item.note.account) || item.note.account.id.is_empty() {
            return None;
        }
        Some(Envelope {
            kind: EnvelopeKind::Boost,
            channel: KIND.into(),
            id: format!("notification:{}", item.note.id),
            uri,
            author: self.author(&item.note.account),
            text: String::new(),
            created_at: item.note.created_at.unwrap_or(DateTime::UNIX_EPOCH),
            in_reply_to: None,
            lang: None,
            lat: None,
            lon: None,
            media: Vec::new(),
            visibility: Visibility::from_word(&status.visibility),
            stated: None,
            local_id: None,
            version: None,
            edited_at: None,
            root_uri: None,
            url: None,
            spoiler_text: None,
            mentions: Vec::new(),
            from_us: false,
            raw: item.raw.clone(),
        })
    }

    fn author(&self, account: &Account) -> Author {
        let by_id = || format!("{}#{}", self.setup.base_url, account.id);
        let id =
            [&account.uri, &account.url].into_iter().find(|u| !u.is_empty()).cloned().unwrap_or_else(by_id);
        Author {
            id,
            handle: filled(&account.acct).or_else(|| filled(&account.username)),
            name: filled(&account.display_name).map(|n| n.replace('\0', "")),
            bot: account.bot,
            place: lives_in(account),
        }
    }

    fn others(&self, status: &Status) -> Vec<String> {
        let others =
            status.mentions.iter().filter(|m| !self.names_us(&m.id, &m.url) && m.url != status.account.url);
        others.map(|m| m.acct.clone()).filter(|a| !a.is_empty()).take(50).collect()
    }

    fn names_us(&self, id: &str, url: &str) -> bool {
        self.is_us(&Account { id: id.into(), url: url.into(), ..Account::default() })
    }

    fn own_since(&self, place: &mut Place, fetched: &mut Fetched) -> Result<(), ReadFailure> {
        let Some(last) = place.own.clone() else {
            // What stood there before the first round is nobody's alarm.
            place.own = Some(self.newest_own()?);
            return Ok(());
        };
        fetched.own = self.own_after(&last)?;
        if let Some(newest) = fetched.own.last() {
            place.own = Some(newest.id.clone());
        }
        Ok(())
    }

    /// One post; `None` when it is gone or hidden from us.
    pub(super) fn status(&self, id: &str) -> Result<Option<Status>, ReadFailure> {
        match self.api().get_as::<Status>(&format!("api/v1/statuses/{}", segment(id)), &[]) {
            Ok(status) if !status.id.is_empty() => Ok(Some(status)),
            Ok(_) => Err(ReadFailure::Later { why: "a post without id".into(), retry_after: None }),
            Err(ReadFailure::Gone(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    pub(super) fn look_at(&self, parent: &Parent) -> Result<ParentState, ReadFailure> {
        let status = match self.status(&parent.local_id)? {
            Some(status) => status,
            // snac gives an edited post another id; its URI stays.
            None => match self.by_uri(&parent.uri) {
                Some(status) => status,
                None => return Ok(ParentState::Gone),
            },
        };
        Ok(self.there(status))
    }

    fn there(&self, status: Status) -> ParentState {
        ParentState::There {
            visibility: Visibility::from_word(&status.visibility),
            edited_at: status.edited_at,
            spoiler_text: filled(&status.spoiler_text).map(|s| text::from_html(&s)),
            text: text::without_leading(&text::from_html(&status.content), &self.names()),
            local_id: status.id,
        }
    }

    /// Whether this server hands out many posts by their ids; its kin put their own name behind the version they
    /// resemble ("4.2.1 (compatible; …)").
    pub(super) fn reads_many(&self) -> bool {
        let version = self.setup.server_version.as_str();
        let mut parts = version.split('.').map(|p| p.parse::<u32>());
        let newest =
            matches!((parts.next(), parts.next()), (Some(Ok(a)), Some(Ok(b))) if (a, b) >= READS_MANY);
        newest && !version.contains("compatible")
    }

    pub(super) fn look_at_all(&self, parents: &[Parent]) -> Result<Vec<ParentState>, ReadFailure> {
        let mut found = HashMap::new();
        if self.reads_many() {
            for some in parents.chunks(MANY) {
                let ids: Vec<(&str, &str)> = some.iter().map(|p| ("id[]", p.local_id.as_str())).collect();
                match self.api().get_as::<Vec<Status>>("api/v1/statuses", &ids) {
                    Ok(page) => found.extend(page.into_iter().map(|status| (status.id.clone(), status))),
                    // It says it is new enough and is not: each is asked for by itself.
                    Err(ReadFailure::Gone(_) | ReadFailure::Refused(_)) => {}
                    Err(other) => return Err(other),
                }
            }
        }
        let look = |parent: &Parent| match found.remove(&parent.local_id) {
            Some(status) => Ok(self.there(status)),
            // Left out of the list: asked for by itself before anything is believed.
            None => self.look_at(parent),
        };
        parents.iter().map(look).collect()
    }

    /// Any trouble here counts as gone: no reply goes out to a post that cannot be found.
    fn by_uri(&self, uri: &str) -> Option<Status> {
        if !uri.starts_with("http") {
            return None;
        }
        let query = [("q", uri), ("type", "statuses"), ("resolve", "true"), ("limit", "5")];
        let found: Found = self.api().get_as("api/v2/search", &query).ok()?;
        found.statuses.into_iter().find(|status| status.uri == uri && !status.id.is_empty())
    }
}

/// A server that ignores the place hands out what was read before: that item and all before it go.
fn cut_at(items: &mut Vec<Item>, last: &str) {
    if let Some(at) = items.iter().position(|item| item.note.id == last) {
        items.drain(..=at);
    }
}

fn media(attachment: &super::wire::Attachment) -> Option<Media> {
    let url = [&attachment.url, &attachment.remote_url].into_iter().find(|u| u.starts_with("http"))?;
    Some(Media { url: url.clone(), alt: filled(&attachment.description).map(|a| a.replace('\0', "")) })
}

/// The page of a post goes into links of our own pages: http or nothing.
pub(super) fn page_of(status: &Status) -> Option<String> {
    filled(&status.url).filter(|u| u.starts_with("https://") || u.starts_with("http://"))
}

pub(super) fn filled(word: &str) -> Option<String> {
    (!word.is_empty()).then(|| word.to_owned())
}

/// An opaque id as one piece of a path.
pub(super) fn segment(id: &str) -> String {
    let keeps = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'~');
    id.bytes().map(|b| if keeps(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
