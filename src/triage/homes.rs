//! Homes tied to a person: "the old man in unit 12", "Maria lives at 14 Oak St", "la señora del 3B".
//!
//! A place alone ("pothole at 14 Oak St") is where the problem is and stays; a place said of somebody goes,
//! together with the words for that somebody.

use super::PersonalKind;
use super::hints::{
    BUSINESS, LINK, LIVING, MEASURE, NAMING, NEIGHBOR, OWN, PERSON, PLATE, Post, STREET, THING, TITLE, UNIT,
    VEHICLE,
};
use super::text::Break;

/// Words between a person and the house number.
const REACH: usize = 9;
/// Words of a name.
const MOST_NAMES: usize = 4;
/// Words of a street's name before its kind: "Martin Luther King Jr Blvd".
const MOST_STREET: usize = 4;
/// Words before a person that belong to it: "the loud old man".
const MOST_BEFORE: usize = 3;

/// A place and how much of one it is.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// One past its last word.
    to: usize,
    /// A street is named, or a flat: no mere number.
    sure: bool,
    /// A street is named.
    street: bool,
}

/// Finds homes and the people in them, as kinds and words `first..to`; `thing` says that words name a trouble.
pub(super) fn find(
    post: &Post,
    thing: &impl Fn(usize, usize) -> bool,
    take: &mut impl FnMut(PersonalKind, usize, usize),
) {
    let homes = Homes { post };
    for i in 0..post.len() {
        if let Some((from, to)) = homes.of_person(i) {
            take(PersonalKind::Neighbor, from, to);
        }
    }
    for i in 0..post.len() {
        if let Some((from, to)) = homes.lived_in(i) {
            take(PersonalKind::Address, from, to);
        } else if let Some((from, to)) = homes.of_name(i, thing) {
            take(PersonalKind::Address, from, to);
        }
    }
}

struct Homes<'p, 't> {
    post: &'p Post<'t>,
}

impl Homes<'_, '_> {
    fn stop(&self, i: usize) -> bool {
        self.post.words.list.get(i).is_none_or(|w| w.gap == Break::Stop)
    }

    fn capital(&self, i: usize) -> bool {
        self.post.raw(i).starts_with(char::is_uppercase)
    }

    /// "14", "14A", "3B", "B12": the number of a house or a flat; `true` when it holds a letter.
    fn number(&self, i: usize) -> Option<bool> {
        let raw = self.post.raw(i).as_bytes();
        let digits = raw.iter().filter(|b| b.is_ascii_digit()).count();
        let letters = raw.iter().filter(|b| b.is_ascii_alphabetic()).count();
        let fits = (1..=5).contains(&digits) && letters <= 1 && digits + letters == raw.len();
        let gap = self.post.gap(i);
        let next = self.post.gap(i + 1);
        let measured = gap.ends_with(['$', '-', '/', ':', '.', '+'])
            || next.starts_with([':', '/', '%', '$'])
            || next == "." && self.post.raw(i + 1).starts_with(|c: char| c.is_ascii_digit())
            || next == "-" && self.post.raw(i + 1).len() > 3;
        (fits && !measured).then_some(letters == 1)
    }

    /// "2nd", "1st", "2do", "3er", "2º".
    fn ordinal(&self, i: usize) -> bool {
        let raw = self.post.raw(i);
        let tail = raw.trim_start_matches(|c: char| c.is_ascii_digit());
        tail.len() < raw.len() && !tail.is_empty() && tail.chars().count() <= 3
    }

