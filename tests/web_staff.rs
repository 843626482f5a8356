//! The pages of staff and mayor's office over HTTP, on both databases: who may do what, what a move does, what is
//! said when it is refused, and that nobody speaks for the city alone where two must.

#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]

#[path = "web_staff/kept.rs"]
mod kept;
mod support;

use chrono::Duration;
use onit::accounts::{Passwords, Role};
use onit::replies::State;
use onit::settings::Settings;
use onit::tickets::{self, Status, Ticket};
use onit::{accounts, replies, web};
use support::city::{TestCity, on_each_database, on_each_database_with};
use support::http::{self, Response, encoded};

const ORIGIN: (&str, &str) = ("Origin", "http://riverton.test");
const LIGHT: &str = "Street light is out at Broad St & Market St";

/// A city with its pages open; people sign in with [`Office::desk`].
struct Office<'c> {
    city: &'c TestCity,
    server: web::Running,
}

/// Somebody signed in.
struct Desk<'o> {
    base: String,
    cookie: String,
    name: &'o str,
}

impl<'c> Office<'c> {
    fn open(city: &'c TestCity) -> Self {
        Self { city, server: web::serve(city.app.clone(), "127.0.0.1:0").expect("the server") }
    }

    /// Signs somebody in without the form: the session is what the form would have made.
    fn desk(&self, name: &'static str, role: Role) -> Desk<'static> {
        let login = format!("{}@riverton.example", name.to_lowercase().replace(' ', "."));
        let hash =
            Passwords::weak_for_tests().expect("passwords").hash("alder river 22 boats").expect("a hash");
        let token = accounts::Token::new().expect("a token");
        let now = self.city.clock.now();
        let work = |conn: &mut onit::db::DbConnection| {
            let user = accounts::put_user(conn, &login, name, role, Some("street_lighting"), &hash, now)?;
            accounts::open_session(conn, user.id, &token.digest(), "", now)
        };
        self.city.app.db.write(work).expect("a session");
        let cookie = format!("__Host-onit={}", token.reveal());
        Desk { base: format!("http://{}", self.server.addr), cookie, name }
    }

    fn ticket(&self, number: &str) -> Ticket {
        tickets::by_number(&mut self.city.app.db.read().expect("a connection"), number).expect("a ticket")
    }
}

impl Desk<'_> {
    fn get(&self, path: &str) -> Response {
        http::request("GET", &format!("{}{path}", self.base), &[("Cookie", &self.cookie)], b"")
            .expect("an answer")
    }

    /// A page that must be there.
    fn page(&self, path: &str) -> String {
        let got = self.get(path);
        assert_eq!(got.status, 200, "{} at {path}: {}", self.name, got.text());
        got.text()
    }

    fn token(&self) -> String {
        let page = self.page("/staff");
        let (_, after) = page.split_once("name=\"csrf\" value=\"").expect("a form with a token");
        after.split('"').next().expect("its end").to_owned()
    }

    /// Sends a form of one of our own pages.
    fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let token = self.token();
        let all = [("csrf", token.as_str())].into_iter().chain(fields.iter().copied());
        let body: Vec<String> = all.map(|(k, v)| format!("{}={}", encoded(k), encoded(v))).collect();
        let headers =
            [ORIGIN, ("Content-Type", "application/x-www-form-urlencoded"), ("Cookie", self.cookie.as_str())];
        http::request("POST", &format!("{}{path}", self.base), &headers, body.join("&").as_bytes())
            .expect("an answer")
    }

    /// A form that must be taken; where it leads.
    fn done(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let got = self.post(path, fields);
        assert_eq!(got.status, 303, "{} at {path}: {}", self.name, got.text());
        got.header("location").expect("a place").to_owned()
    }

    /// A form that must be refused with these words on the page.
    fn refused(&self, path: &str, fields: &[(&str, &str)], status: u16, words: &str) -> String {
        let got = self.post(path, fields);
        assert_eq!(got.status, status, "{} at {path}: {}", self.name, got.text());
        assert!(got.text().contains(words), "{path} lacks {words:?}: {}", got.text());
        got.text()
    }

    fn fix(&self, number: &str, fields: &[(&str, &str)], photo: Option<&[u8]>) -> Response {
        let token = self.token();
        let mut body = Vec::new();
        for (name, value) in [("csrf", token.as_str())].iter().chain(fields) {
            body.extend(
                format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
            );
        }
        let head = "--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n";
        body.extend(head.bytes());
        body.extend(photo.unwrap_or_default());
        body.extend(b"\r\n--x--\r\n");
        let headers =
            [ORIGIN, ("Content-Type", "multipart/form-data; boundary=x"), ("Cookie", self.cookie.as_str())];
        let url = format!("{}/staff/tickets/{number}/fix", self.base);
        http::request("POST", &url, &headers, &body).expect("an answer")
    }
}

