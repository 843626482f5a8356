//! HTML of the fediverse made plain: what a reader sees, with links in full.
//!
//! Only the tokenizer of the HTML standard is used, no tree: a tree of hostile markup can grow with the
//! square of its input, tokens cannot. Nothing of the markup survives, so no page ever shows HTML from outside.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, CharacterTokens, EndTag, StartTag, Tag, TagToken, Token, TokenSink, TokenSinkResult,
    Tokenizer,
};

use crate::intake::manners;

/// Longest HTML that is read; more is cut (the post limit is 64 KB of text).
const MAX_HTML_BYTES: usize = 256 * 1024;
/// Longest text of one post.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;

/// The words of an HTML fragment: `<br>` and blocks become lines, entities are read, shortened links come
/// back in full, and what servers hide for old clients (`quote-inline`) is left out.
#[must_use]
pub fn from_html(html: &str) -> String {
    let sink = Words::default();
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(cut(html, MAX_HTML_BYTES)));
    let tokens = Tokenizer::new(sink, html5ever::tokenizer::TokenizerOpts::default());
    // A script's end hands control back to the caller; there is none to run, so reading goes on.
    while !input.is_empty() {
        let _ = tokens.feed(&input);
    }
    tokens.end();
    let state = tokens.sink.state.into_inner();
    tidy(&state.finish())
}

/// The form for comparing, of HTML.
#[must_use]
pub fn plain_of_html(html: &str) -> String {
    manners::plain(&from_html(html))
}

/// Takes our own account's name out of the mentions at the front: "@city @ana lamp out" becomes "@ana lamp out".
/// `names` are our handles without `@`: "city", "city@social.example".
#[must_use]
pub fn without_leading(text: &str, names: &[&str]) -> String {
    let mut kept = String::new();
    let mut rest = text.trim_start();
    while rest.starts_with('@') {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if !manners::is_mention(word) {
            break;
        }
        let name = word.trim_start_matches('@').trim_end_matches([',', ':', ';', '.', '!', '-']);
        if !names.iter().any(|ours| ours.eq_ignore_ascii_case(name)) {
            kept.push_str(word);
            kept.push(' ');
        }
        rest = after.trim_start();
    }
    kept.push_str(rest);
    kept.trim_end().to_owned()
}

/// An address for people.
#[must_use]
pub fn is_web(address: &str) -> bool {
    address.starts_with("https://") || address.starts_with("http://")
}

/// A link in a text: its address where the words only show a part of it, else the words and the address behind them.
#[must_use]
pub fn link_in_words(words: &str, address: &str) -> String {
    let bare = |s: &str| {
        let s = s.trim_end_matches('…').trim_end_matches("...").trim_end_matches('/');
        s.trim_start_matches("https://").trim_start_matches("http://").to_owned()
    };
    let shown = bare(words.trim());
    if shown.is_empty() || bare(address).starts_with(&shown) {
        return address.to_owned();
    }
    format!("{words} ({address})")
}

/// At most that many bytes, cut between characters.
#[must_use]
pub fn cut(text: &str, most_bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(most_bytes)).unwrap_or(text)
}

#[derive(Default)]
struct Words {
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    out: String,
    link: Option<Link>,
    /// Depth inside something that is not shown: how many of `skip_name` are open.
    skipping: usize,
    skip_name: String,
    keeps_space: usize,
}

struct Link {
    href: String,
    is_name: bool,
    start: usize,
}

impl TokenSink for Words {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut state = self.state.borrow_mut();
        match token {
            CharacterTokens(text) => state.text(&text),
            TagToken(tag) => match tag.kind {
                StartTag => {
                    state.open(&tag);
                    // What stands in these is no markup: it ends at its own end tag only.
                    match &*tag.name {
                        "script" => return TokenSinkResult::RawData(RawKind::ScriptData),
                        "style" | "title" | "textarea" => return TokenSinkResult::RawData(RawKind::Rawtext),
                        _ => (),
                    }
                }
                EndTag => state.close(&tag.name),
            },
            _ => (),
        }
        TokenSinkResult::Continue
    }
}

