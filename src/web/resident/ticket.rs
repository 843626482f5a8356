//! The public page of one ticket, GET `/t/{number}`: the outcome first, then the way there, history last.
//!
//! Unknown, sealed and hidden numbers get the same 404; a merged number leads on to the one that is worked on.
//! The page is the same for everybody and comes from the page cache: its forms carry no token (see `guard::csrf`).

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

pub(super) use super::extra::Extra;
use super::extra::taken;
use super::said::{self, Readings};
use super::words::{Words, count, is_live, status};
use super::{expected, map, outcome, stages};
use crate::db::DbConnection;
use crate::error::{Error, Result};
use crate::insights::public::{self, Figures, Found, PhotoLine, Spot, TicketPage, TicketRow as Row};
use crate::places::{MapView, Mark};
use crate::settings::{Lang, ResidentsWords, dates};
use crate::tickets::Status;
use crate::tickets::numbers::as_typed;
use crate::web::answer::{Answer, Asker, answer, cached};
use crate::web::shell::shell;
use crate::web::site::Site;
use crate::web::view::ticket::{Fact, HistoryLine, Promise, Ticket};
use crate::web::view::{Link, Photo};
use crate::world::World;

/// How far around "other requests near here" looks, in metres.
pub(super) const NEAR_M: f64 = 250.0;
/// How far a rounded place may lie from the real one, and more.
pub(super) const ROUNDED_M: f64 = 150.0;
/// Marks drawn around the ticket itself.
const MOST_NEAR: usize = 30;
/// Side of the squares whose open tickets are read together, in degrees, and its half diagonal in metres at most.
const SQUARE_DEGREES: f64 = 0.002;
const SQUARE_M: f64 = 160.0;
/// Open tickets read around one square.
const MOST_AROUND: i64 = 120;

pub(super) async fn show(site: Data<Site>, request: HttpRequest, number: Path<String>) -> HttpResponse {
    let typed = number.into_inner();
    // One page has one address: "26-4217" leads to "26-004217".
    if let Some(number) = as_typed(&typed)
        && number != typed
    {
        return answer(site, Asker::of(&request), move |_, _| Ok(Answer::to(&format!("/t/{number}")))).await;
    }
    cached(site, &request, move |site, asker| {
        if asker.is_anyone() {
            return unchanged(site, asker, &typed);
        }
        let said = asker.value("said").unwrap_or_default();
        page(site, asker, &typed, Extra { notice: taken(&said), ..Extra::default() })
    })
    .await
}

/// The page for anybody: made once for each state of the ticket. The look at the state comes before the reading, so
/// that a change in between makes the kept page old, never the state.
fn unchanged(site: &Site, asker: &Asker, number: &str) -> Result<Answer> {
    let stamp = public::stamp(&mut *site.app.db.read()?, number)?;
    let Some(stamp) = stamp else { return page(site, asker, number, Extra::default()) };
    if let Some(kept) = site.kept.unchanged(number, stamp) {
        return Ok(Answer::kept(kept));
    }
    let mut made = page(site, asker, number, Extra::default())?;
    if let Some(kept) = made.keep() {
        site.kept.keep(number, stamp, kept);
    }
    Ok(made)
}

/// Makes the page, with what was wrong when a form of it was not taken.
pub(super) fn page(site: &Site, asker: &Asker, number: &str, extra: Extra) -> Result<Answer> {
    let nothing = || Error::NotFound(format!("there is no request {number}"));
    let number = as_typed(number).ok_or_else(nothing)?;
    let world = site.world();
    let words = Words::new(&world.settings, site.now());
    let conn = &mut *site.app.db.read()?;
    let found = match public::ticket(conn, &number)? {
        Found::Page(page) => page,
        Found::Moved(to) => return Ok(Answer::to(&format!("/t/{to}")).status(StatusCode::FOUND)),
        Found::Nothing => return Err(nothing()),
    };
    let figures = site.kept.figures(|| public::figures(conn, site.now()))?;
    let around = neighborhood(site, conn, &words, &found.ticket)?;
    let readings = readings(conn, &words, &found)?;
    let status = extra.status;
    let usual = expected::fact(&words, conn, &found.ticket)?;
    let mut view = view(
        site,
        &world,
        asker,
        &words,
        Read { page: &found, figures: &figures, around: &around, readings: &readings },
        extra,
    );
    if let (Some(promise), Some(usual)) = (view.promise.as_mut(), usual) {
        promise.facts.push(usual);
    }
    let answer = Answer::page(site.pages.render("resident/ticket", &view)?);
    Ok(if status == StatusCode::OK {
        answer
    } else {
        answer.status(status).header(header::CACHE_CONTROL, "no-store")
    })
}

