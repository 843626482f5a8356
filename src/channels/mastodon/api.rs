//! One place where requests are built and answers are sorted: what a status means for reading, what it means
//! for sending, how long to wait.

use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::wire::Complaint;
use crate::channels::pause::{pause, retry_after};
use crate::channels::text::cut;
use crate::channels::{FetchedMedia, MayWrite, ReadFailure, SendFailure};
use crate::net::http::{Client, Failure, Method, Request, Response};

/// Most of a server's complaint that is repeated.
const MAX_TOLD_BYTES: usize = 300;

/// A server and the right to speak with it.
pub(super) struct Api<'a> {
    pub client: &'a Client,
    pub base: &'a Url,
    pub token: Option<&'a SecretString>,
}

impl Api<'_> {
    /// `path` is without a leading slash; pairs become the query.
    pub(super) fn url(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        let root = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{root}/{path}"));
        url.set_query(None);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    fn request(&self, method: Method, path: &str, query: &[(&str, &str)]) -> Request {
        let request = Request::new(method, self.url(path, query)).header("accept", "application/json");
        match self.token {
            Some(token) => request.bearer(token),
            None => request,
        }
    }

    pub(super) fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Response, ReadFailure> {
        let response = self.client.send(self.request(Method::Get, path, query)).map_err(not_read)?;
        if is_good(&response) { Ok(response) } else { Err(no_for_reading(&response)) }
    }

    pub(super) fn get_as<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<T, ReadFailure> {
        read_json(&self.get(path, query)?)
    }

    /// Registering and exchanging codes: nothing a resident could see, so reading's rules hold.
    pub(super) fn post_as<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, ReadFailure> {
        let request =
            self.request(Method::Post, path, &[]).body("application/json", body.to_string().into_bytes());
        let response = self.client.send(request).map_err(not_read)?;
        if is_good(&response) { read_json(&response) } else { Err(no_for_reading(&response)) }
    }

    /// A request that changes what people see. The answer's status is judged by the caller.
    pub(super) fn write(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        key: Option<&str>,
        may_write: &MayWrite,
    ) -> Result<Response, SendFailure> {
        let mut request = self.request(method, path, &[]);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = body {
            request = request.body("application/json", body.to_string().into_bytes());
        }
        request.may_write = Some(MayWrite::clone(may_write));
        self.client.send(request).map_err(|failure| match failure {
            Failure::Forbidden(why) => SendFailure::Refused(why),
            Failure::NotSent(why) => SendFailure::NotSent { why, retry_after: None },
            Failure::MaybeSent(why) | Failure::TooLarge(why) => SendFailure::Unknown(why),
        })
    }
}

pub(super) const fn is_good(response: &Response) -> bool {
    response.status >= 200 && response.status < 300
}

pub(super) fn read_json<T: DeserializeOwned>(response: &Response) -> Result<T, ReadFailure> {
    serde_json::from_slice(&response.body).map_err(|e| ReadFailure::Later {
        why: format!("{}: the answer is not what the API promises ({e})", response.url.path()),
        retry_after: None,
    })
}

fn not_read(failure: Failure) -> ReadFailure {
    match failure {
        Failure::Forbidden(why) | Failure::TooLarge(why) => ReadFailure::Refused(why),
        Failure::NotSent(why) | Failure::MaybeSent(why) => ReadFailure::Later { why, retry_after: None },
    }
}

fn no_for_reading(response: &Response) -> ReadFailure {
    let why = format!("{}: {}", response.url.path(), told(response));
    match response.status {
        401 => ReadFailure::Unauthorised(why),
        403 => ReadFailure::Unauthorised(format!("{why}; the token lacks a right or the account is closed")),
        404 | 410 => ReadFailure::Gone(why),
        429 => ReadFailure::Later { why, retry_after: Some(pause(response)) },
        408 | 425 | 500..=599 => ReadFailure::Later { why, retry_after: retry_after(response) },
        _ => ReadFailure::Refused(why),
    }
}

/// What a status that is no success means for a reply: is it surely not there, or may it stand there?
pub(super) fn no_for_sending(response: &Response) -> SendFailure {
    let why = told(response);
    match response.status {
        401 => SendFailure::Unauthorised(why),
        403 if is_about_us(&why) => SendFailure::Unauthorised(why),
        404 | 410 => SendFailure::ParentGone,
        429 => SendFailure::NotSent { why, retry_after: Some(pause(response)) },
        // Servers have answered 500 to a post they had kept; a time-out in front of them says nothing either.
        408 | 409 | 425 | 500..=599 | 0..=299 => SendFailure::Unknown(why),
        _ => SendFailure::Refused(why),
    }
}

fn is_about_us(why: &str) -> bool {
    let why = why.to_lowercase();
    ["scope", "disabled", "suspended", "not approved", "pending", "confirm"].iter().any(|w| why.contains(w))
}

/// Status and the server's own words, cut.
pub(super) fn told(response: &Response) -> String {
    let complaint: Complaint = serde_json::from_slice(&response.body).unwrap_or_default();
    let words =
        if complaint.error_description.is_empty() { complaint.error } else { complaint.error_description };
    let words: String = cut(&words, MAX_TOLD_BYTES).chars().filter(|c| !c.is_control()).collect();
    if words.is_empty() {
        format!("status {}", response.status)
    } else {
        format!("status {}: {words}", response.status)
    }
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
