//! Phrases as a tree of words: each post is walked through it once, from every word.
//!
//! A phrase is words; `(a|b c|)` stands for any of its alternatives, `..` for up to five words of the same
//! sentence, `_` for up to two. Phrases that begin alike share their way, so a thousand alternatives of one
//! group cost one look-up a word. No regular expression runs on a post.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::text::{Break, Words, hash, mix};
use crate::error::{Error, Result};

/// Words that each kind of gap may pass over: none, `_`, `..`.
const GAPS: [usize; 3] = [0, 2, 5];
/// A phrase may stand for at most so many plain ones.
const MAX_ALTERNATIVES: usize = 1024;
/// Bits that say whether any phrase begins with a word.
const FIRST_BITS: usize = 1 << 15;

/// A place in the tree.
#[derive(Debug, Clone, Copy, Default)]
struct Node {
    /// One bit a stem that may follow (by its first six bits), so that most words are passed over unseen.
    follow: u64,
    /// Which of [`GAPS`] may follow, one bit each.
    gaps: u8,
    /// Marks of the phrases that end here: `marks[from..to]`.
    from: u32,
    to: u32,
}

/// All phrases, each with a mark.
#[derive(Debug)]
pub(super) struct Tree<M> {
    nodes: Vec<Node>,
    edges: Edges,
    first: Vec<u64>,
    marks: Vec<(u32, M)>,
}

/// Stems of words met before, by the hash of the word: the same few thousand come back in every phrase.
pub(super) type Known = HashMap<u64, Vec<u64>, BuildHasherDefault<Hashed>>;

/// Takes a number that is a hash already as the hash of itself.
#[derive(Default)]
pub(super) struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 ^= hash(bytes);
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

impl<M: Copy> Tree<M> {
    pub fn new() -> Self {
        Self {
            nodes: vec![Node::default()],
            edges: Edges::new(1 << 17),
            first: vec![0; FIRST_BITS / 64],
            marks: Vec::with_capacity(1 << 15),
        }
    }

    /// Adds a phrase with all its alternatives.
    pub fn add(&mut self, phrase: &str, mark: M, known: &mut Known) -> Result<()> {
        let mut ends: Vec<(u32, u8)> = vec![(0, 0)];
        for chunk in chunks(phrase) {
            let choices = expand(chunk)?;
            let mut next = Vec::with_capacity(ends.len() * choices.len());
            for choice in &choices {
                for (node, gap) in &ends {
                    next.push(self.walk(*node, *gap, choice, known));
                }
            }
            ends = next;
            if ends.len() > MAX_ALTERNATIVES {
                return Err(Error::Invalid(format!(
                    "the phrase \"{phrase}\" stands for more than {MAX_ALTERNATIVES} phrases; split it"
                )));
            }
        }
        for (node, _) in ends {
            if node == 0 {
                return Err(Error::Invalid(format!("the phrase \"{phrase}\" holds no word")));
            }
            self.marks.push((node, mark));
        }
        Ok(())
    }

    /// Puts the marks in the order of their places; to be called once, after the last phrase.
    pub fn close(&mut self) {
        for (node, _) in &self.marks {
            self.nodes[*node as usize].to += 1;
        }
        let mut next = 0;
        for node in &mut self.nodes {
            let marks = node.to;
            (node.from, node.to) = (next, next);
            next += marks;
        }
        let added = std::mem::take(&mut self.marks);
        self.marks.clone_from(&added);
        for mark in added {
            let node = &mut self.nodes[mark.0 as usize];
            self.marks[node.to as usize] = mark;
            node.to += 1;
        }
    }

    /// Follows the words of one choice from a place, making the way where there is none.
    fn walk(&mut self, mut node: u32, mut gap: u8, choice: &str, known: &mut Known) -> (u32, u8) {
        for part in choice.split_whitespace() {
            match part {
                "_" => gap = 1,
                ".." => gap = 2,
                _ => {
                    let stems = || Words::of(part).list.iter().map(|w| w.stem).collect();
                    let stems: &Vec<u64> = known.entry(hash(part.as_bytes())).or_insert_with(stems);
                    for stem in stems {
                        node = self.step(node, gap, *stem);
                        gap = 0;
                    }
                }
            }
        }
        (node, gap)
    }

    fn step(&mut self, node: u32, gap: u8, stem: u64) -> u32 {
        let new = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let to = self.edges.get_or_insert(edge(node, gap, stem), new);
        if to == new {
            self.nodes.push(Node::default());
            let from = &mut self.nodes[node as usize];
            from.follow |= 1 << (stem >> 58);
            from.gaps |= 1 << gap;
            if node == 0 {
                let bit = first_bit(stem);
                self.first[bit / 64] |= 1 << (bit % 64);
            }
        }
        to
    }

    /// Calls `found(mark, first word, last word)` for every phrase of a post.
    pub fn find(&self, words: &Words, found: &mut impl FnMut(M, usize, usize)) {
        for (i, word) in words.list.iter().enumerate() {
            let bit = first_bit(word.stem);
            if self.first[bit / 64] >> (bit % 64) & 1 == 1
                && let Some(node) = self.edges.get(edge(0, 0, word.stem))
            {
                self.follow(words, node, i, i, found);
            }
        }
    }

