//! Keys of programs: made once, shown once, kept as a digest, allowed for some things only and so many times an hour.
//!
//! A key is looked up by the digest of what was sent, so that no comparison of secrets takes a time that tells
//! something. Nothing here says whether a key is unknown, expired or taken back: a stranger hears one answer.

mod store;

use std::fmt;

use chrono::{DateTime, Duration, DurationRound as _, Utc};

use super::tokens::{Token, digest};
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::limits;

pub use store::ApiKey;

/// Before the secret part, so that programs that look for leaked keys know ours.
const PREFIX: &str = "onit_";
/// Longest name, owner and contact, in characters.
const WORDS_CHARS: usize = 120;

crate::words! {
    /// What a key is for. A key may have several; what is not listed on it is refused.
    pub enum Scope {
        /// File requests and updates through Open311 (and try them in the sandbox).
        Open311 = "open311",
        /// Try Open311 in the sandbox, and nothing else.
        Sandbox = "sandbox",
        /// Read more through `/api/v1` than a stranger may in an hour.
        Read = "read",
        /// File and change through `/api/v1`.
        Write = "write",
        /// Take whole data sets.
        Export = "export",
        /// Receive webhooks and manage where they go.
        Webhooks = "webhooks",
    }
}

impl Scope {
    /// Whether a key with these scopes may do what needs `self`.
    #[must_use]
    pub fn is_in(self, scopes: &[Self]) -> bool {
        // Who may write for real may try it.
        scopes.contains(&self) || (self == Self::Sandbox && scopes.contains(&Self::Open311))
    }
}

/// A key in clear: it exists at its birth and in what a program sends, and prints itself nowhere.
#[derive(Clone)]
pub struct KeyText(String);

impl KeyText {
    /// A new one from the operating system's random source: 256 bits.
    ///
    /// # Errors
    /// `Unavailable` when that source does not answer.
    pub fn new() -> Result<Self> {
        Ok(Self(format!("{PREFIX}{}", Token::new()?.reveal())))
    }

    /// What a program sent, if it can be a key at all; says nothing about whether it is known.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = !text.is_empty() && text.len() <= limits::KEY_BYTES;
        fits.then(|| Self(text.to_owned()))
    }

    /// The key itself: shown once to who made it, and for nothing else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    fn digest(&self) -> String {
        digest(&self.0)
    }
}

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyText([hidden])")
    }
}

/// What a new key is to be.
#[derive(Clone, Debug)]
pub struct NewKey<'a> {
    /// Short name for lists and logs, one in this city: "riverton-app".
    pub name: &'a str,
    /// Who answers for it.
    pub owner_name: &'a str,
    /// How they are reached: an address or a number.
    pub owner_contact: &'a str,
    /// What it is for, at least one.
    pub scopes: &'a [Scope],
    /// Uses in one hour of the clock.
    pub per_hour: i64,
    /// From when on it no longer counts.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Keeps a new key and gives its text, which nobody can see again.
///
/// # Errors
/// `Invalid` for an empty name, owner, contact or list of scopes, a limit out of range or an end that has passed;
/// `Conflict` when the name is taken, by a key that was taken back too: the log would mix them up.
pub fn add(conn: &mut DbConnection, new: &NewKey<'_>, now: DateTime<Utc>) -> Result<(ApiKey, KeyText)> {
    for (what, words) in [("name", new.name), ("owner", new.owner_name), ("contact", new.owner_contact)] {
        let long = words.trim().chars().count();
        if !(1..=WORDS_CHARS).contains(&long) || words.chars().any(char::is_control) {
            return Err(Error::Invalid(format!("{what}: write 1 to {WORDS_CHARS} characters on one line")));
        }
    }
    if new.scopes.is_empty() {
        return Err(Error::Invalid("scope: say what the key is for".into()));
    }
    if !(1..=limits::KEY_USES_PER_HOUR_MOST).contains(&new.per_hour) {
        let most = limits::KEY_USES_PER_HOUR_MOST;
        return Err(Error::Invalid(format!("per hour: write a number from 1 to {most}")));
    }
    if new.expires_at.is_some_and(|end| end <= now) {
        return Err(Error::Invalid("expires: this moment has passed; name one that lies ahead".into()));
    }
    if store::by_name(conn, new.name.trim())?.is_some() {
        let name = new.name.trim();
        return Err(Error::Conflict(format!("there is a key named {name:?} already: choose another name")));
    }
    let text = KeyText::new()?;
    Ok((store::insert(conn, new, &text.digest(), now)?, text))
}

