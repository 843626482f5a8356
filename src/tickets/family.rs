//! Tickets that are one problem: what a merge sets and an unmerge clears. No row moves, and people count once.

pub(super) mod store;

use super::{ConcernRow, Entry, Join, Ticket, by_id, correct};
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::{Error, Result};

/// Leads `ticket` to `survivor`; both numbers live for ever. `own` and `others` are the lines in their histories.
///
/// # Errors
/// `Refused` when one of them leads elsewhere already or both are the same, `Conflict` when somebody was faster.
pub fn merge(
    conn: &mut DbConnection,
    ticket: &Ticket,
    survivor: &Ticket,
    own: Entry,
    others: Entry,
) -> Result<(Ticket, Ticket)> {
    if ticket.id == survivor.id {
        return Err(Error::Refused("these are the same request".into()));
    }
    // Two that lead nowhere can never close a circle; both rows are compared and set, so neither starts to meanwhile.
    if let Some(led) = [ticket, survivor].into_iter().find(|t| t.merged_into.is_some()) {
        return Err(Error::Refused(format!("{} leads to another request already", led.number)));
    }
    let merged = correct(conn, ticket, own, |t| t.merged_into = Some(survivor.id))?;
    let people = store::people(conn, survivor.id)?;
    let survivor = correct(conn, survivor, others, |t| t.people = people)?;
    Ok((merged, survivor))
}

/// Clears a merge: the ticket stands for itself again, with everything it had. Returns it and the one it led to.
///
/// # Errors
/// `Refused` when it is not merged, `Conflict` when somebody was faster.
pub fn unmerge(
    conn: &mut DbConnection,
    ticket: &Ticket,
    own: Entry,
    others: impl FnOnce(&Ticket) -> Entry,
) -> Result<(Ticket, Ticket)> {
    let Some(parent) = ticket.merged_into else {
        return Err(Error::Refused(format!("{} is not merged into another request", ticket.number)));
    };
    let parent = by_id(conn, parent)?;
    let apart = correct(conn, ticket, own, |t| t.merged_into = None)?;
    let people = store::people(conn, parent.id)?;
    let line = others(&parent);
    let parent = correct(conn, &parent, line, |t| t.people = people)?;
    recount_above(conn, &parent)?;
    Ok((apart, parent))
}

/// Counts the people of a ticket anew, and of every one it leads to: each person once, however often they wrote.
///
/// # Errors
/// `Conflict` when somebody was faster.
pub fn recount(conn: &mut DbConnection, ticket_id: i64) -> Result<()> {
    let ticket = by_id(conn, ticket_id)?;
    let people = store::people(conn, ticket.id)?;
    if people != ticket.people {
        super::store::save(conn, &Ticket { people, ..ticket.clone() })?;
    }
    recount_above(conn, &ticket)
}

fn recount_above(conn: &mut DbConnection, ticket: &Ticket) -> Result<()> {
    match ticket.merged_into {
        Some(parent) => recount(conn, parent),
        None => Ok(()),
    }
}

/// A concern that stands in a ticket or in one merged into it, with the ticket it stands in.
#[derive(Debug)]
pub struct Standing {
    /// Its place in the ticket.
    pub join: Join,
    /// The ticket it stands in: the one asked about, or one merged into that.
    pub home: Ticket,
    /// What was read of it.
    pub row: ConcernRow,
}

/// Finds a concern that may leave its ticket.
///
/// # Errors
/// `Conflict` when it stands there no more, `Refused` when nothing would be left behind.
pub fn standing(conn: &mut DbConnection, ticket: &Ticket, join_id: i64) -> Result<Standing> {
    let all = super::joins_with_merged(conn, ticket.id)?;
    let gone = || Error::Conflict("this post was taken out of the request already: look again".into());
    let join = all.iter().find(|j| j.id == join_id).cloned().ok_or_else(gone)?;
    let home = by_id(conn, join.ticket_id)?;
    if !all.iter().any(|j| j.ticket_id == home.id && j.id != join.id) {
        let way = if home.id == ticket.id {
            "correct what it is or where it is, or merge the whole request"
        } else {
            "undo the merge instead"
        };
        return Err(Error::Refused(format!("this is the only post of {}: {way}", home.number)));
    }
    let row = super::concern(conn, join.concern_id)?;
    Ok(Standing { join, home, row })
}

/// Ends a concern's place in a ticket, with a line in the history of the ticket people look at.
///
/// # Errors
/// `Conflict` when somebody was faster.
pub fn leave(conn: &mut DbConnection, ticket: &Ticket, from: &Standing, line: Entry) -> Result<Ticket> {
    let at: Ts = line.at;
    super::end_join(conn, from.join.id, at)?;
    correct(conn, ticket, line, |_| {})?;
    recount(conn, from.home.id)?;
    by_id(conn, ticket.id)
}
