//! The sandbox: the same checks, rows of its own, never routed, never public, gone after seven days.

use chrono::Duration;
use onit::accounts::keys::Scope;

use crate::client::{CORNER, Client, DARK, new_key, number_in, refusal};
use crate::support::city::on_each_database;

#[test]
fn a_test_is_a_row_and_nothing_else() {
    on_each_database(|city| {
        let mut client = Client::open(city);
        client.key = new_key(city, "sandbox", &[Scope::Sandbox], 100);
        let fields = [("service_code", "street_light"), ("address_string", CORNER), ("description", DARK)];
        let done = client.post("/sandbox/v2/requests.json", &fields);
        let number = number_in(&done);
        assert!(number.starts_with("test-") && done.text().contains("sandbox"), "{}", done.text());
        refusal(&client.post("/sandbox/v2/requests.json", &fields[1..]), 400);

        let one = client.json(&format!("/sandbox/v2/requests/{number}.json"))[0].clone();
        assert_eq!((&one["description"], &one["status"]), (&DARK.into(), &"open".into()));
        let mine = client.json(&format!("/sandbox/v2/requests.json?api_key={}", client.key));
        assert_eq!(mine.as_array().map(Vec::len), Some(1));
        let strangers = client.json("/sandbox/v2/requests.json");
        assert_eq!(strangers.as_array().map(Vec::len), Some(0), "nobody else is told of it");
        refusal(&client.get(&format!("/v2/requests/{number}.json")), 404);
        assert_eq!(client.json("/v2/requests.json").as_array().map(Vec::len), Some(0));
        assert!(
            onit::tickets::ids_after(&mut city.app.db.read().expect("a connection"), 0, 9)
                .expect("ids")
                .is_empty()
        );
        let token = number.strip_prefix("test-").expect("a token");
        let read = client.json(&format!("/sandbox/v2/tokens/{token}.json"));
        assert_eq!(read[0]["service_request_id"], number.as_str());

        let news = [
            ("service_request_id", number.as_str()),
            ("update_id", "u1"),
            ("status", "CLOSED"),
            ("updated_datetime", "2026-01-27T15:00:00Z"),
            ("description", "done"),
        ];
        assert_eq!(client.post("/sandbox/v2/servicerequestupdates.json", &news).status, 200);
        assert_eq!(client.json(&format!("/sandbox/v2/requests/{number}.json"))[0]["status"], "closed");
        let updates = |key: &str| client.json(&format!("/sandbox/v2/servicerequestupdates.json{key}"));
        assert_eq!(updates("").as_array().map(Vec::len), Some(0));
        assert_eq!(updates(&format!("?api_key={}", client.key)).as_array().map(Vec::len), Some(1));

        city.pass(Duration::days(6));
        city.works();
        assert_eq!(client.get(&format!("/sandbox/v2/requests/{number}.json")).status, 200);
        city.pass(Duration::days(2));
        city.works();
        refusal(&client.get(&format!("/sandbox/v2/requests/{number}.json")), 404);
        assert_eq!(
            updates(&format!("?api_key={}&start_date=2026-01-20T00:00:00Z", client.key))
                .as_array()
                .map(Vec::len),
            Some(0)
        );
    });
}
