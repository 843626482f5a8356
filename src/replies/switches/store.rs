//! SQL of the switches people set at run time.

use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::db::DbConnection;
use crate::db::schema::switches;
use crate::db::types::{Instant, Ts};
use crate::error::Result;

/// The value of a switch and who set it; `None` when it was never touched.
///
/// # Errors
/// `Database` only.
pub fn switch(conn: &mut DbConnection, name: &str) -> Result<Option<(String, String, Ts)>> {
    Ok(switches::table
        .find(name)
        .select((switches::value, switches::by_name, switches::at))
        .first(conn)
        .optional()?)
}

/// Sets a switch.
///
/// # Errors
/// `Database` only.
pub fn set_switch(conn: &mut DbConnection, name: &str, value: &str, by: &str, now: Ts) -> Result<()> {
    let sql = "INSERT INTO switches (name, value, by_name, at) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (name) DO UPDATE SET value = excluded.value, by_name = excluded.by_name, at = excluded.at";
    diesel::sql_query(sql)
        .bind::<Text, _>(name)
        .bind::<Text, _>(value)
        .bind::<Text, _>(by)
        .bind::<Instant, _>(now)
        .execute(conn)?;
    Ok(())
}
