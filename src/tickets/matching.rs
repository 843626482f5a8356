//! Is this the problem we already know? Pure rules over candidates the store found nearby.
//!
//! Each sign moves the score in log-odds: the place first (its name, or how likely both spots lie within the
//! service's distance although neither is known exactly), then words, photos, time and the stretch of street.
//! A city line, another pole or, where the address counts, another address end it at once.
//! Weights and thresholds are data in `config/joining.toml`; docs/JOINING.md has the rubric and what was measured.

use chrono::{DateTime, Duration, Utc};

use super::likeness::Words;
use crate::media::bits_apart;
use crate::places::{self, Gazetteer, Kind, Place};
use crate::settings::{JoinRule, Joining, Same};

/// Metres per degree of latitude, good to 0.5 % everywhere.
const METRES_PER_DEGREE: f64 = 111_320.0;
/// A radius of doubt holds the true spot in 95 of 100 cases: so many standard deviations of a round spread.
const SPREADS_IN_DOUBT: f64 = 2.447;
/// Up to so many bits two photos look alike to a person.
const ALIKE_BITS: u32 = 10;
/// From so much in common on the words are called alike to staff.
const SAY_ALIKE: f64 = 0.5;

/// One side of a comparison.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Where.
    pub place: &'a Place,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// In which words.
    pub words: &'a Words,
    /// Looks of its photos.
    pub photos: &'a [u64],
}

/// How well two reports fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// 0 surely two problems, 1 surely one.
    pub p: f64,
    /// Why, in words for staff: "12 m from Pole 1163, same words".
    pub why: String,
}

/// What is done about a fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It joins by itself.
    Join,
    /// A person is asked.
    Perhaps,
    /// Two problems.
    Apart,
}

/// What a score means for a service.
#[must_use]
pub fn verdict(p: f64, rule: &JoinRule, joining: &Joining) -> Verdict {
    if p >= rule.join_p.unwrap_or(joining.join_p) {
        Verdict::Join
    } else if p >= rule.suggest_p.unwrap_or(joining.suggest_p) {
        Verdict::Perhaps
    } else {
        Verdict::Apart
    }
}

/// Compares a new report with a known one of the same service; `None` when they can never be one problem.
#[must_use]
pub fn fits(
    new: &Seen<'_>,
    known: &Seen<'_>,
    rule: &JoinRule,
    joining: &Joining,
    city: &Gazetteer,
) -> Option<Fit> {
    if !can_be_one(new.place, known.place, rule, city) {
        return None;
    }
    let gap = (new.at - known.at).abs();
    let days = Duration::days(i64::from(rule.days));
    if gap > days {
        return None;
    }
    let weight = &joining.weight;
    let (place_p, mut why) = by_place(new.place, known.place, rule, joining);
    let mut odds = log_odds(place_p);
    let alike = new.words.alike(known.words);
    odds += weight.words * (alike.share - weight.words_even);
    odds += weight.kind * count(alike.same.len().min(2));
    odds -= weight.time * part(gap, days);
    if let (Some(a), Some(b)) = (&new.place.segment_key, &known.place.segment_key) {
        odds += if a == b { weight.segment } else { -weight.segment };
    }
    let photo = new.photos.iter().any(|a| known.photos.iter().any(|b| bits_apart(*a, *b) <= ALIKE_BITS));
    if photo {
        odds += weight.photo;
        why.push_str(", photos look alike");
    }
    if alike.share >= SAY_ALIKE {
        why.push_str(if alike.share > 0.99 { ", same words" } else { ", much the same words" });
    }
    let mut p = 1.0 / (1.0 + (-odds).exp());
    for list in alike.apart.iter().filter_map(|n| joining.tell_apart.get(*n)) {
        why.push_str(", but another ");
        why.push_str(&list.what);
        // Never by itself; with everything else alike a person is asked.
        let most = rule.join_p.unwrap_or(joining.join_p) - 0.01;
        p = p.min(most) * 0.6;
    }
    Some(Fit { p, why })
}

/// The bounds no score crosses: the city line, a numbered thing, an address where the address counts.
fn can_be_one(a: &Place, b: &Place, rule: &JoinRule, city: &Gazetteer) -> bool {
    if same_spot(a, b) {
        return true;
    }
    if a.kind == Kind::Asset && b.kind == Kind::Asset {
        return false;
    }
    if rule.same == Same::Segment
        && let (Some(one), Some(other)) = (&a.segment_key, &b.segment_key)
        && one != other
    {
        return false;
    }
    let named = !matches!(a.kind, Kind::Geotag | Kind::Street | Kind::Block);
    if rule.same == Same::Place && named && a.kind == b.kind {
        return false;
    }
    places::same_city(city, (a.lat, a.lon), (b.lat, b.lon))
}

