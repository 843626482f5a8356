//! Names that stand alone: numbered poles and hydrants, squares, parks, landmarks, and whole streets.
//!
//! These need the most care: "May", "Park" and "Green" are names in some city, and words in every text.

use super::answer::{Candidate, Rank};
use super::gazetteer::{Gazetteer, Spot};
use super::geocode::{asset_place, segment_key, slug, street_key};
use super::geometry::{Point, along, area_m2, length_m, mean, nearest_on};
use super::geoparse::{Hit, Spelling, Text};
use super::index::{digits_of, plate};
use super::text::Shape;
use super::words::{self, class};
use super::{Kind, Place};

/// Points of an outline.
const OUTLINE_POINTS: usize = 100;
/// A street wider than this says too little when the text tried to say more.
const VAGUE_M: f64 = 200.0;

/// Poles and hydrants by the number on their plate: "pole 1163", "poste #791-2".
pub(super) fn assets(text: &Text, found: &mut Vec<Candidate>) {
    if text.g.index.plates.is_empty() {
        return;
    }
    for at in 0..text.words.len() {
        if !text.word(at).is(class::ASSET) {
            continue;
        }
        let norm = text.tokens.norm(at);
        let kind = words::ASSET_WORDS.iter().find(|(list, _)| list.split_whitespace().any(|w| w == norm));
        let Some((_, kind)) = kind else { continue };
        let mut next = at + 1;
        let little = |at: usize| {
            text.sign(at) == Some('#')
                || matches!(text.tokens.norm(at), "no" | "num" | "number" | "numero" | "n" | "id")
        };
        while next < at + 4 && little(next) {
            next += 1;
        }
        let sure =
            next > at + 1 || norm.starts_with("pol") || norm.starts_with("pot") || norm.starts_with("pos");
        let sure = sure || norm.starts_with("hidr") || norm.starts_with("hydr") || norm.starts_with("idr");
        let Some((number, end)) = plate_at(text, next) else { continue };
        let lettered = number.contains(char::is_alphabetic);
        if !(sure || lettered || number.len() >= 3 && !text.word(end).is(class::UNIT)) {
            continue;
        }
        for asset in listed(text.g, kind, &number) {
            let Some(place) = asset_place(text.g, asset) else { continue };
            let place = Place { span: text.span(at, end), ..place };
            found.push(Candidate {
                place,
                cost: 0.0,
                rank: Rank::Asset,
                tokens: (at, end),
                street: None,
                vague: false,
            });
        }
    }
}

/// The things of a kind with this number. "Hydrant 101" is H101 and "H-101" too, as long as only one fits.
fn listed(g: &Gazetteer, kind: &str, number: &str) -> Vec<u32> {
    let asset = |at: &u32| g.city.assets.get(*at as usize).filter(|a| a.kind == kind);
    let exact: Vec<u32> =
        g.index.plates.get(number).into_iter().flatten().copied().filter(|at| asset(at).is_some()).collect();
    if !exact.is_empty() {
        return exact;
    }
    let plain = number.replace('-', "");
    let only_digits = plain.bytes().all(|b| b.is_ascii_digit());
    let fits = |at: &u32| asset(at).is_some_and(|a| only_digits || plate(&a.id).replace('-', "") == plain);
    let loose = g.index.plate_digits.get(digits_of(number).as_str()).into_iter().flatten();
    let loose: Vec<u32> = loose.copied().filter(fits).collect();
    if loose.len() == 1 { loose } else { Vec::new() }
}

/// A plate number: it holds a digit and ends at white space; returns it and one past its last token.
fn plate_at(text: &Text, at: usize) -> Option<(String, usize)> {
    let start = text.tokens.list.get(at)?.start;
    let rest = text.text.get(start..)?;
    let long = rest.find(|c: char| !(c.is_alphanumeric() || c == '-')).unwrap_or(rest.len());
    let number = plate(rest.get(..long.min(24))?);
    if !number.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let end = (at..text.tokens.list.len()).find(|t| text.tokens.list[*t].start >= start + long);
    Some((number, end.unwrap_or(text.tokens.list.len())))
}

