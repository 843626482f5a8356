//! Takes a delivered reply back where the network allows it; where it does not, a person is told to correct it.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::channels::{MayWrite, SendFailure, accounts};
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::jobs::{self, Job};
use crate::replies::{self, Finish, Reply, State};
use crate::tickets::{self, Entry};

/// Puts the job in; once a reply.
///
/// # Errors
/// `Database` only.
pub(super) fn ask(conn: &mut DbConnection, reply: &Reply, now: DateTime<Utc>) -> Result<()> {
    jobs::enqueue(
        conn,
        "take_back",
        Some(&format!("take_back/{}", reply.id)),
        &reply.id.to_string(),
        now,
        now,
    )
}

/// Runs the job: asks the network, writes down what it said.
///
/// # Errors
/// `Unavailable` when the network does not answer now: the job comes again.
pub(super) fn run(app: &App, job: &Job, reply_id: i64) -> Result<()> {
    let now = app.clock.now();
    let reply = replies::reply(&mut *app.db.read()?, reply_id)?;
    let (Some(account_id), Some(delivered)) = (reply.account_id, reply.delivered_id.clone()) else {
        return app.db.write(|conn| jobs::done(conn, job));
    };
    let row = accounts::by_id(&mut *app.db.read()?, account_id)?;
    let channel = app.channel(&row)?;
    // Taking back is always allowed: the switch stops what the city says, not what it unsays.
    let may_write: MayWrite = Arc::new(|| Ok(()));
    let (state, words) = match channel.delete(&delivered, &may_write) {
        Ok(()) => (State::Void, "Taken back".to_owned()),
        Err(SendFailure::Refused(why)) => {
            (State::Delivered, format!("Cannot be taken back ({why}): write a correction"))
        }
        Err(other) => return Err(Error::from(other)),
    };
    app.db.write(|conn| {
        if state == State::Void {
            let finish = Finish { why: "taken back".into(), ..Finish::default() };
            replies::shift(conn, &reply, State::Void, &finish, now)?;
        }
        if let Some(ticket_id) = reply.ticket_id {
            tickets::append(conn, ticket_id, &[Entry::by_machine("taken back", words, false, Ts(now))])?;
        }
        jobs::done(conn, job)
    })
}
