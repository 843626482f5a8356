//! People speak for the city: they release, change or reject a draft, write a reply of their own, take one back.
//!
//! Approved bytes are posted bytes: a release names the words it was given (`fingerprint`), and a draft that has
//! changed since is not sent. Every move is compare-and-set in `replies`; the worker alone talks to networks.

mod write;

use chrono::{DateTime, Duration, Utc};
use sha2::{Digest, Sha256};

use crate::accounts::{self, Action, User};
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::intake::{self, Person, Post};
use crate::replies::guard::{self, Forbidden};
use crate::replies::lint::{self, Around, Remark, Weight};
use crate::replies::{self, Finish, Kind, Reply, State};
use crate::settings::Settings;
use crate::tickets::{self, Entry, Ticket};
use crate::world::World;
use crate::{jobs, triage};

pub use write::{Listener, Speaker, Written, listeners, reply_by_hand};

/// What stands in front of a reply that has not been sent: it can still be stopped without anybody seeing it.
const UNSENT: [State; 4] = [State::Draft, State::Waiting, State::Queued, State::Held];

/// One reply, or the same words to several people: what one approval releases.
#[derive(Debug)]
pub struct Batch {
    /// The replies, oldest first; never empty.
    pub replies: Vec<Reply>,
    /// Needs somebody other than its author, who may approve.
    pub second: bool,
}

impl Batch {
    /// The words of every reply, as one short name for them.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        for reply in &self.replies {
            hash.update(reply.id.to_be_bytes());
            hash.update(reply.text.len().to_be_bytes());
            hash.update(reply.text.as_bytes());
        }
        hash.finalize().iter().take(16).map(|b| format!("{b:02x}")).collect()
    }
}

/// Same event, same words: the part of the key after the person, and the text without its address.
fn same_saying(a: &Reply, b: &Reply) -> bool {
    let event = |r: &Reply| r.event_key.rsplit('/').next().map(str::to_owned);
    a.kind == b.kind && event(a) == event(b) && spoken(&a.text) == spoken(&b.text)
}

/// The words without the handle in front of them.
#[must_use]
pub fn spoken(text: &str) -> &str {
    match text.strip_prefix('@').and_then(|rest| rest.split_once(' ')) {
        Some((_, words)) => words,
        None => text,
    }
}

/// The replies that wait together with this one: same ticket, same event, same words.
///
/// # Errors
/// `NotFound` when there is no such reply.
pub fn batch(conn: &mut DbConnection, settings: &Settings, id: i64) -> Result<Batch> {
    let one = replies::reply(conn, id)?;
    let waits = |r: &Reply| matches!(r.state, State::Draft | State::Waiting);
    let mut together = match one.ticket_id {
        Some(ticket) if waits(&one) => replies::of_ticket(conn, ticket)?,
        _ => Vec::new(),
    };
    together.retain(|r| waits(r) && same_saying(r, &one));
    if together.is_empty() {
        together.push(one);
    }
    let most = usize::try_from(settings.policy.bulk_over).unwrap_or(usize::MAX);
    // A reason is free words too; the fixed wordings of a closing hold none, so only the many count.
    let free = |r: &Reply| r.kind == Kind::ByHand.as_str() || r.why.contains("a second person approves");
    let mayor = together.iter().any(|r| r.kind == Kind::ByMayor.as_str());
    Ok(Batch { second: mayor || together.iter().all(free) && together.len() > most, replies: together })
}

/// Everything wrong with a text as an answer to this post; empty when it may go.
///
/// # Errors
/// `Database` only.
pub fn faults(
    conn: &mut DbConnection,
    settings: &Settings,
    reply: &Reply,
    text: &str,
) -> Result<Vec<String>> {
    let post = intake::post(conn, reply.post_id)?;
    let person = intake::person_by_id(conn, reply.person_id)?;
    let account = reply.account_id.map(|id| intake::account(conn, id)).transpose()?;
    let manners = account.as_ref().map(replies::manners_of);
    let mut found = wrong_words(conn, settings, &post, &person, text)?;
    let ticket = reply.ticket_id.map(|id| tickets::by_id(conn, id)).transpose()?;
    found.extend(unfitting(settings, ticket.as_ref(), &post.channel, text));
    if let Some(manners) = manners {
        if !manners.fits(text, reply.spoiler.as_deref()) {
            let over = manners.length(text, reply.spoiler.as_deref()).saturating_sub(manners.max_length);
            found.push(format!("is {over} characters too long"));
        }
        let address = manners.address(&person.handle);
        if !text.starts_with(&address) {
            found.push(format!("must begin with {}, or its author is not told", address.trim()));
        }
    }
    if replies::of_post(conn, post.id)?.iter().any(|r| r.id != reply.id && stands(r) && r.text == text) {
        found.push("stands in this thread already".into());
    }
    Ok(found)
}

