//! A program that speaks Open311 with the real server, as clients out there do.

use onit::accounts::keys::{self, NewKey, Scope};
use onit::tickets::{self, Ticket};
use onit::web;

use crate::support::city::TestCity;
use crate::support::http::{self, Response, encoded};
use crate::xml::{self, Node};

pub(crate) const DARK: &str = "The street light is out";
pub(crate) const CORNER: &str = "Broad St & Market St";
pub(crate) const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");

/// One client with a key of its own.
pub(crate) struct Client<'c> {
    pub(crate) city: &'c TestCity,
    pub(crate) server: web::Running,
    pub(crate) key: String,
}

impl<'c> Client<'c> {
    pub(crate) fn open(city: &'c TestCity) -> Self {
        let server = web::serve(city.app.clone(), "127.0.0.1:0").expect("the server");
        let key = new_key(city, "app", &[Scope::Open311], 1_000);
        Self { city, server, key }
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        http::request("GET", &self.url(path), &[], b"").expect("an answer")
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}/open311{path}", self.server.addr)
    }

    /// A JSON answer; panics unless it is one.
    pub(crate) fn json(&self, path: &str) -> serde_json::Value {
        let got = self.get(path);
        assert_eq!(got.status, 200, "{path}: {}", got.text());
        got.json()
    }

    /// An XML answer; panics unless it is one.
    pub(crate) fn xml(&self, path: &str) -> Node {
        let got = self.get(path);
        assert_eq!(got.status, 200, "{path}: {}", got.text());
        xml::parse(&got.text())
    }

    pub(crate) fn post_with(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        fields: &[(&str, &str)],
    ) -> Response {
        let body: Vec<String> =
            fields.iter().map(|(k, v)| format!("{}={}", encoded(k), encoded(v))).collect();
        let mut all = vec![FORM];
        all.extend_from_slice(headers);
        http::request("POST", &self.url(path), &all, body.join("&").as_bytes()).expect("an answer")
    }

    /// Sends a form with the key in it.
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let mut all = vec![("api_key", self.key.as_str())];
        all.extend_from_slice(fields);
        self.post_with(path, &[], &all)
    }

    /// Files a request at an address; its number.
    pub(crate) fn file(&self, service: &str, address: &str, description: &str) -> String {
        let fields = [("service_code", service), ("address_string", address), ("description", description)];
        number_in(&self.post("/v2/requests.json", &fields))
    }

    /// A multipart form with the key, these fields and these files (part name, bytes).
    pub(crate) fn upload(&self, path: &str, fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Response {
        let mut body = Vec::new();
        for (name, value) in [("api_key", self.key.as_str())].iter().chain(fields) {
            let head = format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend(head.bytes());
        }
        for (name, bytes) in files {
            let head = format!(
                "--x\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n"
            );
            body.extend(head.bytes());
            body.extend_from_slice(bytes);
            body.extend(b"\r\n");
        }
        body.extend(b"--x--\r\n");
        let kind = ("Content-Type", "multipart/form-data; boundary=x");
        http::request("POST", &self.url(path), &[kind], &body).expect("an answer")
    }

    /// The ticket that lives for a number.
    pub(crate) fn ticket(&self, number: &str) -> Ticket {
        tickets::by_number(&mut self.city.app.db.read().expect("a connection"), number).expect("a ticket")
    }

    /// One request as JSON.
    pub(crate) fn request(&self, number: &str) -> serde_json::Value {
        self.json(&format!("/v2/requests/{number}.json"))[0].clone()
    }
}

pub(crate) fn new_key(city: &TestCity, name: &str, scopes: &[Scope], per_hour: i64) -> String {
    let new = NewKey {
        name,
        owner_name: "Ana Lopez",
        owner_contact: "ana@app.example",
        scopes,
        per_hour,
        expires_at: None,
    };
    let (_, text) = city.app.db.write(|conn| keys::add(conn, &new, city.clock.now())).expect("a key");
    text.reveal().to_owned()
}

/// The number in the answer to a filing.
pub(crate) fn number_in(done: &Response) -> String {
    assert_eq!(done.status, 200, "{}", done.text());
    let read = done.json();
    let number = read[0]["service_request_id"].as_str();
    number.unwrap_or_else(|| panic!("no number: {read}")).to_owned()
}

/// The sentences of a refusal; panics unless it is one with this status.
pub(crate) fn refusal(got: &Response, status: u16) -> Vec<String> {
    assert_eq!(got.status, status, "{}", got.text());
    let kind = got.header("content-type").unwrap_or_default();
    if kind.starts_with("application/json") {
        let read = got.json();
        let all = read.as_array().expect("a list of errors");
        assert!(all.iter().all(|e| e["code"] == status), "{read}");
        return all.iter().map(|e| e["description"].as_str().expect("words").to_owned()).collect();
    }
    let read = xml::parse(&got.text());
    assert_eq!(read.name, "errors");
    assert!(read.children.iter().all(|e| e.name == "error" && e.get("code") == status.to_string()));
    read.children.iter().map(|e| e.get("description").to_owned()).collect()
}
