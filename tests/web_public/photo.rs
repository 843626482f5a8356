//! The form and what a photo says of its place.

use onit::places::FoundBy;
use onit::tickets;

use crate::browser::{Browser, DARK, number_in};
use crate::support::city::{TestCity, on_each_database};
use crate::support::photos;

/// What stands in a field of the form that came back.
fn field(html: &str, name: &str) -> String {
    let marks = [
        format!("name=\"{name}\" value=\""),
        format!("name=\"{name}\" maxlength=\"200\" autocomplete=\"off\" value=\""),
    ];
    let after = marks
        .iter()
        .find_map(|mark| html.split_once(mark.as_str()))
        .unwrap_or_else(|| panic!("no {name}: {html}"));
    after.1.split('"').next().expect("its end").to_owned()
}

fn spot(city: &TestCity, words: &str) -> (f64, f64) {
    let place = city.place(words);
    (place.lat, place.lon)
}

#[test]
fn a_photo_says_where_and_its_owner_sees_it_first() {
    on_each_database(|city| {
        let mut browser = Browser::open(city);
        let (lat, lon) = spot(city, "214 Green Ter");
        let token = browser.token("/report");
        let photo = photos::taken_at(lat, lon);
        let nothing_typed = [("what", DARK), ("where", ""), ("service", "street_light")];
        let shown = browser.report_with(&token, &nothing_typed, Some(&photo));
        let html = shown.text();
        assert_eq!(shown.status, 200, "{html}");
        assert!(html.contains("Your photo was taken here") && html.contains("near 214 Green Ter"), "{html}");
        let (kept, place, key) = (field(&html, "photo_kept"), field(&html, "where"), field(&html, "place"));
        let again = [
            ("what", DARK),
            ("where", place.as_str()),
            ("place", key.as_str()),
            ("photo_kept", kept.as_str()),
            ("service", "street_light"),
            ("send", "1"),
        ];
        let number = number_in(&browser.report_with(&token, &again, None));
        let ticket = browser.ticket(&number);
        assert_eq!(
            (ticket.place_kind.as_str(), ticket.place_label.as_str()),
            ("geotag", "near 214 Green Ter")
        );
        let kept =
            tickets::spot_of(&mut city.app.db.read().expect("a connection"), ticket.id).expect("a look");
        assert_eq!(kept.found_by, FoundBy::Photo);
    });
}

#[test]
fn words_outrank_the_photo_and_staff_hear_of_both() {
    on_each_database(|city| {
        let mut browser = Browser::open(city);
        let (lat, lon) = spot(city, "214 Green Ter");
        let token = browser.token("/report");
        let photo = photos::taken_at(lat, lon);
        let fields = [("what", DARK), ("where", "Broad St & Market St"), ("service", "street_light")];
        let number = number_in(&browser.report_with(&token, &fields, Some(&photo)));
        let ticket = browser.ticket(&number);
        assert_eq!(ticket.place_label, "Broad St & Market St");
        let notes = city.notes_of(&ticket);
        assert!(notes[0].contains("taken near 214 Green Ter") && notes[0].contains(" m from"), "{notes:?}");
        assert!(!browser.get(&format!("/t/{number}")).text().contains("Green Ter"), "staff alone hear it");
    });
}

#[test]
fn a_photo_from_another_town_or_without_a_place_fills_nothing() {
    on_each_database(|city| {
        let mut browser = Browser::open(city);
        let token = browser.token("/report");
        let fields = [("what", DARK), ("where", ""), ("service", "street_light")];
        for (lat, lon) in [(51.5, -0.12), (0.0, 0.0)] {
            let answer = browser.report_with(&token, &fields, Some(&photos::taken_at(lat, lon)));
            assert!(answer.status == 422 && answer.text().contains("Say where it is"), "{}", answer.text());
        }
    });
}
