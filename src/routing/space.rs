//! Everything the rules can tell apart, as a finite space: each rule is a box in it, and a rule that never gets a
//! turn is a box that the boxes before it cover.
//!
//! A side is a set of values: those that some rule names, and one that stands for all others. Times are cut where
//! any rule's answer changes, so that one moment stands for many. Areas and answers ask only "is one of these
//! among them", so treating the values of a side as alternatives never calls a rule covered that is not.

use std::borrow::Cow;
use std::collections::HashMap;

use chrono::{Datelike, NaiveDate, NaiveTime, Weekday};

use super::rules::{Facts, Moment, fits_moment};
use crate::settings::{CITY_OWNER, Lang, RoutingRule, Settings, Urgency, When};

/// A set of values of one side, as bits.
type Side = Vec<u64>;

/// Steps after which a search for a way past the earlier rules is given up; a city's rules need a few hundred.
const SEARCH_STEPS: u32 = 200_000;

const URGENCIES: [Urgency; 3] = [Urgency::Normal, Urgency::Urgent, Urgency::Emergency];
const WEEK: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

/// The values the rules can tell apart.
pub(super) struct Space<'s> {
    services: Vec<&'s str>,
    owners: Vec<&'s str>,
    moments: Vec<Moment>,
    /// Area layers and questions: (name, values).
    layers: Vec<(&'s str, Vec<&'s str>)>,
    questions: Vec<(&'s str, Vec<&'s str>)>,
    /// Which services ask which question.
    settings: &'s Settings,
}

/// What a rule takes: one set of values a side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Area {
    sides: Vec<Side>,
}

/// How a search ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Escape {
    /// This corner is taken by none of the earlier ones: value number on each side.
    At(Vec<usize>),
    /// They take everything.
    Covered,
    /// Too many cases.
    GivenUp,
}

impl<'s> Space<'s> {
    /// The space that these rules span.
    pub(super) fn of(settings: &'s Settings, rules: &'s [RoutingRule]) -> Self {
        let mut owners = vec![CITY_OWNER];
        let (mut layers, mut questions) = (Vec::new(), Vec::new());
        for when in rules.iter().map(|rule| &rule.when) {
            when.owners.iter().for_each(|owner| add(&mut owners, owner));
            when.areas.iter().for_each(|a| add_named(&mut layers, &a.layer, &a.name));
            when.answers.iter().for_each(|a| add_named(&mut questions, &a.key, &a.value));
        }
        Self {
            services: settings.catalogue.offered().map(|s| s.code.as_str()).collect(),
            owners,
            moments: moments(settings, rules),
            layers,
            questions,
            settings,
        }
    }

    /// What a rule takes.
    pub(super) fn area(&self, when: &When) -> Area {
        let any = |list_is_empty: bool, fits: bool| list_is_empty || fits;
        let mut sides = vec![
            bits(self.services.iter().map(|code| {
                any(when.services.is_empty(), when.services.iter().any(|s| s == code))
                    && when.answers.iter().all(|a| self.asks(code, &a.key))
            })),
            bits(URGENCIES.iter().map(|u| any(when.urgencies.is_empty(), when.urgencies.contains(u)))),
            // The fifth stands for posts nobody wrote in words.
            bits((0..=Lang::ALL.len()).map(|n| {
                any(when.languages.is_empty(), Lang::ALL.get(n).is_some_and(|l| when.languages.contains(l)))
            })),
            bits((0..=self.owners.len()).map(|n| {
                let named = self.owners.get(n).is_some_and(|o| when.owners.iter().any(|w| w == o));
                any(when.owners.is_empty(), named)
            })),
            bits(self.moments.iter().map(|moment| fits_moment(when, moment))),
        ];
        for (layer, names) in &self.layers {
            let wanted: Vec<&str> =
                when.areas.iter().filter(|a| a.layer == *layer).map(|a| a.name.as_str()).collect();
            sides.push(listed(names, &wanted));
        }
        for (key, values) in &self.questions {
            let wanted: Vec<&str> =
                when.answers.iter().filter(|a| a.key == *key).map(|a| a.value.as_str()).collect();
            sides.push(listed(values, &wanted));
        }
        Area { sides }
    }

    fn asks(&self, service: &str, key: &str) -> bool {
        self.settings.catalogue.get(service).is_some_and(|s| s.open311.iter().any(|q| q.key == key))
    }

