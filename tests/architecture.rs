//! The rules of the house, checked on the source itself. Each rule has a self-test below that plants a
//! violation, so that a checker that has gone blind fails too. `docs/ARCHITECTURE.md` points here.

#[path = "support/source.rs"]
mod source;

use std::path::Path;

use source::{Source, files};

/// The road a post travels. A room may use every room to its right, near or far; rooms of one row never
/// use each other.
const ROAD: &[&[&str]] = &[
    &["main"],
    &["cli", "demo"],
    &["web", "worker"],
    &["app"],
    &["journey"],
    &["world"],
    &["routing", "dispatch", "replies", "triage"],
    &["tickets"],
    &["intake", "places"],
    &["accounts", "media"],
    &["jobs"],
    &["net"],
    &["db"],
    BASE,
];

/// Rooms that everybody may use, and that use only each other.
const BASE: &[&str] = &["settings", "limits", "clock", "span", "terminal", "error"];

/// Rooms beside the road: (room, who may use it, what it may use beside BASE).
const BESIDE_THE_ROAD: &[(&str, &[&str], &[&str])] = &[
    (
        "channels",
        &["main", "cli", "demo", "web", "worker", "app"],
        &["intake", "accounts", "media", "jobs", "net", "db"],
    ),
    ("insights", &["main", "cli", "demo", "web", "worker"], &["db"]),
];

/// Steps against the direction, each with its reason.
const EXCEPTIONS: &[(&str, &str, &str)] = &[("cli", "demo", "`onit demo` is a command like the others")];

/// (what, words that stand for it, the only places that may have it: a folder, a file, or a file name).
const ONLY_THERE: &[(&str, &[&str], &[&str])] = &[
    (
        "SQL",
        &["diesel::", "diesel_migrations::", "sql_query", "crate::db::schema", "schema::"],
        // error.rs turns what the database says into the house's one error.
        &["store.rs", "src/db/", "src/error.rs"],
    ),
    (
        "a client from net/",
        &["crate::net"],
        &[
            "src/net/",
            "src/channels/",
            "src/dispatch/senders/",
            "src/worker/",
            "src/cli/channel.rs",
            "src/app.rs",
        ],
    ),
    (
        "a socket",
        &["ureq::", "TcpStream", "UdpSocket", "UnixStream", "SmtpTransport", "ToSocketAddrs"],
        &["src/net/"],
    ),
    ("a listener", &["TcpListener", "HttpServer"], &["src/web/", "src/demo/"]),
    ("the machine's clock", &["Utc::now", "Local::now", "SystemTime::now"], &["src/clock.rs"]),
    ("printing", &["println!", "print!"], &["src/cli/"]),
    ("async", &["async fn", "async move", "async ||"], &["src/web/", "src/demo/"]),
];

/// Words that begin an SQL statement in a string literal.
const SQL_STARTS: &[&str] = &["SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "CREATE TABLE "];

/// Types that make a static remember something between two units of work.
const REMEMBERING: &[&str] = &["Mutex", "RwLock", "Atomic", "OnceLock", "OnceCell", "RefCell", "static mut"];

const MOST_LINES: usize = 400;

// ---- the house ----

fn house() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let house = source::house(root);
    assert!(house.iter().any(|file| file.path == "src/lib.rs"), "no source found below {}", root.display());
    house
}

fn no_problems(problems: &[String]) {
    let mut problems = problems.to_vec();
    problems.dedup();
    assert!(
        problems.is_empty(),
        "{} against the rules of the house:\n{}",
        problems.len(),
        problems.join("\n")
    );
}

#[test]
fn rooms_use_only_what_stands_to_their_right() {
    no_problems(&directions(&house()));
}

#[test]
fn every_room_has_its_place_in_the_table() {
    let unknown: Vec<String> = house()
        .iter()
        .filter(|file| !matches!(file.room(), "lib" | "main") && !is_room(file.room()))
        .map(|file| format!("{}: the room `{}` is in no row of ROAD", file.path, file.room()))
        .collect();
    no_problems(&unknown);
}

#[test]
fn things_stand_only_where_they_belong() {
    no_problems(&strays(&house()));
}

#[test]
fn sql_in_strings_stands_in_store_files() {
    no_problems(&sql_strings(&house()));
}

#[test]
fn a_step_shows_its_mod_file_and_not_its_store() {
    no_problems(&foreign_stores(&house()));
    no_problems(&open_stores(&house()));
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    no_problems(&shapes(&house()));
}

#[test]
fn no_static_remembers_anything() {
    no_problems(&statics(&house()));
}

#[test]
fn templates_escape_everything() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    no_problems(&raw_output(&files(root, "templates", &[".hbs", ".html", ".txt", ".xml"])));
}

