//! GET `/staff`: the queue, its filters (they live in the address), and the first ticket open beside it.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::desk::{Desk, at_desk};
use super::typed::Typed;
use super::{pane, rows};
use crate::accounts::Action;
use crate::db::DbConnection;
use crate::error::Result;
use crate::insights::board::{self, Counts, Filter, Group, PAGE_ROWS, Page};
use crate::routing::clocks;
use crate::settings::Lang;
use crate::tickets::{self, numbers};
use crate::web::answer::{Answer, Asker};
use crate::web::shell::notice;
use crate::web::site::Site;
use crate::web::view::board::{Board, Queue};
use crate::web::view::{Empty, FilterChip, Link, Notice, Pager};

/// What the address of the board asks for, as it is written there.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    q: String,
    group: String,
    late: bool,
    mine: bool,
    department: String,
    ward: String,
    page: i64,
}

impl Asked {
    pub(super) fn of(asker: &Asker) -> Self {
        let value = |name: &str| asker.value(name).unwrap_or_default();
        Self {
            q: value("q"),
            group: value("group"),
            late: value("late") == "1",
            mine: value("mine") == "1",
            department: value("department"),
            ward: value("ward"),
            page: value("page").parse().unwrap_or(1).clamp(1, 100_000),
        }
    }

    /// The same filters as a query: "?group=look&page=2"; empty when nothing is asked for.
    pub(super) fn query(&self) -> String {
        let mut out = url::form_urlencoded::Serializer::new(String::new());
        let page = if self.page > 1 { self.page.to_string() } else { String::new() };
        let flag = |on: bool| if on { "1" } else { "" };
        let pairs = [
            ("q", self.q.as_str()),
            ("group", &self.group),
            ("late", flag(self.late)),
            ("mine", flag(self.mine)),
            ("department", &self.department),
            ("ward", &self.ward),
            ("page", &page),
        ];
        for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            out.append_pair(name, value);
        }
        let query = out.finish();
        if query.is_empty() { query } else { format!("?{query}") }
    }

    fn address(&self) -> String {
        format!("/staff{}", self.query())
    }

    fn first_page(&self) -> Self {
        Self { page: 1, ..self.clone() }
    }

    fn filter(&self, desk: &Desk<'_>) -> Filter {
        let catalogue = &desk.settings().catalogue;
        let words = self.q.trim().to_lowercase();
        let named = |name: &str| !words.is_empty() && name.to_lowercase().contains(&words);
        let department = match (self.mine, self.department.as_str()) {
            (true, _) => desk.me.department.clone(),
            (false, "") => None,
            (false, code) => Some(code.to_owned()),
        };
        Filter {
            number: numbers::as_typed(&self.q),
            word_services: catalogue
                .iter()
                .filter(|s| named(s.names.get(Lang::En)))
                .map(|s| s.code.clone())
                .collect(),
            words,
            group: match self.group.as_str() {
                "danger" => Some(Group::Danger),
                "look" => Some(Group::Look),
                "ready" => Some(Group::Ready),
                _ => None,
            },
            late: self.late,
            department_services: catalogue
                .iter()
                .filter(|s| Some(&s.department) == department.as_ref())
                .map(|s| s.code.clone())
                .collect(),
            department,
            ward: (!self.ward.is_empty()).then(|| self.ward.clone()),
            ..desk.everything()
        }
    }
}

