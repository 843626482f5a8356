//! Homes tied to a person: "the old man in unit 12", "Maria lives at 14 Oak St", "la señora del 3B".
//!
//! A place alone ("pothole at 14 Oak St") is where the problem is and stays; a place said of somebody goes,
//! together with the words for that somebody.

use super::PersonalKind;
use super::hints::{
    BUSINESS, HOME, LINK, LIVING, NAMING, NEIGHBOR, OWN, PERSON, PLATE, Post, STREET, THING, TITLE, UNIT,
    VEHICLE, WHO,
};
use super::house::{Homes, Place};

/// Words between a person and the house number.
const REACH: usize = 9;
/// Words that make a home somebody's.
const MINE: &str = "my mi meu minha our his her their su seu sua nuestra nuestro nossa nosso i we";
/// Words of a name.
const MOST_NAMES: usize = 4;
/// Words before a person that belong to it: "the loud old man".
const MOST_BEFORE: usize = 3;

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

impl Homes<'_, '_> {
    /// "my neighbor at 14 Oak St", "the kids who live in 5A", "la señora del 3B", "los del 209".
    fn of_person(&self, i: usize) -> Option<(usize, usize)> {
        let post = self.post;
        let neighbor = post.has(i, NEIGHBOR);
        if !post.has(i, NEIGHBOR | PERSON | WHO) {
            return None;
        }
        let said = self.is(i, "he she hes shes im");
        let the = self.is(i, "el la los las lo");
        if the && !post.has(i, NEIGHBOR | PERSON) && post.letters(i + 1) != "del" {
            return None;
        }
        let (mut living, mut linked, mut names, mut spare) = (false, false, 0, 0);
        for at in i + 1..=i + REACH {
            if self.stop(at) {
                return None;
            }
            let comma = post.gap(at).contains([',', '(', '#', '-', ':']);
            if (linked || comma || neighbor || at == i + 1 || post.has(at, UNIT))
                && let Some(place) = self.whole_place(at)
            {
                // "la señora del 14": a number behind "of the" is a house, unless it is a year.
                let of_the = self.is(at - 1, "del do da dos")
                    && !(post.raw(at).len() == 4 && post.raw(at).starts_with(['1', '2']));
                let enough = of_the
                    || at == i + 1 && place.street
                    || place.sure
                    || neighbor && (linked || comma)
                    || living;
                let enough = enough && (!said || !place.street && post.has(at, UNIT));
                return enough.then(|| (self.begin(i), self.article(place.to)));
            }
            living |= post.has(at, LIVING);
            linked |= post.has(at, LINK);
            let name = self.capital(at) && post.hints(at) & (STREET | THING | BUSINESS) == 0;
            names += usize::from(name);
            let goes_on =
                post.has(at, LINK | LIVING | OWN | PERSON | NEIGHBOR | UNIT) || name && names <= MOST_NAMES;
            if self.is(at, "with above below behind over con com ak sobre") {
                spare = 3;
            }
            if !goes_on && spare == 0 {
                return None;
            }
            spare -= usize::from(spare > 0);
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
            let close = self.is_name(at) || self.is(at, "new elderly young noisy loud crazy drunk rude");
            if self.post.has(at, OWN) || close && at + 1 == i || self.is(at, "upstairs downstairs") {
                first = at;
            } else if self.post.has(at, LINK | LIVING)
                && !self.post.has(at, PERSON)
                && self.post.letters(at) != "old"
                && !self.is(at, "next door")
            {
                break;
            }
        }
        first
    }

    /// The Creole article belongs to what stands before it: "14 Oak la".
    fn article(&self, to: usize) -> usize {
        let article = self.is(to, "la yo lan an") && self.post.gap(to) == " ";
        to + usize::from(article)
    }

