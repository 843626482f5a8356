//! How good the reading is, against rows whose answer is known. Pure: the caller reads files and prints.
//!
//! The reader is handed nothing but the id and the text of a row.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Reading;

/// One row with its answer.
#[derive(Clone, Debug)]
pub struct GoldRow {
    /// Identity of the row.
    pub id: String,
    /// The words.
    pub text: String,
    /// Where it comes from ("newhaven_scf").
    pub source: String,
    /// The right service; `None` for posts that report nothing.
    pub service: Option<String>,
    /// Every code that counts as right.
    pub accept: Vec<String>,
}

/// Shares are 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Rows with a known service.
    pub rows: usize,
    /// Best guess is the row's own service.
    pub accuracy: f64,
    /// Best guess is one that counts as right.
    pub accept_accuracy: f64,
    /// One of the three guesses counts as right.
    pub top3: f64,
    /// Mean F1 over the services that occur; a guess that counts as right counts for the row's own service.
    pub macro_f1: f64,
    /// Mean distance between stated and true share, over ten bins of equal width.
    pub calibration_error: f64,
    /// Share of rows that can be decided at 90 % precision, and from which probability.
    pub coverage_90: Coverage,
    /// The same at 95 %.
    pub coverage_95: Coverage,
    /// What is stated at [`SURE_P`] or more.
    pub sure: Sure,
}

/// Probability from which a guess is called sure.
pub const SURE_P: f64 = 0.9;

/// Guesses at or above [`SURE_P`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sure {
    /// Share of all rows.
    pub share: f64,
    /// Share of them that is right.
    pub right: f64,
}

/// What can be decided alone at a target precision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Share of rows at or above the gate.
    pub share: f64,
    /// The gate: least probability.
    pub gate_p: f64,
}

/// One service's figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PerService {
    /// Rows of this service.
    pub rows: usize,
    /// Share of its rows found.
    pub recall: f64,
    /// Share of its guesses that are right.
    pub precision: f64,
    /// Harmonic mean of both.
    pub f1: f64,
    /// Coverage at 90 % precision among the rows guessed as this service.
    pub coverage_90: Coverage,
    /// The same at 95 %.
    pub coverage_95: Coverage,
}

/// Everything measured.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Evaluation {
    /// All rows with a service.
    pub all: Figures,
    /// By source.
    pub sources: BTreeMap<String, Figures>,
    /// By service.
    pub services: BTreeMap<String, PerService>,
    /// `confusion[right][guessed]` = rows, wrong ones only.
    pub confusion: BTreeMap<String, BTreeMap<String, usize>>,
    /// Chance that a report is ranked above a post that reports nothing; `None` without both.
    pub report_auc: Option<f64>,
    /// Posts that report nothing.
    pub not_reports: usize,
    /// By guessed service: the probability of each guess, and whether it was right.
    #[serde(skip)]
    pub guesses: BTreeMap<String, Vec<(f64, bool)>>,
}

/// One row read.
struct Judged {
    source: String,
    gold: String,
    guess: String,
    p: f64,
    exact: bool,
    right: bool,
    top3: bool,
}

/// Reads every row and measures. `progress` is told the number of rows done, now and then.
pub fn evaluate(
    rows: &[GoldRow],
    mut read: impl FnMut(&str, &str) -> Reading,
    progress: &mut dyn FnMut(usize),
) -> Evaluation {
    let mut judged = Vec::with_capacity(rows.len());
    let mut ranks = Vec::with_capacity(rows.len());
    for (done, row) in rows.iter().enumerate() {
        let reading = read(&row.id, &row.text);
        ranks.push((reading.report_p, row.service.is_some()));
        if let Some(gold) = &row.service {
            judged.push(judge(row, gold, &reading));
        }
        if done % 256 == 255 {
            progress(done + 1);
        }
    }
    progress(rows.len());
    let mut by_source: BTreeMap<String, Vec<&Judged>> = BTreeMap::new();
    for j in &judged {
        by_source.entry(j.source.clone()).or_default().push(j);
    }
    let all: Vec<&Judged> = judged.iter().collect();
    let mut guesses: BTreeMap<String, Vec<(f64, bool)>> = BTreeMap::new();
    for j in &judged {
        guesses.entry(j.guess.clone()).or_default().push((j.p, j.right));
    }
    Evaluation {
        guesses,
        all: figures(&all),
        sources: by_source.into_iter().map(|(source, rows)| (source, figures(&rows))).collect(),
        services: per_service(&all),
        confusion: confusion(&all),
        not_reports: rows.len() - judged.len(),
        report_auc: auc(ranks),
    }
}

fn judge(row: &GoldRow, gold: &str, reading: &Reading) -> Judged {
    let right = |code: &str| code == gold || row.accept.iter().any(|a| a == code);
    let first = reading.services.first();
    let guess = first.map_or_else(String::new, |s| s.code.clone());
    Judged {
        source: row.source.clone(),
        gold: gold.to_owned(),
        exact: guess == gold,
        right: right(&guess),
        top3: reading.services.iter().take(3).any(|s| right(&s.code)),
        p: first.map_or(0.0, |s| s.p),
        guess,
    }
}

