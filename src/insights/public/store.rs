//! SQL of what strangers may know. Every query about tickets goes through `open_to_all` or says why it need not.

use diesel::dsl::count_star;
use diesel::prelude::*;

use crate::db::DbConnection;
use crate::db::schema::{
    channel_accounts, followers, jobs, joins, outbox, people, photos, posts, promises, readings,
    ticket_history, tickets,
};
use crate::db::types::Ts;
use crate::error::Result;
use crate::on_each_backend;

/// A public ticket; place and coordinates are exact: round them before you show them.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct TicketRow {
    pub id: i64,
    pub number: String,
    pub status: String,
    pub waiting_for: Option<String>,
    pub waiting_until: Option<Ts>,
    pub service: String,
    pub department: String,
    pub place_label: String,
    pub place_kind: String,
    pub place_key: String,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub radius_m: Option<f64>,
    pub area: Option<String>,
    pub opened_at: Ts,
    pub due_at: Option<Ts>,
    pub status_at: Ts,
    pub stage: i64,
    pub fixed_at: Option<Ts>,
    pub close_reason: Option<String>,
    pub close_words: Option<String>,
    pub proof: Option<String>,
    pub merged_into: Option<i64>,
    pub version: i64,
    pub people: i64,
}

pub(super) type Columns = (
    tickets::id,
    tickets::number,
    tickets::status,
    tickets::waiting_for,
    tickets::waiting_until,
    tickets::service,
    tickets::department,
    tickets::place_label,
    tickets::place_kind,
    tickets::place_key,
    tickets::lat,
    tickets::lon,
    tickets::radius_m,
    tickets::area,
    tickets::opened_at,
    tickets::due_at,
    tickets::status_at,
    tickets::stage,
    tickets::fixed_at,
    tickets::close_reason,
    tickets::close_words,
    tickets::proof,
    tickets::merged_into,
    tickets::version,
    tickets::people,
);

pub(super) const COLUMNS: Columns = (
    tickets::id,
    tickets::number,
    tickets::status,
    tickets::waiting_for,
    tickets::waiting_until,
    tickets::service,
    tickets::department,
    tickets::place_label,
    tickets::place_kind,
    tickets::place_key,
    tickets::lat,
    tickets::lon,
    tickets::radius_m,
    tickets::area,
    tickets::opened_at,
    tickets::due_at,
    tickets::status_at,
    tickets::stage,
    tickets::fixed_at,
    tickets::close_reason,
    tickets::close_words,
    tickets::proof,
    tickets::merged_into,
    tickets::version,
    tickets::people,
);

/// A spot in degrees.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Spot {
    pub lat: f64,
    pub lon: f64,
}

/// A public step.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct HistoryLine {
    pub step: String,
    pub at: Ts,
    pub words: String,
}

/// A post about a ticket, public on its network and not deleted.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct PostLine {
    pub id: i64,
    pub channel: String,
    pub uri: String,
    pub text: String,
    pub created_at: Ts,
    /// The name its author shows.
    pub name: String,
}

/// A reply that stands in public.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct ReplyLine {
    pub post_id: i64,
    pub kind: String,
    pub channel: String,
    pub text: String,
    pub language: String,
    pub delivered_at: Option<Ts>,
    pub delivered_uri: Option<String>,
    /// Whom it names; never shown.
    pub handle: String,
}

/// A promise.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct PromiseLine {
    pub department: String,
    pub due_at: Ts,
    pub made_at: Ts,
    pub kept_at: Option<Ts>,
    pub state: String,
}

/// A photo released for everybody.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct PhotoLine {
    pub id: i64,
    pub role: String,
    pub width: i64,
    pub height: i64,
    pub alt: String,
    pub taken_at: Option<Ts>,
    pub created_at: Ts,
}

/// One of the city's accounts.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct Account {
    pub kind: String,
    pub base_url: String,
    pub handle: String,
}

/// So many of something.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Counted {
    pub name: String,
    pub count: i64,
}

