//! Markers: shape and color say the state, each is a link with a name; the selected one shows its doubt.

use std::fmt::Write as _;

use super::super::Mark;
use super::{Paper, escape};

/// Draws the markers in order; the selected one comes last, on top.
pub(super) fn draw(paper: &Paper, seen: &[(&Mark, (f64, f64))], svg: &mut String) {
    for (mark, at) in seen {
        marker(paper, mark, *at, svg);
    }
}

fn marker(paper: &Paper, mark: &Mark, (x, y): (f64, f64), svg: &mut String) {
    let state = known(mark.state);
    let selected = if mark.selected { " mk-selected" } else { "" };
    let name =
        if mark.count > 1 { format!("{}, {} people", mark.label, mark.count) } else { mark.label.clone() };
    let name = escape(&name);
    match &mark.href {
        Some(href) => {
            let href = escape(href);
            let _ = write!(svg, r#"<a class="mk mk-{state}{selected}" href="{href}" aria-label="{name}">"#);
        }
        None => {
            let _ = write!(svg, r#"<g class="mk mk-{state}{selected}" role="img" aria-label="{name}">"#);
        }
    }
    let _ = write!(svg, r#"<title>{name}</title><g transform="translate({x:.1} {y:.1})">"#);
    let doubt_px = (mark.radius_m / paper.metres_per_px).min(3000.0);
    let shows_doubt = mark.selected && doubt_px.is_finite() && doubt_px > 14.0;
    if shows_doubt {
        let _ = write!(
            svg,
            r#"<circle class="mk-doubt" r="{doubt_px:.0}" stroke="currentColor" stroke-width="1.5" stroke-dasharray="4 3"/>"#
        );
    }
    if mark.selected {
        svg.push_str(r#"<circle class="mk-sel" r="21" stroke-width="3"/>"#);
    }
    svg.push_str(shape(state));
    if mark.count > 1 {
        badge(mark.count, svg);
    }
    if shows_doubt {
        tag(mark.radius_m, svg);
    }
    svg.push_str("</g>");
    svg.push_str(if mark.href.is_some() { "</a>" } else { "</g>" });
}

fn badge(count: u32, svg: &mut String) {
    let words = if count > 99 { "99+".to_owned() } else { count.to_string() };
    let wide = 10.0 + words.len() as f64 * 6.0;
    let _ = write!(
        svg,
        r#"<rect class="mk-n" x="5" y="-19" width="{wide:.0}" height="15" rx="7.5"/><text class="mk-n-t" x="{:.0}" y="-7.5" font-size="11" font-weight="700" text-anchor="middle">{words}</text>"#,
        5.0 + wide / 2.0
    );
}

/// "± 12 m" in a dark box above the marker.
fn tag(radius_m: f64, svg: &mut String) {
    let words = if radius_m < 1000.0 {
        format!("± {radius_m:.0} m")
    } else {
        format!("± {:.1} km", radius_m / 1000.0)
    };
    let wide = words.chars().count() as f64 * 6.6 + 14.0;
    let _ = write!(
        svg,
        r#"<rect class="mk-tag" x="{:.0}" y="-46" width="{wide:.0}" height="22" rx="3"/><text class="mk-tag-t" y="-31" font-size="11.5" font-weight="700" text-anchor="middle">{words}</text>"#,
        -wide / 2.0
    );
}

/// A state we have a shape for; anything else is shown as received.
fn known(state: &str) -> &'static str {
    const STATES: [&str; 8] =
        ["received", "open", "assigned", "in_progress", "fixed", "waiting", "reopened", "closed"];
    STATES.into_iter().find(|s| *s == state).unwrap_or("received")
}

/// The shape of a state, 24 pixels wide around 0, with a ring of the page's ground around it.
fn shape(state: &str) -> &'static str {
    match state {
        "open" => concat!(
            r#"<circle class="mk-s" r="11.5" fill="currentColor" stroke-width="5" paint-order="stroke"/>"#,
            r#"<circle class="mk-i" r="5.5"/><circle r="2.6" fill="currentColor"/>"#
        ),
        "assigned" => concat!(
            r#"<rect class="mk-s" x="-10.5" y="-10.5" width="21" height="21" rx="3" fill="currentColor" stroke-width="5" paint-order="stroke"/>"#,
            r#"<path class="mk-i" d="M-6-5.5h12v3.5h-12zM-6 2h8v3.5h-8z"/>"#
        ),
        "in_progress" => concat!(
            r#"<path class="mk-s" d="M0-12L12.5 10.5h-25z" fill="currentColor" stroke-width="5" stroke-linejoin="round" paint-order="stroke"/>"#,
            r#"<path class="mk-stripe" d="M-4-1.5H4M-6.6 4.5H6.6" fill="none" stroke-width="2.6"/>"#
        ),
        "fixed" => concat!(
            r#"<path class="mk-s" d="M-4.8-11.5h9.6l6.7 6.7v9.6l-6.7 6.7h-9.6l-6.7-6.7v-9.6z" fill="currentColor" stroke-width="5" paint-order="stroke"/>"#,
            r#"<path class="mk-t" d="M-5.5.3l3.8 3.9 7-7.6" fill="none" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/>"#
        ),
        "waiting" => concat!(
            r#"<rect class="mk-s" x="-13" y="-8.5" width="26" height="17" rx="8.5" fill="currentColor" stroke-width="5" paint-order="stroke"/>"#,
            r#"<path class="mk-i" d="M-4.5-4.5h3v9h-3zM1.5-4.5h3v9h-3z"/>"#
        ),
        "reopened" => concat!(
            r#"<path class="mk-s" d="M0-13.5L13.5 0 0 13.5-13.5 0z" fill="currentColor" stroke-width="5" stroke-linejoin="round" paint-order="stroke"/>"#,
            r#"<path class="mk-i" d="M-1.5-7h3v8h-3zM-1.5 3h3v3h-3z"/>"#
        ),
        "closed" => concat!(
            r#"<rect class="mk-r" x="-11.5" y="-11.5" width="23" height="23" rx="3" stroke-width="3"/>"#,
            r#"<rect class="mk-h" x="-9.5" y="-9.5" width="19" height="19" rx="2" stroke="currentColor" stroke-width="2.5" stroke-dasharray="4 2.6"/>"#
        ),
        _ => concat!(
            r#"<circle class="mk-r" r="12.5" stroke-width="2"/>"#,
            r#"<circle class="mk-h" r="8.5" stroke="currentColor" stroke-width="4.5"/>"#
        ),
    }
}
