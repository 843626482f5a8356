//! The guarded HTTP client: the only way out for channels, senders and workers.
//!
//! One request on one fresh connection, to an address that was looked at (`ssrf`), within 15 seconds and a
//! body limit. It never repeats anything by itself, and a failure says which side of the first byte it fell on:
//! [`Failure::NotSent`] may be tried again, [`Failure::MaybeSent`] must be looked up first.
//! No proxy of the environment is used: behind one the address check would be worth nothing.

use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use ureq::http as wire_http;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::unversioned::transport::{Connector, RustlsConnector, TcpConnector};
use url::Url;

use super::ssrf::{Guard, Refusal, shown};
use super::watch::{Pinned, SharedTls, Watch, Wire};

/// Asked on the line before the first byte of a request goes out; an `Err` stops it, nothing was sent.
pub type MayWrite = Arc<dyn Fn() -> crate::error::Result<()> + Send + Sync>;

/// Longest time for one request with all its redirects, resolving included.
pub const TIMEOUT_MS: u64 = 15_000;
/// Longest time to get a connection.
const CONNECT_TIMEOUT_MS: u64 = 5_000;
/// Most redirects followed, each looked at like the first address.
const MAX_REDIRECTS: usize = 3;
/// Body limit when the caller names none: a page of 80 long posts is about 2 MB.
pub const MAX_BODY_BYTES: u64 = 8 * 1024 * 1024;

/// How the client introduces itself and what it may call.
#[derive(Clone, Debug)]
pub struct Options {
    /// Base address of this installation, told to every server in the User-Agent.
    pub base_url: String,
    /// `host:port` entries that may be called although private or without TLS (demo, tests).
    pub allow_private: Vec<String>,
    /// Longest time for one request; at most [`TIMEOUT_MS`].
    pub timeout: Duration,
}

impl Options {
    /// The usual limits.
    #[must_use]
    pub fn new(base_url: &str) -> Self {
        Self {
            base_url: base_url.into(),
            allow_private: Vec::new(),
            timeout: Duration::from_millis(TIMEOUT_MS),
        }
    }
}

/// The verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Read; follows redirects.
    Get,
    /// Create; never follows one.
    Post,
    /// Replace.
    Put,
    /// Change.
    Patch,
    /// Remove.
    Delete,
}

/// One request.
pub struct Request {
    /// The verb.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// Further headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Sent as `Authorization: Bearer …`, and never to another origin after a redirect.
    pub bearer: Option<SecretString>,
    /// Content type and bytes.
    pub body: Option<(String, Vec<u8>)>,
    /// Most bytes of the (unpacked) answer.
    pub max_bytes: u64,
    /// Asked right before the first byte goes out.
    pub may_write: Option<MayWrite>,
}

impl Request {
    /// A request without body.
    #[must_use]
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: Vec::new(),
            bearer: None,
            body: None,
            max_bytes: MAX_BODY_BYTES,
            may_write: None,
        }
    }

    /// With a token.
    #[must_use]
    pub fn bearer(mut self, token: &SecretString) -> Self {
        self.bearer = Some(token.clone());
        self
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// With a body.
    #[must_use]
    pub fn body(mut self, content_type: &str, bytes: Vec<u8>) -> Self {
        self.body = Some((content_type.into(), bytes));
        self
    }
}

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case; values that are not text are left out.
    pub headers: Vec<(String, String)>,
    /// The unpacked body.
    pub body: Vec<u8>,
    /// Where it came from in the end.
    pub url: Url,
}

impl Response {
    /// First header of that (lower case) name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// Why there is no answer, by which side of the first byte it failed on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The address is not allowed: nothing was sent, trying again will not help.
    #[error("{0}")]
    Forbidden(String),
    /// No byte of the request left: safe to try again.
    #[error("{0}")]
    NotSent(String),
    /// The request may have reached the server; its outcome is unknown.
    #[error("{0}")]
    MaybeSent(String),
    /// The server answered with more than the limit: reading again will not help, a write stays unknown.
    #[error("{0}")]
    TooLarge(String),
}

/// The client; cheap to share.
#[derive(Debug)]
pub struct Client {
    user_agent: String,
    guard: Guard,
    tls: SharedTls,
    timeout: Duration,
}

impl Client {
    /// Needs [`super::install_crypto`] before the first https request.
    ///
    /// # Errors
    /// [`crate::error::Error::Invalid`] for an allowed address that cannot be read.
    pub fn new(options: &Options) -> crate::error::Result<Self> {
        Ok(Self {
            user_agent: user_agent(&options.base_url),
            guard: Guard::new(&options.allow_private)?,
            tls: SharedTls(Arc::new(RustlsConnector::default())),
            timeout: options.timeout.min(Duration::from_millis(TIMEOUT_MS)),
        })
    }

