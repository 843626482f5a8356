//! Open311 over HTTP, on both databases: the rules O1 to O29 of the contract, filing, the sandbox, and bad input.

#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]

#[path = "open311/bad.rs"]
mod bad;
#[path = "open311/check.rs"]
mod check;
#[path = "open311/client.rs"]
mod client;
#[path = "open311/filing.rs"]
mod filing;
#[path = "open311/reading.rs"]
mod reading;
#[path = "open311/round_trip.rs"]
mod round_trip;
#[path = "open311/sandbox.rs"]
mod sandbox;
mod support;
#[path = "open311/updates.rs"]
mod updates;
#[path = "open311/xml.rs"]
mod xml;
