//! A plain HTTP client for tests: one request a connection, no TLS, no redirects, no cookies.
//! Not the product's own client, so that a fault there cannot hide itself.

use std::io::Write;
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::wire;

/// What a server said.
#[derive(Debug)]
pub struct Response {
    /// 200, 404, …
    pub status: u16,
    /// Header names in lower case, in the order received.
    pub headers: Vec<(String, String)>,
    /// The body, chunks joined.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of this (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The body as text; bytes that are not UTF-8 are replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; panics with the body when it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("status {}, not JSON ({e}): {}", self.status, self.text()))
    }
}

/// `http::get("http://127.0.0.1:8080/healthz")`.
pub fn get(url: &str) -> std::io::Result<Response> {
    request("GET", url, &[], b"")
}

/// Sends fields as a form (`application/x-www-form-urlencoded`).
pub fn post_form(url: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> std::io::Result<Response> {
    let body: Vec<String> = fields.iter().map(|(k, v)| format!("{}={}", encoded(k), encoded(v))).collect();
    let mut headers = headers.to_vec();
    headers.push(("Content-Type", "application/x-www-form-urlencoded"));
    request("POST", url, &headers, body.join("&").as_bytes())
}

/// One request and its answer; fails after 15 s of silence.
pub fn request(method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> std::io::Result<Response> {
    let (host, path) = split(url);
    let address = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
    let refused = || std::io::Error::other(format!("no address for {address}"));
    let target = address.to_socket_addrs()?.next().ok_or_else(refused)?;
    let mut stream = TcpStream::connect_timeout(&target, Duration::from_secs(5))?;
    stream.set_read_timeout(Some(Duration::from_secs(15)))?;
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    head.push_str(&format!("User-Agent: onit-tests\r\nContent-Length: {}\r\n", body.len()));
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    stream.write_all(body)?;
    let answer = wire::read_answer(&mut stream, method)?;
    Ok(Response { status: answer.status(), body: answer.plain_body(), headers: answer.headers })
}

fn split(url: &str) -> (&str, &str) {
    let rest = url.strip_prefix("http://").unwrap_or_else(|| panic!("only http:// here: {url}"));
    rest.find('/').map_or((rest, "/"), |slash| (&rest[..slash], &rest[slash..]))
}

/// Percent-encodes everything but letters, digits and `-._~`.
pub fn encoded(text: &str) -> String {
    let one = |byte: u8| {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if plain { (byte as char).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(one).collect()
}
