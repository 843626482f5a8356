//! The command line: one file a command. Data to stdout, talk to stderr, exit 0 ok, 1 failed, 2 wrong use.

pub mod archive;
mod backup;
mod channel;
mod classify;
mod config;
mod doctor;
mod eval;
mod import;
mod key;
mod lines;
mod locate;
mod open311;
mod progress;
mod receive;
mod routing;
mod serve;
mod train;
mod user;
mod voice;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app::App;
use crate::clock::Clock;
use crate::db::{Db, Location, migrate};
use crate::error::{Error, Result};
use crate::settings::Settings;
pub(crate) use crate::terminal::tell;

/// OnIt: a resident posts, the city answers in the same thread, and the ticket is followed until it is fixed.
#[derive(Debug, Parser)]
#[command(name = "onit", version, about, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// Exit code for a command line that cannot be meant.
const WRONG_USE: u8 = 2;

/// What every command understands.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Common {
    /// Folder of the city's settings; the built-in example city when it does not exist.
    #[arg(long, global = true, value_name = "DIR", default_value = "config")]
    config: PathBuf,
    /// sqlite:FILE or postgres://USER@HOST/NAME.
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "DATABASE_URL",
        default_value = "sqlite:onit.db",
        hide_env_values = true
    )]
    database: String,
    /// Machine-readable output.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// A throw-away city with everything running: post in the town square, see the answer arrive.
    Demo(crate::demo::Options),
    /// Web pages and workers.
    Serve(serve::Options),
    /// Workers alone.
    Work,
    /// Posts as JSON lines through the whole journey; one line out for each line in.
    Receive(lines::Input),
    /// Read posts, nothing else: no database.
    Classify(lines::Input),
    /// Find the place of posts, nothing else: no database.
    Locate(locate::Options),
    /// Measure against gold labels.
    Eval(eval::Options),
    /// A city's own closed tickets teach the reader; before and after are compared.
    Train(train::Options),
    /// Bring in what the city knows: streets, corners, parks, poles.
    Import(import::Options),
    /// Other servers that speak Open311.
    Open311(open311::Options),
    /// Bring the database to this version's shape.
    Migrate,
    /// People who sign in.
    User(user::Options),
    /// Keys of programs that write to this city: Open311 clients, apps, departments.
    Key(key::Options),
    /// Accounts on networks.
    Channel(channel::Options),
    /// The city's settings.
    Config(config::Options),
    /// Whose job it is: check the rules, try others, explain one request.
    Routing(routing::Options),
    /// How the city speaks: holds every wording, or a text of yours, against policy.toml.
    Voice(voice::Options),
    /// Look for trouble and say how to mend it.
    Doctor,
    /// Write everything, photos included, into one file; while running.
    Backup(backup::BackupOptions),
    /// Bring a backup back, after checking it.
    Restore(backup::RestoreOptions),
}

/// Runs the program and returns its exit code.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    start_log();
    // Points where tests stop the process dead; without the feature (every released binary) this does nothing.
    let _points = fail::FailScenario::setup();
    // An address that cannot be one is wrong use, whatever the command; it is not repeated, for it may hold a password.
    if let Err(error) = cli.common.location() {
        complain(&error.to_string());
        return ExitCode::from(WRONG_USE);
    }
    match dispatch(cli) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn dispatch(cli: Cli) -> Result<bool> {
    let common = &cli.common;
    match cli.command {
        Command::Demo(options) => crate::demo::run(options),
        Command::Serve(options) => serve::serve(common, &options),
        Command::Work => serve::work(common),
        Command::Receive(input) => receive::run(common, &input),
        Command::Classify(input) => classify::run(common, &input),
        Command::Locate(options) => locate::run(&options),
        Command::Eval(options) => eval::run(common, &options),
        Command::Train(options) => train::run(common, &options),
        Command::Import(options) => import::run(common, &options),
        Command::Open311(options) => open311::run(common, &options),
        Command::Migrate => config::migrate(common),
        Command::User(options) => user::run(common, &options),
        Command::Key(options) => key::run(common, &options),
        Command::Channel(options) => channel::run(common, &options),
        Command::Config(options) => config::run(common, &options),
        Command::Routing(options) => routing::run(common, &options),
        Command::Voice(options) => voice::run(common, &options),
        Command::Doctor => doctor::run(common),
        Command::Backup(options) => backup::backup(common, &options),
        Command::Restore(options) => backup::restore(common, &options),
    }
}

impl Common {
    fn settings(&self) -> Result<Settings> {
        load_settings(&self.config)
    }

    fn location(&self) -> Result<Location> {
        self.database.parse()
    }

    /// The database alone, brought up to date: what mends a gazetteer must not need one.
    fn db(&self) -> Result<Db> {
        let db = Db::open(&self.location()?, 2)?;
        migrate::run(&mut *db.read()?)?;
        Ok(db)
    }

    fn app(&self) -> Result<App> {
        App::build(self.settings()?, &self.location()?, Clock::machine())
    }
}

/// Settings from a folder, or the built-in example city when the default folder is not there.
pub(crate) fn load_settings(dir: &Path) -> Result<Settings> {
    if dir == Path::new("config") && !dir.exists() {
        return Settings::built_in(environment());
    }
    Settings::load(dir, environment())
}

/// The environment, without variables that are not text: none of ours is one.
pub(crate) fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
}

fn start_log() {
    use tracing_subscriber::{EnvFilter, fmt};
    let filter = EnvFilter::try_from_env("ONIT_LOG").unwrap_or_else(|_| EnvFilter::new("onit=info,warn"));
    let color =
        std::env::var_os("NO_COLOR").is_none() && std::io::IsTerminal::is_terminal(&std::io::stderr());
    let json = std::env::var("ONIT_LOG_FORMAT").is_ok_and(|f| f == "json");
    let log = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(color);
    // A second start (tests) keeps the first log.
    let _ = if json { log.json().try_init() } else { log.with_target(false).try_init() };
}

/// One line of data on stdout.
pub(crate) fn print(line: &str) -> Result<()> {
    use std::io::Write as _;
    match writeln!(std::io::stdout().lock(), "{line}") {
        // The reader of the pipe went away: nothing more to say.
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => Ok(other?),
    }
}

fn complain(line: &str) {
    tell(&format!("onit: {line}"));
}

/// Serializes a line of output.
pub(crate) fn to_line(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Error::Invalid(format!("cannot be written as JSON: {e}")))
}
