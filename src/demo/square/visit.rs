//! What a browser asks of the square: the page, a post from its form, the part that changes, files.

use actix_web::http::header;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::api::{Params, Refusal, serve_photo};
use super::memory::{CITY, MAX_TEXT_CHARS};
use super::page::ASSETS;
use super::views::{self, LinkView, PageView, Wanted};
use super::{Posting, Square, Status, stories};
use crate::error::{Error, Result};

const HTML: &str = "text/html; charset=utf-8";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/", web::get().to(show))
        .route("/post", web::post().to(post))
        .route("/live", web::get().to(live))
        .route("/assets/{file}", web::get().to(asset))
        .route("/media/{file}", web::get().to(serve_photo))
        .route("/users/{handle}/statuses/{id}", web::get().to(show_post))
        .route("/@{handle}/{id}", web::get().to(show_post))
        .route("/@{handle}", web::get().to(show_person));
}

/// What stands in the compose box and above it.
#[derive(Debug, Default)]
struct Compose {
    text: String,
    person: Option<usize>,
    posted: bool,
    problem: Option<String>,
    reply_to: Option<String>,
}

async fn show(square: Data<Square>, params: Params) -> HttpResponse {
    let wanted = wanted(&square, &params);
    let example =
        params.get("example").and_then(|key| stories::EXAMPLES.iter().find(|example| example.key == key));
    let handle = example.map(|example| example.handle).or_else(|| params.get("as"));
    let compose = Compose {
        text: example.map(|example| example.text.to_owned()).unwrap_or_default(),
        person: handle.and_then(|handle| square.memory().find_person(handle)),
        posted: params.get("posted").is_some() && wanted.post.is_some(),
        ..Compose::default()
    };
    page(square, wanted, compose).await
}

fn wanted(square: &Square, params: &Params) -> Wanted {
    let memory = square.memory();
    let id = |name: &str| params.get(name).and_then(|value| value.parse().ok());
    let person = params.get("mine").and_then(|handle| memory.find_person(handle));
    Wanted {
        // Private posts are shown to the people they name, under "My posts", and to nobody else.
        post: id("post").filter(|id| memory.posts.get(id).is_some_and(|post| memory.may_see(post, person))),
        person,
        before: id("before"),
    }
}

/// The page, made off the async threads because the journey may read a database.
async fn page(square: Data<Square>, wanted: Wanted, compose: Compose) -> HttpResponse {
    let status = if compose.problem.is_some() { 422 } else { 200 };
    let made = web::block(move || {
        let view = page_view(&square, &wanted, compose);
        square.pages().render("page", &view)
    });
    html(status, made.await.unwrap_or_else(|_| Err(stopping())))
}

fn page_view(square: &Square, wanted: &Wanted, compose: Compose) -> PageView {
    let live = views::live(square, wanted);
    let strip = square.setup().links.iter();
    let mut examples: Vec<LinkView> = stories::EXAMPLES
        .iter()
        .map(|example| LinkView {
            label: example.label.to_owned(),
            url: format!("/?example={}#compose", example.key),
            after: ", ",
        })
        .collect();
    if let Some(last) = examples.last_mut() {
        last.after = "";
    }
    let memory = square.memory();
    let neighbors = views::neighbors(&memory, compose.person.filter(|person| *person != CITY));
    let mine = neighbors.iter().find(|neighbor| neighbor.selected).map(|neighbor| neighbor.handle.clone());
    let town = square.setup().town.clone();
    PageView {
        title: match &compose.problem {
            Some(_) => format!("Error: Town square, {town}"),
            None => format!("Town square, {town}"),
        },
        town,
        strip: strip
            .map(|(label, url)| LinkView { label: label.clone(), url: url.clone(), after: "" })
            .collect(),
        everyone_url: "/".to_owned(),
        is_everyone: wanted.person.is_none(),
        mine_url: format!("/?mine={0}&as={0}", mine.unwrap_or_default()),
        posted: compose.posted,
        problem: compose.problem,
        text: compose.text,
        reply_to: compose.reply_to,
        neighbors,
        examples,
        refresh: wanted.post.is_some() && live.steps.running,
        live,
    }
}

