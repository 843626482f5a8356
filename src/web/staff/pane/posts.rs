//! The posts of a ticket as staff see them: the one that opened it and the newest four.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::super::desk::Desk;
use super::super::{times, words};
use super::Opening;
use crate::accounts::Action;
use crate::db::DbConnection;
use crate::error::Result;
use crate::insights::board::{self, About, ConcernRow, PhotoRow, PostRow};
use crate::media;
use crate::tickets::{self, Join, Ticket};
use crate::triage::whys_in;
use crate::web::view::Photo;
use crate::web::view::pane::StaffPost;

/// Newest posts shown beside the first.
const NEWEST: usize = 4;

/// The posts of a ticket and what follows from them.
pub(in crate::web::staff) struct Told {
    pub(super) posts: Vec<StaffPost>,
    /// "and 120 more".
    pub(super) more: String,
    /// Posts in all.
    pub(super) count: usize,
    pub(super) opening: Opening,
    /// The writer chose one thing and the words say another.
    pub(super) disagrees: Option<String>,
    /// When the first post was written.
    pub(super) first_written: Option<DateTime<Utc>>,
    /// Channel of the first post.
    pub(super) channel: String,
}

pub(super) fn of(desk: &Desk<'_>, conn: &mut DbConnection, ticket: &Ticket) -> Result<Told> {
    let joins = tickets::joins_with_merged(conn, ticket.id)?;
    let first = joins.iter().find(|j| j.ticket_id == ticket.id).or(joins.first());
    let newest = joins.iter().rev().filter(|j| Some(j.id) != first.map(|f| f.id)).take(NEWEST);
    let mut shown: Vec<&Join> = newest.chain(first).collect();
    shown.sort_by_key(|j| j.id);
    let ids: Vec<i64> = shown.iter().map(|j| j.post_id).collect::<BTreeSet<_>>().into_iter().collect();
    let about = board::about_posts(conn, &ids)?;
    let mut photos: HashMap<i64, Vec<PhotoRow>> = HashMap::new();
    for photo in board::photos_of_posts(conn, &ids)? {
        photos.entry(photo.post_id.unwrap_or(0)).or_default().push(photo);
    }
    let mut concerns: HashMap<i64, ConcernRow> = HashMap::new();
    for concern in board::concerns(conn, &shown.iter().map(|j| j.concern_id).collect::<Vec<_>>())? {
        concerns.insert(concern.id, concern);
    }
    let page = Page { desk, ticket, about: &about, first: first.map(|j| j.id), all: &joins };
    let posts = shown.iter().filter_map(|join| {
        let photos = photos.remove(&join.post_id).unwrap_or_default();
        page.post(join, concerns.get(&join.concern_id), photos)
    });
    let posts = posts.collect();
    let opener = first.and_then(|j| about.posts.get(&j.post_id));
    let readable = opener.filter(|p| !p.sealed || desk.may(Action::SeeSealed));
    let opening = Opening {
        reading: first.and_then(|j| words::reading(about.readings.get(&j.post_id))),
        concern: first.and_then(|j| concerns.remove(&j.concern_id)),
        stated: opener.is_some_and(|p| stated_service(p).is_some()),
        text: readable.map(|p| p.text.clone()).unwrap_or_default(),
        whys: readable.and_then(|p| Some(whys_in(about.readings.get(&p.id)?))).unwrap_or_default(),
    };
    let more = joins.len().saturating_sub(shown.len());
    Ok(Told {
        posts,
        more: if more == 0 { String::new() } else { format!("and {more} more") },
        count: joins.len(),
        disagrees: opener.and_then(|p| disagreement(desk, p, &opening)),
        opening,
        first_written: opener.map(|p| p.created_at.0),
        channel: opener.map(|p| p.channel.clone()).unwrap_or_default(),
    })
}

fn stated_service(post: &PostRow) -> Option<String> {
    let stated: crate::intake::Stated = serde_json::from_str(post.stated.as_deref()?).ok()?;
    stated.service
}

fn disagreement(desk: &Desk<'_>, post: &PostRow, opening: &Opening) -> Option<String> {
    let chosen = stated_service(post)?;
    let read = opening.reading.as_ref()?.services.first()?;
    let differs = read.code != chosen && read.p >= 0.6;
    differs.then(|| format!("{}; the words say {}", desk.service(&chosen), desk.service(&read.code)))
}

