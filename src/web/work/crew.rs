//! GET `/crew/{secret}`: one crew's orders of today on a phone, without an account and without JavaScript.

use actix_multipart::form::MultipartForm;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::boxes::{self, Reader};
use crate::db::DbConnection;
use crate::dispatch::{self, Crew, Order, OrderState};
use crate::error::{Error, Result};
use crate::journey::proof::Shown;
use crate::journey::work;
use crate::limits::FIELD_CHARS;
use crate::media::files::{self, Size};
use crate::web::answer::{Answer, Asker, answer};
use crate::web::guard::CheckedForm;
use crate::web::refused::{status_of, told};
use crate::web::shell::shell;
use crate::web::site::Site;
use crate::web::staff::fix::Upload;
use crate::web::view::work::CrewPage;
use crate::web::view::{Empty, FieldError};

pub(super) async fn show(site: Data<Site>, request: HttpRequest, secret: Path<String>) -> HttpResponse {
    with_form(site, &request, move |site, asker| page(site, asker, &secret, None)).await
}

async fn with_form<F>(site: Data<Site>, request: &HttpRequest, work: F) -> HttpResponse
where
    F: FnOnce(&Site, &Asker) -> Result<Answer> + Send + 'static,
{
    match Asker::with_form(request, &site) {
        Ok(asker) => answer(site, asker, work).await,
        Err(error) => answer(site, Asker::of(request), move |_, _| Err(error)).await,
    }
}

/// The crew behind a link.
fn crew_of(site: &Site, conn: &mut DbConnection, secret: &str) -> Result<Crew> {
    dispatch::crew_behind(conn, site.guard.key(), secret)
}

fn today(site: &Site) -> String {
    let tz = site.world().settings.city.time_zone;
    site.now().with_timezone(&tz).date_naive().format("%Y-%m-%d").to_string()
}

fn page(site: &Site, asker: &Asker, secret: &str, wrong: Option<FieldError>) -> Result<Answer> {
    let world = site.world();
    let conn = &mut *site.app.db.read()?;
    let crew = crew_of(site, conn, secret)?;
    let day = today(site);
    let base = format!("/crew/{secret}");
    let reader = Reader {
        settings: &world.settings,
        day: &day,
        base: &base,
        photos: &format!("{base}/photo"),
        staff: false,
        sealed: false,
        now: site.now(),
    };
    // What is only planned is the office's business; it may still move.
    let mut rows = dispatch::of_crew(conn, &crew.department, &crew.name, &day)?;
    rows.retain(|o| o.state != OrderState::Planned);
    rows.sort_by_key(|o| (matches!(o.state, OrderState::Done | OrderState::CouldNot), o.turn, o.id));
    let todo = rows.iter().filter(|o| matches!(o.state, OrderState::Dispatched | OrderState::OnSite)).count();
    let counted = format!("{todo} to do, {} ended", rows.len() - todo);
    let mut orders = Vec::new();
    for row in &rows {
        orders.push(boxes::order(&reader, conn, row, boxes::crew_moves(row.state))?);
    }
    let heading = format!("{}, {}", crew.name, boxes::day_words(&day));
    let view = CrewPage {
        shell: shell(site, &world, asker, (&heading, "")),
        counted,
        errors: wrong.into_iter().collect(),
        empty: orders.is_empty().then(|| Empty {
            title: "Nothing for you today".into(),
            text: "What the office sends stands here. Load the page again later.".into(),
            link: None,
        }),
        orders,
        heading,
    };
    // The address is a key: it must not stay in a shared memory nor leave with a link.
    Ok(Answer::page(site.pages.render("crew/day", &view)?)
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::REFERRER_POLICY, "no-referrer"))
}

/// The order, if it is this crew's.
fn theirs(conn: &mut DbConnection, crew: &Crew, order: &str) -> Result<Order> {
    let nothing = || Error::NotFound("this work order is not on your list".into());
    let order = dispatch::by_id(conn, order.parse().map_err(|_| nothing())?)?;
    let mine = order.department == crew.department && order.crew == crew.name;
    if mine { Ok(order) } else { Err(nothing()) }
}

/// What the small forms send.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    why: String,
    tomorrow: String,
}

/// POST `/crew/{secret}/{order}/{step}`: arrive, could-not, up, down.
pub(super) async fn take(
    site: Data<Site>,
    request: HttpRequest,
    path: Path<(String, String, String)>,
    form: CheckedForm<Form>,
) -> HttpResponse {
    let (secret, order, step) = path.into_inner();
    with_form(site, &request, move |site, asker| {
        let done = site.app.db.write(|conn| one(site, conn, (&secret, &order, &step), &form.0));
        finish(site, asker, &secret, done)
    })
    .await
}

