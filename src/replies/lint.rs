//! Does a text sound like this city? Pure: a text and the voice in, remarks with their reasons out.
//!
//! What must not go out stops a reply; what could be better is only said. Both are shown while somebody types, by
//! `onit voice check`, and before a reply goes.

mod grade;
mod wordlist;

use crate::settings::{Lang, Voice};
use crate::span::Span;
use wordlist::Words;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// It may not go out like this.
    Stop,
    /// It could be better.
    Better,
}

/// One thing about a text, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Remark {
    /// How bad.
    pub weight: Weight,
    /// Where in the text; the whole text when it is about all of it. Character offsets.
    pub at: Span,
    /// A sentence: what, why, and what to say in its place.
    pub why: String,
}

/// What is known around a text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Around<'a> {
    /// The language it is written in.
    pub language: Lang,
    /// The channel it goes to; empty when it is for all of them.
    pub channel: &'a str,
    /// A date stands behind what it promises: the ticket has one.
    pub has_due: bool,
}

/// Everything to be said about a text, worst first, then in the order of the text.
#[must_use]
pub fn remarks(voice: &Voice, text: &str, around: Around<'_>) -> Vec<Remark> {
    let words = Words::of(text);
    let whole = Span { start: 0, end: text.chars().count() };
    let mut found = Vec::new();
    for saying in &voice.never {
        let why = reason(&format!("we do not say “{}”", saying.words), &saying.say, &saying.why);
        found.extend(words.find(&saying.words).map(|at| Remark {
            weight: Weight::Stop,
            at,
            why: why.clone(),
        }));
    }
    for word in &voice.internal {
        let why = format!("“{word}” is a word of the house: nobody outside knows it");
        found.extend(words.find(word).map(|at| Remark { weight: Weight::Stop, at, why: why.clone() }));
    }
    if !around.has_due {
        for word in &voice.promises {
            let why = format!(
                "“{word}” promises, and this request has no date yet: set one first, or leave it out"
            );
            found.extend(words.find(word).map(|at| Remark { weight: Weight::Stop, at, why: why.clone() }));
        }
    }
    for saying in &voice.rather {
        let why = reason(&format!("“{}”", saying.words), &saying.say, &saying.why);
        found.extend(words.find(&saying.words).map(|at| Remark {
            weight: Weight::Better,
            at,
            why: why.clone(),
        }));
    }
    found.extend(on_network(voice, text, around.channel, whole));
    found.extend(loud(text, &words, whole));
    found.extend(hard(voice, text, around.language, whole));
    found.sort_by_key(|r| (r.weight, r.at.start, r.at.end));
    found.dedup();
    found
}

fn reason(what: &str, say: &str, why: &str) -> String {
    let say = if say.is_empty() { String::new() } else { format!(": say “{say}”") };
    let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
    format!("{what}{say}{why}")
}

fn on_network(voice: &Voice, text: &str, channel: &str, whole: Span) -> Vec<Remark> {
    let Some(rule) = voice.on(channel) else { return Vec::new() };
    let mut found = Vec::new();
    let most = usize::try_from(rule.max_chars).unwrap_or(usize::MAX);
    if whole.end > most {
        let over = whole.end - most;
        found.push(Remark {
            weight: Weight::Stop,
            at: whole,
            why: format!("is {over} characters longer than the city writes there (policy.toml)"),
        });
    }
    if !rule.links && ["http://", "https://"].iter().any(|s| text.contains(s)) {
        let why = "holds a link, and the city sends none there (policy.toml)".to_owned();
        found.push(Remark { weight: Weight::Stop, at: whole, why });
    }
    found
}

/// Signs in a row that shout.
const LOUD_MARKS: usize = 2;
/// Letters from which a word in capitals shouts; shorter ones are names of agencies.
const LOUD_LETTERS: usize = 5;

fn loud(text: &str, words: &Words<'_>, whole: Span) -> Vec<Remark> {
    let better = |at, why: &str| Remark { weight: Weight::Better, at, why: why.to_owned() };
    let mut found: Vec<Remark> = words
        .in_capitals(LOUD_LETTERS)
        .map(|at| better(at, "reads as shouting: write it in small letters"))
        .collect();
    if text.contains(&"!".repeat(LOUD_MARKS)) {
        found.push(better(whole, "one exclamation mark is enough"));
    }
    found
}

/// Words below which a grade says nothing.
const GRADE_FROM_WORDS: usize = 12;

fn hard(voice: &Voice, text: &str, language: Lang, whole: Span) -> Option<Remark> {
    let counted = grade::count(text);
    let most = f64::from(voice.reading_grade);
    if counted.words < GRADE_FROM_WORDS {
        return None;
    }
    let grade = grade::of(&counted, language);
    (grade > most + 0.05).then(|| Remark {
        weight: Weight::Better,
        at: whole,
        why: format!(
            "reads like grade {grade:.0}, we write for grade {most:.0}: shorter sentences, shorter words"
        ),
    })
}

/// Two texts that say nearly the same: at least nine of ten different words are shared.
#[must_use]
pub fn nearly_the_same(a: &str, b: &str) -> bool {
    let (a, b) = (Words::of(a).set(), Words::of(b).set());
    let shared = a.intersection(&b).count();
    let all = a.union(&b).count();
    all > 0 && shared * 10 >= all * 9
}

#[cfg(test)]
mod tests;
