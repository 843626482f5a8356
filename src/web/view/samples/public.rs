//! Resident pages, accounts and mails.

use super::ticket::{fact, said};
use super::{chip, choice, link, map, s, shell};
use crate::web::view::account::{DemoPerson, LateField, LateForm, SignIn, SignOut};
use crate::web::view::mail::{DepartmentWork, DutyPage, FollowConfirm, FollowUpdate};
use crate::web::view::report::{Known, Report};
use crate::web::view::resident::{
    ChannelLine, Figure, Follow, Home, LiveMap, Message, Search, TicketRow, WardRow,
};
use crate::web::view::{DemoBar, Empty, Field, FieldError, FilterChip, Pager, Shell};

fn pill(label: &str, count: &str, current: bool) -> FilterChip {
    FilterChip {
        label: s(label),
        count: s(count),
        href: format!("/?show={count}"),
        current,
        removable: false,
    }
}

fn row(state: &str, word: &str, title: &str, place: &str, number: &str, expected: &str) -> TicketRow {
    TicketRow {
        number: s(number),
        href: format!("/t/{number}"),
        title: s(title),
        place: s(place),
        chip: chip(state, word),
        expected: s(expected),
        ..TicketRow::default()
    }
}

#[expect(clippy::too_many_lines, reason = "a sample is data")]
pub fn rows() -> Vec<TicketRow> {
    let mut rows = vec![
        row(
            "open",
            "On it",
            "Street light out",
            "Broad St & Kinney St",
            "26-004300",
            "Tue Nov 24 to Wed Nov 25",
        ),
        row(
            "open",
            "On it",
            "Water leak in the street",
            "Orchard St & Green St",
            "26-004301",
            "Today, by 4 pm",
        ),
        row(
            "in_progress",
            "Work started",
            "Fallen branch on sidewalk",
            "Church St, Court St to Market St",
            "26-004288",
            "Crew on site now",
        ),
        row(
            "received",
            "Received",
            "Missed trash pickup",
            "100 block of Market St",
            "26-004305",
            "We answer by 11:10 am",
        ),
        row(
            "assigned",
            "Crew booked",
            "Pothole",
            "Monroe St, Green St to Walnut St",
            "26-004260",
            "Tomorrow, 8 am to noon",
        ),
        row(
            "reopened",
            "Reopened",
            "Pothole",
            "Jefferson St & Market St",
            "26-003980",
            "New visit by Tue Nov 24",
        ),
        row(
            "fixed",
            "Fixed",
            "Street light out",
            "Broad St & Market St",
            "26-004217",
            "Fri Nov 20, with photos",
        ),
    ];
    rows[0].selected = true;
    rows[0].people = s("2 people");
    rows[5].late = s("2 days late");
    rows
}

fn figure(value: &str, unit: &str, text: &str) -> Figure {
    Figure { value: s(value), unit: s(unit), text: s(text), link: None }
}

fn ward(name: &str, open: &str, answered_in: &str, kept_pct: u8) -> WardRow {
    WardRow {
        name: s(name),
        href: s("/search?ward=1"),
        open: s(open),
        answered_in: s(answered_in),
        kept: format!("{kept_pct} %"),
        kept_pct,
    }
}

fn channel(network: &str, address: &str, href: &str) -> ChannelLine {
    ChannelLine { network: s(network), address: s(address), href: s(href) }
}

