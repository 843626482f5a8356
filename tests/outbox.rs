//! The outbox and the queue under pressure: each reply once, never after a "stop", never by two workers, and one
//! broken network or one poison post never in the way of the rest.

#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]
#![allow(clippy::panic, reason = "a story brings a panicking channel")]

#[path = "support/audit.rs"]
mod audit;
mod support;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Duration, TimeZone, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use onit::accounts::{self as people, Role, User};
use onit::channels::accounts::{self, NewAccount};
use onit::channels::{
    Channel, Cursor, Fetched, FetchedMedia, Finding, MayWrite, Outgoing, OwnPost, Parent, ParentState,
    ReadFailure, SendFailure, Sent,
};
use onit::demo::square::{Fault, On, RateReset, Status, What};
use onit::intake::manners::{self, Manners};
use onit::intake::{Envelope, Visibility};
use onit::jobs;
use onit::journey::{settle, voice};
use onit::replies::{self, Finish, Reply, State};
use onit::tickets::policy::Evidence;
use onit::worker;
use support::city::{TestCity, on_each_database, on_each_database_with};

/// Every kind of job there is.
const KINDS: &[&str] = &["receive", "edited", "deleted", "photo", "take_back"];

// --- A network of our own making ---

type Look = Box<dyn Fn(&Parent) -> Result<ParentState, ReadFailure> + Send + Sync>;
type Before = Box<dyn Fn() + Send + Sync>;

/// A network that does what a story needs: it hands out letters and keeps what was sent.
#[derive(Default)]
struct FakeNetwork {
    inbox: Mutex<Vec<Envelope>>,
    sent: Mutex<Vec<Outgoing>>,
    look: Mutex<Option<Look>>,
    before_write: Mutex<Option<Before>>,
    panics: AtomicBool,
    fails: AtomicBool,
    hangs: AtomicBool,
    photos_hang: AtomicBool,
}

