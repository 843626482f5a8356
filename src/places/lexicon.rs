//! Every word that can matter in this city, with its folded form and its classes: one hash look-up a token.
//!
//! Built on load from the constant tables of `words` and the city's own names.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::text::{Shape, Tokens};
use super::words::{self, class};

/// A small, fast hash for short keys; the input is a city's own data, not an attacker's table.
#[derive(Default)]
pub(super) struct QuickHash(u64);

impl Hasher for QuickHash {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = (self.0.rotate_left(5) ^ n).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn write_u32(&mut self, n: u32) {
        self.write_u64(u64::from(n));
    }

    fn write_u8(&mut self, n: u8) {
        self.write_u64(u64::from(n));
    }
}

/// A map with [`QuickHash`].
pub(super) type QuickMap<K, V> = HashMap<K, V, BuildHasherDefault<QuickHash>>;

/// A known word: the number of its folded form (0 = unknown) and its classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    pub id: u32,
    pub class: u32,
}

impl Word {
    /// `true` when the word has at least one of the classes.
    pub fn is(self, classes: u32) -> bool {
        self.class & classes != 0
    }
}

/// All known words.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    words: QuickMap<Box<str>, Word>,
    /// By number: the longest spelling in the city's names, and the classes of all spellings.
    forms: Vec<(Box<str>, u32)>,
}

impl Lexicon {
    /// The words around place names, without any city.
    pub fn new() -> Self {
        let mut lexicon = Self::default();
        for (canonical, spellings) in words::SUFFIXES.iter().chain(words::SPELLINGS) {
            let id = lexicon.intern(canonical);
            for spelling in spellings.split_whitespace() {
                lexicon.words.insert(spelling.into(), Word { id, class: 0 });
            }
        }
        for (canonical, spellings) in words::SUFFIXES {
            for spelling in spellings.split_whitespace().chain([*canonical]) {
                lexicon.mark(spelling, class::SUFFIX);
            }
        }
        for (bits, list) in words::CLASSES {
            for word in list.split_whitespace() {
                lexicon.mark(word, *bits);
            }
        }
        for word in words::COMMON.split_whitespace() {
            lexicon.mark(word, class::COMMON);
        }
        lexicon
    }

    /// The word, or the zero word.
    pub fn get(&self, norm: &str) -> Word {
        self.words.get(norm).copied().unwrap_or_default()
    }

    /// Number of a word; a new one if it is new.
    pub fn intern(&mut self, norm: &str) -> u32 {
        if let Some(word) = self.words.get(norm) {
            return word.id;
        }
        self.forms.resize(self.forms.len().max(1), Default::default());
        let id = self.forms.len() as u32;
        self.forms.push((norm.into(), 0));
        self.words.insert(norm.into(), Word { id, class: 0 });
        id
    }

    /// Adds classes to a word.
    pub fn mark(&mut self, norm: &str, bits: u32) {
        self.intern(norm);
        if let Some(word) = self.words.get_mut(norm) {
            word.class |= bits;
            if let Some(form) = self.forms.get_mut(word.id as usize) {
                form.1 |= bits;
            }
        }
    }

    /// The longest spelling of a word and the classes of all its spellings.
    pub fn form(&self, id: u32) -> (&str, u32) {
        self.forms.get(id as usize).map_or(("", 0), |(spelling, class)| (spelling, *class))
    }

    /// Every spelling with its word, for the index of misspellings.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Word)> {
        self.words.iter().map(|(spelling, word)| (&**spelling, *word))
    }

    /// The words of a text, one for each token; signs are zero words.
    pub fn look_up(&self, tokens: &Tokens) -> Vec<Word> {
        (0..tokens.list.len())
            .map(|at| match tokens.list[at].shape {
                Shape::Word | Shape::Number(_) => self.get(tokens.norm(at)),
                _ => Word::default(),
            })
            .collect()
    }

    /// Folded words of a name, all marked as name words; signs are dropped.
    pub fn intern_name(&mut self, name: &str) -> Vec<u32> {
        let tokens = Tokens::of(name);
        let mut ids = Vec::new();
        for at in 0..tokens.list.len() {
            if matches!(tokens.list[at].shape, Shape::Word | Shape::Number(_)) && !tokens.norm(at).is_empty()
            {
                self.mark(tokens.norm(at), class::NAME);
                let id = self.intern(tokens.norm(at));
                if let Some(form) = self.forms.get_mut(id as usize)
                    && form.0.len() < tokens.norm(at).len()
                {
                    form.0 = tokens.norm(at).into();
                }
                ids.push(id);
            }
        }
        ids
    }
}
