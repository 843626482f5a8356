//! What all pages of one server share: the program, the templates, the guard, and what is kept in memory.

use std::sync::Arc;

use actix_web::web::Data;
use chrono::{DateTime, Utc};

use super::cache::{Kept, PageCache};
use super::guard::{Guard, GuardOptions};
use super::pages::Pages;
use super::shell;
use super::view::Link;
use super::view::resident::Message;
use crate::accounts::{self, Passwords, ServerKey};
use crate::app::App;
use crate::error::Result;
use crate::media::CleanPhoto;
use crate::world::World;

/// Somebody invented a newcomer may sign in as.
#[derive(Clone, Debug)]
pub struct DemoPerson {
    /// "Dana Ruiz, dispatcher".
    pub who: String,
    /// Sign-in name.
    pub login: String,
    /// Password, made anew for every demo.
    pub password: String,
}

/// What only the demo shows.
#[derive(Clone, Debug, Default)]
pub struct Demo {
    /// Where else a newcomer can look: label and address.
    pub links: Vec<(String, String)>,
    /// Who they can sign in as.
    pub people: Vec<DemoPerson>,
}

/// One server's shared things; every worker has the same.
pub struct Site {
    /// Database, city, clock.
    pub app: App,
    /// Templates.
    pub pages: Arc<Pages>,
    /// Limits, origins and form tokens.
    pub guard: Data<Guard>,
    /// Checks passwords.
    pub passwords: Passwords,
    /// Set in the demo only.
    pub demo: Option<Demo>,
    pub(super) cache: PageCache,
    pub(super) kept: Kept,
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Site").field("demo", &self.demo.is_some()).finish_non_exhaustive()
    }
}

impl Site {
    /// Everything ready to answer.
    ///
    /// # Errors
    /// `Unavailable` when a template is broken or the database does not give the server's key.
    pub fn new(app: App, demo: Option<Demo>) -> Result<Self> {
        let now = app.clock.now();
        let fresh = ServerKey::generate()?.to_text();
        let key = ServerKey::from_text(&app.db.write(|conn| accounts::server_key(conn, &fresh, now))?)?;
        let world = app.world.now();
        let settings = &world.settings;
        let pages = Arc::new(Pages::load()?);
        let options = GuardOptions {
            base_url: settings.server.base_url.clone(),
            trusted_proxies: settings.server.trusted_proxies.clone(),
            reports_per_hour: settings.policy.form.per_hour,
            key,
            clock: app.clock.clone(),
        };
        let guard = Guard::new(options).with_page(refusals(&app, &pages, demo.as_ref()));
        let cache = PageCache::new(settings.server.page_cache_seconds);
        Ok(Self {
            pages,
            guard: Data::new(guard),
            passwords: Passwords::new()?,
            demo,
            cache,
            kept: Kept::default(),
            app,
        })
    }

    /// The city as it is now: once a request.
    #[must_use]
    pub fn world(&self) -> Arc<World> {
        self.app.world.now()
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    /// Makes an upload safe to keep: when it is its turn, for cleaning takes much memory.
    ///
    /// # Errors
    /// `Invalid` with a sentence for the uploader: too large, not a photo, damaged, or too many at once.
    pub fn clean_photo(&self, bytes: &[u8]) -> Result<CleanPhoto> {
        self.kept.clean(bytes)
    }

    /// A public page changed: the next visitor gets it fresh. Other processes follow when their copy runs out.
    pub fn forget_ticket(&self, number: &str) {
        self.cache.forget(&format!("/t/{number}"));
        self.cache.forget("/");
    }
}

/// The city's own page for what the guard refuses; holds fixed words only.
fn refusals(
    app: &App,
    pages: &Arc<Pages>,
    demo: Option<&Demo>,
) -> impl Fn(&super::guard::Refusal) -> String + Send + Sync + 'static {
    let (app, pages, demo) = (app.clone(), Arc::clone(pages), demo.cloned());
    move |refusal| {
        let world = app.world.now();
        let wait = refusal.wait_seconds.map(|s| format!("Try again in {s} seconds."));
        let view = Message {
            shell: shell::plain(&world.settings, demo.as_ref(), refusal.title, app.clock.now()),
            status: refusal.status.as_u16(),
            heading: refusal.title.to_owned(),
            text: refusal.text.to_owned(),
            links: vec![Link { href: "/".into(), label: "Home".into() }],
            details: wait.into_iter().collect(),
            ..Message::default()
        };
        pages.render("resident/message", &view).unwrap_or_default()
    }
}
