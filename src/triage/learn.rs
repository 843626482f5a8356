//! Rows in, weights out: the training of the linear model. Pure; files and tables are read elsewhere.
//!
//! The recipe: sentences written by the team and phrases of the lexicon count 70 % of each service, a city's
//! own rows 30 % (written ones alone where a city has none), all services alike; then naive Bayes folded into the same
//! table; then one curve that makes the probabilities honest, fitted on city rows that were held back.

use std::borrow::Cow;

use super::calibrate::{isotonic, line};
use super::columns::{Columns, against, fill};
use super::features::{BUCKETS, CUES, Features, LEXICON_SHARE};
use super::lexicon::Lexicon;
use super::manifest::{digest, manifest};
use super::model::service_index;
use super::regression::{Example, Plan, Solution, count, fit, softmax};
use super::seeds;
use super::text::Words;
use super::urgency::{self, SIGNS};
use super::weights::{
    CLASSES, COLUMNS, CURVE, IDF_STEP, KIND_COLUMN, KINDS, LEVEL_COLUMN, LEVELS, Scores, Weights,
};
use super::{Kind, kind, language};
use crate::error::{Error, Result};

/// One report of a city whose service is known.
#[derive(Clone, Debug)]
pub struct Row {
    /// The words.
    pub text: String,
    /// Code of the service.
    pub service: String,
    /// Codes that count as right besides it.
    pub accept: Vec<String>,
}

/// How to train.
#[derive(Clone, Debug)]
pub struct Options {
    /// Names of the data sets, written into the manifest.
    pub data: Vec<String>,
    /// Share of the city's rows in each service that has some, 0 to 1.
    pub city_share: f32,
    /// Share of lexicon phrases in what the team wrote, 0 to 1.
    pub phrase_share: f32,
    /// Weight of naive Bayes beside the regression.
    pub bayes: f32,
    /// Rows of a class that an unseen piece is worth in naive Bayes.
    pub bayes_smooth: f32,
    /// Trust in the lexicon score of a service beyond what the rows teach.
    pub lexicon_trust: f32,
    /// Passes over the rows.
    pub rounds: u32,
    /// Step length of the regression.
    pub rate: f32,
    /// Pull towards zero.
    pub shrink: f32,
    /// Added to the score of `other`, which would else attract what is merely unusual.
    pub other_shift: f32,
    /// Passes over the rows that teach urgency.
    pub urgency_rounds: u32,
    /// Pull towards zero for urgency.
    pub urgency_shrink: f32,
    /// Weight of a row that nobody judged and in which the rules find nothing, beside one that was judged.
    pub urgency_quiet: f32,
    /// The same for rows of a city.
    pub urgency_city: f32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            data: Vec::new(),
            city_share: 0.3,
            phrase_share: 0.4,
            bayes: 1.0,
            bayes_smooth: 20.0,
            lexicon_trust: 0.6,
            rounds: 15,
            rate: 0.25,
            shrink: 2e-4,
            other_shift: -1.0,
            urgency_rounds: 25,
            urgency_shrink: 1e-4,
            urgency_quiet: 1.0,
            urgency_city: 2.0,
        }
    }
}

/// The one data set the shipped weights may be made of, besides the team's own sentences.
pub const SHIPPED_DATA: &str =
    "gainesville_train.jsonl: 311GNV reports, City of Gainesville, Florida (public records)";

/// Parts into which city rows are cut for the curve.
const FOLDS: usize = 4;
/// Names of columns of kinds, in order.
const KIND_COLUMNS: [Kind; KINDS] = [Kind::Report, Kind::Question, Kind::Thanks, Kind::Other];

/// Where a row comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    Seed,
    Phrase,
    City,
}

/// A row ready to learn from.
struct Ready {
    example: Example,
    cues: Vec<f32>,
    signs: [f32; SIGNS],
    /// Column of its level, as somebody judged it.
    level: Option<u8>,
    /// The rules found something that raises its urgency.
    alarmed: bool,
    service: Option<u8>,
    kind: Kind,
    from: From,
    accept: Vec<u8>,
    words: Words,
}

