//! How fast posts are read: the linear model alone, the whole reading, and how long the model takes to load.
//!
//! `cargo bench --bench reading` prints the figures, one thread, no JSON. Beside the development data
//! (`../shared/data/text/reports_dev.jsonl`) it measures on those reports, else on the sentences of `tests/data`.
//! `-- --texts FILE` writes the texts it measured on, one a line, for `scripts/bench-fasttext.sh`, which runs fastText
//! on the same ones and prints the ratio.

#![expect(clippy::unwrap_used, reason = "a bench stops at the first surprise")]
#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

mod support;

use std::hint::black_box;
use std::path::Path;

use onit::settings::Lang;
use onit::triage::{self, Context, Model, SERVICES};
use support::{option, spread, this_thread, thread_cpu_ns};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let (name, texts) = texts();
    let rounds = option("--rounds", 11);
    if let Some(file) = std::env::args().skip_while(|a| a != "--texts").nth(1) {
        let lines: Vec<String> =
            texts.iter().map(|t| t.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        std::fs::write(file, lines.join("\n") + "\n").unwrap();
    }
    let chars: usize = texts.iter().map(|t| t.chars().count()).sum();
    println!(
        "reading: {} texts of {name}, {} characters on average, {rounds} rounds",
        texts.len(),
        chars / texts.len()
    );
    println!("| figure | middle (lowest to highest) | goal |\n|---|---|---|");
    let codes: Vec<String> = SERVICES.iter().map(|s| (*s).to_owned()).collect();
    let starts: Vec<f64> =
        (0..5).map(|_| cpu_ms(|| drop(black_box(Model::built_in(&codes).unwrap())))).collect();
    println!("| start of the model, ms | {} | at most 20 |", spread(&starts, 1));
    let model = Model::built_in(&codes).unwrap();
    let context = Context::alone(Lang::En);
    let (mut linear, mut whole) = (Vec::new(), Vec::new());
    // In turn, so that a busy minute of the machine hits both.
    for _ in 0..rounds {
        linear.push(a_second(&texts, |text| _ = black_box(triage::linear(&model, text))));
        whole.push(a_second(&texts, |text| _ = black_box(triage::read(&model, text, &context))));
    }
    println!("| linear model alone, posts/s | {} | at least 250,000 |", spread(&linear, 0));
    println!("| whole reading, posts/s | {} | at least 80,000 |", spread(&whole, 0));
}

/// Reports of other cities where the data is, else the sentences written for tests.
fn texts() -> (&'static str, Vec<String>) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let lines = |path: &str| std::fs::read_to_string(here.join(path)).ok();
    let text = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        row["text"].as_str().unwrap().to_owned()
    };
    if let Some(reports) = lines("../shared/data/text/reports_dev.jsonl") {
        return ("reports_dev.jsonl", reports.lines().map(text).collect());
    }
    println!(
        "no development data beside the repository: these are the short sentences of tests/data, and other figures"
    );
    let files = ["own_heldout", "own_fresh", "urgency_a", "urgency_e", "personal_data_a"];
    let all = files.iter().filter_map(|f| lines(&format!("tests/data/{f}.jsonl")));
    ("tests/data", all.flat_map(|f| f.lines().map(text).collect::<Vec<_>>()).collect())
}

/// Texts a second of this thread's own CPU time.
fn a_second(texts: &[String], mut work: impl FnMut(&str)) -> f64 {
    let ms = cpu_ms(|| texts.iter().for_each(|text| work(text)));
    texts.len() as f64 * 1000.0 / ms
}

fn cpu_ms(work: impl FnOnce()) -> f64 {
    let thread = this_thread();
    let before = thread_cpu_ns(&thread);
    work();
    (thread_cpu_ns(&thread) - before) / 1e6
}
