//! From coordinates to words: the nearest address, most specific first; and rounding for privacy.

use super::addresses::number_at;
use super::areas::{CITY_LAYER, areas_at};
use super::gazetteer::Gazetteer;
use super::geometry::{METRES_PER_DEGREE, Point};
use super::space::{around, nearest_segment};

/// A known door this near is the address.
const DOOR_M: f64 = 40.0;
/// A street or spot this near has to do with it.
const NEAR_M: f64 = 80.0;

/// Most specific first: "near 214 Green St", "near Green St", "near Mill Pond Park", "in Old Town Ward", or `None`
/// when nothing with a name is there.
#[must_use]
pub fn label_near(g: &Gazetteer, lat: f64, lon: f64) -> Option<String> {
    if !(lat.is_finite() && lon.is_finite()) {
        return None;
    }
    let at = Point { lat, lon };
    let street = nearest_segment(g, at, NEAR_M);
    let on_street = || {
        let near = street.as_ref()?;
        let street = g.city.segments.get(near.segment as usize)?.street;
        let name = &g.city.streets.get(street as usize)?.name;
        let number = number_at(g, near.segment, near.share, near.right);
        Some(number.map_or_else(|| format!("near {name}"), |n| format!("near {n} {name}")))
    };
    let beside = street.as_ref().is_some_and(|near| near.away_m <= DOOR_M);
    let spot = || spot_at(g, at).map(|name| format!("near {name}"));
    door_at(g, at)
        .or_else(|| beside.then(on_street).flatten())
        .or_else(spot)
        .or_else(on_street)
        .or_else(|| area_at(g, lat, lon))
}

/// The nearest known door.
fn door_at(g: &Gazetteer, at: Point) -> Option<String> {
    let near = g.index.space.doors_in(around(at, DOOR_M));
    let doors = near.into_iter().filter_map(|n| g.city.doors.get(n as usize));
    let door = doors.min_by(|a, b| a.at.distance_m(at).total_cmp(&b.at.distance_m(at)))?;
    let street = &g.city.streets.get(door.street as usize)?.name;
    Some(format!("near {} {street}", door.number))
}

/// The part of the city, smallest first as cities list them: not the city itself.
fn area_at(g: &Gazetteer, lat: f64, lon: f64) -> Option<String> {
    let areas = areas_at(g, lat, lon, 0.0);
    areas.into_iter().find(|area| area.layer != CITY_LAYER).map(|area| format!("in {}", area.name))
}

fn spot_at(g: &Gazetteer, at: Point) -> Option<String> {
    let near = g.index.space.spots_in(around(at, NEAR_M));
    let spots = near.into_iter().filter_map(|n| g.city.spots.get(n as usize));
    spots.min_by(|a, b| a.at.distance_m(at).total_cmp(&b.at.distance_m(at))).map(|s| s.name.clone())
}

/// Coordinates moved to the middle of a cell of about 100 m, for services that concern homes or people.
#[must_use]
pub fn rounded_for_privacy(lat: f64, lon: f64) -> (f64, f64) {
    const CELL_M: f64 = 100.0;
    let high = CELL_M / METRES_PER_DEGREE;
    let lat = (lat / high).floor() * high + high / 2.0;
    let wide = high / lat.to_radians().cos().max(0.01);
    (lat, (lon / wide).floor() * wide + wide / 2.0)
}
