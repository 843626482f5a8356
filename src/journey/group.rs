//! Many posts in one write: up to 64 or 20 ms, nothing given out before the commit.
//!
//! A group is tried without savepoints first, for nearly all succeed. When one post fails the group is rolled back
//! and goes again with a savepoint a post: the poison post rolls back alone, and one that met a conflict is tried
//! once more in a write of its own.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::receive::{self, Received};
use crate::db::{self, Db, DbConnection};
use crate::error::{Error, Result};
use crate::intake::{self, Envelope, Kept};
use crate::limits;
use crate::world::World;

/// How often a post that met a conflict is tried in a write of its own.
const TRIES_ALONE: usize = 5;

/// Takes posts through the whole journey; one result a post, in order, all of them committed.
///
/// # Errors
/// `Database` or `Unavailable` when the write itself fails: nothing of the unfinished group is kept.
pub fn receive_all(
    db: &Db,
    world: &World,
    envelopes: &[Envelope],
    now: impl Fn() -> DateTime<Utc>,
) -> Result<Vec<Result<Received>>> {
    let mut results = Vec::with_capacity(envelopes.len());
    while results.len() < envelopes.len() {
        world.numbers.refill(db, world.settings.city.time_zone, now())?;
        let rest = envelopes.get(results.len()..).unwrap_or_default();
        let at = now();
        let mut done = match db.write(|conn| group(rest, |envelope| one(conn, world, envelope, at))) {
            Ok(all) => all.into_iter().map(Ok).collect(),
            // Inside a transaction `write` is a savepoint.
            Err(_) => db.write(|conn| {
                group(rest, |envelope| Ok(db::write(conn, |conn| one(conn, world, envelope, at))))
            })?,
        };
        fail::fail_point!("group.committed", |_| std::process::abort());
        for (envelope, result) in rest.iter().zip(&mut done) {
            for _ in 0..TRIES_ALONE {
                if !matches!(result, Err(Error::Conflict(_) | Error::Database(_))) {
                    break;
                }
                *result = db.write(|conn| one(conn, world, envelope, now()));
            }
        }
        results.append(&mut done);
    }
    Ok(results)
}

/// Takes posts until a group is full or its time is over; the first error ends it.
fn group<T>(envelopes: &[Envelope], mut take: impl FnMut(&Envelope) -> Result<T>) -> Result<Vec<T>> {
    let began = Instant::now();
    let mut taken = Vec::new();
    for envelope in envelopes.iter().take(limits::GROUP_POSTS) {
        taken.push(take(envelope)?);
        fail::fail_point!("group.one", |_| std::process::abort());
        if began.elapsed() >= Duration::from_millis(limits::GROUP_MS) {
            break;
        }
    }
    Ok(taken)
}

/// Keeps one post and takes it through the journey, inside the caller's transaction.
///
/// # Errors
/// What the steps return; the caller rolls back.
pub fn one(
    conn: &mut DbConnection,
    world: &World,
    envelope: &Envelope,
    now: DateTime<Utc>,
) -> Result<Received> {
    let received = match intake::keep(conn, envelope, None, now)? {
        Kept::New(post) => receive::receive(conn, world, &post, now)?,
        Kept::Known(post) if post.outcome == "waiting" => receive::receive(conn, world, &post, now)?,
        Kept::Known(post) => receive::known(conn, &post)?,
        Kept::Edited(post) => {
            receive::read_again(conn, world, &post, now)?;
            receive::known(conn, &post)?
        }
        Kept::Deleted(post) => {
            receive::take_back(conn, &post, now)?;
            receive::known(conn, &post)?
        }
        Kept::Nothing => Received {
            outcome: "set_aside".into(),
            reason: Some("our own post, a boost, or the deletion of a post we never saw".into()),
            ..Received::default()
        },
    };
    Ok(Received { id: envelope.id.clone(), ..received })
}
