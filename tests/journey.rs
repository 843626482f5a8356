//! The main story: a resident posts, the city answers in the same thread, a crew mends it, everybody who wrote hears.

#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]

mod support;

use chrono::Duration;
use onit::journey::{advance, settle};
use onit::replies::State;
use onit::tickets::policy::Evidence;
use onit::tickets::{CloseReason, Status};
use support::city::{TestCity, on_each_database, on_each_database_with};

fn with_photo() -> Evidence {
    Evidence { photo: true, ..Evidence::default() }
}

fn fix(city: &TestCity, ticket: &onit::tickets::Ticket) {
    let world = city.app.world.now();
    let now = city.clock.now();
    city.app
        .db
        .write(|conn| settle::fix(conn, &world, ticket, with_photo(), "New lamp", "Dana Ruiz", now))
        .expect("fixed");
}

#[test]
fn a_street_light_from_the_post_to_fixed() {
    on_each_database(|city| {
        let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        city.works();

        let ticket = city.ticket_of(&post);
        assert_eq!(ticket.service, "street_light");
        assert_eq!(ticket.department, "street_lighting");
        assert_eq!(ticket.status, Status::Open);
        assert!(
            ticket.place_label.contains("Broad") && ticket.place_label.contains("Market"),
            "{}",
            ticket.place_label
        );
        let said = city.city_said(&post);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains("On it.") && said[0].contains(&ticket.number), "{said:?}");
        assert!(said[0].starts_with("@JoyL"), "the author is named, or would not hear of it: {said:?}");

        fix(city, &ticket);
        city.works();
        let said = city.city_said(&post);
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[1].contains("Fixed."), "{said:?}");
        assert_eq!(city.again(&ticket).stage, 5);
    });
}

#[test]
fn a_neighbor_joins_and_both_hear_once_each_in_their_own_thread() {
    on_each_database(|city| {
        let first = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        city.works();
        let second = city.resident_posts("Ruth K.", "the street lamp at Broad and Market St is dark again");
        city.works();

        let ticket = city.ticket_of(&first);
        assert_eq!(city.ticket_of(&second).number, ticket.number);
        assert_eq!(city.again(&ticket).people, 2);
        assert!(city.city_said(&second)[0].contains("We know, on it."), "{:?}", city.city_said(&second));

        let again = city.resident_posts("Ruth K.", "street light at Broad and Market still out!!");
        city.works();
        assert_eq!(city.ticket_of(&again).number, ticket.number);
        assert_eq!(city.again(&ticket).people, 2, "one person counts once");
        assert!(city.city_said(&again).is_empty(), "the same author hears of the same event once");

        fix(city, &city.again(&ticket));
        city.works();
        for post in [&first, &again] {
            let said = city.city_said(post);
            assert_eq!(
                said.iter().filter(|t| t.contains("Fixed.")).count(),
                1,
                "{said:?} {:#?}",
                city.replies_to(post)
            );
        }
        assert_eq!(city.city_said(&second).len(), 1, "Ruth hears in the thread of her newest post");
    });
}

#[test]
fn no_place_is_asked_once_and_the_answer_completes_the_same_ticket() {
    on_each_database(|city| {
        let post = city.resident_posts("Ruth K.", "Huge pothole, my tire is gone!!");
        city.works();
        let waiting = city.ticket_of(&post);
        assert_eq!(waiting.status, Status::Waiting);
        assert_eq!(waiting.due_at, None, "no promise before there is a place");
        assert!(city.city_said(&post)[0].contains("Where is it?"), "{:?}", city.city_said(&post));

        let answer = city.resident_answers("Ruth K.", &post, "Jefferson St and Market St");
        city.works();
        let ticket = city.again(&waiting);
        assert_eq!(ticket.status, Status::Open, "{:?}", city.kept(&answer).reason);
        assert_eq!(ticket.number, waiting.number);
        assert!(ticket.due_at.is_some());
        let said = city.city_said(&post);
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[1].contains("On it.") && said[1].contains(&ticket.number), "{said:?}");
    });
}

#[test]
fn two_places_fit_and_the_question_names_both() {
    on_each_database(|city| {
        let post = city.resident_posts("Joy L.", "pothole in front of 214 Green");
        city.works();
        let said = city.city_said(&post);
        assert!(said[0].contains("Green St") && said[0].contains("Green Ter"), "{said:?}");
        city.resident_answers("Joy L.", &post, "the Terrace one, Green Ter");
        city.works();
        let ticket = city.ticket_of(&post);
        assert!(ticket.place_label.contains("Green Ter"), "{}", ticket.place_label);
        assert_eq!(ticket.status, Status::Open);
    });
}

