//! A text cut into tokens: words folded to plain lower-case letters, numbers, and the few signs that matter.
//!
//! No meaning here and no allocation per token: folded letters go into one buffer. Works on any UTF-8;
//! byte positions always lie on character borders.

use unicode_normalization::char::decompose_compatible;

/// Text beyond this many bytes is not read for places (a post is at most 64 KB).
pub(super) const MAX_BYTES: usize = 64 * 1024;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Letters, or an ordinal like "3rd".
    Word,
    /// Digits, at most one letter behind them ("12R"); the value, if it can be a house number.
    Number(u32),
    /// One of `& @ / + - , # ( ) :`.
    Sign(char),
    /// End of a sentence or line, an emoji, a web address.
    Break,
}

/// One token of a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub shape: Shape,
    /// First byte in the text.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    norm: (u32, u32),
}

/// A text, cut.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    pub list: Vec<Token>,
    letters: String,
}

impl Tokens {
    /// Cuts a text.
    pub fn of(text: &str) -> Self {
        let mut tokens =
            Self { list: Vec::with_capacity(24), letters: String::with_capacity(text.len() + 8) };
        let mut cut = text.len().min(MAX_BYTES);
        while !text.is_char_boundary(cut) {
            cut -= 1;
        }
        tokens.read(&text[..cut]);
        tokens
    }

    /// The folded letters of a token: "Street’s" -> "streets".
    pub fn norm(&self, at: usize) -> &str {
        let Some(token) = self.list.get(at) else { return "" };
        self.letters.get(token.norm.0 as usize..token.norm.1 as usize).unwrap_or("")
    }

    fn read(&mut self, text: &str) {
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let size = c.len_utf8();
            if is_letter(c) || c.is_ascii_digit() {
                at = self.word(text, at);
            } else {
                if !c.is_whitespace()
                    && !matches!(c, '.' | '\'' | '’' | '`' | '"' | '“' | '”' | '*' | '_' | '½' | '¼' | '¾')
                    || c == '\n'
                {
                    self.sign(text, at, c);
                }
                at += size;
            }
        }
    }

    fn sign(&mut self, text: &str, at: usize, c: char) {
        let behind = text[at + c.len_utf8()..].chars().next().is_some_and(is_letter);
        let before_letter = text[..at].chars().next_back().is_some_and(is_letter);
        if c == '-' && behind && before_letter {
            return;
        }
        let shape = match c {
            '&' | '@' | '/' | '+' | ',' | '#' | '(' | ')' | ':' | '-' => Shape::Sign(c),
            '–' | '—' => Shape::Sign('-'),
            '\\' | '|' => Shape::Sign('/'),
            '×' => Shape::Sign('&'),
            _ => Shape::Break,
        };
        let here = self.letters.len() as u32;
        self.list.push(Token { shape, start: at, end: at + c.len_utf8(), norm: (here, here) });
    }

    /// Reads letters and digits from `at`; returns where it stopped.
    fn word(&mut self, text: &str, at: usize) -> usize {
        let rest = &text[at..];
        if rest.starts_with("http") && (rest.starts_with("http://") || rest.starts_with("https://")) {
            let end = at + rest.find(char::is_whitespace).unwrap_or(rest.len());
            let here = self.letters.len() as u32;
            self.list.push(Token { shape: Shape::Break, start: at, end, norm: (here, here) });
            return end;
        }
        let tagged = text[..at].ends_with('#');
        let norm = self.letters.len();
        let (mut end, mut was_lower) = (at, false);
        for (offset, c) in rest.char_indices() {
            let apostrophe = matches!(c, '\'' | '’') && rest[offset + c.len_utf8()..].starts_with(is_letter);
            if !(is_letter(c) || c.is_ascii_digit() || apostrophe) {
                break;
            }
            if tagged && was_lower && c.is_uppercase() {
                break;
            }
            was_lower = c.is_lowercase();
            end = at + offset + c.len_utf8();
            if !apostrophe {
                fold(c, &mut self.letters);
            }
        }
        let shape = shape_of(&self.letters[norm..]);
        self.list.push(Token { shape, start: at, end, norm: (norm as u32, self.letters.len() as u32) });
        end
    }
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic()
}

/// Adds a letter without case and accent.
fn fold(c: char, out: &mut String) {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
        return;
    }
    decompose_compatible(c, |part| {
        if part.is_alphanumeric() {
            out.extend(part.to_lowercase());
        }
    });
}

fn shape_of(norm: &str) -> Shape {
    let digits = norm.bytes().take_while(u8::is_ascii_digit).count();
    let letters = norm.len() - digits;
    if digits == 0 || letters > 1 {
        return Shape::Word;
    }
    Shape::Number(norm[..digits].parse().ok().filter(|n| *n < 100_000).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let tokens = Tokens::of(text);
        let shown: Vec<String> = (0..tokens.list.len())
            .map(|i| match tokens.list[i].shape {
                Shape::Word => tokens.norm(i).to_owned(),
                Shape::Number(n) => format!("{n}#"),
                Shape::Sign(c) => c.to_string(),
                Shape::Break => "|".to_owned(),
            })
            .collect();
        assert_eq!(shown.join(" "), expect, "{text}");
    }

    #[test]
    fn cuts() {
        check("Broad St. & Market St!", "broad st & market st |");
        check("123-125 O'Brien Hwy", "123# - 125# obrien hwy");
        check("12R Calle São José", "12# calle sao jose");
        check("3rd/Third", "3rd / third");
        check("#BroadSt see https://x.example/Elm-St ok", "# broad st see | ok");
        check("Carl-Barron 🚧 x", "carl barron | x");
        check("999999999999999 a", "0# a");
    }

    #[test]
    fn any_text_is_cut_on_borders() {
        proptest::proptest!(|(text in ".{0,200}")| {
            for token in Tokens::of(&text).list {
                proptest::prop_assert!(text.get(token.start..token.end).is_some());
            }
        });
    }
}
