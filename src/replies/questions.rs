//! Questions we asked in a thread; two tries in all, then a person takes over.

pub(super) mod store;
