//! What other rules would have done with the tickets of the last weeks. Reads and counts; nothing is changed. Pure.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Asked, Said, facts, rules};
use crate::places::{Gazetteer, Place};
use crate::settings::{RoutingRules, Settings, Urgency};

/// A ticket of the past, as far as rules may ask about it.
#[derive(Clone, Debug)]
pub struct Past {
    /// Its number.
    pub number: String,
    /// Code of its service, as it is now.
    pub service: String,
    /// Urgency word.
    pub urgency: String,
    /// When it came in.
    pub opened_at: DateTime<Utc>,
    /// (lat, lon) in degrees; `None` while nobody knows.
    pub point: Option<(f64, f64)>,
    /// Doubt in meters.
    pub radius_m: f64,
    /// Kind of place.
    pub kind: String,
    /// The place in words.
    pub label: String,
    /// Stable name of the spot.
    pub key: String,
    /// The street segment it is on.
    pub segment_key: Option<String>,
    /// What the first writer stated, as JSON.
    pub stated: Option<String>,
    /// Language of the first post, as read.
    pub language: Option<String>,
    /// Rule that took it then; empty: none.
    pub rule: String,
    /// Department that the machine chose then.
    pub routed_to: String,
    /// Department that has it now.
    pub is_with: String,
}

impl Past {
    fn place(&self) -> Option<Place> {
        let (lat, lon) = self.point?;
        Some(Place {
            lat,
            lon,
            radius_m: self.radius_m,
            kind: serde_json::from_value(self.kind.clone().into()).ok()?,
            label: self.label.clone(),
            span: None,
            key: self.key.clone(),
            street_key: None,
            segment_key: self.segment_key.clone(),
            shape: None,
            found_by: crate::places::FoundBy::default(),
        })
    }

    fn said(&self) -> Said {
        let stated =
            self.stated.as_deref().and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
        let answers = stated.and_then(|s| s.get("attributes")?.as_object().cloned()).unwrap_or_default();
        Said { language: self.language.as_deref().and_then(|l| l.parse().ok()), answers }
    }
}

/// One ticket that other rules would have sent elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Its number.
    pub number: String,
    /// Code of its service.
    pub service: String,
    /// Where it is, in words.
    pub place: String,
    /// Department it went to.
    pub from: String,
    /// Department it would go to.
    pub to: String,
    /// Rule that took it; empty: none, the service's own department had it.
    pub old_rule: String,
    /// Rule that would take it; empty: none.
    pub new_rule: String,
    /// Staff had sent it there by hand since.
    pub as_staff_did: bool,
}

/// What a try found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Replay {
    /// Tickets looked at.
    pub tickets: usize,
    /// Department -> (tickets it got, tickets it would get).
    pub departments: BTreeMap<String, (usize, usize)>,
    /// Rule -> tickets it would take, in the order of the file; rules without any are there with 0.
    pub rules: Vec<(String, usize)>,
    /// Tickets that no rule would take.
    pub by_service: usize,
    /// Tickets that would go to another department, oldest first.
    pub changed: Vec<Changed>,
    /// Tickets whose service is no longer in the catalogue.
    pub skipped: usize,
}

/// Tries rules on the past. Calendars and map are those of today.
#[must_use]
pub fn replay(settings: &Settings, rules: &RoutingRules, gazetteer: &Gazetteer, past: &[Past]) -> Replay {
    let mut out = Replay::default();
    let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
    for one in past {
        let Some(service) = settings.catalogue.get(&one.service) else {
            out.skipped += 1;
            continue;
        };
        let (place, said) = (one.place(), one.said());
        let urgency = match one.urgency.as_str() {
            "emergency" => Urgency::Emergency,
            "urgent" => Urgency::Urgent,
            _ => Urgency::Normal,
        };
        let asked = Asked { service, place: place.as_ref(), urgency, said: &said, at: one.opened_at };
        let won = rules::first(rules, &facts(settings, rules, gazetteer, &asked));
        let to = won.map_or(service.department.as_str(), |rule| rule.department.as_str());
        match won {
            Some(rule) => *taken.entry(rule.id.as_str()).or_default() += 1,
            None => out.by_service += 1,
        }
        out.tickets += 1;
        out.departments.entry(one.routed_to.clone()).or_default().0 += 1;
        out.departments.entry(to.to_owned()).or_default().1 += 1;
        if to != one.routed_to {
            out.changed.push(Changed {
                number: one.number.clone(),
                service: one.service.clone(),
                place: one.label.clone(),
                from: one.routed_to.clone(),
                to: to.to_owned(),
                old_rule: one.rule.clone(),
                new_rule: won.map(|rule| rule.id.clone()).unwrap_or_default(),
                as_staff_did: one.is_with == to,
            });
        }
    }
    out.rules =
        rules.iter().map(|r| (r.id.clone(), taken.get(r.id.as_str()).copied().unwrap_or(0))).collect();
    out
}
