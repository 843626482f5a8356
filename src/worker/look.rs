//! Looks again at posts that stand on our pages or are about to be answered, and keeps what changed since: gone,
//! edited, private now. A network may tell of none of these by itself.

use crate::app::App;
use crate::channels::accounts::AccountRow;
use crate::channels::{Channel, Parent, ParentState, ReadFailure};
use crate::db::DbConnection;
use crate::error::Result;
use crate::intake::envelope::{Author, Envelope, EnvelopeKind};
use crate::intake::watched::{self, Shown, Watched};
use crate::intake::{self, Kept, Post};
use crate::tickets;

use super::poll::{follow_up, later};

/// A few posts of an account whose turn it is. True when one of them had changed.
pub(super) fn again(
    app: &App,
    row: &AccountRow,
    channel: &dyn Channel,
) -> std::result::Result<bool, ReadFailure> {
    let now = app.clock.now();
    let most = i64::try_from(channel.looks_at_once()).unwrap_or(1);
    let due = app.db.read().and_then(|mut conn| watched::due(&mut conn, row.id, most, now)).map_err(later)?;
    if due.is_empty() {
        return Ok(false);
    }
    let parents: Vec<Parent> = due
        .iter()
        .map(|w| Parent { local_id: w.local_id.clone(), uri: w.uri.clone(), ..Parent::default() })
        .collect();
    let states = channel.look_all(&parents)?;
    let mut changed = false;
    for (watched, state) in due.iter().zip(&states) {
        changed |= note(app, watched, state).map_err(later)?;
    }
    Ok(changed)
}

fn note(app: &App, watched: &Watched, state: &ParentState) -> Result<bool> {
    let now = app.clock.now();
    app.db.write(|conn| {
        if *state == ParentState::Gone {
            return Ok(watched::missed(conn, watched, now)? && keep_state(conn, app, watched.post_id, state)?);
        }
        let shown = shown(conn, watched.post_id, app)?;
        watched::seen(conn, watched.post_id, watched::next_look(shown, watched.created_at.0, now))?;
        keep_state(conn, app, watched.post_id, state)
    })
}

fn shown(conn: &mut DbConnection, post_id: i64, app: &App) -> Result<Shown> {
    let lately = app.clock.now() - chrono::Duration::days(watched::LATELY_DAYS);
    let mut shown = Shown::Nowhere;
    for join in tickets::joins_of_post(conn, post_id)? {
        let ticket = tickets::by_id(conn, join.ticket_id)?;
        if ticket.status.is_live() || ticket.status_at.0 > lately {
            return Ok(Shown::Now);
        }
        shown = Shown::Still;
    }
    Ok(shown)
}

/// Keeps what a look found; true when the post is not as it was read.
///
/// # Errors
/// `Database`, or `Conflict` when it was edited twice at once.
pub(super) fn keep(app: &App, post_id: i64, state: &ParentState) -> Result<bool> {
    app.db.write(|conn| keep_state(conn, app, post_id, state))
}

fn keep_state(conn: &mut DbConnection, app: &App, post_id: i64, state: &ParentState) -> Result<bool> {
    let now = app.clock.now();
    let post = intake::post(conn, post_id)?;
    if post.deleted_at.is_some() || matches!(state, ParentState::Closed(_)) {
        return Ok(false);
    }
    let Some(seen) = as_seen(conn, &post, state)? else {
        let gone = intake::gone(conn, &post, now)?;
        follow_up(conn, "deleted", &gone, now)?;
        return Ok(true);
    };
    match intake::keep(conn, &seen, post.account_id, now)? {
        Kept::Edited(post) => {
            follow_up(conn, "edited", &post, now)?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// The post as it stands now, in the form of an edit; `None` when it does not stand there any more.
fn as_seen(conn: &mut DbConnection, post: &Post, state: &ParentState) -> Result<Option<Envelope>> {
    let ParentState::There { local_id, visibility, edited_at, spoiler_text, text } = state else {
        return Ok(None);
    };
    let person = intake::person_by_id(conn, post.person_id)?;
    let raw = serde_json::json!({"seen_again": {"id": local_id, "visibility": visibility.as_str(),
        "edited_at": edited_at, "spoiler_text": spoiler_text, "text": text}});
    Ok(Some(Envelope {
        kind: EnvelopeKind::Edit,
        channel: post.channel.clone(),
        id: local_id.clone(),
        uri: post.uri.clone(),
        author: Author {
            id: person.network_id,
            handle: Some(person.handle),
            name: Some(person.name),
            bot: person.bot,
            place: None,
        },
        text: text.clone(),
        created_at: post.created_at.0,
        in_reply_to: post.in_reply_to.clone(),
        lang: post.lang.clone(),
        lat: post.lat,
        lon: post.lon,
        media: Vec::new(),
        visibility: *visibility,
        stated: None,
        local_id: Some(local_id.clone()),
        version: None,
        edited_at: *edited_at,
        root_uri: None,
        url: None,
        spoiler_text: spoiler_text.clone(),
        mentions: Vec::new(),
        from_us: false,
        raw: raw.to_string(),
    }))
}
