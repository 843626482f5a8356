//! Replies: what goes out, what each answer means, and how a lost one is found.

use super::*;
use crate::error::Error;

fn answering(code: u16, body: &'static str) -> Server {
    serve(Box::new(move |_, _| (code, String::new(), body.into())))
}

#[test]
fn the_approved_bytes_are_the_posted_bytes() {
    let server = serve(Box::new(|_, _| ok(status("77", "1", "x", Some("9")))));
    let mut out = reply("@ana@x.test On it. \"quoted\" *not bold* 🚧 & <b>\nsecond line");
    out.spoiler_text = Some("dark".into());
    let sent = channel(&server).send(&out, &yes()).unwrap();
    assert_eq!(
        (sent.id.as_str(), sent.uri.as_str(), sent.stands_alone),
        ("77", "https://x.test/s/77", false)
    );
    let heard = server.heard.lock().unwrap().join("");
    let (head, body) = heard.split_once("\r\n\r\n").unwrap();
    assert!(head.to_lowercase().contains("idempotency-key: key-1"), "{head}");
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(
        body,
        json!({"status": out.text, "in_reply_to_id": "9", "visibility": "unlisted", "spoiler_text": "dark",
            "sensitive": true, "language": "en"})
    );
}

#[test]
fn what_each_answer_means() {
    let check = |code: u16, body: &'static str, expect: fn(&SendFailure) -> bool| {
        let server = answering(code, body);
        let failure = channel(&server).send(&reply("On it."), &yes()).unwrap_err();
        assert!(expect(&failure), "{code} {body}: {failure:?}");
        assert_eq!(server.heard.lock().unwrap().len(), 1, "never repeated");
    };
    let unknown = |f: &SendFailure| matches!(f, SendFailure::Unknown(_));
    let refused = |f: &SendFailure| matches!(f, SendFailure::Refused(_));
    let unauthorised = |f: &SendFailure| matches!(f, SendFailure::Unauthorised(_));
    check(200, "", unknown);
    check(200, "<html>", unknown);
    check(200, "{\"error\":\"x\"}", unknown);
    check(200, "{\"id\":\"\",\"uri\":\"\"}", unknown);
    check(500, "", unknown);
    check(502, "", unknown);
    check(504, "", unknown);
    check(409, "", unknown);
    check(0, "", unknown);
    check(401, "", unauthorised);
    check(403, "{\"error\":\"This action is outside the authorized scopes\"}", unauthorised);
    check(403, "{\"error\":\"Your login is currently disabled\"}", unauthorised);
    check(403, "{\"error\":\"This action is not allowed\"}", refused);
    check(404, "{\"error\":\"Record not found\"}", |f| *f == SendFailure::ParentGone);
    check(410, "", |f| *f == SendFailure::ParentGone);
    check(422, "{\"error\":\"Validation failed: Text limit\"}", |f| f.to_string().contains("Text limit"));
    check(400, "", refused);
    check(301, "", refused);
    check(418, "", refused);
}

#[test]
fn refused_before_the_socket_opens() {
    let server = answering(200, "");
    let channel = channel(&server);
    for text in ["", "  \n", "a\0b", &"x".repeat(501)] {
        assert!(matches!(channel.send(&reply(text), &yes()), Err(SendFailure::Refused(_))), "{text:?}");
    }
    let mut no_parent = reply("On it.");
    no_parent.parent.local_id.clear();
    assert!(matches!(channel.send(&no_parent, &yes()), Err(SendFailure::Refused(_))));
    assert!(server.heard.lock().unwrap().is_empty());
}

#[test]
fn the_stop_holds_on_the_line_before() {
    let server = serve(Box::new(|_, _| ok(status("77", "1", "x", Some("9")))));
    let stop: MayWrite = Arc::new(|| Err(Error::Refused("stopped by the mayor's office".into())));
    let failure = channel(&server).send(&reply("On it."), &stop).unwrap_err();
    assert_eq!(
        failure,
        SendFailure::NotSent { why: "stopped by the mayor's office".into(), retry_after: None }
    );
    assert!(server.heard.lock().unwrap().iter().all(String::is_empty), "not one byte");
    let dead = Server { base: "127.0.0.1:1".into(), heard: Arc::default() };
    assert!(matches!(channel(&dead).send(&reply("x"), &yes()), Err(SendFailure::NotSent { .. })));
}

#[test]
fn a_parent_that_went_away_at_that_moment() {
    let server = serve(Box::new(|_, _| ok(status("77", "1", "x", None))));
    assert!(channel(&server).send(&reply("On it."), &yes()).unwrap().stands_alone);
}

/// Thread and list as given; the parent is there when `parent` says so.
fn town(parent: bool, thread: Option<Vec<Value>>, listed: Vec<Value>) -> Server {
    serve(Box::new(move |target, _| match target.split('?').next().unwrap() {
        "GET /api/v1/statuses/9" if parent => ok(status("9", "2", "lamp", None)),
        "GET /api/v1/statuses/9/context" => {
            thread.clone().map_or_else(not_found, |t| ok(json!({"ancestors": [], "descendants": t})))
        }
        "GET /api/v1/accounts/1/statuses" if target.contains("max_id") => ok(json!([])),
        "GET /api/v1/accounts/1/statuses" => ok(json!(listed)),
        _ => not_found(),
    }))
}

