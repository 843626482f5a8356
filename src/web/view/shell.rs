//! What surrounds every page: head, header, the staff bar, notices and the footer.

use super::Link;
use serde::Serialize;

/// The frame of every page. Built once a request; each page struct carries it as `shell`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Shell {
    /// Page title without the city: "Street light out, 26-004217". Pages with field errors get "Error: " in front by the template.
    pub title: String,
    /// One sentence for search engines and link previews; empty = none.
    pub description: String,
    /// "Riverton".
    pub city: String,
    /// The name the city replies under: "City of Riverton".
    pub account: String,
    /// Language of the page: "en".
    pub lang: String,
    /// "ltr" or "rtl".
    pub dir: String,
    /// Address of the site without a slash at the end; used in print and link previews.
    pub base_url: String,
    /// "911".
    pub emergency_number: String,
    /// "311".
    pub non_emergency: String,
    /// Map attribution: "City of Riverton".
    pub attribution: String,
    /// The token every form of this page sends back as `csrf`.
    pub csrf: String,
    /// Path of this page, sent back as `back` by the bar's own forms: "/staff?group=look".
    pub path: String,
    /// Current tab: "home" "report" "find" "board" "review" "set_aside" "mayor"; empty = none.
    pub nav: String,
    /// The page in other languages; empty = the line is not shown.
    pub languages: Vec<Link>,
    /// Only in the demo.
    pub demo: Option<DemoBar>,
    /// Who is signed in; `None` for residents.
    pub person: Option<Person>,
    /// The bar of the staff pages; `None` on resident pages.
    pub staff: Option<StaffBar>,
    /// What just happened or what is wrong with the whole site, most important first.
    pub notices: Vec<Notice>,
    /// Time of rendering in the city's zone, for print and for doubt: "Mon Nov 23, 10:20 am".
    pub rendered: String,
}

/// The line on top of every demo page.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DemoBar {
    /// Where else a newcomer can look: town square, staff board, mayor's office.
    pub links: Vec<Link>,
}

/// The signed-in person.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Person {
    /// "Dana Ruiz".
    pub name: String,
    /// Role in a word: "dispatcher", "approver".
    pub role: String,
}

/// The dark bar of the staff pages. Its forms: POST `/staff/sending/stop` and `/staff/sending/start`
/// with `csrf` and `back` (a path of this site), stop also with `keep_emergency` (on); POST `/sign-out` with `csrf`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct StaffBar {
    /// False while the kill switch holds.
    pub sending_on: bool,
    /// Who stopped it and when: "Stopped by Lee Park, 10:02 am. 3 replies wait." Empty while sending is on.
    pub stopped_words: String,
    /// This person may press stop and start; else the bar only tells.
    pub may_stop: bool,
    /// Things to do on the board, formatted; empty = no badge.
    pub board_count: String,
    /// Posts in review; empty = no badge.
    pub review_count: String,
    /// Replies that wait for approval; empty = no badge.
    pub mayor_count: String,
    /// This person may open the mayor's page.
    pub may_approve: bool,
    /// Alarms on duty pages nobody has taken: "Smell of gas, paged 10:14 am. Nobody has it yet."
    pub alarm: Option<Link>,
}

/// One box under the header.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Notice {
    /// "done" (round tick), "stop" (red), "wait" (clock, stale pages), "info".
    pub tone: String,
    /// Bold first sentence: "Assigned to Street Lighting."
    pub title: String,
    /// The rest; may be empty.
    pub text: String,
    /// A next step.
    pub link: Option<Link>,
}
