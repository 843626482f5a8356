//! SQL of lists: public tickets that fit a question, and those around a spot.

use diesel::alias;
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::super::store::{COLUMNS, Counted, Spot, TicketRow, listed, live};
use super::{Corners, LATELY_DAYS, Show, Wanted};
use crate::db::schema::tickets;
use crate::db::types::Ts;
use crate::db::{DbConnection, MultiBackend};
use crate::error::Result;
use crate::on_each_backend;

diesel::define_sql_function! {
    /// Lower case, as the database does it (SQLite: ASCII letters).
    fn lower(text: Text) -> Text;
}

const ENDED: [&str; 2] = ["fixed", "closed"];

type Boxed<'a> = tickets::BoxedQuery<'a, MultiBackend>;

fn fitting<'a>(wanted: &'a Wanted, now: Ts) -> Boxed<'a> {
    let days = |n: i64| Ts(now.0 - chrono::Duration::days(n));
    let mut query = tickets::table.filter(listed()).into_boxed::<MultiBackend>();
    query = match wanted.show {
        Show::All => query,
        Show::Open => query.filter(live()),
        Show::Late => query.filter(live()).filter(tickets::due_at.lt(now)),
        Show::Fixed => {
            query.filter(tickets::status.eq("fixed")).filter(tickets::status_at.ge(days(LATELY_DAYS)))
        }
        Show::FixedThisWeek => {
            query.filter(tickets::status.eq("fixed")).filter(tickets::status_at.ge(days(7)))
        }
        Show::Lately => query.filter(live().or(tickets::status_at.ge(days(LATELY_DAYS)))),
    };
    if let Some(service) = &wanted.service {
        query = query.filter(tickets::service.eq(service));
    }
    if let Some(area) = &wanted.area {
        query = query.filter(tickets::area.eq(area));
    }
    for word in &wanted.words {
        let pattern = format!("%{}%", word.text);
        let service = tickets::service.eq_any(word.services.clone());
        let label = lower(tickets::place_label).like(pattern.clone());
        // A house number must not tell which doors have asked for something that concerns homes.
        query = if word.text.contains(|c: char| c.is_ascii_digit()) {
            query.filter(service.or(label.and(tickets::service.ne_all(wanted.private_services.clone()))))
        } else {
            let area = lower(tickets::area.assume_not_null()).like(pattern);
            query.filter(service.or(label).or(tickets::area.is_not_null().and(area)))
        };
    }
    query
}

pub(super) fn count(conn: &mut DbConnection, wanted: &Wanted, now: Ts) -> Result<i64> {
    Ok(fitting(wanted, now).count().get_result(conn)?)
}

pub(super) fn list(
    conn: &mut DbConnection,
    wanted: &Wanted,
    skip: i64,
    take: i64,
    now: Ts,
) -> Result<Vec<TicketRow>> {
    Ok(fitting(wanted, now)
        .order((tickets::status.eq_any(ENDED), tickets::status_at.desc(), tickets::id.desc()))
        .offset(skip)
        .limit(take)
        .select(COLUMNS)
        .load(conn)?)
}

pub(super) fn last_fixed(conn: &mut DbConnection, wanted: &Wanted) -> Result<Option<Ts>> {
    let ever = Wanted { show: Show::All, ..wanted.clone() };
    let found: Option<Option<Ts>> = fitting(&ever, Ts::LONG_AGO)
        .filter(tickets::fixed_at.is_not_null())
        .order(tickets::fixed_at.desc())
        .select(tickets::fixed_at)
        .first(conn)
        .optional()?;
    Ok(found.flatten())
}

pub(super) fn near(
    conn: &mut DbConnection,
    service: Option<&str>,
    spot: Spot,
    radius_m: f64,
    limit: i64,
) -> Result<Vec<TicketRow>> {
    let up = radius_m / 111_320.0;
    let aside = up / spot.lat.to_radians().cos().abs().max(0.01);
    // Which ones, from the index alone; only those few are read.
    let inside = alias!(tickets as inside);
    let which = inside
        .filter(inside.field(tickets::lat).between(spot.lat - up, spot.lat + up))
        .filter(inside.field(tickets::lon).between(spot.lon - aside, spot.lon + aside))
        .filter(inside.field(tickets::status).ne("fixed"))
        .filter(inside.field(tickets::status).ne("closed"))
        .filter(inside.field(tickets::merged_into).is_null())
        .filter(inside.field(tickets::sealed).eq(false))
        .filter(inside.field(tickets::hidden).eq(false))
        .order(inside.field(tickets::id))
        .select(inside.field(tickets::id));
    // Two fixed texts, so that each stays prepared.
    Ok(match service {
        Some(service) => {
            let alike = which.filter(inside.field(tickets::service).eq(service)).limit(limit);
            let rows = tickets::table.filter(tickets::id.eq_any(alike)).order(tickets::id).select(COLUMNS);
            on_each_backend!(conn, c => rows.load(c)?)
        }
        None => {
            let rows = tickets::table
                .filter(tickets::id.eq_any(which.limit(limit)))
                .order(tickets::id)
                .select(COLUMNS);
            on_each_backend!(conn, c => rows.load(c)?)
        }
    })
}

pub(super) fn inside(conn: &mut DbConnection, part: Corners, limit: i64, now: Ts) -> Result<Vec<TicketRow>> {
    let wanted = Wanted { show: Show::Lately, ..Wanted::default() };
    Ok(fitting(&wanted, now)
        .filter(tickets::lat.between(part.south, part.north))
        .filter(tickets::lon.between(part.west, part.east))
        .order((tickets::status.eq_any(ENDED), tickets::status_at.desc(), tickets::id.desc()))
        .limit(limit)
        .select(COLUMNS)
        .load(conn)?)
}

pub(super) fn open_by_service(conn: &mut DbConnection) -> Result<Vec<Counted>> {
    let mut rows: Vec<Counted> = tickets::table
        .filter(listed())
        .filter(live())
        .group_by(tickets::service)
        .select((tickets::service, count_star()))
        .load(conn)?;
    rows.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    Ok(rows)
}
