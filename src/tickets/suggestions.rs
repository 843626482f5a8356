//! What may be the same: too unsure to join by itself, worth a person's look. Kept until somebody says so or says no.

pub(super) mod store;

crate::words! {
    /// What became of a suggestion.
    pub enum SuggestionState {
        /// Nobody has said yet.
        Open = "open",
        /// A person put them together.
        Joined = "joined",
        /// A person says they are two problems; it is not suggested again.
        Apart = "apart",
    }
}
