//! Sees that a part of the world was replaced (a new gazetteer, a new reader) and loads it, outside any transaction.

use super::Round;
use crate::app::App;
use crate::error::{Error, Result};
use crate::places::{Gazetteer, stored};
use crate::triage::models;

/// Loads what is in use in the database and not here; what cannot be read leaves the old in use.
///
/// # Errors
/// `Database` only.
pub fn round(app: &App) -> Result<Round> {
    let (places, reader) = (places(app)?, reader(app)?);
    Ok(if places == Round::Idle { reader } else { places })
}

fn places(app: &App) -> Result<Round> {
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

fn reader(app: &App) -> Result<Round> {
    let world = app.world.now();
    let version = models::in_use(&mut *app.db.read()?)?;
    if version == world.model_version {
        return Ok(Round::Idle);
    }
    let codes = world.settings.catalogue.codes();
    // In a variable: the loan of the connection ends before the world is swapped.
    let loaded = models::load(&mut *app.db.read()?, version, &codes);
    match loaded {
        Ok(model) => {
            tracing::info!(version, name = model.version(), "another version of the reader is in use");
            app.world.swap(world.with_model(model, version));
        }
        Err(why @ (Error::Database(_) | Error::Unavailable(_))) => return Err(why),
        Err(why) => {
            tracing::error!(version, "the new reader cannot be used, the old one stays: {why}");
            // Do not try the same version again every two seconds.
            app.world.swap(world.with_model_version_only(version));
        }
    }
    Ok(Round::Worked)
}
