//! Records made plain and plain words made records; the whole channel meets a network in `tests/bluesky.rs`.

use chrono::{DateTime, TimeDelta};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::record::{Spot, Thread, envelope, parts, plain_text, reply, spots};
use super::wire::{Notification, PostView, Record, Ref};
use crate::channels::{Outgoing, Parent};
use crate::intake::envelope::{EnvelopeKind, Visibility, page_of};

const URI: &str = "at://did:plc:ana/app.bsky.feed.post/3kaaaaaaaaaaa";

fn record(value: Value) -> Record {
    serde_json::from_value(value).unwrap()
}

fn link(start: usize, end: usize, uri: &str) -> Value {
    json!({"index": {"byteStart": start, "byteEnd": end},
        "features": [{"$type": "app.bsky.richtext.facet#link", "uri": uri}]})
}

#[test]
fn words_with_links_in_full() {
    let check = |text: &str, facets: Value, embed: Value, expect: &str| {
        let record = record(json!({"text": text, "facets": facets, "embed": embed}));
        assert_eq!(plain_text(&record), expect, "{text:?}");
    };
    let none = Value::Null;
    check("Lamp out", none.clone(), none.clone(), "Lamp out");
    check(
        "see a.test/lo...",
        json!([link(4, 16, "https://a.test/long")]),
        none.clone(),
        "see https://a.test/long",
    );
    check("ß here", json!([link(3, 7, "https://a.test/")]), none.clone(), "ß here (https://a.test/)");
    // In the middle of a letter, behind the end, backwards, one over the other, no address for people.
    check("ß here", json!([link(1, 7, "https://a.test/")]), none.clone(), "ß here");
    check("here", json!([link(0, 99, "https://a.test/")]), none.clone(), "here");
    check("here", json!([link(3, 1, "https://a.test/")]), none.clone(), "here");
    check(
        "ab cd",
        json!([link(0, 5, "https://a.test/"), link(3, 5, "https://b.test/")]),
        none.clone(),
        "ab cd (https://a.test/)",
    );
    check("here", json!([link(0, 4, "javascript:alert(1)")]), none.clone(), "here");
    check("here", json!([7, null, {"index": 3}, {"features": "x"}]), none.clone(), "here");
    let card = json!({"external": {"uri": "https://news.test/1"}});
    check("read", none.clone(), card.clone(), "read\nhttps://news.test/1");
    check("read https://news.test/1", none.clone(), card.clone(), "read https://news.test/1");
    check("", none.clone(), json!({"record": {}, "media": card}), "https://news.test/1");
    check("here", none, json!({"external": {"uri": "file:///etc/passwd"}}), "here");
}

#[test]
fn what_a_reply_must_name_is_kept_in_one_word() {
    let of = |reply: Value| {
        let post = Ref { uri: URI.into(), cid: "c1".into() };
        Thread::of(post, &record(json!({"reply": reply})))
    };
    let first = of(Value::Null);
    assert_eq!(first.to_local_id(), format!("{URI} c1"));
    let root = json!({"uri": "at://did:plc:bob/app.bsky.feed.post/3kbbbbbbbbbbb", "cid": "c0"});
    let later = of(json!({"root": root, "parent": {"uri": "at://x/y/z", "cid": "c"}}));
    assert_eq!(later.root.cid, "c0");
    for thread in [first, later] {
        assert_eq!(Thread::from_local_id(&thread.to_local_id()), Some(thread));
    }
    for wrong in ["", "12", "at://a b", "at://a b c", "at://a b at://c ", "a b c d e"] {
        let read = Thread::from_local_id(wrong);
        assert!(read.is_none() || wrong == "at://a b", "{wrong:?}: {read:?}");
    }
    assert_eq!(parts(URI), Some(("did:plc:ana", "3kaaaaaaaaaaa")));
    for wrong in
        ["", "at://did:plc:a", "at://did:plc:a/app.bsky.feed.like/3k", "https://bsky.app/profile/a/post/3k"]
    {
        assert_eq!(parts(wrong), None, "{wrong}");
    }
    assert_eq!(page_of(URI).unwrap(), "https://bsky.app/profile/did:plc:ana/post/3kaaaaaaaaaaa");
    assert_eq!(page_of("at://did:plc:a/app.bsky.feed.post/3k\"onclick=x"), None);
    assert_eq!(page_of("javascript:alert(1)"), None);
}

fn note(record: &Value) -> (Notification, String) {
    let value = json!({"uri": URI, "cid": "c1", "reason": "mention", "indexedAt": "2026-01-27T06:12:00.000Z",
        "author": {"did": "did:plc:ana", "handle": "ana.test", "displayName": "Ana", "labels": [{"val": "bot"}, 3]},
        "record": record});
    (serde_json::from_value(value.clone()).unwrap(), value.to_string())
}

