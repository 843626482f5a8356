//! Clean photos on disk: `ab/cd/<sha-256>.jpg` and `ab/cd/<sha-256>.thumb.jpg` below the media folder.
//!
//! The name is the digest of the bytes: the same photo is stored once, a name is never chosen by an
//! uploader, and a photo can be checked against its name at any time. A file is there whole or not at
//! all, also after a power cut. Which ticket a photo belongs to is the database's business.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::CleanPhoto;
use crate::error::{Error, Result};
use crate::limits::PHOTO_BYTES;

/// Half-written files live here, on the same file system, until they get their name.
const UNFINISHED: &str = "unfinished";

/// Which of the two pictures of a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Size {
    /// At most 2,048 px on its long side.
    Full,
    /// At most 480 px on its long side.
    Thumb,
}

/// Where a photo of that digest (64 lower-case hex digits) lies, relative to the media folder.
///
/// # Errors
/// `Error::NotFound` for anything that is not a digest, whatever it may try to be.
pub fn relative_path(hash: &str, size: Size) -> Result<PathBuf> {
    if !is_hash(hash) {
        return Err(Error::NotFound("there is no such photo".into()));
    }
    let name = match size {
        Size::Full => format!("{hash}.jpg"),
        Size::Thumb => format!("{hash}.thumb.jpg"),
    };
    Ok(Path::new(&hash[..2]).join(&hash[2..4]).join(name))
}

/// Writes both pictures of a photo below `dir`; a photo that is already there is left as it is.
///
/// # Errors
/// `Error::Unavailable` when the folder cannot be written (full disk, rights), naming the folder.
pub fn keep(dir: &Path, photo: &CleanPhoto) -> Result<()> {
    // The thumbnail first: whoever finds the photo finds its thumbnail too.
    write_once(dir, &relative_path(&photo.hash, Size::Thumb)?, &photo.thumb)?;
    write_once(dir, &relative_path(&photo.hash, Size::Full)?, &photo.jpeg)
}

/// The bytes of a kept photo.
///
/// # Errors
/// `Error::NotFound` when there is none of that digest; `Error::Unavailable` when it cannot be read.
pub fn read(dir: &Path, hash: &str, size: Size) -> Result<Vec<u8>> {
    let path = dir.join(relative_path(hash, size)?);
    match fs::read(&path) {
        Ok(bytes) => Ok(bytes),
        Err(e) if e.kind() == ErrorKind::NotFound => Err(Error::NotFound("there is no such photo".into())),
        Err(e) => Err(trouble("reading", &path, &e)),
    }
}

/// Takes both pictures off the disk; `false` when none was there.
///
/// # Errors
/// `Error::Unavailable` when one is there and cannot be removed: an erasure must not look done.
pub fn remove(dir: &Path, hash: &str) -> Result<bool> {
    let mut found = false;
    for size in [Size::Full, Size::Thumb] {
        let path = dir.join(relative_path(hash, size)?);
        match fs::remove_file(&path) {
            Ok(()) => found = true,
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => return Err(trouble("removing", &path, &e)),
        }
    }
    Ok(found)
}

/// Every picture below `dir` as its path relative to it, sorted; strange files are left out.
/// For backups and for `doctor`.
///
/// # Errors
/// `Error::Unavailable` when a folder cannot be read. A media folder that does not exist yet is empty.
pub fn list(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for first in names(dir)? {
        for second in names(&dir.join(&first))? {
            for name in names(&dir.join(&first).join(&second))? {
                let relative = Path::new(&first).join(&second).join(&name);
                if let Some((hash, size)) = told_by_name(&name)
                    && relative_path(hash, size)? == relative
                {
                    found.push(relative);
                }
            }
        }
    }
    found.sort();
    Ok(found)
}

