//! Approval cards and the list of what was said: one card for the same words to several people.

use std::collections::HashMap;

use super::office::{Way, Wrong};
use crate::accounts::{self, Action};
use crate::db::DbConnection;
use crate::error::Result;
use crate::insights::board::About;
use crate::insights::mayor::ReplyRow;
use crate::intake::{Visibility, manners::Manners};
use crate::journey::voice;
use crate::replies::{self, Kind, State};
use crate::web::staff::desk::Desk;
use crate::web::staff::{pane, times, words};
use crate::web::view::mayor::{Approval, Delivered};
use crate::web::view::pane::Check;
use crate::web::view::{Field, Link};

/// What every card needs.
pub(super) struct Context<'a> {
    pub(super) desk: &'a Desk<'a>,
    pub(super) about: &'a About,
    /// Sign-in names to names.
    pub(super) names: &'a HashMap<String, String>,
    pub(super) wrong: Option<&'a Wrong>,
}

impl Context<'_> {
    fn who(&self, login: &str) -> String {
        match login {
            "OnIt" => "the machine".to_owned(),
            other => self.names.get(other).cloned().unwrap_or_else(|| other.to_owned()),
        }
    }
}

/// Replies with the same event and the same words about one ticket, in the order of the oldest.
pub(super) fn batches(rows: &[ReplyRow]) -> Vec<Vec<&ReplyRow>> {
    let mut order: Vec<Vec<&ReplyRow>> = Vec::new();
    let mut known: HashMap<(String, String, String, &str), usize> = HashMap::new();
    for row in rows {
        let event = row.event_key.rsplit('/').next().unwrap_or_default().to_owned();
        let about = row.ticket.as_ref().map_or_else(|| format!("reply {}", row.id), |t| t.0.clone());
        let key = (row.kind.clone(), about, event, voice::spoken(&row.text));
        match known.get(&key) {
            Some(at) => {
                if let Some(batch) = order.get_mut(*at) {
                    batch.push(row);
                }
            }
            None => {
                known.insert(key, order.len());
                order.push(vec![row]);
            }
        }
    }
    order
}

/// One card.
pub(super) fn card(context: &Context<'_>, conn: &mut DbConnection, batch: &[&ReplyRow]) -> Result<Approval> {
    let Some(first) = batch.first() else { return Ok(Approval::default()) };
    let desk = context.desk;
    let together = voice::batch(conn, desk.settings(), first.id)?;
    let several = together.replies.len() > 1;
    let post = context.about.posts.get(&first.post_id);
    let reading = words::reading(context.about.readings.get(&first.post_id));
    let open = Visibility::from_word(&first.visibility).is_open();
    let readable = post.is_none_or(|p| !p.sealed) || desk.may(Action::SeeSealed);
    let mut pieces = post.map(|p| words::cut(words::plain(p, reading.as_ref()))).unwrap_or_default();
    if !readable {
        pieces = words::sealed();
    }
    let wrong = context.wrong.filter(|w| w.id == first.id);
    let text = if several { voice::spoken(&first.text).to_owned() } else { first.text.clone() };
    let said = |way: Way| {
        let this = wrong.filter(|w| w.way == way);
        this.map(|w| Field { value: w.typed.clone(), error: w.message.clone() }).unwrap_or_default()
    };
    Ok(Approval {
        id: first.id.to_string(),
        who: if several {
            words::people(i64::try_from(together.replies.len()).unwrap_or(i64::MAX))
        } else {
            words::author(&first.person.0, &first.person.1)
        },
        meta: meta(desk, first, post.map(|p| p.created_at.0), several),
        pieces,
        public_line: public_line(first, together.replies.len(), open),
        text_hash: together.fingerprint(),
        lang: if first.language == "en" { String::new() } else { first.language.clone() },
        drafted: drafted(context, first),
        checks: checks(context, conn, &together)?,
        ticket: ticket_link(first),
        limit: limit(first, several),
        edit: said(Way::Edit),
        reject: said(Way::Reject),
        error: said(Way::Press).error,
        may_not_why: may_not(context, conn, &together)?,
        text,
    })
}

fn meta(
    desk: &Desk<'_>,
    row: &ReplyRow,
    written: Option<chrono::DateTime<chrono::Utc>>,
    several: bool,
) -> String {
    let network = words::network(&row.channel);
    let ago = written.map(|at| times::ago(at, desk.now)).unwrap_or_default();
    match (several, &row.ticket) {
        (true, Some((_, service, place, _))) => format!("who wrote about {}, {place}", desk.service(service)),
        _ => format!("on {network}, {ago}").trim_end_matches([',', ' ']).to_owned(),
    }
}

fn public_line(row: &ReplyRow, people: usize, open: bool) -> String {
    let account = row
        .account
        .as_ref()
        .map_or_else(|| "the city".to_owned(), |(handle, ..)| words::short_handle(handle));
    let seen = if open { "Public" } else { "Private, to its author alone" };
    let people = words::people(i64::try_from(people).unwrap_or(i64::MAX));
    format!("{seen}, as {account} on {}, to {people}", words::network(&row.channel))
}

