//! A program files a request or tells news of one (Open311): kept once, with a number of its own, or in the sandbox.
//!
//! What is filed walks the same way as every post. The sandbox has rows of its own that no step ever looks at: they
//! are never routed, never public, and gone after a week.

mod store;

use chrono::{DateTime, Duration, Utc};

use super::{followers, receive};
use crate::accounts::keys::{self, ApiKey, Uses};
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::intake::{self, Envelope, Kept};
use crate::media::{self, CleanPhoto};
use crate::tickets::{self, Entry, Ticket};
use crate::world::World;
use crate::{jobs, limits};

pub use store::{FiledRow, NewsRow, changeset, known_changeset};

/// A request as a program files it, checked already.
#[derive(Debug)]
pub struct Filing<'a> {
    /// The key it came with.
    pub key: &'a ApiKey,
    /// Secret that leads to the number later: 128 random bits as text.
    pub token: &'a str,
    /// The client's own name for this request: sent twice, it is filed once.
    pub idempotency: Option<&'a str>,
    /// Digest of everything that was said, to tell a repetition from a mix-up.
    pub digest: &'a str,
    /// The post it becomes; its `stated` names the service.
    pub envelope: &'a Envelope,
    /// Photos that came with it, cleaned and kept.
    pub photos: &'a [CleanPhoto],
}

/// What became of a filing.
#[derive(Debug)]
pub enum Filed {
    /// It is filed (or was, and this is the same once more), with its ticket unless it is a test.
    Here(Box<FiledRow>, Option<Box<Ticket>>),
    /// The client's name for it belongs to another request.
    NameTaken,
    /// The key was used too often in this hour.
    TooOften(Uses),
}

/// Files a request for good: it walks the whole journey in the caller's transaction.
///
/// # Errors
/// `Database`, or `Conflict` when a ticket changed at the same moment: run it again.
pub fn file(
    conn: &mut DbConnection,
    world: &World,
    filing: &Filing<'_>,
    now: DateTime<Utc>,
) -> Result<Filed> {
    if let Some(known) = before(conn, filing, false)? {
        return again(conn, known, filing);
    }
    let uses = keys::count_use(conn, filing.key, now)?;
    if !uses.allowed {
        return Ok(Filed::TooOften(uses));
    }
    let Kept::New(post) = intake::keep(conn, filing.envelope, None, now)? else {
        return Err(Error::Conflict("the same request is being filed right now".into()));
    };
    receive::receive(conn, world, &post, now)?;
    let joins = tickets::joins_of_post(conn, post.id)?;
    let join = joins.first().ok_or_else(|| Error::Conflict("this request found no ticket".into()))?;
    let ticket = tickets::by_id(conn, join.ticket_id)?;
    let zone = world.settings.city.time_zone;
    for photo in filing.photos {
        media::insert(conn, &media::report_row(photo, ticket.id, post.id, zone, Ts(now)))?;
    }
    if !filing.envelope.media.is_empty() {
        let id = post.id.to_string();
        jobs::enqueue(conn, "photo", Some(&format!("photo/{id}")), &id, now, now)?;
    }
    let row = FiledRow {
        number: ticket.number.clone(),
        post_id: Some(post.id),
        ticket_id: Some(ticket.id),
        // The words stand with the post, under its retention.
        description: String::new(),
        ..row_of(filing, false, now)
    };
    Ok(Filed::Here(Box::new(store::insert(conn, &row)?), Some(Box::new(ticket))))
}

/// Files a test: the same checks, and a row that nobody but its key sees.
///
/// # Errors
/// `Database` only.
pub fn file_test(conn: &mut DbConnection, filing: &Filing<'_>, now: DateTime<Utc>) -> Result<Filed> {
    if let Some(known) = before(conn, filing, true)? {
        return again(conn, known, filing);
    }
    let uses = keys::count_use(conn, filing.key, now)?;
    if !uses.allowed {
        return Ok(Filed::TooOften(uses));
    }
    let row = row_of(filing, true, now);
    Ok(Filed::Here(Box::new(store::insert(conn, &row)?), None))
}

fn before(conn: &mut DbConnection, filing: &Filing<'_>, test: bool) -> Result<Option<FiledRow>> {
    match filing.idempotency {
        Some(name) => store::by_idempotency(conn, filing.key.id, test, name),
        None => Ok(None),
    }
}

fn again(conn: &mut DbConnection, known: FiledRow, filing: &Filing<'_>) -> Result<Filed> {
    if known.digest != filing.digest {
        return Ok(Filed::NameTaken);
    }
    let ticket = known.ticket_id.map(|id| tickets::by_id(conn, id)).transpose()?;
    Ok(Filed::Here(Box::new(known), ticket.map(Box::new)))
}

fn row_of(filing: &Filing<'_>, test: bool, now: DateTime<Utc>) -> FiledRow {
    let envelope = filing.envelope;
    let stated = envelope.stated.clone().unwrap_or_default();
    FiledRow {
        id: 0,
        key_id: filing.key.id,
        // A test has no number of the city's; nobody can guess it.
        number: format!("test-{}", filing.token),
        token: filing.token.to_owned(),
        test,
        post_id: None,
        ticket_id: None,
        idempotency: filing.idempotency.map(str::to_owned),
        digest: filing.digest.to_owned(),
        service: stated.service.unwrap_or_default(),
        description: envelope.text.clone(),
        address: if test { stated.address.unwrap_or_default() } else { String::new() },
        lat: envelope.lat.filter(|_| test),
        lon: envelope.lon.filter(|_| test),
        notice: String::new(),
        status: "open".to_owned(),
        created_at: Ts(now),
        changed_at: Ts(now),
    }
}

