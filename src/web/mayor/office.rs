//! GET `/mayor`: the answer first ("3 replies wait for you. 4 promises are late."), then each of them.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::{cards, numbers};
use crate::accounts::{self, Action};
use crate::db::DbConnection;
use crate::error::Result;
use crate::insights::board;
use crate::insights::mayor::{self, HotSpot, LatePromise};
use crate::places::{self, MapView, Mark};
use crate::settings::Lang;
use crate::web::answer::Answer;
use crate::web::shell;
use crate::web::site::Site;
use crate::web::staff::desk::{Desk, at_desk};
use crate::web::staff::times;
use crate::web::view::mayor as view;
use crate::web::view::{Empty, FieldError, Link, Notice, Svg};

/// Cards shown before "and 12 more".
const CARDS: usize = 10;
const CARDS_ALL: usize = 100;
const SAID_ROWS: i64 = 10;
const LATE_ROWS: i64 = 10;
const HOT_MAP_PX: (u32, u32) = (440, 220);

/// What was pressed on a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// "Save, approve and post", with words of one's own.
    Edit,
    /// "Reject", with a reason.
    Reject,
    /// A button alone: approve, take back.
    Press,
}

/// What was wrong with the card of a reply.
pub(super) struct Wrong {
    /// The reply.
    pub id: i64,
    /// What was pressed.
    pub way: Way,
    /// What was typed; stays.
    pub typed: String,
    /// The fix in one sentence.
    pub message: String,
}

impl Wrong {
    /// Id of the field on the page.
    fn field(&self) -> String {
        match self.way {
            Way::Edit => format!("text-{}", self.id),
            Way::Reject => format!("why-{}", self.id),
            Way::Press => format!("reply-{}", self.id),
        }
    }
}

/// GET `/mayor`.
pub(super) async fn show(site: Data<Site>, request: HttpRequest) -> HttpResponse {
    at_desk(site, &request, Action::SeeReplies, |desk| page(desk, None)).await
}

/// The page, with what was wrong with the form just sent.
pub(super) fn page(desk: &Desk<'_>, wrong: Option<&Wrong>) -> Result<Answer> {
    let mut conn = desk.site.app.db.read()?;
    let conn = &mut *conn;
    let waiting = mayor::waiting(conn)?;
    let posts: Vec<i64> = waiting.iter().map(|r| r.post_id).collect();
    let about = board::about_posts(conn, &posts)?;
    let names = accounts::all_users(conn)?.into_iter().map(|u| (u.login, u.name)).collect();
    let batches = cards::batches(&waiting);
    let all = desk.asker.value("all").is_some() || wrong.is_some();
    let most = if all { CARDS_ALL } else { CARDS };
    let context = cards::Context { desk, about: &about, names: &names, wrong };
    let mut shown = Vec::new();
    for batch in batches.iter().take(most) {
        shown.push(cards::card(&context, conn, batch)?);
    }
    let (late, late_count, open_count) = mayor::late_promises(conn, LATE_ROWS, desk.now)?;
    let said = mayor::said(conn, SAID_ROWS, desk.now)?;
    let sees_numbers = desk.may(Action::SeeNumbers);
    let hot = mayor::hot(conn, desk.now)?;
    let (charts, charts_note) =
        if sees_numbers { numbers::charts(desk, conn)? } else { (Vec::new(), String::new()) };
    let mut view = view::Office {
        shell: desk.shell(conn, ("Mayor’s office", "mayor"))?,
        headline: headline(batches.len(), late_count),
        as_of: as_of(desk),
        waiting_count: batches.len().to_string(),
        empty: if batches.is_empty() { Some(nothing(desk, conn)?) } else { None },
        more: more(batches.len(), shown.len()),
        waiting: shown,
        delivered: said.iter().map(|r| cards::said(&context, r)).collect(),
        late_count: format!("{late_count} of {open_count} open"),
        late: late.iter().map(|p| late_row(desk, p)).collect(),
        hot_map: hot_map(desk, &hot),
        hot: hot.iter().map(|h| hot_row(desk, h)).collect(),
        charts,
        charts_note,
        errors: Vec::new(),
    };
    if let Some(wrong) = wrong {
        say_wrong(&mut view, wrong);
    }
    Ok(Answer::page(desk.site.pages.render("mayor/office", &view)?))
}

