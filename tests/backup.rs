//! A backup taken while others write, brought back into a new place: the same rows, the same chains, the same photos,
//! and nothing is said twice because of it.

#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]

#[path = "support/audit.rs"]
mod audit;
mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use onit::db::{connect, snapshot};
use onit::tickets;
use support::databases::{TestDatabase, databases, postgres, sqlite};
use support::process::{Finished, onit};

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

/// Rows of every table.
fn rows(url: &str) -> BTreeMap<&'static str, i64> {
    let mut conn = connect(&url.parse().expect("a URL")).expect("a connection");
    let one = |table: &&'static str| {
        let n: Count = diesel::sql_query(format!("SELECT count(*) AS n FROM {table}"))
            .get_result(&mut conn)
            .expect(table);
        (*table, n.n)
    };
    snapshot::TABLES.iter().map(one).collect()
}

/// The newest hash of every ticket's chain; panics where a chain is broken.
fn heads(url: &str) -> Vec<String> {
    let mut conn = connect(&url.parse().expect("a URL")).expect("a connection");
    let ids = tickets::ids_after(&mut conn, 0, 10_000).expect("tickets");
    let head = |id: i64| {
        let history = tickets::history_of(&mut conn, id).expect("history");
        assert!(tickets::history::broken_link(&history).is_none(), "ticket {id}");
        history.last().map(|h| h.hash.clone()).unwrap_or_default()
    };
    ids.into_iter().map(head).collect()
}

fn sql(url: &str, sql: &str) {
    let mut conn = connect(&url.parse().expect("a URL")).expect("a connection");
    diesel::sql_query(sql).execute(&mut conn).expect(sql);
}

fn words(url: &str, sql: &str) -> Vec<String> {
    let mut conn = connect(&url.parse().expect("a URL")).expect("a connection");
    diesel::sql_query(sql).load::<Word>(&mut conn).expect(sql).into_iter().map(|w| w.word).collect()
}

/// A folder of settings whose photos lie in `media`.
fn settings(folder: &Path, media: &Path) -> PathBuf {
    let to = folder.join("config");
    copy(&support::root().join("config"), &to);
    let path = to.join("onit.toml");
    let text = std::fs::read_to_string(&path).expect("onit.toml");
    let line = |l: &str| {
        let is_media = l.trim_start().starts_with("media_dir");
        if is_media { format!("media_dir = {:?}", media.display().to_string()) } else { l.to_owned() }
    };
    std::fs::write(&path, text.lines().map(line).collect::<Vec<_>>().join("\n")).expect("onit.toml");
    to
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").filter_map(Result::ok) {
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            std::fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
        }
    }
}

fn run(config: &Path, url: &str, args: &[&str], input: &[u8]) -> Finished {
    let mut all = args.to_vec();
    let config = config.to_string_lossy().into_owned();
    all.extend(["--config", &config, "--database", url]);
    onit(&all).run_with(input)
}

fn posts(from: usize, n: usize) -> Vec<u8> {
    let kinds = [
        "Street light out at Broad & Market",
        "Deep pothole at Jefferson St and Market St",
        "Thank you \u{1f600} \"all\"\\n",
    ];
    let line = |n: usize| {
        serde_json::json!({"id": n.to_string(), "text": kinds[n % 3], "author": {"id": format!("p{n}"), "name": "José ñ"}}).to_string()
    };
    (from..from + n).map(line).collect::<Vec<_>>().join("\n").into_bytes()
}

struct Place {
    folder: tempfile::TempDir,
    config: PathBuf,
    media: PathBuf,
}

fn place() -> Place {
    let folder = tempfile::tempdir().expect("a folder");
    let media = folder.path().join("media");
    let config = settings(folder.path(), &media);
    Place { config, media, folder }
}

/// A city with streets, people and photos on this database.
fn city(database: &TestDatabase, place: &Place) {
    let streets = support::root().join("config/example-city");
    let (streets, columns) =
        (streets.to_string_lossy().into_owned(), streets.join("columns.toml").to_string_lossy().into_owned());
    let done =
        run(&place.config, &database.url, &["import", "gazetteer", &streets, "--columns", &columns], b"");
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let done = run(
        &place.config,
        &database.url,
        &["user", "add", "dana@riverton.example", "--name", "Dana", "--role", "admin"],
        b"",
    );
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert_eq!(run(&place.config, &database.url, &["receive", "-"], &posts(0, 90)).code, Some(0));
    let photo = place.media.join("ab").join("cd");
    std::fs::create_dir_all(&photo).expect("a folder");
    std::fs::write(photo.join(format!("abcd{}.jpg", "0".repeat(60))), b"a photo").expect("a photo");
}

