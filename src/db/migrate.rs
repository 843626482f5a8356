//! Brings either database to the newest shape; both folders of migrations are inside the binary.

use diesel::connection::SimpleConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::DbConnection;
use crate::error::{Error, Result};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// The advisory lock that lets one of several starting nodes migrate; the number is arbitrary but fixed.
const POSTGRES_LOCK: &str = "7240311";

/// Runs what is pending and returns the names of what was run, oldest first.
///
/// # Errors
/// `Unavailable` with the name of the migration that failed; what was done before it stays.
pub fn run(conn: &mut DbConnection) -> Result<Vec<String>> {
    let told = |e: Box<dyn std::error::Error + Send + Sync>| {
        Error::Unavailable(format!("the database could not be brought up to date: {e}"))
    };
    match conn {
        // The write lock from the first line: of two programs that start together, one migrates and one waits.
        DbConnection::Sqlite(_) => super::write(conn, |conn| {
            let DbConnection::Sqlite(c) = conn else { return Ok(Vec::new()) };
            let done = c.run_pending_migrations(SQLITE).map_err(told)?;
            Ok(done.iter().map(ToString::to_string).collect())
        }),
        DbConnection::Postgres(c) => {
            c.batch_execute(&format!("SELECT pg_advisory_lock({POSTGRES_LOCK})"))?;
            let done =
                c.run_pending_migrations(POSTGRES).map(|d| d.iter().map(ToString::to_string).collect());
            c.batch_execute(&format!("SELECT pg_advisory_unlock({POSTGRES_LOCK})"))?;
            done.map_err(told)
        }
    }
}

/// How many migrations wait; readiness checks ask.
///
/// # Errors
/// `Unavailable` when the table of migrations cannot be read.
pub fn pending(conn: &mut DbConnection) -> Result<usize> {
    let told = |e: Box<dyn std::error::Error + Send + Sync>| Error::Unavailable(e.to_string());
    match conn {
        DbConnection::Sqlite(c) => c.pending_migrations(SQLITE).map(|p| p.len()).map_err(told),
        DbConnection::Postgres(c) => c.pending_migrations(POSTGRES).map(|p| p.len()).map_err(told),
    }
}
