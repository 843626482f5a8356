//! What neighbors do on a ticket's public page: follow it by mail, say that it is still broken, say that it is fixed.
//!
//! Nobody follows before they pressed the link in a mail to their own address, and every mail holds the way out.
//! The link is not kept: it is made again from the server's key whenever a mail needs it, so a copy of the database
//! follows and stops nothing. Neighbors' own words never become public; staff read them as a note.

mod store;

use chrono::{DateTime, Duration, Utc};
pub use store::Follower;

use super::settle;
use crate::accounts::{self, ServerKey, Token};
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::jobs::mails::{self, NewMail};
use crate::limits::EMAIL_CHARS;
use crate::settings::{Lang, Service, Settings};
use crate::tickets::{self, CloseReason, Entry, Status, Ticket};
use crate::world::World;

/// Unconfirmed tickets one address is asked about in a day; more would be somebody else's joke.
const ASKED_A_DAY: i64 = 5;
/// The same with one's own reports, which may be many on a bad day.
const THANKED_A_DAY: i64 = 10;
/// Longest words taken from somebody who says that it is still broken, in characters.
pub const WORDS_CHARS: usize = 2_000;

/// Reads an e-mail address as typed; `None` when no mail could reach it. Lower case: one person, one row.
#[must_use]
pub fn address(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let odd = |c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, ',' | ';' | '<' | '>' | '"' | '@' | '(' | ')')
    };
    let (user, host) = text.rsplit_once('@')?;
    let dotted = host.contains('.') && !host.starts_with('.') && !host.ends_with('.') && !host.contains("..");
    let plain = !user.is_empty() && !user.contains(odd) && !host.contains(odd);
    (dotted && plain && text.chars().count() <= EMAIL_CHARS).then_some(text)
}

/// Where a ticket is, as strangers may read it: the street, not the door, where homes or people are concerned.
#[must_use]
pub fn public_place(service: Option<&Service>, label: &str, kind: &str, area: Option<&str>) -> String {
    if !service.is_none_or(|s| s.private_place) {
        return label.to_owned();
    }
    let coarse = match kind {
        "address" => without_number(label),
        "intersection" | "block" | "street" | "square" | "park" => label,
        _ => "",
    };
    if coarse.is_empty() { area.unwrap_or_default().to_owned() } else { coarse.to_owned() }
}

/// "214 Green St", "214 1/2 Green St" -> "Green St".
fn without_number(label: &str) -> &str {
    let (_, street) = label.split_once(' ').unwrap_or((label, ""));
    match street.split_once(' ') {
        Some((half, rest)) if half.contains(['/', '½', '¼', '¾']) => rest,
        _ => street,
    }
}

/// Somebody wants to hear of each step: the mail with the link goes out, once a day at most.
/// With `thanks` it first says that their report was received.
///
/// # Errors
/// `Database`, or `Invalid` when the wording lacks a value.
pub fn ask(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    email: &str,
    thanks: bool,
    now: DateTime<Utc>,
) -> Result<()> {
    let waiting = store::asked_since(conn, email, Ts(now - Duration::days(1)))?;
    let token = token(&server_key(conn, now)?, ticket.id, email)?;
    let follower = store::ask(conn, ticket.id, email, &token.digest(), Ts(now))?;
    if follower.state == "active" || waiting >= if thanks { THANKED_A_DAY } else { ASKED_A_DAY } {
        return Ok(());
    }
    let link = world.settings.server.link(&format!("/follow/{}", token.reveal()));
    let words = Words::new(&world.settings, ticket);
    let question = words.fill("follow_confirm_body", &link, "")?;
    let (subject, text) = if thanks {
        let page = world.settings.server.link(&format!("/t/{}", ticket.number));
        let received = words.fill("report_received_body", &page, "")?;
        (words.fill("report_received_subject", "", "")?, format!("{received}\n{question}"))
    } else {
        (words.fill("follow_confirm_subject", "", "")?, question)
    };
    let event_key = format!("follow-ask/{}/{}", follower.id, now.format("%F"));
    let mail = NewMail {
        event_key: &event_key,
        to: email,
        subject: &subject,
        text: &text,
        html: "",
        ticket_id: Some(ticket.id),
    };
    mails::insert(conn, &mail, Ts(now))
}

