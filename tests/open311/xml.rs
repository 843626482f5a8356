//! A small XML reader for tests: elements and text, nothing else, and a panic for anything that is not well-formed.
//! Not the product's own, so that a fault there cannot hide itself.

/// An element.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) children: Vec<Node>,
}

impl Node {
    /// The text of the child of this name; empty when it is empty or not there.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.child(name).map_or("", |c| c.text.as_str())
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|c| c.name == name)
    }
}

/// Reads a whole document; panics with what is wrong.
pub(crate) fn parse(text: &str) -> Node {
    let head = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";
    let mut rest = text.strip_prefix(head).unwrap_or_else(|| panic!("no declaration: {text}")).trim_start();
    let node = element(&mut rest);
    assert!(rest.trim().is_empty(), "after the end: {rest}");
    node
}

fn element(rest: &mut &str) -> Node {
    let inside = rest.strip_prefix('<').unwrap_or_else(|| panic!("no element: {rest}"));
    let end = inside.find('>').expect("the end of a tag");
    let (tag, after) = (&inside[..end], &inside[end + 1..]);
    *rest = after;
    if let Some(name) = tag.strip_suffix('/') {
        return Node { name: plain(name), ..Node::default() };
    }
    let mut node = Node { name: plain(tag), ..Node::default() };
    loop {
        let next = rest.find('<').expect("the end of an element");
        node.text.push_str(&unescaped(&rest[..next]));
        *rest = &rest[next..];
        if let Some(after) = rest.strip_prefix("</") {
            let end = after.find('>').expect("the end of a tag");
            assert_eq!(&after[..end], node.name, "closes another element");
            *rest = &after[end + 1..];
            return node;
        }
        node.children.push(element(rest));
    }
}

fn plain(name: &str) -> String {
    assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit()), "tag {name:?}");
    name.to_owned()
}

fn unescaped(text: &str) -> String {
    // A parser makes one line feed of a bare carriage return.
    let mut out = text.replace("\r\n", "\n").replace('\r', "\n");
    for (from, to) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#13;", "\r")] {
        out = out.replace(from, to);
    }
    let left = out.replace("&amp;", "");
    assert!(!left.contains('&'), "an entity nobody knows: {text}");
    out.replace("&amp;", "&")
}
