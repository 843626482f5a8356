//! The session: opened with the app password, kept in the database, renewed by one at a time.
//!
//! Opening is limited to 300 a day, so a session outlives the process that opened it. Several processes share it:
//! who finds it expired takes the turn to renew it, the others come back a moment later.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::{Setup, api, store};
use crate::channels::ReadFailure;
use crate::channels::lax::{lax, word};
use crate::clock::Clock;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::net::http::{Client, Method, Request};

/// Longest time one process may take to renew a session: two requests.
const TURN_S: i64 = 35;
/// When the others come back while one renews it.
const COME_BACK_S: u64 = 2;

/// The two tokens of a session. Neither is ever printed.
#[derive(Clone, Debug)]
pub struct Session {
    pub(super) access: SecretString,
    pub(super) refresh: SecretString,
    /// Grows with each renewal; tells an old session from a new one.
    pub(super) version: i64,
}

impl Session {
    pub(super) fn access_text(&self) -> &str {
        self.access.expose_secret()
    }

    pub(super) fn refresh_text(&self) -> &str {
        self.refresh.expose_secret()
    }
}

/// Where an account's session lies and what it has read: the database, and whose part of it.
#[derive(Clone)]
pub struct Shelf {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// The account's row.
    pub account_id: i64,
}

/// What opening told.
pub(super) struct Opened {
    pub did: String,
    pub handle: String,
    pub session: Session,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Granted {
    #[serde(deserialize_with = "word")]
    did: String,
    #[serde(deserialize_with = "word")]
    handle: String,
    #[serde(deserialize_with = "word")]
    access_jwt: String,
    #[serde(deserialize_with = "word")]
    refresh_jwt: String,
    #[serde(deserialize_with = "lax")]
    active: Option<bool>,
    #[serde(deserialize_with = "word")]
    status: String,
}

/// The session of one account, shared by its threads.
pub(super) struct Sessions {
    password: SecretString,
    shelf: Option<Shelf>,
    /// Held while it is renewed: the account's other threads wait for the result.
    known: Mutex<Option<Session>>,
}

impl Sessions {
    pub(super) fn new(password: SecretString, shelf: Option<Shelf>, known: Option<Session>) -> Self {
        Self { password, shelf, known: Mutex::new(known) }
    }

    /// The session as it is known; opened when there is none.
    pub(super) fn current(
        &self,
        client: &Client,
        setup: &Setup,
    ) -> std::result::Result<Session, ReadFailure> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = &*known {
            return Ok(session.clone());
        }
        let kept = self.kept()?.filter(|s| !s.access_text().is_empty());
        let session = match kept {
            Some(session) => session,
            None => self.renew(client, setup, None)?,
        };
        *known = Some(session.clone());
        Ok(session)
    }

    /// The session after `stale`, which the server does not take any more.
    pub(super) fn after(
        &self,
        client: &Client,
        setup: &Setup,
        stale: &Session,
    ) -> std::result::Result<Session, ReadFailure> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // Another thread, or another process, was faster.
        if let Some(session) = known.as_ref().filter(|s| s.version > stale.version) {
            return Ok(session.clone());
        }
        let session = match self.kept()?.filter(|s| s.version > stale.version) {
            Some(session) => session,
            None => self.renew(client, setup, Some(stale))?,
        };
        *known = Some(session.clone());
        Ok(session)
    }

    fn kept(&self) -> std::result::Result<Option<Session>, ReadFailure> {
        let Some(shelf) = &self.shelf else { return Ok(None) };
        shelf.db.read().and_then(|mut conn| store::session(&mut conn, shelf.account_id)).map_err(later)
    }

    fn renew(
        &self,
        client: &Client,
        setup: &Setup,
        stale: Option<&Session>,
    ) -> std::result::Result<Session, ReadFailure> {
        let version = stale.map_or(0, |s| s.version);
        let Some(shelf) = &self.shelf else { return self.ask(client, setup, stale) };
        let now = shelf.clock.now();
        let until = now + TimeDelta::seconds(TURN_S);
        let mine = shelf
            .db
            .write(|conn| store::take_turn(conn, shelf.account_id, version, now.into(), until.into()))
            .map_err(later)?;
        if !mine {
            let retry_after = Some(Duration::from_secs(COME_BACK_S));
            return Err(ReadFailure::Later { why: "the session is being renewed".into(), retry_after });
        }
        let asked = self.ask(client, setup, stale);
        let kept = shelf.db.write(|conn| match &asked {
            Ok(session) => store::renewed(conn, shelf.account_id, version, session, shelf.clock.now().into()),
            Err(_) => store::give_back(conn, shelf.account_id, version),
        });
        kept.map_err(later)?;
        asked
    }

    /// Renews with the refresh token; where that is not taken any more, opens anew with the password.
    fn ask(
        &self,
        client: &Client,
        setup: &Setup,
        stale: Option<&Session>,
    ) -> std::result::Result<Session, ReadFailure> {
        let version = stale.map_or(0, |s| s.version) + 1;
        if let Some(stale) = stale.filter(|s| !s.refresh_text().is_empty()) {
            match refresh(client, setup, stale) {
                Ok(session) => return Ok(Session { version, ..session }),
                Err(ReadFailure::Unauthorised(_) | ReadFailure::Refused(_)) => {}
                Err(other) => return Err(other),
            }
        }
        let opened = create(client, &setup.base_url, &setup.did, &self.password)?;
        if opened.did != setup.did {
            return Err(ReadFailure::Unauthorised(format!("the password belongs to @{}", opened.handle)));
        }
        Ok(Session { version, ..opened.session })
    }
}

