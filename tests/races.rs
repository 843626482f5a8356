//! Two people, or two programs, at the same moment: one wins, the other is told to look again, nothing happens twice.

#![allow(clippy::print_stderr, reason = "what a failed run needs to know")]
#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]

#[path = "support/audit.rs"]
mod audit;
mod support;

use std::sync::Barrier;

use onit::error::Error;
use onit::intake::Envelope;
use onit::journey::{advance, apart, group, settle};
use onit::tickets::policy::Evidence;
use onit::tickets::{self, CloseReason, Status, Ticket};
use support::city::{TestCity, on_each_database};

/// Races of each kind and database; the nightly script asks for 1,000 by `ONIT_RACES`.
fn races() -> usize {
    std::env::var("ONIT_RACES").ok().and_then(|n| n.parse().ok()).unwrap_or(200)
}

fn ticket_of(city: &TestCity, post: &onit::demo::square::Status) -> Ticket {
    city.again(&city.ticket_of(post))
}

/// Runs both at once; how each ended.
fn race<A: Send, B: Send>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
    let start = Barrier::new(2);
    std::thread::scope(|scope| {
        let a = scope.spawn(|| {
            start.wait();
            one()
        });
        let b = scope.spawn(|| {
            start.wait();
            other()
        });
        (a.join().expect("no panic"), b.join().expect("no panic"))
    })
}

fn is_fair<T>(ended: &Result<T, Error>) -> bool {
    // PostgreSQL may also end a circle of two waiting transactions itself.
    matches!(ended, Ok(_) | Err(Error::Conflict(_) | Error::Refused(_) | Error::Database(_)))
}

#[test]
fn two_people_end_one_request() {
    on_each_database(|city| {
        let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        let other = city.resident_posts("Ruth K.", "Street light out at Jefferson St and Market St");
        city.works();
        let (world, now) = (city.app.world.now(), city.clock.now());
        let survivor = city.ticket_of(&other);
        let (mut fixed, mut closed, mut merged) = (0, 0, 0);
        for n in 0..races() {
            let ticket = ticket_of(city, &post);
            let steps =
                tickets::history_of(&mut city.app.db.read().expect("c"), ticket.id).expect("history").len();
            let evidence = Evidence { photo: true, ..Evidence::default() };
            let fix = || {
                city.app
                    .db
                    .write(|c| settle::fix(c, &world, &ticket, evidence, "", "Dana Ruiz", now))
                    .map(|_| ())
            };
            let ended = if n % 2 == 0 {
                let close = || {
                    let reason = CloseReason::NotVerified;
                    city.app
                        .db
                        .write(|c| settle::close(c, &world, &ticket, reason, "", "Lee Park", now))
                        .map(|_| ())
                };
                race(fix, close)
            } else {
                let merge = || {
                    city.app.db.write(|c| {
                        let into = tickets::by_id(c, survivor.id)?;
                        apart::merge(c, &world, &ticket, &into, "Lee Park", now).map(|_| ())
                    })
                };
                race(fix, merge)
            };
            assert!(is_fair(&ended.0) && is_fair(&ended.1), "race {n}: {ended:?}");
            assert!(ended.0.is_ok() != ended.1.is_ok(), "race {n}: exactly one wins: {ended:?}");
            let after = city.again(&ticket);
            let history =
                tickets::history_of(&mut city.app.db.read().expect("c"), ticket.id).expect("history");
            assert_eq!(history.len(), steps + 1, "race {n}: each step once");
            assert!(tickets::history::broken_link(&history).is_none(), "race {n}");
            match (after.status, after.merged_into) {
                (Status::Fixed, None) => fixed += 1,
                (Status::Closed, None) => closed += 1,
                (_, Some(_)) => merged += 1,
                other => panic!("race {n}: {other:?}"),
            }
            back_to_the_start(city, &ticket);
        }
        eprintln!("fixed {fixed}, closed {closed}, merged {merged}");
        assert_eq!(fixed + closed + merged, races());
        city.may_leave_over();
    });
}

/// As before the race, but for its history and version.
fn back_to_the_start(city: &TestCity, ticket: &Ticket) {
    use diesel::RunQueryDsl;
    let mut conn = city.app.db.read().expect("a connection");
    diesel::sql_query(format!(
        "UPDATE tickets SET status = 'open', merged_into = NULL, proof = NULL, close_reason = NULL, fixed_at = NULL, \
         closed_at = NULL, version = version + 1 WHERE id = {}",
        ticket.id
    ))
    .execute(&mut *conn)
    .expect("open again");
}

