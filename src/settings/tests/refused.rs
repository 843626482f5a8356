//! What the settings refuse about the city's rules, and in which words. Every message is compared whole: it is what a clerk works with.

use super::*;

/// Changes one passage of one file; expects exactly these problems.
/// `HERE` stands for the file and the line of the change, `AT n` for the file and line n.
pub(super) fn check(file: &str, from: &str, to: &str, expect: &[&str]) {
    let dir = folder(file, from, to);
    let found = load(dir.path(), &[]).err().unwrap_or_default();
    let text = std::fs::read_to_string(dir.path().join(file)).unwrap();
    let at = files::built_in().into_iter().find(|f| f.name == file).unwrap().text.find(from).unwrap();
    let line = 1 + text[..at].matches('\n').count();
    let expect: Vec<String> = expect
        .iter()
        .map(|e| {
            e.replace("HERE", &format!("config/{file} line {line}"))
                .replace("AT ", &format!("config/{file} line "))
        })
        .collect();
    assert_eq!(found.lines().collect::<Vec<_>>(), expect, "{file}: {to}");
}

/// Sets one variable; expects exactly this problem.
pub(super) fn check_variable(name: &str, value: &str, expect: &str) {
    let found = load(untouched().path(), &[(name, value)]).err().unwrap_or_default();
    assert_eq!(found, expect, "{name}={value}");
}

#[test]
fn keys_and_types() {
    let s = "services.toml";
    let department = "department = \"street_lighting\"";
    check(
        s,
        department,
        "departmant = \"x\"",
        &["HERE: `departmant` is not a key here; did you mean `department`?"],
    );
    check(
        s,
        department,
        "departments = \"x\"",
        &["HERE: `departments` is not a key here; did you mean `department`?"],
    );
    check(
        s,
        "due = \"4 working days\"\n",
        "",
        &["AT 18: `due` is missing in `service`; add for example `due = \"4 working days\"`"],
    );
    check(
        s,
        "due = \"4 working days\"",
        "due = 4",
        &["HERE: `due` must be a text in quotes, not empty, of at most 4000 characters"],
    );
    check(s, "gate_p = 0.80", "gate_p = \"high\"", &["HERE: `gate_p` must be a number from 0 to 1"]);
    check(
        s,
        "proof = [\"photo\", \"work_order\"]",
        "proof = \"photo\"",
        &["HERE: `proof` must be a list in square brackets, like [\"one\", \"two\"]"],
    );
    check(s, "kinds = [\"asset\"", "kinds = [7", &["HERE: `kinds` must be a list of texts in quotes"]);
    check(
        s,
        "name.ht = \"Pwoblèm fe sikilasyon\"\n",
        "",
        &["AT 63: `ht` is missing in `service.name`; add for example `ht = \"…\"`"],
    );
    check(
        s,
        "join = { radius_m = 15, days = 60, same = \"asset\" }",
        "join = 15",
        &["HERE: `join` must be a table: `[service.join]` on a line of its own, or { … }"],
    );
    check(
        "policy.toml",
        "auto = true",
        "auto = \"yes\"",
        &["HERE: `auto` must be true or false, without quotes"],
    );
}

#[test]
fn broken_toml() {
    check(
        "onit.toml",
        "workers = 2",
        "workers = 2\nworkers = 3",
        &["AT 35: `workers` stands here a second time; keep one (a list is written `[[workers]]`)"],
    );
    check(
        "onit.toml",
        "name = \"Riverton\"",
        "name = \"Riverton",
        &["HERE: cannot be read as TOML: invalid basic string, expected `\"`"],
    );
    check(
        "policy.toml",
        "2026-01-01,",
        "2026-13-01,",
        &["HERE: cannot be read as TOML: invalid date, expected month between 01 and 12"],
    );
}

#[test]
fn services_that_cannot_be() {
    let s = "services.toml";
    check(
        s,
        "department = \"street_lighting\"",
        "department = \"street_lightning\"",
        &["HERE: `street_lightning` is not in departments.toml; did you mean `street_lighting`?"],
    );
    check(s, "radius_m = 120 }", "radius_m = -1 }", &["HERE: `radius_m` must be a number from 1 to 5000"]);
    check(s, "radius_m = 15,", "radius_m = -1,", &["HERE: `radius_m` must be a number from 0 to 5000"]);
    check(s, "radius_m = 15,", "radius_m = nan,", &["HERE: `radius_m` must be a number from 0 to 5000"]);
    check(s, "gate_p = 0.80", "gate_p = 1.5", &["HERE: `gate_p` must be a number from 0 to 1"]);
    check(
        s,
        "due = \"4 working days\"",
        "due = \"0 working days\"",
        &["HERE: `due`: `0 working days` is not a time to do it; \
           write \"12 hours\" (1 to 8760) or \"4 working days\" (1 to 250)"],
    );
    check(
        s,
        "gate = \"auto\"",
        "gate = \"automatic\"",
        &["HERE: `automatic` is not a value of `gate`; did you mean `auto`?"],
    );
    check(
        s,
        "same = \"asset\"",
        "same = \"pole\"",
        &["HERE: `pole` is not a value of `same`; known are `asset`, `segment`, `place` and `near`"],
    );
    check(
        s,
        "\"asset\", \"address\"",
        "\"asset\", \"adress\"",
        &["HERE: `adress` is not a value of `kinds`; did you mean `address`?"],
    );
    check(
        s,
        "asset_kind = \"street_light\"\n",
        "",
        &[
            "AT 33: `same = \"asset\"` needs to know which kind; add for example `asset_kind = \"street_light\"`",
        ],
    );
}