async fn live(square: Data<Square>, params: Params) -> HttpResponse {
    let wanted = wanted(&square, &params);
    let made =
        web::block(move || square.pages().render("live", &Fragment { live: views::live(&square, &wanted) }));
    html(200, made.await.unwrap_or_else(|_| Err(stopping())))
}

#[derive(Serialize)]
struct Fragment {
    live: views::LiveView,
}

/// A post from the form: kept, then the page that watches it. A problem shows the page again with all words.
async fn post(square: Data<Square>, params: Params) -> HttpResponse {
    match keep(&square, &params) {
        Ok(status) => {
            let handle = &status.handle;
            let target = format!("/?post={}&as={handle}&posted=1", status.id);
            HttpResponse::SeeOther().insert_header((header::LOCATION, target)).finish()
        }
        Err(problem) => {
            let person = params.get("as").and_then(|handle| square.memory().find_person(handle));
            let text: String =
                params.get("text").unwrap_or_default().chars().take(2 * MAX_TEXT_CHARS).collect();
            let problem = Some(sentence(&problem));
            let reply_to = answered(&params);
            let wanted = wanted(&square, &params);
            page(square, wanted, Compose { text, person, posted: false, problem, reply_to }).await
        }
    }
}

fn answered(params: &Params) -> Option<String> {
    params.get("reply_to").filter(|id| !id.is_empty()).map(str::to_owned)
}

fn keep(square: &Square, params: &Params) -> Result<Status> {
    let handle = params.get("as").unwrap_or_default();
    let known = square.memory().find_person(handle).filter(|person| *person != CITY);
    let nobody = || Error::Invalid("Choose who posts.".to_owned());
    let person = known.ok_or_else(nobody)?;
    let handle = square.memory().people[person].handle.clone();
    let text = params.get("text").unwrap_or_default().replace("\r\n", "\n");
    let photos = params.file("photo").map(|bytes| (bytes.to_vec(), None));
    let posting =
        Posting { reply_to: answered(params), photos: photos.into_iter().collect(), ..Posting::default() };
    square.tell_city(&handle, text.trim(), posting)
}

/// An error as a sentence for the page.
fn sentence(problem: &Error) -> String {
    let text = problem.to_string();
    let text = text.trim_start_matches("Validation failed: ");
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

async fn asset(path: Path<String>) -> std::result::Result<HttpResponse, Refusal> {
    let found = ASSETS.iter().find(|(name, ..)| *name == path.as_str());
    let (_, kind, text) = found.ok_or_else(Refusal::not_found)?;
    Ok(HttpResponse::Ok().content_type(*kind).body(*text))
}

/// The address of a post, as the API gives it out, opens it on the page.
async fn show_post(square: Data<Square>, request: HttpRequest) -> std::result::Result<HttpResponse, Refusal> {
    let status = square.status(request.match_info().query("id")).map_err(|_| Refusal::not_found())?;
    let target = format!("/?post={0}#post-{0}", status.id);
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, target)).finish())
}

async fn show_person(square: Data<Square>, path: Path<String>) -> std::result::Result<HttpResponse, Refusal> {
    let person = square.memory().find_person(&path).ok_or_else(Refusal::not_found)?;
    let handle = square.memory().people[person].handle.clone();
    let target = if person == CITY { "/".to_owned() } else { format!("/?mine={handle}&as={handle}") };
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, target)).finish())
}

fn html(status: u16, made: Result<String>) -> HttpResponse {
    let code = actix_web::http::StatusCode::from_u16(status).unwrap_or_default();
    match made {
        Ok(text) => HttpResponse::build(code).content_type(HTML).body(text),
        Err(problem) => {
            tracing::error!(%problem, "the town square's page could not be made");
            HttpResponse::InternalServerError().content_type("text/plain").body("The page could not be made.")
        }
    }
}

fn stopping() -> Error {
    Error::Unavailable("the square is stopping".to_owned())
}
