//! Two problems in one ticket, or one problem in two: a person takes them apart or puts them together.
//!
//! No row moves and nothing is lost: a join ends and keeps its line, a merge is one mark that can be taken away, both
//! numbers live for ever. Nobody is told by machine, except those for whom department or date are others now.

use chrono::{DateTime, Utc};

use super::clocks;
use super::concern::{self, Concern};
use super::decide;
use super::settle::{self, Announcement};
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::intake::{self, Outcome, Post};
use crate::places::{Kind as PlaceKind, Place};
use crate::replies::{self, Kind};
use crate::settings::{Lang, Urgency, dates};
use crate::tickets::{self, Entry, Join, Standing, Suggestion, SuggestionState, Ticket};
use crate::world::World;

/// What names a department and a date.
const PROMISING: [Kind; 2] = [Kind::OnIt, Kind::Joined];

/// Takes a concern out of a ticket; it goes back to "Needs a look". The post that opened the ticket stays.
///
/// # Errors
/// `Refused` for the one that opened it, `Conflict` when somebody took it apart already.
pub fn take_apart(
    conn: &mut DbConnection,
    ticket: &Ticket,
    join_id: i64,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Ticket> {
    let joins = tickets::joins_of(conn, ticket.id)?;
    if joins.first().is_some_and(|first| first.id == join_id) {
        return Err(Error::Refused(
            "this post opened the request: correct what it is or where it is instead".into(),
        ));
    }
    let from = tickets::standing(conn, ticket, join_id)?;
    let why = format!("{by} took it out of {}", ticket.number);
    let entry =
        Entry::by_staff("taken apart", by, format!("Took a post out: {}", from.join.why), false, Ts(now));
    let left = tickets::leave(conn, ticket, &from, entry)?;
    tickets::requeue_concern(conn, from.row.id, "", "review", &why)?;
    intake::decide(conn, from.join.post_id, Outcome::Review, &why, now)?;
    silence(conn, ticket, &from, now)?;
    Ok(left)
}

/// Gives a concern a ticket of its own: its own number, department and date. Its author hears "On it" with them.
///
/// # Errors
/// `Refused` for the only post of a ticket and while nobody knows where it is, `Conflict` when somebody was faster.
pub fn split(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    join_id: i64,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Ticket> {
    let from = leaving(conn, ticket, join_id)?;
    let place = place_of(&from).ok_or_else(|| {
        Error::Refused("nobody knows where this one is: take it apart, then say where".into())
    })?;
    let service = decide::offered(world, &from.row.service)?;
    let post = intake::post(conn, from.join.post_id)?;
    let incoming = decide::incoming(conn, world, &post, now)?;
    let urgency =
        if from.row.urgency == Urgency::Urgent.as_str() { Urgency::Urgent } else { Urgency::Normal };
    let urgency = service.urgency.max(urgency);
    let concern = Concern { urgency, ..decide::chosen(service) };
    let fresh = concern::open(conn, &incoming, &concern, Some(&place), post.sealed, false)?;
    let entry = Entry::by_staff("split", by, format!("A post became {}", fresh.number), false, Ts(now));
    tickets::leave(conn, ticket, &from, entry)?;
    silence(conn, ticket, &from, now)?;
    let why = format!("{by} split it off {}", ticket.number);
    let mut join = concern::new_join(&incoming, from.row.id, fresh.id, &why, 1.0);
    by.clone_into(&mut join.actor);
    tickets::join_first(conn, &join)?;
    clocks::promise(conn, world, &fresh, service.names.get(world.settings.city.language), now)?;
    decide::finish(conn, world, &post, fresh, Outcome::Opened, by, now)
}

/// Puts a concern into another ticket. Its author hears the other number, once.
///
/// # Errors
/// `Refused` where it cannot belong, `Conflict` when somebody was faster.
pub fn move_to(
    conn: &mut DbConnection,
    world: &World,
    (ticket, join_id): (&Ticket, i64),
    into: &Ticket,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Ticket> {
    if into.id == ticket.id {
        return Err(Error::Refused(format!("it stands in {} already", into.number)));
    }
    let from = leaving(conn, ticket, join_id)?;
    let post = intake::post(conn, from.join.post_id)?;
    can_take(into, &post)?;
    if let Some(place) = place_of(&from) {
        same_thing(into, (place.kind == PlaceKind::Asset).then_some((&place.key, &place.label)))?;
    }
    let entry = Entry::by_staff("moved", by, format!("A post was moved to {}", into.number), false, Ts(now));
    tickets::leave(conn, ticket, &from, entry)?;
    silence(conn, ticket, &from, now)?;
    tickets::settle_concern(
        conn,
        from.row.id,
        &into.service,
        &from.row.place_status,
        from.row.place.as_deref(),
    )?;
    let incoming = decide::incoming(conn, world, &post, now)?;
    let why = format!("{by} moved it here from {}", ticket.number);
    let mut join = concern::new_join(&incoming, from.row.id, into.id, &why, 1.0);
    by.clone_into(&mut join.actor);
    let joined = tickets::join(conn, into, join, &post.channel)?;
    decide::finish(conn, world, &post, joined, Outcome::Joined, by, now)
}

/// Two tickets are one problem: this one leads to the other from now on.
///
/// # Errors
/// `Refused` when one has ended or is hidden, when they are about two things, or both are the same; `Conflict` when
/// somebody was faster.
pub fn merge(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    survivor: &Ticket,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Ticket> {
    if let Some(ended) = [ticket, survivor].into_iter().find(|t| !t.status.is_live()) {
        return Err(Error::Refused(format!("{} has ended: open it again first", ended.number)));
    }
    if ticket.hidden || survivor.hidden {
        return Err(Error::Refused("danger to life is never merged".into()));
    }
    if ticket.sealed != survivor.sealed {
        return Err(Error::Refused("one of them came in private: the other cannot show it".into()));
    }
    let asset = ticket.place_kind == PlaceKind::Asset.as_str();
    same_thing(survivor, asset.then_some((&ticket.place_key, &ticket.place_label)))?;
    let authors = tickets::joins_with_merged(conn, ticket.id)?;
    let merged = settle::merge(conn, ticket, survivor, by, &format!("{by} says so"), now)?;
    if promises_differ(world, ticket, &merged, now) {
        replies::void_for_ticket(conn, ticket.id, &PROMISING, "it is one request with another now", now)?;
        let said =
            Announcement { kind: Kind::Joined, event: "", key: "joined", words: "", by, goes_on: None };
        settle::tell_authors(conn, world, &merged, &authors, &said, now)?;
    }
    Ok(merged)
}

/// Takes a merge back: the ticket stands for itself again, with its own posts, promise and date. What came to the
/// other one meanwhile stays there and is listed for a person to choose.
///
/// # Errors
/// `Refused` when it is not merged, `Conflict` when somebody was faster.
pub fn unmerge(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Ticket> {
    let since = tickets::merge_step(conn, ticket.id)?.map_or(ticket.opened_at, |(at, _, _)| at);
    let survivor = tickets::survivor(conn, ticket.clone())?;
    let own = Entry::by_staff(
        "unmerged",
        by,
        format!("Not the same as {} after all", survivor.number),
        survivor.is_public(),
        Ts(now),
    );
    let (apart, parent) = tickets::unmerge(conn, ticket, own, |_| {
        let words = format!("{} is a problem of its own after all", ticket.number);
        Entry::by_staff("unmerged", by, words, ticket.is_public(), Ts(now))
    })?;
    replies::resume_promises(conn, &apart)?;
    // Reading where the chain ends again: its count of people is another one now.
    let survivor = if survivor.id == parent.id { parent } else { tickets::by_id(conn, survivor.id)? };
    for join in tickets::joined_since(conn, survivor.id, since)? {
        let why = format!("came while {} was merged into this one", apart.number);
        tickets::suggest(conn, (survivor.id, apart.id, join.concern_id), 0.5, &why, Ts(now))?;
    }
    let authors = tickets::joins_with_merged(conn, apart.id)?;
    void_answers(conn, &survivor, &authors, now)?;
    if !survivor.status.is_live() || promises_differ(world, &survivor, &apart, now) {
        let event = format!("apart-{}", apart.version);
        let key = if apart.due_at.is_some() { "status_open" } else { "status_received" };
        let said = Announcement { kind: Kind::Status, event: &event, key, words: "", by, goes_on: None };
        settle::tell_authors(conn, world, &apart, &authors, &said, now)?;
    }
    Ok(apart)
}

/// A person says that a suggestion is right: the tickets become one, or the concern goes where it belongs.
///
/// # Errors
/// As [`merge`] and [`move_to`]; `Conflict` when somebody decided first.
pub fn say_same(
    conn: &mut DbConnection,
    world: &World,
    suggested: &Suggestion,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Ticket> {
    tickets::decide_suggestion(conn, suggested.id, SuggestionState::Joined, by, Ts(now))?;
    let ticket = tickets::by_id(conn, suggested.ticket_id)?;
    let other = tickets::by_id(conn, suggested.other_id)?;
    let (ticket, other) = (tickets::survivor(conn, ticket)?, tickets::survivor(conn, other)?);
    if suggested.concern_id == 0 {
        return merge(conn, world, &ticket, &other, by, now);
    }
    let joins = tickets::joins_with_merged(conn, ticket.id)?;
    let gone = || Error::Conflict("this post is somewhere else by now: look again".into());
    let join = joins.iter().find(|j| j.concern_id == suggested.concern_id).ok_or_else(gone)?;
    move_to(conn, world, (&ticket, join.id), &other, by, now)
}

/// A person says that these are two problems; it is not suggested again.
///
/// # Errors
/// `Conflict` when somebody decided first.
pub fn say_apart(
    conn: &mut DbConnection,
    suggested: &Suggestion,
    by: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    tickets::decide_suggestion(conn, suggested.id, SuggestionState::Apart, by, Ts(now))?;
    let other = tickets::by_id(conn, suggested.other_id)?;
    let words = if suggested.concern_id == 0 {
        format!("Not the same as {}", other.number)
    } else {
        format!("A post stays here, not in {}", other.number)
    };
    let entry = Entry::by_staff("not the same", by, words, false, Ts(now));
    tickets::append(conn, suggested.ticket_id, &[entry])
}

/// A concern that may leave its ticket for another one.
fn leaving(conn: &mut DbConnection, ticket: &Ticket, join_id: i64) -> Result<Standing> {
    let from = tickets::standing(conn, ticket, join_id)?;
    let asked = replies::question_of(conn, from.home.id)?;
    if asked.is_some_and(|q| q.concern_id == from.row.id) {
        return Err(Error::Refused(
            "we asked its author where it is: set the place of this request first".into(),
        ));
    }
    if from.home.hidden {
        return Err(Error::Refused("danger to life stays as it is: lower it first".into()));
    }
    Ok(from)
}

fn can_take(into: &Ticket, post: &Post) -> Result<()> {
    if !into.status.is_live() {
        return Err(Error::Refused(format!("{} has ended: open it again first", into.number)));
    }
    if into.hidden {
        return Err(Error::Refused(format!("{} is danger to life: nothing joins it", into.number)));
    }
    if into.sealed && !post.sealed {
        return Err(Error::Refused(format!("{} came in private and cannot show a public post", into.number)));
    }
    Ok(())
}

/// Two numbered things of the city's own list are never one problem, whoever says so.
fn same_thing(ticket: &Ticket, asset: Option<(&String, &String)>) -> Result<()> {
    let Some((key, label)) = asset else { return Ok(()) };
    if ticket.place_kind == PlaceKind::Asset.as_str() && ticket.place_key != *key {
        return Err(Error::Refused(format!(
            "{} is about {}, this one about {label}: correct the place first if one of them is wrong",
            ticket.number, ticket.place_label
        )));
    }
    Ok(())
}

fn place_of(from: &Standing) -> Option<Place> {
    from.row.place.as_deref().and_then(|p| serde_json::from_str(p).ok())
}

/// Whether people who were told about `before` would read another department or day about `after`.
fn promises_differ(world: &World, before: &Ticket, after: &Ticket, now: DateTime<Utc>) -> bool {
    let zone = world.settings.city.time_zone;
    let day = |t: &Ticket| t.due_at.map(|d| dates::due(d.0, now, zone, Lang::En));
    before.department != after.department || day(before) != day(after)
}

/// What was about to be said about the ticket a concern leaves, and about the one that is merged into.
fn silence(conn: &mut DbConnection, ticket: &Ticket, from: &Standing, now: DateTime<Utc>) -> Result<()> {
    let one = std::slice::from_ref(&from.join);
    void_answers(conn, &from.home, one, now)?;
    if from.home.id == ticket.id { Ok(()) } else { void_answers(conn, ticket, one, now) }
}

/// What was about to be said to these authors about the wrong ticket is not said.
fn void_answers(conn: &mut DbConnection, ticket: &Ticket, joins: &[Join], now: DateTime<Utc>) -> Result<()> {
    for reply in replies::of_ticket(conn, ticket.id)? {
        let unsent = matches!(
            reply.state,
            replies::State::Draft | replies::State::Waiting | replies::State::Queued | replies::State::Held
        );
        if unsent && joins.iter().any(|j| j.post_id == reply.post_id) {
            let finish = replies::Finish {
                why: "the post is about something else".into(),
                ..replies::Finish::default()
            };
            match replies::shift(conn, &reply, replies::State::Void, &finish, now) {
                // A worker took it this very moment: its own last check decides.
                Ok(_) | Err(Error::Conflict(_)) => {}
                Err(other) => return Err(other),
            }
        }
    }
    Ok(())
}
