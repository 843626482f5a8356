//! Passwords: hashed with argon2id (64 MiB, 4 passes: about 100 ms on a small server), compared so that
//! neither the time nor the answer tells whether an account exists.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use unicode_normalization::UnicodeNormalization;

use super::password_rules::PASSWORD_CHARACTERS;
use crate::error::{Error, Result};

const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 4;
const LANES: u32 = 1;

/// Checks that may run at once: 4 x 64 MiB. More would let strangers take the server's memory.
const AT_ONCE: usize = 4;
/// How long a sign-in waits for its turn before it is told to come back.
const TURN_WAIT_MS: u64 = 3_000;

/// The answer to a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The password is right.
    Right,
    /// The password is right, and its hash is weaker than today's: hash it again and keep the new one.
    RightButOld,
    /// Wrong password, or nobody of that name: the caller cannot tell, and shall not.
    Wrong,
}

/// Hashes and checks passwords. One for the process, because it counts how many run at once.
pub struct Passwords {
    params: Params,
    /// Stands in for the hash of somebody who does not exist, at the same price.
    nobody: String,
    running: Mutex<usize>,
    free: Condvar,
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passwords").field("params", &self.params).finish_non_exhaustive()
    }
}

impl Passwords {
    /// With the product's strength.
    ///
    /// # Errors
    /// `Error::Invalid` when the hashing library refuses the figures above (it does not).
    pub fn new() -> Result<Self> {
        Self::with(MEMORY_KIB, PASSES)
    }

    /// With next to no strength: for tests and for the demo's throw-away people, never for a city.
    ///
    /// # Errors
    /// As `new`.
    pub fn weak_for_tests() -> Result<Self> {
        Self::with(64, 1)
    }

    fn with(memory_kib: u32, passes: u32) -> Result<Self> {
        let params = Params::new(memory_kib, passes, LANES, None)
            .map_err(|e| Error::Invalid(format!("password hashing: {e}")))?;
        let mut made = Self { params, nobody: String::new(), running: Mutex::new(0), free: Condvar::new() };
        made.nobody = made.hash("nobody has this password")?;
        Ok(made)
    }

    /// The hash to keep, in PHC form (`$argon2id$v=19$m=…`), with a fresh salt.
    /// The caller checks a new password with `check_new_password` first.
    ///
    /// # Errors
    /// `Error::Unavailable` when no memory or no turn is to be had.
    pub fn hash(&self, password: &str) -> Result<String> {
        let _turn = self.turn()?;
        let hash: PasswordHash = self
            .hasher()
            .hash_password(folded(password).as_bytes())
            .map_err(|e| Error::Unavailable(format!("the password could not be hashed: {e}")))?;
        Ok(hash.to_string())
    }

    /// Checks a password against the kept hash, or against nobody's when there is none.
    /// Takes the same time in both cases.
    ///
    /// # Errors
    /// `Error::Unavailable` when too many sign-ins run at once: come back in a moment.
    pub fn verify(&self, kept: Option<&str>, password: &str) -> Result<Verdict> {
        let password = folded(password);
        let parsed = kept.and_then(|text| PasswordHash::new(text).ok());
        let nobody = PasswordHash::new(&self.nobody)
            .map_err(|e| Error::Unavailable(format!("password hashing: {e}")))?;
        let _turn = self.turn()?;
        let right =
            self.hasher().verify_password(password.as_bytes(), parsed.as_ref().unwrap_or(&nobody)).is_ok();
        let Some(parsed) = parsed.filter(|_| right) else { return Ok(Verdict::Wrong) };
        let as_today = Params::try_from(&parsed).is_ok_and(|p| {
            (p.m_cost(), p.t_cost(), p.p_cost())
                == (self.params.m_cost(), self.params.t_cost(), self.params.p_cost())
        });
        Ok(if as_today { Verdict::Right } else { Verdict::RightButOld })
    }