fn photo() -> Vec<u8> {
    let mut png = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(40, 30).write_to(&mut png, image::ImageFormat::Png).expect("a picture");
    png.into_inner()
}

/// Hidden fields and buttons are found by what stands around them.
fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before:?} in {text}"));
    rest.split(after).next().expect("its end")
}

fn trial(settings: &mut Settings) {
    settings.policy.trial_replies = 50;
}

/// Every address and who may use it, one letter a role: S(taff) D(ispatcher) H(ead) P(ublisher) A(pprover) X(admin).
fn who_may(number: &str, vague: i64) -> Vec<(&'static str, String, &'static str)> {
    let at = |step: &str| format!("/staff/tickets/{number}/{step}");
    let review = format!("/staff/review/{vague}");
    vec![
        ("GET", "/staff".into(), "SDHPAX"),
        ("GET", format!("/staff/tickets/{number}"), "SDHPAX"),
        ("GET", "/staff/set-aside".into(), "SDHPAX"),
        ("GET", "/staff/orders".into(), "SDHPAX"),
        ("GET", "/staff/orders/sheet?crew=street_lighting/L1".into(), "SDHPAX"),
        ("POST", "/staff/orders".into(), "SDHX"),
        ("POST", "/staff/orders/link".into(), "SDHX"),
        ("POST", "/staff/orders/1/send".into(), "SDHX"),
        ("POST", "/staff/orders/1/done".into(), "SDHX"),
        ("GET", review.clone(), "DHX"),
        ("GET", "/mayor".into(), "DHPAX"),
        ("POST", at("assign"), "SDHX"),
        ("POST", at("start"), "SDHX"),
        ("POST", at("wait"), "SDHX"),
        ("POST", at("close"), "SDHX"),
        ("POST", at("reopen"), "SDHX"),
        ("POST", at("service"), "SDHX"),
        ("POST", at("place"), "SDHX"),
        ("POST", at("note"), "SDHPAX"),
        ("POST", at("reply"), "SDHPA"),
        ("POST", at("lower"), "DHX"),
        ("POST", at("take-apart"), "DHX"),
        ("POST", at("split"), "DHX"),
        ("POST", at("move"), "DHX"),
        ("POST", at("merge"), "DHX"),
        ("POST", at("unmerge"), "DHX"),
        ("POST", at("same"), "DHX"),
        ("POST", at("not-same"), "DHX"),
        ("POST", format!("/staff/pages/{number}/have-it"), "SDHX"),
        ("POST", format!("{review}/open"), "DHX"),
        ("POST", format!("{review}/ask"), "DHX"),
        ("POST", format!("{review}/set-aside"), "DHX"),
        ("POST", "/staff/sending/start".into(), "AX"),
        ("POST", "/mayor/replies/1/approve".into(), "PA"),
        ("POST", "/mayor/replies/1/edit".into(), "PA"),
        ("POST", "/mayor/replies/1/reject".into(), "PA"),
        ("POST", "/mayor/replies/1/take-back".into(), "PA"),
        ("POST", "/staff/replies/1/take-back".into(), "PA"),
    ]
}

