//! Pages for everybody: home, search, the map, the ticket page and what neighbors do there, the report form, following.
//!
//! `words` (rows of the database to words for people) and `map` are shared; one file a page otherwise.
//! Nothing a resident wrote and no handle leaves here unless the city chose `residents_words = "redacted"`.

mod expected;
mod extra;
mod follow;
mod home;
mod live_map;
mod map;
mod outcome;
mod report;
mod said;
mod search;
mod stages;
mod ticket;
mod voice;
pub(in crate::web) mod words;

use actix_web::guard::{Any, Get, Guard, Head};
use actix_web::web::{self, ServiceConfig};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/t/{number}").route(web::route().guard(reading()).to(ticket::show)))
        .service(web::resource("/").route(web::route().guard(reading()).to(home::show)))
        .service(web::resource("/search").route(web::route().guard(reading()).to(search::show)))
        .service(web::resource("/map").route(web::route().guard(reading()).to(live_map::show)))
        .service(web::resource("/map/city.json").route(web::route().guard(reading()).to(live_map::city)))
        .service(web::resource("/map/tickets").route(web::route().guard(reading()).to(live_map::tickets)))
        .service(web::resource("/t/{number}/follow").route(web::post().to(follow::ask)))
        .service(web::resource("/t/{number}/still-broken").route(web::post().to(voice::still_broken)))
        .service(web::resource("/t/{number}/yes-fixed").route(web::post().to(voice::yes_fixed)))
        .service(
            web::resource("/follow/{token}")
                .route(web::route().guard(reading()).to(follow::show))
                .route(web::post().to(follow::press)),
        )
        .configure(report::routes);
}

/// Looking, with or without the body.
fn reading() -> impl Guard {
    Any(Get()).or(Head())
}
