//! Who passes the city's answer on says "me too": one person more, who hears nothing.

pub(super) mod store;

use chrono::{DateTime, Utc};

use super::{Entry, Ticket, append, concerns, with_merged};
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::Result;

/// Counts a person into a ticket once; `false` when they are counted already.
///
/// # Errors
/// `Conflict` when the ticket changed at the same moment.
pub fn me_too(
    conn: &mut DbConnection,
    ticket: &Ticket,
    person_id: i64,
    channel: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    let family = with_merged(conn, ticket.id)?;
    if concerns::store::has_joined(conn, &family, person_id)?
        || store::has_said(conn, &family, person_id)?
        || !store::insert(conn, ticket.id, person_id, Ts(now))?
    {
        return Ok(false);
    }
    super::store::save(conn, &Ticket { people: ticket.people + 1, ..ticket.clone() })?;
    let step = Entry {
        step: "me too",
        actor: "resident".into(),
        channel: channel.to_owned(),
        at: Ts(now),
        public: false,
        words: "Passed our answer on".into(),
    };
    append(conn, ticket.id, &[step])?;
    Ok(true)
}
