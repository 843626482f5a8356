//! Who may call: apps, authorization codes and access tokens, as Mastodon's OAuth has them.
//!
//! The square asks nobody for a password: `/oauth/authorize` says yes by itself. It is a demo on one computer,
//! but the codes and tokens are as hard to guess as real ones, so another page in the browser cannot use them.

use std::collections::VecDeque;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

const MAX_APPS: usize = 200;
const MAX_CODES: usize = 200;
const MAX_TOKENS: usize = 1_000;
const CODE_MINUTES: i64 = 10;

/// An app that registered itself.
#[derive(Debug, Clone)]
pub(super) struct App {
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) name: String,
    pub(super) website: Option<String>,
    pub(super) redirect_uris: Vec<String>,
    pub(super) scopes: String,
}

/// A one-time code on its way to become a token.
#[derive(Debug, Clone)]
pub(super) struct Code {
    pub(super) code: String,
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) scopes: String,
    pub(super) account: usize,
    pub(super) challenge: Option<String>,
    pub(super) at: DateTime<Utc>,
}

/// What an access token allows.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) secret: String,
    /// `None` for an app's own token, which speaks for nobody.
    pub(super) account: Option<usize>,
    pub(super) scopes: String,
    pub(super) client_id: Option<String>,
}

impl Token {
    /// True when a scope (`read:statuses`) is covered by what was granted (`read:statuses` or `read`).
    pub(super) fn allows(&self, scope: &str) -> bool {
        let broad = scope.split(':').next().unwrap_or(scope);
        self.scopes.split_whitespace().any(|granted| granted == scope || granted == broad)
    }
}

/// All apps, codes and tokens; the oldest go first, except the one token each account has from the start.
#[derive(Debug, Default)]
pub(super) struct Access {
    apps: VecDeque<App>,
    codes: VecDeque<Code>,
    own: Vec<Token>,
    granted: VecDeque<Token>,
}

impl Access {
    pub(super) fn add_app(&mut self, app: App) {
        push_bounded(&mut self.apps, app, MAX_APPS);
    }

    pub(super) fn app(&self, client_id: &str) -> Option<&App> {
        self.apps.iter().find(|app| app.client_id == client_id)
    }

    pub(super) fn add_code(&mut self, code: Code) {
        push_bounded(&mut self.codes, code, MAX_CODES);
    }

    /// Takes a code out, whether it still counts or not: it works once.
    pub(super) fn take_code(&mut self, code: &str, now: DateTime<Utc>) -> Option<Code> {
        let at = self.codes.iter().position(|kept| kept.code == code)?;
        let found = self.codes.remove(at)?;
        (now - found.at < TimeDelta::minutes(CODE_MINUTES)).then_some(found)
    }

    /// Makes the token an account has from the start and gives its secret.
    pub(super) fn add_own_token(&mut self, account: usize, scopes: &str) -> String {
        let token = new_token(Some(account), scopes, None);
        self.own.push(token.clone());
        token.secret
    }

    /// Makes a token for an app and gives its secret.
    pub(super) fn add_token(&mut self, account: Option<usize>, scopes: &str, client_id: &str) -> String {
        let token = new_token(account, scopes, Some(client_id));
        push_bounded(&mut self.granted, token.clone(), MAX_TOKENS);
        token.secret
    }

    pub(super) fn token(&self, secret: &str) -> Option<&Token> {
        self.own.iter().chain(&self.granted).find(|token| token.secret == secret)
    }

    pub(super) fn revoke(&mut self, secret: &str) {
        self.own.retain(|token| token.secret != secret);
        self.granted.retain(|token| token.secret != secret);
    }
}

fn new_token(account: Option<usize>, scopes: &str, client_id: Option<&str>) -> Token {
    let client_id = client_id.map(str::to_owned);
    Token { secret: secret(), account, scopes: scopes.to_owned(), client_id }
}

fn push_bounded<T>(list: &mut VecDeque<T>, item: T, limit: usize) {
    if list.len() >= limit {
        list.pop_front();
    }
    list.push_back(item);
}

/// 256 random bits, safe in addresses.
pub(super) fn secret() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// PKCE: the challenge that belongs to a verifier (S256).
pub(super) fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_cover_what_they_name_and_what_is_below() {
        let token = |scopes: &str| Token {
            secret: String::new(),
            account: None,
            scopes: scopes.to_owned(),
            client_id: None,
        };
        assert!(token("read write").allows("read:statuses"));
        assert!(token("read:statuses").allows("read:statuses"));
        assert!(!token("read:statuses").allows("read:notifications"));
        assert!(!token("read").allows("write:statuses"));
    }

    #[test]
    fn the_challenge_is_the_one_of_the_standard() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(challenge_of(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
