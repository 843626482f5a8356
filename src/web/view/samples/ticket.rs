//! The public ticket page, fixed and open.

use super::{chip, link, map, photo, pieces, s, shell, when};
use crate::web::view::ticket::{Fact, HistoryLine, Next, Promise, Range, Said, Stage, Ticket};
use crate::web::view::{Field, FieldError};

pub fn said(who: &str, initials: &str, via: &str, at: &str, words: &str) -> Said {
    Said {
        who: s(who),
        initials: s(initials),
        official: initials.is_empty(),
        via: s(via),
        when: when(at),
        pieces: pieces(words),
        ..Said::default()
    }
}

fn stage(state: &str, name: &str, at: &str, fact: &str, reached: bool, current: bool) -> Stage {
    Stage { state: s(state), name: s(name), when: s(at), fact: s(fact), reached, current }
}

pub fn fact(label: &str, value: &str, tone: &str) -> Fact {
    Fact { label: s(label), value: s(value), tone: s(tone) }
}

pub fn history() -> Vec<HistoryLine> {
    let line = |at: &str, what: &str| HistoryLine { when: when(at), what: s(what), who: String::new() };
    vec![
        line("Fri Nov 20, 8:26 pm", "Fixed, with two photos."),
        line("Thu Nov 19, 6:58 pm", "Street Lighting took it."),
        line("Thu Nov 19, 6:52 pm", "Received."),
    ]
}

#[expect(clippy::too_many_lines, reason = "a sample is data")]
pub fn ticket_fixed() -> Ticket {
    let mut thread = vec![
        said(
            "Ana M.",
            "AM",
            "on Mastodon",
            "Thu Nov 19, 6:52 pm",
            "Street light out at Broad & Market, the whole corner is dark. My mother waits for the bus there.",
        ),
        said(
            "City of Riverton",
            "",
            "on Mastodon",
            "Thu Nov 19, 6:58 pm",
            "On it. Street Lighting will have this light working by Wed Nov 25. Follow it: 26-004217",
        ),
        said(
            "Tomás O.",
            "TO",
            "on Bluesky",
            "Thu Nov 19, 9:10 pm",
            "Same corner, can’t see the curb. <phone number hidden>",
        ),
        said(
            "City of Riverton",
            "",
            "to 3 people who wrote",
            "Fri Nov 20, 8:29 pm",
            "Fixed. The lamp and its fuse were replaced tonight. Photos: 26-004217. Still dark? Just say so here.",
        ),
    ];
    thread[2].indented = true;
    thread[2].note = s("Joined to this request. Tomás was answered too.");
    thread[0].href = s("https://social.example/@ana/1");
    Ticket {
        shell: shell("Street light out, 26-004217", ""),
        number: s("26-004217"),
        title: s("Street light out"),
        place: s("Broad St & Market St, pole 1147"),
        ward: s("Old Town Ward"),
        chip: chip("fixed", "Fixed"),
        headline: s("Fixed Fri Nov 20, 8:26 pm"),
        headline_text: s("Two photos show it, and the crew signed it off. Does it work for you?"),
        ask_works: true,
        can_follow: true,
        stages: vec![
            stage("received", "Received", "Thu Nov 19, 6:52 pm", "Ana’s post on Mastodon", true, false),
            stage(
                "open",
                "On it",
                "Thu Nov 19, 6:58 pm",
                "Street Lighting took it, 6 min later",
                true,
                false,
            ),
            stage("assigned", "Crew booked", "Fri Nov 20, 8:15 am", "For the same night", true, false),
            stage("in_progress", "Work started", "Fri Nov 20, 7:40 pm", "Crew L3 on site", true, false),
            stage("fixed", "Fixed", "Fri Nov 20, 8:26 pm", "4 days before the promise", true, true),
        ],
        promise: Some(Promise {
            words: s("On it. Street Lighting will have this light working by Wed Nov 25."),
            facts: vec![
                fact("Who promised", "City of Riverton", ""),
                fact("Due", "Wed Nov 25, 5 pm", ""),
                fact("Kept?", "Yes, 4 days early", "good"),
                fact("Work order", "W-1182, crew L3", ""),
            ],
        }),
        photos: vec![
            photo("before", "A dark street corner at night", "Before", "Nov 20, 7:44 pm"),
            photo("after", "The same corner, the lamp is lit", "After", "Nov 20, 8:24 pm"),
        ],
        next: vec![
            Next {
                title: s("You tell us if it works"),
                text: s("Until Fri Dec 4. If nobody says it is still broken, we close it then."),
                ..Next::default()
            },
            Next {
                title: s("An electrician checks the cable under Market St"),
                text: s("So that it does not fail again. Expected Tue Dec 1 to Fri Dec 4."),
                range: Some(Range {
                    start_pct: 66,
                    width_pct: 34,
                    from: s("Today"),
                    to: s("Tue Dec 1 to Fri Dec 4"),
                }),
                held: s("Dates like this held 87 times out of 100 this year."),
            },
        ],
        said: thread,
        map: map(400, 260),
        where_words: s("Northeast corner of Broad St & Market St, at Courthouse Square. Old Town Ward."),
        near: Some(link("/search?near=26-004217", "3 other requests near here")),
        department: s("Street Lighting"),
        why_them: s("The city owns pole 1147."),
        ask_a_person: s("Call 311 and say 26-004217. Weekdays 8 am to 5 pm."),
        followers: s("14 neighbors follow this"),
        followers_text: s("3 wrote, 11 follow. Each hears every step, once."),
        history: history(),
        history_note: s("11 steps, none can be changed later."),
        ..Ticket::default()
    }
}

pub fn ticket_open() -> Ticket {
    let incomplete = "This address is not complete. It looks like name@example.org.";
    Ticket {
        number: s("26-004301"),
        title: s("Water leak in the street with a name that goes on for a good sixty characters"),
        place: s("Orchard St & Green St"),
        chip: chip("open", "On it"),
        headline: s("On it: a crew comes today, noon to 4 pm"),
        headline_text: s("Water & Sewer has this. Next: they book the crew, before noon."),
        ask_works: false,
        me_too: Some(s("/report?near=26-004301")),
        stages: vec![
            stage("received", "Received", "Mon Nov 23, 9:42 am", "Tomás’ post on Mastodon", true, false),
            stage("open", "On it", "Mon Nov 23, 9:46 am", "Water & Sewer took it, 4 min later", true, true),
            stage("assigned", "Crew booked", "Next", "Expected before noon", false, false),
            stage(
                "in_progress",
                "Work starts",
                "Noon to 4 pm",
                "You hear from us when it does",
                false,
                false,
            ),
            stage("fixed", "Fixed", "By 4 pm today", "With a photo, or we say why not", false, false),
        ],
        promise: Some(Promise {
            words: s("On it. Water & Sewer will stop this leak by 4 pm today."),
            facts: vec![
                fact("Who promised", "City of Riverton", ""),
                fact("Due", "Today, 4 pm", ""),
                fact("Time left", "5 h 40 min", "soon"),
                fact("Proof", "Comes when done", ""),
            ],
        }),
        photos: vec![],
        errors: vec![FieldError { field: s("email"), message: s(incomplete) }],
        follow_email: Field { value: s("tomas@"), error: s(incomplete) },
        merged: s("26-004307 was about the same thing. It leads here now."),
        ..ticket_fixed()
    }
}
