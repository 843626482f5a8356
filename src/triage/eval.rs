//! How good the reading is, against rows whose answer is known. Pure: the caller reads files and prints.
//!
//! The reader is handed nothing but the id and the text of a row.

use std::collections::BTreeMap;

use serde::Serialize;

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
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
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
}

/// What can be decided alone at a target precision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
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
    Evaluation {
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
        coverage_90: coverage(rows, 0.90),
        coverage_95: coverage(rows, 0.95),
    }
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

/// The most rows that can be decided at a precision, and the gate that does it.
fn coverage(rows: &[&Judged], precision: f64) -> Coverage {
    let mut sorted: Vec<(f64, bool)> = rows.iter().map(|j| (j.p, j.right)).collect();
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
        let guessed = rows.iter().filter(|j| counted(j) == code).count();
        let hit = rows.iter().filter(|j| j.gold == code && counted(j) == code).count();
        let mine: Vec<&Judged> = rows.iter().copied().filter(|j| j.guess == code).collect();
        PerService {
            rows: gold,
            recall: share(hit, gold),
            precision: share(hit, guessed),
            f1: share(2 * hit, gold + guessed),
            coverage_90: coverage(&mine, 0.90),
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

    fn judged(gold: &str, guess: &str, p: f64) -> Judged {
        let right = gold == guess;
        Judged {
            source: "s".to_owned(),
            gold: gold.to_owned(),
            guess: guess.to_owned(),
            p,
            exact: right,
            right,
            top3: right,
        }
    }

    #[test]
    fn figures_by_hand() {
        let rows =
            [judged("a", "a", 0.9), judged("a", "b", 0.6), judged("b", "b", 0.8), judged("b", "b", 0.7)];
        let rows: Vec<&Judged> = rows.iter().collect();
        let f = figures(&rows);
        assert!((f.accuracy - 0.75).abs() < 1e-9);
        // a: recall 1/2, precision 1; b: recall 1, precision 2/3.
        assert!((f.macro_f1 - (2.0 / 3.0 + 0.8) / 2.0).abs() < 1e-9, "{f:?}");
        assert!((f.coverage_90.share - 0.75).abs() < 1e-9 && (f.coverage_90.gate_p - 0.7).abs() < 1e-9);
        assert!((f.calibration_error - (0.1 + 0.6 + 0.2 + 0.3) / 4.0).abs() < 1e-9);
    }

    #[test]
    fn auc_by_hand() {
        assert_eq!(auc(vec![(0.9, true), (0.5, true), (0.5, false), (0.1, false)]), Some(0.875));
        assert_eq!(auc(vec![(0.9, true)]), None);
    }
}
