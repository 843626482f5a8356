//! `OnIt`: reads a resident's post where it was written, opens a ticket, and answers in the same thread.
//!
//! The modules stand in the order a post travels; `docs/ARCHITECTURE.md` walks one through.

pub mod accounts;
pub mod channels;
pub mod cli;
pub mod demo;
pub mod dispatch;
pub mod insights;
pub mod intake;
pub mod journey;
pub mod media;
pub mod places;
pub mod replies;
pub mod routing;
pub mod tickets;
pub mod triage;
pub mod web;

pub mod app;
pub mod jobs;
pub mod worker;

pub mod clock;
pub mod error;
pub mod limits;
pub mod settings;
pub mod span;
pub mod terminal;
pub mod world;

pub mod db;
pub mod net;
