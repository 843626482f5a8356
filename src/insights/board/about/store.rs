//! SQL of what stands around the rows of the board: posts with their authors, readings, answers, photos, and the
//! posts that were set aside.

use std::collections::HashMap;

use diesel::dsl::{count_star, max, min};
use diesel::prelude::*;

use super::super::{ConcernRow, PageRow};
use crate::db::DbConnection;
use crate::db::schema::{
    concerns, duty_pages, joins, outbox, people, photos, posts, readings, suggestions, tickets,
};
use crate::db::types::Ts;
use crate::error::Result;

const ENDED: [&str; 2] = ["fixed", "closed"];

/// A post with its author.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct PostRow {
    pub id: i64,
    pub channel: String,
    pub account_id: Option<i64>,
    pub uri: String,
    pub text: String,
    pub version: i64,
    pub created_at: Ts,
    pub received_at: Ts,
    pub deleted_at: Option<Ts>,
    pub sealed: bool,
    pub stated: Option<String>,
    pub reason: String,
    pub decided_at: Option<Ts>,
    pub handle: String,
    pub name: String,
}

/// The concern that stands in a ticket.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = joins)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct JoinRow {
    pub id: i64,
    pub concern_id: i64,
    pub ticket_id: i64,
    pub post_id: i64,
}

/// A live ticket near another one.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = tickets)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct NearRow {
    pub id: i64,
    pub number: String,
    pub status: String,
    pub waiting_for: Option<String>,
    pub service: String,
    pub place_label: String,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub opened_at: Ts,
    pub people: i64,
    pub sealed: bool,
}

/// An open ticket that another one may be the same as.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct PerhapsRow {
    pub id: i64,
    pub ticket_id: i64,
    pub number: String,
    pub why: String,
}

/// A photo as a page shows it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = photos)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct PhotoRow {
    pub id: i64,
    pub post_id: Option<i64>,
    pub alt: String,
    pub width: i64,
    pub height: i64,
    pub created_at: Ts,
}

/// Posts set aside, by the kind they were read as; an empty kind was never read.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct SetAsideCount {
    pub kind: String,
    pub posts: i64,
}

pub(in crate::insights::board) fn first_joins(conn: &mut DbConnection, of: &[i64]) -> Result<Vec<JoinRow>> {
    let first: Vec<Option<i64>> = joins::table
        .filter(joins::ticket_id.eq_any(of))
        .filter(joins::ended_at.is_null())
        .group_by(joins::ticket_id)
        .select(min(joins::id))
        .load(conn)?;
    let ids: Vec<i64> = first.into_iter().flatten().collect();
    Ok(joins::table.filter(joins::id.eq_any(ids)).select(JoinRow::as_select()).load(conn)?)
}

pub(in crate::insights::board) fn concerns(conn: &mut DbConnection, ids: &[i64]) -> Result<Vec<ConcernRow>> {
    Ok(concerns::table.filter(concerns::id.eq_any(ids)).select(ConcernRow::as_select()).load(conn)?)
}

pub(in crate::insights::board) fn concerns_of_post(
    conn: &mut DbConnection,
    post_id: i64,
) -> Result<Vec<ConcernRow>> {
    let all = concerns::table.filter(concerns::post_id.eq(post_id)).order(concerns::n);
    Ok(all.select(ConcernRow::as_select()).load(conn)?)
}

/// Number and status of the ticket each of these concerns stands in.
pub(in crate::insights::board) fn tickets_of_concerns(
    conn: &mut DbConnection,
    of: &[i64],
) -> Result<HashMap<i64, (String, String)>> {
    let rows: Vec<(i64, String, String)> = joins::table
        .inner_join(tickets::table)
        .filter(joins::concern_id.eq_any(of))
        .filter(joins::ended_at.is_null())
        .order(joins::id)
        .select((joins::concern_id, tickets::number, tickets::status))
        .load(conn)?;
    Ok(rows.into_iter().map(|(concern, number, status)| (concern, (number, status))).collect())
}

pub(in crate::insights::board) fn posts(conn: &mut DbConnection, ids: &[i64]) -> Result<Vec<PostRow>> {
    Ok(posts::table
        .inner_join(people::table)
        .filter(posts::id.eq_any(ids))
        .order(posts::id)
        .select((
            posts::id,
            posts::channel,
            posts::account_id,
            posts::uri,
            posts::text,
            posts::version,
            posts::created_at,
            posts::received_at,
            posts::deleted_at,
            posts::sealed,
            posts::stated,
            posts::reason,
            posts::decided_at,
            people::handle,
            people::name,
        ))
        .load(conn)?)
}

/// The newest reading of each post, as JSON.
pub(in crate::insights::board) fn readings(
    conn: &mut DbConnection,
    of: &[i64],
) -> Result<Vec<(i64, String)>> {
    let newest: Vec<Option<i64>> = readings::table
        .filter(readings::post_id.eq_any(of))
        .group_by(readings::post_id)
        .select(max(readings::id))
        .load(conn)?;
    let ids: Vec<i64> = newest.into_iter().flatten().collect();
    Ok(readings::table
        .filter(readings::id.eq_any(ids))
        .select((readings::post_id, readings::body))
        .load(conn)?)
}

