//! `[learning]` in `policy.toml`: when the reader learns from the city's own requests, and from how sure a figure on
//! a service sets its gate.

use std::collections::BTreeMap;

use chrono::NaiveTime;
use serde::Serialize;

use super::departments::clock;
use super::reader::Table;
use super::services::Catalogue;

/// How the reader learns. Shares and probabilities are 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Learning {
    /// Every night, from closed requests and corrections.
    pub nightly: bool,
    /// When, in the city's zone; a night that is missed by four hours waits for the next one.
    pub at: NaiveTime,
    /// So many new closed requests or corrections make a night worth it.
    pub new_rows: u32,
    /// A service may be answered alone from the probability at which so many of its guesses are right.
    pub auto_precision: f64,
    /// Where that is not reached: so many right guesses are enough to open and draft.
    pub suggest_precision: f64,
    /// And so many to ask where it is. Below, a person reads first.
    pub ask_precision: f64,
    /// With fewer guesses of a service among the rows held back nothing is said about it.
    pub least_rows: u32,
}

/// From how sure a figure a gate opens.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GateTargets {
    /// Precision at which a service may be answered alone, where the city names one of its own.
    pub by_service: BTreeMap<String, f64>,
    /// The same for all others.
    pub auto: f64,
    /// Precision of all guesses that is enough to open and draft.
    pub suggest: f64,
    /// Precision of all guesses that is enough to ask.
    pub ask: f64,
    /// Guesses needed to say anything.
    pub least_rows: usize,
}

impl Learning {
    /// The targets of this city.
    #[must_use]
    pub fn targets(&self, catalogue: &Catalogue) -> GateTargets {
        GateTargets {
            by_service: catalogue.iter().filter_map(|s| Some((s.code.clone(), s.precision?))).collect(),
            auto: self.auto_precision,
            suggest: self.suggest_precision,
            ask: self.ask_precision,
            least_rows: usize::try_from(self.least_rows).unwrap_or(usize::MAX),
        }
    }
}

pub(super) fn read(t: &Table<'_>) -> Learning {
    let learning = Learning {
        nightly: t.truth("nightly", true),
        at: t.time("at", clock(2, 30)),
        new_rows: t.whole("new_rows", 50, 1..=100_000),
        auto_precision: t.decimal("auto_precision", 0.95, 0.5..=1.0),
        suggest_precision: t.decimal("suggest_precision", 0.75, 0.0..=1.0),
        ask_precision: t.decimal("ask_precision", 0.5, 0.0..=1.0),
        least_rows: t.whole("least_rows", 20, 5..=10_000),
    };
    if learning.ask_precision > learning.suggest_precision
        || learning.suggest_precision > learning.auto_precision
    {
        t.problem(
            "suggest_precision",
            "must lie between `ask_precision` and `auto_precision`: the further OnIt goes alone, the surer it must be",
        );
    }
    t.done();
    learning
}
