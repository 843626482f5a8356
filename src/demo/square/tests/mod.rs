//! The square as a client sees it: a started server, asked over HTTP.

mod api;
mod faults;
mod page;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::{Running, Setup, Square};

/// A square, its server, and a clock that tests move by hand.
struct Town {
    square: Square,
    server: Running,
    seconds: Arc<AtomicI64>,
}

/// What came back: status, headers, body.
struct Answer {
    status: u16,
    headers: ureq::http::HeaderMap,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn refused(&self, status: u16, error: &str) {
        assert_eq!((self.status, self.json()["error"].as_str()), (status, Some(error)), "{}", self.body);
    }
}

/// A small photo: 2 by 2 pixels.
fn png() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(2, 2).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

impl Town {
    fn new() -> Self {
        Self::with(Setup::default())
    }

    fn with(setup: Setup) -> Self {
        let seconds = Arc::new(AtomicI64::new(0));
        let hand = Arc::clone(&seconds);
        let start: DateTime<Utc> = "2026-01-27T06:12:00Z".parse().unwrap();
        let clock = Arc::new(move || start + TimeDelta::seconds(hand.load(Ordering::SeqCst)));
        let square = Square::new(setup, clock).unwrap();
        let server = square.start(0).unwrap();
        Self { square, server, seconds }
    }

    fn wait_seconds(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Answer, String> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(Duration::from_secs(5)))
            .build()
            .into();
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.server.base_url()))
            .header("User-Agent", "onit-test");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.to_vec()).unwrap();
        let mut answer = agent.run(request).map_err(|e| e.to_string())?;
        let body = answer.body_mut().read_to_vec().map_err(|e| e.to_string())?;
        Ok(Answer {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }

    fn get(&self, path: &str, token: &str) -> Answer {
        self.ask("GET", path, &[("Authorization", &format!("Bearer {token}"))], b"").unwrap()
    }

    fn city(&self, path: &str) -> Answer {
        self.get(path, &self.square.city_token())
    }

    /// Calls with a form as the city.
    fn send(
        &self,
        method: &str,
        path: &str,
        form: &[(&str, &str)],
        more: &[(&str, &str)],
    ) -> Result<Answer, String> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let bearer = format!("Bearer {}", self.square.city_token());
        let mut headers =
            vec![("Authorization", bearer.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
        headers.extend_from_slice(more);
        self.ask(method, path, &headers, body.as_bytes())
    }

    fn post(&self, form: &[(&str, &str)]) -> Answer {
        self.send("POST", "/api/v1/statuses", form, &[]).unwrap()
    }

    /// Uploads as the city or posts the page's form: text fields and one file.
    fn upload(&self, path: &str, fields: &[(&str, &str)], file: (&str, &[u8])) -> Answer {
        let mut body = Vec::new();
        for (name, value) in fields {
            let part = format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        let head = format!(
            "--XX\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n",
            file.0
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(file.1);
        body.extend_from_slice(b"\r\n--XX--\r\n");
        let bearer = format!("Bearer {}", self.square.city_token());
        let headers =
            [("Authorization", bearer.as_str()), ("Content-Type", "multipart/form-data; boundary=XX")];
        self.ask("POST", path, &headers, &body).unwrap()
    }
}
