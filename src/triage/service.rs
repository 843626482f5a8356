//! Which service a stretch of a post is about: scores of the linear model made honest, with their evidence.

use std::ops::Range;

use super::features::Features;
use super::lexicon::{Hit, Mark};
use super::model::{Model, SERVICES};
use super::regression::softmax;
use super::text::Words;
use super::weights::{CLASSES, COLUMNS};
use super::{ServiceGuess, kind};
use crate::span::Span;

/// Guesses shown.
const SHOWN: usize = 3;
/// Stretches of evidence shown for one guess.
const EVIDENCE: usize = 6;

/// Raw scores of one stretch: services, then kinds.
pub(super) type Scores = [f32; COLUMNS];

/// Scores the words of a range.
pub(super) fn score(model: &Model, words: &Words, range: Range<usize>, hits: &[Hit]) -> Scores {
    let mut features = Features::default();
    let mut scores = [0.0; COLUMNS];
    match &model.weights {
        Some(weights) => {
            features.read(words, range, hits, |b| weights.idf(b));
            scores = weights.scores(&features);
        }
        None => {
            features.read(words, range, hits, |_| 1.0);
            for (to, score) in scores.iter_mut().zip(&features.scores) {
                *to = score.ln_1p() * 1.6;
            }
        }
    }
    let kinds = kind::scores(&features.cues, &scores[CLASSES..]);
    scores[CLASSES..].copy_from_slice(&kinds);
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
    for (i, (to, from)) in p.iter_mut().zip(scores).enumerate() {
        *to = if model.offered[i] { *from } else { f32::NEG_INFINITY };
    }
    softmax(&mut p);
    let mut order: Vec<usize> = (0..CLASSES).filter(|i| model.offered[*i]).collect();
    order.sort_by(|a, b| p[*b].total_cmp(&p[*a]).then(a.cmp(b)));
    let top = order.first().map_or(0.0, |i| p[*i]);
    let honest = model.weights.as_ref().map_or(top, |w| w.honest(top));
    // What the best gains or loses, the others share.
    let others = if top < 1.0 { (1.0 - honest) / (1.0 - top) } else { 0.0 };
    order
        .iter()
        .take(SHOWN)
        .enumerate()
        .map(|(rank, i)| ServiceGuess {
            code: SERVICES[*i].to_owned(),
            p: rounded(f64::from(if rank == 0 { honest } else { (p[*i] * others).min(honest) })),
            evidence: evidence(model, words, range, hits, *i),
        })
        .collect()
}

/// Four digits: enough for people, and the same on every machine.
pub(super) fn rounded(p: f64) -> f64 {
    (p.clamp(0.0, 1.0) * 1e4).round() / 1e4
}

/// The words that speak for a service: its phrases, else the words the weights lean on.
fn evidence(model: &Model, words: &Words, range: &Range<usize>, hits: &[Hit], service: usize) -> Vec<Span> {
    let mut spans: Vec<Span> = hits
        .iter()
        .filter(|h| range.contains(&h.first) && range.contains(&h.last))
        .filter(|h| matches!(h.mark, Mark::Service(s, _) if usize::from(s) == service))
        .map(|h| words.span(h.first, h.last))
        .collect();
    if spans.is_empty() {
        spans = leaned_on(model, words, range, service);
    }
    merge(spans)
}

/// The two words of a range that add most to a service.
fn leaned_on(model: &Model, words: &Words, range: &Range<usize>, service: usize) -> Vec<Span> {
    let Some(weights) = &model.weights else { return Vec::new() };
    let mut features = Features::default();
    let mut adds: Vec<(f32, usize)> = range
        .clone()
        .map(|i| {
            features.weigh(words, i..i + 1, |b| weights.idf(b));
            (weights.leaning(&features, service), i)
        })
        .filter(|(add, _)| *add > 0.5)
        .collect();
    adds.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    adds.iter().take(2).map(|(_, i)| words.span(*i, *i)).collect()
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