/// GET `/staff`.
pub(super) async fn show(site: Data<Site>, request: HttpRequest) -> HttpResponse {
    at_desk(site, &request, Action::SeeBoard, |desk| {
        let mut conn = desk.site.app.db.read()?;
        let nav = if desk.asker.value("group").as_deref() == Some("look") { "review" } else { "board" };
        let mut shell = desk.shell(&mut conn, ("Board", nav))?;
        shell.notices.extend(late(desk, &mut conn)?);
        let (mut queue, page) = queue(desk, &mut conn, None)?;
        let open = desk.asker.value("open").and_then(|n| numbers::as_typed(&n));
        let pane = match open.or_else(|| first_ticket(&page)) {
            Some(number) => {
                let ticket = tickets::by_number(&mut conn, &number)?;
                let pane = pane::build(desk, &mut conn, &ticket, &Typed::default())?;
                select(&mut queue, &ticket.number);
                Some(pane)
            }
            None => None,
        };
        let view = Board { shell, queue, pane };
        Ok(Answer::page(desk.site.pages.render("staff/board", &view)?))
    })
    .await
}

/// What is on the ladder: how many promises are late, and whose.
fn late(desk: &Desk<'_>, conn: &mut DbConnection) -> Result<Option<Notice>> {
    // Level 2 is the first rung: before it a ticket is only warned about.
    let by_department = clocks::escalated(conn, 2)?;
    let all: i64 = by_department.iter().map(|(_, n)| n).sum();
    if all == 0 {
        return Ok(None);
    }
    let names: Vec<String> =
        by_department.iter().map(|(code, n)| format!("{} {n}", desk.department(code))).collect();
    let title = if all == 1 { "1 promise is late.".to_owned() } else { format!("{all} promises are late.") };
    let link = Link { href: "/staff?late=1".into(), label: "Show them".into() };
    Ok(Some(Notice { link: Some(link), ..notice("wait", &title, &format!("{}.", names.join(", "))) }))
}

/// The first ticket of the list: posts in review have a page of their own.
fn first_ticket(page: &Page) -> Option<String> {
    page.danger.first().or(page.ready.first()).map(|t| t.number.clone())
}

fn select(queue: &mut Queue, number: &str) {
    let start = format!("/staff/tickets/{number}");
    for row in queue.groups.iter_mut().flat_map(|g| &mut g.rows) {
        row.selected = row.href == start || row.href.starts_with(&format!("{start}?"));
    }
}

/// The list as the address asks for it, with the row of `selected` marked.
pub(super) fn queue(
    desk: &Desk<'_>,
    conn: &mut DbConnection,
    selected: Option<&str>,
) -> Result<(Queue, Page)> {
    let asked = Asked::of(desk.asker);
    let filter = asked.filter(desk);
    let page = board::page(conn, &filter, asked.page, desk.now)?;
    let groups = rows::groups(desk, &page, &asked.query());
    let empty = groups.is_empty().then(|| nothing(desk, &asked));
    let mut queue = Queue {
        q: asked.q.clone(),
        filters: chips(desk, conn, &asked, page.counts)?,
        groups,
        empty,
        pager: pager(&asked, page.counts),
    };
    if let Some(number) = selected {
        select(&mut queue, number);
    }
    Ok((queue, page))
}

fn nothing(desk: &Desk<'_>, asked: &Asked) -> Empty {
    let looked = super::times::short(desk.now, desk.now, desk.zone());
    if asked.first_page().query().is_empty() {
        return Empty { title: "Nothing waits".into(), text: format!("Last look {looked}."), link: None };
    }
    Empty {
        title: "Nothing fits this filter".into(),
        text: format!("Last look {looked}."),
        link: Some(Link { href: "/staff".into(), label: "Show everything".into() }),
    }
}

fn pager(asked: &Asked, counts: Counts) -> Option<Pager> {
    let all = counts.all();
    let from = (asked.page - 1) * PAGE_ROWS;
    if all <= PAGE_ROWS && asked.page == 1 {
        return None;
    }
    let to = (from + PAGE_ROWS).min(all);
    let page = |page: i64| Asked { page, ..asked.clone() }.address();
    Some(Pager {
        words: if from < all { format!("{} to {to} of {all}", from + 1) } else { format!("{all} in all") },
        previous: (asked.page > 1).then(|| page(asked.page - 1)),
        next: (to < all).then(|| page(asked.page + 1)),
    })
}

