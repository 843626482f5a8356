//! Work orders: many requests in one, done with proof or not done with the reason, and back again.

#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]

mod support;

use chrono::Duration;
use onit::dispatch::{self, Order, OrderState};
use onit::error::Error;
use onit::journey::proof::Shown;
use onit::journey::work::{self, Plan};
use onit::tickets::{self, Status, Ticket};
use support::city::{TestCity, on_each_database};

/// Two requests about lights in one part of town.
fn two_lights(city: &TestCity) -> (Ticket, Ticket) {
    let first = city.resident_posts("Joy L.", "Street light out, pole 1001");
    let second = city.resident_posts("Ruth K.", "Street light out, pole 1151");
    city.works();
    (city.ticket_of(&first), city.ticket_of(&second))
}

fn planned(city: &TestCity, tickets: &[&Ticket]) -> Order {
    let plan = Plan {
        department: "street_lighting".into(),
        crew: "L3".into(),
        day: "2026-01-28".into(),
        notes: "Bring the long ladder".into(),
        hazard: "Live wire".into(),
        dig: true,
        tickets: tickets.iter().map(|t| t.number.clone()).collect(),
    };
    let (world, now) = (city.app.world.now(), city.clock.now());
    city.app.db.write(|conn| work::plan(conn, &world, &plan, "Dana Ruiz", now)).expect("planned")
}

fn steps(city: &TestCity, ticket: &Ticket) -> Vec<String> {
    let all = tickets::history_of(&mut city.app.db.read().expect("a connection"), ticket.id).expect("steps");
    all.into_iter().filter(|s| s.step == "work order").map(|s| s.words).collect()
}

#[test]
fn one_order_books_starts_and_fixes_all_its_requests() {
    on_each_database(|city| {
        let (one, two) = two_lights(city);
        let order = planned(city, &[&one, &two]);
        assert_eq!((order.state, order.turn), (OrderState::Planned, 1));
        for ticket in [&one, &two] {
            assert_eq!(city.again(ticket).status, Status::Assigned, "a crew is booked");
        }
        let world = city.app.world.now();
        let now = city.clock.now();
        let sent = city.app.db.write(|conn| work::send(conn, &order, "Dana Ruiz", now)).expect("sent");
        let there = city.app.db.write(|conn| work::arrive(conn, &world, &sent, "L3", now)).expect("there");
        for ticket in [&one, &two] {
            assert_eq!(city.again(ticket).status, Status::InProgress);
        }
        city.pass(Duration::hours(1));
        let now = city.clock.now();
        let shown = Shown { words: "New lamps".into(), ..Shown::default() };
        let done =
            city.app.db.write(|conn| work::finish(conn, &world, &there, shown, "L3", now)).expect("done");
        assert_eq!(done.state, OrderState::Done);
        city.works();
        for ticket in [&one, &two] {
            let ticket = city.again(ticket);
            assert_eq!((ticket.status, ticket.proof.as_deref()), (Status::Fixed, Some("work_order")));
        }
        assert!(
            steps(city, &one).iter().any(|s| s.contains("L3 finished the work order")),
            "{:?}",
            steps(city, &one)
        );
        let again = city.app.db.write(|conn| work::send(conn, &done, "Dana Ruiz", now));
        assert!(matches!(again, Err(Error::Refused(_))), "{again:?}");
    });
}

