//! The running program: database, world, channels, clock. Built once from settings, unchanged by `main` and tests.

mod bluesky;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

pub use bluesky::NewBluesky;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::channels::accounts::{self, AccountRow, NewAccount};
use crate::channels::mastodon::{Mastodon, Setup};
use crate::channels::{Channel, Cursor, Finding, ReadFailure};
use crate::clock::Clock;
use crate::db::{Db, Location, migrate};
use crate::error::{Error, Result};
use crate::net::http::{Client, Options};
use crate::net::smtp::Mailer;
use crate::places::Gazetteer;
use crate::places::stored as gazetteers;
use crate::settings::Settings;
use crate::triage::models;
use crate::world::{World, WorldHolder};

/// Everything a request, a job or a command needs.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub db: Db,
    /// The loaded city.
    pub world: WorldHolder,
    /// The time.
    pub clock: Clock,
    /// The guarded way out.
    pub client: Arc<Client>,
    /// How mail leaves.
    pub mailer: Arc<Mailer>,
    channels: Arc<Mutex<HashMap<i64, Arc<dyn Channel>>>>,
}

impl App {
    /// Opens the database, brings it up to date and loads the city from it.
    ///
    /// # Errors
    /// `Unavailable` when the database cannot be reached, `Invalid` when the stored gazetteer cannot be read.
    pub fn build(settings: Settings, location: &Location, clock: Clock) -> Result<Self> {
        let listed = std::env::var("ONIT_ALLOW_PRIVATE").unwrap_or_default();
        let hosts = listed.split(',').map(str::trim).filter(|h| !h.is_empty()).map(str::to_owned);
        Self::build_with(settings, location, clock, hosts.collect())
    }

    /// As [`App::build`]; `allow_private` lists hosts (`host:port`) that may lie in private networks: a fediverse
    /// server beside this one, the demo's town square, tests. Everything else private is refused by the guard.
    ///
    /// # Errors
    /// As [`App::build`].
    pub fn build_with(
        settings: Settings,
        location: &Location,
        clock: Clock,
        allow_private: Vec<String>,
    ) -> Result<Self> {
        crate::net::install_crypto();
        let connections = u32::try_from(settings.server.workers).unwrap_or(2) + 8;
        let db = Db::open(location, connections)?;
        migrate::run(&mut *db.read()?)?;
        let (places, version) = match gazetteers::active(&mut *db.read()?)? {
            Some((version, bytes)) => (Gazetteer::from_bytes(&bytes)?, version),
            None => (Gazetteer::empty(), 0),
        };
        let mut options = Options::new(settings.server.base_url.as_str());
        options.allow_private = allow_private;
        let client = Client::new(&options)?;
        let mailer = mailer(&settings)?;
        let world = with_reader_in_use(World::new(settings, places, version)?, &db)?;
        Ok(Self {
            db,
            world: WorldHolder::new(world),
            clock,
            client: Arc::new(client),
            mailer: Arc::new(mailer),
            channels: Arc::default(),
        })
    }

    /// The channel of an account; made once, kept until the account is connected again.
    ///
    /// # Errors
    /// [`ReadFailure`] when its server cannot be asked for its limits, or its token is not there.
    pub fn channel(&self, row: &AccountRow) -> std::result::Result<Arc<dyn Channel>, ReadFailure> {
        let known = self.channels.lock().unwrap_or_else(PoisonError::into_inner).get(&row.id).cloned();
        if let Some(channel) = known {
            return Ok(channel);
        }
        let made = self.connect(row)?;
        self.use_channel(row.id, Arc::clone(&made));
        Ok(made)
    }

    /// Puts a channel in place of the one an account would open by itself.
    pub fn use_channel(&self, account_id: i64, channel: Arc<dyn Channel>) {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner).insert(account_id, channel);
    }

    /// Forgets an account's channel, so that the next use reads token and limits again.
    pub fn forget_channel(&self, account_id: i64) {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner).remove(&account_id);
    }

    fn connect(&self, row: &AccountRow) -> std::result::Result<Arc<dyn Channel>, ReadFailure> {
        let refused = |e: Error| ReadFailure::Refused(e.to_string());
        match row.kind.as_str() {
            "mastodon" => {
                let token = secret(&row.secret).map_err(|e| ReadFailure::Unauthorised(e.to_string()))?;
                let base = Url::parse(&row.base_url)
                    .map_err(|e| ReadFailure::Refused(format!("address of {}: {e}", row.name)))?;
                let setup = Setup::read(&self.client, &base, &token)?;
                Ok(Arc::new(Mastodon::new(Arc::clone(&self.client), setup, token)))
            }
            "bluesky" => self.open_bluesky(row),
            other => {
                Err(refused(Error::Invalid(format!("{}: this version has no channel {other:?}", row.name))))
            }
        }
    }
}

