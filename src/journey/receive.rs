//! A post came in: read, place, open or join, route, answer. The spine of the product.

use chrono::{DateTime, Duration, Utc};
use serde::Serialize;

use super::concern::{Concern, Ending};
use super::{answer, concern, emergency};
use crate::db::types::Ts;
use crate::db::{self, DbConnection};
use crate::error::Result;
use crate::intake::Account;
use crate::intake::{self, Outcome, Person, Post};
use crate::places::{Hints, Place};
use crate::replies::{self, Thread};
use crate::settings::{Lang, Urgency};
use crate::triage::{self, Context, Kind, Reading};
use crate::world::World;
use crate::{limits, tickets};

/// Attribute of a form whose place is where its photo was taken.
pub const BY_PHOTO: &str = "place_by_photo";

/// What became of a post; one line of `onit receive`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the keys of the line, as the command line's contract names them")]
pub struct Received {
    pub id: String,
    pub outcome: String,
    pub was: Option<String>,
    pub reason: Option<String>,
    pub concerns: Vec<ConcernLine>,
    pub tickets: Vec<String>,
    pub services: Vec<String>,
    pub department: Option<String>,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub reply: Option<String>,
}

/// What became of one concern.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the keys of the line, as the command line's contract names them")]
pub struct ConcernLine {
    pub outcome: String,
    pub ticket: Option<String>,
    pub service: Option<String>,
    pub department: Option<String>,
    pub place: Option<Place>,
    pub reply: Option<String>,
}

/// Everything about a post that the steps need.
#[derive(Debug)]
pub(super) struct Incoming<'a> {
    pub world: &'a World,
    pub post: &'a Post,
    pub person: Person,
    pub account: Option<Account>,
    /// The place of the ticket in whose thread the post stands: for what is reported "there too".
    pub thread_place: Option<Place>,
    /// Where the camera of the post's photo stood, (lat, lon): known later than the words, for a photo is fetched.
    pub photo: Option<(f64, f64)>,
    pub now: DateTime<Utc>,
}

/// Takes a kept post through the whole journey, inside the caller's transaction.
///
/// # Errors
/// `Database`, or `Conflict` when a ticket changed at the same moment: run it again.
pub fn receive(conn: &mut DbConnection, world: &World, post: &Post, now: DateTime<Utc>) -> Result<Received> {
    db::one_at_a_time(conn)?;
    let person = intake::person_by_id(conn, post.person_id)?;
    let account = post.account_id.map(|id| intake::account(conn, id)).transpose()?;
    let thread = replies::thread_of(conn, post)?;
    let thread_place = thread.as_ref().and_then(|t| t.ticket.place());
    let incoming = Incoming { world, post, person, account, thread_place, photo: None, now };
    let reading = read(&incoming, thread.as_ref());
    keep(conn, &incoming, thread.as_ref(), &reading)?;
    let endings = decide(conn, &incoming, thread, &reading)?;
    finish(conn, &incoming, endings)
}

/// Deletes reach us later than the post: nothing unsent is sent, the ticket stays in the city's words.
///
/// # Errors
/// `Database` only.
pub fn take_back(conn: &mut DbConnection, post: &Post, now: DateTime<Utc>) -> Result<()> {
    replies::void_for_post(conn, post.id, "the author deleted the post", now)?;
    // Also what tells kept pages that they are old.
    note_on_tickets(conn, post, ("post deleted", "The author deleted their post"), now)
}

