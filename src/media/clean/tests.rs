//! Photos made by hand: every byte that goes in is known, so every byte that must not come out is too.

use std::time::{Duration, Instant};

use image::{ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use proptest::prelude::*;

use super::*;

/// A word that stands in every piece of metadata the test photo carries.
const SECRET: &[u8] = b"CANARY-ana-lopez";

fn picture(width: u32, height: u32) -> DynamicImage {
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, y| {
        // The upper left quarter is red, so that turning can be seen.
        if x < width / 2 && y < height / 2 { Rgb([220, 20, 20]) } else { Rgb([20, 20, (x % 200) as u8]) }
    }))
}

fn saved(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format).unwrap();
    out.into_inner()
}

/// One directory entry of a TIFF structure, big-endian.
fn entry(tag: u16, kind: u16, count: u32, value: [u8; 4]) -> Vec<u8> {
    [&tag.to_be_bytes()[..], &kind.to_be_bytes(), &count.to_be_bytes(), &value].concat()
}

/// EXIF with orientation, time, offset, GPS (40.7357 N, 74.1724 W) and the secret as camera owner.
fn exif_block(orientation: u16) -> Vec<u8> {
    let time = b"2026:01:27 06:12:00\0";
    let offset = b"-05:00\0\0";
    let rationals = |parts: [(u32, u32); 3]| -> Vec<u8> {
        parts.iter().flat_map(|(n, d)| [n.to_be_bytes(), d.to_be_bytes()].concat()).collect()
    };
    let (exif_at, gps_at, data_at) = (8 + 2 + 4 * 12 + 4, 8 + 54 + 2 + 2 * 12 + 4, 8 + 54 + 30 + 54);
    let (time_at, offset_at) = (data_at, data_at + 20);
    let (lat_at, lon_at, secret_at) = (data_at + 28, data_at + 52, data_at + 76);
    let at = |offset: usize| u32::try_from(offset).unwrap().to_be_bytes();
    let mut out = b"MM\0*\0\0\0\x08".to_vec();
    out.extend(4u16.to_be_bytes());
    out.extend(entry(0x0112, 3, 1, [0, u8::try_from(orientation).unwrap(), 0, 0]));
    out.extend(entry(0x013b, 2, u32::try_from(SECRET.len()).unwrap(), at(secret_at)));
    out.extend(entry(0x8769, 4, 1, at(exif_at)));
    out.extend(entry(0x8825, 4, 1, at(gps_at)));
    out.extend([0; 4]);
    out.extend(2u16.to_be_bytes());
    out.extend(entry(0x9003, 2, 20, at(time_at)));
    out.extend(entry(0x9011, 2, 7, at(offset_at)));
    out.extend([0; 4]);
    out.extend(4u16.to_be_bytes());
    out.extend(entry(1, 2, 2, *b"N\0\0\0"));
    out.extend(entry(2, 5, 3, at(lat_at)));
    out.extend(entry(3, 2, 2, *b"W\0\0\0"));
    out.extend(entry(4, 5, 3, at(lon_at)));
    out.extend([0; 4]);
    assert_eq!(out.len(), data_at);
    out.extend(time);
    out.extend(offset);
    out.extend(rationals([(40, 1), (44, 1), (852, 100)]));
    out.extend(rationals([(74, 1), (10, 1), (2064, 100)]));
    out.extend(SECRET);
    out
}

/// A JPEG with EXIF, XMP, IPTC, a comment and bytes after its end, each holding the secret.
fn telling_jpeg(orientation: u16) -> Vec<u8> {
    let plain = saved(&picture(320, 200), ImageFormat::Jpeg);
    let segment = |marker: u8, body: Vec<u8>| {
        [&[0xff, marker][..], &u16::try_from(body.len() + 2).unwrap().to_be_bytes(), &body].concat()
    };
    let mut out = plain[..2].to_vec();
    out.extend(segment(0xe1, [b"Exif\0\0", &exif_block(orientation)[..]].concat()));
    out.extend(segment(0xe1, [b"http://ns.adobe.com/xap/1.0/\0", SECRET].concat()));
    out.extend(segment(0xed, [b"Photoshop 3.0\0", SECRET].concat()));
    out.extend(segment(0xfe, SECRET.to_vec()));
    out.extend(&plain[2..]);
    out.extend(SECRET);
    out
}

/// Walks a JPEG's segments; only the ones needed to draw pixels may be there.
fn nothing_but_pixels(jpeg: &[u8]) {
    assert!(!jpeg.windows(SECRET.len()).any(|w| w == SECRET));
    for mark in [&b"Exif"[..], b"xap", b"Photoshop", b"ICC_PROFILE"] {
        assert!(!jpeg.windows(mark.len()).any(|w| w == mark));
    }
    let mut at = 2;
    loop {
        assert_eq!(jpeg[at], 0xff);
        let marker = jpeg[at + 1];
        let long = usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        match marker {
            0xe0 => assert_eq!(&jpeg[at + 4..at + 9], b"JFIF\0"),
            0xc0 | 0xc4 | 0xdb => {}
            0xda => break,
            other => panic!("segment {other:02x} should not be there"),
        }
        at += 2 + long;
    }
    assert!(jpeg.ends_with(&[0xff, 0xd9]));
}

