//! Times as people at the city read them: how long ago, how much is left, when exactly. Pure.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::settings::{Lang, calendar, dates};
use crate::web::view::When;
use crate::web::view::board::Clock;

/// "12 min", "5 h 40", "3 days".
pub(in crate::web) fn span(time: Duration) -> String {
    let minutes = time.num_minutes().abs();
    match minutes {
        0 => "under 1 min".to_owned(),
        1..60 => format!("{minutes} min"),
        60..1_440 if minutes % 60 == 0 || minutes >= 600 => format!("{} h", minutes / 60),
        60..1_440 => format!("{} h {:02}", minutes / 60, minutes % 60),
        1_440..2_880 => "1 day".to_owned(),
        _ => format!("{} days", minutes / 1_440),
    }
}

/// "25 min ago", "just now".
pub(in crate::web) fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    if now - at < Duration::minutes(1) { "just now".to_owned() } else { format!("{} ago", span(now - at)) }
}

/// Today the time alone ("10:14 am"), else with the day ("Nov 22, 4 pm").
pub(in crate::web) fn short(at: DateTime<Utc>, now: DateTime<Utc>, zone: Tz) -> String {
    let local = at.with_timezone(&zone);
    let time = dates::time(local.time(), Lang::En);
    if local.date_naive() == now.with_timezone(&zone).date_naive() {
        return time;
    }
    let day = dates::day(local.date_naive(), Lang::En);
    // Without the weekday: the list is narrow and the date says it.
    let day = day.split_once(' ').map_or(day.as_str(), |(_, d)| d).to_owned();
    if (now - at).abs() > Duration::days(300) {
        return format!("{day} {}", local.format("%Y"));
    }
    format!("{day}, {time}")
}

/// A moment for people and machines.
pub(in crate::web) fn when(at: DateTime<Utc>, now: DateTime<Utc>, zone: Tz) -> When {
    When { words: short(at, now, zone), iso: at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true) }
}

/// Share of a time used up, 0 to 100.
fn used(from: DateTime<Utc>, to: DateTime<Utc>, now: DateTime<Utc>) -> u8 {
    let whole = (to - from).num_seconds();
    if whole <= 0 || now >= to {
        return 100;
    }
    let done = (now - from).num_seconds().clamp(0, whole) * 100 / whole;
    u8::try_from(done).unwrap_or(100)
}

/// Time until something must be done: calm, under a third left, late.
pub(in crate::web) fn clock(from: DateTime<Utc>, due: DateTime<Utc>, now: DateTime<Utc>, zone: Tz) -> Clock {
    let left = due - now;
    let used_pct = used(from, due, now);
    if left < Duration::zero() {
        return Clock { words: format!("{} late", span(left)), tone: "late".into(), used_pct: 100 };
    }
    let words = if left < Duration::hours(1) {
        span(left)
    } else if due.with_timezone(&zone).date_naive() == now.with_timezone(&zone).date_naive() {
        format!("{} left", span(left))
    } else {
        let day = due.with_timezone(&zone).date_naive();
        let named = dates::day(day, Lang::En);
        let (weekday, date) = named.split_once(' ').unwrap_or((named.as_str(), ""));
        let soon = left < Duration::days(6);
        format!("Due {}", if soon { weekday } else { date })
    };
    Clock { words, tone: if used_pct > 66 { "soon".into() } else { String::new() }, used_pct }
}

/// The end of a day typed into a date field ("2026-11-24"), in the city's zone.
pub(in crate::web) fn end_of_day(typed: &str, zone: Tz) -> Option<DateTime<Utc>> {
    let day: NaiveDate = typed.trim().parse().ok()?;
    Some(calendar::instant(zone, day.and_hms_opt(17, 0, 0)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn spans() {
        let check = |minutes: i64, expect: &str| assert_eq!(span(Duration::minutes(minutes)), expect);
        check(0, "under 1 min");
        check(59, "59 min");
        check(60, "1 h");
        check(340, "5 h 40");
        check(605, "10 h");
        check(-25, "25 min");
        check(1_500, "1 day");
        check(4_320, "3 days");
    }

    #[test]
    fn clocks() {
        let zone = chrono_tz::America::New_York;
        let check = |from: &str, due: &str, now: &str, expect: (&str, &str, u8)| {
            let clock = clock(at(from), at(due), at(now), zone);
            assert_eq!((clock.words.as_str(), clock.tone.as_str(), clock.used_pct), expect);
        };
        let opened = "2026-11-23T14:00:00Z";
        check(opened, "2026-11-23T14:15:00Z", "2026-11-23T14:03:00Z", ("12 min", "", 20));
        check(opened, "2026-11-23T14:15:00Z", "2026-11-23T14:13:00Z", ("2 min", "soon", 86));
        check(opened, "2026-11-23T14:15:00Z", "2026-11-23T14:40:00Z", ("25 min late", "late", 100));
        check(opened, "2026-11-23T21:00:00Z", "2026-11-23T15:20:00Z", ("5 h 40 left", "", 19));
        check(opened, "2026-11-25T22:00:00Z", "2026-11-23T15:20:00Z", ("Due Wed", "", 2));
        check(opened, "2026-12-25T22:00:00Z", "2026-11-23T15:20:00Z", ("Due Dec 25", "", 0));
    }

    #[test]
    fn days_typed() {
        let zone = chrono_tz::America::New_York;
        assert_eq!(end_of_day("2026-11-24", zone), Some(at("2026-11-24T22:00:00Z")));
        assert_eq!(end_of_day("tomorrow", zone), None);
        assert_eq!(end_of_day("2026-02-30", zone), None);
    }

    #[test]
    fn moments() {
        let zone = chrono_tz::America::New_York;
        let now = at("2026-11-23T15:20:00Z");
        assert_eq!(short(at("2026-11-23T15:14:00Z"), now, zone), "10:14 am");
        assert_eq!(short(at("2026-11-22T21:00:00Z"), now, zone), "Nov 22, 4 pm");
        assert_eq!(ago(at("2026-11-23T15:19:40Z"), now), "just now");
    }
}
