//! What lies around a ticket: open ones nearby that may be the same, and the map with the circle of doubt.

use chrono::Duration;

use super::super::desk::Desk;
use super::super::{times, words};
use crate::accounts::Action;
use crate::db::DbConnection;
use crate::error::Result;
use crate::insights::board;
use crate::places::{self, MapView, Mark};
use crate::tickets::matching::{box_around, metres_between};
use crate::tickets::{self, Status, Ticket};
use crate::web::view::pane::{MergedTicket, NearTicket, Perhaps};
use crate::web::view::{Chip, Svg};

/// Tickets within this distance may be the same.
const NEAR_M: f64 = 150.0;
const NEAR_ROWS: usize = 5;
const MERGED_ROWS: usize = 20;
const MAP_PX: (u32, u32) = (1200, 232);
const MAP_METRES_PER_PX: f64 = 0.6;

/// Open tickets nearby, and the map with them.
pub(super) fn of(
    desk: &Desk<'_>,
    conn: &mut DbConnection,
    ticket: &Ticket,
) -> Result<(Vec<NearTicket>, Option<Svg>)> {
    let Some(spot) = ticket.lat.zip(ticket.lon) else { return Ok((Vec::new(), None)) };
    let half = f64::from(MAP_PX.0) * MAP_METRES_PER_PX / 2.0;
    let ((south, west), _) = box_around(spot.0, spot.1, half.max(NEAR_M));
    let mut rows = board::near(conn, spot, (spot.0 - south, spot.1 - west), ticket.id)?;
    rows.retain(|r| !r.sealed || desk.may(Action::SeeSealed));
    let metres = |r: &board::NearRow| r.lat.zip(r.lon).map(|at| metres_between(spot, at));
    let mut near: Vec<(f64, &board::NearRow)> = rows.iter().filter_map(|r| Some((metres(r)?, r))).collect();
    near.sort_by(|a, b| a.0.total_cmp(&b.0));
    let near =
        near.iter().filter(|(m, _)| *m <= NEAR_M).take(NEAR_ROWS).map(|(m, r)| near_row(desk, ticket, r, *m));
    let near = near.collect();
    let mut marks: Vec<Mark<'_>> = rows.iter().filter_map(|r| mark_near(desk, r)).collect();
    marks.push(Mark {
        lat: spot.0,
        lon: spot.1,
        radius_m: ticket.radius_m.unwrap_or(0.0),
        state: ticket.status.as_str(),
        label: words::doubt(ticket.radius_m),
        href: None,
        selected: true,
        count: u32::try_from(ticket.people).unwrap_or(1),
    });
    Ok((near, draw(desk, spot, &marks)))
}

/// What may be the same, on either side of the suggestion, as long as both are open.
pub(super) fn perhaps(desk: &Desk<'_>, conn: &mut DbConnection, ticket: &Ticket) -> Result<Vec<Perhaps>> {
    let mut rows = Vec::new();
    if !desk.may(Action::MergeTickets) || !ticket.status.is_live() {
        return Ok(rows);
    }
    for one in tickets::suggestions_of(conn, ticket.id)? {
        let mine = one.ticket_id == ticket.id;
        let other = tickets::by_id(conn, if mine { one.other_id } else { one.ticket_id })?;
        let hidden = other.sealed && !desk.may(Action::SeeSealed);
        // One post of another ticket is that ticket's question.
        if hidden || other.merged_into.is_some() || !other.status.is_live() || !mine && one.concern_id != 0 {
            continue;
        }
        let post = if one.concern_id == 0 { String::new() } else { whose(conn, one.concern_id)? };
        rows.push(Perhaps {
            id: one.id.to_string(),
            href: format!("/staff/tickets/{}", other.number),
            chip: Chip { state: other.status.as_str().to_owned(), word: other.status.word().to_owned() },
            text: format!("{}, {}: {}", desk.service(&other.service), other.place_label, one.why),
            number: other.number,
            post,
        });
    }
    Ok(rows)
}

/// Who wrote a concern, for a row that asks where it belongs.
fn whose(conn: &mut DbConnection, concern_id: i64) -> Result<String> {
    let concern = tickets::concern(conn, concern_id)?;
    let about = board::about_posts(conn, &[concern.post_id])?;
    let post = about.posts.get(&concern.post_id);
    Ok(post.map_or_else(
        || "One post".to_owned(),
        |p| format!("The post of {}", words::author(&p.name, &p.handle)),
    ))
}

/// What was merged into this ticket, and what an undo would bring back.
pub(super) fn merged(desk: &Desk<'_>, conn: &mut DbConnection, ticket: &Ticket) -> Result<Vec<MergedTicket>> {
    let mut rows = Vec::new();
    if !desk.may(Action::MergeTickets) {
        return Ok(rows);
    }
    for one in tickets::merged_into(conn, ticket.id)?.into_iter().take(MERGED_ROWS) {
        if one.sealed && !desk.may(Action::SeeSealed) {
            continue;
        }
        let posts = tickets::joins_of(conn, one.id)?.len();
        let posts = if posts == 1 { "1 post".to_owned() } else { format!("{posts} posts") };
        let mut text = format!("{posts} from {}", words::people(one.people));
        if let Some(due) = one.due_at {
            text = format!("{text}, promised by {}", times::short(due.0, desk.now, desk.zone()));
        }
        if let Some((at, who, _)) = tickets::merge_step(conn, one.id)? {
            let who = if who == "OnIt" { "The machine".to_owned() } else { who };
            text = format!("{who} merged it {}. {text}", times::ago(at.0, desk.now));
        }
        rows.push(MergedTicket { number: one.number, text });
    }
    Ok(rows)
}

fn mark_near<'a>(desk: &Desk<'_>, row: &'a board::NearRow) -> Option<Mark<'a>> {
    let (lat, lon) = row.lat.zip(row.lon)?;
    Some(Mark {
        lat,
        lon,
        radius_m: 0.0,
        state: row.status.as_str(),
        label: format!("{}, {}", desk.service(&row.service), row.number),
        href: Some(format!("/staff/tickets/{}", row.number)),
        selected: false,
        count: u32::try_from(row.people).unwrap_or(1),
    })
}

fn near_row(desk: &Desk<'_>, ticket: &Ticket, row: &board::NearRow, metres: f64) -> NearTicket {
    let apart = ticket.opened_at.0 - row.opened_at.0;
    let when = if apart >= Duration::zero() { "earlier" } else { "later" };
    let status: Option<Status> = row.status.parse().ok();
    let far = if metres < 1.0 { "same spot".to_owned() } else { format!("{metres:.0} m away") };
    NearTicket {
        number: row.number.clone(),
        href: format!("/staff/tickets/{}", row.number),
        chip: Chip { state: row.status.clone(), word: status.map_or("", Status::word).to_owned() },
        text: format!(
            "{}, {}, {far}, {} {when}",
            desk.service(&row.service),
            row.place_label,
            times::span(apart)
        ),
        sure: String::new(),
    }
}

/// The neighborhood as a drawing; `None` where the city has no map.
pub(in crate::web::staff) fn draw(desk: &Desk<'_>, spot: (f64, f64), marks: &[Mark<'_>]) -> Option<Svg> {
    let view = MapView {
        lat: spot.0,
        lon: spot.1,
        width_px: MAP_PX.0,
        height_px: MAP_PX.1,
        metres_per_px: MAP_METRES_PER_PX,
    };
    let drawing = places::map_svg(&desk.world.places, &view, marks);
    (!drawing.is_empty()).then(|| Svg::from_map(drawing))
}