#[test]
fn what_is_somebody_elses_is_handed_over_and_says_whom_to_ask() {
    on_each_database(|city| {
        for (who, text, ask) in [
            ("Joy L.", "Big branch down across the path in Alder Creek State Park", "State Parks Department"),
            ("Ruth K.", "Street light out at 12 Oak St, Westfield", "town of Westfield (555-0190)"),
        ] {
            let post = city.resident_posts(who, text);
            city.works();
            let (kept, ticket) = (city.kept(&post), city.ticket_of(&post));
            assert_eq!(kept.outcome, "answered", "{text}: {}", kept.reason);
            assert_eq!((ticket.status, ticket.close_reason.as_deref()), (Status::Closed, Some("not_ours")));
            let said = city.city_said(&post);
            assert!(said.len() == 1 && said[0].contains(ask), "{text}: {said:?}");
        }
        // A town that nobody wrote down, and a post we are not sure of, wait for a person.
        let unsure = city.resident_posts("Marco D.", "there is a smell in Alder Creek State Park?");
        city.works();
        assert_ne!(city.kept(&unsure).outcome, "opened", "{}", city.kept(&unsure).reason);
    });
}

#[test]
fn another_problem_in_the_same_thread_is_at_the_same_place() {
    on_each_database(|city| {
        let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        city.works();
        let also = city.resident_answers("Joy L.", &post, "And the storm drain is clogged, water everywhere");
        city.works();
        let (light, hole) = (city.ticket_of(&post), city.ticket_of(&also));
        assert_ne!(light.number, hole.number, "{}", city.kept(&also).reason);
        assert_eq!((hole.place_key, hole.status), (light.place_key, Status::Open));
    });
}

#[test]
fn asked_twice_and_then_a_person_takes_over() {
    on_each_database(|city| {
        let post = city.resident_posts("Ruth K.", "Huge pothole, my tire is gone!!");
        city.works();
        city.resident_answers("Ruth K.", &post, "well, on my street of course");
        city.works();
        let second = city.resident_answers("Ruth K.", &post, "you know, near my house");
        city.works();
        let said = city.city_said(&post);
        assert_eq!(said.len(), 2, "two questions in all: {said:?}");
        assert_eq!(city.kept(&second).outcome, "answered");
        assert!(city.kept(&second).reason.contains("a person takes over"), "{}", city.kept(&second).reason);
    });
}

#[test]
fn nobody_answers_and_after_a_week_it_is_closed_without_a_place() {
    on_each_database(|city| {
        let post = city.resident_posts("Ruth K.", "Huge pothole, my tire is gone!!");
        city.works();
        city.pass(Duration::hours(25));
        city.works();
        assert_eq!(city.ticket_of(&post).status, Status::Waiting);
        city.pass(Duration::days(7));
        city.works();
        let ticket = city.ticket_of(&post);
        assert_eq!(ticket.status, Status::Closed);
        assert_eq!(ticket.close_reason.as_deref(), Some("no_place"));
        city.may_leave_over();
    });
}

#[test]
fn a_thank_you_is_set_aside_with_the_reason() {
    on_each_database(|city| {
        let post = city
            .resident_posts("Sam O.", "Thank you to the crew that plowed our street before sunrise today.");
        city.works();
        assert!(city.tickets_of(&post).is_empty());
        let kept = city.kept(&post);
        assert_eq!(kept.outcome, "set_aside");
        assert!(kept.reason.contains("thank"), "{}", kept.reason);
        assert!(city.city_said(&post).is_empty());
    });
}

#[test]
fn danger_to_life_pages_people_and_gets_only_the_fixed_text() {
    on_each_database(|city| {
        let text =
            "Power line down and sparking across the sidewalk at Broad & Kinney, kids are walking past it";
        let post = city.resident_posts("Ana C.", text);
        city.works();
        let ticket = city.ticket_of(&post);
        assert!(ticket.hidden, "no public page");
        assert_eq!(ticket.due_at, None, "no promise");
        let said = city.city_said(&post);
        assert_eq!(said.len(), 1);
        assert!(said[0].contains("911") && !said[0].contains("On it"), "{said:?}");
        let called = city.mails().len();
        assert!(called >= 1, "the first person on duty is called");

        city.pass(Duration::seconds(121));
        city.works();
        assert!(city.mails().len() > called, "the next person is called after two minutes");
        let now = city.clock.now();
        city.app.db.write(|conn| advance::have_it(conn, &ticket, "Dana Ruiz", now)).expect("taken");
        let called = city.mails().len();
        city.pass(Duration::seconds(300));
        city.works();
        assert_eq!(city.mails().len(), called, "calls end when somebody has it");

        let again = city.resident_posts("Ana C.", "gas smell at Broad & Kinney now, people are coughing");
        city.works();
        assert!(city.city_said(&again).is_empty(), "the fixed text once per author in 24 hours");
        city.app
            .db
            .write(|conn| advance::have_it(conn, &city.ticket_of(&again), "Dana Ruiz", now))
            .expect("taken");
    });
}

