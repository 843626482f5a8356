//! What a city is made of, and its form on disk.
//!
//! One model for every source: street -> segments with a left and a right range of house numbers -> nodes;
//! houses by number where a city knows each door; spots (squares, parks, landmarks), assets (poles, hydrants), area layers and the ground that maps draw.
//! Bytes = a versioned header, a SHA-256 of the rest, and the rest. Indexes are never stored: they are
//! rebuilt on load, so a better index needs no new import.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Kind;
use super::geometry::{Point, Polygon, bounds};
use super::index::Index;
use crate::error::{Error, Result};

/// First bytes of every gazetteer file; the last digit is the version of the model below.
const HEADER: &[u8; 8] = b"ONITGAZ3";
/// What mends a gazetteer that cannot be used.
const MEND: &str = "import the city again: `onit import gazetteer PATH --columns FILE`";

/// House numbers on one side of a segment, in the direction of its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Range {
    pub from: u32,
    pub to: u32,
}

/// One named street, in the city's own spelling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Street {
    pub name: String,
    pub aliases: Vec<String>,
    pub main: bool,
}

/// A stretch of a street between two nodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Segment {
    pub street: u32,
    pub from: u32,
    pub to: u32,
    pub line: Vec<Point>,
    pub left: Option<Range>,
    pub right: Option<Range>,
    /// Numbers the city would give to houses not yet built.
    pub left_spare: Option<Range>,
    pub right_spare: Option<Range>,
    pub id: String,
    /// Who looks after the road, where the data says it: "State".
    pub owner: Option<String>,
}

/// One house whose spot is known: an address point.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Door {
    pub street: u32,
    pub number: u32,
    pub at: Point,
}

/// Where segments begin, end and meet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Node {
    pub at: Point,
    pub id: String,
}

/// A square, park or landmark.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Spot {
    pub kind: Kind,
    pub name: String,
    pub aliases: Vec<String>,
    pub at: Point,
    pub radius_m: f32,
    pub owner: Option<String>,
    pub shape: Vec<Polygon>,
}

/// A numbered thing with an owner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Asset {
    /// `street_light`, `hydrant` … as services name it.
    pub kind: String,
    /// The number on its plate; empty when it has none.
    pub id: String,
    pub owner: Option<String>,
    pub at: Point,
}

/// One named area of a layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Area {
    pub name: String,
    pub shape: Vec<Polygon>,
}

/// Wards, districts, the city itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Layer {
    pub name: String,
    pub areas: Vec<Area>,
}

/// What maps draw under the streets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Cover {
    Water,
    Building,
    Public,
}

/// One shape of the ground.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Ground {
    pub cover: Cover,
    pub name: Option<String>,
    pub shape: Polygon,
}

/// The stored part of a gazetteer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct City {
    pub name: String,
    pub attribution: String,
    /// Other towns that posts may name: a place in them is outside.
    pub neighbors: Vec<String>,
    pub streets: Vec<Street>,
    pub segments: Vec<Segment>,
    pub nodes: Vec<Node>,
    pub doors: Vec<Door>,
    pub spots: Vec<Spot>,
    pub assets: Vec<Asset>,
    pub layers: Vec<Layer>,
    pub ground: Vec<Ground>,
}

impl City {
    /// Something whose coordinates are no degrees: indexes and distances must never meet one.
    fn not_a_spot(&self) -> Option<String> {
        let off = |p: &Point| !(p.lat.abs() <= 90.0 && p.lon.abs() <= 180.0);
        let rings =
            |shape: &[Polygon]| shape.iter().any(|p| p.outer.iter().chain(p.inner.iter().flatten()).any(off));
        let node = self.nodes.iter().find(|n| off(&n.at)).map(|n| format!("node {}", n.id));
        node.or_else(|| {
            self.segments.iter().find(|s| s.line.iter().any(off)).map(|s| format!("segment {}", s.id))
        })
        .or_else(|| self.doors.iter().find(|d| off(&d.at)).map(|d| format!("house number {}", d.number)))
        .or_else(|| {
            self.spots.iter().find(|s| off(&s.at) || rings(&s.shape)).map(|s| format!("spot {}", s.name))
        })
        .or_else(|| self.assets.iter().find(|a| off(&a.at)).map(|a| format!("asset {}", a.id)))
        .or_else(|| {
            let mut areas = self.layers.iter().flat_map(|layer| &layer.areas);
            areas.find(|a| rings(&a.shape)).map(|a| format!("area {}", a.name))
        })
        .or_else(|| {
            let mut ground = self.ground.iter();
            ground.find(|g| rings(std::slice::from_ref(&g.shape))).map(|_| "a shape of the ground".to_owned())
        })
    }
}

