//! SQL of posts, their versions and their authors.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::{Envelope, Outcome, Visibility};
use crate::db::DbConnection;
use crate::db::prepared::Prepared;
use crate::db::schema::{channel_accounts, people, post_versions, posts};
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::on_each_backend;

/// One person on one network; the handle is only a word to show.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct Person {
    pub id: i64,
    pub network: String,
    pub network_id: String,
    pub handle: String,
    pub name: String,
    pub bot: bool,
    /// Where their profile says they live; chooses between places that fit, never shown.
    pub place: String,
}

/// One message as received, newest version.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct Post {
    pub id: i64,
    pub channel: String,
    pub account_id: Option<i64>,
    pub uri: String,
    pub local_id: String,
    pub person_id: i64,
    pub text: String,
    pub raw: String,
    pub version: i64,
    pub created_at: Ts,
    pub received_at: Ts,
    pub in_reply_to: Option<String>,
    pub lang: Option<String>,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub visibility: String,
    pub spoiler: Option<String>,
    pub stated: Option<String>,
    pub media: String,
    pub edited_at: Option<Ts>,
    pub deleted_at: Option<Ts>,
    pub sealed: bool,
    pub outcome: String,
    pub reason: String,
    pub decided_at: Option<Ts>,
}

impl Post {
    /// Who may see it on its network.
    #[must_use]
    pub fn seen_by(&self) -> Visibility {
        Visibility::from_word(&self.visibility)
    }

    /// What the writer chose in a form, if it came from one.
    #[must_use]
    pub fn stated(&self) -> Option<super::Stated> {
        self.stated.as_deref().and_then(|s| serde_json::from_str(s).ok())
    }

    /// What became of it.
    ///
    /// # Errors
    /// `Invalid` when the row holds a word this version does not know.
    pub fn outcome(&self) -> Result<Outcome> {
        self.outcome.parse()
    }
}

pub(super) fn by_uri(conn: &mut DbConnection, uri: &str) -> Result<Option<Post>> {
    let same = posts::table.filter(posts::uri.eq(uri));
    Ok(on_each_backend!(conn, c => same.first(c).optional()?))
}

/// Those of these posts that are kept, each with the id its server needs to answer it.
///
/// # Errors
/// `Database` only.
pub fn local_ids(conn: &mut DbConnection, uris: &[String]) -> Result<Vec<(String, String)>> {
    Ok(posts::table.filter(posts::uri.eq_any(uris)).select((posts::uri, posts::local_id)).load(conn)?)
}

/// The post with this row id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn post(conn: &mut DbConnection, id: i64) -> Result<Post> {
    let found = posts::table.find(id).first(conn).optional()?;
    found.ok_or_else(|| Error::NotFound(format!("there is no post {id}")))
}

/// The post that `in_reply_to` names: by its URI, or by the local id its server uses.
///
/// # Errors
/// `Database` only.
pub fn post_named(conn: &mut DbConnection, channel: &str, name: &str) -> Result<Option<Post>> {
    if let Some(post) = by_uri(conn, name)? {
        return Ok(Some(post));
    }
    let same = posts::table.filter(posts::local_id.eq(name)).filter(posts::channel.eq(channel));
    Ok(on_each_backend!(conn, c => same.first(c).optional()?))
}

/// The post an account knows by this name: its URI, or the number its own server gave it. Two servers give the
/// same number to two posts.
///
/// # Errors
/// `Database` only.
pub fn post_seen_by(conn: &mut DbConnection, account_id: Option<i64>, name: &str) -> Result<Option<Post>> {
    if let Some(post) = by_uri(conn, name)? {
        return Ok(Some(post));
    }
    let Some(account_id) = account_id else { return Ok(None) };
    let same = posts::table.filter(posts::local_id.eq(name)).filter(posts::account_id.eq(account_id));
    Ok(same.first(conn).optional()?)
}

/// Posts kept before `before` that nobody has read yet.
///
/// # Errors
/// `Database` only.
pub fn waiting_since(conn: &mut DbConnection, before: Ts) -> Result<Vec<i64>> {
    Ok(posts::table
        .filter(posts::outcome.eq(Outcome::Waiting.as_str()))
        .filter(posts::received_at.lt(before))
        .filter(posts::deleted_at.is_null())
        .order(posts::id)
        .limit(100)
        .select(posts::id)
        .load(conn)?)
}

