//! One problem in several requests, several problems in one: merging, taking back, splitting, moving. The laws hold
//! for any order of steps, nobody is lost, and each person counts once.

#![allow(clippy::print_stderr, reason = "what a failed run needs to know")]
#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]
#![allow(clippy::panic, reason = "a story stops where it is not as told")]

#[path = "support/audit.rs"]
mod audit;
mod support;

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;
use onit::error::{Error, Result};
use onit::intake::Envelope;
use onit::journey::{apart, group, settle};
use onit::replies;
use onit::tickets::policy::Evidence;
use onit::tickets::{self, Status, Ticket};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use support::city::{TestCity, on_each_database, on_each_database_with};

const DANA: &str = "Dana Ruiz";

fn now_of(city: &TestCity) -> chrono::DateTime<chrono::Utc> {
    city.clock.now()
}

fn merge(city: &TestCity, ticket: &Ticket, into: &Ticket) -> Result<Ticket> {
    let (world, now) = (city.app.world.now(), now_of(city));
    city.app.db.write(|c| apart::merge(c, &world, &city.again(ticket), &city.again(into), DANA, now))
}

fn unmerge(city: &TestCity, ticket: &Ticket) -> Result<Ticket> {
    let (world, now) = (city.app.world.now(), now_of(city));
    city.app.db.write(|c| apart::unmerge(c, &world, &city.again(ticket), DANA, now))
}

fn split(city: &TestCity, ticket: &Ticket, join: i64) -> Result<Ticket> {
    let (world, now) = (city.app.world.now(), now_of(city));
    city.app.db.write(|c| apart::split(c, &world, &city.again(ticket), join, DANA, now))
}

fn move_to(city: &TestCity, ticket: &Ticket, join: i64, into: &Ticket) -> Result<Ticket> {
    let (world, now) = (city.app.world.now(), now_of(city));
    city.app
        .db
        .write(|c| apart::move_to(c, &world, (&city.again(ticket), join), &city.again(into), DANA, now))
}

fn fix(city: &TestCity, ticket: &Ticket) {
    let (world, now) = (city.app.world.now(), now_of(city));
    let evidence = Evidence { photo: true, ..Evidence::default() };
    city.app
        .db
        .write(|c| settle::fix(c, &world, &city.again(ticket), evidence, "", DANA, now))
        .expect("fixed");
}

fn works(city: &TestCity) {
    city.works();
    audit::check(&city.app, &city.square);
}

fn joins(city: &TestCity, ticket: &Ticket) -> Vec<tickets::Join> {
    tickets::joins_of(&mut city.app.db.read().expect("a connection"), ticket.id).expect("joins")
}

fn promise(city: &TestCity, ticket: &Ticket) -> Option<(String, String)> {
    replies::promise_of(&mut city.app.db.read().expect("a connection"), ticket.id)
        .expect("a look")
        .map(|p| (p.state, p.due_at.to_string()))
}

#[test]
fn a_merge_is_undone_without_a_loss() {
    on_each_database(|city| {
        let light = city.resident_posts("Ana", "Street light out at Broad St & Market St");
        works(city);
        city.pass(Duration::days(2));
        let other = city.resident_posts("Ben", "Street light out at Main St and Walnut St");
        works(city);
        let (a, b) = (city.ticket_of(&light), city.ticket_of(&other));
        let promised = promise(city, &a);
        assert_eq!(promised.as_ref().map(|p| p.0.as_str()), Some("open"));
        merge(city, &a, &b).expect("merged");
        works(city);
        assert_eq!(city.again(&b).people, 2);
        assert_eq!(promise(city, &a).map(|p| p.0), Some("merged".into()));
        // Ana's date is another one now: she hears it, with the number that lives.
        let said = city.city_said(&light);
        assert!(said.len() == 2 && said[1].contains(&b.number), "{said:?}");
        // A newcomer comes to the one that lives.
        let late = city.resident_posts("Cleo", "Street light is dark at Main St & Walnut St");
        works(city);
        assert_eq!(city.ticket_of(&late).id, b.id);
        assert_eq!(city.again(&b).people, 3);
        unmerge(city, &a).expect("apart again");
        works(city);
        let (a2, b2) = (city.again(&a), city.again(&b));
        assert_eq!((a2.status, a2.due_at, a2.people, a2.merged_into), (a.status, a.due_at, a.people, None));
        assert_eq!(promise(city, &a), promised, "its own promise and date");
        assert_eq!(b2.people, 2, "who came since stays with the survivor");
        // … and is listed for a person to choose.
        let listed = tickets::suggestions_of(&mut city.app.db.read().expect("c"), b.id).expect("a look");
        assert_eq!(listed.len(), 1);
        assert_eq!((listed[0].other_id, listed[0].concern_id), (a.id, joins(city, &b2)[1].concern_id));
        let said = city.city_said(&light);
        assert!(said.len() == 3 && said[2].contains(&a.number), "{said:?}");
        assert!(matches!(unmerge(city, &a), Err(Error::Refused(_))), "it is not merged any more");
        // Everyone who wrote about one of them hears what happens to that one only.
        fix(city, &b);
        works(city);
        assert_eq!(city.again(&a).status, Status::Open);
        assert!(city.city_said(&late).last().is_some_and(|t| t.contains("Fixed")));
        assert!(!city.city_said(&light).iter().any(|t| t.contains("Fixed")));
    });
}

