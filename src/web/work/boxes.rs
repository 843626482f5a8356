//! A work order as pages show it: its requests, what is dangerous, how often this spot came back, photos.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::dispatch::{self, Order, OrderState, orders};
use crate::error::Result;
use crate::media::{self, PhotoRow};
use crate::settings::{Lang, Settings, calendar, dates};
use crate::tickets::{self, Ticket};
use crate::web::view::Photo;
use crate::web::view::work::{OrderBox, OrderMoves, OrderTicket};

/// For whom a box is made.
#[derive(Clone, Copy, Debug)]
pub(in crate::web) struct Reader<'a> {
    /// The city.
    pub settings: &'a Settings,
    /// The day of the page, "2026-12-01".
    pub day: &'a str,
    /// Where forms post to: "/staff/orders" or "/crew/{secret}".
    pub base: &'a str,
    /// Where photos are: "/media" or "/crew/{secret}/photo".
    pub photos: &'a str,
    /// A colleague with an account reads it.
    pub staff: bool,
    /// Private requests may be shown in full.
    pub sealed: bool,
    /// Now.
    pub now: DateTime<Utc>,
}

/// One order as a box.
pub(in crate::web) fn order(
    reader: &Reader<'_>,
    conn: &mut DbConnection,
    order: &Order,
    may: OrderMoves,
) -> Result<OrderBox> {
    let mut requests = Vec::new();
    for id in dispatch::tickets_of(conn, order.id)? {
        let ticket = tickets::by_id(conn, id)?;
        requests.push(request(reader, conn, &ticket)?);
    }
    Ok(OrderBox {
        id: order.id.to_string(),
        base: format!("{}/{}", reader.base, order.id),
        state: order.state.as_str().to_owned(),
        tone: tone(order.state).to_owned(),
        word: order.state.word().to_owned(),
        turn: order.turn.to_string(),
        from_before: if order.day.as_str() < reader.day {
            format!("Left over from {}", day_words(&order.day))
        } else {
            String::new()
        },
        why: order.why.clone(),
        notes: order.notes.clone(),
        hazard: order.hazard.clone(),
        dig: order.dig,
        tickets: requests,
        phone: !reader.staff,
        may,
    })
}

fn tone(state: OrderState) -> &'static str {
    match state {
        OrderState::Planned => "open",
        OrderState::Dispatched => "assigned",
        OrderState::OnSite => "in_progress",
        OrderState::Done => "fixed",
        OrderState::CouldNot => "waiting",
    }
}

fn request(reader: &Reader<'_>, conn: &mut DbConnection, ticket: &Ticket) -> Result<OrderTicket> {
    let settings = reader.settings;
    let tz = settings.city.time_zone;
    let service = settings.catalogue.get(&ticket.service);
    let january = NaiveDate::from_ymd_opt(reader.now.with_timezone(&tz).year(), 1, 1).unwrap_or_default();
    let since = calendar::instant(tz, january.and_time(chrono::NaiveTime::MIN));
    let before = dispatch::at_spot(conn, ticket.id, &ticket.service, &ticket.place_key, Ts(since))?;
    let known = ticket.lat.zip(ticket.lon);
    let photos = media::of_ticket(conn, ticket.id)?;
    Ok(OrderTicket {
        number: ticket.number.clone(),
        href: if reader.staff { format!("/staff/tickets/{}", ticket.number) } else { String::new() },
        title: service.map_or(ticket.service.as_str(), |s| s.names.get(Lang::En)).to_owned(),
        place: if ticket.place_label.is_empty() {
            "Place not known".into()
        } else {
            ticket.place_label.clone()
        },
        geo: known.map(|(lat, lon)| format!("geo:{lat:.6},{lon:.6}")).unwrap_or_default(),
        point: known.map(|(lat, lon)| format!("{lat:.5}, {lon:.5}")).unwrap_or_default(),
        again: orders::again_words(before).unwrap_or_default(),
        due: ticket
            .due_at
            .map(|due| format!("due {}", dates::moment(due.0, tz, Lang::En)))
            .unwrap_or_default(),
        urgent: ticket.urgency == "urgent",
        photos: photos
            .iter()
            .filter(|p| !ticket.sealed || reader.sealed || p.role != "report")
            .map(|p| photo(reader, p))
            .collect(),
    })
}

fn photo(reader: &Reader<'_>, row: &PhotoRow) -> Photo {
    Photo {
        src: format!("{}/{}.jpg", reader.photos, row.id),
        alt: if row.alt.is_empty() { "Photo without a description".into() } else { row.alt.clone() },
        label: if row.role == "proof" { "After".into() } else { "Before".into() },
        when: dates::moment(row.created_at.0, reader.settings.city.time_zone, Lang::En),
        width: u32::try_from(row.width).unwrap_or(0),
        height: u32::try_from(row.height).unwrap_or(0),
    }
}

/// "Tue Dec 1" for "2026-12-01".
pub(in crate::web) fn day_words(day: &str) -> String {
    day.parse::<NaiveDate>().map_or_else(|_| day.to_owned(), |d| dates::day(d, Lang::En))
}

/// What the crew itself may do.
pub(in crate::web) fn crew_moves(state: OrderState) -> OrderMoves {
    let there = matches!(state, OrderState::Dispatched | OrderState::OnSite);
    OrderMoves {
        arrive: state == OrderState::Dispatched,
        done: there,
        could_not: there,
        put: there,
        ..OrderMoves::default()
    }
}

/// What colleagues at their desk may do.
pub(in crate::web) fn desk_moves(state: OrderState) -> OrderMoves {
    let early = matches!(state, OrderState::Planned | OrderState::Dispatched);
    OrderMoves {
        send: state == OrderState::Planned,
        arrive: state == OrderState::Dispatched,
        done: matches!(state, OrderState::Dispatched | OrderState::OnSite),
        could_not: early || state == OrderState::OnSite,
        plan: early || state == OrderState::CouldNot,
        put: state.is_open(),
        change: early,
    }
}
