//! The frame around a page: who we are, who is signed in, what just happened.

use chrono::{DateTime, Utc};

use super::answer::Asker;
use super::sessions::SignedIn;
use super::site::{Demo, Site};
use super::view::{DemoBar, Link, Notice, Person, Shell};
use crate::settings::{Lang, Settings, dates};
use crate::world::World;

/// The frame of a page for this request. `nav` is the current tab; staff pages add their bar to it.
#[must_use]
pub fn shell(site: &Site, world: &World, asker: &Asker, (title, nav): (&str, &str)) -> Shell {
    Shell {
        csrf: asker.csrf.clone(),
        path: asker.address(),
        nav: nav.to_owned(),
        person: asker.person.as_ref().map(person),
        attribution: attribution(world),
        ..plain(&world.settings, site.demo.as_ref(), title, site.now())
    }
}

/// The line that maps must show: the one the imported data brought, which its licence may ask for.
fn attribution(world: &World) -> String {
    let imported = world.places.attribution();
    let line = if imported.is_empty() { &world.settings.city.attribution } else { imported };
    line.trim_start_matches("Map data: ").trim_start_matches("Map: ").to_owned()
}

/// A frame that knows nothing of the request.
pub(super) fn plain(settings: &Settings, demo: Option<&Demo>, title: &str, now: DateTime<Utc>) -> Shell {
    let city = &settings.city;
    Shell {
        title: title.to_owned(),
        city: city.name.clone(),
        account: city.account_name.clone(),
        lang: Lang::En.as_str().to_owned(),
        dir: "ltr".to_owned(),
        base_url: settings.server.base_url.as_str().trim_end_matches('/').to_owned(),
        emergency_number: city.emergency_number.clone(),
        non_emergency: city.non_emergency.clone(),
        attribution: city.attribution.trim_start_matches("Map: ").to_owned(),
        path: "/".to_owned(),
        demo: demo.map(|d| DemoBar {
            links: d
                .links
                .iter()
                .map(|(label, href)| Link { href: href.clone(), label: label.clone() })
                .collect(),
        }),
        rendered: dates::moment(now, city.time_zone, Lang::En),
        ..Shell::default()
    }
}

fn person(me: &SignedIn) -> Person {
    Person { name: me.user.name.clone(), role: me.user.role.label().to_owned() }
}

/// A box under the header.
#[must_use]
pub fn notice(tone: &str, title: &str, text: &str) -> Notice {
    Notice { tone: tone.to_owned(), title: title.to_owned(), text: text.to_owned(), link: None }
}
