//! A form that came too late: its sender was signed out, or its page was open for too long. Nothing that was typed
//! is lost: it is carried over the sign-in, stands on a page of its own, and one press sends it.
//!
//! Kept nowhere but in the page itself. What may be carried is a form of a staff page of this site, without photos;
//! it is sent only by a person who sees the words.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use url::form_urlencoded;

use super::account;
use super::answer::{Answer, Asker};
use super::guard::FORM_BODY_BYTES;
use super::session::return_path;
use super::shell::shell;
use super::site::Site;
use super::view::account::{LateField, LateForm};
use super::view::ticket::Fact;
use crate::error::Result;

/// Forms of these parts are carried; what stands there changes nothing that strangers may do.
const PARTS: [&str; 2] = ["/staff/", "/mayor/"];
const MOST_FIELDS: usize = 40;
/// Fields people type into, and what the page calls them. The others travel unseen.
const TYPED: [(&str, &str); 6] = [
    ("text", "Your words"),
    ("words", "Your words"),
    ("where", "Place"),
    ("crew", "Crew"),
    ("day", "Day"),
    ("until", "Until"),
];

/// A form to be sent once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Late {
    to: String,
    fields: Vec<(String, String)>,
}

impl Late {
    /// The form that was sent to this path; `None` when it cannot be carried or nothing was typed into it.
    pub(super) fn of(path: &str, body: &[u8]) -> Option<Self> {
        let to = return_path(path).filter(|p| PARTS.iter().any(|part| p.starts_with(part)))?;
        if body.len() > FORM_BODY_BYTES {
            return None;
        }
        let fields: Vec<(String, String)> = form_urlencoded::parse(body)
            .filter(|(name, _)| name != "csrf")
            .take(MOST_FIELDS)
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        let typed = |name: &str| TYPED.iter().any(|(known, _)| *known == name);
        let worth = fields.iter().any(|(name, value)| typed(name) && !value.trim().is_empty());
        worth.then(|| Self { to: to.to_owned(), fields })
    }

    /// Where it goes.
    pub(super) fn to(&self) -> &str {
        &self.to
    }

    /// All fields in one, for the hidden field of the sign-in form.
    pub(super) fn packed(&self) -> String {
        let mut packed = form_urlencoded::Serializer::new(String::new());
        packed.extend_pairs(&self.fields);
        packed.finish()
    }

    /// What people typed, with the names of the fields.
    pub(super) fn typed(&self) -> Vec<Fact> {
        let label = |name: &str| TYPED.iter().find(|(known, _)| *known == name).map(|(_, label)| *label);
        let fact = |(name, value): &(String, String)| {
            let label = label(name).filter(|_| !value.trim().is_empty())?;
            Some(Fact { label: label.to_owned(), value: value.clone(), tone: String::new() })
        };
        self.fields.iter().filter_map(fact).collect()
    }

    /// The page that shows it and sends it when pressed; `csrf` is the token of the session it is sent in.
    ///
    /// # Errors
    /// `Unavailable` when the template is broken.
    pub(super) fn page(&self, site: &Site, asker: &Asker, csrf: &str) -> Result<Answer> {
        let mut frame = shell(site, &site.world(), asker, ("Send it now?", ""));
        csrf.clone_into(&mut frame.csrf);
        let back = self.to.rsplit_once('/').map_or("/staff", |(page, _)| page);
        let view = LateForm {
            shell: frame,
            typed: self.typed(),
            action: self.to.clone(),
            fields: self
                .fields
                .iter()
                .map(|(name, value)| LateField { name: name.clone(), value: value.clone() })
                .collect(),
            back: if back.starts_with("/mayor") { "/mayor".to_owned() } else { back.to_owned() },
        };
        let html = site.pages.render("account/late", &view)?;
        Ok(Answer::page(html).header(header::CACHE_CONTROL, "no-store"))
    }
}

/// In place of a refusal, when a form's token was too old: its words again. `None` leaves it at the refusal.
pub(super) fn instead_of_refusal(request: &HttpRequest, body: &Bytes) -> Option<HttpResponse> {
    let site = request.app_data::<Data<Site>>()?;
    let asker = Asker::with_form(request, site).ok()?;
    let made = if request.path() == "/sign-in" {
        let email =
            form_urlencoded::parse(body).find(|(name, _)| name == "email").map(|(_, v)| v.into_owned());
        let words = "This page was open for too long. Sign in once more.";
        account::page(site, &asker, &email.unwrap_or_default(), "", words, None)
    } else {
        Late::of(request.path(), body)?.page(site, &asker, &asker.csrf)
    };
    let answer = made.ok()?.status(StatusCode::CONFLICT);
    let mut response = answer.into_response(asker.cookie());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_for_our_own_staff_pages_are_carried() {
        let check = |path: &str, body: &str, expect: bool| {
            assert_eq!(Late::of(path, body.as_bytes()).is_some(), expect, "{path} {body}");
        };
        check("/staff/tickets/26-000001/note", "csrf=x&text=Valve", true);
        check("/mayor/replies/7/reject", "words=no", true);
        check("/staff/tickets/26-000001/note", "csrf=x&text=+", false);
        check("/staff/tickets/26-000001/start", "csrf=x&seen=open", false);
        check("/report", "text=x", false);
        check("//evil.example/staff/", "text=x", false);
        check("/staff/../sign-out", "", false);
    }

    #[test]
    fn a_form_survives_being_carried() {
        let body = "csrf=old&seen=open&text=Valve+%26+rack%0Atwo&words=";
        let late = Late::of("/staff/tickets/26-000001/note", body.as_bytes()).expect("worth carrying");
        let again = Late::of(late.to(), late.packed().as_bytes()).expect("still");
        assert_eq!(again, late);
        assert!(!late.packed().contains("csrf"), "the old token stays behind");
        assert_eq!(late.typed().len(), 1);
        assert_eq!(late.typed()[0].value, "Valve & rack\ntwo");
    }
}
