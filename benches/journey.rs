//! How fast posts travel the whole journey, beside a bare loop that inserts the same rows.
//!
//! `cargo bench --bench journey` prints the figures. Both sides run in turn in every round, on fresh files, so that a
//! noisy machine hurts both; what counts is the ratio of a round, and the middle one of all rounds.
//! `-- --lines 5000` prints posts instead, `-- --offer 1000 --lines 5000` prints 1,000 a second (for
//! `scripts/count-fsyncs.sh`); `ONIT_BENCH_POSTGRES=postgres://…` measures the journey there too.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench stops at the first surprise")]
#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

#[path = "support/bare.rs"]
mod bare;
mod support;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use onit::app::App;
use onit::db::Location;
use onit::intake::Envelope;
use onit::journey::group;
use support::{asked_for, median, option, posts, spread};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// One side of a round.
struct Run {
    seconds: f64,
    cpu_seconds: f64,
}

fn main() {
    let n = option("--posts", 4096);
    if asked_for("--lines") {
        return print_lines(option("--lines", n), option("--offer", 0));
    }
    let rounds = option("--rounds", 9);
    println!("journey: {n} posts a round, {rounds} rounds, SQLite with synchronous=FULL");
    let (mut ratios, mut journeys, mut bares, mut cpu) = (vec![], vec![], vec![], vec![]);
    for round in 0..rounds {
        let folder = tempfile::tempdir().unwrap();
        let (journey, bare) = one_round(folder.path(), n, round == 0);
        ratios.push(bare.seconds / journey.seconds);
        cpu.push(bare.cpu_seconds / journey.cpu_seconds);
        journeys.push(per_second(n, journey.seconds));
        bares.push(per_second(n, bare.seconds));
    }
    println!("| figure | middle (lowest to highest) |\n|---|---|");
    println!("| journey / bare loop, time | {} |", spread(&ratios, 3));
    println!("| journey / bare loop, CPU | {} |", spread(&cpu, 3));
    println!("| journey, posts/s | {} |", spread(&journeys, 0));
    println!("| bare loop, posts/s | {} |", spread(&bares, 0));
    if let Ok(cluster) = std::env::var("ONIT_BENCH_POSTGRES") {
        println!(
            "| journey on PostgreSQL, posts/s | {} |",
            spread(&on_postgres(&cluster, n, rounds.min(3)), 0)
        );
    }
    let reached = median(&ratios) >= 0.2;
    println!("goal: at least 1/5 of the bare loop: {}", if reached { "reached" } else { "missed" });
}

fn per_second(n: usize, seconds: f64) -> f64 {
    f64::from(u32::try_from(n).unwrap()) / seconds
}

/// The journey on a fresh file, then its rows into another fresh file.
fn one_round(folder: &Path, n: usize, tell: bool) -> (Run, Run) {
    let here = Location::Sqlite(folder.join("journey.db"));
    let app = support::city(&here, folder, |_| {});
    let envelopes = posts::envelopes(n, app.clock.now());
    let journey = timed(|| receive(&app, &envelopes, tell));
    let rows = bare::Rows::of(&mut bare::connect(&here));
    let there = Location::Sqlite(folder.join("bare.db"));
    drop(support::city(&there, folder, |_| {}));
    let mut conn = bare::connect(&there);
    let bare = timed(|| rows.insert(&mut conn));
    if tell {
        let (groups, count) = rows.count();
        println!("{groups} transactions, {count} rows");
    }
    (journey, bare)
}

fn timed(work: impl FnOnce()) -> Run {
    let thread = support::this_thread();
    let (began, cpu) = (Instant::now(), support::thread_cpu_ns(&thread));
    work();
    Run { seconds: began.elapsed().as_secs_f64(), cpu_seconds: (support::thread_cpu_ns(&thread) - cpu) / 1e9 }
}

fn receive(app: &App, envelopes: &[Envelope], tell: bool) {
    let world = app.world.now();
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    for received in group::receive_all(&app.db, &world, envelopes, || app.clock.now()).unwrap() {
        *outcomes.entry(received.unwrap().outcome).or_default() += 1;
    }
    if tell {
        println!("{outcomes:?}");
    }
}

/// Posts a second in a database of its own in this cluster, one figure a round.
fn on_postgres(cluster: &str, n: usize, rounds: usize) -> Vec<f64> {
    let (server, query) = cluster.split_once('?').unwrap_or((cluster, ""));
    let server = server.rsplit_once('/').unwrap().0;
    let mut admin = PgConnection::establish(cluster).unwrap();
    (0..rounds)
        .map(|round| {
            let name = format!("onit_bench_{}_{round}", std::process::id());
            admin.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
            let folder = tempfile::tempdir().unwrap();
            let location = Location::Postgres(format!("{server}/{name}?{query}"));
            let app = support::city(&location, folder.path(), |_| {});
            let envelopes = posts::envelopes(n, app.clock.now());
            let run = timed(|| receive(&app, &envelopes, false));
            drop(app);
            admin.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).unwrap();
            per_second(n, run.seconds)
        })
        .collect()
}

/// Posts as lines, all at once or so many a second.
fn print_lines(n: usize, a_second: usize) {
    let mut out = std::io::stdout().lock();
    let began = Instant::now();
    for (i, line) in posts::lines(n).iter().enumerate() {
        if a_second > 0 {
            let due = Duration::from_secs_f64(
                f64::from(u32::try_from(i).unwrap()) / f64::from(u32::try_from(a_second).unwrap()),
            );
            std::thread::sleep(due.saturating_sub(began.elapsed()));
        }
        writeln!(out, "{line}").unwrap();
        out.flush().unwrap();
    }
}