#[test]
fn what_can_never_be_one_problem_is_refused() {
    on_each_database(|city| {
        let one = city.resident_posts("Ana", "Street light out, pole 1001");
        let two = city.resident_posts("Ben", "Street light out, pole 1003");
        let three = city.resident_posts("Cleo", "Street light out at Broad St & Market St");
        works(city);
        let (one, two, three) = (city.ticket_of(&one), city.ticket_of(&two), city.ticket_of(&three));
        let Err(Error::Refused(why)) = merge(city, &one, &two) else { panic!("two poles are two lamps") };
        assert!(why.contains("1001") || why.contains("1003"), "{why}");
        assert!(matches!(merge(city, &one, &one), Err(Error::Refused(_))));
        merge(city, &one, &three).expect("a corner may be that pole");
        // A merged one leads on; it is merged into nothing else and nothing into it.
        assert!(matches!(merge(city, &one, &two), Err(Error::Refused(_))));
        assert!(matches!(merge(city, &two, &one), Err(Error::Refused(_))));
        let join = joins(city, &three).remove(0).id;
        assert!(matches!(move_to(city, &three, join, &two), Err(Error::Refused(_))), "its only post");
        city.may_leave_over();
    });
}

#[test]
fn a_post_gets_a_request_of_its_own_or_another_one() {
    on_each_database(|city| {
        let first = city.resident_posts("Ana", "Deep pothole at Broad St & Market St");
        let second = city.resident_posts("Ben", "Huge pothole at Broad St & Market St, my tire is gone");
        let third = city.resident_posts("Ben", "Pothole at Main St and Walnut St");
        works(city);
        let ticket = city.ticket_of(&first);
        assert_eq!(city.ticket_of(&second).id, ticket.id);
        assert_eq!(city.again(&ticket).people, 2);
        let bens = joins(city, &ticket).into_iter().nth(1).expect("Ben's");
        let fresh = split(city, &ticket, bens.id).expect("his own");
        works(city);
        assert_eq!(city.ticket_of(&second).id, fresh.id);
        assert!(fresh.due_at.is_some() && promise(city, &fresh).is_some());
        assert_eq!((city.again(&ticket).people, city.again(&fresh).people), (1, 1));
        let said = city.city_said(&second);
        assert!(said.last().is_some_and(|t| t.contains(&fresh.number)), "{said:?}");
        assert!(
            matches!(split(city, &ticket, bens.id), Err(Error::Conflict(_))),
            "somebody did that already"
        );
        // And from his second request into the third, where he counts once.
        let third = city.ticket_of(&third);
        let again = joins(city, &fresh).remove(0);
        assert!(matches!(move_to(city, &fresh, again.id, &third), Err(Error::Refused(_))), "the only post");
        merge(city, &fresh, &ticket).expect("merged");
        let Err(Error::Refused(why)) = move_to(city, &ticket, again.id, &third) else {
            panic!("an empty request would be left")
        };
        assert!(why.contains("undo the merge"), "{why}");
        unmerge(city, &fresh).expect("apart");
        merge(city, &fresh, &third).expect("merged");
        works(city);
        assert_eq!(city.again(&third).people, 1, "Ben wrote twice and is one person");
        for id in [ticket.id, fresh.id, third.id] {
            let steps = tickets::history_of(&mut city.app.db.read().expect("c"), id).expect("history");
            assert!(tickets::history::broken_link(&steps).is_none());
        }
    });
}

