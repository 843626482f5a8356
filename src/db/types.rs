//! Column types that are native on PostgreSQL and text on SQLite, and the macro for enums kept as words.

use std::fmt;

use chrono::{DateTime, Datelike as _, Duration, NaiveDate, NaiveDateTime, Timelike as _, Utc};
use diesel::backend::Backend;
use diesel::deserialize::FromSqlRow;
use diesel::deserialize::{self, FromSql};
use diesel::expression::AsExpression;
use diesel::pg::Pg;
use diesel::query_builder::QueryId;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{HasSqlType, SqlOrd, SqlType, Timestamptz};
use diesel::sqlite::Sqlite;
use serde::{Deserialize, Serialize};

use super::MultiBackend;

/// The SQL type of a moment: `timestamptz` on PostgreSQL, fixed-width text on SQLite (text order = time order).
#[derive(Clone, Copy, Debug, Default, SqlType, QueryId)]
#[diesel(postgres_type(name = "timestamptz"))]
#[diesel(sqlite_type(name = "Text"))]
pub struct Instant;

impl SqlOrd for Instant {}

impl HasSqlType<Instant> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        Self::lookup_sql_type::<Instant>(lookup)
    }
}

/// A moment in UTC with microseconds, as both databases keep it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow, Serialize, Deserialize,
)]
#[diesel(sql_type = Instant)]
pub struct Ts(pub DateTime<Utc>);

impl Ts {
    /// A moment before every real one: "never leased".
    pub const LONG_AGO: Self = Self(DateTime::UNIX_EPOCH);
}

impl From<DateTime<Utc>> for Ts {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at)
    }
}

impl std::ops::Add<Duration> for Ts {
    type Output = Self;
    fn add(self, by: Duration) -> Self {
        Self(self.0 + by)
    }
}

impl fmt::Display for Ts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.to_rfc3339_opts(chrono::SecondsFormat::Secs, true).fmt(f)
    }
}

const SQLITE_FORM: &str = "%Y-%m-%d %H:%M:%S%.6f";

/// [`SQLITE_FORM`] by hand: chrono reads its pattern anew each time, and a post writes dozens of moments.
fn written(at: DateTime<Utc>) -> String {
    let (date, time) = (at.date_naive(), at.time());
    let Ok(year @ 0..=9999) = u32::try_from(date.year()) else { return at.format(SQLITE_FORM).to_string() };
    let mut text = *b"0000-00-00 00:00:00.000000";
    let parts = [
        (0..4, year),
        (5..7, date.month()),
        (8..10, date.day()),
        (11..13, time.hour()),
        (14..16, time.minute()),
        (17..19, time.second()),
        // A leap second is the end of the second before it, as it is for PostgreSQL.
        (20..26, (time.nanosecond() / 1_000).min(999_999)),
    ];
    for (place, mut number) in parts {
        for digit in text.get_mut(place).unwrap_or_default().iter_mut().rev() {
            *digit = b'0' + u8::try_from(number % 10).unwrap_or(0);
            number /= 10;
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn read(text: &str) -> Option<DateTime<Utc>> {
    let digits = text.as_bytes();
    let number = |place: std::ops::Range<usize>| {
        digits
            .get(place)?
            .iter()
            .try_fold(0_u32, |n, d| d.is_ascii_digit().then(|| n * 10 + u32::from(d - b'0')))
    };
    let marks = [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':'), (19, b'.')];
    if digits.len() != 26 || marks.iter().any(|(at, mark)| digits.get(*at) != Some(mark)) {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(i32::try_from(number(0..4)?).ok()?, number(5..7)?, number(8..10)?)?;
    let time = date.and_hms_micro_opt(number(11..13)?, number(14..16)?, number(17..19)?, number(20..26)?)?;
    Some(time.and_utc())
}

impl ToSql<Instant, Pg> for Ts {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <DateTime<Utc> as ToSql<Timestamptz, Pg>>::to_sql(&self.0, &mut out.reborrow())
    }
}

impl FromSql<Instant, Pg> for Ts {
    fn from_sql(bytes: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        <DateTime<Utc> as FromSql<Timestamptz, Pg>>::from_sql(bytes).map(Self)
    }
}

impl ToSql<Instant, Sqlite> for Ts {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(written(self.0));
        Ok(IsNull::No)
    }
}

impl FromSql<Instant, Sqlite> for Ts {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<diesel::sql_types::Text, Sqlite>>::from_sql(value)?;
        match read(&text) {
            Some(at) => Ok(Self(at)),
            None => Ok(Self(NaiveDateTime::parse_from_str(&text, SQLITE_FORM)?.and_utc())),
        }
    }
}

