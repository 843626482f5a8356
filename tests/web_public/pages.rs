//! What pages show, and what they must not.

use onit::settings::ResidentsWords;
use onit::tickets;

use crate::browser::{Browser, DARK, fix};
use crate::support::city::{on_each_database, on_each_database_with};
use crate::support::http::encoded;

#[test]
fn every_address_answers_and_is_guarded() {
    on_each_database(|city| {
        let mut browser = Browser::open(city);
        let number = browser.file(DARK, "Broad St & Market St", "street_light");
        let check = |browser: &mut Browser<'_>, path: &str, status: u16, has: &str| {
            let got = browser.get(path);
            assert_eq!(got.status, status, "{path}: {}", got.text());
            assert!(got.text().contains(has), "{path} lacks {has:?}: {}", got.text());
            for name in
                ["content-security-policy", "x-content-type-options", "referrer-policy", "cache-control"]
            {
                assert!(
                    got.header(name).is_some() || path.starts_with("/healthz") || path.starts_with("/robots"),
                    "{path}: {name}"
                );
            }
        };
        let page = format!("/t/{number}");
        check(&mut browser, "/", 200, "Street light out");
        check(&mut browser, "/search?q=broad", 200, &number);
        check(&mut browser, "/search?q=market+light", 200, &number);
        check(&mut browser, "/search?q=nowhere", 200, "Nothing found");
        check(&mut browser, &page, 200, "Broad St &amp; Market St");
        check(&mut browser, "/report", 200, "What is wrong?");
        check(&mut browser, "/report/done/review", 200, "A person reads it first");
        check(&mut browser, "/report/done/danger", 200, "911");
        check(&mut browser, "/report/done/other", 404, "no page");
        check(&mut browser, "/sign-in", 200, "Password");
        check(&mut browser, "/sign-out", 200, "signed out");
        check(&mut browser, "/healthz", 200, "alive");
        check(&mut browser, "/readyz", 200, "\"ready\":true");
        check(&mut browser, "/robots.txt", 200, "Disallow: /staff");
        check(&mut browser, "/.well-known/security.txt", 200, "Expires: ");
        check(&mut browser, "/assets/onit.css", 200, "--lamp");
        check(&mut browser, "/assets/none.css", 404, "");
        check(&mut browser, "/follow/no-such-link", 404, "");
        check(&mut browser, "/media/1.jpg", 404, "");
        check(&mut browser, "/parks/elm", 404, "value=\"parks elm\"");
        let short = browser.get(&format!("/search?q={}", encoded(&number.replace("-00000", "-"))));
        assert_eq!((short.status, short.header("location")), (303, Some(page.as_str())));
        assert_eq!(browser.send("HEAD", "/", &[], b"").status, 200);
        for path in ["/staff", "/staff/tickets/26-000001", "/mayor"] {
            let got = browser.get(path);
            assert_eq!(got.status, 303, "{path}");
            assert!(got.header("location").is_some_and(|l| l.starts_with("/sign-in?next=%2F")), "{path}");
        }
        let problem = browser.send("GET", "/t/26-999999", &[("Accept", "application/json")], b"");
        assert_eq!((problem.status, problem.header("content-type")), (404, Some("application/problem+json")));
    });
}

#[test]
fn unknown_sealed_and_hidden_are_the_same_to_a_stranger() {
    on_each_database(|city| {
        let sealed = city.resident_writes_privately("Joy L.", "Street light out at Broad & Market");
        let danger =
            city.resident_posts("Ruth K.", "Smell of gas in the whole house at 12 Elm St, we are dizzy");
        city.works();
        city.may_leave_over();
        let mut browser = Browser::open(city);
        let mut texts = Vec::new();
        let numbers: Vec<String> =
            [&sealed, &danger].iter().flat_map(|p| city.tickets_of(p)).map(|t| t.number).collect();
        assert_eq!(numbers.len(), 2, "one sealed, one hidden");
        for number in numbers.iter().map(String::as_str).chain(["26-999999"]) {
            let got = browser.get(&format!("/t/{number}"));
            assert_eq!(got.status, 404, "{number}");
            let tail = number.split('-').nth(1).expect("a number");
            texts.push((got.headers.len(), got.text().replace(number, "N").replace(tail, "N")));
            for form in ["follow", "still-broken", "yes-fixed"] {
                let got = browser.post(&format!("/t/{number}/{form}"), &[("email", "a@example.org")]);
                assert_eq!(got.status, 404, "{number} {form}");
            }
            let got = browser.get(&format!("/search?q={number}"));
            assert_eq!(got.status, 200);
            assert!(!got.text().contains(&format!("/t/{number}")), "{number} is found");
        }
        assert!(texts.windows(2).all(|w| w[0] == w[1]), "the pages differ");
        let (home, list) = (browser.get("/").text(), browser.get("/search?show=all").text());
        for number in &numbers {
            assert!(!home.contains(number.as_str()) && !list.contains(number.as_str()), "{number} is listed");
        }
    });
}

#[test]
fn nothing_a_resident_wrote_is_shown_in_link_mode() {
    on_each_database(|city| {
        let words = "Street light out at Broad & Market, my phone is 973-555-0142, yours Joyful";
        let post = city.resident_posts("Joy L.", words);
        city.works();
        let ticket = city.ticket_of(&post);
        fix(city, &ticket);
        city.works();
        let mut browser = Browser::open(city);
        for path in [
            format!("/t/{}", ticket.number),
            "/".into(),
            "/search?q=broad".into(),
            format!("/search?near={}", ticket.number),
        ] {
            let text = browser.get(&path).text();
            for gone in ["Joyful", "973-555", "@JoyL", "JoyL@", "Joy L"] {
                assert!(!text.contains(gone), "{path} shows {gone:?}: {text}");
            }
        }
        let page = browser.get(&format!("/t/{}", ticket.number)).text();
        assert!(page.contains("On it. Street Lighting") && page.contains("Official reply"), "{page}");
        assert!(page.contains("A neighbor") && page.contains("See it where it was written"), "{page}");
    });
}

