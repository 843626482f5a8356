//! The state machine of a work order, whole, and the order of a crew's day. Pure.

use crate::error::{Error, Result};

crate::words! {
    /// Where a work order is.
    pub enum OrderState {
        /// A crew and a day are named.
        Planned = "planned",
        /// The crew has it on its list.
        Dispatched = "dispatched",
        /// The crew is there.
        OnSite = "on_site",
        /// The work is done.
        Done = "done",
        /// It could not be done; the order says why.
        CouldNot = "could_not",
    }
}

crate::words! {
    /// What somebody does with a work order.
    pub enum OrderStep {
        /// It gets a crew and a day, or another day.
        Plan = "plan",
        /// It goes to the crew.
        Dispatch = "dispatch",
        /// The crew is there.
        Arrive = "arrive",
        /// The work is done.
        Finish = "finish",
        /// It cannot be done, and why.
        Fail = "fail",
    }
}

/// Where a step leads.
///
/// # Errors
/// `Refused`, with the reason, for a step that does not fit.
pub fn after(from: OrderState, step: OrderStep) -> Result<OrderState> {
    use OrderState as S;
    use OrderStep as T;
    match (from, step) {
        (S::Planned | S::Dispatched | S::CouldNot, T::Plan) => Ok(S::Planned),
        (S::Planned, T::Dispatch) => Ok(S::Dispatched),
        (S::Dispatched, T::Arrive) => Ok(S::OnSite),
        // A crew that forgot to say that it is there is done all the same.
        (S::Dispatched | S::OnSite, T::Finish) => Ok(S::Done),
        (S::Planned | S::Dispatched | S::OnSite, T::Fail) => Ok(S::CouldNot),
        (S::Done, T::Plan | T::Dispatch | T::Arrive | T::Finish | T::Fail) => {
            Err(Error::Refused("this work order is done: plan a new one".into()))
        }
        (S::CouldNot, T::Dispatch | T::Arrive | T::Finish | T::Fail) => {
            Err(Error::Refused("this work order could not be done: plan another day first".into()))
        }
        (S::Planned, T::Arrive | T::Finish) => {
            Err(Error::Refused("this work order was not sent to its crew yet".into()))
        }
        (S::Dispatched | S::OnSite, T::Dispatch) => Err(Error::Refused("the crew has it already".into())),
        (S::OnSite, T::Plan | T::Arrive) => Err(Error::Refused("the crew is there already".into())),
    }
}

impl OrderState {
    /// The word for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Planned => "Planned",
            Self::Dispatched => "Sent to the crew",
            Self::OnSite => "On site",
            Self::Done => "Done",
            Self::CouldNot => "Could not be done",
        }
    }

    /// True until it is done.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Done)
    }
}

/// The order of a crew's day after one order moved up (or down) by one place: the row ids anew, first to last.
#[must_use]
pub fn moved(ids: &[i64], id: i64, up: bool) -> Vec<i64> {
    let mut list = ids.to_vec();
    let Some(at) = list.iter().position(|one| *one == id) else { return list };
    let to = if up { at.checked_sub(1) } else { Some(at + 1).filter(|to| *to < list.len()) };
    if let Some(to) = to {
        list.swap(at, to);
    }
    list
}

/// "Third time this year" for a spot that had `before` other tickets this year; `None` for the first.
#[must_use]
pub fn again_words(before: i64) -> Option<String> {
    let nth = before + 1;
    let word = match nth {
        ..=1 => return None,
        2 => "Second".to_owned(),
        3 => "Third".to_owned(),
        4 => "Fourth".to_owned(),
        5 => "Fifth".to_owned(),
        more => format!("{more}th"),
    };
    Some(format!("{word} time this year"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_and_every_step() {
        use OrderState as S;
        use OrderStep as T;
        let steps = [T::Plan, T::Dispatch, T::Arrive, T::Finish, T::Fail];
        let check = |from: S, expect: [Option<S>; 5]| {
            let found = steps.map(|step| after(from, step).ok());
            assert_eq!(found, expect, "{from}");
        };
        check(S::Planned, [Some(S::Planned), Some(S::Dispatched), None, None, Some(S::CouldNot)]);
        check(S::Dispatched, [Some(S::Planned), None, Some(S::OnSite), Some(S::Done), Some(S::CouldNot)]);
        check(S::OnSite, [None, None, None, Some(S::Done), Some(S::CouldNot)]);
        check(S::CouldNot, [Some(S::Planned), None, None, None, None]);
        check(S::Done, [None; 5]);
    }

    #[test]
    fn a_day_is_put_in_another_order() {
        let check = |id, up, expect: [i64; 3]| assert_eq!(moved(&[7, 8, 9], id, up), expect, "{id} {up}");
        check(8, true, [8, 7, 9]);
        check(8, false, [7, 9, 8]);
        check(7, true, [7, 8, 9]);
        check(9, false, [7, 8, 9]);
        check(1, true, [7, 8, 9]);
    }

    #[test]
    fn how_often_this_year() {
        let check = |before, expect: Option<&str>| assert_eq!(again_words(before).as_deref(), expect);
        check(0, None);
        check(1, Some("Second time this year"));
        check(2, Some("Third time this year"));
        check(11, Some("12th time this year"));
    }
}