#[test]
fn every_dependency_has_its_reason() {
    let read = |path| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path));
    let manifest = read("Cargo.toml").expect("Cargo.toml");
    no_problems(&unexplained(&manifest, &read("docs/DEPENDENCIES.md").expect("docs/DEPENDENCIES.md")));
}

// ---- the rules ----

fn is_room(name: &str) -> bool {
    level(name).is_some() || BESIDE_THE_ROAD.iter().any(|(room, ..)| *room == name)
}

fn level(room: &str) -> Option<usize> {
    ROAD.iter().position(|row| row.contains(&room))
}

fn may_use(from: &str, to: &str) -> bool {
    if from == to || from == "lib" || EXCEPTIONS.iter().any(|(a, b, _)| (*a, *b) == (from, to)) {
        return true;
    }
    if BASE.contains(&to) {
        return true;
    }
    if let Some((_, users, _)) = BESIDE_THE_ROAD.iter().find(|(room, ..)| *room == to) {
        return users.contains(&from);
    }
    if let Some((.., uses)) = BESIDE_THE_ROAD.iter().find(|(room, ..)| *room == from) {
        return uses.contains(&to);
    }
    matches!((level(from), level(to)), (Some(a), Some(b)) if a < b)
}

fn directions(house: &[Source]) -> Vec<String> {
    let mut problems = Vec::new();
    for file in house {
        for (line, path) in file.crate_paths() {
            let Some(to) = path.first().filter(|name| is_room(name)) else { continue };
            if !may_use(file.room(), to) {
                problems.push(format!("{}:{line}: {} may not use {to}", file.path, file.room()));
            }
        }
    }
    problems
}

fn belongs(path: &str, places: &[&str]) -> bool {
    places.iter().any(|place| {
        if place.ends_with('/') {
            path.starts_with(place)
        } else {
            path == *place || path.ends_with(&format!("/{place}"))
        }
    })
}

fn strays(house: &[Source]) -> Vec<String> {
    let mut problems = Vec::new();
    for (what, words, places) in ONLY_THERE {
        for file in house.iter().filter(|file| !belongs(&file.path, places)) {
            let by_word = words.iter().flat_map(|word| file.lines_with(word));
            // `use crate::{net, …}` hides the word; the path does not.
            let by_path = file.crate_paths().into_iter().filter(|(_, path)| {
                let path = format!("crate::{}", path.join("::"));
                words.iter().any(|word| {
                    word.starts_with("crate::") && format!("{path}::").starts_with(&format!("{word}::"))
                })
            });
            let mut lines: Vec<usize> = by_word.chain(by_path.map(|(line, _)| line)).collect();
            lines.sort_unstable();
            lines.dedup();
            for line in lines {
                problems.push(format!("{}:{line}: {what} belongs in {}", file.path, places.join(", ")));
            }
        }
    }
    problems
}

fn sql_strings(house: &[Source]) -> Vec<String> {
    let is_sql = |text: &str| {
        let text = text.trim_start_matches(|c: char| !c.is_ascii_uppercase());
        SQL_STARTS.iter().any(|start| text.starts_with(start))
    };
    let may_hold = |path: &str| belongs(path, &["store.rs", "src/db/"]);
    let mut problems = Vec::new();
    for file in house.iter().filter(|file| !may_hold(&file.path)) {
        for (line, _) in file.strings.iter().filter(|(_, text)| is_sql(text)) {
            problems.push(format!("{}:{line}: SQL belongs in store.rs", file.path));
        }
    }
    problems
}

fn foreign_stores(house: &[Source]) -> Vec<String> {
    let mut problems = Vec::new();
    for file in house {
        for (line, path) in file.crate_paths() {
            if path.len() > 1 && path[1] == "store" && path[0] != file.room() {
                let (room, path) = (&path[0], &file.path);
                problems.push(format!("{path}:{line}: ask {room}/mod.rs, not {room}/store.rs"));
            }
        }
    }
    problems
}

/// A store that other rooms could reach: `pub mod store`, or `pub(super)` where the parent is the whole house.
fn open_stores(house: &[Source]) -> Vec<String> {
    let mut problems = Vec::new();
    for file in house {
        for (index, line) in file.code.lines().enumerate() {
            let Some(open) = line.trim().strip_suffix("mod store;").map(str::trim) else { continue };
            let is_face = file.path.ends_with("/mod.rs") || file.path.matches('/').count() == 1;
            if !(open.is_empty() || (open == "pub(super)" && !is_face)) {
                problems.push(format!("{}:{}: a store is private to its step", file.path, index + 1));
            }
        }
    }
    problems
}

