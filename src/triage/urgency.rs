//! How urgent: rules of `docs/URGENCY_RUBRIC.md` over the phrases found. Recall before precision.
//!
//! Harm to a person now and things that can hurt within the hour make an emergency; damage to a service makes
//! a post urgent at most. A phrase is set aside when it is a figure of speech, long past, over, elsewhere,
//! only imagined, or denied.

use super::lexicon::{Cue, Hit, Mark};
use super::text::{Break, Words};
use crate::settings::Urgency;

/// A phrase that raises urgency: words `first..=last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Alarm {
    pub level: Urgency,
    pub first: usize,
    pub last: usize,
}

/// Years from which a person whose age is given counts as frail.
const FRAIL_AGE: std::ops::RangeInclusive<u32> = 75..=112;
/// Words a denial reaches over.
const DENIAL_REACH: usize = 2;

/// What guards know about a post.
struct Guards<'a> {
    words: &'a Words,
    sentence: Vec<u32>,
    marks: Vec<(Cue, usize, usize)>,
    now: bool,
    elsewhere: bool,
}

/// All phrases of a post that raise its urgency and stand up to the guards, and whether somebody frail or
/// cut off is named.
pub(super) fn alarms(words: &Words, hits: &[Hit]) -> (Vec<Alarm>, bool) {
    let guards = Guards::of(words, hits);
    let mut alarms = Vec::new();
    let (mut lack, mut frail, mut welfare) = (None, frail_age(words), false);
    for hit in hits {
        let Mark::Cue(cue) = hit.mark else { continue };
        let level = match cue {
            Cue::EmergencyPerson | Cue::EmergencyHazard => Urgency::Emergency,
            Cue::UrgentPerson | Cue::UrgentService => Urgency::Urgent,
            Cue::Lack | Cue::Frail | Cue::Welfare => Urgency::Normal,
            _ => continue,
        };
        if guards.voids(hit) {
            continue;
        }
        match cue {
            Cue::Lack => lack = lack.or(Some((hit.first, hit.last))),
            Cue::Frail => frail = frail.or(Some((hit.first, hit.last))),
            Cue::Welfare => welfare = true,
            _ => alarms.push(Alarm { level, first: hit.first, last: hit.last }),
        }
    }
    if let (Some(lack), Some(frail)) = (lack, frail) {
        welfare = true;
        for (first, last) in [lack, frail] {
            alarms.push(Alarm { level: Urgency::Emergency, first, last });
        }
    }
    (alarms, welfare)
}

/// A number of years that makes a person frail ("82 year old", "vecina de 85 años").
fn frail_age(words: &Words) -> Option<(usize, usize)> {
    const YEARS: [&str; 12] =
        ["year", "years", "yr", "yrs", "yo", "y", "anos", "ano", "an", "ane", "lane", "old"];
    words.list.iter().enumerate().find_map(|(i, word)| {
        let age: u32 = words.letters(word).trim_end_matches("yo").parse().ok()?;
        let glued = words.letters(word).ends_with("yo");
        let next = words.list.get(i + 1).map(|w| words.letters(w));
        let years = glued || next.is_some_and(|n| YEARS.contains(&n));
        (FRAIL_AGE.contains(&age) && years).then_some((i, i + usize::from(!glued)))
    })
}

impl<'a> Guards<'a> {
    fn of(words: &'a Words, hits: &[Hit]) -> Self {
        let mut number = 0;
        let sentence = words
            .list
            .iter()
            .map(|w| {
                number += u32::from(w.gap == Break::Stop);
                number
            })
            .collect();
        let marks: Vec<(Cue, usize, usize)> = hits
            .iter()
            .filter_map(|h| match h.mark {
                Mark::Cue(
                    cue @ (Cue::Figure
                    | Cue::Past
                    | Cue::Over
                    | Cue::Elsewhere
                    | Cue::Maybe
                    | Cue::Not
                    | Cue::But
                    | Cue::Now),
                ) => Some((cue, h.first, h.last)),
                _ => None,
            })
            .collect();
        let now = marks.iter().any(|m| m.0 == Cue::Now);
        // "Breaking:" is news only where a headline starts.
        let elsewhere = marks.iter().any(|m| m.0 == Cue::Elsewhere && (m.1 != m.2 || m.1 == 0));
        Self { words, sentence, marks, now, elsewhere }
    }

    /// True when a phrase does not mean what it says.
    fn voids(&self, hit: &Hit) -> bool {
        if self.elsewhere {
            return true;
        }
        let sentence = self.sentence.get(hit.first);
        self.marks.iter().any(|(cue, first, last)| {
            let same = self.sentence.get(*first) == sentence;
            match cue {
                Cue::Figure => {
                    let covers = |at: usize| *first <= at && at <= *last;
                    covers(hit.first) || covers(hit.last)
                }
                Cue::Past => same && !self.now,
                Cue::Over => same && !self.now && !self.turns(*last, hit.first),
                Cue::Maybe => same,
                Cue::Not => self.denies(*first, *last, hit),
                _ => false,
            }
        })
    }

    /// "thanks for the light, but now a wire is down": what follows the turn is not over.
    fn turns(&self, after: usize, before: usize) -> bool {
        self.marks.iter().any(|(cue, first, _)| *cue == Cue::But && after < *first && *first < before)
    }

    /// "no gas smell", "not on fire"; but not the "not" of "not breathing" itself.
    fn denies(&self, first: usize, last: usize, hit: &Hit) -> bool {
        if last >= hit.first || hit.first - last > DENIAL_REACH + 1 || first >= hit.first {
            return false;
        }
        self.words.list[last + 1..=hit.first].iter().all(|w| w.gap == Break::None)
    }
}
