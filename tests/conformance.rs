//! One suite for every channel: what a city relies on, told once and asked of each network on both databases.

#![allow(clippy::print_stderr, reason = "what a failed run needs to know")]
#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]

mod support;

use std::sync::Arc;

use chrono::Duration;
use onit::accounts::{Role, put_user};
use onit::demo::square::{self, Fault as SquareFault, On, Posting, What};
use onit::journey::voice;
use onit::replies::{self, Reply, State, wording};
use onit::tickets::{self, Ticket};
use onit::{channels, intake};
use serde_json::json;
use support::city::{TestCity, on_each_database};
use support::sky::Skeet;
use support::town::Town;

const LAMP: &str = "Street light out at Broad & Market";

/// What people can do on a network, and what they see there. Posts are known by their URI.
trait Network {
    /// For messages.
    fn name(&self) -> &'static str;
    /// The account of the city.
    fn account_id(&self) -> i64;
    fn mention(&self, who: &str, text: &str) -> String;
    /// A mention whose network, or writer, says that it is from 2024.
    fn backdated(&self, who: &str, text: &str) -> String;
    /// A mention that not everybody may read; none where there is no such thing.
    fn in_private(&self, who: &str, text: &str) -> Vec<String>;
    fn answer(&self, who: &str, to: &str, text: &str) -> String;
    fn edit(&self, uri: &str, text: &str);
    fn delete(&self, uri: &str);
    /// Somebody passes on what the city said.
    fn pass_on(&self, who: &str, uri: &str);
    /// From now on things of a kind nobody knows stand among the mentions.
    fn grows_odd(&self);
    /// The city's own account writes without OnIt.
    fn city_writes(&self, text: &str);
    /// What the city said in answer to a post, as its author sees it: URI and words.
    fn said(&self, uri: &str) -> Vec<(String, String)>;
    /// Everything the city said that everybody can read.
    fn said_in_public(&self) -> Vec<String>;
    /// True when the network takes a text for its length, by its own count.
    fn takes(&self, text: &str) -> bool;
}

struct TheSquare<'a>(&'a TestCity);

impl Network for TheSquare<'_> {
    fn name(&self) -> &'static str {
        "Mastodon API"
    }
    fn account_id(&self) -> i64 {
        self.0.account_id
    }
    fn mention(&self, who: &str, text: &str) -> String {
        self.0.resident_posts(who, text).uri
    }
    fn backdated(&self, who: &str, text: &str) -> String {
        let at = "2024-02-01T00:00:00Z".parse().expect("a time");
        let posting = Posting { at: Some(at), ..Posting::default() };
        self.0.square.tell_city(who, text, posting).expect("a post").uri
    }
    fn in_private(&self, who: &str, text: &str) -> Vec<String> {
        let kinds = [square::Visibility::Private, square::Visibility::Direct];
        let write = |visibility| {
            let posting = Posting { visibility, ..Posting::default() };
            self.0.square.tell_city(who, text, posting).expect("a post").uri
        };
        kinds.into_iter().map(write).collect()
    }
    fn answer(&self, who: &str, to: &str, text: &str) -> String {
        let posting = Posting { reply_to: Some(to.to_owned()), ..Posting::default() };
        self.0.square.tell_city(who, text, posting).expect("an answer").uri
    }
    fn edit(&self, uri: &str, text: &str) {
        let city = self.0.square.status(uri).expect("the post").text;
        let address = city.split(' ').next().unwrap_or_default().to_owned();
        self.0.square.edit(uri, &format!("{address} {text}")).expect("edited");
    }
    fn delete(&self, uri: &str) {
        self.0.square.delete(uri).expect("deleted");
    }
    fn pass_on(&self, who: &str, uri: &str) {
        self.0.square.boost(who, uri).expect("passed on");
    }
    fn grows_odd(&self) {
        self.0.square.set_fault(SquareFault::new(What::UnknownNotification).on(On::Everything));
    }
    fn city_writes(&self, text: &str) {
        let city = self.0.square.posts_by_city().first().map_or("city".to_owned(), |s| s.handle.clone());
        self.0.square.tell_city(&city, text, Posting::default()).expect("a post");
    }
    fn said(&self, uri: &str) -> Vec<(String, String)> {
        let direct = self.0.square.replies_to(uri).into_iter().filter(|s| s.by_city);
        direct.map(|s| (s.uri, s.text)).collect()
    }
    fn said_in_public(&self) -> Vec<String> {
        use square::Visibility::{Public, Unlisted};
        let all = self.0.square.posts_by_city().into_iter();
        all.filter(|s| matches!(s.visibility, Public | Unlisted)).map(|s| s.text).collect()
    }
    fn takes(&self, text: &str) -> bool {
        text.chars().count() <= 500
    }
}

