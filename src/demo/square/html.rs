//! Text of a post as Mastodon treats it: finds links, mentions and hashtags, counts length, makes HTML.
//!
//! Pure. Knows no accounts: the caller says which mentions are real.

use std::sync::LazyLock;

use regex::Regex;
use unicode_segmentation::UnicodeSegmentation;

/// Every link counts as this many characters, however long it is.
const LINK_LENGTH: usize = 23;
/// Links are shown with this many characters after the scheme; the rest is an invisible span.
const LINK_SHOWN: usize = 30;

/// A run of a post's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Ordinary words.
    Words(&'a str),
    /// An `http` or `https` address.
    Link(&'a str),
    /// `@name` or `@name@host`.
    Mention {
        /// As written, with the `@`.
        whole: &'a str,
        /// The account name alone.
        name: &'a str,
        /// The host, if one was written.
        host: Option<&'a str>,
    },
    /// `#word` with at least one letter; the word alone.
    Tag(&'a str),
}

// A constant pattern: it compiles or no test passes.
static SPECIAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?x)
        (?P<link>https?://[^\s<>"']+)
        | @(?P<name>[A-Za-z0-9_]+)(?:@(?P<host>[A-Za-z0-9.\-]*[A-Za-z0-9](?::[0-9]{2,5})?))?
        | \#(?P<tag>\w*[\p{L}_]\w*)"#,
    )
    .ok()
});

/// Cuts a text into its runs; joined again they give the text.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    let Some(special) = SPECIAL.as_ref() else { return vec![Token::Words(text)] };
    for capture in special.captures_iter(text) {
        let Some(whole) = capture.get(0) else { continue };
        if !may_start(text, whole.start(), capture.name("link").is_some()) {
            continue;
        }
        let token = match (capture.name("link"), capture.name("name"), capture.name("tag")) {
            (Some(link), _, _) => Token::Link(without_closing(link.as_str())),
            (_, Some(name), _) => Token::Mention {
                whole: whole.as_str(),
                name: name.as_str(),
                host: capture.name("host").map(|host| host.as_str()),
            },
            (_, _, Some(tag)) => Token::Tag(tag.as_str()),
            _ => continue,
        };
        let end = match token {
            Token::Link(link) => whole.start() + link.len(),
            _ => whole.end(),
        };
        if whole.start() > at {
            found.push(Token::Words(&text[at..whole.start()]));
        }
        found.push(token);
        at = end;
    }
    if at < text.len() {
        found.push(Token::Words(&text[at..]));
    }
    found
}

/// A mention or tag glued to a word (`me@home`, `a#b`) or inside an address is neither.
fn may_start(text: &str, start: usize, is_link: bool) -> bool {
    let before = text[..start].chars().next_back();
    is_link || before.is_none_or(|c| !(c.is_alphanumeric() || c == '_' || c == '/' || c == '='))
}

/// A full stop or bracket after an address belongs to the sentence.
fn without_closing(link: &str) -> &str {
    let trimmed = link.trim_end_matches(['.', ',', ';', ':', '!', '?', '\u{2026}', '\u{201d}']);
    if trimmed.contains('(') { trimmed } else { trimmed.trim_end_matches(')') }
}

/// Length as Mastodon counts it, in characters as people see them: links 23, mentions without their host.
pub(super) fn length(text: &str) -> usize {
    let graphemes = |words: &str| words.graphemes(true).count();
    tokens(text)
        .into_iter()
        .map(|token| match token {
            Token::Words(words) => graphemes(words),
            Token::Link(_) => LINK_LENGTH,
            Token::Mention { name, .. } => graphemes(name) + 1,
            Token::Tag(tag) => graphemes(tag) + 1,
        })
        .sum()
}

/// The text without the mentions it begins with: what a person reads in the thread.
pub(super) fn without_leading_mentions(text: &str) -> &str {
    let mut rest = text.trim_start();
    while let Some(Token::Mention { whole, .. }) = tokens(rest).first().copied() {
        rest = rest[whole.len()..].trim_start();
    }
    rest
}

/// The post as HTML: paragraphs, line breaks, links with invisible spans, mentions as h-cards, hashtags.
/// `profile` gives the address of a mentioned account's page, or nothing when there is no such account.
pub(super) fn to_html(
    text: &str,
    base_url: &str,
    profile: impl Fn(&str, Option<&str>) -> Option<String>,
) -> String {
    let text = text.replace("\r\n", "\n");
    let paragraphs = text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty());
    paragraphs.map(|paragraph| format!("<p>{}</p>", inline(paragraph.trim(), base_url, &profile))).collect()
}

