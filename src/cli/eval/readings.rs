//! Readings against gold labels: services, urgency, personal data. Tables for people, one JSON object with `--json`.

use std::fmt::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::super::{Common, print, to_line};
use super::rows;
use crate::error::{Error, Result};
use crate::settings::Lang;
use crate::triage::eval::{Coverage, Evaluation, Figures, GoldRow, SURE_P, evaluate};
use crate::triage::written::{self, PersonalRow, UrgentRow};
use crate::triage::{self, Context, Model, Reading};

/// Confusions printed; `--json` has all.
const SHOWN_CONFUSIONS: usize = 25;

/// Services: accuracy, calibration and coverage, in all, by source and by service.
pub(super) fn classify(common: &Common, file: &Path, weights: Option<&Path>) -> Result<bool> {
    let settings = common.settings()?;
    let model = match weights {
        Some(path) => {
            let bytes = std::fs::read(path)
                .map_err(|e| Error::Invalid(format!("{}: cannot be read: {e}", path.display())))?;
            Model::from_bytes(&bytes, &settings.catalogue.codes())?
        }
        None => model(common)?,
    };
    let rows: Vec<GoldRow> = rows::<Labelled>(file)?.into_iter().map(GoldRow::from).collect();
    let bar = progress(rows.len());
    let read = |_: &str, text: &str| triage::read(&model, text, &Context::alone(settings.city.language));
    let found = evaluate(&rows, read, &mut |n| bar.set_position(n as u64));
    bar.finish_and_clear();
    show(common, &found, || tables(&found))
}

/// Urgency on posts written for it.
pub(super) fn urgency(common: &Common, file: &Path) -> Result<bool> {
    let (model, rows) = (model(common)?, rows::<UrgentRow>(file)?);
    let bar = progress(rows.len());
    let found = written::urgency(&rows, |text, lang| counted(&model, text, lang, &bar));
    bar.finish_and_clear();
    show(common, &found, || {
        let mut out = String::new();
        for (language, f) in &found {
            _ = writeln!(out, "{language}");
            _ = writeln!(out, "  emergency recall       {}", f.emergency_recall);
            _ = writeln!(out, "  emergency precision    {}", f.emergency_precision);
            _ = writeln!(out, "  urgent or more, recall {}", f.urgent_recall);
            _ = writeln!(out, "  the same, precision    {}", f.urgent_precision);
            _ = writeln!(out, "  normal and left alone  {}", f.left_alone);
        }
        out
    })
}

/// Personal data on posts written for it.
pub(super) fn personal_data(common: &Common, file: &Path) -> Result<bool> {
    let (model, rows) = (model(common)?, rows::<PersonalRow>(file)?);
    let bar = progress(rows.len());
    let found = written::personal(&rows, |text, lang| counted(&model, text, lang, &bar));
    bar.finish_and_clear();
    show(common, &found, || {
        let mut out = String::new();
        for (language, f) in &found {
            _ = writeln!(out, "{language}");
            for (kind, rate) in &f.recall {
                _ = writeln!(out, "  {:<10} recall      {rate}", format!("{kind:?}").to_lowercase());
            }
            _ = writeln!(out, "  all kinds, precision   {}", f.precision);
        }
        out
    })
}

fn model(common: &Common) -> Result<Model> {
    let codes: Vec<String> = common.settings()?.catalogue.iter().map(|s| s.code.clone()).collect();
    Model::built_in(&codes)
}

fn counted(model: &Model, text: &str, lang: Lang, bar: &indicatif::ProgressBar) -> Reading {
    bar.inc(1);
    triage::read(model, text, &Context::alone(lang))
}

fn progress(rows: usize) -> indicatif::ProgressBar {
    indicatif::ProgressBar::new(rows as u64)
}

/// One JSON object, or the tables.
fn show(common: &Common, figures: &impl Serialize, tables: impl FnOnce() -> String) -> Result<bool> {
    if common.json {
        print(&to_line(figures)?)?;
    } else {
        print(tables().trim_end())?;
    }
    Ok(true)
}