/// Opens a session.
pub(super) fn create(
    client: &Client,
    base_url: &Url,
    who: &str,
    password: &SecretString,
) -> std::result::Result<Opened, ReadFailure> {
    let body = json!({"identifier": who, "password": password.expose_secret()});
    let request = Request::new(Method::Post, api::url(base_url, "com.atproto.server.createSession", &[]))
        .body("application/json", body.to_string().into_bytes());
    granted(client, request)
}

fn refresh(client: &Client, setup: &Setup, stale: &Session) -> std::result::Result<Session, ReadFailure> {
    let url = api::url(&setup.base_url, "com.atproto.server.refreshSession", &[]);
    granted(client, Request::new(Method::Post, url).bearer(&stale.refresh)).map(|opened| opened.session)
}

fn granted(client: &Client, request: Request) -> std::result::Result<Opened, ReadFailure> {
    let response = client.send(request).map_err(api::not_read)?;
    if !api::is_good(&response) {
        return Err(api::no_for_reading(&response));
    }
    let granted: Granted = api::read_json(&response)?;
    if granted.active == Some(false) {
        let status = if granted.status.is_empty() { "not active" } else { granted.status.as_str() };
        return Err(ReadFailure::Unauthorised(format!("the account is {status}")));
    }
    if granted.did.is_empty() || granted.access_jwt.is_empty() || granted.refresh_jwt.is_empty() {
        return Err(ReadFailure::Refused(format!(
            "{} gave no session; is it a Bluesky server (PDS)?",
            response.url.host_str().unwrap_or_default()
        )));
    }
    let session =
        Session { access: granted.access_jwt.into(), refresh: granted.refresh_jwt.into(), version: 0 };
    Ok(Opened { did: granted.did, handle: granted.handle, session })
}

fn later(error: Error) -> ReadFailure {
    ReadFailure::Later { why: error.to_string(), retry_after: None }
}

impl Shelf {
    /// What is known of these posts: the id each was kept with, empty for those from before the account was
    /// connected.
    ///
    /// # Errors
    /// `Database` only.
    pub(super) fn known(&self, uris: &[String]) -> Result<Vec<(String, String)>> {
        let mut conn = self.db.read()?;
        let mut known = crate::intake::local_ids(&mut conn, uris)?;
        let before = store::stood_before(&mut conn, self.account_id, uris)?;
        known.extend(before.into_iter().map(|uri| (uri, String::new())));
        Ok(known)
    }
}

/// What a session's own token says it may do: `com.atproto.access`, `com.atproto.appPass`, ….
pub(super) fn scope(session: &Session) -> Option<String> {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let payload = session.access_text().split('.').nth(1)?;
    let claims: serde_json::Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?).ok()?;
    Some(claims.get("scope")?.as_str()?.to_owned())
}