/// Squares, parks and landmarks.
pub(super) fn named_spots(text: &Text, found: &mut Vec<Candidate>) {
    for hit in &text.hits {
        if text.spots(hit).next().is_none() {
            continue;
        }
        let (start, end) = hit.name;
        let plain = (start..end).all(|at| text.words[at].is(class::COMMON | class::SUFFIX | class::MONTH));
        let ahead = text.place_ahead(start);
        let before = (text.tokens.norm(start.wrapping_sub(2)), text.tokens.norm(start.wrapping_sub(1)));
        let said = text.word(start.wrapping_sub(1)).is(class::PLACE_AHEAD | class::FILLER);
        let strong = ahead && (said || words::TWO_WORDS.contains(&before));
        if !(text.is_whole(start, end) || strong || end - start >= 2 && !plain) {
            continue;
        }
        if hit.start < start && text.number(start.wrapping_sub(1)).is_some() {
            continue;
        }
        let vague = is_numbered(text, start) || is_part_of_more(text, start, end);
        for (spot, tier) in text.spots(hit) {
            let candidate = spot_candidate(text, spot, (start, end), tier as u8);
            found.extend(candidate.map(|c| Candidate { vague, ..c }));
        }
    }
}

/// "From Eliot Bridge to the dam", "Broadway between Harvard Square": more is meant than the spot.
fn is_part_of_more(text: &Text, start: usize, end: usize) -> bool {
    let mut before = start;
    while before > 0 && text.word(before - 1).is(class::FILLER | class::TO) && before + 3 > start {
        before -= 1;
    }
    let Some(last) = before.checked_sub(1) else { return false };
    let ranged = text.word(last).is(class::FROM) && (end..end + 2).any(|at| text.word(at).is(class::TO));
    let far_end = (before..start).any(|at| text.word(at).is(class::TO))
        && (0..before).any(|at| text.word(at).is(class::FROM));
    ranged || far_end || text.word(last).is(class::BETWEEN)
}

/// "One Kendall Sq": an address whose number nobody knows.
fn is_numbered(text: &Text, start: usize) -> bool {
    start.checked_sub(1).is_some_and(|at| text.number(at).is_some() || text.word(at).is(class::NUMBER))
}

/// Streets and spots that a text names one after the other; from three on no single one is meant.
pub(super) fn mentions(text: &Text) -> usize {
    let (mut count, mut past) = (0, 0);
    for hit in &text.hits {
        if hit.start >= past && (hit.suffix != 0 || !text.is_plain(hit)) {
            count += 1;
            past = hit.end;
        }
    }
    count
}

fn spot_candidate(text: &Text, at: u32, tokens: (usize, usize), tier: u8) -> Option<Candidate> {
    let place = Place { span: text.span(tokens.0, tokens.1), ..spot_place(text.g, at)? };
    let cost = f64::from(tier) * 0.3 - 0.2 * (tokens.1 - tokens.0) as f64;
    Some(Candidate { place, cost, rank: Rank::Spot, tokens, street: None, vague: false })
}

/// The outline of a spot's largest part, closed, in few enough points to be kept with every concern.
fn outline(spot: &Spot) -> Option<Vec<(f64, f64)>> {
    let largest = spot.shape.iter().max_by(|a, b| area_m2(&a.outer).total_cmp(&area_m2(&b.outer)))?;
    let step = largest.outer.len().div_ceil(OUTLINE_POINTS).max(1);
    let mut line: Vec<(f64, f64)> = largest.outer.iter().step_by(step).map(|p| (p.lat, p.lon)).collect();
    if line.first() != line.last() {
        line.extend(line.first().copied());
    }
    Some(line)
}

/// A square, park or landmark as a place.
pub(super) fn spot_place(g: &Gazetteer, at: u32) -> Option<Place> {
    let spot = g.city.spots.get(at as usize)?;
    Some(Place {
        lat: spot.at.lat,
        lon: spot.at.lon,
        radius_m: f64::from(spot.radius_m),
        kind: spot.kind,
        label: spot.name.clone(),
        span: None,
        key: format!("{}:{}", spot.kind.as_str(), slug(&spot.name)),
        street_key: None,
        segment_key: None,
        shape: outline(spot),
        found_by: super::FoundBy::Words,
    })
}

