//! How fast posts are placed, districts looked up and cities imported.
//!
//! `cargo bench --bench places` prints the figures. With a city's own data beside the repository
//! (`../shared/data/geo`) it measures there, else in the example city. `-- --big` imports a generated city twenty times
//! the size of Cambridge in a process of its own and prints its seconds and its largest memory.

#![expect(clippy::unwrap_used, reason = "a bench stops at the first surprise")]
#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

#[path = "support/big_city.rs"]
mod big_city;
mod support;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;

use geo::{Coord, Intersects, MonotonicPolygons, MultiPolygon};
use onit::places::import::{Columns, compile_folder};
use onit::places::{self, Gazetteer, Hints};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};
use support::{asked_for, median, option, spread, this_thread, thread_cpu_ns};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A city on disk: its folder, its column map, and posts about it.
struct Sample {
    name: &'static str,
    folder: PathBuf,
    columns: Columns,
    posts: Vec<String>,
}

fn main() {
    if asked_for("--big") {
        return import_big();
    }
    let sample = sample();
    let rounds = option("--rounds", 7);
    println!("places: {}, {} posts, {rounds} rounds", sample.name, sample.posts.len());
    println!("| figure | middle (lowest to highest) |\n|---|---|");
    let imports: Vec<f64> = (0..3).map(|_| cpu_seconds(|| drop(compiled(&sample)))).collect();
    println!("| import, seconds of CPU | {} |", spread(&imports, 2));
    let gazetteer = compiled(&sample);
    let (mut speeds, mut worst) = (Vec::new(), 0.0_f64);
    for _ in 0..rounds {
        let seconds = cpu_seconds(|| {
            for post in &sample.posts {
                black_box(places::locate(&gazetteer, post, &Hints::default()));
            }
        });
        speeds.push(sample.posts.len() as f64 / seconds);
    }
    println!("| posts/s on one core | {} |", spread(&speeds, 0));
    for text in hostile() {
        worst = worst.max(cpu_seconds(|| drop(places::locate(&gazetteer, &text, &Hints::default()))));
    }
    println!("| worst 64 KB of hostile text, milliseconds | {:.1} |", worst * 1000.0);
    districts(&sample, &gazetteer, rounds);
    println!("\n`-- --big` measures the generated city.");
}

/// Cambridge where its data is, else the example city.
fn sample() -> Sample {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let data = here.join("../shared/data/geo");
    let real = data.join("cambridge_ma");
    let text = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        row["text"].as_str().unwrap().to_owned()
    };
    if !real.is_dir() {
        let folder = here.join("config/example-city");
        let columns = Columns::load(&folder.join("columns.toml")).unwrap();
        let posts = support::posts::lines(20_000).iter().map(|line| text(line)).collect();
        return Sample { name: "the example city", folder, columns, posts };
    }
    let columns = Columns::load(&here.join("config/columns/cambridge_ma.toml")).unwrap();
    let lines = std::fs::read_to_string(data.join("posts_dev.jsonl")).unwrap();
    Sample { name: "Cambridge", folder: real, columns, posts: lines.lines().map(text).collect() }
}

fn compiled(sample: &Sample) -> Gazetteer {
    compile_folder(&sample.folder, &sample.columns, &mut |_, _| {}).unwrap().0
}

fn cpu_seconds(work: impl FnOnce()) -> f64 {
    let thread = this_thread();
    let before = thread_cpu_ns(&thread);
    work();
    (thread_cpu_ns(&thread) - before) / 1e9
}

/// Texts that make a reader of places work hard: joiners, numbers and half-known names without end.
fn hostile() -> Vec<String> {
    ["Main & ", "12 Broad ", "between Elm and ", "Massachusets Avenu & ", "1-2/3 ", "pole 1 ", "St "]
        .iter()
        .map(|part| part.repeat(65_536 / part.len()))
        .collect()
}

/// Boxes and cut polygons without anything around them, as a library's user would write it.
struct Bare {
    boxes: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>>,
    cut: Vec<MonotonicPolygons<f64>>,
}

