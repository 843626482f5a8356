//! The city on Bluesky, told on both databases: a mention becomes a ticket and is answered in its thread once,
//! whatever breaks on the way, and nobody is answered who may not or does not want to be.

#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]

mod support;

use std::process::{Command, Stdio};

use chrono::{DateTime, Duration, Utc};
use onit::app::App;
use onit::clock::Clock;
use onit::replies::State;
use onit::settings::Settings;
use onit::worker;
use serde_json::json;
use support::city::on_each_database;
use support::sky::Fault;
use support::town::Town;

const PUT: &str = "com.atproto.repo.putRecord";
const OPEN: &str = "com.atproto.server.createSession";
const RENEW: &str = "com.atproto.server.refreshSession";
const LIST: &str = "app.bsky.notification.listNotifications";
const LAMP: &str = "Street light out at Broad & Market";

fn story(tell: impl Fn(&Town<'_>)) {
    on_each_database(|city| tell(&Town::with(city, |_| {})));
}

// --- Mention, ticket, answer ---

#[test]
fn a_mention_becomes_a_ticket_and_is_answered_once_in_its_thread() {
    story(|town| {
        let post = town.sky.mention("ana", LAMP, json!({}));
        town.city.works();
        town.settles();
        let ticket = town.tickets_of(&post).remove(0);
        town.answered_once(&post, "a mention");
        let said = town.sky.city_said(&post).remove(0);
        assert!(said.text.starts_with("On it.") && said.text.contains(&ticket.number), "{}", said.text);
        assert_eq!(said.root.map(|(uri, _)| uri), Some(post.uri.clone()));
        assert_eq!(said.record["langs"], json!(["en"]));
        // The link is one, by its bytes.
        for facet in said.record["facets"].as_array().expect("facets") {
            let at = |key: &str| facet["index"][key].as_u64().expect("a number") as usize;
            let shown = &said.text[at("byteStart")..at("byteEnd")];
            assert_eq!(facet["features"][0]["uri"], shown, "{}", said.text);
        }
        assert_eq!((town.sky.calls(PUT), town.sky.commits("city"), town.sky.calls(OPEN)), (1, 1, 1));
        let kept = town.kept(&post).expect("kept");
        assert_eq!(kept.text, LAMP, "our name in front is not part of the report");
        assert_eq!(kept.visibility, "public");
    });
}

#[test]
fn the_dialogue_goes_on_in_the_thread() {
    story(|town| {
        let post = town.sky.mention("ruth", "Huge pothole, my tire is gone!!", json!({}));
        town.city.works();
        let question = town.sky.city_said(&post).remove(0);
        let answer = town.sky.answer("ruth", &question, "Jefferson St and Market St");
        town.city.works();
        let said = town.sky.city_said(&answer);
        assert_eq!(said.len(), 1, "{:#?}", town.sky.posts_of("city"));
        assert!(said[0].text.starts_with("On it."), "{said:?}");
        assert_eq!(said[0].root.as_ref().map(|(uri, _)| uri.as_str()), Some(post.uri.as_str()), "one thread");
        assert_eq!(town.tickets_of(&answer).len().max(town.tickets_of(&post).len()), 1);
        assert_eq!(town.sky.posts_of("city").len(), 2);
    });
}

#[test]
fn what_stood_there_before_stays_where_it_is() {
    on_each_database(|city| {
        let town = Town::with(city, |sky| {
            for n in 0..130 {
                sky.mention("old", &format!("Pothole number {n} at Broad & Market"), json!({}));
                city.pass(Duration::seconds(1));
            }
            sky.write("city", "Good morning, Riverton", json!({}));
        });
        for _ in 0..30 {
            city.works();
        }
        town.connect();
        for _ in 0..30 {
            city.works();
        }
        assert_eq!(town.count("SELECT count(*) AS n FROM posts"), 0);
        assert_eq!(town.count("SELECT count(*) AS n FROM foreign_posts"), 0);
        assert_eq!(town.sky.posts_of("city").len(), 1);
        // A post that names an old date stands behind all of them, and is found all the same.
        let backdated = town.sky.mention("eve", LAMP, json!({"createdAt": "2024-02-01T00:00:00.000Z"}));
        for _ in 0..9 {
            city.works();
        }
        assert_eq!(town.tickets_of(&backdated).len(), 1);
        assert_eq!(town.sky.city_said(&backdated).len(), 1);
        assert_eq!(town.count("SELECT count(*) AS n FROM posts"), 1);
    });
}

#[test]
fn more_than_one_round_reads_is_not_lost() {
    story(|town| {
        for n in 0..640 {
            town.sky.mention(&format!("n{n}"), "Good morning everybody", json!({}));
        }
        for _ in 0..4 {
            town.city.works();
        }
        assert_eq!(town.count("SELECT count(*) AS n FROM posts"), 640);
    });
}

#[test]
fn odd_things_in_the_list_cost_nobody_an_answer() {
    story(|town| {
        town.sky.odd_notification("city");
        let post = town.sky.mention("ana", LAMP, json!({}));
        town.sky.odd_notification("city");
        // Our own name in our own posts, and a repost of ours, are no reports.
        town.sky.mention("city", "We mend street lights at Broad & Market tonight", json!({}));
        town.city.works();
        town.answered_once(&post, "between odd ones");
        let said = town.sky.city_said(&post).remove(0);
        town.sky.repost("bob", &said);
        town.settles();
        assert_eq!(town.count("SELECT count(*) AS n FROM posts"), 1);
        assert_eq!(town.sky.posts_of("city").len(), 2);
        // The bare name tells nobody, so nobody is answered.
        town.sky.write("sam", "@city.test another street light is out", json!({}));
        town.settles();
        assert_eq!(town.count("SELECT count(*) AS n FROM posts"), 1);
    });
}

#[test]
fn links_and_cards_are_read_in_full() {
    story(|town| {
        let start = "@city.test Straße kaputt 🚧 ".len();
        let more = json!({
            "facets": [{"index": {"byteStart": start, "byteEnd": start + "photos.test/abc...".len()},
                "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://photos.test/abcdefgh"}]}],
            "embed": {"$type": "app.bsky.embed.external", "external": {"uri": "https://news.test/1", "title": "x"}},
        });
        let post = town.sky.mention("ana", "Straße kaputt 🚧 photos.test/abc...", more);
        town.city.works();
        let kept = town.kept(&post).expect("kept");
        assert_eq!(kept.text, "Straße kaputt 🚧 https://photos.test/abcdefgh\nhttps://news.test/1");
    });
}

