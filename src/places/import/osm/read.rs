//! Bytes of a PBF file -> the elements that are wanted, in three walks: relations, ways, nodes.
//!
//! Elements may stand in any order, so no walk relies on an earlier one having seen everything.
//! Memory is bounded: file, blob and number of points have limits, and unwanted elements are dropped at once.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::io::Seek as _;
use std::path::Path;

use osmpbf::{BlobReader, Element, ElementReader, RelMemberType};

use super::super::super::geometry::Point;
use super::tags::Tags;
use crate::error::{Error, Result};

/// No extract may be larger: a city has 5 to 60 MB.
const MAX_FILE_BYTES: u64 = 512 * 1024 * 1024;
/// No block of it, as the format says.
const MAX_BLOB_BYTES: i32 = 32 * 1024 * 1024;
/// Corners of streets and shapes that are kept.
const MAX_POINTS: usize = 6_000_000;

/// A way that is wanted for itself or for a relation.
pub(super) struct Way {
    pub id: i64,
    pub refs: Vec<i64>,
    pub tags: Tags,
}

/// An area made of ways: (way id, `true` for a hole).
pub(super) struct Relation {
    pub id: i64,
    pub members: Vec<(i64, bool)>,
    pub tags: Tags,
}

/// A node that is something by itself.
pub(super) struct Tagged {
    pub at: Point,
    pub tags: Tags,
}

/// What was taken out of the file.
#[derive(Default)]
pub(super) struct Extract {
    pub relations: Vec<Relation>,
    pub ways: Vec<Way>,
    pub nodes: Vec<Tagged>,
    pub points: HashMap<i64, Point>,
    by_id: HashMap<i64, usize>,
}

impl Extract {
    /// The nodes of a way.
    pub fn refs_of(&self, way: i64) -> Option<&[i64]> {
        self.by_id.get(&way).and_then(|at| self.ways.get(*at)).map(|way| way.refs.as_slice())
    }
}

/// Takes the wanted elements out of a file.
pub(super) fn extract(path: &Path, file: &str, progress: &mut dyn FnMut(&str, u64)) -> Result<Extract> {
    check_blocks(path, file)?;
    let mut extract = Extract::default();
    progress(&format!("{file}: areas"), 0);
    walk(path, file, &mut |element| extract.take_relation(&element))?;
    let members: HashSet<i64> = extract.relations.iter().flat_map(|r| &r.members).map(|m| m.0).collect();
    progress(&format!("{file}: streets and shapes"), extract.relations.len() as u64);
    walk(path, file, &mut |element| extract.take_way(&element, &members))?;
    let mut needed: HashSet<i64> = HashSet::new();
    for way in &extract.ways {
        needed.extend(&way.refs);
        if needed.len() > MAX_POINTS {
            return Err(Error::Invalid(format!(
                "{file}: more than {MAX_POINTS} corners of streets and shapes, more than a city has; cut the city out \
                 (osmium extract --bbox)"
            )));
        }
    }
    progress(&format!("{file}: corners and addresses"), extract.ways.len() as u64);
    walk(path, file, &mut |element| extract.take_node(&element, &needed))?;
    Ok(extract)
}

