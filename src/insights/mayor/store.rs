//! SQL of the mayor's office: replies with what they answer, promises, counts by week.

use std::collections::HashMap;

use diesel::dsl::{count_star, max, min};
use diesel::prelude::*;

use crate::db::DbConnection;
use crate::db::schema::{
    channel_accounts, foreign_posts, joins, outbox, people, posts, promises, ticket_history, tickets,
};
use crate::db::types::Ts;
use crate::error::Result;

/// A reply with what it answers.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct ReplyRow {
    pub id: i64,
    pub event_key: String,
    pub kind: String,
    pub channel: String,
    pub text: String,
    pub visibility: String,
    pub language: String,
    pub state: String,
    pub why: String,
    pub drafted_by: String,
    pub approved_by: Option<String>,
    pub run_at: Ts,
    pub delivered_uri: Option<String>,
    pub delivered_at: Option<Ts>,
    pub created_at: Ts,
    pub post_id: i64,
    /// Display name and handle of the author.
    pub person: (String, String),
    /// Handle, kind of network and most characters of the account that answers.
    pub account: Option<(String, String, i64)>,
    /// Number, service, place and people of the ticket.
    pub ticket: Option<(String, String, String, i64)>,
}

/// A promise past its day.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct LatePromise {
    pub number: String,
    pub service: String,
    pub place_label: String,
    pub department: String,
    pub due_at: Ts,
    pub sealed: bool,
}

/// A place with many posts.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct HotSpot {
    pub service: String,
    pub place_label: String,
    pub posts: i64,
    pub usual: i64,
    pub spot: Option<(f64, f64)>,
}

type Hot = (String, String, i64, Option<f64>, Option<f64>);

/// When a post came in and was answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answered {
    pub created_at: Ts,
    pub received_at: Ts,
    pub first: Option<Ts>,
    pub first_human: Option<Ts>,
}

type Wide = (
    (i64, String, String, String, String, String, String, String, String),
    (String, Option<String>, Ts, Option<String>, Option<Ts>, Ts, i64),
    (String, String),
    Option<(String, String, i64)>,
    Option<(String, String, String, i64)>,
);

fn row(wide: Wide) -> ReplyRow {
    let (
        (id, event_key, kind, channel, text, visibility, language, state, why),
        rest,
        person,
        account,
        ticket,
    ) = wide;
    let (drafted_by, approved_by, run_at, delivered_uri, delivered_at, created_at, post_id) = rest;
    ReplyRow {
        id,
        event_key,
        kind,
        channel,
        text,
        visibility,
        language,
        state,
        why,
        drafted_by,
        approved_by,
        run_at,
        delivered_uri,
        delivered_at,
        created_at,
        post_id,
        person,
        account,
        ticket,
    }
}

/// Everything a reply row shows, in one statement.
macro_rules! replies {
    () => {
        outbox::table
            .inner_join(people::table)
            .left_join(tickets::table)
            .left_join(channel_accounts::table.on(channel_accounts::id.nullable().eq(outbox::account_id)))
            .select((
                (
                    outbox::id,
                    outbox::event_key,
                    outbox::kind,
                    outbox::channel,
                    outbox::text,
                    outbox::visibility,
                    outbox::language,
                    outbox::state,
                    outbox::why,
                ),
                (
                    outbox::drafted_by,
                    outbox::approved_by,
                    outbox::run_at,
                    outbox::delivered_uri,
                    outbox::delivered_at,
                    outbox::created_at,
                    outbox::post_id,
                ),
                (people::name, people::handle),
                (channel_accounts::handle, channel_accounts::kind, channel_accounts::max_chars).nullable(),
                (tickets::number, tickets::service, tickets::place_label, tickets::people).nullable(),
            ))
    };
}

pub(super) fn in_states(conn: &mut DbConnection, states: &[&str], most: i64) -> Result<Vec<ReplyRow>> {
    let rows: Vec<Wide> =
        replies!().filter(outbox::state.eq_any(states)).order(outbox::id).limit(most).load(conn)?;
    Ok(rows.into_iter().map(row).collect())
}

pub(super) fn said_since(conn: &mut DbConnection, since: Ts, most: i64) -> Result<Vec<ReplyRow>> {
    let rows: Vec<Wide> = replies!()
        .filter(outbox::state.ne_all(["draft", "waiting"]))
        .filter(outbox::updated_at.ge(since))
        .order((outbox::updated_at.desc(), outbox::id.desc()))
        .limit(most)
        .load(conn)?;
    Ok(rows.into_iter().map(row).collect())
}

pub(super) fn count(conn: &mut DbConnection, states: &[&str]) -> Result<i64> {
    Ok(outbox::table.filter(outbox::state.eq_any(states)).select(count_star()).first(conn)?)
}

pub(super) fn last_release(conn: &mut DbConnection) -> Result<Option<Ts>> {
    Ok(outbox::table.filter(outbox::approved_by.is_not_null()).select(max(outbox::updated_at)).first(conn)?)
}

