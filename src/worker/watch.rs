//! Sees that a part of the world was replaced (a new gazetteer) and loads it, outside any transaction.

use super::Round;
use crate::app::App;
use crate::error::Result;
use crate::places::{Gazetteer, stored};

/// Loads the newest gazetteer if it is not the one in use; one that cannot be read leaves the old in use.
///
/// # Errors
/// `Database` only.
pub fn round(app: &App) -> Result<Round> {
    let world = app.world.now();
    if stored::active_version(&mut *app.db.read()?)? == world.places_version {
        return Ok(Round::Idle);
    }
    let Some((version, bytes)) = stored::active(&mut *app.db.read()?)? else { return Ok(Round::Idle) };
    match Gazetteer::from_bytes(&bytes) {
        Ok(places) => {
            app.world.swap(world.with_places(places, version));
            tracing::info!(version, "the new gazetteer is in use");
        }
        Err(why) => {
            tracing::error!(version, "the new gazetteer cannot be read, the old one stays: {why}");
            // Do not try the same version again every two seconds.
            app.world.swap(world.with_version_only(version));
        }
    }
    Ok(Round::Worked)
}
