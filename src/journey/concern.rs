//! One issue named in a post: place it, find or open its ticket, route it, say "On it".

use chrono::{DateTime, Utc};

use super::acknowledge::{acknowledge, ask_where};
pub(super) use super::opening::{Door, open, open_by};
use super::receive::{ConcernLine, Incoming};
use super::{clocks, elsewhere, own_number};
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::Result;
use crate::intake::{Outcome, Stated};
use crate::places::{self, Hints, Located, Place};
use crate::routing;
use crate::settings::{Gate, Service, Urgency};
use crate::span::Span;
use crate::tickets::{self, Join, Known, Match, NewConcern, Perhaps, Report, Ticket};
use crate::triage::Reading;

/// Below this share a service is only a guess, and a person looks.
pub(super) const GUESS_P: f64 = 0.60;

/// One issue as read, before it is placed.
#[derive(Debug)]
pub(super) struct Concern<'a> {
    pub n: usize,
    pub service: &'a Service,
    pub service_p: f64,
    pub urgency: Urgency,
    /// The words that name it; the place is looked for there first.
    pub span: Option<Span>,
    /// The writer chose service and place in a form.
    pub stated: bool,
    /// Not sure that the post reports anything.
    pub unsure: bool,
}

/// How a concern ended.
#[derive(Debug)]
pub(super) struct Ending {
    pub outcome: Outcome,
    pub why: String,
    pub ticket: Option<Ticket>,
    pub service: Option<String>,
    pub place: Option<Place>,
    pub reply: Option<String>,
}

impl Ending {
    pub(super) fn set_aside(why: String) -> Self {
        Self { outcome: Outcome::SetAside, why, ticket: None, service: None, place: None, reply: None }
    }

    pub(super) fn about(outcome: Outcome, why: impl Into<String>, ticket: Ticket) -> Self {
        let service = Some(ticket.service.clone());
        Self { outcome, why: why.into(), ticket: Some(ticket), service, place: None, reply: None }
    }

    pub(super) fn into_line(self) -> ConcernLine {
        ConcernLine {
            outcome: self.outcome.to_string(),
            department: self.ticket.as_ref().map(|t| t.department.clone()),
            ticket: self.ticket.map(|t| t.number),
            service: self.service,
            place: self.place,
            reply: self.reply,
        }
    }
}

/// The issues a post names: what was chosen in a form outranks what was read.
pub(super) fn named<'a>(
    incoming: &Incoming<'a>,
    reading: &Reading,
    stated: Option<&Stated>,
) -> Vec<Concern<'a>> {
    let catalogue = &incoming.world.settings.catalogue;
    let chosen = stated.and_then(|s| s.service.as_deref()).and_then(|code| catalogue.current(code));
    if let Some(service) = chosen {
        let urgency = reading.urgency.max(service.urgency);
        let one = Concern { n: 0, service, service_p: 1.0, urgency, span: None, stated: true, unsure: false };
        return vec![one];
    }
    let read: Vec<Concern<'a>> = reading
        .concerns
        .iter()
        .filter_map(|c| {
            let guess = c.services.first()?;
            let service = catalogue.current(&guess.code)?;
            let span = Some(Span { start: c.start, end: c.end });
            let urgency = c.urgency.max(service.urgency);
            Some(Concern { n: 0, service, service_p: guess.p, urgency, span, stated: false, unsure: false })
        })
        .collect();
    if !read.is_empty() {
        return read;
    }
    // A report whose subject nobody can name still stands in a queue: "other", for a person.
    let code = reading.services.first().map_or("other", |g| g.code.as_str());
    let p = reading.services.first().map_or(0.0, |g| g.p);
    let service = catalogue.current(code).or_else(|| catalogue.current("other"));
    let urgency = reading.urgency;
    service
        .map(|service| Concern {
            n: 0,
            service,
            service_p: p,
            urgency,
            span: None,
            stated: false,
            unsure: true,
        })
        .into_iter()
        .collect()
}

