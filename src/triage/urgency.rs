//! How urgent: rules of `docs/URGENCY_RUBRIC.md` over the phrases found, and a learned look at all the words.
//! Recall before precision.
//!
//! Harm to a person now and things that can hurt within the hour make an emergency; damage to a service makes
//! a post urgent at most. A phrase is set aside when it is a figure of speech, long past, over, elsewhere,
//! only imagined, or denied. What the rules find is handed to the weights as signs; they have read thousands of
//! sentences and know danger in words for which there is no phrase.

use super::lexicon::{Cue, Hit, Mark};
use super::regression::softmax;
use super::text::{Break, Word, Words};
use super::weights::LEVELS;
use crate::settings::Urgency;

/// A phrase that raises urgency: words `first..=last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Alarm {
    pub level: Urgency,
    pub first: usize,
    pub last: usize,
}

/// What the rules found in a post.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// Phrases that raise its urgency and stand up to the guards.
    pub alarms: Vec<Alarm>,
    /// Somebody frail or cut off is named.
    pub welfare: bool,
    /// The same as numbers, for the weights.
    pub signs: [f32; SIGNS],
}

/// Numbers that describe a post to the model of urgency.
pub(super) const SIGNS: usize = 21;
/// Share of "emergency" from which a post is one. Low: a needless page costs a call, a missed one a life.
const EMERGENCY_P: f32 = 0.07;
/// The same where the rules found nothing.
const UNNAMED_P: f32 = 0.12;
/// The same for what does not look like a report: chatter about dangers is written all day.
const CHATTER_P: f32 = 0.4;
/// The same for a few words and for answers in a thread: "still dark" speaks of the lamp we know.
const FRAGMENT_P: f32 = 0.8;
/// Share of "report" from which a post looks like one.
const SEEMS_REPORT_P: f32 = 0.4;
/// Share of "emergency" and "urgent" together from which a post is urgent at least.
const URGENT_P: f32 = 0.5;

/// Years from which a person whose age is given counts as frail.
const FRAIL_AGE: std::ops::RangeInclusive<u32> = 75..=112;
/// Words a denial reaches over.
const DENIAL_REACH: usize = 2;
/// Words below which a post says too little for its pieces to be trusted alone.
const FEW_WORDS: usize = 5;

/// What guards know about a post.
struct Guards<'a> {
    words: &'a Words,
    sentence: Vec<u32>,
    marks: Vec<(Cue, usize, usize)>,
    now: bool,
    elsewhere: bool,
}

/// The level that the scores speak for; `least`: share of "emergency" from which it is one.
pub(super) fn level_of(scores: &[f32; LEVELS], least: f32) -> Urgency {
    let mut p = *scores;
    softmax(&mut p);
    let [_, urgent, emergency] = p;
    if emergency >= least {
        Urgency::Emergency
    } else if urgent + emergency >= URGENT_P {
        Urgency::Urgent
    } else {
        Urgency::Normal
    }
}

/// How much is enough: little where the rules found something, and where a whole sentence that opens a matter looks
/// like a report.
pub(super) fn enough(alarmed: bool, words: usize, in_thread: bool, report_p: f32) -> f32 {
    match alarmed {
        true => EMERGENCY_P,
        false if in_thread || words < FEW_WORDS => FRAGMENT_P,
        false if report_p < SEEMS_REPORT_P => CHATTER_P,
        false => UNNAMED_P,
    }
}

/// All phrases of a post that raise its urgency and stand up to the guards, whether somebody frail or
/// cut off is named, and all of it as numbers.
pub(super) fn look(words: &Words, hits: &[Hit]) -> Found {
    let guards = Guards::of(words, hits);
    let mut found = Found::default();
    let (mut lack, mut frail) = (None, frail_age(words));
    let mut voided = false;
    for hit in hits {
        let Mark::Cue(cue) = hit.mark else { continue };
        let (level, sign) = match cue {
            Cue::EmergencyPerson => (Urgency::Emergency, 0),
            Cue::EmergencyHazard => (Urgency::Emergency, 1),
            Cue::UrgentPerson => (Urgency::Urgent, 2),
            Cue::UrgentService => (Urgency::Urgent, 3),
            Cue::Lack | Cue::Frail | Cue::Welfare => (Urgency::Normal, 4),
            _ => continue,
        };
        if guards.voids(hit) {
            voided |= level == Urgency::Emergency;
            continue;
        }
        match cue {
            Cue::Lack => lack = lack.or(Some((hit.first, hit.last))),
            Cue::Frail => frail = frail.or(Some((hit.first, hit.last))),
            Cue::Welfare => found.welfare = true,
            _ => {
                found.signs[sign] = 1.0;
                found.alarms.push(Alarm { level, first: hit.first, last: hit.last });
            }
        }
    }
    found.signs[4] = flag(lack.is_some());
    found.signs[5] = flag(frail.is_some());
    if let (Some(lack), Some(frail)) = (lack, frail) {
        found.welfare = true;
        found.signs[6] = 1.0;
        for (first, last) in [lack, frail] {
            found.alarms.push(Alarm { level: Urgency::Emergency, first, last });
        }
    }
    found.signs[7] = flag(found.welfare);
    found.signs[8] = flag(voided);
    guards.add_signs(&mut found.signs);
    found
}

