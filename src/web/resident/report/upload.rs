//! Reads the form as it was sent (multipart): words, and one photo. A photo that is too large costs the photo only,
//! never the words beside it.

use std::future::Future;
use std::pin::Pin;

use actix_multipart::form::{Limits, MultipartCollect, State};
use actix_multipart::{Field, MultipartError};
use actix_web::HttpRequest;
use actix_web::web::Bytes;

use crate::limits::{EMAIL_CHARS, PHOTO_BYTES};

/// Longest description, in characters; the same as in the template.
pub(super) const WHAT_CHARS: usize = 4_000;
/// Longest place, in characters; the same as in the template.
pub(super) const WHERE_CHARS: usize = 200;
/// One field on the wire, in bytes.
const FIELD_BYTES: usize = 32 * 1024;
const MOST_FIELDS: usize = 32;

/// The fields of one sending.
#[derive(Clone, Debug, Default)]
pub(super) struct Sent {
    pub(super) csrf: String,
    pub(super) what: String,
    /// Sent as `where`.
    pub(super) place: String,
    /// Key of a place that was picked; sent as `place`.
    pub(super) place_key: String,
    pub(super) service: String,
    pub(super) email: String,
    /// The trap: people never see it.
    pub(super) website: String,
    pub(super) photo_kept: String,
    pub(super) photo: Option<Bytes>,
    pub(super) photo_too_large: bool,
    /// "Yes: me too" on this number.
    pub(super) join: String,
    /// "No, mine is different".
    pub(super) different: bool,
}

impl Sent {
    fn put(&mut self, name: &str, value: &str) {
        let cut = |most: usize| value.trim().chars().take(most).collect::<String>();
        match name {
            "csrf" => self.csrf = cut(256),
            "what" => self.what = value.replace("\r\n", "\n").trim().chars().take(WHAT_CHARS).collect(),
            "where" => self.place = cut(WHERE_CHARS).replace(['\r', '\n'], " "),
            // A button pressed now stands after the hidden field of the page before: the last one counts.
            "place" => self.place_key = cut(WHERE_CHARS),
            "service" => self.service = cut(64),
            "email" => self.email = cut(EMAIL_CHARS),
            "website" => self.website = cut(8),
            "photo_kept" => self.photo_kept = cut(64),
            "join" => self.join = cut(24),
            "different" => self.different = value == "1",
            _ => {}
        }
    }
}

enum Part {
    Words(String),
    Photo(Bytes),
    TooLarge,
}

impl MultipartCollect for Sent {
    fn limit(_: &str) -> Option<usize> {
        None
    }

    fn handle_field<'t>(
        _: &'t HttpRequest,
        mut field: Field,
        _: &'t mut Limits,
        state: &'t mut State,
    ) -> Pin<Box<dyn Future<Output = Result<(), MultipartError>> + 't>> {
        Box::pin(async move {
            let name = field.name().unwrap_or_default().to_owned();
            let file = field.content_disposition().is_some_and(|d| d.get_filename().is_some());
            let most = if file { PHOTO_BYTES } else { FIELD_BYTES };
            // What is over the limit is read to its end and thrown away, so that the fields after it arrive.
            let part = match field.bytes(most).await {
                Ok(Ok(bytes)) if file => Part::Photo(bytes),
                Ok(Ok(bytes)) => Part::Words(String::from_utf8_lossy(&bytes).into_owned()),
                Ok(Err(broken)) => return Err(broken),
                Err(_) => Part::TooLarge,
            };
            if state.len() < MOST_FIELDS {
                // The state is a map by name; the position in front keeps the order.
                let place = format!("{:02}", state.len());
                state.insert(place, Box::new((name, part)));
            }
            Ok(())
        })
    }

    fn from_state(state: State) -> Result<Self, MultipartError> {
        let mut fields: Vec<_> = state.0.into_iter().collect();
        fields.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut sent = Self::default();
        for (_, field) in fields {
            let Ok(field) = field.downcast::<(String, Part)>() else { continue };
            match *field {
                (name, Part::Words(words)) => sent.put(&name, &words),
                (_, Part::Photo(bytes)) if !bytes.is_empty() => sent.photo = Some(bytes),
                (name, Part::TooLarge) if name == "photo" => sent.photo_too_large = true,
                _ => {}
            }
        }
        Ok(sent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_cut_and_the_last_pick_counts() {
        let mut sent = Sent::default();
        for (name, value) in [
            ("what", "  a\r\nb  "),
            ("where", "Elm\nSt"),
            ("place", "node:1"),
            ("place", "node:2"),
            ("different", "yes"),
            ("unknown", "x"),
        ] {
            sent.put(name, value);
        }
        assert_eq!((sent.what.as_str(), sent.place.as_str()), ("a\nb", "Elm St"));
        assert_eq!((sent.place_key.as_str(), sent.different), ("node:2", false));
        sent.put("what", &"é".repeat(WHAT_CHARS + 5));
        assert_eq!(sent.what.chars().count(), WHAT_CHARS);
    }
}
