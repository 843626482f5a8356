//! Planted words that must never leave City Hall: from a private post, from internal notes, and personal data of a
//! public post. Looked for in everything the city says, sends, shows to strangers, and writes into its log.

#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]

#[path = "support/audit.rs"]
mod audit;
mod support;

use std::io::Write;
use std::sync::{Arc, Mutex};

use chrono::Duration;
use diesel::prelude::*;
use diesel::sql_types::Text;
use onit::channels::accounts;
use onit::channels::mastodon::{Mastodon, Setup};
use onit::demo::square::{Posting, Visibility};
use onit::journey::settle;
use onit::settings::ResidentsWords;
use onit::tickets;
use onit::tickets::policy::Evidence;
use secrecy::SecretString;
use support::city::{TestCity, on_each_database_with};
use support::proxy::FaultProxy;

/// In a private post, in a note between colleagues, and in a public post.
const PRIVATE: &str = "zanzibarquartz";
const NOTE: &str = "periwinkleanvil";
const PHONE: &str = "973-555-0187";
const EMAIL: &str = "magenta.walrus@private.example";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("not poisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

fn words(city: &TestCity, sql: &str) -> Vec<String> {
    let mut conn = city.app.db.read().expect("a connection");
    diesel::sql_query(sql).load::<Word>(&mut *conn).expect(sql).into_iter().map(|w| w.word).collect()
}

fn none_of(what: &str, text: &str, canaries: &[&str]) {
    for canary in canaries {
        assert!(!text.to_lowercase().contains(&canary.to_lowercase()), "{canary:?} in {what}: {text}");
    }
}

/// Everything the city's server sends to the network goes by this ear.
fn behind_an_ear(city: &TestCity) -> FaultProxy {
    let proxy = FaultProxy::between("127.0.0.1:0", &city.square_host());
    let client = onit::net::http::Client::new(&{
        let mut options = onit::net::http::Options::new("http://riverton.test");
        options.allow_private = vec![proxy.address()];
        options
    })
    .expect("a client");
    let client = Arc::new(client);
    let base = url::Url::parse(&format!("http://{}", proxy.address())).expect("an address");
    let token = SecretString::from(city.square.city_token());
    let setup = Setup::read(&client, &base, &token).expect("the square answers");
    city.app.use_channel(city.account_id, Arc::new(Mastodon::new(client, setup, token)));
    proxy
}

#[test]
fn planted_words_stay_inside() {
    let log = Log::default();
    let kept = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::DEBUG)
        .with_writer(move || kept.clone())
        .with_ansi(false)
        .finish();
    drop(tracing::subscriber::set_global_default(subscriber));
    for shown in [ResidentsWords::Link, ResidentsWords::Redacted] {
        on_each_database_with(move |settings| settings.policy.residents_words = shown, story);
    }
    let log = String::from_utf8_lossy(&log.0.lock().expect("not poisoned")).into_owned();
    assert!(!log.is_empty(), "the log was listened to");
    none_of("the log", &log, &[PRIVATE, NOTE, PHONE, EMAIL]);
}

#[expect(clippy::too_many_lines, reason = "one story, told from beginning to end")]
fn story(city: &TestCity) {
    let ear = behind_an_ear(city);
    let public = city.resident_posts(
        "Joy L.",
        &format!(
            "Street light out at Broad & Market. Call me at {PHONE} or write to {EMAIL}, I am the owner"
        ),
    );
    let posting = Posting { visibility: Visibility::Direct, ..Posting::default() };
    let told = format!("Street light out at Broad & Market, {PRIVATE} must not know that I wrote");
    let private = city.square.tell_city("Ruth K.", &told, posting).expect("a post");
    let posting = Posting { visibility: Visibility::Private, ..Posting::default() };
    let alone = format!("Deep pothole at Jefferson St and Market St, {PRIVATE} lives there");
    let followers_only = city.square.tell_city("Sam O.", &alone, posting).expect("a post");
    city.works();
    let (world, now) = (city.app.world.now(), city.clock.now());
    let ticket = city.ticket_of(&public);
    let sealed = city.ticket_of(&followers_only);
    assert!(sealed.sealed && !ticket.sealed);
    city.app
        .db
        .write(|conn| {
            tickets::add_note(
                conn,
                ticket.id,
                "Dana Ruiz",
                &format!("{NOTE}: the owner is difficult"),
                now.into(),
            )
        })
        .expect("a note");
    let evidence = Evidence { photo: true, ..Evidence::default() };
    for one in [&ticket, &sealed] {
        city.app
            .db
            .write(|conn| settle::fix(conn, &world, &city.again(one), evidence, "New lamp", "Dana Ruiz", now))
            .expect("fixed");
    }
    city.pass(Duration::minutes(2));
    city.works();
    audit::check(&city.app, &city.square);

    let canaries = [PRIVATE, NOTE, PHONE, EMAIL];
    for text in words(city, "SELECT text AS word FROM outbox") {
        none_of("a reply", &text, &canaries);
    }
    for sent in ear.seen() {
        let body = String::from_utf8_lossy(&sent.request.body).into_owned();
        none_of("a request to the network", &format!("{} {body}", sent.request.first_line), &canaries);
        if sent.request.method() == "POST" && body.contains("in_reply_to_id") {
            let to: serde_json::Value = serde_json::from_slice(&sent.request.body).expect("JSON");
            let to_private =
                [&private.id, &followers_only.id].into_iter().any(|id| to["in_reply_to_id"] == id.as_str());
            assert!(
                !to_private || to["visibility"] == "direct",
                "a private post is answered in private: {body}"
            );
        }
    }
    for said in city.square.posts_by_city() {
        none_of("the square", &said.text, &canaries);
    }
    for public_step in words(city, "SELECT words AS word FROM ticket_history WHERE public") {
        none_of("a public step", &public_step, &canaries);
        assert!(
            !public_step.contains(&sealed.number) || city.again(&sealed).merged_into.is_none(),
            "{public_step}"
        );
    }
    for mail in city.mails() {
        none_of("a mail", &mail, &canaries);
    }
    pages(city, &[&ticket.number, &sealed.number], &canaries);
    let why = accounts::by_id(&mut city.app.db.read().expect("a connection"), city.account_id)
        .expect("the account")
        .why;
    none_of("the account's state", &why, &canaries);
}

/// What a stranger gets, page by page.
fn pages(city: &TestCity, numbers: &[&str; 2], canaries: &[&str]) {
    let server = onit::web::serve(city.app.clone(), "127.0.0.1:0").expect("the server");
    let base = format!("http://{}", server.addr);
    let [public, sealed] = numbers;
    let paths = [
        "/".to_owned(),
        "/search?q=".to_owned(),
        "/map".to_owned(),
        "/report".to_owned(),
        format!("/t/{public}"),
        format!("/search?q={PRIVATE}"),
    ];
    for path in paths {
        let page = support::http::get(&format!("{base}{path}")).expect("an answer");
        let text =
            page.text().replace(&format!("q={PRIVATE}"), "").replace(&format!("value=\"{PRIVATE}\""), "");
        let searched_for = path.contains(PRIVATE);
        let looked_for: Vec<&str> =
            canaries.iter().copied().filter(|c| !searched_for || *c != PRIVATE).collect();
        none_of(&path, &text, &looked_for);
        assert!(!text.contains(sealed), "{path}: the number of a private request");
    }
    assert_eq!(support::http::get(&format!("{base}/t/{sealed}")).expect("an answer").status, 404);
    server.stop();
}
