//! The clocks of a ticket: they warn, they climb the city's ladder, they stand still while a resident is asked, and
//! the date we expect is learned from what was fixed before.

#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]

mod support;

use chrono::{DateTime, Duration, TimeZone, Utc};
use onit::accounts::{self, Role};
use onit::db::types::Ts;
use onit::journey::{advance, settle};
use onit::routing::{clocks, expect};
use onit::tickets::policy::Evidence;
use onit::tickets::{self, Ticket};
use support::city::{TestCity, on_each_database, on_each_database_with};

fn promise_clock(city: &TestCity, ticket: &Ticket) -> clocks::Clock {
    let all = clocks::of_ticket(&mut city.app.db.read().expect("a connection"), ticket.id).expect("clocks");
    all.into_iter().find(|c| c.kind == "promise").expect("the promise has its clock")
}

/// Somebody signs in with this role.
fn hire(city: &TestCity, login: &str, role: Role, department: Option<&str>) {
    let now = city.clock.now();
    city.app
        .db
        .write(|conn| {
            accounts::put_user(conn, login, login, role, department, "no password", now).map(|_| ())
        })
        .expect("a colleague");
}

/// The machine works until this moment of the city.
fn until(city: &TestCity, at: DateTime<Utc>) {
    let rest = at - city.clock.now();
    assert!(rest > Duration::zero(), "{at} is over");
    city.pass(rest);
    city.works();
}

fn mails_to(city: &TestCity, address: &str) -> usize {
    city.mails().iter().filter(|m| m.contains(&format!("To: {address}"))).count()
}

fn day(month: u32, day: u32, hour_utc: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, month, day, hour_utc, 30, 0).single().expect("a moment")
}

#[test]
fn a_late_promise_climbs_from_the_department_to_the_mayor_s_office() {
    on_each_database(|city| {
        hire(city, "head@lights.example", Role::DepartmentHead, Some("street_lighting"));
        hire(city, "head@parks.example", Role::DepartmentHead, Some("parks_trees"));
        hire(city, "office@mayor.example", Role::Publisher, None);
        // Tuesday, 27 January, 10 am: four working days end on Monday, 2 February, 5 pm.
        let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        city.works();
        let ticket = city.ticket_of(&post);
        let dept = "lighting@riverton.example";
        assert_eq!(ticket.due_at.map(|d| d.0), Some(day(2, 2, 22) - Duration::minutes(30)));
        until(city, day(2, 2, 17));
        assert_eq!(mails_to(city, dept), 0, "4 hours before is early enough");
        until(city, day(2, 2, 18));
        assert_eq!(mails_to(city, dept), 1, "a warning");
        until(city, day(2, 2, 22));
        assert_eq!(mails_to(city, dept), 2, "it is late");
        assert_eq!(mails_to(city, "head@lights.example"), 0);
        until(city, day(2, 3, 22));
        assert_eq!(mails_to(city, "head@lights.example"), 1, "one working day late");
        assert_eq!(mails_to(city, "head@parks.example"), 0, "another department's head hears nothing");
        until(city, day(2, 5, 22));
        assert_eq!(mails_to(city, "office@mayor.example"), 1, "three working days late");
        let steps =
            tickets::history_of(&mut city.app.db.read().expect("a connection"), ticket.id).expect("steps");
        let told: Vec<&str> = steps
            .iter()
            .filter(|s| ["warned", "escalated"].contains(&s.step.as_str()))
            .map(|s| s.step.as_str())
            .collect();
        assert_eq!(told, ["warned", "escalated", "escalated", "escalated"]);
        assert!(
            steps.iter().filter(|s| told.contains(&s.step.as_str())).all(|s| !s.public),
            "for colleagues only"
        );
        let late = clocks::escalated(&mut city.app.db.read().expect("a connection"), 2).expect("a count");
        assert_eq!(late, [("street_lighting".to_owned(), 1)]);

        // It is fixed: nobody is told any more, and the clock stops.
        fix(city, &city.again(&ticket));
        let before = city.mails().len();
        until(city, day(2, 20, 22));
        assert_eq!(city.mails().len(), before);
        assert!(
            clocks::escalated(&mut city.app.db.read().expect("a connection"), 2).expect("a count").is_empty()
        );
    });
}

fn fix(city: &TestCity, ticket: &Ticket) {
    let (world, now) = (city.app.world.now(), city.clock.now());
    let proof = Evidence { photo: true, ..Evidence::default() };
    city.app
        .db
        .write(|conn| settle::fix(conn, &world, ticket, proof, "New lamp", "Dana Ruiz", now).map(|_| ()))
        .expect("fixed");
}

