//! A person settles a concern: it opens this ticket, belongs to that one, or its author is asked where it is.
//!
//! What a person chose outranks the reading. Each way out moves the concern out of its queue by compare-and-set,
//! so two people who decide at once do not open two tickets.

use chrono::{DateTime, Duration, Utc};

use super::concern::{self, Concern};
use super::receive::Incoming;
use super::{acknowledge, advance, clocks, tell};
use crate::accounts::User;
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::intake::{self, Outcome, Post};
use crate::places::Place;
use crate::replies::wording::{self, Rendered};
use crate::replies::{self, Draft, Kind};
use crate::settings::{Lang, Service, Urgency};
use crate::tickets::{self, ConcernRow, Match, Ticket};
use crate::triage;
use crate::world::World;

const REVIEW: &str = "review";

/// Opens the ticket a person decided on, or joins the one that is open at that place.
///
/// # Errors
/// `Invalid` for an unknown service, `Conflict` when somebody decided first.
pub fn open_at(
    conn: &mut DbConnection,
    world: &World,
    row: &ConcernRow,
    (service, place): (&str, &Place),
    by: &str,
    now: DateTime<Utc>,
) -> Result<Ticket> {
    let post = intake::post(conn, row.post_id)?;
    let service = offered(world, service)?;
    tickets::requeue_concern(conn, row.id, &row.queue, "", &format!("{by} opened it"))?;
    settled(conn, row, service, place)?;
    if let Some(waiting) = ticket_of(conn, row)? {
        let right = if waiting.service == service.code {
            waiting
        } else {
            advance::set_service(conn, world, &waiting, &service.code, by, now)?
        };
        end_question(conn, &right, now)?;
        let placed = advance::place_known(conn, world, &right, place, by, now)?;
        return finish(conn, world, &post, placed, Outcome::Opened, by, now);
    }
    let incoming = incoming(conn, world, &post, now)?;
    let known = concern::known_at(conn, &incoming, service, place)?;
    if let Some(Match::Same(known, score, why)) = known.found {
        let mut join = concern::new_join(&incoming, row.id, known.id, &why, score);
        by.clone_into(&mut join.actor);
        let joined = tickets::join(conn, &known, join, &post.channel)?;
        return finish(conn, world, &post, joined, Outcome::Joined, by, now);
    }
    let ticket = concern::open(conn, &incoming, &chosen(service), Some(place), post.sealed, false)?;
    tickets::join_first(conn, &concern::new_join(&incoming, row.id, ticket.id, "opened it", 1.0))?;
    clocks::promise(conn, world, &ticket, service.names.get(world.settings.city.language), now)?;
    concern::keep_suggestions(conn, &ticket, &known.perhaps, now)?;
    finish(conn, world, &post, ticket, Outcome::Opened, by, now)
}

