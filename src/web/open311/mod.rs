//! Open311 GeoReport v2 under `/open311/v2`, and the same checks without consequences under `/open311/sandbox/v2`.
//!
//! Reading order: here (which call is it, who asks) -> `body`, `fields` (what it says) -> `discovery`, `services`,
//! `requests`, `updates` (the calls) -> `file`, `check` (filing) -> `document` (XML or JSON), `fault` (what went wrong).
//! Only what a public page would show is told, in the city's words; a key reads back what it filed itself.

mod body;
mod check;
mod discovery;
mod document;
mod fault;
mod fields;
mod file;
mod requests;
mod services;
mod updates;

use std::sync::Arc;

use actix_web::dev::ServiceRequest;
use actix_web::http::{Method, header};
use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};

use super::guard::Refusal;
use super::keys::key_of;
use super::site::Site;
use crate::accounts::keys::{self, ApiKey, KeyText, NoEntry, Scope};
use crate::db::DbConnection;
use crate::world::World;
use document::{Document, Format};
use fault::{Answered, Fault};
use fields::Fields;

const ROOT: &str = "/open311/";
const PRODUCTION: &str = "v2/";
const SANDBOX: &str = "sandbox/v2/";
/// Longest name a client may give a request, in characters.
const IDEMPOTENCY_CHARS: usize = 255;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::scope("/open311").default_service(web::route().to(take)));
}

/// What is called.
#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Discovery,
    Services,
    Service(String),
    Requests,
    Request(String),
    Token(String),
    Updates,
}

/// One call, understood as far as its address goes.
#[derive(Debug)]
struct Call {
    what: What,
    format: Format,
    test: bool,
    writes: bool,
    fields: Fields,
    key: Option<KeyText>,
    idempotency: Option<String>,
}

/// What stands behind `/open311/`: (what, format, sandbox). `Err` holds the format to say no in.
fn address(path: &str) -> Result<(What, Format, bool), Format> {
    let rest = path.strip_prefix(ROOT).unwrap_or_default();
    let (test, rest) = match (rest.strip_prefix(SANDBOX), rest.strip_prefix(PRODUCTION)) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        // Discovery stands in front of both endpoints too.
        (None, None) if rest.starts_with("discovery.") => (false, rest),
        (None, None) => return Err(wanted(path)),
    };
    let (name, suffix) = rest.rsplit_once('.').ok_or(Format::Xml)?;
    let format = Format::of(suffix).ok_or(Format::Xml)?;
    let what = match name.split_once('/') {
        None => match name {
            "discovery" => What::Discovery,
            "services" => What::Services,
            "requests" => What::Requests,
            "servicerequestupdates" => What::Updates,
            _ => return Err(format),
        },
        Some((list, one)) if !one.is_empty() && !one.contains('/') => match list {
            "services" => What::Service(one.to_owned()),
            "requests" => What::Request(one.to_owned()),
            "tokens" => What::Token(one.to_owned()),
            _ => return Err(format),
        },
        Some(_) => return Err(format),
    };
    Ok((what, format, test))
}

fn wanted(path: &str) -> Format {
    path.rsplit_once('.').and_then(|(_, suffix)| Format::of(suffix)).unwrap_or(Format::Xml)
}

/// What the guard refuses (too often, too large), in the standard's own body; `None` elsewhere.
pub(super) fn refused(request: &ServiceRequest, refusal: &Refusal) -> Option<HttpResponse> {
    if !request.path().starts_with(ROOT) {
        return None;
    }
    let reason = format!("{}: {}", refusal.title, refusal.text);
    let fault = Fault::of_guard(refusal.status.as_u16(), &reason, refusal.wait_seconds);
    Some(fault.response(wanted(request.path())))
}

async fn take(site: Data<Site>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let (what, format, test) = match address(request.path()) {
        Ok(found) => found,
        Err(format) => return Fault::missing("there is nothing at this address").response(format),
    };
    match understood(&request, payload, (what, format, test)).await {
        Ok(call) => {
            let done = web::block(move || answer(&site, &call)).await;
            match done {
                Ok(Ok((kind, body))) => HttpResponse::Ok()
                    .insert_header((header::CACHE_CONTROL, "no-cache"))
                    // Everything that is read without a key is for every page of the world.
                    .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
                    .content_type(kind)
                    .body(body),
                Ok(Err(fault)) => fault.response(format),
                Err(_) => {
                    tracing::error!("an Open311 call stopped half-way");
                    Fault::of_guard(500, "something broke on our side", None).response(format)
                }
            }
        }
        Err(fault) => fault.response(format),
    }
}

