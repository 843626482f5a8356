//! `onit doctor`: looks for trouble and says how to mend it.

use super::{Common, print, to_line};
use crate::accounts;
use crate::app::App;
use crate::channels::accounts as channels;
use crate::db::migrate;
use crate::error::Result;
use crate::jobs;
use crate::routing::expect;
use crate::tickets::{self, history};
use crate::triage::models;

struct Finding {
    good: bool,
    what: &'static str,
    found: String,
}

/// Runs the command; `false` when something needs mending.
pub(super) fn run(common: &Common) -> Result<bool> {
    let app = common.app()?;
    let mut good = true;
    for finding in [
        shape(&app)?,
        gazetteer(&app),
        reader(&app)?,
        people(&app)?,
        networks(&app)?,
        queue(&app)?,
        chains(&app)?,
        media(&app),
        mail(&app),
        expected(&app)?,
    ] {
        good &= finding.good;
        if common.json {
            print(&to_line(
                &serde_json::json!({"good": finding.good, "what": finding.what, "found": finding.found}),
            )?)?;
        } else {
            print(&format!(
                "{} {}: {}",
                if finding.good { "good   " } else { "problem" },
                finding.what,
                finding.found
            ))?;
        }
    }
    Ok(good)
}

fn shape(app: &App) -> Result<Finding> {
    let pending = migrate::pending(&mut *app.db.read()?)?;
    let found = if pending == 0 {
        "up to date".into()
    } else {
        format!("{pending} migrations wait: run `onit migrate`")
    };
    Ok(Finding { good: pending == 0, what: "database", found })
}

fn gazetteer(app: &App) -> Finding {
    let world = app.world.now();
    let found = if world.places.is_empty() {
        "no streets yet: run `onit import gazetteer FOLDER --columns FILE`".to_owned()
    } else {
        format!("version {} of {}", world.places_version, world.places.city_name())
    };
    Finding { good: !world.places.is_empty(), what: "places", found }
}

fn reader(app: &App) -> Result<Finding> {
    let world = app.world.now();
    let conn = &mut *app.db.read()?;
    let version = models::in_use(conn)?;
    let last = models::all(conn)?.into_iter().next();
    let last =
        last.map_or_else(String::new, |l| format!("; last taught {} by {}: {}", l.at, l.by_name, l.state));
    let broken = models::load(conn, version, &world.settings.catalogue.codes()).err();
    let found = match (&broken, version) {
        (Some(why), _) => why.to_string(),
        (None, models::SHIPPED) => format!("the one that comes with the program{last}"),
        (None, _) => format!("version {version}, {}{last}", world.model.version()),
    };
    Ok(Finding { good: broken.is_none(), what: "reader", found })
}

fn people(app: &App) -> Result<Finding> {
    let users = accounts::all_users(&mut *app.db.read()?)?;
    let active = users.iter().filter(|u| u.state == "active").count();
    let found = if active == 0 {
        "nobody can sign in: run `onit user add`".into()
    } else {
        format!("{active} people sign in")
    };
    Ok(Finding { good: active > 0, what: "people", found })
}

fn networks(app: &App) -> Result<Finding> {
    let rows = channels::all(&mut *app.db.read()?)?;
    let broken: Vec<String> =
        rows.iter().filter(|r| r.state == "broken").map(|r| format!("{} ({})", r.name, r.why)).collect();
    let found = match (rows.len(), broken.is_empty()) {
        (0, _) => "no account is connected: only the web form brings reports (`onit channel add`)".into(),
        (n, true) => format!("{n} accounts read"),
        _ => format!("must be connected again: {}", broken.join(", ")),
    };
    Ok(Finding { good: broken.is_empty(), what: "channels", found })
}

fn queue(app: &App) -> Result<Finding> {
    let aside = jobs::count(&mut *app.db.read()?, "quarantine")?;
    let due = jobs::count(&mut *app.db.read()?, "due")?;
    let found = if aside == 0 {
        format!("{due} jobs wait")
    } else {
        format!("{aside} jobs were put aside after three crashes")
    };
    Ok(Finding { good: aside == 0, what: "jobs", found })
}

fn chains(app: &App) -> Result<Finding> {
    let mut conn = app.db.read()?;
    let (mut checked, mut last) = (0, 0);
    loop {
        let ids = tickets::ids_after(&mut conn, last, 500)?;
        let Some(newest) = ids.last() else { break };
        last = *newest;
        for id in ids {
            checked += 1;
            if let Some(why) = history::broken_link(&tickets::history_of(&mut conn, id)?) {
                return Ok(Finding { good: false, what: "history", found: why });
            }
        }
    }
    Ok(Finding { good: true, what: "history", found: format!("{checked} chains are whole") })
}

fn media(app: &App) -> Finding {
    let dir = app.world.now().settings.server.media_dir.clone();
    let probe = dir.join(".probe");
    let tried = std::fs::create_dir_all(&dir)
        .and_then(|()| std::fs::write(&probe, b""))
        .and_then(|()| std::fs::remove_file(&probe));
    let found = match &tried {
        Ok(()) => format!("{} can be written", dir.display()),
        Err(e) => format!("{} cannot be written: {e}", dir.display()),
    };
    Finding { good: tried.is_ok(), what: "photos", found }
}

/// Ranges that came true last month; not a fault by itself, for a bad month may be a storm.
fn expected(app: &App) -> Result<Finding> {
    let last = expect::coverage(&mut *app.db.read()?, None)?;
    let found = match last {
        Some(month) if month.ranges > 0 => format!(
            "in {} {} of {} were done by the end of their range (goal: {} in 100)",
            month.month,
            month.kept,
            month.ranges,
            expect::GOAL_PCT
        ),
        _ => "no range ended last month".to_owned(),
    };
    Ok(Finding { good: true, what: "expected dates", found })
}

fn mail(app: &App) -> Finding {
    let good = app.mailer.can_send();
    let found = if good {
        "can be sent".to_owned()
    } else {
        "cannot be sent: set ONIT_SMTP_URL and mail.from".to_owned()
    };
    Finding { good, what: "mail", found }
}
