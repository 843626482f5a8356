//! What the city says in public: drafted in final words, checked, released, sent once, and what it promises.
//!
//! Nothing here talks to a network: rows are written in the caller's transaction and the worker sends them.

pub mod guard;
mod keys;
pub mod lint;
pub mod outbox;
mod promises;
mod questions;
mod store;
mod switches;
mod unsent;
pub mod wording;

use chrono::{DateTime, Duration, Utc};
pub use outbox::{Kind, State};
pub use promises::store::{Promise, promise_of};
pub use questions::store::{
    NewQuestion, Question, insert_question, question_of, question_to, questions_asked_before, shift_question,
};
pub use store::{Finish, Reply, in_states, of_post, of_ticket, reply, standing_as};
pub use switches::store::{set_switch, switch};
pub use unsent::{read_once_more, void_for_person, void_for_post, void_for_ticket};

use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::intake::Account;
use crate::intake::manners::Manners;
use crate::intake::{Person, Post, PublicText};
use crate::tickets::{self, Ticket};

/// How long a worker may hold a reply before it counts as dead, in seconds.
pub const LEASE_S: i64 = 30;
/// The longest a request to a network may take, in seconds; only after it can a lost answer be looked for.
pub const REQUEST_S: i64 = 15;
/// Pause between the two looks for a lost answer, in seconds.
pub const LOOK_AGAIN_S: i64 = 10;

/// Said of a reply whose post was changed by its author before it went.
pub const EDITED_SINCE: &str = "the post was edited after this was written: read it once more";
/// Said of a public reply whose post is private by now.
pub const PRIVATE_NOW: &str = "the post is private now: a person answers, in private";

/// One reply to be written down.
#[derive(Debug)]
pub struct Draft<'a> {
    /// The event this author hears of once, together with ticket and person the unique key.
    pub kind: Kind,
    /// Tells two events of one kind apart ("the second fix").
    pub event: &'a str,
    /// The ticket it is about.
    pub ticket: Option<&'a Ticket>,
    /// The post it answers.
    pub post: &'a Post,
    /// Its author.
    pub person: &'a Person,
    /// The account that answers.
    pub account: &'a Account,
    /// Final words.
    pub text: &'a PublicText,
    /// Language of the words.
    pub language: &'a str,
    /// `Ok`: goes by itself. `Err`: waits for a person, and why.
    pub release: std::result::Result<(), &'a str>,
    /// Who wrote it: "OnIt" or a sign-in name.
    pub drafted_by: &'a str,
    /// Not before this moment (undo window, quiet hours).
    pub not_before: DateTime<Utc>,
}

/// Writes a reply down; `None` when this author has heard of this event, or of nothing new.
///
/// # Errors
/// `Database` only.
pub fn draft(conn: &mut DbConnection, draft: &Draft<'_>, now: DateTime<Utc>) -> Result<Option<Reply>> {
    let about = draft.ticket.map_or_else(|| format!("post-{}", draft.post.id), |t| t.number.clone());
    // "On it" and "we know, on it" are one event: this author heard that we have it.
    let event = if draft.kind == Kind::Joined { Kind::OnIt } else { draft.kind };
    let event_key = format!("{event}/{about}/{}/{}", draft.person.id, draft.event);
    if draft.post.deleted_at.is_some() || draft.person.bot && !draft.kind.is_by_hand() {
        return Ok(None);
    }
    let (mut state, mut why) = match draft.release {
        Ok(()) => (State::Queued, ""),
        Err(why) => (State::Waiting, why),
    };
    if state == State::Queued && store::said_before(conn, draft)? {
        (state, why) = (State::Waiting, "the same words stand in this thread already");
    }
    let first_word = matches!(draft.kind, Kind::OnIt | Kind::Joined | Kind::Ask);
    if state == State::Queued && first_word && store::answered_outside(conn, draft.post)? {
        (state, why) = (State::Waiting, "somebody answered this post outside OnIt");
    }
    let visibility = Manners::answer_visibility(draft.post.seen_by());
    store::insert(
        conn,
        &store::NewReply {
            event_key: &event_key,
            kind: draft.kind,
            ticket_id: draft.ticket.map(|t| t.id),
            post_id: draft.post.id,
            person_id: draft.person.id,
            account_id: draft.account.id,
            channel: &draft.post.channel,
            to_local_id: &draft.post.local_id,
            to_uri: &draft.post.uri,
            text: draft.text,
            visibility: visibility.as_str(),
            spoiler: draft.post.spoiler.as_deref(),
            language: draft.language,
            state,
            why,
            automatic: draft.drafted_by == "OnIt",
            drafted_by: draft.drafted_by,
            idempotency_key: &keys::new(&draft.account.kind, now),
            run_at: Ts(draft.not_before),
            now: Ts(now),
        },
    )
}

