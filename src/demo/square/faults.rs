//! Faults a story test can switch on: what real servers and networks have been seen to do.
//!
//! A fault names what happens, to which calls and how often. It acts around the real handlers, so a fault
//! "after accepting" leaves a real post behind, and a fault "before accepting" leaves none.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpResponse, HttpResponseBuilder};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::Square;
use super::api::Refusal;

/// Window of the rate limit told in ordinary answers, in seconds.
const WINDOW_SECONDS: i64 = 300;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The call is carried out, then the connection closes without a byte of an answer.
    DropAnswer,
    /// 503 with an HTML body; nothing is carried out.
    Unavailable,
    /// 429; nothing is carried out. The reset is told in one of three ways.
    TooMany(RateReset),
    /// The call is carried out; the answer is JSON cut in half.
    MalformedJson,
    /// 200 with an HTML page; nothing is carried out (a maintenance page, a captive portal).
    HtmlInsteadOfJson,
    /// The call waits this long first, in milliseconds, then goes on as usual.
    SlowMs(u64),
    /// The call is carried out, the answer comes this much later, in milliseconds.
    SlowAnswerMs(u64),
    /// 401 as for a revoked token; nothing is carried out.
    TokenRevoked,
    /// Each new mention is preceded by a notification of a type nobody knows, whatever types are asked for.
    UnknownNotification,
    /// Idempotency-Key is ignored, as snac and others do.
    IgnoreIdempotencyKey,
}

/// How a 429 tells when to come back, always `seconds` from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateReset {
    /// `Retry-After` in seconds.
    RetryAfter(u32),
    /// `X-RateLimit-Reset` as an ISO 8601 date, as Mastodon does.
    Iso(u32),
    /// `X-RateLimit-Reset` as seconds since 1970.
    Epoch(u32),
}

/// Which calls a fault touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// `POST /api/v1/statuses`.
    Posting,
    /// `GET /api/v1/notifications`.
    Notifications,
    /// Every `GET` below `/api/`.
    Reading,
    /// Every call below `/api/`.
    Everything,
}

/// One fault: what, to which calls, how many times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// What goes wrong.
    pub what: What,
    /// Which calls it touches.
    pub on: On,
    /// How many calls are left to touch; `u32::MAX` means until cleared.
    pub times: u32,
}

impl Fault {
    /// The fault on the calls it usually means (posting; everything for a revoked token), until cleared.
    #[must_use]
    pub fn new(what: What) -> Self {
        let on = match what {
            What::TokenRevoked => On::Everything,
            What::UnknownNotification => On::Notifications,
            _ => On::Posting,
        };
        Self { what, on, times: u32::MAX }
    }

    /// The same fault on other calls.
    #[must_use]
    pub fn on(self, on: On) -> Self {
        Self { on, ..self }
    }

    /// The same fault for the next `times` calls only.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }

    fn touches(self, method: &Method, path: &str) -> bool {
        let in_api = path.starts_with("/api/");
        match self.on {
            On::Posting => method == Method::POST && path == "/api/v1/statuses",
            On::Notifications => method == Method::GET && path == "/api/v1/notifications",
            On::Reading => method == Method::GET && in_api,
            On::Everything => in_api,
        }
    }

    /// True for faults that act inside memory instead of around a call.
    fn is_lasting(self) -> bool {
        matches!(self.what, What::UnknownNotification | What::IgnoreIdempotencyKey)
    }
}

/// The faults switched on; several may act on one call.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// True when a lasting fault of this sort is on; it counts down when it has a limit.
    pub(super) fn holds(&mut self, what: What) -> bool {
        let found = self.0.iter_mut().find(|fault| fault.what == what && fault.times > 0);
        found.is_some_and(|fault| {
            count_down(fault);
            true
        })
    }

    /// The faults that act on this call, each counted down once.
    fn take(&mut self, method: &Method, path: &str) -> Vec<What> {
        let acting = self.0.iter_mut().filter(|f| f.times > 0 && !f.is_lasting() && f.touches(method, path));
        acting
            .map(|fault| {
                count_down(fault);
                fault.what
            })
            .collect()
    }
}

fn count_down(fault: &mut Fault) {
    if fault.times != u32::MAX {
        fault.times -= 1;
    }
}

