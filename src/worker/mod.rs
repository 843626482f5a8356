//! What runs without a request: plain threads that take a piece of work, do it, and finish or back off.
//!
//! Every kind of work has one function that does one round and says whether there was anything to do, so that
//! tests drain it without sleeping. Nothing is done inside a transaction that could wait for a network.

pub mod mail;
pub mod page;
pub mod photos;
pub mod poll;
pub mod receive;
pub mod schedule;
pub mod send;
pub mod take_back;
pub mod watch;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::app::App;
use crate::error::{Error, Result};

/// What one round found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// Something was done; there may be more.
    Worked,
    /// Nothing to do now.
    Idle,
}

/// The running threads; they stop at the end of their round.
pub struct Workers {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

type RoundOf = fn(&App) -> Result<Round>;

/// Every loop: its name in logs, its work, and its pause when there is nothing to do.
const LOOPS: &[(&str, RoundOf, Duration)] = &[
    ("poll", poll::round, Duration::from_millis(1_000)),
    ("receive", receive::round, Duration::from_millis(200)),
    ("send", send::round, Duration::from_millis(200)),
    ("mail", mail::round, Duration::from_millis(500)),
    ("page", page::round, Duration::from_millis(500)),
    ("schedule", schedule::round, Duration::from_millis(1_000)),
    ("watch", watch::round, Duration::from_millis(2_000)),
];

impl Workers {
    /// Starts one thread a loop.
    ///
    /// # Errors
    /// `Unavailable` when the system gives no thread.
    pub fn start(app: &App) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let mut threads = Vec::new();
        for (name, round, pause) in LOOPS {
            let (app, stop) = (app.clone(), Arc::clone(&stop));
            let thread = std::thread::Builder::new()
                .name((*name).to_owned())
                .spawn(move || run(name, *round, *pause, &app, &stop))?;
            threads.push(thread);
        }
        Ok(Self { stop, threads })
    }

    /// Asks every thread to stop and waits for the round it is in.
    pub fn stop(self) {
        self.stop.store(true, Ordering::SeqCst);
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a worker thread ended with a panic");
            }
        }
    }
}

fn run(name: &str, round: RoundOf, pause: Duration, app: &App, stop: &AtomicBool) {
    let mut failures = 0_u32;
    while !stop.load(Ordering::SeqCst) {
        match guarded(name, || round(app)) {
            Ok(Round::Worked) => failures = 0,
            Ok(Round::Idle) => {
                failures = 0;
                std::thread::sleep(pause);
            }
            Err(error) => {
                failures = failures.saturating_add(1);
                // A conflict is another worker being faster: no news. The rest is told once, then every 60th time.
                if !matches!(error, Error::Conflict(_)) && failures % 60 == 1 {
                    tracing::warn!(worker = name, failures, "{error}");
                }
                std::thread::sleep(pause.saturating_mul(failures.min(20)).min(Duration::from_secs(10)));
            }
        }
    }
}

/// Runs a piece of work; a panic in it is one more failure, not the end of the thread that would do the rest.
fn guarded<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or_else(|_| {
        tracing::error!(what, "a fault of the program: this piece of work is left for the next round");
        Err(Error::Unavailable(format!("{what}: a fault of the program")))
    })
}

/// Does everything there is to do, in order, until nothing is left; for tests and `onit receive`.
///
/// # Errors
/// The first error of any round.
pub fn drain(app: &App) -> Result<()> {
    for _ in 0..10_000 {
        let mut worked = false;
        for (_, round, _) in LOOPS {
            worked |= round(app)? == Round::Worked;
        }
        if !worked {
            return Ok(());
        }
    }
    Err(Error::Unavailable("the queues never became empty".into()))
}