#[test]
fn a_duplicate_names_the_request_that_goes_on() {
    on_each_database(|city| {
        let one = city.resident_posts("Ana", "Street light out at Broad St & Market St");
        let two = city.resident_posts("Ben", "Street light out at Main St & Walnut St");
        works(city);
        let (a, b) = (city.ticket_of(&one), city.ticket_of(&two));
        let (world, now) = (city.app.world.now(), now_of(city));
        let close = |words: &str| {
            let reason = onit::tickets::CloseReason::Duplicate;
            city.app.db.write(|c| settle::close(c, &world, &city.again(&a), reason, words, DANA, now))
        };
        assert!(matches!(close(""), Err(Error::Invalid(_))));
        assert!(matches!(close("the other one"), Err(Error::Invalid(_))));
        assert!(matches!(close(&a.number), Err(Error::Refused(_))));
        assert!(matches!(close("26-999999"), Err(Error::NotFound(_))));
        close(&format!("see {}.", b.number)).expect("closed");
        works(city);
        let said = city.city_said(&one);
        let last = said.last().expect("an answer");
        assert!(last.contains(&b.number) && !last.contains(&a.number), "{said:?}");
    });
}

#[test]
fn what_is_unsure_is_asked_once() {
    on_each_database(|city| {
        let first = city.resident_posts("Ana", "Huge pothole on the north side of Broad St & Market St");
        let second = city.resident_posts("Ben", "Huge pothole on the south side of Broad St & Market St");
        let third = city.resident_posts("Cleo", "Huge pothole on the west side of Broad St & Market St");
        works(city);
        let [a, b, c] = [&first, &second, &third].map(|p| city.ticket_of(p));
        assert!(
            a.id != b.id && b.id != c.id && a.id != c.id,
            "another side of the street never joins by itself"
        );
        let (world, now) = (city.app.world.now(), now_of(city));
        let open =
            |id: i64| tickets::suggestions_of(&mut city.app.db.read().expect("c"), id).expect("suggestions");
        let about_b = open(b.id);
        let one = about_b.iter().find(|s| s.other_id == a.id).expect("perhaps Ana's").clone();
        assert!(one.why.contains("another side of the street"), "{}", one.why);
        city.app.db.write(|conn| apart::say_apart(conn, &one, DANA, now)).expect("not the same");
        assert!(!open(b.id).iter().any(|s| s.id == one.id), "it is remembered");
        let again = city.app.db.write(|conn| apart::say_same(conn, &world, &one, DANA, now));
        assert!(matches!(again, Err(Error::Conflict(_))), "somebody decided: {again:?}");
        let two = open(c.id).into_iter().find(|s| s.other_id == a.id).expect("perhaps Ana's");
        city.app.db.write(|conn| apart::say_same(conn, &world, &two, DANA, now)).expect("the same");
        assert_eq!(city.again(&c).merged_into, Some(a.id));
        assert_eq!(city.again(&a).people, 2);
        works(city);
    });
}

/// Ways to speak of one hole.
const WAYS: [&str; 5] = [
    "Deep pothole at Broad St & Market St",
    "Huge hole in the road at Broad & Market",
    "Pothole at Market St and Broad St",
    "Big pothole at the corner of Broad St and Market St",
    "There is a deep pothole at Broad Street & Market Street",
];

