//! The Mastodon API as far as a city account needs it: routes, who is calling, and how "no" is said.
//!
//! Answers and error bodies are Mastodon's (`{"error": …}`), so that the product's channel cannot tell the
//! difference. What is not listed here answers 404, streaming included.

mod accounts;
mod entity;
mod instance;
mod media;
mod notifications;
mod oauth;
mod params;
mod statuses;

use actix_web::http::{StatusCode, header};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde_json::{Value, json};

use super::Square;
use super::access::Token;
use super::faults::meddle;
pub(super) use params::Params;

pub(super) use media::{photo_of, serve as serve_photo};

/// Largest body of a call without a file, in bytes.
pub(super) const MAX_BODY_BYTES: usize = 64 * 1024;

/// All routes below `/api/` and `/oauth/`.
pub(super) fn routes(config: &mut ServiceConfig) {
    let wrapped = web::scope("/api").wrap(actix_web::middleware::from_fn(meddle));
    let v1 = web::scope("/v1")
        .configure(instance::routes_v1)
        .configure(oauth::routes_v1)
        .configure(accounts::routes)
        .configure(notifications::routes_v1)
        .configure(statuses::routes)
        .configure(media::routes_v1);
    let v2 = web::scope("/v2")
        .configure(instance::routes_v2)
        .configure(notifications::routes_v2)
        .configure(media::routes_v2);
    config.service(wrapped.service(v1).service(v2).default_service(web::to(nothing)));
    config.configure(oauth::routes);
}

async fn nothing() -> Result<HttpResponse, Refusal> {
    Err(Refusal::not_found())
}

/// A "no" as Mastodon says it.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    status: StatusCode,
    body: Value,
}

impl Refusal {
    /// Any status with `{"error": message}`.
    pub(super) fn new(status: StatusCode, message: &str) -> Self {
        Self { status, body: json!({"error": message}) }
    }

    /// 404 as for every record that is not there or not for you.
    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Record not found")
    }

    /// 422 with Mastodon's words for a record that cannot be saved.
    pub(super) fn invalid(message: &str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message)
    }

    /// 401 for a token that is missing, wrong or revoked.
    pub(super) fn token(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, message)
    }

    /// An OAuth error with its code and description.
    fn oauth(status: StatusCode, code: &str, description: &str) -> Self {
        Self { status, body: json!({"error": code, "error_description": description}) }
    }

    /// The answer itself.
    pub(super) fn answer(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status);
        if self.status == StatusCode::UNAUTHORIZED {
            let error = "Bearer realm=\"Doorkeeper\", error=\"invalid_token\"";
            answer.insert_header((header::WWW_AUTHENTICATE, error));
        }
        answer.json(&self.body)
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.status, self.body)
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        self.answer()
    }
}

/// The account calling, which must hold a scope.
fn caller(square: &Square, request: &HttpRequest, params: &Params, scope: &str) -> Result<usize, Refusal> {
    let token = token(square, request, params)?;
    // "Who am I" may be asked with `profile` alone or with the older `read:accounts`.
    let allowed = token.allows(scope) || (scope == "profile" && token.allows("read:accounts"));
    if !allowed {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "This action is outside the authorized scopes"));
    }
    token.account.ok_or_else(|| Refusal::invalid("This method requires an authenticated user"))
}

/// The account looking, if it said who it is; a wrong token is refused, none is a stranger.
fn viewer(square: &Square, request: &HttpRequest, params: &Params) -> Result<Option<usize>, Refusal> {
    match secret_of(request, params) {
        None => Ok(None),
        Some(_) => token(square, request, params).map(|token| token.account),
    }
}

fn token(square: &Square, request: &HttpRequest, params: &Params) -> Result<Token, Refusal> {
    let secret = secret_of(request, params);
    let found = secret.and_then(|secret| square.access().token(&secret).cloned());
    found.ok_or_else(|| Refusal::token("The access token is invalid"))
}

fn secret_of(request: &HttpRequest, params: &Params) -> Option<String> {
    let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = header.and_then(|value| {
        let (scheme, secret) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim().to_owned())
    });
    bearer.or_else(|| params.get("access_token").map(str::to_owned))
}

/// The id in the address, or 404: Mastodon's ids are numbers, everything else is nobody's.
fn id_in_path(path: &str) -> Result<u64, Refusal> {
    path.parse().map_err(|_| Refusal::not_found())
}

/// One page of a list that is sorted oldest first, as Mastodon pages: `min_id` gives the page right after it,
/// otherwise the newest page below `max_id` and above `since_id`. Newest first inside the page.
fn page_of<T>(items: Vec<T>, id: impl Fn(&T) -> u64, params: &Params, limit: usize) -> Vec<T> {
    let bound = |name: &str| params.get(name).and_then(|value| value.parse::<u64>().ok());
    let (min, max, since) = (bound("min_id"), bound("max_id"), bound("since_id"));
    let below = |item: &T| max.is_none_or(|max| id(item) < max);
    if let Some(min) = min {
        let mut page: Vec<T> =
            items.into_iter().filter(|item| id(item) > min && below(item)).take(limit).collect();
        page.reverse();
        return page;
    }
    let above = |item: &T| since.is_none_or(|since| id(item) > since);
    items.into_iter().rev().filter(|item| below(item) && above(item)).take(limit).collect()
}

/// The `Link` header of a page: `next` goes to older items, `prev` to newer ones.
fn links(
    square: &Square,
    path: &str,
    params: &Params,
    ends: Option<(u64, u64)>,
    more: bool,
) -> Option<String> {
    let (newest, oldest) = ends?;
    let address = |name: &str, id: u64| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let kept = params
            .pairs()
            .filter(|(key, _)| !["min_id", "max_id", "since_id", "access_token"].contains(&key.as_str()));
        query.extend_pairs(kept).append_pair(name, &id.to_string());
        format!("<{}{path}?{}>", square.base_url(), query.finish())
    };
    let prev = format!("{}; rel=\"prev\"", address("min_id", newest));
    if more {
        return Some(format!("{}; rel=\"next\", {prev}", address("max_id", oldest)));
    }
    Some(prev)
}

/// A page of JSON with its `Link` header.
fn listed(page: Vec<Value>, links: Option<String>) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    if let Some(links) = links {
        answer.insert_header((header::LINK, links));
    }
    answer.json(page)
}
