//! What every request passes before a page is made, and every answer before it leaves.
//!
//! In order: whose address is it (`client_ip`), has it asked too often (`rate`), does a form come from our
//! own pages (`origin`), then the page, then the headers that tell the browser what it may do (`headers`).
//! Forms of signed-in people and the two open forms also carry a token (`csrf`); handlers take them as
//! `CheckedForm<T>`, which exists only when the token is right.
//! What the guard refuses never reaches a handler, and a server without a guard answers 500 to everything.

pub mod csrf;
mod headers;
mod origin;
mod rate;

use std::fmt;
use std::sync::Arc;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpMessage, HttpResponse, ResponseError};
use chrono::{DateTime, Utc};
use url::Url;

use self::origin::Origins;
use self::rate::Rates;
use super::client_ip;
use crate::accounts::ServerKey;
use crate::clock::Clock;
use crate::limits::{PHOTO_BYTES, PHOTOS};
use crate::settings::Network;

pub use csrf::CheckedForm;

/// Largest form without photos, in bytes, as it stands on the wire.
pub const FORM_BODY_BYTES: usize = 256 * 1024;
/// Largest form with photos, in bytes: all the photos a post may have, and room for its words.
pub const UPLOAD_BODY_BYTES: usize = PHOTO_BYTES * PHOTOS + FORM_BODY_BYTES;
/// Largest body of a machine's request (webhook, Open311), in bytes.
pub const MACHINE_BODY_BYTES: usize = 1024 * 1024;

/// What the guard has to know.
#[derive(Debug)]
pub struct GuardOptions {
    /// The address residents see; its origin is the only one forms may come from.
    pub base_url: Url,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Reports from one address in an hour (`policy.form.per_hour`).
    pub reports_per_hour: u32,
    /// Signs forms.
    pub key: ServerKey,
    /// The house's clock.
    pub clock: Clock,
}

type RefusalPage = Arc<dyn Fn(&Refusal) -> String + Send + Sync>;

/// The guard of one server: make one, share it with every worker as `web::Data<Guard>`.
pub struct Guard {
    origins: Origins,
    https: bool,
    trusted_proxies: Vec<Network>,
    rates: Rates,
    key: ServerKey,
    clock: Clock,
    page: RefusalPage,
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("origins", &self.origins)
            .field("https", &self.https)
            .finish_non_exhaustive()
    }
}

impl Guard {
    /// A guard with a plain page for refusals.
    #[must_use]
    pub fn new(options: GuardOptions) -> Self {
        Self {
            origins: Origins::of(&options.base_url),
            https: options.base_url.scheme() == "https",
            trusted_proxies: options.trusted_proxies,
            rates: Rates::new(options.reports_per_hour),
            key: options.key,
            clock: options.clock,
            page: Arc::new(plain_page),
        }
    }

    /// Draws refusals with the city's own page. The function gets nothing that came from outside.
    #[must_use]
    pub fn with_page(mut self, page: impl Fn(&Refusal) -> String + Send + Sync + 'static) -> Self {
        self.page = Arc::new(page);
        self
    }

    /// The key that signs forms, links and known devices.
    #[must_use]
    pub fn key(&self) -> &ServerKey {
        &self.key
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    fn drawn(&self, mut refusal: Refusal) -> Refusal {
        refusal.html = (self.page)(&refusal);
        refusal
    }
}

/// Bounds for every body; handlers of uploads count for themselves up to `UPLOAD_BODY_BYTES`.
pub fn body_limits(config: &mut ServiceConfig) {
    config
        .app_data(web::FormConfig::default().limit(FORM_BODY_BYTES))
        .app_data(web::PayloadConfig::new(MACHINE_BODY_BYTES))
        .app_data(web::JsonConfig::default().limit(MACHINE_BODY_BYTES));
}

/// The middleware: `App::new().app_data(guard.clone()).wrap(from_fn(guard::watch))`, as the outermost wrap.
///
/// # Errors
/// Passes on what comes from inside; its own refusals are answers, not errors.
pub async fn watch<B: MessageBody + 'static>(
    guard: Data<Guard>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let client = client_ip::find(&request, &guard.trusted_proxies);
    request.extensions_mut().insert(client);
    let signed_in = super::session::token_of(request.request()).is_some();

    let refused = guard
        .rates
        .check(request.method(), request.path(), client)
        .map_err(Refusal::too_often)
        .and_then(|()| guard.origins.check(&request))
        .and_then(|()| within_bounds(&request))
        .err();
    let mut response = match refused {
        None => next.call(request).await?.map_into_left_body(),
        Some(refusal) => {
            tracing::info!(
                status = refusal.status.as_u16(),
                path = request.path(),
                why = refusal.title,
                "refused"
            );
            let answer = super::open311::refused(&request, &refusal)
                .unwrap_or_else(|| guard.drawn(refusal).error_response());
            request.into_response(answer).map_into_right_body()
        }
    };
    headers::add(response.headers_mut(), guard.https, signed_in);
    Ok(response)
}

/// Turns away what says of itself that it is too large; what lies about it is cut off while it is read.
fn within_bounds(request: &ServiceRequest) -> Result<(), Refusal> {
    let said = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok());
    match said.map(str::parse::<u64>) {
        Some(Ok(bytes)) if usize::try_from(bytes).is_ok_and(|b| b <= UPLOAD_BODY_BYTES) => Ok(()),
        None => Ok(()),
        Some(_) => Err(Refusal::too_large()),
    }
}

/// Something the guard did not let through, in words for the person in front of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: StatusCode,
    /// What happened, as a headline.
    pub title: &'static str,
    /// What to do now, one or two sentences.
    pub text: &'static str,
    /// Seconds to wait, when waiting helps.
    pub wait_seconds: Option<u32>,
    html: String,
}

impl Refusal {
    const fn new(status: StatusCode, title: &'static str, text: &'static str) -> Self {
        Self { status, title, text, wait_seconds: None, html: String::new() }
    }

    fn too_often(wait_seconds: u32) -> Self {
        let mut refusal = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "Too many requests from your connection",
            "Please wait a moment and try again. If somebody is in danger, call the emergency number.",
        );
        refusal.wait_seconds = Some(wait_seconds);
        refusal
    }

    /// True when the form was ours and only came too late: its words may be shown again.
    pub(super) fn is_late(&self) -> bool {
        self.status == StatusCode::CONFLICT
    }

    const fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "That was too large",
            "Please send fewer or smaller photos, or a shorter text.",
        )
    }

    const fn foreign() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "This form was not sent from our own page",
            "Please open the page here and send it again. Nothing was changed.",
        )
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.title, self.text)
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status);
        answer.content_type("text/html; charset=utf-8").insert_header((header::CACHE_CONTROL, "no-store"));
        if let Some(seconds) = self.wait_seconds {
            answer.insert_header((header::RETRY_AFTER, HeaderValue::from(seconds)));
        }
        answer.body(if self.html.is_empty() { plain_page(self) } else { self.html.clone() })
    }
}

/// Stands in until the city's own page is set. Holds fixed words only, so there is nothing to escape.
fn plain_page(refusal: &Refusal) -> String {
    let (title, text) = (refusal.title, refusal.text);
    let wait = refusal.wait_seconds.map_or(String::new(), |s| format!("<p>Try again in {s} seconds.</p>"));
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><main><h1>{title}</h1><p>{text}</p>{wait}<p><a href=\"/\">Home</a></p></main></html>"
    )
}

#[cfg(test)]
mod tests;
