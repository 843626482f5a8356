//! POST `/mayor/replies/{id}/{way}`: approve what was read, edit and approve, reject, take back.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::office::{self, Way, Wrong};
use crate::accounts::Action;
use crate::error::{Error, Result};
use crate::journey::voice::{self, TakenBack};
use crate::limits::FIELD_CHARS;
use crate::tickets;
use crate::web::answer::Answer;
use crate::web::guard::CheckedForm;
use crate::web::refused;
use crate::web::site::Site;
use crate::web::staff::desk::{Desk, at_desk};

/// Fields of the cards.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    text_hash: String,
    text: String,
    words: String,
}

/// Settles one reply, or the same words to several people.
pub(super) async fn take(
    site: Data<Site>,
    request: HttpRequest,
    path: Path<(i64, String)>,
    form: CheckedForm<Form>,
) -> HttpResponse {
    let (id, way) = path.into_inner();
    // Who drafted a reply may stop it: `voice` looks at that; here it is enough to see replies.
    let action = if way == "take-back" { Action::SeeReplies } else { Action::ReleaseReply };
    at_desk(site, &request, action, move |desk| one(desk, id, &way, &form.0)).await
}

fn one(desk: &Desk<'_>, id: i64, way: &str, form: &Form) -> Result<Answer> {
    let (world, me, now) = (&desk.world, desk.me, desk.now);
    let done = short_enough(form).and_then(|()| {
        desk.site.app.db.write(|conn| {
            let reply = crate::replies::reply(conn, id)?;
            let number = reply.ticket_id.map(|t| tickets::by_id(conn, t)).transpose()?.map(|t| t.number);
            let code = match way {
                "approve" => voice::approve(conn, world, id, &form.text_hash, me, now).map(|_| "approved")?,
                "edit" => {
                    voice::edit_and_approve(conn, world, id, &form.text, me, now).map(|_| "approved")?
                }
                "reject" => voice::reject(conn, world, id, &form.words, me, now).map(|()| "rejected")?,
                "take-back" => match voice::ask_take_back(conn, id, me, now)? {
                    TakenBack::Stopped => "undone",
                    TakenBack::Asked => "taking",
                },
                _ => return Err(Error::NotFound("there is no such way".into())),
            };
            Ok((code, number))
        })
    });
    match done {
        Ok((code, number)) => {
            if let Some(number) = number {
                desk.site.forget_ticket(&number);
            }
            Ok(Answer::to(&format!("/mayor?done={code}")))
        }
        Err(error) => {
            let Some(told) = refused::told(&error, "") else { return Err(error) };
            let (way, typed) = match way {
                "edit" => (Way::Edit, form.text.clone()),
                "reject" => (Way::Reject, form.words.clone()),
                _ => (Way::Press, String::new()),
            };
            let wrong = Wrong { id, way, typed, message: told.message };
            Ok(office::page(desk, Some(&wrong))?.status(refused::status_of(&error)))
        }
    }
}

fn short_enough(form: &Form) -> Result<()> {
    let long = [&form.text, &form.words].into_iter().map(|typed| typed.chars().count()).max();
    match long {
        Some(n) if n > FIELD_CHARS => {
            Err(Error::Invalid(format!("{n} characters are too many: at most {FIELD_CHARS} fit")))
        }
        _ => Ok(()),
    }
}
