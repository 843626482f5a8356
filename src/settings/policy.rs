//! `policy.toml`: what the city decided about answering, asking, paging and counting days.

use chrono::{NaiveDate, NaiveTime, Weekday};
use serde::{Deserialize, Serialize};
use url::Url;

use super::city::{is_mail_address, not_an_address, web_address};
use super::clocks::{self, Clocks};
use super::departments::{clock, read_hours};
use super::learning::{self, Learning};
use super::reader::Table;
use super::voice::{self, Voice};

/// The rules of the city. Every number has its unit in its name.
#[derive(Clone, Debug, Serialize)]
pub struct Policy {
    /// False: no reply goes by itself, except the emergency text.
    pub auto: bool,
    /// What public pages show of a resident's post.
    pub residents_words: ResidentsWords,
    /// So many people of one ticket get their own answer; the rest one public post.
    pub answer_each_up_to: u32,
    /// One action on more tickets than this needs a second person.
    pub bulk_over: u32,
    /// How long a reply that a person sent can be taken back.
    pub undo_seconds: u32,
    /// When only fresh posts are answered.
    pub quiet_hours: QuietHours,
    /// A post younger than this is fresh: it is answered at any hour.
    pub fresh_minutes: u32,
    /// The first so many replies of a new channel wait for a person.
    pub trial_replies: u32,
    /// What to do about posts of our account that OnIt did not write.
    pub outside_posts: OutsidePosts,
    /// Hosts a reply may link to, besides our own.
    pub allowed_hosts: Vec<String>,
    /// How we ask "where?".
    pub ask: Ask,
    /// How the reader learns from the city's own requests.
    pub learning: Learning,
    /// Least probability (0 to 1) that a post is a report at which the machine may act.
    pub report_p: f64,
    /// Below this probability a post is set aside; between the two a person looks.
    pub set_aside_p: f64,
    /// Who is paged for danger to life, in this order.
    pub duty: Vec<DutyPerson>,
    /// Who looks after what is not ours.
    pub elsewhere: Vec<Elsewhere>,
    /// After so long without "I have it" the next person is paged.
    pub page_again_seconds: u32,
    /// A post about a ticket fixed at most so many days ago may reopen it.
    pub reopen_days: u32,
    /// One author gets the emergency text at most once in so many hours.
    pub emergency_once_hours: u32,
    /// How the city speaks.
    pub voice: Voice,
    /// Limits of the web form.
    pub form: FormLimits,
    /// A reply older than this is held for a person.
    pub stale_hours: u32,
    /// The two clocks of every ticket.
    pub clocks: Clocks,
    /// Days on which nobody works.
    pub holidays: Vec<NaiveDate>,
    /// Days of the week on which work is counted, Monday first.
    pub working_days: Vec<Weekday>,
    /// Start and end of a working day, in the city's zone.
    pub working_hours: (NaiveTime, NaiveTime),
}

/// What public pages show of a resident's post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResidentsWords {
    /// A link to the thread, nothing of the text or name.
    Link,
    /// The text with private data hidden and the name shortened.
    Redacted,
}

/// What to do about posts of our account that OnIt did not write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutsidePosts {
    /// Tell the people on duty: somebody else may hold our password.
    Alarm,
    /// Write it down.
    Record,
}

/// The hours between which only fresh posts are answered, in the city's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct QuietHours {
    /// First quiet minute.
    pub from: NaiveTime,
    /// First minute that is not quiet again. Earlier than `from` means: over midnight.
    pub to: NaiveTime,
}

impl QuietHours {
    /// Is this time of day quiet?
    #[must_use]
    pub fn contains(&self, time: NaiveTime) -> bool {
        if self.from < self.to {
            self.from <= time && time < self.to
        } else {
            self.from <= time || time < self.to
        }
    }
}

/// How we ask "where?".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Ask {
    /// Questions in all, before a person takes over.
    pub tries: u32,
    /// Without an answer for so long a person takes over.
    pub answer_hours: u32,
    /// Without an answer for so long the ticket is closed (no place).
    pub close_days: u32,
    /// A new mention by the same author within this time that holds only a place is the answer.
    pub follow_up_hours: u32,
    /// In private channels the next message within this time is the answer.
    pub direct_hours: u32,
}

/// Somebody who is paged for danger to life.
#[derive(Clone, Debug, Serialize)]
pub struct DutyPerson {
    /// Name on the page and in the history.
    pub name: String,
    /// Paged by mail.
    pub email: Option<String>,
    /// Paged by a signed call of this address. Not serialized: who knows it could page.
    #[serde(skip)]
    pub webhook: Option<Url>,
}

/// Somebody else who looks after things, or a town nearby.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Elsewhere {
    /// The owner as the map data has it, or the town.
    pub name: String,
    /// Whom residents may ask, in words that follow "This one belongs to".
    pub ask: String,
}

/// Limits of the web form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct FormLimits {
    /// Reports from one address in an hour.
    pub per_hour: u32,
    /// Photos with one report.
    pub photos: u32,
}

