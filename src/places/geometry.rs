//! Flat geometry for one city: points in degrees, lengths in metres.
//!
//! A city is small, so the earth is flat here: a degree of longitude shrinks with the cosine of the latitude
//! and nothing else. Exact polygon questions are `areas`' job.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Metres in one degree of latitude.
pub(super) const METRES_PER_DEGREE: f64 = 111_195.0;

/// A spot in WGS84 degrees. Kept on disk as billionths of a degree: coarser steps make some thin polygons cross themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Point {
    pub lat: f64,
    pub lon: f64,
}

impl Serialize for Point {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        ((self.lat * 1e9).round() as i64, (self.lon * 1e9).round() as i64).serialize(out)
    }
}

impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let (lat, lon) = <(i64, i64)>::deserialize(input)?;
        Ok(Self { lat: lat as f64 / 1e9, lon: lon as f64 / 1e9 })
    }
}

impl Point {
    /// The spot as it comes back from disk; shapes are checked in this form.
    pub fn as_stored(self) -> Self {
        Self { lat: (self.lat * 1e9).round() / 1e9, lon: (self.lon * 1e9).round() / 1e9 }
    }

    /// Metres east and north from `origin`.
    pub fn metres_from(self, origin: Self) -> (f64, f64) {
        let east = (self.lon - origin.lon) * METRES_PER_DEGREE * origin.lat.to_radians().cos();
        (east, (self.lat - origin.lat) * METRES_PER_DEGREE)
    }

    /// The spot `east` and `north` metres away.
    pub fn moved(self, east_m: f64, north_m: f64) -> Self {
        let shrink = self.lat.to_radians().cos().max(1e-6);
        Self {
            lat: self.lat + north_m / METRES_PER_DEGREE,
            lon: self.lon + east_m / (METRES_PER_DEGREE * shrink),
        }
    }

    /// Metres between two spots.
    pub fn distance_m(self, other: Self) -> f64 {
        let (east, north) = other.metres_from(self);
        east.hypot(north)
    }
}

/// A ring with holes; rings are closed (last point = first point).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Polygon {
    pub outer: Vec<Point>,
    pub inner: Vec<Vec<Point>>,
}

/// Middle of a ring, weighted by area; the mean of its points when it has none.
pub(super) fn centroid(ring: &[Point]) -> Point {
    let Some(&origin) = ring.first() else { return Point::default() };
    let (mut area, mut east, mut north) = (0.0, 0.0, 0.0);
    for pair in ring.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0].metres_from(origin), pair[1].metres_from(origin));
        let cross = x0 * y1 - x1 * y0;
        area += cross;
        east += (x0 + x1) * cross;
        north += (y0 + y1) * cross;
    }
    if area.abs() < 1e-6 {
        return mean(ring);
    }
    origin.moved(east / (3.0 * area), north / (3.0 * area))
}

/// Area of a ring in square metres.
pub(super) fn area_m2(ring: &[Point]) -> f64 {
    let Some(&origin) = ring.first() else { return 0.0 };
    let twice: f64 = ring
        .windows(2)
        .map(|pair| {
            let ((x0, y0), (x1, y1)) = (pair[0].metres_from(origin), pair[1].metres_from(origin));
            x0 * y1 - x1 * y0
        })
        .sum();
    twice.abs() / 2.0
}

/// Mean of some points; the zero point for none.
pub(super) fn mean(points: &[Point]) -> Point {
    let n = points.len().max(1) as f64;
    Point {
        lat: points.iter().map(|p| p.lat).sum::<f64>() / n,
        lon: points.iter().map(|p| p.lon).sum::<f64>() / n,
    }
}

/// Length of a line in metres.
pub(super) fn length_m(line: &[Point]) -> f64 {
    line.windows(2).map(|pair| pair[0].distance_m(pair[1])).sum()
}

/// The spot at `share` (0..=1) of a line's length, moved `right_m` metres to its right-hand side.
pub(super) fn along(line: &[Point], share: f64, right_m: f64) -> Point {
    let mut left_m = length_m(line) * share.clamp(0.0, 1.0);
    let mut spot = line.first().copied().unwrap_or_default();
    for pair in line.windows(2) {
        let step = pair[0].distance_m(pair[1]);
        if step <= 0.0 {
            continue;
        }
        let (east, north) = pair[1].metres_from(pair[0]);
        let part = (left_m / step).min(1.0);
        spot = pair[0].moved(east * part + north / step * right_m, north * part - east / step * right_m);
        if left_m <= step {
            return spot;
        }
        left_m -= step;
    }
    spot
}

/// The nearest spot of a line: (spot, metres away, share of the length, `true` if `from` lies to its right).
pub(super) fn nearest_on(line: &[Point], from: Point) -> Option<(Point, f64, f64, bool)> {
    let total = length_m(line);
    let mut done = 0.0;
    let mut best: Option<(Point, f64, f64, bool)> = None;
    for pair in line.windows(2) {
        let (east, north) = pair[1].metres_from(pair[0]);
        let (px, py) = from.metres_from(pair[0]);
        let step2 = east * east + north * north;
        let part = if step2 > 0.0 { ((px * east + py * north) / step2).clamp(0.0, 1.0) } else { 0.0 };
        let spot = pair[0].moved(east * part, north * part);
        let away = spot.distance_m(from);
        let step = step2.sqrt();
        if best.is_none_or(|(_, nearest, _, _)| away < nearest) {
            let share = if total > 0.0 { (done + step * part) / total } else { 0.0 };
            best = Some((spot, away, share, east * py - north * px < 0.0));
        }
        done += step;
    }
    best
}

/// South-west and north-east corners of some points; `None` for none.
pub(super) fn bounds<'p>(points: impl IntoIterator<Item = &'p Point>) -> Option<(Point, Point)> {
    let mut points = points.into_iter();
    let first = *points.next()?;
    Some(points.fold((first, first), |(low, high), p| {
        (
            Point { lat: low.lat.min(p.lat), lon: low.lon.min(p.lon) },
            Point { lat: high.lat.max(p.lat), lon: high.lon.max(p.lon) },
        )
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Point = Point { lat: 42.0, lon: -71.0 };

    #[test]
    fn walks_a_line_and_keeps_right() {
        let line = [HERE, HERE.moved(0.0, 100.0)];
        assert!((length_m(&line) - 100.0).abs() < 0.01);
        let (east, north) = along(&line, 0.25, 8.0).metres_from(HERE);
        assert!((east - 8.0).abs() < 0.01 && (north - 25.0).abs() < 0.01, "{east} {north}");
        let (_, away, share, right) = nearest_on(&line, HERE.moved(5.0, 50.0)).unwrap();
        assert!((away - 5.0).abs() < 0.01 && (share - 0.5).abs() < 0.001 && right);
    }

    #[test]
    fn middle_and_size_of_a_square() {
        let ring = [HERE, HERE.moved(100.0, 0.0), HERE.moved(100.0, 100.0), HERE.moved(0.0, 100.0), HERE];
        assert!((area_m2(&ring) - 10_000.0).abs() < 5.0);
        assert!(centroid(&ring).distance_m(HERE.moved(50.0, 50.0)) < 0.1);
    }
}
