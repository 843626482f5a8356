//! The mayor's office: one page that says what waits, what is late and how we talk, and the four ways to settle
//! a reply. Looking needs `SeeReplies`; releasing, rejecting and taking back need to speak for the city.

mod cards;
mod numbers;
mod office;
mod settle;

use actix_web::web::{self, ServiceConfig};

/// Everything below `/mayor`; mounted behind the gate.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("").route(web::get().to(office::show)))
        .service(web::resource("/replies/{id}/{way}").route(web::post().to(settle::take)));
}
