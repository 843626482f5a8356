//! Who is who while a city is put together: the same street or spot may come many times, from several layers.

use std::collections::HashMap;

use super::super::gazetteer::{City, Door, Spot, Street};
use super::super::geometry::Point;
use super::super::lexicon::Lexicon;

/// Spots of one name this near to each other are one (a park in several pieces, in two layers).
const ONE_SPOT_M: f64 = 300.0;
/// "2100-2110": the numbers between are houses too, but not for ever.
const LONGEST_RANGE: u32 = 40;

/// Streets by name, however it is spelled: "N Broad St" is "North Broad Street".
pub(super) struct StreetBook {
    lexicon: Lexicon,
    known: HashMap<Vec<u32>, u32>,
}

impl StreetBook {
    /// A book that knows the streets a city has so far.
    pub fn of(city: &City) -> Self {
        let mut book = Self { lexicon: Lexicon::new(), known: HashMap::new() };
        for (at, street) in city.streets.iter().enumerate() {
            let folded = book.lexicon.intern_name(&street.name);
            book.known.entry(folded).or_insert(at as u32);
        }
        book
    }

    /// The street of a name; a new one if the name is new.
    pub fn street(&mut self, city: &mut City, name: &str) -> u32 {
        let folded = self.lexicon.intern_name(name);
        *self.known.entry(folded).or_insert_with(|| {
            city.streets.push(Street { name: name.to_owned(), aliases: Vec::new(), main: false });
            city.streets.len() as u32 - 1
        })
    }

    /// Puts the houses of a cell like "12", "12A", "2100-2104" or "12;14" on a street; `false` if there is no number.
    pub fn doors(&mut self, city: &mut City, street: &str, cell: &str, at: Point) -> bool {
        let numbers = numbers_of(cell);
        if numbers.is_empty() || street.trim().is_empty() {
            return false;
        }
        let street = self.street(city, street.trim());
        city.doors.extend(numbers.into_iter().map(|number| Door { street, number, at }));
        true
    }
}

/// The house numbers a cell names.
fn numbers_of(cell: &str) -> Vec<u32> {
    let leading = |part: &str| -> Option<u32> {
        let digits: String = part.trim().chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok().filter(|n| (1..100_000).contains(n))
    };
    let mut numbers = Vec::new();
    for part in cell.split([';', ',', '&']) {
        let mut ends = part.split(['-', '–', '/']).filter_map(leading);
        match (ends.next(), ends.next()) {
            (Some(from), Some(to)) if from < to && to - from <= LONGEST_RANGE && (to - from) % 2 == 0 => {
                numbers.extend((from..=to).step_by(2));
            }
            (Some(one), _) => numbers.push(one),
            (None, _) => {}
        }
    }
    numbers
}

/// Spots by name.
#[derive(Default)]
pub(super) struct SpotBook {
    known: HashMap<String, Vec<usize>>,
}

impl SpotBook {
    /// Adds a spot, or its pieces to the one of that name nearby.
    pub fn add(&mut self, city: &mut City, spot: Spot) {
        let same = self.known.entry(spot.name.clone()).or_default();
        let near = |n: &usize| city.spots.get(*n).is_some_and(|s| s.at.distance_m(spot.at) < ONE_SPOT_M);
        match same.iter().copied().find(near).and_then(|n| city.spots.get_mut(n)) {
            Some(known) => known.shape.extend(spot.shape),
            None => {
                same.push(city.spots.len());
                city.spots.push(spot);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_with_several_numbers() {
        for (cell, expect) in [
            ("12", &[12][..]),
            ("12A", &[12]),
            ("12 1/2", &[12]),
            ("2100-2104", &[2100, 2102, 2104]),
            ("101-104", &[101]),
            ("12;14", &[12, 14]),
            ("62/64", &[62, 64]),
            ("1-999", &[1]),
            ("none", &[]),
            ("0", &[]),
        ] {
            assert_eq!(numbers_of(cell), expect, "{cell}");
        }
    }

    #[test]
    fn a_street_is_one_however_it_is_spelled() {
        let mut city = City::default();
        let mut book = StreetBook::of(&city);
        let first = book.street(&mut city, "North Broad Street");
        assert_eq!(book.street(&mut city, "N BROAD ST."), first);
        assert_ne!(book.street(&mut city, "Broad St"), first);
    }
}
