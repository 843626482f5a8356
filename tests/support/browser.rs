//! Runs a story of `tests/browser/stories/` in Debian's Chromium: `node tests/browser/run.mjs STORY`.
//! The story is told in JavaScript, because that is what drives the browser; what it needs to know (the
//! address, who signs in) is handed over as options.

use std::process::{Command, Stdio};

use super::{program, root, skip};

/// Why browser stories cannot run on this machine; None when they can.
pub fn missing_part() -> Option<&'static str> {
    if program(&["node", "nodejs"]).is_none() {
        Some("Node not installed")
    } else if program(&["chromium", "chromium-browser", "google-chrome"]).is_none() {
        Some("Chromium not installed")
    } else if !root().join("tests/browser/node_modules/playwright-core").is_dir() {
        Some("npm packages of tests/browser not installed")
    } else {
        None
    }
}

/// Runs `tests/browser/stories/{story}.mjs` against `base` (`http://127.0.0.1:8080`); panics when the story
/// fails. `options` reach it as `options.NAME`. Skipped by name where the machine has no browser.
pub fn run_story(story: &str, base: &str, options: &[(&str, &str)]) {
    if let Some(part) = missing_part() {
        return skip(part, &format!("{story} in the browser"));
    }
    let node = program(&["node", "nodejs"]).expect("node");
    let chromium = program(&["chromium", "chromium-browser", "google-chrome"]).expect("chromium");
    let mut command = Command::new(node);
    command.arg(root().join("tests/browser/run.mjs")).arg(story).arg(format!("--base={base}"));
    for (name, value) in options {
        command.arg(format!("--{name}={value}"));
    }
    let done = command.env("ONIT_CHROMIUM", chromium).stdin(Stdio::null()).output().expect("node");
    let talk = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    eprintln!("{talk}");
    assert!(done.status.success(), "the browser story {story} failed:\n{talk}");
}
