//! `make demo` as a newcomer sees it, in a real browser: `tests/browser/stories/newcomer.mjs` tells the story.

#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]

mod support;

use std::time::{Duration, Instant};

use support::browser::{missing_part, run_story};
use support::process::onit;
use support::skip;

/// The last three words of a line like "  Dana Ruiz, staff board   dana@riverton.example   PASSWORD".
fn sign_in(line: &str) -> (String, String) {
    let mut words = line.split_whitespace().rev();
    let password = words.next().expect("a password").to_owned();
    (words.next().expect("a sign-in name").to_owned(), password)
}

#[test]
fn a_newcomer_in_the_demo_browser() {
    if let Some(part) = missing_part() {
        return skip(part, "a newcomer in the demo");
    }
    let began = Instant::now();
    let mut demo = onit(&["demo", "--port", "0", "--square-port", "0"]).start();
    let ready = demo.wait_for_line("The first request stands on the page", Duration::from_secs(60));
    assert!(began.elapsed() < Duration::from_secs(60), "{ready}");
    let address = |demo: &mut support::process::Process, name: &str| {
        let line = demo.wait_for_line(name, Duration::from_secs(5));
        line.split_whitespace().find(|word| word.starts_with("http://")).expect("an address").to_owned()
    };
    let square = address(&mut demo, "Town square");
    let city = address(&mut demo, "page    ");
    let (staff, staff_password) = sign_in(&demo.wait_for_line("dana@", Duration::from_secs(5)));
    let (mayor, mayor_password) = sign_in(&demo.wait_for_line("nia@", Duration::from_secs(5)));
    run_story(
        "newcomer",
        &city,
        &[
            ("square", &square),
            ("staff", &staff),
            ("staffPassword", &staff_password),
            ("mayor", &mayor),
            ("mayorPassword", &mayor_password),
        ],
    );
    demo.stop();
}
