//! The journey of a post in the words of the town square's page, read from the product's own rows.

use chrono::{DateTime, Utc};

use super::square::{Journey, JourneyView, Piece, Step, StepLink, StepState};
use crate::app::App;
use crate::db::DbConnection;
use crate::error::Result;
use crate::intake::{self, Post};
use crate::places::{self, MapView, Mark, Place};
use crate::replies::{self, Reply, State};
use crate::settings::{Lang, dates};
use crate::span::Span;
use crate::tickets::{self, ConcernRow, Ticket};
use crate::triage::{self, Kind, Reading};
use crate::world::World;

/// Reads journeys from the database of a running city.
pub(super) struct Journeys {
    app: App,
}

impl Journeys {
    pub(super) fn new(app: App) -> Self {
        Self { app }
    }

    fn read(&self, uri: &str) -> Result<Option<Journey>> {
        let world = self.app.world.now();
        let mut conn = self.app.db.read()?;
        let Some(post) = intake::post_named(&mut conn, "mastodon", uri)? else { return Ok(None) };
        let Some(reading) = triage::reading_of(&mut conn, post.id)? else { return Ok(None) };
        let concern = tickets::concerns_of(&mut conn, post.id)?.into_iter().next();
        let join = tickets::joins_of_post(&mut conn, post.id)?.into_iter().next();
        let ticket = match &join {
            Some(join) => Some(tickets::by_id(&mut conn, join.ticket_id)?),
            None => None,
        };
        let replies = replies::of_post(&mut conn, post.id)?;
        let facts = Facts { world: &world, post: &post, reading: &reading, concern, ticket, replies };
        let opened_it = join.as_ref().is_none_or(|j| j.why == "opened it" || j.why == "danger to life");
        let why = join.map(|j| j.why).unwrap_or_default();
        Ok(Some(facts.tell(&mut conn, opened_it, &why, self.app.clock.now())))
    }
}

impl JourneyView for Journeys {
    fn journey(&self, uri: &str) -> Option<Journey> {
        self.read(uri).unwrap_or_else(|error| {
            tracing::warn!("the journey of a post cannot be told: {error}");
            None
        })
    }
}

struct Facts<'a> {
    world: &'a World,
    post: &'a Post,
    reading: &'a Reading,
    concern: Option<ConcernRow>,
    ticket: Option<Ticket>,
    replies: Vec<Reply>,
}

fn done(title: &str, words: Vec<Piece>) -> Step {
    Step { state: StepState::Done, title: title.into(), words, ..Step::default() }
}

