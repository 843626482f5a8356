//! The token in a form: proof that the page it stands on was made for the browser that sends it.
//!
//! Signed in: derived from the session, so it ends with it. Not signed in (the report form, signing in):
//! derived from a random cookie and the hour, good for a day. Nothing is stored. Each page carries the token
//! under a fresh mask, so that a compressed page tells nothing about it.
//! The public ticket page is the same for everybody and comes from the page cache; its forms (follow,
//! "yes, fixed") have no token and nothing of a session to abuse: the origin check alone stands there.

use std::future::Future;
use std::pin::Pin;

use actix_web::cookie::Cookie;
use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Bytes, Data, Query};
use actix_web::{FromRequest, HttpRequest};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{FORM_BODY_BYTES, Guard, Refusal};
use crate::accounts::{ServerKey, Token, base64url, random, same_secret, unbase64url};
use crate::error::Result;
use crate::web::late;
use crate::web::session::{FORM_COOKIE, host_cookie, token_of, value_of};

/// How long an open form may be left lying, in hours.
const FORM_HOURS: i64 = 24;
/// Pages that are the same for everybody.
const WITHOUT_TOKEN: [&str; 1] = ["/t/"];
const TOKEN_BYTES: usize = 32;

/// A token for the page being made.
#[derive(Debug)]
pub struct FormToken {
    /// Goes into the hidden field `csrf`.
    pub field: String,
    /// Set with the page, when there is one.
    pub cookie: Option<Cookie<'static>>,
}

/// Why a form was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The browser brought no cookie back: it does not keep ours (plain http, cookies forbidden).
    NoCookie,
    /// The page was open too long, or the person signed in or out since.
    Old,
    /// Not a token of ours.
    Wrong,
}

/// Makes the token for a page. Pages with a token of a cookie are never cached.
///
/// # Errors
/// `Error::Unavailable` when the random source does not answer.
pub fn issue(request: &HttpRequest, key: &ServerKey, now: DateTime<Utc>) -> Result<FormToken> {
    if let Some(session) = token_of(request) {
        return Ok(FormToken { field: issue_for(&session, key)?, cookie: None });
    }
    // A cookie that is there is kept, so that two tabs work.
    let brought = value_of(request, FORM_COOKIE).filter(|value| unbase64url::<TOKEN_BYTES>(value).is_some());
    let fresh = brought.is_none();
    let value = match brought {
        Some(value) => value,
        None => base64url(&random::<TOKEN_BYTES>()?),
    };
    let hour = hour_of(now);
    let field = format!("{hour}.{}", masked(of_form(key, &value, hour))?);
    Ok(FormToken { field, cookie: fresh.then(|| host_cookie(FORM_COOKIE, value, None)) })
}

/// The field for a session that begins with the very page being made.
fn issue_for(session: &Token, key: &ServerKey) -> Result<String> {
    Ok(format!("s.{}", masked(of_session(key, session.reveal()))?))
}

/// Checks the field of a form that came in; for forms with photos, which `CheckedForm` does not read.
///
/// # Errors
/// The fault; `Guard::refuse_form` turns it into a page.
pub fn check(
    request: &HttpRequest,
    key: &ServerKey,
    now: DateTime<Utc>,
    field: &str,
) -> std::result::Result<(), Fault> {
    if WITHOUT_TOKEN.iter().any(|start| request.path().starts_with(start)) {
        return Ok(());
    }
    let (made, token) = field.split_once('.').ok_or(Fault::Wrong)?;
    let token = unmasked(token).ok_or(Fault::Wrong)?;
    let expect = match (token_of(request), made) {
        (Some(session), "s") => of_session(key, session.reveal()),
        (Some(_), _) | (None, "s") => return Err(Fault::Old),
        (None, hour) => {
            let hour: i64 = hour.parse().map_err(|_| Fault::Wrong)?;
            let value = value_of(request, FORM_COOKIE).ok_or(Fault::NoCookie)?;
            // One hour ahead is a node whose clock runs a little fast.
            if !(-1..=FORM_HOURS).contains(&hour_of(now).saturating_sub(hour)) {
                return Err(Fault::Old);
            }
            of_form(key, &value, hour)
        }
    };
    match (same_secret(&expect, &token), made) {
        (true, _) => Ok(()),
        // Whoever signed in anew still has pages of the session before: a token of ours then, and no longer good.
        (false, "s") => Err(Fault::Old),
        (false, _) => Err(Fault::Wrong),
    }
}

