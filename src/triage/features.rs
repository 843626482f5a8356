//! A stretch of a post as the linear model sees it: the pieces of its words, each once, and counts of cues.

use super::lexicon::{Cue, Hit, Mark};
use super::model::SERVICES;
use std::ops::Range;

pub(super) use super::pieces::BUCKETS;
use super::pieces::of_range;
use super::text::Words;

/// Numbers that describe a post to the model of kinds.
pub(super) const CUES: usize = 18;
/// Weight of the lexicon beside the words in one regression.
pub(super) const LEXICON_SHARE: f32 = 0.15;

/// Lexicon score from which a thing is named well enough to be asked about.
const ASKED_SCORE: f32 = 1.5;

/// A post as the linear model sees it.
#[derive(Debug, Default)]
pub(super) struct Features {
    /// Each bucket that the post fills, once.
    pub buckets: Vec<u16>,
    /// Length of the vector of their rarities: scores are divided by it, so that long posts shout no louder.
    pub size: f32,
    /// Per service: log1p of the lexicon score.
    pub lexicon: [f32; SERVICES.len()],
    /// Per service: the plain lexicon score.
    pub scores: [f32; SERVICES.len()],
    /// Counts of cues for the model of kinds.
    pub cues: [f32; CUES],
}

impl Features {
    /// Fills in everything for the words of a range. `idf` gives the rarity of a bucket.
    pub fn read(&mut self, words: &Words, range: Range<usize>, hits: &[Hit], idf: impl Fn(u16) -> f32) {
        self.weigh(words, range.clone(), idf);
        let inside = |h: &&Hit| range.contains(&h.first) && range.contains(&h.last);
        self.lexicon_scores(hits.iter().filter(inside));
        self.cue_counts(words, &range, hits.iter().filter(inside));
    }

    /// Fills in the pieces of a range alone.
    pub fn weigh(&mut self, words: &Words, range: Range<usize>, idf: impl Fn(u16) -> f32) {
        let mut seen = Seen([0; BUCKETS / 64]);
        let parts = of_range(words, &range);
        // Each piece is written down, and written over when it was met before: nothing to guess for the processor.
        self.buckets.clear();
        self.buckets.resize(parts[0].len() + parts[1].len(), 0);
        let (mut squares, mut new) = (0.0, 0);
        for bucket in parts.into_iter().flatten() {
            let is_new = seen.is_new(*bucket);
            if let Some(place) = self.buckets.get_mut(new) {
                *place = *bucket;
            }
            let rarity = if is_new { idf(*bucket) } else { 0.0 };
            squares += rarity * rarity;
            new += usize::from(is_new);
        }
        self.buckets.truncate(new);
        self.size = squares.sqrt().max(1e-6);
    }

    /// The distinct buckets of a post, for counting how rare each is.
    pub fn distinct(&mut self, words: &Words) -> &[u16] {
        self.weigh(words, 0..words.list.len(), |_| 1.0);
        &self.buckets
    }

    fn lexicon_scores<'h>(&mut self, hits: impl Iterator<Item = &'h Hit>) {
        self.scores = [0.0; SERVICES.len()];
        for hit in hits {
            if let Mark::Service(service, weight) = hit.mark
                && let Some(score) = self.scores.get_mut(usize::from(service))
            {
                *score += weight;
            }
        }
        for (log, score) in self.lexicon.iter_mut().zip(&self.scores) {
            *log = if *score > 0.0 { score.ln_1p() * LEXICON_SHARE } else { 0.0 };
        }
    }

    fn cue_counts<'h>(&mut self, words: &Words, range: &Range<usize>, hits: impl Iterator<Item = &'h Hit>) {
        let mut count = [0.0_f32; 9];
        let (mut opens_question, mut act) = (false, false);
        for hit in hits {
            let Mark::Cue(cue) = hit.mark else { continue };
            act |= cue == Cue::Act;
            let slot = match cue {
                Cue::Negative => 0,
                Cue::Request | Cue::Act => 1,
                Cue::Duration => 2,
                Cue::Place => 3,
                Cue::Question => 4,
                Cue::Thanks => 5,
                Cue::News => 6,
                Cue::Advert => 7,
                Cue::Chatter => 8,
                _ => continue,
            };
            opens_question |= cue == Cue::Question && hit.first < range.start + 2;
            count[slot] += 1.0;
        }
        let long = range.len();
        let best = self.scores.iter().copied().fold(0.0, f32::max);
        // "Can someone fix the light?" asks for work, not for an answer.
        let asks = !(act && best >= ASKED_SCORE);
        if !asks {
            count[1] += 2.0;
            count[4] = 0.0;
        }
        // An insult beside a broken thing is the tone of a report.
        if count[0] > 0.0 && best >= ASKED_SCORE {
            count[8] = 0.0;
        }
        let flag = |yes: bool| f32::from(u8::from(yes));
        let few = |n: u32| n.min(3) as f32 / 3.0;
        self.cues = [0.0; CUES];
        for (cue, n) in self.cues.iter_mut().zip(count) {
            *cue = n.min(4.0).ln_1p();
        }
        let rest = [
            best.ln_1p(),
            flag(best >= 3.0),
            flag(asks && words.questions > 0),
            flag(asks && opens_question),
            flag(words.links > 0),
            flag(words.shared),
            few(words.hashtags),
            flag(long < 4),
            flag(long > 30),
        ];
        for (cue, value) in self.cues.iter_mut().skip(count.len()).zip(rest) {
            *cue = value;
        }
    }
}

/// Which buckets were met: a set without memory of its own on the heap.
struct Seen([u64; BUCKETS / 64]);

impl Seen {
    fn is_new(&mut self, bucket: u16) -> bool {
        let (at, bit) = (usize::from(bucket) / 64, 1_u64 << (bucket % 64));
        let new = self.0[at] & bit == 0;
        self.0[at] |= bit;
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_piece_counts_once_and_digits_alike() {
        let mut features = Features::default();
        features.read(&Words::of("pothole at 14 Oak"), 0..4, &[], |_| 2.0);
        let one = features.buckets.clone();
        assert!((features.size - 2.0 * (one.len() as f32).sqrt()).abs() < 1e-4);
        features.read(&Words::of("pothole at 77 Oak"), 0..4, &[], |_| 1.0);
        assert_eq!(one, features.buckets);
        features.read(&Words::of("pothole pothole at 77 Oak"), 0..5, &[], |_| 1.0);
        // One pair more; the word itself is known.
        assert_eq!(features.buckets.len(), one.len() + 1);
        features.read(&Words::of(""), 0..0, &[], |_| 1.0);
        assert!(features.buckets.is_empty());
    }
}
