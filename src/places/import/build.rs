//! Rows -> a city: streets and segments are joined at nodes, spots get a middle and a radius.

use std::collections::HashMap;
use std::path::Path;

use super::super::areas::CITY_LAYER;
use super::super::gazetteer::{
    Area, Asset, City, Ground, Layer as AreaLayer, Node, Range, Segment, Spot, Street,
};
use super::super::geometry::{Point, Polygon, area_m2, centroid, mean};
use super::ImportReport;
use super::book::{SpotBook, StreetBook};
use super::columns::{Addresses, Areas, Assets, Columns, GroundLayer, Spots, Streets, Test};
use super::layers::{self, Layer, Row, Shape};
use super::near::Home;
use crate::error::{Error, Result};

/// What is needed while reading one layer after the other.
pub(super) struct Work<'w> {
    dir: &'w Path,
    progress: &'w mut dyn FnMut(&str, u64),
    report: &'w mut ImportReport,
    nodes: HashMap<String, u32>,
    spots: SpotBook,
    /// Layers read from now on must lie near it.
    home: Option<Home>,
}

/// Reads every layer of the map.
pub(super) fn city(
    dir: &Path,
    columns: &Columns,
    progress: &mut dyn FnMut(&str, u64),
    report: &mut ImportReport,
) -> Result<City> {
    let mut city = City {
        name: columns.city.clone(),
        attribution: columns.attribution.clone(),
        neighbors: columns.neighbors.clone(),
        ..City::default()
    };
    let mut work = Work::new(dir, progress, report);
    if let Some(nodes) = &columns.nodes {
        let layer = work.read(&nodes.file, None, &[&nodes.id], None)?;
        for row in &layer.rows {
            if let (Some(id), Shape::Point(at)) = (row.text(&nodes.id), &row.shape) {
                work.node(&mut city, &id, *at);
            }
        }
    }
    if let Some(streets) = &columns.streets {
        work.streets(&mut city, streets)?;
    }
    work.settle_at(&city);
    for addresses in &columns.addresses {
        work.addresses(&mut city, addresses)?;
    }
    work.settle_at(&city);
    if let Some(boundary) = &columns.boundary {
        let layer = work.read(&boundary.file, None, &[], None)?;
        let shape = layer.rows.into_iter().filter_map(|row| areas_of(row.shape)).flatten().collect();
        let areas = vec![Area { name: columns.city.clone(), shape }];
        city.layers.push(AreaLayer { name: CITY_LAYER.to_owned(), areas });
    }
    for areas in &columns.areas {
        work.areas(&mut city, areas)?;
    }
    for spots in &columns.spots {
        work.spots(&mut city, spots)?;
    }
    for assets in &columns.assets {
        work.assets(&mut city, assets)?;
    }
    for ground in &columns.ground {
        work.ground(&mut city, ground)?;
    }
    let file = columns.streets.as_ref().map(|streets| &streets.file);
    match file.or(columns.addresses.first().map(|layer| &layer.file)) {
        None => Err(Error::Invalid("the column map names neither streets nor addresses".into())),
        Some(file) if city.segments.is_empty() && city.doors.is_empty() => Err(Error::Invalid(format!(
            "{file}: not one street segment or house could be used; check the column map"
        ))),
        Some(_) => Ok(city),
    }
}

impl<'w> Work<'w> {
    /// Begins with the layers of a folder.
    pub(super) fn new(
        dir: &'w Path,
        progress: &'w mut dyn FnMut(&str, u64),
        report: &'w mut ImportReport,
    ) -> Self {
        Self { dir, progress, report, nodes: HashMap::new(), spots: SpotBook::default(), home: None }
    }

    /// Streets and houses are known: what follows must lie near them.
    pub(super) fn settle_at(&mut self, city: &City) {
        self.home = Home::of(city);
    }

    /// Reads a layer: `needed` columns must be in it, `tested` ones may be missing from every row.
    fn read(
        &mut self,
        file: &str,
        lat_lon: Option<(&str, &str)>,
        needed: &[&str],
        tested: Option<&Test>,
    ) -> Result<Layer> {
        (self.progress)(file, 0);
        let maybe: Vec<&str> = tested.map(|test| test.column.as_str()).into_iter().collect();
        let layer = layers::read(self.dir, file, lat_lon, needed, &maybe, self.report)?;
        if let Some(home) = &self.home {
            home.check(&layer)?;
        }
        (self.progress)(file, layer.rows.len() as u64);
        self.report.layers.push((file.to_owned(), layer.rows.len() as u64));
        Ok(layer)
    }

    /// The node of an id; a new one at `at` if the id is new.
    fn node(&mut self, city: &mut City, id: &str, at: Point) -> u32 {
        if let Some(known) = self.nodes.get(id) {
            return *known;
        }
        let number = city.nodes.len() as u32;
        city.nodes.push(Node { at, id: id.to_owned() });
        self.nodes.insert(id.to_owned(), number);
        number
    }

