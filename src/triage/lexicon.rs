//! Phrases that carry meaning, as data in `config/lexicon/`, found in one pass over a post.
//!
//! How phrases are written and found: `phrases.rs`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::model::{SERVICES, service_index};
use super::phrases::{Known, Tree, expand};
use super::text::Words;
use crate::error::{Error, Result};

/// The files, compiled in: the program reads posts without a folder beside it.
const FILES: [(&str, &str); 4] = [
    ("config/lexicon/en.toml", include_str!("../../config/lexicon/en.toml")),
    ("config/lexicon/es.toml", include_str!("../../config/lexicon/es.toml")),
    ("config/lexicon/pt.toml", include_str!("../../config/lexicon/pt.toml")),
    ("config/lexicon/ht.toml", include_str!("../../config/lexicon/ht.toml")),
];

/// What a phrase says about the post besides its service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Cue {
    /// Something is broken, missing, dirty.
    Negative,
    /// Asks somebody to act.
    Request,
    /// Asks in the form of a question ("can someone fix …?", "why has nobody cleaned …").
    Act,
    /// What follows the thanks ("but", "now there is").
    But,
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

/// All phrases of all languages, ready to be looked up.
#[derive(Debug)]
pub(super) struct Lexicon {
    tree: Tree<Mark>,
}

impl Lexicon {
    /// Compiles the phrases that come with the program.
    pub fn built_in() -> Result<Self> {
        let mut lexicon = Self { tree: Tree::new() };
        let mut known = Known::default();
        for (name, text) in FILES {
            lexicon.add(name, text, &mut known)?;
        }
        lexicon.tree.close();
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
                    self.tree.add(phrase, Mark::Service(index, weight), known).map_err(|e| e.at(name))?;
                }
            }
        }
        for (cue, phrases) in &file.cue {
            for phrase in phrases {
                self.tree.add(phrase, Mark::Cue(*cue), known).map_err(|e| e.at(name))?;
            }
        }
        Ok(())
    }

    /// Every phrase of a post, in the order of their first words.
    pub fn find(&self, words: &Words, found: &mut Vec<Hit>) {
        found.clear();
        self.tree.find(words, &mut |mark, first, last| found.push(Hit { mark, first, last }));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_compiles() {
        let lexicon = Lexicon::built_in().unwrap();
        let mut hits = Vec::new();
        lexicon.find(&Words::of("Street lights out at Broad"), &mut hits);
        assert!(hits.iter().any(|h| matches!(h.mark, Mark::Service(0, _))), "{hits:?}");
    }
}
