//! A proxy that stands between two parties on loopback and breaks what it is told to break: the way to
//! make "the server took it, but the answer was lost" happen on purpose.
//!
//! ```ignore
//! let proxy = FaultProxy::between("127.0.0.1:0", "127.0.0.1:80");
//! proxy.add(Rule::on("POST", "/api/v1/statuses", Fault::DropAnswer).times(1));
//! assert_eq!(proxy.count("POST", "/api/v1/statuses"), 2);
//! ```
//!
//! HTTP/1.1, one request a connection (it says `Connection: close` both ways), no streams.

use std::io::{Error, Result, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::wire::{Message, read_answer, read_request, take_last_byte};

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: handed on, answered.
    Pass,
    /// The server gets it and answers; the client only sees the connection close.
    DropAnswer,
    /// The server gets it; the client sees half of the answer, then a reset.
    ResetMidBody,
    /// The answer comes this much later.
    Delay(Duration),
    /// The server gets it twice; the second answer goes back.
    Duplicate,
    /// The server never sees it; the client gets this status.
    Status(u16),
    /// The server never sees it until `release`.
    HoldRequest,
    /// The server has answered; the client gets the answer only after `release`.
    HoldAnswer,
}

/// What else must be true of a request.
type Condition = Box<dyn Fn(&Message) -> bool + Send>;

/// Which requests a fault is for.
pub struct Rule {
    method: &'static str,
    path: String,
    fault: Fault,
    left: Option<usize>,
    also: Option<Condition>,
}

impl Rule {
    /// Requests with this method (`*` = any) whose path begins with `path`.
    pub fn on(method: &'static str, path: &str, fault: Fault) -> Self {
        Self { method, path: path.to_owned(), fault, left: None, also: None }
    }

    /// Only so many times; afterwards the next rule that fits holds.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.left = Some(times);
        self
    }

    /// Only requests of which this is true too.
    #[must_use]
    pub fn when(mut self, also: impl Fn(&Message) -> bool + Send + 'static) -> Self {
        self.also = Some(Box::new(also));
        self
    }

    fn fits(&self, request: &Message) -> bool {
        (self.method == "*" || self.method == request.method())
            && request.target().starts_with(&self.path)
            && self.left != Some(0)
            && self.also.as_ref().is_none_or(|also| also(request))
    }
}

/// One request that went by.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The request as it came.
    pub request: Message,
    /// What was done to it.
    pub fault: Fault,
    /// The server's status; None while it has not answered, or never saw it.
    pub status: Option<u16>,
}

/// The proxy; stops when dropped.
pub struct FaultProxy {
    address: SocketAddr,
    state: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    inside: Mutex<Inside>,
    changed: Condvar,
}