/// Does not answer until the story lets go.
fn hang(while_true: &AtomicBool) {
    while while_true.load(Ordering::SeqCst) {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

impl FakeNetwork {
    fn writes(&self, who: &str, uri: &str, text: &str, now: DateTime<Utc>) {
        self.writes_with(who, uri, text, &[], now);
    }

    fn writes_with(&self, who: &str, uri: &str, text: &str, photos: &[&str], now: DateTime<Utc>) {
        let media: Vec<_> = photos.iter().map(|url| serde_json::json!({"url": url, "alt": null})).collect();
        let envelope = serde_json::json!({
            "channel": "mastodon", "id": uri, "uri": uri, "author": {"id": format!("https://other.test/{who}"), "handle": who},
            "text": text, "created_at": now, "visibility": "public", "local_id": uri, "raw": "{}", "media": media,
        });
        self.inbox.lock().expect("not poisoned").push(serde_json::from_value(envelope).expect("an envelope"));
    }

    fn said(&self) -> Vec<String> {
        self.sent.lock().expect("not poisoned").iter().map(|o| o.text.clone()).collect()
    }
}

fn later(why: &str) -> ReadFailure {
    ReadFailure::Later { why: why.into(), retry_after: None }
}

impl Channel for FakeNetwork {
    fn kind(&self) -> &'static str {
        "mastodon"
    }

    fn manners(&self) -> &Manners {
        static ONCE: std::sync::OnceLock<Manners> = std::sync::OnceLock::new();
        ONCE.get_or_init(|| Manners::mastodon(500, 23))
    }

    fn now(&self) -> Result<Cursor, ReadFailure> {
        Ok(Cursor::default())
    }

    fn fetch(&self, cursor: &Cursor) -> Result<Fetched, ReadFailure> {
        assert!(!self.panics.load(Ordering::SeqCst), "this network makes the program stop");
        hang(&self.hangs);
        if self.fails.load(Ordering::SeqCst) {
            return Err(later("this network is down"));
        }
        let inbox = self.inbox.lock().expect("not poisoned");
        let read: usize = cursor.0.parse().unwrap_or(0);
        let posts: Vec<Envelope> = inbox.iter().skip(read).cloned().collect();
        Ok(Fetched { next: Cursor(inbox.len().to_string()), posts, ..Fetched::default() })
    }

    fn look(&self, parent: &Parent) -> Result<ParentState, ReadFailure> {
        assert!(!self.panics.load(Ordering::SeqCst), "this network makes the program stop");
        if self.fails.load(Ordering::SeqCst) {
            return Err(later("this network is down"));
        }
        if let Some(look) = &*self.look.lock().expect("not poisoned") {
            return look(parent);
        }
        let inbox = self.inbox.lock().expect("not poisoned");
        let newest = inbox.iter().rfind(|post| post.uri == parent.uri);
        Ok(ParentState::There {
            local_id: parent.local_id.clone(),
            visibility: Visibility::Public,
            edited_at: None,
            spoiler_text: None,
            text: newest.map(|post| post.text.clone()).unwrap_or_default(),
        })
    }

    fn send(&self, out: &Outgoing, may_write: &MayWrite) -> Result<Sent, SendFailure> {
        if let Some(before) = &*self.before_write.lock().expect("not poisoned") {
            before();
        }
        may_write().map_err(|e| SendFailure::NotSent { why: e.to_string(), retry_after: None })?;
        let mut sent = self.sent.lock().expect("not poisoned");
        sent.push(out.clone());
        let id = format!("reply-{}", sent.len());
        Ok(Sent {
            uri: format!("https://other.test/{id}"),
            id,
            url: None,
            created_at: out.first_attempt_at,
            stands_alone: false,
        })
    }

    fn find(&self, out: &Outgoing) -> Result<Option<Sent>, ReadFailure> {
        let sent = self.sent.lock().expect("not poisoned");
        let found = sent.iter().position(|o| o.text == out.text && o.parent.uri == out.parent.uri);
        Ok(found.map(|n| Sent {
            id: format!("reply-{}", n + 1),
            uri: format!("https://other.test/reply-{}", n + 1),
            url: None,
            created_at: out.first_attempt_at,
            stands_alone: false,
        }))
    }

    fn read_back(&self, _: &str) -> Result<Option<OwnPost>, ReadFailure> {
        Ok(None)
    }

    fn check(&self) -> Result<Vec<Finding>, ReadFailure> {
        Ok(Vec::new())
    }

    fn plain(&self, text: &str) -> String {
        manners::plain(text)
    }

    fn fetch_media(&self, _: &str, _: u64) -> Result<FetchedMedia, ReadFailure> {
        hang(&self.photos_hang);
        Err(ReadFailure::Gone("no picture".into()))
    }
}

/// A second account, on a network of our own making. `name` says which account is looked at first.
fn another(city: &TestCity, name: &str, trial: i64) -> (Arc<FakeNetwork>, i64) {
    let network = Arc::new(FakeNetwork::default());
    let row = city
        .app
        .db
        .write(|conn| {
            let new = NewAccount {
                name,
                kind: "mastodon",
                base_url: "https://other.test",
                network_id: &format!("https://other.test/users/{name}"),
                handle: &format!("{name}@other.test"),
                secret: "env:NOBODY",
                max_chars: 500,
                url_chars: 23,
                position: &Cursor::default(),
                trial_replies: trial,
            };
            accounts::add(conn, &new, city.clock.now())
        })
        .expect("an account");
    let channel: Arc<dyn Channel> = Arc::<FakeNetwork>::clone(&network);
    city.app.use_channel(row.id, channel);
    (network, row.id)
}

fn works(city: &TestCity) {
    city.works();
    audit::check(&city.app, &city.square);
}

fn set_sending(city: &TestCity, on: bool) {
    let now = city.clock.now();
    city.app.db.write(|conn| replies::set_sending(conn, on, "Dana Ruiz", now)).expect("the switch");
}

fn fix(city: &TestCity, post: &Status) {
    let (world, now, ticket) = (city.app.world.now(), city.clock.now(), city.ticket_of(post));
    let evidence = Evidence { photo: true, ..Evidence::default() };
    city.app
        .db
        .write(|conn| settle::fix(conn, &world, &city.again(&ticket), evidence, "", "Dana Ruiz", now))
        .expect("fixed");
}

fn approver(city: &TestCity) -> User {
    let now = city.clock.now();
    city.app
        .db
        .write(|conn| {
            people::put_user(conn, "nia@riverton.example", "Nia Cole", Role::Approver, None, "x", now)
        })
        .expect("a user")
}

fn approve(city: &TestCity, reply: &Reply) -> onit::error::Result<()> {
    let (world, now, nia) = (city.app.world.now(), city.clock.now(), approver(city));
    let approved = city.app.db.write(|conn| {
        let print = voice::batch(conn, &world.settings, reply.id)?.fingerprint();
        voice::approve(conn, &world, reply.id, &print, &nia, now).map(|_| ())
    });
    // What a person releases can be undone for half a minute.
    city.pass(Duration::seconds(31));
    approved
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

fn count(city: &TestCity, sql: &str) -> i64 {
    let mut conn = city.app.db.read().expect("a connection");
    diesel::sql_query(sql).get_result::<Count>(&mut *conn).expect("a count").n
}

fn run_sql(city: &TestCity, sql: &str) {
    let mut conn = city.app.db.read().expect("a connection");
    diesel::sql_query(sql).execute(&mut *conn).unwrap_or_else(|e| panic!("{sql}: {e}"));
}

// --- Claims ---

/// Copies of one queued reply, so that there is something to fight over.
fn many_queued(city: &TestCity, copies: usize) -> i64 {
    set_sending(city, false);
    let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
    city.works();
    let one = city.replies_to(&post).remove(0);
    assert_eq!(one.state, State::Queued);
    let columns = "kind, ticket_id, post_id, person_id, account_id, channel, to_local_id, to_uri, text, visibility, spoiler, \
                   language, state, why, automatic, drafted_by, approved_by, idempotency_key, lease, leased_until, attempts, \
                   first_attempt_at, last_attempt_at, looked, run_at, delivered_id, delivered_uri, delivered_at, created_at, updated_at";
    for n in 1..copies {
        run_sql(
            city,
            &format!(
                "INSERT INTO outbox (event_key, {columns}) SELECT 'copy-{n}', {columns} FROM outbox WHERE id = {}",
                one.id
            ),
        );
    }
    set_sending(city, true);
    one.id
}

#[test]
fn eight_workers_take_each_reply_once() {
    on_each_database(|city| {
        const REPLIES: usize = 120;
        many_queued(city, REPLIES);
        let taken: Mutex<BTreeMap<i64, usize>> = Mutex::default();
        let calls = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let mut empty = 0;
                    while empty < 3 {
                        let now = city.clock.now();
                        match city.app.db.write(|conn| replies::claim(conn, city.account_id, now)) {
                            Ok(Some(reply)) => {
                                assert_eq!(reply.state, State::Sending);
                                *taken.lock().expect("not poisoned").entry(reply.id).or_default() += 1;
                                calls.fetch_add(1, Ordering::SeqCst);
                            }
                            Ok(None) => empty += 1,
                            Err(e) => assert!(e.to_string().contains("locked"), "{e}"),
                        }
                    }
                });
            }
        });
        let taken = taken.into_inner().expect("not poisoned");
        assert!(taken.values().all(|n| *n == 1), "somebody took what another one had: {taken:?}");
        assert_eq!(taken.len(), REPLIES);
        assert_eq!(
            count(city, "SELECT count(*) AS n FROM outbox WHERE state = 'sending'"),
            i64::try_from(REPLIES).expect("small")
        );
        city.may_leave_over();
    });
}

