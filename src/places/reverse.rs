//! From coordinates to words: the nearest address, most specific first; and rounding for privacy.

use super::addresses::number_at;
use super::gazetteer::Gazetteer;
use super::geometry::{METRES_PER_DEGREE, Point};
use super::space::{around, nearest_segment};

/// "near 214 Green St", "near Mill Pond Park", or `None` when nothing with a name is within 80 m.
#[must_use]
pub fn label_near(g: &Gazetteer, lat: f64, lon: f64) -> Option<String> {
    if !(lat.is_finite() && lon.is_finite()) {
        return None;
    }
    let at = Point { lat, lon };
    if let Some(near) = nearest_segment(g, at, 80.0) {
        let street = g.city.segments.get(near.segment as usize)?.street;
        let name = &g.city.streets.get(street as usize)?.name;
        let number = number_at(g, near.segment, near.share, near.right);
        if near.away_m <= 40.0 || spot_at(g, at).is_none() {
            return Some(number.map_or_else(|| format!("near {name}"), |n| format!("near {n} {name}")));
        }
    }
    spot_at(g, at).map(|name| format!("near {name}"))
}

fn spot_at(g: &Gazetteer, at: Point) -> Option<String> {
    let near = g.index.space.spots_in(around(at, 80.0));
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
