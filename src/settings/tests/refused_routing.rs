//! What the settings refuse about routing rules and clocks, in the words a clerk works with.

use super::refused::check;
use super::*;

const R: &str = "routing.toml";
const SERVICE: &str = "when.service = [\"traffic_signal\"]";
const ANSWER: &str = "[\"signal_state = dark\"]\ndepartment";

#[test]
fn names_that_do_not_exist() {
    check(
        R,
        SERVICE,
        "when.service = [\"traffic_signals\"]",
        &["HERE: `traffic_signals` is not in services.toml; did you mean `traffic_signal`?"],
    );
    check(
        R,
        "department = \"traffic_signs\"",
        "department = \"traffic\"",
        &["HERE: `traffic` is not in departments.toml; did you mean `traffic_signs`?"],
    );
    check(
        R,
        "crew = \"Signal 1\"",
        "crew = \"Signal 9\"",
        &["HERE: `Signal 9` is not a crew of `traffic_signs`; did you mean `Signal 1`?"],
    );
    check(
        R,
        "id = \"snow-at-night\"",
        "id = \"dark-signal\"",
        &["HERE: rule `dark-signal` stands in the file twice; remove or rename one"],
    );
    check(
        R,
        "id = \"dark-signal\"",
        "id = \"Dark signal\"",
        &["HERE: `Dark signal` cannot be the name of a rule; \
         use up to 60 small letters, digits, - and _, like `snow-on-state-roads`"],
    );
    check(
        R,
        SERVICE,
        "when.servise = [\"traffic_signal\"]",
        &["HERE: `servise` is not a key here; did you mean `service`?"],
    );
}

#[test]
fn questions_and_answers() {
    check(
        R,
        ANSWER,
        "[\"signal_state = black\"]\ndepartment",
        &[
            "HERE: `black` is not an answer to `signal_state`; known are `dark`, `stuck`, `walk_button` and `timing`",
        ],
    );
    check(
        R,
        ANSWER,
        "[\"color = dark\"]\ndepartment",
        &["HERE: `traffic_signal` does not ask `color`; known is `signal_state`"],
    );
    check(
        R,
        ANSWER,
        "[\"dark\"]\ndepartment",
        &["HERE: `dark` must be a question and its answer, like \"signal_state = dark\""],
    );
}

#[test]
fn places_and_times() {
    check(
        R,
        SERVICE,
        "when.area = [\"Ward 3\"]",
        &["HERE: `Ward 3` must name its layer, like \"ward: Ward 3\" or \"park district: North\""],
    );
    check(
        R,
        "when.service = [\"snow_ice\"]",
        "when.service = []",
        &["HERE: `service = []` fits nothing; name at least one value or leave the key out"],
    );
    check(
        R,
        "when.calendar = \"outside_working_time\"\nwhen.season",
        "when.calendar = \"at_night\"\nwhen.season",
        &["HERE: `at_night` is not a value of `calendar`; \
         known are `working_time`, `outside_working_time`, `working_day`, `free_day` and `holiday`"],
    );
    check(
        R,
        "[\"11-15 to 04-15\"]",
        "[\"winter\"]",
        &["HERE: `winter` is not a part of the year; write month and day like \"11-15 to 03-31\""],
    );
    check(
        R,
        "when.service = [\"snow_ice\"]",
        "when.hours = { from = \"17:00\" }",
        &["HERE: `to` is missing in `rule.when.hours`; add for example `to = \"08:00\"`"],
    );
}

#[test]
fn a_rule_that_asks_nothing() {
    let dir = untouched();
    let text = "[[rule]]\nid = \"all\"\ndepartment = \"desk_311\"\n";
    std::fs::write(dir.path().join(R), text).unwrap();
    let found = load(dir.path(), &[]).err().unwrap();
    assert_eq!(
        found,
        "config/routing.toml line 1: this rule asks for nothing and would take everything; \
         add for example `when.service = [\"snow_ice\"]`"
    );
    // No rule at all is fine: every service has its department.
    std::fs::write(dir.path().join(R), "# none\n").unwrap();
    assert!(load(dir.path(), &[]).unwrap().routing.list().is_empty());
}

#[test]
fn rungs_of_the_ladder() {
    let p = "policy.toml";
    check(
        p,
        "tell = [\"mayor\"]",
        "tell = [\"mayer\"]",
        &[
            "HERE: `mayer` cannot be told; write `department`, `department_head`, `mayor` or an e-mail address",
        ],
    );
    check(
        p,
        "tell = [\"mayor\"]",
        "tell = []",
        &["HERE: this rung tells nobody; add for example `tell = [\"department_head\"]`"],
    );
    check(
        p,
        "after = \"3 working days\"",
        "after = \"3 days\"",
        &[
            "HERE: `after`: `3 days` is not a time to do it; write \"12 hours\" (1 to 8760) or \"4 working days\" (1 to 250)",
        ],
    );
    check(
        p,
        "warn_hours = 4",
        "warn_hours = 400",
        &["HERE: `warn_hours` must be a whole number from 0 to 240"],
    );
}
