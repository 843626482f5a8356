//! Connecting an account: register the app, let the admin allow it in a browser, exchange the code.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use super::api::Api;
use crate::channels::ReadFailure;
use crate::error::{Error, Result};
use crate::net::http::Client;

/// What we ask for. The wide words are what old and small servers know; Mastodon shows them to the admin.
pub const SCOPES: &str = "read write";
/// Redirect address of a command line: the server shows the code, the admin types it in.
pub const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";

/// Our app as one server knows it.
#[derive(Clone, Debug)]
pub struct App {
    /// Public name.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
    /// Where the code goes.
    pub redirect_uri: String,
}

/// The proof that who exchanges the code is who asked for it (S256). Servers without it ignore it.
#[derive(Clone, Debug)]
pub struct Pkce {
    verifier: SecretString,
    challenge: String,
}

impl Pkce {
    /// From 32 random bytes.
    #[must_use]
    pub fn new(random: [u8; 32]) -> Self {
        let verifier = URL_SAFE_NO_PAD.encode(random);
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        Self { verifier: verifier.into(), challenge }
    }
}

#[derive(Deserialize)]
struct Registered {
    client_id: Option<String>,
    client_secret: Option<String>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: Option<String>,
}

/// Registers this installation with a server.
///
/// # Errors
/// [`ReadFailure`].
pub fn register_app(
    client: &Client,
    base_url: &Url,
    website: &str,
    redirect_uri: &str,
) -> std::result::Result<App, ReadFailure> {
    let body = json!({
        "client_name": "OnIt", "redirect_uris": redirect_uri, "scopes": SCOPES, "website": website,
    });
    let got: Registered = api(client, base_url).post_as("api/v1/apps", &body)?;
    match (got.client_id, got.client_secret) {
        (Some(client_id), Some(secret)) => {
            Ok(App { client_id, client_secret: secret.into(), redirect_uri: redirect_uri.to_owned() })
        }
        _ => Err(ReadFailure::Refused(format!("{base_url} did not register the app"))),
    }
}

/// The page where the admin says yes. `state` comes back with the code and must be compared.
///
/// # Errors
/// [`Error::Invalid`] never in practice: the base address was parsed before.
pub fn authorize_url(base_url: &Url, app: &App, pkce: &Pkce, state: &str) -> Result<Url> {
    let mut url =
        base_url.join("/oauth/authorize").map_err(|e| Error::Invalid(format!("{base_url}: {e}")))?;
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &app.client_id)
        .append_pair("redirect_uri", &app.redirect_uri)
        .append_pair("scope", SCOPES)
        .append_pair("state", state)
        .append_pair("code_challenge", &pkce.challenge)
        .append_pair("code_challenge_method", "S256");
    Ok(url)
}

/// The code for the token.
///
/// # Errors
/// [`ReadFailure`]; a wrong or old code is `Refused` or `Unauthorised`.
pub fn exchange_code(
    client: &Client,
    base_url: &Url,
    app: &App,
    pkce: &Pkce,
    code: &str,
) -> std::result::Result<SecretString, ReadFailure> {
    let body: Value = json!({
        "grant_type": "authorization_code", "code": code.trim(), "client_id": app.client_id,
        "client_secret": app.client_secret.expose_secret(), "redirect_uri": app.redirect_uri,
        "scope": SCOPES, "code_verifier": pkce.verifier.expose_secret(),
    });
    let got: Granted = api(client, base_url).post_as("oauth/token", &body)?;
    got.access_token
        .filter(|token| !token.is_empty())
        .map(SecretString::from)
        .ok_or_else(|| ReadFailure::Refused(format!("{base_url} gave no token for this code")))
}

fn api<'a>(client: &'a Client, base: &'a Url) -> Api<'a> {
    Api { client, base, token: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_to_allow() {
        let app =
            App { client_id: "a b".into(), client_secret: "s".into(), redirect_uri: OUT_OF_BAND.into() };
        let pkce = Pkce::new([7; 32]);
        let url = authorize_url(&Url::parse("https://social.example/").unwrap(), &app, &pkce, "st").unwrap();
        assert!(
            url.as_str()
                .starts_with("https://social.example/oauth/authorize?response_type=code&client_id=a+b&")
        );
        assert!(url.as_str().contains(&format!("code_challenge={}", pkce.challenge)));
        assert_eq!(pkce.challenge.len(), 43);
        assert!(!format!("{app:?} {pkce:?}").contains(pkce.verifier.expose_secret()));
    }
}