// --- What breaks on the way ---

#[test]
fn an_answer_that_is_lost_on_the_way_back_is_not_given_twice() {
    story(|town| {
        for fault in [Fault::DropAnswer, Fault::CutAnswer, Fault::LateStatus(500), Fault::LateStatus(502)] {
            let before = town.sky.commits("city");
            town.sky.fault(PUT, fault, 1);
            let post = town.sky.mention("ana", LAMP, json!({}));
            town.city.works();
            town.settles();
            town.answered_once(&post, &format!("{fault:?}"));
            assert_eq!(town.sky.commits("city"), before + 1, "{fault:?}");
            town.city.close_all();
        }
    });
}

#[test]
fn refused_before_it_was_taken_and_sent_later() {
    story(|town| {
        for fault in [Fault::Status(503), Fault::TooMany(90), Fault::Html] {
            town.sky.fault(PUT, fault, 2);
            let post = town.sky.mention("ana", LAMP, json!({}));
            town.city.works();
            town.settles();
            town.settles();
            town.answered_once(&post, &format!("{fault:?}"));
            town.city.close_all();
        }
    });
}

#[test]
fn a_pause_the_network_asks_for_is_kept() {
    story(|town| {
        town.sky.fault(LIST, Fault::TooMany(300), 1);
        town.city.works();
        let asked = town.sky.calls(LIST);
        for _ in 0..10 {
            town.city.works();
        }
        assert_eq!(town.sky.calls(LIST), asked, "asked again inside the pause");
        town.city.pass(Duration::seconds(130));
        town.city.works();
        assert!(town.sky.calls(LIST) > asked);
    });
}

#[test]
fn the_list_that_cannot_be_read_for_a_while_loses_nobody() {
    story(|town| {
        for fault in [Fault::Status(502), Fault::DropAnswer, Fault::CutAnswer, Fault::Html] {
            town.sky.fault(LIST, fault, 2);
            let post = town.sky.mention("ana", LAMP, json!({}));
            town.city.works();
            town.settles();
            town.answered_once(&post, &format!("{fault:?}"));
            town.city.close_all();
        }
    });
}

