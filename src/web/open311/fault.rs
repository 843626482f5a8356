//! What Open311 says when it says no: a status, and a list of sentences that name the field.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;

use super::document::{Document, Format};
use crate::error::Error;

/// One or more reasons why a call is refused; all have one status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    status: u16,
    reasons: Vec<String>,
    wait_s: Option<i64>,
}

/// Result of everything a call does.
pub(super) type Answered<T> = Result<T, Fault>;

impl Fault {
    fn new(status: u16, reason: impl Into<String>) -> Self {
        Self { status, reasons: vec![reason.into()], wait_s: None }
    }

    /// A field is missing or wrong: "field: what to do".
    pub(super) fn field(name: &str, what: &str) -> Self {
        Self::new(400, format!("{name}: {what}"))
    }

    /// A required field is missing; conformance suites look for the word.
    pub(super) fn required(name: &str) -> Self {
        Self::new(400, format!("{name} required"))
    }

    pub(super) fn bad(reason: impl Into<String>) -> Self {
        Self::new(400, reason)
    }

    pub(super) fn key(reason: &str) -> Self {
        Self::new(403, format!("api_key: {reason}"))
    }

    pub(super) fn missing(reason: impl Into<String>) -> Self {
        Self::new(404, reason)
    }

    pub(super) fn method() -> Self {
        Self::new(
            405,
            "this address is not called in this way: requests are filed with POST, the rest is read with GET",
        )
    }

    pub(super) fn too_large(reason: impl Into<String>) -> Self {
        Self::new(413, reason)
    }

    pub(super) fn conflict(reason: &str) -> Self {
        Self::new(409, reason)
    }

    pub(super) fn too_often(wait_s: i64) -> Self {
        let mut fault = Self::new(429, format!("api_key: used too often, try again in {wait_s} seconds"));
        fault.wait_s = Some(wait_s);
        fault
    }

    pub(super) fn of_guard(status: u16, reason: &str, wait_s: Option<u32>) -> Self {
        Self { wait_s: wait_s.map(i64::from), ..Self::new(status, reason) }
    }

    /// Both, in one answer: the first one's status counts.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.reasons.extend(other.reasons);
        self
    }

    pub(super) fn response(&self, format: Format) -> HttpResponse {
        let mut doc = Document::new(format, 256);
        doc.list("errors");
        for reason in &self.reasons {
            doc.item("error");
            doc.value("code", self.status);
            doc.text("description", reason);
            doc.end_item("error");
        }
        doc.end_list("errors");
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = HttpResponse::build(status);
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        if let Some(wait) = self.wait_s {
            response.insert_header((header::RETRY_AFTER, wait.to_string()));
        }
        response.content_type(format.content_type()).body(doc.finish())
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(why) => Self::missing(why),
            Error::Invalid(why) | Error::Refused(why) => Self::bad(why),
            Error::Conflict(why) => Self::conflict(&why),
            Error::Forbidden(why) => Self::key(&why),
            // What is wrong inside stays inside.
            Error::Unavailable(_) | Error::Database(_) => {
                tracing::error!("Open311: {error}");
                Self::new(503, "the city's system does not answer right now: try again in a minute")
            }
        }
    }
}

/// All faults of several checks at once, or what they found.
#[derive(Debug, Default)]
pub(super) struct Faults(Option<Fault>);

impl Faults {
    /// Notes a fault and goes on; `None` where it was one.
    pub(super) fn take<T>(&mut self, checked: Answered<T>) -> Option<T> {
        match checked {
            Ok(value) => Some(value),
            Err(fault) => {
                self.0 = Some(match self.0.take() {
                    Some(before) => before.and(fault),
                    None => fault,
                });
                None
            }
        }
    }

    pub(super) fn end(self) -> Answered<()> {
        self.0.map_or(Ok(()), Err)
    }
}
