//! GET requests, one request, and tokens: what a public page would show, in the city's words. A key that filed a
//! request reads its own words back.

use std::collections::HashMap;

use chrono::Duration;

use super::Desk;
use super::document::Document;
use super::fault::{Answered, Fault};
use super::fields::Fields;
use super::services::named;
use super::updates::extended;
use crate::db::types::Ts;
use crate::insights::public::{self, Asked, Corners, RequestRow, TicketRow};
use crate::journey::filed::{self, FiledRow};
use crate::limits::{OPEN311_ROWS, OPEN311_SPAN_DAYS};
use crate::tickets::matching::box_around;
use crate::tickets::{Status, Ticket};
use crate::web::resident::words::{Words, status};

/// Rows of a page when only `page` is named.
const PAGE_ROWS: i64 = 50;
/// Rounded places may lie this far from the exact ones, in degrees.
const ROUNDING_DEGREES: f64 = 0.0015;
/// Widest search around a spot, in metres.
const RADIUS_MAX_M: f64 = 50_000.0;

pub(super) fn list(desk: &Desk<'_>) -> Answered<Document> {
    let fields = desk.fields();
    let numbers = fields.list("service_request_id")?;
    if desk.call.test {
        return tests(desk, &numbers);
    }
    let mut asked = Asked { take: OPEN311_ROWS, ..Asked::default() };
    let mut around = None;
    // The list of numbers overrides everything else.
    if numbers.is_empty() {
        asked = question(desk, fields)?;
        around = spot(fields)?;
    } else {
        asked.numbers = numbers;
    }
    let words = Words::new(&desk.world.settings, desk.now);
    let mut rows = read(desk, &asked)?;
    if let Some((at, radius_m)) = around {
        rows.retain(|row| words.is_seen_near(&row.own, at, radius_m));
    }
    let extensions = extensions(fields)?;
    write(desk, &words, &rows, extensions)
}

pub(super) fn one(desk: &Desk<'_>, number: &str) -> Answered<Document> {
    let missing = || Fault::missing("service_request_id: there is no request with this number");
    let numbers = vec![number.to_owned()];
    if desk.call.test {
        let rows = filed::tests(&mut *desk.read()?, None, &numbers)?;
        return if rows.is_empty() { Err(missing()) } else { Ok(write_tests(desk, &rows)) };
    }
    let rows = read(desk, &Asked { numbers, take: 1, ..Asked::default() })?;
    if rows.is_empty() {
        return Err(missing());
    }
    let words = Words::new(&desk.world.settings, desk.now);
    write(desk, &words, &rows, extensions(desk.fields())?)
}

pub(super) fn token(desk: &Desk<'_>, token: &str) -> Answered<Document> {
    let found = filed::by_token(&mut *desk.read()?, token, desk.call.test)?;
    let (row, ticket) = found.ok_or_else(|| Fault::missing("token: there is no request with this token"))?;
    let mut doc = desk.document(256);
    doc.list("service_requests");
    doc.item("request");
    // A request whose page is nobody's has no number yet, as far as anybody knows.
    let known = ticket.as_ref().is_none_or(Ticket::is_public);
    doc.maybe("service_request_id", known.then_some(row.number.as_str()));
    doc.text("token", &row.token);
    doc.end_item("request");
    doc.end_list("service_requests");
    Ok(doc)
}

fn read(desk: &Desk<'_>, asked: &Asked) -> Answered<Vec<RequestRow>> {
    Ok(public::requests(&mut *desk.read()?, asked)?)
}

fn extensions(fields: &Fields) -> Answered<bool> {
    match fields.one("extensions")? {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Fault::field("extensions", "is true or false")),
    }
}

fn question(desk: &Desk<'_>, fields: &Fields) -> Answered<Asked> {
    let services = fields
        .list("service_code")?
        .iter()
        // A service that is no longer offered still has its old requests.
        .map(|code| match desk.world.settings.catalogue.get(code) {
            Some(known) => Ok(known.code.clone()),
            None => named(&desk.world, code).map(|s| s.code.clone()),
        })
        .collect::<Answered<Vec<String>>>()?;
    let page = fields.whole("page", 1, 1_000_000)?;
    let rows = fields.whole("page_size", 1, OPEN311_ROWS)?;
    let take = rows.unwrap_or(if page.is_some() { PAGE_ROWS } else { OPEN311_ROWS });
    let changed = (fields.moment("updated_after")?, fields.moment("updated_before")?);
    let part = spot(fields)?.map(|((lat, lon), radius_m)| {
        let ((south, west), (north, east)) = box_around(lat, lon, radius_m);
        Corners { south, west, north, east }.wider(ROUNDING_DEGREES)
    });
    Ok(Asked {
        numbers: Vec::new(),
        services,
        ended: ended(fields)?,
        opened: span(desk, fields, changed.0.is_some() || changed.1.is_some())?,
        changed: (changed.0.map(Ts), changed.1.map(Ts)),
        part,
        skip: (page.unwrap_or(1) - 1) * take,
        take,
    })
}