/// What an account can do, with its own server's limit.
#[must_use]
pub fn manners_of(account: &Account) -> Manners {
    let longest = usize::try_from(account.max_chars).unwrap_or(500);
    let link = usize::try_from(account.url_chars).unwrap_or(23);
    match account.kind.as_str() {
        "mastodon" => Manners::mastodon(longest, link),
        "bluesky" => Manners::bluesky(),
        "web_form" => Manners::web_form(),
        _ => Manners::replay(),
    }
}

/// Where a post stands in what we know: the ticket its thread is about, the question it may answer.
#[derive(Debug)]
pub struct Thread {
    /// The ticket.
    pub ticket: Ticket,
    /// An open question about it.
    pub question: Option<Question>,
    /// The post's author wrote about this ticket before.
    pub own: bool,
    /// The post answers one of our replies directly.
    pub answers_us: bool,
}

/// Finds the ticket a reply in a thread belongs to: it answers one of our replies, or a post we know.
///
/// # Errors
/// `Database` only.
pub fn thread_of(conn: &mut DbConnection, post: &Post) -> Result<Option<Thread>> {
    let Some(parent) = post.in_reply_to.as_deref() else { return Ok(None) };
    let ours = store::delivered_as(conn, post.account_id, parent)?;
    let answers_us = ours.is_some();
    let ticket_id = match ours {
        Some(reply) => reply.ticket_id,
        None => match crate::intake::post_seen_by(conn, post.account_id, parent)? {
            Some(known) => tickets::joins_of_post(conn, known.id)?.first().map(|j| j.ticket_id),
            None => None,
        },
    };
    let Some(ticket_id) = ticket_id else { return Ok(None) };
    let named = tickets::by_id(conn, ticket_id)?;
    // What is said in the thread of a merged ticket is said about the one that lives.
    let ticket = tickets::survivor(conn, named)?;
    let question = match question_of(conn, ticket.id)? {
        // A late answer is an answer as long as nobody knows the place.
        None if waits_for_place(&ticket) => questions::store::unanswered(conn, ticket.id)?,
        open => open,
    };
    let own = tickets::joins_with_merged(conn, ticket.id)?.iter().any(|j| j.person_id == post.person_id);
    Ok(Some(Thread { ticket, question, own, answers_us }))
}

/// Nobody knows where it is, and an answer still helps: also after it was closed for that reason.
fn waits_for_place(ticket: &Ticket) -> bool {
    let closed_for_it = ticket.close_reason.as_deref() == Some(tickets::CloseReason::NoPlace.as_str());
    ticket.place_key.is_empty() && (ticket.status.is_live() || closed_for_it)
}

/// Whether this author got the fixed text for danger to life since `since`.
///
/// # Errors
/// `Database` only.
pub fn warned_since(conn: &mut DbConnection, person_id: i64, since: DateTime<Utc>) -> Result<bool> {
    store::warned_since(conn, person_id, Ts(since))
}

/// "On it" makes a promise: who, what, by when.
///
/// # Errors
/// `Database` only.
pub fn promise(conn: &mut DbConnection, ticket: &Ticket, what: &str, now: DateTime<Utc>) -> Result<()> {
    match ticket.due_at {
        Some(due_at) => store::insert_promise(conn, ticket.id, &ticket.department, what, due_at, Ts(now)),
        None => Ok(()),
    }
}

/// Ends the open promises of a ticket: `kept`, `dropped` (closed for a reason).
///
/// # Errors
/// `Database` only.
pub fn end_promises(conn: &mut DbConnection, ticket: &Ticket, state: &str, now: DateTime<Utc>) -> Result<()> {
    store::end_promises(conn, ticket.id, state, Ts(now))
}

/// The promises of a ticket that stands for itself again run on, with their own dates.
///
/// # Errors
/// `Database` only.
pub fn resume_promises(conn: &mut DbConnection, ticket: &Ticket) -> Result<()> {
    store::resume_promises(conn, ticket.id)
}

/// Takes the next reply an account may send; the caller commits before it opens a socket.
///
/// # Errors
/// `Database` only.
pub fn claim(conn: &mut DbConnection, account_id: i64, now: DateTime<Utc>) -> Result<Option<Reply>> {
    let stopped = is_stopped(conn)?;
    if stopped && !emergency_text_goes(conn)? {
        return Ok(None);
    }
    store::claim(conn, account_id, stopped, Ts(now), Duration::seconds(LEASE_S))
}