/// On its card and in the summary on top; when the card is gone, the words typed stand on top instead.
fn say_wrong(view: &mut view::Office, wrong: &Wrong) {
    let id = wrong.id.to_string();
    if view.waiting.iter().any(|card| card.id == id) {
        view.errors.push(FieldError { field: wrong.field(), message: wrong.message.clone() });
        return;
    }
    let typed = wrong.typed.trim();
    let kept = if typed.is_empty() { String::new() } else { format!("You had typed: “{typed}”") };
    let told = Notice { tone: "stop".into(), ..shell::notice("", &wrong.message, &kept) };
    view.shell.notices.insert(0, told);
}

fn counted(n: i64, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}

fn headline(waiting: usize, late: i64) -> String {
    let waits = match i64::try_from(waiting).unwrap_or(i64::MAX) {
        0 => "Nothing waits for you.".to_owned(),
        n => format!("{} for you.", counted(n, "reply waits", "replies wait")),
    };
    match late {
        0 => format!("{waits} No promise is late."),
        n => format!("{waits} {} late.", counted(n, "promise is", "promises are")),
    }
}

fn as_of(desk: &Desk<'_>) -> String {
    let now = crate::settings::dates::moment(desk.now, desk.zone(), Lang::En);
    format!("{now}. You are {}, {}.", desk.me.name, desk.me.role.label())
}

fn nothing(desk: &Desk<'_>, conn: &mut DbConnection) -> Result<Empty> {
    let text = match mayor::last_release(conn)? {
        Some(at) => format!("The last one was approved {}.", times::ago(at, desk.now)),
        None => "No reply has needed a person yet.".to_owned(),
    };
    Ok(Empty { title: "Nothing waits for you".into(), text, link: None })
}

fn more(all: usize, shown: usize) -> Option<Link> {
    let rest = all.checked_sub(shown).filter(|n| *n > 0)?;
    let words = if rest == 1 { "1 more reply waits".to_owned() } else { format!("{rest} more replies wait") };
    Some(Link { href: "/mayor?all=1".into(), label: words })
}

fn late_row(desk: &Desk<'_>, promise: &LatePromise) -> view::LatePromise {
    let service = desk.service(&promise.service);
    let title = if promise.sealed || promise.place_label.is_empty() {
        service
    } else {
        format!("{service}, {}", promise.place_label)
    };
    view::LatePromise {
        href: format!("/staff/tickets/{}", promise.number),
        title,
        meta: format!("{} {}", desk.department(&promise.department), promise.number),
        late: times::span(desk.now - promise.due_at.0),
    }
}

fn hot_row(desk: &Desk<'_>, spot: &HotSpot) -> view::Hot {
    view::Hot {
        label: format!("{}: {}", spot.place_label, desk.service(&spot.service)),
        value: format!("{} posts, usually {}", spot.posts, spot.usual),
    }
}

/// The hottest place in the middle, the others where they fall.
fn hot_map(desk: &Desk<'_>, hot: &[HotSpot]) -> Option<Svg> {
    let middle = hot.iter().find_map(|h| h.spot)?;
    let mark = |h: &HotSpot| {
        let (lat, lon) = h.spot?;
        Some(Mark {
            lat,
            lon,
            radius_m: 0.0,
            state: "reopened",
            label: format!("{}: {}", h.place_label, desk.service(&h.service)),
            href: None,
            selected: false,
            count: u32::try_from(h.posts).unwrap_or(1),
        })
    };
    let marks: Vec<Mark<'_>> = hot.iter().filter_map(mark).collect();
    let view = MapView {
        lat: middle.0,
        lon: middle.1,
        width_px: HOT_MAP_PX.0,
        height_px: HOT_MAP_PX.1,
        metres_per_px: 3.0,
    };
    let drawing = places::map_svg(&desk.world.places, &view, &marks);
    (!drawing.is_empty()).then(|| Svg::from_map(drawing))
}

#[cfg(test)]
mod tests {
    use super::headline;

    #[test]
    fn the_answer_first() {
        assert_eq!(headline(3, 4), "3 replies wait for you. 4 promises are late.");
        assert_eq!(headline(1, 1), "1 reply waits for you. 1 promise is late.");
        assert_eq!(headline(0, 0), "Nothing waits for you. No promise is late.");
    }
}
