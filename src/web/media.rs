//! Photos under `/media/{id}.jpg`: released ones for everybody, the rest for staff; small with `?size=thumb`.
//!
//! A photo may be taken back (its post was deleted, a face was seen), so browsers may keep one for five minutes and
//! then ask again; the digest answers that with 304.

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::answer::{Answer, Asker, answer};
use super::site::Site;
use crate::accounts::Action;
use crate::error::{Error, Result};
use crate::insights::public;
use crate::media::files::{self, Size};

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/media/{name}", web::get().to(photo));
}

async fn photo(site: Data<Site>, request: HttpRequest, name: Path<String>) -> HttpResponse {
    let seen = request.headers().get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let name = name.into_inner();
    answer(site, Asker::of(&request), move |site, asker| show(site, asker, &name, seen.as_deref())).await
}

fn show(site: &Site, asker: &Asker, name: &str, seen: Option<&str>) -> Result<Answer> {
    let nothing = || Error::NotFound("there is no such photo".into());
    let id: i64 = name.strip_suffix(".jpg").and_then(|n| n.parse().ok()).ok_or_else(nothing)?;
    let found = public::photo(&mut *site.app.db.read()?, id)?;
    let staff = asker.person.as_ref().is_some_and(|me| me.user.role.may(Action::SeeBoard));
    let (digest, open) = found.filter(|(_, open)| *open || staff).ok_or_else(nothing)?;
    let (size, mark) = match asker.value("size").as_deref() {
        Some("thumb") => (Size::Thumb, "t"),
        _ => (Size::Full, "f"),
    };
    let tag = format!("\"{digest}{mark}\"");
    let keep = if open && asker.session.is_none() { "public, max-age=300" } else { "private, no-store" };
    if open && seen == Some(&tag) {
        return Ok(Answer::bytes("image/jpeg", "")
            .status(StatusCode::NOT_MODIFIED)
            .header(header::ETAG, &tag));
    }
    let bytes = files::read(&site.world().settings.server.media_dir, &digest, size)?;
    Ok(Answer::bytes("image/jpeg", bytes).header(header::ETAG, &tag).header(header::CACHE_CONTROL, keep))
}
