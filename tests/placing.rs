//! Where it is: what a photo, a profile and an answer add to the words, and what they never do.

#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]

mod support;

use chrono::Duration;
use onit::demo::square::{Posting, Status as Written};
use onit::intake::{self, Envelope, Kept};
use onit::journey::{self, advance};
use onit::places::{self, FoundBy};
use onit::tickets::{self, Status, Ticket};
use support::city::{TestCity, on_each_database};
use support::photos;

const NO_PLACE: &str = "Huge pothole, my tire is gone!!";

/// A resident posts with a photo that was taken at a place.
fn posts_with_photo(city: &TestCity, who: &str, text: &str, taken: &[&str]) -> Written {
    let photo = |words: &&str| {
        let place = city.place(words);
        (photos::taken_at(place.lat, place.lon), None)
    };
    let posting = Posting { photos: taken.iter().map(photo).collect(), ..Posting::default() };
    city.square.tell_city(who, text, posting).expect("a post")
}

fn found_by(city: &TestCity, ticket: &Ticket) -> FoundBy {
    tickets::spot_of(&mut city.app.db.read().expect("a connection"), ticket.id).expect("a look").found_by
}

#[test]
fn a_photo_fills_the_gap_the_words_leave() {
    on_each_database(|city| {
        let post = posts_with_photo(city, "Ruth K.", NO_PLACE, &["Jefferson Ave & Market St"]);
        city.works();
        let ticket = city.ticket_of(&post);
        assert_eq!(ticket.status, Status::Open, "{:?}", city.kept(&post));
        assert_eq!(found_by(city, &ticket), FoundBy::Photo);
        assert_eq!(city.kept(&post).outcome, "opened");
        let said = city.city_said(&post);
        assert!(
            said.len() == 1 && said[0].contains("On it."),
            "nothing is asked that the photo knows: {said:?}"
        );
    });
}

#[test]
fn a_photo_chooses_between_places_that_fit() {
    on_each_database(|city| {
        let post = posts_with_photo(city, "Joy L.", "pothole in front of 214 Green", &["214 Green Ter"]);
        city.works();
        let ticket = city.ticket_of(&post);
        assert_eq!((ticket.place_label.as_str(), ticket.status), ("214 Green Ter", Status::Open));
        assert_eq!(found_by(city, &ticket), FoundBy::Photo);
    });
}

#[test]
fn a_photo_never_moves_a_ticket_that_has_a_place() {
    on_each_database(|city| {
        let post = posts_with_photo(city, "Joy L.", "Street light out at Broad & Market", &["214 Green Ter"]);
        city.works();
        let ticket = city.ticket_of(&post);
        assert_eq!(ticket.place_label, "Broad St & Market St");
        let notes = city.notes_of(&ticket);
        assert!(notes.len() == 1 && notes[0].contains("taken near 214 Green Ter"), "{notes:?}");
        let choices = city.alternatives_of(&post);
        assert_eq!(choices, ["near 214 Green Ter"], "one press away");
        assert!(!city.city_said(&post)[0].contains("Green Ter"));

        // Dispatched without a place: the crew is told, the ticket stays where it is.
        let late = city.resident_posts("Ruth K.", NO_PLACE);
        city.works();
        let waiting = city.ticket_of(&late);
        let (world, now) = (city.app.world.now(), city.clock.now());
        let sent = city.app.db.write(|conn| {
            let placed = advance::set_place(conn, &world, &waiting, "Elm St & Church St", "Dana Ruiz", now)?;
            advance::assign(conn, &world, &placed, "roads_snow", "Crew 4", "Dana Ruiz", now)
        });
        let sent = sent.expect("a crew");
        let spot = city.place("214 Green Ter");
        let kept = city.kept(&late);
        let told = |conn: &mut onit::db::DbConnection| {
            journey::photo::taken_at(conn, &world, &kept, (spot.lat, spot.lon), now)
        };
        city.app.db.write(told).expect("told");
        let still = city.again(&sent);
        assert_eq!((still.status, still.place_key.as_str()), (Status::Assigned, sent.place_key.as_str()));
        assert_eq!(found_by(city, &sent), FoundBy::Person);
        assert!(city.notes_of(&sent)[0].contains(" m from the place of this request"));
    });
}

#[test]
fn photos_that_disagree_say_nothing() {
    on_each_database(|city| {
        let post = posts_with_photo(city, "Ruth K.", NO_PLACE, &["214 Green Ter", "Broad St & Market St"]);
        city.works();
        assert_eq!(city.ticket_of(&post).status, Status::Waiting);
        assert!(city.city_said(&post)[0].contains("Where is it?"));
    });
}

