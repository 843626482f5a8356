//! Words that must not be shown in public: numbers, addresses and names that lead to a person.
//!
//! The place of a problem ("pothole at 14 Oak St") is not personal data; a home tied to a person is.
//! Recall before precision: hiding too much costs a reader little, showing too much costs a resident a lot.

use regex::Regex;

use super::lexicon::{Hit, Mark};
use super::patterns::Patterns;
use super::text::Words;
use super::{PersonalData, PersonalKind};
use crate::span::Span;

/// What stands in place of hidden words; always equally long, so that length tells nothing.
const BAR: &str = "████";
/// Words between "plate" and the plate itself.
const PLATE_REACH: usize = 3;

/// All personal data of a post, in reading order, without overlaps.
pub(super) fn find(patterns: &Patterns, text: &str, words: &Words, hits: &[Hit]) -> Vec<PersonalData> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let mail = text.bytes().any(|b| b == b'@');
    let mut found = Finder { text, taken: Vec::new(), links: Vec::new() };
    if words.links > 0 && (digits > 0 || mail) {
        found.links = patterns.link.find_iter(text).map(|m| (m.start(), m.end())).collect();
    }
    if mail {
        for m in patterns.email.find_iter(text) {
            let named = text.get(..m.start()).is_some_and(|b| b.ends_with('@'));
            if !named {
                found.take(PersonalKind::Email, m.start(), m.end());
            }
        }
    }
    if digits >= 2 {
        found.plates(patterns, words);
    }
    if digits >= 7 {
        found.numbers(patterns, words);
    }
    if digits >= 1 && names_a_neighbor(words) {
        found.people(PersonalKind::Neighbor, std::slice::from_ref(&patterns.neighbor), words, hits);
    }
    if digits >= 1 && names_a_home(words) {
        found.people(PersonalKind::Address, &patterns.homes, words, hits);
    }
    if gives_a_name(words) {
        found.people(PersonalKind::Name, &patterns.names, words, hits);
    }
    found.done()
}

/// Puts a bar in place of every personal span. Spans that do not fit the text are passed over.
#[must_use]
pub fn hide_personal_data(text: &str, found: &[PersonalData]) -> String {
    let mut hidden = String::with_capacity(text.len());
    let mut spans: Vec<(usize, usize)> = found.iter().map(|p| (p.start, p.end)).collect();
    spans.sort_unstable();
    let mut spans = spans.into_iter().peekable();
    let mut until = 0;
    for (at, c) in text.chars().enumerate() {
        while spans.peek().is_some_and(|s| s.0 <= at) {
            let (start, end) = spans.next().unwrap_or_default();
            if end > until && end > at && start <= at {
                if until <= at {
                    hidden.push_str(BAR);
                }
                until = end;
            }
        }
        if at >= until {
            hidden.push(c);
        }
    }
    hidden
}

struct Finder<'t> {
    text: &'t str,
    /// Kind and bytes.
    taken: Vec<(PersonalKind, usize, usize)>,
    links: Vec<(usize, usize)>,
}

