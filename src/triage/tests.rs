//! Whole readings: the tables of cases, the laws every text must keep, and the floors on the written sets.

use std::path::PathBuf;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::Value;

use super::eval::{GoldRow, evaluate};
use super::*;

static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let codes: Vec<String> = SERVICES.iter().map(|s| (*s).to_owned()).collect();
    Model::built_in(&codes).unwrap()
});

fn alone(text: &str) -> Reading {
    read(&MODEL, text, &Context::alone(Lang::En))
}

fn file(path: &str) -> Option<Vec<Value>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("SKIPPED: {} is not there", path.display());
        return None;
    };
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn the_classify_line() {
    let reading = alone("Street light out at Broad & Market, call 203-555-0134");
    let line = serde_json::to_value(&reading).unwrap();
    let keys: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expect = vec![
        "kind",
        "kind_p",
        "report_p",
        "services",
        "concerns",
        "urgency",
        "urgency_evidence",
        "welfare",
        "language",
        "personal_data",
    ];
    expect.sort_unstable();
    let mut sorted = keys.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expect);
    assert_eq!(line["kind"], "report");
    assert_eq!(line["urgency"], "normal");
    assert_eq!(line["language"], "en");
    assert_eq!(line["services"][0]["code"], "street_light");
    assert_eq!(line["services"][0]["evidence"][0], serde_json::json!({"start": 0, "end": 16}));
    assert_eq!(line["personal_data"][0], serde_json::json!({"start": 41, "end": 53, "kind": "phone"}));
}

#[test]
fn services_in_four_languages() {
    let check = |text: &str, expect: &str| {
        let reading = alone(text);
        assert_eq!(reading.services[0].code, expect, "{text}: {:?}", reading.services);
        assert_eq!(reading.services.len(), 3);
        assert_eq!(reading.kind, Kind::Report, "{text}: {reading:?}");
    };
    check("Street light out at Broad & Market", "street_light");
    check("HUGE pothole on Elm!!", "pothole_road_damage");
    check("nobody picked up our recycling this week", "missed_trash");
    check("hay un bache enorme en la avenida", "pothole_road_damage");
    check("la farola de mi calle está apagada", "street_light");
    check("bueiro entupido, a rua alaga", "sewer_drainage_flooding");
    check("o caminhão de lixo não passou hoje na minha rua", "missed_trash");
    check("limyè lari a pa limen devan kay mwen", "street_light");
    check("gen yon gwo twou nan lari a", "pothole_road_damage");
    check("@CityHall #graffiti on the bridge wall again", "graffiti");
}

#[test]
fn kinds_alone() {
    let check = |text: &str, expect: Kind| {
        let reading = alone(text);
        assert_eq!(reading.kind, expect, "{text}: {} {}", reading.kind_p, reading.report_p);
    };
    check("What time does the library close on Sunday?", Kind::Question);
    check("¿A qué hora abre la biblioteca?", Kind::Question);
    check("Thank you so much for the quick work!", Kind::Thanks);
    check("muchas gracias por todo, excelente trabajo", Kind::Thanks);
    check("BREAKING: mayor announces new election campaign https://news.example/1", Kind::Other);
    check("Join us Saturday for the festival, tickets on sale", Kind::Other);
}

#[test]
fn kinds_in_a_thread() {
    let check = |text: &str, thread: Thread, expect: Kind| {
        let reading = read(&MODEL, text, &Context { thread: Some(thread), ..Context::alone(Lang::En) });
        assert_eq!(reading.kind, expect, "{text}");
    };
    let open = Thread::default();
    let asked = Thread { asked: true, fixed: false };
    let fixed = Thread { asked: false, fixed: true };
    check("still dark", open, Kind::StillBroken);
    check("sigue igual", fixed, Kind::StillBroken);
    check("ainda quebrado", fixed, Kind::StillBroken);
    check("toujou pa limen", fixed, Kind::StillBroken);
    check("it's not fixed", fixed, Kind::StillBroken);
    check("fixed now thanks", open, Kind::Fixed);
    check("ya quedó, gracias", open, Kind::Fixed);
    check("já consertaram, obrigado", open, Kind::Fixed);
    check("yo ranje li mèsi", open, Kind::Fixed);
    check("any update?", open, Kind::Status);
    check("¿hay novedades?", open, Kind::Status);
    check("alguma previsão?", open, Kind::Status);
    check("ki nouvèl?", open, Kind::Status);
    check("thank you!", open, Kind::Thanks);
    check("corner of Elm and 4th", asked, Kind::Answer);
    check("Orange St", asked, Kind::Answer);
    check("There is also a huge pothole on Grand Ave by the bank", open, Kind::Report);
}

