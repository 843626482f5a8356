//! Sends what was released, once: claim, commit, look at the parent, send, write down what happened.
//!
//! A lost answer is looked for on the network, twice, before anything is sent again.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};

use super::{Round, look, take_back};
use crate::app::App;
use crate::channels::accounts::{self, AccountRow};
use crate::channels::{Channel, MayWrite, Outgoing, Parent, ParentState, ReadFailure, SendFailure, Sent};
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::intake::{self, Visibility};
use crate::replies::guard::{self, Forbidden};
use crate::replies::{self, Finish, Reply, State};
use crate::tickets::{self, Entry};

/// One reply of every account that may send; for tests and programs without threads of their own.
///
/// # Errors
/// `Database` only.
pub fn round(app: &App) -> Result<Round> {
    super::each_account(app, turn)
}

/// One reply of an account, if it may send: a lost one is looked for before the next one goes.
///
/// # Errors
/// `Database`, or `Unavailable` after a fault of the program: what it left on the way is found there.
pub fn turn(app: &App, row: &AccountRow) -> Result<Round> {
    let now = app.clock.now();
    if row.state != "live" || row.resume_at.is_some_and(|at| at.0 > now) {
        return Ok(Round::Idle);
    }
    let worked = super::guarded(&row.name, || Ok(look_for_lost(app, row)? || send_next(app, row)?))?;
    Ok(if worked { Round::Worked } else { Round::Idle })
}

fn send_next(app: &App, row: &AccountRow) -> Result<bool> {
    let now = app.clock.now();
    let Some(reply) = app.db.write(|conn| replies::claim(conn, row.id, now))? else { return Ok(false) };
    fail::fail_point!("send.claimed", |_| std::process::abort());
    let ended = match app.channel(row) {
        Ok(channel) => attempt(app, &*channel, &reply),
        Err(failure) => not_now(&failure),
    };
    fail::fail_point!("send.before_finish", |_| std::process::abort());
    finish(app, row, &reply, ended)?;
    fail::fail_point!("send.finished", |_| std::process::abort());
    Ok(true)
}

/// Said of a reply that stands on the network, but not in its thread.
const STANDS_ALONE: &str = "it stands alone, not in the thread: it is being taken back";

/// How an attempt ended: the state it goes to and what is written with it.
struct Ended {
    to: State,
    finish: Finish,
    pause: Option<std::time::Duration>,
    broken: bool,
}

impl Ended {
    fn new(to: State, why: impl Into<String>) -> Self {
        Self { to, finish: Finish { why: why.into(), ..Finish::default() }, pause: None, broken: false }
    }
}

fn not_now(failure: &ReadFailure) -> Ended {
    let mut ended = Ended::new(State::Queued, failure.to_string());
    match failure {
        ReadFailure::Later { retry_after, .. } => ended.pause = *retry_after,
        ReadFailure::Unauthorised(_) => ended.broken = true,
        ReadFailure::Gone(_) => ended.to = State::Void,
        ReadFailure::Refused(_) => {}
    }
    ended
}

