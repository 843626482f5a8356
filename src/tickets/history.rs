//! What happened to a ticket, append-only, each step chained to the one before it.
//!
//! The hash runs over the digest of the words, not the words: erasing a text under the retention
//! schedule leaves the chain whole, changing it does not.

pub(super) mod store;

use sha2::{Digest, Sha256};

use crate::db::types::Ts;
use store::HistoryRow;

/// One step to write down.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What was done: a status step, "joined", "replied", "note".
    pub step: &'static str,
    /// Who did it: a sign-in name, "OnIt" for the machine, "resident".
    pub actor: String,
    /// Where it came from: a channel kind, "staff", "machine".
    pub channel: String,
    /// When, in UTC.
    pub at: Ts,
    /// Shown on the public page.
    pub public: bool,
    /// The words of the step; never a resident's own when `public`.
    pub words: String,
}

impl Entry {
    /// A step the machine took by itself.
    #[must_use]
    pub fn by_machine(step: &'static str, words: String, public: bool, at: Ts) -> Self {
        Self { step, actor: "OnIt".into(), channel: "machine".into(), at, public, words }
    }

    /// A step a person at the city took.
    #[must_use]
    pub fn by_staff(step: &'static str, name: &str, words: String, public: bool, at: Ts) -> Self {
        Self { step, actor: name.to_owned(), channel: "staff".into(), at, public, words }
    }
}

fn digest(words: &str) -> String {
    hex(&Sha256::digest(words.as_bytes()))
}

fn link(previous: &str, seq: i64, entry: &Entry, digest: &str) -> String {
    chain(previous, seq, entry.step, (&entry.actor, &entry.channel), entry.at, entry.public, digest)
}

fn chain(
    previous: &str,
    seq: i64,
    step: &str,
    (actor, channel): (&str, &str),
    at: Ts,
    public: bool,
    digest: &str,
) -> String {
    let mut hash = Sha256::new();
    let (seq, at) = (seq.to_string(), at.0.timestamp_micros().to_string());
    let open = if public { "public" } else { "internal" };
    // Lengths in front, so that no two different rows read the same.
    for part in [previous, &seq, step, actor, channel, &at, open, digest] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize())
}

/// The first row whose link or digest does not hold, as a sentence; `None` when the chain is whole.
#[must_use]
pub fn broken_link(rows: &[HistoryRow]) -> Option<String> {
    let mut previous = String::new();
    for (n, row) in rows.iter().enumerate() {
        let seq = i64::try_from(n).unwrap_or(i64::MAX) + 1;
        // An erased text is empty and keeps its digest.
        let told = !row.words.is_empty() && digest(&row.words) != row.digest;
        if row.seq != seq || told || link_in_row(&previous, row) != row.hash {
            return Some(format!("step {seq} ({}) of ticket row {} was changed", row.step, row.ticket_id));
        }
        previous.clone_from(&row.hash);
    }
    None
}

fn link_in_row(previous: &str, row: &HistoryRow) -> String {
    chain(previous, row.seq, &row.step, (&row.actor, &row.channel), row.at, row.public, &row.digest)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}
