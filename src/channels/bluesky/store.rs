//! SQL of the account's session, and of what stood on the network before the account was connected.

use diesel::prelude::*;

use super::Session;
use crate::db::DbConnection;
use crate::db::schema::{channel_sessions as rows, seen_posts};
use crate::db::types::Ts;
use crate::error::Result;

/// Rows written in one statement.
const ROWS: usize = 500;

/// The session that is kept for an account.
pub(super) fn session(conn: &mut DbConnection, account_id: i64) -> Result<Option<Session>> {
    let found: Option<(String, String, i64)> = rows::table
        .filter(rows::account_id.eq(account_id))
        .select((rows::access, rows::refresh, rows::version))
        .first(conn)
        .optional()?;
    Ok(found.map(|(access, refresh, version)| Session {
        access: access.into(),
        refresh: refresh.into(),
        version,
    }))
}

/// Takes the turn to renew the session of this version; `false` when somebody else has it, or renewed it already.
pub(super) fn take_turn(
    conn: &mut DbConnection,
    account_id: i64,
    version: i64,
    now: Ts,
    until: Ts,
) -> Result<bool> {
    let empty = Session { access: String::new().into(), refresh: String::new().into(), version: 0 };
    insert(conn, account_id, &empty, now)?;
    let mine = rows::table
        .filter(rows::account_id.eq(account_id))
        .filter(rows::version.eq(version))
        .filter(rows::busy_until.le(now));
    Ok(diesel::update(mine).set(rows::busy_until.eq(until)).execute(conn)? > 0)
}

/// The turn ends without a new session.
pub(super) fn give_back(conn: &mut DbConnection, account_id: i64, version: i64) -> Result<()> {
    let mine = rows::table.filter(rows::account_id.eq(account_id)).filter(rows::version.eq(version));
    diesel::update(mine).set(rows::busy_until.eq(Ts::LONG_AGO)).execute(conn)?;
    Ok(())
}

/// Keeps a renewed session in place of the one of `version`; the new one has the next number.
pub(super) fn renewed(
    conn: &mut DbConnection,
    account_id: i64,
    version: i64,
    session: &Session,
    now: Ts,
) -> Result<()> {
    let old = rows::table.filter(rows::account_id.eq(account_id)).filter(rows::version.eq(version));
    diesel::update(old)
        .set((
            rows::access.eq(session.access_text()),
            rows::refresh.eq(session.refresh_text()),
            rows::version.eq(session.version),
            rows::busy_until.eq(Ts::LONG_AGO),
            rows::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Keeps the session of an account that was connected just now, whatever was kept before.
pub(super) fn put_session(
    conn: &mut DbConnection,
    account_id: i64,
    session: &Session,
    now: Ts,
) -> Result<()> {
    insert(conn, account_id, session, now)?;
    diesel::update(rows::table.filter(rows::account_id.eq(account_id)))
        .set((
            rows::access.eq(session.access_text()),
            rows::refresh.eq(session.refresh_text()),
            rows::version.eq(rows::version + 1),
            rows::busy_until.eq(Ts::LONG_AGO),
            rows::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

fn insert(conn: &mut DbConnection, account_id: i64, session: &Session, now: Ts) -> Result<()> {
    let row = (
        rows::account_id.eq(account_id),
        rows::access.eq(session.access_text()),
        rows::refresh.eq(session.refresh_text()),
        rows::version.eq(session.version),
        rows::busy_until.eq(Ts::LONG_AGO),
        rows::updated_at.eq(now),
    );
    crate::on_each_backend!(conn, c => diesel::insert_into(rows::table)
        .values(row)
        .on_conflict(rows::account_id)
        .do_nothing()
        .execute(c)?);
    Ok(())
}

/// Those of `uris` that were seen and are no posts of ours.
pub(super) fn stood_before(conn: &mut DbConnection, account_id: i64, uris: &[String]) -> Result<Vec<String>> {
    Ok(seen_posts::table
        .filter(seen_posts::account_id.eq(account_id))
        .filter(seen_posts::uri.eq_any(uris))
        .select(seen_posts::uri)
        .load(conn)?)
}

/// Writes down what was seen on the network and is no post of ours: what stood there before the account was connected,
/// and who passed something on.
pub(super) fn remember(conn: &mut DbConnection, account_id: i64, uris: &[String]) -> Result<()> {
    for some in uris.chunks(ROWS) {
        let new: Vec<_> = some
            .iter()
            .map(|uri| (seen_posts::account_id.eq(account_id), seen_posts::uri.eq(uri.as_str())))
            .collect();
        crate::on_each_backend!(conn, c => diesel::insert_into(seen_posts::table)
            .values(new)
            .on_conflict((seen_posts::account_id, seen_posts::uri))
            .do_nothing()
            .execute(c)?);
    }
    Ok(())
}
