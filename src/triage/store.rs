//! SQL of readings: what was understood of each version of a post, and by which model.

use diesel::prelude::*;

use super::Reading;
use crate::db::DbConnection;
use crate::db::schema::readings;
use crate::db::types::Ts;
use crate::error::{Error, Result};

/// Keeps a reading beside the version of the post it was made of.
///
/// # Errors
/// `Database` only.
pub fn keep_reading(
    conn: &mut DbConnection,
    post_id: i64,
    version: i64,
    reading: &Reading,
    now: Ts,
) -> Result<()> {
    let body = serde_json::to_string(reading)
        .map_err(|e| Error::Invalid(format!("reading of post {post_id}: {e}")))?;
    let insert = diesel::insert_into(readings::table).values((
        readings::post_id.eq(post_id),
        readings::version.eq(version),
        readings::kind.eq(reading.kind.as_str()),
        readings::report_p.eq(reading.report_p),
        readings::urgency.eq(reading.urgency.as_str()),
        readings::language.eq(reading.language.as_str()),
        readings::body.eq(body),
        readings::model.eq(&reading.version),
        readings::created_at.eq(now),
    ));
    crate::on_each_backend!(conn, c => insert.execute(c)?);
    Ok(())
}

/// The newest reading of a post.
///
/// # Errors
/// `Database` only.
pub fn reading_of(conn: &mut DbConnection, post_id: i64) -> Result<Option<Reading>> {
    let body: Option<String> = readings::table
        .filter(readings::post_id.eq(post_id))
        .order(readings::id.desc())
        .select(readings::body)
        .first(conn)
        .optional()?;
    Ok(body.and_then(|b| serde_json::from_str(&b).ok()))
}
