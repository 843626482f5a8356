//! The command line as a person meets it: help, exit codes, plain output, and words that say how to mend it.

#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]

mod support;

use std::sync::Arc;

use onit::demo::square::{Fault, On, Setup, Square, What};
use support::databases::{databases, sqlite};
use support::process::{Finished, Onit, onit};

const COMMANDS: &[&[&str]] = &[
    &[],
    &["demo"],
    &["serve"],
    &["work"],
    &["receive"],
    &["classify"],
    &["locate"],
    &["eval"],
    &["eval", "classify"],
    &["eval", "urgency"],
    &["eval", "personal-data"],
    &["eval", "locate"],
    &["train"],
    &["import"],
    &["import", "gazetteer"],
    &["import", "areas"],
    &["import", "assets"],
    &["import", "open311"],
    &["open311"],
    &["open311", "check"],
    &["migrate"],
    &["user"],
    &["user", "add"],
    &["user", "list"],
    &["user", "off"],
    &["key"],
    &["key", "add"],
    &["key", "list"],
    &["key", "revoke"],
    &["channel"],
    &["channel", "add"],
    &["channel", "check"],
    &["channel", "list"],
    &["channel", "off"],
    &["config"],
    &["config", "check"],
    &["routing"],
    &["routing", "check"],
    &["routing", "try"],
    &["routing", "explain"],
    &["doctor"],
    &["backup"],
    &["restore"],
];

#[test]
fn every_command_explains_itself() {
    for command in COMMANDS {
        let mut args = command.to_vec();
        args.push("--help");
        let done = onit(&args).run();
        assert_eq!(done.code, Some(0), "{command:?}: {}", done.stderr);
        assert!(done.stdout.contains("Usage: onit"), "{command:?}: {}", done.stdout);
        assert!(done.stderr.is_empty(), "{command:?}: help is data, not talk: {}", done.stderr);
        assert!(!done.stdout.contains('\u{1b}'), "{command:?}: NO_COLOR");
        let longest = done.stdout.lines().map(|l| l.chars().count()).max().unwrap_or_default();
        assert!(longest <= 100, "{command:?}: a line of {longest}");
    }
}

