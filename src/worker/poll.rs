//! Reads an account for what is new: kept with the reading position in one write, read later by a job. Then looks
//! again at some of what it read before (`look`).

use chrono::{DateTime, Duration, Utc};

use super::{Round, look};
use crate::app::App;
use crate::channels::accounts::{self, AccountRow};
use crate::channels::{Cursor, Fetched, OwnPost, ReadFailure};
use crate::db::DbConnection;
use crate::error::{Error, Result};
use crate::intake::{self, Envelope, EnvelopeKind, Kept, Post};
use crate::settings::OutsidePosts;
use crate::{jobs, journey, replies, tickets};

/// Seconds between two looks at an account that had nothing new.
const POLL_EVERY_S: i64 = 5;

/// One look at every account whose turn it is; for tests and programs without threads of their own.
///
/// # Errors
/// `Database` only; trouble with a network is written beside its account.
pub fn round(app: &App) -> Result<Round> {
    super::each_account(app, turn)
}

/// One look at an account, if it is its turn.
///
/// # Errors
/// `Database` only; trouble with the network is written beside the account.
pub fn turn(app: &App, row: &AccountRow) -> Result<Round> {
    let now = app.clock.now();
    let rested = row.polled_at.is_none_or(|at| at.0 + Duration::seconds(POLL_EVERY_S) <= now);
    let may = row.resume_at.is_none_or(|at| at.0 <= now);
    if row.state != "live" {
        // Connected again by another process, it has another token.
        app.forget_channel(row.id);
        return Ok(Round::Idle);
    }
    if !rested || !may {
        return Ok(Round::Idle);
    }
    let ended = super::guarded(&row.name, || Ok(read(app, row)))
        .unwrap_or_else(|e| Err(ReadFailure::Refused(e.to_string())));
    match ended {
        Ok(more) => Ok(if more { Round::Worked } else { Round::Idle }),
        Err(failure) => note_failure(app, row, &failure).map(|()| Round::Idle),
    }
}

fn read(app: &App, row: &AccountRow) -> std::result::Result<bool, ReadFailure> {
    let channel = app.channel(row)?;
    let fetched = channel.fetch(&Cursor(row.position.clone()))?;
    fail::fail_point!("poll.fetched", |_| std::process::abort());
    let kept = app.db.write(|conn| keep(conn, app, row, &fetched));
    fail::fail_point!("poll.kept", |_| std::process::abort());
    if matches!(kept, Err(Error::Conflict(_))) {
        // Another process reads this account too and was faster: no trouble, and no reason for a pause.
        return Ok(false);
    }
    let fresh = kept.map_err(later)?;
    Ok(look::again(app, row, &*channel)? || fresh)
}

/// Trouble with our own database: the network is not to blame, and the account goes on.
pub(super) fn later(error: Error) -> ReadFailure {
    ReadFailure::Later { why: error.to_string(), retry_after: None }
}

/// Posts and position in one write: neither is there without the other.
fn keep(conn: &mut DbConnection, app: &App, row: &AccountRow, fetched: &Fetched) -> Result<bool> {
    let now = app.clock.now();
    let mut fresh = false;
    for envelope in &fetched.posts {
        if envelope.kind == EnvelopeKind::Boost {
            passed_on(conn, row, envelope, now)?;
            continue;
        }
        let (kind, post) = match intake::keep(conn, envelope, Some(row.id), now)? {
            Kept::New(post) => ("receive", post),
            Kept::Edited(post) => ("edited", post),
            Kept::Deleted(post) => ("deleted", post),
            Kept::Known(_) | Kept::Nothing => continue,
        };
        fresh = true;
        if kind == "receive" {
            intake::watched::begin(conn, &post, now)?;
        }
        follow_up(conn, kind, &post, now)?;
    }
    for own in &fetched.own {
        foreign(conn, app, row, own)?;
    }
    for why in &fetched.skipped {
        tracing::info!(account = row.name, "skipped: {why}");
    }
    accounts::move_position(conn, row, &fetched.next, now)?;
    if let Some(pause) = fetched.pause {
        accounts::pause_until(conn, row.id, Some(now + Duration::from_std(pause).unwrap_or_default()))?;
    }
    if !row.why.is_empty() {
        accounts::note_state(conn, row.id, "live", "")?;
    }
    Ok(fresh || fetched.more)
}

/// Counted once, also where the network lists it again and again.
fn passed_on(
    conn: &mut DbConnection,
    row: &AccountRow,
    envelope: &Envelope,
    now: DateTime<Utc>,
) -> Result<()> {
    journey::me_too::passed_on(conn, envelope, row.id, now)?;
    accounts::seen(conn, row.id, &envelope.id)
}

