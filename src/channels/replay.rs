//! Posts as JSON lines, from a file or a pipe: `onit receive`, `classify`, `locate`.
//!
//! A bad line is named with its number and the reason, and the rest goes on. The reader never holds more
//! than one line of 1 MB, however long the line in the file is.

use std::io::BufRead;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::channels::text::MAX_TEXT_BYTES;
use crate::error::Result;
use crate::intake::envelope::{Author, CHANNEL_NAMES, Envelope, EnvelopeKind, Media, Stated, Visibility};

/// Longest line read, in bytes, without its line break.
pub const MAX_LINE_BYTES: usize = 1024 * 1024;
/// Most pictures of one post.
const MAX_MEDIA: usize = 8;
/// Longest id, address or name.
const MAX_FIELD_BYTES: usize = 2048;
/// Channel name of a line that names none.
pub const KIND: &str = "replay";

/// A line that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, serde::Serialize)]
#[error("line {line}: {reason}")]
pub struct BadLine {
    /// Number of the line, from 1.
    pub line: u64,
    /// What is wrong and where.
    pub reason: String,
}

/// One line of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Its bytes, without the line break.
    Bytes(Vec<u8>),
    /// Longer than [`MAX_LINE_BYTES`]; skipped without being held.
    TooLong,
}

/// Reads lines with bounded memory. Empty lines are lines too: lines out = lines in.
pub struct LineReader<R> {
    input: R,
    number: u64,
    most: usize,
}

impl<R: BufRead> LineReader<R> {
    /// Starts before line 1.
    pub const fn new(input: R) -> Self {
        Self { input, number: 0, most: MAX_LINE_BYTES }
    }

    /// The next line and its number, or `None` at the end.
    ///
    /// # Errors
    /// [`crate::error::Error::Unavailable`] when the input cannot be read.
    pub fn next_line(&mut self) -> Result<Option<(u64, Line)>> {
        let mut line = Vec::new();
        let mut too_long = false;
        let mut any = false;
        loop {
            let chunk = match self.input.fill_buf() {
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            if chunk.is_empty() {
                break;
            }
            any = true;
            let end = chunk.iter().position(|b| *b == b'\n');
            let part = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or_default();
            if too_long || line.len() + part.len() > self.most {
                too_long = true;
                line = Vec::new();
            } else {
                line.extend_from_slice(part);
            }
            let used = end.map_or(chunk.len(), |e| e + 1);
            self.input.consume(used);
            if end.is_some() {
                break;
            }
        }
        if !any {
            return Ok(None);
        }
        self.number += 1;
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(Some((self.number, if too_long { Line::TooLong } else { Line::Bytes(line) })))
    }
}

/// Reads one line of [`LineReader`]; `now` stands in for a missing `created_at`.
///
/// # Errors
/// [`BadLine`] naming the line, the key and what was found there.
pub fn parse(line: &Line, line_no: u64, now: DateTime<Utc>) -> std::result::Result<Envelope, BadLine> {
    match line {
        Line::Bytes(bytes) => parse_line(bytes, line_no, now),
        Line::TooLong => {
            Err(BadLine { line: line_no, reason: format!("longer than {MAX_LINE_BYTES} bytes; skipped") })
        }
    }
}

/// Reads one post line.
///
/// # Errors
/// [`BadLine`] naming the line, the key and what was found there.
pub fn parse_line(bytes: &[u8], line_no: u64, now: DateTime<Utc>) -> std::result::Result<Envelope, BadLine> {
    read(bytes, line_no, now).map_err(|reason| BadLine { line: line_no, reason })
}

type Told<T> = std::result::Result<T, String>;

fn read(bytes: &[u8], line_no: u64, now: DateTime<Utc>) -> Told<Envelope> {
    if bytes.len() > MAX_LINE_BYTES {
        return Err(format!("longer than {MAX_LINE_BYTES} bytes; skipped"));
    }
    let raw = std::str::from_utf8(bytes).map_err(|e| format!("not UTF-8 at byte {}", e.valid_up_to() + 1))?;
    let raw = raw.trim_start_matches('\u{FEFF}');
    if raw.trim().is_empty() {
        return Err("empty line; expected a JSON object with \"text\"".into());
    }
    let value: Value = serde_json::from_str(raw).map_err(|e| not_json(&e))?;
    let Value::Object(map) = value else {
        return Err(format!("expected a JSON object, found {}", kind_of(&value)));
    };
    envelope(&map, raw, line_no, now)
}

fn envelope(map: &Map<String, Value>, raw: &str, line_no: u64, now: DateTime<Utc>) -> Told<Envelope> {
    let text = text_at(map, "text", MAX_TEXT_BYTES)?.ok_or("text is missing")?;
    let channel = short(map, "channel")?.unwrap_or_else(|| KIND.into());
    if !CHANNEL_NAMES.contains(&channel.as_str()) {
        return Err(format!("channel: unknown channel {channel:?}; known are {}", CHANNEL_NAMES.join(", ")));
    }
    let named = id_at(map)?;
    let id = named.clone().unwrap_or_else(|| line_no.to_string());
    // "Line 1" of two files is not one post: what has no name of its own is known by its words too.
    let unnamed = || format!("replay:{channel}:{id}:{}", digest(&text));
    let uri = short(map, "uri")?
        .unwrap_or_else(|| if named.is_some() { format!("replay:{channel}:{id}") } else { unnamed() });
    let (lat, lon) = point(map)?;
    Ok(Envelope {
        kind: EnvelopeKind::Post,
        author: author(map, &id)?,
        created_at: time(map)?.unwrap_or(now),
        in_reply_to: short(map, "in_reply_to")?,
        lang: short(map, "lang")?,
        lat,
        lon,
        media: media(map)?,
        // Whoever feeds a file hands the post over openly; a word that is there but unknown is private.
        visibility: short(map, "visibility")?.map_or(Visibility::Public, |word| Visibility::from_word(&word)),
        stated: stated(map)?,
        channel,
        id,
        uri,
        text,
        local_id: None,
        version: None,
        edited_at: None,
        root_uri: None,
        url: None,
        spoiler_text: None,
        mentions: Vec::new(),
        from_us: false,
        raw: raw.to_owned(),
    })
}

/// Enough of a digest to tell one text from another.
fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(8).map(|b| format!("{b:02x}")).collect()
}

