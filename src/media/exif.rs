//! What a camera wrote into a photo about place and time; read once, before all of it is wiped.
//!
//! Everything here is a claim by a stranger's device: ranges are checked, nonsense is "not known".

use std::io::Cursor;

use ::exif::{Exif, In, Rational, Reader, Tag, Value};
use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;

/// When a photo was taken, as the camera's own clock showed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhotoTime {
    /// Date and time on the camera's face.
    pub local: NaiveDateTime,
    /// Minutes east of UTC, when the camera said so (phones do, older cameras do not).
    pub offset_minutes: Option<i16>,
}

impl PhotoTime {
    /// The moment itself; a camera without an offset is taken to have stood in the city's `zone`.
    #[must_use]
    pub fn in_zone(&self, zone: Tz) -> DateTime<Utc> {
        if let Some(minutes) = self.offset_minutes {
            return (self.local - Duration::minutes(i64::from(minutes))).and_utc();
        }
        // An hour that the clocks skipped in spring is read with the offset that held before it.
        let skipped = || zone.from_local_datetime(&(self.local - Duration::hours(1))).earliest();
        match zone.from_local_datetime(&self.local).earliest() {
            Some(moment) => moment.with_timezone(&Utc),
            None => skipped().map_or(self.local.and_utc(), |m| m.with_timezone(&Utc) + Duration::hours(1)),
        }
    }
}

/// The two claims worth keeping from a photo's metadata.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Claims {
    /// Latitude and longitude in degrees, WGS84.
    pub gps: Option<(f64, f64)>,
    pub taken_at: Option<PhotoTime>,
}

/// Reads the claims of a JPEG, PNG or WebP; damaged or absent metadata gives none.
pub(super) fn claims(bytes: &[u8]) -> Claims {
    let mut reader = Reader::new();
    reader.continue_on_error(true);
    let read = reader
        .read_from_container(&mut Cursor::new(bytes))
        .or_else(|error| error.distill_partial_result(|_| {}));
    match read {
        Ok(exif) => Claims { gps: gps(&exif), taken_at: taken_at(&exif) },
        Err(_) => Claims::default(),
    }
}

fn gps(exif: &Exif) -> Option<(f64, f64)> {
    let lat = degrees(exif, Tag::GPSLatitude, Tag::GPSLatitudeRef, b'S')?;
    let lon = degrees(exif, Tag::GPSLongitude, Tag::GPSLongitudeRef, b'W')?;
    let on_earth = lat.abs() <= 90.0 && lon.abs() <= 180.0;
    // 0, 0 is what receivers write before they have found a satellite.
    (on_earth && (lat, lon) != (0.0, 0.0)).then_some((lat, lon))
}

fn degrees(exif: &Exif, tag: Tag, side: Tag, negative: u8) -> Option<f64> {
    let Value::Rational(parts) = &exif.get_field(tag, In::PRIMARY)?.value else { return None };
    let part = |i: usize| match parts.get(i) {
        Some(Rational { denom: 0, .. }) => None,
        Some(r) => Some(r.to_f64()),
        None => Some(0.0),
    };
    let value = part(0)? + part(1)? / 60.0 + part(2)? / 3600.0;
    let side = match &exif.get_field(side, In::PRIMARY)?.value {
        Value::Ascii(words) => words.first()?.first()?.to_ascii_uppercase(),
        _ => return None,
    };
    let signed = if side == negative { -value } else { value };
    (!parts.is_empty() && signed.is_finite()).then_some(signed)
}

fn taken_at(exif: &Exif) -> Option<PhotoTime> {
    let pairs = [
        (Tag::DateTimeOriginal, Tag::OffsetTimeOriginal),
        (Tag::DateTimeDigitized, Tag::OffsetTimeDigitized),
    ];
    pairs.into_iter().find_map(|(time, offset)| {
        let mut read = ::exif::DateTime::from_ascii(ascii(exif, time)?).ok()?;
        if let Some(text) = ascii(exif, offset) {
            // An unreadable offset leaves the time usable; the city's zone stands in.
            let _unread = read.parse_offset(text);
        }
        let local =
            NaiveDate::from_ymd_opt(i32::from(read.year), u32::from(read.month), u32::from(read.day))?
                .and_hms_opt(u32::from(read.hour), u32::from(read.minute), u32::from(read.second))?;
        let offset_minutes = read.offset.filter(|m| m.abs() <= 14 * 60);
        Some(PhotoTime { local, offset_minutes })
    })
}

fn ascii(exif: &Exif, tag: Tag) -> Option<&[u8]> {
    match &exif.get_field(tag, In::PRIMARY)?.value {
        Value::Ascii(words) => words.first().map(Vec::as_slice),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn camera_time_becomes_a_moment() {
        let local =
            |m, d, h, min| NaiveDate::from_ymd_opt(2026, m, d).unwrap().and_hms_opt(h, min, 0).unwrap();
        let check = |time: NaiveDateTime, offset_minutes, expect: &str| {
            let moment = PhotoTime { local: time, offset_minutes }.in_zone(chrono_tz::America::New_York);
            assert_eq!(moment.format("%m-%d %H:%M").to_string(), expect);
        };
        check(local(1, 27, 6, 12), None, "01-27 11:12");
        check(local(1, 27, 6, 12), Some(60), "01-27 05:12");
        check(local(3, 8, 2, 30), None, "03-08 07:30"); // the hour that does not exist
        check(local(11, 1, 1, 30), None, "11-01 05:30"); // the hour that comes twice: the first
    }

    #[test]
    fn rubbish_claims_nothing() {
        for bytes in
            [&b""[..], b"\xff\xd8\xff\xe1\x00\x08Exif\0\0", b"RIFF\xff\xff\xff\xffWEBPEXIF", b"MM\0*"]
        {
            assert_eq!(claims(bytes), Claims::default());
        }
    }
}
