//! The public ticket page: the outcome first, then the way there, history last.

use super::{Chip, Field, FieldError, Link, Photo, Piece, Shell, Svg, When};
use serde::Serialize;

/// `resident/ticket`, GET `/t/{number}`.
///
/// Forms, all with `csrf`: POST `/t/{number}/follow` (`email`); POST `/t/{number}/yes-fixed`;
/// POST `/t/{number}/still-broken` (`words`, optional). A ticket opened by an emergency has no page.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Ticket {
    /// The frame.
    pub shell: Shell,
    /// "26-004217".
    pub number: String,
    /// Service name: "Street light out".
    pub title: String,
    /// "Broad St & Market St, pole 1147".
    pub place: String,
    /// "Old Town Ward"; empty = not known.
    pub ward: String,
    /// State.
    pub chip: Chip,
    /// First line of the banner: "Fixed Fri Nov 20, 8:26 pm", "On it: a crew comes today, noon to 4 pm".
    pub headline: String,
    /// Second line: "Two photos show it, and the crew signed it off. Does it work for you?"
    pub headline_text: String,
    /// Fixed lately: the banner offers "Yes, fixed" and "Still broken".
    pub ask_works: bool,
    /// Open: the banner offers "Me too" (leads to the form with this place) and "Follow".
    pub me_too: Option<String>,
    /// Following is possible.
    pub can_follow: bool,
    /// The five stages in order, always five.
    pub stages: Vec<Stage>,
    /// The city's promise.
    pub promise: Option<Promise>,
    /// Proof: before and after.
    pub photos: Vec<Photo>,
    /// Said under the promise when there are no photos of a fixed ticket: "No photo: the crew worked from the truck."
    pub no_photos: String,
    /// What happens next, first first; empty = nothing is planned.
    pub next: Vec<Next>,
    /// What was said in public, oldest first.
    pub said: Vec<Said>,
    /// "37 of 140 told."; empty = all told.
    pub told: String,
    /// Neighborhood with this ticket in the middle.
    pub map: Option<Svg>,
    /// "Corner of Orchard St & Green St, within 12 m. Old Town Ward."
    pub where_words: String,
    /// "3 other requests near here".
    pub near: Option<Link>,
    /// "Street Lighting".
    pub department: String,
    /// "The city owns pole 1147."; empty = not said.
    pub why_them: String,
    /// "Call 311 and say 26-004217. Weekdays 8 am to 5 pm."
    pub ask_a_person: String,
    /// "14 neighbors follow this".
    pub followers: String,
    /// "3 wrote, 11 follow. Each hears every step, once."
    pub followers_text: String,
    /// The address typed and what was wrong with it.
    pub follow_email: Field,
    /// What was typed into "still broken" and why it was not taken; an error shows the form even when it is not offered.
    pub broken: Field,
    /// What was wrong with a form of this page; shown on top.
    pub errors: Vec<FieldError>,
    /// Every step, newest first.
    pub history: Vec<HistoryLine>,
    /// "11 steps, none can be changed later."
    pub history_note: String,
    /// Numbers merged into this one: "26-004301 was about the same thing. It leads here now."; empty = none.
    pub merged: String,
}

/// One of the five stages.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Stage {
    /// received, open, assigned, in_progress or fixed: gives the shape.
    pub state: String,
    /// "Received", "On it", "Crew booked", "Work started" ("Work starts" ahead), "Fixed".
    pub name: String,
    /// Done: "Thu Nov 19, 6:58 pm". Ahead: "Noon to 4 pm", "Next".
    pub when: String,
    /// One plain fact: "Street Lighting took it, 6 min later".
    pub fact: String,
    /// Reached (also the current one).
    pub reached: bool,
    /// The stage the ticket is in now; at most one.
    pub current: bool,
}

/// The exact words of the promise and what became of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Promise {
    /// "On it. Street Lighting will have this light working by Wed Nov 25." (the page puts the quotes)
    pub words: String,
    /// Who, due, kept, work order: two to four pairs.
    pub facts: Vec<Fact>,
}

/// A label and its value.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Fact {
    /// "Due".
    pub label: String,
    /// "Wed Nov 25, 5 pm".
    pub value: String,
    /// "" plain, "good" kept, "soon" little time left, "late".
    pub tone: String,
}

/// A step ahead.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Next {
    /// "An electrician checks the cable under Market St".
    pub title: String,
    /// "So that it does not fail again. Expected Tue Dec 1 to Fri Dec 4."
    pub text: String,
    /// The range as a bar.
    pub range: Option<Range>,
    /// "Dates like this held 87 times out of 100 this year."; empty = not known yet.
    pub held: String,
}

/// A stretch of time on a line that starts now.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Range {
    /// Where the stretch starts, 0 to 100.
    pub start_pct: u8,
    /// How long it is, 0 to 100; start + width at most 100.
    pub width_pct: u8,
    /// "Today".
    pub from: String,
    /// "Tue Dec 1 to Fri Dec 4".
    pub to: String,
}

/// One message of a public thread.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Said {
    /// "Ana M."; in link mode "A neighbor".
    pub who: String,
    /// "AM" for the round mark; empty for the city, which shows the seal.
    pub initials: String,
    /// Official reply of the city.
    pub official: bool,
    /// "on Mastodon", "to 3 people who wrote".
    pub via: String,
    /// When.
    pub when: When,
    /// The words, private data already cut out; empty in link mode.
    pub pieces: Vec<Piece>,
    /// Language of the words when it is not the page's: "es"; empty = the page's.
    pub lang: String,
    /// "Joined to this request. Tomás was answered too."; may be empty.
    pub note: String,
    /// The post on its network; empty = none.
    pub href: String,
    /// Answers the message before it: indented.
    pub indented: bool,
}

/// A line of history.
#[derive(Clone, Debug, Default, Serialize)]
pub struct HistoryLine {
    /// When.
    pub when: When,
    /// "Street Lighting took it."
    pub what: String,
    /// "Dana Ruiz", "the machine, rule 14"; empty on public pages.
    pub who: String,
}
