//! Which addresses the product may call: public ones, and those the settings name as `host:port`.
//!
//! Addresses of posts, pictures and redirects come from strangers. A name is resolved once, every answer is
//! looked at, and the connection goes to exactly those addresses, so a name cannot change its mind in between.
//! Plain `http://` carries tokens in the open and is refused too, except to the hosts the settings name.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc;
use std::time::Duration;

use url::{Host, Url};

/// Most addresses of one name that are tried.
const MAX_ADDRESSES: usize = 16;

/// The hosts that may be called although they are private or without TLS: demo and tests.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    allowed: Vec<(String, u16)>,
}

/// A host that passed, with the addresses to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Every address is allowed; connect to these and no other.
    pub addresses: Vec<SocketAddr>,
}

/// Why a host may not be called.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The address itself is not acceptable; trying again will not help.
    #[error("{0}")]
    Forbidden(String),
    /// The name has no address now.
    #[error("{0}")]
    NotFound(String),
}

impl Guard {
    /// Takes the settings' `host:port` entries; one that cannot be read is an error naming it.
    ///
    /// # Errors
    /// [`crate::error::Error::Invalid`].
    pub fn new(allowed: &[String]) -> crate::error::Result<Self> {
        let allowed = allowed.iter().map(|entry| host_and_port(entry)).collect::<Result<_, _>>()?;
        Ok(Self { allowed })
    }

    /// Looks at the address without resolving it.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub fn look(&self, url: &Url) -> Result<(), Refusal> {
        let host = url.host().ok_or_else(|| refused(url, "has no host"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused(url, "carries a user name"));
        }
        if self.names(url) {
            return if matches!(url.scheme(), "http" | "https") {
                Ok(())
            } else {
                Err(refused(url, "is not http"))
            };
        }
        match url.scheme() {
            "https" => (),
            "http" => return Err(refused(url, "is not https")),
            _ => return Err(refused(url, "is not http")),
        }
        let fine = match host {
            Host::Domain(name) => is_public_name(name),
            Host::Ipv4(ip) => is_public(IpAddr::V4(ip)),
            Host::Ipv6(ip) => is_public(IpAddr::V6(ip)),
        };
        if fine { Ok(()) } else { Err(refused(url, "is inside a private network")) }
    }

    /// Resolves once, within `wait`, and refuses when any answer is private.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn resolve(&self, url: &Url, wait: Duration) -> Result<Target, Refusal> {
        self.look(url)?;
        let port = url.port_or_known_default().ok_or_else(|| refused(url, "has no port"))?;
        let addresses = match url.host() {
            Some(Host::Ipv4(ip)) => vec![SocketAddr::new(IpAddr::V4(ip), port)],
            Some(Host::Ipv6(ip)) => vec![SocketAddr::new(IpAddr::V6(ip), port)],
            Some(Host::Domain(name)) => look_up(name, port, wait)?,
            None => Vec::new(),
        };
        self.accept(url, addresses)
    }

    /// All of them or none: a name with one private answer is a trap.
    fn accept(&self, url: &Url, addresses: Vec<SocketAddr>) -> Result<Target, Refusal> {
        if addresses.is_empty() {
            return Err(Refusal::NotFound(format!("{} has no address", shown(url))));
        }
        if !self.names(url) && addresses.iter().any(|a| !is_public(a.ip())) {
            return Err(refused(url, "resolves into a private network"));
        }
        Ok(Target { addresses })
    }

    fn names(&self, url: &Url) -> bool {
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else { return false };
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        self.allowed.iter().any(|(name, p)| *p == port && *name == host)
    }
}

/// True for addresses that belong to the open internet.
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, d] = ip.octets();
    let special = match (a, b, c) {
        (0 | 10 | 127 | 224..=255, _, _) => true,
        (100, 64..=127, _) | (169, 254, _) | (172, 16..=31, _) | (192, 168, _) | (198, 18..=19, _) => true,
        (192, 0, 0 | 2) | (192, 88, 99) | (198, 51, 100) | (203, 0, 113) => true,
        // The wire server of a large cloud: a metadata address in the middle of public space.
        (168, 63, 129) => d == 16,
        _ => false,
    };
    !special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let s = ip.segments();
    // NAT64: the network behind it is the IPv4 one.
    if let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = s {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    match s {
        // Protocol assignments with Teredo and ORCHID, documentation, 6to4: all hide another address.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // Global unicast only: loopback, mapped, unique local, link local, multicast stand outside.
        [first, ..] => (0x2000..=0x3fff).contains(&first),
    }
}

fn is_public_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let last = name.rsplit('.').next().unwrap_or_default();
    name.contains('.')
        && !matches!(last, "localhost" | "local" | "internal" | "localdomain" | "lan" | "intranet" | "onion")
        && !name.ends_with(".home.arpa")
}

/// getaddrinfo cannot be hurried, so it waits in its own thread.
fn look_up(name: &str, port: u16, wait: Duration) -> Result<Vec<SocketAddr>, Refusal> {
    let (tell, told) = mpsc::sync_channel(1);
    let asked = (name.to_owned(), port);
    let started = std::thread::Builder::new().name("resolve".into()).spawn(move || {
        let found = asked.to_socket_addrs().map(|all| all.take(MAX_ADDRESSES).collect::<Vec<_>>());
        // Nobody listens any more after the wait: nothing to do.
        let _ = tell.send(found);
    });
    let none = |why: String| Refusal::NotFound(format!("{name}: {why}"));
    started.map_err(|e| none(e.to_string()))?;
    match told.recv_timeout(wait) {
        Ok(found) => found.map_err(|e| none(e.to_string())),
        Err(_) => Err(none("no answer from the name service in time".into())),
    }
}

fn host_and_port(entry: &str) -> crate::error::Result<(String, u16)> {
    let wrong = || {
        crate::error::Error::Invalid(format!(
            "allowed address {entry:?}: write host:port, for example 127.0.0.1:8080"
        ))
    };
    let (host, port) = entry.rsplit_once(':').ok_or_else(wrong)?;
    let port = port.parse().map_err(|_| wrong())?;
    if host.is_empty() || host.contains('/') {
        return Err(wrong());
    }
    Ok((host.to_ascii_lowercase(), port))
}

/// Scheme, host and port only: paths and queries may hold secrets.
#[must_use]
pub fn shown(url: &Url) -> String {
    let port = url.port().map(|p| format!(":{p}")).unwrap_or_default();
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}

fn refused(url: &Url, why: &str) -> Refusal {
    Refusal::Forbidden(format!(
        "{} {why}; if it is yours, name host:port in the allowed addresses",
        shown(url)
    ))
}

#[cfg(test)]
mod tests;
