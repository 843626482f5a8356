//! Rules about tickets that are data in `config/`: what counts as proof, and where a home must not be shown.

use crate::error::{Error, Result};
use crate::settings::{Proof, Service};

/// The proof a "Fixed" stands on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence {
    /// A photo taken after opening, by staff, crew or contractor.
    pub photo: bool,
    /// Its uploader ticked that strangers may see it.
    pub photo_is_public: bool,
    /// A finished work order with crew and time.
    pub work_order: bool,
    /// The word "fixed" of somebody who wrote about it.
    pub author: bool,
}

/// The proof that counts for this service, as the word kept with the ticket.
///
/// # Errors
/// `Refused`, naming what is missing and the honest way out.
pub fn proof(service: &Service, evidence: Evidence) -> Result<&'static str> {
    let have = [
        (Proof::Photo, evidence.photo, "photo"),
        (Proof::WorkOrder, evidence.work_order, "work_order"),
        (Proof::Author, evidence.author, "author"),
    ];
    let demanded = |p: &Proof| service.proof.is_empty() || service.proof.contains(p);
    have.iter().find(|(kind, there, _)| *there && demanded(kind)).map(|(_, _, word)| *word).ok_or_else(|| {
        let need = if service.proof.contains(&Proof::Photo) && service.proof.len() == 1 {
            "a photo taken after the work"
        } else {
            "a photo, a finished work order, or the word of somebody who wrote"
        };
        Error::Refused(format!("\"Fixed\" needs proof: add {need}, or close it as \"not verified\""))
    })
}

/// A coordinate as the public may see it: about 100 m coarse where homes or people are concerned.
#[must_use]
pub fn public_coordinate(service: &Service, degrees: f64) -> f64 {
    if service.private_place { (degrees * 1_000.0).round() / 1_000.0 } else { degrees }
}