#[test]
fn every_address_asks_for_its_role() {
    on_each_database(|city| {
        let post = city.resident_posts("Ana", LIGHT);
        let vague = city.resident_posts("Ben", "the thing on the corner keeps blinking, fix it");
        city.works();
        let number = city.ticket_of(&post).number;
        let vague = city.kept(&vague).id;
        let matrix = who_may(&number, vague);
        for (role, letter) in Role::ALL.iter().zip("SDHPAX".chars()) {
            // A server of its own each: all of them come from one address, and addresses are limited.
            let office = Office::open(city);
            let desk = office.desk("Lee Park", *role);
            for (method, path, who) in &matrix {
                // A status that fits no ticket: what passes the role is stopped before it changes anything.
                let fields = [
                    ("seen", "fixed"),
                    ("text", ""),
                    ("service", "no_such"),
                    ("text_hash", "-"),
                    ("join", "0"),
                ];
                let got = if *method == "GET" { desk.get(path) } else { desk.post(path, &fields) };
                assert_eq!(got.status != 403, who.contains(letter), "{role} {method} {path}: {}", got.status);
            }
            let stranger = Desk { cookie: String::new(), base: desk.base.clone(), name: "a stranger" };
            assert_eq!(
                stranger.get("/staff/tickets/26-999999").header("location"),
                Some("/sign-in?next=%2Fstaff%2Ftickets%2F26-999999")
            );
            let anyone = http::request(
                "POST",
                &format!("{}/staff/tickets/{number}/start", desk.base),
                &[ORIGIN],
                b"seen=open",
            )
            .expect("an answer");
            assert_eq!(anyone.status, 403);
        }
        assert_eq!(city.ticket_of(&post).status, Status::Open);
        city.may_leave_over();
    });
}

#[test]
fn a_ticket_goes_its_way_and_everyone_hears() {
    on_each_database(|city| {
        let post = city.resident_posts("Ana", LIGHT);
        city.works();
        let office = Office::open(city);
        let dana = office.desk("Dana Ruiz", Role::Dispatcher);
        let number = city.ticket_of(&post).number;
        let at = |step: &str| format!("/staff/tickets/{number}/{step}");
        let board = dana.page("/staff");
        assert!(
            board.contains("<mark class=\"what\">") && board.contains("<mark class=\"place\">"),
            "{board}"
        );
        assert!(board.contains("Ready") && board.contains("Check and go"));
        let to =
            dana.done(&at("assign"), &[("seen", "open"), ("department", "street_lighting"), ("crew", "L3")]);
        assert_eq!(to, format!("/staff/tickets/{number}?done=assigned"));
        assert!(dana.page(&to).contains("Assigned."));
        // Two people at once: the page says who was faster, and nothing happens.
        dana.refused(&at("start"), &[("seen", "open")], 409, "was faster");
        dana.done(&at("start"), &[("seen", "assigned")]);
        dana.refused(
            &at("wait"),
            &[("seen", "in_progress"), ("whom", "parts"), ("until", "soon")],
            422,
            "2026-11-24",
        );
        dana.refused(
            &at("close"),
            &[("seen", "in_progress"), ("reason", "not_ours")],
            422,
            "Say whose it is",
        );
        let typed = dana.refused(&at("place"), &[("where", "Nowhere Ave")], 422, "Nowhere Ave");
        assert!(typed.contains("value=\"Nowhere Ave\""), "what was typed stays");
        dana.done(&at("note"), &[("text", "Valve is under the rack <b>")]);
        assert!(dana.page(&format!("/staff/tickets/{number}")).contains("under the rack &lt;b&gt;"));
        // Fixed needs proof; a text file is no photo.
        let no = dana.fix(&number, &[("seen", "in_progress"), ("proof", "photo")], None);
        assert_eq!(no.status, 409, "{}", no.text());
        assert!(no.text().contains("needs proof"), "{}", no.text());
        let no = dana.fix(&number, &[("seen", "in_progress"), ("proof", "photo")], Some(b"hello"));
        assert_eq!(no.status, 422, "{}", no.text());
        let fields = [("seen", "in_progress"), ("proof", "photo"), ("no_faces", "on"), ("words", "New lamp")];
        let yes = dana.fix(&number, &fields, Some(&photo()));
        assert_eq!(yes.status, 303, "{}", yes.text());
        city.works();
        let said = city.city_said(&post);
        assert!(
            said.len() == 2 && said.last().is_some_and(|s| s.contains("Fixed") || s.contains("fixed")),
            "{said:?}"
        );
        let ticket = office.ticket(&number);
        assert_eq!((ticket.status, ticket.proof.as_deref()), (Status::Fixed, Some("photo")));
        let page = dana.page(&format!("/staff/tickets/{number}"));
        assert!(page.contains("After, public") && page.contains("chain checked"), "{page}");
        dana.done(&at("reopen"), &[("seen", "fixed")]);
        assert_eq!(office.ticket(&number).status, Status::Reopened);
    });
}