/// Puts the concern into the ticket a person chose.
///
/// # Errors
/// `Refused` when that ticket has ended or is hidden, `Conflict` when somebody decided first.
pub fn join_to(
    conn: &mut DbConnection,
    world: &World,
    row: &ConcernRow,
    ticket: &Ticket,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Ticket> {
    let post = intake::post(conn, row.post_id)?;
    if !ticket.status.is_live() {
        return Err(Error::Refused(format!("{} has ended: open it again first", ticket.number)));
    }
    if ticket.hidden {
        return Err(Error::Refused(format!("{} is danger to life: nothing joins it", ticket.number)));
    }
    if ticket_of(conn, row)?.is_some() {
        return Err(Error::Refused(
            "this post has a request of its own already: set its place instead".into(),
        ));
    }
    tickets::requeue_concern(conn, row.id, &row.queue, "", &format!("{by} joined it"))?;
    tickets::settle_concern(conn, row.id, &ticket.service, &row.place_status, row.place.as_deref())?;
    let incoming = incoming(conn, world, &post, now)?;
    let mut join = concern::new_join(&incoming, row.id, ticket.id, &format!("{by} says it is the same"), 1.0);
    by.clone_into(&mut join.actor);
    let joined = tickets::join(conn, ticket, join, &post.channel)?;
    finish(conn, world, &post, joined, Outcome::Joined, by, now)
}

/// The question a person would ask about a concern, in the author's language; `Err` says why it cannot be asked.
///
/// # Errors
/// `Refused` when the channel cannot, or two questions were asked already.
pub fn question(
    conn: &mut DbConnection,
    world: &World,
    row: &ConcernRow,
    now: DateTime<Utc>,
) -> Result<Rendered> {
    let post = intake::post(conn, row.post_id)?;
    let incoming = incoming(conn, world, &post, now)?;
    if !incoming.can_ask() || post.deleted_at.is_some() {
        return Err(Error::Refused(
            "this channel brings no answer back: call, or decide from the words".into(),
        ));
    }
    if ticket_of(conn, row)?.is_some() {
        return Err(Error::Refused("we asked already".into()));
    }
    let service = offered(world, &row.service)?;
    let choices = choices(row);
    let language = language_of(conn, world, &post)?;
    let key = if choices.len() >= 2 { "ask_which" } else { "ask_where" };
    let names = service.names.get(language).clone();
    let values = wording::Values::default()
        .with("service", names)
        .with("city", world.settings.city.name.clone())
        .with("emergency_number", world.settings.city.emergency_number.clone())
        .with("candidates", tell::candidates(&choices, language));
    let manners =
        incoming.account.as_ref().map_or_else(intake::manners::Manners::replay, replies::manners_of);
    let languages = [language, world.settings.city.language];
    wording::render(&world.settings.wording, key, languages, &values, &manners, &incoming.person.handle)
        .ok_or_else(|| Error::Refused(format!("config/wording has no phrase {key}")))
}

/// Asks in the thread where it is. The ticket exists from the question on; the reply can be undone for a while.
///
/// # Errors
/// As [`question`]; `Conflict` when somebody decided first.
pub fn ask(
    conn: &mut DbConnection,
    world: &World,
    row: &ConcernRow,
    by: &User,
    now: DateTime<Utc>,
) -> Result<Ticket> {
    let rendered = question(conn, world, row, now)?;
    let post = intake::post(conn, row.post_id)?;
    let incoming = incoming(conn, world, &post, now)?;
    tickets::requeue_concern(conn, row.id, REVIEW, "asked", &format!("{} asked where it is", by.name))?;
    let service = offered(world, &row.service)?;
    let ticket = concern::open(conn, &incoming, &chosen(service), None, post.sealed, false)?;
    tickets::join_first(conn, &concern::new_join(&incoming, row.id, ticket.id, "opened it", 1.0))?;
    let candidates = serde_json::to_string(&choices(row)).unwrap_or_else(|_| "[]".into());
    replies::insert_question(
        conn,
        &replies::NewQuestion {
            concern_id: row.id,
            ticket_id: ticket.id,
            post_id: post.id,
            person_id: incoming.person.id,
            candidates: &candidates,
            asked_at: Ts(now),
        },
    )?;
    let account =
        incoming.account.as_ref().ok_or_else(|| Error::Refused("nobody can be answered here".into()))?;
    let draft = Draft {
        kind: Kind::Ask,
        event: "1",
        ticket: Some(&ticket),
        post: &post,
        person: &incoming.person,
        account,
        text: &rendered.text,
        language: rendered.language.as_str(),
        // Reviewed words, and a person who sends them: nothing else has to be asked.
        release: if rendered.reviewed {
            Ok(())
        } else {
            Err("nobody has reviewed this wording in this language")
        },
        drafted_by: &by.login,
        not_before: now + Duration::seconds(i64::from(world.settings.policy.undo_seconds)),
    };
    replies::draft(conn, &draft, now)?;
    intake::decide(conn, post.id, Outcome::Asked, &format!("{} asked where it is", by.name), now)?;
    Ok(ticket)
}

/// Brings a post that was set aside back into the queue of things to look at.
///
/// # Errors
/// `Conflict` when it is there already.
pub fn look_again(
    conn: &mut DbConnection,
    world: &World,
    post: &Post,
    by: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    if post.outcome()? != Outcome::SetAside {
        return Err(Error::Conflict("this post is not set aside any more".into()));
    }
    let why = format!("{by} looks again");
    match tickets::concerns_of(conn, post.id)?.first() {
        Some(row) if row.queue.is_empty() && ticket_of(conn, row)?.is_none() => {
            tickets::requeue_concern(conn, row.id, "", REVIEW, &why)?;
        }
        Some(_) => return Err(Error::Conflict("somebody looks at this post already".into())),
        None => {
            let reading = triage::reading_of(conn, post.id)?;
            let guess = reading.as_ref().and_then(|r| r.services.first());
            let service =
                guess.and_then(|g| world.settings.catalogue.current(&g.code)).map_or("other", |s| &s.code);
            let row = tickets::NewConcern {
                post_id: post.id,
                n: 0,
                service,
                service_p: guess.map_or(0.0, |g| g.p),
                urgency: Urgency::Normal.as_str(),
                place_status: "none",
                place: None,
                alternatives: "[]".into(),
                queue: REVIEW,
                queue_why: &why,
                created_at: Ts(now),
            };
            tickets::insert_concern(conn, &row)?;
        }
    }
    intake::decide(conn, post.id, Outcome::Review, &why, now)
}

/// Everything a person's "On it" needs: the outcome is written, the author hears the reviewed words.
pub(super) fn finish(
    conn: &mut DbConnection,
    world: &World,
    post: &Post,
    ticket: Ticket,
    outcome: Outcome,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Ticket> {
    intake::decide(conn, post.id, outcome, &format!("{by} decided"), now)?;
    let incoming = incoming(conn, world, post, now)?;
    acknowledge::acknowledge_by_hand(conn, &incoming, &ticket, outcome, by)?;
    Ok(ticket)
}

fn settled(conn: &mut DbConnection, row: &ConcernRow, service: &Service, place: &Place) -> Result<()> {
    let json = serde_json::to_string(place).ok();
    tickets::settle_concern(conn, row.id, &service.code, "found", json.as_deref())
}

/// The ticket a concern stands in already: we asked where it is.
fn ticket_of(conn: &mut DbConnection, row: &ConcernRow) -> Result<Option<Ticket>> {
    let joins = tickets::joins_of_post(conn, row.post_id)?;
    let Some(join) = joins.into_iter().find(|j| j.concern_id == row.id) else { return Ok(None) };
    tickets::by_id(conn, join.ticket_id).map(Some)
}

fn end_question(conn: &mut DbConnection, ticket: &Ticket, now: DateTime<Utc>) -> Result<()> {
    let Some(open) = replies::question_of(conn, ticket.id)? else { return Ok(()) };
    replies::shift_question(conn, &open, "answered", open.tries, &open.candidates, Ts(now))?;
    replies::void_for_ticket(conn, ticket.id, &[Kind::Ask], "the place is known now", now)?;
    Ok(())
}

fn choices(row: &ConcernRow) -> Vec<Place> {
    let mut found: Vec<Place> = serde_json::from_str(&row.alternatives).unwrap_or_default();
    found.truncate(3);
    if row.place_status == "ambiguous" { found } else { Vec::new() }
}

pub(super) fn chosen(service: &Service) -> Concern<'_> {
    let urgency = service.urgency.max(Urgency::Normal);
    Concern { n: 0, service, service_p: 1.0, urgency, span: None, stated: true, unsure: false }
}

pub(super) fn offered<'a>(world: &'a World, code: &str) -> Result<&'a Service> {
    let found = world.settings.catalogue.current(code);
    found.ok_or_else(|| Error::Invalid(format!("there is no service {code:?}")))
}

fn language_of(conn: &mut DbConnection, world: &World, post: &Post) -> Result<Lang> {
    let read = triage::reading_of(conn, post.id)?;
    Ok(read.map_or(world.settings.city.language, |r| r.language))
}

pub(super) fn incoming<'a>(
    conn: &mut DbConnection,
    world: &'a World,
    post: &'a Post,
    now: DateTime<Utc>,
) -> Result<Incoming<'a>> {
    let person = intake::person_by_id(conn, post.person_id)?;
    let account = post.account_id.map(|id| intake::account(conn, id)).transpose()?;
    Ok(Incoming { world, post, person, account, thread_place: None, photo: None, now })
}

/// Sets a post aside, with the reason a colleague can read later.
///
/// # Errors
/// `Invalid` without a reason, `Conflict` when somebody decided first.
pub fn set_aside(
    conn: &mut DbConnection,
    row: &ConcernRow,
    reason: &str,
    by: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::Invalid("say why it is set aside: colleagues and auditors read it".into()));
    }
    tickets::requeue_concern(conn, row.id, "review", "", &format!("{by} set it aside: {reason}"))?;
    intake::decide(conn, row.post_id, Outcome::SetAside, &format!("{by}: {reason}"), now)
}
