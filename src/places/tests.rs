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
    check("trash next to City Hall", "City Hall");
    let outline = ask("broken swing at Riverside Park").best.unwrap().shape.unwrap();
    assert!(outline.len() >= 4 && outline.first() == outline.last(), "an area is a closed line: {outline:?}");
    check("glass all over Courthouse Sq", "Courthouse Square");
}

/// What residents write, by the place they mean.
const WORDS_AROUND: &[(&str, &[&str])] = &[
    (
        "Broad St & Market St",
        &[
            "light out N Broad & Market",
            "NE corner of Broad and Market",
            "hoyo en Broad esquina Market",
            "bache en la calle Broad con Market",
            "poste apagado na Broad, esquina com Market",
            "twou nan kafou Broad ak Market",
            "Broad where it meets Market",
        ],
    ),
    (
        "Elm St between Church St and Broad St",
        &[
            "on Elm btw Church & Broad",
            "between Church and Broad on Elm",
            "Elm (Church to Broad)",
            "Elm between Church to Braod",
            "Elm between Churches St and Broad",
            "buraco na Rua Elm entre a Church e a Broad",
            "gwo twou nan lari Elm ant Church ak Broad",
        ],
    ),
    (
        "312 Elm St",
        &[
            "leak opposite 312 Elm St",
            "312½ Elm St",
            "312-A Elm Street",
            "luz apagada en Elm 312",
            "buraco na rua Elm, 312",
            "buraco em frente ao 312 da Elm St",
            "fatra devan 312 Elm St",
        ],
    ),
    (
        "Riverton Public Library",
        &[
            "trash across from the library",
            "couch dumped next to the library",
            "tou pre bibliyotek la gen fatra",
            "basura frente a la biblioteca",
            "lixo em frente à biblioteca",
            "fatra anfas bibliyotèk la",
        ],
    ),
    ("Pole 1163", &["Pole #1163", "light pole no. 1163 out", "poste nº 1163", "poto 1163 pa limen"]),
    (
        "Hydrant H101",
        &["hydrant 101 leaks for 12 hours", "hydrant H-101", "hidrante H101", "idran H101 ap koule"],
    ),
    ("Signal T1", &["signal T1 is stuck", "semáforo T1"]),
    ("Barrel B1", &["barrel B1 is overflowing", "lixeira B1"]),
    ("Saint Brendan St & Main St", &["St. Brendan and Main"]),
    ("Main St & Saint Brendan St", &["Main where it meets Saint Brendan"]),
    ("Mount Alder Rd", &["Mt. Alder Rd", "mount alder road"]),
    ("Third St & Hollis St", &["3rd and Hollis", "Third St. at Hollis", "hollis/3rd"]),
];

#[test]
fn words_around_a_place_in_four_languages() {
    for (expect, texts) in WORDS_AROUND {
        for text in *texts {
            let found = told(&ask(text));
            let swapped = expect.split_once(" & ").map(|(a, b)| format!("{b} & {a}"));
            assert!(found == *expect || swapped.as_ref() == Some(&found), "{text}: {found}");
        }
    }
    for text in ["walk down to the library", "gracias 312 veces", "en Broad 30 personas esperan", "bache sur"]
    {
        check(text, "none");
    }
}

#[test]
fn a_direction_chooses_the_block() {
    let north = ask("Broad just north of Market").best.unwrap();
    let corner = ask("Broad & Market").best.unwrap();
    assert!(north.kind == Kind::Block && north.lat > corner.lat, "{north:?}");
    for text in ["Broad al norte de Market", "Broad ao norte da Market", "Broad between n of Market"] {
        check(text, &north.label);
    }
    assert!(ask("Broad south of Market").best.unwrap().lat < corner.lat);
}

#[test]
fn more_was_said_than_we_can_place() {
    for text in [
        "12 Mill Square",
        "dark all the way from Mill Square to Courthouse Square",
        "Hollis, Weaver and Kinney Streets near Mill Square",
    ] {
        assert_ne!(ask(text).status, Status::Found, "{text}");
    }
}

