//! Good lines, bad lines, long lines.

use super::*;
use proptest::prelude::*;
use std::io::{BufReader, Read};

fn now() -> DateTime<Utc> {
    "2026-01-27T06:12:00Z".parse().unwrap()
}

#[test]
fn only_text_is_required() {
    let post = parse_line(br#"{"text":"Street light out at Broad & Market"}"#, 7, now()).unwrap();
    assert_eq!((post.channel.as_str(), post.id.as_str()), ("replay", "7"));
    assert!(post.uri.starts_with("replay:replay:7:"), "the words keep two files apart: {}", post.uri);
    assert_eq!(post.author.id, "unknown:7");
    assert_eq!(post.created_at, now());
    assert_eq!(post.visibility, Visibility::Public);
    assert!(post.stated.is_none() && post.media.is_empty() && post.lat.is_none());
}

#[test]
fn the_whole_line() {
    let line = r#"{"channel":"mastodon","id":"5","uri":"https://a.test/5","author":{"id":"https://a.test/ana","handle":"@ana@a.test","name":"Ana"},"text":"x","created_at":"2026-01-27T01:12:00-05:00","in_reply_to":null,"lang":"en","lat":40.7,"lon":-74,"media":[{"url":"https://a.test/p.jpg","alt":"dark"}],"visibility":"followers","stated":{"service":"street_light","address":"1 Main","attributes":{"a":1}},"kind":"intersection","odd":[1]}"#;
    let post = parse_line(line.as_bytes(), 1, now()).unwrap();
    assert_eq!(post.created_at, now());
    assert_eq!(post.author.handle.as_deref(), Some("ana@a.test"));
    assert_eq!(post.visibility, Visibility::Private, "unknown word");
    assert_eq!(post.media[0].alt.as_deref(), Some("dark"));
    assert_eq!(post.stated.clone().unwrap().service.as_deref(), Some("street_light"));
    assert_eq!(post.raw, line, "unknown keys are kept");
    let again = parse_line(post.line().to_string().as_bytes(), 1, now()).unwrap();
    assert_eq!(
        (again.text, again.uri, again.lat, again.author),
        (post.text, post.uri, post.lat, post.author)
    );
    let empty = parse_line(br#"{"text":"x","uri":"","id":null,"author":{},"lat":null}"#, 3, now()).unwrap();
    assert!(empty.uri.starts_with("replay:replay:3:"), "{}", empty.uri);
    assert_eq!(empty.author.id, "unknown:3");
}

#[test]
fn bad_lines_say_what_and_where() {
    let check = |line: &[u8], expect: &str| {
        let bad = parse_line(line, 7, now()).expect_err(expect);
        assert_eq!(bad.line, 7);
        assert!(bad.reason.contains(expect), "{:?} does not say {expect:?}", bad.reason);
    };
    check(b"", "empty line");
    check(b"   ", "empty line");
    check(b"{\"text\":", "not JSON");
    check(b"{\"text\":\"a\"} x", "not JSON: trailing");
    check(b"{'text':'a'}", "column 2");
    check(b"[1]", "expected a JSON object, found a list");
    check(b"\"x\"", "found a text");
    check(b"{}", "text is missing");
    check(b"{\"text\":null}", "text is missing");
    check(b"{\"text\":5}", "text: expected a text, found a number");
    check(b"{\"text\":\"a\\u0000b\"}", "text: holds a NUL");
    check(b"{\"text\":\"a\0b\"}", "not JSON: control character");
    check(b"{\"text\":\"\\ud800\"}", "not JSON");
    check(b"{\"text\":\"\\udc00 x\"}", "not JSON");
    check(b"{\"text\":\"\xff\"}", "not UTF-8 at byte 10");
    check(b"{\"text\":\"\xed\xa0\x80\"}", "not UTF-8");
    check(br#"{"text":"a","channel":"pigeon"}"#, "unknown channel \"pigeon\"");
    check(br#"{"text":"a","channel":3}"#, "channel: expected a text, found a number");
    check(br#"{"text":"a","lat":"40","lon":1}"#, "lat: expected a number, found a text");
    check(br#"{"text":"a","lat":91,"lon":1}"#, "lat: 91 is not between");
    check(br#"{"text":"a","lat":1}"#, "lat without lon");
    check(br#"{"text":"a","lat":1e999,"lon":0}"#, "not JSON");
    check(br#"{"text":"a","author":"ana"}"#, "author: expected an object, found a text");
    check(br#"{"text":"a","author":{"id":[]}}"#, "author.id: expected a text, found a list");
    check(br#"{"text":"a","media":{}}"#, "media: expected a list");
    check(br#"{"text":"a","media":[{"alt":"x"}]}"#, "media[0].url is missing");
    check(br#"{"text":"a","media":[1]}"#, "media[0]: expected an object");
    check(br#"{"text":"a","created_at":"yesterday"}"#, "created_at: \"yesterday\" is not a time");
    check(br#"{"text":"a","stated":{"attributes":[]}}"#, "stated.attributes: expected an object");
    check(format!("{{\"text\":\"{}\"}}", "a".repeat(70_000)).as_bytes(), "text: 70000 bytes; at most 65536");
    check(format!("{{\"text\":\"a\",\"id\":\"{}\"}}", "a".repeat(3000)).as_bytes(), "id: 3000 bytes");
    check(
        format!("{{\"text\":{}1{}}}", "[".repeat(5000), "]".repeat(5000)).as_bytes(),
        "not JSON: recursion",
    );
    check(&vec![b'a'; MAX_LINE_BYTES + 1], "longer than");
    let many = format!("{{\"text\":\"a\",\"media\":[{}]}}", ["{\"url\":\"u\"}"; 9].join(","));
    check(many.as_bytes(), "media: 9 pictures");
    assert_eq!(BadLine { line: 7, reason: "x".into() }.to_string(), "line 7: x");
}

fn lines(input: &[u8], most: usize, buffer: usize) -> Vec<(u64, Line)> {
    let mut reader = LineReader { input: BufReader::with_capacity(buffer, input), number: 0, most };
    std::iter::from_fn(|| reader.next_line().unwrap()).collect()
}

#[test]
fn lines_out_are_lines_in() {
    let check = |input: &str, expect: &[&str]| {
        for buffer in [1, 3, 100] {
            let found = lines(input.as_bytes(), 5, buffer);
            let words: Vec<_> = found
                .iter()
                .map(|(_, l)| match l {
                    Line::Bytes(b) => String::from_utf8(b.clone()).unwrap(),
                    Line::TooLong => "LONG".into(),
                })
                .collect();
            assert_eq!(words, expect, "{input:?} with {buffer}");
            assert!(found.iter().map(|(n, _)| *n).eq(1..=found.len() as u64));
        }
    };
    check("", &[]);
    check("\n", &[""]);
    check("a\nb", &["a", "b"]);
    check("a\r\nb\n", &["a", "b"]);
    check("a\n\nb\n", &["a", "", "b"]);
    check("123456\nb\n", &["LONG", "b"]);
    check("12345\n123456", &["12345", "LONG"]);
    check("1234567890123\n\nx", &["LONG", "", "x"]);
}

#[test]
fn a_very_long_line_is_not_held() {
    let long = std::io::repeat(b'x').take(50 * 1024 * 1024).chain(&b"\n{\"text\":\"after\"}\n"[..]);
    let mut reader = LineReader::new(BufReader::new(long));
    let (number, line) = reader.next_line().unwrap().unwrap();
    assert_eq!((number, &line), (1, &Line::TooLong));
    assert!(parse(&line, number, now()).unwrap_err().reason.contains("longer"));
    let (number, line) = reader.next_line().unwrap().unwrap();
    assert_eq!(parse(&line, number, now()).unwrap().text, "after");
    assert!(reader.next_line().unwrap().is_none());
}

proptest! {
    #[test]
    fn any_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse_line(&bytes, 1, now());
        let _ = lines(&bytes, 20, 7);
    }

    #[test]
    fn any_text_comes_through(text in "[^\\x00]*") {
        let line = serde_json::json!({ "text": text }).to_string();
        prop_assert_eq!(parse_line(line.as_bytes(), 1, now()).unwrap().text, text);
    }

    #[test]
    fn any_values_do_not_panic(key in "(text|id|uri|author|media|lat|lon|stated|lang|created_at|visibility|channel)", value in "(null|true|-1|1e9|\"\"|\"x\"|\\[\\]|\\[\\{\\}\\]|\\{\\}|\\{\"id\":1\\})") {
        let _ = parse_line(format!("{{\"text\":\"a\",\"{key}\":{value}}}").as_bytes(), 1, now());
    }
}
