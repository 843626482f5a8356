//! Words or coordinates in, places out: where a concern is, how sure we are, and whose ground it is.
//!
//! [`locate`] reads a post once against a city's [`Gazetteer`] and answers with a point, a shape, a radius of
//! doubt, the words it came from and the alternatives; it refuses rather than guesses.
//! Everything here is pure after loading: no database, no network, no clock. A city lives in memory.
//! Edges: [`import`] makes a gazetteer from a city's own layers; `store.rs` keeps its bytes in the database.
//!
//! Reading order: `text` (tokens) -> `gazetteer` (what a city is) -> `lexicon`, `index`, `fuzzy` (names to
//! things) -> `geoparse` (which words may be names) -> `geocode`, `houses` (where that is) -> `addresses`, `crossings`,
//! `blocks`, `spots` (what can be said) -> `answer` (one answer or a refusal), `sources` (what else is known),
//! `among` (the answer to our own question) -> `areas`, `whose`, `reverse` (in which ward, who looks after it,
//! what is near) -> `basemap` (a drawn neighborhood).

mod addresses;
mod among;
mod answer;
mod areas;
mod basemap;
mod blocks;
mod crossings;
pub mod eval;
mod fuzzy;
mod gazetteer;
mod geocode;
mod geometry;
mod geoparse;
mod houses;
pub mod import;
mod index;
mod lexicon;
mod reverse;
mod sources;
mod space;
mod spots;
mod store;
mod text;
mod whose;
mod words;

use serde::{Deserialize, Serialize};

/// The gazetteer as the database keeps it.
pub mod stored {
    pub use super::store::{active, active_version, replace};
}

pub use self::answer::locate;
pub use self::areas::{areas_at, areas_of, each_area_at, inside_city, nearest_asset, same_city};
pub use self::basemap::{city_geojson, map_svg};
pub use self::gazetteer::Gazetteer;
pub use self::reverse::{label_near, rounded_for_privacy};
pub use self::whose::{By, Whose, whose};
use crate::span::Span;

/// What [`locate`] can say about a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// One place, good enough to name.
    Found,
    /// Two or more places fit and lie more than 150 m apart: ask which.
    Ambiguous,
    /// The words name a place that is not in this city.
    Outside,
    /// No place is named.
    None,
}

/// How a place was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// House number and street.
    Address,
    /// Two streets that meet.
    Intersection,
    /// A stretch of one street between two others.
    Block,
    /// A whole street.
    Street,
    /// A named square.
    Square,
    /// A park or other open space.
    Park,
    /// A building or other well-known spot.
    Landmark,
    /// A numbered thing the city keeps a list of: pole, hydrant, barrel.
    Asset,
    /// Coordinates sent with the post.
    Geotag,
}

impl Kind {
    /// The word used in JSON and in settings.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Intersection => "intersection",
            Self::Block => "block",
            Self::Street => "street",
            Self::Square => "square",
            Self::Park => "park",
            Self::Landmark => "landmark",
            Self::Asset => "asset",
            Self::Geotag => "geotag",
        }
    }
}

/// What a place was found by: where several things were needed, the least trusted of them.
///
/// In order of trust; the words come first, a profile never places a post by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FoundBy {
    /// A person of the city set it.
    Person,
    /// The words name it.
    #[default]
    Words,
    /// The coordinates sent with the post.
    Geotag,
    /// Where the post's photo was taken.
    Photo,
    /// The thread is about it.
    Thread,
    /// The part of the city on the author's profile chose between places that fit.
    Profile,
}

impl FoundBy {
    /// The word kept with a ticket.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Words => "words",
            Self::Geotag => "geotag",
            Self::Photo => "photo",
            Self::Thread => "thread",
            Self::Profile => "profile",
        }
    }

    /// For people who work here; empty for what needs no saying.
    #[must_use]
    pub fn said(self) -> &'static str {
        match self {
            Self::Words => "",
            Self::Person => "set by a colleague",
            Self::Geotag => "from the coordinates of the post",
            Self::Photo => "from where the photo was taken",
            Self::Thread => "from the thread",
            Self::Profile => "several fit; the author's profile names this part of the city",
        }
    }
}

