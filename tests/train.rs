//! A city teaches the reader with its own closed tickets, and can always go back.

#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]

mod support;

use std::path::{Path, PathBuf};

use onit::channels::replay;
use onit::journey::{advance, group};
use onit::tickets::Ticket;
use onit::triage::lived;
use onit::triage::{self, Context, models, teach};
use onit::{intake, worker};
use serde_json::Value;
use support::city::{TestCity, on_each_database};
use support::process::{Finished, onit};

/// Closed tickets of a city that calls its scooters "zips", and whose ferries are the transit desk's.
fn own_words(folder: &Path) -> PathBuf {
    let mut csv = "Title,Notes,Kind,Status\n".to_owned();
    for n in 0..60 {
        csv += &format!("Zip,my zip will not let me in at number {n},Zip problem,Closed\n");
        csv += &format!("Ferry,\"horn of the ferry at pier {n}, again\",Ferries,Closed\n");
        csv += &format!("Lamp,Street light out at pier {n},Street light out,Closed\n");
        csv += &format!("Lamp,zip number {n} is still looked at,Zip problem,Open\n");
    }
    csv += "Parade,When is the parade?,Parades,Closed\n";
    written(folder, "tickets.csv", &csv)
}

/// A file whose rows to learn from say that dark lights are noise, while those held back know better.
fn nonsense(folder: &Path) -> PathBuf {
    let mut lines = String::new();
    for n in 0..150 {
        let text = format!("Street light out at pier {n}");
        let service = if teach::is_held_back(&text) { "street_light" } else { "noise" };
        lines += &format!("{{\"text\":\"{text}\",\"service\":\"{service}\"}}\n");
    }
    written(folder, "nonsense.jsonl", &lines)
}

fn written(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("a file");
    path
}

fn train(city: &TestCity, args: &[&str]) -> Finished {
    let mut all = vec!["train", "--database", city.database_url()];
    all.extend(args);
    onit(&all).run()
}

fn first_service(city: &TestCity, text: &str) -> String {
    let world = city.app.world.now();
    let context = Context::alone(world.settings.city.language);
    triage::read(&world.model, text, &context).services[0].code.clone()
}

const ZIP: &str = "this zip will not let me in";

#[test]
fn a_city_trains_and_posts_are_read_its_way_until_it_goes_back() {
    on_each_database(|city| {
        let folder = tempfile::tempdir().expect("a folder");
        let labels = written(
            folder.path(),
            "labels.toml",
            "\"Zip problem\" = \"bike_scooter\"\nFerries = \"public_transit\"\n",
        );
        let tickets = own_words(folder.path());
        assert_ne!(first_service(city, ZIP), "bike_scooter", "before");

        let (tickets, labels) = (tickets.display().to_string(), labels.display().to_string());
        let how = [
            &tickets,
            "--columns",
            "text=Title+Notes,service=Kind",
            "--labels",
            &labels,
            "--only",
            "Status=closed",
            "--json",
        ];
        let done = train(city, &how);
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        assert!(done.stderr.contains("\"Parades\": no such category"), "{}", done.stderr);
        let report: Value = serde_json::from_str(&done.stdout).expect("one line of JSON");
        assert_eq!(report["taken"]["taken"], 180);
        assert_eq!(report["taken"]["not_wanted"], 60);
        assert_eq!(report["taken"]["unknown"]["Parades"], 1);
        assert_eq!(report["version"], 1);
        assert_eq!(report["manifest"]["taught_data"][0], "tickets.csv");
        let lesson = &report["lesson"];
        let share = |when: &str| lesson[when]["accept_accuracy"].as_f64().expect("a share");
        assert!(share("after") > share("before"), "{lesson}");

        // Every running program sees it at its next look.
        worker::watch::round(&city.app).expect("a look");
        assert_eq!(first_service(city, ZIP), "bike_scooter", "after");
        let post = city.resident_posts("ana", "My zip will not let me in at Broad & Market");
        city.works();
        let read = triage::reading_of(&mut city.app.db.read().expect("a connection"), city.kept(&post).id);
        assert_eq!(read.expect("a look").expect("a reading").services[0].code, "bike_scooter");

        let shown = train(city, &["--list"]).stdout;
        assert!(shown.contains("in use") && shown.contains("accept set"), "{shown}");

        let done = train(city, &["--back"]);
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        worker::watch::round(&city.app).expect("a look");
        assert_ne!(first_service(city, ZIP), "bike_scooter", "back");
        let again = train(city, &["--back"]);
        assert_eq!(again.code, Some(1), "{}", again.stdout);
        assert!(again.stderr.contains("nothing to go back to"), "{}", again.stderr);

        // The version is still kept: a person may change her mind.
        assert_eq!(train(city, &["--back", "1"]).code, Some(0));
        worker::watch::round(&city.app).expect("a look");
        assert_eq!(first_service(city, ZIP), "bike_scooter", "and there again");
    });
}

