//! What a browser may do with our pages: run our scripts, show our pictures, send forms to us. No more.
//!
//! `Referrer-Policy` is `same-origin`, not `no-referrer`: with the latter Chromium sends `Origin: null`
//! from our own forms and the origin check would have nothing to go by.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// For every answer. No inline scripts or styles, nothing from elsewhere, in nobody's frame.
const ALWAYS: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    (
        "permissions-policy",
        "geolocation=(self), camera=(), microphone=(), payment=(), usb=(), midi=(), display-capture=(), browsing-topics=()",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("x-permitted-cross-domain-policies", "none"),
];

/// A picture is only ever a picture, also when somebody opens it on its own.
const PICTURE_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");
/// One year, sub-domains too (ASVS 5.0, 3.4.1).
const HTTPS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000; includeSubDomains");
const POLICY: HeaderName = HeaderName::from_static("content-security-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Adds the headers; they win over what a handler set, except for `Cache-Control`.
pub(super) fn add(headers: &mut HeaderMap, https: bool, signed_in: bool) {
    for (name, value) in ALWAYS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    let picture = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("image/"));
    if picture {
        headers.insert(POLICY, PICTURE_POLICY);
    }
    // Open311 clients show our public photos on their own pages; pages and scripts stay with us.
    let whose = if picture { "cross-origin" } else { "same-origin" };
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static(whose));
    if https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HTTPS_ONLY);
    }
    // What was made for one person must not be found by the next one at the same desk.
    if signed_in && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(kind: &'static str, https: bool, signed_in: bool) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        add(&mut headers, https, signed_in);
        headers
    }

    #[test]
    fn pages_and_pictures() {
        let text = |headers: &HeaderMap, name: &str| {
            headers.get(name).map_or(String::new(), |v| v.to_str().unwrap().to_owned())
        };
        let page = added("text/html", true, true);
        let policy = text(&page, "content-security-policy");
        assert!(
            !policy.contains("unsafe") && !policy.contains('*') && policy.contains("frame-ancestors 'none'")
        );
        assert!(text(&page, "strict-transport-security").starts_with("max-age=31536000"));
        assert_eq!(text(&page, "cache-control"), "private, no-store");
        let public = added("text/html", false, false);
        assert_eq!(text(&public, "strict-transport-security"), "");
        assert_eq!(text(&public, "cache-control"), "");
        let photo = added("image/jpeg", true, false);
        assert_eq!(text(&photo, "content-security-policy"), "default-src 'none'; sandbox");
        assert_eq!(text(&photo, "cross-origin-resource-policy"), "cross-origin");
    }
}
