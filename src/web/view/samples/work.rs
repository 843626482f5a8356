//! Work orders: staff, phone, paper.

use super::{choice, link, s, shell, staff_shell};
use crate::web::view::work::{CrewDay, CrewPage, OrderBox, OrderMoves, OrderTicket, Orders, PlanForm, Sheet};
use crate::web::view::{Empty, FieldError};

fn request(number: &str, place: &str, again: &str, staff: bool) -> OrderTicket {
    OrderTicket {
        number: s(number),
        href: if staff { format!("/staff/tickets/{number}") } else { String::new() },
        title: s("Street light out"),
        place: s(place),
        geo: s("geo:40.123450,-74.123450"),
        point: s("40.12345, -74.12345"),
        again: s(again),
        due: s("due Wed Nov 25, 5 pm"),
        urgent: !again.is_empty(),
        photos: Vec::new(),
    }
}

fn order(id: &str, (state, tone, word): (&str, &str, &str), base: &str, may: OrderMoves) -> OrderBox {
    let staff = base.starts_with("/staff");
    OrderBox {
        id: s(id),
        base: format!("{base}/{id}"),
        state: s(state),
        tone: s(tone),
        word: s(word),
        turn: s("1"),
        from_before: s(if id == "11" { "Left over from Mon Nov 23" } else { "" }),
        why: s(if id == "11" { "A car stands in front of it" } else { "" }),
        notes: s("Bring the long ladder. The school lets out at 2:30 pm."),
        hazard: s(if id == "12" { "Live wire" } else { "" }),
        dig: id == "12",
        tickets: vec![
            request("26-004217", "Broad St & Market St, pole 1147", "Third time this year", staff),
            request("26-004231", "214 Green St", "", staff),
        ],
        phone: !staff,
        may,
    }
}

fn desk_moves() -> OrderMoves {
    OrderMoves { send: true, arrive: false, done: true, could_not: true, plan: true, put: true, change: true }
}

fn phone_moves() -> OrderMoves {
    OrderMoves { arrive: true, done: true, could_not: true, put: true, ..OrderMoves::default() }
}

pub fn orders() -> Orders {
    let base = "/staff/orders";
    Orders {
        shell: staff_shell("Work orders", "orders"),
        heading: s("Work orders, Tue Nov 24"),
        day: s("2026-11-24"),
        days: vec![
            link("/staff/orders?day=2026-11-23", "‹ Mon Nov 23"),
            link("/staff/orders?day=2026-11-25", "Next working day: Wed Nov 25"),
        ],
        errors: vec![FieldError {
            field: s("numbers"),
            message: s("26-004217 is fixed: no crew is sent to it."),
        }],
        crews: vec![CrewDay {
            name: s("L3, Street Lighting"),
            phone: s("https://requests.riverton.example/crew/AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfG"),
            code: s("street_lighting/L3"),
            sheet: s("/staff/orders/sheet?crew=street_lighting%2FL3&day=2026-11-24"),
            orders: vec![
                order("12", ("planned", "open", "Planned"), base, desk_moves()),
                order(
                    "11",
                    ("could_not", "waiting", "Could not be done"),
                    base,
                    OrderMoves { plan: true, ..OrderMoves::default() },
                ),
            ],
        }],
        plan: Some(PlanForm {
            numbers: s("26-004217"),
            crews: vec![choice("street_lighting/L3", "L3, Street Lighting", true)],
            day: s("2026-11-24"),
            notes: s(""),
            hazard: s(""),
        }),
        empty: None,
    }
}

pub fn orders_empty() -> Orders {
    Orders {
        crews: Vec::new(),
        errors: Vec::new(),
        empty: Some(Empty {
            title: s("No crew has a work order on this day"),
            text: s("Plan one below: requests, a crew, a day."),
            link: None,
        }),
        ..orders()
    }
}

pub fn sheet() -> Sheet {
    Sheet {
        shell: staff_shell("Run sheet", "orders"),
        heading: s("Run sheet: L3, Street Lighting"),
        day: s("Tue Nov 24"),
        orders: orders().crews.remove(0).orders,
    }
}

pub fn crew() -> CrewPage {
    CrewPage {
        shell: shell("L3, Tue Nov 24", ""),
        heading: s("L3, Tue Nov 24"),
        counted: s("1 to do, 1 ended"),
        errors: Vec::new(),
        orders: vec![
            order("12", ("dispatched", "assigned", "Sent to the crew"), "/crew/secret", phone_moves()),
            order("11", ("could_not", "waiting", "Could not be done"), "/crew/secret", OrderMoves::default()),
        ],
        empty: None,
    }
}

pub fn crew_empty() -> CrewPage {
    CrewPage {
        orders: Vec::new(),
        empty: Some(Empty {
            title: s("Nothing for you today"),
            text: s("What the office sends stands here. Load the page again later."),
            link: None,
        }),
        ..crew()
    }
}
