//! GET `/staff/review/{post}`: one concern without a ticket, and the three ways out of the queue.
//!
//! The address is the post's row id, or post and concern ("7.12"): forms always carry both, so that two people
//! who decide at once decide about the same thing and the second one is told.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::decide::Form;
use super::desk::{Desk, at_desk};
use super::typed::Typed;
use super::{board, pane, rows, times, words};
use crate::accounts::Action;
use crate::db::DbConnection;
use crate::error::{Error, Result};
use crate::insights::board::{self as queue, ANSWER_MINUTES, About, PostRow};
use crate::journey::decide;
use crate::places::{Kind, Mark, Place};
use crate::tickets::matching::{box_around, metres_between};
use crate::tickets::{self, ConcernRow, Status};
use crate::triage::Reading;
use crate::web::answer::Answer;
use crate::web::refused;
use crate::web::site::Site;
use crate::web::view::pane::NearTicket;
use crate::web::view::review::Review;
use crate::web::view::{Chip, Choice, FieldError};

/// Open tickets within this distance are offered to join.
const JOIN_M: f64 = 400.0;
const NEAR_ROWS: usize = 4;

/// What an address below `/staff/review/` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// Row id of the post.
    pub post: i64,
    /// Row id of the concern; `None` = the first one that waits.
    pub concern: Option<i64>,
}

impl Named {
    pub(super) fn parse(words: &str) -> Result<Self> {
        let nothing = || Error::NotFound("there is no such post".into());
        let (post, concern) = words.split_once('.').map_or((words, None), |(p, c)| (p, Some(c)));
        Ok(Self {
            post: post.parse().map_err(|_| nothing())?,
            concern: concern.map(|c| c.parse().map_err(|_| nothing())).transpose()?,
        })
    }

    /// The concern itself.
    ///
    /// # Errors
    /// `NotFound` when the post has no such concern.
    pub(super) fn find(self, conn: &mut DbConnection) -> Result<Option<ConcernRow>> {
        let all = tickets::concerns_of(conn, self.post)?;
        let found = match self.concern {
            Some(id) => all.into_iter().find(|c| c.id == id),
            None => {
                let waits = all.iter().position(|c| !c.queue.is_empty()).unwrap_or(0);
                all.into_iter().nth(waits)
            }
        };
        if found.is_none() && self.concern.is_some() {
            return Err(Error::NotFound("there is no such post".into()));
        }
        Ok(found)
    }
}

/// A form that was not taken: what was wrong, and what it held.
#[derive(Debug, Default)]
struct Tried {
    error: Option<FieldError>,
    form: Form,
}

/// GET `/staff/review/{post}`.
pub(super) async fn show(site: Data<Site>, request: HttpRequest, named: Path<String>) -> HttpResponse {
    at_desk(site, &request, Action::ReviewPosts, move |desk| {
        let named = Named::parse(&named)?;
        let mut conn = desk.site.app.db.read()?;
        let Some(concern) = named.find(&mut conn)? else { return aside(desk, &mut conn, named.post) };
        // It has a ticket by now: that is where it is worked on.
        if concern.queue.is_empty() {
            let all = queue::other_concerns(&mut conn, named.post, 0)?;
            return match all.into_iter().find(|o| o.concern.id == concern.id).and_then(|o| o.ticket) {
                Some((number, _)) => Ok(Answer::to(&format!("/staff/tickets/{number}"))),
                None => aside(desk, &mut conn, named.post),
            };
        }
        page(desk, &mut conn, &concern, &Tried::default())
    })
    .await
}

/// The page again with what was wrong.
pub(super) fn refused(
    desk: &Desk<'_>,
    named: Named,
    error: Error,
    field: &str,
    form: &Form,
) -> Result<Answer> {
    let Some(told) = refused::told(&error, field) else { return Err(error) };
    let mut conn = desk.site.app.db.read()?;
    let tried = Tried { error: Some(told), form: form.clone() };
    let Some(concern) = named.find(&mut conn)? else { return Err(error) };
    Ok(page(desk, &mut conn, &concern, &tried)?.status(refused::status_of(&error)))
}

