//! The weight file: one row of 32 small integers a bucket, how rare each bucket is, the weights of the lexicon and
//! of what the rules found, and the curve that makes the probabilities honest.
//!
//! Of each question one answer is the measure of the others and needs no column: 27 services beside `other`, three
//! kinds beside a report, two levels of urgency beside `normal`. The rarity is in the integers already.

use std::borrow::Cow;

use super::features::{BUCKETS, CUES, Features};
use super::language::TABLE_BYTES;
use super::model::SERVICES;
use super::pieces::by_word;
use super::text::Words;
use super::urgency::SIGNS;
use crate::error::{Error, Result};

/// Columns of the table.
pub(super) const COLUMNS: usize = 32;
/// Number of services.
pub(super) const CLASSES: usize = SERVICES.len();
/// Number of kinds a post without a thread may be.
pub(super) const KINDS: usize = 4;
/// Levels of urgency.
pub(super) const LEVELS: usize = 3;
/// Points of the calibration curve, at 0, 1/20, … 1.
pub(super) const CURVE: usize = 21;
/// First column of the kinds, and of the levels.
pub(super) const KIND_COLUMN: usize = CLASSES - 1;
pub(super) const LEVEL_COLUMN: usize = KIND_COLUMN + KINDS - 1;

const MAGIC: &[u8; 8] = b"ONITRD03";
/// Rarity is kept in steps of 1/24.
pub(super) const IDF_STEP: f32 = 1.0 / 24.0;
/// Rows added up before sixteen bits could run over: 256 x 127 < 32,768.
const BLOCK: usize = 256;
/// Floating-point numbers behind the tables.
const NUMBERS: usize =
    3 + CLASSES + KINDS + LEVELS + CLASSES * CLASSES + CUES * KINDS + SIGNS * LEVELS + 2 + CURVE;

/// Everything learned.
#[derive(Debug, Clone)]
pub(super) struct Weights {
    pub manifest: String,
    pub version: String,
    /// Rarity of each bucket, in [`IDF_STEP`].
    pub idf: Cow<'static, [u8]>,
    /// `BUCKETS` rows of `COLUMNS` signed bytes.
    pub table: Cow<'static, [u8]>,
    /// How seldom pieces are in each language (`language::learned`).
    pub languages: Cow<'static, [u8]>,
    /// One step of the table for services, kinds and levels.
    pub scale: [f32; 3],
    pub service_bias: [f32; CLASSES],
    pub kind_bias: [f32; KINDS],
    pub level_bias: [f32; LEVELS],
    /// `lexicon[from][to]`: what the score of one service says about another.
    pub lexicon: Box<[[f32; CLASSES]; CLASSES]>,
    pub cues: [[f32; KINDS]; CUES],
    pub signs: [[f32; LEVELS]; SIGNS],
    /// Slope and shift that turn the odds of "report" into an honest probability.
    pub report_line: [f32; 2],
    /// True share at stated probability 0, 1/20, … 1.
    pub curve: [f32; CURVE],
}

/// Raw scores of one stretch of a post.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scores {
    pub services: [f32; CLASSES],
    pub kinds: [f32; KINDS],
    pub levels: [f32; LEVELS],
}

impl Scores {
    pub const NONE: Self = Self { services: [0.0; CLASSES], kinds: [0.0; KINDS], levels: [0.0; LEVELS] };
}

impl Weights {
    pub fn version(&self) -> &str {
        &self.version
    }

    pub fn manifest(&self) -> &str {
        &self.manifest
    }

    /// The rarity of every bucket, to be asked often.
    pub fn rarities(&self) -> impl Fn(u16) -> f32 {
        const NONE: &[u8; BUCKETS] = &[0; BUCKETS];
        let table = self.idf.first_chunk::<BUCKETS>().unwrap_or(NONE);
        // A row of known length needs no look at its end.
        |bucket| f32::from(table[usize::from(bucket)]) * IDF_STEP
    }

    pub fn idf(&self, bucket: u16) -> f32 {
        self.idf.get(usize::from(bucket)).map_or(0.0, |b| f32::from(*b) * IDF_STEP)
    }

    /// The sum of the rows of these buckets, in the widest registers of this processor.
    fn sums(&self, buckets: &[u16]) -> [i32; COLUMNS] {
        pulp::Arch::new().dispatch(Sums { table: &self.table, buckets })
    }

