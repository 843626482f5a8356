//! A city's closed tickets as a table: which columns hold what, and which of the city's categories is which service.
//! Pure: the caller opens files.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, Read};
use std::str::FromStr;

use serde::Serialize;
use serde_json::{Map, Value};

use super::learn::Row;
use super::model::service_index;
use crate::error::{Error, Result};
use crate::limits;
use crate::settings::{Catalogue, Lang};

/// Which columns hold what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketColumns {
    /// Columns whose words are put together, in this order.
    pub text: Vec<String>,
    /// Column with the city's category.
    pub service: String,
    /// Column with further categories that count as right, a JSON list or divided by `|`.
    pub accept: Option<String>,
}

impl FromStr for TicketColumns {
    type Err = Error;

    /// `text=summary+description,service=category`, both needed, `accept=column` besides.
    fn from_str(map: &str) -> Result<Self> {
        let how = "write --columns text=COLUMN,service=COLUMN (text=ONE+TWO puts two together)";
        let wrong = |why: String| Error::Invalid(format!("--columns {map}: {why}; {how}"));
        let mut columns = Self { text: Vec::new(), service: String::new(), accept: None };
        for part in map.split(',') {
            let (what, column) = part.split_once('=').ok_or_else(|| wrong(format!("`{part}` has no `=`")))?;
            let column = column.trim().to_owned();
            if column.is_empty() {
                return Err(wrong(format!("`{part}` names no column")));
            }
            match what.trim() {
                "text" => columns.text = column.split('+').map(|c| c.trim().to_owned()).collect(),
                "service" => columns.service = column,
                "accept" => columns.accept = Some(column),
                other => return Err(wrong(format!("`{other}` is not known"))),
            }
        }
        if columns.text.is_empty() || columns.service.is_empty() {
            return Err(wrong("both `text` and `service` must be named".to_owned()));
        }
        Ok(columns)
    }
}

/// The city's words for its categories: small letters -> services, the first is the one, the rest count as right too.
#[derive(Clone, Debug)]
pub struct Labels(HashMap<String, Vec<String>>);

impl Labels {
    /// Codes and names of the catalogue, then the city's own list: TOML, `"Pot Hole" = "pothole_road_damage"`, or a
    /// list of codes of which the first is the one, or an empty list for what is left out on purpose.
    ///
    /// # Errors
    /// `Invalid` when the list cannot be read, or names a code that nothing can be learned for.
    pub fn new(catalogue: &Catalogue, list: Option<(&str, &str)>) -> Result<Self> {
        let mut labels = HashMap::new();
        for service in catalogue.iter() {
            let Some(current) = catalogue.current(&service.code) else { continue };
            let names = Lang::ALL.iter().map(|l| service.names.get(*l)).chain([&service.code]);
            for name in names {
                labels.insert(folded(name), vec![current.code.clone()]);
            }
        }
        if let Some((file, text)) = list {
            let table: BTreeMap<String, Codes> =
                toml::from_str(text).map_err(|e| Error::Invalid(format!("{file}: {e}")))?;
            for (label, codes) in table {
                let codes = match codes {
                    Codes::One(code) => vec![code],
                    Codes::Several(codes) => codes,
                };
                if let Some(code) = codes.iter().find(|c| catalogue.get(c).is_none()) {
                    return Err(Error::Invalid(format!(
                        "{file}: \"{label}\" = \"{code}\": services.toml has no such service"
                    )));
                }
                labels.insert(folded(&label), codes);
            }
        }
        Ok(Self(labels))
    }

    fn of(&self, label: &str) -> Option<&[String]> {
        self.0.get(&folded(label)).map(Vec::as_slice)
    }
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Codes {
    One(String),
    Several(Vec<String>),
}

fn folded(label: &str) -> String {
    label.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// What was taken of the files, and what not.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Taken {
    /// Rows of all files.
    pub rows: usize,
    /// Rows to learn from.
    pub taken: usize,
    /// Rows without words, or with more than a post may have.
    pub without_words: usize,
    /// Rows whose category is left out on purpose.
    pub left_out: usize,
    /// Rows that `--only` did not want.
    pub not_wanted: usize,
    /// Rows of each category that no label explains.
    pub unknown: BTreeMap<String, usize>,
    /// Rows of each service of the catalogue that the reader cannot learn: it has 28.
    pub not_learned: BTreeMap<String, usize>,
}

/// How to take rows out of a file.
pub struct Taking<'a> {
    /// Which columns hold what.
    pub columns: &'a TicketColumns,
    /// Which category is which service.
    pub labels: &'a Labels,
    /// Only rows where each of these columns has this value, whatever its case.
    pub only: &'a [(String, String)],
}

