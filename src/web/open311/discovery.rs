//! Where the endpoints are, and since when the services are what they are.

use sha2::{Digest, Sha256};

use super::document::Document;
use super::fault::Answered;
use super::{Desk, Format};
use crate::db::types::Ts;
use crate::journey::filed;
use crate::settings::Catalogue;

const SPECIFICATION: &str = "http://wiki.open311.org/GeoReport_v2";

pub(super) fn show(desk: &Desk<'_>) -> Answered<Document> {
    let (city, server) = (&desk.world.settings.city, &desk.world.settings.server);
    let since = changed_at(desk)?.to_string();
    let mut doc = desk.document(1_024);
    doc.object("discovery");
    doc.text("changeset", &since);
    doc.text("contact", &format!("{}, {}. {}", city.account_name, city.non_emergency, server.link("/")));
    doc.text(
        "key_service",
        &format!("Ask {} ({}) for a key; reading needs none.", city.account_name, city.non_emergency),
    );
    doc.list("endpoints");
    for (path, kind) in [("/open311/v2", "production"), ("/open311/sandbox/v2", "test")] {
        doc.item("endpoint");
        doc.text("specification", SPECIFICATION);
        doc.text("url", &server.link(path));
        doc.text("changeset", &since);
        doc.text("type", kind);
        doc.list("formats");
        for format in [Format::Xml, Format::Json] {
            doc.word("format", format.bare_type());
        }
        doc.end_list("formats");
        doc.end_item("endpoint");
    }
    doc.end_list("endpoints");
    doc.end_object("discovery");
    Ok(doc)
}

/// When the catalogue was first seen as it is now.
fn changed_at(desk: &Desk<'_>) -> Answered<Ts> {
    let digest = digest(&desk.world.settings.catalogue);
    // The first look at a changed catalogue writes; every other one only reads.
    let known = filed::known_changeset(&mut *desk.read()?, &digest)?;
    match known {
        Some(at) => Ok(at),
        None => Ok(desk.site.app.db.write(|conn| filed::changeset(conn, &digest, desk.now))?),
    }
}

/// Of everything a client learns from services and definitions.
fn digest(catalogue: &Catalogue) -> String {
    let mut digest = Sha256::new();
    let text = serde_json::to_vec(catalogue).unwrap_or_default();
    digest.update(&text);
    digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