fn fresh(like: &TestDatabase) -> TestDatabase {
    if like.kind == "SQLite" { sqlite() } else { postgres().expect("PostgreSQL was there a moment ago") }
}

#[test]
fn backed_up_while_others_write_and_brought_back() {
    for database in databases() {
        let here = place();
        city(&database, &here);
        let file = here.folder.path().join("city.backup.tar");
        let file_name = file.to_string_lossy().into_owned();
        let done = std::thread::scope(|scope| {
            let writing =
                scope.spawn(|| run(&here.config, &database.url, &["receive", "-"], &posts(1_000, 240)));
            std::thread::sleep(std::time::Duration::from_millis(150));
            let done = run(&here.config, &database.url, &["backup", &file_name], b"");
            assert_eq!(writing.join().expect("no panic").code, Some(0));
            done
        });
        assert_eq!(done.code, Some(0), "{}: {}", database.kind, done.stderr);

        let (there, target) = (place(), fresh(&database));
        let restored = run(&there.config, &target.url, &["restore", &file_name], b"");
        assert_eq!(restored.code, Some(0), "{}: {}", database.kind, restored.stderr);
        let photo = there.media.join("ab").join("cd").join(format!("abcd{}.jpg", "0".repeat(60)));
        assert_eq!(std::fs::read(photo).expect("the photo"), b"a photo");
        let (then, now) = (rows(&database.url), rows(&target.url));
        assert!(now["posts"] >= 90 && now["posts"] <= then["posts"], "{}: {now:?}", database.kind);
        let mut conn = connect(&target.url.parse().expect("a URL")).expect("a connection");
        let found = audit::database(&mut conn);
        assert!(
            found.is_empty(),
            "{}: a half-written moment was taken:\n{}",
            database.kind,
            found.join("\n")
        );
        heads(&target.url);

        // Work goes on where it stood: new numbers, new rows, no clash.
        let more = run(&there.config, &target.url, &["receive", "-"], &posts(5_000, 30));
        assert_eq!(more.code, Some(0), "{}: {}{}", database.kind, more.stdout, more.stderr);
        let doctor = run(&there.config, &target.url, &["doctor"], b"");
        assert!(doctor.stdout.contains("chains are whole"), "{}", doctor.stdout);
    }
}

#[test]
fn nothing_is_lost_and_nothing_is_added() {
    for database in databases() {
        let here = place();
        city(&database, &here);
        let file = here.folder.path().join("city.backup.tar").to_string_lossy().into_owned();
        assert_eq!(run(&here.config, &database.url, &["backup", &file], b"").code, Some(0));
        let (there, target) = (place(), fresh(&database));
        assert_eq!(run(&there.config, &target.url, &["restore", &file], b"").code, Some(0));
        let (mut then, mut now) = (rows(&database.url), rows(&target.url));
        // The stop that a restore puts on sending is a row of its own.
        then.remove("switches");
        now.remove("switches");
        assert_eq!(then, now, "{}", database.kind);
        assert_eq!(heads(&database.url), heads(&target.url), "{}", database.kind);
        for table in ["posts", "tickets", "concerns", "joins", "ticket_history"] {
            let all = format!(
                "SELECT CAST(count(*) AS TEXT) || '/' || CAST(max(id) AS TEXT) || '/' || CAST(sum(id) AS TEXT) AS word FROM {table}"
            );
            assert_eq!(words(&database.url, &all), words(&target.url, &all), "{}: {table}", database.kind);
        }
        // Into a place that holds something: refused, and nothing there is touched.
        let again = run(&there.config, &target.url, &["restore", &file], b"");
        assert_eq!(again.code, Some(1), "{}", again.stderr);
        assert_eq!(rows(&target.url)["posts"], then["posts"]);
        // A database of the other kind.
        let other = if database.kind == "SQLite" { postgres() } else { Some(sqlite()) };
        if let Some(other) = other {
            let refused = run(&there.config, &other.url, &["restore", &file], b"");
            assert_eq!(refused.code, Some(1));
            assert!(refused.stderr.contains("same kind"), "{}", refused.stderr);
        }
    }
}

