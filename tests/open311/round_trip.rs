//! Every service, filed through XML and through JSON, read back, updated and closed, with identical words.

use onit::journey::settle;
use onit::tickets::CloseReason;

use crate::client::{CORNER, Client, number_in};
use crate::support::city::on_each_database;
use crate::xml;

const WORDS: &str =
    "Please look at this & that <b>\"here\"</b>\r\nLine two: ñ ü é 路灯 😀\r\n  and a tab\there";

#[test]
fn every_service_comes_back_as_it_went() {
    on_each_database(|city| {
        let client = Client::open(city);
        let world = city.app.world.now();
        let codes: Vec<String> = world.settings.catalogue.offered().map(|s| s.code.clone()).collect();
        for code in &codes {
            let fields =
                [("service_code", code.as_str()), ("address_string", CORNER), ("description", WORDS)];
            let by_json = number_in(&client.post("/v2/requests.json", &fields));
            let done = client.post("/v2/requests.xml", &fields);
            let by_xml = xml::parse(&done.text()).children[0].get("service_request_id").to_owned();
            for number in [&by_json, &by_xml] {
                let path = format!("/v2/requests/{number}.json?api_key={}", client.key);
                assert_eq!(client.json(&path)[0]["description"], WORDS, "{code}");
                let read = client.xml(&path.replace(".json", ".xml"));
                assert_eq!(read.children[0].get("description"), WORDS, "{code}");
                assert_eq!(read.children[0].get("service_code"), code);
                let news = [
                    ("service_request_id", number.as_str()),
                    ("update_id", number.as_str()),
                    ("status", "OPEN"),
                    ("updated_datetime", "2026-01-27T15:00:00Z"),
                    ("description", WORDS),
                ];
                assert_eq!(client.post("/v2/servicerequestupdates.xml", &news).status, 200, "{code}");
                let ticket = client.ticket(number);
                if ticket.status.is_live() {
                    let close = |conn: &mut onit::db::DbConnection| {
                        let (reason, now) = (CloseReason::NoAction, city.clock.now());
                        settle::close(conn, &world, &ticket, reason, "A test & <its> end", "Dana", now)
                    };
                    city.app.db.write(close).expect("closed");
                }
                let closed = client.request(number);
                assert_eq!(closed["status"], "closed", "{code}");
                assert_eq!(
                    closed["status_notes"].as_str().map(|n| n.contains("A test & <its> end")),
                    Some(true),
                    "{closed}"
                );
            }
        }
        let path = format!("/v2/servicerequestupdates.xml?api_key={}", client.key);
        let told = client.xml(&path).children;
        let back = told.iter().filter(|u| u.get("description") == WORDS).count();
        assert_eq!(back, 2 * codes.len());
        assert_eq!(client.xml("/v2/requests.xml").children.len(), 2 * codes.len());
    });
}
