//! A layer that lies nowhere near the streets is in another projection, or has its columns the wrong way round.

use super::super::gazetteer::City;
use super::super::geometry::{Point, bounds};
use super::layers::{Layer, Shape};
use crate::error::{Error, Result};

/// A city and its county are smaller: about 100 km.
const FAR_DEGREES: f64 = 1.0;

/// The part of the earth the city lies in.
#[derive(Clone, Copy)]
pub(super) struct Home {
    low: Point,
    high: Point,
}

impl Home {
    /// Where the streets and houses are; `None` while there are none.
    pub fn of(city: &City) -> Option<Self> {
        let known = city.nodes.iter().map(|node| &node.at).chain(city.doors.iter().map(|door| &door.at));
        bounds(known).map(|(low, high)| Self { low, high })
    }

    fn is_near(&self, at: Point) -> bool {
        let within =
            |low: f64, high: f64, value: f64| (low - FAR_DEGREES..=high + FAR_DEGREES).contains(&value);
        within(self.low.lat, self.high.lat, at.lat) && within(self.low.lon, self.high.lon, at.lon)
    }

    /// Stops when not one feature of a layer lies near the streets.
    pub fn check(&self, layer: &Layer) -> Result<()> {
        let mut spots = layer.rows.iter().filter_map(|row| Some((row, first(&row.shape)?)));
        let Some((row, at)) = spots.clone().next() else { return Ok(()) };
        if spots.any(|(_, at)| self.is_near(at)) {
            return Ok(());
        }
        let (low, high) = (self.low, self.high);
        Err(Error::Invalid(format!(
            "{}: {} lies at {:.5}, {:.5} and no feature lies near the streets ({:.3} to {:.3} north, {:.3} to {:.3} \
             east): another projection, or north and east the wrong way round; export the layer as WGS84 (EPSG:4326)",
            layer.file,
            row.named(None),
            at.lat,
            at.lon,
            low.lat,
            high.lat,
            low.lon,
            high.lon
        )))
    }
}

fn first(shape: &Shape) -> Option<Point> {
    match shape {
        Shape::Point(at) => Some(*at),
        Shape::Lines(lines) => lines.first()?.first().copied(),
        Shape::Areas(areas) => areas.first()?.outer.first().copied(),
    }
}
