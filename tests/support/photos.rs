//! Photos as phones make them: a small JPEG whose file says where it was taken.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat};

/// A JPEG taken at a spot, in WGS84 degrees.
pub fn taken_at(lat: f64, lon: f64) -> Vec<u8> {
    let mut plain = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(64, 48).write_to(&mut plain, ImageFormat::Jpeg).expect("a photo");
    let plain = plain.into_inner();
    let block = [b"Exif\0\0", &gps_block(lat, lon)[..]].concat();
    let long = u16::try_from(block.len() + 2).expect("a short block").to_be_bytes();
    [&plain[..2], &[0xff, 0xe1], &long, &block, &plain[2..]].concat()
}

/// A TIFF structure, big-endian, with nothing in it but a place.
fn gps_block(lat: f64, lon: f64) -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [&tag.to_be_bytes()[..], &kind.to_be_bytes(), &count.to_be_bytes(), &value].concat()
    };
    // Whole degrees with a fine denominator; minutes and seconds are zero.
    let degrees = |value: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 180 millions")]
        let millionths = (value.abs() * 1e6).round() as u32;
        let parts = [(millionths, 1_000_000_u32), (0, 1), (0, 1)];
        parts.iter().flat_map(|(n, d)| [n.to_be_bytes(), d.to_be_bytes()].concat()).collect::<Vec<u8>>()
    };
    let (gps_at, lat_at, lon_at) = (26_u32, 80_u32, 104_u32);
    let mut out = b"MM\0*\0\0\0\x08".to_vec();
    out.extend(1_u16.to_be_bytes());
    out.extend(entry(0x8825, 4, 1, gps_at.to_be_bytes()));
    out.extend([0; 4]);
    out.extend(4_u16.to_be_bytes());
    out.extend(entry(1, 2, 2, if lat < 0.0 { *b"S\0\0\0" } else { *b"N\0\0\0" }));
    out.extend(entry(2, 5, 3, lat_at.to_be_bytes()));
    out.extend(entry(3, 2, 2, if lon < 0.0 { *b"W\0\0\0" } else { *b"E\0\0\0" }));
    out.extend(entry(4, 5, 3, lon_at.to_be_bytes()));
    out.extend([0; 4]);
    out.extend(degrees(lat));
    out.extend(degrees(lon));
    out
}
