//! Who looks after a spot: the owner of the thing, of the park, of the road, else the city.
//!
//! An asset outranks the ground it stands on: a city lamp in a state park is the city's. Whether an owner is somebody
//! else is the caller's question; this module only says what the map data says.

use std::collections::BTreeSet;

use geo::{Coord, Intersects};

use super::areas::{inside_city, to_geo};
use super::gazetteer::Gazetteer;
use super::geocode::asset_by_key;
use super::geometry::Point;
use super::space::{around, nearest_segment};
use super::{Kind, Place};

/// A spot this near to a road is on it.
const ON_ROAD_M: f64 = 25.0;

/// What makes somebody the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The pole or hydrant is theirs.
    Asset,
    /// The park around the spot is theirs.
    Park,
    /// The road is theirs.
    Road,
    /// Nobody else has it, and it is in the city.
    City,
    /// It is not in the city.
    Nobody,
}

/// Who looks after a spot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whose {
    /// The owner's name as the map data has it; `None` where it names nobody.
    pub owner: Option<String>,
    /// Why it is theirs.
    pub by: By,
}

impl Gazetteer {
    /// Everybody who owns anything on the map, by the names the map data has.
    #[must_use]
    pub fn owner_names(&self) -> BTreeSet<&str> {
        let assets = self.city.assets.iter().filter_map(|a| a.owner.as_deref());
        let spots = self.city.spots.iter().filter_map(|s| s.owner.as_deref());
        let roads = self.city.segments.iter().filter_map(|s| s.owner.as_deref());
        assets.chain(spots).chain(roads).collect()
    }
}

/// Who looks after a place: asset, then park, then road, then the city by its boundary.
#[must_use]
pub fn whose(g: &Gazetteer, place: &Place) -> Whose {
    let at = Point { lat: place.lat, lon: place.lon };
    let asset = asset_by_key(g, &place.key).and_then(|asset| asset.owner.clone());
    let found = asset
        .map(|owner| (owner, By::Asset))
        .or_else(|| park_owner(g, at).map(|owner| (owner, By::Park)))
        .or_else(|| road_owner(g, place, at).map(|owner| (owner, By::Road)));
    match found {
        Some((owner, by)) => Whose { owner: Some(owner), by },
        None if inside_city(g, at.lat, at.lon) => Whose { owner: None, by: By::City },
        None => Whose { owner: None, by: By::Nobody },
    }
}

/// The owner of the park or square that contains the spot.
fn park_owner(g: &Gazetteer, at: Point) -> Option<String> {
    let spots = g.index.space.spots_in(around(at, 1.0));
    spots.into_iter().filter_map(|n| g.city.spots.get(n as usize)).find_map(|spot| {
        let owner = spot.owner.as_ref()?;
        to_geo(&spot.shape).intersects(&Coord { x: at.lon, y: at.lat }).then(|| owner.clone())
    })
}

/// The owner of the road the place is on. A house stands on its own ground, and a corner has two roads: the first
/// with an owner of its own counts there, for no crew of ours works on half a crossing.
fn road_owner(g: &Gazetteer, place: &Place, at: Point) -> Option<String> {
    if place.kind == Kind::Intersection {
        let id = place.key.strip_prefix("node:")?;
        let node = g.index.space.segments_in(around(at, ON_ROAD_M)).into_iter();
        let meets = node.filter_map(|n| g.city.segments.get(n as usize)).filter(|s| {
            [s.from, s.to].into_iter().any(|n| g.city.nodes.get(n as usize).is_some_and(|n| n.id == id))
        });
        return meets.filter_map(|s| s.owner.clone()).next();
    }
    let near = nearest_segment(g, at, ON_ROAD_M)?;
    g.city.segments.get(near.segment as usize)?.owner.clone()
}
