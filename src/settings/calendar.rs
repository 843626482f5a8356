//! When a promise is due: hours on the clock, or the end of a working day of the city.

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveDateTime, TimeZone, Timelike, Utc};
use chrono_tz::Tz;

use super::policy::Policy;
use super::services::Due;

/// Furthest we look for a working day; a policy with holidays every day must not hang us.
const SEARCH_MAX_DAYS: u32 = 4000;

/// The moment by which a ticket opened at `opened_at` must be done.
///
/// Hours run on the clock, nights and holidays counted, and end at the next full hour of the city's clock:
/// what we say ("by 4 pm") is what we are held to.
/// Working days: the day it came in does not count; due at the end of the n-th working day after it.
#[must_use]
pub fn due_at(policy: &Policy, tz: Tz, due: Due, opened_at: DateTime<Utc>) -> DateTime<Utc> {
    match due {
        Due::Hours(hours) => to_full_hour(tz, opened_at + Duration::hours(i64::from(hours))),
        Due::WorkingDays(days) => {
            let mut day = opened_at.with_timezone(&tz).date_naive();
            for _ in 0..days {
                day = next_working_day(policy, day);
            }
            instant(tz, day.and_time(policy.working_hours.1))
        }
    }
}

/// Does the city work on this day?
#[must_use]
pub fn is_working_day(policy: &Policy, day: NaiveDate) -> bool {
    policy.working_days.contains(&day.weekday()) && !policy.holidays.contains(&day)
}

/// The first working day after this one.
#[must_use]
pub fn next_working_day(policy: &Policy, day: NaiveDate) -> NaiveDate {
    let mut next = day;
    for _ in 0..SEARCH_MAX_DAYS {
        let Some(following) = next.succ_opt() else { return next };
        next = following;
        if is_working_day(policy, next) {
            break;
        }
    }
    next
}

/// Somebody is at work at this moment: a working day, between its first and last minute.
#[must_use]
pub fn is_working_time(policy: &Policy, tz: Tz, at: DateTime<Utc>) -> bool {
    let local = at.with_timezone(&tz);
    let (from, to) = policy.working_hours;
    is_working_day(policy, local.date_naive()) && from <= local.time() && local.time() < to
}

/// The moment at which the city's clock shows `local`.
///
/// In the hour that comes twice (fall) the later one: the promise still holds then.
/// In the hour that is left out (spring) the first moment after it.
#[must_use]
pub fn instant(tz: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    let mut shown = local;
    // No zone ever left out more than a day and a night.
    for _ in 0..200 {
        if let Some(found) = tz.from_local_datetime(&shown).latest() {
            return found.with_timezone(&Utc);
        }
        shown += Duration::minutes(15);
    }
    local.and_utc()
}

