//! What forms take, what they refuse, and that nothing happens twice.

use onit::accounts::Role;
use onit::journey::followers;
use onit::tickets::{self, Status, Ticket};
use onit::{intake, media};

use crate::browser::{Browser, DARK, fix, number_in, token_in};
use crate::support::city::{TestCity, on_each_database, on_each_database_with};
use crate::support::http::Response;

#[test]
fn forms_from_elsewhere_are_refused() {
    on_each_database(|city| {
        let mut browser = Browser::open(city);
        let number = browser.file(DARK, "Broad St & Market St", "street_light");
        fix(city, &browser.ticket(&number));
        let token = browser.token("/report");
        let form = ("Content-Type", "application/x-www-form-urlencoded");
        let foreign = ("Origin", "https://evil.example");
        for path in ["/report", "/sign-in", "/sign-out", "/follow/x", "/staff/x"]
            .map(str::to_owned)
            .into_iter()
            .chain(["follow", "still-broken", "yes-fixed"].map(|f| format!("/t/{number}/{f}")))
        {
            assert_eq!(browser.send("POST", &path, &[form], b"").status, 403, "{path} without origin");
            assert_eq!(
                browser.send("POST", &path, &[foreign, form], b"").status,
                403,
                "{path} from elsewhere"
            );
        }
        for path in ["/sign-in", "/sign-out", "/follow/x"] {
            assert_eq!(browser.post(path, &[("csrf", "1.x")]).status, 403, "{path} with a made-up token");
        }
        assert_eq!(browser.report_with("1.x", &[("what", DARK)], None).status, 403);
        browser.cookies.clear();
        assert_eq!(browser.report_with(&token, &[("what", DARK)], None).status, 403, "another browser");
        assert_eq!(browser.ticket(&number).status, Status::Fixed);
    });
}

#[test]
fn a_double_click_files_once_and_a_changed_form_again() {
    on_each_database(|city| {
        let mut browser = Browser::open(city);
        let token = browser.token("/report");
        let fields = [("what", DARK), ("where", "Broad St & Market St"), ("service", "street_light")];
        let first = number_in(&browser.report_with(&token, &fields, None));
        let second = number_in(&browser.report_with(&token, &fields, None));
        assert_eq!(first, second);
        assert_eq!(browser.ticket(&first).people, 1);
        let other = [
            ("what", "There is a deep pothole"),
            ("where", "Main St & Walnut St"),
            ("service", "pothole_road_damage"),
        ];
        assert_ne!(number_in(&browser.report_with(&token, &other, None)), first);
    });
}

#[test]
fn an_address_is_limited_by_the_hour() {
    on_each_database_with(
        |s| s.policy.form.per_hour = 2,
        |city| {
            let mut browser = Browser::open(city);
            let corners = ["Broad St & Market St", "Main St & Walnut St"];
            for corner in corners {
                browser.file(DARK, corner, "street_light");
            }
            let third = browser.report(&[
                ("what", DARK),
                ("where", "Broad St & Winter St"),
                ("service", "street_light"),
            ]);
            assert_eq!(third.status, 429, "{}", third.text());
            assert!(third.text().contains(DARK), "what was typed stays");
            let danger = browser
                .report(&[("what", "Smell of gas in the whole house, we are dizzy"), ("where", "12 Elm St")]);
            assert_eq!(danger.header("location"), Some("/report/done/danger"), "danger is never held up");
        },
    );
}

#[test]
fn the_form_asks_for_what_is_missing_and_keeps_what_was_typed() {
    on_each_database(|city| {
        let mut browser = Browser::open(city);
        let check = |browser: &mut Browser<'_>, fields: &[(&str, &str)], has: &[&str]| {
            let got = browser.report(fields);
            assert_eq!(got.status, 422, "{fields:?}: {:?} {}", got.header("location"), got.text());
            let text = got.text();
            for has in has {
                assert!(text.contains(has), "{fields:?} lacks {has:?}: {text}");
            }
            assert!(text.contains("<title>Error: "), "{text}");
        };
        check(
            &mut browser,
            &[("what", ""), ("where", "Main St & Walnut St")],
            &["Say what is wrong", "Main St &amp; Walnut St"],
        );
        check(&mut browser, &[("what", DARK), ("where", "")], &["Say where it is", DARK]);
        check(
            &mut browser,
            &[("what", DARK), ("where", "Zanzibar Plaza Nowhere")],
            &["We do not know", "Zanzibar"],
        );
        check(
            &mut browser,
            &[("what", DARK), ("where", "12 Elm St"), ("email", "ana@")],
            &["This address is not complete", "ana@"],
        );
        check(
            &mut browser,
            &[("what", DARK), ("where", "214 Green")],
            &["Green St", "Green Ter", "name=\"place\""],
        );
        let token = browser.token("/report");
        let wrong = browser.report_with(
            &token,
            &[("what", DARK), ("where", "12 Elm St")],
            Some(b"not a photo at all"),
        );
        assert_eq!(wrong.status, 422);
        assert!(wrong.text().contains(DARK) && wrong.text().contains("photo"), "{}", wrong.text());
    });
}

