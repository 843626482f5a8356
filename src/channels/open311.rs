//! Another server that speaks Open311 GeoReport v2: asked through the guarded client, read as XML or JSON, tolerant of
//! what servers out there really send.
//!
//! `check` measures a server against the rules; `fetch` turns its requests into posts.

pub mod check;
pub mod fetch;
mod xml;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use crate::error::{Error, Result};
use crate::net::http::{Client, Failure, Method, Options, Request};

pub use xml::Node;

/// The extended statuses that servers and clients of updates know, in lower case.
pub const EXTENDED: [&str; 15] = [
    "open",
    "closed",
    "fixed",
    "in_progress",
    "planned",
    "action_scheduled",
    "investigating",
    "duplicate",
    "not_councils_responsibility",
    "no_further_action",
    "internal_referral",
    "cancelled",
    "reopen",
    "for_triage",
    "unchanged",
];

/// Most bytes of one answer: a thousand long requests are about 2 MB.
const ANSWER_BYTES: u64 = 16 * 1024 * 1024;

/// A way out for a command that needs no database. `allowed` lists hosts (`host:port`, separated by commas) that may
/// lie in private networks.
///
/// # Errors
/// `Invalid` for an entry of the list that cannot be read.
pub fn way_out(allowed: &str) -> Result<Client> {
    crate::net::install_crypto();
    let hosts = allowed.split(',').map(str::trim).filter(|host| !host.is_empty());
    let mut options = Options::new("onit open311");
    options.allow_private = hosts.map(str::to_owned).collect();
    Client::new(&options)
}

/// An endpoint, and how we present ourselves there.
#[derive(Debug)]
pub struct Server<'a> {
    client: &'a Client,
    base: Url,
    key: Option<SecretString>,
    jurisdiction: Option<String>,
}

/// What came back, whatever its status.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// As the server wrote it; empty when it said none.
    pub content_type: String,
    /// The body as text; `None` when it is not UTF-8.
    pub text: Option<String>,
}

impl Reply {
    /// The body as XML.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn xml(&self) -> std::result::Result<Node, String> {
        xml::parse(self.text.as_deref().ok_or("the body is not UTF-8")?)
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn json(&self) -> std::result::Result<Value, String> {
        serde_json::from_str(self.text.as_deref().ok_or("the body is not UTF-8")?).map_err(|e| e.to_string())
    }
}

impl<'a> Server<'a> {
    /// The endpoint at `base` (`https://city.example/open311/v2`).
    ///
    /// # Errors
    /// `Invalid` when it is no http or https address.
    pub fn new(
        client: &'a Client,
        base: &str,
        key: Option<SecretString>,
        jurisdiction: Option<&str>,
    ) -> Result<Self> {
        let wrong =
            || Error::Invalid(format!("{base:?} is not an address like https://city.example/open311/v2"));
        let mut base = Url::parse(base).map_err(|_| wrong())?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(wrong());
        }
        base.set_query(None);
        base.set_fragment(None);
        Ok(Self { client, base, key, jurisdiction: jurisdiction.map(str::to_owned) })
    }

    /// Where it is.
    #[must_use]
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// What stands on this machine is seen by nobody on the way.
    fn is_this_machine(&self) -> bool {
        match self.base.host() {
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost",
            None => false,
        }
    }

    /// True when we have a key for it.
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.key.is_some()
    }

    fn url(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        let root = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{root}/{path}"));
        if !query.is_empty() || self.jurisdiction.is_some() {
            let mut pairs = url.query_pairs_mut();
            pairs.extend_pairs(query);
            if let Some(jurisdiction) = &self.jurisdiction {
                pairs.append_pair("jurisdiction_id", jurisdiction);
            }
        }
        url
    }

    /// Reads `path` ("services.xml"), relative to the endpoint.
    ///
    /// # Errors
    /// `Unavailable` when the server does not answer, `Invalid` when its address is not allowed.
    pub fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Reply> {
        self.send(Request::new(Method::Get, self.url(path, query)))
    }

    /// Sends a form to `path`, with our key unless `without_key`.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn post(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
        without_key: bool,
    ) -> Result<Reply> {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        if let Some(key) = self.key.as_ref().filter(|_| !without_key) {
            form.append_pair("api_key", key.expose_secret());
        }
        if let Some(jurisdiction) = &self.jurisdiction {
            form.append_pair("jurisdiction_id", jurisdiction);
        }
        let kind = "application/x-www-form-urlencoded; charset=utf-8";
        let mut request =
            Request::new(Method::Post, self.url(path, &[])).body(kind, form.finish().into_bytes());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        self.send(request)
    }

    fn send(&self, mut request: Request) -> Result<Reply> {
        request.max_bytes = ANSWER_BYTES;
        match self.client.send(request) {
            Ok(response) => Ok(Reply {
                status: response.status,
                content_type: response.header("content-type").unwrap_or_default().to_owned(),
                text: String::from_utf8(response.body).ok(),
            }),
            Err(Failure::Forbidden(why)) => Err(Error::Invalid(why)),
            Err(Failure::NotSent(why) | Failure::MaybeSent(why) | Failure::TooLarge(why)) => {
                Err(Error::Unavailable(why))
            }
        }
    }
}
