//! Reading: mentions as envelopes, and posts again.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::record::{self, Thread};
use super::wire::{self, Notification, PostView, Posts, Ref};
use super::{Bluesky, POST, api};
use crate::channels::pause::breather;
use crate::channels::{Cursor, Fetched, Parent, ParentState, ReadFailure, text};
use crate::intake::envelope::{Envelope, EnvelopeKind, Visibility};

/// Most pages of one round.
const MAX_PAGES: usize = 5;
/// Notifications asked for at once; the network's most.
const PAGE: &str = "100";
/// Most pages looked through when an account is connected: 10,000 mentions.
const MAX_PAGES_BACK: usize = 100;
/// Every so many rounds one more page of the whole list is read: each minute, where a round comes each 5 seconds.
const SWEEP_EVERY: u32 = 12;
/// Posts asked for in one request; the network's most.
pub(super) const MANY: usize = 25;
/// What is asked for. Always with `priority=false`: left out, the account's own setting can hide everything.
const REASONS: &[(&str, &str)] = &[
    ("priority", "false"),
    ("limit", PAGE),
    ("reasons", "mention"),
    ("reasons", "reply"),
    ("reasons", "quote"),
    ("reasons", "repost"),
];

/// The cursor's inside. What was read is known by the posts themselves.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Place {
    /// Keys of our newest own posts; `None`: not looked at yet.
    pub own: Option<Vec<String>>,
    /// Rounds since the last page of the sweep.
    pub rounds: u32,
    /// Where the sweep of the whole list goes on; `None`: at its beginning.
    pub sweep: Option<String>,
    /// More was new than one round reads: the sweep hurries until it meets what is known.
    pub behind: bool,
}

/// One listed notification with the exact words it came in.
struct Item {
    note: Notification,
    raw: String,
}

struct Page {
    items: Vec<Item>,
    next: Option<String>,
}

impl Place {
    pub(super) fn read(cursor: &Cursor) -> Result<Self, ReadFailure> {
        if cursor.0.is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_str(&cursor.0).map_err(|e| {
            ReadFailure::Refused(format!("the stored place of this channel cannot be read: {e}"))
        })
    }

    pub(super) fn write(&self) -> Cursor {
        Cursor(serde_json::to_string(self).unwrap_or_default())
    }
}

impl Bluesky {
    pub(super) fn newest(&self) -> Result<Cursor, ReadFailure> {
        let own = Some(self.own_keys()?);
        Ok(Place { own, ..Place::default() }.write())
    }

    /// The mentions that stand there now: they are not brought in when an account is connected.
    ///
    /// # Errors
    /// [`ReadFailure`].
    pub fn standing(&self) -> Result<Vec<String>, ReadFailure> {
        let (mut found, mut at) = (Vec::new(), None);
        for _ in 0..MAX_PAGES_BACK {
            let page = self.page(at.as_deref(), &mut Fetched::default())?;
            found.extend(page.items.into_iter().map(|item| item.note.uri));
            at = page.next;
            if at.is_none() {
                break;
            }
        }
        found.sort();
        found.dedup();
        Ok(found)
    }

    pub(super) fn poll(&self, cursor: &Cursor) -> Result<Fetched, ReadFailure> {
        let mut place = Place::read(cursor)?;
        let mut fetched = Fetched::default();
        let mut fresh = Vec::new();
        let (mut at, mut second) = (None, None);
        for n in 0..MAX_PAGES {
            let page = self.page(at.as_deref(), &mut fetched)?;
            let was_empty = page.items.is_empty();
            let new = self.unknown(page.items)?;
            let all_known = new.is_empty() && !was_empty;
            fresh.extend(new);
            at = page.next;
            if n == 0 {
                second.clone_from(&at);
            }
            if at.is_none() || all_known {
                break;
            }
            if n + 1 == MAX_PAGES {
                (place.behind, place.sweep) = (true, at.clone());
            }
        }
        self.sweep(&mut place, second, &mut fresh, &mut fetched)?;
        fetched.posts = self.envelopes(fresh)?;
        if let Err(e) = self.own_since(&mut place, &mut fetched) {
            // Mentions are what must not be lost; a foreign post is found in the next round.
            fetched.skipped.push(format!("our own posts could not be read: {e}"));
        }
        fetched.more = place.behind;
        fetched.next = place.write();
        Ok(fetched)
    }

    /// One page of the whole list, in turn: a post whose writer named an old date stands far down from the start.
    fn sweep(
        &self,
        place: &mut Place,
        second: Option<String>,
        fresh: &mut Vec<(Item, EnvelopeKind)>,
        fetched: &mut Fetched,
    ) -> Result<(), ReadFailure> {
        place.rounds += 1;
        if !place.behind && place.rounds < SWEEP_EVERY {
            return Ok(());
        }
        place.rounds = 0;
        let Some(from) = place.sweep.take().or(second) else {
            place.behind = false;
            return Ok(());
        };
        let page = self.page(Some(&from), fetched)?;
        let was_empty = page.items.is_empty();
        let new = self.unknown(page.items)?;
        place.sweep = page.next;
        place.behind &= place.sweep.is_some() && (was_empty || !new.is_empty());
        fresh.extend(new);
        Ok(())
    }

