//! One ticket as staff see it: what we read and why, where, whose, what to do, what is public and what is not.

use super::ticket::{Fact, HistoryLine};
use super::{Chip, Choice, FieldError, Link, Photo, Piece, Svg, When};
use serde::Serialize;

/// The ticket beside the queue.
///
/// Every form posts `csrf` and `seen` (status this page was made from; another one now = Conflict) to `/staff/tickets/{number}/…`:
/// `assign` (`department`, `crew`, `day` as YYYY-MM-DD, both optional), `start`,
/// `wait` (`whom`, `until` as YYYY-MM-DD, `words`), `fix` (multipart: `photo`, `photo_kept`, `no_faces`=on, `proof` photo|work_order|author, `crew`, `words`),
/// `close` (`reason`, `words`), `reopen` (`words`), `service` (`service`), `place` (`place` key by button, or `where` typed),
/// `note` (`text`), `reply` (`text`, `phrase` optional), `lower`, `take-apart` (`join`), `split` (`join`), `move` (`join`, `into`),
/// `merge` (`into`), `unmerge` (`into`: the number that was merged), `same` and `not-same` (`suggestion`).
#[derive(Clone, Debug, Default, Serialize)]
pub struct Pane {
    /// "26-004301".
    pub number: String,
    /// Status as stored; sent back as `seen`.
    pub seen: String,
    /// State.
    pub chip: Chip,
    /// "Water leak, Orchard St & Green St".
    pub title: String,
    /// "Answered in 4 min"; empty = not answered.
    pub answered: String,
    /// Amber flag.
    pub urgent: bool,
    /// "Late by 3 days"; empty = on time.
    pub late: String,
    /// The public page; empty = it has none.
    pub public_href: String,
    /// Why the public cannot see it: "Private message: answered only in private.", "Danger to life: the public page is hidden."
    pub hidden_why: String,
    /// Set while this is danger to life.
    pub danger: Option<Danger>,
    /// What was wrong with a form just sent.
    pub errors: Vec<FieldError>,
    /// Map with the circle of doubt.
    pub map: Option<Svg>,
    /// "± 12 m", shown with the place.
    pub doubt: String,
    /// What we read, best first, at most 3; each is a button of the `service` form.
    pub guesses: Vec<Guess>,
    /// "what the resident chose", "from the underlined words", "set by Lee Park": said after "What".
    pub guesses_from: String,
    /// All services for the list "Something else".
    pub services: Vec<Choice>,
    /// Why the opening post was read as it was; empty = nothing is known of that.
    pub why: Vec<WhyLine>,
    /// Another concern in the same post: "Also named in this post: ice on the sidewalk."; empty = none.
    pub also_named: String,
    /// Where that one went.
    pub also_link: Option<Link>,
    /// Place, goes to, joined, promise: label and value.
    pub facts: Vec<Fact>,
    /// Other places that fit, as buttons of the `place` form.
    pub places: Vec<Choice>,
    /// What was typed into `where`.
    pub where_typed: String,
    /// What was typed into a move that was refused.
    pub typed: Typed,
    /// Which moves the status machine and this person's role allow now.
    pub moves: Moves,
    /// Public reply; `None` = this person may not write one or nobody can be answered (see `no_reply_why`).
    pub composer: Option<Composer>,
    /// "Nobody to answer: the report came by phone."; empty when there is a composer.
    pub no_reply_why: String,
    /// Internal notes, oldest first.
    pub notes: Vec<Note>,
    /// Text of a note that was not saved.
    pub note_draft: String,
    /// Posts of this ticket: the one that opened it and the newest four, oldest first.
    pub posts: Vec<StaffPost>,
    /// "and 120 more"; empty = all shown.
    pub posts_more: String,
    /// Replies not delivered yet first, then the rest.
    pub replies: Vec<OutReply>,
    /// Proof and residents' photos.
    pub photos: Vec<Photo>,
    /// Newest first.
    pub history: Vec<HistoryLine>,
    /// "6 steps, chain checked".
    pub history_note: String,
    /// Open tickets that may be the same; not joined by itself.
    pub near: Vec<NearTicket>,
    /// What may be the same, for a person to say.
    pub perhaps: Vec<Perhaps>,
    /// Tickets merged into this one, each of which can stand for itself again.
    pub merged: Vec<MergedTicket>,
    /// Form `merge` is shown.
    pub may_merge: bool,
    /// Number typed into `merge` that was not taken.
    pub merge_typed: String,
}

