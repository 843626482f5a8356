//! Two streets joined by a word or a sign: "Broad & Market", "corner of Elm and 3rd", "esquina de Broad y Market".
//!
//! That both streets meet is the strongest evidence there is: it decides between spellings, types and aliases.

use super::answer::{Candidate, Rank};
use super::geocode::{Corner, corners, street_key};
use super::geoparse::{Hit, Spelling, Text};
use super::words::{self, class};
use super::{Kind, Place};

/// Believing more than this is guessing.
const MAX_COST: f64 = 3.4;
/// Streets tried for each side.
const MAX_SIDES: usize = 16;

/// One reading of one side.
#[derive(Clone, Copy)]
pub(super) struct Side {
    pub hit: Hit,
    pub street: u32,
    pub cost: f64,
}

struct Pair {
    left: Side,
    right: Side,
    corner: Corner,
    cost: f64,
}

/// All corners of a text.
pub(super) fn crossings(text: &Text, found: &mut Vec<Candidate>) {
    let mut past = 0;
    for at in 1..text.words.len() {
        if at < past || !joins(text, at) {
            continue;
        }
        let left_end = left_of(text, at);
        let right_start = right_of(text, at);
        if let Some(end) = crossing_at(text, at, left_end, right_start, found) {
            past = end;
        }
    }
    side_by_side(text, found);
}

fn joins(text: &Text, at: usize) -> bool {
    matches!(text.sign(at), Some('&' | '@' | '/' | '+'))
        || text.word(at).is(class::AND | class::AT | class::CORNER)
}

/// Where the left name must end: before the joiner and the little words around it.
fn left_of(text: &Text, at: usize) -> usize {
    let mut end = at;
    while end > 1
        && (matches!(text.sign(end - 1), Some(',' | '/' | '-'))
            || words::MEETING.contains(&text.tokens.norm(end - 1)) && !text.word(end - 1).is(class::NAME)
            || text.word(end - 1).is(class::CORNER | class::AND | class::AT)
                && !text.word(end - 1).is(class::NAME))
    {
        end -= 1;
    }
    end
}

/// Where the right name may begin: behind the joiner and the little words around it.
fn right_of(text: &Text, at: usize) -> Vec<usize> {
    let mut starts = vec![at + 1];
    let mut next = at + 1;
    let little =
        class::FILLER | class::CORNER | class::AND | class::AT | class::STREET_AHEAD | class::PLACE_AHEAD;
    while next < at + 5 && (text.word(next).is(little) || matches!(text.sign(next), Some('@' | '&' | '/'))) {
        next += 1;
        starts.push(next);
    }
    starts
}

/// Finds the corner around one joiner; returns where it ends.
fn crossing_at(
    text: &Text,
    at: usize,
    left_end: usize,
    rights: Vec<usize>,
    found: &mut Vec<Candidate>,
) -> Option<usize> {
    let exact_left = sides(text, text.ending_at(left_end, Spelling::Exact));
    let starting = |how| -> Vec<Side> {
        sides(text, rights.iter().flat_map(|start| text.starting_at(*start, how)).collect())
    };
    let exact_right = starting(Spelling::Exact);
    let typed = |end: usize| end > 0 && text.word(end - 1).is(class::SUFFIX);
    let strong = matches!(text.sign(at), Some('&' | '@' | '/' | '+')) || text.tokens.norm(at) == "x";
    let hopeful = strong || typed(left_end) || text.words.len() <= 8;
    if exact_left.is_empty() && exact_right.is_empty() && !hopeful {
        return None;
    }
    let mut pairs = meet(text, &exact_left, &exact_right);
    for how in [Spelling::Loose, Spelling::Forced] {
        if !pairs.is_empty() || (exact_left.is_empty() && exact_right.is_empty() && !hopeful) {
            break;
        }
        if how == Spelling::Forced && !strong && !typed(left_end) && !text.is_whole(left_end, left_end) {
            let announced =
                text.place_ahead(left_end.saturating_sub(1)) || text.place_ahead(left_end.saturating_sub(2));
            if !announced && text.words.len() > 8 {
                break;
            }
        }
        pairs = meet(text, &sides(text, text.ending_at(left_end, how)), &starting(how));
    }
    pairs.retain(|pair| believable(text, at, pair));
    keep(text, pairs, found)
}

