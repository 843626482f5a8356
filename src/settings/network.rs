//! A range of internet addresses, as in `10.0.0.0/8`: who counts as our own proxy.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::Serialize;

use crate::error::Error;

/// A network in CIDR notation. A single address is a network of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Network {
    base: IpAddr,
    prefix_bits: u8,
}

impl Network {
    /// True when the address lies inside.
    ///
    /// An IPv4 address that arrives in IPv6 clothes (`::ffff:10.0.0.1`, as on a dual-stack socket) counts as IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(a)) => {
                same_start(u128::from(base.to_bits()), u128::from(a.to_bits()), 32, self.prefix_bits)
            }
            (IpAddr::V6(base), IpAddr::V6(a)) => {
                same_start(base.to_bits(), a.to_bits(), 128, self.prefix_bits)
            }
            _ => false,
        }
    }
}

/// Do the first `prefix` of `width` bits agree?
fn same_start(a: u128, b: u128, width: u8, prefix: u8) -> bool {
    let rest = u32::from(width.saturating_sub(prefix));
    // A shift by the whole width is not defined, and a prefix of 0 means "everybody".
    a.checked_shr(rest).unwrap_or(0) == b.checked_shr(rest).unwrap_or(0)
}

impl FromStr for Network {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || {
            Error::Invalid(format!(
                "`{text}` is not a network; write an address like 10.1.2.3 or a range like 10.0.0.0/8 or fd00::/8"
            ))
        };
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
        let base: IpAddr = address.trim().parse().map_err(|_| wrong())?;
        let width = if base.is_ipv4() { 32 } else { 128 };
        let prefix_bits = match prefix {
            None => width,
            Some(p) => p.trim().parse::<u8>().ok().filter(|p| *p <= width).ok_or_else(wrong)?,
        };
        Ok(Self { base, prefix_bits })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.prefix_bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_inside() {
        let check = |network: &str, address: &str, expect: bool| {
            let network: Network = network.parse().unwrap();
            assert_eq!(network.contains(address.parse().unwrap()), expect, "{network} {address}");
        };
        check("10.0.0.0/8", "10.255.1.2", true);
        check("10.0.0.0/8", "11.0.0.0", false);
        check("10.0.0.0/8", "::ffff:10.0.0.1", true);
        check("127.0.0.1", "127.0.0.1", true);
        check("127.0.0.1", "127.0.0.2", false);
        check("192.168.4.0/22", "192.168.7.255", true);
        check("192.168.4.0/22", "192.168.8.0", false);
        check("0.0.0.0/0", "8.8.8.8", true);
        check("0.0.0.0/0", "2001:db8::1", false);
        check("::/0", "2001:db8::1", true);
        check("fd00::/8", "fdff::1", true);
        check("fd00::/8", "fe80::1", false);
        check("::1", "::1", true);
    }

    #[test]
    fn refused() {
        for text in
            ["", "10.0.0.0/33", "10.0.0/8", "::/129", "localhost", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0.0/"]
        {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }
}
