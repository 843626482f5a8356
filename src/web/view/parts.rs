//! Small pieces that several pages show.

use serde::Serialize;

/// Markup of a map as `places::map_svg` wrote it; the only field of any view that is not escaped.
///
/// Pages crop it around its middle and never scale it, so draw it as large as its widest box, in pixels:
/// home and search 1000 x 800, ticket 700 x 260, report 700 x 320, staff pane 1600 x 240, mayor 960 x 220.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Svg(String);

impl Svg {
    /// Takes the drawing of our own map drawer, never anything from outside.
    #[must_use]
    pub fn from_map(drawing: String) -> Self {
        Self(drawing)
    }
}

/// A link with its words.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Link {
    /// Address, relative to the site or absolute.
    pub href: String,
    /// Words of the link.
    pub label: String,
}

/// A ticket's state as shape, color and word.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Chip {
    /// Status as the status machine writes it: received open assigned in_progress fixed waiting reopened closed.
    pub state: String,
    /// The word for everyone: "On it", "Crew booked", "Waiting for the resident until Tue Nov 24".
    pub word: String,
}

/// A moment for people and machines.
#[derive(Clone, Debug, Default, Serialize)]
pub struct When {
    /// "Thu Nov 19, 6:52 pm".
    pub words: String,
    /// RFC 3339.
    pub iso: String,
}

/// A pill of a filter row; the state lives in the address.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FilterChip {
    /// "Street lights".
    pub label: String,
    /// "31"; empty = no number.
    pub count: String,
    /// Where it leads; for the current one of a removable filter, the address without it.
    pub href: String,
    /// This filter is on.
    pub current: bool,
    /// Shows an x: pressing takes the filter away.
    pub removable: bool,
}

/// One thing to pick from a list or as a button.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What people read.
    pub label: String,
    /// Picked at the moment.
    pub chosen: bool,
}

/// What is not there, what happened last, what to do.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Empty {
    /// "No open requests on Elm St".
    pub title: String,
    /// "The last one was fixed on Nov 12."
    pub text: String,
    /// The next action.
    pub link: Option<Link>,
}

/// A field as typed, with its message when it was wrong.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Field {
    /// What was typed; stays.
    pub value: String,
    /// The fix in one sentence; empty = fine.
    pub error: String,
}

/// A line of the summary on top of a form; links to the field.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FieldError {
    /// Id of the field, the same as its name: "where".
    pub field: String,
    /// The same sentence as at the field.
    pub message: String,
}

/// Steps through a long list.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Pager {
    /// "1 to 50 of 213".
    pub words: String,
    /// Address of the page before; `None` on the first.
    pub previous: Option<String>,
    /// Address of the page after; `None` on the last.
    pub next: Option<String>,
}

/// A photo with its words.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Photo {
    /// "/media/{id}.jpg".
    pub src: String,
    /// What it shows, for those who cannot see it.
    pub alt: String,
    /// "Before", "After", "Photo".
    pub label: String,
    /// "Nov 20, 7:44 pm".
    pub when: String,
    /// Pixels, so that nothing moves while it loads.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}
