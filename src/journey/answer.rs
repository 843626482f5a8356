//! A post in a thread we know: it says where, asks how far, says thanks, "still broken" or "fixed".

use super::acknowledge;
use super::concern::{self, Ending};
use super::receive::Incoming;
use super::tell::{self, Saying};
use super::{advance, settle};
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::Result;
use crate::intake::{self, Outcome};
use crate::places::{self, Hints, Place};
use crate::replies::{self, Kind as Event, Question, Thread};
use crate::settings::{Gate, Lang};
use crate::tickets::NewConcern;
use crate::tickets::{self, ConcernRow, Entry, Known, Match, Report, Status, Ticket};
use crate::triage::{Kind, Reading};

/// What the post does to the ticket of its thread; `None` when it is a report of its own.
pub(super) fn in_thread(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    reading: &Reading,
    thread: &Thread,
) -> Result<Option<Ending>> {
    if let Some(question) = &thread.question {
        if question.person_id == incoming.person.id {
            return says_where(conn, incoming, reading, question).map(Some);
        }
        // A neighbor's answer may be right, but only the author's counts: staff see it as a suggestion.
        return suggestion(conn, incoming, &thread.ticket, "a neighbor answered our question").map(Some);
    }
    match reading.kind {
        Kind::StillBroken => still_broken(conn, incoming, reading, thread).map(Some),
        Kind::Fixed => says_fixed(conn, incoming, thread).map(Some),
        Kind::Status => status(conn, incoming, reading, &thread.ticket).map(Some),
        Kind::Thanks => {
            note(conn, incoming, &thread.ticket, "thanks", "Said thank you")?;
            Ok(Some(answered("said thank you", thread.ticket.clone())))
        }
        Kind::Answer => {
            suggestion(conn, incoming, &thread.ticket, "an answer to a question that is closed").map(Some)
        }
        // "Not ours" to decide here: a report in a thread is read like any other.
        Kind::Report | Kind::Question | Kind::Other => Ok(None),
    }
}

/// A new mention that holds only a place answers the newest open question of the last two hours.
pub(super) fn place_alone(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    reading: &Reading,
) -> Result<Option<Ending>> {
    let names_a_problem = reading.concerns.iter().flat_map(|c| &c.services).any(|s| !s.evidence.is_empty());
    if incoming.post.in_reply_to.is_some() || names_a_problem {
        return Ok(None);
    }
    let since = incoming.ago(incoming.world.settings.policy.ask.follow_up_hours);
    let Some(question) = replies::question_to(conn, incoming.person.id, Ts(since))? else { return Ok(None) };
    let found = places::locate(&incoming.world.places, &incoming.post.text, &hints(incoming, &[]));
    if found.best.is_none() {
        return Ok(None);
    }
    says_where(conn, incoming, reading, &question).map(Some)
}

fn hints<'a>(incoming: &'a Incoming<'_>, among: &'a [Place]) -> Hints<'a> {
    Hints { among, answer: true, thread: None, ..incoming.hints() }
}

