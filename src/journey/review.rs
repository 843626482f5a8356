//! A person decides about a post the machine was unsure of: open it as this, set it aside, or ask where.

use chrono::{DateTime, Utc};

use super::acknowledge;
use super::advance;
use super::concern::{self, Concern};
use super::receive::Incoming;
use crate::db::DbConnection;
use crate::error::{Error, Result};
use crate::intake::{self, Outcome, Post};
use crate::replies;
use crate::settings::Urgency;
use crate::tickets::{self, ConcernRow, Match, Ticket};
use crate::triage;
use crate::world::World;

/// Opens (or joins) the ticket a person decided on. What they chose outranks the reading.
///
/// # Errors
/// `Invalid` for an unknown service or place, `Conflict` when somebody decided first.
pub fn open(
    conn: &mut DbConnection,
    world: &World,
    row: &ConcernRow,
    service: &str,
    place: &str,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Ticket> {
    let post = intake::post(conn, row.post_id)?;
    let incoming = incoming(conn, world, &post, now)?;
    let service = world
        .settings
        .catalogue
        .current(service)
        .ok_or_else(|| Error::Invalid(format!("there is no service {service:?}")))?;
    let place = advance::find_place(world, place)?;
    tickets::requeue_concern(conn, row.id, "review", "", &format!("{by} opened it"))?;
    let json = serde_json::to_string(&place).ok();
    tickets::settle_concern(conn, row.id, &service.code, "found", json.as_deref())?;
    if let Some(waiting) = tickets::joins_of_post(conn, post.id)?.iter().find(|j| j.concern_id == row.id) {
        let ticket = tickets::by_id(conn, waiting.ticket_id)?;
        return advance::place_known(conn, world, &ticket, &place, by, now);
    }
    let reopen_days = world.settings.policy.reopen_days;
    let decided = match tickets::find_match(conn, service, &place, post.sealed, reopen_days, now)? {
        Some(Match::Same(ticket, score, why)) => {
            let join = concern::new_join(&incoming, row.id, ticket.id, &why, score);
            (Outcome::Joined, tickets::join(conn, &ticket, join, &post.channel)?)
        }
        _ => {
            let named = Concern {
                n: 0,
                service,
                service_p: 1.0,
                urgency: service.urgency.max(Urgency::Normal),
                span: None,
                stated: true,
                unsure: false,
            };
            let ticket = concern::open(conn, &incoming, &named, Some(&place), post.sealed, false)?;
            tickets::join_first(conn, &concern::new_join(&incoming, row.id, ticket.id, "opened it", 1.0))?;
            replies::promise(conn, &ticket, service.names.get(world.settings.city.language), now)?;
            (Outcome::Opened, ticket)
        }
    };
    let (outcome, ticket) = decided;
    intake::decide(conn, post.id, outcome, &format!("{by} decided"), now)?;
    acknowledge::acknowledge_by_hand(conn, &incoming, &ticket, outcome, by)?;
    Ok(ticket)
}

/// Sets a post aside, with the reason a colleague can read later.
///
/// # Errors
/// `Invalid` without a reason, `Conflict` when somebody decided first.
pub fn set_aside(
    conn: &mut DbConnection,
    row: &ConcernRow,
    reason: &str,
    by: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::Invalid("say why it is set aside: colleagues and auditors read it".into()));
    }
    tickets::requeue_concern(conn, row.id, "review", "", &format!("{by} set it aside: {reason}"))?;
    intake::decide(conn, row.post_id, Outcome::SetAside, &format!("{by}: {reason}"), now)
}

fn incoming<'a>(
    conn: &mut DbConnection,
    world: &'a World,
    post: &'a Post,
    now: DateTime<Utc>,
) -> Result<Incoming<'a>> {
    let person = intake::person_by_id(conn, post.person_id)?;
    let account = post.account_id.map(|id| intake::account(conn, id)).transpose()?;
    Ok(Incoming { world, post, person, account, now })
}

/// The reading staff look at beside a post.
///
/// # Errors
/// `Database` only.
pub fn reading_of(conn: &mut DbConnection, post: &Post) -> Result<Option<triage::Reading>> {
    triage::reading_of(conn, post.id)
}
