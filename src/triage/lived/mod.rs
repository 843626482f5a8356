//! What the city has lived through, as rows to learn from: its closed tickets, and what staff corrected.
//!
//! Never the words of a private, deleted or erased post, nor of danger to life; a post that named several issues is
//! left out, because its words belong to no one service.

use std::collections::BTreeMap;

use super::learn::Row;
use super::model::service_index;
use super::teach::MOST_ROWS;
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::Result;

mod store;

/// One post whose service is known for good.
#[derive(Clone, Debug)]
pub struct LivedRow {
    /// Words and service.
    pub row: Row,
    /// When the service became certain: closed, or corrected.
    pub at: Ts,
    /// A person changed what was read.
    pub corrected: bool,
}

/// All rows, oldest first; of more than [`MOST_ROWS`] the newest.
///
/// # Errors
/// `Database` only.
pub fn rows(conn: &mut DbConnection) -> Result<Vec<LivedRow>> {
    let most = i64::try_from(MOST_ROWS).unwrap_or(i64::MAX);
    let mut by_post: BTreeMap<i64, LivedRow> = BTreeMap::new();
    let closed = store::closed(conn, most)?.into_iter().map(|found| (found, false));
    let corrected = store::corrected(conn, most)?.into_iter().map(|found| (found, true));
    for (store::Found { post_id, text, service, at }, corrected) in closed.chain(corrected) {
        if service_index(&service).is_none() || text.trim().is_empty() {
            continue;
        }
        let row = Row { text, accept: vec![service.clone()], service };
        by_post
            .entry(post_id)
            .and_modify(|known| {
                known.at = known.at.max(at);
                known.corrected |= corrected;
            })
            .or_insert(LivedRow { row, at, corrected });
    }
    let mut rows: Vec<LivedRow> = by_post.into_values().collect();
    rows.sort_by_key(|row| row.at);
    Ok(rows.split_off(rows.len().saturating_sub(MOST_ROWS)))
}
