//! A Bluesky of our own making: the part of a PDS and its AppView that a city's account meets, in this process, with
//! a clock moved by hand and faults on demand. It does what the real one was seen to do (`docs/NETWORKS.md`):
//! the list of notifications is empty without `priority=false`, sorted by the earlier of two times, only a facet
//! tells somebody, a record key must be a TID, and a reply nobody may see is taken all the same.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use onit::clock::Clock;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use unicode_segmentation::UnicodeSegmentation;

use super::wire::{Message, read_request, take_last_byte};

const POST: &str = "app.bsky.feed.post";
/// How long an access token holds.
const ACCESS_HOURS: i64 = 2;

/// What happens to a call of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Carried out; the connection closes without an answer.
    DropAnswer,
    /// Carried out; half of the answer comes.
    CutAnswer,
    /// Carried out, and answered with this status.
    LateStatus(u16),
    /// Carried out twice, as by a proxy that repeats it.
    Twice,
    /// Carried out in other words.
    Alter,
    /// Not carried out; this status.
    Status(u16),
    /// Not carried out; 429 with the reset as an epoch so many seconds from now.
    TooMany(i64),
    /// Not carried out; a page for people instead of JSON.
    Html,
}

struct Rule {
    method: String,
    fault: Fault,
    left: usize,
}

#[derive(Clone, Debug)]
struct Account {
    handle: String,
    passwords: BTreeSet<String>,
    closed: bool,
    bot: bool,
}

#[derive(Clone, Debug)]
struct Record {
    uri: String,
    cid: String,
    did: String,
    value: Value,
    seen_at: DateTime<Utc>,
}

#[derive(Default)]
struct State {
    accounts: BTreeMap<String, Account>,
    records: Vec<Record>,
    /// First posts whose writers let nobody answer.
    gated: BTreeSet<String>,
    /// (who, whom) may not see each other.
    blocks: BTreeSet<(String, String)>,
    reposts: Vec<(String, Record)>,
    /// Notifications of kinds nobody knows: (did, item).
    odd: Vec<(String, Value)>,
    access: BTreeMap<String, (String, DateTime<Utc>)>,
    refresh: BTreeMap<String, String>,
    rules: Vec<Rule>,
    calls: Vec<String>,
    commits: Vec<String>,
    tokens: u64,
}

/// The network; stops when dropped.
pub struct Sky {
    shared: Arc<Shared>,
    address: String,
}

struct Shared {
    state: Mutex<State>,
    clock: Clock,
    stopped: std::sync::atomic::AtomicBool,
}

/// A post as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skeet {
    pub uri: String,
    pub cid: String,
    pub did: String,
    pub text: String,
    pub parent: Option<String>,
    pub root: Option<(String, String)>,
    pub record: Value,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer: status, JSON.
type Answer = (u16, Value);

fn no(status: u16, error: &str, message: &str) -> Answer {
    (status, json!({"error": error, "message": message}))
}