/// The request behind a token, and its ticket.
///
/// # Errors
/// `Database` only.
pub fn by_token(
    conn: &mut DbConnection,
    token: &str,
    test: bool,
) -> Result<Option<(FiledRow, Option<Ticket>)>> {
    let Some(row) = store::by_token(conn, token, test)? else { return Ok(None) };
    let ticket = row.ticket_id.map(|id| tickets::by_id(conn, id)).transpose()?;
    Ok(Some((row, ticket)))
}

/// The words in which this key filed these numbers: (number, words).
///
/// # Errors
/// `Database` only.
pub fn own_words(conn: &mut DbConnection, key: &ApiKey, numbers: &[String]) -> Result<Vec<(String, String)>> {
    store::own_words(conn, key.id, numbers)
}

/// Tests: those of these numbers (whoever knows one may read it), or all that this key filed, newest first.
///
/// # Errors
/// `Database` only.
pub fn tests(conn: &mut DbConnection, key: Option<&ApiKey>, numbers: &[String]) -> Result<Vec<FiledRow>> {
    match (numbers.is_empty(), key) {
        (false, _) => store::tests_named(conn, numbers),
        (true, Some(key)) => store::tests_of(conn, key.id, limits::OPEN311_ROWS),
        (true, None) => Ok(Vec::new()),
    }
}

/// News of a request as a program tells them.
#[derive(Debug)]
pub struct News<'a> {
    /// The key they came with.
    pub key: &'a ApiKey,
    /// The client's name for them.
    pub update_id: &'a str,
    /// The number they are about.
    pub number: &'a str,
    /// One of Open311's extended statuses, lower case.
    pub status: &'a str,
    /// The words; staff read them, nobody else.
    pub description: &'a str,
    /// Digest of everything that was said.
    pub digest: &'a str,
    /// When it was said, by the client's clock.
    pub said_at: DateTime<Utc>,
}

/// What became of news.
#[derive(Debug)]
pub enum Told {
    /// Kept (or kept before, word for word).
    Here(Box<NewsRow>),
    /// This `update_id` belongs to other news.
    NameTaken,
    /// No such number.
    NoSuchRequest,
    /// The key was used too often in this hour.
    TooOften(Uses),
}

/// Takes news of a request: staff read the words; "not fixed" opens again what ended lately, as a neighbor's word does;
/// "fixed" is worth knowing, and no proof.
///
/// # Errors
/// `Database`, or `Conflict` when a ticket changed at the same moment: run it again.
pub fn tell(
    conn: &mut DbConnection,
    world: &World,
    news: &News<'_>,
    test: bool,
    now: DateTime<Utc>,
) -> Result<Told> {
    if let Some(known) = store::news_named(conn, news.key.id, test, news.update_id)? {
        return Ok(if known.digest == news.digest { Told::Here(Box::new(known)) } else { Told::NameTaken });
    }
    let ticket = if test { None } else { ticket_named(conn, news.number)? };
    let here = if test {
        store::set_test_status(conn, news.key.id, news.number, news.status, Ts(now))?
    } else {
        ticket.is_some()
    };
    if !here {
        return Ok(Told::NoSuchRequest);
    }
    let uses = keys::count_use(conn, news.key, now)?;
    if !uses.allowed {
        return Ok(Told::TooOften(uses));
    }
    if let Some(ticket) = &ticket {
        let living = tickets::survivor(conn, ticket.clone())?;
        pass_on(conn, world, &living, news, now)?;
    }
    let row = store::insert_news(conn, news, test, ticket.map(|t| t.id), Ts(now))?;
    Ok(Told::Here(Box::new(row)))
}

fn ticket_named(conn: &mut DbConnection, number: &str) -> Result<Option<Ticket>> {
    // Sealed and hidden ones are as unknown as numbers that were never given.
    Ok(store::ticket_numbered(conn, number)?
        .map(|id| tickets::by_id(conn, id))
        .transpose()?
        .filter(Ticket::is_public))
}

fn pass_on(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    news: &News<'_>,
    now: DateTime<Utc>,
) -> Result<()> {
    let who = format!("{}, through Open311", news.key.name);
    tickets::add_note(conn, ticket.id, &who, &format!("{}: {}", news.status, news.description), Ts(now))?;
    let entry = Entry {
        actor: news.key.name.clone(),
        channel: intake::OPEN311.to_owned(),
        ..Entry::by_machine("news", format!("Said {} through Open311", news.status), false, Ts(now))
    };
    tickets::append(conn, ticket.id, &[entry])?;
    let says_broken = matches!(news.status, "open" | "reopen");
    if says_broken && !ticket.status.is_live() && followers::may_say_broken(&world.settings, ticket, now) {
        followers::still_broken(conn, world, ticket, "", now)?;
    }
    Ok(())
}

/// News that programs told between two moments, oldest first; tests only those of `key`.
///
/// # Errors
/// `Database` only.
pub fn news(
    conn: &mut DbConnection,
    tests_of: Option<&ApiKey>,
    (from, to): (Ts, Ts),
    most: i64,
) -> Result<Vec<NewsRow>> {
    store::news_between(conn, tests_of.map(|key| key.id), from, to, most)
}

/// Tests older than this are gone.
pub const TEST_DAYS: i64 = 7;

/// Forgets the tests of the sandbox after a week; `true` when there were any.
///
/// # Errors
/// `Database` only.
pub fn forget_tests(conn: &mut DbConnection, now: DateTime<Utc>) -> Result<bool> {
    store::forget_tests(conn, Ts(now - Duration::days(TEST_DAYS)))
}
