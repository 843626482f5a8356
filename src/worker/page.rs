//! Calls the people on duty about danger to life, the next one every two minutes, until somebody has it.

use base64::Engine as _;
use chrono::Duration;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use sha2::Sha256;

use super::Round;
use crate::app::App;
use crate::db::types::Ts;
use crate::error::Result;
use crate::jobs::mails::{self as mail, NewMail};
use crate::net::http::{Method, Request};
use crate::settings::DutyPerson;

use crate::tickets::{self, Entry, Page, Ticket};

/// One call for every emergency nobody has taken yet.
///
/// # Errors
/// `Database` only; a webhook that does not answer is told in the log, the mail goes all the same.
pub fn round(app: &App) -> Result<Round> {
    let now = app.clock.now();
    let due = tickets::pages_due(&mut *app.db.read()?, Ts(now))?;
    if due.is_empty() {
        return Ok(Round::Idle);
    }
    let world = app.world.now();
    let duty = &world.settings.policy.duty;
    if duty.is_empty() {
        tracing::error!("danger to life and nobody on duty: fill `duty` in policy.toml");
        return Ok(Round::Idle);
    }
    for page in due {
        let turn = usize::try_from(page.paged).unwrap_or(0) % duty.len();
        let Some(person) = duty.get(turn) else { continue };
        let next = Ts(now + Duration::seconds(i64::from(world.settings.policy.page_again_seconds)));
        let ticket = tickets::by_id(&mut *app.db.read()?, page.ticket_id)?;
        let mine = app.db.write(|conn| {
            if !tickets::page_again(conn, &page, next)? {
                return Ok(false);
            }
            let words = format!("{} is called (call {})", person.name, page.paged + 1);
            tickets::append(conn, ticket.id, &[Entry::by_machine("paged", words, false, Ts(now))])?;
            if let Some(to) = &person.email {
                let text = text(app, &ticket, person);
                let key = format!("page/{}/{}", ticket.number, page.paged);
                let subject = format!("Danger to life: {} ({})", place(&ticket), ticket.number);
                let new = NewMail {
                    event_key: &key,
                    to,
                    subject: &subject,
                    text: &text,
                    html: "",
                    ticket_id: Some(ticket.id),
                };
                mail::insert(conn, &new, Ts(now))?;
            }
            Ok(true)
        })?;
        if mine {
            webhook(app, person, &ticket, &page);
        }
    }
    Ok(Round::Worked)
}

fn place(ticket: &Ticket) -> &str {
    if ticket.place_label.is_empty() { "place not known" } else { &ticket.place_label }
}

fn text(app: &App, ticket: &Ticket, person: &DutyPerson) -> String {
    let world = app.world.now();
    let link = world.settings.server.link(&format!("/staff/tickets/{}", ticket.number));
    format!(
        "{}, a post speaks of danger to life.\n\nWhere: {}\nRead as: {}\n\nOpen it and press \"I have it\":\n{link}\n\n\
         If nobody does within {} seconds, the next person is called.\n",
        person.name,
        place(ticket),
        ticket.service,
        world.settings.policy.page_again_seconds
    )
}

/// Signed like Standard Webhooks: id, time and body, HMAC-SHA256, base64.
fn webhook(app: &App, person: &DutyPerson, ticket: &Ticket, page: &Page) {
    let world = app.world.now();
    let (Some(url), Some(key)) = (&person.webhook, &world.settings.secrets.duty_webhook_key) else { return };
    let id = format!("page-{}-{}", ticket.number, page.paged);
    let at = app.clock.now().timestamp();
    let body = serde_json::json!({
        "type": "danger_to_life", "number": ticket.number, "place": place(ticket), "service": ticket.service,
        "link": world.settings.server.link(&format!("/staff/tickets/{}", ticket.number)),
    })
    .to_string();
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes()) else { return };
    mac.update(format!("{id}.{at}.{body}").as_bytes());
    let signature = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
    let request = Request::new(Method::Post, url.clone())
        .header("webhook-id", &id)
        .header("webhook-timestamp", &at.to_string())
        .header("webhook-signature", &format!("v1,{signature}"))
        .body("application/json", body.into_bytes());
    match app.client.send(request) {
        Ok(answer) if answer.status < 300 => {}
        Ok(answer) => tracing::error!(person = person.name, "the duty webhook answered {}", answer.status),
        Err(failure) => tracing::error!(person = person.name, "the duty webhook did not answer: {failure}"),
    }
}