#[test]
fn a_profile_chooses_and_never_places() {
    on_each_database(|city| {
        let house = city.place("214 Green Ter");
        let world = city.app.world.now();
        let ward = places::areas_at(&world.places, house.lat, house.lon, 0.0).pop().expect("a ward").name;
        let now = city.clock.now();
        world.numbers.refill(&city.app.db, world.settings.city.time_zone, now).expect("numbers");
        let receive = |n: usize, text: &str| {
            let line = serde_json::json!({"channel": "replay", "id": n.to_string(), "uri": format!("replay:profile:{n}"),
                "author": {"id": "ana", "place": format!("I live in {ward}")}, "text": text, "created_at": now,
                "visibility": "public", "raw": "{}"});
            let envelope: Envelope = serde_json::from_value(line).expect("an envelope");
            city.app.db.write(|conn| match intake::keep(conn, &envelope, None, now)? {
                Kept::New(post) => journey::receive(conn, &world, &post, now),
                other => panic!("{other:?}"),
            })
        };
        let chosen = receive(1, "There is a deep pothole in front of 214 Green").expect("received");
        let place = chosen.concerns[0].place.as_ref().expect("a place");
        assert_eq!((place.label.as_str(), place.found_by), ("214 Green Ter", FoundBy::Profile));
        let nowhere = receive(2, NO_PLACE).expect("received");
        assert_eq!(nowhere.outcome, "review", "a profile never places a post by itself");
    });
}

#[test]
fn the_answer_in_free_words_completes_the_same_ticket() {
    on_each_database(|city| {
        for (who, text, answer, place) in [
            (
                "Joy L.",
                "There is a deep pothole in front of 214 Green",
                "the one by the market",
                "214 Green St",
            ),
            (
                "Luz P.",
                "Hay un bache en la calle frente al 214 de Green",
                "el que está al lado del mercado",
                "214 Green St",
            ),
            (
                "Ana C.",
                "Tem um buraco na rua em frente ao 214 da Green",
                "o que fica perto do mercado",
                "214 Green St",
            ),
            ("Marie J.", "Limyè lari a etenn devan 214 Green", "sa ki bò mache a", "214 Green St"),
            ("Ruth K.", "There is a deep pothole in front of 214 Green", "Green Ter", "214 Green Ter"),
            ("Sam O.", "There is a deep pothole in front of 214 Green", "Green St please", "214 Green St"),
        ] {
            let post = city.resident_posts(who, text);
            city.works();
            let waiting = city.ticket_of(&post);
            assert_eq!(
                (waiting.status, waiting.due_at),
                (Status::Waiting, None),
                "{text}: {:?}",
                city.kept(&post)
            );
            let asked = city.city_said(&post);
            assert!(asked[0].contains("214 Green St") && asked[0].contains("214 Green Ter"), "{asked:?}");
            city.resident_answers(who, &post, answer);
            city.works();
            let ticket = city.again(&waiting);
            assert_eq!(ticket.place_label, place, "{answer}: {:?}", city.city_said(&post));
            assert_eq!(ticket.number, waiting.number);
            assert!(ticket.due_at.is_some() && ticket.status == Status::Open, "{answer}: {ticket:?}");
            assert_eq!(city.city_said(&post).len(), 2, "asked once, answered once");
            city.close_all();
            city.pass(Duration::days(1));
        }
    });
}

#[test]
fn two_tries_and_then_a_person_in_every_language() {
    on_each_database(|city| {
        for (who, text, first, second) in [
            ("Joy L.", NO_PLACE, "well, on my street of course", "you know, near my house"),
            (
                "Luz P.",
                "Hay un bache muy grande en mi calle",
                "pues en mi calle",
                "ya sabe, cerca de mi casa",
            ),
            ("Ana C.", "A lâmpada do poste está queimada", "na minha rua, claro", "perto da minha casa"),
            ("Marie J.", "Limyè lari a etenn", "nan lari mwen an", "tou pre lakay mwen"),
        ] {
            let post = city.resident_posts(who, text);
            city.works();
            let waiting = city.ticket_of(&post);
            assert_eq!(waiting.status, Status::Waiting, "{text}: {:?}", city.kept(&post));
            city.resident_answers(who, &post, first);
            city.works();
            let last = city.resident_answers(who, &post, second);
            city.works();
            assert_eq!(city.city_said(&post).len(), 2, "two questions in all: {:?}", city.city_said(&post));
            assert!(
                city.kept(&last).reason.contains("a person takes over"),
                "{second}: {:?}",
                city.kept(&last)
            );
            assert_eq!(city.again(&waiting).number, waiting.number);
            city.close_all();
            city.pass(Duration::days(1));
        }
    });
}

#[test]
fn a_gazetteer_nobody_can_read_leaves_the_old_one_in_use() {
    on_each_database(|city| {
        let now = city.clock.now();
        let bad = b"ONITGAZ1 of another time";
        places::stored::replace(&city.app.db, bad, "a story", now).expect("stored");
        city.works();
        let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        city.works();
        assert_eq!(city.ticket_of(&post).place_label, "Broad St & Market St");
    });
}
