//! Numbers that lead to a person: telephones, social security numbers, payment cards.
//!
//! A post is cut into groups of digits ("203", "555", "seven") and into runs of groups with nothing but
//! spaces, dashes and the like between them; the sizes of the groups say what a run is. A table of sizes says
//! in one place what a dozen regular expressions would say in twelve, and reads spoken numbers as well.

use super::PersonalKind;
use super::groups::{Gap, Group, add_spoken, lettered, link, written};
use super::hints::{CARD, DIGIT, Hint, JOINER, PHONE, Post, SSN, TENS, THING};
use super::text::Break;

/// Groups of one number: a card in spaced single digits has 19.
const MOST_GROUPS: usize = 20;
/// Words before a number that may say what it is.
const REACH_BEFORE: usize = 6;
/// Words behind a number that may.
const REACH_BEHIND: usize = 4;

/// True when a post with so many written digits may hold a number of a person.
pub(super) fn may_hold(post: &Post, digits: usize) -> bool {
    let spoken = || (0..post.len()).filter(|i| post.has(*i, DIGIT | TENS)).count();
    let free = |w: &[u8]| w[0] == b'8' && w[1] == w[2] && w[3] == b'-' || w == b"800-";
    digits >= 7
        || post.any & DIGIT != 0 && digits + 2 * spoken() >= 7
        || digits >= 3 && post.text.as_bytes().windows(4).any(free)
}

/// Finds the numbers of a post, in bytes.
pub(super) fn find(post: &Post, take: &mut impl FnMut(PersonalKind, usize, usize)) {
    let mut groups = written(post.text);
    if post.any & DIGIT != 0 {
        add_spoken(post, &mut groups);
    }
    link(post.text, &mut groups);
    lettered(post.text, &groups, take);
    let mut from = 0;
    while from < groups.len() {
        let to = groups[from + 1..]
            .iter()
            .position(|g| g.gap == Gap::Apart)
            .map_or(groups.len(), |n| from + 1 + n);
        Run { post, groups: trimmed(&groups[from..to]) }.read(take);
        from = to;
    }
}

/// Spoken joiners at either end say nothing.
fn trimmed(groups: &[Group]) -> &[Group] {
    let first = groups.iter().position(|g| !g.joiner).unwrap_or(groups.len());
    let last = groups.iter().rposition(|g| !g.joiner).map_or(first, |n| n + 1);
    groups.get(first..last).unwrap_or(&[])
}

/// Groups without anything else between them.
struct Run<'p, 't> {
    post: &'p Post<'t>,
    groups: &'p [Group],
}

impl Run<'_, '_> {
    fn read(&self, take: &mut impl FnMut(PersonalKind, usize, usize)) {
        let total: usize = self.groups.iter().map(|g| g.digits).sum();
        if total < 7 {
            return;
        }
        // A spoken number is one whole: "two zero three 555 0169" is not "555 0169".
        if self.groups.iter().any(|g| g.spoken)
            && let Some(kind) = self.named()
        {
            self.take(kind, 0, self.groups.len(), take);
            return;
        }
        let mut at = 0;
        let mut found = false;
        while at < self.groups.len() {
            let most = (self.groups.len() - at).min(MOST_GROUPS);
            let first = (1..=most).rev().find_map(|n| self.kind(at, n).map(|kind| (kind, n)));
            if let Some((kind, n)) = first {
                self.take(kind, at, n, take);
                found = true;
                at += n;
            } else {
                at += 1;
            }
        }
        if !found && let Some(kind) = self.named() {
            self.take(kind, 0, self.groups.len(), take);
        }
    }

    fn take(
        &self,
        kind: PersonalKind,
        at: usize,
        n: usize,
        take: &mut impl FnMut(PersonalKind, usize, usize),
    ) {
        let (from, to) = (self.groups[at].from, self.groups[at + n - 1].to);
        let before = self.post.text.get(..from).unwrap_or("");
        let signs = before.bytes().rev().take_while(|b| matches!(b, b'(' | b'+')).count();
        let inside = self.post.text.get(from..to).is_some_and(|t| t.contains(')'));
        take(kind, if signs == 1 && before.ends_with('(') && !inside { from } else { from - signs }, to);
    }

