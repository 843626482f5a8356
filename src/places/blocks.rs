//! Stretches of a street: "Elm between 3rd and 5th", "Elm from 3rd to 5th", "Elm entre Broad y Market".
//!
//! Both ends named = the line between the two corners. One end named = the blocks either side, to ask about,
//! unless a direction chooses one ("north of Pacific St").

use super::answer::{Candidate, Rank};
use super::crossings::{Side, sides};
use super::geocode::{Corner, corners, segment_key, slug, street_key, stretch};
use super::geometry::{Point, along, length_m};
use super::geoparse::{Hit, Spelling, Text};
use super::houses::house;
use super::words::class;
use super::{Kind, Place};

/// Longest gap in a street that a block may jump.
const MAX_GAP_M: f64 = 800.0;

/// "North of", "al norte de", "ao norte da".
const OF: &[&str] = &["of", "de", "del", "da", "do"];

/// All blocks of a text.
pub(super) fn blocks(text: &Text, found: &mut Vec<Candidate>) {
    for at in 0..text.words.len() {
        let word = text.word(at);
        if word.is(class::BETWEEN) {
            block_at(text, at, class::AND, found);
        } else if word.is(class::FROM) && text.hits.iter().any(|h| h.end == at) || opens_stretch(text, at) {
            block_at(text, at, class::TO, found);
        } else if word.is(class::DIRECTION) && OF.contains(&text.tokens.norm(at + 1)) {
            side_of(text, at, found);
        }
    }
}

/// "Elm (3rd to 5th)"
fn opens_stretch(text: &Text, at: usize) -> bool {
    text.sign(at) == Some('(') && (at + 2..at + 6).any(|to| text.word(to).is(class::TO))
}

/// "Broad just north of Market": the block on that side of the corner.
fn side_of(text: &Text, at: usize, found: &mut Vec<Candidate>) {
    let small =
        |at: usize| matches!(text.tokens.norm(at), "just" | "right" | "al" | "a" | "ao" | "to" | "the");
    let mut end = at;
    while end > 0 && at - end < 2 && small(end - 1) {
        end -= 1;
    }
    let (mut start, direction) = direction_of(text, at);
    let streets = sides(text, text.ending_at(end, Spelling::Exact));
    if direction.is_none() || streets.is_empty() {
        return;
    }
    while start < at + 4 && text.word(start).is(class::FILLER | class::STREET_AHEAD) {
        start += 1;
    }
    one_end(text, &streets, &sides(text, text.starting_at(start, Spelling::Exact)), direction, found);
}

fn block_at(text: &Text, at: usize, joiner: u32, found: &mut Vec<Candidate>) {
    let mut start = at + 1;
    while start < at + 5 && text.word(start).is(class::BETWEEN | class::FILLER | class::STREET_AHEAD) {
        start += 1;
    }
    let (start, direction) = direction_of(text, start);
    let first = names_at(text, start);
    let end = first.iter().map(|s| s.hit.end).max();
    let second = end.map_or(Vec::new(), |end| second_end(text, end, joiner, names_at));
    let last = second.iter().map(|s| s.hit.end).max().or(end).unwrap_or(start + 1);
    let streets = street_of(text, at, last);
    if streets.is_empty() {
        return;
    }
    if first.is_empty() {
        let misspelled = misspelled_ends(text, &streets, start, joiner, (&first, &second));
        found.extend(misspelled.or_else(|| by_number(text, &streets, start)));
        return;
    }
    let both = both_ends(text, &streets, &first, &second)
        .or_else(|| misspelled_ends(text, &streets, start, joiner, (&first, &second)));
    if both.is_some() {
        found.extend(both);
        return;
    }
    let before = found.len();
    one_end(text, &streets, &first, direction, found);
    if found.len() == before {
        one_end(text, &streets, &second, direction, found);
    }
}

/// "Between Park Ave & Homes St": that both ends lie on the street decides which spelling was meant.
fn misspelled_ends(
    text: &Text,
    streets: &[Side],
    start: usize,
    joiner: u32,
    (first, second): (&[Side], &[Side]),
) -> Option<Candidate> {
    let any = |text: &Text, at: usize| sides(text, text.starting_at(at, Spelling::Forced));
    let loose = any(text, start);
    let end = loose.iter().chain(first).map(|s| s.hit.end).max()?;
    let other = second_end(text, end, joiner, any);
    both_ends(text, streets, first, &other)
        .or_else(|| both_ends(text, streets, &loose, second))
        .or_else(|| both_ends(text, streets, &loose, &other))
}

