//! The work orders a ticket is in, as a fact beside its place and its promise.

use super::super::desk::Desk;
use crate::db::DbConnection;
use crate::dispatch;
use crate::error::Result;
use crate::tickets::Ticket;
use crate::web::view::ticket::Fact;
use crate::web::work::boxes::day_words;

/// "No. 12, L3, Tue Dec 1: Sent to the crew"; the newest one.
pub(super) fn fact(desk: &Desk<'_>, conn: &mut DbConnection, ticket: &Ticket) -> Result<Option<Fact>> {
    let orders = dispatch::of_ticket(conn, ticket.id)?;
    let Some(order) = orders.first() else { return Ok(None) };
    let more = if orders.len() > 1 { format!(", {} before", orders.len() - 1) } else { String::new() };
    let mut value =
        format!("No. {}, {}, {}: {}{more}", order.id, order.crew, day_words(&order.day), order.state.word());
    if order.department != ticket.department {
        value = format!("{value} ({})", desk.department(&order.department));
    }
    Ok(Some(Fact { label: "Work order".into(), value, tone: String::new() }))
}
