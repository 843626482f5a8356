//! SQL of routing: which rule sent a ticket where, and the past that other rules are tried on.

use std::collections::HashMap;

use diesel::prelude::*;

use super::Route;
use super::replay::Past;
use crate::db::DbConnection;
use crate::db::schema::{joins, posts, readings, routings, tickets};
use crate::db::types::Ts;
use crate::error::Result;
use crate::on_each_backend;

/// Tickets read at a time.
const AT_ONCE: i64 = 500;

/// One decision of the machine about where a ticket goes.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct Routing {
    pub id: i64,
    pub ticket_id: i64,
    pub rule: String,
    pub config_hash: String,
    pub department: String,
    pub crew: Option<String>,
    pub why: String,
    pub at: Ts,
}

/// Keeps a decision: which rule of which settings, and the occasion ("opened", "placed", "corrected").
///
/// # Errors
/// `Database` only.
pub fn record(
    conn: &mut DbConnection,
    ticket_id: i64,
    route: &Route,
    (config_hash, why): (&str, &str),
    now: Ts,
) -> Result<()> {
    let insert = diesel::insert_into(routings::table).values((
        routings::ticket_id.eq(ticket_id),
        routings::rule.eq(&route.rule),
        routings::config_hash.eq(config_hash),
        routings::department.eq(&route.department),
        routings::crew.eq(&route.crew),
        routings::why.eq(why),
        routings::at.eq(now),
    ));
    on_each_backend!(conn, c => insert.execute(c)?);
    Ok(())
}

/// The newest decision about a ticket; `None` for tickets from before rules were kept.
///
/// # Errors
/// `Database` only.
pub fn latest(conn: &mut DbConnection, ticket_id: i64) -> Result<Option<Routing>> {
    let newest =
        routings::table.filter(routings::ticket_id.eq(ticket_id)).order(routings::id.desc()).limit(1);
    Ok(on_each_backend!(conn, c => newest.first(c).optional()?))
}

/// Latitude, longitude, doubt, kind, label, key, segment.
type PlaceColumns = (Option<f64>, Option<f64>, Option<f64>, String, String, String, Option<String>);

/// What a ticket's row tells about how it was routed.
#[derive(Queryable)]
struct Row {
    id: i64,
    number: String,
    service: String,
    department: String,
    urgency: String,
    opened_at: Ts,
    place: PlaceColumns,
}

/// Tickets opened since then, at most `most`, with what their first post said and where they went; oldest first.
///
/// # Errors
/// `Database` only.
pub fn opened_since(conn: &mut DbConnection, since: Ts, most: usize) -> Result<Vec<Past>> {
    let (mut past, mut last) = (Vec::new(), 0_i64);
    while past.len() < most {
        let ids: Vec<i64> = tickets::table
            .filter(tickets::opened_at.ge(since))
            .filter(tickets::id.gt(last))
            .order(tickets::id)
            .limit(AT_ONCE)
            .select(tickets::id)
            .load(conn)?;
        let Some(newest) = ids.last() else { break };
        last = *newest;
        past.extend(these(conn, &ids)?);
    }
    past.truncate(most);
    Ok(past)
}

/// One ticket of the past.
///
/// # Errors
/// `Database` only.
pub fn past_of(conn: &mut DbConnection, ticket_id: i64) -> Result<Vec<Past>> {
    these(conn, &[ticket_id])
}

fn these(conn: &mut DbConnection, ids: &[i64]) -> Result<Vec<Past>> {
    let rows: Vec<Row> = tickets::table
        .filter(tickets::id.eq_any(ids))
        .order(tickets::id)
        .select((
            tickets::id,
            tickets::number,
            tickets::service,
            tickets::department,
            tickets::urgency,
            tickets::opened_at,
            (
                tickets::lat,
                tickets::lon,
                tickets::radius_m,
                tickets::place_kind,
                tickets::place_label,
                tickets::place_key,
                tickets::segment_key,
            ),
        ))
        .load(conn)?;
    let (sent, said) = (sent(conn, ids)?, said(conn, ids)?);
    Ok(rows.into_iter().map(|row| assemble(row, &sent, &said)).collect())
}

/// What the first post of a ticket stated, and its language as read.
type SaidRow = (Option<String>, Option<String>);

fn assemble(row: Row, sent: &HashMap<i64, (String, String)>, said: &HashMap<i64, SaidRow>) -> Past {
    let (lat, lon, radius_m, kind, label, key, segment_key) = row.place;
    let (stated, language) = said.get(&row.id).cloned().unwrap_or_default();
    let (rule, routed_to) =
        sent.get(&row.id).cloned().unwrap_or_else(|| (String::new(), row.department.clone()));
    Past {
        number: row.number,
        service: row.service,
        urgency: row.urgency,
        opened_at: row.opened_at.0,
        point: lat.zip(lon),
        radius_m: radius_m.unwrap_or(0.0),
        kind,
        label,
        key,
        segment_key,
        stated,
        language,
        rule,
        routed_to,
        is_with: row.department,
    }
}

/// (rule, department) of the newest decision about each ticket.
fn sent(conn: &mut DbConnection, ids: &[i64]) -> Result<HashMap<i64, (String, String)>> {
    let rows: Vec<(i64, String, String)> = routings::table
        .filter(routings::ticket_id.eq_any(ids))
        .order(routings::id)
        .select((routings::ticket_id, routings::rule, routings::department))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, rule, department)| (id, (rule, department))).collect())
}

/// What the first post of each ticket said.
fn said(conn: &mut DbConnection, ids: &[i64]) -> Result<HashMap<i64, SaidRow>> {
    let rows: Vec<(i64, i64, Option<String>)> = joins::table
        .inner_join(posts::table)
        .filter(joins::ticket_id.eq_any(ids))
        .order(joins::id.desc())
        .select((joins::ticket_id, joins::post_id, posts::stated))
        .load(conn)?;
    // Newest first: what is left in the end is the first post.
    let first: HashMap<i64, (i64, Option<String>)> =
        rows.into_iter().map(|(ticket, post, stated)| (ticket, (post, stated))).collect();
    let post_ids: Vec<i64> = first.values().map(|(post, _)| *post).collect();
    let read: Vec<(i64, String)> = readings::table
        .filter(readings::post_id.eq_any(post_ids))
        .order(readings::id)
        .select((readings::post_id, readings::language))
        .load(conn)?;
    let read: HashMap<i64, String> = read.into_iter().collect();
    Ok(first
        .into_iter()
        .map(|(ticket, (post, stated))| (ticket, (stated, read.get(&post).cloned())))
        .collect())
}