/// Reads the whole file.
pub(super) fn read(root: &Table<'_>) -> Policy {
    let ask = read_ask(&root.table("ask"));
    let learning = learning::read(&root.table("learning"));
    let quiet_hours = read_quiet_hours(&root.table("quiet_hours"));
    let form = read_form(&root.table("form"));
    let voice = voice::read(&root.table("voice"));
    let duty = read_duty(root);
    let elsewhere = read_elsewhere(root);
    let (report_p, set_aside_p) = read_report_gate(root);
    let working = root.table("working_time");
    let holidays = read_holidays(&working);
    let hours = read_hours(&working);
    let clocks = clocks::read(root);
    let policy = Policy {
        auto: root.truth("auto", false),
        residents_words: root
            .choice(
                "residents_words",
                &[("link", ResidentsWords::Link), ("redacted", ResidentsWords::Redacted)],
            )
            .unwrap_or(ResidentsWords::Link),
        answer_each_up_to: root.whole("answer_each_up_to", 100, 1..=10_000),
        bulk_over: root.whole("bulk_over", 25, 1..=1000),
        undo_seconds: root.whole("undo_seconds", 30, 0..=600),
        quiet_hours,
        fresh_minutes: root.whole("fresh_minutes", 60, 0..=1440),
        trial_replies: root.whole("trial_replies", 50, 0..=10_000),
        outside_posts: root
            .choice("outside_posts", &[("alarm", OutsidePosts::Alarm), ("record", OutsidePosts::Record)])
            .unwrap_or(OutsidePosts::Alarm),
        allowed_hosts: read_hosts(root),
        ask,
        learning,
        report_p,
        set_aside_p,
        duty,
        elsewhere,
        page_again_seconds: root.whole("page_again_seconds", 120, 30..=3600),
        reopen_days: root.whole("reopen_days", 7, 0..=365),
        emergency_once_hours: root.whole("emergency_once_hours", 24, 1..=720),
        voice,
        form,
        stale_hours: root.whole("stale_hours", 24, 1..=720),
        clocks,
        holidays,
        working_days: hours.days,
        working_hours: (hours.from, hours.to),
    };
    root.done();
    policy
}

fn read_ask(t: &Table<'_>) -> Ask {
    let ask = Ask {
        tries: t.whole("tries", 2, 0..=5),
        answer_hours: t.whole("answer_hours", 24, 1..=720),
        close_days: t.whole("close_days", 7, 1..=90),
        follow_up_hours: t.whole("follow_up_hours", 2, 0..=72),
        direct_hours: t.whole("direct_hours", 48, 1..=720),
    };
    if ask.answer_hours >= ask.close_days * 24 {
        t.problem(
            "close_days",
            format!(
                "`close_days` ({}) must be longer than `answer_hours` ({}): a person looks before the ticket is closed",
                ask.close_days, ask.answer_hours
            ),
        );
    }
    t.done();
    ask
}

fn read_quiet_hours(t: &Table<'_>) -> QuietHours {
    let hours = QuietHours { from: t.time("from", clock(22, 0)), to: t.time("to", clock(7, 0)) };
    if hours.from == hours.to {
        t.problem(
            "to",
            "`from` and `to` are equal, so it is unclear whether no hour or every hour is quiet; change one",
        );
    }
    t.done();
    hours
}

fn read_form(t: &Table<'_>) -> FormLimits {
    let form = FormLimits { per_hour: t.whole("per_hour", 6, 1..=1000), photos: t.whole("photos", 3, 0..=8) };
    t.done();
    form
}

fn read_duty(root: &Table<'_>) -> Vec<DutyPerson> {
    let mut people = Vec::new();
    for t in root.tables("duty") {
        let person = DutyPerson {
            name: t.text("name", "Dana Ruiz"),
            email: t.parsed("email", |s| {
                if is_mail_address(s) { Ok(s.to_owned()) } else { Err(not_an_address(s)) }
            }),
            webhook: t.parsed("webhook", web_address),
        };
        if person.email.is_none() && person.webhook.is_none() {
            t.problem("email", "this person cannot be reached; add an `email` or a `webhook`");
        }
        t.done();
        people.push(person);
    }
    if people.is_empty() {
        root.problem(
            "duty",
            "nobody is on duty; add at least one `[[duty]]`, who is paged when a life is in danger",
        );
    }
    people
}

fn read_elsewhere(root: &Table<'_>) -> Vec<Elsewhere> {
    let mut list: Vec<Elsewhere> = Vec::new();
    for t in root.tables("elsewhere") {
        let one = Elsewhere {
            name: t.text("name", "State Parks Department"),
            ask: t.text("ask", "the State Parks Department, 555-0170"),
        };
        if list.iter().any(|known| known.name == one.name) {
            t.problem("name", format!("`{}` stands here twice; keep one", one.name));
        }
        t.done();
        list.push(one);
    }
    list
}

fn read_report_gate(root: &Table<'_>) -> (f64, f64) {
    let report_p = root.decimal("report_p", 0.8, 0.0..=1.0);
    let set_aside_p = root.decimal("set_aside_p", 0.15, 0.0..=1.0);
    if set_aside_p > report_p {
        root.problem(
            "set_aside_p",
            "`set_aside_p` must not be above `report_p`; a person looks at what lies between",
        );
    }
    (report_p, set_aside_p)
}

fn read_holidays(t: &Table<'_>) -> Vec<NaiveDate> {
    let mut days = Vec::new();
    for word in t.words("holidays") {
        match NaiveDate::parse_from_str(&word.text, "%Y-%m-%d") {
            Ok(day) => days.push(day),
            Err(_) => t.problem_at(&word, format!("`{}` is not a day; write it like 2026-11-26", word.text)),
        }
    }
    days.sort_unstable();
    days.dedup();
    days
}

/// Plain host names: no scheme, no path, no star.
fn read_hosts(root: &Table<'_>) -> Vec<String> {
    let mut hosts = Vec::new();
    for word in root.words("allowed_hosts") {
        let text = word.text.to_lowercase();
        if url::Host::parse(&text).is_ok_and(|host| host.to_string() == text) {
            hosts.push(text);
        } else {
            root.problem_at(
                &word,
                format!("`{}` is not a host name; write it like www.riverton.example", word.text),
            );
        }
    }
    hosts
}