/// The follower a mailed link stands for.
///
/// # Errors
/// `NotFound` for anything that is no such link.
pub fn find(conn: &mut DbConnection, token: &str) -> Result<Follower> {
    let nothing = || Error::NotFound("this link is not one of ours".into());
    let token = Token::parse(token).ok_or_else(nothing)?;
    store::by_token(conn, &token.digest())?.ok_or_else(nothing)
}

/// The link was pressed: from now on every step is mailed.
///
/// # Errors
/// `Database` only.
pub fn confirm(conn: &mut DbConnection, follower: &Follower) -> Result<()> {
    store::set_state(conn, follower.id, "active")
}

/// No more mails about this ticket.
///
/// # Errors
/// `Database` only.
pub fn stop(conn: &mut DbConnection, follower: &Follower) -> Result<()> {
    store::set_state(conn, follower.id, "stopped")
}

/// A ticket moved: everybody who follows it gets one mail about this step. Returns how many.
///
/// # Errors
/// `Database`, or `Invalid` when the wording lacks a value.
pub fn tell_followers(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    now: DateTime<Utc>,
) -> Result<usize> {
    if !ticket.is_public() || ticket.merged_into.is_some() {
        return Ok(0);
    }
    let mut followers = store::active(conn, ticket.id)?;
    if followers.is_empty() {
        return Ok(0);
    }
    followers.sort_by(|a, b| a.email.cmp(&b.email).then(a.id.cmp(&b.id)));
    followers.dedup_by(|a, b| a.email == b.email);
    let key = server_key(conn, now)?;
    let words = Words::new(&world.settings, ticket);
    let page = world.settings.server.link(&format!("/t/{}", ticket.number));
    let body = match ticket.status {
        Status::Fixed => words.fill("follow_fixed_body", &page, "")?,
        Status::Closed => words.fill("follow_closed_body", &page, &reason(ticket))?,
        _ => words.fill("follow_update_body", &page, "")?,
    };
    let subject = words.fill("follow_update_subject", "", "")?;
    for follower in &followers {
        let token = token(&key, follower.ticket_id, &follower.email)?;
        let out = world.settings.server.link(&format!("/follow/{}", token.reveal()));
        let text = format!("{body}\n{}\n", words.fill("follow_stop", &out, "")?);
        let event_key = format!("follow/{}/{}/{}", ticket.id, ticket.version, follower.id);
        let mail = NewMail {
            event_key: &event_key,
            to: &follower.email,
            subject: &subject,
            text: &text,
            html: "",
            ticket_id: Some(ticket.id),
        };
        mails::insert(conn, &mail, Ts(now))?;
    }
    Ok(followers.len())
}

/// A neighbor says that it is still broken: written down; what was ended is open again, and followers hear it.
///
/// # Errors
/// `Refused` when it ended too long ago, `Conflict` when somebody was faster.
pub fn still_broken(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    words: &str,
    now: DateTime<Utc>,
) -> Result<Ticket> {
    if !may_say_broken(&world.settings, ticket, now) {
        return Err(Error::Refused(
            "this ended a while ago: report it again, so that somebody looks anew".into(),
        ));
    }
    let entry = by_neighbor("still broken", "A neighbor says it is still broken", now);
    tickets::append(conn, ticket.id, &[entry])?;
    let words: String = words.trim().chars().take(WORDS_CHARS).collect();
    if !words.is_empty() {
        tickets::add_note(conn, ticket.id, "a neighbor, on the public page", &words, Ts(now))?;
    }
    if ticket.status.is_live() {
        return Ok(ticket.clone());
    }
    let reopened = settle::reopen(conn, world, ticket, "a neighbor", "web_form", now)?;
    Ok(reopened)
}

/// Whether "still broken" is taken: always while it is open, and some days after it ended.
#[must_use]
pub fn may_say_broken(settings: &Settings, ticket: &Ticket, now: DateTime<Utc>) -> bool {
    let days = Duration::days(i64::from(settings.policy.reopen_days));
    ticket.status.is_live() || now - ticket.status_at.0 <= days
}

/// A neighbor says that it is fixed: worth knowing, and no proof, for nobody knows who it was.
///
/// # Errors
/// `Conflict` when another step was written at the same moment.
pub fn yes_fixed(conn: &mut DbConnection, ticket: &Ticket, now: DateTime<Utc>) -> Result<()> {
    let entry = by_neighbor("works", "A neighbor says it is fixed", now);
    tickets::append(conn, ticket.id, &[entry])
}

