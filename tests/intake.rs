//! A message is kept once, with every version, in whatever order it arrives: edits, deletions, changing numbers,
//! boosts, our own posts, words nobody has heard of.

#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]

#[path = "support/audit.rs"]
mod audit;
mod support;

use chrono::Duration;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use onit::demo::square::{Fault, On, Posting, What};
use onit::intake::{self, Envelope, Kept};
use proptest::prelude::*;
use support::city::{TestCity, on_each_database};

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

fn count(city: &TestCity, sql: &str) -> i64 {
    let mut conn = city.app.db.read().expect("a connection");
    diesel::sql_query(sql).get_result::<Count>(&mut *conn).expect("a count").n
}

fn envelope(kind: &str, uri: &str, text: &str, second: i64) -> Envelope {
    let at = support::city::morning();
    let edited_at = (kind == "edit").then(|| at + Duration::seconds(second));
    serde_json::from_value(serde_json::json!({
        "kind": kind, "channel": "mastodon", "id": "1", "uri": uri, "author": {"id": "https://town.test/ana", "handle": "ana@town.test"},
        "text": text, "created_at": at, "edited_at": edited_at, "visibility": "public", "local_id": "1", "raw": "{}",
    }))
    .expect("an envelope")
}

fn keep(city: &TestCity, envelope: &Envelope) -> Kept {
    let now = city.clock.now();
    city.app.db.write(|conn| intake::keep(conn, envelope, Some(city.account_id), now)).expect("kept")
}

fn post(city: &TestCity, uri: &str) -> Option<intake::Post> {
    intake::post_named(&mut city.app.db.read().expect("a connection"), "mastodon", uri).expect("a look")
}

#[test]
fn the_same_post_is_kept_once() {
    on_each_database(|city| {
        let one = envelope("post", "https://town.test/1", "Street light out at Broad & Market", 0);
        assert!(matches!(keep(city, &one), Kept::New(_)));
        for _ in 0..3 {
            assert!(matches!(keep(city, &one), Kept::Known(_)));
        }
        // Another server gave it another number: it is the same post.
        let renamed = Envelope { local_id: Some("900".into()), id: "900".into(), ..one };
        assert!(matches!(keep(city, &renamed), Kept::Known(_)));
        assert_eq!(count(city, "SELECT count(*) AS n FROM posts"), 1);
        let post = post(city, "https://town.test/1").expect("kept");
        city.app
            .db
            .write(|c| intake::decide(c, post.id, intake::Outcome::SetAside, "test", city.clock.now()))
            .expect("decided");
    });
}

#[test]
fn every_version_stays() {
    on_each_database(|city| {
        let uri = "https://town.test/1";
        keep(city, &envelope("post", uri, "first", 0));
        keep(city, &envelope("edit", uri, "second", 10));
        keep(city, &envelope("edit", uri, "third", 20));
        let kept = post(city, uri).expect("kept");
        assert_eq!((kept.text.as_str(), kept.version), ("third", 3));
        assert_eq!(count(city, "SELECT count(*) AS n FROM post_versions"), 2);
        // A late copy of an old version changes nothing.
        assert!(matches!(keep(city, &envelope("edit", uri, "second", 10)), Kept::Known(_)));
        assert!(matches!(keep(city, &envelope("post", uri, "first", 0)), Kept::Known(_)));
        assert_eq!(post(city, uri).expect("kept").text, "third");
        // Deleted: recorded, the words stay sealed; an edit after it changes nothing.
        assert!(matches!(keep(city, &envelope("delete", uri, "", 0)), Kept::Deleted(_)));
        assert!(matches!(keep(city, &envelope("edit", uri, "fourth", 30)), Kept::Known(_)));
        let kept = post(city, uri).expect("kept");
        assert!(kept.deleted_at.is_some() && kept.text == "third");
        // The deletion of something we never saw.
        assert!(matches!(keep(city, &envelope("delete", "https://town.test/2", "", 0)), Kept::Nothing));
        city.app
            .db
            .write(|c| intake::decide(c, kept.id, intake::Outcome::SetAside, "test", city.clock.now()))
            .expect("decided");
    });
}

#[test]
fn a_post_that_becomes_private_is_sealed() {
    on_each_database(|city| {
        let uri = "https://town.test/1";
        keep(city, &envelope("post", uri, "Street light out at Broad & Market", 0));
        let closed = Envelope {
            visibility: intake::Visibility::Private,
            ..envelope("edit", uri, "Street light out at Broad & Market", 9)
        };
        assert!(matches!(keep(city, &closed), Kept::Edited(_)), "the same words, but not for everybody");
        let kept = post(city, uri).expect("kept");
        assert!(
            kept.sealed && !kept.seen_by().is_open(),
            "answered in private from now on: {}",
            kept.visibility
        );
        let open = envelope("edit", uri, "Street light out at Broad & Market, please", 20);
        keep(city, &open);
        assert!(post(city, uri).expect("kept").sealed, "what came in private once stays sealed");
        city.app
            .db
            .write(|c| intake::decide(c, kept.id, intake::Outcome::SetAside, "test", city.clock.now()))
            .expect("decided");
    });
}