    /// The place that begins with word `i`.
    fn place(&self, i: usize) -> Option<Place> {
        let post = self.post;
        if post.has(i, STREET) && !post.has(i, OWN) {
            return self.street_first(i);
        }
        let mut at = i;
        while at < i + 3 && post.has(at, UNIT) && self.number(at).is_none() {
            at += 1;
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

    /// "Rua das Flores, 123", "calle Olmo 14".
    fn street_first(&self, i: usize) -> Option<Place> {
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

    fn particle(&self, i: usize) -> bool {
        matches!(
            self.post.letters(i),
            "de" | "da"
                | "do"
                | "dos"
                | "das"
                | "la"
                | "el"
                | "los"
                | "las"
                | "del"
                | "van"
                | "von"
                | "al"
                | "of"
                | "the"
        )
    }

    /// One past a street's name behind a house number, if there is one.
    fn after_number(&self, i: usize) -> Option<usize> {
        let post = self.post;
        let mut at = i;
        // "14 de la calle Oak", "266 da Pulaski".
        while at < i + 3 && self.particle(at) && post.gap(at) == " " {
            at += 1;
        }
        let led = at > i;
        if post.has(at, STREET)
            && matches!(post.letters(at), "calle" | "rua" | "ri" | "avenida" | "av" | "wout")
        {
            return self.capital(at + 1).then(|| self.names_end(at + 1)).or(Some(at + 1));
        }
        let from = at;
        while at < from + MOST_STREET && (at == from || !self.stop(at)) && !self.cut(at) {
            if post.has(at, STREET) && at > from {
                return Some(at + 1);
            }
            if post.raw(at).is_empty() || self.number(at).is_some() && !self.ordinal(at) {
                break;
            }
            at += 1;
        }
        if at == from + MOST_STREET && post.has(at, STREET) && !self.cut(at) {
            return Some(at + 1);
        }
        let name = self.capital(from) && !self.cut(from) && !(post.has(from, OWN | BUSINESS) && !led);
        (name && post.raw(from).len() > 1).then(|| self.names_end(from))
    }

    /// True when a sign other than a space stands before a word of a street's name.
    fn cut(&self, i: usize) -> bool {
        !matches!(self.post.gap(i), " " | "  " | ". " | "-" | ".")
    }

    /// One past the capitalized words from `i` on, three at most.
    fn names_end(&self, i: usize) -> usize {
        (i..i + 3)
            .find(|at| !self.capital(*at) || *at > i && self.cut(*at))
            .unwrap_or(i + 3)
            .min(self.post.len())
    }

    /// One past the flat or floor that may follow a place.
    fn within(&self, at: usize) -> usize {
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
        let floor = matches!(
            post.letters(at + 1),
            "floor" | "fl" | "flr" | "piso" | "andar" | "etaj" | "planta" | "apt" | "story"
        );
        let count = self.ordinal(at)
            || matches!(
                post.letters(at),
                "first" | "second" | "third" | "top" | "ground" | "segundo" | "primer" | "premye" | "dezyem"
            );
        if floor && count { at + 2 } else { at }
    }

    /// "my neighbor at 14 Oak St", "the kids who live in 5A", "la señora del 3B", "los del 209".
    fn of_person(&self, i: usize) -> Option<(usize, usize)> {
        let post = self.post;
        let neighbor = post.has(i, NEIGHBOR);
        let one = matches!(post.letters(i), "el" | "la" | "los" | "las" | "lo")
            && post.letters(i + 1) == "del"
            || matches!(
                post.letters(i),
                "one"
                    | "whoever"
                    | "quien"
                    | "quem"
                    | "someone"
                    | "somebody"
                    | "alguien"
                    | "alguem"
                    | "everyone"
            );
        if !neighbor && !post.has(i, PERSON) && !one {
            return None;
        }
        let (mut living, mut linked, mut names) = (false, false, 0);
        for at in i + 1..=i + REACH {
            if self.stop(at) {
                return None;
            }
            let comma = post.gap(at).contains([',', '(', '#', '-', ':']);
            if (linked || comma || neighbor || post.has(at, UNIT))
                && let Some(place) = self.place(at)
            {
                let enough = place.sure || neighbor && (linked || comma) || living;
                return enough.then(|| (self.begin(i), self.article(place.to)));
            }
            living |= post.has(at, LIVING);
            linked |= post.has(at, LINK);
            let name = self.capital(at) && post.hints(at) & (STREET | THING | BUSINESS) == 0;
            names += usize::from(name);
            let goes_on =
                post.has(at, LINK | LIVING | OWN | PERSON | NEIGHBOR | UNIT) || name && names <= MOST_NAMES;
            if !goes_on {
                return None;
            }
        }
        None
    }

    /// The first word of what is said of a person: its "my" or "the", when that is near.
    fn begin(&self, i: usize) -> usize {
        let mut first = i;
        for at in (i.saturating_sub(MOST_BEFORE)..i).rev() {
            if self.stop(at + 1) || self.post.gap(at + 1) != " " {
                break;
            }
            if self.post.has(at, OWN) {
                first = at;
            } else if self.post.has(at, LINK | LIVING)
                && !self.post.has(at, PERSON)
                && self.post.letters(at) != "old"
            {
                let old = matches!(self.post.letters(at), "upstairs" | "downstairs" | "next" | "door");
                if !old {
                    break;
                }
            }
        }
        first
    }

    /// The Creole article belongs to what stands before it: "14 Oak la".
    fn article(&self, to: usize) -> usize {
        let article = matches!(self.post.letters(to), "la" | "yo" | "lan" | "an") && self.post.gap(to) == " ";
        to + usize::from(article)
    }

    /// "whoever lives at 14 Oak St", "my address is 9 Pine Court".
    fn lived_in(&self, i: usize) -> Option<(usize, usize)> {
        let post = self.post;
        if !post.has(i, LIVING) {
            return None;
        }
        let address = matches!(
            post.letters(i),
            "address"
                | "direccion"
                | "endereco"
                | "adres"
                | "home"
                | "addr"
                | "domicilio"
                | "lojman"
                | "stay"
                | "rent"
        );
        let own = |w: usize| {
            matches!(
                post.letters(w),
                "my" | "mi"
                    | "meu"
                    | "minha"
                    | "our"
                    | "his"
                    | "her"
                    | "their"
                    | "su"
                    | "seu"
                    | "sua"
                    | "mwen"
                    | "nou"
                    | "li"
                    | "i"
                    | "we"
            )
        };
        if address && !(i > 0 && own(i - 1)) && !own(i + 1) && post.letters(i) != "home" {
            return None;
        }
        for at in i + 1..=i + 5 {
            if self.stop(at) {
                return None;
            }
            if let Some(place) = self.place(at) {
                let home =
                    post.letters(i) != "home" || own(i.saturating_sub(1)) || post.letters(i + 1) == "address";
                let enough = place.street || place.sure && !address;
                return (enough && home).then(|| (self.before(i), self.article(place.to)));
            }
            if !post.has(at, LINK | UNIT | OWN | LIVING)
                && !matches!(post.letters(at), "es" | "is" | "e" | "se" | "right" | "sur")
            {
                return None;
            }
        }
        None
    }

    /// The name before "lives at": "Carmen Luz vive".
    fn before(&self, i: usize) -> usize {
        let mut first = i;
        for at in (i.saturating_sub(6)..i).rev() {
            let name = self.is_name(at) || self.post.has(at, TITLE);
            if self.stop(at + 1) || !(name || self.post.has(at, LINK | OWN) || self.particle(at)) {
                break;
            }
            if name {
                first = at;
            }
        }
        first
    }

    fn is_name(&self, i: usize) -> bool {
        let raw = self.post.raw(i);
        let small = raw.chars().nth(1).is_some_and(|c| c.is_lowercase() || matches!(c, '\'' | '’'));
        let plain = self.post.hints(i)
            & (OWN | STREET | LINK | LIVING | VEHICLE | PLATE | BUSINESS | THING | UNIT)
            == 0;
        self.capital(i) && small && plain && !raw.bytes().any(|b| b.is_ascii_digit())
    }

    /// "Mrs. Petrakis, 77 Lloyd St", "Wanda Ortiz 512 Clinton Ave", "Nadine's place, 19 Cherry Hill Dr".
    fn of_name(&self, i: usize, thing: &impl Fn(usize, usize) -> bool) -> Option<(usize, usize)> {
        let post = self.post;
        self.number(i)?;
        let place = self.place(i).filter(|p| p.street)?;
        let mut at = i;
        let (mut from, mut house) = (false, false);
        for _ in 0..5 {
            at = at.checked_sub(1)?;
            if self.stop(at + 1) && !post.has(at, TITLE) {
                return None;
            }
            if self.is_name(at) {
                break;
            }
            let word = post.letters(at);
            from |= matches!(word, "from" | "de");
            house |= matches!(word, "place" | "house" | "home" | "apartment" | "yard" | "kay");
            if !post.has(at, LINK | UNIT | OWN | LIVING) && word != "place" && word != "yard" {
                return self.owned(i, place);
            }
        }
        let last = at;
        let mut count = usize::from(self.is_name(at));
        if count == 0 {
            return self.owned(i, place);
        }
        while at > 0
            && count < MOST_NAMES
            && post.gap(at) == " "
            && (self.is_name(at - 1) || self.particle(at - 1) && at > 1 && self.is_name(at - 2))
        {
            at -= 1;
            count += usize::from(self.is_name(at));
        }
        let titled = at > 0 && post.has(at - 1, TITLE | PERSON | NEIGHBOR) || post.has(at, TITLE);
        let owner = post.raw(last).ends_with("'s") || post.raw(last).ends_with("’s");
        let said = (at.saturating_sub(2)..at).any(|w| post.has(w, NAMING)) && count >= 2;
        let told =
            titled || said || count >= 2 && !thing(at, last) || from && !thing(at, last) || owner && house;
        if told {
            let first = if titled && at > 0 && post.has(at - 1, TITLE) { at - 1 } else { at };
            return Some((first, place.to));
        }
        self.owned(i, place)
    }

    /// "740 Quinnipiac Ave is owned by Sal DiNardo".
    fn owned(&self, i: usize, place: Place) -> Option<(usize, usize)> {
        let post = self.post;
        let by = (place.to..place.to + 4).find(|w| {
            let owned = matches!(
                post.letters(*w),
                "owned" | "rented" | "occupied" | "belongs" | "owner" | "where" | "donde" | "onde"
            );
            owned && !self.stop(*w)
        })?;
        let name = (by + 1..by + 4).find(|w| self.is_name(*w) && !self.stop(*w))?;
        let to = (name..name + MOST_NAMES).take_while(|w| self.is_name(*w)).last()? + 1;
        Some((i, to))
    }
}
