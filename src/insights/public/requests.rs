//! Public tickets as Open311 asks for them: by number, service, state and time, merged ones with where they lead.

mod store;

use super::lists::Corners;
use super::store::TicketRow;
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::Result;

pub use store::UpdateRow;

/// Longest chain of merges that is followed.
const MOST_MERGES: usize = 8;

/// What is asked for; an empty list or `None` asks for all.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// These numbers, whatever else is said.
    pub numbers: Vec<String>,
    /// Codes of services.
    pub services: Vec<String>,
    /// Only ended (`true`) or only open ones.
    pub ended: Option<bool>,
    /// Opened at or after, and at or before.
    pub opened: (Option<Ts>, Option<Ts>),
    /// Last changed at or after, and at or before.
    pub changed: (Option<Ts>, Option<Ts>),
    /// Inside this box, by the exact place: look again with the one that is shown.
    pub part: Option<Corners>,
    /// Rows left out.
    pub skip: i64,
    /// Rows at most.
    pub take: i64,
}

/// One public ticket under its own number.
#[derive(Clone, Debug)]
pub struct RequestRow {
    /// The ticket of this number.
    pub own: TicketRow,
    /// Row of its first released photo.
    pub photo: Option<i64>,
    /// Where its merges lead: the state that counts.
    pub survivor: Option<Box<TicketRow>>,
}

impl RequestRow {
    /// The ticket whose state counts.
    #[must_use]
    pub fn lives(&self) -> &TicketRow {
        self.survivor.as_deref().unwrap_or(&self.own)
    }
}

/// Public tickets that fit, newest first. One that leads to a ticket strangers may not know of is left out.
///
/// # Errors
/// `Database` only.
pub fn requests(conn: &mut DbConnection, asked: &Asked) -> Result<Vec<RequestRow>> {
    let mut rows: Vec<RequestRow> = store::requests(conn, asked)?
        .into_iter()
        .map(|(own, photo)| RequestRow { own, photo, survivor: None })
        .collect();
    for _ in 0..MOST_MERGES {
        let mut next: Vec<i64> = rows.iter().filter_map(|row| row.lives().merged_into).collect();
        if next.is_empty() {
            return Ok(rows);
        }
        next.sort_unstable();
        next.dedup();
        let found = store::by_ids(conn, &next)?;
        rows.retain_mut(|row| {
            let Some(id) = row.lives().merged_into else { return true };
            let survivor = found.iter().find(|ticket| ticket.id == id);
            row.survivor = survivor.cloned().map(Box::new);
            survivor.is_some()
        });
    }
    // A circle of merges: `onit doctor` names it.
    rows.retain(|row| row.lives().merged_into.is_none());
    Ok(rows)
}

/// Public steps between two moments, oldest first, under every number they concern: that of the ticket, and those
/// merged into it.
///
/// # Errors
/// `Database` only.
pub fn updates(conn: &mut DbConnection, (from, to): (Ts, Ts), most: i64) -> Result<Vec<UpdateRow>> {
    let rows = store::updates(conn, from, to, most)?;
    let mut ids: Vec<i64> = rows.iter().map(|row| row.ticket_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let merged = store::merged_into(conn, &ids)?;
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let also = merged.iter().filter(|(_, into)| *into == row.ticket_id);
        let others: Vec<UpdateRow> =
            also.map(|(number, _)| UpdateRow { number: number.clone(), ..row.clone() }).collect();
        all.push(row);
        all.extend(others);
    }
    Ok(all)
}