#[test]
fn the_words_come_first_and_the_rest_in_order_of_trust() {
    let at = |text: &str| ask(text).best.unwrap();
    let (corner, house, street) = (at("Kinney & Broad"), at("214 Green Ter"), at("88 Church St"));
    let spot = |p: &Place| Some((p.lat, p.lon));
    let check = |text: &str, hints: Hints, expect: &str| {
        assert_eq!(told(&locate(&RIVERTON, text, &hints)), expect, "{text} {hints:?}");
    };
    let none = Hints::default();
    let which = "hoyo enorme frente al 214 de Green";
    check("lights out again", none, "none");
    let (geotag, photo) = (spot(&corner), spot(&house));
    check("Broad & Market", Hints { geotag, photo, thread: Some(&house), ..none }, "Broad St & Market St");
    let by_post = locate(&RIVERTON, "dark", &Hints { geotag, photo, ..none }).best.unwrap();
    let by_photo = locate(&RIVERTON, "dark", &Hints { photo, ..none }).best.unwrap();
    assert!(by_post.lat == corner.lat && by_photo.lat == house.lat && by_photo.radius_m > by_post.radius_m);
    assert_eq!((by_post.found_by, by_photo.found_by), (FoundBy::Geotag, FoundBy::Photo));
    let by = |hints: Hints| locate(&RIVERTON, which, &hints).best.unwrap().found_by;
    assert_eq!(by(Hints { photo, thread: Some(&house), ..none }), FoundBy::Photo);
    assert_eq!(by(Hints { thread: Some(&house), ..none }), FoundBy::Thread);
    assert_eq!(corner.found_by, FoundBy::Words);
    check("dark", Hints { thread: Some(&house), ..none }, "214 Green Ter");
    check("dark", Hints { profile: Some("Old Town Ward, Riverton"), ..none }, "none");
    check(which, none, "ask: 214 Green St; 214 Green Ter");
    check(which, Hints { photo, ..none }, "214 Green Ter");
    check(which, Hints { thread: Some(&house), ..none }, "214 Green Ter");
    check(which, Hints { geotag, ..none }, "ask: 214 Green St; 214 Green Ter");
    let ward = areas_at(&RIVERTON, house.lat, house.lon, 0.0).pop().unwrap().name;
    let lives = format!("I live in {ward}");
    check(which, Hints { profile: Some(&lives), ..none }, "214 Green Ter");
    check(which, Hints { profile: Some("Riverton"), ..none }, "ask: 214 Green St; 214 Green Ter");
    let on_street = locate(&RIVERTON, "Church St again", &Hints { geotag: spot(&street), ..none });
    assert_eq!(on_street.best.unwrap().kind, Kind::Geotag);
    check("Church St again", Hints { geotag, ..none }, "Church St");
    check("dark", Hints { geotag: Some((10.0, 10.0)), ..none }, "outside");
    check("dark", Hints { photo: Some((10.0, 10.0)), ..none }, "none");
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
    let told = areas_of(&RIVERTON, &Place { radius_m: 40.0, ..edge.clone() });
    let beside: Vec<bool> = told.iter().filter(|a| a.layer == "ward").map(|a| a.edge).collect();
    assert_eq!(beside, [false, true], "the ward it lies in stands first");
    let street = ask("Main St is dark").best.unwrap();
    let along = areas_of(&RIVERTON, &street);
    assert!(along.iter().filter(|a| a.layer == "ward").count() >= 2, "{along:?}");
    let pole = nearest_asset(&RIVERTON, "street_light", place.lat, place.lon, 30.0).unwrap();
    assert_eq!((pole.label.as_str(), pole.key.as_str()), ("Pole 1147", "asset:pole:1147"));
    assert_eq!(whose(&RIVERTON, &pole), Whose { owner: Some("City of Riverton".into()), by: By::Asset });
    let park = ask("broken swing at Alder Creek State Park").best.unwrap();
    assert_eq!(whose(&RIVERTON, &park), Whose { owner: Some("State Parks Department".into()), by: By::Park });
    assert_eq!(whose(&RIVERTON, &place).by, By::City);
    let away = Place { lat: 41.0, lon: -89.4, ..place.clone() };
    assert_eq!(whose(&RIVERTON, &away).by, By::Nobody);
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
