//! The routing rules as the city wrote them: conditions, and what they decide. Reading is in `routing_file.rs`,
//! choosing the rule that fits in `routing/`.

use chrono::{NaiveTime, Weekday};
use serde::Serialize;

use super::lang::Lang;
use super::services::{Due, Urgency};

/// The word for an owner that the map data does not name: the ground and what stands on it are the city's.
pub const CITY_OWNER: &str = "city";

/// All rules, in the order they are asked. The service's own department stands behind the last one.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RoutingRules {
    pub(super) list: Vec<RoutingRule>,
}

impl RoutingRules {
    /// The rules in the order they are asked; the first that fits wins.
    pub fn iter(&self) -> impl Iterator<Item = &RoutingRule> {
        self.list.iter()
    }

    /// The rules as a list.
    #[must_use]
    pub fn list(&self) -> &[RoutingRule] {
        &self.list
    }

    /// Does any rule ask who owns the spot? Finding that out costs a look at the map.
    #[must_use]
    pub fn asks_owner(&self) -> bool {
        self.list.iter().any(|rule| !rule.when.owners.is_empty())
    }

    /// Does any rule ask what the writer said: the language or the answers to questions?
    #[must_use]
    pub fn asks_words(&self) -> bool {
        self.asks_language() || self.list.iter().any(|rule| !rule.when.answers.is_empty())
    }

    /// Does any rule ask for the language of the post? That is read back from what was understood of it.
    #[must_use]
    pub fn asks_language(&self) -> bool {
        self.list.iter().any(|rule| !rule.when.languages.is_empty())
    }
}

/// One rule: when everything in `when` holds, this is what is done.
#[derive(Clone, Debug, Serialize)]
pub struct RoutingRule {
    /// Short fixed name, shown to staff and kept with the ticket: "snow-on-state-roads".
    pub id: String,
    /// The file it stands in, as messages call it.
    pub file: String,
    /// The line it begins at.
    pub line: Option<usize>,
    /// Why the city wants it so, for colleagues.
    pub why: Option<String>,
    /// What must hold.
    pub when: When,
    /// Code of the department that gets it.
    pub department: String,
    /// The crew that should go; staff may book another.
    pub crew: Option<String>,
    /// Time until it must be done, instead of the service's own.
    pub due: Option<Due>,
    /// Who is mailed when a ticket is sent by this rule.
    pub notify: Vec<String>,
}

impl RoutingRule {
    /// "config/routing.toml line 12".
    #[must_use]
    pub fn place(&self) -> String {
        match self.line {
            Some(line) => format!("{} line {line}", self.file),
            None => self.file.clone(),
        }
    }
}

/// The conditions of a rule. A list holds when one of its values fits; an empty one asks nothing. All must hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct When {
    /// Codes of services.
    pub services: Vec<String>,
    /// Areas the place lies in; names of one layer are alternatives, two layers must both hold.
    pub areas: Vec<AreaIs>,
    /// Owners of the asset, park or road, as the map data has them; [`CITY_OWNER`] where it names none.
    pub owners: Vec<String>,
    /// How soon somebody must look.
    pub urgencies: Vec<Urgency>,
    /// Languages of the post.
    pub languages: Vec<Lang>,
    /// Answers to the service's questions; values of one question are alternatives, two questions must both hold.
    pub answers: Vec<AnswerIs>,
    /// Days of the week on which it came in.
    pub days: Vec<Weekday>,
    /// Time of day at which it came in.
    pub hours: Option<DayTime>,
    /// Working or free time of the city.
    pub calendar: Option<CalendarIs>,
    /// Parts of the year.
    pub seasons: Vec<Season>,
}

/// The place lies in this area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AreaIs {
    /// Layer of the map data: "ward".
    pub layer: String,
    /// Name of the area: "Ward 3".
    pub name: String,
}

/// A question of the service was answered like this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AnswerIs {
    /// Key of the question: "signal_state".
    pub key: String,
    /// The answer: "dark".
    pub value: String,
}

/// A part of the day in the city's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DayTime {
    /// First minute.
    pub from: NaiveTime,
    /// First minute after it. Earlier than `from` means: over midnight.
    pub to: NaiveTime,
}

impl DayTime {
    /// Is this time of day inside?
    #[must_use]
    pub fn contains(&self, time: NaiveTime) -> bool {
        if self.from < self.to {
            self.from <= time && time < self.to
        } else {
            self.from <= time || time < self.to
        }
    }
}

/// Working or free time, by `[working_time]` of policy.toml.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CalendarIs {
    /// A working day between its first and last minute.
    WorkingTime,
    /// Any other moment.
    OutsideWorkingTime,
    /// A working day, at any hour.
    WorkingDay,
    /// A weekend day or holiday.
    FreeDay,
    /// A holiday of the list.
    Holiday,
}

/// A part of the year, first and last day counted, as (month, day). A `from` after `to` runs over New Year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Season {
    /// First day.
    pub from: (u32, u32),
    /// Last day.
    pub to: (u32, u32),
}

impl Season {
    /// Is this (month, day) inside?
    #[must_use]
    pub fn contains(&self, day: (u32, u32)) -> bool {
        if self.from <= self.to {
            self.from <= day && day <= self.to
        } else {
            self.from <= day || day <= self.to
        }
    }
}
