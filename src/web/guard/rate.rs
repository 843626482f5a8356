//! How often one address may ask. Generous for reading, tight for forms, tightest for signing in.
//!
//! In memory and for this process alone: it keeps a flood away from the database. What has to hold across
//! processes and restarts (sign-in tries) is counted in rows, see `accounts::limits`.
//! A library, a school or a phone network is one address to us, so reading is never tight.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::http::Method;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::web::client_ip::ClientAddress;

/// Addresses remembered for each kind of request; beyond it whole networks are counted together.
const MOST_ADDRESSES: usize = 100_000;
/// Forget idle addresses every so many requests.
const SWEEP_EVERY: usize = 4_096;

/// What a request is counted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Assets and health checks are not counted.
    Free,
    Page,
    /// Sending the report form.
    Report,
    /// Following, "still broken", "yes, fixed" and every other form.
    Form,
    SignIn,
    /// Machines (webhooks, Open311): networks deliver in bursts.
    Machine,
}

fn kind_of(method: &Method, path: &str) -> Kind {
    let reading = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    match path {
        "/healthz" | "/readyz" => Kind::Free,
        _ if reading && path.starts_with("/assets/") => Kind::Free,
        _ if ["/hooks/", "/open311/", "/api/"].iter().any(|start| path.starts_with(start)) => Kind::Machine,
        _ if reading => Kind::Page,
        "/report" | "/report/" => Kind::Report,
        "/sign-in" | "/sign-in/" => Kind::SignIn,
        _ => Kind::Form,
    }
}

/// One limiter for each kind.
pub(super) struct Rates {
    page: Limiter,
    report: Limiter,
    form: Limiter,
    sign_in: Limiter,
    machine: Limiter,
}

impl Rates {
    /// `reports_per_hour` is the city's figure. The form is sent more than once for one report (a photo,
    /// "where exactly?", a field forgotten), so three sendings count as one report.
    pub(super) fn new(reports_per_hour: u32) -> Self {
        Self {
            page: Limiter::new(200, Duration::from_millis(50)),
            report: Limiter::new(
                reports_per_hour.saturating_mul(3),
                Duration::from_secs(1200) / reports_per_hour.max(1),
            ),
            form: Limiter::new(60, Duration::from_secs(2)),
            sign_in: Limiter::new(20, Duration::from_secs(15)),
            machine: Limiter::new(600, Duration::from_millis(20)),
        }
    }

    /// `Err(seconds)` when it was too often.
    pub(super) fn check(&self, method: &Method, path: &str, client: ClientAddress) -> Result<(), u32> {
        let limiter = match kind_of(method, path) {
            Kind::Free => return Ok(()),
            Kind::Page => &self.page,
            Kind::Report => &self.report,
            Kind::Form => &self.form,
            Kind::SignIn => &self.sign_in,
            Kind::Machine => &self.machine,
        };
        limiter.check(client, MOST_ADDRESSES)
    }
}

struct Limiter {
    limiter: DefaultKeyedRateLimiter<IpAddr>,
    clock: DefaultClock,
    asked: AtomicUsize,
}

impl Limiter {
    /// `burst` at once, then one more each `every`.
    fn new(burst: u32, every: Duration) -> Self {
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        // A period of zero cannot be; a second is the strict reading of such a setting.
        let quota =
            Quota::with_period(every).unwrap_or(Quota::per_second(NonZeroU32::MIN)).allow_burst(burst);
        Self {
            limiter: RateLimiter::keyed(quota),
            clock: DefaultClock::default(),
            asked: AtomicUsize::new(0),
        }
    }

    fn check(&self, client: ClientAddress, most_addresses: usize) -> Result<(), u32> {
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        // An attacker with many networks must not fill the memory: then neighbors are counted together.
        let full = self.limiter.len() >= most_addresses;
        let key = if full { client.wide_group() } else { client.group() };
        self.limiter.check_key(&key).map_err(|early| {
            let wait = early.wait_time_from(self.clock.now());
            u32::try_from(wait.as_secs().saturating_add(1)).unwrap_or(u32::MAX)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(text: &str) -> ClientAddress {
        ClientAddress(text.parse().unwrap())
    }

    #[test]
    fn what_counts_as_what() {
        let check =
            |method: Method, path: &str, expect: Kind| assert_eq!(kind_of(&method, path), expect, "{path}");
        check(Method::GET, "/assets/onit.css", Kind::Free);
        check(Method::POST, "/assets/onit.css", Kind::Form);
        check(Method::GET, "/healthz", Kind::Free);
        check(Method::GET, "/report", Kind::Page);
        check(Method::POST, "/report", Kind::Report);
        check(Method::POST, "/sign-in", Kind::SignIn);
        check(Method::POST, "/t/26-000001/follow", Kind::Form);
        check(Method::POST, "/hooks/x", Kind::Machine);
        check(Method::GET, "/", Kind::Page);
    }

    #[test]
    fn each_address_has_its_own_measure() {
        let rates = Rates::new(6);
        let post = |address: &str| rates.check(&Method::POST, "/report", client(address));
        (0..18).for_each(|_| post("2001:db8::1").unwrap());
        let wait = post("2001:db8::ffff").unwrap_err();
        assert!((100..=201).contains(&wait), "same household, {wait} s");
        post("2001:db8:0:1::1").unwrap();
        post("203.0.113.9").unwrap();
        rates.check(&Method::GET, "/", client("2001:db8::1")).unwrap();
        rates.check(&Method::POST, "/sign-in", client("2001:db8::1")).unwrap();
    }

    #[test]
    fn odd_settings_are_strict_and_do_not_panic() {
        for per_hour in [0, 1, u32::MAX] {
            let rates = Rates::new(per_hour);
            rates.check(&Method::POST, "/report", client("203.0.113.9")).unwrap();
        }
    }

    #[test]
    fn a_full_table_counts_networks() {
        let limiter = Limiter::new(2, Duration::from_secs(60));
        for last in 0..10 {
            limiter.check(client(&format!("203.0.113.{last}")), 10).unwrap();
        }
        limiter.check(client("198.51.1.1"), 10).unwrap();
        limiter.check(client("198.51.2.2"), 10).unwrap();
        assert!(limiter.check(client("198.51.3.3"), 10).is_err());
        limiter.check(client("192.0.2.1"), 10).unwrap();
        assert!(limiter.limiter.len() <= 13);
    }
}