/// Who drafted it, what it is, and why it waits.
fn drafted(context: &Context<'_>, row: &ReplyRow) -> String {
    let what = match row.kind.parse::<Kind>() {
        Ok(Kind::OnIt) => "It makes a promise.",
        Ok(Kind::Joined) => "It says that we know.",
        Ok(Kind::Ask) => "It asks where.",
        Ok(Kind::Fixed) => "It says that it is fixed.",
        Ok(Kind::Closed) => "It says why nothing more happens.",
        Ok(Kind::Reopened) => "It says that we look again.",
        Ok(Kind::Status) => "It says how far it is.",
        _ => "",
    };
    let why = if row.why.is_empty() {
        String::new()
    } else {
        format!("Waits because: {}.", row.why.trim_end_matches('.'))
    };
    let at = times::short(row.created_at.0, context.desk.now, context.desk.zone());
    [format!("Drafted by {}, {at}.", context.who(&row.drafted_by)), what.to_owned(), why]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn checks(context: &Context<'_>, conn: &mut DbConnection, batch: &voice::Batch) -> Result<Vec<Check>> {
    let check = |tone: &str, text: String| Check { tone: tone.into(), text };
    let mut found: Vec<Check> = Vec::new();
    for reply in &batch.replies {
        for fault in voice::faults(conn, context.desk.settings(), reply, &reply.text)? {
            let text = format!("This text {fault}");
            if !found.iter().any(|c| c.text == text) {
                found.push(check("stop", text));
            }
        }
    }
    if found.is_empty() {
        found.push(check("ok", "No private data, no foreign links, fits the network".into()));
    }
    if batch.second {
        let over = context.desk.settings().policy.bulk_over;
        found.push(check("person", format!("More than {over} people: needs a second person")));
    }
    if replies::is_stopped(conn)? {
        found.push(check("warn", "All sending is stopped: it goes out when somebody starts it again".into()));
    }
    Ok(found)
}

fn may_not(context: &Context<'_>, conn: &mut DbConnection, batch: &voice::Batch) -> Result<String> {
    let me = context.desk.me;
    if !me.role.may(Action::ReleaseReply) {
        return Ok("Only the mayor’s office may post this.".to_owned());
    }
    if !batch.second {
        return Ok(String::new());
    }
    let author = batch.replies.first().map(|r| r.drafted_by.as_str()).unwrap_or_default();
    if author == me.login {
        return Ok("You drafted this. A second person must approve.".to_owned());
    }
    let author = accounts::by_login(conn, author)?.map_or(0, |u| u.id);
    Ok(match accounts::second_person(author, me.id, me.role) {
        Ok(()) => String::new(),
        Err(_) => "More people than one person may write to: an approver must approve.".to_owned(),
    })
}

fn ticket_link(row: &ReplyRow) -> Option<Link> {
    let (number, ..) = row.ticket.as_ref()?;
    Some(Link { href: format!("/staff/tickets/{number}"), label: number.clone() })
}

/// Most characters the field takes; links may count for less on the network, so the network's own count decides.
fn limit(row: &ReplyRow, several: bool) -> u32 {
    let most = row.account.as_ref().map_or(500, |(_, kind, max)| match kind.as_str() {
        "mastodon" | "bluesky" => *max,
        _ => i64::try_from(Manners::web_form().max_length).unwrap_or(4_000),
    });
    let address = if several { row.person.1.chars().count() + 2 } else { 0 };
    u32::try_from(most).unwrap_or(500).saturating_sub(u32::try_from(address).unwrap_or(0))
}

/// A reply that was released, and what became of it.
pub(super) fn said(context: &Context<'_>, row: &ReplyRow) -> Delivered {
    let desk = context.desk;
    let state: State = row.state.parse().unwrap_or(State::Void);
    let step = pane::reply_step(desk, state, row.run_at.0, row.delivered_at.map(|t| t.0));
    let word = if row.why.is_empty() || matches!(state, State::Delivered | State::Queued) {
        step
    } else {
        format!("{step}: {}", row.why)
    };
    let at = row.delivered_at.unwrap_or(row.run_at);
    let by = match (&row.approved_by, row.drafted_by.as_str()) {
        (Some(login), _) => format!(", released by {}", context.who(login)),
        (None, "OnIt") => ", by itself".to_owned(),
        (None, login) => format!(", by {}", context.who(login)),
    };
    Delivered {
        id: row.id.to_string(),
        text: row.text.clone(),
        state: row.state.clone(),
        word,
        to: format!(
            "{}, to {}{by}",
            words::network(&row.channel),
            words::author(&row.person.0, &row.person.1)
        ),
        when: times::when(at.0, desk.now, desk.zone()),
        href: row.delivered_uri.as_deref().map(words::page_of).unwrap_or_default(),
        ticket: ticket_link(row),
        // The text for danger to life stays: somebody may be reading it right now.
        can_take_back: desk.may(Action::TakeBackReply)
            && row.kind != Kind::Emergency.as_str()
            && matches!(state, State::Delivered | State::Queued | State::Held),
    }
}
