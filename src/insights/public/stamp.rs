//! One look that says whether anything about a ticket's public page has changed.

mod store;

pub use store::Stamp;

use crate::db::DbConnection;
use crate::error::Result;

/// What a ticket's page was made from, in short; two that are equal make the same page, but for time passing and for
/// its neighbors.
///
/// # Errors
/// `Database` only.
pub fn stamp(conn: &mut DbConnection, number: &str) -> Result<Option<Stamp>> {
    store::stamp(conn, number)
}
