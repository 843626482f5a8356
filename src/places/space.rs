//! Boxes around segments, ground and assets: what lies near a spot or inside a map.

use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use super::gazetteer::{City, Gazetteer};
use super::geometry::{METRES_PER_DEGREE, Point, Polygon, bounds, nearest_on};

type Boxed = GeomWithData<Rectangle<[f64; 2]>, u32>;
type Dot = GeomWithData<[f64; 2], u32>;

/// Trees over (lon, lat) degrees; the data is the place in the city's list.
#[derive(Debug, Default)]
pub(super) struct Space {
    segments: RTree<Boxed>,
    ground: RTree<Boxed>,
    spots: RTree<Boxed>,
    assets: RTree<Dot>,
    doors: RTree<Dot>,
}

/// South-west and north-east corner of a search.
pub(super) type Window = (Point, Point);

/// A window of `radius_m` around a spot.
pub(super) fn around(at: Point, radius_m: f64) -> Window {
    (at.moved(-radius_m, -radius_m), at.moved(radius_m, radius_m))
}

fn envelope(window: Window) -> AABB<[f64; 2]> {
    AABB::from_corners([window.0.lon, window.0.lat], [window.1.lon, window.1.lat])
}

fn boxed<'p>(points: impl IntoIterator<Item = &'p Point>, at: usize) -> Option<Boxed> {
    let (low, high) = bounds(points)?;
    let rectangle = Rectangle::from_corners([low.lon, low.lat], [high.lon, high.lat]);
    Some(GeomWithData::new(rectangle, at as u32))
}

impl Space {
    /// Builds the trees.
    pub fn build(city: &City) -> Self {
        let outer = |shapes: &'_ [Polygon]| -> Vec<Point> {
            shapes.iter().flat_map(|p| p.outer.iter().copied()).collect()
        };
        let segments = city.segments.iter().enumerate().filter_map(|(at, s)| boxed(&s.line, at)).collect();
        let ground = city.ground.iter().enumerate().filter_map(|(at, g)| boxed(&g.shape.outer, at)).collect();
        let spots = city.spots.iter().enumerate();
        let spots = spots.filter_map(|(at, s)| boxed(outer(&s.shape).iter().chain([&s.at]), at)).collect();
        let assets = city.assets.iter().enumerate();
        let assets = assets.map(|(at, a)| Dot::new([a.at.lon, a.at.lat], at as u32)).collect();
        let doors = city.doors.iter().enumerate();
        let doors = doors.map(|(at, d)| Dot::new([d.at.lon, d.at.lat], at as u32)).collect();
        Self {
            segments: RTree::bulk_load(segments),
            ground: RTree::bulk_load(ground),
            spots: RTree::bulk_load(spots),
            assets: RTree::bulk_load(assets),
            doors: RTree::bulk_load(doors),
        }
    }

    /// Segments whose box touches the window.
    pub fn segments_in(&self, window: Window) -> Vec<u32> {
        sorted(self.segments.locate_in_envelope_intersecting(&envelope(window)).map(|b| b.data))
    }

    /// Ground shapes whose box touches the window.
    pub fn ground_in(&self, window: Window) -> Vec<u32> {
        sorted(self.ground.locate_in_envelope_intersecting(&envelope(window)).map(|b| b.data))
    }

    /// Spots whose box touches the window.
    pub fn spots_in(&self, window: Window) -> Vec<u32> {
        sorted(self.spots.locate_in_envelope_intersecting(&envelope(window)).map(|b| b.data))
    }

    /// Known doors inside the window.
    pub fn doors_in(&self, window: Window) -> Vec<u32> {
        sorted(self.doors.locate_in_envelope(&envelope(window)).map(|b| b.data))
    }

    /// Assets inside the window.
    pub fn assets_in(&self, window: Window) -> Vec<u32> {
        sorted(self.assets.locate_in_envelope(&envelope(window)).map(|b| b.data))
    }
}

/// The same answer on every machine: in the order of the city's lists.
fn sorted(found: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut list: Vec<u32> = found.collect();
    list.sort_unstable();
    list
}

/// A spot on the nearest street.
pub(super) struct OnStreet {
    pub segment: u32,
    pub away_m: f64,
    /// Share of the segment's length, 0..=1.
    pub share: f64,
    /// `true` if the spot lies to the right of the segment's direction.
    pub right: bool,
}

/// The nearest segment within `within_m`.
pub(super) fn nearest_segment(g: &Gazetteer, at: Point, within_m: f64) -> Option<OnStreet> {
    let near = g.index.space.segments_in(around(at, within_m));
    let all = near.into_iter().filter_map(|segment| {
        let (_, away_m, share, right) = nearest_on(&g.city.segments.get(segment as usize)?.line, at)?;
        Some(OnStreet { segment, away_m, share, right })
    });
    all.filter(|s| s.away_m <= within_m).min_by(|a, b| a.away_m.total_cmp(&b.away_m))
}

/// Assets of a kind within `within_m`, nearest first, with metres away.
pub(super) fn assets_near(g: &Gazetteer, kind: &str, at: Point, within_m: f64) -> Vec<(u32, f64)> {
    if g.city.assets.is_empty() || !within_m.is_finite() {
        return Vec::new();
    }
    let near = g.index.space.assets_in(around(at, METRES_PER_DEGREE.min(within_m)));
    let mut list: Vec<(u32, f64)> = near
        .into_iter()
        .filter_map(|n| g.city.assets.get(n as usize).map(|asset| (n, asset)))
        .filter(|(_, asset)| asset.kind == kind)
        .map(|(n, asset)| (n, asset.at.distance_m(at)))
        .filter(|(_, away)| *away <= within_m)
        .collect();
    list.sort_by(|a, b| a.1.total_cmp(&b.1));
    list
}