fn by_neighbor(step: &'static str, words: &str, now: DateTime<Utc>) -> Entry {
    let entry = Entry::by_machine(step, words.to_owned(), true, Ts(now));
    Entry { actor: "a neighbor".into(), channel: "web_form".into(), ..entry }
}

fn reason(ticket: &Ticket) -> String {
    let word =
        ticket.close_reason.as_deref().and_then(|r| r.parse::<CloseReason>().ok()).map(CloseReason::word);
    match (word, ticket.close_words.as_deref()) {
        (Some(word), Some(words)) => format!("{word}: {words}"),
        (Some(word), None) => word.to_owned(),
        (None, words) => words.unwrap_or_default().to_owned(),
    }
}

fn server_key(conn: &mut DbConnection, now: DateTime<Utc>) -> Result<ServerKey> {
    let fresh = ServerKey::generate()?.to_text();
    ServerKey::from_text(&accounts::server_key(conn, &fresh, now)?)
}

/// 256 bits that only this server can make, the same each time for one address and one ticket.
fn token(key: &ServerKey, ticket_id: i64, email: &str) -> Result<Token> {
    let secret = key.mac("link:follow", &[&ticket_id.to_be_bytes(), email.as_bytes()]);
    Token::parse(&accounts::base64url(&secret))
        .ok_or_else(|| Error::Invalid("a link could not be made".into()))
}

/// The city's wording about one ticket, in the city's own language.
struct Words<'a> {
    settings: &'a Settings,
    ticket: &'a Ticket,
    lang: Lang,
    service: String,
    place: String,
    status: String,
}

impl<'a> Words<'a> {
    fn new(settings: &'a Settings, ticket: &'a Ticket) -> Self {
        let lang = settings.city.language;
        let service = settings.catalogue.get(&ticket.service);
        let stage = settings.wording.phrase(&format!("stage_{}", ticket.status), lang);
        Self {
            lang,
            place: public_place(service, &ticket.place_label, &ticket.place_kind, ticket.area.as_deref()),
            service: service.map_or_else(|| ticket.service.clone(), |s| s.names.get(lang).clone()),
            status: stage.map_or_else(|| ticket.status.word().to_owned(), |p| p.text.clone()),
            settings,
            ticket,
        }
    }

    fn fill(&self, key: &str, link: &str, reason: &str) -> Result<String> {
        let missing = || Error::Invalid(format!("config/wording has no `{key}` in {}", self.lang.as_str()));
        let phrase = self.settings.wording.phrase(key, self.lang).ok_or_else(missing)?;
        let filled = phrase.fill(&[
            ("number", &self.ticket.number),
            ("link", link),
            ("service", &self.service),
            ("place", &self.place),
            ("city", &self.settings.city.name),
            ("status", &self.status),
            ("reason", reason),
        ])?;
        Ok(filled.trim_start_matches('\n').to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let check = |text: &str, expect: Option<&str>| assert_eq!(address(text).as_deref(), expect, "{text}");
        check(" Ana@Example.ORG ", Some("ana@example.org"));
        check("ana", None);
        check("ana@", None);
        check("ana@localhost", None);
        check("ana@b@example.org", None);
        check("ana@example.org, ben@example.org", None);
        check("ana@example.org\r\nBcc: x@example.org", None);
        check("<ana@example.org>", None);
        check("ana@.example", None);
        check(&format!("{}@example.org", "a".repeat(260)), None);
    }

    #[test]
    fn doors_are_not_told() {
        let settings = Settings::built_in(std::iter::empty()).unwrap();
        let check = |service: &str, label: &str, kind: &str, expect: &str| {
            let service = settings.catalogue.get(service);
            assert_eq!(public_place(service, label, kind, Some("Mill Ward")), expect, "{label}");
        };
        check("street_light", "214 Green St", "address", "214 Green St");
        check("missed_trash", "214 Green St", "address", "Green St");
        check("missed_trash", "214 1/2 Green St", "address", "Green St");
        check("noise", "12 5th St", "address", "5th St");
        check("noise", "214", "address", "Mill Ward");
        check("noise", "Home for the aged", "landmark", "Mill Ward");
        check("noise", "Broad St & Market St", "intersection", "Broad St & Market St");
        check("gone_service", "214 Green St", "address", "Green St");
    }
}
