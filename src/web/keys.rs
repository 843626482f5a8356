//! The key a program brings with a request: `Authorization: Bearer`, `X-Api-Key`, or the `api_key` parameter.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use crate::accounts::keys::KeyText;

/// The key of a request, in this order: `Authorization: Bearer KEY`, `X-Api-Key: KEY`, then `parameter` (what the
/// caller read as `api_key` from form or query). The first that is there counts, also when it is wrong.
#[must_use]
pub fn key_of(request: &HttpRequest, parameter: Option<&str>) -> Option<KeyText> {
    let header = |name: &str| request.headers().get(name).and_then(|v| v.to_str().ok());
    let bearer = header(AUTHORIZATION.as_str()).and_then(|value| {
        let (kind, key) = value.trim().split_once(' ')?;
        kind.eq_ignore_ascii_case("bearer").then_some(key)
    });
    let found = bearer.or_else(|| header("X-Api-Key")).or(parameter)?;
    KeyText::parse(found)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn headers_come_before_the_parameter() {
        let check =
            |headers: &[(&'static str, &'static str)], parameter: Option<&str>, expect: Option<&str>| {
                let mut request = TestRequest::default();
                for header in headers {
                    request = request.insert_header(*header);
                }
                let found = key_of(&request.to_http_request(), parameter);
                assert_eq!(found.as_ref().map(KeyText::reveal), expect, "{headers:?} {parameter:?}");
            };
        check(&[], None, None);
        check(&[], Some("a"), Some("a"));
        check(&[], Some(" "), None);
        check(&[("X-Api-Key", "b")], Some("a"), Some("b"));
        check(&[("Authorization", "bearer  c"), ("X-Api-Key", "b")], Some("a"), Some("c"));
        check(&[("Authorization", "Basic c")], Some("a"), Some("a"));
    }
}
