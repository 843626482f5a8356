//! Every fault does what its name says, and leaves behind what it says.

use super::super::{Fault, On, Posting, RateReset, What};
use super::{Answer, Town};

/// Posts once with the fault on; gives the answer and how many posts stand afterwards.
fn post_with(fault: Fault) -> (Result<Answer, String>, usize) {
    let town = Town::new();
    town.square.set_fault(fault);
    let answer = town.send("POST", "/api/v1/statuses", &[("status", "On it")], &[]);
    assert_eq!(town.square.counters().faults_fired, 1);
    (answer, town.square.posts_by_city().len())
}

#[test]
fn a_dropped_answer_leaves_the_post_and_not_one_byte() {
    let (answer, posts) = post_with(Fault::new(What::DropAnswer));
    assert!(answer.is_err(), "{}", answer.unwrap().status);
    assert_eq!(posts, 1);
}

#[test]
fn refusals_before_accepting_leave_nothing() {
    let check = |what: What, status: u16, header: &str, value: &str| {
        let (answer, posts) = post_with(Fault::new(what));
        let answer = answer.unwrap();
        assert_eq!((answer.status, posts), (status, 0), "{what:?}");
        assert!(answer.header(header).starts_with(value), "{what:?}: {}", answer.header(header));
    };
    check(What::Unavailable, 503, "content-type", "text/html");
    check(What::HtmlInsteadOfJson, 200, "content-type", "text/html");
    check(What::TokenRevoked, 401, "www-authenticate", "Bearer");
    check(What::TooMany(RateReset::RetryAfter(7)), 429, "retry-after", "7");
    check(What::TooMany(RateReset::Iso(30)), 429, "x-ratelimit-reset", "2026-01-27T06:12:30.000000Z");
    check(What::TooMany(RateReset::Epoch(30)), 429, "x-ratelimit-reset", "1769494350");
}

#[test]
fn broken_json_and_slow_answers_come_after_accepting() {
    let (answer, posts) = post_with(Fault::new(What::MalformedJson));
    assert!(serde_json::from_str::<serde_json::Value>(&answer.unwrap().body).is_err());
    assert_eq!(posts, 1);
    let (answer, posts) = post_with(Fault::new(What::SlowAnswerMs(50)));
    assert_eq!((answer.unwrap().status, posts), (200, 1));
}

#[test]
fn a_fault_ends_after_its_times_and_touches_only_its_calls() {
    let town = Town::new();
    town.square.set_fault(Fault::new(What::Unavailable).on(On::Notifications).times(2));
    assert_eq!(town.post(&[("status", "fine")]).status, 200);
    let look = || town.city("/api/v1/notifications").status;
    assert_eq!([look(), look(), look()], [503, 503, 200]);
}

#[test]
fn an_ignored_key_posts_twice() {
    let town = Town::new();
    town.square.set_fault(Fault::new(What::IgnoreIdempotencyKey));
    let post = || town.send("POST", "/api/v1/statuses", &[("status", "On it")], &[("Idempotency-Key", "k")]);
    assert_ne!(post().unwrap().json()["id"], post().unwrap().json()["id"]);
    town.square.clear_faults();
    let last = post().unwrap().json();
    assert_eq!(last["id"], town.square.posts_by_city().last().unwrap().id.as_str());
    assert_eq!(town.square.posts_by_city().len(), 2);
}

#[test]
fn an_unknown_notification_comes_between_the_others() {
    let town = Town::new();
    town.square.set_fault(Fault::new(What::UnknownNotification).times(1));
    town.square.tell_city("Joy L.", "lamp", Posting::default()).unwrap();
    town.square.tell_city("Joy L.", "lamp", Posting::default()).unwrap();
    let list = town.city("/api/v1/notifications?types[]=mention&min_id=0").json();
    let kinds: Vec<&str> = list.as_array().unwrap().iter().map(|n| n["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["mention", "mention", "lamp_was_polished"]);
}

#[test]
fn the_square_survives_a_stop_and_a_start_on_the_same_port() {
    let town = Town::new();
    let asked = town.square.tell_city("Joy L.", "lamp", Posting::default()).unwrap();
    let port = town.server.port();
    let Town { square, server, seconds } = town;
    server.stop();
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    let server = square.start(port).unwrap();
    let town = Town { square, server, seconds };
    assert_eq!(town.city(&format!("/api/v1/statuses/{}", asked.id)).json()["uri"], asked.uri.as_str());
}
