//! Parts of the loaded city that stand in the database: rows of 1 MB under a version, and one row that says which
//! version is in use. Readers see the old one until that row flips.

use diesel::prelude::*;
use sha2::{Digest, Sha256};

use super::schema::{world_parts, world_versions};
use super::types::Ts;
use super::{Db, DbConnection};
use crate::error::Result;
use crate::limits;

/// The version of a part that is in use, with its digest; `None` when none was ever stored.
///
/// # Errors
/// `Database` only.
pub fn in_use(conn: &mut DbConnection, part: &str) -> Result<Option<(i64, String)>> {
    Ok(world_versions::table
        .find(part)
        .select((world_versions::version, world_versions::digest))
        .first(conn)
        .optional()?)
}

/// The newest version that has rows; 0 without any.
///
/// # Errors
/// `Database` only.
pub fn newest(conn: &mut DbConnection, part: &str) -> Result<i64> {
    let newest: Option<i64> = world_parts::table
        .filter(world_parts::part.eq(part))
        .select(diesel::dsl::max(world_parts::version))
        .first(conn)?;
    Ok(newest.unwrap_or(0))
}

/// The bytes of a version; `None` when rows are missing or changed.
///
/// # Errors
/// `Database` only.
pub fn bytes(conn: &mut DbConnection, part: &str, version: i64, digest: &str) -> Result<Option<Vec<u8>>> {
    let rows: Vec<Vec<u8>> = world_parts::table
        .filter(world_parts::part.eq(part))
        .filter(world_parts::version.eq(version))
        .order(world_parts::n)
        .select(world_parts::bytes)
        .load(conn)?;
    let bytes = rows.concat();
    Ok(Some(bytes).filter(|b| digest_of(b) == digest))
}

/// Stores the bytes of a version, one short write a row: nobody holds the write lock for the whole of it.
///
/// # Errors
/// `Database` only; then the version is incomplete and must not be taken into use.
pub fn put(db: &Db, part: &str, version: i64, bytes: &[u8]) -> Result<()> {
    for (n, row) in bytes.chunks(limits::WORLD_ROW_BYTES).enumerate() {
        db.write(|conn| {
            diesel::insert_into(world_parts::table)
                .values((
                    world_parts::part.eq(part),
                    world_parts::version.eq(version),
                    world_parts::n.eq(i64::try_from(n).unwrap_or(i64::MAX)),
                    world_parts::bytes.eq(row),
                ))
                .execute(conn)?;
            Ok(())
        })?;
    }
    Ok(())
}

/// Makes a version the one in use.
///
/// # Errors
/// `Database` only.
pub fn flip(
    conn: &mut DbConnection,
    part: &str,
    (version, digest): (i64, &str),
    by: &str,
    now: Ts,
) -> Result<()> {
    let row = (
        world_versions::part.eq(part),
        world_versions::version.eq(version),
        world_versions::digest.eq(digest),
        world_versions::by_name.eq(by),
        world_versions::at.eq(now),
    );
    let known = diesel::update(world_versions::table.find(part)).set(row).execute(conn)?;
    if known == 0 {
        diesel::insert_into(world_versions::table).values(row).execute(conn)?;
    }
    Ok(())
}

/// Removes the rows of all versions but these.
///
/// # Errors
/// `Database` only.
pub fn keep_only(conn: &mut DbConnection, part: &str, versions: &[i64]) -> Result<()> {
    diesel::delete(
        world_parts::table
            .filter(world_parts::part.eq(part))
            .filter(world_parts::version.ne_all(versions.to_vec())),
    )
    .execute(conn)?;
    Ok(())
}

/// SHA-256 in hexadecimal.
#[must_use]
pub fn digest_of(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}
