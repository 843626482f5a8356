//! Everything that is wrong with the settings, found in one go and told in one message.
//!
//! A clerk who mends a file wants the whole list, not the first line of it.
//! So reading never stops at a problem: it notes it here, goes on with a harmless value,
//! and the settings are thrown away at the end if anything was noted.

use std::cell::RefCell;

use crate::error::Error;

/// Most problems told at once; a file of the wrong kind would fill the screen.
const MOST_TOLD: usize = 60;

/// Likeness (Jaro-Winkler, 0 to 1) from which a word counts as a slip of another; lower ones name unrelated words.
const NEAR: f64 = 0.85;

/// The list of problems, shared by everyone who reads a file.
#[derive(Debug, Default)]
pub(super) struct Problems {
    noted: RefCell<Vec<Problem>>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Problem {
    /// The file (or the environment variable) as people call it.
    place: String,
    /// Line in the file; none for the environment and for whole files.
    line: Option<usize>,
    message: String,
}

impl Problems {
    /// Notes one problem. `line` counts from 1.
    pub(super) fn note(&self, place: &str, line: Option<usize>, message: impl Into<String>) {
        self.noted.borrow_mut().push(Problem { place: place.to_owned(), line, message: message.into() });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.noted.borrow().is_empty()
    }

    /// How many were noted so far.
    pub(super) fn len(&self) -> usize {
        self.noted.borrow().len()
    }

    /// All problems as one error, in the order of files and lines, each on its own line.
    pub(super) fn into_error(self) -> Error {
        let mut noted = self.noted.into_inner();
        noted.sort();
        noted.dedup();
        let total = noted.len();
        let mut told: Vec<String> = noted.into_iter().take(MOST_TOLD).map(|p| p.to_line()).collect();
        if total > MOST_TOLD {
            told.push(format!("… and {} more", total - MOST_TOLD));
        }
        Error::Invalid(told.join("\n"))
    }
}

impl Problem {
    fn to_line(&self) -> String {
        match self.line {
            Some(line) => format!("{} line {line}: {}", self.place, self.message),
            None => format!("{}: {}", self.place, self.message),
        }
    }
}

/// The known word nearest to what was written, when it is near enough to be a slip.
pub(super) fn nearest<'k>(written: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let written = written.to_lowercase();
    known
        .map(|k| (strsim::jaro_winkler(&written, &k.to_lowercase()), k))
        .filter(|(likeness, _)| *likeness >= NEAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, k)| k)
}

/// "; did you mean `x`?" for the nearest word, else "; known are a, b and c" while the list is short.
pub(super) fn suggestion<'k>(written: &str, known: impl Iterator<Item = &'k str> + Clone) -> String {
    if let Some(near) = nearest(written, known.clone()) {
        return format!("; did you mean `{near}`?");
    }
    let all: Vec<String> = known.map(|k| format!("`{k}`")).collect();
    match all.as_slice() {
        [] => String::new(),
        [one] => format!("; known is {one}"),
        [most @ .., last] if all.len() <= 40 => format!("; known are {} and {last}", most.join(", ")),
        _ => String::new(),
    }
}
