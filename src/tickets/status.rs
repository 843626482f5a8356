//! The status machine, whole: which step leads from which status to which, and the five stages people see.
//!
//! One exhaustive `match`; a step that is not in it is refused with the reason.

use crate::error::{Error, Result};

crate::words! {
    /// Where a ticket is.
    pub enum Status {
        /// We have it; no department yet (usually: no place yet).
        Received = "received",
        /// A department has it and answers for it.
        Open = "open",
        /// A crew is booked.
        Assigned = "assigned",
        /// Work has begun.
        InProgress = "in_progress",
        /// Nothing can happen until somebody does something; the ticket says who.
        Waiting = "waiting",
        /// Done, with proof.
        Fixed = "fixed",
        /// Ended without a proven fix; the ticket says why.
        Closed = "closed",
        /// Was fixed or closed, and is not.
        Reopened = "reopened",
    }
}

crate::words! {
    /// Why a ticket was closed without being fixed.
    pub enum CloseReason {
        /// Somebody else looks after that spot.
        NotOurs = "not_ours",
        /// The same as another one.
        Duplicate = "duplicate",
        /// Nothing will be done, and why.
        NoAction = "no_action",
        /// Nobody could say where it is.
        NoPlace = "no_place",
        /// Done, says the crew, but there is no proof.
        NotVerified = "not_verified",
    }
}

crate::words! {
    /// What somebody does to a ticket.
    pub enum Step {
        /// Place and department are known: it can be worked on.
        Open = "open",
        /// A crew is booked.
        Assign = "assign",
        /// Work begins.
        Start = "start",
        /// It must wait for somebody.
        Wait = "wait",
        /// Done, with proof.
        Fix = "fix",
        /// Ended for another reason.
        Close = "close",
        /// It is not fixed after all.
        Reopen = "reopen",
    }
}

/// The status after `step`.
///
/// # Errors
/// `Refused`, saying what can be done instead.
pub fn after(from: Status, step: Step) -> Result<Status> {
    use Status as S;
    use Step as T;
    match (from, step) {
        (S::Received | S::Waiting, T::Open) => Ok(S::Open),
        (S::Open | S::Reopened | S::Waiting | S::InProgress | S::Assigned | S::Received, T::Assign) => {
            Ok(S::Assigned)
        }
        (S::Open | S::Reopened | S::Waiting | S::Assigned, T::Start) => Ok(S::InProgress),
        (S::Received | S::Open | S::Assigned | S::InProgress | S::Waiting | S::Reopened, T::Wait) => {
            Ok(S::Waiting)
        }
        (S::Received | S::Open | S::Assigned | S::InProgress | S::Waiting | S::Reopened, T::Fix) => {
            Ok(S::Fixed)
        }
        (S::Received | S::Open | S::Assigned | S::InProgress | S::Waiting | S::Reopened, T::Close) => {
            Ok(S::Closed)
        }
        (S::Fixed | S::Closed, T::Reopen) => Ok(S::Reopened),
        (S::Fixed | S::Closed, T::Open | T::Assign | T::Start | T::Wait | T::Fix | T::Close) => {
            Err(Error::Refused(format!("this request is {from}: reopen it first")))
        }
        (S::Received, T::Start) => Err(Error::Refused("nobody has this request yet: assign it first".into())),
        (S::Open | S::Assigned | S::InProgress | S::Reopened, T::Open) => {
            Err(Error::Refused(format!("this request is already {from}")))
        }
        (S::InProgress, T::Start) => Err(Error::Refused("work has already started".into())),
        (S::Received | S::Open | S::Assigned | S::InProgress | S::Waiting | S::Reopened, T::Reopen) => {
            Err(Error::Refused(format!("this request is {from}, not ended: there is nothing to reopen")))
        }
    }
}

impl Status {
    /// The stage people see, 1 to 5, or `None` where the stage reached so far stays.
    #[must_use]
    pub const fn stage(self) -> Option<i64> {
        match self {
            Self::Received => Some(1),
            Self::Open => Some(2),
            Self::Assigned => Some(3),
            Self::InProgress => Some(4),
            Self::Fixed => Some(5),
            Self::Waiting | Self::Closed | Self::Reopened => None,
        }
    }

    /// True until it is fixed or closed.
    #[must_use]
    pub const fn is_live(self) -> bool {
        !matches!(self, Self::Fixed | Self::Closed)
    }

    /// The word for everyone (LOOK: never another one).
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Received => "Received",
            Self::Open => "On it",
            Self::Assigned => "Crew booked",
            Self::InProgress => "Work started",
            Self::Waiting => "Waiting",
            Self::Fixed => "Fixed",
            Self::Closed => "Closed",
            Self::Reopened => "Reopened",
        }
    }

    /// Open311's two words.
    #[must_use]
    pub const fn open311(self) -> &'static str {
        if self.is_live() { "open" } else { "closed" }
    }
}

impl CloseReason {
    /// The reason as people read it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotOurs => "Closed, not ours",
            Self::Duplicate => "Closed, known already",
            Self::NoAction => "Closed, no action",
            Self::NoPlace => "Closed, no place",
            Self::NotVerified => "Closed, not verified",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_from_every_status_is_decided() {
        for from in Status::ALL {
            for step in Step::ALL {
                match after(*from, *step) {
                    // Ending is the only way out of the live states, reopening the only way back.
                    Ok(to) => assert!(from.is_live() || to == Status::Reopened, "{from} {step} {to}"),
                    Err(Error::Refused(why)) => assert!(why.len() > 10),
                    Err(other) => panic!("{other}"),
                }
            }
        }
    }

    #[test]
    fn fixed_needs_reopening() {
        assert!(after(Status::Fixed, Step::Close).is_err());
        assert_eq!(after(Status::Fixed, Step::Reopen).unwrap(), Status::Reopened);
        assert_eq!(after(Status::Reopened, Step::Assign).unwrap(), Status::Assigned);
    }
}