/// The person with this row id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn person_by_id(conn: &mut DbConnection, id: i64) -> Result<Person> {
    let found = on_each_backend!(conn, c => people::table.find(id).first(c).optional()?);
    found.ok_or_else(|| Error::NotFound(format!("there is no person {id}")))
}

pub(super) fn person(conn: &mut DbConnection, envelope: &Envelope) -> Result<Person> {
    let (network, network_id) = (network_of(&envelope.channel), envelope.author.id.as_str());
    let mine = people::table.filter(people::network.eq(network)).filter(people::network_id.eq(network_id));
    let handle = envelope.author.handle.as_deref().unwrap_or("");
    let name = envelope.author.name.as_deref().unwrap_or(handle);
    let known: Option<Person> = on_each_backend!(conn, c => mine.first(c).optional()?);
    if let Some(known) = known {
        let place = envelope.author.place.as_deref().unwrap_or(&known.place);
        if known.handle != handle && !handle.is_empty() || known.place != place {
            diesel::update(people::table.find(known.id))
                .set((people::handle.eq(handle), people::name.eq(name), people::place.eq(place)))
                .execute(conn)?;
        }
        let place = place.to_owned();
        return Ok(Person { handle: handle.to_owned(), name: name.to_owned(), place, ..known });
    }
    // Two transactions may meet the same newcomer at once on PostgreSQL; the loser of the insert reads again.
    let row = (
        people::network.eq(network),
        people::network_id.eq(network_id),
        people::handle.eq(handle),
        people::name.eq(name),
        people::bot.eq(envelope.author.bot),
        people::place.eq(envelope.author.place.as_deref().unwrap_or_default()),
    );
    let made: Option<Person> = on_each_backend!(conn, c => diesel::insert_into(people::table)
        .values(row)
        .on_conflict((people::network, people::network_id))
        .do_nothing()
        .returning(people::all_columns)
        .get_result(c)
        .optional()?);
    match made {
        Some(person) => Ok(person),
        None => Ok(mine.first(conn)?),
    }
}

/// Every fediverse server is one network; the other channels are networks of their own.
fn network_of(channel: &str) -> &str {
    if channel == "mastodon" { "fediverse" } else { channel }
}

pub(super) fn insert(
    conn: &mut DbConnection,
    envelope: &Envelope,
    account_id: Option<i64>,
    person_id: i64,
    now: DateTime<Utc>,
) -> Result<Post> {
    let stated = envelope.stated.as_ref().and_then(|s| serde_json::to_string(s).ok());
    let media = serde_json::to_string(&envelope.media).unwrap_or_else(|_| "[]".into());
    let row = (
        (
            posts::channel.eq(&envelope.channel),
            posts::account_id.eq(account_id),
            posts::uri.eq(&envelope.uri),
            posts::local_id.eq(envelope.local_id.as_deref().unwrap_or("")),
            posts::person_id.eq(person_id),
            posts::text.eq(&envelope.text),
            posts::raw.eq(&envelope.raw),
            posts::version.eq(1),
            posts::created_at.eq(Ts(envelope.created_at)),
            posts::received_at.eq(Ts(now)),
            posts::in_reply_to.eq(envelope.in_reply_to.as_deref()),
            posts::lang.eq(envelope.lang.as_deref()),
        ),
        (
            posts::lat.eq(envelope.lat),
            posts::lon.eq(envelope.lon),
            posts::visibility.eq(envelope.visibility.as_str()),
            posts::spoiler.eq(envelope.spoiler_text.as_deref()),
            posts::stated.eq(&stated),
            posts::media.eq(&media),
            posts::edited_at.eq(envelope.edited_at.map(Ts)),
            posts::sealed.eq(!envelope.visibility.is_open()),
            posts::outcome.eq(Outcome::Waiting.as_str()),
            posts::reason.eq(""),
        ),
    );
    let insert = diesel::insert_into(posts::table).values(row).returning(posts::id);
    let id = on_each_backend!(conn, c => insert.get_result(c)?);
    // What was just written need not be read back.
    Ok(Post {
        id,
        channel: envelope.channel.clone(),
        account_id,
        uri: envelope.uri.clone(),
        local_id: envelope.local_id.clone().unwrap_or_default(),
        person_id,
        text: envelope.text.clone(),
        raw: envelope.raw.clone(),
        version: 1,
        created_at: Ts(envelope.created_at),
        received_at: Ts(now),
        in_reply_to: envelope.in_reply_to.clone(),
        lang: envelope.lang.clone(),
        lat: envelope.lat,
        lon: envelope.lon,
        visibility: envelope.visibility.as_str().to_owned(),
        spoiler: envelope.spoiler_text.clone(),
        stated,
        media,
        edited_at: envelope.edited_at.map(Ts),
        deleted_at: None,
        sealed: !envelope.visibility.is_open(),
        outcome: Outcome::Waiting.to_string(),
        reason: String::new(),
        decided_at: None,
    })
}

