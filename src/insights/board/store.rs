//! SQL of the staff board: the three groups, and everything their rows show, a few queries a page.

use chrono::Duration;
use diesel::dsl::{count_star, sql};
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};

use super::{ANSWER_MINUTES, Counts, Filter, Group};
use crate::db::schema::{concerns, duty_pages, joins, posts, tickets};
use crate::db::types::Ts;
use crate::db::{DbConnection, MultiBackend};
use crate::error::Result;

diesel::define_sql_function! {
    /// Small letters; both databases know it.
    fn lower(words: Text) -> Text;
}

const ENDED: [&str; 2] = ["fixed", "closed"];
const QUEUES: [&str; 2] = ["review", "asked"];
/// Undecided tickets first, then what is under way, then what waits for somebody else.
const DOUBT: &str =
    "CASE WHEN status IN ('reopened', 'received', 'open') THEN 0 WHEN status = 'waiting' THEN 2 ELSE 1 END";
/// Those that wait for us before those that wait for the resident.
const OURS: &str = "CASE WHEN queue = 'review' THEN 0 ELSE 1 END";

/// A ticket as a row shows it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = tickets)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct TicketRow {
    pub id: i64,
    pub number: String,
    pub status: String,
    pub service: String,
    pub department: String,
    pub place_label: String,
    pub place_kind: String,
    pub radius_m: Option<f64>,
    pub sealed: bool,
    pub hidden: bool,
    pub urgency: String,
    pub opened_at: Ts,
    pub due_at: Option<Ts>,
    pub waiting_for: Option<String>,
    pub waiting_until: Option<Ts>,
    pub people: i64,
}

/// One issue named in a post.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = concerns)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct ConcernRow {
    pub id: i64,
    pub post_id: i64,
    pub n: i64,
    pub service: String,
    pub service_p: f64,
    pub urgency: String,
    pub place_status: String,
    pub place: Option<String>,
    pub alternatives: String,
    pub queue: String,
    pub queue_why: String,
    pub created_at: Ts,
}

/// A call to the people on duty.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = duty_pages)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct PageRow {
    pub id: i64,
    pub ticket_id: i64,
    pub paged: i64,
    pub next_at: Ts,
    pub had_by: Option<String>,
    pub had_at: Option<Ts>,
    pub created_at: Ts,
}

/// `%words%` with the signs that mean something to LIKE taken literally.
fn pattern(words: &str) -> String {
    let plain = words.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{plain}%")
}

/// Whether department, area and lateness narrow the tickets down.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Narrow {
    Yes,
    No,
}

fn live<'a>(filter: &'a Filter, narrow: Narrow, now: Ts) -> tickets::BoxedQuery<'a, MultiBackend> {
    let mut query = tickets::table.into_boxed().filter(tickets::merged_into.is_null());
    if filter.no_sealed {
        query = query.filter(tickets::sealed.eq(false));
    }
    if let Some(number) = &filter.number {
        // A number that was looked for is shown wherever it is, also when it has ended.
        return query.filter(tickets::number.eq(number));
    }
    query = query.filter(tickets::status.ne_all(ENDED));
    if !filter.words.is_empty() {
        let like = pattern(&filter.words);
        let written = joins::table
            .inner_join(posts::table)
            .filter(joins::ended_at.is_null())
            .filter(lower(posts::text).like(like.clone()).escape('\\'))
            .select(joins::ticket_id);
        let named = lower(tickets::place_label).like(like).escape('\\');
        query = query
            .filter(named.or(tickets::service.eq_any(&filter.word_services)).or(tickets::id.eq_any(written)));
    }
    if narrow == Narrow::No {
        return query;
    }
    if let Some(department) = &filter.department {
        query = query.filter(tickets::department.eq(department));
    }
    if let Some(ward) = &filter.ward {
        query = query.filter(tickets::area.eq(ward));
    }
    if filter.late {
        query = query.filter(tickets::due_at.lt(now));
    }
    query
}

/// Hidden, or somebody is still called about it. Danger has no date and no department's queue: those filters
/// never hide it.
fn in_danger<'a>(filter: &'a Filter, now: Ts) -> tickets::BoxedQuery<'a, MultiBackend> {
    let called = duty_pages::table.filter(duty_pages::had_at.is_null()).select(duty_pages::ticket_id);
    live(filter, Narrow::No, now).filter(tickets::hidden.eq(true).or(tickets::id.eq_any(called)))
}

fn in_ready<'a>(filter: &'a Filter, now: Ts) -> tickets::BoxedQuery<'a, MultiBackend> {
    let called = duty_pages::table.filter(duty_pages::had_at.is_null()).select(duty_pages::ticket_id);
    let asked = joins::table
        .inner_join(concerns::table)
        .filter(concerns::queue.eq_any(QUEUES))
        .filter(joins::ended_at.is_null())
        .select(joins::ticket_id);
    let query =
        live(filter, Narrow::Yes, now).filter(tickets::hidden.eq(false)).filter(tickets::id.ne_all(called));
    // A ticket we asked about stands in the group above, through its concern.
    if filter.number.is_some() { query } else { query.filter(tickets::id.ne_all(asked)) }
}