#[test]
fn two_requests_become_one_and_two_again_in_two_clicks() {
    on_each_database(|city| {
        let one = city.resident_posts("Ana", LIGHT);
        let two = city.resident_posts("Ben", "Street light is out at Main St & Walnut St");
        city.works();
        let office = Office::open(city);
        let dana = office.desk("Dana Ruiz", Role::Dispatcher);
        let (a, b) = (city.ticket_of(&one).number, city.ticket_of(&two).number);
        let (at_a, at_b) = (format!("/staff/tickets/{a}"), format!("/staff/tickets/{b}"));
        let typed = dana.refused(&format!("{at_a}/merge"), &[("into", "12-x")], 422, "26-000012");
        assert!(typed.contains("value=\"12-x\""), "what was typed stays");
        let to = dana.done(&format!("{at_a}/merge"), &[("seen", "open"), ("into", &b)]);
        assert_eq!(to, format!("{at_b}?done=merged"));
        assert_eq!(dana.get(&at_a).header("location"), Some(at_b.as_str()), "both numbers lead there");
        // The first click opens the line, the second undoes the merge.
        let page = dana.page(&at_b);
        let line = between(&page, "One problem, several numbers", "</ul>");
        assert!(line.contains(&a) && line.contains("Dana Ruiz merged it"), "{line}");
        dana.refused(&format!("{at_b}/unmerge"), &[("into", &b)], 409, "not part of this request");
        let to = dana.done(&format!("{at_b}/unmerge"), &[("into", &a)]);
        assert_eq!(to, format!("{at_b}?done=unmerged"));
        assert_eq!(dana.get(&at_a).status, 200, "it stands for itself again");
        // A post that is about something else: its own request, and from there into another one.
        let three = city.resident_posts("Cleo", LIGHT);
        city.works();
        let page = dana.page(&at_a);
        let last = page.rsplit("/split").next().expect("a form");
        let join = between(last, "name=\"join\" value=\"", "\"").to_owned();
        dana.refused(&format!("{at_a}/move"), &[("join", &join), ("into", &a)], 409, "stands in");
        dana.done(&format!("{at_a}/move"), &[("join", &join), ("into", &b)]);
        assert_eq!(city.ticket_of(&three).number, b);
        city.works();
        let page = dana.page(&at_b);
        let last = page.rsplit("/split").next().expect("a form");
        let join = between(last, "name=\"join\" value=\"", "\"").to_owned();
        let to = dana.done(&format!("{at_b}/split"), &[("join", &join)]);
        let fresh = city.ticket_of(&three).number;
        assert_eq!(to, format!("/staff/tickets/{fresh}?done=split"));
        city.works();
        let said = city.city_said(&three);
        assert!(said.iter().any(|t| t.contains(&b)) && said.iter().any(|t| t.contains(&fresh)), "{said:?}");
    });
}

#[test]
fn a_person_settles_what_the_machine_left() {
    on_each_database(|city| {
        let first = city.resident_posts("Ana", "the thing on the corner keeps blinking, fix it please");
        let second =
            city.resident_posts("Ben", "it is broken again, somebody should look, call me at 973-555-0142");
        city.works();
        let office = Office::open(city);
        let dana = office.desk("Dana Ruiz", Role::Dispatcher);
        let mut conn = city.app.db.read().expect("a connection");
        let queued = |conn: &mut onit::db::DbConnection, post| {
            let rows = tickets::concerns_of(conn, post).expect("concerns");
            rows.into_iter().find(|c| c.queue == "review")
        };
        let (a, b) = (city.kept(&first).id, city.kept(&second).id);
        let Some(row) = queued(&mut conn, a) else { panic!("{:?} is not in the queue", first.text) };
        let path = format!("/staff/review/{a}.{}", row.id);
        let page = dana.page(&path);
        assert!(page.contains("Needs a look") && page.contains("PUBLIC REPLY: ask where"), "{page}");
        dana.refused(&format!("{path}/open"), &[("service", "street_light")], 422, "Where is it?");
        let to = dana
            .done(&format!("{path}/open"), &[("service", "street_light"), ("where", "Broad St & Market St")]);
        let number = between(&to, "/staff/tickets/", "?").to_owned();
        dana.refused(&format!("{path}/set-aside"), &[("reason", "talk")], 409, "decided");
        city.works();
        assert!(
            city.city_said(&first).last().is_some_and(|s| s.contains(&number)),
            "{:?}",
            city.city_said(&first)
        );
        let Some(row) = queued(&mut conn, b) else { panic!("{:?} is not in the queue", second.text) };
        let path = format!("/staff/review/{b}.{}", row.id);
        let page = dana.page(&path);
        assert!(page.contains("phone hidden") && !page.contains("973-555"), "{page}");
        dana.done(&format!("{path}/open"), &[("join", &number)]);
        assert_eq!(office.ticket(&number).people, 2);
        // And apart again: the join ends, the post is back in the queue, nothing is lost.
        let page = dana.page(&format!("/staff/tickets/{number}"));
        let form = between(&page, "/take-apart", "</form>");
        let join = between(form, "name=\"join\" value=\"", "\"").to_owned();
        dana.done(&format!("/staff/tickets/{number}/take-apart"), &[("join", &join)]);
        dana.refused(&format!("/staff/tickets/{number}/take-apart"), &[("join", &join)], 409, "already");
        assert_eq!(office.ticket(&number).people, 1);
        dana.done(&format!("{path}/set-aside"), &[("reason", "talk")]);
        assert!(dana.page("/staff/set-aside").contains("News or talk"), "the reason can be read");
        let to = dana.done(&format!("/staff/review/{b}/again"), &[]);
        assert!(dana.page(&to).contains("Needs a look"));
        city.works();
    });
}

