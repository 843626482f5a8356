//! "On it", "We know, on it" or one short question: what an author hears first, by itself or as a draft with the reason.

use super::concern::{Concern, Ending, GUESS_P, insert, new_join, open};
use super::receive::Incoming;
use super::settle;
use super::tell::{self, Listener, Saying};
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::Result;
use crate::intake::Outcome;
use crate::places::{self, Located, Place};
use crate::replies::guard::{self, Conditions};
use crate::replies::{self, Kind as Event};
use crate::settings::{Gate, Lang};
use crate::tickets::{self, Ticket};
use crate::triage::Reading;

/// "On it", or "We know, on it": by itself when everything holds, else as a draft with the reason.
pub(super) fn acknowledge(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    reading: &Reading,
    concern: &Concern<'_>,
    ticket: &Ticket,
    key: &str,
) -> Result<Option<String>> {
    let settings = &incoming.world.settings;
    let mut release = may_answer(incoming, reading, concern, ticket.due_at.is_some());
    if key == "joined" && ticket.people > i64::from(settings.policy.answer_each_up_to) {
        // One public post for everybody beyond; their own answers wait until a person releases them.
        settle::say_many(conn, incoming.world, ticket, release, incoming.now)?;
        release = release.and(Err(settle::TOO_MANY));
    }
    let language = incoming.language(reading);
    let listener = listener(incoming, language);
    let saying = Saying {
        kind: if key == "on_it" { Event::OnIt } else { Event::Joined },
        event: "",
        key,
        values: tell::values(settings, ticket, language, incoming.now),
        ticket: Some(ticket),
    };
    let (rendered, _) = tell::draft(conn, incoming.world, &listener, &saying, release, incoming.now)?;
    Ok(rendered.map(|r| r.text.as_str().to_owned()))
}

/// May the machine say by itself what becomes of this concern?
pub(super) fn may_answer(
    incoming: &Incoming<'_>,
    reading: &Reading,
    concern: &Concern<'_>,
    due_is_known: bool,
) -> std::result::Result<(), &'static str> {
    let policy = &incoming.world.settings.policy;
    let (service_gate, service_gate_p) = incoming.world.gate_of(concern.service);
    guard::goes_alone(&Conditions {
        machine_may_answer: policy.auto,
        report_p: if concern.stated { 1.0 } else { reading.report_p },
        report_gate: policy.report_p,
        service_p: concern.service_p,
        service_gate,
        service_gate_p,
        place_is_good: true,
        post_is_public: !incoming.post.sealed,
        emergency: false,
        due_is_known,
        wording_reviewed: true,
        channel_on_trial: incoming.account.as_ref().is_some_and(|a| a.on_trial()),
    })
}

pub(super) fn listener<'a>(incoming: &'a Incoming<'_>, language: Lang) -> Listener<'a> {
    Listener { post: incoming.post, person: &incoming.person, account: incoming.account.as_ref(), language }
}

/// One short question in the thread. The ticket exists from the question on, without a promise.
pub(super) fn ask_where(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    reading: &Reading,
    concern: &Concern<'_>,
    located: &Located,
) -> Result<Ending> {
    let concern_id = insert(conn, incoming, concern, located, "asked", "we asked where it is")?;
    let ticket = open(conn, incoming, concern, None, incoming.post.sealed, false)?;
    tickets::join_first(conn, &new_join(incoming, concern_id, ticket.id, "opened it", 1.0))?;
    let choices: Vec<Place> = match located.status {
        places::Status::Ambiguous => located.alternatives.iter().take(3).cloned().collect(),
        _ => Vec::new(),
    };
    replies::insert_question(
        conn,
        &replies::NewQuestion {
            concern_id,
            ticket_id: ticket.id,
            post_id: incoming.post.id,
            person_id: incoming.person.id,
            candidates: &serde_json::to_string(&choices).unwrap_or_else(|_| "[]".into()),
            asked_at: Ts(incoming.now),
        },
    )?;
    let language = incoming.language(reading);
    let key = if choices.len() >= 2 { "ask_which" } else { "ask_where" };
    let release = may_ask(incoming, reading, concern);
    let saying = Saying {
        kind: Event::Ask,
        event: "1",
        key,
        values: tell::values(&incoming.world.settings, &ticket, language, incoming.now)
            .with("candidates", tell::candidates(&choices, language)),
        ticket: Some(&ticket),
    };
    let (rendered, _) =
        tell::draft(conn, incoming.world, &listener(incoming, language), &saying, release, incoming.now)?;
    let reply = rendered.map(|r| r.text.as_str().to_owned());
    Ok(Ending { reply, ..Ending::about(Outcome::Asked, "we asked where it is", ticket) })
}

/// A question promises nothing, so it needs less than an "On it".
fn may_ask(
    incoming: &Incoming<'_>,
    reading: &Reading,
    concern: &Concern<'_>,
) -> std::result::Result<(), &'static str> {
    let (gate, gate_p) = incoming.world.gate_of(concern.service);
    guard::goes_alone(&Conditions {
        machine_may_answer: incoming.world.settings.policy.auto,
        report_p: reading.report_p,
        report_gate: incoming.world.settings.policy.report_p,
        service_p: concern.service_p,
        service_gate: if gate == Gate::Person { Gate::Person } else { Gate::Auto },
        service_gate_p: GUESS_P.min(gate_p),
        place_is_good: true,
        post_is_public: !incoming.post.sealed,
        emergency: false,
        due_is_known: true,
        wording_reviewed: true,
        channel_on_trial: incoming.account.as_ref().is_some_and(|a| a.on_trial()),
    })
}

/// A person decided what it is: the pre-approved "On it" goes, for that person is behind it.
pub(super) fn acknowledge_by_hand(
    conn: &mut DbConnection,
    incoming: &Incoming<'_>,
    ticket: &Ticket,
    outcome: Outcome,
    by: &str,
) -> Result<()> {
    let settings = &incoming.world.settings;
    let read = crate::triage::reading_of(conn, incoming.post.id)?;
    let language = read.map_or(settings.city.language, |r| r.language);
    let (kind, key) =
        if outcome == Outcome::Joined { (Event::Joined, "joined") } else { (Event::OnIt, "on_it") };
    let saying = Saying {
        kind,
        event: "",
        key,
        values: tell::values(settings, ticket, language, incoming.now),
        ticket: Some(ticket),
    };
    let release = if incoming.post.sealed {
        Err("the post is private: read it once more before it goes")
    } else {
        Ok(())
    };
    let (_, reply) =
        tell::draft(conn, incoming.world, &listener(incoming, language), &saying, release, incoming.now)?;
    if let Some(reply) = reply {
        let step = tickets::Entry::by_staff(
            "answered",
            by,
            format!("Released reply {}", reply.id),
            false,
            Ts(incoming.now),
        );
        tickets::append(conn, ticket.id, &[step])?;
    }
    Ok(())
}
