//! One place where requests are built and answers are sorted: what a complaint means for reading, what it means for
//! sending. A session the server does not take any more is renewed here, once a request.

use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::Bluesky;
use super::wire::Complaint;
use crate::channels::pause::{pause, retry_after};
use crate::channels::text::cut;
use crate::channels::{FetchedMedia, MayWrite, ReadFailure, SendFailure};
use crate::net::http::{Failure, Method, Request, Response};

/// Most of a server's complaint that is repeated.
const MAX_TOLD_BYTES: usize = 300;
/// The session is over: it is renewed.
const STALE: &[&str] = &["ExpiredToken", "InvalidToken"];
/// The account itself is: a person must look.
const CLOSED: &[&str] = &[
    "AccountTakedown",
    "AccountDeactivated",
    "AccountSuspended",
    "AccountNotFound",
    "RepoTakendown",
    "RepoSuspended",
    "RepoDeactivated",
    "AuthFactorTokenRequired",
];
/// What was asked for does not exist.
const NOT_THERE: &[&str] = &["RecordNotFound", "NotFound", "RepoNotFound"];

/// Address of a method.
pub(super) fn url(base: &Url, method: &str, query: &[(&str, &str)]) -> Url {
    let mut url = base.clone();
    let root = url.path().trim_end_matches('/').to_owned();
    url.set_path(&format!("{root}/xrpc/{method}"));
    url.set_query(None);
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    url
}

impl Bluesky {
    /// Asks as ourselves.
    pub(super) fn get(&self, method: &str, query: &[(&str, &str)]) -> Result<Response, ReadFailure> {
        let at = url(&self.setup.base_url, method, query);
        let mut session = self.sessions.current(&self.client, &self.setup)?;
        for renewed in [false, true] {
            let request = Request::new(Method::Get, at.clone()).header("accept", "application/json");
            let response = self.client.send(request.bearer(&session.access)).map_err(not_read)?;
            if is_good(&response) {
                return Ok(response);
            }
            if renewed || !is_stale(&response) {
                return Err(no_for_reading(&response));
            }
            session = self.sessions.after(&self.client, &self.setup, &session)?;
        }
        Err(ReadFailure::Unauthorised("no session".into()))
    }

    pub(super) fn get_as<T: DeserializeOwned>(
        &self,
        method: &str,
        query: &[(&str, &str)],
    ) -> Result<T, ReadFailure> {
        read_json(&self.get(method, query)?)
    }

    /// A request that changes what people see. The answer's status is judged by the caller; an answer that the
    /// session is over means that nothing was done, and only then it is asked again.
    pub(super) fn write(
        &self,
        method: &str,
        body: &Value,
        may_write: &MayWrite,
    ) -> Result<Response, SendFailure> {
        let at = url(&self.setup.base_url, method, &[]);
        let mut session = self.sessions.current(&self.client, &self.setup).map_err(no_session)?;
        for renewed in [false, true] {
            let request = Request::new(Method::Post, at.clone())
                .header("accept", "application/json")
                .body("application/json", body.to_string().into_bytes());
            let mut request = request.bearer(&session.access);
            request.may_write = Some(MayWrite::clone(may_write));
            let response = self.client.send(request).map_err(|failure| match failure {
                Failure::Forbidden(why) => SendFailure::Refused(why),
                Failure::NotSent(why) => SendFailure::NotSent { why, retry_after: None },
                Failure::MaybeSent(why) | Failure::TooLarge(why) => SendFailure::Unknown(why),
            })?;
            if renewed || !is_stale(&response) {
                return Ok(response);
            }
            session = self.sessions.after(&self.client, &self.setup, &session).map_err(no_session)?;
        }
        Err(SendFailure::Unauthorised("no session".into()))
    }
}

