//! Trials that take minutes and are run by hand; their figures stand in `docs/READING.md`.

use std::path::PathBuf;

use serde_json::Value;

use super::eval::{Figures, GoldRow, evaluate};
use super::learn::{Options, Row, train};
use super::{Context, Model, SERVICES, read};
use crate::settings::Lang;

fn file(name: &str) -> Option<Vec<Value>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/text").join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("SKIPPED: {} is not there", path.display());
        return None;
    };
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn gold(row: &Value) -> GoldRow {
    let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
    GoldRow {
        id: text(&row["id"]),
        text: text(&row["text"]),
        source: text(&row["source"]),
        service: row["category"].as_str().map(str::to_owned),
        accept: row["category_accept"].as_array().unwrap().iter().map(text).collect(),
    }
}

fn measured(model: &Model, rows: &[GoldRow]) -> Figures {
    evaluate(rows, |_, text| read(model, text, &Context::alone(Lang::En)), &mut |_| {}).all
}

/// What each further report of a city adds to the team's own sentences: on a fifth of that city's reports, which no
/// model learned from, and on the reports of other cities whose labels no keyword made.
#[test]
#[ignore = "trains six times: cargo test --release -- --ignored --nocapture learning_curve"]
fn learning_curve() {
    let (Some(city), Some(others)) = (file("gainesville_train.jsonl"), file("reports_dev.jsonl")) else {
        return;
    };
    let by_hand = |row: &&Value| {
        let weak = row["orig_label"].as_str().unwrap_or("").starts_with("weak:");
        !weak && row["source"] != "sf311_homeless_2025"
    };
    let others: Vec<GoldRow> = others.iter().filter(by_hand).map(gold).collect();
    let city: Vec<GoldRow> = city.iter().map(gold).collect();
    let held: Vec<GoldRow> = city.iter().step_by(5).cloned().collect();
    let rest = city.iter().enumerate().filter(|(i, _)| i % 5 != 0).map(|(_, row)| row);
    let rows: Vec<Row> = rest
        .map(|r| Row {
            text: r.text.clone(),
            service: r.service.clone().unwrap_or_default(),
            accept: r.accept.clone(),
        })
        .collect();
    let codes: Vec<String> = SERVICES.iter().map(|s| (*s).to_owned()).collect();
    println!(
        "| reports learned from | held back, accept set | top 3 | other cities, accept set | top 3 | macro-F1 |"
    );
    for n in [0, 200, 500, 1_000, rows.len()] {
        // Every k-th, so that each amount holds all months.
        let part: Vec<Row> = (0..n).map(|i| rows[i * rows.len() / n].clone()).collect();
        let model = Model::from_bytes(&train(&part, &Options::default()).unwrap(), &codes).unwrap();
        let (own, far) = (measured(&model, &held), measured(&model, &others));
        println!(
            "| {n} | {:.3} | {:.3} | {:.3} | {:.3} | {:.3} |",
            own.accept_accuracy, own.top3, far.accept_accuracy, far.top3, far.macro_f1
        );
    }
}