#[test]
fn what_was_on_its_way_is_looked_for_before_it_goes() {
    for database in databases() {
        let here = place();
        city(&database, &here);
        // A reply that was queued when the backup was made.
        sql(
            &database.url,
            "INSERT INTO outbox (event_key, kind, post_id, person_id, account_id, channel, to_local_id, to_uri, text, visibility, \
             language, state, why, automatic, drafted_by, idempotency_key, lease, leased_until, attempts, looked, run_at, created_at, updated_at) \
             SELECT 'k', 'on_it', id, person_id, NULL, 'mastodon', '1', uri, 'On it.', 'unlisted', 'en', 'queued', '', TRUE, 'OnIt', 'key', 0, \
             received_at, 0, 0, received_at, received_at, received_at FROM posts ORDER BY id LIMIT 1",
        );
        let file = here.folder.path().join("city.backup.tar").to_string_lossy().into_owned();
        assert_eq!(run(&here.config, &database.url, &["backup", &file], b"").code, Some(0));
        let (there, target) = (place(), fresh(&database));
        let restored = run(&there.config, &target.url, &["restore", &file], b"");
        assert_eq!(restored.code, Some(0), "{}", restored.stderr);
        assert_eq!(
            words(&target.url, "SELECT state AS word FROM outbox"),
            ["unknown"],
            "it may stand there since then"
        );
        assert_eq!(
            words(&target.url, "SELECT value AS word FROM switches WHERE name = 'sending'"),
            ["stopped"]
        );
        assert!(restored.stderr.contains("sending is stopped"), "{}", restored.stderr);
    }
}

#[test]
fn a_cut_or_altered_archive_is_refused_whole() {
    for database in databases() {
        let here = place();
        city(&database, &here);
        let file = here.folder.path().join("city.backup.tar");
        assert_eq!(run(&here.config, &database.url, &["backup", &file.to_string_lossy()], b"").code, Some(0));
        let whole = std::fs::read(&file).expect("the archive");
        let bad = here.folder.path().join("bad.tar");
        let bad_name = bad.to_string_lossy().into_owned();
        let cut = whole[..whole.len() / 2].to_vec();
        let mut altered = whole.clone();
        let middle = whole.len() / 2;
        altered[middle] ^= 0x20;
        for (what, bytes) in [
            ("cut", cut),
            ("altered", altered),
            ("empty", Vec::new()),
            ("nothing of ours", b"PK\x03\x04".repeat(600)),
        ] {
            std::fs::write(&bad, bytes).expect("written");
            let (there, target) = (place(), fresh(&database));
            let refused = run(&there.config, &target.url, &["restore", &bad_name], b"");
            assert_eq!(refused.code, Some(1), "{} {what}: {}", database.kind, refused.stderr);
            assert!(!refused.stderr.contains("panicked"), "{}", refused.stderr);
            assert!(!there.media.exists(), "{what}: nothing is written");
            if let Some(folder) = target.folder() {
                assert_eq!(
                    std::fs::read_dir(folder).expect("a folder").count(),
                    0,
                    "{what}: no half database"
                );
            }
            let checked = run(&there.config, &target.url, &["restore", "--verify", &bad_name], b"");
            assert_eq!(checked.code, Some(1));
        }
        // An existing file is never overwritten.
        assert_eq!(run(&here.config, &database.url, &["backup", &file.to_string_lossy()], b"").code, Some(1));
    }
}

#[test]
fn what_an_older_database_left_is_not_played_into_the_new_one() {
    let database = sqlite();
    let here = place();
    city(&database, &here);
    let file = here.folder.path().join("city.backup.tar").to_string_lossy().into_owned();
    assert_eq!(run(&here.config, &database.url, &["backup", &file], b"").code, Some(0));
    let (there, target) = (place(), sqlite());
    std::fs::write(target.folder().expect("a folder").join("onit.db-wal"), b"frames of another life")
        .expect("a log");
    let refused = run(&there.config, &target.url, &["restore", &file], b"");
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    assert!(refused.stderr.contains("-wal"), "{}", refused.stderr);
}