    /// One page, newest first as the network lists it.
    fn page(&self, cursor: Option<&str>, fetched: &mut Fetched) -> Result<Page, ReadFailure> {
        let mut query = REASONS.to_vec();
        query.extend(cursor.map(|c| ("cursor", c)));
        let response = self.get("app.bsky.notification.listNotifications", &query)?;
        fetched.pause = breather(&response).or(fetched.pause);
        let page: wire::Page = api::read_json(&response)?;
        let mut items = Vec::with_capacity(page.notifications.len());
        for raw in page.notifications {
            match serde_json::from_str::<Notification>(raw.get()) {
                Ok(note) if !note.uri.is_empty() && !note.cid.is_empty() => {
                    items.push(Item { note, raw: raw.get().to_owned() });
                }
                Ok(_) => fetched.skipped.push("a notification without a post".into()),
                Err(e) => fetched.skipped.push(format!("a notification that cannot be read: {e}")),
            }
        }
        // A page may be short and still have a next one; a cursor that leads nowhere new would turn for ever.
        let next = page.cursor.filter(|c| !c.is_empty() && Some(c.as_str()) != cursor);
        Ok(Page { items, next })
    }

    /// Those that are new, or another version of a post we have.
    fn unknown(&self, items: Vec<Item>) -> Result<Vec<(Item, EnvelopeKind)>, ReadFailure> {
        let uris: Vec<String> = items.iter().map(|item| item.note.uri.clone()).collect();
        let known: HashMap<String, String> = match &self.shelf {
            Some(shelf) => shelf
                .known(&uris)
                .map_err(|e| ReadFailure::Later { why: e.to_string(), retry_after: None })?
                .into_iter()
                .collect(),
            None => HashMap::new(),
        };
        let kind_of = |note: &Notification| {
            if note.author.did == self.setup.did || note.author.did.is_empty() {
                return None;
            }
            match (note.reason.as_str(), known.get(&note.uri)) {
                ("mention" | "reply" | "quote", None) if note.record.kind == POST => Some(EnvelopeKind::Post),
                ("mention" | "reply" | "quote", Some(local_id)) if note.record.kind == POST => {
                    let kept = Thread::from_local_id(local_id)?;
                    (kept.parent.cid != note.cid).then_some(EnvelopeKind::Edit)
                }
                ("repost", None) if !note.reason_subject.is_empty() => Some(EnvelopeKind::Boost),
                _ => None,
            }
        };
        Ok(items.into_iter().filter_map(|item| kind_of(&item.note).map(|kind| (item, kind))).collect())
    }

    /// Oldest first, each once, with the addresses of their pictures.
    fn envelopes(&self, mut fresh: Vec<(Item, EnvelopeKind)>) -> Result<Vec<Envelope>, ReadFailure> {
        let mut seen = HashSet::new();
        fresh.retain(|(item, _)| seen.insert(item.note.uri.clone()));
        fresh.sort_by_key(|(item, _)| item.note.indexed_at);
        let with_pictures =
            fresh.iter().map(|(item, _)| &item.note).filter(|n| record::has_pictures(&n.record));
        let uris: Vec<String> = with_pictures.map(|n| n.uri.clone()).collect();
        let shown = self.posts(&uris)?;
        let names = self.names();
        Ok(fresh
            .iter()
            .map(|(item, kind)| {
                let shown = shown.get(&item.note.uri);
                record::envelope(&item.note, &item.raw, &names, &self.setup.did, *kind, shown)
            })
            .collect())
    }

    /// Posts as the network shows them to us; those that are gone or hidden from us are left out.
    fn posts(&self, uris: &[String]) -> Result<HashMap<String, PostView>, ReadFailure> {
        let mut found = HashMap::new();
        for some in uris.chunks(MANY) {
            let query: Vec<(&str, &str)> = some.iter().map(|uri| ("uris", uri.as_str())).collect();
            let page: Posts = self.get_as("app.bsky.feed.getPosts", &query)?;
            found.extend(page.posts.into_iter().map(|post| (post.uri.clone(), post)));
        }
        Ok(found)
    }

    /// Also asks whether we may answer: the server would take the reply and nobody would see it.
    pub(super) fn look_before_answering(&self, parent: &Parent) -> Result<ParentState, ReadFailure> {
        let found = self.posts(std::slice::from_ref(&parent.uri))?;
        let Some(post) = found.get(&parent.uri) else { return Ok(ParentState::Gone) };
        if post.viewer.reply_disabled {
            return Ok(ParentState::Closed(
                "who began this thread lets nobody like us answer in it: answer another way".into(),
            ));
        }
        Ok(self.there(post))
    }

    pub(super) fn look_at_all(&self, parents: &[Parent]) -> Result<Vec<ParentState>, ReadFailure> {
        let uris: Vec<String> = parents.iter().map(|p| p.uri.clone()).collect();
        let found = self.posts(&uris)?;
        let state = |uri: &String| found.get(uri).map_or(ParentState::Gone, |post| self.there(post));
        Ok(uris.iter().map(state).collect())
    }

    fn there(&self, post: &PostView) -> ParentState {
        let version = Ref { uri: post.uri.clone(), cid: post.cid.clone() };
        ParentState::There {
            local_id: Thread::of(version, &post.record).to_local_id(),
            visibility: Visibility::Public,
            edited_at: None,
            spoiler_text: None,
            text: text::without_leading(&record::plain_text(&post.record), &self.names()),
        }
    }
}
