//! A post cut into words, each knowing which characters of the original it came from.
//!
//! Words are folded (NFKD without marks, lower case, straight quotes), because people post "cable caido"
//! as often as "Cable caído". Handles, links and masked words are counted, never read.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::span::Span;

/// More words than this are not read; a post of 64 KB has about 12,000.
const MAX_WORDS: usize = 16_000;
/// Letters of one word that are kept; the rest of a longer run is ignored.
const MAX_WORD_BYTES: usize = 48;

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
}

/// A post cut into words.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// All folded words, one behind the other.
    pub folded: String,
    /// The words in reading order.
    pub list: Vec<Word>,
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
        let folded = String::with_capacity(text.len());
        // About six characters a word; a list that grows is copied each time.
        let list = Vec::with_capacity(text.len() / 5 + 4);
        let mut cutter = Cutter {
            text,
            byte: 0,
            char: 0,
            mail: text.as_bytes().contains(&b'@'),
            words: Self { folded, list, ..Self::default() },
            gap: Break::Stop,
        };
        cutter.run();
        cutter.words
    }
}

/// FNV-1a with a last mixing step; stable across versions, since weights are stored by it.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    let mut h = 0xcbf2_9ce4_8422_2325_u64;
    for b in bytes {
        h = (h ^ u64::from(*b)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    mix(h, 0)
}

/// Joins two hashes into one.
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

/// Walks through a text once. Nearly everything posted is ASCII, and a byte of that is a character.
struct Cutter<'t> {
    text: &'t str,
    /// Where it stands, in bytes and in characters.
    byte: usize,
    char: usize,
    /// An `@` stands somewhere: mail addresses are looked for.
    mail: bool,
    words: Words,
    gap: Break,
}

