//! Accounts: who am I, who is that, what did they post.

use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::super::Square;
use super::super::memory::Post;
use super::params::Params;
use super::{Refusal, caller, entity, links, listed, page_of, viewer};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/accounts/verify_credentials", web::get().to(verify))
        .route("/accounts/update_credentials", web::patch().to(update))
        .route("/accounts/lookup", web::get().to(look_up))
        .route("/accounts/{id}", web::get().to(show))
        .route("/accounts/{id}/statuses", web::get().to(posts));
}

async fn verify(square: Data<Square>, request: HttpRequest, params: Params) -> Result<HttpResponse, Refusal> {
    let me = caller(&square, &request, &params, "profile")?;
    let account = entity::credential_account(&square.memory(), &square.base_url(), me);
    Ok(HttpResponse::Ok().json(account))
}

async fn update(square: Data<Square>, request: HttpRequest, params: Params) -> Result<HttpResponse, Refusal> {
    let me = caller(&square, &request, &params, "write:accounts")?;
    let mut memory = square.memory();
    if params.get("bot").is_some() {
        memory.people[me].bot = params.yes("bot");
    }
    if let Some(name) = params.get("display_name") {
        memory.people[me].name = name.chars().take(30).collect();
    }
    Ok(HttpResponse::Ok().json(entity::credential_account(&memory, &square.base_url(), me)))
}

async fn look_up(square: Data<Square>, params: Params) -> Result<HttpResponse, Refusal> {
    let wanted = params.get("acct").unwrap_or_default().trim_start_matches('@');
    let (name, host) = wanted.split_once('@').map_or((wanted, None), |(name, host)| (name, Some(host)));
    let memory = square.memory();
    let person = memory.by_mention(name, host).ok_or_else(Refusal::not_found)?;
    Ok(HttpResponse::Ok().json(entity::account(&memory, &square.base_url(), person)))
}

async fn show(square: Data<Square>, path: Path<String>) -> Result<HttpResponse, Refusal> {
    let memory = square.memory();
    let person = entity::account_index(&memory, &path).ok_or_else(Refusal::not_found)?;
    Ok(HttpResponse::Ok().json(entity::account(&memory, &square.base_url(), person)))
}

async fn posts(
    square: Data<Square>,
    request: HttpRequest,
    path: Path<String>,
    params: Params,
) -> Result<HttpResponse, Refusal> {
    let viewer = viewer(&square, &request, &params)?;
    let limit = params.limit(20, 40);
    let (memory, base) = (square.memory(), square.base_url());
    let person = entity::account_index(&memory, &path).ok_or_else(Refusal::not_found)?;
    let wanted = |post: &&Post| {
        post.author == person
            && memory.may_see(post, viewer)
            && !(params.yes("exclude_replies")
                && post.reply_to.is_some()
                && post.reply_to_author != Some(person))
            && !(params.yes("only_media") && post.photos.is_empty())
            && !params.yes("pinned")
    };
    let found: Vec<&Post> = memory.posts.values().filter(wanted).collect();
    let page = page_of(found, |post| post.id, &params, limit);
    let ends = page.first().zip(page.last()).map(|(newest, oldest)| (newest.id, oldest.id));
    let links = links(&square, request.path(), &params, ends, page.len() == limit);
    Ok(listed(page.iter().map(|post| entity::status(&memory, &base, post, viewer)).collect(), links))
}
