//! A form that changes something must come from one of our own pages.
//!
//! Every browser of the last years says where a form came from: `Sec-Fetch-Site` (on https and on the
//! machine itself) and `Origin`. Both are set by the browser and cannot be forged by a page. A request that
//! says neither is no browser's form and is refused, unless its path is for machines that prove themselves
//! in another way (signature, key).

use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, ORIGIN};
use url::Url;

use super::Refusal;
use crate::web::session::is_this_machine;

/// Paths of machines: each handler there checks a signature or a key before it does anything.
const OWN_PROOF: [&str; 3] = ["/hooks/", "/open311/", "/api/"];

/// The origins our pages have.
#[derive(Debug)]
pub(super) struct Origins(Vec<String>);

impl Origins {
    /// The origin of `base_url`; on the machine itself also its other names, because people type either.
    pub(super) fn of(base_url: &Url) -> Self {
        let mut ours = vec![base_url.origin().ascii_serialization()];
        if is_this_machine(base_url) {
            for host in ["127.0.0.1", "localhost", "[::1]"] {
                let mut other = base_url.clone();
                if other.set_host(Some(host)).is_ok() {
                    ours.push(other.origin().ascii_serialization());
                }
            }
        }
        Self(ours)
    }

    pub(super) fn check(&self, request: &ServiceRequest) -> Result<(), Refusal> {
        if self.allow(request.method(), request.path(), request.headers()) {
            return Ok(());
        }
        Err(Refusal::foreign())
    }

    fn allow(&self, method: &Method, path: &str, headers: &HeaderMap) -> bool {
        if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
            return true;
        }
        if OWN_PROOF.iter().any(|start| path.starts_with(start)) {
            return true;
        }
        let one = |name: &str| {
            // Sent twice is sent by nobody honest: an empty word matches nothing below.
            let mut all = headers.get_all(name).map(|value| value.to_str().unwrap_or_default());
            all.next().map(|first| if all.next().is_some() { "" } else { first })
        };
        let ours = |origin: &str| self.0.iter().any(|o| o.eq_ignore_ascii_case(origin));
        match (one("sec-fetch-site"), one(ORIGIN.as_str())) {
            // A browser hides the origin on some privacy settings and still says it is the same.
            (Some("same-origin"), None | Some("null")) => true,
            (Some("same-origin" | "none") | None, Some(origin)) => ours(origin),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn allowed(base: &str, method: Method, path: &str, said: &[(&'static str, &'static str)]) -> bool {
        let request = said.iter().fold(TestRequest::default(), |r, header| r.append_header(*header));
        let request = request.method(method).uri(path).to_srv_request();
        Origins::of(&Url::parse(base).unwrap()).check(&request).is_ok()
    }

    #[test]
    fn where_forms_may_come_from() {
        let check = |said: &[(&'static str, &'static str)], expect: bool| {
            let got = allowed("https://311.riverton.example/", Method::POST, "/sign-in", said);
            assert_eq!(got, expect, "{said:?}");
        };
        let (ours, theirs) = (("origin", "https://311.riverton.example"), ("origin", "https://evil.example"));
        let site = |word: &'static str| ("sec-fetch-site", word);
        check(&[site("same-origin"), ours], true);
        check(&[ours], true);
        check(&[site("same-origin")], true);
        check(&[site("same-origin"), ("origin", "null")], true);
        check(&[site("none"), ours], true);
        check(&[], false);
        check(&[("origin", "null")], false);
        check(&[site("none")], false);
        check(&[theirs], false);
        check(&[site("cross-site"), theirs], false);
        check(&[site("cross-site"), ("origin", "null")], false);
        check(&[site("same-site"), ("origin", "https://blog.riverton.example")], false);
        check(&[site("cross-site"), ours], false);
        check(&[site("same-origin"), theirs], false);
        check(&[ours, theirs], false);
        check(&[site("same-origin"), site("cross-site"), ours], false);
        check(&[("origin", "http://311.riverton.example")], false);
        check(&[("origin", "https://311.riverton.example:8443")], false);
        check(&[("origin", "https://311.riverton.example.evil.example")], false);
        check(&[("referer", "https://311.riverton.example/")], false);
    }

    #[test]
    fn every_changing_method_and_no_other() {
        for method in
            [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::TRACE, Method::CONNECT]
        {
            assert!(!allowed("https://a.example", method, "/x", &[]));
        }
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            assert!(allowed("https://a.example", method, "/x", &[("sec-fetch-site", "cross-site")]));
        }
        for (path, expect) in
            [("/hooks/x", true), ("/hooksx", false), ("/x/hooks/", false), ("/open311/v2", true)]
        {
            assert_eq!(allowed("https://a.example", Method::POST, path, &[]), expect, "{path}");
        }
    }

    #[test]
    fn on_this_machine_both_names_are_ours() {
        let demo = "http://127.0.0.1:8080";
        let check = |origin: &'static str, expect: bool| {
            assert_eq!(allowed(demo, Method::POST, "/report", &[("origin", origin)]), expect, "{origin}");
        };
        check("http://localhost:8080", true);
        check("http://127.0.0.1:8080", true);
        check("http://[::1]:8080", true);
        check("http://localhost:8081", false);
        check("https://localhost:8080", false);
        check("http://square.localhost:8080", false);
    }
}
