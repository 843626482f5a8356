//! Extracts made by hand, byte by byte: whole, out of order, cut short, garbage.

use super::super::super::{Hints, Status, locate};
use super::super::*;

/// A message of the format: fields one after the other.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(mut self, mut n: u64) -> Self {
        while n >= 0x80 {
            self.0.push((n & 0x7f) as u8 | 0x80);
            n >>= 7;
        }
        self.0.push(n as u8);
        self
    }

    fn number(self, field: u64, n: i64) -> Self {
        self.varint(field << 3).varint(n as u64)
    }

    fn bytes(self, field: u64, bytes: &[u8]) -> Self {
        let mut out = self.varint(field << 3 | 2).varint(bytes.len() as u64);
        out.0.extend_from_slice(bytes);
        out
    }

    fn packed(self, field: u64, list: impl Iterator<Item = i64>) -> Self {
        let packed = list.fold(Self::default(), |out, n| out.varint(n as u64));
        self.bytes(field, &packed.0)
    }
}

fn zigzag(n: i64) -> i64 {
    n << 1 ^ n >> 63
}

fn steps(list: &[i64]) -> Vec<i64> {
    list.iter().scan(0, |last, n| Some(zigzag(n - std::mem::replace(last, *n)))).collect()
}

fn blob(kind: &str, content: &[u8]) -> Vec<u8> {
    let blob = Message::default().bytes(1, content).0;
    let head = Message::default().bytes(1, kind.as_bytes()).number(3, blob.len() as i64).0;
    [&(head.len() as u32).to_be_bytes()[..], &head, &blob].concat()
}

type Tags<'t> = &'t [(&'t str, &'t str)];

/// One block a group of elements: "way 7 of these nodes with these tags".
#[derive(Default)]
struct Block {
    words: Vec<String>,
    groups: Message,
}

impl Block {
    fn word(&mut self, word: &str) -> i64 {
        let known = self.words.iter().position(|w| w == word).unwrap_or_else(|| {
            self.words.push(word.to_owned());
            self.words.len() - 1
        });
        known as i64 + 1
    }

    fn tagged(&mut self, id: i64, tags: Tags) -> Message {
        let keys: Vec<i64> = tags.iter().map(|(key, _)| self.word(key)).collect();
        let values: Vec<i64> = tags.iter().map(|(_, value)| self.word(value)).collect();
        Message::default().number(1, id).packed(2, keys.into_iter()).packed(3, values.into_iter())
    }

    fn group(mut self, field: u64, element: Message) -> Self {
        let group = Message::default().bytes(field, &element.0);
        self.groups = std::mem::take(&mut self.groups).bytes(2, &group.0);
        self
    }

    fn node(mut self, id: i64, (lat, lon): (f64, f64), tags: Tags) -> Self {
        let place = |degrees: f64| zigzag((degrees * 1e7).round() as i64);
        let node = self.tagged(id, tags);
        let node = Message(node.0).number(8, place(lat)).number(9, place(lon));
        // A node's id is written in zigzag, a way's is not.
        let skip = Message::default().number(1, id).0.len();
        let node = Message([Message::default().number(1, zigzag(id)).0, node.0[skip..].to_vec()].concat());
        self.group(1, node)
    }

    fn way(mut self, id: i64, refs: &[i64], tags: Tags) -> Self {
        let way = self.tagged(id, tags).packed(8, steps(refs).into_iter());
        self.group(3, way)
    }

    fn relation(mut self, id: i64, ways: &[i64], tags: Tags) -> Self {
        let role = self.word("outer");
        let relation = self.tagged(id, tags).packed(8, ways.iter().map(|_| role));
        let relation = relation.packed(9, steps(ways).into_iter()).packed(10, ways.iter().map(|_| 1));
        self.group(4, relation)
    }

    fn bytes(self) -> Vec<u8> {
        let words = self.words.iter().fold(Message::default().bytes(1, b""), |m, w| m.bytes(1, w.as_bytes()));
        blob(
            "OSMData",
            &Message::default().bytes(1, &words.0).0.into_iter().chain(self.groups.0).collect::<Vec<u8>>(),
        )
    }
}

