//! The public pages over HTTP, on both databases: each address, who may see what, and what a stranger must never get.

#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]

#[path = "web_public/browser.rs"]
mod browser;
#[path = "web_public/forms.rs"]
mod forms;
#[path = "web_public/live_map.rs"]
mod live_map;
#[path = "web_public/pages.rs"]
mod pages;
#[path = "web_public/photo.rs"]
mod photo;
mod support;
