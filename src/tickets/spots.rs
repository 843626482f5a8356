//! What is known about a ticket's place beside the place itself.

pub(super) mod store;