impl Sky {
    /// Begins on a port that is open already.
    pub fn start(listener: TcpListener, clock: Clock) -> Self {
        let address = listener.local_addr().expect("its address").to_string();
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            clock,
            stopped: std::sync::atomic::AtomicBool::new(false),
        });
        let inside = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().filter_map(Result::ok) {
                if inside.stopped.load(std::sync::atomic::Ordering::SeqCst) {
                    return;
                }
                let inside = Arc::clone(&inside);
                std::thread::spawn(move || drop(serve(&inside, client)));
            }
        });
        Self { shared, address }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `127.0.0.1:PORT`.
    pub fn host(&self) -> String {
        self.address.clone()
    }

    /// A new account `NAME.test`; its id.
    pub fn join(&self, name: &str) -> String {
        let mut state = self.shared.lock();
        let did = format!("did:plc:{name}");
        state.accounts.entry(did.clone()).or_insert_with(|| Account {
            handle: format!("{name}.test"),
            passwords: BTreeSet::from([format!("{name}-main")]),
            closed: false,
            bot: false,
        });
        did
    }

    /// A new app password of an account.
    pub fn app_password(&self, name: &str) -> String {
        let mut state = self.shared.lock();
        state.tokens += 1;
        let password = format!("app-{}", state.tokens);
        state.account(name).passwords.insert(password.clone());
        password
    }

    /// The person takes all app passwords and sessions away.
    pub fn revoke(&self, name: &str) {
        let mut state = self.shared.lock();
        let main = format!("{name}-main");
        state.account(name).passwords.retain(|p| *p == main);
        let did = format!("did:plc:{name}");
        state.access.retain(|_, (whose, _)| *whose != did);
        state.refresh.retain(|_, whose| *whose != did);
    }

    /// The network closes the account, or opens it again.
    pub fn close(&self, name: &str, closed: bool) {
        self.shared.lock().account(name).closed = closed;
    }

    /// The account says that it is a program.
    pub fn label_bot(&self, name: &str) {
        self.shared.lock().account(name).bot = true;
    }

    /// All tokens are old from now on; renewing is still possible.
    pub fn expire(&self) {
        self.shared.lock().access.clear();
    }

    /// Somebody writes; `record` is laid over an ordinary post.
    pub fn write(&self, name: &str, text: &str, more: Value) -> Skeet {
        let did = self.join(name);
        let now = self.shared.clock.now();
        let mut value = json!({"$type": POST, "text": text, "createdAt": told(now), "langs": ["en"]});
        for (key, part) in more.as_object().cloned().unwrap_or_default() {
            value[&key] = part;
        }
        let mut state = self.shared.lock();
        state.tokens += 1;
        let key = format!("3k{:0>11}", in_key_signs(state.tokens));
        let record = state.put(&did, &key, value, now);
        Skeet::of(&record)
    }

    /// Somebody mentions the account `city`: `@city.test` in front, with its facet.
    pub fn mention(&self, name: &str, text: &str, more: Value) -> Skeet {
        let words = format!("@city.test {text}");
        let mut more = more;
        let facet = json!({"index": {"byteStart": 0, "byteEnd": 10},
            "features": [{"$type": "app.bsky.richtext.facet#mention", "did": "did:plc:city"}]});
        let mut facets = more["facets"].as_array().cloned().unwrap_or_default();
        facets.push(facet);
        more["facets"] = json!(facets);
        self.write(name, &words, more)
    }

    /// Somebody answers a post.
    pub fn answer(&self, name: &str, to: &Skeet, text: &str) -> Skeet {
        let (root, root_cid) = to.root.clone().unwrap_or_else(|| (to.uri.clone(), to.cid.clone()));
        let reply = json!({"root": {"uri": root, "cid": root_cid}, "parent": {"uri": to.uri, "cid": to.cid}});
        self.write(name, text, json!({"reply": reply}))
    }

    /// Somebody passes a post on.
    pub fn repost(&self, name: &str, post: &Skeet) {
        let did = self.join(name);
        let now = self.shared.clock.now();
        let mut state = self.shared.lock();
        state.tokens += 1;
        let uri = format!("at://{did}/app.bsky.feed.repost/3k{:0>11}", in_key_signs(state.tokens));
        let value = json!({"$type": "app.bsky.feed.repost", "createdAt": told(now),
            "subject": {"uri": post.uri, "cid": post.cid}});
        let cid = cid_of(&value);
        state.reposts.push((post.uri.clone(), Record { uri, cid, did, value, seen_at: now }));
    }

    /// The author puts other words under the same key.
    pub fn rewrite(&self, post: &Skeet, text: &str) {
        let mut state = self.shared.lock();
        let old = state.records.iter_mut().find(|r| r.uri == post.uri).expect("the post");
        old.value["text"] = json!(text);
        old.cid = cid_of(&old.value);
    }

    /// The author takes a post back.
    pub fn delete(&self, post: &Skeet) {
        self.shared.lock().records.retain(|r| r.uri != post.uri);
    }

    /// The author lets nobody answer in the thread that this post began.
    pub fn gate(&self, post: &Skeet) {
        self.shared.lock().gated.insert(post.uri.clone());
    }

    /// `who` does not want to see `whom`, nor be seen.
    pub fn block(&self, who: &str, whom: &str) {
        self.shared.lock().blocks.insert((format!("did:plc:{who}"), format!("did:plc:{whom}")));
    }

    /// A notification of a kind nobody knows, newest of all.
    pub fn odd_notification(&self, name: &str) {
        let now = self.shared.clock.now();
        let item = json!({"uri": "at://did:plc:x/app.bsky.graph.odd/1", "cid": "c", "reason": "stood-on-head",
            "author": {"did": "did:plc:x", "handle": "x.test"}, "record": {"$type": "odd"}, "isRead": false,
            "indexedAt": told(now)});
        self.shared.lock().odd.push((format!("did:plc:{name}"), item));
    }

    /// What goes wrong with the next `times` calls of a method.
    pub fn fault(&self, method: &str, fault: Fault, times: usize) {
        self.shared.lock().rules.push(Rule { method: method.into(), fault, left: times });
    }

    /// Nothing goes wrong any more.
    pub fn mend(&self) {
        self.shared.lock().rules.clear();
    }

    /// How many calls of a method came.
    pub fn calls(&self, method: &str) -> usize {
        self.shared.lock().calls.iter().filter(|call| *call == method).count()
    }

    /// How often the repository was changed for a post of the account.
    pub fn commits(&self, name: &str) -> usize {
        let start = format!("at://did:plc:{name}/");
        self.shared.lock().commits.iter().filter(|uri| uri.starts_with(&start)).count()
    }

    /// Posts of an account, oldest first.
    pub fn posts_of(&self, name: &str) -> Vec<Skeet> {
        let did = format!("did:plc:{name}");
        self.shared.lock().records.iter().filter(|r| r.did == did).map(Skeet::of).collect()
    }

    /// What the city said in answer to a post, as the author of the post is told of it.
    pub fn city_said(&self, post: &Skeet) -> Vec<Skeet> {
        let told_of = self.notifications(&post.did);
        let answers = self.posts_of("city").into_iter().filter(|s| s.parent.as_deref() == Some(&post.uri));
        answers.filter(|s| told_of.contains(&s.uri)).collect()
    }

    fn notifications(&self, did: &str) -> BTreeSet<String> {
        let state = self.shared.lock();
        state.notes(did).iter().filter_map(|n| Some(n["uri"].as_str()?.to_owned())).collect()
    }
}

