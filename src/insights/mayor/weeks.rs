//! Eight weeks of conversation, counted from rows: answered or not, how fast, kept or not, came back or not.
//!
//! A median over nothing is nothing, not zero; a share carries both of its numbers.

use chrono::{DateTime, Duration, Utc};

use super::store;
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::Result;

/// Bars of a chart.
pub const WEEKS: usize = 8;

/// Seven days.
#[derive(Clone, Debug, PartialEq)]
pub struct Week {
    /// First moment.
    pub from: DateTime<Utc>,
    /// One past the last.
    pub to: DateTime<Utc>,
    /// Posts that wanted an answer and could get one in their thread.
    pub posts: i64,
    /// Those of them with an answer.
    pub answered: i64,
    /// Minutes to the first answer: half of the answered waited at most so long.
    pub first_answer_minutes: Option<i64>,
    /// The same for answers written or released by a person.
    pub first_human_minutes: Option<i64>,
    /// How many were answered by a person.
    pub human_answers: i64,
    /// Promises that fell due.
    pub promises_due: i64,
    /// Those kept by their day.
    pub promises_kept: i64,
    /// Requests fixed.
    pub fixed: i64,
    /// Requests reopened.
    pub reopened: i64,
    /// Replies that stand in threads.
    pub said: i64,
    /// Posts of our accounts that answer nobody.
    pub broadcasts: i64,
}

impl Week {
    fn new(from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        Self {
            from,
            to,
            posts: 0,
            answered: 0,
            first_answer_minutes: None,
            first_human_minutes: None,
            human_answers: 0,
            promises_due: 0,
            promises_kept: 0,
            fixed: 0,
            reopened: 0,
            said: 0,
            broadcasts: 0,
        }
    }
}

pub(super) fn count(conn: &mut DbConnection, now: DateTime<Utc>) -> Result<Vec<Week>> {
    let all = i64::try_from(WEEKS).unwrap_or(8);
    let start = now - Duration::weeks(all);
    let mut weeks: Vec<Week> =
        (0..all).map(|n| Week::new(start + Duration::weeks(n), start + Duration::weeks(n + 1))).collect();
    let mut waits: Vec<(Vec<i64>, Vec<i64>)> = vec![(Vec::new(), Vec::new()); WEEKS];
    for post in store::answers(conn, Ts(start))? {
        let Some(n) = week_of(start, post.received_at) else { continue };
        let (Some(week), Some((first, human))) = (weeks.get_mut(n), waits.get_mut(n)) else { continue };
        week.posts += 1;
        if let Some(at) = post.first {
            week.answered += 1;
            first.push(minutes(post.created_at, at));
        }
        if let Some(at) = post.first_human {
            week.human_answers += 1;
            human.push(minutes(post.created_at, at));
        }
    }
    for (week, (first, human)) in weeks.iter_mut().zip(&mut waits) {
        week.first_answer_minutes = median(first);
        week.first_human_minutes = median(human);
    }
    let mut bump = |at: Ts, add: &dyn Fn(&mut Week)| {
        if let Some(week) = week_of(start, at).and_then(|n| weeks.get_mut(n)) {
            add(week);
        }
    };
    for (due, kept) in store::promises_due(conn, Ts(start), Ts(now))? {
        let on_time = kept.is_some_and(|at| at <= due);
        bump(due, &|w| {
            w.promises_due += 1;
            w.promises_kept += i64::from(on_time);
        });
    }
    for (at, step) in store::ends(conn, Ts(start))? {
        let fixed = step == "fixed";
        bump(at, &|w| if fixed { w.fixed += 1 } else { w.reopened += 1 });
    }
    for at in store::said_at(conn, Ts(start))? {
        bump(at, &|w| w.said += 1);
    }
    for at in store::broadcast_at(conn, Ts(start))? {
        bump(at, &|w| w.broadcasts += 1);
    }
    Ok(weeks)
}

fn week_of(start: DateTime<Utc>, at: Ts) -> Option<usize> {
    let passed = at.0 - start;
    if passed < Duration::zero() {
        return None;
    }
    usize::try_from(passed.num_weeks()).ok().filter(|n| *n < WEEKS)
}

fn minutes(from: Ts, to: Ts) -> i64 {
    (to.0 - from.0).num_minutes().max(0)
}

/// The middle one; of an even number the lower of the two, so that it is a wait somebody had.
fn median(values: &mut [i64]) -> Option<i64> {
    values.sort_unstable();
    let last = values.len().checked_sub(1)?;
    values.get(last / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_and_the_week() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [9]), Some(9));
        assert_eq!(median(&mut [30, 10, 20]), Some(20));
        assert_eq!(median(&mut [40, 30, 10, 20]), Some(20));
        let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let check = |days: i64, expect| assert_eq!(week_of(start, Ts(start + Duration::days(days))), expect);
        check(-1, None);
        check(0, Some(0));
        check(6, Some(0));
        check(7, Some(1));
        check(55, Some(7));
        check(56, None);
    }
}
