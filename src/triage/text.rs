//! A post cut into words, each knowing which characters of the original it came from.
//!
//! Words are folded (NFKD without marks, lower case, straight quotes), because people post "cable caido"
//! as often as "Cable caído". Handles, links and masked words are counted, never read.

use super::cut::Cutter;
use super::pieces;
use crate::span::Span;

/// What stands between a word and the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Break {
    /// Spaces only.
    None,
    /// A comma, colon, bracket, dash or slash.
    Comma,
    /// The end of a sentence or line.
    Stop,
}

/// One word of a post.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    /// Hash of the folded word without a plural s: what lexicon phrases are compared by.
    pub stem: u64,
    /// Hash of all its letters, digits as zeros: what the linear model knows it by.
    pub whole: u64,
    /// Bytes of the folded word in [`Words::folded`].
    pub from: u32,
    /// One past the last byte.
    pub to: u32,
    /// Characters of the original text.
    pub start: u32,
    /// One past the last character.
    pub end: u32,
    /// What stands before the word.
    pub gap: Break,
    /// A digit stands in it.
    pub digit: bool,
}

/// A post cut into words.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// The text in small letters, and behind it the words that folding changed in more than that.
    pub folded: String,
    /// The words in reading order.
    pub list: Vec<Word>,
    /// What the linear model sees of all words, word by word.
    pub pieces: Vec<u16>,
    /// For each word one past the last of its pieces.
    pub piece_ends: Vec<u32>,
    /// Number of links.
    pub links: u32,
    /// Number of handles ("@city").
    pub handles: u32,
    /// Number of hashtags.
    pub hashtags: u32,
    /// Number of question marks.
    pub questions: u32,
    /// True when the post shares someone else's ("RT @…").
    pub shared: bool,
    /// Characters of the text.
    pub chars: usize,
}

impl Words {
    /// The folded letters of a word.
    pub fn letters(&self, word: &Word) -> &str {
        self.folded.get(word.from as usize..word.to as usize).unwrap_or("")
    }

    /// The characters from the first to the last of these words.
    pub fn span(&self, first: usize, last: usize) -> Span {
        let start = self.list.get(first).map_or(0, |w| w.start as usize);
        let end = self.list.get(last).map_or(start, |w| w.end as usize);
        Span { start, end: end.max(start) }
    }

    /// Cuts a text into words.
    pub fn of(text: &str) -> Self {
        let mut words = Cutter::of(text).cut();
        pieces::fill(&mut words);
        words
    }
}

/// Where FNV-1a begins, and what it multiplies by.
pub(super) const HASH_START: u64 = 0xcbf2_9ce4_8422_2325;
pub(super) const HASH_STEP: u64 = 0x0000_0100_0000_01b3;

/// FNV-1a with a last mixing step; stable across versions, since weights are stored by it.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    let mut h = HASH_START;
    for b in bytes {
        h = (h ^ u64::from(*b)).wrapping_mul(HASH_STEP);
    }
    mix(h, 0)
}

/// Joins two hashes into one.
#[inline]
pub(super) fn mix(a: u64, b: u64) -> u64 {
    let mut h = a ^ b.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31);
    h ^= h >> 32;
    h = h.wrapping_mul(0xd6e8_feb8_6659_fd93);
    h ^ (h >> 29)
}

/// Hash of a folded word without its plural s.
pub(super) fn stem(word: &str) -> u64 {
    let bytes = word.as_bytes();
    let plural = bytes.len() >= 4 && bytes.ends_with(b"s") && !bytes.ends_with(b"ss");
    hash(if plural { &bytes[..bytes.len() - 1] } else { bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let words = Words::of(text);
        let joined: Vec<&str> = words.list.iter().map(|w| words.letters(w)).collect();
        assert_eq!(joined.join(" "), expect, "{text}");
        for (i, w) in words.list.iter().enumerate() {
            let span = words.span(i, i);
            assert_eq!(span.slice(text).chars().count(), (w.end - w.start) as usize);
        }
    }

    #[test]
    fn folds_and_cuts() {
        check("Cable CAÍDO en la banqueta!", "cable caido en la banqueta");
        check("can’t get out, d’água", "cant get out d agua");
        check("#StreetLightOut @CityHall @ana@social.example please", "street light out please");
        check("see https://x.example/a?b=c or mail bob@x.example now", "see or mail now");
        check("sooooo dark [PHONE] 1163", "so dark 1163");
        check("ﬁre at 14th &amp; Oak", "fire at 14th amp oak");
        check("@ Main St. @", "main st");
        check("e\u{301}cole \u{1F6A7} 🚧", "ecole");
        check("", "");
    }

    #[test]
    fn breaks_follow_sentences() {
        let words = Words::of("Wire down on Oak St. near school. Now, help? yes");
        let gaps: Vec<Break> = words.list.iter().map(|w| w.gap).collect();
        assert_eq!(gaps[5], Break::Comma);
        assert_eq!(gaps[7], Break::Stop);
        assert_eq!(gaps[8], Break::Comma);
        assert_eq!((gaps[9], words.questions), (Break::Stop, 1));
    }

    proptest::proptest! {
        #[test]
        fn any_text_cuts_into_spans_that_slice_back(text in "\\PC*") {
            let words = Words::of(&text);
            for i in 0..words.list.len() {
                proptest::prop_assert!(!words.span(i, i).slice(&text).is_empty());
            }
        }
    }
}
