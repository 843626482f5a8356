//! The town square: a small server of its own that speaks the Mastodon API and shows one page.
//!
//! The demo runs the product's real Mastodon channel against it, and the story tests use the same server as
//! their fediverse. It keeps everything in memory, listens on 127.0.0.1 only and knows nothing of tickets;
//! what the page tells about a post's way through the city comes in through `JourneyView`.
//!
//! Not a Mastodon: no federation, no followers, no timelines, no streaming (404, as a server without it).

mod access;
mod api;
mod faults;
mod html;
mod inside;
mod journey;
mod memory;
mod page;
mod server;
mod steps;
#[cfg(test)]
mod tests;
mod views;
mod visit;
mod words;

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use chrono::{DateTime, Utc};

use crate::error::{Error, Result};

pub use faults::{Fault, On, RateReset, What};
pub use journey::{Journey, JourneyView, Mark, Piece, Step, StepLink, StepState};
pub use memory::{StrangerPolicy, Visibility};
pub use server::Running;
pub use words::{Counters, Posting, Setup, Status};

use super::stories;
use access::Access;
use inside::{handle_of, lock, person};
use memory::{CITY, Draft, MAX_TEXT_CHARS, Memory, Person, Post};

/// Gives the time now; the square never asks the machine itself.
pub type SquareClock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The town square. Cloning gives another handle to the same square.
#[derive(Clone)]
pub struct Square(Arc<Inner>);

struct Inner {
    setup: Setup,
    clock: SquareClock,
    memory: Mutex<Memory>,
    access: Mutex<Access>,
    tokens: Mutex<Vec<String>>,
    faults: Mutex<faults::Faults>,
    counters: Mutex<Counters>,
    base_url: RwLock<String>,
    journeys: RwLock<Option<Arc<dyn JourneyView>>>,
    pages: page::Pages,
}

impl Square {
    /// An empty square with the city and the neighbors of `stories`.
    ///
    /// # Errors
    /// `Invalid` when a page template is broken (a fault of this program).
    pub fn new(setup: Setup, clock: SquareClock) -> Result<Self> {
        let city = person(&setup.city_name, &setup.city_handle, "en", clock());
        let square = Self(Arc::new(Inner {
            memory: Mutex::new(Memory::new(Person { bot: true, ..city }, setup.max_posts)),
            access: Mutex::default(),
            tokens: Mutex::default(),
            faults: Mutex::default(),
            counters: Mutex::default(),
            base_url: RwLock::new("http://127.0.0.1".to_owned()),
            journeys: RwLock::default(),
            pages: page::Pages::new()?,
            setup,
            clock,
        }));
        square.add_token();
        for neighbor in stories::NEIGHBORS {
            square.person_or_new(neighbor.name, neighbor.handle, neighbor.language)?;
        }
        Ok(square)
    }

    /// Starts the server on 127.0.0.1; port 0 takes any free one. The square lives on after a stop, and can be
    /// started again (on the same port, if the product should find it there).
    ///
    /// # Errors
    /// `Unavailable` when the port is taken.
    pub fn start(&self, port: u16) -> Result<Running> {
        server::start(self, port)
    }

    /// Posts as somebody: a name or account name; a stranger gets an account. The text is posted as it is.
    ///
    /// # Errors
    /// `Invalid` for an empty or too long text or a broken photo; `NotFound` for an unknown `reply_to`.
    pub fn post_as(&self, name: &str, text: &str, posting: Posting) -> Result<Status> {
        let author = self.person_or_new(name, &handle_of(name), "en")?;
        let reply_to = posting.reply_to.as_deref().map(|id| self.find(id)).transpose()?.map(|post| post.id);
        if text.trim().is_empty() && posting.photos.is_empty() {
            return Err(Error::Invalid("the post is empty: say what is wrong, and where".to_owned()));
        }
        if text.chars().count() > MAX_TEXT_CHARS {
            let message = format!("the post is longer than {MAX_TEXT_CHARS} characters: shorten it");
            return Err(Error::Invalid(message));
        }
        let now = posting.at.unwrap_or_else(|| self.now());
        let mut photos = Vec::new();
        for (bytes, description) in posting.photos {
            let photo = api::photo_of(bytes.into(), author, description)?;
            photos.push(self.memory().add_photo(photo, now));
        }
        let draft = Draft {
            author,
            text: text.to_owned(),
            spoiler: posting.spoiler_text,
            sensitive: false,
            language: posting.language,
            visibility: posting.visibility,
            reply_to,
            photos,
        };
        let id = self.keep(draft, now);
        self.find(&id.to_string()).map(|post| self.status_of(&post))
    }

