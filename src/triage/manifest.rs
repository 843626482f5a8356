//! What weights were made of, so that they can be made again and old ones are noticed.

use sha2::{Digest, Sha256};

use super::learn::{Options, Row};
use super::lexicon::Lexicon;
use super::seeds;
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
    let mut theirs = Sha256::new();
    for row in city {
        theirs.update(&row.text);
        theirs.update(&row.service);
    }
    let manifest = serde_json::json!({
        "data": options.data,
        "city_rows": city.len(),
        "city_sha256": hex(&theirs.finalize()),
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

pub(super) fn digest(bytes: &[u8]) -> String {
    format!("reading-{}", &hex(&Sha256::digest(bytes))[..12])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
