//! What the importers promise, told on tiny layers made here.

use super::*;

const MAP: &str = "city = 'Testville'\n[streets]\nfile = 's.geojson'\nname = 'NAME'\n";

fn street(coordinates: &str) -> String {
    format!(
        r#"{{"type":"Feature","properties":{{"NAME":"Elm St"}},"geometry":{{"type":"LineString","coordinates":{coordinates}}}}}"#
    )
}

fn collection(features: &[String]) -> String {
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","))
}

fn compile(map: &str, files: &[(&str, &str)]) -> Result<(Gazetteer, ImportReport)> {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    Columns::parse(map).and_then(|columns| compile_folder(dir.path(), &columns, &mut |_, _| {}))
}

fn check_refused(map: &str, files: &[(&str, &str)], words: &[&str]) {
    let message = compile(map, files).unwrap_err().to_string();
    for word in words {
        assert!(message.contains(word), "\"{word}\" is missing in: {message}");
    }
}

#[test]
fn broken_layers_are_named() {
    let good = street("[[-71.1,42.3],[-71.2,42.3]]");
    let whole = collection(std::slice::from_ref(&good));
    let cut = &whole[..whole.len() - 40];
    check_refused(MAP, &[("s.geojson", cut)], &["s.geojson", "feature 1", "cut short"]);
    let nan = collection(&[good.clone(), street("[[NaN,42.3],[-71.2,42.3]]")]);
    check_refused(MAP, &[("s.geojson", &nan)], &["s.geojson", "feature 2"]);
    let metres = collection(&[good.clone(), street("[[236000.5,900000.1],[236010,900000]]")]);
    check_refused(MAP, &[("s.geojson", &metres)], &["s.geojson", "feature 2", "WGS84"]);
    let other = MAP.replace("'NAME'", "'TITLE'");
    check_refused(&other, &[("s.geojson", &whole)], &["s.geojson", "TITLE", "NAME"]);
    check_refused(&format!("{MAP}colour = 'red'\n"), &[], &["colour", "line"]);
    check_refused(MAP, &[], &["s.geojson", "cannot be read"]);
    check_refused(&MAP.replace("'s.", "'../s."), &[], &["../s.geojson", "folder"]);
}

#[test]
fn a_polygon_that_crosses_itself_is_skipped_and_reported() {
    let bow = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"W":"3"},
        "geometry":{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0],[0,1],[0,0]]]}}]}"#;
    let map = format!("{MAP}[[areas]]\nfile = 'w.geojson'\nlayer = 'ward'\nname = 'W'\n");
    let streets = collection(&[street("[[-71.1,42.3],[-71.2,42.3]]")]);
    let (_, report) = compile(&map, &[("s.geojson", &streets), ("w.geojson", bow)]).unwrap();
    assert_eq!(report.skipped[0].reason, "a polygon that crosses itself");
    assert_eq!((report.skipped[0].file.as_str(), report.skipped[0].count), ("w.geojson", 1));
}

#[test]
fn bytes_come_back_and_damage_is_seen() {
    let streets = collection(&[street("[[-71.1,42.3],[-71.2,42.3]]")]);
    let (gazetteer, _) = compile(MAP, &[("s.geojson", &streets)]).unwrap();
    let bytes = gazetteer.to_bytes().unwrap();
    assert_eq!(Gazetteer::from_bytes(&bytes).unwrap().city, gazetteer.city);
    let mut damaged = bytes.clone();
    *damaged.last_mut().unwrap() ^= 1;
    for bad in [
        &damaged[..],
        &bytes[..20],
        b"",
        b"not a gazetteer at all",
        b"ONITGAZ9................................",
    ] {
        assert!(Gazetteer::from_bytes(bad).unwrap_err().to_string().contains("import the city again"));
    }
}
