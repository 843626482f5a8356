//! House numbers, streets, flats and floors as posts write them, in four languages.

use super::hints::{BUSINESS, LINK, MEASURE, NUMERAL, OWN, Post, STREET, UNIT};
use super::text::Break;

/// Words of a street's name before its kind: "Martin Luther King Jr Blvd".
const MOST_STREET: usize = 4;
/// A place and how much of one it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// One past its last word.
    pub to: usize,
    /// A street is named, or a flat: no mere number.
    pub sure: bool,
    /// A street is named.
    pub street: bool,
}

/// A post, asked for the places in it and (in `homes.rs`) for the people there.
pub(super) struct Homes<'p, 't> {
    pub post: &'p Post<'t>,
}

impl Homes<'_, '_> {
    /// True when a word is one of these.
    pub fn is(&self, i: usize, list: &str) -> bool {
        let word = self.post.letters(i).as_bytes();
        let Some(first) = word.first() else { return false };
        let list = list.as_bytes();
        list.iter().enumerate().any(|(at, b)| {
            b == first
                && (at == 0 || list[at - 1] == b' ')
                && list.get(at + word.len()).is_none_or(|b| *b == b' ')
                && list[at..].starts_with(word)
        })
    }

    /// True when a sentence begins with a word.
    pub fn stop(&self, i: usize) -> bool {
        self.post.words.list.get(i).is_none_or(|w| w.gap == Break::Stop)
    }

    /// True when a word begins with a capital, as names do.
    pub fn capital(&self, i: usize) -> bool {
        // Who shouts does not say where a name ends: "AT 219 HAVE THROWN".
        let mut chars = self.post.raw(i).chars();
        chars.next().is_some_and(char::is_uppercase) && !chars.next().is_some_and(char::is_uppercase)
    }

    /// "14", "14A", "3B", "B12": the number of a house or a flat; `true` when it holds a letter.
    pub fn number(&self, i: usize) -> Option<bool> {
        if !self.post.has(i, NUMERAL) {
            return None;
        }
        let raw = self.post.raw(i).as_bytes();
        let digits = raw.iter().filter(|b| b.is_ascii_digit()).count();
        let letters = raw.iter().filter(|b| b.is_ascii_alphabetic()).count();
        let fits = (1..=5).contains(&digits)
            && letters <= 1
            && digits + letters == raw.len()
            && !(digits > 1 && raw.ends_with(b"s"));
        let gap = self.post.gap(i);
        let next = self.post.gap(i + 1);
        let measured = gap.ends_with(['$', '-', '/', ':', '.', '+'])
            || next.starts_with([':', '/', '%', '$'])
            || next == "." && self.post.raw(i + 1).starts_with(|c: char| c.is_ascii_digit())
            || next == "-" && self.post.raw(i + 1).len() > 3;
        (fits && !measured).then_some(letters == 1)
    }

    /// "2nd", "1st", "2do", "3er", "2º".
    pub fn ordinal(&self, i: usize) -> bool {
        let raw = self.post.raw(i);
        let tail = raw.trim_start_matches(|c: char| c.is_ascii_digit());
        let tail = tail.to_lowercase();
        tail.len() < raw.len()
            && "st nd rd th er do da ro ra to ta mo vo no em yem zyem º ª".split(' ').any(|t| t == tail)
    }

    /// The place that begins with word `i`.
    pub fn place(&self, i: usize) -> Option<Place> {
        let post = self.post;
        if post.has(i, STREET) && !post.has(i, OWN) {
            return self.street_first(i);
        }
        let mut at = i;
        while at < i + 3 && post.has(at, UNIT) && self.number(at).is_none() {
            at += 1;
        }
        if at == i && self.ordinal(i) {
            let to = self.within(i);
            return (to > i).then_some(Place { to, sure: false, street: false });
        }
        let unit = at > i || post.gap(at).ends_with('#');
        let letter = self.number(at)?;
        let after = self.after_number(at + 1);
        if matches!(post.raw(at), "311" | "911" | "211") && after.is_none() {
            return None;
        }
        let counted = post.has(at + 1, MEASURE)
            && !self.stop(at + 1)
            && post.gap(at + 1) == " "
            && !self.capital(at + 1);
        if after.is_none() && counted && !unit && !letter {
            return None;
        }
        let to = self.within(after.unwrap_or(at + 1));
        Some(Place { to, sure: after.is_some() || unit || letter, street: after.is_some() })
    }