impl Guard {
    /// The token for a page being made for this request.
    ///
    /// # Errors
    /// As `issue`.
    pub fn form_token(&self, request: &HttpRequest) -> Result<FormToken> {
        issue(request, &self.key, self.now())
    }

    /// The token for the first page of a session that has just begun.
    ///
    /// # Errors
    /// `Unavailable` when the random source does not answer.
    pub fn token_of_session(&self, session: &Token) -> Result<String> {
        issue_for(session, &self.key)
    }

    /// Checks the field `csrf` of a form that the handler read itself.
    ///
    /// # Errors
    /// The page that says what to do; return it as it is.
    pub fn check_form(&self, request: &HttpRequest, field: &str) -> std::result::Result<(), Refusal> {
        check(request, &self.key, self.now(), field).map_err(|fault| {
            tracing::info!(path = request.path(), ?fault, "form refused");
            self.drawn(fault.refusal())
        })
    }
}

impl Fault {
    const fn refusal(self) -> Refusal {
        match self {
            Self::NoCookie => Refusal::new(
                StatusCode::FORBIDDEN,
                "Your browser did not keep our cookie",
                "This form needs one small cookie, for nothing but this form. Allow cookies for this site, open the page again and send it. On an address without https only Chrome, Edge and Firefox keep it.",
            ),
            Self::Old => Refusal::new(
                StatusCode::CONFLICT,
                "This page was open for too long",
                "Nothing was changed. Please go back, reload the page and send it again.",
            ),
            Self::Wrong => Refusal::foreign(),
        }
    }
}

/// A form whose token was right. Handlers that change something take this and nothing else.
#[derive(Debug)]
pub struct CheckedForm<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for CheckedForm<T> {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<Self, actix_web::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let body = Bytes::from_request(&request, payload);
        Box::pin(async move {
            let Some(guard) = request.app_data::<Data<Guard>>() else {
                return Err(actix_web::error::ErrorInternalServerError("this server runs without its guard"));
            };
            let body = body.await;
            let sent = body.as_ref().ok().cloned();
            read_form(guard, &request, body).map(Self).map_err(|refusal| {
                let again = sent.filter(|_| refusal.is_late());
                match again.and_then(|body| late::instead_of_refusal(&request, &body)) {
                    Some(page) => InternalError::from_response("a form came too late", page).into(),
                    None => refusal.into(),
                }
            })
        })
    }
}

fn read_form<T: DeserializeOwned>(
    guard: &Guard,
    request: &HttpRequest,
    body: std::result::Result<Bytes, actix_web::Error>,
) -> std::result::Result<T, Refusal> {
    #[derive(Deserialize)]
    struct Token {
        #[serde(default)]
        csrf: String,
    }
    let refuse = |refusal: Refusal| guard.drawn(refusal);
    let unreadable = || {
        refuse(Refusal::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "This form could not be read",
            "Something is missing from it. Please go back, reload the page and send it again.",
        ))
    };
    let too_large = |status: StatusCode| status == StatusCode::PAYLOAD_TOO_LARGE;
    let body = body.map_err(|error| {
        if too_large(error.as_response_error().status_code()) {
            refuse(Refusal::too_large())
        } else {
            unreadable()
        }
    })?;
    if body.len() > FORM_BODY_BYTES {
        return Err(refuse(Refusal::too_large()));
    }
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
        return Err(unreadable());
    }
    let text = std::str::from_utf8(&body).map_err(|_| unreadable())?;
    let token = Query::<Token>::from_query(text).map_err(|_| unreadable())?.into_inner();
    guard.check_form(request, &token.csrf)?;
    Query::<T>::from_query(text).map(Query::into_inner).map_err(|error| {
        tracing::debug!(path = request.path(), %error, "form unreadable");
        unreadable()
    })
}

fn of_session(key: &ServerKey, session: &str) -> [u8; TOKEN_BYTES] {
    key.mac("csrf:session", &[session.as_bytes()])
}

fn of_form(key: &ServerKey, cookie: &str, hour: i64) -> [u8; TOKEN_BYTES] {
    key.mac("csrf:form", &[cookie.as_bytes(), &hour.to_be_bytes()])
}

fn hour_of(now: DateTime<Utc>) -> i64 {
    now.timestamp().div_euclid(3600)
}

/// The token behind a random mask: mask, then token XOR mask.
fn masked(token: [u8; TOKEN_BYTES]) -> Result<String> {
    let mask = random::<TOKEN_BYTES>()?;
    let hidden = token.iter().zip(&mask).map(|(t, m)| t ^ m);
    Ok(base64url(&mask.iter().copied().chain(hidden).collect::<Vec<u8>>()))
}

