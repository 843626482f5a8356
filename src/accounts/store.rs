//! SQL of people who sign in, their sessions and their failed tries.

use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;

use super::roles::Role;
use crate::db::DbConnection;
use crate::db::schema::{audit, sessions, sign_in_tries, switches, users};
use crate::db::types::Ts;
use crate::error::{Error, Result};

/// Somebody who signs in.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct User {
    pub id: i64,
    pub login: String,
    pub name: String,
    pub role: Role,
    pub department: Option<String>,
    pub password: String,
    pub state: String,
    pub created_at: Ts,
}

/// An open session.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct Session {
    pub id: i64,
    pub token_hash: String,
    pub user_id: i64,
    pub csrf: String,
    pub created_at: Ts,
    pub seen_at: Ts,
}

/// Adds somebody, or gives somebody known a new name, role and password.
///
/// # Errors
/// `Database` only.
pub fn put_user(
    conn: &mut DbConnection,
    login: &str,
    name: &str,
    role: Role,
    department: Option<&str>,
    password: &str,
    now: DateTime<Utc>,
) -> Result<User> {
    let known: Option<User> = by_login(conn, login)?;
    if let Some(user) = known {
        diesel::delete(sessions::table.filter(sessions::user_id.eq(user.id))).execute(conn)?;
        return Ok(diesel::update(users::table.find(user.id))
            .set((
                users::name.eq(name),
                users::role.eq(role.as_str()),
                users::department.eq(department),
                users::password.eq(password),
                users::state.eq("active"),
            ))
            .returning(users::all_columns)
            .get_result(conn)?);
    }
    Ok(diesel::insert_into(users::table)
        .values((
            users::login.eq(login),
            users::name.eq(name),
            users::role.eq(role.as_str()),
            users::department.eq(department),
            users::password.eq(password),
            users::state.eq("active"),
            users::created_at.eq(Ts(now)),
        ))
        .returning(users::all_columns)
        .get_result(conn)?)
}

/// The person with this sign-in name.
///
/// # Errors
/// `Database` only.
pub fn by_login(conn: &mut DbConnection, login: &str) -> Result<Option<User>> {
    Ok(users::table.filter(users::login.eq(login)).first(conn).optional()?)
}

/// Everybody who signs in, by sign-in name.
///
/// # Errors
/// `Database` only.
pub fn all_users(conn: &mut DbConnection) -> Result<Vec<User>> {
    Ok(users::table.order(users::login).load(conn)?)
}

/// Closes somebody's way in and ends their sessions.
///
/// # Errors
/// `NotFound` when there is no such person.
pub fn switch_off(conn: &mut DbConnection, login: &str) -> Result<()> {
    let user =
        by_login(conn, login)?.ok_or_else(|| Error::NotFound(format!("nobody signs in as {login:?}")))?;
    diesel::update(users::table.find(user.id)).set(users::state.eq("off")).execute(conn)?;
    diesel::delete(sessions::table.filter(sessions::user_id.eq(user.id))).execute(conn)?;
    Ok(())
}

/// Opens a session; only the hash of its token is kept.
///
/// # Errors
/// `Database` only.
pub fn open_session(
    conn: &mut DbConnection,
    user_id: i64,
    token_hash: &str,
    csrf: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::token_hash.eq(token_hash),
            sessions::user_id.eq(user_id),
            sessions::csrf.eq(csrf),
            sessions::created_at.eq(Ts(now)),
            sessions::seen_at.eq(Ts(now)),
        ))
        .execute(conn)?;
    Ok(())
}

/// The session with this token's hash and its person, who must still be active.
///
/// # Errors
/// `Database` only.
pub fn session(conn: &mut DbConnection, token_hash: &str) -> Result<Option<(Session, User)>> {
    Ok(sessions::table
        .inner_join(users::table)
        .filter(sessions::token_hash.eq(token_hash))
        .filter(users::state.eq("active"))
        .select((sessions::all_columns, users::all_columns))
        .first(conn)
        .optional()?)
}

/// Writes down that a session was used.
///
/// # Errors
/// `Database` only.
pub fn seen(conn: &mut DbConnection, session_id: i64, now: DateTime<Utc>) -> Result<()> {
    diesel::update(sessions::table.find(session_id)).set(sessions::seen_at.eq(Ts(now))).execute(conn)?;
    Ok(())
}

/// Ends a session.
///
/// # Errors
/// `Database` only.
pub fn end_session(conn: &mut DbConnection, session_id: i64) -> Result<()> {
    diesel::delete(sessions::table.find(session_id)).execute(conn)?;
    Ok(())
}

/// Failed tries under this name since `since`, oldest first.
///
/// # Errors
/// `Database` only.
pub fn tries(conn: &mut DbConnection, who: &str, since: DateTime<Utc>) -> Result<Vec<DateTime<Utc>>> {
    let rows: Vec<Ts> = sign_in_tries::table
        .filter(sign_in_tries::who.eq(who))
        .filter(sign_in_tries::at.ge(Ts(since)))
        .order(sign_in_tries::at)
        .select(sign_in_tries::at)
        .limit(1_000)
        .load(conn)?;
    Ok(rows.into_iter().map(|t| t.0).collect())
}

/// Writes a failed try down, under the account's name and under the address.
///
/// # Errors
/// `Database` only.
pub fn note_try(conn: &mut DbConnection, who: &[&str], now: DateTime<Utc>) -> Result<()> {
    for name in who {
        diesel::insert_into(sign_in_tries::table)
            .values((sign_in_tries::who.eq(*name), sign_in_tries::at.eq(Ts(now))))
            .execute(conn)?;
    }
    Ok(())
}

/// Forgets the failed tries of an account that signed in, and what is older than a day.
///
/// # Errors
/// `Database` only.
pub fn forget_tries(conn: &mut DbConnection, who: &str, now: DateTime<Utc>) -> Result<()> {
    let old = Ts(now - Duration::days(1));
    diesel::delete(sign_in_tries::table.filter(sign_in_tries::who.eq(who).or(sign_in_tries::at.lt(old))))
        .execute(conn)?;
    Ok(())
}

/// A line of the audit log: who did what about what.
///
/// # Errors
/// `Database` only.
pub fn note_audit(
    conn: &mut DbConnection,
    who: &str,
    what: &str,
    about: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    diesel::insert_into(audit::table)
        .values((audit::at.eq(Ts(now)), audit::who.eq(who), audit::what.eq(what), audit::about.eq(about)))
        .execute(conn)?;
    Ok(())
}

/// The key that signs links and forms of this installation, as text; made at the first start.
///
/// # Errors
/// `Database` only.
pub fn server_key(conn: &mut DbConnection, fresh: &str, now: DateTime<Utc>) -> Result<String> {
    let row = (
        switches::name.eq("server_key"),
        switches::value.eq(fresh),
        switches::by_name.eq("OnIt"),
        switches::at.eq(Ts(now)),
    );
    crate::on_each_backend!(conn, c => diesel::insert_into(switches::table).values(row).on_conflict_do_nothing().execute(c)?);
    Ok(switches::table.find("server_key").select(switches::value).first(conn)?)
}