fn page(desk: &Desk<'_>, conn: &mut DbConnection, concern: &ConcernRow, tried: &Tried) -> Result<Answer> {
    let row = queue::concerns(conn, &[concern.id])?.into_iter().next();
    let row = row.ok_or_else(|| Error::NotFound("there is no such post".into()))?;
    let about = queue::about_posts(conn, &[row.post_id])?;
    let post =
        about.posts.get(&row.post_id).ok_or_else(|| Error::NotFound("there is no such post".into()))?;
    let reading = words::reading(about.readings.get(&row.post_id));
    let guesses = rows::guesses(&row, reading.as_ref());
    let fits = pane::all_places(&row);
    let heading = rows::doubt(desk, &row, &guesses).0;
    let title = format!("{heading} Post {}", row.post_id);
    let shell = desk.shell(conn, (&title, "review"))?;
    let (mut list, _) = board::queue(desk, conn, None)?;
    let here = format!("/staff/review/{}.{}", row.post_id, row.id);
    for one in list.groups.iter_mut().flat_map(|g| &mut g.rows) {
        one.selected = one.href.split('?').next() == Some(&here);
    }
    let spot = fits.first().map(|p| (p.lat, p.lon));
    let mut view = Review {
        shell,
        queue: list,
        post_id: format!("{}.{}", row.post_id, row.id),
        heading,
        why: format!("{}.", rows::capital(&row.queue_why).trim_end_matches('.')),
        clock: clock(desk, &about, post),
        post: pane::plain_post(desk, post, reading.as_ref(), Some(&row)),
        kind: kind_words(reading.as_ref()),
        services: pane::services(desk, &Typed::default(), if guesses.is_empty() { &row.service } else { "" }),
        places: fits
            .iter()
            .enumerate()
            .map(|(n, p)| choice(p, n == 0 && row.place_status == "found"))
            .collect(),
        where_typed: tried.form.typed_place.clone(),
        words_typed: tried.form.words.clone(),
        map: spot.and_then(|at| pane::draw(desk, at, &marks(&fits))),
        near: near(desk, conn, &row, spot)?,
        reasons: reasons(reading.as_ref()),
        errors: tried.error.clone().into_iter().collect(),
        ..Review::default()
    };
    view.guesses = guesses
        .iter()
        .take(3)
        .enumerate()
        .map(|(n, g)| pane::guess(desk, &g.code, Some(g.p), n == 0))
        .collect();
    if tried.error.is_some() {
        picked_again(&mut view, &tried.form);
    }
    match decide::question(conn, &desk.world, concern, desk.now) {
        Ok(rendered) => {
            rendered.text.as_str().clone_into(&mut view.ask_text);
            view.ask_to = format!("{}, to @{}", words::network(&post.channel), post.handle);
        }
        Err(Error::Refused(why)) => view.ask_why_not = format!("{}.", rows::capital(&why)),
        Err(other) => return Err(other),
    }
    Ok(Answer::page(desk.site.pages.render("staff/review", &view)?))
}

/// What was picked in a form that was refused is picked again.
fn picked_again(view: &mut Review, form: &Form) {
    let among = |choices: &mut [Choice], value: &str| {
        let there = choices.iter().any(|c| c.value == value);
        if there {
            choices.iter_mut().for_each(|c| c.chosen = c.value == value);
        }
        there
    };
    let guessed = view.guesses.iter().any(|g| g.code == form.picked());
    if guessed {
        view.guesses.iter_mut().for_each(|g| g.chosen = g.code == form.picked());
    } else if among(&mut view.services, form.picked()) {
        view.guesses.iter_mut().for_each(|g| g.chosen = false);
        view.other_service = true;
    }
    if !form.typed_place.trim().is_empty() {
        view.places.iter_mut().for_each(|p| p.chosen = false);
        view.other_place = true;
    } else {
        among(&mut view.places, &form.place);
    }
    among(&mut view.reasons, &form.reason);
}

/// A post without a concern in the queue: it was set aside, and one press brings it back.
fn aside(desk: &Desk<'_>, conn: &mut DbConnection, post_id: i64) -> Result<Answer> {
    let about = queue::about_posts(conn, &[post_id])?;
    let post = about.posts.get(&post_id).ok_or_else(|| Error::NotFound("there is no such post".into()))?;
    let reading = words::reading(about.readings.get(&post_id));
    let shell = desk.shell(conn, ("Set aside", "set_aside"))?;
    let ask_again = "Not in the queue. Open it again below, or leave it set aside.".to_owned();
    let guesses = reading.as_ref().map(|r| r.services.clone()).unwrap_or_default();
    let view = Review {
        shell,
        post_id: post_id.to_string(),
        heading: "This post was set aside".into(),
        why: format!("{}.", rows::capital(&post.reason).trim_end_matches('.')),
        post: pane::plain_post(desk, post, reading.as_ref(), None),
        kind: kind_words(reading.as_ref()),
        guesses: guesses.iter().take(3).map(|g| pane::guess(desk, &g.code, Some(g.p), false)).collect(),
        services: pane::services(desk, &Typed::default(), ""),
        reasons: reasons(reading.as_ref()),
        ask_why_not: ask_again,
        ..Review::default()
    };
    Ok(Answer::page(desk.site.pages.render("staff/review", &view)?))
}

