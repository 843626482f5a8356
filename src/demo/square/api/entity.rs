//! The entities of the Mastodon API as JSON, field for field.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::super::html::{self, Token};
use super::super::memory::{CITY, Memory, Notice, Person, Photo, Post};

/// A date as Mastodon writes it: milliseconds and `Z`.
pub(super) fn date(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Account.
pub(super) fn account(memory: &Memory, base: &str, index: usize) -> Value {
    let person: &Person = &memory.people[index];
    let posts = memory.posts.values().filter(|post| post.author == index);
    let (count, last) = posts.fold((0_u64, None), |(count, _), post| (count + 1, Some(post.created_at)));
    let picture = format!("{base}/assets/{}", if index == CITY { "seal.svg" } else { "neighbor.svg" });
    let handle = &person.handle;
    json!({
        "id": account_id(index), "username": handle, "acct": handle, "display_name": person.name,
        "locked": false, "bot": person.bot, "discoverable": true, "indexable": true, "group": false,
        "created_at": person.since.format("%Y-%m-%dT00:00:00.000Z").to_string(), "note": "",
        "url": format!("{base}/@{handle}"), "uri": format!("{base}/users/{handle}"),
        "avatar": picture, "avatar_static": picture, "header": picture, "header_static": picture,
        "followers_count": 0, "following_count": 0, "statuses_count": count,
        "last_status_at": last.map(|at| at.format("%Y-%m-%d").to_string()),
        "hide_collections": null, "noindex": false, "emojis": [], "roles": [], "fields": [],
    })
}

/// Account ids are strings of digits, unlike the position in memory so that nobody mixes them up.
pub(super) fn account_id(index: usize) -> String {
    (110_000_000_000_000_000_u64 + u64::try_from(index).unwrap_or(0)).to_string()
}

/// The position an account id means.
pub(super) fn account_index(memory: &Memory, id: &str) -> Option<usize> {
    let number: u64 = id.parse().ok()?;
    let index = usize::try_from(number.checked_sub(110_000_000_000_000_000)?).ok()?;
    (index < memory.people.len()).then_some(index)
}

/// Account as its owner sees it.
pub(super) fn credential_account(memory: &Memory, base: &str, index: usize) -> Value {
    let mut value = account(memory, base, index);
    let language = &memory.people[index].language;
    value["source"] = json!({
        "privacy": "public", "sensitive": false, "language": language, "note": "", "fields": [],
        "follow_requests_count": 0, "hide_collections": null, "discoverable": true, "indexable": true,
    });
    value["role"] = json!({
        "id": "-99", "name": "", "permissions": "65536", "color": "", "highlighted": false,
    });
    value
}

/// Status as `viewer` sees it.
pub(super) fn status(memory: &Memory, base: &str, post: &Post, viewer: Option<usize>) -> Value {
    let handle = &memory.people[post.author].handle;
    let profile = |name: &str, host: Option<&str>| {
        let person = memory.by_mention(name, host)?;
        Some(format!("{base}/@{}", memory.people[person].handle))
    };
    let replies = memory.posts.range(post.id..).filter(|(_, other)| other.reply_to == Some(post.id)).count();
    let mut value = json!({
        "id": post.id.to_string(), "created_at": date(post.created_at),
        "in_reply_to_id": post.reply_to.map(|id| id.to_string()),
        "in_reply_to_account_id": post.reply_to_author.map(account_id),
        "sensitive": post.sensitive, "spoiler_text": post.spoiler,
        "visibility": post.visibility.as_str(), "language": post.language,
        "uri": format!("{base}/users/{handle}/statuses/{}", post.id),
        "url": format!("{base}/@{handle}/{}", post.id),
        "replies_count": replies, "reblogs_count": 0, "favourites_count": 0, "quotes_count": 0,
        "edited_at": post.edited_at.map(date),
        "content": html::to_html(&post.text, base, profile), "reblog": null, "application": null,
        "account": account(memory, base, post.author),
        "media_attachments": photos(memory, base, post),
        "mentions": mentions(memory, base, post), "tags": tags(base, post),
        "emojis": [], "card": null, "poll": null,
    });
    if viewer.is_some() {
        for flag in ["favourited", "reblogged", "muted", "bookmarked"] {
            value[flag] = json!(false);
        }
        value["filtered"] = json!([]);
    }
    if viewer == Some(post.author) {
        value["pinned"] = json!(false);
    }
    value
}

fn photos(memory: &Memory, base: &str, post: &Post) -> Vec<Value> {
    post.photos.iter().filter_map(|id| memory.photos.get(id)).map(|photo| media(base, photo)).collect()
}

fn mentions(memory: &Memory, base: &str, post: &Post) -> Vec<Value> {
    let one = |index: &usize| {
        let handle = &memory.people[*index].handle;
        json!({
            "id": account_id(*index), "username": handle, "acct": handle,
            "url": format!("{base}/@{handle}"),
        })
    };
    post.mentions.iter().map(one).collect()
}

fn tags(base: &str, post: &Post) -> Vec<Value> {
    let mut names: Vec<String> = Vec::new();
    for token in html::tokens(&post.text) {
        if let Token::Tag(tag) = token
            && !names.contains(&tag.to_lowercase())
        {
            names.push(tag.to_lowercase());
        }
    }
    names.iter().map(|name| json!({"name": name, "url": format!("{base}/tags/{name}")})).collect()
}

/// MediaAttachment.
pub(super) fn media(base: &str, photo: &Photo) -> Value {
    let url = format!("{base}{}", photo.path());
    let aspect = f64::from(photo.width_px) / f64::from(photo.height_px.max(1));
    let size = json!({
        "width": photo.width_px, "height": photo.height_px,
        "size": format!("{}x{}", photo.width_px, photo.height_px), "aspect": aspect,
    });
    json!({
        "id": photo.id.to_string(), "type": "image", "url": url, "preview_url": url, "remote_url": null,
        "preview_remote_url": null, "text_url": null, "meta": {"original": size, "small": size},
        "description": photo.description, "blurhash": null,
    })
}

/// Notification.
pub(super) fn notification(memory: &Memory, base: &str, notice: &Notice) -> Value {
    let post = notice.post.and_then(|id| memory.posts.get(&id));
    let mut value = json!({
        "id": notice.id.to_string(), "type": notice.kind, "created_at": date(notice.at),
        "group_key": format!("ungrouped-{}", notice.id), "account": account(memory, base, notice.from),
    });
    match post {
        Some(post) => value["status"] = status(memory, base, post, Some(notice.to)),
        None => value["lamp"] = json!({"polished_by": account_id(notice.from)}),
    }
    value
}
