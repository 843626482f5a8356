//! E-mail addresses that people spell out: "ana arroba example punto com", "ana [at] example [dot] com".

use super::hints::{FILLER, MAIL, Post, SPELLED};

/// Ends of addresses that are believed without an "@".
const ENDS: &str = " com net org edu gov mil us info io co biz me example test app dev xyz br mx ht pr do es pt fr ca uk tv online site church club email ";
/// Mail houses, which are believed without an end.
const HOUSES: &str = " gmail hotmail yahoo outlook icloud aol protonmail proton msn ymail optonline ";
/// Words no address begins with: "see us at example.com".
const NOT_A_NAME: &str = " me us it them him her you city mayor form info page online here there look more available site website to for ";
/// Words between "email" and the address.
const REACH: usize = 5;
/// Parts of a name before the "@", and of a host behind it.
const MOST_PARTS: usize = 6;

/// A word, or one sign.
#[derive(Clone, Copy)]
struct Piece<'t> {
    from: usize,
    to: usize,
    text: &'t str,
    word: bool,
}

/// True when a post may hold a spelled address; `caught` says how many plain ones were found.
pub(super) fn may_hold(post: &Post, caught: usize) -> bool {
    let signs = post.text.bytes().filter(|b| *b == b'@').count();
    post.any & (SPELLED | MAIL) != 0 || signs > caught || framed_at(post.text)
}

/// True for "[at]", "(AT)", "(a)", and the wide "＠".
pub(super) fn framed_at(text: &str) -> bool {
    let bytes = text.as_bytes();
    let open = |b: u8| (b == b'[') | (b == b'(') | (b == b'{') | (b == b'<') | (b == 0xEF);
    let at = |w: &[u8]| {
        w[1].eq_ignore_ascii_case(&b'a') && (w[2].eq_ignore_ascii_case(&b't') || w[2] == b')' || w[2] == b']')
    };
    // Counted, not searched: the processor counts sixteen at a time.
    let signs: usize = bytes.iter().map(|b| usize::from(open(*b))).sum();
    signs > 0
        && bytes.windows(3).any(|w| open(w[0]) && (if w[0] == 0xEF { w == "＠".as_bytes() } else { at(w) }))
}

/// Finds spelled addresses, in bytes.
pub(super) fn find(post: &Post, take: &mut impl FnMut(usize, usize)) {
    let list = pieces(post.text);
    let spell = Spelled { list: &list, post };
    for i in 1..list.len() {
        if let Some((from, to)) = spell.address(i) {
            take(list[from].from, list[to - 1].to);
        }
    }
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut list: Vec<Piece> = Vec::new();
    for (at, c) in text.char_indices() {
        let word = c.is_alphanumeric();
        let to = at + c.len_utf8();
        match list.last_mut() {
            Some(last) if word && last.word && last.to == at => {
                last.to = to;
                last.text = text.get(last.from..to).unwrap_or("");
            }
            _ if c.is_whitespace() => {}
            _ => list.push(Piece { from: at, to, text: text.get(at..to).unwrap_or(""), word }),
        }
    }
    list
}

/// How surely a piece stands for a sign.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sure {
    /// "at", "a", a dot with spaces.
    Hardly,
    /// "@", "arroba", "[at]", "dot".
    Quite,
}

struct Spelled<'p, 't> {
    list: &'p [Piece<'t>],
    post: &'p Post<'t>,
}

impl Spelled<'_, '_> {
    fn sign(&self, i: usize) -> &str {
        self.list.get(i).filter(|p| !p.word).map_or("", |p| p.text)
    }

    fn is_word(&self, i: usize, list: &[&str]) -> bool {
        self.list.get(i).is_some_and(|p| p.word && list.iter().any(|l| p.text.eq_ignore_ascii_case(l)))
    }

    fn word(&self, i: usize) -> bool {
        self.list.get(i).is_some_and(|p| p.word)
    }

    /// True when no space stands before a piece.
    fn glued(&self, i: usize) -> bool {
        i > 0 && self.list.get(i).is_some_and(|p| p.from == self.list[i - 1].to)
    }

    /// A word in brackets or between two like signs: its length in pieces.
    fn framed(&self, i: usize, words: &[&str]) -> Option<usize> {
        const FRAMES: [(&str, &str); 9] = [
            ("[", "]"),
            ("(", ")"),
            ("{", "}"),
            ("<", ">"),
            ("-", "-"),
            ("_", "_"),
            ("*", "*"),
            ("/", "/"),
            ("|", "|"),
        ];
        let (open, close) = (self.sign(i), self.sign(i + 2));
        let inside = self.is_word(i + 1, words) || words.contains(&self.sign(i + 1));
        (inside && FRAMES.contains(&(open, close))).then_some(3)
    }

