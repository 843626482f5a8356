//! `[clocks]` and `[expected]` of policy.toml: the two clocks of every request, whom a late one is told, and how the
//! expected date is learned.

use serde::Serialize;

use super::city::is_mail_address;
use super::reader::Table;
use super::services::Due;
use super::services_file::due_at_key;

/// Rungs a ladder may have; the last one is the mayor's office, and nobody climbs further.
const RUNGS_MAX: usize = 10;

/// The two clocks: until a person answers, and until the promise is due.
#[derive(Clone, Debug, Serialize)]
pub struct Clocks {
    /// Time until a person should have answered, in words of their own or by releasing a draft.
    pub first_answer: Due,
    /// So many hours before the promise is due the department is warned; 0: never.
    pub warn_hours: u32,
    /// Who is told when it is late, from the first to the last.
    pub ladder: Vec<Rung>,
    /// How the expected date is learned from the past.
    pub expected: Expected,
}

/// One step of the ladder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rung {
    /// So long after it was due; `None`: at that moment.
    pub after: Option<Due>,
    /// Who is told.
    pub tell: Vec<Tell>,
    /// Which clocks climb it.
    pub clocks: Vec<ClockKind>,
}

/// Which of the two clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ClockKind {
    /// Until the promise is due.
    Promise,
    /// Until a person answers.
    Answer,
}

impl ClockKind {
    /// The word in files and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Promise => "promise",
            Self::Answer => "answer",
        }
    }
}

/// Somebody who is told that a request is late.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tell {
    /// The department's own address.
    Department,
    /// Everybody who signs in as head of the department.
    DepartmentHead,
    /// Everybody who signs in for the mayor's office.
    Mayor,
    /// This address.
    Address(String),
}

/// How the date we expect is learned from requests that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Expected {
    /// Requests fixed in the last so many days count.
    pub days: u32,
    /// With fewer than so many alike nothing is said.
    pub least: u32,
}

/// Reads `[clocks]` with its ladder, and `[expected]`.
pub(super) fn read(root: &Table<'_>) -> Clocks {
    let t = root.table("clocks");
    let first_answer = due_at_key(&t, "first_answer").unwrap_or(Due::WorkingDays(1));
    let warn_hours = t.whole("warn_hours", 4, 0..=240);
    let ladder = read_ladder(&t);
    t.done();
    let e = root.table("expected");
    let expected =
        Expected { days: e.whole("days", 365, 30..=3650), least: e.whole("least", 20, 5..=10_000) };
    e.done();
    Clocks { first_answer, warn_hours, ladder, expected }
}

fn read_ladder(t: &Table<'_>) -> Vec<Rung> {
    let tables = t.tables("ladder");
    if tables.is_empty() {
        return usual();
    }
    if tables.len() > RUNGS_MAX {
        t.problem("ladder", format!("{} rungs; at most {RUNGS_MAX} are read", tables.len()));
    }
    tables.iter().map(read_rung).collect()
}

fn read_rung(t: &Table<'_>) -> Rung {
    let words = t.words("tell");
    if words.is_empty() {
        t.problem("tell", "this rung tells nobody; add for example `tell = [\"department_head\"]`");
    }
    let mut tell = Vec::new();
    for word in words {
        match word.text.as_str() {
            "department" => tell.push(Tell::Department),
            "department_head" => tell.push(Tell::DepartmentHead),
            "mayor" => tell.push(Tell::Mayor),
            address if is_mail_address(address) => tell.push(Tell::Address(address.to_owned())),
            other => t.problem_at(
                &word,
                format!(
                    "`{other}` cannot be told; write `department`, `department_head`, `mayor` or an e-mail address"
                ),
            ),
        }
    }
    let mut clocks = t.choices("clock", &[("promise", ClockKind::Promise), ("answer", ClockKind::Answer)]);
    if clocks.is_empty() {
        clocks.push(ClockKind::Promise);
    }
    let rung = Rung { after: due_at_key(t, "after"), tell, clocks };
    t.done();
    rung
}

/// The ladder of a city that wrote none.
fn usual() -> Vec<Rung> {
    let rung = |after, tell| Rung { after, tell: vec![tell], clocks: vec![ClockKind::Promise] };
    vec![
        rung(None, Tell::Department),
        rung(Some(Due::WorkingDays(1)), Tell::DepartmentHead),
        rung(Some(Due::WorkingDays(3)), Tell::Mayor),
    ]
}
