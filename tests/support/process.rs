//! The real `onit` program, started as a person would, watched and killed.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{http, tool, wait_for};

/// A command line of the product, not started yet.
pub struct Onit {
    command: Command,
    expected: Vec<String>,
}

/// `onit(&["serve", "--database", &database.url])`.
pub fn onit(args: &[&str]) -> Onit {
    let mut command = Command::new(env!("CARGO_BIN_EXE_onit"));
    command.args(args).current_dir(super::root()).env("NO_COLOR", "1").stdin(Stdio::null());
    Onit { command, expected: Vec::new() }
}

/// What a finished command left.
#[derive(Debug)]
pub struct Finished {
    /// The exit code; None when a signal ended it.
    pub code: Option<i32>,
    /// Data.
    pub stdout: String,
    /// Talk.
    pub stderr: String,
}

impl Onit {
    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: &str) -> Self {
        self.command.arg(arg);
        self
    }

    /// WARN and ERROR lines that hold these words are part of the story.
    #[must_use]
    pub fn expecting(mut self, words: &str) -> Self {
        self.expected.push(words.to_owned());
        self
    }

    /// Runs it to its end.
    pub fn run(self) -> Finished {
        self.run_with(b"")
    }

    /// Runs it to its end with this on its standard input.
    pub fn run_with(mut self, input: &[u8]) -> Finished {
        let mut child = self
            .command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the onit binary");
        let mut stdin = child.stdin.take().expect("its standard input");
        let (out, input) = std::thread::scope(|scope| {
            // It may answer while it still reads, and may end before it has read all.
            let writer = scope.spawn(move || stdin.write_all(input));
            (child.wait_with_output().expect("its output"), writer.join())
        });
        drop(input);
        Finished {
            code: out.status.code(),
            stdout: String::from_utf8_lossy(&out.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&out.stderr).into_owned(),
        }
    }

    /// Starts it and leaves it running.
    pub fn start(mut self) -> Process {
        let mut child =
            self.command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the onit binary");
        let stdout = Lines::of(child.stdout.take().expect("its standard output"));
        let stderr = Lines::of(child.stderr.take().expect("its standard error"));
        Process { child, stdout, stderr, expected: self.expected, silent: false }
    }
}

/// A running `onit`. Dropping it kills it, and fails the test if it wrote a WARN, an ERROR or a panic that
/// the story did not expect.
pub struct Process {
    child: Child,
    stdout: Lines,
    stderr: Lines,
    expected: Vec<String>,
    silent: bool,
}

impl Process {
    /// Waits until `GET base/healthz` says 200; panics with its talk when it ends before, or after 30 s.
    pub fn wait_until_ready(&mut self, base: &str) {
        let url = format!("{base}/healthz");
        wait_for(&format!("{url} to answer 200"), Duration::from_secs(30), || {
            if let Some(status) = self.child.try_wait().expect("its state") {
                panic!("onit ended ({status}) before it was ready:\n{}", self.stderr.text());
            }
            http::get(&url).ok().filter(|answer| answer.status == 200)
        });
    }

    /// Waits until a line of its data or talk holds `words`, and gives the line.
    pub fn wait_for_line(&mut self, words: &str, timeout: Duration) -> String {
        wait_for(&format!("the line {words:?}"), timeout, || {
            let text = self.stdout.text() + &self.stderr.text();
            text.lines().find(|line| line.contains(words)).map(str::to_owned)
        })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed as data so far.
    pub fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// What it has said so far.
    pub fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// Ends it at once, as a power cut would (SIGKILL).
    pub fn kill(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        self.silent = true;
    }

    /// Asks it to end (SIGTERM) and waits; panics after 20 s.
    pub fn stop(&mut self) -> ExitStatus {
        tool("kill", &["-TERM", &self.id().to_string()]);
        self.wait(Duration::from_secs(20))
    }

    /// Waits until it ends by itself; panics after `timeout`.
    pub fn wait(&mut self, timeout: Duration) -> ExitStatus {
        wait_for("onit to end", timeout, || self.child.try_wait().expect("its state"))
    }

    /// Lines that should not be there.
    fn complaints(&self) -> Vec<String> {
        let is_expected = |line: &&str| !self.expected.iter().any(|words| line.contains(words.as_str()));
        self.stderr
            .text()
            .lines()
            .filter(|line| is_complaint(line))
            .filter(is_expected)
            .map(str::to_owned)
            .collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        self.stderr.finish();
        if std::thread::panicking() {
            eprintln!("--- onit said:\n{}---", self.stderr.text());
            return;
        }
        let complaints = self.complaints();
        assert!(complaints.is_empty(), "onit complained:\n{}", complaints.join("\n"));
    }
}

/// A WARN or ERROR of the log in either of its forms, or a panic.
pub fn is_complaint(line: &str) -> bool {
    let by_level =
        line.split_whitespace().take(3).any(|word| matches!(word.trim_end_matches(':'), "WARN" | "ERROR"));
    by_level
        || line.contains("\"level\":\"WARN\"")
        || line.contains("\"level\":\"ERROR\"")
        || line.contains("panicked at")
}

/// Collects a stream's lines while the process runs, so that its pipe never fills up.
struct Lines {
    text: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Lines {
    fn of(stream: impl Read + Send + 'static) -> Self {
        let text = Arc::new(Mutex::new(String::new()));
        let kept = Arc::clone(&text);
        let reader = std::thread::spawn(move || {
            let mut stream = BufReader::new(stream);
            let mut line = Vec::new();
            while stream.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                let line_text = String::from_utf8_lossy(&line).into_owned();
                kept.lock().unwrap_or_else(PoisonError::into_inner).push_str(&line_text);
                line.clear();
            }
        });
        Self { text, reader: Some(reader) }
    }

    fn text(&self) -> String {
        self.text.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for the last line of a process that has ended.
    fn finish(&mut self) {
        if let Some(reader) = self.reader.take() {
            drop(reader.join());
        }
    }
}
