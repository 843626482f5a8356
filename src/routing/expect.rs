//! When will it be done? A range learned from requests of the same service that were fixed, in the same ward where
//! there are enough of them; and whether such ranges came true. Pure.

pub(super) mod store;

use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};
use chrono_tz::Tz;

pub use store::{Coverage, alike, count_month, coverage, keep, unasked};

use crate::settings::calendar;

/// Half of the alike were done by then.
const LOW: f64 = 0.5;
/// Nine of ten were done by then.
const HIGH: f64 = 0.9;
/// The share of ranges that should come true.
pub const GOAL_PCT: i64 = 90;

/// When half, and nine of ten, of the alike were done, counted from the opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// After this time half were done.
    pub low: Duration,
    /// After this time nine of ten were done.
    pub high: Duration,
    /// How many were looked at.
    pub sample: usize,
}

/// The range of these times, in any order; `None` when there are fewer than `least`.
#[must_use]
pub fn range(times: &[Duration], least: usize) -> Option<Range> {
    if times.len() < least.max(1) {
        return None;
    }
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    Some(Range { low: nearest(&sorted, LOW)?, high: nearest(&sorted, HIGH)?, sample: sorted.len() })
}

/// The smallest time by which at least this share was done (nearest rank: no time is invented between two).
fn nearest(sorted: &[Duration], share: f64) -> Option<Duration> {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "few thousand at most"
    )]
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied()
}

/// The month before the one `now` lies in, as "2026-10", with its first moment and the first moment after it.
#[must_use]
pub fn last_month(tz: Tz, now: DateTime<Utc>) -> Option<(String, DateTime<Utc>, DateTime<Utc>)> {
    let today = now.with_timezone(&tz).date_naive();
    let end = NaiveDate::from_ymd_opt(today.year(), today.month(), 1)?;
    let start = end.pred_opt()?;
    let start = NaiveDate::from_ymd_opt(start.year(), start.month(), 1)?;
    let moment = |day: NaiveDate| calendar::instant(tz, day.and_time(chrono::NaiveTime::MIN));
    Some((start.format("%Y-%m").to_string(), moment(start), moment(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_and_nine_of_ten() {
        let hours = |list: &[i64]| list.iter().map(|h| Duration::hours(*h)).collect::<Vec<_>>();
        let check = |times: &[i64], least: usize, expect: Option<(i64, i64)>| {
            let found = range(&hours(times), least).map(|r| (r.low.num_hours(), r.high.num_hours()));
            assert_eq!(found, expect, "{times:?}");
        };
        check(&[], 1, None);
        check(&[5, 4, 3], 4, None);
        check(&[7], 1, Some((7, 7)));
        // Ten times: the fifth and the ninth smallest.
        check(&[10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 10, Some((5, 9)));
        // Eleven: at least half are done with the sixth, nine of ten with the tenth.
        check(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 10, Some((6, 10)));
        check(&[3, 3, 3, 3, 100], 5, Some((3, 100)));
    }

    #[test]
    fn months_end_at_the_city_s_midnight() {
        let check = |now: &str, month: &str, from: &str, to: &str| {
            let found = last_month(chrono_tz::America::New_York, now.parse().unwrap()).unwrap();
            assert_eq!(
                (found.0.as_str(), found.1, found.2),
                (month, from.parse().unwrap(), to.parse().unwrap())
            );
        };
        // October is in summer time, its end too: the clocks change on the first day of November.
        check("2026-11-15T12:00:00Z", "2026-10", "2026-10-01T04:00:00Z", "2026-11-01T04:00:00Z");
        check("2026-12-01T04:59:00Z", "2026-10", "2026-10-01T04:00:00Z", "2026-11-01T04:00:00Z");
        check("2026-12-01T05:00:00Z", "2026-11", "2026-11-01T04:00:00Z", "2026-12-01T05:00:00Z");
        check("2027-01-03T12:00:00Z", "2026-12", "2026-12-01T05:00:00Z", "2027-01-01T05:00:00Z");
    }
}
