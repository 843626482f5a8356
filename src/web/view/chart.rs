//! A small bar chart: bars from zero, the last one strong, one dashed goal line, the same numbers as a table.
//!
//! Geometry is worked out here in a 100 x 40 box, so that templates only place rectangles.

use serde::Serialize;

const BOX_HEIGHT: f64 = 40.0;
const BOX_WIDTH: f64 = 100.0;
/// Share of a slot that stays free between two bars.
const GAP: f64 = 0.12;

/// One chart of the mayor's page.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Chart {
    /// "First human answer, half within".
    pub label: String,
    /// "18".
    pub value: String,
    /// "min"; may be empty.
    pub unit: String,
    /// Bars, oldest first; empty = too few weeks to draw.
    pub bars: Vec<Bar>,
    /// Height of the goal line in the box, from the top; `None` = no goal.
    pub goal_y: Option<f64>,
    /// "8 weeks".
    pub from: String,
    /// "goal 30 min"; may be empty.
    pub goal: String,
    /// The whole chart in a sentence for those who cannot see it.
    pub spoken: String,
}

/// One bar with its words for the table.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Bar {
    /// Start, top, width and height in the 100 x 40 box.
    pub x: f64,
    /// Top.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// The newest.
    pub last: bool,
    /// "Nov 16 to 22".
    pub when: String,
    /// "18 min".
    pub value: String,
}

/// Places bars for `values` (each: size, when, words) and the goal line. Sizes under 0 or not finite count as 0.
#[must_use]
pub fn bars(values: &[(f64, String, String)], goal: Option<f64>) -> (Vec<Bar>, Option<f64>) {
    let sound = |v: f64| if v.is_finite() { v.max(0.0) } else { 0.0 };
    let top = values.iter().map(|v| sound(v.0)).chain(goal.map(sound)).fold(0.0, f64::max);
    let scale = if top > 0.0 { BOX_HEIGHT / top } else { 0.0 };
    let count = u32::try_from(values.len()).unwrap_or(u32::MAX).max(1);
    let slot = BOX_WIDTH / f64::from(count);
    let mut start = 0.0;
    let mut drawn = Vec::with_capacity(values.len());
    for (nth, (size, when, words)) in values.iter().enumerate() {
        let height = sound(*size) * scale;
        drawn.push(Bar {
            x: tenth(start + slot * GAP / 2.0),
            y: tenth(BOX_HEIGHT - height),
            width: tenth(slot * (1.0 - GAP)),
            height: tenth(height),
            last: nth + 1 == values.len(),
            when: when.clone(),
            value: words.clone(),
        });
        start += slot;
    }
    (drawn, goal.map(|g| tenth(BOX_HEIGHT - sound(g) * scale)))
}

fn tenth(v: f64) -> f64 {
    (v * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_start_at_zero_and_fill_the_box() {
        let value = |v: f64| (v, String::new(), String::new());
        let (drawn, goal) = bars(&[value(10.0), value(20.0)], Some(5.0));
        let shape: Vec<_> = drawn.iter().map(|b| (b.x, b.y, b.width, b.height, b.last)).collect();
        assert_eq!(shape, [(3.0, 20.0, 44.0, 20.0, false), (53.0, 0.0, 44.0, 40.0, true)]);
        assert_eq!(goal, Some(30.0));
    }

    #[test]
    fn nothing_and_nonsense_draw_flat() {
        assert!(bars(&[], None).0.is_empty());
        let (drawn, _) = bars(&[(f64::NAN, String::new(), String::new())], None);
        assert_eq!(drawn.first().map(|b| b.height), Some(0.0));
    }
}