#[test]
fn wrong_use_is_two_and_says_what_to_do() {
    let cases: &[&[&str]] = &[
        &[],
        &["fly"],
        &["receive"],
        &["receive", "a", "b"],
        &["--fly"],
        &["user", "add"],
        &["key", "add", "app"],
        &["channel", "add", "mastodon"],
        &["locate", "-"],
        &["train"],
        &["train", "tickets.csv", "--back"],
        &["import", "areas", "wards.geojson"],
        &["import", "assets", "poles.csv", "--kind", "street_light", "--lat", "Y"],
        &["backup"],
        &["user", "add", "x@y.example", "--name", "X", "--role", "king"],
        &["open311", "check"],
        &["open311", "check", "http://x.example", "--write"],
    ];
    for args in cases {
        let done = onit(args).run();
        assert_eq!(done.code, Some(2), "{args:?}: {}{}", done.stdout, done.stderr);
        assert!(done.stderr.contains("Usage") || done.stderr.contains("--help"), "{args:?}: {}", done.stderr);
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table of what fails")]
fn what_fails_is_one_and_names_the_mending() {
    let database = sqlite();
    let at = ["--database", database.url.as_str()];
    let cases: &[(&[&str], &str)] = &[
        (&["receive", "/no/such/file"], "/no/such/file"),
        (&["restore", "/no/such/file"], "/no/such/file"),
        (&["classify", "/no/such/file"], "/no/such/file"),
        (&["train", "/no/such/file.csv"], "/no/such/file.csv"),
        (&["train", "tickets.csv", "--columns", "text=a"], "both `text` and `service`"),
        (&["train", "tickets.csv", "--only", "Status"], "COLUMN=VALUE"),
        (&["train", "--back"], "nothing to go back to"),
        (&["import", "gazetteer", "/no/such", "--columns", "/no/such.toml"], "/no/such.toml"),
        (
            &["channel", "add", "fax", "--name", "x", "--url", "https://x.example", "--token", "env:NOBODY"],
            "use mastodon",
        ),
        (
            &["channel", "add", "mastodon", "--name", "x", "--url", "nonsense", "--token", "env:NOBODY"],
            "https://social.example",
        ),
        (
            &["channel", "add", "mastodon", "--name", "x", "--url", "https://x.example", "--token", "abc"],
            "env:NAME or file:PATH",
        ),
        (
            &[
                "channel",
                "add",
                "mastodon",
                "--name",
                "x",
                "--url",
                "https://x.example",
                "--token",
                "env:NOBODY_HERE",
            ],
            "NOBODY_HERE",
        ),
        (&["channel", "off", "nobody"], "nobody"),
        // Opening a file that is not there would back up an empty city and call it good.
        (
            &["backup", "/tmp/onit-no-such.tar", "--database", "sqlite:/no/such.db"],
            "no database file /no/such.db",
        ),
        (&["user", "off", "nobody@riverton.example"], "nobody@riverton.example"),
        (&["config", "check", "--config", "/no/such/folder"], "/no/such/folder"),
    ];
    for (args, expect) in cases {
        let own = if args.contains(&at[0]) { onit(args) } else { onit(args).arg(at[0]).arg(at[1]) };
        let done = own.run();
        assert_eq!(done.code, Some(1), "{args:?}: {}{}", done.stdout, done.stderr);
        assert!(done.stderr.contains(expect), "{args:?}: {}", done.stderr);
        assert!(
            done.stderr.contains("onit: ") && !done.stderr.contains("panicked"),
            "{args:?}: {}",
            done.stderr
        );
        assert!(done.stdout.is_empty(), "{args:?}: data when there is none: {}", done.stdout);
    }
    for url in ["mysql://x", "sqlite:", "nonsense"] {
        let done = onit(&["migrate", "--database", url]).run();
        assert_eq!(done.code, Some(2), "{url}: {done:?}");
        assert!(done.stderr.contains("--database"), "{}", done.stderr);
    }
    let secret = onit(&["migrate", "--database", "postgres://user:hunter2hunter2@127.0.0.1:1/x"]).run();
    assert_eq!(secret.code, Some(1));
    assert!(!secret.stderr.contains("hunter2"), "a password in the talk: {}", secret.stderr);
}

fn add_user(database: &str, login: &str, role: &str, password: &[u8]) -> Finished {
    onit(&["user", "add", login, "--name", "Dana Ruiz", "--role", role, "--database", database])
        .run_with(password)
}

#[test]
fn passwords_follow_rules_and_are_never_shown() {
    for database in databases() {
        let url = &database.url;
        for weak in ["short", "password1234", "danaruiz2026!", "dana@riverton.example", "aaaaaaaaaaaaaaaa"] {
            let done = add_user(url, "dana@riverton.example", "dispatcher", weak.as_bytes());
            assert_eq!(done.code, Some(1), "{}: {weak}: {}", database.kind, done.stderr);
            assert!(!done.stderr.contains(weak) || weak == "short" || weak.contains('@'), "{}", done.stderr);
        }
        let good = "marble-otter-lantern-fjord-42";
        let done = add_user(url, "dana@riverton.example", "dispatcher", good.as_bytes());
        assert_eq!(done.code, Some(0), "{}: {}", database.kind, done.stderr);
        assert!(
            !done.stdout.contains(good) && !done.stderr.contains(good),
            "a password that was typed is not shown"
        );
        let made = add_user(url, "nia@riverton.example", "approver", b"");
        assert_eq!(made.code, Some(0), "{}", made.stderr);
        assert_eq!(made.stdout.lines().count(), 1, "one that was made is shown once");
        assert!(made.stdout.trim().len() >= 20, "{}", made.stdout);
        for (login, role, code) in [(" ", "dispatcher", 1), ("dana@riverton.example", "king", 2)] {
            assert_eq!(add_user(url, login, role, good.as_bytes()).code, Some(code), "{login} {role}");
        }
        let list = onit(&["user", "list", "--json", "--database", url]).run();
        let lines: Vec<serde_json::Value> =
            list.stdout.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
        assert_eq!(lines.len(), 2, "{}", list.stdout);
        assert!(!list.stdout.contains("argon2"), "{}", list.stdout);
        assert_eq!(onit(&["user", "off", "dana@riverton.example", "--database", url]).run().code, Some(0));
        assert!(onit(&["user", "list", "--database", url]).run().stdout.contains("off"), "{}", database.kind);
    }
}

#[test]
fn a_channel_is_added_checked_and_listed() {
    onit::net::install_crypto();
    let clock = onit::clock::Clock::machine();
    let square = Square::new(Setup::default(), Arc::new(move || clock.now())).expect("a square");
    let server = square.start(0).expect("a port");
    let host = format!("127.0.0.1:{}", server.port());
    let token = square.city_token();
    let run = |args: &[&str], url: &str| {
        let command: Onit = onit(args).env("CITY_TOKEN", &token).env("ONIT_ALLOW_PRIVATE", &host);
        command.arg("--database").arg(url).run()
    };
    for database in databases() {
        let at = format!("http://{host}");
        let add =
            ["channel", "add", "mastodon", "--name", "square", "--url", &at, "--token", "env:CITY_TOKEN"];
        square
            .tell_city("Joy L.", "Street light out at Broad & Market", onit::demo::square::Posting::default())
            .expect("old");
        let added = run(&add, &database.url);
        assert_eq!(added.code, Some(0), "{}: {}", database.kind, added.stderr);
        assert!(added.stderr.contains("wait for a person"), "the trial is told: {}", added.stderr);
        let again = run(&add, &database.url);
        assert_eq!(again.code, Some(0), "connecting again is no fault: {}", again.stderr);
        let list = run(&["channel", "list", "--json"], &database.url);
        assert_eq!(list.stdout.lines().count(), 1, "{}", list.stdout);
        let checked = run(&["channel", "check"], &database.url);
        assert_eq!(checked.code, Some(0), "{}{}", checked.stdout, checked.stderr);
        square.set_fault(Fault::new(What::TokenRevoked).on(On::Everything));
        let checked = run(&["channel", "check"], &database.url);
        assert_eq!(checked.code, Some(1), "{}{}", checked.stdout, checked.stderr);
        assert!(checked.stdout.contains("onit channel add"), "says how to mend it: {}", checked.stdout);
        square.clear_faults();
        assert_eq!(run(&["channel", "off", "square"], &database.url).code, Some(0));
        for done in [&added, &again, &list, &checked] {
            assert!(
                !done.stdout.contains(&token) && !done.stderr.contains(&token),
                "the token itself is never shown"
            );
        }
        // Nothing but where the token is stands in the database.
        if let Some(folder) = database.folder() {
            let bytes = std::fs::read(folder.join("onit.db")).expect("the file");
            assert!(!bytes.windows(token.len()).any(|w| w == token.as_bytes()));
        }
    }
    server.stop();
}

#[test]
fn a_broken_setting_is_named_with_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    let good = support::root().join("config");
    support::tool("cp", &["-r", &good.to_string_lossy(), &config.to_string_lossy()]);
    let at = config.to_string_lossy().into_owned();
    assert_eq!(onit(&["config", "check", "--config", &at]).run().code, Some(0));
    let policy = config.join("policy.toml");
    let text = std::fs::read_to_string(&policy).expect("policy.toml");
    let broken = text
        .replace("report_p = 0.75", "report_p = 1.80")
        .replace("bulk_over = 25", "bulk_over = 25\nbulk_ovr = 3");
    std::fs::write(&policy, broken.replace("report_p = 0.45", "report_p = 1.80")).expect("written");
    let done = onit(&["config", "check", "--config", &at]).run();
    assert_eq!(done.code, Some(1), "{}", done.stdout);
    for part in ["policy.toml", "bulk_ovr", "report_p", "line "] {
        assert!(done.stderr.contains(part), "{part}: {}", done.stderr);
    }
    // Everything that needs settings refuses to start on them.
    let database = sqlite();
    for command in ["receive", "classify"] {
        let done = onit(&[command, "-", "--config", &at, "--database", &database.url])
            .run_with(b"{\"text\":\"x\"}\n");
        assert_eq!(done.code, Some(1), "{command}");
        assert!(done.stdout.is_empty());
    }
}

#[test]
fn the_doctor_finds_what_is_missing() {
    for database in databases() {
        let done = onit(&["doctor", "--database", &database.url]).run();
        assert_eq!(done.code, Some(1), "{}: {}", database.kind, done.stdout);
        for part in ["no streets yet", "nobody can sign in", "onit import gazetteer", "onit user add"] {
            assert!(done.stdout.contains(part), "{}: {part}: {}", database.kind, done.stdout);
        }
        let json = onit(&["doctor", "--json", "--database", &database.url]).run();
        for line in json.stdout.lines() {
            let finding: serde_json::Value = serde_json::from_str(line).expect("JSON");
            assert!(finding["good"].is_boolean() && finding["what"].is_string(), "{line}");
        }
        add_user(&database.url, "dana@riverton.example", "admin", b"marble-otter-lantern-fjord-42");
        let done = onit(&["doctor", "--database", &database.url]).run();
        assert!(done.stdout.contains("1 people sign in"), "{}", done.stdout);
        // A changed history is named.
        onit(&["receive", "-", "--database", &database.url]).run_with(
            br#"{"text":"Power line down and sparking across the sidewalk, kids are walking past it"}"#,
        );
        let mut conn = onit::db::connect(&database.url.parse().expect("a URL")).expect("a connection");
        let n = diesel::RunQueryDsl::execute(
            diesel::sql_query("UPDATE ticket_history SET words = 'nothing happened' WHERE seq = 1"),
            &mut conn,
        );
        assert_eq!(n.expect("changed"), 1);
        let done = onit(&["doctor", "--database", &database.url]).run();
        assert!(done.stdout.contains("was changed"), "{}: {}", database.kind, done.stdout);
    }
}

/// What `onit locate` finds for a text.
fn found(gazetteer: &str, text: &str) -> serde_json::Value {
    let line = serde_json::json!({"text": text}).to_string();
    let done = onit(&["locate", "-", "--gazetteer", gazetteer]).run_with(line.as_bytes());
    serde_json::from_str(&done.stdout).unwrap_or_else(|_| panic!("{}{}", done.stdout, done.stderr))
}

#[test]
fn poles_come_on_top_and_a_broken_layer_changes_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let at = |name: &str| dir.path().join(name).display().to_string();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).expect("written");
    let (city, more) = (at("city.gaz"), at("more.gaz"));
    let example =
        ["import", "gazetteer", "config/example-city", "--columns", "config/example-city/columns.toml"];
    let done = onit(&example).arg("--out").arg(&city).run();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert!(done.stderr.contains("in all:") && done.stdout.is_empty(), "{}", done.stderr);
    write("poles.csv", "id,Y,X,who\nA-7,40.0600,-89.4000,Power Co\n,x,y,\n");
    let poles = at("poles.csv");
    let on_top = |file: &str, out: &str| {
        let kind = ["--kind", "street_light", "--id", "id", "--owner", "who", "--lat", "Y", "--lon", "X"];
        let done = onit(&["import", "assets", file, "--gazetteer", &city, "--out", out]);
        kind.iter().fold(done, |done, arg| done.arg(arg)).run()
    };
    let done = on_top(&poles, &more);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert!(done.stderr.contains("left out 1 of poles.csv: no coordinates (row 3)"), "{}", done.stderr);
    assert_eq!(found(&more, "pole A-7 is dark")["best"]["label"], "Pole A-7");
    assert_eq!(
        found(&more, "pole 1163 is dark")["best"],
        serde_json::Value::Null,
        "the old ones are replaced"
    );
    assert_eq!(found(&more, "hydrant H101 leaks")["best"]["label"], "Hydrant H101", "another kind stays");
    write("metres.csv", "id,Y,X,who\nA-8,4434000,445000,Power Co\n");
    let done = on_top(&at("metres.csv"), &more);
    assert_eq!(done.code, Some(1));
    for part in ["metres.csv", "row 2", "WGS84"] {
        assert!(done.stderr.contains(part), "{part}: {}", done.stderr);
    }
    assert_eq!(found(&more, "pole A-7 is dark")["best"]["label"], "Pole A-7");
}

