//! Mentions, places, second looks.

use proptest::prelude::*;

use super::super::read::lives_in;
use super::*;
use crate::channels::ParentState;
use crate::intake::envelope::{EnvelopeKind, Visibility};

/// How a server treats the place asked for.
#[derive(Clone, Copy, Debug)]
enum Ways {
    /// Oldest page after `min_id`, as Mastodon does.
    Forward,
    /// Newest page after `min_id`, so that what lies between is skipped; `since_id` ignored (snac).
    NewestFirst,
    /// Places are ignored.
    Ignores,
}

fn asked(target: &str, key: &str) -> Option<usize> {
    let query = target.split('?').nth(1)?;
    query.split('&').find_map(|p| p.strip_prefix(&format!("{key}=")))?.parse().ok()
}

/// A server with mentions 1..=`newest`.
fn mentions(newest: usize, ways: Ways) -> Server {
    serve(Box::new(move |target, _| {
        if !target.starts_with("GET /api/v1/notifications") {
            return ok(json!([]));
        }
        let limit = asked(target, "limit").unwrap_or(40);
        let (min, max, since) = (asked(target, "min_id"), asked(target, "max_id"), asked(target, "since_id"));
        let all = 1..=newest;
        let ids: Vec<usize> = match ways {
            Ways::Ignores => all.rev().take(limit).collect(),
            _ => {
                let after = if matches!(ways, Ways::NewestFirst) { min } else { min.or(since) };
                let inside = all.filter(|i| after.is_none_or(|m| *i > m) && max.is_none_or(|m| *i < m));
                match (ways, min) {
                    (Ways::Forward, Some(_)) => {
                        inside.take(limit).collect::<Vec<_>>().into_iter().rev().collect()
                    }
                    _ => inside.rev().take(limit).collect(),
                }
            }
        };
        let page: Vec<_> =
            ids.iter().map(|i| mention(&i.to_string(), status(&format!("s{i}"), "2", "x", None))).collect();
        ok(json!(page))
    }))
}

#[test]
fn nothing_is_skipped_whatever_the_server_does() {
    let check = |ways: Ways, from: usize, newest: usize| {
        let server = mentions(newest, ways);
        let channel = channel(&server);
        let mut cursor = Cursor(json!({"mention": from.to_string(), "at": null, "own": ""}).to_string());
        if from == 0 {
            cursor = Cursor::default();
        }
        let mut got = Vec::new();
        for _ in 0..20 {
            let fetched = channel.fetch(&cursor).unwrap();
            got.extend(fetched.posts.iter().map(|p| p.id.clone()));
            cursor = fetched.next;
            if !fetched.more {
                break;
            }
        }
        let expect: Vec<_> = (from + 1..=newest).map(|i| format!("s{i}")).collect();
        assert_eq!(got, expect, "{ways:?} from {from} to {newest}");
        assert!(channel.fetch(&cursor).unwrap().posts.is_empty(), "the second round is empty");
    };
    for (from, newest) in [(0, 0), (0, 2), (0, 10), (5, 5), (5, 6), (5, 8), (5, 12), (5, 40)] {
        check(Ways::Forward, from, newest);
        check(Ways::NewestFirst, from, newest);
    }
    // A server that ignores places can only be read as far as its page goes.
    check(Ways::Ignores, 5, 7);
    check(Ways::Ignores, 0, 3);
}

#[test]
fn a_new_account_starts_after_what_is_there() {
    let server = mentions(7, Ways::Forward);
    let channel = channel(&server);
    let start = channel.now().unwrap();
    assert!(channel.fetch(&start).unwrap().posts.is_empty());
    assert!(matches!(channel.fetch(&Cursor("{broken".into())), Err(ReadFailure::Refused(_))));
}

fn fetch_these(notes: Value) -> Fetched {
    let server = serve(Box::new(move |target, _| {
        if target.starts_with("GET /api/v1/notifications") && !target.contains("_id=") {
            return ok(notes.clone());
        }
        ok(json!([]))
    }));
    channel(&server).fetch(&Cursor::default()).unwrap()
}

#[test]
fn one_mention_in_full() {
    let mut post = status(
        "5",
        "2",
        "<p><span class=\"h-card\"><a href=\"https://city.test/@city\" class=\"u-url mention\">@<span>city</span></a></span> lamp out at Main &amp; Broad<br>since May</p>",
        None,
    );
    post["media_attachments"] = json!([
        {"type": "image", "url": "https://files.test/1.jpg", "description": "dark corner"},
        {"type": "image", "url": null, "remote_url": "https://files.test/2.jpg", "description": null},
        {"type": "unknown"}]);
    post["mentions"] = json!([{"id": "1", "acct": "city", "url": "https://city.test/@city"},
        {"id": "3", "acct": "bob@b.test", "url": "https://b.test/@bob"}]);
    post["spoiler_text"] = json!("dark &amp; wet");
    let fetched = fetch_these(json!([mention("50", post)]));
    let got = &fetched.posts[0];
    assert_eq!(got.text, "lamp out at Main & Broad\nsince May");
    assert_eq!((got.kind, got.visibility), (EnvelopeKind::Post, Visibility::Public));
    assert_eq!((got.uri.as_str(), got.local_id.as_deref()), ("https://x.test/s/5", Some("5")));
    assert_eq!(got.author.id, "https://city.test/users/ana");
    assert_eq!(got.author.handle.as_deref(), Some("ana@x.test"));
    assert_eq!(got.media.len(), 2);
    assert_eq!(got.media[0].alt.as_deref(), Some("dark corner"));
    assert_eq!(got.mentions, ["bob@b.test"]);
    assert_eq!(got.spoiler_text.as_deref(), Some("dark & wet"));
    assert_eq!(got.lang.as_deref(), Some("en"));
    assert!(got.raw.contains("@<span>city</span>"), "the raw words are kept");
}

