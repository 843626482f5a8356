//! The range in which a ticket should be done, as residents read it: from days, never to the hour.

use super::words::{Words, is_live};
use crate::db::DbConnection;
use crate::error::Result;
use crate::insights::public::TicketRow as Row;
use crate::routing::clocks;
use crate::settings::dates;
use crate::web::view::ticket::Fact;

/// "Usually done: between Tue Dec 1 and Fri Dec 4"; `None` without enough alike, or when the range is over.
pub(super) fn fact(words: &Words<'_>, conn: &mut DbConnection, row: &Row) -> Result<Option<Fact>> {
    if !is_live(row) {
        return Ok(None);
    }
    let clock = clocks::of_ticket(conn, row.id)?.into_iter().find(|c| c.kind == "promise");
    let Some((low, high)) = clock.and_then(|c| c.low_at.zip(c.high_at)) else { return Ok(None) };
    if high.0 <= words.now {
        return Ok(None);
    }
    let tz = words.settings.city.time_zone;
    let day = |at: chrono::DateTime<chrono::Utc>| dates::day(at.with_timezone(&tz).date_naive(), words.lang);
    let (from, to) = (day(low.0.max(words.now)), day(high.0));
    let value = if from == to { format!("By {to}") } else { format!("Between {from} and {to}") };
    Ok(Some(Fact { label: "Usually done".into(), value, tone: String::new() }))
}
