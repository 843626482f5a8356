//! A city's own layers or an OpenStreetMap extract -> a [`Gazetteer`].
//!
//! [`Columns`] says which file of a folder is what and which column means what; an extract says it by its tags.
//! This module reads files within limits, skips what is broken and says so, and stops with a clear word when a
//! whole layer is wrong. [`add`] puts areas and assets on top of a gazetteer that is in use already.
//! Edges: it reads files and nothing else; keeping the bytes is the caller's.

mod book;
mod build;
mod columns;
mod layers;
mod near;
mod onto;
mod osm;
mod shapes;
mod stream;

use std::io::Read as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

pub use self::columns::{Areas, Assets, Columns};
pub use self::onto::{Addition, Extra, add, keep_extras};
pub use self::osm::OsmOptions;
use super::Gazetteer;
use super::gazetteer::City;
use crate::error::{Error, Result};

/// No single layer may be larger; the largest real one seen has 3 MB.
pub const MAX_FILE_BYTES: u64 = 256 * 1024 * 1024;
/// No compiled gazetteer is larger; that of a city of a million houses has 100 MB.
pub const MAX_GAZETTEER_BYTES: u64 = 512 * 1024 * 1024;
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
    finish(city, report)
}

/// Compiles whatever a city has: a folder, one GeoJSON or CSV file (both through a column map), or an
/// OpenStreetMap extract.
///
/// # Errors
/// As [`compile_folder`]; `Invalid` also when a column map is missing or not of use.
pub fn compile(
    path: &Path,
    columns: Option<Columns>,
    osm: &OsmOptions,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<(Gazetteer, ImportReport)> {
    let file = file_name(path);
    if is_osm(path) {
        let mut report = ImportReport::default();
        let city = osm::city(path, osm, progress, &mut report)?;
        report.layers.push((file, city.segments.len() as u64));
        return finish(city, report);
    }
    let Some(columns) = columns else {
        return Err(Error::Invalid(format!(
            "{}: say with --columns which file and column holds what (config/columns/ has an example); only an \
             .osm.pbf file needs none",
            path.display()
        )));
    };
    let mut gazetteer_of = |dir: &Path, columns: Columns| {
        let named = |name: &Option<String>, own: &mut String| {
            if let Some(name) = name {
                own.clone_from(name);
            }
        };
        let mut columns = columns;
        named(&osm.city, &mut columns.city);
        named(&osm.attribution, &mut columns.attribution);
        compile_folder(dir, &columns, progress)
    };
    if path.is_dir() {
        return gazetteer_of(path, columns);
    }
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    gazetteer_of(dir, columns.only(&file)?)
}

/// Is it an OpenStreetMap extract, by its name?
#[must_use]
pub fn is_osm(path: &Path) -> bool {
    path.extension().is_some_and(|end| end.eq_ignore_ascii_case("pbf"))
}

/// Everything in a plain file, up to `most_bytes`. A device or a pipe says nothing of its size and is refused.
///
/// # Errors
/// `Invalid` naming the path.
pub fn read_file(path: &Path, most_bytes: u64) -> Result<Vec<u8>> {
    let shown = path.display();
    let unreadable = |e: std::io::Error| Error::Invalid(format!("{shown}: cannot be read ({e})"));
    let about = std::fs::metadata(path).map_err(unreadable)?;
    if !about.is_file() {
        return Err(Error::Invalid(format!("{shown}: not a file; save it as a file first")));
    }
    // A file may grow while it is read: the limit holds all the same.
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let read = file.take(most_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    if read as u64 > most_bytes {
        return Err(Error::Invalid(format!("{shown}: more than the {} MB it may have", most_bytes >> 20)));
    }
    Ok(bytes)
}

/// The last part of a path, for messages.
fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Counts what a city holds and makes it ready to be asked.
fn finish(city: City, mut report: ImportReport) -> Result<(Gazetteer, ImportReport)> {
    report.counts = [
        ("streets", city.streets.len()),
        ("segments", city.segments.len()),
        ("nodes", city.nodes.len()),
        ("house numbers", city.doors.len()),
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
mod any_bytes;
#[cfg(test)]
mod tests;
