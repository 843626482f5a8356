//! What is known about a ticket's place beside the place itself.

pub mod store;