/// Everything that was read for one page.
struct Read<'a> {
    page: &'a TicketPage,
    figures: &'a Figures,
    around: &'a [Row],
    readings: &'a Readings,
}

/// Other open public tickets close by, by the places strangers may know, oldest first.
fn neighborhood(site: &Site, conn: &mut DbConnection, words: &Words<'_>, row: &Row) -> Result<Vec<Row>> {
    let Some((lat, lon)) = words.point(row) else { return Ok(Vec::new()) };
    let square = |degrees: f64| (degrees / SQUARE_DEGREES).floor();
    let middle = |degrees: f64| (square(degrees) + 0.5) * SQUARE_DEGREES;
    let spot = Spot { lat: middle(lat), lon: middle(lon) };
    let rows = site.kept.around((square(lat) as i64, square(lon) as i64), || {
        public::near(conn, None, spot, NEAR_M + ROUNDED_M + SQUARE_M, MOST_AROUND)
    })?;
    let seen = rows.iter().filter(|r| r.id != row.id && words.is_seen_near(r, (lat, lon), NEAR_M));
    Ok(seen.take(MOST_NEAR).cloned().collect())
}

/// What must be hidden in posts, read only where posts are shown at all.
pub(super) fn readings(conn: &mut DbConnection, words: &Words<'_>, page: &TicketPage) -> Result<Readings> {
    if words.settings.policy.residents_words == ResidentsWords::Link || page.posts.is_empty() {
        return Ok(Readings::new());
    }
    let ids: Vec<i64> = page.posts.iter().map(|p| p.id).collect();
    Ok(public::readings(conn, &ids)?.into_iter().collect())
}

fn view(
    site: &Site,
    world: &World,
    asker: &Asker,
    words: &Words<'_>,
    found: Read<'_>,
    extra: Extra,
) -> Ticket {
    let (page, row) = (found.page, &found.page.ticket);
    let title = words.service(&row.service);
    let mut frame = shell(site, world, asker, (&format!("{title}, {}", row.number), ""));
    frame.description = format!("{title}, {}. {}.", words.place(row), words.chip(row).word);
    let errors = extra.errors();
    frame.notices.extend(extra.notice);
    let (headline, headline_text) = outcome::headline(words, page);
    let private = words.is_private(&row.service);
    Ticket {
        number: row.number.clone(),
        place: words.place(row),
        ward: row.area.clone().unwrap_or_default(),
        chip: words.chip(row),
        headline,
        headline_text,
        ask_works: asks_whether_it_works(words, row),
        me_too: is_live(row).then(|| format!("/report?near={}", row.number)),
        can_follow: is_live(row) || asks_whether_it_works(words, row),
        stages: stages::stages(words, page),
        promise: promise(words, page),
        photos: page.photos.iter().map(|p| photo(words, p)).collect(),
        no_photos: outcome::no_photos(page),
        next: outcome::next(words, row, found.figures),
        said: said::thread(words, page, found.readings),
        told: told(words, page),
        map: neighborhood_map(site, world, words, row, found.around),
        where_words: where_words(words, row, private),
        near: near(row, found.around),
        department: words.department(&row.department),
        why_them: String::new(),
        ask_a_person: ask_a_person(words, row),
        followers: match page.followers {
            0 => "Follow this request".to_owned(),
            n => count(n, "neighbor follows this", "neighbors follow this"),
        },
        followers_text: format!(
            "{} told us. Followers hear each step, once, by e-mail.",
            count(row.people, "person", "people")
        ),
        errors,
        follow_email: extra.email,
        broken: extra.broken,
        history: history(words, page),
        history_note: count(i64::try_from(page.history.len()).unwrap_or(0), "step", "steps")
            + ", none can be changed later.",
        merged: merged(&page.merged),
        shell: frame,
        title,
    }
}