fn share(n: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { n as f64 / of as f64 }
}

fn figures(rows: &[&Judged]) -> Figures {
    let of = |test: fn(&Judged) -> bool| share(rows.iter().filter(|j| test(j)).count(), rows.len());
    let services = per_service(rows);
    let known: Vec<f64> = services.values().filter(|s| s.rows > 0).map(|s| s.f1).collect();
    Figures {
        rows: rows.len(),
        accuracy: of(|j| j.exact),
        accept_accuracy: of(|j| j.right),
        top3: of(|j| j.top3),
        macro_f1: known.iter().sum::<f64>() / known.len().max(1) as f64,
        calibration_error: calibration_error(rows),
        coverage_90: coverage(guessed(rows), 0.90),
        coverage_95: coverage(guessed(rows), 0.95),
        sure: sure(rows),
    }
}

fn sure(rows: &[&Judged]) -> Sure {
    let stated = rows.iter().filter(|j| j.p >= SURE_P);
    let (all, right) = stated.fold((0, 0), |(all, right), j| (all + 1, right + usize::from(j.right)));
    Sure { share: share(all, rows.len()), right: share(right, all) }
}

fn calibration_error(rows: &[&Judged]) -> f64 {
    let mut bins = [(0_usize, 0.0_f64, 0_usize); 10];
    for j in rows {
        let bin = &mut bins[((j.p * 10.0) as usize).min(9)];
        bin.0 += 1;
        bin.1 += j.p;
        bin.2 += usize::from(j.right);
    }
    let gap: f64 = bins.iter().map(|(_, stated, right)| (stated - *right as f64).abs()).sum();
    gap / rows.len().max(1) as f64
}

fn guessed(rows: &[&Judged]) -> Vec<(f64, bool)> {
    rows.iter().map(|j| (j.p, j.right)).collect()
}

/// The most guesses (probability, right) that can be decided at a precision, and the gate that does it.
pub(super) fn coverage(mut sorted: Vec<(f64, bool)>, precision: f64) -> Coverage {
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut best, mut right) = (Coverage::default(), 0);
    for (i, (p, good)) in sorted.iter().enumerate() {
        right += usize::from(*good);
        let tied = sorted.get(i + 1).is_some_and(|next| next.0 == *p);
        if !tied && share(right, i + 1) >= precision {
            best = Coverage { share: share(i + 1, sorted.len()), gate_p: *p };
        }
    }
    best
}

/// The service a guess counts for: the row's own when it counts as right.
fn counted(j: &Judged) -> &str {
    if j.right { &j.gold } else { &j.guess }
}

fn per_service(rows: &[&Judged]) -> BTreeMap<String, PerService> {
    let mut codes: Vec<&str> = rows.iter().flat_map(|j| [j.gold.as_str(), counted(j)]).collect();
    codes.sort_unstable();
    codes.dedup();
    let one = |code: &str| {
        let gold = rows.iter().filter(|j| j.gold == code).count();
        let taken = rows.iter().filter(|j| counted(j) == code).count();
        let hit = rows.iter().filter(|j| j.gold == code && counted(j) == code).count();
        let mine: Vec<&Judged> = rows.iter().copied().filter(|j| j.guess == code).collect();
        PerService {
            rows: gold,
            recall: share(hit, gold),
            precision: share(hit, taken),
            f1: share(2 * hit, gold + taken),
            coverage_90: coverage(guessed(&mine), 0.90),
            coverage_95: coverage(guessed(&mine), 0.95),
        }
    };
    codes.into_iter().map(|code| (code.to_owned(), one(code))).collect()
}

fn confusion(rows: &[&Judged]) -> BTreeMap<String, BTreeMap<String, usize>> {
    let mut table: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for j in rows.iter().filter(|j| !j.right) {
        *table.entry(j.gold.clone()).or_default().entry(j.guess.clone()).or_default() += 1;
    }
    table
}

