//! Do two posts speak of one thing? Words compared letter by letter, so that typos and endings do not matter, and
//! the kinds of thing they name (color, side of the street), which tell two problems at one corner apart.

use std::collections::{BTreeSet, HashSet};

use crate::settings::{Joining, plain};

/// Letters of a text that are compared; a report says what it is about in its first lines.
const TEXT_CHARS: usize = 600;
/// Letters that are compared together.
const GRAM: usize = 3;
/// Shorter words carry nothing: "at", "on", "en", "na".
const WORD_CHARS: usize = 3;

/// The words of one side, made ready for comparing.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// Groups of three letters, a set for each text.
    texts: Vec<HashSet<[char; GRAM]>>,
    /// For each list of `tell_apart`: which kinds are named.
    named: Vec<BTreeSet<usize>>,
}

/// What two sides' words say about each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Alike {
    /// 0 nothing in common, 1 the same words.
    pub share: f64,
    /// Lists in which both name the same kind.
    pub same: Vec<usize>,
    /// Lists in which both name something and nothing of it is the same.
    pub apart: Vec<usize>,
}

impl Words {
    /// Reads texts about a place; words of the place's own name say where, not what, and are left out.
    #[must_use]
    pub fn of<'t>(texts: impl IntoIterator<Item = &'t str>, place_label: &str, joining: &Joining) -> Self {
        let label: HashSet<String> = words(place_label).into_iter().collect();
        let mut read = Self { texts: Vec::new(), named: vec![BTreeSet::new(); joining.tell_apart.len()] };
        for text in texts {
            let kept: Vec<String> = words(text).into_iter().filter(|w| !label.contains(w)).collect();
            read.texts.push(
                kept.iter().filter(|w| w.chars().count() >= WORD_CHARS).flat_map(|w| grams(w)).collect(),
            );
            for (list, named) in joining.tell_apart.iter().zip(&mut read.named) {
                for (n, kind) in list.kinds.iter().enumerate() {
                    if kind.iter().any(|k| kept.contains(k)) {
                        named.insert(n);
                    }
                }
            }
        }
        read
    }

    /// Compares with another side: the most alike of their texts counts.
    #[must_use]
    pub fn alike(&self, other: &Self) -> Alike {
        let pairs = self.texts.iter().flat_map(|a| other.texts.iter().map(move |b| share(a, b)));
        let mut alike = Alike { share: pairs.fold(0.0, f64::max), ..Alike::default() };
        for (n, (mine, theirs)) in self.named.iter().zip(&other.named).enumerate() {
            if mine.is_empty() || theirs.is_empty() {
                continue;
            }
            if mine.is_disjoint(theirs) { alike.apart.push(n) } else { alike.same.push(n) }
        }
        alike
    }
}

/// What both have in common, measured against the mean of both (Dice): a short post is not put off by a long one.
fn share(a: &HashSet<[char; GRAM]>, b: &HashSet<[char; GRAM]>) -> f64 {
    let all = a.len() + b.len();
    if all == 0 {
        return 0.0;
    }
    let both = a.intersection(b).count();
    #[expect(clippy::cast_precision_loss, reason = "a few hundred letters")]
    let share = 2.0 * both as f64 / all as f64;
    share
}

/// Lower-case words without accents, in order; numbers are left out.
fn words(text: &str) -> Vec<String> {
    let start: String = text.chars().take(TEXT_CHARS).collect();
    plain(&start)
        .split(|c: char| !c.is_alphanumeric() && c != '-')
        .map(|w| w.trim_matches('-'))
        .filter(|w| !w.is_empty() && !w.chars().all(|c| c.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}

/// Groups of three letters with the word's borders: "hole" -> _ho hol ole le_.
fn grams(word: &str) -> Vec<[char; GRAM]> {
    let letters: Vec<char> = std::iter::once('_').chain(word.chars()).chain(std::iter::once('_')).collect();
    letters.windows(GRAM).filter_map(|w| w.try_into().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn words_and_kinds() {
        let joining = Settings::built_in(std::iter::empty()).unwrap().joining;
        let of = |text: &str| Words::of([text], "Green St & Broad St", &joining);
        let check = |a: &str, b: &str, least: f64, most: f64, apart: usize| {
            let alike = of(a).alike(&of(b));
            assert!((least..=most).contains(&alike.share), "{a} / {b}: {alike:?}");
            assert_eq!(alike.apart.len(), apart, "{a} / {b}: {alike:?}");
        };
        check("Deep pothole at Green & Broad", "deep pothole at Green St", 1.0, 1.0, 0);
        check("Deep potole", "deep pothole", 0.5, 0.9, 0);
        check("Bache enorme", "deep pothole", 0.0, 0.05, 0);
        check("north side", "the southbound lane", 0.0, 0.2, 1);
        check("red car", "carro rojo", 0.0, 0.4, 0);
        // The green of the van may be that of the street: only the kind of car tells them apart.
        check("red car on Green St", "a green van", 0.0, 0.4, 1);
        check("", "", 0.0, 0.0, 0);
    }
}