/// PostgreSQL may run a sub-select once a row; then LIMIT 1 takes many. Each claim must move exactly one row.
#[test]
fn a_claim_never_takes_more_than_it_asks_for() {
    on_each_database(|city| {
        many_queued(city, 60);
        for turn in 1..=20 {
            let now = city.clock.now();
            let mine = city.app.db.write(|conn| replies::claim(conn, city.account_id, now)).expect("a claim");
            assert!(mine.is_some());
            assert_eq!(
                count(city, "SELECT count(*) AS n FROM outbox WHERE state = 'sending'"),
                turn,
                "LIMIT 1 took more"
            );
        }
        let now = city.clock.now();
        city.app
            .db
            .write(|conn| {
                for n in 0..200 {
                    jobs::enqueue(conn, "photo", Some(&format!("k/{n}")), "0", now, now)?;
                    let key = format!("m/{n}");
                    let mail = jobs::mails::NewMail {
                        event_key: &key,
                        to: "a@b.example",
                        subject: "s",
                        text: "t",
                        html: "",
                        ticket_id: None,
                    };
                    jobs::mails::insert(conn, &mail, now.into())?;
                }
                Ok(())
            })
            .expect("queued");
        for turn in 1..=5 {
            let taken = city.app.db.write(|conn| jobs::lease(conn, KINDS, 7, now)).expect("a lease");
            assert_eq!(taken.len(), 7);
            assert_eq!(count(city, "SELECT count(*) AS n FROM jobs WHERE lease > 0"), turn * 7);
            let until = (now + Duration::seconds(60)).into();
            let mails =
                city.app.db.write(|conn| jobs::mails::claim(conn, now.into(), until, 3)).expect("a claim");
            assert_eq!(mails.len(), 3);
            assert_eq!(count(city, "SELECT count(*) AS n FROM mails WHERE lease > 0"), turn * 3);
        }
        city.may_leave_over();
    });
}

#[test]
fn eight_workers_take_each_job_once() {
    on_each_database(|city| {
        const JOBS: i64 = 400;
        let now = city.clock.now();
        city.app
            .db
            .write(|conn| {
                (0..JOBS)
                    .try_for_each(|n| jobs::enqueue(conn, "photo", Some(&format!("k/{n}")), "0", now, now))
            })
            .expect("queued");
        let taken: Mutex<BTreeMap<i64, usize>> = Mutex::default();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let mut empty = 0;
                    while empty < 3 {
                        let Ok(batch) = city.app.db.write(|conn| jobs::lease(conn, KINDS, 9, now)) else {
                            continue;
                        };
                        empty += usize::from(batch.is_empty());
                        assert!(batch.len() <= 9, "LIMIT is a limit");
                        for job in batch {
                            *taken.lock().expect("not poisoned").entry(job.id).or_default() += 1;
                        }
                    }
                });
            }
        });
        let taken = taken.into_inner().expect("not poisoned");
        assert!(taken.values().all(|n| *n == 1), "doubled: {taken:?}");
        assert_eq!(i64::try_from(taken.len()).expect("small"), JOBS);
        city.may_leave_over();
    });
}

// --- Moves ---