/// The filter of this room: not sealed, not hidden. Merged ones are left to the caller, for their number leads on.
#[diesel::dsl::auto_type]
pub(super) fn open_to_all() -> _ {
    tickets::sealed.eq(false).and(tickets::hidden.eq(false))
}

/// The same without numbers that lead to another one: what lists and figures count.
#[diesel::dsl::auto_type]
pub(super) fn listed() -> _ {
    tickets::sealed.eq(false).and(tickets::hidden.eq(false)).and(tickets::merged_into.is_null())
}

#[diesel::dsl::auto_type]
pub(super) fn live() -> _ {
    tickets::status.ne("fixed").and(tickets::status.ne("closed"))
}

pub(super) fn by_number(conn: &mut DbConnection, number: &str) -> Result<Option<TicketRow>> {
    let named = tickets::table.filter(tickets::number.eq(number)).filter(open_to_all()).select(COLUMNS);
    Ok(on_each_backend!(conn, c => named.first(c).optional()?))
}

pub(super) fn known(conn: &mut DbConnection, number: &str) -> Result<Option<TicketRow>> {
    Ok(tickets::table
        .filter(tickets::number.eq(number))
        .filter(listed())
        .select(COLUMNS)
        .first(conn)
        .optional()?)
}

/// Number of the ticket that stands at the end of a chain of merges, if strangers may see it.
pub(super) fn survivor(conn: &mut DbConnection, id: i64) -> Result<Option<String>> {
    let mut next = id;
    for _ in 0..8 {
        let row: Option<(String, Option<i64>)> = tickets::table
            .find(next)
            .filter(open_to_all())
            .select((tickets::number, tickets::merged_into))
            .first(conn)
            .optional()?;
        match row {
            Some((_, Some(further))) => next = further,
            Some((number, None)) => return Ok(Some(number)),
            None => return Ok(None),
        }
    }
    Ok(None)
}

pub(super) fn merged_into(conn: &mut DbConnection, id: i64) -> Result<Vec<(i64, String)>> {
    let merged = tickets::table
        .filter(tickets::merged_into.eq(id))
        .filter(open_to_all())
        .order(tickets::id)
        .limit(50)
        .select((tickets::id, tickets::number));
    Ok(on_each_backend!(conn, c => merged.load(c)?))
}

pub(super) fn history(conn: &mut DbConnection, id: i64, most: i64) -> Result<Vec<HistoryLine>> {
    let steps = ticket_history::table
        .filter(ticket_history::ticket_id.eq(id))
        .filter(ticket_history::public.eq(true))
        .order(ticket_history::seq)
        .limit(most)
        .select((ticket_history::step, ticket_history::at, ticket_history::words));
    Ok(on_each_backend!(conn, c => steps.load(c)?))
}

/// `ids`: the ticket and those merged into it. Private and deleted posts are not there.
pub(super) fn posts(conn: &mut DbConnection, ids: &[i64], most: i64) -> Result<Vec<PostLine>> {
    let public = || {
        joins::table
            .inner_join(posts::table)
            .inner_join(people::table)
            .filter(joins::ended_at.is_null())
            .filter(posts::deleted_at.is_null())
            .filter(posts::sealed.eq(false))
            .order(joins::id)
            .limit(most)
            .select((posts::id, posts::channel, posts::uri, posts::text, posts::created_at, people::name))
    };
    // The usual case is one ticket, and only a fixed text stays prepared.
    let mut found: Vec<PostLine> = match ids {
        [one] => {
            let about = public().filter(joins::ticket_id.eq(*one));
            on_each_backend!(conn, c => about.load(c)?)
        }
        many => public().filter(joins::ticket_id.eq_any(many.to_vec())).load(conn)?,
    };
    // A post that names two things about one ticket is still one post.
    found.sort_by_key(|p| p.id);
    found.dedup_by_key(|p| p.id);
    Ok(found)
}

