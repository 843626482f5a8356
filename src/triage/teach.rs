//! A city teaches the reader: its own closed tickets move the shipped weights, which know what the city never had.
//!
//! Learning goes on from the weights in use and is pulled back towards them, so that a hundred rows change little and
//! thousands change much. What tells kinds and urgency is not touched: tickets say nothing about either.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::calibrate::isotonic;
use super::columns::{Columns, against, fill};
use super::eval::{Evaluation, Figures, GoldRow, evaluate};
use super::features::{BUCKETS, CUES, Features};
use super::gates::{self, MeasuredGate};
use super::learn::Row;
use super::lexicon::Lexicon;
use super::manifest::{digest, taught_manifest};
use super::model::{Model, service_index};
use super::regression::{Example, Plan, Solution, Start, fit_from, softmax};
use super::text::Words;
use super::urgency::SIGNS;
use super::weights::{CLASSES, COLUMNS, IDF_STEP, KIND_COLUMN, Weights};
use super::{Context, read};
use crate::error::{Error, Result};
use crate::settings::{GateTargets, Lang};

/// Rows from which teaching is worth it.
pub const LEAST_ROWS: usize = 100;
/// Rows at most; of more the newest are taken.
pub const MOST_ROWS: usize = 20_000;
/// One row in so many is held back to compare before and after.
const HELD_BACK_ONE_IN: u64 = 5;
/// Parts into which rows are cut for the curve of honest probabilities.
const FOLDS: usize = 4;
/// Steps of which [`Progress`] is told: before, the parts, all of them, after.
const STEPS: usize = FOLDS + 3;

/// How firmly the weights in use are held on to.
#[derive(Clone, Copy, Debug)]
pub struct Firmness {
    /// Passes over the rows.
    pub rounds: u32,
    /// Step length.
    pub rate: f32,
    /// Pull back towards the weights in use.
    pub pull: f32,
    /// Past slopes at the start: large means small first steps.
    pub firmness: f32,
}

impl Default for Firmness {
    fn default() -> Self {
        Self { rounds: 12, rate: 0.25, pull: 1e-4, firmness: 0.02 }
    }
}

/// What is taught, and by what it is judged.
pub struct Lessons<'a> {
    /// The weights that learn, as [`Model::to_bytes`] gives them.
    pub base: &'a [u8],
    /// The reader in use, whose figures are "before".
    pub in_use: &'a Model,
    /// A city's own rows, oldest first.
    pub rows: &'a [Row],
    /// Codes of the catalogue.
    pub codes: &'a [String],
    /// Where the rows come from, for the manifest.
    pub data: &'a [String],
    /// How firmly the base is held on to.
    pub how: Firmness,
    /// From how sure a figure a service's gate opens.
    pub targets: &'a GateTargets,
}

/// Before and after, on rows that were held back.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Lesson {
    /// Rows learned from.
    pub learned: usize,
    /// Rows held back: never learned from, in this run or any other.
    pub held_back: usize,
    /// Held-back rows, read by the reader that is in use.
    pub before: Figures,
    /// The same, read by the one that has learned.
    pub after: Figures,
    /// Gates set from the rows held back, by service.
    pub gates: BTreeMap<String, MeasuredGate>,
    /// Why the new one is worse, in words; empty: it may be used.
    pub worse: Vec<String>,
}

impl Lesson {
    /// Not worse: the new weights may be used.
    #[must_use]
    pub fn may_be_used(&self) -> bool {
        self.worse.is_empty()
    }
}

/// A reader that has learned.
#[derive(Clone, Debug)]
pub struct Taught {
    /// The weights, for [`Model::from_bytes`].
    pub bytes: Vec<u8>,
    /// Their name: the version that readings made with them carry.
    pub name: String,
    /// What they were made of, as JSON.
    pub manifest: String,
    /// How good they are.
    pub lesson: Lesson,
}

/// Told how far the work is: (steps done, steps in all).
pub type Progress<'p> = &'p mut dyn FnMut(usize, usize);

/// Teaches, and compares before and after on rows held back.
///
/// The weights that are measured are the ones that are returned: rows held back are never learned from, so that the
/// next comparison is as honest as this one.
///
/// # Errors
/// `Invalid` when there are too few rows, or the base cannot be read.
pub fn teach(lessons: &Lessons<'_>, progress: Progress<'_>) -> Result<Taught> {
    let Lessons { base, in_use, rows, codes, data, how, targets } = lessons;
    if rows.len() < LEAST_ROWS {
        return Err(Error::Invalid(format!(
            "{} rows are too few to learn from: {LEAST_ROWS} at least",
            rows.len()
        )));
    }
    let rows = &rows[rows.len().saturating_sub(MOST_ROWS)..];
    let (back, rest): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| is_held_back(&row.text));
    let back: Vec<GoldRow> = back.into_iter().map(gold).collect();
    let rest: Vec<Row> = rest.into_iter().cloned().collect();
    let mut done = 0;
    let mut step = || {
        done += 1;
        progress(done, STEPS);
    };
    let before = judged(in_use, &back);
    step();
    let mut weights = moved(base, &rest, how, &mut step)?;
    let after = judged(&Model::build(codes, Some(weights.clone()))?, &back);
    let gates = gates::measured(&after.guesses, targets);
    step();
    weights.manifest = taught_manifest(&weights, (&rest, data), how, &gates);
    weights.version = String::new();
    weights.version = digest(&weights.to_bytes());
    let worse = worse(&before.all, &after.all);
    let (learned, held_back) = (rest.len(), back.len());
    let lesson = Lesson { learned, held_back, before: before.all, after: after.all, gates, worse };
    Ok(Taught { bytes: weights.to_bytes(), name: weights.version, manifest: weights.manifest, lesson })
}