#[test]
fn a_thousand_posts_about_one_pothole_are_one_request() {
    on_each_database(|city| {
        const POSTS: usize = 1_000;
        const PEOPLE: usize = 700;
        let start = all_ids(city, 0).last().copied().unwrap_or(0);
        let mut posts: Vec<Envelope> = (0..POSTS)
            .map(|n| {
                serde_json::from_value(serde_json::json!({
                    "channel": "replay", "id": format!("k{n}"), "uri": format!("replay:replay:k{n}"),
                    "author": {"id": format!("person-{}", n % PEOPLE)}, "text": WAYS[n % WAYS.len()],
                    "created_at": support::city::morning(), "visibility": "public", "raw": "{}",
                }))
                .expect("an envelope")
            })
            .collect();
        // In any order: another one each time the test runs.
        let seed = std::time::UNIX_EPOCH.elapsed().expect("a clock").as_nanos();
        eprintln!("order {seed}");
        let mut next = u64::try_from(seed & u128::from(u64::MAX)).expect("64 bits") | 1;
        for n in (1..posts.len()).rev() {
            next ^= next << 13;
            next ^= next >> 7;
            next ^= next << 17;
            posts.swap(n, usize::try_from(next).expect("64 bits") % (n + 1));
        }
        let world = city.app.world.now();
        for group in posts.chunks(64) {
            let done =
                group::receive_all(&city.app.db, &world, group, || city.clock.now()).expect("received");
            assert!(done.iter().all(std::result::Result::is_ok));
        }
        let ids = all_ids(city, start);
        assert_eq!(ids.len(), 1, "one problem, one request");
        let ticket = tickets::by_id(&mut city.app.db.read().expect("c"), ids[0]).expect("it");
        assert_eq!(usize::try_from(ticket.people).expect("small"), PEOPLE, "each person counts once");
        assert_eq!(joins(city, &ticket).len(), POSTS);
    });
}

fn few(settings: &mut onit::settings::Settings) {
    settings.policy.answer_each_up_to = 5;
}

#[test]
fn so_many_are_answered_one_by_one_and_the_rest_read_one_post() {
    on_each_database_with(few, |city| {
        let posts: Vec<_> =
            (0..8).map(|n| city.resident_posts(&format!("Neighbor {n}"), WAYS[n % WAYS.len()])).collect();
        works(city);
        let ticket = city.ticket_of(&posts[0]);
        assert_eq!(city.again(&ticket).people, 8);
        let answered = |post| city.city_said(post).iter().filter(|t| t.contains("n it.")).count();
        let each: Vec<usize> = posts.iter().map(answered).collect();
        assert_eq!(each.iter().sum::<usize>(), 5, "{each:?}");
        let many = posts.iter().flat_map(|p| city.city_said(p)).filter(|t| t.contains("Many of you")).count();
        assert_eq!(many, 1, "one public post for the rest");
        let waiting: Vec<_> = posts
            .iter()
            .flat_map(|p| city.replies_to(p))
            .filter(|r| r.state == replies::State::Waiting)
            .collect();
        assert_eq!(waiting.len(), 3);
        assert!(waiting.iter().all(|r| r.why.contains("a person releases the rest")), "{waiting:?}");
        // The page of the request says how many were told.
        let server = onit::web::serve(city.app.clone(), "127.0.0.1:0").expect("the server");
        let page =
            support::http::get(&format!("http://{}/t/{}", server.addr, ticket.number)).expect("a page");
        assert!(page.text().contains("5 of 8 told."), "{}", page.text());
        // It is fixed: again five, and nobody reads a second post to all.
        fix(city, &ticket);
        works(city);
        let fixed = posts.iter().filter(|p| city.city_said(p).iter().any(|t| t.contains("Fixed"))).count();
        assert_eq!(fixed, 5);
        let many = posts.iter().flat_map(|p| city.city_said(p)).filter(|t| t.contains("Many of you")).count();
        assert_eq!(many, 1);
    });
}

// ---- the laws ----

#[derive(Clone, Debug)]
enum Step {
    Merge(usize, usize),
    Unmerge(usize),
    Split(usize),
    Move(usize, usize),
    Write(usize, usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..32usize, 0..32usize).prop_map(|(a, b)| Step::Merge(a, b)),
        3 => (0..32usize).prop_map(Step::Unmerge),
        2 => (0..32usize).prop_map(Step::Split),
        2 => (0..32usize, 0..32usize).prop_map(|(a, b)| Step::Move(a, b)),
        2 => (0..8usize, 0..5usize).prop_map(|(a, b)| Step::Write(a, b)),
    ];
    prop::collection::vec(step, 1..24)
}

