//! Whose job it is: rules decide, staff read which one, and a clerk can ask what other rules would have done.

#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]

mod support;

use std::path::Path;

use chrono::Duration;
use onit::journey::advance;
use onit::routing;
use onit::settings::Settings;
use onit::tickets::{self, Ticket};
use support::city::{TestCity, on_each_database, on_each_database_with};
use support::process::onit;

/// Puts these rules in force.
fn with_rules(settings: &mut Settings, rules: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("routing.toml");
    std::fs::write(&file, rules).expect("the rules");
    settings.routing = settings.other_routing(&file).expect("good rules");
}

fn kept(city: &TestCity, ticket: &Ticket) -> routing::Routing {
    let found = routing::latest(&mut city.app.db.read().expect("a connection"), ticket.id).expect("a look");
    found.expect("the rule is kept with the ticket")
}

const LIGHTS_OF_WARDS: &str = r#"
[[rule]]
id = "lights-in-spanish"
when.service = ["street_light"]
when.language = ["es"]
department = "desk_311"

[[rule]]
id = "poles-of-the-power-company"
when.service = ["street_light"]
when.owner = ["Tri-County Power"]
department = "traffic_signs"
crew = "T1"
due = "6 hours"
notify = ["poles@power.example"]
"#;

#[test]
fn the_rule_that_wins_decides_department_crew_and_due_date_and_stays_with_the_ticket() {
    on_each_database_with(
        |settings| with_rules(settings, LIGHTS_OF_WARDS),
        |city| {
            let world = city.app.world.now();
            // Pole 2051 is the power company's, pole 1001 the city's.
            let post = city.resident_posts("Joy L.", "Street light out, pole 2051");
            city.works();
            let ticket = city.ticket_of(&post);
            assert_eq!(ticket.department, "traffic_signs", "{}", ticket.rule);
            assert_eq!(kept(city, &ticket).rule, "poles-of-the-power-company");
            assert_eq!(kept(city, &ticket).config_hash, world.settings.hash);
            let post = city.resident_posts("Ruth K.", "Street light out, pole 1001");
            city.works();
            let ticket = city.ticket_of(&post);
            assert_eq!(
                (ticket.department.as_str(), kept(city, &ticket).rule.as_str()),
                ("street_lighting", "")
            );

            let spanish = city.resident_posts(
                "Luz P.",
                "Buenas tardes, la luz de la calle está apagada en Green y Orchard desde hace tres noches",
            );
            city.works();
            let ticket = city.ticket_of(&spanish);
            assert_eq!(ticket.department, "desk_311", "{}", ticket.rule);
            assert_eq!(ticket.rule, "Sent to 311 Desk by rule `lights-in-spanish`");
            assert_eq!(kept(city, &ticket).rule, "lights-in-spanish");
        },
    );
}

#[test]
fn whom_the_rule_names_is_mailed_and_the_promise_follows_its_due_time() {
    let rules = r#"
[[rule]]
id = "every-light"
when.service = ["street_light"]
department = "traffic_signs"
crew = "T1"
due = "6 hours"
notify = ["poles@power.example"]
"#;
    on_each_database_with(
        |settings| with_rules(settings, rules),
        |city| {
            let post = city.resident_posts("Joy L.", "Street light out at Broad & Market");
            city.works();
            let ticket = city.ticket_of(&post);
            let routed = kept(city, &ticket);
            assert_eq!((routed.crew.as_deref(), routed.why.as_str()), (Some("T1"), "opened"));
            let due = ticket.due_at.expect("due").0 - ticket.opened_at.0;
            assert!(due >= Duration::hours(6) && due < Duration::hours(7), "{due}");
            let mails = city.mails();
            assert_eq!(mails.len(), 1, "{mails:?}");
            assert!(
                mails[0].contains("poles@power.example") && mails[0].contains(&ticket.number),
                "{}",
                mails[0]
            );
            assert!(!mails[0].contains("Joy"), "nobody's name leaves by this mail");
            let said = city.city_said(&post);
            assert!(said[0].contains("4 pm today") || said[0].contains("5 pm today"), "{said:?}");
            let steps = tickets::history_of(&mut city.app.db.read().expect("a connection"), ticket.id)
                .expect("steps");
            let routed = steps.iter().find(|s| s.step == "routed").expect("a step");
            assert!(routed.words.contains("rule `every-light`"), "{}", routed.words);
        },
    );
}