#[test]
fn the_clock_stands_still_while_it_waits_for_the_resident() {
    on_each_database(|city| {
        let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        city.works();
        let ticket = city.ticket_of(&post);
        let first_due = ticket.due_at.expect("due").0;
        let wait = |whom: &'static str, ticket: &Ticket| {
            let (world, now) = (city.app.world.now(), city.clock.now());
            city.app
                .db
                .write(|conn| advance::wait(conn, &world, ticket, (whom, None), "Dana Ruiz", now))
                .expect("it waits")
        };
        let start = |ticket: &Ticket| {
            let (world, now) = (city.app.world.now(), city.clock.now());
            city.app.db.write(|conn| advance::start(conn, &world, ticket, "Dana Ruiz", now)).expect("started")
        };
        // Waiting for parts is our own time.
        let waiting = wait("parts", &city.again(&ticket));
        city.works();
        assert!(promise_clock(city, &waiting).paused_at.is_none());
        start(&waiting);
        // Waiting for the resident is not: from Wednesday noon to Friday noon two working days end.
        until(city, day(1, 28, 17));
        let waiting = wait("resident", &city.again(&ticket));
        city.works();
        assert!(promise_clock(city, &waiting).paused_at.is_some());
        until(city, day(1, 30, 17));
        start(&city.again(&ticket));
        city.works();
        let again = city.again(&ticket);
        let moved = again.due_at.expect("due").0;
        assert_eq!(first_due, day(2, 2, 22) - Duration::minutes(30), "Monday");
        assert_eq!(moved, day(2, 4, 22) - Duration::minutes(30), "Wednesday");
        let clock = promise_clock(city, &again);
        assert_eq!((clock.due_at.0, clock.paused_at), (moved, None));
        let promised = onit::replies::promise_of(&mut city.app.db.read().expect("a connection"), ticket.id)
            .expect("a look")
            .expect("a promise");
        assert_eq!((promised.due_at.0, promised.state.as_str()), (moved, "open"));
        // On the old day nobody is told that it is late.
        until(city, day(2, 2, 23));
        assert_eq!(mails_to(city, "lighting@riverton.example"), 0);
        until(city, day(2, 4, 23));
        assert_eq!(mails_to(city, "lighting@riverton.example"), 2, "warned and late, at their new times");
    });
}

#[test]
fn the_expected_date_is_learned_and_its_coverage_counted() {
    on_each_database_with(
        |settings| settings.policy.clocks.expected.least = 5,
        |city| {
            for (n, pole) in (1_i64..).zip([1001, 1151, 1301, 1451, 1601]) {
                let post =
                    city.resident_posts(&format!("Resident {n}"), &format!("Street light out, pole {pole}"));
                city.works();
                let ticket = city.ticket_of(&post);
                assert_eq!(promise_clock(city, &ticket).sample, 0, "too few alike: nothing is said");
                city.pass(Duration::hours(10 * n));
                fix(city, &city.again(&ticket));
                city.works();
            }
            let post = city.resident_posts("Ruth K.", "Street light out, pole 1751");
            city.works();
            let ticket = city.ticket_of(&post);
            let clock = promise_clock(city, &ticket);
            assert_eq!(clock.sample, 5);
            let hours = |at: Option<Ts>| (at.expect("a range").0 - ticket.opened_at.0).num_hours();
            assert_eq!((hours(clock.low_at), hours(clock.high_at)), (30, 50));
        },
    );
}

#[test]
fn a_month_is_counted_once_it_is_over() {
    on_each_database(|city| {
        let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        let other = city.resident_posts("Ruth K.", "Huge pothole at Green St and Orchard St");
        city.works();
        let (light, hole) = (city.ticket_of(&post), city.ticket_of(&other));
        // Both should be done within two days; one is.
        for ticket in [&light, &hole] {
            let clock = promise_clock(city, ticket);
            let end = Some((
                Ts(ticket.opened_at.0 + Duration::days(1)),
                Ts(ticket.opened_at.0 + Duration::days(2)),
            ));
            city.app
                .db
                .write(|conn| {
                    clocks::ask_again(conn, clock.id)?;
                    expect::keep(conn, clock.id, end, 20)
                })
                .expect("a range");
        }
        city.pass(Duration::days(1));
        fix(city, &city.again(&light));
        city.works();
        let counted = |month| {
            expect::coverage(&mut city.app.db.read().expect("a connection"), Some(month)).expect("a look")
        };
        assert!(counted("2026-01").is_none(), "January is not over");
        until(city, day(2, 1, 12));
        let january = counted("2026-01").expect("January is over");
        assert_eq!((january.ranges, january.kept), (2, 1));
    });
}
