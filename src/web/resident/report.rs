//! The form `/report`: what and where, and if they like a photo and an address. No account, no script.
//!
//! Each sending is looked at before anything is kept: fields, then the place, then "is it this one?". Danger to
//! life is never held up by a form: it is kept at once, whatever else is missing. `upload` reads what was sent,
//! `check` looks at it, `file` hands it to the journey. A double click files once: the name of the post is made
//! from the form's own token and words.

mod check;
mod file;
mod upload;

use std::sync::Arc;

use actix_multipart::form::MultipartForm;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, ResponseError};

use super::map;
use super::words::{Words, span};
use crate::error::{Error, Result};
use crate::insights::public;
use crate::limits::PHOTO_BYTES;
use crate::media::CleanPhoto;
use crate::places::{MapView, Mark};
use crate::settings::Urgency;
use crate::web::answer::{Answer, Asker, answer};
use crate::web::refused;
use crate::web::shell::shell;
use crate::web::site::Site;
use crate::web::view::report::{KeptPhoto, Known, Report};
use crate::web::view::resident::Message;
use crate::web::view::{Choice, Field, FieldError, Link, Svg};
use crate::world::World;
use check::{Checked, Looked};
use upload::Sent;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/report")
                .route(web::route().guard(super::reading()).to(show))
                .route(web::post().to(send)),
        )
        .route("/report/done/{what}", web::get().to(done));
}

/// A photo of this form, cleaned, under the token that brings it back.
#[derive(Clone)]
struct Kept {
    token: String,
    photo: Arc<CleanPhoto>,
}

async fn show(site: Data<Site>, request: HttpRequest) -> HttpResponse {
    let asker = match Asker::with_form(&request, &site) {
        Ok(asker) => asker,
        Err(error) => return answer(site, Asker::of(&request), move |_, _| Err(error)).await,
    };
    answer(site, asker, |site, asker| {
        let world = site.world();
        let mut sent = Sent::default();
        if let Some(number) = asker.value("near") {
            // "Me too": the same place and kind, as far as strangers may know them.
            let words = Words::new(&world.settings, site.now());
            if let Some(row) = public::known(&mut *site.app.db.read()?, &number)? {
                sent.place = words.place(&row);
                sent.service = row.service;
            }
        }
        form(site, &world, asker, &sent, None, &Checked::default())
    })
    .await
}

async fn send(
    site: Data<Site>,
    request: HttpRequest,
    body: std::result::Result<MultipartForm<Sent>, actix_web::Error>,
) -> HttpResponse {
    let Ok(MultipartForm(sent)) = body else {
        let unreadable = || Error::Invalid("the form did not arrive whole: go back and send it again".into());
        return answer(site, Asker::of(&request), move |_, _| Err(unreadable())).await;
    };
    let late = match site.guard.check_form(&request, &sent.csrf) {
        Ok(()) => false,
        Err(refusal) if refusal.is_late() => true,
        Err(refusal) => return refusal.error_response(),
    };
    let asker = match Asker::with_form(&request, &site) {
        Ok(asker) => asker,
        Err(error) => return answer(site, Asker::of(&request), move |_, _| Err(error)).await,
    };
    answer(
        site,
        asker,
        move |site, asker| {
            if late { once_more(site, asker, &sent) } else { take(site, asker, &sent) }
        },
    )
    .await
}

/// The page was open for too long: the same words and the photo again, on a fresh one.
fn once_more(site: &Site, asker: &Asker, sent: &Sent) -> Result<Answer> {
    let photo = take_photo(site, sent).unwrap_or_default();
    let told = "This page was open for a long time. Nothing is lost: look at it once more and send it.";
    let errors = vec![FieldError { field: "what".into(), message: told.into() }];
    let checked = Checked { errors, ..Checked::default() };
    Ok(form(site, &site.world(), asker, sent, photo, &checked)?.status(StatusCode::CONFLICT))
}

