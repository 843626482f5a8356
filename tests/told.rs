//! Who is told what, and what is never lost: late answers, merged requests, edits, danger to life, several authors.

#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]
#![allow(clippy::panic, reason = "a story stops where it is not as told")]

#[path = "support/audit.rs"]
mod audit;
mod support;

use chrono::{DateTime, Duration, Utc};
use onit::accounts::{self, Role, User};
use onit::demo::square::{Posting, Visibility};
use onit::journey::{advance, apart, settle, voice};
use onit::replies::State;
use onit::tickets::policy::Evidence;
use onit::tickets::{CloseReason, Status, Ticket};
use support::city::{TestCity, on_each_database, on_each_database_with};

fn fix(city: &TestCity, ticket: &Ticket) -> Ticket {
    let (world, now) = (city.app.world.now(), city.clock.now());
    let evidence = Evidence { photo: true, ..Evidence::default() };
    city.app
        .db
        .write(|conn| settle::fix(conn, &world, &city.again(ticket), evidence, "New lamp", "Dana Ruiz", now))
        .expect("fixed")
}

fn merge(city: &TestCity, ticket: &Ticket, into: &Ticket) {
    let (world, now) = (city.app.world.now(), city.clock.now());
    city.app
        .db
        .write(|conn| apart::merge(conn, &world, &city.again(ticket), &city.again(into), "Dana Ruiz", now))
        .expect("merged");
}

fn approver(city: &TestCity) -> User {
    let now: DateTime<Utc> = city.clock.now();
    city.app
        .db
        .write(|conn| {
            accounts::put_user(conn, "nia@riverton.example", "Nia Cole", Role::Approver, None, "x", now)
        })
        .expect("a user")
}

/// A person lets a reply go; it stays for the undo window.
fn release(city: &TestCity, reply_id: i64) -> onit::error::Result<()> {
    let (world, now, nia) = (city.app.world.now(), city.clock.now(), approver(city));
    city.app.db.write(|conn| {
        let print = voice::batch(conn, &world.settings, reply_id)?.fingerprint();
        voice::approve(conn, &world, reply_id, &print, &nia, now).map(|_| ())
    })
}

fn approve(city: &TestCity, reply_id: i64) -> onit::error::Result<()> {
    let approved = release(city, reply_id);
    // What a person releases can be undone for half a minute.
    city.pass(Duration::seconds(31));
    approved
}

/// Runs what the machine has to do and lets the auditor look.
fn works(city: &TestCity) {
    city.works();
    audit::check(&city.app, &city.square);
}

#[test]
fn an_answer_after_a_day_still_counts() {
    on_each_database(|city| {
        let post = city.resident_posts("Ruth K.", "Huge pothole, my tire is gone!!");
        works(city);
        city.pass(Duration::hours(26));
        works(city);
        let answer = city.resident_answers("Ruth K.", &post, "Jefferson St and Market St");
        works(city);
        let kept = city.kept(&answer);
        assert_ne!(kept.outcome, "set_aside", "the answer to our own question is not talk: {}", kept.reason);
        let ticket = city.ticket_of(&post);
        assert_eq!(ticket.status, Status::Open, "{}", kept.reason);
    });
}

#[test]
fn an_answer_after_the_week_opens_it_again() {
    on_each_database(|city| {
        let post = city.resident_posts("Ruth K.", "Huge pothole, my tire is gone!!");
        works(city);
        city.pass(Duration::hours(26));
        works(city);
        city.pass(Duration::days(7));
        works(city);
        assert_eq!(city.ticket_of(&post).status, Status::Closed);
        city.resident_answers("Ruth K.", &post, "Jefferson St and Market St");
        works(city);
        let ticket = city.ticket_of(&post);
        assert!(ticket.status.is_live(), "any answer opens it again: {}", ticket.status);
        assert!(ticket.place_label.contains("Jefferson"), "{}", ticket.place_label);
    });
}

