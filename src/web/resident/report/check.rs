//! Looks at one sending of the form: are the fields fit, what is it, where is it, do we know about it?
//!
//! Reads only. What it finds is shown with the form, or handed on when nothing is left to ask.

use super::upload::Sent;
use crate::error::Result;
use crate::insights::public::{self, Spot, TicketRow};
use crate::journey::followers;
use crate::places::{self, Hints, Kind, Place, Status};
use crate::settings::{Gate, Service, Urgency};
use crate::tickets::matching::metres_between;
use crate::triage::{self, Context, Reading};
use crate::web::site::Site;
use crate::web::view::FieldError;
use crate::world::World;

/// Below this share the reading is not shown as "we read": it would be a guess.
const SAY_P: f64 = 0.60;
/// Open requests this close are shown, in metres, where the service's own rule is tighter.
const LOOK_AROUND_M: f64 = 60.0;
/// How many are shown.
const MOST_KNOWN: usize = 3;
/// Places offered as buttons.
const MOST_PLACES: usize = 4;

/// What is shown with the form.
#[derive(Clone, Debug, Default)]
pub(super) struct Checked {
    pub(super) errors: Vec<FieldError>,
    /// Code of the service: chosen, or read with some certainty.
    pub(super) service: Option<String>,
    pub(super) place: Option<Place>,
    /// Places that fit, when several do.
    pub(super) candidates: Vec<Place>,
    /// "Broad St & Kinney St, Old Town Ward."
    pub(super) found: String,
    /// The place is where the photo was taken.
    pub(super) by_photo: bool,
    /// The writer has not seen it yet: nothing is filed before they did.
    pub(super) offered: bool,
    /// Open public requests that may be the same, nearest first, with the distance in metres.
    pub(super) known: Vec<(TicketRow, f64)>,
}

/// What was found out about one sending.
#[derive(Debug)]
pub(super) struct Looked {
    pub(super) checked: Checked,
    pub(super) urgency: Urgency,
    /// The service the report is filed under; `None` leaves it to the reading in the journey.
    pub(super) stated: Option<String>,
}

pub(super) fn look(
    site: &Site,
    world: &World,
    sent: &Sent,
    (photo_at, photo_error): (Option<(f64, f64)>, String),
) -> Result<Looked> {
    let reading = triage::read(&world.model, &sent.what, &Context::alone(world.settings.city.language));
    let mut checked = Checked::default();
    if sent.what.chars().filter(|c| c.is_alphanumeric()).count() < 3 {
        wrong(&mut checked, "what", "Say what is wrong, in a few words.");
    }
    let catalogue = &world.settings.catalogue;
    let chosen = catalogue.current(&sent.service);
    let read = best_guess(&reading).and_then(|(code, p)| Some((catalogue.current(code)?, p)));
    let service = chosen.or(read.map(|(service, _)| service));
    checked.service = service.map(|s| s.code.clone());
    let by_photo = photo_at.and_then(|at| taken_at(world, at));
    look_for_place(world, sent, service, by_photo, &mut checked);
    if !photo_error.is_empty() {
        wrong(&mut checked, "photo", &photo_error);
    }
    if !sent.email.is_empty() && followers::address(&sent.email).is_none() {
        wrong(&mut checked, "email", "This address is not complete. It looks like name@example.org.");
    }
    if checked.errors.is_empty() {
        checked.known = known(site, service, checked.place.as_ref())?;
    }
    // Whoever fills in this form reports something, so only the service can be in doubt. It counts as stated when the
    // machine is as sure as it must be to act alone, or when they saw what we read and went on; a service that a
    // person must read first stays with a person. A text nobody can read is "something else", not small talk.
    let saw = sent.different || !sent.join.is_empty() || !sent.place_key.is_empty();
    let sure = read.filter(|(service, p)| {
        let (gate, gate_p) = world.gate_of(service);
        gate != Gate::Person && (*p >= gate_p || saw)
    });
    let sure = sure.map(|(service, _)| service);
    let unread = sure.is_none() && reading.report_p < world.settings.policy.set_aside_p;
    let stated = chosen.or(sure).or_else(|| if unread { catalogue.current("other") } else { None });
    Ok(Looked { urgency: reading.urgency, stated: stated.map(|s| s.code.clone()), checked })
}

fn wrong(checked: &mut Checked, field: &str, message: &str) {
    checked.errors.push(FieldError { field: field.to_owned(), message: message.to_owned() });
}

fn best_guess(reading: &Reading) -> Option<(&str, f64)> {
    let guess =
        reading.concerns.first().and_then(|c| c.services.first()).or_else(|| reading.services.first())?;
    (guess.p >= SAY_P).then_some((guess.code.as_str(), guess.p))
}

