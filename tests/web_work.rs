//! Work orders on the pages: planned at a desk, done on a crew's phone with a photo, printed; a crew's link opens its
//! own day and nothing else.

#![allow(clippy::expect_used, reason = "test code: a failed expectation is a failed test")]

mod support;

use onit::accounts::{self, Passwords, Role};
use onit::tickets::{Status, Ticket};
use onit::web;
use support::city::{TestCity, on_each_database};
use support::http::{self, Response, encoded};

const ORIGIN: (&str, &str) = ("Origin", "http://riverton.test");

/// A browser on one of our pages: at a desk with its session, on a crew's phone with what the page gave it.
struct Browser {
    base: String,
    cookie: String,
}

impl Browser {
    fn at_desk(city: &TestCity, server: &web::Running) -> Self {
        let hash =
            Passwords::weak_for_tests().expect("passwords").hash("alder river 22 boats").expect("a hash");
        let token = accounts::Token::new().expect("a token");
        let now = city.clock.now();
        let work = |conn: &mut onit::db::DbConnection| {
            let user = accounts::put_user(
                conn,
                "dana@riverton.example",
                "Dana Ruiz",
                Role::Dispatcher,
                None,
                &hash,
                now,
            )?;
            accounts::open_session(conn, user.id, &token.digest(), "", now)
        };
        city.app.db.write(work).expect("a session");
        Self { base: format!("http://{}", server.addr), cookie: format!("__Host-onit={}", token.reveal()) }
    }

    fn phone(server: &web::Running) -> Self {
        Self { base: format!("http://{}", server.addr), cookie: String::new() }
    }

    fn get(&self, path: &str) -> Response {
        http::request("GET", &format!("{}{path}", self.base), &[("Cookie", &self.cookie)], b"")
            .expect("an answer")
    }

    fn page(&self, path: &str) -> String {
        let got = self.get(path);
        assert_eq!(got.status, 200, "{path}: {}", got.text());
        got.text()
    }

    /// The form token of a page, and the cookie it came with.
    fn token(&self, page: &str) -> (String, String) {
        let got = self.get(page);
        let text = got.text();
        let token = text
            .split_once("name=\"csrf\" value=\"")
            .and_then(|(_, rest)| rest.split('"').next())
            .unwrap_or_else(|| panic!("no form on {page}: {text}"))
            .to_owned();
        let set: Vec<String> = got
            .headers
            .iter()
            .filter(|(name, _)| name == "set-cookie")
            .filter_map(|(_, value)| value.split(';').next().map(str::to_owned))
            .collect();
        let cookie = if self.cookie.is_empty() { set.join("; ") } else { self.cookie.clone() };
        (token, cookie)
    }

    fn post(&self, page: &str, path: &str, fields: &[(&str, &str)]) -> Response {
        let (token, cookie) = self.token(page);
        let all = [("csrf", token.as_str())].into_iter().chain(fields.iter().copied());
        let body: Vec<String> = all.map(|(k, v)| format!("{}={}", encoded(k), encoded(v))).collect();
        let headers =
            [ORIGIN, ("Content-Type", "application/x-www-form-urlencoded"), ("Cookie", cookie.as_str())];
        http::request("POST", &format!("{}{path}", self.base), &headers, body.join("&").as_bytes())
            .expect("an answer")
    }

    fn done(&self, page: &str, path: &str, fields: &[(&str, &str)]) {
        let got = self.post(page, path, fields);
        assert_eq!(got.status, 303, "{path}: {}", got.text());
    }

    /// "Done" with a photo, as a phone sends it.
    fn finish(&self, page: &str, path: &str, photo: &[u8]) -> Response {
        let (token, cookie) = self.token(page);
        let mut body = Vec::new();
        for (name, value) in [("csrf", token.as_str()), ("words", "New lamp"), ("no_faces", "on")] {
            body.extend(
                format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
            );
        }
        body.extend(
            "--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n"
                .bytes(),
        );
        body.extend(photo);
        body.extend(b"\r\n--x--\r\n");
        let headers =
            [ORIGIN, ("Content-Type", "multipart/form-data; boundary=x"), ("Cookie", cookie.as_str())];
        http::request("POST", &format!("{}{path}", self.base), &headers, &body).expect("an answer")
    }
}

fn photo() -> Vec<u8> {
    let mut png = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(40, 30).write_to(&mut png, image::ImageFormat::Png).expect("a picture");
    png.into_inner()
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before:?} in {text}"));
    rest.split(after).next().expect("its end")
}

fn light(city: &TestCity, who: &str, place: &str) -> Ticket {
    let post = city.resident_posts(who, &format!("Street light out, {place}"));
    city.works();
    city.ticket_of(&post)
}

