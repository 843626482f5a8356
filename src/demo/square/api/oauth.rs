//! Apps, the authorization that says yes by itself, tokens.
//!
//! `GET /oauth/authorize` speaks for the city's account, or for the neighbor named in `login_hint`.

use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::super::Square;
use super::super::access::{App, Code, challenge_of, secret};
use super::super::memory::CITY;
use super::params::Params;
use super::{Refusal, instance, secret_of, token};

/// The address that means "show me the code".
const SHOW_CODE: &str = "urn:ietf:wg:oauth:2.0:oob";
const MAX_NAME_CHARS: usize = 60;
const MAX_ADDRESSES: usize = 10;
const MAX_ADDRESS_BYTES: usize = 2_000;

/// Scopes that may be asked for.
pub(super) const SCOPES: &[&str] = &[
    "read",
    "read:accounts",
    "read:notifications",
    "read:statuses",
    "write",
    "write:accounts",
    "write:media",
    "write:notifications",
    "write:statuses",
    "profile",
    "follow",
    "push",
];

pub(super) fn routes_v1(config: &mut ServiceConfig) {
    config
        .route("/apps", web::post().to(register))
        .route("/apps/verify_credentials", web::get().to(verify_app));
}

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/oauth/authorize", web::get().to(authorize))
        .route("/oauth/authorize/native", web::get().to(show_code))
        .route("/oauth/token", web::post().to(give_token))
        .route("/oauth/revoke", web::post().to(revoke))
        .route("/.well-known/oauth-authorization-server", web::get().to(instance::oauth_metadata));
}

async fn register(square: Data<Square>, params: Params) -> Result<HttpResponse, Refusal> {
    let name = params.get("client_name").unwrap_or_default().trim();
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARS {
        return Err(Refusal::invalid("Validation failed: Application name can't be blank"));
    }
    let mut redirect_uris: Vec<String> =
        params.get("redirect_uris").unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    redirect_uris.extend(params.list("redirect_uris").into_iter().map(str::to_owned));
    redirect_uris.truncate(MAX_ADDRESSES);
    let usable =
        |uri: &String| uri.len() <= MAX_ADDRESS_BYTES && (uri == SHOW_CODE || url::Url::parse(uri).is_ok());
    if redirect_uris.is_empty() || !redirect_uris.iter().all(usable) {
        return Err(Refusal::invalid("Validation failed: Redirect URI must be an absolute URI."));
    }
    let scopes = params.get("scopes").filter(|scopes| !scopes.trim().is_empty()).unwrap_or("read");
    if !scopes.split_whitespace().all(|scope| SCOPES.contains(&scope)) {
        return Err(Refusal::invalid("Validation failed: Scopes doesn't match configured on the server."));
    }
    let app = App {
        client_id: secret(),
        client_secret: secret(),
        name: name.to_owned(),
        website: params.get("website").map(|site| site.chars().take(MAX_ADDRESS_BYTES).collect()),
        redirect_uris,
        scopes: scopes.to_owned(),
    };
    let mut answer = app_json(&app);
    answer["id"] = json!("1");
    answer["client_id"] = json!(app.client_id);
    answer["client_secret"] = json!(app.client_secret);
    answer["client_secret_expires_at"] = json!(0);
    square.access().add_app(app);
    Ok(HttpResponse::Ok().json(answer))
}

fn app_json(app: &App) -> serde_json::Value {
    json!({
        "name": app.name, "website": app.website, "redirect_uri": app.redirect_uris.join("\n"),
        "redirect_uris": app.redirect_uris,
        "scopes": app.scopes.split_whitespace().collect::<Vec<_>>(), "vapid_key": "",
    })
}

async fn verify_app(
    square: Data<Square>,
    request: HttpRequest,
    params: Params,
) -> Result<HttpResponse, Refusal> {
    let client_id = token(&square, &request, &params)?.client_id.unwrap_or_default();
    let app = square.access().app(&client_id).map(app_json);
    Ok(HttpResponse::Ok().json(app.unwrap_or_else(|| json!({"name": "Town square", "website": null}))))
}