fn flag(yes: bool) -> f32 {
    f32::from(u8::from(yes))
}

/// A number of years that makes a person frail ("82 year old", "vecina de 85 años").
fn frail_age(words: &Words) -> Option<(usize, usize)> {
    const YEARS: [&str; 12] =
        ["year", "years", "yr", "yrs", "yo", "y", "anos", "ano", "an", "ane", "lane", "old"];
    words.list.iter().enumerate().find_map(|(i, word)| {
        if !(word.digit && words.letters(word).as_bytes().first().is_some_and(u8::is_ascii_digit)) {
            return None;
        }
        let age: u32 = words.letters(word).trim_end_matches("yo").parse().ok()?;
        let glued = words.letters(word).ends_with("yo");
        let next = words.list.get(i + 1).map(|w| words.letters(w));
        let years = glued || next.is_some_and(|n| YEARS.contains(&n));
        (FRAIL_AGE.contains(&age) && years).then_some((i, i + usize::from(!glued)))
    })
}

impl<'a> Guards<'a> {
    fn of(words: &'a Words, hits: &[Hit]) -> Self {
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
                    | Cue::Thanks
                    | Cue::Now),
                ) => Some((cue, h.first, h.last)),
                _ => None,
            })
            .collect();
        let mut number = 0;
        let count = |w: &Word| {
            number += u32::from(w.gap == Break::Stop);
            number
        };
        // Without marks nobody asks which sentence a word is in.
        let sentence = if marks.is_empty() { Vec::new() } else { words.list.iter().map(count).collect() };
        let now = marks.iter().any(|m| m.0 == Cue::Now);
        // "Breaking:" is news only where a headline starts.
        let elsewhere = marks.iter().any(|m| m.0 == Cue::Elsewhere && (m.1 != m.2 || m.1 == 0));
        Self { words, sentence, marks, now, elsewhere }
    }

    /// What the guards saw, as numbers.
    fn add_signs(&self, signs: &mut [f32; SIGNS]) {
        let has = |cue: Cue| flag(self.marks.iter().any(|m| m.0 == cue));
        let more = [
            has(Cue::Figure),
            has(Cue::Past),
            has(Cue::Over),
            flag(self.elsewhere),
            has(Cue::Maybe),
            has(Cue::Not),
            flag(self.now),
            has(Cue::Thanks),
            flag(self.words.questions > 0),
            flag(self.words.links > 0 || self.words.shared),
            flag(self.words.list.len() < 6),
            flag(self.words.list.len() > 40),
        ];
        for (sign, value) in signs.iter_mut().skip(9).zip(more) {
            *sign = value;
        }
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

#[cfg(test)]
mod tests {
    use super::super::{Context, Model, SERVICES, read};
    use crate::settings::{Lang, Urgency};

    /// What a city hears every day and nobody is paged for, beside what sounds alike and must ring.
    #[test]
    fn everyday_words_do_not_ring() {
        let codes: Vec<String> = SERVICES.iter().map(|s| (*s).to_owned()).collect();
        let model = Model::built_in(&codes).unwrap();
        let rings = |text: &str| read(&model, text, &Context::alone(Lang::En)).urgency == Urgency::Emergency;
        let quiet = |text: &str| assert!(!rings(text), "{text}");
        quiet("Tree branch hanging low over the sidewalk");
        quiet("limbs hanging low above the walkway, please trim them back");
        quiet("A man is asleep in the doorway of the bank with blankets and bags");
        quiet("Person sitting on the curb next to a cart with belongings");
        quiet("the stop sign on Bell was hit by a car and is bent");
        quiet("the plow left our cars in, the cars can't get out of the lot");
        let loud = |text: &str| assert!(rings(text), "{text}");
        loud("Tree branch hanging on the power line over the sidewalk, it is sparking");
        loud("A man is lying in the doorway of the bank, not moving, I cannot wake him");
        loud("a woman was hit by a car at the stop sign on Bell");
        loud("my dad is in the car and can't get out, water is rising");
    }
}