#[test]
fn illegal_moves_change_nothing() {
    on_each_database(|city| {
        let id = many_queued(city, 1);
        for from in State::ALL {
            for to in State::ALL {
                run_sql(city, &format!("UPDATE outbox SET state = '{from}' WHERE id = {id}"));
                let mut conn = city.app.db.read().expect("a connection");
                let row = replies::reply(&mut conn, id).expect("the reply");
                let moved = replies::shift(&mut conn, &row, *to, &Finish::default(), city.clock.now());
                let legal = replies::outbox::check_move(*from, *to).is_ok();
                assert_eq!(moved.is_ok(), legal, "{from} -> {to}");
                let after = replies::reply(&mut conn, id).expect("the reply").state;
                assert_eq!(after, if legal { *to } else { *from }, "{from} -> {to}");
                // What may stand on a network is never sent without looking.
                if matches!(from, State::Unknown | State::Delivered | State::Void) {
                    assert_ne!((to, moved.is_ok()), (&State::Sending, true));
                }
            }
        }
        city.may_leave_over();
    });
}

#[test]
fn a_frozen_worker_cannot_finish() {
    on_each_database(|city| {
        let id = many_queued(city, 1);
        let now = city.clock.now();
        let frozen = city
            .app
            .db
            .write(|conn| replies::claim(conn, city.account_id, now))
            .expect("a claim")
            .expect("a reply");
        city.pass(Duration::seconds(31));
        let now = city.clock.now();
        assert!(
            replies::may_write(&mut city.app.db.read().expect("a connection"), &frozen, now).is_err(),
            "its lease ran out"
        );
        assert_eq!(city.app.db.write(|conn| replies::give_up_abandoned(conn, now)).expect("given up"), 1);
        let finish = Finish { delivered: Some(("x".into(), "https://x".into())), ..Finish::default() };
        let late = city.app.db.write(|conn| replies::shift(conn, &frozen, State::Delivered, &finish, now));
        assert!(matches!(late, Err(onit::error::Error::Conflict(_))), "{late:?}");
        assert_eq!(
            replies::reply(&mut city.app.db.read().expect("a connection"), id).expect("it").state,
            State::Unknown
        );
        // A job's frozen worker cannot finish it either.
        let job = city
            .app
            .db
            .write(|conn| {
                jobs::enqueue(conn, "photo", None, "0", now, now)?;
                Ok(jobs::lease(conn, KINDS, 1, now)?.remove(0))
            })
            .expect("a job");
        city.pass(Duration::seconds(31));
        let now = city.clock.now();
        city.app.db.write(|conn| jobs::lease(conn, KINDS, 1, now)).expect("another worker has it");
        assert!(matches!(
            city.app.db.write(|conn| jobs::done(conn, &job)),
            Err(onit::error::Error::Conflict(_))
        ));
        city.may_leave_over();
    });
}

/// A worker freezes on the line before the socket, another one takes over: exactly one reply.
#[test]
fn frozen_before_the_socket_and_another_takes_over() {
    on_each_database(|city| {
        let (network, _) = another(city, "slow", 0);
        let app = city.app.clone();
        let clock = city.clock.clone();
        let once = AtomicBool::new(true);
        *network.before_write.lock().expect("not poisoned") = Some(Box::new(move || {
            if once.swap(false, Ordering::SeqCst) {
                clock.advance(Duration::seconds(40));
                let now = clock.now();
                app.db.write(|conn| replies::give_up_abandoned(conn, now)).expect("given up");
            }
        }));
        network.writes("ana", "https://other.test/1", "Street light out at Broad & Market", city.clock.now());
        for _ in 0..4 {
            works(city);
            city.pass(Duration::seconds(30));
        }
        assert_eq!(network.said().len(), 1, "{:?}", network.said());
    });
}

// --- Stop ---

#[test]
fn stopped_between_the_claim_and_the_socket() {
    on_each_database(|city| {
        let (network, _) = another(city, "other", 0);
        let app = city.app.clone();
        let clock = city.clock.clone();
        *network.before_write.lock().expect("not poisoned") = Some(Box::new(move || {
            let now = clock.now();
            app.db.write(|conn| replies::set_sending(conn, false, "Dana", now)).expect("stopped");
        }));
        network.writes("ana", "https://other.test/1", "Street light out at Broad & Market", city.clock.now());
        works(city);
        assert!(network.said().is_empty(), "the switch holds on the last line: {:?}", network.said());
        assert_eq!(
            count(city, "SELECT count(*) AS n FROM outbox WHERE state = 'queued'"),
            1,
            "kept, not lost"
        );
        *network.before_write.lock().expect("not poisoned") = None;
        set_sending(city, true);
        city.pass(Duration::minutes(5));
        works(city);
        assert_eq!(network.said().len(), 1);
    });
}

