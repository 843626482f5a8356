//! How well places are found, against gold coordinates. Pure: rows in, figures out.
//!
//! The code under test is handed nothing but the text of a row.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::geometry::Point;
use super::{Gazetteer, Hints, Status, locate};

/// One row of truth. Rows without coordinates name no place; rows in doubt are not counted.
#[derive(Clone, Debug, Deserialize)]
pub struct Row {
    /// Its id.
    #[serde(default)]
    pub id: String,
    /// The text, all that [`locate`] sees.
    pub text: String,
    /// `address`, `intersection` …
    #[serde(default)]
    pub kind: String,
    /// `clean_text`, `typo`, `post`.
    #[serde(default)]
    pub var: String,
    /// Degrees north.
    pub gold_lat: Option<f64>,
    /// Degrees east.
    pub gold_lon: Option<f64>,
    /// The truth itself is in doubt.
    #[serde(default)]
    pub suspect: bool,
    /// Sources disagree.
    #[serde(default)]
    pub disputed: bool,
}

/// Figures for one group of rows.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Figures {
    /// Rows counted.
    pub rows: usize,
    /// Answers with status found.
    pub found: usize,
    /// Answers with status ambiguous.
    pub ambiguous: usize,
    /// Answers with status outside.
    pub outside: usize,
    /// Median metres between answer and truth, of those found.
    pub median_m: f64,
    /// Share of all rows within 50 m.
    pub within_50_m: f64,
    /// Share of all rows within 100 m.
    pub within_100_m: f64,
    /// Share of all rows more than 250 m off.
    pub wrong_by_250_m: f64,
    #[serde(skip)]
    metres: Vec<f64>,
}

/// The whole result.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Evaluation {
    /// Rows with a place.
    pub all: Figures,
    /// By "kind variant".
    pub groups: BTreeMap<String, Figures>,
    /// Rows left out because their truth is in doubt.
    pub not_counted: usize,
    /// Rows that name no place.
    pub without_place: usize,
    /// Share of these where one was found all the same.
    pub false_places: f64,
    /// Rows that went wrong: id, status, metres off (`None` if nothing was found).
    pub misses: Vec<Miss>,
}

/// One row that went wrong.
#[derive(Clone, Debug, Serialize)]
pub struct Miss {
    /// The row's id.
    pub id: String,
    /// The text.
    pub text: String,
    /// What came out.
    pub status: Status,
    /// The answer's words.
    pub label: Option<String>,
    /// Metres off.
    pub metres: Option<f64>,
}

/// Runs `locate` over the rows.
#[must_use]
pub fn evaluate(gazetteer: &Gazetteer, rows: &[Row]) -> Evaluation {
    let mut result = Evaluation::default();
    let mut false_places = 0_usize;
    for row in rows {
        if row.suspect || row.disputed {
            result.not_counted += 1;
            continue;
        }
        let located = locate(gazetteer, &row.text, &Hints::default());
        let label = located.best.as_ref().map(|p| p.label.clone());
        let miss = |metres| Miss {
            id: row.id.clone(),
            text: row.text.clone(),
            status: located.status,
            label: label.clone(),
            metres,
        };
        let (Some(lat), Some(lon)) = (row.gold_lat, row.gold_lon) else {
            result.without_place += 1;
            if located.status == Status::Found {
                false_places += 1;
                result.misses.push(miss(None));
            }
            continue;
        };
        let best = located.best.as_ref();
        let metres = best.map(|p| Point { lat: p.lat, lon: p.lon }.distance_m(Point { lat, lon }));
        if metres.is_none_or(|m| m > 100.0) {
            result.misses.push(miss(metres));
        }
        let group = result.groups.entry(format!("{} {}", row.kind, row.var).trim().to_owned()).or_default();
        for figures in [group, &mut result.all] {
            figures.rows += 1;
            figures.ambiguous += usize::from(located.status == Status::Ambiguous);
            figures.outside += usize::from(located.status == Status::Outside);
            figures.metres.extend(metres);
        }
    }
    result.false_places = share(false_places, result.without_place);
    result.all.finish();
    result.groups.values_mut().for_each(Figures::finish);
    result
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

impl Figures {
    fn finish(&mut self) {
        self.metres.sort_by(f64::total_cmp);
        self.found = self.metres.len();
        self.median_m = self.metres.get(self.found / 2).copied().unwrap_or(0.0);
        let within = |limit: f64| self.metres.partition_point(|m| *m <= limit);
        let (near, close, right) = (within(50.0), within(100.0), within(250.0));
        self.within_50_m = share(near, self.rows);
        self.within_100_m = share(close, self.rows);
        self.wrong_by_250_m = share(self.found - right, self.rows);
    }
}

impl std::fmt::Display for Evaluation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "{:28} {:>6} {:>6} {:>6} {:>6} {:>6} {:>7} {:>6} {:>6} {:>7}",
            "group", "rows", "found", "ask", "outs.", "none", "median", "<50m", "<100m", ">250m"
        )?;
        for (name, x) in self.groups.iter().map(|(n, x)| (n.as_str(), x)).chain([("all", &self.all)]) {
            writeln!(
                f,
                "{name:28} {:>6} {:>6} {:>6} {:>6} {:>6} {:>5.0} m {:>6.3} {:>6.3} {:>7.3}",
                x.rows,
                x.found,
                x.ambiguous,
                x.outside,
                x.rows.saturating_sub(x.found + x.ambiguous + x.outside),
                x.median_m,
                x.within_50_m,
                x.within_100_m,
                x.wrong_by_250_m
            )?;
        }
        writeln!(f, "false places: {:.4} of {} texts without one", self.false_places, self.without_place)?;
        write!(f, "not counted, because their truth is in doubt: {}", self.not_counted)
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::super::import::{Columns, compile_folder};
    use super::*;

    fn rows(path: PathBuf) -> Vec<Row> {
        let text = std::fs::read_to_string(path).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn real_posts_are_placed_as_well_as_promised() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let data = here.join("../shared/data");
        if !data.join("geo/cambridge_ma").is_dir() {
            println!("skipped: the development data in ../shared/data is not here");
            return;
        }
        let columns = Columns::load(&here.join("config/columns/cambridge_ma.toml")).unwrap();
        let (gazetteer, _) =
            compile_folder(&data.join("geo/cambridge_ma"), &columns, &mut |_, _| {}).unwrap();
        let placed = evaluate(&gazetteer, &rows(data.join("geo/posts_dev.jsonl")));
        let near = |group: &str| placed.groups[group].within_100_m;
        for (group, least) in [
            ("address post", 0.95),
            ("address typo", 0.91),
            ("intersection post", 0.96),
            ("intersection typo", 0.89),
        ] {
            assert!(near(group) >= least, "{group}: {placed}");
        }
        assert!(placed.all.wrong_by_250_m <= 0.015, "{placed}");
        let none = evaluate(&gazetteer, &rows(data.join("text/posts_not_reports_dev.jsonl")));
        assert!(none.without_place > 5000 && none.false_places <= 0.01, "{none}");
    }
}
