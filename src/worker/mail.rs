//! Sends the mails that were written: to followers, people on duty, departments, admins. Retried for three days.

use chrono::{DateTime, Duration, Utc};

use super::Round;
use crate::app::App;
use crate::channels::OwnPost;
use crate::channels::accounts::AccountRow;
use crate::db::DbConnection;
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::jobs::mails::{self as mail, NewMail};
use crate::net::smtp::Mail;
use crate::world::World;

/// Longest time a mail is tried, in days; then a person sees it as failed.
const TRY_DAYS: i64 = 3;

/// Sends the mails whose time has come.
///
/// # Errors
/// `Database` only; a mail that cannot be sent is written down with the reason.
pub fn round(app: &App) -> Result<Round> {
    let now = app.clock.now();
    if !app.mailer.can_send() {
        return Ok(Round::Idle);
    }
    let taken = app.db.write(|conn| mail::claim(conn, Ts(now), Ts(now + Duration::seconds(60)), 5))?;
    if taken.is_empty() {
        return Ok(Round::Idle);
    }
    for row in taken {
        let sent = app.mailer.send(&Mail {
            to: row.to_address.clone(),
            subject: row.subject.clone(),
            text: row.text.clone(),
            html: (!row.html.is_empty()).then(|| row.html.clone()),
            headers: vec![("Auto-Submitted".into(), "auto-generated".into())],
        });
        let ended = app.db.write(|conn| match &sent {
            Ok(()) => mail::finish(conn, &row, "sent", "", Ts(now)),
            Err(why) => {
                let old = now - row.created_at.0 > Duration::days(TRY_DAYS);
                let refused = matches!(why, Error::Invalid(_) | Error::Refused(_));
                let state = if old || refused { "failed" } else { "due" };
                let wait = Duration::minutes(
                    2_i64.saturating_pow(u32::try_from(row.attempts.clamp(0, 8)).unwrap_or(8)),
                );
                mail::finish(conn, &row, state, &why.to_string(), Ts(now + wait))
            }
        });
        match ended {
            Ok(()) | Err(Error::Conflict(_)) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(Round::Worked)
}

/// Writes a mail to everybody on the duty list about trouble with a channel; once an hour and channel.
///
/// # Errors
/// `Database` only.
pub fn tell_admins(
    conn: &mut DbConnection,
    world: &World,
    event: &str,
    name: &str,
    why: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let text = format!(
        "The channel \"{name}\" must be connected again.\n\n{why}\n\nReplies wait and go out after `onit channel add` \
         has been run again for it. Other channels go on.\n"
    );
    tell_duty(conn, world, event, &format!("{name} must be connected again"), &text, now)
}

/// Writes a mail to everybody on the duty list: our account said something that OnIt did not write. Once a post.
///
/// # Errors
/// `Database` only.
pub fn tell_of_outside_post(
    conn: &mut DbConnection,
    world: &World,
    row: &AccountRow,
    own: &OwnPost,
    now: DateTime<Utc>,
) -> Result<()> {
    let page = own.url.as_deref().unwrap_or(&own.uri);
    let text = format!(
        "The account {} posted something that was not written in OnIt:\n\n{}\n\n{page}\n\nA colleague may have answered \
         in the network's own app. If nobody did, change the password of the account now, take its tokens back, and \
         press \"Stop all sending\".\nWrite outside_posts = \"record\" into policy.toml if you do not want these mails.\n",
        row.handle, own.text
    );
    let event = format!("outside/{}/{}", row.id, own.uri);
    tell_duty(conn, world, &event, &format!("a post by {} from outside OnIt", row.handle), &text, now)
}

/// Writes a mail to everybody on the duty list: a reply of ours stands there in other words than approved. Once a post.
///
/// # Errors
/// `Database` only.
pub fn tell_of_other_words(
    conn: &mut DbConnection,
    world: &World,
    row: &AccountRow,
    own: &OwnPost,
    approved: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let page = own.url.as_deref().unwrap_or(&own.uri);
    let text = format!(
        "A reply by {} stands on the network in other words than were approved.\n\nApproved:\n\n{approved}\n\nIt \
         says:\n\n{}\n\n{page}\n\nLook at it there, and take it back or correct it from its ticket.\n",
        row.handle, own.text
    );
    let event = format!("other_words/{}/{}", row.id, own.uri);
    tell_duty(conn, world, &event, &format!("a reply by {} says something else", row.handle), &text, now)
}

fn tell_duty(
    conn: &mut DbConnection,
    world: &World,
    event: &str,
    subject: &str,
    text: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let subject = format!("{}: {subject}", world.settings.city.account_name);
    for person in &world.settings.policy.duty {
        let Some(to) = &person.email else { continue };
        let key = format!("{event}/{to}");
        let mail = NewMail { event_key: &key, to, subject: &subject, text, html: "", ticket_id: None };
        mail::insert(conn, &mail, Ts(now))?;
    }
    Ok(())
}