/// Fixed or closed without proof, and not too long ago: neighbors can say whether it is true.
fn asks_whether_it_works(words: &Words<'_>, row: &Row) -> bool {
    let doubtful = match status(row) {
        Status::Fixed => true,
        Status::Closed => row.close_reason.as_deref() == Some("not_verified"),
        _ => false,
    };
    let days = chrono::Duration::days(i64::from(words.settings.policy.reopen_days));
    doubtful && words.now - row.status_at.0 <= days
}

/// "37 of 140 told.", where more people wrote than are answered one by one.
fn told(words: &Words<'_>, page: &TicketPage) -> String {
    let people = page.ticket.people;
    let many = people > i64::from(words.settings.policy.answer_each_up_to);
    if many && page.told < people { format!("{} of {people} told.", page.told) } else { String::new() }
}

fn promise(words: &Words<'_>, page: &TicketPage) -> Option<Promise> {
    let made = page.promise.as_ref()?;
    let fact =
        |label: &str, value: String, tone: &str| Fact { label: label.into(), value, tone: tone.into() };
    let (label, value, tone) = match (made.state.as_str(), made.kept_at) {
        ("kept", Some(kept)) if kept <= made.due_at => {
            let early = (made.due_at.0 - kept.0).num_days();
            let value = if early >= 1 {
                format!("Yes, {} early", count(early, "day", "days"))
            } else {
                "Yes, in time".into()
            };
            ("Kept?", value, "good")
        }
        ("kept", Some(kept)) => {
            ("Kept?", format!("No, done {} late", super::words::span(kept.0 - made.due_at.0)), "late")
        }
        ("open", _) if made.due_at.0 < words.now => {
            ("Late", super::words::span(words.now - made.due_at.0), "late")
        }
        ("open", _) => {
            let left = made.due_at.0 - words.now;
            ("Time left", super::words::span(left), if left.num_hours() < 12 { "soon" } else { "" })
        }
        _ => ("Kept?", "Taken back when it was closed".into(), ""),
    };
    let mut facts = vec![
        fact("Who promised", words.settings.city.account_name.clone(), ""),
        fact("Due", dates::moment(made.due_at.0, words.settings.city.time_zone, words.lang), ""),
        fact(label, value, tone),
    ];
    if page.photos.is_empty() && is_live(&page.ticket) {
        facts.push(fact("Proof", "Comes when it is done".into(), ""));
    }
    Some(Promise { words: promised(words, page)?, facts })
}

/// The exact words that stand in the thread, but for where to follow it: the reader is there. Without a thread, or
/// when the promise was made anew since, the same wording as it would have been posted.
fn promised(words: &Words<'_>, page: &TicketPage) -> Option<String> {
    let made = page.promise.as_ref()?;
    let row = &page.ticket;
    let posted =
        page.replies.iter().rev().find(|r| r.kind == "on_it" && r.delivered_at >= Some(made.made_at));
    if let Some(reply) = posted {
        return Some(said::without_number(&said::public_words(reply), &row.number));
    }
    let phrase = words.settings.wording.phrase("on_it", Lang::En)?;
    let due = dates::due(made.due_at.0, made.made_at.0, words.settings.city.time_zone, Lang::En);
    let filled = phrase.fill(&[
        ("department", &words.department(&made.department)),
        ("due", &due),
        ("number", &row.number),
        ("link", ""),
        ("service", &words.service(&row.service)),
        ("place", &words.place(row)),
        ("city", &words.settings.city.name),
    ]);
    filled.ok().map(|text| said::without_number(&text, &row.number))
}

