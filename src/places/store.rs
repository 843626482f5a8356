//! The stored gazetteer: a part of the city in the database, see `db/parts.rs`.
//!
//! The last two versions stay, so that a process that cannot load the new one keeps the old.

use chrono::{DateTime, Utc};

use crate::db::types::Ts;
use crate::db::{Db, DbConnection, parts};
use crate::error::{Error, Result};

const PART: &str = "gazetteer";

/// The version in use; 0 when none was imported.
///
/// # Errors
/// `Database` only.
pub fn active_version(conn: &mut DbConnection) -> Result<i64> {
    Ok(parts::in_use(conn, PART)?.map_or(0, |(version, _)| version))
}

/// The gazetteer in use with its version.
///
/// # Errors
/// `Invalid` when rows are missing or changed.
pub fn active(conn: &mut DbConnection) -> Result<Option<(i64, Vec<u8>)>> {
    let Some((version, digest)) = parts::in_use(conn, PART)? else { return Ok(None) };
    match parts::bytes(conn, PART, version, &digest)? {
        Some(bytes) => Ok(Some((version, bytes))),
        None => Err(Error::Invalid(format!(
            "gazetteer version {version} in the database is damaged; import the city again: `onit import gazetteer PATH \
             --columns FILE`"
        ))),
    }
}

/// Stores a compiled gazetteer and makes it the one in use; readers see the old one until the last step.
///
/// # Errors
/// `Database` only; a failed import leaves the old one in use.
pub fn replace(db: &Db, bytes: &[u8], by: &str, now: DateTime<Utc>) -> Result<i64> {
    let version = db.write(|conn| Ok(parts::newest(conn, PART)?.max(active_version(conn)?) + 1))?;
    parts::put(db, PART, version, bytes)?;
    db.write(|conn| {
        parts::flip(conn, PART, (version, &parts::digest_of(bytes)), by, Ts(now))?;
        parts::keep_only(conn, PART, &[version - 1, version])
    })?;
    Ok(version)
}
