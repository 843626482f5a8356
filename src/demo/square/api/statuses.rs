//! Posts: write, read, change, delete, and the thread around one.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::super::Square;
use super::super::faults::What;
use super::super::html;
use super::super::memory::{Draft, Memory, Post, Visibility};
use super::params::Params;
use super::{Refusal, caller, entity, id_in_path, viewer};

const MAX_PHOTOS: usize = 4;
const MAX_KEY_BYTES: usize = 500;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/statuses", web::post().to(create))
        .route("/statuses", web::get().to(several))
        .route("/statuses/{id}", web::get().to(show))
        .route("/statuses/{id}", web::put().to(edit))
        .route("/statuses/{id}", web::delete().to(remove))
        .route("/statuses/{id}/context", web::get().to(context))
        .route("/statuses/{id}/source", web::get().to(source));
}

async fn create(square: Data<Square>, request: HttpRequest, params: Params) -> Result<HttpResponse, Refusal> {
    let me = caller(&square, &request, &params, "write:statuses")?;
    let now = square.now();
    let key = request.headers().get("Idempotency-Key").and_then(|value| value.to_str().ok());
    let key = key.filter(|key| key.len() <= MAX_KEY_BYTES && !key.is_empty());
    let ignored = key.is_some() && square.faults().holds(What::IgnoreIdempotencyKey);
    if let Some(key) = key.filter(|_| !ignored) {
        let earlier = square.memory().posted_with(me, key, now);
        if let Some(id) = earlier {
            square.count(|counters| counters.posts_repeated += 1);
            return shown(&square, id, me);
        }
    }
    let draft = checked(&square, &params, me, None)?;
    let id = square.keep(draft, now);
    if let Some(key) = key {
        square.memory().remember_key(me, key, id, now);
    }
    square.count(|counters| counters.posts_accepted += 1);
    shown(&square, id, me)
}

fn shown(square: &Square, id: u64, me: usize) -> Result<HttpResponse, Refusal> {
    let memory = square.memory();
    let post = memory.posts.get(&id).ok_or_else(Refusal::not_found)?;
    Ok(HttpResponse::Ok().json(entity::status(&memory, &square.base_url(), post, Some(me))))
}

/// What is asked for, with Mastodon's words when it cannot be.
fn checked(square: &Square, params: &Params, me: usize, old: Option<&Post>) -> Result<Draft, Refusal> {
    let text = params.get("status").unwrap_or_default().replace("\r\n", "\n");
    let spoiler = params.get("spoiler_text").unwrap_or_default().to_owned();
    let memory = square.memory();
    let photos = photos(&memory, params, me, old)?;
    if text.trim().is_empty() && photos.is_empty() {
        return Err(Refusal::invalid("Validation failed: Text can't be blank"));
    }
    let most = square.setup().max_chars;
    if html::length(&text) + html::length(&spoiler) > most {
        let message = format!("Validation failed: Text character limit of {most} exceeded");
        return Err(Refusal::invalid(&message));
    }
    let asked = params.get("in_reply_to_id").filter(|id| !id.is_empty());
    let reply_to = asked.map(|id| answered(&memory, id, me)).transpose()?;
    let visibility = params.get("visibility").filter(|word| !word.is_empty());
    let visibility = match visibility {
        Some(word) => Visibility::parse(word)
            .ok_or_else(|| Refusal::invalid("Validation failed: Visibility is not included in the list"))?,
        None => Visibility::Public,
    };
    Ok(Draft {
        author: me,
        text,
        spoiler,
        sensitive: params.yes("sensitive"),
        language: params.get("language").filter(|code| !code.is_empty()).map(str::to_owned),
        visibility,
        reply_to,
        photos,
    })
}

fn answered(memory: &Memory, id: &str, me: usize) -> Result<u64, Refusal> {
    let gone = "The post you are trying to reply to does not appear to exist.";
    let post = id.parse().ok().and_then(|id: u64| memory.posts.get(&id));
    let post = post.filter(|post| memory.may_see(post, Some(me)));
    post.map(|post| post.id).ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, gone))
}

