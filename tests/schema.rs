//! Two databases, one shape: the migrations of both folders, the tables the program names, and what a backup takes.

#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::Text;
use onit::db::{DbConnection, Dialect, connect, migrate, snapshot};
use support::databases::databases;

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    nullable: String,
}

/// Tables and columns as the database itself tells them: (name, kind, may be empty), in their order.
type Shape = BTreeMap<String, Vec<(String, String, bool)>>;

fn shape(conn: &mut DbConnection) -> Shape {
    let sql = match conn.dialect() {
        Dialect::Sqlite => {
            "SELECT m.name AS table_name, p.name AS column_name, p.type AS kind, \
             CASE WHEN p.\"notnull\" = 1 THEN 'NO' ELSE 'YES' END AS nullable \
             FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' \
             AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' ORDER BY m.name, p.cid"
        }
        Dialect::Postgres => {
            "SELECT table_name::text, column_name::text, data_type::text AS kind, is_nullable::text AS nullable \
             FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%' \
             ORDER BY table_name, ordinal_position"
        }
    };
    let rows: Vec<Column> = diesel::sql_query(sql).load(conn).expect("the shape");
    let mut shape = Shape::new();
    for row in rows {
        let may_be_empty = row.nullable == "YES";
        shape.entry(row.table_name).or_default().push((row.column_name, kind(&row.kind), may_be_empty));
    }
    shape
}

/// One word for what both databases keep under different names.
fn kind(name: &str) -> String {
    match name.to_lowercase().as_str() {
        "integer" | "bigint" => "number",
        "double" | "double precision" => "fraction",
        "boolean" => "truth",
        "bytea" | "blob" => "bytes",
        // SQLite keeps a moment as text.
        "timestamp with time zone" | "text" => "text",
        other => other,
    }
    .to_owned()
}

fn migrated(url: &str) -> DbConnection {
    let mut conn = connect(&url.parse().expect("a URL")).expect("a connection");
    migrate::run(&mut conn).expect("the schema");
    conn
}

#[test]
fn both_folders_of_migrations_make_one_shape() {
    let shapes: Vec<(&str, Shape)> =
        databases().iter().map(|d| (d.kind, shape(&mut migrated(&d.url)))).collect();
    let (_, first) = &shapes[0];
    assert!(first.len() > 20, "{:?}", first.keys());
    for (kind, other) in &shapes[1..] {
        assert_eq!(first.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>(), "{kind}");
        for (table, columns) in first {
            assert_eq!(columns, &other[table], "{kind}: {table}");
        }
    }
}

/// The tables of `src/db/schema.rs`, read as text: (column, may be empty), in their order.
fn named_in_code() -> BTreeMap<String, Vec<(String, bool)>> {
    let text = std::fs::read_to_string(support::root().join("src/db/schema.rs")).expect("schema.rs");
    let mut tables = BTreeMap::new();
    let mut table: Option<String> = None;
    for line in text.lines().map(str::trim) {
        if let Some((name, _)) = line.split_once(" (").filter(|(_, rest)| rest.ends_with(") {")) {
            table = Some(name.to_owned());
            tables.insert(name.to_owned(), Vec::new());
        } else if line == "}" {
            table = None;
        } else if let (Some(name), Some((column, kind))) =
            (&table, line.trim_end_matches(',').split_once(" -> "))
        {
            let columns: &mut Vec<(String, bool)> = tables.get_mut(name).expect("begun");
            columns.push((column.trim_start_matches("r#").to_owned(), kind.starts_with("Nullable")));
        }
    }
    tables
}

#[test]
fn the_program_names_what_the_migrations_make() {
    let code = named_in_code();
    for database in databases() {
        let made = shape(&mut migrated(&database.url));
        let names = |keys: Vec<&String>| keys.into_iter().cloned().collect::<BTreeSet<_>>();
        assert_eq!(names(code.keys().collect()), names(made.keys().collect()), "{}", database.kind);
        for (table, columns) in &code {
            let made: Vec<(String, bool)> =
                made[table].iter().map(|(name, _, empty)| (name.clone(), *empty)).collect();
            assert_eq!(columns, &made, "{}: {table}", database.kind);
        }
    }
}

#[test]
fn a_backup_takes_every_table() {
    let named: BTreeSet<&str> = snapshot::TABLES.iter().copied().collect();
    assert_eq!(named.len(), snapshot::TABLES.len(), "each once");
    for database in databases() {
        let made = shape(&mut migrated(&database.url));
        let made: BTreeSet<&str> = made.keys().map(String::as_str).collect();
        assert_eq!(named, made, "{}: a table that no backup takes is lost with the machine", database.kind);
    }
}

#[test]
fn every_table_loads() {
    for database in databases() {
        let mut conn = migrated(&database.url);
        for table in snapshot::TABLES {
            let rows: Vec<onit_row::Any> = diesel::sql_query(format!("SELECT count(*) AS n FROM {table}"))
                .load(&mut conn)
                .unwrap_or_else(|e| panic!("{}: {table}: {e}", database.kind));
            assert_eq!(rows[0].n, 0, "{}: {table}", database.kind);
        }
    }
}

mod onit_row {
    use diesel::sql_types::BigInt;

    #[derive(diesel::QueryableByName)]
    pub struct Any {
        #[diesel(sql_type = BigInt)]
        pub n: i64,
    }
}

#[test]
fn migrating_twice_changes_nothing_and_two_at_once_are_fine() {
    for database in databases() {
        let done: Vec<Result<usize, String>> = std::thread::scope(|scope| {
            let running: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        let mut conn =
                            connect(&database.url.parse().expect("a URL")).map_err(|e| e.to_string())?;
                        migrate::run(&mut conn).map(|names| names.len()).map_err(|e| e.to_string())
                    })
                })
                .collect();
            running.into_iter().map(|r| r.join().expect("no panic")).collect()
        });
        let failed: Vec<_> = done.iter().filter(|d| d.is_err()).collect();
        assert!(
            failed.is_empty(),
            "{}: `onit serve` and `onit work` start at the same moment: {failed:?}",
            database.kind
        );
        assert_eq!(
            migrate::pending(&mut connect(&database.url.parse().expect("a URL")).expect("c"))
                .expect("a count"),
            0
        );
    }
}
