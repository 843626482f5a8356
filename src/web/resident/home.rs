//! The first page: what this is, whether the city keeps its word, and what goes on.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::words::{Words, count, span, thousands};
use super::{map, said, ticket};
use crate::db::DbConnection;
use crate::error::Result;
use crate::insights::public::{
    self, Account, Counted, FIGURE_DAYS, Figures, Show, TicketRow as Row, Wanted, WardFigures, Within, share,
};
use crate::web::answer::{Answer, Asker, cached};
use crate::web::shell::shell;
use crate::web::site::Site;
use crate::web::view::resident::{ChannelLine, Figure, Home, WardRow};
use crate::web::view::ticket::Said;
use crate::web::view::{Empty, FilterChip, Link};
use crate::world::World;

/// Tickets on the map.
const MARKS: i64 = 150;
/// Tickets in the list beside it.
const ROWS: usize = 8;
/// Below this a share is told as "3 of 4", not in hundredths.
const ENOUGH: i64 = 20;

pub(super) async fn show(site: Data<Site>, request: HttpRequest) -> HttpResponse {
    cached(site, &request, page).await
}

fn page(site: &Site, asker: &Asker) -> Result<Answer> {
    let world = site.world();
    let now = site.now();
    let words = Words::new(&world.settings, now);
    let conn = &mut *site.app.db.read()?;
    let figures = site.kept.figures(|| public::figures(conn, now))?;
    let (rows, total) =
        public::list(conn, &Wanted { show: Show::Lately, ..Wanted::default() }, (0, MARKS), now)?;
    let services = public::open_by_service(conn)?;
    let channels = public::accounts(conn)?.iter().map(channel).collect();
    let example = example(conn, &words)?;
    let mut frame = shell(site, &world, asker, ("Tell us once, follow it until it is fixed", "home"));
    frame.description =
        format!("Report a problem to {} and follow it until it is fixed.", words.settings.city.account_name);
    let nothing = Empty {
        title: "No open requests".to_owned(),
        text: "Nobody has reported anything in the last 30 days.".to_owned(),
        link: Some(Link { href: "/report".into(), label: "Report a problem".into() }),
    };
    let view = Home {
        figures: numbers(&figures),
        figures_note: format!(
            "Last {FIGURE_DAYS} days, counted {}.",
            words.moment(figures.counted_at.into())
        ),
        filters: filters(&words, &figures, &services),
        rows: list(&words, &rows),
        empty: rows.is_empty().then_some(nothing),
        all: (total > i64::try_from(ROWS).unwrap_or(0))
            .then(|| Link { href: "/search".into(), label: format!("All {} as a list", thousands(total)) }),
        map: whole_map(site, &world, &words, &rows),
        channels,
        example,
        wards: figures.wards.iter().map(ward).collect(),
        wards_note: format!(
            "Last {FIGURE_DAYS} days. Half of all answered posts had their answer within the time shown."
        ),
        shell: frame,
    };
    Ok(Answer::page(site.pages.render("resident/home", &view)?))
}

fn list(words: &Words<'_>, rows: &[Row]) -> Vec<crate::web::view::resident::TicketRow> {
    let selected = middle(words, rows).map(|row| row.id);
    let row = |row: &Row| crate::web::view::resident::TicketRow {
        selected: Some(row.id) == selected,
        ..words.row(row)
    };
    rows.iter().take(ROWS).map(row).collect()
}

/// The one the map centers on: the first of the list that has a place.
fn middle<'a>(words: &Words<'_>, rows: &'a [Row]) -> Option<&'a Row> {
    rows.iter().take(ROWS).find(|row| words.point(row).is_some())
}

fn whole_map(site: &Site, world: &World, words: &Words<'_>, rows: &[Row]) -> Option<crate::web::view::Svg> {
    let middle = middle(words, rows)?;
    let others = || rows.iter().filter(|row| row.id != middle.id);
    let spots: Vec<(f64, f64)> =
        std::iter::once(middle).chain(others()).filter_map(|row| words.point(row)).collect();
    let view = map::around(&spots, (768, 900))?;
    // Newest on top of older ones, the selected one on top of all.
    let mut marks: Vec<_> = others().filter_map(|row| words.mark(row, false)).collect();
    marks.reverse();
    marks.extend(words.mark(middle, true));
    map::draw(site, world, view, &marks)
}

