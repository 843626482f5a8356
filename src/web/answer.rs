//! The one way from a handler to an answer: the work runs off the async threads, an error becomes its page.
//!
//! A handler builds an [`Asker`], hands [`answer`] (or [`cached`]) a closure that reads or writes and renders, and
//! is done. Each kind of error has one status and one page; machines get `application/problem+json` instead.
//! What went wrong inside (database, templates, files) is logged and never shown.

use std::sync::Arc;

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::web::{self, Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::cache::CachedPage;
use super::client_ip::ClientAddress;
use super::refused::sentence;
use super::session::token_of;
use super::sessions::{self, SignedIn};
use super::shell::shell;
use super::site::Site;
use super::view::Link;
use super::view::resident::Message;
use crate::accounts::Token;
use crate::error::{Error, Result};
use crate::tickets::numbers;

const HTML: &str = "text/html; charset=utf-8";
/// Longest address or query that is shown again in a page, in characters.
const ECHO_CHARS: usize = 200;

/// What a request says about itself, without the database having been asked.
#[derive(Debug)]
pub struct Asker {
    /// "/t/26-004217".
    pub path: String,
    /// What stands behind the question mark.
    pub query: String,
    /// Whose address it is.
    pub client: ClientAddress,
    /// The session token it brought; whether it is good is looked up inside.
    pub session: Option<Token>,
    /// Who is signed in, once looked up.
    pub person: Option<SignedIn>,
    /// Token for the forms of the page being made; empty where none is needed.
    pub csrf: String,
    cookie: Option<Cookie<'static>>,
    wants_json: bool,
    gzip: bool,
}

impl Asker {
    /// Of a request for a page without forms, or whose forms need no token.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        let text = |name: HeaderName| request.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or("");
        let accept = text(header::ACCEPT);
        let for_machines = ["/api/", "/open311/", "/hooks/"].iter().any(|p| request.path().starts_with(p));
        Self {
            path: request.path().to_owned(),
            query: request.query_string().to_owned(),
            client: ClientAddress::of(request),
            session: token_of(request),
            person: sessions::known(request),
            csrf: String::new(),
            cookie: None,
            wants_json: for_machines || (accept.contains("json") && !accept.contains("text/html")),
            gzip: takes_gzip(request),
        }
    }

    /// Of a request whose page holds forms with a token; brings the token's cookie along.
    ///
    /// # Errors
    /// `Unavailable` when the random source does not answer.
    pub fn with_form(request: &HttpRequest, site: &Site) -> Result<Self> {
        let token = site.guard.form_token(request)?;
        Ok(Self { csrf: token.field, cookie: token.cookie, ..Self::of(request) })
    }

    /// True when the page is the same for everybody who asks like this: no session, and no question of their own,
    /// for keeping answers to those would let strangers fill the memory.
    #[must_use]
    pub fn is_anyone(&self) -> bool {
        self.session.is_none() && self.query.is_empty()
    }

    /// The cookie of the form token, when the browser brought none.
    pub(super) fn cookie(&self) -> Option<Cookie<'static>> {
        self.cookie.clone()
    }

    /// Path and query, as a form sends it back.
    #[must_use]
    pub fn address(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }

    /// One value of the query, cut to a length that may be shown again.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<String> {
        let found = url::form_urlencoded::parse(self.query.as_bytes()).take(32).find(|(key, _)| key == name);
        found
            .map(|(_, value)| value.trim().chars().take(ECHO_CHARS).collect())
            .filter(|v: &String| !v.is_empty())
    }
}

/// What goes back.
#[derive(Debug)]
pub struct Answer {
    status: StatusCode,
    kind: HeaderValue,
    body: Bytes,
    headers: Vec<(HeaderName, HeaderValue)>,
    cookies: Vec<Cookie<'static>>,
    kept: Option<Arc<CachedPage>>,
}

impl Answer {
    /// A page that is in memory, plain and compressed.
    pub(super) fn kept(page: Arc<CachedPage>) -> Self {
        Self { kept: Some(page), ..Self::bytes(HTML, Bytes::new()) }
    }

    /// Puts a finished page into memory; `None` for anything but a plain success.
    pub(super) fn keep(&mut self) -> Option<Arc<CachedPage>> {
        if self.status != StatusCode::OK {
            return None;
        }
        let body = &self.body;
        Some(Arc::clone(self.kept.get_or_insert_with(|| Arc::new(CachedPage::new(body.clone())))))
    }

    /// A page.
    #[must_use]
    pub fn page(html: String) -> Self {
        Self::bytes(HTML, html)
    }

