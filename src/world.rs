//! The loaded city: everything a unit of work needs to know, immutable behind one `Arc`.
//!
//! A unit takes the world once at its start. When a part is replaced (a new gazetteer, a new model), running
//! work ends on the old world and new work starts on the new one; readings and places store which made them.

use std::sync::{Arc, PoisonError, RwLock};

use crate::error::Result;
use crate::places::Gazetteer;
use crate::routing::check;
use crate::settings::Settings;
use crate::tickets::Numbers;
use crate::triage::Model;

/// One city, loaded.
#[derive(Debug)]
pub struct World {
    /// Streets, corners, parks, assets, areas.
    pub places: Arc<Gazetteer>,
    /// Version of the gazetteer in the database; 0 when it came from a file or is empty.
    pub places_version: i64,
    /// The reader of posts.
    pub model: Arc<Model>,
    /// Services, departments, policy, wording, this server.
    pub settings: Arc<Settings>,
    /// This process's stock of ticket numbers; the only thing here that moves, and it only grows.
    pub numbers: Arc<Numbers>,
}

impl World {
    /// A world of these settings and this gazetteer.
    ///
    /// # Errors
    /// `Invalid` when the built-in model does not fit the catalogue, or a routing rule contradicts itself.
    pub fn new(settings: Settings, places: Gazetteer, places_version: i64) -> Result<Self> {
        check::refuse_contradictions(&settings)?;
        let codes: Vec<String> = settings.catalogue.iter().map(|s| s.code.clone()).collect();
        Ok(Self {
            places: Arc::new(places),
            places_version,
            model: Arc::new(Model::built_in(&codes)?),
            settings: Arc::new(settings),
            numbers: Arc::default(),
        })
    }

    /// The same world that will not look at this version again.
    #[must_use]
    pub fn with_version_only(&self, version: i64) -> Self {
        Self { places: Arc::clone(&self.places), ..self.with_places(Gazetteer::empty(), version) }
    }

    /// The same world with another gazetteer.
    #[must_use]
    pub fn with_places(&self, places: Gazetteer, version: i64) -> Self {
        Self {
            places: Arc::new(places),
            places_version: version,
            model: Arc::clone(&self.model),
            settings: Arc::clone(&self.settings),
            numbers: Arc::clone(&self.numbers),
        }
    }
}

/// Where the newest world is found; cheap to read, swapped whole.
#[derive(Clone, Debug)]
pub struct WorldHolder(Arc<RwLock<Arc<World>>>);

impl WorldHolder {
    /// Starts with this world.
    #[must_use]
    pub fn new(world: World) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(world))))
    }

    /// The world as it is now: take it once per unit of work.
    #[must_use]
    pub fn now(&self) -> Arc<World> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the world; work under way ends on the old one.
    pub fn swap(&self, world: World) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(world);
    }
}
