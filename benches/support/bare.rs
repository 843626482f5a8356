//! The bare loop: the rows that a finished journey left, put into an empty database and nothing else.
//!
//! Same tables, columns, values and indexes, same number of rows in each transaction, one prepared statement a table,
//! values ready to bind. It reads nothing, decides nothing, formats nothing and updates nothing: each row goes in
//! once, as it was at the end. So it is the fastest that one thread can put these rows into this database.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Double, Nullable, Text};
use diesel::sqlite::{Sqlite, SqliteConnection};
use onit::db::{self, DbConnection, Location};

/// Tables a journey fills, parents first; the moment of the group that a row came in; the post it came with.
const TABLES: [(&str, &str, &str); 12] = [
    (
        "people",
        "(SELECT min(received_at) FROM posts WHERE person_id = t.id)",
        "(SELECT min(id) FROM posts WHERE person_id = t.id)",
    ),
    ("posts", "received_at", "id"),
    ("readings", "created_at", "post_id"),
    ("concerns", "created_at", "post_id"),
    ("tickets", "opened_at", "(SELECT min(post_id) FROM joins WHERE ticket_id = t.id)"),
    ("joins", "created_at", "post_id"),
    (
        "ticket_history",
        "at",
        "(SELECT max(post_id) FROM joins WHERE ticket_id = t.ticket_id AND created_at = t.at)",
    ),
    ("promises", "made_at", "(SELECT min(post_id) FROM joins WHERE ticket_id = t.ticket_id)"),
    ("questions", "asked_at", "post_id"),
    ("outbox", "created_at", "post_id"),
    ("duty_pages", "created_at", "(SELECT min(post_id) FROM joins WHERE ticket_id = t.ticket_id)"),
    ("jobs", "created_at", "NULL"),
];

enum Value {
    Null,
    Int(i64),
    Real(f64),
    Words(String),
}

/// Rows by group, in the order they were made: post by post, parents first.
pub struct Rows {
    groups: Vec<Vec<(usize, Vec<Value>)>>,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Nullable<Text>)]
    moment: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    post: Option<i64>,
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Rows of one table in one group: their place in the order and their values.
type Lines = Vec<(usize, Vec<Value>)>;

impl Rows {
    /// Takes everything a journey wrote out of its database.
    pub fn of(conn: &mut SqliteConnection) -> Self {
        let mut groups: BTreeMap<String, BTreeMap<i64, Lines>> = BTreeMap::new();
        for (n, (table, moment, post)) in TABLES.iter().enumerate() {
            let sql = format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid");
            let columns: Vec<Column> = diesel::sql_query(sql).load(conn).unwrap();
            let columns: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
            let line = columns.join(", ");
            let sql = format!(
                "SELECT {moment} AS moment, {post} AS post, json_array({line}) AS line FROM {table} t ORDER BY id"
            );
            for found in diesel::sql_query(sql).load::<Found>(conn).unwrap() {
                let row: Vec<serde_json::Value> = serde_json::from_str(&found.line).unwrap();
                let row = row.into_iter().map(Value::from).collect();
                let group = groups.entry(found.moment.unwrap()).or_default();
                // What came with no post of its group (a step of an older one's) goes last.
                group.entry(found.post.unwrap_or(i64::MAX)).or_default().push((n, row));
            }
        }
        Self { groups: groups.into_values().map(|posts| posts.into_values().flatten().collect()).collect() }
    }

    /// Transactions and rows.
    pub fn count(&self) -> (usize, usize) {
        (self.groups.len(), self.groups.iter().map(Vec::len).sum())
    }

    /// Puts them into an empty database.
    pub fn insert(&self, conn: &mut SqliteConnection) {
        for group in &self.groups {
            conn.batch_execute("BEGIN IMMEDIATE").unwrap();
            for (table, row) in group {
                insert(conn, *table, row).unwrap();
            }
            conn.batch_execute("COMMIT").unwrap();
        }
    }
}

impl From<serde_json::Value> for Value {
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Number(n) => {
                n.as_i64().map_or_else(|| Self::Real(n.as_f64().unwrap()), Self::Int)
            }
            serde_json::Value::String(words) => Self::Words(words),
            other => panic!("no column holds {other}"),
        }
    }
}

/// A connection as the product opens it, to an existing database.
pub fn connect(location: &Location) -> SqliteConnection {
    match db::connect(location).unwrap() {
        DbConnection::Sqlite(conn) => conn,
        DbConnection::Postgres(_) => panic!("the bare loop is for SQLite"),
    }
}

/// One row of table number `T`: the number is part of the type, so that the prepared statement is found by it.
struct Row<'a, const T: usize>(&'a [Value]);

impl<const T: usize> QueryId for Row<'_, T> {
    type QueryId = Row<'static, T>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<const T: usize> RunQueryDsl<SqliteConnection> for Row<'_, T> {}

impl<const T: usize> QueryFragment<Sqlite> for Row<'_, T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("INSERT INTO ");
        out.push_sql(TABLES[T].0);
        for (n, value) in self.0.iter().enumerate() {
            out.push_sql(if n == 0 { " VALUES (" } else { ", " });
            match value {
                Value::Null => out.push_bind_param::<Nullable<BigInt>, _>(&None::<i64>)?,
                Value::Int(n) => out.push_bind_param::<BigInt, _>(n)?,
                Value::Real(n) => out.push_bind_param::<Double, _>(n)?,
                Value::Words(words) => out.push_bind_param::<Text, _>(words)?,
            }
        }
        out.push_sql(")");
        Ok(())
    }
}

fn insert(conn: &mut SqliteConnection, table: usize, row: &[Value]) -> QueryResult<usize> {
    match table {
        0 => Row::<0>(row).execute(conn),
        1 => Row::<1>(row).execute(conn),
        2 => Row::<2>(row).execute(conn),
        3 => Row::<3>(row).execute(conn),
        4 => Row::<4>(row).execute(conn),
        5 => Row::<5>(row).execute(conn),
        6 => Row::<6>(row).execute(conn),
        7 => Row::<7>(row).execute(conn),
        8 => Row::<8>(row).execute(conn),
        9 => Row::<9>(row).execute(conn),
        10 => Row::<10>(row).execute(conn),
        _ => Row::<11>(row).execute(conn),
    }
}
