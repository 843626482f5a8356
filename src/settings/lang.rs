//! The languages OnIt answers in, and texts that exist in each of them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// A language OnIt writes in. Named by its two-letter code everywhere (`en`, `es`, `pt`, `ht`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Spanish.
    Es,
    /// Portuguese.
    Pt,
    /// Haitian Creole.
    Ht,
}

impl Lang {
    /// All languages, in the order pages list them.
    pub const ALL: [Self; 4] = [Self::En, Self::Es, Self::Pt, Self::Ht];

    /// The two-letter code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
            Self::Pt => "pt",
            Self::Ht => "ht",
        }
    }

    /// What its speakers call the language.
    #[must_use]
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Es => "Español",
            Self::Pt => "Português",
            Self::Ht => "Kreyòl ayisyen",
        }
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Lang {
    type Err = Error;

    /// Reads a code, also with a region behind it (`es-PR`, `pt_BR`); other languages are `Invalid`.
    fn from_str(code: &str) -> Result<Self, Error> {
        let main = code.split(['-', '_']).next().unwrap_or("");
        Self::ALL.into_iter().find(|l| l.as_str().eq_ignore_ascii_case(main)).ok_or_else(|| {
            Error::Invalid(format!("`{code}` is not a language OnIt writes; use en, es, pt or ht"))
        })
    }
}

/// One thing said in every language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByLang<T> {
    /// English.
    pub en: T,
    /// Spanish.
    pub es: T,
    /// Portuguese.
    pub pt: T,
    /// Haitian Creole.
    pub ht: T,
}

impl<T> ByLang<T> {
    /// The one for this language.
    pub const fn get(&self, lang: Lang) -> &T {
        match lang {
            Lang::En => &self.en,
            Lang::Es => &self.es,
            Lang::Pt => &self.pt,
            Lang::Ht => &self.ht,
        }
    }

    /// Asks `make` for each language in turn.
    pub fn from_fn(mut make: impl FnMut(Lang) -> T) -> Self {
        Self { en: make(Lang::En), es: make(Lang::Es), pt: make(Lang::Pt), ht: make(Lang::Ht) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_with_and_without_region() {
        let check =
            |code: &str, expect: Option<Lang>| assert_eq!(code.parse::<Lang>().ok(), expect, "{code}");
        check("en", Some(Lang::En));
        check("ES-pr", Some(Lang::Es));
        check("pt_BR", Some(Lang::Pt));
        check("ht", Some(Lang::Ht));
        check("fr", None);
        check("", None);
        check("e", None);
    }
}