impl Drop for Sky {
    fn drop(&mut self) {
        self.shared.stopped.store(true, std::sync::atomic::Ordering::SeqCst);
        drop(TcpStream::connect(&self.address));
    }
}

impl Skeet {
    fn of(record: &Record) -> Self {
        let word = |pointer: &str| record.value.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        Self {
            uri: record.uri.clone(),
            cid: record.cid.clone(),
            did: record.did.clone(),
            text: word("/text").unwrap_or_default(),
            parent: word("/reply/parent/uri"),
            root: word("/reply/root/uri").zip(word("/reply/root/cid")),
            record: record.value.clone(),
        }
    }
}

impl State {
    fn account(&mut self, name: &str) -> &mut Account {
        self.accounts.get_mut(&format!("did:plc:{name}")).expect("an account")
    }

    fn put(&mut self, did: &str, key: &str, value: Value, now: DateTime<Utc>) -> Record {
        let uri = format!("at://{did}/{POST}/{key}");
        let cid = cid_of(&value);
        let record = Record { uri: uri.clone(), cid, did: did.to_owned(), value, seen_at: now };
        self.records.retain(|r| r.uri != uri);
        self.records.push(record.clone());
        self.commits.push(uri);
        record
    }

    fn author(&self, did: &str) -> Value {
        let account = &self.accounts[did];
        let labels = if account.bot { json!([{"val": "bot", "src": did}]) } else { json!([]) };
        let name = account.handle.split('.').next().unwrap_or_default();
        json!({"did": did, "handle": account.handle, "displayName": name, "labels": labels})
    }