impl Cutter<'_> {
    /// The next character.
    #[inline]
    fn peek(&self) -> Option<char> {
        match self.text.as_bytes().get(self.byte) {
            Some(b) if b.is_ascii() => Some(char::from(*b)),
            Some(_) => self.text.get(self.byte..)?.chars().next(),
            None => None,
        }
    }

    #[inline]
    fn pass(&mut self, c: char) {
        self.byte += c.len_utf8();
        self.char += 1;
    }

    fn run(&mut self) {
        let mut previous = ' ';
        while let Some(c) = self.peek() {
            if self.words.list.len() >= MAX_WORDS {
                break;
            }
            let skip = if c.is_ascii() || c == '＠' { self.skipped(c, previous) } else { 0 };
            if skip > 0 {
                for _ in 0..skip {
                    if let Some(c) = self.peek() {
                        self.pass(c);
                    }
                }
                previous = ' ';
            } else if c.is_alphanumeric() {
                previous = self.word(previous == '#');
            } else {
                self.pass(c);
                self.between(c, previous, self.peek());
                previous = c;
            }
        }
        self.words.chars = self.char + self.text.get(self.byte..).unwrap_or("").chars().count();
    }

    /// Characters to pass over: a link, a handle, a mail address or a masked word ("[PHONE]").
    fn skipped(&mut self, c: char, previous: char) -> usize {
        let border = !previous.is_alphanumeric();
        if !border && c != '[' {
            return 0;
        }
        let rest = self.text.get(self.byte..).unwrap_or("");
        match c {
            'h' | 'H' | 'w' | 'W' | 'p' => {
                let lower = |p: &str| rest.get(..p.len()).is_some_and(|w| w.eq_ignore_ascii_case(p));
                if ["http://", "https://", "www.", "pic.twitter"].iter().any(|p| lower(p)) {
                    self.words.links += 1;
                    let solid = rest.split(|x: char| x.is_whitespace()).next().unwrap_or("");
                    return solid.chars().count();
                }
                self.mail_len(rest)
            }
            '@' | '＠' => {
                let name = handle_len(&rest[c.len_utf8()..]);
                if name > 0 {
                    self.words.handles += 1;
                    return name + 1;
                }
                0
            }
            '[' => masked(rest).map_or(0, |word| {
                self.words.links += u32::from(word == "URL");
                word.len() + 2
            }),
            _ if c.is_ascii_alphanumeric() => self.mail_len(rest),
            _ => 0,
        }
    }

    /// Length of a mail address that starts here, else 0.
    fn mail_len(&self, rest: &str) -> usize {
        if !self.mail {
            return 0;
        }
        let local =
            rest.bytes().take(64).take_while(|b| b.is_ascii_alphanumeric() || b"._%+-'".contains(b)).count();
        if rest.as_bytes().get(local) != Some(&b'@') {
            return 0;
        }
        let domain =
            rest[local + 1..].bytes().take_while(|b| b.is_ascii_alphanumeric() || b".-".contains(b)).count();
        let has_dot = rest[local + 1..local + 1 + domain].contains('.');
        if has_dot { local + 1 + domain } else { 0 }
    }

    /// Takes one run of letters and digits; hashtags are cut at capitals.
    fn word(&mut self, tag: bool) -> char {
        self.words.hashtags += u32::from(tag);
        let mut from = self.words.folded.len();
        let (mut first, mut last, mut previous) = (None, 0, ' ');
        let mut repeats = 0;
        while let Some(c) = self.peek() {
            if matches!(c, '\'' | '’' | '‘' | '`' | '´' | 'ʼ') {
                self.pass(c);
                let letters = self.words.folded.len() - from;
                if !self.peek().is_some_and(char::is_alphabetic) {
                    break;
                }
                // "d'água" is two words, "can't" is one.
                if letters == 1 && !self.words.folded.ends_with(['i', 'o']) {
                    self.close(from, first.take(), last);
                    self.gap = Break::None;
                    from = self.words.folded.len();
                }
                continue;
            }
            if !(c.is_alphanumeric() || !c.is_ascii() && is_combining_mark(c)) {
                break;
            }
            if tag && c.is_uppercase() && previous.is_lowercase() {
                self.close(from, first.take(), last);
                self.gap = Break::None;
                from = self.words.folded.len();
            }
            first.get_or_insert(self.char);
            self.pass(c);
            repeats = if c == previous { repeats + 1 } else { 0 };
            self.add(c, from, repeats);
            last = self.char;
            previous = c;
        }
        self.close(from, first, last);
        previous
    }

    /// Adds a character to the word that began at `from`; `repeats` says how often the same one came before it.
    #[inline]
    fn add(&mut self, c: char, from: usize, repeats: u32) {
        let room = self.words.folded.len() - from < MAX_WORD_BYTES;
        if repeats < 2 && room {
            fold(c, &mut self.words.folded);
        } else if repeats == 2 && c.is_alphabetic() && self.words.folded.len() > from + 1 {
            // "sooooo" is "so".
            self.words.folded.pop();
        } else if c.is_numeric() && room {
            self.words.folded.push(c.to_ascii_lowercase());
        }
    }

    fn close(&mut self, from: usize, first: Option<usize>, last: usize) {
        let letters = &self.words.folded[from..];
        let Some(first) = first else { return };
        if letters.is_empty() {
            return;
        }
        let stem = stem(letters);
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (to, gap) = (self.words.folded.len(), self.gap);
        self.words.list.push(Word {
            stem,
            from: small(from),
            to: small(to),
            start: small(first),
            end: small(last),
            gap,
        });
        self.gap = Break::None;
        if letters == "rt" && self.words.list.len() == 1 {
            self.words.shared = true;
        }
    }

    /// Remembers what stands between two words.
    fn between(&mut self, c: char, previous: char, next: Option<char>) {
        let before_space = next.is_none_or(char::is_whitespace);
        let long_word = self.words.list.last().is_some_and(|w| w.to - w.from > 3);
        let gap = match c {
            '?' | '¿' => {
                self.words.questions += u32::from(c == '?');
                Break::Stop
            }
            '!' | '¡' | ';' | '\n' | '\r' | '…' | '|' => Break::Stop,
            // "St." and "Ave." do not end a sentence.
            '.' if before_space && long_word => Break::Stop,
            '.' if before_space => Break::Comma,
            ',' | ':' | '(' | ')' | '"' | '“' | '”' | '—' | '–' => Break::Comma,
            '-' | '/' if previous == ' ' || next == Some(' ') => Break::Comma,
            _ => Break::None,
        };
        self.gap = self.gap.max(gap);
    }
}

/// Adds the folded form of a character.
#[inline]
fn fold(c: char, out: &mut String) {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
        return;
    }
    for part in std::iter::once(c).nfkd().filter(|p| !is_combining_mark(*p)) {
        out.extend(part.to_lowercase().filter(|p| p.is_alphanumeric()));
    }
}

/// Length in characters of a handle's name, server included ("ana", "ana@social.example").
fn handle_len(rest: &str) -> usize {
    let bytes =
        rest.bytes().take(128).take_while(|b| b.is_ascii_alphanumeric() || b"_.-@".contains(b)).count();
    rest[..bytes].trim_end_matches(['.', '-', '@']).len()
}

/// The capitals between square brackets, as data sets mask words.
fn masked(rest: &str) -> Option<&str> {
    let word = rest.get(1..rest.bytes().take(24).position(|b| b == b']')?)?;
    (!word.is_empty() && word.bytes().all(|b| b.is_ascii_uppercase())).then_some(word)
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