#[test]
fn redacted_mode_hides_private_data_and_shortens_names() {
    let redacted = |s: &mut onit::settings::Settings| s.policy.residents_words = ResidentsWords::Redacted;
    on_each_database_with(redacted, |city| {
        let post = city.resident_posts(
            "Joy L.",
            "Street light out at Broad & Market, call me at 973-555-0142 <b>now</b>",
        );
        city.works();
        let mut browser = Browser::open(city);
        let page = browser.get(&format!("/t/{}", city.ticket_of(&post).number)).text();
        assert!(page.contains("Street light out at Broad &amp; Market"), "{page}");
        assert!(page.contains("phone number hidden") && !page.contains("973-555"), "{page}");
        assert!(page.contains("Joy L.") && !page.contains("@JoyL") && !page.contains("<b>now"), "{page}");
    });
}

#[test]
fn what_is_typed_comes_back_as_text() {
    on_each_database(|city| {
        let mut browser = Browser::open(city);
        let evil = "\"><script>alert(1)</script><img src=x onerror=alert(1)>";
        let pages = [
            browser.get(&format!("/search?q={}", encoded(evil))),
            browser.get(&format!("/search?service={0}&ward={0}&near={0}&show={0}&page=-1", encoded(evil))),
            browser.get(&format!("/{}", encoded(evil))),
            browser.get(&format!("/t/{}", encoded(evil))),
            browser.get(&format!("/report?near={}", encoded(evil))),
            browser.get(&format!("/sign-in?next={}", encoded(evil))),
            browser.report(&[
                ("what", evil),
                ("where", evil),
                ("email", evil),
                ("service", evil),
                ("photo_kept", evil),
                ("place", evil),
            ]),
        ];
        for page in pages {
            let text = page.text();
            assert!(!text.contains("<script>") && !text.contains("<img src=x"), "{text}");
            assert!(page.status < 500, "{} {text}", page.status);
        }
        let place = "<script>alert(1)</script> Broad St & Market St";
        let number = browser.file(&format!("{evil} street light out"), place, "street_light");
        let page = browser.get(&format!("/t/{number}")).text();
        assert!(!page.contains("<script>") && !page.contains("onerror"), "{page}");
    });
}

#[test]
fn homes_are_not_shown() {
    on_each_database(|city| {
        let mut browser = Browser::open(city);
        let number = browser.file("they missed our trash again", "12 Elm St", "missed_trash");
        let ticket = browser.ticket(&number);
        assert!(ticket.place_label.contains("12"), "{}", ticket.place_label);
        let exact = [ticket.lat, ticket.lon].map(|degrees| format!("{:.4}", degrees.expect("a place")));
        for path in [
            format!("/t/{number}"),
            "/".into(),
            "/search?q=elm".into(),
            format!("/search?near={number}"),
            "/map".into(),
            "/map/tickets?bbox=-89.5,40.0,-89.3,40.1".into(),
            format!("/report?near={number}"),
        ] {
            let text = browser.get(&path).text();
            assert!(text.contains("Elm St") && !text.contains("12 Elm"), "{path}: {text}");
            for degrees in &exact {
                assert!(!text.contains(degrees.as_str()), "{path} tells {degrees}: {text}");
            }
        }
        assert!(
            browser.get("/search?q=12+elm").text().contains("Nothing found"),
            "a house number finds nobody's home"
        );
        let again =
            browser.report(&[("what", "missed trash"), ("where", "14 Elm St"), ("service", "missed_trash")]);
        assert!(!again.text().contains("Is it this one?"), "neighbors are not shown each other's reports");
    });
}

#[test]
fn a_merged_number_leads_on_and_a_cached_page_is_fresh_after_a_form() {
    on_each_database(|city| {
        let mut browser = Browser::open(city);
        let first = browser.file(DARK, "Broad St & Market St", "street_light");
        let second = browser.file("a lamp is out", "Main St & Walnut St", "street_light");
        let (keep, gone) = (browser.ticket(&first), browser.ticket(&second));
        let now = city.clock.now();
        city.app
            .db
            .write(|conn| {
                let step =
                    tickets::Entry::by_staff("merged", "Dana Ruiz", "The same".into(), true, now.into());
                tickets::correct(conn, &gone, step, |t| t.merged_into = Some(keep.id))
            })
            .expect("merged");
        let got = browser.get(&format!("/t/{second}?x=1"));
        assert_eq!((got.status, got.header("location")), (302, Some(format!("/t/{first}").as_str())));
        assert!(
            browser
                .get(&format!("/t/{first}?x=1"))
                .text()
                .contains(&format!("{second} was about the same thing"))
        );
        let page = format!("/t/{first}");
        let plain = browser.get(&page);
        let packed = browser.send("GET", &page, &[("Accept-Encoding", "gzip")], b"");
        assert_eq!(packed.header("content-encoding"), Some("gzip"));
        assert!(packed.body.len() * 2 < plain.body.len());
        fix(city, &browser.ticket(&first));
        assert_eq!(browser.get(&page).body, plain.body, "the cached page lives a few seconds");
        browser.post(&format!("/t/{first}/yes-fixed"), &[]);
        assert!(browser.get(&page).text().contains("A neighbor says it is fixed"), "a form makes it fresh");
    });
}
