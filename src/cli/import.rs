//! `onit import gazetteer FOLDER --columns FILE [--out FILE]`: a city's own layers, into the database or a file.

use std::path::PathBuf;

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};

use super::{Common, print, tell, to_line};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::places::import::{self, Columns, ImportReport};
use crate::places::stored;

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Streets, corners, aliases, parks, landmarks, areas and numbered things, in one go.
    Gazetteer {
        /// Folder of GeoJSON and CSV layers.
        folder: PathBuf,
        /// Which file and column holds what; config/columns/cambridge_ma.toml is the worked example.
        #[arg(long, value_name = "FILE")]
        columns: PathBuf,
        /// Write a compiled file instead of the database.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// Runs the command.
pub(super) fn run(common: &Common, options: &Options) -> Result<bool> {
    let What::Gazetteer { folder, columns, out } = &options.what;
    let text = std::fs::read_to_string(columns)
        .map_err(|e| Error::Invalid(format!("{}: cannot be read: {e}", columns.display())))?;
    let columns = Columns::parse(&text).map_err(|e| e.at(&columns.display().to_string()))?;
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {pos}") {
        bar.set_style(style);
    }
    let (gazetteer, report) = import::compile_folder(folder, &columns, &mut |what, n| {
        bar.set_message(what.to_owned());
        bar.set_position(n);
    })?;
    bar.finish_and_clear();
    let bytes = gazetteer.to_bytes()?;
    match out {
        Some(path) => {
            std::fs::write(path, &bytes)
                .map_err(|e| Error::Unavailable(format!("{}: cannot be written: {e}", path.display())))?;
            tell(&format!("{}: {} KB", path.display(), bytes.len() / 1024));
        }
        None => {
            let app = common.app()?;
            let version = stored::replace(&app.db, &bytes, "onit import", Clock::machine().now())?;
            tell(&format!("gazetteer version {version} is in use; running servers load it within seconds"));
        }
    }
    if common.json {
        print(&to_line(&report)?)?
    } else {
        tell(&in_words(&report))
    }
    Ok(true)
}

/// The report as a person reads it: what was taken, what is known now, what was left out and why.
fn in_words(report: &ImportReport) -> String {
    let mut lines: Vec<String> = report.layers.iter().map(|(file, n)| format!("{n:>8}  {file}")).collect();
    let counts: Vec<String> = report.counts.iter().map(|(noun, n)| format!("{n} {noun}")).collect();
    lines.push(format!("in all: {}", counts.join(", ")));
    for skipped in &report.skipped {
        let some = skipped.examples.join(", ");
        lines.push(format!("left out {} of {}: {} ({some})", skipped.count, skipped.file, skipped.reason));
    }
    lines.join("\n")
}