/// One place in WGS84 degrees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// Doubt: the true spot is expected within this many metres.
    pub radius_m: f64,
    /// How it was named.
    pub kind: Kind,
    /// Words for people, in the city's own spelling: "Broad St & Market St".
    pub label: String,
    /// The words of the text that name it, in characters; `None` for geotags and candidates chosen by number.
    pub span: Option<Span>,
    /// Stable name of the spot for joining: `node:…`, `segment:…`, `asset:pole:1163`, `park:…`, `address:…`.
    pub key: String,
    /// The street it is on, `street:…`.
    pub street_key: Option<String>,
    /// The street segment it is on, `segment:…`.
    pub segment_key: Option<String>,
    /// For blocks and streets: the line, as (lat, lon). For parks and squares: the outline of the largest part, closed.
    pub shape: Option<Vec<(f64, f64)>>,
    /// What it was found by.
    #[serde(default)]
    pub found_by: FoundBy,
}

/// What [`locate`] answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Located {
    /// What kind of answer this is.
    pub status: Status,
    /// The place; `Some` only if `status` is `Found`.
    pub best: Option<Place>,
    /// Other places that fit, best first; for `Ambiguous` these are the candidates to ask about.
    pub alternatives: Vec<Place>,
    /// One plain sentence for staff: why this answer.
    pub reason: String,
    /// The other town the words name; only if `status` is `Outside`.
    pub town: Option<String>,
}

/// What is known beside the words.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints<'a> {
    /// Coordinates sent with the post, (lat, lon) in degrees.
    pub geotag: Option<(f64, f64)>,
    /// Where the post's photo says it was taken, (lat, lon) in degrees; read before it is wiped.
    pub photo: Option<(f64, f64)>,
    /// The place of the ticket in whose thread the post stands.
    pub thread: Option<&'a Place>,
    /// Where the author's profile says they live: chooses between candidates, never places a post by itself.
    pub profile: Option<&'a str>,
    /// Candidates we offered when we asked "which one?"; the text is the answer.
    pub among: &'a [Place],
    /// The kind of asset the service is about (`street_light`, `hydrant`): the spot snaps to the nearest one.
    pub asset_kind: Option<&'a str>,
    /// The text answers "where?", so a bare name counts.
    pub answer: bool,
}

/// An area that contains a spot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AreaName {
    /// `ward`, `neighborhood`, `city` …
    pub layer: String,
    /// The name on the layer: "Ward 3".
    pub name: String,
    /// The spot lies beside it: its edge is within the doubt.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub edge: bool,
}

/// The part of the city a map shows. Maps are cropped, never scaled.
#[derive(Clone, Copy, Debug)]
pub struct MapView {
    /// Middle of the map, degrees north.
    pub lat: f64,
    /// Middle of the map, degrees east.
    pub lon: f64,
    /// Width in CSS pixels (limited to 2000).
    pub width_px: u32,
    /// Height in CSS pixels (limited to 2000).
    pub height_px: u32,
    /// Metres shown by one pixel (0.2 to 20); 0.6 suits a corner, 2 a neighborhood.
    pub metres_per_px: f64,
}

/// One marker on a map.
#[derive(Clone, Debug)]
pub struct Mark<'a> {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// Doubt, drawn as a dashed circle when the marker is selected and it is wider than the marker.
    pub radius_m: f64,
    /// `received open assigned in_progress fixed waiting reopened closed`: class `mk-…` and the shape.
    pub state: &'a str,
    /// Name for people and screen readers.
    pub label: String,
    /// Where the marker leads.
    pub href: Option<String>,
    /// The one this page is about: larger, with a ring.
    pub selected: bool,
    /// People who reported it; a badge from 2.
    pub count: u32,
}

#[cfg(test)]
mod tests;
