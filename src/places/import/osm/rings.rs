//! Ways that share their ends -> closed rings.

use super::super::super::geometry::{Point, Polygon};
use super::read::Extract;

/// The area of a closed way; `None` when it is open or a node is missing.
pub(super) fn of_way(extract: &Extract, refs: &[i64]) -> Option<Vec<Polygon>> {
    if refs.len() < 4 || refs.first() != refs.last() {
        return None;
    }
    Some(vec![Polygon { outer: points(extract, refs)?, inner: Vec::new() }])
}

/// The area of a relation's members (way id, `true` for a hole); `None` when a ring does not close in this file.
pub(super) fn of_members(extract: &Extract, members: &[(i64, bool)]) -> Option<Vec<Polygon>> {
    let rings = |hole: bool| -> Option<Vec<Vec<Point>>> {
        let ways = members.iter().filter(|(_, inner)| *inner == hole);
        let lines: Option<Vec<&[i64]>> = ways.map(|(id, _)| extract.refs_of(*id)).collect();
        joined(lines?)?.iter().map(|ring| points(extract, ring)).collect()
    };
    let outer = rings(false)?;
    // A hole that does not close is water inside a park, or the like: the area itself still stands.
    let mut holes = rings(true).unwrap_or_default();
    let mut shape: Vec<Polygon> = Vec::new();
    for ring in outer {
        let inside = |hole: &Vec<Point>| hole.first().is_some_and(|p| surrounds(&ring, *p));
        let (inner, rest) = holes.into_iter().partition(inside);
        holes = rest;
        shape.push(Polygon { outer: ring, inner });
    }
    (!shape.is_empty()).then_some(shape)
}

/// Joins lines end to end until every ring is closed.
fn joined(lines: Vec<&[i64]>) -> Option<Vec<Vec<i64>>> {
    let mut open: Vec<Vec<i64>> = lines.into_iter().filter(|l| l.len() > 1).map(<[i64]>::to_vec).collect();
    let mut rings = Vec::new();
    while let Some(mut ring) = open.pop() {
        while ring.first() != ring.last() {
            let end = *ring.last()?;
            let next =
                open.iter().position(|line| line.first() == Some(&end) || line.last() == Some(&end))?;
            let mut line = open.swap_remove(next);
            if line.first() != Some(&end) {
                line.reverse();
            }
            ring.extend(line.into_iter().skip(1));
        }
        if ring.len() >= 4 {
            rings.push(ring);
        }
    }
    Some(rings)
}

fn points(extract: &Extract, refs: &[i64]) -> Option<Vec<Point>> {
    let mut ring: Vec<Point> =
        refs.iter().map(|id| extract.points.get(id).copied()).collect::<Option<_>>()?;
    ring.dedup();
    (ring.len() >= 4).then_some(ring)
}

/// Is the point inside the ring? Counts crossings of a line to the east.
pub(super) fn surrounds(ring: &[Point], at: Point) -> bool {
    let crosses = |pair: &&[Point]| {
        let (a, b) = (pair[0], pair[1]);
        (a.lat > at.lat) != (b.lat > at.lat)
            && at.lon < (b.lon - a.lon) * (at.lat - a.lat) / (b.lat - a.lat) + a.lon
    };
    ring.windows(2).filter(crosses).count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn lines_become_rings_in_any_direction() {
        let rings = joined(vec![&[1, 2, 3], &[5, 4, 3], &[5, 6, 1], &[7, 8, 9, 7]]).unwrap();
        assert_eq!(rings.len(), 2);
        assert!(rings.iter().all(|ring| ring.first() == ring.last()));
        assert!(joined(vec![&[1, 2, 3], &[3, 4]]).is_none());
    }
}