pub(super) fn replies(conn: &mut DbConnection, ids: &[i64], most: i64) -> Result<Vec<ReplyLine>> {
    let public = || {
        outbox::table
            .inner_join(people::table)
            .filter(outbox::state.eq("delivered"))
            .filter(outbox::visibility.eq("public").or(outbox::visibility.eq("unlisted")))
            .order(outbox::id)
            .limit(most)
            .select((
                outbox::post_id,
                outbox::kind,
                outbox::channel,
                outbox::text,
                outbox::language,
                outbox::delivered_at,
                outbox::delivered_uri,
                people::handle,
            ))
    };
    Ok(match ids {
        [one] => {
            let about = public().filter(outbox::ticket_id.eq(*one));
            on_each_backend!(conn, c => about.load(c)?)
        }
        many => public().filter(outbox::ticket_id.eq_any(many.to_vec())).load(conn)?,
    })
}

pub(super) fn promise(conn: &mut DbConnection, id: i64) -> Result<Option<PromiseLine>> {
    let newest = promises::table.filter(promises::ticket_id.eq(id)).order(promises::id.desc()).select((
        promises::department,
        promises::due_at,
        promises::made_at,
        promises::kept_at,
        promises::state,
    ));
    Ok(on_each_backend!(conn, c => newest.first(c).optional()?))
}

pub(super) fn photos(conn: &mut DbConnection, id: i64) -> Result<Vec<PhotoLine>> {
    let released = photos::table
        .filter(photos::ticket_id.eq(id))
        .filter(photos::public.eq(true))
        .order(photos::id)
        .limit(24)
        .select((
            photos::id,
            photos::role,
            photos::width,
            photos::height,
            photos::alt,
            photos::taken_at,
            photos::created_at,
        ));
    Ok(on_each_backend!(conn, c => released.load(c)?))
}

pub(super) fn followers(conn: &mut DbConnection, id: i64) -> Result<i64> {
    let active = followers::table
        .filter(followers::ticket_id.eq(id))
        .filter(followers::state.eq("active"))
        .select(count_star());
    Ok(on_each_backend!(conn, c => active.first(c)?))
}

pub(super) fn went_well(conn: &mut DbConnection, since: Ts) -> Result<Option<String>> {
    Ok(outbox::table
        .inner_join(tickets::table)
        .filter(listed())
        .filter(tickets::status.eq("fixed"))
        .filter(outbox::kind.eq("fixed"))
        .filter(outbox::state.eq("delivered"))
        .filter(outbox::created_at.ge(since))
        .order(outbox::id.desc())
        .select(tickets::number)
        .first(conn)
        .optional()?)
}

pub(super) fn accounts(conn: &mut DbConnection) -> Result<Vec<Account>> {
    Ok(channel_accounts::table
        .filter(channel_accounts::handle.ne(""))
        .order(channel_accounts::id)
        .limit(12)
        .select((channel_accounts::kind, channel_accounts::base_url, channel_accounts::handle))
        .load(conn)?)
}

/// Digest of a photo, and whether strangers may see it: it was released, and its ticket has a public page.
pub(super) fn photo(conn: &mut DbConnection, id: i64) -> Result<Option<(String, bool)>> {
    type Row = (String, bool, Option<bool>, Option<bool>);
    let row: Option<Row> = photos::table
        .find(id)
        .left_join(tickets::table)
        .select((photos::sha256, photos::public, tickets::sealed.nullable(), tickets::hidden.nullable()))
        .first(conn)
        .optional()?;
    Ok(row.map(|(digest, released, sealed, hidden)| {
        (digest, released && sealed == Some(false) && hidden == Some(false))
    }))
}

pub(super) fn readings(conn: &mut DbConnection, posts: &[i64]) -> Result<Vec<(i64, String)>> {
    let mut rows: Vec<(i64, i64, String)> = readings::table
        .filter(readings::post_id.eq_any(posts.to_vec()))
        .order((readings::post_id, readings::id.desc()))
        .select((readings::post_id, readings::id, readings::body))
        .load(conn)?;
    rows.dedup_by_key(|(post, ..)| *post);
    Ok(rows.into_iter().map(|(post, _, body)| (post, body)).collect())
}

pub(super) fn quarantined_jobs(conn: &mut DbConnection) -> Result<i64> {
    Ok(jobs::table.filter(jobs::state.eq("quarantine")).select(count_star()).first(conn)?)
}
