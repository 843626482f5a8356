//! Random secrets: session tokens, links that do something, and the server's own key.
//!
//! The database keeps digests only: whoever reads a copy of it can sign in as nobody.
//! No secret here prints itself.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::error::{Error, Result};

/// A session's secret: 256 random bits, 43 characters of base64url.
#[derive(Clone)]
pub struct Token(String);

const TOKEN_BYTES: usize = 32;

impl Token {
    /// A new token from the operating system's random source.
    ///
    /// # Errors
    /// `Error::Unavailable` when that source does not answer: no sign-in is better than a guessable one.
    pub fn new() -> Result<Self> {
        Ok(Self(URL_SAFE_NO_PAD.encode(random::<TOKEN_BYTES>()?)))
    }

    /// Takes a token from outside if it has the right shape; says nothing about whether it is known.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (unbase64url::<TOKEN_BYTES>(text).is_some()).then(|| Self(text.to_owned()))
    }

    /// The secret itself: for the cookie and for nothing else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// SHA-256 in hex: what the database keeps and is searched by.
    #[must_use]
    pub fn digest(&self) -> String {
        digest(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token([hidden])")
    }
}

/// What a link in a mail does. A link for one thing opens no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkPurpose {
    /// Confirms that an address wants to follow a ticket.
    ConfirmFollow,
    /// Stops following.
    StopFollowing,
    /// Shows a contractor one work order.
    WorkOrder,
    /// Shows a crew its day.
    CrewDay,
    /// Shows somebody their own reports.
    MyReports,
}

impl LinkPurpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::ConfirmFollow => "link:confirm-follow",
            Self::StopFollowing => "link:stop-following",
            Self::WorkOrder => "link:work-order",
            Self::CrewDay => "link:crew-day",
            Self::MyReports => "link:my-reports",
        }
    }
}

/// The secret part of a link that does something: 128 random bits and a 128-bit signature, 43 characters.
///
/// The signature lets a made-up link be refused without asking the database; the random bits, kept as a
/// digest, say which row is meant.
#[derive(Clone)]
pub struct LinkToken(String);

const LINK_RANDOM_BYTES: usize = 16;

impl LinkToken {
    /// A new link for this purpose.
    ///
    /// # Errors
    /// `Error::Unavailable` when the random source does not answer.
    pub fn new(key: &ServerKey, purpose: LinkPurpose) -> Result<Self> {
        let random = random::<LINK_RANDOM_BYTES>()?;
        let sign = key.mac(purpose.as_str(), &[&random]);
        let both: Vec<u8> = random.iter().chain(&sign[..LINK_RANDOM_BYTES]).copied().collect();
        Ok(Self(URL_SAFE_NO_PAD.encode(both)))
    }

    /// Takes a link from outside if this server made it for this purpose.
    #[must_use]
    pub fn parse(key: &ServerKey, purpose: LinkPurpose, text: &str) -> Option<Self> {
        let both = unbase64url::<{ 2 * LINK_RANDOM_BYTES }>(text)?;
        let (random, sign) = both.split_at(LINK_RANDOM_BYTES);
        let expect = key.mac(purpose.as_str(), &[random]);
        bool::from(expect[..LINK_RANDOM_BYTES].ct_eq(sign)).then(|| Self(text.to_owned()))
    }

    /// A link that must be shown again: from its random bits, as `random` gave them. Without the key they open nothing.
    #[must_use]
    pub fn again(key: &ServerKey, purpose: LinkPurpose, random: &str) -> Option<Self> {
        let random = unbase64url::<LINK_RANDOM_BYTES>(random)?;
        let sign = key.mac(purpose.as_str(), &[&random]);
        let both: Vec<u8> = random.iter().chain(&sign[..LINK_RANDOM_BYTES]).copied().collect();
        Some(Self(URL_SAFE_NO_PAD.encode(both)))
    }

    /// Its random bits, in base64url.
    #[must_use]
    pub fn random(&self) -> String {
        let both = unbase64url::<{ 2 * LINK_RANDOM_BYTES }>(&self.0).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(&both[..LINK_RANDOM_BYTES])
    }

    /// The secret itself: for the link and for nothing else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// SHA-256 in hex: what the database keeps and is searched by.
    #[must_use]
    pub fn digest(&self) -> String {
        digest(&self.0)
    }
}

impl fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkToken([hidden])")
    }
}

/// The server's own key: signs links and forms. All processes of one city share it.
#[derive(Clone)]
pub struct ServerKey(Vec<u8>);

impl ServerKey {
    /// Bytes of a fresh key.
    pub const BYTES: usize = 32;