const CORNERS: [&str; 8] = [
    "Broad St & Market St",
    "Main St & Walnut St",
    "Elm St & Prince St",
    "Winter St & Potter St",
    "Kinney St & Canal St",
    "Depot St & Mercer St",
    "Franklin St & Ridge Ave",
    "Pearl St & Church St",
];

/// What ought to be: where each concern stands, which ticket leads where, who wrote.
#[derive(Clone, Debug, Default, PartialEq)]
struct Truth {
    /// concern -> (ticket, person)
    stands: BTreeMap<i64, (i64, i64)>,
    leads: BTreeMap<i64, i64>,
}

impl Truth {
    fn root(&self, mut id: i64) -> i64 {
        while let Some(next) = self.leads.get(&id) {
            id = *next;
        }
        id
    }

    fn people(&self, ticket: i64) -> usize {
        let under = |id: i64| {
            let mut at = id;
            loop {
                if at == ticket {
                    return true;
                }
                match self.leads.get(&at) {
                    Some(next) => at = *next,
                    None => return false,
                }
            }
        };
        let all: BTreeSet<i64> = self.stands.values().filter(|(t, _)| under(*t)).map(|(_, p)| *p).collect();
        all.len()
    }
}

/// People, status, date, department and promise of a ticket.
type Row = (i64, Status, Option<String>, String, Option<String>);

/// What everybody can see of a case: rows, and nothing of their past.
fn seen(city: &TestCity, ids: &[i64]) -> (Truth, Vec<Row>) {
    let mut conn = city.app.db.read().expect("a connection");
    let mut truth = Truth::default();
    let mut rows = Vec::new();
    for id in ids {
        let ticket = tickets::by_id(&mut conn, *id).expect("a ticket");
        for join in tickets::joins_of(&mut conn, *id).expect("joins") {
            let before = truth.stands.insert(join.concern_id, (*id, join.person_id));
            assert!(before.is_none(), "concern {} stands in two tickets", join.concern_id);
        }
        if let Some(into) = ticket.merged_into {
            truth.leads.insert(*id, into);
        }
        let promise = replies::promise_of(&mut conn, *id).expect("a look").map(|p| p.state);
        let due = ticket.due_at.map(|d| d.to_string());
        rows.push((ticket.people, ticket.status, due, ticket.department, promise));
    }
    (truth, rows)
}

fn write(city: &TestCity, n: &mut usize, corner: usize, person: usize) {
    *n += 1;
    let text = format!("Deep pothole at {}", CORNERS[corner % CORNERS.len()]);
    let post: Envelope = serde_json::from_value(serde_json::json!({
        "channel": "replay", "id": n.to_string(), "uri": format!("replay:replay:{n}"),
        "author": {"id": format!("person-{person}")}, "text": text,
        "created_at": support::city::morning(), "visibility": "public", "raw": "{}",
    }))
    .expect("an envelope");
    let world = city.app.world.now();
    for done in group::receive_all(&city.app.db, &world, &[post], || city.clock.now()).expect("received") {
        done.expect("a line");
    }
}

fn all_ids(city: &TestCity, after: i64) -> Vec<i64> {
    tickets::ids_after(&mut city.app.db.read().expect("c"), after, 1_000).expect("tickets")
}

