//! Rules that never get a turn: their own conditions exclude each other, earlier rules take everything, or the city
//! has no such place. Each finding comes with an example ticket that shows it. Pure.

use std::collections::BTreeSet;

use super::rules::{self, Facts};
use super::space::{Area, Escape, Space};
use crate::error::{Error, Result};
use crate::places::Gazetteer;
use crate::settings::{CITY_OWNER, Lang, RoutingRule, RoutingRules, Settings, dates};

/// What is the matter with a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fault {
    /// Its own conditions exclude each other.
    Contradictory,
    /// Earlier rules take everything it asks for.
    Shadowed,
    /// The city has nothing it asks for.
    Unreachable,
    /// It works, but which of two rules decides depends on their order alone: worth a look, not a fault.
    Overlap,
    /// Too many cases to say whether it gets a turn.
    Undecided,
}

impl Fault {
    /// The word for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contradictory => "contradictory",
            Self::Shadowed => "shadowed",
            Self::Unreachable => "unreachable",
            Self::Overlap => "overlap",
            Self::Undecided => "undecided",
        }
    }

    /// Must somebody mend it?
    #[must_use]
    pub const fn is_fault(self) -> bool {
        matches!(self, Self::Contradictory | Self::Shadowed | Self::Unreachable)
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// What is the matter.
    pub fault: Fault,
    /// Name of the rule.
    pub rule: String,
    /// File and line.
    pub place: String,
    /// What was found and how to mend it.
    pub words: String,
    /// A ticket that shows it; empty where there can be none.
    pub example: String,
    /// Names of the rules that come first.
    pub by: Vec<String>,
}

/// Everything that is the matter with these rules. Without a gazetteer (an empty one) areas and owners are not asked.
#[must_use]
pub fn check(settings: &Settings, rules: &RoutingRules, gazetteer: &Gazetteer) -> Vec<Finding> {
    let list = rules.list();
    let space = Space::of(settings, list);
    let areas: Vec<Area> = list.iter().map(|rule| space.area(&rule.when)).collect();
    let mut findings = Vec::new();
    for (n, (rule, area)) in list.iter().zip(&areas).enumerate() {
        let (before, earlier) = (list.get(..n).unwrap_or_default(), areas.get(..n).unwrap_or_default());
        let found = if area.is_empty() {
            Some(contradictory(rule))
        } else if let Some(words) = nowhere(settings, rule, gazetteer) {
            Some(finding(Fault::Unreachable, rule, words))
        } else {
            match area.escape(&earlier.iter().collect::<Vec<_>>()) {
                Escape::Covered => Some(shadowed(settings, &space, (rule, area), (before, earlier))),
                Escape::GivenUp => Some(finding(
                    Fault::Undecided,
                    rule,
                    "too many cases to say whether earlier rules leave anything to it; fewer conditions would help".into(),
                )),
                Escape::At(_) => None,
            }
        };
        match found {
            Some(found) => findings.push(found),
            None => findings.extend(overlaps(settings, &space, (rule, area), (before, earlier))),
        }
    }
    findings
}

/// Refuses rules whose own conditions exclude each other: they are off and look as if they were on.
///
/// # Errors
/// `Invalid` with file, line and rule of each.
pub fn refuse_contradictions(settings: &Settings) -> Result<()> {
    let list = settings.routing.list();
    let space = Space::of(settings, list);
    let broken: Vec<String> = list
        .iter()
        .filter(|rule| space.area(&rule.when).is_empty())
        .map(contradictory)
        .map(|f| format!("{}: rule `{}`: {}", f.place, f.rule, f.words))
        .collect();
    if broken.is_empty() { Ok(()) } else { Err(Error::Invalid(broken.join("\n"))) }
}

fn finding(fault: Fault, rule: &RoutingRule, words: String) -> Finding {
    let (example, by) = (String::new(), Vec::new());
    Finding { fault, rule: rule.id.clone(), place: rule.place(), words, example, by }
}

fn contradictory(rule: &RoutingRule) -> Finding {
    let words = "no request can fit it, its conditions exclude each other; look at `days`, `hours`, `calendar`, \
                 `season` and the questions of its services";
    finding(Fault::Contradictory, rule, words.to_owned())
}

