//! From names to spots: the corner of two streets, the stretch between two corners, a numbered thing.
//!
//! Each function answers with what the city's data can bear and no more; refusing is the caller's answer.

use super::gazetteer::{Asset, Gazetteer};
use super::geometry::{Point, length_m, mean};
use super::{Kind, Place};

/// Corners of the same two streets within this distance are one (divided roads, squares).
pub(super) const ONE_CORNER_M: f64 = 150.0;
/// Streets that nearly meet: the data may lack the node.
const ALMOST_MEET_M: f64 = 60.0;

/// A corner: its middle, the spread of its nodes, one node for its key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Corner {
    pub at: Point,
    pub radius_m: f64,
    pub node: u32,
}

/// Every corner of two streets; several when they meet at places far apart.
pub(super) fn corners(g: &Gazetteer, a: u32, b: u32) -> Vec<Corner> {
    if a == b {
        return Vec::new();
    }
    let (Some(left), Some(right)) =
        (g.index.street_nodes.get(a as usize), g.index.street_nodes.get(b as usize))
    else {
        return Vec::new();
    };
    let (few, many) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    let shared: Vec<u32> = few.iter().copied().filter(|n| many.binary_search(n).is_ok()).collect();
    if shared.is_empty() {
        return almost(g, left, right).into_iter().collect();
    }
    cluster(g, &shared)
}

/// Groups nodes that are one crossing to people; the corner is the node nearest to the group's middle.
fn cluster(g: &Gazetteer, nodes: &[u32]) -> Vec<Corner> {
    let mut groups: Vec<Vec<(u32, Point)>> = Vec::new();
    for &node in nodes {
        let Some(at) = g.city.nodes.get(node as usize).map(|n| n.at) else { continue };
        let near =
            |group: &&mut Vec<(u32, Point)>| group.iter().any(|(_, p)| p.distance_m(at) <= ONE_CORNER_M);
        match groups.iter_mut().find(near) {
            Some(group) => group.push((node, at)),
            None => groups.push(vec![(node, at)]),
        }
    }
    let corner = |group: Vec<(u32, Point)>| {
        let points: Vec<Point> = group.iter().map(|(_, p)| *p).collect();
        let middle = mean(&points);
        let nearest =
            group.iter().min_by(|x, y| x.1.distance_m(middle).total_cmp(&y.1.distance_m(middle)))?;
        let spread = points.iter().map(|p| p.distance_m(nearest.1)).fold(0.0, f64::max);
        Some(Corner { at: nearest.1, radius_m: 12.0 + spread, node: nearest.0 })
    };
    groups.into_iter().filter_map(corner).collect()
}

/// The nearest pair of nodes of two streets that do not share one, if they nearly meet.
fn almost(g: &Gazetteer, left: &[u32], right: &[u32]) -> Option<Corner> {
    let mut best: Option<(f64, Corner)> = None;
    for &a in left {
        let at = g.city.nodes.get(a as usize)?.at;
        for &b in right {
            let other = g.city.nodes.get(b as usize)?.at;
            if (at.lat - other.lat).abs() > 0.001 {
                continue;
            }
            let away = at.distance_m(other);
            if away < ALMOST_MEET_M && best.is_none_or(|(old, _)| away < old) {
                best = Some((away, Corner { at: mean(&[at, other]), radius_m: 12.0 + away, node: a }));
            }
        }
    }
    best.map(|(_, corner)| corner)
}

