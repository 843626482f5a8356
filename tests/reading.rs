//! Readings as a whole: the program holds them against gold labels, and any text at all keeps the laws.
//!
//! For the second, what people post is cut, doubled, shuffled and spoiled for as long as there is time, and every
//! reading, place and post line made of it keeps the laws.
//!
//! `scripts/fuzz.sh SECONDS` gives it the time (`ONIT_FUZZ_S`); without, a second is enough to see that it runs. A text
//! that breaks a law is printed with the number that leads to it again (`ONIT_FUZZ_SEED`).

#![allow(clippy::print_stdout, reason = "what a failed run needs to know")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "test code: a failed expectation is a failed test"
)]

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use chrono::DateTime;
use onit::channels::replay;
use onit::demo;
use onit::places::{self, Gazetteer, Hints};
use onit::settings::Lang;
use onit::span::Span;
use onit::triage::{Context, Model, Reading, SERVICES, Thread, hide_personal_data, read};
use support::process::onit;

/// Posts to begin with: short and long, four languages, everything the finders look for.
const CORPUS: [&str; 22] = [
    "Street light out at Broad & Market, call 203-555-0134",
    "RT @ana@social.example: wire down on Oak St!!! #StreetLightOut https://x.example/a?b=c",
    "my neighbor at 14 Oak St, apt 3B, plate ABC 1234, ssn 394-65-2081",
    "ana arroba example punto com or ana [at] example [dot] com, visa 4242 4242 4242 4242",
    "nine seventy three, five fifty five, oh one forty two",
    "Cable CAÍDO en la banqueta, echa chispas; mi vecina de 85 años no puede salir",
    "Tem um buraco enorme em frente à escola e o semáforo está apagado",
    "Gen yon gwo twou devan lekòl la, fil elektrik tonbe atè",
    "light out AND pothole at 4th and Elm. Also graffiti on the wall",
    "great job on the light, but now there is no heat and a newborn",
    "I smell gas. Not a drill. Nobody is hurt but the house is on fire",
    "Mrs. O'Brien, 77 Lloyd Street, 2nd floor (rear) – M50-CTX, NY plate JKL 4821",
    "between Orange St and 3rd Ave near the library, pole 4411, 41.3187, -72.9659",
    "e\u{301}cole 🚧🚧 ﬁre １２３ ²½ İSTANBUL ẞ Ǆ ٣٤ \u{200d}\u{202e}\u{feff}",
    "d'água l’eau can't ’’ '' `x´ ʼ",
    "[PHONE] [URL] [at] (a) {at} <a) ＠ @@ # ## #a#b #ABcDe",
    "1-800-FLOWERS +509 34 55 01 34 001 52 (203)-555-0134x7 9️⃣7️⃣3️⃣",
    "sooooo   loud!!!!?!?... \r\n\r\n\t--//--",
    r#"{"text":"Street light out","channel":"mastodon","id":"7","author":{"id":"a","handle":"@a"},"lang":"en"}"#,
    r#"{"text":"x","created_at":"2026-01-27T06:12:00Z","in_reply_to":null,"lat":41.3,"lon":-72.9,"media":[{"url":"https://a.example/b","alt":"c"}],"visibility":"public","stated":{"service":"tree","attributes":{}}}"#,
    "",
    "a",
];

/// What is put in between: bytes that begin, end or break something.
const ODD: [&str; 24] = [
    "\u{301}", "’", "#", "@", "＠", "ﬁ", "İ", "ß", "１", "\u{200d}", "🚧", "\n", "\0", "?", ".", "[", "\"",
    "\\", "{", "1", "9", "A", " ", "\u{feff}",
];

/// Longest text made; everything longer is cut by the limits of intake.
const MOST_CHARS: usize = 400;

struct Dice(u64);

