//! Curves that make stated probabilities honest. Pure numbers in, numbers out.

use super::regression::count;
use super::weights::CURVE;

/// Rows below which a curve would follow chance; then none is used.
const LEAST_ROWS: usize = 200;
/// Rows pooled into one point before falling neighbors are joined.
const POINT_ROWS: usize = 25;
/// Steepest curve from odds to probability of a report.
const MOST_STEEP: f32 = 1.5;

/// A rising curve through (stated, right) pairs, by pooling neighbors that fall.
pub(super) fn isotonic(mut pairs: Vec<(f32, bool)>) -> [f32; CURVE] {
    let steps = count(CURVE - 1);
    let mut curve = [0.0_f32; CURVE];
    if pairs.len() < LEAST_ROWS {
        for (i, p) in curve.iter_mut().enumerate() {
            *p = count(i) / steps;
        }
        return curve;
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Blocks of (sum of stated, sum right, rows).
    let mut blocks: Vec<(f32, f32, f32)> = Vec::new();
    for chunk in pairs.chunks(POINT_ROWS) {
        let stated = chunk.iter().map(|p| p.0).sum::<f32>();
        let right = count(chunk.iter().filter(|p| p.1).count());
        blocks.push((stated, right, count(chunk.len())));
        while let [.., a, b] = blocks.as_slice() {
            if a.1 / a.2 < b.1 / b.2 {
                break;
            }
            let pooled = (a.0 + b.0, a.1 + b.1, a.2 + b.2);
            blocks.truncate(blocks.len() - 2);
            blocks.push(pooled);
        }
    }
    let mut points: Vec<(f32, f32)> = vec![(0.0, 0.0)];
    points.extend(blocks.iter().map(|(stated, right, n)| (stated / n, (right + 0.5) / (n + 1.0))));
    let last = points.last().map_or(1.0, |p| p.1);
    points.push((1.0, last.max(0.98)));
    for (i, p) in curve.iter_mut().enumerate() {
        let x = count(i) / steps;
        let above = points.iter().position(|q| q.0 >= x).unwrap_or(points.len() - 1).max(1);
        let (a, b) = (points[above - 1], points[above]);
        *p = a.1 + (b.1 - a.1) * ((x - a.0) / (b.0 - a.0).max(1e-6)).clamp(0.0, 1.0);
    }
    curve
}

/// Slope and shift of the logistic curve through (odds, is a report), both sides weighing alike.
pub(super) fn line(pairs: &[(f32, bool)]) -> [f32; 2] {
    let reports = count(pairs.iter().filter(|p| p.1).count()).max(1.0);
    let rest = (count(pairs.len()) - reports).max(1.0);
    let [mut steep, mut shift] = [1.0_f32, 0.0_f32];
    for _ in 0..500 {
        let (mut down_steep, mut down_shift) = (0.0, 0.0);
        for (odds, report) in pairs {
            let p = 1.0 / (1.0 + (-(steep * odds + shift)).exp());
            let error = (p - f32::from(u8::from(*report))) / if *report { reports } else { rest };
            down_steep += error * odds;
            down_shift += error;
        }
        // Written negatives are easier than what a city gets: the slope is held back.
        steep = (steep - 0.5 * down_steep).clamp(0.5, MOST_STEEP);
        shift -= 0.5 * down_shift;
    }
    [steep, shift.clamp(-4.0, 4.0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_rises_and_follows_the_share() {
        let pairs: Vec<(f32, bool)> = (0..1000).map(|i| (count(i) / 1000.0, i % 10 < i / 100)).collect();
        let curve = isotonic(pairs);
        assert!(curve.windows(2).all(|w| w[0] <= w[1]), "{curve:?}");
        assert!((curve[10] - 0.5).abs() < 0.15, "{curve:?}");
    }

    #[test]
    fn the_line_follows_the_odds() {
        let pairs: Vec<(f32, bool)> = (-50..50).map(|i| (i as f32 / 10.0 + 1.0, i > 0)).collect();
        let [steep, shift] = line(&pairs);
        assert!(steep > 1.0 && (-shift / steep - 1.0).abs() < 0.3, "{steep} {shift}");
    }
}
