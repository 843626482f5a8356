//! `onit receive`: posts as JSON lines through the whole journey; one line out for each line in, as they are committed.

use super::lines::{ErrorLine, Input, Item};
use super::{Common, print, to_line};
use crate::app::App;
use crate::error::Result;
use crate::intake::Envelope;
use crate::journey::group;

/// Runs the command; `false` when a line failed.
pub(super) fn run(common: &Common, input: &Input) -> Result<bool> {
    let app = common.app()?;
    let clock = app.clock.clone();
    let groups = input.start(move || clock.now())?;
    let mut all_good = true;
    loop {
        let items = groups.next()?;
        if items.is_empty() {
            return Ok(all_good);
        }
        all_good &= one_group(&app, items)?;
    }
}

fn one_group(app: &App, items: Vec<Item>) -> Result<bool> {
    let envelopes: Vec<Envelope> = items.iter().filter_map(|(_, e)| e.as_ref().ok()).cloned().collect();
    let world = app.world.now();
    let mut results = group::receive_all(&app.db, &world, &envelopes, || app.clock.now())?.into_iter();
    let mut all_good = true;
    for (number, item) in items {
        let line = match item {
            Err(bad) => {
                all_good = false;
                to_line(&ErrorLine::from(&bad))?
            }
            Ok(envelope) => match results.next() {
                Some(Ok(received)) => to_line(&received)?,
                Some(Err(error)) => {
                    all_good = false;
                    let reason = error.to_string();
                    to_line(
                        &serde_json::json!({"id": envelope.id, "line": number, "outcome": "error", "reason": reason}),
                    )?
                }
                None => continue,
            },
        };
        print(&line)?;
    }
    Ok(all_good)
}