/// Whole streets, named with their type ("Mill Rd"), or bare where the text asks for it ("calle Green").
pub(super) fn streets(text: &Text, found: &mut Vec<Candidate>) {
    let mut hits: Vec<Hit> = text.hits.clone();
    if text.hints.answer && hits.is_empty() {
        hits = (0..text.words.len()).flat_map(|at| text.starting_at(at, Spelling::Loose)).collect();
    }
    for hit in &hits {
        let ahead = text.place_ahead(hit.start);
        let whole = text.is_whole(hit.start, hit.end);
        let typed_ahead = hit.start > 0 && text.word(hit.start - 1).is(class::STREET_AHEAD);
        let list = text.streets(hit);
        let Some(&(cheapest, least)) = list.first() else { continue };
        if hits.iter().any(|other| twice(text, hit, other, cheapest)) {
            continue;
        }
        // A type that no street of this name has is another town's street.
        let typed = hit.suffix != 0 && least < 1.0;
        let own_bare = hit.suffix == 0 && least < 0.1 && !text.is_plain(hit) && hit.edits == 0.0;
        if !(whole || typed_ahead || typed && (ahead || !everyday(text, hit)) || own_bare && ahead) {
            continue;
        }
        for (street, cost) in list.into_iter().filter(|(_, cost)| *cost <= least + 0.3 && *cost < 1.6).take(4)
        {
            found.extend(street_candidate(text, street, cost, hit));
        }
    }
}

/// "Elm St and Elm St": nobody can say where; asking is better than the middle of the street.
fn twice(text: &Text, hit: &Hit, other: &Hit, street: u32) -> bool {
    let gap =
        if hit.end <= other.start { other.start - hit.end } else { hit.start.saturating_sub(other.end) };
    let disjoint = hit.end <= other.start || other.end <= hit.start;
    disjoint && gap == 1 && text.streets(other).first().is_some_and(|(s, _)| *s == street)
}

/// A name of everyday words, written small ("on the main road").
fn everyday(text: &Text, hit: &Hit) -> bool {
    let small = |at: usize| {
        let token = text.tokens.list[at];
        token.shape == Shape::Word && text.text[token.start..].starts_with(char::is_lowercase)
    };
    (hit.name.0..hit.name.1).all(|at| text.words[at].is(class::COMMON) && small(at))
}

fn street_candidate(text: &Text, street: u32, cost: f64, hit: &Hit) -> Option<Candidate> {
    let place = street_place(text.g, street)?;
    let place = Place { span: text.span(hit.start, hit.end), ..place };
    let tokens = (hit.start, hit.end);
    let vague = place.radius_m > VAGUE_M && told_more(text, hit) || is_part_of_more(text, hit.start, hit.end);
    Some(Candidate { place, cost, rank: Rank::Street, tokens, street: Some(street), vague })
}

/// The text said more than the street (a number, a second street) and we could not use it: ask.
fn told_more(text: &Text, hit: &Hit) -> bool {
    let numbered = hit.start > 0 && text.number(hit.start - 1).is_some();
    let joins = |at: usize| {
        matches!(text.sign(at), Some('&' | '@' | '/' | '+')) || text.word(at).is(class::AND | class::AT)
    };
    let named = |at: usize| text.word(at).is(class::SUFFIX | class::NAME) || text.word(at).id == 0;
    let before =
        hit.start > 1 && joins(hit.start - 1) && text.word(hit.start - 2).is(class::SUFFIX | class::NAME);
    let behind = joins(hit.end)
        && named(hit.end + 1)
        && !text.word(hit.end + 1).is(class::COMMON)
        && !text.tokens.norm(hit.end + 1).is_empty();
    numbered || before || behind || text.word(hit.end).is(class::BETWEEN)
}

