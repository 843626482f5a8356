//! An independent auditor: reads the database and the square after a story and says what breaks the promises of
//! the house. It shares no code with the steps it checks, but for reading rows and verifying the chain.

#![allow(dead_code, reason = "every story uses another part of it")]

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use onit::app::App;
use onit::db::DbConnection;
use onit::demo::square::Square;
use onit::tickets::{self, history};

#[derive(QueryableByName)]
struct PostRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    uri: String,
    #[diesel(sql_type = Text)]
    outcome: String,
    #[diesel(sql_type = Text)]
    reason: String,
    #[diesel(sql_type = Bool)]
    sealed: bool,
    #[diesel(sql_type = Text)]
    visibility: String,
}

#[derive(QueryableByName)]
struct ConcernRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    post_id: i64,
    #[diesel(sql_type = Text)]
    queue: String,
    #[diesel(sql_type = Text)]
    queue_why: String,
    #[diesel(sql_type = BigInt)]
    joins: i64,
}

#[derive(QueryableByName)]
struct TicketRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Nullable<Text>)]
    proof: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    close_reason: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    merged_into: Option<i64>,
    #[diesel(sql_type = Text)]
    urgency: String,
    #[diesel(sql_type = Bool)]
    hidden: bool,
    #[diesel(sql_type = BigInt)]
    pages: i64,
}

#[derive(Clone, QueryableByName)]
struct ReplyRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    ticket_id: Option<i64>,
    #[diesel(sql_type = BigInt)]
    post_id: i64,
    #[diesel(sql_type = BigInt)]
    person_id: i64,
    #[diesel(sql_type = Text)]
    text: String,
    #[diesel(sql_type = Text)]
    visibility: String,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Bool)]
    automatic: bool,
    #[diesel(sql_type = Bool)]
    bot: bool,
    #[diesel(sql_type = Nullable<Text>)]
    delivered_id: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    delivered_uri: Option<String>,
    #[diesel(sql_type = Text)]
    to_uri: String,
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

/// Everything in the database that breaks a promise; empty when all is well.
pub fn database(conn: &mut DbConnection) -> Vec<String> {
    let mut found = Vec::new();
    posts(conn, &mut found);
    all_tickets(conn, &mut found);
    replies(conn, &mut found);
    found
}

/// As [`database`], and what stands on the square: every reply exactly once, nothing that no row explains.
pub fn city(app: &App, square: &Square) -> Vec<String> {
    let mut conn = app.db.read().expect("a connection");
    let mut found = database(&mut conn);
    on_the_square(&mut conn, square, &mut found);
    found
}

/// Panics with everything that is wrong.
pub fn check(app: &App, square: &Square) {
    let found = city(app, square);
    assert!(found.is_empty(), "the auditor found:\n{}", found.join("\n"));
}

fn posts(conn: &mut DbConnection, found: &mut Vec<String>) {
    let rows: Vec<PostRow> =
        diesel::sql_query("SELECT id, uri, outcome, reason, sealed, visibility FROM posts ORDER BY id")
            .load(conn)
            .expect("posts");
    let concerns: Vec<ConcernRow> = diesel::sql_query(
        "SELECT c.id, c.post_id, c.queue, c.queue_why, (SELECT count(*) FROM joins j WHERE j.concern_id = c.id AND j.ended_at IS NULL) AS joins \
         FROM concerns c ORDER BY c.id",
    )
    .load(conn)
    .expect("concerns");
    let mut by_post: BTreeMap<i64, Vec<&ConcernRow>> = BTreeMap::new();
    for concern in &concerns {
        by_post.entry(concern.post_id).or_default().push(concern);
        match (concern.joins, concern.queue.as_str()) {
            (1, _) | (0, "review" | "asked") => {}
            (0, "") if concern.queue_why.contains("set it aside") => {}
            (n, queue) => found
                .push(format!("1: concern {} stands in {n} tickets and in the queue {queue:?}", concern.id)),
        }
    }
    for post in rows {
        let mine = by_post.get(&post.id).map_or(&[][..], Vec::as_slice);
        let in_ticket = mine.iter().any(|c| c.joins == 1);
        let in_queue = mine.iter().any(|c| c.queue == "review" || c.queue == "asked");
        let well = match post.outcome.as_str() {
            "opened" | "joined" | "emergency" => in_ticket,
            "asked" => in_ticket || in_queue,
            "review" => in_queue || in_ticket,
            "set_aside" => !post.reason.is_empty(),
            "answered" => !post.reason.is_empty(),
            _ => false,
        };
        if !well {
            found
                .push(format!("1: post {} ({}) is {:?} and stands nowhere", post.id, post.uri, post.outcome));
        }
        if !post.sealed && !matches!(post.visibility.as_str(), "public" | "unlisted") {
            found.push(format!("3: post {} is {} and not sealed", post.id, post.visibility));
        }
    }
}

