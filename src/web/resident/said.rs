//! What was said in public about a ticket: the city's own words, and of residents only what the city chose to show.
//!
//! `residents_words = "link"`: a neighbor, and a link to where they wrote. `"redacted"`: their words with private
//! data hidden, and their name shortened. The city's replies lose the handle they begin with in both cases.

use std::collections::HashMap;

use super::words::Words;
use crate::insights::public::{PostLine, ReplyLine, TicketPage};
use crate::intake::page_of;
use crate::settings::ResidentsWords;
use crate::span::Span;
use crate::triage::{PersonalKind, Reading};
use crate::web::view::ticket::Said;
use crate::web::view::{Mark, Piece, pieces};

/// Readings (JSON) by post: what must be hidden.
pub(super) type Readings = HashMap<i64, String>;

/// All lines, oldest first. A reply that went to several people in the same words is one line.
pub(super) fn thread(words: &Words<'_>, page: &TicketPage, readings: &Readings) -> Vec<Said> {
    chosen(words, &page.ticket.number, &page.posts, &page.replies, readings)
}

/// The lines of these posts and replies alone. The page's own address is left out of replies: the number says it.
pub(super) fn chosen(
    words: &Words<'_>,
    number: &str,
    posts: &[PostLine],
    replies: &[ReplyLine],
    readings: &Readings,
) -> Vec<Said> {
    let own = words.settings.server.link(&format!("/t/{number}"));
    let mut lines = lines(words, posts, replies, readings);
    for piece in lines.iter_mut().filter(|line| line.official).flat_map(|line| &mut line.pieces) {
        piece.text = piece.text.replace(&own, "").split_whitespace().collect::<Vec<_>>().join(" ");
    }
    lines
}

fn lines(words: &Words<'_>, posts: &[PostLine], replies: &[ReplyLine], readings: &Readings) -> Vec<Said> {
    let mut lines: Vec<(crate::db::types::Ts, Said)> = Vec::new();
    for (nth, post) in posts.iter().enumerate() {
        lines.push((post.created_at, resident(words, post, nth > 0, readings)));
    }
    for (reply, people) in once_each(replies) {
        let Some(at) = reply.delivered_at else { continue };
        lines.push((at, official(words, reply, people)));
    }
    lines.sort_by_key(|(at, _)| *at);
    lines.into_iter().map(|(_, said)| said).collect()
}

fn resident(words: &Words<'_>, post: &PostLine, indented: bool, readings: &Readings) -> Said {
    let shown = words.settings.policy.residents_words == ResidentsWords::Redacted;
    // Without a reading nobody knows what is private in it: nothing is shown.
    let reading = readings.get(&post.id).and_then(|body| serde_json::from_str::<Reading>(body).ok());
    let reading = reading.filter(|_| shown);
    let who = if shown { shortened(&post.name) } else { None };
    Said {
        initials: who.as_deref().map(initials).unwrap_or_else(|| "N".to_owned()),
        who: who.unwrap_or_else(|| "A neighbor".to_owned()),
        via: via(&post.channel),
        when: words.when(post.created_at),
        pieces: reading.as_ref().map(|r| redacted(&post.text, r)).unwrap_or_default(),
        lang: reading
            .map(|r| r.language)
            .filter(|l| *l != words.lang)
            .map(|l| l.as_str().to_owned())
            .unwrap_or_default(),
        note: if indented { "Joined to this request.".to_owned() } else { String::new() },
        href: page_of(&post.uri).unwrap_or_default(),
        indented,
        ..Said::default()
    }
}

