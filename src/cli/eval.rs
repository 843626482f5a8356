//! `onit eval classify|locate FILE`: metrics against gold labels. The code under test is handed only the text.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Common, locate, print, tell, to_line};
use crate::error::{Error, Result};
use crate::places::eval::{Row, evaluate};
use crate::triage::eval::{self as readings, GoldRow};
use crate::triage::{self, Context, Model};

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Readings.
    Classify {
        /// JSON lines with id, text, category and category_accept.
        file: PathBuf,
    },
    /// Places.
    Locate {
        /// JSON lines with id, text and gold_lat, gold_lon.
        file: PathBuf,
        /// An .osm.pbf file, or a file compiled by `onit import gazetteer … --out FILE`.
        #[arg(long, value_name = "PATH")]
        gazetteer: PathBuf,
    },
}

/// Runs the command.
pub(super) fn run(common: &Common, options: &Options) -> Result<bool> {
    match &options.what {
        What::Classify { file } => classify(common, file),
        What::Locate { file, gazetteer } => {
            let gazetteer = locate::load(gazetteer)?;
            let figures = evaluate(&gazetteer, &rows::<Row>(file)?);
            if common.json {
                print(&to_line(&figures)?)?
            } else {
                tell(&figures.to_string())
            }
            Ok(true)
        }
    }
}

fn classify(common: &Common, file: &Path) -> Result<bool> {
    let settings = common.settings()?;
    let codes: Vec<String> = settings.catalogue.iter().map(|s| s.code.clone()).collect();
    let model = Model::built_in(&codes)?;
    let rows: Vec<GoldRow> = rows::<Labelled>(file)?.into_iter().map(GoldRow::from).collect();
    let bar = indicatif::ProgressBar::new(rows.len() as u64);
    let read = |_: &str, text: &str| triage::read(&model, text, &Context::alone(settings.city.language));
    let figures = readings::evaluate(&rows, read, &mut |n| bar.set_position(n as u64));
    bar.finish_and_clear();
    if common.json {
        print(&to_line(&figures)?)?;
    } else {
        for (source, f) in figures.sources.iter().chain([(&"all".to_owned(), &figures.all)]) {
            tell(&format!(
                "{source:<20} {:>6} rows  accuracy {:.3}  accept set {:.3}  top 3 {:.3}  macro-F1 {:.3}  calibration error \
                 {:.3}  p >= {:.2} decides {:.0} % at 90 % precision",
                f.rows,
                f.accuracy,
                f.accept_accuracy,
                f.top3,
                f.macro_f1,
                f.calibration_error,
                f.coverage_90.gate_p,
                f.coverage_90.share * 100.0
            ));
        }
        if let Some(auc) = figures.report_auc {
            tell(&format!(
                "report or not: AUC {auc:.3} against {} posts that report nothing",
                figures.not_reports
            ));
        }
    }
    Ok(true)
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

/// The rows of a file of JSON lines.
fn rows<T: DeserializeOwned>(file: &Path) -> Result<Vec<T>> {
    let text = std::fs::read_to_string(file)
        .map_err(|e| Error::Invalid(format!("{}: cannot be read: {e}", file.display())))?;
    let lines = text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty());
    lines
        .map(|(n, line)| {
            serde_json::from_str(line)
                .map_err(|e| Error::Invalid(format!("{} line {}: {e}", file.display(), n + 1)))
        })
        .collect()
}
