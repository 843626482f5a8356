//! What was typed into a form that is refused stands there again, with the message at its field; also when its
//! sender was signed out meanwhile.

use onit::accounts::Role;
use onit::replies::State;
use onit::tickets::{self, Status};

use crate::support::city::{on_each_database, on_each_database_with};
use crate::support::http::{self, encoded};
use crate::{Desk, LIGHT, ORIGIN, Office, between, photo, trial};

/// The message stands at its field, the summary on top leads there, and what was typed is still in the form.
fn stays(page: &str, field: &str, typed: &[&str]) {
    assert!(page.contains("<title>Error: "), "{page}");
    assert!(page.contains(&format!("<a href=\"#{field}\">")), "no link to {field}: {page}");
    assert!(page.contains(&format!("id=\"{field}\"")), "no field {field}: {page}");
    for typed in typed {
        assert!(page.contains(typed), "{field}: {typed:?} is gone: {page}");
    }
}

fn at_field(page: &str, field: &str, typed: &[&str]) {
    stays(page, field, typed);
    assert!(page.contains(&format!("id=\"{field}-err\"")), "no message at {field}: {page}");
}

#[test]
fn the_moves_of_a_ticket() {
    on_each_database(|city| {
        let post = city.resident_posts("Ana", LIGHT);
        city.works();
        let office = Office::open(city);
        let dana = office.desk("Dana Ruiz", Role::Dispatcher);
        let number = city.ticket_of(&post).number;
        let at = |step: &str| format!("/staff/tickets/{number}/{step}");
        let seen = ("seen", "open");
        let page = dana.refused(
            &at("assign"),
            &[seen, ("department", "street_lighting"), ("crew", "L3"), ("day", "2020-01-01")],
            422,
            "This day has passed",
        );
        at_field(&page, "day", &["value=\"2020-01-01\"", "<option value=\"L3\" selected>", "<details open>"]);
        let words = ("words", "A new arm is ordered");
        let page = dana.refused(
            &at("wait"),
            &[seen, ("whom", "parts"), ("until", "soon"), words],
            422,
            "2026-11-24",
        );
        at_field(
            &page,
            "until",
            &["value=\"soon\"", "value=\"A new arm is ordered\"", "value=\"parts\" selected"],
        );
        let page = dana.refused(&at("wait"), &[seen, ("until", "2030-01-01")], 422, "for whom it waits");
        at_field(&page, "whom", &["value=\"2030-01-01\""]);
        let page = dana.refused(&at("close"), &[seen, ("words", "PSEG has it")], 422, "Choose a reason");
        at_field(&page, "reason", &[">PSEG has it</textarea>"]);
        let page = dana.refused(
            &at("close"),
            &[seen, ("reason", "not_ours"), ("words", " ")],
            422,
            "Say whose it is",
        );
        at_field(&page, "close-words", &["value=\"not_ours\" required checked"]);
        let page = dana.refused(&at("service"), &[seen, ("service", "street_light")], 409, "already");
        at_field(&page, "service", &["value=\"street_light\" selected"]);
        let page = dana.refused(&at("place"), &[seen, ("where", "Nowhere Ave")], 422, "Nowhere Ave");
        at_field(&page, "where", &["value=\"Nowhere Ave\""]);
        let long = "x".repeat(5_001);
        let page = dana.refused(&at("note"), &[("text", &long)], 422, "at most 5000 fit");
        at_field(&page, "note", &[&format!(">{long}</textarea>")]);
        assert_eq!(city.ticket_of(&post).status, Status::Open);
    });
}