fn shapes(house: &[Source]) -> Vec<String> {
    let mut problems = Vec::new();
    for file in house {
        // The list of tables grows with the schema and is read a table at a time.
        if file.lines > MOST_LINES && file.path != "src/db/schema.rs" {
            problems.push(format!("{}: {} lines, the house allows {MOST_LINES}", file.path, file.lines));
        }
        if !file.text.starts_with("//!") {
            problems.push(format!("{}: begins without saying what it is for (//!)", file.path));
        }
    }
    problems
}

fn statics(house: &[Source]) -> Vec<String> {
    let mut problems = Vec::new();
    for file in house {
        for line in file.lines_with("static") {
            let code = file.code.lines().nth(line - 1).unwrap_or_default();
            let is_item = ["static ", "pub static ", "pub(crate) static ", "pub(super) static "]
                .iter()
                .any(|start| code.trim_start().starts_with(start));
            if is_item && REMEMBERING.iter().any(|word| code.contains(word)) {
                problems
                    .push(format!("{}:{line}: a static that remembers; pass it along instead", file.path));
            }
        }
    }
    problems
}

fn raw_output(templates: &[(String, String)]) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in templates {
        for (index, line) in text.lines().enumerate() {
            if line.contains("{{{") || line.contains("{{&") {
                problems.push(format!("{path}:{}: unescaped output; register a helper instead", index + 1));
            }
        }
    }
    problems
}

/// Direct dependencies without a row in the list, and rows without a dependency.
fn unexplained(manifest: &str, list: &str) -> Vec<String> {
    let mut section = "";
    let mut dependencies = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if section.ends_with("dependencies]") && line.contains('=') && !line.starts_with('#') {
            dependencies.extend(line.split(['=', '.']).next().map(str::trim));
        }
    }
    let is_name = |name: &&str| !name.is_empty() && !name.starts_with('-') && *name != "crate";
    let rows: Vec<&str> =
        list.lines().filter_map(|row| row.strip_prefix("| ")?.split(" |").next()).filter(is_name).collect();
    let missing = dependencies.iter().filter(|name| !rows.contains(name));
    let stale = rows.iter().filter(|name| !dependencies.contains(name));
    let missing = missing.map(|name| format!("docs/DEPENDENCIES.md: {name} has no row"));
    missing
        .chain(stale.map(|name| format!("docs/DEPENDENCIES.md: {name} is no dependency any more")))
        .collect()
}

// ---- the checkers are not blind ----

/// Runs one rule on one planted file and compares the problems' line numbers.
fn check(rule: fn(&[Source]) -> Vec<String>, path: &str, text: &str, expect: &[usize]) {
    let problems = rule(&[Source::new(path, text)]);
    let line_of = |problem: &String| -> usize {
        problem[path.len() + 1..].split(':').next().and_then(|n| n.trim().parse().ok()).unwrap_or(0)
    };
    let lines: Vec<usize> = problems.iter().map(line_of).collect();
    assert_eq!(lines, expect, "{path}:\n{text}\n-> {problems:?}");
}

#[test]
fn the_direction_checker_sees() {
    let cases: &[(&str, &str, &[usize])] = &[
        ("src/tickets/mod.rs", "use crate::intake::Post;\nuse crate::journey::receive;", &[2]),
        ("src/tickets/mod.rs", "use crate::{error::Error, web};", &[1]),
        (
            "src/tickets/mod.rs",
            "use crate::{\n    db::{DbConnection, types::Ts},\n    routing::rules,\n};",
            &[3],
        ),
        ("src/intake/mod.rs", "fn f() { crate::places::locate() }", &[1]),
        ("src/intake/mod.rs", "use super::places;", &[1]),
        ("src/intake/store.rs", "use super::super::places::locate;\nuse super::places;", &[1]),
        ("src/triage/mod.rs", "use crate::settings::Lang;\nuse crate::replies::draft;", &[2]),
        ("src/journey/receive.rs", "use crate::{world::World, tickets, triage, places, intake};", &[]),
        ("src/journey/receive.rs", "use crate::channels::Channel;", &[1]),
        ("src/channels/mod.rs", "use crate::intake::Envelope;\nuse crate::places::Place;", &[2]),
        ("src/insights/mod.rs", "use crate::db::Db;\nuse crate::tickets::Ticket;", &[2]),
        ("src/settings/mod.rs", "use crate::error::Error;\nuse crate::db::Db;", &[2]),
        ("src/cli/demo.rs", "use crate::demo;", &[]),
        ("src/demo/mod.rs", "use crate::cli;", &[1]),
        ("src/main.rs", "use onit::cli;\nfn main() { onit::web::run() }", &[]),
        (
            "src/tickets/mod.rs",
            "// crate::web::x\n/* crate::web::y /* */ crate::web::z */\nconst A: &str = \"crate::web\";",
            &[],
        ),
        (
            "src/tickets/mod.rs",
            "const A: &str = r#\"crate::web \"inside\" \"#; fn f<'a>(x: &'a str) { crate::web::f() }",
            &[1],
        ),
        ("src/tickets/mod.rs", "const Q: char = '\"';\nuse crate::web; // '\n", &[2]),
        ("src/tickets/mod.rs", "#[cfg(test)]\nmod tests {\n    use crate::web;\n}\nuse crate::web;", &[5]),
    ];
    for (path, text, expect) in cases {
        check(directions, path, text, expect);
    }
}

