//! `joining.toml`: when two reports are one problem.

use serde::Serialize;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::reader::Table;

/// What the score is made of, and from where on it counts.
#[derive(Clone, Debug, Serialize)]
pub struct Joining {
    /// From here on (0 to 1) a report joins by itself.
    pub join_p: f64,
    /// From here on a person is asked.
    pub suggest_p: f64,
    /// How sure the same name of a place makes it.
    pub same_place: SamePlace,
    /// How much each sign counts.
    pub weight: JoinWeights,
    /// Words that tell two problems at one place apart.
    pub tell_apart: Vec<TellApart>,
}

/// Share (0 to 1) by which the same place alone says "the same problem", by kind of place.
#[derive(Clone, Copy, Debug, Serialize)]
#[expect(missing_docs, reason = "the kinds of place of the gazetteer")]
pub struct SamePlace {
    pub asset: f64,
    pub address: f64,
    pub intersection: f64,
    pub landmark: f64,
    pub block: f64,
    pub square: f64,
    pub park: f64,
    pub street: f64,
    /// Two corners with different names, however near.
    pub other_corner: f64,
    /// The same stretch of street, for services that go by it.
    pub segment: f64,
}

/// Weights in log-odds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct JoinWeights {
    /// Alike words.
    pub words: f64,
    /// Likeness of words (0 to 1) that says neither yes nor no.
    pub words_even: f64,
    /// Photos that look alike.
    pub photo: f64,
    /// The whole time allowed has passed.
    pub time: f64,
    /// The same kind of thing is named.
    pub kind: f64,
    /// The same stretch of street, or another.
    pub segment: f64,
}

/// Kinds of thing of which one problem has one.
#[derive(Clone, Debug, Serialize)]
pub struct TellApart {
    /// What it is, for staff: "color".
    pub what: String,
    /// Words of each kind in any language, in lower case without accents.
    pub kinds: Vec<Vec<String>>,
}

pub(super) fn read(root: &Table<'_>) -> Joining {
    let joining = Joining {
        join_p: root.decimal("join_p", 0.70, 0.0..=1.0),
        suggest_p: root.decimal("suggest_p", 0.30, 0.0..=1.0),
        same_place: read_same_place(&root.table("same_place")),
        weight: read_weights(&root.table("weight")),
        tell_apart: root.tables("tell_apart").iter().map(read_kinds).collect(),
    };
    if joining.suggest_p > joining.join_p {
        root.problem("suggest_p", "is above `join_p`: nothing would ever be suggested; make it smaller");
    }
    root.done();
    joining
}

fn read_same_place(t: &Table<'_>) -> SamePlace {
    let p = |key: &'static str, default: f64| t.decimal(key, default, 0.01..=0.99);
    let same = SamePlace {
        asset: p("asset", 0.99),
        address: p("address", 0.93),
        intersection: p("intersection", 0.93),
        landmark: p("landmark", 0.88),
        block: p("block", 0.88),
        square: p("square", 0.75),
        park: p("park", 0.60),
        street: p("street", 0.30),
        other_corner: p("other_corner", 0.25),
        segment: p("segment", 0.93),
    };
    t.done();
    same
}

fn read_weights(t: &Table<'_>) -> JoinWeights {
    let weights = JoinWeights {
        words: t.decimal("words", 3.0, 0.0..=10.0),
        words_even: t.decimal("words_even", 0.2, 0.0..=1.0),
        photo: t.decimal("photo", 4.0, 0.0..=10.0),
        time: t.decimal("time", 1.0, 0.0..=10.0),
        kind: t.decimal("kind", 1.2, 0.0..=10.0),
        segment: t.decimal("segment", 0.5, 0.0..=10.0),
    };
    t.done();
    weights
}

fn read_kinds(t: &Table<'_>) -> TellApart {
    let what = t.text("what", "color");
    let kinds: Vec<Vec<String>> = t
        .words("kinds")
        .iter()
        .map(|k| k.text.split(',').map(|w| plain(w.trim())).filter(|w| !w.is_empty()).collect())
        .collect();
    if kinds.len() < 2 {
        t.problem("kinds", "tells nothing apart; name at least two kinds: [\"red, rojo\", \"blue, azul\"]");
    }
    t.done();
    TellApart { what, kinds }
}

/// Lower case without accents: how words are compared.
#[must_use]
pub fn plain(text: &str) -> String {
    text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}