#[test]
fn still_broken_in_the_thread_of_a_merged_request_opens_the_one_that_lives() {
    on_each_database(|city| {
        let lamp = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        let pothole = city.resident_posts("Ruth K.", "Huge pothole, my tire is gone!!");
        works(city);
        city.resident_posts("Sam O.", "Deep pothole at Jefferson St and Market St");
        works(city);
        // Ruth's own request turns out to be Sam's.
        city.resident_answers("Ruth K.", &pothole, "Jefferson St and Market St");
        works(city);
        let mine = city.ticket_of(&pothole);
        let survivor = mine.merged_into.expect("merged into the one that was open");
        let survivor = city
            .app
            .db
            .read()
            .map(|mut c| onit::tickets::by_id(&mut c, survivor))
            .expect("a look")
            .expect("a ticket");
        fix(city, &survivor);
        works(city);
        assert!(
            city.city_said(&pothole).iter().any(|t| t.contains("Fixed.")),
            "{:?}",
            city.city_said(&pothole)
        );
        let posting = Posting { reply_to: Some(pothole.id.clone()), ..Posting::default() };
        city.square
            .tell_city("Ruth K.", "still broken, the hole is there again", posting)
            .expect("an answer");
        works(city);
        assert_eq!(
            city.again(&survivor).status,
            Status::Reopened,
            "her word counts for the request that lives"
        );
        assert!(city.ticket_of(&lamp).status.is_live());
    });
}

#[test]
fn everybody_hears_through_two_merges() {
    on_each_database(|city| {
        let a = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        let b = city.resident_posts("Ruth K.", "Street light out at Broad & Kinney");
        let c = city.resident_posts("Sam O.", "Street light out at Jefferson St and Market St");
        works(city);
        let (ta, tb, tc) = (city.ticket_of(&a), city.ticket_of(&b), city.ticket_of(&c));
        merge(city, &ta, &tb);
        merge(city, &tb, &tc);
        fix(city, &tc);
        works(city);
        for post in [&a, &b, &c] {
            let said = city.city_said(post);
            assert_eq!(said.iter().filter(|t| t.contains("Fixed.")).count(), 1, "{:?}: {said:?}", post.text);
        }
    });
}

#[test]
fn after_fixed_nobody_hears_on_it() {
    on_each_database_with(
        |settings| settings.policy.auto = false,
        |city| {
            let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
            works(city);
            let waiting = city.replies_to(&post);
            assert_eq!(waiting[0].state, State::Waiting);
            fix(city, &city.ticket_of(&post));
            works(city);
            assert_eq!(
                city.replies_to(&post)[0].state,
                State::Void,
                "a promise about something that is done"
            );
            approve(city, waiting[0].id).expect_err("it cannot be released any more");
            works(city);
            assert!(
                city.city_said(&post).iter().all(|t| !t.contains("On it.")),
                "{:?}",
                city.city_said(&post)
            );
        },
    );
}

#[test]
fn danger_to_life_hears_nothing_but_the_fixed_text() {
    on_each_database(|city| {
        let text =
            "Power line down and sparking across the sidewalk at Broad & Kinney, kids are walking past it";
        let post = city.resident_posts("Ana C.", text);
        works(city);
        let (ticket, now) = (city.ticket_of(&post), city.clock.now());
        city.app.db.write(|conn| advance::have_it(conn, &ticket, "Dana Ruiz", now)).expect("taken");
        fix(city, &ticket);
        works(city);
        let said = city.city_said(&post);
        assert_eq!(said.len(), 1, "no link to a page that is hidden, no \"Fixed\": {said:?}");
    });
}

#[test]
fn an_edit_that_speaks_of_danger_is_flagged() {
    on_each_database(|city| {
        let post = city.resident_posts("Ana C.", "What a lovely evening in our park");
        works(city);
        let text = "@CityOfRiverton Power line down and sparking across the sidewalk at Broad & Kinney, kids are walking past it";
        city.square.edit(&post.id, text).expect("edited");
        // Not every server tells of edits: this is what a poll that does brings.
        edited(city, &post, text);
        works(city);
        assert!(
            city.tickets_of(&post).iter().any(|t| t.hidden),
            "people are paged: {:?}",
            city.kept(&post).outcome
        );
        assert!(!city.mails().is_empty());
        let (ticket, now) = (city.ticket_of(&post), city.clock.now());
        city.app.db.write(|conn| advance::have_it(conn, &ticket, "Dana Ruiz", now)).expect("taken");
    });
}

