//! Whose job is it, and by when: the service's department, the city's working calendar.
//!
//! First version: the catalogue decides. The rule that won is kept with the ticket and shown to staff.

use chrono::{DateTime, Utc};

use crate::places::{self, Gazetteer, Located, Place};
use crate::settings::{Elsewhere, Lang, Service, Settings, calendar};

/// Who gets it and when it is due.
#[derive(Clone, Debug)]
pub struct Route {
    /// Code of the department.
    pub department: String,
    /// The rule that chose it, in words for staff.
    pub rule: String,
    /// When it should be done.
    pub due_at: DateTime<Utc>,
    /// Ward or district of the place, if the city has such areas.
    pub area: Option<String>,
}

/// Chooses department, due time and area; pure. Nothing is ownerless: an unknown department falls to the 311 desk.
#[must_use]
pub fn assign(
    settings: &Settings,
    gazetteer: &Gazetteer,
    service: &Service,
    place: Option<&Place>,
    opened_at: DateTime<Utc>,
) -> Route {
    let (department, rule) = match settings.departments.get(&service.department) {
        Some(d) => {
            (d.code.clone(), format!("{} goes to {}", service.names.get(Lang::En), d.names.get(Lang::En)))
        }
        None => {
            let desk = settings.departments.fallback();
            (desk.code.clone(), format!("no department is named, so {} has it", desk.names.get(Lang::En)))
        }
    };
    let due_at = calendar::due_at(&settings.policy, settings.city.time_zone, service.due, opened_at);
    Route { department, rule, due_at, area: place.and_then(|p| area_of(gazetteer, p)) }
}

/// Who else looks after it: the owner of the pole, park or road, or the town the post names; `None` when it is ours.
///
/// Homes and people are our business wherever they are in the city: noise in a state park is not the park's to settle.
#[must_use]
pub fn somebody_else<'s>(
    settings: &'s Settings,
    gazetteer: &Gazetteer,
    service: &Service,
    located: &Located,
) -> Option<&'s Elsewhere> {
    let named = |name: &str| settings.policy.elsewhere.iter().find(|other| other.name == name);
    if let Some(town) = &located.town {
        return named(town);
    }
    let place = located.best.as_ref().filter(|_| !service.private_place)?;
    named(&places::whose(gazetteer, place).owner?)
}

/// The ward a place lies in: the first layer named `ward`, else the first area there is.
fn area_of(gazetteer: &Gazetteer, place: &Place) -> Option<String> {
    let areas = places::areas_at(gazetteer, place.lat, place.lon, 0.0);
    let ward = areas.iter().find(|a| a.layer == "ward").or_else(|| areas.iter().find(|a| a.layer != "city"));
    ward.map(|a| a.name.clone())
}
