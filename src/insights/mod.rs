//! Read-only: screens that join several steps, and the numbers on them.
//!
//! Nothing here changes a row, and nothing here decides; pages ask, rows come back, the web layer finds the words.
//! What strangers may see is chosen in one place: every question of `public` carries the same filter.

pub mod board;
pub mod mayor;
pub mod public;
