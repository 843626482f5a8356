//! What the settings refuse about the machine, secrets, variables, wording and whole files.

use super::refused::{check, check_variable};
use super::*;

#[test]
fn city_server_mail() {
    let o = "onit.toml";
    let example = "use one like https://requests.riverton.example";
    let base_url = |to: &str, why: &str| {
        check(o, "http://localhost:8080", to, &[&format!("HERE: `base_url`: {why}; {example}")])
    };
    base_url("localhost:8080", "must start with http:// or https:// and name a host");
    base_url("/requests", "is not an absolute address (relative URL without a base)");
    base_url("https://admin:hunter2@riverton.example", "must not hold a user or password");
    base_url("https://riverton.example/?a=b", "must end before `?` and `#`");
    check(
        o,
        "America/New_York",
        "America/NewYork",
        &["HERE: `time_zone`: `America/NewYork` is not a time zone; did you mean `America/New_York`?"],
    );
    check(
        o,
        "language = \"en\"",
        "language = \"fr\"",
        &["HERE: `language`: `fr` is not a language OnIt writes; use en, es, pt or ht"],
    );
    check(
        o,
        "listen = \"127.0.0.1:8080\"",
        "listen = \"8080\"",
        &[
            "HERE: `listen`: `8080` is not an address with a port; use 127.0.0.1:8080, 0.0.0.0:8080 or [::]:8080",
        ],
    );
    check(
        o,
        "trusted_proxies = []",
        "trusted_proxies = [\"10.0.0.0/40\"]",
        &["HERE: `trusted_proxies`: `10.0.0.0/40` is not a network; \
           write an address like 10.1.2.3 or a range like 10.0.0.0/8 or fd00::/8"],
    );
    check(o, "[mail]", "[mial]", &["HERE: `mial` is not a key here; did you mean `mail`?"]);
}

#[test]
fn secrets_in_files() {
    let advice = "secrets never stand in config files; set ONIT_SMTP_URL or ONIT_DUTY_WEBHOOK_KEY in the environment, \
                  or name a file with ONIT_SMTP_URL_FILE or ONIT_DUTY_WEBHOOK_KEY_FILE; \
                  accounts of networks are added with `onit channel add`";
    let here = |key: &str| format!("HERE: `{key}` is not a key here: {advice}");
    check("onit.toml", "from = \"City", "smtp_url = \"smtps://u:p@h\"\nfrom = \"City", &[&here("smtp_url")]);
    check("policy.toml", "auto = true", "api_token = \"x\"\nauto = true", &[&here("api_token")]);
    check_variable("ONIT__MAIL__SMTP_URL", "smtps://u:p@h", &format!("ONIT__MAIL__SMTP_URL: {advice}"));
    let wrong = load(untouched().path(), &[("ONIT_SMTP_URL", "mail.example:hunter2")]).err().unwrap();
    assert_eq!(wrong, "ONIT_SMTP_URL: must start with smtps:// (or smtp:// with ?tls=required)");
    check_variable(
        "ONIT_SMTP_URL_FILE",
        "/nonexistent",
        "ONIT_SMTP_URL_FILE: the file /nonexistent cannot be read: No such file or directory (os error 2)",
    );
    let both = [("ONIT_SMTP_URL", "smtps://h"), ("ONIT_SMTP_URL_FILE", "/nonexistent")];
    let found = load(untouched().path(), &both).err().unwrap();
    assert_eq!(found, "ONIT_SMTP_URL: is set, and ONIT_SMTP_URL_FILE too; keep one of the two");
}

