//! Photos: whatever arrives leaves as a plain JPEG of known size, without a trace of its maker.
//!
//! `clean` is pure (bytes in, bytes out); `files` keeps the result under the name of its own digest.
//! An uploader's file name, format, metadata and thumbnail never get past this folder.
//! Where the photo was taken and when is read before it is wiped: it may suggest a place to staff and
//! it counts as proof, but it never reaches a page by itself.

mod clean;
mod exif;
pub mod files;
mod likeness;
mod store;

pub use clean::{CleanPhoto, clean};
pub use exif::PhotoTime;
pub use likeness::bits_apart;
pub use store::{PhotoRow, hide_of_post, insert, of_post, of_ticket, photo, report_row};
