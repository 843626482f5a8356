//! What the files of the square use of each other: locks, look-ups and the one way a post is kept.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use super::access::Access;
use super::faults::{Faults, What};
use super::memory::{Draft, Memory, Person, Post, StrangerPolicy};
use super::page::Pages;
use super::{Counters, JourneyView, Setup, Square, Status};
use crate::error::{Error, Result};

/// Scopes of the tokens the square hands out from Rust.
const ALL_SCOPES: &str = "read write follow push profile";
/// Different calls counted; more are counted in the total only.
const MAX_COUNTED_CALLS: usize = 200;

impl Square {
    pub(super) fn setup(&self) -> &Setup {
        &self.0.setup
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        (self.0.clock)()
    }

    pub(super) fn memory(&self) -> MutexGuard<'_, Memory> {
        lock(&self.0.memory)
    }

    pub(super) fn access(&self) -> MutexGuard<'_, Access> {
        lock(&self.0.access)
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.0.faults)
    }

    pub(super) fn pages(&self) -> &Pages {
        &self.0.pages
    }

    pub(super) fn journeys(&self) -> Option<Arc<dyn JourneyView>> {
        self.0.journeys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn base_url(&self) -> String {
        self.0.base_url.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_base_url(&self, base_url: String) {
        *self.0.base_url.write().unwrap_or_else(PoisonError::into_inner) = base_url;
    }

    pub(super) fn count(&self, change: impl FnOnce(&mut Counters)) {
        change(&mut lock(&self.0.counters));
    }

    /// Counts a call on its way in.
    pub(super) fn count_call(&self, agent: Option<&str>) {
        self.count(|counters| {
            counters.all_calls += 1;
            counters.last_user_agent = agent.map(|agent| agent.chars().take(200).collect());
        });
    }

    /// Counts a call that reached a handler, by its route.
    pub(super) fn count_pattern(&self, call: String) {
        self.count(|counters| {
            if counters.calls.len() < MAX_COUNTED_CALLS || counters.calls.contains_key(&call) {
                *counters.calls.entry(call).or_default() += 1;
            }
        });
    }

    /// Counts faults that acted on one call.
    pub(super) fn count_faults(&self, acting: usize) {
        self.count(|counters| counters.faults_fired += u64::try_from(acting).unwrap_or(0));
    }

    /// Keeps a post, with an unknown notification before its mention when that fault is on.
    pub(super) fn keep(&self, draft: Draft, now: DateTime<Utc>) -> u64 {
        let mentions = self.memory().mentioned(&draft.text);
        if !mentions.is_empty() && self.faults().holds(What::UnknownNotification) {
            let mut memory = self.memory();
            for person in mentions {
                memory.notify(person, draft.author, UNKNOWN_KIND, None, now);
            }
        }
        self.memory().add_post(draft, now)
    }

    /// The post with this id, `uri` or `url`.
    pub(super) fn find(&self, id_or_uri: &str) -> Result<Post> {
        let last = id_or_uri.rsplit('/').next().unwrap_or(id_or_uri);
        let found = last.parse::<u64>().ok().and_then(|id| self.memory().posts.get(&id).cloned());
        found.ok_or_else(|| Error::NotFound(format!("no post {id_or_uri} in the square")))
    }

    /// A copy of a post in the words of the Rust interface.
    pub(super) fn status_of(&self, post: &Post) -> Status {
        let base = self.base_url();
        let memory = self.memory();
        let author = &memory.people[post.author];
        let photos = post.photos.iter().filter_map(|id| memory.photos.get(id));
        Status {
            id: post.id.to_string(),
            uri: format!("{base}/users/{}/statuses/{}", author.handle, post.id),
            url: format!("{base}/@{}/{}", author.handle, post.id),
            author: author.name.clone(),
            handle: author.handle.clone(),
            by_city: post.author == super::CITY,
            text: post.text.clone(),
            spoiler_text: post.spoiler.clone(),
            in_reply_to: post.reply_to.map(|id| id.to_string()),
            visibility: post.visibility,
            language: post.language.clone(),
            photos: photos.map(|photo| format!("{base}{}", photo.path())).collect(),
            created_at: post.created_at,
            edited_at: post.edited_at,
        }
    }

    /// The account with this name; made, with a token, when there is none.
    pub(super) fn person_or_new(&self, name: &str, handle: &str, language: &str) -> Result<usize> {
        let mut memory = self.memory();
        if let Some(known) = memory.find_person(name) {
            return Ok(known);
        }
        let mut free = handle.to_owned();
        for number in 2.. {
            if memory.find_person(&free).is_none() {
                break;
            }
            free = format!("{handle}{number}");
        }
        let new = memory.add_person(person(name, &free, language, self.now()));
        drop(memory);
        let full = || Error::Refused("the town is full: no more accounts in this square".to_owned());
        new.inspect(|_| self.add_token()).ok_or_else(full)
    }

    /// Makes the token of the newest account.
    pub(super) fn add_token(&self) {
        let mut tokens = lock(&self.0.tokens);
        let token = self.access().add_own_token(tokens.len(), ALL_SCOPES);
        tokens.push(token);
    }
}

/// A type of notification no client has heard of.
pub(super) const UNKNOWN_KIND: &str = "lamp_was_polished";

/// Locks, also after another thread panicked while holding it: everything here stays usable.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An account name made of a name: "Joy L." becomes "JoyL".
pub(super) fn handle_of(name: &str) -> String {
    let handle: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(30).collect();
    if handle.is_empty() { "neighbor".to_owned() } else { handle }
}

/// A new account.
pub(super) fn person(name: &str, handle: &str, language: &str, since: DateTime<Utc>) -> Person {
    Person {
        name: name.chars().take(60).collect(),
        handle: handle.to_owned(),
        language: language.to_owned(),
        bot: false,
        policy: StrangerPolicy::Accept,
        since,
    }
}