/// True while the kill switch is on. Asked in the claim and on the line before the socket.
///
/// # Errors
/// `Database` only: who cannot ask must not send.
pub fn is_stopped(conn: &mut DbConnection) -> Result<bool> {
    Ok(store::switch(conn, "sending")?.is_some_and(|(value, _, _)| value == "stopped"))
}

/// True when people chose to let the fixed text for danger to life go even while all sending is stopped.
fn emergency_text_goes(conn: &mut DbConnection) -> Result<bool> {
    Ok(switch(conn, "sending_emergency")?.is_some_and(|(value, _, _)| value == "on"))
}

/// Stops or starts every reply on every channel; survives a restart.
///
/// # Errors
/// `Database` only.
pub fn set_sending(conn: &mut DbConnection, on: bool, by: &str, now: DateTime<Utc>) -> Result<()> {
    store::set_switch(conn, "sending", if on { "on" } else { "stopped" }, by, Ts(now))
}

/// The line before the socket: the switch is off and this worker still holds the reply.
///
/// # Errors
/// `Refused` when it must not be sent by this worker now.
pub fn may_write(conn: &mut DbConnection, reply: &Reply, now: DateTime<Utc>) -> Result<()> {
    let let_through = reply.kind == Kind::Emergency.as_str() && emergency_text_goes(conn)?;
    if is_stopped(conn)? && !let_through {
        return Err(Error::Refused("all sending is stopped".into()));
    }
    let row = store::reply(conn, reply.id)?;
    if row.state != State::Sending || row.lease != reply.lease || row.leased_until <= Ts(now) {
        return Err(Error::Refused("another worker has this reply now".into()));
    }
    Ok(())
}

/// Moves a reply on, if it is still where the caller read it.
///
/// # Errors
/// `Conflict` when it is not.
pub fn shift(
    conn: &mut DbConnection,
    reply: &Reply,
    to: State,
    finish: &Finish,
    now: DateTime<Utc>,
) -> Result<Reply> {
    store::shift(conn, reply, to, finish, Ts(now))
}

/// Replies whose worker died while sending become unknown; the first look waits out the longest request.
///
/// # Errors
/// `Database` only.
pub fn give_up_abandoned(conn: &mut DbConnection, now: DateTime<Utc>) -> Result<usize> {
    let mut moved = 0;
    for reply in store::abandoned(conn, Ts(now))? {
        let last = reply.last_attempt_at.unwrap_or(Ts(now));
        let finish = Finish {
            why: "the worker stopped while sending: checking whether it arrived".into(),
            run_at: Some(last + Duration::seconds(REQUEST_S)),
            looked: Some(0),
            ..Finish::default()
        };
        if store::shift(conn, &reply, State::Unknown, &finish, Ts(now)).is_ok() {
            moved += 1;
        }
    }
    Ok(moved)
}

/// Unknown replies of an account whose next look is due.
///
/// # Errors
/// `Database` only.
pub fn to_look_for(conn: &mut DbConnection, account_id: i64, now: DateTime<Utc>) -> Result<Vec<Reply>> {
    store::to_look_for(conn, account_id, Ts(now))
}

/// Looked and not found: after the second look it is surely not there and goes again with the same key.
///
/// # Errors
/// `Conflict` when somebody else resolved it.
pub fn not_found_there(conn: &mut DbConnection, reply: &Reply, now: DateTime<Utc>) -> Result<()> {
    if reply.looked == 0 {
        let next = Ts(now + Duration::seconds(LOOK_AGAIN_S));
        return store::looked_again(conn, reply, 1, next, Ts(now));
    }
    let finish =
        Finish { why: "looked twice, it did not arrive".into(), run_at: Some(Ts(now)), ..Finish::default() };
    shift(conn, reply, State::Queued, &finish, now).map(|_| ())
}

/// The network could not be read: look again later, still unknown.
///
/// # Errors
/// `Database` only.
pub fn look_later(conn: &mut DbConnection, reply: &Reply, wait_s: i64, now: DateTime<Utc>) -> Result<()> {
    store::looked_again(conn, reply, reply.looked, Ts(now + Duration::seconds(wait_s)), Ts(now))
}

/// The post that our reply with this name on the network answers.
///
/// # Errors
/// `Database` only.
pub fn answered_by(conn: &mut DbConnection, account_id: i64, name: &str) -> Result<Option<i64>> {
    Ok(store::delivered_as(conn, Some(account_id), name)?.map(|reply| reply.post_id))
}
