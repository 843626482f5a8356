//! What the rows of the board show beside themselves.

pub(super) mod store;