/// "N of", "east of": a side of the corner.
fn direction_of(text: &Text, at: usize) -> (usize, Option<(f64, f64)>) {
    let of = text.tokens.norm(at + 1);
    if !text.word(at).is(class::DIRECTION) || !OF.contains(&of) {
        return (at, None);
    }
    let towards = match text.tokens.norm(at) {
        "north" | "norte" => (0.0, 1.0),
        "south" | "sur" | "sul" => (0.0, -1.0),
        "east" => (1.0, 0.0),
        "west" | "oeste" => (-1.0, 0.0),
        "northeast" | "ne" => (1.0, 1.0),
        "northwest" | "nw" => (-1.0, 1.0),
        "southeast" | "se" => (1.0, -1.0),
        "southwest" | "sw" => (-1.0, -1.0),
        // One letter alone is a direction in English only: "e da" is "and of the".
        "n" if of == "of" => (0.0, 1.0),
        "s" if of == "of" => (0.0, -1.0),
        "e" if of == "of" => (1.0, 0.0),
        "w" if of == "of" => (-1.0, 0.0),
        _ => return (at, None),
    };
    (at + 2, Some(towards))
}

fn names_at(text: &Text, start: usize) -> Vec<Side> {
    let exact = sides(text, text.starting_at(start, Spelling::Exact));
    if exact.is_empty() { sides(text, text.starting_at(start, Spelling::Loose)) } else { exact }
}

fn second_end(text: &Text, end: usize, joiner: u32, names: impl Fn(&Text, usize) -> Vec<Side>) -> Vec<Side> {
    let joins = text.word(end).is(joiner | class::AND | class::TO)
        || matches!(text.sign(end), Some('&' | ',' | '/' | '+' | '-'));
    if !joins {
        return Vec::new();
    }
    let mut start = end + 1;
    while start < end + 4 && text.word(start).is(class::FILLER | class::STREET_AHEAD | class::AND) {
        start += 1;
    }
    names(text, start)
}

/// The street itself: right before "between", or behind the ends ("between A and B on Elm").
fn street_of(text: &Text, at: usize, last: usize) -> Vec<Side> {
    for end in (at.saturating_sub(2)..=at).rev() {
        for spelling in [Spelling::Exact, Spelling::Loose, Spelling::Forced] {
            let typed = end > 0 && text.word(end - 1).is(class::SUFFIX);
            if spelling == Spelling::Forced && !typed {
                continue;
            }
            let list = sides(text, text.ending_at(end, spelling));
            if !list.is_empty() {
                return list;
            }
        }
    }
    let mut start = last;
    while start < last + 3 && text.word(start).is(class::PLACE_AHEAD | class::FILLER | class::STREET_AHEAD) {
        start += 1;
    }
    if start == last { Vec::new() } else { sides(text, text.starting_at(start, Spelling::Exact)) }
}

/// The cheapest street and two cross streets that are joined by a line.
fn both_ends(text: &Text, streets: &[Side], first: &[Side], second: &[Side]) -> Option<Candidate> {
    let mut best: Option<(f64, Candidate)> = None;
    for street in streets {
        for b in first.iter().filter(|b| b.street != street.street) {
            for c in second.iter().filter(|c| c.street != street.street && c.street != b.street) {
                let cost = street.cost + b.cost + c.cost;
                if best.as_ref().is_some_and(|(old, _)| *old <= cost) {
                    continue;
                }
                if let Some(place) = between(text, street, b, c) {
                    let tokens = tokens_of(&[street.hit, b.hit, c.hit]);
                    let place = Place { span: text.span(tokens.0, tokens.1), ..place };
                    let street = Some(street.street);
                    best = Some((
                        cost,
                        Candidate { place, cost, rank: Rank::Block, tokens, street, vague: false },
                    ));
                }
            }
        }
    }
    best.map(|(_, candidate)| candidate)
}

fn tokens_of(hits: &[Hit]) -> (usize, usize) {
    let start = hits.iter().map(|h| h.start).min().unwrap_or(0);
    (start, hits.iter().map(|h| h.end).max().unwrap_or(start))
}

fn between(text: &Text, street: &Side, b: &Side, c: &Side) -> Option<Place> {
    let near: Vec<Corner> = corners(text.g, street.street, b.street);
    let far: Vec<Corner> = corners(text.g, street.street, c.street);
    let ends: Vec<(&Corner, &Corner)> =
        near.iter().flat_map(|from| far.iter().map(move |to| (from, to))).collect();
    let lines = ends.iter().filter_map(|(from, to)| stretch(text.g, street.street, from.node, to.node));
    let walked = lines.min_by(|x, y| length_m(&x.0).total_cmp(&length_m(&y.0)));
    // A street with a gap in the data: the straight line will do.
    let (line, segment) = walked.or_else(|| {
        let straight = ends.iter().map(|(from, to)| (from, vec![from.at, to.at]));
        let straight = straight.filter(|(_, line)| (20.0..MAX_GAP_M).contains(&length_m(line)));
        let (from, line) = straight.min_by(|x, y| length_m(&x.1).total_cmp(&length_m(&y.1)))?;
        let here = text.g.index.node_segments.get(from.node as usize)?;
        let on_street =
            |at: &&u32| text.g.city.segments.get(**at as usize).is_some_and(|s| s.street == street.street);
        here.iter().find(on_street).map(|segment| (line, *segment))
    })?;
    let name = |side: &Side| text.g.city.streets.get(side.street as usize).map(|s| s.name.clone());
    let label = format!("{} between {} and {}", name(street)?, name(b)?, name(c)?);
    Some(block_place(text, street.street, segment, &line, label))
}