#[test]
fn an_edit_that_becomes_a_report_is_not_lost() {
    on_each_database(|city| {
        let post = city
            .resident_posts("Sam O.", "Thank you to the crew that plowed our street before sunrise today.");
        works(city);
        assert_eq!(city.kept(&post).outcome, "set_aside");
        city.square
            .edit(&post.id, "@CityOfRiverton Street light out at Broad & Market, it is pitch dark here")
            .expect("edited");
        edited(city, &post, "Street light out at Broad & Market, it is pitch dark here");
        works(city);
        let kept = city.kept(&post);
        assert_ne!(kept.outcome, "set_aside", "{}", kept.reason);
    });
}

/// Brings an edit in as the channel would.
fn edited(city: &TestCity, post: &onit::demo::square::Status, text: &str) {
    use onit::intake::{self, Envelope, EnvelopeKind, Kept};
    let (kept, now) = (city.kept(post), city.clock.now());
    let envelope: Envelope = serde_json::from_value(serde_json::json!({
        "kind": "edit", "channel": "mastodon", "id": post.id, "uri": post.uri, "author": {"id": ""}, "text": text,
        "created_at": post.created_at, "visibility": "public", "local_id": post.id, "edited_at": now, "raw": "{}",
    }))
    .expect("an envelope");
    assert_eq!(envelope.kind, EnvelopeKind::Edit);
    city.app
        .db
        .write(|conn| {
            let Kept::Edited(post) = intake::keep(conn, &envelope, kept.account_id, now)? else {
                panic!("an edit")
            };
            let key = format!("edited/{}/{}", post.id, post.version);
            onit::jobs::enqueue(conn, "edited", Some(&key), &post.id.to_string(), now, now)
        })
        .expect("kept");
}

/// Five minutes pass while the machine works.
fn five_minutes_pass(city: &TestCity) {
    for _ in 0..29 {
        city.pass(Duration::seconds(10));
        city.works();
    }
}

/// What says whether a kept page of the ticket is still right.
fn stamp(city: &TestCity, ticket: &Ticket) -> Option<onit::insights::public::Stamp> {
    let mut conn = city.app.db.read().expect("a connection");
    onit::insights::public::stamp(&mut conn, &ticket.number).expect("a look")
}

/// The links to residents' posts that the public page of a ticket shows.
fn linked_posts(city: &TestCity, ticket: &Ticket) -> Vec<String> {
    let mut conn = city.app.db.read().expect("a connection");
    match onit::insights::public::ticket(&mut conn, &ticket.number).expect("a look") {
        onit::insights::public::Found::Page(page) => page.posts.into_iter().map(|p| p.uri).collect(),
        other => panic!("a page, not {other:?}"),
    }
}

#[test]
fn what_its_author_deletes_leaves_the_page_within_five_minutes() {
    on_each_database(|city| {
        let lamp = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        let again = city.resident_posts("Sam O.", "The street light at Broad & Market is still out");
        works(city);
        let ticket = city.ticket_of(&lamp);
        assert_eq!(linked_posts(city, &ticket).len(), 2);
        let kept = stamp(city, &ticket);
        city.square.delete(&again.id).expect("deleted");
        five_minutes_pass(city);
        assert_ne!(stamp(city, &ticket), kept, "a page kept from before is known to be old");
        assert_eq!(
            linked_posts(city, &ticket),
            std::slice::from_ref(&lamp.uri),
            "the other one is still there"
        );
        assert!(city.kept(&again).deleted_at.is_some());
        assert_eq!(city.again(&ticket).people, 2, "who told us is counted, in the city's words");
        fix(city, &ticket);
        works(city);
        assert!(city.city_said(&lamp).iter().any(|t| t.contains("Fixed.")));
        assert!(city.replies_to(&again).iter().all(|r| r.kind != "fixed" || r.state != State::Delivered));
    });
}