/// One sending: looked at, shown again or filed.
fn take(site: &Site, asker: &Asker, sent: &Sent) -> Result<Answer> {
    if !sent.website.is_empty() {
        // Only a program fills a field that nobody sees.
        return Ok(Answer::to("/"));
    }
    if let Some(place) = file::filed_before(site, sent)? {
        return Ok(Answer::to(&place));
    }
    let world = site.world();
    let (photo, photo_error) = match take_photo(site, sent) {
        Ok(photo) => (photo, String::new()),
        Err(Error::Invalid(why)) => (None, format!("{}.", upper(why.trim_end_matches('.')))),
        Err(other) => return Err(other),
    };
    let taken_at = photo.as_ref().and_then(|kept| kept.photo.gps);
    let looked = check::look(site, &world, sent, (taken_at, photo_error))?;
    let danger = looked.urgency == Urgency::Emergency;
    if let (Looked { checked, .. }, false) = (&looked, danger) {
        if !checked.errors.is_empty() || checked.offered && sent.join.is_empty() {
            return form(site, &world, asker, sent, photo, checked);
        }
        if !checked.known.is_empty() && !sent.different && sent.join.is_empty() {
            return form(site, &world, asker, sent, photo, checked);
        }
    }
    let (who, most) = (asker.client.group(), world.settings.policy.form.per_hour);
    if !site.kept.within(who, "report", most) && !danger {
        site.kept.uncount(who, "report");
        let mut checked = looked.checked;
        let number = &world.settings.city.non_emergency;
        let message = format!(
            "That was {most} reports within an hour from your connection. Call {number}, or wait a while."
        );
        checked.errors.push(FieldError { field: "what".into(), message });
        return Ok(form(site, &world, asker, sent, photo, &checked)?.status(StatusCode::TOO_MANY_REQUESTS));
    }
    let kept = photo.as_ref().map(|k| k.photo.as_ref());
    let filed = file::file(site, &world, sent, &looked, kept);
    if filed.is_err() {
        site.kept.uncount(who, "report");
    }
    let filed = match filed {
        Ok(filed) => filed,
        Err(error) => {
            // Something changed at the last moment, or could not be kept: the words are not lost with it.
            let Some(told) = refused::told(&error, "what") else { return Err(error) };
            let checked = Checked { errors: vec![told], ..looked.checked };
            return Ok(form(site, &world, asker, sent, photo, &checked)?.status(refused::status_of(&error)));
        }
    };
    if let Some(kept) = photo {
        site.kept.photos.invalidate(&kept.token);
    }
    Ok(Answer::to(&filed))
}

/// The photo just sent, or the one kept from the sending before.
fn take_photo(site: &Site, sent: &Sent) -> Result<Option<Kept>> {
    if sent.photo_too_large {
        let mb = PHOTO_BYTES / 1024 / 1024;
        return Err(Error::Invalid(format!(
            "the photo is larger than {mb} MB: send a smaller version of it"
        )));
    }
    if let Some(bytes) = &sent.photo {
        let photo = Arc::new(site.clean_photo(bytes)?);
        let token = crate::accounts::base64url(&crate::accounts::random::<16>()?);
        site.kept.photos.insert(token.clone(), Arc::clone(&photo));
        return Ok(Some(Kept { token, photo }));
    }
    if sent.photo_kept.is_empty() {
        return Ok(None);
    }
    let found = site.kept.photos.get(&sent.photo_kept);
    let gone = || Error::Invalid("we had to let go of your photo: choose it again".into());
    found.map(|photo| Some(Kept { token: sent.photo_kept.clone(), photo })).ok_or_else(gone)
}

fn upper(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|c| c.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}

