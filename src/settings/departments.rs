//! `departments.toml`: who does the work.

use chrono::{NaiveTime, Weekday};
use serde::Serialize;

use super::city::{is_mail_address, not_an_address};
use super::lang::ByLang;
use super::reader::Table;

/// Who is responsible for a ticket.
#[derive(Clone, Debug, Serialize)]
pub struct Department {
    /// Short fixed name in files and addresses: "street_lighting".
    pub code: String,
    /// What residents read: "Street Lighting".
    pub names: ByLang<String>,
    /// Where work orders go when there is no better way.
    pub email: Option<String>,
    /// Number residents may call.
    pub phone: Option<String>,
    /// When somebody is at that number.
    pub hours: OfficeHours,
    /// Crews by the names used on the radio: "L3".
    pub crews: Vec<String>,
}

/// Days and times at which an office is open, in the city's zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OfficeHours {
    /// Open days, Monday first.
    pub days: Vec<Weekday>,
    /// Opens.
    pub from: NaiveTime,
    /// Closes.
    pub to: NaiveTime,
}

/// All departments, and the one that takes what nobody else does.
#[derive(Clone, Debug, Serialize)]
pub struct Departments {
    list: Vec<Department>,
    fallback: usize,
}

impl Departments {
    /// The department of this code.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Department> {
        self.list.iter().find(|d| d.code == code)
    }

    /// All, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Department> {
        self.list.iter()
    }

    /// The one that takes what nobody else does (`fallback = true`).
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "`read` makes no list without a fallback inside it")]
    pub fn fallback(&self) -> &Department {
        &self.list[self.fallback]
    }
}

/// Names of the days in files.
pub(super) const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Mon),
    ("tue", Weekday::Tue),
    ("wed", Weekday::Wed),
    ("thu", Weekday::Thu),
    ("fri", Weekday::Fri),
    ("sat", Weekday::Sat),
    ("sun", Weekday::Sun),
];

/// Reads all departments. None only together with noted problems.
pub(super) fn read(root: &Table<'_>) -> Option<Departments> {
    let mut list: Vec<Department> = Vec::new();
    let mut fallback = None;
    for t in root.tables("department") {
        let department = read_one(&t);
        if list.iter().any(|d| d.code == department.code) && !department.code.is_empty() {
            t.problem(
                "code",
                format!("department `{}` stands in the file twice; remove or rename one", department.code),
            );
        }
        if t.truth("fallback", false) {
            if fallback.is_some() {
                t.problem(
                    "fallback",
                    "a second department says `fallback = true`; only one can take what is left over",
                );
            }
            fallback = Some(list.len());
        }
        t.done();
        list.push(department);
    }
    if fallback.is_none() {
        root.problem(
            "",
            "no department says `fallback = true`; choose the one that takes what nobody else does",
        );
    }
    root.done();
    Some(Departments { list, fallback: fallback? })
}

fn read_one(t: &Table<'_>) -> Department {
    let email = t.parsed("email", |text| {
        if is_mail_address(text) { Ok(text.to_owned()) } else { Err(not_an_address(text)) }
    });
    Department {
        code: code(t, "code", "street_lighting"),
        names: t.by_lang("name"),
        email,
        phone: t.text_or_none("phone"),
        hours: read_hours(&t.table("hours")),
        crews: t.words("crews").into_iter().map(|w| w.text).collect(),
    }
}

/// Open days and times; Monday to Friday, 8 to 5, where the file says nothing.
pub(super) fn read_hours(t: &Table<'_>) -> OfficeHours {
    let mut days = t.choices("days", &DAYS);
    days.sort_by_key(Weekday::num_days_from_monday);
    days.dedup();
    if days.is_empty() {
        days = DAYS.iter().take(5).map(|(_, day)| *day).collect();
    }
    let from = t.time("from", clock(8, 0));
    let to = t.time("to", clock(17, 0));
    if from >= to {
        t.problem(
            "to",
            format!("`to` ({}) must be later than `from` ({})", to.format("%H:%M"), from.format("%H:%M")),
        );
    }
    t.done();
    OfficeHours { days, from, to }
}

/// A time of day that is written in this code.
pub(super) fn clock(hour: u32, minute: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default()
}

/// A short fixed name: small letters, digits and low lines. It goes into addresses and the database.
pub(super) fn code(t: &Table<'_>, key: &'static str, example: &str) -> String {
    let code = t.text(key, example);
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !code.is_empty()
        && (code.len() > 40
            || !code.chars().all(plain)
            || !code.starts_with(|c: char| c.is_ascii_lowercase()))
    {
        t.problem(
            key,
            format!("`{code}` cannot be a code; use up to 40 small letters, digits and _, like `{example}`"),
        );
    }
    code
}