#[test]
fn a_place_told_later_is_routed_then_but_not_against_what_a_person_chose() {
    let rules = r#"
[[rule]]
id = "lights-in-wards"
when.service = ["street_light"]
when.area = ["ward: Old Town Ward", "ward: Mill Ward", "ward: Hill Ward", "ward: Alder Ward", "ward: Quarry Ward", "ward: East Bank Ward"]
department = "parks_trees"
"#;
    on_each_database_with(
        |settings| with_rules(settings, rules),
        |city| {
            let post = city.resident_posts("Joy L.", "The street light in front of my house is out");
            city.works();
            let ticket = city.ticket_of(&post);
            assert_eq!(ticket.department, "street_lighting", "nobody knows the ward yet");
            city.resident_answers("Joy L.", &post, "Broad & Market");
            city.works();
            let ticket = city.again(&ticket);
            assert_eq!(ticket.department, "parks_trees", "{}", ticket.rule);
            assert_eq!(kept(city, &ticket).why, "placed");

            // Dana sends it to another department; a corrected place does not undo that.
            let world = city.app.world.now();
            let now = city.clock.now();
            let ticket = city
                .app
                .db
                .write(|conn| {
                    let moved = advance::assign(conn, &world, &ticket, "roads_snow", "", "Dana Ruiz", now)?;
                    advance::set_place(conn, &world, &moved, "Green St & Orchard St", "Dana Ruiz", now)
                })
                .expect("moved");
            assert_eq!(ticket.department, "roads_snow");
            assert_eq!(kept(city, &ticket).department, "parks_trees", "the machine did not decide again");
        },
    );
}

#[test]
fn other_rules_are_tried_on_the_past_and_nothing_changes() {
    on_each_database(|city| {
        let light = city.resident_posts("Joy L.", "Street light out at Broad & Market");
        let hole = city.resident_posts("Ruth K.", "Huge pothole at Green St and Orchard St");
        city.works();
        let (light, hole) = (city.ticket_of(&light), city.ticket_of(&hole));
        let mut tried = (*city.app.world.now().settings).clone();
        with_rules(
            &mut tried,
            "[[rule]]\nid = \"lights-to-traffic\"\nwhen.service = [\"street_light\"]\ndepartment = \"traffic_signs\"\n",
        );
        let world = city.app.world.now();
        let since = onit::db::types::Ts(city.clock.now() - Duration::days(30));
        let past = routing::opened_since(&mut city.app.db.read().expect("a connection"), since, 100)
            .expect("the past");
        assert_eq!(past.len(), 2);
        let found = routing::replay(&world.settings, &tried.routing, &world.places, &past);
        assert_eq!(found.tickets, 2);
        assert_eq!(found.changed.len(), 1, "{found:?}");
        let changed = &found.changed[0];
        assert_eq!(changed.number, light.number);
        assert_eq!((changed.from.as_str(), changed.to.as_str()), ("street_lighting", "traffic_signs"));
        assert_eq!(changed.new_rule, "lights-to-traffic");
        assert!(!changed.as_staff_did);
        assert_eq!(found.departments["street_lighting"], (1, 0));
        assert_eq!(found.departments["traffic_signs"], (0, 1));
        assert_eq!(found.rules, [("lights-to-traffic".to_owned(), 1)]);
        assert_eq!(found.by_service, 1);
        // The rules in force would do the same again.
        let same = routing::replay(&world.settings, &world.settings.routing, &world.places, &past);
        assert_eq!(same.changed, []);
        for ticket in [&light, &hole] {
            assert_eq!(city.again(ticket).version, ticket.version, "a try only reads");
        }
    });
}

