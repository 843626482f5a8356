//! Reads typed values out of a TOML table and notes every problem with its file, line and key.
//!
//! Not serde: it stops at the first fault and does not know lines of values inside arrays of tables.
//! Each getter answers with something harmless when the value is wrong; the problem list decides in the end.
//! Every key that was asked for is remembered, so `done` can name the ones nobody asked for.

mod line;

use std::cell::RefCell;
use std::fmt::Display;
use std::ops::RangeInclusive;

use chrono::NaiveTime;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::env::{Environment, looks_secret, secret_advice};
use super::lang::ByLang;
use super::problems::{Problems, nearest, suggestion};

/// Longest text a key may hold, in characters.
pub(super) const TEXT_MAX_CHARS: usize = 4000;

/// One file being read.
pub(super) struct Doc<'a> {
    /// How messages call it ("config/services.toml").
    pub(super) name: &'a str,
    pub(super) text: &'a str,
    pub(super) problems: &'a Problems,
    /// Set for the one file that variables may overlay.
    pub(super) env: Option<&'a Environment>,
}

impl<'a> Doc<'a> {
    /// Parses the file. Every syntax error is noted; then None, because what is left would only raise false alarms.
    pub(super) fn parse(&self) -> Option<Spanned<DeTable<'a>>> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for e in &errors {
            let message = match e.span().and_then(|s| self.text.get(s)) {
                // The span of this one error is the key itself; other spans may hold a value that is a secret.
                Some(key) if e.message() == "duplicate key" => {
                    format!("`{key}` stands here a second time; keep one (a list is written `[[{key}]]`)")
                }
                _ => format!("cannot be read as TOML: {}", e.message().replace('\n', ", ")),
            };
            self.note_at(e.span().map(|s| s.start), message);
        }
        errors.is_empty().then_some(table)
    }

    /// The outermost table of a parsed file.
    pub(super) fn root(&'a self, parsed: &'a Spanned<DeTable<'a>>) -> Table<'a> {
        Table::new(self, Some(parsed.get_ref()), None, String::new())
    }

    fn note_at(&self, offset: Option<usize>, message: impl Into<String>) {
        self.problems.note(self.name, offset.map(|byte| self.line(byte)), message);
    }

    /// Line of a byte, counted from 1. Only asked for problems: it counts from the start of the file.
    fn line(&self, offset: usize) -> usize {
        let before = self.text.as_bytes().get(..offset).unwrap_or(self.text.as_bytes());
        1 + before.iter().filter(|b| **b == b'\n').count()
    }
}

/// A table of the file, whole or missing, and which of its keys were asked for.
pub(super) struct Table<'a> {
    doc: &'a Doc<'a>,
    fields: Option<&'a DeTable<'a>>,
    /// Byte where the table begins.
    header: Option<usize>,
    /// "ask" or "service 3"; empty for the file itself.
    path: String,
    asked: RefCell<Vec<&'static str>>,
    /// Needed keys that are not there, and what to say about them.
    missed: RefCell<Vec<(&'static str, String)>>,
}

/// A value and where it stands.
enum Found<'a> {
    File(&'a DeValue<'a>),
    Variable(&'a str),
}

/// A word of a list and the byte where it stands.
pub(super) struct Word {
    pub(super) text: String,
    key: &'static str,
    /// None: it came from a variable.
    at: Option<usize>,
}

impl<'a> Table<'a> {
    fn new(doc: &'a Doc<'a>, fields: Option<&'a DeTable<'a>>, header: Option<usize>, path: String) -> Self {
        Self { doc, fields, header, path, asked: RefCell::default(), missed: RefCell::default() }
    }

    /// True when the file has this table.
    pub(super) fn exists(&self) -> bool {
        self.fields.is_some()
    }

