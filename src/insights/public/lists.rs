//! Lists of public tickets: by words, service, area and state, and around a spot.

mod store;

use chrono::{DateTime, Utc};

use super::store::{Counted, Spot, TicketRow};
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::Result;

/// Days a fixed ticket stays in lists of what goes on.
pub(super) const LATELY_DAYS: i64 = 30;

/// What a list asks for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Words that must all fit; each is normalised text and the services it may mean.
    pub words: Vec<WantedWord>,
    /// Services whose place is not shown exactly: house numbers do not find them.
    pub private_services: Vec<String>,
    /// Only this service.
    pub service: Option<String>,
    /// Only this area.
    pub area: Option<String>,
    /// Which of them.
    pub show: Show,
}

/// One word of a search.
#[derive(Clone, Debug, Default)]
pub struct WantedWord {
    /// Lower case, without marks.
    pub text: String,
    /// Services with this word in their name.
    pub services: Vec<String>,
}

/// Which tickets a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Show {
    /// Open ones, and those that ended lately.
    #[default]
    Lately,
    /// Not ended.
    Open,
    /// Open and past their date.
    Late,
    /// Fixed in the last 30 days.
    Fixed,
    /// Fixed in the last 7 days.
    FixedThisWeek,
    /// Everything there ever was.
    All,
}

/// Public tickets that fit, open ones first, newest first, and how many there are in all.
///
/// # Errors
/// `Database` only.
pub fn list(
    conn: &mut DbConnection,
    wanted: &Wanted,
    (skip, take): (i64, i64),
    now: DateTime<Utc>,
) -> Result<(Vec<TicketRow>, i64)> {
    let total = store::count(conn, wanted, Ts(now))?;
    let rows = if total > skip { store::list(conn, wanted, skip, take, Ts(now))? } else { Vec::new() };
    Ok((rows, total))
}

/// Open public tickets inside a box of `radius_m` around a spot, of one service if named, oldest first.
/// The caller measures again with what the public may see of the place.
///
/// # Errors
/// `Database` only.
pub fn near(
    conn: &mut DbConnection,
    service: Option<&str>,
    spot: Spot,
    radius_m: f64,
    limit: i64,
) -> Result<Vec<TicketRow>> {
    store::near(conn, service, spot, radius_m, limit)
}

/// A part of the map, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Corners {
    pub west: f64,
    pub south: f64,
    pub east: f64,
    pub north: f64,
}

impl Corners {
    /// The same with a margin all around.
    #[must_use]
    pub fn wider(self, degrees: f64) -> Self {
        Self {
            west: self.west - degrees,
            south: self.south - degrees,
            east: self.east + degrees,
            north: self.north + degrees,
        }
    }

    /// Is a spot in it?
    #[must_use]
    pub fn holds(self, lat: f64, lon: f64) -> bool {
        (self.south..=self.north).contains(&lat) && (self.west..=self.east).contains(&lon)
    }
}

/// Public tickets inside a box, open ones first, newest first: those open, and those that ended lately.
/// The caller looks again with what the public may see of the place.
///
/// # Errors
/// `Database` only.
pub fn inside(
    conn: &mut DbConnection,
    part: Corners,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<TicketRow>> {
    store::inside(conn, part, limit, Ts(now))
}

/// Open public tickets by service, most first.
///
/// # Errors
/// `Database` only.
pub fn open_by_service(conn: &mut DbConnection) -> Result<Vec<Counted>> {
    store::open_by_service(conn)
}

/// The last time a public ticket that fits was fixed; for "nothing is open there".
///
/// # Errors
/// `Database` only.
pub fn last_fixed(conn: &mut DbConnection, wanted: &Wanted) -> Result<Option<DateTime<Utc>>> {
    Ok(store::last_fixed(conn, wanted)?.map(|at| at.0))
}
