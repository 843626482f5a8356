//! Reading a backup: check all of it first, then unpack into a folder that gets its name at the very end.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufReader, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};
use tar::{Archive, Entry, EntryType};

use super::write::{sync, trouble};
use super::{Listed, MANIFEST_BYTES, MANIFEST_NAME, MARK_NAME, Manifest, VERSION, check_name, hex};
use crate::error::{Error, Result};

const COPY_BYTES: usize = 256 * 1024;

/// Reads a backup from end to end and compares every byte with the manifest.
///
/// # Errors
/// `Error::Invalid` saying what is wrong with it: not a backup, from a newer version, cut off, altered;
/// `Error::Unavailable` when the file cannot be read.
pub fn verify(path: &Path) -> Result<Manifest> {
    walk(path, &mut |_, entry, _| digest(entry, &mut std::io::sink()))
}

/// Verifies a backup and unpacks its members below `into`, which must not exist or be empty.
/// Returns only when all of it is on disk; otherwise `into` is as it was.
///
/// # Errors
/// As `verify`; `Error::Conflict` when there is something at `into`.
pub fn unpack(path: &Path, into: &Path) -> Result<Manifest> {
    if into.exists() && fs::read_dir(into).map_err(|e| trouble("listing", into, &e))?.next().is_some() {
        return Err(Error::Conflict(format!("{} is not empty: choose another folder", into.display())));
    }
    let expect = verify(path)?;
    let folder = match into.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let unfinished = tempfile::Builder::new()
        .prefix(".onit-restore-")
        .tempdir_in(folder)
        .map_err(|e| trouble("writing into", folder, &e))?;

    let manifest = walk(path, &mut |name, entry, _| write_out(unfinished.path(), name, entry))?;
    // The file may have been replaced between the two readings.
    if manifest != expect {
        return Err(Error::Invalid(format!("{} changed while it was read: try again", path.display())));
    }
    sync_all(unfinished.path(), &manifest)?;
    if into.exists() {
        fs::remove_dir(into).map_err(|e| trouble("replacing", into, &e))?;
    }
    fs::rename(unfinished.path(), into).map_err(|e| trouble("naming", into, &e))?;
    // The folder has moved; the guard that would remove it has nothing left to remove.
    let _moved = unfinished.keep();
    sync(folder)?;
    Ok(manifest)
}

type OnMember<'f> = &'f mut dyn FnMut(&str, &mut dyn Read, u64) -> Result<String>;

/// Goes through the archive once. `each` reads a member to its end and returns its digest.
fn walk(path: &Path, each: OnMember<'_>) -> Result<Manifest> {
    let file = File::open(path).map_err(|e| trouble("reading", path, &e))?;
    let mut archive = Archive::new(BufReader::with_capacity(COPY_BYTES, file));
    let at = |error: Error| error.at(&path.display().to_string());
    read_all(&mut archive, each).map_err(at)
}

fn read_all<R: Read>(archive: &mut Archive<R>, each: OnMember<'_>) -> Result<Manifest> {
    let (mut found, mut names) = (Vec::new(), BTreeSet::new());
    let mut manifest: Option<Manifest> = None;
    let mut first = true;
    // Raw: extension headers (long names, sparse files) are entries like others, and refused like others.
    for entry in archive.entries().map_err(|e| unreadable(&e))?.raw(true) {
        let mut entry = entry.map_err(|e| if first { not_ours() } else { unreadable(&e) })?;
        let name = name_of(&entry)?;
        let size = entry.size();
        if first {
            check_mark(&name, &mut entry)?;
            first = false;
        } else if manifest.is_some() {
            return Err(Error::Invalid("something stands after the manifest: the backup was altered".into()));
        } else if name == MANIFEST_NAME {
            manifest = Some(read_manifest(&mut entry)?);
        } else {
            check_name(&name)?;
            // On some systems `A` and `a` are one file.
            if !names.insert(name.to_ascii_lowercase()) {
                return Err(Error::Invalid(format!("`{name}` stands in the backup twice")));
            }
            let sha256 = each(&name, &mut entry, size)?;
            found.push(Listed { name, size, sha256 });
        }
    }
    let manifest = manifest.ok_or_else(|| if first { not_ours() } else { cut_off() })?;
    compare(&manifest, &found)?;
    Ok(manifest)
}