/// Takes one issue to its ticket or its queue.
pub(super) fn settle(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    reading: &Reading,
    concern: &Concern<'_>,
) -> Result<Ending> {
    let located = place(incoming, concern);
    let good = located.best.as_ref().filter(|p| is_good_enough(concern.service, p));
    let world = incoming.world;
    let gate = world.gate_of(concern.service);
    if let Some(why) = needs_a_person(concern, gate, good.is_some()) {
        return review(conn, incoming, concern, &located, why);
    }
    if let Some(other) = routing::somebody_else(&world.settings, &world.places, concern.service, &located) {
        return elsewhere::hand_over(conn, incoming, reading, concern, &located, other);
    }
    if located.status == places::Status::Outside {
        return review(conn, incoming, concern, &located, "the place is not in this city");
    }
    match good {
        Some(found) => open_or_join(conn, incoming, reading, concern, &located, found),
        None if incoming.can_ask() => ask_where(conn, incoming, reading, concern, &located),
        None => review(conn, incoming, concern, &located, "the place is missing or not exact enough"),
    }
}

/// Where it is: the words of this concern first, then the whole post, then what was typed into a form.
pub(super) fn place(incoming: &Incoming<'_>, concern: &Concern<'_>) -> Located {
    let post = incoming.post;
    let asset_kind = concern.service.asset_kind.as_deref();
    let hints = Hints { asset_kind, ..incoming.hints() };
    let gazetteer = &incoming.world.places;
    if let Some(address) = incoming.typed_place() {
        return places::locate(gazetteer, &address, &Hints { answer: true, ..hints });
    }
    let whole = places::locate(gazetteer, &post.text, &hints);
    let Some(span) = concern.span.filter(|s| s.end - s.start < post.text.chars().count()) else {
        return whole;
    };
    let words_alone = Hints { asset_kind, ..Hints::default() };
    let mut near = places::locate(gazetteer, span.slice(&post.text), &words_alone);
    if near.best.is_none() {
        return whole;
    }
    if let Some(s) = near.best.as_mut().and_then(|best| best.span.as_mut()) {
        s.start += span.start;
        s.end += span.start;
    }
    near
}

/// Each service says how good is good enough to send a crew.
pub(super) fn is_good_enough(service: &Service, place: &Place) -> bool {
    service.place.kinds.iter().any(|k| k == place.kind.as_str()) && place.radius_m <= service.place.radius_m
}

fn needs_a_person(concern: &Concern<'_>, (gate, gate_p): (Gate, f64), placed: bool) -> Option<&'static str> {
    if concern.unsure {
        return Some("not sure that this is a report");
    }
    if gate == Gate::Person && !concern.stated {
        return Some("this service is always read by a person first");
    }
    if gate == Gate::Ask && placed && !concern.stated {
        return Some("OnIt may only ask about this service: a person opens it");
    }
    if concern.service_p < GUESS_P.min(gate_p) {
        return Some("not sure what it is about");
    }
    None
}

fn row<'a>(
    incoming: &Incoming<'_>,
    concern: &'a Concern<'_>,
    located: &Located,
    queue: &'a str,
    why: &'a str,
) -> NewConcern<'a> {
    NewConcern {
        post_id: incoming.post.id,
        n: i64::try_from(concern.n).unwrap_or(0),
        service: &concern.service.code,
        service_p: concern.service_p,
        urgency: concern.urgency.as_str(),
        place_status: status_word(located.status),
        place: located.best.as_ref().and_then(|p| kept(p, incoming.world.places_version)),
        alternatives: serde_json::to_string(&located.alternatives).unwrap_or_else(|_| "[]".into()),
        queue,
        queue_why: why,
        created_at: Ts(incoming.now),
    }
}

/// A place as it is kept: with the version of the map data that found it.
fn kept(place: &Place, gazetteer: i64) -> Option<String> {
    let mut kept = serde_json::to_value(place).ok()?;
    kept.as_object_mut()?.insert("gazetteer".into(), gazetteer.into());
    Some(kept.to_string())
}

pub(super) fn status_word(status: places::Status) -> &'static str {
    match status {
        places::Status::Found => "found",
        places::Status::Ambiguous => "ambiguous",
        places::Status::Outside => "outside",
        places::Status::None => "none",
    }
}

pub(super) fn insert(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    concern: &Concern<'_>,
    located: &Located,
    queue: &str,
    why: &str,
) -> Result<i64> {
    tickets::insert_concern(conn, &row(incoming, concern, located, queue, why))
}

