//! Reading: discovery, services, definitions, requests and their filters (O1 to O14, O20 to O24).

use chrono::{DateTime, Duration};
use onit::journey::settle;
use onit::tickets::CloseReason;
use serde_json::Value;

use crate::client::{CORNER, Client, DARK, refusal};
use crate::support::city::on_each_database;

#[test]
fn o1_o2_the_suffix_chooses_the_format() {
    on_each_database(|city| {
        let client = Client::open(city);
        let (xml, json) = (client.get("/v2/services.xml"), client.get("/v2/services.json"));
        assert_eq!(xml.header("content-type"), Some("text/xml; charset=utf-8"));
        assert_eq!(json.header("content-type"), Some("application/json; charset=utf-8"));
        assert!(xml.text().starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>"));
        for nothing in
            ["/v2/services.txt", "/v2/services", "/v2/nothing.xml", "/v3/services.xml", "/v2/requests/.xml"]
        {
            refusal(&client.get(nothing), 404);
        }
        // Every page of the world may read, as the standard's clients in browsers do.
        assert_eq!(json.header("access-control-allow-origin"), Some("*"));
    });
}

#[test]
fn o3_moments_have_a_zone_and_no_fractions() {
    on_each_database(|city| {
        let client = Client::open(city);
        let number = client.file("street_light", CORNER, DARK);
        let request = client.request(&number);
        for name in ["requested_datetime", "updated_datetime", "expected_datetime"] {
            let text = request[name].as_str().unwrap_or_else(|| panic!("{name}: {request}"));
            assert!(text.len() == 20 && text.ends_with('Z'), "{name}: {text}");
            DateTime::parse_from_rfc3339(text).expect("a moment");
        }
    });
}

#[test]
fn o4_o5_o8_xml_has_no_namespace_and_json_no_wrapper() {
    on_each_database(|city| {
        let client = Client::open(city);
        client.file("street_light", CORNER, DARK);
        // The test's own reader takes no attribute and no namespace.
        let xml = client.xml("/v2/requests.xml");
        assert_eq!((xml.name.as_str(), xml.children.len()), ("service_requests", 1));
        assert!(xml.children[0].child("extended_attributes").is_none());
        let json = client.json("/v2/requests.json");
        let one = &json.as_array().expect("a bare list")[0];
        assert!(one["service_request_id"].is_string() && one["service_code"].is_string());
        assert!(one["lat"].is_number() && one["long"].is_number());
        assert!(one["zipcode"].is_null(), "an empty element is null");
        assert!(one.get("extended_attributes").is_none());
        let names: Vec<&str> = xml.children[0].children.iter().map(|c| c.name.as_str()).collect();
        let mut sorted: Vec<&str> = one.as_object().expect("fields").keys().map(String::as_str).collect();
        let mut expect = names.clone();
        sorted.sort_unstable();
        expect.sort_unstable();
        assert_eq!(sorted, expect, "both formats say the same");
    });
}

#[test]
fn o6_an_empty_parameter_is_an_absent_one() {
    on_each_database(|city| {
        let client = Client::open(city);
        client.file("street_light", CORNER, DARK);
        let path = "/v2/requests.json?jurisdiction_id=&service_code=&status=&start_date=&end_date=&service_request_id=";
        assert_eq!(client.json(path).as_array().map(Vec::len), Some(1));
        assert_eq!(
            client.json("/v2/requests.json?jurisdiction_id=riverton.example").as_array().map(Vec::len),
            Some(1)
        );
    });
}

#[test]
fn o9_o10_discovery_names_two_endpoints() {
    on_each_database(|city| {
        let client = Client::open(city);
        city.pass(Duration::seconds(5));
        for path in ["/discovery", "/v2/discovery", "/sandbox/v2/discovery"] {
            let got = client.get(&format!("{path}.json"));
            assert_eq!(
                got.header("content-type"),
                Some("application/json"),
                "strict validators compare the bare word"
            );
            assert_eq!(client.get(&format!("{path}.xml")).header("content-type"), Some("text/xml"));
            let json = got.json();
            for name in ["changeset", "contact", "key_service"] {
                assert!(json[name].as_str().is_some_and(|w| !w.is_empty()), "{name}: {json}");
            }
            let since =
                DateTime::parse_from_rfc3339(json["changeset"].as_str().expect("words")).expect("a moment");
            assert!(since <= city.clock.now());
            let endpoints = json["endpoints"].as_array().expect("a list");
            let kinds: Vec<&Value> = endpoints.iter().map(|e| &e["type"]).collect();
            assert_eq!(kinds, ["production", "test"]);
            for endpoint in endpoints {
                assert_eq!(endpoint["specification"], "http://wiki.open311.org/GeoReport_v2");
                assert_eq!(endpoint["formats"], serde_json::json!(["text/xml", "application/json"]));
            }
            assert_eq!(endpoints[0]["url"], "http://riverton.test/open311/v2");
        }
        let first = client.json("/discovery.json")["changeset"].clone();
        city.pass(Duration::hours(1));
        assert_eq!(client.json("/discovery.json")["changeset"], first, "nothing changed");
    });
}

#[test]
fn o11_o13_services_and_their_questions() {
    on_each_database(|city| {
        let client = Client::open(city);
        let world = city.app.world.now();
        let offered: Vec<_> = world.settings.catalogue.offered().collect();
        let services = client.json("/v2/services.json");
        let xml = client.xml("/v2/services.xml");
        let list = services.as_array().expect("a list");
        assert_eq!((list.len(), xml.children.len()), (offered.len(), offered.len()));
        for (service, (json, node)) in offered.iter().zip(list.iter().zip(&xml.children)) {
            assert_eq!(json["service_code"], service.code.as_str());
            assert_eq!(node.get("service_code"), service.code);
            assert_eq!(json["metadata"], !service.open311.is_empty());
            assert_eq!(json["type"], "realtime");
            for name in ["service_name", "description", "keywords", "group"] {
                assert_eq!(json[name].as_str().expect(name), node.get(name), "{name}");
            }
        }
        let lamp = client.json("/v2/services/street_light.json");
        let questions = lamp["attributes"].as_array().expect("a list");
        let orders: Vec<i64> = questions.iter().filter_map(|q| q["order"].as_i64()).collect();
        assert_eq!(orders, [1, 2]);
        for question in questions {
            assert!(
                question["code"].as_str().is_some_and(|c| c.parse::<u32>().is_ok()),
                "numbers for old clients"
            );
            assert!(question["variable"].is_boolean() && question["required"].is_boolean());
        }
        let state = &questions[1];
        assert_eq!(
            (&state["datatype"], &state["values"][0]["key"]),
            (&"singlevaluelist".into(), &"dark".into())
        );
        assert_eq!(client.json("/v2/services/101.json"), lamp, "by its number too");
        let said = refusal(&client.get("/v2/services/unicorns.xml"), 404);
        assert!(said[0].contains("service_code") && said[0].contains("unicorns"), "{said:?}");
    });
}

#[test]
fn o20_o21_o23_questions_about_requests() {
    on_each_database(|city| {
        let client = Client::open(city);
        let lamp = client.file("street_light", CORNER, DARK);
        city.pass(Duration::minutes(1));
        let hole = client.file("pothole_road_damage", "Main St & Walnut St", "A deep hole");
        let (world, now) = (city.app.world.now(), city.clock.now());
        let ticket = client.ticket(&hole);
        let close = |conn: &mut onit::db::DbConnection| {
            settle::close(
                conn,
                &world,
                &ticket,
                CloseReason::NoAction,
                "The street is rebuilt in May",
                "Dana",
                now,
            )
        };
        city.app.db.write(close).expect("closed");
        let numbers = |query: &str| -> Vec<String> {
            let all = client.json(&format!("/v2/requests.json{query}"));
            all.as_array()
                .expect("a list")
                .iter()
                .map(|r| r["service_request_id"].as_str().expect("id").to_owned())
                .collect()
        };
        let (lamp, hole) = (lamp.as_str(), hole.as_str());
        assert_eq!(numbers(""), [hole, lamp], "newest first");
        assert_eq!(numbers("?status=open"), [lamp]);
        assert_eq!(numbers("?status=closed"), [hole]);
        assert_eq!(numbers("?status=open,closed"), [hole, lamp]);
        assert_eq!(numbers("?service_code=street_light"), [lamp]);
        assert_eq!(numbers("?service_code=101,pothole_road_damage"), [hole, lamp]);
        assert_eq!(
            numbers(&format!("?service_request_id={lamp},{hole},26-999999&status=closed&start_date=x")),
            [hole, lamp],
            "overrides all others"
        );
        assert_eq!(numbers("?page=1&page_size=1"), [hole]);
        assert_eq!(numbers("?page=2&page_size=1"), [lamp]);
        assert_eq!(numbers("?page=3&page_size=1"), [""; 0]);
        assert_eq!(numbers("?end_date=2026-01-27T15:00:30Z"), [lamp]);
        assert_eq!(numbers("?start_date=2026-01-27T15:00:30Z"), [hole]);
        assert_eq!(numbers("?start_date=2026-01-27T09:00:30-06:00"), [hole], "any zone");
        assert_eq!(numbers("?updated_after=2026-01-27T15:00:30Z"), [hole]);
        assert_eq!(numbers("?updated_before=2026-01-27T15:00:30Z"), [lamp]);
        let at = client.request(lamp);
        let around = |m: u32| format!("?lat={}&long={}&radius={m}", at["lat"], at["long"]);
        assert_eq!(numbers(&around(20)), [lamp]);
        let closed = client.request(hole);
        assert_eq!(closed["status"], "closed");
        assert!(closed["status_notes"].as_str().is_some_and(|n| n.contains("rebuilt in May")), "{closed}");
        assert_eq!(client.xml(&format!("/v2/requests/{lamp}.xml")).children.len(), 1, "a list of one");
        city.pass(Duration::days(91));
        assert_eq!(numbers(""), [""; 0], "90 days");
        assert_eq!(numbers("?start_date=2026-01-27T00:00:00Z"), [hole, lamp]);
        refusal(&client.get("/v2/requests/26-999999.json"), 404);
    });
}

#[test]
fn o20_questions_that_cannot_be_answered() {
    on_each_database(|city| {
        let client = Client::open(city);
        let check = |query: &str, status: u16, names: &str| {
            for format in ["json", "xml"] {
                let said = refusal(&client.get(&format!("/v2/requests.{format}?{query}")), status);
                assert!(said[0].starts_with(names), "{query}: {said:?}");
            }
        };
        check("status=done", 400, "status");
        check("status=open&status=closed", 400, "status");
        check("service_code=unicorns", 404, "service_code");
        check("start_date=2026-01-01", 400, "start_date");
        check("start_date=2026-01-01T00:00:00", 400, "start_date");
        check("start_date=2026-01-01T00:00:00Z&end_date=2026-06-01T00:00:00Z", 400, "end_date");
        check("start_date=2026-01-02T00:00:00Z&end_date=2026-01-01T00:00:00Z", 400, "end_date");
        check("page=0", 400, "page");
        check("page_size=1001", 400, "page_size");
        check("extensions=yes", 400, "extensions");
        check("lat=40", 400, "long");
        check("lat=400&long=1&radius=5", 400, "lat");
        check("status=%ff", 400, "status");
        check("api_key=made-up", 403, "api_key");
    });
}

#[test]
fn o22_o24_only_what_a_public_page_shows() {
    on_each_database(|city| {
        let client = Client::open(city);
        let post = city.resident_posts("ana", "Street light out at Main St & Walnut St, I am Ana");
        city.resident_writes_privately("ben", "Street light out at Broad St & Winter St");
        city.resident_posts("joy", "Smell of gas in the whole house at 12 Elm St, we are dizzy");
        city.works();
        let all = client.json("/v2/requests.json?extensions=true");
        let list = all.as_array().expect("a list");
        assert_eq!(list.len(), 1, "neither the private one nor the danger: {all}");
        let one = &list[0];
        assert_eq!(one["service_request_id"], city.ticket_of(&post).number.as_str());
        let place = city.ticket_of(&post).place_label;
        assert_eq!(one["description"], format!("Street light out, {place}"));
        assert!(!all.to_string().contains("Ana"), "no word of a resident: {all}");
        assert_eq!((&one["status"], &one["agency_responsible"]), (&"open".into(), &"Street Lighting".into()));
        let home = client.file("missed_trash", "12 Elm St", "They skipped us");
        let home = client.request(&home);
        assert!(!home["address"].as_str().unwrap_or_default().contains("12"), "no door: {home}");
        let ticket = client.ticket(home["service_request_id"].as_str().expect("id"));
        assert_ne!(home["lat"].as_f64(), ticket.lat, "rounded");
    });
}