/// A suggestion: forms `same` and `not-same` send its id as `suggestion`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Perhaps {
    /// Row id.
    pub id: String,
    /// The other ticket: "26-004294".
    pub number: String,
    /// Its page.
    pub href: String,
    /// State of the other one.
    pub chip: Chip,
    /// "Pothole, Broad St & Market St: 40 m away, same words".
    pub text: String,
    /// One post may belong there, not the whole ticket: "Ana: hole at the corner"; empty = the whole ticket.
    pub post: String,
}

/// A ticket merged into the one shown.
#[derive(Clone, Debug, Default, Serialize)]
pub struct MergedTicket {
    /// "26-004294".
    pub number: String,
    /// "Dana Ruiz merged it 2 hours ago. 3 posts from 2 people, promised by Fri 5 pm."
    pub text: String,
}

/// Paging of an emergency. Form: POST `/staff/pages/{page}/have-it` with `csrf`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Danger {
    /// Id of the page that waits; empty = somebody has it.
    pub page: String,
    /// "Paged Dana Ruiz 10:14 am. Nobody has it yet. Lee Park is next in 90 s." or "Dana Ruiz has it since 10:15 am."
    pub words: String,
    /// This person may lower it to a normal ticket.
    pub may_lower: bool,
}

/// One decision of the reading.
#[derive(Clone, Debug, Default, Serialize)]
pub struct WhyLine {
    /// "Urgency".
    pub what: String,
    /// "Urgent", "Street light out, 96 %".
    pub value: String,
    /// The words that carried it; empty = the whole text, or nothing in it.
    pub words: Vec<WhyWord>,
    /// "rules 0.1.0", "reading-1a2b3c", "map data, version 3", or the rule that chose the department.
    pub by: String,
}

/// Some words of the post, marked as they are in it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct WhyWord {
    /// For the helper `highlight`.
    pub pieces: Vec<Piece>,
}

/// One guess at the service.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Guess {
    /// Service code.
    pub code: String,
    /// "Water leak".
    pub name: String,
    /// "96 %".
    pub sure: String,
    /// 0 to 100.
    pub sure_pct: u8,
    /// The one in force.
    pub chosen: bool,
}

/// What can be done now. A list that is empty or a `false` hides its form.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Moves {
    /// Form `assign`.
    pub assign: bool,
    /// Departments, the one in force chosen.
    pub departments: Vec<Choice>,
    /// Crews of that department; may be empty.
    pub crews: Vec<Choice>,
    /// Form `start`.
    pub start: bool,
    /// Form `wait`; whom to wait for: resident, owner, department, parts.
    pub wait_for: Vec<Choice>,
    /// Form `fix`.
    pub fix: bool,
    /// "Fixed needs a photo, a finished work order, or the word of a neighbor who wrote." as this service demands.
    pub proof_words: String,
    /// Kinds of proof this service takes: photo, work_order, author.
    pub proofs: Vec<Choice>,
    /// Form `close`; reasons.
    pub reasons: Vec<Choice>,
    /// Form `reopen`.
    pub reopen: bool,
    /// Which form stays open after an error: assign wait fix close service; empty = none.
    pub open: String,
    /// Why nothing can be done: "Only dispatchers move requests. Ask Dana Ruiz."; empty = something can.
    pub none_why: String,
}

