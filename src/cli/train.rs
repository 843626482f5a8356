//! `onit train FILE…`: a city's own closed tickets teach the reader; before and after are compared on rows held back.
//!
//! Reading and learning happen outside any transaction; a reader that is worse is not taken into use.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::{Common, print, tell, to_line};
use crate::app::App;
use crate::error::{Error, Result};
use crate::limits;
use crate::settings::{Gate, Settings};
use crate::triage::closed::{Labels, Taken, Taking, TicketColumns};
use crate::triage::eval::Figures;
use crate::triage::learn::Row;
use crate::triage::models::{self, Maker, ModelVersion, SHIPPED};
use crate::triage::teach::{self, Firmness, Lesson, Lessons, Taught};
use crate::triage::{MeasuredGate, Model};

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Closed tickets: CSV with a first line of names, or JSON lines. Oldest first.
    #[arg(value_name = "FILE", required_unless_present_any = ["list", "back"])]
    files: Vec<PathBuf>,
    /// Which columns hold what; text=TITLE+NOTES puts two together, accept=COLUMN names what counts as right too.
    #[arg(long, value_name = "MAP", default_value = "text=text,service=service")]
    columns: String,
    /// Which of the city's categories is which service: TOML, "Pot Hole" = "pothole_road_damage". Codes and names of
    /// services.toml are known without.
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Take only rows where the column has this value; may be given several times.
    #[arg(long, value_name = "COLUMN=VALUE")]
    only: Vec<String>,
    /// Write the weights and their manifest into a file instead of the database.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Take the new reader into use although it is worse.
    #[arg(long)]
    force: bool,
    /// Go back to the reader that was in use before this one, or to VERSION; 0 came with the program.
    #[arg(long, value_name = "VERSION", num_args = 0..=1, conflicts_with_all = ["files", "list"])]
    back: Option<Option<i64>>,
    /// Show every version with its figures, newest first.
    #[arg(long, conflicts_with = "files")]
    list: bool,
}

/// What is printed with `--json`.
#[derive(Serialize)]
struct Report<'a> {
    taken: &'a Taken,
    lesson: &'a Lesson,
    name: &'a str,
    manifest: &'a serde_json::value::RawValue,
    /// Number in the database; null with `--out`.
    version: Option<i64>,
    in_use: bool,
}

/// Runs the command; `false` when the new reader is worse and was not taken.
pub(super) fn run(common: &Common, options: &Options) -> Result<bool> {
    if options.list {
        return list(common);
    }
    if let Some(to) = options.back {
        return back(common, to);
    }
    match &options.out {
        Some(out) => into_file(common, options, out),
        None => into_database(common, options),
    }
}

fn into_file(common: &Common, options: &Options, out: &Path) -> Result<bool> {
    let settings = common.settings()?;
    let (rows, taken) = rows(&settings, options)?;
    let shipped = Model::built_in(&settings.catalogue.codes())?;
    let taught = learn(&settings, &shipped, &rows, options)?;
    let good = taught.lesson.may_be_used() || options.force;
    if good {
        let manifest = out.with_extension("manifest.json");
        for (path, bytes) in [(out, taught.bytes.as_slice()), (&manifest, taught.manifest.as_bytes())] {
            std::fs::write(path, bytes)
                .map_err(|e| Error::Unavailable(format!("{}: cannot be written: {e}", path.display())))?;
        }
    }
    report(common, (&taken, &taught), (None, good))?;
    if good && !common.json {
        tell(&format!("written: {} ({} KB)", out.display(), taught.bytes.len() / 1024));
    }
    Ok(good)
}

fn into_database(common: &Common, options: &Options) -> Result<bool> {
    let app = common.app()?;
    let world = app.world.now();
    let (rows, taken) = rows(&world.settings, options)?;
    let taught = learn(&world.settings, &world.model, &rows, options)?;
    let good = taught.lesson.may_be_used() || options.force;
    let (stands, maker) = ((world.model_version, SHIPPED), (Maker::Person, "onit train"));
    let version = if good {
        models::take_into_use(&app.db, &taught, stands, maker, app.clock.now())?
    } else {
        models::refuse(&app.db, &taught, stands, maker, app.clock.now())?
    };
    report(common, (&taken, &taught), (Some(version), good))?;
    if good && !common.json {
        tell(&format!(
            "version {version} of the reader is in use; running servers load it within seconds. \
             The way back: onit train --back"
        ));
    }
    Ok(good)
}

