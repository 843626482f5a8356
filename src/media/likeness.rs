//! A photo's rough looks in 64 bits, so that the same pothole sent twice can be noticed later.
//!
//! Difference hash: shrink to 9 x 8 gray cells, one bit for each cell that is darker than its right-hand
//! neighbor. It survives scaling and re-encoding; it does not survive cropping or turning, and it is a
//! hint for people, never a reason to act alone.

use image::{DynamicImage, imageops::FilterType};

const COLUMNS: u32 = 9;
const ROWS: u32 = 8;

/// The looks of a picture as 64 bits, first row in the highest byte.
pub(super) fn of(picture: &DynamicImage) -> u64 {
    let cells = picture.resize_exact(COLUMNS, ROWS, FilterType::Triangle).into_luma8();
    cells
        .rows()
        .flat_map(|row| {
            let row: Vec<u8> = row.map(|pixel| pixel.0[0]).collect();
            row.windows(2).map(|pair| u64::from(pair[0] < pair[1])).collect::<Vec<_>>()
        })
        .fold(0, |bits, bit| (bits << 1) | bit)
}

/// In how many of the 64 bits two photos differ; up to about 10 they look alike to a person.
#[must_use]
pub fn bits_apart(one: u64, other: u64) -> u32 {
    (one ^ other).count_ones()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};

    fn slope(width: u32, height: u32, rising: bool) -> DynamicImage {
        DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, _| {
            let shade = (x * 255 / width) as u8;
            let shade = if rising { shade } else { 255 - shade };
            Rgb([shade; 3])
        }))
    }

    #[test]
    fn same_looks_at_another_size() {
        assert_eq!(of(&slope(900, 600, true)), u64::MAX);
        assert_eq!(of(&slope(90, 60, true)), u64::MAX);
        assert_eq!(of(&slope(900, 600, false)), 0);
        assert_eq!(bits_apart(u64::MAX, 0), 64);
    }
}
