//! Which words of a text can be names of this city: one walk over the tokens and the tree of names.
//!
//! A [`Hit`] is a name with the street type and direction around it. Exact hits are found once for the whole
//! text; misspelled ones only where a caller has other reason to expect a name. Nothing is decided here.

use super::Hints;
use super::gazetteer::Gazetteer;
use super::index::{Target, Tier};
use super::lexicon::Word;
use super::text::{Shape, Tokens};
use super::words::{self, class};
use crate::span::Span;

/// More hits than this in one text are not looked at: nobody names so many places.
const MAX_HITS: usize = 256;

/// A name found in the text, as token numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    /// First token, a direction before the name included.
    pub start: usize,
    /// One past the last token, street type and direction included.
    pub end: usize,
    /// First token of the name itself, and one past its last.
    pub name: (usize, usize),
    node: u32,
    /// Letters that differ, half a letter for words joined or split.
    pub edits: f64,
    /// Street type as written, 0 = none.
    pub suffix: u32,
    /// Direction as written, 0 = none.
    pub direction: u32,
}

/// How freely names may be spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    /// As the city spells it.
    Exact,
    /// Unknown words may be misspelled names.
    Loose,
    /// Names may be misspelled into other names, or cut short.
    Forced,
}

/// A text with everything known about its words.
pub(super) struct Text<'a> {
    pub g: &'a Gazetteer,
    pub text: &'a str,
    pub tokens: Tokens,
    pub words: Vec<Word>,
    /// Exact hits, by first token.
    pub hits: Vec<Hit>,
    pub hints: &'a Hints<'a>,
}

impl<'a> Text<'a> {
    /// Cuts the text and finds the exact hits.
    pub fn read(g: &'a Gazetteer, text: &'a str, hints: &'a Hints<'a>) -> Self {
        let tokens = Tokens::of(text);
        let words = g.index.lexicon.look_up(&tokens);
        let mut read = Self { g, text, tokens, words, hits: Vec::new(), hints };
        for at in 0..read.words.len() {
            if read.words[at].is(class::NAME) && read.hits.len() < MAX_HITS {
                read.hits.extend(read.starting_at(at, Spelling::Exact));
            }
        }
        read
    }

    /// The word at a token; the zero word beyond the ends.
    pub fn word(&self, at: usize) -> Word {
        self.words.get(at).copied().unwrap_or_default()
    }

    /// The sign at a token.
    pub fn sign(&self, at: usize) -> Option<char> {
        match self.tokens.list.get(at)?.shape {
            Shape::Sign(c) => Some(c),
            _ => None,
        }
    }

    /// The number at a token.
    pub fn number(&self, at: usize) -> Option<u32> {
        match self.tokens.list.get(at)?.shape {
            Shape::Number(n) => Some(n),
            _ => None,
        }
    }

    /// Names that begin at a token.
    pub fn starting_at(&self, at: usize, spelling: Spelling) -> Vec<Hit> {
        let mut hits = Vec::new();
        self.walk(at, (at, at), 0, 0.0, spelling, &mut hits);
        if self.word(at).is(class::DIRECTION) {
            let from = hits.len();
            self.walk(at + 1, (at + 1, at + 1), 0, 0.0, spelling, &mut hits);
            for hit in hits.iter_mut().skip(from).filter(|hit| hit.direction == 0) {
                hit.start = at;
                hit.direction = self.words[at].id;
            }
        }
        hits
    }

    /// Names that end right before a token.
    pub fn ending_at(&self, end: usize, spelling: Spelling) -> Vec<Hit> {
        if spelling == Spelling::Exact {
            return self.hits.iter().filter(|h| h.end == end || h.name.1 == end).copied().collect();
        }
        let mut hits = Vec::new();
        for start in (end.saturating_sub(6)..end).rev() {
            if !matches!(self.tokens.list[start].shape, Shape::Word | Shape::Number(_)) {
                break;
            }
            hits.extend(self.starting_at(start, spelling).into_iter().filter(|h| h.end == end));
        }
        hits
    }

