//! Rules that are seen by reading alone.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{Outcome, Report, Seen};
use crate::channels::open311::{EXTENDED, Node, Reply, Server};
use crate::error::Result;

const UNKNOWN: &str = "onit-check-unknown";

pub(super) fn judge(server: &Server<'_>, seen: &Seen, report: &mut Report) -> Result<()> {
    formats(server, seen, report)?;
    discovery(seen, report);
    services(server, seen, report)?;
    requests(server, seen, report)?;
    updates(server, report)
}

/// The first of these fields that is empty in a row.
fn empty_in(row: &Node, names: &[&'static str]) -> Option<&'static str> {
    names.iter().copied().find(|name| row.get(name).is_empty())
}

fn formats(server: &Server<'_>, seen: &Seen, report: &mut Report) -> Result<()> {
    let strange = server.get("services.onit", &[])?;
    let suffix = xml_is(&seen.services_xml, "services").and_then(|_| match strange.status {
        404 => Ok("services.xml is XML, services.onit is 404".into()),
        other => Err(format!("services.onit answers {other}, not 404")),
    });
    report.judge(1, suffix);
    report.judge(2, content_types(seen));
    let empty = server.get("requests.xml", &[("service_code", ""), ("status", "")])?;
    let absent = match empty.status {
        200 => Ok("requests.xml?service_code=&status= is 200".into()),
        other => Err(format!("requests.xml?service_code=&status= is {other}")),
    };
    report.judge(6, absent);
    match (server.base().scheme(), server.is_this_machine()) {
        ("https", _) => report.judge(7, Ok("https".into())),
        (_, true) => report.skip(7, "this machine's own address"),
        (other, _) => {
            report.judge(7, Err(format!("{other}: names and addresses of people travel in the open")));
        }
    }
    let foreign = |reply: &Reply| reply.xml().is_ok_and(|doc| doc.is_foreign());
    if [&seen.services_xml, &seen.requests_xml].into_iter().any(foreign) {
        report.judge(4, Err("an element has a namespace".into()));
    } else {
        report.judge(4, Ok("no namespace in services.xml and requests.xml".into()));
    }
    if seen.has_json() {
        report.judge(5, unwrapped(seen));
        report.judge(8, strings(seen));
    } else {
        report.skip(5, "no JSON is offered");
        report.skip(8, "no JSON is offered");
    }
    Ok(())
}

fn xml_is(reply: &Reply, root: &str) -> Outcome {
    if reply.status != 200 {
        return Err(format!("{root} answers {}", reply.status));
    }
    match reply.xml() {
        Ok(doc) if doc.name == root => Ok(format!("<{root}>")),
        Ok(doc) => Err(format!("the root is <{}>, not <{root}>", doc.name)),
        Err(why) => Err(format!("{root}: {why}")),
    }
}

fn content_types(seen: &Seen) -> Outcome {
    let xml = seen.services_xml.content_type.to_ascii_lowercase();
    if !xml.starts_with("text/xml") {
        return Err(format!("services.xml is served as {xml:?}"));
    }
    let json = seen.services_json.content_type.to_ascii_lowercase();
    if seen.has_json() && !json.starts_with("application/json") {
        return Err(format!("services.json is served as {json:?}"));
    }
    let text = seen.services_xml.text.as_deref().ok_or("services.xml is not UTF-8")?;
    let head: String = text.chars().take(80).collect::<String>().to_ascii_lowercase();
    if head.starts_with("<?xml") && head.contains("utf-8") {
        Ok(format!("{xml}, with a declaration that names UTF-8"))
    } else {
        Err("services.xml begins without a declaration that names UTF-8".into())
    }
}

fn unwrapped(seen: &Seen) -> Outcome {
    for (name, reply) in [("services.json", &seen.services_json), ("requests.json", &seen.requests_json)] {
        let read = reply.json().map_err(|e| format!("{name}: {e}"))?;
        if !read.is_array() {
            return Err(format!("{name} is not a bare array"));
        }
    }
    Ok("services.json and requests.json are bare arrays".into())
}

fn strings(seen: &Seen) -> Outcome {
    let number = |rows: &[Value], field: &str| {
        let found = rows.iter().find_map(|row| row.get(field).filter(|value| value.is_number()));
        found.map_or(Ok(()), |value| Err(format!("{field} is a number: {value}")))
    };
    number(&Seen::json_rows(&seen.services_json, "services"), "service_code")?;
    let rows = Seen::json_rows(&seen.requests_json, "service_requests");
    number(&rows, "service_request_id")?;
    number(&rows, "service_code")?;
    Ok("service_code and service_request_id are strings".into())
}

fn discovery(seen: &Seen, report: &mut Report) {
    let doc = match seen.discovery_xml.xml() {
        Ok(doc) if seen.discovery_xml.status == 200 => doc,
        _ => {
            report.judge(9, Err(format!("discovery.xml answers {}", seen.discovery_xml.status)));
            report.judge(10, Err("there is no discovery".into()));
            return;
        }
    };
    let missing = empty_in(&doc, &["changeset", "contact", "key_service"]);
    let endpoints = doc.child("endpoints").map(|e| e.children.clone()).unwrap_or_default();
    let bad = endpoints.iter().find_map(|e| {
        let formats = e.child("formats").is_some_and(|f| !f.children.is_empty());
        empty_in(e, &["specification", "url", "type"]).or((!formats).then_some("formats"))
    });
    let fields = match (missing, bad) {
        (Some(name), _) => Err(format!("{name} is missing")),
        (None, Some(name)) => Err(format!("an endpoint has no {name}")),
        (None, None) if endpoints.is_empty() => Err("there is no endpoint".into()),
        (None, None) => Ok(format!("{} endpoints with all fields", endpoints.len())),
    };
    report.judge(9, fields);
    report.judge(10, strict_discovery(seen, &doc, &endpoints));
}

fn strict_discovery(seen: &Seen, doc: &Node, endpoints: &[Node]) -> Outcome {
    let changeset = doc.get("changeset");
    if DateTime::parse_from_rfc3339(changeset).is_err() {
        return Err(format!("changeset {changeset:?} is no full W3C time"));
    }
    let kinds: Vec<&str> = endpoints.iter().map(|e| e.get("type")).collect();
    if !kinds.contains(&"production") || !kinds.contains(&"test") {
        return Err(format!("endpoints are {kinds:?}; a production and a test one are needed"));
    }
    if seen.discovery_xml.content_type != "text/xml" {
        let kind = &seen.discovery_xml.content_type;
        return Err(format!("discovery.xml is served as {kind:?}, not as bare text/xml"));
    }
    let json = seen.discovery_json.json().map_err(|e| format!("discovery.json: {e}"))?;
    if json.get("changeset").and_then(Value::as_str).is_none() {
        return Err("discovery.json is wrapped or has no changeset".into());
    }
    Ok(format!("changeset {changeset}, endpoints {kinds:?}"))
}

fn services(server: &Server<'_>, seen: &Seen, report: &mut Report) -> Result<()> {
    let all = seen.services();
    report.judge(11, service_fields(&all));
    let is_flag = |word: &str| matches!(word.trim(), "private" | "staff" | "inactive");
    let flagged = all.iter().filter(|s| s.get("keywords").split(',').any(is_flag)).count();
    report.judge(12, Ok(format!("{flagged} services are private, staff only or inactive")));
    let unknown = server.get(&format!("services/{UNKNOWN}.xml"), &[])?;
    let Some(code) = all.iter().find(|s| s.get("metadata") == "true").map(|s| s.get("service_code")) else {
        report.skip(13, "no service has metadata");
        report.skip(14, "no service has metadata");
        return Ok(());
    };
    let reply = server.get(&format!("services/{code}.xml"), &[])?;
    let attributes = reply.xml().ok().and_then(|doc| Some(doc.child("attributes")?.children.clone()));
    let defined = definition(&reply, attributes.as_deref(), code).and_then(|good| match unknown.status {
        404 => refused(&unknown).map(|_| good),
        other => Err(format!("an unknown service answers {other}, not 404")),
    });
    report.judge(13, defined);
    let is_known = |a: &Node| matches!(a.get("automated"), "" | "server_set" | "hidden_field");
    match attributes.unwrap_or_default().iter().find(|a| !is_known(a)) {
        Some(a) => report.judge(14, Err(format!("automated is {:?}", a.get("automated")))),
        None => report.judge(14, Ok("no strange word".into())),
    }
    Ok(())
}

fn service_fields(all: &[Node]) -> Outcome {
    if all.is_empty() {
        return Err("there is no service".into());
    }
    for service in all {
        let code = service.get("service_code");
        if let Some(name) = empty_in(service, &["service_code", "service_name", "metadata", "type"]) {
            return Err(format!("{name} is missing in {code:?}"));
        }
        let (metadata, kind) = (service.get("metadata"), service.get("type"));
        if !matches!(metadata, "true" | "false") {
            return Err(format!("metadata of {code} is {metadata:?}"));
        }
        if !matches!(kind, "realtime" | "batch" | "blackbox") {
            return Err(format!("type of {code} is {kind:?}"));
        }
    }
    Ok(format!("{} services", all.len()))
}

/// The standard's own body of a refusal.
pub(super) fn refused(reply: &Reply) -> Outcome {
    let doc = reply.xml().map_err(|e| format!("the refusal is no XML: {e}"))?;
    let first = doc.children.first().filter(|_| doc.name == "errors");
    match first.map(|e| (e.get("code"), e.get("description"))) {
        Some((code, words)) if !code.is_empty() && !words.is_empty() => Ok(words.to_owned()),
        _ => Err("the refusal has no errors/error with code and description".into()),
    }
}

fn definition(reply: &Reply, attributes: Option<&[Node]>, code: &str) -> Outcome {
    xml_is(reply, "service_definition")?;
    let Some(attributes) = attributes.filter(|a| !a.is_empty()) else {
        return Err(format!("{code} has metadata and no attributes"));
    };
    let kinds = ["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"];
    let mut orders = HashSet::new();
    for attribute in attributes {
        if attribute.get("code").is_empty() || !kinds.contains(&attribute.get("datatype")) {
            return Err(format!(
                "attribute {:?} is a {:?}",
                attribute.get("code"),
                attribute.get("datatype")
            ));
        }
        if !orders.insert(attribute.get("order").to_owned()) {
            return Err(format!("order {} is there twice", attribute.get("order")));
        }
        let list = attribute.get("datatype").ends_with("list");
        if list && attribute.child("values").is_none_or(|v| v.children.is_empty()) {
            return Err(format!("list {} has no values", attribute.get("code")));
        }
    }
    Ok(format!("{code} has {} attributes", attributes.len()))
}

fn requests(server: &Server<'_>, seen: &Seen, report: &mut Report) -> Result<()> {
    let unknown = server.get(&format!("requests/{UNKNOWN}.xml"), &[])?;
    let missing = match unknown.status {
        404 => refused(&unknown),
        other => Err(format!("an unknown id answers {other}, not 404")),
    };
    report.judge(23, missing);
    let whole = server.get("requests.xml", &[])?;
    let volume = whole.xml().and_then(|doc| match doc.children.len() {
        n @ 0..=1_000 => Ok(format!("{n} rows without a question")),
        n => Err(format!("{n} rows without a question")),
    });
    report.judge(21, volume);
    let all = seen.requests();
    let Some(first) = all.first() else {
        for n in [3, 20, 22, 24, 29] {
            report.skip(n, "there is no request to look at");
        }
        return Ok(());
    };
    report.judge(3, moments(&all));
    let filtered = filters(server, first)?;
    report.judge(20, filtered);
    report.judge(22, fields(&all));
    match all.iter().find(|r| matches!(r.get("non_public"), "1" | "true")) {
        Some(row) => {
            report.judge(24, Err(format!("{} says that it is not public", row.get("service_request_id"))))
        }
        None => report.judge(24, Ok("no row says that it is not public".into())),
    }
    let needed = ["service_request_id", "lat", "long", "requested_datetime", "updated_datetime"];
    match all.iter().find_map(|r| Some((r, empty_in(r, &needed)?))) {
        Some((row, name)) => {
            report.judge(29, Err(format!("{} has no {name}", row.get("service_request_id"))));
        }
        None => report.judge(29, Ok(format!("{} rows have id, place and moments", all.len()))),
    }
    Ok(())
}

fn is_strict(text: &str) -> bool {
    let zone = matches!(text.as_bytes().get(19), Some(b'+' | b'-')) && text.len() == 25;
    (zone || text.len() == 20 && text.ends_with('Z')) && DateTime::parse_from_rfc3339(text).is_ok()
}

fn moments(rows: &[Node]) -> Outcome {
    for row in rows {
        for name in ["requested_datetime", "updated_datetime", "expected_datetime"] {
            let text = row.get(name);
            if !text.is_empty() && !is_strict(text) {
                return Err(format!("{name} of {} is {text:?}", row.get("service_request_id")));
            }
        }
    }
    Ok(format!("all moments of {} rows", rows.len()))
}

fn filters(server: &Server<'_>, first: &Node) -> Result<Outcome> {
    let id = first.get("service_request_id");
    let by_id = server.get("requests.xml", &[("service_request_id", id)])?;
    let ids: Vec<String> = rows(&by_id).iter().map(|r| r.get("service_request_id").to_owned()).collect();
    if ids != [id] {
        return Ok(Err(format!("asked for {id}, got {} rows", ids.len())));
    }
    for status in ["open", "closed"] {
        let some = server.get("requests.xml", &[("status", status), ("page_size", "50")])?;
        if let Some(other) = rows(&some).iter().find(|r| r.get("status") != status) {
            let (id, is) = (other.get("service_request_id"), other.get("status"));
            return Ok(Err(format!("asked for {status}, got {id}, which is {is:?}")));
        }
    }
    let at = first.get("requested_datetime");
    let within = rows(&server.get("requests.xml", &[("start_date", at), ("end_date", at)])?);
    // Servers that keep fractions of a second find nothing at the whole one: a second more is allowed.
    let far = |row: &&Node| match (moment(row.get("requested_datetime")), moment(at)) {
        (Some(one), Some(other)) => (one - other).num_seconds().abs() > 1,
        _ => true,
    };
    if let Some(row) = within.iter().find(far) {
        let other = row.get("requested_datetime");
        return Ok(Err(format!("asked for start_date=end_date={at}, got a row of {other}")));
    }
    Ok(Ok("by id, by status and by time".into()))
}

fn rows(reply: &Reply) -> Vec<Node> {
    reply.xml().map(|doc| doc.children).unwrap_or_default()
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&Utc))
}