/// What the city never says, as the end of a sentence that begins with "this text".
fn unfitting(settings: &Settings, ticket: Option<&Ticket>, channel: &str, text: &str) -> Vec<String> {
    let all = remarks(settings, ticket, channel, text);
    all.into_iter()
        .filter(|r| r.weight == Weight::Stop)
        .map(|r| format!("does not sound like us: {}", r.why))
        .collect()
}

/// Everything to be said about the words of a reply, worst first.
#[must_use]
pub fn remarks(settings: &Settings, ticket: Option<&Ticket>, channel: &str, text: &str) -> Vec<Remark> {
    let around = Around {
        language: settings.city.language,
        channel,
        has_due: ticket.is_some_and(|t| t.due_at.is_some()),
    };
    lint::remarks(&settings.policy.voice, spoken(text), around)
}

fn stands(reply: &Reply) -> bool {
    matches!(reply.state, State::Queued | State::Sending | State::Unknown | State::Delivered)
}

fn wrong_words(
    conn: &mut DbConnection,
    settings: &Settings,
    post: &Post,
    person: &Person,
    text: &str,
) -> Result<Vec<String>> {
    let reading = triage::reading_of(conn, post.id)?;
    let personal = reading.map(|r| r.personal_data).unwrap_or_default();
    let personal_words =
        personal.iter().map(|p| crate::span::Span { start: p.start, end: p.end }.slice(&post.text)).collect();
    let mut hosts = settings.policy.allowed_hosts.clone();
    hosts.extend(settings.server.base_url.host_str().map(str::to_owned));
    let forbidden =
        Forbidden { personal_words, allowed_hosts: &hosts, allowed_handles: vec![person.handle.as_str()] };
    Ok(guard::faults(text, &forbidden))
}

/// Releases a draft exactly as it was shown; `fingerprint` names the words the person read.
///
/// # Errors
/// `Forbidden` by role, `Refused` without a second person or by the guard, `Conflict` when it changed or moved.
pub fn approve(
    conn: &mut DbConnection,
    world: &World,
    id: i64,
    fingerprint: &str,
    by: &User,
    now: DateTime<Utc>,
) -> Result<Batch> {
    by.role.require(Action::ReleaseReply)?;
    let batch = batch(conn, &world.settings, id)?;
    still_waits(&batch)?;
    if batch.fingerprint() != fingerprint {
        return Err(Error::Conflict("the words changed since you read them: read them once more".into()));
    }
    may_release(conn, &batch, by)?;
    for reply in &batch.replies {
        let wrong = faults(conn, &world.settings, reply, &reply.text)?;
        if let Some(first) = wrong.first() {
            return Err(Error::Refused(format!("this reply {first}: edit it or reject it")));
        }
    }
    release(conn, &batch, None, (by, undo(world, now)), now)?;
    Ok(batch)
}

/// Saves what was typed, approves it and lets it go. For several people the handle in front is put there again.
///
/// # Errors
/// `Invalid` with everything wrong with the text; else as [`approve`].
pub fn edit_and_approve(
    conn: &mut DbConnection,
    world: &World,
    id: i64,
    typed: &str,
    by: &User,
    now: DateTime<Utc>,
) -> Result<Batch> {
    by.role.require(Action::ReleaseReply)?;
    let batch = batch(conn, &world.settings, id)?;
    still_waits(&batch)?;
    let typed = typed.trim().replace("\r\n", "\n");
    if typed.is_empty() {
        return Err(Error::Invalid("write something, or reject the draft".into()));
    }
    if batch.second {
        // Who edits becomes an author; somebody else approves what they wrote.
        return Err(Error::Refused(
            "these words go as they stand or not at all: reject this draft and write a new one".into(),
        ));
    }
    let several = batch.replies.len() > 1;
    let mut texts = Vec::new();
    for reply in &batch.replies {
        let text = if several { readdressed(reply, &typed) } else { typed.clone() };
        let wrong = faults(conn, &world.settings, reply, &text)?;
        if !wrong.is_empty() {
            return Err(Error::Invalid(format!("this text {}", wrong.join("; it "))));
        }
        texts.push(text);
    }
    release(conn, &batch, Some(&texts), (by, undo(world, now)), now)?;
    Ok(batch)
}

fn readdressed(reply: &Reply, words: &str) -> String {
    let kept = reply.text.len() - spoken(&reply.text).len();
    format!("{}{}", reply.text.get(..kept).unwrap_or_default(), spoken(words))
}

fn still_waits(batch: &Batch) -> Result<()> {
    match batch.replies.iter().find(|r| !matches!(r.state, State::Draft | State::Waiting)) {
        Some(moved) => {
            Err(Error::Conflict(format!("this reply is {} already: somebody was faster", moved.state)))
        }
        None => Ok(()),
    }
}

