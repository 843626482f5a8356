//! One ticket as staff see it: what was read and from which words, where, whose, what can be done, who can be told.

mod around;
mod moves;
mod posts;
mod speech;
mod why;
mod work;

use chrono::Duration;

use super::desk::Desk;
use super::rows::waits_for;
use super::typed::Typed;
use super::{times, words};
use crate::accounts::Action;
use crate::db::DbConnection;
use crate::error::{Error, Result};
use crate::insights::board::{self, ConcernRow};
use crate::places::Place;
use crate::routing;
use crate::settings::Lang;
use crate::tickets::{self, Spot, Status, Ticket, history};
use crate::triage::Reading;
use crate::web::view::pane::{Danger, Guess, Note, Pane};
use crate::web::view::ticket::{Fact, HistoryLine};
use crate::web::view::{Chip, Choice, Link};

pub(super) use around::draw;
pub(super) use moves::WAIT_FOR;
pub(super) use posts::plain as plain_post;
pub(super) use speech::remarks;
pub(in crate::web) use speech::step as reply_step;

/// A guess below this helps nobody.
const WORTH_NAMING_P: f64 = 0.01;
/// Steps of history that the page shows.
const STEPS: usize = 60;

/// The post that opened a ticket, as far as the page needs it.
struct Opening {
    reading: Option<Reading>,
    concern: Option<ConcernRow>,
    stated: bool,
    /// Its words; empty where this person may not read them.
    text: String,
    whys: Vec<crate::triage::Why>,
}

/// Everything on the page of one ticket.
///
/// # Errors
/// `Forbidden` for a private one and a role that may not read those; `Database`.
pub(super) fn build(
    desk: &Desk<'_>,
    conn: &mut DbConnection,
    ticket: &Ticket,
    typed: &Typed,
) -> Result<Pane> {
    if ticket.sealed && !desk.may(Action::SeeSealed) {
        return Err(Error::Forbidden("this request came in private: a dispatcher may read it".into()));
    }
    let told = posts::of(desk, conn, ticket)?;
    let spot = tickets::spot_of(conn, ticket.id)?;
    let steps = tickets::history_of(conn, ticket.id)?;
    let replies = crate::replies::of_ticket(conn, ticket.id)?;
    let speech = speech::of(desk, conn, ticket, &told, typed)?;
    let (also_named, also_link) = also(desk, conn, &told.opening)?;
    // Who may not correct a reading sees what is in force, without buttons.
    let may_correct = desk.may(Action::CorrectReading);
    let guesses = guesses(desk, ticket, &told.opening);
    let crew = routing::latest(conn, ticket.id)?.and_then(|last| last.crew);
    let moves = moves::of(desk, ticket, typed, crew.as_deref());
    let mut pane = Pane {
        number: ticket.number.clone(),
        seen: ticket.status.as_str().to_owned(),
        chip: chip(desk, ticket),
        title: title(desk, ticket),
        answered: speech::answered(&replies, told.first_written),
        urgent: ticket.urgency == "urgent",
        late: late(desk, ticket),
        public_href: if ticket.is_public() { format!("/t/{}", ticket.number) } else { String::new() },
        hidden_why: hidden_why(ticket).to_owned(),
        danger: danger(desk, conn, ticket)?,
        errors: typed.error.clone().into_iter().collect(),
        doubt: words::doubt(ticket.radius_m),
        guesses: if may_correct { guesses } else { guesses.into_iter().filter(|g| g.chosen).collect() },
        guesses_from: guesses_from(ticket, &told.opening, &steps),
        services: if may_correct { services(desk, typed, &ticket.service) } else { Vec::new() },
        why: why::of(desk, ticket, &told.opening),
        also_named,
        also_link,
        facts: facts(desk, ticket, &spot, &told, crew.as_deref()),
        places: if may_correct { other_places(ticket, told.opening.concern.as_ref()) } else { Vec::new() },
        where_typed: typed.of("place", |f| &f.typed_place).to_owned(),
        typed: typed.shown(&moves),
        moves,
        composer: speech.composer,
        no_reply_why: speech.no_reply_why,
        notes: notes(desk, conn, ticket)?,
        note_draft: typed.of("note", |f| &f.text).to_owned(),
        replies: speech::replies(desk, &replies),
        photos: posts::proof_photos(desk, conn, ticket)?,
        history: lines(desk, &steps),
        history_note: history_note(&steps),
        posts: told.posts,
        posts_more: told.more,
        perhaps: around::perhaps(desk, conn, ticket)?,
        merged: around::merged(desk, conn, ticket)?,
        merge_typed: typed.of("merge", |f| &f.into).to_owned(),
        may_merge: desk.may(Action::MergeTickets) && ticket.status.is_live() && !ticket.hidden,
        ..Pane::default()
    };
    pane.facts.extend(work::fact(desk, conn, ticket)?);
    (pane.near, pane.map) = around::of(desk, conn, ticket)?;
    Ok(pane)
}

