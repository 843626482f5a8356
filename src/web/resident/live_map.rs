//! GET `/map`: every public request on a map that can be moved, beside the same ones as a list.
//!
//! The page is whole without JavaScript: a drawn map and a list. Where the map library is part of the build
//! (`make assets`), `map.js` puts it in the place of the drawing; it loads the city once and the requests of the part
//! that is shown. No other server is asked for anything.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::map;
use super::words::{Words, thousands};
use crate::error::{Error, Result};
use crate::insights::public::{self, Corners, Show, TicketRow as Row, Wanted};
use crate::places;
use crate::web::answer::{Answer, Asker, answer};
use crate::web::shell::shell;
use crate::web::site::Site;
use crate::web::view::resident::LiveMap;

/// The library and its worker, as `make assets` leaves them.
const LIBRARY: &str = "maplibre-gl.mjs";
const WORKER: &str = "maplibre-gl-worker.mjs";
const GEOJSON: &str = "application/geo+json; charset=utf-8";
/// Requests in the list of the page without JavaScript.
const ROWS: usize = 50;
/// Requests drawn on the page, or sent for one part of the map.
const MARKS: i64 = 300;
const SENT: i64 = 2000;
/// Rounded places may lie this far from the exact ones, in degrees; the box is widened by it before it is asked.
const ROUNDING_DEGREES: f64 = 0.0015;

pub(super) async fn show(site: Data<Site>, request: HttpRequest) -> HttpResponse {
    answer(site, Asker::of(&request), page).await
}

pub(super) async fn city(site: Data<Site>, request: HttpRequest) -> HttpResponse {
    answer(site, Asker::of(&request), |site, asker| {
        let world = site.world();
        let known = site.kept.city(world.places_version, || places::city_geojson(&world.places));
        let current = asker.value("v") == Some(world.places_version.to_string());
        let keep = if current { "public, max-age=31536000, immutable" } else { "public, max-age=60" };
        Ok(Answer::kept(known).of_kind(GEOJSON).header(header::CACHE_CONTROL, keep))
    })
    .await
}

pub(super) async fn tickets(site: Data<Site>, request: HttpRequest) -> HttpResponse {
    answer(site, Asker::of(&request), |site, asker| {
        let wanted = asker.value("bbox").as_deref().and_then(read_box).ok_or_else(|| {
            Error::Invalid("bbox must be four numbers in degrees: west,south,east,north".into())
        })?;
        let world = site.world();
        let words = Words::new(&world.settings, site.now());
        let conn = &mut *site.app.db.read()?;
        let rows = public::inside(conn, wanted.wider(ROUNDING_DEGREES), SENT, words.now)?;
        let whole = i64::try_from(rows.len()).unwrap_or(SENT) < SENT;
        // Asked with the places strangers may know: small boxes must not find a door.
        let seen = |row: &&Row| words.point(row).is_some_and(|(lat, lon)| wanted.holds(lat, lon));
        let features: Vec<Value> = rows.iter().filter(seen).filter_map(|row| feature(&words, row)).collect();
        let collection = json!({"type": "FeatureCollection", "whole": whole, "features": features});
        Ok(Answer::bytes(GEOJSON, collection.to_string()))
    })
    .await
}

/// What strangers may read about a request, as a point.
fn feature(words: &Words<'_>, row: &Row) -> Option<Value> {
    let (lat, lon) = words.point(row)?;
    let shown = words.row(row);
    Some(json!({
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [short(lon), short(lat)]},
        "properties": {
            "number": shown.number,
            "href": shown.href,
            "title": shown.title,
            "place": shown.place,
            "state": shown.chip.state,
            "word": shown.chip.word,
            "people": shown.people,
            "reported": shown.reported,
            "expected": shown.expected,
            "late": shown.late,
        },
    }))
}

fn short(degrees: f64) -> f64 {
    (degrees * 1e5).round() / 1e5
}

/// "west,south,east,north".
fn read_box(text: &str) -> Option<Corners> {
    let numbers: Vec<f64> = text.split(',').filter_map(|n| n.trim().parse().ok()).collect();
    let [west, south, east, north] = *numbers.as_slice() else { return None };
    let fits = numbers.iter().all(|n| n.is_finite()) && west <= east && south <= north;
    fits.then_some(Corners { west, south, east, north })
}

fn page(site: &Site, asker: &Asker) -> Result<Answer> {
    let world = site.world();
    let words = Words::new(&world.settings, site.now());
    let conn = &mut *site.app.db.read()?;
    let wanted = Wanted { show: Show::Lately, ..Wanted::default() };
    let (rows, total) = public::list(conn, &wanted, (0, MARKS), words.now)?;
    let spots: Vec<(f64, f64)> = rows.iter().filter_map(|row| words.point(row)).collect();
    let middle = spots.first().copied().or_else(|| middle(&world.places));
    let marks: Vec<_> = rows.iter().rev().filter_map(|row| words.mark(row, false)).collect();
    let around = if spots.is_empty() { middle.into_iter().collect() } else { spots };
    let drawn = map::around(&around, (1100, 700)).and_then(|view| map::draw(site, &world, view, &marks));
    let asset = |name: &str| {
        let here = site.pages.asset(name).is_some();
        here.then(|| format!("/assets/{name}?v={}", site.pages.asset_version()))
    };
    let library = asset(LIBRARY).filter(|_| drawn.is_some()).unwrap_or_default();
    let view = LiveMap {
        note: match total {
            0 => "No requests in the last 30 days.".to_owned(),
            n => format!("{} open or fixed in the last 30 days, newest first.", thousands(n)),
        },
        rows: rows.iter().take(ROWS).map(|row| words.row(row)).collect(),
        map: drawn,
        library,
        worker: asset(WORKER).unwrap_or_default(),
        city: format!("/map/city.json?v={}", world.places_version),
        middle: middle.map(|(lat, lon)| format!("{lon:.5},{lat:.5}")).unwrap_or_default(),
        edges: edges(&world.places),
        shell: shell(site, &world, asker, ("Map of requests", "map")),
    };
    Ok(Answer::page(site.pages.render("resident/map", &view)?))
}

fn middle(places: &places::Gazetteer) -> Option<(f64, f64)> {
    let (south, west, north, east) = places.bbox()?;
    Some((f64::midpoint(south, north), f64::midpoint(west, east)))
}

/// How far the map can be moved.
fn edges(places: &places::Gazetteer) -> String {
    let bbox = places.bbox();
    bbox.map(|(south, west, north, east)| format!("{west:.4},{south:.4},{east:.4},{north:.4}"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes() {
        assert!(
            read_box("-89.5,40,-89.3,40.1").is_some_and(|b| b.holds(40.05, -89.4) && !b.holds(41.0, -89.4))
        );
        for bad in ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "NaN,1,2,3", "5,1,4,2", "1,5,2,4"] {
            assert!(read_box(bad).is_none(), "{bad}");
        }
    }
}
