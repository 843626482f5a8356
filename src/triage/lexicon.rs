//! Phrases that carry meaning, as data in `config/lexicon/`, found in one pass over a post.
//!
//! A phrase is words; `(a|b c|)` stands for any of its alternatives, `..` for up to five words of the
//! same sentence, `_` for up to two. Everything is expanded once and looked up by hash: no regular expression runs on a post.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use serde::Deserialize;

use super::model::{SERVICES, service_index};
use super::text::{Break, Words, mix};
use crate::error::{Error, Result};

/// The files, compiled in: the program reads posts without a folder beside it.
const FILES: [(&str, &str); 4] = [
    ("config/lexicon/en.toml", include_str!("../../config/lexicon/en.toml")),
    ("config/lexicon/es.toml", include_str!("../../config/lexicon/es.toml")),
    ("config/lexicon/pt.toml", include_str!("../../config/lexicon/pt.toml")),
    ("config/lexicon/ht.toml", include_str!("../../config/lexicon/ht.toml")),
];
/// Words that `..` and `_` may pass over.
const WIDE_GAP_WORDS: u8 = 5;
const NARROW_GAP_WORDS: u8 = 2;
/// A phrase may stand for at most so many plain ones.
const MAX_ALTERNATIVES: usize = 1024;

/// What a phrase says about the post besides its service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Cue {
    /// Something is broken, missing, dirty.
    Negative,
    /// Asks somebody to act.
    Request,
    /// For how long.
    Duration,
    /// Names a kind of place ("in front of", "corner of").
    Place,
    /// Opens a question.
    Question,
    /// Says thank you.
    Thanks,
    /// Headlines, politics, events.
    News,
    /// Sells something.
    Advert,
    /// Opinions, jokes and insults without a matter.
    Chatter,
    /// In a thread: how far is it?
    Status,
    /// In a thread: not mended.
    StillBroken,
    /// In a thread: mended.
    Fixed,
    /// Harm to a person now.
    EmergencyPerson,
    /// A thing that can hurt within the hour.
    EmergencyHazard,
    /// Harm to a person within the day.
    UrgentPerson,
    /// A service many depend on is down.
    UrgentService,
    /// A thing people need to live is off ("no heat").
    Lack,
    /// Somebody frail ("newborn", "on oxygen").
    Frail,
    /// Cut off from what one needs to live, whoever it is.
    Welfare,
    /// A figure of speech or a harmless name: voids what it overlaps.
    Figure,
    /// Long ago.
    Past,
    /// Over and done.
    Over,
    /// Somewhere else.
    Elsewhere,
    /// In general, maybe, a drill.
    Maybe,
    /// Not so.
    Not,
    /// Still, again, now: voids the past.
    Now,
}

/// What one phrase means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mark {
    /// Speaks for a service, by index into [`SERVICES`], with this weight.
    Service(u8, f32),
    /// Says something else.
    Cue(Cue),
}

/// A phrase found in a post: words `first..=last`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    pub mark: Mark,
    pub first: usize,
    pub last: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    service: BTreeMap<String, Phrases>,
    cue: BTreeMap<Cue, Vec<String>>,
}

/// Phrases of one service by how much they say.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Phrases {
    strong: Vec<String>,
    plain: Vec<String>,
    weak: Vec<String>,
}

const STRONG: f32 = 3.0;
const PLAIN: f32 = 1.5;
const WEAK: f32 = 0.6;

/// One word of a phrase.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Step {
    stem: u64,
    /// So many other words may stand before this one.
    gap: u8,
}

#[derive(Debug)]
struct Phrase {
    steps: Box<[Step]>,
    mark: Mark,
}

/// The keys are hashes already.
#[derive(Default)]
pub(super) struct Ready(u64);

impl Hasher for Ready {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.0 = mix(self.0, u64::from(*b));
        }
    }
    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}

type Table = HashMap<u64, Vec<u32>, BuildHasherDefault<Ready>>;

/// All phrases of all languages, ready to be looked up.
#[derive(Debug)]
pub(super) struct Lexicon {
    phrases: Vec<Phrase>,
    /// By first word: phrases of one word, and those with a gap behind the first.
    single: Table,
    /// By the first two words.
    pair: Table,
}

impl Lexicon {
    /// Compiles the phrases that come with the program.
    pub fn built_in() -> Result<Self> {
        let mut lexicon = Self { phrases: Vec::new(), single: Table::default(), pair: Table::default() };
        let mut known = Known::new();
        for (name, text) in FILES {
            lexicon.add(name, text, &mut known)?;
        }
        Ok(lexicon)
    }

    fn add(&mut self, name: &str, text: &str, known: &mut Known) -> Result<()> {
        let file: File = toml::from_str(text).map_err(|e| Error::Invalid(format!("{name}: {e}")))?;
        for (code, phrases) in &file.service {
            let Some(index) = service_index(code) else {
                return Err(Error::Invalid(format!(
                    "{name}: service \"{code}\" is not one of the {} the reader knows",
                    SERVICES.len()
                )));
            };
            for (list, weight) in [(&phrases.strong, STRONG), (&phrases.plain, PLAIN), (&phrases.weak, WEAK)]
            {
                for phrase in list {
                    self.add_phrase(phrase, Mark::Service(index, weight), known).map_err(|e| e.at(name))?;
                }
            }
        }
        for (cue, phrases) in &file.cue {
            for phrase in phrases {
                self.add_phrase(phrase, Mark::Cue(*cue), known).map_err(|e| e.at(name))?;
            }
        }
        Ok(())
    }