fn one(
    site: &Site,
    conn: &mut DbConnection,
    (secret, order, step): (&str, &str, &str),
    form: &Form,
) -> Result<()> {
    let crew = crew_of(site, conn, secret)?;
    let order = theirs(conn, &crew, order)?;
    let (world, now) = (site.world(), site.now());
    if form.why.chars().count() > FIELD_CHARS {
        return Err(Error::Invalid(format!("at most {FIELD_CHARS} characters fit")));
    }
    match step {
        "arrive" => work::arrive(conn, &world, &order, &crew.name, now).map(|_| ()),
        "could-not" => {
            let tomorrow = form.tomorrow == "on";
            work::could_not(conn, &world, &order, (&form.why, tomorrow), &crew.name, now).map(|_| ())
        }
        "up" | "down" => work::put(conn, &order, &today(site), step == "up"),
        _ => Err(Error::NotFound("there is no such step".into())),
    }
}

/// POST `/crew/{secret}/{order}/done`: done, with a photo where there is one.
pub(super) async fn done(
    site: Data<Site>,
    request: HttpRequest,
    path: Path<(String, String)>,
    body: std::result::Result<MultipartForm<Upload>, actix_web::Error>,
) -> HttpResponse {
    let (secret, order) = path.into_inner();
    let Ok(MultipartForm(upload)) = body else {
        let broken = || Error::Invalid("the form broke off on its way: send it again".into());
        return with_form(site, &request, move |_, _| Err(broken())).await;
    };
    if let Err(refusal) = site.guard.check_form(&request, upload.word("csrf")) {
        return actix_web::ResponseError::error_response(&refusal);
    }
    with_form(site, &request, move |site, asker| {
        let done = finished(site, (&secret, &order), &upload);
        finish(site, asker, &secret, done)
    })
    .await
}

fn finished(site: &Site, (secret, order): (&str, &str), upload: &Upload) -> Result<()> {
    let world = site.world();
    // Nobody without a link makes us look at a picture.
    let crew = crew_of(site, &mut *site.app.db.read()?, secret)?;
    let photos = upload.kept(site)?;
    let shown = Shown {
        photos,
        no_faces: upload.word("no_faces") == "on",
        crew: crew.name.clone(),
        words: upload.word("words").to_owned(),
    };
    let numbers = site.app.db.write(|conn| {
        let order = theirs(conn, &crew, order)?;
        work::finish(conn, &world, &order, shown, &crew.name, site.now())?;
        work::numbers(conn, &order)
    })?;
    numbers.iter().for_each(|number| site.forget_ticket(number));
    Ok(())
}

fn finish(site: &Site, asker: &Asker, secret: &str, done: Result<()>) -> Result<Answer> {
    match done {
        Ok(()) => Ok(Answer::to(&format!("/crew/{secret}"))),
        Err(error) => {
            let Some(words) = told(&error, "top") else { return Err(error) };
            Ok(page(site, asker, secret, Some(words))?.status(status_of(&error)))
        }
    }
}

/// GET `/crew/{secret}/photo/{id}.jpg`: photos of the requests on this crew's list.
pub(super) async fn photo(
    site: Data<Site>,
    request: HttpRequest,
    path: Path<(String, String)>,
) -> HttpResponse {
    let (secret, name) = path.into_inner();
    answer(site, Asker::of(&request), move |site, _| {
        let nothing = || Error::NotFound("there is no such photo".into());
        let id: i64 = name.strip_suffix(".jpg").and_then(|n| n.parse().ok()).ok_or_else(nothing)?;
        let conn = &mut *site.app.db.read()?;
        let crew = crew_of(site, conn, &secret)?;
        let row = crate::media::photo(conn, id)?;
        let mut mine = false;
        for order in dispatch::of_crew(conn, &crew.department, &crew.name, &today(site))? {
            mine |= row
                .ticket_id
                .is_some_and(|id| dispatch::tickets_of(conn, order.id).is_ok_and(|t| t.contains(&id)));
        }
        if !mine {
            return Err(nothing());
        }
        let bytes = files::read(&site.world().settings.server.media_dir, &row.sha256, Size::Full)?;
        Ok(Answer::bytes("image/jpeg", bytes)
            .status(StatusCode::OK)
            .header(header::CACHE_CONTROL, "private, no-store"))
    })
    .await
}