    /// "whoever lives at 14 Oak St", "my address is 9 Pine Court", "mi casa es el 14 de Oak".
    fn lived_in(&self, i: usize) -> Option<(usize, usize)> {
        let post = self.post;
        if !post.has(i, HOME | LIVING) {
            return None;
        }
        let home = post.has(i, HOME);
        if home && !(i > 0 && self.is(i - 1, MINE)) && !self.is(i + 1, "mwen m nou li address")
            || !home && !post.has(i, LIVING)
        {
            return None;
        }
        for at in i + 1..=i + 5 {
            if self.stop(at) {
                return None;
            }
            if let Some(place) = self.whole_place(at) {
                let enough = place.street || place.sure && !home;
                return enough.then(|| (self.before(i), self.article(place.to)));
            }
            if !post.has(at, LINK | UNIT | OWN | LIVING) && !self.is(at, "es is e se right sur mwen") {
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
        let place = self.place(i)?;
        let flat = place.sure || i > 0 && post.has(i - 1, UNIT);
        if !place.street && !flat {
            return None;
        }
        let (mut at, mut from, mut house) = (i, false, false);
        for _ in 0..5 {
            if at == 0 || self.stop(at) && !post.has(at - 1, TITLE) {
                return self.owned(i, place);
            }
            at -= 1;
            if self.is_name(at) || self.initial(at) {
                break;
            }
            from |= self.is(at, "from de del do da");
            house |= self.is(at, "place house home apartment yard kay");
            if !post.has(at, LINK | UNIT | OWN | LIVING) && !self.is(at, "place yard") {
                return self.owned(i, place);
            }
        }
        let (first, last, count) = self.name_around(at);
        if count == 0 {
            return self.owned(i, place);
        }
        let typed = (i..place.to).any(|w| post.has(w, STREET))
            || count == 2 && (from || post.gap(last + 1).contains(','));
        let asked = first > 1 && self.is(first - 1, "on") && self.is(first - 2, "check checking")
            || first > 0 && self.is(first - 1, "tell ask contact visit remind");
        let titled = first > 0 && post.has(first - 1, TITLE) || post.has(first, TITLE);
        let known = titled || first > 0 && post.has(first - 1, PERSON | NEIGHBOR);
        let owner = post.raw(last).ends_with("'s") || post.raw(last).ends_with("’s");
        let said = (first.saturating_sub(2)..first).any(|w| post.has(w, NAMING)) && count >= 2;
        let likely = count >= 2 && typed || from;
        let told = known || said || asked || owner && house || likely && !thing(first, last);
        if told && (place.street || titled) {
            let first = if titled && first > 0 && post.has(first - 1, TITLE) { first - 1 } else { first };
            return Some((first, place.to));
        }
        self.owned(i, place)
    }

    /// "M." behind a name.
    fn initial(&self, i: usize) -> bool {
        self.post.raw(i).len() == 1
            && self.capital(i)
            && i > 0
            && self.post.gap(i) == " "
            && self.is_name(i - 1)
    }

    /// The name that ends with word `last`: its first word, its last, and how many of them are names.
    fn name_around(&self, last: usize) -> (usize, usize, usize) {
        let mut first = last;
        let mut count = usize::from(self.is_name(last) || self.initial(last));
        let goes_on = |at: usize| {
            self.post.gap(at) == " "
                && (self.is_name(at - 1) || self.particle(at - 1) && at > 1 && self.is_name(at - 2))
        };
        while count > 0 && count < MOST_NAMES && first > 0 && goes_on(first) {
            first -= 1;
            count += usize::from(self.is_name(first));
        }
        (first, last, count)
    }

    /// "740 Quinnipiac Ave is owned by Sal DiNardo".
    fn owned(&self, i: usize, place: Place) -> Option<(usize, usize)> {
        let by = (place.to..place.to + 4).find(|w| {
            let owned = self.is(*w, "owned rented occupied belongs owner where donde onde");
            owned && !self.stop(*w)
        })?;
        let name = (by + 1..by + 4).find(|w| self.is_name(*w) && !self.stop(*w))?;
        let to = (name..name + MOST_NAMES).take_while(|w| self.is_name(*w)).last()? + 1;
        Some((i, to))
    }
}

#[cfg(test)]
mod tests {
    use super::super::personal::tests::check;

    #[test]
    fn somebody_at_a_place() {
        check(
            "the old guy on the 2nd floor of 41 Mapes Ave smokes",
            &["the old guy on the 2nd floor of 41 Mapes Ave"],
        );
        check("the woman with the dogs at 15 Hazel", &["the woman with the dogs at 15 Hazel"]);
        check("la familia del 22 grita", &["la familia del 22"]);
        check("los del 209 hacen ruido", &["los del 209"]);
        check("o casal que mora no 266 da Pulaski briga", &["o casal que mora no 266 da Pulaski"]);
        check("moun ki rete nan 95 Stuyvesant yo", &["moun ki rete nan 95 Stuyvesant yo"]);
        check("he is in apt 5C and can't walk", &["he is in apt 5C"]);
        check("downstairs neighbor, apt 1R, smokes", &["downstairs neighbor, apt 1R"]);
    }

    #[test]
    fn a_name_at_a_place() {
        check("Maria lives at 14 Oak St", &["Maria lives at 14 Oak St"]);
        check("Ms. Lee in 4F needs water", &["Ms. Lee in 4F"]);
        check("Juan Pérez del 14 de Oak", &["Juan Pérez del 14 de Oak"]);
        check("check on Ruth at 77 Lloyd Street", &["Ruth at 77 Lloyd Street"]);
        check("66 Sherman Ave is owned by Sal DiNardo", &["66 Sherman Ave is owned by Sal DiNardo"]);
        check("my address is 9 Pine Court", &["address is 9 Pine Court"]);
        check("I live in apartment 4B at 220 Grand Ave", &["live in apartment 4B at 220 Grand Ave"]);
    }
}
