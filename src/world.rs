//! The loaded city: everything a unit of work needs to know, immutable behind one `Arc`.
//!
//! A unit takes the world once at its start. When a part is replaced (a new gazetteer, a new model), running
//! work ends on the old world and new work starts on the new one; readings and places store which made them.

use std::sync::{Arc, PoisonError, RwLock};

use crate::error::Result;
use crate::places::Gazetteer;
use crate::routing::check;
use crate::settings::{Gate, Service, Settings};
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
    /// Version of the reader in the database; 0 is the one that comes with the program.
    pub model_version: i64,
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
        let codes = settings.catalogue.codes();
        Ok(Self {
            places: Arc::new(places),
            places_version,
            model: Arc::new(Model::built_in(&codes)?),
            model_version: 0,
            settings: Arc::new(settings),
            numbers: Arc::default(),
        })
    }

    /// How far the machine may go alone with a service, and from which probability: what the city wrote down outranks
    /// what was measured on its own tickets, and that outranks what is left when nothing is known.
    #[must_use]
    pub fn gate_of(&self, service: &Service) -> (Gate, f64) {
        let Some(measured) = self.model.gates().get(&service.code) else {
            return (service.gate, service.gate_p);
        };
        let gate = if service.gate_written { service.gate } else { measured.gate };
        let p = match (service.gate_p_written, measured.gate) {
            (true, _) => service.gate_p,
            (false, Gate::Auto) => measured.p,
            // "auto" without a probability, and none is sure enough: every answer is a draft.
            (false, _) if gate == Gate::Auto => f64::INFINITY,
            (false, _) => service.gate_p,
        };
        (gate, p)
    }

    /// The same world that will not look at this version of the gazetteer again.
    #[must_use]
    pub fn with_version_only(&self, version: i64) -> Self {
        Self { places_version: version, ..self.same() }
    }

    /// The same world with another gazetteer.
    #[must_use]
    pub fn with_places(&self, places: Gazetteer, version: i64) -> Self {
        Self { places: Arc::new(places), ..self.with_version_only(version) }
    }

    /// The same world that will not look at this version of the reader again.
    #[must_use]
    pub fn with_model_version_only(&self, version: i64) -> Self {
        Self { model_version: version, ..self.same() }
    }

    /// The same world with another reader.
    #[must_use]
    pub fn with_model(&self, model: Model, version: i64) -> Self {
        Self { model: Arc::new(model), ..self.with_model_version_only(version) }
    }

    /// The same world under other settings.
    #[must_use]
    pub fn with_settings(&self, settings: Settings) -> Self {
        Self { settings: Arc::new(settings), ..self.same() }
    }

    fn same(&self) -> Self {
        Self {
            places: Arc::clone(&self.places),
            places_version: self.places_version,
            model: Arc::clone(&self.model),
            model_version: self.model_version,
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