/// Sets the place, or the question about it.
fn look_for_place(
    world: &World,
    sent: &Sent,
    service: Option<&Service>,
    by_photo: Option<Place>,
    checked: &mut Checked,
) {
    if let Some(place) = by_photo.filter(|p| sent.place.is_empty() || has_seen(sent, p)) {
        return take_photos_place(world, sent, service, place, checked);
    }
    if sent.place.is_empty() {
        return wrong(
            checked,
            "where",
            "Say where it is: a corner, a house number, a place or a pole number.",
        );
    }
    if world.places.is_empty() {
        // No city is loaded yet: people at the desk will find it.
        return;
    }
    let hints =
        Hints { answer: true, asset_kind: service.and_then(|s| s.asset_kind.as_deref()), ..Hints::default() };
    let located = places::locate(&world.places, &sent.place, &hints);
    let picked = located.alternatives.iter().chain(&located.best).find(|p| p.key == sent.place_key);
    let city = &world.settings.city.name;
    match (picked.or(located.best.as_ref()), located.status) {
        (Some(place), _) if !exact_enough(service, place) => {
            let message = format!("{} is long. Add a house number, a corner or a pole number.", place.label);
            wrong(checked, "where", &message);
        }
        (Some(place), _) => {
            checked.found = place_words(world, place);
            checked.place = Some(place.clone());
        }
        (None, Status::Ambiguous) => {
            checked.candidates = located.alternatives.iter().take(MOST_PLACES).cloned().collect();
            let names: Vec<&str> = checked.candidates.iter().map(|p| p.label.as_str()).collect();
            let names = match names.split_last() {
                Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
                _ => names.join(", "),
            };
            wrong(checked, "where", &format!("We know more than one: {names}. Which one?"));
        }
        (None, Status::Outside) => {
            let message = format!(
                "That looks to be outside {city}, where our crews cannot work. Name a corner or house number in {city}."
            );
            wrong(checked, "where", &message);
        }
        (None, _) => {
            let message =
                format!("We do not know “{}”. Try a corner, a house number or a pole number.", sent.place);
            wrong(checked, "where", &message);
        }
    }
}

/// Where a photo says it was taken, if that is in the city.
fn taken_at(world: &World, at: (f64, f64)) -> Option<Place> {
    let hints = Hints { photo: Some(at), ..Hints::default() };
    places::locate(&world.places, "", &hints).best
}

/// The form came back with the words we put there: the writer saw what their photo says and left it.
fn has_seen(sent: &Sent, place: &Place) -> bool {
    sent.place_key == place.key && sent.place == place.label
}

/// Nothing was typed and the photo knows: its place is shown, and counts when the form comes again.
fn take_photos_place(
    world: &World,
    sent: &Sent,
    service: Option<&Service>,
    place: Place,
    checked: &mut Checked,
) {
    if !exact_enough(service, &place) {
        let message =
            format!("Your photo was taken {}. Add a house number, a corner or a pole number.", place.label);
        return wrong(checked, "where", &message);
    }
    checked.found = place_words(world, &place);
    checked.offered = !has_seen(sent, &place);
    checked.by_photo = true;
    checked.place = Some(place);
}

/// The service says what a crew can find; without one, anything but a whole street.
fn exact_enough(service: Option<&Service>, place: &Place) -> bool {
    service.map_or(place.kind != Kind::Street, |s| {
        s.place.kinds.iter().any(|k| k == place.kind.as_str()) && place.radius_m <= s.place.radius_m
    })
}

fn place_words(world: &World, place: &Place) -> String {
    let areas = places::areas_at(&world.places, place.lat, place.lon, 0.0);
    let ward = areas.into_iter().find(|a| a.layer == "ward").map(|a| format!(", {}", a.name));
    format!("{}{}.", place.label, ward.unwrap_or_default())
}

/// Open public requests of this service close by. Not where homes or people are concerned: nobody is shown
/// what their neighbor reported.
fn known(site: &Site, service: Option<&Service>, place: Option<&Place>) -> Result<Vec<(TicketRow, f64)>> {
    let (Some(service), Some(place)) = (service.filter(|s| !s.private_place), place) else {
        return Ok(Vec::new());
    };
    let reach = service.join.radius_m.max(LOOK_AROUND_M);
    let spot = Spot { lat: place.lat, lon: place.lon };
    let rows = public::near(&mut *site.app.db.read()?, Some(&service.code), spot, reach, 20)?;
    let mut near: Vec<(TicketRow, f64)> = rows
        .into_iter()
        .filter_map(|row| {
            let metres = metres_between(row.lat.zip(row.lon)?, (place.lat, place.lon));
            (metres <= reach).then_some((row, metres))
        })
        .collect();
    near.sort_by(|(_, a), (_, b)| a.total_cmp(b));
    near.truncate(MOST_KNOWN);
    Ok(near)
}