#[test]
fn what_is_not_a_mention_is_passed_over() {
    let mut secret = status("7", "2", "x", None);
    secret["visibility"] = json!("mutuals_only");
    let mut bare = json!({"id": 8, "url": "https://x.test/8", "content": "<p>only url", "account": {"id": "2", "url": "https://x.test/@ana", "acct": "ana"}});
    bare["created_at"] = json!("2026-01-27T06:12:00.123456+00:00");
    let mut ours_edited = status("9", "2", "new words", None);
    ours_edited["mentions"] = json!([{"id": "1"}]);
    ours_edited["edited_at"] = json!("2026-01-27T07:00:00Z");
    let fetched = fetch_these(json!([
        {"id": "20", "type": "added_to_collection", "collection": {"x": 1}},
        {"id": "19", "type": "mention", "status": null},
        {"id": "18", "type": "mention"},
        {"id": "17", "type": "favourite", "status": status("1", "2", "x", None)},
        {"id": "16", "type": "mention", "status": status("2", "1", "our own words", None)},
        {"id": "15", "type": "mention", "status": "gone"},
        "not an object", null, {"type": "mention"},
        {"id": "14", "type": "update", "status": status("3", "2", "boosted by us", None)},
        {"id": "13", "type": "update", "status": ours_edited},
        {"id": 12, "type": "mention", "status": bare},
        {"id": "11", "type": "mention", "status": {"id": "77", "content": "no identity"}},
        {"id": "10", "type": "mention", "status": secret}]));
    let got: Vec<_> =
        fetched.posts.iter().map(|p| (p.id.as_str(), p.kind, p.visibility, p.text.as_str())).collect();
    assert_eq!(
        got,
        [
            ("7", EnvelopeKind::Post, Visibility::Private, "x"),
            ("8", EnvelopeKind::Post, Visibility::Private, "only url"),
            ("9", EnvelopeKind::Edit, Visibility::Public, "new words"),
        ]
    );
    assert_eq!(fetched.skipped.len(), 3, "{:?}", fetched.skipped);
    assert_eq!(fetched.posts[1].created_at.timestamp_subsec_micros(), 123_456);
}

#[test]
fn pauses_in_all_three_forms() {
    let check = |headers: &'static str, expect: Option<u64>| {
        let server = serve(Box::new(move |_, _| {
            (
                429,
                format!("Date: Tue, 27 Jan 2026 06:12:00 GMT\r\n{headers}"),
                json!({"error": "slow"}).to_string(),
            )
        }));
        let Err(ReadFailure::Later { retry_after, .. }) = channel(&server).fetch(&Cursor::default()) else {
            panic!("{headers}")
        };
        assert_eq!(retry_after.map(|d| d.as_secs()), expect, "{headers}");
        let Err(SendFailure::NotSent { retry_after, .. }) = channel(&server).send(&reply("x"), &yes()) else {
            panic!("{headers}")
        };
        assert_eq!(retry_after.map(|d| d.as_secs()), expect, "{headers}");
    };
    check("Retry-After: 7\r\n", Some(7));
    check("Retry-After: Tue, 27 Jan 2026 06:12:30 GMT\r\n", Some(30));
    check("X-RateLimit-Reset: 2026-01-27T06:13:00.000000Z\r\n", Some(60));
    check("X-RateLimit-Reset: 1769494380\r\n", Some(60));
    check("Retry-After: 5\r\nX-RateLimit-Reset: 1769494380\r\n", Some(5));
    check("Retry-After: 1000000000\r\n", Some(3600));
    check("Retry-After: -5\r\n", Some(1));
    check("X-RateLimit-Reset: 1769494000\r\n", Some(1));
    check("X-RateLimit-Reset: 9e99\r\n", Some(60));
    check("Retry-After: soon\r\n", Some(60));
    check("", Some(60));
}