fn ended(fields: &Fields) -> Answered<Option<bool>> {
    let (mut open, mut closed) = (false, false);
    for word in fields.list("status")? {
        match word.to_ascii_lowercase().as_str() {
            "open" => open = true,
            "closed" => closed = true,
            _ => return Err(Fault::field("status", "is open, closed, or both with a comma")),
        }
    }
    Ok((open != closed).then_some(closed))
}

/// Between which moments it was opened: 90 days at most, the last 90 when nothing is said.
fn span(desk: &Desk<'_>, fields: &Fields, by_change: bool) -> Answered<(Option<Ts>, Option<Ts>)> {
    let most = Duration::days(OPEN311_SPAN_DAYS);
    let (start, end) = (fields.moment("start_date")?, fields.moment("end_date")?);
    let (start, end) = match (start, end) {
        (None, None) if by_change => return Ok((None, None)),
        (None, None) => return Ok((Some(Ts(desk.now - most)), None)),
        (Some(start), None) => (start, start + most),
        (None, Some(end)) => (end - most, end),
        (Some(start), Some(end)) => (start, end),
    };
    if end < start {
        return Err(Fault::field("end_date", "lies before start_date"));
    }
    if end - start > most {
        return Err(Fault::field(
            "end_date",
            &format!("start_date and end_date lie more than {OPEN311_SPAN_DAYS} days apart"),
        ));
    }
    Ok((Some(Ts(start)), Some(Ts(end))))
}

/// `lat`, `long` and `radius` in metres.
fn spot(fields: &Fields) -> Answered<Option<((f64, f64), f64)>> {
    let lat = fields.decimal("lat", -90.0, 90.0)?;
    let lon = fields.decimal("long", -180.0, 180.0)?;
    let radius_m = fields.decimal("radius", 1.0, RADIUS_MAX_M)?;
    match (lat, lon, radius_m) {
        (Some(lat), Some(lon), Some(radius_m)) => Ok(Some(((lat, lon), radius_m))),
        (None, None, None) => Ok(None),
        (None, ..) => Err(Fault::required("lat")),
        (_, None, _) => Err(Fault::required("long")),
        (.., None) => Err(Fault::required("radius")),
    }
}

fn write(desk: &Desk<'_>, words: &Words<'_>, rows: &[RequestRow], extensions: bool) -> Answered<Document> {
    let own: HashMap<String, String> = match &desk.key {
        Some(key) => {
            let numbers: Vec<String> = rows.iter().map(|row| row.own.number.clone()).collect();
            filed::own_words(&mut *desk.read()?, key, &numbers)?.into_iter().collect()
        }
        None => HashMap::new(),
    };
    let mut doc = desk.document(256 + rows.len() * 900);
    doc.list("service_requests");
    for row in rows {
        doc.item("request");
        let said = own.get(&row.own.number).map(String::as_str);
        request(desk, words, row, said, &mut doc);
        if extensions {
            more(desk, words, row, &mut doc);
        }
        doc.end_item("request");
    }
    doc.end_list("service_requests");
    Ok(doc)
}

fn request(desk: &Desk<'_>, words: &Words<'_>, row: &RequestRow, said: Option<&str>, doc: &mut Document) {
    let (own, lives) = (&row.own, row.lives());
    let place = if own.place_label.is_empty() { String::new() } else { words.place(own) };
    let service = words.service(&own.service);
    doc.text("service_request_id", &own.number);
    doc.text("status", status(lives).open311());
    doc.text("status_notes", &notes(words, row));
    doc.text("service_name", &service);
    doc.text("service_code", &own.service);
    match said {
        Some(said) => doc.text("description", said),
        None if place.is_empty() => doc.text("description", &service),
        None => doc.text("description", &format!("{service}, {place}")),
    }
    doc.text("agency_responsible", &words.department(&lives.department));
    doc.nothing("service_notice");
    doc.value_text("requested_datetime", own.opened_at);
    doc.value_text("updated_datetime", lives.status_at);
    match lives.due_at.filter(|_| status(lives).is_live()) {
        Some(due) => doc.value_text("expected_datetime", due),
        None => doc.nothing("expected_datetime"),
    }
    doc.text("address", &place);
    doc.nothing("address_id");
    doc.nothing("zipcode");
    match words.point(own) {
        Some((lat, lon)) => {
            doc.value("lat", short(lat));
            doc.value("long", short(lon));
        }
        None => {
            doc.nothing("lat");
            doc.nothing("long");
        }
    }
    match row.photo {
        Some(photo) => {
            doc.text("media_url", &desk.world.settings.server.link(&format!("/media/{photo}.jpg")))
        }
        None => doc.nothing("media_url"),
    }
}

