//! A folder of a city's own layers -> a [`Gazetteer`], through a column map.
//!
//! [`Columns`] says which file is what and which column means what; this module reads the files within limits,
//! skips what is broken and says so, and stops with a clear word when a whole layer is wrong.
//! Edges: it reads files and nothing else; keeping the bytes is the caller's.

mod build;
mod columns;
mod layers;
mod shapes;
mod stream;

use std::path::Path;

use serde::{Deserialize, Serialize};

pub use self::columns::Columns;
use super::Gazetteer;
use crate::error::Result;

/// No single layer may be larger; the largest real one seen has 3 MB.
pub const MAX_FILE_BYTES: u64 = 256 * 1024 * 1024;
/// No layer may hold more features.
pub const MAX_FEATURES: usize = 2_000_000;

/// What an import took and what it left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReport {
    /// One line a layer: file name and features taken.
    pub layers: Vec<(String, u64)>,
    /// What the gazetteer now holds, by noun: streets, segments, nodes …
    pub counts: Vec<(String, u64)>,
    /// Why features were left out, how many for each reason, and the first few by name.
    pub skipped: Vec<Skipped>,
}

/// Features left out for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// File they are in.
    pub file: String,
    /// Why.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// The first few, as "feature 17 (Elm St)".
    pub examples: Vec<String>,
}

impl ImportReport {
    /// Notes a feature that was left out.
    fn skip(&mut self, file: &str, reason: &str, example: String) {
        const EXAMPLES: usize = 5;
        if let Some(known) = self.skipped.iter_mut().find(|s| s.file == file && s.reason == reason) {
            known.count += 1;
            if known.examples.len() < EXAMPLES {
                known.examples.push(example);
            }
            return;
        }
        let (file, reason) = (file.to_owned(), reason.to_owned());
        self.skipped.push(Skipped { file, reason, count: 1, examples: vec![example] });
    }
}

/// Compiles a folder of GeoJSON and CSV layers.
///
/// `progress` is told each file's name and the features read from it so far.
///
/// # Errors
/// `Invalid` naming the file, the feature and the fix: a file missing, cut short, too large, in another
/// projection, a column that is not there. Single broken features are skipped and reported instead.
pub fn compile_folder(
    dir: &Path,
    columns: &Columns,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<(Gazetteer, ImportReport)> {
    let mut report = ImportReport::default();
    let city = build::city(dir, columns, progress, &mut report)?;
    report.counts = [
        ("streets", city.streets.len()),
        ("segments", city.segments.len()),
        ("nodes", city.nodes.len()),
        ("spots", city.spots.len()),
        ("assets", city.assets.len()),
        ("areas", city.layers.iter().map(|layer| layer.areas.len()).sum()),
        ("ground shapes", city.ground.len()),
    ]
    .into_iter()
    .map(|(noun, count)| (noun.to_owned(), count as u64))
    .collect();
    Ok((Gazetteer::new(city)?, report))
}

#[cfg(test)]
mod tests;
