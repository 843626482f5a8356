//! People who sign in: who they are, what they may do, and how long they stay signed in. Programs bring a key (`keys`).
//!
//! Rules only: the clock, the rows and the cookies are elsewhere (`store.rs`, `web/session.rs`).
//! Nothing here tells a stranger whether an account exists.

pub mod keys;
pub mod limits;
mod password;
mod password_rules;
mod roles;
mod sign_in;
mod store;
mod tokens;

pub use password::{Passwords, Verdict};
pub use password_rules::check_new_password;
pub use roles::{Action, Role, second_person};
pub use sign_in::{Ended, Lifetime, login_name};
pub use store::{
    Session, User, all_users, by_login, end_session, forget_tries, note_audit, note_try, open_session,
    put_user, seen, server_key, session, switch_off, tries,
};
pub use tokens::{LinkPurpose, LinkToken, ServerKey, Token, base64url, random, same_secret, unbase64url};