/// Why it stands as it does, where the two words of the standard do not say it.
fn notes(words: &Words<'_>, row: &RequestRow) -> String {
    let lives = row.lives();
    let state = match status(lives) {
        Status::Closed | Status::Waiting | Status::Reopened => words.chip(lives).word,
        _ => String::new(),
    };
    let why = lives.close_words.as_deref().filter(|_| status(lives) == Status::Closed).unwrap_or_default();
    let same = row.survivor.as_ref().map(|s| format!("the same as {}", s.number)).unwrap_or_default();
    let parts: Vec<&str> =
        [state.as_str(), why, same.as_str()].into_iter().filter(|p| !p.is_empty()).collect();
    parts.join(": ")
}

fn more(desk: &Desk<'_>, words: &Words<'_>, row: &RequestRow, doc: &mut Document) {
    let (own, lives) = (&row.own, row.lives());
    doc.object("extended_attributes");
    doc.text("status", extended_of(lives));
    doc.text("stage", &words.chip(lives).word);
    doc.text("page", &desk.world.settings.server.link(&format!("/t/{}", own.number)));
    doc.maybe("ward", own.area.as_deref());
    doc.value("people", lives.people);
    doc.value("duplicate", row.survivor.is_some());
    doc.maybe("parent_service_request_id", row.survivor.as_ref().map(|s| s.number.as_str()));
    doc.list("photos");
    if let Some(photo) = row.photo {
        doc.word("photo", &desk.world.settings.server.link(&format!("/media/{photo}.jpg")));
    }
    doc.end_list("photos");
    doc.end_object("extended_attributes");
}

/// The extended status of a ticket as it stands.
fn extended_of(row: &TicketRow) -> &'static str {
    let step = match status(row) {
        Status::Received | Status::Open => "opened",
        Status::Assigned => "assigned",
        Status::InProgress => "started",
        Status::Waiting => "waiting",
        Status::Fixed => "fixed",
        Status::Closed => "closed",
        Status::Reopened => "reopened",
    };
    extended(step, row.close_reason.as_deref())
}

/// Six decimals are a tenth of a metre.
fn short(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}

fn tests(desk: &Desk<'_>, numbers: &[String]) -> Answered<Document> {
    if numbers.is_empty() {
        // The same checks as for real.
        question(desk, desk.fields())?;
    }
    extensions(desk.fields())?;
    let rows = filed::tests(&mut *desk.read()?, desk.key.as_ref(), numbers)?;
    Ok(write_tests(desk, &rows))
}

/// Tests as they were filed: whoever knows their number made them.
fn write_tests(desk: &Desk<'_>, rows: &[FiledRow]) -> Document {
    let words = Words::new(&desk.world.settings, desk.now);
    let mut doc = desk.document(256 + rows.len() * 900);
    doc.list("service_requests");
    for row in rows {
        doc.item("request");
        let ended = matches!(
            row.status.as_str(),
            "closed"
                | "fixed"
                | "duplicate"
                | "not_councils_responsibility"
                | "no_further_action"
                | "cancelled"
        );
        doc.text("service_request_id", &row.number);
        doc.text("status", if ended { "closed" } else { "open" });
        doc.text("status_notes", "test");
        doc.text("service_name", &words.service(&row.service));
        doc.text("service_code", &row.service);
        doc.text("description", &row.description);
        doc.nothing("agency_responsible");
        doc.nothing("service_notice");
        doc.value_text("requested_datetime", row.created_at);
        doc.value_text("updated_datetime", row.changed_at);
        doc.nothing("expected_datetime");
        doc.text("address", &row.address);
        doc.nothing("address_id");
        doc.nothing("zipcode");
        match row.lat.zip(row.lon) {
            Some((lat, lon)) => {
                doc.value("lat", lat);
                doc.value("long", lon);
            }
            None => {
                doc.nothing("lat");
                doc.nothing("long");
            }
        }
        doc.nothing("media_url");
        doc.end_item("request");
    }
    doc.end_list("service_requests");
    doc
}
