//! What each page is rendered from: flat structs with every string already formatted.
//!
//! Templates hold words and order, never numbers, times or decisions; those arrive here ready to print.
//! Nothing in these structs is HTML except `Svg`, which only the map drawer fills.
//! One file a part of the house: `resident` and `ticket` (public), `report`, `board`, `pane`, `review` (staff),
//! `mayor`, `account`, `mail`. `parts` and `words` are shared. The template of a struct stands in its doc line.

pub mod account;
pub mod board;
pub mod chart;
pub mod mail;
pub mod mayor;
pub mod pane;
pub mod parts;
pub mod report;
pub mod resident;
pub mod review;
pub mod shell;
pub mod ticket;
pub mod words;
pub mod work;

#[cfg(test)]
pub mod samples;

pub use parts::{Chip, Choice, Empty, Field, FieldError, FilterChip, Link, Pager, Photo, Svg, When};
pub use shell::{DemoBar, Notice, Person, Shell, StaffBar};
pub use words::{Mark, Piece, all_pieces, pieces};
