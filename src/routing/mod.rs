//! Whose job is it, and by when: the city's rules, the service's department behind them, the working calendar.
//!
//! Reading order: `rules` (which rule takes it), `check` (rules that never get a turn), `replay` (what other rules
//! would have done), `clocks` (warnings, ladder, pauses), `expect` (when it should be done). The winning rule is kept with the ticket and shown to staff; nothing is ever without an owner.

pub mod check;
pub mod clocks;
pub mod expect;
mod replay;
pub mod rules;
mod space;
mod store;

use std::borrow::Cow;

use chrono::{DateTime, Utc};

pub use replay::{Changed, Past, Replay, replay};
pub use rules::{Facts, Moment};
pub use store::{Routing, latest, opened_since, past_of, record};

use crate::places::{self, Gazetteer, Located, Place};
use crate::settings::{Elsewhere, Lang, RoutingRules, Service, Settings, Urgency, calendar};

/// Who gets it and when it is due.
#[derive(Clone, Debug)]
pub struct Route {
    /// Code of the department.
    pub department: String,
    /// Name of the rule that chose it; empty: no rule took it, and the service's own department has it.
    pub rule: String,
    /// Why it goes there, in words for staff.
    pub words: String,
    /// The crew that should go.
    pub crew: Option<String>,
    /// Who is mailed about it.
    pub notify: Vec<String>,
    /// When it should be done.
    pub due_at: DateTime<Utc>,
    /// Ward or district of the place, if the city has such areas.
    pub area: Option<String>,
}

/// What the writer said beside what and where.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// Language of the post; `None` when nobody wrote one.
    pub language: Option<Lang>,
    /// Answers to the service's questions, as the form or client sent them.
    pub answers: serde_json::Map<String, serde_json::Value>,
}

/// What is to be routed.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// What it is.
    pub service: &'a Service,
    /// Where it is, when we know.
    pub place: Option<&'a Place>,
    /// How soon somebody must look.
    pub urgency: Urgency,
    /// What the writer said.
    pub said: &'a Said,
    /// When it came in.
    pub at: DateTime<Utc>,
}

/// Chooses department, crew, due time and area; pure. Nothing is ownerless: an unknown department falls to the desk.
#[must_use]
pub fn assign(settings: &Settings, gazetteer: &Gazetteer, asked: &Asked<'_>) -> Route {
    let service = asked.service;
    let facts = facts(settings, &settings.routing, gazetteer, asked);
    let area = ward(&facts).map(str::to_owned);
    let won = rules::first(&settings.routing, &facts);
    let due = won.and_then(|rule| rule.due).unwrap_or(service.due);
    let wanted = won.map_or(service.department.as_str(), |rule| rule.department.as_str());
    let (department, name, known) = match settings.departments.get(wanted) {
        Some(d) => (d.code.clone(), d.names.get(Lang::En), true),
        None => {
            let desk = settings.departments.fallback();
            (desk.code.clone(), desk.names.get(Lang::En), false)
        }
    };
    let words = match won {
        Some(rule) => format!("Sent to {name} by rule `{}`", rule.id),
        None if known => format!("{} goes to {name}", service.names.get(Lang::En)),
        None => format!("No department is named, so {name} has it"),
    };
    Route {
        department,
        rule: won.map(|rule| rule.id.clone()).unwrap_or_default(),
        words,
        crew: won.and_then(|rule| rule.crew.clone()),
        notify: won.map(|rule| rule.notify.clone()).unwrap_or_default(),
        due_at: calendar::due_at(&settings.policy, settings.city.time_zone, due, asked.at),
        area,
    }
}

/// Everything `rules` may ask about one ticket. The owner is looked up only if a rule asks for it.
#[must_use]
pub fn facts<'a>(
    settings: &Settings,
    rules: &RoutingRules,
    gazetteer: &'a Gazetteer,
    asked: &Asked<'a>,
) -> Facts<'a> {
    let mut areas = Vec::new();
    if let Some(place) = asked.place {
        places::each_area_at(gazetteer, place.lat, place.lon, |layer, name| {
            areas.push((Cow::Borrowed(layer), Cow::Borrowed(name)));
        });
        // The order of the layers, not of the search tree: the first ward stays the first.
        areas.sort();
    }
    let owner = asked.place.filter(|_| rules.asks_owner());
    Facts {
        service: &asked.service.code,
        areas,
        owner: owner.and_then(|place| places::whose(gazetteer, place).owner).map(Cow::Owned),
        urgency: asked.urgency,
        language: asked.said.language,
        answers: answers(asked.service, &asked.said.answers),
        moment: Moment::of(&settings.policy, settings.city.time_zone, asked.at),
    }
}

/// Answers as (question, answer) pairs: clients may name a question by number, and a list has several answers.
fn answers<'a>(
    service: &'a Service,
    said: &'a serde_json::Map<String, serde_json::Value>,
) -> Vec<(Cow<'a, str>, Cow<'a, str>)> {
    let mut pairs = Vec::new();
    for (name, value) in said {
        let by_number = name.parse::<u32>().ok();
        let question = service.open311.iter().find(|q| Some(q.code) == by_number);
        let key = question.map_or(name.as_str(), |q| q.key.as_str());
        let several = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
        for one in several {
            let text = match one {
                serde_json::Value::String(text) => Cow::Borrowed(text.as_str()),
                serde_json::Value::Null => continue,
                other => Cow::Owned(other.to_string()),
            };
            pairs.push((Cow::Borrowed(key), text));
        }
    }
    pairs
}

/// The ward a place lies in: the first layer named `ward`, else the first area there is.
fn ward<'f>(facts: &'f Facts<'_>) -> Option<&'f str> {
    let ward = facts.areas.iter().find(|(layer, _)| layer == "ward");
    ward.or_else(|| facts.areas.iter().find(|(layer, _)| layer != "city")).map(|(_, name)| name.as_ref())
}

/// Who else looks after it: the owner of the pole, park or road, or the town the post names; `None` when it is ours.
///
/// Homes and people are our business wherever they are in the city: noise in a state park is not the park's to settle.
#[must_use]
pub fn somebody_else<'s>(
    settings: &'s Settings,
    gazetteer: &Gazetteer,
    service: &Service,
    located: &Located,
) -> Option<&'s Elsewhere> {
    let named = |name: &str| settings.policy.elsewhere.iter().find(|other| other.name == name);
    if let Some(town) = &located.town {
        return named(town);
    }
    let place = located.best.as_ref().filter(|_| !service.private_place)?;
    named(&places::whose(gazetteer, place).owner?)
}
