//! Which open ticket a report belongs to: candidates from the store, the score of `matching`, the best one.

mod store;

use chrono::{DateTime, Duration, Utc};

use super::likeness::Words;
use super::matching::{self, Seen, Verdict};
use super::{Ticket, store as tickets};
use crate::db::types::Ts;
use crate::db::{self, DbConnection};
use crate::error::Result;
use crate::places::{Gazetteer, Place};
use crate::settings::{Service, Settings};

/// Farthest doubt of a place that widens the look around it, in metres.
const DOUBT_MOST_M: f64 = 100.0;
/// Candidates whose words are read, the nearest first.
const READ: usize = 8;
/// Scores that differ by less than one of so many steps are equal.
const EQUAL_STEPS: f64 = 20.0;
/// Suggestions a report leaves.
const SUGGESTED: usize = 3;

/// A report, as far as joining looks at it.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// What it is.
    pub service: &'a Service,
    /// Where.
    pub place: &'a Place,
    /// In which words.
    pub text: &'a str,
    /// Its post, for its photos; 0 for none.
    pub post_id: i64,
    /// It came in private.
    pub sealed: bool,
    /// When it was written.
    pub at: DateTime<Utc>,
}

/// A known ticket that this concern may belong to.
#[derive(Debug)]
pub enum Match {
    /// The same problem, still open: join it.
    Same(Ticket, f64, String),
    /// Fixed a few days ago at the same spot: a person decides whether to reopen.
    FixedLately(Ticket),
}

/// An open ticket that may be the same: too unsure to join by itself.
#[derive(Debug)]
pub struct Perhaps {
    /// Row id of the ticket.
    pub ticket_id: i64,
    /// The score.
    pub p: f64,
    /// Why, for staff.
    pub why: String,
}

/// What is known about a report's problem.
#[derive(Debug, Default)]
pub struct Known {
    /// Where it belongs.
    pub found: Option<Match>,
    /// Where it may belong; empty when it belongs somewhere.
    pub perhaps: Vec<Perhaps>,
}

/// Looks for the ticket a report belongs to; the best fit wins, an open one before one just fixed, the oldest among equals.
///
/// # Errors
/// `Database` only.
pub fn find_match(
    conn: &mut DbConnection,
    city: &Gazetteer,
    settings: &Settings,
    report: &Report<'_>,
    now: DateTime<Utc>,
) -> Result<Known> {
    db::one_at_a_time(conn)?;
    let (service, place) = (report.service, report.place);
    let reach = service.join.radius_m + place.radius_m.min(DOUBT_MOST_M);
    let (south_west, north_east) = matching::box_around(place.lat, place.lon, reach);
    let near = tickets::Near {
        service: &service.code,
        place_key: &place.key,
        south_west,
        north_east,
        sealed_too: report.sealed,
        opened_after: Ts(now - Duration::days(i64::from(service.join.days))),
        fixed_after: Ts(now - Duration::days(i64::from(settings.policy.reopen_days))),
    };
    let mut candidates = Vec::new();
    for ticket in tickets::near(conn, &near)? {
        let Some(there) = ticket.place() else { continue };
        let metres = matching::metres_between((place.lat, place.lon), (there.lat, there.lon));
        candidates.push((there.key != place.key, metres, ticket, there));
    }
    candidates.sort_by(|a, b| {
        (a.0, a.1, a.2.id).partial_cmp(&(b.0, b.1, b.2.id)).unwrap_or(std::cmp::Ordering::Equal)
    });
    candidates.truncate(READ);
    if candidates.is_empty() {
        return Ok(Known::default());
    }
    let mut all = Vec::new();
    let joining = &settings.joining;
    let words = Words::of([report.text], &place.label, joining);
    let photos = store::photos_of_post(conn, report.post_id)?;
    let new = Seen { place, at: report.at, words: &words, photos: &photos };
    for (_, _, ticket, there) in candidates {
        let (texts, looks) = store::told(conn, ticket.id, !photos.is_empty())?;
        let theirs = Words::of(texts.iter().map(String::as_str), &there.label, joining);
        let known = Seen { place: &there, at: ticket.opened_at.0, words: &theirs, photos: &looks };
        if let Some(fit) = matching::fits(&new, &known, &service.join, joining, city) {
            all.push((matching::verdict(fit.p, &service.join, joining), fit, ticket));
        }
    }
    Ok(best(all))
}

fn best(all: Vec<(Verdict, matching::Fit, Ticket)>) -> Known {
    // Hardly different is equal, and then the oldest stays the one everybody joins.
    let rank = |t: &Ticket, p: f64| (t.status.is_live(), (p * EQUAL_STEPS).round());
    let mut known = Known::default();
    let mut chosen: Option<(matching::Fit, Ticket)> = None;
    for (verdict, fit, ticket) in all {
        match verdict {
            Verdict::Join => {
                let better = chosen.as_ref().is_none_or(|(f, t)| rank(t, f.p) < rank(&ticket, fit.p));
                if better {
                    chosen = Some((fit, ticket));
                }
            }
            Verdict::Perhaps if ticket.status.is_live() => {
                known.perhaps.push(Perhaps { ticket_id: ticket.id, p: fit.p, why: fit.why });
            }
            Verdict::Perhaps | Verdict::Apart => {}
        }
    }
    if let Some((fit, ticket)) = chosen {
        known.perhaps.clear();
        known.found = Some(if ticket.status.is_live() {
            Match::Same(ticket, fit.p, fit.why)
        } else {
            Match::FixedLately(ticket)
        });
    }
    known.perhaps.sort_by(|a, b| b.p.total_cmp(&a.p));
    known.perhaps.truncate(SUGGESTED);
    known
}
