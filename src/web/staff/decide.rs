//! POST `/staff/review/{post}/{way}`: open it, join it, ask where it is, set it aside, look again.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::desk::{Desk, at_desk};
use super::review::{self, Named, REASONS};
use super::{moves, pane, ticket};
use crate::accounts::{self, Action};
use crate::db::DbConnection;
use crate::error::{Error, Result};
use crate::insights::board as queue;
use crate::intake;
use crate::journey::{advance, decide};
use crate::limits::FIELD_CHARS;
use crate::places::Place;
use crate::tickets::{self, ConcernRow, Ticket};
use crate::web::answer::Answer;
use crate::web::guard::CheckedForm;
use crate::web::site::Site;

/// Fields of the review page and of the answer buttons in the queue.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    pub service: String,
    pub other_service: String,
    pub place: String,
    #[serde(rename = "where")]
    pub typed_place: String,
    pub join: String,
    pub reason: String,
    pub words: String,
}

impl Form {
    /// The service that was picked: a guess, or one of the whole list.
    pub(super) fn picked(&self) -> &str {
        if self.service.is_empty() { &self.other_service } else { &self.service }
    }
}

enum Decided {
    Ticket(Box<Ticket>, &'static str),
    Aside(&'static str),
}

/// Takes one way out of the queue.
pub(super) async fn take(
    site: Data<Site>,
    request: HttpRequest,
    path: Path<(String, String)>,
    form: CheckedForm<Form>,
) -> HttpResponse {
    let (named, way) = path.into_inner();
    at_desk(site, &request, Action::ReviewPosts, move |desk| {
        let named = Named::parse(&named)?;
        one(desk, named, &way, &form.0)
    })
    .await
}

fn one(desk: &Desk<'_>, named: Named, way: &str, form: &Form) -> Result<Answer> {
    for (field, typed) in [("where", &form.typed_place), ("words", &form.words)] {
        if typed.chars().count() > FIELD_CHARS {
            let error = Error::Invalid(format!("too long: at most {FIELD_CHARS} characters fit"));
            return review::refused(desk, named, error, field, form);
        }
    }
    // Numbers are taken before the write begins, so that two people who open do not queue for one counter.
    desk.world.numbers.refill(&desk.site.app.db, desk.zone(), desk.now)?;
    let done = desk.site.app.db.write(|conn| {
        let post = intake::post(conn, named.post)?;
        if post.sealed && !desk.may(Action::SeeSealed) {
            return Err(Error::Forbidden("this post is private: a dispatcher may decide about it".into()));
        }
        match (way, named.find(conn)?) {
            ("again", _) | ("open" | "ask", None) => look_again(desk, conn, &post),
            ("open", Some(row)) if row.queue.is_empty() => look_again(desk, conn, &post),
            ("open", Some(row)) => open(desk, conn, &row, form),
            ("ask", Some(row)) => {
                let asked = decide::ask(conn, &desk.world, &row, desk.me, desk.now)?;
                Ok(Decided::Ticket(Box::new(asked), "asked"))
            }
            ("set-aside", Some(row)) => set_aside(desk, conn, &row, form),
            ("set-aside", None) => Err(Error::Conflict("this post is set aside already".into())),
            _ => Err(Error::NotFound("there is no such way".into())),
        }
    });
    match done {
        Ok(Decided::Ticket(ticket, code)) => {
            desk.site.forget_ticket(&ticket.number);
            Ok(Answer::to(&format!("/staff/tickets/{}?done={code}", ticket.number)))
        }
        Ok(Decided::Aside("again")) => Ok(Answer::to(&format!("/staff/review/{}?done=again", named.post))),
        Ok(Decided::Aside(code)) => Ok(Answer::to(&format!("/staff?done={code}"))),
        Err(error) => {
            let field = match (way, form.reason.as_str()) {
                _ if matches!(error, Error::Conflict(_)) => "review-title",
                ("set-aside", "") => "reason",
                ("set-aside", _) => "words",
                ("open", _) => "where",
                _ => "review-title",
            };
            review::refused(desk, named, error, field, form)
        }
    }
}

fn look_again(desk: &Desk<'_>, conn: &mut DbConnection, post: &intake::Post) -> Result<Decided> {
    decide::look_again(conn, &desk.world, post, &desk.me.name, desk.now)?;
    Ok(Decided::Aside("again"))
}

fn open(desk: &Desk<'_>, conn: &mut DbConnection, row: &ConcernRow, form: &Form) -> Result<Decided> {
    if !form.join.is_empty() {
        let known = tickets::by_number(conn, &ticket::canonical(&form.join)?)?;
        moves::may_see(desk, &known)?;
        let joined = decide::join_to(conn, &desk.world, row, &known, &desk.me.name, desk.now)?;
        return Ok(Decided::Ticket(Box::new(joined), "joined"));
    }
    let service = if form.picked().is_empty() { row.service.as_str() } else { form.picked() };
    let place = chosen_place(desk, conn, row, form)?;
    let opened = decide::open_at(conn, &desk.world, row, (service, &place), &desk.me.name, desk.now)?;
    let code = if opened.people > 1 { "joined" } else { "opened" };
    Ok(Decided::Ticket(Box::new(opened), code))
}

/// What was typed wins, then what was picked, then the place the words name.
fn chosen_place(desk: &Desk<'_>, conn: &mut DbConnection, row: &ConcernRow, form: &Form) -> Result<Place> {
    if !form.typed_place.trim().is_empty() {
        return advance::find_place(&desk.world, &form.typed_place);
    }
    let rows = queue::concerns(conn, &[row.id])?;
    let mut fits = rows.iter().flat_map(pane::all_places);
    if !form.place.is_empty() {
        let picked = fits.find(|p| p.key == form.place);
        return picked
            .ok_or_else(|| Error::Invalid("this place is not on the list any more: type it".into()));
    }
    let read = fits.next().filter(|_| row.place_status == "found");
    read.ok_or_else(|| Error::Invalid("where is it? Pick a place or type one, or ask the author".into()))
}

fn set_aside(desk: &Desk<'_>, conn: &mut DbConnection, row: &ConcernRow, form: &Form) -> Result<Decided> {
    let known = REASONS.iter().find(|(code, _)| *code == form.reason);
    let label = known.map(|(_, label)| *label).ok_or_else(|| Error::Invalid("choose a reason".into()))?;
    let words = form.words.trim();
    if form.reason == "other" && words.is_empty() {
        return Err(Error::Invalid("say why it is set aside: colleagues and auditors read it".into()));
    }
    let reason = if words.is_empty() { label.to_owned() } else { format!("{label}: {words}") };
    if row.queue != "review" {
        return Err(Error::Conflict("somebody else decided about this post just now: look again".into()));
    }
    decide::set_aside(conn, row, &reason, &desk.me.name, desk.now)?;
    accounts::note_audit(conn, &desk.me.login, "post set aside", &format!("post {}", row.post_id), desk.now)?;
    Ok(Decided::Aside("aside"))
}
