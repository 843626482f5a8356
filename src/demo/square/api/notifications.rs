//! Notifications and the policy that hides those of strangers.

use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::super::Square;
use super::super::inside::UNKNOWN_KIND;
use super::super::memory::{Notice, StrangerPolicy};
use super::params::Params;
use super::{Refusal, caller, entity, id_in_path, links, listed, page_of};

pub(super) fn routes_v1(config: &mut ServiceConfig) {
    config
        .route("/notifications", web::get().to(list))
        .route("/notifications/clear", web::post().to(clear))
        .route("/notifications/requests", web::get().to(requests))
        .route("/notifications/{id}", web::get().to(show))
        .route("/notifications/{id}/dismiss", web::post().to(dismiss));
}

pub(super) fn routes_v2(config: &mut ServiceConfig) {
    config
        .route("/notifications/policy", web::get().to(policy))
        .route("/notifications/policy", web::patch().to(set_policy));
}

async fn list(square: Data<Square>, request: HttpRequest, params: Params) -> Result<HttpResponse, Refusal> {
    let me = caller(&square, &request, &params, "read:notifications")?;
    let limit = params.limit(40, 80);
    let (types, without) = (params.list("types"), params.list("exclude_types"));
    let (memory, base) = (square.memory(), square.base_url());
    let from = params.get("account_id").map(|id| entity::account_index(&memory, id));
    let wanted = |notice: &&Notice| {
        let kind = notice.kind.as_str();
        // The unknown type of the fault comes through every filter: that is what it is for.
        let asked = kind == UNKNOWN_KIND || types.is_empty() || types.contains(&kind);
        notice.to == me
            && asked
            && !without.contains(&kind)
            && (params.yes("include_filtered") || !notice.filtered)
            && from.is_none_or(|from| from == Some(notice.from))
    };
    let found: Vec<&Notice> = memory.notices.iter().filter(wanted).collect();
    let page = page_of(found, |notice| notice.id, &params, limit);
    let ends = page.first().zip(page.last()).map(|(newest, oldest)| (newest.id, oldest.id));
    let links = links(&square, request.path(), &params, ends, true);
    Ok(listed(page.iter().map(|notice| entity::notification(&memory, &base, notice)).collect(), links))
}

async fn show(
    square: Data<Square>,
    request: HttpRequest,
    path: Path<String>,
    params: Params,
) -> Result<HttpResponse, Refusal> {
    let me = caller(&square, &request, &params, "read:notifications")?;
    let id = id_in_path(&path)?;
    let memory = square.memory();
    let found = memory.notices.iter().find(|notice| notice.id == id && notice.to == me);
    let notice = found.ok_or_else(Refusal::not_found)?;
    Ok(HttpResponse::Ok().json(entity::notification(&memory, &square.base_url(), notice)))
}

async fn dismiss(
    square: Data<Square>,
    request: HttpRequest,
    path: Path<String>,
    params: Params,
) -> Result<HttpResponse, Refusal> {
    let me = caller(&square, &request, &params, "write:notifications")?;
    let id = id_in_path(&path)?;
    square.memory().notices.retain(|notice| notice.id != id || notice.to != me);
    Ok(HttpResponse::Ok().json(json!({})))
}

async fn clear(square: Data<Square>, request: HttpRequest, params: Params) -> Result<HttpResponse, Refusal> {
    let me = caller(&square, &request, &params, "write:notifications")?;
    square.memory().notices.retain(|notice| notice.to != me);
    Ok(HttpResponse::Ok().json(json!({})))
}

/// People whose notifications are hidden, one entry each.
async fn requests(
    square: Data<Square>,
    request: HttpRequest,
    params: Params,
) -> Result<HttpResponse, Refusal> {
    let me = caller(&square, &request, &params, "read:notifications")?;
    let (memory, base) = (square.memory(), square.base_url());
    let hidden: Vec<&Notice> = memory.notices.iter().filter(|n| n.to == me && n.filtered).collect();
    let mut people: Vec<usize> = hidden.iter().map(|notice| notice.from).collect();
    people.sort_unstable();
    people.dedup();
    let one = |person: &usize| -> Value {
        let theirs: Vec<&&Notice> = hidden.iter().filter(|notice| notice.from == *person).collect();
        let last = theirs.last();
        let post = last.and_then(|notice| memory.posts.get(&notice.post?));
        json!({
            "id": entity::account_id(*person), "notifications_count": theirs.len().to_string(),
            "created_at": theirs.first().map(|notice| entity::date(notice.at)),
            "updated_at": last.map(|notice| entity::date(notice.at)),
            "account": entity::account(&memory, &base, *person),
            "last_status": post.map(|post| entity::status(&memory, &base, post, Some(me))),
        })
    };
    Ok(listed(people.iter().map(one).collect(), None))
}

async fn policy(square: Data<Square>, request: HttpRequest, params: Params) -> Result<HttpResponse, Refusal> {
    let me = caller(&square, &request, &params, "read:notifications")?;
    Ok(HttpResponse::Ok().json(policy_json(&square, me)))
}

/// Everybody here is a stranger in every sense, so the strictest word given holds for all.
async fn set_policy(
    square: Data<Square>,
    request: HttpRequest,
    params: Params,
) -> Result<HttpResponse, Refusal> {
    let me = caller(&square, &request, &params, "write:notifications")?;
    let words: Vec<&str> = STRANGERS.iter().filter_map(|name| params.get(name)).collect();
    let strictest = [StrangerPolicy::Drop, StrangerPolicy::Filter, StrangerPolicy::Accept]
        .into_iter()
        .find(|policy| words.contains(&policy.as_str()));
    if let Some(policy) = strictest {
        square.memory().people[me].policy = policy;
    }
    Ok(HttpResponse::Ok().json(policy_json(&square, me)))
}

const STRANGERS: [&str; 3] = ["for_not_following", "for_not_followers", "for_new_accounts"];

fn policy_json(square: &Square, me: usize) -> Value {
    let memory = square.memory();
    let word = memory.people[me].policy.as_str();
    let hidden: Vec<&Notice> = memory.notices.iter().filter(|n| n.to == me && n.filtered).collect();
    let mut people: Vec<usize> = hidden.iter().map(|notice| notice.from).collect();
    people.sort_unstable();
    people.dedup();
    let mut value = json!({
        "for_private_mentions": "accept", "for_limited_accounts": "accept",
        "summary": {
            "pending_requests_count": people.len(), "pending_notifications_count": hidden.len(),
        },
    });
    for name in STRANGERS {
        value[name] = json!(word);
    }
    value
}