/// The next full hour of the city's clock; the moment itself when it is one.
#[must_use]
pub fn to_full_hour(tz: Tz, at: DateTime<Utc>) -> DateTime<Utc> {
    let local = at.with_timezone(&tz);
    let past = i64::from(local.minute() * 60 + local.second());
    let started = past > 0 || local.nanosecond() > 0;
    if started {
        at + Duration::seconds(3600 - past) - Duration::nanoseconds(i64::from(local.nanosecond()))
    } else {
        at
    }
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::*;

    /// `opened` in UTC, `expect` as the city's clock shows it.
    fn check(due: Due, opened: &str, expect: &str) {
        let settings = Settings::built_in(std::iter::empty()).unwrap();
        let tz = settings.city.time_zone;
        let opened: DateTime<Utc> = opened.parse().unwrap();
        let found = due_at(&settings.policy, tz, due, opened).with_timezone(&tz);
        assert_eq!(found.format("%a %Y-%m-%d %H:%M:%S %z").to_string(), expect, "{due:?} from {opened}");
    }

    #[test]
    fn working_days_by_hand() {
        // Thu Nov 19 2026, 6:52 pm in Riverton.
        check(Due::WorkingDays(1), "2026-11-19T23:52:00Z", "Fri 2026-11-20 17:00:00 -0500");
        check(Due::WorkingDays(4), "2026-11-19T23:52:00Z", "Wed 2026-11-25 17:00:00 -0500");
        // Over Thanksgiving and the day after.
        check(Due::WorkingDays(5), "2026-11-19T23:52:00Z", "Mon 2026-11-30 17:00:00 -0500");
        // Late on Friday in Riverton is Saturday in UTC: the city's day counts.
        check(Due::WorkingDays(1), "2026-11-21T03:30:00Z", "Mon 2026-11-23 17:00:00 -0500");
        // A weekend, and a holiday in the middle of the week.
        check(Due::WorkingDays(1), "2026-11-22T15:00:00Z", "Mon 2026-11-23 17:00:00 -0500");
        check(Due::WorkingDays(1), "2026-11-10T15:00:00Z", "Thu 2026-11-12 17:00:00 -0500");
        // Over the new year.
        check(Due::WorkingDays(1), "2026-12-31T15:00:00Z", "Mon 2027-01-04 17:00:00 -0500");
    }

    #[test]
    fn clocks_change() {
        // Spring: Sun Mar 8 2026, 2 am becomes 3 am. The working day still ends at 5 pm, now in summer time.
        check(Due::WorkingDays(1), "2026-03-06T15:00:00Z", "Mon 2026-03-09 17:00:00 -0400");
        // 12 hours from 8 pm on Saturday: 8 am, and one more on the clock because an hour was left out.
        check(Due::Hours(12), "2026-03-08T01:00:00Z", "Sun 2026-03-08 09:00:00 -0400");
        // Fall: Sun Nov 1 2026, 2 am becomes 1 am.
        check(Due::WorkingDays(1), "2026-10-30T15:00:00Z", "Mon 2026-11-02 17:00:00 -0500");
        check(Due::Hours(12), "2026-11-01T00:00:00Z", "Sun 2026-11-01 07:00:00 -0500");
        // Into both 1 o'clock hours.
        check(Due::Hours(1), "2026-11-01T04:00:00Z", "Sun 2026-11-01 01:00:00 -0400");
        check(Due::Hours(2), "2026-11-01T04:00:00Z", "Sun 2026-11-01 01:00:00 -0500");
    }

    #[test]
    fn hours_end_on_the_hour() {
        check(Due::Hours(4), "2026-11-23T15:00:00Z", "Mon 2026-11-23 14:00:00 -0500");
        check(Due::Hours(4), "2026-11-23T15:00:01Z", "Mon 2026-11-23 15:00:00 -0500");
        check(Due::Hours(24), "2026-11-25T22:18:59.5Z", "Thu 2026-11-26 18:00:00 -0500");
    }

    #[test]
    fn hours_that_do_not_exist_or_come_twice() {
        let check = |local: &str, expect: &str| {
            let local = NaiveDateTime::parse_from_str(local, "%Y-%m-%d %H:%M").unwrap();
            assert_eq!(instant(chrono_tz::America::New_York, local).to_rfc3339(), expect, "{local}");
        };
        check("2026-03-08 01:59", "2026-03-08T06:59:00+00:00");
        check("2026-03-08 02:30", "2026-03-08T07:00:00+00:00");
        check("2026-03-08 03:00", "2026-03-08T07:00:00+00:00");
        check("2026-11-01 01:30", "2026-11-01T06:30:00+00:00");
        check("2026-11-01 02:00", "2026-11-01T07:00:00+00:00");
    }

    #[test]
    fn a_city_that_never_works_does_not_hang() {
        let mut policy = Settings::built_in(std::iter::empty()).unwrap().policy;
        policy.working_days.clear();
        let opened = "2026-11-19T23:52:00Z".parse().unwrap();
        assert!(due_at(&policy, Tz::UTC, Due::WorkingDays(250), opened) > opened);
    }

    proptest::proptest! {
        #[test]
        fn never_before_it_was_opened(second in 0_i64..4_000_000_000, n in 1_u32..=250, hours: bool) {
            let policy = test_policy();
            let opened = DateTime::from_timestamp(second, 0).unwrap();
            let due = if hours { Due::Hours(n) } else { Due::WorkingDays(n) };
            let at = due_at(policy, chrono_tz::America::New_York, due, opened);
            proptest::prop_assert!(at > opened);
            proptest::prop_assert!(hours || at > due_at(policy, chrono_tz::America::New_York, Due::WorkingDays(n.max(2) - 1), opened) || n == 1);
        }
    }

    fn test_policy() -> &'static Policy {
        static POLICY: std::sync::LazyLock<Policy> =
            std::sync::LazyLock::new(|| Settings::built_in(std::iter::empty()).unwrap().policy);
        &POLICY
    }
}