#[test]
fn every_trace_is_gone_and_the_claims_are_read() {
    let dirty = telling_jpeg(1);
    assert!(dirty.windows(SECRET.len()).filter(|w| *w == SECRET).count() >= 5);
    let photo = clean(&dirty).unwrap();
    nothing_but_pixels(&photo.jpeg);
    nothing_but_pixels(&photo.thumb);
    let (lat, lon) = photo.gps.unwrap();
    assert!((lat - 40.7357).abs() < 1e-6 && (lon + 74.1724).abs() < 1e-6);
    let taken = photo.taken_at.unwrap();
    assert_eq!(taken.offset_minutes, Some(-300));
    assert_eq!(taken.in_zone(chrono_tz::UTC).to_rfc3339(), "2026-01-27T11:12:00+00:00");
    assert_eq!(photo.hash, hex(&Sha256::digest(&photo.jpeg)));
    assert!(!format!("{photo:?}").contains("40.7"));
}

#[test]
fn stands_upright_for_all_eight_orientations() {
    // Where the red quarter must be after turning: (right half, lower half).
    let corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0), (1, 0), (1, 1), (0, 1)];
    for (orientation, (right, lower)) in (1..).zip(corners) {
        let photo = clean(&telling_jpeg(orientation)).unwrap();
        let expect = if orientation <= 4 { (320, 200) } else { (200, 320) };
        assert_eq!((photo.width, photo.height), expect, "orientation {orientation}");
        let seen = image::load_from_memory(&photo.jpeg).unwrap().into_rgb8();
        let at = |right: u32, lower: u32| {
            seen.get_pixel(photo.width * (1 + 2 * right) / 4, photo.height * (1 + 2 * lower) / 4).0[0]
        };
        assert!(at(right, lower) > 180, "orientation {orientation}");
        assert!(at(1 - right, 1 - lower) < 60, "orientation {orientation}");
    }
}

#[test]
fn all_four_formats_come_out_as_jpeg() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
        let photo = clean(&saved(&picture(300, 200), format)).unwrap();
        nothing_but_pixels(&photo.jpeg);
        assert_eq!((photo.width, photo.height), (300, 200), "{format:?}");
    }
}

#[test]
fn scaled_down_never_up() {
    let check = |wide, high, expect: (u32, u32), thumb: (u32, u32)| {
        let photo = clean(&saved(&picture(wide, high), ImageFormat::Jpeg)).unwrap();
        assert_eq!((photo.width, photo.height), expect);
        let small = image::load_from_memory(&photo.thumb).unwrap();
        assert_eq!((small.width(), small.height()), thumb);
    };
    check(4096, 1024, (2048, 512), (480, 120));
    check(1000, 3000, (683, 2048), (160, 480));
    check(40, 30, (40, 30), (40, 30));
    check(6000, 1, (2048, 1), (480, 1));
}

#[test]
fn glass_is_white_and_first_frame_counts() {
    let glass = DynamicImage::ImageRgba8(RgbaImage::from_pixel(20, 20, Rgba([0, 0, 0, 0])));
    let photo = clean(&saved(&glass, ImageFormat::Png)).unwrap();
    assert!(image::load_from_memory(&photo.jpeg).unwrap().into_rgb8().get_pixel(9, 9).0[0] > 250);

    let mut out = Vec::new();
    {
        let mut gif = image::codecs::gif::GifEncoder::new(&mut out);
        for shade in [250, 0, 0] {
            let frame = RgbaImage::from_pixel(30, 20, Rgba([shade, 0, 0, 255]));
            gif.encode_frame(image::Frame::new(frame)).unwrap();
        }
    }
    let photo = clean(&out).unwrap();
    assert!(image::load_from_memory(&photo.jpeg).unwrap().into_rgb8().get_pixel(9, 9).0[0] > 230);
}

/// A PNG that says it is `side` pixels wide and high; the pixels themselves are not there.
fn boastful_png(side: u32) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend([side.to_be_bytes(), side.to_be_bytes()].concat());
    png.extend([8, 2, 0, 0, 0]);
    let mut check = flate2::Crc::new();
    check.update(&png[12..]);
    png.extend(check.sum().to_be_bytes());
    png.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
    png
}

#[test]
fn pixel_flood_is_refused_before_it_is_unpacked() {
    let started = Instant::now();
    for side in [60_000, 12_001, 8_000, u32::MAX] {
        let error = clean(&boastful_png(side)).unwrap_err().to_string();
        assert!(side > 60_000 || error.contains("too many pixels"), "{side}: {error}");
    }
    assert!(started.elapsed() < Duration::from_millis(200), "50 ms each: {:?}", started.elapsed());
}

#[test]
fn everything_else_is_refused_in_words_for_the_uploader() {
    let check = |bytes: &[u8], expect: &str| {
        let error = clean(bytes).unwrap_err();
        assert!(matches!(error, Error::Invalid(_)) && error.to_string().contains(expect), "{error}");
    };
    check(b"", "empty");
    check(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "not a photo");
    check(b"GIF89a/*\0*/=1;alert(1)", "too many pixels"); // a script that calls itself a picture
    check(b"%PDF-1.7 ...", "application/pdf");
    check(b"\0\0\0\x18ftypheic\0\0\0\0heicmif1", "image/heif");
    check(&saved(&picture(30, 30), ImageFormat::Png)[..60], "damaged");
    check(&vec![0xff; PHOTO_BYTES + 1], "larger than 8 MB");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _any = clean(&bytes);
    }

    #[test]
    fn broken_photos_stay_clean(at in 2usize..4000, byte: u8, cut in 0usize..4000) {
        let mut dirty = telling_jpeg(6);
        let at = at % dirty.len();
        dirty[at] = byte;
        dirty.truncate(dirty.len() - cut % dirty.len());
        if let Ok(photo) = clean(&dirty) {
            nothing_but_pixels(&photo.jpeg);
            prop_assert!(photo.width <= KEPT_PX && photo.height <= KEPT_PX);
            prop_assert!(photo.gps.is_none_or(|(lat, lon)| lat.abs() <= 90.0 && lon.abs() <= 180.0));
        }
    }
}