/// Two people assign, close, merge or take back the same thing at once: one wins, the other reads why, and the
/// history has each step once.
#[test]
fn two_people_do_the_same() {
    on_each_database(|city| {
        let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        let one = city.resident_posts("Ruth K.", "Street light out at Main St & Walnut St");
        let two = city.resident_posts("Ana", "Street light out at Elm St & Prince St");
        city.works();
        let (world, now) = (city.app.world.now(), city.clock.now());
        let others = [city.ticket_of(&one).id, city.ticket_of(&two).id];
        for n in 0..races() {
            let ticket = ticket_of(city, &post);
            let steps =
                |id: i64| tickets::history_of(&mut city.app.db.read().expect("c"), id).expect("history");
            let before = steps(ticket.id).len();
            let people = city.again(&ticket).people;
            let (name, step): (&str, &str) =
                [("assign", "assigned"), ("close", "closed"), ("merge", "merged")][n % 3];
            let act = |who: &'static str, other: i64| {
                let (world, ticket) = (&world, &ticket);
                city.app.db.write(move |c| match name {
                    "assign" => advance::assign(c, world, ticket, "street_lighting", "L3", who, now),
                    "close" => {
                        settle::close(c, world, ticket, CloseReason::NoAction, "lamp is private", who, now)
                    }
                    _ => {
                        let into = tickets::by_id(c, other)?;
                        apart::merge(c, world, ticket, &into, who, now)
                    }
                })
            };
            let ended = race(|| act("Dana Ruiz", others[0]), || act("Lee Park", others[1]));
            assert!(is_fair(&ended.0) && is_fair(&ended.1), "race {n}, {name}: {ended:?}");
            assert!(ended.0.is_ok() != ended.1.is_ok(), "race {n}, {name}: exactly one wins: {ended:?}");
            let winner = if ended.0.is_ok() { "Dana Ruiz" } else { "Lee Park" };
            let loser = ended.0.err().or(ended.1.err()).expect("one of them lost");
            assert!(loser.to_string().len() > 10, "race {n}: the other reads why: {loser}");
            let history = steps(ticket.id);
            assert_eq!(history.len(), before + 1, "race {n}, {name}: each step once");
            let last = history.last().expect("a step");
            assert_eq!((last.step.as_str(), last.actor.as_str()), (step, winner), "race {n}");
            assert!(tickets::history::broken_link(&history).is_none(), "race {n}");
            let after = city.again(&ticket);
            if name == "merge" {
                let into = after.merged_into.expect("merged");
                let other = if into == others[0] { others[1] } else { others[0] };
                let count = |id| tickets::by_id(&mut city.app.db.read().expect("c"), id).expect("t").people;
                assert_eq!((count(into), count(other)), (2, 1), "race {n}: counted where it went");
                city.app.db.write(|c| apart::unmerge(c, &world, &after, "Dana Ruiz", now)).expect("apart");
                assert_eq!((count(into), count(other)), (1, 1), "race {n}");
            }
            assert_eq!(city.again(&ticket).people, people);
            back_to_the_start(city, &ticket);
        }
        city.may_leave_over();
    });
}

/// One post is moved, split off and taken apart at the same moment: it stands in one place, whoever won.
#[test]
fn one_post_leaves_once() {
    on_each_database(|city| {
        let first = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        let other = city.resident_posts("Ana", "Street light out at Elm St & Prince St");
        city.works();
        let (world, now) = (city.app.world.now(), city.clock.now());
        let (home, other) = (city.ticket_of(&first), city.ticket_of(&other));
        for n in 0..races() / 10 {
            let post = city.resident_posts("Ruth K.", "Street light out at Broad & Market");
            city.works();
            let home = city.again(&home);
            let join = tickets::joins_of(&mut city.app.db.read().expect("c"), home.id).expect("joins");
            let join = join.last().expect("Ruth's").clone();
            let moved = || {
                city.app.db.write(|c| {
                    let into = tickets::by_id(c, other.id)?;
                    apart::move_to(c, &world, (&home, join.id), &into, "Dana Ruiz", now)
                })
            };
            let split = || city.app.db.write(|c| apart::split(c, &world, &home, join.id, "Lee Park", now));
            let ended = race(moved, split);
            assert!(ended.0.is_ok() != ended.1.is_ok(), "race {n}: {ended:?}");
            assert_eq!(city.tickets_of(&post).len(), 1, "race {n}");
            assert_eq!(city.again(&home).people, 1, "race {n}");
        }
        city.may_leave_over();
    });
}

