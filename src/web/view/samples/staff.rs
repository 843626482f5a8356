//! Staff and mayor pages.

use super::ticket::{fact, history};
use super::{chip, choice, link, map, photo, pieces, s, staff_shell, stopped_shell, when};
use crate::web::view::board::{Answer, Board, Clock, Group, Queue, QueueRow, StaffTicket};
use crate::web::view::pane::{
    Check, Composer, Danger, Guess, Moves, NearTicket, Note, OutReply, Pane, StaffPost, WhyLine, WhyWord,
};
use crate::web::view::review::{Review, SetAside, SetAsideRow};
use crate::web::view::{Empty, FieldError, FilterChip, Pager};

fn row(
    title: &str,
    sure: &str,
    words: &str,
    meta: &[&str],
    clock: (&str, &str, u8),
    whose: &str,
) -> QueueRow {
    QueueRow {
        href: s("/staff/tickets/26-004301"),
        title: s(title),
        sure: s(sure),
        pieces: pieces(words),
        meta: meta.iter().map(|m| s(m)).collect(),
        clock: Clock { words: s(clock.0), tone: s(clock.1), used_pct: clock.2 },
        whose: s(whose),
        ..QueueRow::default()
    }
}

fn answer(key: &str, label: &str) -> Answer {
    Answer {
        key: s(key),
        label: s(label),
        action: s("/staff/review/7/open"),
        name: s("service"),
        value: s(key),
    }
}

fn group(key: &str, title: &str, reason: &str, rows: Vec<QueueRow>) -> Group {
    Group { key: s(key), title: s(title), count: rows.len().to_string(), reason: s(reason), rows }
}

#[expect(clippy::too_many_lines, reason = "a sample is data")]
pub fn queue() -> Queue {
    let mut unsure = row(
        "Signal or street light?",
        "",
        "the thing on the corner by the {library} keeps [blinking all night], drives me nuts",
        &["Bluesky", "Library ± 90 m"],
        ("12 min", "soon", 70),
        "to answer",
    );
    unsure.answers = vec![
        answer("1", "Traffic signal .46"),
        answer("2", "Street light .41"),
        answer("3", "Something else"),
    ];
    let mut spanish = row(
        "Pothole",
        ".91",
        "hay un [hoyo enorme] frente al {214 de Green}, casi me caigo",
        &["Text message", "Spanish", "2 places fit"],
        ("25 min late", "late", 100),
        "to answer",
    );
    spanish.lang = s("es");
    spanish.answers =
        vec![answer("1", "214 Green St"), answer("2", "214 Green Ter"), answer("3", "Ask where")];
    let mut leak = row(
        "Water leak",
        ".96",
        "[Water coming up] through the street at {Orchard and Green} since 7, it’s freezing on the sidewalk. Call me <phone hidden>",
        &["Mastodon", "Corner ± 12 m", "3 people"],
        ("5 h 40 left", "soon", 35),
        "Water & Sewer",
    );
    leak.selected = true;
    leak.urgent = true;
    Queue {
        q: String::new(),
        filters: ["To do", "Mine", "Late", "Old Town"]
            .iter()
            .enumerate()
            .map(|(n, f)| FilterChip {
                label: s(f),
                count: if n < 3 { n.to_string() } else { String::new() },
                href: format!("/staff?f={n}"),
                current: n == 0,
                removable: n == 3,
            })
            .collect(),
        groups: vec![
            group(
                "danger",
                "Danger to life",
                "Paged 10:14 am, Ruiz answered",
                vec![row(
                    "Smell of gas",
                    "",
                    "[smell of gas] on {Ferry Landing} or is it the river again??",
                    &["X", "Ferry Landing ± 150 m", "911 text sent"],
                    ("6 min", "danger", 100),
                    "Fire Dept.",
                )],
            ),
            group("look", "Needs a look", "Unsure what, where or both", vec![unsure, spanish]),
            group(
                "ready",
                "Ready",
                "Check and go",
                vec![
                    leak,
                    row(
                        "Street light out",
                        ".98",
                        "[Light out] at {Broad and Kinney} since the storm, pole 1163",
                        &["Mastodon", "Pole 1163", "± 3 m"],
                        ("Due Wed", "", 10),
                        "Street Lighting",
                    ),
                ],
            ),
        ],
        empty: None,
        pager: Some(Pager { words: s("1 to 50 of 213"), previous: None, next: Some(s("/staff?page=2")) }),
    }
}

fn why(what: &str, value: &str, marked: &str, by: &str) -> WhyLine {
    let words = pieces(marked).into_iter().map(|piece| WhyWord { pieces: vec![piece] }).collect();
    WhyLine { what: s(what), value: s(value), words, by: s(by) }
}