#[test]
fn a_private_message_never_shows_in_public() {
    on_each_database(|city| {
        let post = city.resident_writes_privately(
            "Joy L.",
            "Street light out at Broad & Market, please keep my name out of it",
        );
        city.works();
        let ticket = city.ticket_of(&post);
        assert!(ticket.sealed && !ticket.is_public());
        assert!(city.city_said(&post).is_empty(), "a person answers private messages");
        let waiting = city.replies_to(&post);
        assert_eq!(waiting.len(), 1);
        assert_eq!(waiting[0].state, State::Waiting);
        assert_eq!(waiting[0].visibility, "direct");
        assert!(
            !waiting[0].text.contains("http"),
            "no link to a page that does not exist: {}",
            waiting[0].text
        );
    });
}

#[test]
fn still_broken_reopens_and_says_so() {
    on_each_database(|city| {
        let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        city.works();
        fix(city, &city.ticket_of(&post));
        city.works();
        city.resident_answers("Joy L.", &post, "still broken, it is dark again tonight");
        city.works();
        let ticket = city.ticket_of(&post);
        assert_eq!(ticket.status, Status::Reopened);
        let said = city.city_said(&post);
        assert!(said.last().is_some_and(|t| t.contains("opened it again")), "{said:?}");
    });
}

#[test]
fn fixed_needs_proof() {
    on_each_database(|city| {
        let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        city.works();
        let (world, ticket, now) = (city.app.world.now(), city.ticket_of(&post), city.clock.now());
        let refused = city
            .app
            .db
            .write(|conn| settle::fix(conn, &world, &ticket, Evidence::default(), "done", "Dana Ruiz", now))
            .expect_err("no proof");
        assert!(refused.to_string().contains("needs proof"), "{refused}");
        city.app
            .db
            .write(|conn| {
                settle::close(conn, &world, &ticket, CloseReason::NotVerified, "", "Dana Ruiz", now)
            })
            .expect("the honest way");
        city.works();
        assert!(city.city_said(&post)[1].contains("not verified"), "{:?}", city.city_said(&post));
    });
}

#[test]
fn the_kill_switch_stops_everything_and_survives() {
    on_each_database(|city| {
        let now = city.clock.now();
        city.app.db.write(|conn| onit::replies::set_sending(conn, false, "Dana Ruiz", now)).expect("stopped");
        let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        city.works();
        assert!(city.city_said(&post).is_empty());
        assert_eq!(city.replies_to(&post)[0].state, State::Queued);
        city.app.db.write(|conn| onit::replies::set_sending(conn, true, "Dana Ruiz", now)).expect("started");
        city.works();
        assert_eq!(city.city_said(&post).len(), 1);
    });
}

#[test]
fn a_deleted_post_is_not_answered() {
    on_each_database(|city| {
        let now = city.clock.now();
        city.app.db.write(|conn| onit::replies::set_sending(conn, false, "Dana Ruiz", now)).expect("stopped");
        let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        city.works();
        city.square.delete(&post.id).expect("deleted");
        city.app.db.write(|conn| onit::replies::set_sending(conn, true, "Dana Ruiz", now)).expect("started");
        city.works();
        assert_eq!(city.replies_to(&post)[0].state, State::Void);
        assert!(city.square.posts_by_city().is_empty());
    });
}

#[test]
fn switched_off_machine_waits_for_a_person() {
    on_each_database_with(
        |settings| settings.policy.auto = false,
        |city| {
            let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
            city.works();
            assert!(city.city_said(&post).is_empty());
            assert_eq!(city.replies_to(&post)[0].state, State::Waiting);
            assert_eq!(city.ticket_of(&post).status, Status::Open);
        },
    );
}

#[test]
fn an_answer_given_outside_voids_ours() {
    on_each_database_with(
        |settings| settings.policy.auto = false,
        |city| {
            let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
            city.works();
            let posting =
                onit::demo::square::Posting { reply_to: Some(post.id.clone()), ..Default::default() };
            city.square
                .post_as("City of Riverton", "@JoyL I called the crew myself. They come at 4.", posting)
                .expect("by hand");
            city.works();
            assert_eq!(city.replies_to(&post)[0].state, State::Void, "{:?}", city.replies_to(&post));
            assert_eq!(city.city_said(&post).len(), 1, "never answered twice");
        },
    );
}