impl Facts<'_> {
    fn tell(&self, _conn: &mut DbConnection, opened_it: bool, why: &str, now: DateTime<Utc>) -> Journey {
        let mut steps = vec![self.read()];
        if let Some(step) = self.placed() {
            steps.push(step);
        }
        match &self.ticket {
            Some(ticket) => {
                steps.push(self.opened(ticket, opened_it, why));
                if let Some(step) = self.routed(ticket, now) {
                    steps.push(step);
                }
            }
            None => steps.push(self.without_ticket()),
        }
        steps.extend(self.answered(now));
        let decided = self.post.decided_at.map_or(now, |at| at.0);
        let took = (decided - self.post.received_at.0).num_milliseconds().max(0);
        Journey { steps, summary: format!("{:.1} s from its arrival to the decision", seconds(took)) }
    }

    fn read(&self) -> Step {
        let what = match self.reading.kind {
            Kind::Report => "A report: ",
            Kind::Question => "A question. ",
            Kind::Thanks => "A thank-you. ",
            Kind::Answer => "An answer to our question. ",
            Kind::Status => "Asks how far it is. ",
            Kind::StillBroken => "Says that it is still broken. ",
            Kind::Fixed => "Says that it is fixed. ",
            Kind::Other => "Not a report. ",
        };
        let mut words = vec![Piece::plain(what)];
        let guess = self.reading.concerns.first().and_then(|c| c.services.first());
        if let Some(guess) = guess.filter(|_| self.reading.kind == Kind::Report) {
            let name = self
                .world
                .settings
                .catalogue
                .get(&guess.code)
                .map_or(guess.code.as_str(), |s| s.names.get(Lang::En));
            words.push(Piece::strong(name.to_lowercase()));
            words.push(Piece::plain(format!(", {:.0}\u{a0}% sure", guess.p * 100.0)));
            for (n, span) in guess.evidence.iter().take(3).enumerate() {
                words.push(Piece::plain(if n == 0 { ", because of " } else { " and " }));
                words.push(Piece::service(span.slice(&self.post.text)));
            }
            words.push(Piece::plain(". "));
        }
        words.push(Piece::plain(format!("{}. ", language(self.reading.language))));
        words.push(Piece::plain(match self.reading.personal_data.len() {
            0 => "Nothing private in it. ".to_owned(),
            1 => "One private detail is hidden. ".to_owned(),
            n => format!("{n} private details are hidden. "),
        }));
        words.push(match self.reading.urgency {
            crate::settings::Urgency::Emergency => Piece::strong("Danger to life."),
            crate::settings::Urgency::Urgent => Piece::strong("Urgent."),
            crate::settings::Urgency::Normal => Piece::plain("Not danger to life."),
        });
        done("Read", words)
    }

    fn placed(&self) -> Option<Step> {
        let concern = self.concern.as_ref()?;
        let place: Option<Place> = concern.place.as_deref().and_then(|p| serde_json::from_str(p).ok());
        let Some(place) = place else {
            let others: Vec<Place> = serde_json::from_str(&concern.alternatives).unwrap_or_default();
            let words = if others.len() >= 2 {
                let names: Vec<&str> = others.iter().take(3).map(|p| p.label.as_str()).collect();
                vec![Piece::plain(format!("More than one place fits: {}.", names.join(", ")))]
            } else {
                vec![Piece::plain("No place is named that we can find.")]
            };
            return Some(done("Placed", words));
        };
        let mut words = Vec::new();
        let named = place.span.map(|s: Span| s.slice(&self.post.text)).filter(|w| !w.is_empty());
        match named {
            Some(named) => {
                words.push(Piece::place(named));
                words.push(Piece::plain(format!(" is {}", place.label)));
            }
            None => words.push(Piece::plain(place.label.clone())),
        }
        if let Some(area) = self.ticket.as_ref().and_then(|t| t.area.as_ref()) {
            words.push(Piece::plain(format!(", {area}")));
        }
        words.push(Piece::plain(format!(", ±\u{a0}{:.0}\u{a0}m.", place.radius_m)));
        let state = self.ticket.as_ref().map_or("received", |t| t.status.as_str());
        Some(Step { map_svg: self.map(&place, state), ..done("Placed", words) })
    }

    fn map(&self, place: &Place, state: &str) -> Option<String> {
        let view =
            MapView { lat: place.lat, lon: place.lon, width_px: 640, height_px: 260, metres_per_px: 0.6 };
        let mark = Mark {
            lat: place.lat,
            lon: place.lon,
            radius_m: place.radius_m,
            state,
            label: place.label.clone(),
            href: None,
            selected: true,
            count: self.ticket.as_ref().and_then(|t| u32::try_from(t.people).ok()).unwrap_or(1),
        };
        Some(places::map_svg(&self.world.places, &view, &[mark]))
    }

    fn opened(&self, ticket: &Ticket, opened_it: bool, why: &str) -> Step {
        let link = if ticket.is_public() {
            self.world.settings.server.link(&format!("/t/{}", ticket.number))
        } else {
            String::new()
        };
        let number =
            if link.is_empty() { Piece::strong(&ticket.number) } else { Piece::link(&ticket.number, link) };
        if opened_it {
            let mut words = vec![Piece::plain("New request "), number, Piece::plain(".")];
            if ticket.hidden {
                words.push(Piece::plain(" It has no public page, and the people on duty are called."));
            }
            return done("Opened", words);
        }
        let first =
            why.chars().take(1).flat_map(char::to_uppercase).collect::<String>() + why.get(1..).unwrap_or("");
        done(
            "Joined",
            vec![
                Piece::plain(format!("{first}: joined ")),
                number,
                Piece::plain(format!(" as person {}.", ticket.people)),
            ],
        )
    }

    fn routed(&self, ticket: &Ticket, now: DateTime<Utc>) -> Option<Step> {
        if ticket.place_key.is_empty() && !ticket.hidden {
            return None;
        }
        let settings = &self.world.settings;
        let name = settings
            .departments
            .get(&ticket.department)
            .map_or(ticket.department.as_str(), |d| d.names.get(Lang::En));
        let why = match ticket.rule.split_once(" by rule ") {
            Some((_, rule)) => format!(", by rule {rule}."),
            None => format!(", because {}.", ticket.rule),
        };
        let mut words = vec![Piece::strong(name), Piece::plain(why)];
        if let Some(due) = ticket.due_at {
            let when = dates::due(due.0, now, settings.city.time_zone, Lang::En);
            words.push(Piece::plain(format!(" Due {when}.")));
        }
        Some(done("Routed", words))
    }

    fn without_ticket(&self) -> Step {
        let words = match self.post.outcome.as_str() {
            "set_aside" => vec![
                Piece::plain("Set aside, with the reason where staff can read it: "),
                Piece::plain(&self.post.reason),
            ],
            "review" => vec![Piece::plain("A person looks first: "), Piece::plain(&self.post.reason)],
            _ => vec![Piece::plain(&self.post.reason)],
        };
        done("Decided", words)
    }

    fn answered(&self, now: DateTime<Utc>) -> Vec<Step> {
        self.replies.iter().map(|reply| self.answer(reply, now)).collect()
    }

    fn answer(&self, reply: &Reply, now: DateTime<Utc>) -> Step {
        let words = vec![Piece::plain(format!("\u{201c}{}\u{201d}", reply.text))];
        let settings = &self.world.settings;
        let (state, took, note) = match reply.state {
            State::Delivered => (StepState::Done, None, "It stands in the thread."),
            State::Queued | State::Sending => {
                let left = (reply.run_at.0 - now).num_seconds().max(0);
                (
                    StepState::Running,
                    Some(format!("sends in {left} s")),
                    "The city approved this phrase before, so no one has to sign it.",
                )
            }
            State::Unknown => (StepState::Running, None, "Not sure it arrived, checking."),
            State::Waiting | State::Draft => (StepState::Done, None, "A person reads it first."),
            State::Held => (StepState::Done, None, "Held back for now."),
            State::Void => (StepState::Done, None, "Not sent any more."),
            State::Failed => (StepState::Done, None, "Not posted."),
        };
        let note = if reply.why.is_empty() || reply.state == State::Delivered {
            note.to_owned()
        } else {
            format!("{note} Why: {}.", reply.why.trim_end_matches('.'))
        };
        let waits = matches!(reply.state, State::Waiting | State::Draft);
        let link = waits
            .then(|| StepLink { label: "Mayor\u{2019}s office".into(), url: settings.server.link("/mayor") });
        Step { state, title: "Answered".into(), took, words, note: Some(note), link, ..Step::default() }
    }
}

fn language(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "English",
        Lang::Es => "Spanish",
        Lang::Pt => "Portuguese",
        Lang::Ht => "Haitian Creole",
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of a wait, shown with one digit")]
fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}
