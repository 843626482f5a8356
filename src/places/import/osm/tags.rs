//! What an element is, by its tags: <https://wiki.openstreetmap.org/wiki/Map_features>. Pure.

use super::super::super::Kind;
use super::super::super::gazetteer::Cover;

/// Keys that are kept; all others are dropped while reading.
const KEYS: &[&str] = &[
    "name",
    "alt_name",
    "official_name",
    "short_name",
    "loc_name",
    "old_name",
    "ref",
    "highway",
    "area",
    "addr:housenumber",
    "addr:street",
    "addr:city",
    "leisure",
    "landuse",
    "place",
    "amenity",
    "tourism",
    "railway",
    "public_transport",
    "historic",
    "building",
    "natural",
    "waterway",
    "boundary",
    "admin_level",
    "operator",
    "owner",
    "emergency",
    "postal_code",
    "shop",
    "type",
];

/// Other names of a thing.
const OTHER_NAMES: &[&str] = &["alt_name", "official_name", "short_name", "loc_name", "old_name"];

/// Highways that nobody walks or drives along.
const NO_STREETS: &[&str] = &[
    "construction",
    "proposed",
    "platform",
    "bus_stop",
    "abandoned",
    "razed",
    "raceway",
    "corridor",
    "elevator",
    "rest_area",
    "services",
    "street_lamp",
    "crossing",
    "traffic_signals",
    "stop",
];

const PARKS: &[&str] =
    &["park", "garden", "playground", "nature_reserve", "pitch", "common", "recreation_ground", "dog_park"];

const LANDMARKS: &[&str] = &[
    "school",
    "library",
    "hospital",
    "clinic",
    "police",
    "fire_station",
    "townhall",
    "place_of_worship",
    "post_office",
    "university",
    "college",
    "community_centre",
    "marketplace",
    "courthouse",
    "theatre",
    "bus_station",
    "arts_centre",
    "cinema",
    "prison",
    "social_facility",
    "kindergarten",
    "ferry_terminal",
];

/// The tags of one element that are kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Tags(Vec<(Box<str>, Box<str>)>);

