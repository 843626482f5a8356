//! Runs the jobs about posts: a new one takes the whole journey, an edit is read again, a deletion is followed.

use super::{Round, photos, take_back};
use crate::app::App;
use crate::error::{Error, Result};
use crate::intake::{self, Media};
use crate::jobs::{self, Job};
use crate::{journey, limits};

/// Jobs about the words of posts: no network is asked.
const WORDS: &[&str] = &["receive", "edited", "deleted"];
/// Jobs that wait for a network: they have a thread of their own, so that a slow one never delays reading.
const FETCHES: &[&str] = &["photo", "take_back"];

/// Takes due jobs about words and runs each in a write of its own: a poison job never stops the next.
///
/// # Errors
/// `Database` when jobs cannot be taken.
pub fn round(app: &App) -> Result<Round> {
    run_due(app, WORDS, limits::JOBS_AT_ONCE)
}

/// The same for jobs that ask a network; one at a time, so that no lease runs out behind a slow host.
///
/// # Errors
/// As [`round`].
pub fn fetch_round(app: &App) -> Result<Round> {
    run_due(app, FETCHES, 1)
}

fn run_due(app: &App, kinds: &[&str], most: i64) -> Result<Round> {
    let now = app.clock.now();
    let zone = app.world.now().settings.city.time_zone;
    let taken = app.db.write(|conn| jobs::lease(conn, kinds, most, now))?;
    if taken.is_empty() {
        return Ok(Round::Idle);
    }
    app.world.now().numbers.refill(&app.db, zone, now)?;
    for job in taken {
        fail::fail_point!("receive.leased", |_| std::process::abort());
        let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(app, &job)))
            .unwrap_or_else(|_| Err(Error::Invalid("it made the program stop".into())));
        if let Err(error) = ran {
            put_back(app, &job, &error)?;
        }
        fail::fail_point!("receive.committed", |_| std::process::abort());
    }
    Ok(Round::Worked)
}

fn put_back(app: &App, job: &Job, error: &Error) -> Result<()> {
    let now = app.clock.now();
    let put = app.db.write(|conn| jobs::again(conn, job, error, now));
    match put {
        Ok(true) => {
            tracing::error!(job = job.id, kind = job.kind, "put aside after {} tries: {error}", job.attempts)
        }
        Ok(false) => tracing::info!(job = job.id, kind = job.kind, "comes again: {error}"),
        // Somebody else holds it now; it is in good hands.
        Err(Error::Conflict(_)) => {}
        Err(other) => return Err(other),
    }
    Ok(())
}

fn run(app: &App, job: &Job) -> Result<()> {
    let id: i64 = job.payload.parse().map_err(|_| Error::Invalid(format!("job {} names no row", job.id)))?;
    match job.kind.as_str() {
        "photo" => return photos::fetch(app, job, id),
        "take_back" => return take_back::run(app, job, id),
        "receive" | "edited" | "deleted" => {}
        other => return Err(Error::Invalid(format!("nobody knows the job {other:?}"))),
    }
    let world = app.world.now();
    let now = app.clock.now();
    app.db.write(|conn| {
        let post = intake::post(conn, id)?;
        match job.kind.as_str() {
            // A post that was decided already (a crash between commit and finish) is not decided twice.
            "receive" if post.outcome == "waiting" => {
                journey::receive(conn, &world, &post, now)?;
                fail::fail_point!("receive.before_commit", |_| std::process::abort());
                let media: Vec<Media> = serde_json::from_str(&post.media).unwrap_or_default();
                if !media.is_empty() {
                    jobs::enqueue(conn, "photo", Some(&format!("photo/{id}")), &id.to_string(), now, now)?;
                }
            }
            "edited" => journey::receive::read_again(conn, &world, &post, now)?,
            "deleted" => {
                journey::receive::take_back(conn, &post, now)?;
                crate::media::hide_of_post(conn, post.id)?;
            }
            _ => {}
        }
        jobs::done(conn, job)
    })
}
