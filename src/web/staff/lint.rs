//! POST `/staff/tickets/{number}/check-words`: does this sound like us? Nothing is written down.
//!
//! A script asks while somebody types and puts the answer below the box; without one the button "Check the words" shows
//! the page again with the same remarks.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::desk::{Desk, at_desk};
use super::pane;
use super::ticket;
use super::typed::{Form, Typed};
use crate::accounts::Action;
use crate::error::{Error, Result};
use crate::journey::voice;
use crate::limits::FIELD_CHARS;
use crate::tickets;
use crate::web::answer::Answer;
use crate::web::guard::CheckedForm;
use crate::web::site::Site;
use crate::web::view::pane::Check;

/// The remarks, as a list or on the page of the ticket.
pub(super) async fn show(
    site: Data<Site>,
    request: HttpRequest,
    number: Path<String>,
    form: CheckedForm<Form>,
) -> HttpResponse {
    let number = number.into_inner();
    at_desk(site, &request, Action::DraftReply, move |desk| one(desk, &number, &form.0)).await
}

fn one(desk: &Desk<'_>, number: &str, form: &Form) -> Result<Answer> {
    if form.text.chars().count() > FIELD_CHARS {
        return Err(Error::Invalid(format!("at most {FIELD_CHARS} characters fit")));
    }
    let ticket = tickets::by_number(&mut *desk.site.app.db.read()?, &ticket::canonical(number)?)?;
    super::moves::may_see(desk, &ticket)?;
    if form.part != "list" {
        let typed = Typed { step: "reply", form: form.clone(), error: None };
        return ticket::page(desk, &ticket, &typed);
    }
    let listeners = voice::listeners(&mut *desk.site.app.db.read()?, &ticket)?;
    let channel = listeners.first().map_or("", |l| l.post.channel.as_str());
    let mut checks = pane::remarks(desk, &ticket, channel, &form.text);
    if checks.is_empty() && !form.text.trim().is_empty() {
        checks.push(Check { tone: "ok".into(), text: "Sounds like us".into() });
    }
    Ok(Answer::page(desk.site.pages.render("parts/checks", &checks)?))
}