/// "Water leak, Orchard St & Green St".
pub(super) fn title(desk: &Desk<'_>, ticket: &Ticket) -> String {
    let service = desk.service(&ticket.service);
    if ticket.place_label.is_empty() { service } else { format!("{service}, {}", ticket.place_label) }
}

fn chip(desk: &Desk<'_>, ticket: &Ticket) -> Chip {
    let word = match ticket.status {
        Status::Waiting => {
            let whom = waits_for(ticket.waiting_for.as_deref().unwrap_or("somebody"));
            let until = ticket.waiting_until.map(|at| {
                let day = at.0.with_timezone(&desk.zone()).date_naive();
                format!(" until {}", crate::settings::dates::day(day, Lang::En))
            });
            format!("Waiting for {whom}{}", until.unwrap_or_default())
        }
        Status::Closed => {
            let reason = ticket.close_reason.as_deref().and_then(|r| r.parse::<tickets::CloseReason>().ok());
            reason.map_or("Closed", tickets::CloseReason::word).to_owned()
        }
        other => other.word().to_owned(),
    };
    Chip { state: ticket.status.as_str().to_owned(), word }
}

fn late(desk: &Desk<'_>, ticket: &Ticket) -> String {
    match ticket.due_at {
        Some(due) if ticket.status.is_live() && due.0 < desk.now => {
            format!("Late by {}", times::span(desk.now - due.0))
        }
        _ => String::new(),
    }
}

fn hidden_why(ticket: &Ticket) -> &'static str {
    match (ticket.hidden, ticket.sealed) {
        (true, _) => "Danger to life: the public page is hidden.",
        (_, true) => "Private message: it has no public page and is answered only in private.",
        _ => "",
    }
}

fn danger(desk: &Desk<'_>, conn: &mut DbConnection, ticket: &Ticket) -> Result<Option<Danger>> {
    let call = tickets::page_of(conn, ticket.id)?;
    let open = call.as_ref().is_some_and(|c| c.had_at.is_none());
    if !ticket.hidden && !open {
        return Ok(None);
    }
    let mut words = String::new();
    if let Some(call) = call {
        let duty = &desk.settings().policy.duty;
        let nth = |n: i64| {
            usize::try_from(n).ok().and_then(|n| duty.get(n % duty.len().max(1))).map(|p| p.name.clone())
        };
        let at = times::short(call.created_at.0, desk.now, desk.zone());
        words = match (&call.had_by, call.had_at, nth(call.paged - 1)) {
            (Some(who), Some(since), _) => {
                format!("{who} has it since {}.", times::short(since.0, desk.now, desk.zone()))
            }
            (_, _, Some(called)) if call.paged > 0 => {
                format!("Paged {called}, first at {at}. Nobody has it yet.")
            }
            _ => format!("The people on duty are paged since {at}. Nobody has it yet."),
        };
        if call.had_at.is_none()
            && let Some(next) = nth(call.paged)
        {
            let wait = (call.next_at.0 - desk.now).max(Duration::zero()).num_seconds();
            words = format!("{words} {next} is next in {wait} s.");
        }
    }
    Ok(Some(Danger {
        page: if open && desk.may(Action::TakeEmergency) { ticket.number.clone() } else { String::new() },
        words,
        may_lower: ticket.hidden && desk.may(Action::LowerEmergency),
    }))
}

