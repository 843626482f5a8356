//! Signing in and out.

use super::Shell;
use super::ticket::Fact;
use serde::Serialize;

/// `account/sign_in`, GET and POST `/sign-in` with `csrf`, `email`, `password`, `next` (a path of this site), `late_to` and `late_form`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SignIn {
    /// The frame.
    pub shell: Shell,
    /// The address typed before.
    pub email: String,
    /// "That address and password do not fit together. Try again, or ask who runs OnIt."; empty = first visit.
    pub error: String,
    /// What was typed into a form that came too late; it goes on after signing in.
    pub late_typed: Vec<Fact>,
    /// Where that form goes; empty = there is none.
    pub late_to: String,
    /// Its fields in one, as a form sends them.
    pub late_form: String,
    /// Where to go after: "/staff"; empty = the person's own first page.
    pub next: String,
    /// Sign-ins the demo prints: name, role, address, password; empty outside the demo.
    pub demo_people: Vec<DemoPerson>,
}

/// `account/late`: a form that came too late, to be sent once more to `action` with `csrf` and all its fields.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LateForm {
    /// The frame; its `csrf` is that of the session the form is sent in.
    pub shell: Shell,
    /// What was typed, with the names of the fields.
    pub typed: Vec<Fact>,
    /// Where it goes: "/staff/tickets/26-004301/note".
    pub action: String,
    /// All fields.
    pub fields: Vec<LateField>,
    /// The page it came from.
    pub back: String,
}

/// A hidden field.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LateField {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
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