/// The line along a street between two of its nodes, and its first segment; `None` when not joined within 3 km.
pub(super) fn stretch(g: &Gazetteer, street: u32, from: u32, to: u32) -> Option<(Vec<Point>, u32)> {
    const FAR_M: f64 = 3000.0;
    let mut reached: Vec<(u32, f64, Vec<u32>)> = vec![(from, 0.0, Vec::new())];
    let mut done: Vec<u32> = Vec::new();
    while let Some(at) = (0..reached.len()).min_by(|a, b| reached[*a].1.total_cmp(&reached[*b].1)) {
        let (node, length, path) = reached.swap_remove(at);
        if node == to && !path.is_empty() {
            return Some((line_of(g, from, &path), *path.first()?));
        }
        if done.contains(&node) || length > FAR_M {
            continue;
        }
        done.push(node);
        for &segment in g.index.node_segments.get(node as usize)? {
            let s = g.city.segments.get(segment as usize)?;
            if s.street == street {
                let next = if s.from == node { s.to } else { s.from };
                let mut path = path.clone();
                path.push(segment);
                reached.push((next, length + length_m(&s.line), path));
            }
        }
    }
    None
}

fn line_of(g: &Gazetteer, from: u32, path: &[u32]) -> Vec<Point> {
    let mut node = from;
    let mut line: Vec<Point> = Vec::new();
    for segment in path.iter().filter_map(|at| g.city.segments.get(*at as usize)) {
        if segment.from == node {
            line.extend(&segment.line);
            node = segment.to;
        } else {
            line.extend(segment.line.iter().rev());
            node = segment.from;
        }
    }
    line.dedup_by(|a, b| a.distance_m(*b) < 0.5);
    line
}

/// "street:green-st"
pub(super) fn street_key(g: &Gazetteer, street: u32) -> Option<String> {
    Some(format!("street:{}", slug(&g.city.streets.get(street as usize)?.name)))
}

/// "segment:…"
pub(super) fn segment_key(g: &Gazetteer, segment: u32) -> Option<String> {
    Some(format!("segment:{}", g.city.segments.get(segment as usize)?.id))
}

/// Lower-case words joined by hyphens.
pub(super) fn slug(name: &str) -> String {
    let words: Vec<String> = name
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|w| !w.is_empty())
        .map(|w| w.to_lowercase().replace('\'', ""))
        .collect();
    words.join("-")
}

/// An asset as a place.
pub(super) fn asset_place(g: &Gazetteer, at: u32) -> Option<Place> {
    let asset = g.city.assets.get(at as usize)?;
    let (kind, word) = asset_words(&asset.kind);
    let number = if asset.id.is_empty() { at.to_string() } else { asset.id.clone() };
    let street = super::space::nearest_segment(g, asset.at, 40.0).map(|s| s.segment);
    let street_of = |s: u32| g.city.segments.get(s as usize).map(|s| s.street);
    let label = if asset.id.is_empty() { word.to_owned() } else { format!("{word} {}", asset.id) };
    Some(Place {
        lat: asset.at.lat,
        lon: asset.at.lon,
        radius_m: 3.0,
        kind: Kind::Asset,
        label,
        span: None,
        key: format!("asset:{kind}:{number}"),
        street_key: street.and_then(street_of).and_then(|s| street_key(g, s)),
        segment_key: street.and_then(|s| segment_key(g, s)),
        shape: None,
        found_by: super::FoundBy::Words,
    })
}

/// Short word for keys and word for people.
fn asset_words(kind: &str) -> (&str, &str) {
    match kind {
        "street_light" => ("pole", "Pole"),
        "hydrant" => ("hydrant", "Hydrant"),
        "traffic_signal" => ("signal", "Signal"),
        "barrel" => ("barrel", "Barrel"),
        "tree" => ("tree", "Tree"),
        other => (other, other),
    }
}

/// The asset a key like `asset:pole:1163` names.
pub(super) fn asset_by_key<'g>(g: &'g Gazetteer, key: &str) -> Option<&'g Asset> {
    let (kind, id) = key.strip_prefix("asset:")?.split_once(':')?;
    let named = g.index.plates.get(super::index::plate(id).as_str()).into_iter().flatten();
    let mut found = named.filter_map(|at| g.city.assets.get(*at as usize));
    found.find(|a| asset_words(&a.kind).0 == kind && a.id == id).or_else(|| {
        let asset = g.city.assets.get(id.parse::<usize>().ok()?)?;
        (asset.id.is_empty() && asset_words(&asset.kind).0 == kind).then_some(asset)
    })
}
