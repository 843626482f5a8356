//! GET `/search`: a number leads to its page; words find streets, corners, wards and kinds of request.
//!
//! Words are folded (small letters, no accents, "street" = "st") and must all fit. A house number never finds a
//! request that concerns homes or people: the answer would tell which door it was.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use unicode_normalization::UnicodeNormalization;

use super::map;
use super::ticket::{NEAR_M, ROUNDED_M};
use super::words::{Words, count, thousands};
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::Result;
use crate::insights::public::{self, Show, Spot, TicketRow as Row, Wanted, WantedWord};
use crate::settings::{Lang, Settings};
use crate::tickets::numbers::as_typed;
use crate::web::answer::{Answer, Asker, answer};
use crate::web::shell::shell;
use crate::web::site::Site;
use crate::web::view::resident::Search;
use crate::web::view::{Empty, FilterChip, Link, Pager};

const ROWS: i64 = 50;
const MOST_WORDS: usize = 6;
/// Pages that can be asked for; nobody reads further, and a deep offset is slow.
const MOST_PAGES: i64 = 200;
/// Words that say nothing about where or what.
const IDLE: [&str; 11] = ["and", "at", "the", "in", "on", "of", "near", "corner", "a", "y", "de"];
/// How people write streets, and how the gazetteer does.
const SHORT: [(&str, &str); 14] = [
    ("street", "st"),
    ("avenue", "ave"),
    ("road", "rd"),
    ("lane", "ln"),
    ("court", "ct"),
    ("place", "pl"),
    ("drive", "dr"),
    ("terrace", "ter"),
    ("square", "sq"),
    ("boulevard", "blvd"),
    ("alley", "aly"),
    ("circle", "cir"),
    ("mount", "mount"),
    ("saint", "saint"),
];

pub(super) async fn show(site: Data<Site>, request: HttpRequest) -> HttpResponse {
    answer(site, Asker::of(&request), page).await
}

/// What was asked, in words and in the filter's terms.
struct Question {
    q: String,
    show: Show,
    show_word: String,
    service: Option<String>,
    ward: Option<String>,
    near: Option<String>,
    page: i64,
}

impl Question {
    fn of(asker: &Asker) -> Self {
        let show_word = asker.value("show").unwrap_or_default();
        let show = match show_word.as_str() {
            "open" => Show::Open,
            "late" => Show::Late,
            "fixed" => Show::Fixed,
            "fixed-week" => Show::FixedThisWeek,
            "all" => Show::All,
            _ => Show::Lately,
        };
        let page = asker.value("page").and_then(|p| p.parse().ok()).unwrap_or(1);
        Self {
            q: asker.value("q").unwrap_or_default(),
            show,
            show_word: if show == Show::Lately { String::new() } else { show_word },
            service: asker.value("service"),
            ward: asker.value("ward"),
            near: asker.value("near"),
            page: i64::clamp(page, 1, MOST_PAGES),
        }
    }

    /// The address of this question with one thing changed.
    fn address(&self, key: &str, value: &str) -> String {
        let page = if self.page > 1 { self.page.to_string() } else { String::new() };
        let parts = [
            ("q", self.q.as_str()),
            ("show", &self.show_word),
            ("service", self.service.as_deref().unwrap_or("")),
            ("ward", self.ward.as_deref().unwrap_or("")),
            ("near", self.near.as_deref().unwrap_or("")),
            // Another question starts on its first page.
            ("page", if key == "page" { &page } else { "" }),
        ];
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, kept) in parts {
            let value = if name == key { value } else { kept };
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        let query = query.finish();
        if query.is_empty() { "/search".to_owned() } else { format!("/search?{query}") }
    }
}

