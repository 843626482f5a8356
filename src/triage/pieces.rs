//! What the linear model sees of words: each word, each pair of words and each four letters in a row, hashed into
//! one table of 2^16 buckets. Digits count as zeros, so house numbers teach nothing.
//!
//! A post is cut into pieces once; every question about any stretch of it takes them from there.

use std::ops::Range;

use super::text::{Words, mix};

/// Rows of the weight table.
pub(super) const BUCKETS: usize = 1 << 16;

/// Bytes of a folded word, its borders included, that are cut into pieces.
const MOST_BYTES: usize = 128;

/// Cuts all words into pieces: four letters in a row, the word, and the pair with the word before it.
pub(super) fn fill(words: &mut Words) {
    let letters: usize = words.list.iter().map(|w| (w.to - w.from) as usize).sum();
    let mut pieces = Vec::with_capacity(letters + 2 * words.list.len());
    let mut ends = Vec::with_capacity(words.list.len());
    let mut before = 0;
    let folded = words.folded.as_bytes();
    for word in &words.list {
        let letters = folded.get(word.from as usize..word.to as usize).unwrap_or(&[]);
        if letters.len() > 1 {
            four_letters(letters, word.digit, &mut pieces);
        }
        pieces.push(bucket(word.whole));
        if !ends.is_empty() {
            pieces.push(bucket(mix(before, word.whole)));
        }
        before = word.whole;
        ends.push(u32::try_from(pieces.len()).unwrap_or(u32::MAX));
    }
    words.pieces = pieces;
    words.piece_ends = ends;
}

/// A border, the letters, a border: four at a time.
#[inline]
fn four_letters(letters: &[u8], digit: bool, pieces: &mut Vec<u16>) {
    let mut framed = [b'_'; MOST_BYTES];
    let long = letters.len().min(MOST_BYTES - 2);
    let Some(inside) = framed.get_mut(1..=long) else { return };
    inside.copy_from_slice(&letters[..long]);
    if digit {
        inside.iter_mut().filter(|b| b.is_ascii_digit()).for_each(|b| *b = b'0');
    }
    let window = |w: &[u8]| w.first_chunk().map_or(0, |four| u32::from_be_bytes(*four));
    pieces.extend(framed[..long + 2].windows(4).map(|w| bucket(mix(u64::from(window(w)), 3))));
}

/// The pieces of a range of words, without the pair of its first word and the word before the range.
pub(super) fn of_range<'w>(words: &'w Words, range: &Range<usize>) -> [&'w [u16]; 2] {
    let end = |word: usize| words.piece_ends.get(word).map_or(0, |e| *e as usize);
    if range.is_empty() {
        return [&[], &[]];
    }
    let to = end(range.end - 1);
    let cut = |from: usize, to: usize| words.pieces.get(from..to).unwrap_or(&[]);
    match range.start.checked_sub(1) {
        None => [&[], cut(0, to)],
        Some(last) => [cut(end(last), end(range.start).saturating_sub(1)), cut(end(range.start), to)],
    }
}

/// The pieces of each word of a range in turn.
pub(super) fn by_word<'w>(words: &'w Words, range: &Range<usize>) -> impl Iterator<Item = &'w [u16]> {
    let [first, rest] = of_range(words, range);
    let ends = words.piece_ends.get(range.clone()).unwrap_or(&[]);
    let led = range.start > 0;
    let mut from = if led { ends.first() } else { Some(&0) }.map_or(0, |e| *e as usize);
    let start = from;
    ends.iter().enumerate().map(move |(n, end)| {
        if n == 0 && led {
            return first;
        }
        let to = *end as usize;
        let word = rest.get(from - start..to - start).unwrap_or(&[]);
        from = to;
        word
    })
}

#[inline]
fn bucket(hash: u64) -> u16 {
    (hash >> 48) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same pieces, however a post is asked for them.
    #[test]
    fn a_range_has_the_pieces_of_its_words_alone() {
        let whole = Words::of("pothole at 14 Oak, not a big one");
        for range in [0..0, 0..8, 3..8, 7..8, 2..5] {
            let alone: Vec<&str> = whole.list[range.clone()].iter().map(|w| whole.letters(w)).collect();
            let alone = Words::of(&alone.join(" "));
            assert_eq!(of_range(&whole, &range).concat(), alone.pieces, "{range:?}");
            let by_word: Vec<u16> = by_word(&whole, &range).flatten().copied().collect();
            assert_eq!(by_word, alone.pieces, "{range:?}");
            assert_eq!(super::by_word(&whole, &range).count(), range.len());
        }
    }
}