#[test]
fn fixed_keeps_its_words_and_its_photo() {
    on_each_database(|city| {
        let post = city.resident_posts("Ana", LIGHT);
        city.works();
        let office = Office::open(city);
        let dana = office.desk("Dana Ruiz", Role::Dispatcher);
        let number = city.ticket_of(&post).number;
        let fields = [("seen", "open"), ("proof", "work_order"), ("no_faces", "on"), ("words", "New lamp")];
        let got = dana.fix(&number, &fields, Some(&photo()));
        assert_eq!(got.status, 422, "{}", got.text());
        let page = got.text();
        at_field(
            &page,
            "fix-crew",
            &[">New lamp</textarea>", "value=\"work_order\" checked", "We have your photo"],
        );
        assert!(page.contains("name=\"no_faces\" value=\"on\" checked"), "{page}");
        let kept = between(&page, "name=\"photo_kept\" value=\"", "\"").to_owned();
        let got =
            dana.fix(&number, &[("seen", "open"), ("proof", "photo"), ("words", "New lamp")], Some(b"text"));
        assert_eq!(got.status, 422, "{}", got.text());
        at_field(&got.text(), "photo", &[">New lamp</textarea>"]);
        let gone = [("seen", "open"), ("proof", "photo"), ("photo_kept", "made-up"), ("words", "New lamp")];
        at_field(&dana.fix(&number, &gone, None).text(), "photo", &["choose it again"]);
        let fields =
            [("seen", "open"), ("proof", "photo"), ("photo_kept", kept.as_str()), ("words", "New lamp")];
        let yes = dana.fix(&number, &fields, None);
        assert_eq!(yes.status, 303, "the photo did not have to be chosen again: {}", yes.text());
        assert_eq!(office.ticket(&number).proof.as_deref(), Some("photo"));
        // Somebody was faster: the form is not offered any more, the words can still be copied.
        let late = [("seen", "open"), ("reason", "not_ours"), ("words", "PSEG owns this pole")];
        let page = dana.refused(
            &format!("/staff/tickets/{number}/assign"),
            &[("seen", "open"), ("crew", "L2")],
            409,
            "was faster",
        );
        stays(&page, "pane-title", &["What you had typed", "L2"]);
        let page = dana.refused(&format!("/staff/tickets/{number}/close"), &late, 409, "was faster");
        stays(&page, "pane-title", &["PSEG owns this pole"]);
        city.works();
    });
}

#[test]
fn a_post_in_review() {
    on_each_database(|city| {
        let post = city.resident_posts("Ana", "the thing on the corner keeps blinking, fix it please");
        city.works();
        let office = Office::open(city);
        let dana = office.desk("Dana Ruiz", Role::Dispatcher);
        let path = format!("/staff/review/{}", city.kept(&post).id);
        let fields = [("service", ""), ("other_service", "pothole_road_damage"), ("where", "Nowhere Ave")];
        let page = dana.refused(&format!("{path}/open"), &fields, 422, "Nowhere Ave");
        at_field(&page, "where", &["value=\"Nowhere Ave\""]);
        let picked = ["checked", "selected"].map(|how| format!("value=\"pothole_road_damage\" {how}"));
        assert!(picked.iter().any(|p| page.contains(p)), "the service is picked no more: {page}");
        let page =
            dana.refused(&format!("{path}/set-aside"), &[("words", "just news")], 422, "Choose a reason");
        at_field(&page, "reason", &["value=\"just news\""]);
        let page = dana.refused(&format!("{path}/set-aside"), &[("reason", "other")], 422, "Say why");
        at_field(&page, "words", &["value=\"other\" required checked"]);
        city.may_leave_over();
    });
}

#[test]
fn public_words() {
    on_each_database_with(trial, |city| {
        let post = city.resident_posts("Ana", LIGHT);
        city.works();
        let office = Office::open(city);
        let nia = office.desk("Nia Cole", Role::Publisher);
        let number = city.ticket_of(&post).number;
        let page = nia.refused(
            &format!("/staff/tickets/{number}/reply"),
            &[("text", "Write to @somebody today")],
            422,
            "who is not in this thread",
        );
        at_field(&page, "text", &[">Write to @somebody today</textarea>"]);
        let waits =
            city.replies_to(&post).into_iter().find(|r| r.state == State::Waiting).expect("a draft").id;
        let card = format!("/mayor/replies/{waits}");
        let page = nia.refused(
            &format!("{card}/edit"),
            &[("text", "See https://evil.example")],
            422,
            "evil.example",
        );
        stays(
            &page,
            &format!("text-{waits}"),
            &[">See https://evil.example</textarea>", "class=\"edit shown\""],
        );
        let long = "no ".repeat(2_000);
        let page = nia.refused(&format!("{card}/reject"), &[("words", &long)], 422, "at most 5000 fit");
        stays(&page, &format!("why-{waits}"), &[&format!(">{long}</textarea>"), "class=\"edit shown\""]);
        let page = nia.refused(&format!("{card}/approve"), &[("text_hash", "old")], 409, "words changed");
        stays(&page, &format!("reply-{waits}"), &[]);
        nia.done(&format!("{card}/reject"), &[("words", "Wrong lamp")]);
        let page = nia.refused(&format!("{card}/edit"), &[("text", "My careful words")], 409, "faster");
        assert!(
            page.contains("You had typed: “My careful words”"),
            "the card is gone, the words are not: {page}"
        );
        city.may_leave_over();
    });
}

