//! SQL of who said "me too" without words.

use diesel::prelude::*;

use crate::db::DbConnection;
use crate::db::schema::me_too as rows;
use crate::db::types::Ts;
use crate::error::Result;

/// Writes it down; `false` when it stands there already.
pub(in crate::tickets) fn insert(
    conn: &mut DbConnection,
    ticket_id: i64,
    person_id: i64,
    now: Ts,
) -> Result<bool> {
    let row = (rows::ticket_id.eq(ticket_id), rows::person_id.eq(person_id), rows::created_at.eq(now));
    let n = crate::on_each_backend!(conn, c => diesel::insert_into(rows::table)
        .values(row)
        .on_conflict((rows::ticket_id, rows::person_id))
        .do_nothing()
        .execute(c)?);
    Ok(n > 0)
}

/// Whether this person is counted by it in one of these tickets.
pub(in crate::tickets) fn has_said(conn: &mut DbConnection, family: &[i64], person_id: i64) -> Result<bool> {
    let theirs = rows::table.filter(rows::ticket_id.eq_any(family)).filter(rows::person_id.eq(person_id));
    let n: i64 = theirs.count().get_result(conn)?;
    Ok(n > 0)
}

/// Everybody who is counted by it in one of these tickets.
pub(in crate::tickets) fn said_by(conn: &mut DbConnection, family: &[i64]) -> Result<Vec<i64>> {
    Ok(rows::table.filter(rows::ticket_id.eq_any(family)).select(rows::person_id).load(conn)?)
}
