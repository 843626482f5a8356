//! Which rule takes a ticket: what is known about it, and the first rule whose conditions all hold. Pure.

use std::borrow::Cow;

use chrono::{DateTime, Datelike, NaiveTime, Utc, Weekday};
use chrono_tz::Tz;

use crate::settings::{
    CITY_OWNER, CalendarIs, Lang, Policy, RoutingRule, RoutingRules, Urgency, When, calendar,
};

/// What a rule may ask about.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// Code of the service.
    pub service: &'a str,
    /// (layer, name) of every area the place lies in.
    pub areas: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// Owner of the asset, park or road; `None` where the map data names nobody.
    pub owner: Option<Cow<'a, str>>,
    /// How soon somebody must look.
    pub urgency: Urgency,
    /// Language of the post; `None` when nobody wrote one.
    pub language: Option<Lang>,
    /// (question, answer) of everything the writer answered.
    pub answers: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// When it came in.
    pub moment: Moment,
}

/// A moment as the city's clock and calendar show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Day of the week.
    pub weekday: Weekday,
    /// Time of day.
    pub time: NaiveTime,
    /// (month, day).
    pub day: (u32, u32),
    /// It is a holiday of the list.
    pub holiday: bool,
    /// The city works on this day.
    pub working_day: bool,
    /// The city works at this time of a working day.
    pub in_hours: bool,
}

impl Moment {
    /// The moment `at` in the city's zone.
    #[must_use]
    pub fn of(policy: &Policy, tz: Tz, at: DateTime<Utc>) -> Self {
        let local = at.with_timezone(&tz);
        let date = local.date_naive();
        let (from, to) = policy.working_hours;
        Self {
            weekday: date.weekday(),
            time: local.time(),
            day: (date.month(), date.day()),
            holiday: policy.holidays.contains(&date),
            working_day: calendar::is_working_day(policy, date),
            in_hours: from <= local.time() && local.time() < to,
        }
    }

    fn is(&self, wanted: CalendarIs) -> bool {
        match wanted {
            CalendarIs::WorkingTime => self.working_day && self.in_hours,
            CalendarIs::OutsideWorkingTime => !(self.working_day && self.in_hours),
            CalendarIs::WorkingDay => self.working_day,
            CalendarIs::FreeDay => !self.working_day,
            CalendarIs::Holiday => self.holiday,
        }
    }
}

/// The first rule that fits; `None` leaves it to the service's own department.
#[must_use]
pub fn first<'r>(rules: &'r RoutingRules, facts: &Facts<'_>) -> Option<&'r RoutingRule> {
    rules.iter().find(|rule| fits(&rule.when, facts))
}

/// Do all conditions hold? The cheap and telling ones are asked first.
#[must_use]
pub fn fits(when: &When, facts: &Facts<'_>) -> bool {
    one_of(&when.services, |code| code == facts.service)
        && one_of(&when.urgencies, |urgency| *urgency == facts.urgency)
        && one_of(&when.languages, |lang| Some(*lang) == facts.language)
        && one_of(&when.owners, |owner| owner == facts.owner.as_deref().unwrap_or(CITY_OWNER))
        && fits_moment(when, &facts.moment)
        && every(
            &when.areas,
            |a| &a.layer,
            |a| facts.areas.iter().any(|(layer, name)| *layer == a.layer && *name == a.name),
        )
        && every(
            &when.answers,
            |a| &a.key,
            |a| facts.answers.iter().any(|(key, value)| *key == a.key && *value == a.value),
        )
}

/// The conditions about time alone.
pub(super) fn fits_moment(when: &When, moment: &Moment) -> bool {
    one_of(&when.days, |day| *day == moment.weekday)
        && when.hours.is_none_or(|hours| hours.contains(moment.time))
        && when.calendar.is_none_or(|wanted| moment.is(wanted))
        && one_of(&when.seasons, |season| season.contains(moment.day))
}

fn one_of<T>(list: &[T], fits: impl Fn(&T) -> bool) -> bool {
    list.is_empty() || list.iter().any(fits)
}