/// True when the full picture on disk still is what its name says.
///
/// # Errors
/// As `read`.
pub fn unharmed(dir: &Path, hash: &str) -> Result<bool> {
    let bytes = read(dir, hash, Size::Full)?;
    let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(digest == hash)
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn told_by_name(name: &str) -> Option<(&str, Size)> {
    let (hash, size) = match name.strip_suffix(".thumb.jpg") {
        Some(hash) => (hash, Size::Thumb),
        None => (name.strip_suffix(".jpg")?, Size::Full),
    };
    is_hash(hash).then_some((hash, size))
}

fn names(dir: &Path) -> Result<Vec<String>> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(Vec::new()),
        Err(e) => return Err(trouble("listing", dir, &e)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|e| trouble("listing", dir, &e))?;
        names.extend(entry.file_name().into_string().ok());
    }
    Ok(names)
}

/// Temporary file, flush to disk, rename, flush the folder: the order that survives a power cut.
fn write_once(dir: &Path, relative: &Path, bytes: &[u8]) -> Result<()> {
    if bytes.len() > PHOTO_BYTES * 2 {
        return Err(Error::Invalid("a kept photo is larger than any clean photo can be".into()));
    }
    let path = dir.join(relative);
    if path.exists() {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(dir);
    let unfinished = dir.join(UNFINISHED);
    let written = (|| -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        fs::create_dir_all(&unfinished)?;
        let mut file = tempfile::NamedTempFile::new_in(&unfinished)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(&path)?;
        // Folders can be flushed on Unix only; elsewhere the rename itself is all there is.
        if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
    })();
    written.map_err(|e| trouble("writing", &path, &e))
}

fn trouble(doing: &str, path: &Path, error: &std::io::Error) -> Error {
    Error::Unavailable(format!(
        "{doing} {}: {error}; check the media folder's space and rights",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn photo(letter: char) -> CleanPhoto {
        let jpeg = format!("full {letter}").into_bytes();
        let hash = Sha256::digest(&jpeg).iter().map(|b| format!("{b:02x}")).collect();
        CleanPhoto {
            thumb: b"thumb".to_vec(),
            width: 1,
            height: 1,
            hash,
            likeness: 0,
            gps: None,
            taken_at: None,
            jpeg,
        }
    }

    #[test]
    fn kept_read_listed_removed() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (photo('a'), photo('b'));
        assert_eq!(list(&dir.path().join("not there yet")).unwrap(), Vec::<PathBuf>::new());
        keep(dir.path(), &one).unwrap();
        keep(dir.path(), &one).unwrap();
        keep(dir.path(), &other).unwrap();
        assert_eq!(read(dir.path(), &one.hash, Size::Full).unwrap(), one.jpeg);
        assert_eq!(read(dir.path(), &one.hash, Size::Thumb).unwrap(), b"thumb");
        assert!(unharmed(dir.path(), &one.hash).unwrap());
        fs::write(dir.path().join("README"), "stray").unwrap();
        assert_eq!(list(dir.path()).unwrap().len(), 4);
        assert_eq!(fs::read_dir(dir.path().join(UNFINISHED)).unwrap().count(), 0);
        assert!(remove(dir.path(), &one.hash).unwrap());
        assert!(!remove(dir.path(), &one.hash).unwrap());
        assert!(matches!(read(dir.path(), &one.hash, Size::Full), Err(Error::NotFound(_))));
        assert_eq!(list(dir.path()).unwrap().len(), 2);
    }

    #[test]
    fn damage_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let one = photo('a');
        keep(dir.path(), &one).unwrap();
        fs::write(dir.path().join(relative_path(&one.hash, Size::Full).unwrap()), "other").unwrap();
        assert!(!unharmed(dir.path(), &one.hash).unwrap());
    }

    proptest! {
        #[test]
        fn no_name_leads_out_of_the_folder(name in "\\PC{0,80}", tail in "[./a-f0-9]{60,68}") {
            for text in [name.as_str(), tail.as_str()] {
                if let Ok(path) = relative_path(text, Size::Full) {
                    prop_assert!(is_hash(text));
                    prop_assert!(path.components().all(|c| matches!(c, std::path::Component::Normal(_))));
                }
            }
        }
    }
}