    /// What `n` groups from `at` are by their sizes, if they stand free.
    fn kind(&self, at: usize, n: usize) -> Option<PersonalKind> {
        let groups = &self.groups[at..at + n];
        let total: usize = groups.iter().map(|g| g.digits).sum();
        if !(7..=19).contains(&total) || groups.iter().any(|g| g.spoken) {
            return None;
        }
        let mut sizes = [0; MOST_GROUPS];
        let mut digits = [0; 20];
        let mut filled = 0;
        for (i, g) in groups.iter().enumerate() {
            sizes[i] = g.digits;
            for b in self.post.text.as_bytes().get(g.from..g.to)? {
                digits[filled] = match b {
                    b'0'..=b'9' => b - b'0',
                    b'o' | b'O' => 0,
                    _ => 1,
                };
                filled += 1;
            }
        }
        let slashed = (at + 1..at + n).any(|g| self.text_between(g).contains('/'));
        let number = Number { sizes: &sizes[..n], digits: &digits[..filled], gaps: &groups[1..], slashed };
        let hint = || self.hint(at, n);
        let edge = |g: Option<&Group>| g.is_none_or(|g| g.gap != Gap::Tight);
        let free = (at == 0 || edge(groups.first())) && edge(self.groups.get(at + n));
        if self.abroad(at) && number.is_abroad() {
            return Some(PersonalKind::Phone);
        }
        if number.is_card(&hint) {
            return Some(PersonalKind::Card);
        }
        let split = || {
            self.text_between(at + n).contains(['/', '|', '+']) || self.text_between(at).contains(['/', '|'])
        };
        if !(free || total >= 10 && split()) {
            return None;
        }
        if number.is_ssn(&hint) {
            return Some(PersonalKind::Ssn);
        }
        let whole = at == 0 && n == self.groups.len();
        number.is_phone(whole, &hint).then_some(PersonalKind::Phone)
    }

    /// What stands before a group of the run.
    fn text_between(&self, at: usize) -> &str {
        let (Some(before), Some(group)) =
            (at.checked_sub(1).and_then(|b| self.groups.get(b)), self.groups.get(at))
        else {
            return "";
        };
        self.post.text.get(before.to..group.from).unwrap_or("")
    }

    /// True for "+55 …" and "(+1) …".
    fn abroad(&self, at: usize) -> bool {
        let before = self.post.text.get(..self.groups[at].from).unwrap_or("");
        before.trim_end_matches([' ', '(']).ends_with('+')
    }

    /// What the words around say of a run that no table of sizes knows.
    fn named(&self) -> Option<PersonalKind> {
        let groups = self.groups;
        let total: usize = groups.iter().map(|g| g.digits).sum();
        let spoken = groups.iter().filter(|g| g.spoken && g.digits > 0).count();
        let hint = self.hint(0, groups.len());
        if spoken > 0 {
            return match (hint, total) {
                (SSN, 9) => Some(PersonalKind::Ssn),
                (CARD, 13..=19) => Some(PersonalKind::Card),
                (_, 7 | 10 | 11) if spoken >= 2 => Some(PersonalKind::Phone),
                (_, 8..=12) if spoken >= 3 || hint == PHONE => Some(PersonalKind::Phone),
                _ => None,
            };
        }
        let sizes = |i: usize| groups.get(i).map_or(0, |g| g.digits);
        let text = |i: usize| groups.get(i).and_then(|g| self.post.text.get(g.from..g.to)).unwrap_or("");
        let year = |i: usize| sizes(i) == 4 && (text(i).starts_with("20") || text(i).starts_with("19"));
        let ticket = groups.len() == 2 && sizes(0) == 2 && sizes(1) == 6;
        let date = groups.len() <= 3 && (year(0) || year(groups.len() - 1)) && total <= 8;
        let listed = total != 10 && groups.iter().any(|g| g.gap == Gap::Comma);
        match hint {
            _ if listed => None,
            PHONE if (7..=13).contains(&total) && !ticket && !date => Some(PersonalKind::Phone),
            SSN if total == 9 || total == 11 => Some(PersonalKind::Ssn),
            _ => None,
        }
    }

    /// True when a word is too far from a number, or too cut off, to say that it is only of a thing.
    fn apart(&self, word: usize, at: usize) -> bool {
        let (_, to) = self.post.at(word);
        let from = self.groups[at].from;
        self.post.words_before(from) > word + 3
            || self.post.text.get(to..from).is_none_or(|t| t.contains([',', ';', '(']) || t.contains(". "))
    }

