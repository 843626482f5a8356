//! Misspelled name words, found by letters left out: no scan over the city's names.
//!
//! Distance 1 for 4 and 5 letters, 2 from 6 on (a swap of neighbors counts 1), same first or last letter.
//! Callers decide whether a misspelling may count at all: everyday words never come here.

use std::hash::Hasher;

use super::lexicon::{Lexicon, QuickHash, QuickMap};
use super::words::class;

/// Longer words are not looked up.
const MAX_LETTERS: usize = 24;

/// A name word that a misspelling may mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Guess {
    pub word: u32,
    pub edits: u8,
}

/// Name words by every way to leave out one or two letters.
#[derive(Debug, Default)]
pub(super) struct Fuzzy {
    spellings: Vec<(Box<str>, u32)>,
    by_rest: QuickMap<u64, Vec<u32>>,
}

impl Fuzzy {
    /// Indexes the spellings of all name words of four letters and more.
    pub fn build(lexicon: &Lexicon) -> Self {
        let named: std::collections::HashSet<u32> =
            lexicon.iter().filter(|(_, w)| w.is(class::NAME)).map(|(_, w)| w.id).collect();
        let mut fuzzy = Self::default();
        for (spelling, word) in lexicon.iter() {
            let fits = spelling.is_ascii() && (4..=MAX_LETTERS).contains(&spelling.len());
            if fits && named.contains(&word.id) && !spelling.starts_with(|c: char| c.is_ascii_digit()) {
                fuzzy.spellings.push((spelling.into(), word.id));
            }
        }
        fuzzy.spellings.sort_unstable();
        for at in 0..fuzzy.spellings.len() {
            let spelling = fuzzy.spellings[at].0.clone();
            each_rest(spelling.as_bytes(), reach(spelling.len() + 1), &mut |key| {
                let list = fuzzy.by_rest.entry(key).or_default();
                if list.last() != Some(&(at as u32)) {
                    list.push(at as u32);
                }
            });
        }
        fuzzy
    }

    /// Name words within reach of a spelling, nearest first; an exact spelling is not a guess.
    pub fn guesses(&self, norm: &str) -> Vec<Guess> {
        if !norm.is_ascii() || !(4..=MAX_LETTERS).contains(&norm.len()) {
            return Vec::new();
        }
        let mut seen: Vec<u32> = Vec::new();
        let limit = reach(norm.len());
        each_rest(norm.as_bytes(), limit, &mut |key| {
            if let Some(list) = self.by_rest.get(&key) {
                seen.extend(list);
            }
        });
        seen.sort_unstable();
        seen.dedup();
        let mut guesses: Vec<Guess> = seen
            .into_iter()
            .filter_map(|at| {
                let (spelling, word) = self.spellings.get(at as usize)?;
                let (a, b) = (norm.as_bytes(), spelling.as_bytes());
                let edge = a.first() == b.first() || a.last() == b.last();
                let edits = strsim::osa_distance(norm, spelling);
                (edge && edits > 0 && edits <= limit).then_some(Guess { word: *word, edits: edits as u8 })
            })
            .collect();
        guesses.sort_by_key(|g| (g.edits, g.word));
        guesses.dedup_by_key(|g| g.word);
        guesses
    }

    /// Name words that begin with these letters ("berk" for Berkeley); at least four letters.
    pub fn beginning_with(&self, norm: &str) -> Vec<u32> {
        if norm.len() < 4 {
            return Vec::new();
        }
        let first = self.spellings.partition_point(|(s, _)| &**s < norm);
        let rest = self.spellings.get(first..).unwrap_or_default();
        rest.iter().take_while(|(s, _)| s.starts_with(norm)).take(8).map(|(_, word)| *word).collect()
    }
}

/// Edits allowed for a word of so many letters.
fn reach(letters: usize) -> usize {
    match letters {
        0..=3 => 0,
        4..=5 => 1,
        _ => 2,
    }
}

/// Calls `each` with a hash of the word and of what is left after leaving out up to `limit` letters.
fn each_rest(word: &[u8], limit: usize, each: &mut dyn FnMut(u64)) {
    let hash = |skip_a: usize, skip_b: usize| {
        let mut hasher = QuickHash::default();
        for (at, letter) in word.iter().enumerate() {
            if at != skip_a && at != skip_b {
                hasher.write_u8(*letter);
            }
        }
        hasher.finish()
    };
    let none = usize::MAX;
    each(hash(none, none));
    for a in 0..word.len() * usize::from(limit >= 1) {
        each(hash(a, none));
        for b in a + 1..word.len() * usize::from(limit >= 2) {
            each(hash(a, b));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_one_and_two_edits() {
        let mut lexicon = Lexicon::new();
        for name in ["Massachusetts Ave", "Green St", "Seventh St", "Elm St"] {
            lexicon.intern_name(name);
        }
        let fuzzy = Fuzzy::build(&lexicon);
        let check = |typed: &str, expect: &[(&str, u8)]| {
            let found: Vec<(u32, u8)> = fuzzy.guesses(typed).iter().map(|g| (g.word, g.edits)).collect();
            let expect: Vec<(u32, u8)> = expect.iter().map(|(w, e)| (lexicon.get(w).id, *e)).collect();
            assert_eq!(found, expect, "{typed}");
        };
        check("msasachusetts", &[("massachusetts", 1)]);
        check("masachusets", &[("massachusetts", 2)]);
        check("gren", &[("green", 1)]);
        check("sveenth", &[("seventh", 1)]);
        check("elms", &[]);
        check("green", &[]);
        check("grxxn", &[]);
    }
}
