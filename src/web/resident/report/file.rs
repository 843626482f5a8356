//! Hands a report to the journey: kept, read, placed and answered in one write, and named so that it files once.

use sha2::{Digest, Sha256};

use super::check::Looked;
use super::upload::Sent;
use crate::channels::webform;
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::intake::{self, Author, Envelope, EnvelopeKind, Kept, Post, Stated, Visibility};
use crate::journey::receive::BY_PHOTO;
use crate::journey::{self, Received, followers};
use crate::media::{self, CleanPhoto, files};
use crate::tickets::{self, Ticket};
use crate::web::resident::follow::public_ticket;
use crate::web::site::Site;
use crate::world::World;

/// Files it; the answer is the address to go to.
pub(super) fn file(
    site: &Site,
    world: &World,
    sent: &Sent,
    looked: &Looked,
    photo: Option<&CleanPhoto>,
) -> Result<String> {
    let now = site.now();
    let email = followers::address(&sent.email);
    let joined = if sent.join.is_empty() { None } else { Some(public_ticket(site, &sent.join)?) };
    let envelope = envelope(site, sent, looked, joined.as_ref(), email.as_deref());
    if let Some(photo) = photo {
        files::keep(&world.settings.server.media_dir, photo)?;
    }
    world.numbers.refill(&site.app.db, world.settings.city.time_zone, now)?;
    let write = || {
        site.app.db.write(|conn| {
            let (post, received, fresh) = keep(conn, world, &envelope, now)?;
            let ticket = ticket_of(conn, &received)?;
            if fresh {
                if let Some(photo) = photo {
                    keep_photo(conn, world, photo, &post, ticket.as_ref(), Ts(now))?;
                    let typed = photo.gps.filter(|_| !looked.checked.by_photo);
                    if let Some(spot) = journey::photo::one_spot(world, typed) {
                        journey::photo::taken_at(conn, world, &post, spot, now)?;
                    }
                }
                if let (Some(email), Some(ticket)) = (&email, ticket.as_ref().filter(|t| t.is_public())) {
                    followers::ask(conn, world, ticket, email, true, now)?;
                }
            }
            Ok((received, ticket))
        })
    };
    // A double click may meet itself, or a colleague's change: on the second look it is there.
    let (received, ticket) = match write() {
        Err(Error::Conflict(_) | Error::Database(_)) => write()?,
        done => done?,
    };
    if let Some(ticket) = &ticket {
        site.forget_ticket(&ticket.number);
    }
    Ok(address_after(&received, ticket.as_ref(), email.is_some()))
}

/// Where a form leads that was sent before, word for word: a double click, or "back" and once more.
pub(super) fn filed_before(site: &Site, sent: &Sent) -> Result<Option<String>> {
    let conn = &mut *site.app.db.read()?;
    let Some(post) = intake::post_named(conn, webform::KIND, &name_of(sent))? else { return Ok(None) };
    let received = journey::receive::known(conn, &post)?;
    let ticket = ticket_of(conn, &received)?;
    let mailed = followers::address(&sent.email).is_some();
    Ok(Some(address_after(&received, ticket.as_ref(), mailed)))
}

