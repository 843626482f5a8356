//! POST `/staff/tickets/{number}/{step}`: what a person does with a ticket. One table says who may do what.

mod joining;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::desk::{Desk, at_desk};
use super::typed::{self, Form, Typed};
use super::{pane, ticket, times};
use crate::accounts::Action;
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::journey::voice::{self, Speaker};
use crate::journey::{advance, settle};
use crate::settings::{Lang, dates};
use crate::tickets::{self, CloseReason, Entry, Ticket};
use crate::web::answer::Answer;
use crate::web::guard::CheckedForm;
use crate::web::site::Site;

/// Does one step: the ticket after it, and the code of what was done.
type Run = fn(&Desk<'_>, &mut DbConnection, &Ticket, &Form) -> Result<(Ticket, &'static str)>;

/// A step: what the address says, the action it needs, the field its messages belong to, whether the status
/// the page was made from must still hold.
struct Move {
    step: &'static str,
    action: Action,
    field: &'static str,
    checks_status: bool,
    run: Run,
}

const fn a_move(step: &'static str, action: Action, field: &'static str, run: Run) -> Move {
    Move { step, action, field, checks_status: true, run }
}

const MOVES: [Move; 17] = [
    a_move("assign", Action::MoveTicket, "department", assign),
    a_move("start", Action::MoveTicket, "pane-title", start),
    a_move("wait", Action::MoveTicket, "until", wait),
    a_move("close", Action::CloseTicket, "close-words", close),
    a_move("reopen", Action::MoveTicket, "pane-title", reopen),
    a_move("service", Action::CorrectReading, "service", service),
    a_move("place", Action::CorrectReading, "where", place),
    Move { checks_status: false, ..a_move("note", Action::WriteNote, "note", note) },
    Move { checks_status: false, ..a_move("reply", Action::DraftReply, "text", reply) },
    a_move("lower", Action::LowerEmergency, "pane-title", lower),
    Move {
        checks_status: false,
        ..a_move("take-apart", Action::MergeTickets, "pane-title", joining::take_apart)
    },
    Move { checks_status: false, ..a_move("split", Action::MergeTickets, "pane-title", joining::split) },
    Move { checks_status: false, ..a_move("move", Action::MergeTickets, "pane-title", joining::move_to) },
    a_move("merge", Action::MergeTickets, "merge-into", joining::merge),
    Move { checks_status: false, ..a_move("unmerge", Action::MergeTickets, "pane-title", joining::unmerge) },
    Move { checks_status: false, ..a_move("same", Action::MergeTickets, "pane-title", joining::same) },
    Move {
        checks_status: false,
        ..a_move("not-same", Action::MergeTickets, "pane-title", joining::not_same)
    },
];

/// Does one step and leads back to the ticket; what was refused stands on its page with what was typed.
pub(super) async fn take(
    site: Data<Site>,
    request: HttpRequest,
    path: Path<(String, String)>,
    form: CheckedForm<Form>,
) -> HttpResponse {
    let (number, step) = path.into_inner();
    let known = MOVES.iter().find(|m| m.step == step);
    let action = known.map_or(Action::SeeBoard, |m| m.action);
    at_desk(site, &request, action, move |desk| {
        let known = known.ok_or_else(|| Error::NotFound("there is no such step".into()))?;
        one(desk, &number, known, &form.0)
    })
    .await
}

fn one(desk: &Desk<'_>, number: &str, step: &Move, form: &Form) -> Result<Answer> {
    let number = ticket::canonical(number)?;
    let refused = |error: Error, field: &'static str| {
        let field = typed::field_of(&error, field);
        ticket::refused(
            desk,
            &number,
            error,
            field,
            Typed { step: step.step, form: form.clone(), error: None },
        )
    };
    if let Err(fault) = typed::check(step.step, form, desk.zone(), desk.now) {
        return refused(fault.error, fault.field);
    }
    let done = desk.site.app.db.write(|conn| {
        let ticket = tickets::by_number(conn, &number)?;
        may_see(desk, &ticket)?;
        if step.checks_status {
            still_as_seen(desk, conn, &ticket, &form.seen)?;
        }
        (step.run)(desk, conn, &ticket, form)
    });
    match done {
        Ok((ticket, code)) => {
            desk.site.forget_ticket(&ticket.number);
            Ok(Answer::to(&format!("/staff/tickets/{}?done={code}", ticket.number)))
        }
        Err(error) => refused(error, step.field),
    }
}

/// Private tickets are moved only by those who may read them.
pub(super) fn may_see(desk: &Desk<'_>, ticket: &Ticket) -> Result<()> {
    if ticket.sealed && !desk.may(Action::SeeSealed) {
        return Err(Error::Forbidden("this request came in private: a dispatcher may move it".into()));
    }
    Ok(())
}

/// The page was made from another status: says who was faster and what they did.
pub(super) fn still_as_seen(
    desk: &Desk<'_>,
    conn: &mut DbConnection,
    ticket: &Ticket,
    seen: &str,
) -> Result<()> {
    if seen.is_empty() || seen == ticket.status.as_str() {
        return Ok(());
    }
    let steps = tickets::history_of(conn, ticket.id)?;
    let Some(last) = steps.iter().rev().find(|s| s.public) else { return Ok(()) };
    let who = if last.actor == "OnIt" { "The machine" } else { last.actor.as_str() };
    let ago = times::ago(last.at.0, desk.now);
    Err(Error::Conflict(format!(
        "{who} was faster: \"{}\", {ago}. This page shows it as it is now; nothing of yours was saved",
        last.words
    )))
}

