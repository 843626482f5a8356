//! Work orders outside the staff pages: one crew's day on a phone (`crew`), and what all three views share (`boxes`).
//!
//! Whoever has a crew's link may see and finish that crew's orders and nothing else; nothing here shows a resident's
//! words or name. The link is for the crew's own phones and dies when staff make a new one.

pub(in crate::web) mod boxes;
mod crew;

use actix_web::web::{self, ServiceConfig};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/crew/{secret}").route(web::get().to(crew::show)))
        .service(web::resource("/crew/{secret}/photo/{name}").route(web::get().to(crew::photo)))
        .service(web::resource("/crew/{secret}/{order}/done").route(web::post().to(crew::done)))
        .service(web::resource("/crew/{secret}/{order}/{step}").route(web::post().to(crew::take)));
}