    fn streets(&mut self, city: &mut City, map: &Streets) -> Result<()> {
        let mut needed: Vec<&str> = vec![&map.name];
        needed.extend(
            [&map.name_else, &map.alias, &map.id, &map.from_node, &map.to_node, &map.owner]
                .into_iter()
                .flatten()
                .map(String::as_str),
        );
        let pairs = [&map.left, &map.right, &map.left_spare, &map.right_spare];
        needed.extend(pairs.into_iter().flatten().flatten().map(String::as_str));
        let layer = self.read(&map.file, None, &needed, map.main.as_ref())?;
        let mut known: HashMap<String, u32> = HashMap::new();
        for row in &layer.rows {
            let name = row.text(&map.name).or_else(|| row.text(map.name_else.as_ref()?));
            let Some(name) = name else {
                self.report.skip(&layer.file, "a street without a name", row.named(None));
                continue;
            };
            let Shape::Lines(lines) = &row.shape else {
                self.report.skip(&layer.file, "a street that is not a line", row.named(Some(&name)));
                continue;
            };
            let street = *known.entry(name.clone()).or_insert_with(|| {
                city.streets.push(Street { name: name.clone(), aliases: Vec::new(), main: false });
                city.streets.len() as u32 - 1
            });
            if let Some(entry) = city.streets.get_mut(street as usize) {
                entry.main |= map.main.as_ref().is_some_and(|test| passes(row, test));
                for alias in list_of(row, map.alias.as_deref()) {
                    if alias != name && !entry.aliases.contains(&alias) {
                        entry.aliases.push(alias);
                    }
                }
            }
            let whole = lines.len() == 1;
            for (part, line) in lines.iter().enumerate() {
                self.segment(city, map, row, street, line, if whole { None } else { Some(part) });
            }
        }
        Ok(())
    }

    fn segment(
        &mut self,
        city: &mut City,
        map: &Streets,
        row: &Row,
        street: u32,
        line: &[Point],
        part: Option<usize>,
    ) {
        let (Some(first), Some(last)) = (line.first(), line.last()) else { return };
        let mut end = |column: &Option<String>, at: Point| {
            let id = column.as_ref().filter(|_| part.is_none()).and_then(|c| row.text(c));
            let id = id.unwrap_or_else(|| format!("{:.5},{:.5}", at.lat, at.lon));
            self.node(city, &id, at)
        };
        let (from, to) = (end(&map.from_node, *first), end(&map.to_node, *last));
        let range = |columns: &Option<[String; 2]>| {
            let [from, to] = columns.as_ref()?;
            let number =
                |column: &str| row.number(column).filter(|n| *n >= 1.0 && *n < 100_000.0).map(|n| n as u32);
            match (number(from), number(to)) {
                (Some(from), Some(to)) => Some(Range { from, to }),
                (Some(one), None) | (None, Some(one)) => Some(Range { from: one, to: one }),
                (None, None) => None,
            }
        };
        let id = map.id.as_ref().and_then(|c| row.text(c)).unwrap_or_else(|| {
            let name = city.streets.get(street as usize).map_or("", |s| &s.name);
            let node = |n: u32| city.nodes.get(n as usize).map_or("", |n| &n.id);
            super::super::geocode::slug(&format!("{name} {} {}", node(from), node(to)))
        });
        city.segments.push(Segment {
            street,
            from,
            to,
            line: line.to_vec(),
            left: range(&map.left),
            right: range(&map.right),
            left_spare: range(&map.left_spare),
            right_spare: range(&map.right_spare),
            id: part.map_or(id.clone(), |n| format!("{id}.{n}")),
            owner: map.owner.as_ref().and_then(|c| row.text(c)),
        });
    }

    fn addresses(&mut self, city: &mut City, map: &Addresses) -> Result<()> {
        let needed = [map.number.as_str(), map.street.as_str()];
        let layer =
            self.read(&map.file, map.lat.as_deref().zip(map.lon.as_deref()), &needed, map.only.as_ref())?;
        let mut book = StreetBook::of(city);
        for row in layer.rows {
            if map.only.as_ref().is_some_and(|test| !passes(&row, test)) {
                continue;
            }
            let at = extent(row.shape.clone(), None).0;
            let (number, street) = (row.text(&map.number), row.text(&map.street));
            let taken = number.zip(street).is_some_and(|(n, street)| book.doors(city, &street, &n, at));
            if !taken {
                self.report.skip(&layer.file, "an address without number or street", row.named(None));
            }
        }
        Ok(())
    }

    pub(super) fn areas(&mut self, city: &mut City, map: &Areas) -> Result<()> {
        let layer = self.read(&map.file, None, &[&map.name], None)?;
        let mut areas: Vec<Area> = Vec::new();
        for row in layer.rows {
            let Some(name) = row.text(&map.name) else {
                self.report.skip(&layer.file, "an area without a name", row.named(None));
                continue;
            };
            let named = row.named(Some(&name));
            let Some(shape) = areas_of(row.shape) else {
                self.report.skip(&layer.file, "an area that is not a polygon", named);
                continue;
            };
            areas.push(Area { name: format!("{}{name}", map.prefix), shape });
        }
        match city.layers.iter_mut().find(|layer| layer.name == map.layer) {
            Some(known) => known.areas.extend(areas),
            None => city.layers.push(AreaLayer { name: map.layer.clone(), areas }),
        }
        Ok(())
    }

