//! The city that comes with the program: complete, reviewed, and readable.

use super::*;

/// The taxonomy that readings are trained on, in its order.
const CODES: [&str; 28] = [
    "street_light",
    "traffic_signal",
    "pothole_road_damage",
    "snow_ice",
    "missed_trash",
    "illegal_dumping_litter",
    "graffiti",
    "tree",
    "overgrowth_weeds",
    "sidewalk",
    "water_leak",
    "sewer_drainage_flooding",
    "abandoned_vehicle",
    "parking",
    "street_sign_marking",
    "noise",
    "animal",
    "rodents_pests",
    "park_maintenance",
    "building_code_blight",
    "homeless_encampment",
    "traffic_safety_speeding",
    "power_line_utility",
    "air_odor_pollution",
    "bike_scooter",
    "public_transit",
    "public_health",
    "other",
];

fn city() -> Settings {
    Settings::built_in(std::iter::empty()).unwrap()
}

#[test]
fn all_services_in_order() {
    let city = city();
    let codes: Vec<&str> = city.catalogue.iter().map(|s| s.code.as_str()).collect();
    assert_eq!(codes, CODES);
    assert_eq!(city.departments.fallback().code, "desk_311");
    for department in city.departments.iter() {
        let used = city.catalogue.iter().any(|s| s.department == department.code);
        assert!(used, "{} has no service", department.code);
    }
}

#[test]
fn what_concerns_people_waits_for_a_person() {
    let catalogue = city().catalogue;
    for code in ["homeless_encampment", "public_health", "building_code_blight", "noise", "other"] {
        assert_eq!(catalogue.get(code).unwrap().gate, Gate::Person, "{code}");
    }
    for code in ["homeless_encampment", "public_health", "building_code_blight", "noise", "missed_trash"] {
        assert!(catalogue.get(code).unwrap().private_place, "{code}");
    }
    for code in ["street_light", "pothole_road_damage", "water_leak", "snow_ice", "missed_trash"] {
        assert_eq!(catalogue.get(code).unwrap().gate, Gate::Auto, "{code}");
    }
}

#[test]
fn every_phrase_is_reviewed_and_calm() {
    let wording = city().wording;
    for key in Wording::keys() {
        for lang in Lang::ALL {
            let phrase = wording.phrase(key, lang).unwrap();
            assert!(phrase.reviewed.is_some(), "{key} {lang}");
            assert!(!phrase.text.contains(['!', '¡']), "{key} {lang}");
            let values: Vec<(&str, &str)> = PLACEHOLDERS.iter().map(|p| (*p, "x")).collect();
            assert!(!phrase.fill(&values).unwrap().contains(['{', '}']), "{key} {lang}");
        }
    }
}

#[test]
fn names_fit_on_a_phone() {
    for service in city().catalogue.iter() {
        for lang in Lang::ALL {
            assert!(service.names.get(lang).chars().count() <= 45, "{} {lang}", service.code);
            assert!(service.hint.get(lang).chars().count() <= 100, "{} {lang}", service.code);
        }
    }
}

#[test]
fn english_is_grade_seven_or_below() {
    let city = city();
    let phrases = Wording::keys().map(|k| city.wording.phrase(k, Lang::En).unwrap().text.clone());
    let hints = city.catalogue.iter().map(|s| s.hint.en.clone());
    for text in phrases.chain(hints) {
        let values =
            [("department", "Parks"), ("due", "Wed"), ("emergency_number", "911"), ("owner", "the state")];
        let plain = PLACEHOLDERS.iter().fold(text, |text, name| {
            let value = values.iter().find(|(n, _)| n == name).map_or("it", |(_, v)| v);
            text.replace(&format!("{{{name}}}"), value)
        });
        let grade = grade(&plain);
        assert!(grade <= 7.0, "grade {grade:.1}: {plain}");
    }
}

/// Flesch-Kincaid, with syllables counted as groups of vowels.
fn grade(text: &str) -> f64 {
    let vowel = |c: char| "aeiouy".contains(c);
    let words: Vec<String> = text
        .split_whitespace()
        .map(str::to_lowercase)
        .filter(|w| w.contains(char::is_alphanumeric))
        .collect();
    let sentences =
        text.split(['.', '?', ':', '\n']).filter(|s| s.split_whitespace().count() > 1).count().max(1);
    let syllables: usize = words
        .iter()
        .map(|w| {
            let w = w.trim_matches(|c: char| !c.is_alphanumeric());
            let w = w.strip_suffix('e').filter(|short| short.contains(vowel)).unwrap_or(w);
            w.split(|c| !vowel(c)).filter(|group| !group.is_empty()).count().max(1)
        })
        .sum();
    let (words, sentences, syllables) = (words.len() as f64, sentences as f64, syllables as f64);
    if words < 4.0 {
        return 0.0;
    }
    0.39 * words / sentences + 11.8 * syllables / words - 15.59
}

/// Every key and phrase of the shipped files stands in the manual, in backticks.
#[test]
fn the_manual_names_every_key() {
    const MANUAL: &str = include_str!("../../../docs/CONFIGURATION.md");
    fn walk(name: &str, value: &toml::Value) {
        match value {
            toml::Value::Table(table) => {
                for (key, value) in table {
                    let told =
                        ["`", "`[", "`[["].iter().any(|start| MANUAL.contains(&format!("{start}{key}")));
                    assert!(told, "docs/CONFIGURATION.md does not name `{key}` of {name}");
                    walk(name, value);
                }
            }
            toml::Value::Array(items) => items.iter().for_each(|item| walk(name, item)),
            _ => {}
        }
    }
    for file in files::built_in() {
        walk(file.name, &toml::Value::Table(file.text.parse().unwrap()));
    }
}