    /// What the nearest telling word says the number is: behind the number only when nothing before it tells.
    fn hint(&self, at: usize, n: usize) -> Hint {
        const TELLING: Hint = PHONE | THING | SSN | CARD;
        let post = self.post;
        let before = post.words_before(self.groups[at].from);
        let spoken = |i: usize| post.has(i, DIGIT | TENS | JOINER);
        for i in (before.saturating_sub(REACH_BEFORE)..before).rev() {
            let spelled = i >= 2 && (0..3).all(|n| post.letters(i - n) == ["n", "s", "s"][n]);
            let hints = if spelled { SSN } else { post.hints(i) & TELLING };
            // "kat" is a card and a four, "one" nothing but a number.
            let thing = hints & !THING == 0 && self.apart(i, at);
            if hints != 0 && !thing && !(spoken(i) && hints & CARD == 0) {
                return [SSN, PHONE, CARD, THING].into_iter().find(|h| hints & h != 0).unwrap_or(0);
            }
            if post.words.list.get(i).is_some_and(|w| w.gap == Break::Stop) {
                break;
            }
        }
        let behind = post.words_before(self.groups[at + n - 1].to);
        for i in behind..behind + REACH_BEHIND {
            if post.words.list.get(i).is_none_or(|w| w.gap == Break::Stop) {
                break;
            }
            if post.has(i, SSN | PHONE) && !spoken(i) {
                return if post.has(i, SSN) { SSN } else { PHONE };
            }
        }
        0
    }
}

/// Written groups, to be told by their sizes.
struct Number<'n> {
    sizes: &'n [usize],
    digits: &'n [u8],
    /// The groups but the first, for what stands before them.
    gaps: &'n [Group],
    /// A slash stands between its groups, as in dates.
    slashed: bool,
}

impl Number<'_> {
    fn all_gaps(&self, test: impl Fn(Gap) -> bool) -> bool {
        self.gaps.iter().all(|g| test(g.gap))
    }

    /// The plan of North America: area and exchange begin with 2 to 9.
    fn nanp(digits: &[u8]) -> bool {
        digits.len() == 10 && digits[0] >= 2 && digits[3] >= 2
    }

    fn is_card(&self, hint: &impl Fn() -> Hint) -> bool {
        let first = self.digits.first().copied().unwrap_or(0);
        (13..=19).contains(&self.digits.len())
            && (2..=6).contains(&first)
            && self.all_gaps(|g| g != Gap::Comma)
            && !self.sizes.starts_with(&[3, 3, 4])
            && (luhn(self.digits) || first > 2 && hint() == CARD)
    }

    fn is_ssn(&self, hint: &impl Fn() -> Hint) -> bool {
        let plain = self.all_gaps(|g| g != Gap::Comma);
        match (self.sizes, self.digits.len()) {
            ([3, 3, 3, 2], _) => true,
            ([3, 2, 4], _) => plain && hint() != THING,
            (_, 9 | 11) => hint() == SSN,
            _ => false,
        }
    }

    /// A number that begins with the code of a country, its "+" seen already.
    fn is_abroad(&self) -> bool {
        let n = self.digits.len();
        self.all_gaps(|g| g != Gap::Comma)
            && match self.digits {
                [1, ..] => n == 11,
                [5, 0, 9, ..] => n == 11,
                [5, 5, ..] => n == 12 || n == 13,
                _ => (8..=15).contains(&n),
            }
    }

    fn is_phone(&self, whole: bool, hint: &impl Fn() -> Hint) -> bool {
        let d = self.digits;
        let comma = !self.all_gaps(|g| g != Gap::Comma);
        let one = d.first() == Some(&1);
        let known = |valid: bool| valid && hint() != THING;
        match self.sizes {
            [3, 3, 4] => !comma && hint() != THING || Self::nanp(d),
            [1, 3, 3, 4] => one && (!comma || Self::nanp(&d[1..])),
            _ if comma => false,
            [3, 3, 2, 2] | [3, 7] => known(true),
            [1, 3, 7] | [1, 6, 4] | [1, 10] | [1, 3, 3, 2, 2] => known(one),
            [10] | [6, 4] => known(Self::nanp(d)),
            [11] => known(one && Self::nanp(&d[1..])),
            // "room 204 2026" is a room and a year.
            [3, 4] if matches!(d[3..5], [2, 0] | [1, 9]) && self.gaps[0].gap == Gap::Loose => hint() == PHONE,
            [3, 4] => known(d[0] >= 2),
            [4, 3, 4] | [4, 7] => known(d[0] == 0),
            [2, 5, 4] | [2, 4, 4] | [2, 1, 4, 4] => known(true),
            [2, 9] => known(d[2] == 9),
            [5, 4] | [1, 4, 4] => known(d[0] == 9 && (self.sizes[0] == 5 || one || d[1] >= 2)),
            [3, 2, 2, 2, 2] | [3, 4, 4] | [3, 8] => known(d.starts_with(&[5, 0, 9])),
            // "001 203 555 0134" and "011 52 …"
            [3, ..] if d.starts_with(&[0, 0, 1]) && d.len() == 13 => true,
            [2 | 3, ..] if d.starts_with(&[0, 0]) || d.starts_with(&[0, 1, 1]) => {
                known((11..=16).contains(&d.len()))
            }
            sizes if whole && !self.slashed && sizes.len() >= 3 && sizes.iter().all(|s| *s <= 4) => {
                match d.len() {
                    10 => known(Self::nanp(d)),
                    11 => known(one && Self::nanp(&d[1..])),
                    _ => false,
                }
            }
            _ => false,
        }
    }
}

