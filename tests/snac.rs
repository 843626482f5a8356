//! The real program against a real fediverse server: a resident's account on another server mentions the city,
//! and the answer stands in the thread as that account sees it, exactly once, whatever breaks on the way.

#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]

mod support;

use std::path::Path;
use std::time::Duration;

use support::databases::{TestDatabase, databases};
use support::namespace::in_private_network;
use support::process::{Onit, Process, onit};
use support::proxy::{Fault, Rule};
use support::snac::Snac;

struct Deployment<'a> {
    database: &'a TestDatabase,
    folder: &'a Path,
}

impl Deployment<'_> {
    fn command(&self, args: &[&str]) -> Onit {
        onit(args)
            .env("DATABASE_URL", &self.database.url)
            .env("ONIT_ALLOW_PRIVATE", "city.test:80")
            .env("ONIT__SERVER__MEDIA_DIR", self.folder.to_str().expect("a path"))
            .env(
                "ONIT_TEST_CITY_TOKEN",
                &std::fs::read_to_string(self.folder.join("token")).expect("the token"),
            )
    }

    /// What a city does first: streets in, account connected.
    fn set_up(&self) {
        let root = support::root();
        let layers = root.join("config/example-city");
        let columns = layers.join("columns.toml");
        let path = |p: &Path| p.to_str().expect("a path").to_owned();
        self.command(&["import", "gazetteer", &path(&layers), "--columns", &path(&columns)]).run();
        let account = [
            "channel",
            "add",
            "mastodon",
            "--name",
            "city",
            "--url",
            "http://city.test",
            "--token",
            "env:ONIT_TEST_CITY_TOKEN",
            "--trial-replies",
            "0",
        ];
        self.command(&account).run();
    }

    /// The one reply of the story stands as delivered in the database.
    fn wait_until_delivered(&self) {
        let location = self.database.url.parse().expect("a database URL");
        let mut conn = onit::db::connect(&location).expect("a connection");
        support::wait_for("the reply to be known as delivered", Duration::from_secs(90), || {
            let done = onit::replies::in_states(&mut conn, &[onit::replies::State::Delivered], 5);
            (done.expect("the outbox").len() == 1).then_some(())
        });
    }

    fn works(&self) -> Process {
        self.command(&["work"]).start()
    }
}

/// Tells a story on each database against the same two servers: the second city starts reading where it is now.
fn story(name: &str, tell: impl Fn(&Snac, &Deployment<'_>)) {
    in_private_network(name, || {
        let Some(snac) = Snac::start(name) else { return };
        for database in databases() {
            let folder = tempfile::tempdir().expect("a folder");
            std::fs::write(folder.path().join("token"), &snac.city.token).expect("the token");
            let deployment = Deployment { database: &database, folder: folder.path() };
            deployment.set_up();
            tell(&snac, &deployment);
        }
    });
}

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn a_mention_is_answered_once_as_the_resident_sees_it() {
    story("a_mention_is_answered_once_as_the_resident_sees_it", |snac, deployment| {
        let mut works = deployment.works();
        let post = snac.post_as_resident("@city@city.test Street light out at Broad & Market");
        let replies = snac.wait_for_city_replies(&post.id, 1, PATIENCE);
        assert!(replies[0].text.contains("On it."), "{replies:?}");
        assert_eq!(replies[0].in_reply_to.as_deref(), Some(post.id.as_str()));
        works.stop();
        assert_eq!(snac.city_replies(&post.id).len(), 1);
    });
}

#[test]
fn a_lost_answer_is_found_and_not_sent_again() {
    story("a_lost_answer_is_found_and_not_sent_again", |snac, deployment| {
        let before = snac.proxy.count("POST", "/api/v1/statuses");
        snac.proxy.add(Rule::on("POST", "/api/v1/statuses", Fault::DropAnswer).times(1));
        let mut works = deployment.works();
        let post = snac.post_as_resident("@city@city.test Deep pothole at Jefferson St and Market St");
        snac.wait_for_city_replies(&post.id, 1, PATIENCE);
        deployment.wait_until_delivered();
        works.stop();
        assert_eq!(snac.city_replies(&post.id).len(), 1);
        assert_eq!(snac.proxy.count("POST", "/api/v1/statuses"), before + 1, "never sent again blindly");
    });
}

#[test]
fn killed_while_the_network_has_the_reply() {
    story("killed_while_the_network_has_the_reply", |snac, deployment| {
        let before = snac.proxy.count("POST", "/api/v1/statuses");
        snac.proxy.add(Rule::on("POST", "/api/v1/statuses", Fault::HoldAnswer).times(1));
        let mut works = deployment.works();
        let post = snac.post_as_resident("@city@city.test Deep pothole at Jefferson St and Market St");
        snac.proxy.wait_until_held(PATIENCE);
        works.kill();
        snac.proxy.release();
        // The next process finds the lease run out, looks, and finds the reply.
        let mut works = deployment.works();
        deployment.wait_until_delivered();
        works.stop();
        assert_eq!(snac.city_replies(&post.id).len(), 1);
        assert_eq!(snac.proxy.count("POST", "/api/v1/statuses"), before + 1, "never sent again blindly");
    });
}
