//! Rules as a clerk writes them, and what the check says about them.

use super::*;
use crate::settings::Settings;

fn settings() -> Settings {
    Settings::built_in(std::iter::empty()).unwrap()
}

/// The rules of a file, one after the other, as (name, conditions, department).
fn rules(list: &[(&str, &str, &str)]) -> RoutingRules {
    use std::fmt::Write as _;
    let mut text = String::new();
    for (id, when, department) in list {
        let _ = writeln!(text, "[[rule]]\nid = \"{id}\"\n{when}\ndepartment = \"{department}\"\n");
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("rules.toml");
    std::fs::write(&file, text).unwrap();
    settings().other_routing(&file).unwrap()
}

fn found(list: &[(&str, &str, &str)]) -> Vec<Finding> {
    check(&settings(), &rules(list), &Gazetteer::empty())
}

/// (rule, fault, rules that come first).
fn faults(list: &[(&str, &str, &str)]) -> Vec<(String, Fault, Vec<String>)> {
    found(list).into_iter().map(|f| (f.rule, f.fault, f.by)).collect()
}

fn one(rule: &str, fault: Fault, by: &[&str]) -> Vec<(String, Fault, Vec<String>)> {
    vec![(rule.to_owned(), fault, by.iter().map(|b| (*b).to_owned()).collect())]
}

const SNOW: &str = "when.service = [\"snow_ice\"]";
const ROADS: &str = "roads_snow";

#[test]
fn the_rules_of_the_example_city_all_get_a_turn() {
    let settings = settings();
    assert_eq!(check(&settings, &settings.routing, &Gazetteer::empty()), []);
}

#[test]
fn a_rule_behind_a_wider_one_is_shadowed_and_the_example_shows_it() {
    let narrow = "when.service = [\"snow_ice\"]\nwhen.owner = [\"State Highways\"]";
    let list = [("all-snow", SNOW, ROADS), ("snow-on-state-roads", narrow, "desk_311")];
    let found = found(&list);
    assert_eq!(found.len(), 1, "{found:#?}");
    let finding = &found[0];
    assert_eq!((finding.fault, finding.rule.as_str()), (Fault::Shadowed, "snow-on-state-roads"));
    assert!(finding.place.ends_with("rules.toml line 6"), "{}", finding.place);
    assert!(finding.words.starts_with("never gets a turn: `all-snow` ("), "{}", finding.words);
    assert!(finding.example.contains("owner State Highways"), "{}", finding.example);
    assert!(finding.example.ends_with(" goes to Roads & Snow by `all-snow`"), "{}", finding.example);
    // The other way round both have their turn, and nothing is said.
    assert_eq!(faults(&[list[1], list[0]]), []);
}

#[test]
fn two_rules_together_shadow_a_third() {
    let by = |id, when| (id, when, ROADS);
    let day =
        by("by-day", "when.service = [\"snow_ice\"]\nwhen.hours = { from = \"08:00\", to = \"20:00\" }");
    let night =
        by("by-night", "when.service = [\"snow_ice\"]\nwhen.hours = { from = \"20:00\", to = \"08:00\" }");
    let urgent = ("urgent-snow", "when.service = [\"snow_ice\"]\nwhen.urgency = [\"urgent\"]", "desk_311");
    assert_eq!(faults(&[day, night, urgent]), one("urgent-snow", Fault::Shadowed, &["by-day", "by-night"]));
    // One hour is left: it has its turn, and staff are told that the order decides for the rest.
    let late =
        by("by-night", "when.service = [\"snow_ice\"]\nwhen.hours = { from = \"21:00\", to = \"08:00\" }");
    let left = faults(&[day, late, urgent]);
    assert!(left.iter().all(|(_, fault, _)| *fault == Fault::Overlap), "{left:?}");
    assert_eq!(left.len(), 2);
}

#[test]
fn weekdays_weekends_and_holidays_make_the_whole_calendar() {
    let work = ("work", "when.calendar = \"working_time\"", ROADS);
    let free = ("free", "when.calendar = \"outside_working_time\"", ROADS);
    let holiday = ("holiday", "when.calendar = \"holiday\"", "desk_311");
    assert_eq!(faults(&[work, free, holiday]), one("holiday", Fault::Shadowed, &["free"]));
    assert_eq!(faults(&[holiday, work, free]), []);
    let year = ("year", "when.season = [\"01-01 to 06-30\", \"07-01 to 12-31\"]", ROADS);
    assert_eq!(faults(&[year, holiday]), one("holiday", Fault::Shadowed, &["year"]));
    let leap = ("leap", "when.season = [\"01-01 to 02-28\", \"03-01 to 12-31\"]", ROADS);
    let holiday = ("holiday", "when.service = [\"noise\"]", ROADS);
    assert_eq!(faults(&[leap, holiday]), [], "one day in four years is left");
}

#[test]
fn the_same_conditions_with_another_department_contradict_each_other() {
    let found = found(&[("a", SNOW, ROADS), ("b", SNOW, "desk_311")]);
    assert_eq!(found.len(), 1);
    assert!(found[0].words.contains("contradicts it"), "{}", found[0].words);
    assert!(
        found[0].words.contains("Roads & Snow") && found[0].words.contains("311 Desk"),
        "{}",
        found[0].words
    );
}

#[test]
fn conditions_that_exclude_each_other_are_found_and_refused_at_the_start() {
    let never = ("never", "when.calendar = \"working_time\"\nwhen.days = [\"sun\"]", ROADS);
    assert_eq!(faults(&[never]), one("never", Fault::Contradictory, &[]));
    let night = (
        "night",
        "when.calendar = \"working_time\"\nwhen.hours = { from = \"22:00\", to = \"05:00\" }",
        ROADS,
    );
    assert_eq!(faults(&[night]), one("night", Fault::Contradictory, &[]));
    let mut settings = settings();
    settings.routing = rules(&[("fine", SNOW, ROADS), never]);
    let refused = refuse_contradictions(&settings).unwrap_err().to_string();
    assert!(refused.contains("rules.toml line 6: rule `never`: no request can fit it"), "{refused}");
}

#[test]
fn areas_of_one_layer_are_alternatives_and_of_two_layers_conditions() {
    let ward = |names: &str| format!("when.area = [{names}]");
    let (three, both) = (ward("\"ward: Ward 3\""), ward("\"ward: Ward 3\", \"ward: Ward 4\""));
    let and = ward("\"ward: Ward 3\", \"park: Mill Park\"");
    assert_eq!(
        faults(&[("wide", &both, ROADS), ("narrow", &three, ROADS)]),
        one("narrow", Fault::Shadowed, &["wide"])
    );
    assert_eq!(faults(&[("narrow", &three, ROADS), ("wide", &both, ROADS)]), []);
    assert_eq!(
        faults(&[("ward", &three, ROADS), ("ward-and-park", &and, ROADS)]),
        one("ward-and-park", Fault::Shadowed, &["ward"])
    );
}

#[test]
fn an_answer_is_only_asked_by_some_services() {
    let dark = ("dark", "when.answer = [\"signal_state = dark\"]", "traffic_signs");
    let signals = ("signals", "when.service = [\"traffic_signal\"]", "traffic_signs");
    assert_eq!(faults(&[signals, dark]), one("dark", Fault::Shadowed, &["signals"]));
}

#[test]
fn what_the_city_does_not_have_is_unreachable() {
    let settings = settings();
    let places = Gazetteer::from_bytes(&crate::demo::compiled_city().unwrap()).unwrap();
    let check = |when: &str, expect: &str| {
        let found = check(&settings, &rules(&[("r", when, ROADS)]), &places);
        assert_eq!(found.iter().map(|f| f.fault).collect::<Vec<_>>(), [Fault::Unreachable], "{when}");
        assert!(found[0].words.contains(expect), "{}", found[0].words);
    };
    check(
        "when.area = [\"ward: Ward 99\"]",
        "the map data has no \"ward: Ward 99\"; in layer \"ward\" it has Old Town Ward",
    );
    check("when.area = [\"parish: North\"]", "in layer \"parish\" it has nothing");
    check("when.owner = [\"State Highways\"]", "nothing on the map belongs to \"State Highways\"");
    check(
        "when.service = [\"park_maintenance\"]\nwhen.owner = [\"State Parks Department\"]",
        "handed over by [[elsewhere]] in policy.toml before any rule is asked",
    );
    let fine =
        rules(&[("r", "when.area = [\"ward: Mill Ward\"]\nwhen.owner = [\"Tri-County Power\"]", ROADS)]);
    assert_eq!(super::check(&settings, &fine, &places), []);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    /// What the check calls covered, no ticket of the whole space ever reaches; what it does not, one does.
    #[test]
    fn covered_means_that_no_ticket_gets_through(picks in proptest::collection::vec((0_usize..6, 0_usize..6, 0_usize..6), 2..6)) {
        let settings = settings();
        let conditions = [
            "when.service = [\"snow_ice\", \"noise\"]", "when.service = [\"snow_ice\"]", "when.urgency = [\"urgent\", \"normal\"]",
            "when.days = [\"sat\", \"sun\"]", "when.area = [\"ward: Ward 3\", \"ward: Ward 4\"]", "when.language = [\"es\"]",
        ];
        let list: Vec<(String, String)> = picks.iter().enumerate().map(|(n, (a, b, c))| {
            let mut lines: Vec<&str> = vec![conditions[*a], conditions[*b], conditions[*c]];
            lines.sort_unstable();
            lines.dedup_by(|x, y| x.split('=').next() == y.split('=').next());
            (format!("r{n}"), lines.join("\n"))
        }).collect();
        let borrowed: Vec<(&str, &str, &str)> = list.iter().map(|(id, when)| (id.as_str(), when.as_str(), ROADS)).collect();
        let rules = rules(&borrowed);
        let space = Space::of(&settings, rules.list());
        let areas: Vec<Area> = rules.iter().map(|r| space.area(&r.when)).collect();
        let reached: BTreeSet<String> = space.every_corner().iter()
            .filter_map(|corner| rules::first(&rules, &space.facts(corner)).map(|r| r.id.clone())).collect();
        for (n, rule) in rules.iter().enumerate() {
            let escape = areas[n].escape(&areas[..n].iter().collect::<Vec<_>>());
            proptest::prop_assert_eq!(reached.contains(&rule.id), escape != Escape::Covered, "{:?} {}", borrowed, rule.id);
            if let Escape::At(corner) = escape {
                let first = rules::first(&rules, &space.facts(&corner)).map(|r| r.id.clone());
                proptest::prop_assert_eq!(first, Some(rule.id.clone()));
            }
        }
    }
}