fn redacted(text: &str, reading: &Reading) -> Vec<Piece> {
    let hidden: Vec<(Span, String)> = reading
        .personal_data
        .iter()
        .map(|p| (Span { start: p.start, end: p.end }, format!("{} hidden", kind_of(p.kind))))
        .collect();
    // Whom the post is addressed to goes without a trace, other handles leave a mark.
    let lead = text.chars().take_while(|c| c.is_whitespace()).count();
    let mut marks = hidden;
    let mut opening = lead;
    for (span, label) in handle_spans(text) {
        let first = span.start == opening;
        let gap = text.chars().skip(span.end).take_while(|c| c.is_whitespace()).count();
        if first {
            opening = span.end + gap;
        }
        marks.push((span, if first { String::new() } else { label }));
    }
    let mut shown = pieces(text, &[], &[], &marks);
    shown.retain(|piece| !piece.text.trim().is_empty() || piece.mark == Mark::None);
    while shown.first().is_some_and(|piece| piece.text.trim().is_empty()) {
        shown.remove(0);
    }
    if let Some(first) = shown.first_mut().filter(|piece| piece.mark == Mark::None) {
        first.text = first.text.trim_start().to_owned();
    }
    shown
}

fn handle_spans(text: &str) -> Vec<(Span, String)> {
    let letters: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let starts = letters[at] == '@' && (at == 0 || !letters[at - 1].is_alphanumeric());
        let length = letters[at..].iter().take_while(|c| !c.is_whitespace()).count();
        if starts && length > 1 {
            found.push((Span { start: at, end: at + length }, "name hidden".to_owned()));
            at += length;
        } else {
            at += 1;
        }
    }
    found
}

fn kind_of(kind: PersonalKind) -> &'static str {
    match kind {
        PersonalKind::Phone => "phone number",
        PersonalKind::Email => "e-mail",
        PersonalKind::Plate => "plate",
        PersonalKind::Ssn | PersonalKind::Card => "number",
        PersonalKind::Address | PersonalKind::Neighbor => "address",
        PersonalKind::Name => "name",
    }
}

/// "Ana Martins" -> "Ana M."; names that are addresses or handles are not shown at all.
fn shortened(name: &str) -> Option<String> {
    let mut parts = name.split_whitespace();
    let first = parts.next().filter(|f| f.chars().all(|c| c.is_alphabetic() || "-’'.".contains(c)))?;
    let last = parts.last().and_then(|l| l.chars().next()).filter(|c| c.is_alphabetic());
    let first: String = first.chars().take(24).collect();
    Some(last.map_or_else(|| first.clone(), |l| format!("{first} {}.", l.to_uppercase())))
}

fn initials(name: &str) -> String {
    name.split_whitespace()
        .filter_map(|part| part.chars().next())
        .take(2)
        .flat_map(char::to_uppercase)
        .collect()
}

/// Where it was said.
fn via(channel: &str) -> String {
    match channel {
        "mastodon" => "on Mastodon",
        "bluesky" => "on Bluesky",
        "x" => "on X",
        "facebook" => "on Facebook",
        "instagram" => "on Instagram",
        "threads" => "on Threads",
        "telegram" => "on Telegram",
        "email" => "by e-mail",
        "sms" => "by text message",
        "web_form" => "with the form on this site",
        "phone" => "by phone",
        _ => "",
    }
    .to_owned()
}

/// Replies of the same kind, in the same words but for the name: the first of them, and how many people got it.
fn once_each(replies: &[ReplyLine]) -> Vec<(&ReplyLine, usize)> {
    let mut lines: Vec<(&ReplyLine, String, usize)> = Vec::new();
    for reply in replies {
        let words = public_words(reply);
        match lines.iter_mut().find(|(known, text, _)| known.kind == reply.kind && *text == words) {
            Some((_, _, people)) => *people += 1,
            None => lines.push((reply, words, 1)),
        }
    }
    lines.into_iter().map(|(reply, _, people)| (reply, people)).collect()
}

fn official(words: &Words<'_>, reply: &ReplyLine, people: usize) -> Said {
    let lang = if reply.language == words.lang.as_str() { String::new() } else { reply.language.clone() };
    Said {
        who: words.settings.city.account_name.clone(),
        official: true,
        via: if people > 1 { format!("to {people} people who wrote") } else { via(&reply.channel) },
        when: reply.delivered_at.map(|at| words.when(at)).unwrap_or_default(),
        pieces: vec![Piece { text: public_words(reply), mark: Mark::None }],
        lang,
        href: reply.delivered_uri.as_deref().and_then(page_of).unwrap_or_default(),
        ..Said::default()
    }
}

