//! Days and times as people read them, in each language and in the city's zone.

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveTime, Timelike, Utc};
use chrono_tz::Tz;

use super::lang::Lang;

/// Sunday first, as chrono counts.
const WEEKDAYS: [[&str; 7]; 4] = [
    ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
    ["dom", "lun", "mar", "mié", "jue", "vie", "sáb"],
    ["dom", "seg", "ter", "qua", "qui", "sex", "sáb"],
    ["dim", "len", "mad", "mèk", "jed", "van", "sam"],
];
const MONTHS: [[&str; 12]; 4] = [
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"],
    ["jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez"],
    ["jan", "fev", "mas", "avr", "me", "jen", "jiy", "out", "sep", "okt", "nov", "des"],
];

/// From so many days on, a date without its year could be misread.
const YEAR_FROM_DAYS: i64 = 180;

/// "Wed Nov 25", "mié 25 nov", "qua 25 nov", "mèk 25 nov".
#[must_use]
pub fn day(date: NaiveDate, lang: Lang) -> String {
    let weekday = name(&WEEKDAYS, lang, date.weekday().num_days_from_sunday());
    let month = name(&MONTHS, lang, date.month0());
    match lang {
        Lang::En => format!("{weekday} {month} {}", date.day()),
        Lang::Es | Lang::Pt | Lang::Ht => format!("{weekday} {} {month}", date.day()),
    }
}

/// "4 pm", "4:30 pm"; in Portuguese "16h", "16h30".
#[must_use]
pub fn time(time: NaiveTime, lang: Lang) -> String {
    let (minute, (pm, hour)) = (time.minute(), time.hour12());
    match lang {
        Lang::Pt if minute == 0 => format!("{}h", time.hour()),
        Lang::Pt => format!("{}h{minute:02}", time.hour()),
        Lang::En | Lang::Es | Lang::Ht => {
            let half = if pm { "pm" } else { "am" };
            if minute == 0 { format!("{hour} {half}") } else { format!("{hour}:{minute:02} {half}") }
        }
    }
}

/// A moment in the city: "Thu Nov 19, 6:52 pm".
#[must_use]
pub fn moment(at: DateTime<Utc>, tz: Tz, lang: Lang) -> String {
    let local = at.with_timezone(&tz);
    format!("{}, {}", day(local.date_naive(), lang), time(local.time(), lang))
}

/// A due date as it stands in a sentence, after "by", "a más tardar", "até", "pa pita pase".
///
/// Today with the time ("4 pm today"), else the day ("Wed Nov 25"); Spanish brings its article ("el mié 25 nov").
/// A day more than half a year ahead, or behind, gets its year.
#[must_use]
pub fn due(due_at: DateTime<Utc>, now: DateTime<Utc>, tz: Tz, lang: Lang) -> String {
    let local = due_at.with_timezone(&tz);
    let date = local.date_naive();
    if date == now.with_timezone(&tz).date_naive() {
        let clock = time(local.time(), lang);
        return match lang {
            Lang::En => format!("{clock} today"),
            Lang::Es if local.hour12().1 == 1 => format!("hoy a la {clock}"),
            Lang::Es => format!("hoy a las {clock}"),
            Lang::Pt => format!("hoje às {clock}"),
            Lang::Ht => format!("jodi a {clock}"),
        };
    }
    let article = if lang == Lang::Es { "el " } else { "" };
    let far = (due_at - now).abs() > Duration::days(YEAR_FROM_DAYS);
    let year = if far { format!(" {}", date.year()) } else { String::new() };
    format!("{article}{}{year}", day(date, lang))
}

fn name<const N: usize>(table: &[[&'static str; N]; 4], lang: Lang, index: u32) -> &'static str {
    let row = match lang {
        Lang::En => &table[0],
        Lang::Es => &table[1],
        Lang::Pt => &table[2],
        Lang::Ht => &table[3],
    };
    row.get(index as usize).copied().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_in_four_languages() {
        let check = |date: &str, expect: [&str; 4]| {
            let date: NaiveDate = date.parse().unwrap();
            assert_eq!(Lang::ALL.map(|l| day(date, l)), expect);
        };
        check("2026-11-25", ["Wed Nov 25", "mié 25 nov", "qua 25 nov", "mèk 25 nov"]);
        check("2027-01-03", ["Sun Jan 3", "dom 3 ene", "dom 3 jan", "dim 3 jan"]);
        check("2026-08-01", ["Sat Aug 1", "sáb 1 ago", "sáb 1 ago", "sam 1 out"]);
    }

    #[test]
    fn due_in_a_sentence() {
        let tz = chrono_tz::America::New_York;
        let check = |due_at: &str, now: &str, expect: [&str; 4]| {
            let (due_at, now) = (due_at.parse().unwrap(), now.parse().unwrap());
            assert_eq!(Lang::ALL.map(|l| due(due_at, now, tz, l)), expect);
        };
        check(
            "2026-11-25T22:00:00Z",
            "2026-11-19T23:52:00Z",
            ["Wed Nov 25", "el mié 25 nov", "qua 25 nov", "mèk 25 nov"],
        );
        check(
            "2026-11-21T21:00:00Z",
            "2026-11-21T15:18:00Z",
            ["4 pm today", "hoy a las 4 pm", "hoje às 16h", "jodi a 4 pm"],
        );
        check(
            "2026-11-21T18:30:00Z",
            "2026-11-21T15:18:00Z",
            ["1:30 pm today", "hoy a la 1:30 pm", "hoje às 13h30", "jodi a 1:30 pm"],
        );
        // Already tomorrow in UTC, still today in the city.
        check(
            "2026-11-22T04:00:00Z",
            "2026-11-21T15:18:00Z",
            ["11 pm today", "hoy a las 11 pm", "hoje às 23h", "jodi a 11 pm"],
        );
        check(
            "2027-09-01T21:00:00Z",
            "2026-11-21T15:18:00Z",
            ["Wed Sep 1 2027", "el mié 1 sep 2027", "qua 1 set 2027", "mèk 1 sep 2027"],
        );
    }

    #[test]
    fn midnight_noon_and_clock_changes() {
        let tz = chrono_tz::America::New_York;
        let check = |at: &str, expect: &str| assert_eq!(moment(at.parse().unwrap(), tz, Lang::En), expect);
        check("2026-11-19T23:52:00Z", "Thu Nov 19, 6:52 pm");
        check("2026-11-20T05:00:00Z", "Fri Nov 20, 12 am");
        check("2026-11-20T17:00:00Z", "Fri Nov 20, 12 pm");
        check("2026-03-08T07:00:00Z", "Sun Mar 8, 3 am");
        check("2026-11-01T05:30:00Z", "Sun Nov 1, 1:30 am");
        check("2026-11-01T06:30:00Z", "Sun Nov 1, 1:30 am");
    }
}
