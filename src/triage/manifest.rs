//! What weights were made of, so that they can be made again and old ones are noticed.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::gates::MeasuredGate;
use super::learn::{Options, Row};
use super::lexicon::Lexicon;
use super::seeds;
use super::teach::Firmness;
use super::weights::Weights;
use crate::error::Result;

/// Digest of everything the team wrote, so that weights older than the sentences are noticed.
pub(super) fn own_digest() -> Result<String> {
    let mut own = Sha256::new();
    for seed in seeds::all() {
        own.update(seed.text);
    }
    for (service, phrase) in Lexicon::service_phrases()? {
        own.update([service]);
        own.update(phrase);
    }
    Ok(hex(&own.finalize()))
}

/// What went in, as JSON, so that the weights can be made again.
pub(super) fn manifest(city: &[Row], options: &Options) -> Result<String> {
    let manifest = serde_json::json!({
        "data": options.data,
        "city_rows": city.len(),
        "city_sha256": rows_digest(city),
        "seeds": seeds::all().count(),
        "own_sha256": own_digest()?,
        "city_share": options.city_share,
        "phrase_share": options.phrase_share,
        "bayes": options.bayes,
        "bayes_smooth": options.bayes_smooth,
        "lexicon_trust": options.lexicon_trust,
        "rounds": options.rounds,
        "rate": options.rate,
        "shrink": options.shrink,
        "other_shift": options.other_shift,
        "urgency_rounds": options.urgency_rounds,
        "urgency_shrink": options.urgency_shrink,
        "urgency_quiet": options.urgency_quiet,
        "urgency_city": options.urgency_city,
    });
    Ok(manifest.to_string())
}

/// What a city's rows were put on top of, and how, so that the weights can be made again.
pub(super) fn taught_manifest(
    weights: &Weights,
    (rows, data): (&[Row], &[String]),
    how: &Firmness,
    gates: &BTreeMap<String, MeasuredGate>,
) -> String {
    let base: serde_json::Value = serde_json::from_str(&weights.manifest).unwrap_or_default();
    // The sentences it began with are still those of the program: the same test looks after them.
    let own = base.get("own_sha256").cloned().unwrap_or_default();
    serde_json::json!({
        "taught_data": data,
        "taught_rows": rows.len(),
        "taught_sha256": rows_digest(rows),
        "rounds": how.rounds,
        "rate": how.rate,
        "pull": how.pull,
        "firmness": how.firmness,
        "base": weights.version,
        "own_sha256": own,
        "gates": gates,
    })
    .to_string()
}

fn rows_digest(rows: &[Row]) -> String {
    let mut all = Sha256::new();
    for row in rows {
        all.update(&row.text);
        all.update(&row.service);
    }
    hex(&all.finalize())
}

pub(super) fn digest(bytes: &[u8]) -> String {
    format!("reading-{}", &hex(&Sha256::digest(bytes))[..12])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