/// When the first reply to each post stood on its network.
pub(in crate::insights::board) fn first_answers(
    conn: &mut DbConnection,
    of: &[i64],
) -> Result<Vec<(i64, Ts)>> {
    let rows: Vec<(i64, Option<Ts>)> = outbox::table
        .filter(outbox::post_id.eq_any(of))
        .filter(outbox::delivered_at.is_not_null())
        .group_by(outbox::post_id)
        .select((outbox::post_id, min(outbox::delivered_at)))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(post, at)| Some((post, at?))).collect())
}

pub(in crate::insights::board) fn pages(conn: &mut DbConnection, of: &[i64]) -> Result<Vec<PageRow>> {
    Ok(duty_pages::table.filter(duty_pages::ticket_id.eq_any(of)).select(PageRow::as_select()).load(conn)?)
}

/// The surest open suggestion of each ticket, as long as the other one is open too.
pub(in crate::insights::board) fn perhaps(conn: &mut DbConnection, of: &[i64]) -> Result<Vec<PerhapsRow>> {
    Ok(suggestions::table
        .inner_join(tickets::table.on(tickets::id.eq(suggestions::other_id)))
        .filter(suggestions::ticket_id.eq_any(of))
        .filter(suggestions::state.eq("open"))
        .filter(suggestions::concern_id.eq(0))
        .filter(tickets::status.ne_all(ENDED))
        .filter(tickets::merged_into.is_null())
        .filter(tickets::sealed.eq(false))
        // The last one of a ticket stays in the caller's table.
        .order((suggestions::score, suggestions::id.desc()))
        .limit(200)
        .select((suggestions::id, suggestions::ticket_id, tickets::number, suggestions::why))
        .load(conn)?)
}

pub(in crate::insights::board) fn near(
    conn: &mut DbConnection,
    spot: (f64, f64),
    reach: (f64, f64),
    except: i64,
) -> Result<Vec<NearRow>> {
    Ok(tickets::table
        .filter(tickets::lat.between(spot.0 - reach.0, spot.0 + reach.0))
        .filter(tickets::lon.between(spot.1 - reach.1, spot.1 + reach.1))
        .filter(tickets::status.ne_all(ENDED))
        .filter(tickets::merged_into.is_null())
        .filter(tickets::hidden.eq(false))
        .filter(tickets::id.ne(except))
        .order(tickets::id.desc())
        .limit(60)
        .select(NearRow::as_select())
        .load(conn)?)
}

pub(in crate::insights::board) fn photos_of_posts(
    conn: &mut DbConnection,
    of: &[i64],
) -> Result<Vec<PhotoRow>> {
    let mine = photos::table.filter(photos::post_id.eq_any(of)).order(photos::id).limit(100);
    Ok(mine.select(PhotoRow::as_select()).load(conn)?)
}

pub(in crate::insights::board) fn set_aside(
    conn: &mut DbConnection,
    kind: Option<&str>,
    (skip, take): (i64, i64),
    no_sealed: bool,
    since: Ts,
) -> Result<(Vec<PostRow>, i64)> {
    let query = || {
        let mut query = posts::table
            .into_boxed()
            .filter(posts::outcome.eq("set_aside"))
            .filter(posts::received_at.ge(since));
        if no_sealed {
            query = query.filter(posts::sealed.eq(false));
        }
        if let Some(kind) = kind {
            let read = readings::table.filter(readings::kind.eq(kind)).select(readings::post_id);
            query = query.filter(posts::id.eq_any(read));
        }
        query
    };
    let total = query().select(count_star()).first(conn)?;
    let ids: Vec<i64> =
        query().order(posts::id.desc()).offset(skip).limit(take).select(posts::id).load(conn)?;
    let mut rows = posts(conn, &ids)?;
    rows.reverse();
    Ok((rows, total))
}

pub(in crate::insights::board) fn set_aside_kinds(
    conn: &mut DbConnection,
    no_sealed: bool,
    since: Ts,
) -> Result<Vec<SetAsideCount>> {
    let mut query = posts::table
        .inner_join(readings::table)
        .filter(posts::outcome.eq("set_aside"))
        .filter(posts::received_at.ge(since))
        .filter(posts::version.eq(readings::version))
        .into_boxed();
    if no_sealed {
        query = query.filter(posts::sealed.eq(false));
    }
    let rows: Vec<(i64, String)> =
        query.select((posts::id, readings::kind)).order(posts::id.desc()).limit(10_000).load(conn)?;
    let mut kinds: HashMap<String, i64> = HashMap::new();
    for (_, kind) in rows {
        *kinds.entry(kind).or_default() += 1;
    }
    let mut counted: Vec<SetAsideCount> =
        kinds.into_iter().map(|(kind, posts)| SetAsideCount { kind, posts }).collect();
    counted.sort_by(|a, b| b.posts.cmp(&a.posts).then_with(|| a.kind.cmp(&b.kind)));
    Ok(counted)
}
