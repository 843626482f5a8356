//! Which service a stretch of a post is about: scores of the linear model made honest, with their evidence.

use std::ops::Range;

use super::features::Features;
use super::lexicon::{Hit, Mark};
use super::model::{Model, SERVICES};
use super::regression::softmax;
use super::text::Words;
use super::urgency::SIGNS;
use super::weights::{CLASSES, COLUMNS, KIND_COLUMN, Scores};
use super::{ServiceGuess, kind};
use crate::span::Span;

/// Guesses shown.
const SHOWN: usize = 3;
/// Stretches of evidence shown for one guess.
const EVIDENCE: usize = 6;
/// A word counts as evidence when it says at least this share of what the loudest one says.
const LOUD: f32 = 0.4;

/// Scores the words of a range; `signs` is what the rules of urgency found in it.
pub(super) fn score(
    model: &Model,
    words: &Words,
    range: Range<usize>,
    hits: &[Hit],
    signs: &[f32; SIGNS],
) -> Scores {
    let mut features = Features::default();
    let mut scores = Scores::NONE;
    match &model.weights {
        Some(weights) => {
            features.read(words, range, hits, weights.rarities());
            scores = weights.scores(&features, signs);
        }
        None => {
            features.read(words, range, hits, |_| 1.0);
            for (to, score) in scores.services.iter_mut().zip(&features.scores) {
                *to = score.ln_1p() * 1.6;
            }
        }
    }
    scores.kinds = kind::scores(&features.cues, &scores.kinds);
    scores
}

/// The likeliest services of a range, best first.
pub(super) fn guesses(
    model: &Model,
    words: &Words,
    range: &Range<usize>,
    hits: &[Hit],
    scores: &Scores,
) -> Vec<ServiceGuess> {
    let mut p = [0.0_f32; CLASSES];
    for (i, (to, from)) in p.iter_mut().zip(&scores.services).enumerate() {
        *to = if model.offered[i] { *from } else { f32::NEG_INFINITY };
    }
    softmax(&mut p);
    let shown = largest((0..CLASSES).filter(|i| model.offered[*i]), &p);
    let top = shown[0].map_or(0.0, |i| p[i]);
    let honest = model.weights.as_ref().map_or(top, |w| w.honest(top));
    // What the best gains or loses, the others share.
    let others = if top < 1.0 { (1.0 - honest) / (1.0 - top) } else { 0.0 };
    let spans = evidence(model, words, range, hits, shown);
    shown
        .into_iter()
        .zip(spans)
        .enumerate()
        .filter_map(|(rank, (service, evidence))| {
            let service = service?;
            let p = if rank == 0 { honest } else { (p[service] * others).min(honest) };
            Some(ServiceGuess { code: SERVICES[service].to_owned(), p: rounded(f64::from(p)), evidence })
        })
        .collect()
}

/// The places of the largest numbers, largest first; of equal ones the first.
pub(super) fn largest<const N: usize>(places: impl Iterator<Item = usize>, p: &[f32]) -> [Option<usize>; N] {
    let mut best = [None; N];
    for place in places {
        let mut place = Some(place);
        for slot in &mut best {
            let larger = match (place, *slot) {
                (Some(new), Some(old)) => p[new].total_cmp(&p[old]).is_gt(),
                (new, None) => new.is_some(),
                (None, _) => false,
            };
            if larger {
                std::mem::swap(&mut place, slot);
            }
        }
    }
    best
}

/// Four digits: enough for people, and the same on every machine.
pub(super) fn rounded(p: f64) -> f64 {
    (p.clamp(0.0, 1.0) * 1e4).round() / 1e4
}

/// The words that speak for each service: its phrases, else the words the weights lean on.
fn evidence(
    model: &Model,
    words: &Words,
    range: &Range<usize>,
    hits: &[Hit],
    services: [Option<usize>; SHOWN],
) -> [Vec<Span>; SHOWN] {
    let inside = |h: &&Hit| range.contains(&h.first) && range.contains(&h.last);
    let mut spans = services.map(|service| {
        let named = |h: &&Hit| matches!(h.mark, Mark::Service(s, _) if Some(usize::from(s)) == service);
        hits.iter().filter(inside).filter(named).map(|h| words.span(h.first, h.last)).collect::<Vec<Span>>()
    });
    if spans.iter().any(Vec::is_empty) {
        // `other` is what is left when nothing speaks: it has no column.
        let columns = services.map(|s| s.filter(|s| *s < KIND_COLUMN).unwrap_or(COLUMNS));
        for (spans, loud) in spans.iter_mut().zip(loudest(model, words, range, columns)) {
            if spans.is_empty() {
                *spans = loud;
            }
        }
    }
    spans.map(merge)
}

/// The two words of a range that add most to each of some columns of the weights.
pub(super) fn loudest<const N: usize>(
    model: &Model,
    words: &Words,
    range: &Range<usize>,
    columns: [usize; N],
) -> [Vec<Span>; N] {
    let Some(weights) = &model.weights else { return std::array::from_fn(|_| Vec::new()) };
    let adds = weights.leanings(words, range.clone(), columns);
    std::array::from_fn(|column| {
        let mut best: [(f32, usize); 2] = [(0.0, 0); 2];
        for (at, word) in adds.iter().enumerate() {
            let add = (word[column], range.start + at);
            if add.0 > best[0].0 {
                best = [add, best[0]];
            } else if add.0 > best[1].0 {
                best[1] = add;
            }
        }
        let loud = best.iter().filter(|(add, _)| *add > 0.0 && *add >= LOUD * best[0].0);
        loud.map(|(_, word)| words.span(*word, *word)).collect()
    })
}

/// Sorts spans and joins those that overlap.
pub(super) fn merge(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    joined.truncate(EVIDENCE);
    joined
}
