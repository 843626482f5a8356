//! A city teaches the reader: its own closed tickets move the shipped weights, which know what the city never had.
//!
//! Learning goes on from the weights in use and is pulled back towards them, so that a hundred rows change little and
//! thousands change much. What tells kinds and urgency is not touched: tickets say nothing about either.

use std::borrow::Cow;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::calibrate::isotonic;
use super::columns::{Columns, against, fill};
use super::eval::{Evaluation, GoldRow, evaluate};
use super::features::{BUCKETS, CUES, Features};
use super::learn::Row;
use super::lexicon::Lexicon;
use super::manifest::digest;
use super::model::{Model, service_index};
use super::regression::{Example, Plan, Solution, Start, fit_from, softmax};
use super::text::Words;
use super::urgency::SIGNS;
use super::weights::{CLASSES, COLUMNS, IDF_STEP, KIND_COLUMN, Weights};
use super::{Context, read};
use crate::error::{Error, Result};
use crate::settings::Lang;

/// Rows from which teaching is worth it.
pub const LEAST_ROWS: usize = 100;
/// Rows at most; of more the newest are taken.
pub const MOST_ROWS: usize = 20_000;
/// One row in so many is held back to compare before and after.
const HELD_BACK_ONE_IN: u64 = 5;
/// Parts into which rows are cut for the curve of honest probabilities.
const FOLDS: usize = 4;

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

/// Before and after, on rows that were held back.
#[derive(Clone, Debug, Serialize)]
pub struct Lesson {
    /// Rows learned from in the comparison.
    pub learned: usize,
    /// Rows held back from it.
    pub held_back: usize,
    /// Share of held-back rows read right with the weights in use.
    pub before: f64,
    /// The same with those that have learned.
    pub after: f64,
    /// Mean distance between stated and true share, before.
    pub before_error: f64,
    /// The same, after.
    pub after_error: f64,
    /// Least probability at which nine in ten guesses of a service are right, by service, where enough were guessed.
    pub gates: std::collections::BTreeMap<String, f64>,
    /// Not worse: the new weights may be used.
    pub better: bool,
}

/// Compares before and after on rows held back, and makes weights from all of them.
///
/// # Errors
/// `Invalid` when there are too few rows, or the weights in use cannot be read.
pub fn teach(base: &[u8], rows: &[Row], codes: &[String], how: &Firmness) -> Result<(Vec<u8>, Lesson)> {
    if rows.len() < LEAST_ROWS {
        return Err(Error::Invalid(format!(
            "{} rows are too few to learn from: {LEAST_ROWS} at least",
            rows.len()
        )));
    }
    let rows = &rows[rows.len().saturating_sub(MOST_ROWS)..];
    let held = |row: &&Row| chosen(row).is_multiple_of(HELD_BACK_ONE_IN);
    let back: Vec<GoldRow> = rows.iter().filter(held).map(gold).collect();
    let rest: Vec<Row> = rows.iter().filter(|r| !held(r)).cloned().collect();
    let before = judged(&Model::from_bytes(base, codes)?, &back);
    let after = judged(&Model::from_bytes(&moved(base, &rest, how)?, codes)?, &back);
    let lesson = Lesson {
        learned: rest.len(),
        held_back: back.len(),
        before: before.all.accept_accuracy,
        after: after.all.accept_accuracy,
        before_error: before.all.calibration_error,
        after_error: after.all.calibration_error,
        gates: gates(&after),
        better: after.all.accept_accuracy >= before.all.accept_accuracy,
    };
    Ok((moved(base, rows, how)?, lesson))
}

/// The same rows are held back in every run, whatever their order.
fn chosen(row: &Row) -> u64 {
    Sha256::digest(&row.text).iter().take(8).fold(0, |n, b| (n << 8) | u64::from(*b))
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

/// Gates from coverage: services that were guessed often enough to say.
fn gates(found: &Evaluation) -> std::collections::BTreeMap<String, f64> {
    const OFTEN: usize = 20;
    found
        .services
        .iter()
        .filter(|(_, s)| s.rows >= OFTEN && s.coverage_90.share > 0.0)
        .map(|(code, s)| (code.clone(), s.coverage_90.gate_p))
        .collect()
}

/// One row as the weights see it.
struct Seen {
    example: Example,
    accept: Vec<u8>,
    features: Features,
}

/// Weights moved by rows.
fn moved(base: &[u8], rows: &[Row], how: &Firmness) -> Result<Vec<u8>> {
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
        }
        isotonic(sure)
    };
    let mut weights = written(&weights, &learned(seen.iter(), &start, how));
    weights.manifest = manifest(&weights, rows);
    weights.version = String::new();
    weights.version = digest(&weights.to_bytes());
    Ok(weights.to_bytes())
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

/// What went in, on top of what the base was made of.
fn manifest(weights: &Weights, rows: &[Row]) -> String {
    let mut theirs = Sha256::new();
    for row in rows {
        theirs.update(&row.text);
        theirs.update(&row.service);
    }
    let hex: String = theirs.finalize().iter().map(|b| format!("{b:02x}")).collect();
    let base: serde_json::Value = serde_json::from_str(&weights.manifest).unwrap_or_default();
    // The sentences it began with are still those of the program: the same test looks after them.
    let own = base.get("own_sha256").cloned().unwrap_or_default();
    serde_json::json!({"taught_rows": rows.len(), "taught_sha256": hex, "own_sha256": own, "base": weights.version})
        .to_string()
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
        let (bytes, lesson) = teach(&base, &rows, &codes(), &Firmness::default()).unwrap();
        assert!(lesson.after > lesson.before && lesson.better, "{lesson:?}");
        let model = Model::from_bytes(&bytes, &codes()).unwrap();
        let first = |text: &str| read(&model, text, &Context::alone(Lang::En)).services[0].code.clone();
        assert_eq!(first("a zip blocks the path by the old mill"), "bike_scooter");
        assert_eq!(first("horn of the ferry all night"), "public_transit");
        assert_eq!(first("huge pothole on Elm St"), "pothole_road_damage", "what it knew it still knows");
        assert_eq!(teach(&base, &rows, &codes(), &Firmness::default()).unwrap().0, bytes, "deterministic");
        assert!(teach(&base, &rows[..50], &codes(), &Firmness::default()).is_err());
    }
}
