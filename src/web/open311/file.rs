//! POST requests: checked, kept, and answered with its number. In the sandbox everything is checked alike, and a row
//! of a test is all that comes of it.

use sha2::{Digest, Sha256};

use super::Desk;
use super::check::{Checked, check};
use super::document::Document;
use super::fault::{Answered, Fault};
use crate::accounts::{self, keys::ApiKey};
use crate::error::Error;
use crate::intake::{Author, Envelope, EnvelopeKind, Media, OPEN311, Stated, Visibility};
use crate::journey::filed::{self, Filed, FiledRow, Filing};
use crate::media::{CleanPhoto, files};
use crate::settings::dates;
use crate::tickets::Ticket;

/// Once more after somebody else was faster: two clients that file the same thing at the same moment.
const TRIES: usize = 3;

pub(super) fn file(desk: &Desk<'_>) -> Answered<Document> {
    let key = desk.key.as_ref().ok_or_else(|| Fault::key("a key is needed to file"))?;
    let world = &*desk.world;
    let checked = check(world, desk.fields())?;
    let mut photos = Vec::new();
    for (name, bytes) in &desk.fields().files {
        let photo = desk
            .site
            .clean_photo(bytes)
            .map_err(|e| Fault::field(&super::fields::shown(name), &e.to_string()))?;
        photos.push(photo);
    }
    let token = accounts::base64url(&accounts::random::<16>()?);
    let envelope = envelope(desk, key, &checked, &token);
    let digest = digest(desk, &photos);
    let filing = Filing {
        key,
        token: &token,
        idempotency: desk.call.idempotency.as_deref(),
        digest: &digest,
        envelope: &envelope,
        photos: &photos,
    };
    let db = &desk.site.app.db;
    let mut tries = 0;
    let filed = loop {
        tries += 1;
        let done = if desk.call.test {
            db.write(|conn| filed::file_test(conn, &filing, desk.now))
        } else {
            photos.iter().try_for_each(|photo| files::keep(&world.settings.server.media_dir, photo))?;
            world.numbers.refill(db, world.settings.city.time_zone, desk.now)?;
            db.write(|conn| filed::file(conn, world, &filing, desk.now))
        };
        match done {
            Err(Error::Conflict(_) | Error::Database(_)) if tries < TRIES => {}
            other => break other?,
        }
    };
    match filed {
        Filed::Here(row, ticket) => {
            if let Some(ticket) = &ticket {
                desk.site.forget_ticket(&ticket.number);
            }
            Ok(receipt(desk, &row, ticket.as_deref(), checked.account_id.as_deref()))
        }
        Filed::NameTaken => Err(Fault::conflict("Idempotency-Key: belongs to another request of yours")),
        Filed::TooOften(uses) => Err(Fault::too_often(uses.wait_s(desk.now))),
    }
}

/// The number where everybody may know it, else the token that leads to it when they may.
fn receipt(desk: &Desk<'_>, row: &FiledRow, ticket: Option<&Ticket>, account_id: Option<&str>) -> Document {
    let mut doc = desk.document(512);
    doc.list("service_requests");
    doc.item("request");
    if ticket.is_none_or(Ticket::is_public) {
        doc.text("service_request_id", &row.number);
    } else {
        doc.text("token", &row.token);
    }
    doc.text("service_notice", &notice(desk, ticket));
    doc.maybe("account_id", account_id);
    doc.end_item("request");
    doc.end_list("service_requests");
    doc
}

/// One sentence for who filed it, in the city's words.
fn notice(desk: &Desk<'_>, ticket: Option<&Ticket>) -> String {
    let settings = &desk.world.settings;
    let lang = settings.city.language;
    let Some(ticket) = ticket else {
        return "This is the sandbox: a test, seen by nobody and gone after 7 days.".to_owned();
    };
    if ticket.hidden {
        return format!("If anyone is in danger, call {} now.", settings.city.emergency_number);
    }
    let department = settings.departments.get(&ticket.department);
    let who = department.map_or(settings.city.account_name.as_str(), |d| d.names.get(lang));
    match ticket.due_at {
        _ if ticket.merged_into.is_some() => format!("{who} knows this already."),
        Some(due) => {
            format!("{who} has it, due {}.", dates::due(due.0, desk.now, settings.city.time_zone, lang))
        }
        None => "A person looks at it next.".to_owned(),
    }
}

fn envelope(desk: &Desk<'_>, key: &ApiKey, checked: &Checked<'_>, token: &str) -> Envelope {
    let name = match &desk.call.idempotency {
        // Two at once meet here: the second finds the post and looks again.
        Some(name) => format!("{OPEN311}:{}:{}", key.id, hex(&Sha256::digest(name.as_bytes()))),
        None => format!("{OPEN311}:{}", hex(&Sha256::digest(token.as_bytes()))),
    };
    let person = checked.email.as_deref().or(checked.account_id.as_deref()).or(checked.device_id.as_deref());
    // With coordinates and no address, words of the description do not move the pin: a pin is what was chosen.
    let address = checked.address.clone().or_else(|| checked.spot.map(|_| String::new()));
    Envelope {
        kind: EnvelopeKind::Post,
        channel: OPEN311.to_owned(),
        id: name.clone(),
        author: Author {
            id: person.map_or_else(|| name.clone(), |id| format!("{}:{id}", key.id)),
            name: checked.name.clone(),
            ..Author::default()
        },
        uri: name,
        text: checked.description.clone(),
        created_at: desk.now,
        in_reply_to: None,
        lang: None,
        lat: checked.spot.map(|s| s.0),
        lon: checked.spot.map(|s| s.1),
        media: checked.media.iter().map(|url| Media { url: url.clone(), alt: None }).collect(),
        visibility: Visibility::Public,
        stated: Some(Stated {
            service: Some(checked.service.code.clone()),
            address,
            attributes: checked.attributes.clone(),
        }),
        local_id: None,
        version: None,
        edited_at: None,
        root_uri: None,
        url: None,
        spoiler_text: None,
        mentions: Vec::new(),
        from_us: false,
        raw: raw(desk),
    }
}

/// What was sent, without the key.
fn raw(desk: &Desk<'_>) -> String {
    let pairs: Vec<(&str, &str)> = desk.fields().said().collect();
    serde_json::json!({ "fields": pairs, "files": desk.fields().files.len() }).to_string()
}

/// Of everything that was said, so that the same name with other words is noticed.
fn digest(desk: &Desk<'_>, photos: &[CleanPhoto]) -> String {
    let mut digest = Sha256::new();
    let mut add = |part: &str| {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    };
    for (name, value) in desk.fields().said() {
        add(name);
        add(value);
    }
    photos.iter().for_each(|photo| add(&photo.hash));
    hex(&digest.finalize())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
