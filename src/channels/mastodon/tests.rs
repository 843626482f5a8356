//! Against a scripted server: every shape a Mastodon-speaking server was seen to answer with.

mod reading;
mod writing;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::*;
use crate::channels::{Channel, Outgoing, Parent};
use crate::net::http::Options;

/// What one request is answered with: status, further header lines, body.
type Answer = (u16, String, String);
type Script = Box<dyn Fn(&str, &str) -> Answer + Send>;

/// A server that answers by method and path, and keeps what it heard.
struct Server {
    base: String,
    heard: Arc<Mutex<Vec<String>>>,
}

fn serve(script: Script) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = listener.local_addr().unwrap().to_string();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&heard);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let request = whole(&mut stream);
            let target = request.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
            kept.lock().unwrap().push(request.clone());
            let (status, headers, body) = script(&target, &request);
            if status == 0 {
                continue;
            }
            let head = format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(body.as_bytes());
        }
    });
    Server { base, heard }
}

fn whole(stream: &mut std::net::TcpStream) -> String {
    let mut got = Vec::new();
    let mut part = [0; 4096];
    loop {
        let n = stream.read(&mut part).unwrap_or(0);
        got.extend_from_slice(&part[..n]);
        let text = String::from_utf8_lossy(&got).into_owned();
        let done = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            let head = head.to_lowercase();
            let long = head
                .split("content-length: ")
                .nth(1)
                .and_then(|s| s.split("\r\n").next()?.trim().parse().ok());
            body.len() >= long.unwrap_or(0)
        });
        if n == 0 || done {
            return text;
        }
    }
}

fn client(server: &Server) -> Arc<Client> {
    let mut options = Options::new("https://onit.riverton.example/");
    options.allow_private = vec![server.base.clone()];
    options.timeout = std::time::Duration::from_secs(3);
    Arc::new(Client::new(&options).unwrap())
}

fn channel(server: &Server) -> Mastodon {
    let setup = Setup {
        base_url: Url::parse(&format!("http://{}/", server.base)).unwrap(),
        account_id: "1".into(),
        account_uri: "https://city.test/users/city".into(),
        handle: "city@city.test".into(),
        max_length: 500,
        url_length: 23,
        server_version: "4.4.0".into(),
    };
    let mut channel = Mastodon::new(client(server), setup, "tok".into());
    channel.page_size = 3;
    channel
}

fn ok(body: Value) -> Answer {
    (200, String::new(), body.to_string())
}

fn not_found() -> Answer {
    (404, String::new(), json!({"error": "Record not found"}).to_string())
}

fn account(id: &str) -> Value {
    let name = if id == "1" { "city" } else { "ana" };
    json!({"id": id, "acct": format!("{name}@x.test"), "username": name, "display_name": name.to_uppercase(),
        "uri": format!("https://city.test/users/{name}"), "url": format!("https://city.test/@{name}"), "bot": false})
}

fn status(id: &str, by: &str, html: &str, parent: Option<&str>) -> Value {
    json!({"id": id, "uri": format!("https://x.test/s/{id}"), "url": format!("https://x.test/@a/{id}"),
        "created_at": "2026-01-27T06:12:00.000Z", "edited_at": null, "account": account(by), "content": html,
        "visibility": "public", "spoiler_text": "", "language": "en", "in_reply_to_id": parent,
        "media_attachments": [], "mentions": []})
}

fn mention(id: &str, status: Value) -> Value {
    json!({"id": id, "type": "mention", "created_at": format!("2026-01-27T06:12:{id:0>2}Z"), "status": status})
}

fn reply(text: &str) -> Outgoing {
    Outgoing {
        parent: Parent { local_id: "9".into(), uri: "https://x.test/s/9".into(), ..Parent::default() },
        text: text.into(),
        visibility: crate::intake::envelope::Visibility::Unlisted,
        spoiler_text: None,
        language: Some("en".into()),
        idempotency_key: "key-1".into(),
        first_attempt_at: "2026-01-27T06:12:30Z".parse().unwrap(),
    }
}

fn yes() -> MayWrite {
    Arc::new(|| Ok(()))
}

