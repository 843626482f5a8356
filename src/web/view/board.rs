//! The staff board: the queue in three groups, and the ticket that is open beside it.

use super::pane::Pane;
use super::{Empty, FilterChip, Pager, Piece, Shell};
use serde::Serialize;

/// `staff/board`, GET `/staff`: the queue with the first ticket open beside it (phones show the queue only).
/// Filters live in the address: `q`, `group`, `mine`, `late`, `ward`, `department`, `page`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Board {
    /// The frame.
    pub shell: Shell,
    /// The list.
    pub queue: Queue,
    /// The ticket of the first row (or `?open=`); `None` when nothing waits or the first row is a post in review.
    pub pane: Option<Pane>,
}

/// `staff/ticket`, GET `/staff/tickets/{number}`: the same two halves (phones show the ticket only).
#[derive(Clone, Debug, Default, Serialize)]
pub struct StaffTicket {
    /// The frame.
    pub shell: Shell,
    /// The list around this ticket; no groups = not shown.
    pub queue: Queue,
    /// The ticket.
    pub pane: Pane,
}

/// The list on the start side.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Queue {
    /// Words looked for.
    pub q: String,
    /// To do, Mine, Late, wards, departments.
    pub filters: Vec<FilterChip>,
    /// Always in this order: danger, look, ready; empty groups left out.
    pub groups: Vec<Group>,
    /// "Nothing waits" with "Last look 10:18 am."
    pub empty: Option<Empty>,
    /// Pages.
    pub pager: Option<Pager>,
}

/// One group of the queue.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Group {
    /// "danger", "look" or "ready".
    pub key: String,
    /// "Danger to life", "Needs a look", "Ready".
    pub title: String,
    /// "3".
    pub count: String,
    /// "Unsure what, where or both"; for danger the paging: "Paged 10:14 am, Ruiz answered".
    pub reason: String,
    /// Its rows.
    pub rows: Vec<QueueRow>,
}

/// A ticket or a post in review.
#[derive(Clone, Debug, Default, Serialize)]
pub struct QueueRow {
    /// "/staff/tickets/26-004301" or "/staff/review/{post}".
    pub href: String,
    /// Service, or the doubt: "Signal or street light?"
    pub title: String,
    /// ".96"; empty = not a guess.
    pub sure: String,
    /// The post's own words, cut and marked; private data hidden.
    pub pieces: Vec<Piece>,
    /// Language of the words when not the page's: "es"; empty = the page's.
    pub lang: String,
    /// "Mastodon", "Corner ± 12 m", "3 people", "26-004301".
    pub meta: Vec<String>,
    /// The clock.
    pub clock: Clock,
    /// Who has it, or "to answer".
    pub whose: String,
    /// Amber flag.
    pub urgent: bool,
    /// Open beside the list now.
    pub selected: bool,
    /// Buttons that settle a doubt; at most 3. Each posts `csrf` and its own field.
    pub answers: Vec<Answer>,
}

/// Time left.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Clock {
    /// "12 min", "Due Wed", "25 min late"; empty = no clock.
    pub words: String,
    /// "" calm, "soon" under a third left, "late", "danger".
    pub tone: String,
    /// Time used up, 0 to 100.
    pub used_pct: u8,
}

/// A button that posts one answer.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Answer {
    /// Key on the keyboard: "1".
    pub key: String,
    /// "Traffic signal .46".
    pub label: String,
    /// Where it posts: "/staff/review/{post}/open".
    pub action: String,
    /// Field name: "service", "place", "reason".
    pub name: String,
    /// Field value.
    pub value: String,
}