fn fields(rows: &[Node]) -> Outcome {
    for row in rows {
        let id = row.get("service_request_id");
        let needed = ["service_request_id", "status", "service_code", "requested_datetime"];
        if let Some(name) = empty_in(row, &needed) {
            return Err(format!("{name} is missing in {id:?}"));
        }
        if !matches!(row.get("status"), "open" | "closed") {
            return Err(format!("status of {id} is {:?}, neither open nor closed", row.get("status")));
        }
        let there = ["service_name", "updated_datetime", "address", "lat", "long", "media_url"];
        if let Some(name) = there.into_iter().find(|n| row.child(n).is_none()) {
            return Err(format!("{id} has no element {name}"));
        }
    }
    Ok(format!("{} rows with all fields", rows.len()))
}

fn updates(server: &Server<'_>, report: &mut Report) -> Result<()> {
    let reply = server.get("servicerequestupdates.xml", &[])?;
    if reply.status == 404 {
        report.skip(25, "the extension is not offered");
        report.skip(27, "the extension is not offered");
        return Ok(());
    }
    let all = rows(&reply);
    let needed = ["update_id", "service_request_id", "status", "updated_datetime"];
    let told = xml_is(&reply, "service_request_updates").and_then(|_| {
        match all.iter().find_map(|u| Some((u, empty_in(u, &needed)?))) {
            Some((update, name)) => Err(format!("update {:?} has no {name}", update.get("update_id"))),
            None => Ok(format!("{} updates in the last hours", all.len())),
        }
    });
    report.judge(25, told);
    match all.iter().find(|u| !EXTENDED.contains(&u.get("status"))) {
        Some(update) => report.judge(27, Err(format!("status {:?}", update.get("status")))),
        None => report.judge(27, Ok("all statuses are words of the extension".into())),
    }
    Ok(())
}
