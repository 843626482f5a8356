//! `onit locate`: where a post speaks of, without a database.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::lines::{ErrorLine, Input};
use super::{print, tell, to_line};
use crate::clock::Clock;
use crate::error::Result;
use crate::places::import::{self, OsmOptions};
use crate::places::{self, Gazetteer, Hints, Kind, Located, Place, Status};

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// An .osm.pbf file, or a file compiled by `onit import gazetteer … --out FILE`.
    #[arg(long, value_name = "PATH")]
    pub gazetteer: PathBuf,
    #[command(flatten)]
    pub input: Input,
}

#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    status: Status,
    best: Option<Spot<'a>>,
    alternatives: Vec<Spot<'a>>,
}

#[derive(Serialize)]
struct Spot<'a> {
    lat: f64,
    lon: f64,
    radius_m: f64,
    kind: Kind,
    label: &'a str,
    start: Option<usize>,
    end: Option<usize>,
}

impl<'a> From<&'a Place> for Spot<'a> {
    fn from(p: &'a Place) -> Self {
        Self {
            lat: p.lat,
            lon: p.lon,
            radius_m: p.radius_m,
            kind: p.kind,
            label: &p.label,
            start: p.span.map(|s| s.start),
            end: p.span.map(|s| s.end),
        }
    }
}

/// Runs the command; `false` when a line failed.
pub(super) fn run(options: &Options) -> Result<bool> {
    let gazetteer = load(&options.gazetteer)?;
    let clock = Clock::machine();
    let groups = options.input.start(move || clock.now())?;
    let mut all_good = true;
    loop {
        let items = groups.next()?;
        if items.is_empty() {
            return Ok(all_good);
        }
        for (_, item) in items {
            match item {
                Err(bad) => {
                    all_good = false;
                    print(&to_line(&ErrorLine::from(&bad))?)?;
                }
                Ok(post) => {
                    let hints = Hints { geotag: post.lat.zip(post.lon), ..Hints::default() };
                    print(&to_line(&line(&post.id, &places::locate(&gazetteer, &post.text, &hints)))?)?;
                }
            }
        }
    }
}

fn line<'a>(id: &'a str, located: &'a Located) -> Line<'a> {
    Line {
        id,
        status: located.status,
        best: located.best.as_ref().map(Spot::from),
        alternatives: located.alternatives.iter().map(Spot::from).collect(),
    }
}

/// Reads a compiled gazetteer, or compiles an OpenStreetMap extract.
pub(super) fn load(path: &Path) -> Result<Gazetteer> {
    if import::is_osm(path) {
        let (gazetteer, _) = import::compile(path, None, &OsmOptions::default(), &mut |_, _| {})?;
        tell(gazetteer.attribution());
        return Ok(gazetteer);
    }
    let bytes = import::read_file(path, import::MAX_GAZETTEER_BYTES)?;
    Gazetteer::from_bytes(&bytes).map_err(|e| e.at(&path.display().to_string()))
}