#[test]
fn two_people_take_one_step() {
    on_each_database(|city| {
        let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        city.works();
        let now = city.clock.now();
        for n in 0..20 {
            let ticket = ticket_of(city, &post);
            let start = |by: &'static str| {
                city.app.db.write(|c| advance::start(c, &city.app.world.now(), &ticket, by, now)).map(|_| ())
            };
            let ended = race(|| start("Dana Ruiz"), || start("Lee Park"));
            assert!(ended.0.is_ok() != ended.1.is_ok(), "{n}: {ended:?}");
            back_to_the_start(city, &ticket);
        }
    });
}

fn envelope(n: usize, text: &str) -> Envelope {
    serde_json::from_value(serde_json::json!({
        "channel": "replay", "id": n.to_string(), "uri": format!("replay:replay:{n}"), "author": {"id": format!("person-{n}")},
        "text": text, "created_at": support::city::morning(), "visibility": "public", "raw": "{}",
    }))
    .expect("an envelope")
}

/// Eight programs receive posts about one lamp at the same moment: one request, nobody is lost or turned away.
#[test]
fn one_problem_is_one_request_however_many_programs_read() {
    on_each_database(|city| {
        const PROGRAMS: usize = 8;
        const EACH: usize = 6;
        let start = Barrier::new(PROGRAMS);
        let errors: usize = std::thread::scope(|scope| {
            let running: Vec<_> = (0..PROGRAMS)
                .map(|p| {
                    let start = &start;
                    scope.spawn(move || {
                        let posts: Vec<Envelope> = (0..EACH)
                            .map(|n| envelope(p * EACH + n, "Street light out at Broad & Market"))
                            .collect();
                        start.wait();
                        let world = city.app.world.now();
                        let done = group::receive_all(&city.app.db, &world, &posts, || city.clock.now())
                            .expect("received");
                        done.iter().filter(|r| r.is_err()).inspect(|e| eprintln!("{e:?}")).count()
                    })
                })
                .collect();
            running.into_iter().map(|r| r.join().expect("no panic")).sum()
        });
        assert_eq!(errors, 0, "a report was turned away because others were faster");
        let ids = tickets::ids_after(&mut city.app.db.read().expect("c"), 0, 1_000).expect("tickets");
        assert_eq!(ids.len(), 1, "one problem, one request");
        let ticket = tickets::by_id(&mut city.app.db.read().expect("c"), ids[0]).expect("it");
        assert_eq!(
            usize::try_from(ticket.people).expect("small"),
            PROGRAMS * EACH,
            "everybody is counted once"
        );
        audit::check(&city.app, &city.square);
    });
}

/// The network's answer is written down although staff write into the same history at the same moment.
#[test]
fn a_delivery_is_written_down_while_staff_write_too() {
    on_each_database(|city| {
        let (world, now) = (city.app.world.now(), city.clock.now());
        drop(world);
        let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        city.app.db.write(|c| onit::replies::set_sending(c, false, "x", now)).expect("stopped");
        city.works();
        let ticket = city.ticket_of(&post);
        city.app.db.write(|c| onit::replies::set_sending(c, true, "x", now)).expect("on");
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for _ in 0..60 {
                        let entry =
                            tickets::Entry::by_staff("noted", "Dana", "looked".into(), false, now.into());
                        let written = city
                            .app
                            .db
                            .write(|c| tickets::append(c, ticket.id, std::slice::from_ref(&entry)));
                        assert!(is_fair(&written), "{written:?}");
                        std::thread::sleep(std::time::Duration::from_millis(3));
                    }
                });
            }
            for _ in 0..5 {
                onit::worker::send::round(&city.app).expect("a round");
            }
        });
        let reply = city.replies_to(&post).remove(0);
        assert_eq!(reply.state, onit::replies::State::Delivered, "{}", reply.why);
    });
}