fn guesses(desk: &Desk<'_>, ticket: &Ticket, opening: &Opening) -> Vec<Guess> {
    let read = opening
        .concern
        .as_ref()
        .map(|c| super::rows::guesses(c, opening.reading.as_ref()))
        .unwrap_or_default();
    let mut guesses: Vec<Guess> = read
        .iter()
        .take(3)
        .filter(|g| g.p >= WORTH_NAMING_P || g.code == ticket.service)
        .map(|g| {
            guess(desk, &g.code, if opening.stated { None } else { Some(g.p) }, g.code == ticket.service)
        })
        .collect();
    if !guesses.iter().any(|g| g.chosen) {
        guesses.insert(0, guess(desk, &ticket.service, None, true));
        guesses.truncate(3);
    }
    guesses
}

/// A guess as a page shows it; without a probability somebody chose it.
pub(super) fn guess(desk: &Desk<'_>, code: &str, p: Option<f64>, chosen: bool) -> Guess {
    // Rounded down to a whole percent, 0 to 100.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=100 before")]
    let pct = p.map_or(100, |p| (p * 100.0).round().clamp(0.0, 100.0) as u8);
    let sure = p.map_or_else(String::new, |_| format!("{pct} %"));
    Guess { code: code.to_owned(), name: desk.service(code), sure, sure_pct: pct, chosen }
}

fn guesses_from(ticket: &Ticket, opening: &Opening, steps: &[tickets::HistoryRow]) -> String {
    if let Some(step) = steps.iter().rev().find(|s| s.step == "corrected") {
        return format!("set by {}", step.actor);
    }
    let same = opening.concern.as_ref().is_some_and(|c| c.service == ticket.service);
    match (opening.stated, same) {
        (true, _) => "what the writer chose".to_owned(),
        (false, true) => "from the underlined words".to_owned(),
        (false, false) => "set by a colleague".to_owned(),
    }
}

/// All services to choose from, by name.
pub(super) fn services(desk: &Desk<'_>, typed: &Typed, chosen: &str) -> Vec<Choice> {
    let mut all: Vec<Choice> = desk
        .settings()
        .catalogue
        .offered()
        .map(|s| Choice {
            value: s.code.clone(),
            label: s.names.get(Lang::En).clone(),
            chosen: s.code == chosen,
        })
        .collect();
    all.sort_by(|a, b| a.label.cmp(&b.label));
    typed.pick("service", |f| &f.service, &mut all);
    all
}

fn also(desk: &Desk<'_>, conn: &mut DbConnection, opening: &Opening) -> Result<(String, Option<Link>)> {
    let Some(concern) = &opening.concern else { return Ok((String::new(), None)) };
    let others = board::other_concerns(conn, concern.post_id, concern.id)?;
    let Some(first) = others.first() else { return Ok((String::new(), None)) };
    let names: Vec<String> =
        others.iter().map(|o| super::rows::lower_first(&desk.service(&o.concern.service))).collect();
    let (concern, ticket) = (&first.concern, &first.ticket);
    let link = match ticket {
        Some((number, _)) => Link { href: format!("/staff/tickets/{number}"), label: number.clone() },
        None => Link {
            href: format!("/staff/review/{}.{}", concern.post_id, concern.id),
            label: "Look at it".into(),
        },
    };
    let waits = !concern.queue.is_empty() || ticket.is_some();
    Ok((format!("Also named in this post: {}.", names.join(", ")), waits.then_some(link)))
}

fn facts(desk: &Desk<'_>, ticket: &Ticket, spot: &Spot, told: &posts::Told, crew: Option<&str>) -> Vec<Fact> {
    let fact =
        |label: &str, value: String, tone: &str| Fact { label: label.into(), value, tone: tone.into() };
    let mut place =
        if ticket.place_label.is_empty() { "Not known yet".to_owned() } else { ticket.place_label.clone() };
    if let Some(area) = ticket.area.as_deref().filter(|a| !a.is_empty()) {
        place = format!("{place}. {area}");
    }
    let mut facts = vec![fact("Place", place, "")];
    let how = spot.found_by.said();
    if !how.is_empty() {
        facts.push(fact("Found", how.to_owned(), ""));
    }
    let areas = words::areas(&spot.areas);
    if !areas.is_empty() {
        facts.push(fact("Areas", areas, ""));
    }
    facts.push(fact("Goes to", goes_to(desk, ticket, crew), ""));
    let from = if told.count == 1 { "1 post".to_owned() } else { format!("{} posts", told.count) };
    facts.push(fact("Joined", format!("{from} from {}", words::people(ticket.people)), ""));
    if let Some(said) = &told.disagrees {
        facts.push(fact("Writer chose", said.clone(), "soon"));
    }
    if let Some(due) = ticket.due_at {
        let day = times::short(due.0, desk.now, desk.zone());
        let clock = times::clock(ticket.opened_at.0, due.0, desk.now, desk.zone());
        let (value, tone) = match (ticket.status, ticket.fixed_at) {
            (Status::Fixed, Some(at)) if at <= due => (format!("By {day}, kept"), "good"),
            (Status::Fixed | Status::Closed, _) => (format!("By {day}"), ""),
            _ if due.0 < desk.now => (format!("By {day}, {}", clock.words), "late"),
            _ => (
                format!("By {day}, {} left", times::span(due.0 - desk.now)),
                if clock.tone == "soon" { "soon" } else { "" },
            ),
        };
        facts.push(fact("Promise", value, tone));
    } else if !ticket.hidden {
        facts.push(fact("Promise", "None before the place is known".into(), ""));
    }
    facts
}

