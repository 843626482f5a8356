//! One answer from everything a text may mean, or a refusal with the reason.
//!
//! Trust, most first: a plate number, an address in range, a corner, a block, a number beside the ranges,
//! a street beside a landmark, a square, park or landmark, a whole street. What is known beside the words is
//! weighed in `sources`.

use super::areas::near_city;
use super::gazetteer::Gazetteer;
use super::geoparse::Text;
use super::words::class;
use super::{
    Hints, Kind, Located, Place, Status, addresses, among, blocks, crossings, sources, space, spots,
};

/// Two places farther apart than this are two places.
pub(super) const APART_M: f64 = 150.0;
/// So many names in one text and no corner among them: it speaks of a whole part of the city.
const MANY: usize = 3;
/// Alternatives named in an answer.
const MAX_ALTERNATIVES: usize = 5;

/// How far a kind of evidence is trusted; smaller is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Asset,
    Address,
    Intersection,
    Block,
    AddressBeside,
    Beside,
    Spot,
    Street,
}

/// One thing the text may mean.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub place: Place,
    /// What it costs to believe it: misspellings, missing types, numbers out of range.
    pub cost: f64,
    pub rank: Rank,
    /// Tokens it was read from.
    pub tokens: (usize, usize),
    /// The street it is on.
    pub street: Option<u32>,
    /// The text said more than we could use (a number that is not there): ask rather than take it.
    pub vague: bool,
}

/// Reads a text for the one place it is about, and weighs what else is known. Pure; any text is safe; never guesses.
#[must_use]
pub fn locate(gazetteer: &Gazetteer, text: &str, hints: &Hints) -> Located {
    if !hints.among.is_empty() {
        return among::choose(gazetteer, text, hints);
    }
    sources::weigh(gazetteer, by_words(gazetteer, text, hints), hints)
}

/// What the words alone say.
fn by_words(gazetteer: &Gazetteer, text: &str, hints: &Hints) -> Located {
    let read = Text::read(gazetteer, text, hints);
    let mut found = candidates(&read);
    let named = !found.is_empty();
    found.retain(|c| near_city(gazetteer, super::geometry::Point { lat: c.place.lat, lon: c.place.lon }));
    if let Some(town) = other_town(&read, &found) {
        let reason = format!("the words name {town}, which is not this city");
        return Located { town: Some(town), ..refuse(Status::Outside, Vec::new(), reason) };
    }
    if found.is_empty() {
        if named {
            return refuse(
                Status::Outside,
                Vec::new(),
                "the place named lies beyond the city boundary".into(),
            );
        }
        return refuse(Status::None, Vec::new(), "the words name no place".into());
    }
    decide(gazetteer, found, hints)
}

/// Everything the text may mean, in no order.
fn candidates(read: &Text) -> Vec<Candidate> {
    let mut found = Vec::new();
    spots::assets(read, &mut found);
    addresses::addresses(read, &mut found);
    crossings::crossings(read, &mut found);
    blocks::blocks(read, &mut found);
    // "Norfolk St between Hampshire and Broadway": the ends may meet elsewhere, but the block is meant.
    let stretches: Vec<(usize, usize)> =
        found.iter().filter(|c| c.rank == Rank::Block).map(|c| c.tokens).collect();
    let in_stretch =
        |c: &Candidate| stretches.iter().any(|(from, to)| *from <= c.tokens.0 && c.tokens.1 <= *to);
    found.retain(|c| c.rank != Rank::Intersection || !in_stretch(c));
    if found.iter().any(|c| c.rank < Rank::AddressBeside) {
        return found;
    }
    spots::named_spots(read, &mut found);
    spots::streets(read, &mut found);
    let mut beside: Vec<Candidate> = found
        .iter()
        .filter(|c| c.rank == Rank::Street)
        .flat_map(|street| found.iter().filter(|c| c.rank == Rank::Spot).map(move |spot| (street, spot)))
        .filter(|(street, spot)| street.tokens.1 <= spot.tokens.0 || spot.tokens.1 <= street.tokens.0)
        .filter_map(|(street, spot)| spots::street_beside(read.g, street, spot))
        .collect();
    if beside.is_empty() {
        let streets = found.iter().filter(|c| c.rank == Rank::Street);
        beside = streets.flat_map(|street| spots::kinds_beside(read, street)).collect();
    }
    found.extend(beside);
    if spots::mentions(read) >= MANY {
        found.iter_mut().for_each(|c| c.vague = true);
    }
    found
}

/// A neighboring town named as where it is: ", Somerville", "in Boston".
fn other_town(read: &Text, found: &[Candidate]) -> Option<String> {
    for (at, words) in read.g.index.neighbors.iter().enumerate() {
        let is_here = |start: usize| {
            !words.is_empty() && words.iter().enumerate().all(|(n, id)| read.word(start + n).id == *id)
        };
        for start in (1..read.words.len()).filter(|start| is_here(*start)) {
            let end = start + words.len();
            let inside_place = found.iter().any(|c| c.tokens.0 <= start && end <= c.tokens.1);
            let comma = read.sign(start - 1) == Some(',');
            let typed = comma && start > 1 && read.word(start - 2).is(class::SUFFIX);
            let behind_place = typed || found.iter().any(|c| c.tokens.1 == start || c.tokens.1 + 1 == start);
            let told = matches!(read.tokens.norm(start - 1), "in" | "en" | "em" | "nan")
                || behind_place && read.sign(start - 1).is_none_or(|c| c == ',');
            if told && !inside_place && !read.word(end).is(class::SUFFIX) {
                return read.g.city.neighbors.get(at).cloned();
            }
        }
    }
    None
}

