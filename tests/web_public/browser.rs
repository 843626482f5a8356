//! One visitor: a browser that keeps cookies, fills in forms, and speaks to the real server over HTTP.

use onit::accounts::{Passwords, Role};
use onit::journey::settle;
use onit::tickets::policy::Evidence;
use onit::tickets::{self, Ticket};
use onit::{accounts, web};

use crate::support::city::TestCity;
use crate::support::http::{self, Response, encoded};

/// The address residents see; forms come from there.
pub(crate) const ORIGIN: (&str, &str) = ("Origin", "http://riverton.test");
pub(crate) const DARK: &str = "The street light is out and the whole corner is dark";

/// One browser: the city's pages, and the cookies it keeps.
pub(crate) struct Browser<'c> {
    pub(crate) city: &'c TestCity,
    pub(crate) server: web::Running,
    pub(crate) cookies: Vec<(String, String)>,
}

impl<'c> Browser<'c> {
    pub(crate) fn open(city: &'c TestCity) -> Self {
        let server = web::serve(city.app.clone(), "127.0.0.1:0").expect("the server");
        Self { city, server, cookies: Vec::new() }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.addr)
    }

    pub(crate) fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let line = cookies.join("; ");
        let mut headers = headers.to_vec();
        if !line.is_empty() {
            headers.push(("Cookie", &line));
        }
        let response = http::request(method, &self.url(path), &headers, body).expect("an answer");
        for (_, value) in response.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (name, value) = value.split(';').next().and_then(|c| c.split_once('=')).expect("a cookie");
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        response
    }

    pub(crate) fn get(&mut self, path: &str) -> Response {
        self.send("GET", path, &[], b"")
    }

    /// Sends a plain form from one of our own pages.
    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Response {
        let body: Vec<String> =
            fields.iter().map(|(k, v)| format!("{}={}", encoded(k), encoded(v))).collect();
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        self.send("POST", path, &[ORIGIN, kind], body.join("&").as_bytes())
    }

    /// The token in the forms of a page.
    pub(crate) fn token(&mut self, path: &str) -> String {
        token_in(&self.get(path).text())
    }

    /// Fills in the report form as a browser sends it.
    pub(crate) fn report(&mut self, fields: &[(&str, &str)]) -> Response {
        let token = self.token("/report");
        self.report_with(&token, fields, None)
    }

    pub(crate) fn report_with(
        &mut self,
        token: &str,
        fields: &[(&str, &str)],
        photo: Option<&[u8]>,
    ) -> Response {
        let mut body = Vec::new();
        let csrf = ("csrf", token);
        let parts = std::iter::once(&csrf).chain(fields);
        for (name, value) in parts {
            body.extend(
                format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
            );
        }
        let name = if photo.is_some() { "lamp.png" } else { "" };
        let head = format!(
            "--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"{name}\"\r\nContent-Type: image/png\r\n\r\n"
        );
        body.extend(head.bytes());
        body.extend(photo.unwrap_or_default());
        body.extend(b"\r\n--x--\r\n");
        self.send("POST", "/report", &[ORIGIN, ("Content-Type", "multipart/form-data; boundary=x")], &body)
    }

    /// A report that becomes a ticket; its number.
    pub(crate) fn file(&mut self, what: &str, place: &str, service: &str) -> String {
        let done = self.report(&[
            ("what", what),
            ("where", place),
            ("service", service),
            ("different", "1"),
            ("send", "1"),
        ]);
        number_in(&done)
    }

    pub(crate) fn ticket(&self, number: &str) -> Ticket {
        tickets::by_number(&mut self.city.app.db.read().expect("a connection"), number).expect("a ticket")
    }

    pub(crate) fn sign_in(&mut self, login: &str, role: Role) {
        let hash =
            Passwords::weak_for_tests().expect("passwords").hash("alder river 22 boats").expect("a hash");
        let now = self.city.clock.now();
        let put = |conn: &mut onit::db::DbConnection| {
            accounts::put_user(conn, login, "Dana Ruiz", role, None, &hash, now)
        };
        self.city.app.db.write(put).expect("somebody");
        let token = self.token("/sign-in");
        let done = self
            .post("/sign-in", &[("csrf", &token), ("email", login), ("password", "alder river 22 boats")]);
        assert_eq!(done.status, 303, "{}", done.text());
    }
}

pub(crate) fn token_in(html: &str) -> String {
    let (_, after) = html.split_once("name=\"csrf\" value=\"").expect("a form with a token");
    after.split('"').next().expect("its end").to_owned()
}

/// The number in the address a form leads to.
pub(crate) fn number_in(done: &Response) -> String {
    let place = done.header("location").unwrap_or_else(|| panic!("{}: {}", done.status, done.text()));
    let rest = place.strip_prefix("/t/").unwrap_or_else(|| panic!("no ticket page: {place}"));
    rest.split('?').next().expect("a number").to_owned()
}

pub(crate) fn fix(city: &TestCity, ticket: &Ticket) -> Ticket {
    let (world, now) = (city.app.world.now(), city.clock.now());
    let proof = Evidence { photo: true, ..Evidence::default() };
    let work = |conn: &mut onit::db::DbConnection| {
        settle::fix(conn, &world, ticket, proof, "New lamp", "Dana Ruiz", now)
    };
    city.app.db.write(work).expect("fixed")
}