#[test]
fn an_edit_that_no_server_told_of_is_found_and_waits_for_a_person() {
    on_each_database(|city| {
        let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        works(city);
        city.square
            .edit(&post.id, "@CityOfRiverton Street light out at Broad & Kinney, sorry")
            .expect("edited");
        five_minutes_pass(city);
        let kept = city.kept(&post);
        assert_eq!((kept.version, kept.text.contains("Kinney")), (2, true));
    });
}

#[test]
fn a_reply_a_person_approved_waits_again_when_the_post_is_edited_before_it_goes() {
    on_each_database_with(
        |settings| settings.policy.trial_replies = 50,
        |city| {
            let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
            works(city);
            let reply = city.replies_to(&post).remove(0);
            assert_eq!(reply.state, State::Waiting);
            release(city, reply.id).expect("approved");
            // Nobody told us of the edit: the look before sending finds it.
            city.square.edit(&post.id, "@CityOfRiverton It works again, forget it").expect("edited");
            city.pass(Duration::seconds(31));
            works(city);
            assert!(city.city_said(&post).is_empty(), "{:?}", city.city_said(&post));
            let waits = city.replies_to(&post).remove(0);
            assert_eq!((waits.state, waits.why.contains("edited")), (State::Waiting, true), "{}", waits.why);
            assert!(city.kept(&post).text.contains("works again"), "the person sees the new words");
            approve(city, reply.id).expect("approved with the new words in sight");
            works(city);
            assert_eq!(city.city_said(&post).len(), 1);
        },
    );
}

#[test]
fn what_became_private_is_answered_in_private() {
    on_each_database_with(
        |settings| settings.policy.trial_replies = 50,
        |city| {
            let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
            works(city);
            let reply = city.replies_to(&post).remove(0);
            assert_eq!((reply.state, reply.visibility.as_str()), (State::Waiting, "unlisted"));
            city.square.hide(&post.id, Visibility::Direct).expect("private now");
            approve(city, reply.id).expect("approved");
            works(city);
            assert!(city.city_said(&post).is_empty(), "not in public, and not before a person looked");
            let waits = city.replies_to(&post).remove(0);
            assert_eq!((waits.state, waits.visibility.as_str()), (State::Waiting, "direct"), "{}", waits.why);
            approve(city, reply.id).expect("approved for private");
            works(city);
            let said = city.square.replies_to(&post.id);
            let own: Vec<_> = said.iter().filter(|s| s.by_city).collect();
            assert_eq!(own.len(), 1);
            assert_eq!(own[0].visibility, Visibility::Direct);
        },
    );
}

#[test]
fn a_post_of_our_account_that_nobody_wrote_here_rings_the_people_on_duty() {
    on_each_database(|city| {
        works(city);
        city.square
            .post_as("CityOfRiverton", "Free parking for ever! Trust me.", Posting::default())
            .expect("posted");
        works(city);
        let mails = city.mails();
        assert!(
            mails.iter().any(|m| m.contains("take its tokens back") && m.contains("Free parking")),
            "{mails:?}"
        );
        five_minutes_pass(city);
        assert_eq!(city.mails().len(), mails.len(), "once a post");
    });
}

#[test]
fn one_post_that_names_one_thing_twice_hears_once() {
    on_each_database(|city| {
        let post = city.resident_posts(
            "Joy L.",
            "Street light out at Broad & Market. Also the pothole at Jefferson St and Market St is back. And the street light at Broad & Market is out since Monday!",
        );
        works(city);
        let tickets = city.tickets_of(&post);
        let said = city.city_said(&post);
        let numbers: std::collections::BTreeSet<_> = tickets.iter().map(|t| t.number.clone()).collect();
        assert_eq!(said.len(), numbers.len(), "one answer a request: {said:?}");
    });
}

#[test]
fn who_opened_it_and_writes_again_hears_nothing_new() {
    on_each_database(|city| {
        let first = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        works(city);
        let again = city.resident_posts("Joy L.", "street light at Broad and Market still out!!");
        works(city);
        assert_eq!(city.ticket_of(&again).number, city.ticket_of(&first).number);
        assert!(city.city_said(&again).is_empty(), "{:?}", city.city_said(&again));
    });
}

