//! The switch that stops every reply on every channel, and taking back one reply.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::desk::at_desk;
use crate::accounts::{self, Action};
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::journey::voice::{self, TakenBack};
use crate::replies;
use crate::tickets;
use crate::web::answer::Answer;
use crate::web::guard::CheckedForm;
use crate::web::session::return_path;
use crate::web::site::Site;

/// The forms of the bar.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    back: String,
    keep_emergency: String,
}

/// POST `/staff/sending/stop` and `/staff/sending/start`. Everybody may stop; starting needs more.
pub(super) async fn switch(
    site: Data<Site>,
    request: HttpRequest,
    way: Path<String>,
    form: CheckedForm<Form>,
) -> HttpResponse {
    let way = way.into_inner();
    let action = if way == "start" { Action::ResumeReplies } else { Action::StopReplies };
    at_desk(site, &request, action, move |desk| {
        let on = match way.as_str() {
            "start" => true,
            "stop" => false,
            _ => return Err(Error::NotFound("there is no such switch".into())),
        };
        let keep = form.0.keep_emergency == "on";
        desk.site.app.db.write(|conn| {
            replies::set_sending(conn, on, &desk.me.name, desk.now)?;
            // Asked beside the switch: the text for danger to life may go on while everything else is held.
            let emergency = if on || keep { "on" } else { "stopped" };
            replies::set_switch(conn, "sending_emergency", emergency, &desk.me.name, Ts(desk.now))?;
            let what = if on { "sending started" } else { "sending stopped" };
            let about = if keep && !on { "all but the emergency text" } else { "everything" };
            accounts::note_audit(conn, &desk.me.login, what, about, desk.now)
        })?;
        Ok(Answer::to(&back_to(&form.0.back, if on { "resumed" } else { "stopped" })))
    })
    .await
}

/// Back to the page the button stood on, with what was done.
fn back_to(back: &str, code: &str) -> String {
    let path = return_path(back).unwrap_or("/staff");
    let join = if path.contains('?') { '&' } else { '?' };
    format!("{path}{join}done={code}")
}

/// POST `/staff/replies/{id}/take-back`: undo, while it has not been sent.
pub(super) async fn take_back(
    site: Data<Site>,
    request: HttpRequest,
    id: Path<i64>,
    _: CheckedForm<Form>,
) -> HttpResponse {
    let id = id.into_inner();
    at_desk(site, &request, Action::SeeBoard, move |desk| {
        let (number, done) = desk.site.app.db.write(|conn| -> Result<_> {
            let done = voice::ask_take_back(conn, id, desk.me, desk.now)?;
            let reply = replies::reply(conn, id)?;
            let ticket = reply.ticket_id.map(|t| tickets::by_id(conn, t)).transpose()?;
            Ok((ticket.map(|t| t.number), done))
        })?;
        let code = if done == TakenBack::Stopped { "undone" } else { "taking" };
        let page = number.map_or_else(|| "/staff".to_owned(), |n| format!("/staff/tickets/{n}"));
        Ok(Answer::to(&format!("{page}?done={code}")))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::back_to;

    #[test]
    fn back_stays_here() {
        assert_eq!(back_to("/staff?group=look", "stopped"), "/staff?group=look&done=stopped");
        assert_eq!(back_to("//evil.example", "stopped"), "/staff?done=stopped");
        assert_eq!(back_to("", "resumed"), "/staff?done=resumed");
    }
}