#[test]
fn a_session_is_renewed_and_opened_rarely() {
    story(|town| {
        let first = town.sky.mention("ana", LAMP, json!({}));
        town.city.works();
        town.answered_once(&first, "the first session");
        for n in 1..=3 {
            town.city.close_all();
            town.city.pass(Duration::hours(3));
            // A new process knows the session from the database.
            town.city.app.forget_channel(town.account_id);
            let post = town.sky.mention("ana", LAMP, json!({}));
            town.city.works();
            town.answered_once(&post, "an old session");
            assert_eq!((town.sky.calls(OPEN), town.sky.calls(RENEW)), (1, n));
        }
        // In the middle of sending: nothing was taken, so the same words go once.
        town.city.close_all();
        town.set_sending(false);
        let post = town.sky.mention("ana", LAMP, json!({}));
        town.city.works();
        town.set_sending(true);
        town.sky.expire();
        town.city.works();
        town.answered_once(&post, "expired while sending");
        assert_eq!(town.sky.calls(OPEN), 1);
    });
}

#[test]
fn an_account_that_was_taken_away_stops_alone_and_goes_on_after_reconnecting() {
    story(|town| {
        let before = town.sky.mention("ana", LAMP, json!({}));
        town.city.works();
        town.answered_once(&before, "before");
        town.city.close_all();
        town.set_sending(false);
        let waiting = town.sky.mention("ruth", "Deep pothole at Jefferson St and Market St", json!({}));
        town.city.works();
        town.set_sending(true);
        town.sky.revoke("city");
        town.city.works();
        let row = town.row();
        assert_eq!(row.state, "broken", "{}", row.why);
        assert_eq!(town.mailed("channel/"), town.on_duty(), "people are told");
        let tries = town.sky.calls(OPEN);
        // The other account answers all the same, and nobody knocks at the closed door.
        let square = town.city.resident_posts("Joy L.", "Street light out at Broad & Market");
        town.settles();
        assert_eq!(town.city.city_said(&square).len(), 1);
        assert_eq!(town.sky.calls(OPEN), tries);
        assert!(town.sky.city_said(&waiting).is_empty());
        town.connect();
        town.settles();
        town.answered_once(&waiting, "after reconnecting");
        assert_eq!(town.row().state, "live");
        town.sky.close("city", true);
        town.city.works();
        assert_eq!(town.row().state, "broken");
    });
}

// --- Who is not answered ---

#[test]
fn nobody_is_answered_who_is_gone_blocks_us_or_closed_the_thread() {
    story(|town| {
        town.set_sending(false);
        let gone = town.sky.mention("ana", LAMP, json!({}));
        let blocks = town.sky.mention("bob", "Deep pothole at Jefferson St and Market St", json!({}));
        let closed = town.sky.mention("eve", "Street light out at Jefferson St and Market St", json!({}));
        town.city.works();
        town.sky.delete(&gone);
        town.sky.block("bob", "city");
        town.sky.gate(&closed);
        town.set_sending(true);
        town.settles();
        assert!(town.sky.posts_of("city").is_empty(), "{:#?}", town.sky.posts_of("city"));
        for post in [&gone, &blocks] {
            assert!(
                town.replies_to(post).iter().all(|r| r.state == State::Void),
                "{:#?}",
                town.replies_to(post)
            );
        }
        assert_eq!(town.replies_to(&closed).len(), 1);
        for reply in town.replies_to(&closed) {
            assert_eq!(reply.state, State::Waiting, "a person answers another way");
            assert!(reply.why.contains("lets nobody"), "{}", reply.why);
        }
        assert!(town.kept(&closed).expect("kept").deleted_at.is_none(), "it stands there still");
        assert_eq!(town.sky.calls(PUT), 0);
    });
}

#[test]
fn other_words_under_the_same_key_are_a_new_version() {
    story(|town| {
        town.set_sending(false);
        let post = town.sky.mention("ana", LAMP, json!({}));
        town.city.works();
        town.sky.rewrite(&post, "@city.test Street light out at Jefferson St and Market St");
        town.set_sending(true);
        town.settles();
        let kept = town.kept(&post).expect("kept");
        assert_eq!((kept.version, kept.text.as_str()), (2, "Street light out at Jefferson St and Market St"));
        assert!(town.sky.posts_of("city").is_empty(), "a person reads it once more");
        assert_eq!(town.count("SELECT count(*) AS n FROM posts"), 1);
    });
}

#[test]
fn a_deleted_post_leaves_our_pages() {
    story(|town| {
        let post = town.sky.mention("ana", LAMP, json!({}));
        town.city.works();
        town.answered_once(&post, "a mention");
        town.sky.delete(&post);
        for _ in 0..3 {
            town.city.pass(Duration::seconds(200));
            town.city.works();
        }
        assert!(town.kept(&post).expect("kept").deleted_at.is_some());
    });
}