#[test]
fn the_old_gazetteer_stays_until_a_new_one_is_whole() {
    let dir = tempfile::tempdir().expect("a folder");
    let wards = dir.path().join("wards.geojson");
    let import = |url: &str, words: &[&str]| {
        let base = onit(&["import"]);
        words.iter().fold(base, |run, word| run.arg(word)).arg("--database").arg(url).run()
    };
    let example = ["gazetteer", "config/example-city", "--columns", "config/example-city/columns.toml"];
    for database in databases() {
        let url = database.url.as_str();
        let path = wards.display().to_string();
        let areas = ["areas", path.as_str(), "--layer", "ward", "--name", "NR", "--prefix", "Ward "];
        std::fs::write(&wards, "{").expect("written");
        let done = import(url, &areas);
        assert_eq!(done.code, Some(1), "{}", done.stderr);
        assert!(done.stderr.contains("import gazetteer"), "{}", done.stderr);
        let done = import(url, &example);
        assert!(done.code == Some(0) && done.stderr.contains("version 1 is in use"), "{}", done.stderr);
        let done = import(url, &areas);
        assert!(done.code == Some(1) && done.stderr.contains("wards.geojson"), "{}", done.stderr);
        let ring = "[[[-89.45,40.03],[-89.35,40.03],[-89.35,40.09],[-89.45,40.09],[-89.45,40.03]]]";
        let ward = format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"NR":9}},
            "geometry":{{"type":"Polygon","coordinates":{ring}}}}}]}}"#
        );
        std::fs::write(&wards, ward).expect("written");
        let done = import(url, &areas);
        assert!(done.code == Some(0) && done.stderr.contains("version 2 is in use"), "{}", done.stderr);
        let post = br#"{"text":"Street light out at Broad & Market since Sunday"}"#;
        let received = onit(&["receive", "-", "--database", url]).run_with(post);
        assert!(received.stdout.contains("opened"), "{}{}", received.stdout, received.stderr);
    }
}

