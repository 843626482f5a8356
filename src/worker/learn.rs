//! At night the reader learns from what the city has lived through: closed tickets and corrections of staff.
//!
//! On a thread of its own and outside any transaction: it reads, learns for seconds or minutes, and writes what came
//! of it. A new reader is used only when it is not worse on rows held back; the log and `onit doctor` say which.

use chrono::{DateTime, Utc};

use super::Round;
use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs;
use crate::triage::lived::{self, LivedRow};
use crate::triage::models::{self, Maker};
use crate::triage::teach::{self, Firmness, LEAST_ROWS, Lessons, Taught};
use crate::world::World;

const BY: &str = "OnIt, at night";

/// Learns if it is time.
///
/// # Errors
/// `Database` only.
pub fn round(app: &App) -> Result<Round> {
    let now = app.clock.now();
    // Finished before it begins: it may take longer than any lease, and a night that is lost does no harm.
    let due = app.db.write(|conn| {
        let due = jobs::lease(conn, &["learn"], 1, now)?;
        due.iter().try_for_each(|job| jobs::done(conn, job))?;
        Ok(due)
    })?;
    if due.is_empty() {
        return Ok(Round::Idle);
    }
    learn(app, now)?;
    Ok(Round::Worked)
}

fn learn(app: &App, now: DateTime<Utc>) -> Result<()> {
    let world = app.world.now();
    let (rows, last) = {
        let conn = &mut *app.db.read()?;
        (lived::rows(conn)?, models::last_night(conn)?)
    };
    let new = rows.iter().filter(|row| last.is_none_or(|last| row.at > last)).count();
    let corrected = rows.iter().filter(|row| row.corrected).count();
    let wanted = usize::try_from(world.settings.policy.learning.new_rows).unwrap_or(usize::MAX);
    if new < wanted || rows.len() < LEAST_ROWS {
        tracing::info!(
            rows = rows.len(),
            new,
            wanted,
            "the reader learns nothing tonight: too few new requests"
        );
        return Ok(());
    }
    let base = models::base_for_night(&mut *app.db.read()?, world.model_version)?;
    let taught = taught(app, &world, &rows, base)?;
    let (before, after) = (taught.lesson.before.accept_accuracy, taught.lesson.after.accept_accuracy);
    let stands = (world.model_version, base);
    if !taught.lesson.may_be_used() {
        let version = models::refuse(&app.db, &taught, stands, (Maker::Night, BY), now)?;
        let why = taught.lesson.worse.join(", ");
        tracing::info!(version, rows = rows.len(), corrected, "the reader learned and is not used: {why}");
        return Ok(());
    }
    match models::take_into_use(&app.db, &taught, stands, (Maker::Night, BY), now) {
        Ok(version) => {
            tracing::info!(
                version,
                rows = rows.len(),
                corrected,
                before,
                after,
                "the reader learned and is used"
            );
            Ok(())
        }
        Err(Error::Conflict(why)) => {
            tracing::info!("the reader learned and is not used: {why}");
            Ok(())
        }
        Err(other) => Err(other),
    }
}

fn taught(app: &App, world: &World, rows: &[LivedRow], base: i64) -> Result<Taught> {
    let codes = world.settings.catalogue.codes();
    let base = models::bytes_of(&mut *app.db.read()?, base, &codes)?;
    let rows: Vec<_> = rows.iter().map(|lived| lived.row.clone()).collect();
    let lessons = Lessons {
        base: &base,
        in_use: &world.model,
        rows: &rows,
        codes: &codes,
        data: &["closed requests and corrections of this city".to_owned()],
        how: Firmness::default(),
        targets: &world.settings.policy.learning.targets(&world.settings.catalogue),
    };
    teach::teach(&lessons, &mut |_, _| {})
}
