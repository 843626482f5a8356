//! A fresh database for each test, on both systems: a SQLite file, and a database of its own in the
//! throw-away PostgreSQL cluster of `scripts/test-postgres.sh`. Gone when the value is dropped.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, RunQueryDsl};

/// One empty or migrated database.
pub struct TestDatabase {
    /// `SQLite` or `PostgreSQL`, for messages.
    pub kind: &'static str,
    /// What `--database` takes.
    pub url: String,
    guard: Guard,
}

enum Guard {
    Folder(tempfile::TempDir),
    /// The cluster's own URL and the database's name.
    Cluster(String, String),
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Guard::Cluster(cluster, name) = &self.guard
            && let Ok(mut conn) = PgConnection::establish(cluster)
        {
            // FORCE ends the connections of a process that was killed a moment ago.
            drop(conn.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")));
        }
    }
}

impl TestDatabase {
    /// The folder of a SQLite database, for files that belong beside it.
    pub fn folder(&self) -> Option<&std::path::Path> {
        match &self.guard {
            Guard::Folder(folder) => Some(folder.path()),
            Guard::Cluster(..) => None,
        }
    }
}

/// One empty database of each kind; PostgreSQL is skipped by name where it is not installed.
pub fn databases() -> Vec<TestDatabase> {
    let story = super::story();
    let postgres = cluster(&story).map(|cluster| postgres_like(&cluster, "template0"));
    [sqlite()].into_iter().chain(postgres).collect()
}

/// One database of each kind with the schema in it. `migrate` is given a URL and must close what it opens.
/// PostgreSQL runs it once and copies the result, which is faster; `schema` names that copy, so two different
/// `migrate` need two names.
pub fn migrated_databases(schema: &str, migrate: impl Fn(&str)) -> Vec<TestDatabase> {
    let story = super::story();
    let file = sqlite();
    migrate(&file.url);
    let postgres = cluster(&story).map(|cluster| {
        let template = template(&cluster, schema, &migrate);
        postgres_like(&cluster, &template)
    });
    [file].into_iter().chain(postgres).collect()
}

/// An empty SQLite file in a folder of its own.
pub fn sqlite() -> TestDatabase {
    let folder = tempfile::tempdir().expect("a folder for the database");
    let url = format!("sqlite:{}", folder.path().join("onit.db").display());
    TestDatabase { kind: "SQLite", url, guard: Guard::Folder(folder) }
}

/// An empty PostgreSQL database; None (and a word about it) where PostgreSQL is not installed.
pub fn postgres() -> Option<TestDatabase> {
    Some(postgres_like(&cluster(&super::story())?, "template0"))
}

/// The cluster's URL, started if need be; None where PostgreSQL is not installed. `make test` starts it
/// before the tests and hands its URL over in `ONIT_TEST_POSTGRES`.
pub fn cluster_url() -> Option<String> {
    if let Ok(url) = std::env::var("ONIT_TEST_POSTGRES") {
        return Some(url).filter(|url| !url.is_empty());
    }
    let script = super::root().join("scripts/test-postgres.sh");
    let started = Command::new("bash").arg(script).arg("start").stdin(Stdio::null()).output();
    let started = started.expect("bash");
    match started.status.code() {
        Some(0) => Some(String::from_utf8_lossy(&started.stdout).trim().to_owned()),
        // The script's word for "not installed".
        Some(3) => None,
        _ => panic!("PostgreSQL did not start: {}", String::from_utf8_lossy(&started.stderr)),
    }
}

fn cluster(story: &str) -> Option<String> {
    let url = cluster_url();
    if url.is_none() {
        super::skip("PostgreSQL not installed", &format!("{story} on PostgreSQL"));
    }
    url
}

fn admin(cluster: &str) -> PgConnection {
    PgConnection::establish(cluster).unwrap_or_else(|e| panic!("the test cluster at {cluster}: {e}"))
}

fn postgres_like(cluster: &str, template: &str) -> TestDatabase {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    // A process id may be used again, also inside a namespace: the random half keeps names apart.
    let random: u32 = random_word();
    let name = format!("t_{}_{count}_{random:08x}", std::process::id());
    let create = format!("CREATE DATABASE {name} TEMPLATE {template}");
    admin(cluster).batch_execute(&create).unwrap_or_else(|e| panic!("{create}: {e}"));
    let url = in_cluster(cluster, &name);
    TestDatabase { kind: "PostgreSQL", url, guard: Guard::Cluster(cluster.to_owned(), name) }
}

/// The cluster's URL with another database in it: `postgres:///postgres?host=…` becomes `postgres:///NAME?host=…`.
fn in_cluster(cluster: &str, name: &str) -> String {
    let (before, query) = cluster.split_once('?').unwrap_or((cluster, ""));
    let server = before.rsplit_once('/').map_or(before, |(server, _)| server);
    format!("{server}/{name}?{query}")
}

/// The name of a migrated database to copy, made by whoever comes first.
fn template(cluster: &str, schema: &str, migrate: &impl Fn(&str)) -> String {
    let name = format!("{schema}_{:016x}", fingerprint());
    let mut conn = admin(cluster);
    // Held until this connection closes, also when a migration panics.
    diesel::sql_query("SELECT pg_advisory_lock(41)").execute(&mut conn).expect("the template's lock");
    let known = diesel::sql_query(format!("SELECT FROM pg_database WHERE datname = '{name}'"))
        .execute(&mut conn)
        .expect("the list of databases");
    if known == 0 {
        let half = format!("{name}_half");
        conn.batch_execute(&format!("DROP DATABASE IF EXISTS {half} WITH (FORCE)"))
            .expect("no half template");
        conn.batch_execute(&format!("CREATE DATABASE {half} TEMPLATE template0")).expect("a template");
        migrate(&in_cluster(cluster, &half));
        conn.batch_execute(&format!("ALTER DATABASE {half} RENAME TO {name}"))
            .expect("`migrate` must close its connections");
    }
    name
}

/// Changes whenever a migration changes.
fn fingerprint() -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    super::source::files(super::root(), "migrations", &[".sql"]).hash(&mut hasher);
    hasher.finish()
}

fn random_word() -> u32 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    // Each RandomState is seeded by the system: enough to keep names apart, and no dependency.
    u32::try_from(RandomState::new().build_hasher().finish() >> 32).unwrap_or_default()
}
