//! What is known beside the words, in order of trust: the post's own coordinates, where its photo was taken, the
//! thread it stands in, the place on its author's profile.
//!
//! The words come first, always. The others fill a gap or choose between candidates the words left open; they never
//! move a place that the words name, and a profile never places a post by itself.

use super::answer::refuse;
use super::areas::{areas_at, inside_city};
use super::gazetteer::Gazetteer;
use super::geometry::Point;
use super::text::Tokens;
use super::{FoundBy, Hints, Kind, Located, Place, Status, space};

/// A candidate this near to the coordinates is the one that is meant.
const NEAR_M: f64 = 250.0;
/// Coordinates this near to a street are on it.
const ON_STREET_M: f64 = 60.0;
/// A spot chosen by hand or by a phone.
const GEOTAG_RADIUS_M: f64 = 30.0;
/// A photo is taken from across the street.
const PHOTO_RADIUS_M: f64 = 50.0;

/// Coordinates that came with a post.
struct Spot {
    at: Point,
    radius_m: f64,
    by: FoundBy,
    name: &'static str,
}

/// The answer of the words, completed.
pub(super) fn weigh(g: &Gazetteer, told: Located, hints: &Hints) -> Located {
    let spots = [
        (hints.geotag, GEOTAG_RADIUS_M, FoundBy::Geotag, "the post's own coordinates"),
        (hints.photo, PHOTO_RADIUS_M, FoundBy::Photo, "where the photo was taken"),
    ];
    let spots: Vec<Spot> = spots
        .into_iter()
        .filter_map(|(spot, radius_m, by, name)| {
            spot.map(|(lat, lon)| Spot { at: Point { lat, lon }, radius_m, by, name })
        })
        .filter(|spot| spot.at.lat.is_finite() && spot.at.lon.is_finite())
        .collect();
    match told.status {
        Status::None => without_words(g, &spots, hints),
        Status::Ambiguous => choose(g, told, &spots, hints),
        Status::Found => on_the_street(g, told, &spots),
        Status::Outside => told,
    }
}

/// The words name nothing: coordinates, or the place the thread is about.
fn without_words(g: &Gazetteer, spots: &[Spot], hints: &Hints) -> Located {
    if let Some(spot) = spots.iter().find(|spot| inside_city(g, spot.at.lat, spot.at.lon)) {
        let place = geotag_place(g, spot.at.lat, spot.at.lon);
        let place = Place { radius_m: spot.radius_m, found_by: spot.by, ..place };
        return found(place, Vec::new(), spot.name);
    }
    if let Some(place) = hints.thread {
        let place = Place { span: None, found_by: FoundBy::Thread, ..place.clone() };
        return found(place, Vec::new(), "the thread is about this place");
    }
    if hints.geotag.is_some() && !spots.is_empty() {
        return refuse(Status::Outside, Vec::new(), "the post's coordinates are outside the city".into());
    }
    refuse(Status::None, Vec::new(), "the words name no place".into())
}

/// The words fit several places: the one near the coordinates or the thread, or in the part of town on the profile.
fn choose(g: &Gazetteer, told: Located, spots: &[Spot], hints: &Hints) -> Located {
    let near =
        |at: Point| only(&told.alternatives, |p| Point { lat: p.lat, lon: p.lon }.distance_m(at) <= NEAR_M);
    let by_spot = spots.iter().find_map(|spot| near(spot.at).map(|chosen| (chosen, spot.by, spot.name)));
    let by_thread = || {
        let at = hints.thread.map(|p| Point { lat: p.lat, lon: p.lon });
        at.and_then(near).map(|chosen| (chosen, FoundBy::Thread, "the thread"))
    };
    let by_profile = || {
        let words = words_of(hints.profile?);
        let chosen = only(&told.alternatives, |p| lives_there(g, p, &words))?;
        Some((chosen, FoundBy::Profile, "the author's profile"))
    };
    let Some((at, by, name)) = by_spot.or_else(by_thread).or_else(by_profile) else { return told };
    let mut rest = told.alternatives;
    let place = Place { found_by: by, ..rest.remove(at) };
    let reason = format!("{}; {name} chose between them", told.reason);
    Located { status: Status::Found, best: Some(place), alternatives: rest, reason, town: None }
}

/// Only a street is named and the coordinates are on it: there.
fn on_the_street(g: &Gazetteer, told: Located, spots: &[Spot]) -> Located {
    let Some(street) = told.best.as_ref().filter(|place| place.kind == Kind::Street) else { return told };
    let here = |at: &Point| {
        let near = geotag_place(g, at.lat, at.lon);
        (near.street_key.is_some() && near.street_key == street.street_key).then_some(near)
    };
    let on = spots.iter().find_map(|spot| here(&spot.at).map(|place| (place, spot)));
    let Some((place, spot)) = on else { return told };
    let place = Place { radius_m: spot.radius_m, span: street.span, found_by: spot.by, ..place };
    found(place, told.alternatives, &format!("the words name the street, the spot on it is {}", spot.name))
}

fn found(place: Place, alternatives: Vec<Place>, reason: &str) -> Located {
    Located { status: Status::Found, best: Some(place), alternatives, reason: reason.to_owned(), town: None }
}

/// The only one that fits.
fn only(list: &[Place], fits: impl Fn(&Place) -> bool) -> Option<usize> {
    let mut all = (0..list.len()).filter(|at| list.get(*at).is_some_and(&fits));
    let first = all.next()?;
    all.next().is_none().then_some(first)
}

fn words_of(text: &str) -> Vec<String> {
    let tokens = Tokens::of(text);
    (0..tokens.list.len()).map(|at| tokens.norm(at).to_owned()).filter(|word| !word.is_empty()).collect()
}

/// Does the profile name an area that the place lies in? The city itself says nothing.
fn lives_there(g: &Gazetteer, place: &Place, profile: &[String]) -> bool {
    let areas = areas_at(g, place.lat, place.lon, 0.0);
    areas.iter().filter(|area| area.layer != super::areas::CITY_LAYER).any(|area| {
        let name = words_of(&area.name);
        !name.is_empty() && profile.windows(name.len()).any(|part| part == name.as_slice())
    })
}

/// Coordinates as a place, labeled by what is near.
pub(super) fn geotag_place(g: &Gazetteer, lat: f64, lon: f64) -> Place {
    let at = Point { lat, lon };
    let street = space::nearest_segment(g, at, ON_STREET_M).map(|near| near.segment);
    let street_of = street.and_then(|s| g.city.segments.get(s as usize)).map(|s| s.street);
    Place {
        lat,
        lon,
        radius_m: GEOTAG_RADIUS_M,
        kind: Kind::Geotag,
        label: super::reverse::label_near(g, lat, lon).unwrap_or_else(|| format!("{lat:.5}, {lon:.5}")),
        span: None,
        key: format!("at:{lat:.5},{lon:.5}"),
        street_key: street_of.and_then(|s| super::geocode::street_key(g, s)),
        segment_key: street.and_then(|s| super::geocode::segment_key(g, s)),
        shape: None,
        found_by: FoundBy::Geotag,
    }
}
