//! The fediverse through the Mastodon API: Mastodon, GoToSocial, snac, Pleroma and their kin.
//!
//! Polling `notifications` with `min_id` is the truth; nothing depends on streaming. Ids are opaque, posts are
//! known by `uri`, words come as HTML and leave as plain text. `Idempotency-Key` is sent and never relied on:
//! two of the real servers ignore it, so an unknown outcome is looked up (`find`).

mod api;
mod check;
mod oauth;
mod own;
mod read;
mod wire;
mod write;

use std::sync::Arc;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

pub use self::oauth::{App, OUT_OF_BAND, Pkce, SCOPES, authorize_url, exchange_code, register_app};

use self::api::Api;
use self::wire::{Account, Instance};
use super::{
    Channel, Cursor, Fetched, FetchedMedia, Finding, MayWrite, Outgoing, OwnPost, Parent, ParentState,
    ReadFailure, SendFailure, Sent, text,
};
use crate::intake::manners::{self, Manners};
use crate::net::http::{Client, Method, Request};

/// Channel kind.
pub const KIND: &str = "mastodon";
/// Text limit of a server that names none.
const USUAL_MAX_LENGTH: usize = 500;
/// What one link counts on a server that says nothing.
const USUAL_URL_LENGTH: usize = 23;

/// What is known about the account since set-up; kept by the caller, without the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// Root of the server.
    #[serde(with = "address")]
    pub base_url: Url,
    /// Our id there.
    pub account_id: String,
    /// Our actor URI, or the address of our page where the server does not tell it.
    pub account_uri: String,
    /// Our handle with host: `city@social.example`.
    pub handle: String,
    /// Longest text the server takes.
    pub max_length: usize,
    /// What one link counts.
    pub url_length: usize,
    /// The server's own word for its version.
    pub server_version: String,
}

/// An address is stored as its text.
mod address {
    use serde::{Deserialize, Deserializer, Serializer};
    use url::Url;

    pub(super) fn serialize<S: Serializer>(url: &Url, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(url.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Url, D::Error> {
        let text = String::deserialize(from)?;
        Url::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl Setup {
    /// Asks the server who the token belongs to and what it takes: for `onit channel add` and to renew limits.
    ///
    /// # Errors
    /// [`ReadFailure`]; `Unauthorised` means the token is wrong.
    pub fn read(client: &Client, base_url: &Url, token: &SecretString) -> Result<Self, ReadFailure> {
        let api = Api { client, base: base_url, token: Some(token) };
        let us: Account = api.get_as("api/v1/accounts/verify_credentials", &[])?;
        if us.id.is_empty() {
            return Err(ReadFailure::Refused(format!(
                "{base_url} does not say which account the token belongs to; is it a Mastodon-speaking server?"
            )));
        }
        let instance = instance(&api)?;
        let limits = instance.configuration.statuses;
        let account_uri = if us.uri.is_empty() { us.url } else { us.uri };
        let host = base_url.host_str().unwrap_or_default();
        Ok(Self {
            base_url: base_url.clone(),
            account_id: us.id,
            account_uri,
            handle: if us.acct.contains('@') { us.acct } else { format!("{}@{host}", us.username) },
            max_length: limits.max_characters.or(instance.max_toot_chars).unwrap_or(USUAL_MAX_LENGTH).max(1),
            url_length: limits.characters_reserved_per_url.unwrap_or(USUAL_URL_LENGTH),
            server_version: text::cut(&instance.version, 200).to_owned(),
        })
    }
}

/// v2 first, v1 where it is missing; a server with neither gets the usual limits.
fn instance(api: &Api<'_>) -> Result<Instance, ReadFailure> {
    for path in ["api/v2/instance", "api/v1/instance"] {
        match api.get_as(path, &[]) {
            Ok(found) => return Ok(found),
            Err(ReadFailure::Gone(_) | ReadFailure::Refused(_)) => (),
            Err(other) => return Err(other),
        }
    }
    Ok(Instance::default())
}

/// One account on one server.
pub struct Mastodon {
    client: Arc<Client>,
    setup: Setup,
    token: SecretString,
    manners: Manners,
    page_size: usize,
}

impl Mastodon {
    /// From what is stored; asks nothing.
    #[must_use]
    pub fn new(client: Arc<Client>, setup: Setup, token: SecretString) -> Self {
        let manners = Manners::mastodon(setup.max_length, setup.url_length);
        Self { client, setup, token, manners, page_size: 80 }
    }

    /// What is known about the account.
    #[must_use]
    pub const fn setup(&self) -> &Setup {
        &self.setup
    }

    fn api(&self) -> Api<'_> {
        Api { client: &self.client, base: &self.setup.base_url, token: Some(&self.token) }
    }

    fn is_us(&self, account: &Account) -> bool {
        let ours = &self.setup;
        (!account.id.is_empty() && account.id == ours.account_id)
            || (!ours.account_uri.is_empty()
                && (account.uri == ours.account_uri || account.url == ours.account_uri))
    }

    /// Our names as they stand in front of a text.
    fn names(&self) -> [&str; 2] {
        let handle = self.setup.handle.as_str();
        [handle, handle.split('@').next().unwrap_or(handle)]
    }
}

impl Channel for Mastodon {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn manners(&self) -> &Manners {
        &self.manners
    }

    fn now(&self) -> Result<Cursor, ReadFailure> {
        self.newest()
    }

    fn fetch(&self, cursor: &Cursor) -> Result<Fetched, ReadFailure> {
        self.poll(cursor)
    }

    fn look(&self, parent: &Parent) -> Result<ParentState, ReadFailure> {
        self.look_at(parent)
    }

    fn look_all(&self, parents: &[Parent]) -> Result<Vec<ParentState>, ReadFailure> {
        self.look_at_all(parents)
    }

    fn looks_at_once(&self) -> usize {
        if self.reads_many() { read::MANY } else { 4 }
    }

    fn send(&self, out: &Outgoing, may_write: &MayWrite) -> Result<Sent, SendFailure> {
        self.post(out, may_write)
    }

    fn find(&self, out: &Outgoing) -> Result<Option<Sent>, ReadFailure> {
        self.find_own(out)
    }

    fn read_back(&self, id: &str) -> Result<Option<OwnPost>, ReadFailure> {
        Ok(self.status(id)?.map(|status| own::own_post(&status)))
    }

    fn delete(&self, id: &str, may_write: &MayWrite) -> Result<(), SendFailure> {
        self.take_back(id, may_write)
    }

    fn edit(&self, id: &str, out: &Outgoing, may_write: &MayWrite) -> Result<Sent, SendFailure> {
        self.change(id, out, may_write)
    }

    fn check(&self) -> Result<Vec<Finding>, ReadFailure> {
        self.findings()
    }

    fn plain(&self, words: &str) -> String {
        manners::plain(words)
    }

    fn fetch_media(&self, url: &str, max_bytes: u64) -> Result<FetchedMedia, ReadFailure> {
        let url = Url::parse(url).map_err(|e| ReadFailure::Refused(format!("picture address: {e}")))?;
        // Without the token: pictures lie on other hosts.
        let mut request = Request::new(Method::Get, url);
        request.max_bytes = max_bytes;
        api::picture(self.client.send(request))
    }
}

#[cfg(test)]
mod tests;
