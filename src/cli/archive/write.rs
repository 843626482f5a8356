//! Writing a backup: copy, count and digest in one pass, flush, then give the file its name.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};

use super::{Listed, MANIFEST_NAME, MARK_NAME, Manifest, VERSION, check_name, hex};
use crate::error::{Error, Result};

const COPY_BYTES: usize = 256 * 1024;

/// Something to be put into a backup.
#[derive(Clone, Debug)]
pub struct Member {
    /// Path inside the archive, with forward slashes.
    pub name: String,
    /// Where its bytes come from.
    pub source: Source,
    /// True for a photo, which may be erased between listing and copying; false for the database.
    pub may_vanish: bool,
}

/// Where a member's bytes come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A file that nobody changes meanwhile: a snapshot, or a photo (photos never change).
    File(PathBuf),
    /// Bytes at hand: small things like the settings' fingerprint.
    Bytes(Vec<u8>),
}

/// What became of it.
#[derive(Clone, Debug)]
pub struct Written {
    /// The manifest as it stands in the archive.
    pub manifest: Manifest,
    /// Members that were erased before they could be copied; rightly not in the backup.
    pub vanished: Vec<String>,
}

/// Writes a backup to `path`, which does not exist before and is whole afterwards.
/// `progress` is told the bytes copied so far.
///
/// # Errors
/// `Error::Conflict` when there is a file of that name; `Error::Invalid` for a member's name or a member
/// named twice; `Error::Unavailable` when something cannot be read or written. Nothing is left behind.
pub fn write(
    path: &Path,
    created: DateTime<Utc>,
    database_kind: &str,
    members: &[Member],
    progress: &mut dyn FnMut(u64),
) -> Result<Written> {
    if path.exists() {
        return Err(Error::Conflict(format!("{} is there already: choose another name", path.display())));
    }
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let unfinished = tempfile::Builder::new()
        .prefix(".onit-backup-")
        .tempfile_in(folder)
        .map_err(|e| trouble("writing into", folder, &e))?;

    let mut tar = Builder::new(BufWriter::with_capacity(COPY_BYTES, unfinished.as_file()));
    let written = fill(&mut tar, created, database_kind, members, progress)?;
    let flushed = tar.into_inner().and_then(|mut out| out.flush());
    flushed.and_then(|()| unfinished.as_file().sync_all()).map_err(|e| trouble("writing", path, &e))?;
    unfinished.persist_noclobber(path).map_err(|e| trouble("naming", path, &e.error))?;
    sync(folder)?;
    Ok(written)
}

fn fill<W: Write>(
    tar: &mut Builder<W>,
    created: DateTime<Utc>,
    database_kind: &str,
    members: &[Member],
    progress: &mut dyn FnMut(u64),
) -> Result<Written> {
    let mut names = BTreeSet::new();
    for member in members {
        check_name(&member.name)?;
        if !names.insert(member.name.as_str()) {
            return Err(Error::Invalid(format!("`{}` stands twice in the backup's list", member.name)));
        }
    }
    append(tar, created, MARK_NAME, format!("{VERSION}\n").as_bytes())?;
    let mut listed = Vec::with_capacity(members.len());
    let (mut vanished, mut copied) = (Vec::new(), 0);
    for member in members {
        match copy(tar, created, member)? {
            Some(one) => {
                copied += one.size;
                progress(copied);
                listed.push(one);
            }
            None => vanished.push(member.name.clone()),
        }
    }
    let manifest = Manifest {
        version: VERSION,
        onit: env!("CARGO_PKG_VERSION").to_owned(),
        created,
        database_kind: database_kind.to_owned(),
        members: listed,
    };
    let text = serde_json::to_vec_pretty(&manifest)
        .map_err(|e| Error::Unavailable(format!("the backup's manifest could not be written: {e}")))?;
    append(tar, created, MANIFEST_NAME, &text)?;
    Ok(Written { manifest, vanished })
}

/// Copies one member; `None` when it was erased meanwhile and may be.
fn copy<W: Write>(tar: &mut Builder<W>, created: DateTime<Utc>, member: &Member) -> Result<Option<Listed>> {
    match &member.source {
        Source::Bytes(bytes) => {
            append(tar, created, &member.name, bytes)?;
            let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            Ok(Some(Listed { name: member.name.clone(), size, sha256: hex(&Sha256::digest(bytes)) }))
        }
        Source::File(path) => {
            let file = match File::open(path) {
                Ok(file) => file,
                Err(e) if e.kind() == ErrorKind::NotFound && member.may_vanish => return Ok(None),
                Err(e) => return Err(trouble("reading", path, &e)),
            };
            let size = file.metadata().map_err(|e| trouble("reading", path, &e))?.len();
            let mut digesting = Digesting { inner: file.take(size), hash: Sha256::new(), read: 0 };
            let mut header = header(created, size);
            tar.append_data(&mut header, &member.name, &mut digesting)
                .map_err(|e| trouble("copying", path, &e))?;
            // A tar entry that is shorter than its header says would shift everything after it.
            if digesting.read != size {
                return Err(Error::Unavailable(format!(
                    "{} changed while it was copied: try again",
                    path.display()
                )));
            }
            let sha256 = hex(&digesting.hash.finalize());
            Ok(Some(Listed { name: member.name.clone(), size, sha256 }))
        }
    }
}

fn append<W: Write>(tar: &mut Builder<W>, created: DateTime<Utc>, name: &str, bytes: &[u8]) -> Result<()> {
    let mut header = header(created, u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    tar.append_data(&mut header, name, bytes)
        .map_err(|e| Error::Unavailable(format!("writing {name} into the backup: {e}; is the disk full?")))
}

/// The same for every member: nobody's name, readable by its owner only.
fn header(created: DateTime<Utc>, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o600);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(u64::try_from(created.timestamp()).unwrap_or(0));
    header.set_size(size);
    header
}

/// Counts and digests what is read through it.
struct Digesting<R> {
    inner: R,
    hash: Sha256,
    read: u64,
}

impl<R: Read> Read for Digesting<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(into)?;
        self.hash.update(&into[..n]);
        self.read += u64::try_from(n).unwrap_or(0);
        Ok(n)
    }
}

pub(super) fn trouble(doing: &str, path: &Path, error: &std::io::Error) -> Error {
    Error::Unavailable(format!("{doing} {}: {error}", path.display()))
}

/// Flushes a file, or a folder's list of names, to disk. Folders can be flushed on Unix only.
pub(super) fn sync(path: &Path) -> Result<()> {
    if cfg!(unix) || path.is_file() {
        File::open(path).and_then(|f| f.sync_all()).map_err(|e| trouble("flushing", path, &e))?;
    }
    Ok(())
}
