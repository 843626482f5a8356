//! Bad input: every field missing, doubled, empty, huge or broken is answered in the standard's own words, and nothing
//! of it is kept.

use std::time::{Duration, Instant};

use onit::tickets;

use crate::client::{CORNER, Client, FORM, refusal};
use crate::support::city::{TestCity, on_each_database};
use crate::support::http::{self, Response};

fn nothing_kept(city: &TestCity) {
    let conn = &mut *city.app.db.read().expect("a connection");
    assert!(tickets::ids_after(conn, 0, 9).expect("ids").is_empty(), "a ticket was opened");
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    for table in ["posts", "open311_requests", "photos", "people", "jobs"] {
        let sql = format!("SELECT count(*) AS n FROM {table}");
        let rows: Vec<Row> = diesel::RunQueryDsl::load(diesel::sql_query(sql), conn).expect("a count");
        assert_eq!(rows[0].n, 0, "{table}");
    }
}

#[test]
fn every_field_of_a_filing() {
    on_each_database(|city| {
        let client = Client::open(city);
        let good = [("service_code", "street_light"), ("address_string", CORNER), ("description", "x")];
        let check = |field: &str, value: &str, names: &str| {
            let mut fields: Vec<(&str, &str)> = good.iter().copied().filter(|(n, _)| *n != field).collect();
            fields.push((field, value));
            for format in ["json", "xml"] {
                let said = refusal(&client.post(&format!("/v2/requests.{format}"), &fields), 400);
                assert!(said.iter().any(|s| s.starts_with(names)), "{field}={value:.20}: {said:?}");
            }
        };
        let (long, longer) = ("x".repeat(1_001), "ñ".repeat(4_001));
        check("description", &longer, "description");
        check("description", "a\0b", "description");
        check("address_string", &long, "address_string");
        check("lat", "40", "long required");
        check("long", "40", "lat required");
        check("lat", "north", "lat");
        check("lat", "NaN", "lat");
        check("lat", "91", "lat");
        check("email", "ana@", "email");
        check("phone", &long, "phone");
        check("first_name", &long, "first_name");
        check("media_url", "javascript:alert(1)", "media_url");
        check("media_url", "/etc/passwd", "media_url");
        check("attribute[1012]", "purple", "attribute[1012]");
        check("service_code", &long, "service_code");
        for doubled in ["service_code", "address_string", "description", "email", "lat", "attribute[1012]"] {
            let mut fields = good.to_vec();
            fields.extend([(doubled, "1"), (doubled, "2")]);
            let said = refusal(&client.post("/v2/requests.json", &fields), 400);
            assert!(said.iter().any(|s| s.starts_with(doubled)), "{doubled}: {said:?}");
        }
        for empty in ["service_code", "address_string"] {
            let fields: Vec<_> = good.iter().map(|(n, v)| (*n, if *n == empty { "" } else { *v })).collect();
            refusal(&client.post("/v2/requests.xml", &fields), 400);
        }
        let many: Vec<(&str, &str)> = std::iter::repeat_n(("a", "1"), 300).collect();
        refusal(&client.post("/v2/requests.xml", &many), 400);
        nothing_kept(city);
    });
}

#[test]
fn bodies_that_are_no_forms() {
    on_each_database(|city| {
        let client = Client::open(city);
        let send = |kind: &str, body: &[u8]| -> Response {
            let headers = [("Content-Type", kind), ("X-Api-Key", client.key.as_str())];
            http::request("POST", &client.url("/v2/requests.xml"), &headers, body).expect("an answer")
        };
        let bomb =
            b"<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><a>&b;</a>";
        for kind in ["text/xml", "application/xml", "application/json", "text/plain", ""] {
            let said = refusal(&send(kind, bomb), 400);
            assert!(said[0].starts_with("Content-Type"), "{said:?}");
        }
        refusal(&send("application/x-www-form-urlencoded; charset=utf-16", b"service_code=x"), 400);
        let said = refusal(&send(FORM.1, b"service_code=street_light&address_string=%ff%fe"), 400);
        assert!(said[0].starts_with("address_string"), "{said:?}");
        refusal(&send(FORM.1, b"%zz=1"), 400);
        refusal(&send(FORM.1, b""), 400);
        refusal(&send("multipart/form-data", b"--x--"), 400);
        refusal(&send("multipart/form-data; boundary=x", b"--x\r\nno part at all"), 400);
        let cut = b"--x\r\nContent-Disposition: form-data; name=\"service_code\"\r\n\r\nstreet_light";
        refusal(&send("multipart/form-data; boundary=x", cut), 400);
        let huge = format!("description={}", "x".repeat(300 * 1024));
        refusal(&send(FORM.1, huge.as_bytes()), 413);
        nothing_kept(city);
    });
}

#[test]
fn a_hundred_megabytes_are_turned_away_at_once() {
    on_each_database(|city| {
        let client = Client::open(city);
        let headers =
            [("Content-Type", "multipart/form-data; boundary=x"), ("X-Api-Key", client.key.as_str())];
        // Only the head is sent: whoever says that so much will come is answered before it comes.
        let began = Instant::now();
        let got = says_it_sends(&client.url("/v2/requests.json"), &headers, 100 * 1024 * 1024);
        refusal(&got, 413);
        assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
        let photo = vec![0_u8; 9 * 1024 * 1024];
        let fields = [("service_code", "street_light"), ("address_string", CORNER)];
        let said = refusal(&client.upload("/v2/requests.json", &fields, &[("photo1", &photo)]), 413);
        assert!(said[0].starts_with("photo1"), "{said:?}");
        let small: Vec<(&str, &[u8])> = std::iter::repeat_n(("photo", &b"x"[..]), 9).collect();
        refusal(&client.upload("/v2/requests.json", &fields, &small), 400);
        nothing_kept(city);
    });
}

fn says_it_sends(url: &str, headers: &[(&str, &str)], bytes: usize) -> Response {
    use std::io::{Read as _, Write as _};
    let rest = url.strip_prefix("http://").expect("http");
    let (host, path) = rest.split_once('/').expect("a path");
    let mut stream = std::net::TcpStream::connect(host).expect("a connection");
    let mut head =
        format!("POST /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {bytes}\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).expect("sent");
    stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a limit");
    let mut all = Vec::new();
    let mut chunk = [0; 4_096];
    // Until the body is whole; the server may keep the connection for what it was promised.
    loop {
        let n = stream.read(&mut chunk).unwrap_or(0);
        all.extend_from_slice(&chunk[..n]);
        if n == 0 || all.ends_with(b"]") {
            break;
        }
    }
    let text = String::from_utf8_lossy(&all).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text}"));
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or_else(|| panic!("{head}"));
    let headers = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(n, v)| (n.to_lowercase(), v.to_owned()))
        .collect();
    Response { status, headers, body: body.as_bytes().to_vec() }
}

#[test]
fn ways_that_are_none() {
    on_each_database(|city| {
        let client = Client::open(city);
        for (method, path) in [
            ("PUT", "/v2/requests.xml"),
            ("DELETE", "/v2/requests/26-000001.json"),
            ("POST", "/v2/services.xml"),
            ("POST", "/v2/requests/26-000001.xml"),
        ] {
            let got = http::request(method, &client.url(path), &[FORM], b"").expect("an answer");
            refusal(&got, 405);
        }
        let name = "x".repeat(300);
        let got =
            client.post_with("/v2/requests.json", &[("Idempotency-Key", &name)], &[("service_code", "x")]);
        assert!(refusal(&got, 400)[0].starts_with("Idempotency-Key"));
        nothing_kept(city);
    });
}