#[test]
fn is_it_this_one() {
    on_each_database(|city| {
        let mut browser = Browser::open(city);
        let first = browser.file(DARK, "Broad St & Market St", "street_light");
        let fields = [
            ("what", "the lamp is dark here"),
            ("where", "Broad St & Market St"),
            ("service", "street_light"),
        ];
        let asked = browser.report(&fields);
        assert_eq!(asked.status, 200);
        assert!(
            asked.text().contains("Is it this one?") && asked.text().contains(&first),
            "{}",
            asked.text()
        );
        let mut joining = fields.to_vec();
        joining.push(("join", &first));
        let done = browser.report(&joining);
        assert_eq!(done.header("location"), Some(format!("/t/{first}?said=joined").as_str()));
        assert_eq!(browser.ticket(&first).people, 2);
        assert!(browser.get(&format!("/t/{first}?said=joined")).text().contains("You are counted"));
    });
}

#[test]
fn a_photo_is_shown_to_staff_first() {
    on_each_database(|city| {
        let mut browser = Browser::open(city);
        let mut png = std::io::Cursor::new(Vec::new());
        image::DynamicImage::new_rgb8(640, 400).write_to(&mut png, image::ImageFormat::Png).expect("a photo");
        let token = browser.token("/report");
        let fields = [("what", DARK), ("where", "Broad St & Market St"), ("service", "street_light")];
        let number = number_in(&browser.report_with(&token, &fields, Some(png.get_ref())));
        let ticket = browser.ticket(&number);
        let photos =
            media::of_ticket(&mut city.app.db.read().expect("a connection"), ticket.id).expect("photos");
        let mut row = photos.first().expect("the photo is kept").clone();
        assert!(!row.public && row.role == "report");
        let path = format!("/media/{}.jpg", row.id);
        assert_eq!(browser.get(&path).status, 404);
        assert!(!browser.get(&format!("/t/{number}")).text().contains("/media/"));

        row.public = true;
        row.role = "proof".into();
        let open = city.app.db.write(|conn| media::insert(conn, &row)).expect("a released photo");
        let got = browser.get(&format!("/media/{open}.jpg"));
        assert_eq!((got.status, got.header("content-type")), (200, Some("image/jpeg")));
        let tag = got.header("etag").expect("a tag").to_owned();
        assert_eq!(
            browser.send("GET", &format!("/media/{open}.jpg"), &[("If-None-Match", &tag)], b"").status,
            304
        );
        let small = browser.get(&format!("/media/{open}.jpg?size=thumb"));
        assert!(small.status == 200 && small.body.len() < got.body.len());
        assert!(browser.get(&format!("/t/{number}?x=1")).text().contains(&format!("/media/{open}.jpg")));

        browser.sign_in("dana@riverton.example", Role::Dispatcher);
        let got = browser.get(&path);
        assert_eq!((got.status, got.header("cache-control")), (200, Some("private, no-store")));
    });
}

#[test]
fn following_by_mail() {
    on_each_database(|city| {
        let mut browser = Browser::open(city);
        let number = browser.file(DARK, "Broad St & Market St", "street_light");
        let wrong = browser.post(&format!("/t/{number}/follow"), &[("email", "ana@")]);
        assert!(wrong.status == 422 && wrong.text().contains("value=\"ana@\""), "{}", wrong.text());
        let asked = browser.post(&format!("/t/{number}/follow"), &[("email", "Ana@Example.org")]);
        assert!(asked.status == 200 && asked.text().contains("a…@example.org"), "{}", asked.text());
        browser.post(&format!("/t/{number}/follow"), &[("email", "ana@example.org")]);
        city.works();
        let mails = city.mails();
        assert_eq!(mails.len(), 1, "asked twice, mailed once");
        let path = link_in(&mails[0]);
        let page = browser.get(&path);
        assert!(
            page.text().contains("Follow this request?") && page.header("x-robots-tag") == Some("noindex")
        );
        let told = |city: &TestCity| {
            let (world, now) = (city.app.world.now(), city.clock.now());
            let ticket = browser_ticket(city, &number);
            city.app.db.write(|conn| followers::tell_followers(conn, &world, &ticket, now)).expect("told")
        };
        assert_eq!(told(city), 0, "nobody follows before the link is pressed");
        let token = token_in(&page.text());
        let done = browser.post(&path, &[("csrf", &token), ("do", "confirm")]);
        assert!(done.status == 200 && done.text().contains("You follow this request"), "{}", done.text());
        assert!(browser.get(&format!("/t/{number}?x=1")).text().contains("1 neighbor follows this"));
        assert_eq!((told(city), told(city)), (1, 1));
        city.works();
        let mails = city.mails();
        assert_eq!(mails.len(), 2, "one mail a step");
        assert_eq!(link_in(&mails[1]), path, "the way out is the same link");
        browser.post(&path, &[("csrf", &token), ("do", "stop")]);
        assert_eq!(told(city), 0);
    });
}

