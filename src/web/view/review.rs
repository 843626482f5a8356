//! Posts that wait for a person, and posts that were set aside.

use super::board::Queue;
use super::pane::{Guess, NearTicket, StaffPost};
use super::{Choice, Empty, FieldError, FilterChip, Pager, Piece, Shell, Svg, When};
use serde::Serialize;

/// `staff/review`, GET `/staff/review/{post}`: one concern without a ticket, three ways out.
///
/// Forms, all with `csrf`: POST `/staff/review/{post}/open` (`service` code by radio or, when empty, `other_service`; `place` key by radio
/// or, when empty, `where` typed; button `join={number}` joins instead),
/// POST `/staff/review/{post}/set-aside` (`reason`, `words`), POST `/staff/review/{post}/ask`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Review {
    /// The frame.
    pub shell: Shell,
    /// The list around it; no groups = not shown.
    pub queue: Queue,
    /// Id of the post, for the forms.
    pub post_id: String,
    /// The doubt as the page's heading: "Signal or street light?"
    pub heading: String,
    /// Why it waits: "Not sure what: traffic signal .46, street light .41."
    pub why: String,
    /// "12 min to answer"; empty = no clock.
    pub clock: String,
    /// The post.
    pub post: StaffPost,
    /// What we read of its kind: "Probably a report (.71)".
    pub kind: String,
    /// Services we think of, best first, at most 3.
    pub guesses: Vec<Guess>,
    /// All services.
    pub services: Vec<Choice>,
    /// Places that fit; the best one chosen.
    pub places: Vec<Choice>,
    /// What was typed into `where`.
    pub where_typed: String,
    /// "Another one" is picked: the service stands in the list, not among the guesses.
    pub other_service: bool,
    /// "Another place" is picked.
    pub other_place: bool,
    /// What was typed into `words`.
    pub words_typed: String,
    /// Map of the places.
    pub map: Option<Svg>,
    /// Open tickets it may belong to.
    pub near: Vec<NearTicket>,
    /// The question that would be asked in the thread; empty = cannot ask (asked twice, or the channel cannot).
    pub ask_text: String,
    /// "Mastodon, to @tomas".
    pub ask_to: String,
    /// Why not: "Asked twice already."; may be empty.
    pub ask_why_not: String,
    /// Reasons for setting aside.
    pub reasons: Vec<Choice>,
    /// What was wrong with the form just sent.
    pub errors: Vec<FieldError>,
}

/// `staff/set_aside`, GET `/staff/set-aside`: nothing is thrown away without a reason anyone here can read.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SetAside {
    /// The frame.
    pub shell: Shell,
    /// "412 posts set aside in the last 30 days".
    pub heading: String,
    /// Pills by reason.
    pub filters: Vec<FilterChip>,
    /// Newest first.
    pub rows: Vec<SetAsideRow>,
    /// Shown when there are none.
    pub empty: Option<Empty>,
    /// Pages.
    pub pager: Option<Pager>,
}

/// A post set aside.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SetAsideRow {
    /// "/staff/review/{post}": look again.
    pub href: String,
    /// "Luz P.".
    pub who: String,
    /// "Mastodon".
    pub network: String,
    /// When it was written.
    pub when: When,
    /// Its words, private data hidden.
    pub pieces: Vec<Piece>,
    /// Language when not the page's; empty = the page's.
    pub lang: String,
    /// "Not a report: thanks (.98)".
    pub reason: String,
    /// "The machine, rules 3" or "Lee Park".
    pub by: String,
}
