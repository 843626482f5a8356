//! The link of a crew's phone: 128 random bits, signed. A new one ends the old one.

use chrono::{DateTime, Utc};

use super::store;
use crate::accounts::{LinkPurpose, LinkToken, ServerKey};
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::{Error, Result};

/// A crew of a department.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crew {
    /// Code of its department.
    pub department: String,
    /// Name used on the radio.
    pub name: String,
}

/// The secret of a crew's link; `None` while nobody made one.
///
/// # Errors
/// `Database` only.
pub fn link_of(
    conn: &mut DbConnection,
    key: &ServerKey,
    department: &str,
    crew: &str,
) -> Result<Option<String>> {
    let random = store::crew_random(conn, department, crew)?;
    let token = random.and_then(|random| LinkToken::again(key, LinkPurpose::CrewDay, &random));
    Ok(token.map(|token| token.reveal().to_owned()))
}

/// Makes a crew's link anew; the one before opens nothing any more.
///
/// # Errors
/// `Unavailable` without randomness, `Database`.
pub fn renew_link(
    conn: &mut DbConnection,
    key: &ServerKey,
    (department, crew): (&str, &str),
    by: &str,
    now: DateTime<Utc>,
) -> Result<String> {
    let token = LinkToken::new(key, LinkPurpose::CrewDay)?;
    store::put_crew_random(conn, (department, crew), &token.random(), by, Ts(now))?;
    Ok(token.reveal().to_owned())
}

/// The crew behind a link.
///
/// # Errors
/// `NotFound` for anything that is no such link (any more).
pub fn crew_behind(conn: &mut DbConnection, key: &ServerKey, secret: &str) -> Result<Crew> {
    let nothing =
        || Error::NotFound("this link is not one of ours any more: ask the office for a new one".into());
    let token = LinkToken::parse(key, LinkPurpose::CrewDay, secret).ok_or_else(nothing)?;
    let (department, name) = store::crew_by_random(conn, &token.random())?.ok_or_else(nothing)?;
    Ok(Crew { department, name })
}
