//! A ticket ends, or comes back: everyone who wrote is told, each in their own thread.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::advance::service_of;
use super::tell::{self, Listener, Saying};
use super::{clocks, followers};
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::intake::{self, Post};
use crate::replies::{self, Kind};
use crate::settings::Lang;
use crate::tickets::policy::{self, Evidence};
use crate::tickets::{self, CloseReason, Entry, Join, Step, Ticket};
use crate::world::World;

/// The clock closes what nobody could place, and what is somebody else's is handed over: the machine speaking.
pub(super) const MACHINE: &str = "OnIt";
/// Said of an answer that waits because many others wrote about the same ticket.
pub(super) const TOO_MANY: &str = "more people than are answered one by one: a person releases the rest";
/// Posts of a ticket that are looked through for the thread of its one public post.
const THREADS_TRIED: usize = 20;
/// What is not said any more once a ticket has ended.
const OVERTAKEN: [Kind; 5] = [Kind::OnIt, Kind::Joined, Kind::Ask, Kind::Status, Kind::Reopened];

/// Done, with proof: "Fixed" to everyone who wrote. Without proof it is refused.
///
/// # Errors
/// `Refused` without proof or by the status machine, `Conflict` when somebody was faster.
pub fn fix(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    evidence: Evidence,
    words: &str,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Ticket> {
    let service = service_of(world, ticket)?;
    let proof = policy::proof(service, evidence)?;
    let said = if words.trim().is_empty() { "Fixed".to_owned() } else { format!("Fixed: {}", words.trim()) };
    let entry = Entry::by_staff("fixed", by, said, true, Ts(now));
    let fixed = tickets::advance(conn, ticket, Step::Fix, entry, |t| t.proof = Some(proof.to_owned()))?;
    replies::end_promises(conn, &fixed, "kept", now)?;
    replies::void_for_ticket(conn, fixed.id, &OVERTAKEN, "it is fixed", now)?;
    followers::tell_followers(conn, world, &fixed, now)?;
    tell_everyone(
        conn,
        world,
        &fixed,
        Kind::Fixed,
        // The words point at the photo only when strangers can see it.
        if proof == "photo" && evidence.photo_is_public { "fixed_photo" } else { "fixed" },
        ("", by),
        now,
    )?;
    Ok(fixed)
}

/// Somebody who wrote about it says that it is fixed: that is proof, and nobody needs to be told by machine.
pub(super) fn fixed_by_author(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    channel: &str,
    now: DateTime<Utc>,
) -> Result<Ticket> {
    let proof = policy::proof(service_of(world, ticket)?, Evidence { author: true, ..Evidence::default() })?;
    let words = "Somebody who reported it says that it is fixed".to_owned();
    let entry = Entry {
        actor: "resident".into(),
        channel: channel.to_owned(),
        ..Entry::by_machine("fixed", words, true, Ts(now))
    };
    let fixed = tickets::advance(conn, ticket, Step::Fix, entry, |t| t.proof = Some(proof.to_owned()))?;
    replies::end_promises(conn, &fixed, "kept", now)?;
    replies::void_for_ticket(conn, fixed.id, &OVERTAKEN, "it is fixed", now)?;
    followers::tell_followers(conn, world, &fixed, now)?;
    Ok(fixed)
}

/// Ended for a reason, which everyone who wrote is told.
///
/// # Errors
/// `Invalid` when the reason needs words, `Refused` by the status machine, `Conflict` when somebody was faster.
pub fn close(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    reason: CloseReason,
    words: &str,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Ticket> {
    let words = words.trim();
    let must_say = match reason {
        CloseReason::NotOurs => Some("say whose it is: residents read it"),
        CloseReason::NoAction => Some("say why nothing will be done: residents read it"),
        CloseReason::Duplicate => Some("write the number of the request that goes on, like 26-000012"),
        CloseReason::NoPlace | CloseReason::NotVerified => None,
    };
    if let (Some(what), true) = (must_say, words.is_empty()) {
        return Err(Error::Invalid(what.into()));
    }
    let goes_on = if reason == CloseReason::Duplicate { Some(goes_on(conn, ticket, words)?) } else { None };
    let said =
        if words.is_empty() { reason.word().to_owned() } else { format!("{}: {words}", reason.word()) };
    let entry = Entry::by_staff("closed", by, said, true, Ts(now));
    let closed = tickets::advance(conn, ticket, Step::Close, entry, |t| {
        t.close_reason = Some(reason.as_str().to_owned());
        t.close_words = (!words.is_empty()).then(|| words.to_owned());
    })?;
    replies::end_promises(conn, &closed, "dropped", now)?;
    replies::void_for_ticket(conn, closed.id, &OVERTAKEN, "the request was closed", now)?;
    followers::tell_followers(conn, world, &closed, now)?;
    let key = format!("closed_{}", reason.as_str());
    let Some(other) = goes_on else {
        tell_everyone(conn, world, &closed, Kind::Closed, &key, (words, by), now)?;
        return Ok(closed);
    };
    // They read the number that goes on; nothing of a person's own words stands in the text.
    let joins = tickets::joins_with_merged(conn, closed.id)?;
    let event = closed.version.to_string();
    let said =
        Announcement { kind: Kind::Closed, event: &event, key: &key, words: "", by, goes_on: Some(&other) };
    tell_authors(conn, world, &closed, &joins, &said, now)?;
    Ok(closed)
}

/// The ticket a duplicate names: it lives, it is another one, and whoever reads its number may see it.
fn goes_on(conn: &mut DbConnection, ticket: &Ticket, words: &str) -> Result<Ticket> {
    let number = words
        .split_whitespace()
        .find_map(|w| tickets::numbers::as_typed(w.trim_matches(|c: char| !c.is_alphanumeric())))
        .ok_or_else(|| {
            Error::Invalid("write the number of the request that goes on, like 26-000012".into())
        })?;
    let other = tickets::by_number(conn, &number)?;
    if other.id == ticket.id {
        return Err(Error::Refused(format!("{number} is this request itself: name the other one")));
    }
    if other.hidden || other.sealed && !ticket.sealed {
        return Err(Error::Refused(format!(
            "{} has no public page: people could not follow it",
            other.number
        )));
    }
    Ok(other)
}

/// Not fixed after all: open again, with a new promise.
///
/// # Errors
/// `Refused` when it is open, `Conflict` when somebody was faster.
pub fn reopen(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    by: &str,
    channel: &str,
    now: DateTime<Utc>,
) -> Result<Ticket> {
    let service = service_of(world, ticket)?;
    let due_at = crate::settings::calendar::due_at(
        &world.settings.policy,
        world.settings.city.time_zone,
        service.due,
        now,
    );
    let entry = Entry {
        actor: by.to_owned(),
        channel: channel.to_owned(),
        ..Entry::by_machine("reopened", "Reopened: it is not fixed".into(), true, Ts(now))
    };
    let has_place = !ticket.place_key.is_empty();
    let open = tickets::advance(conn, ticket, Step::Reopen, entry, |t| {
        t.due_at = has_place.then_some(Ts(due_at));
    })?;
    replies::void_for_ticket(
        conn,
        open.id,
        &[Kind::Fixed, Kind::Closed],
        "it was reopened before this was sent",
        now,
    )?;
    followers::tell_followers(conn, world, &open, now)?;
    clocks::promise(conn, world, &open, service.names.get(world.settings.city.language), now)?;
    Ok(open)
}

/// Two tickets are one problem. Both numbers live for ever; nobody is told by machine, no row moves.
///
/// # Errors
/// `Conflict` when somebody was faster.
pub(super) fn merge(
    conn: &mut DbConnection,
    ticket: &Ticket,
    survivor: &Ticket,
    by: &str,
    why: &str,
    now: DateTime<Utc>,
) -> Result<Ticket> {
    let own = Entry {
        actor: by.to_owned(),
        ..Entry::by_machine("merged", format!("The same as {}: {why}", survivor.number), true, Ts(now))
    };
    let others = Entry {
        actor: by.to_owned(),
        // A private one adds to the count and nothing else: its number is nobody's business.
        ..Entry::by_machine(
            "merged in",
            format!("{} is the same problem", ticket.number),
            ticket.is_public(),
            Ts(now),
        )
    };
    let (merged, survivor) = tickets::merge(conn, ticket, survivor, own, others)?;
    replies::end_promises(conn, &merged, "merged", now)?;
    Ok(survivor)
}

/// What is said to everybody: which event, in which words, on whose word.
pub(super) struct Announcement<'a> {
    pub kind: Kind,
    /// Tells two events of one kind apart.
    pub event: &'a str,
    pub key: &'a str,
    /// Free words of a person that stand in the text.
    pub words: &'a str,
    pub by: &'a str,
    /// The ticket whose number they read instead of their own.
    pub goes_on: Option<&'a Ticket>,
}

/// One answer to everybody who wrote about this ticket or one merged into it.
fn tell_everyone(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    kind: Kind,
    key: &str,
    (words, by): (&str, &str),
    now: DateTime<Utc>,
) -> Result<()> {
    let joins = tickets::joins_with_merged(conn, ticket.id)?;
    let event = ticket.version.to_string();
    tell_authors(
        conn,
        world,
        ticket,
        &joins,
        &Announcement { kind, event: &event, key, words, by, goes_on: None },
        now,
    )
}

/// One answer to each author of these concerns, in the thread of their newest post.
pub(super) fn tell_authors(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    joins: &[Join],
    said: &Announcement<'_>,
    now: DateTime<Utc>,
) -> Result<()> {
    // Danger to life is answered with the fixed text only, and its page is nobody's.
    if ticket.hidden {
        return Ok(());
    }
    let mut newest: BTreeMap<i64, Post> = BTreeMap::new();
    for join in joins {
        let post = intake::post(conn, join.post_id)?;
        // A newer post that is gone, or came by the form, does not silence an older one that stands in a thread.
        if post.deleted_at.is_none() && post.account_id.is_some() {
            newest.insert(join.person_id, post);
        }
    }
    let listeners = newest.len();
    if listeners > usize::try_from(world.settings.policy.answer_each_up_to).unwrap_or(usize::MAX) {
        let release =
            if world.settings.policy.auto { Ok(()) } else { Err("automatic replies are switched off") };
        say_many(conn, world, ticket, release, now)?;
    }
    for (n, (person_id, post)) in newest.into_iter().enumerate() {
        let Some(account_id) = post.account_id else { continue };
        let person = intake::person_by_id(conn, person_id)?;
        let account = intake::account(conn, account_id)?;
        let language = language_of(conn, world, &post)?;
        let values = tell::values(&world.settings, said.goes_on.unwrap_or(ticket), language, now)
            .with("owner", said.words)
            .with("reason", said.words);
        let listener = Listener { post: &post, person: &person, account: Some(&account), language };
        let release = may_go(world, &listener, said, (n, listeners));
        let saying =
            Saying { kind: said.kind, event: said.event, key: said.key, values, ticket: Some(ticket) };
        tell::draft(conn, world, &listener, &saying, release, now)?;
    }
    Ok(())
}

/// The one public post for all who are not answered one by one: in the thread of the oldest post that still stands.
pub(super) fn say_many(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    release: std::result::Result<(), &str>,
    now: DateTime<Utc>,
) -> Result<()> {
    if !ticket.is_public() {
        return Ok(());
    }
    for join in tickets::joins_of(conn, ticket.id)?.into_iter().take(THREADS_TRIED) {
        let post = intake::post(conn, join.post_id)?;
        let (Some(account_id), None, false) = (post.account_id, post.deleted_at, post.sealed) else {
            continue;
        };
        let person = intake::person_by_id(conn, post.person_id)?;
        let account = intake::account(conn, account_id)?;
        let language = language_of(conn, world, &post)?;
        let values = tell::values(&world.settings, ticket, language, now);
        let listener = Listener { post: &post, person: &person, account: Some(&account), language };
        // Once a ticket: it says where every step stands.
        let saying = Saying { kind: Kind::Status, event: "many", key: "many", values, ticket: Some(ticket) };
        tell::draft(conn, world, &listener, &saying, release, now)?;
        return Ok(());
    }
    Ok(())
}

/// Whether the `n`-th of so many listeners is told by itself, or why it waits for a person.
fn may_go(
    world: &World,
    listener: &Listener<'_>,
    said: &Announcement<'_>,
    (n, listeners): (usize, usize),
) -> std::result::Result<(), &'static str> {
    let policy = &world.settings.policy;
    let each = usize::try_from(policy.answer_each_up_to).unwrap_or(usize::MAX);
    let alone = usize::try_from(policy.bulk_over).unwrap_or(usize::MAX);
    let by_machine = said.by == MACHINE;
    if by_machine && !policy.auto {
        Err("automatic replies are switched off in policy.toml")
    } else if listener.post.sealed {
        Err("the post is private: a person answers")
    } else if !said.words.is_empty() && listeners > alone {
        Err("more people than one person may write to: a second person approves")
    } else if n >= each {
        Err(TOO_MANY)
    } else if !said.words.is_empty() && !by_machine {
        // Free words in the text: a person wrote them for this ticket, and their approval is the sending.
        Ok(())
    } else if listener.account.is_some_and(|a| a.on_trial()) {
        Err("this channel is new: a person sends its first replies")
    } else {
        Ok(())
    }
}

fn language_of(conn: &mut DbConnection, world: &World, post: &Post) -> Result<Lang> {
    let read = crate::triage::reading_of(conn, post.id)?;
    Ok(read.map_or(world.settings.city.language, |r| r.language))
}
