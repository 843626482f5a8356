//! Two kinds of words that the compiler keeps apart: what may be shown in public, and what may not.
//!
//! A reply is made from [`PublicText`] alone, and nothing turns a [`SealedText`] into one:
//!
//! ```compile_fail
//! let sealed = onit::intake::SealedText::new("call me on 973-555-0142".into());
//! let public: onit::intake::PublicText = sealed.into();
//! ```

use std::fmt;

/// The city's own words: reviewed wording filled with the city's own data, or what a person at the city typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicText(String);

impl PublicText {
    /// Words the city says. Never call it with a resident's text; there is no conversion from sealed words.
    #[must_use]
    pub fn of_the_city(words: String) -> Self {
        Self(words)
    }

    /// The words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Words a resident wrote that may not leave City Hall. `Debug` hides them, so no log can show them.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedText(String);

impl SealedText {
    /// Puts a resident's words under seal.
    #[must_use]
    pub fn new(words: String) -> Self {
        Self(words)
    }

    /// For staff pages behind sign-in, and for the reader of posts.
    #[must_use]
    pub fn for_staff(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SealedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[sealed, {} characters]", self.0.chars().count())
    }
}