#[test]
fn the_place_checker_sees() {
    let cases: &[(&str, &str, &[usize])] = &[
        ("src/tickets/mod.rs", "use diesel::prelude::*;", &[1]),
        ("src/tickets/store.rs", "use diesel::prelude::*;\nuse crate::db::schema::tickets;", &[]),
        ("src/db/mod.rs", "use diesel::prelude::*;", &[]),
        ("src/tickets/mod.rs", "use crate::db::{schema, DbConnection};", &[1]),
        ("src/tickets/mod.rs", "let x = sql_query(q);", &[1]),
        ("src/replies/mod.rs", "use crate::{net, error};", &[1]),
        ("src/replies/mod.rs", "use crate::net::http::Client;", &[1]),
        ("src/dispatch/senders/email.rs", "use crate::net::smtp;", &[]),
        ("src/cli/channel.rs", "use crate::net::http::Client;", &[]),
        ("src/cli/serve.rs", "use crate::net::http::Client;", &[1]),
        ("src/worker/send.rs", "let c = ureq::get(url);", &[1]),
        ("src/tickets/policy.rs", "let now = Utc::now();", &[1]),
        ("src/clock.rs", "let now = Utc::now();", &[]),
        ("src/web/mod.rs", "println!(\"{x}\");", &[1]),
        ("src/web/mod.rs", "eprintln!(\"{x}\"); // println!()", &[]),
        ("src/cli/receive.rs", "println!(\"{x}\");", &[]),
        ("src/journey/receive.rs", "pub async fn receive() {}", &[1]),
        ("src/tickets/mod.rs", "#[cfg(test)]\nmod tests {\n    fn t() { Utc::now(); }\n}", &[]),
    ];
    for (path, text, expect) in cases {
        check(strays, path, text, expect);
    }
}

#[test]
fn the_other_checkers_see() {
    check(sql_strings, "src/tickets/mod.rs", "let q =\n    \"SELECT id FROM t\";", &[2]);
    check(
        sql_strings,
        "src/tickets/mod.rs",
        "let q = r#\"\n  UPDATE t SET x\"#; let w = \"Select a place\";",
        &[1],
    );
    check(sql_strings, "src/tickets/store.rs", "let q = \"SELECT id FROM t\";", &[]);
    check(
        sql_strings,
        "src/tickets/mod.rs",
        "#[cfg(test)]\nmod tests {\n  const Q: &str = \"SELECT 1\";\n}",
        &[],
    );
    check(
        foreign_stores,
        "src/tickets/mod.rs",
        "use crate::intake::store::Post;\nuse crate::tickets::store;",
        &[1],
    );
    check(open_stores, "src/tickets/mod.rs", "mod numbers;\npub mod store;\nmod store;", &[2]);
    check(open_stores, "src/tickets/mod.rs", "pub(crate) mod store;\npub(super) mod store;", &[1, 2]);
    check(open_stores, "src/tickets/duty.rs", "pub(super) mod store;", &[]);
    check(shapes, "src/tickets/mod.rs", &format!("//! What.\n{}", "\n".repeat(MOST_LINES)), &[0]);
    check(shapes, "src/tickets/mod.rs", &format!("//! What.\n{}", "\n".repeat(MOST_LINES - 1)), &[]);
    check(shapes, "src/tickets/mod.rs", "use crate::error::Error;", &[0]);
    check(statics, "src/tickets/mod.rs", "static A: AtomicU64 = x;\nfn f(x: &'static Mutex<u8>) {}", &[1]);
    check(statics, "src/tickets/mod.rs", "static WORDS: LazyLock<Vec<&'static str>> = x;", &[]);
    let parent = "#[cfg(test)]\npub mod samples;\nmod real;\n#[cfg(test)]\nmod tests {\n    mod inner;\n}";
    assert_eq!(Source::new("src/web/view.rs", parent).test_modules, ["samples"]);
    let manifest = "[dependencies]\nserde = \"1\"\nurl.workspace = true\n[profile.dev]\ndebug = 1";
    assert_eq!(unexplained(manifest, "| crate |\n|---|\n| serde | 1 |\n| rand | 1 |").len(), 2);
    let planted = [("templates/a.hbs".to_owned(), "<p>{{safe}}</p>\n{{{ raw }}}\n{{& raw }}".to_owned())];
    assert_eq!(raw_output(&planted).len(), 2);
}
