//! The whole city as one GeoJSON text, for maps that draw in the browser: water, parks, buildings, streets.
//!
//! Five decimals of a degree are a metre: finer would only cost bytes. The property `k` says what a feature is.

use std::fmt::Write as _;

use super::super::Kind;
use super::super::gazetteer::{Cover, Gazetteer};
use super::super::geometry::{Point, Polygon};

/// Above so many shapes single houses are left out: a phone should not load them all.
const MOST_BUILDINGS: usize = 20_000;

/// Streets, ground and parks as a FeatureCollection.
#[must_use]
pub fn city_geojson(g: &Gazetteer) -> String {
    let city = &g.city;
    let mut out = String::with_capacity(256 * 1024);
    out.push_str("{\"type\":\"FeatureCollection\",\"features\":[");
    let houses = city.ground.len() <= MOST_BUILDINGS;
    for ground in &city.ground {
        let kind = match ground.cover {
            Cover::Water => "water",
            Cover::Public => "public",
            Cover::Building if houses => "building",
            Cover::Building => continue,
        };
        area(&mut out, kind, ground.name.as_deref(), std::slice::from_ref(&ground.shape));
    }
    for spot in city.spots.iter().filter(|spot| spot.kind == Kind::Park && !spot.shape.is_empty()) {
        area(&mut out, "park", Some(&spot.name), &spot.shape);
    }
    for segment in &city.segments {
        let Some(street) = city.streets.get(segment.street as usize) else { continue };
        open(&mut out, if street.main { "main" } else { "street" }, Some(&street.name));
        out.push_str("\"LineString\",\"coordinates\":");
        line(&mut out, &segment.line);
        out.push_str("}}");
    }
    out.push_str("]}");
    out
}

/// Begins a feature up to the word of its geometry.
fn open(out: &mut String, kind: &str, name: Option<&str>) {
    if !out.ends_with('[') {
        out.push(',');
    }
    let _ = write!(out, "{{\"type\":\"Feature\",\"properties\":{{\"k\":\"{kind}\"");
    if let Some(name) = name {
        let _ = write!(out, ",\"name\":{}", serde_json::Value::from(name));
    }
    out.push_str("},\"geometry\":{\"type\":");
}

fn area(out: &mut String, kind: &str, name: Option<&str>, shape: &[Polygon]) {
    open(out, kind, name);
    out.push_str("\"MultiPolygon\",\"coordinates\":[");
    for (n, polygon) in shape.iter().enumerate() {
        out.push_str(if n == 0 { "[" } else { ",[" });
        for (n, ring) in std::iter::once(&polygon.outer).chain(&polygon.inner).enumerate() {
            if n > 0 {
                out.push(',');
            }
            line(out, ring);
        }
        out.push(']');
    }
    out.push_str("]}}");
}

fn line(out: &mut String, points: &[Point]) {
    out.push('[');
    for (n, at) in points.iter().enumerate() {
        let comma = if n == 0 { "" } else { "," };
        let _ = write!(out, "{comma}[{},{}]", short(at.lon), short(at.lat));
    }
    out.push(']');
}

fn short(degrees: f64) -> f64 {
    (degrees * 1e5).round() / 1e5
}