/// Trains on what the team wrote and on `city` rows; gives the weight file.
pub fn train(city: &[Row], options: &Options) -> Result<Vec<u8>> {
    let lexicon = Lexicon::built_in()?;
    let mut rows = own_rows()?;
    rows.extend(city.iter().filter_map(city_row));
    if rows.iter().all(|r| r.service.is_none()) {
        return Err(Error::Invalid(
            "there is no row to learn from; give at least one with a service".to_owned(),
        ));
    }
    let idf = rarity(&mut rows);
    prepare(&mut rows, &lexicon, &idf);
    let mut weights = services(&rows, &idf, options, usize::MAX);
    weights.curve = curve(&rows, &idf, options);
    kinds(&rows, &mut weights, options);
    levels(&rows, &mut weights, options);
    weights.languages = Cow::Owned(language::learned());
    weights.manifest = manifest(city, options)?;
    weights.version = digest(&weights.to_bytes());
    Ok(weights.to_bytes())
}

/// Sentences and phrases of the team.
fn own_rows() -> Result<Vec<Ready>> {
    let seed = |s: seeds::Seed| {
        let level = s.urgency.map(|u| u as u8);
        Ready { level, ..ready(s.text, s.service, s.kind, From::Seed) }
    };
    let mut rows: Vec<Ready> = seeds::all().map(seed).collect();
    let phrases = Lexicon::service_phrases()?;
    rows.extend(phrases.iter().map(|(s, text)| ready(text, Some(*s), Kind::Report, From::Phrase)));
    Ok(rows)
}

fn ready(text: &str, service: Option<u8>, kind: Kind, from: From) -> Ready {
    let example = Example { sparse: Vec::new(), dense: Vec::new(), class: service.unwrap_or(0), weight: 1.0 };
    let (accept, words) = (service.into_iter().collect(), Words::of(text));
    let (cues, signs) = (Vec::new(), [0.0; SIGNS]);
    Ready { example, cues, signs, level: None, alarmed: false, service, kind, from, accept, words }
}

fn city_row(row: &Row) -> Option<Ready> {
    let service = service_index(&row.service)?;
    let mut made = ready(&row.text, Some(service), Kind::Report, From::City);
    made.accept.extend(row.accept.iter().filter_map(|a| service_index(a)));
    Some(made)
}

/// How rare each bucket is, in steps of [`IDF_STEP`].
fn rarity(rows: &mut [Ready]) -> Vec<u8> {
    let mut features = Features::default();
    let mut seen = vec![0_usize; BUCKETS];
    for row in rows.iter() {
        for bucket in features.distinct(&row.words) {
            seen[usize::from(*bucket)] += 1;
        }
    }
    let all = count(rows.len()) + 1.0;
    seen.iter().map(|n| step_of((all / (count(*n) + 1.0)).ln() + 1.0, IDF_STEP)).collect()
}

/// The nearest step of 0..=255.
fn step_of(value: f32, step: f32) -> u8 {
    (value / step).round().clamp(0.0, 255.0) as u8
}

fn prepare(rows: &mut [Ready], lexicon: &Lexicon, idf: &[u8]) {
    let mut features = Features::default();
    let mut hits = Vec::new();
    let rarity = |b: u16| f32::from(idf[usize::from(b)]) * IDF_STEP;
    for row in rows {
        lexicon.find(&row.words, &mut hits);
        features.read(&row.words, 0..row.words.list.len(), &hits, rarity);
        let found = urgency::look(&row.words, &hits);
        row.alarmed = !found.alarms.is_empty();
        row.signs = found.signs;
        // By bucket, so that sums come out the same whatever the order of the words.
        features.buckets.sort_unstable();
        row.example.sparse = features.buckets.iter().map(|b| (*b, rarity(*b) / features.size)).collect();
        row.example.dense = features.lexicon.to_vec();
        row.cues = features.cues.to_vec();
    }
}