fn keep(
    conn: &mut DbConnection,
    world: &World,
    envelope: &Envelope,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(Post, Received, bool)> {
    match intake::keep(conn, envelope, None, now)? {
        Kept::New(post) => {
            let received = journey::receive(conn, world, &post, now)?;
            Ok((*post, received, true))
        }
        Kept::Known(post) | Kept::Edited(post) | Kept::Deleted(post) => {
            let received = journey::receive::known(conn, &post)?;
            Ok((*post, received, false))
        }
        Kept::Nothing => Err(Error::Invalid("there was nothing to keep in this report".into())),
    }
}

fn envelope(
    site: &Site,
    sent: &Sent,
    looked: &Looked,
    joined: Option<&Ticket>,
    email: Option<&str>,
) -> Envelope {
    let name = name_of(sent);
    let picked = looked.checked.place.as_ref();
    let mut attributes = serde_json::Map::new();
    if sent.different {
        attributes.insert("different".to_owned(), true.into());
    }
    if looked.checked.by_photo && joined.is_none() {
        attributes.insert(BY_PHOTO.to_owned(), true.into());
    }
    if let Some(ticket) = joined {
        attributes.insert("joins".to_owned(), ticket.number.clone().into());
    }
    let stated = Stated {
        service: joined.map(|t| t.service.clone()).or_else(|| looked.stated.clone()),
        address: joined
            .map(|t| t.place_label.clone())
            .or_else(|| picked.map(|p| p.label.clone()))
            .or_else(|| Some(sent.place.clone()).filter(|p| !p.is_empty())),
        attributes,
    };
    let spot = joined.map_or_else(|| picked.map(|p| (p.lat, p.lon)), |t| t.lat.zip(t.lon));
    let raw = serde_json::json!({"what": sent.what, "where": sent.place, "place": sent.place_key, "service": sent.service});
    Envelope {
        kind: EnvelopeKind::Post,
        channel: webform::KIND.to_owned(),
        id: name.clone(),
        author: Author { id: email.map_or_else(|| name.clone(), str::to_owned), ..Author::default() },
        uri: name,
        text: sent.what.clone(),
        created_at: site.now(),
        in_reply_to: None,
        lang: None,
        lat: spot.map(|s| s.0),
        lon: spot.map(|s| s.1),
        media: Vec::new(),
        visibility: Visibility::Public,
        stated: Some(stated),
        local_id: None,
        version: None,
        edited_at: None,
        root_uri: None,
        url: None,
        spoiler_text: None,
        mentions: Vec::new(),
        from_us: false,
        raw: raw.to_string(),
    }
}

/// The name of this report: from the token of the form it was typed into (fresh random bits on every page) and its
/// words. The same form sent twice is one report; the page used again for another problem is another.
fn name_of(sent: &Sent) -> String {
    let mut digest = Sha256::new();
    for part in [&sent.csrf, &sent.what, &sent.place] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    let name: String = digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{}:{name}", webform::KIND)
}

fn ticket_of(conn: &mut DbConnection, received: &Received) -> Result<Option<Ticket>> {
    match received.tickets.first() {
        Some(number) => tickets::by_number(conn, number).map(Some),
        None => Ok(None),
    }
}

/// Not shown to anybody but staff until a person has looked for faces and plates.
fn keep_photo(
    conn: &mut DbConnection,
    world: &World,
    photo: &CleanPhoto,
    post: &Post,
    ticket: Option<&Ticket>,
    now: Ts,
) -> Result<()> {
    let zone = world.settings.city.time_zone;
    let row = media::PhotoRow {
        id: 0,
        sha256: photo.hash.clone(),
        ticket_id: ticket.map(|t| t.id),
        post_id: Some(post.id),
        role: "report".to_owned(),
        width: i64::from(photo.width),
        height: i64::from(photo.height),
        likeness: photo.likeness.cast_signed(),
        public: false,
        by_name: String::new(),
        alt: String::new(),
        taken_at: photo.taken_at.map(|t| Ts(t.in_zone(zone))),
        created_at: now,
    };
    media::insert(conn, &row).map(|_| ())
}

/// Where the writer goes: their ticket, or the word that a person reads it first.
fn address_after(received: &Received, ticket: Option<&Ticket>, mailed: bool) -> String {
    let outcome = received.was.as_deref().unwrap_or(&received.outcome);
    let mail = if mailed { "-mail" } else { "" };
    match (outcome, ticket.filter(|t| t.is_public())) {
        ("emergency", _) => "/report/done/danger".to_owned(),
        ("joined", Some(ticket)) => format!("/t/{}?said=joined{mail}", ticket.number),
        ("review" | "set_aside", _) | (_, None) => "/report/done/review".to_owned(),
        (_, Some(ticket)) => format!("/t/{}?said=received{mail}", ticket.number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_one_name() {
        let sent = Sent { csrf: "1.abc".into(), what: "dark".into(), place: "Elm".into(), ..Sent::default() };
        let other = Sent { what: "darker".into(), ..sent.clone() };
        let moved = Sent { csrf: "1.abcd".into(), what: "ark".into(), ..sent.clone() };
        assert_eq!(name_of(&sent), name_of(&Sent { email: "a@b.example".into(), ..sent.clone() }));
        assert!(name_of(&sent) != name_of(&other) && name_of(&sent) != name_of(&moved));
        assert_eq!(name_of(&sent).len(), "web_form:".len() + 32);
    }
}
