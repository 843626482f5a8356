//! The obligation an "On it" makes: who, what, by when, and what became of it.

pub(super) mod store;
