//! How often somebody may try to sign in. Pure: the rows of past tries come in, a decision goes out.
//!
//! Two brakes at once. An account takes five wrong tries in fifteen minutes; an address may fail twenty
//! times in an hour (a city hall is one address) and then waits twice as long each time.
//! So that strangers cannot lock somebody out, tries from a device that has signed in to this account
//! before are counted apart from everybody else's (`web::session::KnownDevice`).
//!
//! The store writes the try *before* the password is checked and removes it when it was right:
//! a thousand tries at once are then a thousand rows, not one.

use chrono::{DateTime, Duration, Utc};

/// Wrong tries an account takes within `WINDOW_MINUTES`.
pub const TRIES_AN_ACCOUNT: usize = 5;
/// Minutes after which a wrong try at an account is forgotten, and the longest wait.
pub const WINDOW_MINUTES: i64 = 15;
/// Wrong tries an address takes within an hour before it has to wait.
pub const TRIES_AN_ADDRESS: usize = 20;
/// Minutes after which a wrong try from an address is forgotten; older rows may be deleted.
pub const ADDRESS_MINUTES: i64 = 60;

/// May this try go on?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Check the password.
    Allowed,
    /// Do not look at the password; say how many seconds to wait (1 or more).
    Wait(u32),
}

/// Decides by the times of earlier wrong tries, in any order: those at the account (or at the account
/// from this known device) and those from the address.
#[must_use]
pub fn decide(
    attempts_account: &[DateTime<Utc>],
    attempts_address: &[DateTime<Utc>],
    now: DateTime<Utc>,
) -> Decision {
    let wait = account_wait(attempts_account, now).max(address_wait(attempts_address, now));
    if wait <= Duration::zero() {
        return Decision::Allowed;
    }
    // Rows from a node whose clock runs ahead must not make anybody wait longer than the rule says.
    let seconds = wait.min(Duration::minutes(WINDOW_MINUTES)).num_milliseconds().div_euclid(1000) + 1;
    Decision::Wait(u32::try_from(seconds.min(WINDOW_MINUTES * 60)).unwrap_or(u32::MAX))
}

fn account_wait(attempts: &[DateTime<Utc>], now: DateTime<Utc>) -> Duration {
    let recent = newest_first(attempts, now, WINDOW_MINUTES);
    // The next try is free when the fifth newest has left the window.
    recent
        .get(TRIES_AN_ACCOUNT - 1)
        .map_or(Duration::zero(), |fifth| *fifth + Duration::minutes(WINDOW_MINUTES) - now)
}

fn address_wait(attempts: &[DateTime<Utc>], now: DateTime<Utc>) -> Duration {
    let recent = newest_first(attempts, now, ADDRESS_MINUTES);
    let Some(over) = recent.len().checked_sub(TRIES_AN_ADDRESS) else { return Duration::zero() };
    // 1, 2, 4 … seconds after the newest try, up to the whole window.
    let seconds = 1_i64 << over.min(10);
    recent.first().map_or(Duration::zero(), |last| {
        *last + Duration::seconds(seconds).min(Duration::minutes(WINDOW_MINUTES)) - now
    })
}

fn newest_first(attempts: &[DateTime<Utc>], now: DateTime<Utc>, minutes: i64) -> Vec<DateTime<Utc>> {
    let since = now - Duration::minutes(minutes);
    let mut recent: Vec<_> = attempts.iter().copied().filter(|at| *at > since).collect();
    recent.sort_unstable_by(|a, b| b.cmp(a));
    recent
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn five_tries_then_wait() {
        let check = |account: &[i64], address: &[i64], now: i64, expect: Decision| {
            let times = |list: &[i64]| list.iter().map(|s| at(*s)).collect::<Vec<_>>();
            assert_eq!(decide(&times(account), &times(address), at(now)), expect, "{account:?} {now}");
        };
        check(&[], &[], 0, Decision::Allowed);
        check(&[0, 1, 2, 3], &[], 4, Decision::Allowed);
        check(&[0, 1, 2, 3, 4], &[], 5, Decision::Wait(896));
        check(&[4, 3, 2, 1, 0], &[], 5, Decision::Wait(896));
        check(&[0, 1, 2, 3, 4], &[], 899, Decision::Wait(2));
        check(&[0, 1, 2, 3, 4], &[], 900, Decision::Allowed);
        check(&[9000; 9], &[], 0, Decision::Wait(900));
        let office: Vec<i64> = (0..19).collect();
        check(&[], &office, 20, Decision::Allowed);
        let attack: Vec<i64> = (0..23).collect();
        check(&[], &attack, 23, Decision::Wait(8));
        let long: Vec<i64> = (0..500).collect();
        check(&[], &long, 500, Decision::Wait(900));
        check(&[], &long, 500 + 3600, Decision::Allowed);
    }

    proptest! {
        /// Whoever waits as told gets in, nobody waits longer than the window, and no schedule of tries
        /// gets more than five guesses at one account into any fifteen minutes.
        #[test]
        fn the_law(gaps in proptest::collection::vec(0i64..400, 1..80)) {
            let (mut now, mut made) = (0, Vec::new());
            for gap in gaps {
                now += gap;
                match decide(&made, &[], at(now)) {
                    Decision::Allowed => made.push(at(now)),
                    Decision::Wait(seconds) => {
                        prop_assert!((1..=900).contains(&seconds));
                        prop_assert_eq!(decide(&made, &[], at(now + i64::from(seconds))), Decision::Allowed);
                    }
                }
                let window = made.iter().filter(|t| **t > at(now) - Duration::minutes(WINDOW_MINUTES)).count();
                prop_assert!(window <= TRIES_AN_ACCOUNT);
            }
        }
    }
}