/// What was typed into a move that was refused; it stands there again. What was picked is `chosen` in its list.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Typed {
    /// Of `assign`.
    pub crew: String,
    /// Of `assign`.
    pub day: String,
    /// Of `wait`.
    pub until: String,
    /// Of `wait`.
    pub wait_words: String,
    /// Of `close`.
    pub close_words: String,
    /// Of `fix`.
    pub fix_crew: String,
    /// Of `fix`.
    pub fix_words: String,
    /// Of `fix`.
    pub no_faces: bool,
    /// Of `fix`: token of a photo that has arrived; sent back as `photo_kept`.
    pub photo_kept: String,
    /// Of `move`: the post it was about.
    pub move_join: String,
    /// Of `move`: the number of the other ticket.
    pub move_into: String,
    /// Words of a form that is not offered any more, to copy them from.
    pub without_form: Vec<String>,
}

/// The public composer.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Composer {
    /// "@CityOfRiverton".
    pub account: String,
    /// "Mastodon, to @tomas".
    pub to: String,
    /// "answers Tomás O. and 2 more, each in their own thread".
    pub reaches: String,
    /// Text to start with or what was typed.
    pub draft: String,
    /// Most characters the channel takes.
    pub limit: u32,
    /// "152 of 500".
    pub count: String,
    /// What was checked and found.
    pub checks: Vec<Check>,
    /// "Mayor Ellis", when words may be signed so; empty = nobody signs for the mayor.
    pub mayor: String,
    /// The mayor's name is chosen.
    pub as_mayor: bool,
    /// How the city speaks, in a sentence.
    pub voice: String,
    /// Ready-made wording to start from: links to this page with the text filled in.
    pub phrases: Vec<Link>,
    /// "Post publicly as @CityOfRiverton", "Ask for approval".
    pub button: String,
    /// "Goes out 30 s after you press. Until then you can undo."
    pub after: String,
    /// Why it will not go out now: "All sending is stopped."; empty = it will.
    pub held_why: String,
}

/// One check of a text.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Check {
    /// "ok" (tick), "warn" (amber), "stop" (red), "person" (needs a second one).
    pub tone: String,
    /// "No private data, no new links".
    pub text: String,
}

/// An internal note.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Note {
    /// "Lee Park".
    pub who: String,
    /// When.
    pub when: When,
    /// The words.
    pub text: String,
}

/// A post as staff see it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct StaffPost {
    /// "Tomás O.".
    pub who: String,
    /// "@tomas@social.example"; empty = none.
    pub handle: String,
    /// "Mastodon".
    pub network: String,
    /// When.
    pub when: When,
    /// The post on its network; empty = none.
    pub href: String,
    /// Words, marked; private data hidden.
    pub pieces: Vec<Piece>,
    /// Language when not the page's; empty = the page's.
    pub lang: String,
    /// "Spanish", "Edited once", "Deleted by its author", "Private message".
    pub marks: Vec<String>,
    /// Photos it brought.
    pub photos: Vec<Photo>,
    /// "Joined: same pole, 3 hours later"; empty = it opened the ticket.
    pub joined_why: String,
    /// Sent as `join` by "Take apart"; empty = cannot be taken apart.
    pub join: String,
    /// Sent as `join` by "A request of its own" and "Move"; empty = it must stay.
    pub leaves: String,
}

/// A reply of the outbox.
#[derive(Clone, Debug, Default, Serialize)]
pub struct OutReply {
    /// The exact words.
    pub text: String,
    /// draft waiting queued sending delivered unknown failed held void.
    pub state: String,
    /// "Needs a second person", "Posted 6:58 pm", "Not sure it arrived, checking".
    pub word: String,
    /// "Mastodon, to @tomas".
    pub to: String,
    /// "Account signed out. Sign in again under Channels."; may be empty.
    pub why: String,
    /// The reply on its network; empty = not there.
    pub href: String,
    /// Where "Undo" posts while the reply can be held back ("/mayor/replies/{id}/take-back"); empty = too late.
    pub undo: String,
}

/// An open ticket nearby.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NearTicket {
    /// "26-004294".
    pub number: String,
    /// "/staff/tickets/26-004294".
    pub href: String,
    /// State.
    pub chip: Chip,
    /// "“ice sheet in front of 31 Orchard”, 60 m away, 50 min earlier".
    pub text: String,
    /// ".54"; may be empty.
    pub sure: String,
}
