//! Looks at a filed request before anything is kept: every field on its own, all faults in one answer, the missing
//! required question first.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::fault::{Answered, Fault, Faults};
use super::fields::{Fields, moment, shown};
use super::services::named;
use crate::journey::followers;
use crate::limits::{OPEN311_DESCRIPTION_CHARS, PHOTOS};
use crate::settings::{Attribute, Datatype, Service};
use crate::world::World;

/// A request that may be filed.
#[derive(Debug)]
pub(super) struct Checked<'w> {
    pub(super) service: &'w Service,
    pub(super) description: String,
    pub(super) spot: Option<(f64, f64)>,
    pub(super) address: Option<String>,
    /// Answers by the readable name of the question; what the service does not ask stands under its own name.
    pub(super) attributes: Map<String, Value>,
    pub(super) email: Option<String>,
    /// "Ana Lopez".
    pub(super) name: Option<String>,
    pub(super) account_id: Option<String>,
    pub(super) device_id: Option<String>,
    pub(super) media: Vec<String>,
}

/// Everything that is wrong, or the request.
pub(super) fn check<'w>(world: &'w World, fields: &Fields) -> Answered<Checked<'w>> {
    // Without a service nothing else can be judged.
    let service = named(world, fields.needed("service_code")?)?;
    let mut faults = Faults::default();
    let attributes = faults.take(answers(service, fields));
    let spot = faults.take(spot(fields));
    let address = faults.take(address(fields));
    if let (Some(None), Some(None)) = (&spot, &address) {
        faults.take::<()>(Err(Fault::bad("lat and long, or address_string, or address_id required")));
    }
    let description = faults.take(description(fields));
    let email = faults.take(email(fields));
    let name = faults.take(name(fields));
    let media = faults.take(media(fields));
    let account_id = faults.take(fields.one("account_id"));
    // FixMyStreet writes it in one word.
    let device_id = faults.take(fields.one("device_id").and_then(|d| Ok(d.or(fields.one("deviceid")?))));
    for other in ["phone", "jurisdiction_id"] {
        faults.take(fields.one(other));
    }
    faults.end()?;
    Ok(Checked {
        service,
        description: description.unwrap_or_default(),
        spot: spot.flatten(),
        address: address.flatten(),
        attributes: attributes.unwrap_or_default(),
        email: email.flatten(),
        name: name.flatten(),
        account_id: account_id.flatten().map(str::to_owned),
        device_id: device_id.flatten().map(str::to_owned),
        media: media.unwrap_or_default(),
    })
}

fn spot(fields: &Fields) -> Answered<Option<(f64, f64)>> {
    let lat = fields.decimal("lat", -90.0, 90.0)?;
    let lon = fields.decimal("long", -180.0, 180.0)?;
    match (lat, lon) {
        (Some(lat), Some(lon)) => Ok(Some((lat, lon))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(Fault::required("long")),
        (None, Some(_)) => Err(Fault::required("lat")),
    }
}

fn address(fields: &Fields) -> Answered<Option<String>> {
    let typed = fields.one("address_string")?;
    Ok(typed.or(fields.one("address_id")?).map(|words| words.replace(['\r', '\n'], " ")))
}

fn description(fields: &Fields) -> Answered<String> {
    let words = fields.exact("description")?;
    if words.chars().count() > OPEN311_DESCRIPTION_CHARS {
        let most = OPEN311_DESCRIPTION_CHARS;
        return Err(Fault::field("description", &format!("has more than {most} characters")));
    }
    if words.contains('\0') {
        return Err(Fault::field("description", "holds a character that is no text"));
    }
    Ok(words.to_owned())
}

fn email(fields: &Fields) -> Answered<Option<String>> {
    let Some(typed) = fields.one("email")? else { return Ok(None) };
    let read = followers::address(typed);
    read.map(Some).ok_or_else(|| Fault::field("email", "is not a complete address"))
}

fn name(fields: &Fields) -> Answered<Option<String>> {
    let both = [fields.one("first_name")?, fields.one("last_name")?];
    let name: Vec<&str> = both.into_iter().flatten().collect();
    Ok((!name.is_empty()).then(|| name.join(" ")))
}

fn media(fields: &Fields) -> Answered<Vec<String>> {
    let all: Vec<&str> = fields.all("media_url").collect();
    if all.len() > PHOTOS {
        return Err(Fault::field("media_url", &format!("more than {PHOTOS} of them")));
    }
    let is_address = |text: &&str| {
        url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) && text.len() <= 2_048
    };
    if !all.iter().all(is_address) {
        return Err(Fault::field("media_url", "is a full address that begins with https://"));
    }
    Ok(all.into_iter().map(str::to_owned).collect())
}

/// The answers to the service's questions, each checked against its own kind.
fn answers(service: &Service, fields: &Fields) -> Answered<Map<String, Value>> {
    let mut given: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (code, value) in fields.attributes() {
        given.entry(code).or_default().push(value);
    }
    let mut kept = Map::new();
    let mut faults = Faults::default();
    for question in &service.open311 {
        let number = question.code.to_string();
        let mut values = given.remove(number.as_str()).unwrap_or_default();
        values.extend(given.remove(question.key.as_str()).unwrap_or_default());
        if let Some(value) = faults.take(answer(question, &values)).flatten() {
            kept.insert(question.key.clone(), value);
        }
    }
    // What FixMyStreet and others send beside our questions is kept for staff, and never a reason to refuse.
    for (code, values) in given {
        kept.insert(shown(code), values.join(", ").into());
    }
    faults.end()?;
    Ok(kept)
}

fn answer(question: &Attribute, values: &[&str]) -> Answered<Option<Value>> {
    let label = format!("attribute[{}]", question.code);
    let wrong = |what: &str| Fault::field(&label, what);
    let several = question.datatype == Datatype::MultiValueList;
    let first = match values {
        [] if question.required => return Err(Fault::required(&format!("{label} ({})", question.key))),
        [] => return Ok(None),
        [one] => *one,
        [one, ..] if several => *one,
        [_, ..] => return Err(wrong("is there more than once")),
    };
    let listed = |value: &str| question.values.iter().any(|v| v.key == value);
    match question.datatype {
        Datatype::Number => match first.parse::<f64>().ok().filter(|n| n.is_finite()) {
            Some(_) => Ok(Some(first.into())),
            None => Err(wrong("is a number")),
        },
        Datatype::Datetime => moment(&label, first).map(|_| Some(first.into())),
        Datatype::SingleValueList | Datatype::MultiValueList => {
            if let Some(strange) = values.iter().find(|value| !listed(value)) {
                let keys: Vec<&str> = question.values.iter().map(|v| v.key.as_str()).collect();
                return Err(wrong(&format!("{:?} is not one of {}", shown(strange), keys.join(", "))));
            }
            Ok(Some(if several { values.to_vec().into() } else { first.into() }))
        }
        Datatype::String | Datatype::Text => {
            if first.chars().count() > OPEN311_DESCRIPTION_CHARS {
                return Err(wrong("is too long"));
            }
            Ok(Some(first.into()))
        }
    }
}
