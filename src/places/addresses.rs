//! House numbers with a street: "214 Green St", "123-125 Elm", "12R", "calle Green 214".

use super::answer::{Candidate, Rank};
use super::gazetteer::Gazetteer;
use super::geocode::{segment_key, slug, street_key};
use super::geoparse::{Hit, Spelling, Text};
use super::houses::{Fit, House, house};
use super::text::Shape;
use super::words::{self, class};
use super::{Kind, Place};

/// Believing more than this is guessing.
const MAX_COST: f64 = 2.7;
/// A number beside the known ones with more doubt than this is not worth a guess.
const VAGUE_M: f64 = 120.0;

/// A street with a house on it, and what it costs to believe it.
struct Guess {
    street: u32,
    number: u32,
    house: House,
    cost: f64,
    tokens: (usize, usize),
    /// Letters that differ from the name.
    edits: f64,
    /// Another street of that name fits as badly, or the number is far from any known one.
    vague: bool,
}

/// All addresses of a text.
pub(super) fn addresses(text: &Text, found: &mut Vec<Candidate>) {
    let mut at = 0;
    while at < text.words.len() {
        let number = text.number(at).or_else(|| spelled_number(text, at));
        let Some(number) = number.filter(|_| may_be_house(text, at)) else {
            at += 1;
            continue;
        };
        let name = after_number(text, at);
        let mut guesses = before_name(text, at, name, number);
        if guesses.is_empty() {
            guesses = behind_name(text, at, number);
        }
        keep(text, guesses, found);
        at = name.min(skip_range(text, at)).max(at + 1);
    }
}

/// "One Kendall Sq": a number word right before a name with its type.
fn spelled_number(text: &Text, at: usize) -> Option<u32> {
    if !text.word(at).is(class::NUMBER) || !text.hits.iter().any(|h| h.start == at + 1 && h.suffix != 0) {
        return None;
    }
    words::NUMBERS.iter().position(|word| *word == text.tokens.norm(at)).map(|n| n as u32)
}

/// Not "$20", "10:30", "911" alone or the 2 of "1/2".
fn may_be_house(text: &Text, at: usize) -> bool {
    let Some(token) = text.tokens.list.get(at) else { return false };
    let before = text.text.get(..token.start).and_then(|s| s.chars().next_back());
    if matches!(before, Some('$' | ':' | '.' | '/' | '€' | '£')) {
        return false;
    }
    let after = text.text.get(token.end..).unwrap_or("");
    let mut after = after.chars();
    !(matches!(after.next(), Some(':' | '%' | '.')) && after.next().is_some_and(|c| c.is_ascii_digit()))
}

/// One past "123-125" or "62/64".
fn skip_range(text: &Text, at: usize) -> usize {
    let joined = matches!(text.sign(at + 1), Some('-' | '/')) && text.number(at + 2).is_some();
    if joined { at + 3 } else { at + 1 }
}

/// Where the name begins behind a number and its additions.
fn after_number(text: &Text, at: usize) -> usize {
    let mut next = skip_range(text, at);
    if text.number(next).is_some() && text.sign(next + 1) == Some('/') && text.number(next + 2).is_some() {
        next += 3;
    }
    if matches!(text.sign(next), Some('-' | ',')) {
        next += 1;
    }
    let unit = text.tokens.norm(next);
    if unit.len() == 1 && matches!(unit, "a" | "b" | "c" | "d" | "r") && text.number(next).is_none() {
        next += 1;
    }
    next
}

