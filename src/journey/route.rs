//! Whose job a ticket is: gathers what the writer said, asks the rules, keeps which one won and mails whom it names.

use chrono::{DateTime, Utc};

use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::Result;
use crate::intake::{self, Post};
use crate::jobs::mails::{self, NewMail};
use crate::places::Place;
use crate::routing::{self, Asked, Route, Said};
use crate::settings::{Lang, Service, Urgency};
use crate::tickets::{self, Ticket};
use crate::triage;
use crate::world::World;

/// What the post says beside what and where. Nothing is read when no rule asks.
pub(super) fn said_in(conn: &mut DbConnection, world: &World, post: &Post) -> Result<Said> {
    let rules = &world.settings.routing;
    if !rules.asks_words() {
        return Ok(Said::default());
    }
    let reading = if rules.asks_language() { triage::reading_of(conn, post.id)? } else { None };
    let language = reading.map(|reading| reading.language);
    Ok(Said { language, answers: post.stated().map(|s| s.attributes).unwrap_or_default() })
}

/// Asks the rules about a ticket that is open already, by the post that opened it.
pub(super) fn of_ticket(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    (service, place): (&Service, Option<&Place>),
    at: DateTime<Utc>,
) -> Result<Route> {
    let first = tickets::joins_of(conn, ticket.id)?.into_iter().next();
    let said = match first {
        Some(join) if world.settings.routing.asks_words() => {
            let post = intake::post(conn, join.post_id)?;
            said_in(conn, world, &post)?
        }
        _ => Said::default(),
    };
    let urgency = match ticket.urgency.as_str() {
        "emergency" => Urgency::Emergency,
        "urgent" => Urgency::Urgent,
        _ => Urgency::Normal,
    };
    Ok(routing::assign(&world.settings, &world.places, &Asked { service, place, urgency, said: &said, at }))
}

/// Keeps the rule that won with the ticket, and mails whom it names once the place is known.
pub(super) fn keep(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    (route, why): (&Route, &str),
    now: DateTime<Utc>,
) -> Result<()> {
    routing::record(conn, ticket.id, route, (&world.settings.hash, why), Ts(now))?;
    if ticket.place_key.is_empty() || ticket.hidden {
        return Ok(());
    }
    let service = world.settings.catalogue.get(&ticket.service);
    let what = service.map_or(ticket.service.as_str(), |s| s.names.get(Lang::En));
    for to in &route.notify {
        let link = world.settings.server.link(&format!("/staff/tickets/{}", ticket.number));
        let subject = format!("{}: {what}, {}", ticket.number, ticket.place_label);
        let text = format!("{what}\n{}\n\n{}.\n\n{link}\n", ticket.place_label, route.words);
        let event_key = format!("routed/{}/{}/{to}", ticket.id, route.rule);
        let mail = NewMail {
            event_key: &event_key,
            to,
            subject: &subject,
            text: &text,
            html: "",
            ticket_id: Some(ticket.id),
        };
        mails::insert(conn, &mail, Ts(now))?;
    }
    Ok(())
}

/// The department follows the rules unless a person chose another one since they were asked last.
pub(super) fn follows(conn: &mut DbConnection, ticket: &Ticket) -> Result<bool> {
    Ok(routing::latest(conn, ticket.id)?.is_none_or(|last| last.department == ticket.department))
}