    /// Notes a problem at the line of `key`, or at the table when the key is missing.
    pub(super) fn problem(&self, key: &str, message: impl Into<String>) {
        if let Some((name, _)) = self.setter(key) {
            return self.doc.problems.note(name, None, message);
        }
        let at = self.entry(key).map(|(at, _)| at).or(self.header);
        self.doc.note_at(at, message);
    }

    /// Notes a problem at a word of a list.
    pub(super) fn problem_at(&self, word: &Word, message: impl Into<String>) {
        match word.at {
            Some(_) => self.doc.note_at(word.at, message),
            None => self.problem(word.key, message),
        }
    }

    /// The keys that stand in the table, in the order of the file.
    pub(super) fn keys(&self) -> Vec<String> {
        let mut keys: Vec<(usize, String)> = self
            .fields
            .into_iter()
            .flat_map(|f| f.iter().map(|(k, _)| (k.span().start, k.get_ref().to_string())))
            .collect();
        keys.sort();
        keys.into_iter().map(|(_, k)| k).collect()
    }

    /// Where a key stands, and its value.
    fn entry(&self, key: &str) -> Option<(usize, &'a DeValue<'a>)> {
        let (name, value) = self.fields?.iter().find(|(k, _)| k.get_ref() == key)?;
        Some((name.span().start, value.get_ref()))
    }

    fn full(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The variable that sets `key`, and its value.
    fn setter(&self, key: &str) -> Option<(&'a str, &'a str)> {
        self.doc.env?.setter(&self.full(key))
    }

    fn find(&self, key: &'static str) -> Option<Found<'a>> {
        self.asked.borrow_mut().push(key);
        if let Some((_, value)) = self.doc.env.and_then(|env| env.lookup(&self.full(key))) {
            return Some(Found::Variable(value));
        }
        self.entry(key).map(|(_, value)| Found::File(value))
    }

    /// The one place where a value meets its type; notes `wanted` when it does not fit.
    fn read<T>(
        &self,
        key: &'static str,
        wanted: &str,
        from_file: impl Fn(&DeValue<'a>) -> Option<T>,
        from_variable: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let value = match self.find(key)? {
            Found::File(value) => from_file(value),
            Found::Variable(text) => from_variable(text.trim()),
        };
        if value.is_none() {
            self.problem(key, format!("`{key}` must be {wanted}"));
        }
        value
    }

    /// Notes that `key` is needed, unless it is there (a wrong value has its own problem).
    pub(super) fn missing(&self, key: &'static str, example: &str) {
        if self.setter(key).map_or_else(|| self.entry(key).is_none(), |(_, value)| value.is_empty()) {
            let whole = if self.path.is_empty() { String::new() } else { format!(" in `{}`", self.path) };
            self.miss(key, format!("`{key}` is missing{whole}; add for example `{key} = {example}`"));
        }
    }

    /// Remembers a needed key that is not there. Said by `done`, unless the key is there with a slip in it.
    pub(super) fn miss(&self, key: &'static str, message: String) {
        self.missed.borrow_mut().push((key, message));
    }

    /// A text that may be left out. An empty variable counts as left out.
    pub(super) fn text_or_none(&self, key: &'static str) -> Option<String> {
        let wanted = format!("a text in quotes, not empty, of at most {TEXT_MAX_CHARS} characters");
        let fits = |s: &str| {
            let fits = !s.trim().is_empty() && s.chars().count() <= TEXT_MAX_CHARS;
            fits.then(|| s.trim().to_owned())
        };
        if let Some(Found::Variable("")) = self.find(key) {
            return None;
        }
        self.read(key, &wanted, |v| v.as_str().and_then(fits), fits)
    }

    /// A text that must be there; empty when it is not (and noted).
    pub(super) fn text(&self, key: &'static str, example: &str) -> String {
        self.text_or_none(key).unwrap_or_else(|| {
            self.missing(key, &format!("\"{example}\""));
            String::new()
        })
    }

    /// A whole number inside `range`; `default` when it is left out.
    pub(super) fn whole(&self, key: &'static str, default: u32, range: RangeInclusive<u32>) -> u32 {
        let wanted = format!("a whole number from {} to {}", range.start(), range.end());
        let fits = |s: &str| s.replace('_', "").parse::<u32>().ok().filter(|n| range.contains(n));
        let plain =
            |v: &DeValue<'a>| v.as_integer().filter(|i| i.radix() == 10).and_then(|i| fits(i.as_str()));
        self.read(key, &wanted, plain, fits).unwrap_or(default)
    }

    /// A whole number that must be there.
    pub(super) fn whole_needed(&self, key: &'static str, example: u32, range: RangeInclusive<u32>) -> u32 {
        self.missing(key, &example.to_string());
        self.whole(key, example, range)
    }

    /// A number inside `range`; `default` when it is left out.
    pub(super) fn decimal(&self, key: &'static str, default: f64, range: RangeInclusive<f64>) -> f64 {
        let wanted = format!("a number from {} to {}", range.start(), range.end());
        let fits = |s: &str| s.replace('_', "").parse::<f64>().ok().filter(|n| range.contains(n));
        let plain = |v: &DeValue<'a>| match v {
            DeValue::Integer(i) => fits(i.as_str()),
            DeValue::Float(f) => fits(f.as_str()),
            _ => None,
        };
        self.read(key, &wanted, plain, fits).unwrap_or(default)
    }

    /// A yes or no; `default` when it is left out.
    pub(super) fn truth(&self, key: &'static str, default: bool) -> bool {
        self.read(key, "true or false, without quotes", DeValue::as_bool, |s| s.parse().ok())
            .unwrap_or(default)
    }

    /// One of a few words; none when it is left out or wrong (the latter is noted).
    pub(super) fn choice<T: Copy>(&self, key: &'static str, known: &[(&'static str, T)]) -> Option<T> {
        let word = self.text_or_none(key)?;
        let found = known.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
        if found.is_none() {
            let near = suggestion(&word, known.iter().map(|(name, _)| *name));
            self.problem(key, format!("`{word}` is not a value of `{key}`{near}"));
        }
        found
    }

