//! Style sheet, icons and script, from the binary; and the two small files that machines look for.
//!
//! Addresses carry the version of the assets (`?v=`), so a browser may keep them for ever.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use actix_web::http::header;
use actix_web::web::{self, Bytes, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{Duration, SecondsFormat};

use super::answer::{Answer, Asker, answer};
use super::cache::gzipped;
use super::site::Site;
use crate::error::Error;

const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// How long the word on security holds; the standard asks for less than a year.
const SECURITY_DAYS: i64 = 180;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/assets/{name}", web::get().to(asset))
        .route("/robots.txt", web::get().to(robots))
        .route("/.well-known/security.txt", web::get().to(security));
}

/// Compressed assets by name: packed by the first who asks for one, shared by all workers.
#[derive(Debug, Default)]
pub(super) struct Packed(Mutex<HashMap<String, Option<Bytes>>>);

impl Packed {
    fn of(&self, name: &str, bytes: &[u8]) -> Option<Bytes> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(name.to_owned()).or_insert_with(|| gzipped(bytes)).clone()
    }
}

async fn asset(
    site: Data<Site>,
    packed: Data<Packed>,
    request: HttpRequest,
    name: Path<String>,
) -> HttpResponse {
    let Some(asset) = site.pages.asset(&name) else {
        return answer(site, Asker::of(&request), |_, _| Err(Error::NotFound("no such asset".into()))).await;
    };
    let text =
        ["text/", "image/svg", "application/javascript"].iter().any(|kind| asset.mime.starts_with(kind));
    let kind = if text { format!("{}; charset=utf-8", asset.mime) } else { asset.mime.clone() };
    // A version that is not this build's comes from another node during an update: not to be kept.
    let current = request.query_string() == format!("v={}", site.pages.asset_version());
    let keep = if current { FOR_EVER } else { "public, max-age=60" };
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, kind))
        .insert_header((header::CACHE_CONTROL, keep))
        .insert_header((header::VARY, "accept-encoding"));
    let accepted = request.headers().get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok());
    let small = if text && accepted.is_some_and(|v| v.contains("gzip")) {
        packed.of(&name, &asset.bytes)
    } else {
        None
    };
    match small {
        Some(bytes) => response.insert_header((header::CONTENT_ENCODING, "gzip")).body(bytes),
        None => response.body(asset.bytes.to_vec()),
    }
}

async fn robots() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(
        "User-agent: *\nDisallow: /staff\nDisallow: /mayor\nDisallow: /follow\nDisallow: /sign-in\nDisallow: /search\n",
    )
}

/// Where to tell us about a hole (RFC 9116).
async fn security(site: Data<Site>, request: HttpRequest) -> HttpResponse {
    answer(site, Asker::of(&request), |site, _| {
        let world = site.world();
        let server = &world.settings.server;
        let until = (site.now() + Duration::days(SECURITY_DAYS)).to_rfc3339_opts(SecondsFormat::Secs, true);
        let text = format!(
            "Contact: {}\nContact: tel:{}\nExpires: {until}\nPreferred-Languages: en, es, pt\nCanonical: {}\n",
            server.link("/report"),
            world.settings.city.non_emergency,
            server.link("/.well-known/security.txt"),
        );
        Ok(Answer::bytes("text/plain; charset=utf-8", text).header(header::CACHE_CONTROL, "public, max-age=86400"))
    })
    .await
}