fn clock(desk: &Desk<'_>, about: &About, post: &PostRow) -> String {
    if about.answered.contains_key(&post.id) || post.account_id.is_none() {
        return String::new();
    }
    let due = post.created_at.0 + chrono::Duration::minutes(ANSWER_MINUTES);
    let words = times::clock(post.created_at.0, due, desk.now, desk.zone()).words;
    if words.ends_with("late") { words } else { format!("{words} to answer") }
}

fn kind_words(reading: Option<&Reading>) -> String {
    let Some(reading) = reading else { return "Not read yet.".to_owned() };
    let p = words::sure(reading.report_p);
    match reading.report_p {
        0.9.. => format!("A report ({p})."),
        0.5.. => format!("Probably a report ({p})."),
        _ => format!("Probably no report ({p})."),
    }
}

fn choice(place: &Place, chosen: bool) -> Choice {
    let label = format!("{} {}", place.label, words::doubt(Some(place.radius_m)));
    Choice { value: place.key.clone(), label: label.trim().to_owned(), chosen }
}

fn marks(fits: &[Place]) -> Vec<Mark<'_>> {
    let mark = |(n, p): (usize, &Place)| Mark {
        lat: p.lat,
        lon: p.lon,
        radius_m: if p.kind == Kind::Asset { 0.0 } else { p.radius_m },
        state: "received",
        label: p.label.clone(),
        href: None,
        selected: n == 0,
        count: 1,
    };
    // The best one last, so that it lies on top.
    let mut marks: Vec<Mark<'_>> = fits.iter().enumerate().map(mark).collect();
    marks.reverse();
    marks
}

/// Open tickets it may belong to: the one the doubt names, then those near the place, of the same service first.
fn near(
    desk: &Desk<'_>,
    conn: &mut DbConnection,
    row: &queue::ConcernRow,
    spot: Option<(f64, f64)>,
) -> Result<Vec<NearTicket>> {
    let mut found = Vec::new();
    let named = row.queue_why.split([':', ' ']).next().and_then(tickets::numbers::as_typed);
    if let Some(number) = named {
        match tickets::by_number(conn, &number) {
            Ok(ticket) => {
                let text = format!("{}. The post is about this one", pane::title(desk, &ticket));
                found.push(near_row(&ticket.number, ticket.status, text));
            }
            Err(Error::NotFound(_)) => {}
            Err(other) => return Err(other),
        }
    }
    let Some(spot) = spot else { return Ok(found) };
    let ((south, west), _) = box_around(spot.0, spot.1, JOIN_M);
    let mut close: Vec<(bool, f64, queue::NearRow)> =
        queue::near(conn, spot, (spot.0 - south, spot.1 - west), 0)?
            .into_iter()
            .filter(|t| !t.sealed)
            .filter_map(|t| Some((t.service != row.service, metres_between(spot, t.lat.zip(t.lon)?), t)))
            .collect();
    close.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    for (_, metres, ticket) in close.into_iter().take(NEAR_ROWS) {
        let status: Status = ticket.status.parse()?;
        let service = desk.service(&ticket.service);
        let text = format!("{service}, {}, {metres:.0} m away", ticket.place_label);
        if !found.iter().any(|f| f.number == ticket.number) {
            found.push(near_row(&ticket.number, status, text));
        }
    }
    Ok(found)
}

fn near_row(number: &str, status: Status, text: String) -> NearTicket {
    NearTicket {
        number: number.to_owned(),
        href: format!("/staff/tickets/{number}"),
        chip: Chip { state: status.as_str().to_owned(), word: status.word().to_owned() },
        text,
        sure: String::new(),
    }
}

/// Reasons for setting a post aside; the form sends the code.
pub(super) const REASONS: [(&str, &str); 6] = [
    ("thanks", "Thanks or praise"),
    ("question", "A question, answered elsewhere"),
    ("talk", "News or talk, nothing to mend"),
    ("advertising", "Advertising or abuse"),
    ("not_here", "Not in this city"),
    ("other", "Something else, said below"),
];

fn reasons(reading: Option<&Reading>) -> Vec<Choice> {
    let kind = reading.map(|r| r.kind.as_str());
    let all = REASONS.iter();
    all.map(|(value, label)| Choice {
        value: (*value).into(),
        label: (*label).into(),
        chosen: kind == Some(*value),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::Named;

    #[test]
    fn addresses_of_posts() {
        let check = |words: &str, expect: Option<(i64, Option<i64>)>| {
            assert_eq!(Named::parse(words).ok().map(|n| (n.post, n.concern)), expect, "{words}");
        };
        check("7", Some((7, None)));
        check("7.12", Some((7, Some(12))));
        check("7.", None);
        check("../7", None);
    }
}
