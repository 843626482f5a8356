//! What a refused form says on the page it came from, and the status that page has.

use actix_web::http::StatusCode;

use super::view::FieldError;
use crate::error::Error;

/// The message at a field; `None` when the error has a page of its own.
pub(super) fn told(error: &Error, field: &str) -> Option<FieldError> {
    let words = match error {
        Error::Invalid(words) | Error::Refused(words) | Error::Conflict(words) => words,
        Error::NotFound(_) | Error::Forbidden(_) | Error::Unavailable(_) | Error::Database(_) => return None,
    };
    Some(FieldError { field: field.to_owned(), message: sentence(words) })
}

/// 422 for what can be mended in the form, 409 for what stands against it.
pub(super) fn status_of(error: &Error) -> StatusCode {
    match error {
        Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::CONFLICT,
    }
}

/// First letter up, a period at the end.
pub(super) fn sentence(words: &str) -> String {
    let mut letters = words.trim().chars();
    let first: String = letters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let rest = letters.as_str();
    let end = if rest.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{first}{rest}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_trouble_is_not_told_on_a_form() {
        let check = |error: &Error, expect: Option<&str>| {
            assert_eq!(told(error, "words").map(|e| e.message).as_deref(), expect);
        };
        check(&Error::Invalid("say why".into()), Some("Say why."));
        check(&Error::Refused("which one?".into()), Some("Which one?"));
        check(&Error::Unavailable("/srv".into()), None);
    }

    #[test]
    fn sentences() {
        assert_eq!(sentence("say whose it is"), "Say whose it is.");
        assert_eq!(sentence("Which one is it?"), "Which one is it?");
        assert_eq!(sentence(""), ".");
    }
}