impl Dice {
    /// A number below another.
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % most.max(1)
    }

    fn text(&mut self) -> String {
        let mut chars: Vec<char> = CORPUS[self.below(CORPUS.len())].chars().collect();
        for _ in 0..self.below(9) {
            self.spoil(&mut chars);
        }
        chars.truncate(MOST_CHARS);
        chars.into_iter().collect()
    }

    fn spoil(&mut self, chars: &mut Vec<char>) {
        let at = self.below(chars.len() + 1);
        let to = at + self.below(12.min(chars.len() + 1 - at));
        match self.below(8) {
            0 => chars.truncate(at),
            1 => drop(chars.drain(at..to.min(chars.len()))),
            2 => {
                let again = chars[at..to.min(chars.len())].to_vec();
                chars.splice(at..at, again);
            }
            3 => {
                let other: Vec<char> = CORPUS[self.below(CORPUS.len())].chars().collect();
                let from = self.below(other.len() + 1);
                chars.splice(at..at, other[from..].iter().take(60).copied());
            }
            4 => chars.extend(char::from_u32(self.below(0x11_0000) as u32)),
            5 if at < chars.len() => {
                chars[at] = if chars[at].is_uppercase() {
                    chars[at].to_ascii_lowercase()
                } else {
                    chars[at].to_ascii_uppercase()
                };
            }
            6 if at < chars.len() => chars[at] = char::from(b'0' + self.below(10) as u8),
            _ => {
                let odd = ODD[self.below(ODD.len())];
                chars.splice(at..at, odd.chars());
            }
        }
    }

    fn context(&mut self) -> Context<'static> {
        let thread = Thread { asked: self.below(2) == 0, fixed: self.below(2) == 0 };
        Context {
            thread: (self.below(3) == 0).then_some(thread),
            default_language: Lang::ALL[self.below(4)],
            tagged_language: [None, Some("pt-BR"), Some("xx")][self.below(3)],
            is_reply_to_us: self.below(5) == 0,
        }
    }
}

fn spans(reading: &Reading) -> impl Iterator<Item = Span> {
    let of_services = reading.services.iter().flat_map(|s| s.evidence.iter().copied());
    let of_concerns = reading.concerns.iter().flat_map(|c| {
        let inner = c.services.iter().flat_map(|s| s.evidence.iter().copied());
        inner.chain([Span { start: c.start, end: c.end }])
    });
    let personal = reading.personal_data.iter().map(|p| Span { start: p.start, end: p.end });
    reading.urgency_evidence.iter().copied().chain(of_services).chain(of_concerns).chain(personal)
}

fn reads(model: &Model, text: &str, context: &Context) {
    let reading = read(model, text, context);
    assert_eq!(reading, read(model, text, context), "read twice, it differs");
    for span in spans(&reading) {
        let chars = text.chars().count();
        assert!(span.start < span.end && span.end <= chars, "{span:?} in {chars} characters");
        assert_eq!(span.slice(text).chars().count(), span.end - span.start, "{span:?}");
    }
    let shares = reading.services.iter().map(|s| s.p).chain([reading.kind_p, reading.report_p]);
    assert!(shares.into_iter().all(|p| (0.0..=1.0).contains(&p)), "{reading:?}");
    let mut ends = 0;
    for found in &reading.personal_data {
        assert!(found.start >= ends, "personal data overlaps or stands out of order: {reading:?}");
        ends = found.end;
    }
    let bars = hide_personal_data(text, &reading.personal_data).matches('█').count();
    assert!(bars >= 4 * reading.personal_data.len(), "not every stretch is hidden: {reading:?}");
}

fn places(city: &Gazetteer, text: &str) {
    let found = serde_json::to_value(places::locate(city, text, &Hints::default())).unwrap();
    let number = |v: &serde_json::Value| v.as_u64().and_then(|n| usize::try_from(n).ok());
    if let (Some(start), Some(end)) = (number(&found["best"]["start"]), number(&found["best"]["end"])) {
        assert!(start <= end && end <= text.chars().count(), "{found}");
    }
}

