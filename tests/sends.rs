//! Five hundred replies through a network that loses, breaks, repeats and refuses: none twice, none lost.
//! The clock is moved by hand; the faults are drawn from a seed that a failure names.

#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]

mod support;

use chrono::Duration;
use onit::demo::square::{Fault as SquareFault, On, RateReset, Status, What};
use onit::replies::State;
use serde_json::json;
use support::city::{TestCity, on_each_database};
use support::sky::{Fault, Skeet};
use support::town::Town;

/// Replies a network and database: 4 times this many in all. `ONIT_SENDS=2500` makes 10,000.
fn sends() -> usize {
    std::env::var("ONIT_SENDS").ok().and_then(|s| s.parse().ok()).unwrap_or(125)
}

/// Replies between two silences in which everything settles.
const AT_ONCE: usize = 25;
const PUT: &str = "com.atproto.repo.putRecord";

/// Numbers from a seed: the same each time.
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).expect("small")
    }
}

fn seed() -> u64 {
    std::env::var("ONIT_SENDS_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(20_260_127)
}

/// Long enough for every pause, look and second look.
fn settles(city: &TestCity) {
    for _ in 0..8 {
        city.pass(Duration::seconds(45));
        city.works();
    }
}

#[test]
fn on_bluesky_none_is_doubled_and_none_is_lost() {
    on_each_database(|city| {
        let town = Town::with(city, |_| {});
        let mut drawn = Drawn(seed());
        let faults = [
            None,
            Some(Fault::DropAnswer),
            Some(Fault::CutAnswer),
            Some(Fault::LateStatus(500)),
            Some(Fault::LateStatus(502)),
            Some(Fault::Status(503)),
            Some(Fault::TooMany(20)),
            Some(Fault::Html),
            Some(Fault::Twice),
        ];
        let mut posts: Vec<Skeet> = Vec::new();
        for n in 0..sends() {
            if let Some(fault) = faults[drawn.below(faults.len())] {
                town.sky.fault(PUT, fault, 1);
            }
            posts.push(town.sky.mention(&format!("n{n}"), "Street light out at Broad & Market", json!({})));
            if (n + 1) % AT_ONCE == 0 || n + 1 == sends() {
                city.works();
                settles(city);
                town.sky.mend();
                settles(city);
                city.close_all();
            }
        }
        for post in &posts {
            let said = town.sky.city_said(post);
            assert_eq!(said.len(), 1, "seed {}: {said:#?} {:#?}", seed(), town.replies_to(post));
            assert!(town.replies_to(post).iter().all(|r| r.state == State::Delivered));
        }
        assert_eq!((town.sky.posts_of("city").len(), town.sky.commits("city")), (sends(), sends()));
    });
}

#[test]
fn on_the_fediverse_none_is_doubled_and_none_is_lost() {
    on_each_database(|city| {
        let mut drawn = Drawn(seed());
        let faults = [
            None,
            Some(What::DropAnswer),
            Some(What::MalformedJson),
            Some(What::Unavailable),
            Some(What::TooMany(RateReset::RetryAfter(20))),
            Some(What::TooMany(RateReset::Iso(20))),
            Some(What::TooMany(RateReset::Epoch(20))),
            Some(What::HtmlInsteadOfJson),
        ];
        let mut posts: Vec<Status> = Vec::new();
        for n in 0..sends() {
            // Half of the time on a server that forgets the key, as two of the real ones do.
            if n % (2 * AT_ONCE) == 0 {
                city.square.set_fault(SquareFault::new(What::IgnoreIdempotencyKey).on(On::Everything));
            }
            if let Some(fault) = faults[drawn.below(faults.len())] {
                city.square.set_fault(SquareFault::new(fault).on(On::Posting).times(1));
            }
            posts.push(city.resident_posts(&format!("Neighbor {n}"), "Street light out at Broad & Market"));
            if (n + 1) % AT_ONCE == 0 || n + 1 == sends() {
                city.works();
                settles(city);
                city.square.clear_faults();
                settles(city);
                city.close_all();
            }
        }
        for post in &posts {
            let said = city.city_said(post);
            assert_eq!(said.len(), 1, "seed {}: {said:#?} {:#?}", seed(), city.replies_to(post));
            assert!(city.replies_to(post).iter().all(|r| r.state == State::Delivered));
        }
        assert_eq!(city.square.posts_by_city().len(), sends());
    });
}