fn before_name(text: &Text, at: usize, name: usize, number: u32) -> Vec<Guess> {
    if text.word(name).is(class::UNIT) && !text.word(name).is(class::NAME) {
        return Vec::new();
    }
    let mut starts = vec![name];
    let mut next = name;
    while next < name + 3 && text.word(next).is(class::FILLER | class::STREET_AHEAD) {
        next += 1;
        starts.push(next);
    }
    let announced = text.place_ahead(at);
    let mut guesses = Vec::new();
    for spelling in [Spelling::Exact, Spelling::Loose, Spelling::Forced] {
        let least = guesses.iter().map(|guess: &Guess| guess.cost).fold(f64::MAX, f64::min);
        // A name with the wrong type may be another name misspelled: "Hawthorne St" for Hawthorn St.
        if least <= 0.3 || spelling == Spelling::Forced && !(1.2..MAX_COST).contains(&least) {
            break;
        }
        for &start in &starts {
            let hits = match spelling {
                Spelling::Exact => text.hits.iter().filter(|h| h.start == start).copied().collect(),
                _ => text.starting_at(start, spelling),
            };
            for hit in hits {
                let sure = announced || hit.suffix != 0 || text.is_whole(at, hit.end);
                let letter = text.tokens.norm(hit.name.0).len() == 1 && hit.name.1 - hit.name.0 == 1;
                let counts =
                    (letter || text.word(hit.name.0).is(class::MONTH | class::UNIT)) && hit.suffix == 0;
                let known = !text.is_plain(&hit) && hit.edits == 0.0 && !counts;
                let doubtful = hit.edits > 0.0 && hit.suffix == 0 && !firmly_ahead(text, at, &hit);
                if known || sure && !doubtful && (!counts || text.hints.answer) {
                    place(text, &hit, number, (at, hit.end), &mut guesses);
                }
            }
        }
    }
    guesses
}

/// A misspelled name without its type needs more than "in" before the number: "in 13 burnt …".
fn firmly_ahead(text: &Text, at: usize, hit: &Hit) -> bool {
    let letters: usize = (hit.name.0..hit.name.1).map(|n| text.tokens.norm(n).len()).sum();
    let told = (0..at).rev().find(|n| !matches!(text.tokens.norm(*n), "the" | "a" | "el" | "la" | "o"));
    let weak = told.is_some_and(|n| {
        let list = ["in", "on", "to", "before", "after", "en", "em", "no", "na", "nan", "up", "down"];
        list.contains(&text.tokens.norm(n))
    });
    text.is_whole(at, hit.end) || letters >= 5 && !weak
}

/// "calle Green 214", "en Green 214", "Green St #214": the street must be told as one, and the number must not
/// count something.
fn behind_name(text: &Text, at: usize, number: u32) -> Vec<Guess> {
    let mut guesses = Vec::new();
    if text.word(at + 1).is(class::UNIT | class::SUFFIX) {
        return guesses;
    }
    let mut end = at;
    while end > 0 && at - end < 2 && matches!(text.sign(end - 1), Some('#' | ',')) {
        end -= 1;
    }
    for hit in text.hits.iter().filter(|h| h.end == end) {
        let before = text.tokens.norm(hit.start.wrapping_sub(1));
        let ahead = hit.start > 0 && text.word(hit.start - 1).is(class::STREET_AHEAD);
        if ahead || hit.suffix != 0 || words::NUMBER_BEHIND.contains(&before) {
            place(text, hit, number, (hit.start, at + 1), &mut guesses);
        }
    }
    guesses.retain(|guess| matches!(guess.house.fit, Fit::InRange | Fit::Spare));
    guesses
}

fn place(text: &Text, hit: &Hit, number: u32, tokens: (usize, usize), guesses: &mut Vec<Guess>) {
    let streets = text.streets(hit);
    let misspelled = hit.edits * 0.8;
    let typed = |cost: f64| hit.suffix != 0 && cost - misspelled <= 0.3;
    let placed: Vec<(u32, f64, Option<House>)> =
        streets.into_iter().map(|(street, cost)| (street, cost, house(text.g, street, number))).collect();
    // When a street of the very type that was written has the number, the others of that name are not meant.
    let settled = placed.iter().any(|(_, cost, house)| typed(*cost) && house.is_some());
    // "Brattle Sq" where the city has a Brattle St and a Brattle Cir: ask.
    let mistyped = hit.suffix != 0 && placed.len() > 1 && !placed.iter().any(|(_, cost, _)| typed(*cost));
    // "121 Washington Ave" where the avenue ends at 100 and the street has that very number: ask.
    let stands = |house: &Option<House>| house.is_some_and(|h| h.stands());
    let ends = |house: &Option<House>| house.is_none_or(|h| h.beyond);
    let elsewhere = placed.iter().all(|(_, cost, house)| !typed(*cost) || ends(house))
        && placed.iter().any(|(_, cost, house)| !typed(*cost) && stands(house));
    for (street, cost, house) in placed {
        let Some(house) = house.filter(|h| !settled || cost - misspelled < 1.1 || elsewhere && h.stands())
        else {
            continue;
        };
        let fit = match house.fit {
            Fit::InRange => 0.0,
            Fit::Spare => 0.3,
            Fit::Beside(n) => 0.7 + f64::from(n) * 0.012,
        };
        let vague = mistyped && cost - misspelled >= 1.1
            || settled && elsewhere
            || house.beyond && house.radius_m > VAGUE_M;
        guesses.push(Guess { street, number, house, cost: cost + fit, tokens, edits: hit.edits, vague });
    }
}