    fn hasher(&self) -> Argon2<'_> {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone())
    }

    fn turn(&self) -> Result<Turn<'_>> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = Duration::from_millis(TURN_WAIT_MS);
        let (mut running, late) = self
            .free
            .wait_timeout_while(running, wait, |n| *n >= AT_ONCE)
            .unwrap_or_else(PoisonError::into_inner);
        if late.timed_out() {
            return Err(Error::Unavailable("many people are signing in: try again in a moment".into()));
        }
        *running += 1;
        Ok(Turn(self))
    }
}

/// Holds one of the places of `AT_ONCE`.
struct Turn<'p>(&'p Passwords);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut running = self.0.running.lock().unwrap_or_else(PoisonError::into_inner);
        *running = running.saturating_sub(1);
        self.0.free.notify_one();
    }
}

/// One spelling for what looks the same (é typed on a Mac or on Windows). Longer input than a password
/// can be is cut one character after the limit, so it can match nothing that was ever set.
fn folded(password: &str) -> String {
    password.nfkc().take(PASSWORD_CHARACTERS + 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_wrong_and_nobody() {
        let passwords = Passwords::weak_for_tests().unwrap();
        let kept = passwords.hash("purple tractor on the quay").unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        assert_ne!(kept, passwords.hash("purple tractor on the quay").unwrap());
        let check = |kept: Option<&str>, password: &str, expect| {
            assert_eq!(passwords.verify(kept, password).unwrap(), expect, "{password}");
        };
        check(Some(&kept), "purple tractor on the quay", Verdict::Right);
        check(Some(&kept), "purple tractor on the Quay", Verdict::Wrong);
        check(Some(&kept), "", Verdict::Wrong);
        check(None, "nobody has this password", Verdict::Wrong);
        check(Some("not a hash"), "nobody has this password", Verdict::Wrong);
        check(Some(""), "", Verdict::Wrong);
        let long = "x".repeat(PASSWORD_CHARACTERS * 4);
        let kept = passwords.hash(&long[..PASSWORD_CHARACTERS]).unwrap();
        check(Some(&kept), &long, Verdict::Wrong);
        check(Some(&kept), &long[..PASSWORD_CHARACTERS], Verdict::Right);
        let kept = passwords.hash("cafe\u{301} by the old harbor").unwrap();
        check(Some(&kept), "café by the old harbor", Verdict::Right);
    }

    #[test]
    fn weaker_hashes_are_renewed() {
        let (old, new) = (Passwords::weak_for_tests().unwrap(), Passwords::with(128, 1).unwrap());
        let kept = old.hash("purple tractor on the quay").unwrap();
        assert_eq!(new.verify(Some(&kept), "purple tractor on the quay").unwrap(), Verdict::RightButOld);
        assert_eq!(new.verify(Some(&kept), "purple tractor on the bay").unwrap(), Verdict::Wrong);
    }

    /// The time itself is measured on a quiet machine (5 % at the median); here, that the work is the same.
    #[test]
    fn nobody_costs_as_much_as_somebody() {
        let passwords = Passwords::with(1024, 2).unwrap();
        let kept = passwords.hash("purple tractor on the quay").unwrap();
        let price = |hash: &str| {
            let parsed = PasswordHash::new(hash).unwrap();
            let lengths = (parsed.salt.unwrap().len(), parsed.hash.unwrap().as_bytes().len());
            (parsed.algorithm.to_string(), parsed.version, parsed.params.to_string(), lengths)
        };
        assert_eq!(price(&passwords.nobody), price(&kept));
        let product = Params::new(MEMORY_KIB, PASSES, LANES, None).unwrap();
        assert_eq!((product.m_cost(), product.t_cost(), product.p_cost()), (65_536, 4, 1));
    }

    #[test]
    fn many_at_once_all_get_their_turn() {
        let passwords = Passwords::with(1024, 1).unwrap();
        let kept = passwords.hash("purple tractor on the quay").unwrap();
        std::thread::scope(|scope| {
            for _ in 0..24 {
                scope.spawn(|| {
                    let verdict = passwords.verify(Some(&kept), "purple tractor on the quay").unwrap();
                    assert_eq!(verdict, Verdict::Right);
                });
            }
        });
        assert_eq!(*passwords.running.lock().unwrap(), 0);
    }
}
