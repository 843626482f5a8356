//! The weight file: one row of 32 small integers a bucket (28 services, 4 kinds), how rare each bucket is,
//! the weights of the lexicon, and the curve that makes the probabilities honest.

use std::borrow::Cow;

use super::features::{BUCKETS, CUES, Features};
use super::model::SERVICES;
use crate::error::{Error, Result};

/// Columns of the table: the services, then report, question, thanks, other.
pub(super) const COLUMNS: usize = 32;
/// Number of services.
pub(super) const CLASSES: usize = SERVICES.len();
/// Number of kinds a post without a thread may be.
pub(super) const KINDS: usize = COLUMNS - CLASSES;
/// Points of the calibration curve, at 0, 1/20, … 1.
pub(super) const CURVE: usize = 21;

const MAGIC: &[u8; 8] = b"ONITRD02";
/// Rarity is kept in steps of 1/24.
pub(super) const IDF_STEP: f32 = 1.0 / 24.0;
/// Floating-point numbers behind the tables.
const NUMBERS: usize = 4 + COLUMNS + CLASSES * CLASSES + CUES * KINDS + CURVE;

/// Everything learned.
#[derive(Debug, Clone)]
pub(super) struct Weights {
    pub manifest: String,
    pub version: String,
    /// Rarity of each bucket, in [`IDF_STEP`].
    pub idf: Cow<'static, [u8]>,
    /// `BUCKETS` rows of `COLUMNS` signed bytes.
    pub table: Cow<'static, [u8]>,
    /// One step of the table for services, and for kinds.
    pub scale: [f32; 2],
    pub bias: [f32; COLUMNS],
    /// `lexicon[from][to]`: what the score of one service says about another.
    pub lexicon: Box<[[f32; CLASSES]; CLASSES]>,
    pub cues: [[f32; KINDS]; CUES],
    /// Slope and shift that turn the odds of "report" into an honest probability.
    pub report_line: [f32; 2],
    /// True share at stated probability 0, 1/20, … 1.
    pub curve: [f32; CURVE],
}

impl Weights {
    pub fn version(&self) -> &str {
        &self.version
    }

    pub fn manifest(&self) -> &str {
        &self.manifest
    }

    pub fn idf(&self, bucket: u16) -> f32 {
        self.idf.get(usize::from(bucket)).map_or(0.0, |b| f32::from(*b) * IDF_STEP)
    }

    /// Raw scores of services and kinds for one post.
    pub fn scores(&self, features: &Features) -> [f32; COLUMNS] {
        let mut sum = [0.0_f32; COLUMNS];
        for (bucket, value) in &features.sparse {
            let from = usize::from(*bucket) * COLUMNS;
            // A row of known length is added in whole registers.
            if let Some(row) = self.table.get(from..).and_then(|t| t.first_chunk::<COLUMNS>()) {
                for i in 0..COLUMNS {
                    sum[i] += value * f32::from(row[i].cast_signed());
                }
            }
        }
        for (i, s) in sum.iter_mut().enumerate() {
            *s = *s * self.scale[usize::from(i >= CLASSES)] + self.bias[i];
        }
        for (value, row) in features.lexicon.iter().zip(self.lexicon.iter()) {
            if *value > 0.0 {
                for (s, w) in sum.iter_mut().zip(row) {
                    *s += value * w;
                }
            }
        }
        for (value, row) in features.cues.iter().zip(&self.cues) {
            for (s, w) in sum.iter_mut().skip(CLASSES).zip(row) {
                *s += value * w;
            }
        }
        sum
    }

    /// What the pieces alone add to one service.
    pub fn leaning(&self, features: &Features, service: usize) -> f32 {
        let step = |(bucket, value): &(u16, f32)| {
            let weight = self.table.get(usize::from(*bucket) * COLUMNS + service);
            value * weight.map_or(0.0, |w| f32::from(w.cast_signed()))
        };
        features.sparse.iter().map(step).sum::<f32>() * self.scale[0]
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
        let numbers = self
            .scale
            .iter()
            .chain(&self.bias)
            .chain(self.lexicon.iter().flatten())
            .chain(self.cues.iter().flatten())
            .chain(&self.report_line)
            .chain(&self.curve);
        for number in numbers {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out
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
        let floats = take(4 * NUMBERS)?;
        if !rest.is_empty() {
            return Err(wrong());
        }
        let mut numbers = floats.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        let mut next = || numbers.next().filter(|n| n.is_finite()).unwrap_or(0.0);
        let [version, manifest] = texts;
        let mut weights = Self::empty(version, manifest, idf, table);
        weights.scale.fill_with(&mut next);
        weights.bias.fill_with(&mut next);
        weights.lexicon.iter_mut().flatten().for_each(|n| *n = next());
        weights.cues.iter_mut().flatten().for_each(|n| *n = next());
        weights.report_line.fill_with(&mut next);
        weights.curve.fill_with(&mut next);
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
            scale: [1.0; 2],
            bias: [0.0; COLUMNS],
            lexicon: Box::new([[0.0; CLASSES]; CLASSES]),
            cues: [[0.0; KINDS]; CUES],
            report_line: [1.0, 0.0],
            curve,
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
        weights.bias[3] = 2.5;
        weights.lexicon[1][2] = -1.0;
        let bytes = weights.to_bytes();
        let back = Weights::from_bytes(&bytes).unwrap();
        assert_eq!(back.to_bytes(), bytes);
        assert!(Weights::from_bytes(&bytes[..bytes.len() - 1]).is_err());
        assert!(Weights::from_bytes(b"something else").is_err());
        assert!((back.honest(0.33) - 0.33).abs() < 1e-6 && (back.honest(1.0) - 1.0).abs() < 1e-6);
    }
}
