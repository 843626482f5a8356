//! Signing in and out. The rules are `accounts`'; here they meet the form, the cookie and the clock.
//!
//! A wrong name costs the same time and gets the same words as a wrong password. Each sign-in has a fresh token;
//! the session a browser brought along is ended.

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Duration, Utc};
use serde::Deserialize;

use super::answer::{Answer, Asker, answer};
use super::guard::CheckedForm;
use super::late::Late;
use super::session::{KnownDevice, ended_session_cookie, return_path, session_cookie};
use super::shell::shell;
use super::site::Site;
use super::view::account::{DemoPerson, SignIn, SignOut};
use crate::accounts::limits::{self, Decision};
use crate::accounts::{self, Action, Role, Token, Verdict};
use crate::error::Result;

const WRONG: &str = "That address and password do not fit together. Try again, or ask who runs OnIt here.";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/sign-in").route(web::get().to(ask)).route(web::post().to(sign_in)))
        .service(web::resource("/sign-out").route(web::get().to(ask_out)).route(web::post().to(sign_out)));
}

#[derive(Debug, Deserialize)]
struct SignInForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
    #[serde(default)]
    late_to: String,
    #[serde(default)]
    late_form: String,
}

async fn ask(site: Data<Site>, request: HttpRequest) -> HttpResponse {
    let asker = match Asker::with_form(&request, &site) {
        Ok(asker) => asker,
        Err(error) => return answer(site, Asker::of(&request), move |_, _| Err(error)).await,
    };
    answer(site, asker, |site, asker| {
        let next = asker.value("next").unwrap_or_default();
        if let Some(me) = &asker.person {
            return Ok(Answer::to(return_path(&next).unwrap_or(first_page(me.user.role))));
        }
        page(site, asker, "", &next, "", None)
    })
    .await
}

/// The form to sign in, with what was wrong, and with a form that came too late and goes on after it.
pub(super) fn page(
    site: &Site,
    asker: &Asker,
    email: &str,
    next: &str,
    error: &str,
    late: Option<&Late>,
) -> Result<Answer> {
    let people = site.demo.iter().flat_map(|d| &d.people).map(|p| DemoPerson {
        who: p.who.clone(),
        email: p.login.clone(),
        password: p.password.clone(),
    });
    let view = SignIn {
        shell: shell(site, &site.world(), asker, ("Sign in", "")),
        email: email.to_owned(),
        error: error.to_owned(),
        late_typed: late.map(Late::typed).unwrap_or_default(),
        late_to: late.map(|l| l.to().to_owned()).unwrap_or_default(),
        late_form: late.map(Late::packed).unwrap_or_default(),
        next: return_path(next).unwrap_or_default().to_owned(),
        demo_people: people.collect(),
    };
    let status = if error.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(Answer::page(site.pages.render("account/sign_in", &view)?)
        .status(status)
        .header(header::CACHE_CONTROL, "no-store"))
}

/// Where somebody goes who did not ask for a page.
fn first_page(role: Role) -> &'static str {
    if role.speaks_for_the_city() { "/mayor" } else { "/staff" }
}

async fn sign_in(site: Data<Site>, request: HttpRequest, form: CheckedForm<SignInForm>) -> HttpResponse {
    let form = form.0;
    // What cannot be a name is nobody's, and is turned away at the same price as a wrong one.
    let login = accounts::login_name(&form.email).unwrap_or_default();
    let device = KnownDevice::of(&request, site.guard.key(), &login);
    let asker = match Asker::with_form(&request, &site) {
        Ok(asker) => asker,
        Err(error) => return answer(site, Asker::of(&request), move |_, _| Err(error)).await,
    };
    answer(site, asker, move |site, asker| {
        let late = Late::of(&form.late_to, form.late_form.as_bytes());
        let late = late.as_ref();
        let tried = Try {
            login,
            counted_as: device.map(|d| format!("device:{}", d.digest)),
            address: format!("address:{}", asker.client),
            now: site.now(),
        };
        match tried.check(site, &form.password)? {
            Outcome::In(user) => welcome(site, asker, &tried, &user, (&form.next, late)),
            Outcome::Wrong => page(site, asker, &form.email, &form.next, WRONG, late),
            Outcome::Wait(seconds) => {
                let minutes = seconds.div_ceil(60);
                let words = format!("Too many wrong tries. Wait {minutes} min and try again.");
                Ok(page(site, asker, &form.email, &form.next, &words, late)?
                    .status(StatusCode::TOO_MANY_REQUESTS)
                    .header(header::RETRY_AFTER, &seconds.to_string()))
            }
        }
    })
    .await
}