/// The numbers, good and bad side by side; what nothing was counted for is left out.
fn numbers(figures: &Figures) -> Vec<Figure> {
    let mut shown = Vec::new();
    if figures.ever == 0 {
        return shown;
    }
    if let Some((half, most)) = figures.answer_minutes {
        let (value, unit) = in_words(half);
        let text = format!(
            "Half of {} had their first answer within this. 9 in 10 within {}.",
            count(figures.answered, "answered post", "answered posts"),
            span(chrono::Duration::minutes(most))
        );
        shown.push(Figure { value, unit, text, link: None });
    }
    if let Some((value, unit)) = in_hundredths(figures.promises) {
        let text = format!(
            "Promises kept on time: {} of {}.",
            thousands(figures.promises.some),
            thousands(figures.promises.of)
        );
        shown.push(Figure { value, unit, text, link: None });
    }
    if let Some((value, unit)) = in_hundredths(figures.reopened) {
        let text = format!(
            "Fixes that neighbors said were not fixed: {} of {}. We count these too.",
            thousands(figures.reopened.some),
            thousands(figures.reopened.of)
        );
        shown.push(Figure { value, unit, text, link: None });
    }
    let late = match figures.late {
        0 => "Open now. None is late.".to_owned(),
        n => format!(
            "Open now. {} late.",
            if n == 1 { "1 is".to_owned() } else { format!("{} are", thousands(n)) }
        ),
    };
    let which =
        (figures.late > 0).then(|| Link { href: "/search?show=late".into(), label: "See which".into() });
    shown.push(Figure { value: thousands(figures.open), unit: String::new(), text: late, link: which });
    shown
}

/// 18 -> ("18", "min"), 200 -> ("3", "h").
fn in_words(minutes: i64) -> (String, String) {
    let spoken = span(chrono::Duration::minutes(minutes));
    let (value, unit) = spoken.split_once(' ').unwrap_or((&spoken, ""));
    (value.to_owned(), unit.to_owned())
}

/// "91 in 100"; of a few, "3 of 4"; `None` of nothing.
fn in_hundredths(within: Within) -> Option<(String, String)> {
    let share = share(within)?;
    Some(if within.of < ENOUGH {
        (thousands(within.some), format!("of {}", thousands(within.of)))
    } else {
        (share.to_string(), "in 100".to_owned())
    })
}

fn filters(words: &Words<'_>, figures: &Figures, services: &[Counted]) -> Vec<FilterChip> {
    let pill = |label: String, count: i64, href: String| FilterChip {
        label,
        count: thousands(count),
        href,
        ..FilterChip::default()
    };
    let mut pills = vec![pill("Open".into(), figures.open, "/search?show=open".into())];
    if figures.late > 0 {
        pills.push(pill("Late".into(), figures.late, "/search?show=late".into()));
    }
    if figures.fixed_this_week > 0 {
        pills.push(pill("Fixed this week".into(), figures.fixed_this_week, "/search?show=fixed-week".into()));
    }
    let most = services.iter().take(3);
    pills.extend(most.map(|s| pill(words.service(&s.name), s.count, format!("/search?service={}", s.name))));
    pills
}

fn channel(account: &Account) -> ChannelLine {
    let network = match account.kind.as_str() {
        "mastodon" => "Mastodon",
        "bluesky" => "Bluesky",
        other => other,
    };
    let host = url::Url::parse(&account.base_url)
        .ok()
        .and_then(|u| u.host_str().map(str::to_owned))
        .unwrap_or_default();
    let name = account.handle.trim_start_matches('@');
    let address = if name.contains('@') { format!("@{name}") } else { format!("@{name}@{host}") };
    let local = name.split('@').next().unwrap_or(name);
    // A handle there is whole by itself, and its page is not on the account's own server.
    if account.kind == "bluesky" {
        let href = format!("https://bsky.app/profile/{name}");
        return ChannelLine { network: network.to_owned(), address: format!("@{name}"), href };
    }
    ChannelLine {
        network: network.to_owned(),
        address,
        href: format!("{}/@{local}", account.base_url.trim_end_matches('/')),
    }
}

fn ward(ward: &WardFigures) -> WardRow {
    let name: String = url::form_urlencoded::byte_serialize(ward.name.as_bytes()).collect();
    let kept = share(ward.promises);
    WardRow {
        name: ward.name.clone(),
        href: format!("/search?show=open&ward={name}"),
        open: thousands(ward.open),
        answered_in: ward
            .answer_minutes
            .map_or_else(|| "no posts yet".to_owned(), |m| span(chrono::Duration::minutes(m))),
        kept: kept.map_or_else(|| "none due".to_owned(), |k| format!("{k} %")),
        kept_pct: kept.and_then(|k| u8::try_from(k).ok()).unwrap_or(0),
    }
}

/// A real thread from the first post to "Fixed".
fn example(conn: &mut DbConnection, words: &Words<'_>) -> Result<Vec<Said>> {
    let Some(page) = public::went_well(conn, words.now)? else { return Ok(Vec::new()) };
    let promised = page.replies.iter().find(|r| r.kind == "on_it");
    let (Some(promised), Some(first)) = (promised, page.posts.first()) else { return Ok(Vec::new()) };
    let fixed = page.replies.iter().find(|r| r.kind == "fixed" && r.post_id == promised.post_id);
    let post = page.posts.iter().find(|p| p.id == promised.post_id).unwrap_or(first);
    let readings = ticket::readings(conn, words, &page)?;
    let replies: Vec<_> = [Some(promised), fixed].into_iter().flatten().cloned().collect();
    Ok(said::chosen(words, &page.ticket.number, std::slice::from_ref(post), &replies, &readings))
}
