//! Everything below the words: water, parks, houses, streets. One path a class keeps the map small.

use std::fmt::Write as _;

use super::super::Kind;
use super::super::gazetteer::{Cover, Gazetteer};
use super::super::geometry::{Point, Polygon};
use super::Paper;

/// Shapes are cut this far outside the paper.
const MARGIN_PX: f64 = 24.0;
/// Houses are drawn only on close maps.
const HOUSES_UP_TO_METRES_PER_PX: f64 = 1.8;

/// Draws ground and streets.
pub(super) fn draw(g: &Gazetteer, paper: &Paper, svg: &mut String) {
    let window = paper.window(MARGIN_PX);
    let spots = g.index.space.spots_in(window);
    let mut parks = String::new();
    for spot in spots.iter().filter_map(|at| g.city.spots.get(*at as usize)) {
        if matches!(spot.kind, Kind::Park | Kind::Square) {
            spot.shape.iter().for_each(|shape| area(paper, shape, &mut parks));
        }
    }
    let (mut water, mut houses, mut public) = (String::new(), String::new(), String::new());
    for ground in g.index.space.ground_in(window).iter().filter_map(|at| g.city.ground.get(*at as usize)) {
        match ground.cover {
            Cover::Water => area(paper, &ground.shape, &mut water),
            Cover::Public => area(paper, &ground.shape, &mut public),
            Cover::Building if paper.metres_per_px <= HOUSES_UP_TO_METRES_PER_PX => {
                area(paper, &ground.shape, &mut houses);
            }
            Cover::Building => {}
        }
    }
    for (class, path) in [("m-park", parks), ("m-water", water), ("m-building", houses), ("m-public", public)]
    {
        if !path.is_empty() {
            let _ = write!(svg, r#"<path class="{class}" fill-rule="evenodd" d="{path}"/>"#);
        }
    }
    streets(g, paper, window, svg);
}

fn streets(g: &Gazetteer, paper: &Paper, window: (Point, Point), svg: &mut String) {
    let (mut local, mut main) = (String::new(), String::new());
    for segment in g.index.space.segments_in(window).iter().filter_map(|at| g.city.segments.get(*at as usize))
    {
        let is_main = g.city.streets.get(segment.street as usize).is_some_and(|s| s.main);
        line(paper, &segment.line, if is_main { &mut main } else { &mut local });
    }
    let (narrow, wide) = ((8.5 / paper.metres_per_px).max(2.0), (13.0 / paper.metres_per_px).max(3.5));
    let rim = if paper.metres_per_px < 1.2 { 3.0 } else { 2.0 };
    let layers = [
        ("m-casing", &local, narrow + rim),
        ("m-casing-main", &main, wide + rim),
        ("m-street", &local, narrow),
        ("m-main", &main, wide),
    ];
    for (class, path, stroke) in layers {
        if !path.is_empty() {
            let _ = write!(
                svg,
                r#"<path class="{class}" fill="none" stroke-width="{stroke:.1}" stroke-linecap="round" stroke-linejoin="round" d="{path}"/>"#
            );
        }
    }
}

/// Adds a line, as far as it can be seen.
fn line(paper: &Paper, points: &[Point], path: &mut String) {
    let (wide, high) = (paper.wide + MARGIN_PX, paper.high + MARGIN_PX);
    let mut pen: Option<(i64, i64)> = None;
    for pair in points.windows(2) {
        let (a, b) = (paper.px(pair[0]), paper.px(pair[1]));
        let beside = |from: f64, to: f64, limit: f64| from.max(to) < -MARGIN_PX || from.min(to) > limit;
        if beside(a.0, b.0, wide) || beside(a.1, b.1, high) {
            pen = None;
            continue;
        }
        let start = *pen.get_or_insert_with(|| {
            let at = tenths(a);
            let _ = write!(path, "M{}", pair_of(at));
            at
        });
        let end = tenths(b);
        if end != start {
            let _ = write!(path, "l{}", pair_of((end.0 - start.0, end.1 - start.1)));
        }
        pen = Some(end);
    }
}

fn tenths((x, y): (f64, f64)) -> (i64, i64) {
    ((x.clamp(-1e6, 1e6) * 10.0).round() as i64, (y.clamp(-1e6, 1e6) * 10.0).round() as i64)
}

/// "12.5-3" from tenths.
fn pair_of((x, y): (i64, i64)) -> String {
    let one = |n: i64| {
        let sign = if n < 0 { "-" } else { "" };
        let (whole, rest) = (n.abs() / 10, n.abs() % 10);
        if rest == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
    };
    let second = one(y);
    if second.starts_with('-') { format!("{}{second}", one(x)) } else { format!("{} {second}", one(x)) }
}

/// Adds a polygon, cut to the paper.
fn area(paper: &Paper, shape: &Polygon, path: &mut String) {
    for ring in std::iter::once(&shape.outer).chain(&shape.inner) {
        let points: Vec<(f64, f64)> = ring.iter().skip(1).map(|p| paper.px(*p)).collect();
        let points = cut(points, paper);
        let mut last: Option<(i64, i64)> = None;
        let mut corners = 0;
        for (x, y) in points {
            let at = (x.round() as i64, y.round() as i64);
            match last {
                None => {
                    let _ = write!(path, "M{} {}", at.0, at.1);
                }
                Some(old) if old == at => continue,
                Some(old) => {
                    let (dx, dy) = (at.0 - old.0, at.1 - old.1);
                    let _ = write!(path, "l{dx}{}{dy}", if dy < 0 { "" } else { " " });
                }
            }
            corners += 1;
            last = Some(at);
        }
        if corners > 0 {
            path.push('z');
        }
    }
}

/// Cuts a ring at the four edges of the paper, one after the other.
pub(super) fn cut(mut ring: Vec<(f64, f64)>, paper: &Paper) -> Vec<(f64, f64)> {
    let edges: [(usize, f64, f64); 4] = [
        (0, -MARGIN_PX, 1.0),
        (0, paper.wide + MARGIN_PX, -1.0),
        (1, -MARGIN_PX, 1.0),
        (1, paper.high + MARGIN_PX, -1.0),
    ];
    for (axis, limit, sign) in edges {
        let depth = |p: &(f64, f64)| (if axis == 0 { p.0 } else { p.1 } - limit) * sign;
        let mut kept = Vec::with_capacity(ring.len() + 4);
        for at in 0..ring.len() {
            let (a, b) = (ring[at], ring[(at + 1) % ring.len()]);
            let (da, db) = (depth(&a), depth(&b));
            if da >= 0.0 {
                kept.push(a);
            }
            if (da >= 0.0) != (db >= 0.0) {
                let t = da / (da - db);
                kept.push((a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t));
            }
        }
        ring = kept;
    }
    ring
}
