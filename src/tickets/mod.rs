//! A concern becomes a ticket or joins the one that is open; a ticket moves by the status machine alone.

mod concerns;
mod duty;
mod family;
pub mod history;
mod known;
pub mod likeness;
pub mod matching;
mod me_too;
pub mod numbers;
pub mod policy;
mod spots;
pub mod status;
mod store;
mod suggestions;

use chrono::{DateTime, Utc};
pub use concerns::store::{
    ConcernRow, Join, NewConcern, concern, concerns_of, end_join, insert_concern, joins_of, joins_of_post,
    joins_with_merged, requeue_concern, set_alternatives, settle_concern, with_merged,
};
pub use duty::store::{Page, have_it, insert_page, page_again, page_of, pages_due};
pub use family::store::{joined_since, merge_step, merged_into, numbered};
pub use family::{Standing, leave, merge, recount, standing, unmerge};
pub use history::Entry;
pub use history::store::{HistoryRow, Note, add_note, append, history_of, notes_of};
pub use known::{Known, Match, Perhaps, Report, find_match};
pub use me_too::me_too;
pub use numbers::Numbers;
pub use spots::store::{Spot, keep_spot, spot_of};
pub use status::{CloseReason, Status, Step};
pub use store::{Ticket, by_id, by_number, ids_after, survivor, waiting_without_place};
pub use suggestions::SuggestionState;
pub use suggestions::store::{Suggestion, decide_suggestion, suggest, suggestion, suggestions_of};

use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::Result;
use crate::places::{AreaName, Place};
use crate::settings::Service;

/// What is known when a ticket is opened.
#[derive(Debug)]
pub struct Opening<'a> {
    /// The number it will carry for ever.
    pub number: String,
    /// What it is.
    pub service: &'a Service,
    /// Where it is, when we know.
    pub place: Option<&'a Place>,
    /// Ward or district, when we know.
    pub area: Option<String>,
    /// Every area it has to do with: of all layers, both sides where an edge is within the doubt.
    pub areas: &'a [AreaName],
    /// Who must fix it.
    pub department: &'a str,
    /// The rule that chose the department, as shown to staff.
    pub rule: &'a str,
    /// Urgency word.
    pub urgency: &'a str,
    /// When it should be done; `None` until there is a place.
    pub due_at: Option<DateTime<Utc>>,
    /// It came in private: no public page.
    pub sealed: bool,
    /// Danger to life: no public page.
    pub hidden: bool,
    /// It waits for the resident to say where.
    pub waiting: bool,
    /// A person looks first: no department acts, and the place is only what was said, not found.
    pub received: bool,
}

/// Opens a ticket with its first steps of history.
///
/// # Errors
/// `Database` only.
pub fn open(conn: &mut DbConnection, opening: Opening<'_>, now: DateTime<Utc>) -> Result<Ticket> {
    let status = match (opening.waiting, opening.place) {
        (true, _) => Status::Waiting,
        (false, Some(_)) if !opening.received => Status::Open,
        (false, _) => Status::Received,
    };
    let place = opening.place;
    // Only a place that was found has a key; a person who sets it later opens the ticket.
    let found = place.filter(|_| !opening.received);
    let new = Ticket {
        id: 0,
        number: opening.number,
        status,
        waiting_for: opening.waiting.then(|| "resident".to_owned()),
        waiting_until: None,
        service: opening.service.code.clone(),
        department: opening.department.to_owned(),
        place_label: place.map(|p| p.label.clone()).unwrap_or_default(),
        place_kind: place.map(|p| p.kind.as_str().to_owned()).unwrap_or_default(),
        place_key: found.map(|p| p.key.clone()).unwrap_or_default(),
        segment_key: found.and_then(|p| p.segment_key.clone()),
        lat: place.map(|p| p.lat),
        lon: place.map(|p| p.lon),
        radius_m: place.map(|p| p.radius_m),
        area: opening.area,
        sealed: opening.sealed,
        hidden: opening.hidden,
        urgency: opening.urgency.to_owned(),
        opened_at: Ts(now),
        due_at: opening.due_at.map(Ts),
        status_at: Ts(now),
        stage: status.stage().unwrap_or(1),
        fixed_at: None,
        closed_at: None,
        close_reason: None,
        close_words: None,
        proof: None,
        merged_into: None,
        version: 1,
        people: 1,
        rule: opening.rule.to_owned(),
    };
    let ticket = store::insert(conn, new)?;
    if let Some(place) = place {
        keep_spot(conn, ticket.id, place, opening.areas)?;
    }
    let mut steps = vec![Entry::by_machine("opened", format!("Opened as {}", ticket.service), true, Ts(now))];
    if status == Status::Open {
        let words = format!("{} has it: {}", ticket.department, ticket.rule);
        steps.push(Entry::by_machine("routed", words, true, Ts(now)));
    }
    store::append_after(conn, ticket.id, (0, String::new()), &steps)?;
    Ok(ticket)
}