#[test]
fn boosts_and_our_own_posts_are_no_reports() {
    on_each_database(|city| {
        let ours = Envelope {
            from_us: true,
            ..envelope("post", "https://town.test/9", "Street light out at Broad & Market", 0)
        };
        assert!(matches!(keep(city, &ours), Kept::Nothing));
        assert!(matches!(keep(city, &envelope("boost", "https://town.test/8", "", 0)), Kept::Nothing));
        // The same through the real channel: the city mentions itself.
        city.square
            .post_as(
                "City of Riverton",
                "@CityOfRiverton street light out at Broad & Market",
                Posting::default(),
            )
            .expect("posted");
        city.works();
        assert_eq!(count(city, "SELECT count(*) AS n FROM posts"), 0);
        assert_eq!(city.square.posts_by_city().len(), 1, "and it is not answered");
    });
}

#[test]
fn words_nobody_has_heard_of_are_skipped() {
    on_each_database(|city| {
        city.square.set_fault(Fault::new(What::UnknownNotification).on(On::Notifications));
        let first = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        let second = city.resident_posts("Ruth K.", "Deep pothole at Jefferson St and Market St");
        city.works();
        audit::check(&city.app, &city.square);
        assert_eq!(city.city_said(&first).len() + city.city_said(&second).len(), 2);
    });
}

#[test]
fn broken_pages_lose_nothing() {
    on_each_database(|city| {
        for what in [What::MalformedJson, What::HtmlInsteadOfJson, What::Unavailable, What::DropAnswer] {
            city.square.set_fault(Fault::new(what).on(On::Reading).times(3));
            let post =
                city.resident_posts(&format!("Neighbor {what:?}"), "Street light out at Broad & Market");
            for _ in 0..4 {
                city.pass(Duration::seconds(70));
                city.works();
            }
            assert_eq!(city.city_said(&post).len(), 1, "{what:?}");
            city.square.clear_faults();
            audit::check(&city.app, &city.square);
        }
    });
}

#[test]
fn a_wicked_handle_stops_nobody() {
    on_each_database(|city| {
        let mut wicked =
            envelope("post", "https://town.test/\u{0}1", "Street light\u{0} out at Broad & Market", 0);
        wicked.author.handle = Some("ev\u{0}e@town.test".into());
        wicked.lang = Some("e\u{0}n".into());
        wicked.in_reply_to = Some("\u{0}".into());
        assert!(
            matches!(keep(city, &wicked), Kept::New(_)),
            "a NUL would stop the reading of everything behind it"
        );
        let kept = post(city, "https://town.test/1").expect("kept");
        assert_eq!(kept.text, "Street light out at Broad & Market");
        city.app
            .db
            .write(|c| intake::decide(c, kept.id, intake::Outcome::SetAside, "test", city.clock.now()))
            .expect("decided");
    });
}

/// What can arrive about one post.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Event {
    Create,
    Edit(u8),
    Delete,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let one =
        prop_oneof![3 => Just(Event::Create), 4 => (1u8..6).prop_map(Event::Edit), 1 => Just(Event::Delete)];
    proptest::collection::vec(one, 1..12)
}

/// In any order and number: one row at most, the newest words unless the deletion came first, every version kept.
#[test]
fn any_order_of_arrival() {
    on_each_database(|city| {
        let config = ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() };
        let mut runner = proptest::test_runner::TestRunner::new(config);
        let number = std::cell::Cell::new(0);
        let ran = runner.run(&events(), |events| {
            number.set(number.get() + 1);
            let uri = format!("https://town.test/p/{}", number.get());
            let mut newest: Option<i64> = None;
            let mut gone = false;
            for event in &events {
                let arrived = match event {
                    Event::Create => (envelope("post", &uri, "version 0", 0), 0),
                    Event::Edit(n) => {
                        (envelope("edit", &uri, &format!("version {n}"), i64::from(*n)), i64::from(*n))
                    }
                    Event::Delete => {
                        keep(city, &envelope("delete", &uri, "", 0));
                        gone |= newest.is_some();
                        continue;
                    }
                };
                keep(city, &arrived.0);
                if !gone {
                    newest = Some(newest.map_or(arrived.1, |n| n.max(arrived.1)));
                }
            }
            let kept = post(city, &uri);
            prop_assert_eq!(kept.is_some(), newest.is_some());
            if let (Some(kept), Some(newest)) = (kept, newest) {
                prop_assert_eq!(&kept.text, &format!("version {newest}"), "{:?}", events);
                prop_assert_eq!(kept.deleted_at.is_some(), gone);
                let old = count(
                    city,
                    &format!("SELECT count(*) AS n FROM post_versions WHERE post_id = {}", kept.id),
                );
                prop_assert_eq!(old + 1, kept.version, "every version is there");
            }
            Ok(())
        });
        ran.expect("any order");
        assert_eq!(count(city, "SELECT count(*) - count(DISTINCT uri) AS n FROM posts"), 0);
    });
}
