//! What a channel can do: how long, how private, how to address somebody. Facts only, no sockets,
//! so that the wording step can render a reply that is final before any channel sees it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use super::envelope::Visibility;

/// How a network counts the length of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    /// Unicode scalar values.
    Chars,
    /// What people see as one sign.
    Graphemes,
    /// UTF-8 bytes.
    Bytes,
}

/// What a channel can do and how it wants to be written to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manners {
    /// Longest text, in `count` units; comes from the account's own server at set-up.
    pub max_length: usize,
    /// Unit of `max_length`.
    pub count: Count,
    /// A second bound in UTF-8 bytes, where the network has one (Bluesky: 3000).
    pub max_bytes: Option<usize>,
    /// Every link counts as this many, whatever its length; `None`: links count in full.
    pub url_length: Option<usize>,
    /// A question can be asked in the thread and its answer comes back.
    pub can_ask_in_thread: bool,
    /// The text must name the author, or the author is not told.
    pub needs_mention: bool,
    /// Kinds of visibility this channel can answer in without leaving them.
    pub private_kinds: Vec<Visibility>,
    /// A delivered reply can be changed in place.
    pub can_edit: bool,
    /// A delivered reply can be taken back.
    pub can_delete: bool,
    /// Writing a link costs money (X): leave links out unless policy says otherwise.
    pub links_cost: bool,
    /// How long after the first attempt the network itself refuses a second copy, in minutes; 0 = never,
    /// the largest number = always.
    pub own_guard_minutes: u32,
}

impl Manners {
    /// The fediverse, with the limits of the account's own server.
    #[must_use]
    pub fn mastodon(max_length: usize, url_length: usize) -> Self {
        Self {
            max_length,
            count: Count::Chars,
            max_bytes: None,
            url_length: Some(url_length),
            can_ask_in_thread: true,
            needs_mention: true,
            private_kinds: vec![Visibility::Private, Visibility::Direct],
            can_edit: true,
            can_delete: true,
            links_cost: false,
            // Mastodon keeps the key 60 minutes; other servers ignore it, so the key is never the proof.
            own_guard_minutes: 55,
        }
    }

    /// Bluesky: the same limits for everybody, and a record's key belongs to us for ever.
    #[must_use]
    pub fn bluesky() -> Self {
        Self {
            max_length: 300,
            count: Count::Graphemes,
            max_bytes: Some(3_000),
            url_length: None,
            can_ask_in_thread: true,
            // A reply is told to the author by the network itself.
            needs_mention: false,
            private_kinds: Vec::new(),
            can_edit: false,
            can_delete: true,
            links_cost: false,
            own_guard_minutes: u32::MAX,
        }
    }

    /// The city's own form: the answer is the ticket page, nothing is sent into a thread.
    #[must_use]
    pub fn web_form() -> Self {
        Self {
            max_length: 4_000,
            count: Count::Graphemes,
            max_bytes: None,
            url_length: None,
            can_ask_in_thread: false,
            needs_mention: false,
            private_kinds: Vec::new(),
            can_edit: false,
            can_delete: false,
            links_cost: false,
            own_guard_minutes: 0,
        }
    }

    /// Posts read from a file: nobody is there to answer.
    #[must_use]
    pub fn replay() -> Self {
        Self { max_length: 500, ..Self::web_form() }
    }

    /// What stands in front of the text so that the author is told; empty where the network tells by itself.
    #[must_use]
    pub fn address(&self, handle: &str) -> String {
        let handle = handle.trim().trim_start_matches('@');
        if !self.needs_mention || handle.is_empty() || handle.contains(char::is_whitespace) {
            return String::new();
        }
        format!("@{handle} ")
    }

    /// Length of a reply in this channel's own units, the content warning included.
    #[must_use]
    pub fn length(&self, text: &str, spoiler_text: Option<&str>) -> usize {
        self.length_of(text) + spoiler_text.map_or(0, |s| self.length_of(s))
    }

    /// True when the network will take the text for its length.
    #[must_use]
    pub fn fits(&self, text: &str, spoiler_text: Option<&str>) -> bool {
        let bytes = text.len() + spoiler_text.map_or(0, str::len);
        self.length(text, spoiler_text) <= self.max_length && self.max_bytes.is_none_or(|most| bytes <= most)
    }

    /// Visibility of the answer to a post: never wider than the post, and never into public timelines.
    /// A followers-only post is answered directly: "private" would show our answer to our own followers.
    #[must_use]
    pub const fn answer_visibility(of: Visibility) -> Visibility {
        if of.is_open() { Visibility::Unlisted } else { Visibility::Direct }
    }

    fn length_of(&self, text: &str) -> usize {
        let Some(url_length) = self.url_length else { return self.count_of(text) };
        let mut total = 0;
        let mut rest = text;
        while let Some((start, end)) = next_link(rest) {
            total += self.count_of(rest.get(..start).unwrap_or_default()) + url_length;
            rest = rest.get(end..).unwrap_or_default();
        }
        total + self.count_of(rest)
    }