/// The pills: to do, mine, late, then what narrows the list down now, then departments to choose from.
fn chips(desk: &Desk<'_>, conn: &mut DbConnection, asked: &Asked, counts: Counts) -> Result<Vec<FilterChip>> {
    let base = Asked { q: asked.q.clone(), ..Asked::default() };
    let plain = asked.group.is_empty() && !asked.late && !asked.mine;
    let chip = |label: &str, count: Option<i64>, to: &Asked, current: bool| FilterChip {
        label: label.to_owned(),
        count: count.map(|n| n.to_string()).unwrap_or_default(),
        href: to.address(),
        current,
        removable: false,
    };
    let count_of = |conn: &mut DbConnection, asked: &Asked| -> Result<i64> {
        Ok(board::counts(conn, &asked.filter(desk), desk.now)?.all())
    };
    let narrowed = Asked { department: asked.department.clone(), ward: asked.ward.clone(), ..base };
    let mut chips = Vec::new();
    let all = if plain { counts.all() } else { count_of(conn, &narrowed)? };
    chips.push(chip("To do", Some(all), &narrowed, plain));
    for (label, code) in [("Needs a look", "look"), ("Ready", "ready")] {
        let only = Asked { group: code.into(), ..narrowed.clone() };
        chips.push(chip(label, None, &only, asked.group == code));
    }
    if desk.me.department.is_some() {
        let mine = Asked { mine: true, department: String::new(), ..narrowed.clone() };
        let n = if asked.mine { None } else { Some(count_of(conn, &mine)?) };
        chips.push(chip("Mine", n, &mine, asked.mine));
    }
    let late = Asked { late: true, ..narrowed.clone() };
    let n = if asked.late { Some(counts.all()) } else { Some(count_of(conn, &late)?) };
    chips.push(chip("Late", n, &late, asked.late));
    let spread = board::spread(conn)?;
    let mut narrow = |label: String, n: i64, value: &str, current: bool, set: &dyn Fn(String) -> Asked| {
        let to = set(if current { String::new() } else { value.to_owned() });
        chips.push(FilterChip { removable: current, ..chip(&label, (!current).then_some(n), &to, current) });
    };
    for (code, n) in
        spread.departments.iter().filter(|(code, _)| asked.department.is_empty() || *code == asked.department)
    {
        let set = |department: String| Asked { department, mine: false, ..asked.first_page() };
        narrow(desk.department(code), *n, code, *code == asked.department, &set);
    }
    for (name, n) in spread.areas.iter().filter(|(name, _)| asked.ward.is_empty() || *name == asked.ward) {
        let set = |ward: String| Asked { ward, ..asked.first_page() };
        narrow(name.clone(), *n, name, *name == asked.ward, &set);
    }
    Ok(chips)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_comes_back() {
        let asked = Asked { q: "Elm & Oak".into(), late: true, page: 3, ..Asked::default() };
        assert_eq!(asked.query(), "?q=Elm+%26+Oak&late=1&page=3");
        assert_eq!(Asked { page: 1, ..Asked::default() }.address(), "/staff");
    }

    #[test]
    fn pages_of_a_long_list() {
        let counts = Counts { danger: 1, look: 9, ready: 203 };
        let at = |page: i64| {
            pager(&Asked { page, ..Asked::default() }, counts).map(|p| (p.words, p.previous, p.next))
        };
        assert_eq!(at(1), Some(("1 to 50 of 213".into(), None, Some("/staff?page=2".into()))));
        assert_eq!(at(5), Some(("201 to 213 of 213".into(), Some("/staff?page=4".into()), None)));
        assert_eq!(at(9).map(|p| p.0), Some("213 in all".into()));
        assert!(
            pager(&Asked { page: 1, ..Asked::default() }, Counts { danger: 0, look: 2, ready: 3 }).is_none()
        );
    }
}