    fn blocked(&self, a: &str, b: &str) -> bool {
        let pair = |x: &str, y: &str| self.blocks.contains(&(x.to_owned(), y.to_owned()));
        pair(a, b) || pair(b, a)
    }

    /// A reply that the thread's first author does not allow is seen by nobody.
    fn is_hidden(&self, record: &Record) -> bool {
        let part = |pointer: &str| record.value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (root, parent) = (part("/reply/root/uri"), part("/reply/parent/uri"));
        let whose =
            |uri: &str| uri.trim_start_matches("at://").split('/').next().unwrap_or_default().to_owned();
        self.gated.contains(root) && whose(root) != record.did
            || !parent.is_empty() && !self.records.iter().any(|r| r.uri == parent)
            || !parent.is_empty() && self.blocked(&whose(parent), &record.did)
    }

    /// What the account is told of, newest first.
    fn notes(&self, did: &str) -> Vec<Value> {
        let mut notes: Vec<(DateTime<Utc>, Value)> = Vec::new();
        let ours = format!("at://{did}/");
        for record in self.records.iter().filter(|r| r.did != did && !self.blocked(did, &r.did)) {
            if self.is_hidden(record) {
                continue;
            }
            let at = |pointer: &str| {
                record.value.pointer(pointer).and_then(Value::as_str).is_some_and(|u| u.starts_with(&ours))
            };
            let facets = record.value["facets"].as_array().cloned().unwrap_or_default();
            let names_us = facets
                .iter()
                .filter_map(|f| f["features"].as_array())
                .flatten()
                .any(|f| f["$type"] == "app.bsky.richtext.facet#mention" && f["did"] == did);
            let reasons = [
                ("mention", names_us),
                ("reply", at("/reply/parent/uri") || at("/reply/root/uri")),
                ("quote", at("/embed/record/uri")),
            ];
            for (reason, _) in reasons.iter().filter(|(_, holds)| *holds) {
                notes.push((sorted_at(record), self.note(record, reason, None)));
            }
        }
        for (subject, record) in self.reposts.iter().filter(|(subject, _)| subject.starts_with(&ours)) {
            notes.push((sorted_at(record), self.note(record, "repost", Some(subject))));
        }
        for (_, item) in self.odd.iter().filter(|(whose, _)| whose == did) {
            let at = item["indexedAt"].as_str().and_then(|t| t.parse().ok()).unwrap_or_default();
            notes.push((at, item.clone()));
        }
        notes.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        notes.into_iter().map(|(_, note)| note).collect()
    }

    fn note(&self, record: &Record, reason: &str, subject: Option<&str>) -> Value {
        json!({"uri": record.uri, "cid": record.cid, "author": self.author(&record.did), "reason": reason,
            "reasonSubject": subject, "record": record.value, "isRead": false, "indexedAt": told(sorted_at(record))})
    }

    fn view(&self, record: &Record, viewer: &str) -> Value {
        let root = record.value.pointer("/reply/root/uri").and_then(Value::as_str).unwrap_or(&record.uri);
        let images = record.value["embed"]["images"].as_array().cloned().unwrap_or_default();
        let images: Vec<Value> = images
            .iter()
            .map(|i| json!({"fullsize": i["image"]["ref"]["$link"], "thumb": "", "alt": i["alt"]}))
            .collect();
        let embed = if images.is_empty() {
            Value::Null
        } else {
            json!({"$type": "app.bsky.embed.images#view", "images": images})
        };
        let mut seen = json!({"threadMuted": false});
        if self.gated.contains(root) && !root.starts_with(&format!("at://{viewer}/")) {
            seen["replyDisabled"] = json!(true);
        }
        json!({"uri": record.uri, "cid": record.cid, "author": self.author(&record.did), "record": record.value,
            "embed": embed, "viewer": seen, "indexedAt": told(record.seen_at)})
    }

