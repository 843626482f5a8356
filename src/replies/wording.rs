//! The city's words for a reply, final when drafted: mention, body, number and cut for that account's manners.
//!
//! A channel sends these bytes or refuses them; it never edits. Placeholders are a fixed list, filled in one
//! pass, so nothing that comes from outside is read as a template.

use crate::intake::PublicText;
use crate::intake::manners::Manners;
use crate::settings::{Lang, Wording};
use unicode_segmentation::UnicodeSegmentation;

/// What the placeholders of a phrase stand for. A missing one leaves nothing behind.
#[derive(Clone, Debug, Default)]
pub struct Values {
    pairs: Vec<(&'static str, String)>,
}

impl Values {
    /// Sets one placeholder, written without braces.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.pairs.push((name, value.into()));
        self
    }

    fn get(&self, name: &str) -> &str {
        self.pairs.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| v.as_str())
    }

    fn without(&self, name: &str) -> Self {
        Self { pairs: self.pairs.iter().filter(|(n, _)| *n != name).cloned().collect() }
    }
}

/// A reply ready to be sent as it stands.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The bytes.
    pub text: PublicText,
    /// The language they are in.
    pub language: Lang,
    /// A person has read this phrase in this language.
    pub reviewed: bool,
}

/// Fills a phrase for one account and one author. `None` when the city has no such phrase in any language.
#[must_use]
pub fn render(
    wording: &Wording,
    key: &str,
    languages: [Lang; 2],
    values: &Values,
    manners: &Manners,
    handle: &str,
) -> Option<Rendered> {
    let (language, phrase) = languages.iter().find_map(|lang| Some((*lang, wording.phrase(key, *lang)?)))?;
    let text = fitted(&phrase.text, values, manners, &manners.address(handle));
    Some(Rendered { text: PublicText::of_the_city(text), language, reviewed: phrase.reviewed.is_some() })
}

/// Words a person typed, addressed and cut like any other reply.
#[must_use]
pub fn by_hand(words: &str, number: Option<&str>, manners: &Manners, handle: &str) -> PublicText {
    let values = Values::default().with("number", number.unwrap_or(""));
    let address = manners.address(handle);
    let text = format!("{address}{}", words.trim());
    PublicText::of_the_city(if manners.fits(&text, None) { text } else { cut(&text, &values, manners) })
}

/// First everything, then without the link, then cut with the number kept: the number is what finds the ticket.
fn fitted(phrase: &str, values: &Values, manners: &Manners, address: &str) -> String {
    let values = if manners.links_cost { values.without("link") } else { values.clone() };
    let whole = format!("{address}{}", fill(phrase, &values));
    if manners.fits(&whole, None) {
        return whole;
    }
    let bare = format!("{address}{}", fill(phrase, &values.without("link")));
    if manners.fits(&bare, None) { bare } else { cut(&bare, &values, manners) }
}

fn cut(text: &str, values: &Values, manners: &Manners) -> String {
    let number = values.get("number");
    let tail = if number.is_empty() { "…".to_owned() } else { format!("… {number}") };
    let signs: Vec<&str> = text.graphemes(true).collect();
    let fits = |n: usize| {
        let head: String = signs.iter().take(n).copied().collect();
        let whole = format!("{}{tail}", head.trim_end());
        manners.fits(&whole, None).then_some(whole)
    };
    (0..=signs.len()).rev().find_map(fits).unwrap_or(tail)
}

/// Replaces `{name}` in one pass and folds the white space that empty values leave.
fn fill(phrase: &str, values: &Values) -> String {
    let mut out = String::with_capacity(phrase.len() + 64);
    let mut rest = phrase;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        match after.split_once('}') {
            Some((name, behind)) => {
                out.push_str(values.get(name));
                rest = behind;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filled_in_one_pass() {
        let values = Values::default().with("department", "Parks {number}").with("number", "26-000001");
        assert_eq!(
            fill("On it. {department} has {number} {link}", &values),
            "On it. Parks {number} has 26-000001"
        );
        assert_eq!(fill("a { b", &values), "a { b");
    }

    #[test]
    fn the_number_survives_the_cut() {
        let manners = Manners { max_length: 40, ..Manners::mastodon(40, 23) };
        let values = Values::default().with("number", "26-000001").with("place", "é".repeat(60));
        let text = fitted("On it at {place}. Follow {number} {link}", &values, &manners, "@ana@town.test ");
        assert!(manners.fits(&text, None), "{text}");
        assert!(text.starts_with("@ana@town.test On it") && text.ends_with("… 26-000001"), "{text}");
    }
}