fn author(map: &Map<String, Value>, id: &str) -> Told<Author> {
    let unknown = || format!("unknown:{id}");
    let Some(author) = object(map, "author")? else {
        return Ok(Author { id: unknown(), ..Author::default() });
    };
    let part = |key: &str| short(author, key).map_err(|e| format!("author.{e}"));
    Ok(Author {
        id: part("id")?.unwrap_or_else(unknown),
        handle: part("handle")?.map(|h| h.trim_start_matches('@').to_owned()),
        name: part("name")?,
        bot: false,
        place: part("place")?,
    })
}

fn media(map: &Map<String, Value>) -> Told<Vec<Media>> {
    let list = match map.get("media") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(other) => return Err(format!("media: expected a list, found {}", kind_of(other))),
    };
    if list.len() > MAX_MEDIA {
        return Err(format!("media: {} pictures; at most {MAX_MEDIA}", list.len()));
    }
    let one = |(i, item): (usize, &Value)| -> Told<Media> {
        let Value::Object(item) = item else {
            return Err(format!("media[{i}]: expected an object, found {}", kind_of(item)));
        };
        let part = |key: &str| short(item, key).map_err(|e| format!("media[{i}].{e}"));
        let url = part("url")?.ok_or_else(|| format!("media[{i}].url is missing"))?;
        Ok(Media { url, alt: text_at(item, "alt", MAX_TEXT_BYTES).map_err(|e| format!("media[{i}].{e}"))? })
    };
    list.iter().enumerate().map(one).collect()
}

fn stated(map: &Map<String, Value>) -> Told<Option<Stated>> {
    let Some(stated) = object(map, "stated")? else { return Ok(None) };
    let part = |key: &str| short(stated, key).map_err(|e| format!("stated.{e}"));
    let attributes = object(stated, "attributes").map_err(|e| format!("stated.{e}"))?;
    Ok(Some(Stated {
        service: part("service")?,
        address: part("address")?,
        attributes: attributes.cloned().unwrap_or_default(),
    }))
}

fn point(map: &Map<String, Value>) -> Told<(Option<f64>, Option<f64>)> {
    let (lat, lon) = (degrees(map, "lat", 90.0)?, degrees(map, "lon", 180.0)?);
    match (lat, lon) {
        (Some(_), None) => Err("lat without lon".into()),
        (None, Some(_)) => Err("lon without lat".into()),
        both => Ok(both),
    }
}

fn degrees(map: &Map<String, Value>, key: &str, most: f64) -> Told<Option<f64>> {
    match map.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(n)) => match n.as_f64() {
            Some(d) if d.abs() <= most => Ok(Some(d)),
            _ => Err(format!("{key}: {n} is not between -{most} and {most}")),
        },
        Some(other) => Err(format!("{key}: expected a number, found {}", kind_of(other))),
    }
}

fn time(map: &Map<String, Value>) -> Told<Option<DateTime<Utc>>> {
    let Some(word) = short(map, "created_at")? else { return Ok(None) };
    let read = DateTime::parse_from_rfc3339(&word);
    read.map(|t| Some(t.to_utc()))
        .map_err(|_| format!("created_at: {word:?} is not a time like 2026-01-27T06:12:00Z"))
}

fn id_at(map: &Map<String, Value>) -> Told<Option<String>> {
    match map.get("id") {
        Some(Value::Number(n)) if n.is_i64() || n.is_u64() => Ok(Some(n.to_string())),
        _ => short(map, "id"),
    }
}

fn object<'m>(map: &'m Map<String, Value>, key: &str) -> Told<Option<&'m Map<String, Value>>> {
    match map.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(inner)) => Ok(Some(inner)),
        Some(other) => Err(format!("{key}: expected an object, found {}", kind_of(other))),
    }
}

/// A short text; an empty one counts as missing.
fn short(map: &Map<String, Value>, key: &str) -> Told<Option<String>> {
    Ok(text_at(map, key, MAX_FIELD_BYTES)?.filter(|s| !s.is_empty()))
}

fn text_at(map: &Map<String, Value>, key: &str, most: usize) -> Told<Option<String>> {
    match map.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(s)) if s.contains('\0') => Err(format!("{key}: holds a NUL character")),
        Some(Value::String(s)) if s.len() > most => Err(format!("{key}: {} bytes; at most {most}", s.len())),
        Some(Value::String(s)) => Ok(Some(s.clone())),
        Some(other) => Err(format!("{key}: expected a text, found {}", kind_of(other))),
    }
}

fn not_json(e: &serde_json::Error) -> String {
    let text = e.to_string();
    // Within one line, "line 1" says nothing.
    let what = text.split(" at line ").next().unwrap_or(&text);
    format!("not JSON: {what} at column {}", e.column())
}

const fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests;
