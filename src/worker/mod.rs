//! What runs without a request: plain threads that take a piece of work, do it, and finish or back off.
//!
//! Every kind of work has one function that does one round and says whether there was anything to do, so that
//! tests drain it without sleeping. Nothing is done inside a transaction that could wait for a network.

pub mod learn;
mod look;
pub mod mail;
pub mod page;
pub mod photos;
pub mod poll;
pub mod receive;
pub mod schedule;
pub mod send;
pub mod take_back;
pub mod watch;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::app::App;
use crate::channels::accounts::{self, AccountRow};
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
type TurnOf = fn(&App, &AccountRow) -> Result<Round>;

/// How a kind of work is shared out.
#[derive(Clone, Copy)]
enum Work {
    /// One thread does all of it.
    Alone(RoundOf),
    /// A thread for each account: a network that does not answer keeps nobody else waiting.
    EachAccount(TurnOf),
}

/// Every loop: its name in logs, its work, and its pause when there is nothing to do.
const LOOPS: &[(&str, Work, Duration)] = &[
    ("poll", Work::EachAccount(poll::turn), Duration::from_millis(1_000)),
    ("receive", Work::Alone(receive::round), Duration::from_millis(200)),
    ("fetch", Work::Alone(receive::fetch_round), Duration::from_millis(500)),
    ("send", Work::EachAccount(send::turn), Duration::from_millis(200)),
    ("mail", Work::Alone(mail::round), Duration::from_millis(500)),
    ("page", Work::Alone(page::round), Duration::from_millis(500)),
    ("learn", Work::Alone(learn::round), Duration::from_millis(5_000)),
    ("schedule", Work::Alone(schedule::round), Duration::from_millis(1_000)),
    ("watch", Work::Alone(watch::round), Duration::from_millis(2_000)),
];
/// How soon the threads of a new account start.
const NEW_ACCOUNTS: Duration = Duration::from_millis(1_000);

impl Workers {
    /// Starts one thread a loop.
    ///
    /// # Errors
    /// `Unavailable` when the system gives no thread.
    pub fn start(app: &App) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let mut threads = Vec::new();
        for (name, work, pause) in LOOPS.iter().copied() {
            let (app, stop) = (app.clone(), Arc::clone(&stop));
            let thread = named(name, move || match work {
                Work::Alone(round) => run(name, pause, &stop, || round(&app)),
                Work::EachAccount(turn) => run_each(name, turn, pause, &app, &stop),
            })?;
            threads.push(thread);
        }
        Ok(Self { stop, threads })
    }

    /// Asks every thread to stop and waits for the round it is in.
    pub fn stop(self) {
        self.stop.store(true, Ordering::SeqCst);
        self.threads.into_iter().for_each(ended);
    }
}

fn named(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    Ok(std::thread::Builder::new().name(name.to_owned()).spawn(work)?)
}

fn run(name: &str, pause: Duration, stop: &AtomicBool, mut round: impl FnMut() -> Result<Round>) {
    let mut failures = 0_u32;
    while !stop.load(Ordering::SeqCst) {
        match guarded(name, &mut round) {
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

/// Keeps one thread for each account; an account added later gets its own within a second.
fn run_each(name: &'static str, turn: TurnOf, pause: Duration, app: &App, stop: &Arc<AtomicBool>) {
    let mut threads: BTreeMap<i64, JoinHandle<()>> = BTreeMap::new();
    run(name, NEW_ACCOUNTS, stop, || {
        // Accounts are never removed, only switched off: a thread stays with its account.
        for row in accounts::all(&mut *app.db.read()?)? {
            let Entry::Vacant(free) = threads.entry(row.id) else { continue };
            let (app, stop, id) = (app.clone(), Arc::clone(stop), row.id);
            free.insert(named(name, move || {
                run(name, pause, &stop, || {
                    let row = accounts::by_id(&mut *app.db.read()?, id)?;
                    turn(&app, &row)
                });
            })?);
        }
        Ok(Round::Idle)
    });
    threads.into_values().for_each(ended);
}

fn ended(thread: JoinHandle<()>) {
    if thread.join().is_err() {
        tracing::error!("a worker thread ended with a panic");
    }
}

/// One turn of every account, one after the other; trouble of ours ends the round, trouble of a network never does.
fn each_account(app: &App, turn: TurnOf) -> Result<Round> {
    let mut worked = Round::Idle;
    for row in accounts::all(&mut *app.db.read()?)? {
        match turn(app, &row) {
            Ok(Round::Worked) => worked = Round::Worked,
            // What it left on the way is found there; the next account has its turn now.
            Ok(Round::Idle) | Err(Error::Unavailable(_)) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(worked)
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
        for (_, work, _) in LOOPS {
            let round = match work {
                Work::Alone(round) => round(app)?,
                Work::EachAccount(turn) => each_account(app, *turn)?,
            };
            worked |= round == Round::Worked;
        }
        if !worked {
            return Ok(());
        }
    }
    Err(Error::Unavailable("the queues never became empty".into()))
}