/// The rule as a sentence; it names the department, unless somebody sent the ticket elsewhere since.
fn goes_to(desk: &Desk<'_>, ticket: &Ticket, crew: Option<&str>) -> String {
    let department = desk.department(&ticket.department);
    if !ticket.rule.contains(&department) {
        return format!("{department}. {}", ticket.rule);
    }
    match crew {
        Some(crew) => format!("{}. {crew} should go", ticket.rule),
        None => ticket.rule.clone(),
    }
}

/// Places that fit the words as well, for one press.
fn other_places(ticket: &Ticket, concern: Option<&ConcernRow>) -> Vec<Choice> {
    let fits = concern.map(all_places).unwrap_or_default();
    let others = fits.into_iter().filter(|p| p.key != ticket.place_key).take(3);
    others.map(|p| Choice { value: p.key, label: p.label, chosen: false }).collect()
}

/// Every place a concern named: the one found first, then the others that fit.
pub(super) fn all_places(concern: &ConcernRow) -> Vec<Place> {
    let mut all: Vec<Place> = words::place(concern).into_iter().collect();
    for other in words::alternatives(concern) {
        if !all.iter().any(|p| p.key == other.key) {
            all.push(other);
        }
    }
    all
}

fn notes(desk: &Desk<'_>, conn: &mut DbConnection, ticket: &Ticket) -> Result<Vec<Note>> {
    let rows = tickets::notes_of(conn, ticket.id)?;
    let note = |n: tickets::Note| Note {
        who: n.author,
        when: times::when(n.created_at.0, desk.now, desk.zone()),
        text: n.words,
    };
    Ok(rows.into_iter().map(note).collect())
}

fn lines(desk: &Desk<'_>, steps: &[tickets::HistoryRow]) -> Vec<HistoryLine> {
    let line = |s: &tickets::HistoryRow| HistoryLine {
        when: times::when(s.at.0, desk.now, desk.zone()),
        what: step_words(desk, s),
        who: match s.actor.as_str() {
            "OnIt" => "the machine".to_owned(),
            "resident" => format!("the resident, {}", words::network(&s.channel)),
            other => other.to_owned(),
        },
    };
    steps.iter().rev().take(STEPS).map(line).collect()
}

/// A step in words; codes of services and departments become names.
fn step_words(desk: &Desk<'_>, step: &tickets::HistoryRow) -> String {
    let words = step.words.as_str();
    match step.step.as_str() {
        _ if words.is_empty() => step.step.clone(),
        "joined" => format!("Joined: {words}"),
        "replied" => format!("Reply posted: “{words}”"),
        "opened" => match words.strip_prefix("Opened as ") {
            Some(code) => format!("Opened as {}", super::rows::lower_first(&desk.service(code))),
            None => words.to_owned(),
        },
        "routed" => match words.split_once(" has it: ") {
            Some((_, sent)) if sent.starts_with("Sent to ") => sent.to_owned(),
            Some((code, rule)) => format!("{} has it: {rule}", desk.department(code)),
            None => words.to_owned(),
        },
        _ => words.to_owned(),
    }
}

fn history_note(steps: &[tickets::HistoryRow]) -> String {
    let n = steps.len();
    let counted = if n == 1 { "1 step".to_owned() } else { format!("{n} steps") };
    match history::broken_link(steps) {
        None => format!("{counted}, chain checked"),
        Some(what) => format!("{counted}. The chain is broken: {what}. Run onit doctor"),
    }
}
