//! Bluesky through its own API: the account's server (PDS) takes what we write and asks the network for the rest.
//!
//! The list of notifications has no "since" and is sorted by a time the writer may choose, so the newest pages are
//! read until all of a page is known and the whole list is gone through again and again, a page at a time. A reply
//! is written under a record key that was stored with it, so a second copy of it cannot be.

mod api;
mod check;
mod own;
mod read;
mod record;
mod session;
mod store;
mod wire;
mod write;

use std::sync::Arc;

use secrecy::SecretString;
use url::Url;

pub use self::session::{Session, Shelf};

use self::session::Sessions;
use super::{
    Channel, Cursor, Fetched, FetchedMedia, Finding, MayWrite, Outgoing, OwnPost, Parent, ParentState,
    ReadFailure, SendFailure, Sent,
};
use crate::db::DbConnection;
use crate::error::Result;
use crate::intake::manners::{self, Manners};
use crate::net::http::{Client, Method, Request};

/// Channel kind.
pub const KIND: &str = "bluesky";
/// The kind of record a post is.
const POST: &str = "app.bsky.feed.post";

/// What is known about the account since set-up; kept by the caller, without the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// Root of the account's server: `https://bsky.social/`.
    pub base_url: Url,
    /// Our permanent id: `did:plc:…`.
    pub did: String,
    /// Our handle: `city.bsky.social`.
    pub handle: String,
}

/// One account.
pub struct Bluesky {
    client: Arc<Client>,
    setup: Setup,
    sessions: Sessions,
    shelf: Option<Shelf>,
    manners: Manners,
}

impl Bluesky {
    /// Signs in with an app password, for `onit channel add`: who we are there, and the session to keep.
    ///
    /// # Errors
    /// [`ReadFailure`]; `Unauthorised` means that handle or password is wrong.
    pub fn sign_in(
        client: Arc<Client>,
        base_url: &Url,
        handle: &str,
        password: SecretString,
    ) -> std::result::Result<(Self, Session), ReadFailure> {
        let opened = session::create(&client, base_url, handle, &password)?;
        let setup = Setup { base_url: base_url.clone(), did: opened.did, handle: opened.handle };
        let session = opened.session;
        let sessions = Sessions::new(password, None, Some(session.clone()));
        Ok((Self { client, setup, sessions, shelf: None, manners: Manners::bluesky() }, session))
    }

    /// From what is stored; asks nothing.
    #[must_use]
    pub fn new(client: Arc<Client>, setup: Setup, password: SecretString, shelf: Shelf) -> Self {
        let sessions = Sessions::new(password, Some(shelf.clone()), None);
        Self { client, setup, sessions, shelf: Some(shelf), manners: Manners::bluesky() }
    }

    /// What is known about the account.
    #[must_use]
    pub const fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Our names as they stand in front of a text.
    fn names(&self) -> [&str; 2] {
        let handle = self.setup.handle.as_str();
        [handle, handle.split('.').next().unwrap_or(handle)]
    }
}

/// Keeps what `onit channel add` found in the write that adds the account: its session, and the mentions that stood
/// there before and are not to be brought in.
///
/// # Errors
/// `Database` only.
pub fn keep_beginning(
    conn: &mut DbConnection,
    account_id: i64,
    session: &Session,
    seen: &[String],
    now: chrono::DateTime<chrono::Utc>,
) -> Result<()> {
    store::put_session(conn, account_id, session, now.into())?;
    store::remember(conn, account_id, seen)
}

/// Something that a network lists was seen, and is no post of ours: it is not handed out again.
///
/// # Errors
/// `Database` only.
pub fn seen(conn: &mut DbConnection, account_id: i64, name: &str) -> Result<()> {
    store::remember(conn, account_id, &[name.to_owned()])
}

impl Channel for Bluesky {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn manners(&self) -> &Manners {
        &self.manners
    }

    fn now(&self) -> std::result::Result<Cursor, ReadFailure> {
        self.newest()
    }

    fn fetch(&self, cursor: &Cursor) -> std::result::Result<Fetched, ReadFailure> {
        self.poll(cursor)
    }

    fn look(&self, parent: &Parent) -> std::result::Result<ParentState, ReadFailure> {
        self.look_before_answering(parent)
    }

    fn look_all(&self, parents: &[Parent]) -> std::result::Result<Vec<ParentState>, ReadFailure> {
        self.look_at_all(parents)
    }

    fn looks_at_once(&self) -> usize {
        read::MANY
    }

    fn send(&self, out: &Outgoing, may_write: &MayWrite) -> std::result::Result<Sent, SendFailure> {
        self.post(out, may_write)
    }

    fn find(&self, out: &Outgoing) -> std::result::Result<Option<Sent>, ReadFailure> {
        self.find_own(out)
    }

    fn read_back(&self, id: &str) -> std::result::Result<Option<OwnPost>, ReadFailure> {
        self.own(id)
    }

    fn delete(&self, id: &str, may_write: &MayWrite) -> std::result::Result<(), SendFailure> {
        self.take_back(id, may_write)
    }

    fn check(&self) -> std::result::Result<Vec<Finding>, ReadFailure> {
        self.findings()
    }

    fn plain(&self, words: &str) -> String {
        manners::plain(words)
    }

    fn fetch_media(&self, url: &str, max_bytes: u64) -> std::result::Result<FetchedMedia, ReadFailure> {
        let url = Url::parse(url).map_err(|e| ReadFailure::Refused(format!("picture address: {e}")))?;
        // Without the session: pictures lie on other hosts.
        let mut request = Request::new(Method::Get, url);
        request.max_bytes = max_bytes;
        api::picture(self.client.send(request))
    }
}

#[cfg(test)]
mod tests;