    /// Everything that ends at a place or goes on from it; `at` is the word that led here.
    fn follow(
        &self,
        words: &Words,
        node: u32,
        first: usize,
        at: usize,
        found: &mut impl FnMut(M, usize, usize),
    ) {
        let here = &self.nodes[node as usize];
        for (_, mark) in &self.marks[here.from as usize..here.to as usize] {
            found(*mark, first, at);
        }
        if here.gaps == 0 {
            return;
        }
        for (gap, reach) in GAPS.iter().enumerate().filter(|(gap, _)| here.gaps >> gap & 1 == 1) {
            for (n, next) in words.list.iter().enumerate().skip(at + 1).take(reach + 1) {
                if next.gap == Break::Stop {
                    break;
                }
                // Of a word that comes twice, the first counts.
                let seen = || words.list[at + 1..n].iter().any(|w| w.stem == next.stem);
                if here.follow >> (next.stem >> 58) & 1 == 1
                    && let Some(to) = self.edges.get(edge(node, gap as u8, next.stem))
                    && !seen()
                {
                    self.follow(words, to, first, n, found);
                }
            }
        }
    }
}

fn first_bit(stem: u64) -> usize {
    (stem >> 20) as usize % FIRST_BITS
}

/// The key of a step; never 0.
fn edge(node: u32, gap: u8, stem: u64) -> u64 {
    mix(stem, u64::from(node) << 2 | u64::from(gap)) | 1
}

/// A table from keys that are hashes already to places, filled to a half at most.
#[derive(Debug)]
struct Edges {
    slots: Vec<(u64, u32)>,
    used: usize,
}

impl Edges {
    fn new(size: usize) -> Self {
        Self { slots: vec![(0, 0); size], used: 0 }
    }

    fn start(&self, key: u64) -> usize {
        (key >> 24) as usize & (self.slots.len() - 1)
    }

    fn get(&self, key: u64) -> Option<u32> {
        let mut at = self.start(key);
        loop {
            let (held, to) = self.slots[at];
            if held == key {
                return Some(to);
            }
            if held == 0 {
                return None;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    fn get_or_insert(&mut self, key: u64, new: u32) -> u32 {
        if (self.used + 1) * 2 > self.slots.len() {
            let wider = vec![(0, 0); self.slots.len() * 2];
            let old = std::mem::replace(&mut self.slots, wider);
            self.used = 0;
            for (key, to) in old.into_iter().filter(|s| s.0 != 0) {
                self.get_or_insert(key, to);
            }
        }
        let mut at = self.start(key);
        loop {
            let (held, to) = self.slots[at];
            if held == key {
                return to;
            }
            if held == 0 {
                self.slots[at] = (key, new);
                self.used += 1;
                return new;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }
}

/// Cuts a phrase at spaces outside its groups.
fn chunks(phrase: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    phrase
        .split(move |c: char| {
            inside = (inside || c == '(') && c != ')';
            c == ' ' && !inside
        })
        .filter(|c| !c.is_empty())
}

/// All plain phrases that `(a|b)` groups stand for.
pub(super) fn expand(phrase: &str) -> Result<Vec<String>> {
    let mut done = vec![String::new()];
    let mut rest = phrase;
    while let Some(open) = rest.find('(') {
        let close = rest.find(')').filter(|c| *c > open);
        let close = close.ok_or_else(|| {
            Error::Invalid(format!("the phrase \"{phrase}\" opens a group it never closes"))
        })?;
        let (before, group) = (&rest[..open], &rest[open + 1..close]);
        if group.contains('(') {
            return Err(Error::Invalid(format!(
                "the phrase \"{phrase}\" has a group within a group; write two"
            )));
        }
        let mut next = Vec::new();
        for start in &done {
            next.extend(group.split('|').map(|choice| format!("{start}{before}{choice}")));
        }
        done = next;
        rest = &rest[close + 1..];
        if done.len() > MAX_ALTERNATIVES {
            return Err(Error::Invalid(format!(
                "the phrase \"{phrase}\" stands for more than {MAX_ALTERNATIVES} phrases; split it"
            )));
        }
    }
    for plain in &mut done {
        plain.push_str(rest);
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_expand() {
        let all = expand("(gas|) leak .. (now|here)").unwrap();
        assert_eq!(all, ["gas leak .. now", "gas leak .. here", " leak .. now", " leak .. here"]);
        assert!(expand("(never closed").is_err());
        assert!(expand("(a|b (c|d))").is_err());
    }

    fn check(phrase: &str, text: &str, expect: &[(usize, usize)]) {
        let mut tree = Tree::new();
        tree.add(phrase, (), &mut Known::default()).unwrap();
        tree.close();
        let mut found = Vec::new();
        tree.find(&Words::of(text), &mut |(), first, last| found.push((first, last)));
        assert_eq!(found, expect, "{phrase} in {text}");
    }

    #[test]
    fn gaps_stay_in_the_sentence() {
        check("wire .. down", "wire down", &[(0, 1)]);
        check("wire .. down", "wires on the street, down and down again", &[(0, 4)]);
        check("wire .. down", "wire! Down with it", &[]);
        check("wire .. down", "wire a b c d e f down", &[]);
        check("wire _ down", "wire a b down", &[(0, 3)]);
        check("wire _ down", "wire a b c down", &[]);
    }

    #[test]
    fn groups_may_be_glued_and_hold_several_words() {
        check("break in(to|) (the |)house", "they break into the house", &[(1, 4)]);
        check("break in(to|) (the |)house", "they break in house", &[(1, 3)]);
        check("(no power|dark) .. (corner|end)", "it is dark at the corner", &[(2, 5)]);
        assert!(Tree::new().add("..", (), &mut Known::default()).is_err());
    }
}
