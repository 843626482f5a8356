//! A FeatureCollection read one feature at a time, so that a large layer never stands in memory twice.

use std::fmt;

use geojson::Feature;
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Calls the function for every feature; it answers `false` to stop. Gives `true` if there was a feature list.
pub(super) struct Features<'f>(pub &'f mut dyn FnMut(Feature) -> bool);

impl<'de> DeserializeSeed<'de> for Features<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<bool, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Features<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a GeoJSON FeatureCollection")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let (mut found, mut named) = (false, true);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "features" => {
                    map.next_value_seed(List(&mut *self.0))?;
                    found = true;
                }
                "type" => named = map.next_value::<String>()? == "FeatureCollection",
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found && named)
    }
}

/// The list itself.
struct List<'f>(&'f mut dyn FnMut(Feature) -> bool);

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of features")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(feature) = list.next_element::<Feature>()? {
            if !(self.0)(feature) {
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}