    /// Sends one request and reads its answer.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn send(&self, request: Request) -> Result<Response, Failure> {
        let until = Instant::now() + self.timeout;
        let mut request = request;
        for _ in 0..=MAX_REDIRECTS {
            let response = self.once(&request, until)?;
            match redirect_of(&request, &response) {
                None => return Ok(response),
                Some(next) => {
                    if next.origin() != request.url.origin() {
                        request.bearer = None;
                        request.headers.retain(|(name, _)| name != "authorization" && name != "cookie");
                    }
                    request.url = next;
                }
            }
        }
        Err(Failure::MaybeSent(format!("{}: more than {MAX_REDIRECTS} redirects", shown(&request.url))))
    }

    fn once(&self, request: &Request, until: Instant) -> Result<Response, Failure> {
        let left = until.saturating_duration_since(Instant::now());
        let at = shown(&request.url);
        let late = || Failure::NotSent(format!("{at}: no time left"));
        let connect = left.min(Duration::from_millis(CONNECT_TIMEOUT_MS));
        let target = self.guard.resolve(&request.url, connect).map_err(|refusal| match refusal {
            Refusal::Forbidden(why) => Failure::Forbidden(why),
            Refusal::NotFound(why) => Failure::NotSent(why),
        })?;
        let left = until.checked_duration_since(Instant::now()).ok_or_else(late)?;

        let wire = Arc::new(Wire::new(request.may_write.clone()));
        let agent = self.agent(target.addresses, &wire, left);
        let built = self.build(request).map_err(|e| Failure::Forbidden(format!("{at}: {e}")))?;
        let answer = match built {
            Built::Plain(r) => agent.run(r),
            Built::Body(r) => agent.run(r),
        };
        let failed = |what: String| match wire.refusal() {
            Some(why) => Failure::NotSent(why),
            None if wire.wrote() => Failure::MaybeSent(format!("{at}: {what}")),
            None => Failure::NotSent(format!("{at}: {what}")),
        };
        read(answer.map_err(|e| failed(e.to_string()))?, request)
    }

    /// One agent a request: nothing is pooled, so no stale connection makes an outcome unknown.
    fn agent(&self, addresses: Vec<std::net::SocketAddr>, wire: &Arc<Wire>, left: Duration) -> ureq::Agent {
        // Both named here: what ureq falls back on otherwise is not built in and would panic.
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = ureq::Agent::config_builder()
            .tls_config(tls)
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .max_idle_connections(0)
            .timeout_global(Some(left))
            .timeout_connect(Some(left.min(Duration::from_millis(CONNECT_TIMEOUT_MS))))
            .user_agent(self.user_agent.clone())
            .build();
        let chain = ().chain(TcpConnector::default()).chain(self.tls.clone()).chain(Watch(Arc::clone(wire)));
        ureq::Agent::with_parts(config, chain, Pinned(addresses))
    }

    fn build(&self, request: &Request) -> Result<Built, wire_http::Error> {
        let method = match request.method {
            Method::Get => wire_http::Method::GET,
            Method::Post => wire_http::Method::POST,
            Method::Put => wire_http::Method::PUT,
            Method::Patch => wire_http::Method::PATCH,
            Method::Delete => wire_http::Method::DELETE,
        };
        let mut builder = wire_http::Request::builder().method(method).uri(request.url.as_str());
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        if let Some(token) = &request.bearer {
            builder = builder.header("authorization", format!("Bearer {}", token.expose_secret()));
        }
        let takes_body = matches!(request.method, Method::Post | Method::Put | Method::Patch);
        match &request.body {
            Some((content_type, bytes)) => {
                Ok(Built::Body(builder.header("content-type", content_type).body(bytes.clone())?))
            }
            None if takes_body => Ok(Built::Body(builder.body(Vec::new())?)),
            None => Ok(Built::Plain(builder.body(())?)),
        }
    }
}

enum Built {
    Plain(wire_http::Request<()>),
    Body(wire_http::Request<Vec<u8>>),
}

/// Reads at most `max_bytes` of what comes out of unpacking, so a small bomb stays small.
fn read(answer: wire_http::Response<ureq::Body>, request: &Request) -> Result<Response, Failure> {
    let at = shown(&request.url);
    let (parts, body) = answer.into_parts();
    let headers = parts
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    let mut bytes = Vec::new();
    body.into_reader()
        .take(request.max_bytes.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|e| Failure::MaybeSent(format!("{at}: the answer broke off: {e}")))?;
    if bytes.len() as u64 > request.max_bytes {
        return Err(Failure::TooLarge(format!(
            "{at}: the answer is larger than {} bytes",
            request.max_bytes
        )));
    }
    Ok(Response { status: parts.status.as_u16(), headers, body: bytes, url: request.url.clone() })
}

/// Where a GET is sent on to. Anything that writes stays where it is: its 3xx is the answer.
fn redirect_of(request: &Request, response: &Response) -> Option<Url> {
    if request.method != Method::Get || !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    request.url.join(response.header("location")?).ok()
}

/// `OnIt/0.1 (+https://onit.riverton.example/)`; some servers answer 418 without one.
fn user_agent(base_url: &str) -> String {
    let base_url: String = base_url.chars().filter(char::is_ascii_graphic).take(200).collect();
    format!("OnIt/{}.{} (+{base_url})", env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"))
}

#[cfg(test)]
mod tests;
