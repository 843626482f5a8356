//! From rows of the database to words for people: names, states, places, dates. Pure but for the clock handed in.

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;

use crate::db::types::Ts;
use crate::insights::public::TicketRow as Row;
use crate::journey::followers::public_place;
use crate::places::{self, Mark};
use crate::settings::{Lang, Service, Settings, dates};
use crate::tickets::matching::metres_between;
use crate::tickets::{CloseReason, Status};
use crate::web::view::resident::TicketRow;
use crate::web::view::{Chip, When};

/// Words about tickets, for one page.
#[derive(Clone, Copy)]
pub(in crate::web) struct Words<'a> {
    pub(in crate::web) settings: &'a Settings,
    pub(in crate::web) now: DateTime<Utc>,
    pub(in crate::web) lang: Lang,
}

impl<'a> Words<'a> {
    pub(in crate::web) fn new(settings: &'a Settings, now: DateTime<Utc>) -> Self {
        // Pages are in English so far; replies and mails have their own languages.
        Self { settings, now, lang: Lang::En }
    }

    fn zone(&self) -> Tz {
        self.settings.city.time_zone
    }

    fn catalogued(&self, code: &str) -> Option<&'a Service> {
        self.settings.catalogue.get(code)
    }

    /// "Street light out"; a service that is gone from the catalogue keeps its code, spelled as words.
    pub(in crate::web) fn service(&self, code: &str) -> String {
        self.catalogued(code).map_or_else(|| code.replace('_', " "), |s| s.names.get(self.lang).clone())
    }

    /// "Street Lighting".
    pub(in crate::web) fn department(&self, code: &str) -> String {
        self.settings
            .departments
            .get(code)
            .map_or_else(|| code.replace('_', " "), |d| d.names.get(self.lang).clone())
    }

    /// Where it is, as strangers may read it.
    pub(in crate::web) fn place(&self, row: &Row) -> String {
        if row.place_label.is_empty() {
            return "Place not known yet".to_owned();
        }
        public_place(self.catalogued(&row.service), &row.place_label, &row.place_kind, row.area.as_deref())
    }

    /// True when the exact spot is nobody's business.
    pub(in crate::web) fn is_private(&self, code: &str) -> bool {
        self.catalogued(code).is_none_or(|s| s.private_place)
    }

    /// Where it is on the map, as strangers may see it.
    pub(in crate::web) fn point(&self, row: &Row) -> Option<(f64, f64)> {
        let (lat, lon) = row.lat.zip(row.lon)?;
        Some(if self.is_private(&row.service) { places::rounded_for_privacy(lat, lon) } else { (lat, lon) })
    }

    /// Those of these tickets that strangers would find within `radius_m` metres of a spot. Measured with the
    /// places strangers may know: with the exact ones, asking from many sides would find a door.
    pub(in crate::web) fn seen_near(&self, rows: Vec<Row>, spot: (f64, f64), radius_m: f64) -> Vec<Row> {
        rows.into_iter().filter(|row| self.is_seen_near(row, spot, radius_m)).collect()
    }

    /// Whether strangers would find this ticket within `radius_m` metres of a spot.
    pub(in crate::web) fn is_seen_near(&self, row: &Row, spot: (f64, f64), radius_m: f64) -> bool {
        self.point(row).is_some_and(|p| metres_between(p, spot) <= radius_m)
    }

    /// "Thu Nov 19, 6:52 pm".
    pub(in crate::web) fn moment(&self, at: Ts) -> String {
        dates::moment(at.0, self.zone(), self.lang)
    }

    /// The same for people and machines.
    pub(in crate::web) fn when(&self, at: Ts) -> When {
        let iso = at.0.with_timezone(&self.zone()).to_rfc3339_opts(chrono::SecondsFormat::Secs, false);
        When { words: self.moment(at), iso }
    }

    /// "4 pm today", "Wed Nov 25".
    pub(in crate::web) fn due(&self, at: Ts) -> String {
        dates::due(at.0, self.now, self.zone(), self.lang)
    }

    /// "Fri Nov 20".
    pub(in crate::web) fn day(&self, at: Ts) -> String {
        dates::day(at.0.with_timezone(&self.zone()).date_naive(), self.lang)
    }

    /// "3 days late", empty while it is in time or has ended.
    pub(in crate::web) fn late(&self, row: &Row) -> String {
        let over = row.due_at.filter(|_| is_live(row)).map(|due| self.now - due.0);
        over.filter(|over| *over > Duration::zero())
            .map(|over| format!("{} late", span(over)))
            .unwrap_or_default()
    }

    /// State as shape and word.
    pub(in crate::web) fn chip(&self, row: &Row) -> Chip {
        let word = match status(row) {
            Status::Waiting => match (row.waiting_for.as_deref(), row.waiting_until) {
                (Some("resident"), _) => "Waiting for an answer".to_owned(),
                (Some(whom), Some(until)) => format!("Waiting for {whom} until {}", self.day(until)),
                (Some(whom), None) => format!("Waiting for {whom}"),
                (None, _) => Status::Waiting.word().to_owned(),
            },
            Status::Closed => self.closed(row),
            other => other.word().to_owned(),
        };
        Chip { state: row.status.clone(), word }
    }

    /// "Closed, not verified".
    pub(in crate::web) fn closed(&self, row: &Row) -> String {
        let reason = row.close_reason.as_deref().and_then(|r| r.parse::<CloseReason>().ok());
        reason.map_or(Status::Closed.word(), CloseReason::word).to_owned()
    }

    /// What a list says beside the state.
    fn expected(&self, row: &Row) -> String {
        match (status(row), row.due_at) {
            (Status::Fixed, _) => {
                let proof = if row.proof.as_deref() == Some("photo") { ", with photos" } else { "" };
                format!("{}{proof}", self.day(row.fixed_at.unwrap_or(row.status_at)))
            }
            (Status::Closed, _) => self.day(row.status_at),
            (Status::Waiting, _) => String::new(),
            (Status::Received, None) => "A person looks at it next".to_owned(),
            (Status::Reopened, Some(due)) => format!("New visit by {}", self.due(due)),
            (Status::InProgress, Some(due)) => format!("Done by {}", self.due(due)),
            (_, Some(due)) => format!("By {}", self.due(due)),
            (_, None) => String::new(),
        }
    }

    /// A row of a list.
    pub(in crate::web) fn row(&self, row: &Row) -> TicketRow {
        TicketRow {
            number: row.number.clone(),
            href: format!("/t/{}", row.number),
            title: self.service(&row.service),
            place: self.place(row),
            chip: self.chip(row),
            expected: self.expected(row),
            reported: format!("Reported {}", self.day(row.opened_at)),
            late: self.late(row),
            people: if row.people > 1 { format!("{} people", row.people) } else { String::new() },
            selected: false,
        }
    }

    /// A mark on the map; `None` without a place.
    pub(in crate::web) fn mark(&self, row: &'a Row, selected: bool) -> Option<Mark<'a>> {
        let (lat, lon) = self.point(row)?;
        let private = self.is_private(&row.service);
        Some(Mark {
            lat,
            lon,
            radius_m: if private { 100.0 } else { row.radius_m.unwrap_or(0.0) },
            state: &row.status,
            label: format!("{}, {}, {}", self.service(&row.service), self.place(row), self.chip(row).word),
            href: Some(format!("/t/{}", row.number)),
            selected,
            count: u32::try_from(row.people).unwrap_or(1),
        })
    }
}

