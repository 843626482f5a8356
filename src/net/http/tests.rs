//! Against a small server of our own on loopback: what was sent, what came back, what is refused.

use super::*;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Answers each connection with the next of `answers` (the last one for ever) and keeps what it was sent.
struct Server {
    at: String,
    heard: Arc<Mutex<Vec<String>>>,
}

fn serve(answers: Vec<Vec<u8>>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap().to_string();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&heard);
    std::thread::spawn(move || {
        for (i, stream) in listener.incoming().enumerate() {
            let Ok(mut stream) = stream else { return };
            kept.lock().unwrap().push(request_of(&mut stream));
            let answer = &answers[i.min(answers.len() - 1)];
            let _ = stream.write_all(answer);
        }
    });
    Server { at, heard }
}

fn request_of(stream: &mut TcpStream) -> String {
    let mut got = Vec::new();
    let mut part = [0; 4096];
    loop {
        let n = stream.read(&mut part).unwrap_or(0);
        got.extend_from_slice(&part[..n]);
        let text = String::from_utf8_lossy(&got).into_owned();
        let done = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            let long = head
                .to_lowercase()
                .split("content-length: ")
                .nth(1)
                .map(|s| s.split("\r\n").next().unwrap_or("0").trim().parse::<usize>().unwrap_or(0));
            body.len() >= long.unwrap_or(0)
        });
        if n == 0 || done {
            return text;
        }
    }
}

fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nX-One: 1\r\n\r\n{body}", body.len()).into_bytes()
}

fn client(allow: &[&str]) -> Client {
    let mut options = Options::new("https://onit.riverton.example/");
    options.allow_private = allow.iter().map(|a| (*a).to_owned()).collect();
    options.timeout = Duration::from_millis(1_500);
    Client::new(&options).unwrap()
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

#[test]
fn a_request_says_who_it_is_and_what_it_wants() {
    let server = serve(vec![ok("hello")]);
    let request = Request::new(Method::Post, url(&format!("http://{}/a?b=1", server.at)))
        .bearer(&"tok".into())
        .header("idempotency-key", "k1")
        .body("application/json", b"{}".to_vec());
    let answer = client(&[&server.at]).send(request).unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"hello"[..]));
    assert_eq!(answer.header("x-one"), Some("1"));
    let heard = server.heard.lock().unwrap().join("").to_lowercase();
    for part in [
        "post /a?b=1 http/1.1",
        "authorization: bearer tok",
        "idempotency-key: k1",
        "content-type: application/json",
        "user-agent: onit/",
        "(+https://onit.riverton.example/)",
        "content-length: 2",
    ] {
        assert!(heard.contains(part), "{part} not in {heard}");
    }
}