#[test]
fn stopped_on_a_real_socket() {
    on_each_database(|city| {
        set_sending(city, false);
        let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        works(city);
        let before = city.square.counters().posts_accepted;
        set_sending(city, true);
        let now = city.clock.now();
        let reply = city
            .app
            .db
            .write(|conn| replies::claim(conn, city.account_id, now))
            .expect("a claim")
            .expect("a reply");
        set_sending(city, false);
        let channel = {
            let row = accounts::by_id(&mut city.app.db.read().expect("a connection"), city.account_id)
                .expect("the account");
            city.app.channel(&row).expect("the channel")
        };
        let out = Outgoing {
            parent: Parent {
                local_id: reply.to_local_id.clone(),
                uri: reply.to_uri.clone(),
                ..Parent::default()
            },
            text: reply.text.clone(),
            visibility: Visibility::Unlisted,
            spoiler_text: None,
            language: None,
            idempotency_key: reply.idempotency_key.clone(),
            first_attempt_at: now,
        };
        let (app, mine) = (city.app.clone(), reply.clone());
        let may_write: MayWrite =
            Arc::new(move || replies::may_write(&mut *app.db.read()?, &mine, app.clock.now()));
        let refused = channel.send(&out, &may_write).expect_err("the line before the socket says no");
        assert!(
            matches!(refused, SendFailure::NotSent { .. }),
            "surely not sent, so it comes again: {refused:?}"
        );
        assert_eq!(city.square.counters().posts_accepted, before);
        set_sending(city, true);
        for _ in 0..3 {
            city.pass(Duration::seconds(40));
            works(city);
        }
        assert_eq!(city.city_said(&post).len(), 1);
    });
}

// --- Networks that say no ---

#[test]
fn a_lost_token_stops_one_account_and_the_duty_list_hears() {
    on_each_database(|city| {
        let (network, _) = another(city, "aaa", 0);
        let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        city.square.set_fault(Fault::new(What::TokenRevoked).on(On::Posting));
        works(city);
        let row = accounts::by_id(&mut city.app.db.read().expect("a connection"), city.account_id)
            .expect("the account");
        assert_eq!(row.state, "broken", "{}", row.why);
        assert!(city.mails().iter().any(|m| m.contains("connected again")), "the people on duty are told");
        network.writes(
            "ana",
            "https://other.test/1",
            "Deep pothole at Jefferson St and Market St",
            city.clock.now(),
        );
        works(city);
        assert_eq!(network.said().len(), 1, "the other account goes on");
        assert_eq!(city.replies_to(&post)[0].state, State::Queued, "nothing is lost");
        city.square.clear_faults();
        city.app
            .db
            .write(|conn| accounts::set_state(conn, city.account_id, "live", ""))
            .expect("connected again");
        let token = secrecy::SecretString::from(city.square.city_token());
        let base = url::Url::parse(&format!("http://{}", city.square_host())).expect("an address");
        let setup =
            onit::channels::mastodon::Setup::read(&city.app.client, &base, &token).expect("the square");
        let channel = onit::channels::mastodon::Mastodon::new(Arc::clone(&city.app.client), setup, token);
        city.app.use_channel(city.account_id, Arc::new(channel));
        city.pass(Duration::minutes(5));
        works(city);
        assert_eq!(city.city_said(&post).len(), 1);
    });
}

#[test]
fn too_many_calls_wait_as_long_as_the_network_asks() {
    for reset in [RateReset::RetryAfter(300), RateReset::Iso(300), RateReset::Epoch(300)] {
        on_each_database(|city| {
            // A server's `Date` is the machine's: the story's clock is set by it, for two of the three count by it.
            city.pass(onit::clock::Clock::machine().now() - city.clock.now());
            city.square.set_fault(Fault::new(What::TooMany(reset)).on(On::Posting).times(1));
            let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
            works(city);
            let fired = city.square.counters().faults_fired;
            assert_eq!(fired, 1);
            for _ in 0..6 {
                city.pass(Duration::seconds(20));
                works(city);
            }
            assert!(city.city_said(&post).is_empty(), "{reset:?}: not before the pause is over");
            city.pass(Duration::seconds(200));
            works(city);
            works(city);
            assert_eq!(city.city_said(&post).len(), 1, "{reset:?}: {:?}", city.replies_to(&post));
        });
    }
}

#[test]
fn a_network_that_is_down_is_not_in_the_way() {
    on_each_database(|city| {
        let (network, _) = another(city, "aaa", 0);
        network.writes(
            "ana",
            "https://other.test/1",
            "Deep pothole at Jefferson St and Market St",
            city.clock.now(),
        );
        set_sending(city, false);
        works(city);
        network.fails.store(true, Ordering::SeqCst);
        set_sending(city, true);
        let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        works(city);
        assert_eq!(city.city_said(&post).len(), 1);
        network.fails.store(false, Ordering::SeqCst);
        city.pass(Duration::minutes(6));
        works(city);
        assert_eq!(network.said().len(), 1);
    });
}

#[test]
fn a_network_that_makes_us_panic_is_not_in_the_way() {
    on_each_database(|city| {
        let (network, _) = another(city, "aaa", 0);
        network.panics.store(true, Ordering::SeqCst);
        let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        for _ in 0..3 {
            city.pass(Duration::seconds(20));
            for round in [worker::poll::round, worker::receive::round, worker::send::round] {
                let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| round(&city.app)));
                ran.expect("no round ends with a panic: its thread would be gone for good").expect("a round");
            }
        }
        assert_eq!(city.city_said(&post).len(), 1);
        network.panics.store(false, Ordering::SeqCst);
    });
}