/// What makes a reader worse than the one before, in words.
fn worse(before: &Figures, after: &Figures) -> Vec<String> {
    /// So far stated and true share may lie apart more than before.
    const LESS_HONEST: f64 = 0.02;
    // Top 3 and F1 of few rows swing by themselves, F1 most where a service has a handful: a real loss is larger.
    let swing = 1.0 / (after.rows.max(1) as f64).sqrt();
    let fell = |what: &str, was: f64, is: f64, by: f64| {
        (is < was - by - 1e-9).then(|| format!("{what} fell from {was:.3} to {is:.3}"))
    };
    [
        fell("accept set", before.accept_accuracy, after.accept_accuracy, 0.0),
        fell("top 3", before.top3, after.top3, swing),
        fell("macro-F1", before.macro_f1, after.macro_f1, swing),
        (after.calibration_error > before.calibration_error + LESS_HONEST).then(|| {
            format!(
                "calibration error rose from {:.3} to {:.3}",
                before.calibration_error, after.calibration_error
            )
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The same words are held back in every run, whatever their file, their order, their case and their spaces.
#[must_use]
pub fn is_held_back(text: &str) -> bool {
    let mut words = Sha256::new();
    for word in text.split_whitespace() {
        words.update(word.to_lowercase());
        words.update(" ");
    }
    let number = words.finalize().iter().take(8).fold(0_u64, |n, b| (n << 8) | u64::from(*b));
    number.is_multiple_of(HELD_BACK_ONE_IN)
}

fn gold(row: &Row) -> GoldRow {
    GoldRow {
        id: String::new(),
        text: row.text.clone(),
        source: String::new(),
        service: Some(row.service.clone()),
        accept: row.accept.clone(),
    }
}

fn judged(model: &Model, rows: &[GoldRow]) -> Evaluation {
    evaluate(rows, |_, text| read(model, text, &Context::alone(Lang::En)), &mut |_| {})
}

/// One row as the weights see it.
struct Seen {
    example: Example,
    accept: Vec<u8>,
    features: Features,
}

/// Weights moved by rows.
fn moved(base: &[u8], rows: &[Row], how: &Firmness, step: &mut dyn FnMut()) -> Result<Weights> {
    let mut weights = Weights::from_bytes(base)?;
    let seen = seen(&weights, rows)?;
    let start = solution_of(&weights);
    weights.curve = {
        let mut sure = Vec::new();
        for part in 0..FOLDS {
            let apart = |n: &usize| n % FOLDS == part;
            let others = seen.iter().enumerate().filter(|(n, _)| !apart(n)).map(|(_, s)| s);
            let fold = written(&weights, &learned(others, &start, how));
            for row in seen.iter().enumerate().filter(|(n, _)| apart(n)).map(|(_, s)| s) {
                let mut p = fold.scores(&row.features, &[0.0; SIGNS]).services;
                softmax(&mut p);
                let best = (0..CLASSES).max_by(|a, b| p[*a].total_cmp(&p[*b])).unwrap_or(0);
                sure.push((p[best], row.accept.iter().any(|a| usize::from(*a) == best)));
            }
            step();
        }
        isotonic(sure)
    };
    let weights = written(&weights, &learned(seen.iter(), &start, how));
    step();
    Ok(weights)
}

fn seen(weights: &Weights, rows: &[Row]) -> Result<Vec<Seen>> {
    let lexicon = Lexicon::built_in()?;
    let mut hits = Vec::new();
    let see = |row: &Row| {
        let class = service_index(&row.service)?;
        let words = Words::of(&row.text);
        lexicon.find(&words, &mut hits);
        let mut features = Features::default();
        features.read(&words, 0..words.list.len(), &hits, |b| weights.idf(b));
        features.cues = [0.0; CUES];
        let sparse = features.buckets.iter().map(|b| (*b, weights.idf(*b) / features.size)).collect();
        let example = Example { sparse, dense: features.lexicon.to_vec(), class, weight: 1.0 };
        let accept = row.accept.iter().filter_map(|a| service_index(a)).chain([class]).collect();
        Some(Seen { example, accept, features })
    };
    Ok(rows.iter().filter_map(see).collect())
}

fn learned<'s>(rows: impl Iterator<Item = &'s Seen>, start: &Solution, how: &Firmness) -> Solution {
    let examples: Vec<Example> = rows.map(|s| s.example.clone()).collect();
    let plan = Plan { classes: CLASSES, rounds: how.rounds, rate: how.rate, shrink: how.pull };
    fit_from(&examples, plan, Start { solution: start, firmness: how.firmness })
}

/// The services' part of weights, as floating-point numbers without the rarity.
fn solution_of(weights: &Weights) -> Solution {
    let mut solution = Solution::filled(CLASSES, CLASSES, 0.0);
    for (bucket, row) in solution.table.chunks_exact_mut(CLASSES).enumerate() {
        let idf = f32::from(weights.idf.get(bucket).copied().unwrap_or(0)) * IDF_STEP;
        let bytes = weights.table.get(bucket * COLUMNS..).unwrap_or(&[]);
        for (w, byte) in row.iter_mut().take(KIND_COLUMN).zip(bytes) {
            *w = if idf > 0.0 { f32::from(byte.cast_signed()) * weights.scale[0] / idf } else { 0.0 };
        }
    }
    solution.dense = weights.lexicon.iter().flatten().copied().collect();
    solution.bias = weights.service_bias.to_vec();
    solution
}

/// Weights with another part for the services.
fn written(base: &Weights, solution: &Solution) -> Weights {
    let mut weights = base.clone();
    weights.table = Cow::Owned(base.table.to_vec());
    let mut solution = solution.clone();
    let classes = against(&mut solution, CLASSES - 1);
    debug_assert_eq!(solution.table.len(), BUCKETS * CLASSES);
    fill(&mut weights, (&solution, classes), &Columns { first: 0, part: 0 });
    weights.service_bias.copy_from_slice(&solution.bias);
    for (row, learned) in weights.lexicon.iter_mut().zip(solution.dense.chunks_exact(CLASSES)) {
        row.copy_from_slice(learned);
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes() -> Vec<String> {
        super::super::SERVICES.iter().map(|s| (*s).to_owned()).collect()
    }

    fn row(text: String, service: &str) -> Row {
        Row { text, service: service.to_owned(), accept: Vec::new() }
    }

    #[test]
    fn a_city_teaches_its_own_words() {
        // This city calls its scooters "zips", and noise in the harbor is the transit desk's.
        let mut rows = Vec::new();
        for n in 0..120 {
            rows.push(row(format!("zip left on the path near dock {n}"), "bike_scooter"));
            rows.push(row(format!("ferry horn at pier {n} again tonight"), "public_transit"));
            rows.push(row(format!("Street light out at pier {n}"), "street_light"));
        }
        let base = Model::built_in(&codes()).unwrap().to_bytes();
        let in_use = Model::built_in(&codes()).unwrap();
        let learn = |rows: &[Row], in_use: &Model| {
            let how = Firmness::default();
            let targets = GateTargets { auto: 0.95, least_rows: 10, ..GateTargets::default() };
            let lessons =
                Lessons { base: &base, in_use, rows, codes: &codes(), data: &[], how, targets: &targets };
            teach(&lessons, &mut |_, _| {})
        };
        let taught = learn(&rows, &in_use).unwrap();
        let lesson = &taught.lesson;
        assert!(lesson.after.accept_accuracy > lesson.before.accept_accuracy, "{lesson:?}");
        assert!(lesson.may_be_used() && lesson.learned + lesson.held_back == rows.len(), "{lesson:?}");
        let model = Model::from_bytes(&taught.bytes, &codes()).unwrap();
        assert_eq!(model.gates(), &lesson.gates, "gates are kept with the weights");
        assert_eq!(model.gates()["street_light"].gate, crate::settings::Gate::Auto);
        assert_eq!((model.version(), model.manifest()), (taught.name.as_str(), taught.manifest.as_str()));
        let first = |text: &str| read(&model, text, &Context::alone(Lang::En)).services[0].code.clone();
        assert_eq!(first("a zip blocks the path by the old mill"), "bike_scooter");
        assert_eq!(first("horn of the ferry all night"), "public_transit");
        assert_eq!(first("huge pothole on Elm St"), "pothole_road_damage", "what it knew it still knows");
        assert_eq!(learn(&rows, &in_use).unwrap().bytes, taught.bytes, "deterministic");
        assert!(learn(&rows[..50], &in_use).is_err());

        // Who is taught nonsense is not used: the lights are noise, says this file, and nobody says it next time.
        let nonsense: Vec<Row> = rows
            .iter()
            .map(|r| {
                let wrong =
                    if r.service == "street_light" && !is_held_back(&r.text) { "noise" } else { &r.service };
                row(r.text.clone(), wrong)
            })
            .collect();
        let lesson = learn(&nonsense, &model).unwrap().lesson;
        assert!(!lesson.may_be_used(), "{lesson:?}");
    }

    #[test]
    fn the_same_words_are_held_back_whatever_their_form() {
        let held = is_held_back;
        let texts: Vec<String> = (0..1_000).map(|n| format!("Tree {n} is down")).collect();
        for text in &texts {
            assert_eq!(held(text), held(&text.to_uppercase().replace(' ', "  ")));
        }
        let n = texts.iter().filter(|t| held(t)).count();
        assert!((150..250).contains(&n), "{n} of 1,000");
    }
}
