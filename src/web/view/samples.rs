//! One believable view of every page, for the tests that render all templates. Riverton is invented.

pub mod mayor;
pub mod public;
pub mod staff;
pub mod ticket;
pub mod work;

use super::{Chip, Choice, Link, Mark, Photo, Piece, Shell, StaffBar, Svg, When};
use crate::web::view::{Notice, Person};

pub fn s(text: &str) -> String {
    text.to_owned()
}

pub fn shell(title: &str, nav: &str) -> Shell {
    Shell {
        title: s(title),
        description: s("Tell Riverton once. Follow it until it is fixed."),
        city: s("Riverton"),
        account: s("City of Riverton"),
        lang: s("en"),
        dir: s("ltr"),
        base_url: s("https://requests.riverton.example"),
        emergency_number: s("911"),
        non_emergency: s("311"),
        attribution: s("City of Riverton"),
        csrf: s("csrf-token"),
        path: s("/"),
        nav: s(nav),
        languages: vec![
            link("/?lang=es", "Español"),
            link("/?lang=pt", "Português"),
            link("/?lang=ht", "Kreyòl"),
        ],
        rendered: s("Mon Nov 23, 10:20 am"),
        ..Shell::default()
    }
}

pub fn staff_shell(title: &str, nav: &str) -> Shell {
    Shell {
        person: Some(Person { name: s("Dana Ruiz"), role: s("dispatcher") }),
        staff: Some(StaffBar {
            sending_on: true,
            may_stop: true,
            board_count: s("27"),
            review_count: s("3"),
            mayor_count: s("3"),
            may_approve: true,
            ..StaffBar::default()
        }),
        languages: vec![],
        ..shell(title, nav)
    }
}

pub fn stopped_shell(title: &str, nav: &str) -> Shell {
    let mut shell = staff_shell(title, nav);
    shell.staff = Some(StaffBar {
        sending_on: false,
        stopped_words: s("Stopped by Lee Park, 10:02 am. 3 replies wait."),
        may_stop: true,
        alarm: Some(link("/staff/tickets/26-004310", "Smell of gas, paged 10:14 am. Nobody has it yet.")),
        ..StaffBar::default()
    });
    shell.notices = vec![
        notice("done", "Assigned to Street Lighting.", "Crew L3, Tue Nov 24."),
        notice("stop", "Lee Park closed this 20 s ago.", "Look again before you move it."),
    ];
    shell
}

pub fn notice(tone: &str, title: &str, text: &str) -> Notice {
    Notice { tone: s(tone), title: s(title), text: s(text), link: None }
}

pub fn link(href: &str, label: &str) -> Link {
    Link { href: s(href), label: s(label) }
}

pub fn chip(state: &str, word: &str) -> Chip {
    Chip { state: s(state), word: s(word) }
}

pub fn when(words: &str) -> When {
    When { words: s(words), iso: s("2026-11-19T18:52:00-05:00") }
}

pub fn choice(value: &str, label: &str, chosen: bool) -> Choice {
    Choice { value: s(value), label: s(label), chosen }
}

pub fn photo(name: &str, alt: &str, label: &str, when: &str) -> Photo {
    Photo {
        src: format!("/media/{name}.jpg"),
        alt: s(alt),
        label: s(label),
        when: s(when),
        width: 1200,
        height: 800,
    }
}

/// Marks words between brackets: `[what]`, `{place}`, `<hidden>`.
pub fn pieces(marked: &str) -> Vec<Piece> {
    marked
        .split_inclusive([']', '}', '>'])
        .flat_map(|part| match part.find(['[', '{', '<']) {
            Some(at) => {
                let mark = match part.as_bytes().get(at) {
                    Some(b'[') => Mark::What,
                    Some(b'{') => Mark::Place,
                    _ => Mark::Hidden,
                };
                vec![(part[..at].to_owned(), Mark::None), (part[at + 1..part.len() - 1].to_owned(), mark)]
            }
            None => vec![(part.to_owned(), Mark::None)],
        })
        .filter(|(text, _)| !text.is_empty())
        .map(|(text, mark)| Piece { text, mark })
        .collect()
}

/// Two streets and two marks, drawn with the classes of the map drawer.
pub fn map(width: u32, height: u32) -> Option<Svg> {
    let (x, y) = (width / 2, height / 2);
    let streets = format!("M0 {y}H{width}M0 {}H{width}M{x} 0V{height}", y + 120);
    let ground = format!(
        r#"<rect class="m-land" width="{width}" height="{height}"/><rect class="m-park" x="{}" y="{}" width="110" height="80"/>
        <rect class="m-building" x="{}" y="{}" width="40" height="26"/><path class="m-casing" fill="none" stroke-width="12" d="{streets}"/>
        <path class="m-street" fill="none" stroke-width="9" d="{streets}"/><g font-size="11.5" font-weight="600">
        <text class="m-label" x="{}" y="{}">Market St</text><text class="m-label-park" x="{}" y="{}">Courthouse Sq</text></g>"#,
        x + 15,
        y - 98,
        x - 70,
        y - 40,
        x + 50,
        y + 4,
        x + 24,
        y - 55
    );
    let marks = format!(
        r#"<a class="mk mk-open mk-selected" href="/t/26-004300" aria-label="Street light out, 2 people"><g transform="translate({x} {y})">
        <circle class="mk-doubt" r="36" stroke="currentColor" stroke-width="1.5" stroke-dasharray="4 3"/><circle class="mk-sel" r="21" stroke-width="3"/>
        <circle class="mk-s" r="11.5" fill="currentColor" stroke-width="5" paint-order="stroke"/><circle class="mk-i" r="5.5"/><circle r="2.6" fill="currentColor"/>
        <rect class="mk-n" x="5" y="-19" width="16" height="15" rx="7.5"/><text class="mk-n-t" x="13" y="-7.5" font-size="11" font-weight="700" text-anchor="middle">2</text>
        <rect class="mk-tag" x="-26" y="-46" width="53" height="22" rx="3"/><text class="mk-tag-t" y="-31" font-size="11.5" font-weight="700" text-anchor="middle">± 12 m</text></g></a>
        <a class="mk mk-in_progress" href="/t/26-004288" aria-label="Fallen branch"><g transform="translate({} {})">
        <path class="mk-s" d="M0-12L12.5 10.5h-25z" fill="currentColor" stroke-width="5" paint-order="stroke"/><path class="mk-stripe" d="M-4-1.5H4M-6.6 4.5H6.6" fill="none" stroke-width="2.6"/></g></a>"#,
        x - 110,
        y + 60
    );
    Some(Svg::from_map(format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" class="map-svg" width="{width}" height="{height}" role="group" aria-label="Map">{ground}{marks}</svg>"#
    )))
}