#[test]
fn switched_off_stays_off() {
    on_each_database(|city| {
        let (network, id) = another(city, "aaa", 0);
        let app = city.app.clone();
        // The admin switches it off while it is being read, and that reading fails.
        struct OffWhileReading(onit::app::App, i64);
        impl OffWhileReading {
            fn act(&self) {
                self.0
                    .db
                    .write(|conn| accounts::set_state(conn, self.1, "off", "switched off"))
                    .expect("off");
            }
        }
        let off = OffWhileReading(app, id);
        network.writes(
            "ana",
            "https://other.test/1",
            "Deep pothole at Jefferson St and Market St",
            city.clock.now(),
        );
        set_sending(city, false);
        works(city);
        set_sending(city, true);
        *network.look.lock().expect("not poisoned") = Some(Box::new(move |_| {
            off.act();
            Err(ReadFailure::Unauthorised("the token was revoked".into()))
        }));
        city.pass(Duration::seconds(30));
        city.works();
        let row = accounts::by_id(&mut city.app.db.read().expect("a connection"), id).expect("the account");
        assert_eq!(row.state, "off", "what a person switched off is not switched by the machine");
        city.may_leave_over();
    });
}

// --- When nobody is awake, and the first steps of an account ---

#[test]
fn quiet_hours_hold_only_what_answers_nothing_fresh() {
    on_each_database(|city| {
        let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        works(city);
        // 11 pm in Riverton.
        let night = Utc.with_ymd_and_hms(2026, 1, 28, 4, 0, 0).single().expect("a moment");
        city.pass(night - city.clock.now());
        fix(city, &post);
        let fresh = city.resident_posts("Ruth K.", "Deep pothole at Jefferson St and Market St");
        let danger = city.resident_posts(
            "Ana C.",
            "Power line down and sparking across the sidewalk at Broad & Kinney, kids are walking past it",
        );
        works(city);
        assert_eq!(
            city.city_said(&post).len(),
            1,
            "\"Fixed\" waits for the morning: {:?}",
            city.city_said(&post)
        );
        assert_eq!(city.city_said(&fresh).len(), 1, "who writes now is answered now");
        assert_eq!(city.city_said(&danger).len(), 1);
        let (ticket, now) = (city.ticket_of(&danger), city.clock.now());
        city.app
            .db
            .write(|conn| onit::journey::advance::have_it(conn, &ticket, "Dana Ruiz", now))
            .expect("taken");
        let morning = Utc.with_ymd_and_hms(2026, 1, 28, 12, 0, 0).single().expect("a moment");
        city.pass(morning - city.clock.now() - Duration::minutes(10));
        works(city);
        assert_eq!(city.city_said(&post).len(), 1);
        city.pass(Duration::minutes(11));
        works(city);
        assert_eq!(city.city_said(&post).len(), 2, "{:?}", city.replies_to(&post));
    });
}

#[test]
fn the_first_replies_of_an_account_wait_for_a_person() {
    on_each_database_with(
        |settings| settings.policy.trial_replies = 2,
        |city| {
            let lamp = city.resident_posts("Joy L.", "Street light out at Broad & Market");
            let nowhere = city.resident_posts("Ruth K.", "Huge pothole, my tire is gone!!");
            works(city);
            for post in [&lamp, &nowhere] {
                assert!(city.city_said(post).is_empty());
                assert_eq!(
                    city.replies_to(post)[0].state,
                    State::Waiting,
                    "{}",
                    city.replies_to(post)[0].why
                );
            }
            // Everything the machine says by itself counts, also in a thread we know.
            city.resident_answers("Ruth K.", &nowhere, "Jefferson St and Market St");
            works(city);
            assert!(city.square.posts_by_city().is_empty(), "{:?}", city.square.posts_by_city());
            for reply in [city.replies_to(&lamp).remove(0), city.replies_to(&nowhere).remove(0)] {
                approve(city, &reply).expect("approved");
            }
            works(city);
            assert_eq!(city.square.posts_by_city().len(), 2);
            let third = city.resident_posts("Sam O.", "Street light out at Jefferson St and Market St");
            works(city);
            assert_eq!(city.city_said(&third).len(), 1, "the trial is over");
        },
    );
}

#[test]
fn switched_off_machine_says_nothing_in_any_thread() {
    on_each_database(|city| {
        let lamp = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        works(city);
        fix(city, &lamp);
        works(city);
        let said = city.square.posts_by_city().len();
        let world = city.app.world.now();
        let mut settings = (*world.settings).clone();
        settings.policy.auto = false;
        city.app.world.swap(world.with_settings(settings));
        city.resident_answers("Joy L.", &lamp, "still broken, it is dark again tonight");
        works(city);
        city.resident_answers("Joy L.", &lamp, "what is the status of this? any update?");
        works(city);
        assert_eq!(city.square.posts_by_city().len(), said, "auto = false stops all but the emergency text");
    });
}

// --- Guards ---

#[test]
fn equal_words_stand_once_in_a_thread() {
    on_each_database(|city| {
        let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        works(city);
        fix(city, &post);
        works(city);
        city.resident_answers("Joy L.", &post, "still broken, it is dark again tonight");
        works(city);
        fix(city, &post);
        works(city);
        let said = city.city_said(&post);
        assert_eq!(said.iter().filter(|t| t.contains("Fixed.")).count(), 1, "{said:?}");
        let second = city.replies_to(&post).into_iter().rfind(|r| r.kind == "fixed").expect("the second one");
        assert_eq!(second.state, State::Waiting, "a person finds other words: {}", second.why);
    });
}