impl App {
    /// Connects a Mastodon-speaking account, or connects it again: asks the server who we are, keeps that, tests it.
    ///
    /// `token` says where the token is (`env:NAME`, `file:PATH`). Reading starts now, or at the first mention that
    /// still stands there with `from_the_start`.
    ///
    /// # Errors
    /// `Invalid` for an address or token that cannot be, `Forbidden` when the server refuses the token.
    pub fn connect_mastodon(
        &self,
        name: &str,
        url: &str,
        token: &str,
        trial_replies: u32,
        from_the_start: bool,
    ) -> Result<(Setup, Vec<Finding>)> {
        let base = Url::parse(url)
            .map_err(|e| Error::Invalid(format!("--url {url}: {e}; write https://social.example")))?;
        let secret = secret(token)?;
        if secret.expose_secret().chars().any(char::is_whitespace) {
            return Err(Error::Invalid("--token: there is white space inside the token".into()));
        }
        let setup = Setup::read(&self.client, &base, &secret)?;
        let channel = Mastodon::new(Arc::clone(&self.client), setup.clone(), secret);
        let position = if from_the_start { Cursor::default() } else { channel.now()? };
        let now = self.clock.now();
        self.db.write(|conn| {
            let new = NewAccount {
                name,
                kind: "mastodon",
                base_url: url,
                network_id: &setup.account_uri,
                handle: &setup.handle,
                secret: token,
                max_chars: i64::try_from(setup.max_length).unwrap_or(500),
                url_chars: i64::try_from(setup.url_length).unwrap_or(23),
                position: &position,
                trial_replies: i64::from(trial_replies),
            };
            accounts::add(conn, &new, now).map(|_| ())
        })?;
        Ok((setup, channel.check()?))
    }
}

/// Reads a secret where its reference says: `env:NAME` or `file:PATH`.
///
/// # Errors
/// `Invalid`, saying where it was looked for; never what was found.
pub fn secret(reference: &str) -> Result<SecretString> {
    let found = if let Some(name) = reference.strip_prefix("env:") {
        std::env::var(name).map_err(|_| Error::Invalid(format!("the variable {name} is not set")))?
    } else if let Some(path) = reference.strip_prefix("file:") {
        std::fs::read_to_string(path)
            .map_err(|e| Error::Invalid(format!("the file {path} cannot be read: {e}")))?
    } else {
        return Err(Error::Invalid(
            "a secret is named env:NAME or file:PATH, never written down itself".into(),
        ));
    };
    let found = found.trim().to_owned();
    if found.is_empty() {
        return Err(Error::Invalid(format!("{reference} is empty")));
    }
    Ok(SecretString::from(found))
}

/// The world with the reader that is in use in the database; one that cannot be used leaves the one that comes with
/// the program, for a city must go on taking posts.
fn with_reader_in_use(world: World, db: &Db) -> Result<World> {
    let conn = &mut *db.read()?;
    let version = models::in_use(conn)?;
    match models::load(conn, version, &world.settings.catalogue.codes()) {
        Ok(model) => Ok(world.with_model(model, version)),
        Err(why @ Error::Database(_)) => Err(why),
        Err(why) => {
            tracing::error!(version, "the city's reader cannot be used, the one of the program is: {why}");
            Ok(world.with_model_version_only(version))
        }
    }
}

fn mailer(settings: &Settings) -> Result<Mailer> {
    let mail = &settings.mail;
    match (&mail.smtp_url, &mail.drop_dir, &mail.from) {
        (Some(url), _, Some(from)) => Mailer::smtp(url, from),
        (None, Some(dir), from) => Mailer::drop_dir(dir, from.as_deref().unwrap_or("OnIt <onit@localhost>")),
        _ => Ok(Mailer::none()),
    }
}