/// Sends a form without looking at the page first.
fn send(desk: &Desk<'_>, path: &str, body: &str) -> http::Response {
    let headers =
        [ORIGIN, ("Content-Type", "application/x-www-form-urlencoded"), ("Cookie", desk.cookie.as_str())];
    http::request("POST", &format!("{}{path}", desk.base), &headers, body.as_bytes()).expect("an answer")
}

/// The value of a hidden field, as a browser reads it.
fn field(page: &str, name: &str) -> String {
    let written = between(page, &format!("name=\"{name}\" value=\""), "\"");
    written.replace("&#x3D;", "=").replace("&amp;", "&")
}

/// The sign-in form of this page, filled in, with the form it carries.
fn sign_in(page: &str, password: &str) -> String {
    let carried = ["csrf", "late_to", "late_form"].map(|name| (name, field(page, name)));
    let typed = [("email", "dana.ruiz@riverton.example".to_owned()), ("password", password.to_owned())];
    let pairs = carried.into_iter().chain(typed);
    pairs.map(|(k, v)| format!("{}={}", encoded(k), encoded(&v))).collect::<Vec<_>>().join("&")
}

#[test]
fn signed_out_while_writing() {
    on_each_database(|city| {
        let post = city.resident_posts("Ana", LIGHT);
        city.works();
        let office = Office::open(city);
        let number = city.ticket_of(&post).number;
        let path = format!("/staff/tickets/{number}/note");
        let mut dana = office.desk("Dana Ruiz", Role::Dispatcher);
        let old_token = dana.token();
        let words = "Valve is <under> the rack & left";
        let body = format!("csrf={}&seen=open&text={}", encoded(&old_token), encoded(words));
        let shown = "Valve is &lt;under&gt; the rack &amp; left";
        // Her session ended: the sign-in page carries her words on.
        dana.cookie.clear();
        let page = send(&dana, &path, &body);
        assert_eq!(page.status, 403);
        assert!(
            page.text().contains("You were signed out while you wrote") && page.text().contains(shown),
            "{}",
            page.text()
        );
        let cookie =
            page.header("set-cookie").and_then(|c| c.split(';').next()).expect("a cookie").to_owned();
        dana.cookie = cookie;
        assert_eq!(field(&page.text(), "late_to"), path);
        let wrong = send(&dana, "/sign-in", &sign_in(&page.text(), "wrong"));
        assert!(
            wrong.status == 422 && wrong.text().contains(shown),
            "a wrong password loses nothing: {}",
            wrong.text()
        );
        let page = send(&dana, "/sign-in", &sign_in(&wrong.text(), "alder river 22 boats"));
        assert_eq!(page.status, 200, "{}", page.text());
        assert!(page.text().contains("Send it now?") && page.text().contains(shown), "{}", page.text());
        let fresh = page.headers.iter().find(|(n, v)| n == "set-cookie" && v.starts_with("__Host-onit="));
        dana.cookie = fresh.and_then(|(_, v)| v.split(';').next()).expect("a session").to_owned();
        let conn = &mut city.app.db.read().expect("a connection");
        let id = office.ticket(&number).id;
        assert!(tickets::notes_of(conn, id).expect("notes").is_empty(), "nothing is sent before she presses");
        let again =
            format!("csrf={}&seen=open&text={}", encoded(&field(&page.text(), "csrf")), encoded(words));
        assert_eq!(send(&dana, &path, &again).status, 303);
        assert_eq!(tickets::notes_of(conn, id).expect("notes")[0].words, words);
        // She signed in again in another window: the first window's form has the token of a session that is over.
        let page = send(&dana, &path, &format!("csrf={}&text=second", encoded(&old_token)));
        assert_eq!(page.status, 409, "{}", page.text());
        assert!(
            page.text().contains("Send it now?") && page.text().contains("value=\"second\""),
            "{}",
            page.text()
        );
    });
}
