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
use super::{Hints, Kind, Located, Place, Status, space};

/// A candidate this near to the coordinates is the one that is meant.
const NEAR_M: f64 = 250.0;
/// Coordinates this near to a street are on it.
const ON_STREET_M: f64 = 60.0;
/// A spot chosen by hand or by a phone.
const GEOTAG_RADIUS_M: f64 = 30.0;
/// A photo is taken from across the street.
const PHOTO_RADIUS_M: f64 = 50.0;

/// The answer of the words, completed.
pub(super) fn weigh(g: &Gazetteer, told: Located, hints: &Hints) -> Located {
    let spots = [
        (hints.geotag, GEOTAG_RADIUS_M, "the post's own coordinates"),
        (hints.photo, PHOTO_RADIUS_M, "where the photo was taken"),
    ];
    let spots: Vec<(Point, f64, &str)> = spots
        .into_iter()
        .filter_map(|(spot, radius_m, name)| spot.map(|(lat, lon)| (Point { lat, lon }, radius_m, name)))
        .filter(|(at, ..)| at.lat.is_finite() && at.lon.is_finite())
        .collect();
    match told.status {
        Status::None => without_words(g, &spots, hints),
        Status::Ambiguous => choose(g, told, &spots, hints),
        Status::Found => on_the_street(g, told, &spots),
        Status::Outside => told,
    }
}

/// The words name nothing: coordinates, or the place the thread is about.
fn without_words(g: &Gazetteer, spots: &[(Point, f64, &str)], hints: &Hints) -> Located {
    if let Some((at, radius_m, name)) = spots.iter().find(|(at, ..)| inside_city(g, at.lat, at.lon)) {
        return found(Place { radius_m: *radius_m, ..geotag_place(g, at.lat, at.lon) }, Vec::new(), name);
    }
    if let Some(place) = hints.thread {
        let place = Place { span: None, ..place.clone() };
        return found(place, Vec::new(), "the thread is about this place");
    }
    if hints.geotag.is_some() && !spots.is_empty() {
        return refuse(Status::Outside, Vec::new(), "the post's coordinates are outside the city".into());
    }
    refuse(Status::None, Vec::new(), "the words name no place".into())
}

/// The words fit several places: the one near the coordinates or the thread, or in the part of town on the profile.
fn choose(g: &Gazetteer, told: Located, spots: &[(Point, f64, &str)], hints: &Hints) -> Located {
    let near =
        |at: Point| only(&told.alternatives, |p| Point { lat: p.lat, lon: p.lon }.distance_m(at) <= NEAR_M);
    let by_spot = spots.iter().find_map(|(at, _, name)| near(*at).map(|chosen| (chosen, *name)));
    let by_thread = || {
        let at = hints.thread.map(|p| Point { lat: p.lat, lon: p.lon });
        at.and_then(near).map(|chosen| (chosen, "the thread"))
    };
    let by_profile = || {
        let words = words_of(hints.profile?);
        only(&told.alternatives, |p| lives_there(g, p, &words)).map(|chosen| (chosen, "the author's profile"))
    };
    let Some((at, name)) = by_spot.or_else(by_thread).or_else(by_profile) else { return told };
    let mut rest = told.alternatives;
    let place = rest.remove(at);
    let reason = format!("{}; {name} chose between them", told.reason);
    Located { status: Status::Found, best: Some(place), alternatives: rest, reason, town: None }
}

/// Only a street is named and the coordinates are on it: there.
fn on_the_street(g: &Gazetteer, told: Located, spots: &[(Point, f64, &str)]) -> Located {
    let Some(street) = told.best.as_ref().filter(|place| place.kind == Kind::Street) else { return told };
    let here = |at: &Point| {
        let near = geotag_place(g, at.lat, at.lon);
        (near.street_key.is_some() && near.street_key == street.street_key).then_some(near)
    };
    let on = spots.iter().find_map(|(at, radius_m, name)| here(at).map(|p| (p, *radius_m, *name)));
    let Some((place, radius_m, name)) = on else { return told };
    let place = Place { radius_m, span: street.span, ..place };
    found(place, told.alternatives, &format!("the words name the street, the spot on it is {name}"))
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
    }
}
