//! What strangers may know: tickets with a public page, what was said about them in public, and counts.
//!
//! Sealed, hidden and merged tickets never leave this room, so a page cannot leak what it is not given.
//! Rows come with the exact place and with residents' words, because pages that may show them need both; the web
//! layer rounds, shortens and hides by the city's settings.

mod lists;
mod numbers;
mod requests;
mod stamp;
mod store;

use chrono::{DateTime, Duration, Utc};

pub use lists::{Corners, Show, Wanted, WantedWord, inside, last_fixed, list, near, open_by_service};
pub use numbers::{Figures, WardFigures, Within, median, share};
pub use requests::{Asked, RequestRow, UpdateRow, requests, updates};
pub use stamp::{Stamp, stamp};
pub use store::{
    Account, Counted, HistoryLine, PhotoLine, PostLine, PromiseLine, ReplyLine, Spot, TicketRow,
};

use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::Result;

/// Posts and replies of one ticket that a page shows; the rest is counted.
const SHOWN_IN_THREAD: i64 = 40;
/// Steps of history that a page shows.
const SHOWN_STEPS: i64 = 200;
/// Days the figures look back.
pub const FIGURE_DAYS: i64 = 30;

/// Everything about one public ticket.
#[derive(Debug)]
pub struct TicketPage {
    /// The ticket itself.
    pub ticket: TicketRow,
    /// Public steps, oldest first.
    pub history: Vec<HistoryLine>,
    /// Posts about it that strangers may know of, oldest first.
    pub posts: Vec<PostLine>,
    /// What the city said in public and what stands there, oldest first.
    pub replies: Vec<ReplyLine>,
    /// The promise that counts now, or the last one.
    pub promise: Option<PromiseLine>,
    /// Photos released for everybody, oldest first.
    pub photos: Vec<PhotoLine>,
    /// Addresses that follow it (confirmed).
    pub followers: i64,
    /// People who were answered in their own thread about where it stands; counted where several wrote.
    pub told: i64,
    /// Public numbers merged into this one.
    pub merged: Vec<String>,
}

/// What a number leads to.
#[derive(Debug)]
pub enum Found {
    /// Its own page.
    Page(Box<TicketPage>),
    /// It is the same problem as this other number.
    Moved(String),
    /// Nothing a stranger may know of: unknown, sealed and hidden are the same.
    Nothing,
}

/// The page behind a ticket number.
///
/// # Errors
/// `Database` only.
pub fn ticket(conn: &mut DbConnection, number: &str) -> Result<Found> {
    let Some(ticket) = store::by_number(conn, number)? else { return Ok(Found::Nothing) };
    if let Some(survivor) = ticket.merged_into {
        let leads_to = store::survivor(conn, survivor)?;
        return Ok(leads_to.map_or(Found::Nothing, Found::Moved));
    }
    let id = ticket.id;
    let (mut ids, merged): (Vec<i64>, Vec<String>) = store::merged_into(conn, id)?.into_iter().unzip();
    ids.insert(0, id);
    let page = TicketPage {
        history: store::history(conn, id, SHOWN_STEPS)?,
        posts: store::posts(conn, &ids, SHOWN_IN_THREAD)?,
        replies: store::replies(conn, &ids, SHOWN_IN_THREAD)?,
        promise: store::promise(conn, id)?,
        photos: store::photos(conn, id)?,
        followers: store::followers(conn, id)?,
        told: if ticket.people > 1 { numbers::told(conn, &ids, &ticket.status)? } else { 0 },
        merged,
        ticket,
    };
    Ok(Found::Page(Box::new(page)))
}

/// A public ticket that is not merged into another; `None` for what a stranger may not know of.
///
/// # Errors
/// `Database` only.
pub fn known(conn: &mut DbConnection, number: &str) -> Result<Option<TicketRow>> {
    store::known(conn, number)
}

/// The figures of the home page, for the days before `now`.
///
/// # Errors
/// `Database` only.
pub fn figures(conn: &mut DbConnection, now: DateTime<Utc>) -> Result<Figures> {
    numbers::count(conn, now)
}

/// The newest public ticket whose thread shows the whole way: a promise that was posted and a fix that was posted.
///
/// # Errors
/// `Database` only.
pub fn went_well(conn: &mut DbConnection, now: DateTime<Utc>) -> Result<Option<TicketPage>> {
    let since = Ts(now - Duration::days(lists::LATELY_DAYS));
    let Some(number) = store::went_well(conn, since)? else { return Ok(None) };
    match ticket(conn, &number)? {
        Found::Page(page) => Ok(Some(*page)),
        Found::Moved(_) | Found::Nothing => Ok(None),
    }
}

/// The city's own accounts that people can write to.
///
/// # Errors
/// `Database` only.
pub fn accounts(conn: &mut DbConnection) -> Result<Vec<Account>> {
    store::accounts(conn)
}

/// A photo by its row: its file's digest, and whether strangers may see it.
///
/// # Errors
/// `Database` only.
pub fn photo(conn: &mut DbConnection, id: i64) -> Result<Option<(String, bool)>> {
    store::photo(conn, id)
}

/// The readings (JSON) of these posts, newest version of each, for the words that must be hidden.
///
/// # Errors
/// `Database` only.
pub fn readings(conn: &mut DbConnection, posts: &[i64]) -> Result<Vec<(i64, String)>> {
    store::readings(conn, posts)
}

/// Jobs that were put aside after too many crashes.
///
/// # Errors
/// `Database` only.
pub fn quarantined_jobs(conn: &mut DbConnection) -> Result<i64> {
    store::quarantined_jobs(conn)
}
