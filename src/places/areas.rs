//! Whose ground is it: every area layer at a spot, on both sides of an edge that is within the doubt.
//!
//! Boxes in one tree, then polygons cut into monotone pieces: the fastest exact test measured.
//! Points are taken as they are (degrees); only distances to edges are in metres.

use geo::{Coord, Intersects, LineString, MonotonicPolygons, MultiPolygon};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use super::gazetteer::{City, Gazetteer};
use super::geometry::{METRES_PER_DEGREE, Point, Polygon, bounds, nearest_on};
use super::space::{around, nearest_segment};
use super::{AreaName, Place};

/// The layer that holds the city's own boundary.
pub(super) const CITY_LAYER: &str = "city";
/// Places this far beyond the boundary still count: a street may run along it.
pub(super) const BEYOND_BOUNDARY_M: f64 = 500.0;

/// Doubt beyond this makes no neighbor: a spot nobody knows within half a kilometre says nothing about edges.
const DOUBT_M: f64 = 500.0;
/// A line this near to an edge lies on both sides: districts often end in the middle of a street.
const BESIDE_LINE_M: f64 = 15.0;
/// Points of a line that are looked at; the longest street of a city has fewer.
const LINE_POINTS: usize = 2_000;

/// One area: where it is in the city's layers, and its pieces.
struct Piece {
    layer: u32,
    area: u32,
    inside: Inside,
}

/// An exact test: cut into pieces, or, where the cutter gives up (rings that touch), the plain polygon.
enum Inside {
    Cut(MonotonicPolygons<f64>),
    Plain(MultiPolygon<f64>),
}

impl Inside {
    /// Cuts a shape. The cutter stops the thread on some touching rings, so it runs behind a guard.
    fn of(shape: MultiPolygon<f64>) -> Self {
        match std::panic::catch_unwind(|| MonotonicPolygons::from(shape.clone())) {
            Ok(cut) => Self::Cut(cut),
            Err(_) => Self::Plain(shape),
        }
    }

    fn contains(&self, at: Coord<f64>) -> bool {
        match self {
            Self::Cut(pieces) => pieces.intersects(&at),
            Self::Plain(shape) => shape.intersects(&at),
        }
    }
}

/// All areas of all layers.
#[derive(Default)]
pub(super) struct AreaIndex {
    boxes: RTree<GeomWithData<Rectangle<[f64; 2]>, u32>>,
    pieces: Vec<Piece>,
    city_layer: Option<u32>,
}

impl std::fmt::Debug for AreaIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AreaIndex({} areas)", self.pieces.len())
    }
}

/// The polygons as the `geo` crate wants them.
pub(super) fn to_geo(shape: &[Polygon]) -> MultiPolygon<f64> {
    let ring = |points: &[Point]| -> LineString<f64> {
        points.iter().map(|p| Coord { x: p.lon, y: p.lat }).collect()
    };
    let polygon =
        |p: &Polygon| geo::Polygon::new(ring(&p.outer), p.inner.iter().map(|hole| ring(hole)).collect());
    MultiPolygon::new(shape.iter().map(polygon).collect())
}

impl AreaIndex {
    /// Builds boxes and pieces. Import has left out shapes that cross themselves.
    pub fn build(city: &City) -> Self {
        let mut boxes = Vec::new();
        let mut pieces = Vec::new();
        for (layer, list) in city.layers.iter().enumerate() {
            for (area, content) in list.areas.iter().enumerate() {
                let Some((low, high)) = bounds(content.shape.iter().flat_map(|p| &p.outer)) else { continue };
                let rectangle = Rectangle::from_corners([low.lon, low.lat], [high.lon, high.lat]);
                boxes.push(GeomWithData::new(rectangle, pieces.len() as u32));
                let inside = Inside::of(to_geo(&content.shape));
                pieces.push(Piece { layer: layer as u32, area: area as u32, inside });
            }
        }
        let city_layer = city.layers.iter().position(|l| l.name == CITY_LAYER).map(|at| at as u32);
        Self { boxes: RTree::bulk_load(boxes), pieces, city_layer }
    }

    /// Calls `each` with (layer, area) of every area that contains the spot.
    fn containing(&self, at: Point, mut each: impl FnMut(u32, u32)) {
        let corner = AABB::from_point([at.lon, at.lat]);
        for found in self.boxes.locate_in_envelope_intersecting(&corner) {
            let Some(piece) = self.pieces.get(found.data as usize) else { continue };
            if piece.inside.contains(Coord { x: at.lon, y: at.lat }) {
                each(piece.layer, piece.area);
            }
        }
    }
}

impl Gazetteer {
    /// (layer, name) of every area the city has.
    #[must_use]
    pub fn area_names(&self) -> Vec<(&str, &str)> {
        let layers = self.city.layers.iter();
        layers.flat_map(|l| l.areas.iter().map(|a| (l.name.as_str(), a.name.as_str()))).collect()
    }
}

/// Calls `each` with (layer, name) of every area that contains the spot: the fast way for many spots.
pub fn each_area_at<'g>(g: &'g Gazetteer, lat: f64, lon: f64, mut each: impl FnMut(&'g str, &'g str)) {
    if !(lat.is_finite() && lon.is_finite()) {
        return;
    }
    g.index.areas.containing(Point { lat, lon }, |layer, area| {
        let layer = g.city.layers.get(layer as usize);
        if let Some((layer, area)) = layer.and_then(|l| l.areas.get(area as usize).map(|a| (l, a))) {
            each(&layer.name, &area.name);
        }
    });
}

