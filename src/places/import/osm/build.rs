//! Elements -> a city: ways are cut where streets meet, addresses become doors, areas become layers.

use std::collections::HashMap;

use super::super::super::areas::CITY_LAYER;
use super::super::super::gazetteer::{Area, Asset, City, Ground, Layer, Node, Segment, Spot};
use super::super::super::geometry::{Point, Polygon, mean};
use super::super::ImportReport;
use super::super::book::{SpotBook, StreetBook};
use super::super::build::extent;
use super::super::layers::Shape;
use super::super::shapes::{CROSSES_ITSELF, is_sound};
use super::OsmOptions;
use super::read::{Extract, Relation, Way};
use super::rings::{of_members, of_way, surrounds};
use super::tags::Tags;

/// Radius of a landmark that is only a point, in metres.
const POINT_RADIUS_M: f32 = 40.0;

struct Work<'w> {
    extract: &'w Extract,
    file: &'w str,
    report: &'w mut ImportReport,
    streets: StreetBook,
    spots: SpotBook,
    nodes: HashMap<i64, u32>,
}

/// Puts the city together; nothing in it stops the import, what is broken is left out and reported.
pub(super) fn city(extract: &Extract, file: &str, options: &OsmOptions, report: &mut ImportReport) -> City {
    let mut city = City::default();
    let (streets, spots) = (StreetBook::of(&city), SpotBook::default());
    let mut work = Work { extract, file, report, streets, spots, nodes: HashMap::new() };
    work.segments(&mut city);
    work.addresses(&mut city);
    work.ways(&mut city);
    work.points(&mut city);
    work.relations(&mut city);
    work.areas(&mut city, options);
    let from_addresses = most_named(extract);
    if city.name.is_empty() {
        city.name = options.city.clone().or(from_addresses).unwrap_or_else(|| "the city".to_owned());
    }
    let towns = extract.nodes.iter().filter_map(|node| node.tags.town());
    city.neighbors = towns.filter(|town| *town != city.name).map(str::to_owned).collect();
    city.neighbors.sort_unstable();
    city.neighbors.dedup();
    city
}

/// The town that most addresses name.
fn most_named(extract: &Extract) -> Option<String> {
    let mut named: HashMap<&str, usize> = HashMap::new();
    let tags = extract.nodes.iter().map(|n| &n.tags).chain(extract.ways.iter().map(|w| &w.tags));
    for town in tags.filter_map(|tags| tags.get("addr:city")) {
        *named.entry(town).or_default() += 1;
    }
    named.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(a.0))).map(|(town, _)| town.to_owned())
}