    fn count_of(&self, text: &str) -> usize {
        match self.count {
            Count::Chars => text.chars().count(),
            Count::Graphemes => text.graphemes(true).count(),
            Count::Bytes => text.len(),
        }
    }
}

/// Byte range of the first http(s) link.
fn next_link(text: &str) -> Option<(usize, usize)> {
    let start = ["https://", "http://"].iter().filter_map(|scheme| text.find(scheme)).min()?;
    let long = text
        .get(start..)?
        .find(|c: char| c.is_whitespace() || c == '<' || c == '"')
        .unwrap_or(text.len() - start);
    Some((start, start + long))
}

/// One form of a text for comparing what was approved with what stands on the network:
/// leading mentions dropped, other mentions cut to their local part, white space folded, NFC,
/// and the signs some servers read as formatting (`*`, `_`, `` ` ``, `~`) taken out.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut words =
        text.split(|c: char| c.is_whitespace() || is_invisible(c)).filter(|w| !w.is_empty()).peekable();
    while words.next_if(|word| is_mention(word)).is_some() {}
    let mut out = String::with_capacity(text.len());
    for word in words {
        let word: Cow<'_, str> = if is_mention(word) { local_part(word) } else { Cow::Borrowed(word) };
        let start = out.len();
        if !out.is_empty() {
            out.push(' ');
        }
        let before = out.len();
        out.extend(word.nfc().filter(|c| !matches!(c, '*' | '_' | '`' | '~')));
        if out.len() == before {
            out.truncate(start);
        }
    }
    out
}

/// Signs that take no room and that servers drop or add at will.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}' | '\u{2060}' | '\u{FEFF}' | '\u{0}')
}

/// `@ana`, `@ana@town.test`, with trailing punctuation or without.
pub(crate) fn is_mention(word: &str) -> bool {
    word.strip_prefix('@').is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// `@ana@town.test,` becomes `@ana,`.
fn local_part(word: &str) -> Cow<'_, str> {
    let Some((at, _)) = word.char_indices().skip(1).find(|(_, c)| *c == '@') else {
        return Cow::Borrowed(word);
    };
    let host = word.get(at + 1..).unwrap_or_default();
    let tail = host.trim_end_matches(|c: char| !c.is_alphanumeric()).len();
    Cow::Owned(format!("{}{}", word.get(..at).unwrap_or_default(), host.get(tail..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_forms() {
        let check = |text: &str, expect: &str| assert_eq!(plain(text), expect, "{text:?}");
        check("@ana@town.test On it.", "On it.");
        check("@ana @bob@x.test  On\n\nit. ", "On it.");
        check("Thanks @ana@town.test, done", "Thanks @ana, done");
        check("", "");
        check("@ana@town.test", "");
        check("by *Friday* at `5`", "by Friday at 5");
        check("a \u{a0}b\u{200b}", "a b");
        check("Cafe\u{301}", "Café");
        check("a ** b", "a b");
        check("mail me@home.test", "mail me@home.test");
    }

    #[test]
    fn lengths() {
        let masto = Manners::mastodon(500, 23);
        let check = |text: &str, expect: usize| assert_eq!(masto.length(text, None), expect, "{text:?}");
        check("On it. https://onit.riverton.example/t/26-004217", 7 + 23);
        check("http://a.test", 23);
        check("see https://a.test and https://b.test/x?y=z.", 4 + 23 + 5 + 23);
        check("plain 🚧", 7);
        assert_eq!(masto.length("ab", Some("cde")), 5);
        assert!(masto.fits(&"a".repeat(500), None) && !masto.fits(&"a".repeat(501), None));
        let sky = Manners::bluesky();
        assert!(sky.fits(&"👨‍👩‍👧‍👦".repeat(100), None));
        assert!(!sky.fits(&"👨‍👩‍👧‍👦".repeat(200), None), "bytes");
        assert!(!sky.fits(&"a".repeat(301), None));
    }

    #[test]
    fn addresses() {
        let masto = Manners::mastodon(500, 23);
        assert_eq!(masto.address("ana@town.test"), "@ana@town.test ");
        assert_eq!(masto.address("@ana"), "@ana ");
        assert_eq!(masto.address(""), "");
        assert_eq!(masto.address("ana @bob"), "", "a handle that would name somebody else is not used");
        assert_eq!(Manners::web_form().address("ana"), "");
        assert_eq!(Manners::answer_visibility(Visibility::Public), Visibility::Unlisted);
        assert_eq!(Manners::answer_visibility(Visibility::Private), Visibility::Direct);
    }

    proptest! {
        #[test]
        fn plain_is_stable_and_never_panics(text in ".*") {
            let once = plain(&text);
            let masto = Manners::mastodon(500, 23);
            let _ = masto.length(&text, Some(&once));
            prop_assert!(!once.contains("  "));
            prop_assert!(!once.starts_with(' ') && !once.ends_with(' '));
        }
    }
}
