//! Work that may take longer than a second says how far it is: on stderr, and only where a person looks at it.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A line that turns while the work goes on, with what is being done and a number beside it.
pub(super) fn spinner(what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {pos}") {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