/// Every street a set of hits can mean, cheapest first.
pub(super) fn sides(text: &Text, hits: Vec<Hit>) -> Vec<Side> {
    let mut list: Vec<Side> = Vec::new();
    for hit in hits {
        for (street, cost) in text.streets(&hit) {
            match list.iter_mut().find(|side| side.street == street) {
                Some(old) if old.cost <= cost => {}
                Some(old) => *old = Side { hit, street, cost },
                None => list.push(Side { hit, street, cost }),
            }
        }
    }
    list.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    list.truncate(MAX_SIDES);
    list
}

fn meet(text: &Text, left: &[Side], right: &[Side]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for a in left {
        for b in right.iter().filter(|b| b.street != a.street) {
            // "Mass Ave and Mass Ave": a street does not cross itself, whatever else its name may mean.
            let itself =
                |x: &Side, y: &Side| x.street == y.street && x.cost + y.cost <= a.cost + b.cost - 0.3;
            if left.iter().any(|x| right.iter().any(|y| itself(x, y))) {
                continue;
            }
            for corner in corners(text.g, a.street, b.street) {
                pairs.push(Pair { left: *a, right: *b, corner, cost: a.cost + b.cost });
            }
        }
    }
    pairs
}

/// Two everyday words with "and" between are no corner; nor are two misspellings without any sign of one.
fn believable(text: &Text, at: usize, pair: &Pair) -> bool {
    let (left, right) = (&pair.left.hit, &pair.right.hit);
    let typed = left.suffix != 0 || right.suffix != 0;
    let sign = matches!(text.sign(at), Some('&' | '@' | '/' | '+')) || text.tokens.norm(at) == "x";
    let announced = text.place_ahead(left.start) || text.word(at).is(class::CORNER);
    let whole = text.is_whole(left.start, right.end);
    let plain = usize::from(text.is_plain(left)) + usize::from(text.is_plain(right));
    let misspelled = left.edits + right.edits > 0.0;
    let context = typed || sign || announced || whole;
    if pair.cost > MAX_COST || (misspelled && !context) {
        return false;
    }
    match plain {
        0 => true,
        1 => context || !misspelled,
        _ => announced || whole || sign && !misspelled,
    }
}

/// Keeps the cheapest corner and those that cost nearly the same and lie elsewhere.
fn keep(text: &Text, mut pairs: Vec<Pair>, found: &mut Vec<Candidate>) -> Option<usize> {
    pairs.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    let limit = pairs.first()?.cost + 0.45;
    let end = pairs.first()?.right.hit.end;
    let mut count = 0;
    for pair in pairs.iter().filter(|pair| pair.cost <= limit) {
        if count < 4 {
            found.extend(candidate(text, pair));
            count += 1;
        }
    }
    Some(end)
}

/// "Broad St Market St": two typed names without a joiner, or with a hyphen, that meet.
fn side_by_side(text: &Text, found: &mut Vec<Candidate>) {
    for left in &text.hits {
        let hyphen = text.text.get(text.tokens.list[left.end - 1].end..).is_some_and(|s| s.starts_with('-'));
        for right in text.hits.iter().filter(|r| r.start == left.end) {
            if hyphen || (left.suffix != 0 && right.suffix != 0) {
                let pairs = meet(text, &sides(text, vec![*left]), &sides(text, vec![*right]));
                keep(text, pairs, found);
            }
        }
    }
}

fn candidate(text: &Text, pair: &Pair) -> Option<Candidate> {
    let name = |street: u32| text.g.city.streets.get(street as usize).map(|s| s.name.clone());
    let node = text.g.city.nodes.get(pair.corner.node as usize)?;
    let tokens = (pair.left.hit.start, pair.right.hit.end);
    let place = Place {
        lat: pair.corner.at.lat,
        lon: pair.corner.at.lon,
        radius_m: pair.corner.radius_m,
        kind: Kind::Intersection,
        label: format!("{} & {}", name(pair.left.street)?, name(pair.right.street)?),
        span: text.span(tokens.0, tokens.1),
        key: format!("node:{}", node.id),
        street_key: street_key(text.g, pair.left.street),
        segment_key: None,
        shape: None,
        found_by: super::FoundBy::Words,
    };
    let street = Some(pair.left.street);
    Some(Candidate { place, cost: pair.cost, rank: Rank::Intersection, tokens, street, vague: false })
}
