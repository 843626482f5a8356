//! One file -> its features: GeoJSON or CSV, within limits, with errors that name file and feature.
//!
//! Nothing here knows what a feature means.

use std::collections::BTreeSet;
use std::path::Path;

use geojson::Feature;
use serde::de::DeserializeSeed;
use serde_json::{Map, Value};

use super::super::geometry::{Point, Polygon};
use super::{ImportReport, MAX_FEATURES, MAX_FILE_BYTES, stream};
use crate::error::{Error, Result};

/// Shape of a feature.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    Point(Point),
    Lines(Vec<Vec<Point>>),
    Areas(Vec<Polygon>),
}

/// One row of a layer.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Place in the file, from 1.
    pub number: usize,
    pub shape: Shape,
    columns: Map<String, Value>,
}

/// One file, read.
pub(super) struct Layer {
    pub file: String,
    pub rows: Vec<Row>,
    /// Every column seen, for messages.
    columns: BTreeSet<String>,
}

impl Row {
    /// A column as text: trimmed, numbers without ".0"; `None` when empty or not there.
    pub fn text(&self, column: &str) -> Option<String> {
        let text = match self.columns.get(column)? {
            Value::String(s) => s.trim().to_owned(),
            Value::Number(n) => match n.as_f64() {
                Some(f) if f.fract() == 0.0 && f.abs() < 1e15 => format!("{f:.0}"),
                _ => n.to_string(),
            },
            Value::Bool(b) => b.to_string(),
            _ => return None,
        };
        (!text.is_empty()).then_some(text)
    }

    /// A column as a number.
    pub fn number(&self, column: &str) -> Option<f64> {
        self.text(column)?.parse().ok().filter(|n: &f64| n.is_finite())
    }

    /// How reports name this row.
    pub fn named(&self, name: Option<&str>) -> String {
        match name {
            Some(name) => format!("feature {} ({name})", self.number),
            None => format!("feature {}", self.number),
        }
    }
}

impl Layer {
    /// Stops when a column of the map is in none of the features: a typing error in the map.
    fn require(&self, columns: &[&str]) -> Result<()> {
        let missing = columns.iter().find(|column| !self.columns.contains(**column));
        let Some(column) = missing.filter(|_| !self.rows.is_empty()) else { return Ok(()) };
        let known: Vec<&str> = self.columns.iter().map(String::as_str).take(60).collect();
        let known = known.join(", ");
        Err(Error::Invalid(format!(
            "{}: no feature has a column \"{column}\"; the columns are {known}",
            self.file
        )))
    }

    /// Keeps one feature's shape and wanted columns.
    fn take(
        &mut self,
        number: usize,
        feature: Feature,
        wanted: &[&str],
        report: &mut ImportReport,
    ) -> Result<()> {
        let mut columns = feature.properties.unwrap_or_default();
        for column in columns.keys() {
            if !self.columns.contains(column) {
                self.columns.insert(column.clone());
            }
        }
        columns.retain(|column, _| wanted.contains(&column.as_str()));
        let Some(geometry) = feature.geometry else {
            report.skip(&self.file, "no geometry", format!("feature {number}"));
            return Ok(());
        };
        match super::shapes::shape_of(&geometry.value) {
            Ok(shape) => self.rows.push(Row { number, shape, columns }),
            Err(super::shapes::Broken::Projection(at)) => {
                return Err(Error::Invalid(format!(
                    "{}: feature {number} has the coordinates {at}, which are not degrees; export the layer as \
                     WGS84 (EPSG:4326)",
                    self.file
                )));
            }
            Err(super::shapes::Broken::Other(reason)) => {
                report.skip(&self.file, reason, format!("feature {number}"));
            }
        }
        Ok(())
    }
}

/// Reads a layer. `needed` columns must be there, `maybe` columns may; `lat_lon` are the columns of a CSV file.
pub(super) fn read(
    dir: &Path,
    file: &str,
    lat_lon: Option<(&str, &str)>,
    needed: &[&str],
    maybe: &[&str],
    report: &mut ImportReport,
) -> Result<Layer> {
    let path = dir.join(file);
    if Path::new(file).components().count() != 1 {
        return Err(Error::Invalid(format!("{file}: layers must lie in the folder itself")));
    }
    let size = std::fs::metadata(&path)
        .map_err(|e| Error::Invalid(format!("{file}: cannot be read in {} ({e})", dir.display())))?
        .len();
    if size > MAX_FILE_BYTES {
        return Err(Error::Invalid(format!(
            "{file}: {} MB is more than the {} MB a layer may have; split it or leave columns out",
            size >> 20,
            MAX_FILE_BYTES >> 20
        )));
    }
    let bytes = super::read_file(&path, MAX_FILE_BYTES)?;
    let layer = match lat_lon {
        Some((lat, lon)) => read_csv(file, &bytes, lat, lon, report)?,
        None if file.to_lowercase().ends_with(".csv") => {
            return Err(Error::Invalid(format!(
                "{file}: a CSV layer needs `lat` and `lon` in the column map"
            )));
        }
        None => read_geojson(file, &bytes, &[needed, maybe].concat(), report)?,
    };
    layer.require(needed)?;
    Ok(layer)
}

