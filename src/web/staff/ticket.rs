//! GET `/staff/tickets/{number}`: one ticket beside the queue; also what a refused form shows again.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::board;
use super::desk::{Desk, at_desk};
use super::pane;
use super::typed::Typed;
use crate::accounts::Action;
use crate::error::{Error, Result};
use crate::tickets::{self, Ticket, numbers};
use crate::web::answer::Answer;
use crate::web::refused;
use crate::web::site::Site;
use crate::web::view::board::StaffTicket;

/// GET `/staff/tickets/{number}`. A merged number opens the survivor.
pub(super) async fn show(site: Data<Site>, request: HttpRequest, number: Path<String>) -> HttpResponse {
    let number = number.into_inner();
    at_desk(site, &request, Action::SeeBoard, move |desk| {
        let written = canonical(&number)?;
        let ticket = tickets::by_number(&mut *desk.site.app.db.read()?, &written)?;
        if ticket.number != number {
            return Ok(Answer::to(&format!("/staff/tickets/{}", ticket.number)));
        }
        page(desk, &ticket, &Typed::default())
    })
    .await
}

/// The number as it is kept, from what stands in the address.
pub(super) fn canonical(number: &str) -> Result<String> {
    numbers::as_typed(number).ok_or_else(|| Error::NotFound("there is no such request".into()))
}

/// The whole page of a ticket.
pub(super) fn page(desk: &Desk<'_>, ticket: &Ticket, typed: &Typed) -> Result<Answer> {
    let mut conn = desk.site.app.db.read()?;
    let pane = pane::build(desk, &mut conn, ticket, typed)?;
    let title = format!("{}, {}", pane::title(desk, ticket), ticket.number);
    let shell = desk.shell(&mut conn, (&title, "board"))?;
    let (queue, _) = board::queue(desk, &mut conn, Some(&ticket.number))?;
    let view = StaffTicket { shell, queue, pane };
    Ok(Answer::page(desk.site.pages.render("staff/ticket", &view)?))
}

/// The page again with what was wrong and what was typed; errors with a page of their own are passed on.
pub(super) fn refused(
    desk: &Desk<'_>,
    number: &str,
    error: Error,
    field: &str,
    typed: Typed,
) -> Result<Answer> {
    let Some(told) = refused::told(&error, field) else { return Err(error) };
    let ticket = tickets::by_number(&mut *desk.site.app.db.read()?, number)?;
    let typed = Typed { error: Some(told), ..typed };
    Ok(page(desk, &ticket, &typed)?.status(refused::status_of(&error)))
}
