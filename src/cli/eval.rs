//! `onit eval classify|urgency|personal-data|locate FILE`: metrics against gold labels. The code under test is handed
//! only the text.

mod readings;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde::de::DeserializeOwned;

use super::{Common, locate, print, tell, to_line};
use crate::error::{Error, Result};
use crate::places::eval::{Row, evaluate};

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
        /// Weights that `onit train … --out FILE` wrote, instead of those that come with the program.
        #[arg(long, value_name = "FILE")]
        model: Option<PathBuf>,
    },
    /// How urgent readings say a post is, with 95 % intervals by language.
    Urgency {
        /// JSON lines with text, urgency and lang.
        file: PathBuf,
    },
    /// The words readings hide, with 95 % intervals by kind and language.
    PersonalData {
        /// JSON lines with text, lang and personal_data: a list of start, end and kind.
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
        What::Classify { file, model } => readings::classify(common, file, model.as_deref()),
        What::Urgency { file } => readings::urgency(common, file),
        What::PersonalData { file } => readings::personal_data(common, file),
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
