//! The one place that asks the machine for the time; everything else takes `now` as an argument.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, SubsecRound, Utc};

/// The time, from the machine or (in tests and simulations) from a hand.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    by_hand: Option<Arc<Mutex<DateTime<Utc>>>>,
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn machine() -> Self {
        Self::default()
    }

    /// A clock that stands still until it is moved.
    #[must_use]
    pub fn by_hand(at: DateTime<Utc>) -> Self {
        Self { by_hand: Some(Arc::new(Mutex::new(at))) }
    }

    /// Now, in UTC, cut to microseconds: what the databases keep is what the program compares.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.by_hand {
            Some(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
            #[expect(clippy::disallowed_methods, reason = "this is the one place that may")]
            None => Utc::now().trunc_subsecs(6),
        }
    }

    /// Moves a clock that is held by hand; the machine's clock ignores it.
    pub fn advance(&self, by: Duration) {
        if let Some(at) = &self.by_hand {
            *at.lock().unwrap_or_else(PoisonError::into_inner) += by;
        }
    }
}