/// Weights of the services, leaving out one part of the city's rows (`usize::MAX`: none).
fn services(rows: &[Ready], idf: &[u8], options: &Options, without: usize) -> Weights {
    let used = kept(rows, without);
    let mut examples: Vec<Example> = Vec::with_capacity(used.len());
    let mut sizes = [[0_usize; 3]; CLASSES];
    for row in &used {
        sizes[usize::from(row.example.class)][row.from as usize] += 1;
    }
    for row in &used {
        let sizes = sizes[usize::from(row.example.class)];
        let own = if sizes[From::City as usize] == 0 { 1.0 } else { 1.0 - options.city_share };
        let share = match row.from {
            From::City => options.city_share,
            From::Phrase => own * options.phrase_share,
            From::Seed => own * (1.0 - options.phrase_share),
        };
        let mut example = row.example.clone();
        example.weight = share / count(sizes[row.from as usize]);
        examples.push(example);
    }
    let plan = Plan { classes: CLASSES, rounds: options.rounds, rate: options.rate, shrink: options.shrink };
    let mut solution = fit(&examples, plan);
    add_bayes(&mut solution, &examples, options);
    let mut weights = Weights::empty(
        String::new(),
        String::new(),
        Cow::Owned(idf.to_vec()),
        Cow::Owned(vec![0; BUCKETS * COLUMNS]),
    );
    let classes = against(&mut solution, CLASSES - 1);
    fill(&mut weights, (&solution, classes), &Columns { first: 0, part: 0 });
    weights.service_bias.copy_from_slice(&solution.bias);
    weights.service_bias[CLASSES - 1] += options.other_shift;
    for (i, (row, learned)) in
        weights.lexicon.iter_mut().zip(solution.dense.chunks_exact(CLASSES)).enumerate()
    {
        row.copy_from_slice(learned);
        row[i] += options.lexicon_trust / LEXICON_SHARE;
    }
    weights
}

/// Rows of services, without one part of the city's.
fn kept(rows: &[Ready], without: usize) -> Vec<&Ready> {
    let mut nth = 0;
    rows.iter()
        .filter(|row| {
            nth += usize::from(row.from == From::City);
            row.service.is_some() && !(row.from == From::City && nth % FOLDS == without)
        })
        .collect()
}

/// Adds the logarithms of naive Bayes to the table: no cost at run time.
fn add_bayes(solution: &mut Solution, examples: &[Example], options: &Options) {
    let k = solution.classes;
    let mut sums = vec![0.0_f32; BUCKETS * k];
    let mut totals = vec![0.0_f32; k];
    for example in examples {
        for (bucket, value) in &example.sparse {
            // Each class has the same weight in all, so its own size does not matter.
            let amount = value * example.weight * 1000.0;
            sums[usize::from(*bucket) * k + usize::from(example.class)] += amount;
            totals[usize::from(example.class)] += amount;
        }
    }
    let smooth = options.bayes_smooth;
    let spread = smooth * count(BUCKETS - 1);
    for (row, weights) in sums.chunks_exact(k).zip(solution.table.chunks_exact_mut(k)) {
        if row.iter().all(|n| *n == 0.0) {
            continue;
        }
        let logs: Vec<f32> =
            row.iter().zip(&totals).map(|(n, total)| ((n + smooth) / (total + spread)).ln()).collect();
        let mean = logs.iter().sum::<f32>() / count(k);
        for (w, log) in weights.iter_mut().zip(logs) {
            *w += options.bayes * (log - mean);
        }
    }
}

/// What share is right at each stated probability, on city rows the weights have not seen.
fn curve(rows: &[Ready], idf: &[u8], options: &Options) -> [f32; CURVE] {
    let mut sure: Vec<(f32, bool)> = Vec::new();
    for part in 0..FOLDS {
        let weights = services(rows, idf, options, part);
        let mut nth = 0;
        for row in rows.iter().filter(|r| r.from == From::City) {
            nth += 1;
            if nth % FOLDS != part {
                continue;
            }
            let mut p = scores_of(&weights, row).services;
            softmax(&mut p);
            let best = (0..CLASSES).max_by(|a, b| p[*a].total_cmp(&p[*b])).unwrap_or(0);
            sure.push((p[best], row.accept.iter().any(|a| usize::from(*a) == best)));
        }
    }
    isotonic(sure)
}

