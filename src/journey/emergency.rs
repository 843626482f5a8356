//! Danger to life: a hidden ticket, people paged until one has it, and only the fixed text.

use chrono::Duration;

use super::acknowledge;
use super::concern::{self, Concern, Ending};
use super::receive::Incoming;
use super::tell::{self, Saying};
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::intake::Outcome;
use crate::places::{self, Hints};
use crate::replies::{self, Kind, Thread};
use crate::settings::Urgency;
use crate::tickets::{self, Entry, Step, Ticket};
use crate::tickets::{NewConcern, insert_concern};
use crate::triage::Reading;

/// Opens the hidden ticket, calls the people on duty, and says the fixed text once per author in 24 hours.
pub(super) fn page(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    reading: &Reading,
    thread: Option<&Thread>,
) -> Result<Ending> {
    let settings = &incoming.world.settings;
    let guess =
        reading.concerns.first().and_then(|c| c.services.first()).or_else(|| reading.services.first());
    let service = guess
        .and_then(|g| settings.catalogue.current(&g.code))
        .or_else(|| settings.catalogue.current("other"))
        .ok_or_else(|| {
            Error::Invalid("config/services.toml has no service `other`: emergencies need it".into())
        })?;
    let located = match incoming.typed_place() {
        Some(typed) => {
            places::locate(&incoming.world.places, &typed, &Hints { answer: true, ..incoming.hints() })
        }
        None => places::locate(&incoming.world.places, &incoming.post.text, &incoming.hints()),
    };
    let place = located.best.as_ref().or_else(|| located.alternatives.first());
    let urgent = Concern {
        n: 0,
        service,
        service_p: guess.map_or(0.0, |g| g.p),
        urgency: Urgency::Emergency,
        span: None,
        stated: false,
        unsure: false,
    };
    let concern_id = insert_concern(
        conn,
        &NewConcern {
            post_id: incoming.post.id,
            n: 0,
            service: &service.code,
            service_p: urgent.service_p,
            urgency: Urgency::Emergency.as_str(),
            place_status: concern::status_word(located.status),
            place: place.and_then(|p| serde_json::to_string(p).ok()),
            alternatives: "[]".into(),
            queue: "",
            queue_why: "",
            created_at: Ts(incoming.now),
        },
    )?;
    let ticket = concern::open(conn, incoming, &urgent, place, incoming.post.sealed, true)?;
    tickets::join_first(conn, &concern::new_join(incoming, concern_id, ticket.id, "danger to life", 1.0))?;
    let mut steps =
        vec![Entry::by_machine("paging", "The people on duty are paged".into(), false, Ts(incoming.now))];
    if let Some(thread) = thread {
        let words = format!("Written in the thread of {}", thread.ticket.number);
        steps.push(Entry::by_machine("thread", words, false, Ts(incoming.now)));
    }
    tickets::append(conn, ticket.id, &steps)?;
    tickets::insert_page(conn, ticket.id, Ts(incoming.now))?;
    let reply = fixed_text(conn, incoming, reading, &ticket)?;
    Ok(Ending { place: place.cloned(), reply, ..Ending::about(Outcome::Emergency, "danger to life", ticket) })
}

fn fixed_text(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    reading: &Reading,
    ticket: &Ticket,
) -> Result<Option<String>> {
    let settings = &incoming.world.settings;
    let since = incoming.now - Duration::hours(i64::from(settings.policy.emergency_once_hours));
    if replies::warned_since(conn, incoming.person.id, since)? {
        return Ok(None);
    }
    let language = incoming.language(reading);
    let saying = Saying {
        kind: Kind::Emergency,
        event: "",
        key: "emergency",
        // No number and no link: the page is hidden, and nobody should wait for one.
        values: tell::values(settings, ticket, language, incoming.now).with("link", ""),
        ticket: Some(ticket),
    };
    let listener = acknowledge::listener(incoming, language);
    // Also with `auto = false`: this text is the one thing that always goes, in the channel it came by.
    let (rendered, _) = tell::draft(conn, incoming.world, &listener, &saying, Ok(()), incoming.now)?;
    Ok(rendered.map(|r| r.text.as_str().to_owned()))
}

/// A person looked: it is no danger to life. The ticket becomes a normal one, with a place and a promise if it can.
///
/// # Errors
/// `Conflict` when somebody was faster.
pub(super) fn lower(
    conn: &mut DbConnection,
    ticket: &Ticket,
    due_at: Option<Ts>,
    by: &str,
    now: Ts,
) -> Result<Ticket> {
    let words = "Lowered to a normal request: no danger to life".to_owned();
    let entry = Entry::by_staff("lowered", by, words, false, now);
    let known_place = !ticket.place_key.is_empty();
    let change = |t: &mut Ticket| {
        t.hidden = false;
        t.urgency = Urgency::Urgent.as_str().to_owned();
        if known_place {
            t.due_at = due_at;
        }
    };
    if ticket.status == tickets::Status::Received && known_place {
        return tickets::advance(conn, ticket, Step::Open, entry, change);
    }
    tickets::correct(conn, ticket, entry, change)
}
