//! SQL of work orders and of the tickets in them.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::orders::OrderState;
use crate::db::DbConnection;
use crate::db::schema::{crew_links, tickets, work_order_tickets, work_orders};
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::on_each_backend;

/// Orders read for one list.
const MOST: i64 = 200;

/// What a crew is sent to do.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct Order {
    pub id: i64,
    pub department: String,
    pub crew: String,
    /// Day in the city's zone, "2026-12-01".
    pub day: String,
    /// Place in the crew's day, from 1.
    pub turn: i64,
    pub state: OrderState,
    pub why: String,
    pub notes: String,
    pub hazard: String,
    pub dig: bool,
    pub made_by: String,
    pub made_at: Ts,
    pub on_site_at: Option<Ts>,
    pub ended_at: Option<Ts>,
    pub version: i64,
}

/// What a new order holds.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct NewOrder<'a> {
    pub department: &'a str,
    pub crew: &'a str,
    pub day: &'a str,
    pub notes: &'a str,
    pub hazard: &'a str,
    pub dig: bool,
    pub made_by: &'a str,
}

/// Writes an order at the end of its crew's day.
///
/// # Errors
/// `Database` only.
pub fn insert(conn: &mut DbConnection, new: &NewOrder<'_>, now: Ts) -> Result<Order> {
    let last: Option<i64> = work_orders::table
        .filter(work_orders::department.eq(new.department))
        .filter(work_orders::crew.eq(new.crew))
        .filter(work_orders::day.eq(new.day))
        .select(diesel::dsl::max(work_orders::turn))
        .first(conn)?;
    let insert = diesel::insert_into(work_orders::table)
        .values((
            work_orders::department.eq(new.department),
            work_orders::crew.eq(new.crew),
            work_orders::day.eq(new.day),
            work_orders::turn.eq(last.unwrap_or(0) + 1),
            work_orders::state.eq(OrderState::Planned.as_str()),
            work_orders::why.eq(""),
            work_orders::notes.eq(new.notes),
            work_orders::hazard.eq(new.hazard),
            work_orders::dig.eq(new.dig),
            work_orders::made_by.eq(new.made_by),
            work_orders::made_at.eq(now),
            work_orders::version.eq(1),
        ))
        .returning(work_orders::all_columns);
    Ok(on_each_backend!(conn, c => insert.get_result(c)?))
}

/// The order with this row id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_id(conn: &mut DbConnection, id: i64) -> Result<Order> {
    let found = work_orders::table.find(id).first(conn).optional()?;
    found.ok_or_else(|| Error::NotFound(format!("there is no work order {id}")))
}

/// Writes a changed order, if nobody else changed it since it was read.
///
/// # Errors
/// `Conflict` when somebody was faster.
pub fn shift(conn: &mut DbConnection, was: OrderState, changed: &Order) -> Result<Order> {
    let same = work_orders::table
        .find(changed.id)
        .filter(work_orders::version.eq(changed.version))
        .filter(work_orders::state.eq(was.as_str()));
    let n = diesel::update(same)
        .set((
            work_orders::crew.eq(&changed.crew),
            work_orders::day.eq(&changed.day),
            work_orders::turn.eq(changed.turn),
            work_orders::state.eq(changed.state.as_str()),
            work_orders::why.eq(&changed.why),
            work_orders::notes.eq(&changed.notes),
            work_orders::hazard.eq(&changed.hazard),
            work_orders::dig.eq(changed.dig),
            work_orders::on_site_at.eq(changed.on_site_at),
            work_orders::ended_at.eq(changed.ended_at),
            work_orders::version.eq(changed.version + 1),
        ))
        .execute(conn)?;
    if n == 0 {
        let words = format!("work order {} was changed by somebody else just now: look again", changed.id);
        return Err(Error::Conflict(words));
    }
    Ok(Order { version: changed.version + 1, ..changed.clone() })
}

/// Puts an order at this place of its crew's day.
///
/// # Errors
/// `Database` only.
pub fn put_turn(conn: &mut DbConnection, id: i64, turn: i64) -> Result<()> {
    diesel::update(work_orders::table.find(id)).set(work_orders::turn.eq(turn)).execute(conn)?;
    Ok(())
}

/// Puts a ticket into an order; one that is in it already stays.
///
/// # Errors
/// `Database` only.
pub fn add_ticket(conn: &mut DbConnection, order_id: i64, ticket_id: i64, now: Ts) -> Result<()> {
    let known = work_order_tickets::table
        .filter(work_order_tickets::order_id.eq(order_id))
        .filter(work_order_tickets::ticket_id.eq(ticket_id))
        .filter(work_order_tickets::ended_at.is_null())
        .select(count_star());
    let n: i64 = on_each_backend!(conn, c => known.first(c)?);
    if n > 0 {
        return Ok(());
    }
    let insert = diesel::insert_into(work_order_tickets::table).values((
        work_order_tickets::order_id.eq(order_id),
        work_order_tickets::ticket_id.eq(ticket_id),
        work_order_tickets::added_at.eq(now),
    ));
    on_each_backend!(conn, c => insert.execute(c)?);
    Ok(())
}

