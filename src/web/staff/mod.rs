//! Pages for staff: the board, a ticket with all its moves, posts that need a look, and the switch that stops
//! all sending. Every handler begins at the desk (`desk`), which asks for one action; nothing is open by default.
//!
//! Pages: `board` (the queue), `ticket` (one beside the queue), `review`, `aside`. Forms: `moves`, `fix` (with
//! photos), `orders` (what crews are sent to do), `decide`, `sending`, `calls`. `rows` and `pane` turn what was found into
//! views; `typed` keeps what a refused form held; `times` and `words` are pure.

mod aside;
mod board;
mod calls;
mod decide;
pub(in crate::web) mod desk;
mod done;
pub(in crate::web) mod fix;
mod lint;
mod moves;
mod orders;
pub(in crate::web) mod pane;
mod review;
mod rows;
mod sending;
mod ticket;
pub(in crate::web) mod times;
mod typed;
pub(in crate::web) mod words;

use actix_web::web::{self, ServiceConfig};

/// Everything below `/staff`; mounted behind the gate.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("").route(web::get().to(board::show)))
        .service(web::resource("/set-aside").route(web::get().to(aside::show)))
        .service(
            web::resource("/orders").route(web::get().to(orders::show)).route(web::post().to(orders::plan)),
        )
        .service(web::resource("/orders/sheet").route(web::get().to(orders::sheet)))
        .service(web::resource("/orders/link").route(web::post().to(orders::link)))
        .service(web::resource("/orders/{order}/{step}").route(web::post().to(orders::take)))
        .service(web::resource("/tickets/{number}").route(web::get().to(ticket::show)))
        .service(web::resource("/tickets/{number}/fix").route(web::post().to(fix::take)))
        .service(web::resource("/tickets/{number}/check-words").route(web::post().to(lint::show)))
        .service(web::resource("/tickets/{number}/{step}").route(web::post().to(moves::take)))
        .service(web::resource("/pages/{number}/have-it").route(web::post().to(calls::take)))
        .service(web::resource("/review/{post}").route(web::get().to(review::show)))
        .service(web::resource("/review/{post}/{way}").route(web::post().to(decide::take)))
        .service(web::resource("/replies/{id}/take-back").route(web::post().to(sending::take_back)))
        .service(web::resource("/sending/{way}").route(web::post().to(sending::switch)));
}