impl Town<'_> {
    fn post(&self, uri: &str) -> Skeet {
        let whose = uri.trim_start_matches("at://did:plc:").split('/').next().unwrap_or_default();
        self.sky.posts_of(whose).into_iter().find(|s| s.uri == uri).expect("the post")
    }
}

impl Network for Town<'_> {
    fn name(&self) -> &'static str {
        "Bluesky"
    }
    fn account_id(&self) -> i64 {
        self.account_id
    }
    fn mention(&self, who: &str, text: &str) -> String {
        self.sky.mention(&handle(who), text, json!({})).uri
    }
    fn backdated(&self, who: &str, text: &str) -> String {
        self.sky.mention(&handle(who), text, json!({"createdAt": "2024-02-01T00:00:00.000Z"})).uri
    }
    fn in_private(&self, _: &str, _: &str) -> Vec<String> {
        Vec::new()
    }
    fn answer(&self, who: &str, to: &str, text: &str) -> String {
        self.sky.answer(&handle(who), &self.post(to), text).uri
    }
    fn edit(&self, uri: &str, text: &str) {
        self.sky.rewrite(&self.post(uri), &format!("@city.test {text}"));
    }
    fn delete(&self, uri: &str) {
        self.sky.delete(&self.post(uri));
    }
    fn pass_on(&self, who: &str, uri: &str) {
        self.sky.repost(&handle(who), &self.post(uri));
    }
    fn grows_odd(&self) {
        for _ in 0..3 {
            self.sky.odd_notification("city");
        }
    }
    fn city_writes(&self, text: &str) {
        self.sky.mention("city", text, json!({}));
    }
    fn said(&self, uri: &str) -> Vec<(String, String)> {
        self.sky.city_said(&self.post(uri)).into_iter().map(|s| (s.uri, s.text)).collect()
    }
    fn said_in_public(&self) -> Vec<String> {
        self.sky.posts_of("city").into_iter().map(|s| s.text).collect()
    }
    fn takes(&self, text: &str) -> bool {
        use unicode_segmentation::UnicodeSegmentation as _;
        text.graphemes(true).count() <= 300 && text.len() <= 3_000
    }
}

fn handle(who: &str) -> String {
    who.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}

fn on_each_network(story: impl Fn(&TestCity, &dyn Network)) {
    on_each_database(|city| {
        eprintln!("— on the Mastodon API");
        story(city, &TheSquare(city));
    });
    on_each_database(|city| {
        eprintln!("— on Bluesky");
        story(city, &Town::with(city, |_| {}));
    });
}

fn kept(city: &TestCity, uri: &str) -> Option<intake::Post> {
    intake::post_named(&mut city.app.db.read().expect("a connection"), "any", uri).expect("a look")
}

fn ticket_of(city: &TestCity, uri: &str) -> Ticket {
    let post = kept(city, uri).expect("the post is kept");
    let mut conn = city.app.db.read().expect("a connection");
    let joins = tickets::joins_of_post(&mut conn, post.id).expect("joins");
    assert_eq!(joins.len(), 1, "one ticket for {:?}", post.text);
    tickets::by_id(&mut conn, joins[0].ticket_id).expect("a ticket")
}

fn replies_to(city: &TestCity, uri: &str) -> Vec<Reply> {
    let post = kept(city, uri).expect("the post is kept");
    replies::of_post(&mut city.app.db.read().expect("a connection"), post.id).expect("replies")
}

fn set_sending(city: &TestCity, on: bool) {
    let now = city.clock.now();
    city.app.db.write(|conn| replies::set_sending(conn, on, "Dana Ruiz", now)).expect("the switch");
}

/// Long enough for every pause, look and second look.
fn settles(city: &TestCity) {
    for _ in 0..5 {
        city.pass(Duration::seconds(50));
        city.works();
    }
}

#[test]
fn a_mention_becomes_a_ticket_and_its_author_sees_the_answer() {
    on_each_network(|city, network| {
        let post = network.mention("Joy L.", LAMP);
        city.works();
        settles(city);
        let (ticket, said) = (ticket_of(city, &post), network.said(&post));
        assert_eq!(said.len(), 1, "{}: {said:?}", network.name());
        assert!(said[0].1.contains("On it.") && said[0].1.contains(&ticket.number), "{said:?}");
        assert_eq!(replies_to(city, &post)[0].state, State::Delivered);
        // Read back, it says what was approved.
        let row =
            channels::accounts::by_id(&mut city.app.db.read().expect("a connection"), network.account_id());
        let channel = city.app.channel(&row.expect("the account")).expect("the channel");
        let reply = replies_to(city, &post).remove(0);
        let own =
            channel.read_back(reply.delivered_id.as_deref().expect("an id")).expect("read").expect("there");
        assert!(own.says(&channel.plain(&reply.text)), "{own:?}");
    });
}