/// Keeps the cheapest address, and those that cost nearly the same and lie elsewhere.
fn keep(text: &Text, mut guesses: Vec<Guess>, found: &mut Vec<Candidate>) {
    // "100 Cambridge Park Drive": the reading that uses more of the words is meant.
    let longest = guesses.iter().map(|guess| guess.tokens.1).max().unwrap_or(0);
    for guess in &mut guesses {
        guess.cost += 0.25 * (longest - guess.tokens.1) as f64;
    }
    guesses.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    // "22 Blemont St": two letters from Tremont, which has a 22, but one from Belmont, which ends at 18.
    let fewest = guesses.iter().map(|guess| guess.edits).filter(|n| *n >= 1.0).fold(f64::MAX, f64::min);
    for guess in &mut guesses {
        guess.vague |= fewest < guess.edits && guess.tokens.1 == longest;
    }
    let limit = guesses.first().map_or(0.0, |best| best.cost + 0.5).min(MAX_COST);
    let mut kept: Vec<u32> = Vec::new();
    for guess in guesses.into_iter().filter(|g| g.cost <= limit) {
        if !kept.contains(&guess.street) && kept.len() < 4 {
            kept.push(guess.street);
            found.extend(candidate(text, &guess));
        }
    }
}

fn candidate(text: &Text, guess: &Guess) -> Option<Candidate> {
    let street = text.g.city.streets.get(guess.street as usize)?;
    let rank = match guess.house.fit {
        Fit::InRange | Fit::Spare => Rank::Address,
        Fit::Beside(_) => Rank::AddressBeside,
    };
    let label = format!("{} {}", shown_number(text, guess), street.name);
    let place = Place {
        lat: guess.house.at.lat,
        lon: guess.house.at.lon,
        radius_m: guess.house.radius_m,
        kind: Kind::Address,
        key: format!("address:{}-{}", guess.number, slug(&street.name)),
        label,
        span: text.span(guess.tokens.0, guess.tokens.1),
        street_key: street_key(text.g, guess.street),
        segment_key: guess.house.segment.and_then(|segment| segment_key(text.g, segment)),
        shape: None,
        found_by: super::FoundBy::Words,
    };
    Some(Candidate {
        place,
        cost: guess.cost,
        rank,
        tokens: guess.tokens,
        street: Some(guess.street),
        vague: guess.vague,
    })
}

/// The number as it was written: "12R", "123-125".
fn shown_number(text: &Text, guess: &Guess) -> String {
    let (start, end) = guess.tokens;
    let Some(at) = (start..end).find(|at| matches!(text.tokens.list[*at].shape, Shape::Number(_))) else {
        return guess.number.to_string();
    };
    let last = skip_range(text, at) - 1;
    let from = text.tokens.list[at].start;
    let to = text.tokens.list.get(last).map_or(from, |t| t.end);
    text.text.get(from..to).unwrap_or("").to_uppercase()
}

/// The address at a spot of a segment, for "near 214 Green St".
pub(super) fn number_at(g: &Gazetteer, segment: u32, share: f64, right: bool) -> Option<u32> {
    let s = g.city.segments.get(segment as usize)?;
    let range = if right { s.right.or(s.left) } else { s.left.or(s.right) }?;
    let number = f64::from(range.from) + (f64::from(range.to) - f64::from(range.from)) * share;
    let number = number.round() as u32;
    let even = range.from % 2;
    Some(if range.from % 2 == range.to % 2 && number % 2 != even {
        number.saturating_sub(1).max(even)
    } else {
        number
    })
}