/// Every area at a spot: those that contain it first, then those whose edge is within `radius_m`.
#[must_use]
pub fn areas_at(g: &Gazetteer, lat: f64, lon: f64, radius_m: f64) -> Vec<AreaName> {
    let at = Point { lat, lon };
    if !(lat.is_finite() && lon.is_finite()) {
        return Vec::new();
    }
    let mut inside: Vec<(u32, u32)> = Vec::new();
    g.index.areas.containing(at, |layer, area| inside.push((layer, area)));
    inside.sort_unstable();
    let mut near: Vec<(u32, u32)> = Vec::new();
    if radius_m > 0.0 && radius_m.is_finite() {
        let (low, high) = around(at, radius_m.min(METRES_PER_DEGREE));
        let window = AABB::from_corners([low.lon, low.lat], [high.lon, high.lat]);
        for found in g.index.areas.boxes.locate_in_envelope_intersecting(&window) {
            let Some(piece) = g.index.areas.pieces.get(found.data as usize) else { continue };
            let key = (piece.layer, piece.area);
            if !inside.contains(&key) && edge_m(g, key, at).is_some_and(|away| away <= radius_m) {
                near.push(key);
            }
        }
    }
    near.sort_unstable();
    let inside = inside.into_iter().filter_map(|key| name_of(g, key, false));
    inside.chain(near.into_iter().filter_map(|key| name_of(g, key, true))).collect()
}

/// Every area a place has to do with: those around its middle first, then those within its doubt, or along its line
/// or outline.
#[must_use]
pub fn areas_of(g: &Gazetteer, place: &Place) -> Vec<AreaName> {
    let Some(line) = place.shape.as_deref() else {
        return areas_at(g, place.lat, place.lon, place.radius_m.min(DOUBT_M));
    };
    let mut all = areas_at(g, place.lat, place.lon, 0.0);
    for (lat, lon) in line.iter().take(LINE_POINTS) {
        for area in areas_at(g, *lat, *lon, BESIDE_LINE_M) {
            if !all.iter().any(|known| known.layer == area.layer && known.name == area.name) {
                all.push(AreaName { edge: true, ..area });
            }
        }
    }
    all
}

fn name_of(g: &Gazetteer, (layer, area): (u32, u32), edge: bool) -> Option<AreaName> {
    let layer = g.city.layers.get(layer as usize)?;
    let area = layer.areas.get(area as usize)?;
    Some(AreaName { layer: layer.name.clone(), name: area.name.clone(), edge })
}

/// Metres to the nearest edge of an area.
fn edge_m(g: &Gazetteer, (layer, area): (u32, u32), at: Point) -> Option<f64> {
    let area = g.city.layers.get(layer as usize)?.areas.get(area as usize)?;
    let rings = area.shape.iter().flat_map(|p| std::iter::once(&p.outer).chain(&p.inner));
    rings.filter_map(|ring| nearest_on(ring, at)).map(|(_, away, _, _)| away).min_by(f64::total_cmp)
}

/// `true` when the spot is in the city. Without a boundary layer: within 500 m of what it knows.
#[must_use]
pub fn inside_city(g: &Gazetteer, lat: f64, lon: f64) -> bool {
    let at = Point { lat, lon };
    if !(lat.is_finite() && lon.is_finite()) {
        return false;
    }
    let Some(city) = g.index.areas.city_layer else {
        return match bounds(g.city.doors.iter().map(|door| &door.at)) {
            // Address points alone: as far as they reach.
            Some((low, high)) if g.city.segments.is_empty() => {
                let (low, high) = (around(low, BEYOND_BOUNDARY_M).0, around(high, BEYOND_BOUNDARY_M).1);
                (low.lat..=high.lat).contains(&lat) && (low.lon..=high.lon).contains(&lon)
            }
            _ => nearest_segment(g, at, BEYOND_BOUNDARY_M).is_some(),
        };
    };
    let mut found = false;
    g.index.areas.containing(at, |layer, _| found |= layer == city);
    found
}

/// Whether two spots, (lat, lon) in degrees, lie in the same city: no report is joined across a city line.
#[must_use]
pub fn same_city(g: &Gazetteer, a: (f64, f64), b: (f64, f64)) -> bool {
    let cities = |at: (f64, f64)| {
        let mut names = Vec::new();
        each_area_at(g, at.0, at.1, |layer, name| {
            if layer == CITY_LAYER {
                names.push(name);
            }
        });
        names.sort_unstable();
        names
    };
    cities(a) == cities(b)
}

/// `true` when a place named in words may count: in the city, or at most 500 m beyond its boundary.
pub(super) fn near_city(g: &Gazetteer, at: Point) -> bool {
    if inside_city(g, at.lat, at.lon) {
        return true;
    }
    let Some(city) = g.index.areas.city_layer else { return false };
    let areas = g.city.layers.get(city as usize).map_or(0, |layer| layer.areas.len());
    (0..areas as u32).any(|area| edge_m(g, (city, area), at).is_some_and(|m| m <= BEYOND_BOUNDARY_M))
}

/// The nearest asset of a kind within `within_m`, as a place.
#[must_use]
pub fn nearest_asset(g: &Gazetteer, kind: &str, lat: f64, lon: f64, within_m: f64) -> Option<Place> {
    let at = Point { lat, lon };
    let (nearest, _) = *super::space::assets_near(g, kind, at, within_m).first()?;
    super::geocode::asset_place(g, nearest)
}