impl ToSql<Instant, MultiBackend> for Ts {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((Instant, self));
        Ok(IsNull::No)
    }
}

impl FromSql<Instant, MultiBackend> for Ts {
    fn from_sql(bytes: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        bytes.from_sql::<Self, Instant>()
    }
}

/// An enum whose values are kept as words in a text column: `as_str`, `FromStr`, serde and diesel from one list.
#[macro_export]
macro_rules! words {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, ::diesel::expression::AsExpression, ::diesel::deserialize::FromSqlRow, ::serde::Serialize, ::serde::Deserialize)]
        #[diesel(sql_type = ::diesel::sql_types::Text)]
        $vis enum $name { $($(#[$vmeta])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every value, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word kept in the database and shown in exports.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result { f.write_str(self.as_str()) }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::error::Error;
            fn from_str(word: &str) -> $crate::error::Result<Self> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::error::Error::Invalid(format!("{word:?} is not one of {}", [$($word),+].join(", ")))),
                }
            }
        }

        impl<DB: ::diesel::backend::Backend> ::diesel::serialize::ToSql<::diesel::sql_types::Text, DB> for $name
        where
            str: ::diesel::serialize::ToSql<::diesel::sql_types::Text, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut ::diesel::serialize::Output<'b, '_, DB>) -> ::diesel::serialize::Result {
                <str as ::diesel::serialize::ToSql<::diesel::sql_types::Text, DB>>::to_sql(self.as_str(), out)
            }
        }

        impl<DB: ::diesel::backend::Backend> ::diesel::deserialize::FromSql<::diesel::sql_types::Text, DB> for $name
        where
            String: ::diesel::deserialize::FromSql<::diesel::sql_types::Text, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> ::diesel::deserialize::Result<Self> {
                let word = <String as ::diesel::deserialize::FromSql<::diesel::sql_types::Text, DB>>::from_sql(bytes)?;
                Ok(word.parse::<Self>()?)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_text_order_is_time_order() {
        let early = DateTime::from_timestamp(1, 5_000).unwrap();
        let late = DateTime::from_timestamp(1, 999_999_000).unwrap();
        assert!(written(early) < written(late));
    }

    #[test]
    fn moments_by_hand_are_those_of_the_pattern() {
        let check = |at: DateTime<Utc>| {
            let text = at.format(SQLITE_FORM).to_string();
            assert_eq!(written(at), text);
            assert_eq!(
                read(&text).or(NaiveDateTime::parse_from_str(&text, SQLITE_FORM).ok().map(|n| n.and_utc())),
                Some(at)
            );
        };
        for seconds in [0, 1_769_494_320, -62_167_219_200, 253_402_300_799, -1, 951_782_400] {
            check(DateTime::from_timestamp(seconds, 123_456_000).unwrap());
        }
        check(DateTime::from_timestamp(253_402_300_800, 0).unwrap());
        assert_eq!(read("2026-01-27 06:12:00.12345"), None);
        assert_eq!(read("2026-13-27 06:12:00.123456"), None);
        assert_eq!(read("2026-01-27T06:12:00.123456"), None);
        assert_eq!(read("2026-01-2\u{e9} 06:12:00.12345"), None);
    }
}