#[test]
fn set_up_reads_who_and_how_long() {
    let check = |v2: Answer, v1: Answer, expect: (usize, usize)| {
        let server = serve(Box::new(move |target, _| match target {
            "GET /api/v1/accounts/verify_credentials" => {
                ok(json!({"id": 7, "username": "city", "acct": "city", "url": "http://city.test/city"}))
            }
            "GET /api/v2/instance" => v2.clone(),
            "GET /api/v1/instance" => v1.clone(),
            _ => not_found(),
        }));
        let base = Url::parse(&format!("http://{}/", server.base)).unwrap();
        let setup = Setup::read(&client(&server), &base, &"tok".into()).unwrap();
        assert_eq!((setup.max_length, setup.url_length), expect);
        assert_eq!((setup.account_id.as_str(), setup.account_uri.as_str()), ("7", "http://city.test/city"));
        assert_eq!(setup.handle, "city@127.0.0.1");
        let kept: Setup = serde_json::from_str(&serde_json::to_string(&setup).unwrap()).unwrap();
        assert_eq!(kept, setup);
    };
    let limits = |n: u32| {
        ok(json!({"configuration": {"statuses": {"max_characters": n, "characters_reserved_per_url": 23}}}))
    };
    check(limits(5000), not_found(), (5000, 23));
    check(not_found(), limits(100_000), (100_000, 23));
    check(not_found(), ok(json!({"max_toot_chars": 777})), (777, 23));
    check(not_found(), not_found(), (500, 23));
    check(ok(json!({"configuration": null})), not_found(), (500, 23));
}

#[test]
fn a_wrong_token_says_connect_again() {
    let server = serve(Box::new(|_, _| {
        (401, String::new(), json!({"error": "The access token is invalid"}).to_string())
    }));
    let base = Url::parse(&format!("http://{}/", server.base)).unwrap();
    assert!(matches!(Setup::read(&client(&server), &base, &"no".into()), Err(ReadFailure::Unauthorised(_))));
    let channel = channel(&server);
    assert!(matches!(channel.fetch(&Cursor::default()), Err(ReadFailure::Unauthorised(_))));
    assert!(matches!(channel.send(&reply("On it."), &yes()), Err(SendFailure::Unauthorised(_))));
    let findings = channel.check().unwrap();
    assert_eq!(findings.len(), 1);
    assert!(findings[0].level == super::super::Level::Problem && !findings[0].fix.is_empty());
}

#[test]
fn check_names_what_is_missing() {
    let server = serve(Box::new(|target, _| match target.split('?').next().unwrap() {
        "GET /api/v1/accounts/verify_credentials" => ok(account("1")),
        "GET /api/v1/notifications" => {
            (403, String::new(), json!({"error": "outside the authorized scopes"}).to_string())
        }
        "GET /api/v1/accounts/1/statuses" => ok(json!([])),
        "GET /api/v1/apps/verify_credentials" => ok(json!({"scopes": ["read"]})),
        "GET /api/v2/notifications/policy" => ok(
            json!({"for_not_following": "accept", "for_new_accounts": "drop", "for_private_mentions": "filter", "summary": {}}),
        ),
        _ => not_found(),
    }));
    let found: Vec<_> = channel(&server).check().unwrap();
    let bad: Vec<_> =
        found.iter().filter(|f| f.level > super::super::Level::Good).map(|f| f.what.as_str()).collect();
    assert_eq!(
        bad,
        ["bot flag", "reading mentions", "right to post", "notification policy", "notification policy"]
    );
    assert!(found.iter().all(|f| f.level == super::super::Level::Good || !f.fix.is_empty()));
    let heard = server.heard.lock().unwrap();
    assert!(heard.iter().all(|request| request.starts_with("GET ")), "a check writes nothing");
}

#[test]
fn connecting_an_account() {
    let server = serve(Box::new(|target, request| match target {
        "POST /api/v1/apps" => ok(json!({"client_id": "cid", "client_secret": "sec"})),
        "POST /oauth/token" if request.contains("\"good\"") && request.contains("code_verifier") => {
            ok(json!({"access_token": "tok", "scope": SCOPES}))
        }
        _ => (
            400,
            String::new(),
            json!({"error": "invalid_grant", "error_description": "old code"}).to_string(),
        ),
    }));
    let base = Url::parse(&format!("http://{}/", server.base)).unwrap();
    let client = client(&server);
    let app = register_app(&client, &base, "https://onit.riverton.example/", OUT_OF_BAND).unwrap();
    let pkce = Pkce::new([1; 32]);
    let token = exchange_code(&client, &base, &app, &pkce, " good\n").unwrap();
    assert_eq!(secrecy::ExposeSecret::expose_secret(&token), "tok");
    let Err(ReadFailure::Refused(why)) = exchange_code(&client, &base, &app, &pkce, "old") else {
        panic!("taken")
    };
    assert!(why.contains("old code"), "{why}");
}
