//! HTTP in, HTTP out: a handler parses, calls `journey` or `insights` off the async threads, and renders a view.
//!
//! Reading order: `server` (starts, routes) -> `guard`, `sessions` (who may pass) -> `answer` (the one way from a
//! handler to a page, errors included) -> `site` (what all pages share) -> `resident/`, `staff/`, `mayor/`, `open311/`,
//! `account`, `media`, `health` (the pages). `late` and `refused` see that nothing typed is lost. `view` and `pages` turn what
//! was found into markup.
//! Edges: no SQL, no decisions about tickets, no socket but the one that listens.

mod account;
pub mod answer;
mod assets;
mod cache;
pub mod client_ip;
pub mod guard;
mod health;
pub mod keys;
mod late;
mod mayor;
mod media;
mod open311;
pub mod pages;
mod refused;
mod resident;
mod server;
pub mod session;
pub mod sessions;
pub mod shell;
pub mod site;
mod staff;
pub mod view;
mod work;

pub use server::{Running, serve, serve_demo};
pub use site::{Demo, DemoPerson};
