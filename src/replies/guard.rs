//! May this reply go out, and may it go by itself? Pure checks with a reason for each "no".

use std::collections::HashSet;

use crate::settings::Gate;

/// Everything that must hold before a machine may answer alone.
#[derive(Clone, Debug)]
#[expect(
    missing_docs,
    clippy::struct_excessive_bools,
    reason = "each field is one condition of the rule, by name"
)]
pub struct Conditions {
    pub machine_may_answer: bool,
    pub report_p: f64,
    pub report_gate: f64,
    pub service_p: f64,
    pub service_gate: Gate,
    pub service_gate_p: f64,
    pub place_is_good: bool,
    pub post_is_public: bool,
    pub emergency: bool,
    pub due_is_known: bool,
    pub wording_reviewed: bool,
    pub channel_on_trial: bool,
}

/// `Ok` when the reply goes by itself; else the sentence shown to the person it waits for.
///
/// # Errors
/// The first condition that does not hold, in words.
pub fn goes_alone(c: &Conditions) -> Result<(), &'static str> {
    let no = [
        (!c.machine_may_answer, "automatic replies are switched off in policy.toml"),
        (c.emergency, "danger to life: only the fixed text goes by itself"),
        (!c.post_is_public, "the post is private: a person answers"),
        (c.report_p < c.report_gate, "not sure that this is a report"),
        (c.service_gate != Gate::Auto, "this service is answered by a person"),
        (c.service_p < c.service_gate_p, "not sure enough what it is about"),
        (!c.place_is_good, "the place is not good enough to send a crew"),
        (!c.due_is_known, "no department or due date yet"),
        (!c.wording_reviewed, "nobody has reviewed this wording in this language"),
        (c.channel_on_trial, "this channel is new: a person sends its first replies"),
    ];
    no.iter().find(|(holds, _)| *holds).map_or(Ok(()), |(_, why)| Err(why))
}

/// What a text of the city must never hold, whoever wrote it: checked when drafted, when approved and before the socket.
#[derive(Clone, Debug, Default)]
pub struct Forbidden<'a> {
    /// Words of the post that are personal data.
    pub personal_words: Vec<&'a str>,
    /// Hosts a link may lead to.
    pub allowed_hosts: &'a [String],
    /// Handles that may be named, without `@`.
    pub allowed_handles: Vec<&'a str>,
}

/// Everything wrong with a text, in words; empty when it may go.
#[must_use]
pub fn faults(text: &str, forbidden: &Forbidden<'_>) -> Vec<String> {
    let mut faults = Vec::new();
    for word in &forbidden.personal_words {
        if word.chars().count() >= 4 && text.contains(word) {
            faults.push("repeats private data from the post".to_owned());
        }
    }
    for link in text.split_whitespace().filter(|w| w.starts_with("http://") || w.starts_with("https://")) {
        let host = url::Url::parse(link).ok().and_then(|u| u.host_str().map(str::to_owned));
        let known = host.as_ref().is_some_and(|h| forbidden.allowed_hosts.iter().any(|a| a == h));
        if !known {
            faults.push(format!(
                "links to {}, which is not on the list of allowed hosts",
                host.unwrap_or_default()
            ));
        }
    }
    let allowed: HashSet<String> = forbidden.allowed_handles.iter().map(|h| h.to_lowercase()).collect();
    for word in text.split_whitespace().filter(|w| w.starts_with('@') && w.len() > 1) {
        let handle =
            word.trim_start_matches('@').trim_end_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        let local = handle.split('@').next().unwrap_or_default();
        if !allowed.contains(&handle) && !allowed.iter().any(|a| a.split('@').next() == Some(local)) {
            faults.push(format!("names @{handle}, who is not in this thread"));
        }
    }
    faults.dedup();
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_not_be_said() {
        let hosts = vec!["requests.riverton.example".to_owned()];
        let check = |text: &str, expect: usize| {
            let forbidden = Forbidden {
                personal_words: vec!["973-555-0142"],
                allowed_hosts: &hosts,
                allowed_handles: vec!["ana@town.test"],
            };
            assert_eq!(faults(text, &forbidden).len(), expect, "{text}");
        };
        check("@ana@town.test On it. https://requests.riverton.example/t/26-000001", 0);
        check("@ana On it.", 0);
        check("We will call 973-555-0142", 1);
        check("See https://evil.example/x", 1);
        check("@bob On it.", 1);
    }
}
