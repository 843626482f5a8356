//! The clocks of a ticket: started with its promise, standing still while it waits for the resident, warning before
//! and climbing the city's ladder after their time. One mail an address and turn names everything that is late.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};

use crate::accounts::{self, Role};
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::Result;
use crate::jobs::mails::{self, NewMail};
use crate::replies;
use crate::routing;
use crate::routing::clocks::{self, Clock, Next};
use crate::routing::expect;
use crate::settings::{ClockKind, Due, Lang, Settings, Tell, calendar, dates};
use crate::tickets::{self, Entry, Ticket};
use crate::world::World;

/// The promise of a ticket, and the clocks that hold us to it.
pub(super) fn promise(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    what: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    replies::promise(conn, ticket, what, now)?;
    let Some(due_at) = ticket.due_at else { return Ok(()) };
    begin(conn, world, ticket, ClockKind::Promise, (now, due_at.0))?;
    // The second clock runs from the first word of the resident and is never set anew.
    if clocks::of_ticket(conn, ticket.id)?.iter().any(|c| c.kind == ClockKind::Answer.as_str()) {
        return Ok(());
    }
    let policy = &world.settings.policy;
    let answer_by = calendar::due_at(policy, zone(world), policy.clocks.first_answer, ticket.opened_at.0);
    begin(conn, world, ticket, ClockKind::Answer, (ticket.opened_at.0, answer_by))
}

fn begin(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    kind: ClockKind,
    (started, due): (DateTime<Utc>, DateTime<Utc>),
) -> Result<()> {
    let next = clocks::next(&world.settings.policy, zone(world), kind, (started, due), 0);
    clocks::start(conn, (ticket.id, kind.as_str()), (Ts(started), Ts(due)), next.map(|n| Ts(n.at())))
}

fn zone(world: &World) -> chrono_tz::Tz {
    world.settings.city.time_zone
}

/// One turn: pauses begin and end, what is nearly or already late is told. `true` when anything was done.
///
/// # Errors
/// `Database`, or `Conflict` when another process was faster: the next turn sees what is left.
pub fn turn(conn: &mut DbConnection, world: &World, now: DateTime<Utc>) -> Result<bool> {
    let mut worked = false;
    for clock in clocks::to_pause(conn)? {
        let ticket = tickets::by_id(conn, clock.ticket_id)?;
        clocks::shift(conn, &Clock { paused_at: Some(ticket.status_at), next_at: None, ..clock })?;
        worked = true;
    }
    for clock in clocks::to_resume(conn)? {
        resume(conn, world, clock, now)?;
        worked = true;
    }
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for clock in clocks::due(conn, Ts(now))? {
        fire(conn, world, clock, now, &mut told)?;
        worked = true;
    }
    for (to, lines) in told {
        mail(conn, world, &to, &lines, now)?;
    }
    Ok(worked)
}

/// One turn: tickets get the range in which they should be done, and a month that ended is counted.
///
/// # Errors
/// `Database` only.
pub fn expect(conn: &mut DbConnection, world: &World, now: DateTime<Utc>) -> Result<bool> {
    let learned = world.settings.policy.clocks.expected;
    let since = Ts(now - Duration::days(i64::from(learned.days)));
    let least = usize::try_from(learned.least).unwrap_or(usize::MAX);
    let clocks = expect::unasked(conn)?;
    for clock in &clocks {
        let ticket = tickets::by_id(conn, clock.ticket_id)?;
        let ward = expect::alike(conn, &ticket.service, ticket.area.as_deref(), since)?;
        let mut range = expect::range(&times(&ward), least);
        if range.is_none() && ticket.area.is_some() {
            let city = expect::alike(conn, &ticket.service, None, since)?;
            range = expect::range(&times(&city), least);
        }
        let from = ticket.opened_at.0;
        let sample = range.map_or(0, |r| i64::try_from(r.sample).unwrap_or(i64::MAX));
        expect::keep(conn, clock.id, range.map(|r| (Ts(from + r.low), Ts(from + r.high))), sample)?;
    }
    if let Some((month, from, to)) = expect::last_month(zone(world), now)
        && expect::coverage(conn, Some(&month))?.is_none()
    {
        expect::count_month(conn, &month, (Ts(from), Ts(to)), Ts(now))?;
    }
    Ok(!clocks.is_empty())
}

fn times(rows: &[(Ts, Ts)]) -> Vec<Duration> {
    rows.iter().map(|(opened, fixed)| fixed.0 - opened.0).collect()
}

