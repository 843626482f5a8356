//! The example city, asked in the words of residents.

use std::path::Path;
use std::sync::LazyLock;

use super::import::{Columns, compile_folder};
use super::*;

static RIVERTON: LazyLock<Gazetteer> = LazyLock::new(|| {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/example-city");
    let columns = Columns::load(&dir.join("columns.toml")).unwrap();
    let (gazetteer, report) = compile_folder(&dir, &columns, &mut |_, _| {}).unwrap();
    assert_eq!(report.skipped, []);
    gazetteer
});

fn ask(text: &str) -> Located {
    locate(&RIVERTON, text, &Hints::default())
}

/// `expect` is the label, or "ask: label; label", "outside", "none".
fn check(text: &str, expect: &str) {
    assert_eq!(told(&ask(text)), expect, "{text}");
}

fn told(located: &Located) -> String {
    let labels: Vec<&str> = located.alternatives.iter().map(|p| p.label.as_str()).collect();
    match (located.status, &located.best) {
        (Status::Found, Some(place)) => place.label.clone(),
        (Status::Ambiguous, None) => format!("ask: {}", labels.join("; ")),
        (Status::Outside, None) => "outside".into(),
        (Status::None, None) => "none".into(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn corners() {
    for text in [
        "Street light out at Broad & Market",
        "street light out at broad and market since Sunday!!",
        "corner of Broad St and Market Street is dark",
        "luz apagada en la esquina de Broad y Market",
        "poste apagado na esquina da Broad com a Market",
        "limyè a mouri nan kwen Broad ak Market",
        "pothole Broad St @ Market St.",
        "Broad x Market",
        "brod st / markt st: signal stuck",
        "Broad/Market",
    ] {
        check(text, "Broad St & Market St");
    }
    check("Water coming up through the street at Orchard and Green since 7", "Orchard St & Green St");
    check("3rd St and Hollis", "Third St & Hollis St");
    check("Saint Brendan & Main", "Saint Brendan St & Main St");
}

#[test]
fn addresses() {
    check("big branch down blocking the sidewalk 88 Church St", "88 Church St");
    check("214 Green Ter has no heat", "214 Green Ter");
    check("hoyo enorme frente al 214 de Green", "ask: 214 Green St; 214 Green Ter");
    check("calle Elm 312 sin agua", "312 Elm St");
    check("pothole in front of 123-125 Elm street please fix", "123-125 Elm St");
    check("12R Pearl Street", "12R Pearl St");
    check("31 Ochard St", "31 Orchard St");
    check("Potholes everywhere by 45 Jefferson Ave", "45 Jefferson Ave");
}

#[test]
fn assets_blocks_and_spots() {
    check("Light out at Broad and Kinney since the storm, pole 1163", "Pole 1163");
    check("poste 1163 apagado", "Pole 1163");
    check("hydrant H101 leaking", "Hydrant H101");
    check("Elm St between Church and Broad", "Elm St between Church St and Broad St");
    check("Elm entre Church y Broad", "Elm St between Church St and Broad St");
    check("someone left 3 mattresses behind Market Hall", "Market Hall");
    check("the thing on the corner by the library keeps blinking all night", "Riverton Public Library");
    check("2 lamps dark on Church St by the school", "Church St near Church Street School");
    check("smell of gas on Ferry Landing or is it the river again??", "Ferry Landing");
    check("Mill Rd again. Third week.", "Mill Rd");
    check("broken swing at Riverside Park", "Riverside Park");
    check("glass all over Courthouse Sq", "Courthouse Square");
}

#[test]
fn refuses_rather_than_guesses() {
    for text in [
        "",
        "I may park the car in the main market",
        "thanks to the mayor, great job",
        "it took 5 days",
        "call city hall now",
        "the green line is late",
        "Elm & Elm",
        "10 people waited 30 minutes",
    ] {
        check(text, "none");
    }
    check("crash on Elm St in Kingsport", "outside");
    check("pothole at 12 Oak St, Westfield", "outside");
    assert_eq!(ask("Elm St between Broad St").status, Status::Ambiguous);
}

#[test]
fn the_answer_to_which_one() {
    let offered = ask("hoyo enorme frente al 214 de Green").alternatives;
    let check = |text: &str, expect: &str| {
        let hints = Hints { among: &offered, answer: true, ..Hints::default() };
        assert_eq!(told(&locate(&RIVERTON, text, &hints)), expect, "{text}");
    };
    check("2", "214 Green Ter");
    check("the second one", "214 Green Ter");
    check("la primera", "214 Green St");
    check("Terrace", "214 Green Ter");
    check("214 Green Street", "214 Green St");
    check("the one by the market", "214 Green St");
    check("Broad & Market actually", "Broad St & Market St");
    check("dunno", "ask: 214 Green St; 214 Green Ter");
    let hints = Hints { answer: true, ..Hints::default() };
    assert_eq!(told(&locate(&RIVERTON, "Kinney", &hints)), "Kinney St");
}

#[test]
fn areas_owners_and_labels() {
    let place = ask("Broad & Market").best.unwrap();
    assert!(inside_city(&RIVERTON, place.lat, place.lon) && !inside_city(&RIVERTON, 41.0, -89.4));
    let names = |radius| {
        areas_at(&RIVERTON, place.lat, place.lon, radius).into_iter().map(|a| a.name).collect::<Vec<_>>()
    };
    assert_eq!(names(10.0), ["Riverton", "Old Town Ward"]);
    let edge = ask("Broad and Main").best.unwrap();
    let wards = areas_at(&RIVERTON, edge.lat, edge.lon, 40.0);
    assert_eq!(wards.iter().filter(|a| a.layer == "ward").count(), 2, "{wards:?}");
    let pole = nearest_asset(&RIVERTON, "street_light", place.lat, place.lon, 30.0).unwrap();
    assert_eq!((pole.label.as_str(), pole.key.as_str()), ("Pole 1147", "asset:pole:1147"));
    assert_eq!(owner_at(&RIVERTON, &pole).as_deref(), Some("City of Riverton"));
    let house = ask("214 Green St").best.unwrap();
    assert_eq!(label_near(&RIVERTON, house.lat, house.lon).as_deref(), Some("near 214 Green St"));
    let (lat, lon) = rounded_for_privacy(house.lat, house.lon);
    assert!((lat - house.lat).abs() < 0.0006 && (lon - house.lon).abs() < 0.0008);
}

#[test]
fn a_geotag_counts_only_without_words() {
    let here = ask("Kinney & Broad").best.unwrap();
    let hints = Hints { geotag: Some((here.lat, here.lon)), ..Hints::default() };
    let located = locate(&RIVERTON, "lights out again", &hints);
    assert_eq!(located.best.unwrap().kind, Kind::Geotag);
    assert_eq!(told(&locate(&RIVERTON, "Broad & Market", &hints)), "Broad St & Market St");
    let away = Hints { geotag: Some((10.0, f64::NAN)), ..Hints::default() };
    assert_eq!(locate(&RIVERTON, "lights out", &away).status, Status::None);
}

#[test]
fn a_map_of_a_corner_is_small_and_names_its_streets() {
    let here = ask("Orchard & Green").best.unwrap();
    let view = MapView { lat: here.lat, lon: here.lon, width_px: 720, height_px: 240, metres_per_px: 0.6 };
    let svg = map_svg(&RIVERTON, &view, &[]);
    for part in [">Green St<", ">Orchard St<", "m-building", "Map: City of Riverton"] {
        assert!(svg.contains(part), "{part}");
    }
    assert!(svg.len() < 40_000);
}

#[test]
fn any_text_is_safe_and_spans_slice_back() {
    let words = "[A-Za-z0-9&@/,.'’#\\-\n é🚧]{0,80}|(214 |Green |St |Elm |& |and |between |pole 1163 |Broad |Market |é🚧 |ak |, ){0,12}";
    proptest::proptest!(|(text in words, noise in ".{0,60}")| {
        for text in [&text, &noise] {
            let located = ask(text);
            proptest::prop_assert_eq!(located.best.is_some(), located.status == Status::Found);
            for place in located.best.iter().chain(&located.alternatives) {
                proptest::prop_assert!(place.lat.is_finite() && place.lon.is_finite() && place.radius_m >= 0.0);
                if let Some(span) = place.span {
                    proptest::prop_assert!(!span.slice(text).is_empty(), "{:?} in {:?}", span, text);
                }
            }
        }
    });
}