#[test]
fn answers_in_a_thread_in_four_languages() {
    let check = |text: &str, lang: Lang, thread: Thread, expect: Kind| {
        let reading = read(&MODEL, text, &Context { thread: Some(thread), ..Context::alone(lang) });
        assert_eq!(reading.kind, expect, "{text}");
    };
    let asked = Thread { asked: true, fixed: false };
    let fixed = Thread { asked: false, fixed: true };
    for (lang, answers) in [
        (Lang::En, ["Jefferson by the market", "the one by the church", "214", "Orchard and Green"]),
        (
            Lang::Es,
            ["Jefferson por el mercado", "la que está al lado de la iglesia", "214", "Orchard y Green"],
        ),
        (
            Lang::Pt,
            ["Jefferson perto do mercado", "a que fica do lado da igreja", "214", "Orchard com Green"],
        ),
        (Lang::Ht, ["Jefferson bò mache a", "sa ki bò legliz la", "214", "Orchard ak Green"]),
    ] {
        for text in answers {
            check(text, lang, asked, Kind::Answer);
        }
    }
    for (lang, still, how_far, mended) in [
        (Lang::En, "still dark tonight", "any update?", "it works now, thank you!"),
        (Lang::Es, "sigue a oscuras esta noche", "¿alguna novedad?", "ya funciona, ¡gracias!"),
        (Lang::Pt, "continua no escuro hoje", "alguma novidade?", "agora funciona, obrigado!"),
        (Lang::Ht, "toujou fè nwa aswè a", "ki nouvèl?", "li mache kounye a, mèsi!"),
    ] {
        for thread in [asked, fixed, Thread::default()] {
            check(still, lang, thread, Kind::StillBroken);
            check(how_far, lang, thread, Kind::Status);
            check(mended, lang, thread, Kind::Fixed);
        }
    }
}

#[test]
fn thanks_questions_and_insults_that_report() {
    let check = |text: &str, service: &str| {
        let reading = alone(text);
        assert_eq!(reading.kind, Kind::Report, "{text}: {reading:?}");
        assert_eq!(reading.services[0].code, service, "{text}");
    };
    check("great job fixing the light, but now there is a huge pothole at Elm & Main", "pothole_road_damage");
    check("gracias por la luz, pero ahora hay un bache enorme en la Elm", "pothole_road_damage");
    check("obrigado pela luz, mas agora tem um buraco enorme na Elm", "pothole_road_damage");
    check("mèsi pou limyè a, men kounye a gen yon gwo twou nan Elm", "pothole_road_damage");
    check("can someone fix the street light at Howe and Elm?", "street_light");
    check("¿cuándo van a recoger la basura tirada en la esquina?", "illegal_dumping_litter");
    check("you lazy idiots, the storm drain on Howard is clogged AGAIN", "sewer_drainage_flooding");
    assert_eq!(alone("great job on the light, but a wire is down on Elm").urgency, Urgency::Emergency);
}

#[test]
fn dead_lamps_hurt_nobody() {
    let check = |text: &str| assert_eq!(alone(text).urgency, Urgency::Normal, "{text}");
    check("Light at Broad & Kinney is dead again, scary to walk home");
    check("a lâmpada do poste morreu");
}

#[test]
fn several_concerns() {
    let check = |text: &str, expect: &[&str]| {
        let reading = alone(text);
        let codes: Vec<&str> = reading.concerns.iter().map(|c| c.services[0].code.as_str()).collect();
        assert_eq!(codes, expect, "{text}");
        assert!(reading.concerns.windows(2).all(|c| c[0].end <= c[1].start), "{text}");
    };
    check("Street light out AND pothole at Elm and 4th", &["street_light", "pothole_road_damage"]);
    check("graffiti on the wall. Also the garbage was not picked up", &["graffiti", "missed_trash"]);
    check("bache en la avenida y el semáforo no funciona", &["pothole_road_damage", "traffic_signal"]);
    check("Pothole at Broad and Market", &["pothole_road_damage"]);
    check("tree branches and leaves on the sidewalk", &["tree"]);
    let reading = alone("Graffiti on the wall and I smell gas");
    assert_eq!(reading.concerns.last().unwrap().urgency, Urgency::Emergency);
}

