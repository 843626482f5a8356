//! mySociety's extension, both ways (O25 to O29).

use chrono::{DateTime, Duration};
use onit::journey::{advance, settle};
use onit::tickets::policy::Evidence;
use onit::tickets::{self, Status, Ticket};

use crate::client::{CORNER, Client, DARK, new_key, refusal};
use crate::support::city::{TestCity, on_each_database};
use crate::xml::Node;

/// A crew is done.
pub(crate) fn fix(city: &TestCity, ticket: &Ticket) -> Ticket {
    let (world, now) = (city.app.world.now(), city.clock.now());
    let proof = Evidence { photo: true, ..Evidence::default() };
    let work =
        |conn: &mut onit::db::DbConnection| settle::fix(conn, &world, ticket, proof, "New lamp", "Dana", now);
    city.app.db.write(work).expect("fixed")
}

fn all(client: &Client<'_>, query: &str) -> Vec<Node> {
    client.xml(&format!("/v2/servicerequestupdates.xml{query}")).children
}

#[test]
fn o25_o27_steps_are_told_under_every_number() {
    on_each_database(|city| {
        let client = Client::open(city);
        let first = client.file("street_light", CORNER, DARK);
        let second = client.file("street_light", CORNER, "still dark");
        let (world, now) = (city.app.world.now(), city.clock.now());
        let ticket = client.ticket(&first);
        let assign = |conn: &mut onit::db::DbConnection| {
            advance::assign(conn, &world, &ticket, "street_lighting", "L3", "Dana", now)
        };
        let booked = city.app.db.write(assign).expect("booked");
        city.pass(Duration::minutes(10));
        fix(city, &booked);
        let told = all(&client, "");
        let said: Vec<(&str, &str)> =
            told.iter().map(|u| (u.get("service_request_id"), u.get("status"))).collect();
        let (first, second) = (first.as_str(), second.as_str());
        assert_eq!(
            said,
            [(first, "action_scheduled"), (second, "action_scheduled"), (first, "fixed"), (second, "fixed")]
        );
        let mut ids: Vec<&str> = told.iter().map(|u| u.get("update_id")).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 4, "each has a name of its own");
        assert_eq!(told[2].get("description"), "Fixed: New lamp");
        let at = DateTime::parse_from_rfc3339(told[2].get("updated_datetime")).expect("a moment");
        assert_eq!(at, city.clock.now());
        assert_eq!(all(&client, "?start_date=2026-01-27T15:05:00Z&end_date=2026-01-27T16:00:00Z").len(), 2);
        assert_eq!(all(&client, "?end_date=2026-01-27T15:05:00Z").len(), 2);
        city.pass(Duration::hours(3));
        assert!(all(&client, "").is_empty(), "the last two hours");
        for query in
            ["?start_date=yesterday", "?start_date=2026-01-27T15:05:00Z&end_date=2025-01-27T15:05:00Z"]
        {
            refusal(&client.get(&format!("/v2/servicerequestupdates.json{query}")), 400);
        }
        let json = client.json("/v2/servicerequestupdates.json?start_date=2026-01-27T15:00:00Z");
        assert_eq!(json.as_array().map(Vec::len), Some(4));
        city.works();
    });
}

fn news<'a>(number: &'a str, update_id: &'a str, status: &'a str, words: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("service_request_id", number),
        ("update_id", update_id),
        ("status", status),
        ("updated_datetime", "2026-01-27T14:00:00Z"),
        ("description", words),
        ("last_name", "-"),
        ("email_alerts_requested", "FALSE"),
    ]
}

#[test]
fn o26_news_are_kept_for_staff_and_told_back_with_their_name() {
    on_each_database(|city| {
        let client = Client::open(city);
        let number = client.file("street_light", CORNER, DARK);
        let words = "I am Ana & it <still> flickers\r\nat night 😀";
        let post = |fields: &[(&str, &str)]| client.post("/v2/servicerequestupdates.xml", fields);
        let done = crate::xml::parse(&post(&news(&number, "u1", "OPEN", words)).text());
        let name = done.children[0].get("update_id").to_owned();
        let again = crate::xml::parse(&post(&news(&number, "u1", "OPEN", words)).text());
        assert_eq!(again.children[0].get("update_id"), name, "the same once more");
        let other = refusal(&post(&news(&number, "u1", "OPEN", "other words")), 400);
        assert!(other[0].contains("already exists"), "{other:?}");

        let told = all(&client, "");
        assert_eq!((told.len(), told[0].get("update_id"), told[0].get("status")), (1, name.as_str(), "open"));
        assert!(!told[0].get("description").contains("Ana"), "strangers do not read them");
        let own = all(&client, &format!("?api_key={}", client.key));
        assert_eq!(own[0].get("description"), words, "whoever told them reads them back");
        let elsewhere = new_key(city, "other", &[onit::accounts::keys::Scope::Open311], 9);
        assert!(!all(&client, &format!("?api_key={elsewhere}"))[0].get("description").contains("Ana"));
        let ticket = client.ticket(&number);
        let notes =
            tickets::notes_of(&mut city.app.db.read().expect("a connection"), ticket.id).expect("notes");
        assert!(notes.len() == 1 && notes[0].words.contains(words), "staff do: {notes:?}");
    });
}

