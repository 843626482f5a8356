//! Figures that can be argued with: what was counted, how many of how many, over how long.
//!
//! Bad news stands beside good news: promises broken, fixes that were not fixes, tickets past their date.

mod store;

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};

use super::FIGURE_DAYS;
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::Result;

/// Some of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Within {
    /// Those that fit.
    pub some: i64,
    /// All that were counted.
    pub of: i64,
}

/// The figures of the last 30 days.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Minutes to the first answer: half of all posts, nine in ten; `None` when nothing was answered.
    pub answer_minutes: Option<(i64, i64)>,
    /// Posts that were answered.
    pub answered: i64,
    /// Promises kept on time, of those that fell due or were kept.
    pub promises: Within,
    /// Tickets reopened, of those fixed.
    pub reopened: Within,
    /// Open now, and how many of them are late.
    pub open: i64,
    /// Past their date.
    pub late: i64,
    /// Fixed in the last seven days.
    pub fixed_this_week: i64,
    /// All public tickets there ever were.
    pub ever: i64,
    /// By ward, in the order of their names; empty when areas are not known.
    pub wards: Vec<WardFigures>,
    /// When it was counted.
    pub counted_at: DateTime<Utc>,
}

/// The figures of one ward.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WardFigures {
    /// Name of the area as kept with the ticket.
    pub name: String,
    /// Open now.
    pub open: i64,
    /// Half of its posts were answered within so many minutes.
    pub answer_minutes: Option<i64>,
    /// Promises kept on time.
    pub promises: Within,
}

/// How many people were answered about a ticket and those merged into it: about its end once it has ended, else that
/// we have it.
pub(super) fn told(conn: &mut DbConnection, ids: &[i64], status: &str) -> Result<i64> {
    let kinds: &[&str] = match status {
        "fixed" => &["fixed"],
        "closed" => &["closed"],
        _ => &["on_it", "joined"],
    };
    store::told(conn, ids, kinds)
}

pub(super) fn count(conn: &mut DbConnection, now: DateTime<Utc>) -> Result<Figures> {
    let since = Ts(now - Duration::days(FIGURE_DAYS));
    let mut wards: BTreeMap<String, WardFigures> = BTreeMap::new();
    let (mut open, mut late) = (0, 0);
    for row in store::open_by_area(conn, Ts(now))? {
        open += row.open;
        late += row.late;
        ward(&mut wards, row.area, |w| w.open += row.open);
    }
    let mut promises = Within::default();
    for row in store::promises_due(conn, since, Ts(now))? {
        let on_time = row.state == "kept" && row.kept_at.is_some_and(|kept| kept <= row.due_at);
        let one = Within { some: i64::from(on_time), of: 1 };
        promises = promises.and(one);
        ward(&mut wards, row.area, |w| w.promises = w.promises.and(one));
    }
    let mut minutes: Vec<i64> = Vec::new();
    let mut by_ward: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for row in store::first_answers(conn, since)? {
        let waited = (row.delivered_at.0 - row.written_at.0).num_minutes().max(0);
        minutes.push(waited);
        by_ward.entry(row.area.unwrap_or_default()).or_default().push(waited);
    }
    for (name, mut waited) in by_ward {
        ward(&mut wards, Some(name), |w| w.answer_minutes = median(&mut waited, 50));
    }
    let (fixed, reopened) = store::fixed_and_reopened(conn, since)?;
    Ok(Figures {
        answer_minutes: median(&mut minutes, 50).zip(median(&mut minutes, 90)),
        answered: i64::try_from(minutes.len()).unwrap_or(i64::MAX),
        promises,
        reopened: Within { some: reopened, of: fixed },
        open,
        late,
        fixed_this_week: store::fixed_since(conn, Ts(now - Duration::days(7)))?,
        ever: store::ever(conn)?,
        wards: wards.into_values().collect(),
        counted_at: now,
    })
}

/// Tickets without a known area count in the city's figures and in no ward's.
fn ward(wards: &mut BTreeMap<String, WardFigures>, name: Option<String>, add: impl FnOnce(&mut WardFigures)) {
    let Some(name) = name.filter(|n| !n.is_empty()) else { return };
    let fresh = || WardFigures { name: name.clone(), ..WardFigures::default() };
    add(wards.entry(name.clone()).or_insert_with(fresh));
}

impl Within {
    fn and(self, other: Self) -> Self {
        Self { some: self.some + other.some, of: self.of + other.of }
    }
}

/// The value under which `percent` of all lie, in hundredths (50: the middle one); sorts the list.
#[must_use]
pub fn median(values: &mut [i64], percent: usize) -> Option<i64> {
    values.sort_unstable();
    let last = values.len().checked_sub(1)?;
    values.get((last * percent.min(100)).div_ceil(100)).copied()
}

/// A share in hundredths, rounded to the nearest; `None` of nothing.
#[must_use]
pub fn share(within: Within) -> Option<i64> {
    (within.of > 0).then(|| (within.some * 200 + within.of) / (within.of * 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_and_nine_in_ten() {
        let check = |mut values: Vec<i64>, percent, expect| {
            assert_eq!(median(&mut values, percent), expect, "{values:?} {percent}");
        };
        check(vec![], 50, None);
        check(vec![7], 50, Some(7));
        check(vec![3, 1, 2], 50, Some(2));
        check((1..=10).rev().collect(), 90, Some(10));
        check((0..=100).collect(), 90, Some(90));
    }

    #[test]
    fn shares_are_rounded_and_never_of_nothing() {
        let check = |some, of, expect| assert_eq!(share(Within { some, of }), expect, "{some} of {of}");
        check(0, 0, None);
        check(1204, 1323, Some(91));
        check(1, 200, Some(1));
        check(1, 3, Some(33));
        check(3, 3, Some(100));
    }
}
