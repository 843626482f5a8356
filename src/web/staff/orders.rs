//! GET `/staff/orders`: every crew's day, the form for a new work order, its steps, the phone pages and the run sheet.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{Days, NaiveDate};
use serde::Deserialize;

use super::desk::{Desk, at_desk};
use super::{moves, ticket};
use crate::accounts::Action;
use crate::db::DbConnection;
use crate::dispatch::{self, Order};
use crate::error::{Error, Result};
use crate::journey::proof::Shown;
use crate::journey::work::{self, Plan};
use crate::limits::FIELD_CHARS;
use crate::settings::{Lang, calendar};
use crate::tickets::{self, numbers};
use crate::web::answer::Answer;
use crate::web::guard::CheckedForm;
use crate::web::refused::{status_of, told};
use crate::web::site::Site;
use crate::web::view::work::{CrewDay, OrderMoves, Orders, PlanForm, Sheet};
use crate::web::view::{Choice, Empty, FieldError, Link};
use crate::web::work::boxes::{self, Reader};

/// GET `/staff/orders`.
pub(super) async fn show(site: Data<Site>, request: HttpRequest) -> HttpResponse {
    at_desk(site, &request, Action::SeeBoard, |desk| page(desk, None, None)).await
}

/// Every field a form of the page may send.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    crew: String,
    day: String,
    numbers: String,
    number: String,
    notes: String,
    hazard: String,
    dig: String,
    why: String,
    tomorrow: String,
    words: String,
}

/// The day the address asks for, else today in the city.
fn day_asked(desk: &Desk<'_>) -> NaiveDate {
    let asked = desk.asker.value("day").and_then(|d| d.parse().ok());
    asked.unwrap_or_else(|| desk.now.with_timezone(&desk.zone()).date_naive())
}

fn iso(day: NaiveDate) -> String {
    day.format("%Y-%m-%d").to_string()
}

fn page(desk: &Desk<'_>, wrong: Option<FieldError>, typed: Option<&Form>) -> Result<Answer> {
    let mut conn = desk.site.app.db.read()?;
    let today = day_asked(desk);
    let day = iso(today);
    let department = desk.asker.value("department").filter(|d| !d.is_empty());
    let rows = dispatch::of_day(&mut conn, department.as_deref(), &day)?;
    let heading = format!("Work orders, {}", boxes::day_words(&day));
    let crews = crew_days(desk, &mut conn, &rows, &day)?;
    let view = Orders {
        shell: desk.shell(&mut conn, ("Work orders", "orders"))?,
        days: days(desk, today),
        errors: wrong.into_iter().collect(),
        empty: crews.is_empty().then(|| Empty {
            title: "No crew has a work order on this day".into(),
            text: "Plan one below: requests, a crew, a day.".into(),
            link: None,
        }),
        plan: desk.may(Action::MoveTicket).then(|| plan_form(desk, &day, typed)),
        crews,
        heading,
        day,
    };
    Ok(Answer::page(desk.site.pages.render("staff/orders", &view)?))
}

fn days(desk: &Desk<'_>, day: NaiveDate) -> Vec<Link> {
    let before = day.checked_sub_days(Days::new(1)).unwrap_or(day);
    let next = calendar::next_working_day(&desk.settings().policy, day);
    let link = |to: NaiveDate, word: &str| Link {
        href: format!("/staff/orders?day={}", iso(to)),
        label: format!("{word}{}", boxes::day_words(&iso(to))),
    };
    vec![link(before, "‹ "), link(next, "Next working day: ")]
}

