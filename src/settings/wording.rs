//! `wording/*.toml`: what the city says, in each language, word for word as somebody approved it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;

use super::lang::{ByLang, Lang};
use super::phrases::{PLACEHOLDERS, RULES, Rule, Use, allows};
use super::problems::suggestion;
use super::reader::Table;
use crate::error::{Error, Result};

/// All phrases in all languages.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Wording {
    phrases: ByLang<BTreeMap<String, Phrase>>,
}

/// One thing the city says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Phrase {
    /// The words, with `{placeholders}`.
    pub text: String,
    /// "name, date" of the person who approved it; None: every use waits for a person.
    pub reviewed: Option<String>,
}

impl Wording {
    /// The phrase of this key in this language. Every key of `keys` exists in every language.
    #[must_use]
    pub fn phrase(&self, key: &str, lang: Lang) -> Option<&Phrase> {
        self.phrases.get(lang).get(key)
    }

    /// All keys, in the order a conversation uses them.
    pub fn keys() -> impl Iterator<Item = &'static str> {
        RULES.iter().map(|r| r.key)
    }
}

impl Phrase {
    /// Puts the values in. What a value holds is never looked at again, so a `{` in it stays a `{`.
    ///
    /// # Errors
    /// `Invalid` when the phrase names something that is not among `values`.
    pub fn fill(&self, values: &[(&str, &str)]) -> Result<String> {
        let mut out = String::with_capacity(self.text.len() + 64);
        for piece in pieces(&self.text).map_err(Error::Invalid)? {
            match piece {
                Piece::Words(words) => out.push_str(words),
                Piece::Placeholder(name) => match values.iter().find(|(n, _)| *n == name) {
                    Some((_, value)) => out.push_str(value),
                    None => {
                        return Err(Error::Invalid(format!("no value for {{{name}}} in \"{}\"", self.text)));
                    }
                },
            }
        }
        Ok(out)
    }
}

enum Piece<'t> {
    Words(&'t str),
    Placeholder(&'t str),
}

/// Cuts a text at its braces. Err: what is wrong with them.
fn pieces(text: &str) -> std::result::Result<Vec<Piece<'_>>, String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(brace) = rest.find(['{', '}']) {
        let (words, tail) = rest.split_at(brace);
        let inside = tail.strip_prefix('{').and_then(|t| t.split_once('}'));
        let Some((name, after)) = inside.filter(|(name, _)| !name.contains('{')) else {
            return Err("has a `{` without its `}` (or the other way round)".into());
        };
        found.push(Piece::Words(words));
        found.push(Piece::Placeholder(name));
        rest = after;
    }
    found.push(Piece::Words(rest));
    Ok(found)
}

/// Reads the file of one language into `wording`.
pub(super) fn read(root: &Table<'_>, lang: Lang, wording: &mut Wording) {
    let mut phrases = BTreeMap::new();
    for rule in &RULES {
        let table = root.table(rule.key);
        if table.exists() {
            phrases.insert(rule.key.to_owned(), read_phrase(&table, rule));
        } else if !root.keys().iter().any(|k| k == rule.key) {
            root.miss(
                rule.key,
                format!("`[{}]` is missing; add it with a `text` in this language", rule.key),
            );
        }
    }
    root.done();
    match lang {
        Lang::En => wording.phrases.en = phrases,
        Lang::Es => wording.phrases.es = phrases,
        Lang::Pt => wording.phrases.pt = phrases,
        Lang::Ht => wording.phrases.ht = phrases,
    }
}

fn read_phrase(t: &Table<'_>, rule: &Rule) -> Phrase {
    let text = t.text("text", "On it.");
    if !text.is_empty() {
        check_braces(t, rule, &text);
        check_words(t, rule, &text);
    }
    let reviewed = t.parsed("reviewed", |s| {
        let date = s.rsplit_once(',').map(|(name, date)| (name.trim(), date.trim()));
        match date {
            Some((name, date)) if !name.is_empty() && NaiveDate::parse_from_str(date, "%Y-%m-%d").is_ok() => {
                Ok(s.to_owned())
            }
            _ => Err(format!(
                "`{s}` must be the reviewer's name, a comma and the day, like \"Dana Ruiz, 2026-01-12\""
            )),
        }
    });
    t.done();
    Phrase { text, reviewed }
}

fn check_braces(t: &Table<'_>, rule: &Rule, text: &str) {
    let pieces = match pieces(text) {
        Ok(pieces) => pieces,
        Err(why) => return t.problem("text", format!("`{}` {why}", rule.key)),
    };
    let names: Vec<&str> = pieces
        .iter()
        .filter_map(|p| if let Piece::Placeholder(name) = p { Some(*name) } else { None })
        .collect();
    for name in &names {
        if !PLACEHOLDERS.contains(name) {
            let near = suggestion(name, PLACEHOLDERS.into_iter());
            t.problem("text", format!("`{{{name}}}` is not a placeholder{near}"));
        } else if !allows(rule, name) {
            t.problem(
                "text",
                format!("`{}` cannot name `{{{name}}}`: it is not known at that point", rule.key),
            );
        }
    }
    for need in rule.needs.iter().filter(|n| !names.contains(n)) {
        t.problem("text", format!("`{}` must name `{{{need}}}`", rule.key));
    }
}

/// What no reply may hold: too many words, a mention, a hashtag, a line that hides another.
fn check_words(t: &Table<'_>, rule: &Rule, text: &str) {
    let long = text.chars().count();
    if long > rule.kind.max_chars() {
        t.problem(
            "text",
            format!("`{}` has {long} characters, at most {} fit", rule.key, rule.kind.max_chars()),
        );
    }
    let mails = rule.kind == Use::Body;
    if text.chars().any(|c| c.is_control() && !(mails && c == '\n')) {
        t.problem(
            "text",
            format!("`{}` holds a line break or another control character; write it on one line", rule.key),
        );
    }
    if !mails && text.contains(['@', '#']) {
        t.problem(
            "text",
            format!("`{}` holds @ or #, which networks turn into a mention or a hashtag", rule.key),
        );
    }
}
