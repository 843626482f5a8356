//! SQL of programs' keys.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::NewKey;
use crate::db::DbConnection;
use crate::db::schema::api_keys;
use crate::db::types::Ts;
use crate::error::Result;

/// A key as it is kept: everything but the key itself.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct ApiKey {
    pub id: i64,
    pub name: String,
    pub owner_name: String,
    pub owner_contact: String,
    pub(super) scopes: String,
    /// Uses in one hour of the clock.
    pub per_hour: i64,
    /// The hour that was counted last.
    pub hour: Ts,
    /// Uses in that hour.
    pub uses: i64,
    pub expires_at: Option<Ts>,
    pub revoked_at: Option<Ts>,
    pub created_at: Ts,
}

const COLUMNS: (
    api_keys::id,
    api_keys::name,
    api_keys::owner_name,
    api_keys::owner_contact,
    api_keys::scopes,
    api_keys::per_hour,
    api_keys::hour,
    api_keys::uses,
    api_keys::expires_at,
    api_keys::revoked_at,
    api_keys::created_at,
) = (
    api_keys::id,
    api_keys::name,
    api_keys::owner_name,
    api_keys::owner_contact,
    api_keys::scopes,
    api_keys::per_hour,
    api_keys::hour,
    api_keys::uses,
    api_keys::expires_at,
    api_keys::revoked_at,
    api_keys::created_at,
);

pub(super) fn insert(
    conn: &mut DbConnection,
    new: &NewKey<'_>,
    digest: &str,
    now: DateTime<Utc>,
) -> Result<ApiKey> {
    let mut scopes: Vec<&str> = new.scopes.iter().map(|s| s.as_str()).collect();
    scopes.sort_unstable();
    scopes.dedup();
    Ok(diesel::insert_into(api_keys::table)
        .values((
            api_keys::name.eq(new.name.trim()),
            api_keys::digest.eq(digest),
            api_keys::owner_name.eq(new.owner_name.trim()),
            api_keys::owner_contact.eq(new.owner_contact.trim()),
            api_keys::scopes.eq(scopes.join(",")),
            api_keys::per_hour.eq(new.per_hour),
            api_keys::hour.eq(Ts::LONG_AGO),
            api_keys::uses.eq(0),
            api_keys::expires_at.eq(new.expires_at.map(Ts)),
            api_keys::created_at.eq(Ts(now)),
        ))
        .returning(COLUMNS)
        .get_result(conn)?)
}

pub(super) fn by_name(conn: &mut DbConnection, name: &str) -> Result<Option<ApiKey>> {
    Ok(api_keys::table.filter(api_keys::name.eq(name)).select(COLUMNS).first(conn).optional()?)
}

pub(super) fn by_digest(conn: &mut DbConnection, digest: &str) -> Result<Option<ApiKey>> {
    let known = api_keys::table.filter(api_keys::digest.eq(digest)).select(COLUMNS);
    Ok(crate::on_each_backend!(conn, c => known.first(c).optional()?))
}

pub(super) fn all(conn: &mut DbConnection) -> Result<Vec<ApiKey>> {
    Ok(api_keys::table.order(api_keys::id).select(COLUMNS).load(conn)?)
}

/// The first taking back is the one that counts.
pub(super) fn revoke(conn: &mut DbConnection, name: &str, now: DateTime<Utc>) -> Result<()> {
    diesel::update(api_keys::table.filter(api_keys::name.eq(name)).filter(api_keys::revoked_at.is_null()))
        .set(api_keys::revoked_at.eq(Ts(now)))
        .execute(conn)?;
    Ok(())
}

/// One more use in this hour, and how many that makes; `None` when the hour is used up. Compare-and-set: two
/// programs with one key can not both take its last use.
pub(super) fn count(conn: &mut DbConnection, key: &ApiKey, hour: Ts) -> Result<Option<i64>> {
    let this = || api_keys::table.find(key.id);
    let newer = diesel::update(this().filter(api_keys::hour.lt(hour)))
        .set((api_keys::hour.eq(hour), api_keys::uses.eq(1)));
    if crate::on_each_backend!(conn, c => newer.execute(c)?) == 1 {
        return Ok(Some(1));
    }
    let more = diesel::update(this().filter(api_keys::uses.lt(key.per_hour)))
        .set(api_keys::uses.eq(api_keys::uses + 1))
        .returning(api_keys::uses);
    Ok(crate::on_each_backend!(conn, c => more.get_result(c).optional()?))
}