    /// A sign for "@" at piece `i`: the piece behind it.
    fn at(&self, i: usize) -> Option<(usize, Sure)> {
        if matches!(self.sign(i), "@" | "＠")
            || self.is_word(i, &["arroba", "aroba", "arobaz", "arobas", "arobase", "arobaze"])
        {
            return Some((i + 1, Sure::Quite));
        }
        if let Some(n) = self.framed(i, &["at", "arroba", "a", "@", "ar", "et"]) {
            return Some((i + n, Sure::Quite));
        }
        self.is_word(i, &["at", "a", "nan", "en", "em"]).then_some((i + 1, Sure::Hardly))
    }

    /// A sign for "." at piece `i`: the piece behind it.
    fn dot(&self, i: usize) -> Option<(usize, Sure)> {
        if self.is_word(i, &["dot", "punto", "ponto", "pwen", "point", "pto", "pt", "d0t"]) {
            return Some((i + 1, Sure::Quite));
        }
        if let Some(n) = self.framed(i, &["dot", "punto", "ponto", "pwen", "point", "."]) {
            return Some((i + n, Sure::Quite));
        }
        let sure = if self.glued(i) && self.glued(i + 1) { Sure::Quite } else { Sure::Hardly };
        match self.sign(i) {
            "." => Some((i + 1, sure)),
            "," if sure == Sure::Quite => Some((i + 1, Sure::Hardly)),
            _ => None,
        }
    }

    fn listed(&self, i: usize, list: &str) -> bool {
        let Some(piece) = self.list.get(i).filter(|p| p.word) else { return false };
        let word = piece.text.as_bytes();
        list.split_ascii_whitespace().any(|l| word.eq_ignore_ascii_case(l.as_bytes()))
    }

    /// The address around a sign for "@" at piece `i`: its first piece, and one past its last.
    fn address(&self, i: usize) -> Option<(usize, usize)> {
        let (host, sure) = self.at(i)?;
        if !self.word(i - 1) || self.sign(i) == "@" && i >= 2 && self.glued(i - 1) && self.sign(i - 2) == "@"
        {
            return None;
        }
        let (to, said, sign) = self.host(host, sure)?;
        let from = self.name(i - 1);
        let last = self.post.words_before(self.list[from].from);
        let label = (last.saturating_sub(REACH)..last).rev().find(|w| self.post.has(*w, MAIL));
        let labelled = || {
            label.is_some()
                || (last..last + REACH).any(|w| self.post.has(w, MAIL) && !self.listed(host, HOUSES))
        };
        let hosted = !self.is_word(host, &["the", "this", "your", "our", "my", "a"]);
        let hosted = hosted && (label.is_some() || !self.is_word(i, &["en", "em"]));
        let named = hosted && !self.listed(i - 1, NOT_A_NAME);
        let odd = self.list[from..i]
            .iter()
            .any(|p| p.text.bytes().any(|b| b.is_ascii_digit() || b"._-".contains(&b)));
        // "thanks @city.example": a handle, unless it can only be an address.
        let handle = self.sign(i) == "@" && !self.glued(i) && self.glued(i + 1);
        let whole = self.listed(host, HOUSES);
        let bare = to == host + 1;
        let house = whole && (!bare || from + 1 < i || sure == Sure::Quite && !handle);
        let believed = match sure {
            Sure::Quite => !handle || odd || house || labelled(),
            Sure::Hardly => {
                hosted && (said && sign == Sure::Quite) || named && (house || !bare && labelled())
            }
        };
        believed.then(|| (label.map_or(from, |l| self.full_name(l, from)), to))
    }

