//! Requests of another server as posts of ours: what is open there walks our journey here.

use std::collections::HashSet;

use chrono::{DateTime, Duration, Utc};
use serde_json::Map;

use super::{Node, Server};
use crate::error::{Error, Result};
use crate::intake::{Author, Envelope, EnvelopeKind, Media, OPEN311, Stated, Visibility};
use crate::limits::{OPEN311_SPAN_DAYS, POST_BYTES};

/// Rows asked for at once.
const PAGE_ROWS: usize = 200;
/// Pages of one span of time, at most: some servers give the same page for ever.
const MOST_PAGES: usize = 500;

/// A request as it stands there, or why it cannot be taken over.
#[derive(Debug)]
pub enum Fetched {
    /// It walks our journey.
    Post(Box<Envelope>),
    /// It is left: its id, and why.
    Skipped(String, String),
}

/// Every request that was filed there between two moments, oldest span first; `each` gets them one by one, and an
/// error from it ends the fetch. `service_of` finds our service for a code and a name of theirs.
///
/// # Errors
/// `Unavailable` when the server does not answer, `Invalid` when its answer is not what the standard says; and what
/// `each` returns.
pub fn requests(
    server: &Server<'_>,
    (since, until): (DateTime<Utc>, DateTime<Utc>),
    service_of: &dyn Fn(&str, &str) -> Option<String>,
    each: &mut dyn FnMut(Fetched) -> Result<()>,
) -> Result<()> {
    let mut seen = HashSet::new();
    let mut from = since;
    while from < until {
        let to = (from + Duration::days(OPEN311_SPAN_DAYS)).min(until);
        for page in 1..=MOST_PAGES {
            let rows = page_of(server, (from, to), page)?;
            let mut fresh = 0;
            for row in &rows {
                if seen.insert(row.get("service_request_id").to_owned()) {
                    fresh += 1;
                    each(read(server, row, service_of))?;
                }
            }
            // A server without pages gives everything again; one with pages gives an empty one.
            if fresh == 0 || rows.len() < PAGE_ROWS {
                break;
            }
        }
        from = to;
    }
    Ok(())
}

fn page_of(
    server: &Server<'_>,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    page: usize,
) -> Result<Vec<Node>> {
    let moment = |at: DateTime<Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let (from, to) = (moment(from), moment(to));
    let (page, rows) = (page.to_string(), PAGE_ROWS.to_string());
    let query = [
        ("start_date", from.as_str()),
        ("end_date", to.as_str()),
        ("page", page.as_str()),
        ("page_size", rows.as_str()),
    ];
    let reply = server.get("requests.xml", &query)?;
    let at = server.base();
    if reply.status != 200 {
        return Err(Error::Unavailable(format!("{at}: requests.xml answers {}", reply.status)));
    }
    let doc = reply.xml().map_err(|why| Error::Invalid(format!("{at}: requests.xml: {why}")))?;
    Ok(doc.children)
}

fn read(server: &Server<'_>, row: &Node, service_of: &dyn Fn(&str, &str) -> Option<String>) -> Fetched {
    let id = row.get("service_request_id").to_owned();
    let skipped = |why: &str| Fetched::Skipped(id.clone(), why.to_owned());
    if id.is_empty() {
        return skipped("it has no service_request_id");
    }
    if row.get("status").eq_ignore_ascii_case("closed") {
        return skipped("it has ended there");
    }
    let Ok(created_at) = DateTime::parse_from_rfc3339(row.get("requested_datetime")) else {
        return skipped("requested_datetime is no moment with a zone");
    };
    let degrees = |name: &str, most: f64| {
        row.get(name).parse::<f64>().ok().filter(|n| n.is_finite() && n.abs() <= most)
    };
    let spot = degrees("lat", 90.0).zip(degrees("long", 180.0));
    let address = Some(row.get("address")).filter(|a| !a.is_empty()).map(str::to_owned);
    if spot.is_none() && address.is_none() {
        return skipped("it has no place");
    }
    let Some(service) = service_of(row.get("service_code"), row.get("service_name")) else {
        return skipped(&format!("none of our services is {:?}", row.get("service_name")));
    };
    let text = row.child("description").map(|d| d.text.clone()).unwrap_or_default();
    if text.len() > POST_BYTES {
        return skipped("its description is too long");
    }
    let host = server.base().host_str().unwrap_or_default();
    let uri = format!("{OPEN311}:{host}{}:{id}", server.base().path());
    let media = Some(row.get("media_url")).filter(|url| url.starts_with("http"));
    Fetched::Post(Box::new(Envelope {
        kind: EnvelopeKind::Post,
        channel: OPEN311.to_owned(),
        id: id.clone(),
        author: Author { id: uri.clone(), name: Some(host.to_owned()), ..Author::default() },
        uri,
        text,
        created_at: created_at.with_timezone(&Utc),
        in_reply_to: None,
        lang: None,
        lat: spot.map(|s| s.0),
        lon: spot.map(|s| s.1),
        media: media.map(|url| Media { url: url.to_owned(), alt: None }).into_iter().collect(),
        visibility: Visibility::Public,
        stated: Some(Stated { service: Some(service), address, attributes: Map::new() }),
        local_id: None,
        version: None,
        edited_at: None,
        root_uri: None,
        url: None,
        spoiler_text: None,
        mentions: Vec::new(),
        from_us: false,
        raw: serde_json::json!({"server": server.base().as_str(), "id": id}).to_string(),
    }))
}
