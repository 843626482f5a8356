//! SQL of photos: which picture belongs to which ticket or post, and whether the public may see it.

use chrono_tz::Tz;
use diesel::prelude::*;

use super::CleanPhoto;
use crate::db::DbConnection;
use crate::db::schema::photos;
use crate::db::types::Ts;
use crate::error::{Error, Result};

/// A kept photo; its bytes lie in the media folder under `sha256`.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct PhotoRow {
    pub id: i64,
    pub sha256: String,
    pub ticket_id: Option<i64>,
    pub post_id: Option<i64>,
    /// `report` (a resident's), `before` or `proof` (staff's).
    pub role: String,
    pub width: i64,
    pub height: i64,
    pub likeness: i64,
    pub public: bool,
    pub by_name: String,
    pub alt: String,
    pub taken_at: Option<Ts>,
    pub created_at: Ts,
}

/// Writes a photo down.
///
/// # Errors
/// `Database` only.
pub fn insert(conn: &mut DbConnection, new: &PhotoRow) -> Result<i64> {
    Ok(diesel::insert_into(photos::table)
        .values((
            photos::sha256.eq(&new.sha256),
            photos::ticket_id.eq(new.ticket_id),
            photos::post_id.eq(new.post_id),
            photos::role.eq(&new.role),
            photos::width.eq(new.width),
            photos::height.eq(new.height),
            photos::likeness.eq(new.likeness),
            photos::public.eq(new.public),
            photos::by_name.eq(&new.by_name),
            photos::alt.eq(&new.alt),
            photos::taken_at.eq(new.taken_at),
            photos::created_at.eq(new.created_at),
        ))
        .returning(photos::id)
        .get_result(conn)?)
}

/// The row of a photo that came with a report: not public until a person has looked for faces and plates.
#[must_use]
pub fn report_row(photo: &CleanPhoto, ticket_id: i64, post_id: i64, zone: Tz, now: Ts) -> PhotoRow {
    PhotoRow {
        id: 0,
        sha256: photo.hash.clone(),
        ticket_id: Some(ticket_id),
        post_id: Some(post_id),
        role: "report".to_owned(),
        width: i64::from(photo.width),
        height: i64::from(photo.height),
        likeness: photo.likeness.cast_signed(),
        public: false,
        by_name: String::new(),
        alt: String::new(),
        taken_at: photo.taken_at.map(|t| Ts(t.in_zone(zone))),
        created_at: now,
    }
}

/// The photo with this row id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn photo(conn: &mut DbConnection, id: i64) -> Result<PhotoRow> {
    let found = photos::table.find(id).first(conn).optional()?;
    found.ok_or_else(|| Error::NotFound(format!("there is no photo {id}")))
}

/// Photos of a ticket, oldest first.
///
/// # Errors
/// `Database` only.
pub fn of_ticket(conn: &mut DbConnection, ticket_id: i64) -> Result<Vec<PhotoRow>> {
    Ok(photos::table.filter(photos::ticket_id.eq(ticket_id)).order(photos::id).load(conn)?)
}

/// Photos that came with a post, oldest first.
///
/// # Errors
/// `Database` only.
pub fn of_post(conn: &mut DbConnection, post_id: i64) -> Result<Vec<PhotoRow>> {
    Ok(photos::table.filter(photos::post_id.eq(post_id)).order(photos::id).load(conn)?)
}

/// Hides every photo of a deleted post from the public.
///
/// # Errors
/// `Database` only.
pub fn hide_of_post(conn: &mut DbConnection, post_id: i64) -> Result<()> {
    diesel::update(photos::table.filter(photos::post_id.eq(post_id)))
        .set(photos::public.eq(false))
        .execute(conn)?;
    Ok(())
}