fn browser_ticket(city: &TestCity, number: &str) -> Ticket {
    tickets::by_number(&mut city.app.db.read().expect("a connection"), number).expect("a ticket")
}

/// The `/follow/…` path in a mail.
fn link_in(mail: &str) -> String {
    // Quoted-printable folds long lines.
    let whole = mail.replace("=\r\n", "").replace("=\n", "");
    let (_, after) = whole.split_once("/follow/").unwrap_or_else(|| panic!("no link: {mail}"));
    let token: String =
        after.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
    format!("/follow/{token}")
}

#[test]
fn neighbors_say_how_it_is() {
    on_each_database(|city| {
        let mut browser = Browser::open(city);
        let number = browser.file(DARK, "Broad St & Market St", "street_light");
        fix(city, &browser.ticket(&number));
        let page = browser.get(&format!("/t/{number}?x=1")).text();
        assert!(page.contains("Yes, fixed") && page.contains("Still broken"), "{page}");
        let works = browser.post(&format!("/t/{number}/yes-fixed"), &[]);
        assert_eq!(works.header("location"), Some(format!("/t/{number}?said=works").as_str()));
        assert!(browser.get(&format!("/t/{number}")).text().contains("A neighbor says it is fixed"));
        assert_eq!(browser.ticket(&number).status, Status::Fixed, "no proof, no change");
        let broken =
            browser.post(&format!("/t/{number}/still-broken"), &[("words", "my secret words: dark again")]);
        assert_eq!(broken.header("location"), Some(format!("/t/{number}?said=still-broken").as_str()));
        assert_eq!(browser.ticket(&number).status, Status::Reopened);
        let page = browser.get(&format!("/t/{number}")).text();
        assert!(page.contains("Reopened") && !page.contains("secret words"), "{page}");
        let notes =
            tickets::notes_of(&mut city.app.db.read().expect("a connection"), browser.ticket(&number).id);
        assert!(notes.expect("notes")[0].words.contains("secret words"), "staff read them");
        let again = browser.post(&format!("/t/{number}/still-broken"), &[]);
        assert_eq!(
            again.header("location"),
            Some(format!("/t/{number}?said=again").as_str()),
            "once an hour"
        );
    });
}

#[test]
fn signing_in_and_out() {
    on_each_database(|city| {
        let mut browser = Browser::open(city);
        browser.sign_in("dana@riverton.example", Role::Dispatcher);
        let session = |browser: &Browser<'_>| {
            browser.cookies.iter().find(|(n, _)| n == "__Host-onit").map(|(_, v)| v.clone())
        };
        let first = session(&browser).expect("a session");
        let inside = browser.get("/staff");
        assert!(inside.status != 303 && inside.status != 403, "{}", inside.status);
        assert_eq!(browser.get("/").header("cache-control"), Some("private, no-store"));
        assert!(browser.get("/").text().contains("Staff board"));
        let token = browser.token("/sign-out");
        assert!(browser.post("/sign-out", &[("csrf", &token)]).text().contains("You are signed out"));
        browser.cookies.retain(|(name, _)| name != "__Host-onit");
        browser.cookies.push(("__Host-onit".into(), first));
        assert_eq!(browser.get("/staff").status, 303, "the old token is dead");
        browser.cookies.clear();

        let token = browser.token("/sign-in");
        let attempt = |browser: &mut Browser<'_>, who: &str| {
            browser.post("/sign-in", &[("csrf", &token), ("email", who), ("password", "wrong")])
        };
        let (known, nobody) = (
            attempt(&mut browser, "dana@riverton.example"),
            attempt(&mut browser, "nobody@riverton.example"),
        );
        assert_eq!((known.status, nobody.status), (422, 422));
        let strip = |r: &Response, who: &str| r.text().replace(who, "W").replace(&token_in(&r.text()), "T");
        assert_eq!(strip(&known, "dana@riverton.example"), strip(&nobody, "nobody@riverton.example"));
        for _ in 0..4 {
            attempt(&mut browser, "dana@riverton.example");
        }
        assert_eq!(attempt(&mut browser, "dana@riverton.example").status, 429, "five wrong tries, then wait");
    });
}

