//! SQL of readings: what was understood of each version of a post, and by which model.

use diesel::prelude::*;

use serde::{Deserialize, Serialize};

use super::{Reading, Why};
use crate::db::DbConnection;
use crate::db::schema::readings;
use crate::db::types::Ts;
use crate::error::{Error, Result};

/// A reading and why, as one body.
#[derive(Serialize)]
struct Kept<'a> {
    #[serde(flatten)]
    reading: &'a Reading,
    whys: &'a [Why],
}

#[derive(Default, Deserialize)]
struct KeptWhys {
    #[serde(default)]
    whys: Vec<Why>,
}

/// Why a reading is as it is, out of the body that the database keeps; empty for one of an earlier version.
#[must_use]
pub fn whys_in(body: &str) -> Vec<Why> {
    serde_json::from_str::<KeptWhys>(body).unwrap_or_default().whys
}

/// Keeps a reading with its reasons beside the version of the post it was made of.
///
/// # Errors
/// `Database` only.
pub fn keep_reading(
    conn: &mut DbConnection,
    post_id: i64,
    version: i64,
    (reading, whys): (&Reading, &[Why]),
    now: Ts,
) -> Result<()> {
    let body = serde_json::to_string(&Kept { reading, whys })
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