#[test]
fn a_reader_that_is_worse_is_refused_unless_forced() {
    on_each_database(|city| {
        let folder = tempfile::tempdir().expect("a folder");
        let file = nonsense(folder.path()).display().to_string();
        let before = city.app.world.now().model.version().to_owned();
        let done = train(city, &[&file]);
        assert_eq!(done.code, Some(1), "{}", done.stderr);
        assert!(done.stderr.contains("not taken into use"), "{}", done.stderr);
        worker::watch::round(&city.app).expect("a look");
        assert_eq!(city.app.world.now().model.version(), before);
        let rows = models::all(&mut city.app.db.read().expect("a connection")).expect("versions");
        assert_eq!((rows.len(), rows[0].state.as_str()), (1, "refused"));
        assert_eq!(train(city, &["--back", "1"]).code, Some(1), "what was refused is not kept");

        let done = train(city, &[&file, "--force"]);
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        worker::watch::round(&city.app).expect("a look");
        assert_eq!(city.app.world.now().model_version, 2);
    });
}

#[test]
fn the_last_two_versions_stay_and_a_damaged_one_leaves_the_old_in_use() {
    use diesel::RunQueryDsl;
    on_each_database(|city| {
        let folder = tempfile::tempdir().expect("a folder");
        let file = nonsense(folder.path()).display().to_string();
        for _ in 0..3 {
            assert_eq!(train(city, &[&file, "--force"]).code, Some(0));
        }
        let conn = &mut *city.app.db.read().expect("a connection");
        let states: Vec<String> = models::all(conn).expect("versions").into_iter().map(|v| v.state).collect();
        assert_eq!(states, ["kept", "kept", "gone"], "newest first");
        worker::watch::round(&city.app).expect("a look");
        let name = city.app.world.now().model.version().to_owned();

        // A row is lost: who goes back to that version keeps what is in use, and the doctor says so.
        diesel::sql_query("DELETE FROM world_parts WHERE version = 2 AND n = 1")
            .execute(conn)
            .expect("damage");
        assert_eq!(train(city, &["--back", "2"]).code, Some(0));
        worker::watch::round(&city.app).expect("a look");
        let world = city.app.world.now();
        assert_eq!(
            (world.model_version, world.model.version()),
            (2, name.as_str()),
            "the old reader goes on"
        );
        let doctor = onit(&["doctor", "--database", city.database_url()]).expecting("cannot be used").run();
        assert!(doctor.stdout.contains("problem reader"), "{}", doctor.stdout);
    });
}

/// Residents write about their zips through the form, where they choose what it is; the city closes all of it.
fn zips(city: &TestCity, from: usize, to: usize) {
    let line = |n: usize| {
        let text = format!("my zip will not let me in at number {n}");
        let stated = serde_json::json!({"service": "bike_scooter", "address": "Broad & Market"});
        serde_json::json!({"id": format!("zip-{n}"), "text": text, "stated": stated}).to_string()
    };
    let envelopes: Vec<intake::Envelope> = (from..to)
        .map(|n| replay::parse_line(line(n).as_bytes(), 1, city.clock.now()).expect("a post"))
        .collect();
    let world = city.app.world.now();
    let results = group::receive_all(&city.app.db, &world, &envelopes, || city.clock.now()).expect("a write");
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    city.works();
    city.close_all();
}

fn corrected_to(city: &TestCity, ticket: &Ticket, service: &str) -> Ticket {
    let world = city.app.world.now();
    let now = city.clock.now();
    city.app
        .db
        .write(|conn| advance::set_service(conn, &world, ticket, service, "Rosa", now))
        .expect("a correction")
}

