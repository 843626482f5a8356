//! Everything the square remembers: people, posts, notifications, photos. Nothing is written to disk.
//!
//! Plain data and rules, no HTTP. Every list has a limit; when it is reached the oldest goes first.

use std::collections::{BTreeMap, HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

use super::html::{self, Token};

/// Longest text anybody may post, in characters (the API refuses much earlier, with the instance's limit).
pub(super) const MAX_TEXT_CHARS: usize = 5_000;
/// Largest photo, in bytes.
pub(super) const MAX_PHOTO_BYTES: usize = 8 * 1024 * 1024;
/// Photos kept altogether, in bytes.
const MAX_ALL_PHOTOS_BYTES: usize = 64 * 1024 * 1024;
const MAX_PEOPLE: usize = 5_000;
const MAX_NOTICES: usize = 10_000;
const MAX_KEYS: usize = 10_000;
/// Mastodon forgets an Idempotency-Key after one hour.
const KEY_KEPT_MINUTES: i64 = 60;
/// Position of the city's own account.
pub(super) const CITY: usize = 0;

/// Who may see a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Visibility {
    /// Everybody.
    #[default]
    Public,
    /// Everybody, but in no list.
    Unlisted,
    /// Followers and people mentioned.
    Private,
    /// People mentioned.
    Direct,
}

impl Visibility {
    /// Mastodon's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Unlisted => "unlisted",
            Self::Private => "private",
            Self::Direct => "direct",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        [Self::Public, Self::Unlisted, Self::Private, Self::Direct].into_iter().find(|v| v.as_str() == word)
    }

    pub(super) fn is_open(self) -> bool {
        matches!(self, Self::Public | Self::Unlisted)
    }
}

/// What happens to notifications from people the account does not follow (everybody here).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StrangerPolicy {
    /// Shown.
    #[default]
    Accept,
    /// Hidden unless `include_filtered` is asked for.
    Filter,
    /// Never made.
    Drop,
}

impl StrangerPolicy {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Filter => "filter",
            Self::Drop => "drop",
        }
    }
}

/// An account.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) handle: String,
    pub(super) language: String,
    pub(super) bot: bool,
    pub(super) policy: StrangerPolicy,
    pub(super) since: DateTime<Utc>,
}

/// A post as kept; `Square` hands out `Status` copies.
#[derive(Debug, Clone)]
pub(super) struct Post {
    pub(super) id: u64,
    pub(super) author: usize,
    pub(super) text: String,
    pub(super) spoiler: String,
    pub(super) sensitive: bool,
    pub(super) language: String,
    pub(super) visibility: Visibility,
    pub(super) reply_to: Option<u64>,
    /// Author of the post replied to; stays when that post is gone.
    pub(super) reply_to_author: Option<usize>,
    pub(super) mentions: Vec<usize>,
    pub(super) photos: Vec<u64>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) edited_at: Option<DateTime<Utc>>,
}

/// What a new post is made of.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    pub(super) author: usize,
    pub(super) text: String,
    pub(super) spoiler: String,
    pub(super) sensitive: bool,
    pub(super) language: Option<String>,
    pub(super) visibility: Visibility,
    pub(super) reply_to: Option<u64>,
    pub(super) photos: Vec<u64>,
}

/// A notification; `kind` is a string because new kinds keep coming.
#[derive(Debug, Clone)]
pub(super) struct Notice {
    pub(super) id: u64,
    pub(super) to: usize,
    pub(super) from: usize,
    pub(super) kind: String,
    pub(super) post: Option<u64>,
    pub(super) filtered: bool,
    pub(super) at: DateTime<Utc>,
}

/// A photo in memory.
#[derive(Debug, Clone)]
pub(super) struct Photo {
    pub(super) id: u64,
    pub(super) owner: usize,
    pub(super) bytes: actix_web::web::Bytes,
    pub(super) mime: &'static str,
    pub(super) extension: &'static str,
    pub(super) width_px: u32,
    pub(super) height_px: u32,
    pub(super) description: Option<String>,
    pub(super) attached: bool,
}

impl Photo {
    /// Where the square serves it.
    pub(super) fn path(&self) -> String {
        format!("/media/{}.{}", self.id, self.extension)
    }
}

