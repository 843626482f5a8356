//! Whatever the bytes of a file are, an import says what is wrong or makes a city: it never stops the program.

use std::path::Path;

use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::super::{Gazetteer, Hints, MapView, areas_at, locate, map_svg};
use super::{Columns, OsmOptions, compile};

const MAP: &str = "city = 'Testville'\n[streets]\nfile = 's.geojson'\nname = 'NAME'\nalias = 'ALSO'\n\
    left = ['L1', 'L2']\nright = ['R1', 'R2']\n[[areas]]\nfile = 'w.geojson'\nlayer = 'ward'\nname = 'W'\n\
    [[assets]]\nfile = 'p.csv'\nkind = 'street_light'\nid = 'ID'\nlat = 'Y'\nlon = 'X'\n";
const STREETS: &str = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"NAME":"Elm St",
    "ALSO":"Old Rd, Mill Rd","L1":1,"L2":99,"R1":2,"R2":98},"geometry":{"type":"LineString","coordinates":
    [[-71.1,42.3],[-71.101,42.301]]}},{"type":"Feature","properties":{"NAME":"Oak Ave","ALSO":null,"L1":"1","L2":"9",
    "R1":2,"R2":8},"geometry":{"type":"MultiLineString","coordinates":[[[-71.1,42.3],[-71.1,42.31]]]}}]}"#;
const WARDS: &str = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"W":"3"},"geometry":
    {"type":"Polygon","coordinates":[[[-71.2,42.2],[-71.0,42.2],[-71.0,42.4],[-71.2,42.4],[-71.2,42.2]],
    [[-71.15,42.25],[-71.12,42.25],[-71.12,42.28],[-71.15,42.25]]]}}]}"#;
const POLES: &str = "ID,Y,X\nA-7,42.3001,-71.1001\n\"B\"\"8\",42.3002,-71.1002\n";

/// Compiles a folder of these layers; a city that comes out must also stand being asked.
fn compiled(streets: &[u8], wards: &[u8], poles: &[u8]) -> Option<Gazetteer> {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in [("s.geojson", streets), ("w.geojson", wards), ("p.csv", poles)] {
        std::fs::write(dir.path().join(name), bytes).unwrap();
    }
    let columns = Columns::parse(MAP).unwrap();
    let made = compile(dir.path(), Some(columns), &OsmOptions::default(), &mut |_, _| {});
    made.ok().map(|(city, _)| asked(city))
}

/// Every way in that a page or a post takes.
fn asked(city: Gazetteer) -> Gazetteer {
    for text in ["12 Elm St", "Elm & Oak", "Elm between Oak and Mill", "pole A-7", "the corner by the park"] {
        let located = locate(&city, text, &Hints::default());
        for place in located.best.iter().chain(&located.alternatives) {
            assert!(place.lat.is_finite() && place.lon.is_finite() && place.radius_m >= 0.0, "{place:?}");
        }
    }
    let _ = areas_at(&city, 42.3, -71.1, 50.0);
    let view = MapView { lat: 42.3, lon: -71.1, width_px: 300, height_px: 200, metres_per_px: 1.0 };
    let _ = map_svg(&city, &view, &[]);
    city
}

/// A text with some of its bytes replaced, dropped or doubled, at places given in thousandths of its length.
fn spoiled(text: &[u8], blows: &[(u16, u8, u8)]) -> Vec<u8> {
    let mut bytes = text.to_vec();
    for (place, how, byte) in blows {
        if bytes.is_empty() {
            break;
        }
        let at = usize::from(*place) * (bytes.len() - 1) / 1000;
        match how % 4 {
            0 => bytes[at] = *byte,
            1 => {
                bytes.remove(at);
            }
            2 => bytes.insert(at, *byte),
            _ => bytes.truncate(at.max(1)),
        }
    }
    bytes
}

fn blows() -> impl Strategy<Value = Vec<(u16, u8, u8)>> {
    // Digits, signs and brackets do more harm than most bytes.
    let byte = prop_oneof![any::<u8>(), prop::sample::select(b"0123456789-+.eE[]{},:\"\\nN\n\r\0".to_vec())];
    prop::collection::vec((0_u16..=1000, 0_u8..12, byte), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn spoiled_layers_are_told_or_left_out(streets in blows(), wards in blows(), poles in blows(), which in 0_u8..4) {
        let layer = |n: u8, text: &str, with: &[(u16, u8, u8)]| {
            if which == n || which == 3 { spoiled(text.as_bytes(), with) } else { text.as_bytes().to_vec() }
        };
        compiled(&layer(0, STREETS, &streets), &layer(1, WARDS, &wards), &layer(2, POLES, &poles));
    }

    #[test]
    fn any_bytes_are_no_layer(bytes in prop::collection::vec(any::<u8>(), 0..400), which in 0_u8..3) {
        let layer = |n: u8, text: &'static str| if which == n { bytes.clone() } else { text.as_bytes().to_vec() };
        compiled(&layer(0, STREETS), &layer(1, WARDS), &layer(2, POLES));
    }

    #[test]
    fn any_bytes_are_no_extract(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("town.osm.pbf");
        std::fs::write(&path, &bytes).unwrap();
        let told = compile(&path, None, &OsmOptions::default(), &mut |_, _| {}).unwrap_err().to_string();
        prop_assert!(told.contains("town.osm.pbf"), "{told}");
    }

    #[test]
    fn any_coordinates_are_a_city_or_an_error(
        lon in prop_oneof![-180.0..180.0_f64, any::<f64>()],
        lat in prop_oneof![-90.0..90.0_f64, any::<f64>()],
        step in prop_oneof![Just(0.0), Just(1e-9), Just(1e-5), 0.0..1.0_f64],
    ) {
        let line = format!("[[{lon:?},{lat:?}],[{:?},{:?}]]", lon + step, lat - step);
        let streets = STREETS.replace("[[-71.1,42.3],[-71.101,42.301]]", &line);
        compiled(streets.as_bytes(), WARDS.as_bytes(), POLES.as_bytes());
    }

    #[test]
    fn spoiled_column_maps_are_told(with in blows()) {
        if let Ok(text) = String::from_utf8(spoiled(MAP.as_bytes(), &with)) {
            let _ = Columns::parse(&text);
        }
    }

    #[test]
    fn spoiled_gazetteers_are_told(with in blows(), sealed in any::<bool>()) {
        let whole = compiled(STREETS.as_bytes(), WARDS.as_bytes(), POLES.as_bytes()).unwrap().to_bytes().unwrap();
        let bytes = if sealed {
            // The right checksum over wrong bytes: only the content itself can be refused.
            let body = spoiled(&whole[40..], &with);
            [&whole[..8], &Sha256::digest(&body)[..], &body].concat()
        } else {
            spoiled(&whole, &with)
        };
        match Gazetteer::from_bytes(&bytes) {
            Ok(city) => drop(asked(city)),
            Err(told) => prop_assert!(told.to_string().contains("onit import gazetteer"), "{told}"),
        }
    }
}

#[test]
fn what_is_no_plain_file_is_refused_at_once() {
    for device in ["/dev/zero", "/dev/null"] {
        if !Path::new(device).exists() {
            continue;
        }
        let told = super::read_file(Path::new(device), 1024).unwrap_err().to_string();
        assert!(told.contains(device) && told.contains("not a file"), "{told}");
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("large");
    std::fs::write(&path, [0; 2048]).unwrap();
    assert!(super::read_file(&path, 1024).unwrap_err().to_string().contains("large"));
    assert_eq!(super::read_file(&path, 2048).unwrap().len(), 2048);
}
