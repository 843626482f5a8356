//! Staff, a crew or the clock moves a ticket: assigned, started, waiting, corrected.

use chrono::{DateTime, Utc};

use super::{clocks, emergency, followers, route};
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::places::{self, Place};
use crate::replies::{self, Kind};
use crate::settings::{Lang, Service};
use crate::tickets::{self, Entry, Status, Step, Ticket};
use crate::world::World;

/// A crew is booked.
///
/// # Errors
/// `Refused` by the status machine, `Invalid` for an unknown department, `Conflict` when somebody was faster.
pub fn assign(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    department: &str,
    crew: &str,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Ticket> {
    let known = world
        .settings
        .departments
        .get(department)
        .ok_or_else(|| Error::Invalid(format!("there is no department {department:?}")))?;
    let who = if crew.trim().is_empty() { known.names.get(Lang::En).clone() } else { crew.trim().to_owned() };
    let entry = Entry::by_staff("assigned", by, format!("{who} is booked"), true, Ts(now));
    let moved = tickets::advance(conn, ticket, Step::Assign, entry, |t| t.department = known.code.clone())?;
    followers::tell_followers(conn, world, &moved, now)?;
    Ok(moved)
}

/// Work begins.
///
/// # Errors
/// `Refused` by the status machine, `Conflict` when somebody was faster.
pub fn start(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Ticket> {
    let entry = Entry::by_staff("started", by, "Work started".into(), true, Ts(now));
    let moved = tickets::advance(conn, ticket, Step::Start, entry, |_| {})?;
    followers::tell_followers(conn, world, &moved, now)?;
    Ok(moved)
}

/// It must wait: for whom, and until when.
///
/// # Errors
/// `Invalid` without a name to wait for, `Refused` by the status machine, `Conflict` when somebody was faster.
pub fn wait(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    (for_whom, until): (&str, Option<DateTime<Utc>>),
    by: &str,
    now: DateTime<Utc>,
) -> Result<Ticket> {
    let for_whom = for_whom.trim();
    if for_whom.is_empty() {
        return Err(Error::Invalid("say for whom it waits, for example \"the power company\"".into()));
    }
    let entry = Entry::by_staff("waiting", by, format!("Waits for {for_whom}"), true, Ts(now));
    let moved = tickets::advance(conn, ticket, Step::Wait, entry, |t| {
        t.waiting_for = Some(for_whom.to_owned());
        t.waiting_until = until.map(Ts);
    })?;
    followers::tell_followers(conn, world, &moved, now)?;
    Ok(moved)
}

/// The place is known (an answer, or staff set it): department and due date follow, and the promise is made.
///
/// # Errors
/// `Conflict` when somebody was faster.
pub fn place_known(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    place: &Place,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Ticket> {
    let service = service_of(world, ticket)?;
    let to = route::of_ticket(conn, world, ticket, (service, Some(place)), now)?;
    let follows = route::follows(conn, ticket)?;
    let words = format!("The place is {}", place.label);
    let entry = Entry { actor: by.to_owned(), ..Entry::by_machine("placed", words, true, Ts(now)) };
    let first = ticket.place_key.is_empty();
    tickets::keep_spot(conn, ticket.id, place, &places::areas_of(&world.places, place))?;
    let change = |t: &mut Ticket| {
        t.place_label.clone_from(&place.label);
        t.place_kind = place.kind.as_str().to_owned();
        t.place_key.clone_from(&place.key);
        t.segment_key.clone_from(&place.segment_key);
        (t.lat, t.lon, t.radius_m) = (Some(place.lat), Some(place.lon), Some(place.radius_m));
        t.area.clone_from(&to.area);
        if follows {
            t.department.clone_from(&to.department);
            t.rule.clone_from(&to.words);
        }
        if first && !t.hidden {
            t.due_at = Some(Ts(to.due_at));
        }
    };
    let opens = matches!(ticket.status, Status::Received | Status::Waiting) && first && !ticket.hidden;
    let moved = if opens {
        tickets::advance(conn, ticket, Step::Open, entry, change)?
    } else {
        tickets::correct(conn, ticket, entry, change)?
    };
    if follows {
        route::keep(conn, world, &moved, (&to, "placed"), now)?;
    }
    if first && !ticket.hidden && ticket.status.is_live() {
        clocks::promise(conn, world, &moved, service.names.get(world.settings.city.language), now)?;
    }
    Ok(moved)
}

/// Staff set the place in their own words.
///
/// # Errors
/// `Invalid` when the words name no single place, with what fits.
pub fn set_place(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    words: &str,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Ticket> {
    let place = find_place(world, words)?;
    place_known(conn, world, ticket, &place, by, now)
}

/// The one place these words name.
///
/// # Errors
/// `Invalid`, naming what fits when several do.
pub fn find_place(world: &World, words: &str) -> Result<Place> {
    let hints = places::Hints { answer: true, ..places::Hints::default() };
    let located = places::locate(&world.places, words, &hints);
    let by_a_person = |place| Place { found_by: places::FoundBy::Person, ..place };
    located.best.map(by_a_person).ok_or_else(|| {
        let names: Vec<&str> = located.alternatives.iter().take(3).map(|p| p.label.as_str()).collect();
        Error::Invalid(if names.is_empty() {
            format!(
                "we do not know a place called \"{}\": try a house number, a corner or a pole number",
                words.trim()
            )
        } else {
            format!("more than one place fits: {}. Which one is it?", names.join(", "))
        })
    })
}

/// Staff correct what it is: department and due date follow, unsent promises are void.
///
/// # Errors
/// `Invalid` for an unknown service, `Conflict` when somebody was faster.
pub fn set_service(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    code: &str,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Ticket> {
    let service = world
        .settings
        .catalogue
        .current(code)
        .ok_or_else(|| Error::Invalid(format!("there is no service {code:?}")))?;
    let place = ticket.place();
    let to = route::of_ticket(conn, world, ticket, (service, place.as_ref()), ticket.opened_at.0)?;
    let words = format!("Corrected to {}", service.names.get(Lang::En));
    let entry = Entry::by_staff("corrected", by, words, true, Ts(now));
    let changed = tickets::correct(conn, ticket, entry, |t| {
        t.service.clone_from(&service.code);
        t.department.clone_from(&to.department);
        t.rule.clone_from(&to.words);
        if t.due_at.is_some() {
            t.due_at = Some(Ts(to.due_at));
        }
    })?;
    route::keep(conn, world, &changed, (&to, "corrected"), now)?;
    replies::void_for_ticket(conn, ticket.id, &[Kind::OnIt, Kind::Joined], "the service was corrected", now)?;
    if changed.due_at.is_some() {
        replies::end_promises(conn, &changed, "changed", now)?;
        clocks::promise(conn, world, &changed, service.names.get(world.settings.city.language), now)?;
    }
    Ok(changed)
}

/// A person looked: no danger to life.
///
/// # Errors
/// `Refused` when it is no emergency, `Conflict` when somebody was faster.
pub fn lower(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Ticket> {
    if !ticket.hidden {
        return Err(Error::Refused("this request is not marked as danger to life".into()));
    }
    let service = service_of(world, ticket)?;
    let place = ticket.place();
    let due = route::of_ticket(conn, world, ticket, (service, place.as_ref()), now)?.due_at;
    let lowered = emergency::lower(conn, ticket, Some(Ts(due)), by, Ts(now))?;
    match tickets::have_it(conn, ticket.id, by, Ts(now)) {
        // Somebody has it already: fine.
        Ok(()) | Err(Error::Conflict(_)) => {}
        Err(other) => return Err(other),
    }
    clocks::promise(conn, world, &lowered, service.names.get(world.settings.city.language), now)?;
    Ok(lowered)
}

/// "I have it": the calls to the people on duty end.
///
/// # Errors
/// `Conflict` when somebody has it already.
pub fn have_it(conn: &mut DbConnection, ticket: &Ticket, by: &str, now: DateTime<Utc>) -> Result<()> {
    tickets::have_it(conn, ticket.id, by, Ts(now))?;
    let entry = Entry::by_staff("taken", by, format!("{by} has it"), false, Ts(now));
    tickets::append(conn, ticket.id, &[entry])
}

pub(super) fn service_of<'a>(world: &'a World, ticket: &Ticket) -> Result<&'a Service> {
    world.settings.catalogue.get(&ticket.service).ok_or_else(|| {
        Error::Invalid(format!(
            "service {:?} of {} is gone from config/services.toml",
            ticket.service, ticket.number
        ))
    })
}
