//! What was said and what can be said: the replies of a ticket with their steps, and the public composer.

use chrono::{DateTime, Utc};

use super::super::desk::Desk;
use super::super::typed::Typed;
use super::super::{times, words};
use super::posts::Told;
use crate::accounts::Action;
use crate::db::DbConnection;
use crate::error::Result;
use crate::journey::voice;
use crate::replies::lint::Weight;
use crate::replies::{self, Reply, State};
use crate::tickets::Ticket;
use crate::web::view::pane::{Check, Composer, OutReply};

/// Delivered replies the page shows; the rest stand in the history.
const DELIVERED: usize = 20;

pub(super) struct Speech {
    pub(super) composer: Option<Composer>,
    pub(super) no_reply_why: String,
}

pub(super) fn of(
    desk: &Desk<'_>,
    conn: &mut DbConnection,
    ticket: &Ticket,
    told: &Told,
    typed: &Typed,
) -> Result<Speech> {
    let no = |why: &str| Ok(Speech { composer: None, no_reply_why: why.to_owned() });
    if ticket.hidden {
        return no("Danger to life is answered with the fixed text only.");
    }
    if !desk.may(Action::DraftReply) {
        return no("Your role does not write replies. The mayor’s office does.");
    }
    if ticket.sealed {
        return no("Private messages are not answered from here: this box writes where everyone can read.");
    }
    let listeners = voice::listeners(conn, ticket)?;
    let open: Vec<_> = listeners.iter().filter(|l| !l.post.sealed).collect();
    let Some(first) = open.first() else {
        return no(&format!("Nobody to answer in a thread: the report came {}.", came_by(&told.channel)));
    };
    let manners = replies::manners_of(&first.account);
    let room =
        manners.max_length.saturating_sub(manners.length(&manners.address(&first.person.handle), None));
    let handle = words::short_handle(&first.account.handle);
    let name = words::author(&first.person.name, &first.person.handle);
    let reaches = match listeners.len() {
        1 => format!("answers {name} in their thread"),
        n => format!("answers {name} and {} more, each in their own thread", n - 1),
    };
    let bulk = listeners.len() > usize::try_from(desk.settings().policy.bulk_over).unwrap_or(usize::MAX);
    let alone = desk.may(Action::ReleaseReply) && !bulk;
    let undo = desk.settings().policy.undo_seconds;
    let draft = typed.of("reply", |f| &f.text);
    let written = draft.chars().count();
    Ok(Speech {
        composer: Some(Composer {
            to: format!("{}, to @{}", words::network(&first.post.channel), first.person.handle),
            reaches,
            draft: draft.to_owned(),
            limit: u32::try_from(room).unwrap_or(u32::MAX),
            count: format!("{written} of {room}"),
            checks: checks(bulk, desk, ticket, &first.post.channel, draft),
            mayor: desk.settings().policy.voice.signatures.mayor.clone(),
            as_mayor: typed.of("reply", |f| &f.speaker) == "mayor",
            voice: desk.settings().policy.voice.personality.clone(),
            phrases: Vec::new(),
            button: if alone { format!("Post publicly as {handle}") } else { "Ask for approval".into() },
            after: if alone {
                format!("Goes out {undo} s after you press. Until then you can undo.")
            } else {
                "The mayor’s office reads it before it goes out.".into()
            },
            held_why: if replies::is_stopped(conn)? {
                "All sending is stopped.".into()
            } else {
                String::new()
            },
            account: handle,
        }),
        no_reply_why: String::new(),
    })
}

/// How a report came that has no thread, inside a sentence.
fn came_by(channel: &str) -> String {
    match channel {
        "web_form" => "by the web form".to_owned(),
        "replay" => "from a file".to_owned(),
        "phone" => "by phone".to_owned(),
        other => format!("by {}", words::network(other)),
    }
}

fn checks(bulk: bool, desk: &Desk<'_>, ticket: &Ticket, channel: &str, words: &str) -> Vec<Check> {
    let mut all = Vec::new();
    if bulk {
        let over = desk.settings().policy.bulk_over;
        let text = format!("More than {over}: a second person must approve");
        all.push(Check { tone: "person".into(), text });
    }
    all.extend(remarks(desk, ticket, channel, words));
    all
}

/// What the city's voice says about words that are being written.
pub(in crate::web::staff) fn remarks(
    desk: &Desk<'_>,
    ticket: &Ticket,
    channel: &str,
    words: &str,
) -> Vec<Check> {
    if words.trim().is_empty() {
        return Vec::new();
    }
    let all = voice::remarks(desk.settings(), Some(ticket), channel, words);
    let tone = |w| if w == Weight::Stop { "stop" } else { "info" };
    all.into_iter().map(|r| Check { tone: tone(r.weight).into(), text: upper_first(&r.why) }).collect()
}

fn upper_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// "Answered in 4 min": from the first post to the first reply that stands.
pub(super) fn answered(rows: &[Reply], first_written: Option<DateTime<Utc>>) -> String {
    let first = rows.iter().filter_map(|r| r.delivered_at).min();
    match (first, first_written) {
        (Some(at), Some(from)) => {
            format!("Answered in {}", times::span((at.0 - from).max(chrono::Duration::zero())))
        }
        _ => "Not answered yet".to_owned(),
    }
}

/// Not delivered first, then the newest that were.
pub(super) fn replies(desk: &Desk<'_>, rows: &[Reply]) -> Vec<OutReply> {
    let (done, open): (Vec<&Reply>, Vec<&Reply>) =
        rows.iter().partition(|r| matches!(r.state, State::Delivered | State::Void));
    let newest = done.into_iter().rev().take(DELIVERED);
    open.into_iter().chain(newest).map(|r| out(desk, r)).collect()
}

fn out(desk: &Desk<'_>, reply: &Reply) -> OutReply {
    let own = reply.drafted_by == desk.me.login;
    let may = desk.may(Action::TakeBackReply) || own;
    let undo = may && matches!(reply.state, State::Queued | State::Held)
        || own && matches!(reply.state, State::Draft | State::Waiting);
    OutReply {
        text: reply.text.clone(),
        state: reply.state.as_str().to_owned(),
        word: step(desk, reply.state, reply.run_at.0, reply.delivered_at.map(|t| t.0)),
        to: words::network(&reply.channel).to_owned(),
        why: reply.why.clone(),
        href: reply.delivered_uri.as_deref().map(words::page_of).unwrap_or_default(),
        undo: if undo { format!("/staff/replies/{}/take-back", reply.id) } else { String::new() },
    }
}

/// Where a reply is, in words (LOOK: reply steps).
pub(in crate::web) fn step(
    desk: &Desk<'_>,
    state: State,
    run_at: DateTime<Utc>,
    delivered_at: Option<DateTime<Utc>>,
) -> String {
    match state {
        State::Draft => "Draft".to_owned(),
        State::Waiting => "Waits for approval".to_owned(),
        State::Queued => {
            let left = (run_at - desk.now).num_seconds();
            match left {
                ..=0 => "Goes out now".to_owned(),
                1..=120 => format!("Sends in {left} s"),
                _ => format!("Goes out {}", times::short(run_at, desk.now, desk.zone())),
            }
        }
        State::Sending => "On its way".to_owned(),
        State::Delivered => delivered_at.map_or_else(
            || "Posted".to_owned(),
            |at| format!("Posted {}", times::short(at, desk.now, desk.zone())),
        ),
        State::Unknown => "Not sure it arrived, checking".to_owned(),
        State::Failed => "Not posted".to_owned(),
        State::Held => "Held".to_owned(),
        State::Void => "Not sent".to_owned(),
    }
}
