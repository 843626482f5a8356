//! The words of a text with their places, so that a phrase is found whatever its case and its white space.

use std::collections::BTreeSet;

use unicode_segmentation::UnicodeSegmentation as _;

use crate::span::Span;

/// The words of a text, folded, with the characters they stand at.
#[derive(Debug)]
pub(super) struct Words<'t> {
    words: Vec<(Span, &'t str, String)>,
}

impl<'t> Words<'t> {
    /// Cuts at Unicode word borders; signs are left out.
    pub(super) fn of(text: &'t str) -> Self {
        let mut words = Vec::new();
        // Characters are counted along the way: byte offsets would cut a letter in two for the page.
        let (mut bytes, mut chars) = (0, 0);
        for (at, word) in text.unicode_word_indices() {
            chars += text.get(bytes..at).unwrap_or_default().chars().count();
            bytes = at;
            let long = word.chars().count();
            words.push((Span { start: chars, end: chars + long }, word, folded(word)));
        }
        Self { words }
    }

    /// Every place where these words stand one after the other.
    pub(super) fn find(&self, phrase: &str) -> impl Iterator<Item = Span> + '_ {
        let wanted: Vec<String> = phrase.unicode_words().map(folded).collect();
        let long = wanted.len().max(1);
        self.words.windows(long).filter_map(move |window| {
            let same = !wanted.is_empty() && window.iter().map(|(_, _, w)| w).eq(wanted.iter());
            let (first, last) = (window.first()?, window.last()?);
            same.then_some(Span { start: first.0.start, end: last.0.end })
        })
    }

    /// Words of at least so many letters, all of them capitals.
    pub(super) fn in_capitals(&self, letters: usize) -> impl Iterator<Item = Span> + '_ {
        self.words
            .iter()
            .filter(move |(at, word, _)| at.end - at.start >= letters && word.chars().all(char::is_uppercase))
            .map(|(at, _, _)| *at)
    }

    /// Different words, without numbers: two replies about two requests are not different for their numbers.
    pub(super) fn set(self) -> BTreeSet<String> {
        self.words.into_iter().map(|(_, _, w)| w).filter(|w| !w.chars().all(|c| c.is_ascii_digit())).collect()
    }
}

/// Small letters and one kind of apostrophe.
fn folded(word: &str) -> String {
    word.replace('’', "'").to_lowercase()
}
