//! `onit import gazetteer|areas|assets PATH…`: what a city knows of itself, into the database or a file. What other
//! servers know (`onit import open311 URL`) stands in `open311`.
//!
//! Everything is read and checked before the first byte is stored: after an error the old gazetteer is still in use.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use indicatif::ProgressBar;

use super::progress::spinner;
use super::{Common, locate, open311, print, tell, to_line};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::places::Gazetteer;
use crate::places::import::{self, Addition, Areas, Assets, Columns, Extra, ImportReport, OsmOptions};
use crate::places::stored;

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Streets, corners, aliases, houses, parks, landmarks, areas and numbered things, in one go.
    Gazetteer(GazetteerOptions),
    /// Wards, districts or the city's boundary on top of the gazetteer; replaces the layer of that name.
    Areas(AreasOptions),
    /// Poles, hydrants or other numbered things on top of the gazetteer; replaces the things of that kind.
    Assets(AssetsOptions),
    /// Open requests of another server into the journey.
    Open311(open311::ImportOptions),
}

#[derive(Debug, clap::Args)]
struct GazetteerOptions {
    /// An .osm.pbf file, a GeoJSON or CSV file, or a folder of them.
    path: PathBuf,
    /// Which file and column holds what; config/columns/cambridge_ma.toml is the worked example.
    /// An .osm.pbf file needs none.
    #[arg(long, value_name = "FILE")]
    columns: Option<PathBuf>,
    /// Name of the city, where the data does not tell it.
    #[arg(long, value_name = "NAME")]
    city: Option<String>,
    /// The line that maps must show, instead of the one the data brings.
    #[arg(long, value_name = "TEXT")]
    attribution: Option<String>,
    /// Drop areas and assets imported earlier that the new data does not have.
    #[arg(long)]
    fresh: bool,
    /// Write a compiled file instead of the database.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Where the result goes, and what it is put on top of.
#[derive(Debug, clap::Args)]
struct OnTop {
    /// GeoJSON or CSV files; with --columns also a folder.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Take files and columns from a column map instead of the options here.
    #[arg(long, value_name = "FILE")]
    columns: Option<PathBuf>,
    /// Put them on top of this compiled file instead of the database.
    #[arg(long, value_name = "FILE", requires = "out")]
    gazetteer: Option<PathBuf>,
    /// Write a compiled file instead of the database.
    #[arg(long, value_name = "FILE", requires = "gazetteer")]
    out: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct AreasOptions {
    #[command(flatten)]
    on_top: OnTop,
    /// Name of the layer: `ward`, `neighborhood`, `city` (the boundary) …
    #[arg(long, value_name = "NAME", required_unless_present = "columns")]
    layer: Option<String>,
    /// Column with an area's name.
    #[arg(long, value_name = "COLUMN", required_unless_present = "columns")]
    name: Option<String>,
    /// Put before the name: "Ward ".
    #[arg(long, value_name = "TEXT", default_value = "")]
    prefix: String,
}

#[derive(Debug, clap::Args)]
struct AssetsOptions {
    #[command(flatten)]
    on_top: OnTop,
    /// `street_light`, `hydrant`, `traffic_signal`, `barrel` …, as services name it.
    #[arg(long, value_name = "KIND", required_unless_present = "columns")]
    kind: Option<String>,
    /// Column with the number on its plate.
    #[arg(long, value_name = "COLUMN")]
    id: Option<String>,
    /// Column with the owner.
    #[arg(long, value_name = "COLUMN")]
    owner: Option<String>,
    /// The owner of all of them.
    #[arg(long, value_name = "NAME")]
    owner_is: Option<String>,
    /// For CSV: column with degrees north.
    #[arg(long, value_name = "COLUMN", requires = "lon")]
    lat: Option<String>,
    /// For CSV: column with degrees east.
    #[arg(long, value_name = "COLUMN", requires = "lat")]
    lon: Option<String>,
}

/// Runs the command.
pub(super) fn run(common: &Common, options: &Options) -> Result<bool> {
    match &options.what {
        What::Gazetteer(options) => gazetteer(common, options),
        What::Areas(options) => on_top(common, &options.on_top, areas(options)?),
        What::Assets(options) => on_top(common, &options.on_top, assets(options)?),
        What::Open311(options) => open311::import(common, options),
    }
}

fn gazetteer(common: &Common, options: &GazetteerOptions) -> Result<bool> {
    let columns = options.columns.as_deref().map(Columns::load).transpose()?;
    let osm = OsmOptions { city: options.city.clone(), attribution: options.attribution.clone() };
    let bar = spinner("reading");
    let compiled = import::compile(&options.path, columns, &osm, &mut |what, n| show(&bar, what, n));
    bar.finish_and_clear();
    let (gazetteer, report) = compiled?;
    match &options.out {
        Some(out) => write(&gazetteer, out)?,
        None => {
            let gazetteer = if options.fresh { gazetteer } else { with_what_was_there(common, gazetteer)? };
            store(common, &gazetteer)?;
        }
    }
    report_it(common, &report)
}

/// Wards and poles imported apart from the streets stay, unless the new data has its own.
fn with_what_was_there(common: &Common, new: Gazetteer) -> Result<Gazetteer> {
    let old = match stored::active(&mut *common.db()?.read()?) {
        Ok(None) => return Ok(new),
        Ok(Some((_, bytes))) => Gazetteer::from_bytes(&bytes),
        Err(error) => Err(error),
    };
    // One that cannot be read has nothing that could be kept.
    let old = match old {
        Ok(old) => old,
        Err(Error::Invalid(why)) => {
            tell(&format!("nothing is kept from before ({why})"));
            return Ok(new);
        }
        Err(other) => return Err(other),
    };
    if old.city_name() != new.city_name() {
        return Ok(new);
    }
    let (new, kept) = import::keep_extras(new, &old)?;
    for what in kept {
        tell(&format!("kept from before: {what} (--fresh drops them)"));
    }
    Ok(new)
}

/// Puts layers on top of what is in use.
fn on_top(common: &Common, options: &OnTop, additions: Vec<Addition>) -> Result<bool> {
    let base = match &options.gazetteer {
        Some(path) => locate::load(path)?,
        None => {
            let active = stored::active(&mut *common.db()?.read()?)?;
            let (_, bytes) = active.ok_or_else(|| {
                Error::NotFound(
                    "no gazetteer is in the database yet: run `onit import gazetteer` first".into(),
                )
            })?;
            Gazetteer::from_bytes(&bytes)?
        }
    };
    let bar = spinner("reading");
    let added = import::add(&base, &additions, &mut |what, n| show(&bar, what, n));
    bar.finish_and_clear();
    let (gazetteer, report) = added?;
    match &options.out {
        Some(out) => write(&gazetteer, out)?,
        None => store(common, &gazetteer)?,
    }
    report_it(common, &report)
}

fn areas(options: &AreasOptions) -> Result<Vec<Addition>> {
    let from_map = |map: Columns| map.areas.into_iter().map(Extra::Areas).collect();
    additions(&options.on_top, from_map, |file| {
        Extra::Areas(Areas {
            file,
            layer: options.layer.clone().unwrap_or_default(),
            name: options.name.clone().unwrap_or_default(),
            prefix: options.prefix.clone(),
        })
    })
}

fn assets(options: &AssetsOptions) -> Result<Vec<Addition>> {
    let from_map = |map: Columns| map.assets.into_iter().map(Extra::Assets).collect();
    additions(&options.on_top, from_map, |file| {
        Extra::Assets(Assets {
            file,
            kind: options.kind.clone().unwrap_or_default(),
            id: options.id.clone(),
            owner: options.owner.clone(),
            owner_is: options.owner_is.clone(),
            only: None,
            lat: options.lat.clone(),
            lon: options.lon.clone(),
        })
    })
}

/// One layer a file; with a column map, the map's layers that lie in the paths given.
fn additions(
    options: &OnTop,
    from_map: impl Fn(Columns) -> Vec<Extra>,
    by_options: impl Fn(String) -> Extra,
) -> Result<Vec<Addition>> {
    let map = options.columns.as_deref().map(Columns::load).transpose()?;
    let mut list = Vec::new();
    for path in &options.paths {
        let (dir, file) = if path.is_dir() { (path.clone(), None) } else { folder_and_file(path)? };
        match (&map, file) {
            (None, Some(file)) => list.push(Addition { dir, extra: by_options(file) }),
            (None, None) => {
                return Err(Error::Invalid(format!("{}: a folder needs --columns", path.display())));
            }
            (Some(map), file) => {
                let fits = |extra: &Extra| file.as_deref().is_none_or(|file| extra.file() == file);
                let layers = from_map(map.clone()).into_iter().filter(fits);
                list.extend(layers.map(|extra| Addition { dir: dir.clone(), extra }));
            }
        }
    }
    if list.is_empty() {
        return Err(Error::Invalid("the column map has no such layer for the files given".into()));
    }
    Ok(list)
}

fn folder_and_file(path: &Path) -> Result<(PathBuf, Option<String>)> {
    let file = path.file_name().and_then(|name| name.to_str());
    let file = file.ok_or_else(|| Error::Invalid(format!("{}: not a file", path.display())))?;
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok((dir.to_owned(), Some(file.to_owned())))
}

fn show(bar: &ProgressBar, what: &str, n: u64) {
    bar.set_message(what.to_owned());
    bar.set_position(n);
}

fn write(gazetteer: &Gazetteer, out: &Path) -> Result<()> {
    let bytes = gazetteer.to_bytes()?;
    std::fs::write(out, &bytes)
        .map_err(|e| Error::Unavailable(format!("{}: cannot be written: {e}", out.display())))?;
    tell(&format!("{}: {} KB", out.display(), bytes.len() / 1024));
    Ok(())
}

fn store(common: &Common, gazetteer: &Gazetteer) -> Result<()> {
    let bytes = gazetteer.to_bytes()?;
    let version = stored::replace(&common.db()?, &bytes, "onit import", Clock::machine().now())?;
    tell(&format!("gazetteer version {version} is in use; running servers load it within seconds"));
    tell(&format!("maps show: {}", gazetteer.attribution()));
    Ok(())
}

fn report_it(common: &Common, report: &ImportReport) -> Result<bool> {
    if common.json {
        print(&to_line(report)?)?
    } else {
        tell(&in_words(report))
    }
    Ok(true)
}

/// The report as a person reads it: what was taken, what is known now, what was left out and why.
fn in_words(report: &ImportReport) -> String {
    let mut lines: Vec<String> = report.layers.iter().map(|(file, n)| format!("{n:>8}  {file}")).collect();
    let counts: Vec<String> = report.counts.iter().map(|(noun, n)| format!("{n} {noun}")).collect();
    lines.push(format!("in all: {}", counts.join(", ")));
    for skipped in &report.skipped {
        let some = skipped.examples.join(", ");
        lines.push(format!("left out {} of {}: {} ({some})", skipped.count, skipped.file, skipped.reason));
    }
    lines.join("\n")
}