fn page(site: &Site, asker: &Asker) -> Result<Answer> {
    let question = Question::of(asker);
    let world = site.world();
    let words = Words::new(&world.settings, site.now());
    let conn = &mut *site.app.db.read()?;
    if let Some(number) = as_typed(&question.q.replace(' ', "-"))
        && !matches!(public::ticket(conn, &number)?, public::Found::Nothing)
    {
        return Ok(Answer::to(&format!("/t/{number}")));
    }
    let wanted = wanted(&world.settings, &question);
    let skip = (question.page - 1) * ROWS;
    let (rows, total, about) = match around(conn, &words, &question)? {
        Some((rows, about)) => {
            let total = i64::try_from(rows.len()).unwrap_or(0);
            (rows, total, Some(about))
        }
        None => {
            let (rows, total) = public::list(conn, &wanted, (skip, ROWS), words.now)?;
            (rows, total, None)
        }
    };
    let heading = heading(&words, &question, total, about.as_deref());
    let spots: Vec<(f64, f64)> = rows.iter().filter_map(|row| words.point(row)).collect();
    let marks: Vec<_> = rows.iter().rev().filter_map(|row| words.mark(row, false)).collect();
    let drawn = map::around(&spots, (768, 760)).and_then(|view| map::draw(site, &world, view, &marks));
    let view = Search {
        note: note(&question, total),
        filters: filters(&words, &question),
        empty: if rows.is_empty() { Some(empty(conn, &words, &wanted)?) } else { None },
        rows: rows.iter().map(|row| words.row(row)).collect(),
        map: drawn,
        pager: pager(&question, total, skip),
        shell: shell(site, &world, asker, (&heading, "find")),
        q: question.q,
        heading,
    };
    Ok(Answer::page(site.pages.render("resident/search", &view)?))
}

fn wanted(settings: &Settings, question: &Question) -> Wanted {
    let private = settings.catalogue.iter().filter(|s| s.private_place).map(|s| s.code.clone());
    Wanted {
        words: folded(&question.q).into_iter().map(|text| meant(settings, text)).collect(),
        private_services: private.collect(),
        service: question.service.clone(),
        area: question.ward.clone(),
        show: question.show,
    }
}

/// Small letters without accents, streets in the gazetteer's spelling, idle words gone.
fn folded(text: &str) -> Vec<String> {
    let plain: String = text.nfkd().filter(|c| !unicode_normalization::char::is_combining_mark(*c)).collect();
    plain
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && !IDLE.contains(word))
        .map(|word| SHORT.iter().find(|(long, _)| *long == word).map_or(word, |(_, short)| *short).to_owned())
        .take(MOST_WORDS)
        .collect()
}

/// The services this word may name, in any of our languages: "lights" finds "Street light out".
fn meant(settings: &Settings, text: String) -> WantedWord {
    let stem = if text.len() > 4 { text.trim_end_matches('s') } else { &text };
    let named = |name: &str| folded(name).iter().any(|word| word.starts_with(stem));
    let services = settings
        .catalogue
        .iter()
        .filter(|s| stem.len() > 2 && Lang::ALL.iter().any(|l| named(s.names.get(*l))));
    WantedWord { services: services.map(|s| s.code.clone()).collect(), text }
}

/// "Near 26-004217": open ones around it, by the places strangers may know; `None` when nothing like it was asked.
fn around(
    conn: &mut DbConnection,
    words: &Words<'_>,
    question: &Question,
) -> Result<Option<(Vec<Row>, String)>> {
    let Some(number) = question.near.as_deref().and_then(as_typed) else { return Ok(None) };
    let Some(center) = public::known(conn, &number)? else { return Ok(None) };
    let Some((lat, lon)) = words.point(&center) else { return Ok(None) };
    let rows = public::near(conn, None, Spot { lat, lon }, NEAR_M + ROUNDED_M, ROWS)?;
    Ok(Some((words.seen_near(rows, (lat, lon), NEAR_M), words.place(&center))))
}