/// Takes a ticket out of an order; the row stays.
///
/// # Errors
/// `Conflict` when it is not in it (any more).
pub fn take_out(conn: &mut DbConnection, order_id: i64, ticket_id: i64, now: Ts) -> Result<()> {
    let live = work_order_tickets::table
        .filter(work_order_tickets::order_id.eq(order_id))
        .filter(work_order_tickets::ticket_id.eq(ticket_id))
        .filter(work_order_tickets::ended_at.is_null());
    let n = diesel::update(live).set(work_order_tickets::ended_at.eq(Some(now))).execute(conn)?;
    if n == 0 {
        return Err(Error::Conflict("this request is not in the work order any more".into()));
    }
    Ok(())
}

/// Row ids of the tickets in an order, as they were put in.
///
/// # Errors
/// `Database` only.
pub fn tickets_of(conn: &mut DbConnection, order_id: i64) -> Result<Vec<i64>> {
    Ok(work_order_tickets::table
        .filter(work_order_tickets::order_id.eq(order_id))
        .filter(work_order_tickets::ended_at.is_null())
        .order(work_order_tickets::id)
        .select(work_order_tickets::ticket_id)
        .load(conn)?)
}

/// Orders a ticket is in, newest first.
///
/// # Errors
/// `Database` only.
pub fn of_ticket(conn: &mut DbConnection, ticket_id: i64) -> Result<Vec<Order>> {
    Ok(work_order_tickets::table
        .inner_join(work_orders::table)
        .filter(work_order_tickets::ticket_id.eq(ticket_id))
        .filter(work_order_tickets::ended_at.is_null())
        .order(work_orders::id.desc())
        .limit(MOST)
        .select(work_orders::all_columns)
        .load(conn)?)
}

/// A crew's orders of a day and those left over from days before, in the order of the day.
///
/// # Errors
/// `Database` only.
pub fn of_crew(conn: &mut DbConnection, department: &str, crew: &str, day: &str) -> Result<Vec<Order>> {
    Ok(work_orders::table
        .filter(work_orders::department.eq(department))
        .filter(work_orders::crew.eq(crew))
        .filter(work_orders::day.eq(day).or(work_orders::day.lt(day).and(work_orders::state.eq_any([
            "planned",
            "dispatched",
            "on_site",
        ]))))
        .order((work_orders::turn, work_orders::id))
        .limit(MOST)
        .load(conn)?)
}

/// All orders of a day, and what is left over from days before; of one department when it is named.
///
/// # Errors
/// `Database` only.
pub fn of_day(conn: &mut DbConnection, department: Option<&str>, day: &str) -> Result<Vec<Order>> {
    let mut query = work_orders::table
        .filter(work_orders::day.eq(day).or(work_orders::day.lt(day).and(work_orders::state.ne("done"))))
        .order((work_orders::department, work_orders::crew, work_orders::turn, work_orders::id))
        .limit(MOST)
        .into_boxed();
    if let Some(code) = department {
        query = query.filter(work_orders::department.eq(code));
    }
    Ok(query.load(conn)?)
}

/// Other tickets about the same spot opened since then: what is "third time this year".
///
/// # Errors
/// `Database` only.
pub fn at_spot(
    conn: &mut DbConnection,
    ticket_id: i64,
    service: &str,
    place_key: &str,
    since: Ts,
) -> Result<i64> {
    if place_key.is_empty() {
        return Ok(0);
    }
    let others = tickets::table
        .filter(tickets::place_key.eq(place_key))
        .filter(tickets::service.eq(service))
        .filter(tickets::id.ne(ticket_id))
        .filter(tickets::opened_at.ge(since))
        .filter(tickets::merged_into.is_null())
        .filter(tickets::hidden.eq(false))
        .select(count_star());
    Ok(on_each_backend!(conn, c => others.first(c)?))
}

pub(super) fn crew_random(conn: &mut DbConnection, department: &str, crew: &str) -> Result<Option<String>> {
    Ok(crew_links::table
        .filter(crew_links::department.eq(department))
        .filter(crew_links::crew.eq(crew))
        .select(crew_links::random)
        .first(conn)
        .optional()?)
}

pub(super) fn crew_by_random(conn: &mut DbConnection, random: &str) -> Result<Option<(String, String)>> {
    Ok(crew_links::table
        .filter(crew_links::random.eq(random))
        .select((crew_links::department, crew_links::crew))
        .first(conn)
        .optional()?)
}

pub(super) fn put_crew_random(
    conn: &mut DbConnection,
    (department, crew): (&str, &str),
    random: &str,
    by: &str,
    now: Ts,
) -> Result<()> {
    let mine =
        crew_links::table.filter(crew_links::department.eq(department)).filter(crew_links::crew.eq(crew));
    diesel::delete(mine).execute(conn)?;
    diesel::insert_into(crew_links::table)
        .values((
            crew_links::department.eq(department),
            crew_links::crew.eq(crew),
            crew_links::random.eq(random),
            crew_links::made_by.eq(by),
            crew_links::made_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}
