//! Words that must not be shown in public: numbers, addresses and names that lead to a person.
//!
//! The place of a problem ("pothole at 14 Oak St") is not personal data; a home tied to a person is.
//! Recall before precision: hiding too much costs a reader little, showing too much costs a resident a lot.

use regex::Regex;

use super::hints::{DIGIT, MAIL, NAMING, NUMERAL, PLATE, Post, SPELLED};
use super::lexicon::{Hit, Mark};
use super::patterns::Patterns;
use super::text::Words;
use super::{PersonalData, PersonalKind, digits, homes, mails, plates};
use crate::span::Span;

/// Words from one that gives a name to the name.
const REACH_OF_NAMING: usize = 3;
/// What stands in place of hidden words; always equally long, so that length tells nothing.
const BAR: &str = "████";

/// All personal data of a post, in reading order, without overlaps.
pub(super) fn find(patterns: &Patterns, text: &str, words: &Words, hits: &[Hit]) -> Vec<PersonalData> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let mail = text.as_bytes().contains(&b'@');
    let mut post = Post::new(&patterns.hints, text, words);
    let told = post.any & (DIGIT | SPELLED | MAIL | PLATE | NAMING) != 0;
    if digits == 0 && !mail && !told && !mails::framed_at(text) {
        return Vec::new();
    }
    let mut found = Finder { text, taken: Vec::new(), links: Vec::new() };
    if words.links > 0 && (digits > 0 || mail) {
        found.links = patterns.link.find_iter(text).map(|m| (m.start(), m.end())).collect();
    }
    if mail {
        found.written_mails(patterns);
    }
    post.locate();
    if mails::may_hold(&post, found.taken.len()) {
        mails::find(&post, &mut |from, to| found.take(PersonalKind::Email, from, to));
    }
    // Plates stand last of the numbers: "ABC 123 973-555-0142" is a plate and a telephone.
    if digits::may_hold(&post, digits) {
        digits::find(&post, &mut |kind, from, to| found.take(kind, from, to));
    }
    if digits >= 1 || post.any & PLATE != 0 {
        plates::find(&post, digits, &mut |from, to| found.take(PersonalKind::Plate, from, to));
    }
    if post.any & NUMERAL != 0 {
        found.homes(&post, hits);
    }
    if introduces(&post) {
        found.names(&patterns.names, words, hits);
    }
    found.done()
}

/// True when a capital stands near behind a word that gives a name: "this is Ana Lopez", "non mwen se Jan".
fn introduces(post: &Post) -> bool {
    let capital = |i: usize| post.raw(i).chars().next().is_some_and(char::is_uppercase);
    post.any & NAMING != 0
        && (0..post.len()).any(|i| post.has(i, NAMING) && (i + 1..=i + REACH_OF_NAMING).any(capital))
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
    /// Keeps a stretch unless it lies in a link or meets something already found.
    fn take(&mut self, kind: PersonalKind, start: usize, end: usize) {
        let apart = |from: usize, to: usize| end <= from || to <= start;
        if self.links.iter().all(|(a, b)| apart(*a, *b)) && self.taken.iter().all(|(_, a, b)| apart(*a, *b)) {
            self.taken.push((kind, start, end));
        }
    }

    fn written_mails(&mut self, patterns: &Patterns) {
        for m in patterns.email.find_iter(self.text) {
            let named = self.text.get(..m.start()).is_some_and(|b| b.ends_with('@'));
            if !named {
                self.take(PersonalKind::Email, m.start(), m.end());
            }
        }
    }

    fn homes(&mut self, post: &Post, hits: &[Hit]) {
        // "Broken Hydrant, 12 Elm St" names a thing, not a person.
        let thing = |first: usize, last: usize| {
            hits.iter().any(|h| {
                matches!(h.mark, Mark::Service(_, w) if w > 1.0) && h.first <= last && first <= h.last
            })
        };
        homes::find(post, &thing, &mut |kind, first, to| {
            let last = to.min(post.len()).saturating_sub(1);
            self.take(kind, post.at(first).0, post.at(last).1);
        });
    }

    fn names(&mut self, patterns: &[Regex], words: &Words, hits: &[Hit]) {
        for pattern in patterns {
            for m in pattern.find_iter(self.text) {
                let span = Span::from_bytes(self.text, m.start(), m.end());
                // "This is York Street" names a thing, not a person.
                let names_a_thing = hits.iter().any(|h| {
                    matches!(h.mark, Mark::Service(_, w) if w > 1.0)
                        && words.span(h.first, h.last).overlaps(&span)
                });
                if !ends_as_street(m.as_str()) && (!names_a_thing || starts_with_me(m.as_str())) {
                    self.take(PersonalKind::Name, m.start(), m.end());
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

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;
    use std::sync::LazyLock;

    use super::super::{Context, Model, SERVICES, read};
    use super::*;
    use crate::settings::Lang;

    static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| Patterns::compile().unwrap());

    /// The words of a post that are hidden.
    pub(in super::super) fn check(text: &str, expect: &[&str]) {
        let found = find(&PATTERNS, text, &Words::of(text), &[]);
        let words: Vec<&str> =
            found.iter().map(|p| Span { start: p.start, end: p.end }.slice(text)).collect();
        assert_eq!(words, expect, "{text}: {found:?}");
    }

    #[test]
    fn numbers_of_things_stay_visible() {
        let texts = include_str!("../../tests/data/personal_data_none.txt");
        texts.lines().for_each(|text| check(text, &[]));
    }

    #[test]
    fn several_kinds_in_one_post() {
        check("plak M50-CTX, nimewo mwen 862 555 0104", &["M50-CTX", "862 555 0104"]);
        check("SSN 394-65-2081 and visa 4242424242424242", &["394-65-2081", "4242424242424242"]);
        check("#PlateABC1234 #Main and {ñ} ana@x.example", &["ABC1234", "ana@x.example"]);
    }

    /// The first half of posts that other people wrote to be hard; the second half is kept sealed.
    #[test]
    fn personal_data_of_half_c() {
        let codes: Vec<String> = SERVICES.iter().map(|s| (*s).to_owned()).collect();
        let model = Model::built_in(&codes).unwrap();
        let (mut counts, mut wrong) = (BTreeMap::<PersonalKind, (usize, usize)>::new(), Vec::new());
        for line in include_str!("../../tests/data/personal_data_c.jsonl").lines() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = row["text"].as_str().unwrap();
            let gold: Vec<PersonalData> = serde_json::from_value(row["personal_data"].clone()).unwrap();
            let found = read(&model, text, &Context::alone(Lang::En)).personal_data;
            let hidden = |at: usize| found.iter().any(|p| (p.start..p.end).contains(&at));
            for g in &gold {
                let mut chars = text.chars().enumerate().take(g.end).skip(g.start);
                let all = chars.all(|(at, c)| !c.is_alphanumeric() || hidden(at));
                let count = counts.entry(g.kind).or_default();
                *count = (count.0 + usize::from(all), count.1 + 1);
            }
            let meets = |p: &PersonalData| gold.iter().any(|g| g.start < p.end && p.start < g.end);
            wrong.extend(found.iter().filter(|p| !meets(p)).map(|p| format!("{p:?} in {text}")));
        }
        for (kind, (found, all)) in &counts {
            let home = matches!(kind, PersonalKind::Address | PersonalKind::Neighbor | PersonalKind::Name);
            let floor = if home { 0.9 } else { 0.99 };
            assert!(*found as f64 >= floor * *all as f64, "{kind:?}: {found} of {all}");
        }
        assert!(wrong.is_empty(), "{wrong:?}");
    }
}
