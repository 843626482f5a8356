//! SQL of what a ticket's place was found by, and of every area it has to do with.

use diesel::prelude::*;

use crate::db::DbConnection;
use crate::db::schema::ticket_places;
use crate::error::Result;
use crate::on_each_backend;
use crate::places::{AreaName, FoundBy, Place};

/// What is known about a ticket's place beside the place itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spot {
    /// What it was found by.
    pub found_by: FoundBy,
    /// Areas of all layers: those around it, then those whose edge is within its doubt.
    pub areas: Vec<AreaName>,
}

/// Keeps what the place of a ticket was found by and its areas; what stood there before is replaced.
///
/// # Errors
/// `Database` only.
pub fn keep_spot(conn: &mut DbConnection, ticket_id: i64, place: &Place, areas: &[AreaName]) -> Result<()> {
    let set = (
        ticket_places::found_by.eq(place.found_by.as_str()),
        ticket_places::areas.eq(serde_json::to_string(areas).unwrap_or_else(|_| "[]".into())),
    );
    on_each_backend!(conn, c => diesel::insert_into(ticket_places::table)
        .values((ticket_places::ticket_id.eq(ticket_id), set.clone()))
        .on_conflict(ticket_places::ticket_id)
        .do_update()
        .set(set)
        .execute(c)?);
    Ok(())
}

/// What is known about the place of a ticket; nothing for a ticket without one.
///
/// # Errors
/// `Database` only.
pub fn spot_of(conn: &mut DbConnection, ticket_id: i64) -> Result<Spot> {
    let kept: Option<(String, String)> = ticket_places::table
        .find(ticket_id)
        .select((ticket_places::found_by, ticket_places::areas))
        .first(conn)
        .optional()?;
    let Some((found_by, areas)) = kept else { return Ok(Spot::default()) };
    let found_by = serde_json::from_value(found_by.into()).unwrap_or_default();
    Ok(Spot { found_by, areas: serde_json::from_str(&areas).unwrap_or_default() })
}
