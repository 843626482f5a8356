//! SQL of the stored gazetteer: rows of 1 MB under a new version, then one row flips.
//!
//! The last two versions stay, so that a process that cannot load the new one keeps the old.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use sha2::{Digest, Sha256};

use crate::db::schema::{world_parts, world_versions};
use crate::db::types::Ts;
use crate::db::{Db, DbConnection};
use crate::error::{Error, Result};
use crate::limits;

const PART: &str = "gazetteer";

/// The version in use; 0 when none was imported.
///
/// # Errors
/// `Database` only.
pub fn active_version(conn: &mut DbConnection) -> Result<i64> {
    let row: Option<i64> =
        world_versions::table.find(PART).select(world_versions::version).first(conn).optional()?;
    Ok(row.unwrap_or(0))
}

/// The gazetteer in use with its version.
///
/// # Errors
/// `Invalid` when rows are missing or changed.
pub fn active(conn: &mut DbConnection) -> Result<Option<(i64, Vec<u8>)>> {
    let row: Option<(i64, String)> = world_versions::table
        .find(PART)
        .select((world_versions::version, world_versions::digest))
        .first(conn)
        .optional()?;
    let Some((version, digest)) = row else { return Ok(None) };
    let rows: Vec<Vec<u8>> = world_parts::table
        .filter(world_parts::part.eq(PART))
        .filter(world_parts::version.eq(version))
        .order(world_parts::n)
        .select(world_parts::bytes)
        .load(conn)?;
    let bytes = rows.concat();
    if digest_of(&bytes) != digest {
        return Err(Error::Invalid(format!(
            "gazetteer version {version} in the database is damaged; import the city again: `onit import gazetteer PATH \
             --columns FILE`"
        )));
    }
    Ok(Some((version, bytes)))
}

/// Stores a compiled gazetteer and makes it the one in use; readers see the old one until the last step.
///
/// # Errors
/// `Database` only; a failed import leaves the old one in use.
pub fn replace(db: &Db, bytes: &[u8], by: &str, now: DateTime<Utc>) -> Result<i64> {
    let version = db.write(|conn| {
        let newest: Option<i64> = world_parts::table
            .filter(world_parts::part.eq(PART))
            .select(diesel::dsl::max(world_parts::version))
            .first(conn)?;
        Ok(newest.unwrap_or(0).max(active_version(conn)?) + 1)
    })?;
    // One short write a row: nobody holds the write lock for the whole import.
    for (n, row) in bytes.chunks(limits::WORLD_ROW_BYTES).enumerate() {
        db.write(|conn| {
            diesel::insert_into(world_parts::table)
                .values((
                    world_parts::part.eq(PART),
                    world_parts::version.eq(version),
                    world_parts::n.eq(i64::try_from(n).unwrap_or(i64::MAX)),
                    world_parts::bytes.eq(row),
                ))
                .execute(conn)?;
            Ok(())
        })?;
    }
    db.write(|conn| {
        let row = (
            world_versions::part.eq(PART),
            world_versions::version.eq(version),
            world_versions::digest.eq(digest_of(bytes)),
            world_versions::by_name.eq(by),
            world_versions::at.eq(Ts(now)),
        );
        let known = diesel::update(world_versions::table.find(PART)).set(row.clone()).execute(conn)?;
        if known == 0 {
            diesel::insert_into(world_versions::table).values(row).execute(conn)?;
        }
        diesel::delete(
            world_parts::table
                .filter(world_parts::part.eq(PART))
                .filter(world_parts::version.lt(version - 1)),
        )
        .execute(conn)?;
        Ok(())
    })?;
    Ok(version)
}

fn digest_of(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}