/// A whole street: the middle of the segment nearest to its middle, and a radius that covers it.
pub(super) fn street_place(g: &Gazetteer, street: u32) -> Option<Place> {
    let segments = g.index.street_segments.get(street as usize)?;
    let lines: Vec<&[Point]> =
        segments.iter().filter_map(|s| g.city.segments.get(*s as usize)).map(|s| s.line.as_slice()).collect();
    let middles: Vec<Point> = lines.iter().map(|line| along(line, 0.5, 0.0)).collect();
    let centre = mean(&middles);
    let at = middles.iter().min_by(|a, b| a.distance_m(centre).total_cmp(&b.distance_m(centre)))?;
    let far = lines.iter().flat_map(|line| line.iter()).map(|p| p.distance_m(*at)).fold(15.0, f64::max);
    Some(Place {
        lat: at.lat,
        lon: at.lon,
        radius_m: far,
        kind: Kind::Street,
        label: g.city.streets.get(street as usize)?.name.clone(),
        span: None,
        key: street_key(g, street)?,
        street_key: street_key(g, street),
        segment_key: None,
        shape: None,
        found_by: super::FoundBy::Words,
    })
}

/// "Church St by the school": the part of a street beside a landmark, if that is near the street.
pub(super) fn street_beside(g: &Gazetteer, street: &Candidate, spot: &Candidate) -> Option<Candidate> {
    const BESIDE_M: f64 = 150.0;
    let id = street.street?;
    let at = Point { lat: spot.place.lat, lon: spot.place.lon };
    let segments = g.index.street_segments.get(id as usize)?;
    let near = segments.iter().filter_map(|s| {
        let segment = g.city.segments.get(*s as usize)?;
        nearest_on(&segment.line, at).map(|(point, away, _, _)| (*s, point, away))
    });
    let (segment, point, away) = near.min_by(|a, b| a.2.total_cmp(&b.2))?;
    if away > BESIDE_M + spot.place.radius_m.min(100.0) {
        return None;
    }
    let line = &g.city.segments.get(segment as usize)?.line;
    let tokens = (street.tokens.0.min(spot.tokens.0), street.tokens.1.max(spot.tokens.1));
    let place = Place {
        lat: point.lat,
        lon: point.lon,
        radius_m: (length_m(line) / 2.0).clamp(40.0, 120.0),
        kind: Kind::Block,
        label: format!("{} near {}", street.place.label, spot.place.label),
        span: street.place.span,
        key: segment_key(g, segment)?,
        street_key: street.place.street_key.clone(),
        segment_key: segment_key(g, segment),
        shape: Some(line.iter().map(|p| (p.lat, p.lon)).collect()),
        found_by: super::FoundBy::Words,
    };
    Some(Candidate {
        place,
        cost: street.cost + spot.cost,
        rank: Rank::Beside,
        tokens,
        street: Some(id),
        vague: false,
    })
}

/// "Church St by the school": a kind of landmark that exactly one spot beside the street is.
pub(super) fn kinds_beside(text: &Text, street: &Candidate) -> Vec<Candidate> {
    let is_kind = |at: usize| {
        let norm = text.tokens.norm(at);
        let outside = at < street.tokens.0 || at >= street.tokens.1;
        outside
            && text.place_ahead(at)
            && words::LANDMARK_KINDS.iter().any(|list| list.split(' ').any(|w| w == norm))
    };
    let mut found = Vec::new();
    for at in (0..text.words.len()).filter(|at| is_kind(*at)) {
        let told = [text.tokens.norm(at)];
        let near = (0..text.g.city.spots.len() as u32).filter_map(|spot| {
            let names = text.g.city.spots.get(spot as usize)?;
            let mut all = std::iter::once(&names.name).chain(&names.aliases);
            if !all.any(|name| super::among::shares(name, &told)) {
                return None;
            }
            street_beside(text.g, street, &spot_candidate(text, spot, (at, at + 1), 1)?)
        });
        let near: Vec<Candidate> = near.take(2).collect();
        if let [one] = near.as_slice() {
            found.push(one.clone());
        }
    }
    found
}