    fn open_session(&mut self, did: &str, now: DateTime<Utc>) -> Value {
        self.tokens += 1;
        let claims = json!({"scope": "com.atproto.appPass", "sub": did, "n": self.tokens});
        let payload = base64_url(claims.to_string().as_bytes());
        let (access, refresh) = (format!("h.{payload}.s"), format!("refresh-{}", self.tokens));
        self.access.insert(access.clone(), (did.to_owned(), now + Duration::hours(ACCESS_HOURS)));
        self.refresh.insert(refresh.clone(), did.to_owned());
        json!({"did": did, "handle": self.accounts[did].handle, "accessJwt": access, "refreshJwt": refresh,
            "active": true})
    }
}

fn sorted_at(record: &Record) -> DateTime<Utc> {
    let says: Option<DateTime<Utc>> = record.value["createdAt"].as_str().and_then(|t| t.parse().ok());
    says.unwrap_or(record.seen_at).min(record.seen_at)
}

fn told(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn cid_of(value: &Value) -> String {
    let digest = Sha256::digest(value.to_string().as_bytes());
    digest.iter().take(16).fold("bafyrei".to_owned(), |out, b| format!("{out}{b:02x}"))
}

fn in_key_signs(mut n: u64) -> String {
    let signs = b"234567abcdefghijklmnopqrstuvwxyz";
    let mut out = String::new();
    for _ in 0..11 {
        out.insert(0, char::from(signs[(n % 32) as usize]));
        n /= 32;
    }
    out
}

fn base64_url(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

// --- The wire ---

fn serve(shared: &Shared, mut client: TcpStream) -> std::io::Result<()> {
    client.set_read_timeout(Some(std::time::Duration::from_secs(10)))?;
    let request = read_request(&mut client)?;
    take_last_byte(&mut client)?;
    let (path, query) = request.target().split_once('?').unwrap_or((request.target(), ""));
    let method = path.trim_start_matches("/xrpc/").to_owned();
    let query: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let now = shared.clock.now();
    let mut state = shared.lock();
    state.calls.push(method.clone());
    let rule = state.rules.iter_mut().find(|r| method.ends_with(&r.method) && r.left > 0);
    let fault = rule.map(|rule| {
        rule.left -= 1;
        rule.fault
    });
    let mut headers = format!("date: {}\r\n", now.format("%a, %d %b %Y %H:%M:%S GMT"));
    let early = match fault {
        Some(Fault::Status(status)) => Some(no(status, "UpstreamFailure", "a fault")),
        Some(Fault::TooMany(seconds)) => {
            let reset = (now + Duration::seconds(seconds)).timestamp();
            headers +=
                &format!("ratelimit-limit: 30\r\nratelimit-remaining: 0\r\nratelimit-reset: {reset}\r\n");
            Some(no(429, "RateLimitExceeded", "too many"))
        }
        Some(Fault::Html) => Some((200, Value::Null)),
        _ => None,
    };
    let mut request = request;
    if fault == Some(Fault::Alter) {
        let mut body: Value = serde_json::from_slice(&request.plain_body()).unwrap_or(Value::Null);
        body["record"]["text"] = json!("Nothing to see here");
        body["record"]["facets"] = json!([]);
        request.body = body.to_string().into_bytes();
    }
    if fault == Some(Fault::Twice) {
        drop(answer(&mut state, &request, &method, &query, now));
    }
    let answered = early.unwrap_or_else(|| answer(&mut state, &request, &method, &query, now));
    drop(state);
    let (mut status, mut body) = (answered.0, answered.1.to_string());
    match fault {
        Some(Fault::DropAnswer) => return client.shutdown(Shutdown::Both),
        Some(Fault::CutAnswer) => body.truncate(body.len() / 2),
        Some(Fault::LateStatus(late)) => (status, body) = (late, "{}".to_owned()),
        Some(Fault::Html) => "<html>Down for maintenance</html>".clone_into(&mut body),
        _ => {}
    }
    let head = format!(
        "HTTP/1.1 {status} X\r\n{headers}content-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    client.write_all(head.as_bytes())?;
    client.write_all(body.as_bytes())?;
    client.shutdown(Shutdown::Write)
}

fn answer(
    state: &mut State,
    request: &Message,
    method: &str,
    query: &[(String, String)],
    now: DateTime<Utc>,
) -> Answer {
    let body: Value = serde_json::from_slice(&request.plain_body()).unwrap_or(Value::Null);
    let bearer = request.header("authorization").and_then(|h| h.strip_prefix("Bearer ")).unwrap_or_default();
    match method {
        "com.atproto.server.createSession" => return sign_in(state, &body, now),
        "com.atproto.server.refreshSession" => return renew(state, bearer, now),
        "com.atproto.repo.getRecord" => return get_record(state, query),
        "com.atproto.repo.listRecords" => return list_records(state, query),
        _ => {}
    }
    let did = match state.access.get(bearer) {
        None if bearer.is_empty() => return no(401, "AuthMissing", "Authentication Required"),
        None => return no(400, "ExpiredToken", "Token has expired"),
        Some((_, until)) if *until <= now => return no(400, "ExpiredToken", "Token has expired"),
        Some((did, _)) => did.clone(),
    };
    if state.accounts[&did].closed {
        return no(403, "AccountTakedown", "Account has been taken down");
    }
    match method {
        "com.atproto.server.getSession" => {
            (200, json!({"did": did, "handle": state.accounts[&did].handle, "active": true}))
        }
        "com.atproto.identity.resolveHandle" => {
            let handle = first(query, "handle");
            match state.accounts.iter().find(|(_, a)| a.handle == handle) {
                Some((did, _)) => (200, json!({"did": did})),
                None => no(400, "InvalidRequest", "Unable to resolve handle"),
            }
        }
        "app.bsky.notification.listNotifications" => list_notifications(state, &did, query),
        "app.bsky.feed.getPosts" => {
            let asked: Vec<&str> =
                query.iter().filter(|(k, _)| k == "uris").map(|(_, v)| v.as_str()).collect();
            if asked.len() > 25 {
                return no(400, "InvalidRequest", "too many uris");
            }
            let seen = |r: &&Record| asked.contains(&r.uri.as_str()) && !state.blocked(&did, &r.did);
            let views: Vec<Value> = state.records.iter().filter(seen).map(|r| state.view(r, &did)).collect();
            (200, json!({"posts": views}))
        }
        "com.atproto.repo.putRecord" => put_record(state, &did, &body, now),
        "com.atproto.repo.createRecord" => no(500, "InternalServerError", "use putRecord"),
        "com.atproto.repo.deleteRecord" => {
            let uri = format!("at://{did}/{POST}/{}", body["rkey"].as_str().unwrap_or_default());
            state.records.retain(|r| r.uri != uri);
            (200, json!({}))
        }
        _ => no(501, "MethodNotImplemented", method),
    }
}

fn first(query: &[(String, String)], key: &str) -> String {
    query.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone()).unwrap_or_default()
}

fn sign_in(state: &mut State, body: &Value, now: DateTime<Utc>) -> Answer {
    let (who, password) = (body["identifier"].as_str().unwrap_or_default(), body["password"].as_str());
    let found = state.accounts.iter().find(|(did, a)| *did == who || a.handle == who);
    let Some((did, account)) = found.map(|(did, a)| (did.clone(), a.clone())) else {
        return no(401, "AuthenticationRequired", "Invalid identifier or password");
    };
    if !account.passwords.contains(password.unwrap_or_default()) {
        return no(401, "AuthenticationRequired", "Invalid identifier or password");
    }
    if account.closed {
        return no(401, "AccountTakedown", "Account has been taken down");
    }
    (200, state.open_session(&did, now))
}

fn renew(state: &mut State, bearer: &str, now: DateTime<Utc>) -> Answer {
    match state.refresh.remove(bearer) {
        Some(did) => (200, state.open_session(&did, now)),
        None => no(400, "ExpiredToken", "Token has been revoked"),
    }
}

fn get_record(state: &State, query: &[(String, String)]) -> Answer {
    let (repo, collection) = (first(query, "repo"), first(query, "collection"));
    if collection == "app.bsky.actor.profile" {
        let bot = state.accounts.get(&repo).is_some_and(|a| a.bot);
        let labels = if bot { json!({"values": [{"val": "bot"}]}) } else { Value::Null };
        return (200, json!({"uri": "at://x/app.bsky.actor.profile/self", "value": {"labels": labels}}));
    }
    let uri = format!("at://{repo}/{collection}/{}", first(query, "rkey"));
    match state.records.iter().find(|r| r.uri == uri) {
        Some(r) => (200, json!({"uri": r.uri, "cid": r.cid, "value": r.value})),
        None => no(400, "RecordNotFound", "Could not locate record"),
    }
}

fn list_records(state: &State, query: &[(String, String)]) -> Answer {
    let (start, limit) =
        (format!("at://{}/", first(query, "repo")), first(query, "limit").parse().unwrap_or(50));
    let mut found: Vec<&Record> = state.records.iter().filter(|r| r.uri.starts_with(&start)).collect();
    found.sort_by(|a, b| b.uri.cmp(&a.uri));
    let found: Vec<Value> = found
        .into_iter()
        .take(limit)
        .map(|r| json!({"uri": r.uri, "cid": r.cid, "value": r.value}))
        .collect();
    (200, json!({"records": found}))
}

fn list_notifications(state: &State, did: &str, query: &[(String, String)]) -> Answer {
    if first(query, "priority") != "false" {
        return (200, json!({"notifications": [], "priority": true}));
    }
    let reasons: Vec<&str> = query.iter().filter(|(k, _)| k == "reasons").map(|(_, v)| v.as_str()).collect();
    let limit: usize = first(query, "limit").parse().unwrap_or(50);
    let from: usize = first(query, "cursor").parse().unwrap_or(0);
    let notes = state.notes(did);
    // With reasons the page is cut first and sifted afterwards: it may be short and still have a next one. What
    // nobody knows comes whatever was asked for.
    let page: Vec<&Value> = notes.iter().skip(from).take(limit).collect();
    let asked = |n: &&&Value| {
        let reason = n["reason"].as_str().unwrap_or_default();
        reasons.is_empty() || reasons.contains(&reason) || reason == "stood-on-head"
    };
    let mut answer =
        json!({"notifications": page.iter().filter(asked).collect::<Vec<_>>(), "priority": false});
    if from + limit < notes.len() {
        answer["cursor"] = json!((from + limit).to_string());
    }
    (200, answer)
}

fn put_record(state: &mut State, did: &str, body: &Value, now: DateTime<Utc>) -> Answer {
    let (key, record) = (body["rkey"].as_str().unwrap_or_default(), &body["record"]);
    let signs = "234567abcdefghijklmnopqrstuvwxyz";
    if key.len() != 13 || !key.chars().all(|c| signs.contains(c)) || key.as_bytes()[0] > b'j' {
        return no(400, "InvalidRequest", "Invalid record key");
    }
    let text = record["text"].as_str().unwrap_or_default();
    if text.graphemes(true).count() > 300 {
        return no(400, "InvalidRequest", "grapheme too big");
    }
    if text.len() > 3000 {
        return no(400, "InvalidRequest", "string too big");
    }
    let facets = record["facets"].as_array().cloned().unwrap_or_default();
    let ends_inside =
        |f: &Value| f["index"]["byteEnd"].as_u64().is_some_and(|end| end as usize <= text.len());
    if !facets.iter().all(ends_inside) {
        return no(400, "InvalidRequest", "facet outside of the text");
    }
    let uri = format!("at://{did}/{POST}/{key}");
    let old = state.records.iter().find(|r| r.uri == uri).cloned();
    if let Some(old) = old {
        if old.cid == cid_of(record) {
            return (200, json!({"uri": old.uri, "cid": old.cid}));
        }
        if body.get("swapRecord").is_some_and(Value::is_null) {
            return no(400, "InvalidSwap", "Record was at another version");
        }
    }
    let record = state.put(did, key, record.clone(), now);
    (200, json!({"uri": record.uri, "cid": record.cid, "commit": {"rev": "x"}}))
}
