//! GeoJSON geometry -> points, lines and areas that are safe to use, or the reason why not.

use geo::Validation;
use geojson::GeometryValue;

use super::super::areas::to_geo;
use super::super::geometry::{Point, Polygon};
use super::layers::Shape;

/// Why such a shape is left out.
pub(super) const CROSSES_ITSELF: &str = "a polygon that crosses itself";

/// Why a geometry cannot be used.
pub(super) enum Broken {
    /// Not degrees: the whole layer is in another projection.
    Projection(String),
    /// This feature only.
    Other(&'static str),
}

/// Checked geometry.
pub(super) fn shape_of(value: &GeometryValue) -> Result<Shape, Broken> {
    match value {
        GeometryValue::Point { coordinates } => Ok(Shape::Point(point(coordinates.as_slice())?)),
        GeometryValue::LineString { coordinates } => {
            Ok(Shape::Lines(vec![line(coordinates.iter().map(|c| c.as_slice()))?]))
        }
        GeometryValue::MultiLineString { coordinates } => {
            let lines = coordinates.iter().map(|part| line(part.iter().map(|c| c.as_slice())));
            Ok(Shape::Lines(lines.collect::<Result<_, _>>()?))
        }
        GeometryValue::Polygon { coordinates } => areas([coordinates].into_iter()),
        GeometryValue::MultiPolygon { coordinates } => areas(coordinates.iter()),
        _ => Err(Broken::Other("a kind of geometry that is not used here")),
    }
}

fn point(numbers: &[f64]) -> Result<Point, Broken> {
    let [lon, lat, ..] = *numbers else { return Err(Broken::Other("a coordinate without two numbers")) };
    if !(lat.is_finite() && lon.is_finite()) {
        return Err(Broken::Other("a coordinate that is not a number"));
    }
    if lat.abs() > 90.0 || lon.abs() > 180.0 {
        return Err(Broken::Projection(format!("{lon}, {lat}")));
    }
    Ok(Point { lat, lon }.as_stored())
}

fn line<'c>(coordinates: impl Iterator<Item = &'c [f64]>) -> Result<Vec<Point>, Broken> {
    let mut line: Vec<Point> = coordinates.map(point).collect::<Result<_, _>>()?;
    line.dedup();
    if line.len() < 2 { Err(Broken::Other("a line with fewer than two points")) } else { Ok(line) }
}

fn areas<'c>(polygons: impl Iterator<Item = &'c Vec<Vec<geojson::Position>>>) -> Result<Shape, Broken> {
    let mut shape = Vec::new();
    for rings in polygons {
        let mut parts = rings.iter().map(|ring| {
            let mut ring = line(ring.iter().map(|c| c.as_slice()))?;
            if ring.first() != ring.last() {
                ring.extend(ring.first().copied());
            }
            if ring.len() < 4 { Err(Broken::Other("a ring with fewer than three corners")) } else { Ok(ring) }
        });
        let outer = parts.next().unwrap_or(Err(Broken::Other("a polygon without a ring")))?;
        shape.push(Polygon { outer, inner: parts.collect::<Result<_, _>>()? });
    }
    if shape.is_empty() {
        return Err(Broken::Other("a polygon without a ring"));
    }
    if !is_sound(&shape) {
        return Err(Broken::Other(CROSSES_ITSELF));
    }
    Ok(Shape::Areas(shape))
}

/// Polygons that cross themselves have no clear inside, and the cutter in `areas` would stop on them.
pub(super) fn is_sound(shape: &[Polygon]) -> bool {
    to_geo(shape).is_valid()
}