/// Middleware around every call: counts it and lets the faults act.
pub(super) async fn meddle(
    square: Data<Square>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    square.count_call(agent);
    let acting = square.faults().take(request.method(), request.path());
    square.count_faults(acting.len());
    for what in &acting {
        if let What::SlowMs(wait_ms) = what {
            actix_web::rt::time::sleep(Duration::from_millis(*wait_ms)).await;
        }
        if let Some(answer) = instead(*what, square.now()) {
            let (request, _) = request.into_parts();
            return Ok(ServiceResponse::new(request, answer));
        }
    }
    let mut answer = next.call(request).await?.map_into_boxed_body();
    tell_limits(answer.headers_mut(), square.now());
    let pattern = answer.request().match_pattern().unwrap_or_else(|| "unknown route".to_owned());
    square.count_pattern(format!("{} {pattern}", answer.request().method()));
    for what in acting {
        answer = match what {
            What::DropAnswer => answer.map_body(|_, _| BoxBody::new(CutOff)),
            What::MalformedJson => answer.map_body(|_, _| BoxBody::new("{\"id\":\"11")),
            What::SlowAnswerMs(wait_ms) => {
                actix_web::rt::time::sleep(Duration::from_millis(wait_ms)).await;
                answer
            }
            _ => answer,
        };
    }
    Ok(answer)
}

/// The rate-limit headers of an ordinary answer, with plenty left: 300 calls in five minutes.
fn tell_limits(headers: &mut HeaderMap, now: DateTime<Utc>) {
    let window_end = (now.timestamp() / WINDOW_SECONDS + 1) * WINDOW_SECONDS;
    let reset = DateTime::from_timestamp(window_end, 0).unwrap_or(now);
    let reset = reset.to_rfc3339_opts(SecondsFormat::Micros, true);
    headers.insert(HeaderName::from_static("x-ratelimit-limit"), HeaderValue::from_static("300"));
    headers.insert(HeaderName::from_static("x-ratelimit-remaining"), HeaderValue::from_static("299"));
    if let Ok(reset) = HeaderValue::from_str(&reset) {
        headers.insert(HeaderName::from_static("x-ratelimit-reset"), reset);
    }
}

/// The answer given in place of the real one, for faults that act before anything is accepted.
fn instead(what: What, now: DateTime<Utc>) -> Option<HttpResponse> {
    match what {
        What::Unavailable => {
            let page = "<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>";
            Some(HttpResponse::ServiceUnavailable().content_type("text/html").body(page))
        }
        What::HtmlInsteadOfJson => {
            let page = "<!DOCTYPE html><html><body><h1>We will be right back</h1></body></html>";
            Some(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page))
        }
        What::TooMany(reset) => Some(too_many(reset, now)),
        What::TokenRevoked => Some(Refusal::token("The access token was revoked").answer()),
        _ => None,
    }
}

fn too_many(reset: RateReset, now: DateTime<Utc>) -> HttpResponse {
    let mut answer = HttpResponseBuilder::new(StatusCode::TOO_MANY_REQUESTS);
    answer.insert_header(("X-RateLimit-Limit", "300")).insert_header(("X-RateLimit-Remaining", "0"));
    let at = |seconds: u32| now + TimeDelta::seconds(i64::from(seconds));
    match reset {
        RateReset::RetryAfter(seconds) => answer.insert_header(("Retry-After", seconds.to_string())),
        RateReset::Iso(seconds) => answer
            .insert_header(("X-RateLimit-Reset", at(seconds).to_rfc3339_opts(SecondsFormat::Micros, true))),
        RateReset::Epoch(seconds) => {
            answer.insert_header(("X-RateLimit-Reset", at(seconds).timestamp().to_string()))
        }
    };
    answer.json(serde_json::json!({"error": "Too many requests"}))
}

/// A body that fails on its first byte: the server closes the connection before the head is flushed, so the
/// other side sees an accepted call and no answer at all.
struct CutOff;

impl MessageBody for CutOff {
    type Error = std::io::Error;

    fn size(&self) -> BodySize {
        BodySize::Sized(1)
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Poll::Ready(Some(Err(std::io::Error::other("the answer is dropped on purpose"))))
    }
}
