//! What both benches need: the city, figures that survive a noisy machine, a table.

#![allow(dead_code, reason = "every bench uses another part of it")]

use std::collections::HashMap;
use std::path::Path;

use onit::app::App;
use onit::clock::Clock;
use onit::db::Location;
use onit::demo;
use onit::places::Gazetteer;
use onit::settings::Settings;

pub mod posts;

/// The example city on this database.
pub fn city(location: &Location, folder: &Path, change: impl FnOnce(&mut Settings)) -> App {
    onit::net::install_crypto();
    let mut settings = Settings::built_in(std::iter::empty()).unwrap();
    settings.server.media_dir = folder.join("media");
    change(&mut settings);
    let app = App::build_with(settings, location, Clock::machine(), Vec::new()).unwrap();
    let places = Gazetteer::from_bytes(&demo::compiled_city().unwrap()).unwrap();
    app.world.swap(app.world.now().with_places(places, 0));
    app
}

/// The middle one; of an even number the lower.
pub fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[(sorted.len() - 1) / 2]
}

/// "median (lowest to highest)" of the rounds.
pub fn spread(figures: &[f64], decimals: usize) -> String {
    let low = figures.iter().copied().fold(f64::INFINITY, f64::min);
    let high = figures.iter().copied().fold(0.0, f64::max);
    format!("{:.decimals$} ({low:.decimals$} to {high:.decimals$})", median(figures))
}

/// `--rounds 9` and the like; `cargo bench` adds `--bench`, which is nobody's.
pub fn option(name: &str, otherwise: usize) -> usize {
    let mut words = std::env::args().skip_while(|a| a != name).skip(1);
    words.next().and_then(|w| w.parse().ok()).unwrap_or(otherwise)
}

/// Whether a word stands among the arguments.
pub fn asked_for(word: &str) -> bool {
    std::env::args().any(|a| a == word)
}

/// Nanoseconds of CPU that a thread of this process has used so far, by its id.
pub fn thread_cpu_ns(task: &str) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/self/task/{task}/schedstat")).unwrap_or_default();
    text.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0.0)
}

/// The id of the calling thread, as `/proc` names it.
pub fn this_thread() -> String {
    let link = std::fs::read_link("/proc/thread-self").unwrap_or_default();
    link.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Nanoseconds of CPU that each thread but this one has used so far.
pub fn other_threads_cpu_ns() -> HashMap<String, f64> {
    let mine = this_thread();
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|t| t.ok()?.file_name().into_string().ok());
    names.filter(|t| *t != mine).map(|t| (t.clone(), thread_cpu_ns(&t))).collect()
}

/// The most memory this process ever had, in megabytes.
pub fn largest_memory_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|kb| kb.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) / 1024
}
