//! Is this the problem we already know? Pure rules over candidates the store found nearby.
//!
//! First version: the same key, or near enough for the service; never a different asset.

use super::store::Ticket;
use crate::places::{Kind, Place};
use crate::settings::{JoinRule, Same};

/// Metres per degree of latitude, good to 0.5 % everywhere.
const METRES_PER_DEGREE: f64 = 111_320.0;

/// How well a ticket fits, 0 to 1, and why, in words for staff; `None` when it is another problem.
#[must_use]
pub fn fits(ticket: &Ticket, place: &Place, rule: &JoinRule) -> Option<(f64, String)> {
    if ticket.place_key == place.key {
        return Some((1.0, format!("same place: {}", ticket.place_label)));
    }
    let both_assets = ticket.place_kind == Kind::Asset.as_str() && place.kind == Kind::Asset;
    if both_assets
        || rule.same == Same::Asset && ticket.place_kind == Kind::Asset.as_str() && place.kind == Kind::Asset
    {
        return None;
    }
    if rule.same == Same::Segment && place.segment_key.is_some() {
        let same = ticket.segment_key == place.segment_key;
        return same.then(|| (0.95, format!("same block: {}", ticket.place_label)));
    }
    let (lat, lon) = (ticket.lat?, ticket.lon?);
    let metres = metres_between((lat, lon), (place.lat, place.lon));
    (metres <= rule.radius_m).then(|| {
        (1.0 - 0.5 * metres / rule.radius_m.max(1.0), format!("{metres:.0} m from {}", ticket.place_label))
    })
}

/// Distance on the ground, in metres; flat-earth, right for the size of a city.
#[must_use]
pub fn metres_between(a: (f64, f64), b: (f64, f64)) -> f64 {
    let north = (a.0 - b.0) * METRES_PER_DEGREE;
    let east = (a.1 - b.1) * METRES_PER_DEGREE * a.0.to_radians().cos();
    north.hypot(east)
}

/// South-west and north-east corners of a box of `radius_m` metres around a point.
#[must_use]
pub fn box_around(lat: f64, lon: f64, radius_m: f64) -> ((f64, f64), (f64, f64)) {
    let up = radius_m / METRES_PER_DEGREE;
    let aside = up / lat.to_radians().cos().abs().max(0.01);
    ((lat - up, lon - aside), (lat + up, lon + aside))
}