    /// Something else.
    #[must_use]
    pub fn bytes(kind: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            status: StatusCode::OK,
            kind: HeaderValue::from_static(kind),
            body: body.into(),
            headers: Vec::new(),
            cookies: Vec::new(),
            kept: None,
        }
    }

    /// Of another kind than it was made as.
    #[must_use]
    pub(super) fn of_kind(mut self, kind: &'static str) -> Self {
        self.kind = HeaderValue::from_static(kind);
        self
    }

    /// On to another page of this site, after a form was taken (303).
    #[must_use]
    pub fn to(path: &str) -> Self {
        // A path of ours is always a fit header; anything else leads home.
        let place = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
        let mut answer = Self::bytes(HTML, Bytes::new());
        answer.status = StatusCode::SEE_OTHER;
        answer.headers.push((header::LOCATION, place));
        answer
    }

    /// With another status.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// With a cookie.
    #[must_use]
    pub fn cookie(mut self, cookie: Cookie<'static>) -> Self {
        self.cookies.push(cookie);
        self
    }

    /// Takes the bytes of a kept page in the form the browser wants.
    fn unpacked(mut self, gzip: bool) -> Self {
        let Some(page) = self.kept.take() else { return self };
        let (bytes, packed) = page.bytes(gzip);
        self.body = bytes;
        let answer = self.header(header::VARY, "accept-encoding, cookie");
        if packed { answer.header(header::CONTENT_ENCODING, "gzip") } else { answer }
    }

    pub(super) fn into_response(self, cookie: Option<Cookie<'static>>) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.insert_header((header::CONTENT_TYPE, self.kind));
        for (name, value) in self.headers {
            response.insert_header((name, value));
        }
        let personal = cookie.is_some() || !self.cookies.is_empty();
        for cookie in self.cookies.into_iter().chain(cookie) {
            response.cookie(cookie);
        }
        let mut response = response.body(self.body);
        let caching = if personal { "no-store" } else { "no-cache" };
        if !response.headers().contains_key(header::CACHE_CONTROL) {
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
        }
        response
    }
}

/// Runs `work` on a thread that may wait, and answers with what it made or with the page of its error.
pub async fn answer<F>(site: Data<Site>, asker: Asker, work: F) -> HttpResponse
where
    F: FnOnce(&Site, &Asker) -> Result<Answer> + Send + 'static,
{
    let done = web::block(move || {
        let mut asker = asker;
        let made = look_up(&site, &mut asker).and_then(|()| work(&site, &asker));
        let made = made.unwrap_or_else(|error| of_error(&site, &asker, &error));
        // Somebody with a session sees their own page: nothing on the way may keep it.
        let own =
            asker.session.is_some() && !made.headers.iter().any(|(name, _)| *name == header::CACHE_CONTROL);
        let made = if own { made.header(header::CACHE_CONTROL, "private, no-store") } else { made };
        (made.unpacked(asker.gzip), asker.cookie)
    });
    match done.await {
        Ok((made, cookie)) => made.into_response(cookie),
        Err(_) => {
            tracing::error!("a page stopped half-way");
            HttpResponse::InternalServerError().content_type(HTML).body(LAST_RESORT)
        }
    }
}

/// As [`answer`], for a page that is the same for everybody: kept for `page_cache_seconds`, never for who is signed in.
pub async fn cached<F>(site: Data<Site>, request: &HttpRequest, work: F) -> HttpResponse
where
    F: FnOnce(&Site, &Asker) -> Result<Answer> + Send + 'static,
{
    // Looked for before anything else is read out of the request: from here it costs next to nothing.
    let gzip = takes_gzip(request);
    let plain = request.query_string().is_empty() && !request.headers().contains_key(header::COOKIE);
    if plain && let Some(page) = site.cache.get(request.path()) {
        return from_cache(&page, gzip);
    }
    let asker = Asker::of(request);
    if !asker.is_anyone() {
        return answer(site, asker, work).await;
    }
    if !plain && let Some(page) = site.cache.get(&asker.path) {
        return from_cache(&page, gzip);
    }
    answer(site, asker, move |site, asker| {
        let mut made = work(site, asker)?;
        if let Some(page) = made.keep() {
            site.cache.put(asker.path.clone(), &page);
        }
        Ok(made)
    })
    .await
}

fn takes_gzip(request: &HttpRequest) -> bool {
    let accepted = request.headers().get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok());
    accepted.is_some_and(|v| v.contains("gzip"))
}