    fn spots(&mut self, city: &mut City, map: &Spots) -> Result<()> {
        let mut needed: Vec<&str> = vec![&map.name];
        needed.extend([&map.alias, &map.owner].into_iter().flatten().map(String::as_str));
        let layer =
            self.read(&map.file, map.lat.as_deref().zip(map.lon.as_deref()), &needed, map.only.as_ref())?;
        for row in layer.rows {
            let Some(name) = row.text(&map.name) else {
                self.report.skip(&layer.file, "a place without a name", row.named(None));
                continue;
            };
            let ends = |end: &String| name.to_lowercase().ends_with(&end.to_lowercase());
            let wanted = map.only_names_ending.is_empty() || map.only_names_ending.iter().any(ends);
            if !wanted || map.only.as_ref().is_some_and(|test| !passes(&row, test)) {
                continue;
            }
            let name = if map.title_case { title_case(&name) } else { name };
            let name = format!("{name}{}", map.suffix);
            let aliases = list_of(&row, map.alias.as_deref());
            let owner = map.owner.as_ref().and_then(|c| row.text(c));
            let (at, radius_m, shape) = extent(row.shape, map.radius_m);
            let spot = Spot { kind: map.kind, name, aliases, at, radius_m, owner, shape };
            self.spots.add(city, spot);
        }
        Ok(())
    }

    pub(super) fn assets(&mut self, city: &mut City, map: &Assets) -> Result<()> {
        let needed: Vec<&str> = [&map.id, &map.owner].into_iter().flatten().map(String::as_str).collect();
        let layer =
            self.read(&map.file, map.lat.as_deref().zip(map.lon.as_deref()), &needed, map.only.as_ref())?;
        for row in layer.rows {
            let Shape::Point(at) = row.shape else {
                self.report.skip(&layer.file, "an asset that is not a point", row.named(None));
                continue;
            };
            if map.only.as_ref().is_none_or(|test| passes(&row, test)) {
                let id = map.id.as_ref().and_then(|c| row.text(c)).unwrap_or_default();
                let owner = map.owner.as_ref().and_then(|c| row.text(c)).or_else(|| map.owner_is.clone());
                city.assets.push(Asset { kind: map.kind.clone(), id, owner, at });
            }
        }
        Ok(())
    }

    fn ground(&mut self, city: &mut City, map: &GroundLayer) -> Result<()> {
        let needed: Vec<&str> = map.name.iter().map(String::as_str).collect();
        let layer = self.read(&map.file, None, &needed, map.only.as_ref())?;
        for row in layer.rows {
            if map.only.as_ref().is_some_and(|test| !passes(&row, test)) {
                continue;
            }
            let name = map.name.as_ref().and_then(|c| row.text(c));
            for shape in areas_of(row.shape).unwrap_or_default() {
                city.ground.push(Ground { cover: map.cover.into(), name: name.clone(), shape });
            }
        }
        Ok(())
    }
}

fn passes(row: &Row, test: &Test) -> bool {
    row.text(&test.column).is_some_and(|value| test.values.contains(&value))
}

/// A cell with several names.
fn list_of(row: &Row, column: Option<&str>) -> Vec<String> {
    let cell = column.and_then(|c| row.text(c)).unwrap_or_default();
    cell.split([',', ';', '|']).map(|s| s.trim().to_owned()).filter(|s| !s.is_empty()).collect()
}

fn areas_of(shape: Shape) -> Option<Vec<Polygon>> {
    match shape {
        Shape::Areas(areas) => Some(areas),
        _ => None,
    }
}

/// Middle, radius and area of a spot.
pub(super) fn extent(shape: Shape, radius_m: Option<f32>) -> (Point, f32, Vec<Polygon>) {
    match shape {
        Shape::Point(at) => (at, radius_m.unwrap_or(40.0), Vec::new()),
        Shape::Lines(lines) => (mean(&lines.concat()), radius_m.unwrap_or(60.0), Vec::new()),
        Shape::Areas(areas) => {
            let largest = areas.iter().max_by(|a, b| area_m2(&a.outer).total_cmp(&area_m2(&b.outer)));
            let at = largest.map(|p| centroid(&p.outer)).unwrap_or_default();
            let size: f64 = areas.iter().map(|p| area_m2(&p.outer)).sum();
            (at, radius_m.unwrap_or((size / std::f64::consts::PI).sqrt().max(15.0) as f32), areas)
        }
    }
}

/// "KENDALL/MIT" -> "Kendall/Mit": good enough for names that came in capitals.
fn title_case(name: &str) -> String {
    let mut start = true;
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        if start {
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
        start = !c.is_alphanumeric() && c != '\'';
    }
    out
}
