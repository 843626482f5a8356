//! Draws the neighborhood of some tickets, once for everybody who looks at the same ones.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::places::{MapView, Mark, map_svg};
use crate::web::site::Site;
use crate::web::view::Svg;
use crate::world::World;

const METRES_PER_DEGREE: f64 = 111_320.0;
/// Share of the map's width that marks may take, so that none sits on the edge.
const FILLED: f64 = 0.8;
/// Metres a pixel at most: beyond it streets lose their names.
const FARTHEST: f64 = 2.8;

/// A map of this part of the city; `None` while no city is loaded.
pub(super) fn draw(site: &Site, world: &World, view: MapView, marks: &[Mark<'_>]) -> Option<Svg> {
    if world.places.is_empty() {
        return None;
    }
    let key = key_of(world.places_version, &view, marks);
    let drawing = match site.kept.maps.get(&key) {
        Some(known) => known,
        None => {
            let fresh: Arc<str> = map_svg(&world.places, &view, marks).into();
            site.kept.maps.insert(key, Arc::clone(&fresh));
            fresh
        }
    };
    (!drawing.is_empty()).then(|| Svg::from_map(drawing.to_string()))
}

/// Everything that changes the drawing.
fn key_of(version: i64, view: &MapView, marks: &[Mark<'_>]) -> String {
    let mut key = format!(
        "{version}/{:.6}/{:.6}/{}x{}/{:.3}",
        view.lat, view.lon, view.width_px, view.height_px, view.metres_per_px
    );
    for mark in marks {
        // Writing into a string never fails.
        let _ = write!(
            key,
            "/{:.6},{:.6},{:.0},{},{},{},{},{}",
            mark.lat,
            mark.lon,
            mark.radius_m,
            mark.state,
            mark.label,
            mark.href.as_deref().unwrap_or(""),
            mark.selected,
            mark.count
        );
    }
    key
}

/// A view of this size with the first spot in the middle, where pages crop to, and most of the others on it: seven in
/// ten, so that a few far away do not make the rest too small. Close ones are not drawn closer than a block.
pub(super) fn around(spots: &[(f64, f64)], (width_px, height_px): (u32, u32)) -> Option<MapView> {
    let (lat, lon) = *spots.first()?;
    let wide = METRES_PER_DEGREE * lat.to_radians().cos();
    let mut needed: Vec<f64> = spots
        .iter()
        .map(|(other_lat, other_lon)| {
            let across = 2.0 * ((other_lon - lon) * wide).abs() / (f64::from(width_px) * FILLED);
            let up = 2.0 * ((other_lat - lat) * METRES_PER_DEGREE).abs() / (f64::from(height_px) * FILLED);
            across.max(up)
        })
        .collect();
    needed.sort_by(f64::total_cmp);
    let most = needed.get((needed.len() * 7).div_ceil(10).saturating_sub(1)).copied().unwrap_or(0.0);
    Some(MapView { lat, lon, width_px, height_px, metres_per_px: most.clamp(1.2, FARTHEST) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_spot_is_the_middle_and_most_are_on_the_map() {
        assert!(around(&[], (400, 260)).is_none());
        let one = around(&[(40.0, -89.4)], (400, 260)).unwrap();
        assert!((one.metres_per_px - 1.2).abs() < 1e-9 && (one.lat - 40.0).abs() < 1e-9);
        let two = around(&[(40.0, -89.4), (40.004, -89.4)], (400, 260)).unwrap();
        assert!(two.metres_per_px > 2.5 && (two.lat - 40.0).abs() < 1e-9);
        let mut many = vec![(40.0, -89.4); 20];
        many.push((41.0, -89.4));
        assert!(around(&many, (400, 260)).unwrap().metres_per_px < 2.0);
        assert!(around(&[(-80.0, 0.0), (80.0, 170.0)], (400, 260)).unwrap().metres_per_px <= FARTHEST);
    }
}