#[test]
fn an_order_from_the_desk_to_the_phone_and_back_with_a_photo() {
    on_each_database(|city| {
        let server = web::serve(city.app.clone(), "127.0.0.1:0").expect("the server");
        let (desk, phone) = (Browser::at_desk(city, &server), Browser::phone(&server));
        let (one, two) = (light(city, "Joy L.", "pole 1001"), light(city, "Ruth K.", "pole 1151"));
        let orders = "/staff/orders?day=2026-01-27";
        let numbers = format!("{} {}", one.number, two.number);
        let plan = [
            ("numbers", numbers.as_str()),
            ("crew", "street_lighting/L3"),
            ("day", "2026-01-27"),
            ("hazard", "Live <wire>"),
            ("dig", "on"),
        ];
        desk.done(orders, "/staff/orders", &plan);
        let page = desk.page(orders);
        assert!(page.contains("L3, Street Lighting") && page.contains("Live &lt;wire&gt;"), "{page}");
        assert!(page.contains("Call before you dig"), "{page}");
        let id = between(&page, "id=\"order-", "\"").to_owned();
        assert!(desk.page(&format!("/staff/tickets/{}", one.number)).contains(&format!("No. {id}, L3")));

        // The crew gets its page; before the office sends the order, nothing stands there.
        desk.done(orders, "/staff/orders/link", &[("crew", "street_lighting/L3"), ("day", "2026-01-27")]);
        let link = between(&desk.page(orders), "href=\"http://riverton.test/crew/", "\"").to_owned();
        let day = format!("/crew/{link}");
        assert_eq!(link.len(), 43, "128 random bits and a signature");
        assert!(phone.page(&day).contains("Nothing for you today"));
        desk.done(orders, &format!("/staff/orders/{id}/send"), &[]);
        let page = phone.page(&day);
        assert!(page.contains("Jan 27"), "{page}");
        assert!(page.contains("Live &lt;wire&gt;") && !page.contains("Joy"), "no resident's name: {page}");
        phone.done(&day, &format!("{day}/{id}/arrive"), &[]);
        assert_eq!(city.again(&one).status, Status::InProgress);

        let got = phone.finish(&day, &format!("{day}/{id}/done"), &photo());
        assert_eq!(got.status, 303, "{}", got.text());
        for ticket in [&one, &two] {
            let ticket = city.again(ticket);
            assert_eq!((ticket.status, ticket.proof.as_deref()), (Status::Fixed, Some("photo")));
        }
        assert!(phone.page(&day).contains("0 to do, 1 ended"));
        city.works();
        server.stop();
    });
}

#[test]
fn a_crew_s_link_opens_its_own_day_and_ends_with_a_new_one() {
    on_each_database(|city| {
        let server = web::serve(city.app.clone(), "127.0.0.1:0").expect("the server");
        let (desk, phone) = (Browser::at_desk(city, &server), Browser::phone(&server));
        let (one, two) = (light(city, "Joy L.", "pole 1001"), light(city, "Ruth K.", "pole 1151"));
        let orders = "/staff/orders?day=2026-01-27";
        let mut links = Vec::new();
        for (crew, ticket) in [("street_lighting/L1", &one), ("street_lighting/L2", &two)] {
            desk.done(
                orders,
                "/staff/orders",
                &[("numbers", &ticket.number), ("crew", crew), ("day", "2026-01-27")],
            );
            desk.done(orders, "/staff/orders/link", &[("crew", crew), ("day", "2026-01-27")]);
            let page = desk.page(orders);
            let (_, of_crew) = page.split_once(&format!("aria-label=\"{}", &crew[16..])).expect("the crew");
            let id = between(of_crew, "id=\"order-", "\"").to_owned();
            desk.done(orders, &format!("/staff/orders/{id}/send"), &[]);
            links.push((between(of_crew, "/crew/", "\"").to_owned(), id));
        }
        let [(first, own), (_, foreign)] = &links[..] else { panic!("two crews") };
        let day = format!("/crew/{first}");
        let page = phone.page(&day);
        assert!(page.contains(&one.number) && !page.contains(&two.number), "{page}");
        let got = phone.post(&day, &format!("{day}/{foreign}/arrive"), &[]);
        assert_eq!(got.status, 404, "another crew's order is not theirs: {}", got.text());
        // Why is asked for, and stays with the order; tomorrow is one tap.
        let got = phone.post(&day, &format!("{day}/{own}/could-not"), &[("why", ""), ("tomorrow", "on")]);
        assert_eq!(got.status, 422, "{}", got.text());
        assert!(got.text().contains("Say why it could not be done."), "{}", got.text());
        phone.done(
            &day,
            &format!("{day}/{own}/could-not"),
            &[("why", "A car stands there"), ("tomorrow", "on")],
        );
        assert!(desk.page("/staff/orders?day=2026-01-28").contains("A car stands there"));
        let sheet = desk.page("/staff/orders/sheet?crew=street_lighting/L1&day=2026-01-28");
        assert!(sheet.contains("Run sheet: L1") && sheet.contains(&one.number), "{sheet}");

        // Made up, cut short, or of another server: nothing.
        for bad in ["x", &first[..42], &"A".repeat(43)] {
            assert_eq!(phone.get(&format!("/crew/{bad}")).status, 404, "{bad}");
        }
        desk.done(orders, "/staff/orders/link", &[("crew", "street_lighting/L1"), ("day", "2026-01-27")]);
        assert_eq!(phone.get(&day).status, 404, "the phone was lost: its link ended");
        // Without a session the desk's pages are closed.
        assert_ne!(phone.get("/staff/orders").status, 200);
        city.works();
        server.stop();
    });
}
