//! Opens a ticket for a concern: its number, its department by the rules, and what is kept of why.

use chrono::{DateTime, Utc};

use super::concern::Concern;
use super::receive::Incoming;
use super::route;
use crate::db::DbConnection;
use crate::error::Result;
use crate::places::{self, Place};
use crate::routing::{self, Asked};
use crate::tickets::{self, Opening, Ticket};

/// How a ticket begins.
pub(super) struct Door {
    pub sealed: bool,
    pub hidden: bool,
    pub received: bool,
}

pub(super) fn open(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    concern: &Concern<'_>,
    place: Option<&Place>,
    sealed: bool,
    hidden: bool,
) -> Result<Ticket> {
    open_by(conn, incoming, concern, place, Door { sealed, hidden, received: false })
}

pub(super) fn open_by(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    concern: &Concern<'_>,
    place: Option<&Place>,
    door: Door,
) -> Result<Ticket> {
    let Door { sealed, hidden, received } = door;
    let settings = &incoming.world.settings;
    let now: DateTime<Utc> = incoming.now;
    let said = route::said_in(conn, incoming.world, incoming.post)?;
    let asked = Asked { service: concern.service, place, urgency: concern.urgency, said: &said, at: now };
    let route = routing::assign(settings, &incoming.world.places, &asked);
    let areas = place.map(|p| places::areas_of(&incoming.world.places, p)).unwrap_or_default();
    let opening = Opening {
        number: incoming.world.numbers.next(conn, settings.city.time_zone, now)?,
        service: concern.service,
        place,
        area: route.area.clone(),
        areas: &areas,
        department: &route.department,
        rule: &route.words,
        urgency: concern.urgency.as_str(),
        due_at: (place.is_some() && !hidden && !received).then_some(route.due_at),
        sealed,
        hidden,
        waiting: place.is_none() && !hidden && !received,
        received,
    };
    let ticket = tickets::open(conn, opening, now)?;
    route::keep(conn, incoming.world, &ticket, (&route, "opened"), now)?;
    Ok(ticket)
}
