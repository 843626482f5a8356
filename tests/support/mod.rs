//! What the story tests stand on: throw-away databases, the real binary, a proxy that breaks things,
//! a real fediverse server, a browser. Each integration test says `mod support;` and takes what it needs.
//!
//! A story that misses a part of the machine is skipped by name; with `ONIT_NO_SKIPS=1` (CI) it fails.

#![allow(dead_code, reason = "every story uses another part of it")]
#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]
#![allow(clippy::print_stderr, reason = "test code talks to the person who runs it")]

pub mod atproto;
pub mod browser;
pub mod city;
pub mod databases;
pub mod http;
pub mod namespace;
pub mod photos;
pub mod process;
pub mod proxy;
pub mod sky;
pub mod snac;
pub mod source;
pub mod town;
pub mod wire;

use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The package's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Says that a story is skipped because the machine lacks `part`, and keeps the line for the summary of
/// `make test`. Panics where skips are refused.
pub fn skip(part: &str, story: &str) {
    let line = format!("SKIPPED ({part}): {story}");
    assert!(std::env::var("ONIT_NO_SKIPS").as_deref() != Ok("1"), "{line}; ONIT_NO_SKIPS=1 refuses that");
    eprintln!("{line}");
    if let Some(list) = std::env::var_os("ONIT_SKIP_LIST")
        && let Ok(mut file) = std::fs::OpenOptions::new().create(true).append(true).open(list)
    {
        let _ = writeln!(file, "{line}");
    }
}

/// The name of the test that runs now, as its runner knows it.
pub fn story() -> String {
    let by_thread = std::thread::current().name().filter(|name| *name != "main").map(str::to_owned);
    let by_runner = || std::env::var("NEXTEST_TEST_NAME").ok();
    let by_argument = || std::env::args().skip_while(|arg| arg != "--exact").nth(1);
    by_thread.or_else(by_runner).or_else(by_argument).unwrap_or_else(|| "a story".to_owned())
}

/// A loopback port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its number").port()
}

/// Asks again every 50 ms until `look` finds something; panics with `what` after `timeout`.
pub fn wait_for<T>(what: &str, timeout: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + timeout;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "waited {timeout:?} in vain for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The first of these programs that the machine has.
pub fn program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> =
        std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]).collect();
    names.iter().find_map(|name| folders.iter().map(|dir| dir.join(name)).find(|file| file.is_file()))
}

/// Runs a small tool and gives what it printed; panics with what it complained about.
pub fn tool(program: &str, args: &[&str]) -> String {
    let done = Command::new(program).args(args).stdin(Stdio::null()).output();
    let done = done.unwrap_or_else(|e| panic!("{program}: {e}"));
    let talk = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{program} {args:?}: {talk}");
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}
