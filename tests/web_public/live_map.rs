//! The map of requests: its page, what it sends for a part of the city, and a look at it in a real browser.

use serde_json::Value;

use crate::browser::{Browser, DARK};
use crate::support::browser::{missing_part, run_story};
use crate::support::city::on_each_database;
use crate::support::skip;

const ALL: &str = "/map/tickets?bbox=-89.5,40.0,-89.3,40.1";

fn features(browser: &mut Browser<'_>, path: &str) -> Vec<Value> {
    let got = browser.get(path);
    assert_eq!(got.status, 200, "{path}: {}", got.text());
    assert!(got.header("content-type").is_some_and(|kind| kind.starts_with("application/geo+json")));
    let mut sent: Value = serde_json::from_str(&got.text()).expect("JSON");
    match sent["features"].take() {
        Value::Array(features) => features,
        other => panic!("{other}"),
    }
}

#[test]
fn a_part_of_the_map_holds_what_strangers_may_know() {
    on_each_database(|city| {
        let sealed = city.resident_writes_privately("Joy L.", "Street light out at Kinney & Broad");
        city.works();
        city.may_leave_over();
        assert_eq!(city.tickets_of(&sealed).len(), 1);
        let mut browser = Browser::open(city);
        let light = browser.file(DARK, "Broad St & Market St", "street_light");
        let heat =
            browser.file("no heat in the whole house since Monday", "214 Green Ter", "building_code_blight");
        let exact = browser.ticket(&heat);
        let seen = features(&mut browser, ALL);
        let numbers: Vec<&str> = seen.iter().filter_map(|f| f["properties"]["number"].as_str()).collect();
        assert!(numbers.len() == 2 && numbers.contains(&light.as_str()), "{numbers:?}");
        let house = seen.iter().find(|f| f["properties"]["number"] == heat.as_str()).expect("the house");
        let at = |n: usize| house["geometry"]["coordinates"][n].as_f64().expect("degrees");
        let (lon, lat) = (at(0), at(1));
        assert!((lat - exact.lat.expect("a place")).abs() > 1e-6, "rounded, not exact");
        assert!(!house.to_string().contains("214"), "no house number: {house}");
        // A box around the very door finds nothing; one around the rounded spot does.
        let around = |lat: f64, lon: f64| {
            let d = 0.00002;
            format!("/map/tickets?bbox={},{},{},{}", lon - d, lat - d, lon + d, lat + d)
        };
        let door = around(exact.lat.expect("lat"), exact.lon.expect("lon"));
        assert!(features(&mut browser, &door).iter().all(|f| f["properties"]["number"] != heat.as_str()));
        assert_eq!(features(&mut browser, &around(lat, lon)).len(), 1);
        assert_eq!(features(&mut browser, "/map/tickets?bbox=0,0,1,1").len(), 0);
        for bad in ["/map/tickets", "/map/tickets?bbox=1,2,3", "/map/tickets?bbox=a,b,c,d"] {
            assert!(matches!(browser.get(bad).status, 400 | 422), "{bad}");
        }
        let streets = features(&mut browser, "/map/city.json");
        assert!(streets.iter().any(|f| f["properties"]["name"] == "Market St"), "the city's streets");
        let lamp = seen.iter().find(|f| f["properties"]["number"] == light.as_str()).expect("the lamp");
        let told = |key: &str| lamp["properties"][key].as_str().unwrap_or_default().to_owned();
        assert!(
            told("reported").starts_with("Reported Tue Jan 27") && told("expected").starts_with("By "),
            "{lamp}"
        );
        let page = browser.get("/map").text();
        assert!(
            page.contains(&told("reported")) && page.contains(&told("expected")),
            "the list says when: {page}"
        );
        assert!(page.contains(&light) && page.contains("<svg") && page.contains("Map of requests"));
    });
}

#[test]
fn the_map_in_a_browser() {
    if let Some(part) = missing_part() {
        return skip(part, "the map in the browser");
    }
    on_each_database(|city| {
        let mut browser = Browser::open(city);
        for place in ["Broad St & Market St", "Elm St & Church St", "88 Church St"] {
            browser.file(DARK, place, "street_light");
        }
        let library = browser.get("/assets/maplibre-gl.mjs").status == 200;
        let options = [("requests", "3"), ("library", if library { "yes" } else { "no" })];
        run_story("map", browser.url("").as_str(), &options);
    });
}