impl State {
    fn text(&mut self, text: &str) {
        if self.skipping > 0 {
            return;
        }
        for c in text.chars() {
            match c {
                '\0' | '\u{AD}' => (),
                c if self.keeps_space == 0 && (c.is_ascii_whitespace() || c == '\u{A0}') => self.space(),
                '\r' => (),
                c => self.out.push(c),
            }
        }
    }

    fn space(&mut self) {
        if !self.out.ends_with([' ', '\n']) {
            self.out.push(' ');
        }
    }

    fn open(&mut self, tag: &Tag) {
        let name: &str = &tag.name;
        if self.skipping > 0 {
            if name == self.skip_name {
                self.skipping += 1;
            }
            return;
        }
        let class = attribute(tag, "class").unwrap_or_default();
        let has = |wanted: &str| class.split_ascii_whitespace().any(|c| c == wanted);
        match name {
            "script" | "style" | "template" | "title" | "head" => self.skip(name),
            _ if has("quote-inline") => self.skip(name),
            "br" => self.out.push('\n'),
            "img" => {
                let alt = attribute(tag, "alt").unwrap_or_default();
                self.text(&alt);
            }
            "a" => {
                self.end_link();
                let is_name = has("mention") || has("hashtag");
                self.link = Some(Link {
                    href: attribute(tag, "href").unwrap_or_default(),
                    is_name,
                    start: self.out.len(),
                });
            }
            "pre" => {
                self.block();
                self.keeps_space += 1;
            }
            _ if is_block(name) => self.block(),
            _ => (),
        }
    }

    fn close(&mut self, name: &str) {
        if self.skipping > 0 {
            if name == self.skip_name {
                self.skipping -= 1;
            }
            return;
        }
        match name {
            "a" => self.end_link(),
            "pre" => {
                self.keeps_space = self.keeps_space.saturating_sub(1);
                self.block();
            }
            "p" => {
                self.end_link();
                self.out.push_str("\n\n");
            }
            _ if is_block(name) => self.block(),
            _ => (),
        }
    }

    fn skip(&mut self, name: &str) {
        self.skipping = 1;
        name.clone_into(&mut self.skip_name);
    }

    fn block(&mut self) {
        self.end_link();
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    /// A link whose words are its own address, shortened or not, becomes the address; a named one keeps its
    /// name and shows the address behind it; mentions and hashtags keep only the name.
    fn end_link(&mut self) {
        let Some(link) = self.link.take() else { return };
        let words = self.out.get(link.start..).unwrap_or_default().trim();
        if link.is_name || !is_web(&link.href) || words.starts_with(['@', '#']) || words == link.href {
            return;
        }
        let whole = link_in_words(words, &link.href);
        let leads = self.out.get(link.start..).is_some_and(|s| s.starts_with(' '));
        self.out.truncate(link.start);
        if leads {
            self.out.push(' ');
        }
        self.out.push_str(&whole);
    }

    fn finish(mut self) -> String {
        self.end_link();
        self.out
    }
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "li"
            | "ul"
            | "ol"
            | "blockquote"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "hr"
            | "tr"
            | "table"
    )
}

fn attribute(tag: &Tag, name: &str) -> Option<String> {
    tag.attrs.iter().find(|a| &*a.name.local == name).map(|a| a.value.trim().to_owned())
}

/// No space at line ends, at most one empty line in a row, nothing around, at most 64 KB.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.lines() {
        let line = line.trim_end();
        if line.is_empty() {
            empty += 1;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if empty > 0 { "\n\n" } else { "\n" });
        }
        empty = 0;
        out.push_str(if out.is_empty() { line.trim_start() } else { line });
    }
    cut(&out, MAX_TEXT_BYTES).to_owned()
}

#[cfg(test)]
mod tests;