fn back(common: &Common, to: Option<i64>) -> Result<bool> {
    let app = common.app()?;
    let version = models::go_back(&app.db, to, "onit train --back", app.clock.now())?;
    if common.json {
        print(&to_line(&serde_json::json!({"version": version}))?)?;
    } else {
        tell(&match version {
            SHIPPED => "the reader that comes with the program is in use again".to_owned(),
            version => format!("version {version} of the reader is in use again"),
        });
    }
    Ok(true)
}

fn list(common: &Common) -> Result<bool> {
    let app: App = common.app()?;
    let conn = &mut *app.db.read()?;
    let (in_use, all) = (models::in_use(conn)?, models::all(conn)?);
    for row in &all {
        if common.json {
            print(&to_line(&in_json(row, in_use))?)?;
        } else {
            print(&in_words(row, in_use))?;
        }
    }
    if !common.json {
        let mark = if in_use == SHIPPED { " in use" } else { "" };
        print(&format!("{SHIPPED:>4}  comes with the program{mark}"))?;
    }
    Ok(true)
}

fn in_json(row: &ModelVersion, in_use: i64) -> serde_json::Value {
    let manifest: serde_json::Value = serde_json::from_str(&row.manifest).unwrap_or_default();
    serde_json::json!({
        "version": row.version, "name": row.name, "state": row.state, "in_use": row.version == in_use,
        "made_by": row.made_by, "by": row.by_name, "at": row.at, "base": row.base, "before": row.before,
        "lesson": row.lesson(), "manifest": manifest,
    })
}

fn in_words(row: &ModelVersion, in_use: i64) -> String {
    let lesson = row.lesson();
    let state = if row.version == in_use { "in use" } else { &row.state };
    let why = if lesson.worse.is_empty() { String::new() } else { format!(": {}", lesson.worse.join(", ")) };
    format!(
        "{:>4}  {}  {state}{why}  {} rows by {}, accept set {:.3} -> {:.3}, calibration error {:.3} -> {:.3}, {}",
        row.version,
        row.at,
        lesson.learned,
        row.by_name,
        lesson.before.accept_accuracy,
        lesson.after.accept_accuracy,
        lesson.before.calibration_error,
        lesson.after.calibration_error,
        row.name,
    )
}

/// Reads every file before anything is learned.
fn rows(settings: &Settings, options: &Options) -> Result<(Vec<Row>, Taken)> {
    let columns: TicketColumns = options.columns.parse()?;
    let list = match &options.labels {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|e| Error::Invalid(format!("{}: cannot be read: {e}", path.display())))?;
            Some((path.display().to_string(), text))
        }
        None => None,
    };
    let list = list.as_ref().map(|(file, text)| (file.as_str(), text.as_str()));
    let labels = Labels::new(&settings.catalogue, list)?;
    let only = options.only.iter().map(|pair| {
        let (column, value) = pair.split_once('=').ok_or_else(|| {
            Error::Invalid(format!("--only {pair}: write COLUMN=VALUE, for example Status=Closed"))
        })?;
        Ok((column.trim().to_owned(), value.trim().to_owned()))
    });
    let only = only.collect::<Result<Vec<_>>>()?;
    let taking = Taking { columns: &columns, labels: &labels, only: &only };
    let (mut rows, mut taken) = (Vec::new(), Taken::default());
    for path in &options.files {
        read(&taking, path, (&mut rows, &mut taken))?;
    }
    if !taken.unknown.is_empty() || taken.rows > taken.taken {
        tell(&left_out(&taken));
    }
    Ok((rows, taken))
}

fn read(taking: &Taking<'_>, path: &Path, into: (&mut Vec<Row>, &mut Taken)) -> Result<()> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|e| Error::Invalid(format!("{name}: cannot be opened: {e}")))?;
    let long = file.metadata()?.len();
    if long > limits::TICKETS_FILE_BYTES {
        let most = limits::TICKETS_FILE_BYTES / 1024 / 1024;
        return Err(Error::Invalid(format!(
            "{name}: is larger than {most} MB: give the newest tickets only"
        )));
    }
    let input = BufReader::new(file.take(limits::TICKETS_FILE_BYTES));
    match path.extension().and_then(|e| e.to_str()).map(str::to_lowercase).as_deref() {
        Some("csv") => taking.csv(&name, input, into),
        Some("jsonl" | "ndjson" | "json") => taking.json_lines(&name, input, into),
        _ => Err(Error::Invalid(format!("{name}: the name must end in .csv or .jsonl"))),
    }
}

