//! How far the machine may go alone with a service, as rows show that were held back: no one number fits all.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::eval::{Coverage, coverage};
use crate::settings::{Gate, GateTargets};

/// A gate set from figures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasuredGate {
    /// How far the machine may go alone.
    pub gate: Gate,
    /// From which probability, 0 to 1; meant for `auto` only.
    pub p: f64,
    /// Held-back rows that were guessed to be of this service.
    pub rows: usize,
    /// Share of them that are right.
    pub precision: f64,
    /// The precision that was asked for.
    pub target: f64,
    /// Share of them at or above `p`.
    pub share: f64,
}

/// Gates of all services that were guessed often enough to say. `guesses`: probability and whether it was right.
pub(super) fn measured(
    guesses: &BTreeMap<String, Vec<(f64, bool)>>,
    targets: &GateTargets,
) -> BTreeMap<String, MeasuredGate> {
    let often = guesses.iter().filter(|(_, g)| g.len() >= targets.least_rows);
    often.map(|(code, guesses)| (code.clone(), one(code, guesses, targets))).collect()
}

fn one(code: &str, guesses: &[(f64, bool)], targets: &GateTargets) -> MeasuredGate {
    /// However good the figures are: a guess less sure than this is one of several.
    const LEAST_P: f64 = 0.5;
    let target = targets.by_service.get(code).copied().unwrap_or(targets.auto);
    let right = guesses.iter().filter(|g| g.1).count();
    let precision = right as f64 / guesses.len().max(1) as f64;
    let Coverage { share, gate_p } = coverage(guesses.to_vec(), target);
    let decided = (share * guesses.len() as f64).round() as usize;
    let gate = if decided >= targets.least_rows {
        Gate::Auto
    } else if precision >= targets.suggest {
        Gate::Suggest
    } else if precision >= targets.ask {
        Gate::Ask
    } else {
        Gate::Person
    };
    MeasuredGate { gate, p: gate_p.max(LEAST_P), rows: guesses.len(), precision, target, share }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_follow_the_figures_of_each_service() {
        let targets = GateTargets {
            by_service: BTreeMap::from([("strict".to_owned(), 1.0)]),
            auto: 0.9,
            suggest: 0.75,
            ask: 0.5,
            least_rows: 10,
        };
        // The sure ones are all right; of the unsure ones so many.
        let guesses = |sure: usize, unsure: usize, right: usize| -> Vec<(f64, bool)> {
            let high = (0..sure).map(|n| (0.99 - n as f64 * 0.001, true));
            high.chain((0..unsure).map(|n| (0.6, n < right))).collect()
        };
        let check = |code: &str, guesses: Vec<(f64, bool)>, gate: Option<Gate>, p: Option<f64>| {
            let all = BTreeMap::from([(code.to_owned(), guesses)]);
            let got = measured(&all, &targets).remove(code);
            assert_eq!(got.map(|m| m.gate), gate, "{code}: {got:?}");
            if let (Some(got), Some(p)) = (got, p) {
                assert!((got.p - p).abs() < 1e-9, "{code}: {got:?}");
            }
        };
        check("few", guesses(9, 0, 0), None, None);
        // 20 of 22 right at p .6 would be 91 %, but ties at .6 come all or none.
        check("sure", guesses(20, 20, 5), Some(Gate::Auto), Some(0.971));
        check("good", guesses(20, 20, 19), Some(Gate::Auto), Some(0.6));
        check("strict", guesses(12, 20, 19), Some(Gate::Auto), Some(0.979));
        check("middling", guesses(5, 15, 11), Some(Gate::Suggest), None);
        check("weak", guesses(0, 20, 12), Some(Gate::Ask), None);
        check("bad", guesses(0, 20, 5), Some(Gate::Person), None);
    }
}
