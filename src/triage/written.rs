//! How the reader does on posts written for it: urgency and personal data, with the intervals that few rows leave.
//!
//! Pure: the caller reads files and prints. The reader is handed nothing but the text and its language.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{PersonalData, PersonalKind, Reading};
use crate::settings::{Lang, Urgency};

/// Standard deviations on either side of an interval that holds the true share 95 times of 100.
const Z: f64 = 1.959_964;

/// A share, and where the true one lies (95 %, Wilson); shares are 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Rate {
    /// Rows that did.
    pub hit: usize,
    /// Rows that could.
    pub of: usize,
    /// `hit / of`; 0 without rows.
    pub share: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Rate {
    /// The share of `hit` in `of`.
    #[must_use]
    pub fn new(hit: usize, of: usize) -> Self {
        if of == 0 {
            return Self { high: 1.0, ..Self::default() };
        }
        let (n, share) = (of as f64, hit as f64 / of as f64);
        let middle = share + Z * Z / (2.0 * n);
        let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        let whole = 1.0 + Z * Z / n;
        let (low, high) = ((middle - half) / whole, (middle + half) / whole);
        Self { hit, of, share, low: low.max(0.0), high: high.min(1.0) }
    }

    /// Of the rows that could, those that did.
    fn among(rows: impl Iterator<Item = bool>) -> Self {
        let (hit, of) = rows.fold((0, 0), |(hit, of), did| (hit + usize::from(did), of + 1));
        Self::new(hit, of)
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { hit, of, share, low, high } = self;
        write!(f, "{hit}/{of} = {share:.3} ({low:.3} to {high:.3})")
    }
}

/// A post with its urgency, as `tests/data/urgency_*.jsonl` hold them.
#[derive(Clone, Debug, Deserialize)]
pub struct UrgentRow {
    /// The words.
    pub text: String,
    /// Their language.
    #[serde(alias = "lang")]
    pub language: Lang,
    /// The right level.
    pub urgency: Urgency,
}

/// Urgency on a set of posts.
#[derive(Clone, Debug, Serialize)]
pub struct UrgencyFigures {
    /// Emergencies found, of all that are.
    pub emergency_recall: Rate,
    /// Emergencies that are, of all that were said to be.
    pub emergency_precision: Rate,
    /// Posts said to be urgent or more, of all that are.
    pub urgent_recall: Rate,
    /// Urgent or more, of all that were said to be.
    pub urgent_precision: Rate,
    /// Normal posts left alone, of all normal ones.
    pub left_alone: Rate,
}

/// Figures of urgency, by language and for "all".
pub fn urgency(
    rows: &[UrgentRow],
    mut read: impl FnMut(&str, Lang) -> Reading,
) -> BTreeMap<String, UrgencyFigures> {
    let judged: Vec<(Lang, Urgency, Urgency)> =
        rows.iter().map(|r| (r.language, r.urgency, read(&r.text, r.language).urgency)).collect();
    by_language(
        &judged,
        |j| j.0,
        |judged| {
            let recall =
                |least: Urgency| Rate::among(judged.iter().filter(|j| j.1 >= least).map(|j| j.2 >= least));
            let precision =
                |least: Urgency| Rate::among(judged.iter().filter(|j| j.2 >= least).map(|j| j.1 >= least));
            UrgencyFigures {
                emergency_recall: recall(Urgency::Emergency),
                emergency_precision: precision(Urgency::Emergency),
                urgent_recall: recall(Urgency::Urgent),
                urgent_precision: precision(Urgency::Urgent),
                left_alone: Rate::among(
                    judged.iter().filter(|j| j.1 == Urgency::Normal).map(|j| j.2 == Urgency::Normal),
                ),
            }
        },
    )
}

/// A post with what must be hidden in it, as `tests/data/personal_data_*.jsonl` hold them.
#[derive(Clone, Debug, Deserialize)]
pub struct PersonalRow {
    /// The words.
    pub text: String,
    /// Their language.
    #[serde(alias = "lang", default)]
    pub language: Lang,
    /// What must be hidden; in characters.
    #[serde(alias = "spans")]
    pub personal_data: Vec<PersonalData>,
}

/// Personal data on a set of posts.
#[derive(Clone, Debug, Serialize)]
pub struct PersonalFigures {
    /// By kind: stretches of which every letter and digit is hidden, of all that must be.
    pub recall: BTreeMap<PersonalKind, Rate>,
    /// Hidden stretches that meet one that must be, of all that were hidden.
    pub precision: Rate,
}

