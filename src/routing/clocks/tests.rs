//! A whole year, minute by minute, against a table that was worked out by hand (`tests/data/clocks.csv`).

use chrono::NaiveDateTime;

use super::*;
use crate::settings::Settings;

struct Row {
    name: String,
    opened: DateTime<Utc>,
    counted_in: Due,
    pauses: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    due: DateTime<Utc>,
    events: Vec<Option<DateTime<Utc>>>,
}

/// A ticket on its way through the year.
struct Running {
    row: Row,
    due: DateTime<Utc>,
    level: i64,
    paused: Option<DateTime<Utc>>,
    happened: Vec<Option<DateTime<Utc>>>,
}

fn rows(tz: Tz) -> Vec<Row> {
    let text = include_str!("../../../tests/data/clocks.csv");
    let at = |text: &str| {
        let local = NaiveDateTime::parse_from_str(text.trim(), "%Y-%m-%d %H:%M").unwrap();
        calendar::instant(tz, local)
    };
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.unwrap();
        let cell = |n: usize| record.get(n).unwrap();
        let (n, unit) = cell(2).split_once(' ').unwrap();
        let n = n.parse().unwrap();
        // "2026-06-17 16:59/2026-06-17 17:00 2026-06-18 17:00/…": sixteen letters a moment.
        let pauses = cell(3).as_bytes().chunks(34).filter(|c| c.len() >= 33).map(|c| {
            let text = std::str::from_utf8(c).unwrap();
            let (from, to) = text.trim().split_once('/').unwrap();
            (at(from), at(to))
        });
        rows.push(Row {
            name: cell(0).to_owned(),
            opened: at(cell(1)),
            counted_in: if unit.starts_with("hour") { Due::Hours(n) } else { Due::WorkingDays(n) },
            pauses: pauses.collect(),
            due: at(cell(4)),
            events: (5..9).map(|n| Some(cell(n)).filter(|c| *c != "-").map(at)).collect(),
        });
    }
    rows
}

fn one_minute(policy: &Policy, tz: Tz, ticket: &mut Running, now: DateTime<Utc>) {
    let row = &ticket.row;
    if let Some(pause) = row.pauses.iter().find(|(from, _)| *from == now) {
        ticket.paused = Some(pause.0);
    }
    if let Some(paused) = ticket.paused.filter(|_| row.pauses.iter().any(|(_, to)| *to == now)) {
        ticket.due = after_pause(policy, tz, row.counted_in, ticket.due, (paused, now));
        ticket.paused = None;
    }
    if ticket.paused.is_some() || now < row.opened {
        return;
    }
    let step = next(policy, tz, ClockKind::Promise, (row.opened, ticket.due), ticket.level);
    if let Some(step) = step.filter(|step| step.at() <= now) {
        ticket.level = level_after(step);
        let slot = usize::try_from(ticket.level - 1).unwrap();
        ticket.happened[slot] = Some(now);
    }
}

#[test]
fn a_year_of_holidays_clock_changes_and_pauses_as_counted_by_hand() {
    let settings = Settings::built_in(std::iter::empty()).unwrap();
    let (policy, tz) = (&settings.policy, settings.city.time_zone);
    assert_eq!((policy.clocks.warn_hours, policy.clocks.ladder.len()), (4, 3), "the table counts with these");
    let mut running: Vec<Running> = rows(tz)
        .into_iter()
        .map(|row| {
            let due = calendar::due_at(policy, tz, row.counted_in, row.opened);
            Running { row, due, level: 0, paused: None, happened: vec![None; 4] }
        })
        .collect();
    assert!(running.len() >= 14);
    let mut now: DateTime<Utc> = "2026-01-01T05:00:00Z".parse().unwrap();
    while now < "2027-01-08T05:00:00Z".parse::<DateTime<Utc>>().unwrap() {
        for ticket in &mut running {
            // Only the weeks around it: the rest of the year nothing can happen.
            if (now - ticket.row.opened).num_days().abs() < 40 {
                one_minute(policy, tz, ticket, now);
            }
        }
        now += Duration::minutes(1);
    }
    let shown = |at: &Option<DateTime<Utc>>| at.map(|at| at.with_timezone(&tz).to_rfc3339());
    for ticket in &running {
        let name = &ticket.row.name;
        assert_eq!(shown(&Some(ticket.due)), shown(&Some(ticket.row.due)), "{name}: due");
        let (found, expect): (Vec<_>, Vec<_>) =
            (ticket.happened.iter().map(shown).collect(), ticket.row.events.iter().map(shown).collect());
        assert_eq!(found, expect, "{name}: warned and the three rungs");
    }
}

#[test]
fn rungs_of_the_other_clock_are_passed_over() {
    let mut policy = Settings::built_in(std::iter::empty()).unwrap().policy;
    let tz = chrono_tz::America::New_York;
    let (started, due) = ("2026-01-06T15:00:00Z".parse().unwrap(), "2026-01-07T22:00:00Z".parse().unwrap());
    let step = |policy: &Policy, level| next(policy, tz, ClockKind::Answer, (started, due), level);
    assert_eq!(step(&policy, 0), None, "no rung is for it");
    policy.clocks.ladder[1].clocks = vec![ClockKind::Answer];
    let second = step(&policy, 0).unwrap();
    assert_eq!(second, Next::Climb(1, "2026-01-08T22:00:00Z".parse().unwrap()), "and it has no warning");
    assert_eq!(step(&policy, level_after(second)), None);
    // The promise skips that rung.
    let promise = next(&policy, tz, ClockKind::Promise, (started, due), 2).unwrap();
    assert_eq!(promise, Next::Climb(2, "2026-01-12T22:00:00Z".parse().unwrap()));
}