fn unmasked(text: &str) -> Option<[u8; TOKEN_BYTES]> {
    let both = unbase64url::<{ 2 * TOKEN_BYTES }>(text)?;
    let (mask, hidden) = both.split_at(TOKEN_BYTES);
    let token: Vec<u8> = mask.iter().zip(hidden).map(|(m, h)| m ^ h).collect();
    token.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::Token;
    use actix_web::test::TestRequest;
    use chrono::Duration;
    use proptest::prelude::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn with_cookie(path: &str, cookie: &str) -> HttpRequest {
        TestRequest::post().uri(path).insert_header(("cookie", cookie)).to_http_request()
    }

    #[test]
    fn a_form_comes_back_from_the_same_browser_within_a_day() {
        let key = ServerKey::generate().unwrap();
        let form = issue(&with_cookie("/report", "a=b"), &key, now()).unwrap();
        let cookie = form.cookie.unwrap();
        assert!(cookie.to_string().contains("; HttpOnly; SameSite=Lax; Secure; Path=/"));
        let mine = cookie.stripped().to_string();
        let other =
            issue(&with_cookie("/report", ""), &key, now()).unwrap().cookie.unwrap().stripped().to_string();
        let later = |hours| now() + Duration::hours(hours);
        let check = |cookie: &str, field: &str, at, expect| {
            assert_eq!(check(&with_cookie("/report", cookie), &key, at, field), expect, "{cookie} {field}");
        };
        check(&mine, &form.field, now(), Ok(()));
        check(&mine, &form.field, later(24), Ok(()));
        check(&mine, &form.field, later(25), Err(Fault::Old));
        check(&mine, &form.field, later(-2), Err(Fault::Old));
        check("", &form.field, now(), Err(Fault::NoCookie));
        check(&other, &form.field, now(), Err(Fault::Wrong));
        check(&mine, "", now(), Err(Fault::Wrong));
        check(&mine, &form.field.replace('.', ".A"), now(), Err(Fault::Wrong));
        let (hour, rest) = form.field.split_once('.').unwrap();
        let next_hour = format!("{}.{rest}", hour.parse::<i64>().unwrap() + 1);
        check(&mine, &next_hour, later(1), Err(Fault::Wrong));
        let again = issue(&with_cookie("/report", &mine), &key, later(3)).unwrap();
        assert!(again.cookie.is_none() && again.field != form.field);
        check(&mine, &again.field, later(4), Ok(()));
        check(&mine, &form.field, later(4), Ok(()));
    }

    #[test]
    fn a_session_has_its_own_token() {
        let key = ServerKey::generate().unwrap();
        let (mine, other) = (Token::new().unwrap(), Token::new().unwrap());
        let cookie = |token: &Token| format!("__Host-onit={}", token.reveal());
        let token = || issue(&with_cookie("/staff", &cookie(&mine)), &key, now()).unwrap().field;
        assert_ne!(token(), token(), "masked anew each time");
        let check = |cookie: &str, expect| {
            assert_eq!(
                check(&with_cookie("/staff/x", cookie), &key, now() + Duration::days(9), &token()),
                expect
            );
        };
        check(&cookie(&mine), Ok(()));
        check(&cookie(&other), Err(Fault::Old));
        check("", Err(Fault::Old));
        let form = issue(&with_cookie("/report", ""), &key, now()).unwrap();
        let both = format!("{}; {}", cookie(&mine), form.cookie.unwrap().stripped());
        let open_form_does_not_open_staff =
            super::check(&with_cookie("/staff/x", &both), &key, now(), &form.field);
        assert_eq!(open_form_does_not_open_staff, Err(Fault::Old));
    }

    #[test]
    fn the_ticket_page_needs_none() {
        let key = ServerKey::generate().unwrap();
        assert_eq!(check(&with_cookie("/t/26-000001/follow", ""), &key, now(), ""), Ok(()));
        assert_eq!(check(&with_cookie("/staff/t/", ""), &key, now(), ""), Err(Fault::Wrong));
    }

    proptest! {
        #[test]
        fn nothing_made_up_is_taken(field in "\\PC{0,120}", near in "[0-9]{6}\\.[A-Za-z0-9_-]{86}", extreme: i64) {
            let key = ServerKey::from_bytes(&[7; 32]).unwrap();
            let request = with_cookie("/report", &format!("{FORM_COOKIE}={}", base64url(&[1; 32])));
            for field in [field, near.clone(), format!("{extreme}.{}", near.split_once('.').unwrap().1)] {
                prop_assert!(check(&request, &key, now(), &field).is_err());
            }
        }
    }
}