impl Finder<'_> {
    /// Keeps a stretch unless it lies in a link or in something already found.
    fn take(&mut self, kind: PersonalKind, start: usize, end: usize) {
        let apart = |from: usize, to: usize| end <= from || to <= start;
        if self.links.iter().all(|(a, b)| apart(*a, *b)) && self.taken.iter().all(|(_, a, b)| apart(*a, *b)) {
            self.taken.push((kind, start, end));
        }
    }

    /// True when a number neither begins nor ends inside a longer one, nor is named a ticket.
    fn stands_free(&self, start: usize, end: usize) -> bool {
        let before = self.text.get(..start).and_then(|b| b.chars().next_back());
        let after: Vec<char> = self.text.get(end..).map(|a| a.chars().take(2).collect()).unwrap_or_default();
        let glued = before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '#' | '=' | '$' | '_'));
        let part = before.is_some_and(|c| matches!(c, '-' | '.' | ',')) && {
            let earlier = self.text.get(..start).and_then(|b| b.chars().rev().nth(1));
            earlier.is_some_and(|c| c.is_ascii_digit())
                || before == Some('-') && earlier.is_none_or(|c| c == ' ')
        };
        let goes_on = match after.as_slice() {
            [c, ..] if c.is_alphanumeric() => *c != 'x',
            ['-' | '.' | ',' | '/', c] => c.is_ascii_digit(),
            _ => false,
        };
        !glued && !part && !goes_on
    }

    fn numbers(&mut self, patterns: &Patterns, words: &Words) {
        for m in patterns.card.find_iter(self.text) {
            if m.as_str().starts_with(['2', '3', '4', '5', '6'])
                && luhn(m.as_str())
                && self.stands_free(m.start(), m.end())
            {
                self.take(PersonalKind::Card, m.start(), m.end());
            }
        }
        for (kind, pattern) in &patterns.numbers {
            for m in pattern.find_iter(self.text) {
                let digits = m.as_str().bytes().filter(u8::is_ascii_digit).count();
                if (7..=15).contains(&digits) && self.stands_free(m.start(), m.end()) {
                    self.take(*kind, m.start(), m.end());
                }
            }
        }
        if names_a_phone(words) {
            for m in patterns.haiti.find_iter(self.text) {
                if self.stands_free(m.start(), m.end()) {
                    self.take(PersonalKind::Phone, m.start(), m.end());
                }
            }
        }
    }

    /// A plate follows the word "plate"; without it, only the commonest shapes beside the word for a vehicle.
    fn plates(&mut self, patterns: &Patterns, words: &Words) {
        const PLATE: [&str; 16] = [
            "plate",
            "plates",
            "tag",
            "tags",
            "license",
            "lic",
            "licence",
            "placa",
            "placas",
            "matricula",
            "plak",
            "reg",
            "registration",
            "patente",
            "chapa",
            "platenumber",
        ];
        const VEHICLE: [&str; 22] = [
            "car",
            "cars",
            "truck",
            "van",
            "suv",
            "vehicle",
            "sedan",
            "pickup",
            "jeep",
            "ford",
            "honda",
            "toyota",
            "carro",
            "coche",
            "auto",
            "camioneta",
            "camion",
            "moto",
            "caminhao",
            "veiculo",
            "machin",
            "kamyon",
        ];
        let is = |w: &super::text::Word, list: &[&str]| list.contains(&words.letters(w));
        for (i, word) in words.list.iter().enumerate() {
            if is(word, &PLATE)
                && let Some((start, end)) = self.plate_after(patterns, words, i)
            {
                self.take(PersonalKind::Plate, start, end);
            }
        }
        if words.list.iter().any(|w| is(w, &VEHICLE) || is(w, &PLATE)) {
            for m in patterns.bare_plate.find_iter(self.text) {
                if self.stands_free(m.start(), m.end()) {
                    self.take(PersonalKind::Plate, m.start(), m.end());
                }
            }
        }
    }

    /// The longest run of up to three words behind word `i` that looks like a plate, in bytes.
    fn plate_after(&self, patterns: &Patterns, words: &Words, i: usize) -> Option<(usize, usize)> {
        const FILLER: [&str; 17] = [
            "is", "number", "no", "num", "plate", "tag", "license", "se", "es", "e", "de", "li", "numero",
            "nimewo", "the", "reads", "a",
        ];
        for first in i + 1..=i + 1 + PLATE_REACH {
            let word = words.list.get(first)?;
            for last in (first..(first + 3).min(words.list.len())).rev() {
                let span = words.span(first, last);
                let run = span.slice(self.text);
                let has = |test: fn(&u8) -> bool| run.bytes().any(|b| test(&b));
                let long = run.bytes().filter(u8::is_ascii_alphanumeric).count();
                let upper = run.to_uppercase();
                let caps = run == upper || (first == last && has(u8::is_ascii_digit));
                if (4..=9).contains(&long)
                    && caps
                    && has(u8::is_ascii_digit)
                    && has(u8::is_ascii_alphabetic)
                    && patterns.plate.is_match(&upper)
                {
                    let start = self.text.char_indices().nth(span.start)?.0;
                    return Some((start, start + run.len()));
                }
            }
            if !FILLER.contains(&words.letters(word)) {
                return None;
            }
        }
        None
    }

    fn people(&mut self, kind: PersonalKind, patterns: &[Regex], words: &Words, hits: &[Hit]) {
        for pattern in patterns {
            for m in pattern.find_iter(self.text) {
                let span = Span::from_bytes(self.text, m.start(), m.end());
                // "Broken Hydrant, 12 Elm St" and "This is York Street" name things, not people.
                let names_a_thing = kind != PersonalKind::Neighbor
                    && hits.iter().any(|h| {
                        matches!(h.mark, Mark::Service(_, w) if w > 1.0)
                            && words.span(h.first, h.last).overlaps(&span)
                    });
                let street = kind == PersonalKind::Name && ends_as_street(m.as_str());
                if !street && (!names_a_thing || starts_with_me(m.as_str())) {
                    self.take(kind, m.start(), m.end());
                }
            }
        }
    }

    fn done(mut self) -> Vec<PersonalData> {
        self.taken.sort_by_key(|t| t.1);
        self.taken
            .iter()
            .map(|(kind, start, end)| {
                let span = Span::from_bytes(self.text, *start, *end);
                PersonalData { start: span.start, end: span.end, kind: *kind }
            })
            .collect()
    }
}

