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
fn a_layer_far_from_the_streets_is_in_another_projection() {
    let streets = collection(&[street("[[-71.1,42.3],[-71.2,42.3]]")]);
    let ward = |ring: &str| {
        format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"W":"3"}},"geometry":
            {{"type":"Polygon","coordinates":[{ring}]}}}}]}}"#
        )
    };
    let map = format!("{MAP}[[areas]]\nfile = 'w.geojson'\nlayer = 'ward'\nname = 'W'\n");
    for (what, ring) in [
        ("north and east the wrong way round", "[[42.2,-71.2],[42.4,-71.2],[42.4,-71.0],[42.2,-71.2]]"),
        ("metres from a corner of the city", "[[10,20],[30,20],[30,40],[10,20]]"),
    ] {
        let words = ["w.geojson", "feature 1", "near the streets", "WGS84"];
        check_refused(&map, &[("s.geojson", &streets), ("w.geojson", &ward(ring))], &words);
        println!("{what}: refused");
    }
    let here = ward("[[-71.2,42.2],[-71.0,42.2],[-71.0,42.4],[-71.2,42.2]]");
    assert!(compile(&map, &[("s.geojson", &streets), ("w.geojson", &here)]).is_ok());
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

#[test]
fn houses_from_a_csv_file_alone_or_beside_streets() {
    let map = "city = 'Testville'\n[[addresses]]\nfile = 'a.csv'\nnumber = 'NO'\nstreet = 'ST'\nlat = 'Y'\nlon = 'X'\n";
    let rows = "NO,ST,Y,X\n12,ELM STREET,42.3001,-71.15\n20,Elm St,42.3001,-71.152\n,Elm St,42.3,-71.1\n7,Oak Ave,42.31,-71.1\n";
    let (alone, report) = compile(map, &[("a.csv", rows)]).unwrap();
    assert_eq!((report.skipped[0].count, report.skipped[0].examples[0].as_str()), (1, "feature 4"));
    let label = |g: &Gazetteer, text: &str| {
        super::super::locate(g, text, &super::super::Hints::default()).best.map(|p| (p.label, p.lon))
    };
    assert_eq!(label(&alone, "no heat at 7 oak avenue").unwrap().0, "7 Oak Ave");
    let (_, between) = label(&alone, "16 Elm St").unwrap();
    assert!((between + 71.151).abs() < 1e-6, "{between}");
    let near = super::super::label_near(&alone, 42.3102, -71.1);
    assert_eq!(near.as_deref(), Some("near 7 Oak Ave"));
    let streets = collection(&[street("[[-71.1,42.3],[-71.2,42.3]]")]);
    let map = map.replace("[[addresses]]", "[streets]\nfile = 's.geojson'\nname = 'NAME'\n[[addresses]]");
    let (both, _) = compile(&map, &[("a.csv", rows), ("s.geojson", &streets)]).unwrap();
    assert_eq!(both.city.streets.len(), 2, "ELM STREET is Elm St");
    assert_eq!(both.known_houses().len(), 3);
    let far = rows.replace("42.31,", "900000,");
    check_refused(&map, &[("a.csv", &far), ("s.geojson", &streets)], &["a.csv", "row 5", "WGS84"]);
    let other = rows.replace("NO,", "NUMBER,");
    check_refused(&map, &[("a.csv", &other), ("s.geojson", &streets)], &["a.csv", "\"NO\"", "NUMBER"]);
}

#[test]
fn garbage_of_any_size_is_refused_by_its_size_or_its_first_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let refused = |file: &str| {
        let columns = Columns::parse(MAP).unwrap();
        compile_any(&dir.path().join(file), Some(columns)).unwrap_err().to_string()
    };
    // A sparse file: two gigabytes that take no room.
    for file in ["s.geojson", "town.osm.pbf"] {
        std::fs::File::create(dir.path().join(file)).unwrap().set_len(2 << 30).unwrap();
        let message = refused(file);
        assert!(message.contains(file) && message.contains("2048 MB"), "{message}");
    }
    std::fs::write(dir.path().join("s.geojson"), [0xff; 4096]).unwrap();
    assert!(refused("s.geojson").contains("not UTF-8 text at byte 0"));
    std::fs::write(dir.path().join("s.geojson"), "[".repeat(100_000)).unwrap();
    assert!(refused("s.geojson").contains("s.geojson"));
    let deep = format!("{{\"type\":\"FeatureCollection\",\"features\":{}", "[".repeat(100_000));
    std::fs::write(dir.path().join("s.geojson"), deep).unwrap();
    assert!(refused("s.geojson").contains("s.geojson"));
    assert!(compile_any(&dir.path().join("x.csv"), None).unwrap_err().to_string().contains("--columns"));
    assert!(refused("x.csv").contains("x.csv"));
}

fn compile_any(path: &Path, columns: Option<Columns>) -> Result<(Gazetteer, ImportReport)> {
    super::compile(path, columns, &OsmOptions::default(), &mut |_, _| {})
}
