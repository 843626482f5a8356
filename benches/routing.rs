//! How fast rules decide: 10,000 tickets of the example city against 200 rules that ask about everything.
//!
//! `cargo bench --bench routing` prints the figures. Most rules do not fit, so nearly every ticket is asked against all.

#![expect(clippy::unwrap_used, reason = "a bench stops at the first surprise")]
#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

mod support;

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use chrono::{DateTime, Duration, Utc};
use onit::demo;
use onit::places::{Gazetteer, Kind, Place};
use onit::routing::{self, Asked, Said, check};
use onit::settings::{Lang, Settings, Urgency};
use support::{option, spread};

const TICKETS: usize = 10_000;
const RULES: usize = 200;

fn main() {
    let mut settings = Settings::built_in(std::iter::empty()).unwrap();
    let gazetteer = Gazetteer::from_bytes(&demo::compiled_city().unwrap()).unwrap();
    rules(&mut settings);
    let places = places(&gazetteer);
    let services: Vec<&str> = settings.catalogue.offered().map(|s| s.code.as_str()).collect();
    let start: DateTime<Utc> = "2026-01-01T05:00:00Z".parse().unwrap();
    let said: Vec<Said> = Lang::ALL.iter().map(|l| Said { language: Some(*l), ..Said::default() }).collect();
    let asked: Vec<Asked<'_>> = (0..TICKETS)
        .map(|n| Asked {
            service: settings.catalogue.get(services[n % services.len()]).unwrap(),
            place: Some(&places[n % places.len()]),
            urgency: if n % 7 == 0 { Urgency::Urgent } else { Urgency::Normal },
            said: &said[n % said.len()],
            at: start + Duration::minutes(i64::try_from(n * 47).unwrap()),
        })
        .collect();
    let rounds = option("--rounds", 7);
    println!("routing: {TICKETS} tickets, {RULES} rules, {rounds} rounds");
    println!("| figure | middle (lowest to highest) |\n|---|---|");
    let mut by_rule = 0;
    let mut times = Vec::new();
    for _ in 0..rounds {
        let begun = Instant::now();
        by_rule = asked
            .iter()
            .filter(|one| !black_box(routing::assign(&settings, &gazetteer, one)).rule.is_empty())
            .count();
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    println!("| {TICKETS} tickets routed, ms | {} |", spread(&times, 1));
    println!("| tickets that a rule took | {by_rule} |");
    let begun = Instant::now();
    let found = check::check(&settings, &settings.routing, &gazetteer);
    let faults = found.iter().filter(|f| f.fault.is_fault()).count();
    let undecided = found.iter().filter(|f| f.fault == check::Fault::Undecided).count();
    println!("| `routing check` of all rules, ms | {:.1} |", begun.elapsed().as_secs_f64() * 1000.0);
    println!("| faults it found / rules it could not decide | {faults} / {undecided} |");
}

/// Rules that ask about everything, each with a narrow corner of its own.
fn rules(settings: &mut Settings) {
    let codes: Vec<String> = settings.catalogue.offered().map(|s| s.code.clone()).collect();
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let calendars = ["working_time", "outside_working_time", "working_day", "free_day", "holiday"];
    let wards = ["Old Town Ward", "Mill Ward", "Hill Ward", "Alder Ward", "Quarry Ward", "East Bank Ward"];
    let mut text = String::new();
    for n in 0..RULES {
        let (service, other) = (&codes[n % codes.len()], &codes[(n * 3 + 1) % codes.len()]);
        let (hour, until, ward) = (n % 24, (n + 2) % 24, wards[n % 6]);
        let (day, month, calendar) = (days[n % 7], n % 12 + 1, calendars[n % 5]);
        let conditions = match n % 6 {
            0 => format!("when.area = [\"ward: {ward}\"]\nwhen.language = [\"pt\"]"),
            1 => "when.owner = [\"Tri-County Power\"]\nwhen.urgency = [\"urgent\"]".to_owned(),
            2 => format!(
                "when.days = [\"{day}\"]\nwhen.hours = {{ from = \"{hour:02}:00\", to = \"{until:02}:00\" }}"
            ),
            3 => format!("when.calendar = \"{calendar}\"\nwhen.language = [\"ht\"]"),
            4 => format!("when.season = [\"{month:02}-01 to {month:02}-15\"]\nwhen.urgency = [\"urgent\"]"),
            _ => format!(
                "when.area = [\"ward: {ward}\"]\nwhen.hours = {{ from = \"{hour:02}:30\", to = \"{until:02}:30\" }}"
            ),
        };
        writeln!(text, "[[rule]]\nid = \"rule-{n}\"\ndepartment = \"desk_311\"").unwrap();
        writeln!(text, "when.service = [\"{service}\", \"{other}\"]\n{conditions}").unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("routing.toml");
    std::fs::write(&file, text).unwrap();
    settings.routing = settings.other_routing(&file).unwrap();
}

/// Spots all over the city.
fn places(gazetteer: &Gazetteer) -> Vec<Place> {
    let houses = gazetteer.known_houses();
    let step = (houses.len() / 1_000).max(1);
    houses
        .into_iter()
        .step_by(step)
        .map(|(label, lat, lon)| Place {
            lat,
            lon,
            radius_m: 10.0,
            kind: Kind::Address,
            key: format!("address:{label}"),
            label,
            span: None,
            street_key: None,
            segment_key: None,
            shape: None,
            found_by: onit::places::FoundBy::Words,
        })
        .collect()
}