#[test]
fn what_the_city_says_sounds_like_the_city() {
    // The wordings we ship keep their own rules; CI fails here when one does not.
    let shipped = onit(&["voice", "check"]).run();
    assert_eq!(shipped.code, Some(0), "{}{}", shipped.stdout, shipped.stderr);
    assert!(shipped.stderr.contains("0 must change"), "{}", shipped.stderr);
    let said = "Please be advised that your ticket is in our backlog.\nThe crew came and the lamp works.\n";
    let checked = onit(&["voice", "check", "-"]).run_with(said.as_bytes());
    assert_eq!(checked.code, Some(1), "{}{}", checked.stdout, checked.stderr);
    assert!(
        checked.stdout.contains("-:1: must change") && !checked.stdout.contains("-:2:"),
        "{}",
        checked.stdout
    );
    let lines = onit(&["voice", "check", "-", "--json"]).run_with(said.as_bytes());
    let first: serde_json::Value =
        serde_json::from_str(lines.stdout.lines().next().expect("a line")).expect("JSON");
    assert_eq!(first["remarks"][0]["weight"], "stop", "{first}");
    let missing = onit(&["voice", "check", "nowhere.txt"]).run();
    assert_eq!(missing.code, Some(1));
    assert!(missing.stderr.contains("nowhere.txt"), "{}", missing.stderr);
    assert_eq!(onit(&["voice", "check", "-", "--lang", "fr"]).run().code, Some(2));
}