#[test]
fn services_that_contradict_each_other() {
    let s = "services.toml";
    let number = "open311_code = 102";
    check(
        s,
        number,
        "open311_code = 101",
        &["HERE: 101 is already the number of `street_light`; choose another"],
    );
    check(
        s,
        "code = 1021",
        "code = 1011",
        // Told at the first question of the second service.
        &["AT 82: attribute code 1011 is already used by `street_light`; choose another"],
    );
    check(
        s,
        "code = \"traffic_signal\"",
        "code = \"street_light\"",
        &["HERE: service `street_light` stands in the file twice; remove or rename one"],
    );
    check(
        s,
        "code = \"traffic_signal\"",
        "code = \"Traffic signal\"",
        &[
            "HERE: `Traffic signal` cannot be a code; use up to 40 small letters, digits and _, like `street_light`",
        ],
    );
    check(
        s,
        "name.en = \"Traffic signal problem\"",
        "name.en = \"Street light out\"",
        &["HERE: `street_light` has the same en name \"Street light out\"; people could not tell them apart"],
    );
    check(
        s,
        number,
        "replaced_by = \"street_lite\"\nopen311_code = 102",
        &["HERE: `street_lite` is not a service; did you mean `street_light`?"],
    );
    check(
        s,
        number,
        "replaced_by = \"traffic_signal\"\nopen311_code = 102",
        &["HERE: `traffic_signal` is retired itself; name a service that is offered"],
    );
    check(
        s,
        "datatype = \"string\"",
        "datatype = \"singlevaluelist\"",
        &["AT 37: a list needs at least two `values` to choose from"],
    );
}

#[test]
fn departments() {
    let d = "departments.toml";
    check(
        d,
        "fallback = true\n",
        "",
        &[
            "config/departments.toml: no department says `fallback = true`; choose the one that takes what nobody else does",
        ],
    );
    check(
        d,
        "crews = [\"L1\", \"L2\", \"L3\"]",
        "fallback = true",
        &["AT 131: a second department says `fallback = true`; only one can take what is left over"],
    );
    check(
        d,
        "lighting@riverton.example",
        "lighting at riverton",
        &[
            "HERE: `email`: `lighting at riverton` is not an e-mail address; write one like 311@riverton.example",
        ],
    );
    check(
        d,
        "from = \"08:00\", to = \"17:00\"",
        "from = \"18:00\", to = \"17:00\"",
        &["HERE: `to` (17:00) must be later than `from` (18:00)"],
    );
    check(d, "[\"mon\",", "[\"monday\",", &["HERE: `monday` is not a value of `days`; did you mean `mon`?"]);
}

#[test]
fn policy() {
    let p = "policy.toml";
    check(
        p,
        "to = \"07:00\"",
        "to = \"22:00\"",
        &[
            "HERE: `from` and `to` are equal, so it is unclear whether no hour or every hour is quiet; change one",
        ],
    );
    check(p, "from = \"22:00\"", "from = \"25:00\"", &["HERE: `from` must be a time like \"16:30\""]);
    check(p, "report_p = 0.75", "report_p = 1.01", &["HERE: `report_p` must be a number from 0 to 1"]);
    check(
        p,
        "set_aside_p = 0.15",
        "set_aside_p = 0.95",
        &["HERE: `set_aside_p` must not be above `report_p`; a person looks at what lies between"],
    );
    check(
        p,
        "close_days = 7",
        "close_days = 1",
        &[
            "HERE: `close_days` (1) must be longer than `answer_hours` (24): a person looks before the ticket is closed",
        ],
    );
    check(
        p,
        "undo_seconds = 30",
        "undo_seconds = -3",
        &["HERE: `undo_seconds` must be a whole number from 0 to 600"],
    );
    check(
        p,
        "residents_words = \"link\"",
        "residents_words = \"all\"",
        &["HERE: `all` is not a value of `residents_words`; known are `link` and `redacted`"],
    );
    check(p, "2026-01-01,", "\"New Year\",", &["HERE: `New Year` is not a day; write it like 2026-11-26"]);
    check(
        p,
        "\"www.riverton.example\"",
        "\"https://riverton.example/news\"",
        &["HERE: `https://riverton.example/news` is not a host name; write it like www.riverton.example"],
    );
    check(
        p,
        "email = \"duty@riverton.example\"\n",
        "",
        &["AT 159: this person cannot be reached; add an `email` or a `webhook`"],
    );
}

#[test]
fn nobody_on_duty() {
    let dir = untouched();
    std::fs::write(dir.path().join("policy.toml"), "auto = true\n").unwrap();
    let expect = "config/policy.toml: nobody is on duty; \
                  add at least one `[[duty]]`, who is paged when a life is in danger";
    assert_eq!(load(dir.path(), &[]).err().unwrap(), expect);
}