fn inline(
    paragraph: &str,
    base_url: &str,
    profile: &impl Fn(&str, Option<&str>) -> Option<String>,
) -> String {
    tokens(paragraph)
        .into_iter()
        .map(|token| match token {
            Token::Words(words) => escape(words).replace('\n', "<br />"),
            Token::Link(link) => link_html(link),
            Token::Mention { whole, name, host } => match profile(name, host) {
                Some(url) => format!(
                    "<span class=\"h-card\" translate=\"no\"><a href=\"{}\" class=\"u-url mention\">@<span>{}</span></a></span>",
                    escape(&url),
                    escape(name)
                ),
                None => escape(whole),
            },
            Token::Tag(tag) => format!(
                "<a href=\"{base_url}/tags/{}\" class=\"mention hashtag\" rel=\"tag\">#<span>{}</span></a>",
                escape(&tag.to_lowercase()),
                escape(tag)
            ),
        })
        .collect()
}

fn link_html(link: &str) -> String {
    let scheme_end = link.find("://").map_or(0, |at| at + 3);
    let prefix_end = scheme_end + if link[scheme_end..].starts_with("www.") { 4 } else { 0 };
    let (prefix, rest) = link.split_at(prefix_end);
    let cut = rest.char_indices().nth(LINK_SHOWN).map(|(at, _)| at);
    let (shown, hidden) = rest.split_at(cut.unwrap_or(rest.len()));
    let class = if cut.is_some() { "ellipsis" } else { "" };
    format!(
        "<a href=\"{}\" target=\"_blank\" rel=\"nofollow noopener\" translate=\"no\"><span class=\"invisible\">{}</span><span class=\"{class}\">{}</span><span class=\"invisible\">{}</span></a>",
        escape(link),
        escape(prefix),
        escape(shown),
        escape(hidden)
    )
}

/// Escapes as Rails does, quotes included.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn html(text: &str) -> String {
        to_html(text, "http://square", |name, host| {
            (name == "City" && host.is_none()).then(|| "http://square/@City".to_owned())
        })
    }

    #[test]
    fn text_becomes_the_html_mastodon_makes() {
        let check = |text: &str, expect: &str| assert_eq!(html(text), expect, "{text}");
        check("Broad & Market <b>", "<p>Broad &amp; Market &lt;b&gt;</p>");
        check("one\ntwo\n\nthree", "<p>one<br />two</p><p>three</p>");
        check(
            "@City hi",
            "<p><span class=\"h-card\" translate=\"no\"><a href=\"http://square/@City\" class=\"u-url mention\">@<span>City</span></a></span> hi</p>",
        );
        check("@nobody hi me@City.test", "<p>@nobody hi me@City.test</p>");
        check("Ticket #1 is 26-004217", "<p>Ticket #1 is 26-004217</p>");
        check(
            "#Ice",
            "<p><a href=\"http://square/tags/ice\" class=\"mention hashtag\" rel=\"tag\">#<span>Ice</span></a></p>",
        );
        check(
            "see http://x.test/t/26-004217.",
            "<p>see <a href=\"http://x.test/t/26-004217\" target=\"_blank\" rel=\"nofollow noopener\" translate=\"no\"><span class=\"invisible\">http://</span><span class=\"\">x.test/t/26-004217</span><span class=\"invisible\"></span></a>.</p>",
        );
    }

    #[test]
    fn long_links_hide_their_tail() {
        let made = html("https://www.example.test/a/very/long/path/that/goes/on");
        assert!(made.contains("<span class=\"invisible\">https://www.</span><span class=\"ellipsis\">"));
        assert!(made.contains("example.test/a/very/long/path/</span><span class=\"invisible\">that/goes/on"));
    }

    #[test]
    fn length_counts_links_and_mentions_as_mastodon_does() {
        let check = |text: &str, expect: usize| assert_eq!(length(text), expect, "{text}");
        check("12345", 5);
        check("@City@long.host.test hi", 8);
        check("https://example.test/a/very/long/path/that/goes/on", 23);
        check("👩‍🚒ß", 2);
    }

    #[test]
    fn leading_mentions_are_not_read() {
        assert_eq!(without_leading_mentions("@City @Joy hello @you"), "hello @you");
        assert_eq!(without_leading_mentions("@City"), "");
    }

    proptest! {
        #[test]
        fn tokens_join_to_the_text(text in "\\PC{0,60}|[@#a-z:/. é&<]{0,60}") {
            let joined: String = tokens(&text).into_iter().map(|token| match token {
                Token::Words(words) => words.to_owned(),
                Token::Link(link) => link.to_owned(),
                Token::Mention { whole, .. } => whole.to_owned(),
                Token::Tag(tag) => format!("#{tag}"),
            }).collect();
            prop_assert_eq!(joined, text);
        }

        #[test]
        fn html_never_holds_a_foreign_tag(text in "[<>\"'&a-z@#:/ ]{0,60}") {
            let made = html(&text);
            for tag in made.split('<').skip(1) {
                prop_assert!(["p>", "/p>", "br ", "a h", "/a>", "spa", "/sp"].iter().any(|ok| tag.starts_with(ok)));
            }
        }
    }
}