#[test]
fn a_report_with_an_address_follows_after_the_link() {
    on_each_database(|city| {
        let mut browser = Browser::open(city);
        let fields = [
            ("what", DARK),
            ("where", "Broad St & Market St"),
            ("service", "street_light"),
            ("email", "Ana@example.org"),
        ];
        let done = browser.report(&fields);
        let number = number_in(&done);
        assert!(done.header("location").is_some_and(|l| l.ends_with("said=received-mail")));
        city.works();
        let mails = city.mails();
        assert_eq!(mails.len(), 1);
        assert!(mails[0].contains(&number) && mails[0].contains("/follow/"), "{}", mails[0]);
        let conn = &mut city.app.db.read().expect("a connection");
        let join = tickets::joins_of(conn, browser.ticket(&number).id).expect("joins").remove(0);
        let person = intake::person_by_id(conn, join.person_id).expect("a person");
        assert_eq!((person.network.as_str(), person.network_id.as_str()), ("web_form", "ana@example.org"));
    });
}

/// The message stands at its field, the summary leads to it, and what was typed is still there.
fn stays(got: &Response, status: u16, field: &str, typed: &[&str]) {
    let page = got.text();
    assert_eq!(got.status, status, "{page}");
    assert!(page.contains("<title>Error: ") && page.contains(&format!("<a href=\"#{field}\">")), "{page}");
    assert!(page.contains(&format!("id=\"{field}-err\"")), "no message at {field}: {page}");
    for typed in typed {
        assert!(page.contains(typed), "{field}: {typed:?} is gone: {page}");
    }
}

#[test]
fn a_form_left_open_for_a_day_loses_nothing() {
    on_each_database(|city| {
        let mut browser = Browser::open(city);
        let token = browser.token("/report");
        let sign_in = browser.token("/sign-in");
        city.pass(chrono::Duration::hours(26));
        let fields = [("what", DARK), ("where", "Broad St & Market St"), ("email", "ana@example.org")];
        let mut png = std::io::Cursor::new(Vec::new());
        image::DynamicImage::new_rgb8(40, 30).write_to(&mut png, image::ImageFormat::Png).expect("a picture");
        let late = browser.report_with(&token, &fields, Some(png.get_ref()));
        let typed =
            [DARK, "value=\"Broad St &amp; Market St\"", "value=\"ana@example.org\"", "We have your photo"];
        stays(&late, 409, "what", &typed);
        let (fresh, page) = (token_in(&late.text()), late.text());
        let (_, after) = page.split_once("name=\"photo_kept\" value=\"").expect("the photo");
        let kept = after.split('"').next().expect("its end");
        let fields = [&fields[..], &[("photo_kept", kept), ("service", "street_light")]].concat();
        let done = browser.report_with(&fresh, &fields, None);
        let number = number_in(&done);
        let conn = &mut city.app.db.read().expect("a connection");
        let ticket = browser.ticket(&number);
        let post = tickets::joins_of(conn, ticket.id).expect("joins").remove(0).post_id;
        assert_eq!(media::of_post(conn, post).expect("photos").len(), 1, "the photo came along");
        let late = browser.post(
            "/sign-in",
            &[("csrf", &sign_in), ("email", "dana@riverton.example"), ("password", "secret words")],
        );
        assert_eq!(late.status, 409, "{}", late.text());
        let page = late.text();
        assert!(page.contains("value=\"dana@riverton.example\"") && !page.contains("secret words"), "{page}");
        city.works();
    });
}

#[test]
fn the_forms_of_a_request_keep_what_was_typed() {
    on_each_database(|city| {
        let mut browser = Browser::open(city);
        let number = browser.file(DARK, "Broad St & Market St", "street_light");
        let got = browser.post(&format!("/t/{number}/follow"), &[("email", "ana@")]);
        stays(&got, 422, "email", &["value=\"ana@\""]);
        fix(city, &browser.ticket(&number));
        let broken = format!("/t/{number}/still-broken");
        let long = "dark ".repeat(401);
        let got = browser.post(&broken, &[("words", &long)]);
        stays(&got, 422, "words", &[long.as_str(), "class=\"edit box shown\""]);
        city.pass(chrono::Duration::days(60));
        let got = browser.post(&broken, &[("words", "It is dark again")]);
        stays(&got, 409, "words", &[">It is dark again</textarea>", "report it again"]);
        assert_eq!(browser.ticket(&number).status, Status::Fixed);
        let token = browser.token("/sign-in");
        let fields =
            [("csrf", token.as_str()), ("email", "dana@riverton.example"), ("password", "wrong words")];
        let got = browser.post("/sign-in", &fields);
        assert!(
            got.status == 422 && got.text().contains("value=\"dana@riverton.example\""),
            "{}",
            got.text()
        );
        assert!(!got.text().contains("wrong words"), "the name alone stays");
        city.works();
    });
}