fn photo(words: &Words<'_>, line: &PhotoLine) -> Photo {
    let label = match line.role.as_str() {
        "before" => "Before",
        "proof" => "After",
        _ => "Photo",
    };
    let alt = if line.alt.is_empty() { format!("{label}: photo of this request") } else { line.alt.clone() };
    let pixels = |n: i64| u32::try_from(n).unwrap_or(0);
    Photo {
        src: format!("/media/{}.jpg", line.id),
        alt,
        label: label.to_owned(),
        when: words.moment(line.taken_at.unwrap_or(line.created_at)),
        width: pixels(line.width),
        height: pixels(line.height),
    }
}

fn neighborhood_map(
    site: &Site,
    world: &World,
    words: &Words<'_>,
    row: &Row,
    around: &[Row],
) -> Option<crate::web::view::Svg> {
    let (lat, lon) = words.point(row)?;
    let mut marks: Vec<Mark<'_>> = around.iter().filter_map(|r| words.mark(r, false)).collect();
    // Last, so that it is drawn on top; it leads nowhere, for the reader is there.
    marks.extend(words.mark(row, true).map(|mark| Mark { href: None, ..mark }));
    map::draw(site, world, MapView { lat, lon, width_px: 400, height_px: 260, metres_per_px: 1.0 }, &marks)
}

fn where_words(words: &Words<'_>, row: &Row, private: bool) -> String {
    let place = words.place(row);
    if row.place_label.is_empty() {
        return "The place is not known yet.".to_owned();
    }
    let ward = row
        .area
        .as_deref()
        .filter(|area| !place.contains(*area))
        .map(|a| format!(" {a}."))
        .unwrap_or_default();
    match row.radius_m {
        _ if private => format!("Near {place}.{ward} The exact spot is not shown."),
        Some(radius) if radius >= 5.0 => format!("{place}, within {radius:.0} m.{ward}"),
        _ => format!("{place}.{ward}"),
    }
}

fn near(row: &Row, around: &[Row]) -> Option<Link> {
    let label = count(
        i64::try_from(around.len()).ok().filter(|n| *n > 0)?,
        "other open request near here",
        "other open requests near here",
    );
    Some(Link { href: format!("/search?near={}", row.number), label })
}

fn ask_a_person(words: &Words<'_>, row: &Row) -> String {
    let desk = words.settings.departments.get(&row.department);
    let number = &words.settings.city.non_emergency;
    let hours = desk.map(|d| {
        let clock = |t| dates::time(t, words.lang);
        format!(" {} {} to {}.", days(&d.hours.days), clock(d.hours.from), clock(d.hours.to))
    });
    format!("Call {number} and say {}.{}", row.number, hours.unwrap_or_default())
}

fn days(open: &[chrono::Weekday]) -> String {
    use chrono::Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    match open {
        [Mon, Tue, Wed, Thu, Fri] => "Weekdays".to_owned(),
        [Mon, Tue, Wed, Thu, Fri, Sat, Sun] => "Every day".to_owned(),
        [first, .., last]
            if open.len() > 2 && open.windows(2).all(|w| matches!(w, [a, b] if a.succ() == *b)) =>
        {
            format!("{first} to {last}")
        }
        some => some.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}

/// Public steps, newest first, in words; codes and places that are nobody's business are said in other words.
fn history(words: &Words<'_>, page: &TicketPage) -> Vec<HistoryLine> {
    let row = &page.ticket;
    let line = |step: &crate::insights::public::HistoryLine| {
        let what = match step.step.as_str() {
            "opened" => format!("Received: {}.", words.service(&row.service)),
            "routed" => format!("{} took it.", words.department(&row.department)),
            "placed" if words.is_private(&row.service) => "The place is known.".to_owned(),
            _ => format!("{}.", step.words.trim_end_matches('.')),
        };
        HistoryLine { when: words.when(step.at), what, who: String::new() }
    };
    page.history.iter().rev().map(line).collect()
}

fn merged(numbers: &[String]) -> String {
    match numbers {
        [] => String::new(),
        [one] => format!("{one} was about the same thing. It leads here now."),
        many => format!("{} were about the same thing. They lead here now.", many.join(", ")),
    }
}
