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
        self.buckets.clear();
        let mut seen = Seen([0; BUCKETS / 64]);
        // About five pieces a word.
        self.buckets.reserve(range.len() * 5);
        let mut squares = 0.0;
        pieces(words, range, |_, bucket| {
            if seen.is_new(bucket) {
                self.buckets.push(bucket);
                let rarity = idf(bucket);
                squares += rarity * rarity;
            }
        });
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

/// Calls `found(word, bucket)` for each word, pair of words and four letters in a row.
pub(super) fn pieces(words: &Words, range: Range<usize>, mut found: impl FnMut(usize, u16)) {
    let mut before = 0;
    let first = range.start;
    for (n, word) in words.list.get(range).unwrap_or(&[]).iter().enumerate() {
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
                found(first + n, bucket(mix(u64::from(window), 3)));
            }
        }
        let whole = mix(whole, 1);
        found(first + n, bucket(whole));
        if before != 0 {
            found(first + n, bucket(mix(before, whole)));
        }
        before = whole;
    }
}

fn bucket(hash: u64) -> u16 {
    (hash >> 48) as u16
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