/// Looks at the post again, asks the guard, and writes; everything outside any transaction.
fn attempt(app: &App, channel: &dyn Channel, reply: &Reply) -> Ended {
    let parent =
        Parent { local_id: reply.to_local_id.clone(), uri: reply.to_uri.clone(), ..Parent::default() };
    let state = match channel.look(&parent) {
        Ok(state) => state,
        Err(failure) => return not_now(&failure),
    };
    let changed = match look::keep(app, reply.post_id, &state) {
        Ok(changed) => changed,
        Err(error) => return Ended::new(State::Queued, error.to_string()),
    };
    let local_id = match state {
        ParentState::Gone => return Ended::new(State::Void, "the post is gone"),
        ParentState::Closed(why) => return Ended::new(State::Waiting, why),
        ParentState::There { visibility, .. }
            if !visibility.is_open() && Visibility::from_word(&reply.visibility).is_open() =>
        {
            return Ended::new(State::Waiting, replies::PRIVATE_NOW);
        }
        // Whoever wrote or approved this read other words.
        ParentState::There { .. } if changed => return Ended::new(State::Waiting, replies::EDITED_SINCE),
        ParentState::There { local_id, .. } => local_id,
    };
    match faults(app, reply) {
        Ok(faults) if faults.is_empty() => {}
        Ok(faults) => return Ended::new(State::Waiting, faults.join("; ")),
        Err(error) => return Ended::new(State::Queued, error.to_string()),
    }
    let first = reply.first_attempt_at.unwrap_or(reply.created_at);
    let out = outgoing(reply, Parent { local_id, ..parent }, first.0);
    fail::fail_point!("send.before_socket", |_| std::process::abort());
    // The line before the socket: kill switch off, lease still ours.
    let (holder, mine) = (app.clone(), reply.clone());
    let may_write: MayWrite = Arc::new(move || {
        let mut conn = holder.db.read()?;
        replies::may_write(&mut conn, &mine, holder.clock.now())
    });
    let sent = channel.send(&out, &may_write);
    fail::fail_point!("send.answered", |_| std::process::abort());
    ended(sent)
}

fn outgoing(reply: &Reply, parent: Parent, first_attempt_at: DateTime<Utc>) -> Outgoing {
    Outgoing {
        parent,
        text: reply.text.clone(),
        visibility: Visibility::from_word(&reply.visibility),
        spoiler_text: reply.spoiler.clone(),
        language: Some(reply.language.clone()),
        idempotency_key: reply.idempotency_key.clone(),
        first_attempt_at,
    }
}

fn ended(sent: std::result::Result<Sent, SendFailure>) -> Ended {
    match sent {
        Ok(sent) => {
            let why = if sent.stands_alone { STANDS_ALONE } else { "" };
            let mut ended = Ended::new(State::Delivered, why);
            ended.finish.delivered = Some((sent.id, sent.uri));
            ended
        }
        Err(SendFailure::NotSent { why, retry_after }) => {
            Ended { pause: retry_after, ..Ended::new(State::Queued, why) }
        }
        Err(SendFailure::Unknown(why)) => {
            Ended::new(State::Unknown, format!("checking whether it arrived: {why}"))
        }
        Err(SendFailure::Refused(why)) => Ended::new(State::Failed, why),
        Err(SendFailure::Unauthorised(why)) => Ended { broken: true, ..Ended::new(State::Queued, why) },
        Err(SendFailure::ParentGone) => Ended::new(State::Void, "the post is gone"),
    }
}

fn faults(app: &App, reply: &Reply) -> Result<Vec<String>> {
    let world = app.world.now();
    let mut conn = app.db.read()?;
    let post = intake::post(&mut conn, reply.post_id)?;
    let person = intake::person_by_id(&mut conn, reply.person_id)?;
    let reading = crate::triage::reading_of(&mut conn, post.id)?;
    let words = reading.map(|r| r.personal_data).unwrap_or_default();
    let personal_words =
        words.iter().map(|p| crate::span::Span { start: p.start, end: p.end }.slice(&post.text)).collect();
    let mut hosts = world.settings.policy.allowed_hosts.clone();
    hosts.extend(world.settings.server.base_url.host_str().map(str::to_owned));
    let forbidden =
        Forbidden { personal_words, allowed_hosts: &hosts, allowed_handles: vec![person.handle.as_str()] };
    Ok(guard::faults(&reply.text, &forbidden))
}

