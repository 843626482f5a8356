//! SQL of what was told about a ticket: a few of its texts and the looks of its photos.

use diesel::prelude::*;

use crate::db::DbConnection;
use crate::db::schema::{joins, photos, posts};
use crate::error::Result;
use crate::on_each_backend;

/// Texts of a ticket that are compared: the first ones say what it is.
const TEXTS: i64 = 4;
/// Photos of one side that are compared.
const LOOKS: i64 = 8;

/// The first texts of a ticket, and the looks of its residents' photos when they are asked for.
pub(super) fn told(
    conn: &mut DbConnection,
    ticket_id: i64,
    with_photos: bool,
) -> Result<(Vec<String>, Vec<u64>)> {
    let first = joins::table
        .inner_join(posts::table)
        .filter(joins::ticket_id.eq(ticket_id))
        .filter(joins::ended_at.is_null())
        .filter(posts::deleted_at.is_null())
        .order(joins::id)
        .limit(TEXTS)
        .select(posts::text);
    let texts: Vec<String> = on_each_backend!(conn, c => first.load(c)?);
    if !with_photos {
        return Ok((texts, Vec::new()));
    }
    let mine = joins::table
        .filter(joins::ticket_id.eq(ticket_id))
        .filter(joins::ended_at.is_null())
        .select(joins::post_id.nullable());
    let looks: Vec<i64> = photos::table
        .filter(photos::post_id.eq_any(mine))
        .order(photos::id)
        .limit(LOOKS)
        .select(photos::likeness)
        .load(conn)?;
    Ok((texts, bits(&looks)))
}

/// The looks of a post's own photos, as far as they are here.
pub(super) fn photos_of_post(conn: &mut DbConnection, post_id: i64) -> Result<Vec<u64>> {
    let looks: Vec<i64> = photos::table
        .filter(photos::post_id.eq(post_id))
        .order(photos::id)
        .limit(LOOKS)
        .select(photos::likeness)
        .load(conn)?;
    Ok(bits(&looks))
}

fn bits(looks: &[i64]) -> Vec<u64> {
    looks.iter().map(|l| l.cast_unsigned()).collect()
}