#[test]
fn tone_handles_and_badges_change_nothing() {
    let posts = [
        "Street light out at Broad & Market",
        "wire down across the sidewalk on Cedar",
        "huele a gas en la calle Olmo",
        "water main break on Dixwell",
        "trash not picked up on our block",
        "no heat and a newborn in the apartment",
    ];
    for post in posts {
        let base = alone(post);
        for changed in [
            post.to_uppercase(),
            format!("{post}!!!!!!"),
            format!("{post}. You useless idiots"),
            format!("{post}. Thank you kindly and have a nice day"),
            format!("@mayor @big_news_1M ✔️ {post}"),
            format!("{post} @cityhall #fixit 🔥🔥"),
        ] {
            let reading = alone(&changed);
            assert_eq!(reading.urgency, base.urgency, "{changed}");
            assert_eq!(reading.services[0].code, base.services[0].code, "{changed}");
        }
    }
}

#[test]
fn welfare() {
    let check = |text: &str, expect: bool| assert_eq!(alone(text).welfare, expect, "{text}");
    check("my neighbor is 82 years old and can't get out, no plow came", true);
    check("out of insulin and the bus is not running", true);
    check("we need diapers and formula at the shelter", true);
    check("mi abuela no puede salir y no hay luz", true);
    check("pothole on Elm St", false);
    check("bus 82 is late", false);
}

/// Recall and precision of one level on a written set.
fn urgency_figures(half: &str, level: Urgency) -> (f64, f64) {
    let rows = file(&format!("tests/data/urgency_{half}.jsonl")).unwrap();
    let (mut hit, mut gold, mut said) = (0.0, 0.0, 0.0);
    for row in &rows {
        let lang: Lang = row["language"].as_str().unwrap().parse().unwrap();
        let reading = read(&MODEL, row["text"].as_str().unwrap(), &Context::alone(lang));
        let right = serde_json::from_value::<Urgency>(row["urgency"].clone()).unwrap() == level;
        gold += f64::from(u8::from(right));
        said += f64::from(u8::from(reading.urgency == level));
        hit += f64::from(u8::from(right && reading.urgency == level));
    }
    (hit / gold, hit / said)
}

#[test]
fn emergencies_of_half_a() {
    let (recall, precision) = urgency_figures("a", Urgency::Emergency);
    assert!(recall >= 0.98 && precision >= 0.90, "recall {recall:.3}, precision {precision:.3}");
}

/// Set e holds what must not page anybody at night, set f what must.
#[test]
fn alarms_of_sets_e_and_f() {
    let (quiet, _) = urgency_figures("e", Urgency::Normal);
    let (recall, _) = urgency_figures("f", Urgency::Emergency);
    assert!(quiet >= 0.90 && recall >= 0.97, "quiet {quiet:.3}, recall {recall:.3}");
}

/// Set h was written from the rubric by people who had seen neither phrases nor sentences; the thresholds are set by it.
#[test]
fn emergencies_nobody_planned_for() {
    let (recall, precision) = urgency_figures("h", Urgency::Emergency);
    assert!(recall >= 0.96 && precision >= 0.80, "recall {recall:.3}, precision {precision:.3}");
}

/// Share of gold spans wholly covered, by kind, and number of spans found where none is.
fn personal_recall(half: &str) -> (std::collections::BTreeMap<String, f64>, usize) {
    let rows = file(&format!("tests/data/personal_data_{half}.jsonl")).unwrap();
    let mut counts: std::collections::BTreeMap<String, (f64, f64)> = std::collections::BTreeMap::new();
    let mut wrong = 0;
    for row in &rows {
        let reading = alone(row["text"].as_str().unwrap());
        let gold: Vec<PersonalData> = serde_json::from_value(row["personal_data"].clone()).unwrap();
        let meets = |a: &PersonalData, b: &PersonalData| a.start < b.end && b.start < a.end;
        wrong += reading.personal_data.iter().filter(|p| !gold.iter().any(|g| meets(p, g))).count();
        for g in &gold {
            let exact =
                !matches!(g.kind, PersonalKind::Address | PersonalKind::Neighbor | PersonalKind::Name);
            let found = reading
                .personal_data
                .iter()
                .any(|p| if exact { p.start <= g.start && g.end <= p.end } else { meets(p, g) });
            let count = counts.entry(serde_json::to_value(g.kind).unwrap().to_string()).or_default();
            count.0 += f64::from(u8::from(found));
            count.1 += 1.0;
        }
    }
    (counts.into_iter().map(|(kind, (found, all))| (kind, found / all)).collect(), wrong)
}

