//! Reads `routing.toml` and checks every rule against the services, departments and questions it names.
//!
//! What is wrong here stops the start: a rule that is silently off sends work to the wrong yard for weeks.

use chrono::{Datelike, NaiveDate, Weekday};

use super::city::{is_mail_address, not_an_address};
use super::departments::{DAYS, Departments};
use super::lang::Lang;
use super::problems::suggestion;
use super::reader::{Table, Word};
use super::routing::{AnswerIs, AreaIs, CalendarIs, DayTime, RoutingRule, RoutingRules, Season, When};
use super::services::{Attribute, Catalogue, Service};
use super::services_file::{URGENCIES, due_or_none};

/// Most rules a file may hold: more are no longer read by anybody.
const RULES_MAX: usize = 1000;
/// Most addresses one rule may mail to.
const NOTIFY_MAX: usize = 5;

const CALENDARS: [(&str, CalendarIs); 5] = [
    ("working_time", CalendarIs::WorkingTime),
    ("outside_working_time", CalendarIs::OutsideWorkingTime),
    ("working_day", CalendarIs::WorkingDay),
    ("free_day", CalendarIs::FreeDay),
    ("holiday", CalendarIs::Holiday),
];
const LANGUAGES: [(&str, Lang); 4] = [("en", Lang::En), ("es", Lang::Es), ("pt", Lang::Pt), ("ht", Lang::Ht)];

/// Reads all rules. Without departments or services (their files could not be read) names are not compared.
pub(super) fn read(
    root: &Table<'_>,
    departments: Option<&Departments>,
    catalogue: Option<&Catalogue>,
) -> RoutingRules {
    let mut list: Vec<RoutingRule> = Vec::new();
    for t in root.tables("rule") {
        let rule = read_one(&t, departments, catalogue);
        if list.iter().any(|known| known.id == rule.id) && !rule.id.is_empty() {
            t.problem("id", format!("rule `{}` stands in the file twice; remove or rename one", rule.id));
        }
        list.push(rule);
    }
    if list.len() > RULES_MAX {
        root.problem("rule", format!("{} rules; at most {RULES_MAX} are read", list.len()));
    }
    root.done();
    RoutingRules { list }
}

fn read_one(t: &Table<'_>, departments: Option<&Departments>, catalogue: Option<&Catalogue>) -> RoutingRule {
    let department = read_department(t, departments);
    let rule = RoutingRule {
        id: read_id(t),
        file: t.file().to_owned(),
        line: t.line(),
        why: t.text_or_none("why"),
        when: read_when(&t.table("when"), catalogue),
        crew: read_crew(t, departments, &department),
        department,
        due: due_or_none(t),
        notify: read_notify(t),
    };
    t.done();
    rule
}

fn read_id(t: &Table<'_>) -> String {
    let id = t.text("id", "snow-on-state-roads");
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if !id.is_empty() && (id.len() > 60 || !id.chars().all(plain)) {
        t.problem(
            "id",
            format!(
                "`{id}` cannot be the name of a rule; use up to 60 small letters, digits, - and _, like `snow-on-state-roads`"
            ),
        );
    }
    id
}

fn read_department(t: &Table<'_>, departments: Option<&Departments>) -> String {
    let department = t.text("department", "roads_snow");
    let Some(known) = departments else { return department };
    if !department.is_empty() && known.get(&department).is_none() {
        let near =
            suggestion(&department, known.iter().map(|d| d.code.as_str()).collect::<Vec<_>>().into_iter());
        t.problem("department", format!("`{department}` is not in departments.toml{near}"));
    }
    department
}

fn read_crew(t: &Table<'_>, departments: Option<&Departments>, department: &str) -> Option<String> {
    let crew = t.text_or_none("crew")?;
    let known = departments?.get(department)?;
    if !known.crews.contains(&crew) {
        let near = suggestion(&crew, known.crews.iter().map(String::as_str));
        t.problem("crew", format!("`{crew}` is not a crew of `{department}`{near}"));
    }
    Some(crew)
}

fn read_notify(t: &Table<'_>) -> Vec<String> {
    let mut addresses = Vec::new();
    for word in t.words("notify") {
        if is_mail_address(&word.text) {
            addresses.push(word.text);
        } else {
            t.problem_at(&word, format!("`notify`: {}", not_an_address(&word.text)));
        }
    }
    if addresses.len() > NOTIFY_MAX {
        t.problem("notify", format!("at most {NOTIFY_MAX} addresses are mailed; use a list address instead"));
    }
    addresses
}

fn read_when(t: &Table<'_>, catalogue: Option<&Catalogue>) -> When {
    let mut days = t.choices("days", &DAYS);
    days.sort_by_key(Weekday::num_days_from_monday);
    days.dedup();
    let services = read_services(t, catalogue);
    let when = When {
        areas: read_areas(t),
        owners: t.words("owner").into_iter().map(|w| w.text).collect(),
        urgencies: t.choices("urgency", &URGENCIES),
        languages: t.choices("language", &LANGUAGES),
        answers: read_answers(t, catalogue, &services),
        services,
        days,
        hours: read_hours(&t.table("hours")),
        calendar: t.choice("calendar", &CALENDARS),
        seasons: read_seasons(t),
    };
    t.done();
    if t.keys().is_empty() {
        t.problem(
            "when",
            "this rule asks for nothing and would take everything; add for example `when.service = [\"snow_ice\"]`",
        );
    }
    note_empty_lists(t);
    when
}