/// What weights say of a row, as a post with its words would be read.
fn scores_of(weights: &Weights, row: &Ready) -> Scores {
    let mut features = Features::default();
    features.weigh(&row.words, 0..row.words.list.len(), |b| weights.idf(b));
    features.lexicon.copy_from_slice(&row.example.dense);
    weights.scores(&features, &row.signs)
}

/// Adds the columns that tell reports from questions, thanks and the rest.
fn kinds(rows: &[Ready], weights: &mut Weights, options: &Options) {
    let column = |kind: Kind| KIND_COLUMNS.iter().position(|k| *k == kind).unwrap_or(0);
    let mut sizes = [0_usize; KINDS];
    // What was written to teach urgency reports something, but for the harmless ones: they are of any kind.
    let used = || rows.iter().filter(|r| r.from != From::Phrase && r.level != Some(0));
    for row in used() {
        sizes[column(row.kind)] += 1;
    }
    let examples: Vec<Example> = used()
        .map(|row| Example {
            sparse: row.example.sparse.iter().map(|(b, v)| (*b, v * 0.5)).collect(),
            dense: row.cues.clone(),
            class: u8::try_from(column(row.kind)).unwrap_or(0),
            // Reports count as much as all the rest together.
            weight: if row.kind == Kind::Report { 3.0 } else { 1.0 } / count(sizes[column(row.kind)]),
        })
        .collect();
    let plan = Plan { classes: KINDS, rounds: options.rounds, rate: 0.1, shrink: 1e-3 };
    let mut solution = fit(&examples, plan);
    let classes = against(&mut solution, 0);
    fill(weights, (&solution, classes), &Columns { first: KIND_COLUMN, part: 1 });
    weights.scale[1] *= 0.5;
    weights.kind_bias.copy_from_slice(&solution.bias);
    for (row, learned) in weights.cues.iter_mut().zip(solution.dense.chunks_exact(KINDS)) {
        row.copy_from_slice(learned);
    }
    let mut learned = [0.0; KINDS];
    let odds: Vec<(f32, bool)> = used()
        .zip(&examples)
        .map(|(row, example)| {
            solution.score(example, &mut learned);
            let mut cues = [0.0; CUES];
            cues.copy_from_slice(&row.cues);
            (kind::report_odds(&kind::scores(&cues, &learned)), row.kind == Kind::Report)
        })
        .collect();
    weights.report_line = line(&odds);
}

/// Adds the columns that tell how urgent a post is. Rows that nobody judged are normal as long as the rules find
/// nothing in them, and count less.
fn levels(rows: &[Ready], weights: &mut Weights, options: &Options) {
    let weight = |row: &Ready| match (row.from, row.level, row.service) {
        (_, Some(_), _) => 1.0,
        (_, None, _) if row.alarmed => 0.0,
        (From::Seed, None, None) => options.urgency_quiet,
        (From::Seed, None, Some(_)) => 0.5 * options.urgency_quiet,
        (From::City, ..) => options.urgency_city,
        (From::Phrase, ..) => 0.0,
    };
    let examples: Vec<Example> = rows
        .iter()
        .filter(|row| weight(row) > 0.0)
        .map(|row| Example {
            sparse: row.example.sparse.clone(),
            dense: row.signs.to_vec(),
            class: row.level.unwrap_or(0),
            weight: weight(row),
        })
        .collect();
    let plan = Plan {
        classes: LEVELS,
        rounds: options.urgency_rounds,
        rate: options.rate,
        shrink: options.urgency_shrink,
    };
    let mut solution = fit(&examples, plan);
    let classes = against(&mut solution, 0);
    fill(weights, (&solution, classes), &Columns { first: LEVEL_COLUMN, part: 2 });
    weights.level_bias.copy_from_slice(&solution.bias);
    for (row, learned) in weights.signs.iter_mut().zip(solution.dense.chunks_exact(LEVELS)) {
        row.copy_from_slice(learned);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_round_to_the_nearest() {
        assert_eq!((step_of(1.0, 0.5), step_of(-3.0, 0.5), step_of(1e9, 0.5)), (2, 0, 255));
    }
}
