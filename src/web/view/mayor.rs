//! The mayor's office: what waits for me, what was said, what is late, are we talking or broadcasting.

use super::chart::Chart;
use super::pane::Check;
use super::{Empty, Field, FieldError, Link, Piece, Shell, Svg, When};
use serde::Serialize;

/// `mayor/office`, GET `/mayor`.
///
/// Forms, all with `csrf`: POST `/mayor/replies/{id}/approve` (`text_hash`, so that what was read is what is posted),
/// `/mayor/replies/{id}/edit` (`text`; saves and approves what is typed), `/mayor/replies/{id}/reject` (`words`), `/mayor/replies/{id}/take-back`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Office {
    /// The frame.
    pub shell: Shell,
    /// The answer first: "3 replies wait for you. 4 promises are late."
    pub headline: String,
    /// "Mon Nov 23, 10:20 am. You are Nia Cole, approver."
    pub as_of: String,
    /// "3".
    pub waiting_count: String,
    /// Cards, oldest first.
    pub waiting: Vec<Approval>,
    /// Shown when nothing waits: "Nothing waits for you" "The last one was approved today at 9:40 am."
    pub empty: Option<Empty>,
    /// "1 more: press question about the bridge".
    pub more: Option<Link>,
    /// Replies posted lately, newest first.
    pub delivered: Vec<Delivered>,
    /// "4 of 213".
    pub late_count: String,
    /// Promises past their day, latest first.
    pub late: Vec<LatePromise>,
    /// "Hot on the map"; `None` = not shown.
    pub hot_map: Option<Svg>,
    /// The same in words: "Mill Rd: trash" with "28 posts, usually 3".
    pub hot: Vec<Hot>,
    /// Charts.
    pub charts: Vec<Chart>,
    /// "Nov 16 to 22. Dashed line: our goal. Bars start at 0."
    pub charts_note: String,
    /// What was wrong with a form just sent.
    pub errors: Vec<FieldError>,
}

/// A reply that needs this person.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Approval {
    /// Id of the outbox row.
    pub id: String,
    /// "Tomás O." or "28 people".
    pub who: String,
    /// "on Bluesky, 25 min ago, 41 people follow".
    pub meta: String,
    /// What they wrote, private data hidden; may be empty.
    pub pieces: Vec<Piece>,
    /// "Public, as @MayorBright on Bluesky, to 1 person".
    pub public_line: String,
    /// The exact words that would be posted.
    pub text: String,
    /// Sent back with approve: hash of `text`.
    pub text_hash: String,
    /// Language of the text when not the page's; empty = the page's.
    pub lang: String,
    /// "Drafted by Dana Ruiz. Speaks as the mayor. New promise: dates by Fri Dec 11."
    pub drafted: String,
    /// What was checked.
    pub checks: Vec<Check>,
    /// The ticket.
    pub ticket: Option<Link>,
    /// Most characters the channel takes.
    pub limit: u32,
    /// Text of an edit that did not pass, with the reason.
    pub edit: Field,
    /// The reason typed into a rejection that did not pass.
    pub reject: Field,
    /// Why "Approve and post" was refused; empty = it was not.
    pub error: String,
    /// Why this person may not approve: "You drafted this. A second person must approve."; empty = may.
    pub may_not_why: String,
}

/// A reply that stands in public. `state` as in `pane::OutReply`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Delivered {
    /// Id of the outbox row.
    pub id: String,
    /// The words.
    pub text: String,
    /// State: delivered, queued (still to be undone), failed, held, void.
    pub state: String,
    /// "Posted 6:58 pm", "Sends in 28 s".
    pub word: String,
    /// "Mastodon, to @tomas".
    pub to: String,
    /// When it was posted or will be.
    pub when: When,
    /// The reply on its network; empty = none.
    pub href: String,
    /// The ticket.
    pub ticket: Option<Link>,
    /// Offer "Take back".
    pub can_take_back: bool,
}

/// A promise past its day.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LatePromise {
    /// "/staff/tickets/26-003871".
    pub href: String,
    /// "Trash, Mill Rd".
    pub title: String,
    /// "Sanitation 26-003871".
    pub meta: String,
    /// "3 days".
    pub late: String,
}

/// A place where it burns.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Hot {
    /// "Mill Rd: trash".
    pub label: String,
    /// "28 posts, usually 3".
    pub value: String,
}