#[test]
fn danger_to_life_is_taken_and_lowered() {
    on_each_database(|city| {
        let post = city.resident_posts("Ana", "Smell of gas at Broad St & Market St, people are coughing");
        city.works();
        let office = Office::open(city);
        let (dana, lee) = (office.desk("Dana Ruiz", Role::Dispatcher), office.desk("Lee Park", Role::Staff));
        let ticket = city.ticket_of(&post);
        assert!(ticket.hidden);
        let board = dana.page("/staff");
        assert!(board.contains("Danger to life") && board.contains("Nobody has it"), "{board}");
        lee.done(&format!("/staff/pages/{}/have-it", ticket.number), &[]);
        dana.refused(&format!("/staff/pages/{}/have-it", ticket.number), &[], 409, "already");
        assert!(dana.page(&format!("/staff/tickets/{}", ticket.number)).contains("Lee Park has it since"));
        let nia = office.desk("Nia Cole", Role::Approver);
        nia.refused(
            &format!("/staff/tickets/{}/reply", ticket.number),
            &[("text", "We come")],
            409,
            "fixed text only",
        );
        dana.done(&format!("/staff/tickets/{}/lower", ticket.number), &[("seen", ticket.status.as_str())]);
        assert!(!office.ticket(&ticket.number).hidden);
        city.works();
    });
}

#[test]
fn the_switch_stops_everything_and_says_who() {
    on_each_database(|city| {
        let office = Office::open(city);
        let (lee, nia) = (office.desk("Lee Park", Role::Staff), office.desk("Nia Cole", Role::Approver));
        let to = lee.done("/staff/sending/stop", &[("back", "//evil.example")]);
        assert_eq!(to, "/staff?done=stopped");
        let post = city.resident_posts("Ana", LIGHT);
        city.works();
        assert!(city.city_said(&post).is_empty());
        assert!(lee.page("/staff").contains("Stopped by Lee Park"));
        assert_eq!(lee.post("/staff/sending/start", &[]).status, 403);
        nia.done("/staff/sending/start", &[("back", "/mayor")]);
        city.works();
        assert_eq!(city.city_said(&post).len(), 1);
    });
}

