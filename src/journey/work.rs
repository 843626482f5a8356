//! A crew is sent: what a work order does to its tickets, from planned to done, or why it could not be done.

use chrono::{DateTime, Utc};

use super::advance;
use super::proof::{self, Shown};
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::dispatch::{self, NewOrder, Order, OrderState, OrderStep, orders};
use crate::error::{Error, Result};
use crate::settings::{Departments, calendar};
use crate::tickets::{self, Entry, Status, Ticket};
use crate::world::World;

/// Tickets one order may hold: more is two days of work.
const TICKETS: usize = 50;

/// What is planned.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Code of the department.
    pub department: String,
    /// One of its crews.
    pub crew: String,
    /// Day in the city's zone, "2026-12-01".
    pub day: String,
    /// What the crew must know.
    pub notes: String,
    /// A danger at the spot; empty = none known.
    pub hazard: String,
    /// Lines must be marked before anybody digs.
    pub dig: bool,
    /// Numbers of the tickets.
    pub tickets: Vec<String>,
}

/// Plans an order; its tickets have a crew from now on.
///
/// # Errors
/// `Invalid` for an unknown department, crew, day or ticket, `Refused` for a ticket that has ended, `Conflict`.
pub fn plan(
    conn: &mut DbConnection,
    world: &World,
    plan: &Plan,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Order> {
    check_crew(&world.settings.departments, &plan.department, &plan.crew)?;
    check_day(&plan.day)?;
    if plan.tickets.is_empty() || plan.tickets.len() > TICKETS {
        return Err(Error::Invalid(format!("a work order holds 1 to {TICKETS} requests")));
    }
    let new = NewOrder {
        department: &plan.department,
        crew: &plan.crew,
        day: &plan.day,
        notes: plan.notes.trim(),
        hazard: plan.hazard.trim(),
        dig: plan.dig,
        made_by: by,
    };
    let order = dispatch::insert(conn, &new, Ts(now))?;
    for number in &plan.tickets {
        let ticket = tickets::by_number(conn, number)?;
        add(conn, world, &order, &ticket, by, now)?;
    }
    Ok(order)
}

fn check_crew(departments: &Departments, department: &str, crew: &str) -> Result<()> {
    let known = departments
        .get(department)
        .ok_or_else(|| Error::Invalid(format!("there is no department {department:?}")))?;
    if known.crews.iter().any(|c| c == crew) {
        return Ok(());
    }
    Err(Error::Invalid(format!("{department} has no crew {crew:?}; it has {}", known.crews.join(", "))))
}

fn check_day(day: &str) -> Result<()> {
    let good = chrono::NaiveDate::parse_from_str(day, "%Y-%m-%d").is_ok() && day.len() == 10;
    if good { Ok(()) } else { Err(Error::Invalid("choose the day, like 2026-12-01".into())) }
}

/// Puts a ticket into an order.
///
/// # Errors
/// `Refused` for a ticket that has ended or an order that is done, `Conflict` when somebody was faster.
pub fn add(
    conn: &mut DbConnection,
    world: &World,
    order: &Order,
    ticket: &Ticket,
    by: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    if !ticket.status.is_live() || ticket.hidden {
        return Err(Error::Refused(format!("{} is {}: no crew is sent to it", ticket.number, ticket.status)));
    }
    if !matches!(order.state, OrderState::Planned | OrderState::Dispatched) {
        return Err(Error::Refused(format!(
            "the work order is {}: plan a new one",
            order.state.word().to_lowercase()
        )));
    }
    dispatch::add_ticket(conn, order.id, ticket.id, Ts(now))?;
    let words = format!("In work order {} of {}, {}", order.id, order.crew, order.day);
    tickets::append(conn, ticket.id, &[Entry::by_staff("work order", by, words, false, Ts(now))])?;
    if matches!(ticket.status, Status::Assigned | Status::InProgress) {
        return Ok(());
    }
    advance::assign(conn, world, ticket, &order.department, &order.crew, by, now).map(|_| ())
}

/// Takes a ticket out of an order; it stays where it is, for another order.
///
/// # Errors
/// `Conflict` when it is not in it any more.
pub fn take_out(
    conn: &mut DbConnection,
    order: &Order,
    ticket: &Ticket,
    by: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    dispatch::take_out(conn, order.id, ticket.id, Ts(now))?;
    let words = format!("Taken out of work order {}", order.id);
    tickets::append(conn, ticket.id, &[Entry::by_staff("work order", by, words, false, Ts(now))])
}

/// The order goes to its crew.
///
/// # Errors
/// `Refused` by the state machine, `Conflict` when somebody was faster.
pub fn send(conn: &mut DbConnection, order: &Order, by: &str, now: DateTime<Utc>) -> Result<Order> {
    let sent = moved(conn, order, OrderStep::Dispatch, |_| {})?;
    let words = format!("Work order {} went to {}", order.id, order.crew);
    note(conn, &sent, &words, by, now)?;
    Ok(sent)
}

/// The crew is there: work on its tickets has begun.
///
/// # Errors
/// `Refused` by the state machine, `Conflict` when somebody was faster.
pub fn arrive(
    conn: &mut DbConnection,
    world: &World,
    order: &Order,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Order> {
    let there = moved(conn, order, OrderStep::Arrive, |o| o.on_site_at = Some(Ts(now)))?;
    for ticket in live(conn, &there)? {
        if ticket.status != Status::InProgress {
            advance::start(conn, world, &ticket, by, now)?;
        }
    }
    Ok(there)
}

/// The work is done: every ticket of the order is fixed with the crew's proof, and everybody who wrote hears it.
///
/// # Errors
/// `Invalid` for a photo older than a ticket, `Refused` where a service demands a photo, `Conflict`.
pub fn finish(
    conn: &mut DbConnection,
    world: &World,
    order: &Order,
    mut shown: Shown,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Order> {
    let done = moved(conn, order, OrderStep::Finish, |o| o.ended_at = Some(Ts(now)))?;
    shown.crew.clone_from(&order.crew);
    for ticket in live(conn, &done)? {
        proof::fix(conn, world, &ticket, &shown, by, now)?;
    }
    Ok(done)
}

/// It could not be done, and why; with `tomorrow` it stands on the list of the next working day at once.
///
/// # Errors
/// `Invalid` without a reason, `Refused` by the state machine, `Conflict` when somebody was faster.
pub fn could_not(
    conn: &mut DbConnection,
    world: &World,
    order: &Order,
    (why, tomorrow): (&str, bool),
    by: &str,
    now: DateTime<Utc>,
) -> Result<Order> {
    let why = why.trim();
    if why.is_empty() {
        return Err(Error::Invalid("say why it could not be done".into()));
    }
    let failed = moved(conn, order, OrderStep::Fail, |o| {
        o.why = why.to_owned();
        o.ended_at = Some(Ts(now));
    })?;
    note(conn, &failed, &format!("Work order {} could not be done: {why}", order.id), by, now)?;
    if !tomorrow {
        return Ok(failed);
    }
    let today = now.with_timezone(&world.settings.city.time_zone).date_naive();
    let next = calendar::next_working_day(&world.settings.policy, today);
    replan(conn, &failed, &next.format("%Y-%m-%d").to_string(), by, now)
}

/// Another day for an order that is planned, sent or could not be done.
///
/// # Errors
/// `Invalid` for a day that is none, `Refused` by the state machine, `Conflict` when somebody was faster.
pub fn replan(
    conn: &mut DbConnection,
    order: &Order,
    day: &str,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Order> {
    check_day(day)?;
    let planned = moved(conn, order, OrderStep::Plan, |o| {
        day.clone_into(&mut o.day);
        o.ended_at = None;
    })?;
    note(conn, &planned, &format!("Work order {} is planned for {day}", order.id), by, now)?;
    Ok(planned)
}

/// One order up or down in its crew's day.
///
/// # Errors
/// `Database` only.
pub fn put(conn: &mut DbConnection, order: &Order, day: &str, up: bool) -> Result<()> {
    let ids: Vec<i64> =
        dispatch::of_crew(conn, &order.department, &order.crew, day)?.into_iter().map(|o| o.id).collect();
    for (turn, id) in (1_i64..).zip(orders::moved(&ids, order.id, up)) {
        dispatch::put_turn(conn, id, turn)?;
    }
    Ok(())
}

fn moved(
    conn: &mut DbConnection,
    order: &Order,
    step: OrderStep,
    change: impl FnOnce(&mut Order),
) -> Result<Order> {
    let mut changed = Order { state: orders::after(order.state, step)?, ..order.clone() };
    change(&mut changed);
    dispatch::shift(conn, order.state, &changed)
}

/// The tickets of an order that have not ended meanwhile; a merged one counts as its survivor, once.
fn live(conn: &mut DbConnection, order: &Order) -> Result<Vec<Ticket>> {
    let mut found: Vec<Ticket> = Vec::new();
    for id in dispatch::tickets_of(conn, order.id)? {
        let ticket = tickets::by_id(conn, id)?;
        let ticket = tickets::survivor(conn, ticket)?;
        if ticket.status.is_live() && !found.iter().any(|t| t.id == ticket.id) {
            found.push(ticket);
        }
    }
    Ok(found)
}

/// Numbers of the tickets in an order, for whoever keeps pages of them.
///
/// # Errors
/// `Database` only.
pub fn numbers(conn: &mut DbConnection, order: &Order) -> Result<Vec<String>> {
    let ids = dispatch::tickets_of(conn, order.id)?;
    ids.into_iter().map(|id| tickets::by_id(conn, id).map(|t| t.number)).collect()
}

fn note(conn: &mut DbConnection, order: &Order, words: &str, by: &str, now: DateTime<Utc>) -> Result<()> {
    for ticket in live(conn, order)? {
        let entry = Entry::by_staff("work order", by, words.to_owned(), false, Ts(now));
        tickets::append(conn, ticket.id, &[entry])?;
    }
    Ok(())
}
