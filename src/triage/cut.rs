//! Cutting a text into words: one walk, in which a byte of ASCII is a character and everything else is folded with care.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::text::{Break, HASH_START, HASH_STEP, Word, Words, mix, stem};

/// More words than this are not read; a post of 64 KB has about 12,000.
const MAX_WORDS: usize = 16_000;
/// Letters of one word that are kept; the rest of a longer run is ignored.
const MAX_WORD_BYTES: usize = 48;

/// The small letter or digit of a byte; 0 for all other bytes.
const SMALL: [u8; 256] = {
    let mut small = [0; 256];
    let mut b = 0;
    while b < 128 {
        if (b as u8).is_ascii_alphanumeric() {
            small[b] = (b as u8).to_ascii_lowercase();
        }
        b += 1;
    }
    small
};

/// Walks through a text once. Nearly everything posted is ASCII, and a byte of that is a character.
pub(super) struct Cutter<'t> {
    text: &'t str,
    /// Where it stands, in bytes and in characters.
    byte: usize,
    char: usize,
    /// An `@` stands somewhere: mail addresses are looked for.
    mail: bool,
    words: Words,
    gap: Break,
}

impl<'t> Cutter<'t> {
    pub fn of(text: &'t str) -> Self {
        // Most words are found in the text made small; a few are written behind it.
        let mut folded = String::with_capacity(text.len() + text.len() / 8 + 16);
        folded.push_str(text);
        folded.make_ascii_lowercase();
        // About six characters a word; a list that grows is copied each time.
        let list = Vec::with_capacity(text.len() / 5 + 4);
        let mail = text.as_bytes().contains(&b'@');
        Self {
            text,
            byte: 0,
            char: 0,
            mail,
            words: Words { folded, list, ..Words::default() },
            gap: Break::Stop,
        }
    }

    /// The words of the whole text.
    pub fn cut(mut self) -> Words {
        self.run();
        self.words
    }

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
            if c == ' ' {
                self.pass(c);
                previous = c;
                continue;
            }
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
        let telling = matches!(c, 'h' | 'H' | 'w' | 'W' | 'p' | '@' | '＠' | '[');
        if !(telling || self.mail && c.is_ascii_alphanumeric()) {
            return 0;
        }
        let border = !previous.is_alphanumeric();
        if !border && c != '[' {
            return 0;
        }
        let rest = self.text.get(self.byte..).unwrap_or("");
        match c {
            'h' | 'H' | 'w' | 'W' | 'p' => {
                let lower = |p: &str| {
                    rest.as_bytes().get(..p.len()).is_some_and(|w| w.eq_ignore_ascii_case(p.as_bytes()))
                };
                let second = rest.as_bytes().get(1).map_or(0, u8::to_ascii_lowercase);
                let may = matches!(second, b't' | b'w' | b'i');
                if may && ["http://", "https://", "www.", "pic.twitter"].iter().any(|p| lower(p)) {
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

    /// A run of plain letters and digits, as nearly all words are: no letter three times in a row, and neither an
    /// apostrophe nor a letter of another script behind it. Its last character, or none when it is not that plain.
    fn plain_word(&mut self) -> Option<char> {
        let rest = self.text.as_bytes().get(self.byte..)?;
        let (mut stem, mut singular, mut whole) = (HASH_START, HASH_START, HASH_START);
        let (mut before, mut last, mut folded) = (0_u8, 0_u8, [0_u8; 2]);
        let (mut long, mut triple, mut digit) = (0, false, false);
        for byte in rest {
            let small = SMALL[usize::from(*byte)];
            if small == 0 {
                break;
            }
            triple |= *byte == last && last == before;
            (before, last) = (last, *byte);
            folded = [folded[1], small];
            singular = stem;
            stem = (stem ^ u64::from(small)).wrapping_mul(HASH_STEP);
            digit |= small < b'a';
            let known = if small < b'a' { b'0' } else { small };
            whole = (whole ^ u64::from(known)).wrapping_mul(HASH_STEP);
            long += 1;
        }
        let odd = rest.get(long).is_some_and(|b| !b.is_ascii() || matches!(b, b'\'' | b'`'));
        if odd || triple || long > MAX_WORD_BYTES {
            return None;
        }
        let plural = long >= 4 && folded[1] == b's' && folded[0] != b's';
        let word = Word {
            stem: mix(if plural { singular } else { stem }, 0),
            whole: mix(whole, 1),
            from: small(self.byte),
            to: small(self.byte + long),
            start: small(self.char),
            end: small(self.char + long),
            gap: self.gap,
            digit,
        };
        self.words.shared |= self.words.list.is_empty() && long == 2 && folded == *b"rt";
        self.words.list.push(word);
        self.gap = Break::None;
        self.byte += long;
        self.char += long;
        Some(char::from(last))
    }

    /// Takes one run of letters and digits; hashtags are cut at capitals.
    fn word(&mut self, tag: bool) -> char {
        if !tag && let Some(last) = self.plain_word() {
            return last;
        }
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
        let mut whole = HASH_START;
        for byte in letters.bytes() {
            let known = if byte.is_ascii_digit() { b'0' } else { byte };
            whole = (whole ^ u64::from(known)).wrapping_mul(HASH_STEP);
        }
        let word = Word {
            stem: stem(letters),
            whole: mix(whole, 1),
            from: small(from),
            to: small(self.words.folded.len()),
            start: small(first),
            end: small(last),
            gap: self.gap,
            digit: letters.bytes().any(|b| b.is_ascii_digit()),
        };
        self.words.shared |= self.words.list.is_empty() && letters == "rt";
        self.words.list.push(word);
        self.gap = Break::None;
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

fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
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