/// Area under the curve by ranks; ties count half.
fn auc(mut ranks: Vec<(f64, bool)>) -> Option<f64> {
    let yes = ranks.iter().filter(|r| r.1).count();
    let no = ranks.len() - yes;
    if yes == 0 || no == 0 {
        return None;
    }
    ranks.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut sum) = (0.0, 0.0);
    for tied in ranks.chunk_by(|a, b| a.0 == b.0) {
        let yes_here = tied.iter().filter(|r| r.1).count() as f64;
        let no_here = tied.len() as f64 - yes_here;
        sum += yes_here * (below + no_here / 2.0);
        below += no_here;
    }
    Some(sum / (yes as f64 * no as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    use super::super::{Kind, ServiceGuess};
    use crate::settings::{Lang, Urgency};

    fn near(found: f64, expect: f64) {
        assert!((found - expect).abs() < 1e-9, "{found} instead of {expect}");
    }

    /// A row of source "s" or "t" whose service and accepted ones are these; the text says what will be guessed.
    fn row(source: &str, accept: &str, guessed: &str) -> GoldRow {
        let accept: Vec<String> = accept.split_whitespace().map(str::to_owned).collect();
        let (id, text) = (String::new(), guessed.to_owned());
        GoldRow { id, text, source: source.to_owned(), service: accept.first().cloned(), accept }
    }

    /// Guesses what the text says: "a .9 b .05", and a report at .8 unless it says "no report".
    fn reader(_: &str, text: &str) -> Reading {
        let words: Vec<&str> = text.split_whitespace().collect();
        let guess = |pair: &[&str]| {
            let p = pair.get(1)?.parse().ok()?;
            Some(ServiceGuess { code: pair[0].to_owned(), p, evidence: Vec::new() })
        };
        Reading {
            kind: Kind::Report,
            kind_p: 1.0,
            report_p: if text == "no report" { 0.1 } else { 0.8 },
            services: words.chunks(2).filter_map(guess).collect(),
            concerns: Vec::new(),
            urgency: Urgency::Normal,
            urgency_evidence: Vec::new(),
            welfare: false,
            language: Lang::En,
            personal_data: Vec::new(),
            version: String::new(),
        }
    }

    fn small_set() -> Evaluation {
        let rows = [
            row("s", "a", "a .95 b .03 c .02"),
            // Wrong, but the second guess is right.
            row("s", "a", "b .6 a .3 c .1"),
            row("s", "b", "b .9 a .1"),
            // Not the row's own service, but one that counts as right.
            row("t", "b c", "c .8 a .2"),
            row("t", "c", "a .4 b .3 d .2"),
            row("t", "", "no report"),
        ];
        let mut told = Vec::new();
        let found = evaluate(&rows, reader, &mut |n| told.push(n));
        assert_eq!(told, [rows.len()]);
        found
    }

    #[test]
    fn figures_by_hand() {
        let f = small_set().all;
        assert_eq!(f.rows, 5);
        near(f.accuracy, 2.0 / 5.0);
        near(f.accept_accuracy, 3.0 / 5.0);
        near(f.top3, 4.0 / 5.0);
        // a: 1 of 2 found, 1 of 2 guesses right; b: 2 of 2 found, 2 of 3; c: 0 of 1. Nobody has d.
        near(f.macro_f1, (0.5 + 0.8 + 0.0) / 3.0);
        // Bins: .9 and more holds .95 and .9, both right; .8 right; .6 wrong; .4 wrong.
        near(f.calibration_error, (0.15 + 0.2 + 0.6 + 0.4) / 5.0);
        // Three right ones first; with the fourth it would be three of four.
        assert_eq!(f.coverage_90, Coverage { share: 0.6, gate_p: 0.8 });
        assert_eq!(f.coverage_95, f.coverage_90);
        assert_eq!(f.sure, Sure { share: 0.4, right: 1.0 });
    }

    #[test]
    fn figures_by_source_and_service_by_hand() {
        let found = small_set();
        assert_eq!(found.sources.keys().collect::<Vec<_>>(), ["s", "t"]);
        assert_eq!((found.sources["s"].rows, found.sources["t"].rows), (3, 2));
        near(found.sources["s"].accept_accuracy, 2.0 / 3.0);
        near(found.sources["t"].accept_accuracy, 0.5);
        near(found.sources["t"].accuracy, 0.0);
        let b = &found.services["b"];
        assert_eq!(b.rows, 2);
        near(b.recall, 1.0);
        near(b.precision, 2.0 / 3.0);
        near(b.f1, 0.8);
        // Of the two rows guessed as b the surer one is right.
        assert_eq!(b.coverage_90, Coverage { share: 0.5, gate_p: 0.9 });
        near(found.services["c"].f1, 0.0);
        assert_eq!(found.confusion["a"]["b"], 1);
        assert_eq!(found.confusion["c"]["a"], 1);
        assert_eq!(found.confusion.values().map(|row| row.values().sum::<usize>()).sum::<usize>(), 2);
        assert_eq!((found.not_reports, found.report_auc), (1, Some(1.0)));
    }

    #[test]
    fn coverage_takes_rows_that_tie_together() {
        let rows =
            [row("s", "a", "a .9"), row("s", "a", "a .7"), row("s", "b", "a .7"), row("s", "a", "a .7")];
        let f = evaluate(&rows, reader, &mut |_| {}).all;
        assert_eq!(f.coverage_90, Coverage { share: 0.25, gate_p: 0.9 });
        let none = evaluate(&[], reader, &mut |_| {});
        assert_eq!((none.all.rows, none.all.coverage_95.share, none.report_auc), (0, 0.0, None));
    }

    #[test]
    fn auc_by_hand() {
        assert_eq!(auc(vec![(0.9, true), (0.5, true), (0.5, false), (0.1, false)]), Some(0.875));
        assert_eq!(auc(vec![(0.9, true)]), None);
    }
}
