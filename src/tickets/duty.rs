//! People on duty are called about danger to life until one of them has it.

pub(super) mod store;
