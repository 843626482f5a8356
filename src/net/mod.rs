//! The only code that opens a socket to the outside: the guarded HTTP client and the mailer.
//!
//! Whoever calls out does it from a worker or a channel, never inside a transaction.

pub mod http;
pub mod smtp;
pub mod ssrf;

mod watch;

/// Chooses the process-wide TLS provider (ring). Call once at start and in tests; a second call does nothing.
pub fn install_crypto() {
    // An error only says that a provider is already chosen, which is what we want.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
