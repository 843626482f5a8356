//! Steps that put tickets together or take them apart: merge, undo, split, move, and what a person says of a suggestion.

use super::may_see;
use crate::db::DbConnection;
use crate::error::{Error, Result};
use crate::journey::apart;
use crate::tickets::{self, Ticket};
use crate::web::staff::desk::Desk;
use crate::web::staff::ticket;
use crate::web::staff::typed::Form;

fn join_id(form: &Form) -> Result<i64> {
    form.join.parse().map_err(|_| Error::Invalid("choose the post first".into()))
}

/// The other ticket somebody typed: a merged number means the one that lives.
fn other(desk: &Desk<'_>, conn: &mut DbConnection, form: &Form) -> Result<Ticket> {
    let number = tickets::numbers::as_typed(&form.into)
        .ok_or_else(|| Error::Invalid("write the other number like 26-000012".into()))?;
    let other = tickets::by_number(conn, &number)?;
    may_see(desk, &other)?;
    Ok(other)
}

pub(super) fn take_apart(
    desk: &Desk<'_>,
    conn: &mut DbConnection,
    ticket: &Ticket,
    form: &Form,
) -> Result<(Ticket, &'static str)> {
    Ok((apart::take_apart(conn, ticket, join_id(form)?, &desk.me.name, desk.now)?, "apart"))
}

pub(super) fn split(
    desk: &Desk<'_>,
    conn: &mut DbConnection,
    ticket: &Ticket,
    form: &Form,
) -> Result<(Ticket, &'static str)> {
    let fresh = apart::split(conn, &desk.world, ticket, join_id(form)?, &desk.me.name, desk.now)?;
    desk.site.forget_ticket(&ticket.number);
    Ok((fresh, "split"))
}

pub(super) fn move_to(
    desk: &Desk<'_>,
    conn: &mut DbConnection,
    ticket: &Ticket,
    form: &Form,
) -> Result<(Ticket, &'static str)> {
    let into = other(desk, conn, form)?;
    let from = (ticket, join_id(form)?);
    let joined = apart::move_to(conn, &desk.world, from, &into, &desk.me.name, desk.now)?;
    desk.site.forget_ticket(&ticket.number);
    Ok((joined, "moved"))
}

pub(super) fn merge(
    desk: &Desk<'_>,
    conn: &mut DbConnection,
    ticket: &Ticket,
    form: &Form,
) -> Result<(Ticket, &'static str)> {
    let survivor = other(desk, conn, form)?;
    let merged = apart::merge(conn, &desk.world, ticket, &survivor, &desk.me.name, desk.now)?;
    desk.site.forget_ticket(&ticket.number);
    Ok((merged, "merged"))
}

/// `into` is the number that was merged: the address leads to the survivor, which stays as it is.
pub(super) fn unmerge(
    desk: &Desk<'_>,
    conn: &mut DbConnection,
    ticket: &Ticket,
    form: &Form,
) -> Result<(Ticket, &'static str)> {
    let merged = tickets::numbered(conn, &ticket::canonical(&form.into)?)?;
    may_see(desk, &merged)?;
    if !tickets::with_merged(conn, ticket.id)?.contains(&merged.id) || merged.id == ticket.id {
        return Err(Error::Conflict(format!("{} is not part of this request any more", merged.number)));
    }
    desk.site.forget_ticket(&merged.number);
    apart::unmerge(conn, &desk.world, &merged, &desk.me.name, desk.now)?;
    Ok((tickets::by_id(conn, ticket.id)?, "unmerged"))
}

/// The suggestion a button stands for; it belongs to this ticket, on either side.
fn suggested(
    desk: &Desk<'_>,
    conn: &mut DbConnection,
    ticket: &Ticket,
    form: &Form,
) -> Result<tickets::Suggestion> {
    let id = form.suggestion.parse().map_err(|_| Error::Invalid("choose a suggestion first".into()))?;
    let found = tickets::suggestion(conn, id)?;
    let family = tickets::with_merged(conn, ticket.id)?;
    if !family.contains(&found.ticket_id) && !family.contains(&found.other_id) {
        return Err(Error::NotFound("this suggestion is about another request".into()));
    }
    for side in [found.ticket_id, found.other_id] {
        may_see(desk, &tickets::by_id(conn, side)?)?;
    }
    Ok(found)
}

pub(super) fn same(
    desk: &Desk<'_>,
    conn: &mut DbConnection,
    ticket: &Ticket,
    form: &Form,
) -> Result<(Ticket, &'static str)> {
    let found = suggested(desk, conn, ticket, form)?;
    let merged = apart::say_same(conn, &desk.world, &found, &desk.me.name, desk.now)?;
    desk.site.forget_ticket(&ticket.number);
    Ok((merged, if found.concern_id == 0 { "merged" } else { "moved" }))
}

pub(super) fn not_same(
    desk: &Desk<'_>,
    conn: &mut DbConnection,
    ticket: &Ticket,
    form: &Form,
) -> Result<(Ticket, &'static str)> {
    let found = suggested(desk, conn, ticket, form)?;
    apart::say_apart(conn, &found, &desk.me.name, desk.now)?;
    Ok((ticket.clone(), "not-same"))
}
