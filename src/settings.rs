//! The city's settings: the files of `config/` and the environment, read once, checked, typed.
//!
//! Reading finds every problem before it refuses, and says file, line, key and fix for each.
//! After that nothing here can be wrong any more: the rest of the house never checks a setting again.
//! Edges: no database, no network, no clock. People, keys, models and the kill switch are in the database, not here.

mod city;
mod clocks;
mod departments;
mod env;
mod files;
mod joining;
mod lang;
mod learning;
mod network;
mod phrases;
mod policy;
mod problems;
mod reader;
mod routing;
mod routing_file;
mod services;
mod services_file;
mod voice;
mod wording;

pub mod calendar;
pub mod dates;

use std::path::{Path, PathBuf};

use crate::error::Result;

pub use city::{City, Mail, Secrets, Server};
pub use clocks::{ClockKind, Clocks, Expected, Rung, Tell};
pub use departments::{Department, Departments, OfficeHours};
pub use joining::{JoinWeights, Joining, SamePlace, TellApart, plain};
pub use lang::{ByLang, Lang};
pub use learning::{GateTargets, Learning};
pub use network::Network;
pub use phrases::PLACEHOLDERS;
pub use policy::{Ask, DutyPerson, Elsewhere, FormLimits, OutsidePosts, Policy, QuietHours, ResidentsWords};
pub use routing::{
    AnswerIs, AreaIs, CITY_OWNER, CalendarIs, DayTime, RoutingRule, RoutingRules, Season, When,
};
pub use services::{
    Attribute, AttributeValue, Catalogue, Datatype, Due, Gate, JoinRule, PlaceNeed, Proof, Same, Service,
    Urgency,
};
pub use voice::{Example, NetworkVoice, Saying, Signatures, Voice};
pub use wording::{Phrase, Wording};

use env::Environment;
use files::File;
use problems::Problems;
use reader::{Doc, Table};

/// Everything the city decided, loaded and checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who we are.
    pub city: City,
    /// How this machine serves.
    pub server: Server,
    /// How mail leaves.
    pub mail: Mail,
    /// Keys from the environment.
    pub secrets: Secrets,
    /// Every kind of ticket.
    pub catalogue: Catalogue,
    /// Who does the work.
    pub departments: Departments,
    /// Whose job it is, rule by rule.
    pub routing: RoutingRules,
    /// The rules of the city.
    pub policy: Policy,
    /// When two reports are one problem.
    pub joining: Joining,
    /// What the city says.
    pub wording: Wording,
    /// SHA-256 (hex) over all files; processes compare it. Variables are not part of it.
    pub hash: String,
    /// The config folder; empty when the built-in files are in use.
    pub dir: PathBuf,
}

impl Settings {
    /// Reads the config folder. `env` is the whole environment; only our variables are looked at.
    ///
    /// # Errors
    /// `Invalid` with every problem found, one a line: file, line, key, fix.
    pub fn load(dir: &Path, env: impl Iterator<Item = (String, String)>) -> Result<Self> {
        let problems = Problems::default();
        if !dir.is_dir() {
            problems.note(
                &dir.display().to_string(),
                None,
                "is not a folder; name the config folder with --config",
            );
            return Err(problems.into_error());
        }
        let files = files::from_dir(dir, &problems);
        Self::assemble(&files, dir.to_owned(), env, problems)
    }

    /// The example city, built into the program: for the demo and for tests.
    ///
    /// # Errors
    /// `Invalid` when a variable does not fit.
    pub fn built_in(env: impl Iterator<Item = (String, String)>) -> Result<Self> {
        Self::assemble(&files::built_in(), PathBuf::new(), env, Problems::default())
    }

    /// Other routing rules for the same departments and services, for a try before they are put in force.
    ///
    /// # Errors
    /// `Invalid` with every problem found, one a line: file, line, key, fix.
    pub fn other_routing(&self, file: &Path) -> Result<RoutingRules> {
        let problems = Problems::default();
        let shown = file.display().to_string();
        let text = match files::read(file) {
            Ok(text) => text,
            Err(why) => {
                problems.note(&shown, None, why);
                return Err(problems.into_error());
            }
        };
        let doc = Doc { name: &shown, text: &text, problems: &problems, env: None };
        let parsed = doc.parse();
        let rules = parsed.as_ref().map(|parsed| {
            routing_file::read(&doc.root(parsed), Some(&self.departments), Some(&self.catalogue))
        });
        match rules {
            Some(rules) if problems.is_empty() => Ok(rules),
            _ => Err(problems.into_error()),
        }
    }

    fn assemble(
        files: &[File],
        dir: PathBuf,
        env: impl Iterator<Item = (String, String)>,
        problems: Problems,
    ) -> Result<Self> {
        let env = Environment::gather(env, &problems);
        let reader = Reader { files, problems: &problems, env: &env };
        let onit = reader.read("onit.toml", |root| city::read(root, &env, &problems));
        let before = problems.len();
        let departments = reader.read("departments.toml", departments::read).flatten();
        let catalogue = reader.read("services.toml", |root| services_file::read(root, departments.as_ref()));
        // Where departments or services are wrong themselves, what rules say of them would only raise false alarms.
        let sound = problems.len() == before;
        let known = (departments.as_ref().filter(|_| sound), catalogue.as_ref().filter(|_| sound));
        let routing = reader.read("routing.toml", |root| routing_file::read(root, known.0, known.1));
        let policy = reader.read("policy.toml", policy::read);
        let joining = reader.read("joining.toml", joining::read);
        let mut wording = Wording::default();
        for lang in Lang::ALL {
            reader.read(&format!("wording/{lang}.toml"), |root| wording::read(root, lang, &mut wording));
        }
        if onit.is_some() {
            // Else the keys a variable may set are not all known.
            env.note_unknown(&problems);
        }
        let whole = problems.is_empty().then_some(()).and(onit.flatten()).zip(departments).zip(catalogue);
        let Some(((((city, server, mail), departments), catalogue), ((routing, policy), joining))) =
            whole.zip(routing.zip(policy).zip(joining))
        else {
            return Err(problems.into_error());
        };
        let (secrets, hash) = (city::secrets(&env), files::hash(files));
        Ok(Self {
            city,
            server,
            mail,
            secrets,
            catalogue,
            departments,
            routing,
            policy,
            joining,
            wording,
            hash,
            dir,
        })
    }
}

/// Hands each file to the one who understands it.
struct Reader<'a> {
    files: &'a [File],
    problems: &'a Problems,
    env: &'a Environment,
}

impl Reader<'_> {
    /// None when the file could not be read (that is noted already).
    fn read<T>(&self, name: &str, understand: impl FnOnce(&Table<'_>) -> T) -> Option<T> {
        let file = self.files.iter().find(|f| f.name == name)?;
        let env = (name == "onit.toml").then_some(self.env);
        let doc = Doc { name: &file.shown, text: &file.text, problems: self.problems, env };
        let parsed = doc.parse()?;
        Some(understand(&doc.root(&parsed)))
    }
}

#[cfg(test)]
mod tests;
