//! XML of other servers as a small tree. Entities of a document's own are never followed: a bomb stays a name.

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

/// Deepest nesting that is read.
const DEEPEST: usize = 32;

/// An element with its text and its children; attributes are only noticed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Its name, without a prefix.
    pub name: String,
    /// Its own text, entities resolved.
    pub text: String,
    /// Elements inside it.
    pub children: Vec<Self>,
    /// It has a namespace or a prefix.
    pub foreign: bool,
}

impl Node {
    /// The text of the child of this name, without outer blanks; empty when there is none.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.child(name).map_or("", |child| child.text.trim())
    }

    /// The child of this name.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// True when it or something inside has a namespace.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        self.foreign || self.children.iter().any(Self::is_foreign)
    }
}

/// Reads a document.
pub(super) fn parse(text: &str) -> Result<Node, String> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Node> = Vec::new();
    let mut whole = None;
    loop {
        let at = reader.buffer_position();
        let broken = |what: &str| format!("not well-formed at byte {at}: {what}");
        match reader.read_event().map_err(|e| broken(&e.to_string()))? {
            Event::Start(_) if open.len() >= DEEPEST => return Err(broken("nested too deeply")),
            Event::Start(tag) => open.push(begun(&tag)),
            Event::Empty(tag) => put(&mut open, &mut whole, begun(&tag)),
            Event::End(_) => {
                let node = open.pop().ok_or_else(|| broken("an end without a beginning"))?;
                put(&mut open, &mut whole, node);
            }
            Event::Text(words) => say(&mut open, &words.xml10_content()),
            Event::CData(words) => say(&mut open, &words.xml10_content()),
            Event::GeneralRef(entity) => {
                match entity.resolve_char_ref().map_err(|e| broken(&e.to_string()))? {
                    Some(c) => say(&mut open, c.encode_utf8(&mut [0; 4])),
                    None => say(&mut open, named(&entity).ok_or_else(|| broken("an entity of its own"))?),
                }
            }
            Event::Eof => break,
            Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Comment(_) => {}
        }
    }
    if !open.is_empty() {
        return Err("it ends before its elements do".into());
    }
    whole.ok_or_else(|| "there is no element in it".into())
}

fn named(entity: &str) -> Option<&'static str> {
    match entity {
        "amp" => Some("&"),
        "lt" => Some("<"),
        "gt" => Some(">"),
        "quot" => Some("\""),
        "apos" => Some("'"),
        _ => None,
    }
}

fn begun(tag: &BytesStart<'_>) -> Node {
    let whole = tag.name();
    let name: &str = whole.as_ref();
    let declares = tag.attributes().flatten().any(|attribute| {
        let key: &str = attribute.key.as_ref();
        key.starts_with("xmlns")
    });
    let plain = name.rsplit(':').next().unwrap_or_default().to_owned();
    Node { foreign: declares || name.contains(':'), name: plain, ..Node::default() }
}

fn say(open: &mut [Node], words: &str) {
    if let Some(node) = open.last_mut() {
        node.text.push_str(words);
    }
}

fn put(open: &mut [Node], whole: &mut Option<Node>, node: Node) {
    match open.last_mut() {
        Some(parent) => parent.children.push(node),
        None => *whole = Some(node),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents() {
        let read =
            parse("<?xml version=\"1.0\"?><a><b>x &amp; &#13;&#x1F600;</b><c/><d><![CDATA[<y>]]></d></a>")
                .unwrap();
        assert_eq!((read.name.as_str(), read.children.len()), ("a", 3));
        assert_eq!(read.child("b").unwrap().text, "x & \r😀");
        assert_eq!(read.get("d"), "<y>");
        assert!(!read.is_foreign());
        assert!(parse("<a xmlns=\"x\"/>").unwrap().is_foreign());
    }

    #[test]
    fn what_is_broken_or_wicked_is_refused() {
        for text in
            ["", "<a>", "<a></b>", "words", "<a>&bomb;</a>", "<!DOCTYPE a [<!ENTITY b \"x\">]><a>&b;</a>"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&"<a>".repeat(100)).is_err());
    }
}
