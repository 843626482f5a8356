//! One browser behind a proxy: a kept-alive connection that asks for a page again and again.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

pub struct Browser {
    to: SocketAddr,
    stream: BufReader<TcpStream>,
    asked: u32,
    headers: &'static str,
}

impl Browser {
    /// `headers` are added to every request, each ended by a line break.
    pub fn new(to: SocketAddr, headers: &'static str) -> Self {
        Self { to, stream: connect(to), asked: 0, headers }
    }

    /// A fresh connection; a server closes one that says nothing for some seconds.
    pub fn connect(&mut self) {
        self.stream = connect(self.to);
    }

    /// The body of a page; stops on any answer but 200.
    pub fn get(&mut self, path: &str) -> Vec<u8> {
        self.asked += 1;
        // Many neighbors, so that the limit of pages for one address is not what is measured.
        let neighbor = self.asked % 4_000;
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: localhost\r\nx-forwarded-for: 10.1.{}.{}\r\n{}\r\n",
            neighbor / 250,
            neighbor % 250 + 1,
            self.headers
        );
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
        let (mut length, mut line) = (None, String::new());
        for n in 0.. {
            line.clear();
            self.stream.read_line(&mut line).unwrap();
            assert!(n > 0 || line.starts_with("HTTP/1.1 200"), "{path}: {line}");
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = Some(value.trim().parse().unwrap());
            }
            if line == "\r\n" {
                break;
            }
        }
        match length {
            Some(length) => self.exactly(length),
            None => self.chunks(),
        }
    }

    fn exactly(&mut self, length: usize) -> Vec<u8> {
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        body
    }

    /// A body whose length was not known when it began.
    fn chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).unwrap();
            let length = usize::from_str_radix(line.trim(), 16).unwrap();
            body.extend(self.exactly(length));
            self.exactly(2);
            if length == 0 {
                return body;
            }
        }
    }
}

fn connect(to: SocketAddr) -> BufReader<TcpStream> {
    let stream = TcpStream::connect(to).unwrap();
    stream.set_nodelay(true).unwrap();
    BufReader::with_capacity(128 * 1024, stream)
}
