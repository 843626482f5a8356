//! The files of the config folder: read from disk, or the ones built into the program; and the hash over them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::problems::Problems;

/// Largest file we read, in bytes.
const FILE_MAX_BYTES: u64 = 1_000_000;

/// One file.
pub(super) struct File {
    /// Name inside the folder: "wording/en.toml".
    pub(super) name: &'static str,
    /// How messages call it: "config/wording/en.toml".
    pub(super) shown: String,
    pub(super) text: String,
}

/// Every file the settings are made of, sorted by name, and the one built into the program.
const BUILT_IN: [(&str, &str); 10] = [
    ("departments.toml", include_str!("../../config/departments.toml")),
    ("joining.toml", include_str!("../../config/joining.toml")),
    ("onit.toml", include_str!("../../config/onit.toml")),
    ("policy.toml", include_str!("../../config/policy.toml")),
    ("routing.toml", include_str!("../../config/routing.toml")),
    ("services.toml", include_str!("../../config/services.toml")),
    ("wording/en.toml", include_str!("../../config/wording/en.toml")),
    ("wording/es.toml", include_str!("../../config/wording/es.toml")),
    ("wording/ht.toml", include_str!("../../config/wording/ht.toml")),
    ("wording/pt.toml", include_str!("../../config/wording/pt.toml")),
];

/// The files built into the program.
pub(super) fn built_in() -> Vec<File> {
    BUILT_IN
        .into_iter()
        .map(|(name, text)| File { name, shown: format!("built-in config/{name}"), text: text.to_owned() })
        .collect()
}

/// All files of a folder. One that cannot be read is noted and left out.
pub(super) fn from_dir(dir: &Path, problems: &Problems) -> Vec<File> {
    let mut files = Vec::new();
    for (name, _) in BUILT_IN {
        let path = dir.join(name);
        let shown = path.display().to_string();
        match read(&path) {
            Ok(text) => files.push(File { name, shown, text }),
            Err(why) => problems.note(&shown, None, why),
        }
    }
    note_stray_wording(&dir.join("wording"), problems);
    files
}

pub(super) fn read(path: &Path) -> Result<String, String> {
    let size = fs::metadata(path).map_err(|e| format!("cannot be read: {e}"))?.len();
    if size > FILE_MAX_BYTES {
        return Err(format!("has {size} bytes, at most {FILE_MAX_BYTES} are read"));
    }
    let bytes = fs::read(path).map_err(|e| format!("cannot be read: {e}"))?;
    String::from_utf8(bytes).map_err(|e| {
        let line =
            1 + e.as_bytes().iter().take(e.utf8_error().valid_up_to()).filter(|b| **b == b'\n').count();
        format!("is not UTF-8 text at line {line}; save it again as UTF-8")
    })
}

/// A language file nobody reads would look as if the city spoke that language.
fn note_stray_wording(dir: &Path, problems: &Problems) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for path in entries.flatten().map(|e| e.path()) {
        let name = path.file_name().map(|n| format!("wording/{}", n.to_string_lossy())).unwrap_or_default();
        if name.ends_with(".toml") && !BUILT_IN.iter().any(|(known, _)| *known == name) {
            problems.note(
                &path.display().to_string(),
                None,
                "is not read: OnIt writes en, es, pt and ht; remove or rename it",
            );
        }
    }
}

/// SHA-256 (hex) over the names and contents of all files, in the order of their names.
pub(super) fn hash(files: &[File]) -> String {
    let mut sorted: Vec<&File> = files.iter().collect();
    sorted.sort_by_key(|f| f.name);
    let mut hasher = Sha256::new();
    for file in sorted {
        // With the lengths between, no two sets of files run together into the same bytes.
        for part in [file.name, &file.text] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part.as_bytes());
        }
    }
    hasher.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