#[test]
fn an_old_gazetteer_is_named_with_its_mending_and_the_import_mends_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("old.gaz").display().to_string();
    let example = ["gazetteer", "config/example-city", "--columns", "config/example-city/columns.toml"];
    let import = |words: &[&str]| words.iter().fold(onit(&["import"]), |run, word| run.arg(word)).run();
    assert_eq!(import(&[&example[..], &["--out", path.as_str()][..]].concat()).code, Some(0));
    let mut old = std::fs::read(&path).expect("the gazetteer");
    // The letter of the version.
    old[7] = b'1';
    std::fs::write(&path, &old).expect("written");
    let says = ["another version of OnIt", "onit import gazetteer PATH --columns FILE"];
    let located = onit(&["locate", "-", "--gazetteer", &path]).run_with(b"{}");
    assert!(located.code == Some(1) && says.iter().all(|w| located.stderr.contains(w)), "{}", located.stderr);
    for database in databases() {
        let url = database.url.as_str();
        assert_eq!(onit(&["migrate", "--database", url]).run().code, Some(0));
        let db = onit::db::Db::open(&url.parse().expect("a URL"), 2).expect("a database");
        onit::places::stored::replace(&db, &old, "a story", onit::clock::Clock::machine().now())
            .expect("stored");
        let post = br#"{"text":"Street light out at Broad & Market since Sunday"}"#;
        let received = onit(&["receive", "-", "--database", url]).run_with(post);
        assert!(
            received.code == Some(1) && says.iter().all(|w| received.stderr.contains(w)),
            "{}",
            received.stderr
        );
        let done = import(&[&example[..], &["--database", url][..]].concat());
        assert!(
            done.code == Some(0) && done.stderr.contains("nothing is kept from before"),
            "{}",
            done.stderr
        );
        let received = onit(&["receive", "-", "--database", url]).run_with(post);
        assert!(received.stdout.contains("opened"), "{}{}", received.stdout, received.stderr);
    }
}

