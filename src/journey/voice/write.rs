//! A reply in a person's own words, to everybody who wrote about a ticket.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use sha2::{Digest, Sha256};

use super::{spoken, unfitting, wrong_words};
use crate::accounts::{Action, User};
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::intake::{self, Person, Post};
use crate::replies::wording;
use crate::replies::{self, Draft, Kind};
use crate::settings::Settings;
use crate::tickets::{self, Entry, Ticket};
use crate::world::World;

/// An author we can answer, with the newest post of theirs about the ticket.
#[derive(Debug)]
pub struct Listener {
    /// The post that is answered.
    pub post: Post,
    /// Its author.
    pub person: Person,
    /// The account that answers.
    pub account: intake::Account,
}

/// Everybody who wrote about this ticket (and those merged into it) and can be answered in a thread.
///
/// # Errors
/// `Database` only.
pub fn listeners(conn: &mut DbConnection, ticket: &Ticket) -> Result<Vec<Listener>> {
    let mut newest: BTreeMap<i64, Post> = BTreeMap::new();
    for join in tickets::joins_with_merged(conn, ticket.id)? {
        let post = intake::post(conn, join.post_id)?;
        if post.deleted_at.is_none() && post.account_id.is_some() {
            newest.insert(join.person_id, post);
        }
    }
    let mut found = Vec::new();
    for (person_id, post) in newest {
        let Some(account_id) = post.account_id else { continue };
        let person = intake::person_by_id(conn, person_id)?;
        let account = intake::account(conn, account_id)?;
        found.push(Listener { post, person, account });
    }
    Ok(found)
}

/// What a reply by hand became.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// People it answers, each in their own thread.
    pub people: usize,
    /// It waits for somebody else's word.
    pub waits: bool,
}

/// In whose name a reply by hand stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Speaker {
    /// The city's desk.
    #[default]
    Desk,
    /// The mayor: always needs a second person.
    Mayor,
}

impl Speaker {
    /// The words with their signature, as policy.toml has it.
    fn signed(self, words: &str, settings: &Settings) -> Result<String> {
        let signatures = &settings.policy.voice.signatures;
        match self {
            Self::Mayor if signatures.mayor.is_empty() => Err(Error::Refused(
                "nobody signs for the mayor here: set [voice.signatures] mayor in policy.toml".into(),
            )),
            Self::Mayor => Ok(format!("{words} — {}", signatures.mayor)),
            Self::Desk if signatures.desk.is_empty() => Ok(words.to_owned()),
            Self::Desk => Ok(format!("{words} — {}", signatures.desk)),
        }
    }

    const fn kind(self) -> Kind {
        match self {
            Self::Desk => Kind::ByHand,
            Self::Mayor => Kind::ByMayor,
        }
    }
}

/// A reply in a person's own words to everybody who wrote about a ticket, each in their newest thread.
///
/// Who may release lets it go after the undo window; from others it waits. More threads than `bulk_over` always wait.
///
/// # Errors
/// `Invalid` with everything wrong with the text, `Refused` when nobody can be answered.
pub fn reply_by_hand(
    conn: &mut DbConnection,
    world: &World,
    ticket: &Ticket,
    (words, speaker): (&str, Speaker),
    by: &User,
    now: DateTime<Utc>,
) -> Result<Written> {
    by.role.require(Action::DraftReply)?;
    let words = words.trim().replace("\r\n", "\n");
    if words.is_empty() {
        return Err(Error::Invalid("write what everyone may read".into()));
    }
    if ticket.hidden {
        return Err(Error::Refused("danger to life is answered with the fixed text only".into()));
    }
    let settings = &world.settings;
    let words = speaker.signed(&words, settings)?;
    let listeners = listeners(conn, ticket)?;
    let release = match speaker {
        Speaker::Mayor => Err("in the mayor's name: a second person approves"),
        Speaker::Desk => may_go(&listeners, settings.policy.bulk_over, by),
    };
    // The same words again are the same event: nobody hears them twice, however often the button is pressed.
    let event: String = Sha256::digest(words.as_bytes()).iter().take(8).map(|b| format!("{b:02x}")).collect();
    let not_before = now + Duration::seconds(i64::from(settings.policy.undo_seconds));
    let mut people = 0;
    for listener in &listeners {
        let manners = replies::manners_of(&listener.account);
        let handle = &listener.person.handle;
        let text = wording::by_hand(&words, Some(&ticket.number), &manners, handle);
        if spoken(text.as_str()) != words {
            let room = manners.max_length.saturating_sub(manners.length(&manners.address(handle), None));
            return Err(Error::Invalid(format!(
                "too long for {}: {room} characters fit",
                listener.account.name
            )));
        }
        let mut wrong = wrong_words(conn, settings, &listener.post, &listener.person, text.as_str())?;
        wrong.extend(unfitting(settings, Some(ticket), &listener.post.channel, text.as_str()));
        if !wrong.is_empty() {
            return Err(Error::Invalid(format!("this text {}", wrong.join("; it "))));
        }
        let draft = Draft {
            kind: speaker.kind(),
            event: &event,
            ticket: Some(ticket),
            post: &listener.post,
            person: &listener.person,
            account: &listener.account,
            text: &text,
            language: settings.city.language.as_str(),
            release,
            drafted_by: &by.login,
            not_before,
        };
        people += usize::from(replies::draft(conn, &draft, now)?.is_some());
    }
    if people == 0 {
        let why = "nobody can be answered with this: there is no thread, or they have these words already";
        return Err(Error::Refused(why.into()));
    }
    let said = if release.is_ok() { "Wrote to" } else { "Drafted a reply to" };
    let step = Entry::by_staff("wrote", &by.name, format!("{said} {people}: {words}"), false, Ts(now));
    tickets::append(conn, ticket.id, &[step])?;
    Ok(Written { people, waits: release.is_err() })
}

fn may_go(listeners: &[Listener], bulk_over: u32, by: &User) -> std::result::Result<(), &'static str> {
    if listeners.len() > usize::try_from(bulk_over).unwrap_or(usize::MAX) {
        return Err("more people than one person may write to: a second person approves");
    }
    if listeners.iter().any(|l| l.post.sealed) && listeners.iter().any(|l| !l.post.sealed) {
        return Err("some of them wrote in private: read it once more before it goes");
    }
    if !by.role.may(Action::ReleaseReply) {
        return Err("written by a colleague who may not post: approve it");
    }
    Ok(())
}
