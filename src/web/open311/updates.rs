//! mySociety's extension: what happened to requests between two moments, and news that a program tells us.
//!
//! Staff's public steps are told in the city's words. What a program told is told back with the `update_id` we gave it,
//! so that nobody shows it twice, and its words only to the key that told them.

use chrono::Duration;

use super::Desk;
use super::document::Document;
use super::fault::{Answered, Fault, Faults};
use super::fields::{Fields, shown};
use super::file::hex;
use crate::channels::open311::EXTENDED;
use crate::db::types::Ts;
use crate::error::Error;
use crate::insights::public::{self, UpdateRow};
use crate::journey::filed::{self, News, NewsRow, Told};
use crate::limits::{OPEN311_DESCRIPTION_CHARS, OPEN311_ROWS, OPEN311_SPAN_DAYS};
use sha2::{Digest, Sha256};

/// What is told when no time is named, in hours: as often as FixMyStreet asks.
const USUAL_HOURS: i64 = 2;

/// The extended status after a public step.
pub(super) fn extended(step: &str, close_reason: Option<&str>) -> &'static str {
    match (step, close_reason) {
        ("opened", _) => "open",
        ("assigned", _) => "action_scheduled",
        ("started", _) => "in_progress",
        ("waiting", _) => "investigating",
        ("fixed", _) => "fixed",
        ("reopened", _) => "reopen",
        ("closed", Some("not_ours")) => "not_councils_responsibility",
        ("closed", Some("duplicate")) => "duplicate",
        ("closed", Some("no_action")) => "no_further_action",
        ("closed", _) => "closed",
        _ => "unchanged",
    }
}

pub(super) fn list(desk: &Desk<'_>) -> Answered<Document> {
    let between = window(desk, desk.fields())?;
    let conn = &mut *desk.read()?;
    let steps = if desk.call.test { Vec::new() } else { public::updates(conn, between, OPEN311_ROWS)? };
    let news = match (desk.call.test, &desk.key) {
        (true, None) => Vec::new(),
        (true, Some(key)) => filed::news(conn, Some(key), between, OPEN311_ROWS)?,
        (false, _) => filed::news(conn, None, between, OPEN311_ROWS)?,
    };
    let mut doc = desk.document(256 + (steps.len() + news.len()) * 400);
    doc.list("service_request_updates");
    let mut news = news.iter().peekable();
    for step in &steps {
        while let Some(told) = news.next_if(|told| told.received_at <= step.at) {
            one_news(desk, told, &mut doc);
        }
        one_step(step, &mut doc);
    }
    news.for_each(|told| one_news(desk, told, &mut doc));
    doc.end_list("service_request_updates");
    Ok(doc)
}

/// Between which moments: the last two hours when nothing is said.
fn window(desk: &Desk<'_>, fields: &Fields) -> Answered<(Ts, Ts)> {
    let (start, end) = (fields.moment("start_date")?, fields.moment("end_date")?);
    let end = end.unwrap_or(desk.now);
    let start = start.unwrap_or(end - Duration::hours(USUAL_HOURS));
    if end < start {
        return Err(Fault::field("end_date", "lies before start_date"));
    }
    if end - start > Duration::days(OPEN311_SPAN_DAYS) {
        return Err(Fault::field(
            "end_date",
            &format!("start_date and end_date lie more than {OPEN311_SPAN_DAYS} days apart"),
        ));
    }
    Ok((Ts(start), Ts(end)))
}

fn one_step(step: &UpdateRow, doc: &mut Document) {
    doc.item("request_update");
    doc.text("update_id", &format!("{}-{}", step.id, step.number));
    doc.text("service_request_id", &step.number);
    doc.text("status", extended(&step.step, step.close_reason.as_deref()));
    doc.value_text("updated_datetime", step.at);
    doc.text("description", &step.words);
    doc.nothing("media_url");
    doc.end_item("request_update");
}