/// Values of one name are alternatives; every name must have one that fits.
fn every<T>(list: &[T], name: impl Fn(&T) -> &String, fits: impl Fn(&T) -> bool) -> bool {
    list.iter().all(|one| fits(one) || list.iter().any(|other| name(other) == name(one) && fits(other)))
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::settings::{AnswerIs, AreaIs, DayTime, Season, Settings};

    fn facts() -> Facts<'static> {
        let settings = Settings::built_in(std::iter::empty()).unwrap();
        // Thanksgiving 2026, a Thursday, 6 pm in Riverton.
        let at = "2026-11-26T23:00:00Z".parse().unwrap();
        Facts {
            service: "snow_ice",
            areas: vec![("ward".into(), "Ward 3".into()), ("park".into(), "Mill Park".into())],
            owner: None,
            urgency: Urgency::Urgent,
            language: Some(Lang::Es),
            answers: vec![("depth".into(), "deep".into())],
            moment: Moment::of(&settings.policy, settings.city.time_zone, at),
        }
    }

    fn area(layer: &str, name: &str) -> AreaIs {
        AreaIs { layer: layer.into(), name: name.into() }
    }

    fn time(hour: u32) -> NaiveTime {
        NaiveTime::from_hms_opt(hour, 0, 0).unwrap()
    }

    #[test]
    fn every_condition_by_itself() {
        let check =
            |what: &str, when: When, expect: bool| assert_eq!(fits(&when, &facts()), expect, "{what}");
        check("nothing asked", When::default(), true);
        let services = |codes: &[&str]| When {
            services: codes.iter().map(|c| (*c).into()).collect(),
            ..When::default()
        };
        check("service", services(&["pothole_road_damage", "snow_ice"]), true);
        check("other service", services(&["pothole_road_damage"]), false);
        let areas = |areas: Vec<AreaIs>| When { areas, ..When::default() };
        check("one of two wards", areas(vec![area("ward", "Ward 1"), area("ward", "Ward 3")]), true);
        check("ward and park", areas(vec![area("ward", "Ward 3"), area("park", "Mill Park")]), true);
        check("ward and other park", areas(vec![area("ward", "Ward 3"), area("park", "Elm Park")]), false);
        check("a ward of another layer", areas(vec![area("district", "Ward 3")]), false);
        let owners = |o: &str| When { owners: vec![o.into()], ..When::default() };
        check("nobody named is the city", owners(CITY_OWNER), true);
        check("another owner", owners("State Highways"), false);
        check("urgency", When { urgencies: vec![Urgency::Normal], ..When::default() }, false);
        check("language", When { languages: vec![Lang::Es, Lang::Pt], ..When::default() }, true);
        let answer = |value: &str| When {
            answers: vec![AnswerIs { key: "depth".into(), value: value.into() }],
            ..When::default()
        };
        check("answer", answer("deep"), true);
        check("other answer", answer("thin"), false);
        check("day", When { days: vec![Weekday::Thu], ..When::default() }, true);
        check("other day", When { days: vec![Weekday::Sat, Weekday::Sun], ..When::default() }, false);
        let hours =
            |from, to| When { hours: Some(DayTime { from: time(from), to: time(to) }), ..When::default() };
        check("over midnight", hours(17, 8), true);
        check("the end does not count", hours(8, 18), false);
        let calendar = |c| When { calendar: Some(c), ..When::default() };
        check("holiday", calendar(CalendarIs::Holiday), true);
        check("free day", calendar(CalendarIs::FreeDay), true);
        check("outside working time", calendar(CalendarIs::OutsideWorkingTime), true);
        check("working day", calendar(CalendarIs::WorkingDay), false);
        let season = |from, to| When { seasons: vec![Season { from, to }], ..When::default() };
        check("over new year", season((11, 26), (3, 31)), true);
        check("a season that begins tomorrow", season((11, 27), (3, 31)), false);
    }

    #[test]
    fn working_time_follows_the_clocks_of_the_city() {
        let settings = Settings::built_in(std::iter::empty()).unwrap();
        let check = |at: &str, in_hours: bool, day: &str| {
            let moment = Moment::of(&settings.policy, settings.city.time_zone, at.parse().unwrap());
            let day: NaiveDate = day.parse().unwrap();
            assert_eq!((moment.in_hours, moment.day), (in_hours, (day.month(), day.day())), "{at}");
        };
        // 12:30 UTC is 7:30 in winter and 8:30 in summer: on the Monday after each change.
        check("2026-03-06T12:30:00Z", false, "2026-03-06");
        check("2026-03-09T12:30:00Z", true, "2026-03-09");
        check("2026-11-02T12:30:00Z", false, "2026-11-02");
        // Late in the evening is the next day in UTC, not in the city.
        check("2026-11-27T03:00:00Z", false, "2026-11-26");
    }
}
