//! SQL of the versions of the reader.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::Maker;
use crate::db::DbConnection;
use crate::db::schema::model_versions;
use crate::db::types::Ts;
use crate::error::Result;
use crate::triage::teach::Taught;

/// One version, or one that was tried and not taken.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = model_versions)]
pub struct ModelVersion {
    /// Its number; the newest is the highest.
    pub version: i64,
    /// The name that readings made with it carry.
    pub name: String,
    /// storing, kept, refused or gone (only its figures are left).
    pub state: String,
    /// "person" or "night".
    pub made_by: String,
    /// The version it learned on top of.
    pub base: i64,
    /// The version that was in use when it was made, and that it was compared with.
    pub before: i64,
    /// SHA-256 of the weights.
    pub digest: String,
    /// Before and after, as JSON; see [`super::Lesson`].
    pub report: String,
    /// What it was made of, as JSON.
    pub manifest: String,
    /// Who started it.
    pub by_name: String,
    /// When.
    pub at: Ts,
}

/// A row without its number.
pub(super) fn new(
    taught: &Taught,
    digest: &str,
    (before, base): (i64, i64),
    (maker, by): (Maker, &str),
    now: DateTime<Utc>,
) -> ModelVersion {
    ModelVersion {
        version: 0,
        name: taught.name.clone(),
        state: String::new(),
        made_by: maker.as_str().to_owned(),
        base,
        before,
        digest: digest.to_owned(),
        report: serde_json::to_string(&taught.lesson).unwrap_or_default(),
        manifest: taught.manifest.clone(),
        by_name: by.to_owned(),
        at: Ts(now),
    }
}

/// Adds a row and returns its number. The key keeps two programs from taking the same one.
pub(super) fn insert(conn: &mut DbConnection, row: &ModelVersion, state: &str) -> Result<i64> {
    let newest: Option<i64> =
        model_versions::table.select(diesel::dsl::max(model_versions::version)).first(conn)?;
    let version = newest.unwrap_or(0) + 1;
    let row = ModelVersion { version, state: state.to_owned(), ..row.clone() };
    let insert = diesel::insert_into(model_versions::table).values(row);
    crate::on_each_backend!(conn, c => insert.execute(c)?);
    Ok(version)
}

pub(super) fn one(conn: &mut DbConnection, version: i64) -> Result<Option<ModelVersion>> {
    Ok(model_versions::table.find(version).first(conn).optional()?)
}

pub(super) fn set_state(conn: &mut DbConnection, version: i64, state: &str) -> Result<()> {
    diesel::update(model_versions::table.find(version)).set(model_versions::state.eq(state)).execute(conn)?;
    Ok(())
}

/// The weights of all others are gone.
pub(super) fn forget_all_but(conn: &mut DbConnection, versions: &[i64]) -> Result<()> {
    diesel::update(
        model_versions::table
            .filter(model_versions::state.eq_any(["kept", "storing"]))
            .filter(model_versions::version.ne_all(versions.to_vec())),
    )
    .set(model_versions::state.eq("gone"))
    .execute(conn)?;
    Ok(())
}

pub(super) fn last_of(conn: &mut DbConnection, maker: Maker) -> Result<Option<Ts>> {
    Ok(model_versions::table
        .filter(model_versions::made_by.eq(maker.as_str()))
        .order(model_versions::version.desc())
        .select(model_versions::at)
        .first(conn)
        .optional()?)
}

/// All versions and tries, newest first.
///
/// # Errors
/// `Database` only.
pub fn all(conn: &mut DbConnection) -> Result<Vec<ModelVersion>> {
    Ok(model_versions::table.order(model_versions::version.desc()).load(conn)?)
}