/// A whole city in memory, ready to be asked. Immutable; share it behind an `Arc`.
pub struct Gazetteer {
    pub(super) city: City,
    pub(super) index: Index,
}

impl std::fmt::Debug for Gazetteer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gazetteer({}: {} streets)", self.city.name, self.city.streets.len())
    }
}

impl Gazetteer {
    /// Checks that every number points at something, then builds the indexes.
    pub(super) fn new(city: City) -> Result<Self> {
        let streets = city.streets.len();
        let nodes = city.nodes.len();
        for segment in &city.segments {
            let ends = segment.from.max(segment.to) as usize;
            if segment.street as usize >= streets || ends >= nodes || segment.line.len() < 2 {
                return Err(Error::Invalid(format!(
                    "gazetteer: segment {} points at a street or node that is not there; {MEND}",
                    segment.id
                )));
            }
        }
        if let Some(door) = city.doors.iter().find(|door| door.street as usize >= streets) {
            return Err(Error::Invalid(format!(
                "gazetteer: house number {} points at a street that is not there; {MEND}",
                door.number
            )));
        }
        if let Some(what) = city.not_a_spot() {
            return Err(Error::Invalid(format!("gazetteer: {what} does not lie on the earth; {MEND}")));
        }
        let index = Index::build(&city);
        Ok(Self { city, index })
    }

    /// A city without anything: every text has no place.
    #[must_use]
    pub fn empty() -> Self {
        let city = City::default();
        let index = Index::build(&city);
        Self { city, index }
    }

    /// Reads what [`Gazetteer::to_bytes`] wrote and rebuilds the indexes.
    ///
    /// # Errors
    /// `Invalid` when the bytes are no gazetteer, of another version, or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let bad = |what: &str| Error::Invalid(format!("gazetteer: {what}; {MEND}"));
        let Some((header, rest)) = bytes.split_at_checked(HEADER.len()) else {
            return Err(bad("the file is too short"));
        };
        if header.get(..7) != HEADER.get(..7) {
            return Err(bad("this is not a compiled gazetteer"));
        }
        if header != HEADER {
            return Err(bad("it was written by another version of OnIt"));
        }
        let Some((sum, body)) = rest.split_at_checked(32) else { return Err(bad("the file is cut short")) };
        if Sha256::digest(body)[..] != *sum {
            return Err(bad("the checksum does not match, the file is damaged or cut short"));
        }
        let city = postcard::from_bytes(body).map_err(|e| bad(&format!("cannot be read ({e})")))?;
        Self::new(city)
    }

    /// Bytes for a file or the database: header, checksum, content.
    ///
    /// # Errors
    /// `Invalid` when the content cannot be written (never seen).
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let body = postcard::to_stdvec(&self.city)
            .map_err(|e| Error::Invalid(format!("gazetteer: cannot be written ({e})")))?;
        let mut bytes = HEADER.to_vec();
        bytes.extend_from_slice(&Sha256::digest(&body));
        bytes.extend_from_slice(&body);
        Ok(bytes)
    }

    /// South, west, north, east edge in degrees; `None` when empty.
    #[must_use]
    pub fn bbox(&self) -> Option<(f64, f64, f64, f64)> {
        let nodes = self.city.nodes.iter().map(|n| &n.at);
        let spots = self.city.spots.iter().map(|s| &s.at);
        let doors = self.city.doors.iter().map(|d| &d.at);
        bounds(nodes.chain(spots).chain(doors)).map(|(low, high)| (low.lat, low.lon, high.lat, high.lon))
    }

    /// The line maps must show: "Map data: City of Riverton".
    #[must_use]
    pub fn attribution(&self) -> &str {
        &self.city.attribution
    }

    /// The city's name as its import says: "Riverton".
    #[must_use]
    pub fn city_name(&self) -> &str {
        &self.city.name
    }

    /// Every house whose door is known, as people write it, with degrees north and east: ("214 Green St", …).
    #[must_use]
    pub fn known_houses(&self) -> Vec<(String, f64, f64)> {
        let named = |door: &Door| {
            let street = self.city.streets.get(door.street as usize)?;
            Some((format!("{} {}", door.number, street.name), door.at.lat, door.at.lon))
        };
        self.city.doors.iter().filter_map(named).collect()
    }

    /// `true` when there is nothing to find.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.city.streets.is_empty() && self.city.spots.is_empty() && self.city.assets.is_empty()
    }
}
