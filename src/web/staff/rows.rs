//! Rows of the queue: what it is, the words that say so, how sure, how long, and the answer that settles a doubt.

use chrono::Duration;

use super::desk::Desk;
use super::{times, words};
use crate::accounts::Action;
use crate::insights::board::{ANSWER_MINUTES, ConcernRow, Page, PageRow, PerhapsRow, PostRow, TicketRow};
use crate::tickets::Status;
use crate::triage::{Reading, ServiceGuess};
use crate::web::view::board::{Answer, Clock, Group, QueueRow};

/// From here on a guess is named alone; below, the two best are asked about.
const LIKELY_P: f64 = 0.60;
/// Answers a row offers.
const ANSWERS: usize = 3;

/// The groups of a page, in their fixed order; empty ones are left out. `query` keeps the filters in the links.
pub(super) fn groups(desk: &Desk<'_>, page: &Page, query: &str) -> Vec<Group> {
    let rows = Rows { desk, page, query };
    let danger = page.danger.iter().map(|t| rows.danger(t)).collect();
    let look = page.look.iter().map(|c| rows.look(c)).collect();
    let ready = page.ready.iter().map(|t| rows.ready(t)).collect();
    let group = |key: &str, title: &str, count: i64, reason: String, rows: Vec<QueueRow>| Group {
        key: key.into(),
        title: title.into(),
        count: count.to_string(),
        reason,
        rows,
    };
    [
        group("danger", "Danger to life", page.counts.danger, rows.paging(), danger),
        group("look", "Needs a look", page.counts.look, "Unsure what, where or both".into(), look),
        group("ready", "Ready", page.counts.ready, "Check and go".into(), ready),
    ]
    .into_iter()
    .filter(|g| !g.rows.is_empty())
    .collect()
}

/// "Perhaps the same": one press either way, and it is remembered.
fn same_or_not(number: &str, other: &PerhapsRow) -> Vec<Answer> {
    let answer = |label: String, step: &str| Answer {
        label,
        action: format!("/staff/tickets/{number}/{step}"),
        name: "suggestion".into(),
        value: other.id.to_string(),
        ..Answer::default()
    };
    vec![answer(format!("Same as {}", other.number), "same"), answer("Not the same".into(), "not-same")]
}

struct Rows<'a> {
    desk: &'a Desk<'a>,
    page: &'a Page,
    query: &'a str,
}