#[test]
fn o26_what_is_missing_is_named() {
    on_each_database(|city| {
        let client = Client::open(city);
        let number = client.file("street_light", CORNER, DARK);
        let good = news(&number, "u1", "OPEN", "words");
        for name in ["service_request_id", "update_id", "status", "updated_datetime", "description"] {
            let left: Vec<_> = good.iter().copied().filter(|(n, _)| *n != name).collect();
            let said = refusal(&client.post("/v2/servicerequestupdates.json", &left), 400);
            assert_eq!(said, [format!("{name} required")]);
            let mut doubled = good.clone();
            doubled.push((name, "x"));
            let said = refusal(&client.post("/v2/servicerequestupdates.xml", &doubled), 400);
            assert!(said[0].starts_with(name), "{said:?}");
        }
        let said = refusal(&client.post_with("/v2/servicerequestupdates.xml", &[], &good), 403);
        assert!(said[0].starts_with("api_key"), "{said:?}");
        refusal(
            &client.post("/v2/servicerequestupdates.xml", &news("26-999999", "u1", "OPEN", "words")),
            404,
        );
        refusal(&client.post("/v2/servicerequestupdates.xml", &news(&number, "u1", "DONE", "words")), 400);
        assert!(all(&client, "").is_empty(), "nothing was kept");
    });
}

#[test]
fn o27_not_fixed_opens_again_and_fixed_is_no_proof() {
    on_each_database(|city| {
        let client = Client::open(city);
        let number = client.file("street_light", CORNER, DARK);
        let tell = |id: &str, status: &str| {
            let done = client.post("/v2/servicerequestupdates.json", &news(&number, id, status, "words"));
            assert_eq!(done.status, 200, "{}", done.text());
        };
        tell("u1", "FIXED");
        assert_eq!(client.ticket(&number).status, Status::Open, "\"Fixed\" needs proof");
        fix(city, &client.ticket(&number));
        tell("u2", "UNCHANGED");
        assert_eq!(client.ticket(&number).status, Status::Fixed);
        tell("u3", "OPEN");
        assert_eq!(client.ticket(&number).status, Status::Reopened);
        city.works();
    });
}

#[test]
fn o28_o29_fixmystreet_files_and_fetches() {
    on_each_database(|city| {
        let client = Client::open(city);
        let description =
            "title: Lamp is dark\r\n\r\ndetail: On the corner\r\n\r\nurl: https://fms.example/report/1\r\n";
        let known = client.request(&client.file("graffiti", CORNER, "paint"));
        let (lat, long) = (known["lat"].to_string(), known["long"].to_string());
        let fields = [
            ("jurisdiction_id", "riverton"),
            ("service_code", "street_light"),
            ("description", description),
            ("address_string", CORNER),
            ("lat", lat.as_str()),
            ("long", long.as_str()),
            ("email", "ana@example.org"),
            ("first_name", "Ana"),
            ("last_name", "Lopez"),
            ("attribute[fixmystreet_id]", "1"),
            ("attribute[easting]", "123"),
            ("media_url", ""),
        ];
        let done = client.upload("/v2/requests.xml", &fields, &[]);
        assert_eq!(done.status, 200, "{}", done.text());
        let number = crate::xml::parse(&done.text()).children[0].get("service_request_id").to_owned();
        let fetched =
            client.xml(&format!("/v2/requests.xml?service_request_id={number}&jurisdiction_id=riverton"));
        let request = &fetched.children[0];
        for name in ["service_request_id", "lat", "long", "updated_datetime", "requested_datetime"] {
            assert!(!request.get(name).is_empty(), "{name}: {request:?}");
        }
        let own = client.xml(&format!("/v2/requests/{number}.xml?api_key={}", client.key));
        assert_eq!(own.children[0].get("description"), description, "line ends come back as they went");
    });
}