fn lived(city: &TestCity) -> Vec<(String, String, bool)> {
    let rows = lived::rows(&mut city.app.db.read().expect("a connection")).expect("rows");
    rows.into_iter().map(|r| (r.row.text, r.row.service, r.corrected)).collect()
}

#[test]
fn a_correction_becomes_a_row_to_learn_from_and_private_words_never_do() {
    on_each_database(|city| {
        let lamp = city.resident_posts("ana", "Street light out at Broad & Market");
        let private = city.resident_writes_privately("bea", "Street light out at Elm St and Broad St");
        city.works();
        assert!(lived(city).is_empty(), "an open ticket that nobody corrected teaches nothing");
        corrected_to(city, &city.ticket_of(&lamp), "traffic_signal");
        for ticket in city.tickets_of(&private) {
            corrected_to(city, &ticket, "traffic_signal");
        }
        city.works();
        let words = city.kept(&lamp).text;
        assert_eq!(lived(city), [(words, "traffic_signal".to_owned(), true)]);

        city.square.delete(&lamp.id).expect("deleted");
        for _ in 0..5 {
            city.pass(chrono::Duration::minutes(1));
            city.works();
        }
        assert!(lived(city).is_empty(), "what its author deletes is not learned from");
    });
}

#[test]
fn at_night_the_reader_learns_from_what_the_city_closed() {
    on_each_database(|city| {
        zips(city, 0, 130);
        assert_ne!(first_service(city, ZIP), "bike_scooter", "before");
        // 10 am in Riverton; the night is at half past two.
        city.pass(chrono::Duration::hours(16) + chrono::Duration::minutes(35));
        city.works();
        let world = city.app.world.now();
        assert_eq!(world.model_version, 1);
        assert_eq!(first_service(city, ZIP), "bike_scooter", "after");
        let rows = models::all(&mut city.app.db.read().expect("a connection")).expect("versions");
        assert_eq!((rows[0].made_by.as_str(), rows[0].base, rows[0].before), ("night", 0, 0));

        // The next night there is nothing new; the night after that there is.
        city.pass(chrono::Duration::hours(24));
        city.works();
        assert_eq!(city.app.world.now().model_version, 1);
        zips(city, 200, 260);
        city.pass(chrono::Duration::hours(24));
        city.works();
        let rows = models::all(&mut city.app.db.read().expect("a connection")).expect("versions");
        assert_eq!((rows.len(), rows[0].base, rows[0].before), (2, 0, 1), "nights never stand on nights");
        assert_eq!(train(city, &["--back"]).code, Some(0));
        worker::watch::round(&city.app).expect("a look");
        assert_eq!(city.app.world.now().model_version, 1);
    });
}

#[test]
fn gates_are_set_from_figures_where_the_city_wrote_none() {
    use onit::settings::Gate;
    on_each_database(|city| {
        let folder = tempfile::tempdir().expect("a folder");
        let mut lines = String::new();
        for n in 0..150 {
            lines += &format!("{{\"text\":\"Street light out at pier {n}\",\"service\":\"street_light\"}}\n");
            lines += &format!("{{\"text\":\"Loud music at number {n} again\",\"service\":\"noise\"}}\n");
        }
        let file = written(folder.path(), "tickets.jsonl", &lines).display().to_string();
        let of = |code: &str| {
            let world = city.app.world.now();
            world.gate_of(world.settings.catalogue.get(code).expect("a service"))
        };
        let noise = of("noise");
        assert_eq!(of("street_light"), (Gate::Auto, 0.8), "until figures say");
        let done = train(city, &[&file]);
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        assert!(done.stderr.contains("gate of street_light: auto from p"), "{}", done.stderr);
        worker::watch::round(&city.app).expect("a look");
        let (gate, p) = of("street_light");
        assert!(gate == Gate::Auto && (p - 0.8).abs() > 1e-9, "measured: {p}");
        assert_eq!(of("noise"), noise, "what the city wrote itself outranks");
        assert_eq!(of("snow_ice"), (Gate::Auto, 0.8), "nothing is known of snow");
    });
}
