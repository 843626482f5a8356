//! The whole database as files, taken while others write, and back again.
//!
//! SQLite makes a copy of itself (`VACUUM INTO`); PostgreSQL is read table by table in one snapshot, a JSON row a line,
//! so that neither needs a tool beside this program.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::types::{Instant, Ts};
use super::{DbConnection, Location, connect, migrate, write};
use crate::error::{Error, Result};

/// Every table, parents first; a test compares the list with the migrations.
pub const TABLES: &[&str] = &[
    "people",
    "posts",
    "post_versions",
    "readings",
    "concerns",
    "tickets",
    "ticket_places",
    "joins",
    "suggestions",
    "ticket_history",
    "routings",
    "clocks",
    "coverages",
    "work_orders",
    "work_order_tickets",
    "crew_links",
    "notes",
    "questions",
    "channel_accounts",
    "channel_sessions",
    "seen_posts",
    "me_too",
    "outbox",
    "promises",
    "foreign_posts",
    "watched_posts",
    "photos",
    "users",
    "sessions",
    "sign_in_tries",
    "api_keys",
    "open311_requests",
    "open311_updates",
    "followers",
    "mails",
    "duty_pages",
    "jobs",
    "switches",
    "counters",
    "world_versions",
    "world_parts",
    "model_versions",
    "audit",
];
/// Tables whose key is a word or a version, not a counted number.
const NAMED: &[&str] = &["switches", "counters", "world_versions", "model_versions"];
/// The column that counts the rows of a table, where it is not its own `id`.
const KEYED: &[(&str, &str)] = &[("ticket_places", "ticket_id")];
/// Rows a statement when reading or writing.
const ROWS: i64 = 1_000;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct RowWithId {
    #[diesel(sql_type = Text)]
    line: String,
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Writes the database into `folder` and returns the files, with the word for its kind.
///
/// # Errors
/// `Unavailable` when a file cannot be written, `Database` when the data cannot be read.
pub fn take(location: &Location, folder: &Path) -> Result<(&'static str, Vec<PathBuf>)> {
    let mut conn = connect(location)?;
    match &mut conn {
        DbConnection::Sqlite(sqlite) => {
            let file = folder.join("database.sqlite");
            diesel::sql_query("VACUUM INTO $1")
                .bind::<Text, _>(file.to_string_lossy().as_ref())
                .execute(sqlite)?;
            Ok(("sqlite", vec![file]))
        }
        DbConnection::Postgres(postgres) => {
            postgres.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
            let files = TABLES.iter().map(|table| take_table(postgres, table, folder)).collect::<Result<_>>();
            postgres.batch_execute("ROLLBACK")?;
            Ok(("postgres", files?))
        }
    }
}

fn take_table(conn: &mut PgConnection, table: &str, folder: &Path) -> Result<PathBuf> {
    let path = folder.join(format!("{table}.jsonl"));
    let mut out = BufWriter::new(File::create(&path)?);
    if NAMED.contains(&table) {
        let rows: Vec<Row> =
            diesel::sql_query(format!("SELECT row_to_json(t)::text AS line FROM {table} t")).load(conn)?;
        for row in rows {
            writeln!(out, "{}", row.line)?;
        }
        out.flush()?;
        return Ok(path);
    }
    // The gazetteer's rows are a megabyte each: few at a time.
    let at_once = if table == "world_parts" { 4 } else { ROWS };
    let key = KEYED.iter().find(|(keyed, _)| *keyed == table).map_or("id", |(_, key)| key);
    let sql = format!(
        "SELECT row_to_json(t)::text AS line, {key} AS id FROM {table} t WHERE {key} > $1 ORDER BY {key} \
         LIMIT {at_once}"
    );
    let mut last = 0;
    loop {
        let rows: Vec<RowWithId> = diesel::sql_query(&sql).bind::<BigInt, _>(last).load(conn)?;
        let Some(newest) = rows.last() else { break };
        last = newest.id;
        for row in &rows {
            writeln!(out, "{}", row.line)?;
        }
    }
    out.flush()?;
    Ok(path)
}

/// Brings a snapshot back into an empty database.
///
/// # Errors
/// `Conflict` when there is data already, `Invalid` when the snapshot is of the other kind.
pub fn bring_back(location: &Location, kind: &str, folder: &Path) -> Result<()> {
    match (location, kind) {
        (Location::Sqlite(path), "sqlite") => {
            if path.exists() {
                return Err(Error::Conflict(format!(
                    "{} exists: name a new file with --database",
                    path.display()
                )));
            }
            // SQLite would play what an older database left in its log into the restored one.
            for left in ["-wal", "-shm", "-journal"] {
                let mut name = path.clone().into_os_string();
                name.push(left);
                if Path::new(&name).exists() {
                    return Err(Error::Conflict(format!(
                        "{} was left by another database: remove it, or name a new file with --database",
                        Path::new(&name).display()
                    )));
                }
            }
            let source = folder.join("database.sqlite");
            std::fs::copy(&source, path)?;
            let mut conn = connect(location)?;
            check_sqlite(&mut conn)?;
            migrate::run(&mut conn).map(|_| ())
        }
        (Location::Postgres(_), "postgres") => {
            let mut conn = connect(location)?;
            migrate::run(&mut conn)?;
            let DbConnection::Postgres(postgres) = &mut conn else { return Ok(()) };
            postgres.transaction::<_, Error, _>(|c| {
                for table in TABLES {
                    bring_table(c, table, folder)?;
                }
                Ok(())
            })
        }
        (_, kind) => Err(Error::Invalid(format!(
            "this backup is of a {kind} database: name one of the same kind with --database"
        ))),
    }
}

/// What was on its way when the backup was made may stand on its network since then: sending is stopped, and each
/// unsent reply is looked for before it may go.
///
/// # Errors
/// `Database` only.
pub fn hold_replies(location: &Location, now: Ts) -> Result<usize> {
    let conn = &mut connect(location)?;
    write(conn, |conn| {
        let stop = "INSERT INTO switches (name, value, by_name, at) VALUES ('sending', 'stopped', 'onit restore', $1) \
                    ON CONFLICT (name) DO UPDATE SET value = 'stopped', by_name = excluded.by_name, at = excluded.at";
        diesel::sql_query(stop).bind::<Instant, _>(now).execute(conn)?;
        let look = "UPDATE outbox SET state = 'unknown', why = 'restored: checking whether it arrived', looked = 0, \
                    first_attempt_at = COALESCE(first_attempt_at, created_at), run_at = $1, leased_until = $2 \
                    WHERE state IN ('queued', 'sending')";
        Ok(diesel::sql_query(look).bind::<Instant, _>(now).bind::<Instant, _>(Ts::LONG_AGO).execute(conn)?)
    })
}

fn check_sqlite(conn: &mut DbConnection) -> Result<()> {
    #[derive(QueryableByName)]
    struct Verdict {
        #[diesel(sql_type = Text)]
        integrity_check: String,
    }
    let verdict: Vec<Verdict> = diesel::sql_query("PRAGMA integrity_check").load(conn)?;
    match verdict.first() {
        Some(v) if v.integrity_check == "ok" => Ok(()),
        other => Err(Error::Invalid(format!(
            "the restored database is damaged: {}",
            other.map_or("no answer", |v| v.integrity_check.as_str())
        ))),
    }
}

fn bring_table(conn: &mut PgConnection, table: &str, folder: &Path) -> Result<()> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let there: Count = diesel::sql_query(format!("SELECT count(*) AS n FROM {table}")).get_result(conn)?;
    if there.n > 0 {
        return Err(Error::Conflict(format!("the database is not empty ({table} has {} rows)", there.n)));
    }
    let sql = format!("INSERT INTO {table} SELECT * FROM json_populate_recordset(NULL::{table}, $1::json)");
    let mut rows = Vec::new();
    let mut bytes = 0;
    for line in BufReader::new(File::open(folder.join(format!("{table}.jsonl")))?).lines() {
        let line = line?;
        bytes += line.len();
        rows.push(line);
        if rows.len() >= 1_000 || bytes > 8_000_000 {
            diesel::sql_query(&sql).bind::<Text, _>(format!("[{}]", rows.join(","))).execute(conn)?;
            rows.clear();
            bytes = 0;
        }
    }
    if !rows.is_empty() {
        diesel::sql_query(&sql).bind::<Text, _>(format!("[{}]", rows.join(","))).execute(conn)?;
    }
    if !NAMED.contains(&table) && !KEYED.iter().any(|(keyed, _)| *keyed == table) {
        let next = format!(
            "SELECT setval(pg_get_serial_sequence('{table}', 'id'), COALESCE((SELECT max(id) FROM {table}), 1), \
             (SELECT count(*) > 0 FROM {table})) AS n"
        );
        #[derive(QueryableByName)]
        struct Set {
            #[diesel(sql_type = Nullable<BigInt>)]
            n: Option<i64>,
        }
        let set: Set = diesel::sql_query(next).get_result(conn)?;
        let _ = set.n;
    }
    Ok(())
}
