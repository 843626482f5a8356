//! "Fixed" with a photo: the picture must be younger than the ticket, and is public only when its uploader says
//! that no faces or plates are in it.

use chrono::{DateTime, Duration, Utc};

use super::settle;
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::media::{self, CleanPhoto, PhotoRow};
use crate::tickets::policy::Evidence;
use crate::tickets::{self, Entry, Ticket};
use crate::world::World;

/// A camera's clock may be wrong by so much.
const CLOCK_MINUTES: i64 = 15;

/// What a person brings to say that it is fixed.
#[derive(Debug, Default)]
pub struct Shown {
    /// Photos, already clean and kept on disk.
    pub photos: Vec<CleanPhoto>,
    /// The uploader ticked "no faces or plates": strangers may see them.
    pub no_faces: bool,
    /// The crew of a finished work order; empty = none.
    pub crew: String,
    /// What was done, in one public line.
    pub words: String,
}

/// Keeps the proof and closes the ticket with it; everyone who wrote is told.
///
/// # Errors
/// `Invalid` for a photo taken before the ticket was opened, `Refused` without proof, `Conflict` when somebody was faster.
pub fn fix(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    shown: &Shown,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Ticket> {
    let zone = world.settings.city.time_zone;
    for photo in &shown.photos {
        let taken = photo.taken_at.map(|t| t.in_zone(zone));
        if taken.is_some_and(|at| at + Duration::minutes(CLOCK_MINUTES) < ticket.opened_at.0) {
            return Err(Error::Invalid(
                "the camera says this photo was taken before the request was opened: take one that shows the work done"
                    .into(),
            ));
        }
        let row = PhotoRow {
            id: 0,
            sha256: photo.hash.clone(),
            ticket_id: Some(ticket.id),
            post_id: None,
            role: "proof".into(),
            width: i64::from(photo.width),
            height: i64::from(photo.height),
            likeness: photo.likeness.cast_signed(),
            public: shown.no_faces,
            by_name: by.to_owned(),
            alt: "Taken after the work".into(),
            taken_at: taken.map(Ts),
            created_at: Ts(now),
        };
        media::insert(conn, &row)?;
    }
    let crew = shown.crew.trim();
    let photo = !shown.photos.is_empty();
    let evidence = Evidence {
        photo,
        photo_is_public: photo && shown.no_faces,
        work_order: !crew.is_empty(),
        author: false,
    };
    let fixed = settle::fix(conn, world, ticket, evidence, &shown.words, by, now)?;
    if !crew.is_empty() {
        let step =
            Entry::by_staff("work order", by, format!("{crew} finished the work order"), false, Ts(now));
        tickets::append(conn, fixed.id, &[step])?;
    }
    Ok(fixed)
}