async fn understood(
    request: &HttpRequest,
    payload: Payload,
    (what, format, test): (What, Format, bool),
) -> Answered<Call> {
    let writes = match *request.method() {
        Method::GET | Method::HEAD => false,
        Method::POST if matches!(what, What::Requests | What::Updates) => true,
        _ => return Err(Fault::method()),
    };
    let fields = if writes {
        body::read(request, payload).await?
    } else {
        Fields::parse(request.query_string().as_bytes())?
    };
    let key = key_of(request, fields.one("api_key")?);
    let idempotency = request.headers().get("Idempotency-Key");
    let idempotency = match idempotency.map(|v| v.to_str().map(str::trim)) {
        None | Some(Ok("")) => None,
        Some(Ok(name)) if name.len() <= IDEMPOTENCY_CHARS => Some(name.to_owned()),
        Some(_) => {
            return Err(Fault::field(
                "Idempotency-Key",
                &format!("is text of at most {IDEMPOTENCY_CHARS} characters"),
            ));
        }
    };
    Ok(Call { what, format, test, writes, fields, key, idempotency })
}

/// Everything an answer needs: the city, a connection's worth of questions, and who asks.
struct Desk<'a> {
    site: &'a Site,
    world: Arc<World>,
    call: &'a Call,
    now: DateTime<Utc>,
    key: Option<ApiKey>,
}

fn answer(site: &Site, call: &Call) -> Answered<(&'static str, String)> {
    let (world, now) = (site.world(), site.now());
    let key = if call.writes || call.key.is_some() {
        Some(checked_key(&mut *site.app.db.read().map_err(Fault::from)?, call, now)?)
    } else {
        None
    };
    let desk = Desk { site, world, call, now, key };
    let doc = match (&call.what, call.writes) {
        (What::Discovery, _) => return Ok((call.format.bare_type(), discovery::show(&desk)?.finish())),
        (What::Services, _) => services::list(&desk),
        (What::Service(code), _) => services::definition(&desk, code),
        (What::Requests, false) => requests::list(&desk),
        (What::Requests, true) => file::file(&desk),
        (What::Request(number), _) => requests::one(&desk, number),
        (What::Token(token), _) => requests::token(&desk, token),
        (What::Updates, false) => updates::list(&desk),
        (What::Updates, true) => updates::tell(&desk),
    };
    Ok((call.format.content_type(), doc?.finish()))
}

fn checked_key(conn: &mut DbConnection, call: &Call, now: DateTime<Utc>) -> Answered<ApiKey> {
    let Some(text) = &call.key else {
        return Err(Fault::key("a key is needed to file; ask the city for one"));
    };
    let scope = if call.test || !call.writes { Scope::Sandbox } else { Scope::Open311 };
    match keys::check(conn, text, scope, now)? {
        Ok(key) => Ok(key),
        Err(NoEntry::NotKnown) => Err(Fault::key("this key is not good here")),
        Err(NoEntry::NotForThis) => Err(Fault::key("this key is not for this")),
    }
}

impl Desk<'_> {
    fn document(&self, bytes: usize) -> Document {
        Document::new(self.call.format, bytes)
    }

    fn read(&self) -> Answered<crate::db::Loan> {
        self.site.app.db.read().map_err(Fault::from)
    }

    fn fields(&self) -> &Fields {
        &self.call.fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let check = |path: &str, expect: Option<(What, Format, bool)>| {
            assert_eq!(address(path).ok(), expect, "{path}");
        };
        let (xml, json) = (Format::Xml, Format::Json);
        check("/open311/v2/services.xml", Some((What::Services, xml, false)));
        check("/open311/sandbox/v2/requests.json", Some((What::Requests, json, true)));
        check("/open311/v2/requests/26-000001.json", Some((What::Request("26-000001".into()), json, false)));
        check(
            "/open311/v2/services/street_light.xml",
            Some((What::Service("street_light".into()), xml, false)),
        );
        check("/open311/v2/tokens/a.b.xml", Some((What::Token("a.b".into()), xml, false)));
        check("/open311/discovery.json", Some((What::Discovery, json, false)));
        check("/open311/v2/discovery.xml", Some((What::Discovery, xml, false)));
        check("/open311/v2/servicerequestupdates.xml", Some((What::Updates, xml, false)));
        for nothing in [
            "/open311",
            "/open311/",
            "/open311/v2",
            "/open311/v2/",
            "/open311/v2/services",
            "/open311/v2/services.txt",
            "/open311/v2/services/.xml",
            "/open311/v2/a/b/c.xml",
            "/open311/v3/services.xml",
            "/open311/services.xml",
        ] {
            check(nothing, None);
        }
        assert_eq!(address("/open311/v3/services.json").unwrap_err(), json);
    }
}
