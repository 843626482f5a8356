//! Who is signed in: looked up once a request, ended when idle, and demanded in front of every page of the city's own.
//!
//! `gate` stands before all of `/staff` and `/mayor`, so that a handler that forgets to ask is still closed.
//! A stranger is sent to sign in whatever the address holds, so that no answer tells which tickets exist.

use std::future::Future;
use std::pin::Pin;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::Next;
use actix_web::web::{self, Data};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse};

use super::account;
use super::answer::{Answer, Asker, answer};
use super::late::Late;
use super::session::token_of;
use super::site::Site;
use crate::accounts::{self, Action, Lifetime, Token};
use crate::app::App;
use crate::error::{Error, Result};

/// A person with a live session. Handlers behind the gate take it as an argument.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who it is; the password's hash is not carried along.
    pub user: accounts::User,
    /// Their session.
    pub session: accounts::Session,
}

impl SignedIn {
    /// The gate in front of an action.
    ///
    /// # Errors
    /// `Forbidden`, without naming what it is that may not be done to what.
    pub fn require(&self, action: Action) -> Result<()> {
        self.user.role.require(action)
    }
}

/// Finds the person behind a token; an idle or old session is ended here. Notes "last seen" once a minute.
///
/// # Errors
/// `Database` only.
pub(super) fn look_up(app: &App, token: &Token) -> Result<Option<SignedIn>> {
    let now = app.clock.now();
    let found = accounts::session(&mut *app.db.read()?, &token.digest())?;
    let Some((session, user)) = found else { return Ok(None) };
    let life = Lifetime::of(user.role);
    if life.ended(session.created_at.0, session.seen_at.0, now).is_some() {
        app.db.write(|conn| accounts::end_session(conn, session.id))?;
        return Ok(None);
    }
    if Lifetime::worth_noting(session.seen_at.0, now) {
        app.db.write(|conn| accounts::seen(conn, session.id, now))?;
    }
    Ok(Some(SignedIn { user: accounts::User { password: String::new(), ..user }, session }))
}

/// The person the gate found for this request, if it went through the gate.
pub(super) fn known(request: &HttpRequest) -> Option<SignedIn> {
    request.extensions().get::<SignedIn>().cloned()
}

/// Stands before `/staff` and `/mayor`: no session, no page; the least right of each part is asked for here,
/// finer ones in the handlers.
///
/// # Errors
/// Passes on what comes from inside; its own refusals are answers, not errors.
pub(super) async fn gate<B: MessageBody + 'static>(
    site: Data<Site>,
    mut request: ServiceRequest,
    next: Next<B>,
) -> std::result::Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let least = if request.path().starts_with("/mayor") { Action::SeeReplies } else { Action::SeeBoard };
    let found = person_of(&site, request.request()).await;
    let refused = match found {
        Ok(Some(me)) => match me.require(least) {
            Ok(()) => {
                request.extensions_mut().insert(me);
                return Ok(next.call(request).await?.map_into_boxed_body());
            }
            Err(error) => error,
        },
        Ok(None) if matches!(*request.method(), Method::GET | Method::HEAD) => {
            let back: String =
                url::form_urlencoded::byte_serialize(request.uri().to_string().as_bytes()).collect();
            let response = answer(site, Asker::of(request.request()), move |_, _| {
                Ok(Answer::to(&format!("/sign-in?next={back}")))
            });
            let response = response.await;
            return Ok(request.into_response(response));
        }
        Ok(None) => match late_form(&mut request).await {
            Some(late) => {
                let response = sign_in_first(site, request.request(), late).await;
                return Ok(request.into_response(response));
            }
            None => Error::Forbidden("you are signed out: sign in and send it again".into()),
        },
        Err(error) => error,
    };
    let response = answer(site, Asker::of(request.request()), move |_, _| Err(refused)).await;
    Ok(request.into_response(response))
}

/// The words of a form whose sender was signed out meanwhile; the origin check in front of this has seen that it
/// came from our own page.
async fn late_form(request: &mut ServiceRequest) -> Option<Late> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
        return None;
    }
    let body = request.extract::<web::Bytes>().await.ok()?;
    Late::of(request.path(), &body)
}

/// The sign-in page with the form that came too late; it goes on after signing in.
async fn sign_in_first(site: Data<Site>, request: &HttpRequest, late: Late) -> HttpResponse {
    let asker = match Asker::with_form(request, &site) {
        Ok(asker) => asker,
        Err(error) => return answer(site, Asker::of(request), move |_, _| Err(error)).await,
    };
    answer(site, asker, move |site, asker| {
        Ok(account::page(site, asker, "", "", "", Some(&late))?.status(StatusCode::FORBIDDEN))
    })
    .await
}

async fn person_of(site: &Data<Site>, request: &HttpRequest) -> Result<Option<SignedIn>> {
    let Some(token) = token_of(request) else { return Ok(None) };
    let site = Data::clone(site);
    let found = web::block(move || look_up(&site.app, &token)).await;
    found.unwrap_or_else(|_| Err(Error::Unavailable("the sign-in could not be looked up".into())))
}

/// Taken by handlers behind the gate. Elsewhere it is refused: nobody is signed in where nobody looked.
impl FromRequest for SignedIn {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<Self, actix_web::Error>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let me = known(request);
        Box::pin(async move {
            me.ok_or_else(|| {
                tracing::error!("a page asks who is signed in and does not stand behind the gate");
                actix_web::error::ErrorForbidden("sign in first")
            })
        })
    }
}
