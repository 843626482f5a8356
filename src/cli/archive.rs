//! The file `onit backup` writes: one plain tar with the database, the photos and a manifest.
//!
//! In order: `onit-backup` (the version of this format, so that a wrong file is noticed at its first
//! bytes), the members, `manifest.json` (what must have been there, with sizes and SHA-256). The manifest
//! comes last because it is written from what was really copied; an archive that was cut off has none and
//! is refused as a whole. Any `tar` can open it in twenty years.
//! Reading trusts nothing: names from a short alphabet below the target, plain files only, every size
//! bounded by what the manifest says, everything checked before anything takes its place.

mod read;
mod write;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

pub use read::{unpack, verify};
pub use write::{Member, Source, Written, write};

/// Version of the format this program writes; it reads this one and older ones.
pub const VERSION: u32 = 1;

const MARK_NAME: &str = "onit-backup";
const MANIFEST_NAME: &str = "manifest.json";
/// Longest manifest read, in bytes: about 500,000 members.
const MANIFEST_BYTES: u64 = 128 * 1024 * 1024;
/// Longest name of a member, in bytes: what the oldest tar can hold in one field.
const NAME_BYTES: usize = 100;

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the format.
    pub version: u32,
    /// Version of the program that wrote it.
    pub onit: String,
    /// When it was begun: everything committed before is in it.
    pub created: DateTime<Utc>,
    /// "sqlite" or "postgres": what the database member can be restored into.
    pub database_kind: String,
    /// Every member but the mark and this list, in the order they stand in.
    pub members: Vec<Listed>,
}

/// One member of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// Path inside the archive: "database.sqlite", "media/ab/cd/….jpg".
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 in lower-case hex.
    pub sha256: String,
}

impl Manifest {
    /// Bytes of all members.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.members.iter().map(|member| member.size).sum()
    }
}

/// A name that stays below its folder on every system: `a-z A-Z 0-9 . _ -` between slashes, no part that
/// begins with a dot, no name of ours.
fn check_name(name: &str) -> Result<()> {
    let part_is_plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.ends_with('.')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
    };
    let plain = name.len() <= NAME_BYTES && name.split('/').all(part_is_plain);
    if plain && name != MARK_NAME && name != MANIFEST_NAME {
        return Ok(());
    }
    let shown: String = name.chars().take(NAME_BYTES).map(|c| if c.is_control() { '?' } else { c }).collect();
    Err(Error::Invalid(format!("`{shown}` cannot be the name of something in a backup")))
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