    /// Takes a key that was kept.
    ///
    /// # Errors
    /// `Error::Invalid` for fewer than 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        if bytes.len() < Self::BYTES {
            return Err(Error::Invalid(format!(
                "the server key has {} bytes, it needs {}: delete it and a new one is made (open forms and mailed links stop working)",
                bytes.len(),
                Self::BYTES
            )));
        }
        Ok(Self(bytes.to_vec()))
    }

    /// Makes a new key; the caller keeps `to_text()` in the database.
    ///
    /// # Errors
    /// `Error::Unavailable` when the random source does not answer.
    pub fn generate() -> Result<Self> {
        Ok(Self(random::<{ Self::BYTES }>()?.to_vec()))
    }

    /// The key as it is kept in the database.
    #[must_use]
    pub fn to_text(&self) -> String {
        base64url(&self.0)
    }

    /// Takes the key as `to_text` wrote it.
    ///
    /// # Errors
    /// `Error::Invalid` when it is not such a text.
    pub fn from_text(text: &str) -> Result<Self> {
        Self::from_bytes(&unbase64url::<{ Self::BYTES }>(text).map_or_else(Vec::new, |bytes| bytes.to_vec()))
    }

    /// HMAC-SHA-256 over a purpose and parts. Each part goes in with its length, so that moving a
    /// character from one part to the next gives another result.
    #[must_use]
    pub fn mac(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        // HMAC takes keys of any length, so the error arm cannot be reached; an empty tag matches nothing.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return [0; 32] };
        for part in std::iter::once(&purpose.as_bytes()).chain(parts) {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerKey([hidden])")
    }
}

/// Compares two secrets in a time that depends on their length only.
#[must_use]
pub fn same_secret(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

/// Fresh random bytes from the operating system.
///
/// # Errors
/// `Error::Unavailable` when the random source does not answer.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    SysRng
        .try_fill_bytes(&mut bytes)
        .map_err(|e| Error::Unavailable(format!("the system's random source does not answer: {e}")))?;
    Ok(bytes)
}

/// Exactly `N` bytes of base64url without padding, or nothing.
#[must_use]
pub fn unbase64url<const N: usize>(text: &str) -> Option<[u8; N]> {
    // Length first: a megabyte in a cookie is not worth decoding.
    if text.len() != (N * 4).div_ceil(3) {
        return None;
    }
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

/// Base64url without padding.
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn tokens_are_new_each_time_and_hide_themselves() {
        let tokens: HashSet<String> = (0..2_000).map(|_| Token::new().unwrap().reveal().to_owned()).collect();
        assert_eq!(tokens.len(), 2_000);
        let token = Token::new().unwrap();
        assert_eq!(token.reveal().len(), 43);
        assert_eq!(Token::parse(token.reveal()).unwrap().digest(), token.digest());
        assert_eq!(token.digest().len(), 64);
        assert!(!format!("{token:?}").contains(token.reveal()));
    }

    #[test]
    fn a_link_opens_one_thing_on_one_server() {
        let (ours, theirs) = (ServerKey::generate().unwrap(), ServerKey::generate().unwrap());
        let link = LinkToken::new(&ours, LinkPurpose::ConfirmFollow).unwrap();
        let parse = |key, purpose| LinkToken::parse(key, purpose, link.reveal());
        assert_eq!(parse(&ours, LinkPurpose::ConfirmFollow).unwrap().digest(), link.digest());
        assert!(parse(&ours, LinkPurpose::StopFollowing).is_none());
        assert!(parse(&theirs, LinkPurpose::ConfirmFollow).is_none());
    }

    #[test]
    fn hmac_matches_rfc_4231_and_parts_do_not_run_together() {
        // RFC 4231 case 2 with our framing taken apart: same key, message as one part.
        let key = ServerKey(b"Jefe".to_vec());
        let mut plain = Hmac::<Sha256>::new_from_slice(b"Jefe").unwrap();
        plain.update(&[0, 0, 0, 0, 0, 0, 0, 1, b'p', 0, 0, 0, 0, 0, 0, 0, 2, b'a', b'b']);
        assert_eq!(key.mac("p", &[b"ab"]), <[u8; 32]>::from(plain.finalize().into_bytes()));
        assert_ne!(key.mac("p", &[b"ab", b"c"]), key.mac("p", &[b"a", b"bc"]));
        assert!(ServerKey::from_bytes(&[0; 31]).is_err());
        let kept = ServerKey::generate().unwrap();
        assert_eq!(ServerKey::from_text(&kept.to_text()).unwrap().mac("p", &[]), kept.mac("p", &[]));
        for text in ["", "x", &"A".repeat(44)] {
            assert!(ServerKey::from_text(text).is_err());
        }
    }

    proptest! {
        #[test]
        fn nothing_made_up_is_taken(text in "\\PC{0,60}", near in "[A-Za-z0-9_-]{43}", flip in 0usize..43) {
            let key = ServerKey::from_bytes(&[7; 32]).unwrap();
            prop_assert!(LinkToken::parse(&key, LinkPurpose::MyReports, &text).is_none());
            prop_assert!(LinkToken::parse(&key, LinkPurpose::MyReports, &near).is_none());
            let link = LinkToken::new(&key, LinkPurpose::MyReports).unwrap();
            let mut bent = link.reveal().as_bytes().to_vec();
            bent[flip] = if bent[flip] == b'A' { b'B' } else { b'A' };
            let bent = String::from_utf8(bent).unwrap();
            prop_assert!(LinkToken::parse(&key, LinkPurpose::MyReports, &bent).is_none());
        }
    }
}
