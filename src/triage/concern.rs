//! Several issues in one post: "light out AND pothole at X".
//!
//! Split only where a joining word or a new sentence that adds ("also", "another") stands between two
//! different services, each with a strong phrase of its own. One issue told at length stays one.

use std::ops::Range;

use super::lexicon::{Cue, Hit, Mark};
use super::model::{Model, SERVICES};
use super::service::{largest, score};
use super::text::{Break, Words};
use super::urgency::{self, Found, SIGNS};
use super::weights::{CLASSES, Scores};

/// Most concerns of one post.
const MOST: usize = 5;
/// Words a part of a joined sentence may have; longer ones tell a story.
const PART_WORDS: usize = 14;
/// Lexicon score from which a part names a service for certain.
const STRONG: f32 = 3.0;

/// Words that join two issues in one sentence.
fn joins(word: &str) -> bool {
    word.len() <= 7
        && matches!(
            word.as_bytes(),
            b"and"
                | b"also"
                | b"plus"
                | b"amp"
                | b"y"
                | b"tambien"
                | b"ademas"
                | b"e"
                | b"tambem"
                | b"alem"
                | b"ak"
                | b"epi"
                | b"tou"
                | b"n"
        )
}

/// Words of a sentence that adds an issue.
fn adds(word: &str) -> bool {
    word.len() <= 7
        && matches!(
            word.as_bytes(),
            b"also"
                | b"another"
                | b"plus"
                | b"too"
                | b"tambien"
                | b"ademas"
                | b"otro"
                | b"tambem"
                | b"outro"
                | b"epi"
                | b"lot"
                | b"second"
        )
}

/// Words among which opening thanks begin.
const OPENING_WORDS: usize = 5;
/// Lexicon weight of a phrase that names a service.
const NAMED: f32 = 1.5;
/// Cues that something is to be done.
const WRONG: [Cue; 7] = [
    Cue::Negative,
    Cue::Act,
    Cue::Request,
    Cue::EmergencyPerson,
    Cue::EmergencyHazard,
    Cue::UrgentPerson,
    Cue::UrgentService,
];

/// One issue: its words, and what the model says of them.
pub(super) struct Part {
    pub range: Range<usize>,
    pub scores: Scores,
}

/// The first word of what a post is about: behind the thanks when they lead to something new
/// ("great job on the light, but now there is a pothole"), else 0.
pub(super) fn after_thanks(words: &Words, hits: &[Hit]) -> usize {
    let is = |h: &Hit, cues: &[Cue]| matches!(h.mark, Mark::Cue(c) if cues.contains(&c));
    let opening = hits.iter().filter(|h| is(h, &[Cue::Thanks]) && h.first < OPENING_WORDS);
    let Some(thanks) = opening.map(|h| h.last).max() else { return 0 };
    let turns = |i: &usize| {
        let rest = || hits.iter().filter(|h| h.first >= *i);
        let but = rest().any(|h| h.first == *i && is(h, &[Cue::But]));
        let parted = but || words.list[*i].gap != Break::None;
        let settled = rest().any(|h| is(h, &[Cue::Thanks, Cue::Fixed, Cue::Over]));
        let wrong = rest().any(|h| is(h, &WRONG));
        let named = rest().any(|h| match h.mark {
            Mark::Service(service, weight) => {
                weight >= NAMED && (wrong || but && COMPLAINTS.contains(&SERVICES[usize::from(service)]))
            }
            Mark::Cue(_) => false,
        });
        parted && named && !settled
    };
    (thanks + 1..words.list.len()).find(turns).unwrap_or(0)
}

