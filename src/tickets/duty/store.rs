//! SQL of the calls to people on duty.

use diesel::prelude::*;

use crate::db::DbConnection;
use crate::db::schema::duty_pages;
use crate::db::types::Ts;
use crate::error::{Error, Result};

/// People on duty are called until one of them has it.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct Page {
    pub id: i64,
    pub ticket_id: i64,
    pub paged: i64,
    pub next_at: Ts,
    pub had_by: Option<String>,
    pub had_at: Option<Ts>,
    pub created_at: Ts,
}

/// Starts calling for a ticket.
///
/// # Errors
/// `Database` only.
pub fn insert_page(conn: &mut DbConnection, ticket_id: i64, now: Ts) -> Result<()> {
    diesel::insert_into(duty_pages::table)
        .values((
            duty_pages::ticket_id.eq(ticket_id),
            duty_pages::paged.eq(0),
            duty_pages::next_at.eq(now),
            duty_pages::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Calls that nobody has taken and whose time has come.
///
/// # Errors
/// `Database` only.
pub fn pages_due(conn: &mut DbConnection, now: Ts) -> Result<Vec<Page>> {
    Ok(duty_pages::table
        .filter(duty_pages::had_at.is_null())
        .filter(duty_pages::next_at.le(now))
        .order(duty_pages::id)
        .limit(50)
        .load(conn)?)
}

/// The call about a ticket.
///
/// # Errors
/// `Database` only.
pub fn page_of(conn: &mut DbConnection, ticket_id: i64) -> Result<Option<Page>> {
    Ok(duty_pages::table.filter(duty_pages::ticket_id.eq(ticket_id)).first(conn).optional()?)
}

/// Counts one more call, if nobody else made it in the meantime.
///
/// # Errors
/// `Database` only.
pub fn page_again(conn: &mut DbConnection, page: &Page, next_at: Ts) -> Result<bool> {
    let same = duty_pages::table
        .find(page.id)
        .filter(duty_pages::paged.eq(page.paged))
        .filter(duty_pages::had_at.is_null());
    let n = diesel::update(same)
        .set((duty_pages::paged.eq(page.paged + 1), duty_pages::next_at.eq(next_at)))
        .execute(conn)?;
    Ok(n == 1)
}

/// "I have it": the calls end. The first one counts.
///
/// # Errors
/// `Conflict` when somebody has it already.
pub fn have_it(conn: &mut DbConnection, ticket_id: i64, by: &str, now: Ts) -> Result<()> {
    let open =
        duty_pages::table.filter(duty_pages::ticket_id.eq(ticket_id)).filter(duty_pages::had_at.is_null());
    let n = diesel::update(open)
        .set((duty_pages::had_by.eq(Some(by)), duty_pages::had_at.eq(Some(now))))
        .execute(conn)?;
    if n == 0 {
        return Err(Error::Conflict("somebody has it already".into()));
    }
    Ok(())
}