#[test]
fn above_the_number_answered_one_by_one_a_person_releases_the_rest() {
    on_each_database_with(
        |settings| settings.policy.answer_each_up_to = 4,
        |city| {
            let first = city.resident_posts("Joy L.", "Street light out at Broad & Market");
            works(city);
            for n in 0..6 {
                city.resident_posts(&format!("Neighbor {n}"), "street light at Broad and Market is out");
            }
            works(city);
            assert_eq!(city.again(&city.ticket_of(&first)).people, 7);
            fix(city, &first);
            works(city);
            assert_eq!(
                count(city, "SELECT count(*) AS n FROM outbox WHERE kind = 'fixed' AND state = 'delivered'"),
                4
            );
            assert_eq!(
                count(city, "SELECT count(*) AS n FROM outbox WHERE kind = 'fixed' AND state = 'waiting'"),
                3
            );
        },
    );
}

/// With the threads that the program really has.
fn while_threads_run(city: &TestCity, story: impl FnOnce()) {
    let workers = worker::Workers::start(&city.app).expect("threads");
    story();
    workers.stop();
    works(city);
}

#[test]
fn a_network_that_hangs_keeps_no_other_account_waiting() {
    on_each_database(|city| {
        let (slow, _) = another(city, "aaa", 0);
        slow.hangs.store(true, Ordering::SeqCst);
        while_threads_run(city, || {
            let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
            support::wait_for("an answer on the square", std::time::Duration::from_secs(30), || {
                // Its account may have been looked at already: its next turn comes.
                city.pass(Duration::milliseconds(250));
                (!city.city_said(&post).is_empty()).then_some(())
            });
            slow.hangs.store(false, Ordering::SeqCst);
        });
    });
}

#[test]
fn a_photo_that_does_not_come_keeps_no_post_waiting() {
    on_each_database(|city| {
        let (network, _) = another(city, "other", 0);
        network.photos_hang.store(true, Ordering::SeqCst);
        let (here, now) = ("https://other.test/1", city.clock.now());
        network.writes_with(
            "ana",
            here,
            "Pothole at Jefferson St and Market St",
            &["https://other.test/p.jpg"],
            now,
        );
        while_threads_run(city, || {
            support::wait_for("the first answer", std::time::Duration::from_secs(30), || {
                (!network.said().is_empty()).then_some(())
            });
            let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
            support::wait_for("an answer on the square", std::time::Duration::from_secs(30), || {
                city.pass(Duration::milliseconds(250));
                (!city.city_said(&post).is_empty()).then_some(())
            });
            network.photos_hang.store(false, Ordering::SeqCst);
        });
    });
}

#[test]
fn one_look_that_finds_nothing_deletes_nothing() {
    on_each_database(|city| {
        let (network, _) = another(city, "other", 0);
        let uri = "https://other.test/1";
        network.writes("ana", uri, "Street light out at Broad & Market", city.clock.now());
        works(city);
        assert_eq!(network.said().len(), 1);
        let deleted = || count(city, "SELECT count(*) AS n FROM posts WHERE deleted_at IS NOT NULL");
        *network.look.lock().expect("not poisoned") = Some(Box::new(|_: &Parent| Ok(ParentState::Gone)));
        city.pass(Duration::seconds(210));
        works(city);
        *network.look.lock().expect("not poisoned") = None;
        city.pass(Duration::seconds(60));
        works(city);
        assert_eq!(deleted(), 0, "a server that answered nonsense for a moment");
        *network.look.lock().expect("not poisoned") = Some(Box::new(|_: &Parent| Ok(ParentState::Gone)));
        for _ in 0..2 {
            city.pass(Duration::seconds(210));
            works(city);
        }
        assert_eq!(deleted(), 1);
    });
}

#[test]
fn the_post_changed_between_the_draft_and_the_sending() {
    on_each_database(|city| {
        let (network, _) = another(city, "other", 0);
        let there = |visibility: Visibility, edited_at: Option<DateTime<Utc>>| -> Look {
            Box::new(move |parent: &Parent| {
                let (local_id, spoiler_text, text) = (parent.local_id.clone(), None, String::new());
                Ok(ParentState::There { local_id, visibility, edited_at, spoiler_text, text })
            })
        };
        let cases: Vec<(&str, Look, State)> = vec![
            ("private", there(Visibility::Private, None), State::Waiting),
            ("direct", there(Visibility::Direct, None), State::Waiting),
            (
                "edited",
                there(Visibility::Public, Some(city.clock.now() + Duration::minutes(1))),
                State::Waiting,
            ),
            ("gone", Box::new(|_: &Parent| Ok(ParentState::Gone)), State::Void),
        ];
        for (n, (word, look, expect)) in cases.into_iter().enumerate() {
            *network.look.lock().expect("not poisoned") = Some(look);
            let uri = format!("https://other.test/{word}");
            network.writes(&format!("ana{n}"), &uri, "Street light out at Broad & Market", city.clock.now());
            works(city);
            let state = count(
                city,
                &format!("SELECT count(*) AS n FROM outbox WHERE to_uri = '{uri}' AND state = '{expect}'"),
            );
            assert_eq!(state, 1, "{word}");
        }
        assert!(network.said().is_empty(), "{:?}", network.said());
    });
}

