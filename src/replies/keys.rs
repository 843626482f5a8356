//! The key of a reply: made once when it is written down, the same in every attempt.
//!
//! A network that takes our own name for a post refuses the second copy by it; elsewhere the key only tells two
//! replies apart.

use chrono::{DateTime, Utc};
use rand::RngExt as _;

/// The signs of a record key, in the order of their values.
const SIGNS: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";

/// A new key for a reply by an account of this kind.
pub(super) fn new(account_kind: &str, now: DateTime<Utc>) -> String {
    match account_kind {
        "bluesky" => tid(now, rand::rng().random()),
        // 128 random bits in hexadecimal.
        _ => format!("{:032x}", rand::rng().random::<u128>()),
    }
}

/// A record key as Bluesky wants it: 53 bits of microseconds and 10 bits of chance in 13 signs that sort by time.
/// Its lowest bits of time are chance too, so that two replies of one moment meet in one of 2^25 cases, and then
/// the network refuses the second because its words differ.
fn tid(at: DateTime<Utc>, chance: u32) -> String {
    let micros = u64::try_from(at.timestamp_micros()).unwrap_or(0);
    // 15 bits are 33 ms: nobody sees the difference.
    let time = (micros & !0x7fff) | u64::from(chance >> 17);
    let value = ((time & 0x1f_ffff_ffff_ffff) << 10) | u64::from(chance & 0x3ff);
    (0..13).map(|n| char::from(SIGNS[(value >> (60 - 5 * n) & 31) as usize])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn keys_are_record_keys_and_sort_by_time() {
        let at = DateTime::from_timestamp(1_769_526_000, 0).unwrap();
        let key = tid(at, 0);
        assert_eq!(key.len(), 13);
        assert!(key.bytes().all(|b| SIGNS.contains(&b)) && key.as_bytes()[0] < b'k', "{key}");
        assert!(tid(at + TimeDelta::seconds(1), 0) > tid(at, u32::MAX));
        assert_ne!(tid(at, 1), tid(at, 2));
        assert_ne!(tid(at, 1 << 20), tid(at, 2 << 20));
        assert_eq!(new("mastodon", at).len(), 32);
        // The known key of a known moment.
        assert_eq!(tid(DateTime::UNIX_EPOCH, 0), "2222222222222");
    }
}