/// The job that a new, edited or deleted post needs; once a version.
pub(super) fn follow_up(conn: &mut DbConnection, kind: &str, post: &Post, now: DateTime<Utc>) -> Result<()> {
    let key = format!("{kind}/{}/{}", post.id, post.version);
    jobs::enqueue(conn, kind, Some(&key), &post.id.to_string(), now, now)
}

/// What stands on the network is what was approved; if not, people are told, and the ticket says so.
fn read_back(
    conn: &mut DbConnection,
    app: &App,
    row: &AccountRow,
    own: &OwnPost,
    reply: &replies::Reply,
) -> Result<()> {
    let now = app.clock.now();
    if reply.state != replies::State::Delivered || own.says(&intake::manners::plain(&reply.text)) {
        return Ok(());
    }
    tracing::info!(account = row.name, reply = reply.id, "stands there in other words than approved");
    if let Some(ticket_id) = reply.ticket_id {
        let words = format!("The reply stands there in other words than approved: {}", own.text);
        tickets::append(
            conn,
            ticket_id,
            &[tickets::Entry::by_machine("not as approved", words, false, now.into())],
        )?;
    }
    super::mail::tell_of_other_words(conn, &app.world.now(), row, own, &reply.text, now)
}

/// A post on our own account that no outbox row explains: never a report; in a known thread it answers.
fn foreign(conn: &mut DbConnection, app: &App, row: &AccountRow, own: &OwnPost) -> Result<()> {
    let now = app.clock.now();
    if let Some(reply) = replies::standing_as(conn, row.id, &own.uri, &own.id)? {
        return read_back(conn, app, row, own, &reply);
    }
    // It may stand below the post, or below our own reply to it.
    let parent = match &own.in_reply_to {
        Some(name) => match intake::post_seen_by(conn, Some(row.id), name)? {
            None => replies::answered_by(conn, row.id, name)?.map(|id| intake::post(conn, id)).transpose()?,
            known => known,
        },
        None => None,
    };
    if let Some(parent) = &parent {
        // Our own reply whose confirmation is still on its way has the same words: leave it to the look for
        // lost answers.
        let on_its_way = |r: &replies::Reply| {
            matches!(r.state, replies::State::Sending | replies::State::Unknown)
                && own.says(&intake::manners::plain(&r.text))
        };
        if replies::of_post(conn, parent.id)?.iter().any(on_its_way) {
            return Ok(());
        }
    }
    let join = match &parent {
        Some(parent) => tickets::joins_of_post(conn, parent.id)?.into_iter().next(),
        None => None,
    };
    if accounts::keep_foreign(conn, row.id, own, join.as_ref().map(|j| j.ticket_id), now)? {
        if let (Some(parent), Some(join)) = (&parent, &join) {
            let words = format!("Answered outside OnIt as {}", row.handle);
            let step = tickets::Entry::by_machine("answered", words, false, now.into());
            tickets::append(conn, join.ticket_id, &[step])?;
            replies::void_for_post(conn, parent.id, "answered outside OnIt", now)?;
            replies::void_for_person(conn, join.ticket_id, parent.person_id, "answered outside OnIt", now)?;
        } else {
            tracing::info!(account = row.name, "a post on our account that OnIt did not write");
        }
        if app.world.now().settings.policy.outside_posts == OutsidePosts::Alarm {
            super::mail::tell_of_outside_post(conn, &app.world.now(), row, own, now)?;
        }
    }
    Ok(())
}

fn note_failure(app: &App, row: &AccountRow, failure: &ReadFailure) -> Result<()> {
    let now = app.clock.now();
    app.db.write(|conn| match failure {
        ReadFailure::Unauthorised(why) => {
            app.forget_channel(row.id);
            accounts::note_state(conn, row.id, "broken", why)?;
            tracing::error!(account = row.name, "must be connected again: {why}");
            super::mail::tell_admins(
                conn,
                &app.world.now(),
                &format!("channel/{}/{}", row.id, now.format("%Y%m%d%H")),
                &row.name,
                why,
                now,
            )
        }
        ReadFailure::Later { why, retry_after } => {
            let wait = retry_after.and_then(|d| Duration::from_std(d).ok()).unwrap_or(Duration::seconds(15));
            accounts::note_state(conn, row.id, "live", why)?;
            accounts::pause_until(conn, row.id, Some(now + wait.min(Duration::hours(1))))
        }
        ReadFailure::Gone(why) | ReadFailure::Refused(why) => {
            accounts::note_state(conn, row.id, "live", why)?;
            accounts::pause_until(conn, row.id, Some(now + Duration::minutes(1)))
        }
    })
}