impl Taking<'_> {
    /// Rows of a CSV file with a first line of names.
    ///
    /// # Errors
    /// `Invalid` naming `file` and line, when it cannot be read or lacks a column.
    pub fn csv(&self, file: &str, input: impl Read, into: (&mut Vec<Row>, &mut Taken)) -> Result<()> {
        let (rows, taken) = into;
        let bad = |e: csv::Error| Error::Invalid(format!("{file}: {e}"));
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(input);
        let names: Vec<String> = reader
            .headers()
            .map_err(bad)?
            .iter()
            .map(|n| n.trim_start_matches('\u{feff}').to_owned())
            .collect();
        for column in self.needed() {
            if !names.iter().any(|name| name == column) {
                return Err(Error::Invalid(format!(
                    "{file}: there is no column `{column}`; there are: {}",
                    names.join(", ")
                )));
            }
        }
        for record in reader.byte_records() {
            let record = record.map_err(bad)?;
            let field = |column: &str| {
                let at = names.iter().position(|name| name == column)?;
                record.get(at).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            };
            self.take(field, rows, taken);
        }
        Ok(())
    }

    /// Rows of a file of JSON lines.
    ///
    /// # Errors
    /// `Invalid` naming `file` and line, when a line is no JSON object, or no line has a column.
    pub fn json_lines(
        &self,
        file: &str,
        input: impl BufRead,
        into: (&mut Vec<Row>, &mut Taken),
    ) -> Result<()> {
        let (rows, taken) = into;
        let mut missing = self.needed();
        let mut any = false;
        for (n, line) in input.lines().enumerate() {
            let line = line.map_err(|e| Error::Invalid(format!("{file} line {}: {e}", n + 1)))?;
            if line.trim().is_empty() {
                continue;
            }
            any = true;
            let object: Map<String, Value> = serde_json::from_str(&line)
                .map_err(|e| Error::Invalid(format!("{file} line {}: {e}", n + 1)))?;
            missing.retain(|column| !object.contains_key(*column));
            self.take(|column| object.get(column).map(plain), rows, taken);
        }
        match missing.first().filter(|_| any) {
            Some(column) => Err(Error::Invalid(format!("{file}: no line has a `{column}`"))),
            None => Ok(()),
        }
    }

    fn needed(&self) -> Vec<&str> {
        let columns = self.columns;
        let only = self.only.iter().map(|(column, _)| column);
        let all = columns.text.iter().chain([&columns.service]).chain(&columns.accept).chain(only);
        all.map(String::as_str).collect()
    }

    fn take(&self, field: impl Fn(&str) -> Option<String>, rows: &mut Vec<Row>, taken: &mut Taken) {
        taken.rows += 1;
        let is =
            |(column, value): &(String, String)| field(column).is_some_and(|f| folded(&f) == folded(value));
        if !self.only.iter().all(is) {
            taken.not_wanted += 1;
            return;
        }
        let parts: Vec<String> = self.columns.text.iter().filter_map(|c| field(c)).collect();
        let text = together(&parts);
        let label = field(&self.columns.service).unwrap_or_default();
        let Some(codes) = self.labels.of(&label) else {
            *taken.unknown.entry(label.trim().to_owned()).or_default() += 1;
            return;
        };
        let Some(service) = codes.first() else {
            taken.left_out += 1;
            return;
        };
        if service_index(service).is_none() {
            *taken.not_learned.entry(service.clone()).or_default() += 1;
            return;
        }
        if text.is_empty() || text.len() > limits::POST_BYTES {
            taken.without_words += 1;
            return;
        }
        taken.taken += 1;
        let further = self.columns.accept.as_deref().and_then(&field).unwrap_or_default();
        let mut accept = codes.to_vec();
        for label in several(&further) {
            accept.extend(self.labels.of(&label).into_iter().flatten().cloned());
        }
        rows.push(Row { text, service: service.clone(), accept });
    }
}

