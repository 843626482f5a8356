//! The catalogue as Open311 tells it: the list of services, and the questions of one.

use super::Desk;
use super::document::Document;
use super::fault::{Answered, Fault};
use crate::settings::{Lang, Service};
use crate::world::World;

pub(super) fn list(desk: &Desk<'_>) -> Answered<Document> {
    let lang = desk.world.settings.city.language;
    let mut doc = desk.document(16 * 1_024);
    doc.list("services");
    for service in desk.world.settings.catalogue.offered() {
        doc.item("service");
        doc.text("service_code", &service.code);
        doc.text("service_name", service.names.get(lang));
        doc.text("description", service.hint.get(lang));
        doc.value("metadata", !service.open311.is_empty());
        doc.text("type", "realtime");
        doc.text("keywords", &keywords(service));
        doc.text("group", &group(service));
        doc.end_item("service");
    }
    doc.end_list("services");
    Ok(doc)
}

/// Its name in every language: what a resident might type.
fn keywords(service: &Service) -> String {
    let mut words: Vec<String> = Vec::new();
    for lang in Lang::ALL {
        let name = service.names.get(lang).replace(',', " ").to_lowercase();
        if !words.contains(&name) {
            words.push(name);
        }
    }
    words.join(",")
}

/// "lights" -> "Lights".
fn group(service: &Service) -> String {
    let words = service.icon_group.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|c| c.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}

/// The offered service for a code, written as the readable one or as the number beside it.
pub(super) fn named<'w>(world: &'w World, code: &str) -> Answered<&'w Service> {
    let catalogue = &world.settings.catalogue;
    let by_number = || {
        let number: u32 = code.parse().ok()?;
        let service = catalogue.iter().find(|s| s.open311_code == number)?;
        catalogue.current(&service.code)
    };
    catalogue.current(code).or_else(by_number).ok_or_else(|| {
        Fault::missing(format!("service_code: there is no service {:?}", super::fields::shown(code)))
    })
}

pub(super) fn definition(desk: &Desk<'_>, code: &str) -> Answered<Document> {
    let service = named(&desk.world, code)?;
    let lang = desk.world.settings.city.language;
    let mut doc = desk.document(2_048);
    doc.object("service_definition");
    doc.text("service_code", &service.code);
    doc.list("attributes");
    for (n, question) in service.open311.iter().enumerate() {
        doc.item("attribute");
        doc.value("variable", true);
        doc.text("code", &question.code.to_string());
        doc.text("datatype", question.datatype.as_str());
        doc.value("required", question.required);
        doc.nothing("datatype_description");
        doc.value("order", n + 1);
        doc.text("description", question.names.get(lang));
        if !question.values.is_empty() {
            doc.list("values");
            for value in &question.values {
                doc.item("value");
                doc.text("key", &value.key);
                doc.text("name", value.names.get(lang));
                doc.end_item("value");
            }
            doc.end_list("values");
        }
        doc.end_item("attribute");
    }
    doc.end_list("attributes");
    doc.end_object("service_definition");
    Ok(doc)
}
