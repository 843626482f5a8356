//! SQL of the look: one row, by the ticket's number.

use diesel::dsl::{count_star, max};
use diesel::prelude::*;

use super::super::store::listed;
use crate::db::DbConnection;
use crate::db::schema::{followers, outbox, photos, ticket_history, tickets};
use crate::db::types::Ts;
use crate::error::Result;
use crate::on_each_backend;

/// Version, steps, newest change of a reply, released photos and followers of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable)]
pub struct Stamp {
    id: i64,
    version: i64,
    steps: Option<i64>,
    replied_at: Option<Ts>,
    photo: Option<i64>,
    followers: Option<i64>,
}

/// One row, read by the ticket's number.
pub(super) fn stamp(conn: &mut DbConnection, number: &str) -> Result<Option<Stamp>> {
    let steps = ticket_history::table
        .filter(ticket_history::ticket_id.eq(tickets::id))
        .select(max(ticket_history::seq))
        .single_value();
    let replied = outbox::table
        .filter(outbox::ticket_id.eq(tickets::id.nullable()))
        .select(max(outbox::updated_at))
        .single_value();
    let photo = photos::table
        .filter(photos::ticket_id.eq(tickets::id.nullable()))
        .filter(photos::public.eq(true))
        .select(count_star())
        .single_value();
    let follow = followers::table
        .filter(followers::ticket_id.eq(tickets::id))
        .filter(followers::state.eq("active"))
        .select(count_star())
        .single_value();
    let look = tickets::table.filter(tickets::number.eq(number)).filter(listed()).select((
        tickets::id,
        tickets::version,
        steps,
        replied,
        photo,
        follow,
    ));
    Ok(on_each_backend!(conn, c => look.first(c).optional()?))
}
