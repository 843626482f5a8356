//! What crews are sent to do: one work order may hold many tickets, and a ticket may need several orders.
//!
//! `orders` is the whole state machine of an order; `links` are the pages for crews' phones; rows are in `store`.
//! What an order does to its tickets is told in `journey/work.rs`.

mod links;
pub mod orders;
mod store;

pub use links::{Crew, crew_behind, link_of, renew_link};
pub use orders::{OrderState, OrderStep};
pub use store::{
    NewOrder, Order, add_ticket, at_spot, by_id, insert, of_crew, of_day, of_ticket, put_turn, shift,
    take_out, tickets_of,
};