/// A step of history that only staff see, on every ticket the post is about.
fn note_on_tickets(
    conn: &mut DbConnection,
    post: &Post,
    (step, words): (&'static str, &str),
    now: DateTime<Utc>,
) -> Result<()> {
    for join in tickets::joins_of_post(conn, post.id)? {
        let entry = tickets::Entry::by_machine(step, words.to_owned(), false, Ts(now));
        tickets::append(conn, join.ticket_id, &[entry])?;
    }
    Ok(())
}

/// An edit makes a new version; what was answered already is not answered again, a person sees both.
/// Danger to life is flagged whenever it is written, and what was set aside may be a report now.
///
/// # Errors
/// `Database`, or `Conflict` when a ticket changed at the same moment: run it again.
pub fn read_again(conn: &mut DbConnection, world: &World, post: &Post, now: DateTime<Utc>) -> Result<()> {
    let person = intake::person_by_id(conn, post.person_id)?;
    let account = post.account_id.map(|id| intake::account(conn, id)).transpose()?;
    let incoming = Incoming { world, post, person, account, thread_place: None, photo: None, now };
    if post.outcome()? == Outcome::Waiting {
        // Nobody has read it yet: its own job reads the newest words.
        return Ok(());
    }
    replies::read_once_more(conn, post, now)?;
    let thread = replies::thread_of(conn, post)?;
    let reading = read(&incoming, thread.as_ref());
    keep(conn, &incoming, thread.as_ref(), &reading)?;
    if reading.urgency == Urgency::Emergency && post.outcome()? != Outcome::Emergency {
        let ending = emergency::page(conn, &incoming, &reading, thread.as_ref())?;
        return finish(conn, &incoming, vec![ending]).map(|_| ());
    }
    if post.outcome()? == Outcome::SetAside {
        return look_anew(conn, &incoming, thread, &reading);
    }
    note_on_tickets(conn, post, ("edited", "The post was edited"), now)
}

/// What was set aside was edited: read like a new post; where a person set it aside, a person looks again.
fn look_anew(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    thread: Option<Thread>,
    reading: &Reading,
) -> Result<()> {
    let (post, now) = (incoming.post, incoming.now);
    let rows = tickets::concerns_of(conn, post.id)?;
    let Some(row) = rows.iter().find(|row| row.queue.is_empty()) else {
        let endings = decide(conn, incoming, thread, reading)?;
        return finish(conn, incoming, endings).map(|_| ());
    };
    if reading.report_p < incoming.world.settings.policy.set_aside_p {
        return Ok(());
    }
    tickets::requeue_concern(conn, row.id, "", "review", "the post was edited after it was set aside")?;
    intake::decide(conn, post.id, Outcome::Review, "the post was edited after it was set aside", now)
}

fn read(incoming: &Incoming<'_>, thread: Option<&Thread>) -> Reading {
    triage::read(&incoming.world.model, &incoming.post.text, &context(incoming, thread))
}

/// Keeps what was read and why: after the reader has learned, nobody could say it any more.
fn keep(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    thread: Option<&Thread>,
    reading: &Reading,
) -> Result<()> {
    let post = incoming.post;
    let whys = triage::explain(&incoming.world.model, &post.text, &context(incoming, thread), reading);
    triage::keep_reading(conn, post.id, post.version, (reading, &whys), Ts(incoming.now))
}

fn context<'a>(incoming: &'a Incoming<'_>, thread: Option<&Thread>) -> Context<'a> {
    Context {
        thread: thread
            .map(|t| triage::Thread { asked: t.question.is_some(), fixed: !t.ticket.status.is_live() }),
        default_language: incoming.world.settings.city.language,
        tagged_language: incoming.post.lang.as_deref(),
        is_reply_to_us: thread.is_some_and(|t| t.answers_us),
    }
}

/// Chooses the way: danger first, then an answer in a thread we know, then what kind of post it is.
fn decide(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    thread: Option<Thread>,
    reading: &Reading,
) -> Result<Vec<Ending>> {
    if reading.urgency == Urgency::Emergency {
        return emergency::page(conn, incoming, reading, thread.as_ref()).map(|e| vec![e]);
    }
    if let Some(thread) = thread
        && let Some(ending) = answer::in_thread(conn, incoming, reading, &thread)?
    {
        return Ok(vec![ending]);
    }
    let stated = incoming.post.stated();
    if stated.is_none()
        && let Some(ending) = answer::place_alone(conn, incoming, reading)?
    {
        return Ok(vec![ending]);
    }
    let policy = &incoming.world.settings.policy;
    let is_stated = stated.as_ref().is_some_and(|s| s.service.is_some());
    if !is_stated && reports_nothing(reading, policy.set_aside_p) {
        return Ok(vec![Ending::set_aside(set_aside_reason(reading))]);
    }
    let unsure = !is_stated && reading.report_p < policy.report_p;
    let concerns = concern::named(incoming, reading, stated.as_ref());
    concerns
        .into_iter()
        .take(limits::CONCERNS)
        .enumerate()
        .map(|(n, c)| concern::settle(conn, incoming, reading, &Concern { n, unsure, ..c }))
        .collect()
}

/// Surely not a report, or plainly something else. When unsure a person looks; nothing is dropped either way.
fn reports_nothing(reading: &Reading, set_aside_p: f64) -> bool {
    /// Half sure of a thank-you or of news is not enough to keep it from a person.
    const PLAIN_P: f64 = 0.6;
    let plainly = matches!(reading.kind, Kind::Thanks | Kind::Other) && reading.kind_p >= PLAIN_P;
    reading.report_p < set_aside_p || plainly && reading.report_p < 2.0 * set_aside_p
}

fn set_aside_reason(reading: &Reading) -> String {
    let what = match reading.kind {
        Kind::Thanks => "a thank-you",
        Kind::Question => "a question, not a report",
        Kind::Report => "too little to be sure it is a report",
        _ => "news, talk or advertising, not a report",
    };
    format!("Read as {what} ({:.0} % sure that it reports something)", reading.report_p * 100.0)
}

/// Writes down what became of the post and makes the line for the caller.
fn finish(conn: &mut DbConnection, incoming: &Incoming<'_>, endings: Vec<Ending>) -> Result<Received> {
    const FIRST_OF: [Outcome; 5] =
        [Outcome::Emergency, Outcome::Review, Outcome::Asked, Outcome::Opened, Outcome::Joined];
    let outcome = FIRST_OF
        .into_iter()
        .find(|o| endings.iter().any(|e| e.outcome == *o))
        .or_else(|| endings.first().map(|e| e.outcome))
        .unwrap_or(Outcome::SetAside);
    let why: Vec<&str> = endings.iter().map(|e| e.why.as_str()).filter(|w| !w.is_empty()).collect();
    intake::decide(conn, incoming.post.id, outcome, &why.join("; "), incoming.now)?;
    Ok(line(outcome, &why.join("; "), endings))
}

fn line(outcome: Outcome, why: &str, endings: Vec<Ending>) -> Received {
    let lines: Vec<ConcernLine> = endings.into_iter().map(Ending::into_line).collect();
    let first = lines.first();
    Received {
        id: String::new(),
        outcome: outcome.to_string(),
        was: None,
        reason: (!why.is_empty()).then(|| why.to_owned()),
        tickets: lines.iter().filter_map(|l| l.ticket.clone()).collect(),
        services: lines.iter().filter_map(|l| l.service.clone()).collect(),
        department: first.and_then(|l| l.department.clone()),
        lat: first.and_then(|l| l.place.as_ref()).map(|p| p.lat),
        lon: first.and_then(|l| l.place.as_ref()).map(|p| p.lon),
        reply: first.and_then(|l| l.reply.clone()),
        concerns: lines.into_iter().filter(|l| l.service.is_some()).collect(),
    }
}

/// The line for a post received before: what it became then.
///
/// # Errors
/// `Database` only.
pub fn known(conn: &mut DbConnection, post: &Post) -> Result<Received> {
    let mut received = Received {
        outcome: Outcome::Known.to_string(),
        was: Some(post.outcome.clone()),
        ..Received::default()
    };
    for join in tickets::joins_of_post(conn, post.id)? {
        let ticket = tickets::by_id(conn, join.ticket_id)?;
        received.department.get_or_insert_with(|| ticket.department.clone());
        received.lat = received.lat.or(ticket.lat);
        received.lon = received.lon.or(ticket.lon);
        received.tickets.push(ticket.number);
        received.services.push(ticket.service);
    }
    Ok(received)
}

impl Incoming<'_> {
    /// Language the author is answered in: the post's, as read.
    pub(super) fn language(&self, reading: &Reading) -> Lang {
        reading.language
    }

    /// A question can be asked in this thread and its answer comes back.
    pub(super) fn can_ask(&self) -> bool {
        self.account.as_ref().is_some_and(|a| replies::manners_of(a).can_ask_in_thread)
    }

    /// What is known beside the words, in the order it is trusted.
    pub(super) fn hints(&self) -> Hints<'_> {
        let profile = Some(self.person.place.as_str()).filter(|place| !place.is_empty());
        let thread = self.thread_place.as_ref();
        let spot = self.post.lat.zip(self.post.lon);
        let (geotag, photo) = if self.is_by_photo() { (None, spot) } else { (spot, self.photo) };
        Hints { geotag, photo, thread, profile, ..Hints::default() }
    }

    /// What was typed as the place of a form; no words when its writer left that to their photo.
    pub(super) fn typed_place(&self) -> Option<String> {
        let typed = self.post.stated().and_then(|s| s.address);
        if self.is_by_photo() { Some(String::new()) } else { typed }
    }

    /// The writer of a form left "where" empty and saw what their photo says.
    fn is_by_photo(&self) -> bool {
        self.post.stated().is_some_and(|s| s.attributes.contains_key(BY_PHOTO))
    }

    /// Moments this long ago.
    pub(super) fn ago(&self, hours: u32) -> DateTime<Utc> {
        self.now - Duration::hours(i64::from(hours))
    }
}