/// Figures of personal data, by language and for "all".
pub fn personal(
    rows: &[PersonalRow],
    mut read: impl FnMut(&str, Lang) -> Reading,
) -> BTreeMap<String, PersonalFigures> {
    let judged: Vec<(&PersonalRow, Vec<PersonalData>)> =
        rows.iter().map(|r| (r, read(&r.text, r.language).personal_data)).collect();
    by_language(
        &judged,
        |j| j.0.language,
        |judged| {
            let mut kinds: BTreeMap<PersonalKind, (usize, usize)> = BTreeMap::new();
            for (row, found) in judged {
                for gold in &row.personal_data {
                    let count = kinds.entry(gold.kind).or_default();
                    count.0 += usize::from(hidden(&row.text, gold, found));
                    count.1 += 1;
                }
            }
            let meets = |row: &PersonalRow, p: &PersonalData| {
                row.personal_data.iter().any(|g| g.start < p.end && p.start < g.end)
            };
            PersonalFigures {
                recall: kinds.into_iter().map(|(kind, (hit, of))| (kind, Rate::new(hit, of))).collect(),
                precision: Rate::among(
                    judged.iter().flat_map(|(row, found)| found.iter().map(move |p| meets(row, p))),
                ),
            }
        },
    )
}

/// True when no letter or digit of a stretch stays visible.
fn hidden(text: &str, gold: &PersonalData, found: &[PersonalData]) -> bool {
    let covered = |at: usize| found.iter().any(|p| (p.start..p.end).contains(&at));
    let mut stretch = text.chars().enumerate().take(gold.end).skip(gold.start);
    stretch.all(|(at, c)| !c.is_alphanumeric() || covered(at))
}

/// What `measure` says of the rows of each language, and of all.
fn by_language<T, F>(
    rows: &[T],
    language: impl Fn(&T) -> Lang,
    measure: impl Fn(&[&T]) -> F,
) -> BTreeMap<String, F> {
    let all: Vec<&T> = rows.iter().collect();
    let mut figures = BTreeMap::from([("all".to_owned(), measure(&all))]);
    for lang in Lang::ALL {
        let own: Vec<&T> = rows.iter().filter(|r| language(r) == lang).collect();
        if !own.is_empty() {
            figures.insert(lang.as_str().to_owned(), measure(&own));
        }
    }
    figures
}

#[cfg(test)]
mod tests {
    use super::super::{Context, Model, SERVICES, read};
    use super::*;

    #[test]
    fn intervals_as_in_the_books() {
        let check = |hit, of, low: f64, high: f64| {
            let rate = Rate::new(hit, of);
            assert!((rate.low - low).abs() < 5e-4 && (rate.high - high).abs() < 5e-4, "{rate}");
        };
        check(145, 150, 0.924, 0.986);
        check(10, 10, 0.722, 1.0);
        check(0, 10, 0.0, 0.278);
        check(0, 0, 0.0, 1.0);
    }

    fn reader() -> impl FnMut(&str, Lang) -> Reading {
        let codes: Vec<String> = SERVICES.iter().map(|s| (*s).to_owned()).collect();
        let model = Model::built_in(&codes).unwrap();
        move |text, lang| read(&model, text, &Context::alone(lang))
    }

    /// Lines as others write them; the third is one that no reader can know.
    #[test]
    fn urgency_by_hand() {
        let lines = [
            r#"{"text":"wire down across the sidewalk, sparking","urgency":"emergency","lang":"en"}"#,
            r#"{"id":"x","text":"huele a gas en mi casa","urgency":"emergency","language":"es"}"#,
            r#"{"text":"graffiti on the wall","urgency":"emergency","lang":"en"}"#,
            r#"{"text":"graffiti on the other wall","urgency":"normal","lang":"en"}"#,
        ];
        let rows: Vec<UrgentRow> = lines.iter().map(|l| serde_json::from_str(l).unwrap()).collect();
        let figures = urgency(&rows, reader());
        assert_eq!(figures.keys().collect::<Vec<_>>(), ["all", "en", "es"]);
        let all = &figures["all"];
        assert_eq!((all.emergency_recall.hit, all.emergency_recall.of), (2, 3));
        assert_eq!((all.emergency_precision.hit, all.emergency_precision.of), (2, 2));
        assert_eq!((all.left_alone.hit, all.left_alone.of), (1, 1));
        assert_eq!((figures["en"].emergency_recall.hit, figures["es"].emergency_recall.of), (1, 1));
    }

    #[test]
    fn personal_data_by_hand() {
        let lines = [
            r#"{"text":"call 203-555-0134","spans":[{"start":5,"end":17,"kind":"phone"}]}"#,
            r#"{"text":"nothing here","spans":[{"start":0,"end":7,"kind":"phone"}]}"#,
            r#"{"text":"mail ana@x.example","language":"es","personal_data":[]}"#,
        ];
        let rows: Vec<PersonalRow> = lines.iter().map(|l| serde_json::from_str(l).unwrap()).collect();
        let figures = personal(&rows, reader());
        let all = &figures["all"];
        assert_eq!((all.recall[&PersonalKind::Phone].hit, all.recall[&PersonalKind::Phone].of), (1, 2));
        assert_eq!((all.precision.hit, all.precision.of), (1, 2));
        assert_eq!((figures["es"].precision.hit, figures["es"].precision.of), (0, 1));
    }
}
