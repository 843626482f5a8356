//! What the clock does, one readable table: questions without answer, waiting tickets, late replies.

use chrono::{DateTime, Datelike as _, Duration, Utc};

use super::Round;
use crate::app::App;
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::replies::{self, Finish, State};
use crate::tickets::{self, CloseReason};
use crate::world::World;
use crate::{intake, journey};

type Turn = fn(&mut DbConnection, &World, DateTime<Utc>) -> Result<bool>;

/// Every turn of the clock, in order.
const TURNS: &[(&str, Turn)] = &[
    ("replies whose worker stopped while sending are looked for", abandoned_replies),
    ("questions nobody answered go to a person", unanswered_questions),
    ("tickets without a place are closed after a week", no_place),
    ("replies older than a day wait for a person", stale_replies),
    ("at night the reader learns from closed tickets and corrections", nightly_learning),
    ("posts that were kept but never read get their job again", forgotten_posts),
    ("clocks stand still, warn and climb the ladder", journey::clocks::turn),
    ("tickets get the date we expect, and ended months are counted", journey::clocks::expect),
    ("tests in the sandbox of Open311 are forgotten after a week", forgotten_tests),
];

/// One turn of everything.
///
/// # Errors
/// `Database` only.
pub fn round(app: &App) -> Result<Round> {
    let world = app.world.now();
    let mut worked = false;
    for (_, turn) in TURNS {
        worked |= app.db.write(|conn| turn(conn, &world, app.clock.now()))?;
    }
    Ok(if worked { Round::Worked } else { Round::Idle })
}

fn abandoned_replies(conn: &mut DbConnection, _: &World, now: DateTime<Utc>) -> Result<bool> {
    Ok(replies::give_up_abandoned(conn, now)? > 0)
}

fn unanswered_questions(conn: &mut DbConnection, world: &World, now: DateTime<Utc>) -> Result<bool> {
    let before = now - Duration::hours(i64::from(world.settings.policy.ask.answer_hours));
    let mut worked = false;
    for question in replies::questions_asked_before(conn, Ts(before))? {
        replies::shift_question(
            conn,
            &question,
            "person",
            question.tries,
            &question.candidates,
            question.asked_at,
        )?;
        match tickets::requeue_concern(
            conn,
            question.concern_id,
            "asked",
            "review",
            "no answer to our question",
        ) {
            Ok(()) => worked = true,
            Err(Error::Conflict(_)) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(worked)
}

fn no_place(conn: &mut DbConnection, world: &World, now: DateTime<Utc>) -> Result<bool> {
    let before = now - Duration::days(i64::from(world.settings.policy.ask.close_days));
    let mut worked = false;
    for ticket in tickets::waiting_without_place(conn, Ts(before))? {
        journey::settle::close(conn, world, &ticket, CloseReason::NoPlace, "", "OnIt", now)?;
        worked = true;
    }
    Ok(worked)
}

/// A reply that could not go for a day (channel down, switch off) may be wrong by now.
fn stale_replies(conn: &mut DbConnection, world: &World, now: DateTime<Utc>) -> Result<bool> {
    let before = now - Duration::hours(i64::from(world.settings.policy.stale_hours));
    let mut worked = false;
    for reply in replies::in_states(conn, &[State::Queued], 100)? {
        // Counted from its release: what waited a day for a person is fresh when that person lets it go.
        let since = reply.first_attempt_at.unwrap_or(reply.run_at).max(reply.created_at);
        if since.0 >= before || reply.kind == replies::Kind::Emergency.as_str() {
            continue;
        }
        let finish = Finish { why: "older than a day: read it once more".into(), ..Finish::default() };
        match replies::shift(conn, &reply, State::Waiting, &finish, now) {
            Ok(_) => worked = true,
            Err(Error::Conflict(_)) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(worked)
}

/// Once a night, by whichever process looks first; a night that is missed by hours waits for the next one.
fn nightly_learning(conn: &mut DbConnection, world: &World, now: DateTime<Utc>) -> Result<bool> {
    const MISSED_HOURS: i64 = 4;
    let learning = &world.settings.policy.learning;
    let local = now.with_timezone(&world.settings.city.time_zone);
    let since = local.time() - learning.at;
    if !learning.nightly || since < Duration::zero() || since >= Duration::hours(MISSED_HOURS) {
        return Ok(false);
    }
    let day = i64::from(local.date_naive().num_days_from_ce());
    if !crate::jobs::first_of_day(conn, "learn", day)? {
        return Ok(false);
    }
    crate::jobs::enqueue(conn, "learn", Some("learn"), "", now, now)?;
    Ok(true)
}

fn forgotten_posts(conn: &mut DbConnection, _: &World, now: DateTime<Utc>) -> Result<bool> {
    for post_id in intake::waiting_since(conn, Ts(now - Duration::minutes(10)))? {
        let key = format!("receive/{post_id}/1");
        crate::jobs::enqueue(conn, "receive", Some(&key), &post_id.to_string(), now, now)?;
    }
    // The key keeps a job that is still there, or was put aside, from being doubled; whoever runs jobs finds the
    // rest. "Worked" here would turn without a pause for as long as one poison post stands aside.
    Ok(false)
}

fn forgotten_tests(conn: &mut DbConnection, _: &World, now: DateTime<Utc>) -> Result<bool> {
    journey::filed::forget_tests(conn, now)
}