/// The words of several columns, each once: many systems repeat the title at the start of the description.
fn together(parts: &[String]) -> String {
    let mut text = String::new();
    for part in parts.iter().map(|p| p.trim()).filter(|p| !p.is_empty()) {
        if text.is_empty() || part.to_lowercase().starts_with(&text.to_lowercase()) {
            text = part.to_owned();
        } else {
            let end = if text.ends_with(['.', '!', '?', ':']) { " " } else { ". " };
            text = format!("{text}{end}{part}");
        }
    }
    text
}

fn several(further: &str) -> Vec<String> {
    serde_json::from_str(further).unwrap_or_else(|_| {
        further.split('|').map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect()
    })
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn taken(file: &str, columns: &str, list: &str) -> Result<(Vec<Row>, Taken)> {
        let settings = Settings::built_in(std::iter::empty()).unwrap();
        let labels = Labels::new(&settings.catalogue, Some(("labels.toml", list)))?;
        let (columns, only) = (columns.parse()?, [("Status".to_owned(), "closed".to_owned())]);
        let taking = Taking { columns: &columns, labels: &labels, only: &only };
        let (mut rows, mut taken) = (Vec::new(), Taken::default());
        if file.starts_with('{') {
            taking.json_lines("t.jsonl", file.as_bytes(), (&mut rows, &mut taken))?;
        } else {
            taking.csv("t.csv", file.as_bytes(), (&mut rows, &mut taken))?;
        }
        Ok((rows, taken))
    }

    const LIST: &str = "\"Pot Hole\" = \"pothole_road_damage\"\n\
        \"Bulk item\" = [\"illegal_dumping_litter\", \"missed_trash\"]\n\"Test\" = []\n";

    #[test]
    fn a_table_of_a_city_becomes_rows() {
        let file = "\u{feff}Title,Notes,Type,Status\n\
            Hole,\"Hole, deep, on Elm St\",POT  hole,Closed\n\
            Sofa,by the curb,Bulk item,closed\n\
            Lamp,,Street light out,closed\nLamp,,street_light,open\nx,y,Test,closed\nx,y,Parades,closed\n,,Bulk item,closed\n";
        let (rows, taken) = taken(file, "text=Title+Notes,service=Type", LIST).unwrap();
        let words: Vec<(&str, &str)> = rows.iter().map(|r| (r.text.as_str(), r.service.as_str())).collect();
        assert_eq!(
            words,
            [
                ("Hole, deep, on Elm St", "pothole_road_damage"),
                ("Sofa. by the curb", "illegal_dumping_litter"),
                ("Lamp", "street_light")
            ]
        );
        assert!(rows[1].accept.contains(&"missed_trash".to_owned()));
        assert_eq!(
            (taken.rows, taken.taken, taken.not_wanted, taken.left_out, taken.without_words),
            (7, 3, 1, 1, 1)
        );
        assert_eq!(taken.unknown, BTreeMap::from([("Parades".to_owned(), 1)]));
    }

    #[test]
    fn json_lines_of_a_city_become_rows() {
        let file = "{\"t\":\"Tree down\",\"c\":\"tree\",\"a\":[\"tree\",\"power_line_utility\"],\"Status\":\"closed\"}\n\n\
            {\"t\":null,\"c\":\"tree\",\"a\":\"\",\"Status\":\"closed\"}\n";
        let (rows, taken) = taken(file, "text=t,service=c,accept=a", "").unwrap();
        assert_eq!((rows.len(), taken.without_words), (1, 1));
        assert!(rows[0].accept.contains(&"power_line_utility".to_owned()), "{rows:?}");
    }

    #[test]
    fn what_cannot_be_is_said_with_its_mending() {
        let check = |file: &str, columns: &str, list: &str, expect: &str| {
            let why = taken(file, columns, list).unwrap_err().to_string();
            assert!(why.contains(expect), "{why}");
        };
        check("a,b\n", "text=a", "", "both `text` and `service`");
        check("a,b\n", "text=a,service", "", "has no `=`");
        check("a,b\n", "text=a,color=b", "", "`color` is not known");
        check("a,b\n", "text=a,service=c", "", "no column `c`; there are: a, b");
        check("{\"t\":1,\"Status\":\"\"}", "text=t,service=c", "", "no line has a `c`");
        check("{", "text=t,service=c", "", "line 1");
        check("a\n", "text=a,service=b", "\"x\" = \"moon\"", "no such service");
        check("a\n", "text=a,service=b", "\"x\" = 3", "labels.toml");
    }
}
