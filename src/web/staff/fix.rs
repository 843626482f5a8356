//! POST `/staff/tickets/{number}/fix`: "Fixed" with its proof, a form with a photo.
//!
//! The body is read field by field and bounded by bytes; the photo is cleaned before anything is written. What is
//! refused comes back with its words, and with its photo: nobody walks back to a pole to take it again.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_multipart::form::{Limits, MultipartCollect, MultipartForm, State};
use actix_multipart::{Field, MultipartError};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::desk::{Desk, at_desk};
use super::typed::{self, Form, Typed};
use super::{moves, ticket};
use crate::accounts::{self, Action};
use crate::error::{Error, Result};
use crate::journey::proof::{self, Shown};
use crate::limits::{FIELD_CHARS, PHOTO_BYTES, PHOTOS};
use crate::media::{CleanPhoto, files};
use crate::tickets;
use crate::web::answer::Answer;
use crate::web::site::Site;

/// Fields of the form that are looked at.
const FIELDS: usize = 32;
/// One field of words on the wire, in bytes.
const WORDS_BYTES: usize = FIELD_CHARS * 4;

/// What came in.
#[derive(Debug, Default)]
pub(in crate::web) struct Upload {
    words: HashMap<String, String>,
    photos: Vec<Bytes>,
    /// A photo was over the limit; the words beside it arrived.
    too_large: bool,
}

impl Upload {
    /// The photos without anything that is not picture, kept on disk.
    pub(in crate::web) fn kept(&self, site: &Site) -> Result<Vec<CleanPhoto>> {
        if self.too_large {
            let most = PHOTO_BYTES / 1024 / 1024;
            return Err(Error::Invalid(format!("a photo may have {most} MB: send a smaller one")));
        }
        let world = site.world();
        let mut photos = Vec::new();
        for bytes in &self.photos {
            let photo = site.clean_photo(bytes)?;
            files::keep(&world.settings.server.media_dir, &photo)?;
            photos.push(photo);
        }
        Ok(photos)
    }

    /// A field as typed; empty when it did not come.
    pub(in crate::web) fn word(&self, name: &str) -> &str {
        self.words.get(name).map_or("", |w| w.trim())
    }
}

/// Closes the ticket with its proof; everyone who wrote is told.
pub(super) async fn take(
    site: Data<Site>,
    request: HttpRequest,
    number: Path<String>,
    body: std::result::Result<MultipartForm<Upload>, actix_web::Error>,
) -> HttpResponse {
    let number = number.into_inner();
    let Ok(MultipartForm(upload)) = body else {
        let broken =
            || Error::Invalid("the form broke off on its way: reload the page and send it again".into());
        return at_desk(site, &request, Action::CloseTicket, move |_| Err(broken())).await;
    };
    if let Err(refusal) = site.guard.check_form(&request, upload.word("csrf")) {
        return actix_web::ResponseError::error_response(&refusal);
    }
    at_desk(site, &request, Action::CloseTicket, move |desk| one(desk, &number, &upload)).await
}

/// A photo of this form, cleaned, under the token that brings it back.
type Kept = (String, Arc<CleanPhoto>);

