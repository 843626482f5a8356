//! Puts what is known about a ticket into the city's words, for one author in one thread.

use chrono::{DateTime, Duration, Utc};

use super::followers::public_place;
use crate::db::DbConnection;
use crate::error::Result;
use crate::intake::Account;
use crate::intake::manners::Manners;
use crate::intake::{Person, Post};
use crate::limits;
use crate::places::Place;
use crate::replies::wording::{self, Rendered, Values};
use crate::replies::{self, Draft, Kind, Reply};
use crate::settings::{Lang, Settings, dates};
use crate::tickets::Ticket;
use crate::world::World;

/// Who is told, where, and by which account. Without an account nobody can be answered on the network.
#[derive(Debug)]
pub(super) struct Listener<'a> {
    pub post: &'a Post,
    pub person: &'a Person,
    pub account: Option<&'a Account>,
    pub language: Lang,
}

/// What is said.
#[derive(Debug)]
pub(super) struct Saying<'a> {
    pub kind: Kind,
    pub event: &'a str,
    pub key: &'a str,
    pub values: Values,
    pub ticket: Option<&'a Ticket>,
}

/// The words a reply about this ticket may need.
pub(super) fn values(settings: &Settings, ticket: &Ticket, lang: Lang, now: DateTime<Utc>) -> Values {
    let department = settings.departments.get(&ticket.department).map(|d| d.names.get(lang).clone());
    let known = settings.catalogue.get(&ticket.service);
    let service = known.map(|s| s.names.get(lang).clone());
    let zone = settings.city.time_zone;
    let due = ticket.due_at.map(|d| dates::due(d.0, now, zone, lang));
    Values::default()
        .with("number", ticket.number.clone())
        // A private request has no public page, so its answers carry no link.
        .with(
            "link",
            if ticket.is_public() {
                settings.server.link(&format!("/t/{}", ticket.number))
            } else {
                String::new()
            },
        )
        .with("department", department.unwrap_or_default())
        .with("service", service.unwrap_or_default())
        // Where homes or people are concerned a reply names no house either.
        .with("place", public_place(known, &ticket.place_label, &ticket.place_kind, ticket.area.as_deref()))
        .with("due", due.unwrap_or_default())
        .with("status", ticket.status.word())
        .with("city", settings.city.name.clone())
        .with("emergency_number", settings.city.emergency_number.clone())
}

/// Two or three places by name, as one line: "Green St or Green Ter".
pub(super) fn candidates(places: &[Place], lang: Lang) -> String {
    let or = match lang {
        Lang::En => " or ",
        Lang::Es => " o ",
        Lang::Pt => " ou ",
        Lang::Ht => " oswa ",
    };
    let names: Vec<&str> = places.iter().take(3).map(|p| p.label.as_str()).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{}{or}{last}", rest.join(", ")),
        Some((last, _)) => (*last).to_owned(),
        None => String::new(),
    }
}

/// Renders what is said for this listener.
pub(super) fn words(world: &World, listener: &Listener<'_>, saying: &Saying<'_>) -> Option<Rendered> {
    let manners = listener.account.map_or_else(Manners::replay, replies::manners_of);
    let languages = [listener.language, world.settings.city.language];
    wording::render(
        &world.settings.wording,
        saying.key,
        languages,
        &saying.values,
        &manners,
        &listener.person.handle,
    )
}

/// Drafts what is said; it goes by itself or waits with the reason. `None` when this author has heard it.
pub(super) fn draft(
    conn: &mut DbConnection,
    world: &World,
    listener: &Listener<'_>,
    saying: &Saying<'_>,
    release: std::result::Result<(), &str>,
    now: DateTime<Utc>,
) -> Result<(Option<Rendered>, Option<Reply>)> {
    let Some(rendered) = words(world, listener, saying) else { return Ok((None, None)) };
    let Some(account) = listener.account else { return Ok((Some(rendered), None)) };
    let release = release.and(if rendered.reviewed {
        Ok(())
    } else {
        Err("nobody has reviewed this wording in this language")
    });
    let mut not_before = not_before(&world.settings, listener.post, saying.kind, now);
    if saying.kind == Kind::Ask && listener.post.media != "[]" {
        // The photo may know: nobody is asked what the next seconds tell.
        not_before = not_before.max(now + Duration::seconds(limits::PHOTO_KNOWS_S));
    }
    let draft = Draft {
        kind: saying.kind,
        event: saying.event,
        ticket: saying.ticket,
        post: listener.post,
        person: listener.person,
        account,
        text: &rendered.text,
        language: rendered.language.as_str(),
        release,
        drafted_by: "OnIt",
        not_before,
    };
    let reply = replies::draft(conn, &draft, now)?;
    Ok((Some(rendered), reply))
}

/// Quiet hours hold back only what answers nothing fresh; the emergency text goes at any hour.
fn not_before(settings: &Settings, post: &Post, kind: Kind, now: DateTime<Utc>) -> DateTime<Utc> {
    let policy = &settings.policy;
    let fresh = now - post.created_at.0 < Duration::minutes(i64::from(policy.fresh_minutes));
    let local = now.with_timezone(&settings.city.time_zone);
    if fresh || kind == Kind::Emergency || !policy.quiet_hours.contains(local.time()) {
        return now;
    }
    let today = local.date_naive();
    let morning =
        if local.time() < policy.quiet_hours.to { today } else { today.succ_opt().unwrap_or(today) };
    crate::settings::calendar::instant(settings.city.time_zone, morning.and_time(policy.quiet_hours.to))
}
