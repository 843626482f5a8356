//! The cookies: who is signed in, which form a token belongs to, which device is known.
//!
//! All three are `__Host-` cookies: a browser takes them from this very host only, over a secure
//! connection, so that neither a neighbor's subdomain nor somebody on the line can plant one.
//! "Secure" holds for https and, in Chromium and Firefox, for plain http on the machine itself
//! (127.0.0.1, ::1, localhost, *.localhost), which is how the demo works. Anywhere else plain http
//! keeps no cookie and nobody can sign in: `cookie_warning` says so at start.
//! Cookies know no ports: two servers on one host name see each other's.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use url::{Host, Url};

use crate::accounts::{ServerKey, Token, base64url, same_secret};
use crate::error::Result;

/// Holds the session token.
pub const SESSION_COOKIE: &str = "__Host-onit";
/// Holds the random half of the form token of people who are not signed in.
pub const FORM_COOKIE: &str = "__Host-onit-form";
/// Says that somebody has signed in from this device before (see `accounts::limits`).
pub const DEVICE_COOKIE: &str = "__Host-onit-known";

const SESSION_HOURS: i64 = 12;
const DEVICE_DAYS: i64 = 180;
/// Longest value that is looked at.
const VALUE_BYTES: usize = 256;
/// Cookies of one request that are looked at.
const MOST_COOKIES: usize = 64;

/// The cookie to set at sign-in. The token must be new: never one the browser brought along.
#[must_use]
pub fn session_cookie(token: &Token) -> Cookie<'static> {
    host_cookie(SESSION_COOKIE, token.reveal().to_owned(), Some(Duration::hours(SESSION_HOURS)))
}

/// The cookie to set at sign-out: empty and over.
#[must_use]
pub fn ended_session_cookie() -> Cookie<'static> {
    host_cookie(SESSION_COOKIE, String::new(), Some(Duration::ZERO))
}

/// The session token a browser brought, if it has the shape of one. Whether it is known says the database.
#[must_use]
pub fn token_of(request: &HttpRequest) -> Option<Token> {
    value_of(request, SESSION_COOKIE).and_then(|value| Token::parse(&value))
}

/// A cookie as all of ours are: this host, secure connections, no script, no foreign forms.
/// Without `lasts` it ends with the browser.
pub(super) fn host_cookie(name: &'static str, value: String, lasts: Option<Duration>) -> Cookie<'static> {
    let mut cookie =
        Cookie::build(name, value).path("/").secure(true).http_only(true).same_site(SameSite::Lax).finish();
    cookie.set_max_age(lasts);
    cookie
}

/// The first value of a cookie in a request. Read by hand: one broken cookie of somebody else's must not
/// hide ours, as it does in strict parsers.
pub(super) fn value_of(request: &HttpRequest, name: &str) -> Option<String> {
    let lines = request.headers().get_all("cookie").filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| line.split(';'))
        .take(MOST_COOKIES)
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
        .filter(|value| !value.is_empty() && value.len() <= VALUE_BYTES)
        .map(str::to_owned)
}

/// A device somebody has signed in from before. Strangers' wrong tries do not lock it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownDevice {
    /// Stands in the rows of sign-in tries instead of the account; tells nothing.
    pub digest: String,
}

impl KnownDevice {
    /// The cookie to set after every right password.
    ///
    /// # Errors
    /// `Error::Unavailable` when the random source does not answer.
    pub fn cookie(key: &ServerKey, login: &str) -> Result<Cookie<'static>> {
        let token = Token::new()?;
        let sign = sign(key, login, &token);
        let value = format!("{}.{sign}", token.reveal());
        Ok(host_cookie(DEVICE_COOKIE, value, Some(Duration::days(DEVICE_DAYS))))
    }

    /// The device behind a request, if it is known for this sign-in name.
    #[must_use]
    pub fn of(request: &HttpRequest, key: &ServerKey, login: &str) -> Option<Self> {
        let value = value_of(request, DEVICE_COOKIE)?;
        let (token, given) = value.split_once('.')?;
        let token = Token::parse(token)?;
        let known = same_secret(sign(key, login, &token).as_bytes(), given.as_bytes());
        known.then(|| Self { digest: token.digest() })
    }
}

fn sign(key: &ServerKey, login: &str, token: &Token) -> String {
    base64url(&key.mac("known-device", &[login.as_bytes(), token.reveal().as_bytes()]))
}

