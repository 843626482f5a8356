//! Digits of a post, written and spoken, and how they hang together.

use super::PersonalKind;
use super::hints::{DIGIT, JOINER, Post, TENS};

/// Characters between two groups of one number.
const MOST_BETWEEN: usize = 5;

/// Digits that stand together, or one spoken number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub from: usize,
    pub to: usize,
    /// How many digits it stands for.
    pub digits: usize,
    pub spoken: bool,
    /// "double", "and": no number by itself.
    pub joiner: bool,
    /// What stands between the group before and this one.
    pub gap: Gap,
}

/// How two groups hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// Not at all: a run begins here.
    Apart,
    /// A sign without spaces: "555-0134".
    Tight,
    /// Spaces, with or without a sign.
    Loose,
    /// A comma: groups of a spoken number, or of two numbers in a list.
    Comma,
}

/// Groups of written digits. A run of letters and digits counts when its letters are a label ("tel2035550134"),
/// an extension ("0142x22") or misread digits ("O142").
pub(super) fn written(text: &str) -> Vec<Group> {
    let bytes = text.as_bytes();
    let mut groups = Vec::new();
    let mut at = 0;
    let letter = |b: u8| b.is_ascii_alphanumeric() || (0xC3..0xCC).contains(&b);
    while at < bytes.len() {
        if !letter(bytes[at]) {
            at += 1 + bytes[at + 1..].iter().take_while(|b| **b & 0xC0 == 0x80).count();
            continue;
        }
        let from = at;
        while at < bytes.len()
            && (letter(bytes[at]) || bytes[at] & 0xC0 == 0x80 && (0xC3..0xCC).contains(&bytes[at - 1]))
        {
            at += 1;
        }
        let token = &bytes[from..at];
        if !token.iter().any(u8::is_ascii_digit) {
            continue;
        }
        let mark = bytes[..from].last().copied().unwrap_or(b' ');
        if let Some((skip, digits)) = digits_of(token)
            && !matches!(mark, b'$' | b'=')
            && !(mark == b'_' && bytes[..from - 1].last().is_some_and(u8::is_ascii_alphabetic))
        {
            let from = from + skip;
            groups.push(Group {
                from,
                to: from + digits,
                digits,
                spoken: false,
                joiner: false,
                gap: Gap::Apart,
            });
        }
    }
    groups
}

/// Where the digits of a token begin, and how many they are.
fn digits_of(token: &[u8]) -> Option<(usize, usize)> {
    let like = |b: &u8| b.is_ascii_digit() || matches!(b, b'o' | b'O' | b'l' | b'I');
    if token.iter().all(like) {
        return Some((0, token.len()));
    }
    let skip = token.iter().take_while(|b| !b.is_ascii_digit()).count();
    let digits = token[skip..].iter().take_while(|b| b.is_ascii_digit()).count();
    let is = |part: &[u8], list: &[&str]| list.iter().any(|l| part.eq_ignore_ascii_case(l.as_bytes()));
    let label = skip == 0
        || is(
            &token[..skip],
            &[
                "tel", "ph", "cel", "cell", "phone", "call", "text", "txt", "p", "t", "c", "m", "fax", "ssn",
                "ss", "num",
            ],
        );
    let behind = token[skip + digits..].iter().take_while(|b| !b.is_ascii_digit()).count();
    let behind = &token[skip + digits..skip + digits + behind];
    let ends = behind.is_empty() || is(behind, &["x", "ext", "ramal", "r"]);
    (label && ends && digits >= 3).then_some((skip, digits))
}

/// Adds spoken digits, which make a number only in company.
pub(super) fn add_spoken(post: &Post, groups: &mut Vec<Group>) {
    if (0..post.len()).filter(|i| post.has(*i, DIGIT | TENS)).count() < 2 {
        return;
    }
    let mut tens = false;
    for i in 0..post.len() {
        let (from, to) = post.at(i);
        let hints = post.hints(i);
        let digits = if hints & TENS != 0 {
            2
        } else if hints & DIGIT != 0 {
            // "seventy three" is two digits, not three.
            usize::from(!tens)
        } else if hints & JOINER != 0 {
            usize::from(matches!(post.letters(i), "double" | "doble" | "duplo" | "triple" | "triplo"))
        } else {
            tens = false;
            continue;
        };
        tens = hints & TENS != 0 || tens && digits == 0 && hints & DIGIT == 0;
        let joiner = hints & (TENS | DIGIT) == 0;
        groups.push(Group { from, to, digits, spoken: true, joiner, gap: Gap::Apart });
    }
    groups.sort_by_key(|g| g.from);
    groups.dedup_by_key(|g| g.from);
}

/// Says of each group how it hangs together with the one before.
pub(super) fn link(text: &str, groups: &mut [Group]) {
    for i in 1..groups.len() {
        let between = text.get(groups[i - 1].to..groups[i].from).unwrap_or("x");
        let spoken = groups[i].spoken || groups[i - 1].spoken;
        groups[i].gap = gap(between, spoken);
    }
}

fn gap(between: &str, spoken: bool) -> Gap {
    let (mut chars, mut space, mut comma) = (0, false, false);
    for c in between.chars() {
        chars += 1;
        match c {
            ' ' | '\t' | '\u{a0}' | '\u{2009}' | '\u{202f}' => space = true,
            ',' | ';' => comma = true,
            '\n' | '\r' if spoken => space = true,
            '-'
            | '.'
            | '('
            | ')'
            | '/'
            | '\\'
            | '_'
            | '*'
            | '•'
            | '·'
            | '~'
            | '|'
            | '+'
            | '['
            | ']'
            | ':'
            | '…'
            | '\u{2010}'..='\u{2015}'
            | '\u{2212}'
            | '\u{fe0f}'
            | '\u{20e3}'
            | '\u{200b}' => {}
            _ => return Gap::Apart,
        }
        // "7:30" and "4:1" are no numbers of people.
        if chars > MOST_BETWEEN + usize::from(spoken) || c == ':' && !spoken {
            return Gap::Apart;
        }
    }
    match (comma, space) {
        (true, _) => Gap::Comma,
        (false, true) => Gap::Loose,
        (false, false) => Gap::Tight,
    }
}

/// "1-800-FLOWERS": finds numbers that end in letters, in bytes.
pub(super) fn lettered(text: &str, groups: &[Group], take: &mut impl FnMut(PersonalKind, usize, usize)) {
    const FREE: [&str; 7] = ["800", "833", "844", "855", "866", "877", "888"];
    for (i, g) in groups.iter().enumerate() {
        let Some(rest) =
            text.get(g.to..).filter(|_| text.get(g.from..g.to).is_some_and(|t| FREE.contains(&t)))
        else {
            continue;
        };
        let long =
            rest.bytes().take_while(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'-').count();
        let tail = rest.get(..long).unwrap_or("").trim_end_matches('-');
        let (letters, digits) = tail.bytes().fold((0, 0), |(l, d), b| {
            (l + usize::from(b.is_ascii_uppercase()), d + usize::from(b.is_ascii_digit()))
        });
        if tail.starts_with('-') && letters >= 3 && letters + digits >= 7 {
            let one =
                i > 0 && g.gap == Gap::Tight && text.get(groups[i - 1].from..groups[i - 1].to) == Some("1");
            take(PersonalKind::Phone, if one { groups[i - 1].from } else { g.from }, g.to + tail.len());
        }
    }
}