#[test]
fn variables() {
    check_variable(
        "ONIT__SERVER__BASEURL",
        "x",
        "ONIT__SERVER__BASEURL: no key of onit.toml has this name; did you mean `ONIT__SERVER__BASE_URL`?",
    );
    check_variable(
        "ONIT__SERVER__WORKERS",
        "many",
        "ONIT__SERVER__WORKERS: `workers` must be a whole number from 1 to 64",
    );
    check_variable(
        "ONIT__SERVER__TRUSTED_PROXIES",
        "10.0.0.1, x",
        "ONIT__SERVER__TRUSTED_PROXIES: `trusted_proxies`: `x` is not a network; \
         write an address like 10.1.2.3 or a range like 10.0.0.0/8 or fd00::/8",
    );
    check_variable(
        "ONIT__CITY__NAME",
        "",
        "ONIT__CITY__NAME: `name` is missing in `city`; add for example `name = \"Riverton\"`",
    );
    check_variable(
        "ONIT__POLICY__AUTO",
        "true",
        "ONIT__POLICY__AUTO: services, departments, policy and wording cannot be set by a variable; \
         change the file in the config folder, so that every process works by the same rules",
    );
}

#[test]
fn wording() {
    let w = "wording/es.toml";
    check(
        w,
        "{department}",
        "{departamento}",
        &[
            "HERE: `on_it` must name `{department}`",
            "HERE: `{departamento}` is not a placeholder; did you mean `department`?",
        ],
    );
    check(
        w,
        "{department}",
        "{department} {candidates}",
        &["HERE: `on_it` cannot name `{candidates}`: it is not known at that point"],
    );
    check(w, "{number}", "{number", &["HERE: `on_it` has a `{` without its `}` (or the other way round)"]);
    check(w, "{number} ", "", &["HERE: `on_it` must name `{number}`"]);
    check(w, "[joined]", "[joind]", &["HERE: `joind` is not a key here; did you mean `joined`?"]);
    check(
        w,
        "Ya estamos",
        "@alcalde ya estamos",
        &["HERE: `on_it` holds @ or #, which networks turn into a mention or a hashtag"],
    );
    check(
        w,
        "Ya estamos",
        "Ya\\nestamos",
        &["HERE: `on_it` holds a line break or another control character; write it on one line"],
    );
    let long = "Ya ".repeat(60);
    check(w, "Ya ", &long, &["HERE: `on_it` has 263 characters, at most 220 fit"]);
    check(
        w,
        "\"Luz Peralta, 2026-01-14\"",
        "\"Luz\"",
        &[
            "HERE: `reviewed`: `Luz` must be the reviewer's name, a comma and the day, like \"Dana Ruiz, 2026-01-12\"",
        ],
    );
}

#[test]
fn folders_and_files() {
    let found = load(Path::new("/nonexistent/config"), &[]).err().unwrap();
    assert_eq!(found, "config: is not a folder; name the config folder with --config");
    let dir = untouched();
    std::fs::remove_file(dir.path().join("policy.toml")).unwrap();
    std::fs::write(dir.path().join("wording/fr.toml"), "").unwrap();
    std::fs::write(dir.path().join("wording/pt.toml"), b"# ok\n\xff").unwrap();
    std::fs::write(dir.path().join("departments.toml"), vec![b'#'; 1_000_001]).unwrap();
    let expect = [
        "config/departments.toml: has 1000001 bytes, at most 1000000 are read",
        "config/policy.toml: cannot be read: No such file or directory (os error 2)",
        "config/wording/fr.toml: is not read: OnIt writes en, es, pt and ht; remove or rename it",
        "config/wording/pt.toml: is not UTF-8 text at line 2; save it again as UTF-8",
    ];
    assert_eq!(load(dir.path(), &[]).err().unwrap().lines().collect::<Vec<_>>(), expect);
}

#[test]
fn all_problems_at_once() {
    let dir = folder("services.toml", "gate_p = 0.80", "gate_p = 2\ngates = 1");
    std::fs::write(dir.path().join("onit.toml"), "[server]\nworkers = 0\n").unwrap();
    let found = load(dir.path(), &[("ONIT__SERVER__LISTEN", "here")]).err().unwrap();
    let places: Vec<&str> = found.lines().filter_map(|l| l.split(": ").next()).collect();
    assert_eq!(
        places,
        [
            "config/onit.toml",
            "config/onit.toml",
            "config/onit.toml",
            "config/onit.toml",
            "config/onit.toml line 1",
            "config/onit.toml line 2",
            "config/services.toml line 305",
            "config/services.toml line 306",
            "ONIT__SERVER__LISTEN",
        ]
    );
}