/// Where to go after signing in: a path of this site, or nothing. `//elsewhere`, `/\elsewhere` and whole
/// addresses are somebody's trick.
#[must_use]
pub fn return_path(next: &str) -> Option<&str> {
    let plain = next.len() <= 2_000 && next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    let local = next.starts_with('/') && !next.starts_with("//");
    (plain && local).then_some(next)
}

/// What to say at start when browsers will not keep our cookies at this address.
#[must_use]
pub fn cookie_warning(base_url: &Url) -> Option<String> {
    if base_url.scheme() == "https" || is_this_machine(base_url) {
        return None;
    }
    Some(format!(
        "base_url {base_url} is plain http: browsers keep sign-in cookies only over https, so nobody can sign in or send the form; put a proxy with a certificate in front and write https in onit.toml"
    ))
}

/// Addresses browsers treat as safe although they are plain http.
pub(super) fn is_this_machine(base_url: &Url) -> bool {
    match base_url.host() {
        Some(Host::Ipv4(v4)) => v4.is_loopback(),
        Some(Host::Ipv6(v6)) => v6.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use proptest::prelude::*;

    fn request(cookies: &[&str]) -> HttpRequest {
        let lines = cookies.iter().fold(TestRequest::get(), |r, line| r.append_header(("cookie", *line)));
        lines.to_http_request()
    }

    #[test]
    fn the_cookie_line() {
        let token = Token::new().unwrap();
        let line = session_cookie(&token).to_string();
        let expect =
            format!("__Host-onit={}; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=43200", token.reveal());
        assert_eq!(line, expect);
        assert!(ended_session_cookie().to_string().contains("Max-Age=0"));
        assert!(!line.contains("Domain"));
    }

    #[test]
    fn only_a_well_formed_token_is_a_token() {
        let token = Token::new().unwrap();
        let (mine, long) = (token.reveal(), "x".repeat(9_000));
        let check = |cookies: &[&str], found: bool| {
            assert_eq!(token_of(&request(cookies)).is_some(), found, "{cookies:?}");
        };
        check(&[&format!("__Host-onit={mine}")], true);
        check(&[&format!("a=b; __Host-onit={mine}; c")], true);
        check(&["a=b", &format!("__Host-onit={mine}")], true);
        check(&[&format!("bad=\"%%%; =; ;;; __Host-onit={mine}")], true);
        check(&[&format!("onit={mine}; __host-onit={mine}; x__Host-onit={mine}")], false);
        check(&["__Host-onit="], false);
        check(&[&format!("__Host-onit={mine}x")], false);
        check(&[&format!("__Host-onit={long}")], false);
        check(&[], false);
    }

    #[test]
    fn a_known_device_is_known_for_one_person() {
        let (key, other) = (ServerKey::generate().unwrap(), ServerKey::generate().unwrap());
        let cookie = KnownDevice::cookie(&key, "ana@city.example").unwrap().stripped().to_string();
        let device = |key: &ServerKey, login: &str| KnownDevice::of(&request(&[&cookie]), key, login);
        assert!(device(&key, "ana@city.example").is_some());
        assert_eq!(device(&key, "ben@city.example"), None);
        assert_eq!(device(&other, "ana@city.example"), None);
    }

    #[test]
    fn return_paths() {
        let check = |next: &str, expect: bool| assert_eq!(return_path(next).is_some(), expect, "{next}");
        check("/staff?group=look&p=2#t", true);
        check("/", true);
        for trick in [
            "",
            "staff",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/a b",
            "/\tevil",
            "/a\r\nSet-Cookie: x=1",
            "\\/evil.example",
            "/é",
        ] {
            check(trick, false);
        }
    }

    #[test]
    fn where_cookies_are_kept() {
        let check = |url: &str, warned: bool| {
            assert_eq!(cookie_warning(&Url::parse(url).unwrap()).is_some(), warned, "{url}");
        };
        check("https://311.riverton.example", false);
        check("http://127.0.0.1:8080", false);
        check("http://localhost:8080/", false);
        check("http://square.localhost:8080/", false);
        check("http://[::1]:8080/", false);
        check("http://192.168.1.5:8080", true);
        check("http://311.riverton.example", true);
        check("http://localhost.evil.example", true);
    }

    proptest! {
        #[test]
        fn a_return_path_stays_here(next in "[/\\\\a-z:.@?#%\t ]{0,30}") {
            if let Some(path) = return_path(&next) {
                let here = Url::parse("https://311.riverton.example/sign-in").unwrap();
                prop_assert_eq!(here.join(path).unwrap().origin(), here.origin());
            }
        }

        #[test]
        fn any_cookie_line_is_survived(line in "[ -~]{0,300}") {
            let _any = token_of(&request(&[&line]));
        }
    }
}
