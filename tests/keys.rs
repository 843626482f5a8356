//! Keys of programs, on both databases: shown once, good for what is written on them, so many times an hour.

#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]

mod support;

use chrono::{DateTime, Duration, TimeZone, Utc};
use onit::accounts::keys::{self, ApiKey, KeyState, KeyText, NewKey, NoEntry, Scope};
use onit::db::{Db, connect, migrate};
use onit::error::Error;
use support::databases::{migrated_databases, sqlite};
use support::process::onit;

fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 27, 12, 30, 0).single().expect("a moment")
}

fn on_each_database(story: impl Fn(&Db)) {
    for database in migrated_databases("schema", |url| {
        migrate::run(&mut connect(&url.parse().expect("a URL")).expect("a connection")).expect("the schema");
    }) {
        story(&Db::open(&database.url.parse().expect("a URL"), 8).expect("a pool"));
    }
}

fn app_key(scopes: &[Scope]) -> NewKey<'_> {
    NewKey {
        name: "riverton-app",
        owner_name: "Ana Lopez",
        owner_contact: "ana@app.example",
        scopes,
        per_hour: 3,
        expires_at: Some(noon() + Duration::days(30)),
    }
}

fn made(db: &Db, new: &NewKey<'_>) -> (ApiKey, KeyText) {
    db.write(|conn| keys::add(conn, new, noon())).expect("a key")
}

#[test]
fn a_key_opens_what_is_written_on_it_until_its_end() {
    on_each_database(|db| {
        let (_, text) = made(db, &app_key(&[Scope::Open311]));
        let conn = &mut *db.read().expect("a connection");
        let mut check = |text: &KeyText, scope: Scope, at: DateTime<Utc>| {
            keys::check(conn, text, scope, at).expect("a look").map(|key| key.name)
        };
        let name = || Ok("riverton-app".to_owned());
        assert_eq!(check(&text, Scope::Open311, noon()), name());
        assert_eq!(check(&text, Scope::Sandbox, noon()), name(), "who may write may try");
        assert_eq!(check(&text, Scope::Export, noon()), Err(NoEntry::NotForThis));
        let last = noon() + Duration::days(30);
        assert_eq!(check(&text, Scope::Open311, last - Duration::seconds(1)), name());
        assert_eq!(check(&text, Scope::Open311, last), Err(NoEntry::NotKnown), "its end has come");
        let made_up = KeyText::parse("onit_made-up").expect("a text");
        assert_eq!(check(&made_up, Scope::Open311, noon()), Err(NoEntry::NotKnown));
        let upper = KeyText::parse(&text.reveal().to_uppercase()).expect("a text");
        assert_eq!(check(&upper, Scope::Open311, noon()), Err(NoEntry::NotKnown));
    });
}

#[test]
fn a_key_that_was_taken_back_opens_nothing() {
    on_each_database(|db| {
        let (_, text) = made(db, &app_key(&[Scope::Write, Scope::Read]));
        for _ in 0..2 {
            db.write(|conn| keys::revoke(conn, "riverton-app", noon())).expect("taken back");
        }
        let conn = &mut *db.read().expect("a connection");
        assert_eq!(
            keys::check(conn, &text, Scope::Write, noon()).expect("a look").map(|k| k.name),
            Err(NoEntry::NotKnown)
        );
        let all = keys::all(conn).expect("the list");
        assert_eq!((all.len(), all[0].state(noon())), (1, KeyState::Revoked), "the list remembers it");
        assert_eq!(all[0].scopes(), [Scope::Read, Scope::Write]);
        assert!(matches!(keys::revoke(conn, "no-such", noon()), Err(Error::NotFound(_))));
        assert!(matches!(keys::add(conn, &app_key(&[Scope::Read]), noon()), Err(Error::Conflict(_))));
    });
}

#[test]
fn a_key_counts_its_uses_by_the_hour_for_all_processes() {
    on_each_database(|db| {
        let (key, _) = made(db, &app_key(&[Scope::Open311]));
        let count = |at: DateTime<Utc>| db.write(|conn| keys::count_use(conn, &key, at)).expect("counted");
        let at_once: Vec<_> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..8).map(|_| scope.spawn(|| count(noon()))).collect();
            all.into_iter().map(|t| t.join().expect("no panic")).collect()
        });
        assert_eq!(at_once.iter().filter(|u| u.allowed).count(), 3, "{at_once:?}");
        let refused = count(noon());
        assert_eq!((refused.allowed, refused.limit, refused.left), (false, 3, 0));
        assert_eq!(refused.wait_s(noon()), 30 * 60 + 1);
        let next = count(refused.resets_at);
        assert_eq!((next.allowed, next.left), (true, 2), "a new hour");
    });
}

#[test]
fn what_a_key_needs() {
    on_each_database(|db| {
        let conn = &mut *db.read().expect("a connection");
        let good = app_key(&[Scope::Open311]);
        let cases: &[(&str, NewKey<'_>)] = &[
            ("name", NewKey { name: "  ", ..good.clone() }),
            ("owner", NewKey { owner_name: "", ..good.clone() }),
            ("contact", NewKey { owner_contact: "a\nb", ..good.clone() }),
            ("scope", NewKey { scopes: &[], ..good.clone() }),
            ("per hour", NewKey { per_hour: 0, ..good.clone() }),
            ("expires", NewKey { expires_at: Some(noon()), ..good.clone() }),
        ];
        for (what, new) in cases {
            let refused = keys::add(conn, new, noon()).expect_err(what).to_string();
            assert!(refused.starts_with(what), "{what}: {refused}");
        }
        assert!(keys::all(conn).expect("the list").is_empty());
    });
}

#[test]
fn the_command_line_shows_a_key_once() {
    let database = sqlite();
    let key = |args: &[&str]| onit(&[&["--database", &database.url, "key"], args].concat()).run();
    let owner = ["--owner", "Ana Lopez", "--contact", "ana@app.example"];
    let added = key(&[&["add", "app", "--scope", "open311", "--scope", "read"], &owner[..]].concat());
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    let text = added.stdout.trim();
    assert!(text.starts_with("onit_") && text.len() == 48, "{text}");
    assert!(!added.stderr.contains(text), "the key is data, not talk");

    let listed = key(&["list"]);
    assert!(listed.stdout.contains("app\tgood\topen311,read\t1000 an hour\tno end\tAna Lopez"), "{listed:?}");
    assert!(!listed.stdout.contains(text), "never again");
    let file = database.folder().expect("a folder").join("onit.db");
    let kept = std::fs::read(file).expect("the file");
    assert!(!kept.windows(text.len()).any(|w| w == text.as_bytes()), "only the digest is kept");

    assert_eq!(key(&["revoke", "app"]).code, Some(0));
    assert!(key(&["--json", "list"]).stdout.contains("\"state\":\"revoked\""));
    let strange = key(&[&["add", "app2", "--scope", "all"], &owner[..]].concat());
    assert!(strange.code == Some(1) && strange.stderr.contains("--scope"), "{}", strange.stderr);
    assert_eq!(key(&["revoke", "nobody"]).code, Some(1));
}
