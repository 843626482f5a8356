//! One photo in, one clean photo out: sniffed, bounded, upright, re-encoded, nothing else left in it.
//!
//! The picture is decoded to pixels and encoded anew, so that no byte of the original file survives:
//! no EXIF, XMP, IPTC, embedded thumbnail, color profile or trailing data. Formats other than the four
//! below are refused by what the bytes are, never by the name or the type the sender claims.
//! One run needs up to about 300 MB while it lasts: callers clean one or two photos at a time.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use sha2::{Digest, Sha256};

use super::exif::{self, PhotoTime};
use super::likeness;
use crate::error::{Error, Result};
use crate::limits::PHOTO_BYTES;

/// Widest and highest picture taken, in pixels.
const SIDE_PX: u32 = 12_000;
/// Most pixels in a picture: the largest phone cameras have 50 million.
const PIXELS: u64 = 50_000_000;
/// What a decoder may take for itself while it works, in bytes.
const WORK_BYTES: u64 = 128 * 1024 * 1024;
/// What the decoded picture may take, in bytes: 50 million pixels at three bytes each, and a little.
const DECODED_BYTES: u64 = 160 * 1024 * 1024;
/// Long side of what is kept, in pixels.
const KEPT_PX: u32 = 2048;
/// Long side of the small picture in lists, in pixels.
const THUMB_PX: u32 = 480;
const QUALITY: u8 = 82;

/// A photo that may be kept and shown, with what its file claimed before it was wiped.
#[derive(Clone, PartialEq)]
pub struct CleanPhoto {
    /// The picture, JPEG, at most 2,048 px on its long side.
    pub jpeg: Vec<u8>,
    /// The same picture, JPEG, at most 480 px on its long side.
    pub thumb: Vec<u8>,
    /// Width of `jpeg` in pixels.
    pub width: u32,
    /// Height of `jpeg` in pixels.
    pub height: u32,
    /// SHA-256 of `jpeg`, 64 lower-case hex digits; also its name on disk.
    pub hash: String,
    /// Rough looks (see `bits_apart`), to notice the same scene later.
    pub likeness: u64,
    /// Latitude and longitude the camera claimed, WGS84 degrees. For staff only.
    pub gps: Option<(f64, f64)>,
    /// When the camera claims to have taken it.
    pub taken_at: Option<PhotoTime>,
}

impl std::fmt::Debug for CleanPhoto {
    // Neither pixels nor the place of somebody's home belong in a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CleanPhoto({} x {} px, {} bytes, {})", self.width, self.height, self.jpeg.len(), self.hash)
    }
}

/// Makes an upload safe to keep and to show.
///
/// # Errors
/// `Error::Invalid` with a sentence for the uploader: too large, not a photo, or damaged.
pub fn clean(bytes: &[u8]) -> Result<CleanPhoto> {
    let format = sniff(bytes)?;
    // Decoders of four formats read hostile input here; a fault in one must cost this photo only.
    catch_unwind(AssertUnwindSafe(|| clean_as(bytes, format))).unwrap_or_else(|_| Err(damaged("")))
}

fn sniff(bytes: &[u8]) -> Result<ImageFormat> {
    if bytes.is_empty() {
        return Err(Error::Invalid("the photo is empty: choose the file again".into()));
    }
    if bytes.len() > PHOTO_BYTES {
        let mb = PHOTO_BYTES / 1024 / 1024;
        return Err(Error::Invalid(format!(
            "the photo is larger than {mb} MB: send a smaller version of it"
        )));
    }
    let kind = infer::get(bytes).map(|kind| kind.mime_type());
    match kind {
        Some("image/jpeg") => Ok(ImageFormat::Jpeg),
        Some("image/png") => Ok(ImageFormat::Png),
        Some("image/webp") => Ok(ImageFormat::WebP),
        Some("image/gif") => Ok(ImageFormat::Gif),
        other => Err(Error::Invalid(format!(
            "this file is not a photo we can show ({}): send a JPEG, PNG, WebP or GIF",
            other.unwrap_or("unknown kind")
        ))),
    }
}

