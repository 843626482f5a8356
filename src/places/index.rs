//! What makes a city quick to ask: words, a tree of names, streets' segments and nodes, boxes.
//!
//! Rebuilt on every load; a city of 3,000 segments takes some milliseconds.

use super::areas::AreaIndex;
use super::fuzzy::Fuzzy;
use super::gazetteer::City;
use super::lexicon::{Lexicon, QuickMap};
use super::space::Space;
use super::words::class;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Street(u32),
    Spot(u32),
}

/// How well a name stands for it: its own name, another name, a part of it, or its words run together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tier {
    Own,
    Alias,
    Joined,
    Part,
}

/// One meaning of a name in the tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub target: Target,
    pub tier: Tier,
    /// Word of the street type; 0 = the name has none (or, for spots, is whole).
    pub suffix: u32,
    /// Word of the direction, 0 = none.
    pub direction: u32,
}

/// Everything that is derived from a [`City`].
#[derive(Debug, Default)]
pub(super) struct Index {
    pub lexicon: Lexicon,
    pub fuzzy: Fuzzy,
    tree: QuickMap<(u32, u32), u32>,
    entries: Vec<Vec<Entry>>,
    /// Segments of each street.
    pub street_segments: Vec<Vec<u32>>,
    /// Nodes of each street, sorted.
    pub street_nodes: Vec<Vec<u32>>,
    /// Segments at each node.
    pub node_segments: Vec<Vec<u32>>,
    /// Known houses of each street, by number.
    pub street_doors: Vec<Vec<u32>>,
    /// Assets by folded plate number.
    pub plates: QuickMap<Box<str>, Vec<u32>>,
    /// Assets by the digits of their plate number, for people who leave out letters and hyphens.
    pub plate_digits: QuickMap<Box<str>, Vec<u32>>,
    /// Words of neighboring towns' names.
    pub neighbors: Vec<Vec<u32>>,
    pub space: Space,
    pub areas: AreaIndex,
}

impl Index {
    /// Builds all indexes.
    pub fn build(city: &City) -> Self {
        let mut index = Self { lexicon: Lexicon::new(), entries: vec![Vec::new()], ..Self::default() };
        for (at, street) in city.streets.iter().enumerate() {
            index.add_street(&street.name, at as u32, Tier::Own);
        }
        for (at, street) in city.streets.iter().enumerate() {
            for alias in &street.aliases {
                index.add_street(alias, at as u32, Tier::Alias);
            }
        }
        for (at, spot) in city.spots.iter().enumerate() {
            for (n, name) in std::iter::once(&spot.name).chain(&spot.aliases).enumerate() {
                let words = index.lexicon.intern_name(name);
                let tier = if n == 0 { Tier::Own } else { Tier::Alias };
                let entry = Entry { target: Target::Spot(at as u32), tier, suffix: 0, direction: 0 };
                index.add(&words, entry);
            }
        }
        index.neighbors = city.neighbors.iter().map(|name| index.lexicon.intern_name(name)).collect();
        index.fuzzy = Fuzzy::build(&index.lexicon);
        index.connect(city);
        for (at, asset) in city.assets.iter().enumerate() {
            if !asset.id.is_empty() {
                index.plates.entry(plate(&asset.id).into()).or_default().push(at as u32);
                index.plate_digits.entry(digits_of(&asset.id).into()).or_default().push(at as u32);
            }
        }
        index.space = Space::build(city);
        index.areas = AreaIndex::build(city);
        index
    }

    fn connect(&mut self, city: &City) {
        self.street_segments = vec![Vec::new(); city.streets.len()];
        self.street_nodes = vec![Vec::new(); city.streets.len()];
        self.node_segments = vec![Vec::new(); city.nodes.len()];
        for (at, segment) in city.segments.iter().enumerate() {
            self.street_segments[segment.street as usize].push(at as u32);
            self.street_nodes[segment.street as usize].extend([segment.from, segment.to]);
            self.node_segments[segment.from as usize].push(at as u32);
            if segment.to != segment.from {
                self.node_segments[segment.to as usize].push(at as u32);
            }
        }
        for nodes in &mut self.street_nodes {
            nodes.sort_unstable();
            nodes.dedup();
        }
        self.street_doors = vec![Vec::new(); city.streets.len()];
        for (at, door) in city.doors.iter().enumerate() {
            self.street_doors[door.street as usize].push(at as u32);
        }
        for doors in &mut self.street_doors {
            doors.sort_by_key(|at| city.doors[*at as usize].number);
        }
    }

