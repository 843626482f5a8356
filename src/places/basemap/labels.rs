//! Names on the map: along the streets, on parks, water and public buildings; never upside down, never on
//! each other, never under a marker.

use std::fmt::Write as _;

use super::super::gazetteer::{Cover, Gazetteer};
use super::super::geometry::{Point, Polygon};
use super::super::{Kind, Mark};
use super::{Paper, escape, ground};

/// Size of all names on maps.
const FONT_PX: f64 = 11.5;
/// Mean width of a letter at this size and weight.
const LETTER_PX: f64 = 6.3;
/// Space between two names.
const CLEAR_PX: f64 = 13.0;
/// A street's name is not said again nearer than this.
const AGAIN_PX: f64 = 320.0;
/// Names on one map.
const MAX_LABELS: usize = 60;

/// One name, placed.
pub(super) struct Label {
    pub class: &'static str,
    pub text: String,
    at: (f64, f64),
    angle: f64,
}

/// What is taken: circles (x, y, radius).
type Taken = Vec<(f64, f64, f64)>;

/// Chooses names and places: public buildings, main streets, other streets by length, parks, water.
pub(super) fn plan(g: &Gazetteer, paper: &Paper, seen: &[(&Mark, (f64, f64))]) -> Vec<Label> {
    let mut taken: Taken =
        seen.iter().map(|(m, (x, y))| (*x, *y, if m.selected { 24.0 } else { 15.0 })).collect();
    if let Some((_, (x, y))) = seen.iter().find(|(m, _)| m.selected) {
        taken.push((*x, *y - 34.0, 24.0));
    }
    let credit = g.attribution().chars().count() as f64 * 5.9;
    for n in 0..(credit / 20.0) as usize + 1 {
        taken.push((paper.wide - n as f64 * 20.0, paper.high - 8.0, 12.0));
    }
    let mut labels = Vec::new();
    let mut chains = chains(g, paper);
    chains.sort_by(|a, b| {
        (b.main, b.long_px).partial_cmp(&(a.main, a.long_px)).unwrap_or(std::cmp::Ordering::Equal)
    });
    let (first, rest): (Vec<Chain>, Vec<Chain>) = chains.into_iter().partition(|c| c.main);
    first.iter().for_each(|chain| along(chain, paper, &mut taken, &mut labels));
    shapes(g, paper, &mut taken, &mut labels);
    rest.iter().for_each(|chain| along(chain, paper, &mut taken, &mut labels));
    labels.truncate(MAX_LABELS);
    labels
}