fn heading(words: &Words<'_>, question: &Question, total: i64, about: Option<&str>) -> String {
    let found = match question.show {
        Show::Open => count(total, "open request", "open requests"),
        Show::Late => count(total, "late request", "late requests"),
        Show::Fixed | Show::FixedThisWeek => count(total, "fixed request", "fixed requests"),
        Show::Lately | Show::All => count(total, "request", "requests"),
    };
    let found = if total == 0 { found.replacen('0', "No", 1) } else { found };
    let service = question.service.as_deref().map(|s| format!(": {}", words.service(s))).unwrap_or_default();
    let ward = question.ward.as_deref().map(|w| format!(" in {w}")).unwrap_or_default();
    match (about, question.q.as_str()) {
        (Some(place), _) => format!("{found} near {place}"),
        (None, "") if service.is_empty() && ward.is_empty() && question.show == Show::Lately => {
            "Find a request".to_owned()
        }
        (None, "") => format!("{found}{ward}{service}"),
        (None, q) => format!("{found} for “{q}”{ward}{service}"),
    }
}

fn note(question: &Question, total: i64) -> String {
    match question.show {
        Show::Lately if total > 0 => "Open ones first, then those that ended in the last 30 days.".to_owned(),
        Show::Fixed if total > 0 => "In the last 30 days.".to_owned(),
        Show::FixedThisWeek if total > 0 => "In the last 7 days.".to_owned(),
        _ => String::new(),
    }
}

fn filters(words: &Words<'_>, question: &Question) -> Vec<FilterChip> {
    let pill = |label: &str, value: &str| FilterChip {
        label: label.to_owned(),
        href: question.address("show", value),
        current: question.show_word == value,
        ..FilterChip::default()
    };
    let mut pills = vec![
        pill("Open and lately ended", ""),
        pill("Open", "open"),
        pill("Late", "late"),
        pill("Fixed", "fixed"),
        pill("All", "all"),
    ];
    let service = question.service.as_deref().map(|s| (words.service(s), "service"));
    let ward = question.ward.as_deref().map(|w| (w.to_owned(), "ward"));
    let near = question.near.as_deref().map(|n| (format!("Near {n}"), "near"));
    pills.extend([service, ward, near].into_iter().flatten().map(|(label, key)| FilterChip {
        label,
        href: question.address(key, ""),
        current: true,
        removable: true,
        ..FilterChip::default()
    }));
    pills
}

fn empty(conn: &mut DbConnection, words: &Words<'_>, wanted: &Wanted) -> Result<Empty> {
    let last = public::last_fixed(conn, wanted)?;
    let text = last.map_or_else(
        || "Nothing like this was reported. Is something wrong? Tell us.".to_owned(),
        |at| format!("The last one was fixed on {}. Is something wrong? Tell us.", words.day(Ts(at))),
    );
    Ok(Empty {
        title: "Nothing found".to_owned(),
        text,
        link: Some(Link { href: "/report".into(), label: "Report a problem".into() }),
    })
}

fn pager(question: &Question, total: i64, skip: i64) -> Option<Pager> {
    if total <= ROWS || question.near.is_some() {
        return None;
    }
    let to = (skip + ROWS).min(total);
    let page = |n: i64| question.address("page", &if n > 1 { n.to_string() } else { String::new() });
    Some(Pager {
        words: format!("{} to {} of {}", thousands((skip + 1).min(total)), thousands(to), thousands(total)),
        previous: (question.page > 1).then(|| page(question.page - 1)),
        next: (to < total && question.page < MOST_PAGES).then(|| page(question.page + 1)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded() {
        let check = |text: &str, expect: &[&str]| assert_eq!(folded(text), expect, "{text}");
        check("Broad Street & Market", &["broad", "st", "market"]);
        check("the corner of Élm at 5th", &["elm", "5th"]);
        check("100% _off_ '; DROP", &["100", "off", "drop"]);
        check("", &[]);
        check("a b c d e f g h i", &["b", "c", "d", "e", "f", "g"]);
    }

    #[test]
    fn words_find_services_in_any_language() {
        let settings = Settings::built_in(std::iter::empty()).unwrap();
        let finds =
            |word: &str, code: &str| meant(&settings, word.to_owned()).services.iter().any(|s| s == code);
        assert!(finds("lights", "street_light") && finds("luz", "street_light"));
        assert!(finds("graffiti", "graffiti"));
        assert!(!finds("st", "street_light") && !finds("zzz", "street_light"));
    }
}