#[test]
fn personal_data_of_half_a() {
    let (recall, wrong) = personal_recall("a");
    assert!(recall.values().all(|r| *r >= 0.99), "{recall:?}");
    assert!(wrong <= 2, "{wrong} spans where nothing personal stands");
}

#[test]
fn hiding() {
    let text = "Señal at 14 Oak: call 203-555-0134 or ana@x.example 🚧";
    let hidden = hide_personal_data(text, &alone(text).personal_data);
    assert_eq!(hidden, "Señal at 14 Oak: call ████ or ████ 🚧");
    let odd = PersonalData { start: 3, end: 99, kind: PersonalKind::Name };
    assert_eq!(hide_personal_data("abcdef", &[odd, odd]), "abc████");
    assert_eq!(hide_personal_data("", &[odd]), "");
}

#[test]
fn the_shipped_weights_are_of_these_sentences() {
    let manifest: Value = serde_json::from_str(MODEL.manifest()).unwrap();
    assert_eq!(
        manifest["own_sha256"],
        super::manifest::own_digest().unwrap(),
        "seeds or lexicon changed: train config/model/reading.bin again"
    );
}

/// Makes the shipped weights anew from the data their manifest names; a difference lies in the temporary folder.
#[test]
#[ignore = "trains for seconds to minutes: cargo test --release -- --ignored the_shipped_weights_come_out_again"]
fn the_shipped_weights_come_out_again() {
    let Some(rows) = file("../shared/data/text/gainesville_train.jsonl") else { return };
    let texts = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let city: Vec<learn::Row> = rows
        .iter()
        .map(|v| learn::Row {
            text: texts(&v["text"]),
            service: texts(&v["category"]),
            accept: v["category_accept"].as_array().unwrap().iter().map(texts).collect(),
        })
        .collect();
    let data = vec![learn::SHIPPED_DATA.to_owned()];
    let made = learn::train(&city, &learn::Options { data, ..learn::Options::default() }).unwrap();
    if made != MODEL.to_bytes() {
        let path = std::env::temp_dir().join("reading.bin");
        std::fs::write(&path, made).unwrap();
        panic!(
            "not the shipped weights; if seeds or lexicon changed, copy {} to config/model/",
            path.display()
        );
    }
}

#[test]
fn floor_on_reports_of_other_cities() {
    let Some(rows) = file("../shared/data/text/reports_dev.jsonl") else { return };
    let texts = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let gold: Vec<GoldRow> = rows
        .iter()
        .step_by(6)
        .map(|v| GoldRow {
            id: texts(&v["id"]),
            text: texts(&v["text"]),
            source: texts(&v["source"]),
            service: v["category"].as_str().map(str::to_owned),
            accept: v["category_accept"].as_array().unwrap().iter().map(texts).collect(),
        })
        .collect();
    let found = evaluate(&gold, |_, text| alone(text), &mut |_| {});
    assert!(found.all.accept_accuracy > 0.74 && found.all.top3 > 0.91, "{:?}", found.all);
}

proptest! {
    #[test]
    fn any_text_reads(text in "\\PC{0,200}", asked: bool, fixed: bool) {
        let context = Context { thread: Some(Thread { asked, fixed }), ..Context::alone(Lang::Ht) };
        for reading in [alone(&text), read(&MODEL, &text, &context)] {
            let spans = reading.urgency_evidence.iter().copied()
                .chain(reading.services.iter().flat_map(|s| s.evidence.iter().copied()))
                .chain(reading.concerns.iter().map(|c| Span { start: c.start, end: c.end }))
                .chain(reading.personal_data.iter().map(|p| Span { start: p.start, end: p.end }));
            for span in spans {
                prop_assert!(span.start < span.end && !span.slice(&text).is_empty());
            }
            let p = reading.services.iter().map(|s| s.p).chain([reading.kind_p, reading.report_p]);
            prop_assert!(p.into_iter().all(|p| (0.0..=1.0).contains(&p)));
            prop_assert!(hide_personal_data(&text, &reading.personal_data).len() <= text.len() + 16 * 200);
        }
    }

    #[test]
    fn words_of_posts_in_any_order_read(words in proptest::collection::vec("(wire|down|gas|\\+1 203|555-0134|@|#|plate|ABC 123|no|heat|82|yo|my neighbor at 4 Oak St|\u{301}|’|https://a.b|😀|\n)", 0..40)) {
        let text = words.join(" ");
        let reading = alone(&text);
        prop_assert_eq!(&reading, &alone(&text));
    }
}