    fn add_phrase(&mut self, phrase: &str, mark: Mark, known: &mut Known) -> Result<()> {
        for plain in expand(phrase)? {
            let steps = steps(&plain, known);
            let Some(first) = steps.first().copied() else {
                return Err(Error::Invalid(format!("the phrase \"{phrase}\" holds no word")));
            };
            let at = u32::try_from(self.phrases.len()).unwrap_or(u32::MAX);
            match steps.get(1) {
                Some(second) if second.gap == 0 => {
                    self.pair.entry(mix(first.stem, second.stem)).or_default().push(at);
                }
                _ => self.single.entry(first.stem).or_default().push(at),
            }
            self.phrases.push(Phrase { steps: steps.into_boxed_slice(), mark });
        }
        Ok(())
    }

    /// Every phrase of a post, in reading order.
    pub fn find(&self, words: &Words, found: &mut Vec<Hit>) {
        found.clear();
        for (i, word) in words.list.iter().enumerate() {
            if let Some(ids) = self.single.get(&word.stem) {
                self.confirm(ids, words, i, found);
            }
            if let Some(next) = words.list.get(i + 1)
                && let Some(ids) = self.pair.get(&mix(word.stem, next.stem))
            {
                self.confirm(ids, words, i, found);
            }
        }
    }

    fn confirm(&self, ids: &[u32], words: &Words, first: usize, found: &mut Vec<Hit>) {
        for phrase in ids.iter().filter_map(|id| self.phrases.get(*id as usize)) {
            if let Some(last) = last_word(&phrase.steps, words, first) {
                found.push(Hit { mark: phrase.mark, first, last });
            }
        }
    }

    /// Every phrase as plain words with the service it speaks for: training rows for rare services.
    pub fn service_phrases() -> Result<Vec<(u8, String)>> {
        let mut rows = Vec::new();
        for (name, text) in FILES {
            let file: File = toml::from_str(text).map_err(|e| Error::Invalid(format!("{name}: {e}")))?;
            for (code, phrases) in &file.service {
                let index = service_index(code).unwrap_or_default();
                for phrase in phrases.strong.iter().chain(&phrases.plain) {
                    rows.extend(
                        expand(phrase)?
                            .into_iter()
                            .take(8)
                            .map(|p| (index, p.replace(" .. ", " ").replace(" _ ", " "))),
                    );
                }
            }
        }
        Ok(rows)
    }
}

/// The last word of a phrase that starts at `first`, if it stands there.
fn last_word(steps: &[Step], words: &Words, first: usize) -> Option<usize> {
    let mut at = first;
    for step in steps.get(1..)? {
        let reach = usize::from(step.gap) + 1;
        let mut hit = None;
        for j in at + 1..=at + reach {
            let word = words.list.get(j)?;
            if word.gap == Break::Stop {
                break;
            }
            if word.stem == step.stem {
                hit = Some(j);
                break;
            }
        }
        at = hit?;
    }
    Some(at)
}

/// Stems of words met before: the same few thousand come back in every phrase.
type Known = HashMap<String, Vec<u64>>;

fn steps(plain: &str, known: &mut Known) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut gap = 0;
    for part in plain.split_whitespace() {
        match part {
            ".." => gap = WIDE_GAP_WORDS,
            "_" => gap = NARROW_GAP_WORDS,
            _ => {
                if !known.contains_key(part) {
                    known.insert(part.to_owned(), Words::of(part).list.iter().map(|w| w.stem).collect());
                }
                for stem in known.get(part).into_iter().flatten() {
                    steps.push(Step { stem: *stem, gap });
                    gap = 0;
                }
            }
        }
    }
    steps
}

/// All plain phrases that `(a|b)` groups stand for.
fn expand(phrase: &str) -> Result<Vec<String>> {
    let mut done = vec![String::new()];
    let mut rest = phrase;
    while let Some(open) = rest.find('(') {
        let close = rest.find(')').filter(|c| *c > open);
        let close = close.ok_or_else(|| {
            Error::Invalid(format!("the phrase \"{phrase}\" opens a group it never closes"))
        })?;
        let (before, group) = (&rest[..open], &rest[open + 1..close]);
        if group.contains('(') {
            return Err(Error::Invalid(format!(
                "the phrase \"{phrase}\" has a group within a group; write two"
            )));
        }
        let mut next = Vec::new();
        for start in &done {
            next.extend(group.split('|').map(|choice| format!("{start}{before}{choice}")));
        }
        done = next;
        rest = &rest[close + 1..];
        if done.len() > MAX_ALTERNATIVES {
            return Err(Error::Invalid(format!(
                "the phrase \"{phrase}\" stands for more than {MAX_ALTERNATIVES} phrases; split it"
            )));
        }
    }
    for plain in &mut done {
        plain.push_str(rest);
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_expand() {
        let all = expand("(gas|) leak .. (now|here)").unwrap();
        assert_eq!(all, ["gas leak .. now", "gas leak .. here", " leak .. now", " leak .. here"]);
        assert!(expand("(never closed").is_err());
        assert!(expand("(a|b (c|d))").is_err());
    }

    #[test]
    fn gaps_stay_in_the_sentence() {
        let phrase = steps("wire .. down", &mut Known::new());
        let check = |text: &str, expect: Option<usize>| {
            assert_eq!(last_word(&phrase, &Words::of(text), 0), expect, "{text}");
        };
        check("wire down", Some(1));
        check("wires on the street, down again", Some(4));
        check("wire! Down with it", None);
        check("wire a b c d e f down", None);
    }

    #[test]
    fn every_file_compiles() {
        let lexicon = Lexicon::built_in().unwrap();
        let mut hits = Vec::new();
        lexicon.find(&Words::of("Street lights out at Broad"), &mut hits);
        assert!(hits.iter().any(|h| matches!(h.mark, Mark::Service(0, _))), "{hits:?}");
    }
}