/// "I live at …", "my name is …": said of the writer, whatever follows.
fn starts_with_me(found: &str) -> bool {
    let lower = found.to_lowercase();
    [
        "my ", "i live", "we live", "mi ", "me ", "vivo", "moro", "meu ", "mwen ", "m rele", "non mwen",
        "home", "living",
    ]
    .iter()
    .any(|s| lower.starts_with(s))
}

fn ends_as_street(found: &str) -> bool {
    const ENDS: [&str; 18] = [
        "st", "street", "ave", "avenue", "rd", "road", "ln", "lane", "dr", "drive", "ct", "court", "park",
        "plaza", "blvd", "hall", "school", "square",
    ];
    found
        .split_whitespace()
        .next_back()
        .is_some_and(|w| ENDS.contains(&w.trim_end_matches('.').to_lowercase().as_str()))
}

fn gives_a_name(words: &Words) -> bool {
    const GIVING: [&str; 13] =
        ["name", "names", "llamo", "nombre", "nome", "chamo", "rele", "non", "this", "im", "i", "soy", "sou"];
    words.list.iter().any(|w| GIVING.contains(&words.letters(w)))
}

/// A word without which the pattern for neighbors cannot match.
fn names_a_neighbor(words: &Words) -> bool {
    const STARTS: [&str; 6] = ["neighb", "vecin", "vizinh", "vwaz", "door", "across"];
    words.list.iter().any(|w| STARTS.iter().any(|s| words.letters(w).starts_with(s)))
}

/// A word without which none of the patterns for homes can match: living somewhere, a title, or a kind of street.
fn names_a_home(words: &Words) -> bool {
    const LIVING: [&str; 27] = [
        "live",
        "living",
        "address",
        "home",
        "vivo",
        "vivimos",
        "direccion",
        "moro",
        "endereco",
        "rete",
        "abite",
        "adres",
        "mr",
        "mrs",
        "ms",
        "miss",
        "sr",
        "sra",
        "mme",
        "senora",
        "senor",
        "don",
        "dona",
        "seu",
        "madan",
        "mesye",
        "dr",
    ];
    const STREETS: [&str; 22] = [
        "st", "street", "ave", "avenue", "rd", "road", "ln", "lane", "ct", "court", "pl", "place", "blvd",
        "ter", "terrace", "way", "pkwy", "cir", "sq", "drive", "dr", "calle",
    ];
    // "Rosa Diaz, 14 Oak St": a number, and up to six words on the street.
    let number = |w: &super::text::Word| words.letters(w).starts_with(|c: char| c.is_ascii_digit());
    words.list.iter().enumerate().any(|(i, w)| {
        LIVING.contains(&words.letters(w))
            || number(w) && i >= 2 && {
                let rest = words.list.get(i + 1..).unwrap_or(&[]);
                rest.iter().take(6).any(|n| STREETS.contains(&words.letters(n)))
            }
    })
}

fn names_a_phone(words: &Words) -> bool {
    const PHONE: [&str; 32] = [
        "call", "phone", "tel", "cell", "text", "number", "telefon", "telefono", "telefone", "rele",
        "nimewo", "llama", "llamame", "llamen", "whatsapp", "zap", "liga", "ligue", "celular", "cel",
        "mobile", "ring", "contact", "contacto", "contato", "marquen", "numero", "mesaj", "fax", "reach",
        "fone", "sms",
    ];
    words.list.iter().any(|w| PHONE.contains(&words.letters(w)))
}

/// The check digit of payment cards.
fn luhn(number: &str) -> bool {
    let digits = number.bytes().filter(u8::is_ascii_digit).map(|b| u32::from(b - b'0'));
    let sum: u32 = digits
        .rev()
        .enumerate()
        .map(|(i, d)| match (i % 2, d * 2) {
            (0, _) => d,
            (_, double) if double > 9 => double - 9,
            (_, double) => double,
        })
        .sum();
    sum.is_multiple_of(10)
}
