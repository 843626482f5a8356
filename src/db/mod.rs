//! The database: one connection type over SQLite and PostgreSQL, a pool, and the two ways to use it.
//!
//! `Db::read` gives a connection, `Db::write` a transaction that holds the write lock from its first line.
//! SQL itself lives in each step's `store.rs`; this room knows only how to connect, begin and migrate.

pub mod migrate;
pub mod parts;
pub mod prepared;
#[rustfmt::skip]
pub mod schema;
pub mod snapshot;
pub mod types;

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::{Connection, PgConnection, QueryResult, SqliteConnection};

use crate::error::{Error, Result};

/// A connection to either database; ordinary diesel queries run on it unchanged.
#[derive(diesel::MultiConnection)]
#[expect(missing_docs, reason = "the variants are the two databases")]
pub enum DbConnection {
    Postgres(PgConnection),
    // Diesel takes the last variant's dialect where both fit, and SQLite is the default.
    Sqlite(SqliteConnection),
}

/// The same builder code, compiled once per database, where `DbConnection` cannot take it (upserts, batches), and where
/// every post passes: `DbConnection` writes the text of a statement three times at each use, a plain connection never.
#[macro_export]
macro_rules! on_each_backend {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::db::DbConnection::Postgres($c) => $body,
            $crate::db::DbConnection::Sqlite($c) => $body,
        }
    };
}

/// Which of the two databases a connection speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the two names say it")]
pub enum Dialect {
    Postgres,
    Sqlite,
}

impl DbConnection {
    /// Which database this is; only raw SQL fragments ask.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::Postgres(_) => Dialect::Postgres,
            Self::Sqlite(_) => Dialect::Sqlite,
        }
    }
}

/// Where the data is: `sqlite:onit.db` or `postgres://…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A file on a local disk.
    Sqlite(PathBuf),
    /// A connection URL, which may hold a password: never logged.
    Postgres(String),
}

impl FromStr for Location {
    type Err = Error;

    fn from_str(url: &str) -> Result<Self> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path == ":memory:" {
                return Err(Error::Invalid(
                    "--database: SQLite needs a file, for example sqlite:onit.db".into(),
                ));
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        Err(Error::Invalid("--database: write sqlite:FILE or postgres://USER@HOST/NAME".into()))
    }
}

/// Opens connections for the pool; `r2d2`'s own diesel manager would try libpq with a file path first.
#[derive(Clone, Debug)]
pub struct Opener(Location);

impl r2d2::ManageConnection for Opener {
    type Connection = DbConnection;
    type Error = Error;

    fn connect(&self) -> Result<DbConnection> {
        connect(&self.0)
    }

    fn is_valid(&self, conn: &mut DbConnection) -> Result<()> {
        Ok(conn.batch_execute("SELECT 1")?)
    }

    fn has_broken(&self, conn: &mut DbConnection) -> bool {
        std::thread::panicking()
            || matches!(
                AnsiTransactionManager::transaction_manager_status_mut_of(conn),
                Err(diesel::result::Error::BrokenTransactionManager)
            )
    }
}

/// Asks a connection's transaction manager how it is; a broken one must leave the pool.
trait StatusOf {
    fn transaction_manager_status_mut_of(conn: &mut DbConnection) -> QueryResult<()>;
}

impl StatusOf for AnsiTransactionManager {
    fn transaction_manager_status_mut_of(conn: &mut DbConnection) -> QueryResult<()> {
        <DbConnection as Connection>::TransactionManager::transaction_manager_status_mut(conn)
            .transaction_depth()
            .map(|_| ())
    }
}

/// From here to its end this transaction is the only one that decides what belongs together. SQLite's write lock
/// does that from the first line; on PostgreSQL two programs would open two tickets for one problem, or turn a
/// report away because the other one was faster.
///
/// # Errors
/// `Database` only.
pub fn one_at_a_time(conn: &mut DbConnection) -> Result<()> {
    const LOCK: &str = "SELECT pg_advisory_xact_lock(7240312)";
    match conn {
        DbConnection::Postgres(c) => Ok(c.batch_execute(LOCK)?),
        DbConnection::Sqlite(_) => Ok(()),
    }
}