fn tables(found: &Evaluation) -> String {
    let mut out = String::new();
    let head = format!(
        "{:<24} {:>6} {:>8} {:>10} {:>6} {:>8} {:>11} {:>14} {:>14} {:>14}",
        "source",
        "rows",
        "accuracy",
        "accept set",
        "top 3",
        "macro-F1",
        "calibration",
        "at 90 % prec.",
        "at 95 % prec.",
        format!("p >= {SURE_P}")
    );
    _ = writeln!(out, "{head}");
    for (source, f) in found.sources.iter().chain([(&"all".to_owned(), &found.all)]) {
        _ = writeln!(out, "{}", line(source, f));
    }
    _ = writeln!(
        out,
        "\n{:<24} {:>6} {:>6} {:>9} {:>6} {:>14} {:>14}",
        "service", "rows", "recall", "precision", "F1", "at 90 % prec.", "at 95 % prec."
    );
    for (code, s) in &found.services {
        _ = writeln!(
            out,
            "{code:<24} {:>6} {:>6.3} {:>9.3} {:>6.3} {:>14} {:>14}",
            s.rows,
            s.recall,
            s.precision,
            s.f1,
            coverage(s.coverage_90),
            coverage(s.coverage_95)
        );
    }
    confusions(found, &mut out);
    if let Some(auc) = found.report_auc {
        _ = writeln!(
            out,
            "\nreport or not: area under the curve {auc:.3} against {} posts that report nothing",
            found.not_reports
        );
    }
    out
}

fn line(source: &str, f: &Figures) -> String {
    format!(
        "{source:<24} {:>6} {:>8.3} {:>10.3} {:>6.3} {:>8.3} {:>11.3} {:>14} {:>14} {:>14}",
        f.rows,
        f.accuracy,
        f.accept_accuracy,
        f.top3,
        f.macro_f1,
        f.calibration_error,
        coverage(f.coverage_90),
        coverage(f.coverage_95),
        format!("{:.0} % at {:.3}", f.sure.share * 100.0, f.sure.right)
    )
}

/// "83 % p>=0.69": the share that can be decided alone, and from which probability.
fn coverage(c: Coverage) -> String {
    if c.share == 0.0 { "none".to_owned() } else { format!("{:.0} % p>={:.2}", c.share * 100.0, c.gate_p) }
}

/// The commonest wrong guesses.
fn confusions(found: &Evaluation, out: &mut String) {
    let mut pairs: Vec<(usize, &str, &str)> = found
        .confusion
        .iter()
        .flat_map(|(right, row)| row.iter().map(move |(guess, n)| (*n, right.as_str(), guess.as_str())))
        .collect();
    pairs.sort_by(|a, b| b.0.cmp(&a.0).then(a.cmp(b)));
    if !pairs.is_empty() {
        _ = writeln!(out, "\n{:<24} {:<24} {:>6}", "should be", "was taken for", "rows");
    }
    for (n, right, guess) in pairs.iter().take(SHOWN_CONFUSIONS) {
        _ = writeln!(out, "{right:<24} {guess:<24} {n:>6}");
    }
    if pairs.len() > SHOWN_CONFUSIONS {
        _ = writeln!(out, "{} rarer ones: --json has all", pairs.len() - SHOWN_CONFUSIONS);
    }
}

/// One line of a gold file.
#[derive(Deserialize)]
struct Labelled {
    id: String,
    text: String,
    #[serde(default)]
    source: String,
    category: Option<String>,
    #[serde(default)]
    category_accept: Vec<String>,
}

impl From<Labelled> for GoldRow {
    fn from(row: Labelled) -> Self {
        let accept = if row.category_accept.is_empty() {
            row.category.iter().cloned().collect()
        } else {
            row.category_accept
        };
        Self { id: row.id, text: row.text, source: row.source, service: row.category, accept }
    }
}