// --- Poison ---

#[derive(QueryableByName)]
struct JobRow {
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Text)]
    unique_key: String,
}

#[test]
fn a_job_that_kills_the_program_is_put_aside_and_takes_no_other_with_it() {
    on_each_database(|city| {
        let now = city.clock.now();
        city.app
            .db
            .write(|conn| {
                (0..6)
                    .try_for_each(|n| jobs::enqueue(conn, "receive", Some(&format!("n/{n}")), "0", now, now))
            })
            .expect("queued");
        // The third one kills the program each time it runs; the others are done as soon as their turn comes.
        for _ in 0..12 {
            let now = city.clock.now();
            let taken = city.app.db.write(|conn| jobs::lease(conn, KINDS, 16, now)).expect("a lease");
            for job in taken {
                if job.unique_key.as_deref() == Some("n/2") {
                    break; // dead: nothing after it runs, no lease is given back
                }
                city.app.db.write(|conn| jobs::done(conn, &job)).expect("done");
            }
            city.pass(Duration::seconds(31));
        }
        let mut conn = city.app.db.read().expect("a connection");
        let left: Vec<JobRow> =
            diesel::sql_query("SELECT state, unique_key FROM jobs").load(&mut *conn).expect("jobs");
        let left: Vec<(&str, &str)> =
            left.iter().map(|j| (j.unique_key.as_str(), j.state.as_str())).collect();
        assert_eq!(left, [("n/2", "quarantine")]);
        city.may_leave_over();
    });
}

#[test]
fn a_poison_post_is_put_aside_and_the_next_is_answered() {
    on_each_database(|city| {
        let points = fail::FailScenario::setup();
        fail::cfg("receive.before_commit", "3*panic->off").expect("a point");
        let poison = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        for _ in 0..4 {
            city.pass(Duration::seconds(60));
            city.works();
        }
        let next = city.resident_posts("Ruth K.", "Deep pothole at Jefferson St and Market St");
        city.works();
        assert_eq!(city.city_said(&next).len(), 1);
        assert_eq!(city.kept(&poison).outcome, "waiting");
        assert_eq!(count(city, "SELECT count(*) AS n FROM jobs WHERE state = 'quarantine'"), 1);
        // The clock's turns do not spin because of it.
        city.pass(Duration::minutes(11));
        city.works();
        assert_eq!(
            worker::schedule::round(&city.app).expect("a turn"),
            worker::Round::Idle,
            "a machine at full speed for nothing"
        );
        points.teardown();
        city.may_leave_over();
    });
}

#[test]
fn lost_races_do_not_put_a_report_aside() {
    on_each_database(|city| {
        let now = city.clock.now();
        let id = city
            .app
            .db
            .write(|conn| {
                jobs::enqueue(conn, "receive", Some("r/1"), "0", now, now)?;
                Ok(jobs::lease(conn, KINDS, 1, now)?.remove(0))
            })
            .expect("a job");
        let mut job = id;
        for _ in 0..10 {
            let now = city.clock.now();
            let lost = onit::error::Error::Conflict("somebody was faster".into());
            let aside = city.app.db.write(|conn| jobs::again(conn, &job, &lost, now)).expect("again");
            assert!(!aside, "a report is lost because others were faster");
            city.pass(Duration::minutes(5));
            let now = city.clock.now();
            job = city.app.db.write(|conn| jobs::lease(conn, KINDS, 1, now)).expect("a lease").remove(0);
        }
        city.may_leave_over();
    });
}

#[test]
fn two_accounts_on_two_servers_know_their_own_threads() {
    on_each_database(|city| {
        let (network, _) = another(city, "zzz", 0);
        let lamp = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        works(city);
        // On another server another post has the same number as ours here.
        let number = city.replies_to(&lamp)[0].delivered_id.clone().expect("delivered");
        let envelope = serde_json::json!({
            "channel": "mastodon", "id": "77", "uri": "https://other.test/77", "author": {"id": "https://other.test/eve", "handle": "eve"},
            "text": "it is fixed now, thanks", "created_at": city.clock.now(), "visibility": "public", "local_id": "77",
            "in_reply_to": number, "raw": "{}",
        });
        network
            .inbox
            .lock()
            .expect("not poisoned")
            .push(serde_json::from_value(envelope).expect("an envelope"));
        works(city);
        let mut conn = city.app.db.read().expect("a connection");
        let history = onit::tickets::history_of(&mut conn, city.ticket_of(&lamp).id).expect("history");
        assert!(history.iter().all(|h| h.channel != "mastodon" || h.step == "replied"), "{history:#?}");
        assert_eq!(
            count(city, "SELECT count(*) AS n FROM concerns WHERE queue_why LIKE '%says it is fixed%'"),
            0
        );
    });
}