    /// A choice that must be made.
    pub(super) fn choice_needed<T: Copy>(
        &self,
        key: &'static str,
        known: &[(&'static str, T)],
        safe: T,
    ) -> T {
        self.choice(key, known).unwrap_or_else(|| {
            self.missing(key, &format!("\"{}\"", known.first().map_or("", |(name, _)| *name)));
            safe
        })
    }

    /// A list of texts; empty when it is left out. A variable holds them with commas between.
    pub(super) fn words(&self, key: &'static str) -> Vec<Word> {
        match self.find(key) {
            None => Vec::new(),
            Some(Found::Variable(text)) => text
                .split(',')
                .map(str::trim)
                .filter(|w| !w.is_empty())
                .map(|w| Word { text: w.to_owned(), key, at: None })
                .collect(),
            Some(Found::File(DeValue::Array(items))) => items
                .iter()
                .filter_map(|item| {
                    let at = Some(item.span().start);
                    // Dates may stand without quotes in TOML; their text is what we want.
                    let text = match item.get_ref() {
                        DeValue::String(s) => Some(s.to_string()),
                        DeValue::Datetime(d) => Some(d.to_string()),
                        _ => None,
                    };
                    if text.is_none() {
                        let message = format!("`{key}` must be a list of texts in quotes");
                        self.problem_at(&Word { text: String::new(), key, at }, message);
                    }
                    text.map(|text| Word { text, key, at })
                })
                .collect(),
            Some(Found::File(_)) => {
                self.problem(
                    key,
                    format!("`{key}` must be a list in square brackets, like [\"one\", \"two\"]"),
                );
                Vec::new()
            }
        }
    }

    /// A list whose every word must be one of a few.
    pub(super) fn choices<T: Copy>(&self, key: &'static str, known: &[(&'static str, T)]) -> Vec<T> {
        let mut chosen = Vec::new();
        for word in self.words(key) {
            match known.iter().find(|(name, _)| *name == word.text) {
                Some((_, value)) => chosen.push(*value),
                None => {
                    let near = suggestion(&word.text, known.iter().map(|(name, _)| *name));
                    self.problem_at(&word, format!("`{}` is not a value of `{key}`{near}", word.text));
                }
            }
        }
        chosen
    }