pub(super) fn add_version(
    conn: &mut DbConnection,
    post: &Post,
    envelope: &Envelope,
    now: DateTime<Utc>,
) -> Result<Post> {
    // The old words move to the versions first: an edit never loses what was answered.
    diesel::insert_into(post_versions::table)
        .values((
            post_versions::post_id.eq(post.id),
            post_versions::version.eq(post.version),
            post_versions::text.eq(&post.text),
            post_versions::raw.eq(&post.raw),
            post_versions::received_at.eq(post.received_at),
        ))
        .execute(conn)?;
    let sealed = post.sealed || !envelope.visibility.is_open();
    // Never wider than it was: what came in private is answered in private.
    let visibility =
        if envelope.visibility.is_open() { post.visibility.as_str() } else { envelope.visibility.as_str() };
    let set = (
        posts::visibility.eq(visibility),
        posts::text.eq(&envelope.text),
        posts::raw.eq(&envelope.raw),
        posts::version.eq(post.version + 1),
        posts::edited_at.eq(Some(Ts(envelope.edited_at.unwrap_or(now)))),
        posts::local_id.eq(envelope.local_id.as_deref().unwrap_or(&post.local_id)),
        posts::sealed.eq(sealed),
    );
    let same = posts::table.find(post.id).filter(posts::version.eq(post.version));
    let changed = diesel::update(same).set(set).returning(posts::all_columns).get_result(conn).optional()?;
    changed.ok_or_else(|| Error::Conflict(format!("post {} was edited twice at once", post.id)))
}

pub(super) fn mark_deleted(conn: &mut DbConnection, post: &Post, now: DateTime<Utc>) -> Result<Post> {
    let at = post.deleted_at.unwrap_or(Ts(now));
    Ok(diesel::update(posts::table.find(post.id))
        .set(posts::deleted_at.eq(Some(at)))
        .returning(posts::all_columns)
        .get_result(conn)?)
}

pub(super) fn decide(
    conn: &mut DbConnection,
    post_id: i64,
    outcome: Outcome,
    reason: &str,
    now: Ts,
) -> Result<()> {
    let set =
        (posts::outcome.eq(outcome.as_str()), posts::reason.eq(reason), posts::decided_at.eq(Some(now)));
    let decided = Prepared(diesel::update(posts::table.find(post_id)).set(set));
    on_each_backend!(conn, c => decided.execute(c)?);
    Ok(())
}

/// An account of the city on a network, as far as reading and answering need it. Cursors are the channels' own.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct Account {
    pub id: i64,
    pub name: String,
    pub kind: String,
    pub handle: String,
    pub network_id: String,
    pub state: String,
    pub max_chars: i64,
    pub url_chars: i64,
    pub replies_sent: i64,
    pub trial_replies: i64,
}

impl Account {
    /// The first replies of a new account wait for a person.
    #[must_use]
    pub fn on_trial(&self) -> bool {
        self.replies_sent < self.trial_replies
    }
}

/// The account with this row id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn account(conn: &mut DbConnection, id: i64) -> Result<Account> {
    let found = channel_accounts::table
        .find(id)
        .select((
            channel_accounts::id,
            channel_accounts::name,
            channel_accounts::kind,
            channel_accounts::handle,
            channel_accounts::network_id,
            channel_accounts::state,
            channel_accounts::max_chars,
            channel_accounts::url_chars,
            channel_accounts::replies_sent,
            channel_accounts::trial_replies,
        ))
        .first(conn)
        .optional()?;
    found.ok_or_else(|| Error::NotFound(format!("there is no channel account {id}")))
}
