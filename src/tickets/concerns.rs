//! One issue named in a post, and the ticket it stands in; joins are append-only, so taking apart loses nothing.

pub(super) mod store;