fn clean_as(bytes: &[u8], format: ImageFormat) -> Result<CleanPhoto> {
    let claims = exif::claims(bytes);
    let (picture, orientation) = decode(bytes, format)?;
    let mut kept = shrink(flatten(picture), KEPT_PX);
    kept.apply_orientation(orientation);
    let kept = DynamicImage::ImageRgb8(kept.into_rgb8());
    let small = shrink(kept.clone(), THUMB_PX);

    let jpeg = encode(&kept)?;
    Ok(CleanPhoto {
        thumb: encode(&small)?,
        width: kept.width(),
        height: kept.height(),
        hash: hex(&Sha256::digest(&jpeg)),
        likeness: likeness::of(&small),
        gps: claims.gps,
        taken_at: claims.taken_at,
        jpeg,
    })
}

/// Reads the size first and the pixels only when the size is within bounds (a "pixel flood" is a small
/// file that unpacks to gigabytes).
fn decode(bytes: &[u8], format: ImageFormat) -> Result<(DynamicImage, Orientation)> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_PX);
    limits.max_image_height = Some(SIDE_PX);
    limits.max_alloc = Some(WORK_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    let too_many = u64::from(width) * u64::from(height) > PIXELS || decoder.total_bytes() > DECODED_BYTES;
    if width > SIDE_PX || height > SIDE_PX || too_many {
        return Err(too_large());
    }
    if width == 0 || height == 0 {
        return Err(damaged("it has no pixels"));
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Ok((DynamicImage::from_decoder(decoder).map_err(unreadable)?, orientation))
}

/// JPEG knows no transparency: what shines through is white, as on the page.
fn flatten(picture: DynamicImage) -> DynamicImage {
    if !picture.color().has_alpha() {
        return picture;
    }
    let mut pixels = picture.into_rgba8();
    for pixel in pixels.pixels_mut() {
        let alpha = u16::from(pixel.0[3]);
        for channel in &mut pixel.0[..3] {
            let blended = (u16::from(*channel) * alpha + 255 * (255 - alpha) + 127) / 255;
            *channel = u8::try_from(blended).unwrap_or(u8::MAX);
        }
        pixel.0[3] = 255;
    }
    DynamicImage::ImageRgba8(pixels)
}

/// Scales down to `long_side` pixels, never up. Huge pictures are halved coarsely first: a fine filter
/// over 50 megapixels would take seconds and nobody would see the difference.
fn shrink(picture: DynamicImage, long_side: u32) -> DynamicImage {
    let longest = picture.width().max(picture.height());
    if longest <= long_side {
        return picture;
    }
    let coarse = long_side.saturating_mul(2);
    let picture = if longest > coarse { picture.thumbnail(coarse, coarse) } else { picture };
    picture.resize(long_side, long_side, FilterType::CatmullRom)
}

fn encode(picture: &DynamicImage) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    picture
        .write_with_encoder(JpegEncoder::new_with_quality(&mut out, QUALITY))
        .map_err(|e| Error::Unavailable(format!("the photo could not be written as JPEG: {e}")))?;
    Ok(out)
}

/// Lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unreadable(error: ImageError) -> Error {
    match error {
        ImageError::Limits(_) => too_large(),
        other => damaged(&other.to_string()),
    }
}

fn too_large() -> Error {
    Error::Invalid(format!(
        "the photo has too many pixels (at most {SIDE_PX} on a side and {} million in all): send a smaller version",
        PIXELS / 1_000_000
    ))
}

fn damaged(why: &str) -> Error {
    let why: String = why.chars().filter(|c| !c.is_control()).take(120).collect();
    let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
    Error::Invalid(format!("the photo is damaged{why}: take or save it again"))
}

#[cfg(test)]
mod tests;
