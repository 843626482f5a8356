//! The web form: what, where, and what we make of it.

use super::{Chip, Choice, Field, FieldError, Photo, Shell, Svg};
use serde::Serialize;

/// `resident/report`, GET and POST `/report` (multipart).
///
/// Fields: `csrf`, `photo` (file, optional), `photo_kept` (token of a photo already received), `what`, `where`,
/// `place` (key of a place picked from `places`, sent by its button), `service` (code, optional), `email` (optional),
/// `website` (trap: people never see it, must stay empty), and one of the buttons `send=1`, `join={number}`, `different=1`.
/// `different` travels on as a hidden field once pressed.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// The frame; put "Report a problem" as title.
    pub shell: Shell,
    /// Everything that was wrong, in the order of the fields; empty on the first visit.
    pub errors: Vec<FieldError>,
    /// What is wrong.
    pub what: Field,
    /// Where it is. Sent as `where`.
    #[serde(rename = "where")]
    pub place: Field,
    /// E-mail.
    pub email: Field,
    /// Why the photo was not taken: "This is not a photo. Send a JPEG, PNG or WebP under 8 MB."; empty = fine.
    pub photo_error: String,
    /// A photo kept from the try before.
    pub photo: Option<KeptPhoto>,
    /// Places that fit what was typed, as buttons: "214 Green St, Old Town".
    pub places: Vec<Choice>,
    /// Key of a place already picked; empty = none.
    pub place_key: String,
    /// "Broad St & Kinney St, Old Town Ward."; empty = not looked up yet.
    pub found: String,
    /// `found` is where the photo was taken: the writer is asked whether that is it.
    pub by_photo: bool,
    /// "street light out"; empty = not read yet. Shown as "We read: …".
    pub read: String,
    /// "Street Lighting".
    pub goes_to: String,
    /// All services a resident can pick, chosen one marked; shown under "No, it is something else".
    pub services: Vec<Choice>,
    /// Open tickets that may be the same; empty = none known.
    pub known: Vec<Known>,
    /// The person said "mine is different": sent on as a hidden field.
    pub different: bool,
    /// Map of the place found.
    pub map: Option<Svg>,
    /// Megabytes a photo may have: "8".
    pub photo_limit_mb: String,
}

/// A photo received with an earlier try of the form.
#[derive(Clone, Debug, Default, Serialize)]
pub struct KeptPhoto {
    /// Sent back as `photo_kept`.
    pub token: String,
    /// To show it, small; `None` = only words.
    pub photo: Option<Photo>,
}

/// A ticket that may be the one.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Known {
    /// "26-004300"; sent as `join`.
    pub number: String,
    /// "/t/26-004300".
    pub href: String,
    /// "Street light out, pole 1163".
    pub title: String,
    /// State.
    pub chip: Chip,
    /// "Right there, reported 3 h ago by one neighbor. Expected Tue Nov 24 to Wed Nov 25."
    pub text: String,
}
