//! `/api/v1/instance` and `/api/v2/instance`: what the server is and its limits.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use serde_json::{Value, json};

use super::super::Square;
use super::super::memory::{CITY, MAX_PHOTO_BYTES};
use super::{entity, oauth};

const VERSION: &str = "4.4.0+square";

pub(super) fn routes_v1(config: &mut ServiceConfig) {
    config.route("/instance", web::get().to(instance_v1));
}

pub(super) fn routes_v2(config: &mut ServiceConfig) {
    config.route("/instance", web::get().to(instance_v2));
}

async fn instance_v1(square: Data<Square>) -> HttpResponse {
    let (memory, base) = (square.memory(), square.base_url());
    HttpResponse::Ok().json(json!({
        "uri": host(&base), "title": title(&square), "short_description": DESCRIPTION,
        "description": DESCRIPTION, "email": "", "version": VERSION,
        "urls": {"streaming_api": base.replacen("http", "ws", 1)},
        "stats": {
            "user_count": memory.people.len(), "status_count": memory.posts.len(), "domain_count": 0,
        },
        "thumbnail": null, "languages": ["en"], "registrations": false, "approval_required": false,
        "invites_enabled": false, "configuration": configuration(&square),
        "contact_account": entity::account(&memory, &base, CITY), "rules": [],
    }))
}

async fn instance_v2(square: Data<Square>) -> HttpResponse {
    let (memory, base) = (square.memory(), square.base_url());
    let mut configuration = configuration(&square);
    configuration["urls"] = json!({"streaming": base.replacen("http", "ws", 1)});
    configuration["vapid"] = json!({"public_key": ""});
    configuration["translation"] = json!({"enabled": false});
    HttpResponse::Ok().json(json!({
        "domain": host(&base), "title": title(&square), "version": VERSION,
        "source_url": base, "description": DESCRIPTION,
        "usage": {"users": {"active_month": memory.people.len()}},
        "thumbnail": {"url": format!("{base}/assets/seal.svg")}, "icon": [], "languages": ["en"],
        "configuration": configuration,
        "registrations": {"enabled": false, "approval_required": false, "message": null},
        "api_versions": {"mastodon": 6},
        "contact": {"email": "", "account": entity::account(&memory, &base, CITY)}, "rules": [],
    }))
}

const DESCRIPTION: &str = "A town square for trying things out. Nothing here leaves this computer.";

fn title(square: &Square) -> String {
    format!("{} town square", square.setup().town)
}

fn host(base: &str) -> &str {
    base.trim_start_matches("http://")
}

fn configuration(square: &Square) -> Value {
    json!({
        "accounts": {"max_featured_tags": 10, "max_pinned_statuses": 5},
        "statuses": {
            "max_characters": square.setup().max_chars, "max_media_attachments": 4,
            "characters_reserved_per_url": 23,
        },
        "media_attachments": {
            "supported_mime_types": ["image/jpeg", "image/png", "image/gif", "image/webp"],
            "description_limit": 1500, "image_size_limit": MAX_PHOTO_BYTES,
            "image_matrix_limit": 33_177_600, "video_size_limit": 0, "video_frame_rate_limit": 0,
            "video_matrix_limit": 0,
        },
        "polls": {
            "max_options": 4, "max_characters_per_option": 50, "min_expiration": 300,
            "max_expiration": 2_629_746,
        },
    })
}

/// `/.well-known/oauth-authorization-server`.
pub(super) async fn oauth_metadata(square: Data<Square>) -> HttpResponse {
    let base = square.base_url();
    HttpResponse::Ok().json(json!({
        "issuer": format!("{base}/"), "authorization_endpoint": format!("{base}/oauth/authorize"),
        "token_endpoint": format!("{base}/oauth/token"), "revocation_endpoint": format!("{base}/oauth/revoke"),
        "app_registration_endpoint": format!("{base}/api/v1/apps"), "scopes_supported": oauth::SCOPES,
        "response_types_supported": ["code"], "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
    }))
}
