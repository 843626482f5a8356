//! Talk to the person at the keyboard, and hear when they (or the system) ask to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::error::Result;

/// A line on stderr; data goes to stdout, which belongs to the command line alone.
#[expect(clippy::print_stderr, reason = "stderr is where a command talks")]
pub fn tell(line: &str) {
    eprintln!("{line}");
}

/// Returns when the process is asked to end (Ctrl-C, SIGTERM).
///
/// # Errors
/// `Unavailable` when the system does not take a signal handler.
pub fn wait_for_stop() -> Result<()> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    while !stop.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}
