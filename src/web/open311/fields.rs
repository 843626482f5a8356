//! What a call says: the pairs of its query or form, read strictly. An empty parameter is an absent one; what is said
//! twice is refused, because nobody can know which one was meant.

use actix_web::web::Bytes;
use chrono::{DateTime, Utc};

use super::fault::{Answered, Fault};
use crate::limits::{OPEN311_FIELD_CHARS, OPEN311_FIELDS};

/// Everything one call says.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pairs: Vec<(String, String)>,
    /// Files of a multipart form: part name and bytes.
    pub(super) files: Vec<(String, Bytes)>,
}

impl Fields {
    /// Of a query or an urlencoded form.
    pub(super) fn parse(text: &[u8]) -> Answered<Self> {
        let mut fields = Self::default();
        for pair in text.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
            let mut halves = pair.splitn(2, |b| *b == b'=');
            let name = decoded(halves.next().unwrap_or_default())
                .ok_or_else(|| Fault::bad("the name of a parameter is not UTF-8"))?;
            let value = decoded(halves.next().unwrap_or_default())
                .ok_or_else(|| Fault::field(&shown(&name), "is not UTF-8"))?;
            fields.push(name, value)?;
        }
        Ok(fields)
    }

    pub(super) fn push(&mut self, name: String, value: String) -> Answered<()> {
        if self.pairs.len() >= OPEN311_FIELDS {
            return Err(Fault::bad(format!("more than {OPEN311_FIELDS} parameters")));
        }
        self.pairs.push((name, value));
        Ok(())
    }

    /// The one value of a parameter; absent and empty are the same.
    pub(super) fn one(&self, name: &str) -> Answered<Option<&str>> {
        let mut values = self.all(name);
        let first = values.next();
        if values.next().is_some() {
            return Err(Fault::field(name, "is there more than once"));
        }
        match first {
            Some(value) if value.chars().count() > OPEN311_FIELD_CHARS => {
                Err(Fault::field(name, &format!("has more than {OPEN311_FIELD_CHARS} characters")))
            }
            other => Ok(other),
        }
    }

    /// As [`Self::one`] for what must be there.
    pub(super) fn needed(&self, name: &str) -> Answered<&str> {
        self.one(name)?.ok_or_else(|| Fault::required(name))
    }

    /// Every value of a parameter that may be repeated, empty ones left out, outer blanks gone.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let name = name.to_owned();
        self.pairs
            .iter()
            .filter(move |(known, _)| *known == name)
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// A value as it was sent, blanks and line ends too.
    pub(super) fn exact(&self, name: &str) -> Answered<&str> {
        let mut values =
            self.pairs.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let first = values.next().unwrap_or_default();
        if values.next().is_some() {
            return Err(Fault::field(name, "is there more than once"));
        }
        Ok(if first.trim().is_empty() { "" } else { first })
    }

    /// `attribute[CODE]=v` and `attribute[CODE][]=v`: (code, value), in their order, empty ones left out.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().filter_map(|(name, value)| {
            let inside = name.strip_prefix("attribute[")?;
            let code = inside.strip_suffix("][]").or_else(|| inside.strip_suffix(']'))?;
            let value = value.trim();
            (!value.is_empty() && !code.is_empty()).then_some((code, value))
        })
    }

    /// A list separated by commas.
    pub(super) fn list(&self, name: &str) -> Answered<Vec<String>> {
        let mut values = self.all(name);
        let Some(first) = values.next() else { return Ok(Vec::new()) };
        if values.next().is_some() {
            return Err(Fault::field(name, "is there more than once; separate several with commas"));
        }
        let list: Vec<String> =
            first.split(',').map(str::trim).filter(|w| !w.is_empty()).map(str::to_owned).collect();
        let most = usize::try_from(crate::limits::OPEN311_ROWS).unwrap_or(usize::MAX);
        if list.len() > most {
            return Err(Fault::field(name, &format!("names more than {most}")));
        }
        Ok(list)
    }

    /// A moment with its zone, `2026-01-27T15:00:00Z`.
    pub(super) fn moment(&self, name: &str) -> Answered<Option<DateTime<Utc>>> {
        self.one(name)?.map(|text| moment(name, text)).transpose()
    }

    /// A whole number within bounds.
    pub(super) fn whole(&self, name: &str, from: i64, to: i64) -> Answered<Option<i64>> {
        let Some(text) = self.one(name)? else { return Ok(None) };
        let number = text.parse::<i64>().ok().filter(|n| (from..=to).contains(n));
        number.map(Some).ok_or_else(|| Fault::field(name, &format!("is a number from {from} to {to}")))
    }

    /// A decimal number within bounds.
    pub(super) fn decimal(&self, name: &str, from: f64, to: f64) -> Answered<Option<f64>> {
        let Some(text) = self.one(name)? else { return Ok(None) };
        let number = text.parse::<f64>().ok().filter(|n| n.is_finite() && (from..=to).contains(n));
        number
            .map(Some)
            .ok_or_else(|| Fault::field(name, &format!("is a decimal number from {from} to {to}")))
    }

    /// Every pair but the key, for the digest that tells a repetition from a mix-up.
    pub(super) fn said(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().filter(|(name, _)| name != "api_key").map(|(n, v)| (n.as_str(), v.as_str()))
    }
}