/// The words of a reply without the people it names.
pub(super) fn public_words(reply: &ReplyLine) -> String {
    let mut rest = reply.text.trim_start();
    while let Some(after) =
        rest.strip_prefix('@').and_then(|r| r.split_once(char::is_whitespace)).map(|(_, a)| a)
    {
        rest = after.trim_start();
    }
    let handle = reply.handle.trim().trim_start_matches('@');
    if handle.is_empty() { rest.to_owned() } else { rest.replace(&format!("@{handle}"), "you") }
}

/// Drops the sentence that holds the number: "On it. … by Wed Nov 25. Follow it: 26-004217 https://…".
pub(super) fn without_number(text: &str, number: &str) -> String {
    let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let kept: Vec<&str> =
        folded.split_inclusive(". ").filter(|sentence| !sentence.contains(number)).collect();
    let kept = kept.concat().trim().to_owned();
    if kept.is_empty() { folded } else { kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(text: &str, handle: &str) -> ReplyLine {
        ReplyLine {
            post_id: 1,
            kind: "on_it".into(),
            channel: "mastodon".into(),
            text: text.into(),
            language: "en".into(),
            delivered_at: None,
            delivered_uri: None,
            handle: handle.into(),
        }
    }

    #[test]
    fn replies_lose_the_people_they_name() {
        let check =
            |text: &str, expect: &str| assert_eq!(public_words(&reply(text, "ana@social.example")), expect);
        check("@ana@social.example On it.", "On it.");
        check("@ana@social.example @ben On it.", "On it.");
        check("On it, @ana@social.example.", "On it, you.");
        check("On it.", "On it.");
        check("@", "@");
        let two = [reply("@ana@social.example On it.", "ana@social.example"), reply("@ben On it.", "ben")];
        assert_eq!(once_each(&two).iter().map(|(_, n)| *n).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn the_promise_without_its_number() {
        let check = |text: &str, expect: &str| assert_eq!(without_number(text, "26-000001"), expect);
        check(
            "On it. Done by Wed. Follow it: 26-000001 https://r.example/t/26-000001",
            "On it. Done by Wed.",
        );
        check("On it, 26-000001", "On it, 26-000001");
        check("On it.  Done\nby Wed.", "On it. Done by Wed.");
    }

    #[test]
    fn names_are_shortened() {
        let check =
            |name: &str, expect: Option<&str>| assert_eq!(shortened(name).as_deref(), expect, "{name}");
        check("Ana Martins", Some("Ana M."));
        check("Ana Maria de Souza", Some("Ana S."));
        check("Ana", Some("Ana"));
        check("@ana@social.example", None);
        check("ana@social.example", None);
        check("", None);
        check("xX_42_Xx", None);
        assert_eq!(initials("Ana M."), "AM");
    }

    #[test]
    fn redacted_posts_start_with_their_words() {
        let reading = Reading {
            kind: crate::triage::Kind::Report,
            kind_p: 1.0,
            report_p: 1.0,
            services: Vec::new(),
            concerns: Vec::new(),
            urgency: crate::settings::Urgency::Normal,
            urgency_evidence: Vec::new(),
            welfare: false,
            language: crate::settings::Lang::En,
            personal_data: Vec::new(),
            version: String::new(),
        };
        let check = |text: &str, expect: &str| {
            let shown: String = redacted(text, &reading).into_iter().map(|p| p.text).collect();
            assert_eq!(shown, expect, "{text}");
        };
        check(" @city @other@x.example Lamp out, ask @ben", "Lamp out, ask name hidden");
        check("Lamp out @city", "Lamp out name hidden");
        check("@city", "");
        check("", "");
    }

    #[test]
    fn handles_in_posts_are_hidden() {
        let check = |text: &str, expect: &[(usize, usize)]| {
            let got: Vec<_> = handle_spans(text).into_iter().map(|(s, _)| (s.start, s.end)).collect();
            assert_eq!(got, expect, "{text}");
        };
        check("@city hello @ben@x.example.", &[(0, 5), (12, 27)]);
        check("at 3 @ noon, a@b.c", &[]);
        check("(@ben)", &[(1, 6)]);
    }
}