#[test]
fn a_lost_answer_is_found() {
    let out = reply("@ana@x.test On it. Public Works, by Friday. https://onit.example/t/26-1");
    let html = "<p><span class=\"h-card\"><a href=\"https://x.test/@ana\" class=\"u-url mention\">@<span>ana</span></a></span> On it. Public Works, by Friday. <a href=\"https://onit.example/t/26-1\"><span class=\"invisible\">https://</span>onit.example/t/26-1</a></p>";
    let find = |server: &Server| channel(server).find(&out).unwrap().map(|sent| sent.id);
    let ours = |id: &str| status(id, "1", html, Some("9"));
    let other_words = status("70", "1", "<p>@ana Fixed.</p>", Some("9"));
    let others_words = status("71", "2", html, Some("9"));
    let other_parent = status("72", "1", html, Some("8"));
    let mut too_old = ours("73");
    too_old["created_at"] = json!("2026-01-27T06:10:29Z");
    let decoys = vec![other_words, others_words, other_parent, too_old];
    let with = |id: &str| decoys.iter().cloned().chain([ours(id)]).collect::<Vec<_>>();
    assert_eq!(find(&town(true, Some(with("77")), vec![])).as_deref(), Some("77"), "in the thread");
    assert_eq!(find(&town(true, Some(vec![]), with("77"))).as_deref(), Some("77"), "the thread is cut short");
    assert_eq!(find(&town(false, None, with("77"))).as_deref(), Some("77"), "the parent is gone");
    assert_eq!(find(&town(true, Some(decoys.clone()), decoys.clone())), None, "nothing but look-alikes");
}

#[test]
fn words_a_server_dressed_up_are_still_found() {
    let out = reply("@ana On it :-) --- by Friday");
    let dressed = status("77", "1", "<p>@ana On it 🙂 by Friday</p>", Some("9"));
    let check = |dressed: Value, source: Option<&'static str>, found: bool| {
        let server = serve(Box::new(move |target, _| match target.split('?').next().unwrap() {
            "GET /api/v1/statuses/9" => ok(status("9", "2", "lamp", None)),
            "GET /api/v1/statuses/9/context" => ok(json!({"descendants": [dressed]})),
            "GET /api/v1/statuses/77/source" => {
                source.map_or_else(not_found, |text| ok(json!({"text": text})))
            }
            "GET /api/v1/accounts/1/statuses" => ok(json!([])),
            _ => not_found(),
        }));
        assert_eq!(channel(&server).find(&out).unwrap().is_some(), found);
    };
    check(dressed.clone(), None, false);
    check(dressed.clone(), Some("@ana On it :-) --- by Friday"), true);
    check(dressed.clone(), Some("@ana Fixed :-)"), false);
    let mut with_text = dressed;
    with_text["text"] = json!("@ana@x.test On it :-) --- by Friday");
    check(with_text, None, true);
}

#[test]
fn not_looked_everywhere_is_not_a_no() {
    let server = serve(Box::new(|target, _| match target.split('?').next().unwrap() {
        "GET /api/v1/statuses/9" => ok(status("9", "2", "lamp", None)),
        "GET /api/v1/statuses/9/context" => ok(json!({"descendants": []})),
        _ => (503, String::new(), String::new()),
    }));
    assert!(channel(&server).find(&reply("On it.")).is_err());
    let server = serve(Box::new(|_, _| (502, String::new(), String::new())));
    assert!(channel(&server).find(&reply("On it.")).is_err());
    // Neither thread nor list: "gone" everywhere is no answer about our reply.
    let server = serve(Box::new(|_, _| not_found()));
    assert!(matches!(channel(&server).find(&reply("On it.")), Err(ReadFailure::Later { .. })));
}

#[test]
fn take_back_and_change() {
    let server = serve(Box::new(|target, _| match target {
        "DELETE /api/v1/statuses/1" => ok(json!({})),
        "DELETE /api/v1/statuses/4" => (500, String::new(), String::new()),
        "GET /api/v1/statuses/3" => ok(status("3", "1", "still", None)),
        "PUT /api/v1/statuses/1" => ok(status("1b", "1", "new", Some("9"))),
        _ => not_found(),
    }));
    let channel = channel(&server);
    assert_eq!(channel.delete("1", &yes()), Ok(()));
    assert_eq!(channel.delete("2", &yes()), Ok(()), "gone already");
    assert!(
        matches!(channel.delete("3", &yes()), Err(SendFailure::Refused(_))),
        "a server without take-back"
    );
    assert!(matches!(channel.delete("4", &yes()), Err(SendFailure::Unknown(_))));
    assert_eq!(channel.edit("1", &reply("new"), &yes()).unwrap().id, "1b");
    assert_eq!(channel.read_back("3").unwrap().unwrap().plain, "still");
    assert_eq!(channel.read_back("2").unwrap(), None);
}

#[test]
fn a_picture_is_fetched_without_the_token() {
    let server = serve(Box::new(|target, _| match target {
        "GET /ok.jpg" => (200, "Content-Type: image/jpeg\r\n".into(), "bytes".into()),
        "GET /big.jpg" => (200, String::new(), "x".repeat(5000)),
        "GET /hidden.jpg" => (403, String::new(), String::new()),
        _ => not_found(),
    }));
    let channel = channel(&server);
    let fetch = |path: &str| channel.fetch_media(&format!("http://{}{path}", server.base), 1000);
    let got = fetch("/ok.jpg").unwrap();
    assert_eq!((got.bytes.as_slice(), got.content_type.as_deref()), (&b"bytes"[..], Some("image/jpeg")));
    assert!(matches!(fetch("/big.jpg"), Err(ReadFailure::Refused(_))));
    assert!(matches!(fetch("/hidden.jpg"), Err(ReadFailure::Refused(_))));
    assert!(matches!(fetch("/none.jpg"), Err(ReadFailure::Gone(_))));
    assert!(channel.fetch_media("http://169.254.169.254/x", 10).is_err());
    assert!(channel.fetch_media("not an address", 10).is_err());
    assert!(!server.heard.lock().unwrap().join("").contains("tok"));
}
