//! SQL of the posts that are watched.

use diesel::prelude::*;

use crate::db::DbConnection;
use crate::db::schema::{posts, watched_posts as rows};
use crate::db::types::Ts;
use crate::error::Result;

/// A post whose turn it is.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct Watched {
    pub post_id: i64,
    pub local_id: String,
    pub uri: String,
    pub created_at: Ts,
    pub missing_since: Option<Ts>,
}

pub(super) fn insert(conn: &mut DbConnection, post_id: i64, account_id: i64, look_at: Ts) -> Result<()> {
    let row = (rows::post_id.eq(post_id), rows::account_id.eq(account_id), rows::look_at.eq(look_at));
    crate::on_each_backend!(conn, c => diesel::insert_into(rows::table).values(row).on_conflict_do_nothing().execute(c)?);
    Ok(())
}

pub(super) fn due(conn: &mut DbConnection, account_id: i64, most: i64, now: Ts) -> Result<Vec<Watched>> {
    Ok(rows::table
        .inner_join(posts::table)
        .filter(rows::account_id.eq(account_id))
        .filter(rows::look_at.le(now))
        .order((rows::look_at, rows::post_id))
        .limit(most)
        .select((rows::post_id, posts::local_id, posts::uri, posts::created_at, rows::missing_since))
        .load(conn)?)
}

pub(super) fn set(
    conn: &mut DbConnection,
    post_id: i64,
    look_at: Ts,
    missing_since: Option<Ts>,
) -> Result<()> {
    diesel::update(rows::table.filter(rows::post_id.eq(post_id)))
        .set((rows::look_at.eq(look_at), rows::missing_since.eq(missing_since)))
        .execute(conn)?;
    Ok(())
}

pub(super) fn remove(conn: &mut DbConnection, post_id: i64) -> Result<()> {
    diesel::delete(rows::table.filter(rows::post_id.eq(post_id))).execute(conn)?;
    Ok(())
}