pub fn home() -> Home {
    let mut figures = vec![
        figure("18", "min", "Half of all posts get an answer within this. 9 in 10 within 52 min."),
        figure("91", "in 100", "Promises kept on time: 1,204 of 1,323."),
        figure("4", "in 100", "Fixes that neighbors said were not fixed. We count these too."),
        figure("213", "", "Open now. 4 are late."),
    ];
    figures[3].link = Some(link("/search?late=1", "See which"));
    Home {
        shell: shell("Requests", "home"),
        figures,
        figures_note: s("Last 30 days, counted 3 minutes ago."),
        filters: vec![
            pill("Open", "213", true),
            pill("Fixed this week", "148", false),
            pill("Street lights", "31", false),
            pill("Trash", "44", false),
        ],
        rows: rows(),
        all: Some(link("/search?all=1", "All 361 as a list")),
        map: map(768, 760),
        channels: vec![channel("Mastodon", "@city@riverton.example", "https://riverton.example/@city")],
        example: vec![
            said("Ana M.", "AM", "", "Thu 6:52 pm", "Street light out at Broad & Market"),
            said(
                "City of Riverton",
                "",
                "",
                "Thu 6:58 pm",
                "On it. Street Lighting will have this light working by Wed Nov 25.",
            ),
            said("City of Riverton", "", "", "Fri 8:29 pm", "Fixed. Photos are on your request."),
        ],
        wards: vec![
            ward("North", "28", "16 min", 94),
            ward("Old Town", "41", "14 min", 95),
            ward("Ironbound", "52", "19 min", 90),
        ],
        wards_note: s("Last 30 days. Half of all posts were answered within the time shown."),
        empty: None,
    }
}

pub fn home_empty() -> Home {
    Home {
        shell: Shell {
            demo: Some(DemoBar {
                links: vec![link("/square", "Town square"), link("/staff", "Staff board")],
            }),
            ..shell("Requests", "home")
        },
        empty: Some(Empty {
            title: s("No open requests"),
            text: s("Nobody has reported anything yet."),
            link: Some(link("/report", "Report a problem")),
        }),
        ..Home::default()
    }
}

pub fn report() -> Report {
    Report {
        shell: shell("Report a problem", "report"),
        photo_limit_mb: s("8"),
        map: map(440, 300),
        ..Report::default()
    }
}

pub fn report_wrong() -> Report {
    let which = "We know two: Green St and Green Ter. Which one?";
    Report {
        errors: vec![
            FieldError { field: s("where"), message: s(which) },
            FieldError { field: s("email"), message: s("This address is not complete.") },
        ],
        what: Field {
            value: s("The street light is out again, the corner is really dark"),
            error: String::new(),
        },
        place: Field { value: s("214 Green"), error: s(which) },
        email: Field { value: s("ana@"), error: s("This address is not complete.") },
        photo_error: s("This is not a photo. Send a JPEG, PNG or WebP under 8 MB."),
        places: vec![
            choice("address:214 green st", "214 Green St, Old Town", false),
            choice("address:214 green ter", "214 Green Ter, West", false),
        ],
        read: s("street light out"),
        goes_to: s("Street Lighting"),
        services: vec![choice("pothole", "Pothole", false)],
        ..report()
    }
}

pub fn report_known() -> Report {
    Report {
        what: Field {
            value: s("The street light is out again, the corner is really dark"),
            error: String::new(),
        },
        place: Field { value: s("Broad and Kinney"), error: String::new() },
        read: s("street light out"),
        goes_to: s("Street Lighting"),
        found: s("Broad St & Kinney St, Old Town Ward."),
        place_key: s("node:12"),
        known: vec![Known {
            number: s("26-004300"),
            href: s("/t/26-004300"),
            title: s("Street light out, pole 1163"),
            chip: chip("open", "On it"),
            text: s("Right there, reported 3 h ago by one neighbor. Expected Tue Nov 24 to Wed Nov 25."),
        }],
        ..report()
    }
}

pub fn search() -> Search {
    Search {
        shell: shell("3 requests match “broad”", "find"),
        q: s("broad"),
        heading: s("3 requests match “broad”"),
        note: s("Open first, then the ones fixed in the last 30 days."),
        filters: vec![pill("Open", "2", true), pill("Fixed", "1", false)],
        rows: rows(),
        map: map(768, 760),
        pager: Some(Pager {
            words: s("1 to 50 of 213"),
            previous: None,
            next: Some(s("/search?q=broad&page=2")),
        }),
        empty: None,
    }
}

pub fn live_map() -> LiveMap {
    LiveMap {
        shell: shell("Map of requests", "map"),
        note: s("3 open or fixed in the last 30 days, newest first."),
        rows: rows(),
        map: map(1100, 700),
        library: s("/assets/maplibre-gl.mjs"),
        worker: s("/assets/maplibre-gl-worker.mjs"),
        city: s("/map/city.json?v=1"),
        middle: s("-89.4,40.06"),
        edges: s("-89.42,40.04,-89.38,40.08"),
    }
}