pub(super) fn late_promises(conn: &mut DbConnection, now: Ts, most: i64) -> Result<Vec<LatePromise>> {
    Ok(promises::table
        .inner_join(tickets::table)
        .filter(promises::state.eq("open"))
        .filter(promises::due_at.lt(now))
        .order((promises::due_at, promises::id))
        .limit(most)
        .select((
            tickets::number,
            tickets::service,
            tickets::place_label,
            promises::department,
            promises::due_at,
            tickets::sealed,
        ))
        .load(conn)?)
}

pub(super) fn count_promises(conn: &mut DbConnection, now: Ts) -> Result<(i64, i64)> {
    let open = || promises::table.filter(promises::state.eq("open"));
    let late = open().filter(promises::due_at.lt(now)).select(count_star()).first(conn)?;
    Ok((late, open().select(count_star()).first(conn)?))
}

pub(super) fn hot(conn: &mut DbConnection, since: Ts, least: i64) -> Result<Vec<HotSpot>> {
    let rows: Vec<Hot> = joins::table
        .inner_join(tickets::table)
        .filter(joins::created_at.ge(since))
        .filter(joins::ended_at.is_null())
        .filter(tickets::place_label.ne(""))
        .filter(tickets::sealed.eq(false))
        .filter(tickets::hidden.eq(false))
        .group_by((tickets::service, tickets::place_label))
        .having(count_star().ge(least))
        .order((count_star().desc(), tickets::place_label))
        .limit(5)
        .select((tickets::service, tickets::place_label, count_star(), max(tickets::lat), max(tickets::lon)))
        .load(conn)?;
    let spot = |(service, place_label, posts, lat, lon): Hot| HotSpot {
        service,
        place_label,
        posts,
        usual: 0,
        spot: lat.zip(lon),
    };
    Ok(rows.into_iter().map(spot).collect())
}

pub(super) fn posts_at(conn: &mut DbConnection, spot: &HotSpot, from: Ts, to: Ts) -> Result<i64> {
    Ok(joins::table
        .inner_join(tickets::table)
        .filter(joins::created_at.ge(from))
        .filter(joins::created_at.lt(to))
        .filter(joins::ended_at.is_null())
        .filter(tickets::service.eq(&spot.service))
        .filter(tickets::place_label.eq(&spot.place_label))
        .select(count_star())
        .first(conn)?)
}

/// Posts on accounts we can answer from, that were not set aside, with their first answers.
pub(super) fn answers(conn: &mut DbConnection, since: Ts) -> Result<Vec<Answered>> {
    let wanted: Vec<(i64, Ts, Ts)> = posts::table
        .filter(posts::received_at.ge(since))
        .filter(posts::account_id.is_not_null())
        .filter(posts::outcome.ne_all(["set_aside", "waiting", "known"]))
        .select((posts::id, posts::created_at, posts::received_at))
        .load(conn)?;
    let sent = || outbox::table.filter(outbox::delivered_at.ge(since)).group_by(outbox::post_id);
    let first: Vec<(i64, Option<Ts>)> =
        sent().select((outbox::post_id, min(outbox::delivered_at))).load(conn)?;
    let human: Vec<(i64, Option<Ts>)> = sent()
        .filter(outbox::approved_by.is_not_null().or(outbox::automatic.eq(false)))
        .select((outbox::post_id, min(outbox::delivered_at)))
        .load(conn)?;
    let (first, human): (HashMap<_, _>, HashMap<_, _>) =
        (first.into_iter().collect(), human.into_iter().collect());
    Ok(wanted
        .into_iter()
        .map(|(id, created_at, received_at)| Answered {
            created_at,
            received_at,
            first: first.get(&id).copied().flatten(),
            first_human: human.get(&id).copied().flatten(),
        })
        .collect())
}

pub(super) fn promises_due(conn: &mut DbConnection, from: Ts, to: Ts) -> Result<Vec<(Ts, Option<Ts>)>> {
    let due = promises::table
        .filter(promises::due_at.ge(from))
        .filter(promises::due_at.lt(to))
        .filter(promises::state.eq_any(["open", "kept"]));
    Ok(due.select((promises::due_at, promises::kept_at)).load(conn)?)
}

pub(super) fn ends(conn: &mut DbConnection, since: Ts) -> Result<Vec<(Ts, String)>> {
    Ok(ticket_history::table
        .filter(ticket_history::at.ge(since))
        .filter(ticket_history::step.eq_any(["fixed", "reopened"]))
        .select((ticket_history::at, ticket_history::step))
        .load(conn)?)
}

pub(super) fn said_at(conn: &mut DbConnection, since: Ts) -> Result<Vec<Ts>> {
    let rows: Vec<Option<Ts>> =
        outbox::table.filter(outbox::delivered_at.ge(since)).select(outbox::delivered_at).load(conn)?;
    Ok(rows.into_iter().flatten().collect())
}

pub(super) fn broadcast_at(conn: &mut DbConnection, since: Ts) -> Result<Vec<Ts>> {
    Ok(foreign_posts::table
        .filter(foreign_posts::seen_at.ge(since))
        .filter(foreign_posts::in_reply_to.is_null())
        .select(foreign_posts::seen_at)
        .load(conn)?)
}