    /// The host from piece `i`: one past its last piece, whether a dot was spelled, and how sure the dots are.
    fn host(&self, i: usize, at: Sure) -> Option<(usize, bool, Sure)> {
        if !self.word(i) {
            return None;
        }
        let mut to = self.label(i);
        let (mut said, mut sure, mut end, mut parts) = (false, Sure::Quite, None, 0);
        while parts < MOST_PARTS
            && let Some((next, sign)) = self.dot(to)
            && self.list.get(next).is_some_and(|p| p.word && p.text.len() >= 2)
        {
            let known = self.listed(next, ENDS);
            // "garage @ Main. Please": a dot between spaces ends a sentence unless an end of addresses follows.
            if sign == Sure::Hardly && !known {
                break;
            }
            said |= self.list[to].word || self.list[to].text != "." && self.list[to].text != ",";
            sure = sure.min(sign);
            to = self.label(next);
            end = Some(next);
            parts += 1;
        }
        let house = self.listed(i, HOUSES);
        // "ana at gmail com"
        if house && end.is_none() && self.is_word(to, &["com", "net"]) {
            return Some((to + 1, true, Sure::Quite));
        }
        let Some(end) = end else { return house.then_some((to, false, sure)) };
        let letters = self.list[end].text.bytes().all(|b| b.is_ascii_alphabetic());
        let known = self.listed(end, ENDS);
        (letters && (known || at == Sure::Quite)).then_some((to, said, sure))
    }

    /// One past a part of a host: "st-mary".
    fn label(&self, mut i: usize) -> usize {
        i += 1;
        while self.glued(i)
            && self.sign(i) == "-"
            && self.glued(i + 1)
            && self.word(i + 1)
            && self.framed(i, &["dot"]).is_none()
        {
            i += 2;
        }
        i
    }

    /// The whole name between "email is" and its last word: "my email is ana lopez at …".
    fn full_name(&self, label: usize, from: usize) -> usize {
        let mut first = from;
        for i in (from.saturating_sub(3)..from).rev() {
            let word = self.post.words_before(self.list[i].from);
            if !self.word(i)
                || word <= label
                || self.post.has(word, FILLER | MAIL)
                || self.listed(i, NOT_A_NAME)
            {
                break;
            }
            first = i;
        }
        first
    }

    /// The first piece of the name that ends with piece `i`: "maria dot lopez", "o'neil", "j_doe+311".
    fn name(&self, mut i: usize) -> usize {
        for _ in 0..MOST_PARTS {
            let Some(before) = i.checked_sub(2) else { break };
            let glued = self.glued(i) && self.glued(i - 1);
            let sign = glued && matches!(self.sign(i - 1), "." | "_" | "-" | "+" | "%" | "'" | "’");
            let said = self.is_word(
                i - 1,
                &[
                    "dot",
                    "punto",
                    "ponto",
                    "pwen",
                    "underscore",
                    "dash",
                    "hyphen",
                    "plus",
                    "guion",
                    "bajo",
                    "traco",
                    "traço",
                    "underline",
                    "guión",
                    "tire",
                    "mas",
                    "más",
                    "mais",
                ],
            );
            if self.is_word(i - 1, &["bajo", "baixo"]) && self.is_word(before, &["guion", "guión"]) && i >= 3
            {
                i -= 3;
                continue;
            }
            let framed = i >= 4 && self.framed(i - 3, &["dot", "punto", "ponto"]).is_some();
            match (framed, self.word(before)) {
                (true, _) if self.word(i - 4) => i -= 4,
                (false, true) if sign || said => i = before,
                _ => break,
            }
        }
        i
    }
}

#[cfg(test)]
mod tests {
    use super::super::personal::tests::check;

    #[test]
    fn spelled_addresses() {
        check("ana arroba example punto com", &["ana arroba example punto com"]);
        check("ana(at)example.com", &["ana(at)example.com"]);
        check("ana [AT] example [DOT] com", &["ana [AT] example [DOT] com"]);
        check("ana＠example.com", &["ana＠example.com"]);
        check("email: ana_lopez at example.com", &["ana_lopez at example.com"]);
        check("ana @ example . com", &["ana @ example . com"]);
        check("email ana @example.com", &["ana @example.com"]);
        check("ana@example,com", &["ana@example,com"]);
        check("maria dot lopez at gmail dot com", &["maria dot lopez at gmail dot com"]);
        check(
            "correo: jose guion bajo perez arroba example punto com punto mx",
            &["jose guion bajo perez arroba example punto com punto mx"],
        );
        check("jan a gmail pwen com", &["jan a gmail pwen com"]);
        check("ana_at_example_dot_com", &["ana_at_example_dot_com"]);
        check("my email is ana lopez at example dot org", &["ana lopez at example dot org"]);
        check("ana at gmail com", &["ana at gmail com"]);
    }

    #[test]
    fn what_only_looks_like_one() {
        check("thanks @cityhall and @newark.nj.gov", &[]);
        check("look at the dot com crash", &[]);
        check("see the form at example.com", &[]);
        check("noise @ 5th. Come now", &[]);
        check("I am on @ana@social.example", &[]);
    }
}