fn parses(text: &str, dice: &mut Dice) {
    let now = DateTime::from_timestamp(1_780_000_000, 0).unwrap();
    let mut bytes = text.as_bytes().to_vec();
    if dice.below(4) == 0 && !bytes.is_empty() {
        let at = dice.below(bytes.len());
        bytes[at] = dice.below(256) as u8;
    }
    _ = replay::parse_line(&bytes, 7, now);
    let line = serde_json::json!({ "text": text }).to_string();
    _ = replay::parse_line(line.as_bytes(), 7, now);
}

#[test]
fn any_text_keeps_the_laws() {
    let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse::<u64>().ok());
    let seconds = number("ONIT_FUZZ_S").unwrap_or(1);
    let codes: Vec<String> = SERVICES.iter().map(|s| (*s).to_owned()).collect();
    let model = Model::built_in(&codes).unwrap();
    let city = Gazetteer::from_bytes(&demo::compiled_city().unwrap()).unwrap();
    // A run without a number of its own begins where the last ended: by the time of day.
    let fixed = number("ONIT_FUZZ_SEED");
    let by_clock = std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(1, |d| d.as_nanos() as u64);
    let mut seed = fixed.unwrap_or(if seconds > 1 { by_clock } else { 1 }) | 1;
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut texts = 0_u64;
    while Instant::now() < until {
        let mut dice = Dice(seed);
        let text = dice.text();
        let context = dice.context();
        let kept = catch_unwind(AssertUnwindSafe(|| {
            reads(&model, &text, &context);
            places(&city, &text);
            parses(&text, &mut dice);
        }));
        assert!(kept.is_ok(), "ONIT_FUZZ_SEED={seed} breaks a law with {text:?} and {context:?}");
        texts += 1;
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407) | 1;
    }
    println!("{texts} texts in {seconds} s");
    assert!(texts > 10, "only {texts} texts");
}

#[test]
fn readings_are_held_against_gold_labels() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, lines: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, lines).expect("a file of rows");
        path.display().to_string()
    };
    let run = |args: &[&str]| {
        let done = onit(args).run();
        assert_eq!(done.code, Some(0), "{args:?}: {}", done.stderr);
        done.stdout
    };
    let rows = file(
        "rows.jsonl",
        r#"{"id":"1","source":"north","text":"Street light out at Broad & Market","category":"street_light"}
{"id":"2","source":"south","text":"HUGE pothole on Elm","category":"pothole_road_damage","category_accept":["pothole_road_damage","sidewalk"]}
{"id":"3","source":"south","text":"graffiti on the wall again","category":"tree"}
"#,
    );
    let figures: serde_json::Value =
        serde_json::from_str(&run(&["eval", "classify", &rows, "--json"])).expect("JSON");
    assert_eq!(figures["all"]["rows"], 3);
    assert_eq!(figures["sources"]["south"]["accept_accuracy"], 0.5);
    assert_eq!(figures["services"]["street_light"]["f1"], 1.0);
    assert_eq!(figures["confusion"]["tree"]["graffiti"], 1);
    let table = run(&["eval", "classify", &rows]);
    for word in ["north", "all", "macro-F1", "calibration", "at 95 % prec.", "street_light", "was taken for"]
    {
        assert!(table.contains(word), "{word} is missing in {table}");
    }
    let urgent = file(
        "urgent.jsonl",
        "{\"text\":\"wire down and sparking\",\"urgency\":\"emergency\",\"lang\":\"en\"}\n",
    );
    assert!(run(&["eval", "urgency", &urgent]).contains("1/1 = 1.000 (0.207 to 1.000)"));
    let personal = file(
        "personal.jsonl",
        "{\"text\":\"call 203-555-0134\",\"spans\":[{\"start\":5,\"end\":17,\"kind\":\"phone\"}]}\n",
    );
    assert!(run(&["eval", "personal-data", &personal]).contains("phone      recall      1/1"));
}