/// Two streets that cross, a house, a park and a boundary; the areas come first and the nodes last.
fn town() -> Vec<u8> {
    let header = blob("OSMHeader", &Message::default().bytes(4, b"OsmSchema-V0.6").bytes(4, b"DenseNodes").0);
    let areas = Block::default().relation(
        90,
        &[20, 21],
        &[("type", "boundary"), ("boundary", "administrative"), ("admin_level", "8"), ("name", "Osmville")],
    );
    let ways = Block::default()
        .way(20, &[1, 2, 3], &[])
        .way(21, &[1, 4, 3], &[])
        .way(
            10,
            &[5, 6, 7],
            &[("highway", "residential"), ("name", "North Elm Street"), ("alt_name", "Kerkstraat")],
        )
        .way(11, &[8, 6, 9], &[("highway", "primary"), ("name", "Third Avenue"), ("ref", "US 40")])
        .way(12, &[8, 7], &[("highway", "service")])
        .way(
            13,
            &[10, 11, 12, 10],
            &[("leisure", "park"), ("name", "Mill Pond Park"), ("operator", "State")],
        );
    let ways = ways.way(14, &[5, 99], &[("highway", "residential"), ("name", "Cut Road")]);
    let corner = [(1, 42.30, -71.12), (2, 42.30, -71.08), (3, 42.34, -71.08), (4, 42.34, -71.12)];
    let street = [(5, 42.318, -71.1), (6, 42.32, -71.1), (7, 42.322, -71.1), (8, 42.32, -71.102)];
    let park = [(9, 42.32, -71.098), (10, 42.31, -71.1), (11, 42.311, -71.1), (12, 42.311, -71.101)];
    let nodes = corner.iter().chain(&street).chain(&park);
    let nodes = nodes.fold(Block::default(), |b, (id, lat, lon)| b.node(*id, (*lat, *lon), &[]));
    let house = [("addr:housenumber", "214-218"), ("addr:street", "N Elm St")];
    let nodes = nodes.node(30, (42.3211, -71.1001), &house);
    let nodes = nodes.node(31, (42.35, -71.1), &[("place", "town"), ("name", "Nextham")]);
    [header, areas.bytes(), ways.bytes(), nodes.bytes()].concat()
}

fn compiled(bytes: &[u8]) -> Result<(Gazetteer, ImportReport)> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("town.osm.pbf");
    std::fs::write(&path, bytes).unwrap();
    compile(&path, None, &OsmOptions::default(), &mut |_, _| {})
}

#[test]
fn a_town_comes_out_of_an_extract_in_any_order() {
    let (town, report) = compiled(&town()).unwrap();
    assert_eq!((town.city_name(), town.attribution()), ("Osmville", "© OpenStreetMap contributors"));
    for (text, expect) in [
        ("hole at 216 North Elm", "216 North Elm Street"),
        ("Elm & 3rd Ave", "North Elm Street & Third Avenue"),
        ("corner of Kerkstraat and US 40", "North Elm Street & Third Avenue"),
        ("swing broken at Mill Pond Park", "Mill Pond Park"),
    ] {
        let best = locate(&town, text, &Hints::default()).best.map(|place| place.label);
        assert_eq!(best.as_deref(), Some(expect), "{text}");
    }
    assert_eq!(locate(&town, "12 Elm St, Nextham", &Hints::default()).status, Status::Outside);
    let reasons: Vec<&str> = report.skipped.iter().map(|s| s.reason.as_str()).collect();
    assert_eq!(reasons, ["a street without a name", "part of a street lies outside the file"]);
}

#[test]
fn damaged_extracts_are_refused_by_name() {
    let whole = town();
    let check = |bytes: &[u8], words: &[&str]| {
        let message = compiled(bytes).unwrap_err().to_string();
        for word in ["town.osm.pbf"].iter().chain(words) {
            assert!(message.contains(word), "\"{word}\" is missing in: {message}");
        }
    };
    for cut in [1, 30, whole.len() / 2, whole.len() - 1] {
        check(&whole[..cut], &["damaged"]);
    }
    check(&whole[..whole.len() - 7], &["cut short", "block 4"]);
    check(b"", &["no block"]);
    check(&[0x5a; 100_000], &["block 1"]);
    check(&[vec![0, 0, 0, 2], vec![0x18, 0xff], vec![0xff; 64]].concat(), &["damaged"]);
    let far = Block::default().way(1, &[1, 2], &[("highway", "road"), ("name", "Far Road")]);
    let far = far.node(1, (200.0, 10.0), &[]).node(2, (42.0, 10.0), &[]);
    check(&far.bytes(), &["node 1", "degrees"]);
    check(&Block::default().node(1, (1.0, 1.0), &[]).bytes(), &["named street"]);
}

#[test]
fn any_flipped_byte_is_an_error_or_a_city_but_never_a_crash() {
    let whole = town();
    for at in (0..whole.len()).step_by(3) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        let _ = compiled(&bytes);
    }
}

#[test]
fn numbered_houses_of_real_openstreetmap_are_found_again() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/geo");
    for file in ["osm_baltimore/baltimore.osm.pbf", "cambridge_from_city_gis.osm.pbf"] {
        if !data.join(file).is_file() {
            println!("skipped: {file} is not in the development data");
            continue;
        }
        let (city, _) = compile(&data.join(file), None, &OsmOptions::default(), &mut |_, _| {}).unwrap();
        let houses = city.known_houses();
        let again = |(text, lat, lon): &&(String, f64, f64)| {
            let metres = |p: &super::super::super::Place| {
                let north = (p.lat - lat) * 111_195.0;
                north.hypot((p.lon - lon) * 111_195.0 * lat.to_radians().cos())
            };
            locate(&city, text, &Hints::default()).best.is_some_and(|place| metres(&place) <= 50.0)
        };
        let found = houses.iter().filter(again).count();
        let share = found as f64 / houses.len() as f64;
        assert!(houses.len() > 200 && share >= 0.97, "{file}: {found} of {}", houses.len());
    }
}