/// An empty list fits nothing, and reads as if it fitted everything.
fn note_empty_lists(t: &Table<'_>) {
    for key in ["service", "area", "owner", "urgency", "language", "answer", "days", "season"] {
        if t.keys().iter().any(|k| k == key) && t.list_is_empty(key) {
            t.problem(
                key,
                format!("`{key} = []` fits nothing; name at least one value or leave the key out"),
            );
        }
    }
}

fn read_services(t: &Table<'_>, catalogue: Option<&Catalogue>) -> Vec<String> {
    let mut codes = Vec::new();
    for word in t.words("service") {
        match catalogue.map(|c| (c, c.get(&word.text))) {
            Some((c, None)) => {
                let near = suggestion(
                    &word.text,
                    c.offered().map(|s| s.code.as_str()).collect::<Vec<_>>().into_iter(),
                );
                t.problem_at(&word, format!("`{}` is not in services.toml{near}", word.text));
            }
            Some((c, Some(service))) if service.retired => {
                let next =
                    c.current(&word.text).map(|s| format!("; `{}` took over", s.code)).unwrap_or_default();
                t.problem_at(&word, format!("`{}` is retired, no new request has it{next}", word.text));
            }
            _ => codes.push(word.text),
        }
    }
    codes
}

fn read_areas(t: &Table<'_>) -> Vec<AreaIs> {
    let mut areas = Vec::new();
    for word in t.words("area") {
        match word.text.split_once(':').map(|(layer, name)| (layer.trim(), name.trim())) {
            Some((layer, name)) if !layer.is_empty() && !name.is_empty() => {
                areas.push(AreaIs { layer: layer.to_owned(), name: name.to_owned() });
            }
            _ => t.problem_at(
                &word,
                format!(
                    "`{}` must name its layer, like \"ward: Ward 3\" or \"park district: North\"",
                    word.text
                ),
            ),
        }
    }
    areas
}

fn read_answers(t: &Table<'_>, catalogue: Option<&Catalogue>, services: &[String]) -> Vec<AnswerIs> {
    let mut answers = Vec::new();
    for word in t.words("answer") {
        let Some((key, value)) = word.text.split_once('=').map(|(k, v)| (k.trim(), v.trim())) else {
            t.problem_at(
                &word,
                format!("`{}` must be a question and its answer, like \"signal_state = dark\"", word.text),
            );
            continue;
        };
        if let Some(catalogue) = catalogue {
            check_answer(t, &word, catalogue, services, (key, value));
        }
        answers.push(AnswerIs { key: key.to_owned(), value: value.to_owned() });
    }
    answers
}

/// Every service of the rule must ask the question, and a list must have the answer.
fn check_answer(
    t: &Table<'_>,
    word: &Word,
    catalogue: &Catalogue,
    services: &[String],
    (key, value): (&str, &str),
) {
    let question = |s: &Service| s.open311.iter().find(|a| a.key == key).cloned();
    let silent = services.iter().filter_map(|code| catalogue.get(code)).find(|s| question(s).is_none());
    let asked: Vec<Attribute> = match silent {
        Some(service) => {
            let near = suggestion(key, service.open311.iter().map(|a| a.key.as_str()));
            return t.problem_at(word, format!("`{}` does not ask `{key}`{near}", service.code));
        }
        None => catalogue
            .offered()
            .filter(|s| services.is_empty() || services.contains(&s.code))
            .filter_map(question)
            .collect(),
    };
    if asked.is_empty() {
        return t.problem_at(word, format!("no service asks `{key}`; questions stand in services.toml"));
    }
    let listed: Vec<&str> = asked.iter().flat_map(|a| a.values.iter().map(|v| v.key.as_str())).collect();
    if !listed.is_empty() && !listed.contains(&value) {
        let near = suggestion(value, listed.into_iter());
        t.problem_at(word, format!("`{value}` is not an answer to `{key}`{near}"));
    }
}

fn read_hours(t: &Table<'_>) -> Option<DayTime> {
    if !t.exists() {
        return None;
    }
    t.missing("from", "\"17:00\"");
    t.missing("to", "\"08:00\"");
    let midnight = chrono::NaiveTime::MIN;
    let hours = DayTime { from: t.time("from", midnight), to: t.time("to", midnight) };
    if hours.from == hours.to && t.keys().len() == 2 {
        t.problem("to", "`from` and `to` are equal, so it is unclear whether no hour or every hour is meant");
    }
    t.done();
    Some(hours)
}

fn read_seasons(t: &Table<'_>) -> Vec<Season> {
    let mut seasons = Vec::new();
    for word in t.words("season") {
        let ends = word.text.split_once(" to ").and_then(|(a, b)| Some((month_day(a)?, month_day(b)?)));
        match ends {
            Some((from, to)) => seasons.push(Season { from, to }),
            None => t.problem_at(
                &word,
                format!(
                    "`{}` is not a part of the year; write month and day like \"11-15 to 03-31\"",
                    word.text
                ),
            ),
        }
    }
    seasons
}

/// "11-15" as (11, 15); the 29th of February exists.
fn month_day(text: &str) -> Option<(u32, u32)> {
    let day = NaiveDate::parse_from_str(&format!("2024-{}", text.trim()), "%Y-%m-%d").ok()?;
    Some((day.month(), day.day()))
}
