//! The mayor's page, full and empty.

use super::staff::checks;
use super::{link, map, pieces, s, staff_shell, stopped_shell, when};
use crate::web::view::chart::{Chart, bars};
use crate::web::view::mayor::{Approval, Delivered, Hot, LatePromise, Office};
use crate::web::view::{Empty, Field};

fn approval(id: &str, who: &str, text: &str) -> Approval {
    Approval {
        id: s(id),
        who: s(who),
        meta: s("on Bluesky, 25 min ago, 41 people follow"),
        pieces: pieces("Three water breaks on Green St in two years. Does anyone at City Hall have a plan?"),
        public_line: s("Public, as @MayorBright on Bluesky, to 1 person"),
        text: s(text),
        text_hash: s("abc"),
        drafted: s(
            "Drafted by Dana Ruiz. Speaks as the mayor. New promise: dates by Fri Dec 11, Water & Sewer agreed.",
        ),
        checks: checks(),
        ticket: Some(link("/staff/tickets/26-004301", "26-004301")),
        limit: 300,
        ..Approval::default()
    }
}

fn chart(label: &str, value: &str, unit: &str, goal: f64) -> Chart {
    let weeks =
        [44.0, 40.0, 38.0, 33.0, 29.0, 25.0, 22.0, 18.0].map(|v| (v, s("Nov 16 to 22"), format!("{v} min")));
    let (bars, goal_y) = bars(&weeks, Some(goal));
    Chart {
        label: s(label),
        value: s(value),
        unit: s(unit),
        bars,
        goal_y,
        from: s("8 weeks"),
        goal: s("goal 30 min"),
        spoken: s("8 weeks, from 44 down to 18 min; goal 30 min"),
    }
}

pub fn office() -> Office {
    let long = "You are right to ask, Tomás. The main under Green St dates from 1931. We replace it from Orchard to Monroe in March. I will post the dates by Fri Dec 11. Mayor Bright";
    let mut second = approval("12", "28 people", "We missed Mill Rd three Mondays in a row. That is on us.");
    second.edit =
        Field { value: s("We missed Mill Rd"), error: s("This text is already in that thread. Change it.") };
    let mut own = approval("13", "Press", "The bridge opens Friday.");
    own.may_not_why = s("You drafted this. A second person must approve.");
    let late = |title: &str, late: &str| LatePromise {
        href: s("/staff/tickets/26-003871"),
        title: s(title),
        meta: s("Sanitation 26-003871"),
        late: s(late),
    };
    Office {
        shell: staff_shell("Mayor’s office", "mayor"),
        errors: Vec::new(),
        headline: s("3 replies wait for you. 4 promises are late."),
        as_of: s("Mon Nov 23, 10:20 am. Numbers are 20 seconds old. You are Nia Cole, approver."),
        waiting_count: s("3"),
        waiting: vec![approval("11", "Tomás O.", long), second, own],
        more: Some(link("/mayor?all=1", "1 more: press question about the bridge")),
        delivered: vec![Delivered {
            id: s("9"),
            text: s("On it. Water & Sewer will stop this leak by 4 pm today."),
            state: s("delivered"),
            word: s("Posted 9:46 am"),
            to: s("Mastodon, to @tomas"),
            when: when("9:46 am"),
            href: s("https://social.example/2"),
            ticket: Some(link("/t/26-004301", "26-004301")),
            can_take_back: true,
        }],
        late_count: s("4 of 213"),
        late: vec![late("Trash, Mill Rd", "3 days"), late("Pothole, Jefferson St", "2 days")],
        hot_map: map(440, 220),
        hot: vec![Hot { label: s("Mill Rd: trash"), value: s("28 posts, usually 3") }],
        charts: vec![
            chart("First human answer, half within", "18", "min", 30.0),
            chart("Posts answered at all", "97", "in 100", 20.0),
            chart("Promises kept", "91", "in 100", 25.0),
        ],
        charts_note: s(
            "Nov 16 to 22. Dashed line: our goal. Bars start at 0. Followers and likes are not counted here.",
        ),
        empty: None,
    }
}

pub fn office_empty() -> Office {
    let empty = Empty {
        title: s("Nothing waits for you"),
        text: s("The last one was approved today at 9:40 am."),
        link: None,
    };
    Office {
        shell: stopped_shell("Mayor’s office", "mayor"),
        headline: s("Nothing waits for you. No promise is late."),
        as_of: s("Mon Nov 23, 10:20 am."),
        waiting_count: s("0"),
        empty: Some(empty),
        late_count: s("0 of 213"),
        ..Office::default()
    }
}