#[test]
fn the_mayors_office_releases_what_it_read() {
    on_each_database_with(trial, |city| {
        let posts: Vec<_> = ["Ana", "Ben", "Cy"]
            .into_iter()
            .zip(["12 Broad St", "40 Market St", "25 Elm St"])
            .map(|(who, place)| {
                city.resident_posts(who, &format!("Graffiti on the wall at {place}, please clean it"))
            })
            .collect();
        city.works();
        let office = Office::open(city);
        let nia = office.desk("Nia Cole", Role::Publisher);
        let waiting: Vec<i64> = posts
            .iter()
            .flat_map(|p| city.replies_to(p))
            .filter(|r| r.state == State::Waiting)
            .map(|r| r.id)
            .collect();
        let page = nia.page("/mayor");
        assert!(page.contains(&format!("{} replies wait for you", waiting.len())), "{page}");
        let [first, second, third, ..] = waiting.as_slice() else { panic!("three drafts wait: {waiting:?}") };
        let card = |id: &i64| format!("/mayor/replies/{id}");
        nia.refused(&format!("{}/approve", card(first)), &[("text_hash", "old")], 409, "words changed");
        let here = between(&page, &format!("{}/approve\"", card(first)), "</form>");
        let hash = between(here, "name=\"text_hash\" value=\"", "\"").to_owned();
        nia.done(&format!("{}/approve", card(first)), &[("text_hash", &hash)]);
        nia.refused(&format!("{}/approve", card(first)), &[("text_hash", &hash)], 409, "faster");
        nia.refused(
            &format!("{}/edit", card(second)),
            &[("text", "See https://evil.example")],
            422,
            "evil.example",
        );
        let old =
            replies::reply(&mut city.app.db.read().expect("a connection"), *second).expect("a reply").text;
        nia.done(&format!("{}/edit", card(second)), &[("text", &format!("{old} Thank you."))]);
        nia.refused(&format!("{}/reject", card(third)), &[("words", " ")], 422, "Say why not");
        nia.done(&format!("{}/reject", card(third)), &[("words", "Wrong wall")]);
        let sends = nia.page("/mayor");
        assert!(sends.contains("Sends in 30 s") && sends.contains("Take back"), "{sends}");
        city.pass(Duration::minutes(1));
        city.works();
        let states: Vec<State> = [first, second, third]
            .into_iter()
            .map(|id| {
                replies::reply(&mut city.app.db.read().expect("a connection"), *id).expect("a reply").state
            })
            .collect();
        assert_eq!(states, [State::Delivered, State::Delivered, State::Void]);
        assert!(posts.iter().flat_map(|p| city.city_said(p)).any(|s| s.ends_with("Thank you.")));
        assert!(nia.page("/mayor").contains("Take back"));
    });
}

#[test]
fn a_reply_by_hand_can_be_undone_and_bulk_needs_two() {
    on_each_database_with(
        |settings| settings.policy.bulk_over = 1,
        |city| {
            let post = city.resident_posts("Ana", LIGHT);
            city.works();
            let number = city.ticket_of(&post).number;
            let office = Office::open(city);
            let (nia, pat) =
                (office.desk("Nia Cole", Role::Publisher), office.desk("Pat Roe", Role::Approver));
            let dana = office.desk("Dana Ruiz", Role::Dispatcher);
            let reply = format!("/staff/tickets/{number}/reply");
            nia.refused(&reply, &[("text", "Write to @somebody")], 422, "who is not in this thread");
            nia.done(&reply, &[("text", "A crew is on its way.")]);
            let page = nia.page(&format!("/staff/tickets/{number}"));
            assert!(page.contains("Sends in 30 s"), "{page}");
            let undo = between(&page, "action=\"/staff/replies/", "\"").to_owned();
            nia.done(&format!("/staff/replies/{undo}"), &[]);
            city.works();
            city.pass(Duration::minutes(2));
            city.works();
            assert_eq!(city.city_said(&post).len(), 1, "undone in time");
            // Who may not post asks for approval.
            let to = dana.done(&reply, &[("text", "A crew comes at noon.")]);
            assert!(to.ends_with("done=drafted"), "{to}");
            let page = nia.page("/mayor");
            assert!(page.contains("Drafted by Dana Ruiz"), "{page}");
            // A second writer makes it more than one person may write to.
            city.resident_posts("Ben", LIGHT);
            city.works();
            let to = pat.done(&reply, &[("text", "The lamp works again tonight.")]);
            assert!(to.ends_with("done=drafted"), "{to}");
            let page = pat.page("/mayor");
            assert!(page.contains("You drafted this. A second person must approve."), "{page}");
            let drafts =
                replies::in_states(&mut city.app.db.read().expect("a connection"), &[State::Waiting], 10)
                    .expect("drafts");
            let bulk = drafts.iter().find(|r| r.text.contains("tonight")).expect("the draft").id;
            let world = city.app.world.now();
            let batch = onit::journey::voice::batch(
                &mut city.app.db.read().expect("a connection"),
                &world.settings,
                bulk,
            )
            .expect("a batch");
            assert!(batch.second && batch.replies.len() == 2);
            let hash = batch.fingerprint();
            let approve = format!("/mayor/replies/{bulk}/approve");
            pat.refused(&approve, &[("text_hash", &hash)], 409, "second person");
            assert_eq!(nia.post(&approve, &[("text_hash", &hash)]).status, 403, "a publisher is no approver");
            let kim = office.desk("Kim Ash", Role::Approver);
            kim.done(&approve, &[("text_hash", &hash)]);
            city.works();
            city.pass(Duration::minutes(1));
            city.works();
            assert!(
                city.city_said(&post).iter().any(|s| s.contains("tonight")),
                "{:?}",
                city.city_said(&post)
            );
        },
    );
}