/// Without a session nothing was sent.
fn no_session(failure: ReadFailure) -> SendFailure {
    match failure {
        ReadFailure::Unauthorised(why) => SendFailure::Unauthorised(why),
        ReadFailure::Later { why, retry_after } => SendFailure::NotSent { why, retry_after },
        ReadFailure::Gone(why) | ReadFailure::Refused(why) => SendFailure::NotSent { why, retry_after: None },
    }
}

pub(super) const fn is_good(response: &Response) -> bool {
    response.status >= 200 && response.status < 300
}

fn complaint(response: &Response) -> Complaint {
    serde_json::from_slice(&response.body).unwrap_or_default()
}

/// The word a server gives its complaint: "`InvalidSwap`".
pub(super) fn name_of(response: &Response) -> String {
    complaint(response).error
}

/// A bad or old token is a 400 here, and a 401 on some servers.
fn is_stale(response: &Response) -> bool {
    matches!(response.status, 400 | 401) && STALE.contains(&name_of(response).as_str())
}

pub(super) fn read_json<T: DeserializeOwned>(response: &Response) -> Result<T, ReadFailure> {
    serde_json::from_slice(&response.body).map_err(|e| ReadFailure::Later {
        why: format!("{}: the answer is not what the API promises ({e})", response.url.path()),
        retry_after: None,
    })
}

pub(super) fn not_read(failure: Failure) -> ReadFailure {
    match failure {
        Failure::Forbidden(why) | Failure::TooLarge(why) => ReadFailure::Refused(why),
        Failure::NotSent(why) | Failure::MaybeSent(why) => ReadFailure::Later { why, retry_after: None },
    }
}

pub(super) fn no_for_reading(response: &Response) -> ReadFailure {
    let why = format!("{}: {}", response.url.path(), told(response));
    let name = name_of(response);
    match response.status {
        400 | 401 | 403 if CLOSED.contains(&name.as_str()) => ReadFailure::Unauthorised(why),
        400 if NOT_THERE.contains(&name.as_str()) => ReadFailure::Gone(why),
        401 | 403 => ReadFailure::Unauthorised(why),
        404 | 410 => ReadFailure::Gone(why),
        429 => ReadFailure::Later { why, retry_after: Some(pause(response)) },
        408 | 425 | 500..=599 => ReadFailure::Later { why, retry_after: retry_after(response) },
        _ => ReadFailure::Refused(why),
    }
}

/// What a status that is no success means for a reply: is it surely not there, or may it stand there?
pub(super) fn no_for_sending(response: &Response) -> SendFailure {
    let why = told(response);
    let name = name_of(response);
    match response.status {
        400 | 401 | 403 if CLOSED.contains(&name.as_str()) => SendFailure::Unauthorised(why),
        401 | 403 => SendFailure::Unauthorised(why),
        429 => SendFailure::NotSent { why, retry_after: Some(pause(response)) },
        408 | 409 | 425 | 500..=599 | 0..=299 => SendFailure::Unknown(why),
        _ => SendFailure::Refused(why),
    }
}

/// Status and the server's own words, cut.
pub(super) fn told(response: &Response) -> String {
    let complaint = complaint(response);
    let words = match (complaint.error.as_str(), complaint.message.as_str()) {
        ("", "") => return format!("status {}", response.status),
        (name, "") => name.to_owned(),
        (name, message) => format!("{name}: {message}"),
    };
    let words: String = cut(&words, MAX_TOLD_BYTES).chars().filter(|c| !c.is_control()).collect();
    format!("status {}: {words}", response.status)
}

/// Sorts the answer to a request for a picture.
pub(super) fn picture(answer: Result<Response, Failure>) -> Result<FetchedMedia, ReadFailure> {
    let response = answer.map_err(not_read)?;
    if !is_good(&response) {
        // 401 and 403 of a picture's host say nothing about our account.
        return Err(match no_for_reading(&response) {
            ReadFailure::Unauthorised(why) => ReadFailure::Refused(why),
            other => other,
        });
    }
    let content_type = response.header("content-type").map(str::to_owned);
    Ok(FetchedMedia { bytes: response.body, content_type })
}
