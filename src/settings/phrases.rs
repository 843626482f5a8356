//! Which phrases the city must have in words, and what each may name.
//!
//! The list of placeholders is fixed and small: a phrase can only say what the city itself knows, never anything
//! a stranger wrote. What a phrase may name depends on the phrase, so that no reply ever goes out with a hole.

/// Everything a phrase can name; the rest in braces is an error when the files are read.
pub const PLACEHOLDERS: [&str; 12] = [
    "department",
    "due",
    "number",
    "link",
    "service",
    "place",
    "candidates",
    "emergency_number",
    "owner",
    "reason",
    "status",
    "city",
];

/// Where a phrase is used; it decides how long it may be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// A public or private reply on a network.
    Reply,
    /// First line of a mail.
    Subject,
    /// Text of a mail.
    Body,
    /// The word for a stage.
    Stage,
}

impl Use {
    /// Longest text of the phrase itself, in characters.
    /// A reply of 220 leaves room for names, number and link on the networks with the shortest posts.
    pub(super) const fn max_chars(self) -> usize {
        match self {
            Self::Reply => 220,
            Self::Subject => 78,
            Self::Body => 2000,
            Self::Stage => 24,
        }
    }
}

/// One phrase that must exist in all languages.
pub(super) struct Rule {
    pub(super) key: &'static str,
    pub(super) kind: Use,
    /// Must name these.
    pub(super) needs: &'static [&'static str],
    /// May name these as well.
    pub(super) may: &'static [&'static str],
}

const fn reply(key: &'static str, needs: &'static [&'static str], may: &'static [&'static str]) -> Rule {
    Rule { key, kind: Use::Reply, needs, may }
}

/// The word for where a ticket stands; it fills `{status}`.
const fn stage(key: &'static str) -> Rule {
    Rule { key, kind: Use::Stage, needs: &[], may: &[] }
}

const fn mail(
    key: &'static str,
    kind: Use,
    needs: &'static [&'static str],
    may: &'static [&'static str],
) -> Rule {
    Rule { key, kind, needs, may }
}

/// Known for every ticket with a public page.
const TICKET: &[&str] = &["number", "link", "service", "place", "city"];
/// Known once a department has it.
const PROMISE: &[&str] = &["department", "due", "number", "link", "service", "place", "city"];
/// Known once a department had it, whatever became of the date.
const DONE: &[&str] = &["department", "number", "link", "service", "place", "city"];
/// Known before a place is: no department, no date.
const QUESTION: &[&str] = &["number", "link", "service", "city"];

/// All phrases, in the order a conversation uses them.
pub(super) const RULES: [Rule; 41] = [
    reply("on_it", &["department", "due", "number"], PROMISE),
    reply("joined", &["due", "number"], PROMISE),
    reply("many", &["number", "link"], TICKET),
    reply("ask_where", &[], QUESTION),
    reply("ask_which", &["candidates"], QUESTION),
    reply("ask_again", &[], QUESTION),
    reply("waiting", &["owner", "number"], TICKET),
    reply("due_changed", &["due", "number"], PROMISE),
    reply("fixed", &["number"], DONE),
    reply("fixed_photo", &["number", "link"], DONE),
    reply("closed_not_ours", &["owner", "number"], TICKET),
    reply("closed_duplicate", &["number"], TICKET),
    reply("closed_no_action", &["reason", "number"], TICKET),
    reply("closed_no_place", &["number"], QUESTION),
    reply("closed_not_verified", &["number"], TICKET),
    reply("reopened", &["number"], TICKET),
    reply("status_received", &["number"], QUESTION),
    reply("status_open", &["status", "due", "number"], PROMISE),
    reply("status_waiting", &["owner", "number"], TICKET),
    reply("status_fixed", &["number"], TICKET),
    reply("status_closed", &["reason", "number"], TICKET),
    reply("thanks", &[], &["city"]),
    reply("emergency", &["emergency_number"], &["city"]),
    reply("outside", &["city"], &["service"]),
    mail("report_received_subject", Use::Subject, &["number"], TICKET),
    mail("report_received_body", Use::Body, &["number", "link"], TICKET),
    mail("follow_confirm_subject", Use::Subject, &["number"], TICKET),
    mail("follow_confirm_body", Use::Body, &["number", "link"], TICKET),
    mail("follow_update_subject", Use::Subject, &["number", "status"], TICKET),
    mail("follow_update_body", Use::Body, &["link", "status"], TICKET),
    mail("follow_fixed_body", Use::Body, &["link"], TICKET),
    mail("follow_closed_body", Use::Body, &["link", "reason"], TICKET),
    mail("follow_stop", Use::Body, &["link"], &["city"]),
    stage("stage_received"),
    stage("stage_open"),
    stage("stage_assigned"),
    stage("stage_in_progress"),
    stage("stage_fixed"),
    stage("stage_waiting"),
    stage("stage_reopened"),
    stage("stage_closed"),
];

/// True when this phrase may name this placeholder.
pub(super) fn allows(rule: &Rule, placeholder: &str) -> bool {
    rule.needs.contains(&placeholder) || rule.may.contains(&placeholder)
}