/// The polygons of the column map's area layers and the boundary.
fn bare(sample: &Sample) -> Bare {
    let files = sample.columns.areas.iter().map(|layer| &layer.file);
    let (mut boxes, mut cut) = (Vec::new(), Vec::new());
    for file in files.chain(sample.columns.boundary.iter().map(|b| &b.file)) {
        let text = std::fs::read_to_string(sample.folder.join(file)).unwrap();
        let layer: geojson::FeatureCollection = text.parse().unwrap();
        for feature in layer.features {
            let Some(geometry) = feature.geometry else { continue };
            let Ok(shape) = geo::Geometry::<f64>::try_from(geometry) else { continue };
            let shape = match shape {
                geo::Geometry::Polygon(one) => MultiPolygon::new(vec![one]),
                geo::Geometry::MultiPolygon(many) => many,
                _ => continue,
            };
            let corners = geo::BoundingRect::bounding_rect(&shape).unwrap();
            let (low, high) = (corners.min(), corners.max());
            let rectangle = Rectangle::from_corners([low.x, low.y], [high.x, high.y]);
            let Ok(pieces) = std::panic::catch_unwind(|| MonotonicPolygons::from(shape)) else { continue };
            boxes.push(GeomWithData::new(rectangle, cut.len()));
            cut.push(pieces);
        }
    }
    Bare { boxes: RTree::bulk_load(boxes), cut }
}

/// The same points through our look-up and through the bare loop, in turn in every round.
fn districts(sample: &Sample, gazetteer: &Gazetteer, rounds: usize) {
    let bare = bare(sample);
    let (south, west, north, east) = gazetteer.bbox().unwrap();
    let points: Vec<(f64, f64)> = (0..200_000_u32)
        .map(|n| {
            let share = |k: u32| f64::from(n.wrapping_mul(k).rotate_left(9) % 10_007) / 10_007.0;
            (south + (north - south) * share(2_654_435_761), west + (east - west) * share(40_503_001))
        })
        .collect();
    let (mut ratios, mut speeds) = (Vec::new(), Vec::new());
    let (mut ours_found, mut bare_found) = (0_usize, 0_usize);
    for _ in 0..rounds {
        (ours_found, bare_found) = (0, 0);
        let ours = cpu_seconds(|| {
            for (lat, lon) in &points {
                places::each_area_at(gazetteer, *lat, *lon, |_, _| ours_found += 1);
            }
        });
        let plain = cpu_seconds(|| {
            for (lat, lon) in &points {
                for found in bare.boxes.locate_in_envelope_intersecting(&AABB::from_point([*lon, *lat])) {
                    bare_found += usize::from(bare.cut[found.data].intersects(&Coord { x: *lon, y: *lat }));
                }
            }
        });
        ratios.push(ours / plain);
        speeds.push(points.len() as f64 / ours);
    }
    println!("| district look-up / bare rstar + MonotonicPolygons | {} |", spread(&ratios, 3));
    println!("| district look-ups/s, all layers | {} |", spread(&speeds, 0));
    println!("| districts found, ours / bare loop | {ours_found} / {bare_found} |");
    assert!(median(&ratios) > 0.0);
}

/// Writes and imports a city twenty times the size of Cambridge.
fn import_big() {
    let folder = tempfile::tempdir().unwrap();
    let columns = big_city::write(folder.path());
    let begun = Instant::now();
    let mut bytes = 0;
    let cpu = cpu_seconds(|| {
        let (gazetteer, report) = compile_folder(folder.path(), &columns, &mut |_, _| {}).unwrap();
        println!("{:?}", report.counts);
        bytes = gazetteer.to_bytes().unwrap().len();
    });
    println!("| figure | value |\n|---|---|");
    println!(
        "| import of the generated city, seconds | {:.1} ({cpu:.1} of CPU) |",
        begun.elapsed().as_secs_f64()
    );
    println!("| largest memory, MB | {} |", support::largest_memory_mb());
    println!("| compiled, MB | {} |", bytes >> 20);
}
