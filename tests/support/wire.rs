//! HTTP/1.1 messages read off a socket, bytes kept as they came: what the test client and the fault proxy
//! share. One message a connection; streams that never end are not for it.

use std::io::{Error, Read, Result};
use std::net::TcpStream;

/// One request or answer.
#[derive(Clone, Debug)]
pub struct Message {
    /// `POST /api/v1/statuses HTTP/1.1` or `HTTP/1.1 200 OK`.
    pub first_line: String,
    /// Header names in lower case, in the order received.
    pub headers: Vec<(String, String)>,
    /// The body as on the wire (chunk sizes included).
    pub body: Vec<u8>,
}

const MOST_HEAD_BYTES: usize = 64 * 1024;
const MOST_BODY_BYTES: usize = 64 * 1024 * 1024;

impl Message {
    /// The first header of this (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The request's method, or the answer's version.
    pub fn method(&self) -> &str {
        self.first_line.split(' ').next().unwrap_or_default()
    }

    /// The request's path with its query.
    pub fn target(&self) -> &str {
        self.first_line.split(' ').nth(1).unwrap_or_default()
    }

    /// The answer's status; 0 when it is no number.
    pub fn status(&self) -> u16 {
        self.target().parse().unwrap_or(0)
    }

    /// The body without chunk sizes.
    pub fn plain_body(&self) -> Vec<u8> {
        if !self.is_chunked() {
            return self.body.clone();
        }
        let (mut plain, mut rest) = (Vec::new(), self.body.as_slice());
        while let Some(line_end) = rest.windows(2).position(|two| two == b"\r\n") {
            let size = chunk_size(&rest[..line_end]).unwrap_or(0);
            let data = rest.get(line_end + 2..line_end + 2 + size).unwrap_or_default();
            if data.is_empty() {
                break;
            }
            plain.extend_from_slice(data);
            rest = rest.get(line_end + 2 + size + 2..).unwrap_or_default();
        }
        plain
    }

    /// The whole message again, with these headers in place of its own of the same (lower-case) names.
    pub fn to_bytes(&self, instead: &[(&str, &str)]) -> Vec<u8> {
        let kept = self.headers.iter().filter(|(name, _)| instead.iter().all(|(n, _)| n != name));
        let mut bytes = format!("{}\r\n", self.first_line).into_bytes();
        for (name, value) in kept.map(|(n, v)| (n.as_str(), v.as_str())).chain(instead.iter().copied()) {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }

    fn is_chunked(&self) -> bool {
        self.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"))
    }

    fn length(&self) -> Result<Option<usize>> {
        let Some(value) = self.header("content-length") else { return Ok(None) };
        let length: usize = value.parse().map_err(|_| Error::other(format!("content-length {value:?}")))?;
        if length > MOST_BODY_BYTES {
            return Err(Error::other(format!("a body of {length} bytes is over the limit")));
        }
        Ok(Some(length))
    }
}

/// Reads a request whole, except that its very last byte stays in the socket: closing a socket with unread
/// bytes makes the system send a reset, which is how the proxy resets a connection. `take_last_byte` takes it.
pub fn read_request(stream: &mut TcpStream) -> Result<Message> {
    let mut message = read_head(stream)?;
    if message.is_chunked() {
        take_last_byte(stream)?;
        read_chunks(stream, &mut message.body)?;
    } else if let Some(length) = message.length()?.filter(|length| *length > 0) {
        take_last_byte(stream)?;
        read_but_last(stream, length, &mut message.body)?;
    }
    Ok(message)
}

/// Takes the byte that `read_request` left behind.
pub fn take_last_byte(stream: &mut TcpStream) -> Result<()> {
    stream.read_exact(&mut [0])
}

/// Reads an answer to the end: by its length, by its last chunk, or until the server closes.
pub fn read_answer(stream: &mut TcpStream, method: &str) -> Result<Message> {
    let mut message = read_head(stream)?;
    take_last_byte(stream)?;
    if method == "HEAD" || matches!(message.status(), 100..=199 | 204 | 304) {
        return Ok(message);
    }
    if message.is_chunked() {
        read_chunks(stream, &mut message.body)?;
        take_last_byte(stream)?;
    } else if let Some(length) = message.length()? {
        message.body = vec![0; length];
        stream.read_exact(&mut message.body)?;
    } else {
        stream.take(MOST_BODY_BYTES as u64).read_to_end(&mut message.body)?;
    }
    Ok(message)
}

/// Reads up to the empty line, whose line feed stays in the socket.
fn read_head(stream: &mut TcpStream) -> Result<Message> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r") {
        if head.len() > MOST_HEAD_BYTES {
            return Err(Error::other("the head is over the limit"));
        }
        read_byte(stream, &mut head)?;
    }
    stream.peek(&mut [0])?;
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.lines();
    let first_line = lines.next().unwrap_or_default().to_owned();
    let headers = lines.filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
    });
    Ok(Message { first_line, headers: headers.collect(), body: Vec::new() })
}

/// Reads chunks with their sizes; the last line feed stays in the socket.
fn read_chunks(stream: &mut TcpStream, body: &mut Vec<u8>) -> Result<()> {
    loop {
        let line_start = body.len();
        while !body[line_start..].ends_with(b"\r\n") {
            read_byte(stream, body)?;
        }
        let size = chunk_size(&body[line_start..body.len() - 2])
            .filter(|size| body.len() + size <= MOST_BODY_BYTES)
            .ok_or_else(|| Error::other("a chunk's size is no number or over the limit"))?;
        if size == 0 {
            return read_but_last(stream, 2, body);
        }
        let data_start = body.len();
        body.resize(data_start + size + 2, 0);
        stream.read_exact(&mut body[data_start..])?;
    }
}

/// Reads `length` bytes, the last of them by looking only.
fn read_but_last(stream: &mut TcpStream, length: usize, body: &mut Vec<u8>) -> Result<()> {
    let start = body.len();
    body.resize(start + length, 0);
    let last = body.len() - 1;
    stream.read_exact(&mut body[start..last])?;
    if stream.peek(&mut body[last..])? == 0 {
        return Err(Error::other("closed before the end"));
    }
    Ok(())
}

fn read_byte(stream: &mut TcpStream, into: &mut Vec<u8>) -> Result<()> {
    let mut byte = [0];
    stream.read_exact(&mut byte)?;
    into.push(byte[0]);
    Ok(())
}

fn chunk_size(line: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(line).ok()?;
    usize::from_str_radix(text.split(';').next()?.trim(), 16).ok()
}
