//! The order in which a post is read: words, phrases, alarms, issues, kind, language, personal data.

use super::concern::{self, Part};
use super::features::Features;
use super::lexicon::Hit;
use super::model::SERVICES;
use super::service::{guesses, largest, loudest, merge};
use super::text::Words;
use super::urgency::{self, Alarm, Found};
use super::weights::{LEVEL_COLUMN, Scores};
use super::{Concern, Context, Kind, Model, Reading, kind, personal, streets};
use crate::settings::Urgency;
use crate::span::Span;

/// Share of "report" below which a post names no concern (a person may still make it one).
const LEAST_REPORT_P: f64 = 0.1;

/// Reads one post. Pure and deterministic; any UTF-8.
#[must_use]
pub fn read(model: &Model, text: &str, context: &Context) -> Reading {
    let words = Words::of(text);
    let hits = model.find(&words);
    let found = urgency::look(&words, &hits);
    let from = concern::after_thanks(&words, &hits);
    let parts = concern::split(model, &words, &hits, &found, from);
    let whole = from..words.list.len();
    let whole_scores = if parts.len() == 1 {
        parts[0].scores
    } else {
        super::service::score(model, &words, whole, &hits, &found.signs)
    };
    let in_thread = context.thread.is_some() || context.is_reply_to_us;
    let all = Stretch { words: &words, range: 0..words.list.len(), in_thread };
    let urgency = level(model, &all, &found, &found.alarms, &whole_scores);
    let emergency = urgency == Urgency::Emergency;
    let verdict = kind::decide(model, &words, &hits, &whole_scores, emergency, context);
    let only = parts.len() == 1;
    let mut concerns: Vec<Concern> = parts
        .iter()
        .map(|part| {
            let inside: Vec<Alarm> =
                found.alarms.iter().filter(|a| part.range.contains(&a.first)).copied().collect();
            let stretch = Stretch { words: &words, range: part.range.clone(), in_thread };
            let own = if only { urgency } else { level(model, &stretch, &found, &inside, &part.scores) };
            one_concern(model, &words, &hits, part, own)
        })
        .collect();
    let services = concerns.first().map(|c| c.services.clone()).unwrap_or_default();
    let stands_alone = matches!(verdict.kind, Kind::Report | Kind::Question | Kind::Thanks | Kind::Other);
    if !(emergency || stands_alone && verdict.report_p >= LEAST_REPORT_P) || words.list.is_empty() {
        concerns.clear();
    }
    Reading {
        kind: verdict.kind,
        kind_p: verdict.kind_p,
        report_p: verdict.report_p,
        services,
        concerns,
        urgency,
        urgency_evidence: evidence(model, &words, &found, urgency),
        welfare: found.welfare,
        language: model.languages.detect(text, &words, context),
        personal_data: personal::find(&model.patterns, text, &words, &hits),
        version: model.version().to_owned(),
    }
}

/// What the linear model alone says: its likeliest service and how far that is ahead of the next, in raw scores.
/// No phrases, rules or evidence; `None` for a model without weights. Benchmarks hold it against other linear models.
#[must_use]
pub fn linear(model: &Model, text: &str) -> Option<(&'static str, f32)> {
    let weights = model.weights.as_ref()?;
    let words = Words::of(text);
    let mut features = Features::default();
    features.weigh(&words, 0..words.list.len(), weights.rarities());
    let scores = weights.pieces_say(&features).services;
    let [best, next] = largest(0..SERVICES.len(), &scores);
    let best = best?;
    Some((SERVICES[best], scores[best] - next.map_or(0.0, |n| scores[n])))
}

fn one_concern(model: &Model, words: &Words, hits: &[Hit], part: &Part, urgency: Urgency) -> Concern {
    let last = part.range.end.saturating_sub(1);
    let Span { start, end } = words.span(part.range.start, last);
    Concern { start, end, services: guesses(model, words, &part.range, hits, &part.scores), urgency }
}

/// Words of a post, and whether they answer in a thread of ours.
struct Stretch<'w> {
    words: &'w Words,
    range: std::ops::Range<usize>,
    in_thread: bool,
}

/// Rules first: what they found stays found, however politely it is said. The weights, with the rules' findings before
/// their eyes, know the danger for which there is no phrase; what they alone call an emergency must be one without the
/// names of its streets too.
fn level(model: &Model, at: &Stretch<'_>, found: &Found, alarms: &[Alarm], scores: &Scores) -> Urgency {
    let named = alarms.iter().map(|a| a.level).max().unwrap_or(Urgency::Normal);
    let Some(weights) = model.weights.as_ref().filter(|_| named != Urgency::Emergency) else { return named };
    let report_p = kind::report_p(model, scores);
    let enough = urgency::enough(!alarms.is_empty(), at.range.len(), at.in_thread, report_p);
    let learned = urgency::level_of(&scores.levels, enough);
    if learned == Urgency::Emergency
        && let Some(rest) = streets::without(at.words, &at.range)
    {
        let mut features = Features::default();
        features.weigh(&rest, 0..rest.list.len(), weights.rarities());
        let levels = weights.scores(&features, &found.signs).levels;
        return urgency::level_of(&levels, enough).max(named);
    }
    learned.max(named)
}

/// The words that made a post urgent: the phrases of its level, else those the weights lean on.
fn evidence(model: &Model, words: &Words, found: &Found, urgency: Urgency) -> Vec<Span> {
    if urgency == Urgency::Normal {
        return Vec::new();
    }
    let phrases = found.alarms.iter().filter(|a| a.level == urgency);
    let mut spans: Vec<Span> = phrases.map(|a| words.span(a.first, a.last)).collect();
    if spans.is_empty() {
        let column = LEVEL_COLUMN + usize::from(urgency == Urgency::Emergency);
        let [loud] = loudest(model, words, &(0..words.list.len()), [column]);
        spans = loud;
    }
    merge(spans)
}
