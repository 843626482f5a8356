//! The story: what happens to a post, to a ticket, and to everyone who wrote.
//!
//! `receive` (a post came in), `answer` (it answers in a thread we know), `advance` (staff, a crew or the clock
//! moves a ticket), `settle` (fixed, closed, reopened: everyone is told). This room calls the steps in story order
//! and passes on what they return; a decision is always a named function in a step.

mod acknowledge;
pub mod advance;
mod answer;
pub mod apart;
pub mod clocks;
mod concern;
pub mod decide;
mod elsewhere;
mod emergency;
pub mod filed;
pub mod followers;
pub mod group;
pub mod me_too;
mod opening;
mod own_number;
pub mod photo;
pub mod proof;
pub mod receive;
mod route;
pub mod settle;
mod tell;
pub mod voice;
pub mod work;

pub use receive::{Received, receive};