/// The memory itself.
#[derive(Debug)]
pub(super) struct Memory {
    pub(super) people: Vec<Person>,
    pub(super) posts: BTreeMap<u64, Post>,
    pub(super) notices: VecDeque<Notice>,
    pub(super) photos: BTreeMap<u64, Photo>,
    keys: HashMap<(usize, String), (u64, DateTime<Utc>)>,
    last_id: u64,
    last_notice: u64,
    max_posts: usize,
}

impl Memory {
    pub(super) fn new(city: Person, max_posts: usize) -> Self {
        Self {
            people: vec![city],
            posts: BTreeMap::new(),
            notices: VecDeque::new(),
            photos: BTreeMap::new(),
            keys: HashMap::new(),
            last_id: 0,
            last_notice: 0,
            max_posts: max_posts.max(1),
        }
    }

    /// The account with this handle or name; case does not matter.
    pub(super) fn find_person(&self, name: &str) -> Option<usize> {
        let same = |text: &str| text.eq_ignore_ascii_case(name);
        self.people.iter().position(|person| same(&person.handle) || same(&person.name))
    }

    /// Adds an account; gives nothing when the town is full.
    pub(super) fn add_person(&mut self, person: Person) -> Option<usize> {
        (self.people.len() < MAX_PEOPLE).then(|| {
            self.people.push(person);
            self.people.len() - 1
        })
    }

    /// Growing ids made like Mastodon's: milliseconds in the high bits, and never the same twice.
    fn next_id(&mut self, now: DateTime<Utc>) -> u64 {
        let from_clock = u64::try_from(now.timestamp_millis()).unwrap_or(0) << 16;
        self.last_id = from_clock.max(self.last_id + 1);
        self.last_id
    }

    /// Keeps a post, tells everybody it mentions, drops what is over the limit.
    pub(super) fn add_post(&mut self, draft: Draft, now: DateTime<Utc>) -> u64 {
        let id = self.next_id(now);
        let mentions = self.mentioned(&draft.text);
        for photo in &draft.photos {
            if let Some(photo) = self.photos.get_mut(photo) {
                photo.attached = true;
            }
        }
        let language = draft.language.unwrap_or_else(|| self.people[draft.author].language.clone());
        let post = Post {
            id,
            author: draft.author,
            text: draft.text,
            sensitive: draft.sensitive || !draft.spoiler.is_empty(),
            spoiler: draft.spoiler,
            language,
            visibility: draft.visibility,
            reply_to_author: draft.reply_to.and_then(|to| Some(self.posts.get(&to)?.author)),
            reply_to: draft.reply_to,
            mentions: mentions.clone(),
            photos: draft.photos,
            created_at: now,
            edited_at: None,
        };
        self.posts.insert(id, post);
        for person in mentions {
            self.notify(person, draft.author, "mention", Some(id), now);
        }
        while self.posts.len() > self.max_posts {
            let Some(oldest) = self.posts.keys().next().copied() else { break };
            self.remove_post(oldest);
        }
        id
    }

    /// Changes a post; people newly mentioned are told, as Mastodon does.
    pub(super) fn edit_post(&mut self, id: u64, change: Draft, now: DateTime<Utc>) {
        let mentions = self.mentioned(&change.text);
        let Some(post) = self.posts.get_mut(&id) else { return };
        let fresh: Vec<usize> = mentions.iter().copied().filter(|who| !post.mentions.contains(who)).collect();
        let author = post.author;
        post.sensitive = change.sensitive || !change.spoiler.is_empty();
        post.text = change.text;
        post.spoiler = change.spoiler;
        post.photos = change.photos;
        post.language = change.language.unwrap_or_else(|| post.language.clone());
        post.mentions = mentions;
        post.edited_at = Some(now);
        for person in fresh {
            self.notify(person, author, "mention", Some(id), now);
        }
    }

    /// Forgets a post, its notifications and photos; replies to it stay and stand alone.
    pub(super) fn remove_post(&mut self, id: u64) -> Option<Post> {
        let gone = self.posts.remove(&id)?;
        self.notices.retain(|notice| notice.post != Some(id));
        for photo in &gone.photos {
            self.photos.remove(photo);
        }
        for post in self.posts.values_mut().filter(|post| post.reply_to == Some(id)) {
            post.reply_to = None;
        }
        Some(gone)
    }

