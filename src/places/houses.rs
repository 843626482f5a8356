//! House numbers: where on a street a number is, from known doors or from the ranges of its segments.

use super::gazetteer::{Door, Gazetteer, Range, Segment};
use super::geometry::{Point, along, length_m, mean, nearest_on};

/// Houses stand this far from the middle of the street.
const HOUSE_OFFSET_M: f64 = 8.0;
/// A number this far from any known one of its street is still put at the nearest.
const NEAR_NUMBERS: u32 = 100;
/// A missing number between two known doors at most this far apart lies between them.
const DOORS_APART_M: f64 = 200.0;
/// So many numbers beside a known door is the house next to it.
const NEXT_DOORS: u32 = 8;

/// How a house number fits its street, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// A house that stands: its door is known, or its number lies in a range.
    InRange,
    /// In a range the city keeps for houses to come.
    Spare,
    /// So many numbers beside the nearest range.
    Beside(u32),
}

/// Where a house number is.
#[derive(Clone, Copy, Debug)]
pub(super) struct House {
    pub at: Point,
    /// The segment it stands on; `None` where the city knows the door but not the street's line.
    pub segment: Option<u32>,
    pub fit: Fit,
    pub radius_m: f64,
    /// The number is higher than every known one of its street.
    pub beyond: bool,
}

impl House {
    /// A house that stands, as far as the city knows.
    pub fn stands(&self) -> bool {
        self.fit <= Fit::Spare
    }
}

/// A range fits a number on its own side of the street.
fn parity_fits(range: Range, number: u32) -> bool {
    range.from % 2 != range.to % 2 || range.from % 2 == number % 2
}

/// Numbers between a range and a number on its side: 0 = inside.
fn gap(range: Range, number: u32) -> u32 {
    let (low, high) = (range.from.min(range.to), range.from.max(range.to));
    if number < low { low - number } else { number.saturating_sub(high) }
}

/// Puts a house number on a street; `None` when nothing known is near it.
pub(super) fn house(g: &Gazetteer, street: u32, number: u32) -> Option<House> {
    if let Some(known) = door(g, street, number) {
        return Some(known);
    }
    let ranged = in_ranges(g, street, number);
    if ranged.is_some_and(|house| house.fit <= Fit::Spare) {
        return ranged;
    }
    match (between_doors(g, street, number), ranged) {
        (Some(near), Some(other)) if other.fit < near.fit => Some(other),
        (near, other) => near.or(other),
    }
}

/// The known doors of a street, by number.
fn doors(g: &Gazetteer, street: u32) -> impl DoubleEndedIterator<Item = &Door> {
    let list = g.index.street_doors.get(street as usize).map_or(&[][..], Vec::as_slice);
    list.iter().filter_map(|at| g.city.doors.get(*at as usize))
}

/// A known door; several of one number (an entrance and its building) are one while they stand together.
fn door(g: &Gazetteer, street: u32, number: u32) -> Option<House> {
    let list = g.index.street_doors.get(street as usize)?;
    let number_of = |at: &u32| g.city.doors.get(*at as usize).map_or(0, |door| door.number);
    let from = list.partition_point(|at| number_of(at) < number);
    let same = list.get(from..)?.iter().take_while(|at| number_of(at) == number);
    let points: Vec<Point> = same.filter_map(|at| g.city.doors.get(*at as usize)).map(|d| d.at).collect();
    let first = *points.first()?;
    let middle = mean(&points);
    let at = points.iter().copied().min_by(|a, b| a.distance_m(middle).total_cmp(&b.distance_m(middle)));
    let spread = points.iter().map(|p| p.distance_m(middle)).fold(0.0, f64::max);
    let at = at.unwrap_or(first);
    Some(House {
        at,
        segment: segment_beside(g, street, at),
        fit: Fit::InRange,
        radius_m: 12.0 + spread,
        beyond: false,
    })
}

