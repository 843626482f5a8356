//! The clocks of a ticket: until a person answers, and until the promise is due. Pure; `journey/clocks.rs` moves them.
//!
//! A clock warns once before its time, then climbs the city's ladder. While the ticket waits for the resident it
//! stands still, and goes on with the time it had left: hours by the clock, working days by the ends of working
//! days that passed meanwhile. Whoever counts by hand counts the same.

pub(super) mod store;

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;

pub use store::{
    Clock, ask_again, due, escalated, first_human_answer, of_ticket, shift, start, to_pause, to_resume,
};

use crate::settings::{ClockKind, Due, Policy, Rung, calendar};

/// What a clock does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Warn at this moment.
    Warn(DateTime<Utc>),
    /// Climb to the rung of this number (from 0) at this moment.
    Climb(usize, DateTime<Utc>),
}

impl Next {
    /// When.
    #[must_use]
    pub const fn at(self) -> DateTime<Utc> {
        match self {
            Self::Warn(at) | Self::Climb(_, at) => at,
        }
    }
}

/// What a clock at this level does next; `None` when it stands on the last rung.
///
/// Level 0: nothing happened yet. Level 1: warned. Level n + 2: stands on rung n.
#[must_use]
pub fn next(
    policy: &Policy,
    tz: Tz,
    kind: ClockKind,
    (started, due): (DateTime<Utc>, DateTime<Utc>),
    level: i64,
) -> Option<Next> {
    let warn_at = due - Duration::hours(i64::from(policy.clocks.warn_hours));
    // The second clock has no warning: whoever answers at all answers soon.
    if level == 0 && kind == ClockKind::Promise && policy.clocks.warn_hours > 0 && warn_at > started {
        return Some(Next::Warn(warn_at));
    }
    let from = usize::try_from(level - 1).unwrap_or(0);
    let rungs = policy.clocks.ladder.iter().enumerate().skip(from);
    let (n, rung) = rungs.into_iter().find(|(_, rung)| rung.clocks.contains(&kind))?;
    Some(Next::Climb(n, rung_at(policy, tz, rung, due)))
}

/// When a rung is reached.
fn rung_at(policy: &Policy, tz: Tz, rung: &Rung, due: DateTime<Utc>) -> DateTime<Utc> {
    rung.after.map_or(due, |after| calendar::due_at(policy, tz, after, due))
}

/// The level after doing it.
#[must_use]
pub fn level_after(next: Next) -> i64 {
    match next {
        Next::Warn(_) => 1,
        Next::Climb(n, _) => i64::try_from(n).unwrap_or(i64::MAX - 2) + 2,
    }
}

/// The due moment after a pause: the time left is the same as before.
///
/// Hours on the clock are added as they passed, up to the next full hour. For working days every end of a working
/// day that lies in the pause moves the due day on by one.
#[must_use]
pub fn after_pause(
    policy: &Policy,
    tz: Tz,
    counted_in: Due,
    due: DateTime<Utc>,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> DateTime<Utc> {
    match counted_in {
        Due::Hours(_) => calendar::to_full_hour(tz, due + (to - from)),
        Due::WorkingDays(_) => {
            let mut day = due.with_timezone(&tz).date_naive();
            for _ in 0..ends_between(policy, tz, from, to) {
                day = calendar::next_working_day(policy, day);
            }
            calendar::instant(tz, day.and_time(policy.working_hours.1))
        }
    }
}

/// Ends of working days after `from`, up to `to`: a day that was free until its end was not lost.
fn ends_between(policy: &Policy, tz: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> u32 {
    let mut day = from.with_timezone(&tz).date_naive();
    let last = to.with_timezone(&tz).date_naive();
    let mut ends = 0;
    while day <= last {
        let end = calendar::instant(tz, day.and_time(policy.working_hours.1));
        if calendar::is_working_day(policy, day) && from < end && end <= to {
            ends += 1;
        }
        let Some(following) = day.succ_opt() else { break };
        day = following;
    }
    ends
}

#[cfg(test)]
mod tests;
