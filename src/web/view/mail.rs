//! What mails are rendered from: `mail/{name}/{subject.txt,body.txt,body.html}`, by `Pages::mail`.
//!
//! Addresses in here are absolute. Lines of text parts are not wrapped.

use serde::Serialize;

/// `mail/follow_confirm`: please press the link, so that nobody is signed up by somebody else.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FollowConfirm {
    /// "City of Riverton".
    pub account: String,
    /// "Street light out".
    pub title: String,
    /// "Broad St & Market St".
    pub place: String,
    /// "26-004217".
    pub number: String,
    /// Address to press, with its token.
    pub link: String,
    /// "24 hours".
    pub valid_for: String,
    /// "311".
    pub non_emergency: String,
}

/// `mail/follow_update`: the ticket moved.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FollowUpdate {
    /// "City of Riverton".
    pub account: String,
    /// "Street light out".
    pub title: String,
    /// "Broad St & Market St".
    pub place: String,
    /// "26-004217".
    pub number: String,
    /// The state's word: "Fixed".
    pub word: String,
    /// The outcome in a sentence: "Fixed Fri Nov 20, 8:26 pm."
    pub headline: String,
    /// What happens next; may be empty.
    pub next: String,
    /// Public page.
    pub link: String,
    /// The page's own "still broken" place; empty unless fixed.
    pub still_broken_link: String,
    /// Stops these mails, with its token.
    pub stop_link: String,
}

/// `mail/duty_page`: danger to life, somebody must say "I have it".
#[derive(Clone, Debug, Default, Serialize)]
pub struct DutyPage {
    /// "City of Riverton".
    pub account: String,
    /// "Dana Ruiz".
    pub to_name: String,
    /// "Smell of gas".
    pub title: String,
    /// "Ferry Landing, ± 150 m"; "Place not known" when it is not.
    pub place: String,
    /// The post's words, private data hidden.
    pub words: String,
    /// "X, 10:13 am".
    pub from: String,
    /// "26-004310".
    pub number: String,
    /// Staff page with the "I have it" button.
    pub link: String,
    /// "2 minutes".
    pub next_person_in: String,
    /// "911".
    pub emergency_number: String,
    /// What the resident was told: "The 911 text was sent 10:13 am."
    pub told: String,
}

/// `mail/department_work`: a ticket goes to a department.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DepartmentWork {
    /// "City of Riverton".
    pub account: String,
    /// "Street Lighting".
    pub department: String,
    /// "Street light out".
    pub title: String,
    /// "Broad St & Market St, pole 1147".
    pub place: String,
    /// "40.12345, -74.12345".
    pub point: String,
    /// "26-004217".
    pub number: String,
    /// "Wed Nov 25, 5 pm".
    pub due: String,
    /// "3 people wrote about it."
    pub people: String,
    /// The words that matter, private data hidden; may be empty.
    pub words: String,
    /// Why them: "Rule 14: leak in a road".
    pub why: String,
    /// Staff page.
    pub link: String,
    /// Urgent.
    pub urgent: bool,
}