type Queued<'a> =
    diesel::dsl::IntoBoxed<'a, diesel::dsl::InnerJoin<concerns::table, posts::table>, MultiBackend>;

fn in_look<'a>(filter: &'a Filter, now: Ts) -> Queued<'a> {
    let mut query =
        concerns::table.inner_join(posts::table).into_boxed().filter(concerns::queue.eq_any(QUEUES));
    if filter.no_sealed {
        query = query.filter(posts::sealed.eq(false));
    }
    if !filter.words.is_empty() {
        let named = lower(posts::text).like(pattern(&filter.words)).escape('\\');
        query = query.filter(named.or(concerns::service.eq_any(&filter.word_services)));
    }
    if filter.department.is_some() {
        query = query.filter(concerns::service.eq_any(&filter.department_services));
    }
    if filter.late {
        let before = now + Duration::minutes(-ANSWER_MINUTES);
        query = query.filter(posts::created_at.lt(before)).filter(concerns::queue.eq("review"));
    }
    query
}

fn has_look(filter: &Filter) -> bool {
    // A concern has neither a number nor an area before it has a ticket.
    filter.number.is_none() && filter.ward.is_none() && wants(filter, Group::Look)
}

fn wants(filter: &Filter, group: Group) -> bool {
    filter.group.is_none_or(|only| only == group)
}

pub(super) fn counts(conn: &mut DbConnection, filter: &Filter, now: Ts) -> Result<Counts> {
    let mut counts = Counts::default();
    if wants(filter, Group::Danger) {
        counts.danger = in_danger(filter, now).select(count_star()).first(conn)?;
    }
    if has_look(filter) {
        counts.look = in_look(filter, now).select(count_star()).first(conn)?;
    }
    if wants(filter, Group::Ready) {
        counts.ready = in_ready(filter, now).select(count_star()).first(conn)?;
    }
    Ok(counts)
}

pub(super) fn danger(
    conn: &mut DbConnection,
    filter: &Filter,
    (skip, take): (i64, i64),
    now: Ts,
) -> Result<Vec<TicketRow>> {
    if take == 0 {
        return Ok(Vec::new());
    }
    let query = in_danger(filter, now).order(tickets::id.desc()).offset(skip).limit(take);
    Ok(query.select(TicketRow::as_select()).load(conn)?)
}

pub(super) fn look(
    conn: &mut DbConnection,
    filter: &Filter,
    (skip, take): (i64, i64),
    now: Ts,
) -> Result<Vec<ConcernRow>> {
    if take == 0 {
        return Ok(Vec::new());
    }
    let query =
        in_look(filter, now).order((sql::<Integer>(OURS), concerns::id.desc())).offset(skip).limit(take);
    Ok(query.select(ConcernRow::as_select()).load(conn)?)
}

pub(super) fn ready(
    conn: &mut DbConnection,
    filter: &Filter,
    (skip, take): (i64, i64),
    now: Ts,
) -> Result<Vec<TicketRow>> {
    if take == 0 {
        return Ok(Vec::new());
    }
    let query = in_ready(filter, now)
        .order((
            sql::<Integer>(DOUBT),
            tickets::urgency.desc(),
            tickets::status_at.desc(),
            tickets::id.desc(),
        ))
        .offset(skip)
        .limit(take);
    Ok(query.select(TicketRow::as_select()).load(conn)?)
}

pub(super) fn alarm(conn: &mut DbConnection) -> Result<Option<(TicketRow, PageRow, i64)>> {
    let called = || duty_pages::table.inner_join(tickets::table).filter(duty_pages::had_at.is_null());
    let oldest: Option<(TicketRow, PageRow)> = called()
        .order(duty_pages::id)
        .select((TicketRow::as_select(), PageRow::as_select()))
        .first(conn)
        .optional()?;
    let Some((ticket, page)) = oldest else { return Ok(None) };
    let all = called().select(count_star()).first(conn)?;
    Ok(Some((ticket, page, all)))
}

pub(super) fn by_department(conn: &mut DbConnection) -> Result<Vec<(String, i64)>> {
    Ok(tickets::table
        .filter(tickets::status.ne_all(ENDED))
        .filter(tickets::merged_into.is_null())
        .group_by(tickets::department)
        .order(count_star().desc())
        .select((tickets::department, count_star()))
        .load(conn)?)
}

pub(super) fn by_area(conn: &mut DbConnection) -> Result<Vec<(String, i64)>> {
    let rows: Vec<(Option<String>, i64)> = tickets::table
        .filter(tickets::status.ne_all(ENDED))
        .filter(tickets::merged_into.is_null())
        .group_by(tickets::area)
        .order(tickets::area)
        .select((tickets::area, count_star()))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(area, n)| Some((area.filter(|a| !a.is_empty())?, n))).collect())
}
