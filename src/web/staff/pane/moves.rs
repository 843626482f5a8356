//! What can be done with a ticket now: the status machine and the person's role decide, the page only shows it.

use super::super::desk::Desk;
use super::super::typed::Typed;
use crate::accounts::Action;
use crate::settings::{Lang, Proof};
use crate::tickets::{CloseReason, Status, Step, Ticket, status};
use crate::web::view::Choice;
use crate::web::view::pane::Moves;

/// For whom a ticket may wait: what the form sends, and what everybody reads.
pub(in crate::web::staff) const WAIT_FOR: [(&str, &str); 5] = [
    ("resident", "the resident"),
    ("the owner of the ground", "the owner of the ground"),
    ("another agency", "another agency"),
    ("parts", "parts"),
    ("better weather", "better weather"),
];

/// `crew`: the one that the routing rule names, chosen in the form.
pub(super) fn of(desk: &Desk<'_>, ticket: &Ticket, typed: &Typed, crew: Option<&str>) -> Moves {
    let can = |step: Step, action: Action| desk.may(action) && status::after(ticket.status, step).is_ok();
    let assign = can(Step::Assign, Action::MoveTicket) && !ticket.hidden;
    let fix = can(Step::Fix, Action::CloseTicket);
    let mut moves = Moves {
        assign,
        departments: if assign { departments(desk, ticket) } else { Vec::new() },
        crews: if assign { crews(desk, ticket, crew) } else { Vec::new() },
        start: can(Step::Start, Action::MoveTicket),
        wait_for: if can(Step::Wait, Action::MoveTicket) { wait_for(ticket) } else { Vec::new() },
        fix,
        proof_words: proof_words(desk, ticket).to_owned(),
        proofs: if fix { proofs(desk, ticket) } else { Vec::new() },
        reasons: if can(Step::Close, Action::CloseTicket) { reasons() } else { Vec::new() },
        reopen: can(Step::Reopen, Action::MoveTicket),
        open: typed.step.to_owned(),
        none_why: String::new(),
    };
    typed.pick("assign", |f| &f.department, &mut moves.departments);
    typed.pick("assign", |f| &f.crew, &mut moves.crews);
    typed.pick("wait", |f| &f.whom, &mut moves.wait_for);
    typed.pick("fix", |f| &f.proof, &mut moves.proofs);
    typed.pick("close", |f| &f.reason, &mut moves.reasons);
    let none = !(moves.assign || moves.start || moves.fix || moves.reopen) && moves.reasons.is_empty();
    let why = format!("Your role ({}) does not move requests. Ask a dispatcher.", desk.me.role.label());
    Moves { none_why: if none { why } else { String::new() }, ..moves }
}

/// Sending it to another department needs more than moving it along.
fn departments(desk: &Desk<'_>, ticket: &Ticket) -> Vec<Choice> {
    let all = desk.settings().departments.iter();
    all.filter(|d| d.code == ticket.department || desk.may(Action::Reroute))
        .map(|d| Choice {
            value: d.code.clone(),
            label: d.names.get(Lang::En).clone(),
            chosen: d.code == ticket.department,
        })
        .collect()
}

fn crews(desk: &Desk<'_>, ticket: &Ticket, wanted: Option<&str>) -> Vec<Choice> {
    let known = desk.settings().departments.get(&ticket.department);
    let crews = known.map(|d| d.crews.as_slice()).unwrap_or_default();
    let chosen = |c: &String| Some(c.as_str()) == wanted;
    crews.iter().map(|c| Choice { value: c.clone(), label: c.clone(), chosen: chosen(c) }).collect()
}

fn wait_for(ticket: &Ticket) -> Vec<Choice> {
    let now = if ticket.status == Status::Waiting { ticket.waiting_for.as_deref() } else { None };
    WAIT_FOR
        .iter()
        .map(|(value, label)| Choice {
            value: (*value).to_owned(),
            label: (*label).to_owned(),
            chosen: Some(*value) == now,
        })
        .collect()
}

fn demands(desk: &Desk<'_>, ticket: &Ticket) -> Vec<Proof> {
    let service = desk.settings().catalogue.get(&ticket.service);
    service.map(|s| s.proof.clone()).unwrap_or_default()
}

fn proof_words(desk: &Desk<'_>, ticket: &Ticket) -> &'static str {
    let demanded = demands(desk, ticket);
    let takes = |proof: Proof| demanded.is_empty() || demanded.contains(&proof);
    match (takes(Proof::Photo), takes(Proof::WorkOrder)) {
        (true, true) => "Fixed needs a photo taken after the work, or a finished work order.",
        (true, false) => "Fixed needs a photo taken after the work.",
        (false, true) => "Fixed needs a finished work order.",
        (false, false) => "Fixed needs the word of somebody who wrote.",
    }
}

fn proofs(desk: &Desk<'_>, ticket: &Ticket) -> Vec<Choice> {
    let demanded = demands(desk, ticket);
    let kinds = [
        (Proof::Photo, "photo", "A photo taken after the work"),
        (Proof::WorkOrder, "work_order", "A finished work order"),
    ];
    let taken = kinds.into_iter().filter(|(kind, _, _)| demanded.is_empty() || demanded.contains(kind));
    taken
        .enumerate()
        .map(|(n, (_, value, label))| Choice { value: value.into(), label: label.into(), chosen: n == 0 })
        .collect()
}

fn reasons() -> Vec<Choice> {
    let label = |reason: CloseReason| match reason {
        CloseReason::NotOurs => "Not ours: somebody else looks after it",
        CloseReason::Duplicate => "Known already under another number",
        CloseReason::NoAction => "Nothing will be done",
        CloseReason::NoPlace => "Nobody could say where it is",
        CloseReason::NotVerified => "Done, but there is no proof",
    };
    let all = CloseReason::ALL.iter();
    all.map(|r| Choice { value: r.as_str().into(), label: label(*r).into(), chosen: false }).collect()
}
