//! POST `/staff/pages/{number}/have-it`: "I have it" ends the calls to the people on duty.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::desk::at_desk;
use super::ticket;
use super::typed::Typed;
use crate::accounts::{self, Action};
use crate::journey::advance;
use crate::tickets;
use crate::web::answer::Answer;
use crate::web::guard::CheckedForm;
use crate::web::site::Site;

/// The token alone.
#[derive(Debug, Deserialize)]
pub(super) struct Nothing {}

/// The first one counts; whoever comes second reads who was faster.
pub(super) async fn take(
    site: Data<Site>,
    request: HttpRequest,
    number: Path<String>,
    _: CheckedForm<Nothing>,
) -> HttpResponse {
    let number = number.into_inner();
    at_desk(site, &request, Action::TakeEmergency, move |desk| {
        let number = ticket::canonical(&number)?;
        let done = desk.site.app.db.write(|conn| {
            let ticket = tickets::by_number(conn, &number)?;
            advance::have_it(conn, &ticket, &desk.me.name, desk.now)?;
            accounts::note_audit(conn, &desk.me.login, "emergency taken", &ticket.number, desk.now)
        });
        match done {
            Ok(()) => Ok(Answer::to(&format!("/staff/tickets/{number}?done=taken"))),
            Err(error) => ticket::refused(desk, &number, error, "pane-title", Typed::default()),
        }
    })
    .await
}