/// Between the nearest known doors of the same side of the street; beyond the last one it stays there.
fn between_doors(g: &Gazetteer, street: u32, number: u32) -> Option<House> {
    let side = || doors(g, street).filter(|door| door.number % 2 == number % 2);
    let below = side().rev().find(|door| door.number < number);
    let above = side().find(|door| door.number > number);
    let (at, numbers, radius_m) = match (below, above) {
        (Some(a), Some(b)) if a.at.distance_m(b.at) <= DOORS_APART_M => {
            let share = f64::from(number - a.number) / f64::from(b.number - a.number);
            let (east, north) = b.at.metres_from(a.at);
            let numbers = (number - a.number).min(b.number - number);
            (a.at.moved(east * share, north * share), numbers, 15.0 + a.at.distance_m(b.at) / 2.0)
        }
        (a, b) => {
            let away = |door: &&Door| door.number.abs_diff(number);
            let nearest = a.into_iter().chain(b).min_by_key(away)?;
            let numbers = away(&nearest);
            (nearest.at, numbers, 30.0 + f64::from(numbers) * 2.0)
        }
    };
    let fit = if numbers <= NEXT_DOORS { Fit::Spare } else { Fit::Beside(numbers) };
    let segment = segment_beside(g, street, at);
    (numbers <= NEAR_NUMBERS).then_some(House {
        at,
        segment,
        fit,
        radius_m: radius_m.min(250.0),
        beyond: above.is_none(),
    })
}

/// The segment of a street that a door stands at.
fn segment_beside(g: &Gazetteer, street: u32, at: Point) -> Option<u32> {
    let segments = g.index.street_segments.get(street as usize)?;
    let away = |segment: u32| {
        let line = &g.city.segments.get(segment as usize)?.line;
        nearest_on(line, at).map(|(_, away, _, _)| (segment, away))
    };
    segments.iter().filter_map(|s| away(*s)).min_by(|a, b| a.1.total_cmp(&b.1)).map(|(segment, _)| segment)
}

/// By the ranges of the street's segments.
fn in_ranges(g: &Gazetteer, street: u32, number: u32) -> Option<House> {
    let mut best: Option<(Fit, u32, Range, bool)> = None;
    let mut highest = 0;
    for &at in g.index.street_segments.get(street as usize)? {
        let s = g.city.segments.get(at as usize)?;
        let sides = [(s.left, false, false), (s.right, true, false)];
        let spare = [(s.left_spare, false, true), (s.right_spare, true, true)];
        for (range, right, is_spare) in sides.into_iter().chain(spare) {
            let Some(range) = range else { continue };
            highest = highest.max(range.from).max(range.to);
            let away = gap(range, number);
            let fit = match (away, parity_fits(range, number), is_spare) {
                (0, true, false) => Fit::InRange,
                (0, true, true) => Fit::Spare,
                (0, false, _) => Fit::Beside(1),
                (n, true, _) => Fit::Beside(n),
                (n, false, _) => Fit::Beside(n + 2),
            };
            if best.is_none_or(|(old, ..)| fit < old) {
                best = Some((fit, at, range, right));
            }
        }
    }
    let (fit, segment, range, right) = best?;
    if matches!(fit, Fit::Beside(n) if n > NEAR_NUMBERS) {
        return None;
    }
    let house = place_house(g.city.segments.get(segment as usize)?, segment, fit, range, right, number);
    Some(House { beyond: number > highest, ..house })
}

fn place_house(s: &Segment, segment: u32, fit: Fit, range: Range, right: bool, number: u32) -> House {
    let (from, to) = (f64::from(range.from), f64::from(range.to));
    let share = if from == to { 0.5 } else { ((f64::from(number) - from) / (to - from)).clamp(0.02, 0.98) };
    let wrong_side = !parity_fits(range, number);
    let offset = if right == wrong_side { -HOUSE_OFFSET_M } else { HOUSE_OFFSET_M };
    let doubt = 12.0 + length_m(&s.line) * if from == to { 0.3 } else { 0.12 };
    let radius_m = match fit {
        Fit::InRange => doubt.min(60.0),
        Fit::Spare => (doubt * 1.5).min(90.0),
        Fit::Beside(n) => (doubt + 20.0 + f64::from(n) * 2.0).min(250.0),
    };
    House { at: along(&s.line, share, offset), segment: Some(segment), fit, radius_m, beyond: false }
}