/// One try to sign in.
struct Try {
    login: String,
    /// The device, when this account was used on it before: strangers' tries do not lock it out.
    counted_as: Option<String>,
    address: String,
    now: DateTime<Utc>,
}

enum Outcome {
    In(Box<accounts::User>),
    Wrong,
    Wait(u32),
}

impl Try {
    fn who(&self) -> String {
        self.counted_as.clone().unwrap_or_else(|| format!("login:{}", self.login))
    }

    /// The try is written down before the password is looked at: a thousand at once are a thousand rows.
    fn check(&self, site: &Site, password: &str) -> Result<Outcome> {
        let (who, now) = (self.who(), self.now);
        let decision = site.app.db.write(|conn| {
            let account = accounts::tries(conn, &who, now - Duration::minutes(limits::WINDOW_MINUTES))?;
            let address =
                accounts::tries(conn, &self.address, now - Duration::minutes(limits::ADDRESS_MINUTES))?;
            let decision = limits::decide(&account, &address, now);
            if decision == Decision::Allowed {
                accounts::note_try(conn, &[&who], now)?;
            }
            Ok(decision)
        })?;
        if let Decision::Wait(seconds) = decision {
            return Ok(Outcome::Wait(seconds));
        }
        let user = accounts::by_login(&mut *site.app.db.read()?, &self.login)?;
        let user = user.filter(|u| u.state == "active");
        let verdict = site.passwords.verify(user.as_ref().map(|u| u.password.as_str()), password)?;
        match (verdict, user) {
            (Verdict::Right | Verdict::RightButOld, Some(user)) => Ok(Outcome::In(Box::new(user))),
            _ => {
                // Only wrong ones count for the address: a city hall is one address, and signs in all morning.
                site.app.db.write(|conn| accounts::note_try(conn, &[&self.address], now))?;
                Ok(Outcome::Wrong)
            }
        }
    }
}

/// A new session, a device that is known from now on, and the page that was asked for.
fn welcome(
    site: &Site,
    asker: &Asker,
    tried: &Try,
    user: &accounts::User,
    (next, late): (&str, Option<&Late>),
) -> Result<Answer> {
    let token = Token::new()?;
    let before = asker.person.as_ref().map(|me| me.session.id);
    site.app.db.write(|conn| {
        if let Some(before) = before {
            accounts::end_session(conn, before)?;
        }
        accounts::forget_tries(conn, &tried.who(), tried.now)?;
        accounts::open_session(conn, user.id, &token.digest(), "", tried.now)?;
        accounts::note_audit(conn, &user.login, "signed in", &tried.address, tried.now)
    })?;
    let device: Cookie<'static> = KnownDevice::cookie(site.guard.key(), &user.login)?;
    if let Some(late) = late.filter(|l| may_open(user.role, l.to())) {
        let csrf = site.guard.token_of_session(&token)?;
        return Ok(late.page(site, asker, &csrf)?.cookie(session_cookie(&token)).cookie(device));
    }
    let home = first_page(user.role);
    let wanted = return_path(next).filter(|path| may_open(user.role, path)).unwrap_or(home);
    Ok(Answer::to(wanted).cookie(session_cookie(&token)).cookie(device))
}

/// Nobody is welcomed with a refusal: a page this role cannot open gives way to its own first page.
fn may_open(role: Role, path: &str) -> bool {
    !path.starts_with("/mayor") || role.may(Action::SeeReplies)
}

async fn ask_out(site: Data<Site>, request: HttpRequest) -> HttpResponse {
    let asker = match Asker::with_form(&request, &site) {
        Ok(asker) => asker,
        Err(error) => return answer(site, Asker::of(&request), move |_, _| Err(error)).await,
    };
    answer(site, asker, |site, asker| sign_out_page(site, asker, asker.person.is_none())).await
}

fn sign_out_page(site: &Site, asker: &Asker, done: bool) -> Result<Answer> {
    let title = if done { "You are signed out" } else { "Sign out?" };
    let mut frame = shell(site, &site.world(), asker, (title, ""));
    if done {
        frame.person = None;
    }
    let html = site.pages.render("account/sign_out", &SignOut { shell: frame, done })?;
    Ok(Answer::page(html).header(header::CACHE_CONTROL, "no-store"))
}

#[derive(Debug, Deserialize)]
struct Nothing {}

async fn sign_out(site: Data<Site>, request: HttpRequest, _form: CheckedForm<Nothing>) -> HttpResponse {
    answer(site, Asker::of(&request), |site, asker| {
        if let Some(me) = &asker.person {
            site.app.db.write(|conn| accounts::end_session(conn, me.session.id))?;
        }
        Ok(sign_out_page(site, asker, true)?.cookie(ended_session_cookie()))
    })
    .await
}