    /// A time of day like "16:30" (in the city's zone).
    pub(super) fn time(&self, key: &'static str, default: NaiveTime) -> NaiveTime {
        let fits = |s: &str| NaiveTime::parse_from_str(s, "%H:%M").ok();
        self.read(key, "a time like \"16:30\"", |v| v.as_str().and_then(fits), fits).unwrap_or(default)
    }

    /// A text that is parsed by its own type; a refusal is noted with the type's own words.
    pub(super) fn parsed<T, E: Display>(
        &self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text_or_none(key)?;
        parse(&text).map_err(|e| self.problem(key, format!("`{key}`: {e}"))).ok()
    }

    /// A table inside this one; a missing one reads as empty.
    pub(super) fn table(&self, key: &'static str) -> Table<'a> {
        self.asked.borrow_mut().push(key);
        let path = self.full(key);
        match self.entry(key) {
            Some((at, DeValue::Table(fields))) => Table::new(self.doc, Some(fields), Some(at), path),
            Some((at, _)) => {
                self.problem(
                    key,
                    format!("`{key}` must be a table: `[{path}]` on a line of its own, or {{ … }}"),
                );
                Table::new(self.doc, None, Some(at), path)
            }
            None => Table::new(self.doc, None, self.header, path),
        }
    }

    /// The tables of a list (`[[service]]`), in the order of the file.
    pub(super) fn tables(&self, key: &'static str) -> Vec<Table<'a>> {
        self.asked.borrow_mut().push(key);
        let Some((_, value)) = self.entry(key) else { return Vec::new() };
        let DeValue::Array(items) = value else {
            self.problem(key, format!("`{key}` is a list: write `[[{key}]]` with two brackets on each side"));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in items {
            let at = Some(item.span().start);
            match item.get_ref() {
                DeValue::Table(fields) => tables.push(Table::new(self.doc, Some(fields), at, key.to_owned())),
                _ => self.problem(key, format!("`{key}` must hold tables: `[[{key}]]` or {{ … }}")),
            }
        }
        tables
    }

    /// A text in each language: `{ en = "…", es = "…", pt = "…", ht = "…" }`.
    pub(super) fn by_lang(&self, key: &'static str) -> ByLang<String> {
        let table = self.table(key);
        if !table.exists() {
            self.missing(key, "{ en = \"…\", es = \"…\", pt = \"…\", ht = \"…\" }");
            return ByLang::default();
        }
        let texts = ByLang::from_fn(|lang| table.text(lang.as_str(), "…"));
        table.done();
        texts
    }

    /// Complains about every key that nobody asked for, and every needed one that is not there.
    pub(super) fn done(&self) {
        let asked = self.asked.borrow();
        let mut missed = self.missed.borrow_mut();
        for key in self.keys().iter().filter(|k| !asked.iter().any(|a| a == k)) {
            if looks_secret(key) {
                self.problem(key, format!("`{key}` is not a key here: {}", secret_advice()));
                continue;
            }
            // What stands in the file already cannot be what was meant.
            let free = || asked.iter().copied().filter(|a| self.entry(a).is_none());
            let near = nearest(key, free());
            missed.retain(|(needed, _)| Some(*needed) != near);
            self.problem(key, format!("`{key}` is not a key here{}", suggestion(key, free())));
        }
        for (key, message) in missed.drain(..) {
            self.problem(key, message);
        }
    }
}