/// Writes down how it ended, if this worker still holds the reply.
fn finish(app: &App, row: &AccountRow, reply: &Reply, mut ended: Ended) -> Result<()> {
    let now = app.clock.now();
    let world = app.world.now();
    if ended.to == State::Unknown {
        // A network may still be working on it: the first look waits out the longest request.
        ended.finish.looked = Some(0);
        ended.finish.run_at = Some(Ts(now + Duration::seconds(replies::LOOK_AGAIN_S)));
    }
    if ended.to == State::Queued {
        let wait =
            Duration::seconds(2_i64.saturating_pow(u32::try_from(reply.attempts.clamp(1, 8)).unwrap_or(8)));
        ended.finish.run_at = Some(Ts(now + wait));
    }
    let done = app.db.write(|conn| {
        replies::shift(conn, reply, ended.to, &ended.finish, now)?;
        match ended.to {
            // Its post went away at that very moment and the server made a post of its own of our reply.
            State::Delivered if ended.finish.why == STANDS_ALONE => {
                note(conn, reply, "not in the thread", STANDS_ALONE, now)?;
                tracing::warn!(reply = reply.id, account = row.name, "{STANDS_ALONE}");
                take_back::ask(conn, reply, now)?;
            }
            State::Delivered => delivered(conn, row, reply, now)?,
            State::Failed => {
                note(conn, reply, "not posted", &format!("Not posted: {}", ended.finish.why), now)?;
                tracing::warn!(
                    reply = reply.id,
                    account = row.name,
                    "refused by the network: {}",
                    ended.finish.why
                );
            }
            _ => {}
        }
        if let Some(pause) = ended.pause {
            let wait = Duration::from_std(pause).unwrap_or_default().min(Duration::hours(1));
            accounts::pause_until(conn, row.id, Some(now + wait))?;
        }
        if ended.broken {
            app.forget_channel(row.id);
            accounts::note_state(conn, row.id, "broken", &ended.finish.why)?;
            let key = format!("channel/{}/{}", row.id, now.format("%Y%m%d%H"));
            super::mail::tell_admins(conn, &world, &key, &row.name, &ended.finish.why, now)?;
        }
        Ok(())
    });
    match done {
        // Another worker found the lease run out: the row is its business now.
        Err(Error::Conflict(_)) => Ok(()),
        other => other,
    }
}

fn delivered(
    conn: &mut crate::db::DbConnection,
    row: &AccountRow,
    reply: &Reply,
    now: DateTime<Utc>,
) -> Result<()> {
    accounts::count_reply(conn, row.id)?;
    note(conn, reply, "replied", &reply.text, now)
}

fn note(
    conn: &mut crate::db::DbConnection,
    reply: &Reply,
    step: &'static str,
    words: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let Some(ticket_id) = reply.ticket_id else { return Ok(()) };
    let entry = Entry {
        step,
        actor: reply.approved_by.clone().unwrap_or_else(|| reply.drafted_by.clone()),
        channel: reply.channel.clone(),
        at: Ts(now),
        public: false,
        words: words.to_owned(),
    };
    tickets::append(conn, ticket_id, &[entry])
}

/// Looks for replies whose sending ended unknown.
fn look_for_lost(app: &App, row: &AccountRow) -> Result<bool> {
    let now = app.clock.now();
    let lost = replies::to_look_for(&mut *app.db.read()?, row.id, now)?;
    let Some(reply) = lost.into_iter().next() else { return Ok(false) };
    let found = app.channel(row).and_then(|channel| {
        let parent =
            Parent { local_id: reply.to_local_id.clone(), uri: reply.to_uri.clone(), ..Parent::default() };
        let first = reply.first_attempt_at.unwrap_or(reply.created_at);
        channel.find(&outgoing(&reply, parent, first.0))
    });
    fail::fail_point!("send.looked", |_| std::process::abort());
    let resolved = app.db.write(|conn| match &found {
        Ok(Some(sent)) => {
            let finish = Finish {
                why: "it had arrived".into(),
                delivered: Some((sent.id.clone(), sent.uri.clone())),
                ..Finish::default()
            };
            replies::shift(conn, &reply, State::Delivered, &finish, now)?;
            delivered(conn, row, &reply, now)
        }
        Ok(None) => replies::not_found_there(conn, &reply, now),
        Err(ReadFailure::Gone(_)) => replies::not_found_there(conn, &reply, now),
        Err(_) => replies::look_later(conn, &reply, replies::LOOK_AGAIN_S, now),
    });
    match resolved {
        Err(Error::Conflict(_)) => Ok(true),
        other => other.map(|()| true),
    }
}