#[test]
fn two_machines_do_not_talk_to_each_other() {
    story(|town| {
        town.sky.join("robot");
        town.sky.label_bot("robot");
        town.sky.mention("robot", LAMP, json!({}));
        town.settles();
        assert!(town.sky.posts_of("city").is_empty(), "{:#?}", town.sky.posts_of("city"));
        // One that does not say what it is comes to rest after one exchange.
        let mut last = town.sky.mention("parrot", LAMP, json!({}));
        for _ in 0..6 {
            town.city.works();
            if let Some(said) = town.sky.city_said(&last).pop() {
                last = town.sky.answer("parrot", &said, LAMP);
            }
        }
        assert_eq!(town.sky.posts_of("city").len(), 1, "{:#?}", town.sky.posts_of("city"));
    });
}

#[test]
fn an_answer_given_in_the_networks_own_app_counts() {
    story(|town| {
        town.set_sending(false);
        let post = town.sky.mention("ana", LAMP, json!({}));
        town.city.works();
        town.sky.answer("city", &post, "A crew is there already.");
        town.city.works();
        town.set_sending(true);
        town.settles();
        assert_eq!(town.count("SELECT count(*) AS n FROM foreign_posts WHERE ticket_id IS NOT NULL"), 1);
        assert_eq!(town.sky.posts_of("city").len(), 1, "the machine says nothing more");
        assert!(town.replies_to(&post).iter().all(|r| r.state == State::Void));
    });
}

#[test]
fn what_stands_there_is_compared_with_what_was_approved() {
    story(|town| {
        let fine = town.sky.mention("ana", LAMP, json!({}));
        town.settles();
        town.answered_once(&fine, "fine");
        assert_eq!(town.count("SELECT count(*) AS n FROM ticket_history WHERE step = 'not as approved'"), 0);
        town.sky.fault(PUT, Fault::Alter, 1);
        town.sky.mention("ruth", "Deep pothole at Jefferson St and Market St", json!({}));
        town.settles();
        assert_eq!(town.count("SELECT count(*) AS n FROM ticket_history WHERE step = 'not as approved'"), 1);
        assert_eq!(town.mailed("other_words/"), town.on_duty(), "people are told");
    });
}

// --- Killed on the way ---

/// The process that is killed: the workers of one city, until the point is reached. Does nothing by itself.
#[test]
fn child_process_with_the_workers() {
    let Ok(database) = std::env::var("KILL_DATABASE") else { return };
    let var = |name: &str| std::env::var(name).expect("the parent sets it");
    let at: DateTime<Utc> = var("KILL_NOW").parse().expect("a time");
    let _points = fail::FailScenario::setup();
    onit::net::install_crypto();
    let base = ("ONIT__SERVER__BASE_URL".to_owned(), "http://riverton.test".to_owned());
    let settings = Settings::built_in(std::iter::once(base)).expect("settings");
    let clock = Clock::by_hand(at);
    let location = database.parse().expect("a database URL");
    let hosts = var("KILL_HOSTS").split(',').map(str::to_owned).collect();
    let app = App::build_with(settings, &location, clock.clone(), hosts).expect("the program");
    let places = onit::places::Gazetteer::from_bytes(&onit::demo::compiled_city().expect("the city"))
        .expect("the city");
    app.world.swap(app.world.now().with_places(places, 0));
    for _ in 0..3 {
        clock.advance(Duration::seconds(6));
        worker::drain(&app).expect("the workers");
    }
}

fn killed(town: &Town<'_>, point: &str) -> bool {
    let done = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "child_process_with_the_workers", "--nocapture"])
        .env("KILL_DATABASE", town.city.database_url())
        .env("KILL_NOW", town.city.clock.now().to_rfc3339())
        .env("KILL_HOSTS", format!("{},{}", town.city.square_host(), town.sky.host()))
        .env("FAILPOINTS", format!("{point}=return"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .output()
        .expect("the child runs");
    let talk = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.code().is_none_or(|code| code == 0), "{point}: {talk}");
    done.status.code().is_none()
}

#[test]
fn killed_between_the_claim_and_the_commit() {
    story(|town| {
        for point in [
            "poll.fetched",
            "poll.kept",
            "send.claimed",
            "send.before_socket",
            "send.answered",
            "send.before_finish",
        ] {
            let before = town.sky.commits("city");
            let post = town.sky.mention("ana", LAMP, json!({}));
            assert!(killed(town, point), "{point}: the point is not where it was");
            town.settles();
            town.answered_once(&post, point);
            assert_eq!(town.sky.commits("city"), before + 1, "{point}");
            town.city.close_all();
        }
    });
}