    /// A ticket that stands at this corner.
    pub(super) fn facts(&self, corner: &[usize]) -> Facts<'s> {
        let at = |side: usize| corner.get(side).copied().unwrap_or(0);
        let named = |first: usize, list: &[(&'s str, Vec<&'s str>)]| {
            let mut found = Vec::new();
            for (n, (name, values)) in list.iter().enumerate() {
                if let Some(value) = values.get(at(first + n)) {
                    found.push((Cow::Borrowed(*name), Cow::Borrowed(*value)));
                }
            }
            found
        };
        let service = self.services.get(at(0)).copied().unwrap_or_default();
        let mut answers = named(5 + self.layers.len(), &self.questions);
        answers.retain(|(key, _)| self.asks(service, key));
        Facts {
            service,
            urgency: URGENCIES.get(at(1)).copied().unwrap_or_default(),
            language: Lang::ALL.get(at(2)).copied(),
            owner: match self.owners.get(at(3)).copied() {
                Some(CITY_OWNER) => None,
                Some(name) => Some(Cow::Borrowed(name)),
                None => Some(Cow::Borrowed("an owner no rule names")),
            },
            moment: self.moments.get(at(4)).copied().unwrap_or(Moment {
                weekday: Weekday::Mon,
                time: NaiveTime::MIN,
                day: (1, 1),
                holiday: false,
                working_day: false,
                in_hours: false,
            }),
            areas: named(5, &self.layers),
            answers,
        }
    }
}

impl Area {
    /// No ticket can stand in it.
    pub(super) fn is_empty(&self) -> bool {
        self.sides.iter().any(|side| side.iter().all(|word| *word == 0))
    }

    /// What both take.
    pub(super) fn shared(&self, other: &Self) -> Self {
        let sides = self.sides.iter().zip(&other.sides);
        Self { sides: sides.map(|(a, b)| a.iter().zip(b).map(|(a, b)| a & b).collect()).collect() }
    }

    /// Does it take everything that `other` takes?
    pub(super) fn covers(&self, other: &Self) -> bool {
        self.sides.iter().zip(&other.sides).all(|(a, b)| a.iter().zip(b).all(|(a, b)| b & !a == 0))
    }

    /// The first value of each side.
    pub(super) fn corner(&self) -> Vec<usize> {
        let first = |side: &Side| {
            let word = side.iter().position(|word| *word != 0)?;
            Some(word * 64 + side.get(word)?.trailing_zeros() as usize)
        };
        self.sides.iter().map(|side| first(side).unwrap_or(0)).collect()
    }

    /// Looks for a corner that none of `earlier` takes.
    pub(super) fn escape(&self, earlier: &[&Self]) -> Escape {
        let mut steps = SEARCH_STEPS;
        escape(self, earlier, &mut steps)
    }
}

/// Cuts what the first overlapping box takes out of `area` and tries each piece that is left.
fn escape(area: &Area, earlier: &[&Area], steps: &mut u32) -> Escape {
    let Some(left) = steps.checked_sub(1) else { return Escape::GivenUp };
    *steps = left;
    let Some(n) = earlier.iter().position(|other| !area.shared(other).is_empty()) else {
        return Escape::At(area.corner());
    };
    let (Some(taken), Some(rest)) = (earlier.get(n), earlier.get(n + 1..)) else { return Escape::GivenUp };
    let mut inside = area.clone();
    for side in 0..area.sides.len() {
        let (Some(mine), Some(theirs)) = (inside.sides.get(side), taken.sides.get(side)) else { continue };
        let outside: Side = mine.iter().zip(theirs).map(|(a, b)| a & !b).collect();
        let both: Side = mine.iter().zip(theirs).map(|(a, b)| a & b).collect();
        if outside.iter().any(|word| *word != 0) {
            let mut piece = inside.clone();
            if let Some(place) = piece.sides.get_mut(side) {
                *place = outside;
            }
            match escape(&piece, rest, steps) {
                Escape::Covered => {}
                found => return found,
            }
        }
        if let Some(place) = inside.sides.get_mut(side) {
            *place = both;
        }
    }
    Escape::Covered
}

