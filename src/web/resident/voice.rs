//! "Still broken" and "Yes, fixed" on the ticket page: written down, once an hour for each address and request.
//!
//! What they write in the box stays with staff. The limits here keep one visitor from flooding one request;
//! how often an address may send forms at all is the guard's.

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Deserialize;

use super::follow::public_ticket;
use super::ticket::{self, Extra};
use crate::error::{Error, Result};
use crate::journey::followers;
use crate::tickets::{self, Ticket};
use crate::web::answer::{Answer, Asker, answer};
use crate::web::guard::CheckedForm;
use crate::web::refused;
use crate::web::site::Site;
use crate::web::view::Field;

/// "Still broken" from one address in an hour, over all requests.
const BROKEN_AN_HOUR: u32 = 10;

#[derive(Debug, Deserialize)]
pub(super) struct BrokenForm {
    #[serde(default)]
    words: String,
}

pub(super) async fn still_broken(
    site: Data<Site>,
    request: HttpRequest,
    number: Path<String>,
    form: CheckedForm<BrokenForm>,
) -> HttpResponse {
    answer(site, Asker::of(&request), move |site, asker| {
        let ticket = public_ticket(site, &number)?;
        match broken(site, asker, &ticket, &form.0.words) {
            Ok(answer) => Ok(answer),
            Err(error) => {
                let Some(told) = refused::told(&error, "words") else { return Err(error) };
                let typed = Field { value: form.0.words, error: told.message };
                let status = refused::status_of(&error);
                ticket::page(site, asker, &ticket.number, Extra { broken: typed, status, ..Extra::default() })
            }
        }
    })
    .await
}

/// Writes it down, and opens the ticket again when it had ended.
fn broken(site: &Site, asker: &Asker, ticket: &Ticket, words: &str) -> Result<Answer> {
    let long = words.trim().chars().count();
    if long > followers::WORDS_CHARS {
        let most = followers::WORDS_CHARS;
        return Err(Error::Invalid(format!("{long} characters are too many: at most {most} fit")));
    }
    let (world, now) = (site.world(), site.now());
    let moved = once(site, asker, format!("broken/{}", ticket.id), || {
        if !site.kept.within(asker.client.group(), "broken", BROKEN_AN_HOUR) {
            let often = "that was often for one hour: call us, and we look at all of them";
            return Err(Error::Refused(often.into()));
        }
        site.app.db.write(|conn| {
            let fresh = tickets::by_number(conn, &ticket.number)?;
            followers::still_broken(conn, &world, &fresh, words, now)
        })
    })?;
    site.forget_ticket(&ticket.number);
    Ok(match moved {
        None => back(ticket, "again"),
        Some(_) if ticket.status.is_live() => back(ticket, "noted-broken"),
        Some(moved) => back(&moved, "still-broken"),
    })
}

#[derive(Debug, Deserialize)]
pub(super) struct Nothing {}

pub(super) async fn yes_fixed(
    site: Data<Site>,
    request: HttpRequest,
    number: Path<String>,
    _form: CheckedForm<Nothing>,
) -> HttpResponse {
    answer(site, Asker::of(&request), move |site, asker| {
        let ticket = public_ticket(site, &number)?;
        let now = site.now();
        let said = once(site, asker, format!("works/{}", ticket.id), || {
            site.app.db.write(|conn| followers::yes_fixed(conn, &ticket, now))
        })?;
        site.forget_ticket(&ticket.number);
        Ok(back(&ticket, if said.is_some() { "works" } else { "again" }))
    })
    .await
}

/// Does it the first time within an hour; `None` when this address did it already. What failed may be tried again.
fn once<T>(site: &Site, asker: &Asker, what: String, work: impl FnMut() -> Result<T>) -> Result<Option<T>> {
    let who = asker.client.group();
    if !site.kept.first_time(who, what.clone()) {
        return Ok(None);
    }
    let done = twice(work);
    if done.is_err() {
        site.kept.not_done(who, what);
    }
    done.map(Some)
}

/// Somebody else wrote at the same moment: once more, on what stands there now.
fn twice<T>(mut work: impl FnMut() -> Result<T>) -> Result<T> {
    match work() {
        Err(Error::Conflict(_)) => work(),
        done => done,
    }
}

fn back(ticket: &Ticket, said: &str) -> Answer {
    Answer::to(&format!("/t/{}?said={said}", ticket.number))
}
