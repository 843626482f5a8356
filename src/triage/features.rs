//! What the linear model sees of a post: hashed words, word pairs and four-letter pieces, and counts of cues.
//!
//! One table of 2^16 buckets for all of them; digits count as zeros, so house numbers teach nothing.

use super::lexicon::{Cue, Hit, Mark};
use super::model::SERVICES;
use std::ops::Range;

use super::text::{Words, mix};

/// Rows of the weight table.
pub(super) const BUCKETS: usize = 1 << 16;
/// Numbers that describe a post to the model of kinds.
pub(super) const CUES: usize = 18;
/// Weight of the lexicon beside the words in one regression.
pub(super) const LEXICON_SHARE: f32 = 0.15;

/// Lexicon score from which a thing is named well enough to be asked about.
const ASKED_SCORE: f32 = 1.5;

/// A post as the linear model sees it. Reused from post to post, so that nothing is allocated per piece.
#[derive(Debug, Default)]
pub(super) struct Features {
    /// Bucket and value (sublinear count times rarity), unit length.
    pub sparse: Vec<(u16, f32)>,
    /// Per service: log1p of the lexicon score.
    pub lexicon: [f32; SERVICES.len()],
    /// Per service: the plain lexicon score.
    pub scores: [f32; SERVICES.len()],
    /// Counts of cues for the model of kinds.
    pub cues: [f32; CUES],
    buckets: Vec<u16>,
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
        self.pieces(words, range);
        self.sparse.clear();
        for run in self.buckets.chunk_by(|a, b| a == b) {
            // Most pieces come once; ln 1 is 0.
            let times = if run.len() == 1 { 1.0 } else { 1.0 + (run.len() as f32).ln() };
            self.sparse.push((run[0], times * idf(run[0])));
        }
        let norm = self.sparse.iter().map(|(_, v)| v * v).sum::<f32>().sqrt().max(1e-6);
        for (_, value) in &mut self.sparse {
            *value /= norm;
        }
    }

    /// Features kept from an earlier reading.
    pub fn kept(sparse: &[(u16, f32)], lexicon: [f32; SERVICES.len()]) -> Self {
        Self { sparse: sparse.to_vec(), lexicon, ..Self::default() }
    }

    /// The distinct buckets of a post, for counting how rare each is.
    pub fn distinct(&mut self, words: &Words) -> impl Iterator<Item = u16> {
        self.pieces(words, 0..words.list.len());
        self.buckets.chunk_by(|a, b| a == b).map(|run| run[0])
    }

    fn pieces(&mut self, words: &Words, range: Range<usize>) {
        self.buckets.clear();
        let mut before = 0;
        for word in words.list.get(range).unwrap_or(&[]) {
            let letters = words.letters(word).as_bytes();
            let mut whole = 0xcbf2_9ce4_8422_2325_u64;
            // A border, the letters, a border: four at a time.
            let mut window = u32::from(b'_');
            for (i, byte) in letters.iter().chain(b"_").enumerate() {
                let b = if byte.is_ascii_digit() { b'0' } else { *byte };
                if i < letters.len() {
                    whole = (whole ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3);
                }
                window = (window << 8) | u32::from(b);
                if i >= 2 {
                    self.buckets.push(bucket(mix(u64::from(window), 3)));
                }
            }
            let whole = mix(whole, 1);
            self.buckets.push(bucket(whole));
            if before != 0 {
                self.buckets.push(bucket(mix(before, whole)));
            }
            before = whole;
        }
        self.buckets.sort_unstable();
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

fn bucket(hash: u64) -> u16 {
    (hash >> 48) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unit_length_and_digits_alike() {
        let mut features = Features::default();
        features.read(&Words::of("pothole at 14 Oak"), 0..4, &[], |_| 1.0);
        let one = features.sparse.clone();
        assert!((one.iter().map(|(_, v)| v * v).sum::<f32>() - 1.0).abs() < 1e-5);
        features.read(&Words::of("pothole at 77 Oak"), 0..4, &[], |_| 1.0);
        assert_eq!(one, features.sparse);
        features.read(&Words::of(""), 0..0, &[], |_| 1.0);
        assert!(features.sparse.is_empty());
    }
}