#[test]
fn a_mention_as_the_rest_of_the_product_reads_it() {
    let facet = |start: usize, end: usize, did: &str| {
        json!({"index": {"byteStart": start, "byteEnd": end},
            "features": [{"$type": "app.bsky.richtext.facet#mention", "did": did}]})
    };
    let (note, raw) = note(&json!({
        "$type": "app.bsky.feed.post", "text": "@city.test @bob.test Lamp out", "langs": ["es", "en"],
        "createdAt": "2031-01-01T00:00:00Z", "facets": [facet(0, 10, "did:plc:city"), facet(11, 20, "did:plc:bob")],
        "embed": {"images": [{"alt": "dark", "image": {}}]},
    }));
    assert!(super::record::has_pictures(&note.record));
    let view: PostView = serde_json::from_value(json!({"uri": URI, "cid": "c1", "embed": {"images": [
        {"fullsize": "https://cdn.test/1", "alt": "dark corner"}, {"fullsize": "https://cdn.test/2", "alt": ""},
        {"fullsize": "data:image/png;base64,AA", "alt": ""}]}}))
    .unwrap();
    let names = ["city.test", "city"];
    let read = envelope(&note, &raw, &names, "did:plc:city", EnvelopeKind::Post, Some(&view));
    assert_eq!(read.text, "@bob.test Lamp out");
    assert_eq!(read.mentions, ["bob.test"]);
    assert_eq!(read.created_at.to_rfc3339(), "2026-01-27T06:12:00+00:00", "no post is from tomorrow");
    assert_eq!((read.lang.as_deref(), read.visibility), (Some("es"), Visibility::Public));
    assert!(read.author.bot && read.author.id == "did:plc:ana");
    let media: Vec<(&str, Option<&str>)> =
        read.media.iter().map(|m| (m.url.as_str(), m.alt.as_deref())).collect();
    assert_eq!(media, [("https://cdn.test/1", Some("dark corner")), ("https://cdn.test/2", None)]);
    assert_eq!((read.in_reply_to, read.root_uri), (None, None));
    assert_eq!(read.version.as_deref(), Some("c1"));
}

#[test]
fn links_and_names_by_their_bytes() {
    let check = |words: &str, expect: &[&str]| {
        let found: Vec<&str> = spots(words)
            .iter()
            .map(|spot| match spot {
                Spot::Link { start, end } | Spot::Name { start, end } => &words[*start..*end],
            })
            .collect();
        assert_eq!(found, expect, "{words:?}");
    };
    check("On it. https://city.test/t/26-000001", &["https://city.test/t/26-000001"]);
    check("Straße 🚧 (https://city.test/t/1), ok?", &["https://city.test/t/1"]);
    check("«https://a.test/x/» und\u{2003}https://b.test/y.", &["https://a.test/x/", "https://b.test/y"]);
    check("@ana.test, @bob and me@home.test", &["@ana.test"]);
    check("nothing", &[]);
}

#[test]
fn the_same_reply_makes_the_same_record() {
    let thread = Thread::from_local_id(&format!("{URI} c1")).unwrap();
    let at = DateTime::from_timestamp(1_769_526_000, 5_000).unwrap();
    let out = Outgoing {
        parent: Parent { local_id: thread.to_local_id(), uri: URI.into(), ..Parent::default() },
        text: "ß @ana.test @nobody.test On it. https://city.test/t/1".into(),
        visibility: Visibility::Unlisted,
        spoiler_text: None,
        language: Some("en".into()),
        idempotency_key: "3kaaaaaaaaaab".into(),
        first_attempt_at: at,
    };
    let who = |handle: &str| (handle == "ana.test").then(|| "did:plc:ana".to_owned());
    let made = reply(&out, &thread, &who);
    assert_eq!(made, reply(&out, &thread, &who));
    assert_eq!(made["createdAt"], "2026-01-27T15:00:00.000Z");
    assert_eq!(made["facets"][0]["index"], json!({"byteStart": 3, "byteEnd": 12}));
    assert_eq!(made["facets"].as_array().unwrap().len(), 2, "a name nobody has stays words: {made}");
    assert_eq!(made["reply"]["root"], made["reply"]["parent"]);
    let next = Outgoing { first_attempt_at: at + TimeDelta::seconds(1), ..out };
    assert_ne!(made, reply(&next, &thread, &who));
}

proptest! {
    #[test]
    fn spots_stand_on_letters_and_never_panic(words in "[ a-z@.ß🚧(),]{0,40}(https://[a-z./]{0,9})?.{0,20}") {
        for spot in spots(&words) {
            let (Spot::Link { start, end } | Spot::Name { start, end }) = spot;
            prop_assert!(words.get(start..end).is_some_and(|w| !w.is_empty()));
        }
    }

    #[test]
    fn wild_facets_never_panic(text in ".{0,30}", places in proptest::collection::vec((0_usize..60, 0_usize..60), 0..6)) {
        let facets: Vec<Value> = places.iter().map(|(a, b)| link(*a, *b, "https://a.test/")).collect();
        let _ = plain_text(&record(json!({"text": text, "facets": facets})));
    }
}