#[test]
fn our_own_posts_are_no_reports() {
    on_each_network(|city, network| {
        let post = network.mention("Joy L.", LAMP);
        city.works();
        network.city_writes("Deep pothole at Jefferson St and Market St: we are on our way");
        settles(city);
        assert_eq!(network.said(&post).len(), 1);
        assert!(kept(city, &network.said(&post)[0].0).is_none());
        assert_eq!(network.said_in_public().len(), 2, "{}", network.name());
    });
}

#[test]
fn who_passes_our_answer_on_is_counted_once_and_hears_nothing() {
    on_each_network(|city, network| {
        let post = network.mention("Joy L.", LAMP);
        city.works();
        let answer = network.said(&post).remove(0).0;
        network.pass_on("Ruth K.", &answer);
        network.pass_on("Ruth K.", &answer);
        network.pass_on("Sam O.", &answer);
        network.pass_on("Joy L.", &answer);
        settles(city);
        assert_eq!(ticket_of(city, &post).people, 3, "{}", network.name());
        assert_eq!(network.said_in_public().len(), 1);
        // In words, too: still one person.
        let too = network.mention("Ruth K.", "street light at Broad and Market is out");
        settles(city);
        assert_eq!(ticket_of(city, &too).id, ticket_of(city, &post).id);
        assert_eq!(ticket_of(city, &post).people, 3, "{}", network.name());
        assert_eq!(network.said(&too).len(), 1, "who writes is answered");
    });
}

#[test]
fn an_edit_is_a_new_version_of_the_same_post() {
    on_each_network(|city, network| {
        set_sending(city, false);
        let post = network.mention("Joy L.", LAMP);
        city.works();
        network.edit(&post, "Street light out at Jefferson St and Market St");
        set_sending(city, true);
        settles(city);
        let now = kept(city, &post).expect("kept");
        assert_eq!((now.version, now.text.as_str()), (2, "Street light out at Jefferson St and Market St"));
        assert!(network.said(&post).is_empty(), "{}: a person reads it once more", network.name());
        // An answer that stood there before is not given again.
        let other = network.mention("Ruth K.", "Deep pothole at Jefferson St and Market St");
        city.works();
        network.edit(&other, "Deep pothole at Jefferson St and Market St, mind your tires");
        for _ in 0..3 {
            city.pass(Duration::seconds(210));
            city.works();
        }
        assert_eq!(kept(city, &other).expect("kept").version, 2, "{}", network.name());
        assert_eq!(network.said(&other).len(), 1);
    });
}

#[test]
fn a_deletion_voids_what_is_unsent_and_is_seen_afterwards() {
    on_each_network(|city, network| {
        set_sending(city, false);
        let unsent = network.mention("Joy L.", LAMP);
        city.works();
        network.delete(&unsent);
        set_sending(city, true);
        settles(city);
        assert!(network.said_in_public().is_empty(), "{}", network.name());
        assert!(replies_to(city, &unsent).iter().all(|r| r.state == State::Void));
        let answered = network.mention("Ruth K.", "Deep pothole at Jefferson St and Market St");
        city.works();
        assert_eq!(network.said(&answered).len(), 1);
        network.delete(&answered);
        for _ in 0..3 {
            city.pass(Duration::seconds(210));
            city.works();
        }
        assert!(kept(city, &answered).expect("kept").deleted_at.is_some(), "{}", network.name());
    });
}

#[test]
fn things_nobody_knows_and_old_dates_lose_no_report() {
    on_each_network(|city, network| {
        network.grows_odd();
        let post = network.mention("Joy L.", LAMP);
        let old = network.backdated("Ruth K.", "Deep pothole at Jefferson St and Market St");
        settles(city);
        for post in [&post, &old] {
            assert_eq!(network.said(post).len(), 1, "{}: {:?}", network.name(), replies_to(city, post));
        }
        assert_ne!(ticket_of(city, &post).id, ticket_of(city, &old).id);
    });
}