fn guesses() -> Vec<Guess> {
    let guess = |code: &str, name: &str, sure_pct: u8| Guess {
        code: s(code),
        name: s(name),
        sure: format!("{sure_pct} %"),
        sure_pct,
        chosen: sure_pct > 50,
    };
    vec![
        guess("water_leak", "Water leak", 96),
        guess("sewer", "Sewer, drain or flood", 3),
        guess("snow", "Snow and ice", 1),
    ]
}

pub fn checks() -> Vec<Check> {
    [
        ("ok", "Names the request and a time"),
        ("ok", "No private data, no new links"),
        ("warn", "Grade 8, aim for 7."),
    ]
    .iter()
    .map(|(tone, text)| Check { tone: s(tone), text: s(text) })
    .collect()
}

fn moves() -> Moves {
    Moves {
        assign: true,
        departments: vec![choice("water", "Water & Sewer", true), choice("light", "Street Lighting", false)],
        crews: vec![choice("w1", "Crew W1", false)],
        start: true,
        wait_for: vec![choice("resident", "The resident", false), choice("owner", "The owner", false)],
        fix: true,
        proof_words: s("Fixed needs a photo, a finished work order, or the word of a neighbor who wrote."),
        proofs: vec![
            choice("photo", "A photo taken after the work", true),
            choice("work_order", "A finished work order", false),
        ],
        reasons: vec![choice("not_ours", "Not ours", false), choice("no_action", "No action needed", false)],
        ..Moves::default()
    }
}

fn post(who: &str, words: &str) -> StaffPost {
    StaffPost {
        who: s(who),
        handle: s("@tomas@social.example"),
        network: s("Mastodon"),
        when: when("9:42 am"),
        href: s("https://social.example/1"),
        pieces: pieces(words),
        marks: vec![s("Edited once")],
        ..StaffPost::default()
    }
}

fn reply(state: &str, word: &str, why: &str) -> OutReply {
    OutReply {
        text: s("On it. Water & Sewer will stop this leak by 4 pm today."),
        state: s(state),
        word: s(word),
        to: s("Mastodon, to @tomas"),
        why: s(why),
        href: String::new(),
        undo: if state == "queued" { s("/mayor/replies/9/take-back") } else { String::new() },
    }
}

fn near() -> Vec<NearTicket> {
    vec![NearTicket {
        number: s("26-004294"),
        href: s("/staff/tickets/26-004294"),
        chip: chip("received", "Received"),
        text: s("“ice sheet in front of 31 Orchard”, 60 m away, 50 min earlier"),
        sure: s(".54"),
    }]
}

#[expect(clippy::too_many_lines, reason = "a sample is data")]
pub fn pane() -> Pane {
    let mut joined = post("Kim R.", "same here, my [steps are ice]");
    joined.joined_why = s("Joined: same corner, 16 min later");
    joined.join = s("91");
    joined.photos = vec![photo("ice", "Ice on a sidewalk", "Photo", "9:58 am")];
    Pane {
        number: s("26-004301"),
        seen: s("open"),
        chip: chip("open", "On it"),
        title: s("Water leak, Orchard St & Green St"),
        answered: s("Answered in 4 min"),
        urgent: true,
        public_href: s("/t/26-004301"),
        map: map(1200, 232),
        doubt: s("± 12 m"),
        guesses: guesses(),
        guesses_from: s("from the underlined words"),
        why: vec![
            why("What", "Water leak, 96 %", "[water coming up]", "reading-1a2b3c4d5e6f"),
            why("Where", "Orchard St & Green St", "{Orchard and Green}", "map data, version 3"),
            why("Hidden", "1", "<phone hidden>", "rules 0.1.0"),
        ],
        services: vec![choice("pothole", "Pothole", false), choice("water_leak", "Water leak", true)],
        also_named: s("Also named in this post: ice on the sidewalk."),
        also_link: Some(link("/staff/tickets/26-004302", "26-004302")),
        facts: vec![
            fact("Place", "Corner, ± 12 m. Only one fits.", ""),
            fact("Goes to", "Water & Sewer, rule 14: leak in a road", ""),
            fact("Joined", "2 posts", ""),
            fact("Promise", "Today 4 pm, 5 h 40 left", "soon"),
        ],
        places: vec![choice("node:1", "Orchard St & Green Ter", false)],
        moves: moves(),
        composer: Some(Composer {
            mayor: "Mayor Ellis".into(),
            as_mayor: false,
            voice: "A neighbor who works for the city: plain, warm, brief.".into(),
            account: s("@CityOfRiverton"),
            to: s("Mastodon, to @tomas"),
            reaches: s("answers Tomás O. and 2 more, each in their own thread"),
            draft: s(
                "A crew is on the way to Orchard & Green. The water may be off on Green St from noon to 4 pm.\nSalt truck follows. 26-004301",
            ),
            limit: 500,
            count: s("152 of 500"),
            checks: checks(),
            phrases: vec![link("/staff/tickets/26-004301?phrase=waiting", "Waiting")],
            button: s("Post publicly as @CityOfRiverton"),
            after: s("Goes out 30 s after you press. Until then you can undo."),
            held_why: String::new(),
        }),
        notes: vec![Note {
            who: s("Lee Park"),
            when: when("10:09 am"),
            text: s("Same main broke in 2024. Valve is under the bike rack."),
        }],
        posts: vec![
            post(
                "Tomás O.",
                "[Water coming up] through the street at {Orchard and Green}. Call me <phone hidden>",
            ),
            joined,
        ],
        posts_more: s("and 120 more"),
        replies: vec![
            reply("waiting", "Needs a second person", ""),
            reply("queued", "Sends in 28 s", ""),
            reply("delivered", "Posted 9:46 am", ""),
            reply("unknown", "Not sure it arrived, checking", ""),
            reply("failed", "Not posted: account signed out", "Sign in again."),
            reply("void", "Not needed any more", ""),
            reply("draft", "Draft", ""),
        ],
        history: history(),
        history_note: s("6 steps, chain checked"),
        near: near(),
        ..Pane::default()
    }
}