fn read_geojson(file: &str, bytes: &[u8], wanted: &[&str], report: &mut ImportReport) -> Result<Layer> {
    let text = std::str::from_utf8(bytes)
        .map_err(|e| Error::Invalid(format!("{file}: not UTF-8 text at byte {}", e.valid_up_to())))?;
    let text = text.trim_start_matches('\u{feff}');
    let mut stopped = None;
    let mut layer = Layer { file: file.to_owned(), rows: Vec::new(), columns: BTreeSet::new() };
    let mut number = 0;
    let mut take = |feature: Feature| {
        number += 1;
        let taken = if number > MAX_FEATURES {
            Err(Error::Invalid(format!("{file}: more than {MAX_FEATURES} features")))
        } else {
            layer.take(number, feature, wanted, report)
        };
        taken.map_err(|e| stopped = Some(e)).is_ok()
    };
    let mut json = serde_json::Deserializer::from_str(text);
    let read =
        stream::Features(&mut take).deserialize(&mut json).and_then(|found| json.end().map(|()| found));
    if let Some(e) = stopped {
        return Err(e);
    }
    match read {
        Ok(true) => Ok(layer),
        Ok(false) => Err(Error::Invalid(format!("{file}: not a GeoJSON FeatureCollection"))),
        Err(e) => {
            let feature = feature_at(text, &e);
            let what = "not GeoJSON, or cut short";
            Err(Error::Invalid(format!("{file}: {feature}{what} ({e}); export the layer again")))
        }
    }
}

/// The feature in which reading stopped, so that a person can look at it.
fn feature_at(text: &str, e: &serde_json::Error) -> String {
    let before: usize = text.split_inclusive('\n').take(e.line().saturating_sub(1)).map(str::len).sum();
    let read = text.as_bytes().get(..(before + e.column()).min(text.len())).unwrap_or_default();
    let seen = read.windows(9).filter(|w| w == b"\"Feature\"").count();
    if seen == 0 { String::new() } else { format!("at or after feature {seen}: ") }
}

fn read_csv(file: &str, bytes: &[u8], lat: &str, lon: &str, report: &mut ImportReport) -> Result<Layer> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let bad = |e: csv::Error| Error::Invalid(format!("{file}: not readable as CSV ({e})"));
    let header = reader.headers().map_err(bad)?.clone();
    for column in [lat, lon] {
        if !header.iter().any(|h| h == column) {
            let known: Vec<&str> = header.iter().collect();
            return Err(Error::Invalid(format!(
                "{file}: no column \"{column}\"; the columns are {}",
                known.join(", ")
            )));
        }
    }
    let mut rows = Vec::new();
    for (at, record) in reader.records().enumerate() {
        let record = record.map_err(|e| Error::Invalid(format!("{file}: row {}: {e}", at + 2)))?;
        if rows.len() >= MAX_FEATURES {
            return Err(Error::Invalid(format!("{file}: more than {MAX_FEATURES} rows")));
        }
        let cells = header.iter().zip(record.iter());
        let columns: Map<String, Value> = cells.map(|(h, v)| (h.to_owned(), Value::from(v))).collect();
        let mut row = Row { number: at + 2, shape: Shape::Point(Point::default()), columns };
        let (Some(north), Some(east)) = (row.number(lat), row.number(lon)) else {
            report.skip(file, "no coordinates", format!("row {}", at + 2));
            continue;
        };
        if north.abs() > 90.0 || east.abs() > 180.0 {
            return Err(Error::Invalid(format!(
                "{file}: row {} has the coordinates {north}, {east}, which are not degrees; export as WGS84",
                at + 2
            )));
        }
        row.shape = Shape::Point(Point { lat: north, lon: east }.as_stored());
        rows.push(row);
    }
    Ok(Layer { file: file.to_owned(), rows, columns: header.iter().map(str::to_owned).collect() })
}
