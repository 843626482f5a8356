//! The states of a reply and the moves between them; the one table that keeps "exactly once".
//!
//! `sending` is committed before the socket opens. Whoever finds a `sending` whose lease ran out moves it to
//! `unknown`, never back to `queued`: only looking at the network decides.

use crate::error::{Error, Result};

crate::words! {
    /// Where a reply is.
    pub enum State {
        /// Written, nobody has released it.
        Draft = "draft",
        /// Waits for a person's approval.
        Waiting = "waiting",
        /// Released; the worker takes it.
        Queued = "queued",
        /// A worker has it, or had it when it died.
        Sending = "sending",
        /// It stands on the network.
        Delivered = "delivered",
        /// It may stand on the network; we look.
        Unknown = "unknown",
        /// The network refused it for good.
        Failed = "failed",
        /// Stopped for now: switch, quiet hours, channel down, too old.
        Held = "held",
        /// Not to be sent any more: the ticket moved, the post is gone, somebody answered elsewhere.
        Void = "void",
    }
}

crate::words! {
    /// Why we say something; the event an author hears of once.
    pub enum Kind {
        /// The promise.
        OnIt = "on_it",
        /// Somebody wrote about it before.
        Joined = "joined",
        /// Where is it?
        Ask = "ask",
        /// Done, with proof.
        Fixed = "fixed",
        /// Ended for a reason.
        Closed = "closed",
        /// Not fixed after all.
        Reopened = "reopened",
        /// How far it is.
        Status = "status",
        /// The fixed text for danger to life.
        Emergency = "emergency",
        /// Written by a person.
        ByHand = "by_hand",
        /// Written by a person in the mayor's name; never goes on one person's word.
        ByMayor = "by_mayor",
    }
}

impl Kind {
    /// A person wrote the words.
    #[must_use]
    pub const fn is_by_hand(self) -> bool {
        matches!(self, Self::ByHand | Self::ByMayor)
    }
}

/// Says whether a reply may move.
///
/// # Errors
/// `Conflict`: the row is no longer where the caller thought.
pub fn check_move(from: State, to: State) -> Result<()> {
    use State as S;
    let allowed = match from {
        S::Draft | S::Waiting => matches!(to, S::Waiting | S::Queued | S::Held | S::Void),
        S::Queued => matches!(to, S::Sending | S::Waiting | S::Held | S::Void),
        S::Held => matches!(to, S::Waiting | S::Queued | S::Void),
        S::Sending => {
            matches!(to, S::Delivered | S::Unknown | S::Queued | S::Waiting | S::Failed | S::Void | S::Held)
        }
        S::Unknown => matches!(to, S::Delivered | S::Queued),
        // A failed reply can be tried again by a person; a delivered one only be taken back, which is its own record.
        S::Failed => matches!(to, S::Queued | S::Void),
        S::Delivered => matches!(to, S::Void),
        S::Void => false,
    };
    if allowed {
        return Ok(());
    }
    Err(Error::Conflict(format!("this reply is {from} and cannot become {to}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_is_never_sent_again_blindly() {
        for from in State::ALL {
            let direct = check_move(*from, State::Sending).is_ok();
            assert_eq!(direct, *from == State::Queued, "{from}");
        }
        assert!(check_move(State::Sending, State::Unknown).is_ok());
        assert!(check_move(State::Unknown, State::Sending).is_err());
        assert!(check_move(State::Void, State::Queued).is_err());
    }
}
