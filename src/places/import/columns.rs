//! The column map: a TOML file that says what a city's layers mean.
//!
//! Unknown keys are errors. `config/columns/cambridge_ma.toml` and `config/example-city/columns.toml` are worked
//! examples; the fields here are their documentation.

use std::path::Path;

use serde::Deserialize;

use super::super::Kind;
use super::super::gazetteer::Cover;
use crate::error::{Error, Result};

/// No column map is larger.
const MAX_MAP_BYTES: u64 = 1024 * 1024;

/// A whole column map.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// Name of the city.
    pub city: String,
    /// The line that maps must show.
    #[serde(default)]
    pub attribution: String,
    /// Towns nearby that posts may name: places in them are outside.
    #[serde(default)]
    pub neighbors: Vec<String>,
    /// Street center lines.
    pub streets: Option<Streets>,
    /// Nodes of the center lines; without it, nodes come from lines' ends that touch.
    pub nodes: Option<Nodes>,
    /// Houses by number.
    #[serde(default)]
    pub addresses: Vec<Addresses>,
    /// The city's own area.
    pub boundary: Option<FileOnly>,
    /// Wards, districts …
    #[serde(default)]
    pub areas: Vec<Areas>,
    /// Squares, parks, landmarks.
    #[serde(default)]
    pub spots: Vec<Spots>,
    /// Poles, hydrants, barrels.
    #[serde(default)]
    pub assets: Vec<Assets>,
    /// Water and buildings for the map.
    #[serde(default)]
    pub ground: Vec<GroundLayer>,
}

/// Street center lines with house-number ranges.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Streets {
    /// File in the folder.
    pub file: String,
    /// Column with the full name: "Broad St".
    pub name: String,
    /// Column to use where `name` is empty.
    pub name_else: Option<String>,
    /// Column with other names, separated by commas.
    pub alias: Option<String>,
    /// Column with a lasting id of the segment.
    pub id: Option<String>,
    /// Columns with the ids of the nodes at both ends.
    pub from_node: Option<String>,
    /// See `from_node`.
    pub to_node: Option<String>,
    /// Columns with the first and last number on the left side, in the direction of the line.
    pub left: Option<[String; 2]>,
    /// The same on the right side.
    pub right: Option<[String; 2]>,
    /// Numbers kept for houses to come, left.
    pub left_spare: Option<[String; 2]>,
    /// Numbers kept for houses to come, right.
    pub right_spare: Option<[String; 2]>,
    /// Which segments are main streets.
    pub main: Option<Test>,
    /// Column with the one who looks after the road.
    pub owner: Option<String>,
}

/// A test of one column.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// Column.
    pub column: String,
    /// Values that pass, as text.
    pub values: Vec<String>,
}

/// Nodes of the center lines.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nodes {
    /// File in the folder.
    pub file: String,
    /// Column with the node's id.
    pub id: String,
}

/// House numbers as points: "Master address points", or what a county sells.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Addresses {
    /// File in the folder: CSV with `lat` and `lon`, or GeoJSON points.
    pub file: String,
    /// Column with the house number: "12", "12A", "2100-2104".
    pub number: String,
    /// Column with the street's full name: "N Broad St".
    pub street: String,
    /// For CSV: columns with degrees north and east.
    pub lat: Option<String>,
    /// See `lat`.
    pub lon: Option<String>,
    /// Only rows that pass.
    pub only: Option<Test>,
}

/// A layer that needs no columns.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileOnly {
    /// File in the folder.
    pub file: String,
}

/// One layer of areas.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Areas {
    /// File in the folder.
    pub file: String,
    /// Name of the layer: `ward`, `neighborhood` …
    pub layer: String,
    /// Column with the area's name.
    pub name: String,
    /// Put before the name: "Ward ".
    #[serde(default)]
    pub prefix: String,
}