/// The status machine's word; one this version does not know reads as received.
pub(in crate::web) fn status(row: &Row) -> Status {
    row.status.parse().unwrap_or(Status::Received)
}

pub(in crate::web) fn is_live(row: &Row) -> bool {
    status(row).is_live()
}

/// A length of time in its largest unit: "3 days", "5 h", "12 min".
pub(in crate::web) fn span(length: Duration) -> String {
    let minutes = length.num_minutes().max(1);
    match minutes {
        0..60 => format!("{minutes} min"),
        60..1440 => format!("{} h", minutes / 60),
        1440..2880 => "1 day".to_owned(),
        _ => format!("{} days", minutes / 1440),
    }
}

/// "1,204".
pub(in crate::web) fn thousands(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    format!("{}{}", if n < 0 { "-" } else { "" }, groups.join(","))
}

/// "1 neighbor", "14 neighbors".
pub(in crate::web) fn count(n: i64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(n), if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_numbers() {
        let check = |minutes, expect: &str| assert_eq!(span(Duration::minutes(minutes)), expect);
        check(0, "1 min");
        check(59, "59 min");
        check(61, "1 h");
        check(1440, "1 day");
        check(4400, "3 days");
        assert_eq!(thousands(1_204_567), "1,204,567");
        assert_eq!(thousands(-12), "-12");
        assert_eq!(count(1, "person", "people"), "1 person");
        assert_eq!(count(1_000, "person", "people"), "1,000 people");
    }
}
