//! Versions of the reader: what a city's own tickets made of it, which is in use, and the way back.
//!
//! Version 0 is the one that comes with the program and is always there. The one in use, the one before it and what
//! both stand on stay; of older ones only the figures do.

use chrono::{DateTime, Utc};

use super::Model;
use super::teach::{Lesson, Taught};
use crate::db::types::Ts;
use crate::db::{Db, DbConnection, parts};
use crate::error::{Error, Result};

mod store;

pub use store::{ModelVersion, all};

const PART: &str = "reading";
/// The version that comes with the program.
pub const SHIPPED: i64 = 0;

/// Who made a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    /// A person, with `onit train`.
    Person,
    /// The nightly job.
    Night,
}

impl Maker {
    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Night => "night",
        }
    }
}

impl ModelVersion {
    /// What was measured when it was made.
    #[must_use]
    pub fn lesson(&self) -> Lesson {
        serde_json::from_str(&self.report).unwrap_or_default()
    }
}

/// The version in use.
///
/// # Errors
/// `Database` only.
pub fn in_use(conn: &mut DbConnection) -> Result<i64> {
    Ok(parts::in_use(conn, PART)?.map_or(SHIPPED, |(version, _)| version))
}

/// The weights of a version, for [`Model::from_bytes`]; `codes` are those of the catalogue.
///
/// # Errors
/// `NotFound` when it is no longer kept, `Invalid` when it is damaged.
pub fn bytes_of(conn: &mut DbConnection, version: i64, codes: &[String]) -> Result<Vec<u8>> {
    if version == SHIPPED {
        return Ok(Model::built_in(codes)?.to_bytes());
    }
    let row = kept(conn, version)?;
    parts::bytes(conn, PART, version, &row.digest)?.ok_or_else(|| {
        Error::Invalid(format!("version {version} of the reader is damaged in the database: {BACK}"))
    })
}

/// The reader of a version.
///
/// # Errors
/// As [`bytes_of`], and `Invalid` when this version of the program cannot read it.
pub fn load(conn: &mut DbConnection, version: i64, codes: &[String]) -> Result<Model> {
    if version == SHIPPED {
        return Model::built_in(codes);
    }
    Model::from_bytes(&bytes_of(conn, version, codes)?, codes)
}

const BACK: &str = "go back with `onit train --back`, or train again";

fn kept(conn: &mut DbConnection, version: i64) -> Result<ModelVersion> {
    let row = store::one(conn, version)?;
    row.filter(|row| row.state == "kept").ok_or_else(|| {
        Error::NotFound(format!(
            "version {version} of the reader is not kept; `onit train --list` shows which are"
        ))
    })
}

/// Stores a reader that has learned and makes it the one in use; everybody reads with the old one until the last step.
/// `before` is the version it was compared with, `base` the one it learned on top of.
///
/// # Errors
/// `Conflict` when another version came into use meanwhile: the comparison says nothing about that one.
pub fn take_into_use(
    db: &Db,
    taught: &Taught,
    (before, base): (i64, i64),
    (maker, by): (Maker, &str),
    now: DateTime<Utc>,
) -> Result<i64> {
    let digest = parts::digest_of(&taught.bytes);
    let version = db.write(|conn| {
        store::insert(conn, &store::new(taught, &digest, (before, base), (maker, by), now), "storing")
    })?;
    parts::put(db, PART, version, &taught.bytes)?;
    db.write(|conn| {
        if in_use(conn)? != before {
            return Err(Error::Conflict(
                "another version of the reader came into use meanwhile: train again".into(),
            ));
        }
        parts::flip(conn, PART, (version, &digest), by, Ts(now))?;
        store::set_state(conn, version, "kept")?;
        let mut stay = vec![version, base, before];
        if let Some(old) = store::one(conn, before)? {
            stay.push(old.base);
        }
        parts::keep_only(conn, PART, &stay)?;
        store::forget_all_but(conn, &stay)
    })?;
    Ok(version)
}

/// Writes down a reader that was not taken into use, with its figures and without its weights.
///
/// # Errors
/// `Database` only.
pub fn refuse(
    db: &Db,
    taught: &Taught,
    (before, base): (i64, i64),
    (maker, by): (Maker, &str),
    now: DateTime<Utc>,
) -> Result<i64> {
    db.write(|conn| store::insert(conn, &store::new(taught, "", (before, base), (maker, by), now), "refused"))
}

/// What tonight's version stands on: the last one that a person made, else the one of the program; never another
/// night's, so that nothing adds up unseen.
///
/// # Errors
/// `Database` only.
pub fn base_for_night(conn: &mut DbConnection, in_use: i64) -> Result<i64> {
    let base = match store::one(conn, in_use)? {
        Some(row) if row.made_by == Maker::Person.as_str() => row.version,
        Some(row) => row.base,
        None => SHIPPED,
    };
    Ok(kept(conn, base).map_or(SHIPPED, |row| row.version))
}

/// When the nightly job last learned something, used or not.
///
/// # Errors
/// `Database` only.
pub fn last_night(conn: &mut DbConnection) -> Result<Option<Ts>> {
    store::last_of(conn, Maker::Night)
}

/// Goes back: to `to`, else to the version that was in use before this one, as far as it is still kept, else to the
/// one that comes with the program. Returns the version that is in use now.
///
/// # Errors
/// `NotFound` when there is nothing to go back to, or `to` is not kept.
pub fn go_back(db: &Db, to: Option<i64>, by: &str, now: DateTime<Utc>) -> Result<i64> {
    db.write(|conn| {
        let now_in_use = in_use(conn)?;
        let to = match to {
            Some(to) => to,
            None if now_in_use == SHIPPED => {
                return Err(Error::NotFound(
                    "the reader that comes with the program is in use: there is nothing to go back to".into(),
                ));
            }
            None => {
                let before = store::one(conn, now_in_use)?.map_or(SHIPPED, |row| row.before);
                kept(conn, before).map_or(SHIPPED, |row| row.version)
            }
        };
        let digest = if to == SHIPPED { String::new() } else { kept(conn, to)?.digest };
        parts::flip(conn, PART, (to, &digest), by, Ts(now))?;
        Ok(to)
    })
}