impl Rows<'_> {
    fn paging(&self) -> String {
        let calls: Vec<&PageRow> =
            self.page.danger.iter().filter_map(|t| self.page.about.pages.get(&t.id)).collect();
        let open = calls.iter().filter(|c| c.had_at.is_none()).min_by_key(|c| c.id);
        let call = open.or_else(|| calls.iter().max_by_key(|c| c.had_at));
        let Some(call) = call else { return String::new() };
        let paged = times::short(call.created_at.0, self.desk.now, self.desk.zone());
        match &call.had_by {
            Some(who) => format!("Paged {paged}, {who} has it"),
            None => format!("Paged {paged}, nobody has it yet"),
        }
    }

    fn href(&self, ticket: &TicketRow) -> String {
        format!("/staff/tickets/{}{}", ticket.number, self.query)
    }

    /// The post that opened a ticket, with its reading and the concern it was opened for.
    fn opening(&self, ticket_id: i64) -> (Option<&PostRow>, Option<Reading>, Option<&ConcernRow>) {
        let about = &self.page.about;
        let Some(join) = about.first.get(&ticket_id) else { return (None, None, None) };
        let reading = words::reading(about.readings.get(&join.post_id));
        (about.posts.get(&join.post_id), reading, about.concerns.get(&join.concern_id))
    }

    /// What a ticket's row shows whatever its group.
    fn ticket(&self, ticket: &TicketRow) -> QueueRow {
        let (post, reading, concern) = self.opening(ticket.id);
        let mut meta = Vec::new();
        meta.extend(post.map(|p| words::network(&p.channel).to_owned()));
        meta.push(words::language_name(reading.as_ref()).to_owned());
        meta.push(where_words(&ticket.place_label, ticket.radius_m));
        if ticket.people > 1 {
            meta.push(words::people(ticket.people));
        }
        meta.push(ticket.number.clone());
        if ticket.sealed {
            meta.push("Private".to_owned());
        }
        meta.retain(|m| !m.is_empty());
        let same = concern.filter(|c| c.service == ticket.service);
        QueueRow {
            href: self.href(ticket),
            title: self.desk.service(&ticket.service),
            sure: same.map(|c| words::sure(c.service_p)).unwrap_or_default(),
            pieces: post.map(|p| self.pieces(p, reading.as_ref(), concern)).unwrap_or_default(),
            lang: words::lang(reading.as_ref()),
            meta,
            urgent: ticket.urgency == "urgent",
            whose: self.desk.department(&ticket.department),
            ..QueueRow::default()
        }
    }

    fn pieces(
        &self,
        post: &PostRow,
        reading: Option<&Reading>,
        concern: Option<&ConcernRow>,
    ) -> Vec<crate::web::view::Piece> {
        if post.sealed && !self.desk.may(Action::SeeSealed) {
            return words::sealed();
        }
        words::cut(words::marked(post, reading, concern))
    }

    fn danger(&self, ticket: &TicketRow) -> QueueRow {
        let call = self.page.about.pages.get(&ticket.id);
        let since = call.map_or(ticket.opened_at, |c| c.created_at);
        let whose = match call.and_then(|c| c.had_by.as_deref()) {
            Some(who) => format!("{who} has it"),
            None => "Nobody has it".to_owned(),
        };
        let clock =
            Clock { words: times::span(self.desk.now - since.0), tone: "danger".into(), used_pct: 100 };
        QueueRow { clock, whose, urgent: false, sure: String::new(), ..self.ticket(ticket) }
    }

    fn ready(&self, ticket: &TicketRow) -> QueueRow {
        let mut row = self.ticket(ticket);
        if self.desk.may(Action::MergeTickets)
            && let Some(other) = self.page.about.perhaps.get(&ticket.id)
        {
            row.meta.push(format!("Perhaps {}: {}", other.number, other.why));
            row.answers = same_or_not(&ticket.number, other);
        }
        let status: Option<Status> = ticket.status.parse().ok();
        match status {
            Some(Status::Waiting) => {
                let whom = ticket.waiting_for.as_deref().unwrap_or("somebody");
                row.whose = format!("Waits for {}", waits_for(whom));
            }
            Some(Status::Open | Status::Received) | None => {}
            Some(other) => row.meta.insert(0, other.word().to_owned()),
        }
        let live = status.is_none_or(Status::is_live);
        if let (Some(due), true) = (ticket.due_at, live) {
            row.clock = times::clock(ticket.opened_at.0, due.0, self.desk.now, self.desk.zone());
        }
        row
    }

    fn look(&self, concern: &ConcernRow) -> QueueRow {
        let about = &self.page.about;
        let post = about.posts.get(&concern.post_id);
        let reading = words::reading(about.readings.get(&concern.post_id));
        let asked = concern.queue == "asked";
        let guesses = guesses(concern, reading.as_ref());
        let (title, sure) = doubt(self.desk, concern, &guesses);
        let mut meta = vec![post.map_or(String::new(), |p| words::network(&p.channel).to_owned())];
        meta.push(words::language_name(reading.as_ref()).to_owned());
        meta.push(place_words(concern));
        meta.push(capital(&concern.queue_why));
        if post.is_some_and(|p| p.deleted_at.is_some()) {
            meta.push("Deleted by its author".to_owned());
        }
        meta.retain(|m| !m.is_empty());
        let ticket = about.ticket_of.get(&concern.id);
        let href = match ticket {
            Some((number, _)) if asked => format!("/staff/tickets/{number}{}", self.query),
            _ => format!("/staff/review/{}.{}{}", concern.post_id, concern.id, self.query),
        };
        let (clock, whose) = self.answer_clock(post, asked);
        QueueRow {
            href,
            title,
            sure,
            pieces: post.map(|p| self.pieces(p, reading.as_ref(), Some(concern))).unwrap_or_default(),
            lang: words::lang(reading.as_ref()),
            meta,
            clock,
            whose,
            urgent: concern.urgency == "urgent",
            selected: false,
            answers: if asked { Vec::new() } else { self.answers(concern, post, &guesses) },
        }
    }

    /// Minutes to answer for a post in a thread; how long it waits for the others.
    fn answer_clock(&self, post: Option<&PostRow>, asked: bool) -> (Clock, String) {
        let Some(post) = post else { return (Clock::default(), String::new()) };
        if asked {
            return (Clock::default(), "Resident to answer".to_owned());
        }
        if self.page.about.answered.contains_key(&post.id) {
            return (Clock::default(), "Answered, to decide".to_owned());
        }
        if post.account_id.is_none() {
            let words = times::span(self.desk.now - post.received_at.0);
            return (Clock { words, ..Clock::default() }, "to decide".to_owned());
        }
        let due = post.created_at.0 + Duration::minutes(ANSWER_MINUTES);
        (times::clock(post.created_at.0, due, self.desk.now, self.desk.zone()), "to answer".to_owned())
    }

    /// One press that settles the doubt: what it is when the place is known, where it is when the service is.
    fn answers(&self, concern: &ConcernRow, post: Option<&PostRow>, guesses: &[ServiceGuess]) -> Vec<Answer> {
        if !self.desk.may(Action::ReviewPosts) {
            return Vec::new();
        }
        let base = format!("/staff/review/{}.{}", concern.post_id, concern.id);
        let answer = |label: String, step: &str, name: &str, value: String| Answer {
            key: String::new(),
            label,
            action: format!("{base}/{step}"),
            name: name.into(),
            value,
        };
        let mut answers: Vec<Answer> = Vec::new();
        let sure_what = guesses.first().map_or(concern.service_p, |g| g.p) >= LIKELY_P;
        if concern.place_status == "found" {
            let named = guesses.iter().filter(|g| g.p >= 0.05).take(2);
            answers.extend(named.map(|g| {
                let label = format!("{} {}", self.desk.service(&g.code), words::sure(g.p));
                answer(label.trim().to_owned(), "open", "service", g.code.clone())
            }));
        } else if sure_what {
            let fits = words::alternatives(concern).into_iter().take(2);
            answers.extend(fits.map(|p| answer(p.label, "open", "place", p.key)));
        }
        if concern.place_status != "found"
            && post.is_some_and(|p| p.account_id.is_some() && p.deleted_at.is_none())
        {
            answers.push(answer("Ask where".into(), "ask", "ask", "1".into()));
        }
        answers.truncate(ANSWERS);
        for (n, one) in answers.iter_mut().enumerate() {
            one.key = (n + 1).to_string();
        }
        answers
    }
}

