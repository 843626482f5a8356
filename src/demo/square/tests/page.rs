//! The page: works without script, keeps what was typed, lets nothing foreign in.

use std::sync::Arc;

use super::super::{Journey, JourneyView, Piece, Posting, Setup, Square, Step, StepState, Visibility};
use super::{Town, png};

fn page(town: &Town, path: &str) -> super::Answer {
    town.ask("GET", path, &[], b"").unwrap()
}

fn form(town: &Town, fields: &[(&str, &str)], more: &[(&str, &str)]) -> super::Answer {
    town.send("POST", "/post", fields, more).unwrap()
}

struct Halfway;

impl JourneyView for Halfway {
    fn journey(&self, _: &str) -> Option<Journey> {
        let read = Step {
            state: StepState::Done,
            title: "Read".to_owned(),
            words: vec![Piece::plain("because of "), Piece::service("<light>")],
            map_svg: Some("<svg class=\"m\"></svg>".to_owned()),
            ..Step::default()
        };
        let placed = Step { state: StepState::Running, title: "Placed".to_owned(), ..Step::default() };
        Some(Journey { steps: vec![read, placed], summary: "0.4 s so far".to_owned() })
    }
}

#[test]
fn a_post_from_the_form_mentions_the_city_and_leads_to_its_own_page() {
    let town = Town::new();
    let answer = form(&town, &[("text", "Street light out\r\nat Broad & Market"), ("as", "JoyL")], &[]);
    assert_eq!(answer.status, 303);
    let post = &town.square.status(answer.header("location").split(['=', '&']).nth(1).unwrap()).unwrap();
    assert_eq!(post.text, "@CityOfRiverton Street light out\nat Broad & Market");
    let shown = page(&town, answer.header("location"));
    assert!(shown.body.contains("Street light out\nat Broad &amp; Market"));
    assert!(shown.body.contains("What happens to your post") && shown.body.contains("On its way"));
    assert!(shown.body.contains("http-equiv=\"refresh\""));
    let mentions = town.city("/api/v1/notifications").json();
    assert_eq!(mentions[0]["status"]["uri"], post.uri.as_str());
    // An answer in the thread reaches the city as well.
    let fields = [("text", "still dark"), ("as", "RuthK"), ("reply_to", post.id.as_str())];
    assert_eq!(form(&town, &fields, &[]).status, 303);
    assert_eq!(town.square.replies_to(&post.id)[0].text, "@CityOfRiverton still dark");
}

#[test]
fn a_photo_from_the_form_is_shown() {
    let town = Town::new();
    let answer = town.upload("/post", &[("text", "dark"), ("as", "JoyL")], ("photo", &png()));
    assert_eq!(answer.status, 303);
    assert!(page(&town, "/").body.contains("<img src=\"/media/"));
    let none = town.upload("/post", &[("text", "no photo"), ("as", "JoyL")], ("photo", b""));
    assert_eq!(none.status, 303);
    let wrong = town.upload("/post", &[("text", "kept words"), ("as", "LuzP")], ("photo", b"text"));
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.body.contains("File content type is invalid.") && wrong.body.contains(">kept words</textarea>")
    );
    assert!(wrong.body.contains("<title>Error: "));
}

#[test]
fn examples_fill_the_box_without_script() {
    let town = Town::new();
    let shown = page(&town, "/?example=spanish").body;
    assert!(shown.contains("Agua saliendo de la calle") && shown.contains("value=\"LuzP\" selected"));
}

#[test]
fn steps_show_words_marks_and_map_and_escape_what_is_foreign() {
    let town = Town::new();
    town.square.set_journeys(Arc::new(Halfway));
    let post = town.square.tell_city("Joy L.", "<script>alert(1)</script>", Posting::default()).unwrap();
    let shown = page(&town, &format!("/live?post={}", post.id)).body;
    assert!(shown.contains("<mark>&lt;light&gt;</mark>") && shown.contains("<svg class=\"m\"></svg>"));
    assert!(shown.contains("0.4 s so far") && shown.contains("The city is writing an answer"));
    assert!(!shown.contains("<script>"));
    let whole = page(&town, &format!("/?post={}", post.id)).body;
    assert!(!whole.contains("<script>") && whole.matches("<script").count() == 1);
}

#[test]
fn every_answer_carries_the_careful_headers_and_foreign_pages_cannot_post() {
    let town = Town::new();
    for path in ["/", "/assets/square.js", "/assets/onit.css", "/api/v1/instance", "/nowhere"] {
        let answer = page(&town, path);
        assert!(answer.header("content-security-policy").contains("default-src 'none'"), "{path}");
        assert!(!answer.header("content-security-policy").contains("unsafe"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
    let fields = [("text", "spam"), ("as", "JoyL")];
    let check = |headers: &[(&str, &str)], status: u16| {
        assert_eq!(form(&town, &fields, headers).status, status, "{headers:?}");
    };
    check(&[("Origin", "https://evil.test")], 403);
    check(&[("Origin", "null")], 403);
    check(&[("Sec-Fetch-Site", "cross-site")], 403);
    check(&[("Origin", town.server.base_url()), ("Sec-Fetch-Site", "same-origin")], 303);
    assert_eq!(town.ask("GET", "/", &[("Host", "evil.test")], b"").unwrap().status, 421);
}

#[test]
fn the_city_cannot_be_played_and_addresses_of_posts_open_the_page() {
    let town = Town::new();
    assert_eq!(form(&town, &[("text", "On it"), ("as", "CityOfRiverton")], &[]).status, 422);
    let post = town.square.tell_city("Joy L.", "lamp", Posting::default()).unwrap();
    for address in [&post.uri, &post.url] {
        let answer = page(&town, address.trim_start_matches(town.server.base_url()));
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, format!("/?post={0}#post-{0}", post.id).as_str())
        );
    }
    assert_eq!(page(&town, "/@JoyL/1").status, 404);
}

#[test]
fn many_threads_are_paged() {
    let clock = Arc::new(|| chrono::DateTime::UNIX_EPOCH);
    let square = Square::new(Setup::default(), clock).unwrap();
    for number in 0..30 {
        square.tell_city("Joy L.", &format!("lamp number {number}."), Posting::default()).unwrap();
    }
    let server = square.start(0).unwrap();
    let town = Town { square, server, seconds: Arc::default() };
    let first = page(&town, "/").body;
    assert!(first.contains("lamp number 29.") && !first.contains("lamp number 4."));
    let older = first.split("href=\"/?before&#x3D;").nth(1).unwrap().split('"').next().unwrap();
    let second = page(&town, &format!("/?before={older}")).body;
    assert!(second.contains("lamp number 4.") && second.contains("lamp number 0."));
}

#[test]
fn private_posts_are_shown_to_their_people_only() {
    let town = Town::new();
    let posting = Posting { visibility: Visibility::Direct, ..Posting::default() };
    let post = town.square.tell_city("Joy L.", "my number is 555", posting).unwrap();
    for path in ["/".to_owned(), format!("/?post={}", post.id), format!("/live?post={}&mine=RuthK", post.id)]
    {
        assert!(!page(&town, &path).body.contains("555"), "{path}");
    }
    assert!(page(&town, "/?mine=JoyL").body.contains("555"));
}
