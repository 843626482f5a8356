//! From what was learned to the columns of small integers in the weight file.

use super::regression::Solution;
use super::weights::{COLUMNS, IDF_STEP, Weights};

/// Takes one class as the measure of the others: its weights become nothing, and nothing needs no column.
pub(super) fn against(solution: &mut Solution, measure: usize) -> Vec<usize> {
    let k = solution.classes;
    for row in solution.table.chunks_exact_mut(k).chain(solution.dense.chunks_exact_mut(k)) {
        let base = row[measure];
        row.iter_mut().for_each(|w| *w -= base);
    }
    let base = solution.bias[measure];
    solution.bias.iter_mut().for_each(|w| *w -= base);
    (0..k).filter(|c| *c != measure).collect()
}

/// Where a solution stands in the table, and which of the scales is its own.
pub(super) struct Columns {
    pub first: usize,
    pub part: usize,
}

/// Writes the classes of a solution into the table, rarity included, in steps of one scale. The few largest weights
/// are cut off: a step fine enough for all others is worth more.
pub(super) fn fill(weights: &mut Weights, (solution, classes): (&Solution, Vec<usize>), columns: &Columns) {
    /// One weight in so many may be cut off.
    const CUT_ONE_IN: usize = 20_000;
    let k = solution.classes;
    let rarity: Vec<f32> = weights.idf.iter().map(|b| f32::from(*b) * IDF_STEP).collect();
    let mut sizes: Vec<f32> = Vec::new();
    for (row, idf) in solution.table.chunks_exact(k).zip(&rarity) {
        sizes.extend(classes.iter().map(|c| (row[*c] * idf).abs()).filter(|w| *w > 0.0));
    }
    sizes.sort_by(|a, b| b.total_cmp(a));
    let scale = sizes.get(sizes.len() / CUT_ONE_IN).copied().unwrap_or(1e-6).max(1e-6) / 127.0;
    let table = weights.table.to_mut();
    for ((bucket, row), idf) in solution.table.chunks_exact(k).enumerate().zip(&rarity) {
        for (column, class) in classes.iter().enumerate() {
            let size = (row[*class] * idf / scale).round().clamp(-127.0, 127.0) as i8;
            table[bucket * COLUMNS + columns.first + column] = size.cast_unsigned();
        }
    }
    weights.scale[columns.part] = scale;
}