/// Takes a key back at once. Doing it twice changes nothing.
///
/// # Errors
/// `NotFound` when no key has this name.
pub fn revoke(conn: &mut DbConnection, name: &str, now: DateTime<Utc>) -> Result<()> {
    if store::by_name(conn, name)?.is_none() {
        return Err(Error::NotFound(format!("there is no key named {name:?}; `onit key list` shows all")));
    }
    store::revoke(conn, name, now)
}

/// Every key, the ones that no longer count too, oldest first.
///
/// # Errors
/// `Database` only.
pub fn all(conn: &mut DbConnection) -> Result<Vec<ApiKey>> {
    store::all(conn)
}

/// Why a key does not open the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoEntry {
    /// Unknown, expired or taken back: one answer for all three.
    NotKnown,
    /// Good, but not for this.
    NotForThis,
}

/// The key behind a text, if it is good for this now. Reads only; counting is [`count_use`].
///
/// # Errors
/// `Database` only.
pub fn check(
    conn: &mut DbConnection,
    text: &KeyText,
    scope: Scope,
    now: DateTime<Utc>,
) -> Result<std::result::Result<ApiKey, NoEntry>> {
    let key = store::by_digest(conn, &text.digest())?;
    Ok(match key {
        Some(key) if key.state(now) == KeyState::Good => {
            if scope.is_in(&key.scopes()) {
                Ok(key)
            } else {
                Err(NoEntry::NotForThis)
            }
        }
        _ => Err(NoEntry::NotKnown),
    })
}

/// Whether a key still counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It opens what it is for.
    Good,
    /// Its end has passed.
    Expired,
    /// It was taken back.
    Revoked,
}

impl KeyState {
    /// The word in lists.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl ApiKey {
    /// Whether it counts now.
    #[must_use]
    pub fn state(&self, now: DateTime<Utc>) -> KeyState {
        if self.revoked_at.is_some() {
            KeyState::Revoked
        } else if self.expires_at.is_some_and(|end| end.0 <= now) {
            KeyState::Expired
        } else {
            KeyState::Good
        }
    }

    /// What it is for. Words of a newer version that this one does not know are left out: refused, not guessed.
    #[must_use]
    pub fn scopes(&self) -> Vec<Scope> {
        self.scopes.split(',').filter_map(|word| word.parse().ok()).collect()
    }
}

/// How a key stands in the present hour, after a use was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uses {
    /// False: this use was one too many and is not counted; answer 429.
    pub allowed: bool,
    /// Uses in one hour of the clock.
    pub limit: i64,
    /// Uses left in this hour.
    pub left: i64,
    /// When the next hour begins.
    pub resets_at: DateTime<Utc>,
}

impl Uses {
    /// Seconds until the next hour, 1 or more.
    #[must_use]
    pub fn wait_s(&self, now: DateTime<Utc>) -> i64 {
        (self.resets_at - now).num_seconds().max(0) + 1
    }
}

/// Counts one use of a key. Each process and both databases count in the same row, so the limit is the city's and
/// not a process's.
///
/// # Errors
/// `Database` only.
pub fn count_use(conn: &mut DbConnection, key: &ApiKey, now: DateTime<Utc>) -> Result<Uses> {
    // Truncating to an hour fails only outside the years a clock can show; then every use is its own hour.
    let hour = now.duration_trunc(Duration::hours(1)).unwrap_or(now);
    let counted = store::count(conn, key, Ts(hour))?;
    Ok(Uses {
        allowed: counted.is_some(),
        limit: key.per_hour,
        left: counted.map_or(0, |uses| (key.per_hour - uses).max(0)),
        resets_at: hour + Duration::hours(1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_hide_themselves_and_strange_ones_are_no_keys() {
        let key = KeyText::new().unwrap();
        assert_eq!(format!("{key:?}"), "KeyText([hidden])");
        assert!(key.reveal().starts_with("onit_") && key.reveal().len() == 48);
        assert_eq!(KeyText::parse(&format!("  {} ", key.reveal())).unwrap().digest(), key.digest());
        assert!(KeyText::parse("  ").is_none());
        assert!(KeyText::parse(&"x".repeat(limits::KEY_BYTES + 1)).is_none());
    }

    #[test]
    fn who_may_write_may_try() {
        let check = |scope: Scope, on_key: &[Scope], expect: bool| {
            assert_eq!(scope.is_in(on_key), expect, "{scope} with {on_key:?}");
        };
        check(Scope::Sandbox, &[Scope::Open311], true);
        check(Scope::Open311, &[Scope::Sandbox], false);
        check(Scope::Read, &[Scope::Open311], false);
        check(Scope::Export, &[Scope::Read, Scope::Export], true);
        check(Scope::Read, &[], false);
    }
}