pub fn search_empty() -> Search {
    Search {
        shell: shell("No requests on Elm St", "find"),
        q: s("Elm St"),
        heading: s("No open requests on Elm St"),
        empty: Some(Empty {
            title: s("Nothing is open there"),
            text: s("The last one was fixed on Nov 12. Is something wrong? Tell us."),
            link: Some(link("/report", "Report a problem")),
        }),
        ..Search::default()
    }
}

pub fn follow() -> Follow {
    Follow {
        shell: shell("Follow this request?", ""),
        heading: s("Follow this request?"),
        text: s("We write to a…@example.org at every step, once."),
        ticket: Some(link("/t/26-004217", "Street light out, Broad St & Market St")),
        number: s("26-004217"),
        chip: Some(chip("open", "On it")),
        action: s("/follow/abc"),
        action_value: s("confirm"),
        action_label: s("Yes, tell me"),
        tone: s("info"),
    }
}

pub fn message() -> Message {
    Message {
        shell: shell("No page here", ""),
        status: 404,
        heading: s("There is no page at this address"),
        text: s("It may have moved, or the number has a typo. Look for it here."),
        search: true,
        q: s("t 26 4217"),
        links: vec![link("/", "Home")],
        details: vec![],
    }
}

pub fn sign_in() -> SignIn {
    SignIn {
        shell: shell("Sign in", ""),
        email: s("dana@riverton.example"),
        error: s("That address and password do not fit together. Try again, or ask who runs OnIt."),
        late_typed: vec![fact("Your words", "Valve is under the rack", "")],
        late_to: s("/staff/tickets/26-004301/note"),
        late_form: s("text=Valve+is+under+the+rack"),
        next: s("/staff"),
        demo_people: vec![DemoPerson {
            who: s("Dana Ruiz, dispatcher"),
            email: s("dana@riverton.example"),
            password: s("alder-river-22"),
        }],
    }
}

pub fn late() -> LateForm {
    LateForm {
        shell: shell("Send it now?", ""),
        typed: vec![fact("Your words", "Valve is under the rack", "")],
        action: s("/staff/tickets/26-004301/note"),
        fields: vec![LateField { name: s("text"), value: s("Valve is under the rack") }],
        back: s("/staff/tickets/26-004301"),
    }
}

pub fn sign_out() -> SignOut {
    SignOut { shell: shell("Sign out?", ""), done: false }
}

pub fn follow_confirm() -> FollowConfirm {
    FollowConfirm {
        account: s("City of Riverton"),
        title: s("Street light out"),
        place: s("Broad St & Market St"),
        number: s("26-004217"),
        link: s("https://r.example/follow/a?b=c"),
        valid_for: s("24 hours"),
        non_emergency: s("311"),
    }
}

pub fn follow_update() -> FollowUpdate {
    FollowUpdate {
        account: s("City of Riverton"),
        title: s("Street light out"),
        place: s("Broad St & Market St"),
        number: s("26-004217"),
        word: s("Fixed"),
        headline: s("Fixed Fri Nov 20, 8:26 pm."),
        link: s("https://r.example/t/26-004217"),
        stop_link: s("https://r.example/follow/x"),
        ..FollowUpdate::default()
    }
}

pub fn duty_page() -> DutyPage {
    DutyPage {
        to_name: s("Dana Ruiz"),
        title: s("Smell of gas"),
        place: s("Ferry Landing\r\nBcc: x"),
        words: s("smell of gas <b>on</b> Ferry Landing"),
        ..DutyPage::default()
    }
}

pub fn department_work() -> DepartmentWork {
    DepartmentWork {
        department: s("Street Lighting"),
        title: s("Street light out"),
        place: s("Broad & Market"),
        due: s("Wed Nov 25, 5 pm"),
        number: s("26-004217"),
        urgent: true,
        ..DepartmentWork::default()
    }
}