/// The doubt as a title: what it is, or the two things it may be.
pub(super) fn doubt(desk: &Desk<'_>, concern: &ConcernRow, guesses: &[ServiceGuess]) -> (String, String) {
    let best = guesses.first().map_or(concern.service_p, |g| g.p);
    match guesses {
        [first, second, ..] if best < LIKELY_P && second.p > 0.1 => {
            let (a, b) = (desk.service(&first.code), desk.service(&second.code));
            (format!("{a} or {}?", lower_first(&b)), String::new())
        }
        _ if best < LIKELY_P => (format!("{}?", desk.service(&concern.service)), words::sure(best)),
        _ => (desk.service(&concern.service), words::sure(best)),
    }
}

/// The services a concern may be about: as read for its own words, else what stands with it.
pub(super) fn guesses(concern: &ConcernRow, reading: Option<&Reading>) -> Vec<ServiceGuess> {
    let nth = usize::try_from(concern.n).unwrap_or(0);
    let read = reading.map(|r| r.concerns.get(nth).map_or(&r.services, |c| &c.services));
    match read {
        Some(found) if found.first().is_some_and(|g| g.code == concern.service) => found.clone(),
        _ => vec![ServiceGuess { code: concern.service.clone(), p: concern.service_p, evidence: Vec::new() }],
    }
}

/// "Library ± 90 m", "2 places fit", "No place".
fn place_words(concern: &ConcernRow) -> String {
    match concern.place_status.as_str() {
        "found" => words::place(concern).map_or(String::new(), |p| where_words(&p.label, Some(p.radius_m))),
        "ambiguous" => format!("{} places fit", words::alternatives(concern).len()),
        "outside" => "Not in this city".to_owned(),
        _ => "No place".to_owned(),
    }
}

fn where_words(label: &str, radius_m: Option<f64>) -> String {
    if label.is_empty() {
        return "No place yet".to_owned();
    }
    format!("{label} {}", words::doubt(radius_m)).trim().to_owned()
}

/// The word for whom a ticket waits, inside a sentence.
pub(super) fn waits_for(whom: &str) -> String {
    if whom == "resident" { "the resident".to_owned() } else { whom.to_owned() }
}

/// First letter up.
pub(super) fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |c| c.to_uppercase().chain(letters).collect())
}

/// First letter down, for the middle of a sentence.
pub(super) fn lower_first(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |c| c.to_lowercase().chain(letters).collect())
}
