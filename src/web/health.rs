//! For the machine that watches this one: is the process alive, and can it do its work?

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::answer::{Answer, Asker, answer};
use super::site::Site;
use crate::db::migrate;
use crate::error::Result;
use crate::insights::public;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/healthz", web::get().to(alive)).route("/readyz", web::get().to(ready));
}

async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("alive\n")
}

/// 200 when pages can be answered: the database speaks, nothing waits to be migrated, the city is loaded.
/// Jobs that were put aside are told and do not take the process out of service: a person must look.
async fn ready(site: Data<Site>, request: HttpRequest) -> HttpResponse {
    answer(site, Asker::of(&request), |site, _| {
        let world = site.world();
        let database = look(site);
        let (pending, quarantined) = database.as_ref().map_or((None, None), |(p, q)| (Some(*p), Some(*q)));
        let loaded = world.places_version > 0 || !world.places.is_empty();
        let ready = pending == Some(0) && loaded;
        let body = json!({
            "ready": ready,
            "database": database.is_ok(),
            "migrations_pending": pending,
            "gazetteer_loaded": loaded,
            "gazetteer_version": world.places_version,
            "jobs_quarantined": quarantined,
        });
        if let Err(error) = &database {
            tracing::error!("not ready: {error}");
        }
        let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        Ok(Answer::bytes("application/json", body.to_string())
            .status(status)
            .header(header::CACHE_CONTROL, "no-store"))
    })
    .await
}

fn look(site: &Site) -> Result<(usize, i64)> {
    let conn = &mut *site.app.db.read()?;
    Ok((migrate::pending(conn)?, public::quarantined_jobs(conn)?))
}