/// Reads a moment as the standard writes it: a date, `T`, seconds, and a zone; nothing may be left out.
pub(super) fn moment(name: &str, text: &str) -> Answered<DateTime<Utc>> {
    let looks = text.len() >= 20 && text.as_bytes().get(10) == Some(&b'T');
    // A plus sign in a query that was not encoded arrives as a blank.
    let text = if text.contains(' ') { text.replace(' ', "+") } else { text.to_owned() };
    let read = DateTime::parse_from_rfc3339(&text).ok().filter(|_| looks);
    let at =
        read.map(|at| at.with_timezone(&Utc)).filter(|at| (1..9_999).contains(&chrono::Datelike::year(at)));
    at.ok_or_else(|| Fault::field(name, "write a date with time and zone, like 2026-01-27T15:00:00Z"))
}

/// Percent-decoding to UTF-8, strictly: a broken sequence is no text.
fn decoded(bytes: &[u8]) -> Option<String> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let mut digit = || rest.next().and_then(|d| char::from(*d).to_digit(16));
                let (high, low) = (digit()?, digit()?);
                out.push(u8::try_from(high * 16 + low).ok()?);
            }
            other => out.push(*other),
        }
    }
    String::from_utf8(out).ok()
}

/// A name from outside, short enough for a sentence.
pub(super) fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_read_strictly() {
        let fields =
            Fields::parse(b"a=1&b=x+y%26z&c=&d=1&d=2&attribute[7]=q&attribute[8][]=r&attribute[8][]=s")
                .unwrap();
        assert_eq!(fields.one("a").unwrap(), Some("1"));
        assert_eq!(fields.one("b").unwrap(), Some("x y&z"));
        assert_eq!(fields.one("c").unwrap(), None);
        assert_eq!(fields.one("e").unwrap(), None);
        assert!(fields.one("d").is_err());
        let attributes: Vec<_> = fields.attributes().collect();
        assert_eq!(attributes, [("7", "q"), ("8", "r"), ("8", "s")]);
        for broken in [&b"a=%ff"[..], b"a=%4", b"%zz=1", b"a=\xc3"] {
            assert!(Fields::parse(broken).is_err(), "{broken:?}");
        }
    }

    #[test]
    fn moments_need_a_zone() {
        let check = |text: &str, good: bool| assert_eq!(moment("at", text).is_ok(), good, "{text}");
        check("2026-01-27T15:00:00Z", true);
        check("2026-01-27T15:00:00-06:00", true);
        check("2026-01-27T15:00:00 06:00", true);
        check("2026-01-27T15:00:00", false);
        check("2026-01-27", false);
        check("2026-13-27T15:00:00Z", false);
        check("yesterday", false);
        check("0000-01-01T00:00:00Z", false);
    }
}