#[test]
fn any_status_is_an_answer() {
    for status in [204, 301, 404, 422, 429, 500] {
        let server = serve(vec![format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n").into_bytes()]);
        let answer =
            client(&[&server.at]).send(Request::new(Method::Delete, url(&format!("http://{}/", server.at))));
        assert_eq!(answer.unwrap().status, status);
    }
}

#[test]
fn which_side_of_the_first_byte() {
    let dead = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let check = |client: &Client, to: &str, sent: bool| {
        let failure = client.send(Request::new(Method::Post, url(to))).unwrap_err();
        assert_eq!(matches!(failure, Failure::MaybeSent(_)), sent, "{to}: {failure:?}");
        assert!(!matches!(failure, Failure::Forbidden(_)), "{failure:?}");
    };
    // nobody there; no such name
    check(&client(&[&dead]), &format!("http://{dead}/"), false);
    check(&client(&[]), "https://no-such-host.invalid/", false);
    // hangs up after reading; answers rubbish; answers half; never answers
    for answer in [&b""[..], b"rubbish\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf"] {
        let server = serve(vec![answer.to_vec()]);
        check(&client(&[&server.at]), &format!("http://{}/", server.at), true);
    }
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = silent.local_addr().unwrap().to_string();
    let started = Instant::now();
    check(&client(&[&at]), &format!("http://{at}/"), true);
    assert!(started.elapsed() < Duration::from_secs(4));
    // a server that speaks no TLS: the request itself never left
    super::super::install_crypto();
    let plain = serve(vec![ok("x")]);
    check(&client(&[&plain.at]), &format!("https://{}/", plain.at), false);
}

#[test]
fn the_check_before_the_first_byte_stops_it() {
    let server = serve(vec![ok("x")]);
    let asked = Arc::new(AtomicUsize::new(0));
    let send = |stop: bool| {
        let asked = Arc::clone(&asked);
        let mut request = Request::new(Method::Post, url(&format!("http://{}/", server.at)));
        request.body = Some(("text/plain".into(), vec![b'x'; 100_000]));
        request.may_write = Some(Arc::new(move || {
            asked.fetch_add(1, Ordering::SeqCst);
            if stop {
                Err(crate::error::Error::Refused("the city stopped all replies".into()))
            } else {
                Ok(())
            }
        }));
        client(&[&server.at]).send(request)
    };
    assert_eq!(send(true).unwrap_err(), Failure::NotSent("the city stopped all replies".into()));
    assert_eq!(send(false).unwrap().status, 200);
    assert_eq!(asked.load(Ordering::SeqCst), 2, "asked once a request");
    let heard = server.heard.lock().unwrap();
    assert_eq!(heard.iter().filter(|r| !r.is_empty()).count(), 1, "the stopped one sent no byte");
}

#[test]
fn redirects_are_looked_at_again() {
    let far = serve(vec![ok("there")]);
    let to = |target: &str| {
        format!("HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n").into_bytes()
    };
    let near = serve(vec![to(&format!("http://{}/x", far.at))]);
    let get = |client: &Client, server: &Server| {
        client.send(Request::new(Method::Get, url(&format!("http://{}/", server.at))).bearer(&"tok".into()))
    };
    assert_eq!(get(&client(&[&near.at, &far.at]), &near).unwrap().body, b"there");
    assert!(!far.heard.lock().unwrap().join("").contains("tok"), "the token stays with its origin");
    assert!(matches!(get(&client(&[&near.at]), &near).unwrap_err(), Failure::Forbidden(_)));
    for target in ["http://169.254.169.254/latest/", "file:///etc/passwd", "https://localhost/"] {
        let trap = serve(vec![to(target)]);
        assert!(matches!(get(&client(&[&trap.at]), &trap).unwrap_err(), Failure::Forbidden(_)), "{target}");
    }
    let ring = serve(vec![to("/again")]);
    assert!(get(&client(&[&ring.at]), &ring).is_err());
    assert_eq!(ring.heard.lock().unwrap().len(), MAX_REDIRECTS + 1);
    let post =
        client(&[&near.at, &far.at]).send(Request::new(Method::Post, url(&format!("http://{}/", near.at))));
    assert_eq!(post.unwrap().status, 302, "a POST is never sent on");
}

#[test]
fn large_answers_and_bombs_stop_at_the_limit() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..200 {
        packed.write_all(&vec![0; 1024 * 1024]).unwrap();
    }
    let bomb = packed.finish().unwrap();
    assert!(bomb.len() < 1024 * 1024);
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", bomb.len());
    let endless = [b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b'x'; 3 * 1024 * 1024]].concat();
    for answer in [[head.into_bytes(), bomb].concat(), endless] {
        let server = serve(vec![answer]);
        let mut request = Request::new(Method::Get, url(&format!("http://{}/", server.at)));
        request.max_bytes = 2 * 1024 * 1024;
        let failure = client(&[&server.at]).send(request).unwrap_err();
        assert!(failure.to_string().contains("larger than 2097152 bytes"), "{failure}");
    }
}

#[test]
fn what_may_not_be_called_is_not_called() {
    let server = serve(vec![ok("x")]);
    for to in [format!("http://{}/", server.at), "http://social.example/".into(), "https://127.0.0.1/".into()]
    {
        let failure = client(&[]).send(Request::new(Method::Get, url(&to))).unwrap_err();
        assert!(matches!(failure, Failure::Forbidden(_)), "{failure:?}");
    }
    assert!(server.heard.lock().unwrap().is_empty());
    let bad = Request::new(Method::Get, url(&format!("http://{}/", server.at))).header("x", "a\r\nb: c");
    assert!(matches!(client(&[&server.at]).send(bad).unwrap_err(), Failure::Forbidden(_)));
}

#[test]
fn the_name_of_the_client_is_one_line() {
    assert!(user_agent("https://a.test/\r\nX: y").starts_with("OnIt/0."));
    assert!(!user_agent("https://a.test/\r\nX: y").contains('\n'));
}