fn may_release(conn: &mut DbConnection, batch: &Batch, by: &User) -> Result<()> {
    if !batch.second {
        return Ok(());
    }
    let author = batch.replies.first().map(|r| r.drafted_by.clone()).unwrap_or_default();
    // An author who is gone is certainly somebody else.
    let author = accounts::by_login(conn, &author)?.map_or(0, |u| u.id);
    accounts::second_person(author, by.id, by.role)
}

/// What a person lets go can be taken back for a while before anybody sees it.
fn undo(world: &World, now: DateTime<Utc>) -> Ts {
    Ts(now + Duration::seconds(i64::from(world.settings.policy.undo_seconds)))
}

fn release(
    conn: &mut DbConnection,
    batch: &Batch,
    texts: Option<&[String]>,
    (by, not_before): (&User, Ts),
    now: DateTime<Utc>,
) -> Result<()> {
    for (n, reply) in batch.replies.iter().enumerate() {
        let text = texts.and_then(|t| t.get(n)).cloned();
        let edited = text.as_ref().is_some_and(|t| *t != reply.text);
        let finish = Finish {
            run_at: Some(reply.run_at.max(not_before)),
            approved_by: Some(by.login.clone()),
            text,
            ..Finish::default()
        };
        let released = replies::shift(conn, reply, State::Queued, &finish, now)?;
        let what = if edited { "reply edited and approved" } else { "reply approved" };
        accounts::note_audit(conn, &by.login, what, &format!("reply {}", released.id), now)?;
        if let Some(ticket_id) = released.ticket_id {
            let step =
                Entry::by_staff("approved", &by.name, format!("Approved: {}", released.text), false, Ts(now));
            tickets::append(conn, ticket_id, &[step])?;
        }
    }
    Ok(())
}

/// A draft will not be sent; who wrote it reads why.
///
/// # Errors
/// `Invalid` without a reason, `Conflict` when it moved.
pub fn reject(
    conn: &mut DbConnection,
    world: &World,
    id: i64,
    reason: &str,
    by: &User,
    now: DateTime<Utc>,
) -> Result<()> {
    by.role.require(Action::ReleaseReply)?;
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::Invalid("say why not: the person who drafted it reads this".into()));
    }
    let batch = batch(conn, &world.settings, id)?;
    still_waits(&batch)?;
    for reply in &batch.replies {
        let finish = Finish { why: format!("{} rejected it: {reason}", by.name), ..Finish::default() };
        let void = replies::shift(conn, reply, State::Void, &finish, now)?;
        accounts::note_audit(conn, &by.login, "reply rejected", &format!("reply {}", void.id), now)?;
        if let Some(ticket_id) = void.ticket_id {
            let words = format!("Rejected a reply: {reason}");
            tickets::append(
                conn,
                ticket_id,
                &[Entry::by_staff("rejected", &by.name, words, false, Ts(now))],
            )?;
        }
    }
    Ok(())
}

/// What taking back did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakenBack {
    /// It was not sent yet, and will not be.
    Stopped,
    /// It stands on its network; a worker takes it away there.
    Asked,
}

/// Stops a reply that was not sent; one that stands on its network is taken away there by a worker.
///
/// # Errors
/// `Forbidden` by role (who drafted a reply may always stop it), `Conflict` while it is on its way.
pub fn ask_take_back(conn: &mut DbConnection, id: i64, by: &User, now: DateTime<Utc>) -> Result<TakenBack> {
    let reply = replies::reply(conn, id)?;
    let own = reply.drafted_by == by.login && UNSENT.contains(&reply.state);
    if !own {
        by.role.require(Action::TakeBackReply)?;
    }
    let done = match reply.state {
        State::Draft | State::Waiting | State::Queued | State::Held | State::Failed => {
            let finish = Finish { why: format!("{} took it back", by.name), ..Finish::default() };
            replies::shift(conn, &reply, State::Void, &finish, now)?;
            TakenBack::Stopped
        }
        State::Delivered if reply.kind == Kind::Emergency.as_str() => {
            return Err(Error::Refused("the text for danger to life stays where it is".into()));
        }
        State::Delivered => {
            let key = format!("take_back/{id}");
            jobs::enqueue(conn, "take_back", Some(&key), &id.to_string(), now, now)?;
            TakenBack::Asked
        }
        State::Sending | State::Unknown => {
            return Err(Error::Conflict("this reply is on its way right now: try again in a minute".into()));
        }
        State::Void => return Err(Error::Conflict("this reply is not sent any more".into())),
    };
    accounts::note_audit(conn, &by.login, "reply taken back", &format!("reply {id}"), now)?;
    if let Some(ticket_id) = reply.ticket_id {
        let words = format!("Took a reply back: {}", reply.text);
        tickets::append(conn, ticket_id, &[Entry::by_staff("taken back", &by.name, words, false, Ts(now))])?;
    }
    Ok(done)
}
