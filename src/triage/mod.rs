//! Post -> reading: what a post is, what it asks for, how urgent, in which language, and why we think so.
//!
//! [`read`] is pure and deterministic: same model, text and context give the same reading, for any UTF-8.
//! It sees nothing but the text: no author, no follower count, no channel, so none of them can change it.
//! Its edges: *where* a concern is belongs to `places`, *whose job* it is to `routing`; models and the
//! corrections staff make are kept by `store.rs`.

use serde::{Deserialize, Serialize};

use crate::settings::{Lang, Urgency};
use crate::span::Span;

mod calibrate;
pub mod closed;
mod columns;
mod concern;
mod cut;
mod digits;
pub mod eval;
mod features;
mod gates;
mod groups;
mod hints;
mod homes;
mod house;
mod kind;
mod language;
pub mod learn;
mod lexicon;
pub mod lived;
mod mails;
mod manifest;
mod model;
pub mod models;
mod patterns;
mod personal;
mod phrases;
mod pieces;
mod plates;
mod read;
mod regression;
mod seeds;
mod service;
mod store;
mod streets;
pub mod teach;
#[cfg(test)]
mod tests;
mod text;
#[cfg(test)]
mod trials;
mod urgency;
mod weights;
mod why;
pub mod written;

pub use gates::MeasuredGate;
pub use model::{Model, SERVICES, service_index};
pub use personal::hide_personal_data;
pub use read::{linear, read};
pub use store::{keep_reading, reading_of, whys_in};
pub use why::{Field, Why, explain};

/// What is known about a post before its words are read.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The thread of ours the post answers in; `None` for a post that stands alone.
    pub thread: Option<Thread>,
    /// The city's own language, used when the text does not say.
    pub default_language: Lang,
    /// The language tag the network gave ("en", "pt-BR"); trusted for short texts only.
    pub tagged_language: Option<&'a str>,
    /// True when the post answers one of our replies directly.
    pub is_reply_to_us: bool,
}

impl Context<'_> {
    /// A post that stands alone, without a language tag.
    #[must_use]
    pub fn alone(default_language: Lang) -> Self {
        Self { thread: None, default_language, tagged_language: None, is_reply_to_us: false }
    }
}

/// The state of the thread a post answers in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Thread {
    /// We asked where the problem is and still wait.
    pub asked: bool,
    /// The ticket of this thread is fixed.
    pub fixed: bool,
}

/// What we understood of one post. Serialized it is one line of `onit classify` (without the id).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// What the post is.
    pub kind: Kind,
    /// How sure we are of `kind`, 0 to 1.
    pub kind_p: f64,
    /// How likely the post reports something to mend, 0 to 1; low-evidence posts stay in the middle.
    pub report_p: f64,
    /// The three likeliest services of the first concern, best first; filled for every kind.
    pub services: Vec<ServiceGuess>,
    /// The issues named in the post; empty when it reports nothing.
    pub concerns: Vec<Concern>,
    /// The most urgent of the concerns.
    pub urgency: Urgency,
    /// The words that made it urgent.
    pub urgency_evidence: Vec<Span>,
    /// Somebody frail or cut off from what they need to live is named.
    pub welfare: bool,
    /// The language of the post, one of the four we answer in.
    pub language: Lang,
    /// Words that must not be shown in public.
    pub personal_data: Vec<PersonalData>,
    /// Which rules and weights read the post; kept with the row, not part of the printed line.
    #[serde(skip)]
    pub version: String,
}

/// What a post is. The last four (and thanks) need a known thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Something to mend.
    Report,
    /// Wants to know something.
    Question,
    /// Says thank you.
    Thanks,
    /// News, politics, advertising, abuse, small talk.
    Other,
    /// Says where, after we asked.
    Answer,
    /// Asks how far the work is.
    Status,
    /// Says that it is not mended (any more).
    StillBroken,
    /// Says that it is mended.
    Fixed,
}

impl Kind {
    /// The word used in outputs and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Question => "question",
            Self::Thanks => "thanks",
            Self::Other => "other",
            Self::Answer => "answer",
            Self::Status => "status",
            Self::StillBroken => "still_broken",
            Self::Fixed => "fixed",
        }
    }
}

/// One service the post may be about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceGuess {
    /// Code of the catalogue ("street_light").
    pub code: String,
    /// Calibrated probability, 0 to 1.
    pub p: f64,
    /// The words that speak for it, in reading order.
    pub evidence: Vec<Span>,
}

/// One issue named in a post.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Concern {
    /// First character of the words that name it.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// The three likeliest services, best first.
    pub services: Vec<ServiceGuess>,
    /// How urgent this concern is.
    pub urgency: Urgency,
}

/// Words that must not be shown in public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalData {
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// What it is.
    pub kind: PersonalKind,
}

/// The kinds of personal data looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonalKind {
    /// A telephone number.
    Phone,
    /// An e-mail address.
    Email,
    /// A vehicle plate.
    Plate,
    /// A US social security number (or a CPF, the Brazilian one).
    Ssn,
    /// A payment card that passes its check digit.
    Card,
    /// A house or flat tied to a named person.
    Address,
    /// A neighbor pointed at ("my neighbor at 14 Oak St").
    Neighbor,
    /// A person's full name, given as such ("my name is …").
    Name,
}
