//! Public pages but for the ticket and the form: home, search, follow, messages.

use super::ticket::Said;
use super::{Chip, Empty, FilterChip, Link, Pager, Shell, Svg};
use serde::Serialize;

/// `resident/home`, GET `/`. Search form: GET `/search` with `q`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Home {
    /// The frame.
    pub shell: Shell,
    /// Up to four numbers that can be argued with; empty = a new city, the band is not shown.
    pub figures: Vec<Figure>,
    /// What was counted, over how long, how old: "Last 30 days, counted 3 minutes ago."
    pub figures_note: String,
    /// Pills over the list: Open, Fixed this week, services.
    pub filters: Vec<FilterChip>,
    /// Open and lately fixed tickets, at most 8, the first one selected on the map.
    pub rows: Vec<TicketRow>,
    /// Shown instead of rows when there are none.
    pub empty: Option<Empty>,
    /// "All 361 as a list".
    pub all: Option<Link>,
    /// The same tickets as a map; `None` without a gazetteer.
    pub map: Option<Svg>,
    /// Where people can write to the city; empty = only the form.
    pub channels: Vec<ChannelLine>,
    /// A real thread that went well (a post, "On it", "Fixed"); empty = not shown.
    pub example: Vec<Said>,
    /// Wards with their numbers; empty = not shown.
    pub wards: Vec<WardRow>,
    /// "Last 30 days. Half of all posts were answered within the time shown."
    pub wards_note: String,
}

/// A big number with the sentence that makes it honest.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Figure {
    /// "18", "91", "213".
    pub value: String,
    /// "min", "in 100"; may be empty.
    pub unit: String,
    /// "Promises kept on time: 1,204 of 1,323."
    pub text: String,
    /// "See which".
    pub link: Option<Link>,
}

/// A ticket in a list; the whole row leads to it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TicketRow {
    /// "26-004300".
    pub number: String,
    /// "/t/26-004300".
    pub href: String,
    /// Service name: "Street light out".
    pub title: String,
    /// "Broad St & Kinney St", rounded where homes or people are concerned.
    pub place: String,
    /// State.
    pub chip: Chip,
    /// "Tue Nov 24 to Wed Nov 25", "Fri Nov 20, with photos".
    pub expected: String,
    /// "Reported Thu Nov 19"; empty = not said here.
    pub reported: String,
    /// "3 days late"; empty = on time.
    pub late: String,
    /// "3 people"; empty = one.
    pub people: String,
    /// The one the map centers on.
    pub selected: bool,
}

/// One way to write to the city.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ChannelLine {
    /// "Mastodon".
    pub network: String,
    /// "@city@riverton.example".
    pub address: String,
    /// Address of the account; empty = plain words.
    pub href: String,
}

/// A ward in the table.
#[derive(Clone, Debug, Default, Serialize)]
pub struct WardRow {
    /// "Old Town".
    pub name: String,
    /// Its open tickets.
    pub href: String,
    /// "41".
    pub open: String,
    /// "14 min".
    pub answered_in: String,
    /// "95 %"; "none due" where nothing was promised.
    pub kept: String,
    /// The same, 0 to 100, for the bar.
    pub kept_pct: u8,
}

/// `resident/search`, GET `/search?q=`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Search {
    /// The frame.
    pub shell: Shell,
    /// What was asked, as typed.
    pub q: String,
    /// The outcome: "3 requests match “broad”", "Find a request" without a question.
    pub heading: String,
    /// "Open first, then the ones fixed in the last 30 days."; may be empty.
    pub note: String,
    /// Narrowing pills; may be empty.
    pub filters: Vec<FilterChip>,
    /// Found tickets.
    pub rows: Vec<TicketRow>,
    /// Shown when nothing was found.
    pub empty: Option<Empty>,
    /// Map of the found ones.
    pub map: Option<Svg>,
    /// Pages.
    pub pager: Option<Pager>,
}

/// `resident/map`, GET `/map`. Without `library` the drawing stays and no script is loaded.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LiveMap {
    /// The frame.
    pub shell: Shell,
    /// "214 open or fixed in the last 30 days, newest first."
    pub note: String,
    /// The first of them.
    pub rows: Vec<TicketRow>,
    /// The drawing.
    pub map: Option<Svg>,
    /// Address of the map library; empty when this build has none.
    pub library: String,
    /// Address of its worker.
    pub worker: String,
    /// Address of the city's streets.
    pub city: String,
    /// Where the map begins: "lon,lat".
    pub middle: String,
    /// How far it can be moved: "west,south,east,north".
    pub edges: String,
}

/// `resident/follow`: the answer to POST `/t/{number}/follow` (check your mail), GET `/follow/{token}` (confirm or stop)
/// and its POST (done). The button posts `csrf` and `do` to `action`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Follow {
    /// The frame.
    pub shell: Shell,
    /// The outcome: "Look in your mail", "Follow this request?", "You follow this request", "This link has run out".
    pub heading: String,
    /// What it means: "We sent a link to a…@example.org. Press it within 24 hours."
    pub text: String,
    /// "Street light out, Broad St & Market St".
    pub ticket: Option<Link>,
    /// "26-004217".
    pub number: String,
    /// State of the ticket.
    pub chip: Option<Chip>,
    /// Where the button posts: "/follow/{token}"; empty = no button.
    pub action: String,
    /// Sent as `do`: "confirm" or "stop".
    pub action_value: String,
    /// "Yes, tell me", "Stop telling me".
    pub action_label: String,
    /// "done" "info" "wait" "stop": the mark beside the heading.
    pub tone: String,
}

/// `resident/message`: any page that only says something: 404 with search, 403, 429, 500, refused.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Message {
    /// The frame; `shell.staff` set shows it in the staff frame.
    pub shell: Shell,
    /// HTTP status.
    pub status: u16,
    /// The outcome: "There is no page at this address".
    pub heading: String,
    /// Why, who may, how to ask, when to come back.
    pub text: String,
    /// Show the search box, with `q` filled in (404: the words of the address).
    pub search: bool,
    /// Words in the search box.
    pub q: String,
    /// What else to do.
    pub links: Vec<Link>,
    /// "Lee closed this 20 s ago" and other details, one a line; may be empty.
    pub details: Vec<String>,
}