/// One layer of squares, parks or landmarks (polygons or points).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spots {
    /// File in the folder: GeoJSON, or CSV with `lat` and `lon`.
    pub file: String,
    /// `square`, `park` or `landmark`.
    pub kind: Kind,
    /// Column with the name.
    pub name: String,
    /// Column with other names, separated by commas.
    pub alias: Option<String>,
    /// Put behind the name: " station".
    #[serde(default)]
    pub suffix: String,
    /// "DAVIS" -> "Davis".
    #[serde(default)]
    pub title_case: bool,
    /// Column with the owner.
    pub owner: Option<String>,
    /// Radius of points in metres.
    pub radius_m: Option<f32>,
    /// Only features that pass.
    pub only: Option<Test>,
    /// Only names that end with one of these words ("Square").
    #[serde(default)]
    pub only_names_ending: Vec<String>,
    /// For CSV: columns with degrees north and east.
    pub lat: Option<String>,
    /// See `lat`.
    pub lon: Option<String>,
}

/// One layer of assets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assets {
    /// File in the folder: GeoJSON points, or CSV with `lat` and `lon`.
    pub file: String,
    /// `street_light`, `hydrant`, `traffic_signal`, `tree`, `barrel` …
    pub kind: String,
    /// Column with the number on its plate.
    pub id: Option<String>,
    /// Column with the owner.
    pub owner: Option<String>,
    /// The owner of all of them.
    pub owner_is: Option<String>,
    /// Only features that pass.
    pub only: Option<Test>,
    /// For CSV: columns with degrees north and east.
    pub lat: Option<String>,
    /// See `lat`.
    pub lon: Option<String>,
}

/// One layer of what maps draw below the streets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroundLayer {
    /// File in the folder.
    pub file: String,
    /// `water`, `building` or `public` (a public building).
    pub cover: GroundCover,
    /// Column with a name to write on it.
    pub name: Option<String>,
    /// Only features that pass.
    pub only: Option<Test>,
}

/// What a ground layer shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GroundCover {
    /// Rivers, ponds.
    Water,
    /// Houses.
    Building,
    /// Libraries, schools, City Hall.
    Public,
}

impl From<GroundCover> for Cover {
    fn from(cover: GroundCover) -> Self {
        match cover {
            GroundCover::Water => Self::Water,
            GroundCover::Building => Self::Building,
            GroundCover::Public => Self::Public,
        }
    }
}

impl Columns {
    /// The part of the map that speaks of one file.
    ///
    /// # Errors
    /// `Invalid` when it does not speak of that file.
    pub fn only(mut self, file: &str) -> Result<Self> {
        self.streets = self.streets.filter(|streets| streets.file == file);
        self.nodes = self.nodes.filter(|nodes| nodes.file == file);
        self.boundary = self.boundary.filter(|boundary| boundary.file == file);
        self.addresses.retain(|layer| layer.file == file);
        self.areas.retain(|layer| layer.file == file);
        self.spots.retain(|layer| layer.file == file);
        self.assets.retain(|layer| layer.file == file);
        self.ground.retain(|layer| layer.file == file);
        if self.streets.is_none() && self.addresses.is_empty() {
            return Err(Error::Invalid(format!(
                "{file}: the column map says neither streets nor addresses of this file; give it as `file` there"
            )));
        }
        Ok(self)
    }

    /// Reads a column map.
    ///
    /// # Errors
    /// `Invalid` naming the file, the line and the key; `Unavailable` when it cannot be read.
    pub fn load(path: &Path) -> Result<Self> {
        let shown = path.display().to_string();
        let bytes = super::read_file(path, MAX_MAP_BYTES)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::Invalid(format!("{shown}: the column map is not UTF-8 text")))?;
        Self::parse(&text).map_err(|e| e.at(&shown))
    }

    /// Reads a column map from text.
    ///
    /// # Errors
    /// `Invalid` naming the line and the key.
    pub fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|e| Error::Invalid(e.to_string().trim_end().to_owned()))
    }
}
