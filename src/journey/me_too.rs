//! Somebody passes on what stands in a thread of ours: "me too", without words of their own.

use chrono::{DateTime, Utc};

use crate::db::DbConnection;
use crate::error::Result;
use crate::intake::{self, Envelope};
use crate::{replies, tickets};

/// Counts them into the ticket of our reply, or of the post, that was passed on; `false` when there is none, or they
/// are counted already. Nobody is answered.
///
/// # Errors
/// `Conflict` when the ticket changed at the same moment.
pub fn passed_on(
    conn: &mut DbConnection,
    envelope: &Envelope,
    account_id: i64,
    now: DateTime<Utc>,
) -> Result<bool> {
    let post_id = match replies::answered_by(conn, account_id, &envelope.uri)? {
        Some(id) => Some(id),
        None => intake::post_seen_by(conn, Some(account_id), &envelope.uri)?.map(|post| post.id),
    };
    let Some(post_id) = post_id else { return Ok(false) };
    let Some(join) = tickets::joins_of_post(conn, post_id)?.into_iter().next() else { return Ok(false) };
    let named = tickets::by_id(conn, join.ticket_id)?;
    let ticket = tickets::survivor(conn, named)?;
    if ticket.sealed || !ticket.status.is_live() {
        return Ok(false);
    }
    let person = intake::author_of(conn, envelope)?;
    if person.bot {
        return Ok(false);
    }
    tickets::me_too(conn, &ticket, person.id, &envelope.channel, now)
}