/// The wait for the resident is over: the clock goes on with the time it had left, and so does the promise.
fn resume(conn: &mut DbConnection, world: &World, clock: Clock, now: DateTime<Utc>) -> Result<()> {
    let ticket = tickets::by_id(conn, clock.ticket_id)?;
    let paused = clock.paused_at.unwrap_or(ticket.status_at);
    if !ticket.status.is_live() || ticket.merged_into.is_some() {
        return clocks::shift(
            conn,
            &Clock { paused_at: None, next_at: None, stopped_at: Some(Ts(now)), ..clock },
        );
    }
    let kind = kind_of(&clock);
    let counted = match kind {
        ClockKind::Promise => counted_in(conn, world, &ticket)?,
        ClockKind::Answer => world.settings.policy.clocks.first_answer,
    };
    let pause = (paused.0, ticket.status_at.0.max(paused.0));
    let policy = &world.settings.policy;
    let due = clocks::after_pause(policy, zone(world), counted, clock.due_at.0, pause);
    let next = clocks::next(policy, zone(world), kind, (clock.started_at.0, due), clock.level);
    let moved = kind == ClockKind::Promise && ticket.due_at == Some(clock.due_at) && due != clock.due_at.0;
    clocks::shift(
        conn,
        &Clock { due_at: Ts(due), paused_at: None, next_at: next.map(|n| Ts(n.at())), ..clock },
    )?;
    if moved {
        move_promise(conn, world, &ticket, due, now)?;
    }
    Ok(())
}