fn one(desk: &Desk<'_>, number: &str, upload: &Upload) -> Result<Answer> {
    let number = ticket::canonical(number)?;
    let (photos, photo_error) = match photos(desk, upload) {
        Ok(photos) => (photos, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    let form = form(upload, &photos);
    let refused = |error: Error, field: &'static str| {
        let field = typed::field_of(&error, field);
        ticket::refused(desk, &number, error, field, Typed { step: "fix", form: form.clone(), error: None })
    };
    if let Some(error) = photo_error {
        return refused(error, "photo");
    }
    if let Err(fault) = typed::check("fix", &form, desk.zone(), desk.now) {
        return refused(fault.error, fault.field);
    }
    match fixed(desk, &number, &form, &photos) {
        Ok(number) => {
            photos.iter().for_each(|(token, _)| desk.site.kept.photos.invalidate(token));
            desk.site.forget_ticket(&number);
            Ok(Answer::to(&format!("/staff/tickets/{number}?done=fixed")))
        }
        Err(error) => refused(error, "photo"),
    }
}

fn form(upload: &Upload, photos: &[Kept]) -> Form {
    let word = |name: &str| upload.word(name).to_owned();
    let tokens: Vec<&str> = photos.iter().map(|(token, _)| token.as_str()).collect();
    Form {
        seen: word("seen"),
        proof: word("proof"),
        crew: word("crew"),
        words: word("words"),
        no_faces: word("no_faces"),
        photo_kept: tokens.join("."),
        ..Form::default()
    }
}

/// The photos just sent, or those that came with the sending before.
fn photos(desk: &Desk<'_>, upload: &Upload) -> Result<Vec<Kept>> {
    if upload.too_large {
        let most = PHOTO_BYTES / 1024 / 1024;
        return Err(Error::Invalid(format!("a photo may have {most} MB: send a smaller one")));
    }
    let kept = &desk.site.kept.photos;
    if upload.photos.is_empty() {
        let tokens = upload.word("photo_kept").split('.').filter(|token| !token.is_empty()).take(PHOTOS);
        let gone = || Error::Invalid("we had to let go of your photo: choose it again".into());
        return tokens
            .map(|token| kept.get(token).map(|photo| (token.to_owned(), photo)).ok_or_else(gone))
            .collect();
    }
    desk.me.role.require(Action::AddPhoto)?;
    let mut photos = Vec::new();
    for bytes in &upload.photos {
        let photo = Arc::new(desk.site.clean_photo(bytes)?);
        let token = accounts::base64url(&accounts::random::<16>()?);
        kept.insert(token.clone(), Arc::clone(&photo));
        photos.push((token, photo));
    }
    Ok(photos)
}

fn fixed(desk: &Desk<'_>, number: &str, form: &Form, photos: &[Kept]) -> Result<String> {
    if !photos.is_empty() {
        desk.me.role.require(Action::AddPhoto)?;
    }
    for (_, photo) in photos {
        // Files first: a row without its file would be a hole, a file without a row is only dust.
        files::keep(&desk.settings().server.media_dir, photo)?;
    }
    let counts = form.proof == "work_order" || photos.is_empty();
    let shown = Shown {
        photos: photos.iter().map(|(_, photo)| CleanPhoto::clone(photo)).collect(),
        no_faces: form.no_faces == "on",
        crew: if counts { form.crew.clone() } else { String::new() },
        words: form.words.clone(),
    };
    desk.site.app.db.write(|conn| {
        let ticket = tickets::by_number(conn, number)?;
        moves::may_see(desk, &ticket)?;
        moves::still_as_seen(desk, conn, &ticket, &form.seen)?;
        Ok(proof::fix(conn, &desk.world, &ticket, &shown, &desk.me.name, desk.now)?.number)
    })
}

type Reading<'t> = Pin<Box<dyn Future<Output = std::result::Result<(), MultipartError>> + 't>>;

impl MultipartCollect for Upload {
    fn limit(_: &str) -> Option<usize> {
        None
    }

    fn handle_field<'t>(
        _: &'t HttpRequest,
        mut field: Field,
        _: &'t mut Limits,
        state: &'t mut State,
    ) -> Reading<'t> {
        Box::pin(async move {
            let name = field.name().unwrap_or_default().to_owned();
            let most = if name == "photo" { PHOTO_BYTES } else { WORDS_BYTES };
            // What is over the limit is read to its end and thrown away, so that the fields after it arrive.
            let part = match field.bytes(most).await {
                Ok(bytes) => Some(bytes?),
                Err(_) => None,
            };
            if state.len() < FIELDS {
                let place = format!("{:02}", state.len());
                state.insert(place, Box::new((name, part)));
            }
            Ok(())
        })
    }

    fn from_state(state: State) -> std::result::Result<Self, MultipartError> {
        let mut upload = Self::default();
        for (_, part) in state.0 {
            let Ok(part) = part.downcast::<(String, Option<Bytes>)>() else { continue };
            match *part {
                (name, None) => upload.too_large |= name == "photo",
                // A browser sends an empty file when none was chosen.
                (name, Some(bytes)) if name == "photo" => {
                    if !bytes.is_empty() && upload.photos.len() < PHOTOS {
                        upload.photos.push(bytes);
                    }
                }
                (name, Some(bytes)) => {
                    upload.words.insert(name, String::from_utf8_lossy(&bytes).into_owned());
                }
            }
        }
        Ok(upload)
    }
}
