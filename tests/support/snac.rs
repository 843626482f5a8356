//! Two real fediverse servers (snac) that federate over plain HTTP inside a private network:
//! `city@city.test`, whom residents mention, and `resident@town.test`, who writes to the city.
//!
//! `http://city.test` leads through a [`FaultProxy`], so a story can lose an answer or hold a request there;
//! the town's server is reached directly. The product refuses private addresses unless it is told otherwise:
//! `onit(&[…]).env("ONIT_ALLOW_PRIVATE", "city.test:80")`.
//!
//! snac looks into its queues every three seconds, so a post takes about five to reach the other server. A story
//! with many posts writes them all first and waits once.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::namespace::name_hosts;
use super::proxy::FaultProxy;
use super::{http, program, skip, wait_for};

/// One server with its one account.
pub struct Server {
    /// `http://city.test`
    pub url: String,
    /// `city@city.test`
    pub account: String,
    /// A token that may read and write.
    pub token: String,
    folder: PathBuf,
    child: Child,
}

/// The pair.
pub struct Snac {
    /// The city's server; the product is given its URL and token.
    pub city: Server,
    /// The resident's server.
    pub town: Server,
    /// Stands before the city's server.
    pub proxy: FaultProxy,
    _folder: tempfile::TempDir,
}

/// One post as the resident's account sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenPost {
    /// The id on the resident's server.
    pub id: String,
    /// The same on every server.
    pub uri: String,
    /// `city@city.test`; a local account without its host.
    pub author: String,
    /// Its words without markup.
    pub text: String,
    /// The id of the post it answers.
    pub in_reply_to: Option<String>,
    /// `public`, `unlisted`, `private`, `direct`
    pub visibility: String,
}

