//! One error for the whole house, sorted by what the caller can do about it.
//!
//! No layer invents its own: a message says what went wrong, where, and how to mend it.
//! The web layer maps each kind to one HTTP status, the command line to one exit code.

/// What went wrong, by what the caller can do next.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The thing asked for does not exist (or the asker may not know that it does).
    #[error("{0}")]
    NotFound(String),
    /// The city's rules say no; the message says which rule and who may do it.
    #[error("{0}")]
    Refused(String),
    /// Somebody else was faster; look again and decide anew.
    #[error("{0}")]
    Conflict(String),
    /// The input is wrong; the message names the field, the line and the fix.
    #[error("{0}")]
    Invalid(String),
    /// Signed out, or not allowed for this role.
    #[error("{0}")]
    Forbidden(String),
    /// Something outside does not answer now; trying later may help.
    #[error("{0}")]
    Unavailable(String),
    /// The database said no.
    #[error("database: {0}")]
    Database(#[from] diesel::result::Error),
}

/// Result of everything that can fail in this house.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Puts the place where it happened in front of the message ("config/services.toml line 7: …").
    #[must_use]
    pub fn at(self, place: &str) -> Self {
        let told = |message: String| format!("{place}: {message}");
        match self {
            Self::NotFound(m) => Self::NotFound(told(m)),
            Self::Refused(m) => Self::Refused(told(m)),
            Self::Conflict(m) => Self::Conflict(told(m)),
            Self::Invalid(m) => Self::Invalid(told(m)),
            Self::Forbidden(m) => Self::Forbidden(told(m)),
            Self::Unavailable(m) => Self::Unavailable(told(m)),
            Self::Database(e) => Self::Database(e),
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(e: std::io::Error) -> Self {
        Self::Unavailable(format!("reading or writing: {e}"))
    }
}

impl From<r2d2::Error> for Error {
    fn from(e: r2d2::Error) -> Self {
        Self::Unavailable(format!("no database connection within the wait: {e}"))
    }
}