fn all_tickets(conn: &mut DbConnection, found: &mut Vec<String>) {
    let rows: Vec<TicketRow> = diesel::sql_query(
        "SELECT t.id, t.number, t.status, t.proof, t.close_reason, t.merged_into, t.urgency, t.hidden, \
         (SELECT count(*) FROM duty_pages d WHERE d.ticket_id = t.id) AS pages FROM tickets t ORDER BY t.id",
    )
    .load(conn)
    .expect("tickets");
    let merged: BTreeMap<i64, Option<i64>> = rows.iter().map(|t| (t.id, t.merged_into)).collect();
    for ticket in &rows {
        if ticket.status == "fixed" && ticket.proof.is_none() {
            found.push(format!("4: {} is fixed without proof", ticket.number));
        }
        if ticket.status == "closed" && ticket.close_reason.is_none() {
            found.push(format!("4: {} is closed without a reason", ticket.number));
        }
        if ticket.urgency == "emergency" && ticket.pages == 0 {
            found.push(format!("8: {} is danger to life and nobody is paged", ticket.number));
        }
        if ticket.hidden && ticket.pages == 0 {
            found.push(format!("8: {} is hidden and nobody is paged", ticket.number));
        }
        let chain = tickets::history_of(conn, ticket.id).expect("history");
        if chain.is_empty() {
            found.push(format!("9: {} has no history", ticket.number));
        }
        found.extend(history::broken_link(&chain).map(|why| format!("9: {}: {why}", ticket.number)));
        let (mut at, mut steps) = (ticket.id, 0);
        while let Some(Some(next)) = merged.get(&at) {
            at = *next;
            steps += 1;
            if steps > merged.len() {
                found.push(format!("1: {} is merged in a circle", ticket.number));
                break;
            }
        }
    }
}

fn reply_rows(conn: &mut DbConnection) -> Vec<ReplyRow> {
    diesel::sql_query(
        "SELECT o.id, o.kind, o.ticket_id, o.post_id, o.person_id, o.text, o.visibility, o.state, o.automatic, p.bot, \
         o.delivered_id, o.delivered_uri, o.to_uri FROM outbox o JOIN people p ON p.id = o.person_id ORDER BY o.id",
    )
    .load(conn)
    .expect("the outbox")
}

fn replies(conn: &mut DbConnection, found: &mut Vec<String>) {
    let sealed: BTreeSet<i64> = ids(conn, "SELECT CAST(id AS TEXT) AS word FROM posts WHERE sealed");
    let hidden: BTreeSet<i64> = ids(conn, "SELECT CAST(id AS TEXT) AS word FROM tickets WHERE hidden");
    let mut told: BTreeMap<(i64, Option<i64>, &str), i64> = BTreeMap::new();
    for reply in reply_rows(conn) {
        if reply.bot && reply.automatic {
            found.push(format!("6: reply {} answers a bot by itself", reply.id));
        }
        if sealed.contains(&reply.post_id)
            && matches!(reply.visibility.as_str(), "public" | "unlisted")
            && reply.state != "void"
        {
            found.push(format!("3: reply {} answers a private post in public ({})", reply.id, reply.state));
        }
        let stands = matches!(reply.state.as_str(), "sending" | "unknown" | "delivered");
        if stands && reply.ticket_id.is_some_and(|t| hidden.contains(&t)) && reply.kind != "emergency" {
            found.push(format!(
                "8: reply {} ({}) about danger to life is not the fixed text",
                reply.id, reply.kind
            ));
        }
        // "On it" and "we know, on it" are one event for one author: we have it.
        let event = match reply.kind.as_str() {
            "on_it" | "joined" => "on_it",
            _ => continue,
        };
        if stands && let Some(other) = told.insert((reply.person_id, reply.ticket_id, event), reply.id) {
            found.push(format!("6: replies {other} and {} tell one person the same", reply.id));
        }
    }
}

fn ids(conn: &mut DbConnection, sql: &str) -> BTreeSet<i64> {
    let rows: Vec<Word> = diesel::sql_query(sql).load(conn).expect("ids");
    rows.iter().filter_map(|r| r.word.parse().ok()).collect()
}

fn on_the_square(conn: &mut DbConnection, square: &Square, found: &mut Vec<String>) {
    let foreign: Vec<Word> =
        diesel::sql_query("SELECT uri AS word FROM foreign_posts").load(conn).expect("foreign posts");
    let foreign: BTreeSet<String> = foreign.into_iter().map(|w| w.word).collect();
    let rows = reply_rows(conn);
    let mut by_uri: BTreeMap<&str, Vec<&ReplyRow>> = BTreeMap::new();
    for reply in rows.iter().filter(|r| r.delivered_uri.is_some()) {
        by_uri.entry(reply.delivered_uri.as_deref().unwrap_or_default()).or_default().push(reply);
    }
    let mut said: BTreeSet<(Option<String>, String)> = BTreeSet::new();
    for post in square.posts_by_city() {
        match by_uri.get(post.uri.as_str()).map_or(&[][..], Vec::as_slice) {
            [] if foreign.contains(&post.uri) => {}
            [] => found.push(format!("2: nobody explains the city's post {} {:?}", post.uri, post.text)),
            [one] => {
                if one.text != post.text {
                    found.push(format!(
                        "5: reply {} was approved as {:?} and stands as {:?}",
                        one.id, one.text, post.text
                    ));
                }
                if one.visibility != post.visibility.as_str() {
                    found.push(format!("3: reply {} stands as {}", one.id, post.visibility.as_str()));
                }
            }
            many => found.push(format!("2: {} replies claim {}", many.len(), post.uri)),
        }
        if !said.insert((post.in_reply_to.clone(), post.text.clone())) {
            found.push(format!("2: said twice in one thread: {:?}", post.text));
        }
    }
    for reply in rows.iter().filter(|r| r.state == "delivered") {
        let id = reply.delivered_id.as_deref().unwrap_or_default();
        // Only replies of the square's own account can be looked up there, and only under a post that still stands.
        if square.status(&reply.to_uri).is_ok() && square.status(id).is_err() {
            found.push(format!("2: reply {} is delivered and stands nowhere", reply.id));
        }
    }
}