#[test]
fn what_is_said_in_private_is_never_answered_in_public() {
    on_each_network(|city, network| {
        let posts = network.in_private("Joy L.", LAMP);
        settles(city);
        assert!(network.said_in_public().is_empty(), "{}: {:?}", network.name(), network.said_in_public());
        for post in &posts {
            assert!(kept(city, post).expect("kept").sealed);
            assert!(ticket_of(city, post).sealed);
        }
        if !posts.is_empty() {
            return;
        }
        // Where everything is public, a private answer is refused before anything is sent.
        let post = network.mention("Joy L.", LAMP);
        city.works();
        let row =
            channels::accounts::by_id(&mut city.app.db.read().expect("a connection"), network.account_id());
        let channel = city.app.channel(&row.expect("the account")).expect("the channel");
        let parent = kept(city, &post).expect("kept");
        let out = channels::Outgoing {
            parent: channels::Parent { local_id: parent.local_id, uri: parent.uri, ..Default::default() },
            text: "Only for you".into(),
            visibility: onit::intake::Visibility::Direct,
            spoiler_text: None,
            language: None,
            idempotency_key: "3kaaaaaaaaaaa".into(),
            first_attempt_at: city.clock.now(),
        };
        let before = network.said_in_public().len();
        let refused = channel.send(&out, &(Arc::new(|| Ok(())) as channels::MayWrite));
        assert!(matches!(refused, Err(channels::SendFailure::Refused(_))), "{refused:?}");
        assert_eq!(network.said_in_public().len(), before);
    });
}

#[test]
fn a_text_that_is_too_long_is_cut_and_keeps_its_number() {
    on_each_network(|city, network| {
        let post = network.mention("Joy L.", LAMP);
        city.works();
        let ticket = ticket_of(city, &post);
        let row =
            channels::accounts::by_id(&mut city.app.db.read().expect("a connection"), network.account_id());
        let channel = city.app.channel(&row.expect("the account")).expect("the channel");
        let parent = kept(city, &post).expect("kept");
        let person = intake::person_by_id(&mut city.app.db.read().expect("a connection"), parent.person_id);
        let handle = person.expect("the author").handle;
        let family = "👨‍👩‍👧‍👦";
        let texts =
            ["We are on our way with two crews. ".repeat(40), format!("Thanks to {}", family.repeat(400))];
        for (n, words) in texts.iter().enumerate() {
            let text = wording::by_hand(words, Some(&ticket.number), channel.manners(), &handle);
            let text = text.as_str();
            assert!(network.takes(text) && text.ends_with(&ticket.number), "{}: {text:?}", network.name());
            let body = text.trim_end_matches(&ticket.number).trim_end().trim_end_matches('…').trim_end();
            let body = body.strip_prefix(&channel.manners().address(&handle)).unwrap_or(body);
            assert!(words.starts_with(body), "{}: other words: {body:?}", network.name());
            let rest = &words[body.len()..];
            assert!(!rest.starts_with('\u{200d}'), "{}: cut inside a sign", network.name());
            // As it is cut, the network takes it, and shows it so.
            let out = channels::Outgoing {
                parent: channels::Parent {
                    local_id: parent.local_id.clone(),
                    uri: parent.uri.clone(),
                    ..Default::default()
                },
                text: text.to_owned(),
                visibility: onit::intake::Visibility::Unlisted,
                spoiler_text: None,
                language: None,
                idempotency_key: format!("3kaaaaaaaaaa{}", ["b", "c"][n]),
                first_attempt_at: city.clock.now(),
            };
            let may_write: channels::MayWrite = Arc::new(|| Ok(()));
            let sent = channel.send(&out, &may_write).expect("taken");
            let own = channel.read_back(&sent.id).expect("read").expect("there");
            assert!(own.says(&channel.plain(text)), "{own:?}");
            // One sign more than fits is refused here, not by the network.
            let long = channels::Outgoing { text: format!("{text}{words}"), ..out };
            let refused = channel.send(&long, &may_write);
            assert!(matches!(refused, Err(channels::SendFailure::Refused(_))), "{refused:?}");
        }
        // What a person writes is not cut but given back, with the number of signs that fit.
        let (world, now) = (city.app.world.now(), city.clock.now());
        let written = city.app.db.write(|conn| {
            let nia = put_user(conn, "nia@riverton.example", "Nia Cole", Role::Approver, None, "x", now)?;
            voice::reply_by_hand(conn, &world, &ticket, (&texts[0], Default::default()), &nia, now)
                .map(|_| ())
        });
        assert!(written.expect_err("too long").to_string().contains("fit"));
    });
}

#[test]
fn the_dialogue_goes_on_in_the_thread() {
    on_each_network(|city, network| {
        let post = network.mention("Ruth K.", "Huge pothole, my tire is gone!!");
        city.works();
        let question = network.said(&post).remove(0).0;
        let answer = network.answer("Ruth K.", &question, "Jefferson St and Market St");
        city.works();
        settles(city);
        let said = network.said(&answer);
        assert_eq!(said.len(), 1, "{}: {:?}", network.name(), network.said_in_public());
        assert!(said[0].1.contains("On it."));
        assert_eq!(network.said_in_public().len(), 2);
    });
}