    /// Posts as somebody with the city mentioned in front, unless the text mentions it already.
    ///
    /// # Errors
    /// As `post_as`.
    pub fn tell_city(&self, name: &str, text: &str, posting: Posting) -> Result<Status> {
        let text = self.with_city(text);
        self.post_as(name, &text, posting)
    }

    fn with_city(&self, text: &str) -> String {
        if text.trim().is_empty() || self.memory().mentioned(text).contains(&CITY) {
            return text.to_owned();
        }
        format!("@{} {text}", self.setup().city_handle)
    }

    /// Changes the text of a post, as its author would.
    ///
    /// # Errors
    /// `NotFound` when it is gone.
    pub fn edit(&self, id_or_uri: &str, text: &str) -> Result<Status> {
        let post = self.find(id_or_uri)?;
        let change =
            Draft { text: text.to_owned(), spoiler: post.spoiler, photos: post.photos, ..Draft::default() };
        self.memory().edit_post(post.id, change, self.now());
        self.status(id_or_uri)
    }

    /// Lets fewer people see a post, as some servers allow its author.
    ///
    /// # Errors
    /// `NotFound` when it is gone.
    pub fn hide(&self, id_or_uri: &str, visibility: Visibility) -> Result<()> {
        let post = self.find(id_or_uri)?;
        if let Some(post) = self.memory().posts.get_mut(&post.id) {
            post.visibility = visibility;
        }
        Ok(())
    }

    /// Somebody passes a post on; its author is told.
    ///
    /// # Errors
    /// `NotFound` when the post is gone.
    pub fn boost(&self, name: &str, id_or_uri: &str) -> Result<()> {
        let post = self.find(id_or_uri)?;
        let person = self.person_or_new(name, &handle_of(name), "en")?;
        let now = self.now();
        self.memory().notify(post.author, person, "reblog", Some(post.id), now);
        Ok(())
    }

    /// Deletes a post, as its author would.
    ///
    /// # Errors
    /// `NotFound` when it is gone already.
    pub fn delete(&self, id_or_uri: &str) -> Result<()> {
        let post = self.find(id_or_uri)?;
        self.memory().remove_post(post.id);
        Ok(())
    }

    /// One post, by id, `uri` or `url`.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    pub fn status(&self, id_or_uri: &str) -> Result<Status> {
        self.find(id_or_uri).map(|post| self.status_of(&post))
    }

    /// The whole thread a post stands in, from the first post on; empty when the post is unknown.
    #[must_use]
    pub fn thread(&self, id_or_uri: &str) -> Vec<Status> {
        let Ok(post) = self.find(id_or_uri) else { return Vec::new() };
        let posts: Vec<Post> = {
            let memory = self.memory();
            let root = memory.root_of(post.id);
            memory.posts.get(&root).into_iter().chain(memory.below(root)).cloned().collect()
        };
        posts.iter().map(|post| self.status_of(post)).collect()
    }

    /// Direct replies to a post, oldest first.
    #[must_use]
    pub fn replies_to(&self, id_or_uri: &str) -> Vec<Status> {
        let id = self.find(id_or_uri).map(|post| post.id.to_string()).ok();
        self.all(|status| id.is_some() && status.in_reply_to == id)
    }

    /// Everything the city's account posted, oldest first.
    #[must_use]
    pub fn posts_by_city(&self) -> Vec<Status> {
        self.all(|status| status.by_city)
    }

    fn all(&self, wanted: impl Fn(&Status) -> bool) -> Vec<Status> {
        let posts: Vec<Post> = self.memory().posts.values().cloned().collect();
        posts.iter().map(|post| self.status_of(post)).filter(wanted).collect()
    }

    /// Switches a fault on, beside those already on.
    pub fn set_fault(&self, fault: Fault) {
        self.faults().add(fault);
    }

    /// Switches all faults off.
    pub fn clear_faults(&self) {
        self.faults().clear();
    }

    /// Sets what happens to notifications for the city from people it does not follow.
    pub fn set_stranger_policy(&self, policy: StrangerPolicy) {
        self.memory().people[CITY].policy = policy;
    }

    /// What the square has seen so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        lock(&self.0.counters).clone()
    }

    /// Access token of the city's account, all scopes.
    #[must_use]
    pub fn city_token(&self) -> String {
        lock(&self.0.tokens).first().cloned().unwrap_or_default()
    }

    /// Access token of a person, by name or account name.
    #[must_use]
    pub fn token_of(&self, name: &str) -> Option<String> {
        let person = self.memory().find_person(name)?;
        lock(&self.0.tokens).get(person).cloned()
    }

    /// Says who tells the journeys on the page.
    pub fn set_journeys(&self, view: Arc<dyn JourneyView>) {
        *self.0.journeys.write().unwrap_or_else(PoisonError::into_inner) = Some(view);
    }
}
