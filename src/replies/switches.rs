//! What people switch at run time; the kill switch is one of them.

pub(super) mod store;
