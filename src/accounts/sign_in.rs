//! The name people sign in with, and how long a sign-in lasts.

use chrono::{DateTime, Duration, Utc};
use unicode_normalization::UnicodeNormalization;

use super::Role;
use crate::error::{Error, Result};

const LOGIN_CHARACTERS: usize = 120;

/// The sign-in name as it is kept and compared: trimmed, folded, lower case. Usually a work e-mail address.
///
/// # Errors
/// `Error::Invalid` when it is empty, longer than 120 characters, or holds blanks or control characters.
pub fn login_name(text: &str) -> Result<String> {
    let name: String = text.trim().nfkc().take(LOGIN_CHARACTERS + 1).collect::<String>().to_lowercase();
    let long = name.chars().count();
    if !(2..=LOGIN_CHARACTERS).contains(&long) {
        return Err(Error::Invalid(format!("a sign-in name has 2 to {LOGIN_CHARACTERS} characters")));
    }
    if name.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Error::Invalid("a sign-in name has no blanks: use the work e-mail address".into()));
    }
    Ok(name)
}

/// Why a session no longer counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing was done for too long.
    Idle,
    /// The working day is over: sign in again, however busy.
    TooOld,
}

/// How long a role stays signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// Minutes without a click after which the session ends.
    pub idle_minutes: i64,
    /// Minutes after sign-in at which it ends in any case.
    pub absolute_minutes: i64,
}

impl Lifetime {
    /// 8 hours idle for staff, 30 minutes for who can publish or administer, 12 hours at most.
    #[must_use]
    pub const fn of(role: Role) -> Self {
        let idle_minutes = if role.is_powerful() { 30 } else { 8 * 60 };
        Self { idle_minutes, absolute_minutes: 12 * 60 }
    }

    /// `None` while the session lives.
    #[must_use]
    pub fn ended(
        self,
        created_at: DateTime<Utc>,
        seen_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Option<Ended> {
        if now - created_at >= Duration::minutes(self.absolute_minutes) {
            return Some(Ended::TooOld);
        }
        (now - seen_at >= Duration::minutes(self.idle_minutes)).then_some(Ended::Idle)
    }

    /// True when "last seen" is old enough to be written again: once a minute, not at every click.
    #[must_use]
    pub fn worth_noting(seen_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        now - seen_at >= Duration::seconds(60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fold_to_one() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(login_name(text).ok().as_deref(), expect, "{text:?}");
        };
        check("  Ana@City.Example ", Some("ana@city.example"));
        check("ａｎａ@city.example", Some("ana@city.example"));
        check("ana lopez", None);
        check("", None);
        check("a\u{0}b", None);
        check(&"x".repeat(121), None);
        check(&"\u{fdfa}".repeat(500), None);
    }

    #[test]
    fn sessions_end() {
        let at = |minutes: i64| DateTime::from_timestamp(1_800_000_000 + minutes * 60, 0).unwrap();
        let check = |role, seen, now, expect| {
            assert_eq!(Lifetime::of(role).ended(at(0), at(seen), at(now)), expect, "{role} {seen} {now}");
        };
        check(Role::Staff, 0, 479, None);
        check(Role::Staff, 0, 480, Some(Ended::Idle));
        check(Role::Staff, 719, 720, Some(Ended::TooOld));
        check(Role::Publisher, 0, 29, None);
        check(Role::Publisher, 0, 30, Some(Ended::Idle));
        check(Role::Admin, 60, 91, Some(Ended::Idle));
        check(Role::Approver, 700, 719, None);
        assert!(!Lifetime::worth_noting(at(0), at(0)));
        assert!(Lifetime::worth_noting(at(0), at(1)));
    }
}
