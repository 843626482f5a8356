//! Following a ticket by e-mail: ask (POST `/t/{number}/follow`), then confirm or stop by the link in the mail.
//!
//! The answer to asking is the same whether the address follows already or not: it tells nobody anything.
//! The mailed link only shows a page; its button does the thing, so that a mail scanner confirms nothing.

use actix_web::http::header;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::ticket::{self, Extra};
use super::words::Words;
use crate::error::{Error, Result};
use crate::insights::public::{self, TicketRow as Row};
use crate::journey::followers::{self, Follower};
use crate::limits::EMAIL_CHARS;
use crate::tickets;
use crate::web::answer::{Answer, Asker, answer};
use crate::web::guard::CheckedForm;
use crate::web::refused;
use crate::web::shell::shell;
use crate::web::site::Site;
use crate::web::view::resident::Follow;
use crate::web::view::{Field, Link};

#[derive(Debug, Deserialize)]
pub(super) struct AskForm {
    #[serde(default)]
    email: String,
}

pub(super) async fn ask(
    site: Data<Site>,
    request: HttpRequest,
    number: Path<String>,
    form: CheckedForm<AskForm>,
) -> HttpResponse {
    let (number, typed) = (number.into_inner(), form.0.email);
    answer(site, Asker::of(&request), move |site, asker| {
        let Some(email) = followers::address(&typed) else {
            let error = Error::Invalid("this address is not complete: it looks like name@example.org".into());
            return asked_again(site, asker, &number, &typed, error);
        };
        let (world, now) = (site.world(), site.now());
        let ticket = public_ticket(site, &number)?;
        let asked = site.app.db.write(|conn| followers::ask(conn, &world, &ticket, &email, false, now));
        if let Err(error) = asked {
            return asked_again(site, asker, &number, &typed, error);
        }
        let words = Words::new(&world.settings, now);
        let row = public::known(&mut *site.app.db.read()?, &ticket.number)?;
        let view = Follow {
            shell: shell(site, &world, asker, ("Look in your mail", "")),
            heading: "Look in your mail".to_owned(),
            text: format!("We sent a link to {}. Press it, and you hear of each step, once.", masked(&email)),
            tone: "info".to_owned(),
            ..about(&words, row.as_ref())
        };
        render(site, &view)
    })
    .await
}

/// The request's page again, with the address as typed and how to mend it.
fn asked_again(site: &Site, asker: &Asker, number: &str, typed: &str, error: Error) -> Result<Answer> {
    let Some(told) = refused::told(&error, "email") else { return Err(error) };
    let email = Field { value: typed.chars().take(EMAIL_CHARS).collect(), error: told.message };
    let status = refused::status_of(&error);
    ticket::page(site, asker, number, Extra { email, status, ..Extra::default() })
}

/// The ticket behind a public page; sealed and hidden ones are not there.
pub(super) fn public_ticket(site: &Site, number: &str) -> Result<tickets::Ticket> {
    let nothing = || Error::NotFound(format!("there is no request {number}"));
    let conn = &mut *site.app.db.read()?;
    public::known(conn, number)?.ok_or_else(nothing)?;
    tickets::by_number(conn, number)
}

pub(super) async fn show(site: Data<Site>, request: HttpRequest, token: Path<String>) -> HttpResponse {
    let asker = match Asker::with_form(&request, &site) {
        Ok(asker) => asker,
        Err(error) => return answer(site, Asker::of(&request), move |_, _| Err(error)).await,
    };
    answer(site, asker, move |site, asker| {
        let follower = followers::find(&mut *site.app.db.read()?, &token)?;
        state_page(site, asker, &token, &follower, &follower.state, false)
    })
    .await
}

#[derive(Debug, Deserialize)]
pub(super) struct PressForm {
    #[serde(rename = "do", default)]
    what: String,
}

pub(super) async fn press(
    site: Data<Site>,
    request: HttpRequest,
    token: Path<String>,
    form: CheckedForm<PressForm>,
) -> HttpResponse {
    let asker = match Asker::with_form(&request, &site) {
        Ok(asker) => asker,
        Err(error) => return answer(site, Asker::of(&request), move |_, _| Err(error)).await,
    };
    answer(site, asker, move |site, asker| {
        let (follower, state) = site.app.db.write(|conn| {
            let follower = followers::find(conn, &token)?;
            if form.0.what == "stop" {
                followers::stop(conn, &follower)?;
                Ok((follower, "stopped"))
            } else {
                followers::confirm(conn, &follower)?;
                Ok((follower, "active"))
            }
        })?;
        state_page(site, asker, &token, &follower, state, true)
    })
    .await
}

/// What the link's owner sees: what holds now, and the one thing to do.
fn state_page(
    site: &Site,
    asker: &Asker,
    token: &str,
    follower: &Follower,
    state: &str,
    done: bool,
) -> Result<Answer> {
    let world = site.world();
    let words = Words::new(&world.settings, site.now());
    let who = masked(&follower.email);
    let (heading, text, value, label, tone) = match (state, done) {
        ("asked", _) => (
            "Follow this request?",
            format!("We write to {who} at every step, once."),
            "confirm",
            "Yes, tell me",
            "info",
        ),
        ("active", true) => (
            "You follow this request",
            format!("We write to {who} at every step, once."),
            "stop",
            "Stop telling me",
            "done",
        ),
        ("active", false) => (
            "Stop these mails?",
            format!("{who} follows this request and hears of every step."),
            "stop",
            "Stop telling me",
            "info",
        ),
        (_, true) => (
            "We stopped",
            format!("We do not write to {who} about this request any more."),
            "confirm",
            "Follow again",
            "done",
        ),
        (_, false) => (
            "You do not follow this request",
            format!("We do not write to {who} about it."),
            "confirm",
            "Follow again",
            "info",
        ),
    };
    let conn = &mut *site.app.db.read()?;
    let ticket = tickets::by_id(conn, follower.ticket_id)?;
    let row = match public::ticket(conn, &ticket.number)? {
        public::Found::Page(page) => Some(page.ticket),
        public::Found::Moved(to) => public::known(conn, &to)?,
        public::Found::Nothing => None,
    };
    let view = Follow {
        shell: shell(site, &world, asker, (heading, "")),
        heading: heading.to_owned(),
        text,
        action: format!("/follow/{token}"),
        action_value: value.to_owned(),
        action_label: label.to_owned(),
        tone: tone.to_owned(),
        ..about(&words, row.as_ref())
    };
    render(site, &view)
}

fn about(words: &Words<'_>, row: Option<&Row>) -> Follow {
    let Some(row) = row else { return Follow::default() };
    Follow {
        ticket: Some(Link {
            href: format!("/t/{}", row.number),
            label: format!("{}, {}", words.service(&row.service), words.place(row)),
        }),
        number: row.number.clone(),
        chip: Some(words.chip(row)),
        ..Follow::default()
    }
}

fn render(site: &Site, view: &Follow) -> Result<Answer> {
    let html = site.pages.render("resident/follow", view)?;
    let answer = Answer::page(html).header(header::CACHE_CONTROL, "no-store");
    Ok(answer.header(header::HeaderName::from_static("x-robots-tag"), "noindex"))
}

/// "a…@example.org": enough to recognize one's own, too little to learn another's.
fn masked(email: &str) -> String {
    let (user, host) = email.rsplit_once('@').unwrap_or((email, ""));
    format!("{}…@{host}", user.chars().next().unwrap_or('?'))
}
