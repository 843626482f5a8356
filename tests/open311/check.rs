//! `onit open311 check` against our own server and against one that breaks the rules; `onit import open311`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

use serde_json::Value;

use crate::client::{CORNER, Client, DARK};
use crate::support::city::on_each_database;
use crate::support::process::{Finished, onit};

fn checked(host: &str, args: &[&str], key: &str) -> (Finished, Value) {
    let all = [&["--json", "open311", "check"], args].concat();
    let done = onit(&all).env("ONIT_ALLOW_PRIVATE", host).env("ONIT_TEST_KEY", key).run();
    let read = serde_json::from_str(&done.stdout).unwrap_or_else(|e| panic!("{e}: {done:?}"));
    (done, read)
}

fn verdict<'v>(read: &'v Value, rule: &str) -> (&'v str, &'v str) {
    let found = read["rules"].as_array().expect("rules").iter().find(|f| f["rule"] == rule);
    let found = found.unwrap_or_else(|| panic!("no {rule}"));
    (found["verdict"].as_str().expect("a word"), found["evidence"].as_str().expect("words"))
}

#[test]
fn our_own_server_keeps_every_rule() {
    on_each_database(|city| {
        let client = Client::open(city);
        client.file("street_light", CORNER, DARK);
        client.file("pothole_road_damage", "Main St & Walnut St", "A deep hole");
        let host = client.server.addr.to_string();
        let (done, read) = checked(&host, &[&client.url("/v2")], "");
        assert_eq!(done.code, Some(0), "{read:#}");
        assert_eq!(
            (&read["failed"], read["rules"].as_array().map(Vec::len)),
            (&0.into(), Some(29)),
            "{read:#}"
        );
        assert_eq!(verdict(&read, "O15").0, "skip", "nothing is written unasked");
        assert_eq!(client.json("/v2/requests.json").as_array().map(Vec::len), Some(2));

        let url = client.url("/v2");
        let args = [url.as_str(), "--key", "env:ONIT_TEST_KEY", "--write", "--address", CORNER];
        let (done, read) = checked(&host, &args, &client.key);
        assert_eq!(done.code, Some(0), "{read:#}");
        for n in [15, 16, 17, 18, 19, 26, 28] {
            assert_eq!(verdict(&read, &format!("O{n}")).0, "pass", "{read:#}");
        }
        assert_eq!(client.json("/v2/requests.json").as_array().map(Vec::len), Some(3), "filed once");
    });
}

/// Answers every path with what a table holds, 200 and the wrong things for the rest.
fn broken_server() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
            let mut first = String::new();
            reader.read_line(&mut first).expect("a line");
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|n| n > 2) {
                line.clear();
            }
            let path = first.split(' ').nth(1).unwrap_or_default().split('?').next().unwrap_or_default();
            let (kind, body) = match path {
                "/services.xml" => (
                    "application/xml",
                    "<services xmlns=\"x\"><service><service_code>1</service_code></service></services>",
                ),
                "/services.json" => ("application/json", "{\"services\":[{\"service_code\":1}]}"),
                "/requests.xml" => (
                    "text/xml",
                    "<service_requests><request><service_request_id>7</service_request_id><status>IN_PROGRESS</status>\
                     <service_code>1</service_code><requested_datetime>2026-01-01 10:00</requested_datetime></request></service_requests>",
                ),
                "/discovery.xml" => {
                    ("text/xml", "<discovery><changeset>2011-02-03 14:18</changeset></discovery>")
                }
                "/servicerequestupdates.xml" => ("text/xml", "<!DOCTYPE a [<!ENTITY b \"x\">]><a>&b;</a>"),
                _ => ("text/html", "<html>"),
            };
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            // A client that has gone needs no answer.
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    addr
}

#[test]
fn a_broken_server_is_told_what_it_breaks() {
    let host = broken_server().to_string();
    let (done, read) = checked(&host, &[&format!("http://{host}")], "");
    assert_eq!(done.code, Some(1), "{read:#}");
    let check = |rule: &str, words: &str| {
        let (verdict, evidence) = verdict(&read, rule);
        assert!(verdict == "fail" && evidence.contains(words), "{rule}: {verdict}: {evidence}");
    };
    check("O1", "answers 200, not 404");
    check("O2", "application/xml");
    check("O3", "2026-01-01 10:00");
    check("O4", "namespace");
    check("O5", "not a bare array");
    check("O8", "service_code is a number: 1");
    check("O9", "contact is missing");
    check("O10", "no full W3C time");
    check("O11", "service_name is missing");
    check("O20", "IN_PROGRESS");
    check("O22", "neither open nor closed");
    check("O23", "not 404");
    check("O25", "entity");
    check("O29", "has no lat");
    let plain = onit(&["open311", "check", &format!("http://{host}")]).env("ONIT_ALLOW_PRIVATE", &host).run();
    assert!(plain.code == Some(1) && plain.stdout.contains("O1\tfail\t"), "{plain:?}");
    let nobody = onit(&["open311", "check", "http://127.0.0.1:9"]).run();
    assert_eq!(nobody.code, Some(1), "{nobody:?}");
}

#[test]
fn requests_of_another_server_walk_our_journey() {
    on_each_database(|city| {
        let there = Client::open(city);
        let lamp = there.file("street_light", CORNER, DARK);
        let hole = there.file("pothole_road_damage", "Main St & Walnut St", "A deep hole");
        crate::updates::fix(city, &there.ticket(&hole));
        let here = crate::support::databases::sqlite();
        let (url, host) = (there.url("/v2"), there.server.addr.to_string());
        let run = |args: &[&str]| {
            let all = [&["--json", "--database", &here.url, "import", "open311", &url], args].concat();
            let done = onit(&all).env("ONIT_ALLOW_PRIVATE", &host).run();
            assert_eq!(done.code, Some(0), "{done:?}");
            serde_json::from_str::<Value>(&done.stdout).expect("a report")
        };
        let since = ["--since", "2026-01-01"];
        let dry = run(&[&["--dry-run"], &since[..]].concat());
        assert_eq!(
            (&dry["read"], &dry["outcomes"]["would be street_light"]),
            (&2.into(), &1.into()),
            "{dry}"
        );
        assert_eq!(dry["skipped"]["it has ended there"], 1, "{dry}");
        let first = run(&since);
        let taken: u64 =
            first["outcomes"].as_object().expect("a map").values().filter_map(Value::as_u64).sum();
        assert_eq!(taken, 1, "{first}");
        let again = run(&since);
        assert_eq!(again["outcomes"]["known"], 1, "once: {again} {lamp}");
        city.works();
    });
}