#[test]
fn words_that_do_not_sound_like_us_are_said_while_they_are_written() {
    on_each_database(|city| {
        let post = city.resident_posts("Ana", LIGHT);
        city.works();
        let number = city.ticket_of(&post).number;
        let office = Office::open(city);
        let nia = office.desk("Nia Cole", Role::Publisher);
        let check = format!("/staff/tickets/{number}/check-words");
        let list = |words: &str| nia.post(&check, &[("text", words), ("part", "list")]).text();
        assert!(list("Please be advised that it is in our backlog.").contains("word of the house"));
        assert!(list("The crew came and the lamp works.").contains("Sounds like us"));
        assert_eq!(list(" ").trim(), "<ul class=\"checks\"></ul>");
        // Without a script the page comes back with the words and the remarks.
        let page = nia.post(&check, &[("text", "Please be advised.")]).text();
        assert!(
            page.contains(">Please be advised.</textarea>") && page.contains("say the thing itself"),
            "{page}"
        );
        let reply = format!("/staff/tickets/{number}/reply");
        nia.refused(
            &reply,
            &[("text", "Please be advised that a crew came.")],
            422,
            "does not sound like us",
        );
        assert_eq!(city.city_said(&post).len(), 1, "nothing but the first answer");
    });
}

#[test]
fn nobody_speaks_for_the_mayor_alone() {
    on_each_database(|city| {
        let post = city.resident_posts("Ana", LIGHT);
        city.works();
        let number = city.ticket_of(&post).number;
        let office = Office::open(city);
        let pat = office.desk("Pat Roe", Role::Approver);
        let reply = format!("/staff/tickets/{number}/reply");
        let to = pat.done(&reply, &[("text", "I was there this morning."), ("speaker", "mayor")]);
        assert!(to.ends_with("done=drafted"), "{to}");
        city.pass(Duration::minutes(2));
        city.works();
        assert_eq!(city.city_said(&post).len(), 1, "it waits");
        let draft = city.replies_to(&post).into_iter().find(|r| r.state == State::Waiting).expect("a draft");
        assert!(draft.text.ends_with("I was there this morning. — Mayor Ellis"), "{}", draft.text);
        let world = city.app.world.now();
        let batch = onit::journey::voice::batch(
            &mut city.app.db.read().expect("a connection"),
            &world.settings,
            draft.id,
        )
        .expect("a batch");
        let approve = format!("/mayor/replies/{}/approve", draft.id);
        let hash = batch.fingerprint();
        pat.refused(&approve, &[("text_hash", &hash)], 409, "second person");
        let nia = office.desk("Nia Cole", Role::Publisher);
        assert_eq!(
            nia.post(&approve, &[("text_hash", &hash)]).status,
            403,
            "a publisher is no second person"
        );
        let kim = office.desk("Kim Ash", Role::Approver);
        kim.done(&approve, &[("text_hash", &hash)]);
        city.pass(Duration::minutes(1));
        city.works();
        assert!(
            city.city_said(&post).iter().any(|s| s.ends_with("— Mayor Ellis")),
            "{:?}",
            city.city_said(&post)
        );
    });
}

#[test]
fn private_posts_stay_with_those_who_may_read_them() {
    on_each_database(|city| {
        let post = city
            .resident_writes_privately("Ana", "Street light is out at 25 Elm St, my neighbor frightens me");
        city.works();
        let office = Office::open(city);
        let (lee, dana) = (office.desk("Lee Park", Role::Staff), office.desk("Dana Ruiz", Role::Dispatcher));
        for page in [lee.page("/staff"), lee.page("/staff/set-aside")] {
            assert!(!page.contains("frightens"), "{page}");
        }
        let tickets = city.tickets_of(&post);
        assert!(!tickets.is_empty(), "a private post has its ticket too");
        for ticket in tickets {
            assert_eq!(lee.get(&format!("/staff/tickets/{}", ticket.number)).status, 403);
            let page = dana.page(&format!("/staff/tickets/{}", ticket.number));
            assert!(page.contains("frightens") && page.contains("Private message"), "{page}");
        }
        city.may_leave_over();
    });
}
