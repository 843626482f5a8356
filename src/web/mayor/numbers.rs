//! The six charts of the mayor's page: every number with what was counted and since when.

use chrono::{DateTime, Utc};

use crate::db::DbConnection;
use crate::error::Result;
use crate::insights::mayor::{self, WEEKS, Week};
use crate::routing::expect;
use crate::settings::{Lang, dates};
use crate::web::staff::desk::Desk;
use crate::web::view::chart::{Chart, bars};

/// Fewer weeks with something in them than this are not drawn: a bar or two is no course.
const LEAST_WEEKS: usize = 2;

/// One value of a week: its size for the bar and its words; `None` when nothing was counted.
type Value = Option<(f64, String)>;

/// All charts and the note under them.
pub(super) fn charts(desk: &Desk<'_>, conn: &mut DbConnection) -> Result<(Vec<Chart>, String)> {
    let weeks = mayor::weeks(conn, desk.now)?;
    let chart =
        |label: &str, unit: &str, value: &dyn Fn(&Week) -> Value, counted: &dyn Fn(&Week) -> String| {
            draw(desk, &weeks, (label, unit), value, counted)
        };
    let share = |some: i64, of: i64| of_all(some, of);
    let charts = vec![
        chart("Posts answered at all", "in 100", &|w| share(w.answered, w.posts), &|w| {
            format!("{} of {} posts", w.answered, w.posts)
        }),
        chart("First answer, half within", "", &|w| minutes(w.first_answer_minutes), &|w| {
            format!("{} answered posts", w.answered)
        }),
        chart("First human answer, half within", "", &|w| minutes(w.first_human_minutes), &|w| {
            format!("{} answered by a person", w.human_answers)
        }),
        chart("Promises kept", "in 100", &|w| share(w.promises_kept, w.promises_due), &|w| {
            format!("{} of {} that fell due", w.promises_kept, w.promises_due)
        }),
        chart("Fixes that came back", "in 100", &|w| share(w.reopened.min(w.fixed), w.fixed), &|w| {
            format!("{} reopened, {} fixed", w.reopened, w.fixed)
        }),
        chart(
            "Things we posted that were answers",
            "in 100",
            &|w| share(w.said, w.said + w.broadcasts),
            &|w| format!("{} answers, {} broadcasts", w.said, w.broadcasts),
        ),
    ];
    let last = weeks.last().map(|w| range(desk, w.from, w.to)).unwrap_or_default();
    let kept = match expect::coverage(conn, None)? {
        Some(month) if month.ranges > 0 => format!(
            " Of the dates we expected in {}, {} of {} came true (goal: {} in 100).",
            month.month,
            month.kept,
            month.ranges,
            expect::GOAL_PCT
        ),
        _ => String::new(),
    };
    let note = format!(
        "The big number is {last}. Bars are {WEEKS} weeks and start at 0. \
         An answer counts from the moment the post was written. Followers and likes are not counted here.{kept}"
    );
    Ok((charts, note))
}

fn draw(
    desk: &Desk<'_>,
    weeks: &[Week],
    (label, unit): (&str, &str),
    value: &dyn Fn(&Week) -> Value,
    counted: &dyn Fn(&Week) -> String,
) -> Chart {
    let values: Vec<(f64, String, String)> = weeks
        .iter()
        .map(|w| {
            let (size, words) = value(w).unwrap_or((0.0, "nothing to count".to_owned()));
            let unit = if unit.is_empty() || value(w).is_none() { String::new() } else { format!(" {unit}") };
            (size, range(desk, w.from, w.to), format!("{words}{unit}: {}", counted(w)))
        })
        .collect();
    let filled = weeks.iter().filter(|w| value(w).is_some()).count();
    let last = weeks.last().and_then(value);
    let basis = weeks.last().map(counted).unwrap_or_default();
    let (drawn, _) = bars(&values, None);
    let spoken: Vec<String> = values.iter().map(|(_, when, words)| format!("{when}: {words}")).collect();
    Chart {
        label: label.to_owned(),
        value: last.as_ref().map_or_else(|| "–".to_owned(), |(_, words)| words.clone()),
        unit: match (&last, unit) {
            (None, _) => "nothing to count this week".to_owned(),
            (Some(_), "") => format!("({basis})"),
            (Some(_), unit) => format!("{unit} ({basis})"),
        },
        bars: if filled >= LEAST_WEEKS { drawn } else { Vec::new() },
        goal_y: None,
        from: format!("{WEEKS} weeks"),
        goal: String::new(),
        spoken: format!("{label}. {}", spoken.join("; ")),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a week are far below 2^52")]
fn of_all(some: i64, of: i64) -> Value {
    if of <= 0 {
        return None;
    }
    let share = some as f64 * 100.0 / of as f64;
    Some((share, format!("{share:.0}")))
}

#[expect(clippy::cast_precision_loss, reason = "minutes of a week are far below 2^52")]
fn minutes(value: Option<i64>) -> Value {
    let minutes = value?;
    let words = crate::web::staff::times::span(chrono::Duration::minutes(minutes));
    Some((minutes as f64, words))
}

/// "Nov 16 to 22".
fn range(desk: &Desk<'_>, from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let day = |at: DateTime<Utc>| {
        let named = dates::day(at.with_timezone(&desk.zone()).date_naive(), Lang::En);
        named.split_once(' ').map_or(named.clone(), |(_, rest)| rest.to_owned())
    };
    let (from, to) = (day(from), day(to));
    match (from.split_once(' '), to.split_once(' ')) {
        (Some((a, _)), Some((b, last))) if a == b => format!("{from} to {last}"),
        _ => format!("{from} to {to}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_not_zero() {
        assert_eq!(of_all(0, 0), None);
        assert_eq!(of_all(0, 4).map(|v| v.1), Some("0".into()));
        assert_eq!(of_all(2, 3).map(|v| v.1), Some("67".into()));
        assert_eq!(minutes(None), None);
    }
}