pub(super) fn review(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    concern: &Concern<'_>,
    located: &Located,
    why: &str,
) -> Result<Ending> {
    let concern_id = insert(conn, incoming, concern, located, "review", why)?;
    let ticket = if own_number::has_one(incoming) {
        Some(own_number::receive_only(conn, incoming, concern, located, concern_id)?)
    } else {
        None
    };
    Ok(Ending {
        outcome: Outcome::Review,
        why: why.to_owned(),
        ticket,
        service: Some(concern.service.code.clone()),
        place: located.best.clone(),
        reply: None,
    })
}

/// The heart: the ticket that is open already, or a new one.
fn open_or_join(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    reading: &Reading,
    concern: &Concern<'_>,
    located: &Located,
    place: &Place,
) -> Result<Ending> {
    let sealed = incoming.post.sealed;
    let mut known = known_at(conn, incoming, concern.service, place)?;
    if says_different(incoming) {
        // "No, mine is different": the writer saw the open one beside the form and said so.
        known = Known::default();
    }
    if let Some(Match::FixedLately(ticket)) = known.found {
        let why = format!("{} was fixed here a few days ago: reopen it?", ticket.number);
        return review(conn, incoming, concern, located, &why);
    }
    let concern_id = insert(conn, incoming, concern, located, "", "")?;
    let (outcome, key, ticket) = match known.found {
        Some(Match::Same(ticket, score, why)) if own_number::has_one(incoming) => {
            let at = (place, concern_id);
            (
                Outcome::Joined,
                "joined",
                own_number::open_merged(conn, incoming, concern, at, (&ticket, score, &why))?,
            )
        }
        Some(Match::Same(ticket, score, why)) => {
            let join = new_join(incoming, concern_id, ticket.id, &why, score);
            (Outcome::Joined, "joined", tickets::join(conn, &ticket, join, &incoming.post.channel)?)
        }
        _ => {
            let ticket = open(conn, incoming, concern, Some(place), sealed, false)?;
            tickets::join_first(conn, &new_join(incoming, concern_id, ticket.id, "opened it", 1.0))?;
            let what = concern.service.names.get(incoming.world.settings.city.language);
            clocks::promise(conn, incoming.world, &ticket, what, incoming.now)?;
            keep_suggestions(conn, &ticket, &known.perhaps, incoming.now)?;
            (Outcome::Opened, "on_it", ticket)
        }
    };
    let reply = acknowledge(conn, incoming, reading, concern, &ticket, key)?;
    Ok(Ending { place: Some(place.clone()), reply, ..Ending::about(outcome, "", ticket) })
}

/// The open ticket a post belongs to when it is about this service at this place, and those it may belong to.
pub(super) fn known_at(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    service: &Service,
    place: &Place,
) -> Result<Known> {
    let (world, post) = (incoming.world, incoming.post);
    let report =
        Report { service, place, text: &post.text, post_id: post.id, sealed: post.sealed, at: incoming.now };
    tickets::find_match(conn, &world.places, &world.settings, &report, incoming.now)
}

/// What may be the same is kept for a person to say.
pub(super) fn keep_suggestions(
    conn: &mut DbConnection,
    ticket: &Ticket,
    perhaps: &[Perhaps],
    now: DateTime<Utc>,
) -> Result<()> {
    for other in perhaps.iter().filter(|p| p.ticket_id != ticket.id) {
        tickets::suggest(conn, (ticket.id, other.ticket_id, 0), other.p, &other.why, Ts(now))?;
    }
    Ok(())
}

fn says_different(incoming: &Incoming<'_>) -> bool {
    let stated = incoming.post.stated();
    stated.is_some_and(|s| s.attributes.get("different") == Some(&serde_json::Value::Bool(true)))
}

pub(super) fn new_join(
    incoming: &Incoming<'_>,
    concern_id: i64,
    ticket_id: i64,
    why: &str,
    score: f64,
) -> Join {
    Join {
        id: 0,
        concern_id,
        ticket_id,
        post_id: incoming.post.id,
        person_id: incoming.person.id,
        why: why.to_owned(),
        score,
        actor: "OnIt".into(),
        created_at: Ts(incoming.now),
        ended_at: None,
    }
}
