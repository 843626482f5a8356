//! Work orders: the day of all crews for staff, one crew's day on a phone, and the same on paper.

use super::{Choice, Empty, FieldError, Link, Photo, Shell};
use serde::Serialize;

/// `staff/orders`, GET `/staff/orders?day=2026-12-01&department=`: every crew's day, and the form for a new order.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Orders {
    /// The frame.
    pub shell: Shell,
    /// "Work orders, Tue Dec 1".
    pub heading: String,
    /// "2026-12-01".
    pub day: String,
    /// The working day before, this day, the next one.
    pub days: Vec<Link>,
    /// What was wrong with a form just sent.
    pub errors: Vec<FieldError>,
    /// Crews with orders on this day.
    pub crews: Vec<CrewDay>,
    /// Form `/staff/orders`; `None` = this person may not plan.
    pub plan: Option<PlanForm>,
    /// Shown when no crew has anything.
    pub empty: Option<Empty>,
}

/// The form for a new order.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PlanForm {
    /// Numbers as typed, with spaces between.
    pub numbers: String,
    /// "street_lighting/L3".
    pub crews: Vec<Choice>,
    /// "2026-12-01".
    pub day: String,
    /// As typed.
    pub notes: String,
    /// As typed.
    pub hazard: String,
}

/// One crew's day.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CrewDay {
    /// "L3, Street Lighting".
    pub name: String,
    /// The page for their phone; empty = not made yet.
    pub phone: String,
    /// "street_lighting/L3": sent as `crew` to `/staff/orders/link` to make the phone page, or a new one.
    pub code: String,
    /// The printed sheet.
    pub sheet: String,
    /// Its orders, in the order of the day.
    pub orders: Vec<OrderBox>,
}

/// `crew/day`, GET `/crew/{secret}`: today's orders of one crew.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CrewPage {
    /// The frame.
    pub shell: Shell,
    /// "L3, Tue Dec 1".
    pub heading: String,
    /// "2 to do, 1 done".
    pub counted: String,
    /// What was wrong with a form just sent.
    pub errors: Vec<FieldError>,
    /// Open ones first.
    pub orders: Vec<OrderBox>,
    /// Nothing today.
    pub empty: Option<Empty>,
}

/// `staff/sheet`, GET `/staff/orders/sheet`: the day of one crew on paper.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Sheet {
    /// The frame.
    pub shell: Shell,
    /// "Run sheet: L3, Street Lighting".
    pub heading: String,
    /// "Tue Dec 1".
    pub day: String,
    /// In the order of the day, without what is done.
    pub orders: Vec<OrderBox>,
}

/// One work order.
#[derive(Clone, Debug, Default, Serialize)]
pub struct OrderBox {
    /// "12".
    pub id: String,
    /// Where its forms post to: "/staff/orders/12" or "/crew/{secret}/12".
    pub base: String,
    /// planned dispatched on_site done could_not.
    pub state: String,
    /// A state that chips know: open assigned in_progress fixed waiting.
    pub tone: String,
    /// "Sent to the crew".
    pub word: String,
    /// "2": place in the day.
    pub turn: String,
    /// "Left over from Mon Nov 30"; empty = of this day.
    pub from_before: String,
    /// Why it could not be done; may be empty.
    pub why: String,
    /// What the crew must know.
    pub notes: String,
    /// "Live wire"; may be empty.
    pub hazard: String,
    /// Lines must be marked before anybody digs.
    pub dig: bool,
    /// The requests in it.
    pub tickets: Vec<OrderTicket>,
    /// On the crew's phone: "done" takes a photo.
    pub phone: bool,
    /// Which forms are shown.
    pub may: OrderMoves,
}

/// What may be done with an order now.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct OrderMoves {
    /// Form `send`.
    pub send: bool,
    /// Form `arrive`.
    pub arrive: bool,
    /// Form `done` (multipart: `photo`, `no_faces`, `words`).
    pub done: bool,
    /// Form `could-not` (`why`, `tomorrow`).
    pub could_not: bool,
    /// Form `plan` (`day`).
    pub plan: bool,
    /// Forms `up` and `down`.
    pub put: bool,
    /// Form `take-out` (`number`) and `add` (`number`).
    pub change: bool,
}

/// A request in a work order.
#[derive(Clone, Debug, Default, Serialize)]
pub struct OrderTicket {
    /// "26-004217".
    pub number: String,
    /// Its page for staff; empty on a crew's phone.
    pub href: String,
    /// "Street light out".
    pub title: String,
    /// "Broad St & Market St".
    pub place: String,
    /// A map on the phone: "geo:40.1,-74.1"; empty while nobody knows.
    pub geo: String,
    /// "40.12345, -74.12345".
    pub point: String,
    /// "Third time this year"; empty = the first.
    pub again: String,
    /// "due Wed Nov 25, 5 pm"; may be empty.
    pub due: String,
    /// Urgent.
    pub urgent: bool,
    /// Before and after.
    pub photos: Vec<Photo>,
}