#[test]
fn a_request_leaves_an_order_and_goes_into_another() {
    on_each_database(|city| {
        let (one, two) = two_lights(city);
        let order = planned(city, &[&one, &two]);
        let now = city.clock.now();
        city.app.db.write(|conn| work::take_out(conn, &order, &two, "Dana Ruiz", now)).expect("out");
        let other = planned(city, &[&city.again(&two)]);
        assert_eq!(other.turn, 2, "after the first one of that crew and day");
        let mut conn = city.app.db.read().expect("a connection");
        assert_eq!(dispatch::tickets_of(&mut conn, order.id).expect("tickets"), [one.id]);
        assert_eq!(dispatch::tickets_of(&mut conn, other.id).expect("tickets"), [two.id]);
        assert_eq!(dispatch::of_ticket(&mut conn, two.id).expect("orders").len(), 1);
        drop(conn);
        let gone = city.app.db.write(|conn| work::take_out(conn, &order, &two, "Dana Ruiz", now));
        assert!(matches!(gone, Err(Error::Conflict(_))), "{gone:?}");
        // The crew likes the second one first.
        city.app.db.write(|conn| work::put(conn, &other, "2026-01-28", true)).expect("moved up");
        let day = dispatch::of_crew(
            &mut city.app.db.read().expect("a connection"),
            "street_lighting",
            "L3",
            "2026-01-28",
        );
        let ids: Vec<i64> = day.expect("the day").iter().map(|o| o.id).collect();
        assert_eq!(ids, [other.id, order.id]);
    });
}

#[test]
fn what_could_not_be_done_stands_on_tomorrow_s_list_with_one_tap() {
    on_each_database(|city| {
        let (one, _) = two_lights(city);
        let order = planned(city, &[&one]);
        let world = city.app.world.now();
        let now = city.clock.now();
        let sent = city.app.db.write(|conn| work::send(conn, &order, "Dana Ruiz", now)).expect("sent");
        let silent = city.app.db.write(|conn| work::could_not(conn, &world, &sent, (" ", true), "L3", now));
        assert!(matches!(silent, Err(Error::Invalid(_))), "a reason is needed: {silent:?}");
        // On Friday the next working day is Monday.
        city.pass(Duration::days(3));
        let now = city.clock.now();
        let moved = city
            .app
            .db
            .write(|conn| {
                work::could_not(conn, &world, &sent, ("A car stands in front of it", true), "L3", now)
            })
            .expect("tomorrow");
        assert_eq!((moved.state, moved.day.as_str()), (OrderState::Planned, "2026-02-02"));
        assert_eq!(moved.why, "A car stands in front of it");
        assert_eq!(city.again(&one).status, Status::Assigned, "the request waits for its crew");
        let told = steps(city, &one);
        assert!(
            told.iter().any(|s| s.contains("could not be done: A car stands in front of it")),
            "{told:?}"
        );
        // Two people press at once: one wins, the other is told to look again.
        let late =
            city.app.db.write(|conn| work::could_not(conn, &world, &sent, ("Rain", false), "Dana Ruiz", now));
        assert!(matches!(late, Err(Error::Conflict(_))), "{late:?}");
    });
}

#[test]
fn no_crew_is_sent_to_what_has_ended_and_no_unknown_crew_anywhere() {
    on_each_database(|city| {
        let (one, two) = two_lights(city);
        let (world, now) = (city.app.world.now(), city.clock.now());
        let plan = |crew: &str, day: &str, number: &str| Plan {
            department: "street_lighting".into(),
            crew: crew.into(),
            day: day.into(),
            tickets: vec![number.into()],
            ..Plan::default()
        };
        let refused = |plan: &Plan| {
            city.app
                .db
                .write(|conn| work::plan(conn, &world, plan, "Dana Ruiz", now))
                .expect_err("refused")
                .to_string()
        };
        assert!(refused(&plan("Plow 1", "2026-01-28", &one.number)).contains("has no crew"));
        assert!(refused(&plan("L3", "tomorrow", &one.number)).contains("choose the day"));
        let order = planned(city, &[&one]);
        let sent = city.app.db.write(|conn| work::send(conn, &order, "Dana Ruiz", now)).expect("sent");
        let done = city
            .app
            .db
            .write(|conn| work::finish(conn, &world, &sent, Shown::default(), "L3", now))
            .expect("done");
        assert_eq!(done.state, OrderState::Done);
        assert!(refused(&plan("L3", "2026-01-28", &one.number)).contains("no crew is sent to it"));
        let (two, conn) = (city.again(&two), &mut *city.app.db.read().expect("a connection"));
        assert_eq!(
            dispatch::at_spot(conn, two.id, &two.service, &two.place_key, two.opened_at).expect("a count"),
            0
        );
        drop(two);
        city.works();
    });
}