struct Page<'a> {
    desk: &'a Desk<'a>,
    ticket: &'a Ticket,
    about: &'a About,
    first: Option<i64>,
    all: &'a [Join],
}

impl Page<'_> {
    fn post(&self, join: &Join, concern: Option<&ConcernRow>, photos: Vec<PhotoRow>) -> Option<StaffPost> {
        let row = self.about.posts.get(&join.post_id)?;
        let reading = words::reading(self.about.readings.get(&row.id));
        let mut post = plain(self.desk, row, reading.as_ref(), concern);
        post.photos = photos.into_iter().map(|p| photo(self.desk, &p, "Photo")).collect();
        if Some(join.id) != self.first {
            post.joined_why =
                format!("Joined: {}, {}", join.why, times::ago(join.created_at.0, self.desk.now));
            if join.ticket_id == self.ticket.id && self.desk.may(Action::MergeTickets) {
                post.join = join.id.to_string();
            }
        }
        // A ticket keeps at least one post.
        let others = self.all.iter().any(|j| j.ticket_id == join.ticket_id && j.id != join.id);
        if others && self.desk.may(Action::MergeTickets) && !self.ticket.hidden {
            post.leaves = join.id.to_string();
        }
        Some(post)
    }
}

/// A post without what a ticket adds to it.
pub(in crate::web::staff) fn plain(
    desk: &Desk<'_>,
    row: &PostRow,
    reading: Option<&crate::triage::Reading>,
    concern: Option<&ConcernRow>,
) -> StaffPost {
    let readable = !row.sealed || desk.may(Action::SeeSealed);
    let mut marks = vec![words::language_name(reading).to_owned()];
    if row.version > 1 {
        marks.push(if row.version == 2 {
            "Edited once".into()
        } else {
            format!("Edited {} times", row.version - 1)
        });
    }
    if row.deleted_at.is_some() {
        marks.push("Deleted by its author".into());
    }
    if row.sealed {
        marks.push("Private message".into());
    }
    marks.retain(|m| !m.is_empty());
    let name = words::author(&row.name, &row.handle);
    let handle =
        if row.handle.is_empty() || row.handle == name { String::new() } else { format!("@{}", row.handle) };
    StaffPost {
        who: if readable { name } else { "Somebody".into() },
        handle: if readable { handle } else { String::new() },
        network: words::network(&row.channel).to_owned(),
        when: times::when(row.created_at.0, desk.now, desk.zone()),
        href: if row.deleted_at.is_none() { words::page_of(&row.uri) } else { String::new() },
        pieces: if readable { words::marked(row, reading, concern) } else { words::sealed() },
        lang: words::lang(reading),
        marks,
        ..StaffPost::default()
    }
}

fn photo(desk: &Desk<'_>, row: &PhotoRow, label: &str) -> Photo {
    Photo {
        src: format!("/media/{}.jpg", row.id),
        alt: if row.alt.is_empty() { "Photo without a description".into() } else { row.alt.clone() },
        label: label.into(),
        when: times::short(row.created_at.0, desk.now, desk.zone()),
        width: u32::try_from(row.width).unwrap_or(0),
        height: u32::try_from(row.height).unwrap_or(0),
    }
}

/// Photos that colleagues added.
pub(super) fn proof_photos(desk: &Desk<'_>, conn: &mut DbConnection, ticket: &Ticket) -> Result<Vec<Photo>> {
    let rows = media::of_ticket(conn, ticket.id)?;
    let label = |p: &media::PhotoRow| match (p.role.as_str(), p.public) {
        ("proof", true) => "After, public",
        ("proof", false) => "After, internal",
        ("before", _) => "Before",
        _ => "Photo",
    };
    let shown = |p: media::PhotoRow| Photo {
        src: format!("/media/{}.jpg", p.id),
        label: label(&p).into(),
        when: times::short(p.taken_at.unwrap_or(p.created_at).0, desk.now, desk.zone()),
        width: u32::try_from(p.width).unwrap_or(0),
        height: u32::try_from(p.height).unwrap_or(0),
        alt: p.alt,
    };
    Ok(rows.into_iter().filter(|p| p.post_id.is_none()).map(shown).collect())
}