/// Photos named in the call: ours, and not on another post.
fn photos(memory: &Memory, params: &Params, me: usize, old: Option<&Post>) -> Result<Vec<u64>, Refusal> {
    let asked = params.list("media_ids");
    if asked.len() > MAX_PHOTOS {
        return Err(Refusal::invalid("Cannot attach more than 4 files"));
    }
    let mut found = Vec::new();
    for id in asked {
        let photo = id.parse().ok().and_then(|id: u64| memory.photos.get(&id));
        let kept = |id: u64| old.is_some_and(|old| old.photos.contains(&id));
        match photo.filter(|photo| photo.owner == me && (!photo.attached || kept(photo.id))) {
            Some(photo) => found.push(photo.id),
            None => {
                let message = format!("Media {id} not found or already attached to another post");
                return Err(Refusal::invalid(&message));
            }
        }
    }
    Ok(found)
}

async fn several(
    square: Data<Square>,
    request: HttpRequest,
    params: Params,
) -> Result<HttpResponse, Refusal> {
    let viewer = viewer(&square, &request, &params)?;
    let (memory, base) = (square.memory(), square.base_url());
    let ids = params.list("id").into_iter().take(20).filter_map(|id| id.parse::<u64>().ok());
    let posts = ids.filter_map(|id| memory.posts.get(&id)).filter(|post| memory.may_see(post, viewer));
    let found: Vec<Value> = posts.map(|post| entity::status(&memory, &base, post, viewer)).collect();
    Ok(HttpResponse::Ok().json(found))
}

async fn show(
    square: Data<Square>,
    request: HttpRequest,
    path: Path<String>,
    params: Params,
) -> Result<HttpResponse, Refusal> {
    let viewer = viewer(&square, &request, &params)?;
    let memory = square.memory();
    let post = visible(&memory, &path, viewer)?;
    Ok(HttpResponse::Ok().json(entity::status(&memory, &square.base_url(), post, viewer)))
}

fn visible<'m>(memory: &'m Memory, id: &str, viewer: Option<usize>) -> Result<&'m Post, Refusal> {
    let post = memory.posts.get(&id_in_path(id)?);
    post.filter(|post| memory.may_see(post, viewer)).ok_or_else(Refusal::not_found)
}

async fn context(
    square: Data<Square>,
    request: HttpRequest,
    path: Path<String>,
    params: Params,
) -> Result<HttpResponse, Refusal> {
    let viewer = viewer(&square, &request, &params)?;
    let (memory, base) = (square.memory(), square.base_url());
    let post = visible(&memory, &path, viewer)?;
    let shown = |posts: Vec<&Post>| -> Vec<Value> {
        let seen = posts.into_iter().filter(|post| memory.may_see(post, viewer));
        seen.map(|post| entity::status(&memory, &base, post, viewer)).collect()
    };
    Ok(HttpResponse::Ok().json(json!({
        "ancestors": shown(memory.above(post.id)), "descendants": shown(memory.below(post.id)),
    })))
}

/// The caller's own post; somebody else's is not found, as in Mastodon.
fn own(square: &Square, id: &str, me: usize) -> Result<Post, Refusal> {
    let id = id_in_path(id)?;
    let post = square.memory().posts.get(&id).filter(|post| post.author == me).cloned();
    post.ok_or_else(Refusal::not_found)
}

async fn edit(
    square: Data<Square>,
    request: HttpRequest,
    path: Path<String>,
    params: Params,
) -> Result<HttpResponse, Refusal> {
    let me = caller(&square, &request, &params, "write:statuses")?;
    let old = own(&square, &path, me)?;
    let draft = checked(&square, &params, me, Some(&old))?;
    square.memory().edit_post(old.id, draft, square.now());
    shown(&square, old.id, me)
}

async fn remove(
    square: Data<Square>,
    request: HttpRequest,
    path: Path<String>,
    params: Params,
) -> Result<HttpResponse, Refusal> {
    let me = caller(&square, &request, &params, "write:statuses")?;
    let post = own(&square, &path, me)?;
    let mut memory = square.memory();
    let mut last = entity::status(&memory, &square.base_url(), &post, Some(me));
    last["text"] = json!(post.text);
    memory.remove_post(post.id);
    Ok(HttpResponse::Ok().json(last))
}

async fn source(
    square: Data<Square>,
    request: HttpRequest,
    path: Path<String>,
    params: Params,
) -> Result<HttpResponse, Refusal> {
    let me = caller(&square, &request, &params, "read:statuses")?;
    let post = own(&square, &path, me)?;
    Ok(HttpResponse::Ok().json(json!({
        "id": post.id.to_string(), "text": post.text, "spoiler_text": post.spoiler,
    })))
}