fn compare(manifest: &Manifest, found: &[Listed]) -> Result<()> {
    for (listed, found) in manifest.members.iter().zip(found) {
        if listed != found {
            return Err(Error::Invalid(format!(
                "`{}` is not what was backed up: use another backup",
                found.name
            )));
        }
    }
    match manifest.members.len().cmp(&found.len()) {
        std::cmp::Ordering::Equal => Ok(()),
        _ => Err(Error::Invalid(format!(
            "the backup should hold {} members and holds {}: use another backup",
            manifest.members.len(),
            found.len()
        ))),
    }
}

fn name_of<R: Read>(entry: &Entry<'_, R>) -> Result<String> {
    // Links, devices and folders have no business in a backup; only a plain file has a plain meaning.
    if entry.header().entry_type() != EntryType::Regular {
        return Err(Error::Invalid(
            "the backup holds something that is not a plain file: it was altered".into(),
        ));
    }
    match std::str::from_utf8(&entry.path_bytes()) {
        Ok(name) => Ok(name.to_owned()),
        Err(_) => Err(Error::Invalid("the backup holds an unreadable name: it was altered".into())),
    }
}

fn check_mark(name: &str, entry: &mut dyn Read) -> Result<()> {
    if name != MARK_NAME {
        return Err(not_ours());
    }
    let mut text = String::new();
    entry.take(16).read_to_string(&mut text).map_err(|e| unreadable(&e))?;
    match text.trim().parse::<u32>() {
        Ok(version) if version <= VERSION => Ok(()),
        Ok(version) => Err(Error::Invalid(format!(
            "written by a newer OnIt (format {version}, this one reads up to {VERSION}): restore with that version"
        ))),
        Err(_) => Err(not_ours()),
    }
}

fn read_manifest<R: Read>(entry: &mut Entry<'_, R>) -> Result<Manifest> {
    if entry.size() > MANIFEST_BYTES {
        return Err(Error::Invalid(
            "the backup's manifest is larger than any real one: it was altered".into(),
        ));
    }
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).map_err(|e| unreadable(&e))?;
    if u64::try_from(bytes.len()).ok() != Some(entry.size()) {
        return Err(cut_off());
    }
    serde_json::from_slice(&bytes)
        .map_err(|e| Error::Invalid(format!("the backup's manifest is damaged: {e}")))
}

/// Copies to the end and returns the digest. A member that ends early shows by its digest.
fn digest(from: &mut dyn Read, to: &mut dyn Write) -> Result<String> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; COPY_BYTES];
    loop {
        let n = from.read(&mut buffer).map_err(|e| unreadable(&e))?;
        if n == 0 {
            return Ok(hex(&hash.finalize()));
        }
        hash.update(&buffer[..n]);
        to.write_all(&buffer[..n])
            .map_err(|e| Error::Unavailable(format!("writing what was backed up: {e}; is the disk full?")))?;
    }
}

/// The name was checked before this is called: it has no `..`, no root and no links on its way.
fn write_out(folder: &Path, name: &str, entry: &mut dyn Read) -> Result<String> {
    let path = folder.join(name);
    let parent = path.parent().unwrap_or(folder);
    fs::create_dir_all(parent).map_err(|e| trouble("writing into", parent, &e))?;
    let mut file = File::create_new(&path).map_err(|e| trouble("writing", &path, &e))?;
    digest(entry, &mut file)
}

/// Flushes everything after all of it is written: the first flush takes most of the rest along, while one
/// flush after each of 100,000 photos would take an hour.
fn sync_all(root: &Path, manifest: &Manifest) -> Result<()> {
    let mut folders = BTreeSet::from([root.to_path_buf()]);
    for member in &manifest.members {
        let path = root.join(&member.name);
        sync(&path)?;
        folders.extend(path.ancestors().skip(1).take_while(|p| p.starts_with(root)).map(Path::to_path_buf));
    }
    folders.iter().try_for_each(|folder| sync(folder))
}

fn not_ours() -> Error {
    Error::Invalid("this is not a backup written by `onit backup`".into())
}

fn cut_off() -> Error {
    Error::Invalid("the backup is cut off (it has no manifest): use another one".into())
}

fn unreadable(error: &std::io::Error) -> Error {
    Error::Invalid(format!("the backup is damaged or cut off ({error}): use another one"))
}
