//! Whose address a request comes from, when proxies that we run stand in between.
//!
//! `X-Forwarded-For` is written by everybody on the way, the sender first. Only the entries that our own
//! proxies added can be believed, and those stand on the right. So the list is read from the right and the
//! first address that is not one of ours is the client. Whatever stands left of it is the client's own claim.
//! `Forwarded`, `X-Real-IP` and the like are not read at all: one header, one rule.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use actix_web::dev::ServiceRequest;
use actix_web::{HttpMessage, HttpRequest};

use crate::settings::Network;

/// Entries that are looked at; no honest chain of proxies is longer.
const MOST_HOPS: usize = 16;

/// The address a request is counted under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// The address of a request, as the guard found it. Before the guard ran: nobody's (`::`).
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        request.extensions().get::<Self>().copied().unwrap_or(Self(IpAddr::V6(Ipv6Addr::UNSPECIFIED)))
    }

    /// What is limited together: one IPv4 address, or one IPv6 /64, which is what one household gets.
    #[must_use]
    pub fn group(self) -> IpAddr {
        match self.0.to_canonical() {
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
            v4 => v4,
        }
    }

    /// What is limited together when the table of addresses is full: an IPv4 /16 or an IPv6 /32.
    #[must_use]
    pub fn wide_group(self) -> IpAddr {
        match self.0.to_canonical() {
            IpAddr::V4(v4) => IpAddr::V4((v4.to_bits() & 0xffff_0000).into()),
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !(u128::MAX >> 32))),
        }
    }
}

impl fmt::Display for ClientAddress {
    /// The group, for the rows of sign-in tries: "203.0.113.9" or "2001:db8:1:2::/64".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.group() {
            IpAddr::V4(v4) => v4.fmt(f),
            IpAddr::V6(v6) => write!(f, "{v6}/64"),
        }
    }
}

/// Reads the address of a request; nothing is believed unless the connection comes from a trusted proxy.
#[must_use]
pub fn find(request: &ServiceRequest, trusted: &[Network]) -> ClientAddress {
    // No peer means a Unix socket or a test: count all of them as one.
    let peer = request.peer_addr().map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |peer| peer.ip());
    let headers: Vec<&str> = request
        .headers()
        .get_all("x-forwarded-for")
        .map(|value| value.to_str().unwrap_or("unreadable"))
        .collect();
    ClientAddress(client_of(peer, &headers, trusted))
}

/// The rule itself: `forwarded` holds the values of the header lines in the order they arrived.
fn client_of(peer: IpAddr, forwarded: &[&str], trusted: &[Network]) -> IpAddr {
    let ours = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = peer.to_canonical();
    let hops = forwarded.iter().rev().flat_map(|line| line.rsplit(',')).take(MOST_HOPS);
    for hop in hops {
        if !ours(client) {
            break;
        }
        // Something unreadable: the proxy that passed it on is the last address anybody vouches for.
        let Some(before) = address_in(hop) else { break };
        client = before;
    }
    client
}

/// One entry: an address, or an address with a port, as different proxies write it.
fn address_in(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bare = hop.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(hop);
    let address = bare
        .parse::<IpAddr>()
        .ok()
        .or_else(|| hop.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()))?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn networks(list: &[&str]) -> Vec<Network> {
        list.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn only_our_proxies_are_believed() {
        let check = |peer: &str, forwarded: &[&str], trusted: &[&str], expect: &str| {
            let got = client_of(peer.parse().unwrap(), forwarded, &networks(trusted));
            assert_eq!(got, expect.parse::<IpAddr>().unwrap(), "{peer} {forwarded:?}");
        };
        let proxies = &["10.0.0.0/8", "fd00::/8"][..];
        // Nobody is trusted: the header is noise.
        check("198.51.100.7", &["203.0.113.9"], &[], "198.51.100.7");
        check("198.51.100.7", &["203.0.113.9"], proxies, "198.51.100.7");
        // One proxy, two proxies.
        check("10.0.0.1", &["203.0.113.9"], proxies, "203.0.113.9");
        check("10.0.0.1", &["203.0.113.9, 10.0.0.2"], proxies, "203.0.113.9");
        check("10.0.0.1", &["203.0.113.9", "10.0.0.2"], proxies, "203.0.113.9");
        // Spoofed: what the client wrote itself stands left of what our proxy saw.
        check("10.0.0.1", &["127.0.0.1, 203.0.113.9"], proxies, "203.0.113.9");
        check("10.0.0.1", &["10.9.9.9, 203.0.113.9, 10.0.0.2"], proxies, "203.0.113.9");
        check("10.0.0.1", &["10.9.9.9", "203.0.113.9"], proxies, "203.0.113.9");
        check("10.0.0.1", &["8.8.8.8, ', \"<script>, 203.0.113.9"], proxies, "203.0.113.9");
        // Unreadable or absent: the last address somebody of ours vouches for.
        check("10.0.0.1", &["unknown"], proxies, "10.0.0.1");
        check("10.0.0.1", &["203.0.113.9, _hidden"], proxies, "10.0.0.1");
        check("10.0.0.1", &[""], proxies, "10.0.0.1");
        check("10.0.0.1", &[], proxies, "10.0.0.1");
        check("10.0.0.1", &["203.0.113.9, unknown, 10.0.0.2"], proxies, "10.0.0.2");
        // Inside the house everybody is one of ours: the outermost counts.
        check("10.0.0.1", &["10.0.0.3, 10.0.0.2"], proxies, "10.0.0.3");
        // The ways proxies write addresses.
        check("10.0.0.1", &["203.0.113.9:4711"], proxies, "203.0.113.9");
        check("10.0.0.1", &["[2001:db8::1]:443"], proxies, "2001:db8::1");
        check("10.0.0.1", &["[2001:db8::1]"], proxies, "2001:db8::1");
        check("fd00::1", &["2001:db8::1"], proxies, "2001:db8::1");
        check("::ffff:10.0.0.1", &["::ffff:203.0.113.9"], proxies, "203.0.113.9");
        let long = vec!["10.0.0.2"; 5_000].join(",");
        check("10.0.0.1", &["203.0.113.9", &long], proxies, "10.0.0.2");
    }

    #[test]
    fn one_household_is_one() {
        let check = |address: &str, group: &str, wide: &str, shown: &str| {
            let client = ClientAddress(address.parse().unwrap());
            assert_eq!(client.group().to_string(), group);
            assert_eq!(client.wide_group().to_string(), wide);
            assert_eq!(client.to_string(), shown);
        };
        check("203.0.113.9", "203.0.113.9", "203.0.0.0", "203.0.113.9");
        check("::ffff:203.0.113.9", "203.0.113.9", "203.0.0.0", "203.0.113.9");
        check("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::", "2001:db8::", "2001:db8:1:2::/64");
    }

    proptest! {
        /// Whatever a client puts into the header, its own address is what our proxy appended.
        #[test]
        fn claims_never_win(claim in "[ -~]{0,80}", second in proptest::option::of("[0-9., :\\[\\]a-f]{0,60}")) {
            let seen = format!("{claim}, 203.0.113.9");
            let lines: Vec<&str> = second.as_deref().into_iter().chain([seen.as_str()]).collect();
            let got = client_of("10.0.0.1".parse().unwrap(), &lines, &networks(&["10.0.0.0/8"]));
            prop_assert_eq!(got.to_string(), "203.0.113.9");
        }
    }
}