fn block_place(text: &Text, street: u32, segment: u32, line: &[Point], label: String) -> Place {
    let middle = along(line, 0.5, 0.0);
    Place {
        lat: middle.lat,
        lon: middle.lon,
        radius_m: (length_m(line) / 2.0).max(15.0),
        kind: Kind::Block,
        key: segment_key(text.g, segment).unwrap_or_else(|| format!("block:{}", slug(&label))),
        label,
        span: None,
        street_key: street_key(text.g, street),
        segment_key: segment_key(text.g, segment),
        shape: Some(line.iter().map(|p| (p.lat, p.lon)).collect()),
        found_by: super::FoundBy::Words,
    }
}

/// The blocks either side of a corner; a direction leaves the one that lies there.
fn one_end(
    text: &Text,
    streets: &[Side],
    ends: &[Side],
    towards: Option<(f64, f64)>,
    found: &mut Vec<Candidate>,
) {
    let pairs = streets.iter().flat_map(|s| ends.iter().map(move |e| (s, e)));
    let mut met: Vec<(&Side, &Side, Corner)> = pairs
        .flat_map(|(s, e)| corners(text.g, s.street, e.street).into_iter().map(move |c| (s, e, c)))
        .collect();
    met.sort_by(|x, y| (x.0.cost + x.1.cost).total_cmp(&(y.0.cost + y.1.cost)));
    let Some((street, end, corner)) = met.first().copied() else { return };
    let tokens = tokens_of(&[street.hit, end.hit]);
    let mut list: Vec<(f64, Candidate)> = Vec::new();
    for &at in text.g.index.node_segments.get(corner.node as usize).into_iter().flatten() {
        let Some(segment) = text.g.city.segments.get(at as usize).filter(|s| s.street == street.street)
        else {
            continue;
        };
        let label = block_label(text, street.street, at, end.street);
        let place = block_place(text, street.street, at, &segment.line, label);
        let (east, north) = Point { lat: place.lat, lon: place.lon }.metres_from(corner.at);
        let ahead = towards.map_or(0.0, |(x, y)| east * x + north * y);
        let place = Place { span: text.span(tokens.0, tokens.1), ..place };
        let cost = street.cost + end.cost;
        list.push((
            -ahead,
            Candidate { place, cost, rank: Rank::Block, tokens, street: Some(street.street), vague: false },
        ));
    }
    list.sort_by(|a, b| a.0.total_cmp(&b.0));
    let keep = if towards.is_some() { 1 } else { 4 };
    found.extend(list.into_iter().take(keep).map(|(_, candidate)| candidate));
}

/// "Elm St between Broad St and Market St" for a segment, from what meets at its ends.
pub(super) fn block_label(text: &Text, street: u32, segment: u32, first: u32) -> String {
    let city = &text.g.city;
    let name = |s: u32| city.streets.get(s as usize).map_or("", |s| s.name.as_str());
    let Some(s) = city.segments.get(segment as usize) else { return String::new() };
    let cross = |node: u32| {
        let meets = text.g.index.node_segments.get(node as usize).into_iter().flatten();
        let mut others = meets.filter_map(|at| city.segments.get(*at as usize)).map(|s| s.street);
        others.find(|other| *other != street && *other != first)
    };
    let other = cross(s.to).or_else(|| cross(s.from));
    match other {
        Some(other) => format!("{} between {} and {}", name(street), name(first), name(other)),
        None => format!("{} past {}", name(street), name(first)),
    }
}

/// "Larchwood Drive between Fresh Pond Ln & #59", "Alpine between 44": the block of a house.
fn by_number(text: &Text, streets: &[Side], at: usize) -> Option<Candidate> {
    let number = text.number(at).or_else(|| text.number(at + 1))?;
    let side = streets.first().filter(|side| side.cost < 1.0)?;
    let here = house(text.g, side.street, number)?.segment?;
    let segment = text.g.city.segments.get(here as usize)?;
    let tokens = (side.hit.start.min(at), (at + 1).max(side.hit.end));
    let name = &text.g.city.streets.get(side.street as usize)?.name;
    let place = block_place(text, side.street, here, &segment.line, format!("{name} near {number}"));
    let place = Place { span: text.span(tokens.0, tokens.1), ..place };
    Some(Candidate {
        place,
        cost: side.cost + 0.3,
        rank: Rank::Block,
        tokens,
        street: Some(side.street),
        vague: false,
    })
}