#[test]
fn the_newest_post_is_gone_and_its_author_still_hears() {
    on_each_database(|city| {
        let first = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        works(city);
        let second = city.resident_posts("Joy L.", "street light at Broad and Market still out!!");
        works(city);
        let (kept, now) = (city.kept(&second), city.clock.now());
        let ticket = city.ticket_of(&second);
        city.square.delete(&second.id).expect("deleted");
        city.app
            .db
            .write(|conn| {
                let gone = serde_json::json!({"kind": "delete", "channel": "mastodon", "id": "", "uri": kept.uri, "author": {"id": ""},
                    "text": "", "created_at": now, "raw": "{}"});
                let gone = serde_json::from_value(gone).expect("an envelope");
                onit::intake::keep(conn, &gone, kept.account_id, now).map(|_| ())
            })
            .expect("deleted");
        fix(city, &ticket);
        works(city);
        let said = city.city_said(&first);
        assert!(
            said.iter().any(|t| t.contains("Fixed.")),
            "she wrote twice, one post still stands: {said:?}"
        );
    });
}

#[test]
fn a_reply_approved_after_a_day_goes_out() {
    on_each_database_with(
        |settings| settings.policy.auto = false,
        |city| {
            let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
            works(city);
            city.pass(Duration::hours(30));
            works(city);
            approve(city, city.replies_to(&post)[0].id).expect("approved");
            // The clock's own turn comes first this time.
            onit::worker::schedule::round(&city.app).expect("a turn");
            works(city);
            assert_eq!(
                city.replies_to(&post)[0].state,
                State::Delivered,
                "{}",
                city.replies_to(&post)[0].why
            );
        },
    );
}

#[test]
fn free_words_to_many_wait_for_a_second_person() {
    on_each_database_with(
        |settings| settings.policy.bulk_over = 3,
        |city| {
            let first = city.resident_posts("Joy L.", "Street light out at Broad & Market");
            works(city);
            for n in 0..4 {
                city.resident_posts(&format!("Neighbor {n}"), "street light at Broad and Market is out");
            }
            works(city);
            let (world, ticket, now) =
                (city.app.world.now(), city.again(&city.ticket_of(&first)), city.clock.now());
            assert_eq!(ticket.people, 5);
            city.app
                .db
                .write(|conn| {
                    settle::close(
                        conn,
                        &world,
                        &ticket,
                        CloseReason::NoAction,
                        "The mayor says no",
                        "Dana Ruiz",
                        now,
                    )
                })
                .expect("closed");
            works(city);
            assert!(
                city.city_said(&first).iter().all(|t| !t.contains("mayor")),
                "{:?}",
                city.city_said(&first)
            );
        },
    );
}

#[test]
fn answered_by_hand_before_the_machine_was_there() {
    on_each_database(|city| {
        // Both stand on the network before the next look at it.
        let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        let before = city.resident_posts("Ruth K.", "Huge pothole, my tire is gone!!");
        let posting = Posting { reply_to: Some(post.id.clone()), ..Posting::default() };
        works(city);
        let now = city.square.posts_by_city().len();
        assert!(now > 0 && city.city_said(&before).len() == 1);
        let post = city.resident_posts("Luz P.", "Street light out at Jefferson St and Market St");
        let posting = Posting { reply_to: Some(post.id.clone()), ..posting };
        city.square
            .post_as("City of Riverton", "@LuzP We saw it, a crew is on its way.", posting)
            .expect("by hand");
        works(city);
        assert_eq!(city.city_said(&post).len(), 1, "never answered twice: {:?}", city.city_said(&post));
    });
}

