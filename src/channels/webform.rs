//! The city's own form `/report`: it asks before saving and answers with the ticket page, so there is
//! nothing to fetch and nothing to send; only its manners are a channel's.

use crate::intake::manners::Manners;

/// Channel name of posts from the form.
pub const KIND: &str = "web_form";

/// What the form can do.
#[must_use]
pub fn manners() -> Manners {
    Manners::web_form()
}