/// Takes one step; the truth follows when it was taken. A step that is refused changes nothing.
fn take(
    city: &TestCity,
    truth: &mut Truth,
    ids: &[i64],
    step: &Step,
) -> std::result::Result<(), TestCaseError> {
    let at = |n: usize| ids[n % ids.len()];
    let ticket = |id: i64| tickets::by_id(&mut city.app.db.read().expect("c"), id).expect("a ticket");
    let before = seen(city, ids);
    let done: Result<()> = match step {
        Step::Merge(a, b) => {
            let (a, b) = (at(*a), at(*b));
            let merged = merge(city, &ticket(a), &ticket(b));
            let may = a != b && !truth.leads.contains_key(&a) && !truth.leads.contains_key(&b);
            prop_assert_eq!(merged.is_ok(), may, "{:?}", merged.err());
            if may {
                // Law: taking it back at once changes nothing that can be seen.
                unmerge(city, &ticket(a)).expect("apart");
                prop_assert_eq!(&seen(city, ids), &before);
                merge(city, &ticket(a), &ticket(b)).expect("merged again");
                truth.leads.insert(a, b);
            }
            Ok(())
        }
        Step::Unmerge(a) => unmerge(city, &ticket(at(*a))).map(|_| {
            truth.leads.remove(&at(*a));
        }),
        Step::Split(n) | Step::Move(n, _) => {
            let concern = truth.stands.keys().copied().nth(n % truth.stands.len()).expect("one");
            let (home, person) = truth.stands[&concern];
            let root = ticket(truth.root(home));
            let join = joins(city, &ticket(home)).into_iter().find(|j| j.concern_id == concern).expect("it");
            match step {
                Step::Move(_, to) => {
                    let to = ticket(truth.root(at(*to)));
                    move_to(city, &root, join.id, &to).map(|_| {
                        truth.stands.insert(concern, (to.id, person));
                    })
                }
                _ => split(city, &root, join.id).map(|fresh| {
                    truth.stands.insert(concern, (fresh.id, person));
                }),
            }
        }
        Step::Write(..) => Ok(()),
    };
    match done {
        Ok(()) => Ok(()),
        Err(Error::Refused(why)) => {
            prop_assert!(why.len() > 10);
            prop_assert_eq!(seen(city, ids), before, "a step that is refused changes nothing");
            Ok(())
        }
        Err(other) => Err(TestCaseError::fail(format!("{step:?}: {other}"))),
    }
}

fn one_case(city: &TestCity, n: &mut usize, steps: &[Step]) -> std::result::Result<(), TestCaseError> {
    city.close_all();
    let start = all_ids(city, 0).last().copied().unwrap_or(0);
    for corner in 0..CORNERS.len() {
        write(city, n, corner, corner % 5);
    }
    let (mut truth, _) = seen(city, &all_ids(city, start));
    prop_assert_eq!(truth.stands.len(), CORNERS.len());
    for step in steps {
        let ids = all_ids(city, start);
        if let Step::Write(corner, person) = step {
            write(city, n, *corner, *person);
            // Where it belongs is another test's question: it stands in exactly one ticket that leads nowhere.
            let (after, _) = seen(city, &all_ids(city, start));
            prop_assert_eq!(after.stands.len(), truth.stands.len() + 1);
            for (concern, place) in &after.stands {
                if let Some(known) = truth.stands.get(concern) {
                    prop_assert_eq!(known, place, "a newcomer moves nobody");
                } else {
                    prop_assert!(!after.leads.contains_key(&place.0), "joined what is merged");
                }
            }
            truth = after;
        } else {
            take(city, &mut truth, &ids, step)?;
        }
        let ids = all_ids(city, start);
        let (found, _) = seen(city, &ids);
        prop_assert_eq!(&found, &truth, "after {:?}", step);
        let mut conn = city.app.db.read().expect("c");
        for id in &ids {
            let ticket = tickets::by_id(&mut conn, *id).expect("a ticket");
            prop_assert_eq!(
                usize::try_from(ticket.people).expect("small"),
                truth.people(*id),
                "{} after {:?}",
                ticket.number,
                step
            );
            prop_assert!(tickets::survivor(&mut conn, ticket).is_ok(), "a circle");
        }
    }
    for id in all_ids(city, start) {
        let steps = tickets::history_of(&mut city.app.db.read().expect("c"), id).expect("history");
        prop_assert!(tickets::history::broken_link(&steps).is_none());
    }
    Ok(())
}

/// Whatever is merged, taken back, split, moved and written in whatever order.
#[test]
fn the_laws_of_joining_hold() {
    on_each_database(|city| {
        let config = Config { cases: 12, failure_persistence: None, ..Config::default() };
        let n = std::cell::Cell::new(0);
        TestRunner::new(config)
            .run(&steps(), |steps| {
                let mut next = n.get();
                let done = one_case(city, &mut next, &steps);
                n.set(next);
                done
            })
            .expect("the laws");
        city.may_leave_over();
    });
}
