//! The process is killed at every step between receiving a post and knowing that the answer stands in the thread.
//! A second process finishes the work: every author is answered exactly once, also on a network that ignores
//! idempotency keys. The killed process is real (abort, no clean-up); only its clock is held by hand.

#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]

mod support;

use std::process::{Command, Stdio};

use chrono::{DateTime, Duration, Utc};
use onit::app::App;
use onit::clock::Clock;
use onit::demo::square::{Fault, On, What};
use onit::settings::Settings;
use onit::worker;
use support::city::{TestCity, on_each_database};

/// The points where the process dies, and at which hit.
const POINTS: &[&str] = &[
    "poll.fetched",
    "poll.kept",
    "receive.leased",
    "receive.before_commit",
    "receive.committed",
    "send.claimed",
    "send.before_socket",
    "send.answered",
    "send.before_finish",
    "send.finished",
];
const HITS: &[u32] = &[1, 2, 3];

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
    let app =
        App::build_with(settings, &location, clock.clone(), vec![var("KILL_HOST")]).expect("the program");
    let places = onit::places::Gazetteer::from_bytes(&onit::demo::compiled_city().expect("the city"))
        .expect("the city");
    app.world.swap(app.world.now().with_places(places, 0));
    for _ in 0..3 {
        clock.advance(Duration::seconds(6));
        worker::drain(&app).expect("the workers");
    }
}

/// Runs the child with a point armed; true when it died there.
fn killed(city: &TestCity, point: &str, hit: u32) -> bool {
    let armed = if hit == 1 { format!("{point}=return") } else { format!("{point}={}*off->return", hit - 1) };
    let done = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "child_process_with_the_workers", "--nocapture"])
        .env("KILL_DATABASE", city.database_url())
        .env("KILL_NOW", city.clock.now().to_rfc3339())
        .env("KILL_HOST", city.square_host())
        .env("FAILPOINTS", armed)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .output()
        .expect("the child runs");
    let talk = String::from_utf8_lossy(&done.stderr);
    // It dies at the point or does all its work; anything else is a fault of its own.
    assert!(done.status.code().is_none_or(|code| code == 0), "{point} at hit {hit}: {talk}");
    done.status.code().is_none()
}

fn story(points: &[&str]) {
    on_each_database(|city| {
        city.square.set_fault(Fault::new(What::IgnoreIdempotencyKey).on(On::Everything));
        let mut deaths = 0;
        for point in points {
            for hit in HITS {
                let corner = format!("{point} at hit {hit}");
                let lamp = city.resident_posts("Joy L.", "Street light out at Broad & Market");
                let pothole = city.resident_posts("Ruth K.", "Deep pothole at Jefferson St and Market St");
                let nowhere = city.resident_posts("Sam O.", "Huge pothole, my tire is gone!!");
                deaths += u32::from(killed(city, point, *hit));
                // Leases run out, lost answers are looked for: another process takes over.
                for _ in 0..4 {
                    city.pass(Duration::seconds(35));
                    city.works();
                }
                for post in [&lamp, &pothole, &nowhere] {
                    assert_eq!(
                        city.city_said(post).len(),
                        1,
                        "{corner}: {:?}, {:#?}",
                        post.text,
                        city.replies_to(post)
                    );
                }
                for post in [&lamp, &pothole, &nowhere] {
                    assert_ne!(city.kept(post).outcome, "waiting", "{corner}: a post was lost");
                    for reply in city.replies_to(post) {
                        assert_eq!(reply.state, onit::replies::State::Delivered, "{corner}: {reply:?}");
                    }
                }
                city.close_all();
            }
        }
        let planned = u32::try_from(points.len() * HITS.len()).expect("small");
        assert!(
            deaths * 4 >= planned * 3,
            "only {deaths} of {planned} kills happened: the points are not where they were"
        );
    });
}

#[test]
fn killed_while_reading_and_deciding() {
    story(&POINTS[..5]);
}

#[test]
fn killed_while_sending() {
    story(&POINTS[5..]);
}

#[test]
fn the_answer_to_the_posting_is_lost() {
    on_each_database(|city| {
        city.square.set_fault(Fault::new(What::IgnoreIdempotencyKey).on(On::Everything));
        city.square.set_fault(Fault::new(What::DropAnswer).on(On::Posting).times(1));
        let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        city.works();
        for _ in 0..3 {
            city.pass(Duration::seconds(30));
            city.works();
        }
        assert_eq!(city.city_said(&post).len(), 1, "exactly once: {:?}", city.city_said(&post));
        assert_eq!(city.replies_to(&post)[0].state, onit::replies::State::Delivered);
    });
}

#[test]
fn refused_before_it_was_accepted_and_sent_later() {
    on_each_database(|city| {
        city.square.set_fault(Fault::new(What::Unavailable).on(On::Posting).times(2));
        let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        for _ in 0..6 {
            city.pass(Duration::seconds(30));
            city.works();
        }
        assert_eq!(city.city_said(&post).len(), 1, "{:?}", city.replies_to(&post));
    });
}