fn crew_days(desk: &Desk<'_>, conn: &mut DbConnection, rows: &[Order], day: &str) -> Result<Vec<CrewDay>> {
    let reader = Reader {
        settings: desk.settings(),
        day,
        base: "/staff/orders",
        photos: "/media",
        staff: true,
        sealed: desk.may(Action::SeeSealed),
        now: desk.now,
    };
    let mut crews: Vec<CrewDay> = Vec::new();
    for row in rows {
        let code = format!("{}/{}", row.department, row.crew);
        let may =
            if desk.may(Action::MoveTicket) { boxes::desk_moves(row.state) } else { OrderMoves::default() };
        let order = boxes::order(&reader, conn, row, may)?;
        if let Some(known) = crews.iter_mut().find(|c| c.code == code) {
            known.orders.push(order);
            continue;
        }
        let phone = dispatch::link_of(conn, desk.site.guard.key(), &row.department, &row.crew)?;
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("crew", &code)
            .append_pair("day", day)
            .finish();
        crews.push(CrewDay {
            name: format!("{}, {}", row.crew, desk.department(&row.department)),
            phone: phone
                .map(|secret| desk.settings().server.link(&format!("/crew/{secret}")))
                .unwrap_or_default(),
            sheet: format!("/staff/orders/sheet?{query}"),
            orders: vec![order],
            code,
        });
    }
    Ok(crews)
}

fn plan_form(desk: &Desk<'_>, day: &str, typed: Option<&Form>) -> PlanForm {
    let typed = typed.cloned().unwrap_or_default();
    let asked = desk.asker.value("ticket").and_then(|n| numbers::as_typed(&n)).unwrap_or_default();
    let crews = desk.settings().departments.iter().flat_map(|d| {
        d.crews.iter().map(|crew| {
            let value = format!("{}/{crew}", d.code);
            Choice { label: format!("{crew}, {}", d.names.get(Lang::En)), chosen: value == typed.crew, value }
        })
    });
    PlanForm {
        numbers: if typed.numbers.is_empty() { asked } else { typed.numbers },
        crews: crews.collect(),
        day: if typed.day.is_empty() { day.to_owned() } else { typed.day },
        notes: typed.notes,
        hazard: typed.hazard,
    }
}

/// "street_lighting/L3" as (department, crew).
fn crew_of(code: &str) -> Result<(&str, &str)> {
    code.split_once('/').ok_or_else(|| Error::Invalid("choose the crew".into()))
}

/// POST `/staff/orders`: a new work order.
pub(super) async fn plan(site: Data<Site>, request: HttpRequest, form: CheckedForm<Form>) -> HttpResponse {
    at_desk(site, &request, Action::MoveTicket, move |desk| {
        let form = &form.0;
        let done = planned(desk, form);
        shown(desk, done.map(|order| order.day), form, "numbers")
    })
    .await
}

fn planned(desk: &Desk<'_>, form: &Form) -> Result<Order> {
    too_long(form)?;
    let (department, crew) = crew_of(&form.crew)?;
    let mut list = Vec::new();
    for word in form.numbers.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty()) {
        list.push(
            numbers::as_typed(word)
                .ok_or_else(|| Error::Invalid(format!("{word:?} is no number of a request")))?,
        );
    }
    list.sort();
    list.dedup();
    let plan = Plan {
        department: department.to_owned(),
        crew: crew.to_owned(),
        day: form.day.clone(),
        notes: form.notes.clone(),
        hazard: form.hazard.clone(),
        dig: form.dig == "on",
        tickets: list,
    };
    desk.site.app.db.write(|conn| {
        for number in &plan.tickets {
            moves::may_see(desk, &tickets::by_number(conn, number)?)?;
        }
        work::plan(conn, &desk.world, &plan, &desk.me.name, desk.now)
    })
}

fn too_long(form: &Form) -> Result<()> {
    let typed = [&form.numbers, &form.notes, &form.hazard, &form.why, &form.words];
    if typed.iter().any(|t| t.chars().count() > FIELD_CHARS) {
        return Err(Error::Invalid(format!("at most {FIELD_CHARS} characters fit")));
    }
    Ok(())
}

/// Back to the day, or the page again with what was wrong.
fn shown(desk: &Desk<'_>, done: Result<String>, form: &Form, field: &str) -> Result<Answer> {
    match done {
        Ok(day) => Ok(Answer::to(&format!("/staff/orders?day={day}"))),
        Err(error) => {
            let Some(words) = told(&error, field) else { return Err(error) };
            Ok(page(desk, Some(words), Some(form))?.status(status_of(&error)))
        }
    }
}