fn learn(settings: &Settings, in_use: &Model, rows: &[Row], options: &Options) -> Result<Taught> {
    let codes = settings.catalogue.codes();
    let base = Model::built_in(&codes)?.to_bytes();
    let data: Vec<String> =
        options.files.iter().filter_map(|f| f.file_name()?.to_str().map(str::to_owned)).collect();
    let bar = ProgressBar::new(1);
    if let Ok(style) = ProgressStyle::with_template("learning from {msg} rows {wide_bar} {eta}") {
        bar.set_style(style);
    }
    bar.set_message(rows.len().min(teach::MOST_ROWS).to_string());
    let targets = settings.policy.learning.targets(&settings.catalogue);
    let lessons = Lessons {
        targets: &targets,
        base: &base,
        in_use,
        rows,
        codes: &codes,
        data: &data,
        how: Firmness::default(),
    };
    let taught = teach::teach(&lessons, &mut |done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    taught
}

fn report(
    common: &Common,
    (taken, taught): (&Taken, &Taught),
    (version, in_use): (Option<i64>, bool),
) -> Result<()> {
    let lesson = &taught.lesson;
    if common.json {
        let manifest = serde_json::value::RawValue::from_string(taught.manifest.clone())
            .map_err(|e| Error::Invalid(format!("manifest: {e}")))?;
        let name = taught.name.as_str();
        return print(&to_line(&Report { taken, lesson, name, manifest: &manifest, version, in_use })?);
    }
    tell(&format!("learned from {} rows; {} held back to compare:", lesson.learned, lesson.held_back));
    tell("           accept set  top 3  macro-F1  calibration error  decided at 90 %  at 95 % precision");
    for (name, f) in [("before", &lesson.before), ("after", &lesson.after)] {
        tell(&line(name, f));
    }
    for (code, gate) in &lesson.gates {
        tell(&gate_line(code, gate));
    }
    if !in_use {
        tell(&format!(
            "not taken into use: {}. More tickets or better labels help; --force takes it all the same",
            lesson.worse.join(", ")
        ));
    }
    Ok(())
}

/// "gate of tree: auto from p 0.62; 31 of 34 guesses decided at 95 %, 94 % of all right".
fn gate_line(code: &str, gate: &MeasuredGate) -> String {
    let decided = (gate.share * gate.rows as f64).round();
    let from = if gate.gate == Gate::Auto { format!(" from p {:.2}", gate.p) } else { String::new() };
    format!(
        "gate of {code}: {}{from}; {decided} of {} guesses decided at {:.0} %, {:.0} % of all right",
        gate.gate.as_str(),
        gate.rows,
        gate.target * 100.0,
        gate.precision * 100.0
    )
}

fn line(name: &str, f: &Figures) -> String {
    format!(
        "{name:<9}  {:>10.3}  {:>5.3}  {:>8.3}  {:>17.3}  {:>13.0} %  {:>8.0} %",
        f.accept_accuracy,
        f.top3,
        f.macro_f1,
        f.calibration_error,
        f.coverage_90.share * 100.0,
        f.coverage_95.share * 100.0
    )
}

/// What was not taken, the largest first.
fn left_out(taken: &Taken) -> String {
    let mut lines = vec![format!("taken {} of {} rows", taken.taken, taken.rows)];
    for (n, why) in [
        (taken.not_wanted, "not wanted by --only"),
        (taken.left_out, "of categories left out on purpose"),
        (taken.without_words, "without words"),
    ] {
        if n > 0 {
            lines.push(format!("{n:>8}  {why}"));
        }
    }
    let unknown = taken
        .unknown
        .iter()
        .map(|(label, n)| (n, format!("\"{label}\": no such category; --labels explains it")));
    let other = taken
        .not_learned
        .iter()
        .map(|(code, n)| (n, format!("{code}: the reader cannot learn this service")));
    let mut counted: Vec<(&usize, String)> = unknown.chain(other).collect();
    counted.sort_by(|a, b| b.0.cmp(a.0).then_with(|| a.1.cmp(&b.1)));
    lines.extend(counted.into_iter().map(|(n, why)| format!("{n:>8}  {why}")));
    lines.join("\n")
}