    /// Makes a notification unless it would go to its own sender or the policy drops it.
    pub(super) fn notify(
        &mut self,
        to: usize,
        from: usize,
        kind: &str,
        post: Option<u64>,
        now: DateTime<Utc>,
    ) {
        let policy = self.people[to].policy;
        if to == from || policy == StrangerPolicy::Drop {
            return;
        }
        self.last_notice += 1;
        let id = self.last_notice;
        let filtered = policy == StrangerPolicy::Filter;
        self.notices.push_back(Notice { id, to, from, kind: kind.to_owned(), post, filtered, at: now });
        if self.notices.len() > MAX_NOTICES {
            self.notices.pop_front();
        }
    }

    /// Accounts a text mentions, each once, in order.
    pub(super) fn mentioned(&self, text: &str) -> Vec<usize> {
        let mut found = Vec::new();
        for token in html::tokens(text) {
            let Token::Mention { name, host, .. } = token else { continue };
            let person = self.by_mention(name, host).filter(|person| !found.contains(person));
            found.extend(person);
        }
        found
    }

    /// The account `@name` or `@name@this-host` means; a host that is not ours means nobody here.
    pub(super) fn by_mention(&self, name: &str, host: Option<&str>) -> Option<usize> {
        let here = host.is_none_or(|host| {
            let bare = host.split(':').next().unwrap_or(host);
            bare == "127.0.0.1" || bare == "localhost"
        });
        let found = self.people.iter().position(|person| person.handle.eq_ignore_ascii_case(name));
        found.filter(|_| here)
    }

    /// True when `viewer` (nobody = signed out) may see the post.
    pub(super) fn may_see(&self, post: &Post, viewer: Option<usize>) -> bool {
        post.visibility.is_open()
            || viewer.is_some_and(|viewer| post.author == viewer || post.mentions.contains(&viewer))
    }

    /// The first post of the thread this one stands in, as far as it is still there.
    pub(super) fn root_of(&self, id: u64) -> u64 {
        let mut at = id;
        while let Some(parent) = self.posts.get(&at).and_then(|post| post.reply_to) {
            at = parent;
        }
        at
    }

    /// Everything below a post, depth first, oldest first among siblings.
    pub(super) fn below(&self, id: u64) -> Vec<&Post> {
        let mut children: HashMap<u64, Vec<&Post>> = HashMap::new();
        // Replies are always younger than what they answer, so nothing before `id` can be below it.
        for post in self.posts.range(id..).map(|(_, post)| post) {
            if let Some(parent) = post.reply_to {
                children.entry(parent).or_default().push(post);
            }
        }
        let mut found = Vec::new();
        let mut open: Vec<&Post> = children.remove(&id).unwrap_or_default().into_iter().rev().collect();
        while let Some(post) = open.pop() {
            found.push(post);
            open.extend(children.remove(&post.id).unwrap_or_default().into_iter().rev());
        }
        found
    }

    /// Everything above a post, oldest first.
    pub(super) fn above(&self, id: u64) -> Vec<&Post> {
        let mut found = Vec::new();
        let mut at = self.posts.get(&id).and_then(|post| post.reply_to);
        while let Some(post) = at.and_then(|id| self.posts.get(&id)) {
            found.push(post);
            at = post.reply_to;
        }
        found.reverse();
        found
    }

    /// Keeps a photo; the oldest go when there are too many bytes.
    pub(super) fn add_photo(&mut self, mut photo: Photo, now: DateTime<Utc>) -> u64 {
        photo.id = self.next_id(now);
        let id = photo.id;
        self.photos.insert(id, photo);
        while self.photos.values().map(|photo| photo.bytes.len()).sum::<usize>() > MAX_ALL_PHOTOS_BYTES {
            self.photos.pop_first();
        }
        id
    }

    /// The post made earlier with this key by this account, within the hour.
    pub(super) fn posted_with(&self, author: usize, key: &str, now: DateTime<Utc>) -> Option<u64> {
        let (post, at) = self.keys.get(&(author, key.to_owned()))?;
        (now - *at < TimeDelta::minutes(KEY_KEPT_MINUTES)).then_some(*post)
    }

    /// Remembers which post a key made.
    pub(super) fn remember_key(&mut self, author: usize, key: &str, post: u64, now: DateTime<Utc>) {
        if self.keys.len() >= MAX_KEYS {
            self.keys.retain(|_, (_, at)| now - *at < TimeDelta::minutes(KEY_KEPT_MINUTES));
        }
        if self.keys.len() < MAX_KEYS {
            self.keys.insert((author, key.to_owned()), (post, now));
        }
    }
}
