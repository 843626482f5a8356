//! The staff board: what needs a person first, in three groups, with everything their rows show.
//!
//! Danger to life (hidden tickets and calls nobody has taken), needs a look (concerns in a queue), ready (live
//! tickets, undecided ones first). One page is a window over the three groups in that order. Rows hold residents'
//! words as they are: what a person may read of them is decided by the web layer before anything is shown.

mod about;
mod store;

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Duration, Utc};

pub use about::store::{JoinRow, NearRow, PerhapsRow, PhotoRow, PostRow, SetAsideCount};
pub use store::{ConcernRow, PageRow, TicketRow};

use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::Result;

/// Rows of one page of the board.
pub const PAGE_ROWS: i64 = 50;
/// A post should be answered within this time; after it the row is late.
pub const ANSWER_MINUTES: i64 = 15;
/// Days the list of posts set aside looks back.
pub const SET_ASIDE_DAYS: i64 = 30;

/// Which group of the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Danger to life.
    Danger,
    /// The machine was not sure.
    Look,
    /// Check and go.
    Ready,
}

/// What the address of the board asks for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// A ticket number, as it is written.
    pub number: Option<String>,
    /// Words looked for in places, services and posts; empty = all.
    pub words: String,
    /// Services whose name holds the words.
    pub word_services: Vec<String>,
    /// One group only.
    pub group: Option<Group>,
    /// Past their time only.
    pub late: bool,
    /// One department, by code.
    pub department: Option<String>,
    /// Services of that department, for concerns that have no ticket yet.
    pub department_services: Vec<String>,
    /// One area, by name.
    pub ward: Option<String>,
    /// Without the private ones: this person may not read them.
    pub no_sealed: bool,
}

/// How many rows stand in each group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Danger to life.
    pub danger: i64,
    /// Needs a look.
    pub look: i64,
    /// Ready.
    pub ready: i64,
}

impl Counts {
    /// All rows.
    #[must_use]
    pub const fn all(self) -> i64 {
        self.danger + self.look + self.ready
    }
}

/// One page of the board.
#[derive(Debug, Default)]
pub struct Page {
    /// Rows in all, by group, under this filter.
    pub counts: Counts,
    /// Danger to life, newest first.
    pub danger: Vec<TicketRow>,
    /// Concerns in a queue: those that wait for us first, newest first.
    pub look: Vec<ConcernRow>,
    /// Live tickets.
    pub ready: Vec<TicketRow>,
    /// What the rows show of other steps.
    pub about: About,
}

/// Posts, readings and calls of the rows of a page, by the id of the post or ticket.
#[derive(Debug, Default)]
pub struct About {
    /// The join that opened each ticket.
    pub first: HashMap<i64, JoinRow>,
    /// The ticket a concern stands in (concerns we asked about).
    pub ticket_of: HashMap<i64, (String, String)>,
    /// Posts of the rows.
    pub posts: HashMap<i64, PostRow>,
    /// Concerns that opened the tickets, by their id.
    pub concerns: HashMap<i64, ConcernRow>,
    /// Newest reading of each post, as JSON.
    pub readings: HashMap<i64, String>,
    /// When each post was first answered.
    pub answered: HashMap<i64, Ts>,
    /// The call about each ticket.
    pub pages: HashMap<i64, PageRow>,
    /// The open ticket that each may be the same as.
    pub perhaps: HashMap<i64, PerhapsRow>,
}

/// One page of the board, counted from 1.
///
/// # Errors
/// `Database` only.
pub fn page(conn: &mut DbConnection, filter: &Filter, number: i64, now: DateTime<Utc>) -> Result<Page> {
    let counts = store::counts(conn, filter, Ts(now))?;
    let mut skip = (number.max(1) - 1).saturating_mul(PAGE_ROWS);
    let mut room = PAGE_ROWS;
    let mut window = |have: i64| {
        let from = skip.min(have);
        let take = (have - from).min(room);
        skip -= from;
        room -= take;
        (from, take)
    };
    let (danger, look, ready) = (window(counts.danger), window(counts.look), window(counts.ready));
    let mut page = Page {
        counts,
        danger: store::danger(conn, filter, danger, Ts(now))?,
        look: store::look(conn, filter, look, Ts(now))?,
        ready: store::ready(conn, filter, ready, Ts(now))?,
        about: About::default(),
    };
    page.about = beside(conn, &page)?;
    Ok(page)
}

fn beside(conn: &mut DbConnection, page: &Page) -> Result<About> {
    let tickets: Vec<i64> = page.danger.iter().chain(&page.ready).map(|t| t.id).collect();
    let queued: Vec<i64> = page.look.iter().map(|c| c.id).collect();
    let first = about::store::first_joins(conn, &tickets)?;
    let opened: Vec<i64> = first.iter().map(|j| j.concern_id).collect();
    let posts: BTreeSet<i64> =
        first.iter().map(|j| j.post_id).chain(page.look.iter().map(|c| c.post_id)).collect();
    let posts: Vec<i64> = posts.into_iter().collect();
    Ok(About {
        first: first.into_iter().map(|j| (j.ticket_id, j)).collect(),
        ticket_of: about::store::tickets_of_concerns(conn, &queued)?,
        concerns: about::store::concerns(conn, &opened)?.into_iter().map(|c| (c.id, c)).collect(),
        pages: about::store::pages(conn, &tickets)?.into_iter().map(|p| (p.ticket_id, p)).collect(),
        perhaps: about::store::perhaps(conn, &tickets)?.into_iter().map(|p| (p.ticket_id, p)).collect(),
        ..about_posts(conn, &posts)?
    })
}

