//! Rules that are seen by filing: one request, sent twice under one name and plainly marked as a check, and one piece
//! of news about it.

use super::read::refused;
use super::{Outcome, Report, Sample, Seen};
use crate::channels::open311::{Reply, Server};
use crate::error::Result;

const WORDS: &str =
    "Check of the Open311 interface, please close: <&> \u{f1} \u{1f600}\r\nSecond line of the check.";
/// Rules that need writing.
pub(super) const WRITTEN: [usize; 7] = [15, 16, 17, 18, 19, 26, 28];

/// `name` is the name under which the request is filed: another one each time the check runs.
pub(super) fn judge(
    server: &Server<'_>,
    seen: &Seen,
    (sample, name): (&Sample, &str),
    report: &mut Report,
) -> Result<()> {
    let services = seen.services();
    let first = services.iter().find(|s| s.get("metadata") == "false").or(services.first());
    let code = sample.service.clone().or_else(|| first.map(|s| s.get("service_code").to_owned()));
    let Some(code) = code.filter(|_| server.has_key()) else {
        WRITTEN.into_iter().for_each(|n| report.skip(n, "writing needs a key and a service"));
        return Ok(());
    };
    let (lat, lon) = sample.spot.map(|(lat, lon)| (lat.to_string(), lon.to_string())).unwrap_or_default();
    let address = sample.address.clone().unwrap_or_default();
    let mut fields = vec![
        ("service_code", code.as_str()),
        ("address_string", address.as_str()),
        ("lat", lat.as_str()),
        ("long", lon.as_str()),
        ("description", WORDS),
    ];
    fields.retain(|(_, value)| !value.is_empty());
    report.judge(18, missing(server, &fields)?);
    let person = [
        ("email", "check@example.org"),
        ("first_name", "Check"),
        ("last_name", "Onit"),
        ("phone", "555 0100"),
        ("deviceid", "onit"),
    ];
    fields.extend(person);
    let unique = [("Idempotency-Key", name)];
    let filed = receipt(&server.post("requests.xml", &fields, &unique, false)?);
    report.judge(15, filed.clone().map(|r| format!("filed as {}{}", r.0, r.1)));
    report.judge(16, filed.clone().map(|_| "with name, e-mail, telephone and device".into()));
    report.judge(28, filed.clone().map(|_| "CRLF, an emoji and a misspelt deviceid were taken".into()));
    let one_of = filed.clone().and_then(|(id, token)| match (id.is_empty(), token.is_empty()) {
        (false, true) => Ok(format!("service_request_id {id}")),
        (true, false) => Ok(format!("token {token}")),
        _ => Err(format!("id {id:?} and token {token:?}")),
    });
    report.judge(17, one_of);
    let again = receipt(&server.post("requests.xml", &fields, &unique, false)?);
    let once = match (&filed, &again) {
        (Ok(one), Ok(two)) if one == two => Ok("the same name gave the same number".into()),
        (Ok(one), Ok(two)) => Err(format!("the same name gave {one:?} and {two:?}")),
        (Err(why), _) | (_, Err(why)) => Err(why.clone()),
    };
    report.judge(19, once);
    news(server, &filed.map(|(id, _)| id).unwrap_or_default(), name, report)
}

fn missing(server: &Server<'_>, fields: &[(&str, &str)]) -> Result<Outcome> {
    let rest: Vec<_> = fields.iter().copied().filter(|(name, _)| *name != "service_code").collect();
    // Nothing can be filed by either of these.
    let without_key = server.post("requests.xml", &rest, &[], true)?;
    if without_key.status != 403 {
        return Ok(Err(format!("without a key the answer is {}, not 403", without_key.status)));
    }
    let reply = server.post("requests.xml", &rest, &[], false)?;
    if reply.status != 400 {
        return Ok(Err(format!("without service_code the answer is {}, not 400", reply.status)));
    }
    Ok(refused(&reply).and_then(|words| {
        if words.contains("service_code") {
            Ok(words)
        } else {
            Err(format!("the field is not named: {words}"))
        }
    }))
}

/// (id, token) of what was filed.
fn receipt(reply: &Reply) -> std::result::Result<(String, String), String> {
    if !matches!(reply.status, 200 | 201) {
        let why = refused(reply).unwrap_or_else(|e| e);
        return Err(format!("status {}: {why}", reply.status));
    }
    let doc = reply.xml()?;
    let first = doc.children.first().filter(|_| doc.name == "service_requests");
    let first = first.ok_or("there is no service_requests/request in the answer")?;
    Ok((first.get("service_request_id").to_owned(), first.get("token").to_owned()))
}

fn news(server: &Server<'_>, id: &str, name: &str, report: &mut Report) -> Result<()> {
    if id.is_empty() {
        report.skip(26, "there is no request to tell news of");
        return Ok(());
    }
    let fields = [
        ("service_request_id", id),
        ("update_id", name),
        ("status", "OPEN"),
        ("updated_datetime", "2026-01-01T00:00:00Z"),
        ("description", WORDS),
    ];
    let reply = server.post("servicerequestupdates.xml", &fields, &[], false)?;
    if reply.status == 404 && refused(&reply).is_err() {
        report.skip(26, "the extension is not offered");
        return Ok(());
    }
    let rest: Vec<_> = fields.iter().copied().filter(|(n, _)| *n != "description").collect();
    let short = server.post("servicerequestupdates.xml", &rest, &[], false)?;
    let told = reply.xml().ok().and_then(|doc| Some(doc.children.first()?.get("update_id").to_owned()));
    let taken = match (told.filter(|_| reply.status == 200), short.status) {
        (Some(told), 400) if !told.is_empty() => Ok(format!("update_id {told}; without description 400")),
        (Some(_), 400) => Err("the answer has no update_id".into()),
        (Some(_), other) => Err(format!("without description the answer is {other}, not 400")),
        (None, _) => Err(format!("status {}", reply.status)),
    };
    report.judge(26, taken);
    Ok(())
}