/// The ticket and its promise get the later due date; the clock has it already.
fn move_promise(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    due: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<()> {
    let settings = &world.settings;
    let day = dates::due(due, now, settings.city.time_zone, Lang::En);
    let words = format!("Due {day}: the wait for the resident does not count");
    let entry = Entry::by_machine("due moved", words, true, Ts(now));
    let moved = tickets::correct(conn, ticket, entry, |t| t.due_at = Some(Ts(due)))?;
    replies::end_promises(conn, &moved, "changed", now)?;
    let service = settings.catalogue.get(&ticket.service);
    let what = service.map_or(ticket.service.as_str(), |s| s.names.get(settings.city.language));
    replies::promise(conn, &moved, what, now)
}

/// In hours or working days: as the rule said that sent it, else as its service says.
fn counted_in(conn: &mut DbConnection, world: &World, ticket: &Ticket) -> Result<Due> {
    let settings = &world.settings;
    let rule = routing::latest(conn, ticket.id)?.map(|last| last.rule).unwrap_or_default();
    let by_rule = settings.routing.iter().find(|r| r.id == rule).and_then(|r| r.due);
    let by_service = settings.catalogue.get(&ticket.service).map(|s| s.due);
    Ok(by_rule.or(by_service).unwrap_or(Due::WorkingDays(1)))
}

fn kind_of(clock: &Clock) -> ClockKind {
    if clock.kind == ClockKind::Answer.as_str() { ClockKind::Answer } else { ClockKind::Promise }
}

/// The moment has come: look whether it still matters, then warn or climb.
fn fire(
    conn: &mut DbConnection,
    world: &World,
    clock: Clock,
    now: DateTime<Utc>,
    told: &mut BTreeMap<String, Vec<String>>,
) -> Result<()> {
    let ticket = tickets::by_id(conn, clock.ticket_id)?;
    let kind = kind_of(&clock);
    let answered = kind == ClockKind::Answer && clocks::first_human_answer(conn, ticket.id)?.is_some();
    if !ticket.status.is_live() || ticket.merged_into.is_some() || ticket.hidden || answered {
        return clocks::shift(conn, &Clock { next_at: None, stopped_at: Some(Ts(now)), ..clock });
    }
    let policy = &world.settings.policy;
    // Staff changed what it is: the ticket's own due date is the truth.
    let due = if kind == ClockKind::Promise { ticket.due_at.unwrap_or(clock.due_at) } else { clock.due_at };
    let next = |level| clocks::next(policy, zone(world), kind, (clock.started_at.0, due.0), level);
    let step = next(clock.level).filter(|step| step.at() <= now);
    let Some(step) = step else {
        let later = next(clock.level).map(|n| Ts(n.at()));
        return clocks::shift(conn, &Clock { due_at: due, next_at: later, ..clock });
    };
    let level = clocks::level_after(step);
    let after = next(level).map(|n| Ts(n.at()));
    clocks::shift(conn, &Clock { due_at: due, level, next_at: after, ..clock })?;
    tell(conn, world, (&ticket, kind, step, due.0), now, told)
}

/// Notes who must be told, and writes it into the history that colleagues see.
fn tell(
    conn: &mut DbConnection,
    world: &World,
    (ticket, kind, step, due): (&Ticket, ClockKind, Next, DateTime<Utc>),
    now: DateTime<Utc>,
    told: &mut BTreeMap<String, Vec<String>>,
) -> Result<()> {
    let settings = &world.settings;
    let whom = match step {
        Next::Warn(_) => vec![Tell::Department],
        Next::Climb(n, _) => settings.policy.clocks.ladder.get(n).map(|r| r.tell.clone()).unwrap_or_default(),
    };
    let addresses = addresses(conn, settings, ticket, &whom)?;
    let state = match (kind, step) {
        (ClockKind::Promise, Next::Warn(_)) => "due soon",
        (ClockKind::Promise, Next::Climb(..)) => "late",
        (ClockKind::Answer, _) => "without an answer from a person",
    };
    let line = line(settings, ticket, state, due, now);
    let names =
        if addresses.is_empty() { "nobody: no address is known".to_owned() } else { addresses.join(", ") };
    let what = if matches!(step, Next::Warn(_)) { "warned" } else { "escalated" };
    let entry = Entry::by_machine(what, format!("It is {state}; told: {names}"), false, Ts(now));
    tickets::append(conn, ticket.id, &[entry])?;
    for to in addresses {
        told.entry(to).or_default().push(line.clone());
    }
    Ok(())
}

/// "26-004217 Street light out, Broad St & Market St: late, was due Wed Nov 25 … link".
fn line(settings: &Settings, ticket: &Ticket, state: &str, due: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let service = settings.catalogue.get(&ticket.service);
    let what = service.map_or(ticket.service.as_str(), |s| s.names.get(Lang::En));
    let place = if ticket.place_label.is_empty() { "place not known" } else { &ticket.place_label };
    let by = if due < now { "was due" } else { "due" };
    let day = dates::moment(due, settings.city.time_zone, Lang::En);
    let link = settings.server.link(&format!("/staff/tickets/{}", ticket.number));
    format!("{} {what}, {place}: {state}, {by} {day}\n  {link}", ticket.number)
}

/// The addresses behind "department", "department_head" and "mayor"; where nobody has that role, the department's own.
fn addresses(
    conn: &mut DbConnection,
    settings: &Settings,
    ticket: &Ticket,
    whom: &[Tell],
) -> Result<Vec<String>> {
    let department = settings.departments.get(&ticket.department);
    let own =
        department.and_then(|d| d.email.clone()).or_else(|| settings.departments.fallback().email.clone());
    let users: Vec<accounts::User> =
        accounts::all_users(conn)?.into_iter().filter(|u| u.state == "active").collect();
    let with = |fits: &dyn Fn(&accounts::User) -> bool| {
        users.iter().filter(|u| fits(u)).map(|u| u.login.clone()).collect::<Vec<String>>()
    };
    let mut found: Vec<String> = Vec::new();
    for one in whom {
        let these = match one {
            Tell::Department => Vec::new(),
            Tell::DepartmentHead => with(&|u| {
                u.role == Role::DepartmentHead && u.department.as_deref() == Some(ticket.department.as_str())
            }),
            Tell::Mayor => with(&|u| matches!(u.role, Role::Publisher | Role::Approver)),
            Tell::Address(address) => vec![address.clone()],
        };
        if these.is_empty() { found.extend(own.clone()) } else { found.extend(these) }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn mail(
    conn: &mut DbConnection,
    world: &World,
    to: &str,
    lines: &[String],
    now: DateTime<Utc>,
) -> Result<()> {
    let n = lines.len();
    let what = if n == 1 { "1 request needs you".to_owned() } else { format!("{n} requests need you") };
    let subject = format!("{}: {what}", world.settings.city.account_name);
    let text = format!("{what}.\n\n{}\n", lines.join("\n\n"));
    // Two turns at one moment may have something else to say each.
    let first = lines.first().and_then(|l| l.lines().next()).unwrap_or_default();
    let event_key = format!("clocks/{to}/{}/{first}", now.timestamp_micros());
    let mail =
        NewMail { event_key: &event_key, to, subject: &subject, text: &text, html: "", ticket_id: None };
    mails::insert(conn, &mail, Ts(now))
}