impl Snac {
    /// Starts both servers; call it inside `in_private_network` only. None (and a word about it) without snac.
    pub fn start(story: &str) -> Option<Self> {
        if program(&["snac"]).is_none() {
            skip("snac not installed", story);
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder for the servers");
        let hosts = [("127.0.0.2", "city.test"), ("127.0.0.3", "town.test")];
        name_hosts(folder.path(), &hosts);
        // Both take port 80, because an account's name has no room for another one.
        let proxy = FaultProxy::between("127.0.0.2:80", "127.0.0.1:80");
        let city = Server::start(folder.path(), "127.0.0.1", "city.test", "city");
        let town = Server::start(folder.path(), "127.0.0.3", "town.test", "resident");
        Some(Self { city, town, proxy, _folder: folder })
    }

    /// The resident writes a public post of their own; gives its id on the resident's server.
    pub fn post_as_resident(&self, text: &str) -> SeenPost {
        SeenPost::of(&self.town.post(&[("status", text), ("visibility", "public")]))
    }

    /// The resident answers a post (an id of the resident's server).
    pub fn reply_as_resident(&self, to: &str, text: &str) -> SeenPost {
        SeenPost::of(&self.town.post(&[("status", text), ("in_reply_to_id", to), ("visibility", "public")]))
    }

    /// The resident writes to the city alone.
    pub fn direct_as_resident(&self, text: &str) -> SeenPost {
        SeenPost::of(&self.town.post(&[("status", text), ("visibility", "direct")]))
    }

    /// The posts around one post, oldest first, without the post itself, as the resident's account sees them.
    pub fn thread_as_resident_sees_it(&self, id: &str) -> Vec<SeenPost> {
        let context = self.town.get(&format!("/api/v1/statuses/{id}/context"));
        let part = |name: &str| context[name].as_array().cloned().unwrap_or_default();
        part("ancestors").iter().chain(part("descendants").iter()).map(SeenPost::of).collect()
    }

    /// The city's answers in that thread, as the resident's account sees them.
    pub fn city_replies(&self, id: &str) -> Vec<SeenPost> {
        let by_city = |post: &SeenPost| post.author == self.city.account;
        self.thread_as_resident_sees_it(id).into_iter().filter(by_city).collect()
    }

    /// Waits until the resident sees at least `count` answers of the city in that thread.
    pub fn wait_for_city_replies(&self, id: &str, count: usize, timeout: Duration) -> Vec<SeenPost> {
        wait_for(&format!("{count} answers of the city under {id}"), timeout, || {
            Some(self.city_replies(id)).filter(|replies| replies.len() >= count)
        })
    }

    /// What has been said on both servers' logs; for the message of a failed story.
    pub fn logs(&self) -> String {
        let read = |server: &Server| std::fs::read_to_string(server.folder.join("log")).unwrap_or_default();
        format!("--- city.test\n{}--- town.test\n{}", read(&self.city), read(&self.town))
    }
}

impl Server {
    fn start(folder: &Path, address: &str, host: &str, user: &str) -> Self {
        let folder = folder.join(host);
        let data = folder.join("data");
        std::fs::create_dir(&folder).expect("a folder for the server");
        let answers = format!("{address}\n80\n{host}\n\n\n");
        snac(&["init", &data.to_string_lossy()], &answers);
        let settings = data.join("server.json");
        let text = std::fs::read_to_string(&settings).expect("the server's settings");
        let text = text.replace(r#""protocol": "https""#, r#""protocol": "http""#);
        std::fs::write(&settings, text).expect("the server's settings");
        let talk = snac(&["adduser", &data.to_string_lossy(), user], "\n");
        let password = talk.lines().find_map(|line| line.strip_prefix("User password is "));
        let password = password.unwrap_or_else(|| panic!("snac adduser: {talk}")).trim();
        let log = std::fs::File::create(folder.join("log")).expect("the server's log");
        let child = Command::new("snac")
            .args(["httpd", &data.to_string_lossy()])
            .env("DEBUG", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("snac");
        let url = format!("http://{host}");
        wait_for(&format!("{url} to answer"), Duration::from_secs(10), || {
            http::get(&format!("{url}/api/v1/instance")).ok().filter(|answer| answer.status == 200)
        });
        let fields = [("login", user), ("passwd", password)];
        let token = http::post_form(&format!("{url}/oauth/x-snac-get-token"), &[], &fields).expect("a token");
        let token = token.text().trim().trim_matches('"').to_owned();
        Self { url, account: format!("{user}@{host}"), token, folder, child }
    }

    /// Reads from the server's API as its account.
    pub fn get(&self, path: &str) -> Value {
        let bearer = format!("Bearer {}", self.token);
        let url = format!("{}{path}", self.url);
        let answer = http::request("GET", &url, &[("Authorization", &bearer)], b"");
        let answer = answer.unwrap_or_else(|e| panic!("GET {url}: {e}"));
        assert_eq!(answer.status, 200, "GET {url}: {}", answer.text());
        answer.json()
    }

    /// Posts a status as the server's account.
    pub fn post(&self, fields: &[(&str, &str)]) -> Value {
        let bearer = format!("Bearer {}", self.token);
        let url = format!("{}/api/v1/statuses", self.url);
        let answer = http::post_form(&url, &[("Authorization", &bearer)], fields);
        let answer = answer.unwrap_or_else(|e| panic!("POST {url}: {e}"));
        assert_eq!(answer.status, 200, "POST {url}: {}", answer.text());
        answer.json()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl SeenPost {
    /// Reads a status of the Mastodon API.
    pub fn of(status: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            id: text(&status["id"]),
            uri: text(&status["uri"]),
            author: text(&status["account"]["acct"]),
            text: without_markup(&text(&status["content"])),
            in_reply_to: status["in_reply_to_id"].as_str().map(str::to_owned),
            visibility: text(&status["visibility"]),
        }
    }
}

/// The words of a post's HTML: breaks and paragraphs become line ends, the five entities become signs.
fn without_markup(html: &str) -> String {
    let html = html.replace("<br>", "\n").replace("<br/>", "\n").replace("</p><p>", "\n\n");
    let mut text = String::new();
    let mut in_tag = false;
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' => in_tag = false,
            _ if in_tag => {}
            _ => text.push(c),
        }
    }
    let signs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    signs.iter().fold(text, |text, (entity, sign)| text.replace(entity, sign)).trim().to_owned()
}

fn snac(args: &[&str], input: &str) -> String {
    use std::io::Write;
    let mut child = Command::new("snac")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("snac");
    child.stdin.take().expect("its input").write_all(input.as_bytes()).expect("its questions answered");
    let out = child.wait_with_output().expect("its output");
    let talk = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success(), "snac {args:?}: {talk}");
    talk
}
