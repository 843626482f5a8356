//! The order in which a post is read: words, phrases, alarms, issues, kind, language, personal data.

use super::concern::{self, Part};
use super::service::{guesses, merge};
use super::text::Words;
use super::urgency::{Alarm, alarms};
use super::{Concern, Context, Kind, Model, Reading, kind, personal};
use crate::settings::Urgency;
use crate::span::Span;

/// Share of "report" below which a post names no concern (a person may still make it one).
const LEAST_REPORT_P: f64 = 0.1;

/// Reads one post. Pure and deterministic; any UTF-8.
#[must_use]
pub fn read(model: &Model, text: &str, context: &Context) -> Reading {
    let words = Words::of(text);
    let hits = model.find(&words);
    let (alarms, welfare) = alarms(&words, &hits);
    let urgency = level(alarms.iter());
    let from = concern::after_thanks(&words, &hits);
    let parts = concern::split(model, &words, &hits, from);
    let whole = from..words.list.len();
    let whole_scores =
        if parts.len() == 1 { None } else { Some(super::service::score(model, &words, whole, &hits)) };
    let emergency = urgency == Urgency::Emergency;
    let scores = whole_scores.as_ref().unwrap_or(&parts[0].scores);
    let verdict = kind::decide(model, &words, &hits, scores, emergency, context);
    let mut concerns: Vec<Concern> =
        parts.iter().map(|part| one_concern(model, &words, &hits, part, &alarms, parts.len() == 1)).collect();
    let services = concerns.first().map(|c| c.services.clone()).unwrap_or_default();
    let stands_alone = matches!(verdict.kind, Kind::Report | Kind::Question | Kind::Thanks | Kind::Other);
    if !(emergency || stands_alone && verdict.report_p >= LEAST_REPORT_P) || words.list.is_empty() {
        concerns.clear();
    }
    let top = alarms.iter().filter(|a| a.level == urgency).map(|a| words.span(a.first, a.last)).collect();
    Reading {
        kind: verdict.kind,
        kind_p: verdict.kind_p,
        report_p: verdict.report_p,
        services,
        concerns,
        urgency,
        urgency_evidence: merge(top),
        welfare,
        language: model.languages.detect(text, &words, context),
        personal_data: personal::find(&model.patterns, text, &words, &hits),
        version: model.version().to_owned(),
    }
}

fn one_concern(
    model: &Model,
    words: &Words,
    hits: &[super::lexicon::Hit],
    part: &Part,
    alarms: &[Alarm],
    only: bool,
) -> Concern {
    let last = part.range.end.saturating_sub(1);
    let Span { start, end } = words.span(part.range.start, last);
    let inside = |a: &&Alarm| only || part.range.contains(&a.first);
    Concern {
        start,
        end,
        services: guesses(model, words, &part.range, hits, &part.scores),
        urgency: level(alarms.iter().filter(inside)),
    }
}

fn level<'a>(alarms: impl Iterator<Item = &'a Alarm>) -> Urgency {
    alarms.map(|a| a.level).max().unwrap_or(Urgency::Normal)
}