/// Keeps the first concern of a ticket just opened; its person is counted already.
///
/// # Errors
/// `Database` only.
pub fn join_first(conn: &mut DbConnection, join: &Join) -> Result<()> {
    store::insert_join(conn, join)
}

/// Puts a further concern into a ticket; a person counts once, however often they write.
///
/// # Errors
/// `Conflict` when the ticket changed at the same moment.
pub fn join(conn: &mut DbConnection, ticket: &Ticket, join: Join, channel: &str) -> Result<Ticket> {
    // Whoever wrote about a ticket merged into this one is counted already.
    let family = with_merged(conn, ticket.id)?;
    let known = store::has_joined(conn, &family, join.person_id)?
        || me_too::store::has_said(conn, &family, join.person_id)?;
    store::insert_join(conn, &join)?;
    let people = if known { ticket.people } else { ticket.people + 1 };
    let ticket = store::save(conn, &Ticket { people, ..ticket.clone() })?;
    let step = Entry {
        step: "joined",
        actor: join.actor,
        channel: channel.to_owned(),
        at: join.created_at,
        public: false,
        words: join.why,
    };
    store::append(conn, ticket.id, &[step])?;
    Ok(ticket)
}

/// Moves a ticket one step: the machine is asked, the row is compared and set, the history grows.
///
/// `change` may set what the step brings with it (department, proof, reason) on the copy it is given.
///
/// # Errors
/// `Refused` for a step the status does not allow, `Conflict` when somebody was faster.
pub fn advance(
    conn: &mut DbConnection,
    ticket: &Ticket,
    step: Step,
    entry: Entry,
    change: impl FnOnce(&mut Ticket),
) -> Result<Ticket> {
    let status = status::after(ticket.status, step)?;
    let mut changed = Ticket { status, status_at: entry.at, ..ticket.clone() };
    changed.stage = status.stage().unwrap_or(changed.stage);
    if status != Status::Waiting {
        changed.waiting_for = None;
        changed.waiting_until = None;
    }
    match status {
        Status::Fixed => changed.fixed_at = Some(entry.at),
        Status::Closed => changed.closed_at = Some(entry.at),
        Status::Reopened => {
            changed.fixed_at = None;
            changed.closed_at = None;
            changed.close_reason = None;
            changed.close_words = None;
            changed.proof = None;
        }
        _ => {}
    }
    change(&mut changed);
    let saved = store::save(conn, &changed)?;
    store::append(conn, saved.id, &[entry])?;
    Ok(saved)
}

/// Changes what a ticket is or where, without moving it.
///
/// # Errors
/// `Conflict` when somebody was faster.
pub fn correct(
    conn: &mut DbConnection,
    ticket: &Ticket,
    entry: Entry,
    change: impl FnOnce(&mut Ticket),
) -> Result<Ticket> {
    let mut changed = ticket.clone();
    change(&mut changed);
    let saved = store::save(conn, &changed)?;
    store::append(conn, saved.id, &[entry])?;
    Ok(saved)
}
