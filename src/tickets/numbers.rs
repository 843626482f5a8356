//! Ticket numbers: `26-004217`, the year in the city's zone and a count that only grows.
//!
//! A process takes blocks of 50 before it opens a transaction, so that openings do not queue for one counter row.
//! A block that is not used up leaves a gap; a number is never given twice.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;

use super::store;
use crate::db::{Db, DbConnection};
use crate::error::Result;

const BLOCK: i64 = 50;
/// At least two groups of 64 posts fit in what is left when a new block is taken.
const KEEP_READY: i64 = 160;

#[derive(Debug, Default)]
struct Block {
    year: i32,
    ready: Vec<i64>,
}

/// This process's stock of numbers.
#[derive(Debug, Default)]
pub struct Numbers(Mutex<Block>);

impl Numbers {
    /// Takes blocks until enough numbers are ready. Call it before a transaction, never inside one.
    ///
    /// # Errors
    /// `Database` only.
    pub fn refill(&self, db: &Db, zone: Tz, now: DateTime<Utc>) -> Result<()> {
        let year = now.with_timezone(&zone).year();
        let have = {
            let block = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if block.year == year { i64::try_from(block.ready.len()).unwrap_or(i64::MAX) } else { 0 }
        };
        if have >= BLOCK {
            return Ok(());
        }
        let wanted = if have == 0 { BLOCK } else { KEEP_READY };
        let first = db.write(|conn| store::take_numbers(conn, &counter(year), wanted))?;
        let mut block = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if block.year != year {
            *block = Block { year, ready: Vec::new() };
        }
        // Newest first, so that `pop` gives the smallest.
        let mut ready: Vec<i64> = (first..first + wanted).rev().collect();
        ready.append(&mut block.ready);
        ready.sort_unstable_by(|a, b| b.cmp(a));
        block.ready = ready;
        Ok(())
    }

    /// The next number. Without stock it takes one inside the caller's transaction, which is right but slower.
    ///
    /// # Errors
    /// `Database` only.
    pub fn next(&self, conn: &mut DbConnection, zone: Tz, now: DateTime<Utc>) -> Result<String> {
        let year = now.with_timezone(&zone).year();
        let ready = {
            let mut block = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if block.year == year { block.ready.pop() } else { None }
        };
        let n = match ready {
            Some(n) => n,
            None => store::take_numbers(conn, &counter(year), 1)?,
        };
        Ok(written(year, n))
    }
}

fn counter(year: i32) -> String {
    format!("tickets-{year}")
}

fn written(year: i32, n: i64) -> String {
    format!("{:02}-{n:06}", year.rem_euclid(100))
}

/// Reads what a person typed ("26-4217", "#26-004217", " 26-004217 ") as a ticket number.
#[must_use]
pub fn as_typed(words: &str) -> Option<String> {
    let words = words.trim().trim_start_matches('#');
    let (year, n) = words.split_once('-')?;
    let year: i32 = if year.len() == 2 { year.parse().ok()? } else { return None };
    let n: i64 = if n.len() <= 12 { n.parse().ok()? } else { return None };
    (n > 0).then(|| written(year, n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_type_them() {
        assert_eq!(as_typed("26-4217").as_deref(), Some("26-004217"));
        assert_eq!(as_typed(" #26-004217").as_deref(), Some("26-004217"));
        assert_eq!(as_typed("26-1234567").as_deref(), Some("26-1234567"));
        assert_eq!(as_typed("Broad-Market"), None);
        assert_eq!(as_typed("26--1"), None);
        assert_eq!(written(2026, 1), "26-000001");
    }
}