/// The check digit of payment cards.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, d)| match (i % 2, u32::from(*d) * 2) {
            (0, double) => double / 2,
            (_, double) if double > 9 => double - 9,
            (_, double) => double,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::super::personal::tests::check;

    #[test]
    fn telephones() {
        check("call (203)-555-0134 or 973/555.0142", &["(203)-555-0134", "973/555.0142"]);
        check("my # is 203_555_0134", &["203_555_0134"]);
        check("tel:+1-203-555-0134", &["+1-203-555-0134"]);
        check("cel2035550134x7", &["2035550134"]);
        check("fone: 20 35 55 01 34", &["20 35 55 01 34"]);
        check("my digits 2O3-555-O134", &["2O3-555-O134"]);
        check("call 1-888-JUNK-CAR", &["1-888-JUNK-CAR"]);
        check("203-555-0134/203-555-0135", &["203-555-0134", "203-555-0135"]);
        check("+509 34 55 01 34", &["+509 34 55 01 34"]);
        check("llámame: 011 509 3455 0134", &["011 509 3455 0134"]);
        check("My phone is 973, 555, 0142.", &["973, 555, 0142"]);
        check("9️⃣7️⃣3️⃣ 5️⃣5️⃣5️⃣ 0️⃣1️⃣4️⃣2️⃣", &["9️⃣7️⃣3️⃣ 5️⃣5️⃣5️⃣ 0️⃣1️⃣4️⃣2"]);
        check("ligue 0800 555 0142", &["0800 555 0142"]);
    }

    #[test]
    fn spoken_telephones() {
        check(
            "nine seventy three, five fifty five, oh one forty two",
            &["nine seventy three, five fifty five, oh one forty two"],
        );
        check(
            "it is eight six two, triple five, zero one three nine",
            &["eight six two, triple five, zero one three nine"],
        );
        check(
            "nueve setenta y tres, cinco cincuenta y cinco, 0134",
            &["nueve setenta y tres, cinco cincuenta y cinco, 0134"],
        );
        check(
            "meu zap é nove sete três, meia meia meia, zero um dois dois",
            &["nove sete três, meia meia meia, zero um dois dois"],
        );
        check(
            "rele m nan nèf sèt twa, senk senk senk, zewo en de twa",
            &["nèf sèt twa, senk senk senk, zewo en de twa"],
        );
        check("two oh three-555-0134", &["two oh three-555-0134"]);
        check("one two or three lights, since two thousand four", &[]);
    }

    #[test]
    fn security_numbers_and_cards() {
        check("ss# 123 456 789", &["123 456 789"]);
        check("S S N 1 2 3 4 5 6 7 8 9", &["1 2 3 4 5 6 7 8 9"]);
        check(
            "one two three four five six seven eight nine is my social",
            &["one two three four five six seven eight nine"],
        );
        check("cpf 123 456 789 09", &["123 456 789 09"]);
        check("4242.4242.4242.4242", &["4242.4242.4242.4242"]);
        check("tarjeta 4111-1111-1111-1112 rechazada", &["4111-1111-1111-1112"]);
    }
}