#[test]
fn bad_answers_keep_the_place() {
    for (code, body) in [(200, "<html>hello"), (200, "{\"error\":\"x\"}"), (500, ""), (502, "<h1>"), (0, "")]
    {
        let server = serve(Box::new(move |_, _| (code, String::new(), body.into())));
        let failure = channel(&server).fetch(&Cursor::default()).unwrap_err();
        assert!(matches!(failure, ReadFailure::Later { .. }), "{code} {body}: {failure:?}");
    }
    let server = serve(Box::new(|_, _| (418, String::new(), String::new())));
    assert!(matches!(channel(&server).fetch(&Cursor::default()), Err(ReadFailure::Refused(_))));
}

#[test]
fn a_second_look_at_the_parent() {
    let server = serve(Box::new(|target, _| match target.split('?').next().unwrap() {
        "GET /api/v1/statuses/9" => {
            let mut post = status("9", "2", "<p>@city new words</p>", None);
            post["edited_at"] = json!("2026-01-27T07:00:00Z");
            ok(post)
        }
        "GET /api/v2/search" => {
            let mut moved = status("88", "2", "moved", None);
            moved["uri"] = json!("https://x.test/s/moved");
            ok(json!({"statuses": [status("1", "2", "other", None), moved]}))
        }
        "GET /api/v1/statuses/500" => (500, String::new(), String::new()),
        _ => not_found(),
    }));
    let channel = channel(&server);
    let look = |id: &str, uri: &str| {
        channel.look(&Parent { local_id: id.into(), uri: uri.into(), ..Parent::default() })
    };
    let ParentState::There { edited_at: Some(_), text, .. } = look("9", "u").unwrap() else {
        panic!("there")
    };
    assert_eq!(text, "new words");
    let ParentState::There { local_id, .. } = look("old", "https://x.test/s/moved").unwrap() else {
        panic!("moved")
    };
    assert_eq!(local_id, "88");
    assert_eq!(look("old", "https://x.test/s/gone").unwrap(), ParentState::Gone);
    assert_eq!(look("../../x?y", "").unwrap(), ParentState::Gone);
    assert!(look("500", "u").is_err(), "unknown is not gone");
    assert!(server.heard.lock().unwrap().iter().any(|r| r.contains("%2E%2E%2F%2E%2E%2Fx%3Fy")));
}

#[test]
fn our_own_posts_come_beside_the_mentions() {
    let server = serve(Box::new(|target, _| {
        if target.starts_with("GET /api/v1/accounts/1/statuses") {
            // newest first, the place ignored
            return ok(json!([
                status("c", "1", "foreign", Some("9")),
                status("b", "1", "On it.", None),
                status("a", "1", "old", None)
            ]));
        }
        ok(json!([]))
    }));
    let channel = channel(&server);
    let first = channel.fetch(&Cursor::default()).unwrap();
    assert!(first.own.is_empty(), "what stood there before is nobody's alarm");
    let later = channel.fetch(&Cursor(json!({"own": "a"}).to_string())).unwrap();
    assert_eq!(later.own.iter().map(|p| p.id.as_str()).collect::<Vec<_>>(), ["b", "c"]);
    assert_eq!(later.own[1].in_reply_to.as_deref(), Some("9"));
    assert!(channel.fetch(&later.next).unwrap().own.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_json_is_survived(words in proptest::collection::vec(".{0,12}", 8), pick in proptest::collection::vec(0..6_u8, 16)) {
        let odd = |i: usize| match pick[i % 16] {
            0 => Value::Null,
            1 => json!(words[i % 8]),
            2 => json!([words[i % 8], 1]),
            3 => json!({"id": words[i % 8]}),
            4 => json!(-1.5),
            _ => json!(true),
        };
        let status = json!({"id": odd(0), "uri": odd(1), "url": odd(2), "created_at": odd(3), "account": odd(4),
            "content": odd(5), "visibility": odd(6), "spoiler_text": odd(7), "language": odd(8), "mentions": odd(9),
            "media_attachments": odd(10), "in_reply_to_id": odd(11), "edited_at": odd(12)});
        let read: wire::Status = serde_json::from_value(status.clone()).unwrap();
        let _ = own::sent(&read, chrono::DateTime::UNIX_EPOCH);
        let note: wire::Notification =
            serde_json::from_value(json!({"id": odd(13), "type": odd(14), "status": status, "created_at": odd(15)})).unwrap();
        let _ = note.status;
    }
}

#[test]
fn a_profile_says_where_its_owner_lives() {
    let place = |fields: Value| {
        let account: wire::Account =
            serde_json::from_value(json!({"id": "1", "acct": "ana", "fields": fields})).expect("an account");
        lives_in(&account)
    };
    let line = |name: &str, value: &str| json!({"name": name, "value": value, "verified_at": null});
    assert_eq!(
        place(json!([line("Website", "x"), line("Location", "<p>Old Town Ward</p>")])).as_deref(),
        Some("Old Town Ward")
    );
    assert_eq!(place(json!([line("Mi barrio", "Alder")])).as_deref(), Some("Alder"));
    for nothing in
        [json!([]), json!(null), json!("x"), json!([line("Pronouns", "she")]), json!([line("City", " ")])]
    {
        assert_eq!(place(nothing.clone()), None, "{nothing}");
    }
}