/// Looks at every block's head before anything is unpacked: garbage and files cut short are seen here.
fn check_blocks(path: &Path, file: &str) -> Result<()> {
    let unreadable = |e: std::io::Error| Error::Invalid(format!("{file}: cannot be read ({e})"));
    let about = std::fs::metadata(path).map_err(unreadable)?;
    if !about.is_file() {
        return Err(Error::Invalid(format!("{file}: not a file; save the extract as a file first")));
    }
    let size = about.len();
    if size > MAX_FILE_BYTES {
        return Err(Error::Invalid(format!(
            "{file}: {} MB is more than the {} MB an extract may have; cut the city out (osmium extract --bbox)",
            size >> 20,
            MAX_FILE_BYTES >> 20
        )));
    }
    let mut bytes = std::io::BufReader::new(std::fs::File::open(path).map_err(unreadable)?);
    let mut blocks = BlobReader::new_seekable(&mut bytes).map_err(|e| damaged(file, &e.to_string()))?;
    let mut seen = 0;
    while let Some(next) = blocks.next_header_skip_blob() {
        seen += 1;
        let (head, _) = next.map_err(|e| damaged(file, &format!("block {seen}: {e}")))?;
        if !(0..=MAX_BLOB_BYTES).contains(&head.get_blob_size()) {
            let told = format!("block {seen} says it has {} bytes", head.get_blob_size());
            return Err(damaged(file, &told));
        }
    }
    let end = bytes.stream_position().map_err(unreadable)?;
    match (seen, end.cmp(&size)) {
        (0, _) => Err(damaged(file, "no block is in it")),
        (_, Ordering::Equal) => Ok(()),
        _ => Err(damaged(file, &format!("it is cut short: block {seen} should end at byte {end} of {size}"))),
    }
}

fn damaged(file: &str, what: &str) -> Error {
    Error::Invalid(format!("{file}: not an OpenStreetMap PBF file, or damaged ({what}); download it again"))
}

/// Calls `each` for every element of a file.
fn walk(path: &Path, file: &str, each: &mut dyn FnMut(Element<'_>) -> Result<()>) -> Result<()> {
    let mut stopped = None;
    // The reader stops the thread on some impossible numbers, so it runs behind a guard.
    let walked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        ElementReader::from_path(path)?.for_each(|element| {
            if stopped.is_none() {
                stopped = each(element).err();
            }
        })
    }));
    if let Some(e) = stopped {
        return Err(e.at(file));
    }
    match walked {
        Ok(Ok(())) => Ok(()),
        Ok(Err(e)) => Err(damaged(file, &e.to_string())),
        Err(_) => Err(damaged(file, "an element holds impossible numbers")),
    }
}

impl Extract {
    fn take_relation(&mut self, element: &Element<'_>) -> Result<()> {
        let Element::Relation(relation) = element else { return Ok(()) };
        let tags = Tags::of(relation.tags());
        if !tags.is_wanted_relation() {
            return Ok(());
        }
        let ways = relation.members().filter(|m| m.member_type == RelMemberType::Way);
        let members = ways.map(|m| (m.member_id, m.role().is_ok_and(|role| role == "inner"))).collect();
        self.relations.push(Relation { id: relation.id(), members, tags });
        Ok(())
    }

    fn take_way(&mut self, element: &Element<'_>, members: &HashSet<i64>) -> Result<()> {
        let Element::Way(way) = element else { return Ok(()) };
        let tags = Tags::of(way.tags());
        if tags.is_wanted_way() || members.contains(&way.id()) {
            self.by_id.insert(way.id(), self.ways.len());
            self.ways.push(Way { id: way.id(), refs: way.refs().collect(), tags });
        }
        Ok(())
    }

    fn take_node(&mut self, element: &Element<'_>, needed: &HashSet<i64>) -> Result<()> {
        let (id, lat, lon, tags) = match element {
            Element::Node(node) => (node.id(), node.lat(), node.lon(), Tags::of(node.tags())),
            Element::DenseNode(node) => (node.id(), node.lat(), node.lon(), Tags::of(node.tags())),
            _ => return Ok(()),
        };
        let wanted = tags.is_wanted_node();
        if !(wanted || needed.contains(&id)) {
            return Ok(());
        }
        if !(lat.abs() <= 90.0 && lon.abs() <= 180.0) {
            return Err(Error::Invalid(format!("node {id} lies at {lat}, {lon}, which are not degrees")));
        }
        let at = Point { lat, lon }.as_stored();
        if needed.contains(&id) {
            self.points.insert(id, at);
        }
        if wanted {
            self.nodes.push(Tagged { at, tags });
        }
        Ok(())
    }
}