    fn walk(
        &self,
        at: usize,
        name: (usize, usize),
        node: u32,
        edits: f64,
        how: Spelling,
        hits: &mut Vec<Hit>,
    ) {
        if !self.g.index.meanings(node).is_empty() && name.1 > name.0 {
            hits.push(self.with_type(name, node, edits));
        }
        let Some(token) = self.tokens.list.get(at) else { return };
        if !matches!(token.shape, Shape::Word | Shape::Number(_)) || name.1 - name.0 > 6 {
            return;
        }
        let word = self.words[at];
        if word.id != 0
            && let Some(next) = self.g.index.step(node, word.id)
        {
            self.walk(at + 1, (name.0, at + 1), next, edits, how, hits);
        }
        if edits > 0.0 || token.shape != Shape::Word {
            return;
        }
        self.walk_joined(at, name, node, how, hits);
        if how != Spelling::Exact {
            self.walk_misspelled(at, name, node, how, hits);
        }
    }

    /// "Cambridge Park Dr" for a street spelled in one word.
    fn walk_joined(&self, at: usize, name: (usize, usize), node: u32, how: Spelling, hits: &mut Vec<Hit>) {
        if !self.tokens.list.get(at + 1).is_some_and(|t| t.shape == Shape::Word) {
            return;
        }
        let norm = self.tokens.norm(at);
        let both = self.g.index.lexicon.get(&format!("{norm}{}", self.tokens.norm(at + 1)));
        if both.is(class::NAME)
            && let Some(next) = self.g.index.step(node, both.id)
        {
            self.walk(at + 2, (name.0, at + 2), next, 0.5, how, hits);
        }
    }

    fn walk_misspelled(
        &self,
        at: usize,
        name: (usize, usize),
        node: u32,
        how: Spelling,
        hits: &mut Vec<Hit>,
    ) {
        let (word, norm) = (self.words[at], self.tokens.norm(at));
        let index = &self.g.index;
        let step = |id: u32, used: usize, edits: f64, hits: &mut Vec<Hit>| {
            if let Some(next) = index.step(node, id) {
                self.walk(at + used, (name.0, at + used), next, edits, how, hits);
            }
        };
        let free =
            match how {
                // "Homes St": an everyday word with a street type behind it is a name.
                Spelling::Forced => {
                    !word.is(class::SUFFIX | class::AND | class::AT)
                        && (!word.is(class::COMMON) || self.word(at + 1).is(class::SUFFIX))
                }
                _ => word.class == 0,
            } && !(name.0 == at && !self.word(at + 1).is(class::SUFFIX) && self.is_everyday_form(norm));
        if free {
            for guess in index.fuzzy.guesses(norm) {
                step(guess.word, 1, f64::from(guess.edits), hits);
            }
        }
        if how == Spelling::Forced {
            for id in index.fuzzy.beginning_with(norm) {
                step(id, 1, 1.5, hits);
            }
        }
    }

    /// "Beers", "parked", "driver": a form of an everyday word is no misspelled name.
    fn is_everyday_form(&self, norm: &str) -> bool {
        let stem =
            |end: &str| norm.strip_suffix(end).is_some_and(|s| self.g.index.lexicon.get(s).is(class::COMMON));
        ["s", "es", "ed", "d", "ing", "er", "ers", "ly"].iter().any(|end| stem(end))
    }

    /// Takes the street type and direction behind a name.
    fn with_type(&self, name: (usize, usize), node: u32, edits: f64) -> Hit {
        let mut hit = Hit { start: name.0, end: name.1, name, node, edits, suffix: 0, direction: 0 };
        let word = self.word(hit.end);
        if word.is(class::SUFFIX) {
            // "Elm way too dark": a type that is also an everyday word counts only if a street has it.
            let known = self.g.index.meanings(node).iter().any(|e| e.suffix == word.id);
            if known || !word.is(class::COMMON) {
                hit.suffix = word.id;
                hit.end += 1;
            }
        } else if let Some(suffix) = self.misspelled_type(hit.end) {
            hit.suffix = suffix;
            hit.end += 1;
        }
        let after = self.word(hit.end);
        if hit.suffix != 0 && after.is(class::DIRECTION) {
            let known = self.g.index.meanings(node).iter().any(|e| e.direction == after.id);
            if known || self.word(hit.end + 1).id == 0 && !after.is(class::AND) {
                hit.direction = after.id;
                hit.end += 1;
            }
        }
        hit
    }

    fn misspelled_type(&self, at: usize) -> Option<u32> {
        let norm = self.tokens.norm(at);
        if norm.len() < 4 || self.words.get(at)?.class != 0 {
            return None;
        }
        let near = |full: &str| {
            full.as_bytes()[0] == norm.as_bytes()[0] && strsim::osa_distance(norm, full) <= 1 + norm.len() / 6
        };
        let full =
            ["street", "avenue", "road", "place", "terrace", "drive", "court", "square", "parkway", "lane"];
        full.iter().find(|full| near(full)).map(|full| self.g.index.lexicon.get(full).id)
    }

