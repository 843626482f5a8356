//! What `read` knows: phrases, weights and the catalogue of one city. Immutable once made.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use super::gates::MeasuredGate;
use super::language::{self, Languages};
use super::lexicon::{Hit, Lexicon};
use super::patterns::Patterns;
use super::text::Words;
use super::weights::Weights;
use crate::error::{Error, Result};

/// The services the reader knows, in the order of the weight columns (`config/services.toml` has the names).
pub const SERVICES: [&str; 28] = [
    "street_light",
    "traffic_signal",
    "pothole_road_damage",
    "snow_ice",
    "missed_trash",
    "illegal_dumping_litter",
    "graffiti",
    "tree",
    "overgrowth_weeds",
    "sidewalk",
    "water_leak",
    "sewer_drainage_flooding",
    "abandoned_vehicle",
    "parking",
    "street_sign_marking",
    "noise",
    "animal",
    "rodents_pests",
    "park_maintenance",
    "building_code_blight",
    "homeless_encampment",
    "traffic_safety_speeding",
    "power_line_utility",
    "air_odor_pollution",
    "bike_scooter",
    "public_transit",
    "public_health",
    "other",
];

/// The weights that come with the program; made by `triage::learn` from the data its manifest names.
const SHIPPED: &[u8] = include_bytes!("../../config/model/reading.bin");

/// Position of a service in [`SERVICES`].
#[must_use]
pub fn service_index(code: &str) -> Option<u8> {
    SERVICES.iter().position(|s| *s == code).and_then(|i| u8::try_from(i).ok())
}

/// Phrases and weights, cut to one city's catalogue.
#[derive(Debug)]
pub struct Model {
    pub(super) lexicon: Lexicon,
    pub(super) languages: Languages,
    pub(super) patterns: Patterns,
    /// `None`: phrases alone decide (a build without weights).
    pub(super) weights: Option<Weights>,
    /// Which of [`SERVICES`] the city has.
    pub(super) offered: [bool; SERVICES.len()],
    version: String,
    gates: BTreeMap<String, MeasuredGate>,
}

/// What is read of a manifest.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Manifest {
    gates: BTreeMap<String, MeasuredGate>,
}

impl Model {
    /// The model shipped with the program, cut to the services of one city.
    /// Codes the reader does not know are never guessed; it is an error if it knows none.
    pub fn built_in(catalogue_codes: &[String]) -> Result<Self> {
        if SHIPPED.is_empty() {
            return Self::build(catalogue_codes, None);
        }
        Self::build(catalogue_codes, Some(Weights::from_static(SHIPPED)?))
    }

    /// A model with a city's own weights, as [`Self::to_bytes`] or `triage::learn` made them.
    pub fn from_bytes(bytes: &[u8], catalogue_codes: &[String]) -> Result<Self> {
        Self::build(catalogue_codes, Some(Weights::from_bytes(bytes)?))
    }

    /// Phrases without weights: what is left when no weights fit.
    pub fn rules_only(catalogue_codes: &[String]) -> Result<Self> {
        Self::build(catalogue_codes, None)
    }

    pub(super) fn build(catalogue_codes: &[String], weights: Option<Weights>) -> Result<Self> {
        let mut offered = [false; SERVICES.len()];
        for code in catalogue_codes {
            if let Some(index) = service_index(code) {
                offered[usize::from(index)] = true;
            }
        }
        if !offered.contains(&true) {
            return Err(Error::Invalid(format!(
                "the catalogue has none of the services the reader knows; at least one of these must be there: {}",
                SERVICES.join(", ")
            )));
        }
        let languages = match &weights {
            Some(weights) => weights.languages.clone(),
            None => Cow::Owned(language::learned()),
        };
        let version = weights.as_ref().map_or_else(|| "rules-1".to_owned(), |w| w.version().to_owned());
        let manifest = weights.as_ref().map_or("", Weights::manifest);
        let gates = serde_json::from_str::<Manifest>(manifest).unwrap_or_default().gates;
        Ok(Self {
            gates,
            lexicon: Lexicon::built_in()?,
            languages: Languages::new(languages),
            patterns: Patterns::compile()?,
            weights,
            offered,
            version,
        })
    }

    /// The weights as a file; empty when there are none.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.weights.as_ref().map(Weights::to_bytes).unwrap_or_default()
    }

    /// Which rules and weights these are; stored with every reading.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What the weights were made of, as JSON; empty without weights.
    #[must_use]
    pub fn manifest(&self) -> &str {
        self.weights.as_ref().map_or("", Weights::manifest)
    }

    /// Gates that were set from figures when these weights learned, by service.
    #[must_use]
    pub fn gates(&self) -> &BTreeMap<String, MeasuredGate> {
        &self.gates
    }

    pub(super) fn find(&self, words: &Words) -> Vec<Hit> {
        let mut hits = Vec::with_capacity(32);
        self.lexicon.find(words, &mut hits);
        hits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_catalogue_without_known_services_is_refused() {
        assert!(Model::built_in(&["moon_landing".to_owned()]).is_err());
        assert!(Model::built_in(&["tree".to_owned(), "moon_landing".to_owned()]).is_ok());
    }
}