/// What is known about some posts: themselves, their readings, when they were answered.
///
/// # Errors
/// `Database` only.
pub fn about_posts(conn: &mut DbConnection, posts: &[i64]) -> Result<About> {
    Ok(About {
        posts: about::store::posts(conn, posts)?.into_iter().map(|p| (p.id, p)).collect(),
        readings: about::store::readings(conn, posts)?.into_iter().collect(),
        answered: about::store::first_answers(conn, posts)?.into_iter().collect(),
        ..About::default()
    })
}

/// Rows of the board in all, without any filter but what this person may read.
///
/// # Errors
/// `Database` only.
pub fn counts(conn: &mut DbConnection, filter: &Filter, now: DateTime<Utc>) -> Result<Counts> {
    store::counts(conn, filter, Ts(now))
}

/// Where live tickets stand: code or name, and how many.
#[derive(Debug, Default)]
pub struct Spread {
    /// By department, most first.
    pub departments: Vec<(String, i64)>,
    /// By area, in the order of their names.
    pub areas: Vec<(String, i64)>,
}

/// A concern beside another one in the same post.
#[derive(Clone, Debug)]
pub struct Other {
    /// The concern.
    pub concern: ConcernRow,
    /// Number and status of the ticket it stands in.
    pub ticket: Option<(String, String)>,
}

/// Live tickets of each department and of each area, for the filters.
///
/// # Errors
/// `Database` only.
pub fn spread(conn: &mut DbConnection) -> Result<Spread> {
    Ok(Spread { departments: store::by_department(conn)?, areas: store::by_area(conn)? })
}

/// The alarm of the bar: the oldest call nobody has taken, and how many there are.
///
/// # Errors
/// `Database` only.
pub fn alarm(conn: &mut DbConnection) -> Result<Option<(TicketRow, PageRow, i64)>> {
    store::alarm(conn)
}

/// Live tickets inside a box around a spot, without `except`, newest first.
///
/// # Errors
/// `Database` only.
pub fn near(
    conn: &mut DbConnection,
    spot: (f64, f64),
    reach: (f64, f64),
    except: i64,
) -> Result<Vec<NearRow>> {
    about::store::near(conn, spot, reach, except)
}

/// Concerns by their row ids.
///
/// # Errors
/// `Database` only.
pub fn concerns(conn: &mut DbConnection, ids: &[i64]) -> Result<Vec<ConcernRow>> {
    about::store::concerns(conn, ids)
}

/// Photos of these posts, oldest first.
///
/// # Errors
/// `Database` only.
pub fn photos_of_posts(conn: &mut DbConnection, posts: &[i64]) -> Result<Vec<PhotoRow>> {
    about::store::photos_of_posts(conn, posts)
}

/// Other concerns of a post, with the ticket each stands in, if any.
///
/// # Errors
/// `Database` only.
pub fn other_concerns(conn: &mut DbConnection, post_id: i64, except: i64) -> Result<Vec<Other>> {
    let rows: Vec<ConcernRow> =
        about::store::concerns_of_post(conn, post_id)?.into_iter().filter(|c| c.id != except).collect();
    let ids: Vec<i64> = rows.iter().map(|c| c.id).collect();
    let mut tickets = about::store::tickets_of_concerns(conn, &ids)?;
    Ok(rows.into_iter().map(|concern| Other { ticket: tickets.remove(&concern.id), concern }).collect())
}

/// Posts set aside in the last 30 days, newest first, and how many fit; `kind` is the kind as read.
///
/// # Errors
/// `Database` only.
pub fn set_aside(
    conn: &mut DbConnection,
    kind: Option<&str>,
    page: i64,
    no_sealed: bool,
    now: DateTime<Utc>,
) -> Result<(Vec<PostRow>, i64)> {
    let since = Ts(now - Duration::days(SET_ASIDE_DAYS));
    let skip = (page.max(1) - 1).saturating_mul(PAGE_ROWS);
    about::store::set_aside(conn, kind, (skip, PAGE_ROWS), no_sealed, since)
}

/// How many posts were set aside in the last 30 days, by the kind they were read as, most first.
///
/// # Errors
/// `Database` only.
pub fn set_aside_kinds(
    conn: &mut DbConnection,
    no_sealed: bool,
    now: DateTime<Utc>,
) -> Result<Vec<SetAsideCount>> {
    about::store::set_aside_kinds(conn, no_sealed, Ts(now - Duration::days(SET_ASIDE_DAYS)))
}