#[derive(Default)]
struct Inside {
    rules: Vec<Rule>,
    seen: Vec<Seen>,
    held: usize,
    /// Grows with each `release`; whoever waits goes on when it has changed.
    released: usize,
    stopped: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FaultProxy {
    /// Listens on `listen` (port 0 = any free one) and hands everything on to `upstream`.
    pub fn between(listen: &str, upstream: &str) -> Self {
        let listener = TcpListener::bind(listen).unwrap_or_else(|e| panic!("proxy on {listen}: {e}"));
        let address = listener.local_addr().expect("the proxy's own address");
        let state = Arc::new(Shared::default());
        let (shared, upstream) = (Arc::clone(&state), upstream.to_owned());
        std::thread::spawn(move || {
            for client in listener.incoming().filter_map(Result::ok) {
                if shared.lock().stopped {
                    return;
                }
                let (shared, upstream) = (Arc::clone(&shared), upstream.clone());
                // A client that goes away in the middle is an ordinary thing here.
                std::thread::spawn(move || drop(serve(&shared, client, &upstream)));
            }
        });
        Self { address, state }
    }

    /// Where clients reach it: `127.0.0.1:41234`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// The newest rule that fits a request holds.
    pub fn add(&self, rule: Rule) {
        self.state.lock().rules.push(rule);
    }

    /// Everything passes again; what is held stays held.
    pub fn clear(&self) {
        self.state.lock().rules.clear();
    }

    /// All requests so far, in the order they came.
    pub fn seen(&self) -> Vec<Seen> {
        self.state.lock().seen.clone()
    }

    /// How many requests of this method came whose path begins with `path`.
    pub fn count(&self, method: &str, path: &str) -> usize {
        let fits = |s: &&Seen| s.request.method() == method && s.request.target().starts_with(path);
        self.state.lock().seen.iter().filter(fits).count()
    }

    /// Waits until a request is held; panics when none is within `timeout`.
    pub fn wait_until_held(&self, timeout: Duration) {
        let inside = self.state.lock();
        let (inside, _) = self
            .state
            .changed
            .wait_timeout_while(inside, timeout, |inside| inside.held == 0)
            .unwrap_or_else(PoisonError::into_inner);
        assert!(inside.held > 0, "no request was held within {timeout:?}");
    }

    /// Lets everything go that is held.
    pub fn release(&self) {
        self.state.lock().released += 1;
        self.state.changed.notify_all();
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.state.lock().stopped = true;
        self.release();
        // Wakes the listener, which then sees that it is over.
        drop(TcpStream::connect(self.address));
    }
}

fn serve(state: &Shared, mut client: TcpStream, upstream: &str) -> Result<()> {
    client.set_read_timeout(Some(Duration::from_secs(30)))?;
    let request = read_request(&mut client)?;
    let (number, fault) = note(state, &request);
    if fault != Fault::ResetMidBody {
        take_last_byte(&mut client)?;
    }
    match fault {
        Fault::Status(status) => {
            let head = format!("HTTP/1.1 {status} Fault\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            client.write_all(head.as_bytes())?;
            return client.shutdown(Shutdown::Write);
        }
        Fault::HoldRequest => hold(state)?,
        Fault::Duplicate => drop(ask(upstream, &request)?),
        _ => {}
    }
    let answer = ask(upstream, &request)?;
    state.lock().seen[number].status = Some(answer.status());
    state.changed.notify_all();
    match fault {
        Fault::DropAnswer => return Ok(()),
        Fault::Delay(by) => std::thread::sleep(by),
        Fault::HoldAnswer => hold(state)?,
        _ => {}
    }
    let bytes = answer.to_bytes(&[("connection", "close")]);
    if fault == Fault::ResetMidBody {
        let half = bytes.len() - answer.body.len().div_ceil(2);
        client.write_all(&bytes[..half])?;
        // Time for the half to be read: a reset throws away what still waits in the reader's socket.
        std::thread::sleep(Duration::from_millis(50));
        return Ok(());
    }
    client.write_all(&bytes)?;
    client.shutdown(Shutdown::Write)
}

/// Writes the request down and decides what happens to it.
fn note(state: &Shared, request: &Message) -> (usize, Fault) {
    let mut inside = state.lock();
    let rule = inside.rules.iter_mut().rev().find(|rule| rule.fits(request));
    let fault = rule.map_or(Fault::Pass, |rule| {
        rule.left = rule.left.map(|left| left - 1);
        rule.fault
    });
    inside.seen.push(Seen { request: request.clone(), fault, status: None });
    (inside.seen.len() - 1, fault)
}

fn ask(upstream: &str, request: &Message) -> Result<Message> {
    let mut server = TcpStream::connect(upstream)?;
    server.set_read_timeout(Some(Duration::from_secs(30)))?;
    server.write_all(&request.to_bytes(&[("connection", "close")]))?;
    read_answer(&mut server, request.method())
}

fn hold(state: &Shared) -> Result<()> {
    let mut inside = state.lock();
    let before = inside.released;
    inside.held += 1;
    state.changed.notify_all();
    let mut inside = state
        .changed
        .wait_while(inside, |inside| inside.released == before)
        .unwrap_or_else(PoisonError::into_inner);
    inside.held -= 1;
    if inside.stopped { Err(Error::other("the proxy has stopped")) } else { Ok(()) }
}