/// A copy of the built-in settings with other rules.
fn config(folder: &Path, rules: &str) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    std::fs::create_dir_all(folder.join("wording")).expect("a folder");
    for name in ["onit.toml", "departments.toml", "joining.toml", "services.toml", "policy.toml"] {
        std::fs::copy(from.join(name), folder.join(name)).expect("a copy");
    }
    for name in ["en.toml", "es.toml", "ht.toml", "pt.toml"] {
        std::fs::copy(from.join("wording").join(name), folder.join("wording").join(name)).expect("a copy");
    }
    std::fs::write(folder.join("routing.toml"), rules).expect("the rules");
}

#[test]
fn a_rule_behind_a_wider_one_is_found_by_routing_check() {
    let folder = tempfile::tempdir().expect("a folder");
    config(
        folder.path(),
        "[[rule]]\nid = \"all-snow\"\nwhen.service = [\"snow_ice\"]\ndepartment = \"roads_snow\"\n\n\
         [[rule]]\nid = \"snow-by-night\"\nwhen.service = [\"snow_ice\"]\nwhen.days = [\"sat\", \"sun\"]\n\
         department = \"sanitation\"\n",
    );
    let (dir, db) = (folder.path().display().to_string(), folder.path().join("onit.db"));
    let db = format!("sqlite:{}", db.display());
    let done = onit(&["routing", "check", "--config", &dir, "--database", &db]).run();
    assert_eq!(done.code, Some(1), "{}", done.stderr);
    assert!(done.stdout.contains("routing.toml line 6: rule `snow-by-night` shadowed"), "{}", done.stdout);
    assert!(done.stdout.contains("example: Snow"), "{}", done.stdout);
    assert!(done.stdout.contains("goes to Roads & Snow by `all-snow`"), "{}", done.stdout);
    assert!(done.stderr.contains("2 rules: 1 must be mended"), "{}", done.stderr);

    let json = onit(&["routing", "check", "--json", "--config", &dir, "--database", &db]).run();
    let line: serde_json::Value = serde_json::from_str(json.stdout.trim()).expect("one JSON line");
    assert_eq!(line["fault"], "shadowed");
    assert_eq!(line["by"], serde_json::json!(["all-snow"]));

    let tried = onit(&["routing", "try", "--days", "30", "--config", &dir, "--database", &db]).run();
    assert_eq!(tried.code, Some(0), "{}", tried.stderr);
    assert!(tried.stdout.starts_with("0 requests of the last 30 days, 0 would change"), "{}", tried.stdout);
}

#[test]
fn a_broken_rule_stops_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().display().to_string();
    let db = format!("sqlite:{}", folder.path().join("onit.db").display());
    let check = |rules: &str, expect: &str| {
        config(folder.path(), rules);
        let done = onit(&["work", "--config", &dir, "--database", &db]).run();
        assert_eq!(done.code, Some(1), "{rules}");
        assert!(done.stderr.contains(expect), "{}", done.stderr);
    };
    check(
        "[[rule]]\nid = \"a\"\nwhen.service = [\"snow\"]\ndepartment = \"roads_snow\"\n",
        "routing.toml line 3: `snow` is not in services.toml",
    );
    check(
        "[[rule]]\nid = \"a\"\nwhen.calendar = \"holiday\"\nwhen.hours = { from = \"08:00\", to = \"09:00\" }\n\
         when.days = [\"sun\"]\ndepartment = \"roads\"\n",
        "routing.toml line 6: `roads` is not in departments.toml",
    );
    check(
        "[[rule]]\nid = \"never\"\nwhen.calendar = \"working_time\"\nwhen.days = [\"sun\"]\ndepartment = \"roads_snow\"\n",
        "rule `never`: no request can fit it, its conditions exclude each other",
    );
}
