//! A generated city twenty times the size of Cambridge: 52,900 segments, 37,000 corners, 190,000 things with a number,
//! 5,500 parks and 7,000 areas with 145 corners each.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use onit::places::import::Columns;

/// Streets each way.
const GRID: usize = 163;
/// Degrees between two of them.
const STEP: f64 = 0.001;

const COLUMNS: &str = r#"
city = "Gridville"
[streets]
file = "streets.geojson"
name = "name"
id = "id"
left = ["lf", "lt"]
right = ["rf", "rt"]
[boundary]
file = "boundary.geojson"
[[areas]]
file = "areas.geojson"
layer = "ward"
name = "name"
[[spots]]
file = "parks.geojson"
kind = "park"
name = "name"
owner = "owner"
[[assets]]
file = "poles.geojson"
kind = "street_light"
id = "id"
owner = "owner"
"#;

/// Writes the layers and gives their column map.
pub fn write(folder: &Path) -> Columns {
    layer(folder, "streets.geojson", streets);
    layer(folder, "poles.geojson", |out| (0..190_000).for_each(|n| pole(out, n)));
    layer(folder, "parks.geojson", |out| (0..5_500).for_each(|n| round(out, n, 74, 0.0004, 12, "Park")));
    layer(folder, "areas.geojson", |out| (0..7_000).for_each(|n| round(out, n, 84, 0.002, 145, "Area")));
    layer(folder, "boundary.geojson", |out| {
        let far = 40.0 + STEP * GRID as f64;
        let ring = format!("[[-90,39.9],[-89,39.9],[-89,{far}],[-90,{far}],[-90,39.9]]");
        feature(out, "\"name\":\"Gridville\"", "Polygon", &format!("[{ring}]"));
    });
    Columns::parse(COLUMNS).unwrap()
}

fn layer(folder: &Path, file: &str, fill: impl FnOnce(&mut String)) {
    let mut out = "{\"type\":\"FeatureCollection\",\"features\":[".to_owned();
    fill(&mut out);
    out.truncate(out.trim_end_matches(",\n").len());
    out.push_str("]}");
    fs::write(folder.join(file), out).unwrap();
}

fn feature(out: &mut String, columns: &str, kind: &str, coordinates: &str) {
    writeln!(
        out,
        "{{\"type\":\"Feature\",\"properties\":{{{columns}}},\"geometry\":{{\"type\":\"{kind}\",\"coordinates\":{coordinates}}}}},"
    )
    .unwrap();
}

fn at(row: usize, column: usize) -> (f64, f64) {
    (-89.9 + STEP * column as f64, 40.0 + STEP * row as f64)
}

/// A name no other street has: "Bakolu St".
fn name(n: usize, kind: &str) -> String {
    let part =
        |n: usize| ["ba", "ko", "lu", "mi", "ne", "ro", "sa", "ti", "vu", "ze", "dra", "pel", "gorn"][n % 13];
    format!("{}{}{}{} {kind}", part(n).to_uppercase(), part(n / 13), part(n / 169), part(n * 7 + 3))
}

fn streets(out: &mut String) {
    for line in 0..GRID {
        for step in 0..GRID - 1 {
            let number = step * 100 + 1;
            let numbers = format!(
                "\"lf\":{number},\"lt\":{},\"rf\":{},\"rt\":{}",
                number + 98,
                number + 1,
                number + 99
            );
            for (kind, from, to) in
                [("St", at(line, step), at(line, step + 1)), ("Ave", at(step, line), at(step + 1, line))]
            {
                let columns =
                    format!("\"name\":\"{}\",\"id\":\"{kind}{line}.{step}\",{numbers}", name(line, kind));
                let ends = format!("[[{},{}],[{},{}]]", from.0, from.1, to.0, to.1);
                feature(out, &columns, "LineString", &ends);
            }
        }
    }
}

fn pole(out: &mut String, n: usize) {
    let (lon, lat) = at(n / 7 % GRID, n / 3 % GRID);
    let columns = format!("\"id\":\"{n}\",\"owner\":\"City\"");
    feature(out, &columns, "Point", &format!("[{},{}]", lon + 0.00001 * (n % 37) as f64, lat + 0.0001));
}

/// A round area with so many corners.
fn round(out: &mut String, n: usize, across: usize, radius: f64, corners: usize, noun: &str) {
    let (lon, lat) = at(n / across * GRID / across, n % across * GRID / across);
    let mut ring: Vec<String> = (0..corners)
        .map(|corner| {
            let turn = std::f64::consts::TAU * corner as f64 / corners as f64;
            format!("[{:.7},{:.7}]", lon + radius * turn.cos(), lat + radius * turn.sin())
        })
        .collect();
    ring.push(ring[0].clone());
    let columns = format!("\"name\":\"{}\",\"owner\":\"City\"", name(n, noun));
    feature(out, &columns, "Polygon", &format!("[[{}]]", ring.join(",")));
}
