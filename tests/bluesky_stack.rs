//! The real program against a real Bluesky network (directory, server, app view): a resident mentions the city, and
//! the answer stands in the thread as the resident sees it, exactly once, whatever breaks on the way.

#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]

mod support;

use std::path::Path;
use std::time::Duration;

use onit::clock::Clock;
use onit::intake;
use onit::replies::{self, State};
use serde_json::json;
use support::atproto::Atproto;
use support::databases::{TestDatabase, databases};
use support::process::{Finished, Onit, Process, onit};
use support::proxy::{Fault, Rule};

const PATIENCE: Duration = Duration::from_secs(90);
const PUT: &str = "/xrpc/com.atproto.repo.putRecord";
const OPEN: &str = "/xrpc/com.atproto.server.createSession";

struct Deployment<'a> {
    network: &'a Atproto,
    database: &'a TestDatabase,
    folder: &'a Path,
}

impl Deployment<'_> {
    fn command(&self, args: &[&str]) -> Onit {
        onit(args)
            .env("DATABASE_URL", &self.database.url)
            .env("ONIT_ALLOW_PRIVATE", &self.network.proxy.address())
            .env("ONIT__SERVER__MEDIA_DIR", self.folder.to_str().expect("a path"))
            .env("ONIT_TEST_APP_PASSWORD", &self.network.app_password)
    }

    /// What a city does first: streets in, account connected and tested.
    fn set_up(&self) {
        let layers = support::root().join("config/example-city");
        let columns = layers.join("columns.toml");
        let path = |p: &Path| p.to_str().expect("a path").to_owned();
        let good = |done: Finished| assert_eq!(done.code, Some(0), "{done:?}");
        good(self.command(&["import", "gazetteer", &path(&layers), "--columns", &path(&columns)]).run());
        let url = format!("http://{}", self.network.proxy.address());
        let account =
            ["channel", "add", "bluesky", "--name", "sky", "--handle", "city.test", "--trial-replies", "0"];
        let how =
            self.command(&account).arg("--url").arg(&url).arg("--token").arg("env:ONIT_TEST_APP_PASSWORD");
        good(how.run());
        let checked = self.command(&["channel", "check"]).run();
        assert!(checked.stdout.contains("password: an app password"), "{checked:?}");
        assert!(checked.stdout.contains("bot label: not set"), "{checked:?}");
        good(checked);
    }

    fn works(&self) -> Process {
        self.command(&["work"]).start()
    }

    fn database(&self) -> onit::db::DbConnection {
        onit::db::connect(&self.database.url.parse().expect("a database URL")).expect("a connection")
    }

    fn in_state(&self, state: State) -> usize {
        replies::in_states(&mut self.database(), &[state], 50).expect("the outbox").len()
    }

    /// Waits until so many replies are in this state.
    fn wait_for(&self, state: State, count: usize) {
        support::wait_for(&format!("{count} replies that are {state}"), PATIENCE, || {
            (self.in_state(state) == count).then_some(())
        });
    }

    /// Waits until a post is kept.
    fn wait_for_post(&self, uri: &str) {
        let mut conn = self.database();
        support::wait_for(&format!("{uri} to be kept"), PATIENCE, || {
            intake::post_named(&mut conn, "bluesky", uri).expect("a look")
        });
    }
}

#[test]
#[ignore = "the network takes minutes to build: scripts/nightly.sh"]
fn a_mention_is_answered_once_as_the_resident_sees_it() {
    let Some(network) = Atproto::start("a_mention_is_answered_once_as_the_resident_sees_it") else { return };
    let now = || Clock::machine().now();
    for database in databases() {
        let folder = tempfile::tempdir().expect("a folder");
        let city = Deployment { network: &network, database: &database, folder: folder.path() };
        let (posts, sessions) = (network.posts_of_city().len(), network.proxy.count("POST", OPEN));
        city.set_up();
        let mut works = city.works();
        let first = network.mention("Street light out at Broad & Market 🚧", now(), &json!({}));
        let said = network.wait_for_answer(&first, PATIENCE);
        assert!(said.starts_with("On it."), "{said}");
        city.wait_for(State::Delivered, 1);

        // The server has taken the reply and its answer is lost, and the program dies: the next one finds it.
        network.proxy.add(Rule::on("POST", PUT, Fault::HoldAnswer).times(1));
        let second = network.mention("Deep pothole at Jefferson St and Market St", now(), &json!({}));
        network.proxy.wait_until_held(PATIENCE);
        works.kill();
        network.proxy.release();
        // A closed thread, an old date and a deleted post wait for the next process.
        let closed = network.mention("Street light out at Jefferson St and Market St", now(), &json!({}));
        network.gate(&closed, now());
        let old = json!({"createdAt": "2024-02-01T00:00:00.000Z"});
        let backdated = network.mention("Street light out at Broad & Market", now(), &old);
        let mut works = city.works();
        network.wait_for_answer(&second, PATIENCE);
        // What names an old date is kept like any other; at night its answer waits for the morning.
        city.wait_for_post(&backdated.uri);
        city.wait_for(State::Waiting, 1);
        works.stop();

        assert!(network.city_replies(&closed).is_empty());
        for post in [&first, &second] {
            assert_eq!(network.city_replies(post).len(), 1);
        }
        assert_eq!(network.posts_of_city().len(), posts + city.in_state(State::Delivered));
        assert_eq!(network.proxy.count("POST", OPEN), sessions + 1, "one session for all processes");
    }
}
