//! An OpenStreetMap extract (`.osm.pbf`) -> a city: no column map needed, the tags say what is what.
//!
//! `read` takes what is wanted out of the file in three walks, in any order of elements; `tags` says what an
//! element is; `rings` joins the ways of an area; `build` puts the city together.

mod build;
mod read;
mod rings;
mod tags;
#[cfg(test)]
mod tests;

use std::path::Path;

use super::super::gazetteer::City;
use super::ImportReport;
use crate::error::{Error, Result};

/// What maps must show for OpenStreetMap data (ODbL 4.3).
const ATTRIBUTION: &str = "© OpenStreetMap contributors";

/// What the file itself does not say.
#[derive(Clone, Debug, Default)]
pub struct OsmOptions {
    /// The city's name; else that of its boundary, else the town most addresses name.
    pub city: Option<String>,
    /// The line that maps must show, for files in this format that are not OpenStreetMap's.
    pub attribution: Option<String>,
}

/// Reads a whole extract.
pub(super) fn city(
    path: &Path,
    options: &OsmOptions,
    progress: &mut dyn FnMut(&str, u64),
    report: &mut ImportReport,
) -> Result<City> {
    let file = super::file_name(path);
    let extract = read::extract(path, &file, progress)?;
    let mut city = build::city(&extract, &file, options, report);
    city.attribution = options.attribution.clone().unwrap_or_else(|| ATTRIBUTION.to_owned());
    if city.segments.is_empty() {
        return Err(Error::Invalid(format!(
            "{file}: not one named street is in it; take an extract that holds the city with its streets"
        )));
    }
    Ok(city)
}
