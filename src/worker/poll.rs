//! Reads every account for what is new: kept with the reading position in one write, read later by a job.

use chrono::Duration;

use super::Round;
use crate::app::App;
use crate::channels::accounts::{self, AccountRow};
use crate::channels::{Cursor, Fetched, OwnPost, ReadFailure};
use crate::db::DbConnection;
use crate::error::Result;
use crate::intake::{self, Kept};
use crate::{jobs, replies, tickets};

/// Seconds between two looks at an account that had nothing new.
const POLL_EVERY_S: i64 = 5;

/// One look at every account whose turn it is. A failing account never stops the others.
///
/// # Errors
/// `Database` only; trouble with a network is written beside its account.
pub fn round(app: &App) -> Result<Round> {
    let now = app.clock.now();
    let mut worked = Round::Idle;
    for row in accounts::all(&mut *app.db.read()?)? {
        let rested = row.polled_at.is_none_or(|at| at.0 + Duration::seconds(POLL_EVERY_S) <= now);
        let may = row.resume_at.is_none_or(|at| at.0 <= now);
        if row.state == "off" || row.state == "broken" || !rested || !may {
            continue;
        }
        match read(app, &row) {
            Ok(more) => {
                if more {
                    worked = Round::Worked;
                }
            }
            Err(failure) => note_failure(app, &row, &failure)?,
        }
    }
    Ok(worked)
}

fn read(app: &App, row: &AccountRow) -> std::result::Result<bool, ReadFailure> {
    let channel = app.channel(row)?;
    let fetched = channel.fetch(&Cursor(row.position.clone()))?;
    fail::fail_point!("poll.fetched", |_| std::process::abort());
    let kept = app.db.write(|conn| keep(conn, app, row, &fetched));
    fail::fail_point!("poll.kept", |_| std::process::abort());
    kept.map_err(|e| ReadFailure::Later { why: e.to_string(), retry_after: None })
}

/// Posts and position in one write: neither is there without the other.
fn keep(conn: &mut DbConnection, app: &App, row: &AccountRow, fetched: &Fetched) -> Result<bool> {
    let now = app.clock.now();
    let mut fresh = false;
    for envelope in &fetched.posts {
        let (kind, post) = match intake::keep(conn, envelope, Some(row.id), now)? {
            Kept::New(post) => ("receive", post),
            Kept::Edited(post) => ("edited", post),
            Kept::Deleted(post) => ("deleted", post),
            Kept::Known(_) | Kept::Nothing => continue,
        };
        fresh = true;
        let key = format!("{kind}/{}/{}", post.id, post.version);
        jobs::enqueue(conn, kind, Some(&key), &post.id.to_string(), now, now)?;
    }
    for own in &fetched.own {
        foreign(conn, app, row, own)?;
    }
    for why in &fetched.skipped {
        tracing::info!(account = row.name, "skipped: {why}");
    }
    accounts::move_position(conn, row, &fetched.next, now)?;
    accounts::pause_until(
        conn,
        row.id,
        fetched.pause.map(|p| now + Duration::from_std(p).unwrap_or_default()),
    )?;
    if row.state != "live" {
        accounts::set_state(conn, row.id, "live", "")?;
    }
    Ok(fresh || fetched.more)
}

/// A post on our own account that no outbox row explains: never a report; in a known thread it answers.
fn foreign(conn: &mut DbConnection, app: &App, row: &AccountRow, own: &OwnPost) -> Result<()> {
    let now = app.clock.now();
    if replies::explains(conn, &own.uri, &own.id)? {
        return Ok(());
    }
    // Our own reply whose confirmation is still on its way looks the same: leave it to the look for lost answers.
    let parent = match &own.in_reply_to {
        Some(name) => intake::post_named(conn, &row.kind, name)?,
        None => None,
    };
    if let Some(parent) = &parent {
        let sending = replies::of_post(conn, parent.id)?;
        if sending.iter().any(|r| matches!(r.state, replies::State::Sending | replies::State::Unknown)) {
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
        } else {
            tracing::info!(account = row.name, "a post on our account that OnIt did not write");
        }
    }
    Ok(())
}

fn note_failure(app: &App, row: &AccountRow, failure: &ReadFailure) -> Result<()> {
    let now = app.clock.now();
    app.db.write(|conn| match failure {
        ReadFailure::Unauthorised(why) => {
            app.forget_channel(row.id);
            accounts::set_state(conn, row.id, "broken", why)?;
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
            accounts::set_state(conn, row.id, "live", why)?;
            accounts::pause_until(conn, row.id, Some(now + wait.min(Duration::hours(1))))
        }
        ReadFailure::Gone(why) | ReadFailure::Refused(why) => {
            accounts::set_state(conn, row.id, "live", why)?;
            accounts::pause_until(conn, row.id, Some(now + Duration::minutes(1)))
        }
    })
}