/// What holds for every word the machine says in a thread by itself, whatever it says.
fn machine_may(incoming: &Incoming<'_>) -> std::result::Result<(), &'static str> {
    if !incoming.world.settings.policy.auto {
        return Err("automatic replies are switched off in policy.toml");
    }
    if incoming.post.sealed {
        return Err("the post is private: a person answers");
    }
    if incoming.account.as_ref().is_some_and(|a| a.on_trial()) {
        return Err("this channel is new: a person sends its first replies");
    }
    Ok(())
}

fn answered(why: &str, ticket: Ticket) -> Ending {
    Ending { service: None, ..Ending::about(Outcome::Answered, why, ticket) }
}

fn note(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    ticket: &Ticket,
    step: &'static str,
    words: &str,
) -> Result<()> {
    let entry = Entry {
        step,
        actor: "resident".into(),
        channel: incoming.post.channel.clone(),
        at: Ts(incoming.now),
        public: false,
        words: words.to_owned(),
    };
    tickets::append(conn, ticket.id, &[entry])
}

/// The author says where: the same ticket is completed, or we ask once more, or a person takes over.
fn says_where(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    reading: &Reading,
    question: &Question,
) -> Result<Ending> {
    let ticket = tickets::by_id(conn, question.ticket_id)?;
    let row = tickets::concern(conn, question.concern_id)?;
    let among: Vec<Place> = serde_json::from_str(&question.candidates).unwrap_or_default();
    let located = places::locate(&incoming.world.places, &incoming.post.text, &hints(incoming, &among));
    let service = incoming.world.settings.catalogue.get(&ticket.service);
    let good = located.best.filter(|p| service.is_none_or(|s| concern::is_good_enough(s, p)));
    match good {
        Some(place) => {
            replies::shift_question(
                conn,
                question,
                "answered",
                question.tries,
                &question.candidates,
                Ts(incoming.now),
            )?;
            complete(conn, incoming, reading.language, &ticket, &row, &place)
        }
        None => ask_again(conn, incoming, reading, question, &ticket, &located.alternatives),
    }
}

/// The place is known now: the ticket opens with its promise, or turns out to be one we have.
pub(super) fn complete(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    language: Lang,
    ticket: &Ticket,
    row: &ConcernRow,
    place: &Place,
) -> Result<Ending> {
    let world = incoming.world;
    let settings = &world.settings;
    // Closed because nobody said where: any answer opens it again.
    let again = if ticket.status.is_live() {
        None
    } else {
        Some(settle::reopen(conn, world, ticket, "resident", &incoming.post.channel, incoming.now)?)
    };
    let ticket = again.as_ref().unwrap_or(ticket);
    let written = serde_json::to_string(place).ok();
    tickets::settle_concern(conn, row.id, &ticket.service, "found", written.as_deref())?;
    if !row.queue.is_empty() {
        tickets::requeue_concern(conn, row.id, &row.queue, "", "the place is known now")?;
    }
    let service = settings.catalogue.get(&ticket.service);
    let known = match service {
        Some(service) => {
            // The answer says where; the post that asked for help says what.
            let first = intake::post(conn, row.post_id)?;
            let report = Report {
                service,
                place,
                text: &first.text,
                post_id: first.id,
                sealed: ticket.sealed,
                at: incoming.now,
            };
            tickets::find_match(conn, &incoming.world.places, settings, &report, incoming.now)?
        }
        None => Known::default(),
    };
    let opened = advance::place_known(conn, incoming.world, ticket, place, "OnIt", incoming.now)?;
    concern::keep_suggestions(conn, &opened, &known.perhaps, incoming.now)?;
    let (key, kind, told_about) = match known.found {
        Some(Match::Same(survivor, _, why)) if survivor.id != ticket.id => {
            let survivor = settle::merge(conn, &opened, &survivor, "OnIt", &why, incoming.now)?;
            ("joined", Event::Joined, survivor)
        }
        _ => ("on_it", Event::OnIt, opened),
    };
    let gate = service.map(|s| incoming.world.gate_of(s));
    let release = if gate.is_none_or(|(gate, _)| gate != Gate::Auto) {
        // An answer says where, not what: the service's own gate still holds.
        Err("this service is answered by a person")
    } else if gate.is_some_and(|(_, p)| row.service_p < p) {
        Err("not sure enough what it is about")
    } else {
        machine_may(incoming)
    };
    let saying = Saying {
        kind,
        event: "",
        key,
        values: tell::values(settings, &told_about, language, incoming.now),
        ticket: Some(&told_about),
    };
    let listener = acknowledge::listener(incoming, language);
    let (rendered, _) = tell::draft(conn, incoming.world, &listener, &saying, release, incoming.now)?;
    let reply = rendered.map(|r| r.text.as_str().to_owned());
    Ok(Ending { reply, place: Some(place.clone()), ..answered("said where it is", told_about) })
}

fn ask_again(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    reading: &Reading,
    question: &Question,
    ticket: &Ticket,
    alternatives: &[Place],
) -> Result<Ending> {
    let tries = i64::from(incoming.world.settings.policy.ask.tries);
    if question.state != "open" {
        return suggestion(conn, incoming, ticket, "a late answer to our question, still no place");
    }
    if question.tries >= tries {
        replies::shift_question(
            conn,
            question,
            "person",
            question.tries,
            &question.candidates,
            Ts(incoming.now),
        )?;
        tickets::requeue_concern(
            conn,
            question.concern_id,
            "asked",
            "review",
            "asked twice, still no place",
        )?;
        return Ok(answered("asked twice and still no place: a person takes over", ticket.clone()));
    }
    let choices: Vec<Place> = alternatives.iter().take(3).cloned().collect();
    let json = serde_json::to_string(&choices).unwrap_or_else(|_| "[]".into());
    replies::shift_question(conn, question, "open", question.tries + 1, &json, Ts(incoming.now))?;
    let language = incoming.language(reading);
    let event = (question.tries + 1).to_string();
    let saying = Saying {
        kind: Event::Ask,
        event: &event,
        key: if choices.len() >= 2 { "ask_which" } else { "ask_again" },
        values: tell::values(&incoming.world.settings, ticket, language, incoming.now)
            .with("candidates", tell::candidates(&choices, language)),
        ticket: Some(ticket),
    };
    let release = machine_may(incoming);
    let listener = acknowledge::listener(incoming, language);
    let (rendered, _) = tell::draft(conn, incoming.world, &listener, &saying, release, incoming.now)?;
    let reply = rendered.map(|r| r.text.as_str().to_owned());
    Ok(Ending { reply, ..answered("we asked once more", ticket.clone()) })
}

/// Somebody wrote something about a ticket that a person should see: it stands in the review queue.
fn suggestion(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    ticket: &Ticket,
    why: &str,
) -> Result<Ending> {
    let why = format!("{}: {why}", ticket.number);
    let row = NewConcern {
        post_id: incoming.post.id,
        n: 0,
        service: &ticket.service,
        service_p: 1.0,
        urgency: "normal",
        place_status: "none",
        place: None,
        alternatives: "[]".into(),
        queue: "review",
        queue_why: &why,
        created_at: Ts(incoming.now),
    };
    tickets::insert_concern(conn, &row)?;
    Ok(Ending { outcome: Outcome::Review, ..answered(&why, ticket.clone()) })
}

fn still_broken(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    reading: &Reading,
    thread: &Thread,
) -> Result<Ending> {
    if thread.ticket.status.is_live() {
        note(conn, incoming, &thread.ticket, "still broken", "Says that it is still broken")?;
        return Ok(answered("says it is still broken; the request is open", thread.ticket.clone()));
    }
    if !thread.own {
        return suggestion(conn, incoming, &thread.ticket, "a neighbor says it is still broken: reopen it?");
    }
    let ticket = settle::reopen(
        conn,
        incoming.world,
        &thread.ticket,
        "resident",
        &incoming.post.channel,
        incoming.now,
    )?;
    let language = incoming.language(reading);
    let event = ticket.version.to_string();
    let saying = Saying {
        kind: Event::Reopened,
        event: &event,
        key: "reopened",
        values: tell::values(&incoming.world.settings, &ticket, language, incoming.now),
        ticket: Some(&ticket),
    };
    let release = machine_may(incoming);
    let listener = acknowledge::listener(incoming, language);
    let (rendered, _) = tell::draft(conn, incoming.world, &listener, &saying, release, incoming.now)?;
    let reply = rendered.map(|r| r.text.as_str().to_owned());
    Ok(Ending { reply, ..answered("still broken: reopened", ticket) })
}

/// "Fixed" from somebody who wrote about it is proof; from anybody else it is a hint.
fn says_fixed(conn: &mut DbConnection, incoming: &Incoming<'_>, thread: &Thread) -> Result<Ending> {
    if thread.ticket.status == Status::Fixed {
        note(conn, incoming, &thread.ticket, "confirmed", "Says that it is fixed")?;
        return Ok(answered("confirms that it is fixed", thread.ticket.clone()));
    }
    let service = incoming.world.settings.catalogue.get(&thread.ticket.service);
    let counts =
        service.is_some_and(|s| s.proof.is_empty() || s.proof.contains(&crate::settings::Proof::Author));
    if !thread.own || !thread.ticket.status.is_live() || !counts {
        return suggestion(conn, incoming, &thread.ticket, "somebody says it is fixed");
    }
    let ticket =
        settle::fixed_by_author(conn, incoming.world, &thread.ticket, &incoming.post.channel, incoming.now)?;
    Ok(answered("the author says it is fixed", ticket))
}

fn status(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    reading: &Reading,
    ticket: &Ticket,
) -> Result<Ending> {
    let language = incoming.language(reading);
    let key = match ticket.status {
        Status::Fixed => "status_fixed",
        Status::Closed => "status_closed",
        Status::Received => "status_received",
        Status::Waiting => "status_waiting",
        _ => "status_open",
    };
    let event = format!("{}-{}", incoming.post.id, ticket.version);
    let saying = Saying {
        kind: Event::Status,
        event: &event,
        key,
        values: tell::values(&incoming.world.settings, ticket, language, incoming.now)
            .with("owner", ticket.waiting_for.clone().unwrap_or_default()),
        ticket: Some(ticket),
    };
    // How far a public request is may be told to anybody; a private one only to a person's eyes.
    let release =
        if ticket.is_public() { machine_may(incoming) } else { Err("a private request: a person answers") };
    let listener = acknowledge::listener(incoming, language);
    let (rendered, _) = tell::draft(conn, incoming.world, &listener, &saying, release, incoming.now)?;
    let reply = rendered.map(|r| r.text.as_str().to_owned());
    Ok(Ending { reply, ..answered("asked how far it is", ticket.clone()) })
}
