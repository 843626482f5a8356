//! The fediverse harness works: two real servers, a mention that federates, an answer that the resident's
//! own account sees, and a proxy that can lose it. No part of the product takes part here.

mod support;

use std::time::Duration;

use support::namespace::in_private_network;
use support::proxy::{Fault, Rule};
use support::snac::{SeenPost, Snac};
use support::{http, wait_for};

const PATIENCE: Duration = Duration::from_secs(30);

/// Waits for the newest mention in the city's notifications.
fn mention_of_city(snac: &Snac, words: &str) -> SeenPost {
    wait_for("the mention to reach the city", PATIENCE, || {
        let all = snac.city.get("/api/v1/notifications?types[]=mention");
        let posts = all.as_array().into_iter().flatten().map(|one| SeenPost::of(&one["status"]));
        posts.into_iter().find(|post| post.text.contains(words))
    })
}

#[test]
fn a_mention_is_answered_in_its_thread() {
    in_private_network("a_mention_is_answered_in_its_thread", || {
        let Some(snac) = Snac::start("a mention is answered in its thread") else { return };
        let post = snac.post_as_resident("@city@city.test street light out at Broad & Market");
        let mention = mention_of_city(&snac, "street light");
        assert_eq!(mention.uri, post.uri, "a post's uri is the same on every server");
        assert_eq!(mention.author, "resident@town.test");

        let answer = [("status", "@resident@town.test On it."), ("in_reply_to_id", &mention.id)];
        snac.city.post(&answer);
        let seen = snac.wait_for_city_replies(&post.id, 1, PATIENCE);
        assert_eq!(seen.len(), 1, "{}", snac.logs());
        assert_eq!(seen[0].in_reply_to.as_deref(), Some(post.id.as_str()));
        assert!(seen[0].text.ends_with("On it."), "{seen:?}");
    });
}

#[test]
fn an_answer_can_be_lost_on_purpose() {
    in_private_network("an_answer_can_be_lost_on_purpose", || {
        let Some(snac) = Snac::start("an answer can be lost on purpose") else { return };
        let post = snac.post_as_resident("@city@city.test the hydrant at Elm St leaks");
        let mention = mention_of_city(&snac, "hydrant");

        snac.proxy.add(Rule::on("POST", "/api/v1/statuses", Fault::DropAnswer).times(1));
        let bearer = format!("Bearer {}", snac.city.token);
        let fields = [("status", "@resident@town.test On it."), ("in_reply_to_id", mention.id.as_str())];
        let url = format!("{}/api/v1/statuses", snac.city.url);
        let lost = http::post_form(&url, &[("Authorization", &bearer)], &fields);
        assert!(lost.is_err(), "the answer was to be lost: {lost:?}");

        // The server took it all the same: that is the trap the outbox must not fall into.
        assert_eq!(snac.wait_for_city_replies(&post.id, 1, PATIENCE).len(), 1);
        let posted: Vec<_> = snac.proxy.seen().into_iter().filter(|s| s.fault == Fault::DropAnswer).collect();
        assert_eq!(posted.iter().map(|s| s.status).collect::<Vec<_>>(), [Some(200)]);
    });
}