pub fn board() -> Board {
    Board { shell: staff_shell("Board", "board"), queue: queue(), pane: Some(pane()) }
}

pub fn board_empty() -> Board {
    let empty = Empty { title: s("Nothing waits"), text: s("Last look 10:18 am."), link: None };
    Board {
        shell: stopped_shell("Board", "board"),
        queue: Queue { empty: Some(empty), ..Queue::default() },
        pane: None,
    }
}

pub fn ticket() -> StaffTicket {
    StaffTicket { shell: staff_shell("Water leak, 26-004301", "board"), queue: queue(), pane: pane() }
}

pub fn ticket_danger() -> StaffTicket {
    let mut pane = pane();
    pane.danger = Some(Danger {
        page: s("3"),
        words: s("Paged Dana Ruiz 10:14 am. Nobody has it yet. Lee Park is next in 90 s."),
        may_lower: true,
    });
    pane.hidden_why = s("Danger to life: the public page is hidden.");
    pane.composer = None;
    pane.no_reply_why = s("Danger to life is answered with the fixed text only. It was sent 10:14 am.");
    pane.errors = vec![FieldError { field: s("until"), message: s("Until when? A day like 2026-11-24.") }];
    pane.moves.open = s("wait");
    StaffTicket { shell: stopped_shell("Smell of gas, 26-004310", "board"), queue: Queue::default(), pane }
}

pub fn review() -> Review {
    Review {
        shell: staff_shell("Signal or street light?", "review"),
        queue: queue(),
        post_id: s("7"),
        heading: s("Signal or street light?"),
        why: s("Not sure what: traffic signal .46, street light .41."),
        clock: s("12 min to answer"),
        post: post("Ana M.", "the thing on the corner by the {library} keeps [blinking all night]"),
        kind: s("Probably a report (.71)"),
        guesses: guesses().into_iter().map(|g| Guess { sure: s(".46"), ..g }).collect(),
        services: vec![choice("signal", "Traffic signal", true)],
        places: vec![
            choice("landmark:library", "Library, ± 90 m", true),
            choice("node:4", "Court St & Broad St", false),
        ],
        map: map(1200, 232),
        near: near(),
        ask_text: s("Thanks, Ana. Which corner is it? Two street names are enough."),
        ask_to: s("Bluesky, to @ana"),
        reasons: vec![
            choice("thanks", "Thanks or praise", false),
            choice("question", "A question, answered elsewhere", false),
        ],
        ..Review::default()
    }
}

pub fn set_aside() -> SetAside {
    let row = SetAsideRow {
        href: s("/staff/review/9"),
        who: s("Luz P."),
        network: s("Mastodon"),
        when: when("Nov 22, 4 pm"),
        pieces: pieces("The park bathroom is clean for once, wow"),
        reason: s("Not a report: thanks (.98)"),
        by: s("The machine, rules 3"),
        lang: String::new(),
    };
    SetAside {
        shell: staff_shell("Set aside", "set_aside"),
        heading: s("412 posts set aside in the last 30 days"),
        filters: queue().filters,
        rows: vec![row.clone(), row],
        pager: queue().pager,
        empty: None,
    }
}
