//! The shapes of personal data, as regular expressions over the letters of four languages.

use regex::Regex;

use super::hints::Hints;
use crate::error::{Error, Result};

/// Compiled once with the model; run only where a cheap look at the bytes says it can pay.
#[derive(Debug)]
pub(super) struct Patterns {
    pub email: Regex,
    pub names: Vec<Regex>,
    pub link: Regex,
    pub hints: Hints,
}

/// A name begins with a capital: "O'Brien", "José", "de la Cruz".
const NAME: &str = r"\p{Lu}[\p{L}'’-]+(?:\s+(?:de|da|do|dos|la|van|von|al)){0,2}";

impl Patterns {
    pub fn compile() -> Result<Self> {
        let one = |pattern: &str| {
            let plain = latin(pattern);
            Regex::new(&plain)
                .map_err(|e| Error::Invalid(format!("personal-data pattern \"{pattern}\": {e}")))
        };
        let names = names().iter().map(|p| one(p)).collect::<Result<Vec<Regex>>>()?;
        Ok(Self {
            email: one(r"[\p{L}\p{N}._%+'’-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}")?,
            names,
            link: one(r"(?i)(?:https?://|www\.)\S+")?,
            hints: Hints::new(),
        })
    }
}

/// Letters, digits and spaces of the four languages only: the classes of all of Unicode would take most of the
/// time the program needs to start.
fn latin(pattern: &str) -> String {
    pattern
        .replace(r"\p{Lu}", "[A-ZÀ-ÖØ-Þ]")
        .replace(r"\p{L}", "[A-Za-zÀ-ÖØ-öø-ÿ]")
        .replace(r"\p{N}", "[0-9]")
        .replace(r"\d", "[0-9]")
        .replace(r"\s", "[ \t\r\n\u{a0}]")
        .replace(r"\S", "[^ \t\r\n]")
        .replace(r"\w", "[0-9A-Za-z]")
}

/// Patterns for names.
fn names() -> [String; 2] {
    let intro = r"(?i:\bmy name is|\bmy name's|\bname is|\bme llamo|\bmi nombre es|\bmeu nome é|\bmeu nome e|\bme chamo|\bmwen rele|\bnon mwen se|\bm rele)";
    let i_am = r"(?:\b[Tt]his is|\bI am|\bI'm|\bI’m|\b[Ss]oy|\b[Ss]ou|\b[Aa]qui é)";
    [format!(r"{intro}\s+{NAME}(?:\s+{NAME}){{0,3}}"), format!(r"{i_am}\s+{NAME}\s+{NAME}(?:\s+{NAME})?")]
}
