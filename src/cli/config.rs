//! `onit config check` and `onit migrate`.

use clap::Subcommand;

use super::{Common, print, tell, to_line};
use crate::db::{connect, migrate as migrations};
use crate::error::Result;

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Reads every file and names every problem with file, line, key and fix.
    Check,
}

/// Runs the command.
pub(super) fn run(common: &Common, options: &Options) -> Result<bool> {
    let What::Check = options.what;
    let settings = common.settings()?;
    let services = settings.catalogue.iter().count();
    if common.json {
        print(&to_line(
            &serde_json::json!({"city": settings.city.name, "services": services, "hash": settings.hash}),
        )?)?;
    } else {
        tell(&format!("{}: {services} services, all is well (hash {})", settings.city.name, settings.hash));
    }
    Ok(true)
}

/// Brings the database to this version's shape.
pub(super) fn migrate(common: &Common) -> Result<bool> {
    let mut conn = connect(&common.location()?)?;
    let done = migrations::run(&mut conn)?;
    if done.is_empty() {
        tell("the database is up to date");
    }
    for name in done {
        print(&name)?;
    }
    Ok(true)
}