    /// The streets a hit can mean, each once, with the cost of believing so; cheapest first.
    pub fn streets(&self, hit: &Hit) -> Vec<(u32, f64)> {
        let mut list: Vec<(u32, f64)> = Vec::new();
        // "Bay sate road", "Cambridge Park Drive": a word between name and type says that the name goes on.
        let unknown = self.word(hit.end).id == 0
            && self.tokens.list.get(hit.end).is_some_and(|t| t.shape == Shape::Word)
            || self.word(hit.end).is(class::SUFFIX);
        let torn = hit.suffix == 0 && unknown && self.word(hit.end + 1).is(class::SUFFIX);
        for entry in self.g.index.meanings(hit.node) {
            let Target::Street(street) = entry.target else { continue };
            let tier = match entry.tier {
                Tier::Own => 0.0,
                Tier::Alias => 0.3,
                Tier::Joined => 0.5,
                Tier::Part => 0.9,
            };
            let kind = match (hit.suffix, entry.suffix) {
                (a, b) if a == b => 0.0,
                (0, _) => 0.25,
                (_, 0) => 0.5,
                _ => 1.5,
            };
            let direction = match (hit.direction, entry.direction) {
                (a, b) if a == b => 0.0,
                (0, _) => 0.55,
                (_, 0) => 0.3,
                _ => 1.2,
            };
            let cut = if torn { 0.6 } else { 0.0 };
            let told = (hit.name.0..hit.name.1).filter(|at| !self.word(*at).is(class::SUFFIX)).count();
            let longer = 0.35 * told.saturating_sub(1) as f64;
            let cost = tier + kind + direction + hit.edits * 0.8 + cut - longer;
            match list.iter_mut().find(|(s, _)| *s == street) {
                Some(old) => old.1 = old.1.min(cost),
                None => list.push((street, cost)),
            }
        }
        list.sort_by(|a, b| a.1.total_cmp(&b.1));
        list
    }

    /// The squares, parks and landmarks a hit names.
    pub fn spots(&self, hit: &Hit) -> impl Iterator<Item = (u32, Tier)> {
        self.g.index.meanings(hit.node).iter().filter_map(|entry| match entry.target {
            Target::Spot(spot) => Some((spot, entry.tier)),
            Target::Street(_) => None,
        })
    }

    /// `true` when every word of the name is an everyday word and no street type helps.
    pub fn is_plain(&self, hit: &Hit) -> bool {
        hit.suffix == 0
            && (hit.name.0..hit.name.1)
                .all(|at| self.words[at].is(class::COMMON | class::MONTH | class::DIRECTION | class::UNIT))
    }

    /// `true` when a word that announces a place stands before a token ("near the", "at").
    pub fn place_ahead(&self, at: usize) -> bool {
        let mut before = at;
        for _ in 0..3 {
            let Some(previous) = before.checked_sub(1) else { return false };
            if self.word(previous).is(class::PLACE_AHEAD | class::CORNER) || self.sign(previous) == Some('@')
            {
                return true;
            }
            // "Calle Broad", "rua Broad"; but "Mason Ave" is the end of another name.
            let word = self.word(previous);
            if word.is(class::STREET_AHEAD) && !word.is(class::SUFFIX) {
                return true;
            }
            let paired = self.tokens.norm(before.saturating_sub(2));
            if !word.is(class::FILLER | class::DIRECTION)
                && !words::TWO_WORDS.contains(&(paired, self.tokens.norm(previous)))
            {
                return false;
            }
            if (paired, self.tokens.norm(previous)) == ("tou", "pre") {
                return true;
            }
            before = previous;
        }
        false
    }

    /// `true` when the tokens outside `start..end` say nothing else, or the text answers "where?".
    pub fn is_whole(&self, start: usize, end: usize) -> bool {
        let quiet = |at: usize| {
            !matches!(self.tokens.list[at].shape, Shape::Word | Shape::Number(_))
                || self.words[at].is(class::FILLER | class::PLACE_AHEAD)
        };
        self.hints.answer || (0..start).chain(end..self.words.len()).all(quiet)
    }

    /// Tokens as characters of the text.
    pub fn span(&self, start: usize, end: usize) -> Option<Span> {
        let first = self.tokens.list.get(start)?;
        let last = self.tokens.list.get(end.checked_sub(1)?)?;
        Some(Span::from_bytes(self.text, first.start, last.end))
    }
}