/// Writes the names.
pub(super) fn draw(labels: &[Label], svg: &mut String) {
    if labels.is_empty() {
        return;
    }
    let _ = write!(svg, r#"<g font-size="{FONT_PX}" font-weight="600" text-anchor="middle">"#);
    for label in labels {
        let (x, y) = label.at;
        let turn = if label.angle.abs() < 0.5 {
            format!(r#"x="{x:.0}" y="{:.0}""#, y + 4.0)
        } else {
            format!(r#"transform="translate({x:.1} {y:.1})rotate({:.1})" dy="4""#, label.angle)
        };
        let _ = write!(svg, r#"<text class="{}" {turn}>{}</text>"#, label.class, escape(&label.text));
    }
    svg.push_str("</g>");
}

/// The visible segments of a street, joined into one line.
struct Chain {
    name: String,
    main: bool,
    long_px: f64,
    points: Vec<(f64, f64)>,
}

fn chains(g: &Gazetteer, paper: &Paper) -> Vec<Chain> {
    let mut by_street: Vec<(u32, Vec<u32>)> = Vec::new();
    for at in g.index.space.segments_in(paper.window(0.0)) {
        let Some(segment) = g.city.segments.get(at as usize) else { continue };
        match by_street.iter_mut().find(|(street, _)| *street == segment.street) {
            Some((_, list)) => list.push(at),
            None => by_street.push((segment.street, vec![at])),
        }
    }
    let mut chains = Vec::new();
    for (street, mut list) in by_street {
        let Some(named) = g.city.streets.get(street as usize) else { continue };
        while !list.is_empty() {
            let line = join(g, &mut list);
            let points: Vec<(f64, f64)> = line.into_iter().map(|p| paper.px(p)).collect();
            let long_px = points.windows(2).map(|p| (p[1].0 - p[0].0).hypot(p[1].1 - p[0].1)).sum();
            chains.push(Chain { name: named.name.clone(), main: named.main, long_px, points });
        }
    }
    chains
}

/// Takes segments from the list as long as they continue each other, at both ends.
fn join(g: &Gazetteer, list: &mut Vec<u32>) -> Vec<Point> {
    let Some(first) = list.pop().and_then(|at| g.city.segments.get(at as usize)) else { return Vec::new() };
    let mut line = first.line.clone();
    let (mut head, mut tail) = (first.from, first.to);
    loop {
        let fits = |at: &u32| {
            g.city
                .segments
                .get(*at as usize)
                .is_some_and(|s| [s.from, s.to].iter().any(|n| *n == head || *n == tail))
        };
        let Some(found) = list.iter().position(fits) else { return line };
        let Some(next) = g.city.segments.get(list.swap_remove(found) as usize) else { continue };
        let reversed = || next.line.iter().rev().copied().collect::<Vec<_>>();
        if next.from == tail || next.to == tail {
            let (part, end) =
                if next.from == tail { (next.line.clone(), next.to) } else { (reversed(), next.from) };
            line.extend(part);
            tail = end;
        } else {
            let (part, end) =
                if next.to == head { (next.line.clone(), next.from) } else { (reversed(), next.to) };
            line.splice(0..0, part);
            head = end;
        }
    }
}

/// Puts a street's name on a straight part of it; long streets get it twice.
fn along(chain: &Chain, paper: &Paper, taken: &mut Taken, labels: &mut Vec<Label>) {
    let wide = chain.name.chars().count() as f64 * LETTER_PX;
    if chain.long_px < wide + 12.0 {
        return;
    }
    let mut left = if chain.long_px > 900.0 { 2 } else { 1 };
    for share in [0.5, 0.38, 0.62, 0.27, 0.73, 0.18, 0.82, 0.1, 0.9] {
        let middle = chain.long_px * share;
        let (Some(a), Some(b), Some(m)) = (
            point_at(chain, middle - wide / 2.0),
            point_at(chain, middle + wide / 2.0),
            point_at(chain, middle),
        ) else {
            continue;
        };
        let straight = (b.0 - a.0).hypot(b.1 - a.1) > wide * 0.985;
        if !straight || !paper.holds(a, 4.0) || !paper.holds(b, 4.0) || left == 0 {
            continue;
        }
        let mut angle = (b.1 - a.1).atan2(b.0 - a.0).to_degrees();
        if angle > 90.0 {
            angle -= 180.0;
        } else if angle <= -90.0 {
            angle += 180.0;
        }
        let at = ((a.0 + b.0 + m.0) / 3.0, (a.1 + b.1 + m.1) / 3.0);
        let said = |l: &Label| l.text == chain.name && (l.at.0 - at.0).hypot(l.at.1 - at.1) < AGAIN_PX;
        if !labels.iter().any(said) && claim(taken, at, angle, wide) {
            labels.push(Label { class: "m-label", text: chain.name.clone(), at, angle });
            left -= 1;
        }
    }
}

fn point_at(chain: &Chain, mut rest: f64) -> Option<(f64, f64)> {
    if rest < 0.0 {
        return None;
    }
    for pair in chain.points.windows(2) {
        let step = (pair[1].0 - pair[0].0).hypot(pair[1].1 - pair[0].1);
        if rest <= step && step > 0.0 {
            let t = rest / step;
            return Some((pair[0].0 + (pair[1].0 - pair[0].0) * t, pair[0].1 + (pair[1].1 - pair[0].1) * t));
        }
        rest -= step;
    }
    None
}

/// Takes the space of a name, if it is free.
fn claim(taken: &mut Taken, (x, y): (f64, f64), angle: f64, wide: f64) -> bool {
    let (sin, cos) = angle.to_radians().sin_cos();
    let steps = (wide / 9.0).ceil().max(1.0) as i32;
    let circles: Vec<(f64, f64, f64)> = (-steps..=steps)
        .map(|n| f64::from(n) / f64::from(steps) * wide / 2.0)
        .map(|d| (x + d * cos, y + d * sin, CLEAR_PX / 2.0))
        .collect();
    let free = circles.iter().all(|(x, y, r)| taken.iter().all(|(a, b, s)| (x - a).hypot(y - b) >= r + s));
    if free {
        taken.extend(circles);
    }
    free
}

/// Names on parks, squares, water and public buildings, level, where they fit.
fn shapes(g: &Gazetteer, paper: &Paper, taken: &mut Taken, labels: &mut Vec<Label>) {
    let window = paper.window(0.0);
    let mut put = |class: &'static str, name: &str, shape: &Polygon, spill: f64| {
        let ring: Vec<(f64, f64)> = shape.outer.iter().skip(1).map(|p| paper.px(*p)).collect();
        let seen = ground::cut(ring, paper);
        let (Some(x), Some(y)) = (middle(&seen, |p| p.0), middle(&seen, |p| p.1)) else { return };
        let across = seen.iter().map(|p| p.0).fold(f64::MIN, f64::max)
            - seen.iter().map(|p| p.0).fold(f64::MAX, f64::min);
        let wide = name.chars().count() as f64 * LETTER_PX;
        let level = across >= wide - spill
            && paper.holds((x - wide / 2.0, y), 2.0)
            && paper.holds((x + wide / 2.0, y), 10.0);
        let upright = class == "m-label-water"
            && paper.holds((x, y - wide / 2.0), 4.0)
            && paper.holds((x, y + wide / 2.0), 4.0);
        let angle = if level { 0.0 } else { -80.0 };
        if (level || upright) && claim(taken, (x, y), angle, wide) {
            labels.push(Label { class, text: name.to_owned(), at: (x, y), angle });
        }
    };
    for spot in g.index.space.spots_in(window).iter().filter_map(|at| g.city.spots.get(*at as usize)) {
        if matches!(spot.kind, Kind::Park | Kind::Square)
            && let Some(shape) = spot.shape.first()
        {
            put("m-label-park", &spot.name, shape, 60.0);
        }
    }
    for ground in g.index.space.ground_in(window).iter().filter_map(|at| g.city.ground.get(*at as usize)) {
        let Some(name) = &ground.name else { continue };
        match ground.cover {
            Cover::Water => put("m-label-water", name, &ground.shape, 0.0),
            Cover::Public if paper.metres_per_px <= 1.6 => put("m-label-public", name, &ground.shape, 50.0),
            _ => {}
        }
    }
}

fn middle(points: &[(f64, f64)], axis: impl Fn(&(f64, f64)) -> f64) -> Option<f64> {
    let (low, high) = points.iter().map(axis).fold((f64::MAX, f64::MIN), |(l, h), n| (l.min(n), h.max(n)));
    (low <= high).then_some((low + high) / 2.0)
}