/// A side of listed values and one more for "something else, or nothing".
fn listed(values: &[&str], wanted: &[&str]) -> Side {
    let fits = |n: usize| values.get(n).is_some_and(|v| wanted.contains(v));
    bits((0..=values.len()).map(|n| wanted.is_empty() || fits(n)))
}

fn bits(values: impl Iterator<Item = bool>) -> Side {
    let mut side = Side::new();
    for (n, fits) in values.enumerate() {
        if n % 64 == 0 {
            side.push(0);
        }
        if let Some(word) = side.last_mut().filter(|_| fits) {
            *word |= 1 << (n % 64);
        }
    }
    side
}

fn add<'s>(list: &mut Vec<&'s str>, value: &'s str) {
    if !list.contains(&value) {
        list.push(value);
    }
}

fn add_named<'s>(list: &mut Vec<(&'s str, Vec<&'s str>)>, name: &'s str, value: &'s str) {
    if let Some((_, values)) = list.iter_mut().find(|(known, _)| *known == name) {
        return add(values, value);
    }
    list.push((name, vec![value]));
}

/// One moment for each set of rules that fit in time: cut at every hour and day that any rule names.
fn moments(settings: &Settings, rules: &[RoutingRule]) -> Vec<Moment> {
    let policy = &settings.policy;
    let (opens, closes) = policy.working_hours;
    // Noon first, so that an example happens by day where it may.
    let mut times =
        vec![NaiveTime::from_hms_opt(12, 0, 0).unwrap_or_default(), NaiveTime::MIN, opens, closes];
    let mut days = vec![(6, 1), (1, 1)];
    let mut kinds: Vec<&When> = Vec::new();
    for when in rules.iter().map(|rule| &rule.when) {
        times.extend(when.hours.iter().flat_map(|hours| [hours.from, hours.to]));
        days.extend(when.seasons.iter().flat_map(|s| [s.from, day_after(s.to)]));
        let asks_time = !when.days.is_empty()
            || when.hours.is_some()
            || when.calendar.is_some()
            || !when.seasons.is_empty();
        let same = |known: &&When| {
            (&known.days, known.hours, known.calendar, &known.seasons)
                == (&when.days, when.hours, when.calendar, &when.seasons)
        };
        if asks_time && !kinds.iter().any(same) {
            kinds.push(when);
        }
    }
    dedup(&mut times);
    dedup(&mut days);
    let mut found: HashMap<Side, ()> = HashMap::new();
    let mut moments = Vec::new();
    let holidays: &[bool] = if policy.holidays.is_empty() { &[false] } else { &[false, true] };
    for holiday in holidays.iter().copied() {
        for weekday in WEEK {
            for day in days.iter().copied() {
                for time in times.iter().copied() {
                    let working_day = policy.working_days.contains(&weekday) && !holiday;
                    let in_hours = opens <= time && time < closes;
                    let moment = Moment { weekday, time, day, holiday, working_day, in_hours };
                    let signature = bits(kinds.iter().map(|when| fits_moment(when, &moment)));
                    if found.insert(signature, ()).is_none() {
                        moments.push(moment);
                    }
                }
            }
        }
    }
    moments
}

fn dedup<T: PartialEq + Clone>(list: &mut Vec<T>) {
    let mut kept: Vec<T> = Vec::with_capacity(list.len());
    for value in list.drain(..) {
        if !kept.contains(&value) {
            kept.push(value);
        }
    }
    *list = kept;
}

/// The day after (month, day), in a year that has a 29th of February.
fn day_after((month, day): (u32, u32)) -> (u32, u32) {
    let next = NaiveDate::from_ymd_opt(2024, month, day).and_then(|d| d.succ_opt());
    next.map_or((1, 1), |d| (d.month(), d.day()))
}

#[cfg(test)]
impl Space<'_> {
    /// Every ticket the rules can tell apart; for small sets of rules only.
    pub(super) fn every_corner(&self) -> Vec<Vec<usize>> {
        let whole = self.area(&When::default());
        let mut corners = vec![Vec::new()];
        for side in &whole.sides {
            let n = side.iter().map(|word| word.count_ones() as usize).sum::<usize>();
            corners = corners
                .into_iter()
                .flat_map(|c: Vec<usize>| (0..n).map(move |v| [c.as_slice(), &[v]].concat()))
                .collect();
        }
        corners
    }
}