#[test]
fn a_hand_written_answer_to_our_own_question_counts() {
    on_each_database_with(
        |settings| settings.policy.auto = false,
        |city| {
            let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
            works(city);
            approve(city, city.replies_to(&post)[0].id).expect("approved");
            works(city);
            fix(city, &city.ticket_of(&post));
            city.app
                .db
                .write(|conn| onit::replies::set_sending(conn, false, "Dana", city.clock.now()))
                .expect("stopped");
            works(city);
            // Somebody answers below our own "On it" in the network's own app.
            let ours = city.square.thread(&post.id).into_iter().rfind(|s| s.by_city).expect("ours");
            let posting = Posting { reply_to: Some(ours.id), ..Posting::default() };
            city.square
                .post_as("City of Riverton", "@JoyL It is fixed now, have a look.", posting)
                .expect("by hand");
            works(city);
            city.app
                .db
                .write(|conn| onit::replies::set_sending(conn, true, "Dana", city.clock.now()))
                .expect("on");
            works(city);
            let said = city.city_said(&post);
            assert_eq!(said.len(), 2, "what was said by hand is not said again: {said:?}");
        },
    );
}

#[test]
fn a_loop_with_a_machine_ends() {
    on_each_database(|city| {
        let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        works(city);
        for _ in 0..6 {
            let last = city.square.thread(&post.id).into_iter().rfind(|s| s.by_city).expect("ours");
            let posting = Posting { reply_to: Some(last.id), ..Posting::default() };
            city.square
                .tell_city("Joy L.", "what is the status of this? any update?", posting)
                .expect("asked");
            works(city);
        }
        let said = city.city_said(&post);
        let distinct: std::collections::BTreeSet<_> = said.iter().collect();
        assert_eq!(said.len(), distinct.len(), "equal words stand once in a thread: {said:?}");
    });
}

#[test]
fn a_private_post_never_makes_a_public_line() {
    on_each_database(|city| {
        let public = city.resident_posts("Joy L.", "Deep pothole at Jefferson St and Market St");
        works(city);
        let posting = Posting { visibility: Visibility::Direct, ..Posting::default() };
        let private =
            city.square.tell_city("Ruth K.", "Huge pothole, my tire is gone!!", posting).expect("a post");
        works(city);
        let sealed = city.ticket_of(&private);
        assert!(sealed.sealed);
        let (world, now) = (city.app.world.now(), city.clock.now());
        // The question is released by a person, the answer comes in private, and it is the same hole.
        approve(city, city.replies_to(&private)[0].id).expect("approved");
        works(city);
        let ours = city.square.thread(&private.id).into_iter().rfind(|s| s.by_city).expect("our question");
        let posting =
            Posting { visibility: Visibility::Direct, reply_to: Some(ours.id), ..Posting::default() };
        city.square.tell_city("Ruth K.", "Jefferson St and Market St", posting).expect("an answer");
        works(city);
        let open = city.again(&city.ticket_of(&public));
        let mut conn = city.app.db.read().expect("a connection");
        for line in onit::tickets::history_of(&mut conn, open.id).expect("history") {
            assert!(
                !(line.public && line.words.contains(&sealed.number)),
                "its number is nobody's business: {line:?}"
            );
        }
        assert_eq!(open.people, 2, "it adds one to the count and nothing else");
        drop((world, now));
    });
}

#[test]
fn followers_hear_that_it_is_fixed() {
    on_each_database(|city| {
        let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        works(city);
        let (world, ticket, now) = (city.app.world.now(), city.ticket_of(&post), city.clock.now());
        city.app
            .db
            .write(|conn| onit::journey::followers::ask(conn, &world, &ticket, "ben@example.org", false, now))
            .expect("asked");
        works(city);
        let link = city.mails().iter().find_map(|m| {
            let flat = m.replace("=\r\n", "").replace("=\n", "");
            let at = flat.find("/follow/")?;
            Some(
                flat[at + 8..]
                    .split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_')
                    .next()?
                    .to_owned(),
            )
        });
        let link = link.expect("the mail with the link");
        city.app
            .db
            .write(|conn| {
                let follower = onit::journey::followers::find(conn, &link)?;
                onit::journey::followers::confirm(conn, &follower)
            })
            .expect("confirmed");
        let before = city.mails().len();
        fix(city, &ticket);
        works(city);
        assert!(city.mails().len() > before, "who follows a request hears that it is fixed");
    });
}
