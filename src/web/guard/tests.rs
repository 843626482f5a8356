//! The whole guard around a small server, as a browser and as a stranger meet it.

use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, HttpRequest, web};
use serde::Deserialize;

use super::*;
use crate::accounts::Token;
use crate::web::client_ip::ClientAddress;

#[derive(Deserialize)]
struct Close {
    reason: String,
    hours: u32,
}

fn guard() -> Data<Guard> {
    Data::new(Guard::new(GuardOptions {
        base_url: Url::parse("https://311.riverton.example").unwrap(),
        trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
        reports_per_hour: 2,
        key: ServerKey::from_bytes(&[9; 32]).unwrap(),
        clock: Clock::by_hand(DateTime::from_timestamp(1_800_000_000, 0).unwrap()),
    }))
}

/// A macro because the type of a test server has no name.
macro_rules! server {
    ($guard:expr) => {
        init_service(
            App::new()
                .app_data($guard)
                .configure(body_limits)
                .wrap(from_fn(watch))
                .route("/", web::get().to(address))
                .route("/report", web::post().to(|| async { "reported" }))
                .route("/staff/close", web::post().to(close))
                .route("/broken", web::get().to(broken)),
        )
        .await
    };
}

async fn address(request: HttpRequest) -> String {
    ClientAddress::of(&request).to_string()
}

async fn close(form: CheckedForm<Close>) -> String {
    format!("{} {}", form.0.reason, form.0.hours)
}

async fn broken() -> Result<&'static str, actix_web::Error> {
    Err(actix_web::error::ErrorBadRequest("no"))
}

fn post(path: &str) -> TestRequest {
    TestRequest::post()
        .uri(path)
        .insert_header(("origin", "https://311.riverton.example"))
        .insert_header(("sec-fetch-site", "same-origin"))
        .insert_header(("content-type", "application/x-www-form-urlencoded"))
        .peer_addr("203.0.113.9:4711".parse().unwrap())
}

#[actix_web::test]
async fn every_answer_has_the_headers() {
    let server = server!(guard());
    for (path, status) in [("/", 200), ("/nowhere", 404), ("/broken", 400)] {
        let answer = call_service(&server, TestRequest::get().uri(path).to_request()).await;
        assert_eq!(answer.status(), status, "{path}");
        for name in ["content-security-policy", "strict-transport-security", "x-content-type-options"] {
            assert!(answer.headers().contains_key(name), "{path} {name}");
        }
    }
    let foreign = call_service(&server, TestRequest::post().uri("/report").to_request()).await;
    assert_eq!(foreign.status(), 403);
    assert!(foreign.headers().contains_key("content-security-policy"));
}

#[actix_web::test]
async fn the_address_is_found_behind_a_proxy_only() {
    let server = server!(guard());
    for (peer, expect) in [("10.0.0.1:1", "203.0.113.9"), ("198.51.100.7:1", "198.51.100.7")] {
        let request = TestRequest::get()
            .uri("/")
            .peer_addr(peer.parse().unwrap())
            .insert_header(("x-forwarded-for", "8.8.8.8, 203.0.113.9"));
        let answer = call_service(&server, request.to_request()).await;
        assert_eq!(read_body(answer).await, expect);
    }
}

#[actix_web::test]
async fn too_often_is_told_when_to_come_back() {
    let server = server!(guard());
    for _ in 0..6 {
        assert_eq!(call_service(&server, post("/report").to_request()).await.status(), 200);
    }
    let answer = call_service(&server, post("/report").to_request()).await;
    assert_eq!(answer.status(), 429);
    let wait: u32 = answer.headers().get("retry-after").unwrap().to_str().unwrap().parse().unwrap();
    assert!((1..=600).contains(&wait));
    let page = String::from_utf8(read_body(answer).await.to_vec()).unwrap();
    assert!(page.contains("<h1>Too many requests") && page.contains(&format!("in {wait} seconds")));
    let spoofed = post("/report").insert_header(("x-forwarded-for", "1.2.3.4"));
    assert_eq!(call_service(&server, spoofed.to_request()).await.status(), 429);
    let other = post("/report").peer_addr("198.51.100.7:1".parse().unwrap());
    assert_eq!(call_service(&server, other.to_request()).await.status(), 200);
}

#[actix_web::test]
async fn a_form_needs_its_token_its_shape_and_its_size() {
    let guard = guard();
    let server = server!(guard.clone());
    let cookie = format!("__Host-onit={}", Token::new().unwrap().reveal());
    let page = TestRequest::get().insert_header(("cookie", cookie.as_str())).to_http_request();
    let token = guard.form_token(&page).unwrap().field;
    let check = async |cookie: &str, body: String, status: u16, expect: &str| {
        let request = post("/staff/close").insert_header(("cookie", cookie)).set_payload(body.clone());
        let answer = call_service(&server, request.to_request()).await;
        assert_eq!(answer.status(), status, "{body:.80}");
        assert!(String::from_utf8(read_body(answer).await.to_vec()).unwrap().contains(expect), "{body:.80}");
    };
    check(&cookie, format!("reason=not+ours&hours=3&csrf={token}"), 200, "not ours 3").await;
    check(&cookie, "reason=x&hours=3".into(), 403, "not sent from our own page").await;
    check("", format!("reason=x&hours=3&csrf={token}"), 409, "open for too long").await;
    check(&cookie, format!("reason=x&hours=many&csrf={token}"), 422, "could not be read").await;
    check(&cookie, format!("reason=x&csrf={token}&csrf={token}"), 422, "could not be read").await;
    let large = "x".repeat(FORM_BODY_BYTES);
    check(&cookie, format!("reason={large}&hours=3&csrf={token}"), 413, "too large").await;
    let json = post("/staff/close").insert_header(("cookie", cookie.as_str()));
    let json = json.insert_header(("content-type", "text/plain")).set_payload(format!("csrf={token}"));
    assert_eq!(call_service(&server, json.to_request()).await.status(), 422);
}

#[actix_web::test]
async fn what_boasts_of_its_size_is_not_read() {
    let server = server!(guard());
    for said in ["999999999999", "18446744073709551616", "-1", "x"] {
        let request = post("/report").insert_header(("content-length", said)).to_request();
        assert_eq!(call_service(&server, request).await.status(), 413, "{said}");
    }
}

#[actix_web::test]
async fn pages_of_signed_in_people_are_not_kept() {
    let server = server!(guard());
    let cookie = format!("__Host-onit={}", Token::new().unwrap().reveal());
    let request = TestRequest::get().uri("/").insert_header(("cookie", cookie)).to_request();
    let answer = call_service(&server, request).await;
    assert_eq!(answer.headers().get("cache-control").unwrap(), "private, no-store");
}

#[test]
fn refusals_are_drawn_by_the_city() {
    let ours = Guard::new(GuardOptions {
        base_url: Url::parse("http://localhost:8080").unwrap(),
        trusted_proxies: Vec::new(),
        reports_per_hour: 6,
        key: ServerKey::generate().unwrap(),
        clock: Clock::machine(),
    })
    .with_page(|refusal| format!("our page: {}", refusal.title));
    let drawn = ours.drawn(Refusal::too_large());
    assert_eq!(drawn.html, "our page: That was too large");
    assert!(!format!("{ours:?}").contains("key"));
}