impl Work<'_> {
    fn skip(&mut self, reason: &str, what: String) {
        self.report.skip(self.file, reason, what);
    }

    /// Named streets, cut at the nodes they share with other named streets.
    fn segments(&mut self, city: &mut City) {
        let streets: Vec<&Way> = self.extract.ways.iter().filter(|way| way.tags.is_street()).collect();
        let mut uses: HashMap<i64, u32> = HashMap::new();
        for way in streets.iter().filter(|way| way.tags.name().is_some()) {
            for node in &way.refs {
                *uses.entry(*node).or_default() += 1;
            }
        }
        for way in streets {
            let Some(name) = way.tags.name() else {
                self.skip("a street without a name", format!("way {}", way.id));
                continue;
            };
            let street = self.streets.street(city, name);
            if let Some(entry) = city.streets.get_mut(street as usize) {
                entry.main |= way.tags.is_main();
                for alias in way.tags.other_names() {
                    if alias != entry.name && !entry.aliases.contains(&alias) {
                        entry.aliases.push(alias);
                    }
                }
            }
            let mut from = 0;
            for to in 1..way.refs.len() {
                let meets = to + 1 == way.refs.len() || uses.get(&way.refs[to]).is_some_and(|n| *n > 1);
                if meets {
                    self.segment(city, street, way, (from, to));
                    from = to;
                }
            }
        }
    }

    fn segment(&mut self, city: &mut City, street: u32, way: &Way, (from, to): (usize, usize)) {
        let refs = &way.refs[from..=to];
        let known: Vec<(i64, Point)> =
            refs.iter().filter_map(|id| Some((*id, *self.extract.points.get(id)?))).collect();
        if known.len() < refs.len() {
            self.skip("part of a street lies outside the file", format!("way {}", way.id));
        }
        let mut line: Vec<Point> = known.iter().map(|(_, at)| *at).collect();
        line.dedup();
        let (Some(first), Some(last)) = (known.first().copied(), known.last().copied()) else { return };
        if line.len() < 2 {
            return;
        }
        let (start, end) = (self.node(city, first), self.node(city, last));
        city.segments.push(Segment {
            street,
            from: start,
            to: end,
            line,
            left: None,
            right: None,
            left_spare: None,
            right_spare: None,
            id: format!("w{}.{from}", way.id),
            owner: way.tags.owner(),
        });
    }

    fn node(&mut self, city: &mut City, (id, at): (i64, Point)) -> u32 {
        *self.nodes.entry(id).or_insert_with(|| {
            city.nodes.push(Node { at, id: format!("n{id}") });
            city.nodes.len() as u32 - 1
        })
    }

    /// House numbers on nodes and on the ways of buildings.
    fn addresses(&mut self, city: &mut City) {
        let lined = city.streets.len();
        let extract = self.extract;
        let nodes = extract.nodes.iter().map(|node| (Some(node.at), &node.tags));
        let ways = extract.ways.iter().map(|way| (self.middle(way), &way.tags));
        let all: Vec<(Option<Point>, &Tags)> = nodes.chain(ways).collect();
        for (at, tags) in all {
            let (Some((number, street)), Some(at)) = (tags.address(), at) else { continue };
            if !self.streets.doors(city, street, number, at) {
                self.skip("an address without a house number", format!("{number} {street}"));
            }
        }
        let new: Vec<String> = city.streets.iter().skip(lined).map(|s| s.name.clone()).collect();
        for name in new {
            self.report.skip(self.file, "the line of a street that addresses name is not there", name);
        }
    }

    /// Middle of a building.
    fn middle(&self, way: &Way) -> Option<Point> {
        let shape = of_way(self.extract, &way.refs);
        shape.map(|shape| extent(Shape::Areas(shape), None).0).or_else(|| {
            let known: Vec<Point> =
                way.refs.iter().filter_map(|id| self.extract.points.get(id)).copied().collect();
            (!known.is_empty()).then(|| mean(&known))
        })
    }

    /// Parks, landmarks and the ground, drawn as closed ways.
    fn ways(&mut self, city: &mut City) {
        let extract = self.extract;
        for way in &extract.ways {
            let (spot, cover) = (way.tags.spot(), way.tags.cover());
            if spot.is_none() && cover.is_none() {
                continue;
            }
            let Some(shape) = of_way(extract, &way.refs) else { continue };
            if !is_sound(&shape) {
                self.skip(CROSSES_ITSELF, format!("way {}", way.id));
                continue;
            }
            if let Some(cover) = cover {
                let name = way.tags.name().map(str::to_owned);
                city.ground.extend(shape.iter().map(|p| Ground {
                    cover,
                    name: name.clone(),
                    shape: p.clone(),
                }));
            }
            self.spot(city, &way.tags, Shape::Areas(shape));
        }
    }

    /// Landmarks, poles and hydrants that are single points.
    fn points(&mut self, city: &mut City) {
        let extract = self.extract;
        for node in &extract.nodes {
            self.spot(city, &node.tags, Shape::Point(node.at));
            if let Some(kind) = node.tags.asset() {
                let owner = node.tags.owner();
                let id = node.tags.get("ref").unwrap_or_default().to_owned();
                city.assets.push(Asset { kind: kind.to_owned(), id, owner, at: node.at });
            }
        }
    }

    fn spot(&mut self, city: &mut City, tags: &Tags, shape: Shape) {
        let (Some(kind), Some(name)) = (tags.spot(), tags.name()) else { return };
        let radius = matches!(shape, Shape::Point(_)).then_some(POINT_RADIUS_M);
        let (at, radius_m, shape) = extent(shape, radius);
        let owner = tags.owner();
        let spot =
            Spot { kind, name: name.to_owned(), aliases: tags.other_names(), at, radius_m, owner, shape };
        self.spots.add(city, spot);
    }

    /// Parks and water made of several ways.
    fn relations(&mut self, city: &mut City) {
        let extract = self.extract;
        for relation in extract.relations.iter().filter(|r| r.tags.get("boundary").is_none()) {
            let Some(shape) = self.shape_of(relation) else { continue };
            if let Some(cover) = relation.tags.cover() {
                let name = relation.tags.name().map(str::to_owned);
                city.ground.extend(shape.iter().map(|p| Ground {
                    cover,
                    name: name.clone(),
                    shape: p.clone(),
                }));
            }
            self.spot(city, &relation.tags, Shape::Areas(shape));
        }
    }

    fn shape_of(&mut self, relation: &Relation) -> Option<Vec<Polygon>> {
        let told = || {
            let name = relation.tags.name().map(|name| format!(" ({name})")).unwrap_or_default();
            format!("relation {}{name}", relation.id)
        };
        let Some(shape) = of_members(self.extract, &relation.members) else {
            self.skip("an area that is not whole in this file", told());
            return None;
        };
        if !is_sound(&shape) {
            self.skip(CROSSES_ITSELF, told());
            return None;
        }
        Some(shape)
    }

    /// The city's own boundary, its parts and its postal codes.
    fn areas(&mut self, city: &mut City, options: &OsmOptions) {
        let extract = self.extract;
        let mut towns: Vec<(u8, Area)> = Vec::new();
        let (mut parts, mut codes) = (Vec::new(), Vec::new());
        for relation in extract.relations.iter().filter(|r| r.tags.get("boundary").is_some()) {
            let level = relation.tags.admin_level();
            let code = relation.tags.postal_code();
            if level.is_none() && code.is_none() {
                continue;
            }
            let Some(shape) = self.shape_of(relation) else { continue };
            let name = relation.tags.name().or(code).unwrap_or_default().to_owned();
            match level {
                Some(level) if level <= 8 => towns.push((level, Area { name, shape })),
                Some(_) => parts.push(Area { name, shape }),
                None => codes.push(Area { name: code.unwrap_or_default().to_owned(), shape }),
            }
        }
        if let Some(own) = own_boundary(city, towns, options.city.as_deref()) {
            city.name = own.name.clone();
            city.layers.push(Layer { name: CITY_LAYER.to_owned(), areas: vec![own] });
        }
        for (name, areas) in [("neighborhood", parts), ("zip", codes)] {
            if !areas.is_empty() {
                city.layers.push(Layer { name: name.to_owned(), areas });
            }
        }
    }
}

/// The boundary of the name that was asked for; else the town, not the county, with most corners inside.
fn own_boundary(city: &City, towns: Vec<(u8, Area)>, wanted: Option<&str>) -> Option<Area> {
    let corners = |area: &Area| {
        let inside = |at: Point| area.shape.iter().any(|p| surrounds(&p.outer, at));
        city.nodes.iter().filter(|node| inside(node.at)).count()
    };
    match wanted {
        Some(name) => {
            towns.into_iter().map(|(_, area)| area).find(|area| area.name.eq_ignore_ascii_case(name))
        }
        None => towns.into_iter().max_by_key(|(level, area)| (*level, corners(area))).map(|(_, area)| area),
    }
}