async fn authorize(square: Data<Square>, params: Params) -> Result<HttpResponse, Refusal> {
    let app = square.access().app(params.get("client_id").unwrap_or_default()).cloned();
    let app = app.ok_or_else(|| bad_client(StatusCode::BAD_REQUEST))?;
    let redirect_uri = params.get("redirect_uri").unwrap_or_default();
    if !app.redirect_uris.iter().any(|known| known == redirect_uri) {
        let message = "The requested redirect uri is malformed or doesn't match client redirect URI.";
        return Err(Refusal::oauth(StatusCode::BAD_REQUEST, "invalid_redirect_uri", message));
    }
    if params.get("response_type") != Some("code") {
        let message = "The authorization server does not support this response type.";
        return Err(Refusal::oauth(StatusCode::BAD_REQUEST, "unsupported_response_type", message));
    }
    let scopes = params.get("scope").filter(|scope| !scope.is_empty()).unwrap_or("read");
    // A narrow scope is fine when the app registered the broad one.
    let granted: Vec<&str> = app.scopes.split_whitespace().collect();
    let covered =
        |scope: &str| granted.contains(&scope) || granted.contains(&scope.split(':').next().unwrap_or(scope));
    if !scopes.split_whitespace().all(covered) {
        let message = "The requested scope is invalid, unknown, or malformed.";
        return Err(Refusal::oauth(StatusCode::BAD_REQUEST, "invalid_scope", message));
    }
    let account = params.get("login_hint").and_then(|name| square.memory().find_person(name)).unwrap_or(CITY);
    let code = Code {
        code: secret(),
        client_id: app.client_id,
        redirect_uri: redirect_uri.to_owned(),
        scopes: scopes.to_owned(),
        account,
        challenge: params.get("code_challenge").map(str::to_owned),
        at: square.now(),
    };
    let answer = redirect(redirect_uri, &code.code, params.get("state"))?;
    square.access().add_code(code);
    Ok(answer)
}

fn redirect(redirect_uri: &str, code: &str, state: Option<&str>) -> Result<HttpResponse, Refusal> {
    let target = if redirect_uri == SHOW_CODE {
        format!("/oauth/authorize/native?code={code}")
    } else {
        let mut target = url::Url::parse(redirect_uri).map_err(|_| Refusal::not_found())?;
        target.query_pairs_mut().append_pair("code", code);
        if let Some(state) = state {
            target.query_pairs_mut().append_pair("state", state);
        }
        target.into()
    };
    Ok(HttpResponse::Found().insert_header((header::LOCATION, target)).finish())
}

async fn show_code(params: Params) -> HttpResponse {
    let code = params.get("code").unwrap_or_default().to_owned();
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(code)
}

async fn give_token(
    square: Data<Square>,
    request: HttpRequest,
    params: Params,
) -> Result<HttpResponse, Refusal> {
    let (client_id, client_secret) = client_of(&request, &params);
    let app = square.access().app(&client_id).filter(|app| app.client_secret == client_secret).cloned();
    let app = app.ok_or_else(|| bad_client(StatusCode::UNAUTHORIZED))?;
    let (account, scopes) = match params.get("grant_type") {
        Some("client_credentials") => (None, params.get("scope").unwrap_or("read").to_owned()),
        Some("authorization_code") => {
            let code = square.access().take_code(params.get("code").unwrap_or_default(), square.now());
            let code = code.filter(|code| fits(code, &client_id, &params)).ok_or_else(bad_grant)?;
            (Some(code.account), code.scopes)
        }
        _ => {
            let message = "The authorization grant type is not supported by the authorization server.";
            return Err(Refusal::oauth(StatusCode::BAD_REQUEST, "unsupported_grant_type", message));
        }
    };
    let secret = square.access().add_token(account, &scopes, &app.client_id);
    let answer = json!({
        "access_token": secret, "token_type": "Bearer", "scope": scopes, "created_at": square.now().timestamp(),
    });
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(answer))
}

/// A code counts for the app and address it was made for, and for who holds the PKCE verifier.
fn fits(code: &Code, client_id: &str, params: &Params) -> bool {
    let verifier = params.get("code_verifier");
    let proven = match &code.challenge {
        Some(challenge) => verifier.is_some_and(|verifier| challenge_of(verifier) == *challenge),
        None => true,
    };
    proven && code.client_id == client_id && params.get("redirect_uri") == Some(&code.redirect_uri)
}

/// Client id and secret, from the form or from basic authentication.
fn client_of(request: &HttpRequest, params: &Params) -> (String, String) {
    let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let basic = header.and_then(|value| value.strip_prefix("Basic ")).and_then(|encoded| {
        let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
        decoded.split_once(':').map(|(id, secret)| (id.to_owned(), secret.to_owned()))
    });
    let field = |name: &str| params.get(name).unwrap_or_default().to_owned();
    basic.unwrap_or_else(|| (field("client_id"), field("client_secret")))
}

fn bad_client(status: StatusCode) -> Refusal {
    let message = "Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.";
    Refusal::oauth(status, "invalid_client", message)
}

fn bad_grant() -> Refusal {
    let message = "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.";
    Refusal::oauth(StatusCode::BAD_REQUEST, "invalid_grant", message)
}

async fn revoke(square: Data<Square>, request: HttpRequest, params: Params) -> HttpResponse {
    let named = params.get("token").map(str::to_owned).or_else(|| secret_of(&request, &params));
    square.access().revoke(&named.unwrap_or_default());
    HttpResponse::Ok().json(json!({}))
}