    /// What the pieces alone say: the linear model without lexicon and rules.
    pub fn pieces_say(&self, features: &Features) -> Scores {
        let sums = self.sums(&features.buckets);
        let mut scores =
            Scores { services: self.service_bias, kinds: self.kind_bias, levels: self.level_bias };
        let add = |to: &mut [f32], columns: &[i32], scale: f32| {
            for (s, sum) in to.iter_mut().zip(columns) {
                *s += *sum as f32 * scale / features.size;
            }
        };
        add(&mut scores.services, &sums[..KIND_COLUMN], self.scale[0]);
        add(&mut scores.kinds[1..], &sums[KIND_COLUMN..LEVEL_COLUMN], self.scale[1]);
        add(&mut scores.levels[1..], &sums[LEVEL_COLUMN..], self.scale[2]);
        scores
    }

    /// Raw scores of services, kinds and levels for one stretch.
    pub fn scores(&self, features: &Features, signs: &[f32; SIGNS]) -> Scores {
        let mut scores = self.pieces_say(features);
        add_rows(&mut scores.services, &features.lexicon, self.lexicon.as_slice());
        add_rows(&mut scores.kinds, &features.cues, &self.cues);
        add_rows(&mut scores.levels, signs, &self.signs);
        scores
    }

    /// What each word of a range adds by its own pieces to some columns, word by word.
    pub fn leanings<const N: usize>(
        &self,
        words: &Words,
        range: std::ops::Range<usize>,
        columns: [usize; N],
    ) -> Vec<[f32; N]> {
        let of_word = |pieces: &[u16]| {
            let mut adds = [0_i32; N];
            for bucket in pieces {
                let from = usize::from(*bucket) * COLUMNS;
                let row = self.table.get(from..).and_then(|t| t.first_chunk::<COLUMNS>());
                for (add, column) in adds.iter_mut().zip(columns) {
                    let weight = row.and_then(|r| r.get(column)).copied().unwrap_or(0);
                    *add += i32::from(weight.cast_signed());
                }
            }
            adds.map(|sum| sum as f32)
        };
        by_word(words, &range).map(of_word).collect()
    }

    /// The true share behind a stated probability.
    pub fn honest(&self, p: f32) -> f32 {
        let at = p.clamp(0.0, 1.0) * (CURVE - 1) as f32;
        let low = (at as usize).min(CURVE - 2);
        self.curve[low] + (self.curve[low + 1] - self.curve[low]) * (at - low as f32)
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(BUCKETS * (COLUMNS + 1) + 4 * NUMBERS + 4096);
        out.extend_from_slice(MAGIC);
        for text in [&self.version, &self.manifest] {
            out.extend_from_slice(&u32::try_from(text.len()).unwrap_or(0).to_le_bytes());
            out.extend_from_slice(text.as_bytes());
        }
        out.extend_from_slice(&self.idf);
        out.extend_from_slice(&self.table);
        out.extend_from_slice(&self.languages);
        let mut all = self.clone();
        all.each_number(|number| out.extend_from_slice(&number.to_le_bytes()));
        out
    }

    /// Every number behind the tables, in the order of the file.
    fn each_number(&mut self, mut with: impl FnMut(&mut f32)) {
        self.scale
            .iter_mut()
            .chain(&mut self.service_bias)
            .chain(&mut self.kind_bias)
            .chain(&mut self.level_bias)
            .chain(self.lexicon.iter_mut().flatten())
            .chain(self.cues.iter_mut().flatten())
            .chain(self.signs.iter_mut().flatten())
            .chain(&mut self.report_line)
            .chain(&mut self.curve)
            .for_each(&mut with);
    }

    /// Reads a file of the program itself, without copying the tables.
    pub fn from_static(bytes: &'static [u8]) -> Result<Self> {
        Self::parse(bytes, |part: &'static [u8]| Cow::Borrowed(part))
    }

    /// Reads any file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::parse(bytes, |part| Cow::Owned(part.to_vec()))
    }

