//! Multinomial logistic regression by Adagrad, on sparse pieces and a few dense numbers. Deterministic.

use super::features::BUCKETS;

/// One row to learn from.
#[derive(Debug, Clone)]
pub(super) struct Example {
    pub sparse: Vec<(u16, f32)>,
    pub dense: Vec<f32>,
    pub class: u8,
    pub weight: f32,
}

/// How to learn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub classes: usize,
    pub rounds: u32,
    /// Step length.
    pub rate: f32,
    /// Pull towards zero.
    pub shrink: f32,
}

/// What was learned.
#[derive(Debug, Clone)]
pub(super) struct Solution {
    pub classes: usize,
    /// `BUCKETS` rows of `classes`.
    pub table: Vec<f32>,
    /// One row a dense number.
    pub dense: Vec<f32>,
    pub bias: Vec<f32>,
}

/// Where learning begins, and how firmly it holds on to that.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start<'s> {
    pub solution: &'s Solution,
    /// Past slopes as if that much had been learned already: large means small first steps.
    pub firmness: f32,
}

/// Fits the examples; their order is shuffled by a fixed sequence.
pub(super) fn fit(examples: &[Example], plan: Plan) -> Solution {
    let wide = examples.first().map_or(0, |e| e.dense.len());
    fit_from(examples, plan, Start { solution: &Solution::filled(plan.classes, wide, 0.0), firmness: 1e-4 })
}

/// Goes on from what was learned elsewhere: the pull is towards that, not towards nothing.
pub(super) fn fit_from(examples: &[Example], plan: Plan, start: Start<'_>) -> Solution {
    let wide = start.solution.dense.len() / plan.classes;
    let mut solution = start.solution.clone();
    let mut steps = Solution::filled(plan.classes, wide, start.firmness);
    steps.bias.fill(start.firmness.max(1e-2));
    let mean = examples.iter().map(|e| e.weight).sum::<f32>() / count(examples.len()).max(1.0);
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut scores = vec![0.0; plan.classes];
    for _ in 0..plan.rounds {
        shuffle(&mut order, &mut seed);
        for at in &order {
            let example = &examples[*at];
            solution.score(example, &mut scores);
            softmax(&mut scores);
            for (class, error) in scores.iter_mut().enumerate() {
                *error -= f32::from(u8::from(class == usize::from(example.class)));
                *error *= example.weight / mean.max(1e-9);
            }
            step(&mut solution, &mut steps, start.solution, example, (&scores, plan));
        }
    }
    solution
}

impl Solution {
    /// The same number everywhere.
    pub fn filled(classes: usize, wide: usize, value: f32) -> Self {
        Self {
            classes,
            table: vec![value; BUCKETS * classes],
            dense: vec![value; wide * classes],
            bias: vec![value; classes],
        }
    }

    /// Raw scores of one row.
    pub fn score(&self, example: &Example, scores: &mut [f32]) {
        let k = self.classes;
        scores.copy_from_slice(&self.bias);
        let rows = example
            .sparse
            .iter()
            .map(|(bucket, value)| (&self.table[usize::from(*bucket) * k..][..k], *value))
            .chain(self.dense.chunks_exact(k).zip(example.dense.iter().copied()).filter(|(_, v)| *v != 0.0));
        for (row, value) in rows {
            for (s, w) in scores.iter_mut().zip(row) {
                *s += w * value;
            }
        }
    }
}

fn step(
    solution: &mut Solution,
    steps: &mut Solution,
    start: &Solution,
    example: &Example,
    (errors, plan): (&[f32], Plan),
) {
    let k = plan.classes;
    let update = |weights: &mut [f32], past: &mut [f32], from: &[f32], value: f32| {
        for (((w, g2), w0), error) in weights.iter_mut().zip(past).zip(from).zip(errors) {
            let slope = error * value + plan.shrink * (*w - w0);
            *g2 += slope * slope;
            *w -= plan.rate * slope / g2.sqrt();
        }
    };
    for (bucket, value) in &example.sparse {
        let at = usize::from(*bucket) * k..usize::from(*bucket) * k + k;
        update(&mut solution.table[at.clone()], &mut steps.table[at.clone()], &start.table[at], *value);
    }
    for (i, value) in example.dense.iter().enumerate().filter(|(_, v)| **v != 0.0) {
        let at = i * k..(i + 1) * k;
        update(&mut solution.dense[at.clone()], &mut steps.dense[at.clone()], &start.dense[at], *value);
    }
    update(&mut solution.bias, &mut steps.bias, &start.bias, 1.0);
}

/// Turns scores into probabilities in place.
pub(super) fn softmax(scores: &mut [f32]) {
    let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for s in scores.iter_mut() {
        *s = (*s - top).exp();
        sum += *s;
    }
    for s in scores.iter_mut() {
        *s /= sum;
    }
}

fn shuffle(order: &mut [usize], seed: &mut u64) {
    for i in (1..order.len()).rev() {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        let pick = usize::try_from(*seed % (i as u64 + 1)).unwrap_or(0);
        order.swap(i, pick);
    }
}

/// A number of rows as a weight.
pub(super) fn count(n: usize) -> f32 {
    n as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn learns_what_is_there() {
        let row = |bucket: u16, class: u8| Example {
            sparse: vec![(bucket, 1.0)],
            dense: vec![0.0],
            class,
            weight: 1.0,
        };
        let rows = [row(5, 0), row(9, 1), row(5, 0), row(9, 1)];
        let plan = Plan { classes: 2, rounds: 30, rate: 0.3, shrink: 1e-4 };
        let solution = fit(&rows, plan);
        let mut scores = [0.0; 2];
        solution.score(&rows[1], &mut scores);
        softmax(&mut scores);
        assert!(scores[1] > 0.9, "{scores:?}");
        assert_eq!(fit(&rows, plan).table, solution.table);
        assert!((count(1000) - 1000.0).abs() < 0.1);
    }
}
