//! Signing in and out.

use super::Shell;
use serde::Serialize;

/// `account/sign_in`, GET and POST `/sign-in` with `csrf`, `email`, `password`, `next` (a path of this site).
#[derive(Clone, Debug, Default, Serialize)]
pub struct SignIn {
    /// The frame.
    pub shell: Shell,
    /// The address typed before.
    pub email: String,
    /// "That address and password do not fit together. Try again, or ask who runs OnIt."; empty = first visit.
    pub error: String,
    /// Where to go after: "/staff"; empty = the person's own first page.
    pub next: String,
    /// Sign-ins the demo prints: name, role, address, password; empty outside the demo.
    pub demo_people: Vec<DemoPerson>,
}

/// Somebody invented a newcomer may sign in as.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DemoPerson {
    /// "Dana Ruiz, dispatcher".
    pub who: String,
    /// "dana@riverton.example".
    pub email: String,
    /// Password, only in the demo.
    pub password: String,
}

/// `account/sign_out`, GET `/sign-out`: asks before POST `/sign-out` with `csrf`; `done` shows the page after it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SignOut {
    /// The frame.
    pub shell: Shell,
    /// Signed out already.
    pub done: bool,
}
