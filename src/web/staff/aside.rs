//! GET `/staff/set-aside`: what was not taken as a report, newest first, each with its reason.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::desk::{Desk, at_desk};
use super::{times, words};
use crate::accounts::Action;
use crate::error::Result;
use crate::insights::board::{self, About, PAGE_ROWS, PostRow, SET_ASIDE_DAYS};
use crate::web::answer::Answer;
use crate::web::site::Site;
use crate::web::view::review::{SetAside, SetAsideRow};
use crate::web::view::{Empty, FilterChip, Link, Pager};

/// GET `/staff/set-aside`.
pub(super) async fn show(site: Data<Site>, request: HttpRequest) -> HttpResponse {
    at_desk(site, &request, Action::SeeBoard, page).await
}

fn page(desk: &Desk<'_>) -> Result<Answer> {
    let mut conn = desk.site.app.db.read()?;
    let kind = desk.asker.value("kind").filter(|k| k.len() < 30);
    let number: i64 = desk.asker.value("page").and_then(|p| p.parse().ok()).unwrap_or(1).clamp(1, 100_000);
    let no_sealed = !desk.may(Action::SeeSealed);
    let kinds = board::set_aside_kinds(&mut conn, no_sealed, desk.now)?;
    let (posts, total) = board::set_aside(&mut conn, kind.as_deref(), number, no_sealed, desk.now)?;
    let ids: Vec<i64> = posts.iter().map(|p| p.id).collect();
    let about = board::about_posts(&mut conn, &ids)?;
    let all: i64 = kinds.iter().map(|k| k.posts).sum();
    let mut filters = vec![chip("All", all, "/staff/set-aside".into(), kind.is_none())];
    filters.extend(kinds.iter().map(|k| {
        let href = format!("/staff/set-aside?kind={}", k.kind);
        chip(kind_word(&k.kind), k.posts, href, kind.as_ref() == Some(&k.kind))
    }));
    let counted = if total == 1 { "1 post".to_owned() } else { format!("{total} posts") };
    let view = SetAside {
        shell: desk.shell(&mut conn, ("Set aside", "set_aside"))?,
        heading: format!("{counted} set aside in the last {SET_ASIDE_DAYS} days"),
        filters: if all > 0 { filters } else { Vec::new() },
        rows: posts.iter().map(|p| row(desk, p, &about)).collect(),
        empty: posts.is_empty().then(|| Empty {
            title: "Nothing was set aside".into(),
            text: format!("Last look {}.", times::short(desk.now, desk.now, desk.zone())),
            link: Some(Link { href: "/staff".into(), label: "Back to the board".into() }),
        }),
        pager: pager(kind.as_deref(), number, total),
    };
    Ok(Answer::page(desk.site.pages.render("staff/set_aside", &view)?))
}

fn chip(label: &str, n: i64, href: String, current: bool) -> FilterChip {
    FilterChip { label: label.to_owned(), count: n.to_string(), href, current, removable: false }
}

fn kind_word(kind: &str) -> &str {
    match kind {
        "thanks" => "Thanks",
        "question" => "Questions",
        "report" => "Too unsure",
        "other" => "News and talk",
        _ => "In threads",
    }
}

fn row(desk: &Desk<'_>, post: &PostRow, about: &About) -> SetAsideRow {
    let reading = words::reading(about.readings.get(&post.id));
    // Who decided stands in front of the reason when it was a person.
    let by_person = post.reason.split_once(": ").filter(|(who, _)| !who.starts_with("Read as"));
    let (by, reason) = by_person.map_or_else(
        || ("The machine".to_owned(), post.reason.clone()),
        |(who, why)| (who.to_owned(), why.to_owned()),
    );
    SetAsideRow {
        href: format!("/staff/review/{}", post.id),
        who: words::author(&post.name, &post.handle),
        network: words::network(&post.channel).to_owned(),
        when: times::when(post.created_at.0, desk.now, desk.zone()),
        pieces: words::cut(words::plain(post, reading.as_ref())),
        lang: words::lang(reading.as_ref()),
        reason: format!("{}.", reason.trim_end_matches('.')),
        by,
    }
}

fn pager(kind: Option<&str>, number: i64, total: i64) -> Option<Pager> {
    if total <= PAGE_ROWS && number == 1 {
        return None;
    }
    let from = (number - 1) * PAGE_ROWS;
    let to = (from + PAGE_ROWS).min(total);
    let address = |page: i64| match kind {
        Some(kind) => format!("/staff/set-aside?kind={kind}&page={page}"),
        None => format!("/staff/set-aside?page={page}"),
    };
    Some(Pager {
        words: if from < total {
            format!("{} to {to} of {total}", from + 1)
        } else {
            format!("{total} in all")
        },
        previous: (number > 1).then(|| address(number - 1)),
        next: (to < total).then(|| address(number + 1)),
    })
}