/// What the rule asks for and this city does not have.
fn nowhere(settings: &Settings, rule: &RoutingRule, gazetteer: &Gazetteer) -> Option<String> {
    let when = &rule.when;
    let elsewhere = |owner: &String| settings.policy.elsewhere.iter().any(|e| e.name == *owner);
    let private = |code: &String| settings.catalogue.get(code).is_some_and(|s| s.private_place);
    if !when.owners.is_empty() && when.owners.iter().all(elsewhere) && !when.services.iter().any(private) {
        let owner = when.owners.first().map_or("", String::as_str);
        return Some(format!(
            "what belongs to \"{owner}\" is handed over by [[elsewhere]] in policy.toml before any rule is asked; \
             remove it there or here"
        ));
    }
    if gazetteer.is_empty() {
        return None;
    }
    let known = gazetteer.area_names();
    let layers: BTreeSet<&str> = when.areas.iter().map(|a| a.layer.as_str()).collect();
    for layer in layers {
        let mut wanted = when.areas.iter().filter(|a| a.layer == layer);
        if !wanted.clone().any(|a| known.contains(&(layer, a.name.as_str()))) {
            let name = wanted.next().map_or("", |a| a.name.as_str());
            let has: Vec<&str> = known.iter().filter(|(l, _)| *l == layer).map(|(_, n)| *n).take(8).collect();
            let has = if has.is_empty() { "nothing".to_owned() } else { has.join(", ") };
            return Some(format!(
                "the map data has no \"{layer}: {name}\"; in layer \"{layer}\" it has {has}"
            ));
        }
    }
    let owners = gazetteer.owner_names();
    let there = |owner: &String| owner == CITY_OWNER || owners.contains(owner.as_str());
    if !when.owners.is_empty() && !when.owners.iter().any(there) {
        let owner = when.owners.first().map_or("", String::as_str);
        return Some(format!("nothing on the map belongs to \"{owner}\""));
    }
    None
}

fn shadowed(
    settings: &Settings,
    space: &Space<'_>,
    (rule, area): (&RoutingRule, &Area),
    (before, earlier): (&[RoutingRule], &[Area]),
) -> Finding {
    let alone = before.iter().zip(earlier).find(|(_, other)| other.covers(area));
    let by: Vec<&RoutingRule> = match alone {
        Some((one, _)) => vec![one],
        None => before
            .iter()
            .zip(earlier)
            .filter(|(_, other)| !area.shared(other).is_empty())
            .map(|(other, _)| other)
            .collect(),
    };
    let names: Vec<String> = by.iter().map(|r| format!("`{}` ({})", r.id, r.place())).collect();
    let contradicts =
        alone.is_some_and(|(one, other)| area.covers(other) && one.department != rule.department);
    let words = if contradicts {
        format!(
            "has the same conditions as {} and contradicts it: that one sends to {}, this one would send to {}; \
             remove one of the two",
            names.join(", "),
            department(settings, &by.first().map(|r| r.department.clone()).unwrap_or_default()),
            department(settings, &rule.department)
        )
    } else {
        format!(
            "never gets a turn: {} takes everything it asks for; move it up, or narrow what stands before",
            names.join(" and ")
        )
    };
    let facts = space.facts(&area.corner());
    Finding {
        example: example(settings, before, &facts),
        by: by.iter().map(|r| r.id.clone()).collect(),
        ..finding(Fault::Shadowed, rule, words)
    }
}

/// Earlier rules with another answer that take a part of it, where neither is the special case of the other.
fn overlaps(
    settings: &Settings,
    space: &Space<'_>,
    (rule, area): (&RoutingRule, &Area),
    (before, earlier): (&[RoutingRule], &[Area]),
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (other, taken) in before.iter().zip(earlier) {
        let shared = area.shared(taken);
        if other.department == rule.department
            || shared.is_empty()
            || area.covers(taken)
            || taken.covers(area)
        {
            continue;
        }
        let words = format!(
            "some requests fit `{}` ({}) as well; that one stands first and sends them to {}",
            other.id,
            other.place(),
            department(settings, &other.department)
        );
        findings.push(Finding {
            example: example(settings, before, &space.facts(&shared.corner())),
            by: vec![other.id.clone()],
            ..finding(Fault::Overlap, rule, words)
        });
    }
    findings
}

/// The ticket in words, and where the rules before really send it.
fn example(settings: &Settings, before: &[RoutingRule], facts: &Facts<'_>) -> String {
    let taken = before.iter().find(|rule| rules::fits(&rule.when, facts));
    let goes = taken.map_or_else(String::new, |r| {
        format!(" goes to {} by `{}`", department(settings, &r.department), r.id)
    });
    format!("{}{goes}", in_words(settings, facts))
}

/// "Snow or ice, ward: Ward 3, Thu 6 pm on Nov 26, urgent".
fn in_words(settings: &Settings, facts: &Facts<'_>) -> String {
    let service = settings.catalogue.get(facts.service);
    let mut parts = vec![service.map_or(facts.service, |s| s.names.get(Lang::En)).to_owned()];
    parts.extend(facts.areas.iter().map(|(layer, name)| format!("{layer}: {name}")));
    parts.extend(facts.owner.as_deref().map(|owner| format!("owner {owner}")));
    parts.extend(facts.answers.iter().map(|(key, value)| format!("{key} = {value}")));
    let (month, day) = facts.moment.day;
    let holiday = if facts.moment.holiday { ", a holiday" } else { "" };
    parts.push(format!(
        "{} {} on {month:02}-{day:02}{holiday}",
        facts.moment.weekday,
        dates::time(facts.moment.time, Lang::En)
    ));
    parts.push(facts.urgency.as_str().to_owned());
    parts.extend(facts.language.map(|lang| format!("written in {lang}")));
    parts.join(", ")
}

fn department(settings: &Settings, code: &str) -> String {
    settings.departments.get(code).map_or_else(|| code.to_owned(), |d| d.names.get(Lang::En).clone())
}

#[cfg(test)]
mod tests;
