//! `onit receive`: posts as lines through the whole journey. One line out for each line in, whatever the line is.

#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]

#[path = "support/audit.rs"]
mod audit;
mod support;

use std::path::PathBuf;

use serde_json::Value;
use support::databases::{TestDatabase, databases};
use support::process::{Finished, onit};

/// Lines of the development posts that are taken in each run; the nightly run takes all.
const SOME: usize = 1_500;

fn lines(done: &Finished) -> Vec<Value> {
    let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
    done.stdout.lines().map(read).collect()
}

fn receive(database: &TestDatabase, input: &[u8]) -> Finished {
    onit(&["receive", "-", "--database", &database.url]).run_with(input)
}

fn audited(database: &TestDatabase) {
    let mut conn = onit::db::connect(&database.url.parse().expect("a URL")).expect("a connection");
    let found = audit::database(&mut conn);
    assert!(found.is_empty(), "{}: the auditor found:\n{}", database.kind, found.join("\n"));
}

#[test]
fn bad_lines_are_named_and_the_rest_goes_on() {
    let long = format!(r#"{{"text":"{}"}}"#, "a".repeat(10 * 1024 * 1024));
    let words = format!(r#"{{"text":"{}"}}"#, "a".repeat(65 * 1024));
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (br#"{"id":"good-1","text":"Street light out at Broad & Market"}"#.to_vec(), ""),
        (b"{\"text\":\"broken".to_vec(), "not JSON"),
        (long.into_bytes(), "longer than"),
        (words.into_bytes(), "at most"),
        (br#"{"text":"a\u0000b"}"#.to_vec(), "NUL"),
        (b"{\"text\":\"a\0b\"}".to_vec(), "not JSON"),
        (br#"{"text":"a\ud800b"}"#.to_vec(), "not JSON"),
        (br#"{"text":"x","channel":"fax"}"#.to_vec(), "unknown channel"),
        (br#"{"id":"7"}"#.to_vec(), "text is missing"),
        (b"{\"text\":\"a\xff\"}".to_vec(), "not UTF-8"),
        (b"".to_vec(), "empty line"),
        (b"[1,2]".to_vec(), "expected a JSON object"),
        (br#"{"text":"x","lat":91,"lon":0}"#.to_vec(), "lat"),
        (br#"{"text":"x","created_at":"yesterday"}"#.to_vec(), "created_at"),
        (br#"{"id":"good-2","text":"Deep pothole at Jefferson St and Market St"}"#.to_vec(), ""),
    ];
    let input = cases.iter().map(|(line, _)| line.clone()).collect::<Vec<_>>().join(&b'\n');
    for database in databases() {
        let done = receive(&database, &input);
        assert_eq!(done.code, Some(1), "{}: {}", database.kind, done.stderr);
        let out = lines(&done);
        assert_eq!(out.len(), cases.len(), "lines out = lines in: {}", done.stdout);
        for (n, ((_, expect), line)) in cases.iter().zip(&out).enumerate() {
            if expect.is_empty() {
                assert_ne!(line["outcome"], "error", "{line}");
                assert!(line["id"].as_str().is_some_and(|id| id.starts_with("good-")), "{line}");
            } else {
                assert_eq!(line["outcome"], "error", "line {}: {line}", n + 1);
                assert_eq!(line["line"], n + 1, "{line}");
                assert!(line["reason"].as_str().is_some_and(|r| r.contains(expect)), "{expect}: {line}");
            }
        }
        assert!(!done.stderr.contains("panicked"), "{}", done.stderr);
        audited(&database);
    }
}

#[test]
fn a_second_run_knows_everything() {
    let posts = [
        r#"{"id":"a","text":"Street light out at Broad & Market"}"#,
        r#"{"id":"b","text":"Thank you to the crew that plowed our street before sunrise today."}"#,
        r#"{"id":"c","text":"Power line down and sparking across the sidewalk, kids are walking past it"}"#,
        r#"{"id":"d","channel":"phone","text":"loud","stated":{"service":"noise","address":"214 Green St"}}"#,
        r#"{"text":"a line without a name"}"#,
    ]
    .join("\n");
    for database in databases() {
        let first = receive(&database, posts.as_bytes());
        assert_eq!(first.code, Some(0), "{}", first.stderr);
        let second = receive(&database, posts.as_bytes());
        assert_eq!(second.code, Some(0));
        for (then, now) in lines(&first).iter().zip(lines(&second)) {
            assert_eq!(now["outcome"], "known", "{now}");
            assert_eq!(now["was"], then["outcome"], "{now}");
            assert_eq!(now["id"], then["id"]);
            assert_eq!(now["tickets"], then["tickets"], "the same number as then");
        }
        audited(&database);
    }
}

/// Two short messages piped in one after the other are two messages, though both are "line 1".
#[test]
fn lines_without_a_name_are_not_edits_of_each_other() {
    for database in databases() {
        let one = receive(&database, br#"{"text":"Street light out at Broad & Market"}"#);
        let two = receive(&database, br#"{"text":"Deep pothole at Jefferson St and Market St"}"#);
        let two = lines(&two);
        assert_ne!(
            two[0]["outcome"], "known",
            "{}: a report was taken for an edit of another one: {} {}",
            database.kind, one.stdout, two[0]
        );
    }
}

#[test]
fn a_pipe_that_closes_early_is_no_crash() {
    let posts: String =
        (0..300).map(|n| format!("{{\"id\":\"{n}\",\"text\":\"Street light out\"}}\n")).collect();
    let database = support::databases::sqlite();
    let command =
        format!("'{}' receive - --database '{}' | head -n 2", env!("CARGO_BIN_EXE_onit"), database.url);
    let mut child = std::process::Command::new("sh")
        .args(["-c", &command])
        .current_dir(support::root())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("sh");
    std::io::Write::write_all(&mut child.stdin.take().expect("stdin"), posts.as_bytes()).ok();
    let out = child.wait_with_output().expect("its end");
    let talk = String::from_utf8_lossy(&out.stderr);
    assert!(!talk.contains("panicked"), "{talk}");
    audited(&database);
}

fn shared(name: &str) -> Option<PathBuf> {
    let path = support::root().join("../shared/data/geo").join(name);
    path.exists().then_some(path)
}

/// The development posts on the real map of a city: `ONIT_ALL_POSTS=1` takes all of them.
#[test]
fn the_development_posts_of_cambridge() {
    let (Some(posts), Some(map)) = (shared("posts_dev.jsonl"), shared("cambridge_ma")) else {
        support::skip(
            "the development data is not beside this package",
            "the development posts of Cambridge",
        );
        return;
    };
    let text = std::fs::read_to_string(posts).expect("the posts");
    let all = std::env::var("ONIT_ALL_POSTS").is_ok();
    let input: Vec<&str> = text.lines().take(if all { usize::MAX } else { SOME }).collect();
    let input_bytes = input.join("\n").into_bytes();
    let map = map.to_string_lossy().into_owned();
    for database in databases() {
        let columns = "config/columns/cambridge_ma.toml";
        let imported =
            onit(&["import", "gazetteer", &map, "--columns", columns, "--database", &database.url]).run();
        assert_eq!(imported.code, Some(0), "{}", imported.stderr);
        let first = receive(&database, &input_bytes);
        assert_eq!(first.code, Some(0), "{}", first.stderr);
        let first = lines(&first);
        assert_eq!(first.len(), input.len(), "{}: lines out = lines in", database.kind);
        let placed = first.iter().filter(|l| l["lat"].is_number()).count();
        assert!(
            placed * 3 > first.len(),
            "{}: only {placed} of {} posts were placed",
            database.kind,
            first.len()
        );
        let second = lines(&receive(&database, &input_bytes));
        assert_eq!(second.len(), input.len());
        for (then, now) in first.iter().zip(&second) {
            assert_eq!(now["outcome"], "known", "{}: {now}", database.kind);
            assert_eq!(now["was"], then["outcome"], "{}: {now}", database.kind);
        }
        audited(&database);
    }
}
