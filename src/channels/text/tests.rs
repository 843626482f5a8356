//! HTML as real servers write it (Mastodon 4.x, GoToSocial, snac 2.75), and HTML as nobody should.

use super::*;
use proptest::prelude::*;

const MASTODON: &str = "<p><span class=\"h-card\" translate=\"no\"><a href=\"https://town.test/@resident\" class=\"u-url mention\">@<span>resident</span></a></span> On it. Public Works will look by Friday. <a href=\"https://onit.riverton.example/t/26-004217\" target=\"_blank\" rel=\"nofollow noopener\" translate=\"no\"><span class=\"invisible\">https://</span><span class=\"ellipsis\">onit.riverton.example/t/26-004</span><span class=\"invisible\">217</span></a></p>";
const GOTOSOCIAL: &str = "<p><span class=\"h-card\"><a href=\"https://town.test/@resident\" class=\"u-url mention\" rel=\"nofollow noreferrer noopener\" target=\"_blank\">@<span>resident</span></a></span> On it. Public Works will look by Friday. <a href=\"https://onit.riverton.example/t/26-004217\" rel=\"nofollow noreferrer noopener\" target=\"_blank\">https://onit.riverton.example/t/26-004217</a></p>";
const SNAC: &str = "<span class=\"h-card\"><a href=\"http://town.test/resident\" class=\"u-url mention\">@resident@town.test</a></span> On it. Public Works will look by Friday. <a href=\"https://onit.riverton.example/t/26-004217\" target=\"_blank\">https://onit.riverton.example/t/26-004217</a><br>";

#[test]
fn three_servers_one_plain_text() {
    let ours = "@resident@town.test On it. Public Works will look by Friday. https://onit.riverton.example/t/26-004217";
    let expect = manners::plain(ours);
    assert_eq!(expect, "On it. Public Works will look by Friday. https://onit.riverton.example/t/26-004217");
    for html in [MASTODON, GOTOSOCIAL, SNAC] {
        assert_eq!(plain_of_html(html), expect, "{html}");
    }
}

#[test]
fn readable_text() {
    let check = |html: &str, expect: &str| assert_eq!(from_html(html), expect, "{html}");
    check("<p>one</p><p>two<br>three<br />four</p>", "one\n\ntwo\nthree\nfour");
    check("Main &amp; Broad &lt;3 &#39;x&#39; &nbsp; &eacute; &#x1F6A7;", "Main & Broad <3 'x' é 🚧");
    // snac writes a bare ampersand
    check(
        "lamp out at Main & Broad<br>second line <i>bold</i>",
        "lamp out at Main & Broad\nsecond line bold",
    );
    check(
        "<a href=\"http://town.test?t=pothole\" class=\"mention hashtag\" rel=\"tag\">#pothole</a>",
        "#pothole",
    );
    check("<a href=\"https://x.test/tags/a\" class=\"mention hashtag\">#<span>a</span></a> b", "#a b");
    check(
        "see <a href=\"https://maps.test/?q=1\">Broad &amp; Market</a>.",
        "see Broad & Market (https://maps.test/?q=1).",
    );
    check("<a href=\"javascript:alert(1)\">hi</a>", "hi");
    check("<ul><li>one</li><li>two</li></ul>", "one\ntwo");
    check("<blockquote><p>they said</p></blockquote><p>I say</p>", "they said\n\nI say");
    check("<p class=\"quote-inline\">RE: <a href=\"https://a.test/1\">a</a></p><p>new</p>", "new");
    check("a<script>if (a<b) alert('x')</script>b<style>p{}</style>c", "abc");
    check("<p>x<img src=\"/e.png\" alt=\":pothole:\" class=\"custom-emoji\"/></p>", "x:pothole:");
    check("<pre>a\n  b</pre>c", "a\n  b\nc");
    check("  a \n b  ", "a b");
    check("", "");
    check("<p></p>", "");
    check("plain 1 < 2 > 0", "plain 1 < 2 > 0");
    check("a\u{0}b", "ab");
    check("<p>@city lamp", "@city lamp");
    check("<a href=\"https://x.test/\">https://x.test</a> end", "https://x.test/ end");
    check("<a href=\"https://x.test/a", "");
}

#[test]
fn our_own_name_at_the_front() {
    let names = ["city", "city@city.test"];
    let check = |text: &str, expect: &str| assert_eq!(without_leading(text, &names), expect, "{text}");
    check("@city lamp out", "lamp out");
    check("@city@city.test lamp out", "lamp out");
    check("@City@CITY.test: lamp out\nat Main", "lamp out\nat Main");
    check("@ana @city still dark", "@ana still dark");
    check("@city", "");
    check("hey @city lamp", "hey @city lamp");
    check("@citywatch lamp", "@citywatch lamp");
    check("@ lamp", "@ lamp");
    check("@city @city lamp", "lamp");
    check("", "");
}

#[test]
fn hostile_markup_costs_little() {
    let started = std::time::Instant::now();
    for html in [
        "<b>".repeat(100_000),
        "<a href=x>".repeat(30_000),
        format!("<p {}>x", (0..20_000).map(|i| format!("a{i} ")).collect::<String>()),
        "&".repeat(300_000),
        "&#".repeat(100_000),
        "<".repeat(300_000),
        "<!--".repeat(60_000),
        "<script>".repeat(30_000),
        "<p class=quote-inline>".repeat(10_000),
        "@".repeat(200_000),
        "é".repeat(200_000),
    ] {
        assert!(from_html(&html).len() <= MAX_TEXT_BYTES);
        let _ = plain_of_html(&html);
    }
    let spent = started.elapsed();
    assert!(spent.as_secs() < 20, "{spent:?}");
}

proptest! {
    #[test]
    fn never_panics_and_is_tidy(html in "(\\PC|[<>&;/\"'=a-z \\n@#])*") {
        let text = from_html(&html);
        prop_assert!(!text.contains('\0'));
        prop_assert!(!text.contains("\n\n\n"));
        let _ = plain_of_html(&html);
        let _ = without_leading(&html, &["city"]);
    }

    #[test]
    fn escaped_text_comes_back(text in "[a-zA-Z0-9 .,!?äöüéñ🚧<>&\"']{0,80}") {
        let html = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        let expect = text.split_whitespace().collect::<Vec<_>>().join(" ");
        prop_assert_eq!(from_html(&format!("<p>{html}</p>")), expect);
    }
}