/// Garbage of the size of a disk, under a limit of memory: refused by name, and the city in use stays.
#[cfg(target_os = "linux")]
#[test]
fn garbage_without_an_end_costs_no_memory() {
    let dir = tempfile::tempdir().expect("a folder");
    let at = |name: &str| dir.path().join(name).display().to_string();
    let sparse = |name: &str, bytes: u64| {
        std::fs::File::create(dir.path().join(name)).and_then(|f| f.set_len(bytes)).expect("a sparse file");
    };
    // Two gigabytes, and the most that a file may have.
    sparse("town.osm.pbf", 2 << 30);
    sparse("part.osm.pbf", 500 << 20);
    sparse("city.gaz", 2 << 30);
    sparse("map.toml", 2 << 30);
    std::fs::create_dir(dir.path().join("layers")).expect("a folder");
    sparse("layers/nodes.geojson", 2 << 30);
    let columns = "config/example-city/columns.toml".to_owned();
    let (town, part, gaz) = (at("town.osm.pbf"), at("part.osm.pbf"), at("city.gaz"));
    let (layers, map) = (at("layers"), at("map.toml"));
    for (name, words) in [
        ("town.osm.pbf", vec!["import", "gazetteer", &town, "--out", "/dev/null"]),
        ("part.osm.pbf", vec!["import", "gazetteer", &part, "--out", "/dev/null"]),
        ("nodes.geojson", vec!["import", "gazetteer", &layers, "--columns", &columns, "--out", "/dev/null"]),
        ("map.toml", vec!["import", "gazetteer", &layers, "--columns", &map, "--out", "/dev/null"]),
        ("city.gaz", vec!["locate", "-", "--gazetteer", &gaz]),
        ("/dev/zero", vec!["locate", "-", "--gazetteer", "/dev/zero"]),
        ("/dev/zero", vec!["import", "gazetteer", &layers, "--columns", "/dev/zero", "--out", "/dev/null"]),
    ] {
        let done = std::process::Command::new("sh")
            .args(["-c", "ulimit -v 1500000; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_onit")])
            .args(&words)
            .stdin(std::process::Stdio::null())
            .output()
            .expect("the program");
        let told = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.code() == Some(1) && told.contains(name), "{words:?}: {:?} {told}", done.status);
    }
}