    fn add_street(&mut self, name: &str, street: u32, tier: Tier) {
        let words = self.lexicon.intern_name(name);
        let class_of: Vec<u32> = words.iter().map(|w| self.lexicon.form(*w).1).collect();
        let (bare, suffix, direction) = split_name(&words, &class_of);
        let entry = Entry { target: Target::Street(street), tier, suffix, direction };
        self.add(bare, entry);
        if bare.len() < 2 {
            return;
        }
        let part = Entry { tier: Tier::Part, ..entry };
        for from in 1..bare.len() {
            if self.tells_enough(&bare[from..]) {
                self.add(&bare[from..], part);
            }
        }
        if self.tells_enough(&bare[..bare.len() - 1]) {
            self.add(&bare[..bare.len() - 1], part);
        }
        let joined: String = bare.iter().map(|w| self.lexicon.form(*w).0).collect();
        self.lexicon.mark(&joined, class::NAME);
        let joined = self.lexicon.intern(&joined);
        self.add(&[joined], Entry { tier: Tier::Joined, ..entry });
    }

    /// A part of a name says something when it is more than "Mt", "Park" or "Old".
    fn tells_enough(&self, words: &[u32]) -> bool {
        words.iter().any(|w| {
            let (spelling, bits) = self.lexicon.form(*w);
            spelling.len() >= 4 && bits & (class::SUFFIX | class::COMMON) == 0
        })
    }

    fn add(&mut self, words: &[u32], entry: Entry) {
        if words.is_empty() {
            return;
        }
        let mut at = 0;
        for word in words {
            let next = self.entries.len() as u32;
            at = *self.tree.entry((at, *word)).or_insert(next);
            if at == next {
                self.entries.push(Vec::new());
            }
        }
        let list = &mut self.entries[at as usize];
        let same = |e: &Entry| {
            e.target == entry.target && e.suffix == entry.suffix && e.direction == entry.direction
        };
        // An alias that is another street's own name must not swallow it.
        let own = |e: &Entry| e.tier == Tier::Own && e.suffix == entry.suffix && e.target != entry.target;
        let swallows = entry.tier == Tier::Alias && list.iter().any(own);
        let entry = if swallows { Entry { tier: Tier::Part, ..entry } } else { entry };
        match list.iter_mut().find(|e| same(e)) {
            Some(old) => old.tier = old.tier.min(entry.tier),
            None => list.push(entry),
        }
    }

    /// The tree node one word further; 0 is the root.
    pub fn step(&self, node: u32, word: u32) -> Option<u32> {
        self.tree.get(&(node, word)).copied()
    }

    /// The meanings of the name that ends at a tree node.
    pub fn meanings(&self, node: u32) -> &[Entry] {
        self.entries.get(node as usize).map_or(&[], Vec::as_slice)
    }
}

/// Name, street type, direction: "n main st" -> (main, st, n); a name that is nothing else stays whole.
fn split_name<'w>(words: &'w [u32], classes: &[u32]) -> (&'w [u32], u32, u32) {
    let is = |at: usize, bits: u32| classes.get(at).is_some_and(|c| c & bits != 0);
    let (mut from, mut to) = (0, words.len());
    let (mut suffix, mut direction) = (0, 0);
    if to - from > 2 && is(to - 1, class::DIRECTION) && is(to - 2, class::SUFFIX) {
        to -= 1;
        direction = words[to];
    }
    if to - from > 1 && is(to - 1, class::SUFFIX) {
        to -= 1;
        suffix = words[to];
    }
    if to - from > 1 && is(to - 1, class::SUFFIX) && suffix != 0 && words.len() > 2 && to - from > 2 {
        // "Sidney St Ext": both words are type; the last one decides.
        to -= 1;
    }
    if direction == 0 && to - from > 1 && is(from, class::DIRECTION) {
        direction = words[from];
        from += 1;
    }
    (&words[from..to], suffix, direction)
}

/// A plate number as people may write it: capitals, letters, digits and hyphens only.
pub(super) fn plate(id: &str) -> String {
    let mut plain: String =
        id.chars().filter(|c| c.is_alphanumeric() || *c == '-').flat_map(char::to_uppercase).collect();
    while plain.ends_with('-') {
        plain.pop();
    }
    plain
}

/// The digits of a plate number.
pub(super) fn digits_of(id: &str) -> String {
    id.chars().filter(char::is_ascii_digit).collect()
}