/// The form, as typed, with what we found out.
fn form(
    site: &Site,
    world: &World,
    asker: &Asker,
    sent: &Sent,
    photo: Option<Kept>,
    checked: &Checked,
) -> Result<Answer> {
    let words = Words::new(&world.settings, site.now());
    let error = |name: &str| {
        checked.errors.iter().find(|e| e.field == name).map(|e| e.message.clone()).unwrap_or_default()
    };
    let field = |value: &str, name: &str| Field { value: value.to_owned(), error: error(name) };
    let service = checked.service.as_deref().unwrap_or("");
    let offered = checked.place.as_ref().filter(|_| checked.offered);
    let place = offered.map_or(sent.place.as_str(), |p| p.label.as_str());
    let choice = |s: &crate::settings::Service| Choice {
        value: s.code.clone(),
        label: s.names.get(words.lang).clone(),
        chosen: s.code == sent.service,
    };
    let view = Report {
        shell: shell(site, world, asker, ("Report a problem", "report")),
        errors: checked.errors.clone(),
        what: field(&sent.what, "what"),
        place: field(place, "where"),
        email: field(&sent.email, "email"),
        photo_error: error("photo"),
        photo: photo.map(|kept| KeptPhoto { token: kept.token, photo: None }),
        places: checked
            .candidates
            .iter()
            .map(|p| Choice { value: p.key.clone(), label: p.label.clone(), chosen: false })
            .collect(),
        place_key: checked
            .place
            .as_ref()
            .filter(|_| !sent.place_key.is_empty() || checked.offered)
            .map(|p| p.key.clone())
            .unwrap_or_default(),
        found: checked.found.clone(),
        by_photo: checked.by_photo,
        read: if service.is_empty() { String::new() } else { words.service(service).to_lowercase() },
        goes_to: world
            .settings
            .catalogue
            .get(service)
            .map(|s| words.department(&s.department))
            .unwrap_or_default(),
        services: world.settings.catalogue.offered().map(choice).collect(),
        known: checked.known.iter().map(|(row, metres)| known(&words, row, *metres)).collect(),
        different: sent.different,
        map: place_map(site, world, &words, checked),
        photo_limit_mb: (PHOTO_BYTES / 1024 / 1024).to_string(),
    };
    let html = site.pages.render("resident/report", &view)?;
    let status = if checked.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(Answer::page(html).status(status).header(header::CACHE_CONTROL, "no-store"))
}

fn known(words: &Words<'_>, row: &public::TicketRow, metres: f64) -> Known {
    let shown = words.row(row);
    let how_far = if metres < 15.0 { "Right there".to_owned() } else { format!("{metres:.0} m away") };
    let ago = span(words.now - row.opened_at.0);
    let people = if row.people > 1 { format!("{} neighbors", row.people) } else { "one neighbor".to_owned() };
    let expected = if shown.expected.is_empty() { String::new() } else { format!(" {}.", shown.expected) };
    Known {
        number: shown.number,
        href: shown.href,
        title: format!("{}, {}", shown.title, shown.place),
        chip: shown.chip,
        text: format!("{how_far}, reported {ago} ago by {people}.{expected}"),
    }
}

fn place_map(site: &Site, world: &World, words: &Words<'_>, checked: &Checked) -> Option<Svg> {
    let place = checked.place.as_ref()?;
    let mut marks: Vec<Mark<'_>> =
        checked.known.iter().filter_map(|(row, _)| words.mark(row, false)).collect();
    marks.push(Mark {
        lat: place.lat,
        lon: place.lon,
        radius_m: place.radius_m,
        state: "received",
        label: place.label.clone(),
        href: None,
        selected: true,
        count: 1,
    });
    let view = MapView { lat: place.lat, lon: place.lon, width_px: 440, height_px: 300, metres_per_px: 0.8 };
    map::draw(site, world, view, &marks)
}

/// What is said when there is no ticket page to show: a person reads it first, or it is danger to life.
async fn done(site: Data<Site>, request: HttpRequest, what: Path<String>) -> HttpResponse {
    answer(site, Asker::of(&request), move |site, asker| {
        let world = site.world();
        let city = &world.settings.city;
        let home = Link { href: "/".into(), label: "Home".into() };
        let (heading, text, links) = match what.as_str() {
            "review" => (
                "We have it. A person reads it first".to_owned(),
                "We were not sure what or where it is, so somebody at the city looks. If you left an e-mail, they can ask you.".to_owned(),
                vec![home, Link { href: "/report".into(), label: "Report something else".into() }],
            ),
            "danger" => (
                format!("If anyone is in danger, call {} now", city.emergency_number),
                "Do not wait for an answer here. We have alerted a person at the city.".to_owned(),
                vec![Link { href: format!("tel:{}", city.emergency_number), label: format!("Call {}", city.emergency_number) }, home],
            ),
            _ => return Err(Error::NotFound("no such page".into())),
        };
        let frame = shell(site, &world, asker, (&heading, "report"));
        let view = Message { shell: frame, status: 200, heading, text, links, ..Message::default() };
        Ok(Answer::page(site.pages.render("resident/message", &view)?))
    })
    .await
}
