//! One document, written as XML or as JSON by the same calls. JSON is the Spark mapping: the outermost wrapper is
//! dropped, a list is an array also with one child, an empty element is null.
//!
//! Written straight into one string: a thousand requests are a thousand times fifteen fields.

use std::fmt::{Display, Write as _};

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Xml,
    Json,
}

impl Format {
    /// Of the end of a path: "xml", "json".
    pub(super) fn of(suffix: &str) -> Option<Self> {
        match suffix {
            "xml" => Some(Self::Xml),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Xml => "text/xml; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    /// As the strictest validator compares it; the XML declaration names UTF-8, and JSON has no other encoding.
    pub(super) const fn bare_type(self) -> &'static str {
        match self {
            Self::Xml => "text/xml",
            Self::Json => "application/json",
        }
    }
}

/// A document being written.
#[derive(Debug)]
pub(super) struct Document {
    format: Format,
    out: String,
}

impl Document {
    pub(super) fn new(format: Format, bytes: usize) -> Self {
        let mut out = String::with_capacity(bytes);
        if format == Format::Xml {
            out.push_str("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
        }
        Self { format, out }
    }

    pub(super) fn finish(self) -> String {
        self.out
    }

    /// Begins a list; the elements follow by [`Self::item`] or [`Self::word`].
    pub(super) fn list(&mut self, name: &str) {
        self.begin(name, '[');
    }

    pub(super) fn end_list(&mut self, name: &str) {
        self.end(name, ']');
    }

    /// Begins an object with a name, or the outermost one.
    pub(super) fn object(&mut self, name: &str) {
        self.begin(name, '{');
    }

    pub(super) fn end_object(&mut self, name: &str) {
        self.end(name, '}');
    }

    /// Begins an element of a list.
    pub(super) fn item(&mut self, name: &str) {
        match self.format {
            Format::Xml => self.open(name),
            Format::Json => {
                self.comma();
                self.out.push('{');
            }
        }
    }

    pub(super) fn end_item(&mut self, name: &str) {
        self.end(name, '}');
    }

    /// A field with words; empty ones are absent.
    pub(super) fn text(&mut self, name: &str, words: &str) {
        if words.is_empty() {
            return self.nothing(name);
        }
        match self.format {
            Format::Xml => {
                self.open(name);
                escape_xml(&mut self.out, words);
                self.close(name);
            }
            Format::Json => {
                self.key(name);
                escape_json(&mut self.out, words);
            }
        }
    }

    pub(super) fn maybe(&mut self, name: &str, words: Option<&str>) {
        self.text(name, words.unwrap_or_default());
    }

    /// A number or a truth value.
    pub(super) fn value(&mut self, name: &str, value: impl Display) {
        match self.format {
            Format::Xml => {
                self.open(name);
                let _ = write!(self.out, "{value}");
                self.close(name);
            }
            Format::Json => {
                self.key(name);
                let _ = write!(self.out, "{value}");
            }
        }
    }

    /// A field whose words need no escaping: a moment.
    pub(super) fn value_text(&mut self, name: &str, value: impl Display) {
        match self.format {
            Format::Xml => self.value(name, value),
            Format::Json => {
                self.key(name);
                let _ = write!(self.out, "\"{value}\"");
            }
        }
    }

    /// An element of a list that is words only.
    pub(super) fn word(&mut self, name: &str, words: &str) {
        match self.format {
            Format::Xml => self.text(name, words),
            Format::Json => {
                self.comma();
                escape_json(&mut self.out, words);
            }
        }
    }

    pub(super) fn nothing(&mut self, name: &str) {
        match self.format {
            Format::Xml => {
                let _ = write!(self.out, "<{name}/>");
            }
            Format::Json => {
                self.key(name);
                self.out.push_str("null");
            }
        }
    }

    fn begin(&mut self, name: &str, bracket: char) {
        match self.format {
            Format::Xml => self.open(name),
            Format::Json => {
                if !self.out.is_empty() {
                    self.key(name);
                }
                self.out.push(bracket);
            }
        }
    }

    fn end(&mut self, name: &str, bracket: char) {
        match self.format {
            Format::Xml => self.close(name),
            Format::Json => self.out.push(bracket),
        }
    }

    fn open(&mut self, name: &str) {
        self.out.push('<');
        self.out.push_str(name);
        self.out.push('>');
    }

    fn close(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    fn key(&mut self, name: &str) {
        self.comma();
        self.out.push('"');
        self.out.push_str(name);
        self.out.push_str("\":");
    }

    fn comma(&mut self) {
        if !self.out.ends_with(['[', '{']) {
            self.out.push(',');
        }
    }
}

/// A line break with a carriage return must come back as it went: parsers make "\n" of a bare one. Characters that
/// XML 1.0 cannot hold at all are left out.
fn escape_xml(out: &mut String, words: &str) {
    let mut plain = 0;
    for (at, c) in words.char_indices() {
        let instead = match c {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '"' => "&quot;",
            '\r' => "&#13;",
            '\n' | '\t' => continue,
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => "",
            _ => continue,
        };
        out.push_str(words.get(plain..at).unwrap_or_default());
        out.push_str(instead);
        plain = at + c.len_utf8();
    }
    out.push_str(words.get(plain..).unwrap_or_default());
}

fn escape_json(out: &mut String, words: &str) {
    out.push('"');
    let mut plain = 0;
    for (at, byte) in words.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(words.get(plain..at).unwrap_or_default());
        plain = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            other => {
                let _ = write!(out, "\\u{other:04x}");
            }
        }
    }
    out.push_str(words.get(plain..).unwrap_or_default());
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: Format) -> String {
        let mut doc = Document::new(format, 64);
        doc.list("things");
        for n in [1, 2] {
            doc.item("thing");
            doc.value("n", n);
            doc.text("words", "a<b> & \"c\"\r\n\u{1}😀");
            doc.text("none", "");
            doc.list("parts");
            doc.word("part", "x");
            doc.word("part", "y");
            doc.end_list("parts");
            doc.object("more");
            doc.value("yes", true);
            doc.end_object("more");
            doc.end_item("thing");
        }
        doc.end_list("things");
        doc.finish()
    }

    #[test]
    fn json_has_no_wrapper_and_arrays() {
        let read: serde_json::Value = serde_json::from_str(&written(Format::Json)).unwrap();
        let one = serde_json::json!({"n": 1, "words": "a<b> & \"c\"\r\n\u{1}😀", "none": null,
            "parts": ["x", "y"], "more": {"yes": true}});
        assert_eq!(read[0], one);
        assert_eq!(read.as_array().unwrap().len(), 2);
    }

    #[test]
    fn xml_says_utf8_and_keeps_carriage_returns() {
        let text = written(Format::Xml);
        assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<things><thing><n>1</n>"));
        assert!(text.contains("<words>a&lt;b&gt; &amp; &quot;c&quot;&#13;\n😀</words><none/>"), "{text}");
        assert!(text.ends_with(
            "<parts><part>x</part><part>y</part></parts><more><yes>true</yes></more></thing></things>"
        ));
    }

    #[test]
    fn an_empty_list_is_empty() {
        let mut doc = Document::new(Format::Json, 8);
        doc.list("things");
        doc.end_list("things");
        assert_eq!(doc.finish(), "[]");
    }
}