/// Opens one connection with the settings this product relies on.
///
/// # Errors
/// `Unavailable` when the file or server cannot be reached; the message never holds the URL's password.
pub fn connect(location: &Location) -> Result<DbConnection> {
    match location {
        Location::Sqlite(path) => {
            let name = path.to_string_lossy();
            let mut conn = SqliteConnection::establish(&name)
                .map_err(|e| Error::Unavailable(format!("cannot open the database file {name}: {e}")))?;
            // FULL: a ticket number given out must survive a power cut (NORMAL may lose the last commits).
            conn.batch_execute(
                "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                 PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -16000;",
            )?;
            conn.set_prepared_statement_cache_size(diesel::connection::CacheSize::Unbounded);
            Ok(DbConnection::Sqlite(conn))
        }
        Location::Postgres(url) => {
            let mut conn = PgConnection::establish(url)
                .map_err(|_| Error::Unavailable("cannot connect to PostgreSQL: is it running, and are user, host and name in --database right?".into()))?;
            conn.batch_execute("SET TIME ZONE 'UTC'; SET statement_timeout = '30s';")?;
            Ok(DbConnection::Postgres(conn))
        }
    }
}

/// The pool, shared by every thread of a process.
#[derive(Clone)]
pub struct Db {
    pool: r2d2::Pool<Opener>,
    location: Location,
}

/// A connection on loan from the pool.
pub type Loan = r2d2::PooledConnection<Opener>;

impl Db {
    /// Opens a pool of at most `size` connections and checks that one works.
    ///
    /// # Errors
    /// `Unavailable` when no connection can be made within 10 seconds.
    pub fn open(location: &Location, size: u32) -> Result<Self> {
        connect(location)?;
        let pool = r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(0))
            .test_on_check_out(false)
            .connection_timeout(Duration::from_secs(10))
            .build(Opener(location.clone()))?;
        Ok(Self { pool, location: location.clone() })
    }

    /// Where the data is.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// A connection for reading.
    ///
    /// # Errors
    /// `Unavailable` when all connections stay busy for 10 seconds.
    pub fn read(&self) -> Result<Loan> {
        Ok(self.pool.get()?)
    }

    /// Runs `work` in one write transaction: all of it is kept, or nothing.
    ///
    /// # Errors
    /// What `work` returns, or `Database` when the commit fails.
    pub fn write<T>(&self, work: impl FnOnce(&mut DbConnection) -> Result<T>) -> Result<T> {
        let mut loan = self.pool.get()?;
        write(&mut loan, work)
    }
}

/// Runs `work` in a transaction that takes SQLite's write lock at its first line; inside another one, a savepoint.
///
/// A deferred transaction that reads and then writes fails at once under load, whatever the busy timeout says
/// (89 of 800 failed when tried); an immediate one waits its turn.
///
/// # Errors
/// What `work` returns, or `Database` when beginning or committing fails.
pub fn write<T>(conn: &mut DbConnection, work: impl FnOnce(&mut DbConnection) -> Result<T>) -> Result<T> {
    type Manager = <DbConnection as Connection>::TransactionManager;
    let nested = Manager::transaction_manager_status_mut(conn).transaction_depth()?.is_some();
    match conn {
        DbConnection::Sqlite(sqlite) if !nested => {
            AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN IMMEDIATE")?;
        }
        _ => Manager::begin_transaction(conn)?,
    }
    match work(conn) {
        Ok(value) => {
            Manager::commit_transaction(conn)?;
            Ok(value)
        }
        Err(error) => match Manager::rollback_transaction(conn) {
            Ok(()) | Err(diesel::result::Error::BrokenTransactionManager) => Err(error),
            Err(rollback) => Err(rollback.into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        assert_eq!("sqlite:a.db".parse::<Location>().unwrap(), Location::Sqlite("a.db".into()));
        assert_eq!("sqlite:///tmp/a.db".parse::<Location>().unwrap(), Location::Sqlite("/tmp/a.db".into()));
        assert!("postgres://u@h/d".parse::<Location>().is_ok());
        assert!("sqlite:".parse::<Location>().is_err());
        assert!("mysql://x".parse::<Location>().is_err());
    }
}
