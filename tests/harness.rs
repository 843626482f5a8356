//! The tools that the stories stand on do what they say: databases, the fault proxy, the watched process,
//! the browser. When a story fails, this file tells whether the story or its tools are at fault.

#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]

mod support;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use support::databases::{databases, migrated_databases};
use support::process::{is_complaint, onit};
use support::proxy::{Fault, FaultProxy, Rule};
use support::{browser, http};

/// A server that answers each path with what `page` says: (status, type, body).
fn serve(page: impl Fn(&str) -> (u16, &'static str, String) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        for mut client in listener.incoming().filter_map(Result::ok) {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                if client.read_exact(&mut byte).is_err() {
                    break;
                }
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let (status, kind, body) = page(head.split(' ').nth(1).unwrap_or("/"));
            let answer = format!(
                "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            drop(client.write_all(answer.as_bytes()));
        }
    });
    address.to_string()
}

fn run_sql(url: &str, sql: &str) -> diesel::QueryResult<()> {
    match url.strip_prefix("sqlite:") {
        Some(file) => SqliteConnection::establish(file).expect("the file").batch_execute(sql),
        None => PgConnection::establish(url).expect("the database").batch_execute(sql),
    }
}

#[test]
fn every_database_is_a_fresh_one() {
    for round in 0..2 {
        for database in databases() {
            let made = run_sql(&database.url, "CREATE TABLE lamp (id INTEGER)");
            assert!(made.is_ok(), "{} in round {round}: {made:?}", database.kind);
        }
    }
}

#[test]
fn a_migrated_database_is_a_copy_of_its_own() {
    let migrate = |url: &str| drop(run_sql(url, "CREATE TABLE migrated (id INTEGER)"));
    for _ in 0..2 {
        for database in migrated_databases("harness", migrate) {
            run_sql(&database.url, "INSERT INTO migrated VALUES (1); CREATE TABLE mine (id INTEGER)")
                .expect(database.kind);
        }
    }
}

#[test]
fn the_proxy_breaks_what_it_is_told() {
    let server = serve(|_| (200, "text/plain", "lamp ".repeat(1000)));
    let proxy = FaultProxy::between("127.0.0.1:0", &server);
    let ask = || http::request("POST", &format!("http://{}/x", proxy.address()), &[], b"hello");
    let once = |fault| {
        proxy.add(Rule::on("POST", "/x", fault).times(1));
        ask()
    };
    assert_eq!(ask().expect("passes").body.len(), 5000);
    let lost = once(Fault::DropAnswer).expect_err("the answer is dropped");
    assert_eq!(lost.kind(), std::io::ErrorKind::UnexpectedEof);
    let reset = once(Fault::ResetMidBody).expect_err("the connection is reset");
    assert_eq!(reset.kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(once(Fault::Status(503)).expect("an answer").status, 503);
    assert_eq!(once(Fault::Duplicate).expect("passes").status, 200);
    let start = Instant::now();
    assert_eq!(once(Fault::Delay(Duration::from_millis(200))).expect("passes").status, 200);
    assert!(start.elapsed() >= Duration::from_millis(200));
    let statuses: Vec<Option<u16>> = proxy.seen().iter().map(|seen| seen.status).collect();
    assert_eq!(statuses, [Some(200), Some(200), Some(200), None, Some(200), Some(200)]);
    assert_eq!(proxy.seen()[0].request.body, b"hello");
    assert_eq!(proxy.count("POST", "/x"), 6);
}

#[test]
fn the_proxy_holds_until_it_is_told() {
    let server = serve(|_| (200, "text/plain", "ok".to_owned()));
    let proxy = FaultProxy::between("127.0.0.1:0", &server);
    for (fault, reached) in [(Fault::HoldRequest, false), (Fault::HoldAnswer, true)] {
        proxy.add(Rule::on("*", "/", fault).times(1).when(|request| request.target() == "/held"));
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| http::get(&format!("http://{}/held", proxy.address())));
            proxy.wait_until_held(Duration::from_secs(5));
            let held = proxy.seen().pop().expect("the request");
            assert_eq!(held.status.is_some(), reached, "{fault:?}");
            assert!(!asked.is_finished());
            proxy.release();
            assert_eq!(asked.join().expect("no panic").expect("an answer").status, 200);
        });
    }
}

#[test]
fn complaints_are_told_from_talk() {
    let complaints = [
        "2026-01-27T06:12:00Z  WARN onit::worker: no answer",
        "ERROR: cannot open",
        r#"{"timestamp":"x","level":"ERROR","message":"m"}"#,
        "thread 'main' panicked at src/main.rs:1:1:",
    ];
    for line in complaints {
        assert!(is_complaint(line), "{line}");
    }
    for line in ["2026-01-27T06:12:00Z  INFO onit: ready", r#"{"level":"INFO","message":"no ERROR"}"#] {
        assert!(!is_complaint(line), "{line}");
    }
}

#[test]
fn the_real_program_starts() {
    let done = onit(&["--version"]).run();
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.stdout.starts_with("onit "), "{done:?}");
}

#[test]
fn the_browser_harness_sees() {
    let good = "<!doctype html><html lang=en><title>Good</title><meta name=viewport \
        content='width=device-width'><style>:root{color-scheme:light dark;background:#fff;color:#15222a}\
        a{color:#0b5a78}@media(prefers-color-scheme:dark){:root{background:#141c20;color:#e9eff1}\
        a{color:#85c9e6}}</style><main><h1>Riverton</h1>\
        <p>Tell the city. <a href='/thanks'>Report something</a></p></main></html>";
    let thanks = "<!doctype html><html lang=en><title>Thanks</title><main><h1>Thank you</h1></main></html>";
    let bad = "<!doctype html><html lang=en><title>Bad</title><meta name=viewport \
        content='width=device-width'><main><h1>Bad</h1><div style='width:3000px'>wide</div>\
        <img src='http://elsewhere.example/track.png'></main>\
        <script>document.title = 'Ran'; throw new Error('broken')</script></html>";
    let server = serve(move |path| match path {
        "/good" => (200, "text/html", good.to_owned()),
        "/thanks" => (200, "text/html", thanks.to_owned()),
        "/bad" => (200, "text/html", bad.to_owned()),
        _ => (204, "text/plain", String::new()),
    });
    browser::run_story("harness", &format!("http://{server}"), &[]);
}