fn assign(
    desk: &Desk<'_>,
    conn: &mut DbConnection,
    ticket: &Ticket,
    form: &Form,
) -> Result<(Ticket, &'static str)> {
    let department = if form.department.is_empty() { &ticket.department } else { &form.department };
    if *department != ticket.department {
        desk.me.role.require(Action::Reroute)?;
    }
    let mut crew = form.crew.trim().to_owned();
    if let Some(day) = times::end_of_day(&form.day, desk.zone()) {
        let named = dates::day(day.with_timezone(&desk.zone()).date_naive(), Lang::En);
        let who = if crew.is_empty() { desk.department(department) } else { crew };
        crew = format!("{who}, {named},");
    }
    let moved = advance::assign(conn, &desk.world, ticket, department, &crew, &desk.me.name, desk.now)?;
    Ok((moved, "assigned"))
}

fn start(
    desk: &Desk<'_>,
    conn: &mut DbConnection,
    ticket: &Ticket,
    _: &Form,
) -> Result<(Ticket, &'static str)> {
    Ok((advance::start(conn, &desk.world, ticket, &desk.me.name, desk.now)?, "started"))
}

fn wait(
    desk: &Desk<'_>,
    conn: &mut DbConnection,
    ticket: &Ticket,
    form: &Form,
) -> Result<(Ticket, &'static str)> {
    let until = times::end_of_day(&form.until, desk.zone());
    let moved = advance::wait(conn, &desk.world, ticket, (&form.whom, until), &desk.me.name, desk.now)?;
    let words = form.words.trim();
    if !words.is_empty() {
        let step = Entry::by_staff("waiting", &desk.me.name, words.to_owned(), true, Ts(desk.now));
        tickets::append(conn, moved.id, &[step])?;
    }
    Ok((moved, "waiting"))
}

fn close(
    desk: &Desk<'_>,
    conn: &mut DbConnection,
    ticket: &Ticket,
    form: &Form,
) -> Result<(Ticket, &'static str)> {
    let reason: CloseReason =
        form.reason.parse().map_err(|_| Error::Invalid("choose a reason: residents read it".into()))?;
    let closed = settle::close(conn, &desk.world, ticket, reason, &form.words, &desk.me.name, desk.now)?;
    Ok((closed, "closed"))
}

fn reopen(
    desk: &Desk<'_>,
    conn: &mut DbConnection,
    ticket: &Ticket,
    form: &Form,
) -> Result<(Ticket, &'static str)> {
    let open = settle::reopen(conn, &desk.world, ticket, &desk.me.name, "staff", desk.now)?;
    let words = form.words.trim();
    if !words.is_empty() {
        let step = Entry::by_staff("reopened", &desk.me.name, words.to_owned(), false, Ts(desk.now));
        tickets::append(conn, open.id, &[step])?;
    }
    Ok((open, "reopened"))
}

fn service(
    desk: &Desk<'_>,
    conn: &mut DbConnection,
    ticket: &Ticket,
    form: &Form,
) -> Result<(Ticket, &'static str)> {
    if form.service == ticket.service {
        return Err(Error::Refused(format!("it is {} already", desk.service(&ticket.service))));
    }
    let changed = advance::set_service(conn, &desk.world, ticket, &form.service, &desk.me.name, desk.now)?;
    Ok((changed, "service"))
}

fn place(
    desk: &Desk<'_>,
    conn: &mut DbConnection,
    ticket: &Ticket,
    form: &Form,
) -> Result<(Ticket, &'static str)> {
    let by = desk.me.name.as_str();
    if form.place.is_empty() {
        let placed = advance::set_place(conn, &desk.world, ticket, &form.typed_place, by, desk.now)?;
        return Ok((placed, "place"));
    }
    let mut fits = Vec::new();
    for join in tickets::joins_of(conn, ticket.id)? {
        let row = crate::insights::board::concerns(conn, &[join.concern_id])?;
        fits.extend(row.iter().flat_map(pane::all_places));
    }
    let chosen = fits.into_iter().find(|p| p.key == form.place);
    let chosen =
        chosen.ok_or_else(|| Error::Invalid("this place is not on the list any more: type it".into()))?;
    Ok((advance::place_known(conn, &desk.world, ticket, &chosen, by, desk.now)?, "place"))
}

fn note(
    desk: &Desk<'_>,
    conn: &mut DbConnection,
    ticket: &Ticket,
    form: &Form,
) -> Result<(Ticket, &'static str)> {
    let words = form.text.trim();
    if words.is_empty() {
        return Err(Error::Invalid("write the note first".into()));
    }
    tickets::add_note(conn, ticket.id, &desk.me.name, words, Ts(desk.now))?;
    // The words stay out of the history: notes have their own retention.
    let step = Entry::by_staff("note", &desk.me.name, "Wrote a note".into(), false, Ts(desk.now));
    tickets::append(conn, ticket.id, &[step])?;
    Ok((ticket.clone(), "noted"))
}

fn reply(
    desk: &Desk<'_>,
    conn: &mut DbConnection,
    ticket: &Ticket,
    form: &Form,
) -> Result<(Ticket, &'static str)> {
    let speaker = if form.speaker == "mayor" { Speaker::Mayor } else { Speaker::Desk };
    let written = voice::reply_by_hand(conn, &desk.world, ticket, (&form.text, speaker), desk.me, desk.now)?;
    Ok((ticket.clone(), if written.waits { "drafted" } else { "posting" }))
}

fn lower(
    desk: &Desk<'_>,
    conn: &mut DbConnection,
    ticket: &Ticket,
    _: &Form,
) -> Result<(Ticket, &'static str)> {
    let lowered = advance::lower(conn, &desk.world, ticket, &desk.me.name, desk.now)?;
    crate::accounts::note_audit(conn, &desk.me.login, "emergency lowered", &ticket.number, desk.now)?;
    Ok((lowered, "lowered"))
}