    /// A flat and the house it is in: "apartment 4B at 220 Grand Ave".
    pub fn whole_place(&self, i: usize) -> Option<Place> {
        let flat = self.place(i)?;
        let next = (flat.to + 1..flat.to + 3).find(|at| !self.post.has(*at, LINK)).unwrap_or(flat.to);
        let linked = !flat.street && self.post.has(flat.to, LINK) && !self.stop(flat.to);
        let house = if linked { self.place(next).filter(|h| h.street) } else { None };
        Some(house.unwrap_or(flat))
    }

    /// "Rua das Flores, 123", "calle Olmo 14".
    pub fn street_first(&self, i: usize) -> Option<Place> {
        const FIRST: [&str; 13] = [
            "calle", "rua", "ri", "avenida", "av", "travessa", "callejon", "alameda", "estrada", "wout", "r",
            "avni", "aven",
        ];
        if !FIRST.contains(&self.post.letters(i)) {
            return None;
        }
        let number = (i + 2..=i + 1 + MOST_STREET).find(|at| self.number(*at).is_some())?;
        let named =
            (i + 1..number).all(|at| self.capital(at) || self.particle(at) || self.post.has(at, UNIT));
        named.then(|| Place { to: self.within(number + 1), sure: true, street: true })
    }

    /// Small words within names: "de la".
    pub fn particle(&self, i: usize) -> bool {
        self.is(i, "de da do dos das la el los las del van von al of the")
    }

    /// One past a street's name behind a house number, if there is one.
    pub fn after_number(&self, i: usize) -> Option<usize> {
        let post = self.post;
        let mut at = i;
        // "14 de la calle Oak", "266 da Pulaski".
        while at < i + 3 && self.particle(at) && post.gap(at) == " " {
            at += 1;
        }
        let led = at > i;
        if post.has(at, STREET) && self.is(at, "calle rua ri avenida av wout") {
            return self.capital(at + 1).then(|| self.names_end(at + 1)).or(Some(at + 1));
        }
        let from = at;
        while at < from + MOST_STREET && (at == from || !self.stop(at)) && !self.cut(at) {
            if post.has(at, STREET) && at > from {
                return Some(at + 1);
            }
            if post.raw(at).is_empty() {
                break;
            }
            at += 1;
        }
        if at == from + MOST_STREET && post.has(at, STREET) && !self.cut(at) {
            return Some(at + 1);
        }
        let name = self.capital(from) && post.gap(from) == " " && (led || !post.has(from, OWN | BUSINESS));
        (name && post.raw(from).len() > 1).then(|| self.names_end(from))
    }

    /// True when a sign other than a space stands before a word of a street's name.
    pub fn cut(&self, i: usize) -> bool {
        !matches!(self.post.gap(i), " " | "  " | ". " | "-" | ".")
    }

    /// One past the capitalized words from `i` on, three at most.
    pub fn names_end(&self, i: usize) -> usize {
        (i..i + 3)
            .find(|at| !self.capital(*at) || *at > i && self.cut(*at))
            .unwrap_or(i + 3)
            .min(self.post.len())
    }

    /// One past the flat or floor that may follow a place.
    pub fn within(&self, at: usize) -> usize {
        let post = self.post;
        if self.stop(at) && !post.gap(at).contains(". ") || post.gap(at).contains(['!', '?', '\n', ';']) {
            return at;
        }
        if post.gap(at).ends_with('#') && post.raw(at).len() <= 5 {
            return at + 1;
        }
        let flat = |i: usize| {
            let raw = post.raw(i);
            !raw.is_empty()
                && raw.len() <= 4
                && (raw.bytes().any(|b| b.is_ascii_digit()) || raw.len() == 1 && self.capital(i))
        };
        if post.has(at, UNIT) && flat(at + 1) {
            return at + 2;
        }
        let floor = self.is(at + 1, "floor fl flr piso andar etaj planta apt story");
        let count =
            self.ordinal(at) || self.is(at, "first second third top ground segundo primer premye dezyem");
        if floor && count { at + 2 } else { at }
    }
}