/// POST `/staff/orders/link`: a crew's phone page; one that there was ends.
pub(super) async fn link(site: Data<Site>, request: HttpRequest, form: CheckedForm<Form>) -> HttpResponse {
    at_desk(site, &request, Action::MoveTicket, move |desk| {
        let made = crew_of(&form.0.crew).and_then(|(department, crew)| {
            let known = desk
                .settings()
                .departments
                .get(department)
                .is_some_and(|d| d.crews.iter().any(|c| c == crew));
            if !known {
                return Err(Error::Invalid("there is no such crew".into()));
            }
            let key = desk.site.guard.key();
            desk.site
                .app
                .db
                .write(|conn| dispatch::renew_link(conn, key, (department, crew), &desk.me.name, desk.now))
        });
        shown(desk, made.map(|_| form.0.day.clone()), &form.0, "numbers")
    })
    .await
}

/// POST `/staff/orders/{order}/{step}`.
pub(super) async fn take(
    site: Data<Site>,
    request: HttpRequest,
    path: Path<(String, String)>,
    form: CheckedForm<Form>,
) -> HttpResponse {
    let (order, step) = path.into_inner();
    let action = if step == "done" { Action::CloseTicket } else { Action::MoveTicket };
    at_desk(site, &request, action, move |desk| {
        let done = too_long(&form.0).and_then(|()| {
            desk.site.app.db.write(|conn| {
                let id = order.parse().map_err(|_| Error::NotFound("there is no such work order".into()))?;
                let order = dispatch::by_id(conn, id)?;
                one(desk, conn, &order, &step, &form.0)?;
                // Back to the day of the order as it is now; what is left over stands on today's list.
                let today = iso(day_asked(desk));
                let day = dispatch::by_id(conn, id)?.day.max(today);
                Ok((work::numbers(conn, &order)?, day))
            })
        });
        if let Ok((numbers, _)) = &done {
            numbers.iter().for_each(|number| desk.site.forget_ticket(number));
        }
        shown(desk, done.map(|(_, day)| day), &form.0, "numbers")
    })
    .await
}

fn one(desk: &Desk<'_>, conn: &mut DbConnection, order: &Order, step: &str, form: &Form) -> Result<()> {
    let (world, by, now) = (&*desk.world, desk.me.name.as_str(), desk.now);
    match step {
        "send" => work::send(conn, order, by, now).map(|_| ()),
        "arrive" => work::arrive(conn, world, order, by, now).map(|_| ()),
        "done" => {
            let shown = Shown { words: form.words.clone(), ..Shown::default() };
            work::finish(conn, world, order, shown, by, now).map(|_| ())
        }
        "could-not" => {
            work::could_not(conn, world, order, (&form.why, form.tomorrow == "on"), by, now).map(|_| ())
        }
        "plan" => work::replan(conn, order, &form.day, by, now).map(|_| ()),
        "up" | "down" => work::put(conn, order, &iso(day_asked(desk)), step == "up"),
        "add" | "take-out" => {
            let ticket = tickets::by_number(conn, &ticket::canonical(&form.number)?)?;
            moves::may_see(desk, &ticket)?;
            if step == "add" {
                work::add(conn, world, order, &ticket, by, now)
            } else {
                work::take_out(conn, order, &ticket, by, now)
            }
        }
        _ => Err(Error::NotFound("there is no such step".into())),
    }
}

/// GET `/staff/orders/sheet`: one crew's day on paper.
pub(super) async fn sheet(site: Data<Site>, request: HttpRequest) -> HttpResponse {
    at_desk(site, &request, Action::SeeBoard, |desk| {
        let mut conn = desk.site.app.db.read()?;
        let day = iso(day_asked(desk));
        let code = desk.asker.value("crew").unwrap_or_default();
        let (department, crew) = crew_of(&code)?;
        let mut rows = dispatch::of_crew(&mut conn, department, crew, &day)?;
        rows.retain(|o| o.state.is_open());
        let crews = crew_days(desk, &mut conn, &rows, &day)?;
        let view = Sheet {
            shell: desk.shell(&mut conn, ("Run sheet", "orders"))?,
            heading: format!("Run sheet: {crew}, {}", desk.department(department)),
            day: boxes::day_words(&day),
            orders: crews.into_iter().flat_map(|c| c.orders).collect(),
        };
        Ok(Answer::page(desk.site.pages.render("staff/sheet", &view)?))
    })
    .await
}