fn one_news(desk: &Desk<'_>, told: &NewsRow, doc: &mut Document) {
    let own = desk.key.as_ref().is_some_and(|key| key.id == told.key_id);
    doc.item("request_update");
    doc.text("update_id", &id_of(told));
    doc.text("service_request_id", &told.number);
    doc.text("status", &told.status);
    doc.value_text("updated_datetime", told.received_at);
    doc.text("description", if own { &told.description } else { "Somebody wrote about this request." });
    doc.nothing("media_url");
    doc.end_item("request_update");
}

/// Our own name for news: clients' names may meet each other's.
fn id_of(told: &NewsRow) -> String {
    format!("n{}", told.id)
}

/// Fields that may come along, each once.
const SAID_ONCE: [&str; 8] =
    ["email", "phone", "first_name", "last_name", "title", "account_id", "service_code", "jurisdiction_id"];

pub(super) fn tell(desk: &Desk<'_>) -> Answered<Document> {
    let key = desk.key.as_ref().ok_or_else(|| Fault::key("a key is needed to tell news"))?;
    let fields = desk.fields();
    let mut faults = Faults::default();
    let number = faults.take(fields.needed("service_request_id"));
    let update_id = faults.take(fields.needed("update_id"));
    let status = faults.take(status(fields));
    let said_at = faults.take(
        fields
            .moment("updated_datetime")
            .and_then(|at| at.ok_or_else(|| Fault::required("updated_datetime"))),
    );
    let description = faults.take(description(fields));
    for other in SAID_ONCE {
        faults.take(fields.one(other));
    }
    for yes_no in ["public_anonymity_required", "email_alerts_requested"] {
        faults.take(truth(fields, yes_no));
    }
    faults.end()?;
    let digest = digest(fields);
    let news = News {
        key,
        update_id: update_id.unwrap_or_default(),
        number: number.unwrap_or_default(),
        status: status.as_deref().unwrap_or_default(),
        description: description.unwrap_or_default(),
        digest: &digest,
        said_at: said_at.unwrap_or(desk.now),
    };
    let write =
        || desk.site.app.db.write(|conn| filed::tell(conn, &desk.world, &news, desk.call.test, desk.now));
    // Somebody may move the ticket at the same moment: on the second look it has moved.
    let told = match write() {
        Err(Error::Conflict(_) | Error::Database(_)) => write()?,
        other => other?,
    };
    match told {
        Told::Here(row) => {
            desk.site.forget_ticket(&row.number);
            let mut doc = desk.document(256);
            doc.list("service_request_updates");
            doc.item("request_update");
            doc.text("update_id", &id_of(&row));
            doc.end_item("request_update");
            doc.end_list("service_request_updates");
            Ok(doc)
        }
        Told::NameTaken => Err(Fault::field("update_id", "already exists, with other words")),
        Told::NoSuchRequest => {
            Err(Fault::missing("service_request_id: there is no request with this number"))
        }
        Told::TooOften(uses) => Err(Fault::too_often(uses.wait_s(desk.now))),
    }
}

fn status(fields: &Fields) -> Answered<String> {
    let word = fields.needed("status")?.to_ascii_lowercase();
    if EXTENDED.contains(&word.as_str()) {
        Ok(word)
    } else {
        Err(Fault::field("status", &format!("{:?} is not one of {}", shown(&word), EXTENDED.join(", "))))
    }
}

fn description(fields: &Fields) -> Answered<&str> {
    let words = fields.exact("description")?;
    if words.is_empty() {
        return Err(Fault::required("description"));
    }
    if words.chars().count() > OPEN311_DESCRIPTION_CHARS || words.contains('\0') {
        let most = OPEN311_DESCRIPTION_CHARS;
        return Err(Fault::field("description", &format!("is text of at most {most} characters")));
    }
    Ok(words)
}

fn truth(fields: &Fields, name: &str) -> Answered<()> {
    match fields.one(name)?.map(str::to_ascii_uppercase).as_deref() {
        None | Some("TRUE" | "FALSE" | "1" | "0") => Ok(()),
        Some(_) => Err(Fault::field(name, "is TRUE or FALSE")),
    }
}

fn digest(fields: &Fields) -> String {
    let mut digest = Sha256::new();
    for (name, value) in fields.said() {
        for part in [name, value] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
    }
    hex(&digest.finalize())
}
