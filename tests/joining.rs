//! One problem in several requests, several problems in one: merging, taking back, splitting, moving. The laws hold
//! for any order of steps, nobody is lost, and each person counts once.

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
use support::city::{TestCity, on_each_database};

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
