//! A drawn neighborhood: inline SVG made here, without any outside server and without script.
//!
//! Cropped, never scaled: width and height in pixels and no viewBox, so labels keep their size.
//! Colors come only from CSS classes: ground `m-land m-water m-park m-building m-public`; streets `m-casing
//! m-casing-main m-street m-main`; words `m-label m-label-public m-label-water m-label-park`; `m-line`; credit
//! `m-credit m-credit-bg`; markers `mk mk-STATE mk-selected` with `mk-s mk-h mk-r mk-i mk-t mk-stripe mk-sel
//! mk-doubt mk-tag mk-tag-t mk-n mk-n-t`. Every text is escaped; the same data must stand as a list beside it.

mod city;
mod ground;
mod labels;
mod marks;

pub use self::city::city_geojson;

use std::fmt::Write as _;

use super::gazetteer::Gazetteer;
use super::geometry::Point;
use super::{MapView, Mark};

/// Larger maps are cut to this.
const MAX_PX: u32 = 2000;
/// More markers are not drawn; the list beside the map has them all.
const MAX_MARKS: usize = 300;

/// From degrees to pixels of one map.
pub(super) struct Paper {
    middle: Point,
    pub wide: f64,
    pub high: f64,
    pub metres_per_px: f64,
}

impl Paper {
    fn of(view: &MapView) -> Self {
        let finite = |n: f64| if n.is_finite() { n } else { 0.0 };
        Self {
            middle: Point { lat: finite(view.lat).clamp(-85.0, 85.0), lon: finite(view.lon) },
            wide: f64::from(view.width_px.clamp(40, MAX_PX)),
            high: f64::from(view.height_px.clamp(40, MAX_PX)),
            metres_per_px: finite(view.metres_per_px).clamp(0.2, 20.0),
        }
    }

    /// Pixels from the upper left corner.
    pub fn px(&self, at: Point) -> (f64, f64) {
        let (east, north) = at.metres_from(self.middle);
        (self.wide / 2.0 + east / self.metres_per_px, self.high / 2.0 - north / self.metres_per_px)
    }

    /// The part of the city that can be seen, with a margin in pixels.
    pub fn window(&self, margin_px: f64) -> (Point, Point) {
        let (x, y) = (self.wide / 2.0 + margin_px, self.high / 2.0 + margin_px);
        let (x, y) = (x * self.metres_per_px, y * self.metres_per_px);
        (self.middle.moved(-x, -y), self.middle.moved(x, y))
    }

    /// `true` for pixels on the paper, `margin` inside its edge.
    pub fn holds(&self, (x, y): (f64, f64), margin: f64) -> bool {
        x >= margin && y >= margin && x <= self.wide - margin && y <= self.high - margin
    }
}

/// Draws the neighborhood with its markers. Any input is safe; an empty gazetteer gives bare land.
#[must_use]
pub fn map_svg(g: &Gazetteer, view: &MapView, marks: &[Mark]) -> String {
    let paper = Paper::of(view);
    let mut seen: Vec<(&Mark, (f64, f64))> = marks
        .iter()
        .filter(|m| m.lat.is_finite() && m.lon.is_finite())
        .map(|m| (m, paper.px(Point { lat: m.lat, lon: m.lon })))
        .filter(|(_, at)| paper.holds(*at, -20.0))
        .take(MAX_MARKS)
        .collect();
    seen.sort_by_key(|(m, _)| m.selected);
    let mut svg = String::with_capacity(16 * 1024);
    let (wide, high) = (paper.wide, paper.high);
    let links = seen.iter().any(|(m, _)| m.href.is_some());
    let streets = labels::plan(g, &paper, &seen);
    let about = about(&streets, &seen);
    let role = if links { "group" } else { "img" };
    let _ = write!(
        svg,
        r#"<svg class="map-svg" xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" role="{role}" aria-label="{}">"#,
        escape(&about)
    );
    let _ = write!(svg, "<title>{}</title>", escape(&about));
    let _ = write!(svg, r#"<rect class="m-land" width="{wide}" height="{high}"/>"#);
    ground::draw(g, &paper, &mut svg);
    labels::draw(&streets, &mut svg);
    marks::draw(&paper, &seen, &mut svg);
    credit(g, &paper, &mut svg);
    svg.push_str("</svg>");
    svg
}

/// One sentence for people who do not see the map.
fn about(streets: &[labels::Label], seen: &[(&Mark, (f64, f64))]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for label in streets.iter().filter(|l| l.class == "m-label") {
        if names.len() < 6 && !names.contains(&label.text.as_str()) {
            names.push(&label.text);
        }
    }
    let mut about = String::from("Map");
    match seen.iter().find(|(m, _)| m.selected) {
        Some((mark, _)) => about.push_str(&format!(" around {}", mark.label)),
        None if !seen.is_empty() => about.push_str(&format!(" with {} requests", seen.len())),
        None => {}
    }
    if !names.is_empty() {
        about.push_str(&format!(", showing {}", names.join(", ")));
    }
    about
}

fn credit(g: &Gazetteer, paper: &Paper, svg: &mut String) {
    let words = g.attribution();
    if words.is_empty() {
        return;
    }
    let wide = words.chars().count() as f64 * 5.9 + 12.0;
    let (x, y) = (paper.wide - wide, paper.high - 20.0);
    let _ = write!(
        svg,
        r#"<rect class="m-credit-bg" x="{x:.0}" y="{y:.0}" width="{wide:.0}" height="20"/><text class="m-credit" x="{:.0}" y="{:.0}" font-size="11.5" text-anchor="end">{}</text>"#,
        paper.wide - 6.0,
        paper.high - 6.0,
        escape(words)
    );
}

/// Text as it may stand in XML; control characters, which XML cannot hold, become spaces.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_marks_and_escapes_everything() {
        let g = Gazetteer::empty();
        let view = MapView { lat: 40.0, lon: -89.0, width_px: 300, height_px: 200, metres_per_px: 0.6 };
        let mark = |state, selected| Mark {
            lat: 40.0,
            lon: -89.0,
            radius_m: 30.0,
            state,
            label: "<script>&\"'\u{0}".into(),
            href: Some("/t/26-000001?a=1&b=\"".into()),
            selected,
            count: 3,
        };
        let svg = map_svg(&g, &view, &[mark("open", true), mark("no such state", false)]);
        assert!(svg.contains("mk-open mk-selected") && svg.contains("± 30 m"), "{svg}");
        assert!(!svg.contains("<script>") && !svg.contains('\u{0}') && svg.contains("a=1&amp;b=&quot;"));
    }

    #[test]
    fn any_view_is_safe() {
        let g = Gazetteer::empty();
        proptest::proptest!(|(lat: f64, lon: f64, mpp: f64, w: u32, h: u32, label in ".{0,40}", state in ".{0,9}")| {
            let view = MapView { lat, lon, width_px: w, height_px: h, metres_per_px: mpp };
            let mark = Mark { lat, lon, radius_m: mpp, state: &state, label, href: None, selected: true, count: w };
            let svg = map_svg(&g, &view, &[mark]);
            proptest::prop_assert!(svg.starts_with("<svg") && svg.ends_with("</svg>"));
        });
    }
}