/// The same place by name. A block named from its other end has another key and the same name.
fn same_spot(a: &Place, b: &Place) -> bool {
    a.kind == b.kind && a.kind != Kind::Geotag && (a.key == b.key || a.label == b.label)
}

/// What the places alone say, and in words.
fn by_place(new: &Place, known: &Place, rule: &JoinRule, joining: &Joining) -> (f64, String) {
    let same = &joining.same_place;
    if same_spot(new, known) {
        let p = match known.kind {
            Kind::Asset => same.asset,
            Kind::Address => same.address,
            Kind::Intersection => same.intersection,
            Kind::Landmark => same.landmark,
            Kind::Street | Kind::Block if rule.same == Same::Segment => same.segment,
            Kind::Block => same.block,
            Kind::Square => same.square,
            Kind::Park => same.park,
            Kind::Street | Kind::Geotag => same.street,
        };
        return (p, format!("same place: {}", known.label));
    }
    let segments = new.segment_key.as_ref().zip(known.segment_key.as_ref());
    if rule.same == Same::Segment && segments.is_some_and(|(a, b)| a == b) {
        return (same.segment, format!("same block: {}", known.label));
    }
    let metres = metres_between((new.lat, new.lon), (known.lat, known.lon));
    let p = chance_within(metres, (new.radius_m, known.radius_m), rule.radius_m);
    let corners = new.kind == Kind::Intersection && known.kind == Kind::Intersection;
    let most = if corners { same.other_corner } else { same.asset };
    (p.min(most), format!("{metres:.0} m from {}", known.label))
}

/// The chance that two true spots lie within `reach_m` of each other, when what was found of them lies `metres` apart
/// and each is known to a radius of doubt: a round normal spread around the distance, cut by the circle.
#[must_use]
pub fn chance_within(metres: f64, doubt_m: (f64, f64), reach_m: f64) -> f64 {
    /// Strips the circle is cut into: the error stays below a thousandth.
    const STRIPS: u32 = 48;
    let spread = (doubt_m.0.hypot(doubt_m.1) / SPREADS_IN_DOUBT).max(0.5);
    let width = 2.0 * reach_m / f64::from(STRIPS);
    let strips = (0..STRIPS).map(|n| {
        let x = -reach_m + (f64::from(n) + 0.5) * width;
        let half = (reach_m * reach_m - x * x).max(0.0).sqrt();
        let along =
            (phi((x + width / 2.0 - metres) / spread) - phi((x - width / 2.0 - metres) / spread)).max(0.0);
        along * (2.0 * phi(half / spread) - 1.0)
    });
    strips.sum::<f64>().clamp(0.001, 0.999)
}

/// The normal distribution up to `z` (Abramowitz and Stegun 26.2.17, error below 1e-7).
fn phi(z: f64) -> f64 {
    const B: [f64; 5] = [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let tail = (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt()
        * B.iter().rev().fold(0.0, |sum, b| (sum + b) * t);
    if z >= 0.0 { 1.0 - tail } else { tail }
}

fn log_odds(p: f64) -> f64 {
    let p = p.clamp(0.001, 0.999);
    (p / (1.0 - p)).ln()
}

fn count(n: usize) -> f64 {
    u32::try_from(n).map_or(0.0, f64::from)
}

/// How much of the time allowed has passed, 0 to 1.
#[expect(clippy::cast_precision_loss, reason = "seconds of at most a year")]
fn part(gap: Duration, days: Duration) -> f64 {
    gap.num_seconds() as f64 / days.num_seconds().max(1) as f64
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubt_makes_unsure() {
        let check = |metres: f64, doubt: (f64, f64), reach: f64, least: f64, most: f64| {
            let p = chance_within(metres, doubt, reach);
            assert!((least..=most).contains(&p), "{metres} m, doubt {doubt:?}, reach {reach}: {p}");
        };
        // Without doubt it is the circle alone.
        check(10.0, (0.0, 0.0), 15.0, 0.99, 1.0);
        check(20.0, (0.0, 0.0), 15.0, 0.0, 0.01);
        // At no distance: 1 - exp(-r²/2s²), here with a spread of 10 m.
        check(0.0, (SPREADS_IN_DOUBT * 10.0, 0.0), 20.0, 0.862, 0.867);
        check(20.0, (SPREADS_IN_DOUBT * 10.0, 0.0), 20.0, 0.37, 0.5);
        // A vague place is never surely near.
        check(0.0, (200.0, 5.0), 15.0, 0.0, 0.05);
    }
}