    fn parse<'a>(bytes: &'a [u8], keep: impl Fn(&'a [u8]) -> Cow<'static, [u8]>) -> Result<Self> {
        let mut rest = bytes;
        let wrong = || {
            Error::Invalid(
                "the reading model is not a weight file of this version; train it again with `onit train`"
                    .to_owned(),
            )
        };
        let mut take = |n: usize| -> Result<&'a [u8]> {
            let (part, after) = rest.split_at_checked(n).ok_or_else(wrong)?;
            rest = after;
            Ok(part)
        };
        if take(MAGIC.len())? != MAGIC {
            return Err(wrong());
        }
        let mut texts = [String::new(), String::new()];
        for text in &mut texts {
            let long = take(4)?.iter().rev().fold(0_usize, |n, b| (n << 8) | usize::from(*b));
            *text = String::from_utf8(take(long)?.to_vec()).map_err(|_| wrong())?;
        }
        let (idf, table) = (keep(take(BUCKETS)?), keep(take(BUCKETS * COLUMNS)?));
        let languages = keep(take(TABLE_BYTES)?);
        let floats = take(4 * NUMBERS)?;
        if !rest.is_empty() {
            return Err(wrong());
        }
        let mut numbers = floats.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        let [version, manifest] = texts;
        let mut weights = Self { languages, ..Self::empty(version, manifest, idf, table) };
        weights.each_number(|number| *number = numbers.next().filter(|n| n.is_finite()).unwrap_or(0.0));
        Ok(weights)
    }

    /// Weights that say nothing yet.
    pub fn empty(
        version: String,
        manifest: String,
        idf: Cow<'static, [u8]>,
        table: Cow<'static, [u8]>,
    ) -> Self {
        let mut curve = [0.0; CURVE];
        for (i, p) in curve.iter_mut().enumerate() {
            *p = i as f32 / (CURVE - 1) as f32;
        }
        Self {
            manifest,
            version,
            idf,
            table,
            languages: Cow::Owned(vec![0; TABLE_BYTES]),
            scale: [1.0; 3],
            service_bias: [0.0; CLASSES],
            kind_bias: [0.0; KINDS],
            level_bias: [0.0; LEVELS],
            lexicon: Box::new([[0.0; CLASSES]; CLASSES]),
            cues: [[0.0; KINDS]; CUES],
            signs: [[0.0; LEVELS]; SIGNS],
            report_line: [1.0, 0.0],
            curve,
        }
    }
}

/// Rows of the table to be added up.
struct Sums<'t> {
    table: &'t [u8],
    buckets: &'t [u16],
}

impl pulp::NullaryFnOnce for Sums<'_> {
    type Output = [i32; COLUMNS];

    #[inline(always)]
    fn call(self) -> Self::Output {
        let mut sums = [0_i32; COLUMNS];
        for block in self.buckets.chunks(BLOCK) {
            let mut part = [0_i16; COLUMNS];
            for bucket in block {
                let from = usize::from(*bucket) * COLUMNS;
                // A row of known length is added in whole registers.
                if let Some(row) = self.table.get(from..).and_then(|t| t.first_chunk::<COLUMNS>()) {
                    for i in 0..COLUMNS {
                        part[i] += i16::from(row[i].cast_signed());
                    }
                }
            }
            for (sum, part) in sums.iter_mut().zip(part) {
                *sum += i32::from(part);
            }
        }
        sums
    }
}

/// Adds `value x row` for every value that is not nothing.
fn add_rows<const N: usize>(to: &mut [f32; N], values: &[f32], rows: &[[f32; N]]) {
    for (value, row) in values.iter().zip(rows) {
        if *value != 0.0 {
            for (s, w) in to.iter_mut().zip(row) {
                *s += value * w;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_reads_back() {
        let mut weights = Weights::empty(
            "v".to_owned(),
            "{}".to_owned(),
            Cow::Owned(vec![24; BUCKETS]),
            Cow::Owned(vec![255; BUCKETS * COLUMNS]),
        );
        weights.service_bias[3] = 2.5;
        weights.lexicon[1][2] = -1.0;
        weights.curve[20] = 0.9;
        let bytes = weights.to_bytes();
        let back = Weights::from_bytes(&bytes).unwrap();
        assert_eq!(back.to_bytes(), bytes);
        assert!((back.curve[20] - 0.9).abs() < 1e-6 && (back.lexicon[1][2] + 1.0).abs() < 1e-6);
        assert!(Weights::from_bytes(&bytes[..bytes.len() - 1]).is_err());
        assert!(Weights::from_bytes(b"something else").is_err());
        assert!((back.honest(0.33) - 0.33).abs() < 1e-6);
    }

    #[test]
    fn many_rows_do_not_run_over() {
        let table = Cow::Owned(vec![127; BUCKETS * COLUMNS]);
        let weights = Weights::empty(String::new(), String::new(), Cow::Owned(vec![24; BUCKETS]), table);
        let buckets: Vec<u16> = (0..10_000).collect();
        assert!(weights.sums(&buckets).iter().all(|s| *s == 1_270_000));
    }
}
