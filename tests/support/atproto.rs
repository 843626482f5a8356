//! A real Bluesky network on this machine, from npm: directory, server (PDS) and app view with PostgreSQL behind it
//! (`tests/bluesky/network.mjs`), with one account that residents mention, `city.test`, and one that writes to it,
//! `resident.test`. The city's program reaches its server through a [`FaultProxy`]; residents reach it directly.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::databases::{self, TestDatabase};
use super::proxy::FaultProxy;
use super::{free_port, http, program, root, skip, wait_for};

const POST: &str = "app.bsky.feed.post";

/// The network; ends when dropped.
pub struct Atproto {
    /// Where residents reach it.
    pub pds: String,
    /// Where the city's program reaches it.
    pub proxy: FaultProxy,
    /// The city's app password.
    pub app_password: String,
    /// The city's id.
    pub city: String,
    resident: String,
    token: String,
    child: Child,
    _database: TestDatabase,
}

/// A post of the resident.
#[derive(Clone, Debug)]
pub struct Written {
    pub uri: String,
    pub cid: String,
}

impl Atproto {
    /// Starts the network. None (and a word about it) where a part of it is not installed.
    pub fn start(story: &str) -> Option<Self> {
        let folder = root().join("tests/bluesky");
        if program(&["node"]).is_none() {
            skip("Node not installed", story);
            return None;
        }
        if !folder.join("node_modules/.installed").is_file() {
            skip("npm packages of tests/bluesky not installed", story);
            return None;
        }
        let database = databases::postgres()?;
        let mut child = Command::new(program(&["node"]).expect("node"))
            .arg(folder.join("network.mjs"))
            .args([three_ports().to_string().as_str(), "city,resident"])
            .env("DB_POSTGRES_URL", &database.url)
            .env("LOG_ENABLED", "false")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let told: Value = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| serde_json::from_str(&line).ok().filter(|told: &Value| told["pds"].is_string()))
            .unwrap_or_else(|| panic!("the network did not start: {:?}", child.try_wait()));
        // Its talk is nobody's, but its pipe must never fill up.
        std::thread::spawn(move || lines.for_each(drop));
        let word = |pointer: &str| told.pointer(pointer).and_then(Value::as_str).expect(pointer).to_owned();
        let pds = word("/pds");
        let proxy = FaultProxy::between("127.0.0.1:0", pds.trim_start_matches("http://"));
        let mut network = Self {
            proxy,
            app_password: word("/accounts/city/appPassword"),
            city: word("/accounts/city/did"),
            resident: word("/accounts/resident/did"),
            token: String::new(),
            child,
            _database: database,
            pds,
        };
        let who = json!({"identifier": "resident.test", "password": word("/accounts/resident/password")});
        let session = network.call("com.atproto.server.createSession", &who);
        session["accessJwt"].as_str().expect("a token").clone_into(&mut network.token);
        Some(network)
    }

    fn call(&self, method: &str, body: &Value) -> Value {
        let url = format!("{}/xrpc/{method}", self.pds);
        let bearer = format!("Bearer {}", self.token);
        let mut headers = vec![("Content-Type", "application/json")];
        if !self.token.is_empty() {
            headers.push(("Authorization", &bearer));
        }
        let answer = http::request("POST", &url, &headers, body.to_string().as_bytes());
        let answer = answer.unwrap_or_else(|e| panic!("{method}: {e}"));
        assert_eq!(answer.status, 200, "{method}: {}", answer.text());
        answer.json()
    }

    fn ask(&self, method: &str, query: &str) -> Value {
        self.ask_for(method, query).unwrap_or_else(|| panic!("{method}: not found"))
    }

    /// `None`: it is not there, or the app view has not heard of it yet.
    fn ask_for(&self, method: &str, query: &str) -> Option<Value> {
        let url = format!("{}/xrpc/{method}?{query}", self.pds);
        let answer = http::request("GET", &url, &[("Authorization", &format!("Bearer {}", self.token))], b"");
        let answer = answer.unwrap_or_else(|e| panic!("{method}: {e}"));
        if answer.status == 400 && answer.text().contains("NotFound") {
            return None;
        }
        assert_eq!(answer.status, 200, "{method}: {}", answer.text());
        Some(answer.json())
    }

    /// The resident mentions the city; `more` is laid over the record.
    pub fn mention(&self, text: &str, now: DateTime<Utc>, more: &Value) -> Written {
        let words = format!("@city.test {text}");
        let mut record = json!({"$type": POST, "text": words, "langs": ["en"],
            "createdAt": now.to_rfc3339_opts(SecondsFormat::Millis, true),
            "facets": [{"index": {"byteStart": 0, "byteEnd": 10}, "features":
                [{"$type": "app.bsky.richtext.facet#mention", "did": self.city}]}]});
        for (key, part) in more.as_object().cloned().unwrap_or_default() {
            record[&key] = part;
        }
        let made = self.call(
            "com.atproto.repo.createRecord",
            &json!({"repo": self.resident, "collection": POST, "record": record}),
        );
        let word = |key: &str| made[key].as_str().expect("a word").to_owned();
        Written { uri: word("uri"), cid: word("cid") }
    }

    /// The resident lets nobody answer in the thread of this post.
    pub fn gate(&self, post: &Written, now: DateTime<Utc>) {
        let key = post.uri.rsplit('/').next().expect("a key");
        let record = json!({"$type": "app.bsky.feed.threadgate", "post": post.uri, "allow": [],
            "createdAt": now.to_rfc3339_opts(SecondsFormat::Millis, true)});
        self.call(
            "com.atproto.repo.putRecord",
            &json!({"repo": self.resident, "collection": "app.bsky.feed.threadgate", "rkey": key, "record": record}),
        );
    }

    /// The resident takes a post back.
    pub fn delete(&self, post: &Written) {
        let key = post.uri.rsplit('/').next().expect("a key");
        self.call(
            "com.atproto.repo.deleteRecord",
            &json!({"repo": self.resident, "collection": POST, "rkey": key}),
        );
    }

    /// Answers of the city under a post, as the resident sees the thread.
    pub fn city_replies(&self, post: &Written) -> Vec<String> {
        let query = format!("depth=2&uri={}", http::encoded(&post.uri));
        let Some(thread) = self.ask_for("app.bsky.feed.getPostThread", &query) else { return Vec::new() };
        let replies =
            thread.pointer("/thread/replies").and_then(Value::as_array).cloned().unwrap_or_default();
        let by_city = replies.iter().filter(|r| r["post"]["author"]["did"] == self.city.as_str());
        by_city.map(|r| r["post"]["record"]["text"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Waits until the resident is told of an answer of the city to this post, and sees it in the thread.
    pub fn wait_for_answer(&self, post: &Written, patience: Duration) -> String {
        wait_for(&format!("a notification of an answer to {}", post.uri), patience, || {
            let listed = self.ask("app.bsky.notification.listNotifications", "limit=50&priority=false");
            let notes = listed["notifications"].as_array().cloned().unwrap_or_default();
            let ours =
                notes.iter().any(|n| n["reason"] == "reply" && n["reasonSubject"] == post.uri.as_str());
            self.city_replies(post).pop().filter(|_| ours)
        })
    }

    /// Everything that stands in the city's repository.
    pub fn posts_of_city(&self) -> Vec<Value> {
        let listed = self.ask(
            "com.atproto.repo.listRecords",
            &format!("repo={}&collection={POST}&limit=100", http::encoded(&self.city)),
        );
        listed["records"].as_array().cloned().unwrap_or_default()
    }
}

impl Drop for Atproto {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The first of three loopback ports in a row that were free a moment ago.
fn three_ports() -> u16 {
    let free = |port: u16| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
    (0..50)
        .map(|_| free_port())
        .find(|port| *port < 65_000 && free(*port) && free(port + 1) && free(port + 2))
        .expect("three free ports in a row")
}
