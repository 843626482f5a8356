//! Fetches the photos of a post: through the guarded client, re-encoded, metadata gone; where they were taken is a hint, see `journey::photo`.

use crate::app::App;
use crate::channels::{ReadFailure, accounts};
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::intake::{self, Media};
use crate::jobs::{self, Job};
use crate::media::{self, files};
use crate::net::http::{Failure, Method, Request};
use crate::{journey, limits, tickets};

/// Tries of a photo that a program named by its address.
const ADDRESS_TRIES: i64 = 3;

/// Fetches, cleans and keeps what a post carries; a photo that cannot be had is told in the log and left.
///
/// # Errors
/// `Unavailable` when the server does not answer now: the job comes again.
pub fn fetch(app: &App, job: &Job, post_id: i64) -> Result<()> {
    let now = app.clock.now();
    let post = intake::post(&mut *app.db.read()?, post_id)?;
    let listed: Vec<Media> = serde_json::from_str(&post.media).unwrap_or_default();
    let account = match post.account_id {
        Some(id) => Some(accounts::by_id(&mut *app.db.read()?, id)?),
        None => None,
    };
    let mut kept = Vec::new();
    if let Some(row) = account.filter(|_| post.deleted_at.is_none()) {
        let channel = app.channel(&row)?;
        for item in listed.iter().take(limits::PHOTOS) {
            match channel.fetch_media(&item.url, limits::PHOTO_BYTES as u64) {
                Ok(found) => match media::clean(&found.bytes) {
                    Ok(photo) => kept.push((photo, item.alt.clone().unwrap_or_default())),
                    Err(why) => tracing::info!(post = post_id, "photo left: {why}"),
                },
                Err(ReadFailure::Later { why, .. }) => return Err(Error::Unavailable(why)),
                Err(other) => tracing::info!(post = post_id, "photo left: {other}"),
            }
        }
    }
    if post.channel == intake::OPEN311 && post.deleted_at.is_none() {
        for item in listed.iter().take(limits::PHOTOS) {
            match by_address(app, &item.url, job.attempts >= ADDRESS_TRIES)? {
                Ok(photo) => kept.push((photo, String::new())),
                Err(why) => tracing::info!(post = post_id, "photo left: {why}"),
            }
        }
    }
    let world = app.world.now();
    for (photo, _) in &kept {
        files::keep(&world.settings.server.media_dir, photo)?;
    }
    app.db.write(|conn| {
        let ticket_id = tickets::joins_of_post(conn, post_id)?.first().map(|j| j.ticket_id);
        for (photo, alt) in &kept {
            media::insert(
                conn,
                &row_of(
                    photo,
                    ticket_id,
                    Some(post_id),
                    "report",
                    alt,
                    world.settings.city.time_zone,
                    now.into(),
                ),
            )?;
        }
        if let Some(spot) = journey::photo::one_spot(&world, kept.iter().filter_map(|(photo, _)| photo.gps)) {
            journey::photo::taken_at(conn, &world, &post, spot, now)?;
        }
        jobs::done(conn, job)
    })
}

/// A photo that a program named by its address: nobody's account, so the guarded client alone.
/// On the `last` try what does not answer is left: an address from outside is nobody's alarm.
fn by_address(
    app: &App,
    address: &str,
    last: bool,
) -> Result<std::result::Result<media::CleanPhoto, String>> {
    let Ok(url) = url::Url::parse(address) else { return Ok(Err("no address".into())) };
    let mut request = Request::new(Method::Get, url);
    request.max_bytes = limits::PHOTO_BYTES as u64;
    match app.client.send(request) {
        Ok(response) if (200..300).contains(&response.status) => {
            Ok(media::clean(&response.body).map_err(|e| e.to_string()))
        }
        Ok(response) if response.status < 500 => Ok(Err(format!("status {}", response.status))),
        Ok(response) if !last => Err(Error::Unavailable(format!("status {}", response.status))),
        Err(Failure::NotSent(why) | Failure::MaybeSent(why)) if !last => Err(Error::Unavailable(why)),
        Ok(response) => Ok(Err(format!("status {}", response.status))),
        Err(failure) => Ok(Err(failure.to_string())),
    }
}

/// The row of a cleaned photo. A resident's photo is not public until a person says so.
#[must_use]
pub fn row_of(
    photo: &media::CleanPhoto,
    ticket_id: Option<i64>,
    post_id: Option<i64>,
    role: &str,
    alt: &str,
    zone: chrono_tz::Tz,
    now: Ts,
) -> media::PhotoRow {
    media::PhotoRow {
        id: 0,
        sha256: photo.hash.clone(),
        ticket_id,
        post_id,
        role: role.to_owned(),
        width: i64::from(photo.width),
        height: i64::from(photo.height),
        likeness: photo.likeness.cast_signed(),
        public: false,
        by_name: String::new(),
        alt: alt.to_owned(),
        taken_at: photo.taken_at.as_ref().map(|t| t.in_zone(zone).into()),
        created_at: now,
    }
}
