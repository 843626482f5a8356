//! A stretch of a post's text, in characters, as every output of this product counts it.
//!
//! Rust slices by bytes; people and other languages count characters. The two meet only here.

use serde::{Deserialize, Serialize};

/// Characters `start..end` of a text (Unicode scalar values, not bytes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
}

impl Span {
    /// Turns a byte range that lies on character borders into characters.
    #[must_use]
    pub fn from_bytes(text: &str, start: usize, end: usize) -> Self {
        let first = text.get(..start).map_or(0, |s| s.chars().count());
        let long = text.get(start..end).map_or(0, |s| s.chars().count());
        Self { start: first, end: first + long }
    }

    /// The words themselves; empty when the span does not fit the text.
    #[must_use]
    pub fn slice<'t>(&self, text: &'t str) -> &'t str {
        let mut borders = text.char_indices().map(|(byte, _)| byte).chain(std::iter::once(text.len()));
        let Some(from) = borders.nth(self.start) else { return "" };
        let to = match self.end.checked_sub(self.start) {
            None => return "",
            Some(0) => from,
            Some(n) => match borders.nth(n - 1) {
                Some(b) => b,
                None => return "",
            },
        };
        text.get(from..to).unwrap_or("")
    }

    /// True when both share at least one character.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_not_bytes() {
        let text = "Loch in Straße 🚧!";
        let span = Span::from_bytes(text, 8, 15);
        assert_eq!((span.start, span.end), (8, 14));
        assert_eq!(span.slice(text), "Straße");
        assert_eq!(Span { start: 15, end: 16 }.slice(text), "🚧");
        assert_eq!(Span { start: 15, end: 99 }.slice(text), "");
    }
}