fn from_cache(page: &CachedPage, gzip: bool) -> HttpResponse {
    let (bytes, packed) = page.bytes(gzip);
    let mut response = HttpResponse::Ok();
    // Values that are known to be fit: this is the shortest way a page can go.
    response
        .insert_header((header::CONTENT_TYPE, HeaderValue::from_static(HTML)))
        .insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-cache")))
        .insert_header((header::VARY, HeaderValue::from_static("accept-encoding, cookie")));
    if packed {
        response.insert_header((header::CONTENT_ENCODING, HeaderValue::from_static("gzip")));
    }
    response.body(bytes)
}

fn look_up(site: &Site, asker: &mut Asker) -> Result<()> {
    if asker.person.is_none()
        && let Some(token) = &asker.session
    {
        asker.person = sessions::look_up(&site.app, token)?;
    }
    Ok(())
}

const LAST_RESORT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Something broke</title><h1>Something broke on our side</h1><p>Nothing you sent was lost if you got a number. Try again in a minute, or call us.</p></html>";

/// Status, headline and text of an error; the text of inner trouble stays inside.
fn told(error: &Error) -> (StatusCode, &'static str, String) {
    let inside = || "It is not you. Try again in a minute, or call us.".to_owned();
    match error {
        Error::NotFound(_) => (
            StatusCode::NOT_FOUND,
            "There is no page at this address",
            "It may have moved, or the number has a typo. Look for it here.".to_owned(),
        ),
        Error::Refused(why) => (StatusCode::CONFLICT, "That cannot be done", sentence(why)),
        Error::Conflict(why) => (StatusCode::CONFLICT, "Somebody was faster", sentence(why)),
        Error::Invalid(why) => {
            (StatusCode::UNPROCESSABLE_ENTITY, "Something needs another look", sentence(why))
        }
        Error::Forbidden(why) => (StatusCode::FORBIDDEN, "This needs another role", sentence(why)),
        Error::Unavailable(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, "Something does not answer right now", inside())
        }
        Error::Database(_) => (StatusCode::INTERNAL_SERVER_ERROR, "Something broke on our side", inside()),
    }
}

/// The page of an error, or its JSON for machines.
fn of_error(site: &Site, asker: &Asker, error: &Error) -> Answer {
    let (status, heading, text) = told(error);
    if status.is_server_error() {
        tracing::error!(path = asker.path, status = status.as_u16(), "{error}");
    }
    if asker.wants_json {
        let body =
            json!({"type": "about:blank", "title": heading, "status": status.as_u16(), "detail": text});
        return Answer::bytes("application/problem+json", body.to_string()).status(status);
    }
    let missing = status == StatusCode::NOT_FOUND;
    let view = Message {
        shell: shell(site, &site.world(), asker, (heading, "")),
        status: status.as_u16(),
        heading: heading.to_owned(),
        text,
        search: missing,
        q: if missing { words_of(&asker.path) } else { String::new() },
        links: vec![Link { href: "/".into(), label: "Home".into() }],
        details: Vec::new(),
    };
    match site.pages.render("resident/message", &view) {
        Ok(html) => Answer::page(html).status(status),
        Err(broken) => {
            tracing::error!("{broken}");
            Answer::bytes(HTML, LAST_RESORT).status(status)
        }
    }
}

/// The words of an address, for the search box of a page that is not there: "/parks/elm-st" -> "parks elm st"; of a
/// request's address its number alone.
fn words_of(path: &str) -> String {
    if let Some(number) = path.split('/').find_map(numbers::as_typed) {
        return number;
    }
    let spoken: String =
        url::form_urlencoded::parse(format!("x={}", path.replace(['&', '+'], " ")).as_bytes())
            .next()
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default();
    let words = spoken.split(|c: char| !c.is_alphanumeric()).filter(|w| w.chars().count() > 1);
    words.collect::<Vec<_>>().join(" ").chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_an_address() {
        let check = |path: &str, expect: &str| assert_eq!(words_of(path), expect, "{path}");
        check("/parks/elm-st", "parks elm st");
        check("/t/26-99", "26-000099");
        check("/staff/tickets/26-999999/note", "26-999999");
        check("/%3Cscript%3Ealert(1)", "script alert");
        check("/", "");
        check("/%ff%00&x1=1", "x1");
    }

    #[test]
    fn inner_trouble_stays_inside() {
        let (status, _, text) = told(&Error::Unavailable("writing /srv/media/secret: disk full".into()));
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(!text.contains("/srv"));
    }
}
