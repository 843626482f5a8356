//! Reading posts as lines from a file or a pipe, in groups that never wait for a slow writer.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::channels::replay::{self, BadLine, LineReader};
use crate::error::{Error, Result};
use crate::intake::Envelope;
use crate::limits;

/// A file of JSON lines.
#[derive(Debug, clap::Args)]
pub(crate) struct Input {
    /// JSON lines, or - for standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// A line that could not be read, as it is printed.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorLine<'a> {
    line: u64,
    outcome: &'static str,
    reason: &'a str,
}

impl<'a> From<&'a BadLine> for ErrorLine<'a> {
    fn from(bad: &'a BadLine) -> Self {
        Self { line: bad.line, outcome: "error", reason: &bad.reason }
    }
}

pub(crate) type Item = (u64, std::result::Result<Envelope, BadLine>);

impl Input {
    fn open(&self) -> Result<Box<dyn BufRead + Send>> {
        if self.file.as_os_str() == "-" {
            return Ok(Box::new(BufReader::new(std::io::stdin())));
        }
        let file = File::open(&self.file)
            .map_err(|e| Error::Invalid(format!("{}: cannot be opened: {e}", self.file.display())))?;
        Ok(Box::new(BufReader::with_capacity(256 * 1024, file)))
    }

    /// Starts reading on a thread of its own.
    pub(crate) fn start(&self, now: impl Fn() -> DateTime<Utc> + Send + 'static) -> Result<Groups> {
        let mut reader = LineReader::new(self.open()?);
        let (give, take) = sync_channel(limits::GROUP_POSTS * 4);
        std::thread::Builder::new().name("lines".into()).spawn(move || {
            loop {
                let next = match reader.next_line() {
                    Ok(Some((number, line))) => Ok((number, replay::parse(&line, number, now()))),
                    Ok(None) => return,
                    Err(error) => Err(error),
                };
                let ended = next.is_err();
                if give.send(next).is_err() || ended {
                    return;
                }
            }
        })?;
        Ok(Groups(take))
    }
}

/// Lines in groups: what comes within a moment, at least one, at most a group.
pub(crate) struct Groups(Receiver<Result<Item>>);

impl Groups {
    /// The next group; empty at the end.
    pub(crate) fn next(&self) -> Result<Vec<Item>> {
        let Ok(first) = self.0.recv() else { return Ok(Vec::new()) };
        let mut group = vec![first?];
        let until = Instant::now() + Duration::from_millis(limits::GATHER_MS);
        while group.len() < limits::GROUP_POSTS {
            match self.0.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(item) => group.push(item?),
                Err(_) => break,
            }
        }
        Ok(group)
    }
}