pub(super) fn refuse(status: Status, alternatives: Vec<Place>, reason: String) -> Located {
    Located { status, best: None, alternatives, reason, town: None }
}

/// The best candidate, unless another of the same trust lies elsewhere.
fn decide(g: &Gazetteer, mut found: Vec<Candidate>, hints: &Hints) -> Located {
    let bonus = |c: &Candidate| match hints.geotag {
        Some((lat, lon)) if metres(&c.place, lat, lon) < 300.0 => 1.0,
        _ => 0.0,
    };
    for candidate in &mut found {
        candidate.cost -= bonus(candidate);
    }
    found.sort_by(|a, b| a.rank.cmp(&b.rank).then(a.cost.total_cmp(&b.cost)));
    found.dedup_by(|a, b| a.place.key == b.place.key && a.rank == b.rank);
    let Some(best) = found.first().cloned() else {
        return refuse(Status::None, Vec::new(), "the words name no place".into());
    };
    let apart = |c: &&Candidate| metres(&c.place, best.place.lat, best.place.lon) > APART_M;
    let blocks_to_ask = |c: &&Candidate| best.rank == Rank::Block && c.rank == Rank::Block;
    let mut rivals: Vec<Place> = Vec::new();
    for rival in found.iter().skip(1).filter(|c| rivals_of(&best, c) && (apart(c) || blocks_to_ask(c))) {
        if rivals.iter().chain([&best.place]).all(|p| p.key != rival.place.key) {
            rivals.push(rival.place.clone());
        }
    }
    let mut others: Vec<Place> = rivals.clone();
    for candidate in found.iter().skip(1).filter(apart) {
        if others.iter().all(|p| p.key != candidate.place.key) {
            others.push(candidate.place.clone());
        }
    }
    others.truncate(MAX_ALTERNATIVES);
    if !rivals.is_empty() {
        let mut all = vec![best.place];
        all.extend(rivals.into_iter().take(MAX_ALTERNATIVES - 1));
        let names: Vec<&str> = all.iter().map(|p| p.label.as_str()).collect();
        let reason = format!("{} places fit: {}", all.len(), names.join("; "));
        return refuse(Status::Ambiguous, all, reason);
    }
    if best.vague {
        let reason = format!("{} comes nearest, but not all that was said fits it", best.place.label);
        let mut all = vec![best.place];
        all.extend(others.into_iter().take(MAX_ALTERNATIVES - 1));
        return refuse(Status::Ambiguous, all, reason);
    }
    let mut place = best.place;
    snap(g, &mut place, hints);
    let reason = reason(best.rank, best.cost);
    Located { status: Status::Found, best: Some(place), alternatives: others, reason, town: None }
}

/// May the other be meant instead? Same trust and nearly the same cost, or another exact place in the text.
fn rivals_of(best: &Candidate, other: &Candidate) -> bool {
    let same_words = best.tokens.0 < other.tokens.1 && other.tokens.0 < best.tokens.1;
    if best.rank == Rank::Asset && other.rank <= Rank::Block && !same_words {
        return metres(&best.place, other.place.lat, other.place.lon) > 2.0 * APART_M;
    }
    if best.rank != other.rank {
        return false;
    }
    if same_words { other.cost - best.cost < 0.4 } else { other.cost - best.cost < 0.8 }
}

fn metres(place: &Place, lat: f64, lon: f64) -> f64 {
    use super::geometry::Point;
    Point { lat: place.lat, lon: place.lon }.distance_m(Point { lat, lon })
}

/// A house with exactly one asset of the service's kind in front of it: the ticket is about that one.
fn snap(g: &Gazetteer, place: &mut Place, hints: &Hints) {
    let Some(kind) = hints.asset_kind.filter(|_| place.kind == Kind::Address) else { return };
    let at = super::geometry::Point { lat: place.lat, lon: place.lon };
    let near = space::assets_near(g, kind, at, 40.0);
    let [(first, away), rest @ ..] = near.as_slice() else { return };
    let clear = rest.first().is_none_or(|(_, second)| second - away >= 15.0);
    if *away <= 20.0
        && clear
        && let Some(asset) = super::geocode::asset_place(g, *first)
    {
        place.label = format!("{}, {}", place.label, asset.label.to_lowercase());
        place.key = asset.key;
    }
}

fn reason(rank: Rank, cost: f64) -> String {
    let how = match rank {
        Rank::Asset => "its plate number is on the city's list",
        Rank::Address => "the house number is in the street's range",
        Rank::Intersection => "both streets meet there",
        Rank::Block => "the street runs between both corners",
        Rank::AddressBeside => "no such house number; the nearest one of the street",
        Rank::Beside => "the part of the street beside the landmark",
        Rank::Spot => "a place of that name is in the city",
        Rank::Street => "only the street is named",
    };
    if cost >= 0.8 { format!("{how}; spelling or street type differs") } else { how.to_owned() }
}