impl Tags {
    /// Keeps what this import looks at.
    pub fn of<'t>(all: impl Iterator<Item = (&'t str, &'t str)>) -> Self {
        let wanted = |key: &str| KEYS.contains(&key) || key.starts_with("name:");
        Self(all.filter(|(key, _)| wanted(key)).map(|(k, v)| (k.into(), v.trim().into())).collect())
    }

    /// The value of a key, if it says something.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(k, _)| &**k == key).map(|(_, v)| &**v).filter(|v| !v.is_empty())
    }

    fn is(&self, key: &str, values: &[&str]) -> bool {
        self.get(key).is_some_and(|v| values.contains(&v))
    }

    /// The name.
    pub fn name(&self) -> Option<&str> {
        self.get("name")
    }

    /// Other names and other languages' names; for streets the route number too ("US 40").
    pub fn other_names(&self) -> Vec<String> {
        let of_key = |key: &str| OTHER_NAMES.contains(&key) || key.starts_with("name:");
        let names = self.0.iter().filter(|(key, _)| of_key(key)).flat_map(|(_, cell)| cell.split(';'));
        // A bare "2" would be found in every text with a number.
        let routes = self.get("ref").filter(|_| self.get("highway").is_some()).unwrap_or("").split(';');
        let routes =
            routes.filter(|r| r.contains(char::is_alphabetic) && r.contains(|c: char| c.is_ascii_digit()));
        let mut list: Vec<String> = Vec::new();
        for name in names.chain(routes).map(str::trim).filter(|n| !n.is_empty()) {
            if self.name() != Some(name) && !list.iter().any(|known| known == name) {
                list.push(name.to_owned());
            }
        }
        list
    }

    /// Who looks after it.
    pub fn owner(&self) -> Option<String> {
        self.get("owner").or_else(|| self.get("operator")).map(str::to_owned)
    }

    /// A street, named or not.
    pub fn is_street(&self) -> bool {
        let highway = self.get("highway").is_some_and(|kind| !NO_STREETS.contains(&kind));
        highway && self.get("area") != Some("yes")
    }

    /// A main street.
    pub fn is_main(&self) -> bool {
        self.is("highway", &["motorway", "trunk", "primary", "secondary"])
    }

    /// House number and street of an address.
    pub fn address(&self) -> Option<(&str, &str)> {
        self.get("addr:housenumber").zip(self.get("addr:street"))
    }

    /// A square, park or landmark.
    pub fn spot(&self) -> Option<Kind> {
        self.name()?;
        let green = self.is("leisure", PARKS)
            || self.is("landuse", &["recreation_ground", "village_green", "cemetery", "grass"]);
        let square = self.get("place") == Some("square")
            || self.get("area") == Some("yes") && self.is("highway", &["pedestrian", "footway"]);
        let landmark = self.is("amenity", LANDMARKS)
            || self.is("railway", &["station", "halt", "tram_stop"])
            || self.get("public_transport") == Some("station")
            || self.is("tourism", &["museum", "attraction", "gallery", "zoo", "aquarium"])
            || self.is("leisure", &["stadium", "sports_centre", "marina"])
            || self.is("shop", &["supermarket", "mall"])
            || self.get("historic").is_some()
            || self
                .is("building", &["school", "church", "hospital", "university", "public", "train_station"]);
        match (green, square, landmark) {
            (true, ..) => Some(Kind::Park),
            (_, true, _) => Some(Kind::Square),
            (.., true) => Some(Kind::Landmark),
            _ => None,
        }
    }

    /// What maps draw.
    pub fn cover(&self) -> Option<Cover> {
        let water = self.get("natural") == Some("water") || self.is("waterway", &["riverbank", "dock"]);
        let public = self.is("amenity", &["school", "library", "townhall", "hospital", "fire_station"]);
        match self.get("building") {
            _ if water => Some(Cover::Water),
            Some("no") | None => None,
            Some(_) if public => Some(Cover::Public),
            Some(_) => Some(Cover::Building),
        }
    }

    /// A thing the city keeps: the kind as services name it.
    pub fn asset(&self) -> Option<&'static str> {
        match (self.get("highway"), self.get("emergency"), self.get("amenity")) {
            (Some("street_lamp"), ..) => Some("street_light"),
            (_, Some("fire_hydrant"), _) => Some("hydrant"),
            (.., Some("waste_basket")) => Some("barrel"),
            _ => None,
        }
    }

    /// A town of its own: posts may name it as somewhere else.
    pub fn town(&self) -> Option<&str> {
        self.name().filter(|_| self.is("place", &["city", "town", "village"]))
    }

    /// Level of an administrative boundary: 8 is a town nearly everywhere, 9 and 10 are its parts.
    pub fn admin_level(&self) -> Option<u8> {
        let level = self.get("admin_level").filter(|_| self.get("boundary") == Some("administrative"))?;
        level.parse().ok().filter(|_| self.name().is_some())
    }

    /// Postal code of a boundary.
    pub fn postal_code(&self) -> Option<&str> {
        let code = self.get("postal_code").or_else(|| self.get("ref"));
        code.filter(|_| self.get("boundary") == Some("postal_code"))
    }

    /// Is a way with these tags worth keeping?
    pub fn is_wanted_way(&self) -> bool {
        self.is_street() || self.address().is_some() || self.spot().is_some() || self.cover().is_some()
    }

    /// Is a relation?
    pub fn is_wanted_relation(&self) -> bool {
        let area = self.is("type", &["multipolygon", "boundary"]);
        let boundary = self.admin_level().is_some_and(|level| level >= 6) || self.postal_code().is_some();
        area && (boundary || self.spot().is_some() || self.cover() == Some(Cover::Water))
    }

    /// Is a node?
    pub fn is_wanted_node(&self) -> bool {
        self.address().is_some() || self.spot().is_some() || self.asset().is_some() || self.town().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(list: &[(&'static str, &'static str)]) -> Tags {
        Tags::of(list.iter().copied())
    }

    #[test]
    fn names_and_route_numbers() {
        let street = tags(&[
            ("highway", "primary"),
            ("name", "Orleans Street"),
            ("alt_name", "Route 40; Orleans Street"),
            ("name:es", "Calle Orleans"),
            ("ref", "US 40;2"),
            ("surface", "asphalt"),
        ]);
        assert!(street.is_street() && street.is_main());
        assert_eq!(street.other_names(), ["Route 40", "Calle Orleans", "US 40"]);
    }

    #[test]
    fn kinds() {
        let check = |list: &[(&'static str, &'static str)], expect: Option<Kind>| {
            assert_eq!(tags(list).spot(), expect, "{list:?}");
        };
        check(&[("leisure", "park"), ("name", "Patterson Park")], Some(Kind::Park));
        check(&[("leisure", "park")], None);
        check(&[("place", "square"), ("name", "Hopkins Plaza")], Some(Kind::Square));
        check(&[("amenity", "library"), ("name", "Enoch Pratt")], Some(Kind::Landmark));
        check(&[("amenity", "bench"), ("name", "A bench")], None);
        assert!(!tags(&[("highway", "proposed"), ("name", "No Street")]).is_street());
        assert_eq!(tags(&[("building", "yes")]).cover(), Some(Cover::Building));
        assert_eq!(tags(&[("highway", "street_lamp"), ("ref", "7")]).asset(), Some("street_light"));
    }
}