/// The issues of a post from a word on; one part with all words when it cannot be split for certain.
pub(super) fn split(model: &Model, words: &Words, hits: &[Hit], found: &Found, from: usize) -> Vec<Part> {
    let all = from..words.list.len();
    let mut parts: Vec<(u8, Range<usize>)> = Vec::new();
    let stretches = stretches(words, from);
    for range in if stretches.len() < 2 { Vec::new() } else { stretches } {
        match certain(hits, &range) {
            Some(service) => match parts.last_mut() {
                Some((last, to)) if *last == service => to.end = range.end,
                _ => parts.push((service, range)),
            },
            None => {
                if let Some((_, to)) = parts.last_mut() {
                    to.end = range.end;
                }
            }
        }
    }
    let mut distinct: Vec<u8> = parts.iter().map(|p| p.0).collect();
    distinct.sort_unstable();
    distinct.dedup();
    let several = (2..=MOST).contains(&parts.len()) && distinct.len() == parts.len();
    if several && let Some(first) = parts.first_mut() {
        first.1.start = from;
        let agreed: Option<Vec<Part>> = parts
            .into_iter()
            .map(|(service, range)| {
                let scores = score(model, words, range.clone(), hits, &signs_of(words, hits, &range));
                (best(&scores) == usize::from(service)).then_some(Part { range, scores })
            })
            .collect();
        if let Some(parts) = agreed {
            return parts;
        }
    }
    vec![Part { scores: score(model, words, all.clone(), hits, &found.signs), range: all }]
}

/// What the rules of urgency find in one part alone.
fn signs_of(words: &Words, hits: &[Hit], range: &Range<usize>) -> [f32; SIGNS] {
    let inside: Vec<Hit> =
        hits.iter().filter(|h| range.contains(&h.first) && range.contains(&h.last)).copied().collect();
    urgency::look(words, &inside).signs
}

fn best(scores: &Scores) -> usize {
    let s = &scores.services;
    (0..CLASSES).max_by(|a, b| s[*a].total_cmp(&s[*b])).unwrap_or(0)
}

/// Stretches between joining words and adding sentences.
fn stretches(words: &Words, from: usize) -> Vec<Range<usize>> {
    let mut cuts = vec![from];
    for (i, word) in words.list.iter().enumerate().skip(from + 1) {
        let letters = words.letters(word);
        let sentence_adds = || {
            let rest = words.list[i..].iter().enumerate();
            rest.take_while(|(n, w)| *n == 0 || w.gap != Break::Stop).any(|(_, w)| adds(words.letters(w)))
        };
        if joins(letters) || (word.gap == Break::Stop && sentence_adds()) {
            cuts.push(i);
        }
    }
    cuts.push(words.list.len());
    let ranges: Vec<Range<usize>> = cuts.windows(2).map(|c| c[0]..c[1]).collect();
    if ranges.iter().any(|r| r.len() > PART_WORDS) {
        return std::iter::once(from..words.list.len()).collect();
    }
    ranges
}

/// Services whose name alone is a complaint; the rest ("sidewalk", "park") may only say where.
const COMPLAINTS: [&str; 12] = [
    "pothole_road_damage",
    "snow_ice",
    "illegal_dumping_litter",
    "graffiti",
    "overgrowth_weeds",
    "sewer_drainage_flooding",
    "abandoned_vehicle",
    "noise",
    "rodents_pests",
    "homeless_encampment",
    "power_line_utility",
    "air_odor_pollution",
];

/// The service a stretch names for certain: strong, clearly ahead of every other, and with something wrong.
fn certain(hits: &[Hit], range: &Range<usize>) -> Option<u8> {
    let mut sums = [0.0_f32; CLASSES];
    let mut wrong = false;
    for hit in hits.iter().filter(|h| range.contains(&h.first) && range.contains(&h.last)) {
        wrong |= matches!(
            hit.mark,
            Mark::Cue(Cue::Negative | Cue::EmergencyPerson | Cue::EmergencyHazard | Cue::UrgentService)
        );
        if let Mark::Service(service, weight) = hit.mark {
            sums[usize::from(service)] += weight;
        }
    }
    let [best, next] = largest(0..CLASSES, &sums).map(|i| i.unwrap_or(0));
    let (first, second) = (sums[best], sums[next]);
    (first >= STRONG && first >= 1.5 * second && (wrong || COMPLAINTS.contains(&SERVICES[best])))
        .then(|| u8::try_from(best).unwrap_or(0))
}
